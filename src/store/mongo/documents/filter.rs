//! Filters: a query, behind an `_id`, and never the marker.

use crate::domain::document::order::{class, key, types_behind};
use crate::domain::document::{Builder, Query, Value};
use crate::store::mongo::record::MARKER;

/// Puts the filter for the documents of a query, behind an `_id`.
///
/// `$gt` and `$lt` find only values of the class of their operand, so the types of the other classes are named. NaN is
/// the least number, and not comparable.
pub(super) fn put(builder: &mut Builder, name: &str, query: &Query, after: Option<Value<'_>>, reverse: bool) {
    builder.begin_document(name.as_bytes());
    builder.begin_array(b"$and");
    builder.begin_document(b"0");
    builder.begin_document(b"_id");
    builder.put(b"$ne", &Value::String(MARKER.as_bytes()));
    builder.end();
    builder.end();
    builder.put(b"1", &Value::Document(query.to_mongo().as_bytes()));
    if let Some(after) = after {
        builder.begin_document(b"2");
        put_behind(builder, &after, reverse);
        builder.end();
    }
    builder.end();
    builder.end();
}

fn put_behind(builder: &mut Builder, after: &Value<'_>, reverse: bool) {
    let nan = Value::Double(f64::NAN);
    let is_nan = key(after).ok() == key(&nan).ok();
    let types = types_behind(class(after), reverse);
    let mut branches: Vec<&dyn Fn(&mut Builder)> = Vec::new();
    let compared = |builder: &mut Builder| {
        builder.put(if reverse { b"$lt" } else { b"$gt" }, after);
    };
    let numbers = |builder: &mut Builder| {
        builder.put(b"$type", &Value::String(b"number"));
        builder.put(b"$ne", &nan);
    };
    let equals_nan = |builder: &mut Builder| {
        builder.put(b"$eq", &nan);
    };
    let others = |builder: &mut Builder| {
        builder.begin_array(b"$type");
        for (place, number) in types.iter().enumerate() {
            builder.put(place.to_string().as_bytes(), &Value::Int32(*number));
        }
        builder.end();
    };
    if !is_nan {
        branches.push(&compared);
    } else if !reverse {
        branches.push(&numbers);
    }
    if reverse && !is_nan && class(after) == class(&nan) {
        branches.push(&equals_nan);
    }
    if !types.is_empty() {
        branches.push(&others);
    }
    // Behind NaN backwards there may be nothing but lesser types, and there are always some.
    builder.begin_array(b"$or");
    for (place, branch) in branches.iter().enumerate() {
        builder.begin_document(place.to_string().as_bytes());
        builder.begin_document(b"_id");
        branch(builder);
        builder.end();
        builder.end();
    }
    builder.end();
}

/// Puts the filter for one `_id`.
pub(super) fn put_id(builder: &mut Builder, name: &str, id: &Value<'_>) {
    builder.begin_document(name.as_bytes());
    put_equal_id(builder, id);
    builder.end();
}

/// Puts the condition on one `_id` into a filter.
pub(super) fn put_equal_id(builder: &mut Builder, id: &Value<'_>) {
    builder.begin_document(b"_id");
    builder.put(b"$eq", id);
    builder.end();
}
