//! What may have happened: every request with what was answered, and what it must have left.
//!
//! With several clients at once the order of events is not known, but each change of an organization says on which
//! epoch it was to be made, and at most one is made on each: so the changes of one organization that were done stand
//! in one order, and what they leave is known exactly. Whether one was done that was never answered is said by the
//! audit; that the audit is right follows from the chain: one that was done and is not in it, or the other way round,
//! breaks it.

use std::collections::{BTreeMap, HashMap, HashSet};
use tenantry::domain::name::key_of;
use tenantry::domain::{Email, Organization, OrganizationId, State};
use tenantry::service::Error;
use uuid::Uuid;

/// A time of the test: what began and what ended, counted one by one.
pub(crate) type Tick = u64;
/// Never.
pub(crate) const NEVER: Tick = Tick::MAX;

/// What an organization is by its record and its admin's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Values {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) password: String,
}

/// An organization as somebody looked at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) id: OrganizationId,
    pub(crate) epoch: i64,
    pub(crate) name: String,
    pub(crate) email: String,
}

impl Seen {
    /// Only one that nobody works on tells what it is.
    pub(crate) fn of(found: &Organization) -> Option<Self> {
        let seen = Self {
            id: found.id,
            epoch: found.epoch.0,
            name: found.name.clone(),
            email: found.admin_email.clone(),
        };
        (found.state == State::Active).then_some(seen)
    }
}

/// What a look at one by its id finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    Gone,
    InWork,
    Whole(Seen),
}

impl Found {
    pub(crate) fn of(found: Option<&Organization>) -> Self {
        found.map_or(Self::Gone, |found| Seen::of(found).map_or(Self::InWork, Self::Whole))
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Request {
    Create(Values),
    /// On what was seen: an epoch on which at most one change is made.
    Update {
        seen: Seen,
        name: Option<String>,
        email: Option<String>,
        password: Option<String>,
    },
    Delete {
        seen: Seen,
    },
}

impl Request {
    pub(crate) fn base(&self) -> i64 {
        match self {
            Self::Create(_) => 0,
            Self::Update { seen, .. } | Self::Delete { seen } => seen.epoch,
        }
    }

    /// The organization, where it is one that was there before.
    pub(crate) fn about(&self) -> Option<OrganizationId> {
        match self {
            Self::Create(_) => None,
            Self::Update { seen, .. } | Self::Delete { seen } => Some(seen.id),
        }
    }

    /// What it wants to have, of names and emails, by their keys.
    fn wanted(&self) -> Vec<String> {
        let (name, email) = match self {
            Self::Create(values) => (Some(&values.name), Some(&values.email)),
            Self::Update { name, email, .. } => (name.as_ref(), email.as_ref()),
            Self::Delete { .. } => (None, None),
        };
        name.map(|name| name_key(name)).into_iter().chain(email.map(|email| email_key(email))).collect()
    }

    /// What it makes of what was there before.
    pub(crate) fn applied(&self, before: Option<&Values>) -> Option<Values> {
        match self {
            Self::Create(values) => Some(values.clone()),
            Self::Update { name, email, password, .. } => {
                let before = before?.clone();
                Some(Values {
                    name: name.clone().unwrap_or(before.name),
                    email: email.clone().unwrap_or(before.email),
                    password: password.clone().unwrap_or(before.password),
                })
            }
            Self::Delete { .. } => None,
        }
    }

    fn changes_account(&self) -> bool {
        matches!(self, Self::Update { email, password, .. } if email.is_some() || password.is_some())
    }
}

pub(crate) fn name_key(name: &str) -> String {
    format!("n:{}", key_of(name))
}

pub(crate) fn email_key(email: &str) -> String {
    format!("e:{}", Email::key_of(email))
}

/// What one try of a request came to.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    Done,
    Refused(Error),
    /// No answer: done, not done, or still to be done.
    Unknown,
}

#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    pub(crate) began: Tick,
    pub(crate) ended: Tick,
    pub(crate) outcome: Outcome,
    /// Whether a command of it was refused by a fault of the test.
    pub(crate) is_faulty: bool,
}

