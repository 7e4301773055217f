//! The completions in a real bash and a real zsh, and the man page in a real man.

use crate::common::pty::{Session, Terminal};
use assert_cmd::cargo::cargo_bin;
use portable_pty::CommandBuilder;
use std::io::Write;
use std::process::{Command, Stdio};

/// A shell with the binary on its path and its completions read.
fn shell(home: &std::path::Path, program: &str, arguments: &[&str], setup: &str) -> Session {
    let folder = cargo_bin("tenantry").parent().unwrap().to_owned();
    let mut command = CommandBuilder::new(program);
    command.args(arguments);
    let path = format!("{}:/usr/bin:/bin", folder.display());
    let mut session = Terminal::new(home).env("PATH", &path).env("PS1", "ready> ").start_command(command);
    session.wait("ready>");
    session.send(&format!("{setup}\r"));
    session.send("echo set''up\r");
    session.wait("setup");
    session
}

fn completes(mut session: Session) {
    for (typed, completed) in [
        ("tenantry org del", "tenantry org delete"),
        ("tenantry operator pass", "tenantry operator password"),
        ("tenantry org list --rev", "tenantry org list --reverse"),
        ("tenantry org list -o jsonl --sort upd", "--sort updated"),
        ("tenantry complet", "tenantry completions"),
    ] {
        session.send(typed);
        session.wait(typed);
        session.send("\t");
        session.wait(completed);
        // Away with the line.
        session.send("\u{15}\u{c}");
        session.wait_gone(typed);
    }
}

#[test]
fn bash_completes() {
    let home = tempfile::tempdir().unwrap();
    let setup = "source <(tenantry completions bash)";
    completes(shell(home.path(), "bash", &["--norc", "--noprofile", "-i"], setup));
}

#[test]
fn zsh_completes() {
    let home = tempfile::tempdir().unwrap();
    let setup = "autoload -U compinit; compinit -u; source <(tenantry completions zsh)";
    completes(shell(home.path(), "zsh", &["-f", "-i"], setup));
}

#[test]
fn man_shows_the_page_without_a_warning() {
    let page = Command::new(cargo_bin("tenantry")).arg("man").env_clear().output().unwrap();
    assert!(page.status.success() && page.stderr.is_empty());
    let mut man = Command::new("man")
        .args(["--warnings", "-l", "-"])
        .env("MANWIDTH", "100")
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    man.stdin.take().unwrap().write_all(&page.stdout).unwrap();
    let shown = man.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&shown.stderr), "");
    let text = String::from_utf8(shown.stdout).unwrap();
    let section = |title: &str, holds: &[&str]| {
        let (_, rest) = text.split_once(&format!("\n{title}\n")).unwrap();
        for word in holds {
            assert!(rest.contains(word), "{title} lacks {word}");
        }
    };
    section(
        "COMMANDS",
        &["tenantry org create", "tenantry operator password", "tenantry audit list", "--recover"],
    );
    section("OPTIONS", &["--fields A,B", "table, json, jsonl, csv, name", "-q, --quiet"]);
    section("SETTINGS", &["MONGO_URI", "TENANTRY_SIGNS", "LEASE_SECONDS"]);
    section("EXIT STATUS", &["collection_missing", "143"]);
    section("KEYS", &["organizations", "Ctrl-S"]);
    section("FILES", &["session.json"]);
}

#[test]
fn completions_and_the_page_need_no_settings() {
    for arguments in [&["completions", "fish"][..], &["man"], &["--help"], &["--version"]] {
        let mut command = Command::new(cargo_bin("tenantry"));
        command.args(arguments).env_clear().env("MONGO_URI", "").env("BCRYPT_COST", "99");
        let output = command.stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty() && !output.stdout.is_empty());
    }
}
