//! The session that `login` saves for later commands: read, renewed, replaced and forgotten; ended on its store if
//! others could read it.

use super::context::Context;
use super::exit::Failure;
use super::output::Stderr;
use super::session_file::{Kept, Locked, SessionFile};
use crate::domain::{AccessToken, Warning, WarningCode};
use crate::service::{Error, SessionKeeper, SignedIn, TenantService};
use crate::settings::Settings;
use async_trait::async_trait;
use secrecy::ExposeSecret;
use std::sync::Arc;

/// The session that the console goes on with.
#[derive(Debug)]
pub struct KeptSession {
    /// The token as it is now.
    pub token: AccessToken,
    /// Where it is renewed; nobody renews the one of the environment but in memory.
    pub keeper: Option<Arc<dyn SessionKeeper>>,
}

/// The session of the environment, else of the file; or why there is none to go on with.
///
/// # Errors
/// The file cannot be read.
pub fn kept_session(
    settings: &Settings,
    service: &TenantService,
    stderr: Stderr,
) -> Result<Result<KeptSession, String>, Failure> {
    if let Some(token) = &settings.token {
        return Ok(Ok(KeptSession { token: AccessToken(token.clone()), keeper: None }));
    }
    let folder = settings.state_dir.as_ref().map_err(Clone::clone)?;
    let file = SessionFile::new(folder, service.place(), stderr);
    Ok(match file.load()? {
        Kept::Session(token) => Ok(KeptSession { token, keeper: Some(Arc::new(FileKeeper(file))) }),
        Kept::Nothing => Err("No session is saved for this store: sign in.".to_owned()),
        // The next command ends it.
        Kept::Exposed(_) => Err(format!(
            "{} could be read by others, so its session is not used: sign in.",
            file.path().display()
        )),
    })
}

/// Renews the session in the file, under its lock.
#[derive(Debug)]
struct FileKeeper(SessionFile);

#[async_trait]
impl SessionKeeper for FileKeeper {
    async fn renew(&self, service: &TenantService, token: &AccessToken) -> Result<SignedIn, Error> {
        let locked = self.0.lock().await?;
        let Kept::Session(current) = locked.load().map_err(in_short)? else {
            return Err(Error::Unauthenticated);
        };
        if current.0.expose_secret() != token.0.expose_secret() {
            let principal = service.who_am_i(&current).await?;
            return Ok(SignedIn { token: current, principal, warnings: Vec::new() });
        }
        let renewed = service.renew(token).await?;
        locked.save(&renewed.token).map_err(in_short)?;
        Ok(renewed)
    }
}

fn in_short(failure: Failure) -> Error {
    if let Failure::Service(error) = failure {
        return error;
    }
    Error::StoreUnusable(failure.object().message)
}

impl Context<'_> {
    /// The saved session of this store. If other users could read it, it is ended and not used.
    pub(super) async fn kept_session(&self) -> Result<Option<AccessToken>, Failure> {
        let file = self.sessions()?;
        match file.load()? {
            Kept::Nothing => Ok(None),
            Kept::Session(token) => Ok(Some(token)),
            Kept::Exposed(_) => self.end_exposed(&file).await.map(|()| None),
        }
    }

    /// Like [`Self::kept_session`], but renewed when less than half of its time is left.
    pub(super) async fn renewed_session(&self) -> Result<Option<AccessToken>, Failure> {
        let Some(token) = self.kept_session().await? else { return Ok(None) };
        match self.renew(&token).await {
            Ok(renewed) => Ok(Some(renewed.unwrap_or(token))),
            // Any problem with the session or the store is reported by the command itself.
            Err(Failure::Service(error)) if !matches!(error, Error::Unavailable { .. }) => Ok(Some(token)),
            Err(failure) => Err(failure),
        }
    }

    /// The renewed token, if a renewal is due. Holds the lock, so that only one of several commands renews; the others
    /// continue with their token, which stays valid.
    async fn renew(&self, token: &AccessToken) -> Result<Option<AccessToken>, Failure> {
        if !self.reads(self.service.is_renewal_due(token)).await? {
            return Ok(None);
        }
        let file = self.sessions()?;
        let Some(locked) = file.try_lock()? else { return Ok(None) };
        let Kept::Session(current) = locked.load()? else { return Ok(None) };
        if current.0.expose_secret() != token.0.expose_secret() {
            return Ok(Some(current));
        }
        let renewed = self.reads(self.service.renew(token)).await?.token;
        locked.save(&renewed)?;
        Ok(Some(renewed))
    }

    /// Saves a new session and ends the one it replaces. A session that cannot be saved is ended, because no command
    /// could use it.
    pub(super) async fn keep(&self, signed: &SignedIn) -> Result<(), Failure> {
        self.used.replace(Some(signed.token.clone()));
        match self.save(&signed.token).await {
            Ok(None) => Ok(()),
            Ok(Some(before)) => {
                if !self.end(&before).await {
                    let message = "The previous session could not be ended; it expires by itself.";
                    self.stderr.warning(&Warning::new(WarningCode::SessionNotEnded, message));
                }
                Ok(())
            }
            Err(failure) => {
                let _ = self.changes(self.service.sign_out(&signed.token, false)).await;
                Err(failure)
            }
        }
    }

    /// Locks the file; `--timeout` and signals end the wait.
    async fn locked<'a>(&self, file: &'a SessionFile) -> Result<Locked<'a>, Failure> {
        match self.reads(file.lock()).await {
            Err(failure @ Failure::TimedOut { seconds, .. }) => {
                let lock = file.path().with_file_name("session.lock");
                let message = format!("Another process has held {} for {seconds} s.", lock.display());
                Err(failure.explained(message, Some("Find that process with fuser or lsof.".to_owned())))
            }
            locked => locked,
        }
    }

    async fn save(&self, token: &AccessToken) -> Result<Option<AccessToken>, Failure> {
        let file = self.sessions()?;
        let locked = self.locked(&file).await?;
        locked.save(token)
    }

    /// Forgets the saved session. A session from the environment is not tenantry's to forget.
    pub(super) async fn forget_session(&self) -> Result<(), Failure> {
        if self.settings.token.is_some() {
            return Ok(());
        }
        let file = self.sessions()?;
        if matches!(file.load()?, Kept::Nothing) {
            return Ok(());
        }
        let locked = self.locked(&file).await?;
        locked.forget()
    }

    /// Ends the session of a file that others could read. If the store does not answer, the session stays in the file,
    /// marked, and the next command tries again.
    async fn end_exposed(&self, file: &SessionFile) -> Result<(), Failure> {
        let locked = self.locked(file).await?;
        let Kept::Exposed(token) = locked.load()? else { return Ok(()) };
        let is_ended = match &token {
            Some(token) => self.end(token).await,
            None => true,
        };
        if is_ended {
            locked.forget()?;
        }
        let rest =
            if is_ended { "its session was ended" } else { "its session is not used and will be ended" };
        let message = format!("{} could be read by others, so {rest}; sign in again.", file.path().display());
        self.stderr.warning(&Warning::new(WarningCode::SessionsRemoved, message));
        Ok(())
    }

    /// Ends a session; returns whether it has ended.
    async fn end(&self, token: &AccessToken) -> bool {
        match self.changes(self.service.sign_out(token, false)).await {
            Ok(()) => true,
            Err(Failure::Service(error)) => error.ends_session() || error == Error::NotInitialized,
            Err(_) => false,
        }
    }
}
