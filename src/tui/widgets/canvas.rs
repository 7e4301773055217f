//! A buffer to draw on, with the theme, and where the cursor belongs.
//!
//! Every text goes through here, so that none controls the terminal and none leaves its place.

use crate::tui::text;
use crate::tui::theme::{Environment, Signs, Theme, Tone};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::widgets::{Block, Clear, Widget};
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The columns left free on both sides: titles, heads, tables, forms and errors have one left edge. The selection's bar
/// stands in the first of them.
pub const EDGE: u16 = 2;

/// What views draw on.
#[derive(Debug)]
pub struct Canvas<'a> {
    /// The cells.
    pub buffer: &'a mut Buffer,
    /// How it looks.
    pub theme: Theme,
    /// Where the terminal's cursor belongs; hidden when nowhere.
    pub cursor: Option<Position>,
    /// The rows that were drawn last, for what is pointed at.
    pub rows: Option<RowsInView>,
}

/// The rows of a table that are in view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowsInView {
    /// Where they stand, one line each.
    pub area: Rect,
    /// The place of the first one in the table.
    pub first: usize,
    /// The place of the selected one.
    pub selected: usize,
}

impl RowsInView {
    /// The place of the row that stands there.
    pub fn at(&self, position: Position) -> Option<usize> {
        self.area.contains(position).then(|| self.first + usize::from(position.y - self.area.y))
    }
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
        let style = self.theme.base().patch(style);
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
    pub fn rule(&mut self, area: Rect, y: u16, style: Style) {
        let rule = self.signs().rule.repeat(usize::from(area.width));
        self.put((area.x, y), &rule, area.width, style);
    }

    /// A line down, and on it the part of a list that is in view, where it is longer than that.
    pub fn divider(&mut self, x: u16, rows: Range<u16>, list: Option<Bar>) {
        let (line, thumb) = (self.signs().border.vertical_left, self.signs().thumb);
        let muted = self.theme.style(Tone::Muted);
        for y in rows {
            self.put((x, y), line, 1, muted);
        }
        self.scrollbar(x, list, thumb);
    }

    /// The part of a list that is in view, where it is longer than that.
    pub fn scrollbar(&mut self, x: u16, list: Option<Bar>, thumb: &str) {
        let muted = self.theme.style(Tone::Muted);
        for y in list.and_then(Bar::thumb).into_iter().flatten() {
            self.put((x, y), thumb, 1, muted);
        }
    }

    /// What lies below a card steps back.
    pub fn dim(&mut self, area: Rect) {
        let style = self.theme.behind();
        self.buffer.set_style(area, style);
    }

    /// The badge of the environment; answers the column behind it.
    pub fn badge(&mut self, at: (u16, u16), environment: &str, columns: u16) -> u16 {
        let style = self.theme.badge(Environment::of(environment));
        let room = usize::from(columns.saturating_sub(2));
        let word = text::fit_end(environment, room, self.signs().ellipsis);
        self.put(at, &format!(" {word} "), columns, style)
    }

    /// A box that lies over what is there, with the environment on its border where that counts; answers its inside,
    /// with two columns free on both sides where there is room. One column beside the box stays free too.
    pub fn card(&mut self, area: Rect, title: &str, tone: Tone, environment: Option<&str>) -> Rect {
        let around = Rect { x: area.x.saturating_sub(1), width: area.width + 2, ..area };
        let around = around.intersection(self.buffer.area);
        self.free_left_edge(around);
        Clear.render(around, self.buffer);
        self.buffer.set_style(around, self.theme.base());
        let border = if tone == Tone::Danger { Tone::Danger } else { Tone::Muted };
        let border = self.theme.base().patch(self.theme.style(border).remove_modifier(Modifier::BOLD));
        let block = Block::bordered().border_set(self.signs().border).border_style(border);
        let inside = block.inner(area);
        block.render(area, self.buffer);
        let title = format!(" {title} ");
        let badge = environment.map_or(0, |word| u16::try_from(text::width(word) + 2).unwrap_or(u16::MAX));
        let room = area.width.saturating_sub(4 + badge);
        self.put((area.x + 2, area.y), &title, room, self.theme.strong(tone));
        if let Some(word) = environment {
            self.badge((area.right().saturating_sub(badge + 2), area.y), word, badge);
        }
        let width = inside_card(area.width);
        Rect { x: inside.x + (inside.width - width) / 2, width, ..inside }
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

/// Which part of a list is in view, and where its rows stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    /// The first row in view.
    pub first: usize,
    /// How many rows there are.
    pub count: usize,
    /// The line of the first row in view.
    pub top: u16,
    /// How many rows fit.
    pub height: u16,
}

impl Bar {
    /// The lines of the thumb; none where every row is in view. It stands at an end only at that end of the list.
    fn thumb(self) -> Option<Range<u16>> {
        let (height, count) = (usize::from(self.height), self.count);
        if count <= height || height < 3 {
            return None;
        }
        let length = (height * height / count).clamp(1, height - 2);
        let last = count - height;
        let first = match self.first {
            0 => 0,
            first if first >= last => height - length,
            first => (first * (height - length) / last).clamp(1, height - length - 1),
        };
        let line = |row: usize| self.top + u16::try_from(row).unwrap_or(0);
        Some(line(first)..line(first + length))
    }
}

/// The columns inside a card of this width: within its border, two more are free on both sides where there is room.
pub fn inside_card(width: u16) -> u16 {
    width.saturating_sub(if width >= 50 { 6 } else { 4 })
}

/// A card of this size in the middle of an area, a little above it, never larger than the area.
pub fn centred(area: Rect, columns: u16, rows: u16) -> Rect {
    let width = columns.min(area.width);
    let height = rows.min(area.height);
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 3, width, height }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thumb(first: usize, count: usize) -> Option<Range<u16>> {
        Bar { first, count, top: 5, height: 10 }.thumb()
    }

    #[test]
    fn thumb_is_at_an_end_only_at_that_end_of_the_list() {
        assert_eq!(thumb(0, 10), None);
        assert_eq!(thumb(0, 20), Some(5..10));
        assert_eq!(thumb(10, 20), Some(10..15));
        assert_eq!(thumb(0, 100_000), Some(5..6));
        assert_eq!(thumb(1, 100_000), Some(6..7));
        assert_eq!(thumb(99_989, 100_000), Some(13..14));
        assert_eq!(thumb(99_990, 100_000), Some(14..15));
    }
}
