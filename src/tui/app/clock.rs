//! When something that is shown changes by itself, or something is due.

use super::Model;
use crate::tui::text;
use jiff::{SignedDuration, Timestamp};

/// Columns and rows below which no screen can do its work.
pub const SMALLEST: (u16, u16) = (40, 10);
/// From here to the end of a session the time is counted by the second.
pub const LAST_MINUTES: SignedDuration = SignedDuration::from_mins(5);

/// What is shown of the time: the time left, whether something is said, the next try, what goes on, and how old the rest is.
type TimeFace = (Option<String>, bool, Option<i64>, Option<String>, Option<String>);

impl Model {
    /// When something that is shown changes by itself, or something is due.
    pub fn next_wake(&self) -> Option<Timestamp> {
        let shared = self.shared();
        let session = shared.session.as_ref().filter(|session| !session.is_over);
        let clock = session.map(|session| clock_changes(session.ends_at, shared.now));
        let notice = shared.notice.as_ref().and_then(|notice| notice.until);
        let outage = shared.calls.outage.as_ref().and_then(|outage| {
            let next = outage.next_try?;
            Some(next.min(whole_seconds_before(next, shared.now)))
        });
        let leaving = self.leaving.as_ref().and_then(|leaving| leaving.signing_out);
        let waiting = shared.calls.told_since().map(|since| seconds_after(since, shared.now)).min();
        let layers = self.layers.iter().filter_map(|stacked| stacked.layer.due());
        let layers = layers.min().filter(|_| self.leaving.is_none());
        let leaving = leaving.map(|(_, until)| until);
        let live = super::live::next_wake(self);
        [clock, notice, outage, leaving, waiting, layers, live].into_iter().flatten().min()
    }

    /// What is shown of the time; drawn anew when it differs.
    pub(super) fn time_face(&self) -> TimeFace {
        let shared = self.shared();
        let countdown = shared.calls.outage.as_ref().map(|outage| outage.seconds(shared.now));
        let label = shared.calls.label(shared.now);
        let left = shared.time_left().map(text::time_left);
        (left, shared.notice.is_some(), countdown, label, shared.age_told())
    }
}

/// Lets every layer do what is due by now.
pub(super) fn wake_layers(model: &mut Model) {
    if model.leaving.is_some() {
        return;
    }
    let now = model.desk.shared.now;
    for stacked in &mut model.layers {
        if stacked.layer.due().is_some_and(|due| due <= now) {
            stacked.layer.on_due(stacked.id, &mut model.desk);
            model.is_dirty = true;
        }
    }
}

/// When the words for the time left change next: at the minute, in the last minutes at the second.
fn clock_changes(end: Timestamp, now: Timestamp) -> Timestamp {
    let left = end.duration_since(now);
    let step = if left > LAST_MINUTES { 60_000 } else { 1_000 };
    let past = (left.as_millis() - 1).rem_euclid(step) + 1;
    let step = i64::try_from(past).unwrap_or(1_000).max(1);
    now + SignedDuration::from_millis(step)
}

fn whole_seconds_before(then: Timestamp, now: Timestamp) -> Timestamp {
    let left = then.duration_since(now).as_millis();
    let past = (left - 1).rem_euclid(1_000) + 1;
    now + SignedDuration::from_millis(i64::try_from(past).unwrap_or(1_000))
}

fn seconds_after(since: Timestamp, now: Timestamp) -> Timestamp {
    let gone = now.duration_since(since).as_millis();
    let rest = 1_000 - gone.rem_euclid(1_000);
    now + SignedDuration::from_millis(i64::try_from(rest).unwrap_or(1_000))
}
