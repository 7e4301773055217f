//! The start of a period as people type it: a time, a day, or how long ago.

use super::text::quoted;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};

/// Why a text is not such a time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SinceError {
    /// Not a known format.
    #[error("Not a time: {}. Write 7d, 24h, 2026-11-24, 2026-11-24T12:00Z or 2026-11-24T12:00[Europe/Berlin].", quoted(.0))]
    Form(String),
    /// A time in an unknown zone, or in a zone that contradicts its offset.
    #[error("Not a time: {} ({}).", quoted(.0), .1)]
    Zone(String, String),
}

/// Reads a time: RFC 3339, a date with or without a time of day (in UTC), the same in a zone (RFC 9557), or a duration
/// before `now`. If clocks go back and a zone has a time twice, it means the first one.
///
/// # Errors
/// [`SinceError`].
pub fn since(text: &str, now: Timestamp) -> Result<Timestamp, SinceError> {
    let text = text.trim();
    let form = || SinceError::Form(text.to_owned());
    // The other formats would ignore the zone.
    if text.contains('[') {
        let zoned = text.parse::<Zoned>();
        return zoned
            .map(|zoned| zoned.timestamp())
            .map_err(|error| SinceError::Zone(text.to_owned(), error.to_string()));
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    let in_utc = |time: DateTime| time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    if let Some(time) = text.parse::<DateTime>().ok().and_then(in_utc) {
        return Ok(time);
    }
    let ago = text.parse::<Span>().ok().filter(|span| !span.is_negative()).ok_or_else(form)?;
    let then = now.to_zoned(TimeZone::UTC).checked_sub(ago).map_err(|_| form())?;
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
    #[case("2026-10-25T02:30[Europe/Berlin]", "2026-10-25T00:30:00Z")]
    #[case("2026-10-25T02:30:00+01:00[Europe/Berlin]", "2026-10-25T01:30:00Z")]
    #[case("2026-07-01 09:00[America/New_York]", "2026-07-01T13:00:00Z")]
    #[case("2026-07-01T09:00Z[America/New_York]", "2026-07-01T09:00:00Z")]
    #[case("2026-07-01[Asia/Tokyo]", "2026-06-30T15:00:00Z")]
    #[case("2026-07-01T09:00[UTC]", "2026-07-01T09:00:00Z")]
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

    #[rstest]
    #[case("2026-10-25T02:30[Europe/Nowhere]", "Europe/Nowhere")]
    #[case("2026-07-01T09:00+09:00[Europe/Berlin]", "+09")]
    #[case("2026-07-01T09:00[Europe/Berlin", "2026-07-01T09:00[Europe/Berlin")]
    fn refusal_names_the_zone(#[case] text: &str, #[case] named: &str) {
        let refused = since(text, Timestamp::UNIX_EPOCH).unwrap_err().to_string();
        assert!(refused.contains(named), "{refused}");
    }

    proptest! {
        #[test]
        fn parsing_a_time_never_panics(text in "\\PC{0,30}|[0-9a-zA-Z:+. -]{0,30}") {
            let _ = read(&text);
        }
    }
}
