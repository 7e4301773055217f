//! The way out: running writes are waited for, then the token is ended, then the loop.

use super::Model;
use super::session::SignOut;
use crate::tui::cards::quit::QuitCard;
use crate::tui::effect::{BoxedCall, CallId, Effect, Leave};
use crate::tui::shared::Origin;
use jiff::{SignedDuration, Timestamp};

/// How long the end of the token is waited for; it lapses by itself.
const PATIENCE: SignedDuration = SignedDuration::from_secs(2);

/// The console is about to end.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Leaving {
    /// How.
    leave: Leave,
    /// The sign-out in flight, and how long it is waited for; before it, running writes are.
    pub(super) signing_out: Option<(CallId, Timestamp)>,
}

/// Begins to leave; a second wish to leave gives up waiting. That the terminal is gone is no wish, however often it is
/// told.
pub(super) fn leave(model: &mut Model, leave: Leave) {
    if let Some(leaving) = &mut model.leaving {
        leaving.leave = leave;
        if leave != Leave::TerminalGone {
            model.desk.effect(Effect::Exit(leave));
        }
        return;
    }
    // Of a work of many writes only the one that runs is waited for.
    for stacked in &mut model.layers {
        stacked.layer.stop_batch();
    }
    cancel_reads(model);
    for id in model.shared().calls.stoppable() {
        model.desk.ask_to_stop(id);
    }
    model.leaving = Some(Leaving { leave, signing_out: None });
    next(model);
}

/// Quits, after a question where that costs the session.
pub(super) fn quit(model: &mut Model) {
    let shared = model.shared();
    let is_lost =
        shared.session.as_ref().is_some_and(|session| !session.is_over && session.origin == Origin::Typed);
    if is_lost && model.leaving.is_none() {
        let top = model.top().map(|stacked| stacked.id);
        let card = model.desk.build(top, |_| QuitCard::default());
        model.layers.push(card);
    } else {
        leave(model, Leave::Quit);
    }
}

/// Nobody waits for any read any more.
pub(super) fn cancel_reads(model: &mut Model) {
    for id in model.desk.shared.calls.reads() {
        model.desk.cancel(id);
    }
}

/// The next step out, if nothing has to be waited for.
fn next(model: &mut Model) {
    let Some(leaving) = &mut model.leaving else {
        return;
    };
    let desk = &mut model.desk;
    if leaving.signing_out.is_some() || desk.shared.calls.writes().next().is_some() {
        return;
    }
    // A session that others use too goes on.
    let session = desk.shared.session.as_ref();
    let has_token = session.is_some_and(|session| !session.is_over && session.origin != Origin::Kept);
    if !has_token || desk.shared.is_cut_off() {
        return desk.effect(Effect::Exit(leaving.leave));
    }
    let id = desk.call(BoxedCall::of(SignOut { everywhere: false }));
    leaving.signing_out = Some((id, desk.shared.now + PATIENCE));
}

/// After an answer: the sign-out's ends it, a write's may have been the last one.
pub(super) fn go_on(model: &mut Model, id: CallId) {
    match &model.leaving {
        Some(leaving) if leaving.signing_out.is_some_and(|(out, _)| out == id) => {
            model.desk.effect(Effect::Exit(leaving.leave));
        }
        Some(_) => {
            // What a write's answer began is not waited for.
            cancel_reads(model);
            next(model);
        }
        None => {}
    }
}

/// The sign-out took too long.
pub(super) fn give_up_if_due(model: &mut Model) {
    let now = model.desk.shared.now;
    if let Some(leaving) = &model.leaving
        && leaving.signing_out.is_some_and(|(_, until)| until <= now)
    {
        model.desk.effect(Effect::Exit(leaving.leave));
    }
}
