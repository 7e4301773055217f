//! The number of documents that a read examines on the server does not grow with the number of organizations: the test
//! reads tenantry's commands on the wire and has the server explain them.

use crate::common::mongo::{LEASE, TestDatabase};
use crate::common::proxy::Proxy;
use crate::common::suite::{at, hash, initialize};
use mongodb::bson::{Bson, Document, doc};
use std::sync::Arc;
use tenantry::demo::seed;
use tenantry::domain::{OrganizationId, SortKey, Status};
use tenantry::port::{Accounts, Audit, AuditQuery, Doctor, Lookup, OrganizationQuery, Organizations, Store};
use tenantry::store::mongo::MongoStore;

/// Enough that a scan cannot be mistaken for a look-up by a key.
const ORGANIZATIONS: usize = 400;
/// Rows of a page.
const LIMIT: usize = 10;

struct Observed {
    database: TestDatabase,
    proxy: Proxy,
    store: Arc<MongoStore>,
}

impl Observed {
    async fn new() -> Self {
        let database = TestDatabase::new().await;
        let plain = database.store();
        initialize(&*plain).await;
        seed::mongo(&plain, ORGANIZATIONS, 0, &hash("first"), at(0)).await.unwrap();
        let proxy = Proxy::start(&database.uri).await;
        let store = database.store_at(proxy.uri(), LEASE);
        store.store_id().await.unwrap();
        proxy.reset();
        Self { database, proxy, store }
    }

    /// What each `find` examined that was sent since the last time.
    async fn examined(&self) -> Vec<(String, i64, i64)> {
        let mut all = Vec::new();
        for call in self.proxy.calls().into_iter().filter(|call| call.command == "find") {
            let fields = ["find", "filter", "sort", "limit", "projection"];
            let command: Document = call
                .body
                .iter()
                .filter(|(field, _)| fields.contains(&field.as_str()))
                .map(|(field, value)| (field.clone(), value.clone()))
                .collect();
            let explain = doc! {"explain": command, "verbosity": "executionStats"};
            let plan = self.database.direct.run_command(explain).await.unwrap();
            let stats = plan.get_document("executionStats").unwrap();
            let number = |field: &str| match stats.get(field) {
                Some(Bson::Int32(number)) => i64::from(*number),
                Some(Bson::Int64(number)) => *number,
                other => panic!("{field}: {other:?}"),
            };
            all.push((call.target, number("totalKeysExamined"), number("totalDocsExamined")));
        }
        self.proxy.reset();
        all
    }

    async fn assert_bounded(&self, what: &str, most: usize) {
        let most = i64::try_from(most).unwrap();
        let examined = self.examined().await;
        assert!(!examined.is_empty(), "{what}: a find was sent");
        for (collection, keys, documents) in examined {
            assert!(
                keys <= most && documents <= most,
                "{what}: {collection}: {keys} keys, {documents} documents"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lookup_examines_only_what_it_finds() {
    let observed = Observed::new().await;
    let all = OrganizationQuery { status: None, sort: SortKey::Name, reverse: false, after: None, limit: 1 };
    let one = observed.store.page(&all).await.unwrap().rows.remove(0);
    observed.assert_bounded("the first row", 2).await;
    observed.store.find(&Lookup::Id(one.id)).await.unwrap().unwrap();
    observed.assert_bounded("by id", 1).await;
    observed.store.find(&Lookup::NameKey(one.name_key.clone())).await.unwrap().unwrap();
    observed.assert_bounded("by name", 1).await;
    assert_eq!(observed.store.find(&Lookup::Id(OrganizationId(uuid::Uuid::nil()))).await.unwrap(), None);
    observed.assert_bounded("by an id that nobody has", 1).await;
    assert_eq!(observed.store.deleted_with_name("nobody", 5).await.unwrap(), []);
    observed.assert_bounded("the trash by name", 1).await;
    assert_eq!(observed.store.recover().await.unwrap(), 0);
    observed.assert_bounded("what has to be recovered", 5).await;
    observed.store.purge_expired(at(0), 10).await.unwrap();
    observed.assert_bounded("what is due", 1).await;
    observed.store.account_by_email("nobody@x").await.unwrap();
    observed.store.audit(&AuditQuery::newest(5)).await.unwrap();
    observed.assert_bounded("the newest entries of the audit", 6).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_examines_its_rows_and_one_more() {
    let observed = Observed::new().await;
    for sort in [SortKey::Name, SortKey::Created, SortKey::Updated] {
        for reverse in [false, true] {
            let mut query = OrganizationQuery { status: None, sort, reverse, after: None, limit: LIMIT };
            for page in 1..=3 {
                let what = format!("page {page} by {sort:?}, reverse {reverse}");
                let found = observed.store.page(&query).await.unwrap();
                assert_eq!(found.rows.len(), LIMIT, "{what}");
                // The bound of a later page is entered at the row before it.
                observed.assert_bounded(&what, LIMIT + 2).await;
                query.after = found.next;
            }
        }
    }
    for status in [Status::Deleted, Status::Renaming] {
        let query = OrganizationQuery {
            status: Some(status),
            sort: SortKey::Name,
            reverse: false,
            after: None,
            limit: LIMIT,
        };
        assert!(observed.store.page(&query).await.unwrap().rows.is_empty());
        observed.assert_bounded(&format!("none that is {status}"), 2).await;
    }
}
