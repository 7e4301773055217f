//! The documents in an organization's collection.

use super::Harness;
use crate::common::suite::*;
use std::time::Duration;
use tenantry::domain::document::{
    Builder, OwnedValue, Query, RawDocumentBuf, Sort, Value, id_of, incoming, json, order,
};
use tenantry::domain::{AuditAction, Organization};
use tenantry::port::{DocumentQuery, DocumentWrite, Error, Store};

const TIME: Duration = Duration::from_secs(30);

fn document(text: &str) -> RawDocumentBuf {
    incoming::to_insert(json::read(text).unwrap().as_bytes()).unwrap()
}

fn with_id(id: &Value<'_>) -> RawDocumentBuf {
    let mut builder = Builder::default();
    builder.put(b"_id", id);
    RawDocumentBuf::from_bytes(builder.finish()).unwrap()
}

fn text(document: &RawDocumentBuf) -> String {
    json::to_string(document.as_bytes(), json::Form::Canonical, json::Layout::Compact)
}

fn query(filter: &str, limit: usize) -> DocumentQuery {
    let filter = Query::parse(filter).unwrap();
    DocumentQuery { filter, sort: None, reverse: false, after: None, limit, time: TIME }
}

async fn insert(store: &dyn Store, acme: &Organization, documents: &[RawDocumentBuf]) {
    let inserted = store.insert_documents(acme, documents, entry(AuditAction::DocumentInsert, at(2))).await;
    assert!(inserted.unwrap().iter().all(Result::is_ok));
}

async fn acme_with(store: &dyn Store, documents: &[&str]) -> Organization {
    let acme = create(store, "Acme", "ann@acme.example").await.unwrap();
    let documents: Vec<_> = documents.iter().map(|text| document(text)).collect();
    insert(store, &acme, &documents).await;
    acme
}

/// All ids, in pages of this length.
async fn paged(store: &dyn Store, acme: &Organization, limit: usize, reverse: bool) -> Vec<OwnedValue> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let wanted = DocumentQuery { reverse, after, ..query("", limit) };
        let page = store.documents(acme, &wanted).await.unwrap();
        assert!(page.rows.len() <= limit);
        ids.extend(page.rows.iter().map(|row| id_of(row.as_bytes()).unwrap()));
        after = page.next;
        if after.is_none() {
            return ids;
        }
    }
}

pub(crate) async fn pages_lead_through_ids_of_every_type<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@acme.example").await.unwrap();
    let (one, two) = (json::read("{\"a\":1}").unwrap(), json::read("{\"b\":1}").unwrap());
    // Without a symbol, which the test server takes for no _id.
    let ids = [
        Value::MinKey,
        Value::Null,
        Value::Double(f64::NAN),
        Value::Double(f64::NEG_INFINITY),
        Value::Int64(-3),
        Value::Double(-0.0),
        Value::Double(0.5),
        Value::Int32(7),
        Value::Int64(i64::MAX),
        Value::String(b""),
        Value::String(b"A"),
        Value::String("\u{e9}".as_bytes()),
        Value::Document(one.as_bytes()),
        Value::Document(two.as_bytes()),
        // The test server compares their bytes before their length, which is the same here.
        Value::Binary { subtype: 0, bytes: b"0" },
        Value::Binary { subtype: 4, bytes: b"0123456789abcdef" },
        Value::ObjectId([1; 12]),
        Value::ObjectId([2; 12]),
        Value::Boolean(false),
        Value::Boolean(true),
        Value::DateTime(-1),
        Value::DateTime(253_402_300_800_000),
        Value::Timestamp(1),
        Value::Code(b"f()"),
        Value::MaxKey,
    ];
    let documents: Vec<_> = ids.iter().map(with_id).collect();
    // Not in their order.
    let (late, early) = documents.split_at(9);
    insert(store, &acme, early).await;
    insert(store, &acme, late).await;
    let sorted: Vec<OwnedValue> = ids.iter().map(OwnedValue::new).collect();
    let keys = |ids: &[OwnedValue]| ids.iter().map(|id| order::key(&id.get()).unwrap()).collect::<Vec<_>>();
    assert!(keys(&sorted).is_sorted());
    let mut turned = sorted.clone();
    turned.reverse();
    for limit in [1, 2, 5, 100] {
        assert_eq!(keys(&paged(store, &acme, limit, false).await), keys(&sorted), "{limit}");
        assert_eq!(keys(&paged(store, &acme, limit, true).await), keys(&turned), "{limit}");
    }
    for (id, document) in sorted.iter().zip(&documents) {
        let found = store.document(&acme, id).await.unwrap();
        assert_eq!(found.as_ref().map(text), Some(text(document)));
    }
}

