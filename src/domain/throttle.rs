//! How long a sign-in has to wait after how many tries (OWASP Authentication Cheat Sheet, account lockout; never a
//! lock for good). The counting itself is the store's, so that no process resets it.

use super::name::hexadecimal;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

/// The try that sets the first wait: four mistakes cost nothing.
pub const FREE_TRIES: i64 = 5;
/// The count starts anew this long after the last counted try.
pub const FORGET_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// The longest wait.
pub const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(5);

/// The wait that the `count`-th counted try sets: none below [`FREE_TRIES`], then 1 s, doubling to
/// [`LONGEST_WAIT`].
pub fn wait_after(count: i64) -> SignedDuration {
    if count < FREE_TRIES {
        return SignedDuration::ZERO;
    }
    let doublings = u32::try_from(count - FREE_TRIES).unwrap_or(u32::MAX).min(20);
    SignedDuration::from_secs(1_i64 << doublings).min(LONGEST_WAIT)
}

/// Whether a wait that ends at `until` is on at `now`. One that would last longer than any was set by a clock that
/// has been put back since: it is none, or nobody could sign in until that time comes again.
pub fn is_waiting(until: Timestamp, now: Timestamp) -> bool {
    until > now && until.duration_since(now) <= LONGEST_WAIT
}

/// By what tries are counted: the SHA-256 of the email key in hexadecimal, whether an account has it or not.
pub fn throttle_id(email_key: &str) -> String {
    hexadecimal(&Sha256::digest(email_key.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_begin_at_the_fifth_try_and_double_to_five_minutes() {
        let waits: Vec<i64> = (0..=15).map(|count| wait_after(count).as_secs()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(wait_after(i64::MAX), LONGEST_WAIT);
        assert_eq!(wait_after(-1), SignedDuration::ZERO);
    }
}
