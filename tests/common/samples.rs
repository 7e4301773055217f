//! What scenes show: organizations, accounts and entries of the audit, the same each time.

use super::scene::NOW;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use tenantry::domain::document::RawDocumentBuf;
use tenantry::domain::document::json::read;
use tenantry::domain::{
    AccessToken, Account, AccountId, AuditAction, AuditEntry, AuditOutcome, Claims, CollectionName,
    CollectionSize, CollectionStats, Epoch, IndexStats, Organization, OrganizationId, OrganizationName,
    Principal, Role, State, Status, Suspension,
};
use tenantry::service::{Exported, ImportPreview, OrganizationPreview, SignedIn};
use tenantry::tui::screens::organizations::RowRead;
use uuid::Uuid;

/// What a collection holds.
pub(crate) fn stats() -> CollectionStats {
    let index = |name: &str, unique: bool, bytes: u64| IndexStats {
        name: name.to_owned(),
        keys: serde_json::Map::new(),
        unique,
        bytes: Some(bytes),
    };
    CollectionStats {
        size: CollectionSize { documents: 12_408, data_bytes: 32_715_571 },
        disk_bytes: Some(39_845_888),
        indexes: vec![
            index("_id_", true, 421_888),
            index("email_1", true, 512_000),
            index("created_at_-1", false, 219_545),
        ],
    }
}

/// What a row's collection holds, from nothing to a lot, and when its admin last signed in.
pub(crate) fn row_read(row: &Organization) -> RowRead {
    let number = row.name.bytes().fold(7_u64, |sum, byte| (sum * 31 + u64::from(byte)) % 9_973);
    let documents = if row.name == "Acme Corp" { 12_408 } else { (number % 113).pow(3) };
    let data_bytes = if documents == 12_408 { 32_715_571 } else { documents * (200 + number % 800) };
    let signed_in = NOW.parse::<Timestamp>().unwrap()
        - SignedDuration::from_hours(i64::try_from(number % 2_000).unwrap());
    RowRead {
        id: row.id,
        size: Ok(CollectionSize { documents, data_bytes }),
        signed_in: (number % 5 > 0).then_some(signed_in),
    }
}

/// An invoice of this number.
pub(crate) fn invoice(number: usize) -> RawDocumentBuf {
    let customer = ["Kestrel Air", "Elm Street Vets", "Baltic Freight", "Linden Press"][number % 4];
    let document = serde_json::json!({
        "_id": {"$oid": format!("65f0c0ffee65f0c0ffee{number:04x}")},
        "number": format!("R-2026-{}", 4_100 + number),
        "total": {"$numberDecimal": format!("{}.{:02}", 500 + number * 373 % 8_000, number * 7 % 100)},
        "customer": customer,
        "paid": !number.is_multiple_of(5),
        "date": {"$date": format!("2026-11-{:02}T10:12:00Z", 28 - number % 28)},
        "lines": [{"sku": "hull-inspection", "count": 2 + number % 3, "price": 450.0}],
    });
    read(&document.to_string()).unwrap()
}

/// A document with a value of every type.
pub(crate) fn every_type() -> RawDocumentBuf {
    let document = r#"{
        "_id": {"$oid": "507f1f77bcf86cd799439011"},
        "text": "plain", "digits": "42", "empty": "", "control": "a\u001b[31mb\u202ec\nd",
        "int": 42, "long": {"$numberLong": "4611686018427387905"}, "double": 3.0, "negative": -0.0,
        "nan": {"$numberDouble": "NaN"}, "decimal": {"$numberDecimal": "1.50"},
        "yes": true, "nothing": null, "at": {"$date": "2026-11-24T12:00:00.500Z"},
        "before": {"$date": {"$numberLong": "-62167219200001"}},
        "bytes": {"$binary": {"base64": "iVBORw0KGgo=", "subType": "00"}},
        "device": {"$uuid": "00000000-0000-0000-0000-0000000004d2"},
        "pattern": {"$regularExpression": {"pattern": "^[a-z]+@acme", "options": "i"}},
        "stamp": {"$timestamp": {"t": 1793620800, "i": 1}}, "code": {"$code": "f()"},
        "scope": {"$code": "g()", "$scope": {"x": 1}}, "symbol": {"$symbol": "old"},
        "pointer": {"$dbPointer": {"$ref": "c", "$id": {"$oid": "507f1f77bcf86cd799439011"}}},
        "undefined": {"$undefined": true}, "least": {"$minKey": 1}, "most": {"$maxKey": 1},
        "inner": {"a": {"b": [1, [2, {"c": "deep"}], {}]}, "none": {}}, "list": [], "日本": "商店", "$set": 1
    }"#;
    read(document).unwrap()
}