pub(crate) async fn pages_hold_while_documents_change<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let numbers: Vec<String> = (0..10).map(|n| format!("{{\"_id\":{n}}}")).collect();
    let acme = acme_with(store, &numbers.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let first = store.documents(&acme, &query("", 4)).await.unwrap();
    let gone = DocumentWrite { seen: document("{\"_id\":3}"), new: None };
    store.write_document(&acme, &gone, entry(AuditAction::DocumentDelete, at(3))).await.unwrap();
    insert(store, &acme, &[document("{\"_id\":2.5}"), document("{\"_id\":3.5}")]).await;
    let rest = DocumentQuery { after: first.next, ..query("", 4) };
    let rest = store.documents(&acme, &rest).await.unwrap();
    let texts: Vec<String> = rest
        .rows
        .iter()
        .map(|row| json::value_to_string(&id_of(row.as_bytes()).unwrap().get(), json::Form::Relaxed))
        .collect();
    assert_eq!(texts, ["3.5", "4", "5", "6"], "nothing twice, nothing left out");
}

pub(crate) async fn queries_find_sort_and_count<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = acme_with(
        store,
        &[
            r#"{"_id":1,"kind":"invoice","total":30}"#,
            r#"{"_id":2,"kind":"invoice","total":10}"#,
            r#"{"_id":3,"kind":"note"}"#,
            r#"{"_id":4,"kind":"Invoice","total":[5,50]}"#,
        ],
    )
    .await;
    let ids =
        |rows: Vec<RawDocumentBuf>| rows.iter().map(|row| row.get_i32("_id").unwrap()).collect::<Vec<_>>();
    let found = async |wanted: DocumentQuery| ids(store.documents(&acme, &wanted).await.unwrap().rows);
    assert_eq!(found(query("kind:invoice", 9)).await, [1, 2], "bytes are compared, not cases");
    assert_eq!(found(query(r#"{"_id":{"$in":[4,1,9]},"total":{"$gte":30}}"#, 9)).await, [1, 4]);
    assert_eq!(found(DocumentQuery { reverse: true, ..query("", 2) }).await, [4, 3]);
    for (descending, expected) in [(false, [3, 4, 2]), (true, [4, 1, 2])] {
        let sort = Some(Sort::new("total", descending).unwrap());
        let page = store.documents(&acme, &DocumentQuery { sort, ..query("", 3) }).await.unwrap();
        assert_eq!((ids(page.rows), page.next), (expected.to_vec(), None));
    }
    for (filter, count) in [("", 4), ("kind:invoice", 2), ("total:>20", 2), ("kind:none", 0)] {
        let query = Query::parse(filter).unwrap();
        assert_eq!(store.count_documents(&acme, &query, TIME).await.unwrap(), count, "{filter}");
    }
    let sizes = store.size(&acme).await.unwrap();
    assert_eq!(sizes.documents, 4);
}

pub(crate) async fn a_sorted_page_says_that_its_bytes_cut_it<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let big = "x".repeat(7 << 20);
    let documents = [3, 1, 2].map(|total| format!(r#"{{"_id":{total},"total":{total},"t":"{big}"}}"#));
    let acme = create(store, "Acme", "ann@acme.example").await.unwrap();
    for text in &documents {
        insert(store, &acme, &[document(text)]).await;
    }
    for (limit, found, is_cut) in [(1, 1, false), (2, 2, false), (3, 2, true), (9, 2, true)] {
        let sort = Some(Sort::new("total", false).unwrap());
        let page = store.documents(&acme, &DocumentQuery { sort, ..query("", limit) }).await.unwrap();
        let ids: Vec<i32> = page.rows.iter().map(|row| row.get_i32("_id").unwrap()).collect();
        assert_eq!((ids, page.next.is_some()), ((1..=found).collect(), is_cut), "{limit}");
    }
}

pub(crate) async fn each_insert_is_done_or_refused_by_itself<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = acme_with(store, &[r#"{"_id":"a","n":1}"#]).await;
    let batch: Vec<_> = [
        r#"{"_id":"b"}"#,
        r#"{"_id":"a","n":2}"#,
        r#"{"_id":{"$numberLong":"5"},"$set":{"x":1},"at":{"$timestamp":{"t":0,"i":0}}}"#,
        r#"{"_id":5}"#,
    ]
    .iter()
    .map(|text| document(text))
    .collect();
    let audit = entry(AuditAction::DocumentInsert, at(5));
    let outcomes = store.insert_documents(&acme, &batch, audit.clone()).await.unwrap();
    let exists = |id: &str| Err(Error::DocumentExists(id.to_owned()));
    assert_eq!(outcomes, [Ok(()), exists("\"a\""), Ok(()), exists("5")]);
    let five = store.document(&acme, &OwnedValue::new(&Value::Int32(5))).await.unwrap().unwrap();
    assert_eq!(text(&five), text(&batch[2]), "$ in front and an empty timestamp stay");
    assert_eq!(newest(store, 1).await[0].id, audit.id);
    let again = entry(AuditAction::DocumentInsert, at(6));
    let outcomes = store.insert_documents(&acme, &batch[1..2], again).await.unwrap();
    assert_eq!(outcomes, [exists("\"a\"")]);
    assert_eq!(newest(store, 1).await[0].id, audit.id, "nothing was written");
}

pub(crate) async fn a_write_needs_the_bytes_that_were_read<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = acme_with(store, &[r#"{"_id":1,"a":1,"b":2}"#]).await;
    let id = OwnedValue::new(&Value::Int32(1));
    let seen = store.document(&acme, &id).await.unwrap().unwrap();
    let mut second = 4;
    let mut write = async |seen: &RawDocumentBuf, new: Option<&str>| {
        // Entries of one moment have no order.
        second += 1;
        let write = DocumentWrite { seen: seen.clone(), new: new.map(document) };
        let audit = entry(AuditAction::DocumentReplace, at(second));
        let done = store.write_document(&acme, &write, audit.clone()).await;
        assert_eq!(newest(store, 1).await[0].id == audit.id, done.is_ok(), "recorded if done");
        done
    };
    for other in [r#"{"_id":1,"a":1.0,"b":2}"#, r#"{"_id":1,"b":2,"a":1}"#] {
        assert_eq!(
            write(&document(other), Some("{\"_id\":1}")).await,
            Err(Error::DocumentChanged),
            "{other}"
        );
        assert_eq!(write(&document(other), None).await, Err(Error::DocumentChanged), "{other}");
    }
    let new = r#"{"_id":1,"$set":{"x":{"$numberLong":"3"}},"at":{"$timestamp":{"t":0,"i":0}}}"#;
    write(&seen, Some(new)).await.unwrap();
    let now = store.document(&acme, &id).await.unwrap().unwrap();
    assert_eq!(text(&now), text(&document(new)));
    assert_eq!(write(&seen, None).await, Err(Error::DocumentChanged));
    write(&now, None).await.unwrap();
    assert_eq!(write(&now, None).await, Err(Error::DocumentNotFound));
    assert_eq!(store.document(&acme, &id).await.unwrap(), None);
    assert_eq!(store.size(&acme).await.unwrap().documents, 0);
}

pub(crate) async fn only_one_of_many_writes_of_a_document_succeeds<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = acme_with(store, &[r#"{"_id":1,"n":0}"#]).await;
    let seen = document(r#"{"_id":1,"n":0}"#);
    let writes = (1..=6).map(|n| {
        let new = (n < 6).then(|| document(&format!("{{\"_id\":1,\"n\":{n}}}")));
        let write = DocumentWrite { seen: seen.clone(), new };
        let acme = &acme;
        async move { store.write_document(acme, &write, entry(AuditAction::DocumentReplace, at(5))).await }
    });
    let outcomes = futures_util::future::join_all(writes).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    for refused in outcomes.into_iter().filter_map(Result::err) {
        assert!(matches!(refused, Error::DocumentChanged | Error::DocumentNotFound), "{refused:?}");
    }
}

/// A call with an old name must never read another collection, nor bring the name back.
pub(crate) async fn a_call_behind_a_rename_does_nothing<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let old = acme_with(store, &["{\"_id\":1}"]).await;
    update(store, &old, &to_name("Zephyr")).await.unwrap();
    let missing = || Error::CollectionMissing("org_acme".to_owned());
    let is_refused = async || {
        let audit = || entry(AuditAction::DocumentInsert, at(5));
        assert_eq!(store.documents(&old, &query("", 9)).await.unwrap_err(), missing());
        let filter = Query::parse("a:1").unwrap();
        assert_eq!(store.count_documents(&old, &filter, TIME).await, Err(missing()));
        assert_eq!(store.document(&old, &OwnedValue::new(&Value::Int32(1))).await, Err(missing()));
        let new = [document("{\"_id\":2}")];
        assert_eq!(store.insert_documents(&old, &new, audit()).await, Err(missing()));
        let write = DocumentWrite { seen: document("{\"_id\":1}"), new: None };
        let refused = store.write_document(&old, &write, audit()).await;
        assert_eq!(refused, Err(missing()));
    };
    is_refused().await;
    assert_eq!(harness.collections().await, ["org_zephyr"]);
    create(store, "Acme", "bob@acme.example").await.unwrap();
    is_refused().await;
    let zephyr = by_name(store, "Zephyr").await.unwrap();
    let marker = store.document(&zephyr, &OwnedValue::new(&Value::String(b"_tenantry"))).await;
    assert_eq!(marker.unwrap(), None, "the marker is no document");
}

/// L13: dropped, and made anew by another program.
pub(crate) async fn a_collection_that_is_not_its_own_any_more_is_missing<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = acme_with(store, &["{\"_id\":1}"]).await;
    harness.drop_collection("org_acme").await;
    let missing = || Error::CollectionMissing("org_acme".to_owned());
    for is_made_anew in [false, true] {
        if is_made_anew {
            harness.put_foreign("org_acme").await;
            harness.put("org_acme", "1").await;
        }
        let entries = newest(store, 100).await.len();
        let audit = || entry(AuditAction::DocumentInsert, at(5));
        assert_eq!(store.documents(&acme, &query("", 9)).await.unwrap_err(), missing(), "{is_made_anew}");
        let filter = Query::parse("number:1").unwrap();
        assert_eq!(store.count_documents(&acme, &filter, TIME).await, Err(missing()), "{is_made_anew}");
        for id in [Value::Int32(1), Value::String(b"1"), Value::String(b"foreign")] {
            assert_eq!(store.document(&acme, &OwnedValue::new(&id)).await, Err(missing()), "{is_made_anew}");
        }
        let new = [document("{\"_id\":2}")];
        assert_eq!(store.insert_documents(&acme, &new, audit()).await, Err(missing()), "{is_made_anew}");
        for new in [None, Some(document("{\"_id\":\"1\"}"))] {
            let write = DocumentWrite { seen: document("{\"_id\":\"1\",\"number\":1}"), new };
            assert_eq!(store.write_document(&acme, &write, audit()).await, Err(missing()), "{is_made_anew}");
        }
        assert_eq!(store.size(&acme).await, Err(missing()), "{is_made_anew}");
        assert_eq!(store.stats(&acme).await, Err(missing()), "{is_made_anew}");
        assert_eq!(store.collection_metadata(&acme).await, Err(missing()), "{is_made_anew}");
        assert_eq!(newest(store, 100).await.len(), entries, "{is_made_anew}: no entry of what was not done");
        let there: &[&str] = if is_made_anew { &["org_acme"] } else { &[] };
        assert_eq!(harness.collections().await, there);
    }
    assert_eq!(harness.ids("org_acme").await, ["1", "foreign"]);
}
