//! The web face: the service over HTTP, as `tenantry serve` runs it.
//!
//! `drop_in` answers the five routes of the service that tenantry replaces, as that one answered them; `v1` is the API
//! for new callers, with problems of RFC 9457. Both call the service as the other faces do: it checks the session, asks
//! the access table and runs each write in a task that continues when the client leaves.
//!
//! A request passes `router` (limits, time-outs, request id, access log), a route reads what it needs (`bearer`,
//! `parameters`, `operation`, `body`), calls the service, and turns a refusal into an answer (`status`). `server` owns
//! sockets, TLS and the graceful end, `connections` how many there are and how long a write may take; `openapi` and
//! `pages` have the document of the API and its page; `health` and `metrics` are for those who run it.

mod access_log;
mod bearer;
mod body;
mod connections;
mod drop_in;
mod face;
mod health;
mod metrics;
mod openapi;
mod operation;
mod pages;
mod parameters;
mod places;
mod router;
mod server;
mod status;
mod tls;
mod v1;

pub use face::FaceOptions;
pub use server::{Listener, Server};
pub use tls::{Tls, TlsError, TlsFiles};
