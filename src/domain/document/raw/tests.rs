use super::{Builder, Elements, MAX_LEVELS, Malformed, Value, check, field, levels, revision};
use proptest::prelude::*;

fn nested(count: usize, is_array: bool) -> Vec<u8> {
    let mut builder = Builder::default();
    for _ in 1..count {
        if is_array {
            builder.begin_array(b"0")
        } else {
            builder.begin_document(b"a")
        };
    }
    builder.put(b"x", &Value::Null);
    builder.finish()
}

#[test]
fn levels_are_counted_with_arrays_and_without_what_is_empty() {
    let mut builder = Builder::default();
    assert_eq!(levels(&Builder::default().finish(), 100), Some(1));
    builder.begin_document(b"a").end().begin_array(b"b").end();
    assert_eq!(levels(&builder.finish(), 100), Some(1));
    for is_array in [false, true] {
        assert_eq!(levels(&nested(100, is_array), MAX_LEVELS), Some(100));
        assert_eq!(levels(&nested(101, is_array), MAX_LEVELS), None);
        assert_eq!(levels(&nested(100_000, is_array), 200), None);
    }
    let scope = nested(99, false);
    let mut builder = Builder::default();
    builder.put(b"c", &Value::CodeWithScope { code: b"f", scope: &scope });
    assert_eq!(levels(&builder.finish(), MAX_LEVELS), Some(100));
}

#[test]
fn equal_names_are_all_there() {
    let mut builder = Builder::default();
    builder.put(b"a", &Value::Int32(1)).put(b"a", &Value::Int32(2));
    let bytes = builder.finish();
    let values: Vec<_> = Elements::of(&bytes).map(|element| element.value.unwrap()).collect();
    assert_eq!(values, [Value::Int32(1), Value::Int32(2)]);
    assert_eq!(field(&bytes, b"a"), Some(Value::Int32(1)));
}

#[test]
fn walk_says_what_is_malformed_and_goes_on_where_it_can() {
    let mut builder = Builder::default();
    builder.put(b"_id", &Value::Int32(1)).put(b"b", &Value::Boolean(true)).put(b"c", &Value::Null);
    let bytes = builder.finish();
    let mut boolean = bytes.clone();
    boolean[16] = 2;
    let values: Vec<_> = Elements::of(&boolean).map(|element| element.value).collect();
    assert_eq!(values, [Ok(Value::Int32(1)), Err(Malformed::Boolean(2)), Ok(Value::Null)]);
    let mut kind = bytes.clone();
    kind[13] = 0x20;
    let values: Vec<_> = Elements::of(&kind).map(|element| element.value).collect();
    assert_eq!(values, [Ok(Value::Int32(1)), Err(Malformed::Type(0x20))]);
    assert_eq!(check(&bytes), Ok(()));
    for (damaged, expected) in [(&boolean, Malformed::Boolean(2)), (&kind, Malformed::Type(0x20))] {
        assert_eq!(check(damaged), Err(expected));
        let mut outer = Builder::default();
        outer.begin_array(b"a").put(b"0", &Value::Document(damaged));
        assert_eq!(check(&outer.finish()), Err(expected));
        assert_ne!(revision(damaged), revision(&bytes));
    }
    assert_eq!(check(&nested(100_000, true)), Ok(()));
    for (bytes, expected) in [
        (&bytes[..bytes.len() - 1], Malformed::Length),
        (&b"\x06\0\0\0\0\0"[..], Malformed::Trailing),
        (b"\x05\0\0\0\x01", Malformed::Unterminated),
        (b"\x08\0\0\0\x0aabc", Malformed::Unterminated),
        (b"\x04\0\0\0", Malformed::Length),
        (b"", Malformed::Cut),
        (b"\x0c\0\0\0\x02a\0\x05\0\0\0\0", Malformed::Length),
        (b"\x0d\0\0\0\x02a\0\x01\0\0\0x\0", Malformed::Unterminated),
        (b"\x0d\0\0\0\x05a\0\xff\xff\xff\xff\0\0", Malformed::Length),
        (b"\x0b\0\0\0\x03a\0\x7f\0\0\0", Malformed::Length),
        (b"\x0b\0\0\0\x10a\0\x01\0\0\0", Malformed::Unterminated),
        (b"\x0a\0\0\0\x10a\0\x01\0\0", Malformed::Cut),
    ] {
        let found: Vec<_> = Elements::of(bytes).filter_map(|element| element.value.err()).collect();
        assert_eq!(found.first(), Some(&expected), "{bytes:?}");
    }
}

proptest! {
    #[test]
    fn any_bytes_can_be_walked(bytes in prop::collection::vec(any::<u8>(), 0..300), at in any::<prop::sample::Index>(), with in any::<u8>()) {
        let walk = |bytes: &[u8]| {
            let count = Elements::of(bytes).count();
            assert!(count <= bytes.len() + 1);
            let _ = (levels(bytes, 200), check(bytes));
        };
        walk(&bytes);
        let mut framed = (i32::try_from(bytes.len()).unwrap() + 5).to_le_bytes().to_vec();
        framed.extend(&bytes);
        framed.push(0);
        walk(&framed);
        let mut changed = nested(20, false);
        let place = at.index(changed.len());
        changed[place] = with;
        walk(&changed);
    }
}
