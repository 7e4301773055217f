//! Data for stdout, in the requested format and fields.

use super::csv_record;
use super::json::{json_line, value_of};
use super::list::ListText;
use super::shape::{self, Field, Shape, pick};
use super::table::{self, Table};
use crate::cli::exit::Failure;
use crate::cli::{Format, Global};
use crate::wire::Change;
use serde::Serialize;
use serde_json::{Map, Value};

/// The result of a dry run: the current object and the object after the write.
#[derive(Debug)]
pub(in crate::cli) struct Would<B, A> {
    pub(in crate::cli) before: B,
    pub(in crate::cli) after: A,
    /// Whether a password would change; no field shows it.
    pub(in crate::cli) sets_password: bool,
}

/// Formats the answer of one command.
#[derive(Debug)]
pub(in crate::cli) struct Printer {
    pub(super) format: Format,
    pub(super) shape: &'static Shape,
    /// The fields of `--fields`.
    chosen: Option<Vec<&'static Field>>,
    /// Whether CSV cells are printed unchanged.
    is_raw: bool,
    colour: bool,
}

impl Printer {
    /// A printer for this shape.
    ///
    /// # Errors
    /// A usage error when format or fields do not fit the shape.
    pub(in crate::cli) fn new(shape: &'static Shape, global: &Global, colour: bool) -> Result<Self, Failure> {
        let format = global.format();
        if matches!(format, Format::Csv | Format::Name) && !shape.is_list {
            return Err(Failure::usage(
                format!("-o {} is for lists; this command prints one object.", format.as_str()),
                "Use -o json, or leave -o out.",
            ));
        }
        if format == Format::Name && shape.named_by.is_none() {
            return Err(Failure::usage(
                "-o name: the items of this list have no name.",
                "Use -o jsonl or -o csv.",
            ));
        }
        if format == Format::Name && global.fields.is_some() {
            return Err(Failure::usage(
                "-o name prints one field, so --fields cannot choose others.",
                "Use -o csv or -o jsonl with --fields, or leave --fields out.",
            ));
        }
        let is_of_documents = *shape == shape::DOCUMENTS && format.is_json();
        if global.fields.is_some() && (shape.fields.is_empty() || is_of_documents) {
            return Err(Failure::usage(
                "--fields: the fields of a document are its own, and are all printed.",
                "Leave --fields out; jq chooses fields of JSON.",
            ));
        }
        if global.csv_raw && format != Format::Csv {
            return Err(Failure::usage("--csv-raw is for -o csv.", "Add -o csv, or leave it out."));
        }
        let chosen = global.fields.as_deref().map(|names| choose(shape, format, names)).transpose()?;
        Ok(Self { format, shape, chosen, is_raw: global.csv_raw, colour })
    }

    /// An object: JSON, or a line per field.
    pub(in crate::cli) fn object(&self, data: &impl Serialize) -> Result<String, Failure> {
        let shown = self.chosen_of(&value_of(data)?);
        Ok(match self.format {
            Format::Json | Format::Jsonl => json_line(&shown),
            Format::Table | Format::Csv | Format::Name => table::fields(&shown, self.shape, self.colour),
        })
    }

    /// The object after a write with the changes: for people `from -> to` in the field, in JSON under `changes`.
    pub(in crate::cli) fn would(
        &self,
        dry_run: &Would<impl Serialize, impl Serialize>,
    ) -> Result<String, Failure> {
        let (before, after) = (value_of(&dry_run.before)?, value_of(&dry_run.after)?);
        let mut changes = Map::new();
        for (name, to) in after.as_object().into_iter().flatten() {
            // The time of the write is unknown.
            if let Some(from) = before.get(name).filter(|from| *from != to && name != "updated_at") {
                let change = Change { from: from.clone(), to: to.clone() };
                changes.insert(name.clone(), value_of(&change)?);
            }
        }
        if dry_run.sets_password {
            changes.insert("password".to_owned(), "changed".into());
        }
        let mut shown = after;
        if let Value::Object(shown) = &mut shown {
            if self.format.is_json() {
                shown.insert("changes".to_owned(), Value::Object(changes));
            } else {
                shown.extend(changes);
            }
            shown.insert("dry_run".to_owned(), true.into());
        }
        self.object(&shown)
    }

    /// An object that people see as a sentence, unless they chose fields.
    pub(in crate::cli) fn said(&self, data: &impl Serialize, sentence: &str) -> Result<String, Failure> {
        if self.format == Format::Table && self.chosen.is_none() {
            return Ok(format!("{sentence}\n"));
        }
        self.object(data)
    }

