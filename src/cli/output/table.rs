//! Tables and lines for people.

use super::json::compact;
use super::shape::{Field, Number, Shape};
use crate::domain::text::{bytes, count, visible};
use crate::domain::{AuditAction, Status};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt::Write as _;
use unicode_width::UnicodeWidthStr;

const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "31";
const YELLOW: &str = "33";

/// Spaces between two columns.
const GAP: usize = 2;
/// Rows that determine the column widths.
const MEASURED: usize = 100;

/// A head and a line per item, written as the items arrive. The first rows determine the column widths; a longer cell
/// further down shifts the rest of its own line.
#[derive(Debug)]
pub(super) struct Table {
    fields: Vec<&'static Field>,
    colour: bool,
    /// Column widths on a terminal; empty until they are measured.
    widths: Option<Vec<usize>>,
    /// Rows that wait for the measurement.
    held: Vec<Value>,
}

impl Table {
    pub(super) fn new(fields: Vec<&'static Field>, colour: bool) -> Self {
        Self { fields, colour, widths: None, held: Vec::new() }
    }

    /// The text that can be written after these items.
    pub(super) fn rows(&mut self, items: &[Value]) -> String {
        if let Some(widths) = &self.widths {
            return items.iter().map(|item| self.row(item, widths)).collect();
        }
        self.held.extend_from_slice(items);
        if self.held.len() < MEASURED { String::new() } else { self.measured() }
    }

    /// The remaining text after the last item.
    pub(super) fn end(&mut self) -> String {
        if self.widths.is_none() { self.measured() } else { String::new() }
    }

    fn measured(&mut self) -> String {
        let items = std::mem::take(&mut self.held);
        let width = |field: &&'static Field| {
            let cells = items.iter().map(|item| cell(field, &item[field.name]).width());
            cells.chain([field.head.width()]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = self.fields.iter().map(width).collect();
        let head: Vec<_> = self.fields.iter().map(|field| (field.head.to_owned(), Some(BOLD))).collect();
        let mut text = self.line(&head, &widths);
        text.extend(items.iter().map(|item| self.row(item, &widths)));
        self.widths = Some(widths);
        text
    }

    fn row(&self, item: &Value, widths: &[usize]) -> String {
        let cell = |field: &&'static Field| {
            let value = &item[field.name];
            (cell(field, value), ink(field, value))
        };
        let cells: Vec<_> = self.fields.iter().map(cell).collect();
        self.line(&cells, widths)
    }

    /// A line without trailing spaces.
    fn line(&self, cells: &[(String, Option<&str>)], widths: &[usize]) -> String {
        let (mut line, mut space) = (String::new(), 0);
        for ((field, (text, ink)), width) in self.fields.iter().zip(cells).zip(widths) {
            let indent = if field.number.is_some() { width.saturating_sub(text.width()) } else { 0 };
            space += indent;
            if !text.is_empty() {
                line.extend(std::iter::repeat_n(' ', space));
                line.push_str(&inked(text, ink.filter(|_| self.colour)));
                space = 0;
            }
            space += width.saturating_sub(text.width() + indent) + GAP;
        }
        line.push('\n');
        line
    }
}

fn inked<'a>(text: &'a str, ink: Option<&str>) -> Cow<'a, str> {
    match ink {
        Some(ink) => Cow::Owned(format!("\u{1b}[{ink}m{text}\u{1b}[0m")),
        None => Cow::Borrowed(text),
    }
}

/// Colour only repeats what the word says.
fn ink(field: &Field, value: &Value) -> Option<&'static str> {
    let word = value.as_str()?;
    match (field.name, word.parse::<Status>().ok()) {
        ("state", Some(status)) => (status != Status::Active).then_some(YELLOW),
        ("action", _) if word.ends_with("_failed") => Some(RED),
        _ => None,
    }
}

/// A line per field of an object.
pub(super) fn fields(value: &Value, shape: &Shape, colour: bool) -> String {
    let Value::Object(fields) = value else {
        return format!("{}\n", words(value));
    };
    let width = fields.keys().map(String::len).max().unwrap_or(0);
    let mut text = String::new();
    for (name, value) in fields {
        let value = shape.field(name).map_or_else(|| words(value), |field| cell(field, value));
        let name = format!("{name:width$}");
        // Writing to a String does not fail.
        let _ = writeln!(text, "{}  {value}", inked(&name, colour.then_some(DIM)));
    }
    text
}

/// A value of a field for people: an action as the console says it.
pub(super) fn cell(field: &Field, value: &Value) -> String {
    if let ("action", Some(action)) = (field.name, value.as_str().and_then(|word| word.parse().ok())) {
        let (verb, object) = AuditAction::words(action);
        return format!("{verb} {object}").trim_end().to_owned();
    }
    match (field.number, value.as_u64()) {
        (Some(Number::Count), Some(number)) => count(number),
        (Some(Number::Bytes), Some(number)) => bytes(number),
        _ => words(value),
    }
}

