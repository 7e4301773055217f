//! `update`: the only writer of the model. No IO, no clock, no await.
//!
//! Routes keys and answers to the overlay or screen they belong to, and owns what crosses screens: moves between
//! them (`moves`), the session (`session`), the connection (`connection`) and the way out (`leaving`).

mod connection;
mod leaving;
mod moves;
mod session;
#[cfg(test)]
mod tests;

use super::Leave;
use super::action::{Action, Command, Signal};
use super::cards::Overlay;
use super::cards::help::Help;
use super::cards::palette::Palette;
use super::effect::CallId;
use super::effect::{Answer, Effect, Kind, Outcome, Report};
use super::keys::{Pasted, Typed};
use super::model::{ConsoleConfig, Model, Shared};
use super::screens::Screen;
use super::screens::sign_in::SignIn;
use super::text;
use super::theme::Role;
use crate::domain::RepairOutcome;
use crate::service::{Error, SignedIn};
use jiff::{SignedDuration, Timestamp};
use moves::apply;

/// How long after a Ctrl-C a second one quits.
const INTERRUPT_WINDOW: SignedDuration = SignedDuration::from_secs(2);

/// The model at the start, and the first question to the store.
pub fn begin(fixed: ConsoleConfig, now: Timestamp, size: (u16, u16)) -> (Model, Vec<Effect>) {
    let mut model = empty(fixed, now, size);
    let (screen, effects) = SignIn::start(&mut model.shared);
    model.screens.push(Screen::SignIn(Box::new(screen)));
    (model, effects)
}

/// The model for someone who is signed in already, with a word to say once.
pub fn begin_signed_in(
    fixed: ConsoleConfig,
    now: Timestamp,
    size: (u16, u16),
    (signed_in, welcome): (SignedIn, String),
) -> (Model, Vec<Effect>) {
    let mut model = empty(fixed, now, size);
    let effects = session::signed_in(&mut model, signed_in);
    model.shared.say(Role::Good, welcome);
    (model, effects)
}

fn empty(fixed: ConsoleConfig, now: Timestamp, size: (u16, u16)) -> Model {
    Model {
        shared: Shared::new(fixed, now, size),
        screens: Vec::new(),
        overlays: Vec::new(),
        leaving: None,
        interrupt_until: None,
        is_dirty: true,
    }
}

/// Takes what happened, and answers what is to be done.
pub fn update(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Tick(now) => tick(model, now),
        Action::Resize(columns, rows) => {
            model.shared.size = (columns, rows);
            model.is_dirty = true;
            Vec::new()
        }
        Action::Command(command) => {
            model.is_dirty = true;
            let mut effects = run_command(model, command);
            effects.extend(session::renew_if_due(model));
            effects
        }
        Action::Input(typed) => text(model, &Text::Typed(typed)),
        Action::Paste(pasted) => text(model, &Text::Pasted(pasted)),
        Action::Done(ticket, outcome) => done(model, ticket, outcome),
        Action::Report(ticket, report) => {
            reported(model, ticket, report);
            Vec::new()
        }
        Action::StoreWarnings(answer) => {
            model.is_dirty = true;
            connection::warned(&mut model.shared, answer);
            Vec::new()
        }
        Action::Signal(signal) => {
            model.is_dirty = true;
            let leave = match signal {
                Signal::Interrupt => Leave::Interrupted,
                Signal::Terminate => Leave::Terminated,
                Signal::HangUp => Leave::TerminalGone,
            };
            leaving::leave(model, leave)
        }
    }
}

fn tick(model: &mut Model, now: Timestamp) -> Vec<Effect> {
    let face = model.time_face();
    model.shared.now = now;
    if model.shared.notice.as_ref().is_some_and(|notice| notice.until <= now) {
        model.shared.notice = None;
    }
    let mut effects = session::end_if_due(model);
    effects.extend(connection::retry_if_due(model));
    effects.extend(leaving::give_up_if_due(model));
    if face != model.time_face() || !effects.is_empty() {
        model.is_dirty = true;
    }
    effects
}

enum Text {
    Typed(Typed),
    Pasted(Pasted),
}

fn text(model: &mut Model, text: &Text) -> Vec<Effect> {
    if model.leaving.is_some() || !model.context().is_text() {
        return Vec::new();
    }
    model.is_dirty = true;
    let shared = &mut model.shared;
    match (model.overlays.last_mut(), model.screens.last_mut(), text) {
        (Some(overlay), _, Text::Typed(typed)) => overlay.input(*typed),
        (Some(overlay), _, Text::Pasted(pasted)) => overlay.paste(pasted),
        (None, Some(screen), Text::Typed(typed)) => screen.input(*typed, shared),
        (None, Some(screen), Text::Pasted(pasted)) => screen.paste(pasted, shared),
        (None, None, _) => {}
    }
    session::renew_if_due(model)
}

fn run_command(model: &mut Model, command: Command) -> Vec<Effect> {
    if command == Command::Interrupt {
        return interrupt(model);
    }
    if command == Command::Redraw {
        return vec![Effect::Redraw];
    }
    if command == Command::Suspend {
        return vec![Effect::Suspend];
    }
    if model.leaving.is_some() {
        return Vec::new();
    }
    // Why the last key did nothing says nothing of what comes now.
    model.shared.notice.take_if(|notice| notice.role == Role::Warning);
    if command == Command::Help {
        open_help(model);
        return Vec::new();
    }
    if command == Command::Refresh && model.shared.is_cut_off() {
        return connection::retry(&mut model.shared);
    }
    if !model.offers(command) {
        return Vec::new();
    }
    if let Some(reason) = model.refusal(command) {
        model.shared.say(Role::Warning, format!("Not now: {reason}."));
        return Vec::new();
    }
    if command == Command::Palette {
        open_palette(model);
        return Vec::new();
    }
    let shared = &mut model.shared;
    let step = match (model.overlays.last_mut(), model.screens.last_mut()) {
        (Some(overlay), _) => overlay.command(command, shared),
        (None, Some(screen)) => screen.command(command, shared),
        (None, None) => None,
    };
    step.map(|step| apply(model, step)).unwrap_or_default()
}

