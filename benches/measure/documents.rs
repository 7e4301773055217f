//! Documents: pages and queries against the bare store.

use crate::ROUNDS;
use crate::binary::timed;
use crate::common::mongo::TestDatabase;
use crate::common::suite::{at, create, entry, initialize};
use crate::table::Table;
use bson::{RawDocumentBuf, rawdoc};
use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};
use std::time::{Duration, Instant};
use tenantry::domain::document::Query;
use tenantry::domain::{AuditAction, DatabaseName, Organization};
use tenantry::port::{DocumentQuery, Documents, Store};
use tenantry::store::embedded::EmbeddedStore;

/// Documents that are inserted at a time.
pub(crate) const BATCH: usize = 1_000;
const TIME: Duration = Duration::from_mins(10);

fn document(number: usize) -> RawDocumentBuf {
    rawdoc! {
        "_id": format!("ORD-{number:08}"),
        "kind": if number.is_multiple_of(3) { "invoice" } else { "note" },
        "total": i32::try_from(number % 10_000).unwrap_or(0),
        "lines": [{"sku": "A1", "count": 2}, {"sku": "B2", "count": 1}],
    }
}

pub(crate) async fn fill(store: &dyn Store, organization: &Organization, count: usize) {
    let numbers: Vec<usize> = (0..count).collect();
    for part in numbers.chunks(BATCH) {
        let documents: Vec<RawDocumentBuf> = part.iter().map(|number| document(*number)).collect();
        let audit = entry(AuditAction::DocumentInsert, at(1));
        store.insert_documents(organization, &documents, audit).await.unwrap();
    }
}

/// The first page of documents.
fn page() -> DocumentQuery {
    let filter = Query::parse("").unwrap();
    DocumentQuery { filter, sort: None, reverse: false, after: None, limit: 100, time: TIME }
}

async fn first_page(store: &dyn Documents, organization: &Organization) -> Duration {
    let began = Instant::now();
    assert_eq!(store.documents(organization, &page()).await.unwrap().rows.len(), 100);
    began.elapsed()
}

/// A query that no index answers.
async fn counted(store: &dyn Documents, organization: &Organization, count: usize) -> Duration {
    let query = Query::parse("kind:invoice total:>=0").unwrap();
    let began = Instant::now();
    let found = store.count_documents(organization, &query, TIME).await.unwrap();
    assert_eq!(found, count.div_ceil(3) as u64);
    began.elapsed()
}

pub(crate) async fn embedded(table: &mut Table, documents: usize) {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::new(folder.path(), &DatabaseName::default());
    initialize(&store).await;
    let small = create(&store, "Small", "small@x.example").await.unwrap();
    let large = create(&store, "Large", "large@x.example").await.unwrap();
    fill(&store, &small, BATCH).await;
    let began = Instant::now();
    fill(&store, &large, documents).await;
    table.times(&format!("embedded: {documents} documents inserted"), &[began.elapsed()], None);
    let mut pages = Vec::new();
    for _ in 0..ROUNDS {
        pages.push((first_page(&store, &large).await, first_page(&store, &small).await));
    }
    table.ratios(&format!("embedded: first page, {documents} documents / {BATCH}"), &pages, Some(1.2));
    let file = rusqlite::Connection::open(folder.path().join("tenantry.db")).unwrap();
    let mut queries = Vec::new();
    for _ in 0..3 {
        let bare = timed(|| bare_scan(&file, documents));
        queries.push((counted(&store, &large, documents).await, bare));
    }
    table.ratios(&format!("embedded: a query over {documents} / reading their bytes"), &queries, None);
}

fn bare_scan(file: &rusqlite::Connection, documents: usize) {
    let sql = "SELECT doc FROM documents WHERE collection_id = (SELECT max(id) FROM collections) ORDER BY id_key \
               LIMIT ?1";
    let mut statement = file.prepare(sql).unwrap();
    let most = i64::try_from(documents).unwrap();
    let read = statement.query_map([most], |row| row.get::<_, Vec<u8>>(0)).unwrap();
    assert!(read.map(|document| document.unwrap().len()).sum::<usize>() > documents);
}

pub(crate) async fn mongodb(table: &mut Table, documents: usize) {
    let database = TestDatabase::new().await;
    let store = database.store();
    initialize(&*store).await;
    let large = create(&*store, "Large", "large@x.example").await.unwrap();
    fill(&*store, &large, documents).await;
    let bare = database.direct.collection::<Document>(large.collection_name());
    let (mut pages, mut queries) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let read = bare.find(doc! {}).sort(doc! {"_id": 1}).limit(100).await.unwrap();
        assert_eq!(read.try_collect::<Vec<Document>>().await.unwrap().len(), 100);
        let time = began.elapsed();
        pages.push((first_page(&*store, &large).await, time));
    }
    table.ratios(
        &format!("mongodb: first page of {documents} documents / the bare driver"),
        &pages,
        Some(1.1),
    );
    for _ in 0..3 {
        let filter = doc! {"kind": "invoice", "total": {"$gte": 0}};
        let began = Instant::now();
        assert_eq!(bare.count_documents(filter).await.unwrap(), documents.div_ceil(3) as u64);
        let time = began.elapsed();
        queries.push((counted(&*store, &large, documents).await, time));
    }
    table.ratios(&format!("mongodb: a query over {documents} / the bare driver"), &queries, Some(1.1));
}
