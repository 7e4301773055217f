//! A call of the service as a value.

use crate::domain::{AccessToken, Progress};
use crate::service::{Error, ExportProgress, ImportProgress, RepairProgress, TenantService};
use futures_util::future::BoxFuture;
use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// How a call is treated when it cannot be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// May be repeated and cancelled as one likes.
    Read,
    /// Is never repeated by itself and never cancelled.
    Write,
    /// About the session itself.
    Session,
}

/// One call of the service, as data. It stands beside the layer that makes it.
pub trait Call: fmt::Debug + PartialEq + Send + Sync + 'static {
    /// What the service answers.
    type Answer: Send + 'static;

    /// How it is treated when it cannot be answered.
    fn kind(&self) -> Kind {
        Kind::Read
    }

    /// Whether it carries the session's token.
    fn needs_session(&self) -> bool {
        true
    }

    /// What is going on while it runs, such as `renaming Acme`; nothing for what nobody asked for.
    fn label(&self) -> Option<String>;

    /// Whether it ends in good order when it is asked to stop ([`CallContext::stopped`]). It is answered then too, so
    /// that its asker knows what came of it.
    fn can_stop(&self) -> bool {
        false
    }

    /// What is said of a write's answer that nobody waits for any more.
    fn outcome(_answer: &Self::Answer) -> String {
        "done.".to_owned()
    }

    /// Makes it: one call of the service.
    fn perform(&self, context: CallContext<'_>) -> impl Future<Output = Result<Self::Answer, Error>> + Send;
}

/// How far a call is that takes its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallProgress {
    /// A check.
    Checking(Progress),
    /// The repair of what was found.
    Repairing(RepairProgress),
    /// An export.
    Exporting(ExportProgress),
    /// An import, or the check before it.
    Importing(ImportProgress),
}

/// What a call is made with.
#[derive(Clone, Copy)]
pub struct CallContext<'a> {
    /// The service.
    pub service: &'a TenantService,
    pub(super) token: Option<&'a AccessToken>,
    pub(super) patience: Option<Duration>,
    pub(super) report: &'a (dyn Fn(CallProgress) + Sync),
    pub(super) stop: &'a Notify,
}

impl fmt::Debug for CallContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallContext")
    }
}

impl<'a> CallContext<'a> {
    /// The token of the session.
    ///
    /// # Errors
    /// There is none.
    pub fn session(self) -> Result<&'a AccessToken, Error> {
        self.token.ok_or(Error::Unauthenticated)
    }

    /// How long a search may take: a little less than a silent store is waited for, so that the store says itself that it
    /// took too long.
    pub fn time_to_search(self) -> Duration {
        const USUAL: Duration = Duration::from_secs(30);
        self.patience.map_or(USUAL, |patience| patience.mul_f64(0.9))
    }

    /// Waits until the call is asked to stop.
    pub async fn stopped(self) {
        self.stop.notified().await;
    }

    /// Tells how far the call is.
    pub fn report(self, progress: CallProgress) {
        (self.report)(progress);
    }
}

/// Any answer; whoever asked knows the type.
pub type Answer = Box<dyn Any + Send>;

/// An answer, or why there is none.
pub type Outcome = Result<Answer, Error>;

/// An answer of no type that is known.
pub fn answer<T: Send + 'static>(answer: T) -> Answer {
    Box::new(answer)
}

/// The answer of a call of this type; `None` when it is one of another call.
pub fn typed<C: Call>(answer: Answer) -> Option<C::Answer> {
    answer.downcast().ok().map(|answer| *answer)
}

/// Why whoever asked gets no answer.
#[derive(Debug, Clone, PartialEq)]
pub enum CallError {
    /// The user stopped the reading.
    Stopped,
    /// The service refused.
    Refused(Error),
}

/// A call that was asked for, of any type. One copy, however often it is repeated.
#[derive(Debug, Clone)]
pub struct BoxedCall(Arc<dyn AnyCall>);

impl BoxedCall {
    /// A call, its type forgotten.
    pub fn of(call: impl Call) -> Self {
        Self(Arc::new(call))
    }

    /// The call, if it is one of this type.
    pub fn get<C: Call>(&self) -> Option<&C> {
        let call: &dyn Any = &*self.0;
        call.downcast_ref()
    }

    /// Whether it is a call of this type.
    pub fn is<C: Call>(&self) -> bool {
        self.get::<C>().is_some()
    }

    /// How it is treated when it cannot be answered.
    pub fn kind(&self) -> Kind {
        self.0.any_kind()
    }

    /// Whether it carries the session's token.
    pub fn needs_session(&self) -> bool {
        self.0.any_needs_session()
    }

    /// What is going on while it runs.
    pub fn label(&self) -> Option<String> {
        self.0.any_label()
    }

    /// Whether it ends in good order when it is asked to stop.
    pub fn can_stop(&self) -> bool {
        self.0.any_can_stop()
    }

    /// What is said of an answer that nobody waits for any more.
    pub fn outcome(&self, answer: &Answer) -> String {
        self.0.any_outcome(answer)
    }

    pub(super) fn make<'a>(&'a self, context: CallContext<'a>) -> BoxFuture<'a, Outcome> {
        self.0.any_perform(context)
    }
}

impl PartialEq for BoxedCall {
    fn eq(&self, other: &Self) -> bool {
        self.0.is_same(other)
    }
}

/// What every call can be asked without its type.
trait AnyCall: Any + fmt::Debug + Send + Sync {
    fn any_kind(&self) -> Kind;
    fn any_needs_session(&self) -> bool;
    fn any_label(&self) -> Option<String>;
    fn any_can_stop(&self) -> bool;
    fn any_outcome(&self, answer: &Answer) -> String;
    fn any_perform<'a>(&'a self, context: CallContext<'a>) -> BoxFuture<'a, Outcome>;
    fn is_same(&self, other: &BoxedCall) -> bool;
}

impl<C: Call> AnyCall for C {
    fn any_kind(&self) -> Kind {
        self.kind()
    }

    fn any_needs_session(&self) -> bool {
        self.needs_session()
    }

    fn any_label(&self) -> Option<String> {
        self.label()
    }

    fn any_can_stop(&self) -> bool {
        self.can_stop()
    }

    fn any_outcome(&self, answer: &Answer) -> String {
        answer.downcast_ref().map_or_else(String::new, C::outcome)
    }

    fn any_perform<'a>(&'a self, context: CallContext<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(async move { self.perform(context).await.map(answer) })
    }

    fn is_same(&self, other: &BoxedCall) -> bool {
        other.get::<C>().is_some_and(|other| self == other)
    }
}
