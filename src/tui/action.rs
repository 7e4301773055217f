//! Everything that `update` hears. Owns no behaviour.

use super::effect::CallId;
use super::effect::{Outcome, Report};
use super::keys::{Pasted, Typed};
use crate::service::Error;
use jiff::Timestamp;

/// What a key can be bound to; carries no data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Command {
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// Half a page up.
    HalfUp,
    /// Half a page down.
    HalfDown,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// Open what is selected.
    Open,
    /// One level back; at the top, quit.
    Back,
    /// Undo the innermost thing: clear the filter, leave the form, close what lies on top.
    Escape,
    /// Begin to filter.
    Filter,
    /// Choose the column to sort by.
    Sort,
    /// Turn the order around.
    Reverse,
    /// A new organization, or a new operator.
    New,
    /// Edit the organization, or the own account.
    Edit,
    /// Delete the organization or remove the operator, after a card and what it is called.
    Delete,
    /// The operators.
    Operators,
    /// The doctor: a check of the whole store.
    Doctor,
    /// Repair all that is safe.
    Repair,
    /// End the operation on the organization now.
    Finish,
    /// A new password of the operator.
    Password,
    /// The first tab: the record.
    Overview,
    /// The second tab: what was done.
    Activity,
    /// To the next tab.
    NextTab,
    /// To the previous tab.
    PreviousTab,
    /// Go to something by its name.
    Palette,
    /// Read anew; with no connection, try now.
    Refresh,
    /// The keys that work here.
    Help,
    /// To the next field.
    NextField,
    /// To the previous field.
    PreviousField,
    /// To the next field, and on the last one save.
    Submit,
    /// Save the form.
    Save,
    /// Yes.
    Accept,
    /// Stop what is running; twice, quit.
    Interrupt,
    /// Draw everything anew.
    Redraw,
    /// Hand the terminal back to the shell for a while.
    Suspend,
}

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

/// What happened, as `update` hears it.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// A bound key.
    Command(Command),
    /// An unbound key in a text field.
    Input(Typed),
    /// A bracketed paste.
    Paste(Pasted),
    /// The terminal has another size: columns, rows.
    Resize(u16, u16),
    /// What the time is now; comes before whatever else happened at that time.
    Tick(Timestamp),
    /// A call was answered.
    Done(CallId, Outcome),
    /// A call tells how far it is.
    Report(CallId, Report),
    /// What the store cannot promise, in sentences; or why that is not known.
    StoreWarnings(Result<Vec<String>, Error>),
    /// A signal came.
    Signal(Signal),
}
