//! Many at once on one thing, on both stores, by several stores or by several processes of the real binary: of those
//! that exclude each other one comes through, and what the others were refused left nothing. What is shown of it by
//! one call against another is in the contract of the stores; here they are many, again and again, and in between are
//! sessions, a tenant's own application, and whole commands.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]
#![expect(clippy::print_stdout, reason = "who came first how often is worth knowing")]

#[path = "common/harness.rs"]
mod harness;
#[path = "common/home.rs"]
mod home;
#[path = "common/mongo.rs"]
mod mongo;
#[path = "common/service.rs"]
mod service;
#[path = "common/sound.rs"]
mod sound;
#[path = "common/suite.rs"]
mod suite;

#[path = "concurrency/one_organization.rs"]
mod one_organization;
#[path = "concurrency/processes.rs"]
mod processes;
#[path = "concurrency/sessions.rs"]
mod sessions;
#[path = "concurrency/tenant.rs"]
mod tenant;
