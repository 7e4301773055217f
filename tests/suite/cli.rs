//! The binary as a binary: exit codes, stdout and stderr, files it leaves, input from stdin, closed pipes, signals.

mod archive;
mod archive_cases;
mod archive_harm;
mod bad_days;
mod demo;
mod doctor;
mod documents;
mod files;
mod formats;
mod habits;
mod import;
mod many;
mod operators;
mod refusals;
mod repeats;
mod script;
mod sessions;
mod sizes;
mod stories;
mod streams;
mod suspend;
mod tidy;
mod told;
mod trash;

use crate::common::home::{Answer, Home, On, PASSWORD, feed};
use assert_cmd::cargo::cargo_bin;
use rstest::rstest;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// What `org get` prints of the record, without what it adds of the collection and the admin's sign-ins.
fn record_of(got: &Value) -> Value {
    let mut record = got.as_object().unwrap().clone();
    for added in ["documents", "data_bytes", "indexes", "collection_missing", "last_sign_in_at"] {
        assert!(record.shift_remove(added).is_some(), "{added}: {got}");
    }
    Value::Object(record)
}
