//! The doctor: every way in which others can make records and collections untrue to each other is found, told with
//! what it means, and mended where nothing is lost by it; what is not tenantry's is never dropped.

mod choices;
mod embedded;
mod meanwhile;
mod one_each;
mod overtaken;
mod records;
mod restore;

use crate::common::mongo::{self, TestDatabase};
use crate::common::suite::{at, create, entry, initialize};
use mongodb::bson::{Bson, Document, doc};
use std::sync::Arc;
use tenantry::domain::{Examination, Finding, Invariant, Mended, Organization, Problem, Progress, Remedy};
use tenantry::service::store::{AuditAction, Store};
use tenantry::store::mongo::MongoStore;
use tokio::sync::watch;

/// Looks at everything.
async fn examine(store: &dyn Store) -> Examination {
    let (progress, heard) = watch::channel(Progress::default());
    let examination = store.examine(&progress).await.unwrap();
    let told = *heard.borrow();
    assert_eq!((told.organizations, told.collections), (examination.organizations, examination.collections));
    examination
}

impl Clinic {
    /// What is found, without what is not there: SecantusDB, under load, lists the source of an acknowledged rename
    /// again, empty.
    async fn findings(&self) -> Vec<Finding> {
        self.without_what_is_gone(examine(&*self.store).await.findings).await
    }

    async fn without_what_is_gone(&self, all: Vec<Finding>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for finding in all {
            let collection = finding.collection_name.clone().unwrap_or_default();
            let is_of_nobody = finding.problem.invariant() == Invariant::I2;
            if !is_of_nobody || !self.database.all(&collection).await.is_empty() {
                findings.push(finding);
            }
        }
        findings
    }
}

async fn problems(store: &dyn Store) -> Vec<Problem> {
    examine(store).await.findings.into_iter().map(|finding| finding.problem).collect()
}

async fn mend(store: &dyn Store, finding: &Finding) -> Mended {
    store.mend(finding, entry(AuditAction::Repair, at(200))).await.unwrap()
}

/// Mends what is safe, as `--repair` does; answers what is left.
async fn mend_all(store: &dyn Store) -> Vec<Finding> {
    for finding in examine(store).await.findings {
        if finding.problem.remedy() == Remedy::Safe {
            assert_eq!(mend(store, &finding).await, Mended::Done, "{finding:?}");
        }
    }
    examine(store).await.findings
}

/// A store on a server with two organizations.
struct Clinic {
    database: TestDatabase,
    store: Arc<MongoStore>,
    acme: Organization,
}

impl Clinic {
    async fn new() -> Self {
        let database = TestDatabase::new().await;
        let store = database.store();
        initialize(&*store).await;
        store.store_id().await.unwrap().unwrap();
        let acme = create(&*store, "Acme", "ann@x").await.unwrap();
        create(&*store, "Zephyr", "zoe@x").await.unwrap();
        let clinic = Self { database, store, acme };
        clinic.all("org_acme").insert_one(doc! {"_id": "kept"}).await.unwrap();
        clinic
    }

    fn all(&self, collection: &str) -> mongodb::Collection<Document> {
        self.database.direct.collection(collection)
    }

    fn acme(&self) -> Document {
        doc! {"_id": binary(self.acme.id.0)}
    }

    async fn set(&self, update: Document) {
        let updated = self.all("organizations").update_one(self.acme(), update).await.unwrap();
        assert_eq!(updated.matched_count, 1);
    }

    async fn record(&self) -> Document {
        self.all("organizations").find_one(self.acme()).await.unwrap().unwrap()
    }

    async fn rename(&self, from: &str, to: &str) {
        let name = &self.database.name;
        let command = doc! {"renameCollection": format!("{name}.{from}"), "to": format!("{name}.{to}")};
        self.database.direct.client().database("admin").run_command(command).await.unwrap();
    }

    async fn ids(&self, collection: &str) -> Vec<String> {
        let all = self.database.all(collection).await;
        all.iter().map(|document| document.get_str("_id").unwrap_or("?").to_owned()).collect()
    }

    /// Acme is whole again, with the document that it had.
    async fn assert_whole(&self, when: &str) {
        assert_eq!(self.findings().await, [], "{when}");
        let record = self.record().await;
        assert_eq!(record.get_str("state").unwrap(), "active", "{when}");
        let collection = record.get_str("collection_name").unwrap();
        assert_eq!(self.ids(collection).await, ["_tenantry", "kept"], "{when}");
    }
}

/// A rename of Acme to Borealis that is about to move the collection.
fn to_borealis(epoch: i64, unclean: bool) -> Document {
    let names = |name: &str, key: &str| {
        doc! {
            "organization_name": name, "name_key": key, "slug": key, "collection_name": format!("org_{key}"),
            "admin_email": "ann@x", "email_key": "ann@x",
        }
    };
    let id = || binary(uuid::Uuid::new_v4());
    doc! {
        "id": id(), "kind": "update", "phase": "moving", "epoch": epoch, "attempts": [],
        "from": names("Acme", "acme"), "to": names("Borealis", "borealis"), "admin_changes": {},
        "admin_version": 1_i64, "unclean": unclean, "actor": "root@example.com",
        "audit": {"_id": id(), "action": "organization_update"},
    }
}

fn binary(id: uuid::Uuid) -> Bson {
    use mongodb::bson::{Binary, spec::BinarySubtype};
    Bson::Binary(Binary { subtype: BinarySubtype::Uuid, bytes: id.as_bytes().to_vec() })
}
