//! When something that is shown changes by itself, or something is due.

use super::Model;
use crate::tui::text;
use jiff::{SignedDuration, Timestamp};

/// Columns and rows below which no screen can do its work.
pub const SMALLEST: (u16, u16) = (40, 10);
/// From here to the end of a session the time is counted by the second.
pub const LAST_MINUTES: SignedDuration = SignedDuration::from_mins(5);

impl Model {
    /// When something that is shown changes by itself, or something is due.
    pub fn next_wake(&self) -> Option<Timestamp> {
        let shared = self.shared();
        let session = shared.session.as_ref().filter(|session| !session.is_over);
        let clock = session.map(|session| clock_changes(session.ends_at, shared.now));
        let notice = shared.notice.as_ref().map(|notice| notice.until);
        let outage = shared.calls.outage.as_ref().and_then(|outage| {
            let next = outage.next_try?;
            Some(next.min(whole_seconds_before(next, shared.now)))
        });
        let leaving = self.leaving.as_ref().and_then(|leaving| leaving.signing_out);
        let waiting = shared.calls.told_since().map(|since| seconds_after(since, shared.now)).min();
        let blind =
            (shared.size.0 == 0 || shared.size.1 == 0).then(|| shared.now + SignedDuration::from_secs(1));
        [clock, notice, outage, leaving.map(|(_, until)| until), waiting, blind].into_iter().flatten().min()
    }

    /// What is shown of the time; drawn anew when it differs.
    pub(super) fn time_face(&self) -> (Option<String>, bool, Option<i64>, Option<String>) {
        let shared = self.shared();
        let countdown = shared.calls.outage.as_ref().map(|outage| outage.seconds(shared.now));
        let label = shared.calls.label(shared.now);
        (shared.time_left().map(text::time_left), shared.notice.is_some(), countdown, label)
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
