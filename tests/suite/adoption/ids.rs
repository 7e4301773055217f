//! An `_id` of any type is shown and read in one form.

use super::old::{HASH, Old};
use super::{look, try_adopt};
use mongodb::bson::oid::ObjectId;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Bson, DateTime, doc};
use serde_json::json;
use tenantry::domain::Resolution;

/// The line of a file: `_id` as JSON.
fn line(number: usize, id: &str) -> String {
    let (name, email) = (format!("Org {number}"), format!("admin{number}@x"));
    format!(r#"{{"_id":{id},"organization_name":"{name}","admin_email":"{email}"}}"#)
}

#[tokio::test]
async fn the_id_that_a_finding_shows_decides_about_that_record_alone_and_once() {
    let digits = "6b0b28316d21fa9eaf0b4992";
    let uuid = Binary { subtype: BinarySubtype::Uuid, bytes: vec![7; 16] };
    // What may be taken for each other comes side by side.
    let ids = [
        Bson::String(digits.to_owned()),
        Bson::ObjectId(ObjectId::parse_str(digits).unwrap()),
        Bson::String("7".to_owned()),
        Bson::Int32(7),
        Bson::Int64(9_007_199_254_740_993),
        Bson::Int64(8),
        Bson::Double(1.5),
        Bson::Document(doc! {"b": 1, "a": {"c": "x"}}),
        Bson::Document(doc! {"a": {"c": "x"}, "b": 1}),
        Bson::Binary(uuid),
        Bson::DateTime(DateTime::from_millis(1_000)),
        Bson::String("true".to_owned()),
        Bson::Boolean(true),
        Bson::String("plain text".to_owned()),
    ];
    let old = Old::new().await;
    for (number, id) in ids.iter().enumerate() {
        let (name, collection) = (format!("{number}% off"), format!("org_{number}"));
        old.admin(&format!("admin{number}@x"), &name, HASH).await;
        old.collection(&collection, 1).await;
        old.record_as(id.clone(), &name, &collection).await;
    }
    let store = old.initialized().await;
    let report = look(&store).await;
    let refused = report.findings.iter().filter(|finding| finding.kind.as_str() == "invalid_name");
    let shown: Vec<String> = refused.map(|finding| finding.record_ids.concat()).collect();
    assert_eq!(shown.len(), ids.len());
    // As a text, which is how a report in JSON has it.
    let lines: Vec<String> =
        shown.iter().enumerate().map(|(number, id)| line(number, &json!(id).to_string())).collect();
    for (number, id) in ids.iter().enumerate() {
        let report = try_adopt(&store, &Resolution::read_all(&lines[number]).unwrap()).await.unwrap();
        assert_eq!(report.adopted, 1, "{id}: {}", lines[number]);
        assert_eq!(old.new_record(&format!("Org {number}")).await.get("adopted_from"), Some(id));
    }
    let again = try_adopt(&store, &Resolution::read_all(&lines.join("\n")).unwrap()).await.unwrap();
    assert_eq!((again.adopted, again.left), (0, 0), "each was carried out");
    // As Extended JSON.
    let values = ids.iter().zip(&shown).enumerate().filter(|(_, (id, _))| !matches!(id, Bson::String(_)));
    let values = values.map(|(number, (id, shown))| {
        if id.as_object_id().is_some() {
            return line(number, &json!({"$oid": digits}).to_string());
        }
        let long = id.as_i64().map(|long| json!({"$numberLong": long.to_string()}).to_string());
        line(number, &long.unwrap_or_else(|| shown.clone()))
    });
    let values: Vec<String> = values.collect();
    let again = try_adopt(&store, &Resolution::read_all(&values.join("\n")).unwrap()).await.unwrap();
    assert_eq!((again.adopted, again.left), (0, 0), "the same records");
}

/// Reports it instead of making an organization whose old record would stay.
#[tokio::test]
async fn a_record_whose_id_is_null_is_left() {
    let old = Old::new().await;
    old.admin("a@x", "One", HASH).await;
    old.collection("org_One", 1).await;
    old.record_as(Bson::Null, "One", "org_One").await;
    let report = look(&old.database.store()).await;
    let reasons: Vec<_> = report.findings.iter().map(|it| (it.kind.as_str(), it.reason.as_deref())).collect();
    assert_eq!(reasons, [("record_unreadable", Some("Its _id is null."))]);
    assert_eq!((report.adopted, report.left), (0, 1));
}
