use super::super::raw::{Builder, Value};
use super::{key, write_key};
use crate::domain::document::Decimal;
use proptest::prelude::*;
use std::cmp::Ordering;

fn decimal(text: &str) -> Value<'static> {
    Value::Decimal128(Decimal::parse(text).unwrap().to_bytes())
}

fn hex(value: &Value<'_>) -> String {
    key(value).unwrap().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn document(fields: &[(&str, Value<'_>)]) -> Vec<u8> {
    let mut builder = Builder::default();
    for (name, value) in fields {
        builder.put(name.as_bytes(), value);
    }
    builder.finish()
}

/// Stored keys: these bytes never change.
#[test]
fn bytes_of_keys_never_change() {
    let inner = document(&[("a", Value::Int32(1)), ("b", Value::String(b"x"))]);
    let array = document(&[("0", Value::Int32(1)), ("1", Value::Null)]);
    for (value, expected) in [
        (Value::MinKey, "05"),
        (Value::Undefined, "08"),
        (Value::Null, "0a"),
        (Value::Double(f64::NAN), "1001"),
        (Value::Double(f64::NEG_INFINITY), "1002"),
        (Value::Double(-0.5), "10037fffccff"),
        (Value::Int32(0), "1004"),
        (Value::Int32(7), "100580010800"),
        (Value::Int32(-7), "10037ffef7ff"),
        (Value::Int64(100), "100580020200"),
        (Value::Int64(1234), "100580020d2300"),
        (Value::Double(0.5), "100580003300"),
        (Value::Double(0.05), "100580000601010101010101034e383a39103f5a0e34065b5012031c0608521a00"),
        (Value::Double(f64::INFINITY), "1006"),
        (Value::String(b"a\0b"), "186100ff6200"),
        (Value::Symbol(b"a"), "186100"),
        (Value::Document(&inner), "20 106100 0580010200 186200 7800 00"),
        (Value::Array(&array), "28 100580010200 0a 00"),
        (Value::Binary { subtype: 4, bytes: b"\x01\x02" }, "3000000002040102"),
        (Value::ObjectId([7; 12]), "38070707070707070707070707"),
        (Value::Boolean(true), "4001"),
        (Value::DateTime(0), "488000000000000000"),
        (Value::DateTime(-1), "487fffffffffffffff"),
        (Value::Timestamp(1), "500000000000000001"),
        (Value::Regex { pattern: b"a", options: b"i" }, "5861006900"),
        (Value::DbPointer { namespace: b"c", id: [1; 12] }, "600000000163 00010101010101010101010101"),
        (Value::Code(b"f"), "686600"),
        (Value::MaxKey, "f0"),
    ] {
        let expected = expected.replace(' ', "");
        assert_eq!(hex(&value), expected, "{value:?}");
    }
}

/// Values in MongoDB's order; those in one row are equal.
#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn values_stand_in_the_order_of_mongodb() {
    let empty = document(&[]);
    let minimal = document(&[("a", Value::MinKey)]);
    let first = document(&[("a", Value::Int32(1))]);
    let first_long = document(&[("a", Value::Int64(1))]);
    let second = document(&[("a", Value::Int32(1)), ("b", Value::Int32(2))]);
    let second_double = document(&[("a", Value::Double(1.0)), ("b", Value::Int32(2))]);
    let turned = document(&[("b", Value::Int32(0)), ("a", Value::Int32(1))]);
    let text_field = document(&[("A", Value::String(b""))]);
    let rows: Vec<Vec<Value<'_>>> = vec![
        vec![Value::MinKey],
        vec![Value::Undefined],
        vec![Value::Null],
        vec![
            Value::Double(f64::NAN),
            Value::Double(-f64::NAN),
            decimal("NaN"),
            Value::Double(f64::from_bits(0x7ff8_0000_0000_0001)),
        ],
        vec![Value::Double(f64::NEG_INFINITY), decimal("-Infinity")],
        vec![decimal("-9.999999999999999999999999999999999E+6144")],
        vec![Value::Double(f64::MIN)],
        vec![
            Value::Int64(i64::MIN),
            Value::Double(-9_223_372_036_854_775_808.0),
            decimal("-9223372036854775808"),
        ],
        vec![Value::Int32(-2), Value::Double(-2.0)],
        vec![Value::Double(-1.5), decimal("-1.50")],
        vec![Value::Int64(-1)],
        vec![Value::Double(-5e-324)],
        vec![decimal("-1E-6176")],
        vec![Value::Int32(0), Value::Double(-0.0), decimal("-0"), decimal("0E+6111"), decimal("0E-6176")],
        vec![decimal("1E-6176")],
        vec![Value::Double(5e-324)],
        vec![Value::Double(f64::MIN_POSITIVE)],
        vec![Value::Double(0.3)],
        vec![decimal("0.3")],
        vec![Value::Int32(1), Value::Int64(1), Value::Double(1.0), decimal("1.000"), decimal("1E+0")],
        vec![decimal("1.1")],
        vec![Value::Double(1.1)],
        vec![Value::Int32(10), decimal("1E+1")],
        vec![Value::Int64(1 << 53), Value::Double(9_007_199_254_740_992.0), decimal("9007199254740992")],
        vec![Value::Int64((1 << 53) + 1), decimal("9007199254740993")],
        vec![Value::Int64(i64::MAX)],
        vec![Value::Double(9_223_372_036_854_775_808.0)],
        vec![Value::Double(1e22), decimal("1E+22")],
        vec![decimal("1E+300")],
        vec![Value::Double(1e300)],
        vec![Value::Double(f64::MAX)],
        vec![decimal("9.999999999999999999999999999999999E+6144")],
        vec![Value::Double(f64::INFINITY), decimal("Infinity")],
        vec![Value::String(b""), Value::Symbol(b"")],
        vec![Value::String(b"\0")],
        vec![Value::String(b"a"), Value::Symbol(b"a")],
        vec![Value::String(b"a\0")],
        vec![Value::String(b"a\0b")],
        vec![Value::String(b"a\x01")],
        vec![Value::String(b"ab")],
        vec![Value::String(b"\xff")],
        vec![Value::Document(&empty)],
        vec![Value::Document(&minimal)],
        vec![Value::Document(&first), Value::Document(&first_long)],
        vec![Value::Document(&second), Value::Document(&second_double)],
        vec![Value::Document(&turned)],
        vec![Value::Document(&text_field)],
        vec![Value::Array(&empty)],
        vec![Value::Array(&minimal)],
        vec![Value::Array(&first)],
        vec![Value::Binary { subtype: 9, bytes: b"" }],
        vec![Value::Binary { subtype: 0, bytes: b"\xff" }],
        vec![Value::Binary { subtype: 1, bytes: b"\x00" }],
        vec![Value::Binary { subtype: 0, bytes: b"\x00\x00" }],
        vec![Value::ObjectId([0; 12])],
        vec![Value::ObjectId([1; 12])],
        vec![Value::Boolean(false)],
        vec![Value::Boolean(true)],
        vec![Value::DateTime(i64::MIN)],
        vec![Value::DateTime(-1)],
        vec![Value::DateTime(0)],
        vec![Value::DateTime(i64::MAX)],
        vec![Value::Timestamp(1)],
        vec![Value::Timestamp(1 << 32)],
        vec![Value::Timestamp(u64::MAX)],
        vec![Value::Regex { pattern: b"a", options: b"" }],
        vec![Value::Regex { pattern: b"a", options: b"i" }],
        vec![Value::Regex { pattern: b"ab", options: b"" }],
        vec![Value::DbPointer { namespace: b"z", id: [9; 12] }],
        vec![Value::DbPointer { namespace: b"aa", id: [0; 12] }],
        vec![Value::Code(b"a")],
        vec![Value::Code(b"b")],
        vec![Value::CodeWithScope { code: b"a", scope: &empty }],
        vec![Value::CodeWithScope { code: b"a", scope: &first }],
        vec![Value::CodeWithScope { code: b"b", scope: &empty }],
        vec![Value::MaxKey],
    ];
    let all: Vec<(usize, &Value<'_>)> = rows
        .iter()
        .enumerate()
        .flat_map(|(row, values)| values.iter().map(move |value| (row, value)))
        .collect();
    for (left_row, left) in &all {
        for (right_row, right) in &all {
            assert_eq!(
                key(left).unwrap().cmp(&key(right).unwrap()),
                left_row.cmp(right_row),
                "{left:?} {right:?}"
            );
        }
    }
}

#[test]
fn keys_of_numbers_are_short() {
    for value in [Value::Int64(i64::MIN), Value::Int64(i64::MAX)] {
        assert!(key(&value).unwrap().len() <= 15);
    }
    for value in [Value::Double(-2.225_073_858_507_201e-308), Value::Double(f64::MAX), Value::Double(5e-324)]
    {
        assert!(key(&value).unwrap().len() <= 389, "{}", key(&value).unwrap().len());
    }
}

#[test]
fn malformed_value_inside_has_no_key() {
    let mut bytes = document(&[("a", Value::Boolean(true))]);
    let place = bytes.len() - 2;
    bytes[place] = 2;
    assert!(key(&Value::Document(&bytes)).is_err());
}

fn double() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        any::<u64>().prop_map(f64::from_bits),
        any::<i32>().prop_map(f64::from),
        (-4_000_i32..4_000).prop_map(|number| f64::from(number) / 8.0),
    ]
}

