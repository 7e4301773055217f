//! Text as it is shown: visible, cut to a width, wrapped; numbers, sizes and times in words.

use crate::domain::text::visible;
pub use crate::domain::text::{bytes, count, documents};
use jiff::{SignedDuration, Timestamp};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The columns that a text takes once its control characters are visible.
pub fn width(text: &str) -> usize {
    visible(text).width()
}

/// A text of at most `width` columns, cut in the middle, where names differ least.
pub fn fit_middle(text: &str, columns: usize, ellipsis: &str) -> String {
    let text = visible(text);
    if text.width() <= columns {
        return text.into_owned();
    }
    let room = columns.saturating_sub(ellipsis.width());
    if room == 0 {
        return take(text.graphemes(true), columns);
    }
    let head = take(text.graphemes(true), room.div_ceil(2));
    let tail: String = take(text.graphemes(true).rev(), room - head.width()).graphemes(true).rev().collect();
    format!("{head}{ellipsis}{tail}")
}

/// A text of at most `width` columns, cut at its end.
pub fn fit_end(text: &str, columns: usize, ellipsis: &str) -> String {
    let text = visible(text);
    if text.width() <= columns {
        return text.into_owned();
    }
    let mut cut = take(text.graphemes(true), columns.saturating_sub(ellipsis.width()));
    if cut.width() + ellipsis.width() <= columns {
        cut.push_str(ellipsis);
    }
    cut
}

fn take<'a>(graphemes: impl Iterator<Item = &'a str>, columns: usize) -> String {
    let mut taken = String::new();
    let mut used = 0;
    for grapheme in graphemes {
        used += grapheme.width();
        if used > columns {
            break;
        }
        taken.push_str(grapheme);
    }
    taken
}

/// Lines of at most `width` columns, broken between words, and within words that are longer.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let text = visible(text);
    let columns = columns.max(1);
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let mut rest = word.to_owned();
        while let Some(line) = lines.last_mut() {
            let gap = usize::from(!line.is_empty());
            if line.width() + gap + rest.width() <= columns {
                if gap == 1 {
                    line.push(' ');
                }
                line.push_str(&rest);
                break;
            }
            if line.is_empty() {
                let head = take(rest.graphemes(true), columns);
                if head.is_empty() {
                    break;
                }
                rest = rest.split_off(head.len());
                line.push_str(&head);
            }
            lines.push(String::new());
        }
    }
    lines
}

/// `2025-11-30`, in UTC.
pub fn date(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}

/// `2025-11-30 09:12`, in UTC.
pub fn minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M").to_string()
}

