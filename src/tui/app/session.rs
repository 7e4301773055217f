//! The session: signed in, renewed while keys are pressed, ended, and signed in again over the screen.

use super::{Model, leaving, live};
use crate::domain::Role;
use crate::service::{Error, SignedIn};
use crate::tui::calls::PendingCall;
use crate::tui::effect::{BoxedCall, Call, CallContext, CallId, Chore, Effect, Kind, Outcome, Token, typed};
use crate::tui::screens::organization::OrganizationScreen;
use crate::tui::screens::organizations::Organizations;
use crate::tui::screens::sign_in::SignIn;
use crate::tui::shared::{Keeper, Origin, Session, Shared};
use crate::tui::theme::Tone;
use jiff::SignedDuration;

/// How long a renewal that failed, or brought nothing, is not tried again.
const PAUSE: SignedDuration = SignedDuration::from_secs(30);

/// A new token for the same sign-in.
#[derive(Debug, PartialEq)]
pub(super) struct Renew {
    /// Where it is renewed, if others use it too.
    pub(super) keeper: Option<Keeper>,
}

impl Call for Renew {
    type Answer = SignedIn;

    fn kind(&self) -> Kind {
        Kind::Session
    }

    fn label(&self) -> Option<String> {
        None
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<SignedIn, Error> {
        let (service, token) = (context.service, context.session()?);
        match &self.keeper {
            Some(keeper) => keeper.0.renew(service, token).await,
            None => service.renew(token).await,
        }
    }
}

/// Ends the session.
#[derive(Debug, PartialEq)]
pub(super) struct SignOut {
    /// Every session of the account with it.
    pub(super) everywhere: bool,
}

impl Call for SignOut {
    type Answer = ();

    fn kind(&self) -> Kind {
        Kind::Session
    }

