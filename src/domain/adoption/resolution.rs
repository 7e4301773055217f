//! What an operator decided about records that nobody may guess about: a line of JSON for each.

use super::RecordId;
use crate::domain::{Email, OrganizationName};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::HashSet;

/// A decision about one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// Its line in the file, from 1.
    pub line: usize,
    /// The `_id` of the organization's record.
    pub record_id: RecordId,
    /// The name that the organization gets.
    pub name: OrganizationName,
    /// The email of the record that becomes its admin.
    pub email: Email,
    /// The collection that the record names. It is required where the collection may hold data of another tenant.
    pub collection: Option<String>,
}

/// Why a line is no decision.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Line {line}: {reason} Nothing was adopted.")]
pub struct ResolutionError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, in a sentence.
    pub reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    /// As it stands: a number or an order of fields must not change on the way.
    #[serde(rename = "_id", borrow)]
    id: &'a RawValue,
    organization_name: String,
    admin_email: String,
    collection_name: Option<String>,
}

impl Resolution {
    /// Reads a file: a JSON object per line, with `_id`, `organization_name`, `admin_email` and, where it is required,
    /// `collection_name`. Empty lines are skipped.
    ///
    /// # Errors
    /// [`ResolutionError`] of the first line that is no such object, that has a name or an email which tenantry's rules
    /// refuse, or that repeats an `_id`, a name or an email of an earlier line.
    pub fn read_all(text: &str) -> Result<Vec<Self>, ResolutionError> {
        let (mut all, mut ids, mut seen) = (Vec::new(), HashSet::new(), HashSet::new());
        let lines = text.trim_start_matches('\u{feff}').lines().enumerate();
        for (at, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            let wrong = |reason: String| ResolutionError { line: at + 1, reason };
            let repeats = |what: &str| Err(wrong(format!("An earlier line has the same {what}.")));
            let it = Self::read(at + 1, line).map_err(wrong)?;
            if !ids.insert(it.record_id.clone()) {
                return repeats("_id");
            }
            for (what, key) in [("organization_name", it.name.key()), ("admin_email", it.email.key())] {
                if !seen.insert((what, key.to_owned())) {
                    return repeats(what);
                }
            }
            all.push(it);
        }
        Ok(all)
    }

    fn read(line: usize, text: &str) -> Result<Self, String> {
        let wrong = |said: &str| {
            format!(
                "Each line is a JSON object with _id, organization_name and admin_email; this one is not: {said}."
            )
        };
        // An array with as many values would be read as one.
        if !text.trim_start().starts_with('{') {
            return Err(wrong("it does not begin with {"));
        }
        let read: Line<'_> = serde_json::from_str(text).map_err(|error| {
            // The parser counts lines within this one.
            wrong(error.to_string().split(" at line ").next().unwrap_or_default())
        })?;
        let record_id = RecordId::of_json(read.id)?;
        let name = OrganizationName::parse(&read.organization_name).map_err(|error| error.to_string())?;
        let email = Email::parse(&read.admin_email).map_err(|error| error.to_string())?;
        Ok(Self { line, record_id, name, email, collection: read.collection_name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Resolution>, ResolutionError> {
        Resolution::read_all(text)
    }

    #[test]
    fn an_id_is_what_findings_show_or_extended_json() {
        let digits = "6B0B28296D21fa9eaf0b493d";
        let lines = format!(
            "{{\"_id\":\"{digits}\",\"organization_name\":\" Acme \",\"admin_email\":\"ann@x\"}}\n\n\
             {{\"_id\":{{\"$oid\":\"7B0B28296D21fa9eaf0b493d\"}},\"organization_name\":\"Beta\",\"admin_email\":\"b@x\"}}\n\
             {{\"_id\":7,\"organization_name\":\"Gamma\",\"admin_email\":\"c@x\"}}"
        );
        let all = read(&lines).unwrap();
        let ids: Vec<_> = all.iter().map(|it| (it.line, it.record_id.to_string())).collect();
        let shown = [(1, "6b0b28296d21fa9eaf0b493d"), (3, "7b0b28296d21fa9eaf0b493d"), (4, "7")];
        assert_eq!(ids, shown.map(|(line, id)| (line, id.to_owned())));
        assert_eq!(all[0].name.display(), "Acme");
    }

    #[test]
    fn a_bad_line_is_refused_with_its_number() {
        let good = r#"{"_id":"1","organization_name":"Acme","admin_email":"ann@x"}"#;
        for bad in [
            "Acme",
            "[]",
            r#"["2","Beta","b@x"]"#,
            r#"{"_id":"2","organization_name":"Beta"}"#,
            r#"{"_id":"2","organization_name":"Beta","admin_email":"b@x","more":1}"#,
            r#"{"_id":"2","organization_name":"a$b","admin_email":"b@x"}"#,
            r#"{"_id":"2","organization_name":"Beta","admin_email":"nobody"}"#,
            r#"{"_id":"1","organization_name":"Beta","admin_email":"b@x"}"#,
            r#"{"_id":"2","organization_name":"ACME","admin_email":"b@x"}"#,
            r#"{"_id":"2","organization_name":"Beta","admin_email":"Ann@X"}"#,
            // One _id in MongoDB.
            r#"{"_id":{"$numberLong":"1"},"organization_name":"Beta","admin_email":"b@x"}"#,
            r#"{"_id":[2],"organization_name":"Beta","admin_email":"b@x"}"#,
            r#"{"_id":{"$oid":"2"},"organization_name":"Beta","admin_email":"b@x"}"#,
            r#"{"_id":"2","organization_name":"Beta","admin_email":"b@x","collection_name":7}"#,
        ] {
            assert_eq!(read(&format!("{good}\n{bad}\n")).unwrap_err().line, 2, "{bad}");
        }
    }

    #[test]
    fn an_id_keeps_its_type() {
        let id = |json: &str| {
            let line = format!(r#"{{"_id":{json},"organization_name":"Acme","admin_email":"a@x"}}"#);
            read(&line).unwrap().remove(0).record_id
        };
        assert_eq!(id("7"), id(r#""7""#), "a text is what findings show");
        assert_eq!(id("7"), id(r#"{"$numberLong":"7"}"#));
        assert_ne!(id("7"), id(r#""\"7\"""#), "a number is not the text of its digits");
        assert_ne!(id(r#"{"a":1,"b":2}"#), id(r#"{"b":2,"a":1}"#));
        assert_ne!(id("9007199254740993"), id("9007199254740992"));
        let digits = "6b0b28296d21fa9eaf0b493d";
        assert_eq!(id(&format!(r#""{digits}""#)), id(&format!(r#"{{"$oid":"{digits}"}}"#)));
        for shown in ["plain", "7", "\"7\"", digits, r#"{"a":1}"#, "true", "null"] {
            assert_eq!(RecordId::read(shown).to_string(), shown);
        }
    }
}
