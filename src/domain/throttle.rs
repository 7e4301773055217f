//! How attempts are counted and how long they wait (OWASP Authentication Cheat Sheet, account lockout, but never a
//! permanent lock). The store counts, so that no process resets the count.

use super::AccountId;
use super::name::hexadecimal;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The first failure with a wait; four mistakes cost nothing. Also the number of attempts of one key at a time.
pub const FREE_TRIES: i64 = 5;
/// The count is reset this long after the last failure.
pub const FORGET_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// The longest wait.
pub const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(5);
/// A place that is not given back is released after this time.
pub const PLACE_LASTS: SignedDuration = SignedDuration::from_secs(30);

/// Failed sign-ins of the whole store within [`FAILURE_WINDOW`]; above that, sign-ins are verified one by one.
pub const FREE_FAILURES: i64 = 300;
/// How long a failed sign-in counts for the whole store.
pub const FAILURE_WINDOW: SignedDuration = SignedDuration::from_mins(10);
/// The interval between sign-ins after too many failures: five a second.
pub const PACE: SignedDuration = SignedDuration::from_millis(200);
/// How long a sign-in may wait in the queue.
pub const LONGEST_LINE: SignedDuration = SignedDuration::from_secs(5);

/// Organizations that can be registered without a session within [`REGISTRATION_WINDOW`].
pub const FREE_REGISTRATIONS: i64 = 60;
/// How long a registration counts.
pub const REGISTRATION_WINDOW: SignedDuration = SignedDuration::from_hours(1);

/// The wait after the `count`-th failure: none below [`FREE_TRIES`], then 1 s, doubling up to [`LONGEST_WAIT`].
pub fn wait_after(count: i64) -> SignedDuration {
    if count < FREE_TRIES {
        return SignedDuration::ZERO;
    }
    let doublings = u32::try_from(count - FREE_TRIES).unwrap_or(u32::MAX).min(20);
    SignedDuration::from_secs(1_i64 << doublings).min(LONGEST_WAIT)
}

/// How many attempts may run at a time after `count` failures, so that parallel guesses gain nothing.
pub fn places_after(count: i64) -> i64 {
    FREE_TRIES.saturating_sub(count).max(1)
}

/// Whether a wait until `until` is active at `now`. A wait longer than the longest one was set by a clock that has
/// been corrected since; it counts as none, or nobody could sign in until that time.
pub fn is_waiting(until: Timestamp, now: Timestamp) -> bool {
    until > now && until.duration_since(now) <= LONGEST_WAIT
}

/// When the next sign-in of a slowed store is verified, if the previous one got `last`. `None` when the queue is
/// longer than [`LONGEST_LINE`]. A `last` beyond any queue was set by a clock that has been corrected since.
pub fn next_turn(last: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let longest = now.saturating_add(LONGEST_LINE).unwrap_or(now);
    if last > longest.saturating_add(PACE).unwrap_or(longest) {
        return Some(now);
    }
    let next = last.saturating_add(PACE).unwrap_or(last).max(now);
    (next <= longest).then_some(next)
}

/// Groups attempts that are counted together: the SHA-256 of their target, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThrottleKey {
    id: String,
    is_sign_in: bool,
}

impl ThrottleKey {
    /// Sign-ins with an email key, whether or not an account has it.
    pub fn sign_in(email_key: &str) -> Self {
        Self { id: digest(email_key), is_sign_in: true }
    }

    /// Current passwords given with changes of one's own account. Someone who guesses them in a stolen session does
    /// not block sign-ins.
    pub fn current_password(email_key: &str) -> Self {
        // No email key contains a control character.
        Self { id: digest(&format!("current password\n{email_key}")), is_sign_in: false }
    }

    /// Names and emails of others that an admin asked for.
    pub fn taken_values(account: AccountId) -> Self {
        Self { id: digest(&format!("taken values\n{}", account.0)), is_sign_in: false }
    }

    /// The id of its row.
    pub fn as_str(&self) -> &str {
        &self.id
    }

    /// Whether its failures are failed sign-ins, which also count for the whole store.
    pub fn is_sign_in(&self) -> bool {
        self.is_sign_in
    }
}

fn digest(text: &str) -> String {
    hexadecimal(&Sha256::digest(text.as_bytes()))
}

