//! Reading the audit: who may read which entries.

use super::access::{Scope, UseCase};
use super::{Error, MAX_LIMIT, OrganizationReference, Result, TenantService, cursor};
use crate::domain::audit::KEPT;
use crate::domain::name::key_of;
use crate::domain::{AccessToken, AuditEntry, Email, OrganizationId, Principal, Role, cut_to_milliseconds};
use crate::port::{AuditPosition, AuditQuery};
use jiff::Timestamp;
use uuid::Uuid;

/// The requested entries, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActivityQuery {
    /// Only entries about this organization, which may be deleted.
    pub organization: Option<OrganizationReference>,
    /// Only entries of the actor with this email.
    pub actor: Option<String>,
    /// Only entries from this time on.
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

/// The end of a page, and the time from which the list starts.
#[derive(serde::Serialize, serde::Deserialize)]
struct Place {
    at: i64,
    id: Uuid,
    since: Option<i64>,
}

impl TenantService {
    /// A page of the audit. An admin reads only entries about its own organization.
    ///
    /// # Errors
    /// [`Error::InvalidCursor`], [`Error::NotFound`] for an unknown organization or one out of reach,
    /// [`Error::ActorNotFound`] for an unknown actor, those of the session, and the store's.
    pub async fn activity(&self, token: &AccessToken, query: &ActivityQuery) -> Result<ActivityPage> {
        let principal = self.authenticate(token).await?;
        let reach = self.scope(UseCase::ReadAudit, &principal)?;
        let (organization, name_key) = self.whose_activity(reach, query.organization.as_ref()).await?;
        let actor_key = query.actor.as_deref().map(str::trim).map(Email::key_of);
        let hash = cursor::query_hash(&[
            "audit",
            &organization.map(|id| id.to_string()).unwrap_or_default(),
            name_key.as_deref().unwrap_or_default(),
            actor_key.as_deref().unwrap_or_default(),
            if query.since.is_some() { "since" } else { "" },
        ]);
        let place = query.cursor.as_deref().map(|text| cursor::decode::<Place>(text, &hash)).transpose()?;
        // "The last 7 days" moves between pages; all pages keep the time of the first one.
        let since = match &place {
            Some(place) => place.since.and_then(|since| Timestamp::from_millisecond(since).ok()),
            None => query.since.map(cut_to_milliseconds),
        };
        let after = place.map(|place| AuditPosition { at: place.at, id: place.id });
        let limit = query.limit.clamp(1, MAX_LIMIT);
        // A store removes old entries later; they are hidden at once.
        let oldest = self.now().checked_sub(KEPT).unwrap_or(Timestamp::MIN);
        let from = Some(since.map_or(oldest, |since| since.max(oldest)));
        let wanted = AuditQuery { id: None, organization, name_key, actor_key, since: from, after, limit };
        let page = self.store.audit(&wanted).await?;
        if page.rows.is_empty() && page.next.is_none() && after.is_none() {
            self.refuse_unknown(&principal, query, AuditQuery { since: Some(oldest), limit: 1, ..wanted })
                .await?;
        }
        let since = since.map(Timestamp::as_millisecond);
        let place = |at: AuditPosition| Place { at: at.at, id: at.id, since };
        let next_cursor = page.next.map(|next| cursor::encode(hash, place(next))).transpose()?;
        Ok(ActivityPage { items: page.rows, next_cursor })
    }

    /// Refuses an organization or an actor that appears neither in a record nor in the audit: after a typo, an empty
    /// list would look like an answer. `wanted` is the list without its time.
    async fn refuse_unknown(
        &self,
        principal: &Principal,
        query: &ActivityQuery,
        wanted: AuditQuery,
    ) -> Result<()> {
        let has_entries = async |wanted: &AuditQuery| {
            let page = self.store.audit(wanted).await?;
            Ok::<_, Error>(!page.rows.is_empty() || page.next.is_some())
        };
        let is_operator = principal.role == Role::Operator;
        let of_organization = AuditQuery { actor_key: None, ..wanted.clone() };
        if let Some(reference) = query.organization.as_ref().filter(|_| is_operator) {
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
        let Some((actor, key)) = query.actor.as_deref().zip(wanted.actor_key.clone()) else {
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
