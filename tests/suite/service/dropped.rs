//! Writes whose caller stops waiting: each one is completed, wherever it was.

use super::*;
use crate::common::gate::{Gate, set};
use crate::common::harness::{Harness, OnEmbedded, OnMongo};
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tenantry::domain::{Finding, Problem};
use tenantry::port::GivenKey;
use tenantry::service::clock::SystemClock;
use tenantry::service::{
    RepairProgress, RepairScope, RestoreOrganization, ServiceOptions, TenantService, UpdateOwnAccount,
};
use tokio::sync::watch;

/// A service over a store whose writes can be held one by one.
struct Held<H> {
    _harness: H,
    gate: Arc<Gate>,
    service: TenantService,
}

type Call<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// The preparation of a write, with the session that makes it, and the write; both get the number of the round.
struct Case<H> {
    name: &'static str,
    prepare: for<'a> fn(&'a Held<H>, usize) -> Call<'a, AccessToken>,
    write: for<'a> fn(&'a Held<H>, usize, &'a AccessToken) -> Call<'a, Result<()>>,
}

impl<H: Harness> Held<H> {
    async fn empty() -> Self {
        let harness = H::empty().await;
        let gate = Arc::new(Gate::new(harness.another()));
        let key = Arc::new(GivenKey("0123456789abcdef0123456789abcdef".into()));
        let options = ServiceOptions { open_registration: true, ..options() };
        let service = TenantService::new(Arc::clone(&gate) as _, key, Arc::new(SystemClock), options);
        Self { _harness: harness, gate, service }
    }

    async fn root(&self) -> AccessToken {
        self.token(ROOT).await
    }

    async fn token(&self, email: &str) -> AccessToken {
        self.service.sign_in(email, &PASSWORD.into()).await.unwrap().token
    }

    /// These prepare a write, and return an operator's session.
    async fn create(&self, round: usize) -> AccessToken {
        let root = self.root().await;
        self.service.create_organization(Some(&root), new(round), OperationId::random()).await.unwrap();
        root
    }

    async fn suspend(&self, round: usize) -> AccessToken {
        let (root, target, id) = (self.root().await, organization(round), OperationId::random());
        self.service.suspend_organization(&root, &target, "unpaid", None, id).await.unwrap();
        root
    }

    async fn create_deleted(&self, round: usize) -> AccessToken {
        let root = self.create(round).await;
        self.delete(&root, round, false).await.unwrap();
        root
    }

    async fn add_operator(&self, round: usize) -> AccessToken {
        let (root, id) = (self.root().await, OperationId::random());
        self.service.add_operator(&root, &operator(round), PASSWORD.into(), id).await.unwrap();
        root
    }

    async fn delete(&self, token: &AccessToken, round: usize, now: bool) -> Result<()> {
        let (target, id) = (organization(round), OperationId::random());
        self.service.delete_organization(token, &target, &name(round), None, now, id).await.map(drop)
    }

