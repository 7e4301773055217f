//! What an operator decided is adopted, if the record is whole and nothing else has what it takes.

use super::old::{HASH, Old};
use super::{actions_of, kinds, kinds_of, look_with, try_adopt};
use crate::common::suite::{by_email, create};
use mongodb::bson::doc;
use mongodb::bson::oid::ObjectId;
use tenantry::domain::{Email, OrganizationName, RecordId, Resolution};
use tenantry::port::{Error, Store};

fn decided(line: usize, id: ObjectId, name: &str, email: &str) -> Resolution {
    let (name, email) = (OrganizationName::parse(name).unwrap(), Email::parse(email).unwrap());
    Resolution { line, record_id: RecordId::read(&id.to_hex()), name, email, collection: None }
}

/// A decision that also hands over a collection, whatever it may hold.
fn with_collection(decision: &Resolution, collection: &str) -> Resolution {
    Resolution { collection: Some(collection.to_owned()), ..decision.clone() }
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

/// A decision says a name and an email. The data of another tenant is not handed over on the way.
#[tokio::test]
async fn a_collection_that_may_hold_data_of_another_tenant_is_handed_over_only_if_the_line_names_it() {
    let old = Old::new().await;
    let shared = old.sound("One", "a@x").await;
    old.admin("b@x", "Two", HASH).await;
    old.record("Two", "org_One").await;
    // Somebody looks at its email and decides about that.
    let mixed = old.sound("Three", "twin@x").await;
    old.collection("org_Three", 1).await;
    old.admin("twin@x", "Gone", HASH).await;
    let store = old.initialized().await;
    let before = old.everything().await;
    let decisions = [decided(1, shared, "One", "a@x"), decided(2, mixed, "Three", "twin@x")];
    for report in [look_with(&store, &decisions).await, try_adopt(&store, &decisions).await.unwrap()] {
        assert_eq!((report.adopted, report.left), (0, 4), "{:#?}", report.findings);
        assert_eq!(kinds_of(&report, "One"), ["decision_incomplete"]);
        let of_three = actions_of(&report, "Three");
        assert_eq!(of_three, [("decision_incomplete", "leave"), ("collection_mixed", "leave")]);
        assert!(["collection_shared", "same_email"].iter().all(|kind| kinds(&report).contains_key(kind)));
    }
    assert_eq!(old.everything().await, before);
    let decisions = [with_collection(&decisions[0], "org_One"), with_collection(&decisions[1], "org_Three")];
    for report in [look_with(&store, &decisions).await, try_adopt(&store, &decisions).await.unwrap()] {
        assert_eq!((report.adopted, report.left), (2, 2), "{:#?}", report.findings);
        assert_eq!(actions_of(&report, "One"), [("resolved", "adopt"), ("collection_shared", "note")]);
        assert_eq!(actions_of(&report, "Three"), [("resolved", "adopt"), ("collection_mixed", "note")]);
        assert_eq!(actions_of(&report, "Two"), [("collection_taken", "leave")]);
        let said: Vec<_> =
            report.findings.iter().filter(|it| it.is_accepted).map(|it| it.done(false)).collect();
        assert_eq!(said, ["note", "note"]);
    }
    assert_eq!(old.database.doctor_findings().await, ["3 records of an earlier service are not adopted."]);
    let again = try_adopt(&store, &decisions).await.unwrap();
    assert_eq!((again.adopted, again.left), (0, 2), "both were carried out");
}

#[tokio::test]
async fn a_decision_that_names_another_collection_is_refused_before_anything_is_written() {
    let old = Old::new().await;
    old.sound("Acme", "ann@x").await;
    let bad = old.sound("50% off", "c@x").await;
    let store = old.initialized().await;
    let before = old.everything().await;
    let decision = with_collection(&decided(3, bad, "Half Off", "c@x"), "org_Acme");
    let refused = try_adopt(&store, &[decision]).await.unwrap_err();
    let why = "Line 3: The record names \"org_50% off\", not \"org_Acme\". Nothing was adopted.";
    assert_eq!(refused, Error::NotAdoptable(why.to_owned()));
    assert_eq!(old.everything().await, before);
}

#[tokio::test]
async fn an_admin_that_a_decision_takes_from_another_organization_is_told() {
    let old = Old::new().await;
    let one = old.sound("50% off", "a@x").await;
    old.record("Other", "org_Other").await;
    old.admin("o@x", "Other", HASH).await;
    let store = old.initialized().await;
    let decisions = [decided(1, one, "Half Off", "o@x")];
    for report in [look_with(&store, &decisions).await, try_adopt(&store, &decisions).await.unwrap()] {
        assert_eq!((report.adopted, report.left), (1, 2), "{:#?}", report.findings);
        assert_eq!(actions_of(&report, "Half Off"), [("resolved", "adopt"), ("admin_of_another", "note")]);
        let note = report.findings.iter().find(|it| it.kind.as_str() == "admin_of_another").unwrap();
        assert!(note.message().contains("Its record names \"Other\"."), "{}", note.message());
        assert_eq!(kinds_of(&report, "Other"), ["collection_missing", "admin_missing"]);
    }
}

/// A decision gives the name that the record lacks. The finding says what else the record lacks.
#[tokio::test]
async fn a_refused_decision_says_what_the_record_lacks() {
    let old = Old::new().await;
    let one = old.sound("One", "a@x").await;
    let damage = doc! {"$set": {"organization_name": 7, "created_at": "soon"}};
    old.all("organizations").update_one(doc! {"_id": one}, damage).await.unwrap();
    old.all("admins").update_one(doc! {}, doc! {"$set": {"organization_name": 7}}).await.unwrap();
    let two = old.with_hash("Two", "b@x", "secret").await;
    let two_admin = doc! {"email": "b@x"};
    old.all("admins").update_one(two_admin, doc! {"$set": {"organization_name": 7}}).await.unwrap();
    let store = old.initialized().await;
    let report = look_with(&store, &[decided(1, one, "Uno", "a@x"), decided(2, two, "Due", "b@x")]).await;
    let reason = |name: &str| {
        let finding = report.findings.iter().find(|it| it.organization_name.as_deref() == Some(name));
        finding.unwrap().reason.clone().unwrap()
    };
    assert_eq!(reason("Uno"), "Its created_at is no time.");
    assert_eq!(reason("Due"), "Its password is no bcrypt hash that tenantry can verify.");
}
