//! Who may do what: the walk through roles and use cases.

use super::*;
use std::time::Duration;
use strum::IntoEnumIterator;
use tenantry::archive::ArchiveError;
use tenantry::domain::OrganizationId;
use tenantry::service::access::UseCase;
use tenantry::service::{
    ActivityQuery, DocumentsQuery, ExportRequest, ImportProgress, ImportRequest, RepairScope,
    RestoreOrganization, TenantService, TopBy, UpdateOwnAccount,
};
use tokio::sync::watch;
use uuid::Uuid;

#[tokio::test]
async fn admin_reaches_only_its_own_organization() {
    let (world, _, ann) = two_organizations().await;
    let service = &world.service;
    assert_eq!(service.who_am_i(&ann).await.unwrap().role, Role::Admin);
    assert_eq!(names(&world, &ann, &list_all()).await, ["Acme"]);
    assert_eq!(service.organization(&ann, &by_name("acme")).await.unwrap().name, "Acme");
    let other = service.organization(&ann, &by_name("Zephyr")).await.unwrap_err();
    let missing = service.organization(&ann, &by_name("Nobody")).await.unwrap_err();
    assert_eq!((&other, other.to_string()), (&missing, missing.to_string()), "the same answer");
    assert_eq!(other, Error::NotFound);
    assert_eq!(update(&world, &ann, "Zephyr", rename("Mine")).await, Err(Error::NotFound));
    assert_eq!(delete(&world, &ann, "Zephyr", "Zephyr").await, Err(Error::NotFound));
    assert_eq!(world.create(&ann, "New", "new@x").await, Err(Error::Forbidden));
    assert_eq!(update(&world, &ann, "Acme", rename("Acme Labs")).await.unwrap().name, "Acme Labs");
    delete(&world, &ann, "acme labs", "Acme Labs").await.unwrap();
    assert_eq!(service.who_am_i(&ann).await, Err(Error::SessionExpired(Ended::Ended)));
}

#[tokio::test]
async fn operator_reaches_every_organization() {
    let (world, root, _) = two_organizations().await;
    assert_eq!(names(&world, &root, &list_all()).await, ["Acme", "Zephyr"]);
    update(&world, &root, "Zephyr", rename("Zephyr Air")).await.unwrap();
    delete(&world, &root, "Acme", "Acme").await.unwrap();
    assert_eq!(names(&world, &root, &list_all()).await, ["Zephyr Air"]);
}

#[tokio::test]
async fn without_a_session_only_open_registration_is_allowed() {
    let request = || CreateOrganization {
        name: "Acme".into(),
        admin_email: "ann@acme.example".into(),
        admin_password: PASSWORD.into(),
    };
    let closed = World::initialized().await;
    let create = closed.service.create_organization(None, request(), OperationId::random());
    assert_eq!(create.await, Err(Error::Unauthenticated));
    let mut open = options();
    open.open_registration = true;
    let open = World::with(open);
    let create = open.service.create_organization(None, request(), OperationId::random());
    assert_eq!(create.await, Err(Error::NotInitialized));
    open.service.initialize(ROOT, PASSWORD.into(), OperationId::random()).await.unwrap();
    open.service.create_organization(None, request(), OperationId::random()).await.unwrap();
    let entry = open.store.audit(&AuditQuery::newest(1)).await.unwrap().rows.remove(0);
    assert_eq!((entry.action, entry.actor.as_str()), (AuditAction::OrganizationCreate, "ann@acme.example"));
    let ann = open.sign_in("ann@acme.example").await.token;
    assert_eq!(open.create(&ann, "Second", "b@x").await, Err(Error::Forbidden));
    let nonsense = AccessToken("a.b.c".into());
    assert_eq!(open.service.list_organizations(&nonsense, &list_all()).await, Err(Error::Unauthenticated));
}

