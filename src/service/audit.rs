//! The audit: what is recorded of each write, and who may read it.

use super::access::{Reach, UseCase};
use super::error::{Error, Result};
use super::{MAX_LIMIT, OrganizationReference, TenantService, cursor};
use crate::domain::name::key_of;
use crate::domain::{AccessToken, Email, OrganizationId, cut_to_milliseconds};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// How long entries are kept and shown.
pub const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// What is recorded of a write, a sign-in or a sign-out. Never a secret.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// What identifies it: the operation's id for changes of organizations.
    pub id: Uuid,
    /// When, in milliseconds.
    pub at: Timestamp,
    /// The email of who acted, or what may be said of it.
    pub actor: String,
    /// `sign_in`, `organization_create`, ...
    pub action: AuditAction,
    /// Whether it was done.
    pub outcome: AuditOutcome,
    /// The organization it was about.
    pub organization_id: Option<OrganizationId>,
    /// Its name then.
    pub organization_name: Option<String>,
    /// `{field: {"from", "to"}}`; a password is `"changed"`.
    pub changes: serde_json::Map<String, serde_json::Value>,
}

/// What an audit entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditAction {
    /// Signed in.
    SignIn,
    /// A counted try that failed.
    SignInFailed,
    /// Signed out, from this session or everywhere.
    SignOut,
    /// The first operator was made.
    Init,
    /// An organization was created.
    OrganizationCreate,
    /// An organization was changed.
    OrganizationUpdate,
    /// An organization was deleted.
    OrganizationDelete,
    /// An operator was added.
    OperatorAdd,
    /// An operator was removed.
    OperatorRemove,
    /// The password of an operator was changed.
    OperatorPassword,
    /// The email of an operator was changed, perhaps with the password.
    OperatorUpdate,
    /// The password of an operator was changed without a session, by whoever holds the store and its key.
    Recovered,
    /// Records or a collection were mended, as the changes say.
    Repair,
}

impl AuditAction {
    /// Every action.
    pub const ALL: [Self; 13] = [
        Self::SignIn,
        Self::SignInFailed,
        Self::SignOut,
        Self::Init,
        Self::OrganizationCreate,
        Self::OrganizationUpdate,
        Self::OrganizationDelete,
        Self::OperatorAdd,
        Self::OperatorRemove,
        Self::OperatorPassword,
        Self::OperatorUpdate,
        Self::Recovered,
        Self::Repair,
    ];

    /// The word in records and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::SignInFailed => "sign_in_failed",
            Self::SignOut => "sign_out",
            Self::Init => "init",
            Self::OrganizationCreate => "organization_create",
            Self::OrganizationUpdate => "organization_update",
            Self::OrganizationDelete => "organization_delete",
            Self::OperatorAdd => "operator_add",
            Self::OperatorRemove => "operator_remove",
            Self::OperatorPassword => "operator_password",
            Self::OperatorUpdate => "operator_update",
            Self::Recovered => "recovered",
            Self::Repair => "repair",
        }
    }

    /// Reads the word of [`AuditAction::as_str`].
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == word)
    }
}

/// How it came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditOutcome {
    /// Done.
    Done,
    /// Refused (only failed sign-ins are recorded so).
    Failed,
}

impl AuditOutcome {
    /// The word in records and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// Reads the word of [`AuditOutcome::as_str`].
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Done, Self::Failed].into_iter().find(|outcome| outcome.as_str() == word)
    }
}

/// Which entries, as a store reads them; newest first, ties broken by id in the same direction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// Only the entry with this id.
    pub id: Option<Uuid>,
    /// Only about the organization with this id.
    pub organization: Option<OrganizationId>,
    /// Only about organizations that had a name with this key then; with an id: either of the two.
    pub name_key: Option<String>,
    /// Only of the actor with this email key.
    pub actor_key: Option<String>,
    /// Only from this time on.
    pub since: Option<Timestamp>,
    /// Only entries behind this one: its time in milliseconds, and its id.
    pub after: Option<(i64, Uuid)>,
    /// Rows at most.
    pub limit: usize,
}

impl AuditQuery {
    /// The newest entries of all.
    pub fn newest(limit: usize) -> Self {
        Self { limit, ..Self::default() }
    }
}