fn open_help(model: &mut Model) {
    let ascii = model.shared.fixed.theme.ascii;
    let offers = |command| model.offers(command);
    let help = Help::new(model.context(), ascii, offers, |command| model.refusal(command));
    model.overlays.push(Overlay::Help(Box::new(help)));
}

/// Over the screens that bind it; what it offers is what there is now.
fn open_palette(model: &mut Model) {
    let from = model.context();
    let organizations = model.screens.iter().find_map(|screen| match screen {
        Screen::Organizations(list) => Some(list.all()),
        Screen::SignIn(_)
        | Screen::Organization(_)
        | Screen::Form(_)
        | Screen::Operators(_)
        | Screen::Doctor(_) => None,
    });
    let palette = Palette::new(from, organizations.unwrap_or_default(), &model.shared);
    model.overlays.push(Overlay::Palette(Box::new(palette)));
}

/// Ctrl-C: stops the running reads; with none, a second one quits; on the sign-in it quits.
fn interrupt(model: &mut Model) -> Vec<Effect> {
    if model.leaving.is_some() {
        return vec![Effect::Exit(Leave::Interrupted)];
    }
    if model.shared.session.is_none() {
        return leaving::leave(model, Leave::Quit);
    }
    let is_stopping = model.screens.iter_mut().any(Screen::stop_work);
    let reads = model.shared.reads();
    if !reads.is_empty() {
        let mut effects = Vec::new();
        for ticket in reads {
            effects.extend(model.shared.cancel(ticket));
            for screen in &mut model.screens {
                screen.stopped(ticket);
            }
            for overlay in &mut model.overlays {
                overlay.stopped(ticket);
            }
        }
        model.shared.say(Role::Warning, "Stopped reading.");
        return effects;
    }
    if is_stopping {
        model.shared.say(Role::Warning, "It stops after what is being repaired now.");
        return Vec::new();
    }
    if model.interrupt_until.is_some_and(|until| model.shared.now < until) {
        return leaving::leave(model, Leave::Quit);
    }
    model.interrupt_until = Some(model.shared.now + INTERRUPT_WINDOW);
    model.shared.say(Role::Warning, "Ctrl-C again quits.");
    Vec::new()
}

fn done(model: &mut Model, ticket: CallId, outcome: Outcome) -> Vec<Effect> {
    let Some(flight) = model.shared.flights.remove(&ticket) else {
        return Vec::new();
    };
    model.is_dirty = true;
    let mut effects = Vec::new();
    if !matches!(outcome, Err(Error::Unavailable { .. })) {
        effects.extend(connection::found(&mut model.shared));
    }
    let kind = flight.request.kind();
    let of_nobody = flight.request.activity().filter(|_| kind == Kind::Write && !flight.is_of_before);
    match &outcome {
        Err(error) if error.ends_session() && flight.token.is_some() => {
            effects.extend(session::refused(model, ticket, flight, &outcome));
        }
        Err(Error::Unavailable { .. }) if kind == Kind::Read => {
            connection::lost(&mut model.shared, ticket, flight.request);
        }
        _ => effects.extend(deliver(model, ticket, outcome, of_nobody)),
    }
    effects.extend(leaving::go_on(model, ticket));
    effects
}

/// Tells whoever waits for a call how far it is; only a screen shows that.
fn reported(model: &mut Model, ticket: CallId, report: Report) {
    let waits = |screen: &&mut Screen| screen.awaits(ticket);
    if model.shared.flights.contains_key(&ticket)
        && let Some(screen) = model.screens.iter_mut().find(waits)
    {
        screen.reported(report);
        model.is_dirty = true;
    }
}

/// Hands an answer to whoever waits for it. What came of a write that nobody waits for any more is said in a word.
fn deliver(model: &mut Model, ticket: CallId, outcome: Outcome, of_nobody: Option<String>) -> Vec<Effect> {
    if session::is_renewal(&model.shared, ticket) {
        return session::renewed(model, outcome);
    }
    if session::is_sign_out(&model.shared, ticket) {
        return session::sign_out_answered(model, &outcome);
    }
    let shared = &mut model.shared;
    if let Some(overlay) = model.overlays.iter_mut().find(|overlay| overlay.awaits(ticket)) {
        let step = overlay.done(ticket, outcome, shared);
        return apply(model, step);
    }
    if let Some(screen) = model.screens.iter_mut().find(|screen| screen.awaits(ticket)) {
        let step = screen.done(ticket, outcome, shared);
        return apply(model, step);
    }
    if let Some(activity) = of_nobody {
        let (role, words) = words_of_outcome(&outcome);
        shared.say(role, format!("{activity}: {words}"));
    }
    Vec::new()
}

fn words_of_outcome(outcome: &Outcome) -> (Role, String) {
    match outcome {
        Ok(Answer::Repaired(outcomes)) => {
            let done = outcomes.iter().filter(|outcome| **outcome == RepairOutcome::Repaired).count();
            (Role::Good, format!("{} repaired.", text::count(done as u64)))
        }
        Ok(_) => (Role::Good, "done.".to_owned()),
        Err(error) => (Role::Danger, error.to_string()),
    }
}

fn cancel_all(shared: &mut Shared, ids: Vec<CallId>) -> Vec<Effect> {
    ids.into_iter().flat_map(|ticket| shared.cancel(ticket)).collect()
}
