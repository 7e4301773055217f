//! What an operator decided about records that nobody may guess about: a line of JSON for each.

use crate::domain::{Email, OrganizationName};
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashSet;

/// A decision about one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// Its line in the file, from 1.
    pub line: usize,
    /// The `_id` of the organization's record, as in [`super::AdoptionFinding::record_ids`].
    pub record_id: String,
    /// The name that the organization gets.
    pub name: OrganizationName,
    /// The email of the record that becomes its admin.
    pub email: Email,
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
struct Line {
    #[serde(rename = "_id")]
    id: Value,
    organization_name: String,
    admin_email: String,
}

impl Resolution {
    /// Reads a file: a JSON object per line, with `_id`, `organization_name` and `admin_email`. Empty lines are skipped.
    ///
    /// # Errors
    /// [`ResolutionError`] of the first line that is no such object, that has a name or an email which tenantry's rules
    /// refuse, or that repeats an `_id`, a name or an email of an earlier line.
    pub fn read_all(text: &str) -> Result<Vec<Self>, ResolutionError> {
        let (mut all, mut seen) = (Vec::new(), HashSet::new());
        let lines = text.trim_start_matches('\u{feff}').lines().enumerate();
        for (at, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            let wrong = |reason: String| ResolutionError { line: at + 1, reason };
            let it = Self::read(at + 1, line).map_err(wrong)?;
            for (what, key) in [
                ("_id", &*it.record_id),
                ("organization_name", it.name.key()),
                ("admin_email", it.email.key()),
            ] {
                if !seen.insert((what, key.to_owned())) {
                    return Err(wrong(format!("An earlier line has the same {what}.")));
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
        // An array with three values would be read as one.
        if !text.trim_start().starts_with('{') {
            return Err(wrong("it does not begin with {"));
        }
        let read: Line = serde_json::from_str(text).map_err(|error| {
            // The parser counts lines within this one.
            wrong(error.to_string().split(" at line ").next().unwrap_or_default())
        })?;
        let name = OrganizationName::parse(&read.organization_name).map_err(|error| error.to_string())?;
        let email = Email::parse(&read.admin_email).map_err(|error| error.to_string())?;
        Ok(Self { line, record_id: id_of(&read.id), name, email })
    }
}

/// The `_id` of a line as findings show it.
fn id_of(id: &Value) -> String {
    match id {
        Value::String(text) if is_object_id(text) => text.to_ascii_lowercase(),
        Value::String(text) => text.clone(),
        Value::Object(fields) => match fields.get("$oid").and_then(Value::as_str) {
            Some(digits) if fields.len() == 1 => digits.to_ascii_lowercase(),
            Some(_) | None => id.to_string(),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => id.to_string(),
    }
}

fn is_object_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Resolution>, ResolutionError> {
        Resolution::read_all(text)
    }

    #[test]
    fn an_id_is_hexadecimal_digits_or_extended_json() {
        let digits = "6B0B28296D21fa9eaf0b493d";
        let lines = format!(
            "{{\"_id\":\"{digits}\",\"organization_name\":\" Acme \",\"admin_email\":\"ann@x\"}}\n\n\
             {{\"_id\":{{\"$oid\":\"7B0B28296D21fa9eaf0b493d\"}},\"organization_name\":\"Beta\",\"admin_email\":\"b@x\"}}\n\
             {{\"_id\":7,\"organization_name\":\"Gamma\",\"admin_email\":\"c@x\"}}"
        );
        let all = read(&lines).unwrap();
        let ids: Vec<_> = all.iter().map(|it| (it.line, it.record_id.as_str())).collect();
        assert_eq!(ids, [(1, "6b0b28296d21fa9eaf0b493d"), (3, "7b0b28296d21fa9eaf0b493d"), (4, "7")]);
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
        ] {
            assert_eq!(read(&format!("{good}\n{bad}\n")).unwrap_err().line, 2, "{bad}");
        }
    }
}
