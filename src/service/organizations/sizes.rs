//! The sizes of many collections, and the biggest ones. Each read opens the files of its collection on the server, so a
//! few are read at a time, and a slow one does not hold up the others.

use crate::domain::{AccessToken, AccountId, CollectionSize, Organization, OrganizationId, SortKey, State};
use crate::port::{Lookup, OrganizationQuery};
use crate::service::access::UseCase;
use crate::service::{Error, MAX_LIMIT, Result, TenantService};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::watch;

/// Sizes that are read at a time.
const AT_A_TIME: usize = 16;

/// What makes an organization big.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum TopBy {
    /// The bytes of its documents.
    #[default]
    Data,
    /// Their number.
    Documents,
}

impl TopBy {
    /// The word in a sentence.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    fn of(self, size: CollectionSize) -> u64 {
        match self {
            Self::Data => size.data_bytes,
            Self::Documents => size.documents,
        }
    }
}

/// How far the sizes are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TopProgress {
    /// Organizations whose size is known.
    pub read: u64,
    /// Organizations that were listed so far.
    pub listed: u64,
    /// Whether no more follow.
    pub is_all_listed: bool,
}

/// A big organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopRow {
    /// The organization.
    pub organization: Arc<Organization>,
    /// Its size.
    pub size: CollectionSize,
}

/// The biggest organizations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Top {
    /// The biggest first; equal ones by name.
    pub rows: Vec<TopRow>,
    /// Organizations that were read.
    pub read: u64,
    /// Organizations without their collection.
    pub missing: u64,
    /// Organizations whose size could not be read: an operation moves their collection, or the server refused.
    pub unread: u64,
}

impl TenantService {
    /// The sizes of the collections of these organizations, in their order, each with its own failure. An organization
    /// that the session may not see is [`Error::NotFound`].
    ///
    /// # Errors
    /// Those of the session, and [`Error::Unavailable`] when the store does not answer at all.
    pub async fn sizes(
        &self,
        token: &AccessToken,
        organizations: &[Arc<Organization>],
    ) -> Result<Vec<Result<CollectionSize>>> {
        let principal = self.authenticate(token).await?;
        let scope = self.scope(UseCase::GetOrganization, &principal)?;
        let visible: Vec<Arc<Organization>> =
            organizations.iter().filter(|organization| scope.includes(organization.id)).cloned().collect();
        let mut read = self.sizes_of(&visible).await?.into_iter();
        let size = |organization: &Arc<Organization>| {
            let own = if scope.includes(organization.id) { read.next() } else { None };
            own.unwrap_or(Err(Error::NotFound))
        };
        Ok(organizations.iter().map(size).collect())
    }

    /// The same without a look at the session.
    pub(super) async fn sizes_of(
        &self,
        organizations: &[Arc<Organization>],
    ) -> Result<Vec<Result<CollectionSize>>> {
        let read = stream::iter(organizations.to_vec())
            .map(|organization| async move { self.size_of(&organization).await });
        read.buffered(AT_A_TIME).try_collect().await
    }

    /// The last sign-in of the admin of each organization. Organizations whose admin never signed in are left out.
    ///
    /// # Errors
    /// Those of the session, and the store's.
    pub async fn last_sign_ins(
        &self,
        token: &AccessToken,
        organizations: &[Arc<Organization>],
    ) -> Result<HashMap<OrganizationId, Timestamp>> {
        let principal = self.authenticate(token).await?;
        let scope = self.scope(UseCase::GetOrganization, &principal)?;
        let visible = organizations.iter().filter(|organization| scope.includes(organization.id));
        let ids: Vec<AccountId> = visible.clone().map(|organization| organization.admin_id).collect();
        let found = self.store.last_sign_ins(&ids).await?;
        Ok(visible.filter_map(|one| Some((one.id, *found.get(&one.admin_id)?))).collect())
    }

    /// The biggest organizations, at most `limit`. Reads the size of every one.
    ///
    /// # Errors
    /// Those of the session, and the store's.
    pub async fn top(
        &self,
        token: &AccessToken,
        by: TopBy,
        limit: usize,
        progress: &watch::Sender<TopProgress>,
    ) -> Result<Top> {
        let principal = self.authenticate(token).await?;
        self.scope(UseCase::TopOrganizations, &principal)?;
        let mut query = OrganizationQuery {
            status: None,
            sort: SortKey::Name,
            reverse: false,
            after: None,
            limit: MAX_LIMIT,
        };
        let mut top = Top::default();
        loop {
            let page = self.store.page(&query).await?;
            progress.send_modify(|now| {
                now.listed += page.rows.len() as u64;
                now.is_all_listed = page.next.is_none();
            });
            let sizes = stream::iter(page.rows).map(|organization| async move {
                let size = self.size_of(&organization).await?;
                Ok::<_, Error>((organization, size))
            });
            let mut sizes = sizes.buffer_unordered(AT_A_TIME);
            while let Some((organization, size)) = sizes.try_next().await? {
                progress.send_modify(|now| now.read += 1);
                top.take(by, limit, organization, &size);
            }
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(top),
            }
        }
    }

    /// The size of one collection: of the organization as it is now, if it was renamed since the caller read it. The
    /// inner result is about this collection, the outer one about the store.
    async fn size_of(&self, read: &Organization) -> Result<Result<CollectionSize>> {
        let missing = match self.store.size(read).await {
            Err(missing @ Error::CollectionMissing(_)) => missing,
            Err(lost @ Error::Unavailable { .. }) => return Err(lost),
            answer => return Ok(answer),
        };
        let Some(now) = self.store.find(&Lookup::Id(read.id)).await? else {
            return Ok(Err(Error::NotFound));
        };
        if now.collection != read.collection || now.collection_uuid != read.collection_uuid {
            return Ok(self.store.size(&now).await);
        }
        // While an operation moves it, it is nowhere for a moment.
        Ok(Err(if now.state == State::Active { missing } else { Error::Busy(now.state) }))
    }
}

impl Top {
    /// Keeps it, if it is one of the biggest so far.
    fn take(
        &mut self,
        by: TopBy,
        limit: usize,
        organization: Arc<Organization>,
        size: &Result<CollectionSize>,
    ) {
        self.read += 1;
        let size = match size {
            Ok(size) => *size,
            Err(Error::CollectionMissing(_)) => {
                self.missing += 1;
                return;
            }
            Err(_) => {
                self.unread += 1;
                return;
            }
        };
        let is_before = |row: &TopRow| {
            let order = by.of(row.size).cmp(&by.of(size)).reverse();
            order.then_with(|| row.organization.sort_name().cmp(organization.sort_name())).is_lt()
        };
        let place = self.rows.partition_point(is_before);
        if place < limit {
            self.rows.insert(place, TopRow { organization, size });
            self.rows.truncate(limit);
        }
    }
}
