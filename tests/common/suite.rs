//! Helpers for tests of stores: accounts, organizations, changes and audit entries.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use std::collections::VecDeque;
use tenantry::domain::document::RawDocumentBuf;
use tenantry::domain::throttle::{Place, ThrottleKey};
use tenantry::domain::{
    Account, AccountId, AuditAction, AuditEntry, AuditOutcome, Claims, Email, Organization,
    OrganizationChange, OrganizationId, OrganizationName, SortKey, SuspensionChange,
};
use tenantry::port::{
    AccountRecord, AuditQuery, DeleteRequest, Deleted, DocumentBatches, Error, Lookup, NewAccount,
    NewOrganization, OrganizationOfAccount, OrganizationQuery, PlaceAnswer, PurgeRequest, Purged,
    RestoreRequest, Result, Store, UpdateRequest,
};
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

/// Not judged: a store keeps what older rules let in.
pub(crate) fn email(text: &str) -> Email {
    Email::stored(text)
}

pub(crate) fn new_account(address: &str) -> NewAccount {
    NewAccount { id: AccountId(Uuid::new_v4()), email: email(address), password_hash: hash("first") }
}

pub(crate) fn new_organization(display: &str, address: &str) -> NewOrganization {
    NewOrganization { id: OrganizationId(Uuid::new_v4()), name: name(display), admin: new_account(address) }
}

