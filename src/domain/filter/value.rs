//! The values that a field of a filter is compared with.

use super::{Facts, Field, FilterError, Record, SignIn, SizeFact};
use crate::domain::Status;
use crate::domain::search::{SearchText, fold};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};

/// One value that a word asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Criterion {
    /// The folded text to search for.
    Text(String),
    /// The whole state.
    State(Status),
    /// The collection of an organization at rest is missing.
    Missing,
    /// A time in this period.
    In(Period),
    /// It never happened.
    Never,
    /// A number in this range.
    Number(Range),
}

/// From a time on, and before another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    from: Timestamp,
    before: Timestamp,
}

impl Period {
    fn contains(self, at: Timestamp) -> bool {
        self.from <= at && at < self.before
    }
}

/// Two numbers and all between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    least: u64,
    most: u64,
}

impl Criterion {
    /// Whether a record has this value in the field.
    pub(super) fn is_met(
        &self,
        field: Option<Field>,
        text: &SearchText<'_>,
        record: &Record,
        facts: &Facts,
    ) -> bool {
        match (self, field) {
            (Self::Text(word), Some(Field::Name)) => text.name.contains(word),
            (Self::Text(word), Some(Field::Email)) => text.email.contains(word),
            (Self::Text(word), Some(Field::Collection)) => text.collection.contains(word),
            (Self::Text(word), Some(Field::Id)) => text.id_begins(word),
            (Self::Text(word), _) => text.contains(word),
            (Self::State(status), _) => record.status == *status,
            (Self::Missing, _) => record.is_at_rest && facts.size == SizeFact::Missing,
            (Self::In(period), Some(Field::Created)) => period.contains(record.created_at),
            (Self::In(period), Some(Field::Changed)) => period.contains(record.updated_at),
            (Self::In(period), _) => matches!(facts.signed_in, SignIn::At(at) if period.contains(at)),
            (Self::Never, _) => facts.signed_in == SignIn::Never,
            (Self::Number(range), field) => match facts.size {
                SizeFact::Is(size) => {
                    let number =
                        if field == Some(Field::Documents) { size.documents } else { size.data_bytes };
                    (range.least..=range.most).contains(&number)
                }
                SizeFact::Unread | SizeFact::Unknown | SizeFact::Missing => false,
            },
        }
    }
}

/// Parses the value of a field; `None` while it is still being typed.
pub(super) fn parse(
    field: Option<Field>,
    text: &str,
    now: Timestamp,
) -> Result<Option<Criterion>, FilterError> {
    let Some(field) = field else { return Ok(word(text)) };
    let unfinished = text.trim_start_matches(['<', '>', '=']).is_empty();
    match field {
        Field::Name | Field::Email | Field::Collection | Field::Id => Ok(word(text)),
        _ if unfinished => Ok(None),
        Field::State => match (text.to_lowercase().as_str(), text.to_lowercase().parse::<Status>()) {
            ("missing", _) => Ok(Some(Criterion::Missing)),
            (_, Ok(status)) => Ok(Some(Criterion::State(status))),
            (word, Err(_)) => Err(FilterError::UnknownState(word.to_owned())),
        },
        Field::SignIn if text.eq_ignore_ascii_case("none") => Ok(Some(Criterion::Never)),
        Field::Created | Field::Changed | Field::SignIn => match period(text, now) {
            Some(period) => Ok(Some(Criterion::In(period))),
            None => Err(FilterError::Value(field, text.to_owned())),
        },
        Field::Documents | Field::Size => match range(text, field == Field::Size) {
            Some(range) => Ok(Some(Criterion::Number(range))),
            None => Err(FilterError::Value(field, text.to_owned())),
        },
    }
}

fn word(text: &str) -> Option<Criterion> {
    Some(Criterion::Text(fold(text).into_owned())).filter(|_| !text.is_empty())
}

/// A comparison before a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compare {
    Equal,
    Less,
    AtMost,
    More,
    AtLeast,
}

