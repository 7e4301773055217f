//! The connection: reads that found no answer wait and are repeated, ever less often; writes are never repeated.

use crate::service::Error;
use crate::tui::effect::CallId;
use crate::tui::effect::{Chore, Effect, Request};
use crate::tui::model::{Model, Outage, Shared};
use jiff::SignedDuration;

/// The longest pause between two tries.
const LONGEST_PAUSE: i64 = 30;

/// 1, 2, 4, 8, 16, then every 30 seconds.
fn pause_after(tries: u32) -> SignedDuration {
    SignedDuration::from_secs((1_i64 << tries.saturating_sub(1).min(6)).min(LONGEST_PAUSE))
}

/// A read found no answer: it waits for the next try.
pub(super) fn lost(shared: &mut Shared, ticket: CallId, request: Request) {
    let (now, since) = (shared.now, shared.last_answer);
    let outage = shared.outage.get_or_insert(Outage { since, tries: 0, next_try: None, waiting: Vec::new() });
    outage.waiting.push((ticket, request));
    if outage.next_try.is_none() {
        outage.tries += 1;
        outage.next_try = Some(now + pause_after(outage.tries));
    }
}

/// The store answered: what waits is read at once.
pub(super) fn found(shared: &mut Shared) -> Vec<Effect> {
    shared.last_answer = shared.now;
    let waiting = shared.outage.take().map(|outage| outage.waiting);
    let mut effects = call_all(shared, waiting.unwrap_or_default());
    if !std::mem::replace(&mut shared.asked_for_warnings, true) {
        effects.push(Effect::Behind(Chore::StoreWarnings));
    }
    effects
}

/// What the store cannot promise is known now; asked again behind the next answer if there was none.
pub(super) fn warned(shared: &mut Shared, answer: Result<Vec<String>, Error>) {
    match answer {
        Ok(warnings) => shared.store_warnings = warnings,
        Err(error) => shared.asked_for_warnings = !matches!(error, Error::Unavailable { .. }),
    }
}

/// Tries now.
pub(super) fn retry(shared: &mut Shared) -> Vec<Effect> {
    let Some(outage) = &mut shared.outage else {
        return Vec::new();
    };
    outage.next_try = None;
    let waiting = std::mem::take(&mut outage.waiting);
    call_all(shared, waiting)
}

/// Tries when it is time.
pub(super) fn retry_if_due(model: &mut Model) -> Vec<Effect> {
    let shared = &mut model.shared;
    let next = shared.outage.as_ref().and_then(|outage| outage.next_try);
    if next.is_some_and(|next| next <= shared.now) && model.leaving.is_none() {
        return retry(shared);
    }
    Vec::new()
}

fn call_all(shared: &mut Shared, waiting: Vec<(CallId, Request)>) -> Vec<Effect> {
    waiting.into_iter().flat_map(|(ticket, request)| shared.call_again(ticket, request)).collect()
}
