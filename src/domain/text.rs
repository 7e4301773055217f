//! Characters that may not stand in names and that may not reach a terminal as they are.
//!
//! Owns the classification and the visible marks. Knows nothing about widths or screens.

use icu_properties::props::{BidiControl, DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};
use std::borrow::Cow;
use std::fmt::Write as _;

/// The general category of a character (Unicode Standard, section 4.5).
pub fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

/// Whether a character is a control (Cc), format (Cf) or surrogate (Cs) character, or one that is drawn as
/// nothing (`Default_Ignorable_Code_Point`).
pub fn is_hidden(c: char) -> bool {
    matches!(category(c), GeneralCategory::Control | GeneralCategory::Format | GeneralCategory::Surrogate)
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// Whether a character could move the cursor, colour the screen or turn the reading direction: C0 and C1
/// controls, DEL, line and paragraph separators, and the bidirectional controls.
pub fn controls_terminal(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}')
        || CodePointSetData::new::<BidiControl>().contains(c)
}

/// Text as it may be written to a terminal: every character that could control it, and every one that would not
/// be seen, becomes a visible mark. C0 controls and DEL become their control pictures (`␛`), others `<U+202E>`.
///
/// Printing the result a second time changes nothing.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(needs_mark) {
        return Cow::Borrowed(text);
    }
    let mut marked = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\0'..='\u{1f}' => marked.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}')),
            '\u{7f}' => marked.push('\u{2421}'),
            other if needs_mark(other) => {
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

/// As [`visible`], with line ends kept.
pub fn visible_lines(text: &str) -> String {
    text.split('\n').map(visible).collect::<Vec<_>>().join("\n")
}

/// What was typed as a message repeats it: in quotes, and cut where nobody would read on.
pub fn quoted(typed: &str) -> String {
    const REPEATED: usize = 80;
    let mut shown: String = typed.chars().take(REPEATED).collect();
    if shown.len() < typed.len() {
        shown.push('…');
    }
    format!("\"{shown}\"")
}

fn needs_mark(c: char) -> bool {
    !c.is_ascii_graphic() && c != ' ' && (controls_terminal(c) || is_hidden(c))
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
        ] {
            assert_eq!(visible(raw), shown, "{raw:?}");
        }
    }

    #[test]
    fn what_is_repeated_has_an_end() {
        assert_eq!(quoted("Acme \"1\""), "\"Acme \"1\"\"");
        assert_eq!(quoted(&"ä".repeat(3_000_000)), format!("\"{}…\"", "ä".repeat(80)));
    }

    proptest! {
        #[test]
        fn nothing_that_controls_is_left_and_twice_is_once(text in "\\PC*|[\\x00-\\x9f\\u{200b}-\\u{2069}]*") {
            let shown = visible(&text).into_owned();
            prop_assert!(!shown.chars().any(controls_terminal), "{shown:?}");
            prop_assert_eq!(visible(&shown), shown.as_str());
        }
    }
}