/// A value for people: a change as `from -> to`, things with a name by their names, null as `-`.
fn words(value: &Value) -> String {
    match value {
        Value::String(text) => visible(text).into_owned(),
        Value::Null => "-".to_owned(),
        Value::Object(changes) if changes.is_empty() => "-".to_owned(),
        Value::Object(change) if is_change(change) => {
            format!("{} -> {}", words(&value["from"]), words(&value["to"]))
        }
        Value::Object(changes) => {
            let each = changes.iter().map(|(name, change)| {
                let name = visible(name);
                match (change.get("from"), change.get("to")) {
                    // A creation or a removal has one side; the action tells which.
                    (Some(Value::Null), Some(only)) | (Some(only), Some(Value::Null)) => {
                        format!("{name} {}", words(only))
                    }
                    _ => format!("{name} {}", words(change)),
                }
            });
            each.collect::<Vec<_>>().join(", ")
        }
        Value::Array(items) if !items.is_empty() && items.iter().all(|item| item["name"].is_string()) => {
            items.iter().map(|item| words(&item["name"])).collect::<Vec<_>>().join(", ")
        }
        Value::Bool(_) | Value::Number(_) | Value::Array(_) => compact(value),
    }
}

fn is_change(fields: &serde_json::Map<String, Value>) -> bool {
    fields.len() == 2 && fields.contains_key("from") && fields.contains_key("to")
}

#[cfg(test)]
mod tests {
    use super::super::shape;
    use super::*;
    use serde_json::json;

    fn table(wanted: &[&'static Field], items: &[Value], colour: bool) -> String {
        let mut table = Table::new(wanted.to_vec(), colour);
        table.rows(items) + &table.end()
    }

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
    fn first_rows_set_the_widths_and_a_longer_cell_shifts_only_its_line() {
        let item = |name: &str| json!({"organization_name": name, "state": "active"});
        let mut table = Table::new(columns(&["organization_name", "state"]), false);
        assert_eq!(table.rows(&[item("Acme")]), "", "one row decides nothing");
        let first = table.rows(&vec![item("Acme"); MEASURED]);
        assert_eq!(first.lines().next().unwrap(), "NAME  STATE");
        assert_eq!(first.lines().count(), MEASURED + 2);
        let second = table.rows(&[item("Acme Books"), item("Zoo")]);
        assert_eq!(second, "Acme Books  active\nZoo   active\n");
        assert_eq!(table.end(), "");
    }

    #[test]
    fn numbers_are_grouped_and_stand_to_the_right() {
        let items = [
            json!({"organization_name": "Acme", "documents": 1_204_551, "data_bytes": 770_703_360, "state": "active"}),
            json!({"organization_name": "Blue", "documents": 0, "data_bytes": 0, "state": "active"}),
            json!({"organization_name": "Gone", "documents": null, "data_bytes": null, "state": "active"}),
        ];
        let wanted = columns(&["organization_name", "documents", "data_bytes", "state"]);
        let expected = "NAME       DOCS     SIZE  STATE\n\
                        Acme  1,204,551  735 MiB  active\n\
                        Blue          0      0 B  active\n\
                        Gone          -        -  active\n";
        let plain = table(&wanted, &items, false);
        assert_eq!(plain, expected);
        let lines =
            fields(&json!({"documents": 12_408, "indexes": [{"name": "_id_"}]}), &shape::DETAILS, false);
        assert_eq!(lines, "documents  12,408\nindexes    _id_\n");
    }

    #[test]
    fn colour_does_not_change_the_text() {
        let items = [json!({"organization_name": "Acme", "state": "suspended", "changes": {}})];
        let wanted = columns(&["organization_name", "state", "changes"]);
        let coloured = table(&wanted, &items, true);
        assert!(coloured.contains("\u{1b}["), "{coloured:?}");
        assert_eq!(uncoloured(&coloured), table(&wanted, &items, false));
        let lines = fields(&items[0], &shape::ORGANIZATION, true);
        assert!(lines.contains("\u{1b}["));
        assert_eq!(uncoloured(&lines), fields(&items[0], &shape::ORGANIZATION, false));
    }

    /// Removes `ESC [ ... m` (ECMA-48, SGR).
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
    fn changes_are_printed_as_from_to() {
        let changes = json!({"organization_name": {"from": "A\u{1b}", "to": "B"}, "password": "changed"});
        assert_eq!(words(&changes), "organization_name A␛ -> B, password changed");
        assert_eq!(words(&json!({"email": {"from": null, "to": "a@b"}})), "email a@b");
        assert_eq!(words(&json!({"email": {"from": "a@b", "to": null}})), "email a@b");
        assert_eq!(words(&json!({"from": null, "to": "a@b"})), "- -> a@b");
        assert_eq!(words(&json!({})), "-");
        assert_eq!(words(&json!([1, "x"])), "[1,\"x\"]");
    }
}
