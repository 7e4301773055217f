//! Tables and lines for people.

use super::json::compact;
use super::shape::Field;
use crate::domain::Status;
use crate::domain::text::visible;
use comfy_table::{Attribute, Cell, Color, Table, presets};
use serde_json::Value;
use std::fmt::Write as _;

/// A head and a line for each item.
pub(super) fn table(fields: &[&'static Field], items: &[Value], colour: bool) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    if colour {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    table.set_header(fields.iter().map(|field| Cell::new(field.head).add_attribute(Attribute::Bold)));
    for item in items {
        table.add_row(fields.iter().map(|field| cell(field, &item[field.name])));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(&trimmed(&line));
        text.push('\n');
    }
    text
}

/// Without space at its end, also where a colour ends behind it.
fn trimmed(line: &str) -> String {
    let mut line = line.trim_end();
    let mut colours = String::new();
    while let Some((before, sequence)) = line.rsplit_once('\u{1b}').filter(|(_, rest)| is_colour(rest)) {
        colours = format!("\u{1b}{sequence}{colours}");
        line = before.trim_end();
    }
    format!("{line}{colours}")
}

/// Whether this is all of an SGR sequence (ECMA-48) but its escape.
fn is_colour(rest: &str) -> bool {
    let parameters = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix('m'));
    parameters.is_some_and(|text| text.chars().all(|c| c.is_ascii_digit() || c == ';'))
}

fn cell(field: &Field, value: &Value) -> Cell {
    let cell = Cell::new(words(value));
    match ink(field, value) {
        Some(colour) => cell.fg(colour),
        None => cell,
    }
}

/// Colour says nothing that the word does not say.
fn ink(field: &Field, value: &Value) -> Option<Color> {
    let word = value.as_str()?;
    match (field.name, Status::from_word(word)) {
        ("state", Some(status)) => (status != Status::Active).then_some(Color::Yellow),
        ("action", _) if word.ends_with("_failed") => Some(Color::Red),
        _ => None,
    }
}

/// A line for each field of an object.
pub(super) fn fields(value: &Value, colour: bool) -> String {
    let Value::Object(fields) = value else {
        return format!("{}\n", words(value));
    };
    let width = fields.keys().map(String::len).max().unwrap_or(0);
    let (dim, off) = if colour { ("\u{1b}[2m", "\u{1b}[0m") } else { ("", "") };
    let mut text = String::new();
    for (name, value) in fields {
        // Writing to a String does not fail.
        let _ = writeln!(text, "{dim}{name:width$}{off}  {}", words(value));
    }
    text
}

/// A value for people: what changed as `from -> to`, nothing as `-`.
fn words(value: &Value) -> String {
    match value {
        Value::String(text) => visible(text).into_owned(),
        Value::Null => "-".to_owned(),
        Value::Object(changes) if changes.is_empty() => "-".to_owned(),
        Value::Object(changes) => {
            let each = changes.iter().map(|(name, change)| {
                let name = visible(name);
                match (change.get("from"), change.get("to")) {
                    // What was made or removed has one side; which of the two the action says.
                    (Some(Value::Null), Some(only)) | (Some(only), Some(Value::Null)) => {
                        format!("{name} {}", words(only))
                    }
                    (Some(from), Some(to)) => format!("{name} {} -> {}", words(from), words(to)),
                    _ => format!("{name} {}", words(change)),
                }
            });
            each.collect::<Vec<_>>().join(", ")
        }
        Value::Bool(_) | Value::Number(_) | Value::Array(_) => compact(value),
    }
}

#[cfg(test)]
mod tests {
    use super::super::shape;
    use super::*;
    use serde_json::json;

    fn columns(names: &[&str]) -> Vec<&'static Field> {
        let known = shape::ALL.iter().flat_map(|shape| shape.fields);
        names.iter().map(|name| known.clone().find(|field| field.name == *name).unwrap()).collect()
    }

    #[test]
    fn tables_show_marks_and_align() {
        let items = [
            json!({"organization_name": "a\u{1b}[31mb", "state": "active"}),
            json!({"organization_name": "日本", "state": "suspended"}),
            json!({"organization_name": null, "state": "renaming"}),
        ];
        let wanted = columns(&["organization_name", "state"]);
        let plain = table(&wanted, &items, false);
        assert_eq!(plain, "NAME     STATE\na␛[31mb  active\n日本     suspended\n-        renaming\n");
    }

    #[test]
    fn colour_changes_nothing_but_colour() {
        let items = [json!({"organization_name": "Acme", "state": "suspended", "changes": {}})];
        let wanted = columns(&["organization_name", "state", "changes"]);
        let coloured = table(&wanted, &items, true);
        assert!(coloured.contains("\u{1b}["), "{coloured:?}");
        assert_eq!(uncoloured(&coloured), table(&wanted, &items, false));
        let lines = fields(&items[0], true);
        assert!(lines.contains("\u{1b}["));
        assert_eq!(uncoloured(&lines), fields(&items[0], false));
    }

    /// Without `ESC [ ... m` (ECMA-48, SGR).
    fn uncoloured(text: &str) -> String {
        let mut plain = String::new();
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            if c == '\u{1b}' {
                let _ = rest.by_ref().find(|c| *c == 'm');
            } else {
                plain.push(c);
            }
        }
        plain
    }

    #[test]
    fn changes_are_said_in_words() {
        let changes = json!({"organization_name": {"from": "A\u{1b}", "to": "B"}, "password": "changed"});
        assert_eq!(words(&changes), "organization_name A␛ -> B, password changed");
        assert_eq!(words(&json!({"email": {"from": null, "to": "a@b"}})), "email a@b");
        assert_eq!(words(&json!({"email": {"from": "a@b", "to": null}})), "email a@b");
        assert_eq!(words(&json!({})), "-");
        assert_eq!(words(&json!([1, "x"])), "[1,\"x\"]");
    }
}
