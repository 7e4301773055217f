//! The console's own editor, for users who named none.

use crate::domain::text::controls_terminal;
use crate::tui::keys::{Pasted, Text};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widgets::canvas::Canvas;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::widgets::Widget;
use ratatui_textarea::{CursorMove, TextArea, WrapMode};
use tui_input::InputRequest;

/// Bytes of a text at most: it is laid out anew at each key.
pub(super) const MOST_BYTES: usize = 256 << 10;

/// How many columns a tab is, which becomes spaces.
const TAB: u8 = 2;

/// What a key does to the text, besides what is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// A new line, indented as the one above.
    Newline,
    /// Spaces to the next stop.
    Indent,
    /// A line up.
    Up,
    /// A line down.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// Takes the last change back.
    Undo,
}

/// A text under a cursor.
#[derive(Debug)]
pub(super) struct Typing {
    area: TextArea<'static>,
    given: String,
}

impl Typing {
    /// With the cursor at a line, from 1.
    pub(super) fn new(text: &str, line: Option<usize>, theme: Theme) -> Self {
        let lines: Vec<String> = text.trim_start_matches('\u{feff}').lines().map(str::to_owned).collect();
        let mut area = TextArea::new(if lines.is_empty() { vec![String::new()] } else { lines });
        area.set_tab_length(TAB);
        area.set_wrap_mode(WrapMode::WordOrGlyph);
        let plain = theme.base().patch(theme.style(Tone::Text));
        area.set_style(plain);
        area.set_cursor_line_style(plain);
        area.set_cursor_style(plain.add_modifier(Modifier::REVERSED));
        area.set_line_number_style(theme.base().patch(theme.style(Tone::Muted)));
        for _ in 1..line.unwrap_or(1) {
            area.move_cursor(CursorMove::Down);
        }
        if line.is_some() {
            area.move_cursor(CursorMove::End);
        }
        let mut typing = Self { area, given: String::new() };
        typing.given = typing.text();
        typing
    }

    /// The text as it is.
    pub(super) fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// Whether leaving would lose something.
    pub(super) fn is_changed(&self) -> bool {
        self.text() != self.given
    }

    /// Edits the text.
    pub(super) fn edit(&mut self, edit: Edit) {
        let area = &mut self.area;
        match edit {
            Edit::Newline => {
                let above = area.lines().get(area.cursor().0).map(String::as_str).unwrap_or_default();
                let indent: String = above.chars().take(area.cursor().1).take_while(|c| *c == ' ').collect();
                area.insert_newline();
                area.insert_str(indent);
            }
            Edit::Indent => {
                area.insert_tab();
            }
            Edit::Up => area.move_cursor(CursorMove::Up),
            Edit::Down => area.move_cursor(CursorMove::Down),
            Edit::PageUp => area.scroll(ratatui_textarea::Scrolling::PageUp),
            Edit::PageDown => area.scroll(ratatui_textarea::Scrolling::PageDown),
            Edit::Undo => {
                area.undo();
            }
        }
    }

    /// Takes what is typed or pasted.
    pub(super) fn on_text(&mut self, text: &Text) {
        match text {
            Text::Typed(typed) => self.typed(typed.0),
            Text::Pasted(pasted) => self.pasted(pasted),
        }
    }

    fn typed(&mut self, request: InputRequest) {
        let area = &mut self.area;
        match request {
            InputRequest::InsertChar(c) => area.insert_char(c),
            InputRequest::GoToPrevChar => area.move_cursor(CursorMove::Back),
            InputRequest::GoToNextChar => area.move_cursor(CursorMove::Forward),
            InputRequest::GoToPrevWord => area.move_cursor(CursorMove::WordBack),
            InputRequest::GoToNextWord => area.move_cursor(CursorMove::WordForward),
            InputRequest::GoToStart => area.move_cursor(CursorMove::Head),
            InputRequest::GoToEnd => area.move_cursor(CursorMove::End),
            InputRequest::DeletePrevChar => {
                area.delete_char();
            }
            InputRequest::DeleteNextChar => {
                area.delete_next_char();
            }
            InputRequest::DeletePrevWord => {
                area.delete_word();
            }
            InputRequest::DeleteNextWord => {
                area.delete_next_word();
            }
            InputRequest::DeleteLine | InputRequest::DeleteFromStart => {
                area.delete_line_by_head();
            }
            InputRequest::DeleteTillEnd => {
                area.delete_line_by_end();
            }
            InputRequest::Yank => {
                area.paste();
            }
            InputRequest::SetCursor(_) => {}
        }
    }

    /// A paste in one insertion, its tabs as spaces, without what would control the terminal.
    fn pasted(&mut self, pasted: &Pasted) {
        let text = pasted.0.replace("\r\n", "\n").replace('\r', "\n").replace('\t', "  ");
        let text: String = text.chars().filter(|c| *c == '\n' || !controls_terminal(*c)).collect();
        if text.len() + self.area.lines().iter().map(String::len).sum::<usize>() <= MOST_BYTES {
            self.area.insert_str(text);
        }
    }

    /// Draws the part around the cursor.
    pub(super) fn draw(&self, area: Rect, canvas: &mut Canvas<'_>) {
        (&self.area).render(area, canvas.buffer);
    }

    /// How many lines there are.
    pub(super) fn lines(&self) -> usize {
        self.area.lines().len()
    }
}
