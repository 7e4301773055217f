//! What `update` wants done, as data: a call of the service is a value whose type says what is answered. Decides
//! nothing.

mod call;
mod edit;
mod history;
mod load;
mod memory;
mod perform;

pub use call::{Answer, BoxedCall, Call, CallContext, CallError, CallProgress, Kind, Outcome, answer, typed};
pub use edit::{Draft, EditFailure, EditOutcome, EditRequest, Edited};
pub use history::{History, KeepQuery, KeptQuery};
pub use load::{CallId, Leave, Load, Message};
pub use memory::{Memory, Remember};
pub use perform::{behind, perform, with_progress, with_progress_until};

use crate::domain::AccessToken;
use std::fmt;
use std::path::PathBuf;

/// A session's token with its number: the first one of a console is 1, each later one a higher number.
#[derive(Clone)]
pub struct Token {
    /// Which of the tokens that this console had.
    pub number: u64,
    /// The token.
    pub token: AccessToken,
}

impl PartialEq for Token {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({})", self.number)
    }
}

/// What the loop is to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Call the service; the answer comes back under this id.
    Call(CallId, Option<Token>, BoxedCall),
    /// Nobody waits for this read any more.
    Cancel(CallId),
    /// This call is to end in good order; its answer still comes.
    Stop(CallId),
    /// Work that no screen waits for; it ends with the console.
    Behind(Chore),
    /// Keep what is remembered of this store.
    Remember(Remember, Memory),
    /// Keep a query that was run.
    KeepQuery(KeepQuery, KeptQuery),
    /// Write these bytes to the terminal, past what is drawn.
    Send(Vec<u8>),
    /// Save a text in a new file whose name ends so.
    Save {
        /// Without the dot.
        extension: &'static str,
        /// What it holds.
        text: String,
    },
    /// Have a text edited in the user's editor; what comes of it comes back under this id.
    Edit(CallId, EditRequest),
    /// Remove a file that an edit left, with its folder.
    Discard(PathBuf),
    /// Draw every cell anew.
    Redraw,
    /// Stop this process until the shell wakes it.
    Suspend,
    /// End the loop.
    Exit(Leave),
}

/// Work that no screen waits for.
#[derive(Debug, Clone, PartialEq)]
pub enum Chore {
    /// What a process does for the store behind its own work.
    Tidy(Token),
    /// Ask what the store cannot promise.
    StoreWarnings,
}
