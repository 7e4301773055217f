//! The same on the embedded store, whose file another program wrote to.

use super::{examine, mend, mend_all};
use crate::common::suite::*;
use rusqlite::Connection;
use tenantry::domain::{Finding, Mended, Problem, Remedy, Severity, State};
use tenantry::service::Error;
use tenantry::service::store::{AuditAction, AuditQuery, Store};
use tenantry::store::embedded::{EmbeddedStore, FILE_NAME};

struct Clinic {
    folder: tempfile::TempDir,
    store: EmbeddedStore,
}

impl Clinic {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = EmbeddedStore::new(folder.path(), "master_db");
        initialize(&store).await;
        create(&store, "Acme", "ann@x").await.unwrap();
        create(&store, "Zephyr", "zoe@x").await.unwrap();
        let clinic = Self { folder, store };
        clinic.run("INSERT INTO documents SELECT id, 'kept', '{}' FROM collections WHERE name = 'org_acme'");
        clinic
    }

    /// Past tenantry, and past the keys between its tables.
    fn run(&self, sql: &str) {
        let db = Connection::open(self.folder.path().join(FILE_NAME)).unwrap();
        db.pragma_update(None, "foreign_keys", "OFF").unwrap();
        db.execute_batch(sql).unwrap();
    }

    async fn only(&self) -> Finding {
        let found = examine(&self.store).await.findings;
        assert_eq!(found.len(), 1, "{found:?}");
        found.into_iter().next().unwrap()
    }

    async fn documents(&self) -> u64 {
        let acme = by_name(&self.store, "Acme").await.unwrap();
        self.store.figures(&acme).await.unwrap().documents
    }
}

#[tokio::test]
async fn a_sound_file_has_no_finding() {
    let clinic = Clinic::new().await;
    let examination = examine(&clinic.store).await;
    assert_eq!(examination.findings, []);
    assert_eq!((examination.organizations, examination.collections), (2, 2));
}

#[tokio::test]
async fn a_collection_under_another_name_is_renamed_back() {
    let clinic = Clinic::new().await;
    clinic.run("UPDATE collections SET name = 'org_elsewhere' WHERE name = 'org_acme'");
    assert_eq!(clinic.only().await.problem, Problem::CollectionElsewhere { at: "org_elsewhere".into() });
    assert_eq!(mend_all(&clinic.store).await, []);
    assert_eq!(clinic.documents().await, 1);
    let newest = clinic.store.audit(&AuditQuery::newest(1)).await.unwrap();
    assert_eq!(newest[0].action, AuditAction::Repair);
}

#[tokio::test]
async fn one_that_is_gone_or_replaced_has_to_be_chosen() {
    let clinic = Clinic::new().await;
    clinic.run("DELETE FROM collections WHERE name = 'org_acme'");
    let finding = clinic.only().await;
    assert_eq!(
        (finding.problem.clone(), finding.problem.remedy()),
        (Problem::CollectionMissing, Remedy::Choose)
    );
    assert_eq!(mend_all(&clinic.store).await.len(), 1);
    assert_eq!(mend(&clinic.store, &finding).await, Mended::Done);
    assert_eq!(mend(&clinic.store, &finding).await, Mended::Gone);
    assert_eq!((examine(&clinic.store).await.findings, clinic.documents().await), (vec![], 0));

    clinic.run("UPDATE collections SET organization_id = NULL WHERE name = 'org_acme'");
    let finding = clinic.only().await;
    assert_eq!(finding.problem, Problem::CollectionReplaced);
    assert_eq!(mend(&clinic.store, &finding).await, Mended::Done);
    assert_eq!(examine(&clinic.store).await.findings, []);
}

#[tokio::test]
async fn what_is_another_organizations_is_not_taken() {
    let clinic = Clinic::new().await;
    clinic.run(
        "DELETE FROM collections WHERE name = 'org_acme';
         UPDATE collections SET name = 'org_acme' WHERE name = 'org_zephyr'",
    );
    let found = examine(&clinic.store).await.findings;
    let of_acme = found.iter().find(|finding| finding.organization_name.as_deref() == Some("Acme")).unwrap();
    assert_eq!(of_acme.problem, Problem::CollectionReplaced);
    assert_eq!(mend(&clinic.store, of_acme).await, Mended::Gone, "it is Zephyr's");
    assert_eq!(mend_all(&clinic.store).await.len(), 1, "Zephyr has its own again");
    let zephyr = by_name(&clinic.store, "Zephyr").await.unwrap();
    assert!(clinic.store.figures(&zephyr).await.is_ok());
}

#[tokio::test]
async fn collections_accounts_and_the_count() {
    let clinic = Clinic::new().await;
    clinic.run(
        "INSERT INTO collections (name, uuid) VALUES ('org_nobody', 'x');
         INSERT INTO admins VALUES ('y', 'gone', 'gone@x', 'gone@x', '', 'admin', 1, 1, 0, 0);
         UPDATE meta SET operators = 7",
    );
    let found = examine(&clinic.store).await.findings;
    let told: Vec<_> = found.iter().map(|finding| finding.problem.clone()).collect();
    let wanted = [
        Problem::Orphan,
        Problem::AdminAbandoned { email: "gone@x".into() },
        Problem::OperatorCount { counted: 7, there: 1 },
    ];
    assert_eq!(told, wanted);
    let left = mend_all(&clinic.store).await;
    assert_eq!((left.len(), left[0].problem.clone()), (1, Problem::Orphan));
    assert_eq!(left[0].problem.severity(), Severity::Warning);
    clinic.run("DELETE FROM admins WHERE email_key = 'ann@x'");
    let told = examine(&clinic.store).await.findings;
    assert!(told.iter().any(|finding| finding.problem == Problem::AdminMissing), "{told:?}");
}

#[tokio::test]
async fn a_state_that_this_store_never_has_is_told() {
    let clinic = Clinic::new().await;
    clinic.run("UPDATE organizations SET state = 'renaming' WHERE name_key = 'acme'");
    assert_eq!(clinic.only().await.problem, Problem::OperationUnreadable { state: State::Renaming });
}

#[tokio::test]
async fn a_damaged_file_says_so() {
    let clinic = Clinic::new().await;
    for count in 0..200 {
        create(&clinic.store, &format!("Org {count}"), &format!("a{count}@x")).await.unwrap();
    }
    clinic.run("PRAGMA wal_checkpoint(TRUNCATE)");
    let path = clinic.folder.path().join(FILE_NAME);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 9_000].fill(0xa5);
    std::fs::write(&path, bytes).unwrap();
    let again = EmbeddedStore::new(clinic.folder.path(), "master_db");
    let (progress, _heard) = tokio::sync::watch::channel(tenantry::domain::Progress::default());
    match again.examine(&progress).await {
        Err(Error::StoreUnusable(why)) => assert!(why.contains("damaged") && why.contains("backup"), "{why}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_only_account_of_an_organization_is_not_removed() {
    let clinic = Clinic::new().await;
    clinic.run("UPDATE admins SET id = '6b0f4f0e-3f0e-4c57-8a51-0d1a6a2a7f11' WHERE email_key = 'ann@x'");
    let found = examine(&clinic.store).await.findings;
    let second = found.iter().find(|finding| finding.problem != Problem::AdminMissing).unwrap();
    assert_eq!(second.problem, Problem::AdminAbandoned { email: "ann@x".into() });
    assert!(matches!(mend(&clinic.store, second).await, Mended::Left(_)));
    assert!(by_email(&clinic.store, "ann@x").await.is_some());
}
