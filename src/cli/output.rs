//! Everything that is written to stdout and stderr.
//!
//! stdout is data, stderr is everything else. Text from data never controls the terminal: in tables and prose it
//! shows visible marks, in JSON such characters are escaped.

use super::Format;
use super::exit::ErrorObject;
use crate::domain::text::{controls_terminal, visible};
use crate::domain::{Organization, Principal};
use crate::service::OrganizationPage;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{self, Write};

/// RFC 3339 in UTC with milliseconds.
pub fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// An organization as JSON.
pub fn organization(organization: &Organization) -> Value {
    json!({
        "organization_id": organization.id,
        "organization_name": organization.name,
        "collection_name": organization.collection_name(),
        "admin_email": organization.admin_email,
        "state": organization.state,
        "created_at": time(organization.created_at),
        "updated_at": time(organization.updated_at),
    })
}

/// Who is signed in, as JSON, without the token.
pub fn principal(principal: &Principal, now: Timestamp) -> Value {
    json!({
        "email": principal.email,
        "role": principal.role,
        "organization_id": principal.organization_id,
        "organization_name": principal.organization_name,
        "expires_at": time(principal.claims.expires_at()),
        // In whole seconds on both sides, as the token counts them.
        "expires_in": principal.claims.exp - now.as_second(),
    })
}

/// One object: JSON as it is, or a line for each of its fields.
pub fn object(format: Format, value: &Value) -> String {
    match format {
        Format::Json => json_line(value),
        Format::Table => fields(value),
    }
}

/// A list: JSON with its envelope, or a table.
pub fn organizations(format: Format, page: &OrganizationPage) -> String {
    match format {
        Format::Json => json_line(&json!({
            "items": page.items.iter().map(|row| organization(row)).collect::<Vec<_>>(),
            "next_cursor": page.next_cursor,
            "truncated": page.next_cursor.is_some(),
        })),
        Format::Table => table(
            &["NAME", "COLLECTION", "STATE", "ADMIN", "CREATED"],
            page.items.iter().map(|row| {
                [
                    row.name.clone(),
                    row.collection_name().to_owned(),
                    row.state.to_string(),
                    row.admin_email.clone(),
                    time(row.created_at),
                ]
            }),
        ),
    }
}

fn table<const N: usize>(header: &[&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING).set_header(header.iter().copied());
    for row in rows {
        table.add_row(row.map(|cell| visible(&cell).into_owned()));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn fields(value: &Value) -> String {
    let Value::Object(fields) = value else {
        return json_line(value);
    };
    let width = fields.keys().map(String::len).max().unwrap_or(0);
    let mut text = String::new();
    for (name, value) in fields {
        let value = match value {
            Value::String(text) => visible(text).into_owned(),
            Value::Null => "-".to_owned(),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
        };
        // Writing to a String does not fail.
        let _ = writeln!(text, "{name:width$}  {value}");
    }
    text
}

/// JSON on one line; characters that could control a terminal are escaped, which JSON allows anywhere in a string.
pub fn json_line(value: &Value) -> String {
    let mut text = String::new();
    for c in value.to_string().chars() {
        if controls_terminal(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        } else {
            text.push(c);
        }
    }
    text.push('\n');
    text
}

/// Writes data to stdout; a closed pipe is no error.
///
/// # Errors
/// When stdout cannot be written, as on a full disk.
pub fn data(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

/// Writes a note or a prompt to stderr; nobody is there to hear of a failure.
pub fn note(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

/// Writes an error to stderr: prose, or one JSON object.
pub fn error(format: Format, error: &ErrorObject) {
    match format {
        Format::Json => note(&json_line(&json!({ "error": error }))),
        Format::Table => {
            note(&format!("tenantry: {}\n", visible(&error.message)));
            if let Some(hint) = &error.hint {
                note(&format!("  {}\n", visible(hint)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_parses_back_and_has_no_control_characters() {
        let hostile = "a\u{1b}[31m\u{7f}\u{9b}2J\u{202e}b\u{2028}\n\"\\日本😀";
        let line = json_line(&json!({ "name": hostile }));
        assert!(!line.trim_end().chars().any(controls_terminal), "{line:?}");
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap()["name"], hostile);
    }

    #[test]
    fn tables_show_marks_and_align() {
        let rows = [["a\u{1b}[31mb".to_owned(), "x".to_owned()], ["日本".to_owned(), "y".to_owned()]];
        assert_eq!(table(&["NAME", "B"], rows.into_iter()), "NAME     B\na␛[31mb  x\n日本     y\n");
    }

    #[test]
    fn times_have_three_digits() {
        assert_eq!(time("2026-11-24T12:00:00Z".parse().unwrap()), "2026-11-24T12:00:00.000Z");
    }
}
