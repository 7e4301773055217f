//! The beginning of a stretch of time, as people type it: a time, a day, or how long ago.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// Why a text is no such time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("A time is as 2026-11-24T12:00:00Z, 2026-11-24 (in UTC), or how long ago: 90m, 24h, 7d, 2w.")]
pub struct SinceError;

/// Reads a time: RFC 3339, a date with or without a time of day (in UTC), or a length of time before `now`.
///
/// # Errors
/// [`SinceError`].
pub fn since(text: &str, now: Timestamp) -> Result<Timestamp, SinceError> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    let in_utc = |time: DateTime| time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    if let Some(time) = text.parse::<DateTime>().ok().and_then(in_utc) {
        return Ok(time);
    }
    let ago = text.parse::<Span>().ok().filter(|span| !span.is_negative()).ok_or(SinceError)?;
    let then = now.to_zoned(TimeZone::UTC).checked_sub(ago).map_err(|_| SinceError)?;
    Ok(then.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn read(text: &str) -> Option<String> {
        let now = "2026-11-24T12:00:00Z".parse().unwrap();
        since(text, now).ok().map(|time| time.to_string())
    }

    #[rstest]
    #[case("2026-11-23T10:00:00Z", "2026-11-23T10:00:00Z")]
    #[case("2026-11-23T10:00:00+02:00", "2026-11-23T08:00:00Z")]
    #[case("2026-11-23", "2026-11-23T00:00:00Z")]
    #[case("2026-11-23T10:00", "2026-11-23T10:00:00Z")]
    #[case("2026-11-23 10:00:30", "2026-11-23T10:00:30Z")]
    #[case("90m", "2026-11-24T10:30:00Z")]
    #[case("24h", "2026-11-23T12:00:00Z")]
    #[case(" 7d ", "2026-11-17T12:00:00Z")]
    #[case("2w", "2026-11-10T12:00:00Z")]
    #[case("1d 12h", "2026-11-23T00:00:00Z")]
    fn reads(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(read(text).as_deref(), Some(expected));
    }

    #[rstest]
    fn refuses(
        #[values("", "yesterday", "-7d", "7", "2026-13-01", "2026-02-30", "99999999999y", "10:00")]
        text: &str,
    ) {
        assert_eq!(read(text), None);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,30}|[0-9a-zA-Z:+. -]{0,30}") {
            let _ = read(&text);
        }
    }
}
