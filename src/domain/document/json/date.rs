//! Dates in JSON: a moment in UTC with milliseconds.

use jiff::ToSpan as _;
use jiff::civil::{Date, Time};
use std::fmt::{self, Write};

/// Milliseconds of the years that are written as text: from 1970 to 9999.
const WRITTEN: std::ops::RangeInclusive<i64> = 0..=253_402_300_799_999;
const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
const EPOCH: Date = Date::constant(1970, 1, 1);

/// Writes a moment such as `2026-03-04T05:06:07.500Z`, without a fraction where it is zero. Returns false, and writes
/// nothing, for years that have no text.
pub(super) fn write_date(out: &mut impl Write, milliseconds: i64) -> Result<bool, fmt::Error> {
    if !WRITTEN.contains(&milliseconds) {
        return Ok(false);
    }
    let Ok(day) = EPOCH.checked_add((milliseconds / DAY).days()) else { return Ok(false) };
    let clock = milliseconds % DAY;
    let (minutes, fraction) = (clock / MINUTE, clock % 1000);
    write!(out, "{:04}-{:02}-{:02}", day.year(), day.month(), day.day())?;
    write!(out, "T{:02}:{:02}:{:02}", minutes / 60, minutes % 60, clock % MINUTE / 1000)?;
    if fraction != 0 {
        write!(out, ".{fraction:03}")?;
    }
    out.write_char('Z')?;
    Ok(true)
}

/// Milliseconds since 1970 of a text with date, time and zone; `None` for any other. Digits beyond milliseconds are cut
/// off.
pub(in crate::domain::document) fn read_date(text: &str) -> Option<i64> {
    let (date, time) = text.split_once('T')?;
    let day = read_day(date)?;
    let zone_at = time.find(['Z', '+', '-'])?;
    let (clock, zone) = time.split_at(zone_at);
    let (clock, fraction) = match clock.split_once('.') {
        Some((_, fraction)) if fraction.is_empty() || !is_digits(fraction) => return None,
        Some((clock, fraction)) => (clock, fraction),
        None => (clock, ""),
    };
    let mut parts = clock.split(':').map(two_digits);
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() {
        return None;
    }
    let cut: String = fraction.chars().chain("000".chars()).take(3).collect();
    Time::new(hour, minute, second, 0).ok()?;
    let minutes = i64::from(hour) * 60 + i64::from(minute);
    let clock = minutes * MINUTE + i64::from(second) * 1000 + cut.parse::<i64>().ok()?;
    Some(start_of_day(day) + clock - read_zone(zone)?)
}

/// A day such as `2026-03-04`.
pub(in crate::domain::document) fn read_day(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 || !is_digits(year) {
        return None;
    }
    Date::new(year.parse().ok()?, two_digits(month)?, two_digits(day)?).ok()
}

/// Milliseconds since 1970 at the beginning of a day in UTC.
pub(in crate::domain::document) fn start_of_day(day: Date) -> i64 {
    let days = EPOCH.until(day).map(|span| i64::from(span.get_days())).unwrap_or_default();
    days * DAY
}

/// What a zone is ahead of UTC, in milliseconds: `Z`, `+05:30` or `+0530`.
fn read_zone(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits = text.get(1..)?;
    let (hours, minutes) = digits.split_once(':').or_else(|| digits.split_at_checked(2))?;
    let (hours, minutes) = (i64::from(two_digits(hours)?), i64::from(two_digits(minutes)?));
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes) * MINUTE)
}

fn two_digits(text: &str) -> Option<i8> {
    if text.len() == 2 && is_digits(text) { text.parse().ok() } else { None }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}