    /// Makes a write and answers which calls of the store wrote for it.
    async fn undisturbed(&self, case: &Case<H>, round: usize) -> Vec<&'static str> {
        let token = (case.prepare)(self, round).await;
        self.gate.written.lock().unwrap().clear();
        // A refused write counts too: a wrong password is a write.
        let _ = (case.write)(self, round, &token).await;
        self.gate.written.lock().unwrap().clone()
    }

    /// Like [`Self::undisturbed`], but the caller stops waiting after this many writing calls of the store.
    async fn dropped(&self, case: &Case<H>, round: usize, after: usize) -> Vec<&'static str> {
        let token = (case.prepare)(self, round).await;
        self.gate.written.lock().unwrap().clear();
        self.gate.permits.add_permits(after);
        set(&self.gate.holds_every_write, true);
        tokio::select! {
            result = (case.write)(self, round, &token) => panic!("{}: not held, {result:?}", case.name),
            () = self.is_held(after) => {}
        }
        set(&self.gate.holds_every_write, false);
        self.gate.permits.add_permits(1);
        self.service.writes_end().await;
        assert_eq!(self.gate.permits.available_permits(), 0, "{}", case.name);
        self.gate.written.lock().unwrap().clone()
    }

    async fn is_held(&self, after: usize) {
        while self.gate.waiting.load(Ordering::SeqCst) == 0 || self.gate.written.lock().unwrap().len() < after
        {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

fn name(round: usize) -> String {
    format!("Acme {round}")
}

fn organization(round: usize) -> OrganizationReference {
    by_name(&name(round))
}

fn admin(round: usize) -> String {
    format!("admin{round}@acme.example")
}

fn operator(round: usize) -> String {
    format!("operator{round}@example.com")
}

fn new(round: usize) -> CreateOrganization {
    CreateOrganization { name: name(round), admin_email: admin(round), admin_password: PASSWORD.into() }
}

fn new_password() -> SecretString {
    "a new password".into()
}

macro_rules! cases {
    ($($name:literal: |$held:ident, $round:ident, $token:ident| $prepare:expr => $write:expr;)+) => {
        vec![$(Case {
            name: $name,
            prepare: |$held, $round| Box::pin(async move { let _ = $round; $prepare }),
            write: |$held, $round, $token| Box::pin(async move { let _ = $round; $write.await.map(drop) }),
        }),+]
    };
}

fn sessions<H: Harness>() -> Vec<Case<H>> {
    cases! {
        "sign in": |held, round, _token| held.root().await => held.service.sign_in(ROOT, &PASSWORD.into());
        "sign in with a wrong password": |held, round, _token| held.root().await =>
            held.service.sign_in(ROOT, &"a wrong password".into());
        "sign in to a suspended organization": |held, round, _token| {
            held.create(round).await;
            held.suspend(round).await
        } => held.service.sign_in(&admin(round), &PASSWORD.into());
        "sign out": |held, round, token| held.root().await => held.service.sign_out(token, false);
        "sign out everywhere": |held, round, token| held.root().await => held.service.sign_out(token, true);
    }
}

fn organizations<H: Harness>() -> Vec<Case<H>> {
    cases! {
        "create": |held, round, token| held.root().await =>
            held.service.create_organization(Some(token), new(round), OperationId::random());
        "register": |held, round, _token| held.root().await =>
            held.service.create_organization(None, new(round), OperationId::random());
        "update": |held, round, token| held.create(round).await => async {
            let request = UpdateOrganization {
                name: Some(format!("Zephyr {round}")),
                admin_email: Some(format!("zoe{round}@zephyr.example")),
                admin_password: Some(new_password()),
                ..UpdateOrganization::default()
            };
            let target = organization(round);
            let call =
                held.service.update_organization(token, &target, request, OperationId::random());
            call.await
        };
        "rename by the admin": |held, round, token| {
            held.create(round).await;
            held.token(&admin(round)).await
        } => async {
            let request = rename(&format!("Zephyr {round}"));
            let target = organization(round);
            let call =
                held.service.update_organization(token, &target, request, OperationId::random());
            call.await
        };
        "suspend": |held, round, token| held.create(round).await =>
            held.service.suspend_organization(
                token,
                &organization(round),
                "unpaid",
                None,
                OperationId::random(),
            );
        "resume": |held, round, token| {
            held.create(round).await;
            held.suspend(round).await
        } => held.service.resume_organization(token, &organization(round), None, OperationId::random());
        "delete": |held, round, token| held.create(round).await => held.delete(token, round, false);
        "delete now": |held, round, token| held.create(round).await => held.delete(token, round, true);
        "restore": |held, round, token| held.create_deleted(round).await => async {
            let request =
                RestoreOrganization { admin_password: Some(new_password()), ..RestoreOrganization::default() };
            let target = organization(round);
            let call =
                held.service.restore_organization(token, &target, request, OperationId::random());
            call.await
        };
        "purge": |held, round, token| held.create_deleted(round).await =>
            held.service.purge_organization(token, &organization(round), &name(round), None, OperationId::random());
    }
}

fn whole_stores<H: Harness>() -> Vec<Case<H>> {
    cases! {
        "tidy": |held, round, token| held.root().await => async {
            held.service.tidy(Some(token)).await;
            Ok(())
        };
        "purge what is due": |held, round, token| held.root().await => held.service.purge_expired(token);
        "repair": |held, round, token| held.root().await => async {
            let finding = || Finding {
                organization_id: None,
                organization_name: None,
                collection_name: None,
                problem: Problem::OperatorCount { counted: 5, there: 1 },
            };
            let (progress, _listening) = watch::channel(RepairProgress::default());
            held.service.repair(token, &[finding()], RepairScope::Safe, &progress).await
        };
        "recover an operation": |held, round, token| held.create(round).await => async {
            let id = held.service.organization(token, &organization(round)).await?.id;
            held.service.recover_operation(token, id).await
        };
    }
}

fn accounts<H: Harness>() -> Vec<Case<H>> {
    cases! {
        "add an operator": |held, round, token| held.root().await =>
            held.service.add_operator(token, &operator(round), PASSWORD.into(), OperationId::random());
        "remove an operator": |held, round, token| held.add_operator(round).await =>
            held.service.remove_operator(token, &*operator(round), &operator(round), OperationId::random());
        "password of an operator": |held, round, token| held.add_operator(round).await =>
            held.service.set_operator_password(
                token,
                &*operator(round),
                new_password(),
                OperationId::random(),
            );
        "recover an operator": |held, round, _token| held.add_operator(round).await =>
            held.service.recover_operator(&operator(round), new_password(), OperationId::random());
        "own account of an operator": |held, round, token| {
            held.add_operator(round).await;
            held.token(&operator(round)).await
        } => held.service.update_own_account(token, own_account(round), OperationId::random());
        "own account of an admin": |held, round, token| {
            held.create(round).await;
            held.token(&admin(round)).await
        } => held.service.update_own_account(token, own_account(round), OperationId::random());
    }
}

fn own_account(round: usize) -> UpdateOwnAccount {
    UpdateOwnAccount {
        email: Some(format!("own{round}@example.com")),
        password: Some(new_password()),
        current_password: Some(PASSWORD.into()),
    }
}

/// A round that is left alone, then one for each call that writes, in which the caller stops waiting at that call.
async fn goes_on<H: Harness>(case: &Case<H>) {
    let held = Held::<H>::empty().await;
    held.service.initialize(ROOT, PASSWORD.into(), OperationId::random()).await.unwrap();
    let all = held.undisturbed(case, 0).await;
    assert!(!all.is_empty(), "{} writes", case.name);
    for after in 0..all.len() {
        let written = held.dropped(case, after + 1, after).await;
        assert_eq!(written, all, "{}: dropped after {after} calls", case.name);
    }
}

async fn dropped_write_is_completed<H: Harness>() {
    for case in sessions().iter().chain(&organizations()).chain(&whole_stores()).chain(&accounts()) {
        Box::pin(goes_on::<H>(case)).await;
    }
}

async fn dropped_first_operator_is_created<H: Harness>() {
    let held = Held::<H>::empty().await;
    set(&held.gate.holds_every_write, true);
    tokio::select! {
        made = held.service.initialize(ROOT, PASSWORD.into(), OperationId::random()) => panic!("{made:?}"),
        () = held.is_held(0) => {}
    }
    held.gate.permits.add_permits(1);
    held.service.writes_end().await;
    set(&held.gate.holds_every_write, false);
    held.root().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropped_write_is_completed_on_embedded() {
    Box::pin(dropped_write_is_completed::<OnEmbedded>()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropped_write_is_completed_on_mongo() {
    Box::pin(dropped_write_is_completed::<OnMongo>()).await;
}

#[tokio::test]
async fn dropped_first_operator_is_created_on_embedded() {
    dropped_first_operator_is_created::<OnEmbedded>().await;
}

#[tokio::test]
async fn dropped_first_operator_is_created_on_mongo() {
    dropped_first_operator_is_created::<OnMongo>().await;
}

#[tokio::test]
async fn end_of_writes_waits_for_running_ones() {
    let held = Held::<OnEmbedded>::empty().await;
    held.service.initialize(ROOT, PASSWORD.into(), OperationId::random()).await.unwrap();
    set(&held.gate.holds_every_write, true);
    let password = SecretString::from(PASSWORD);
    tokio::select! {
        signed_in = held.service.sign_in(ROOT, &password) => panic!("{signed_in:?}"),
        () = held.is_held(0) => {}
    }
    let short = Duration::from_millis(50);
    assert!(tokio::time::timeout(short, held.service.writes_end()).await.is_err(), "one is under way");
    set(&held.gate.holds_every_write, false);
    held.gate.permits.add_permits(1);
    held.service.writes_end().await;
    held.root().await;
}
