//! Completes the names of fields in a query, from the documents of the page in view.

use crate::domain::document::{Elements, RawDocumentBuf, Value};
use crate::domain::text::controls_terminal;
use std::collections::HashSet;

/// Names that are known at most.
const MOST_NAMES: usize = 500;
/// Levels of documents that are looked into.
const LEVELS: usize = 4;
/// Elements of an array that are looked into.
const ELEMENTS: usize = 3;

/// What may stand where an operator does.
const OPERATORS: [&str; 18] = [
    "$eq",
    "$ne",
    "$gt",
    "$gte",
    "$lt",
    "$lte",
    "$in",
    "$nin",
    "$exists",
    "$type",
    "$size",
    "$all",
    "$elemMatch",
    "$regex",
    "$and",
    "$or",
    "$nor",
    "$not",
];

/// The names of the fields in documents as a query names them, `address.zip`, in the order in which they come.
pub(super) fn names<'a>(documents: impl Iterator<Item = &'a RawDocumentBuf>) -> Vec<String> {
    let mut names = Names::default();
    for document in documents {
        names.look_into(document.as_bytes(), "", LEVELS);
    }
    names.found
}

#[derive(Default)]
struct Names {
    found: Vec<String>,
    known: HashSet<String>,
}

impl Names {
    fn look_into(&mut self, document: &[u8], prefix: &str, levels: usize) {
        for element in Elements::of(document) {
            let Ok(name) = std::str::from_utf8(element.name) else { continue };
            // A query cannot name these.
            if name.is_empty()
                || name.contains('.')
                || name.starts_with('$')
                || self.found.len() == MOST_NAMES
            {
                continue;
            }
            if name.chars().any(controls_terminal) {
                continue;
            }
            let path = format!("{prefix}{name}");
            if self.known.insert(path.clone()) {
                self.found.push(path.clone());
            }
            if levels == 1 {
                continue;
            }
            match element.value {
                Ok(Value::Document(inner)) => self.look_into(inner, &format!("{path}."), levels - 1),
                Ok(Value::Array(inner)) => self.look_into_array(inner, &path, levels - 1),
                _ => {}
            }
        }
    }

    /// A query looks into each element of an array by itself.
    fn look_into_array(&mut self, array: &[u8], path: &str, levels: usize) {
        for element in Elements::of(array).take(ELEMENTS) {
            if let Ok(Value::Document(inner)) = element.value {
                self.look_into(inner, &format!("{path}."), levels);
            }
        }
    }
}

/// What a name is typed as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The field of a term: `kind:`, in quotes if it has to be.
    Term,
    /// A key of a JSON document: `"kind":`.
    Key,
}

/// A name of which the beginning was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Partial {
    form: Form,
    /// What of the name is there.
    begun: String,
    /// The characters before the cursor that it takes, a quote included.
    pub(super) characters: usize,
}

impl Partial {
    /// The name that ends at the cursor, given the text before the cursor; none where a value is typed.
    pub(super) fn at_end_of(before: &str) -> Option<Self> {
        if before.trim_start().starts_with('{') { Self::of_json(before) } else { Self::of_terms(before) }
    }

    fn of_terms(before: &str) -> Option<Self> {
        let (mut start, mut is_quoted, mut is_value) = (0, false, false);
        for (at, c) in before.char_indices() {
            match c {
                '"' => is_quoted = !is_quoted,
                ':' if !is_quoted => is_value = true,
                c if c.is_whitespace() && !is_quoted => (start, is_value) = (at + c.len_utf8(), false),
                _ => {}
            }
        }
        let term = before.get(start..)?;
        let begun = term.strip_prefix('"').unwrap_or(term);
        let is_over = is_value || begun.contains('"');
        (!is_over).then(|| Self {
            form: Form::Term,
            begun: begun.to_owned(),
            characters: term.chars().count(),
        })
    }

    fn of_json(before: &str) -> Option<Self> {
        // The innermost document or array, and the last sign outside of texts.
        let (mut inside, mut last, mut text) = (Vec::new(), ' ', None);
        let mut is_escaped = false;
        for (at, c) in before.char_indices() {
            match (text, c) {
                (Some(_), _) if is_escaped => is_escaped = false,
                (Some(_), '\\') => is_escaped = true,
                (Some(_), '"') => (text, last) = (None, '"'),
                (None, '"') => text = Some(at),
                (None, '{' | '[') => {
                    inside.push(c);
                    last = c;
                }
                (None, '}' | ']') => {
                    inside.pop();
                    last = c;
                }
                (None, c) if !c.is_whitespace() => last = c,
                (Some(_) | None, _) => {}
            }
        }
        let begun = before.get(text? + 1..)?;
        let is_key = inside.last() == Some(&'{') && matches!(last, '{' | ',');
        is_key.then(|| Self {
            form: Form::Key,
            begun: begun.to_owned(),
            characters: begun.chars().count() + 1,
        })
    }

