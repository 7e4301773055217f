//! The fields are those of `wire`.

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

fn sized() -> wire::SizedOrganization {
    wire::SizedOrganization { organization: organization(false), documents: None, data_bytes: None }
}

fn details() -> wire::OrganizationDetails {
    wire::OrganizationDetails {
        organization: sized(),
        indexes: None,
        collection_missing: false,
        last_sign_in_at: None,
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

fn document_samples() -> [(&'static Shape, Value); 5] {
    let text = String::new;
    let inserted =
        wire::Inserted { line: 1, outcome: wire::Outcome::Inserted, id: None, code: None, message: None };
    let index = wire::Index { name: text(), keys: serde_json::Map::new(), unique: true, bytes: None };
    [
        (&DOCUMENT_COUNT, json(&wire::DocumentCount { documents: 0 })),
        (&INSERTED, json(&inserted)),
        (&WRITTEN_DOCUMENT, json(&wire::WrittenDocument { id: text(), revision: text() })),
        (&DELETED_DOCUMENT, json(&wire::DeletedDocument { id: text(), deleted: true })),
        (&INDEXES, json(&index)),
    ]
}

fn operator() -> wire::Operator {
    wire::Operator { email: String::new(), role: Role::Operator, created_at: time(), updated_at: time() }
}

fn adoption() -> wire::AdoptionReport {
    wire::AdoptionReport { dry_run: true, adopted: 0, left: 0, findings: vec![] }
}

fn samples() -> Vec<(&'static Shape, Value)> {
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
    let operator = operator();
    let entry = wire::AuditEntry {
        at: time(),
        actor: text(),
        action: "init",
        outcome: "done",
        organization_id: None,
        organization_name: None,
        operation_id: None,
        actor_id: None,
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
    let mut all: Vec<(&'static Shape, Value)> = vec![
        (&ORGANIZATION, json(&organization(false))),
        (&DETAILS, json(&details())),
        (&ORGANIZATIONS, json(&organization(false))),
        (&SIZED, json(&sized())),
        (&TOP, json(&sized())),
        (&TRASH, json(&organization(true))),
        (&PURGED, json(&wire::PurgedOrganization::from(&purged))),
        (&PURGED_EXPIRED, json(&wire::PurgedExpired { purged: 0 })),
        (&DELETED, json(&wire::DeletedOrganization::from(&deleted))),
        (&LOGIN, json(&login)),
        (&WHOAMI, json(&whoami)),
        (&LOGOUT, json(&wire::Logout { ended: true, everywhere: false })),
        (&ACCOUNT, json(&wire::Account::new("", Role::Admin))),
    ];
    all.extend(document_samples());
    all.extend([
        (&OPERATORS, json(&operator)),
        (&REMOVED, json(&wire::RemovedOperator::new(""))),
        (&AUDIT, json(&entry)),
        (&DOCTOR, json(&report)),
        (&ADOPTION, json(&adoption())),
        (&VERSION, json(&wire::Version { version: "" })),
        (&DEMO, json(&demo)),
    ] as [(&'static Shape, Value); 7]);
    all
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
