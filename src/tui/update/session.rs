//! The session: signed in, renewed while keys are pressed, ended, and signed in again over the screen.

use crate::domain::Role as AccountRole;
use crate::service::SignedIn;
use crate::tui::cards::Overlay;
use crate::tui::effect::CallId;
use crate::tui::effect::{Answer, Chore, Effect, Kind, Outcome, Request, Token};
use crate::tui::model::{Model, PendingCall, Session, Shared};
use crate::tui::screens::Screen;
use crate::tui::screens::organization::OrganizationScreen;
use crate::tui::screens::organizations::Organizations;
use crate::tui::screens::sign_in::SignIn;
use crate::tui::theme::Role;
use jiff::SignedDuration;

/// How long a renewal that failed, or brought nothing, is not tried again.
const PAUSE: SignedDuration = SignedDuration::from_secs(30);

/// Someone signed in: at the start, or over the screen when the session before was over.
pub(super) fn signed_in(model: &mut Model, signed_in: SignedIn) -> Vec<Effect> {
    let is_same = model
        .shared
        .session
        .as_ref()
        .is_some_and(|session| session.principal.account_id == signed_in.principal.account_id);
    model.overlays.retain(|overlay| !matches!(overlay, Overlay::SignIn(_)));
    let had_session = model.shared.session.is_some();
    take(&mut model.shared, signed_in, false);
    if is_same {
        model.shared.say(Role::Good, "Signed in again; the work goes on.");
        let refused = std::mem::take(&mut model.shared.refused);
        return refused
            .into_iter()
            .flat_map(|(ticket, request)| model.shared.call_again(ticket, request))
            .collect();
    }
    let mut effects = drop_everything(model);
    if had_session {
        model.shared.say(Role::Warning, "Another account: what was open is dropped.");
    }
    effects.extend(first_screen(model));
    effects.extend(tidy_once(&mut model.shared));
    effects
}

/// Behind the first question of the first session.
fn tidy_once(shared: &mut Shared) -> Option<Effect> {
    let token = shared.session.as_ref().filter(|_| !shared.is_tidied)?.token.clone();
    shared.is_tidied = true;
    Some(Effect::Behind(Chore::Tidy(token)))
}

fn first_screen(model: &mut Model) -> Vec<Effect> {
    let shared = &mut model.shared;
    let own = shared.session.as_ref().and_then(|session| session.principal.organization_id);
    let is_operator =
        shared.session.as_ref().is_some_and(|session| session.principal.role == AccountRole::Operator);
    let (screen, effects) = match own {
        Some(id) if !is_operator => {
            let (screen, effects) = OrganizationScreen::open_own(id, shared);
            (Screen::Organization(Box::new(screen)), effects)
        }
        Some(_) | None => {
            let (screen, effects) = Organizations::open(shared);
            (Screen::Organizations(Box::new(screen)), effects)
        }
    };
    model.screens = vec![screen];
    effects
}

fn take(shared: &mut Shared, signed_in: SignedIn, is_renewal: bool) {
    let number = shared.next_token();
    let ends_at = signed_in.principal.claims.expires_at();
    let before = shared.session.take();
    let brought_nothing = before.as_ref().is_some_and(|before| before.ends_at >= ends_at);
    shared.session = Some(Session {
        token: Token { number, token: signed_in.token },
        principal: signed_in.principal,
        ends_at,
        is_over: false,
        renewing: None,
        signing_out: None,
        // At the cap of 12 h no renewal brings more time.
        not_before: if is_renewal && brought_nothing { ends_at } else { shared.now },
    });
}

/// The own session ended with what was done.
pub(super) fn signed_out(model: &mut Model, email: &str, reason: String) -> Vec<Effect> {
    let effects = drop_everything(model);
    model.shared.session = None;
    let sign_in = SignIn::again(email, Some(reason));
    model.screens = vec![Screen::SignIn(Box::new(sign_in))];
    effects
}

/// Asks for the end of this session, or of every one of the account.
pub(super) fn sign_out(model: &mut Model, everywhere: bool) -> Vec<Effect> {
    let (ticket, effects) = model.shared.call(Request::SignOut { everywhere });
    if let Some(session) = &mut model.shared.session {
        session.signing_out = Some((ticket, everywhere));
    }
    effects
}

/// Whether an answer is that of a sign-out that was asked for.
pub(super) fn is_sign_out(shared: &Shared, ticket: CallId) -> bool {
    let asked = shared.session.as_ref().and_then(|session| session.signing_out);
    asked.is_some_and(|(waiting, _)| waiting == ticket)
}