/// A running attempt: it takes a place before the verification, so that parallel guesses count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The key that counts the attempt.
    pub key: ThrottleKey,
    /// Identifies it.
    pub id: Uuid,
}

impl Place {
    /// A place to ask the store for.
    pub fn of(key: ThrottleKey) -> Self {
        Self { key, id: Uuid::new_v4() }
    }
}

/// An event that is counted for the whole store. Each one is a row whose id sorts by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Event {
    /// A failed sign-in.
    Failure,
    /// A registration without a session.
    Registration,
}

impl Event {
    /// How long it counts.
    pub fn window(self) -> SignedDuration {
        match self {
            Self::Failure => FAILURE_WINDOW,
            Self::Registration => REGISTRATION_WINDOW,
        }
    }

    /// The row id of an event at a time.
    pub fn row(self, at: Timestamp) -> String {
        format!("{}:{}", self.prefix(at), Uuid::new_v4().simple())
    }

    /// The ids of the events that count at `now`: after the first, before the second. Events from a clock that was
    /// ahead do not count.
    pub fn range(self, now: Timestamp) -> (String, String) {
        let begin = now.saturating_sub(self.window()).unwrap_or(Timestamp::MIN);
        // A clock that is only a little ahead writes events that count here.
        let end = now.saturating_add(super::session::LEEWAY).unwrap_or(Timestamp::MAX);
        (self.prefix(begin) + ";", self.prefix(end) + ";")
    }

    /// The time in the id of a row.
    pub fn time_of(row: &str) -> Option<Timestamp> {
        Timestamp::from_millisecond(row.split(':').nth(1)?.parse().ok()?).ok()
    }

    fn prefix(self, at: Timestamp) -> String {
        let kind: &str = self.into();
        // Fixed width, so that text sorts like time.
        format!("{kind}:{:014}", at.as_millisecond().max(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millisecond: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + millisecond).unwrap()
    }

    #[test]
    fn waits_start_at_the_fifth_failure_and_double_up_to_five_minutes() {
        let waits: Vec<i64> = (0..=15).map(|count| wait_after(count).as_secs()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(wait_after(i64::MAX), LONGEST_WAIT);
        assert_eq!(wait_after(-1), SignedDuration::ZERO);
    }

    #[test]
    fn failures_reduce_places_to_one() {
        let places: Vec<i64> = (0..=7).map(places_after).collect();
        assert_eq!(places, [5, 4, 3, 2, 1, 1, 1, 1]);
    }

    #[test]
    fn queue_moves_five_a_second_and_is_five_seconds_long() {
        assert_eq!(next_turn(Timestamp::UNIX_EPOCH, at(0)), Some(at(0)));
        assert_eq!(next_turn(at(0), at(0)), Some(at(200)));
        assert_eq!(next_turn(at(0), at(150)), Some(at(200)));
        assert_eq!(next_turn(at(0), at(900)), Some(at(900)));
        assert_eq!(next_turn(at(4_800), at(0)), Some(at(5_000)));
        assert_eq!(next_turn(at(5_000), at(0)), None);
        assert_eq!(next_turn(at(3_600_000), at(0)), Some(at(0)), "of a clock that was put back");
    }

    #[test]
    fn events_count_for_their_window() {
        let (begin, end) = Event::Failure.range(at(600_000));
        let counts = |row: &String| *row > begin && *row < end;
        assert!(!counts(&Event::Failure.row(at(0))));
        assert!(counts(&Event::Failure.row(at(1))));
        assert!(counts(&Event::Failure.row(at(600_000))));
        assert!(!counts(&Event::Failure.row(at(10_000_000))), "of a clock that was ahead");
        assert!(!counts(&Event::Registration.row(at(1))));
        assert_eq!(Event::time_of(&Event::Registration.row(at(7))), Some(at(7)));
    }

    #[test]
    fn each_counter_has_its_own_rows() {
        let account = AccountId(Uuid::nil());
        let keys = [
            ThrottleKey::sign_in("ann@x"),
            ThrottleKey::current_password("ann@x"),
            ThrottleKey::taken_values(account),
        ];
        assert_eq!(keys.each_ref().map(ThrottleKey::is_sign_in), [true, false, false]);
        assert!(keys[0].id != keys[1].id && keys[1].id != keys[2].id && keys[0].id != keys[2].id);
    }
}
