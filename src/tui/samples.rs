//! What unit tests of the console show.

use crate::domain::{
    AccountId, CollectionName, Epoch, Organization, OrganizationId, OrganizationName, State,
};
use std::sync::Arc;
use uuid::Uuid;

/// An organization of this name, the same each time.
pub(super) fn organization(name: &str) -> Arc<Organization> {
    let parsed = OrganizationName::parse(name).unwrap();
    let number = parsed.key().bytes().fold(7_u128, |sum, byte| sum * 31 + u128::from(byte));
    Arc::new(Organization {
        id: OrganizationId(Uuid::from_u128(number)),
        name: name.to_owned(),
        name_key: parsed.key().to_owned(),
        former_email_key: None,
        collection: CollectionName::from_record(parsed.collection("master_db").as_str(), "master_db"),
        collection_uuid: None,
        admin_id: AccountId(Uuid::from_u128(number)),
        admin_email: format!("admin@{}.example", parsed.slug()),
        state: State::Active,
        suspension: None,
        deletion: None,
        epoch: Epoch(1),
        unchanged_since: Epoch(1),
        created_at: "2025-11-30T09:12:44Z".parse().unwrap(),
        updated_at: "2026-11-22T17:40:03Z".parse().unwrap(),
    })
}
