//! What changed in the store, read behind what is shown, and told to every layer.

use super::{Model, follow};
use crate::domain::OrganizationId;
use crate::service::{ChangesPosition, ChangesSince, Error};
use crate::tui::calls::pause_after;
use crate::tui::effect::{BoxedCall, CallId, Outcome, typed};
use crate::tui::layer::{Event, LiveChanges};
use crate::tui::reads::ReadChanges;
use crate::tui::screens::organization::OrganizationScreen;
use crate::tui::screens::organizations::Organizations;
use crate::tui::shared::REFRESH_EVERY;
use crate::tui::theme::Tone;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// How long after a key nothing that is shown moves by itself.
const CALM: SignedDuration = SignedDuration::from_secs(2);

/// The reading of what changed.
#[derive(Debug, Default)]
pub(super) struct Feed {
    /// How far the changes were seen; nothing before the first answer.
    position: Option<ChangesPosition>,
    /// When the session began whose rows are shown.
    began: Timestamp,
    /// The reading in flight.
    reading: Option<CallId>,
    next: Timestamp,
    typed_at: Timestamp,
    failures: u32,
}

impl Feed {
    /// A key was pressed.
    pub(super) fn typed(&mut self, now: Timestamp) {
        self.typed_at = now;
    }

    fn due(&self) -> Timestamp {
        self.next.max(self.typed_at + CALM)
    }
}

/// From now on the rows of another account are shown.
pub(super) fn begin(model: &mut Model) {
    let now = model.shared().now;
    model.feed = Feed { began: now, next: now + REFRESH_EVERY, ..Feed::default() };
    let live = &mut model.desk.shared.live;
    (live.read_at, live.failure) = (now, None);
}

fn can_read(model: &Model) -> bool {
    let shared = model.shared();
    shared.live.is_on
        && model.feed.reading.is_none()
        && model.leaving.is_none()
        && !shared.is_cut_off()
        && !shared.is_signing_out()
        && shared.session.as_ref().is_some_and(|session| !session.is_over)
}

/// When something of it is due.
pub(super) fn next_wake(model: &Model) -> Option<Timestamp> {
    let shared = model.shared();
    let late = Some(shared.live.late_at()).filter(|late| *late > shared.now && shared.age_told().is_none());
    let late = late.filter(|_| shared.session.is_some());
    let due = can_read(model).then(|| model.feed.due());
    due.into_iter().chain(late).min()
}

/// Asks what changed, when it is time and nobody types.
pub(super) fn read_if_due(model: &mut Model) {
    if can_read(model) && model.feed.due() <= model.shared().now {
        read(model);
    }
}

fn read(model: &mut Model) {
    let now = model.shared().now;
    let feed = &model.feed;
    let since = match feed.position {
        Some(position) => ChangesSince::Position(position),
        None => ChangesSince::Ago(now.duration_since(feed.began)),
    };
    let call = ReadChanges { since, at_work: at_work(model) };
    let id = model.desk.call(BoxedCall::of(call));
    model.feed.reading = Some(id);
}

/// What is shown as being at work.
fn at_work(model: &Model) -> Vec<OrganizationId> {
    let layers = model.layers.iter().map(|stacked| &stacked.layer);
    let found =
        layers.flat_map(|layer| match (layer.get::<Organizations>(), layer.get::<OrganizationScreen>()) {
            (Some(list), _) => list.at_work(),
            (None, Some(screen)) => screen.at_work().into_iter().collect(),
            (None, None) => Vec::new(),
        });
    found.collect()
}

/// Whether it is the call of the reading.
pub(super) fn is_own(model: &Model, id: CallId) -> bool {
    model.feed.reading == Some(id)
}

/// What changed is told to every layer; it was asked for at this time.
pub(super) fn came(model: &mut Model, outcome: Outcome, asked: Timestamp) {
    model.feed.reading = None;
    let now = model.shared().now;
    model.feed.next = now + REFRESH_EVERY;
    let changes = match outcome.map(typed::<ReadChanges>) {
        Ok(Some(changes)) => changes,
        Ok(None) => return,
        Err(error) => return failed(model, &error),
    };
    model.feed.failures = 0;
    model.feed.position = Some(changes.next);
    let live = &mut model.desk.shared.live;
    model.is_dirty |= live.failure.is_some() || live.late_at() <= now;
    (live.read_at, live.failure) = (now, None);
    if changes.is_too_much {
        model.is_dirty = true;
        follow::tell(model, None, &Event::Stale);
    } else if !changes.is_empty() {
        model.desk.take_changed();
        follow::tell(model, None, &Event::Live(Arc::new(LiveChanges { changes, asked })));
        model.is_dirty |= model.desk.take_changed();
    }
}

fn failed(model: &mut Model, error: &Error) {
    tracing::info!(code = error.code(), "what changed was not read");
    model.feed.failures += 1;
    model.feed.next = model.shared().now + pause_after(model.feed.failures).max(REFRESH_EVERY);
    model.desk.shared.live.failure = Some(error.to_string());
}

/// Switches it on and off.
pub(super) fn switch(model: &mut Model) {
    let shared = &mut model.desk.shared;
    shared.live.is_on = !shared.live.is_on;
    if shared.live.is_on {
        model.feed.next = shared.now;
        shared.say(Tone::Good, "The console refreshes every 5 s.");
    } else {
        shared.say(Tone::Warning, "The console no longer refreshes by itself. Press w to turn it on.");
    }
}
