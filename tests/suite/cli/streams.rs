//! Lists as streams: page by page, in constant memory, and interruptible by signals and by their reader.

use super::*;
use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Read};
use std::os::fd::AsFd;
use std::process::Child;
use std::time::{Duration, Instant};

/// How long something is waited for; only a failure takes so long.
const PATIENCE: Duration = Duration::from_mins(1);

/// As many more organizations as asked for, written past the program, which would hash and record for each.
fn many(count: usize) -> Home {
    let home = Home::signed_in();
    home.create("Acme", "ann@acme.example").json();
    let file = rusqlite::Connection::open(home.data().join("tenantry.db")).unwrap();
    let sql = format!(
        "BEGIN;
         CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < {count})
             SELECT i, printf('%08x-0000-4000-8000-000000000000', i) AS id,
                 printf('%08x-0000-4000-9000-000000000000', i) AS admin FROM n;
         INSERT INTO organizations (id, organization_name, name_key, collection_name, admin_id, admin_email, state,
             epoch, created_at, updated_at)
             SELECT n.id, 'Numbered Organization ' || i, 'numbered organization ' || i, 'org_numbered_' || i, n.admin,
                 'admin' || i || '@numbered.example', 'active', 1, o.created_at + i, o.updated_at + i
             FROM n, (SELECT * FROM organizations LIMIT 1) o;
         INSERT INTO admins (id, organization_id, email, email_key, password, role, version, token_version, created_at,
             updated_at)
             SELECT n.admin, n.id, 'admin' || i || '@numbered.example', 'admin' || i || '@numbered.example', a.password,
                 'admin', 1, 1, a.created_at, a.updated_at
             FROM n, (SELECT * FROM admins WHERE role = 'admin' LIMIT 1) a;
         COMMIT;"
    );
    file.execute_batch(&sql).unwrap();
    home
}