pub(crate) fn entry(action: AuditAction, when: Timestamp) -> AuditEntry {
    AuditEntry {
        id: Uuid::new_v4(),
        at: when,
        actor: "root@example.com".into(),
        actor_id: None,
        actor_version: None,
        action,
        outcome: AuditOutcome::Done,
        organization_id: None,
        organization_name: None,
        changes: serde_json::Map::new(),
        request_hash: None,
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
    store.create(new, entry_of(AuditAction::OrganizationCreate, when, new.id, new.name.display())).await
}

pub(crate) async fn create(store: &dyn Store, display: &str, address: &str) -> Result<Organization> {
    try_create(store, &new_organization(display, address), at(1)).await
}

/// As a service does: the organization, then its admin.
pub(crate) async fn admin_of(store: &dyn Store, organization: &Organization) -> AccountRecord {
    store.account(organization.admin_id).await.unwrap().unwrap()
}

async fn admin_if_there(store: &dyn Store, organization: &Organization) -> Option<Account> {
    store.account(organization.admin_id).await.unwrap().map(|record| record.account)
}

/// A change at second 60.
pub(crate) async fn change(
    store: &dyn Store,
    current: &Organization,
    admin: Option<&Account>,
    change: &OrganizationChange,
) -> Result<Organization> {
    let action = match (&change.name, &change.suspension) {
        (Some(_), _) => AuditAction::OrganizationRename,
        (None, Some(SuspensionChange::Suspend { .. })) => AuditAction::OrganizationSuspend,
        (None, Some(SuspensionChange::Resume)) => AuditAction::OrganizationResume,
        (None, None) => AuditAction::OrganizationUpdate,
    };
    let request = UpdateRequest { current: current.clone(), admin: admin.cloned(), change: change.clone() };
    store.update(&request, entry_of(action, at(60), current.id, &current.name)).await
}

/// Reads the admin, then changes.
pub(crate) async fn update(
    store: &dyn Store,
    current: &Organization,
    wanted: &OrganizationChange,
) -> Result<Organization> {
    change(store, current, admin_if_there(store, current).await.as_ref(), wanted).await
}

/// Suspends at second 60.
pub(crate) async fn suspend(store: &dyn Store, current: &Organization, reason: &str) -> Result<Organization> {
    let suspension = SuspensionChange::Suspend { reason: reason.to_owned() };
    let wanted = OrganizationChange { suspension: Some(suspension), ..OrganizationChange::default() };
    change(store, current, None, &wanted).await
}

pub(crate) async fn resume(store: &dyn Store, current: &Organization) -> Result<Organization> {
    let wanted =
        OrganizationChange { suspension: Some(SuspensionChange::Resume), ..OrganizationChange::default() };
    change(store, current, None, &wanted).await
}

/// Batches of documents for an import.
pub(crate) struct Batches(VecDeque<Vec<RawDocumentBuf>>);

impl Batches {
    pub(crate) fn of(batches: impl IntoIterator<Item = Vec<RawDocumentBuf>>) -> Self {
        Self(batches.into_iter().collect())
    }
}

#[async_trait]
impl DocumentBatches for Batches {
    async fn next(&mut self) -> Result<Option<Vec<RawDocumentBuf>>> {
        Ok(self.0.pop_front())
    }
}

/// Into the trash at second 120, for a week.
pub(crate) async fn delete(store: &dyn Store, current: &Organization) -> Result<Deleted> {
    delete_until(store, current, at(120 + 7 * 24 * 60 * 60)).await
}

pub(crate) async fn delete_until(
    store: &dyn Store,
    current: &Organization,
    purge_at: Timestamp,
) -> Result<Deleted> {
    let admin = admin_if_there(store, current).await;
    let request = DeleteRequest { current: current.clone(), admin, purge_at };
    store
        .delete(&request, entry_of(AuditAction::OrganizationDelete, at(120), current.id, &current.name))
        .await
}

/// Creates and deletes.
pub(crate) async fn in_trash(store: &dyn Store, display: &str, address: &str) -> Organization {
    let made = create(store, display, address).await.unwrap();
    delete(store, &made).await.unwrap().organization
}

/// Under the name and the email that it had, at second 180.
pub(crate) async fn restore(store: &dyn Store, current: &Organization) -> Result<Organization> {
    restore_as(store, current, &current.name, &current.admin_email, None).await
}

pub(crate) async fn restore_as(
    store: &dyn Store,
    current: &Organization,
    display: &str,
    address: &str,
    word: Option<&str>,
) -> Result<Organization> {
    let request = RestoreRequest {
        current: current.clone(),
        admin: admin_if_there(store, current).await,
        name: name(display),
        email: email(address),
        password_hash: word.map(hash),
    };
    store.restore(&request, entry_of(AuditAction::OrganizationRestore, at(180), current.id, display)).await
}

/// For good, at second 240.
pub(crate) async fn purge(store: &dyn Store, current: &Organization) -> Result<Purged> {
    let request = PurgeRequest { current: current.clone() };
    store.purge(&request, entry_of(AuditAction::OrganizationPurge, at(240), current.id, &current.name)).await
}

pub(crate) fn to_name(display: &str) -> OrganizationChange {
    OrganizationChange { name: Some(name(display)), ..OrganizationChange::default() }
}

pub(crate) fn to_email(address: &str) -> OrganizationChange {
    OrganizationChange { admin_email: Some(email(address)), ..OrganizationChange::default() }
}

pub(crate) fn to_password(word: &str) -> OrganizationChange {
    OrganizationChange { admin_password_hash: Some(hash(word)), ..OrganizationChange::default() }
}

pub(crate) fn all_of(display: &str, address: &str, word: &str) -> OrganizationChange {
    OrganizationChange {
        admin_email: Some(email(address)),
        admin_password_hash: Some(hash(word)),
        ..to_name(display)
    }
}

/// All but the deleted ones, by name.
pub(crate) fn by_names(limit: usize) -> OrganizationQuery {
    OrganizationQuery { status: None, sort: SortKey::Name, reverse: false, after: None, limit }
}

/// The newest entries of the audit.
pub(crate) async fn newest(store: &dyn Store, limit: usize) -> Vec<AuditEntry> {
    store.audit(&AuditQuery::newest(limit)).await.unwrap().rows
}

/// A place for a sign-in with an email key.
pub(crate) fn place_of(email_key: &str) -> Place {
    Place::of(ThrottleKey::sign_in(email_key))
}

/// A sign-in that fails, if it gets a place.
pub(crate) async fn fail(store: &dyn Store, email_key: &str, when: Timestamp) -> PlaceAnswer {
    let place = place_of(email_key);
    let answer = store.take_place(&place, when).await.unwrap();
    if answer == PlaceAnswer::Taken {
        store.try_failed(&place, entry(AuditAction::SignInFailed, when)).await.unwrap();
    }
    answer
}

/// What a token of an account says, as far as a store looks at it.
pub(crate) fn claims_of(record: &AccountRecord) -> Claims {
    Claims {
        iss: "tenantry".into(),
        aud: Uuid::nil(),
        sub: record.account.id,
        org: record.account.organization_id,
        role: record.account.role,
        tv: record.account.token_version,
        iat: 0,
        nbf: 0,
        exp: 0,
        auth_time: 0,
        sid: Uuid::new_v4(),
        jti: Uuid::new_v4(),
    }
}

/// The organization that a session is checked against.
pub(crate) async fn of_session(store: &dyn Store, claims: &Claims) -> Option<OrganizationOfAccount> {
    store.session_state(claims, at(300)).await.unwrap().organization
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
