//! A page of documents as a table: its columns are the documents' own fields, the most frequent first.

use crate::domain::document::id::print_id;
use crate::domain::document::json::read_value;
use crate::domain::document::{Decimal, Element, Elements, OwnedValue, RawDocumentBuf, Value, id_of};
use crate::tui::cards::edit_document::Editable;
use crate::tui::text;
use crate::tui::widgets::json;
use std::collections::HashMap;

/// Fields of a document that are looked at, and different names that are counted.
const MOST_FIELDS: usize = 500;
/// Columns at most; what does not fit into the terminal is not drawn.
const MOST_COLUMNS: usize = 40;
/// A longer text is cut: the JSON shows all of it.
const WIDEST_CELL: usize = 160;
/// A column takes no more than this while others still need room.
const WIDE: u16 = 32;
/// The same for what holds documents and arrays.
const WIDE_NESTED: u16 = 16;
/// A narrower rest of a row is left free.
const NARROWEST: u16 = 8;
/// What `_id` keeps, whatever else there is.
const ID: u16 = 10;
/// Between two columns.
pub(super) const GAP: u16 = 2;

/// The documents of a page, each with a cell for each column.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) rows: Vec<Row>,
    pub(super) columns: Vec<Column>,
}

/// A document.
#[derive(Debug)]
pub(super) struct Row {
    /// Its `_id`, if that can be read.
    pub(super) id: Option<OwnedValue>,
    pub(super) document: RawDocumentBuf,
    /// What stands in each column; nothing where it has no such field.
    pub(super) cells: Vec<String>,
    pub(super) editable: Editable,
}

/// What a value is to a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It stands to the right.
    Number,
    /// Of it the day comes first.
    Date,
    /// A document or an array.
    Nested,
    Other,
}

impl Kind {
    fn of(element: &Element<'_>) -> Self {
        match element.value {
            Ok(Value::Int32(_) | Value::Int64(_) | Value::Double(_) | Value::Decimal128(_)) => Self::Number,
            Ok(Value::DateTime(_)) => Self::Date,
            Ok(value) if value.inner().is_some() => Self::Nested,
            Ok(_) | Err(_) => Self::Other,
        }
    }
}

/// A field.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Column {
    /// Its name.
    pub(super) head: String,
    pub(super) is_id: bool,
    /// What all its values are, as far as they are one kind.
    pub(super) holds: Option<Kind>,
    /// The columns that its longest value takes.
    wide: u16,
}

impl Table {
    pub(super) fn of(documents: Vec<RawDocumentBuf>) -> Self {
        let mut columns: Vec<Column> = names(&documents).into_iter().map(Column::of).collect();
        let places: HashMap<String, usize> =
            columns.iter().enumerate().map(|(at, column)| (column.head.clone(), at)).collect();
        let row = |document: RawDocumentBuf| {
            let mut cells = vec![String::new(); places.len()];
            for element in Elements::of(document.as_bytes()).take(MOST_FIELDS) {
                let at = places.get(&head(&element)).copied();
                let Some((at, cell)) = at.and_then(|at| Some((at, cells.get_mut(at)?))) else { continue };
                // Of two fields with one name the first is shown.
                if cell.is_empty() {
                    *cell = shown(&element);
                    if let Some(column) = columns.get_mut(at) {
                        column.take(&element, cell);
                    }
                }
            }
            Row { id: id_of(document.as_bytes()), document, cells, editable: Editable::default() }
        };
        let rows = documents.into_iter().map(row).collect();
        Self { rows, columns }
    }

    /// The place of a document.
    pub(super) fn place(&self, id: &OwnedValue) -> Option<usize> {
        self.rows.iter().position(|row| row.id.as_ref() == Some(id))
    }

    /// The columns that each field gets of so much room; 0 for one that is not drawn. `_id` always has some, the others
    /// as much as they need while there is room.
    pub(super) fn widths(&self, room: u16) -> Vec<u16> {
        let mut widths = vec![0; self.columns.len()];
        let id = self.columns.iter().position(|column| column.is_id);
        let mut left = room;
        let give = |widths: &mut Vec<u16>, at: usize, more: u16| {
            if let Some(width) = widths.get_mut(at) {
                *width += more;
            }
        };
        if let Some((at, column)) = id.and_then(|at| Some((at, self.columns.get(at)?))) {
            let kept = column.wide.min(ID).min(left);
            give(&mut widths, at, kept);
            left -= kept;
        }
        for (at, column) in self.columns.iter().enumerate().filter(|(_, column)| !column.is_id) {
            let wanted = column.wide.min(if column.holds == Some(Kind::Nested) { WIDE_NESTED } else { WIDE });
            let gap = if left == room { 0 } else { GAP };
            let given = wanted.min(left.saturating_sub(gap));
            if given < wanted.min(NARROWEST) {
                break;
            }
            give(&mut widths, at, given);
            left -= given + gap;
        }
        // What is left goes to those that are cut, `_id` first.
        let others = (0..self.columns.len()).filter(|at| Some(*at) != id);
        for at in id.into_iter().chain(others) {
            let given = widths.get(at).copied().unwrap_or(0);
            let missing = self.columns.get(at).map_or(0, |column| column.wide.saturating_sub(given));
            if given > 0 {
                give(&mut widths, at, missing.min(left));
                left -= missing.min(left);
            }
        }
        widths
    }
}

