//! How each kind of data appears in a table: the heads of its fields and its default fields. A test checks that the
//! fields are those of `wire`.
//!
//! `--fields` is checked against it before the command runs.

#[cfg(test)]
mod tests;

use serde_json::Value;

/// A field of an object, or of each item of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name in JSON, in CSV and in `--fields`.
    pub name: &'static str,
    /// Its head in a table.
    pub head: &'static str,
    /// How a table shows it, if it is a number; such a column is right-aligned.
    pub number: Option<Number>,
}

/// A number for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    /// `12,408`.
    Count,
    /// `31.2 MiB`.
    Bytes,
}

/// What a command prints.
#[derive(Debug, PartialEq, Eq)]
pub struct Shape {
    /// Every field, in the order of the JSON.
    pub fields: &'static [Field],
    /// Whether it is a list of such objects.
    pub is_list: bool,
    /// The default fields of a table.
    pub table: &'static [&'static str],
    /// What `-o name` prints of a list: the argument for the next command.
    pub named_by: Option<&'static str>,
    /// A field that is only printed as JSON: a secret that must not appear on a screen by accident, or values that
    /// stderr prints.
    pub only_json: Option<&'static str>,
}

const fn field(name: &'static str, head: &'static str) -> Field {
    Field { name, head, number: None }
}

const fn number(name: &'static str, head: &'static str, number: Number) -> Field {
    Field { name, head, number: Some(number) }
}

/// An object whose table is a line per field.
const fn object(fields: &'static [Field]) -> Shape {
    Shape { fields, is_list: false, table: &[], named_by: None, only_json: None }
}

const ORGANIZATION_FIELDS: &[Field] = &[
    field("organization_id", "ID"),
    field("organization_name", "NAME"),
    field("collection_name", "COLLECTION"),
    field("admin_email", "ADMIN"),
    field("state", "STATE"),
    field("created_at", "CREATED"),
    field("updated_at", "UPDATED"),
    field("suspended", "SUSPENDED"),
];

/// The fields of an organization, and more.
const fn organization_and<const N: usize>(more: &[Field]) -> [Field; N] {
    let mut fields = [field("", ""); N];
    let mut at = 0;
    while at < N {
        let own = ORGANIZATION_FIELDS.len();
        fields[at] = if at < own { ORGANIZATION_FIELDS[at] } else { more[at - own] };
        at += 1;
    }
    fields
}

/// The fields of an organization in the trash.
const DELETED_FIELDS: [Field; 10] =
    organization_and(&[field("deleted_at", "DELETED"), field("purge_at", "UNTIL")]);

/// The fields of an organization with its size.
const SIZED_FIELDS: [Field; 10] = organization_and(&[
    number("documents", "DOCS", Number::Count),
    number("data_bytes", "SIZE", Number::Bytes),
]);

/// The fields of an organization with what is known of its collection.
const DETAILS_FIELDS: [Field; 13] = organization_and(&[
    number("documents", "DOCS", Number::Count),
    number("data_bytes", "SIZE", Number::Bytes),
    field("indexes", "INDEXES"),
    field("collection_missing", "MISSING"),
    field("last_sign_in_at", "SIGNED IN"),
]);

/// `org get`.
pub static DETAILS: Shape = object(&DETAILS_FIELDS);

/// `org list --stats`.
pub static SIZED: Shape = Shape {
    fields: &SIZED_FIELDS,
    table: &["organization_name", "documents", "data_bytes", "state", "admin_email", "created_at"],
    ..ORGANIZATIONS
};

/// `org top`.
pub static TOP: Shape = Shape {
    fields: &SIZED_FIELDS,
    table: &["organization_name", "documents", "data_bytes", "state", "admin_email"],
    ..ORGANIZATIONS
};

/// `org create`, `update`, `suspend`, `resume`, `restore`.
pub static ORGANIZATION: Shape = object(ORGANIZATION_FIELDS);

/// `org list`.
pub static ORGANIZATIONS: Shape = Shape {
    fields: ORGANIZATION_FIELDS,
    is_list: true,
    table: &["organization_name", "collection_name", "state", "admin_email", "created_at"],
    named_by: Some("organization_name"),
    only_json: None,
};

/// `org list` of the trash.
pub static TRASH: Shape = Shape {
    fields: &DELETED_FIELDS,
    table: &["organization_name", "organization_id", "admin_email", "deleted_at", "purge_at"],
    ..ORGANIZATIONS
};

/// `org purge`.
pub static PURGED: Shape =
    object(&[field("organization_id", "ID"), field("organization_name", "NAME"), field("purged", "PURGED")]);

/// `org purge --expired`.
pub static PURGED_EXPIRED: Shape = object(&[field("purged", "PURGED")]);

/// `org delete`.
pub static DELETED: Shape = object(&[
    field("organization_id", "ID"),
    field("organization_name", "NAME"),
    field("collection_name", "COLLECTION"),
    field("deleted", "DELETED"),
    field("purge_at", "UNTIL"),
    field("collection_left", "LEFT"),
]);

/// `org export`.
pub static EXPORTED: Shape = object(&[
    field("organization_id", "ID"),
    field("organization_name", "NAME"),
    field("file", "FILE"),
    number("archive_bytes", "BYTES", Number::Bytes),
    number("documents", "DOCS", Number::Count),
    number("data_bytes", "SIZE", Number::Bytes),
    number("activity", "ENTRIES", Number::Count),
]);

/// `login` and `--headless`.
pub static LOGIN: Shape = Shape {
    only_json: Some("access_token"),
    ..object(&[
        field("access_token", "TOKEN"),
        field("token_type", "TYPE"),
        field("expires_in", "SECONDS"),
        field("expires_at", "EXPIRES"),
        field("email", "EMAIL"),
        field("role", "ROLE"),
        field("organization_id", "ID"),
        field("organization_name", "NAME"),
    ])
};

