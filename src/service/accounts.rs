//! Sign-in, sign-out, sessions and the first operator.

use super::access::UseCase;
use super::repeat::{Write, secret};
use super::writes::Writer;
use super::{Error, Result, TenantService, token};
use crate::domain::account::MAX_PASSWORD_BYTES;
use crate::domain::email::MAX_EMAIL_BYTES;
use crate::domain::session::end_of_session;
use crate::domain::throttle::ThrottleKey;
use crate::domain::{
    AccessToken, Account, AccountId, AuditAction, AuditEntry, AuditOutcome, Claims, Email, Ended,
    OperationId, Password, PasswordRule, Principal, Role, Suspension, Warning, WarningCode,
    cut_to_milliseconds,
};
use crate::port::{AccountRecord, NewAccount, OrganizationOfAccount, Rehash, SessionState, SignInDone};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

/// A new session.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The token to pass with every call.
    pub token: AccessToken,
    /// Its caller.
    pub principal: Principal,
    /// What the caller should know about the account.
    pub warnings: Vec<Warning>,
}

/// How the audit names a failed sign-in with an unknown email: by the beginning of its SHA-256, because people type
/// passwords into the email field.
pub fn throttle_actor(email_key: &str) -> String {
    ThrottleKey::sign_in(email_key).as_str().chars().take(8).collect()
}

impl TenantService {
    /// Creates the store with its first operator; does not sign in. Returns the email. A repeat with the same
    /// operation gives the same outcome.
    ///
    /// # Errors
    /// [`Error::InvalidEmail`], [`Error::InvalidPassword`], [`Error::AlreadyInitialized`],
    /// [`Error::OperationMismatch`], and the store's.
    pub async fn initialize(
        &self,
        email: &str,
        password: SecretString,
        operation: OperationId,
    ) -> Result<String> {
        let email = Email::parse(email)?;
        let password = Password::new(password)?;
        let asked = [("email", Some(email.as_str())), ("password", secret(Some(password.secret())))];
        let write = Write::new(operation, None, "init", &asked);
        self.write(|writer| async move { writer.initialize(&email, &password, &write).await }).await
    }

    /// Signs in. Every refusal takes the same calls of the store and one bcrypt of the same cost. Waits while too many
    /// sign-ins of this email are running, until none has ended for 2 s, and up to 5 s for its turn when very many
    /// sign-ins of the whole store failed.
    ///
    /// # Errors
    /// [`Error::Throttled`], [`Error::InvalidCredentials`], [`Error::Suspended`] (only after the right password),
    /// [`Error::Overloaded`], [`Error::NotInitialized`], and the store's.
    pub async fn sign_in(&self, email: &str, password: &SecretString) -> Result<SignedIn> {
        // No account has a longer email, so do not send megabytes to the store.
        let email = email.trim();
        let email_key = if email.len() > MAX_EMAIL_BYTES { String::new() } else { Email::key_of(email) };
        let (email, password) = (email.to_owned(), password.clone());
        self.write(|writer| async move { writer.sign_in(&email, &email_key, &password).await }).await
    }

    /// The account of a typed email. It looks for the key of older rules too. How often it asks the store depends on the
    /// email alone, so that the duration does not tell who exists.
    pub(super) async fn account_of(&self, email: &str) -> Result<Option<AccountRecord>> {
        let mut found = None;
        // No account has a longer email, so do not send megabytes to the store.
        for key in Email::keys_of(if email.len() > MAX_EMAIL_BYTES { "" } else { email }) {
            let account = self.store.account_by_email(&key).await?;
            found = found.or(account);
        }
        Ok(found)
    }

    /// An entry about what an account itself does.
    pub(super) fn audit_of_account(&self, record: &AccountRecord, action: AuditAction) -> AuditEntry {
        let mut audit = self.audit_entry(&record.account.email, action);
        audit.actor_id = Some(record.account.id);
        audit.organization_id = record.account.organization_id;
        audit.organization_name = record.organization.as_ref().map(|organization| organization.name.clone());
        audit
    }

    /// The caller of a session.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`], [`Error::SessionExpired`], and the store's.
    pub async fn who_am_i(&self, token: &AccessToken) -> Result<Principal> {
        let principal = self.authenticate(token).await?;
        self.scope(UseCase::OwnSession, &principal)?;
        Ok(principal)
    }

    /// A new token for the same session, valid for the session's length from now, but at most 12 h after the password
    /// was verified. The old token stays valid until it expires; a sign-out ends both.
    ///
    /// # Errors
    /// Those of [`TenantService::who_am_i`].
    pub async fn renew(&self, token: &AccessToken) -> Result<SignedIn> {
        let principal = self.who_am_i(token).await?;
        let claims = Claims {
            nbf: self.now().as_second(),
            exp: end_of_session(self.now(), self.options.session, principal.claims.auth_time),
            jti: Uuid::new_v4(),
            ..principal.claims.clone()
        };
        let token = token::sign(self.key.as_ref(), &claims)?;
        Ok(SignedIn { token, principal: Principal { claims, ..principal }, warnings: Vec::new() })
    }