fn compare(left: &Value<'_>, right: &Value<'_>) -> Ordering {
    let (mut one, mut two) = (Vec::new(), Vec::new());
    write_key(&mut one, left).unwrap();
    write_key(&mut two, right).unwrap();
    one.cmp(&two)
}

proptest! {
    #[test]
    fn doubles_and_integers_compare_as_numbers(left in double(), right in double(), long in any::<i64>()) {
        if let Some(expected) = left.partial_cmp(&right) {
            prop_assert_eq!(compare(&Value::Double(left), &Value::Double(right)), expected);
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "an independent comparison")]
        if left.is_finite() {
            // 2⁶³ is beyond i128's exact range of doubles only above 2¹²⁷.
            let expected = if left.abs() < 1e30 {
                let whole = left.floor();
                i128::from(long).cmp(&(whole as i128)).then(if left > whole { Ordering::Less } else { Ordering::Equal })
            } else {
                (long as f64).partial_cmp(&left).unwrap()
            };
            prop_assert_eq!(compare(&Value::Int64(long), &Value::Double(left)), expected);
        }
    }

    #[test]
    fn decimals_compare_as_numbers(left in any::<i64>(), right in any::<i64>(), places in 0_u32..30) {
        let text = |number: i64| Value::Decimal128(
            Decimal::parse(&format!("{number}E-{places}")).unwrap().to_bytes());
        prop_assert_eq!(compare(&text(left), &text(right)), left.cmp(&right));
        prop_assert_eq!(compare(&text(left), &Value::Int64(left)) == Ordering::Equal, places == 0 || left == 0);
    }

    #[test]
    fn decimal_texts_keep_their_bytes(bits in any::<u128>()) {
        let decimal = Decimal::from_bytes(bits.to_le_bytes());
        let text = decimal.to_string();
        prop_assert_eq!(Decimal::parse(&text).unwrap(), decimal, "{}", text);
    }
}
