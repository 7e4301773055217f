//! Seeds a store with many organizations: one password hash and one transaction.

use super::{EmbeddedStore, audit, documents, organizations};
use crate::domain::AccountId;
use crate::port::{NewAccount, NewOrganization, Result};
use crate::store::SeedOrganization;
use rusqlite::params;
use secrecy::SecretString;
use uuid::Uuid;

impl EmbeddedStore {
    /// Adds organizations to an initialized store; every admin has the password of `hash`.
    ///
    /// # Errors
    /// [`crate::port::Error::NotInitialized`], the store's, and those of `organizations`. Then nothing is added.
    pub async fn seed(
        &self,
        organizations: impl Iterator<Item = Result<SeedOrganization>> + Send + 'static,
        hash: &SecretString,
    ) -> Result<()> {
        let (hash, database) = (hash.clone(), self.database.clone());
        self.write(move |tx| {
            let mut set_changed = tx.prepare_cached(
                "UPDATE organizations SET updated_at = ?1, suspended_at = ?3, suspended_by = ?4, suspended_reason = ?5
                    WHERE id = ?2",
            )?;
            let mut set_signed_in = tx.prepare_cached("UPDATE admins SET last_sign_in_at = ?1 WHERE id = ?2")?;
            for seed in organizations {
                let SeedOrganization {
                    id,
                    name,
                    admin_email,
                    created_at,
                    updated_at,
                    documents: own,
                    activity,
                    last_sign_in_at,
                    suspension,
                    lacks_collection,
                } = seed?;
                let collection = name.collection(&database);
                let admin_id = Uuid::new_v4();
                let admin = NewAccount {
                    id: AccountId(admin_id),
                    email: admin_email,
                    password_hash: hash.clone(),
                };
                let new = NewOrganization { id, name, admin };
                let rowid = organizations::insert(tx, &new, &collection, created_at)?;
                let suspended = suspension.as_ref();
                set_changed.execute(params![
                    updated_at.as_millisecond(),
                    id.to_string(),
                    suspended.map(|suspended| suspended.at.as_millisecond()),
                    suspended.map(|suspended| &suspended.by),
                    suspended.map(|suspended| &suspended.reason),
                ])?;
                if let Some(at) = last_sign_in_at {
                    set_signed_in.execute(params![at.as_millisecond(), admin_id.to_string()])?;
                }
                for document in &own {
                    documents::insert(tx, rowid, document.as_bytes())?;
                }
                for entry in activity {
                    audit::insert_only(tx, &entry)?;
                }
                if lacks_collection {
                    tx.prepare_cached("DELETE FROM collections WHERE id = ?1")?.execute([rowid])?;
                }
            }
            Ok(())
        })
        .await
    }
}
