//! Whether anything was written since somebody looked.

use super::{Connections, lock};
use crate::port::Result;
use crate::store::embedded::failure::Failure;
use rusqlite::Connection;

impl Connections {
    /// Reads on a connection that never writes, so that its `PRAGMA data_version` counts the writes of all others.
    pub(in crate::store::embedded) fn watch<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Failure>,
    ) -> Result<T> {
        let mut watching = lock(&self.watching);
        let db = match watching.take() {
            Some(db) => db,
            None => self.open_another().map_err(|failure| failure.into_error(None, &self.path))?,
        };
        let done = self.check(&db).and_then(|()| work(&db));
        let done = done.map_err(|failure| failure.into_error(Some(&db), &self.path));
        *watching = Some(db);
        done
    }
}
