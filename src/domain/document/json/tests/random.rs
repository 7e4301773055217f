use super::*;
use std::collections::BTreeMap;

fn text() -> impl Strategy<Value = String> {
    "\\PC{0,8}|[\\x00-\\xff\\u{2028}]{0,8}"
}

/// A name of a field or a text of a regular expression, which has no NUL.
fn name() -> impl Strategy<Value = String> {
    "[^\\x00$]{0,6}"
}

fn owned(value: &Value<'_>) -> OwnedValue {
    OwnedValue::new(value)
}

fn scalar() -> impl Strategy<Value = OwnedValue> {
    let double = any::<u64>()
        .prop_map(f64::from_bits)
        .prop_map(|number| if number.is_nan() { f64::NAN } else { number });
    let decimal =
        (any::<i64>(), -6_176_i32..6_080, any::<bool>()).prop_map(|(digits, exponent, is_negative)| {
            let coefficient = u128::from(digits.unsigned_abs()) * 1_000_000_007;
            Decimal::Finite { is_negative, coefficient, exponent }.to_bytes()
        });
    let binary = (
        any::<u8>().prop_filter("of one length", |subtype| *subtype != 2),
        prop::collection::vec(any::<u8>(), 0..20),
    );
    let regex = (name(), prop::sample::subsequence(b"ilmsux".to_vec(), 0..6));
    prop_oneof![
        double.prop_map(|number| owned(&Value::Double(number))),
        any::<i32>().prop_map(|number| owned(&Value::Int32(number))),
        prop_oneof![any::<i64>(), -9_i64..9].prop_map(|number| owned(&Value::Int64(number))),
        decimal.prop_map(|bytes| owned(&Value::Decimal128(bytes))),
        text().prop_map(|text| owned(&Value::String(text.as_bytes()))),
        text().prop_map(|text| owned(&Value::Symbol(text.as_bytes()))),
        text().prop_map(|text| owned(&Value::Code(text.as_bytes()))),
        binary.prop_map(|(subtype, bytes)| owned(&Value::Binary { subtype, bytes: &bytes })),
        regex.prop_map(|(pattern, options)| owned(&Value::Regex {
            pattern: pattern.as_bytes(),
            options: &options
        })),
        any::<[u8; 12]>().prop_map(|id| owned(&Value::ObjectId(id))),
        (text(), any::<[u8; 12]>())
            .prop_map(|(namespace, id)| owned(&Value::DbPointer { namespace: namespace.as_bytes(), id })),
        prop_oneof![any::<i64>(), 0..300_000_000_000_000_i64]
            .prop_map(|number| owned(&Value::DateTime(number))),
        any::<u64>().prop_map(|number| owned(&Value::Timestamp(number))),
        prop::sample::select(vec![
            Value::Boolean(true),
            Value::Boolean(false),
            Value::Null,
            Value::Undefined,
            Value::MinKey,
            Value::MaxKey,
        ])
        .prop_map(|value| owned(&value)),
    ]
}

fn of_fields<'a>(fields: impl Iterator<Item = (String, &'a OwnedValue)>) -> Vec<u8> {
    let mut builder = Builder::default();
    for (name, value) in fields {
        builder.put(name.as_bytes(), &value.get());
    }
    builder.finish()
}

fn value() -> impl Strategy<Value = OwnedValue> {
    scalar().prop_recursive(4, 24, 4, |inner| {
        let fields = prop::collection::btree_map(name(), inner.clone(), 0..4)
            .prop_map(|fields: BTreeMap<_, _>| {
                of_fields(fields.iter().map(|(name, value)| (name.clone(), value)))
            })
            .boxed();
        prop_oneof![
            fields.clone().prop_map(|bytes| owned(&Value::Document(&bytes))),
            (text(), fields).prop_map(|(code, scope)| owned(&Value::CodeWithScope {
                code: code.as_bytes(),
                scope: &scope
            })),
            prop::collection::vec(inner, 0..4).prop_map(|items| {
                let bytes =
                    of_fields(items.iter().enumerate().map(|(place, value)| (place.to_string(), value)));
                owned(&Value::Array(&bytes))
            }),
        ]
    })
}

fn document() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::btree_map(name(), value(), 0..6)
        .prop_map(|fields| of_fields(fields.iter().map(|(name, value)| (name.clone(), value))))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn every_document_comes_back(bytes in document()) {
        for layout in [Layout::Compact, Layout::Pretty] {
            for form in [Form::Canonical, Form::Editor] {
                let text = to_string(&bytes, form, layout);
                let again = read(&text).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
                prop_assert_eq!(again.as_bytes(), bytes.as_slice(), "{}", text);
            }
        }
        prop_assert!(round_trips(&bytes));
        // What comes back from relaxed text is equal for MongoDB.
        let relaxed = read(&to_string(&bytes, Form::Relaxed, Layout::Compact)).unwrap();
        let key = |bytes: &[u8]| crate::domain::document::order::key(&Value::Document(bytes)).unwrap();
        prop_assert_eq!(key(relaxed.as_bytes()), key(&bytes));
        // The driver's own reader takes the same bytes.
        let driver = bson::RawDocument::from_bytes(&bytes).unwrap();
        for element in driver.iter_elements() {
            prop_assert!(element.unwrap().value().is_ok());
        }
    }

    #[test]
    fn damaged_documents_are_shown(bytes in document(), at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let mut damaged = bytes.clone();
        let place = at.index(damaged.len());
        damaged[place] ^= 1 << bit;
        let text = to_string(&damaged, Form::Canonical, Layout::Compact);
        prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok(), "{}", text);
        let comes_back = round_trips(&damaged);
        prop_assert!(!comes_back || read(&to_string(&damaged, Form::Editor, Layout::Pretty)).unwrap().as_bytes() == damaged);
        let _ = crate::domain::document::order::key(&Value::Document(&damaged));
    }
}
