//! A table of which only the visible rows are formatted.

use super::canvas::{Bar, Canvas, RowsInView};
use crate::tui::keys::Motion;
use crate::tui::theme::{Palette, Tone};
use ratatui::layout::Rect;
use std::cell::Cell;
use std::ops::Range;

/// The selected row, and which row is the first in view. The view keeps the selected row within it.
#[derive(Debug, Default)]
pub struct Window {
    /// The selected row, by its place.
    pub selected: usize,
    first: Cell<usize>,
    /// Rows that were in view when it was drawn last.
    height: Cell<usize>,
}

impl Window {
    /// The rows in view, of `count`, when `height` fit.
    pub fn range(&self, count: usize, height: usize) -> Range<usize> {
        self.range_at(self.selected, count, height)
    }

    /// The same where a row of what is selected stands in another line than its place: heads stand between.
    pub fn range_at(&self, selected: usize, count: usize, height: usize) -> Range<usize> {
        let last_first = count.saturating_sub(height);
        let lowest = (selected + 1).saturating_sub(height);
        let first = self.first.get().clamp(lowest, selected.max(lowest)).min(last_first);
        self.first.set(first);
        self.height.set(height);
        first..count.min(first + height)
    }

    /// The rows that will be in view, of `count`; before the first frame at most `height`.
    pub fn in_view(&self, count: usize, height: usize) -> Range<usize> {
        let drawn = self.height.get();
        self.range(count, if drawn == 0 { height } else { drawn })
    }

    /// Which part of `count` rows is in view, as it was drawn last, with the first at this line.
    pub fn bar(&self, count: usize, top: u16) -> Bar {
        let height = u16::try_from(self.height.get()).unwrap_or(u16::MAX);
        Bar { first: self.first.get(), count, top, height }
    }

    /// Moves the selection, staying within `count`; a page is what was in view.
    pub fn move_by(&mut self, motion: Motion, count: usize) {
        let moved = moved(self.selected, motion, self.height.get());
        self.selected = moved.min(count.saturating_sub(1));
    }

    /// Selects the row that what was chosen stands in; without one it stays where it is, within `count`.
    pub fn follow(&mut self, chosen: Option<usize>, count: usize) {
        self.selected = chosen.unwrap_or_else(|| self.selected.min(count.saturating_sub(1)));
    }
}

/// Where a motion leads from a row, when so many are in view.
fn moved(from: usize, motion: Motion, in_view: usize) -> usize {
    let page = in_view.max(1);
    let half = (page / 2).max(1);
    match motion {
        Motion::Up => from.saturating_sub(1),
        Motion::Down => from.saturating_add(1),
        Motion::First => 0,
        Motion::Last => usize::MAX,
        Motion::HalfUp => from.saturating_sub(half),
        Motion::HalfDown => from.saturating_add(half),
        Motion::PageUp => from.saturating_sub(page),
        Motion::PageDown => from.saturating_add(page),
    }
}

/// Lines that are scrolled where they do not all fit. It stops at the end.
#[derive(Debug, Default)]
pub struct Scroll {
    first: usize,
    /// The furthest that it can go, as it was drawn last.
    last: Cell<Option<usize>>,
    /// Lines that were in view when it was drawn last.
    height: Cell<usize>,
}

impl Scroll {
    /// One line up.
    pub fn up(&mut self) {
        self.move_by(Motion::Up);
    }

    /// One line down.
    pub fn down(&mut self) {
        self.move_by(Motion::Down);
    }

    /// Moves what is in view; a page is what was in view.
    pub fn move_by(&mut self, motion: Motion) {
        let last = self.last.get().unwrap_or(usize::MAX);
        let first = self.first.min(last);
        self.first = moved(first, motion, self.height.get()).min(last);
    }

    /// Whether there was more than fitted when it was drawn last.
    pub fn can_scroll(&self) -> bool {
        self.last.get() != Some(0)
    }

    /// The first line in view, of `count`, when `height` fit.
    pub fn first(&self, count: usize, height: usize) -> usize {
        let last = count.saturating_sub(height);
        self.last.set(Some(last));
        self.height.set(height);
        self.first.min(last)
    }
}

/// Draws the rows in view: a bar before the selected one, the row itself by `draw`.
pub fn draw(
    canvas: &mut Canvas<'_>,
    area: Rect,
    window: &Window,
    count: usize,
    mut draw: impl FnMut(&mut Canvas<'_>, usize, u16, bool),
) {
    let range = window.range(count, usize::from(area.height));
    let height = u16::try_from(range.len()).unwrap_or(area.height);
    let (first, selected) = (range.start, window.selected);
    canvas.rows = Some(RowsInView { area: Rect { height, ..area }, first, selected });
    for (y, row) in (area.y..area.bottom()).zip(range) {
        let is_selected = row == window.selected;
        draw(canvas, row, y, is_selected);
        if is_selected {
            draw_selection(canvas, Rect { y, height: 1, ..area });
        }
    }
}

/// What shows that a row is selected: its background over the whole width, and a bar before it.
pub fn draw_selection(canvas: &mut Canvas<'_>, row: Rect) {
    let (bar, style) = (canvas.signs().selected, canvas.theme.strong(Tone::Accent));
    let selected = canvas.theme.selected();
    canvas.buffer.set_style(row, selected);
    // In a reversed row the bar would be a notch.
    if canvas.theme.palette != Palette::Plain || canvas.theme.ascii {
        canvas.buffer.set_string(row.x, row.y, bar, style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::Theme;
    use ratatui::buffer::Buffer;

    #[test]
    fn no_row_outside_the_window_is_formatted() {
        let area = Rect::new(0, 0, 20, 10);
        let mut buffer = Buffer::empty(area);
        let mut canvas = Canvas {
            buffer: &mut buffer,
            theme: Theme { palette: Palette::Terminal, ascii: false },
            cursor: None,
            rows: None,
        };
        let mut window = Window::default();
        let mut formatted = Vec::new();
        window.selected = 50_000;
        draw(&mut canvas, area, &window, 100_000, |_, row, _, _| {
            formatted.push(row);
        });
        assert_eq!(formatted, (49_991..=50_000).collect::<Vec<_>>());
    }

    #[test]
    fn the_window_follows_the_selection_and_no_further() {
        let mut window = Window::default();
        assert_eq!(window.range(100, 10), 0..10);
        window.selected = 12;
        assert_eq!(window.range(100, 10), 3..13);
        window.selected = 7;
        assert_eq!(window.range(100, 10), 3..13, "it is still in view");
        window.move_by(Motion::First, 100);
        assert_eq!(window.range(100, 10), 0..10);
        window.move_by(Motion::Last, 100);
        assert_eq!(window.range(100, 10), 90..100);
        window.selected = 4;
        assert_eq!(window.range(5, 10), 0..5, "a list that shrank");
        assert_eq!(window.range(0, 10), 0..0);
    }
}
