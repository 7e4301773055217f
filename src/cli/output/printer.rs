//! Data on stdout, in the format and with the fields that were asked for.

use super::json::{compact, json_line};
use super::shape::{Field, Shape, pick};
use super::{data, table};
use crate::cli::exit::Failure;
use crate::cli::{Format, Global};
use crate::domain::text::visible;
use serde_json::{Value, json};

/// Prints what one command answers.
#[derive(Debug)]
pub(in crate::cli) struct Printer {
    format: Format,
    shape: &'static Shape,
    /// What `--fields` named.
    chosen: Option<Vec<&'static Field>>,
    colour: bool,
}

impl Printer {
    /// For data of this shape.
    ///
    /// # Errors
    /// A usage error when format or fields do not fit the data.
    pub(in crate::cli) fn new(shape: &'static Shape, global: &Global, colour: bool) -> Result<Self, Failure> {
        let format = global.format();
        if matches!(format, Format::Csv | Format::Name) && !shape.is_list {
            return Err(Failure::usage(
                format!("-o {} is for lists; this command prints one object.", format.as_str()),
                "Use -o json, or none.",
            ));
        }
        if format == Format::Name && shape.named_by.is_none() {
            return Err(Failure::usage(
                "-o name: nothing in this list has a name.",
                "Use -o jsonl or -o csv.",
            ));
        }
        let chosen = global.fields.as_deref().map(|names| choose(shape, format, names)).transpose()?;
        Ok(Self { format, shape, chosen, colour })
    }

    /// An object: JSON, or a line for each field.
    pub(in crate::cli) fn object(&self, value: &Value) -> Result<(), Failure> {
        let shown = self.chosen_of(value);
        print(&match self.format {
            Format::Json | Format::Jsonl => json_line(&shown),
            Format::Table | Format::Csv | Format::Name => table::fields(&shown, self.colour),
        })
    }

    /// An object that people are told in a sentence, unless they asked for fields.
    pub(in crate::cli) fn said(&self, value: &Value, sentence: &str) -> Result<(), Failure> {
        if self.format == Format::Table && self.chosen.is_none() {
            return print(&format!("{sentence}\n"));
        }
        self.object(value)
    }

    /// A list. Whether it is cut stands in the object of JSON; elsewhere it is for the caller to say.
    pub(in crate::cli) fn list(&self, items: &[Value], next_cursor: Option<&str>) -> Result<(), Failure> {
        print(&self.list_text(items, next_cursor)?)
    }

    fn list_text(&self, items: &[Value], next_cursor: Option<&str>) -> Result<String, Failure> {
        let lines = |line: &dyn Fn(&Value) -> String| items.iter().map(line).collect::<String>();
        Ok(match self.format {
            Format::Json => json_line(&json!({
                "items": items.iter().map(|item| self.chosen_of(item)).collect::<Vec<_>>(),
                "next_cursor": next_cursor,
                "truncated": next_cursor.is_some(),
            })),
            Format::Jsonl => lines(&|item| json_line(&self.chosen_of(item))),
            Format::Csv => self.csv(items)?,
            Format::Name => {
                let named_by = self.shape.named_by.unwrap_or_default();
                lines(&|item| format!("{}\n", cell(&item[named_by])))
            }
            Format::Table => table::table(&self.columns(), items, self.colour),
        })
    }

    /// Whether a list is cut has to be said besides it.
    pub(in crate::cli) fn hides_cursor(&self) -> bool {
        self.format != Format::Json
    }

