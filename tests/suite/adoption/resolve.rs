//! What an operator decided is adopted, if the record is whole and nothing else has what it takes.

use super::old::{HASH, Old};
use super::{kinds_of, try_adopt};
use crate::common::suite::{by_email, create};
use mongodb::bson::oid::ObjectId;
use tenantry::domain::{Email, OrganizationName, Resolution};
use tenantry::port::{Error, Store};

fn decided(line: usize, id: ObjectId, name: &str, email: &str) -> Resolution {
    let (name, email) = (OrganizationName::parse(name).unwrap(), Email::parse(email).unwrap());
    Resolution { line, record_id: id.to_hex(), name, email }
}

#[tokio::test]
async fn a_decision_is_adopted_and_a_repeat_changes_nothing() {
    let old = Old::new().await;
    let fold = old.sound("Fold", "a@x").await;
    old.sound("FOLD", "b@x").await;
    let bad = old.sound("50% off", "c@x").await;
    let store = old.initialized().await;
    let decisions = [decided(1, fold, "Fold Books", "a@x"), decided(2, bad, "Half Off", "c@x")];
    let report = try_adopt(&store, &decisions).await.unwrap();
    // The other one shares nothing any more.
    assert_eq!((report.adopted, report.left), (3, 0), "{:#?}", report.findings);
    assert_eq!(kinds_of(&report, "Fold Books"), ["resolved"]);
    assert_eq!(old.new_record("Half Off").await.get_str("collection_name").unwrap(), "org_50% off");
    old.database.assert_sound("resolved").await;
    let again = try_adopt(&store, &decisions).await.unwrap();
    assert_eq!((again.adopted, again.left), (0, 0), "both were carried out");
}

#[tokio::test]
async fn of_several_admins_with_the_email_the_first_counts_and_the_others_stay() {
    let old = Old::new().await;
    let race = old.sound("Race", "a@x").await;
    old.admin("a@x", "Race", &HASH.replace("abc", "xyz")).await;
    old.admin("b@x", "Race", HASH).await;
    let store = old.initialized().await;
    let report = try_adopt(&store, &[decided(1, race, "Race", "a@x")]).await.unwrap();
    assert_eq!((report.adopted, report.left), (1, 2));
    assert_eq!(
        kinds_of(&report, "Race"),
        ["resolved", "admin_without_organization", "admin_without_organization"]
    );
    let account = by_email(&*store, "a@x").await.unwrap();
    assert_eq!(secrecy::ExposeSecret::expose_secret(&account.password_hash), HASH);
}

#[tokio::test]
async fn a_decision_about_no_record_is_refused_before_anything_is_written() {
    let old = Old::new().await;
    old.sound("Acme", "ann@x").await;
    let store = old.initialized().await;
    let before = old.everything().await;
    let refused = try_adopt(&store, &[decided(7, ObjectId::new(), "Beta", "b@x")]).await.unwrap_err();
    assert!(matches!(&refused, Error::NotAdoptable(why) if why.starts_with("Line 7: ")), "{refused:?}");
    assert_eq!(old.everything().await, before);
}

#[tokio::test]
async fn a_decision_takes_nothing_from_another() {
    let old = Old::new().await;
    let store = old.initialized().await;
    create(&*store, "Acme", "ann@x").await.unwrap();
    let name = old.sound("One", "a@x").await;
    let email = old.sound("Two", "ann@x").await;
    let gone = old.record("Three", "org_Three").await;
    old.admin("c@x", "Three", HASH).await;
    let nobody = old.sound("Four", "d@x").await;
    let before = old.everything().await;
    let decisions = [
        decided(1, name, "ACME", "a@x"),
        decided(2, email, "Two", "ann@x"),
        decided(3, gone, "Three", "c@x"),
        decided(4, nobody, "Four", "e@x"),
    ];
    let report = try_adopt(&store, &decisions).await.unwrap();
    assert_eq!((report.adopted, report.left), (0, 4));
    for (name, kind) in [
        ("ACME", "name_taken"),
        ("Two", "email_taken"),
        ("Three", "collection_missing"),
        ("Four", "admin_missing"),
    ] {
        assert_eq!(kinds_of(&report, name), [kind]);
    }
    assert_eq!(old.everything().await, before);
    store.warnings().await.unwrap();
}

/// A typing error in one line is not paid for by a tenant that has nothing to do with it.
#[tokio::test]
async fn a_decision_takes_nothing_from_a_sound_organization() {
    let old = Old::new().await;
    old.sound("Gamma", "gia@x").await;
    old.sound("Beta", "ben@x").await;
    let [one, other] = [old.sound("Twin", "a@x").await, old.sound("TWIN", "b@x").await];
    let store = old.initialized().await;
    let decisions = [decided(1, one, "Gamma", "a@x"), decided(2, other, "Twin", "ben@x")];
    let report = try_adopt(&store, &decisions).await.unwrap();
    assert_eq!((report.adopted, report.left), (2, 2), "{:#?}", report.findings);
    assert_eq!(kinds_of(&report, "Beta"), ["sound"]);
    assert_eq!(kinds_of(&report, "Gamma"), ["sound", "name_taken"]);
    assert_eq!(kinds_of(&report, "Twin"), ["same_name", "email_taken"]);
    // What somebody decided about is free to be given.
    let old = Old::new().await;
    let [gamma, one] = [old.sound("Gamma", "gia@x").await, old.sound("Delta", "a@x").await];
    let store = old.initialized().await;
    let decisions = [decided(1, gamma, "Gamma Labs", "gia@x"), decided(2, one, "Gamma", "a@x")];
    let report = try_adopt(&store, &decisions).await.unwrap();
    assert_eq!((report.adopted, report.left), (2, 0), "{:#?}", report.findings);
}
