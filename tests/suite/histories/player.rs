//! A process that does random things, crashes, and is replaced by another one.

use super::fault::Fault;
use super::history::{History, Look, SignIn};
use super::model::{Attempt, Found, Operation, Outcome, Request, Seen, Tick, Values};
use super::places::{Client, Ground};
use crate::common::random::Random;
use secrecy::ExposeSecret;
use tenantry::domain::name::key_of;
use tenantry::domain::{AccessToken, Email, Organization, OrganizationId, SortKey, Status};
use tenantry::port::{Lookup, OrganizationQuery};
use tenantry::service::{Error, OperationId};

/// Few, so that all clients compete.
const NAMES: [&str; 11] =
    ["Acme", "ACME", "Borg", "Cyan", "Dune", "Echo", "Fjord", "Gaia", "Halo", "Iris", "Jade"];
const EMAILS: [&str; 12] =
    ["a@x", "A@x", "b@x", "c@x", "d@x", "e@x", "f@x", "g@x", "h@x", "i@x", "j@x", "k@x"];

pub(crate) struct Player<'a, G> {
    pub(crate) ground: &'a G,
    pub(crate) history: &'a History,
    /// Of the operator that everybody is.
    pub(crate) token: &'a AccessToken,
    pub(crate) client: Client,
    pub(crate) random: Random,
    /// Whether its commands may be late, after others took its operation over: on a server that checks UUIDs.
    pub(crate) is_late: bool,
}

