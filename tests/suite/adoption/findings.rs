//! A dry run tells each damage that the earlier service is known to leave.

use super::old::{HASH, Old};
use super::{adopt, kinds, kinds_of, look};
use crate::common::suite::create;
use mongodb::bson::{Bson, doc};

/// Each damage alone, beside a sound organization: what is found, and how many records, admins and collections stay.
async fn finds(kind: &str, left: u64, damage: impl AsyncFn(&Old)) {
    let old = Old::new().await;
    old.sound("Sound", "sound@x").await;
    damage(&old).await;
    let report = look(&old.database.store()).await;
    assert!(kinds(&report).contains_key(kind), "{kind}: {:#?}", report.findings);
    assert_eq!(report.left, left, "{kind}: {:#?}", report.findings);
    assert_eq!(kinds_of(&report, "Sound"), ["sound"], "{kind}");
    let store = old.initialized().await;
    let applied = adopt(&store).await;
    assert_eq!((applied.adopted, applied.left), (report.adopted, left), "{kind}: as the dry run said");
    for finding in &report.findings {
        let said = format!("{} {:?}", finding.message(), finding);
        assert!(!said.contains("$2b$"), "no finding shows a hash: {said}");
    }
}

#[tokio::test]
async fn names_that_are_one_are_not_adopted() {
    for (one, other) in
        [("Fold", "FOLD"), ("Caf\u{e9}", "Cafe\u{301}"), ("Two Blanks", "Two  Blanks"), ("A", " a ")]
    {
        finds("same_name", 2, async |old| {
            old.sound(one, "a@x").await;
            old.sound(other, "b@x").await;
        })
        .await;
    }
}

#[tokio::test]
async fn what_two_share_is_not_adopted() {
    finds("same_email", 2, async |old| {
        old.sound("One", "twin@x").await;
        old.sound("Two", "Twin@x").await;
    })
    .await;
    // The admin of an organization that is gone signed in with that email first.
    finds("same_email", 2, async |old| {
        old.admin("again@x", "Gone", HASH).await;
        old.sound("One", "again@x").await;
    })
    .await;
    finds("collection_shared", 2, async |old| {
        old.sound("One", "a@x").await;
        old.admin("b@x", "Two", HASH).await;
        old.record("Two", "org_One").await;
    })
    .await;
    finds("several_admins", 1, async |old| {
        old.sound("One", "a@x").await;
        old.admin("b@x", "One", HASH).await;
    })
    .await;
    finds("collection_mixed", 1, async |old| {
        old.sound("One", "a@x").await;
        old.collection("org_One", 1).await;
    })
    .await;
}

#[tokio::test]
async fn what_lacks_its_other_half_is_not_adopted() {
    finds("collection_missing", 1, async |old| {
        old.admin("a@x", "One", HASH).await;
        old.record("One", "org_One").await;
    })
    .await;
    finds("collection_without_record", 1, async |old| old.collection("org_Alone", 1).await).await;
    finds("admin_without_organization", 1, async |old| {
        old.admin("a@x", "Gone", HASH).await;
    })
    .await;
    finds("admin_missing", 1, async |old| {
        old.collection("org_One", 1).await;
        old.record("One", "org_One").await;
    })
    .await;
    // Never a collection of tenantry or of another application.
    finds("invalid_collection", 1, async |old| {
        old.admin("a@x", "One", HASH).await;
        old.record("One", "admins").await;
    })
    .await;
}

#[tokio::test]
async fn what_the_rules_refuse_is_not_adopted() {
    for name in ["50% off", "<b>Bold</b>", ".hidden", "line\nend", ""] {
        finds("invalid_name", 1, async |old| {
            old.sound(name, "a@x").await;
        })
        .await;
    }
    finds("invalid_email", 1, async |old| {
        old.sound("One", "nobody").await;
    })
    .await;
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_not_adopted() {
    for hash in ["", "secret", "$1$abc$def", "$2b$12$short"] {
        finds("record_unreadable", 1, async |old| {
            old.with_hash("One", "a@x", hash).await;
        })
        .await;
    }
    for (field, value) in [
        ("organization_name", Bson::Int32(7)),
        ("collection_name", Bson::Null),
        ("created_at", "soon".into()),
    ] {
        let old = Old::new().await;
        let id = old.sound("One", "a@x").await;
        old.all("organizations").update_one(doc! {"_id": id}, doc! {"$set": {field: value}}).await.unwrap();
        let report = look(&old.database.store()).await;
        assert!(kinds(&report).contains_key("record_unreadable"), "{field}: {:#?}", report.findings);
        assert_eq!(report.adopted, 0, "{field}");
    }
    let old = Old::new().await;
    old.sound("One", "a@x").await;
    old.all("admins").update_one(doc! {}, doc! {"$set": {"email": 7}}).await.unwrap();
    assert_eq!(kinds_of(&look(&old.database.store()).await, "One"), ["record_unreadable"]);
}

#[tokio::test]
async fn what_tenantry_has_already_is_not_taken() {
    let old = Old::new().await;
    let store = old.initialized().await;
    create(&*store, "Acme", "ann@x").await.unwrap();
    old.sound("ACME", "new@x").await;
    old.sound("Email", "Ann@x").await;
    // The slug of the other one.
    old.admin("c@x", "Collection", HASH).await;
    old.record("Collection", "org_acme").await;
    let report = look(&store).await;
    assert_eq!((report.adopted, report.left), (0, 3));
    for (name, kind) in [("ACME", "name_taken"), ("Email", "email_taken"), ("Collection", "collection_taken")]
    {
        assert_eq!(kinds_of(&report, name), [kind]);
    }
    assert_eq!(adopt(&store).await.adopted, 0);
}

#[tokio::test]
async fn times_without_a_zone_are_one_finding_and_blanks_around_a_name_go() {
    let old = Old::new().await;
    old.sound("Trim Me ", "a@x").await;
    old.sound("Acme", "b@x").await;
    // Nothing is taken as anything of what is left.
    old.sound("50% off", "c@x").await;
    let store = old.initialized().await;
    for report in [look(&store).await, adopt(&store).await] {
        assert_eq!((report.adopted, report.left), (2, 1));
        let expected = [("dates_without_zone", 1), ("invalid_name", 1), ("name_trimmed", 1), ("sound", 2)];
        assert_eq!(kinds(&report), expected.into());
        let dates = report.findings.iter().find(|it| it.kind.as_str() == "dates_without_zone").unwrap();
        assert_eq!(dates.count, Some(2));
    }
    assert_eq!(old.new_record("Trim Me").await.get_str("collection_name").unwrap(), "org_Trim Me ");
    assert_eq!(old.database.doctor_findings().await, ["2 records of an earlier service are not adopted."]);
}