    /// A list that is written as its items arrive.
    pub(in crate::cli) fn list(&self) -> ListText<'_> {
        ListText { printer: self, table: Table::new(self.columns(), self.colour), has_begun: false }
    }

    /// Whether the format cannot say that a list is cut, so that stderr has to.
    pub(in crate::cli) fn hides_cursor(&self) -> bool {
        self.format != Format::Json
    }

    fn columns(&self) -> Vec<&'static Field> {
        match &self.chosen {
            Some(chosen) => chosen.clone(),
            None => self.shape.table.iter().filter_map(|name| self.shape.field(name)).collect(),
        }
    }

    /// The chosen fields, and always the dry run and its changes, which are no fields.
    pub(super) fn chosen_of(&self, value: &Value) -> Value {
        let Some(chosen) = &self.chosen else {
            return value.clone();
        };
        let mut shown = pick(value, chosen);
        for name in ["changes", "dry_run"] {
            if let Some(stays) = value.get(name) {
                shown[name] = stays.clone();
            }
        }
        shown
    }

    pub(super) fn record(&self, cells: impl Iterator<Item = String>) -> Result<String, Failure> {
        csv_record::record(cells, self.is_raw)
    }

    pub(super) fn csv_fields(&self) -> Vec<&'static Field> {
        self.chosen.clone().unwrap_or_else(|| self.shape.fields.iter().collect())
    }
}

fn choose(shape: &'static Shape, format: Format, names: &[String]) -> Result<Vec<&'static Field>, Failure> {
    let mut chosen: Vec<&'static Field> = Vec::new();
    for name in names {
        let field = shape.field(name).ok_or_else(|| {
            Failure::usage(
                format!("--fields: unknown field {name:?}."),
                format!("Known fields: {}.", shape.known()),
            )
        })?;
        if shape.only_json == Some(field.name) && !format.is_json() {
            return Err(Failure::usage(
                format!("--fields: {name} is only printed as JSON."),
                if field.name == "access_token" {
                    "Use -o json, or --headless, which prints only the token."
                } else {
                    "Use -o json. Otherwise the warnings are printed on stderr."
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
    use crate::domain::text::visible;
    use crate::wire::{Page, PageEnd};
    use clap::Parser;
    use proptest::prelude::*;
    use proptest::test_runner::TestCaseError;
    use serde_json::json;

    impl Printer {
        /// The whole list, in pages of two.
        fn list_text(&self, items: &[Value], next_cursor: Option<&str>) -> Result<String, Failure> {
            let mut list = self.list();
            let rows: String = items.chunks(2).map(|page| list.rows(page).unwrap()).collect();
            Ok(rows + &list.end(next_cursor)?)
        }
    }

    fn printer(arguments: &[&str]) -> Printer {
        let line = ["tenantry", "org", "list"].iter().chain(arguments);
        let cli = Cli::try_parse_from(line).unwrap();
        Printer::new(&shape::ORGANIZATIONS, &cli.global, false).unwrap()
    }

    /// Values that a record may hold, including text that is hostile to a format, and null.
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

    /// An interrupted list never looks like a complete one.
    #[test]
    fn json_list_is_invalid_before_its_end() {
        let printer = printer(&["-o", "json"]);
        let mut list = printer.list();
        let mut text = String::new();
        for page in [vec![], vec![json!({"state": "a"})], vec![], vec![json!({"state": "b"}), json!({})]] {
            text.push_str(&list.rows(&page).unwrap());
            assert!(serde_json::from_str::<Value>(&text).is_err(), "{text}");
        }
        text.push_str(&list.end(None).unwrap());
        let whole: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(whole["items"].as_array().unwrap().len(), 3);
    }

    proptest! {
        #[test]
        fn json_and_jsonl_parse_back_to_the_same_values(items in items()) {
            let json = printer(&["-o", "json"]).list_text(&items, Some("next")).unwrap();
            let read: Value = serde_json::from_str(&json).unwrap();
            let page = Page { items: items.clone(), end: PageEnd::before(Some("next".to_owned())) };
            prop_assert_eq!(&read, &serde_json::to_value(&page).unwrap());
            prop_assert_eq!(&read["items"], &Value::from(items.clone()));
            prop_assert_eq!((&read["next_cursor"], &read["truncated"]), (&json!("next"), &json!(true)));
            let jsonl = printer(&["-o", "jsonl"]).list_text(&items, None).unwrap();
            let lines: Vec<Value> = jsonl.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            prop_assert_eq!(lines, items);
        }

        #[test]
        fn csv_parses_back_to_the_same_values_with_marks(items in items()) {
            let text = printer(&["-o", "csv", "--csv-raw"]).list_text(&items, None).unwrap();
            let guarded = printer(&["-o", "csv"]).list_text(&items, None).unwrap();
            let begins = |cell: &str| cell.starts_with(['=', '+', '-', '@']);
            for record in csv::Reader::from_reader(guarded.as_bytes()).records() {
                prop_assert!(!record.unwrap().iter().any(begins), "{:?}", guarded);
            }
            let records = |text: &str| -> Vec<csv::StringRecord> {
                csv::Reader::from_reader(text.as_bytes()).records().map(Result::unwrap).collect()
            };
            for (guarded, raw) in records(&guarded).iter().zip(records(&text)) {
                for (guarded, raw) in guarded.iter().zip(&raw) {
                    let read = guarded.strip_prefix('\'').filter(|_| csv_record::is_guardable(guarded));
                    prop_assert_eq!(read.unwrap_or(guarded), raw);
                }
            }
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
        fn fields_are_printed_in_the_requested_order(chosen in prop::sample::subsequence(
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
