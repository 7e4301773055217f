//! The binary as a binary: exit codes, stdout and stderr, files it leaves, input from stdin, closed pipes, signals.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "cli/bad_days.rs"]
mod bad_days;
#[path = "cli/demo.rs"]
mod demo;
#[path = "cli/doctor.rs"]
mod doctor;
#[path = "cli/files.rs"]
mod files;
#[path = "cli/formats.rs"]
mod formats;
#[path = "common/home.rs"]
mod home;
#[path = "cli/many.rs"]
mod many;
#[path = "common/mongo.rs"]
mod mongo;
#[path = "cli/operators.rs"]
mod operators;
#[path = "cli/refusals.rs"]
mod refusals;
#[path = "cli/repeats.rs"]
mod repeats;
#[path = "cli/script.rs"]
mod script;
#[path = "cli/stories.rs"]
mod stories;

use assert_cmd::cargo::cargo_bin;
use home::{Answer, Home, On, PASSWORD, feed};
use rstest::rstest;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Command, Stdio};
