//! The doctor on the embedded store after another program wrote to its file: every way in which rows can disagree is
//! found, explained, and repaired if no data is lost.

use crate::common::documents;
use crate::common::suite::*;
use rusqlite::Connection;
use tenantry::domain::{
    AuditAction, CheckReport, DatabaseName, Finding, Organization, Problem, Progress, Remedy, RepairOutcome,
    Severity, State,
};
use tenantry::port::{Doctor, Error, Organizations};
use tenantry::store::embedded::{EmbeddedStore, FILE_NAME};
use tokio::sync::watch;

struct Clinic {
    folder: tempfile::TempDir,
    store: EmbeddedStore,
    acme: Organization,
}

impl Clinic {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = EmbeddedStore::new(folder.path(), &DatabaseName::default());
        initialize(&store).await;
        let acme = create(&store, "Acme", "ann@x").await.unwrap();
        create(&store, "Zephyr", "zoe@x").await.unwrap();
        let clinic = Self { folder, store, acme };
        documents::put(&Connection::open(clinic.folder.path().join(FILE_NAME)).unwrap(), "org_acme", "kept");
        clinic
    }

    /// With Acme in the trash.
    async fn with_trash() -> Self {
        let clinic = Self::new().await;
        let acme = delete(&clinic.store, &clinic.acme).await.unwrap().organization;
        Self { acme, ..clinic }
    }

    /// Past tenantry, and past the keys between its tables.
    fn run(&self, sql: &str) {
        let db = Connection::open(self.folder.path().join(FILE_NAME)).unwrap();
        db.pragma_update(None, "foreign_keys", "OFF").unwrap();
        db.execute_batch(sql).unwrap();
    }

    async fn check(&self) -> CheckReport {
        let (progress, heard) = watch::channel(Progress::default());
        let report = self.store.check(&progress).await.unwrap();
        let told = *heard.borrow();
        assert_eq!((told.organizations, told.collections), (report.organizations, report.collections));
        assert_eq!(told.findings, report.findings.len() as u64);
        report
    }

    async fn problems(&self) -> Vec<Problem> {
        self.check().await.findings.into_iter().map(|finding| finding.problem).collect()
    }

    async fn only(&self) -> Finding {
        let found = self.check().await.findings;
        assert_eq!(found.len(), 1, "{found:?}");
        found.into_iter().next().unwrap()
    }

    async fn repair(&self, finding: &Finding) -> RepairOutcome {
        self.store.repair(finding, entry(AuditAction::Repair, at(200))).await.unwrap()
    }

    /// Repairs the one finding, which loses nothing. Nothing is left, and a repeat finds nothing to do.
    async fn repair_only(&self) -> Problem {
        let finding = self.only().await;
        assert_eq!(finding.problem.remedy(), Remedy::Safe, "{finding:?}");
        assert_eq!(self.repair(&finding).await, RepairOutcome::Repaired, "{finding:?}");
        assert_eq!(self.check().await.findings, []);
        assert_eq!(newest(&self.store, 1).await[0].action, AuditAction::Repair);
        assert_eq!(self.repair(&finding).await, RepairOutcome::NoLongerPresent, "{finding:?}");
        finding.problem
    }

    /// Makes the safe repairs, like `--repair`; returns the remaining findings.
    async fn repair_all(&self) -> Vec<Finding> {
        for finding in self.check().await.findings {
            if finding.problem.remedy() == Remedy::Safe {
                assert_eq!(self.repair(&finding).await, RepairOutcome::Repaired, "{finding:?}");
            }
        }
        self.check().await.findings
    }

    async fn now(&self) -> Organization {
        by_id(&self.store, self.acme.id).await.unwrap()
    }

    async fn documents(&self) -> u64 {
        self.store.stats(&self.now().await).await.unwrap().size.documents
    }
}

