//! What the service answered, how far it is, and that it did not answer.

use super::{Model, follow, leaving, live, session};
use crate::service::Error;
use crate::tui::effect::{CallError, CallId, CallProgress, Chore, Effect, Kind, Outcome};
use crate::tui::layer::Event;
use crate::tui::theme::Tone;

/// A call was answered, or refused.
pub(super) fn done(model: &mut Model, id: CallId, outcome: Outcome) {
    let Some(pending) = model.desk.shared.calls.pending.remove(&id) else {
        return;
    };
    // What nobody asked for shows only what it changes.
    let is_live = live::is_own(model, id);
    model.is_dirty |= !is_live || outcome.is_err() || model.shared().is_cut_off();
    if !matches!(outcome, Err(Error::Unavailable { .. })) {
        found(model);
    }
    match &outcome {
        Err(error) if error.ends_session() && pending.token.is_some() => {
            session::refused(model, id, pending, &outcome);
        }
        Err(Error::Unavailable { .. }) if pending.call.kind() == Kind::Read => {
            let now = model.desk.shared.now;
            model.desk.shared.calls.lost(id, pending.call, now);
        }
        _ if is_live => live::came(model, outcome, pending.since),
        _ if session::is_renewal(&model.desk.shared, id) => session::renewed(model, outcome),
        _ if session::is_sign_out(&model.desk.shared, id) => session::sign_out_answered(model, &outcome),
        _ => {
            let outcome = outcome.map_err(CallError::Refused);
            let unheard = model.desk.deliver(id, outcome, &mut model.layers).err();
            let is_told = pending.call.kind() == Kind::Write && !pending.is_of_before;
            // It may have changed what is shown, and nobody was there to tell.
            if unheard.is_some() && pending.call.kind() == Kind::Write {
                follow::tell(model, None, &Event::Stale);
            }
            // What came of a write that nobody waits for any more is said in a word.
            if let (Some(outcome), Some(label)) = (unheard, pending.call.label().filter(|_| is_told)) {
                let (tone, words) = match outcome {
                    Ok(answer) => (Tone::Good, pending.call.outcome(&answer)),
                    Err(CallError::Refused(error)) => (Tone::Danger, error.to_string()),
                    Err(CallError::Stopped) => (Tone::Warning, "stopped.".to_owned()),
                };
                model.desk.shared.say(tone, format!("{label}: {words}"));
            }
        }
    }
    follow::follow(model);
    leaving::go_on(model, id);
}

/// Tells whoever waits for a call how far it is.
pub(super) fn progress(model: &mut Model, id: CallId, progress: CallProgress) {
    let asker = model.desk.asker(id).filter(|_| model.desk.shared.calls.pending.contains_key(&id));
    if let Some(stacked) = model.layers.iter_mut().find(|stacked| Some(stacked.id) == asker) {
        stacked.layer.on_progress(progress);
        model.is_dirty = true;
    }
}

/// The store answered: what waits for that is read at once.
fn found(model: &mut Model) {
    let now = model.desk.shared.now;
    let waiting = model.desk.shared.calls.found(now);
    model.desk.call_again(waiting);
    if !std::mem::replace(&mut model.asked_for_warnings, true) {
        model.desk.effect(Effect::Behind(Chore::StoreWarnings));
    }
}

/// What the store cannot promise is known now; asked again behind the next answer if there was none.
pub(super) fn warned(model: &mut Model, answer: Result<Vec<String>, Error>) {
    match answer {
        Ok(warnings) => model.desk.shared.store_warnings = warnings,
        Err(error) => model.asked_for_warnings = !matches!(error, Error::Unavailable { .. }),
    }
}

/// Tries the store now.
pub(super) fn retry(model: &mut Model) {
    let waiting = model.desk.shared.calls.retry();
    model.desk.call_again(waiting);
}

/// Tries the store when it is time.
pub(super) fn retry_if_due(model: &mut Model) {
    let shared = &model.desk.shared;
    let next = shared.calls.outage.as_ref().and_then(|outage| outage.next_try);
    if next.is_some_and(|next| next <= shared.now) && model.leaving.is_none() {
        retry(model);
    }
}
