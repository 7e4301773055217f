//! All requests and reads, and the check that they are consistent.

use super::model::{Attempt, Found, NEVER, Operation, Outcome, Seen, Tick, Values, email_key, name_key};
use super::past::Past;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tenantry::domain::{AuditAction, AuditEntry, Organization, OrganizationId};
use tenantry::port::AccountRecord;
use tenantry::service::{Error, OperationId};
use uuid::Uuid;

/// A read and its result.
#[derive(Debug)]
pub(crate) enum Look {
    ById(OrganizationId, Found),
    ByName(String, Option<OrganizationId>),
    /// Page after page, of the trash or of all others.
    List {
        is_trash: bool,
        rows: Vec<(OrganizationId, Found)>,
    },
    /// Version and email of the account that has an email.
    Account(String, Option<(OrganizationId, i64, String)>),
    /// With a password, and what came of it.
    SignIn {
        email: String,
        password: String,
        answer: SignIn,
    },
}

/// The answer to a sign-in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SignIn {
    Wrong,
    /// The organization whose account it was.
    In(Option<OrganizationId>),
    /// The reason.
    Suspended(String),
}

/// How much there was of what.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) operations: u64,
    pub(crate) requests: u64,
    pub(crate) looks: u64,
    pub(crate) acknowledged: u64,
    pub(crate) refused: u64,
    pub(crate) unknown: u64,
    /// Unknown at first, and done all the same.
    pub(crate) done: u64,
    pub(crate) repeats: u64,
    pub(crate) crashes: u64,
    pub(crate) late: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Inner {
    operations: Vec<Operation>,
    looks: Vec<(Tick, Tick, Look)>,
    /// Organizations with a document in their collection, and their probable state; only these are used.
    known: BTreeMap<OrganizationId, Values>,
    /// Which organization a create made, by the audit.
    made: HashMap<Uuid, OrganizationId>,
    audited: HashMap<Uuid, AuditAction>,
    /// The hash of an account of one version.
    hashes: HashMap<(OrganizationId, i64), String>,
    /// Where the operations and attempts of this round begin.
    round: Tick,
    pub(crate) counts: Counts,
}

#[derive(Debug, Default)]
pub(crate) struct History {
    clock: AtomicU64,
    inner: Mutex<Inner>,
}

/// An organization as it is after a round.
#[derive(Debug)]
pub(crate) struct Now {
    pub(crate) organization: Organization,
    pub(crate) account: AccountRecord,
}