#[tokio::test]
async fn documents_that_another_program_wrote_are_counted_again() {
    let clinic = Clinic::new().await;
    clinic.run("DELETE FROM documents");
    assert_eq!(clinic.documents().await, 1, "nobody counted");
    let found = clinic.only().await;
    assert_eq!(found.problem, Problem::CollectionCount { counted: 1, there: 0 });
    assert_eq!(found.collection_name.as_deref(), Some("org_acme"));
    clinic.repair(&found).await;
    assert_eq!((clinic.documents().await, clinic.problems().await), (0, vec![]));
    // A document that was only made longer is found by its bytes.
    documents::put(&Connection::open(clinic.folder.path().join(FILE_NAME)).unwrap(), "org_acme", "d");
    clinic.run("UPDATE documents SET doc = CAST(doc || x'00' AS BLOB)");
    assert_eq!(clinic.problems().await, [Problem::CollectionCount { counted: 1, there: 1 }]);
}

#[tokio::test]
async fn a_sound_file_has_no_finding() {
    let clinic = Clinic::with_trash().await;
    let zephyr = by_name(&clinic.store, "Zephyr").await.unwrap();
    suspend(&clinic.store, &zephyr, "unpaid").await.unwrap();
    let report = clinic.check().await;
    assert_eq!(report.findings, []);
    assert_eq!((report.organizations, report.collections), (2, 2));
}

#[tokio::test]
async fn a_collection_under_another_name_is_renamed_back() {
    for is_deleted in [false, true] {
        let clinic = if is_deleted { Clinic::with_trash().await } else { Clinic::new().await };
        let name = clinic.acme.collection_name().to_owned();
        clinic.run(&format!("UPDATE collections SET name = 'org_elsewhere' WHERE name = '{name}'"));
        let found = clinic.repair_only().await;
        assert_eq!(found, Problem::CollectionElsewhere { at: "org_elsewhere".into() });
        assert_eq!(clinic.documents().await, 1);
        let now = clinic.now().await;
        assert_eq!(now.collection_name(), name);
        assert!(now.epoch > clinic.acme.epoch);
    }
}

#[tokio::test]
async fn a_collection_in_the_trash_that_its_record_forgot_is_recorded() {
    let clinic = Clinic::with_trash().await;
    clinic.run("UPDATE organizations SET collection_name = NULL WHERE state = 'deleted'");
    let at = clinic.acme.collection_name().to_owned();
    assert_eq!(clinic.repair_only().await, Problem::CollectionElsewhere { at });
    assert_eq!(restore(&clinic.store, &clinic.now().await).await.unwrap().collection_name(), "org_acme");
    assert_eq!(clinic.documents().await, 1);
}

#[tokio::test]
async fn missing_or_replaced_collection_needs_a_choice() {
    let clinic = Clinic::new().await;
    clinic.run("DELETE FROM collections WHERE name = 'org_acme'");
    let finding = clinic.only().await;
    assert_eq!((&finding.problem, finding.problem.remedy()), (&Problem::CollectionMissing, Remedy::Choose));
    assert_eq!(clinic.repair_all().await.len(), 1);
    assert_eq!(clinic.repair(&finding).await, RepairOutcome::Repaired);
    assert_eq!(clinic.repair(&finding).await, RepairOutcome::NoLongerPresent);
    assert_eq!((clinic.check().await.findings, clinic.documents().await), (vec![], 0));

    clinic.run("UPDATE collections SET organization_id = NULL WHERE name = 'org_acme'");
    let finding = clinic.only().await;
    assert_eq!(finding.problem, Problem::CollectionReplaced);
    assert_eq!(clinic.repair(&finding).await, RepairOutcome::Repaired);
    assert_eq!(clinic.check().await.findings, []);
}

