//! The end of an update, R6 and R7, for who began it and for who took it over.

use super::Run;
use crate::store::mongo::audit;
use crate::store::mongo::failure::{Failure, both, judge};
use crate::store::mongo::reservation::{Owner, release};
use mongodb::bson::{Bson, Document, doc};

/// What is left to be done once the record has the new names.
pub(super) struct Application<'a> {
    /// The admin's id, and the version that it had when the update began: a late repeat finds nothing to change.
    pub(super) admin: (Bson, i64),
    /// Fields of the admin's record; none when only names change.
    pub(super) admin_changes: Document,
    /// Keys that the organization gave up, and the epoch of the update: those of a later one stay.
    pub(super) old_keys: &'a [String],
    pub(super) epoch: i64,
    /// The entry of the audit; its time is that of the change.
    pub(super) audit: Document,
}

impl Run<'_> {
    /// Changes the admin ‖ releases the old reservations ‖ writes the audit; then the organization is active again.
    pub(super) async fn apply(&mut self, what: Application<'_>) -> Result<Document, Failure> {
        let at = what.audit.get("at").cloned().unwrap_or(Bson::Null);
        let (connection, hold) = (self.connection, self.lateness.hold());
        let admin = async {
            if what.admin_changes.is_empty() {
                return Ok(());
            }
            let (id, version) = what.admin;
            let mut set = what.admin_changes;
            set.insert("updated_at", at.clone());
            let change = doc! {"$set": set, "$inc": {"version": 1_i64, "token_version": 1_i64}};
            let this = doc! {"_id": id, "version": version};
            connection.admins().update_one(this, change).await.map(drop).map_err(judge)
        };
        let released = async {
            if what.old_keys.is_empty() {
                return Ok(());
            }
            let (owner, older) = (Owner::Organization(self.id), doc! {"$lt": what.epoch});
            release(connection, owner, what.old_keys, older, hold).await
        };
        let audited = audit::write_document(connection, what.audit);
        let (admin, released, audited) = tokio::join!(admin, released, audited);
        both(both(admin, released), audited)?;
        self.settle(doc! {"updated_at": at}).await
    }
}