/// `2025-11-30 09:12:44 UTC`.
pub fn moment(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// `14:43:10`, in UTC.
pub fn second(time: Timestamp) -> String {
    time.strftime("%H:%M:%S").to_string()
}

/// `14:02`, in UTC.
pub fn clock(time: Timestamp) -> String {
    time.strftime("%H:%M UTC").to_string()
}

/// `11 months ago`, `yesterday`, `just now`.
pub fn ago(now: Timestamp, then: Timestamp) -> String {
    let seconds = now.duration_since(then).as_secs();
    let (amount, unit) = match seconds {
        ..60 => return "just now".to_owned(),
        60..3_600 => (seconds / 60, "minute"),
        3_600..86_400 => (seconds / 3_600, "hour"),
        86_400..172_800 => return "yesterday".to_owned(),
        172_800..5_184_000 => (seconds / 86_400, "day"),
        5_184_000..63_072_000 => (seconds / 2_629_800, "month"),
        _ => (seconds / 31_557_600, "year"),
    };
    format!("{amount} {unit}{} ago", if amount == 1 { "" } else { "s" })
}

/// `now`, `12 min`, `3 h`, `9 d`, `3 w`, `11 mo`, `2 y`: an age for a column.
pub fn age(now: Timestamp, then: Timestamp) -> String {
    let seconds = now.duration_since(then).as_secs();
    let (amount, unit) = match seconds {
        ..60 => return "now".to_owned(),
        60..3_600 => (seconds / 60, "min"),
        3_600..86_400 => (seconds / 3_600, "h"),
        86_400..1_209_600 => (seconds / 86_400, "d"),
        1_209_600..4_838_400 => (seconds / 604_800, "w"),
        4_838_400..63_072_000 => (seconds / 2_629_800, "mo"),
        _ => (seconds / 31_557_600, "y"),
    };
    format!("{amount} {unit}")
}

/// `Today`, `Wednesday, 19 November`, `14 September 2025`: the day in UTC, as a head.
pub fn day(now: Timestamp, then: Timestamp) -> String {
    let day = |format| then.strftime(format).to_string();
    if date(now) == date(then) {
        "Today".to_owned()
    } else if now.strftime("%Y").to_string() == day("%Y") {
        day("%A, %-d %B")
    } else {
        day("%-d %B %Y")
    }
}

/// `14:39`, in UTC.
pub fn time(time: Timestamp) -> String {
    time.strftime("%H:%M").to_string()
}

/// `1 h 12 min`, `24 min`, and in the last five minutes `4:31 left`. Rounded up, so that it ends at nought.
pub fn time_left(left: SignedDuration) -> String {
    let seconds = crate::service::error::whole_seconds(left).max(0);
    let minutes = (seconds + 59) / 60;
    match seconds {
        0..=300 => format!("{}:{:02} left", seconds / 60, seconds % 60),
        _ if minutes >= 60 => format!("{} h {:02} min", minutes / 60, minutes % 60),
        _ => format!("{minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_in_the_middle_by_columns_and_whole_characters() {
        assert_eq!(fit_middle("short", 5, "…"), "short");
        assert_eq!(fit_middle("abcdefgh", 5, "…"), "ab…gh");
        assert_eq!(fit_middle("日本商店です", 7, "…"), "日…です");
        assert_eq!(fit_middle("a\u{1b}b", 3, "…"), "a␛b");
        assert_eq!(fit_middle("abcdefgh", 0, "…"), "");
        assert_eq!(fit_middle("abcdefgh", 1, "..."), "a");
        assert_eq!(fit_end("abcdefgh", 5, "…"), "abcd…");
    }

    #[test]
    fn wraps_between_words_and_within_long_ones() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("", 3), [""]);
    }

    #[test]
    fn numbers_and_sizes() {
        assert_eq!(
            [0, 999, 1_000, 12_408, 1_234_567].map(count),
            ["0", "999", "1,000", "12,408", "1,234,567"]
        );
        assert_eq!(
            [0, 1_023, 1_024, 32_715_571, u64::MAX].map(bytes),
            ["0 B", "1023 B", "1.0 KiB", "31.1 MiB", "16383 PiB"]
        );
    }

    #[test]
    fn times_in_words() {
        let now: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        let before = |seconds| ago(now, now - SignedDuration::from_secs(seconds));
        assert_eq!(before(-5), "just now");
        assert_eq!(before(60), "1 minute ago");
        assert_eq!(before(7_200), "2 hours ago");
        assert_eq!(before(90_000), "yesterday");
        assert_eq!(before(86_400 * 359), "11 months ago");
        assert_eq!(before(86_400 * 800), "2 years ago");
        let since = |seconds| age(now, now - SignedDuration::from_secs(seconds));
        let ages = [-5, 59, 60, 3_599, 7_200, 86_400 * 13, 86_400 * 14, 86_400 * 56, 86_400 * 800].map(since);
        assert_eq!(ages, ["now", "now", "1 min", "59 min", "2 h", "13 d", "2 w", "1 mo", "2 y"]);
        let days = ["2026-11-24T00:00:00Z", "2026-11-19T09:02:00Z", "2025-09-14T08:11:00Z"];
        let days = days.map(|then| day(now, then.parse().unwrap()));
        assert_eq!(days, ["Today", "Thursday, 19 November", "14 September 2025"]);
        let left = |seconds| time_left(SignedDuration::from_secs(seconds));
        assert_eq!(left(1_800), "30 min");
        assert_eq!(left(1_741), "30 min");
        assert_eq!(left(1_740), "29 min");
        assert_eq!(left(301), "6 min");
        assert_eq!(left(300), "5:00 left");
        assert_eq!(left(0), "0:00 left");
        assert_eq!(left(4_320), "1 h 12 min");
    }
}