#[tokio::test]
async fn collection_of_another_organization_is_not_taken() {
    let clinic = Clinic::new().await;
    clinic.run(
        "DELETE FROM collections WHERE name = 'org_acme';
         UPDATE collections SET name = 'org_acme' WHERE name = 'org_zephyr'",
    );
    let found = clinic.check().await.findings;
    let of_acme = found.iter().find(|finding| finding.organization_name.as_deref() == Some("Acme")).unwrap();
    assert_eq!(of_acme.problem, Problem::CollectionReplaced);
    assert_eq!(clinic.repair(of_acme).await, RepairOutcome::NoLongerPresent, "it is Zephyr's");
    assert_eq!(clinic.repair_all().await.len(), 1, "Zephyr has its own again");
    let zephyr = by_name(&clinic.store, "Zephyr").await.unwrap();
    assert!(clinic.store.stats(&zephyr).await.is_ok());
}

#[tokio::test]
async fn collections_without_an_organization_are_reported_and_kept() {
    let clinic = Clinic::with_trash().await;
    let trash = format!("tenantry_trash_{}_9", uuid::Uuid::new_v4());
    clinic.run(&format!(
        "INSERT INTO collections (name, uuid) VALUES ('org_nobody', 'x');
         INSERT INTO collections (name, uuid, organization_id) VALUES ('{trash}', 'y', 'gone');
         INSERT INTO collections (name, uuid, organization_id)
            SELECT 'org_second', 'z', id FROM organizations WHERE name_key = 'zephyr'"
    ));
    let mut told: Vec<_> = clinic.check().await.findings;
    told.sort_by(|a, b| a.collection_name.cmp(&b.collection_name));
    let told: Vec<_> = told.into_iter().map(|one| (one.problem, one.collection_name.unwrap())).collect();
    let wanted = [
        (Problem::Orphan, "org_nobody".to_owned()),
        (Problem::Orphan, "org_second".to_owned()),
        (Problem::LeftInTrash, trash),
    ];
    assert_eq!(told, wanted);
    assert_eq!(clinic.repair_all().await.len(), 3, "tenantry drops nothing that it did not make");
    // Of its two collections, only the one that its record names is removed with it.
    let zephyr = by_name(&clinic.store, "Zephyr").await.unwrap();
    purge(&clinic.store, &zephyr).await.unwrap();
    assert_eq!(clinic.repair_all().await.len(), 3);
}

#[tokio::test]
async fn accounts_without_an_organization_are_removed_and_operators_counted() {
    let clinic = Clinic::new().await;
    clinic.run(
        "INSERT INTO admins (id, organization_id, email, email_key, password, role, version, token_version, created_at,
         updated_at) VALUES ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002',
            'gone@x', 'gone@x', '', 'admin', 1, 1, 0, 0);
         UPDATE meta SET operators = 7",
    );
    let told = clinic.problems().await;
    let wanted =
        [Problem::AdminAbandoned { email: "gone@x".into() }, Problem::OperatorCount { counted: 7, there: 1 }];
    assert_eq!(told, wanted);
    assert_eq!(clinic.repair_all().await, []);
}

#[tokio::test]
async fn missing_admin_is_reported_and_created_again() {
    let clinic = Clinic::new().await;
    clinic.run("DELETE FROM admins WHERE email_key = 'ann@x'");
    let finding = clinic.only().await;
    assert_eq!((finding.problem, finding.organization_id), (Problem::AdminMissing, Some(clinic.acme.id)));
    assert!(by_id(&clinic.store, clinic.acme.id).await.is_some(), "it stays in the lists");
    update(&clinic.store, &clinic.acme, &all_of("Acme", "ann@x", "second")).await.unwrap();
    assert_eq!(clinic.check().await.findings, []);
    // One in the trash gets it when it is restored.
    let deleted = delete(&clinic.store, &clinic.now().await).await.unwrap().organization;
    clinic.run("DELETE FROM admins WHERE email = 'ann@x'");
    assert_eq!(clinic.check().await.findings, []);
    restore_as(&clinic.store, &deleted, "Acme", "ann@x", Some("third")).await.unwrap();
    assert_eq!(clinic.check().await.findings, []);
}

