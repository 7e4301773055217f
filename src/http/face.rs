//! What every route uses.

use super::metrics::Metrics;
use crate::service::TenantService;
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::watch;

/// How the web face behaves, from the settings.
#[derive(Debug, Clone, Default)]
pub struct FaceOptions {
    /// Whether organizations may be created without a session. The service decides; answers also depend on it.
    pub open_registration: bool,
    /// Origins whose pages may call it from a browser.
    pub cors_origins: Vec<String>,
}

/// The state of all routes.
#[derive(Debug)]
pub(super) struct Face {
    pub(super) service: Arc<TenantService>,
    pub(super) options: FaceOptions,
    pub(super) metrics: Metrics,
    /// True from the moment the server ends: answers that never end by themselves end then.
    pub(super) ending: watch::Receiver<bool>,
}

/// A call of the service behind a pointer. Without it the compiler proves for every future around a call, again and
/// again, that the whole call may change threads, which takes minutes.
pub(super) fn called<'a, T>(
    call: impl Future<Output = T> + Send + 'a,
) -> Pin<Box<dyn Future<Output = T> + Send + 'a>> {
    Box::pin(call)
}
