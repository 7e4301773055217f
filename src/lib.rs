//! tenantry: organizations (tenants) of a software service, managed from a terminal.
//!
//! Two faces over one service over one store trait with two implementations:
//!
//! ```text
//!   tui (console)    cli (commands)        speak with people and scripts
//!          \            /
//!             service                      use cases: session, access table, rules, one store call
//!                |
//!             domain                       names, emails, passwords, filters, findings: pure
//!
//!   store::embedded (SQLite)   store::mongo (MongoDB)     implement service::store::Store
//! ```
//!
//! Arrows run downwards only; a test holds them. The console is an Elm loop: a key becomes a command, a pure
//! `update` changes the model and answers effects as data, `perform` makes one service call of each, the result
//! comes back as an action, and the view draws the model.
//!
//! `settings` reads the environment once, `logging` says where log lines go, `demo` makes a store to look at,
//! `manual` is the man page, `app` puts the parts together.

pub mod app;
pub mod cli;
pub mod demo;
pub mod domain;
pub mod logging;
pub mod manual;
pub mod service;
pub mod settings;
pub mod store;
pub mod tui;