    /// Whether a token should be renewed: less than half of the session's length is left, and a renewal adds time.
    /// Does not check whether the token is still valid.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for a token that this store never gave, [`Error::NotInitialized`], and the store's.
    pub async fn is_renewal_due(&self, token: &AccessToken) -> Result<bool> {
        let claims = token::verify(self.key.as_ref(), token, self.store_id().await?)?;
        Ok(claims.is_renewal_due(self.now(), self.options.session))
    }

    /// Ends this session with all its tokens, or every session of the account.
    ///
    /// # Errors
    /// Those of [`TenantService::who_am_i`].
    pub async fn sign_out(&self, token: &AccessToken, everywhere: bool) -> Result<()> {
        let token = token.clone();
        self.write(|writer| async move { writer.sign_out(&token, everywhere).await }).await
    }

    /// Checks a session: first the token itself, then its times, then account, organization and revocation.
    pub(super) async fn authenticate(&self, token: &AccessToken) -> Result<Principal> {
        let store_id = self.store_id().await?;
        let claims = token::verify(self.key.as_ref(), token, store_id)?;
        let now = self.now();
        claims.check_times(now).map_err(Error::SessionExpired)?;
        let state = self.store.session_state(&claims, now).await?;
        judge(claims, state).ok_or(Error::SessionExpired(Ended::Ended))
    }

    /// An entry about a signed-in caller's action.
    pub(super) fn audit_by(&self, principal: &Principal, action: AuditAction) -> AuditEntry {
        AuditEntry {
            actor_id: Some(principal.account_id),
            actor_version: Some(principal.claims.tv),
            ..self.audit_entry(&principal.email, action)
        }
    }

    pub(super) fn audit_entry(&self, actor: &str, action: AuditAction) -> AuditEntry {
        AuditEntry {
            id: OperationId::random().0,
            at: cut_to_milliseconds(self.now()),
            actor: actor.to_owned(),
            actor_id: None,
            actor_version: None,
            request_hash: None,
            action,
            outcome: AuditOutcome::Done,
            organization_id: None,
            organization_name: None,
            changes: serde_json::Map::new(),
        }
    }

    /// A new hash at the cost of the settings, if the stored one is cheaper. Without one, the sign-in still succeeds.
    async fn rehash(&self, record: &AccountRecord, password: &SecretString) -> Option<Rehash> {
        if !self.passwords.is_outdated(&record.password_hash) {
            return None;
        }
        let password = Password::new(password.clone()).ok()?;
        let password_hash = self.passwords.hash(&password).await.ok()?;
        let Account { id: account_id, version, .. } = record.account;
        Some(Rehash { account_id, version, password_hash })
    }

    fn claims(&self, record: &AccountRecord, store_id: Uuid, now: Timestamp) -> Claims {
        let account = &record.account;
        let ended = record.organization.as_ref().and_then(|organization| organization.sessions_end_at);
        // Whole seconds: a session that begins in the same second in which earlier sessions ended counts as later.
        let iat = ended.map_or(now.as_second(), |ended| now.as_second().max(ended.as_second() + 1));
        Claims {
            iss: token::ISSUER.to_owned(),
            aud: store_id,
            sub: account.id,
            org: account.organization_id,
            role: account.role,
            tv: account.token_version,
            iat,
            nbf: now.as_second(),
            exp: end_of_session(now, self.options.session, now.as_second()),
            auth_time: now.as_second(),
            sid: Uuid::new_v4(),
            jti: Uuid::new_v4(),
        }
    }

    fn signed(&self, account: &Account, organization: Option<String>, claims: Claims) -> Result<SignedIn> {
        let token = token::sign(self.key.as_ref(), &claims)?;
        Ok(SignedIn { token, principal: principal(account, organization, claims), warnings: Vec::new() })
    }
}

impl Writer {
    async fn initialize(&self, email: &Email, password: &Password, write: &Write) -> Result<String> {
        if let Err(refusal) = self.initialize_now(email, password, write).await {
            self.earlier_of_account(refusal, write).await?;
            let first = self.store.account_by_email(email.key()).await?;
            self.repeats_password(first.as_ref(), password.secret()).await?;
        }
        Ok(email.as_str().to_owned())
    }

    async fn initialize_now(&self, email: &Email, password: &Password, write: &Write) -> Result<()> {
        if self.is_initialized().await? {
            return Err(Error::AlreadyInitialized);
        }
        let password_hash = self.passwords.hash(password).await?;
        // Create the key before the store: without a key nobody could sign in.
        self.key.load_or_make()?;
        let first = NewAccount { id: AccountId(Uuid::new_v4()), email: email.clone(), password_hash };
        let audit = self.audit_entry(email.as_str(), AuditAction::Init);
        self.store.initialize(Uuid::new_v4(), &first, write.of(audit)).await
    }

