//! A list for stdout, written as its items arrive.

use super::json::{compact, json_line, value_of};
use super::printer::Printer;
use super::table::Table;
use crate::cli::Format;
use crate::cli::exit::Failure;
use crate::domain::text::visible;
use crate::wire::PageEnd;
use serde::Serialize;
use serde_json::Value;

/// Something that can be printed.
pub(in crate::cli) trait Printed {
    /// Its fields.
    fn value(&self) -> Result<Value, Failure>;

    /// Its JSON on one line, if that says more than its fields: a document's own.
    fn json(&self) -> Option<&str> {
        None
    }
}

impl<T: Serialize> Printed for T {
    fn value(&self) -> Result<Value, Failure> {
        value_of(self)
    }
}

/// A list as text, page by page. In a format with an end it is not a complete document before that end.
#[derive(Debug)]
pub(in crate::cli) struct ListText<'a> {
    pub(super) printer: &'a Printer,
    pub(super) table: Table,
    pub(super) has_begun: bool,
}

impl ListText<'_> {
    /// The next rows; before the first one, also the head of the format.
    pub(in crate::cli) fn rows(&mut self, items: &[impl Printed]) -> Result<String, Failure> {
        if items.is_empty() {
            return Ok(String::new());
        }
        if self.printer.format.is_json() {
            return self.json_rows(items);
        }
        let items = items.iter().map(Printed::value).collect::<Result<Vec<_>, _>>()?;
        let mut text = self.begin()?;
        let printer = self.printer;
        match printer.format {
            // See [`Self::json_rows`].
            Format::Json | Format::Jsonl => {}
            Format::Csv => {
                let fields = printer.csv_fields();
                for item in &items {
                    text.push_str(&printer.record(fields.iter().map(|field| cell(&item[field.name])))?);
                }
            }
            Format::Name => {
                let named_by = printer.shape.named_by.unwrap_or_default();
                text.extend(items.iter().map(|item| format!("{}\n", cell(&item[named_by]))));
            }
            Format::Table => text.push_str(&self.table.rows(&items)),
        }
        Ok(text)
    }

    fn json_rows(&mut self, items: &[impl Printed]) -> Result<String, Failure> {
        let is_one_object = self.printer.format == Format::Json;
        let has_rows = self.has_begun;
        let mut text = self.begin()?;
        for (place, item) in items.iter().enumerate() {
            if is_one_object {
                // Each in a line of its own, so that a reader of lines can stop.
                text.push_str(if has_rows || place > 0 { ",\n" } else { "\n" });
            }
            match item.json() {
                Some(json) => text.push_str(json),
                None => text.push_str(&compact(&self.printer.chosen_of(&item.value()?))),
            }
            if !is_one_object {
                text.push('\n');
            }
        }
        Ok(text)
    }

    /// The end of the list. JSON says itself whether the list is cut; for other formats the caller has to.
    pub(in crate::cli) fn end(&mut self, next_cursor: Option<&str>) -> Result<String, Failure> {
        let has_rows = self.has_begun;
        let mut text = self.begin()?;
        match self.printer.format {
            Format::Json => {
                if has_rows {
                    text.push('\n');
                }
                let rest = value_of(&PageEnd::before(next_cursor.map(str::to_owned)))?;
                text.push_str("],");
                // The fields after the items in the same object (`wire::Page`).
                text.push_str(json_line(&rest).trim_start_matches('{'));
            }
            Format::Table => text.push_str(&self.table.end()),
            Format::Jsonl | Format::Csv | Format::Name => {}
        }
        Ok(text)
    }

    fn begin(&mut self) -> Result<String, Failure> {
        if std::mem::replace(&mut self.has_begun, true) {
            return Ok(String::new());
        }
        match self.printer.format {
            Format::Json => Ok("{\"items\":[".to_owned()),
            Format::Csv => {
                let fields = self.printer.csv_fields();
                self.printer.record(fields.iter().map(|field| field.name.to_owned()))
            }
            Format::Jsonl | Format::Name | Format::Table => Ok(String::new()),
        }
    }
}

/// A value in a cell: text with visible marks, null as empty, nested values as compact JSON.
fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => visible(text).into_owned(),
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => compact(value),
    }
}
