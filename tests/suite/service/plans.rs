//! A dry run and its write: for the same request the same refusal or the same result.

use super::*;
use crate::common::harness::{Harness, OnEmbedded, OnMongo};
use crate::common::service::service_over;
use std::fmt::Debug;
use tenantry::service::{
    DeletedOrganization, OrganizationPreview, RestoreOrganization, SuspensionPreview, TenantService,
    UpdateOwnAccount,
};

/// A store with Zephyr, a collection without an owner, and an organization for each request.
struct Scene<H> {
    harness: H,
    service: TenantService,
    root: AccessToken,
}

const FOREIGN: &str = "Foreign";

impl<H: Harness> Scene<H> {
    async fn new() -> Self {
        let harness = H::empty().await;
        let service = service_over(harness.another());
        service.initialize(ROOT, PASSWORD.into(), OperationId::random()).await.unwrap();
        let root = service.sign_in(ROOT, &PASSWORD.into()).await.unwrap().token;
        let scene = Self { harness, service, root };
        scene.create("Zephyr", "zoe@zephyr.example").await;
        scene.harness.put_foreign("org_foreign").await;
        scene
    }

    async fn create(&self, name: &str, email: &str) -> Organization {
        let request = new(name, email, PASSWORD);
        self.service.create_organization(Some(&self.root), request, OperationId::random()).await.unwrap()
    }

    async fn delete(&self, made: &Organization) {
        let (id, operation) = (OrganizationReference::Id(made.id), OperationId::random());
        self.service.delete_organization(&self.root, &id, &made.name, None, false, operation).await.unwrap();
    }

    /// Makes the organization of a request, as that needs it.
    async fn target(&self, row: usize, is: Is) -> Organization {
        let made = self.create(&format!("Acme {row}"), &format!("ann{row}@acme.example")).await;
        let id = OrganizationReference::Id(made.id);
        match is {
            Is::Active => {}
            Is::Suspended => {
                let operation = OperationId::random();
                self.service.suspend_organization(&self.root, &id, "unpaid", None, operation).await.unwrap();
            }
            Is::WithoutAdmin => self.harness.remove_account(made.admin_id).await,
            Is::Deleted | Is::DeletedAndNameTaken | Is::DeletedWithoutAdmin => {
                self.delete(&made).await;
                if is == Is::DeletedAndNameTaken {
                    self.create(&made.name, &made.admin_email).await;
                }
                if is == Is::DeletedWithoutAdmin {
                    self.harness.remove_account(made.admin_id).await;
                }
            }
        }
        made
    }
}

/// What the organization of a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Is {
    Active,
    Suspended,
    WithoutAdmin,
    Deleted,
    DeletedAndNameTaken,
    DeletedWithoutAdmin,
}

/// An organization as a dry run can know it: without the times that only a write makes.
fn known(organization: &Organization, before: Option<&Organization>) -> OrganizationPreview {
    let is_changed = before.is_none_or(|before| before.epoch != organization.epoch);
    OrganizationPreview {
        id: before.map(|before| before.id),
        name: organization.name.clone(),
        collection_name: organization.collection_name().to_owned(),
        admin_email: organization.admin_email.clone(),
        status: organization.status(),
        suspension: organization.suspension.clone().map(|suspension| SuspensionPreview {
            at: before.and_then(|before| before.suspension.as_ref()).map(|before| before.at),
            by: suspension.by,
            reason: suspension.reason,
        }),
        created_at: before.map(|before| before.created_at),
        updated_at: Some(organization.updated_at).filter(|_| !is_changed),
    }
}

/// The refusals are the same, or both results are.
fn assert_same<D: Debug + PartialEq, W>(what: &str, dry: &Result<D>, write: Result<W>, of: impl Fn(W) -> D) {
    assert_eq!(*dry, write.map(of), "{what}");
}

