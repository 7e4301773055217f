//! Reading the audit: who may read which entries.

use super::access::{Scope, UseCase};
use super::{Error, MAX_LIMIT, OrganizationReference, Result, TenantService, cursor};
use crate::domain::audit::KEPT;
use crate::domain::name::key_of;
use crate::domain::{
    AccessToken, AuditEntry, AuditFilter, Email, OrganizationId, Principal, Role, cut_to_milliseconds,
};
use crate::port::{AuditPosition, AuditQuery, Page};
use jiff::Timestamp;
use uuid::Uuid;

/// Entries that a filtered list reads at a time.
const SCAN: usize = 1_000;
/// Reads after which a page that may be short is answered even if nothing matched.
const SHORT_READS: usize = 10;

/// The requested entries, as typed. All of it must match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActivityQuery {
    /// In the filter language of the audit.
    pub filter: String,
    /// Only entries about this organization, which may be deleted.
    pub organization: Option<OrganizationReference>,
    /// Only entries of the actor with this email.
    pub actor: Option<String>,
    /// Only entries from this time on.
    pub since: Option<Timestamp>,
    /// Rows at most, 1 to [`MAX_LIMIT`]; more is cut to that.
    pub limit: usize,
    /// Whether a page may be short although more rows follow, so that a filter with few matches answers soon.
    pub may_be_short: bool,
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

/// The end of a page, and the times that the first page had: "the last 7 days" would move between pages.
#[derive(serde::Serialize, serde::Deserialize)]
struct Place {
    at: i64,
    id: Uuid,
    since: Option<i64>,
    now: Option<i64>,
}

impl Place {
    fn position(&self) -> AuditPosition {
        AuditPosition { at: self.at, id: self.id }
    }
}

/// The one organization and the one actor that a list is about, as typed.
struct Named {
    organization: Option<OrganizationReference>,
    actor: Option<String>,
}

impl TenantService {
    /// A page of the audit. An admin reads only entries about its own organization.
    ///
    /// # Errors
    /// [`Error::InvalidFilter`], [`Error::InvalidCursor`], [`Error::NotFound`] for an unknown organization or one out of
    /// reach, [`Error::ActorNotFound`] for an unknown actor, those of the session, and the store's.
    pub async fn activity(&self, token: &AccessToken, query: &ActivityQuery) -> Result<ActivityPage> {
        let principal = self.authenticate(token).await?;
        let reach = self.scope(UseCase::ReadAudit, &principal)?;
        let hash = cursor::query_hash(&[
            "audit",
            query.filter.trim(),
            &query.organization.as_ref().map(OrganizationReference::normal).unwrap_or_default(),
            &query.actor.as_deref().map(actor_key).unwrap_or_default(),
            if query.since.is_some() { "since" } else { "" },
        ]);
        let place = query.cursor.as_deref().map(|text| cursor::decode::<Place>(text, &hash)).transpose()?;
        let time = |milliseconds: Option<i64>| Timestamp::from_millisecond(milliseconds?).ok();
        let now = place.as_ref().and_then(|place| time(place.now)).unwrap_or_else(|| self.now());
        let mut filter = AuditFilter::parse(&query.filter, now)?;
        for (name, id) in filter.organizations() {
            let named = OrganizationReference::Name(name.to_owned()).lookup();
            *id = self.store.find(&named).await?.map(|found| found.id).filter(|id| reach.includes(*id));
        }
        let pushed = filter.pushed();
        let is_whole = pushed.is_whole
            && (query.organization.is_none() || pushed.organization.is_none())
            && (query.actor.is_none() || pushed.actor.is_none());
        let named = Named {
            organization: query
                .organization
                .clone()
                .or_else(|| pushed.organization.as_deref().map(OrganizationReference::typed)),
            actor: query.actor.clone().or(pushed.actor),
        };
        let (organization, name_key) = self.whose_activity(reach, named.organization.as_ref()).await?;
        let since = match &place {
            Some(place) => time(place.since),
            None => query.since.max(pushed.since).map(cut_to_milliseconds),
        };
        // A store removes old entries later; they are hidden at once.
        let oldest = self.now().checked_sub(KEPT).unwrap_or(Timestamp::MIN);
        let mut wanted = AuditQuery {
            id: None,
            organization,
            name_key,
            actor_key: named.actor.as_deref().map(actor_key),
            actions: pushed.actions,
            since: Some(since.map_or(oldest, |since| since.max(oldest))),
            after: place.as_ref().map(Place::position),
            limit: query.limit.clamp(1, MAX_LIMIT),
        };
        let filter = if is_whole { AuditFilter::default() } else { filter };
        let page = self.scan_audit(&filter, &mut wanted, query.may_be_short).await?;
        if page.rows.is_empty() && page.next.is_none() && place.is_none() {
            let wanted =
                AuditQuery { since: Some(oldest), after: None, actions: Vec::new(), limit: 1, ..wanted };
            self.refuse_unknown(&principal, &named, wanted).await?;
        }
        let (since, now) = (since.map(Timestamp::as_millisecond), Some(now.as_millisecond()));
        let place = |at: AuditPosition| Place { at: at.at, id: at.id, since, now };
        let next_cursor = page.next.map(|next| cursor::encode(hash, place(next))).transpose()?;
        Ok(ActivityPage { items: page.rows, next_cursor })
    }

