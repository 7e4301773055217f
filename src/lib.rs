//! tenantry: organizations (tenants) of a software service, managed from a terminal.
//!
//! Two faces over one service; below it the port, what the service needs of a store, with two implementations:
//!
//! ```text
//!   tui (console)    cli (commands)        speak with people and scripts
//!          \            /
//!             service                      use cases: session, access table, rules, one store call
//!                |
//!               port                       what a store promises: traits by subject, errors
//!             /      \
//!   store::embedded  store::mongo          SQLite in one transaction, MongoDB by a protocol
//!
//!             domain                       below all: names, emails, passwords, filters, findings; pure
//! ```
//!
//! Arrows run downwards only; a test holds them. The console is an Elm loop: a key becomes a command, a pure
//! `update` changes the model and answers effects as data, `perform` makes one service call of each, the result
//! comes back as an action, and the view draws the model.
//!
//! `settings` reads the environment once, `logging` says where log lines go, `demo` makes a store to look at,
//! `manual` is the man page, `blocking` runs what blocks, `app` puts the parts together.

pub mod app;
pub mod blocking;
pub mod cli;
pub mod demo;
pub mod domain;
pub mod logging;
pub mod manual;
pub mod ownership;
pub mod port;
pub mod service;
pub mod settings;
pub mod store;
pub mod tui;