async fn creates<H: Harness>() {
    let scene = Scene::<H>::new().await;
    for (name, email, password) in [
        ("a<b", "new@x.example", PASSWORD),
        ("New", "no email", PASSWORD),
        ("New", "new@x.example", "short"),
        ("a<b", "no email", "short"),
        ("ZEPHYR", "new@x.example", PASSWORD),
        ("New", "zoe@zephyr.example", PASSWORD),
        ("New", ROOT, PASSWORD),
        ("Zephyr", ROOT, PASSWORD),
        (FOREIGN, "zoe@zephyr.example", PASSWORD),
        (FOREIGN, "new@x.example", PASSWORD),
        (" Café ", "new@x.example", PASSWORD),
    ] {
        let request = new(name, email, password);
        let dry = scene.service.preview_create(Some(&scene.root), request.clone(), true).await;
        let write =
            scene.service.create_organization(Some(&scene.root), request, OperationId::random()).await;
        assert_same(name, &dry, write, |made| known(&made, None));
    }
}

fn updates() -> Vec<(Is, UpdateOrganization)> {
    let email = |email: &str| UpdateOrganization { admin_email: Some(email.into()), ..Default::default() };
    let password =
        |password: &str| UpdateOrganization { admin_password: Some(password.into()), ..Default::default() };
    let all = |row: usize| UpdateOrganization {
        admin_password: Some(PASSWORD.into()),
        admin_email: Some(format!("all{row}@x.example")),
        ..rename(&format!("All {row}"))
    };
    let account = UpdateOrganization { admin_password: Some(PASSWORD.into()), ..email("whole@x.example") };
    vec![
        (Is::Active, UpdateOrganization::default()),
        (Is::Active, rename("a<b")),
        (Is::Active, rename("zephyr")),
        (Is::Active, rename(FOREIGN)),
        (Is::Active, rename("ACME 4")),
        (Is::Active, rename("Acme 5")),
        (Is::Active, rename("Labs")),
        (Is::Active, email("no email")),
        (Is::Active, email("ZOE@zephyr.example")),
        (Is::Active, email("ann9@acme.example")),
        (Is::Active, email("new@x.example")),
        (Is::Active, password("short")),
        (Is::Active, password(PASSWORD)),
        (Is::Active, all(13)),
        (Is::Active, UpdateOrganization { expected: Some(Epoch(99)), ..rename("New") }),
        (Is::Suspended, all(15)),
        (Is::Deleted, all(16)),
        (Is::WithoutAdmin, rename("Labs 17")),
        (Is::WithoutAdmin, email("ann18@acme.example")),
        (Is::WithoutAdmin, password(PASSWORD)),
        (Is::WithoutAdmin, account),
    ]
}

async fn changes<H: Harness>() {
    let scene = Scene::<H>::new().await;
    for (row, (is, request)) in updates().into_iter().enumerate() {
        scene.target(row, is).await;
        let target = by_name(&format!("Acme {row}"));
        let before = scene.service.organization(&scene.root, &target).await.ok();
        let dry = scene.service.preview_update(&scene.root, &target, request.clone(), false).await;
        let write =
            scene.service.update_organization(&scene.root, &target, request, OperationId::random()).await;
        assert_same(&format!("{row} {is:?}"), &dry, write, |after| known(&after, before.as_ref()));
    }
}

async fn suspensions<H: Harness>() {
    let scene = Scene::<H>::new().await;
    let long = "x".repeat(501);
    let reasons = [Some("unpaid"), Some(" other "), Some(""), Some(&*long), Some("two\nlines"), None];
    let all = [Is::Active, Is::Suspended, Is::Deleted].into_iter();
    let all = all.flat_map(|is| reasons.into_iter().map(move |reason| (is, reason)));
    for (row, (is, reason)) in all.enumerate() {
        scene.target(row, is).await;
        let target = by_name(&format!("Acme {row}"));
        let before = scene.service.organization(&scene.root, &target).await.ok();
        let dry = scene.service.preview_suspension(&scene.root, &target, reason).await;
        let (service, root, operation) = (&scene.service, &scene.root, OperationId::random());
        let write = match reason {
            Some(reason) => service.suspend_organization(root, &target, reason, None, operation).await,
            None => service.resume_organization(root, &target, None, operation).await,
        };
        let what = format!("{row} {is:?} {reason:.20?}");
        assert_same(&what, &dry, write, |after| {
            let known = known(&after, before.as_ref());
            let is_changed = known.updated_at.is_none();
            let suspension =
                known.suspension.map(|new| SuspensionPreview { at: new.at.filter(|_| !is_changed), ..new });
            OrganizationPreview { suspension, ..known }
        });
    }
}

