//! Sessions and accounts of an organization that is deleted right then.

use crate::common::harness::{Harness, OnEmbedded, OnMongo};
use crate::common::service::{PASSWORD, ROOT, service_over};
use secrecy::SecretString;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tenantry::domain::{AccessToken, Organization};
use tenantry::port::Store;
use tenantry::service::{
    CreateOrganization, Error, OperationId, OrganizationReference, Result, TenantService, UpdateOrganization,
};

const ROUNDS: usize = 10;
const FIRST: &str = "the first password";
const SECOND: &str = "the second password";

async fn process<H: Harness>(harness: &H) -> Arc<TenantService> {
    let store = harness.another();
    store.store_id().await.unwrap();
    Arc::new(service_over(store))
}

async fn create(service: &TenantService, root: &AccessToken) -> Organization {
    let request =
        CreateOrganization { name: "Acme".into(), admin_email: "ann@x".into(), admin_password: FIRST.into() };
    service.create_organization(Some(root), request, OperationId::random()).await.unwrap()
}

/// Signs in again and again with one password or the other, and keeps every session.
async fn sign_in(
    service: Arc<TenantService>,
    store: Arc<dyn Store>,
    is_over: Arc<AtomicBool>,
) -> Vec<AccessToken> {
    let passwords = [SecretString::from(FIRST), SecretString::from(SECOND)];
    let mut tokens = Vec::new();
    for password in passwords.iter().cycle() {
        match service.sign_in("ann@x", password).await {
            Ok(signed_in) => tokens.push(signed_in.token),
            Err(Error::InvalidCredentials | Error::Throttled { .. }) => {}
            Err(other) => panic!("{other}"),
        }
        // Wrong ones are part of it, and no reason to wait.
        store.forget_tries("ann@x").await.unwrap();
        if is_over.load(Ordering::SeqCst) {
            break;
        }
    }
    tokens
}

async fn change_password(
    service: &TenantService,
    root: &AccessToken,
    about: &OrganizationReference,
) -> Result<()> {
    let request = UpdateOrganization { admin_password: Some(SECOND.into()), ..UpdateOrganization::default() };
    service.update_organization(root, about, request, OperationId::random()).await.map(drop)
}

/// Until it is done: a change of the password that is under way is waited for.
async fn delete(service: &TenantService, root: &AccessToken, about: &OrganizationReference, is_purge: bool) {
    loop {
        match service.delete_organization(root, about, "Acme", None, is_purge, OperationId::random()).await {
            Ok(_) => return,
            Err(Error::Changed | Error::Busy(_)) => tokio::task::yield_now().await,
            Err(other) => panic!("{other}"),
        }
    }
}

async fn no_session_and_no_account_outlives_its_organization<H: Harness>() {
    let harness = H::empty().await;
    let service = process(&harness).await;
    service.initialize(ROOT, PASSWORD.into(), OperationId::random()).await.unwrap();
    let root = service.sign_in(ROOT, &PASSWORD.into()).await.unwrap().token;
    let mut given: Vec<AccessToken> = Vec::new();
    let mut changed = 0;
    for round in 0..ROUNDS {
        // Into the trash, or for good.
        let is_purge = round % 2 == 1;
        let acme = create(&service, &root).await;
        let about = OrganizationReference::Id(acme.id);
        let is_over = Arc::new(AtomicBool::new(false));
        let mut signing_in = Vec::new();
        for _ in 0..2 {
            let (service, store) = (process(&harness).await, harness.another());
            signing_in.push(tokio::spawn(sign_in(service, store, Arc::clone(&is_over))));
        }
        let (one, two) = (process(&harness).await, process(&harness).await);
        let (password, ()) =
            tokio::join!(change_password(&one, &root, &about), delete(&two, &root, &about, is_purge));
        is_over.store(true, Ordering::SeqCst);
        match password {
            Ok(()) => changed += 1,
            Err(Error::Changed | Error::Busy(_) | Error::NotFound) => {}
            Err(other) => panic!("{round}: {other}"),
        }
        for tokens in signing_in {
            given.extend(tokens.await.unwrap());
        }
        let store = harness.store();
        let account = store.account(acme.admin_id).await.unwrap();
        assert_eq!(account.is_none(), is_purge, "{round}: only a purge takes the account");
        assert!(
            store.account_by_email("ann@x").await.unwrap().is_none(),
            "{round}: and nobody has its email"
        );
        for password in [FIRST, SECOND] {
            let refused = service.sign_in("ann@x", &password.into()).await.map(drop);
            assert_eq!(refused, Err(Error::InvalidCredentials), "{round}: {password}");
            store.forget_tries("ann@x").await.unwrap();
        }
        // Also not as the next one of this name and email, who is there now.
        let next = create(&service, &root).await;
        for token in &given {
            let refused = service.who_am_i(token).await.map(|who| who.organization_id);
            assert!(matches!(refused, Err(Error::SessionExpired(_))), "{round}: {refused:?}");
        }
        delete(&service, &root, &OrganizationReference::Id(next.id), true).await;
    }
    println!("{} sessions were made and ended, {changed} passwords were changed before", given.len());
    assert!(!given.is_empty(), "somebody was signed in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_mongo() {
    Box::pin(no_session_and_no_account_outlives_its_organization::<OnMongo>()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_embedded() {
    Box::pin(no_session_and_no_account_outlives_its_organization::<OnEmbedded>()).await;
}
