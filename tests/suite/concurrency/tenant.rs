//! A tenant's own application, which knows nothing of tenantry and writes by the name of the collection, while that
//! is renamed with very many documents in it: whatever was acknowledged to it is there afterwards.

use crate::common::mongo::TestDatabase;
use crate::common::suite::*;
use mongodb::Client;
use mongodb::bson::{Document, doc};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::task::JoinHandle;

const DOCUMENTS: i32 = 20_000;
const WRITERS: usize = 3;
const RENAMES: usize = 4;
/// Documents that each writer still writes once the rename is done.
const AFTERWARDS: usize = 20;

async fn fill(database: &TestDatabase, collection: &str) {
    let documents = database.direct.collection::<Document>(collection);
    let index = mongodb::IndexModel::builder().keys(doc! {"number": 1}).build();
    documents.create_index(index).await.unwrap();
    for first in (0..DOCUMENTS).step_by(2_000) {
        let some = (first..first + 2_000).map(|number| {
            doc! {"_id": format!("d{number:05}"), "number": number, "text": "as long as a line of text is"}
        });
        documents.insert_many(some).await.unwrap();
    }
}

/// Inserts by name until it is over, and a little longer; answers what was acknowledged.
fn write(
    database: &TestDatabase,
    collection: String,
    who: String,
    is_over: Arc<AtomicBool>,
) -> JoinHandle<Vec<String>> {
    let (uri, name) = (database.uri.clone(), database.name.clone());
    tokio::spawn(async move {
        let own = Client::with_uri_str(&uri).await.unwrap().database(&name);
        let documents = own.collection::<Document>(&collection);
        let mut written = Vec::new();
        let mut left = AFTERWARDS;
        while left > 0 {
            if is_over.load(Ordering::SeqCst) {
                left -= 1;
            }
            let id = format!("{who} {:05}", written.len());
            documents.insert_one(doc! {"_id": &id}).await.unwrap();
            written.push(id);
        }
        written
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_document_is_lost_when_a_tenant_writes_through_renames_of_20_000() {
    let database = TestDatabase::new().await;
    let store = database.store();
    initialize(&*store).await;
    let mut now = create(&*store, "Org 0", "ann@x").await.unwrap();
    fill(&database, "org_org_0").await;
    let mut written: BTreeSet<String> = (0..DOCUMENTS).map(|number| format!("d{number:05}")).collect();
    for round in 1..=RENAMES {
        let is_over = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (collection, who) = (now.collection_name().to_owned(), format!("r{round} w{writer}"));
                write(&database, collection, who, Arc::clone(&is_over))
            })
            .collect();
        // The rename begins in the middle of what they write.
        while database.count(now.collection_name(), &format!("r{round} w0 00005")).await == 0 {
            tokio::task::yield_now().await;
        }
        now = update(&*store, &now, &to_name(&*store, &format!("Org {round}"))).await.unwrap();
        is_over.store(true, Ordering::SeqCst);
        for writer in writers {
            written.extend(writer.await.unwrap());
        }
    }
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut strays = 0;
    for collection in database.organization_collections().await {
        for document in database.all(&collection).await {
            let id = document.get_str("_id").unwrap().to_owned();
            strays += usize::from(collection != now.collection_name());
            if id != "_tenantry" {
                let twice = found.insert(id, collection.clone());
                assert_eq!(twice, None, "{document} is in {collection} too");
            }
        }
    }
    let lost: Vec<&String> = written.iter().filter(|id| !found.contains_key(*id)).collect();
    assert!(lost.is_empty(), "{} of {} are lost: {lost:?}", lost.len(), written.len());
    assert_eq!(found.len(), written.len(), "and nothing else is there");
    let moved = (0..DOCUMENTS).all(|number| found[&format!("d{number:05}")] == now.collection_name());
    assert!(moved, "what was there before went along");
    let documents = database.direct.collection::<Document>(now.collection_name());
    assert_eq!(documents.list_index_names().await.unwrap(), ["_id_", "number_1"]);
    println!("{} documents, {strays} of them written by an old name after its rename", written.len());
}

impl TestDatabase {
    async fn count(&self, collection: &str, id: &str) -> u64 {
        let documents = self.direct.collection::<Document>(collection);
        documents.count_documents(doc! {"_id": id}).await.unwrap()
    }
}