fn restores() -> Vec<(Is, RestoreOrganization)> {
    let none = RestoreOrganization::default;
    let name = |name: &str| RestoreOrganization { name: Some(name.into()), ..none() };
    let email = |email: &str| RestoreOrganization { admin_email: Some(email.into()), ..none() };
    let password = |password: &str| RestoreOrganization { admin_password: Some(password.into()), ..none() };
    vec![
        (Is::Deleted, none()),
        (Is::Deleted, name("a<b")),
        (Is::Deleted, name("ZEPHYR")),
        (Is::Deleted, name(FOREIGN)),
        (Is::Deleted, name("Labs")),
        (Is::Deleted, email("no email")),
        (Is::Deleted, email("zoe@zephyr.example")),
        (Is::Deleted, email("new@x.example")),
        (Is::Deleted, password("short")),
        (Is::Deleted, password(PASSWORD)),
        (Is::DeletedAndNameTaken, none()),
        (Is::DeletedAndNameTaken, name("Labs 11")),
        (
            Is::DeletedAndNameTaken,
            RestoreOrganization { admin_email: Some("l@x.example".into()), ..name("L") },
        ),
        (Is::DeletedWithoutAdmin, none()),
        (Is::DeletedWithoutAdmin, password(PASSWORD)),
        (Is::Active, none()),
    ]
}

async fn put_backs<H: Harness>() {
    let scene = Scene::<H>::new().await;
    for (row, (is, request)) in restores().into_iter().enumerate() {
        let made = scene.target(row, is).await;
        let target = OrganizationReference::Id(made.id);
        let dry = scene.service.preview_restore(&scene.root, &target, request.clone(), false).await;
        let write =
            scene.service.restore_organization(&scene.root, &target, request, OperationId::random()).await;
        let of = |organization: Organization| Organization {
            // What only a write makes.
            epoch: Epoch(0),
            unchanged_since: Epoch(0),
            updated_at: made.updated_at,
            collection_uuid: None,
            admin_id: made.admin_id,
            ..organization
        };
        assert_same(&format!("{row} {is:?}"), &dry.map(of), write, of);
    }
    let twice = [scene.target(100, Is::Deleted).await, scene.target(100, Is::Deleted).await];
    let by_name = by_name(&twice[0].name);
    let request = RestoreOrganization::default();
    let dry = scene.service.preview_restore(&scene.root, &by_name, request.clone(), false).await;
    let write =
        scene.service.restore_organization(&scene.root, &by_name, request, OperationId::random()).await;
    assert_eq!(dry.as_ref().map_err(Error::code), Err("ambiguous"));
    assert_same("ambiguous", &dry, write, |restored| restored);
}

async fn removals<H: Harness>() {
    let scene = Scene::<H>::new().await;
    let (service, root) = (&scene.service, &scene.root);
    let all = [Is::Active, Is::Suspended, Is::WithoutAdmin, Is::Deleted];
    let all = all.into_iter().flat_map(|is| [false, true].map(|now| (is, now)));
    let all = all.flat_map(|(is, now)| [false, true].map(|confirms| (is, now, confirms)));
    for (row, (is, now, confirms)) in all.enumerate() {
        let made = scene.target(row, is).await;
        let confirm = if confirms { made.name.clone() } else { made.name.to_uppercase() };
        let what = format!("{row} {is:?} {now} {confirms}");
        let target = by_name(&made.name);
        let dry = service.preview_delete(root, &target, Some(&confirm), now).await;
        let operation = OperationId::random();
        let write = service.delete_organization(root, &target, &confirm, None, now, operation).await;
        // The days in the trash begin with the write.
        let of = |deleted: DeletedOrganization| {
            (deleted.purge_at.is_some(), DeletedOrganization { purge_at: None, ..deleted })
        };
        assert_same(&what, &dry.map(of), write, of);
        let target = OrganizationReference::Id(made.id);
        let dry = service.preview_purge(root, &target, Some(&confirm)).await;
        let write = service.purge_organization(root, &target, &confirm, None, OperationId::random()).await;
        let dry = dry.map(|found| (found.id, found.name));
        assert_same(&what, &dry, write, |purged| (purged.organization_id, purged.organization_name));
    }
}

