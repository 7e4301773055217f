//! The documents of an organization: list, count, show, insert, replace and delete them. Who looks at documents is
//! recorded, as who writes them is.

mod read;
mod write;

pub use read::{DocumentPage, DocumentsQuery};
pub use write::{DocumentChange, MAX_BATCH};

use super::access::UseCase;
use super::{Error, OrganizationReference, Result, TenantService};
use crate::domain::document::id::{print_id, read_id};
use crate::domain::document::{OwnedValue, RawDocumentBuf};
use crate::domain::{AccessToken, AuditAction, AuditEntry, Organization, Principal, Role, State};
use crate::port::Lookup;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::future::Future;
use uuid::Uuid;

/// Characters of a query or an id in the audit at most.
const RECORDED: usize = 300;

impl TenantService {
    /// Makes a call that needs the collection of an organization. If it was moved since the organization was read, the
    /// call is made once more: where it is now, or where an operator's call puts it back.
    pub(in crate::service) async fn in_collection<T, F>(
        &self,
        token: &AccessToken,
        (principal, organization): (Principal, Organization),
        call: impl Fn(Organization) -> F + Send,
    ) -> Result<(T, Organization)>
    where
        F: Future<Output = Result<T>> + Send,
        T: Send,
    {
        let (id, before) = (organization.id, organization.clone());
        let missing = match call(organization.clone()).await {
            Err(missing @ Error::CollectionMissing(_)) => missing,
            answer => return Ok((answer?, organization)),
        };
        let now = self.store.find(&Lookup::Id(id)).await?.ok_or(Error::NotFound)?;
        let has_moved = now.collection != before.collection || now.collection_uuid != before.collection_uuid;
        match now.state {
            State::Active if has_moved => {}
            State::Active if principal.role == Role::Operator => {
                if !self.write(|writer| async move { writer.put_back(&principal, id).await }).await? {
                    return Err(missing);
                }
            }
            State::Active => return Err(missing),
            State::Deleted => return Err(Error::NotFound),
            // An operation moves it now.
            State::Creating | State::Renaming | State::Deleting | State::Restoring | State::Purging => {
                return Err(Error::Busy(now.state));
            }
        }
        let reference = OrganizationReference::Id(id);
        let (_, now) = self.at_rest(token, UseCase::ReadDocuments, &reference).await?;
        Ok((call(now.clone()).await?, now))
    }

    /// The first document that a typed id may mean.
    async fn meant(&self, organization: &Organization, typed: &str) -> Result<Option<RawDocumentBuf>> {
        for id in read_id(typed) {
            if let Some(found) = self.store.document(organization, &id).await? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn document_audit(
        &self,
        principal: &Principal,
        action: AuditAction,
        organization: &Organization,
        changes: impl IntoIterator<Item = (&'static str, Value)>,
    ) -> AuditEntry {
        AuditEntry {
            organization_id: Some(organization.id),
            organization_name: Some(organization.name.clone()),
            changes: changes
                .into_iter()
                .map(|(field, value)| (field.to_owned(), value))
                .collect::<Map<_, _>>(),
            ..self.audit_by(principal, action)
        }
    }

    /// Records that an account looked at documents: once a minute and query, since who turns pages asks again and again.
    /// The entry's id follows from what it says, so that the store keeps one of them.
    async fn record_look(
        &self,
        principal: &Principal,
        organization: &Organization,
        asked: &str,
        found: u64,
    ) -> Result<()> {
        let query = Some(("query", cut(asked).into())).filter(|_| !asked.is_empty());
        let changes = [("documents", Value::from(found))].into_iter().chain(query);
        let entry = self.document_audit(principal, AuditAction::DocumentsRead, organization, changes);
        let minute = entry.at.as_second().div_euclid(60);
        let mut digest = Sha256::new();
        for part in [principal.account_id.0.as_bytes(), organization.id.0.as_bytes()] {
            digest.update(part);
        }
        digest.update(minute.to_be_bytes());
        digest.update(asked);
        let mut id = [0; 16];
        id.copy_from_slice(&digest.finalize()[..16]);
        let entry = AuditEntry { id: uuid::Builder::from_custom_bytes(id).into_uuid(), ..entry };
        if self.last_look.swap(entry.id) == entry.id {
            return Ok(());
        }
        self.write(|writer| async move { writer.store.record(entry).await }).await
    }
}

/// The entry about the last look at documents, which needs no second one.
#[derive(Debug, Default)]
pub(super) struct LastLook(std::sync::Mutex<Uuid>);

impl LastLook {
    /// Puts an id here and returns the one before.
    fn swap(&self, id: Uuid) -> Uuid {
        let mut last = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        std::mem::replace(&mut *last, id)
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= RECORDED {
        return text.to_owned();
    }
    text.chars().take(RECORDED).chain(['…']).collect()
}

/// An id in the audit.
fn recorded_id(id: &OwnedValue) -> Value {
    cut(&print_id(&id.get())).into()
}