/// A request under its operation id, with every try of it.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(crate) id: Uuid,
    pub(crate) request: Request,
    /// When the organization was looked at that it is about.
    pub(crate) looked: Tick,
    pub(crate) attempts: Vec<Attempt>,
    /// When nothing of it was left to be done, for one that was not answered.
    pub(crate) settled: Tick,
    /// Whether it was found done or not done; that never changes again.
    pub(crate) decided: Option<bool>,
}

impl Operation {
    pub(crate) fn is_acknowledged(&self) -> bool {
        self.attempts.iter().any(|it| matches!(it.outcome, Outcome::Done))
    }

    pub(crate) fn is_refused(&self) -> bool {
        self.attempts.iter().all(|it| matches!(it.outcome, Outcome::Refused(_)))
    }

    pub(crate) fn began(&self) -> Tick {
        self.attempts.first().map_or(NEVER, |first| first.began)
    }

    /// From then on what it did is done, and what it wanted is free again if it was not done.
    pub(crate) fn over(&self) -> Tick {
        let is_unknown = self.attempts.iter().any(|it| matches!(it.outcome, Outcome::Unknown));
        let last = self.attempts.last().map_or(0, |last| last.ended);
        if is_unknown { self.settled.max(last) } else { last }
    }

    /// When it was first known to be done.
    pub(crate) fn acknowledged(&self) -> Tick {
        let mut done = self.attempts.iter().filter(|it| matches!(it.outcome, Outcome::Done));
        done.next().map_or(NEVER, |first| first.ended)
    }
}

/// A change of an organization that was done.
#[derive(Debug)]
pub(crate) struct Step<'a> {
    pub(crate) operation: &'a Operation,
    pub(crate) after: Option<Values>,
    /// The version of the admin's account after it.
    pub(crate) version: i64,
}

/// The life of an organization: every change that was done, in order.
#[derive(Debug)]
pub(crate) struct Chain<'a> {
    pub(crate) steps: Vec<Step<'a>>,
}

impl<'a> Chain<'a> {
    /// From what was done on one organization, in any order.
    fn new(id: OrganizationId, mut done: Vec<&'a Operation>) -> Self {
        done.sort_by_key(|operation| operation.request.base());
        let mut steps: Vec<Step<'a>> = Vec::new();
        for operation in done {
            let last = steps.last();
            let (before, version) = last.map_or((None, 0), |last| (last.after.as_ref(), last.version));
            let base = last.map_or(-1, |last| last.operation.request.base());
            assert!(
                operation.request.base() > base,
                "{id}: two changes of one epoch: {steps:#?} {operation:#?}"
            );
            let begins = matches!(operation.request, Request::Create(_));
            assert_eq!(begins, last.is_none(), "{id}: made once, and first: {steps:#?} {operation:#?}");
            if let Request::Update { seen, .. } | Request::Delete { seen } = &operation.request {
                let there = before.map(|values| (values.name.as_str(), values.email.as_str()));
                let looked = Some((seen.name.as_str(), seen.email.as_str()));
                assert_eq!(there, looked, "{id}: not what was looked at: {steps:#?} {operation:#?}");
            }
            let after = operation.request.applied(before);
            let version = version + i64::from(begins || operation.request.changes_account());
            steps.push(Step { operation, after, version });
        }
        Self { steps }
    }

    /// What it was while it had this epoch and nobody worked on it.
    pub(crate) fn at(&self, epoch: i64) -> Option<&Values> {
        let before = self.steps.iter().take_while(|step| step.operation.request.base() < epoch);
        before.last().and_then(|step| step.after.as_ref())
    }

    /// The account while it had this version.
    pub(crate) fn account(&self, version: i64) -> Option<&Values> {
        self.steps.iter().find(|step| step.version == version).and_then(|step| step.after.as_ref())
    }

    pub(crate) fn last(&self) -> Option<&Step<'a>> {
        self.steps.last()
    }
}

/// When somebody had a name or an email, or may have had it.
#[derive(Debug)]
struct Held {
    by: Uuid,
    from: Tick,
    to: Tick,
}

/// Everything that was asked and answered, with what came of it.
#[derive(Debug)]
pub(crate) struct Past<'a> {
    pub(crate) chains: BTreeMap<OrganizationId, Chain<'a>>,
    held: HashMap<String, Vec<Held>>,
    by_organization: HashMap<OrganizationId, Vec<&'a Operation>>,
}

