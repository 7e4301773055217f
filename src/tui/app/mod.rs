//! The router: the stack of layers, and `update`, the only writer of it. No IO, no clock, no await.
//!
//! Owns what no single layer can: which layer has the keys (`press`), what layers ask of it (`follow`), the answers of
//! calls (`answers`), the session, the way out (`leaving`), and when something is due (`clock`).

mod action;
mod answers;
mod clock;
mod follow;
mod leaving;
mod live;
mod pointer;
mod press;
mod session;
#[cfg(test)]
mod tests;

pub use action::{Action, Pressed, Signal};
pub use clock::{LAST_MINUTES, SMALLEST};
pub use pointer::InView;
pub use press::Hint;

use crate::service::SignedIn;
use crate::tui::effect::{Effect, Leave, answer};
use crate::tui::layer::{Desk, Event, Stacked};
use crate::tui::screens::sign_in::SignIn;
use crate::tui::shared::{ConsoleConfig, Origin, Shared};
use crate::tui::theme::Tone;
use jiff::Timestamp;
use leaving::Leaving;
use pointer::LastClick;
use std::cell::RefCell;

/// The whole console.
#[derive(Debug)]
pub struct Model {
    /// What layers see and may do.
    pub desk: Desk,
    /// The layers, the one that has the keys last.
    pub layers: Vec<Stacked>,
    /// How the console ends, once it does.
    leaving: Option<Leaving>,
    /// Until when a Ctrl-C quits that comes while this is said.
    quit_noted: Option<Timestamp>,
    /// The reading of what changed.
    feed: live::Feed,
    /// Whether something that is shown changed since the last draw.
    pub is_dirty: bool,
    /// What of the last frame can be clicked; the frame notes it.
    pub in_view: RefCell<InView>,
    /// The last click on a row.
    last_click: Option<LastClick>,
    /// Whether the store was asked for what it cannot promise.
    asked_for_warnings: bool,
    /// Whether this console has tidied the store.
    is_tidied: bool,
}

impl Model {
    fn empty(config: ConsoleConfig, now: Timestamp, size: (u16, u16)) -> Self {
        Self {
            desk: Desk::new(Shared::new(config, now, size)),
            layers: Vec::new(),
            leaving: None,
            quit_noted: None,
            feed: live::Feed::default(),
            is_dirty: true,
            in_view: RefCell::default(),
            last_click: None,
            asked_for_warnings: false,
            is_tidied: false,
        }
    }

    /// What layers may read.
    pub fn shared(&self) -> &Shared {
        &self.desk.shared
    }

    /// The layer that has the keys.
    pub fn top(&self) -> Option<&Stacked> {
        self.layers.last()
    }

    /// What is being finished on the way out, in words.
    pub fn finishing(&self) -> Option<String> {
        self.leaving.as_ref()?;
        self.shared().calls.writes().next()?.call.label()
    }
}

/// The model at the start, and the first question to the store.
pub fn begin(config: ConsoleConfig, now: Timestamp, size: (u16, u16)) -> (Model, Vec<Effect>) {
    let mut model = Model::empty(config, now, size);
    let first = model.desk.build(None, SignIn::start);
    model.layers.push(first);
    let effects = model.desk.take_effects();
    (model, effects)
}

/// The model for someone who is signed in already, with a word to say once.
pub fn begin_signed_in(
    config: ConsoleConfig,
    now: Timestamp,
    size: (u16, u16),
    (signed_in, welcome): (SignedIn, String),
) -> (Model, Vec<Effect>) {
    let mut model = Model::empty(config, now, size);
    session::signed_in(&mut model, signed_in, Origin::Given);
    model.desk.shared.say(Tone::Good, welcome);
    let effects = model.desk.take_effects();
    (model, effects)
}

/// Takes what happened, and answers what is to be done.
pub fn update(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Tick(now) => tick(model, now),
        Action::Resize(columns, rows) => {
            model.desk.shared.size = (columns, rows);
            model.is_dirty = true;
            follow::tell(model, None, &Event::Resized);
        }
        Action::Key(Pressed(key)) => {
            model.feed.typed(model.desk.shared.now);
            press::key(model, key);
        }
        Action::Paste(pasted) => {
            model.feed.typed(model.desk.shared.now);
            press::paste(model, pasted);
        }
        Action::Point(pointed) => {
            model.feed.typed(model.desk.shared.now);
            pointer::point(model, pointed);
        }
        Action::Done(id, outcome) => answers::done(model, id, outcome),
        Action::Progress(id, progress) => answers::progress(model, id, progress),
        Action::StoreWarnings(answer) => {
            model.is_dirty = true;
            answers::warned(model, answer);
        }
        Action::Saved(saved) => {
            model.is_dirty = true;
            match saved {
                Ok(path) => model.desk.shared.say(Tone::Good, format!("Saved in {}.", path.display())),
                Err(why) => model.desk.shared.say(Tone::Danger, format!("Nothing was saved: {why}.")),
            }
        }
        Action::Edited(id, outcome) => {
            model.is_dirty = true;
            // The session may have ended and closed the layer that asked; the file stays.
            let _ = model.desk.deliver(id, Ok(answer(outcome)), &mut model.layers);
        }
        Action::Signal(signal) => {
            model.is_dirty = true;
            let leave = match signal {
                Signal::Interrupt => Leave::Interrupted,
                Signal::Terminate => Leave::Terminated,
                Signal::HangUp => Leave::TerminalGone,
            };
            leaving::leave(model, leave);
        }
    }
    follow::follow(model);
    model.desk.take_effects()
}

fn tick(model: &mut Model, now: Timestamp) {
    let face = model.time_face();
    model.desk.shared.now = now;
    model.desk.shared.notice.take_if(|notice| notice.until.is_some_and(|until| until <= now));
    session::end_if_due(model);
    let calls = model.desk.shared.calls.pending.len();
    answers::retry_if_due(model);
    let is_trying = model.desk.shared.calls.pending.len() != calls;
    leaving::give_up_if_due(model);
    clock::wake_layers(model);
    live::read_if_due(model);
    model.is_dirty |= face != model.time_face() || is_trying;
}
