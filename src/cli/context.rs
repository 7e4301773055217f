//! What every command uses: the service, the session, and waiting for a call with its time-out and its signals.

use super::Global;
use super::after_prompt::AfterPrompt;
use super::arguments::OperationArgs;
use super::exit::{Failure, Unanswered};
use super::input::Input;
use super::output::{HowFar, Printer, Stderr};
use super::session_file::SessionFile;
use super::signals::Signals;
use crate::domain::{AccessToken, Warning, WarningCode};
use crate::service::StoreKind;
use crate::service::{Error, OperationId, TenantService};
use crate::settings::Settings;
use std::cell::{Cell, RefCell};
use std::future::{Future, Pending, pending};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How a call reports progress, and what to do when it should stop.
type Telling = (fn() -> Pending<()>, fn());

/// A call without progress.
const ALONE: Telling = (pending, || ());

/// What every command uses.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub(super) service: &'a TenantService,
    pub(super) settings: &'a Settings,
    pub(super) global: &'a Global,
    pub(super) input: Input,
    pub(super) stdout: Printer,
    pub(super) stderr: Stderr,
    pub(super) signals: Signals,
    /// The session that this command used or created.
    pub(super) used: RefCell<Option<AccessToken>>,
    /// Whether the store answered any call.
    pub(super) has_answer: Cell<bool>,
}

impl Context<'_> {
    /// The file with the saved sessions. Only commands that use it need its folder.
    pub(super) fn sessions(&self) -> Result<SessionFile, Failure> {
        let folder = self.settings.state_dir.as_ref().map_err(Clone::clone)?;
        Ok(SessionFile::new(folder, self.service.place(), self.stderr))
    }

    /// The session from the environment, else from the file; renewed when that is due.
    pub(super) async fn session(&self) -> Result<Option<AccessToken>, Failure> {
        let session = match &self.settings.token {
            Some(token) => Some(AccessToken(token.clone())),
            None => self.renewed_session().await?,
        };
        self.used.replace(session.clone());
        Ok(session)
    }

    /// The session, or an error that nobody is signed in; on a new store, an error that it is not initialized.
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

    /// Waits for a read. Ctrl-C and SIGTERM end it immediately.
    pub(super) async fn reads<T>(&self, call: impl Future<Output = Result<T, Error>>) -> Result<T, Failure> {
        self.waits(call, Unanswered::Nothing, ALONE).await
    }

    /// Waits for the preview of a write, so that nothing is asked for a write that would be refused. `None` if the
    /// preview is refused but the write may be a repeat: a preview refuses what an earlier write already did, and only
    /// the write itself knows that it was this one.
    pub(super) async fn looks<T>(
        &self,
        operation: OperationArgs,
        preview: impl Future<Output = Result<T, Error>>,
    ) -> Result<Option<T>, Failure> {
        may_be_a_repeat(operation, Box::pin(self.reads(preview)).await)
    }

    /// Waits for a write that can be repeated with its id. After the first Ctrl-C or SIGTERM it keeps waiting; the second one leaves
    /// the write to recovery.
    pub(super) async fn writes<T>(
        &self,
        operation: OperationId,
        call: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Failure> {
        self.waits(call, Unanswered::Operation(operation), ALONE).await
    }

    /// Waits for a write without an operation id.
    pub(super) async fn changes<T>(
        &self,
        call: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Failure> {
        match self.waits(call, Unanswered::Change, ALONE).await {
            // Another process holds the file, so nothing was written.
            Err(Failure::Service(error @ Error::Unavailable { operation: None, .. }))
                if self.service.place().kind == StoreKind::MongoDb =>
            {
                Err(Failure::LostChange(error))
            }
            other => other,
        }
    }

    /// Waits for a call that reports progress: the time-out limits a standstill, not the whole call. The first Ctrl-C
    /// or SIGTERM during a write drops the progress receiver, so that the write can stop at a safe point.
    pub(super) async fn follows<T, P>(
        &self,
        call: impl Future<Output = Result<T, Error>>,
        unanswered: Unanswered,
        progress: watch::Receiver<P>,
        say: impl Fn(&P) -> HowFar,
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
                    // The sender is gone, so the answer is there.
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
                    // A store that was never reached received nothing.
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

    /// Prints what the store cannot promise on stderr, and returns it as a field for JSON.
    pub(super) fn tell_warnings(&self, warnings: &[String]) -> Option<Vec<String>> {
        for warning in warnings {
            self.stderr.warning(&Warning::new(WarningCode::Store, warning.as_str()));
        }
        self.global.format().is_json().then(|| warnings.to_vec())
    }

    /// Prints the result of a change that ended every session of this account. Forgets the saved session first, even
    /// if printing fails.
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

/// What a preview found; `None` if it was refused but the write may be a repeat. See [`Context::looks`].
pub(super) fn may_be_a_repeat<T>(
    operation: OperationArgs,
    preview: Result<T, Failure>,
) -> Result<Option<T>, Failure> {
    match preview {
        Err(refused)
            if operation.operation_id.is_some()
                && refused.is_refusal()
                && !refused.refusal().is_some_and(Error::ends_session) =>
        {
            Ok(None)
        }
        found => found.map(Some),
    }
}