impl Column {
    fn of(head: String) -> Self {
        let wide = columns_of(&head).max(1);
        Self { is_id: head == "_id", holds: None, wide, head }
    }

    fn take(&mut self, element: &Element<'_>, cell: &str) {
        self.wide = self.wide.max(columns_of(cell));
        let kind = Kind::of(element);
        self.holds = Some(if self.holds.is_none_or(|holds| holds == kind) { kind } else { Kind::Other });
    }
}

/// A date in a column that is too narrow for it: to the minute, or the day.
pub(super) fn date_within(date: &str, width: u16) -> &str {
    const MINUTE: usize = "2026-11-26T10:12".len();
    const DAY: usize = "2026-11-26".len();
    let width = usize::from(width);
    if date.starts_with('{') {
        return date;
    }
    let kept = [date.len(), MINUTE, DAY].into_iter().find(|length| *length <= width);
    kept.and_then(|length| date.get(..length)).unwrap_or(date)
}

fn columns_of(text: &str) -> u16 {
    u16::try_from(text::width(text).min(WIDEST_CELL)).unwrap_or(u16::MAX)
}

/// The fields of the documents, the most frequent first, then as they come; `_id` last.
fn names(documents: &[RawDocumentBuf]) -> Vec<String> {
    let mut counts: HashMap<String, (usize, usize)> = HashMap::new();
    for document in documents {
        for element in Elements::of(document.as_bytes()).take(MOST_FIELDS) {
            let (name, seen) = (head(&element), counts.len());
            if let Some((count, _)) = counts.get_mut(&name) {
                *count += 1;
            } else if seen < MOST_FIELDS {
                counts.insert(name, (1, seen));
            }
        }
    }
    let id = counts.remove_entry("_id").map(|(name, _)| name);
    let mut names: Vec<_> = counts.into_iter().collect();
    names.sort_unstable_by_key(|(_, (count, first))| (usize::MAX - count, *first));
    names.into_iter().take(MOST_COLUMNS).map(|(name, _)| name).chain(id).collect()
}

/// The head of the column that a field stands in.
fn head(element: &Element<'_>) -> String {
    match element.name.is_empty() {
        true if element.value.is_err() => "(unreadable)".to_owned(),
        true => "\"\"".to_owned(),
        false => element.name_text().into_owned(),
    }
}

/// A value as it stands in its cell: texts, dates, ids and numbers as they are read, everything else as JSON.
fn shown(element: &Element<'_>) -> String {
    let value = match &element.value {
        Ok(value) => value,
        Err(malformed) => return malformed.to_string(),
    };
    if let Value::String(text) = value {
        return plain(text);
    }
    if element.name == b"_id" || matches!(value, Value::ObjectId(_)) {
        return print_id(value);
    }
    if let Value::Decimal128(bytes) = value {
        return Decimal::from_bytes(*bytes).to_string();
    }
    let json = json::value(value, WIDEST_CELL);
    let date = json.strip_prefix("{\"$date\":\"").and_then(|rest| rest.strip_suffix("\"}"));
    date.map_or_else(|| json.clone(), str::to_owned)
}

