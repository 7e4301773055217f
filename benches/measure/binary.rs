//! The binary as users run it, with a store of its own, and sqlite3's program beside it.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The binary with a store of its own.
pub(crate) struct Binary {
    folder: tempfile::TempDir,
}

impl Binary {
    /// A demo of so many organizations, signed in.
    pub(crate) fn with(organizations: usize) -> Self {
        let binary = Self { folder: tempfile::tempdir().unwrap() };
        let (count, data) = (organizations.to_string(), binary.data());
        let made = binary.command(&[
            "demo",
            "--organizations",
            &count,
            "--keep",
            data.to_str().unwrap(),
            "-o",
            "json",
        ]);
        let made: serde_json::Value = serde_json::from_slice(&output(made)).unwrap();
        let mut login =
            binary.command(&["login", "--email", made["email"].as_str().unwrap(), "--password-stdin"]);
        let mut child = login.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(made["password"].as_str().unwrap().as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
        binary
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenantry"));
        command.args(arguments).env_clear().current_dir(self.folder.path());
        command.env("HOME", self.folder.path()).env("TENANTRY_DATA_DIR", self.data());
        command.env("XDG_STATE_HOME", self.folder.path()).stdin(Stdio::null());
        command
    }
}

pub(crate) fn output(mut command: Command) -> Vec<u8> {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}

/// The same by sqlite3's own program, if it is installed.
pub(crate) fn sqlite3(file: &Path, sql: &str) -> Option<Command> {
    let is_there = Command::new("sqlite3").arg("--version").stdout(Stdio::null()).status().is_ok();
    let mut command = Command::new("sqlite3");
    command.args(["-readonly", "-json"]).arg(file).arg(sql).stdin(Stdio::null());
    is_there.then_some(command)
}

/// How long the first byte takes, and the most memory of the process in MiB.
pub(crate) fn first_byte(mut command: Command) -> (Duration, f64) {
    let began = Instant::now();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0]).unwrap();
    let time = began.elapsed();
    let (mut memory, mut buffer) = (0.0_f64, vec![0; 1 << 20]);
    // It waits for the pipe to be read, so that it can be looked at.
    while stdout.read(&mut buffer).unwrap() > 0 {
        memory = memory.max(resident(child.id(), "VmHWM:"));
    }
    child.wait().unwrap();
    (time, memory)
}

/// A figure of a process's memory in MiB.
pub(crate) fn resident(pid: u32, figure: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let value = status.lines().find_map(|line| line.strip_prefix(figure)).unwrap_or_default();
    value.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or(0.0) / 1024.0
}
