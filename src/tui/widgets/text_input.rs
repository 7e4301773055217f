//! One line of text that is edited. A secret one is drawn as bullets and wiped.

use super::canvas::Canvas;
use crate::domain::text::{controls_terminal, visible};
use crate::tui::keys::{Pasted, Text, Typed};
use crate::tui::secret::Secret;
use ratatui::layout::Position;
use ratatui::style::Style;
use secrecy::zeroize::Zeroize;
use std::fmt;
use tui_input::{Input, InputRequest};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Characters of a paste at most: names, emails and passwords are far shorter.
const MAX_PASTE: usize = 10_000;

/// Why a paste was refused whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasteError {
    /// A password with a control character: dropping it would make another password.
    #[error("Control characters in the paste; nothing was taken.")]
    Control,
    /// Lines, which glued together would be another text.
    #[error("The paste has more than one line; nothing was taken.")]
    Lines,
    /// Columns of a table, which have no place here.
    #[error("The paste has tabs in it; nothing was taken.")]
    Columns,
    /// More columns than there are fields for them.
    #[error("The paste has more columns than there are fields left; nothing was taken.")]
    TooManyColumns,
}

/// A text under a cursor.
#[derive(Default)]
pub struct TextInput {
    input: Input,
    is_secret: bool,
}

impl TextInput {
    /// A plain text.
    pub fn new(text: &str) -> Self {
        Self { input: Input::new(text.to_owned()), is_secret: false }
    }

    /// An empty password.
    pub fn secret() -> Self {
        Self { input: Input::default(), is_secret: true }
    }

    /// The text.
    pub fn value(&self) -> &str {
        self.input.value()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.value().is_empty()
    }

    /// A copy of the password that can be sent.
    pub fn to_secret(&self) -> Secret {
        Secret::from(self.value())
    }

    /// The text before the cursor.
    pub fn before_cursor(&self) -> String {
        self.value().chars().take(self.input.cursor()).collect()
    }

    /// Puts a text in place of so many characters before the cursor.
    pub fn replace_before_cursor(&mut self, characters: usize, text: &str) {
        for _ in 0..characters {
            self.input.handle(InputRequest::DeletePrevChar);
        }
        self.insert(text);
    }

    /// Another text, the cursor behind it.
    pub fn set(&mut self, text: &str) {
        self.clear();
        self.input = Input::new(text.to_owned());
    }

    /// No text; what was there is wiped.
    pub fn clear(&mut self) {
        let mut text = std::mem::take(&mut self.input).value_and_reset();
        text.zeroize();
    }

    /// Takes what is typed or pasted; answers whether the text changed.
    ///
    /// # Errors
    /// [`PasteError`]; nothing is inserted.
    pub fn take(&mut self, text: &Text) -> Result<bool, PasteError> {
        match text {
            Text::Typed(typed) => Ok(self.edit(*typed)),
            Text::Pasted(pasted) => self.paste(pasted).map(|()| true),
        }
    }

    /// Whether it is drawn as bullets.
    pub fn is_secret(&self) -> bool {
        self.is_secret
    }

    /// Edits the text; answers whether it changed.
    pub fn edit(&mut self, typed: Typed) -> bool {
        let request = if self.is_secret { Self::blind(typed.0) } else { Some(typed.0) };
        match request {
            Some(InputRequest::DeleteLine) if self.is_secret => {
                let had_text = !self.is_empty();
                self.clear();
                had_text
            }
            Some(request) => self.input.handle(request).is_some_and(|changed| changed.value),
            None => false,
        }
    }

    /// In a password words are not shown, so they are not edited by; nothing of it is kept to be put back.
    fn blind(request: InputRequest) -> Option<InputRequest> {
        match request {
            InputRequest::DeletePrevWord
            | InputRequest::DeleteNextWord
            | InputRequest::DeleteTillEnd
            | InputRequest::DeleteFromStart
            | InputRequest::DeleteLine => Some(InputRequest::DeleteLine),
            InputRequest::GoToPrevWord => Some(InputRequest::GoToStart),
            InputRequest::GoToNextWord => Some(InputRequest::GoToEnd),
            InputRequest::Yank => None,
            other @ (InputRequest::SetCursor(_)
            | InputRequest::InsertChar(_)
            | InputRequest::GoToPrevChar
            | InputRequest::GoToNextChar
            | InputRequest::GoToStart
            | InputRequest::GoToEnd
            | InputRequest::DeletePrevChar
            | InputRequest::DeleteNextChar) => Some(other),
        }
    }

    /// Inserts a paste of one line. Plain text loses the line ends around it and its control characters; a password loses
    /// one line end, and is refused when another control character is in it.
    ///
    /// # Errors
    /// [`PasteError`]; nothing is inserted.
    pub fn paste(&mut self, pasted: &Pasted) -> Result<(), PasteError> {
        self.check_paste(&pasted.0)?;
        if self.is_secret {
            self.insert(without_line_end(&pasted.0));
        } else {
            let kept: String = line_of(&pasted.0).chars().filter(|c| !controls_terminal(*c)).collect();
            self.insert(&kept);
        }
        Ok(())
    }

