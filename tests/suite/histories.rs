//! Random histories against a model, on both stores: several processes create, rename, change, delete, look and sign
//! in at the same time over a few names and emails, while connections break, answers are lost, commands are refused
//! or come late, and processes die in the middle and are replaced. After each round, when others have ended what was
//! left over, everything that was answered, and everything that anybody saw, has to fit together with what is there:
//!
//! - what was acknowledged is there and whole, what was refused left nothing and had a reason, what was not answered
//!   is whole or absent, and stays so;
//! - of one look at an organization at most one change came; nobody saw what was not there at that time;
//! - a repeat with the same operation id is answered with what was done;
//! - no two have a name, an email or a collection; each collection has its own documents and nobody else's;
//!   reservations, records, accounts and collections agree, and what was freed can be used.
//!
//! The seed is printed. `TENANTRY_TEST_SEED` gives the same requests and faults, but not the same order of what is
//! done at once by several: a failure may need some tries to come back. `TENANTRY_TEST_OPERATIONS` says how many
//! operations on each store (without it 900 on MongoDB and 2,400 on the embedded one).
#![expect(clippy::print_stdout, reason = "the seed has to be known, and how much there was")]

mod history;
mod model;
mod places;
mod player;

use crate::common::random::{Random, number, seed};
use crate::common::service::{PASSWORD, ROOT, service_over};
use futures_util::future::join_all;
use history::{History, Now};
use model::Values;
use places::{EmbeddedGround, Ground, MongoGround};
use player::{Player, document_of};
use std::collections::BTreeMap;
use tenantry::domain::{AccessToken, Email, OrganizationId, SortKey};
use tenantry::service::OperationId;
use tenantry::service::store::{AuditQuery, PageQuery};
use tokio::runtime::Runtime;

/// Processes at once, and what each of them does in a round.
const PLAYERS: u64 = 4;
const STEPS: usize = 12;

struct Round<'a, G> {
    ground: &'a G,
    history: &'a History,
    /// Of the operator that everybody is.
    token: &'a AccessToken,
    seed: u64,
    number: u64,
}

impl<G: Ground> Round<'_, G> {
    /// Everybody plays; afterwards one of them, still there, repeats what was not answered.
    async fn play(&self) {
        let players = join_all((0..PLAYERS).map(|player| async move {
            let mut random = Random::fork(self.seed, self.number * PLAYERS + player);
            let client = self.ground.client(&mut random).await;
            let (ground, history, token) = (self.ground, self.history, self.token);
            let stalls = !self.is_strict();
            Player { ground, history, token, client, random, stalls }.play(STEPS).await
        }));
        let mut players = Box::pin(players).await;
        if G::HAS_HIDDEN_WORK {
            return;
        }
        self.ground.settle().await;
        self.ground.leases_end().await;
        let player = &mut players[0];
        let mut answers = Vec::new();
        for operation in self.history.unanswered() {
            let outcome = player.attempt_calmly(&operation).await;
            answers.push((OperationId(operation.id), outcome));
        }
        self.ground.settle().await;
        self.ground.another_opens().await;
        self.check().await;
        let inner = self.history.lock();
        for (id, outcome) in &answers {
            inner.assert_repeated(*id, outcome);
        }
    }

    /// In every second round nobody stands still and goes on late, so nothing at all is left over.
    fn is_strict(&self) -> bool {
        self.number.is_multiple_of(2)
    }

    fn when(&self) -> String {
        format!("seed {}, round {}", self.seed, self.number)
    }

    /// That everything fits together, and learns what nobody was told of.
    async fn check(&self) {
        let store = self.ground.store();
        let audit = store.audit(&AuditQuery::newest(2_000)).await.unwrap();
        let living = self.history.lock().check(&audit, self.history.tick());
        let now = self.now().await;
        self.history.lock().assert_now(&now);
        assert_eq!(now.len(), living.len(), "{}: {living:?} {now:?}", self.when());
        self.learn(&now, &living).await;
        for Now { organization, account } in &now {
            let (id, collection) = (organization.id, organization.collection_name());
            let documents = self.ground.ids(collection).await;
            assert_eq!(documents, [document_of(id)], "{}: {organization:?}", self.when());
            let by_email = store.account_by_email(&Email::key_of(&organization.admin_email)).await.unwrap();
            assert_eq!(by_email.unwrap().account.id, account.account.id, "{}", self.when());
        }
    }

    async fn learn(&self, now: &[Now], living: &BTreeMap<OrganizationId, (i64, String)>) {
        let service = service_over(self.ground.another());
        let known: BTreeMap<_, _> = self.history.known().into_iter().collect();
        for Now { organization, .. } in now {
            let id = organization.id;
            let (name, email) = (organization.name.clone(), organization.admin_email.clone());
            let (_, password) = living.get(&id).cloned().unwrap();
            self.ground.store().forget_tries(&Email::key_of(&email)).await.unwrap();
            let signed_in = service.sign_in(&email, &password.clone().into()).await;
            let whose = signed_in.map(|signed_in| signed_in.principal.organization_id);
            assert_eq!(whose, Ok(Some(id)), "{}: {organization:?}", self.when());
            if !known.contains_key(&id) {
                self.ground.put(organization.collection_name(), &document_of(id)).await;
            }
            self.history.learn(id, Values { name, email, password });
        }
    }

    async fn now(&self) -> Vec<Now> {
        let store = self.ground.store();
        let all = PageQuery { state: None, sort: SortKey::Name, reverse: false, after: None, limit: 1_000 };
        let mut now = Vec::new();
        for organization in store.page(&all).await.unwrap() {
            let account = store.account(organization.admin_id).await.unwrap().unwrap();
            now.push(Now { organization: (*organization).clone(), account });
        }
        now
    }

    /// What comes late comes now, sometimes; nothing is left over again once that is swept away.
    async fn end(&self, random: &mut Random) {
        self.check().await;
        self.ground.assert_sound(&self.when(), self.is_strict()).await;
        if random.chance(60) {
            let late = self.ground.release();
            self.history.lock().counts.late += late as u64;
            self.ground.settle().await;
            self.ground.another_opens().await;
            self.ground.assert_sound(&self.when(), false).await;
            self.check().await;
        }
        self.ground.sweep().await;
        self.ground.assert_sound(&self.when(), true).await;
    }
}

async fn start<G: Ground>() -> (G, AccessToken) {
    let ground = G::empty().await;
    let service = service_over(ground.another());
    service.initialize(ROOT, PASSWORD.into()).await.unwrap();
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
