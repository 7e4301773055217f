//! The line on a terminal that says how far a command is, with a bar where the whole is known.

use super::stderr;
use crate::domain::text::visible;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle, TermLike};
use std::fmt::Write;
use std::io;
use std::time::Duration;

/// The widest line: a longer bar says no more.
const WIDEST: u16 = 100;
/// The width of a terminal that does not say it.
const USUAL: u16 = 80;
/// Room for `^C` behind the line: in the next line it would be what is cleared.
const ECHO: u16 = 3;
/// Where the whole is known, and where it is not.
const WITH_BAR: &str = "{msg}  [{wide_bar}] {share} {left}";
const WORDS_ONLY: &str = "{msg}";

/// How far a command is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct HowFar {
    words: String,
    /// How much is done, of how much.
    done: Option<(u64, u64)>,
}

impl HowFar {
    /// In words, of a whole that nobody knows.
    pub(in crate::cli) fn new(words: String) -> Self {
        Self { words, done: None }
    }

    /// So much is done of so much; a whole of nothing is not known yet.
    #[must_use]
    pub(in crate::cli) fn of(self, done: u64, of: u64) -> Self {
        Self { done: (of > 0).then_some((done.min(of), of)), ..self }
    }
}

/// The line that is drawn.
#[derive(Debug)]
pub(super) struct Bar {
    bar: ProgressBar,
    /// How much there was, if that was known.
    of: Option<u64>,
}

impl Bar {
    /// A line on which nothing is drawn yet.
    pub(super) fn new() -> Self {
        let target = ProgressDrawTarget::term_like(Box::new(Line));
        Self { bar: ProgressBar::with_draw_target(Some(0), target).with_style(style(None)), of: None }
    }

    /// Draws how far it is now.
    pub(super) fn draw(&mut self, now: &HowFar) {
        let of = now.done.map(|(_, of)| of);
        if of.is_some() != self.of.is_some() {
            self.bar.set_style(style(of));
        }
        if of != self.of {
            // Another thing is counted, or another number of it: what is left is estimated anew.
            self.bar.reset_eta();
            self.of = of;
        }
        let (done, of) = now.done.unwrap_or_default();
        self.bar.update(|state| {
            state.set_len(of);
            state.set_pos(done);
        });
        self.bar.set_message(visible(&now.words).into_owned());
    }

    /// Takes the line away for as long as something else is written.
    pub(super) fn aside(&self, write: impl FnOnce()) {
        self.bar.suspend(write);
    }

    /// Takes the line away.
    pub(super) fn end(self) {
        self.bar.finish_and_clear();
    }
}

fn style(of: Option<u64>) -> ProgressStyle {
    let template = if of.is_some() { WITH_BAR } else { WORDS_ONLY };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    // Signs that every terminal has.
    style.progress_chars("=> ").with_key("share", share).with_key("left", left)
}

/// `52 %`; 100 only when all is done.
fn share(state: &ProgressState, out: &mut dyn Write) {
    let of = u128::from(state.len().unwrap_or(0));
    if let Some(share) = (u128::from(state.pos()) * 100).checked_div(of) {
        // Writing to a String does not fail.
        let _ = write!(out, "{share:>3} %");
    }
}

/// `12 s left`, once something is known of that.
fn left(state: &ProgressState, out: &mut dyn Write) {
    let words = if state.pos() > 0 { words_for(state.eta()) } else { String::new() };
    let _ = write!(out, "{words:>11}");
}

fn words_for(left: Duration) -> String {
    match left.as_secs() {
        seconds @ 0..60 => format!("{seconds} s left"),
        seconds @ 60..3_600 => format!("{} min left", seconds.div_ceil(60)),
        seconds => format!("{} h left", seconds.div_ceil(3_600)),
    }
}

/// The last line of the terminal, through the one writer of stderr.
#[derive(Debug)]
struct Line;

impl Line {
    fn go(count: usize, way: char) {
        if count > 0 {
            stderr::put(&format!("\u{1b}[{count}{way}"));
        }
    }
}

impl TermLike for Line {
    fn width(&self) -> u16 {
        let size = rustix::termios::tcgetwinsize(io::stderr()).map_or(0, |size| size.ws_col);
        let width = if size == 0 { USUAL } else { size.min(WIDEST) };
        width.saturating_sub(ECHO)
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        Self::go(n, 'A');
        Ok(())
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        Self::go(n, 'B');
        Ok(())
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        Self::go(n, 'C');
        Ok(())
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        Self::go(n, 'D');
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        stderr::put(&format!("{text}\n"));
        Ok(())
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        stderr::put(text);
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        stderr::put("\r\u{1b}[K");
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_understood_and_time_left_is_said_in_one_unit() {
        for template in [WITH_BAR, WORDS_ONLY] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
        let words =
            [0, 59, 60, 61, 3_599, 3_600, 7_201].map(|seconds| words_for(Duration::from_secs(seconds)));
        assert_eq!(
            words,
            ["0 s left", "59 s left", "1 min left", "2 min left", "60 min left", "1 h left", "3 h left"]
        );
    }

    #[test]
    fn whole_of_nothing_is_not_known() {
        assert_eq!(HowFar::new("x".into()).of(3, 0).done, None);
        assert_eq!(HowFar::new("x".into()).of(9, 7).done, Some((7, 7)));
    }
}
