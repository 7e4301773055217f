//! JSON that is safe to show on a terminal.

pub(super) use crate::domain::text::compact_json as compact;

use crate::cli::exit::Failure;
use crate::service::Error;
use serde::Serialize;
use serde_json::Value;

/// Data as a JSON value.
///
/// # Errors
/// An internal error; no struct of `wire` causes one.
pub(super) fn value_of(data: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(data).map_err(|error| Error::internal(&error).into())
}

/// JSON on one line. Characters that could control a terminal are escaped.
pub(super) fn json_line(value: &Value) -> String {
    let mut text = compact(value);
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text::controls_terminal;
    use serde_json::json;

    #[test]
    fn json_parses_back_and_has_no_control_characters() {
        let hostile = "a\u{1b}[31m\u{7f}\u{9b}2J\u{202e}b\u{2028}\n\"\\日本😀";
        let line = json_line(&json!({ "name": hostile }));
        assert!(!line.trim_end().chars().any(controls_terminal), "{line:?}");
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap()["name"], hostile);
    }
}
