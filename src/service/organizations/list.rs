//! Lists of organizations: pages by key in the order of an index, filtered page by page.

use crate::domain::{
    AccessToken, Facts, Filter, Organization, OrganizationId, SignIn, SizeFact, SortKey, State, Status,
};
use crate::port::{Lookup, OrganizationQuery, Page, Position};
use crate::service::access::{Scope, UseCase};
use crate::service::{Error, MAX_LIMIT, Result, TenantService, cursor};
use std::sync::Arc;

/// Rows that a filtered list reads at a time.
const SCAN: usize = 1_000;
/// The same when the size of each has to be read.
const SCAN_WITH_SIZES: usize = 100;

/// A page to read, and the list that it belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// In the filter language.
    pub filter: String,
    /// Only organizations with this status; `None` includes all but the deleted ones.
    pub status: Option<Status>,
    /// The order.
    pub sort: SortKey,
    /// Descending.
    pub reverse: bool,
    /// Rows at most, 1 to [`MAX_LIMIT`]; more is cut to that.
    pub limit: usize,
    /// Whether a page may be short although more rows follow: it holds the matches of one read of the store, so that a
    /// filter with few matches answers soon.
    pub may_be_short: bool,
    /// Where the page begins.
    pub cursor: Option<String>,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationPage {
    /// The rows.
    pub items: Vec<Arc<Organization>>,
    /// Where the next page begins; `None` on the last one.
    pub next_cursor: Option<String>,
}

impl TenantService {
    /// A page of organizations. An admin sees only its own.
    ///
    /// # Errors
    /// [`crate::service::Error::InvalidFilter`], [`crate::service::Error::InvalidCursor`], those of the session, and
    /// the store's.
    pub async fn list_organizations(
        &self,
        token: &AccessToken,
        query: &ListQuery,
    ) -> Result<OrganizationPage> {
        let principal = self.authenticate(token).await?;
        let scope = self.scope(UseCase::ListOrganizations, &principal)?;
        let filter = Filter::parse(&query.filter, self.now())?;
        let status = query.status.or_else(|| filter.wants_deleted().then_some(Status::Deleted));
        let hash = cursor::query_hash(&[
            "organizations",
            query.filter.trim(),
            status.map_or("", Status::as_str),
            query.sort.as_str(),
            if query.reverse { "reverse" } else { "" },
        ]);
        let after = query.cursor.as_deref().map(|text| cursor::decode(text, &hash)).transpose()?;
        let limit = query.limit.clamp(1, MAX_LIMIT);
        let mut wanted = OrganizationQuery { status, sort: query.sort, reverse: query.reverse, after, limit };
        let page = match scope {
            Scope::Only(own) => self.own_row(own, &filter, &wanted).await?,
            Scope::All => self.scan(&filter, &mut wanted, query.may_be_short).await?,
        };
        let next_cursor = page.next.map(|next| cursor::encode(hash, next)).transpose()?;
        Ok(OrganizationPage { items: page.rows, next_cursor })
    }

    /// Reads pages until the limit is reached. A page tells whether more follow, so an unreadable record does not end
    /// the list.
    async fn scan(
        &self,
        filter: &Filter,
        wanted: &mut OrganizationQuery,
        may_be_short: bool,
    ) -> Result<Page<Arc<Organization>, Position>> {
        if filter.is_empty() {
            return self.store.page(wanted).await;
        }
        let limit = wanted.limit;
        wanted.limit = if filter.needs_sizes() { SCAN_WITH_SIZES } else { SCAN };
        let mut found: Vec<Arc<Organization>> = Vec::new();
        loop {
            let page = self.store.page(wanted).await?;
            for row in self.matching(filter, page.rows).await? {
                if found.len() == limit {
                    // One more than the limit: the next page begins after the last one of this.
                    let next = found.last().map(|last| wanted.position_of(last));
                    return Ok(Page { rows: found, next });
                }
                found.push(row);
            }
            match page.next {
                Some(next) if may_be_short => return Ok(Page { rows: found, next: Some(next) }),
                Some(next) => wanted.after = Some(next),
                None => return Ok(Page::last(found)),
            }
        }
    }

    async fn own_row(
        &self,
        own: OrganizationId,
        filter: &Filter,
        wanted: &OrganizationQuery,
    ) -> Result<Page<Arc<Organization>, Position>> {
        // One row has no second page.
        let found = if wanted.after.is_none() { self.store.find(&Lookup::Id(own)).await? } else { None };
        let fits = |row: &Organization| match wanted.status {
            Some(status) => status == row.status(),
            None => row.state != State::Deleted,
        };
        let rows = found.into_iter().filter(fits).map(Arc::new).collect();
        Ok(Page::last(self.matching(filter, rows).await?))
    }

    /// The rows that match. What their records do not say is read of those alone that match otherwise.
    async fn matching(
        &self,
        filter: &Filter,
        mut rows: Vec<Arc<Organization>>,
    ) -> Result<Vec<Arc<Organization>>> {
        rows.retain(|row| filter.matches_record(row));
        if !filter.needs_sizes() && !filter.needs_sign_ins() {
            return Ok(rows);
        }
        let facts = self.facts(filter, &rows).await?;
        let rows = rows.into_iter().zip(facts);
        Ok(rows.filter(|(row, facts)| filter.matches(row, facts)).map(|(row, _)| row).collect())
    }

    async fn facts(&self, filter: &Filter, rows: &[Arc<Organization>]) -> Result<Vec<Facts>> {
        let mut facts = vec![Facts::default(); rows.len()];
        if filter.needs_sizes() {
            for (facts, size) in facts.iter_mut().zip(self.sizes_of(rows).await?) {
                facts.size = match size {
                    Ok(size) => SizeFact::Is(size),
                    Err(Error::CollectionMissing(_)) => SizeFact::Missing,
                    Err(_) => SizeFact::Unknown,
                };
            }
        }
        if filter.needs_sign_ins() {
            let admins: Vec<_> = rows.iter().map(|row| row.admin_id).collect();
            let found = self.store.last_sign_ins(&admins).await?;
            for (facts, admin) in facts.iter_mut().zip(admins) {
                facts.signed_in = found.get(&admin).map_or(SignIn::Never, |at| SignIn::At(*at));
            }
        }
        Ok(facts)
    }
}