    /// Whether a paste would be taken.
    ///
    /// # Errors
    /// [`PasteError`].
    pub fn check_paste(&self, text: &str) -> Result<(), PasteError> {
        if self.is_secret {
            let has_controls = without_line_end(text).chars().any(char::is_control);
            return if has_controls { Err(PasteError::Control) } else { Ok(()) };
        }
        let line = line_of(text);
        match () {
            () if line.contains(LINE_ENDS) => Err(PasteError::Lines),
            () if line.contains('\t') => Err(PasteError::Columns),
            () => Ok(()),
        }
    }

    /// One insertion for the whole text: a character at a time would be quadratic.
    fn insert(&mut self, text: &str) {
        let before: String = self.value().chars().take(self.input.cursor()).collect();
        let after: String = self.value().chars().skip(self.input.cursor()).collect();
        let taken: String = text.chars().take(MAX_PASTE).collect();
        let cursor = before.chars().count() + taken.chars().count();
        let whole = format!("{before}{taken}{after}");
        for mut part in [before, taken, after] {
            part.zeroize();
        }
        self.clear();
        self.input = Input::new(whole).with_cursor(cursor);
    }

    /// Draws the part around the cursor; with the focus, the terminal's cursor goes there.
    pub fn draw(&self, canvas: &mut Canvas<'_>, at: (u16, u16), columns: u16, style: Style, focused: bool) {
        if at.1 >= canvas.buffer.area.bottom() {
            return;
        }
        let room = usize::from(columns.saturating_sub(1));
        let hidden = canvas.signs().hidden;
        let shown: Vec<(usize, String)> = self
            .value()
            .graphemes(true)
            .map(|grapheme| {
                let shown = if self.is_secret { hidden.to_owned() } else { visible(grapheme).into_owned() };
                (grapheme.chars().count(), shown)
            })
            .collect();
        let mut characters = 0;
        let before = shown.iter().take_while(|(count, _)| {
            characters += count;
            characters <= self.input.cursor()
        });
        let cursor_at = before.count();
        let mut first = cursor_at;
        let mut used = 0;
        while first > 0 {
            let next = shown.get(first - 1).map_or(0, |(_, text)| text.width());
            if used + next > room {
                break;
            }
            used += next;
            first -= 1;
        }
        let mut x = at.0;
        let mut left = columns;
        for (_, text) in shown.iter().skip(first) {
            let wide = u16::try_from(text.width()).unwrap_or(0);
            if wide > left {
                break;
            }
            canvas.buffer.set_stringn(x, at.1, text, usize::from(left), style);
            x += wide;
            left -= wide;
        }
        if focused {
            canvas.cursor = Some(Position { x: at.0 + u16::try_from(used).unwrap_or(0), y: at.1 });
        }
    }
}

/// What ends a line.
const LINE_ENDS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

/// A paste without the line ends around it.
pub(super) fn line_of(text: &str) -> &str {
    text.trim_matches(LINE_ENDS)
}

fn without_line_end(text: &str) -> &str {
    text.strip_suffix("\r\n").or_else(|| text.strip_suffix(['\n', '\r'])).unwrap_or(text)
}

impl Drop for TextInput {
    fn drop(&mut self) {
        if self.is_secret {
            self.clear();
        }
    }
}

impl fmt::Debug for TextInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TextInput")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paste(input: &mut TextInput, text: &str) -> Result<(), PasteError> {
        input.paste(&Pasted(text.into()))
    }

    #[test]
    fn one_pasted_line_is_inserted_at_the_cursor() {
        let mut input = TextInput::new("ab");
        input.edit(Typed(InputRequest::GoToPrevChar));
        assert_eq!(paste(&mut input, "\nxy\u{1b}\r\n\n"), Ok(()));
        assert_eq!(input.value(), "axyb");
        input.edit(Typed(InputRequest::InsertChar('!')));
        assert_eq!(input.value(), "axy!b");
    }

    #[test]
    fn several_pasted_lines_or_columns_are_refused() {
        let mut input = TextInput::new("ab");
        for text in ["x\ny", "x\r\ny\n", "x\ry", "x\u{2028}y"] {
            assert_eq!(paste(&mut input, text), Err(PasteError::Lines), "{text:?}");
        }
        assert_eq!(paste(&mut input, "x\ty"), Err(PasteError::Columns));
        assert_eq!(input.value(), "ab");
    }

    #[test]
    fn a_password_loses_one_line_end_and_refuses_other_controls() {
        let mut input = TextInput::secret();
        assert_eq!(paste(&mut input, "correct horse\r\n"), Ok(()));
        assert_eq!(input.value(), "correct horse");
        assert_eq!(paste(&mut input, "a\nb"), Err(PasteError::Control));
        assert_eq!(paste(&mut input, "a\n\n"), Err(PasteError::Control));
        assert_eq!(input.value(), "correct horse");
    }

    #[test]
    fn nothing_of_a_password_can_be_put_back() {
        let mut input = TextInput::secret();
        input.edit(Typed(InputRequest::InsertChar('x')));
        assert!(input.edit(Typed(InputRequest::DeletePrevWord)));
        assert!(!input.edit(Typed(InputRequest::Yank)));
        assert!(input.is_empty());
        assert_eq!(format!("{input:?}"), "TextInput");
    }
}
