//! A buffer to draw on, with the theme, and where the cursor belongs.
//!
//! Every text goes through here, so that none controls the terminal and none leaves its place.

use crate::domain::text::visible;
use crate::tui::text;
use crate::tui::theme::{Signs, Theme, Tone};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::widgets::{Block, Clear, Widget};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// What views draw on.
#[derive(Debug)]
pub struct Canvas<'a> {
    /// The cells.
    pub buffer: &'a mut Buffer,
    /// How it looks.
    pub theme: Theme,
    /// Where the terminal's cursor belongs; hidden when nowhere.
    pub cursor: Option<Position>,
}

impl Canvas<'_> {
    /// The signs of the theme.
    pub fn signs(&self) -> &'static Signs {
        self.theme.signs()
    }

    /// Writes a text from a cell on, cut at its end after `columns`. Answers the column behind it.
    pub fn put(&mut self, at: (u16, u16), text: &str, columns: u16, style: Style) -> u16 {
        let (x, y) = at;
        let area = self.buffer.area;
        if y < area.top() || y >= area.bottom() || x >= area.right() || columns == 0 {
            return x;
        }
        let columns = columns.min(area.right() - x);
        let shown = text::fit_end(text, usize::from(columns), self.signs().ellipsis);
        // What was there before leaves no trace of its style.
        let style = Style::reset().patch(style);
        self.buffer.set_stringn(x, y, shown, usize::from(columns), style).0
    }

    /// Writes a text whole or cut in its middle.
    pub fn put_middle(&mut self, at: (u16, u16), text: &str, columns: u16, style: Style) -> u16 {
        let shown = text::fit_middle(text, usize::from(columns), self.signs().ellipsis);
        self.put(at, &shown, columns, style)
    }

    /// Writes pieces one behind the other, up to the right edge of an area's row.
    pub fn put_all(&mut self, at: (u16, u16), right: u16, pieces: &[(&str, Style)]) -> u16 {
        let (mut x, y) = at;
        for (text, style) in pieces {
            x = self.put((x, y), text, right.saturating_sub(x), *style);
        }
        x
    }

    /// Writes pieces so that they end at the right edge.
    pub fn put_right(&mut self, right: u16, y: u16, pieces: &[(&str, Style)]) -> u16 {
        let columns: usize = pieces.iter().map(|(text, _)| text::width(text)).sum();
        let x = right.saturating_sub(u16::try_from(columns).unwrap_or(u16::MAX));
        self.put_all((x, y), right, pieces);
        x
    }

    /// Marks the letters of a text that stands whole at a cell: those that were found, by their place among its
    /// visible characters.
    pub fn underline(&mut self, at: (u16, u16), text: &str, letters: &[u32]) {
        let style = self.theme.style(Tone::Accent).add_modifier(Modifier::UNDERLINED);
        for letter in letters {
            let before: String = text.graphemes(true).take(*letter as usize).collect();
            let x = at.0 + u16::try_from(text::width(&before)).unwrap_or(0);
            self.buffer.set_style(Rect::new(x, at.1, 1, 1), style);
        }
    }

    /// A line across.
    pub fn rule(&mut self, area: Rect, y: u16) {
        let style = self.theme.style(Tone::Muted);
        let rule = self.signs().rule.repeat(usize::from(area.width));
        if y < self.buffer.area.bottom() {
            self.buffer.set_string(area.x, y, visible(&rule), style);
        }
    }

    /// A box that lies over what is there; answers its inside, with one column free on both sides.
    pub fn card(&mut self, area: Rect, title: &str, tone: Tone) -> Rect {
        self.free_left_edge(area);
        Clear.render(area, self.buffer);
        let block =
            Block::bordered().border_set(self.signs().border).border_style(self.theme.style(Tone::Muted));
        let inside = block.inner(area);
        block.render(area, self.buffer);
        let title = format!(" {title} ");
        let style = self.theme.strong(tone);
        self.put((area.x + 2, area.y), &title, area.width.saturating_sub(4), style);
        Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside }
    }

    /// A wide character that reaches under the left edge would swallow the border.
    fn free_left_edge(&mut self, area: Rect) {
        let Some(x) = area.x.checked_sub(1) else { return };
        for y in area.y..area.bottom() {
            if let Some(cell) = self.buffer.cell_mut((x, y))
                && cell.symbol().width() > 1
            {
                cell.set_symbol(" ");
            }
        }
    }
}

/// A card of this size in the middle of an area, a little above it, never larger than the area.
pub fn centred(area: Rect, columns: u16, rows: u16) -> Rect {
    let width = columns.min(area.width);
    let height = rows.min(area.height);
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 3, width, height }
}
