//! What can be copied, as it is sent: without control characters, JSON on one line, commands quoted for a shell.

use crate::command_lines;
use crate::domain::document::id::print_id;
use crate::domain::document::id_of;
use crate::domain::document::json::{Form, Layout, to_string};
use crate::domain::text::{compact_json, escape_json};
use crate::domain::{Account, AuditEntry, Organization};
use crate::tui::clipboard::clean;
use crate::wire;
use serde::Serialize;

/// One thing that can be copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyItem {
    /// What it is, in a word or two.
    pub label: &'static str,
    /// How the name of a file ends that it is saved in.
    pub extension: &'static str,
    /// The text that is sent.
    pub text: String,
}

impl CopyItem {
    /// A value; control characters leave it. None if nothing is left.
    pub fn value(label: &'static str, text: &str) -> Option<Self> {
        let text = clean(text);
        (!text.is_empty()).then_some(Self { label, extension: "txt", text })
    }

    /// A JSON text on one line, such as a document; control characters in its strings stay, escaped.
    pub fn json(label: &'static str, text: &str) -> Self {
        Self { label, extension: "json", text: escape_json(text) }
    }

    /// What serializes, as JSON.
    pub fn serialized(label: &'static str, data: &impl Serialize) -> Option<Self> {
        let value = serde_json::to_value(data).ok()?;
        Some(Self { label, extension: "json", text: compact_json(&value) })
    }

    /// A command line.
    pub fn command(line: String) -> Self {
        Self { label: "command", extension: "txt", text: line }
    }
}

/// Of an organization, also of one in the trash.
pub fn of_organization(organization: &Organization) -> Vec<CopyItem> {
    let items = [
        CopyItem::value("name", &organization.name),
        CopyItem::value("id", &organization.id.to_string()),
        CopyItem::value("collection", organization.collection_name()),
        CopyItem::value("admin email", &organization.admin_email),
        CopyItem::serialized("JSON", &wire::Organization::from(organization)),
        Some(CopyItem::command(command_lines::of_organization(organization))),
    ];
    items.into_iter().flatten().collect()
}

/// Of a document, by its bytes.
pub fn of_document(organization: &Organization, document: &[u8]) -> Vec<CopyItem> {
    let id = id_of(document).map(|id| print_id(&id.get()));
    let items = [
        id.as_deref().and_then(|id| CopyItem::value("id", id)),
        Some(CopyItem::json("JSON", &to_string(document, Form::Relaxed, Layout::Compact))),
        Some(CopyItem::json("exact JSON", &to_string(document, Form::Canonical, Layout::Compact))),
        id.map(|id| CopyItem::command(command_lines::of_document(organization, &id))),
    ];
    items.into_iter().flatten().collect()
}

/// Of the documents that a query finds; an empty one finds all.
pub fn of_query(organization: &Organization, query: &str) -> Vec<CopyItem> {
    let line = command_lines::of_query(organization, query);
    let command = CopyItem { label: "list command", ..CopyItem::command(line) };
    CopyItem::value("query", query).into_iter().chain([command]).collect()
}

/// Of an operator.
pub fn of_operator(operator: &Account) -> Vec<CopyItem> {
    let items = [
        CopyItem::value("email", &operator.email),
        CopyItem::value("id", &operator.id.0.to_string()),
        CopyItem::serialized("JSON", &wire::Operator::from(operator)),
        Some(CopyItem::command(command_lines::of_operators())),
    ];
    items.into_iter().flatten().collect()
}

/// Of an entry of the audit.
pub fn of_entry(entry: &AuditEntry) -> Vec<CopyItem> {
    let items = [
        entry.organization_name.as_deref().and_then(|name| CopyItem::value("name", name)),
        CopyItem::value("id", &entry.id.to_string()),
        CopyItem::value("actor", &entry.actor),
        CopyItem::serialized("JSON", &wire::AuditEntry::from(entry)),
        Some(CopyItem::command(command_lines::of_entry(entry))),
    ];
    items.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::document::json::read;
    use crate::domain::text::controls_terminal;
    use crate::tui::samples::organization;
    use serde_json::Value;

    fn text_of(items: &[CopyItem], label: &str) -> String {
        items.iter().find(|item| item.label == label).map(|item| item.text.clone()).unwrap()
    }

    #[test]
    fn an_organization_is_copied_in_parts_as_json_and_as_a_command() {
        let mut shown = Organization::clone(&organization("O'Brien & Söhne"));
        let items = of_organization(&shown);
        let labels: Vec<_> = items.iter().map(|item| item.label).collect();
        assert_eq!(labels, ["name", "id", "collection", "admin email", "JSON", "command"]);
        assert_eq!(text_of(&items, "command"), "tenantry org get 'O'\\''Brien & Söhne'");
        let json: Value = serde_json::from_str(&text_of(&items, "JSON")).unwrap();
        assert_eq!(json["organization_name"], "O'Brien & Söhne");
        for name in ["a\u{1b}[31mb", "a\nb\u{202e}", ""] {
            shown.name = name.to_owned();
            let items = of_organization(&shown);
            assert!(items.iter().all(|item| !item.text.chars().any(controls_terminal)), "{items:?}");
            let json: Value = serde_json::from_str(&text_of(&items, "JSON")).unwrap();
            assert_eq!(json["organization_name"], name, "escaped, not lost");
        }
    }

    #[test]
    fn a_document_is_copied_with_and_without_its_types_and_as_commands() {
        let document = read(r#"{"_id":"a b","n":{"$numberLong":"3"}}"#).unwrap();
        let shown = organization("Acme Corp");
        let mut items = of_document(&shown, document.as_bytes());
        items.extend(of_query(&shown, "kind:\"a b\""));
        let found: Vec<_> = items.iter().map(|item| (item.label, item.text.as_str())).collect();
        let expected = [
            ("id", "a b"),
            ("JSON", r#"{"_id":"a b","n":3}"#),
            ("exact JSON", r#"{"_id":"a b","n":{"$numberLong":"3"}}"#),
            ("command", "tenantry doc get 'Acme Corp' 'a b'"),
            ("query", "kind:\"a b\""),
            ("list command", "tenantry doc list 'Acme Corp' --filter 'kind:\"a b\"'"),
        ];
        assert_eq!(found, expected);
        assert_eq!(of_query(&shown, "").len(), 1);
    }

    #[test]
    fn a_json_text_keeps_what_could_control_a_terminal_escaped() {
        let item = CopyItem::json("document", "{\"a\":\"x\u{9b}\u{202e}\u{7f}😀\"}");
        assert_eq!(item.text, "{\"a\":\"x\\u009b\\u202e\\u007f😀\"}");
    }
}