fn start(home: &Home, arguments: &[&str]) -> Child {
    let mut command = home.command(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.env("TENANTRY_LOG", "tenantry=debug").spawn().unwrap()
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Waits for the end without reading anything.
fn end(child: &mut Child) -> i32 {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code().unwrap();
        }
        if Instant::now() > until {
            child.kill().unwrap();
            panic!("it still runs after {PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Waits until nothing more fits into a pipe: what writes to it is stopped.
fn wait_until_full(pipe: impl AsFd) {
    let until = Instant::now() + PATIENCE;
    // Linux gives a pipe 64 KiB, and lets a smaller rest wait for a whole page.
    while rustix::io::ioctl_fionread(&pipe).unwrap() <= 60 << 10 {
        assert!(Instant::now() < until, "it is not full after {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Pages of the store that were read, by the log: every answer but the first, which says whether the session is renewed.
fn pages(child: &mut Child) -> (usize, String) {
    let mut log = String::new();
    child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    (log.matches("the service answered").count().saturating_sub(1), log)
}

/// Starts a process for [`peak`]. What counts is what it holds: what glibc keeps of that for later differs with the
/// threads that freed it, so that large blocks are given back at once.
pub(super) fn start_measured(command: &mut Command) -> Child {
    command.env("MALLOC_MMAP_THRESHOLD_", "1048576").stdin(Stdio::null()).spawn().unwrap()
}

/// The most memory that a process had, in KiB (Linux).
pub(super) fn peak(child: &mut Child) -> u64 {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(kib.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(2));
    }
    peak
}

/// However many rows there are: the memory of one page, and of two at most.
#[test]
fn printing_100000_rows_uses_the_memory_of_a_page() {
    let (few, lots) = (many(2_000), many(100_000));
    for format in ["json", "name", "table"] {
        let of = |home: &Home| {
            let mut command = home.command(&["org", "list", "--all", "-o", format]);
            let mut child = start_measured(command.stdout(Stdio::piped()));
            let stdout = child.stdout.take().unwrap();
            let read = std::thread::spawn(move || BufReader::new(stdout).lines().map(Result::unwrap).count());
            (peak(&mut child), read.join().unwrap())
        };
        let ((small, _), (large, lines)) = (of(&few), of(&lots));
        let expected = match format {
            "json" => 100_003,
            "table" => 100_002,
            _ => 100_001,
        };
        assert_eq!(lines, expected, "{format}");
        assert!(large < small + 8 * 1_024, "{format}: {small} KiB at 2,000 rows, {large} KiB at 100,000");
    }
}

/// `tenantry org list --all | head -1`
#[rstest]
fn reading_one_line_reads_one_page(
    #[values("json", "jsonl", "csv", "name", "table")] format: &str,
    #[values("", "numbered")] filter: &str,
) {
    let home = many(10_000);
    let mut child = start(&home, &["org", "list", "--all", "-o", format, "--filter", filter]);
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    assert!(!line.is_empty());
    drop(stdout);
    assert_eq!(end(&mut child), 0, "a closed pipe is no error");
    let (pages, log) = pages(&mut child);
    assert_eq!(pages, 1, "{log}");
}

/// A filter with few matches prints them immediately, and stops when its reader is gone.
#[test]
fn first_match_is_printed_before_the_rest_is_read() {
    let home = many(10_000);
    let mut child = start(&home, &["org", "list", "--all", "-o", "name", "--filter", "acme"]);
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    assert_eq!(line, "Acme\n");
    drop(stdout);
    assert_eq!(end(&mut child), 0);
    assert!(pages(&mut child).0 < 10);
}

/// Its output fills the pipe: nothing is read from the store any more.
fn blocked(home: &Home, arguments: &[&str]) -> Child {
    let child = start(home, arguments);
    wait_until_full(child.stdout.as_ref().unwrap());
    child
}

#[rstest]
fn signal_ends_a_list_with_a_stalled_reader(
    #[values("json", "jsonl", "table")] format: &str,
    #[values((Signal::INT, 130), (Signal::TERM, 143))] (sent, code): (Signal, i32),
) {
    let home = many(5_000);
    let mut child = blocked(&home, &["org", "list", "--all", "-o", format]);
    signal(&child, sent);
    assert_eq!(end(&mut child), code);
    let mut printed = String::new();
    child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
    assert!(!printed.is_empty());
    assert!(serde_json::from_str::<Value>(&printed).is_err(), "no whole document");
    let (_, said) = pages(&mut child);
    assert!(said.contains("The list on stdout is incomplete."), "{said}");
}

#[test]
fn timeout_ends_a_list_with_a_stalled_reader() {
    let home = many(5_000);
    let mut child = start(&home, &["--timeout", "1", "org", "list", "--all", "-o", "json"]);
    assert_eq!(end(&mut child), 124);
    let (_, said) = pages(&mut child);
    assert!(said.contains("The output was not read for 1 s. The list on stdout is incomplete."), "{said}");
}

/// `tenantry ... 2>&1 | slow`: not even its last words can be written.
#[rstest]
fn list_ends_even_if_stderr_is_not_read(#[values(true, false)] by_signal: bool) {
    let home = many(5_000);
    let (reader, writer) = std::io::pipe().unwrap();
    let arguments = ["org", "list", "--all", "-o", "jsonl"];
    let timed = ["--timeout", "1", "org", "list", "--all", "-o", "jsonl"];
    let mut command = home.command(if by_signal { &arguments } else { &timed });
    command.stdin(Stdio::null()).stdout(writer.try_clone().unwrap()).stderr(writer);
    let mut child = command.spawn().unwrap();
    drop(command);
    if by_signal {
        wait_until_full(&reader);
        signal(&child, Signal::TERM);
    }
    let expected = if by_signal { 143 } else { 124 };
    assert_eq!(end(&mut child), expected);
    drop(reader);
}

/// The store is taken away between two pages.
#[rstest]
fn interrupted_list_is_reported_and_is_not_valid_json(#[values("json", "jsonl", "csv")] format: &str) {
    let home = many(5_000);
    let mut child = blocked(&home, &["org", "list", "--all", "-o", format]);
    fs::rename(home.data().join("tenantry.db"), home.data().join("away.db")).unwrap();
    let mut printed = String::new();
    child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
    assert_eq!(end(&mut child), 3);
    assert!(serde_json::from_str::<Value>(&printed).is_err(), "no whole document");
    let (_, said) = pages(&mut child);
    assert!(said.contains("The list on stdout is incomplete."), "{said}");
}

#[rstest]
fn waiting_for_a_lock_ends_at_the_timeout(
    #[values(None, Some((Signal::TERM, 143)), Some((Signal::INT, 130)))] sent: Option<(Signal, i32)>,
) {
    let home = Home::signed_in();
    let lock = fs::OpenOptions::new().write(true).open(home.state().join("session.lock")).unwrap();
    flock(&lock, FlockOperation::LockExclusive).unwrap();
    let seconds = if sent.is_some() { "60" } else { "1" };
    let mut child = start(&home, &["--timeout", seconds, "logout"]);
    let code = match sent {
        Some((sent, code)) => {
            std::thread::sleep(Duration::from_secs(1));
            signal(&child, sent);
            code
        }
        None => 124,
    };
    assert_eq!(end(&mut child), code);
    if sent.is_none() {
        let (_, said) = pages(&mut child);
        assert!(said.contains("session.lock for 1 s"), "{said}");
    }
    drop(lock);
    assert_eq!(home.run(&["logout"]).code, 0);
}

/// Nothing waits for the other end of a pipe that stands in the place of a file.
#[rstest]
#[case("state", "session.lock", &["logout"])]
#[case("state", "session.json", &["whoami"])]
#[case("data", "secret.key", &["whoami"])]
#[case("data", "tenantry.db", &["whoami"])]
#[case("data", "tenantry.db-wal", &["whoami"])]
fn pipe_in_place_of_a_file_is_refused(#[case] folder: &str, #[case] name: &str, #[case] arguments: &[&str]) {
    let home = Home::signed_in();
    let path = if folder == "state" { home.state() } else { home.data() }.join(name);
    let _ = fs::remove_file(&path);
    let made = Command::new("mkfifo").args(["-m", "600"]).arg(&path).status().unwrap();
    assert!(made.success());
    let mut child = start(&home, arguments);
    let code = end(&mut child);
    assert!(matches!(code, 2 | 3), "{code}");
    let (_, said) = pages(&mut child);
    assert!(said.contains(name.trim_end_matches("-wal")) && said.contains("regular file"), "{said}");
}

/// A pipe without a writer, in place of a password.
#[rstest]
fn waiting_for_a_password_ends_at_the_timeout(#[values(true, false)] from_file: bool) {
    let home = Home::signed_in();
    let pipe = home.folder.path().join("pipe");
    assert!(Command::new("mkfifo").args(["-m", "600"]).arg(&pipe).status().unwrap().success());
    let login = ["--timeout", "1", "login", "--email", "root@example.com"];
    let given: &[&str] = if from_file { &["--password-file", "pipe"] } else { &["--password-stdin"] };
    let mut command = home.command(&[&login[..], given].concat());
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    assert_eq!(end(&mut child), 124);
}
