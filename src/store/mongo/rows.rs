//! Reads pages of records that another program may have written: one that cannot be read is left out, and never ends
//! the list.

use super::connection::Connection;
use crate::port::{Page, Result};
use futures_util::TryStreamExt;
use mongodb::Collection;
use mongodb::bson::Document;

/// What a page is read from: one command, in the order of an index.
pub(super) struct Listing {
    pub(super) records: Collection<Document>,
    pub(super) filter: Document,
    pub(super) sort: Document,
}

impl Listing {
    /// A page of at most `limit` rows. If too few records have a position, reads again, twice as many.
    pub(super) async fn page<T, P>(
        &self,
        connection: &Connection,
        limit: usize,
        position: impl Fn(&Document) -> Option<P> + Send,
        read: impl Fn(&Document) -> Option<T> + Send,
    ) -> Result<Page<T, P>> {
        let mut asked = limit.saturating_add(1);
        loop {
            let found = self.first(connection, asked).await?;
            let has_more = found.len() >= asked;
            if let Some(page) = Page::of(&found, has_more, limit, &position, &read) {
                return Ok(page);
            }
            asked = asked.saturating_mul(2);
        }
    }

    async fn first(&self, connection: &Connection, count: usize) -> Result<Vec<Document>> {
        let limit = i64::try_from(count).unwrap_or(i64::MAX);
        // One more than the limit, or the server would keep a cursor open after a full batch.
        let batch = u32::try_from(count.saturating_add(1)).unwrap_or(u32::MAX);
        let found = async {
            let records = self.records.find(self.filter.clone()).sort(self.sort.clone());
            records.limit(limit).batch_size(batch).await?.try_collect().await
        };
        found.await.map_err(|error| connection.of_read(&error))
    }
}