/// `whoami`.
pub static WHOAMI: Shape = Shape {
    only_json: Some("warnings"),
    ..object(&[
        field("email", "EMAIL"),
        field("role", "ROLE"),
        field("organization_id", "ID"),
        field("organization_name", "NAME"),
        field("expires_at", "EXPIRES"),
        field("expires_in", "SECONDS"),
        field("store", "STORE"),
        field("store_from", "FROM"),
        field("warnings", "WARNINGS"),
    ])
};

/// `logout`.
pub static LOGOUT: Shape = object(&[field("ended", "ENDED"), field("everywhere", "EVERYWHERE")]);

/// `init`, `operator add`, `operator password`, `account update`.
pub static ACCOUNT: Shape = object(&[field("email", "EMAIL"), field("role", "ROLE")]);

/// `doc list`. In JSON an item is the document itself, which has fields of its own.
pub static DOCUMENTS: Shape = Shape {
    fields: &[field("_id", "ID"), field("document", "DOCUMENT")],
    is_list: true,
    table: &["_id", "document"],
    named_by: Some("_id"),
    only_json: None,
};

/// `doc get`: the document itself.
pub static DOCUMENT: Shape = object(&[]);

/// `doc count`.
pub static DOCUMENT_COUNT: Shape = object(&[number("documents", "DOCS", Number::Count)]);

/// `doc insert`.
pub static INSERTED: Shape = Shape {
    fields: &[
        field("line", "LINE"),
        field("outcome", "OUTCOME"),
        field("id", "ID"),
        field("code", "CODE"),
        field("message", "MESSAGE"),
    ],
    is_list: true,
    table: &["line", "code", "message"],
    named_by: None,
    only_json: None,
};

/// `doc replace`.
pub static WRITTEN_DOCUMENT: Shape = object(&[field("id", "ID"), field("revision", "REVISION")]);

/// `doc delete`.
pub static DELETED_DOCUMENT: Shape = object(&[field("id", "ID"), field("deleted", "DELETED")]);

/// `doc indexes`.
pub static INDEXES: Shape = Shape {
    fields: &[
        field("name", "NAME"),
        field("keys", "KEYS"),
        field("unique", "UNIQUE"),
        number("bytes", "SIZE", Number::Bytes),
    ],
    is_list: true,
    table: &["name", "keys", "unique", "bytes"],
    named_by: Some("name"),
    only_json: None,
};

/// `operator list`.
pub static OPERATORS: Shape = Shape {
    fields: &[
        field("email", "EMAIL"),
        field("role", "ROLE"),
        field("created_at", "CREATED"),
        field("updated_at", "UPDATED"),
    ],
    is_list: true,
    table: &["email", "created_at", "updated_at"],
    named_by: Some("email"),
    only_json: None,
};

/// `operator remove`.
pub static REMOVED: Shape = object(&[field("email", "EMAIL"), field("removed", "REMOVED")]);

/// `audit list`.
pub static AUDIT: Shape = Shape {
    fields: &[
        field("at", "AT"),
        field("actor", "ACTOR"),
        field("action", "ACTION"),
        field("outcome", "OUTCOME"),
        field("organization_id", "ID"),
        field("organization_name", "ORGANIZATION"),
        field("operation_id", "OPERATION"),
        field("actor_id", "ACTOR ID"),
        field("changes", "CHANGES"),
    ],
    is_list: true,
    table: &["at", "actor", "action", "organization_name", "changes"],
    named_by: None,
    only_json: None,
};

/// `doctor`.
pub static DOCTOR: Shape = Shape {
    only_json: Some("warnings"),
    ..object(&[
        field("findings", "FINDINGS"),
        field("organizations", "ORGANIZATIONS"),
        field("collections", "COLLECTIONS"),
        field("repaired", "REPAIRED"),
        field("warnings", "WARNINGS"),
    ])
};

/// `adopt`.
pub static ADOPTION: Shape = object(&[
    field("dry_run", "DRY RUN"),
    field("adopted", "ADOPTED"),
    field("left", "LEFT"),
    field("findings", "FINDINGS"),
]);

/// `version`.
pub static VERSION: Shape = object(&[field("version", "VERSION")]);

/// `demo --keep`.
pub static DEMO: Shape = object(&[
    field("folder", "FOLDER"),
    field("organizations", "ORGANIZATIONS"),
    field("email", "EMAIL"),
    field("password", "PASSWORD"),
]);

/// Every shape, for tests.
pub static ALL: [&Shape; 25] = [
    &ORGANIZATION,
    &DETAILS,
    &ORGANIZATIONS,
    &SIZED,
    &TOP,
    &TRASH,
    &PURGED,
    &PURGED_EXPIRED,
    &DELETED,
    &LOGIN,
    &WHOAMI,
    &LOGOUT,
    &ACCOUNT,
    &DOCUMENT_COUNT,
    &INSERTED,
    &WRITTEN_DOCUMENT,
    &DELETED_DOCUMENT,
    &INDEXES,
    &OPERATORS,
    &REMOVED,
    &AUDIT,
    &DOCTOR,
    &ADOPTION,
    &VERSION,
    &DEMO,
];

impl Shape {
    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The names of all fields, for a message.
    pub fn known(&self) -> String {
        self.fields.iter().map(|field| field.name).collect::<Vec<_>>().join(", ")
    }
}

/// These fields of an object, in this order; a missing one is null.
pub(super) fn pick(value: &Value, fields: &[&'static Field]) -> Value {
    let cells = fields.iter().map(|field| (field.name.to_owned(), value[field.name].clone()));
    Value::Object(cells.collect())
}