impl<'a> Past<'a> {
    /// `made` says which organization a create made.
    pub(crate) fn new(operations: &'a [Operation], made: &HashMap<Uuid, OrganizationId>) -> Self {
        let mut done: BTreeMap<OrganizationId, Vec<&Operation>> = BTreeMap::new();
        let mut by_organization: HashMap<OrganizationId, Vec<&Operation>> = HashMap::new();
        for operation in operations {
            let about = operation.request.about().or_else(|| made.get(&operation.id).copied());
            let Some(about) = about else { continue };
            by_organization.entry(about).or_default().push(operation);
            if operation.decided == Some(true) {
                done.entry(about).or_default().push(operation);
            }
        }
        let chains: BTreeMap<_, _> = done.into_iter().map(|(id, done)| (id, Chain::new(id, done))).collect();
        let mut held: HashMap<String, Vec<Held>> = HashMap::new();
        let mut add = |key: String, operation: &Operation, to| {
            held.entry(key).or_default().push(Held { by: operation.id, from: operation.began(), to });
        };
        for operation in operations.iter().filter(|operation| operation.decided != Some(true)) {
            operation.request.wanted().into_iter().for_each(|key| add(key, operation, operation.over()));
        }
        for chain in chains.values() {
            for (at, step) in chain.steps.iter().enumerate() {
                for key in step.operation.request.wanted() {
                    let given_up = chain.steps.iter().skip(at + 1).find(|later| !has(later, &key));
                    add(key, step.operation, given_up.map_or(NEVER, |later| later.operation.over()));
                }
            }
        }
        Self { chains, held, by_organization }
    }

    /// That a refusal had a reason.
    pub(crate) fn assert_has_reason(&self, operation: &Operation, attempt: &Attempt, refusal: &Error) {
        let first = operation.began() == attempt.began;
        let another_had = |key: String| {
            let mut held = self.held.get(&key).map(Vec::as_slice).unwrap_or_default().iter();
            held.any(|held| held.by != operation.id && held.from <= attempt.ended && held.to >= attempt.began)
        };
        let about = operation.request.about().and_then(|id| self.by_organization.get(&id));
        let mut others = about.into_iter().flatten().filter(|other| {
            other.id != operation.id && other.began() <= attempt.ended && other.over() >= operation.looked
        });
        #[expect(clippy::wildcard_enum_match_arm, reason = "every other refusal is wrong")]
        let has_reason = match refusal {
            Error::NameTaken(name) => !first || another_had(name_key(name)),
            Error::EmailTaken(email) => !first || another_had(email_key(email)),
            // Names of collections are held for an hour after an unclean operation, and so is the other name.
            Error::CollectionExists(_) => true,
            Error::Changed | Error::Busy(_) | Error::ConfirmationRequired(_) => {
                !first || others.next().is_some()
            }
            Error::NotFound => !first || others.any(|other| matches!(other.request, Request::Delete { .. })),
            Error::Internal(_) | Error::Unavailable { operation: None, .. } => attempt.is_faulty,
            _ => false,
        };
        assert!(has_reason, "refused without a reason, {refusal:?}: {operation:#?}");
    }

    /// Organizations that were there all the time, and that nobody worked on.
    pub(crate) fn untouched(&self, began: Tick, ended: Tick) -> HashMap<OrganizationId, &Values> {
        let mut untouched = HashMap::new();
        for (id, chain) in &self.chains {
            let others = self.by_organization.get(id).into_iter().flatten();
            let mut at_work = others.filter(|other| other.began() <= ended && other.over() >= began);
            let before = chain.steps.iter().take_while(|step| step.operation.over() < began).last();
            if let (None, Some(values)) = (at_work.next(), before.and_then(|step| step.after.as_ref())) {
                untouched.insert(*id, values);
            }
        }
        untouched
    }
}

fn has(step: &Step<'_>, key: &str) -> bool {
    let of = |values: &Values| HashSet::from([name_key(&values.name), email_key(&values.email)]);
    step.after.as_ref().is_some_and(|after| of(after).contains(key))
}
