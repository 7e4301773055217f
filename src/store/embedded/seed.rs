//! Fills a store with believable organizations, for tests and to look at: one shared hash, one transaction.

use super::organizations;
use super::{EmbeddedStore, audit};
use crate::domain::{AccountId, OrganizationId};
use crate::port::{NewAccount, NewOrganization, Result};
use crate::store::believable::believable;
use jiff::Timestamp;
use rusqlite::params;
use secrecy::SecretString;
use uuid::Uuid;

impl EmbeddedStore {
    /// Adds `count` organizations to an initialized store, with documents and activity if that is wanted; every
    /// admin has the password of `hash`.
    ///
    /// # Errors
    /// [`crate::port::Error::NotInitialized`], and the store's.
    pub async fn seed(
        &self,
        count: usize,
        is_lively: bool,
        hash: &SecretString,
        now: Timestamp,
    ) -> Result<()> {
        let (hash, database) = (hash.clone(), self.database.clone());
        self.write(move |tx| {
            let mut insert_document =
                tx.prepare_cached("INSERT INTO documents (collection_id, _id, doc) VALUES (?1, ?2, ?3)")?;
            let mut set_changed =
                tx.prepare_cached("UPDATE organizations SET updated_at = ?1 WHERE id = ?2")?;
            for number in 0..count {
                let made = believable(number, now)?;
                let admin = NewAccount {
                    id: AccountId(Uuid::new_v4()),
                    email: made.admin_email.clone(),
                    password_hash: hash.clone(),
                };
                let new =
                    NewOrganization { id: OrganizationId(Uuid::new_v4()), name: made.name.clone(), admin };
                let collection = made.name.collection(&database);
                let rowid = organizations::insert(tx, &new, &collection, made.created_at)?;
                set_changed.execute(params![made.updated_at.as_millisecond(), new.id.to_string()])?;
                if is_lively {
                    for (id, document) in made.documents() {
                        insert_document.execute(params![rowid, id, document.to_string()])?;
                    }
                    for entry in made.activity(new.id, now) {
                        audit::insert_only(tx, &entry)?;
                    }
                }
            }
            Ok(())
        })
        .await
    }
}
