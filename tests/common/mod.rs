//! What tests and benches share.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
#![expect(clippy::string_slice, reason = "key strings are ASCII and ours")]

pub(crate) mod archive;
pub(crate) mod console;
pub(crate) mod documents;
pub(crate) mod gate;
pub(crate) mod harness;
pub(crate) mod home;
pub(crate) mod keys;
pub(crate) mod mongo;
pub(crate) mod proxy;
pub(crate) mod pty;
pub(crate) mod random;
pub(crate) mod samples;
pub(crate) mod scene;
pub(crate) mod server;
pub(crate) mod service;
pub(crate) mod sound;
pub(crate) mod suite;
pub(crate) mod world;
