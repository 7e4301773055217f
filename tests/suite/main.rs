//! All tests of the library and of the binary, as one program: it is linked once. Tests that install a subscriber for
//! logs are in `tests/log`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "../common/mod.rs"]
mod common;

mod adoption;
mod cli;
mod codes;
mod concurrency;
mod counts;
mod crash;
mod dependencies;
mod doctor;
mod document_queries;
mod documents;
mod embedded_doctor;
mod embedded_harm;
mod examined;
mod hints;
mod histories;
mod http;
mod http_v1;
mod kills;
mod layers;
mod mongo_protocol;
mod network;
mod picture;
mod progress;
mod prompts;
mod pty;
mod random_keys;
mod screens;
mod server_kills;
mod service;
mod shells;
mod store_contract;
mod stored_words;
mod story;
