//! tenantry: organizations (tenants) of a software service, managed from a terminal.
//!
//! Three faces share one service. The service calls stores through the port, which has two implementations:
//!
//! ```text
//!   tui (console)  cli (commands)  http (web face)    used by people, scripts and applications
//!               \        |        /
//!             service                      use cases: session, access table, rules, plans, writes
//!                |
//!               port                       what a store promises: traits by subject, errors
//!             /      \
//!   store::embedded  store::mongo          SQLite in one transaction, MongoDB by a protocol
//!
//!             domain                       below all: names, emails, passwords, filters, findings; pure
//! ```
//!
//! `archive`, between service and domain, is the file of an export: it writes one, and checks one before it is imported.
//!
//! A module imports only modules below it; a test checks that. The console is an Elm loop: a key goes to the
//! layer on top, a pure `update` changes the model and returns effects as data, the runtime performs each as one call of
//! the service, the answer goes to the function that was named where the call was made, and the frame draws the model.
//! The service runs each write in a task of its own, which continues when its caller stops waiting.
//!
//! `wire` has the structs of the JSON that commands print and the web face answers. `command_lines` has the commands that
//! show what the console shows.
//!
//! `settings` reads the environment once, `logging` chooses where log lines go, `ownership` tells who may write to a
//! file, `demo` creates a sample store, `manual` is the man page, `blocking` runs blocking work, `streams` tells what the
//! process stands on, `panics` what one says at the end, `app` wires the parts together.

pub mod app;
pub mod archive;
pub mod blocking;
pub mod cli;
pub mod command_lines;
pub mod demo;
pub mod domain;
#[cfg(feature = "http")]
pub mod http;
pub mod logging;
pub mod manual;
pub mod ownership;
pub mod panics;
pub mod port;
pub mod service;
pub mod settings;
pub mod store;
mod streams;
pub mod tui;
pub mod wire;
