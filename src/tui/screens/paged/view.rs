//! What such lists draw alike: the head with the filter, the rows with their marks, and what stands in place of rows.

use super::{Paged, PagedRow};
use crate::tui::effect::Load;
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::{Canvas, EDGE};
use crate::tui::widgets::{placeholder, table};
use ratatui::layout::Rect;

/// What is said where no row is.
pub(in crate::tui::screens) struct Empty {
    /// While the first page is read.
    pub(in crate::tui::screens) reading: &'static str,
    /// After it was stopped.
    pub(in crate::tui::screens) stopped: &'static str,
    /// What the key then reads: it, or them.
    pub(in crate::tui::screens) again: &'static str,
    /// When there is none.
    pub(in crate::tui::screens) none: &'static str,
}

impl<R: PagedRow> Paged<R> {
    /// Draws the head: title and count, and the filter; below it why the rows are not newer.
    pub(in crate::tui::screens) fn draw_head(&self, title: &str, area: Rect, canvas: &mut Canvas<'_>) {
        let theme = canvas.theme;
        let right = area.right().saturating_sub(EDGE);
        let (total, at) = (self.total(canvas.signs().ellipsis), (area.x + EDGE, area.y));
        let found = format!("{} of {total}", text::count(self.shown.len() as u64));
        let filter = &self.filter.input;
        if self.filter.is_typing {
            let x = canvas.put(at, "/ ", 2, theme.key());
            let end = canvas.put_right(right, area.y, &[(&found, theme.style(Tone::Muted))]);
            filter.draw(canvas, (x, area.y), end.saturating_sub(x + 2), theme.style(Tone::Text), true);
        } else {
            let strong = theme.strong(Tone::Text);
            let count = if self.filter.is_empty() { &total } else { &found };
            let x = canvas.put(at, title, 20, strong);
            let x = canvas.put((x + 2, area.y), count, 24, strong);
            if !self.filter.is_empty() {
                let filter = format!("/ {}", filter.value());
                canvas.put((x + 3, area.y), &filter, right.saturating_sub(x + 3), theme.style(Tone::Accent));
            }
        }
        if let Some(told) = self.told().filter(|_| !self.shown.is_empty()) {
            let columns = area.width.saturating_sub(2 * EDGE);
            canvas.put((area.x + EDGE, area.y + 1), &told, columns, theme.style(Tone::Danger));
        }
    }

    /// Draws the rows in view.
    pub(in crate::tui::screens) fn draw_rows(
        &self,
        body: Rect,
        canvas: &mut Canvas<'_>,
        mut draw: impl FnMut(&mut Canvas<'_>, (u16, u16), &R, bool),
    ) {
        table::draw(canvas, body, &self.window, self.shown.len(), |canvas, place, y, is_selected| {
            let Some(row) = self.get(place) else { return };
            draw(canvas, (body.x + EDGE, y), row, is_selected);
            if self.is_marked(row.id()) {
                canvas.buffer.set_style(Rect { y, height: 1, ..body }, canvas.theme.strong(Tone::Accent));
            }
        });
        let bar = Some(self.window.bar(self.shown.len(), body.y));
        canvas.scrollbar(body.right() - 1, bar, canvas.signs().thumb);
    }

    /// Draws why no row is shown; answers whether that is so.
    pub(in crate::tui::screens) fn draw_nothing(
        &self,
        says: &Empty,
        shared: &Shared,
        area: Rect,
        canvas: &mut Canvas<'_>,
    ) -> bool {
        if !self.shown.is_empty() {
            return false;
        }
        let (x, y) = (area.x + EDGE, area.y + 1);
        let columns = area.width.saturating_sub(2 * EDGE);
        if let Some(error) = self.filter.error() {
            for (y, line) in (y..area.bottom()).zip(text::wrap(error, usize::from(columns))) {
                canvas.put((x, y), &line, columns, canvas.theme.style(Tone::Danger));
            }
            return true;
        }
        match &self.reading {
            _ if !self.rows.is_empty() => {
                let said = format!("No match for  {}", self.filter.input.value());
                placeholder::draw(canvas, (x, y), columns, &said, ("Esc", "clears the filter"));
            }
            Load::Failed(message) => placeholder::draw_failure(canvas, (x, y), columns, message),
            Load::Loading(_) if shared.is_cut_off() => {}
            Load::Loading(_) => {
                canvas.put((x, y), says.reading, columns, canvas.theme.style(Tone::Muted));
            }
            Load::Idle => placeholder::draw(canvas, (x, y), columns, says.stopped, ("r", says.again)),
            Load::Ready(_) => placeholder::draw(canvas, (x, y), columns, says.none, ("Esc", "goes back")),
        }
        true
    }
}