async fn operators<H: Harness>() {
    let scene = Scene::<H>::new().await;
    let (service, root) = (&scene.service, &scene.root);
    for (email, password) in [
        ("no email", "short"),
        ("kim@example.com", "short"),
        ("ZOE@zephyr.example", PASSWORD),
        (ROOT, "short"),
        (ROOT, PASSWORD),
        ("kim@example.com", PASSWORD),
    ] {
        let dry = service.preview_add_operator(root, email, Some(password.into())).await;
        let write = service.add_operator(root, email, password.into(), OperationId::random()).await;
        assert_same(email, &dry, write, |added| added.email);
    }
    for (email, password) in [
        ("no email", PASSWORD),
        ("nobody@example.com", PASSWORD),
        ("nobody@example.com", "short"),
        ("zoe@zephyr.example", PASSWORD),
        (ROOT, PASSWORD),
        ("KIM@example.com", "short"),
        ("KIM@example.com", PASSWORD),
    ] {
        let dry = service.preview_operator_password(root, email, Some(password.into())).await;
        let write = service.set_operator_password(root, email, password.into(), OperationId::random()).await;
        assert_same(email, &dry.map(|account| account.email), write, |account| account.email);
        if email != ROOT {
            let dry = service.preview_recover_operator(email, Some(password.into())).await;
            let write = service.recover_operator(email, password.into(), OperationId::random()).await;
            assert_same(email, &dry.map(|account| account.email), write, |account| account.email);
        }
    }
    for (email, confirm) in [
        ("nobody@example.com", "nobody@example.com"),
        ("KIM@example.com", "KIM@example.com"),
        ("KIM@example.com", "kim@example.com"),
        (ROOT, "wrong"),
        (ROOT, ROOT),
    ] {
        let dry = service.preview_remove_operator(root, email, Some(confirm)).await;
        let write = service.remove_operator(root, email, confirm, OperationId::random()).await;
        assert_same(email, &dry.map(|account| account.email), write, |removed| removed.email);
    }
}

async fn own_accounts<H: Harness>() {
    let scene = Scene::<H>::new().await;
    scene
        .service
        .add_operator(&scene.root, "kim@example.com", PASSWORD.into(), OperationId::random())
        .await
        .unwrap();
    let mut emails = ["kim@example.com".to_owned(), "zoe@zephyr.example".to_owned()];
    for (row, (email, password)) in [
        (None, None),
        (Some("no email"), None),
        (Some("new@x.example"), Some("short")),
        (Some("same"), None),
        (Some("new"), None),
        (None, Some(PASSWORD)),
        (Some("same"), Some(PASSWORD)),
        (Some("new"), Some(PASSWORD)),
        (Some(ROOT), None),
    ]
    .into_iter()
    .enumerate()
    {
        for (who, current) in emails.iter_mut().enumerate() {
            let own = current.clone();
            let token = scene.service.sign_in(&own, &PASSWORD.into()).await.unwrap().token;
            let email = match email {
                Some("same") => Some(own),
                Some("new") => Some(format!("own{row}{who}@x.example")),
                other => other.map(str::to_owned),
            };
            let is_taken = email.as_deref() == Some(ROOT);
            let request = UpdateOwnAccount {
                email,
                password: password.map(SecretString::from),
                current_password: Some(PASSWORD.into()),
            };
            let dry = scene.service.preview_own_account(&token, request.clone(), false).await;
            let write = scene.service.update_own_account(&token, request, OperationId::random()).await;
            if is_taken && who == 1 {
                // An admin learns that others have an email only by a write, which is counted.
                assert_eq!((dry.is_ok(), write.is_ok()), (true, false));
                continue;
            }
            if let Ok(after) = &write {
                current.clone_from(&after.email);
            }
            assert_same(&format!("{row} {who}"), &dry, write, |after| after);
        }
    }
}

macro_rules! on_both {
    ($($case:ident)+) => {
        mod on_embedded { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                Box::pin(super::$case::<super::OnEmbedded>()).await;
            }
        )+ }
        mod on_mongo { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                Box::pin(super::$case::<super::OnMongo>()).await;
            }
        )+ }
    };
}

on_both! { creates changes suspensions put_backs removals operators own_accounts }