    fn columns(&self) -> Vec<&'static Field> {
        match &self.chosen {
            Some(chosen) => chosen.clone(),
            None => self.shape.table.iter().filter_map(|name| self.shape.field(name)).collect(),
        }
    }

    /// The chosen fields; that nothing was written is no field and stays.
    fn chosen_of(&self, value: &Value) -> Value {
        let Some(chosen) = &self.chosen else {
            return value.clone();
        };
        let mut shown = pick(value, chosen);
        if let Some(dry_run) = value.get("dry_run") {
            shown["dry_run"] = dry_run.clone();
        }
        shown
    }

    /// RFC 4180: a head of field names, CRLF at the end of each line.
    fn csv(&self, items: &[Value]) -> Result<String, Failure> {
        let fields: Vec<&Field> = match &self.chosen {
            Some(chosen) => chosen.clone(),
            None => self.shape.fields.iter().collect(),
        };
        let unwritable = |error: csv::Error| Failure::File(format!("CSV cannot be written: {error}."));
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        writer.write_record(fields.iter().map(|field| field.name)).map_err(unwritable)?;
        for item in items {
            writer.write_record(fields.iter().map(|field| cell(&item[field.name]))).map_err(unwritable)?;
        }
        let bytes = writer.into_inner().map_err(|error| unwritable(error.into_error().into()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

fn print(text: &str) -> Result<(), Failure> {
    data(text).map_err(|error| Failure::File(format!("stdout cannot be written: {error}.")))
}

/// A value in a cell: text as it is but for marks, nothing as nothing, what is nested as compact JSON.
fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => visible(text).into_owned(),
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => compact(value),
    }
}

fn choose(shape: &'static Shape, format: Format, names: &[String]) -> Result<Vec<&'static Field>, Failure> {
    let mut chosen: Vec<&'static Field> = Vec::new();
    for name in names {
        let field = shape.field(name).ok_or_else(|| {
            Failure::usage(
                format!("--fields: there is no field {name:?}."),
                format!("Known: {}.", shape.known()),
            )
        })?;
        if shape.only_json == Some(field.name) && !format.is_json() {
            return Err(Failure::usage(
                format!("--fields: {name} is only printed as JSON."),
                if field.name == "access_token" {
                    "Give -o json, or use --headless, which prints the bare token."
                } else {
                    "Give -o json; without it stderr says them."
                },
            ));
        }
        if chosen.contains(&field) {
            return Err(Failure::usage(format!("--fields names {name} twice."), "Name each field once."));
        }
        chosen.push(field);
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::super::shape;
    use super::*;
    use crate::cli::Cli;
    use clap::Parser;
    use proptest::prelude::*;
    use proptest::test_runner::TestCaseError;

    fn printer(arguments: &[&str]) -> Printer {
        let line = ["tenantry", "org", "list"].iter().chain(arguments);
        let cli = Cli::try_parse_from(line).unwrap();
        Printer::new(&shape::ORGANIZATIONS, &cli.global, false).unwrap()
    }

    /// What could be in a record: also text that is hostile to a format, and nothing at all.
    fn a_value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            "[\"',;\r\n\t =+@-]{0,8}".prop_map(Value::from),
            "\\PC{0,20}".prop_map(Value::from),
            "[\u{0}-\u{9f}\u{2028}-\u{202e}\u{2066}-\u{2069}a]{0,8}".prop_map(Value::from),
        ]
    }

    fn items() -> impl Strategy<Value = Vec<Value>> {
        let fields = shape::ORGANIZATIONS.fields;
        let item = prop::collection::vec(a_value(), fields.len()).prop_map(move |values| {
            Value::Object(fields.iter().map(|field| field.name.to_owned()).zip(values).collect())
        });
        prop::collection::vec(item, 0..5)
    }

    proptest! {
        #[test]
        fn json_and_jsonl_parse_back_to_the_same_values(items in items()) {
            let json = printer(&["-o", "json"]).list_text(&items, Some("next")).unwrap();
            let read: Value = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(&read["items"], &Value::from(items.clone()));
            prop_assert_eq!((&read["next_cursor"], &read["truncated"]), (&json!("next"), &json!(true)));
            let jsonl = printer(&["-o", "jsonl"]).list_text(&items, None).unwrap();
            let lines: Vec<Value> = jsonl.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            prop_assert_eq!(lines, items);
        }

        #[test]
        fn csv_parses_back_to_the_same_values_with_marks(items in items()) {
            let text = printer(&["-o", "csv"]).list_text(&items, None).unwrap();
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let head: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
            let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
            prop_assert_eq!(records.len(), items.len());
            for (record, item) in records.iter().zip(&items) {
                for (name, cell) in head.iter().zip(record) {
                    let expected = visible(item[name].as_str().unwrap_or_default());
                    prop_assert_eq!(cell, expected.as_ref(), "{}", name);
                }
            }
        }

        #[test]
        fn no_format_controls_a_terminal(items in items()) {
            for format in ["table", "json", "jsonl", "csv", "name"] {
                let text = printer(&["-o", format]).list_text(&items, None).unwrap();
                let lines = text.replace("\r\n", "\n").replace('\n', "");
                prop_assert!(!lines.chars().any(crate::domain::text::controls_terminal), "{}: {:?}", format, text);
                if format == "name" {
                    prop_assert_eq!(text.lines().count(), items.len());
                }
            }
        }

        #[test]
        fn fields_come_in_the_order_they_were_named(chosen in prop::sample::subsequence(
            shape::ORGANIZATIONS.fields.iter().map(|field| field.name).collect::<Vec<_>>(), 1..7).prop_shuffle()) {
            let item = json!({"organization_id": 1, "organization_name": 2, "collection_name": 3,
                "admin_email": 4, "state": 5, "created_at": 6, "updated_at": 7});
            let names = chosen.join(",");
            let text = printer(&["-o", "jsonl", "--fields", &names]).list_text(&[item], None).unwrap();
            let read: Value = serde_json::from_str(&text).map_err(|error| TestCaseError::fail(error.to_string()))?;
            let keys: Vec<&String> = read.as_object().unwrap().keys().collect();
            prop_assert_eq!(keys, chosen);
        }
    }
}
