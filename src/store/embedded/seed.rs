//! Fills a store with believable organizations, for tests and to look at: one shared hash, one transaction.

use super::organizations;
use super::{EmbeddedStore, accounts, audit};
use crate::domain::{AccountId, OrganizationId, Role};
use crate::service::Result;
use crate::service::store::{NewAccount, NewOrganization};
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
    /// [`crate::service::Error::NotInitialized`], and the store's.
    pub async fn seed(
        &self,
        count: usize,
        is_lively: bool,
        hash: &SecretString,
        now: Timestamp,
    ) -> Result<()> {
        let (hash, database) = (hash.clone(), self.place.database.clone());
        self.write(move |tx| {
            let mut insert_document = tx.prepare_cached("INSERT INTO documents VALUES (?1, ?2, ?3)")?;
            let mut set_times =
                tx.prepare_cached("UPDATE organizations SET created_at = ?1, updated_at = ?2 WHERE id = ?3")?;
            for number in 0..count {
                let made = believable(number, now)?;
                let admin = NewAccount {
                    id: AccountId(Uuid::new_v4()),
                    email: made.admin_email.clone(),
                    password_hash: hash.clone(),
                };
                let collection = made.name.collection(&database);
                let new = NewOrganization {
                    id: OrganizationId(Uuid::new_v4()),
                    name: made.name.clone(),
                    collection,
                    admin,
                };
                organizations::insert(tx, &new, Uuid::new_v4(), made.created_at.as_millisecond())?;
                accounts::insert(tx, &new.admin, Role::Admin, Some(new.id), made.created_at)?;
                let times = (made.created_at.as_millisecond(), made.updated_at.as_millisecond());
                set_times.execute(params![times.0, times.1, new.id.to_string()])?;
                let rowid: i64 = tx
                    .prepare_cached("SELECT id FROM collections WHERE name = ?1")?
                    .query_row([new.collection.as_str()], |row| row.get(0))?;
                if is_lively {
                    for (id, document) in made.documents() {
                        insert_document.execute(params![rowid, id, document.to_string()])?;
                    }
                    for entry in made.activity(new.id, now) {
                        audit::insert(tx, &entry)?;
                    }
                }
            }
            Ok(())
        })
        .await
    }
}
