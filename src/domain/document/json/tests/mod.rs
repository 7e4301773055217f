mod documents;
mod random;
mod values;

use super::{Form, Layout, read, read_value, round_trips, to_string, value_to_string, write_io};
use crate::domain::document::incoming::{check_id, with_id};
use crate::domain::document::raw::{Builder, MAX_BYTES, MAX_LEVELS, OwnedValue, Value, levels};
use crate::domain::document::{Decimal, DocumentError};
use proptest::prelude::*;

fn relaxed(text: &str) -> String {
    value_to_string(&read_value(text).unwrap_or_else(|error| panic!("{text}: {error}")).get(), Form::Relaxed)
}

fn canonical(text: &str) -> String {
    value_to_string(&read_value(text).unwrap().get(), Form::Canonical)
}

fn shown(value: &Value<'_>) -> [String; 2] {
    [value_to_string(value, Form::Relaxed), value_to_string(value, Form::Canonical)]
}

fn refusal(text: &str) -> String {
    match read_value(text) {
        Ok(value) => panic!("{text} is read as {:?}", value.get()),
        Err(error) => error.to_string(),
    }
}

fn document(fields: &[(&str, Value<'_>)]) -> Vec<u8> {
    let mut builder = Builder::default();
    for (name, value) in fields {
        builder.put(name.as_bytes(), value);
    }
    builder.finish()
}
