//! An export while others write: page by page, each bound to the collection that it began with.

use super::Wire;
use super::documents::service_of;
use crate::common::proxy::{Act, Call};
use crate::common::suite::*;
use crate::common::world::{PASSWORD, ROOT};
use mongodb::bson::{Document, doc};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use tenantry::archive::{Archive, Watch};
use tenantry::domain::{AccessToken, AuditAction, Organization};
use tenantry::port::Error;
use tenantry::service::{ExportProgress, ExportRequest, OrganizationReference, TenantService};
use tokio::sync::watch;

/// Documents with the even ids below twice this number.
const COUNT: i32 = 2_500;

struct Ground {
    wire: Wire,
    acme: Organization,
    service: Arc<TenantService>,
    token: AccessToken,
    folder: tempfile::TempDir,
}

impl Ground {
    async fn new() -> Self {
        let (wire, acme, _) = Wire::with_acme().await;
        let documents = (0..COUNT).map(|number| doc! {"_id": number * 2, "n": 0});
        wire.database.direct.collection("org_acme").insert_many(documents).await.unwrap();
        let service = service_of(&wire).await;
        let token = service.sign_in(ROOT, &PASSWORD.into()).await.unwrap().token;
        Self { wire, acme, service, token, folder: tempfile::tempdir().unwrap() }
    }

    fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("a.tar.gz")
    }

    /// Exports; `meanwhile` runs while the second page is on its way.
    async fn export(&self, meanwhile: impl Future<Output = ()>) -> Result<u64, Error> {
        let mut pages = 0;
        self.wire.proxy.reset();
        self.wire.proxy.rule(move |call: &Call| {
            pages += usize::from(call.label() == "find org_" && call.body.contains_key("batchSize"));
            if pages == 2 && call.command == "find" { Act::Hold } else { Act::Pass }
        });
        let request = ExportRequest { to: Some(self.file()), ..ExportRequest::default() };
        let reference = OrganizationReference::Id(self.acme.id);
        let (progress, _heard) = watch::channel(ExportProgress::default());
        let export = self.service.export_organization(&self.token, &reference, &request, &progress);
        let (exported, ()) = tokio::join!(export, async {
            self.wire.proxy.held().await;
            meanwhile.await;
            self.wire.proxy.release();
        });
        exported.map(|exported| exported.documents)
    }

    fn documents(&self) -> mongodb::Collection<Document> {
        self.wire.database.direct.collection("org_acme")
    }
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).unwrap().next().is_none()
}

/// X5: each that was there from the beginning to the end is in it exactly once, also across a rename.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn export_holds_what_stayed_while_others_came_and_went() {
    let ground = Ground::new().await;
    let is_gone = |id: i32| id % 100 == 0;
    let meanwhile = async {
        let documents = ground.documents();
        documents.delete_many(doc! {"_id": {"$mod": [100, 0]}}).await.unwrap();
        documents
            .update_many(doc! {"_id": {"$mod": [6, 0]}}, doc! {"$set": {"n": 1, "more": "x"}})
            .await
            .unwrap();
        documents.insert_many((0..COUNT).map(|id| doc! {"_id": id * 2 + 1})).await.unwrap();
        let acme = by_id(&*ground.wire.plain, ground.acme.id).await.unwrap();
        update(&*ground.wire.plain, &acme, &to_name("Zephyr")).await.unwrap();
    };
    let count = ground.export(meanwhile).await.unwrap();
    let archive = Archive::open(&ground.file(), Watch::default()).unwrap();
    assert_eq!(archive.manifest.documents, count);
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut documents = archive.documents().unwrap();
    while let Some(batch) = documents.next_batch().unwrap() {
        for document in batch {
            *seen.entry(format!("{:?}", document.get("_id").unwrap().unwrap())).or_default() += 1;
        }
    }
    assert!(seen.values().all(|times| *times == 1));
    let stayed = (0..COUNT).map(|number| number * 2).filter(|id| !is_gone(*id));
    let missing: Vec<i32> = stayed.filter(|id| !seen.contains_key(&format!("Int32({id})"))).collect();
    assert_eq!(missing, [] as [i32; 0]);
    let recorded = newest(&*ground.wire.plain, 10).await;
    assert!(recorded.iter().any(|entry| entry.action == AuditAction::OrganizationExport));
}

/// X5: the collection goes, or another one takes its name: no file, and no entry of an export.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn export_of_a_collection_that_goes_leaves_no_file() {
    for is_made_anew in [false, true] {
        let ground = Ground::new().await;
        let meanwhile = async {
            ground.documents().drop().await.unwrap();
            if is_made_anew {
                ground.documents().insert_one(doc! {"_id": 5_000}).await.unwrap();
            }
        };
        let refused = ground.export(meanwhile).await;
        assert_eq!(refused, Err(Error::CollectionMissing("org_acme".into())), "{is_made_anew}");
        assert!(is_empty(ground.folder.path()), "{is_made_anew}");
        let recorded = newest(&*ground.wire.plain, 10).await;
        assert!(recorded.iter().all(|entry| entry.action != AuditAction::OrganizationExport));
    }
}
