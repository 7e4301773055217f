//! Characters that are not allowed in names, and characters that must not reach a terminal unchanged.
//!
//! Owns the classification and the visible marks. Knows nothing about widths or screens.

use icu_properties::props::{
    BidiControl, CanonicalCombiningClass, DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup,
    IndicSyllabicCategory, JoiningType,
};
use icu_properties::{CodePointMapData, CodePointSetData};
use std::borrow::Cow;
use std::fmt::Write as _;
use unicode_normalization::UnicodeNormalization;

/// The general category of a character (Unicode Standard, section 4.5).
pub fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

/// Whether a character is a control (Cc), format (Cf) or surrogate (Cs) character, or is not drawn at all
/// (`Default_Ignorable_Code_Point`).
pub fn is_hidden(c: char) -> bool {
    matches!(category(c), GeneralCategory::Control | GeneralCategory::Format | GeneralCategory::Surrogate)
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// Whether a character is a letter of any script.
pub fn is_letter(c: char) -> bool {
    GeneralCategoryGroup::Letter.contains(category(c))
}

/// Whether a character combines with the one before it.
pub fn is_mark(c: char) -> bool {
    GeneralCategoryGroup::Mark.contains(category(c))
}

/// Whether a character is the zero width non-joiner or joiner, which selects the form of a letter in some scripts.
pub fn is_joiner(c: char) -> bool {
    matches!(c, ZERO_WIDTH_NON_JOINER | ZERO_WIDTH_JOINER)
}

const ZERO_WIDTH_NON_JOINER: char = '\u{200c}';
const ZERO_WIDTH_JOINER: char = '\u{200d}';

/// Whether a joiner between these texts changes the letters around it, and so is allowed there: UAX 31, section 2.3.1,
/// rules A1 (a break in a cursive connection), A2 and B (a conjunct).
pub fn joins(before: &str, joiner: char, after: &str) -> bool {
    let may_follow = |rule: fn(char) -> bool, skipped: fn(char) -> bool| {
        after.chars().find(|c| is_hidden(*c) || !skipped(*c)).is_some_and(rule)
    };
    match joiner {
        ZERO_WIDTH_NON_JOINER => {
            let connects = before.chars().rev().find(|c| is_hidden(*c) || !is_transparent(*c));
            let is_cursive = connects
                .is_some_and(|c| joins_as(c, &[JoiningType::DualJoining, JoiningType::LeftJoining]))
                && may_follow(
                    |c| joins_as(c, &[JoiningType::DualJoining, JoiningType::RightJoining]),
                    is_transparent,
                );
            is_cursive || (ends_in_virama(before) && may_follow(is_letter, is_reordered))
        }
        ZERO_WIDTH_JOINER => {
            let is_vowel = |c| {
                CodePointMapData::<IndicSyllabicCategory>::new().get(c)
                    == IndicSyllabicCategory::VowelDependent
            };
            ends_in_virama(before) && !after.chars().next().is_some_and(is_vowel)
        }
        _ => false,
    }
}

fn joins_as(c: char, types: &[JoiningType]) -> bool {
    !is_hidden(c) && types.contains(&CodePointMapData::<JoiningType>::new().get(c))
}

fn is_transparent(c: char) -> bool {
    CodePointMapData::<JoiningType>::new().get(c) == JoiningType::Transparent
}

fn combining_class(c: char) -> CanonicalCombiningClass {
    CodePointMapData::<CanonicalCombiningClass>::new().get(c)
}

/// Whether a nonspacing mark takes part in canonical reordering.
fn is_reordered(c: char) -> bool {
    category(c) == GeneralCategory::NonspacingMark
        && combining_class(c) != CanonicalCombiningClass::NotReordered
}

/// Whether the text ends with a letter and a virama: `$L $M* $V $M1*` in the terms of the rules.
fn ends_in_virama(text: &str) -> bool {
    let mut has_virama = false;
    for c in text.chars().rev() {
        if is_letter(c) {
            return has_virama && !is_hidden(c);
        }
        let is_virama = combining_class(c) == CanonicalCombiningClass::Virama;
        let goes_on = is_virama || if has_virama { is_mark(c) } else { is_reordered(c) };
        if !goes_on || is_hidden(c) {
            return false;
        }
        has_virama |= is_virama;
    }
    false
}

/// Whether a character could move the cursor, colour the screen or change the reading direction: C0 and C1 controls,
/// DEL, line and paragraph separators, and the bidirectional controls.
pub fn controls_terminal(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}')
        || CodePointSetData::new::<BidiControl>().contains(c)
}

/// Text that is safe to write to a terminal: every character that could control it or would be invisible becomes a
/// visible mark. C0 controls and DEL become their control pictures (`␛`), others `<U+202E>`. So does a combining mark
/// at the beginning, which would be drawn onto the text to its left.
///
/// Applying it twice changes nothing.
pub fn visible(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_graphic() || c == ' ';
    let mut rest = text.char_indices().skip_while(|(_, c)| is_plain(*c));
    let Some((start, _)) = rest.find(|(at, c)| needs_mark(text, *at, *c)) else {
        return Cow::Borrowed(text);
    };
    let mut marked = String::with_capacity(text.len() + 8);
    marked.push_str(text.get(..start).unwrap_or_default());
    for (at, c) in text.char_indices().skip_while(|(at, _)| *at < start) {
        match c {
            '\0'..='\u{1f}' => marked.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}')),
            '\u{7f}' => marked.push('\u{2421}'),
            other if needs_mark(text, at, other) => {
                marked.push_str("<U+");
                // Writing to a String does not fail.
                let _ = write!(marked, "{:04X}", u32::from(other));
                marked.push('>');
            }
            other => marked.push(other),
        }
    }
    Cow::Owned(marked)
}