#[tokio::test]
async fn the_only_account_of_an_organization_is_not_removed() {
    let clinic = Clinic::new().await;
    clinic.run("UPDATE admins SET id = '6b0f4f0e-3f0e-4c57-8a51-0d1a6a2a7f11' WHERE email_key = 'ann@x'");
    let found = clinic.check().await.findings;
    let second = found.iter().find(|finding| finding.problem != Problem::AdminMissing).unwrap();
    assert_eq!(second.problem, Problem::AdminAbandoned { email: "ann@x".into() });
    assert!(matches!(clinic.repair(second).await, RepairOutcome::Skipped(_)));
    assert!(by_email(&clinic.store, "ann@x").await.is_some());
    // It occupies the email until the organization has its new admin, and goes with that.
    update(&clinic.store, &clinic.acme, &all_of("Acme", "ann@x", "second")).await.unwrap();
    assert_eq!(clinic.check().await.findings, []);
    assert_eq!(hash_of(&by_email(&clinic.store, "ann@x").await.unwrap()), "$2b$04$second");
}

#[tokio::test]
async fn record_follows_the_email_of_the_admin() {
    for is_deleted in [false, true] {
        let clinic = if is_deleted { Clinic::with_trash().await } else { Clinic::new().await };
        clinic.run("UPDATE organizations SET admin_email = 'eve@x' WHERE organization_name = 'Acme'");
        if !is_deleted {
            let organization = by_email(&clinic.store, "ann@x").await.unwrap().organization.unwrap();
            assert!(!organization.lets_in(), "until that is repaired nobody signs in");
        }
        assert_eq!(clinic.repair_only().await, Problem::AdminEmailDiffers { account: "ann@x".into() });
        let now = clinic.now().await;
        assert_eq!(now.admin_email, "ann@x");
        assert!(now.epoch > clinic.acme.epoch);
    }
}

#[tokio::test]
async fn names_and_emails_kept_by_deleted_organizations_are_released() {
    let clinic = Clinic::with_trash().await;
    clinic.run("UPDATE organizations SET name_key = 'acme' WHERE state = 'deleted'");
    assert_eq!(create(&clinic.store, "Acme", "b@x").await, Err(name_taken("Acme")));
    assert_eq!(clinic.repair_only().await, Problem::ReservationDead { key: "n:acme".into() });
    clinic.run("UPDATE admins SET email_key = 'ann@x' WHERE email = 'ann@x'");
    assert_eq!(clinic.repair_only().await, Problem::AdminKeepsEmail { email: "ann@x".into() });
    create(&clinic.store, "Acme", "ann@x").await.unwrap();
}

#[tokio::test]
async fn lost_name_or_email_is_reserved_again_unless_taken() {
    let clinic = Clinic::new().await;
    clinic.run("UPDATE organizations SET name_key = NULL WHERE name_key = 'acme'");
    assert_eq!(clinic.store.page(&by_names(9)).await.unwrap().rows.len(), 1, "the list goes on without it");
    assert_eq!(clinic.repair_only().await, Problem::ReservationMissing { key: "n:acme".into() });
    clinic.run("UPDATE admins SET email_key = NULL WHERE email = 'ann@x'");
    assert_eq!(clinic.repair_only().await, Problem::ReservationMissing { key: "e:ann@x".into() });
    clinic.run("UPDATE admins SET email_key = NULL WHERE role = 'operator'");
    let finding = clinic.only().await;
    assert_eq!((finding.organization_id, finding.organization_name.as_deref()), (None, None));
    assert_eq!(clinic.repair_only().await, Problem::ReservationMissing { key: "e:root@example.com".into() });

    clinic.run("UPDATE organizations SET name_key = NULL WHERE name_key = 'acme'");
    create(&clinic.store, "Acme 2", "b@x").await.unwrap();
    clinic.run("UPDATE organizations SET name_key = 'acme' WHERE name_key = 'acme 2'");
    assert!(matches!(clinic.repair(&clinic.only().await).await, RepairOutcome::Skipped(_)));
}

