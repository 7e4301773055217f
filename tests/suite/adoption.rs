//! Adopting what an earlier service left: every damage is reported, sound organizations are adopted completely or not
//! at all, nobody guesses, and no document, index or record of anything else changes.

mod commands;
mod crashes;
mod findings;
mod ids;
mod interrupted;
mod old;
mod passwords;
mod raw_names;
mod resolve;

use crate::common::suite::{at, entry};
use old::Old;
use std::collections::BTreeMap;
use tenantry::domain::{AdoptionReport, AuditAction, AuditEntry, Resolution};
use tenantry::port::{Adoption, Result, Store};
use tenantry::store::mongo::MongoStore;
use tokio::sync::watch;

fn pattern() -> AuditEntry {
    entry(AuditAction::OrganizationAdopt, at(300))
}

/// A dry run.
async fn look(store: &MongoStore) -> AdoptionReport {
    look_with(store, &[]).await
}

/// A dry run with decisions.
async fn look_with(store: &MongoStore, resolutions: &[Resolution]) -> AdoptionReport {
    store.adoption(resolutions, &watch::Sender::default()).await.unwrap()
}

async fn try_adopt(store: &MongoStore, resolutions: &[Resolution]) -> Result<AdoptionReport> {
    let (progress, _heard) = watch::channel(tenantry::domain::AdoptionProgress::default());
    store.adopt(resolutions, pattern(), &progress).await
}

async fn adopt(store: &MongoStore) -> AdoptionReport {
    try_adopt(store, &[]).await.unwrap()
}

/// How often each kind was found.
fn kinds(report: &AdoptionReport) -> BTreeMap<&'static str, usize> {
    let mut kinds = BTreeMap::new();
    for finding in &report.findings {
        *kinds.entry(finding.kind.as_str()).or_default() += 1;
    }
    kinds
}

/// The kinds of the findings that name an organization, and what becomes of it.
fn actions_of(report: &AdoptionReport, name: &str) -> Vec<(&'static str, &'static str)> {
    let about = report.findings.iter().filter(|finding| finding.organization_name.as_deref() == Some(name));
    about.map(|finding| (finding.kind.as_str(), finding.fate().as_str())).collect()
}

/// The kinds of the findings that name an organization.
fn kinds_of(report: &AdoptionReport, name: &str) -> Vec<&'static str> {
    actions_of(report, name).into_iter().map(|(kind, _)| kind).collect()
}

#[tokio::test]
async fn a_dry_run_without_a_first_operator_writes_nothing() {
    let old = Old::new().await;
    old.sound("Acme", "ann@x").await;
    let before = old.everything().await;
    let report = look(&old.database.store()).await;
    assert_eq!((report.adopted, report.left), (1, 0));
    assert_eq!(old.everything().await, before);
    assert_eq!(old.database.collections().await, ["admins", "org_Acme", "organizations"]);
    let refused = try_adopt(&old.database.store(), &[]).await.map(drop);
    assert_eq!(refused, Err(tenantry::port::Error::NotInitialized));
    assert_eq!(old.everything().await, before);
}

#[tokio::test]
async fn init_leaves_the_old_records_alone_and_the_doctor_counts_them() {
    let old = Old::new().await;
    old.sound("Acme", "ann@x").await;
    old.sound("Beta Co", "ben@x").await;
    let before = old.everything().await;
    let store = old.initialized().await;
    assert_eq!(old.everything().await, before);
    assert_eq!(store.store_id().await.unwrap().map(|_| ()), Some(()));
    // Their collections are no orphans.
    let problems: Vec<_> = old.database.doctor_findings().await;
    assert_eq!(problems, ["4 records of an earlier service are not adopted."]);
}

#[tokio::test]
async fn adopted_organizations_keep_their_collections_and_the_rest_stays_as_it_is() {
    let old = Old::new().await;
    old.sound("Acme", "ann@x").await;
    old.sound("Beta Co", "ben@x").await;
    old.sound("Twin", "same@x").await;
    old.sound("TWIN", "other@x").await;
    old.application("org_Beta Co").await;
    let store = old.initialized().await;
    let (documents, indexes) = (old.documents("org_Beta Co").await, old.indexes("org_Beta Co").await);
    let twins = old.records_named(&["Twin", "TWIN"]).await;
    let report = adopt(&store).await;
    assert_eq!((report.adopted, report.left), (2, 2));
    assert_eq!(kinds(&report)["sound"], 2);
    assert_eq!(kinds_of(&report, "Beta Co"), ["sound"]);
    assert_eq!(
        old.documents("org_Beta Co").await,
        documents,
        "with the initial document, without the marker"
    );
    assert_eq!(old.indexes("org_Beta Co").await, indexes);
    assert_eq!(old.records_named(&["Twin", "TWIN"]).await, twins, "not touched");
    assert_eq!(old.database.doctor_findings().await, ["4 records of an earlier service are not adopted."]);
    // The time had no zone: it is UTC.
    let beta = old.new_record("Beta Co").await;
    let made = beta.get_datetime("created_at").unwrap().timestamp_millis();
    assert_eq!(made, old::CREATED.parse::<jiff::Timestamp>().unwrap().as_millisecond());
    assert_eq!(beta.get_str("collection_name").unwrap(), "org_Beta Co");
    assert!(beta.get_object_id("adopted_from").is_ok());
    let again = adopt(&store).await;
    assert_eq!((again.adopted, again.left), (0, 2), "a second run adopts nothing more");
    let entries = crate::common::suite::newest(&*store, 10).await;
    let adopted = entries.iter().filter(|entry| entry.action == AuditAction::OrganizationAdopt);
    assert_eq!(adopted.count(), 2, "each has its entry");
}
