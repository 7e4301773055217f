//! The part of the gate about accounts and their activity.

use super::Gate;
use async_trait::async_trait;
use jiff::Timestamp;
use std::collections::HashMap;
use tenantry::domain::throttle::Place;
use tenantry::domain::{Account, AccountId, AuditEntry, Claims};
use tenantry::port::{
    AccountChange, AccountRecord, Accounts, Audit, AuditPosition, AuditQuery, NewAccount, OperatorQuery,
    Operators, Page, PlaceAnswer, Result, SessionState, SignInDone, Turn,
};
use uuid::Uuid;

#[async_trait]
impl Accounts for Gate {
    async fn session_state(&self, claims: &Claims, now: Timestamp) -> Result<SessionState> {
        self.answers(None)?;
        self.inner.session_state(claims, now).await
    }

    async fn take_place(&self, place: &Place, now: Timestamp) -> Result<PlaceAnswer> {
        self.answers(None)?;
        self.writing("take_place", self.inner.take_place(place, now)).await
    }

    async fn try_failed(&self, place: &Place, audit: AuditEntry) -> Result<()> {
        self.writing("try_failed", self.inner.try_failed(place, audit)).await
    }

    async fn give_back(&self, place: &Place, clears: bool) -> Result<()> {
        self.writing("give_back", self.inner.give_back(place, clears)).await
    }

    async fn turn(&self, now: Timestamp) -> Result<Turn> {
        self.answers(None)?;
        self.writing("turn", self.inner.turn(now)).await
    }

    async fn count_registration(&self, now: Timestamp) -> Result<Option<Timestamp>> {
        self.answers(None)?;
        self.writing("count_registration", self.inner.count_registration(now)).await
    }

    async fn account_by_email(&self, email_key: &str) -> Result<Option<AccountRecord>> {
        self.answers(None)?;
        self.inner.account_by_email(email_key).await
    }

    async fn account(&self, id: AccountId) -> Result<Option<AccountRecord>> {
        self.answers(None)?;
        self.inner.account(id).await
    }

    async fn last_sign_ins(&self, ids: &[AccountId]) -> Result<HashMap<AccountId, Timestamp>> {
        self.answers(None)?;
        self.inner.last_sign_ins(ids).await
    }

    async fn signed_in(&self, done: &SignInDone, audit: AuditEntry) -> Result<()> {
        self.answers(None)?;
        self.writing("signed_in", self.inner.signed_in(done, audit)).await
    }

    async fn key_check(&self) -> Result<Option<String>> {
        self.answers(None)?;
        self.inner.key_check().await
    }

    async fn forget_tries(&self, email_key: &str) -> Result<()> {
        self.writing("forget_tries", self.inner.forget_tries(email_key)).await
    }

    async fn revoke(&self, session: Uuid, until: Timestamp, audit: Option<AuditEntry>) -> Result<()> {
        self.answers(None)?;
        self.revoked.lock().unwrap().push(session);
        self.writing("revoke", self.inner.revoke(session, until, audit)).await
    }

    async fn revoke_all(&self, account: AccountId, audit: AuditEntry) -> Result<()> {
        self.answers(None)?;
        self.writing("revoke_all", self.inner.revoke_all(account, audit)).await
    }
}

#[async_trait]
impl Operators for Gate {
    async fn operators(&self, query: &OperatorQuery) -> Result<Page<Account, String>> {
        self.answers(None)?;
        self.inner.operators(query).await
    }

    async fn add_operator(&self, new: &NewAccount, audit: AuditEntry) -> Result<Account> {
        self.wait(&self.holds_writes).await;
        self.answers(None)?;
        self.writing("add_operator", self.inner.add_operator(new, audit)).await
    }

    async fn remove_operator(&self, id: AccountId, audit: AuditEntry) -> Result<()> {
        self.wait(&self.holds_writes).await;
        self.answers(None)?;
        self.writing("remove_operator", self.inner.remove_operator(id, audit)).await
    }

    async fn update_operator(
        &self,
        current: &Account,
        change: &AccountChange,
        audit: AuditEntry,
    ) -> Result<Account> {
        self.wait(&self.holds_writes).await;
        self.answers(None)?;
        self.writing("update_operator", self.inner.update_operator(current, change, audit)).await
    }
    async fn record_operator_writes(&self) -> Result<()> {
        self.answers(None)?;
        self.writing("record_operator_writes", self.inner.record_operator_writes()).await
    }
}

#[async_trait]
impl Audit for Gate {
    async fn record(&self, audit: AuditEntry) -> Result<()> {
        self.writing("record", self.inner.record(audit)).await
    }

    async fn audit(&self, query: &AuditQuery) -> Result<Page<AuditEntry, AuditPosition>> {
        self.answers(None)?;
        self.inner.audit(query).await
    }
}
