//! Repeats: a write that is sent again with its operation id is done once and answered as the first time.
//!
//! The audit entry of a write carries its operation id, the account that acted and a hash of the request. Another
//! request with the same id, or one by another account, is [`Error::OperationMismatch`]. Passwords are in no hash: a
//! repeat that sets one is checked against the hash that the account has now.

use super::access::Scope;
use super::writes::Writer;
use super::{Error, Result, TenantService};
use crate::domain::{AccountId, AuditEntry, OperationId, Organization, State};
use crate::port::{AccountRecord, AuditQuery, Lookup};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::SecretString;
use sha2::{Digest, Sha256};

/// What stands in a request's hash for a password.
const PASSWORD: &str = "given";

/// A write as it was asked for.
#[derive(Debug, Clone)]
pub(super) struct Write {
    /// Its operation.
    pub(super) id: OperationId,
    /// Who asks; nobody where no session is needed.
    pub(super) actor: Option<AccountId>,
    /// The hash of what makes two requests the same.
    hash: String,
}

impl Write {
    /// `fields` are what was asked for, normalised; `None` is what was not asked for.
    pub(super) fn new(
        id: OperationId,
        actor: Option<AccountId>,
        use_case: &str,
        fields: &[(&str, Option<&str>)],
    ) -> Self {
        let mut digest = Sha256::new();
        // Each part with its length: no two lists of parts are the same bytes.
        let mut add = |part: &str| {
            digest.update(part.len().to_be_bytes());
            digest.update(part);
        };
        add(use_case);
        for (name, value) in fields {
            if let Some(value) = value {
                add(name);
                add(value);
            }
        }
        Self { id, actor, hash: URL_SAFE_NO_PAD.encode(digest.finalize()) }
    }

    /// The id of the account that this write makes: the same in a repeat, which then continues what an earlier try began.
    pub(super) fn new_account(&self) -> AccountId {
        let digest = Sha256::new().chain_update(self.id.0).chain_update(&self.hash).finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        AccountId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// The entry of this write.
    pub(super) fn of(&self, audit: AuditEntry) -> AuditEntry {
        AuditEntry { id: self.id.0, request_hash: Some(self.hash.clone()), ..audit }
    }

    fn is_of(&self, earlier: &AuditEntry) -> bool {
        earlier.actor_id == self.actor && earlier.request_hash.as_deref() == Some(&self.hash)
    }
}

/// What a field with a password is in [`Write::new`].
pub(super) fn secret(password: Option<&SecretString>) -> Option<&'static str> {
    password.map(|_| PASSWORD)
}

impl TenantService {
    /// The entry of a write that was done.
    ///
    /// # Errors
    /// [`Error::OperationMismatch`] if it was another request, and the store's.
    pub(super) async fn earlier(&self, write: &Write) -> Result<Option<AuditEntry>> {
        let earlier = self.store.audit(&AuditQuery::entry(write.id.0)).await?.rows.pop();
        match earlier {
            Some(other) if !write.is_of(&other) => Err(Error::OperationMismatch),
            earlier => Ok(earlier),
        }
    }
}

impl Writer {
    /// The entry of the same request, if a refusal comes of that: it was sent before, and ended after it was looked
    /// for. Whoever meets an operation that nobody works on any more ends it, and a repeat is the first to meet it, even
    /// where the name before a rename leads nowhere any more. One that goes on is [`Error::Busy`].
    pub(super) async fn earlier_than(
        &self,
        refusal: Error,
        write: &Write,
        reach: Scope,
    ) -> Result<AuditEntry> {
        let is_of_what_is_there = matches!(
            refusal,
            Error::NameTaken(_)
                | Error::EmailTaken(_)
                | Error::CollectionExists(_)
                | Error::Changed
                | Error::Busy(_)
                | Error::NotFound
                | Error::Ambiguous { .. }
                | Error::ConfirmationRequired(_)
                | Error::OperationMismatch
        );
        if !is_of_what_is_there {
            return Err(refusal);
        }
        let at_work = self.store.find(&Lookup::Operation(write.id)).await?;
        match (self.earlier(write).await?, at_work) {
            (Some(earlier), _) => Ok(earlier),
            (None, Some(at_work)) if reach.includes(at_work.id) => Err(Error::Busy(at_work.state)),
            (None, _) => Err(refusal),
        }
    }

    /// As [`Self::earlier_than`], for a write on an operator's account or the first one.
    pub(super) async fn earlier_of_account(&self, refusal: Error, write: &Write) -> Result<AuditEntry> {
        let is_of_what_is_there = matches!(
            refusal,
            Error::EmailTaken(_)
                | Error::OperatorChanged
                | Error::OperatorNotFound
                | Error::LastOperator
                | Error::ConfirmationRequired(_)
                | Error::AlreadyInitialized
                | Error::WrongCurrentPassword
                | Error::OperationMismatch
        );
        if !is_of_what_is_there {
            return Err(refusal);
        }
        // An earlier try may have ended between its commit and its entry.
        self.store.record_operator_writes().await?;
        self.earlier(write).await?.ok_or(refusal)
    }

    /// The organization that an earlier request left, as it is now; not one that is in the trash by now. `password` is
    /// the one that the request sets.
    pub(super) async fn outcome(
        &self,
        earlier: &AuditEntry,
        password: Option<&SecretString>,
    ) -> Result<Organization> {
        let id = earlier.organization_id.ok_or(Error::OperationMismatch)?;
        let found = self.store.find(&Lookup::Id(id)).await?;
        let found = found.filter(|found| found.state != State::Deleted).ok_or(Error::NotFound)?;
        // Its entry is written before its last step: until then it is under way, and the record not yet what it leaves.
        let at_work = Lookup::Operation(OperationId(earlier.id));
        if found.state.has_operation() && self.store.find(&at_work).await?.is_some() {
            return Err(Error::Busy(found.state));
        }
        if let Some(password) = password {
            let admin = self.store.account(found.admin_id).await?;
            self.repeats_password(admin.as_ref(), password).await?;
        }
        Ok(found)
    }

    /// Whether a repeat sets the password that the account has.
    pub(super) async fn repeats_password(
        &self,
        account: Option<&AccountRecord>,
        password: &SecretString,
    ) -> Result<()> {
        match account {
            Some(account) if self.is_password(account, password).await? => Ok(()),
            Some(_) | None => Err(Error::OperationMismatch),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_of_one_request() {
        let id = OperationId::random();
        let hash =
            |use_case: &str, fields: &[(&str, Option<&str>)]| Write::new(id, None, use_case, fields).hash;
        let one = hash("update", &[("name", Some("a")), ("email", None)]);
        assert_eq!(one, hash("update", &[("name", Some("a"))]), "what was not asked for does not count");
        for other in [
            hash("create", &[("name", Some("a"))]),
            hash("update", &[("name", Some("b"))]),
            hash("update", &[("email", Some("a"))]),
            hash("update", &[("nam", Some("ea"))]),
            hash("update", &[("name", Some("a")), ("email", Some(""))]),
            hash("update", &[]),
        ] {
            assert_ne!(one, other);
        }
    }
}
