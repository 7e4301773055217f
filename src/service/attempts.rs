//! Counted attempts: sign-ins, current passwords, taken names and emails, registrations.

use super::writes::Writer;
use super::{Error, Result};
use crate::domain::throttle::{LONGEST_LINE, Place, ThrottleKey};
use crate::domain::{AuditAction, AuditOutcome, Email, Principal, Role};
use crate::port::{AccountRecord, PlaceAnswer, Turn};
use jiff::SignedDuration;
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use std::future::Future;
use std::time::Duration;
use tokio::time::Instant;

/// How long an attempt waits for a place while no attempt under way ends.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long an attempt waits in total: many right passwords in parallel take time, but the queue moves.
const LONGEST: Duration = Duration::from_secs(10);
/// The pause between two looks for a free place.
const PAUSE: Duration = Duration::from_millis(100);
/// The wait before a retry when no place was free.
const NO_PLACE: SignedDuration = SignedDuration::from_secs(1);

/// The name and the email that an admin asks for, as typed.
#[derive(Debug, Clone, Default)]
pub(super) struct AskedValues {
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
}

impl Writer {
    /// Takes a place for an attempt, so that it is counted before anything is verified. Waits while all places are
    /// taken.
    pub(super) async fn take_place(&self, key: ThrottleKey) -> Result<Place> {
        let (place, begun) = (Place::of(key), Instant::now());
        let (mut seen, mut since) = (Vec::new(), begun);
        loop {
            let now = self.now();
            match self.store.take_place(&place, now).await? {
                PlaceAnswer::Taken => return Ok(place),
                PlaceAnswer::Throttled { until } => {
                    return Err(Error::Throttled { retry_after: until.duration_since(now) });
                }
                PlaceAnswer::Full { mut under_way } => {
                    under_way.sort_unstable();
                    if under_way != seen {
                        (seen, since) = (under_way, Instant::now());
                    }
                    if since.elapsed() >= PATIENCE || begun.elapsed() >= LONGEST {
                        return Err(Error::Throttled { retry_after: NO_PLACE });
                    }
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Gives back the place of an attempt that failed for another reason. If that fails too, the place lapses within
    /// half a minute; the first error matters more.
    pub(super) async fn leave_place(&self, place: &Place) {
        if let Err(error) = self.store.give_back(place, false).await {
            tracing::info!(%error, "a place was not given back");
        }
    }

    /// Whether a text is the password of an account. A wrong one is recorded as a failed sign-in and counted, so that
    /// neither a stolen session nor a known operation id bypasses the throttle. It has a count of its own, so that it
    /// does not block sign-ins.
    pub(super) async fn is_password(&self, own: &AccountRecord, typed: &SecretString) -> Result<bool> {
        let key = ThrottleKey::current_password(&Email::key_of(&own.account.email));
        let place = self.take_place(key).await?;
        match self.passwords.verify(typed, Some((&own.password_hash, own.password_rule))).await {
            Ok(true) => self.store.give_back(&place, true).await.map(|()| true),
            Ok(false) => {
                let mut audit = self.audit_of_account(own, AuditAction::SignInFailed);
                audit.outcome = AuditOutcome::Failed;
                self.store.try_failed(&place, audit).await.map(|()| false)
            }
            Err(error) => {
                self.leave_place(&place).await;
                Err(error)
            }
        }
    }

    /// Waits for the turn of a sign-in. Sign-ins take turns only after very many failures in the whole store.
    pub(super) async fn wait_for_turn(&self) -> Result<()> {
        let now = self.now();
        match self.store.turn(now).await? {
            Turn::Now => Ok(()),
            Turn::At(turn) => {
                tokio::time::sleep(turn.duration_since(now).max(SignedDuration::ZERO).unsigned_abs()).await;
                Ok(())
            }
            Turn::Never => Err(Error::Throttled { retry_after: LONGEST_LINE }),
        }
    }

    /// Counts a registration without a session. A refused one counts too, since it tells which names and emails are
    /// taken.
    pub(super) async fn count_registration(&self) -> Result<()> {
        let now = self.now();
        match self.store.count_registration(now).await? {
            None => Ok(()),
            Some(until) => Err(Error::Throttled {
                retry_after: until.duration_since(now).max(SignedDuration::from_secs(1)),
            }),
        }
    }

    /// Removes the wait of an account after an operator has set its password. The password is already set, so a
    /// failure here is only logged.
    pub(super) async fn clear_throttle(&self, email: &str) {
        if let Err(error) = self.store.forget_tries(&Email::key_of(email)).await {
            tracing::info!(%error, "the throttle of an email was not cleared");
        }
    }

    /// Makes a write that tells whether others have a name or an email. An admin's attempts are counted, audited when
    /// refused, and throttled. A success does not clear the count, or it would be a way around the throttle.
    pub(super) async fn count_taken_values<T>(
        &self,
        principal: &Principal,
        asked: AskedValues,
        write: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        if principal.role == Role::Operator || (asked.name.is_none() && asked.email.is_none()) {
            return write.await;
        }
        let place = self.take_place(ThrottleKey::taken_values(principal.account_id)).await?;
        let written = write.await;
        match &written {
            Err(refusal @ (Error::NameTaken(_) | Error::EmailTaken(_) | Error::CollectionExists(_))) => {
                let is_rename = asked.name.is_some();
                let action =
                    if is_rename { AuditAction::OrganizationRename } else { AuditAction::OrganizationUpdate };
                let mut audit = self.audit_by(principal, action);
                audit.outcome = AuditOutcome::Failed;
                audit.organization_id = principal.organization_id;
                audit.organization_name.clone_from(&principal.organization_name);
                audit.changes = refused_changes(principal, asked, refusal);
                self.store.try_failed(&place, audit).await?;
            }
            Ok(_) | Err(_) => self.leave_place(&place).await,
        }
        written
    }
}

/// The requested values and the refusal.
fn refused_changes(principal: &Principal, asked: AskedValues, refusal: &Error) -> Map<String, Value> {
    let mut changes = Map::new();
    if let Some(name) = asked.name {
        changes.insert("organization_name".into(), json!({"from": principal.organization_name, "to": name}));
    }
    if let Some(email) = asked.email {
        changes.insert("admin_email".into(), json!({"from": principal.email, "to": email}));
    }
    changes.insert("refused".into(), refusal.code().into());
    changes
}
