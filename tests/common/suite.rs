//! What the tests of stores share: short ways to make accounts, organizations, changes and audit entries.

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use tenantry::domain::{
    Account, AccountId, Email, Organization, OrganizationChange, OrganizationId, OrganizationName,
};
use tenantry::service::store::{
    AccountRecord, AuditAction, AuditEntry, AuditOutcome, Lookup, NewAccount, NewOrganization, Store,
};
use tenantry::service::{Error, OperationId, Result};
use uuid::Uuid;

/// A time of the service's clock, in milliseconds.
pub(crate) fn at(second: i64) -> Timestamp {
    let start: Timestamp = "2026-11-24T12:00:00.123Z".parse().unwrap();
    start.checked_add(SignedDuration::from_secs(second)).unwrap()
}

/// A hash that no test verifies.
pub(crate) fn hash(word: &str) -> SecretString {
    format!("$2b$04${word}").into()
}

pub(crate) fn name(text: &str) -> OrganizationName {
    OrganizationName::parse(text).unwrap()
}

pub(crate) fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

pub(crate) fn new_account(address: &str) -> NewAccount {
    NewAccount { id: AccountId(Uuid::new_v4()), email: email(address), password_hash: hash("first") }
}

pub(crate) fn new_organization(store: &dyn Store, display: &str, address: &str) -> NewOrganization {
    let name = name(display);
    let collection = name.collection(&store.place().database);
    NewOrganization { id: OrganizationId(Uuid::new_v4()), name, collection, admin: new_account(address) }
}

pub(crate) fn entry(action: AuditAction, when: Timestamp) -> AuditEntry {
    AuditEntry {
        id: Uuid::new_v4(),
        at: when,
        actor: "root@example.com".into(),
        action,
        outcome: AuditOutcome::Done,
        organization_id: None,
        organization_name: None,
        changes: serde_json::Map::new(),
    }
}

pub(crate) fn entry_of(
    action: AuditAction,
    when: Timestamp,
    id: OrganizationId,
    display: &str,
) -> AuditEntry {
    let changes = json!({"name": {"from": null, "to": display}, "password": "changed"});
    AuditEntry {
        organization_id: Some(id),
        organization_name: Some(display.to_owned()),
        changes: changes.as_object().unwrap().clone(),
        ..entry(action, when)
    }
}

/// Makes the store with `root@example.com`.
pub(crate) async fn initialize(store: &dyn Store) -> Uuid {
    let id = Uuid::new_v4();
    store.initialize(id, &new_account("root@example.com"), entry(AuditAction::Init, at(0))).await.unwrap();
    id
}

pub(crate) async fn try_create(
    store: &dyn Store,
    new: &NewOrganization,
    when: Timestamp,
) -> Result<Organization> {
    let entry = entry_of(AuditAction::OrganizationCreate, when, new.id, new.name.display());
    store.create(new, OperationId(entry.id), entry).await
}

pub(crate) async fn create(store: &dyn Store, display: &str, address: &str) -> Result<Organization> {
    try_create(store, &new_organization(store, display, address), at(1)).await
}

/// As a service does: the organization, then its admin.
pub(crate) async fn admin_of(store: &dyn Store, organization: &Organization) -> AccountRecord {
    store.account(organization.admin_id).await.unwrap().unwrap()
}

pub(crate) async fn change(
    store: &dyn Store,
    current: &Organization,
    admin: &Account,
    change: &OrganizationChange,
) -> Result<Organization> {
    let entry = entry_of(AuditAction::OrganizationUpdate, at(60), current.id, &current.name);
    store.update(current, admin, change, OperationId(entry.id), entry).await
}

/// Reads the admin, then changes.
pub(crate) async fn update(
    store: &dyn Store,
    current: &Organization,
    wanted: &OrganizationChange,
) -> Result<Organization> {
    let admin = admin_of(store, current).await.account;
    change(store, current, &admin, wanted).await
}

pub(crate) async fn delete(store: &dyn Store, current: &Organization) -> Result<()> {
    let entry = entry_of(AuditAction::OrganizationDelete, at(120), current.id, &current.name);
    store.delete(current, OperationId(entry.id), entry).await
}

pub(crate) fn to_name(store: &dyn Store, display: &str) -> OrganizationChange {
    let name = name(display);
    let collection = name.collection(&store.place().database);
    OrganizationChange { name: Some((name, collection)), ..OrganizationChange::default() }
}

pub(crate) fn to_email(address: &str) -> OrganizationChange {
    OrganizationChange { admin_email: Some(email(address)), ..OrganizationChange::default() }
}

pub(crate) fn to_password(word: &str) -> OrganizationChange {
    OrganizationChange { admin_password_hash: Some(hash(word)), ..OrganizationChange::default() }
}

pub(crate) fn all_of(store: &dyn Store, display: &str, address: &str, word: &str) -> OrganizationChange {
    OrganizationChange {
        admin_email: Some(email(address)),
        admin_password_hash: Some(hash(word)),
        ..to_name(store, display)
    }
}

pub(crate) async fn by_id(store: &dyn Store, id: OrganizationId) -> Option<Organization> {
    store.find(&Lookup::Id(id)).await.unwrap()
}

pub(crate) async fn by_name(store: &dyn Store, display: &str) -> Option<Organization> {
    store.find(&Lookup::NameKey(name(display).key().to_owned())).await.unwrap()
}

pub(crate) async fn by_email(store: &dyn Store, address: &str) -> Option<AccountRecord> {
    store.account_by_email(email(address).key()).await.unwrap()
}

pub(crate) fn hash_of(record: &AccountRecord) -> String {
    record.password_hash.expose_secret().to_owned()
}

pub(crate) fn name_taken(display: &str) -> Error {
    Error::NameTaken(display.to_owned())
}