/// Which entries, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActivityQuery {
    /// Only about this organization, also one that is deleted.
    pub organization: Option<OrganizationReference>,
    /// Only of who has this email.
    pub actor: Option<String>,
    /// Only from this time on.
    pub since: Option<Timestamp>,
    /// Rows at most, 1 to [`MAX_LIMIT`]; more is cut to that.
    pub limit: usize,
    /// Where the page begins.
    pub cursor: Option<String>,
}

/// A page of the audit.
#[derive(Debug, Clone, PartialEq)]
pub struct ActivityPage {
    /// The entries, newest first.
    pub items: Vec<AuditEntry>,
    /// Where the next page begins; `None` on the last one.
    pub next_cursor: Option<String>,
}

/// Where a page ends, and from which time on the list is.
#[derive(serde::Serialize, serde::Deserialize)]
struct Place {
    at: i64,
    id: Uuid,
    since: Option<i64>,
}

impl TenantService {
    /// A page of the audit; an admin reads only what is about the own organization.
    ///
    /// # Errors
    /// [`Error::InvalidCursor`], [`Error::NotFound`] for an organization out of reach, those of the session, and
    /// the store's.
    pub async fn activity(&self, token: &AccessToken, query: &ActivityQuery) -> Result<ActivityPage> {
        let principal = self.authenticate(token).await?;
        let reach = self.reach(UseCase::ReadAudit, &principal)?;
        let (organization, name_key) = self.whose_activity(reach, query.organization.as_ref()).await?;
        let actor_key = query.actor.as_deref().map(Email::key_of);
        let hash = cursor::query_hash(&[
            "audit",
            &organization.map(|id| id.to_string()).unwrap_or_default(),
            name_key.as_deref().unwrap_or_default(),
            actor_key.as_deref().unwrap_or_default(),
            if query.since.is_some() { "since" } else { "" },
        ]);
        let place = query.cursor.as_deref().map(|text| cursor::decode::<Place>(text, &hash)).transpose()?;
        // "The last 7 days" is another time for each page; the list goes on from that of its first.
        let since = match &place {
            Some(place) => place.since.and_then(|since| Timestamp::from_millisecond(since).ok()),
            None => query.since.map(cut_to_milliseconds),
        };
        let after = place.map(|place| (place.at, place.id));
        let limit = query.limit.clamp(1, MAX_LIMIT);
        // A store removes old entries in its own time; they are out of sight on the minute.
        let oldest = self.now().checked_sub(KEPT).unwrap_or(Timestamp::MIN);
        let from = Some(since.map_or(oldest, |since| since.max(oldest)));
        let (id, limit_and_one) = (None, limit + 1);
        let wanted =
            AuditQuery { id, organization, name_key, actor_key, since: from, after, limit: limit_and_one };
        let mut items = self.store.audit(&wanted).await?;
        let has_more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = match items.last().filter(|_| has_more) {
            Some(last) => {
                let since = since.map(Timestamp::as_millisecond);
                Some(cursor::encode(hash, Place { at: last.at.as_millisecond(), id: last.id, since })?)
            }
            None => None,
        };
        Ok(ActivityPage { items, next_cursor })
    }

    /// By id and by name: what is deleted has left its name in its entries, and nothing else.
    async fn whose_activity(
        &self,
        reach: Reach,
        asked: Option<&OrganizationReference>,
    ) -> Result<(Option<OrganizationId>, Option<String>)> {
        let found = match asked {
            Some(reference) => self.store.find(&reference.lookup()).await?.map(|found| found.id),
            None => None,
        };
        match (reach, asked) {
            (Reach::All, None) => Ok((None, None)),
            (Reach::All, Some(OrganizationReference::Id(id))) => Ok((Some(*id), None)),
            (Reach::All, Some(OrganizationReference::Name(name))) => Ok((found, Some(key_of(name)))),
            (Reach::Only(own), None) => Ok((Some(own), None)),
            (Reach::Only(own), Some(_)) if found == Some(own) => Ok((Some(own), None)),
            (Reach::Only(_), Some(_)) => Err(Error::NotFound),
        }
    }
}
