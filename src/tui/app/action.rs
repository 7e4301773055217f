//! Everything that `update` hears. Owns no behaviour.

use crate::service::Error;
use crate::tui::effect::{CallId, CallProgress, EditOutcome, Outcome};
use crate::tui::keys::{Pasted, Pointed};
use crossterm::event::KeyEvent;
use jiff::Timestamp;
use std::fmt;
use std::path::PathBuf;

/// A signal of the operating system, or the terminal's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT from outside: a key does not make one while the terminal is raw.
    Interrupt,
    /// SIGTERM.
    Terminate,
    /// SIGHUP, or a terminal that vanished without one.
    HangUp,
}

/// A pressed key. Its `Debug` prints nothing of it: it may be a letter of a password.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Pressed(pub KeyEvent);

impl fmt::Debug for Pressed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pressed")
    }
}

/// What happened, as `update` hears it.
#[derive(Debug)]
pub enum Action {
    /// A key.
    Key(Pressed),
    /// Something was done with the mouse.
    Point(Pointed),
    /// A bracketed paste.
    Paste(Pasted),
    /// The terminal has another size: columns, rows.
    Resize(u16, u16),
    /// What the time is now; comes before whatever else happened at that time.
    Tick(Timestamp),
    /// A call was answered.
    Done(CallId, Outcome),
    /// A call tells how far it is.
    Progress(CallId, CallProgress),
    /// What the store cannot promise, in sentences; or why that is not known.
    StoreWarnings(Result<Vec<String>, Error>),
    /// A text was saved in this file; or why it was not.
    Saved(Result<PathBuf, String>),
    /// The user's editor ended, or why it did not begin.
    Edited(CallId, EditOutcome),
    /// A signal came.
    Signal(Signal),
}
