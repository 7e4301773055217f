//! Makes the calls of the console: the one place that waits for the service.

use super::{BoxedCall, CallContext, CallProgress, Chore, Kind, Outcome, Token};
use crate::service::{Error, TenantService};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, watch};

/// How often is told how far a call is: often enough to be seen moving, too seldom to keep the screen busy.
const REPORT_EVERY: Duration = Duration::from_millis(100);

/// Makes a call, and logs how it came out: never what was typed. One that takes its time reports how far it is.
///
/// A store that is silent for as long as `patience` says is as good as one that is away. Not for writes: nobody would
/// know what came of them. What tells how far it is, such as a check, may take longer as long as it moves.
///
/// # Errors
/// The service's, as they are.
pub async fn perform(
    service: &TenantService,
    token: Option<Token>,
    call: BoxedCall,
    patience: Option<Duration>,
    report: impl Fn(CallProgress) + Sync,
    stop: &Notify,
) -> Outcome {
    let (kind, begun) = (call.kind(), Instant::now());
    let patience = patience.filter(|_| kind != Kind::Write);
    let moves = Notify::new();
    let report = |progress| {
        moves.notify_one();
        report(progress);
    };
    let token = token.as_ref().map(|token| &token.token);
    let context = CallContext { service, token, patience, report: &report, stop };
    let outcome = tokio::select! {
        biased;
        outcome = call.make(context) => outcome,
        () = standstill(&moves, patience) => {
            Err(Error::Unavailable { place: service.place().host.clone(), operation: None })
        }
    };
    let code = outcome.as_ref().err().map_or("done", Error::code);
    tracing::debug!(
        ?kind,
        outcome = code,
        milliseconds = begun.elapsed().as_millis(),
        "the service answered"
    );
    outcome
}

/// Does work that no screen waits for. Answers what the store cannot promise, if that was asked.
pub async fn behind(service: &TenantService, chore: Chore) -> Option<Result<Vec<String>, Error>> {
    match chore {
        Chore::Tidy(token) => {
            service.tidy(Some(&token.token)).await;
            None
        }
        Chore::StoreWarnings => Some(service.store_warnings().await),
    }
}

/// Waits until nothing has moved for so long; for ever without a limit.
async fn standstill(moves: &Notify, patience: Option<Duration>) {
    let Some(patience) = patience else { return std::future::pending().await };
    while tokio::time::timeout(patience, moves.notified()).await.is_ok() {}
}

/// Waits for work, and tells from time to time how far it is if that changed.
pub async fn with_progress<T: Copy + Send + Sync, R>(
    work: impl Future<Output = R> + Send,
    how_far: watch::Receiver<T>,
    report: impl Fn(T) + Send,
) -> R {
    with_progress_until(work, how_far, report, std::future::pending()).await
}

/// The same for work that ends when nobody hears of its progress any more: nobody does once it is to stop.
pub async fn with_progress_until<T: Copy + Send + Sync, R>(
    work: impl Future<Output = R> + Send,
    how_far: watch::Receiver<T>,
    report: impl Fn(T) + Send,
    stopped: impl Future<Output = ()> + Send,
) -> R {
    let (mut work, mut stopped) = (std::pin::pin!(work), std::pin::pin!(stopped));
    let mut heard = Some(how_far);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = &mut stopped, if heard.is_some() => heard = None,
            () = tokio::time::sleep(REPORT_EVERY) => {
                if let Some(how_far) = heard.as_mut().filter(|how_far| how_far.has_changed().unwrap_or(false)) {
                    report(*how_far.borrow_and_update());
                }
            }
        }
    }
}
