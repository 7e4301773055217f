//! The completions in a real bash and a real zsh, and the man page in a real man.

use crate::common::home::{Answer, Home, On, SECRET_KEY};
use crate::common::pty::{Session, Terminal};
use assert_cmd::cargo::cargo_bin;
use portable_pty::CommandBuilder;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
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

/// A home with organizations whose names a shell has to quote, and an operator.
fn filled() -> Home {
    let home = Home::signed_in();
    for (name, email) in [("Acme Corp", "ann@x"), ("Acme Europe & Co", "bob@x"), ("Zebra (old)", "zoe@x")] {
        home.create(name, email).json();
    }
    assert_eq!(home.run(&["org", "delete", "Zebra (old)", "--confirm", "Zebra (old)"]).code, 0);
    home
}

/// The completed line is a valid command line.
fn completes_names(mut session: Session, at: &str) {
    for (typed, completed) in [
        ("tenantry org get Acme\\ C", "tenantry org get Acme\\ Corp"),
        ("tenantry org rename Acme\\ E", "tenantry org rename Acme\\ Europe\\ \\&\\ Co"),
        ("tenantry org restore Zeb", "tenantry org restore Zebra\\ \\(old\\)"),
        ("tenantry audit list --organization Acme\\ C", "--organization Acme\\ Corp"),
        ("tenantry operator password ro", at),
        ("tenantry org list --fields sta", "tenantry org list --fields state"),
        ("tenantry org list --fields state,organization_n", "state,organization_name"),
    ] {
        session.send(typed);
        session.wait(typed);
        session.send("\t");
        session.wait(completed);
        session.send("\u{15}\u{c}");
        session.wait_gone(typed);
    }
}

#[test]
fn bash_completes_names_of_the_store() {
    let home = filled();
    let setup = "source <(tenantry completions bash)";
    // Bash quotes more than it has to.
    let at = "tenantry operator password root\\@example.com";
    completes_names(shell(home.folder.path(), "bash", &["--norc", "--noprofile", "-i"], setup), at);
}

#[test]
fn zsh_completes_names_of_the_store() {
    let home = filled();
    let setup = "autoload -U compinit; compinit -u; source <(tenantry completions zsh)";
    let at = "tenantry operator password root@example.com";
    completes_names(shell(home.folder.path(), "zsh", &["-f", "-i"], setup), at);
}

/// Runs the completion like bash at a key press.
fn asked(home: &Home, words: &[&str]) -> Answer {
    let mut command = home.command(&[&["--", "tenantry"], words].concat());
    command.env("_TENANTRY_COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", words.len().to_string());
    Answer::of(command.env("_CLAP_IFS", "\n").stdin(Stdio::null()).output().unwrap())
}

fn everything(folder: &std::path::Path) -> Vec<(std::path::PathBuf, std::time::SystemTime, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let data = std::fs::symlink_metadata(&path).unwrap();
        if data.is_dir() {
            found.push((path.clone(), data.modified().unwrap(), Vec::new()));
            found.extend(everything(&path));
        } else {
            found.push((path.clone(), data.modified().unwrap(), std::fs::read(&path).unwrap_or_default()));
        }
    }
    found.sort();
    found
}

#[test]
fn completion_writes_nothing_and_reads_no_env_file() {
    let home = filled();
    std::fs::write(home.folder.path().join(".env"), "TENANTRY_DATA_DIR=/nowhere\nBROKEN LINE\n").unwrap();
    let before = everything(home.folder.path());
    let found = asked(&home, &["org", "get", "Acme"]);
    assert_eq!((found.code, found.stderr.as_str()), (0, ""));
    assert_eq!(found.stdout, "Acme Corp\nAcme Europe & Co");
    assert_eq!(asked(&home, &["org", "get", "acme e"]).stdout, "Acme Europe & Co");
    assert_eq!(asked(&home, &["org", "restore", "z"]).stdout, "Zebra (old)");
    assert_eq!(everything(home.folder.path()), before);
    // A session file that others can read is left alone, and not used.
    let session = home.state().join("session.json");
    std::fs::set_permissions(&session, std::fs::Permissions::from_mode(0o644)).unwrap();
    let before = everything(home.folder.path());
    let found = asked(&home, &["org", "get", "Acme"]);
    assert_eq!((found.code, found.stdout.as_str(), found.stderr.as_str()), (0, "", ""));
    assert_eq!(everything(home.folder.path()), before);
}

#[test]
fn completion_needs_a_session_and_times_out_soon() {
    let home = Home::new();
    let found = asked(&home, &["org", "get", "A"]);
    assert_eq!((found.code, found.stdout.as_str(), found.stderr.as_str()), (0, "", ""));
    assert_eq!(std::fs::read_dir(home.folder.path()).unwrap().count(), 0, "nothing is made");
    // A server that takes the connection and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let place = silent.local_addr().unwrap();
    let signed_in = Home::signed_in();
    let text = std::fs::read_to_string(signed_in.state().join("session.json")).unwrap();
    let entry = text.replace(text.split('"').nth(3).unwrap(), &format!("mongodb: {place}/master_db"));
    std::fs::write(signed_in.state().join("session.json"), entry).unwrap();
    let mut command = signed_in.command(&["--", "tenantry", "org", "get", "A"]);
    // Without a limit of its own it would wait as long as the driver does: an hour.
    let waiting = "serverSelectionTimeoutMS=3600000&connectTimeoutMS=3600000";
    command.env("MONGO_URI", format!("mongodb://{place}/?{waiting}")).env("SECRET_KEY", SECRET_KEY);
    command.env("_TENANTRY_COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", "3");
    let found = Answer::of(command.stdin(Stdio::null()).output().unwrap());
    assert_eq!((found.code, found.stdout.as_str(), found.stderr.as_str()), (0, "", ""));
}

/// An interrupted operation on a server stays: only a command recovers it.
#[test]
fn completion_offers_names_from_a_server() {
    let home = Home::signed_in_on(On::MongoDb);
    home.create("Acme Corp", "ann@x").json();
    assert_eq!(asked(&home, &["org", "get", "Ac"]).stdout, "Acme Corp");
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
    section("ENVIRONMENT", &["MONGO_URI", "TENANTRY_SIGNS", "LEASE_SECONDS"]);
    section("EXIT STATUS", &["collection_missing", "143"]);
    section("KEYS", &["organizations", "Ctrl-S"]);
    section("FILES", &["session.json"]);
    section("FILTERS", &["Straße", "state:deleted"]);
    // Examples first, keys last.
    let order = [
        "NAME",
        "SYNOPSIS",
        "DESCRIPTION",
        "EXAMPLES",
        "OPTIONS",
        "COMMANDS",
        "FILTERS",
        "FILES",
        "ENVIRONMENT",
        "EXIT STATUS",
        "SEE ALSO",
        "KEYS",
    ];
    let places: Vec<usize> = order.map(|title| text.find(&format!("\n{title}\n")).unwrap()).to_vec();
    assert!(places.is_sorted(), "{places:?}");
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