/// To the sign-in; a session that was over already is as well ended.
pub(super) fn sign_out_answered(model: &mut Model, outcome: &Outcome) -> Vec<Effect> {
    let Some(session) = &mut model.shared.session else {
        return Vec::new();
    };
    let everywhere = session.signing_out.take().is_some_and(|(_, everywhere)| everywhere);
    match outcome {
        Err(error) if !error.ends_session() => {
            model.shared.say(Role::Danger, format!("Not signed out: {error}"));
            Vec::new()
        }
        Ok(_) | Err(_) => {
            let email = session.principal.email.clone();
            let reason = match outcome {
                Err(_) => "Your session was over already.",
                Ok(_) if everywhere => "You are signed out, here and everywhere else.",
                Ok(_) => "You are signed out.",
            };
            signed_out(model, &email, reason.to_owned())
        }
    }
}

/// Nothing of the account before is kept; its reads are cancelled, its writes go on unheard.
fn drop_everything(model: &mut Model) -> Vec<Effect> {
    model.overlays.clear();
    model.screens.clear();
    model.shared.refused.clear();
    model.shared.outage = None;
    model.shared.flights.values_mut().for_each(|flight| flight.is_of_before = true);
    let reads = model.shared.reads();
    super::cancel_all(&mut model.shared, reads)
}

/// When the time is over, the sign-in is laid over the screen.
pub(super) fn end_if_due(model: &mut Model) -> Vec<Effect> {
    let now = model.shared.now;
    let is_due =
        model.shared.session.as_ref().is_some_and(|session| !session.is_over && session.ends_at <= now);
    if is_due {
        end(model, "Your session has ended. Sign in to go on where you were.");
    }
    Vec::new()
}

fn end(model: &mut Model, reason: &str) {
    let Some(session) = &mut model.shared.session else {
        return;
    };
    session.is_over = true;
    session.renewing = None;
    if model.overlays.iter().any(|overlay| matches!(overlay, Overlay::SignIn(_))) {
        return;
    }
    let sign_in = SignIn::again(&session.principal.email, Some(reason.to_owned()));
    model.overlays.push(Overlay::SignIn(Box::new(sign_in)));
}

/// A call was refused because its session is over: made again with a newer token, or after the next sign-in.
pub(super) fn refused(
    model: &mut Model,
    ticket: CallId,
    flight: PendingCall,
    outcome: &Outcome,
) -> Vec<Effect> {
    let current = model.shared.session.as_ref().map(|session| session.token.number);
    if is_sign_out(&model.shared, ticket) {
        return sign_out_answered(model, outcome);
    }
    let is_current = current == flight.token;
    if is_current {
        end(model, "Your session was ended. Sign in to go on where you were.");
    }
    if flight.request.kind() == Kind::Session {
        return Vec::new();
    }
    model.shared.call_again(ticket, flight.request)
}

/// At a key press, when less than half of the session's length is left.
pub(super) fn renew_if_due(model: &mut Model) -> Vec<Effect> {
    let shared = &mut model.shared;
    let (now, half) = (shared.now, shared.fixed.session_length.as_secs() / 2);
    let is_due = shared.session.as_ref().is_some_and(|session| {
        !session.is_over
            && session.renewing.is_none()
            && session.signing_out.is_none()
            && session.not_before <= now
            && session.ends_at.duration_since(now).as_secs() < half
    });
    if !is_due || shared.is_cut_off() || model.leaving.is_some() {
        return Vec::new();
    }
    let (ticket, effects) = shared.call(Request::Renew);
    if let Some(session) = &mut shared.session {
        session.renewing = Some(ticket);
    }
    effects
}

/// Whether an answer is that of the renewal.
pub(super) fn is_renewal(shared: &Shared, ticket: CallId) -> bool {
    shared.session.as_ref().is_some_and(|session| session.renewing == Some(ticket))
}

/// Takes the new token; calls under way carry the old one, which is as good.
pub(super) fn renewed(model: &mut Model, outcome: Outcome) -> Vec<Effect> {
    let shared = &mut model.shared;
    match outcome {
        // The sign-out that runs ends this one too.
        Ok(Answer::SignedIn(signed_in)) if !shared.is_signing_out() => take(shared, *signed_in, true),
        Ok(_) => {
            if let Some(session) = &mut shared.session {
                session.renewing = None;
            }
        }
        Err(error) => {
            tracing::warn!(code = error.code(), "the session was not renewed");
            if let Some(session) = &mut shared.session {
                session.renewing = None;
                session.not_before = shared.now + PAUSE;
            }
        }
    }
    Vec::new()
}