impl History {
    pub(crate) fn tick(&self) -> Tick {
        self.clock.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn known(&self) -> Vec<(OrganizationId, Values)> {
        self.lock().known.iter().map(|(id, values)| (*id, values.clone())).collect()
    }

    /// The result of a write on an organization; `None` if it is gone.
    pub(crate) fn learn(&self, id: OrganizationId, values: Option<Values>) {
        let known = &mut self.lock().known;
        match values {
            Some(values) => drop(known.insert(id, values)),
            None => drop(known.remove(&id)),
        }
    }

    pub(crate) fn saw(&self, began: Tick, look: Look) {
        let ended = self.tick();
        let mut inner = self.lock();
        inner.counts.looks += 1;
        inner.looks.push((began, ended, look));
    }

    pub(crate) fn saw_hash(&self, id: OrganizationId, version: i64, hash: &str) {
        let mut inner = self.lock();
        let known = inner.hashes.entry((id, version)).or_insert_with(|| hash.to_owned());
        assert_eq!(known, hash, "{id}: two passwords of version {version}");
    }

    /// Another attempt, of a new or a known request.
    pub(crate) fn attempted(&self, operation: &Operation, attempt: Attempt) {
        let mut inner = self.lock();
        match attempt.outcome {
            Outcome::Done => inner.counts.acknowledged += 1,
            Outcome::Refused(_) => inner.counts.refused += 1,
            Outcome::Unknown => inner.counts.unknown += 1,
        }
        if let Some(known) = inner.operations.iter_mut().rev().find(|known| known.id == operation.id) {
            known.attempts.push(attempt);
            inner.counts.repeats += 1;
            return;
        }
        inner.counts.requests += 1;
        inner.operations.push(Operation { attempts: vec![attempt], ..operation.clone() });
    }

    /// Requests of this round with an unknown outcome.
    pub(crate) fn unanswered(&self) -> Vec<Operation> {
        let inner = self.lock();
        let open = |it: &&Operation| it.decided.is_none() && !it.is_acknowledged() && !it.is_refused();
        inner.operations.iter().filter(open).cloned().collect()
    }
}

impl Inner {
    /// Checks that everything is consistent after all requests have ended. Returns the expected organizations and
    /// their state.
    pub(crate) fn check(&mut self, audit: &[AuditEntry], settled: Tick) -> BTreeMap<OrganizationId, Values> {
        for entry in audit {
            self.audited.insert(entry.id, entry.action);
            if entry.action == AuditAction::OrganizationCreate {
                let made = entry.organization_id.unwrap();
                assert_eq!(*self.made.entry(entry.id).or_insert(made), made, "one operation made two");
            }
        }
        self.decide(settled);
        let past = Past::new(&self.operations, &self.made);
        for operation in &self.operations {
            for attempt in operation.attempts.iter().filter(|attempt| attempt.began >= self.round) {
                if let Outcome::Refused(refusal) = &attempt.outcome {
                    past.assert_has_reason(operation, attempt, refusal);
                }
            }
        }
        for (began, ended, look) in &self.looks {
            assert_saw(&past, (*began, *ended), look);
        }
        let mut living = BTreeMap::new();
        for (id, chain) in &past.chains {
            if let Some(values) = chain.last().and_then(|step| step.after.clone()) {
                living.insert(*id, values);
            }
        }
        self.looks.clear();
        self.round = settled;
        self.known.retain(|id, _| living.contains_key(id));
        living
    }

    /// An unanswered request was either applied or not; once that is decided, it stays so.
    fn decide(&mut self, settled: Tick) {
        for operation in &mut self.operations {
            let is_done = self.audited.contains_key(&operation.id);
            if let Some(decided) = operation.decided {
                assert_eq!(is_done, decided, "neither undone nor done later: {operation:#?}");
                continue;
            }
            assert!(is_done || !operation.is_acknowledged(), "acknowledged and not done: {operation:#?}");
            assert!(!is_done || !operation.is_refused(), "refused and done: {operation:#?}");
            let first = operation.attempts.first();
            if first.is_some_and(|first| matches!(first.outcome, Outcome::Unknown)) {
                self.counts.done += u64::from(is_done);
            }
            operation.decided = Some(is_done);
            if operation.settled == NEVER {
                operation.settled = settled;
            }
        }
    }

    /// The repeat of an applied request got the same answer, if no other request was running.
    pub(crate) fn assert_repeated(&self, id: OperationId, answer: &Outcome) {
        let is_done = self.audited.contains_key(&id.0);
        let past = Past::new(&self.operations, &self.made);
        let fits = match answer {
            Outcome::Done => is_done,
            // It created or changed an organization that is gone by now.
            Outcome::Refused(Error::NotFound) => true,
            // A repeat is told from another request by the password that it sets, which a later one replaced.
            Outcome::Refused(Error::OperationMismatch) => past.is_password_replaced_after(id.0),
            Outcome::Refused(_) | Outcome::Unknown => !is_done,
        };
        let operation = self.operations.iter().find(|operation| operation.id == id.0);
        let chain = operation.and_then(|operation| past.chains.get(&operation.request.about()?));
        assert!(
            fits,
            "done: {is_done}, and its repeat was answered with {answer:?}: {operation:#?} {chain:#?}"
        );
    }

