//! The binary in a pseudo terminal, and the screen it draws there. Tests wait for text, never for time.

use assert_cmd::cargo::cargo_bin;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a text is waited for; only a failure takes so long.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a test waits for the last output of a program that has ended. Another program that it started may keep the
/// terminal open.
const REST: Duration = Duration::from_secs(3);

/// What a program in a terminal is started with.
pub(crate) struct Terminal<'a> {
    /// The home of its own.
    pub(crate) home: &'a Path,
    pub(crate) size: (u16, u16),
    /// What the terminal says of its size, where that is another.
    pub(crate) said: Option<(u16, u16)>,
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: Vec<(String, String)>,
}

impl<'a> Terminal<'a> {
    pub(crate) fn new(home: &'a Path) -> Self {
        Self { home, size: (120, 40), said: None, arguments: Vec::new(), environment: Vec::new() }
    }

    pub(crate) fn size(mut self, columns: u16, rows: u16) -> Self {
        self.size = (columns, rows);
        self
    }

    /// The terminal says another size than it has.
    pub(crate) fn saying(mut self, columns: u16, rows: u16) -> Self {
        self.said = Some((columns, rows));
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    pub(crate) fn args(mut self, arguments: &[&str]) -> Self {
        self.arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        self
    }

    /// Starts the binary with these arguments.
    pub(crate) fn start(self) -> Session {
        let mut command = CommandBuilder::new(cargo_bin("tenantry"));
        command.args(&self.arguments);
        self.start_command(command)
    }

    /// Starts another program, as a shell that starts the binary.
    pub(crate) fn start_command(self, mut command: CommandBuilder) -> Session {
        let size = size_of(self.said.unwrap_or(self.size));
        let pair = native_pty_system().openpty(size).unwrap();
        command.env_clear();
        for (name, value) in [
            ("HOME", self.home.to_str().unwrap()),
            ("TERM", "xterm-256color"),
            ("LANG", "C.UTF-8"),
            ("TENANTRY_TEST_LOW_COST", "1"),
            ("PATH", "/usr/bin:/bin"),
        ] {
            command.env(name, value);
        }
        for (name, value) in &self.environment {
            command.env(name, value);
        }
        command.cwd(self.home);
        let child = pair.slave.spawn_command(command).unwrap();
        // Else the reader would never see the end.
        drop(pair.slave);
        let (columns, rows) = self.size;
        let parser = vt100::Parser::new(NonZero::new(rows).unwrap(), NonZero::new(columns).unwrap(), 0);
        let screen = Arc::new(Mutex::new(Seen { parser, bytes: Vec::new(), is_over: false, is_done: false }));
        let reader = pair.master.try_clone_reader().unwrap();
        let writer = pair.master.take_writer().unwrap();
        follow(reader, Arc::clone(&screen));
        Session { child, master: Some(pair.master), writer: Some(writer), screen }
    }
}

fn size_of((columns, rows): (u16, u16)) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

struct Seen {
    parser: vt100::Parser,
    bytes: Vec<u8>,
    /// Nobody looks any more: the reader closes its end with the next byte it gets.
    is_over: bool,
    /// Nothing more comes: no program has the terminal any more.
    is_done: bool,
}

fn follow(mut reader: Box<dyn Read + Send>, screen: Arc<Mutex<Seen>>) {
    std::thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            let mut seen = screen.lock().unwrap_or_else(PoisonError::into_inner);
            if seen.is_over {
                break;
            }
            seen.parser.process(&buffer[..count]);
            seen.bytes.extend_from_slice(&buffer[..count]);
        }
        screen.lock().unwrap_or_else(PoisonError::into_inner).is_done = true;
    });
}

/// A running program.
pub(crate) struct Session {
    child: Box<dyn Child + Send + Sync>,
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Option<Box<dyn Write + Send>>,
    screen: Arc<Mutex<Seen>>,
}

impl Session {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.screen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The whole screen as text.
    pub(crate) fn text(&self) -> String {
        self.seen().parser.screen().contents()
    }