/// What a sign-in answers.
pub(crate) fn signed_in(email: &str, role: Role) -> SignedIn {
    let now: Timestamp = NOW.parse().unwrap();
    let own = (role == Role::Admin).then(|| organization("Acme Corp").id);
    let account = AccountId(Uuid::from_u128(email.bytes().map(u128::from).sum()));
    SignedIn {
        token: AccessToken("token".into()),
        warnings: Vec::new(),
        principal: Principal {
            account_id: account,
            email: email.into(),
            role,
            organization_id: own,
            organization_name: own.map(|_| "Acme Corp".into()),
            claims: Claims {
                iss: "tenantry".into(),
                aud: Uuid::nil(),
                sub: account,
                org: own,
                role,
                tv: 1,
                iat: now.as_second(),
                nbf: now.as_second(),
                exp: now.as_second() + 1_800,
                auth_time: now.as_second(),
                sid: Uuid::nil(),
                jti: Uuid::nil(),
            },
        },
    }
}

/// An organization of this name, the same each time.
pub(crate) fn organization(name: &str) -> Arc<Organization> {
    let parsed = OrganizationName::parse(name).unwrap();
    let number = parsed.key().bytes().fold(0x6f0c_2f8e_3b1d_4f7e_9c58_u128, |sum, byte| {
        sum.wrapping_mul(0x0100_0193).wrapping_add(u128::from(byte))
    });
    let created: Timestamp = "2025-11-30T09:12:44Z".parse().unwrap();
    let days = i64::try_from(number % 300).unwrap();
    let domain = parsed.slug().split("__").next().unwrap().replace('_', "-");
    Arc::new(Organization {
        id: OrganizationId(Uuid::from_u128(number)),
        name: name.to_owned(),
        name_key: parsed.key().to_owned(),
        former_email_key: None,
        collection: CollectionName::from_record(parsed.collection("master_db").as_str(), "master_db"),
        collection_uuid: None,
        admin_id: AccountId(Uuid::from_u128(number)),
        admin_email: format!("ops@{domain}.example"),
        state: State::Active,
        suspension: None,
        deletion: None,
        epoch: Epoch(1),
        unchanged_since: Epoch(1),
        created_at: created + SignedDuration::from_hours(24 * days),
        updated_at: "2026-11-22T17:40:03Z".parse().unwrap(),
    })
}

/// An operator of this email, made and changed on these days; the id is that of [`signed_in`].
pub(crate) fn operator(email: &str, made: &str, changed: &str) -> Account {
    let at = |day: &str| format!("{day}T09:12:44Z").parse().unwrap();
    Account {
        id: AccountId(Uuid::from_u128(email.bytes().map(u128::from).sum())),
        email: email.into(),
        role: Role::Operator,
        organization_id: None,
        version: 1,
        token_version: 1,
        created_at: at(made),
        updated_at: at(changed),
    }
}

/// An entry of the audit of Acme Corp.
pub(crate) fn entry(
    at: &str,
    actor: &str,
    action: AuditAction,
    changes: &[(&str, serde_json::Value)],
) -> AuditEntry {
    let about = organization("Acme Corp");
    let at: Timestamp = at.parse().unwrap();
    AuditEntry {
        id: Uuid::from_u128(u128::try_from(at.as_millisecond()).unwrap()),
        at,
        actor: actor.into(),
        actor_id: None,
        actor_version: None,
        request_hash: None,
        action,
        outcome: AuditOutcome::Done,
        organization_id: Some(about.id),
        organization_name: Some(about.name.clone()),
        changes: changes.iter().map(|(field, change)| ((*field).to_owned(), change.clone())).collect(),
    }
}

/// The same in another state.
pub(crate) fn in_state(name: &str, state: State) -> Arc<Organization> {
    let mut organization = Organization::clone(&organization(name));
    organization.state = state;
    Arc::new(organization)
}

/// The same, suspended.
pub(crate) fn suspended(name: &str) -> Arc<Organization> {
    let mut organization = Organization::clone(&organization(name));
    let at = "2026-11-23T08:00:00Z".parse().unwrap();
    let reason = "invoice 4711 is unpaid".to_owned();
    organization.suspension = Some(Suspension { at, by: "root@example.com".into(), reason });
    Arc::new(organization)
}

/// An export of Acme Corp to this file.
pub(crate) fn exported(file: &str) -> Exported {
    let acme = organization("Acme Corp");
    Exported {
        organization_id: acme.id,
        organization_name: acme.name.clone(),
        file: file.into(),
        archive_bytes: Some(3_355_443),
        documents: 12_408,
        data_bytes: 16_043_212,
        activity: Some(31),
    }
}

/// What an import of Acme Corp would create.
pub(crate) fn import_preview() -> ImportPreview {
    let organization = OrganizationPreview {
        id: None,
        name: "Acme Corp".into(),
        collection_name: "org_acme_corp".into(),
        admin_email: "ann@acme.example".into(),
        status: Status::Active,
        suspension: None,
        created_at: None,
        updated_at: None,
    };
    ImportPreview { organization, documents: 12_408, data_bytes: 16_043_212 }
}
