//! Random histories against a model, on both stores: several processes create, rename, change, suspend, resume,
//! delete, restore, purge, read and sign in at the same time with a few names and emails, while connections break,
//! answers are lost, commands are refused or late, and processes die and are replaced. After each round, when others
//! have recovered everything, all answers and all reads must be consistent with the final state:
//!
//! - acknowledged writes are complete, refused ones left nothing and had a reason, unanswered ones are complete or
//!   absent, and stay so;
//! - at most one change is based on one read of an organization; every read was possible at its time;
//! - a repeat with the same operation id gets the first answer;
//! - names, emails and collections are unique; each collection has only its own documents; reservations, records,
//!   accounts and collections agree, and released names can be used.
//!
//! In every second round on MongoDB the server checks the UUIDs of collections, and commands may be late: the doctor
//! then repairs their effects. In the other rounds it ignores UUIDs, no command is late, and nothing is left over.
//!
//! The seed is printed. `TENANTRY_TEST_SEED` repeats the requests and faults, but not the order of parallel ones:
//! reproducing a failure may need several runs. `TENANTRY_TEST_OPERATIONS` sets the number of operations on each store
//! (default: 400 on MongoDB and 700 on the embedded one).
#![expect(clippy::print_stdout, reason = "the seed has to be known, and how much there was")]

mod fault;
mod history;
mod model;
mod past;
mod places;
mod player;
mod send;

use crate::common::random::{Random, number, seed};
use crate::common::service::{PASSWORD, ROOT, service_over};
use futures_util::future::join_all;
use history::{History, Now};
use model::{Operation, Outcome, Values};
use places::{EmbeddedGround, Ground, MongoGround};
use player::{Player, document_of};
use tenantry::domain::{AccessToken, Email, OperationId, OrganizationId, SortKey, Status};
use tenantry::port::{AuditQuery, OrganizationQuery};
use tenantry::service::{Error, TenantService};
use tokio::runtime::Runtime;

/// Processes at once, and what each of them does in a round.
const PLAYERS: u64 = 4;
const STEPS: u64 = 12;

struct Round<'a, G> {
    ground: &'a G,
    history: &'a History,
    /// Of the operator that everybody is.
    token: &'a AccessToken,
    seed: u64,
    number: u64,
}