    /// Everything that was ever written to the terminal.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.seen().bytes.clone()
    }

    /// How many bytes were ever written to the terminal.
    pub(crate) fn written(&self) -> usize {
        self.seen().bytes.len()
    }

    /// Whether the alternate screen is on, as a console has it and a shell does not.
    pub(crate) fn is_on_alternate_screen(&self) -> bool {
        self.seen().parser.screen().alternate_screen()
    }

    pub(crate) fn cursor_is_hidden(&self) -> bool {
        self.seen().parser.screen().hide_cursor()
    }

    pub(crate) fn pastes_are_bracketed(&self) -> bool {
        self.seen().parser.screen().bracketed_paste()
    }

    pub(crate) fn send(&mut self, keys: &str) {
        self.send_bytes(keys.as_bytes());
    }

    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        let writer = self.writer.as_mut().unwrap();
        writer.write_all(bytes).unwrap();
        writer.flush().unwrap();
    }

    /// How often these bytes were written.
    pub(crate) fn count(&self, bytes: &str) -> usize {
        self.bytes().windows(bytes.len()).filter(|window| *window == bytes.as_bytes()).count()
    }

    /// Whether a colour was ever written.
    pub(crate) fn is_coloured(&self) -> bool {
        let bytes = self.bytes();
        String::from_utf8_lossy(&bytes).split("\u{1b}[").skip(1).any(|sequence| {
            let numbers = sequence.split_once('m').map_or("", |(numbers, _)| numbers);
            numbers.split(';').any(|number| {
                number.parse::<u8>().is_ok_and(|code| matches!(code, 30..=38 | 40..=48 | 90..=97 | 100..=107))
            })
        })
    }

    /// Waits until the screen shows a text.
    pub(crate) fn wait(&self, text: &str) {
        self.wait_until(&format!("{text:?} to show"), |screen| screen.contains(text));
    }

    /// Waits until the screen does not show a text any more.
    pub(crate) fn wait_gone(&self, text: &str) {
        self.wait_until(&format!("{text:?} to go"), |screen| !screen.contains(text));
    }

    pub(crate) fn wait_until(&self, what: &str, is_so: impl Fn(&str) -> bool) {
        self.wait_within(PATIENCE, what, is_so);
    }

    fn wait_within(&self, patience: Duration, what: &str, is_so: impl Fn(&str) -> bool) {
        let until = Instant::now() + patience;
        loop {
            let text = self.text();
            if is_so(&text) {
                return;
            }
            assert!(Instant::now() < until, "waited for {what}; the screen is\n{text}");
            sleep(Duration::from_millis(10));
        }
    }

    /// The terminal says another size, and has the one that it had.
    pub(crate) fn say_size(&self, columns: u16, rows: u16) {
        self.master.as_ref().unwrap().resize(size_of((columns, rows))).unwrap();
    }

    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        // As a terminal does: it has the new size before the program hears of it.
        let (wide, high) = (NonZero::new(columns).unwrap(), NonZero::new(rows).unwrap());
        self.seen().parser.screen_mut().set_size(high, wide);
        self.say_size(columns, rows);
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Sends a signal by its name, as TERM.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.pid().to_string();
        let sent = std::process::Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap();
        assert!(sent.success());
    }

    /// Closes the terminal under the program, as a connection that drops. What reads the screen has an end of its
    /// own, which it closes at the next byte: `key` is to make the program draw one.
    pub(crate) fn hang_up(&mut self, key: &str) {
        self.seen().is_over = true;
        self.send(key);
        self.writer = None;
        self.master = None;
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// The modes of the terminal that say what becomes of typed text, as `ECHO` and `ICANON`; none once it is closed.
    fn modes(&self) -> Option<Vec<&'static str>> {
        let modes = self.master.as_ref()?.get_termios()?;
        Some(modes.local_flags.iter_names().map(|(name, _)| name).collect())
    }

    /// Waits until lines are read without echo, as at a prompt for a secret.
    pub(crate) fn wait_for_silence(&self) {
        self.wait_until("echo to be off", |_| {
            self.modes().is_some_and(|modes| modes.contains(&"ICANON") && !modes.contains(&"ECHO"))
        });
    }

    /// Waits for the end, and for all that was written, and answers the exit code.
    pub(crate) fn exit_code(&mut self) -> u32 {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                let until = Instant::now() + REST;
                while !self.seen().is_done && Instant::now() < until {
                    sleep(Duration::from_millis(5));
                }
                return status.exit_code();
            }
            assert!(Instant::now() < until, "it did not end; the screen is\n{}", self.text());
            sleep(Duration::from_millis(10));
        }
    }

    /// The console has left the screen: what a shell does then with its own line editing is the shell's.
    pub(crate) fn assert_left(&self) {
        assert_eq!(self.count("\u{1b}[22;2t"), self.count("\u{1b}[23;2t"), "the title is not put back");
        assert!(!self.is_on_alternate_screen(), "still on the alternate screen");
        assert!(!self.cursor_is_hidden(), "the cursor is still hidden");
    }

    /// The terminal is as a shell wants it: main screen, cursor, no bracketed paste, its own title, echo and line mode.
    pub(crate) fn assert_restored(&self) {
        self.assert_left();
        for mode in ["1000", "1006"] {
            let (on, off) =
                (self.count(&format!("\u{1b}[?{mode}h")), self.count(&format!("\u{1b}[?{mode}l")));
            assert_eq!(on, off, "the mouse is still heard ({mode})");
        }
        assert!(!self.pastes_are_bracketed(), "pastes are still bracketed");
        if let Some(modes) = self.modes() {
            assert!(modes.contains(&"ECHO") && modes.contains(&"ICANON"), "{modes:?}");
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