/// After a change of the rules that make keys: each keeps its own, and none is wrong.
#[tokio::test]
async fn names_or_emails_with_one_key_are_reported() {
    let clinic = Clinic::new().await;
    clinic.run(
        "UPDATE admins SET email = 'ZOE@x', email_key = 'ZOE@x' WHERE email_key = 'ann@x';
         UPDATE organizations SET organization_name = 'ZEPHYR', name_key = 'ZEPHYR', admin_email = 'ZOE@x'
            WHERE name_key = 'acme'",
    );
    let meets = |shown: &str, key: &str| Problem::KeysMeet { shown: shown.into(), key: key.into() };
    assert_eq!(clinic.problems().await, [meets("ZEPHYR", "n:zephyr"), meets("ZOE@x", "e:zoe@x")]);
}

/// A request that misses the collection looks for it under other names.
#[tokio::test]
async fn collection_of_one_organization_can_be_checked_alone() {
    let clinic = Clinic::new().await;
    assert_eq!(clinic.store.check_collection(clinic.acme.id).await, Ok(None));
    clinic.run("UPDATE collections SET name = 'org_elsewhere' WHERE name = 'org_acme'");
    let found = clinic.store.check_collection(clinic.acme.id).await.unwrap().unwrap();
    assert_eq!(found.problem, Problem::CollectionElsewhere { at: "org_elsewhere".into() });
}

#[tokio::test]
async fn unreadable_record_is_a_finding() {
    // What another program may have written, and which problem it is.
    let organizations = [
        ("state = 'nonsense'", Problem::StateUnknown),
        ("state = 'renaming'", Problem::OperationUnreadable { state: State::Renaming }),
        ("id = 'nonsense'", Problem::RecordUnreadable),
        ("admin_id = 'nonsense'", Problem::RecordUnreadable),
        ("created_at = 9223372036854775807", Problem::RecordUnreadable),
        ("suspended_at = -9223372036854775808", Problem::RecordUnreadable),
        ("organization_name = CAST(x'ff' AS TEXT)", Problem::RecordUnreadable),
        ("state = 'deleted'", Problem::RecordUnreadable),
    ];
    for (broken, wanted) in organizations {
        let clinic = Clinic::new().await;
        clinic.run(&format!("UPDATE organizations SET {broken} WHERE name_key = 'acme'"));
        let problems = clinic.problems().await;
        assert!(problems.contains(&wanted), "{broken}: {problems:?}");
        if !matches!(wanted, Problem::OperationUnreadable { .. }) {
            let rows = clinic.store.page(&by_names(9)).await.unwrap().rows;
            assert_eq!(rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["Zephyr"], "{broken}");
        }
    }
    for (table, broken) in [
        ("admins", "created_at = 9223372036854775807 WHERE role = 'operator'"),
        ("audit", "action = 'nonsense' WHERE action = 'init'"),
        ("audit", "changes = '[' WHERE action = 'init'"),
    ] {
        let clinic = Clinic::new().await;
        clinic.run(&format!("UPDATE {table} SET {broken}"));
        let finding = clinic.only().await;
        assert_eq!(
            (&finding.problem, finding.collection_name.as_deref()),
            (&Problem::RecordUnreadable, Some(table))
        );
        assert!(finding.message().contains(table), "{}", finding.message());
        assert_eq!((finding.problem.severity(), finding.problem.remedy()), (Severity::Error, Remedy::Leave));
        assert!(matches!(clinic.repair(&finding).await, RepairOutcome::Skipped(_)));
    }
}

#[tokio::test]
async fn damaged_file_is_reported() {
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
    let again = EmbeddedStore::new(clinic.folder.path(), &DatabaseName::default());
    let (progress, _heard) = watch::channel(Progress::default());
    match again.check(&progress).await {
        Err(Error::StoreUnusable(why)) => assert!(why.contains("damaged") && why.contains("backup"), "{why}"),
        other => panic!("{other:?}"),
    }
}
