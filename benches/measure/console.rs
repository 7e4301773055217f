//! The console in a pseudo terminal: its first frames, keys, bytes and memory.

use crate::binary::{Binary, resident};
use crate::common::pty::{Session, Terminal};
use crate::table::Table;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Starts of the console.
const STARTS: usize = 5;
/// Keys of each kind that are typed.
const KEYS: usize = 100;
/// Nothing more comes of a key when nothing came for so long.
const QUIET: Duration = Duration::from_millis(40);

pub(crate) fn measure(table: &mut Table, binary: &Binary, organizations: usize) {
    let (mut frames, mut rows) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let began = Instant::now();
        let console = start(binary);
        frames.push(until(&console, began, |text| text.contains("tenantry")));
        rows.push(until(&console, began, |text| text.contains(" of ")));
    }
    table.times("console: first frame", &frames, Some(50.0));
    table.times(&format!("console: first rows of {organizations}"), &rows, Some(100.0));
    let mut console = start(binary);
    until(&console, Instant::now(), |text| text.contains(&format!("of {}", grouped(organizations))));
    quiet(&console);
    let (times, bytes) = keys(&mut console, &["j", "k"]);
    table.put("console: bytes of a cursor move", bytes, "B", Some(1_024.0));
    table.put("console: cursor move to frame, p99", vec![Table::p99(times)], "ms", Some(16.0));
    let (_, bytes) = keys(&mut console, &["j"]);
    table.put("console: bytes of a move that scrolls", bytes, "B", Some(1_024.0));
    console.send("/");
    quiet(&console);
    let (times, bytes) = keys(&mut console, &["a", "e", "\u{7f}", "r", "\u{7f}", "\u{7f}"]);
    let what = format!("console: filter key to frame at {organizations}");
    table.put(format!("{what}, median"), times.clone(), "ms", None);
    table.put(format!("{what}, p99"), vec![Table::p99(times)], "ms", Some(16.0));
    table.put("console: bytes of a filter key", bytes, "B", Some(4_096.0));
    let memory = resident(console.pid(), "VmRSS:");
    table.put(format!("console: memory with {organizations} organizations"), vec![memory], "MiB", Some(64.0));
}

fn start(binary: &Binary) -> Session {
    let folder = binary.folder();
    let (data, state) = (binary.data(), folder.to_str().unwrap());
    let terminal = Terminal::new(folder).args(&["--session"]).env("XDG_STATE_HOME", state);
    terminal.env("TENANTRY_DATA_DIR", data.to_str().unwrap()).start()
}

/// As the console writes a count.
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let from_end = digits.bytes().rev().enumerate();
    let mut text = String::new();
    for (at, digit) in from_end {
        if at > 0 && at % 3 == 0 {
            text.insert(0, ',');
        }
        text.insert(0, char::from(digit));
    }
    text
}

/// The time from then until the screen is so.
fn until(console: &Session, began: Instant, is_so: impl Fn(&str) -> bool) -> Duration {
    while !is_so(&console.text()) {
        assert!(began.elapsed() < Duration::from_mins(1), "{}", console.text());
        sleep(Duration::from_micros(500));
    }
    began.elapsed()
}

/// Waits until nothing more is written.
fn quiet(console: &Session) {
    let mut written = console.written();
    let mut since = Instant::now();
    while since.elapsed() < QUIET {
        sleep(Duration::from_millis(1));
        if console.written() != written {
            (written, since) = (console.written(), Instant::now());
        }
    }
}

/// Types these keys in turn; of each the milliseconds to the first byte, and the bytes.
fn keys(console: &mut Session, keys: &[&str]) -> (Vec<f64>, Vec<f64>) {
    let (mut times, mut bytes) = (Vec::new(), Vec::new());
    for key in keys.iter().cycle().take(KEYS) {
        let before = console.written();
        let began = Instant::now();
        console.send(key);
        while console.written() == before && began.elapsed() < Duration::from_secs(1) {
            sleep(Duration::from_micros(100));
        }
        times.push(began.elapsed().as_secs_f64() * 1e3);
        quiet(console);
        bytes.push(f64::from(u32::try_from(console.written() - before).unwrap()));
    }
    (times, bytes)
}