    /// Reads pages until the limit is reached, and keeps what matches. A page that may be short ends at the first read
    /// with a match, or after some without one.
    async fn scan_audit(
        &self,
        filter: &AuditFilter,
        wanted: &mut AuditQuery,
        may_be_short: bool,
    ) -> Result<Page<AuditEntry, AuditPosition>> {
        if filter.is_empty() {
            return self.store.audit(wanted).await;
        }
        let limit = std::mem::replace(&mut wanted.limit, SCAN);
        let mut found: Vec<AuditEntry> = Vec::new();
        let mut reads = 0;
        loop {
            reads += 1;
            let page = self.store.audit(wanted).await?;
            for entry in page.rows.into_iter().filter(|entry| filter.matches(entry)) {
                if found.len() == limit {
                    // One more than the limit: the next page begins after the last one of this.
                    let next = found.last().map(AuditPosition::of);
                    return Ok(Page { rows: found, next });
                }
                found.push(entry);
            }
            let is_enough = may_be_short && (!found.is_empty() || reads >= SHORT_READS);
            if page.next.is_none() || is_enough {
                return Ok(Page { rows: found, next: page.next });
            }
            wanted.after = page.next;
        }
    }

    /// Refuses an organization or an actor that appears neither in a record nor in the audit: after a typo, an empty
    /// list would look like an answer. `wanted` is the list without its time and its actions.
    async fn refuse_unknown(&self, principal: &Principal, named: &Named, wanted: AuditQuery) -> Result<()> {
        let has_entries = async |wanted: &AuditQuery| {
            let page = self.store.audit(wanted).await?;
            Ok::<_, Error>(!page.rows.is_empty() || page.next.is_some())
        };
        let is_operator = principal.role == Role::Operator;
        let of_organization = AuditQuery { actor_key: None, ..wanted.clone() };
        if let Some(reference) = named.organization.as_ref().filter(|_| is_operator) {
            let is_known = self.store.find(&reference.lookup()).await?.is_some()
                || match reference {
                    OrganizationReference::Name(name) => {
                        !self.store.deleted_with_name(&key_of(name), 1).await?.is_empty()
                    }
                    OrganizationReference::Id(_) => false,
                };
            if !is_known && !has_entries(&of_organization).await? {
                return Err(Error::NotFound);
            }
        }
        let Some((actor, key)) = named.actor.as_deref().zip(wanted.actor_key.clone()) else {
            return Ok(());
        };
        // An admin learns nothing about accounts other than its own.
        let is_known = Email::key_of(&principal.email) == key
            || is_operator && self.store.account_by_email(&key).await?.is_some();
        let anywhere = AuditQuery { organization: None, name_key: None, ..wanted.clone() };
        let by_actor = if is_operator { anywhere } else { wanted };
        if is_known || has_entries(&by_actor).await? {
            Ok(())
        } else {
            Err(Error::ActorNotFound(actor.to_owned()))
        }
    }

    /// Looks up by id and by name: a deleted organization only has its name in its entries.
    async fn whose_activity(
        &self,
        reach: Scope,
        asked: Option<&OrganizationReference>,
    ) -> Result<(Option<OrganizationId>, Option<String>)> {
        let found = match asked {
            Some(reference) => self.store.find(&reference.lookup()).await?.map(|found| found.id),
            None => None,
        };
        match (reach, asked) {
            (Scope::All, None) => Ok((None, None)),
            (Scope::All, Some(OrganizationReference::Id(id))) => Ok((Some(*id), None)),
            (Scope::All, Some(OrganizationReference::Name(name))) => Ok((found, Some(key_of(name)))),
            (Scope::Only(own), None) => Ok((Some(own), None)),
            (Scope::Only(own), Some(_)) if found == Some(own) => Ok((Some(own), None)),
            (Scope::Only(_), Some(_)) => Err(Error::NotFound),
        }
    }
}

fn actor_key(typed: &str) -> String {
    Email::key_of(typed.trim())
}