#[tokio::test]
async fn store_without_operator_allows_nothing() {
    let world = World::empty();
    assert!(!world.service.is_initialized().await.unwrap());
    assert_eq!(world.service.sign_in(ROOT, &PASSWORD.into()).await.unwrap_err(), Error::NotInitialized);
    let token = AccessToken("x".into());
    assert_eq!(world.service.list_organizations(&token, &list_all()).await, Err(Error::NotInitialized));
    assert_eq!(std::fs::read_dir(world.folder.path()).unwrap().count(), 0, "reading makes no file");
    world.service.initialize(ROOT, PASSWORD.into(), OperationId::random()).await.unwrap();
    assert_eq!(
        world.service.initialize(ROOT, PASSWORD.into(), OperationId::random()).await,
        Err(Error::AlreadyInitialized)
    );
    assert!(world.service.is_initialized().await.unwrap());
}

async fn export(world: &World, token: &AccessToken, name: &str) -> Result<()> {
    let request = ExportRequest { to: Some("/x.tar.gz".into()), ..ExportRequest::default() };
    world.service.preview_export(token, &by_name(name), &request).await.map(drop)
}

/// Of a file that is no archive.
async fn import(world: &World, token: &AccessToken) -> Result<()> {
    let file = world.folder.path().join("no-archive");
    std::fs::write(&file, "a text, not an archive").unwrap();
    let request = ImportRequest { file, name: None, admin_email: None, admin_password: PASSWORD.into() };
    let (progress, _heard) = watch::channel(ImportProgress::default());
    world.service.preview_import(token, &request, true, &progress).await.map(drop)
}

/// Every use case as a call about the organization with this name.
pub(crate) async fn call(world: &World, use_case: UseCase, token: &AccessToken, name: &str) -> Result<()> {
    let service = &world.service;
    match use_case {
        UseCase::SignIn => service.sign_in(ROOT, &PASSWORD.into()).await.map(drop),
        UseCase::OwnSession => service.who_am_i(token).await.map(drop),
        UseCase::CreateOrganization => {
            world.create(token, "New", "new@x").await?;
            delete(world, &world.root().await, "New", "New").await
        }
        UseCase::ListOrganizations => service.list_organizations(token, &list_all()).await.map(drop),
        UseCase::GetOrganization => service.organization(token, &by_name(name)).await.map(drop),
        UseCase::PublicOrganization => service.public_organization(name).await.map(drop),
        UseCase::TopOrganizations => {
            service.top(token, TopBy::Data, 1, &watch::Sender::default()).await.map(drop)
        }
        UseCase::UpdateOrganization => update(world, token, name, rename(name)).await.map(drop),
        UseCase::DeleteOrganization => {
            service.preview_delete(token, &by_name(name), None, false).await.map(drop)
        }
        UseCase::SuspendOrganization => {
            service.preview_suspension(token, &by_name(name), Some("")).await.map(drop)
        }
        UseCase::RestoreOrganization => {
            let as_it_was = RestoreOrganization::default();
            service.preview_restore(token, &by_name(name), as_it_was, false).await.map(drop)
        }
        UseCase::ExportOrganization => export(world, token, name).await,
        UseCase::ImportOrganization => import(world, token).await,
        UseCase::PurgeOrganization => service.preview_purge(token, &by_name(name), None).await.map(drop),
        UseCase::ReadDocuments => {
            let query = DocumentsQuery { time: Duration::from_secs(9), ..DocumentsQuery::default() };
            service.documents(token, &by_name(name), &query).await.map(drop)
        }
        UseCase::WriteDocuments => {
            service.insert_documents(token, &by_name(name), Vec::new()).await.map(drop)
        }
        UseCase::OwnAccount => {
            let same = service.who_am_i(token).await?.email;
            let same = UpdateOwnAccount { email: Some(same), ..UpdateOwnAccount::default() };
            service.update_own_account(token, same, OperationId::random()).await.map(drop)
        }
        UseCase::ManageOperators => service.operators(token, 9, None).await.map(drop),
        UseCase::ReadAudit => {
            let query = ActivityQuery { organization: Some(by_name(name)), ..ActivityQuery::default() };
            service.activity(token, &query).await.map(drop)
        }
        UseCase::Doctor => {
            let (looking, mending) = (watch::Sender::default(), watch::Sender::default());
            let examined = service.check(token, &looking).await;
            let mended = service.repair(token, &[], RepairScope::NewCollections, &mending).await.map(drop);
            let ended = service.recover_operation(token, OrganizationId(Uuid::nil())).await.map(drop);
            assert_eq!((&mended, &ended), (&examined.clone().map(drop), &mended));
            examined.map(drop)
        }
        UseCase::Adopt => adopt(service, token).await,
    }
}