impl<G: Ground> Player<'_, G> {
    /// So many random things, one after the other. Each has its own numbers, so that a seed gives the same ones
    /// whatever the others do.
    pub(crate) async fn play(mut self, seed: u64, steps: u64) -> Self {
        for step in 0..steps {
            self.random = Random::fork(seed, step);
            self.history.lock().counts.operations += 1;
            match self.random.below(100) {
                0..20 => self.create().await,
                20..46 => self.update().await,
                46..54 => self.suspend_or_resume().await,
                54..67 => self.delete().await,
                67..77 => self.restore().await,
                77..82 => self.purge().await,
                82..86 => self.look_by_name().await,
                86..90 => self.list().await,
                90..95 => self.look_at_account().await,
                _ => self.sign_in().await,
            }
        }
        self
    }

    fn word(&mut self) -> String {
        format!("correct horse {}", self.random.below(1_000_000))
    }

    async fn create(&mut self) {
        let values = Values {
            name: (*self.random.pick(&NAMES)).to_owned(),
            email: (*self.random.pick(&EMAILS)).to_owned(),
            password: self.word(),
            suspended: None,
            is_deleted: false,
        };
        let looked = self.history.tick();
        self.request(Request::Create(values), looked).await;
    }

    /// Another name and another email than these.
    fn others(&mut self, seen: &Seen) -> (String, String) {
        let mut other = |all: &[&str], now: &str| {
            let others: Vec<_> = all.iter().filter(|other| **other != now).collect();
            (**self.random.pick(&others)).to_owned()
        };
        (other(&NAMES, &seen.name), other(&EMAILS, &seen.email))
    }

    async fn update(&mut self) {
        let (what, word) = (self.random.below(8), self.word());
        let Some((seen, looked)) = self.look(false).await else { return };
        let (name, email) = self.others(&seen);
        let name = [0, 1, 2, 3].contains(&what).then_some(name);
        let email = [2, 3, 4, 5].contains(&what).then_some(email);
        let password = [3, 6, 7].contains(&what).then_some(word);
        self.request(Request::Update { seen, name, email, password }, looked).await;
    }

    /// Mostly resumes a suspended one.
    async fn suspend_or_resume(&mut self) {
        let (stays, word) = (self.random.chance(20), self.word());
        let Some((seen, looked)) = self.look(false).await else { return };
        let reason = (stays || seen.suspended.is_none()).then_some(word);
        self.request(Request::Suspension { seen, reason }, looked).await;
    }

    async fn delete(&mut self) {
        if let Some((seen, looked)) = self.look(false).await {
            self.request(Request::Delete { seen }, looked).await;
        }
    }

    /// Mostly with the old values.
    async fn restore(&mut self) {
        let (what, word) = (self.random.below(6), self.word());
        let Some((seen, looked)) = self.look(true).await else { return };
        let (name, email) = self.others(&seen);
        let name = [0, 1].contains(&what).then_some(name);
        let email = [1, 2].contains(&what).then_some(email);
        let password = [0, 2].contains(&what).then_some(word);
        self.request(Request::Restore { seen, name, email, password }, looked).await;
    }

    /// From the trash, mostly.
    async fn purge(&mut self) {
        let is_deleted = self.random.chance(60);
        if let Some((seen, looked)) = self.look(is_deleted).await {
            self.request(Request::Purge { seen }, looked).await;
        }
    }

    /// Picks an organization that is known to all and is probably in the trash or not; none if its state is different,
    /// or if it has an operation.
    async fn look(&mut self, is_deleted: bool) -> Option<(Seen, Tick)> {
        let mut known = self.history.known();
        known.retain(|(_, values)| values.is_deleted == is_deleted);
        if known.is_empty() {
            return None;
        }
        let (id, _) = *self.random.pick(&known.iter().collect::<Vec<_>>());
        let began = self.history.tick();
        let found = self.client.store.find(&Lookup::Id(*id)).await.ok()?;
        let found = Found::of(found.as_ref());
        self.history.saw(began, Look::ById(*id, found.clone()));
        match found {
            Found::Whole(seen) => (seen.is_deleted == is_deleted).then_some((seen, began)),
            Found::Gone | Found::InWork => None,
        }
    }

    async fn look_by_name(&mut self) {
        let name = *self.random.pick(&NAMES);
        let began = self.history.tick();
        if let Ok(found) = self.client.store.find(&Lookup::NameKey(key_of(name))).await {
            self.history.saw(began, Look::ByName(name.to_owned(), found.map(|found| found.id)));
        }
    }

    async fn list(&mut self) {
        let limit = usize::try_from(1 + self.random.below(4)).unwrap();
        let (reverse, is_trash) = (self.random.chance(50), self.random.chance(40));
        let status = is_trash.then_some(Status::Deleted);
        let mut query = OrganizationQuery { status, sort: SortKey::Name, reverse, after: None, limit };
        let began = self.history.tick();
        let mut rows = Vec::new();
        loop {
            let Ok(page) = self.client.store.page(&query).await else { return };
            rows.extend(page.rows.iter().map(|row| (row.id, Found::of(Some(row)))));
            query.after = page.next;
            if query.after.is_none() {
                break;
            }
        }
        self.history.saw(began, Look::List { is_trash, rows });
    }

    async fn look_at_account(&mut self) {
        let email = *self.random.pick(&EMAILS);
        let began = self.history.tick();
        let Ok(found) = self.client.store.account_by_email(&Email::key_of(email)).await else { return };
        let seen = found.map(|found| {
            let account = found.account;
            let id = account.organization_id.unwrap();
            self.history.saw_hash(id, account.version, found.password_hash.expose_secret());
            (id, account.version, account.email)
        });
        self.history.saw(began, Look::Account(email.to_owned(), seen));
    }

    /// With a password that is probably right.
    async fn sign_in(&mut self) {
        let known = self.history.known();
        if known.is_empty() {
            return;
        }
        let (_, Values { email, password, .. }) = self.random.pick(&known).clone();
        let began = self.history.tick();
        let answer = match self.client.service.sign_in(&email, &password.clone().into()).await {
            Ok(signed_in) => SignIn::In(signed_in.principal.organization_id),
            Err(Error::InvalidCredentials) => SignIn::Wrong,
            Err(Error::Suspended(reason)) => SignIn::Suspended(reason),
            // Too many were wrong before.
            Err(_) => return,
        };
        self.history.saw(began, Look::SignIn { email, password, answer });
    }

    /// Makes a request, and sometimes the same again when it was not answered.
    async fn request(&mut self, request: Request, looked: Tick) {
        let operation = Operation::new(OperationId::random().0, request, looked);
        for _ in 0..3 {
            let fault = Fault::random::<G>(&mut self.random, &operation.request, self.is_late);
            let outcome = self.attempt(&operation, fault).await;
            if !matches!(outcome, Outcome::Unknown) || self.random.chance(60) {
                return;
            }
        }
    }

    /// One attempt, and what is known about it afterwards.
    pub(crate) async fn attempt_calmly(&mut self, operation: &Operation) -> Outcome {
        self.attempt(operation, Fault::Nothing).await
    }

    async fn attempt(&mut self, operation: &Operation, fault: Fault) -> Outcome {
        let began = self.history.tick();
        let (answer, is_faulty) = self.under(fault, &operation.request, operation.id).await;
        let mut is_collection_there = false;
        let outcome = match &answer {
            Some(Ok(_)) => Outcome::Done,
            Some(Err(unclear)) if unclear.open_operation().is_some() => {
                let named = unclear.open_operation().map(|operation| operation.0);
                assert_eq!(named, Some(operation.id), "it names the operation");
                Outcome::Unknown
            }
            Some(Err(refusal)) => {
                if let Error::CollectionExists(name) = refusal {
                    is_collection_there = self.ground.is_collection_there(name).await;
                }
                Outcome::Refused(refusal.clone())
            }
            None => Outcome::Unknown,
        };
        let ended = self.history.tick();
        let attempt = Attempt { began, ended, outcome: outcome.clone(), is_faulty, is_collection_there };
        self.history.attempted(operation, attempt);
        if let Some(Ok(organization)) = answer {
            self.learn(&operation.request, organization.as_ref()).await;
        }
        outcome
    }

    /// A new organization gets its own document before others use it.
    async fn learn(&mut self, request: &Request, organization: Option<&Organization>) {
        let Some(id) = request.about().or(organization.map(|made| made.id)) else { return };
        let known = self.history.known().into_iter().find(|(known, _)| *known == id);
        match (request, organization, &known) {
            (Request::Create(_), Some(made), None) => {
                // A repeat returns its current state, even renamed or deleted; no other client writes into it yet.
                self.ground.put(made.collection_name(), &document_of(id)).await;
            }
            (Request::Create(_), ..) | (_, _, None) => return,
            (_, _, Some(_)) => {}
        }
        let values = request.applied(known.as_ref().map(|(_, values)| values));
        self.history.learn(id, values);
    }
}

pub(crate) fn document_of(id: OrganizationId) -> String {
    format!("of {id}")
}