/// Whether the typed text is this text, in its original or its visible form, in any Unicode normalization form.
pub fn is_as_shown(typed: &str, text: &str) -> bool {
    typed == text || typed.nfc().eq(text.nfc()) || typed == visible(text)
}

/// Like [`visible`], with line breaks kept.
pub fn visible_lines(text: &str) -> String {
    text.split('\n').map(visible).collect::<Vec<_>>().join("\n")
}

/// A text as one word of a POSIX shell.
pub fn shell_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// A JSON text without characters that could control a terminal: they are escaped, which JSON allows anywhere in a
/// string (RFC 8259, section 7). The text has no line breaks between its tokens.
pub fn escape_json(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if controls_terminal(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a String does not fail.
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// A value as JSON on one line, [escaped](escape_json).
pub fn compact_json(value: &serde_json::Value) -> String {
    escape_json(&value.to_string())
}

/// Typed text for a message: in quotes, and cut after 80 characters.
pub fn quoted(typed: &str) -> String {
    const REPEATED: usize = 80;
    let mut shown: String = typed.chars().take(REPEATED).collect();
    if shown.len() < typed.len() {
        shown.push('…');
    }
    format!("\"{shown}\"")
}

/// A character in a message: an invisible character or an unusual space by its number.
pub fn described(c: char) -> String {
    let number = u32::from(c);
    if is_hidden(c) {
        format!("an invisible character, U+{number:04X}")
    } else if c == ' ' {
        "a space".to_owned()
    } else if c.is_whitespace() {
        format!("a white space character other than a space, U+{number:04X}")
    } else if is_mark(c) {
        format!("the combining mark U+{number:04X}")
    } else {
        format!("{c:?}")
    }
}

fn needs_mark(text: &str, at: usize, c: char) -> bool {
    if c.is_ascii_graphic() || c == ' ' {
        return false;
    }
    let around = || (text.get(..at).unwrap_or_default(), text.get(at + c.len_utf8()..).unwrap_or_default());
    if is_joiner(c) {
        let (before, after) = around();
        return !joins(before, c, after);
    }
    if is_mark(c) && around().0.chars().next_back().is_none_or(char::is_whitespace) {
        return true;
    }
    controls_terminal(c) || is_hidden(c)
}

/// `12,408`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 document`, `12,408 documents`.
pub fn documents(number: u64) -> String {
    if number == 1 { "1 document".to_owned() } else { format!("{} documents", count(number)) }
}

/// `31.2 MiB`, `205 MiB`; bytes as they are below one KiB.
pub fn bytes(number: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if number < 1_024 {
        return format!("{number} B");
    }
    let mut tenths = u128::from(number) * 10 / 1_024;
    for unit in UNITS {
        if tenths < 10_240 || unit == "PiB" {
            return if tenths < 1_000 {
                format!("{}.{} {unit}", tenths / 10, tenths % 10)
            } else {
                format!("{} {unit}", tenths / 10)
            };
        }
        tenths /= 1_024;
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn marks_what_could_control_a_terminal() {
        for (raw, shown) in [
            ("plain", "plain"),
            ("\u{1b}[31mred\u{1b}[0m", "␛[31mred␛[0m"),
            ("a\nb\tc\r", "a␊b␉c␍"),
            ("\u{7f}", "␡"),
            ("\u{9b}2J", "<U+009B>2J"),
            ("abc\u{202e}def", "abc<U+202E>def"),
            ("\u{2066}x\u{2069}", "<U+2066>x<U+2069>"),
            ("zero\u{200b}width", "zero<U+200B>width"),
            ("\u{3164}", "<U+3164>"),
            ("日本 Bäckerei", "日本 Bäckerei"),
            ("\u{301}Acme", "<U+0301>Acme"),
            ("a \u{301}b", "a <U+0301>b"),
            ("a\u{301}b", "a\u{301}b"),
            ("ที่", "ที่"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("a\u{200c}b", "a<U+200C>b"),
            ("क्\u{200d}ष", "क्\u{200d}ष"),
            ("क\u{200d}ष", "क<U+200D>ष"),
        ] {
            assert_eq!(visible(raw), shown, "{raw:?}");
        }
    }

    #[test]
    fn a_quoted_text_is_one_word_of_a_shell() {
        for text in ["Acme Corp", "O'Brien", "'", "$(reboot) `x` \\ \"!\"", "日本"] {
            assert_eq!(shell_words::split(&shell_quoted(text)).unwrap(), [text]);
        }
    }

    #[test]
    fn quoted_text_is_cut() {
        assert_eq!(quoted("Acme \"1\""), "\"Acme \"1\"\"");
        assert_eq!(quoted(&"ä".repeat(3_000_000)), format!("\"{}…\"", "ä".repeat(80)));
    }

    proptest! {
        #[test]
        fn visible_text_has_no_controls_and_stays_unchanged(text in "\\PC*|[\\x00-\\x9f\\u{200b}-\\u{2069}]*|[ \\u{94d}\\u{915}\\u{93f}\\u{64b}\\u{645}\\u{fe0f}\\u{200b}-\\u{200e}]*") {
            let shown = visible(&text).into_owned();
            prop_assert!(!shown.chars().any(controls_terminal), "{shown:?}");
            prop_assert_eq!(visible(&shown), shown.as_str());
        }
    }
}