/// An operator gets as far as the store, which is an embedded one.
async fn adopt(service: &TenantService, token: &AccessToken) -> Result<()> {
    let progress = watch::Sender::default();
    let seen = service.preview_adoption(Some(token), &[], &progress).await.map(drop);
    let adopted = service.adopt(token, &[], &progress).await.map(drop);
    assert_eq!(seen, adopted);
    seen.or_else(|error| if matches!(error, Error::NotAdoptable(_)) { Ok(()) } else { Err(error) })
}

#[tokio::test]
async fn every_use_case_checks_the_role() {
    use UseCase as U;
    let (world, root, ann) = two_organizations().await;
    let nobody = AccessToken("a.b.c".into());
    for use_case in UseCase::iter() {
        let answers = [
            call(&world, use_case, &nobody, "Acme").await,
            call(&world, use_case, &ann, "Acme").await,
            call(&world, use_case, &ann, "Zephyr").await,
            call(&world, use_case, &root, "Zephyr").await,
        ];
        let (ok, out) = (|| Ok(()), Err(Error::Unauthenticated));
        let expected = match use_case {
            U::SignIn | U::PublicOrganization => [ok(), ok(), ok(), ok()],
            U::OwnSession | U::ListOrganizations | U::OwnAccount => [out, ok(), ok(), ok()],
            U::CreateOrganization
            | U::TopOrganizations
            | U::SuspendOrganization
            | U::ManageOperators
            | U::Doctor
            | U::Adopt => [out, Err(Error::Forbidden), Err(Error::Forbidden), ok()],
            U::ImportOrganization => [
                out,
                Err(Error::Forbidden),
                Err(Error::Forbidden),
                Err(Error::InvalidArchive(ArchiveError::NotGzip)),
            ],
            // Nothing is in the trash.
            U::RestoreOrganization | U::PurgeOrganization => {
                [out, Err(Error::Forbidden), Err(Error::Forbidden), Err(Error::NotFound)]
            }
            U::GetOrganization
            | U::UpdateOrganization
            | U::DeleteOrganization
            | U::ReadDocuments
            | U::WriteDocuments
            | U::ExportOrganization
            | U::ReadAudit => [out, ok(), Err(Error::NotFound), ok()],
        };
        assert_eq!(answers, expected, "{use_case:?}: nobody, own, another's, operator");
    }
}

#[tokio::test]
async fn admin_cannot_manage_operators() {
    let (world, _, ann) = two_organizations().await;
    let service = &world.service;
    let refused = || Err(Error::Forbidden);
    assert_eq!(service.add_operator(&ann, "k@x", PASSWORD.into(), OperationId::random()).await, refused());
    let removed = service.remove_operator(&ann, ROOT, ROOT, OperationId::random()).await;
    assert_eq!(removed, Err(Error::Forbidden));
    assert_eq!(
        service.set_operator_password(&ann, ROOT, PASSWORD.into(), OperationId::random()).await,
        refused()
    );
    assert_eq!(service.preview_add_operator(&ann, "k@x", None).await.map(drop), Err(Error::Forbidden));
    assert_eq!(service.preview_remove_operator(&ann, ROOT, None).await, refused());
    assert_eq!(service.preview_operator_password(&ann, ROOT, None).await, refused());
}