    /// The names that begin so, those of the same case first.
    pub(super) fn candidates(&self, names: &[String]) -> Vec<String> {
        let is_operator = self.form == Form::Key && self.begun.starts_with('$');
        let operators: &[&str] = if is_operator { &OPERATORS } else { &[] };
        let all = || operators.iter().copied().chain(names.iter().map(String::as_str));
        let exact = all().filter(|name| name.starts_with(&self.begun));
        let lower = self.begun.to_lowercase();
        let alike =
            all().filter(|name| !name.starts_with(&self.begun) && name.to_lowercase().starts_with(&lower));
        exact.chain(alike).map(str::to_owned).collect()
    }

    /// The text in place of what was typed of it.
    pub(super) fn completed(&self, name: &str) -> String {
        let needs_quotes = name.contains(|c: char| c.is_whitespace() || matches!(c, ':' | '"' | '[' | '{'));
        match self.form {
            Form::Term if !needs_quotes => format!("{name}:"),
            Form::Term | Form::Key => format!("\"{}\":", name.replace('\\', "\\\\").replace('"', "\\\"")),
        }
    }

    /// Whether something of the name was typed.
    pub(super) fn is_begun(&self) -> bool {
        !self.begun.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::document::Query;
    use crate::domain::document::json::read;

    fn known(documents: &[&str]) -> Vec<String> {
        let documents: Vec<_> = documents.iter().map(|text| read(text).unwrap()).collect();
        names(documents.iter())
    }

    #[test]
    fn names_are_paths_through_documents_and_arrays() {
        let found = known(&[
            r#"{"_id":1,"a":{"b":{"c":{"d":{"e":1}}}},"lines":[5,{"sku":1}],"tags":["x"]}"#,
            r#"{"_id":2,"":1,"x.y":1,"due date":1}"#,
        ]);
        assert_eq!(found, ["_id", "a", "a.b", "a.b.c", "a.b.c.d", "lines", "lines.sku", "tags", "due date"]);
    }

    #[test]
    fn name_that_is_typed_is_found_and_a_value_is_not() {
        for (before, begun, characters) in [
            ("", Some(""), 0),
            ("ki", Some("ki"), 2),
            ("kind:x to", Some("to"), 2),
            ("kind:", None, 0),
            ("kind:x", None, 0),
            (r#"kind:"two words" "due d"#, Some("due d"), 6),
            (r#"kind:"two wo"#, None, 0),
            (r#""due date""#, None, 0),
            (r#"{"ki"#, Some("ki"), 3),
            (r#"{"a":{"$g"#, Some("$g"), 3),
            (r#"{"a":"x","b"#, Some("b"), 2),
            (r#"{"a":"b"#, None, 0),
            (r#"{"a":["b","c"#, None, 0),
            (r#"{"a":[{"b"#, Some("b"), 2),
            (r#"{"a\"{":1,"c"#, Some("c"), 2),
            ("{", None, 0),
        ] {
            let partial = Partial::at_end_of(before);
            assert_eq!(partial.as_ref().map(|partial| partial.begun.as_str()), begun, "{before}");
            assert_eq!(partial.map_or(0, |partial| partial.characters), characters, "{before}");
        }
    }

    #[test]
    fn completed_name_is_read_as_that_field() {
        let names = known(&[r#"{"kind":1,"Kin":1,"due date":1,"a:b":1,"say \"hi\"":1}"#]);
        for name in &names {
            for (before, value) in [("", "5"), ("x:1 ", "5"), ("{", "5}"), (r#"{"x":1,"#, "5}")] {
                let typed = if before.contains('{') { format!("{before}\"") } else { before.to_owned() };
                let partial = Partial::at_end_of(&typed).unwrap();
                let kept: String = typed.chars().take(typed.chars().count() - partial.characters).collect();
                let query = format!("{kept}{}{value}", partial.completed(name));
                assert!(Query::parse(&query).is_ok(), "{query}");
            }
        }
        let partial = Partial::at_end_of("ki").unwrap();
        assert_eq!(partial.candidates(&names), ["kind", "Kin"]);
        let operator = Partial::at_end_of(r#"{"a":{"$g"#).unwrap();
        assert_eq!(operator.candidates(&names), ["$gt", "$gte"]);
    }
}
