//! What happened, in order.
//!
//! With several parallel clients the order of events is unknown. But each change of an organization names its epoch,
//! and at most one change is made on each, so the applied changes of an organization have one order and an exact
//! result. The audit says whether an unanswered change was applied. The chain verifies the audit: an applied change
//! that is missing in it, or the opposite, breaks the chain.

use super::model::{Attempt, NEVER, Operation, Request, Tick, Values, email_key, name_key};
use std::collections::{BTreeMap, HashMap};
use tenantry::domain::OrganizationId;
use tenantry::service::Error;
use uuid::Uuid;

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
    /// From the changes applied to one organization, in any order.
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
            let fits = operation.request.seen().is_none_or(|seen| before.is_some_and(|now| seen.is(now)));
            assert!(fits, "{id}: not what was looked at: {steps:#?} {operation:#?}");
            let after = operation.request.applied(before);
            let version = version + i64::from(operation.request.changes_account());
            steps.push(Step { operation, after, version });
        }
        Self { steps }
    }

    /// Its state while it had this epoch and no operation.
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

    /// Whether it was so at some time between these two.
    pub(crate) fn was(&self, (began, ended): (Tick, Tick), fits: impl Fn(&Values) -> bool) -> bool {
        self.steps.iter().enumerate().any(|(at, step)| {
            let next = self.steps.get(at + 1).map_or(NEVER, |next| next.operation.over());
            step.operation.began() <= ended && next >= began && step.after.as_ref().is_some_and(&fits)
        })
    }
}

/// When somebody had, or may have had, a name, a collection or an email.
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
        let another_had = |key: &str| {
            let mut held = self.held.get(key).map(Vec::as_slice).unwrap_or_default().iter();
            held.any(|held| held.by != operation.id && held.from <= attempt.ended && held.to >= attempt.began)
        };
        let about = operation.request.about().and_then(|id| self.by_organization.get(&id));
        let mut others = about.into_iter().flatten().filter(|other| {
            other.id != operation.id && other.began() <= attempt.ended && other.over() >= operation.looked
        });
        let is_delete =
            |other: &&Operation| matches!(other.request, Request::Delete { .. } | Request::Purge { .. });
        #[expect(clippy::wildcard_enum_match_arm, reason = "every other refusal is wrong")]
        let has_reason = match refusal {
            Error::NameTaken(name) => !first || another_had(&name_key(name)),
            Error::EmailTaken(email) => !first || another_had(&email_key(email)),
            // Never for nothing: another organization has the name of the collection, or a collection is there.
            Error::CollectionExists(_) => {
                let mut keys = operation.request.wanted().into_iter().filter(|key| key.starts_with("c:"));
                attempt.is_collection_there || keys.any(|key| another_had(&key))
            }
            Error::Changed | Error::Busy(_) | Error::ConfirmationRequired(_) => {
                !first || others.next().is_some()
            }
            Error::NotFound | Error::AdminMissing(_) => {
                !first || others.copied().any(|other| is_delete(&other))
            }
            // A repeat is told from another request by the password that it sets, which another one has replaced.
            Error::OperationMismatch => {
                !first && sets_password(&operation.request) && others.next().is_some()
            }
            Error::Internal(_)
            | Error::StoreUnusable(_)
            | Error::CollectionBusy(_)
            | Error::Unavailable { operation: None, .. } => attempt.is_faulty,
            _ => false,
        };
        assert!(has_reason, "refused without a reason, {refusal:?}: {operation:#?}");
    }

    /// Whether this request was done and set a password, and a later one set another.
    pub(crate) fn is_password_replaced_after(&self, id: Uuid) -> bool {
        self.chains.values().any(|chain| {
            let mut steps = chain.steps.iter().skip_while(|step| step.operation.id != id);
            let its = steps.next().is_some_and(|step| sets_password(&step.operation.request));
            its && steps.any(|step| sets_password(&step.operation.request))
        })
    }

    /// Organizations that existed all the time and were not changed.
    pub(crate) fn untouched(&self, (began, ended): (Tick, Tick)) -> HashMap<OrganizationId, &Values> {
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
    step.after.as_ref().is_some_and(|after| after.keys().iter().any(|has| has == key))
}

/// Whether a repeat of the request is compared by its password.
fn sets_password(request: &Request) -> bool {
    matches!(
        request,
        Request::Create(_)
            | Request::Update { password: Some(_), .. }
            | Request::Restore { password: Some(_), .. }
    )
}
