//! Imports many organizations with one password hash and one transaction.

use super::{EmbeddedStore, audit, documents, organizations};
use crate::domain::AccountId;
use crate::port::{NewAccount, NewOrganization, Result};
use crate::store::ImportedOrganization;
use rusqlite::params;
use secrecy::SecretString;
use uuid::Uuid;

impl EmbeddedStore {
    /// Adds organizations to an initialized store; every admin has the password of `hash`.
    ///
    /// # Errors
    /// [`crate::port::Error::NotInitialized`], the store's, and those of `organizations`. Then nothing is added.
    pub async fn import(
        &self,
        organizations: impl Iterator<Item = Result<ImportedOrganization>> + Send + 'static,
        hash: &SecretString,
    ) -> Result<()> {
        let (hash, database) = (hash.clone(), self.database.clone());
        self.write(move |tx| {
            let mut set_changed =
                tx.prepare_cached("UPDATE organizations SET updated_at = ?1 WHERE id = ?2")?;
            for imported in organizations {
                let ImportedOrganization {
                    id,
                    name,
                    admin_email,
                    created_at,
                    updated_at,
                    documents: own,
                    activity,
                } = imported?;
                let collection = name.collection(&database);
                let admin = NewAccount {
                    id: AccountId(Uuid::new_v4()),
                    email: admin_email,
                    password_hash: hash.clone(),
                };
                let new = NewOrganization { id, name, admin };
                let rowid = organizations::insert(tx, &new, &collection, created_at)?;
                set_changed.execute(params![updated_at.as_millisecond(), id.to_string()])?;
                for document in &own {
                    documents::insert(tx, rowid, document.as_bytes())?;
                }
                for entry in activity {
                    audit::insert_only(tx, &entry)?;
                }
            }
            Ok(())
        })
        .await
    }
}
