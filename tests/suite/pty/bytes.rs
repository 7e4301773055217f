//! What goes over the line to the terminal, counted: a move, a letter of a filter, the clock, a look at the store. An
//! operator may sit behind a slow connection.

use super::*;
use std::time::{Duration, Instant};

/// Every frame ends with it.
const END: &[u8] = b"\x1b[?25l";
/// A second of the clock in the title.
const CLOCK: usize = 48;

/// A console at 120 columns and 40 rows on 300 organizations.
struct Line {
    home: Home,
    console: Session,
}

impl Line {
    fn new(environment: &[(&str, &str)]) -> Self {
        let mut home = Home::embedded();
        let folder = home.folder.path().join("demo").display().to_string();
        home.run(&["demo", "--keep", &folder, "--organizations", "300"]);
        home.environment.push(("TENANTRY_DATA_DIR".to_owned(), folder));
        let mut terminal = home.terminal().args(&["--email", "demo@example.com"]);
        for (name, value) in environment {
            terminal = terminal.env(name, value);
        }
        let mut console = terminal.start();
        console.wait("Sign in");
        console.send(&format!("demonstration{ENTER}"));
        console.wait_until("the sizes of all and the preview", |screen| {
            let heading = screen.lines().find(|line| line.contains("Organizations  300"));
            heading.is_some_and(|heading| heading.contains("MiB")) && screen.contains("created Aachen")
        });
        let line = Self { home, console };
        line.settled();
        line
    }

    /// How many bytes were written when nothing came for a moment.
    fn settled(&self) -> usize {
        let (mut count, mut since) = (self.console.written(), Instant::now());
        while since.elapsed() < Duration::from_millis(250) {
            std::thread::sleep(Duration::from_millis(20));
            let now = self.console.written();
            if now != count {
                (count, since) = (now, Instant::now());
            }
        }
        count
    }

    /// The most bytes of the frame that follows a key, and the most of all that follows: the preview beside the list is
    /// read then.
    fn most(&mut self, keys: &[&str]) -> (usize, usize) {
        let (mut first, mut all) = (0, 0);
        for key in keys {
            let before = self.settled();
            self.console.send(key);
            self.console.wait_until("a frame", |_| self.console.written() > before);
            let after = self.settled();
            let written = &self.console.bytes()[before..after];
            let end = written.windows(END.len()).position(|window| window == END);
            first = first.max(end.unwrap_or(written.len()));
            all = all.max(written.len());
        }
        (first, all)
    }
}

#[test]
fn key_costs_few_bytes() {
    let mut line = Line::new(&[]);
    line.most(&["j"]);
    let (frame, all) = line.most(&["j", "j", "k", "j"]);
    assert!(frame <= 1_024 && all <= 1_536, "{frame} and {all} bytes for a move");
    line.most(&["\u{4}", "\u{4}"]);
    // Every row moves, and beside them the preview does not.
    let (_, all) = line.most(&["j", "j", "j"]);
    assert!(all <= 3_072, "{all} bytes for a move that scrolls");
    line.most(&["g"]);
    let (_, all) = line.most(&["/", "a", "c", "m", "e"]);
    assert!(all <= 4_096, "{all} bytes for a letter");
}

#[test]
fn quiet_console_sends_the_clock_alone() {
    let line = Line::new(&[]);
    let sent = || {
        let before = line.settled();
        // Two looks at the store find nothing.
        std::thread::sleep(Duration::from_secs(11));
        line.settled();
        line.console.bytes().split_off(before)
    };
    // The minute may turn meanwhile, and an age with it.
    let is_quiet = |sent: &[u8]| sent.len() <= 3 * CLOCK;
    let first = sent();
    if !is_quiet(&first) {
        // The first look of all goes back far enough to find what made the store, and reads the list once more.
        let second = sent();
        assert!(is_quiet(&second), "{} and {}", first.escape_ascii(), second.escape_ascii());
    }
}

#[test]
fn second_of_the_clock_costs_a_few_bytes() {
    let line = Line::new(&[("SESSION_MINUTES", "1")]);
    line.console.wait("left");
    let (before, began) = (line.console.written(), Instant::now());
    std::thread::sleep(Duration::from_secs(4));
    let sent = line.console.written() - before;
    // A busy machine may sleep longer.
    let seconds = 1 + usize::try_from(began.elapsed().as_secs()).unwrap();
    assert!((1..=seconds * CLOCK).contains(&sent), "{sent} bytes for {seconds} turns of the second");
}

#[test]
fn row_that_changed_by_itself_costs_a_kibibyte() {
    let line = Line::new(&[]);
    let before = line.settled();
    let file = rusqlite::Connection::open(line.home.folder.path().join("demo/tenantry.db")).unwrap();
    let changed = file
        .execute(
            "UPDATE organizations SET organization_name = 'Z' || substr(organization_name, 2), epoch = epoch + 1,
                touched_at = 1 + (SELECT MAX(touched_at) FROM organizations)
             WHERE id = (SELECT id FROM organizations ORDER BY name_key LIMIT 1 OFFSET 2)",
            [],
        )
        .unwrap();
    assert_eq!(changed, 1);
    line.console.wait("  Zachen");
    // The mark goes after a second.
    std::thread::sleep(Duration::from_millis(1_500));
    let sent = line.settled() - before;
    assert!(sent <= 1_024, "{sent} bytes for one row");
}