    async fn sign_in(&self, email: &str, email_key: &str, password: &SecretString) -> Result<SignedIn> {
        let store_id = self.store_id().await?;
        let place = self.take_place(ThrottleKey::sign_in(email_key)).await?;
        let verified = self.verify_sign_in(email, password).await;
        let (record, right) = match verified {
            Ok(verified) => verified,
            Err(error) => {
                self.leave_place(&place).await;
                return Err(error);
            }
        };
        let suspension = record.as_ref().and_then(suspension_of);
        let (Some(record), true, None) = (&record, right, &suspension) else {
            let mut audit = match &record {
                Some(record) => self.audit_of_account(record, AuditAction::SignInFailed),
                None => self.audit_entry(&throttle_actor(email_key), AuditAction::SignInFailed),
            };
            audit.outcome = AuditOutcome::Failed;
            if let (Some(suspension), true) = (suspension, right) {
                // The password was right, so this is not a guess.
                self.leave_place(&place).await;
                self.store.record(audit).await?;
                return Err(Error::Suspended(suspension.reason));
            }
            self.store.try_failed(&place, audit).await?;
            return Err(Error::InvalidCredentials);
        };
        let key_check = match record.account.role {
            Role::Operator => Some(token::key_check(self.key.as_ref(), store_id)?),
            Role::Admin => None,
        };
        let rehash = self.rehash(record, password).await;
        let done = SignInDone { account_id: record.account.id, place, rehash, key_check };
        let warning = cut_password(record, password);
        let mut audit = self.audit_of_account(record, AuditAction::SignIn);
        if warning.is_some() {
            audit.changes.insert("password_cut".into(), true.into());
        }
        self.store.signed_in(&done, audit).await?;
        let claims = self.claims(record, store_id, self.now());
        let name = record.organization.as_ref().map(|organization| organization.name.clone());
        let signed = self.signed(&record.account, name, claims)?;
        Ok(SignedIn { warnings: warning.into_iter().collect(), ..signed })
    }

    /// The account of an email, and whether the password is right and the organization lets its admin in, apart from a
    /// suspension.
    async fn verify_sign_in(
        &self,
        email: &str,
        password: &SecretString,
    ) -> Result<(Option<AccountRecord>, bool)> {
        self.wait_for_turn().await?;
        let record = self.account_of(email).await?;
        let usable = record.as_ref().filter(|record| may_sign_in(record));
        let right = self
            .passwords
            .verify(password, usable.map(|record| (&record.password_hash, record.password_rule)))
            .await?;
        Ok((record, right))
    }

    async fn sign_out(&self, token: &AccessToken, everywhere: bool) -> Result<()> {
        let principal = self.who_am_i(token).await?;
        let mut audit = self.audit_by(&principal, AuditAction::SignOut);
        audit.organization_id = principal.organization_id;
        audit.organization_name.clone_from(&principal.organization_name);
        if everywhere {
            audit.changes.insert("everywhere".into(), true.into());
            self.store.revoke_all(principal.account_id, audit).await
        } else {
            self.store.revoke(principal.claims.sid, principal.claims.absolute_end(), Some(audit)).await
        }
    }
}

/// The warning about a password that is longer than the part that counts.
fn cut_password(record: &AccountRecord, password: &SecretString) -> Option<Warning> {
    let bytes = password.expose_secret().len();
    let is_cut = record.password_rule == PasswordRule::Earlier && bytes > MAX_PASSWORD_BYTES;
    is_cut.then(|| {
        let message = "Only the first 72 bytes of your password count; choose another.";
        Warning::new(WarningCode::PasswordCut, message)
    })
}

/// Whether an account's organization lets its admin in, apart from a suspension; operators have no organization.
fn may_sign_in(record: &AccountRecord) -> bool {
    match (record.account.role, &record.organization) {
        (Role::Operator, _) => true,
        (Role::Admin, Some(organization)) => {
            OrganizationOfAccount { suspension: None, ..organization.clone() }.lets_in()
        }
        (Role::Admin, None) => false,
    }
}

fn suspension_of(record: &AccountRecord) -> Option<Suspension> {
    record.organization.as_ref()?.suspension.clone()
}

/// The caller of a token, if the account still matches the token and nothing ended the session.
fn judge(claims: Claims, state: SessionState) -> Option<Principal> {
    let account = state.account?;
    let same = account.id == claims.sub
        && account.role == claims.role
        && account.organization_id == claims.org
        && account.token_version == claims.tv;
    let organization_lives = match (claims.org, &state.organization) {
        (None, _) => true,
        (Some(_), Some(organization)) => {
            let ended = organization.sessions_end_at.is_some_and(|ended| claims.iat <= ended.as_second());
            organization.lets_in() && !ended
        }
        (Some(_), None) => false,
    };
    let name = state.organization.map(|organization| organization.name);
    (same && organization_lives && !state.revoked).then(|| principal(&account, name, claims))
}

fn principal(account: &Account, organization_name: Option<String>, claims: Claims) -> Principal {
    Principal {
        account_id: account.id,
        email: account.email.clone(),
        role: account.role,
        organization_id: account.organization_id,
        organization_name,
        claims,
    }
}