/// A text without quotes, unless it would be taken for another value.
fn plain(text: &[u8]) -> String {
    // A number or a word is short; JSON in a text is no other value.
    const AMBIGUOUS: usize = 40;
    let part = text.get(..text.len().min(WIDEST_CELL * 4 + 4)).unwrap_or(text);
    let plain = String::from_utf8_lossy(part);
    let has_blanks = plain.trim().len() < plain.len();
    let is_other = plain.len() <= AMBIGUOUS
        && read_value(&plain).is_ok_and(|value| !matches!(value.get(), Value::Document(_) | Value::Array(_)));
    if plain.is_empty() || has_blanks || is_other {
        return json::value(&Value::String(part), WIDEST_CELL);
    }
    plain.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::document::json::read;

    fn table(documents: &[&str]) -> Table {
        Table::of(documents.iter().map(|text| read(text).unwrap()).collect())
    }

    fn heads(table: &Table) -> Vec<&str> {
        table.columns.iter().map(|column| column.head.as_str()).collect()
    }

    #[test]
    fn columns_are_the_most_frequent_fields_first_and_the_id_last() {
        let table = table(&[r#"{"_id":1,"a":1,"b":2}"#, r#"{"_id":2,"b":1,"c":2}"#, r#"{"_id":3,"":1}"#]);
        assert_eq!(heads(&table), ["b", "a", "c", "\"\"", "_id"]);
        assert_eq!(table.rows[1].cells, ["1", "", "2", "", "2"]);
    }

    #[test]
    fn a_cell_shows_values_as_they_are_read() {
        let cell = |value: &str| table(&[&format!(r#"{{"v":{value}}}"#)]).rows[0].cells[0].clone();
        for (value, shown) in [
            (r#""Kestrel Air""#, "Kestrel Air"),
            (r#""5""#, r#""5""#),
            (r#""true""#, r#""true""#),
            (r#""""#, r#""""#),
            (r#"" a""#, r#"" a""#),
            (r#""{\"a\":1}""#, r#"{"a":1}"#),
            ("5", "5"),
            ("3.0", "3.0"),
            (r#"{"$numberDecimal":"1.50"}"#, "1.50"),
            (r#"{"$oid":"507f1f77bcf86cd799439011"}"#, "507f1f77bcf86cd799439011"),
            (r#"{"$date":"2026-11-26T10:12:00Z"}"#, "2026-11-26T10:12:00Z"),
            (
                r#"{"$date":{"$numberLong":"253402300800000"}}"#,
                r#"{"$date":{"$numberLong":"253402300800000"}}"#,
            ),
            ("null", "null"),
            (r#"[1,{"a":2}]"#, r#"[1,{"a":2}]"#),
        ] {
            assert_eq!(cell(value), shown);
        }
        assert!(cell(&format!("\"{}\"", "x".repeat(100_000))).len() < 1_000);
    }

    #[test]
    fn numbers_stand_to_the_right_where_nothing_else_is_in_their_column() {
        let table = table(&[r#"{"_id":1,"n":1,"m":1}"#, r#"{"_id":2,"n":2.5,"m":"x"}"#, r#"{"_id":3}"#]);
        let right: Vec<_> =
            table.columns.iter().filter(|column| column.holds == Some(Kind::Number)).collect();
        assert_eq!(right.iter().map(|column| column.head.as_str()).collect::<Vec<_>>(), ["n", "_id"]);
    }

    #[test]
    fn dates_lose_the_time_before_the_day() {
        let date = "2026-11-26T10:12:00Z";
        let cut = [30, 20, 19, 16, 15, 10, 9].map(|width| date_within(date, width));
        let (minute, day) = ("2026-11-26T10:12", "2026-11-26");
        assert_eq!(cut, [date, date, minute, minute, day, day, date]);
        assert_eq!(date_within("{\"$date\":{}}", 11), "{\"$date\":{}}", "no plain date is cut as any text");
        let table =
            table(&[r#"{"_id":1,"at":{"$date":"2026-11-26T10:12:00Z"}}"#, r#"{"_id":2,"at":"soon"}"#]);
        assert_eq!(table.columns[0].holds, Some(Kind::Other));
    }

    #[test]
    fn widths_never_exceed_the_room_and_the_id_is_always_there() {
        let long = "x".repeat(300);
        let wide = table(&[&format!(r#"{{"_id":"{long}","a":"{long}","b":{{"c":"{long}"}},"d":1}}"#)]);
        for room in 0..400 {
            let widths = wide.widths(room);
            let shown = widths.iter().filter(|width| **width > 0).count();
            let gaps = u16::try_from(shown.saturating_sub(1)).unwrap() * GAP;
            assert!(widths.iter().sum::<u16>() + gaps <= room, "{room}: {widths:?}");
            assert!(room == 0 || widths[3] > 0, "{room}: {widths:?}");
        }
        assert_eq!(wide.widths(76), [32, 16, 1, 21]);
    }

    #[test]
    fn a_field_that_cannot_be_read_says_so_in_its_row() {
        let mut bytes = read(r#"{"_id":1,"flag":true}"#).unwrap().as_bytes().to_vec();
        let last = bytes.len() - 2;
        bytes[last] = 2;
        let table = Table::of(vec![RawDocumentBuf::from_bytes(bytes).unwrap()]);
        assert_eq!(table.rows[0].cells, ["a boolean has the value 2", "1"]);
    }
}
