//! Why an edited text is not written: what is wrong, and what can be done with the text that is kept.

use crate::domain::document::{DocumentError, RawDocumentBuf};
use crate::service::Error;
use crate::tui::effect::Message;
use crate::tui::widgets::json;

/// Bytes of the present document that are shown at most.
const MOST_BYTES: usize = 64 << 10;

/// What kind of trouble it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The text is no document.
    Invalid,
    /// The service refuses the document.
    Refused,
    /// Someone else changed the document since.
    Changed,
    /// Someone else deleted it since.
    Gone,
    /// The editor failed and left another text.
    Doubtful,
    /// The editor was back at once with nothing changed.
    Quick,
    /// There is no text from the editor.
    NoText,
}

impl Kind {
    /// What the key that takes the text as it is does; none where there is nothing to take.
    pub(super) fn use_label(self) -> Option<&'static str> {
        match self {
            Self::Refused => Some("try again"),
            Self::Gone => Some("insert it"),
            Self::Doubtful => Some("use the text"),
            Self::Invalid | Self::Changed | Self::Quick | Self::NoText => None,
        }
    }
}

/// Why the text is not written.
#[derive(Debug, Clone)]
pub(super) struct Trouble {
    pub(super) kind: Kind,
    pub(super) message: Message,
    /// Where the editor begins, from 1.
    pub(super) line: Option<usize>,
    /// The line of the text that is wrong, with a mark below the place; else the document as it is now.
    pub(super) shown: Vec<String>,
}

impl Trouble {
    fn new(kind: Kind, text: impl Into<String>, hint: Option<&str>) -> Self {
        let message = Message { text: text.into(), hint: hint.map(str::to_owned) };
        Self { kind, message, line: None, shown: Vec::new() }
    }

    /// The text is no document.
    pub(super) fn invalid(error: &DocumentError, text: &str) -> Self {
        let trouble = Self::new(Kind::Invalid, sentence(&error.to_string()), None);
        let (DocumentError::Text { line, column, .. } | DocumentError::Unfinished { line, column, .. }) =
            error
        else {
            return trouble;
        };
        Self { line: Some(*line), shown: excerpt(text, *line, *column), ..trouble }
    }

    /// The service refuses it.
    pub(super) fn refused(error: &Error) -> Self {
        let message = Message::from(error);
        Self { message, ..Self::new(Kind::Refused, "", None) }
    }

    /// Someone else changed it; this is what it is now.
    pub(super) fn changed(now: &RawDocumentBuf) -> Self {
        let text = "Someone else changed the document since you opened it. Nothing was saved. This is what it is now:";
        let shown = json::pretty(now.as_bytes(), MOST_BYTES).lines;
        Self { shown, ..Self::new(Kind::Changed, text, None) }
    }

    /// Someone else changed it, and what it is now could not be read.
    pub(super) fn changed_unread(error: &Error) -> Self {
        let text =
            format!("Someone else changed the document since you opened it. Nothing was saved. {error}");
        Self::new(Kind::Refused, text, None)
    }

    /// Someone else deleted it.
    pub(super) fn gone() -> Self {
        let text = "Someone else deleted the document since you opened it. Nothing was saved.";
        Self::new(Kind::Gone, text, Some("y inserts your text as a new document."))
    }

    /// The editor failed.
    pub(super) fn doubtful(failure: &str) -> Self {
        let text = format!("The editor ended with {failure}, but the text was changed.");
        Self::new(Kind::Doubtful, text, Some("y uses the text."))
    }

    /// The editor was back at once.
    pub(super) fn quick() -> Self {
        let hint = "If it works in another window: save there, then press Enter.";
        Self::new(Kind::Quick, "Unchanged; does your editor need --wait?", Some(hint))
    }

    /// There is no text.
    pub(super) fn no_text(why: &str) -> Self {
        Self::new(Kind::NoText, why, None)
    }
}

/// With a capital letter at its beginning and a full stop at its end.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", characters.as_str())
}

/// Characters of a line before and behind the place that is wrong.
const AROUND: usize = 30;

/// The part of a line around a column in bytes, both from 1, and a mark below it.
fn excerpt(text: &str, line: usize, column: usize) -> Vec<String> {
    let Some(whole) = text.lines().nth(line.saturating_sub(1)) else { return Vec::new() };
    let end = whole.floor_char_boundary(column.saturating_sub(1));
    let (before, behind) = whole.split_at_checked(end).unwrap_or((whole, ""));
    let left: Vec<char> = before.chars().collect();
    let left: String = left.iter().skip(left.len().saturating_sub(AROUND)).collect();
    let right: String = behind.chars().take(AROUND).collect();
    let (left, right) = (left.replace('\t', " "), right.replace('\t', " "));
    let mark = format!("{}^", " ".repeat(crate::tui::text::width(&left)));
    vec![format!("{left}{right}"), mark]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::document::json::read;

    #[test]
    fn v3_the_place_that_is_wrong_is_shown() {
        for (text, said, shown) in [
            ("{\n  \"a\": 1,\n}", "Line 3, column 1: trailing comma.", ["}", "^"]),
            ("{\n  \"ä\": x\n}", "Line 2, column 9: expected value.", ["  \"ä\": x", "       ^"]),
        ] {
            let trouble = Trouble::invalid(&read(text).unwrap_err(), text);
            assert_eq!(trouble.message.text, said);
            assert_eq!(trouble.shown, shown);
        }
        let trouble = Trouble::invalid(&read("[]").unwrap_err(), "[]");
        assert_eq!((trouble.line, trouble.shown.len()), (None, 0));
        let long = format!("{{\"a\": \"{}\" x", "y".repeat(1_000));
        let trouble = Trouble::invalid(&read(&long).unwrap_err(), &long);
        assert!(trouble.shown.iter().all(|line| line.len() <= 2 * AROUND), "{:?}", trouble.shown);
    }
}
