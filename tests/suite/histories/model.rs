//! The possible effects: every request with its answer, and its effect on an organization.

use tenantry::domain::name::key_of;
use tenantry::domain::{Email, Organization, OrganizationId, OrganizationName, State};
use tenantry::service::Error;
use uuid::Uuid;

/// A time of the test: what began and what ended, counted one by one.
pub(crate) type Tick = u64;
/// Never.
pub(crate) const NEVER: Tick = Tick::MAX;

/// The state of an organization, from its record and its admin's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Values {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) password: String,
    /// The reason, if it is suspended.
    pub(crate) suspended: Option<String>,
    pub(crate) is_deleted: bool,
}

impl Values {
    /// Its names and emails; none once it is deleted.
    pub(crate) fn keys(&self) -> Vec<String> {
        if self.is_deleted { Vec::new() } else { keys_of(Some(&self.name), Some(&self.email)) }
    }
}

/// An organization as a client read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) id: OrganizationId,
    /// The first epoch with these values: a rollback raises it and changes nothing.
    pub(crate) since: i64,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) suspended: Option<String>,
    pub(crate) is_deleted: bool,
}

impl Seen {
    /// Only a record without an operation shows a state.
    pub(crate) fn of(found: &Organization) -> Option<Self> {
        let seen = Self {
            id: found.id,
            since: found.unchanged_since.0,
            name: found.name.clone(),
            email: found.admin_email.clone(),
            suspended: found.suspension.as_ref().map(|suspension| suspension.reason.clone()),
            is_deleted: found.state == State::Deleted,
        };
        (!found.state.has_operation()).then_some(seen)
    }

    /// Whether these are its values.
    pub(crate) fn is(&self, values: &Values) -> bool {
        (&self.name, &self.email, &self.suspended, self.is_deleted)
            == (&values.name, &values.email, &values.suspended, values.is_deleted)
    }
}

/// The result of a lookup by id.
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
    /// Based on an earlier read, like all that follow: at most one change is made on an epoch.
    Update {
        seen: Seen,
        name: Option<String>,
        email: Option<String>,
        password: Option<String>,
    },
    /// A reason suspends, none resumes.
    Suspension {
        seen: Seen,
        reason: Option<String>,
    },
    Delete {
        seen: Seen,
    },
    Restore {
        seen: Seen,
        name: Option<String>,
        email: Option<String>,
        password: Option<String>,
    },
    /// From the trash, or at once.
    Purge {
        seen: Seen,
    },
}

impl Request {
    /// Its organization as it was read, if it existed before.
    pub(crate) fn seen(&self) -> Option<&Seen> {
        match self {
            Self::Create(_) => None,
            Self::Update { seen, .. }
            | Self::Suspension { seen, .. }
            | Self::Delete { seen }
            | Self::Restore { seen, .. }
            | Self::Purge { seen } => Some(seen),
        }
    }

    pub(crate) fn base(&self) -> i64 {
        self.seen().map_or(0, |seen| seen.since)
    }

    pub(crate) fn about(&self) -> Option<OrganizationId> {
        self.seen().map(|seen| seen.id)
    }

    /// The keys of the names, collections and emails that it needs.
    pub(crate) fn wanted(&self) -> Vec<String> {
        match self {
            Self::Create(values) => values.keys(),
            Self::Update { name, email, .. } => keys_of(name.as_ref(), email.as_ref()),
            Self::Restore { seen, name, email, .. } => keys_of(
                Some(name.as_ref().unwrap_or(&seen.name)),
                Some(email.as_ref().unwrap_or(&seen.email)),
            ),
            Self::Suspension { .. } | Self::Delete { .. } | Self::Purge { .. } => Vec::new(),
        }
    }

    /// Its effect on the earlier state.
    pub(crate) fn applied(&self, before: Option<&Values>) -> Option<Values> {
        let before = before.cloned();
        match self {
            Self::Create(values) => Some(values.clone()),
            Self::Update { name, email, password, .. } | Self::Restore { name, email, password, .. } => {
                let before = before?;
                Some(Values {
                    name: name.clone().unwrap_or(before.name),
                    email: email.clone().unwrap_or(before.email),
                    password: password.clone().unwrap_or(before.password),
                    suspended: before.suspended,
                    is_deleted: false,
                })
            }
            Self::Suspension { reason, .. } => Some(Values { suspended: reason.clone(), ..before? }),
            Self::Delete { .. } => Some(Values { is_deleted: true, ..before? }),
            Self::Purge { .. } => None,
        }
    }

    /// Whether it raises the version of the admin's account.
    pub(crate) fn changes_account(&self) -> bool {
        match self {
            Self::Update { email, password, .. } => email.is_some() || password.is_some(),
            Self::Create(_) | Self::Delete { .. } | Self::Restore { .. } => true,
            Self::Suspension { .. } | Self::Purge { .. } => false,
        }
    }
}

fn keys_of(name: Option<&String>, email: Option<&String>) -> Vec<String> {
    let of_name = name.map(|name| [name_key(name), collection_key(name)]);
    of_name.into_iter().flatten().chain(email.map(|email| email_key(email))).collect()
}

pub(crate) fn name_key(name: &str) -> String {
    format!("n:{}", key_of(name))
}

/// Two names may have one.
pub(crate) fn collection_key(name: &str) -> String {
    format!("c:{}", OrganizationName::parse(name).unwrap().slug())
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
    /// Whether the collection that it was refused for was there right afterwards.
    pub(crate) is_collection_there: bool,
}

/// A request under its operation id, with every try of it.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(crate) id: Uuid,
    pub(crate) request: Request,
    /// When its organization was read.
    pub(crate) looked: Tick,
    pub(crate) attempts: Vec<Attempt>,
    /// For an unanswered request: when none of its effects was pending any more.
    pub(crate) settled: Tick,
    /// Whether it was found done or not done; that never changes again.
    pub(crate) decided: Option<bool>,
}

impl Operation {
    pub(crate) fn new(id: Uuid, request: Request, looked: Tick) -> Self {
        Self { id, request, looked, attempts: Vec::new(), settled: NEVER, decided: None }
    }

    pub(crate) fn is_acknowledged(&self) -> bool {
        self.attempts.iter().any(|it| matches!(it.outcome, Outcome::Done))
    }

    pub(crate) fn is_refused(&self) -> bool {
        self.attempts.iter().all(|it| matches!(it.outcome, Outcome::Refused(_)))
    }

    pub(crate) fn began(&self) -> Tick {
        self.attempts.first().map_or(NEVER, |first| first.began)
    }

    /// From then on its effect is decided, and its names are free again if it was not applied.
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
