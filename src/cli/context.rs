//! What every command has at hand: the service, the session, and how it waits for a call, with its time-out and its
//! signals.

use super::Global;
use super::after_prompt::AfterPrompt;
use super::exit::{Failure, Unanswered};
use super::input::Input;
use super::output::{Printer, Stderr};
use super::session_file::SessionFile;
use super::signals::Signals;
use crate::domain::{AccessToken, Warning};
use crate::service::StoreKind;
use crate::service::{Error, OperationId, TenantService};
use crate::settings::Settings;
use std::cell::{Cell, RefCell};
use std::future::{Future, Pending, pending};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How a call tells that it gets on, and what is done when it is to end.
type Telling = (fn() -> Pending<()>, fn());

/// A call that tells nothing while it runs.
const ALONE: Telling = (pending, || ());

/// What every command has at hand.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub(super) service: &'a TenantService,
    pub(super) settings: &'a Settings,
    pub(super) global: &'a Global,
    pub(super) input: Input,
    pub(super) stdout: Printer,
    pub(super) stderr: Stderr,
    pub(super) signals: Signals,
    /// The session that this command used or made.
    pub(super) used: RefCell<Option<AccessToken>>,
    /// Whether the store was asked for anything, and answered.
    pub(super) has_answer: Cell<bool>,
}

impl Context<'_> {
    /// The file that keeps sessions; its folder is only needed by a command that uses it.
    pub(super) fn sessions(&self) -> Result<SessionFile, Failure> {
        let folder = self.settings.state_dir.as_ref().map_err(Clone::clone)?;
        Ok(SessionFile::new(folder, self.service.place(), self.stderr))
    }

    /// The session: of the environment, else of the file, renewed when that is due.
    pub(super) async fn session(&self) -> Result<Option<AccessToken>, Failure> {
        let session = match &self.settings.token {
            Some(token) => Some(AccessToken(token.clone())),
            None => self.renewed_session().await?,
        };
        self.used.replace(session.clone());
        Ok(session)
    }

    /// The session, or that nobody is signed in; a store that is not initialized says so first.
    pub(super) async fn required_session(&self) -> Result<AccessToken, Failure> {
        if let Some(token) = self.session().await? {
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
        self.waits(call, Unanswered::Nothing, ALONE).await
    }

    /// Waits for a write of an organization: the first Ctrl-C or SIGTERM waits with it, the second leaves it to
    /// itself.
    pub(super) async fn writes<T>(
        &self,
        operation: OperationId,
        call: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Failure> {
        self.waits(call, Unanswered::Operation(operation), ALONE).await
    }

    /// Waits for a write that has no operation of its own.
    pub(super) async fn changes<T>(
        &self,
        call: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Failure> {
        match self.waits(call, Unanswered::Change, ALONE).await {
            // A file that another process holds was not written to.
            Err(Failure::Service(error @ Error::Unavailable { operation: None, .. }))
                if self.service.place().kind == StoreKind::MongoDb =>
            {
                Err(Failure::LostChange(error))
            }
            other => other,
        }
    }

    /// Waits for a call that tells how far it is: the time-out is for a standstill, not for the whole of it. The first
    /// Ctrl-C or SIGTERM of one that writes stops listening, so that it can end where it is.
    pub(super) async fn follows<T, P>(
        &self,
        call: impl Future<Output = Result<T, Error>>,
        unanswered: Unanswered,
        progress: watch::Receiver<P>,
        say: impl Fn(&P) -> String,
    ) -> Result<T, Failure> {
        let listening = RefCell::new(Some(progress));
        let moves = || {
            let progress = listening.borrow().clone();
            let say = &say;
            async move {
                let Some(mut progress) = progress else {
                    return pending().await;
                };
                progress.mark_unchanged();
                if progress.changed().await.is_err() {
                    // Whoever told is done: the answer is there.
                    pending::<()>().await;
                }
                self.stderr.progress(&say(&progress.borrow()));
                // Often enough for a person.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let answer = self.waits(call, unanswered, (moves, || drop(listening.take()))).await;
        self.stderr.end_of_progress();
        answer
    }

    async fn waits<T, M: Future<Output = ()>>(
        &self,
        call: impl Future<Output = Result<T, Error>>,
        unanswered: Unanswered,
        (moves, stop): (impl Fn() -> M, impl Fn()),
    ) -> Result<T, Failure> {
        if let Some(stop) = self.signals.pending() {
            return Err(stop.failure(Unanswered::Nothing));
        }
        let _writing = (unanswered != Unanswered::Nothing).then(|| self.signals.writing());
        let unheard =
            |error: std::io::Error| Failure::File(format!("Listening for signals failed: {error}."));
        let mut gone = AfterPrompt::listen().map_err(unheard)?;
        let (seconds, begun) = (self.global.timeout(), Instant::now());
        let time_is_up = tokio::time::sleep(Duration::from_secs(seconds));
        tokio::pin!(call, time_is_up);
        let mut next = Box::pin(moves());
        let mut asked_before = unanswered == Unanswered::Nothing;
        loop {
            let leaves_as = tokio::select! {
                biased;
                answer = &mut call => {
                    let outcome = answer.as_ref().err().map_or("done", Error::code);
                    tracing::debug!(outcome, milliseconds = begun.elapsed().as_millis(), "the service answered");
                    self.has_answer.set(true);
                    return Ok(answer?);
                }
                () = &mut next => {
                    time_is_up.as_mut().reset(tokio::time::Instant::now() + Duration::from_secs(seconds));
                    next.set(moves());
                    continue;
                }
                () = &mut time_is_up => {
                    // Nothing was sent to a store that was never reached.
                    let unreached = self.service.unreached().map(Failure::Service);
                    return Err(unreached.unwrap_or(Failure::TimedOut { seconds, unanswered }));
                }
                leaves_as = gone.recv(unanswered) => leaves_as,
                stop = self.signals.next() => stop.failure(unanswered),
            };
            if asked_before {
                return Err(leaves_as);
            }
            asked_before = true;
            stop();
            next.set(moves());
            self.stderr.finishing();
        }
    }

    /// Tells what the store cannot promise: on stderr, and, as answered, as a field of JSON.
    pub(super) fn tell_warnings(&self, warnings: &[String]) -> Option<Vec<String>> {
        for warning in warnings {
            self.stderr.warning(&Warning::new("store", warning.as_str()));
        }
        self.global.format().is_json().then(|| warnings.to_vec())
    }

    /// Prints what came of a change that ended every session of this account. The one that is kept is forgotten first:
    /// that holds also when nothing can be printed.
    pub(super) async fn signed_out(
        &self,
        print: impl Future<Output = Result<(), Failure>>,
    ) -> Result<(), Failure> {
        self.forget_session().await?;
        print.await?;
        self.stderr.note("every session of this account has ended; sign in again: tenantry login");
        Ok(())
    }
}