    /// Checks that the final state is the expected one.
    pub(crate) fn assert_now(&self, now: &[Now]) {
        let past = Past::new(&self.operations, &self.made);
        let mut names = BTreeMap::new();
        for Now { organization, account } in now {
            let id = organization.id;
            let seen = Seen::of(organization).unwrap_or_else(|| panic!("in work: {organization:?}"));
            let chain = past.chains.get(&id).unwrap_or_else(|| panic!("never made: {organization:?}"));
            let last = chain.last().unwrap();
            let values = last.after.as_ref().unwrap_or_else(|| panic!("purged and there: {chain:#?}"));
            assert!(seen.is(values), "{seen:?}: {chain:#?}");
            assert_eq!(chain.at(seen.since), Some(values), "{chain:#?}");
            let its = &account.account;
            assert_eq!((&its.email, its.version), (&values.email, last.version), "{chain:#?}");
            assert_eq!((its.organization_id, its.token_version), (Some(id), last.version), "{chain:#?}");
            let place = format!("at {}", organization.collection_name());
            for key in values.keys().into_iter().chain([place]) {
                let other = names.insert(key.clone(), id);
                assert_eq!(other, None, "{key} has two: {organization:?}");
            }
        }
    }
}

/// Checks that every read is possible at its time.
fn assert_saw(past: &Past<'_>, (began, ended): (Tick, Tick), look: &Look) {
    let untouched = past.untouched((began, ended));
    let having = |key: &str| {
        let mut having = untouched.iter().filter(|(_, values)| values.keys().iter().any(|has| has == key));
        having.next().map(|(id, _)| *id)
    };
    match look {
        Look::ById(id, Found::Gone) => assert!(!untouched.contains_key(id), "it was there: {look:?}"),
        Look::ById(_, found) => assert_seen(past, began, found),
        Look::ByName(name, found) => {
            let there = having(&name_key(name));
            assert!(there.is_none() || there == *found, "{there:?} had that name: {look:?}");
        }
        Look::List { is_trash, rows } => {
            for (_, found) in rows {
                assert_seen(past, began, found);
            }
            for (id, values) in &untouched {
                let times = rows.iter().filter(|(row, _)| row == id).count();
                let belongs = usize::from(values.is_deleted == *is_trash);
                assert_eq!(times, belongs, "{id} was there all the time, {values:?}: {look:?}");
            }
        }
        Look::Account(email, found) => {
            let there = having(&email_key(email));
            let whose = found.as_ref().map(|(id, ..)| *id);
            assert!(there.is_none() || there == whose, "{there:?} had that email: {look:?}");
            if let Some((id, version, email)) = found
                && let Some(chain) = past.chains.get(id)
            {
                let values = chain.account(*version).unwrap_or_else(|| panic!("{look:?}: {chain:#?}"));
                assert_eq!(&values.email, email, "{look:?}: {chain:#?}");
            }
        }
        Look::SignIn { email, password, answer } => {
            let is_right = |values: &Values| {
                let has_email = values.keys().contains(&email_key(email));
                has_email && values.password == *password
            };
            let was = |id: &OrganizationId, fits: &dyn Fn(&Values) -> bool| {
                past.chains
                    .get(id)
                    .is_some_and(|chain| chain.was((began, ended), |values| is_right(values) && fits(values)))
            };
            let can_be = match answer {
                SignIn::Wrong => !untouched.values().any(|values| is_right(values)),
                SignIn::In(whose) => whose.is_some_and(|id| was(&id, &|values| values.suspended.is_none())),
                SignIn::Suspended(reason) => {
                    let is_it = |values: &Values| values.suspended.as_ref() == Some(reason);
                    past.chains.keys().any(|id| was(id, &is_it))
                }
            };
            assert!(can_be, "not so at that time: {look:?}: {:#?}", past.chains);
        }
    }
}

/// The state at an epoch without an operation is known exactly; it includes every write acknowledged before.
fn assert_seen(past: &Past<'_>, began: Tick, found: &Found) {
    let Found::Whole(seen) = found else { return };
    let chain = past.chains.get(&seen.id).unwrap_or_else(|| panic!("never made: {seen:?}"));
    let values = chain.at(seen.since).unwrap_or_else(|| panic!("not there: {seen:?}: {chain:#?}"));
    assert!(seen.is(values), "{seen:?}: {chain:#?}");
    for step in &chain.steps {
        let was_before = step.operation.acknowledged() < began;
        let has_it = step.after.is_some() && step.operation.request.base() < seen.since;
        assert!(!was_before || has_it, "acknowledged before, and not in {seen:?}: {step:#?}");
    }
}