    fn label(&self) -> Option<String> {
        Some("signing out".to_owned())
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<(), Error> {
        context.service.sign_out(context.session()?, self.everywhere).await
    }
}

/// Someone signed in: at the start, or over the screen when the session before was over.
pub(super) fn signed_in(model: &mut Model, signed_in: SignedIn, origin: Origin) {
    let before = model.desk.shared.session.as_ref().map(|session| session.principal.account_id);
    let is_same = before == Some(signed_in.principal.account_id);
    let email = signed_in.principal.email.clone();
    let warning = signed_in.warnings.first().map(|warning| warning.message.clone());
    // A demo's account is gone with it.
    if origin != Origin::Given {
        let effect = model.desk.shared.remember(|memory| memory.email = Some(email));
        if let Some(effect) = effect {
            model.desk.effect(effect);
        }
    }
    take(&mut model.desk.shared, signed_in, Some(origin));
    if is_same {
        model.layers.retain(|stacked| !stacked.layer.is::<SignIn>());
        match warning {
            Some(warning) => model.desk.shared.say(Tone::Warning, warning),
            None => model.desk.shared.say(Tone::Good, "Signed in again; the work goes on."),
        }
        let refused = std::mem::take(&mut model.desk.shared.calls.refused);
        model.desk.call_again(refused);
        return;
    }
    drop_everything(model);
    live::begin(model);
    if before.is_some() {
        model.desk.shared.say(Tone::Warning, "Another account: what was open is dropped.");
    }
    first_screen(model);
    if let Some(warning) = warning {
        model.desk.shared.say(Tone::Warning, warning);
    }
    tidy_once(model);
}

/// Behind the first question of the first session.
fn tidy_once(model: &mut Model) {
    if !model.is_tidied
        && let Some(session) = &model.desk.shared.session
    {
        model.is_tidied = true;
        let token = session.token.clone();
        model.desk.effect(Effect::Behind(Chore::Tidy(token)));
    }
}

fn first_screen(model: &mut Model) {
    let principal = model.desk.shared.session.as_ref().map(|session| &session.principal);
    let admin = principal.filter(|principal| principal.role != Role::Operator);
    let first = match admin.and_then(|principal| principal.organization_id) {
        Some(id) => model.desk.build(None, |cx| OrganizationScreen::open_own(id, cx)),
        None => model.desk.build(None, Organizations::new),
    };
    model.layers = vec![first];
}

/// Without an origin it is a renewal.
fn take(shared: &mut Shared, signed_in: SignedIn, origin: Option<Origin>) {
    let number = shared.next_token();
    let ends_at = signed_in.principal.claims.expires_at();
    let before = shared.session.take();
    let is_renewal = origin.is_none();
    let origin = origin.or(before.as_ref().map(|before| before.origin)).unwrap_or(Origin::Typed);
    let brought_nothing = before.as_ref().is_some_and(|before| before.ends_at >= ends_at);
    shared.session = Some(Session {
        token: Token { number, token: signed_in.token },
        principal: signed_in.principal,
        origin,
        ends_at,
        is_over: false,
        renewing: None,
        signing_out: None,
        // At the cap of 12 h no renewal brings more time.
        not_before: if is_renewal && brought_nothing { ends_at } else { shared.now },
    });
}

/// The own session ended with what was done.
pub(super) fn signed_out(model: &mut Model, email: &str, reason: String) {
    drop_everything(model);
    model.desk.shared.session = None;
    let sign_in = model.desk.build(None, |_| SignIn::again(email, Some(reason)));
    model.layers = vec![sign_in];
}

/// Asks for the end of this session, or of every one of the account.
pub(super) fn sign_out(model: &mut Model, everywhere: bool) {
    let id = model.desk.call(BoxedCall::of(SignOut { everywhere }));
    if let Some(session) = &mut model.desk.shared.session {
        session.signing_out = Some((id, everywhere));
    }
}

/// Whether an answer is that of a sign-out that was asked for.
pub(super) fn is_sign_out(shared: &Shared, id: CallId) -> bool {
    let asked = shared.session.as_ref().and_then(|session| session.signing_out);
    asked.is_some_and(|(waiting, _)| waiting == id)
}

/// To the sign-in; a session that was over already is as well ended.
pub(super) fn sign_out_answered(model: &mut Model, outcome: &Outcome) {
    let Some(session) = &mut model.desk.shared.session else {
        return;
    };
    let everywhere = session.signing_out.take().is_some_and(|(_, everywhere)| everywhere);
    match outcome {
        Err(error) if !error.ends_session() => {
            model.desk.shared.say(Tone::Danger, format!("Not signed out: {error}"));
        }
        Ok(_) | Err(_) => {
            let email = session.principal.email.clone();
            let reason = match outcome {
                Err(_) => "Your session was over already.",
                Ok(_) if everywhere => "You are signed out, here and everywhere else.",
                Ok(_) => "You are signed out.",
            };
            signed_out(model, &email, reason.to_owned());
        }
    }
}

/// Nothing of the account before is kept; its reads are cancelled, its writes go on unheard.
fn drop_everything(model: &mut Model) {
    model.layers.clear();
    model.desk.all_closed();
    let calls = &mut model.desk.shared.calls;
    calls.refused.clear();
    calls.outage = None;
    calls.pending.values_mut().for_each(|pending| pending.is_of_before = true);
    leaving::cancel_reads(model);
}

/// When the time is over, the sign-in is laid over the screen.
pub(super) fn end_if_due(model: &mut Model) {
    let shared = &model.desk.shared;
    let session = shared.session.as_ref();
    if session.is_some_and(|session| !session.is_over && session.ends_at <= shared.now) {
        end(model, "Your session has ended. Sign in to go on where you were.");
    }
}

fn end(model: &mut Model, reason: &str) {
    let Some(session) = &mut model.desk.shared.session else {
        return;
    };
    session.is_over = true;
    session.renewing = None;
    if model.layers.iter().any(|stacked| stacked.layer.is::<SignIn>()) {
        return;
    }
    let email = session.principal.email.clone();
    let sign_in = model.desk.build(None, |_| SignIn::again(&email, Some(reason.to_owned())));
    model.layers.push(sign_in);
}

/// A call was refused because its session is over: made again with a newer token, or after the next sign-in; never
/// with the token of another account.
pub(super) fn refused(model: &mut Model, id: CallId, pending: PendingCall, outcome: &Outcome) {
    if pending.is_of_before {
        return;
    }
    if is_sign_out(&model.desk.shared, id) {
        return sign_out_answered(model, outcome);
    }
    let current = model.desk.shared.session.as_ref().map(|session| session.token.number);
    if current == pending.token {
        end(model, "Your session was ended. Sign in to go on where you were.");
    }
    if pending.call.kind() != Kind::Session {
        model.desk.call_again([(id, pending.call)]);
    }
}

/// At a key press, when less than half of the session's length is left.
pub(super) fn renew_if_due(model: &mut Model) {
    let shared = &model.desk.shared;
    let (now, half) = (shared.now, shared.config.session_length.as_secs() / 2);
    let keeper = match &shared.config.resumed {
        Some(Ok(resumed)) => resumed.keeper.clone(),
        Some(Err(_)) | None => None,
    };
    let is_due = shared.session.as_ref().is_some_and(|session| {
        // A token of the environment is nobody's to renew.
        let may_be = session.origin != Origin::Kept || keeper.is_some();
        may_be
            && !session.is_over
            && session.renewing.is_none()
            && session.signing_out.is_none()
            && session.not_before <= now
            && session.ends_at.duration_since(now).as_secs() < half
    });
    if !is_due || shared.is_cut_off() || model.leaving.is_some() {
        return;
    }
    let is_kept = shared.session.as_ref().is_some_and(|session| session.origin == Origin::Kept);
    let keeper = keeper.filter(|_| is_kept);
    let id = model.desk.call(BoxedCall::of(Renew { keeper }));
    if let Some(session) = &mut model.desk.shared.session {
        session.renewing = Some(id);
    }
}

/// Whether an answer is that of the renewal.
pub(super) fn is_renewal(shared: &Shared, id: CallId) -> bool {
    shared.session.as_ref().is_some_and(|session| session.renewing == Some(id))
}

/// Takes the new token; calls under way carry the old one, which is as good.
pub(super) fn renewed(model: &mut Model, outcome: Outcome) {
    let shared = &mut model.desk.shared;
    let is_signing_out = shared.is_signing_out();
    let Some(session) = &mut shared.session else {
        return;
    };
    session.renewing = None;
    match outcome {
        // The sign-out that runs ends this one too.
        Ok(_) if is_signing_out => {}
        Ok(answer) => {
            if let Some(signed_in) = typed::<Renew>(answer) {
                take(shared, signed_in, None);
            }
        }
        Err(error) => {
            tracing::warn!(code = error.code(), "the session was not renewed");
            session.not_before = shared.now + PAUSE;
        }
    }
}
