//! Export of an organization while it changes, and when nobody waits for it any more.

use super::*;
use std::collections::HashMap;
use tenantry::archive::{Archive, Watch};
use tenantry::domain::AuditEntry;
use tenantry::domain::document::{Builder, RawDocumentBuf, Value};
use tenantry::port::{DocumentWrite, Documents};
use tenantry::service::{ExportProgress, ExportRequest};
use tokio::sync::watch;

fn document(id: i32, text: &[u8]) -> RawDocumentBuf {
    let mut builder = Builder::default();
    builder.put(b"_id", &Value::Int32(id)).put(b"text", &Value::String(text));
    RawDocumentBuf::from_bytes(builder.finish()).unwrap()
}

async fn entry(world: &World) -> AuditEntry {
    let entry = world.store.audit(&AuditQuery::newest(1)).await.unwrap().rows.remove(0);
    AuditEntry { id: OperationId::random().0, action: AuditAction::DocumentInsert, ..entry }
}

async fn put(world: &World, acme: &Organization, ids: impl Iterator<Item = i32>) {
    let documents: Vec<_> = ids.map(|id| document(id, &[b'x'; 200])).collect();
    for batch in documents.chunks(1_000) {
        let put = world.store.insert_documents(acme, batch, entry(world).await).await.unwrap();
        assert!(put.iter().all(Result::is_ok));
    }
}

async fn filled(count: i32) -> (World, AccessToken, Organization) {
    let (world, root, _) = two_organizations().await;
    let acme = world.service.organization(&root, &by_name("Acme")).await.unwrap();
    put(&world, &acme, (0..count).map(|number| number * 2)).await;
    (world, root, acme)
}

/// X5: each document that was there from the beginning to the end is in it exactly once.
#[tokio::test(flavor = "multi_thread")]
async fn export_holds_what_stayed_while_others_came_and_went() {
    let (world, root, acme) = filled(8_000).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.tar.gz");
    let request = ExportRequest { to: Some(file.clone()), ..ExportRequest::default() };
    let (progress, mut heard) = watch::channel(ExportProgress::default());
    let acme_now = by_name("Acme");
    let export = world.service.export_organization(&root, &acme_now, &request, &progress);
    let change = async {
        heard.changed().await.unwrap();
        put(&world, &acme, (0..1_000).map(|number| number * 16 + 1)).await;
        for id in (0..8_000).step_by(400) {
            let write = DocumentWrite { seen: document(id * 2, &[b'x'; 200]), new: None };
            world.store.write_document(&acme, &write, entry(&world).await).await.unwrap();
        }
        // A rename meanwhile does not end it.
        let renamed = update(&world, &world.root().await, "Acme", rename("Acme Labs")).await;
        renamed.unwrap();
    };
    let (exported, ()) = tokio::join!(export, change);
    let exported = exported.unwrap();
    let archive = Archive::open(&file, Watch::default()).unwrap();
    assert_eq!(archive.manifest.documents, exported.documents);
    let mut seen: HashMap<i32, usize> = HashMap::new();
    let mut documents = archive.documents().unwrap();
    while let Some(batch) = documents.next_batch().unwrap() {
        for document in batch {
            *seen.entry(document.get_i32("_id").unwrap()).or_default() += 1;
        }
    }
    assert!(seen.values().all(|times| *times == 1));
    let stayed = (0..8_000).filter(|id| id % 400 != 0).map(|id| id * 2);
    assert!(stayed.clone().all(|id| seen.contains_key(&id)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_nobody_waits_for_leaves_no_file_and_no_entry() {
    let (world, root, _) = filled(6_000).await;
    let folder = tempfile::tempdir().unwrap();
    let request = ExportRequest { to: Some(folder.path().join("a.tar.gz")), ..ExportRequest::default() };
    let (progress, mut heard) = watch::channel(ExportProgress::default());
    let acme = by_name("Acme");
    tokio::select! {
        _ = world.service.export_organization(&root, &acme, &request, &progress) => panic!("it ended first"),
        heard = heard.changed() => heard.unwrap(),
    }
    world.service.writes_end().await;
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let entry = world.store.audit(&AuditQuery::newest(1)).await.unwrap().rows.remove(0);
    assert_ne!(entry.action, AuditAction::OrganizationExport);
}

/// What a tenant's data goes to is recorded before the file has its name.
#[tokio::test]
async fn an_export_onto_what_came_meanwhile_is_refused() {
    let (world, root, _) = filled(10).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.tar.gz");
    let request = ExportRequest { to: Some(file.clone()), ..ExportRequest::default() };
    let (progress, mut heard) = watch::channel(ExportProgress::default());
    let acme = by_name("Acme");
    let export = world.service.export_organization(&root, &acme, &request, &progress);
    let write = async {
        heard.changed().await.unwrap();
        std::fs::write(&file, "mine").unwrap();
    };
    let (refused, ()) = tokio::join!(export, write);
    assert_eq!(refused.unwrap_err().code(), "usage");
    assert_eq!(std::fs::read(&file).unwrap(), b"mine");
}
