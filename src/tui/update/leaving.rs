//! The way out: running writes are waited for, then the token is ended, then the loop.

use crate::tui::Leave;
use crate::tui::effect::CallId;
use crate::tui::effect::{Effect, Request};
use crate::tui::model::{Leaving, Model};
use jiff::SignedDuration;

/// How long the end of the token is waited for; it lapses by itself.
const PATIENCE: SignedDuration = SignedDuration::from_secs(2);

/// Begins to leave; a second time gives up waiting.
pub(super) fn leave(model: &mut Model, leave: Leave) -> Vec<Effect> {
    if model.leaving.is_some() {
        return vec![Effect::Exit(leave)];
    }
    // Of a work of many writes only the one that runs is waited for.
    for screen in &mut model.screens {
        screen.stop_work();
    }
    let reads = model.shared.reads();
    let mut effects = super::cancel_all(&mut model.shared, reads);
    model.leaving = Some(Leaving { leave, signing_out: None });
    effects.extend(next(model));
    effects
}

/// The next step out, if nothing has to be waited for.
fn next(model: &mut Model) -> Vec<Effect> {
    let Some(leaving) = &mut model.leaving else {
        return Vec::new();
    };
    let shared = &mut model.shared;
    if leaving.signing_out.is_some() || shared.writes().next().is_some() {
        return Vec::new();
    }
    let has_token = shared.session.as_ref().is_some_and(|session| !session.is_over);
    if !has_token || shared.is_cut_off() {
        return vec![Effect::Exit(leaving.leave)];
    }
    let (ticket, effects) = shared.call(Request::SignOut { everywhere: false });
    leaving.signing_out = Some((ticket, shared.now + PATIENCE));
    effects
}

/// After an answer: the sign-out's ends it, a write's may have been the last one.
pub(super) fn go_on(model: &mut Model, ticket: CallId) -> Vec<Effect> {
    match &model.leaving {
        Some(leaving) if leaving.signing_out.is_some_and(|(out, _)| out == ticket) => {
            vec![Effect::Exit(leaving.leave)]
        }
        Some(_) => {
            // What a write's answer began is not waited for.
            let reads = model.shared.reads();
            let mut effects = super::cancel_all(&mut model.shared, reads);
            effects.extend(next(model));
            effects
        }
        None => Vec::new(),
    }
}

/// The sign-out took too long.
pub(super) fn give_up_if_due(model: &mut Model) -> Vec<Effect> {
    let now = model.shared.now;
    match &model.leaving {
        Some(leaving) if leaving.signing_out.is_some_and(|(_, until)| until <= now) => {
            vec![Effect::Exit(leaving.leave)]
        }
        Some(_) | None => Vec::new(),
    }
}
