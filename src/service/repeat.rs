//! Retries: a write that is sent again with the same operation id is applied once and gets the same answer.
//!
//! The audit entry of a write has its operation id, the acting account and a hash of the request. Another request with
//! the same id, or a request by another account, is [`Error::OperationMismatch`]. Hashes contain no passwords: a retry
//! that sets one is checked against the account's current hash.

use super::access::Scope;
use super::writes::Writer;
use super::{Error, Result, TenantService};
use crate::domain::{AccountId, AuditEntry, OperationId, Organization, State};
use crate::port::{AccountRecord, AuditQuery, Lookup};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::SecretString;
use sha2::{Digest, Sha256};

/// Stands for a password in the hash of a request.
const PASSWORD: &str = "given";

/// A requested write.
#[derive(Debug, Clone)]
pub(super) struct Write {
    /// Its operation.
    pub(super) id: OperationId,
    /// The acting account; `None` without a session.
    pub(super) actor: Option<AccountId>,
    /// The hash of everything that identifies the request.
    hash: String,
}

impl Write {
    /// `fields` are the requested values, normalised; `None` was not requested.
    pub(super) fn new(
        id: OperationId,
        actor: Option<AccountId>,
        use_case: &str,
        fields: &[(&str, Option<&str>)],
    ) -> Self {
        let mut digest = Sha256::new();
        // Length-prefixed, so that two lists of parts never give the same bytes.
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

    /// The id of the account that this write creates: the same in a repeat, which then continues the earlier attempt.
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

/// A password field for [`Write::new`].
pub(super) fn secret(password: Option<&SecretString>) -> Option<&'static str> {
    password.map(|_| PASSWORD)
}

impl TenantService {
    /// The entry of this write, if an earlier attempt was completed.
    ///
    /// # Errors
    /// [`Error::OperationMismatch`] if the entry belongs to another request, and the store's.
    pub(super) async fn earlier(&self, write: &Write) -> Result<Option<AuditEntry>> {
        let earlier = self.store.audit(&AuditQuery::entry(write.id.0)).await?.rows.pop();
        match earlier {
            Some(other) if !write.is_of(&other) => Err(Error::OperationMismatch),
            earlier => Ok(earlier),
        }
    }
}

impl Writer {
    /// The entry of an earlier attempt that caused this refusal: it was completed after [`TenantService::earlier`]
    /// looked for it. Looking for the operation recovers an abandoned one, even if the organization has lost its old
    /// name to a rename. An operation that still runs gives [`Error::Busy`].
    pub(super) async fn earlier_than(
        &self,
        refusal: Error,
        write: &Write,
        reach: Scope,
    ) -> Result<AuditEntry> {
        let may_come_of_a_repeat = matches!(
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
        if !may_come_of_a_repeat {
            return Err(refusal);
        }
        let at_work = self.store.find(&Lookup::Operation(write.id)).await?;
        match (self.earlier(write).await?, at_work) {
            (Some(earlier), _) => Ok(earlier),
            (None, Some(at_work)) if reach.includes(at_work.id) => Err(Error::Busy(at_work.state)),
            (None, _) => Err(refusal),
        }
    }

    /// Like [`Self::earlier_than`], for a write on the account of an operator.
    pub(super) async fn earlier_of_account(&self, refusal: Error, write: &Write) -> Result<AuditEntry> {
        let may_come_of_a_repeat = matches!(
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
        if !may_come_of_a_repeat {
            return Err(refusal);
        }
        // An earlier attempt may have ended between its commit and its entry.
        self.store.record_operator_writes().await?;
        self.earlier(write).await?.ok_or(refusal)
    }

    /// The organization of an earlier request as it is now, unless it is in the trash. `password` is the password that
    /// the request sets.
    pub(super) async fn outcome(
        &self,
        earlier: &AuditEntry,
        password: Option<&SecretString>,
    ) -> Result<Organization> {
        let id = earlier.organization_id.ok_or(Error::OperationMismatch)?;
        let found = self.store.find(&Lookup::Id(id)).await?;
        let found = found.filter(|found| found.state != State::Deleted).ok_or(Error::NotFound)?;
        // The entry is written before the last step. Until then the record is not final.
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

    /// Checks that a repeat sets the password that the account has.
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
    fn different_requests_have_different_hashes() {
        let id = OperationId::random();
        let hash =
            |use_case: &str, fields: &[(&str, Option<&str>)]| Write::new(id, None, use_case, fields).hash;
        let one = hash("update", &[("name", Some("a")), ("email", None)]);
        assert_eq!(
            one,
            hash("update", &[("name", Some("a"))]),
            "values that were not requested do not count"
        );
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