impl<G: Ground> Round<'_, G> {
    /// All clients play; afterwards one that is still running repeats the unanswered requests.
    async fn play(&self) {
        let players = join_all((0..PLAYERS).map(|player| async move {
            let seed = self.seed.wrapping_add((self.number * PLAYERS + player) << 16);
            let mut random = Random::fork(seed, STEPS);
            let client = self.ground.client(&mut random, self.is_late()).await;
            let (ground, history, token) = (self.ground, self.history, self.token);
            let is_late = self.is_late();
            Player { ground, history, token, client, random, is_late }.play(seed, STEPS).await
        }));
        let mut players = Box::pin(players).await;
        if G::HAS_HIDDEN_WORK {
            return;
        }
        self.ground.settle().await;
        self.ground.leases_end().await;
        let player = &mut players[0];
        let mut answers: Vec<(Operation, Outcome)> = Vec::new();
        for operation in self.history.unanswered() {
            let outcome = player.attempt_calmly(&operation).await;
            answers.push((operation, outcome));
        }
        self.recover().await;
        self.check().await;
        let inner = self.history.lock();
        for (operation, outcome) in &answers {
            inner.assert_repeated(OperationId(operation.id), outcome);
        }
    }

    /// In every second round commands come late. In the others nothing is left over.
    fn is_late(&self) -> bool {
        !self.number.is_multiple_of(2)
    }

    fn when(&self) -> String {
        format!("seed {}, round {}", self.seed, self.number)
    }

    /// Another process recovers abandoned operations, and the doctor repairs the effects of late commands.
    async fn recover(&self) {
        self.ground.settle().await;
        self.ground.another_recovers().await;
        if self.is_late() {
            self.ground.repair(&self.when()).await;
        }
    }

    /// Checks that everything is consistent, and resolves unanswered requests.
    async fn check(&self) {
        let store = self.ground.store();
        let audit = store.audit(&AuditQuery::newest(2_000)).await.unwrap().rows;
        let living = self.history.lock().check(&audit, self.history.tick());
        let now = self.now().await;
        self.history.lock().assert_now(&now);
        assert_eq!(now.len(), living.len(), "{}: {living:?} {now:?}", self.when());
        let service = service_over(self.ground.another());
        for Now { organization, account } in &now {
            let id = organization.id;
            let values = living.get(&id).unwrap();
            self.learn(&service, (id, organization.collection_name()), values).await;
            let documents = self.ground.ids(organization.collection_name()).await;
            assert_eq!(documents, [document_of(id)], "{}: {organization:?}", self.when());
            let by_email = store.account_by_email(&Email::key_of(&organization.admin_email)).await.unwrap();
            let is_its = by_email.is_some_and(|found| found.account.id == account.account.id);
            assert_eq!(is_its, !values.is_deleted, "{}: {organization:?}", self.when());
        }
    }

    /// Signs its admin in, as far as that may sign in.
    async fn learn(
        &self,
        service: &TenantService,
        (id, collection): (OrganizationId, &str),
        values: &Values,
    ) {
        self.ground.store().forget_tries(&Email::key_of(&values.email)).await.unwrap();
        let signed_in = service.sign_in(&values.email, &values.password.clone().into()).await;
        let whose = signed_in.map(|signed_in| signed_in.principal.organization_id);
        let expected = match &values.suspended {
            _ if values.is_deleted => Err(Error::InvalidCredentials),
            Some(reason) => Err(Error::Suspended(reason.clone())),
            None => Ok(Some(id)),
        };
        assert_eq!(whose, expected, "{}: {id} {values:?}", self.when());
        self.ground.store().forget_tries(&Email::key_of(&values.email)).await.unwrap();
        if !self.history.known().iter().any(|(known, _)| *known == id) {
            self.ground.put(collection, &document_of(id)).await;
        }
        self.history.learn(id, Some(values.clone()));
    }

    async fn now(&self) -> Vec<Now> {
        let store = self.ground.store();
        let mut now = Vec::new();
        for status in [None, Some(Status::Deleted)] {
            let all =
                OrganizationQuery { status, sort: SortKey::Name, reverse: false, after: None, limit: 1_000 };
            for organization in store.page(&all).await.unwrap().rows {
                let account = store.account(organization.admin_id).await.unwrap().unwrap();
                now.push(Now { organization: (*organization).clone(), account });
            }
        }
        now
    }

    /// Nothing is left over. Late commands are sometimes released now; after the repair nothing is left over again.
    async fn end(&self, random: &mut Random) {
        self.check().await;
        self.ground.assert_sound(&self.when()).await;
        if random.chance(60) {
            let late = self.ground.release();
            self.history.lock().counts.late += late as u64;
            self.ground.settle().await;
            self.ground.another_recovers().await;
            self.ground.repair(&self.when()).await;
            self.check().await;
            self.ground.assert_sound(&self.when()).await;
        }
    }
}

async fn start<G: Ground>() -> (G, AccessToken) {
    let ground = G::empty().await;
    let service = service_over(ground.another());
    service.initialize(ROOT, PASSWORD.into(), OperationId::random()).await.unwrap();
    ground.store().store_id().await.unwrap().unwrap();
    let token = service.sign_in(ROOT, &PASSWORD.into()).await.unwrap().token;
    (ground, token)
}

fn play<G: Ground>(what: &str) {
    let seed = seed();
    println!("TENANTRY_TEST_SEED={seed}, {what}");
    let wanted = number("TENANTRY_TEST_OPERATIONS").unwrap_or(G::OPERATIONS);
    let main = Runtime::new().unwrap();
    let (ground, token) = main.block_on(start::<G>());
    let history = History::default();
    let mut random = Random::fork(seed, u64::MAX);
    for number in 0.. {
        let round = Round { ground: &ground, history: &history, token: &token, seed, number };
        if G::HAS_HIDDEN_WORK {
            // A runtime that is dropped waits for the writes that it began.
            let runtime = Runtime::new().unwrap();
            runtime.block_on(Box::pin(round.play()));
            drop(runtime);
        } else {
            main.block_on(Box::pin(round.play()));
        }
        main.block_on(Box::pin(round.end(&mut random)));
        let counts = &history.lock().counts;
        if counts.operations >= wanted {
            println!("{what}: {} rounds, {counts:?}", number + 1);
            break;
        }
    }
    main.block_on(async {
        ground.settle().await;
        drop(ground);
    });
}

#[test]
fn on_mongo() {
    play::<MongoGround>("MongoDB");
}

#[test]
fn on_embedded() {
    play::<EmbeddedGround>("embedded");
}
