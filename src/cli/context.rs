//! What every command has at hand: the service, the session, and how it waits for a call, with its time-out and its
//! signals.

use super::exit::Failure;
use super::input::Input;
use super::session_file::SessionFile;
use super::{Format, Global, output};
use crate::domain::AccessToken;
use crate::service::{Error, OperationId, TenantService};
use crate::settings::Settings;
use std::future::Future;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// What every command has at hand.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub(super) service: &'a TenantService,
    pub(super) settings: &'a Settings,
    pub(super) global: &'a Global,
    pub(super) input: Input,
    pub(super) sessions: SessionFile,
}

impl Context<'_> {
    pub(super) fn format(&self) -> Format {
        self.global.format()
    }

    /// The session: of the environment, else of the file.
    pub(super) fn session(&self) -> Result<Option<AccessToken>, Failure> {
        match &self.settings.token {
            Some(token) => Ok(Some(AccessToken(token.clone()))),
            None => self.sessions.load(),
        }
    }

    /// The session, or that nobody is signed in; a store that is not initialized says so first.
    pub(super) async fn required_session(&self) -> Result<AccessToken, Failure> {
        if let Some(token) = self.session()? {
            return Ok(token);
        }
        if self.reads(self.service.is_initialized()).await? {
            Err(Error::Unauthenticated.into())
        } else {
            Err(Error::NotInitialized.into())
        }
    }

    /// Waits for a read: Ctrl-C and SIGTERM leave at once.
    pub(super) async fn reads<T>(&self, call: impl Future<Output = Result<T, Error>>) -> Result<T, Failure> {
        self.waits(call, None).await
    }

    /// Waits for a write: the first Ctrl-C or SIGTERM waits with it, the second leaves it to itself.
    pub(super) async fn writes<T>(
        &self,
        operation: OperationId,
        call: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Failure> {
        self.waits(call, Some(operation)).await
    }

    async fn waits<T>(
        &self,
        call: impl Future<Output = Result<T, Error>>,
        operation: Option<OperationId>,
    ) -> Result<T, Failure> {
        let unheard = |error: std::io::Error| Failure::File(format!("Signals cannot be heard: {error}."));
        let mut interrupt = signal(SignalKind::interrupt()).map_err(unheard)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(unheard)?;
        let seconds = self.global.timeout;
        let time_is_up = tokio::time::sleep(Duration::from_secs(seconds));
        tokio::pin!(call, time_is_up);
        let mut asked_before = operation.is_none();
        loop {
            let leaves_as = tokio::select! {
                biased;
                answer = &mut call => return Ok(answer?),
                () = &mut time_is_up => return Err(Failure::TimedOut { seconds, operation }),
                _ = interrupt.recv() => Failure::Interrupted,
                _ = terminate.recv() => Failure::Terminated,
            };
            if asked_before {
                return Err(leaves_as);
            }
            asked_before = true;
            output::note("tenantry: finishing the write; once more leaves it unfinished\n");
        }
    }
}

/// Prints data; a full disk behind stdout is an error like any other.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    output::data(text).map_err(|error| Failure::File(format!("stdout cannot be written: {error}.")))
}
