//! Lists: pages by key, in the order of an index, filtered page by page.

use crate::domain::{AccessToken, Filter, Organization, OrganizationId, SortKey, State};
use crate::service::access::{Reach, UseCase};
use crate::service::error::Result;
use crate::service::store::{Lookup, PageQuery};
use crate::service::{TenantService, cursor};
use std::sync::Arc;

/// Rows of a list at most.
pub const MAX_LIMIT: usize = 1_000;
/// Rows that a filtered list reads at a time.
const SCAN: usize = 1_000;

/// A list to read a page of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// In the filter language.
    pub filter: String,
    /// Only this state.
    pub state: Option<State>,
    /// The order.
    pub sort: SortKey,
    /// Descending.
    pub reverse: bool,
    /// Rows at most, 1 to [`MAX_LIMIT`]; more is cut to that.
    pub limit: usize,
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
    /// A page of organizations; an admin sees only the own one.
    ///
    /// # Errors
    /// [`crate::service::Error::InvalidFilter`], [`crate::service::Error::InvalidCursor`], those of the session, and the store's.
    pub async fn list_organizations(
        &self,
        token: &AccessToken,
        query: &ListQuery,
    ) -> Result<OrganizationPage> {
        let principal = self.authenticate(token).await?;
        let reach = self.reach(UseCase::ListOrganizations, &principal)?;
        let filter = Filter::parse(&query.filter)?;
        let hash = cursor::query_hash(&[
            "organizations",
            query.filter.trim(),
            query.state.map_or("", State::as_str),
            query.sort.as_str(),
            if query.reverse { "reverse" } else { "" },
        ]);
        let after = query.cursor.as_deref().map(|text| cursor::decode(text, &hash)).transpose()?;
        let limit = query.limit.clamp(1, MAX_LIMIT);
        let mut page =
            PageQuery { state: query.state, sort: query.sort, reverse: query.reverse, after, limit };
        let mut items = match reach {
            Reach::Only(own) => self.own_row(own, &filter, &page).await?,
            Reach::All => self.scan(&filter, &mut page).await?,
        };
        let next_cursor = if items.len() > limit {
            items.truncate(limit);
            items.last().map(|row| cursor::encode(hash, page.position_of(row))).transpose()?
        } else {
            None
        };
        Ok(OrganizationPage { items, next_cursor })
    }

    /// Reads pages until one row more than the limit is found: the one that tells that there are more.
    async fn scan(&self, filter: &Filter, page: &mut PageQuery) -> Result<Vec<Arc<Organization>>> {
        let wanted = page.limit + 1;
        page.limit = if filter.is_empty() { wanted } else { SCAN };
        let mut found: Vec<Arc<Organization>> = Vec::new();
        loop {
            let rows = self.store.page(page).await?;
            let is_last = rows.len() < page.limit;
            page.after = rows.last().map(|row| page.position_of(row));
            found.extend(rows.into_iter().filter(|row| filter.matches(row)).take(wanted - found.len()));
            if is_last || found.len() == wanted {
                return Ok(found);
            }
        }
    }

    async fn own_row(
        &self,
        own: OrganizationId,
        filter: &Filter,
        page: &PageQuery,
    ) -> Result<Vec<Arc<Organization>>> {
        // One row has no second page, so behind any cursor there is nothing.
        let found = if page.after.is_none() { self.store.find(&Lookup::Id(own)).await? } else { None };
        let state_fits = |row: &Organization| page.state.is_none_or(|state| state == row.state);
        Ok(found.into_iter().filter(|row| state_fits(row) && filter.matches(row)).map(Arc::new).collect())
    }
}