fn compared(text: &str) -> (Compare, &str) {
    for (sign, compare) in [
        (">=", Compare::AtLeast),
        ("<=", Compare::AtMost),
        (">", Compare::More),
        ("<", Compare::Less),
        ("=", Compare::Equal),
    ] {
        if let Some(rest) = text.strip_prefix(sign) {
            return (compare, rest);
        }
    }
    (Compare::Equal, text)
}

/// `>7d` is older than seven days, `<7d` younger; dates and times compare as themselves, in UTC, a day or a month as a
/// whole.
fn period(text: &str, now: Timestamp) -> Option<Period> {
    let whole = Period { from: Timestamp::MIN, before: Timestamp::MAX };
    if let Some((from, until)) = text.split_once("..") {
        return Some(Period { from: moment(from)?.from, before: moment(until)?.before });
    }
    let (compare, value) = compared(text);
    if let Some(moment) = moment(value) {
        return Some(match compare {
            Compare::Equal => moment,
            Compare::Less => Period { before: moment.from, ..whole },
            Compare::AtMost => Period { before: moment.before, ..whole },
            Compare::More => Period { from: moment.before, ..whole },
            Compare::AtLeast => Period { from: moment.from, ..whole },
        });
    }
    let age = value.parse::<Span>().ok().filter(|age| !age.is_negative())?;
    let then = now.to_zoned(TimeZone::UTC).checked_sub(age).ok()?.timestamp();
    match compare {
        Compare::More | Compare::AtLeast => Some(Period { before: then, ..whole }),
        Compare::Less | Compare::AtMost => Some(Period { from: then, ..whole }),
        // It could mean either.
        Compare::Equal => None,
    }
}

/// A day, a month, or a second.
fn moment(text: &str) -> Option<Period> {
    let utc = |date: Date| date.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    let days = |first: Date, last: Option<Date>| Some(Period { from: utc(first)?, before: utc(last?)? });
    if text.len() == 7
        && let Ok(first) = format!("{text}-01").parse::<Date>()
    {
        return days(first, first.checked_add(1.month()).ok());
    }
    if text.len() == 10
        && let Ok(day) = text.parse::<Date>()
    {
        return days(day, day.tomorrow().ok());
    }
    let at = text.parse::<Timestamp>().ok()?;
    Some(Period { from: at, before: at.checked_add(1.second()).ok()? })
}

/// Numbers; those of a size may have a unit, by 1,024, and need a comparison: nobody knows the exact bytes.
fn range(text: &str, is_size: bool) -> Option<Range> {
    let number = |text: &str| if is_size { bytes(text) } else { text.parse::<u64>().ok() };
    if let Some((least, most)) = text.split_once("..") {
        return Some(Range { least: number(least)?, most: number(most)? });
    }
    let (compare, value) = compared(text);
    let value = number(value)?;
    let (least, most) = match compare {
        Compare::Equal if is_size && value > 0 => return None,
        Compare::Equal => (value, value),
        Compare::Less => (0, value.checked_sub(1)?),
        Compare::AtMost => (0, value),
        Compare::More => (value.checked_add(1)?, u64::MAX),
        Compare::AtLeast => (value, u64::MAX),
    };
    Some(Range { least, most })
}

/// `500`, `1.5g`, `20 MiB` without the space: in steps of 1,024.
fn bytes(text: &str) -> Option<u64> {
    let text = text.to_lowercase();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let power = match unit {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 1,
        "m" | "mb" | "mib" => 2,
        "g" | "gb" | "gib" => 3,
        "t" | "tb" | "tib" => 4,
        _ => return None,
    };
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    let factor = 1_024_u64.checked_pow(power)?;
    let digits = u32::try_from(decimals.len()).ok().filter(|digits| (1..=6).contains(digits))?;
    let part = factor.checked_mul(decimals.parse().ok()?)? / 10_u64.pow(digits);
    whole.parse::<u64>().ok()?.checked_mul(factor)?.checked_add(part)
}
