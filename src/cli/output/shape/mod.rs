//! How each kind of data appears in a table: the heads of its fields and its default fields. A test checks that the
//! fields are those of `wire`.
//!
//! `--fields` is checked against it before the command runs.

use serde_json::Value;

/// A field of an object, or of each item of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name in JSON, in CSV and in `--fields`.
    pub name: &'static str,
    /// Its head in a table.
    pub head: &'static str,
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
    Field { name, head }
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

/// The fields of an organization in the trash.
const DELETED_FIELDS: &[Field] = &[
    field("organization_id", "ID"),
    field("organization_name", "NAME"),
    field("collection_name", "COLLECTION"),
    field("admin_email", "ADMIN"),
    field("state", "STATE"),
    field("created_at", "CREATED"),
    field("updated_at", "UPDATED"),
    field("suspended", "SUSPENDED"),
    field("deleted_at", "DELETED"),
    field("purge_at", "UNTIL"),
];

/// `org get`, `create`, `update`, `suspend`, `resume`, `restore`.
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
    fields: DELETED_FIELDS,
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
pub static ALL: [&Shape; 16] = [
    &ORGANIZATION,
    &ORGANIZATIONS,
    &TRASH,
    &PURGED,
    &PURGED_EXPIRED,
    &DELETED,
    &LOGIN,
    &WHOAMI,
    &LOGOUT,
    &ACCOUNT,
    &OPERATORS,
    &REMOVED,
    &AUDIT,
    &DOCTOR,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AccessToken, AccountId, Claims, OrganizationId, Principal, Role, Status};
    use crate::service;
    use crate::wire::{self, Time};
    use serde::Serialize;
    use uuid::Uuid;

    fn json(data: &impl Serialize) -> Value {
        serde_json::to_value(data).unwrap()
    }

    fn time() -> Time {
        Time("2026-11-24T12:00:00Z".parse().unwrap())
    }

    fn organization(in_trash: bool) -> wire::Organization {
        wire::Organization {
            organization_id: None,
            organization_name: String::new(),
            collection_name: String::new(),
            admin_email: String::new(),
            state: Status::Active,
            created_at: None,
            updated_at: None,
            suspended: None,
            deleted_at: in_trash.then(time),
            purge_at: in_trash.then(time),
        }
    }

    fn principal() -> Principal {
        let claims = Claims {
            iss: String::new(),
            aud: Uuid::nil(),
            sub: AccountId(Uuid::nil()),
            jti: Uuid::nil(),
            sid: Uuid::nil(),
            org: None,
            role: Role::Operator,
            tv: 0,
            iat: 0,
            nbf: 0,
            auth_time: 0,
            exp: 60,
        };
        Principal {
            account_id: AccountId(Uuid::nil()),
            email: String::new(),
            role: Role::Operator,
            organization_id: None,
            organization_name: None,
            claims,
        }
    }

    fn samples() -> [(&'static Shape, Value); 16] {
        let id = OrganizationId(Uuid::nil());
        let text = String::new;
        let deleted = service::DeletedOrganization {
            organization_id: id,
            organization_name: text(),
            collection_name: text(),
            purge_at: None,
            collection_left: None,
            ends_session: false,
        };
        let purged = service::PurgedOrganization { organization_id: id, organization_name: text() };
        let operator =
            wire::Operator { email: text(), role: Role::Operator, created_at: time(), updated_at: time() };
        let entry = wire::AuditEntry {
            at: time(),
            actor: text(),
            action: "init",
            outcome: "done",
            organization_id: None,
            organization_name: None,
            operation_id: None,
            changes: serde_json::Map::new(),
        };
        let report = wire::DoctorReport {
            findings: vec![],
            organizations: 0,
            collections: 0,
            repaired: 0,
            warnings: Some(vec![]),
        };
        let mut whoami = wire::WhoAmI::new(&principal(), time().0, text(), "default");
        whoami.warnings = Some(vec![]);
        let login = wire::Login::new(AccessToken(text().into()), &principal(), time().0);
        let demo = wire::Demo { folder: text(), organizations: 0, email: text(), password: text() };
        [
            (&ORGANIZATION, json(&organization(false))),
            (&ORGANIZATIONS, json(&organization(false))),
            (&TRASH, json(&organization(true))),
            (&PURGED, json(&wire::PurgedOrganization::from(&purged))),
            (&PURGED_EXPIRED, json(&wire::PurgedExpired { purged: 0 })),
            (&DELETED, json(&wire::DeletedOrganization::from(&deleted))),
            (&LOGIN, json(&login)),
            (&WHOAMI, json(&whoami)),
            (&LOGOUT, json(&wire::Logout { ended: true, everywhere: false })),
            (&ACCOUNT, json(&wire::Account::new("", Role::Admin))),
            (&OPERATORS, json(&operator)),
            (&REMOVED, json(&wire::RemovedOperator::new(""))),
            (&AUDIT, json(&entry)),
            (&DOCTOR, json(&report)),
            (&VERSION, json(&wire::Version { version: "" })),
            (&DEMO, json(&demo)),
        ]
    }

    #[test]
    fn fields_are_those_of_the_json_in_the_same_order() {
        let samples = samples();
        assert_eq!(samples.len(), ALL.len());
        for ((shape, value), known) in samples.into_iter().zip(ALL) {
            assert!(std::ptr::eq(shape, known));
            let keys: Vec<&String> = value.as_object().unwrap().keys().collect();
            let fields: Vec<&str> = shape.fields.iter().map(|field| field.name).collect();
            assert_eq!(keys, fields);
        }
    }

    #[test]
    fn shapes_only_name_their_own_fields() {
        for shape in ALL {
            for name in shape.table.iter().chain(&shape.named_by).chain(&shape.only_json) {
                assert!(shape.field(name).is_some(), "{name} is no field of {}", shape.known());
            }
            assert_eq!(shape.is_list, !shape.table.is_empty());
        }
    }
}
