//! Draws the trash: name, when and by whom it was deleted, and how long it can still be restored.

use super::Trash;
use crate::domain::Organization;
use crate::tui::screens::paged::Empty;
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::{Canvas, EDGE};
use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Rect;
use std::sync::Arc;

const GAP: u16 = 3;
const AGE: u16 = 9;
/// `restorable`, or `5 d left`.
const LEFT: u16 = 12;
/// Wider, and what is said would stand too far from the name that it belongs to.
const WIDEST_NAME: u16 = 48;
const WIDEST_BY: u16 = 32;
/// From here on who deleted it is shown.
const WITH_BY: u16 = 72;

const SAYS: Empty = Empty {
    reading: "Reading the trash",
    stopped: "Stopped before the first row came.",
    again: "reads it",
    none: "The trash is empty.",
};

/// How wide name and deleter are.
struct Columns {
    name: u16,
    by: u16,
}

impl Columns {
    fn of<'a>(visible: impl Iterator<Item = &'a Arc<Organization>> + Clone, width: u16) -> Self {
        let wide = |text: &str| u16::try_from(text::width(text)).unwrap_or(u16::MAX);
        let deletions = visible.clone().filter_map(|row| row.deletion.as_ref());
        let by = deletions.map(|deletion| wide(&deletion.by)).max();
        let by = if width >= WITH_BY { by.unwrap_or(0).clamp(10, WIDEST_BY) } else { 0 };
        let rest = 2 * EDGE + AGE + LEFT + 2 * GAP + if by > 0 { by + GAP } else { 0 };
        let name = visible.map(|row| wide(&row.name)).max().unwrap_or(0).max(8);
        Self { name: name.min(WIDEST_NAME).min(width.saturating_sub(rest)), by }
    }
}

impl Trash {
    /// Draws title, heads and rows, or why there are none.
    pub(super) fn paint(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        self.list.draw_head("Trash", area, canvas);
        let below = Rect { y: area.y + 2, height: area.height.saturating_sub(2), ..area };
        if self.list.draw_nothing(&SAYS, shared, below, canvas) {
            return;
        }
        let body = Rect { y: below.y + 1, height: below.height.saturating_sub(1), ..below };
        let visible = self.list.window.range(self.list.count(), usize::from(body.height));
        let columns = Columns::of(visible.filter_map(|row| self.list.get(row)), area.width);
        draw_heads(below, &columns, canvas);
        self.list.draw_rows(body, canvas, |canvas, at, organization, is_selected| {
            draw_row(canvas, at, &columns, shared, organization, is_selected);
        });
    }
}

fn draw_heads(area: Rect, columns: &Columns, canvas: &mut Canvas<'_>) {
    let muted = canvas.theme.style(Tone::Muted);
    let mut x = area.x + EDGE;
    canvas.put((x, area.y), "NAME", columns.name, muted);
    x += columns.name + GAP + AGE;
    canvas.put_right(x, area.y, &[("DELETED", muted)]);
    if columns.by > 0 {
        canvas.put((x + GAP, area.y), "BY", columns.by, muted);
        x += GAP + columns.by;
    }
    canvas.put((x + GAP, area.y), "RESTORABLE", LEFT, muted);
}

fn draw_row(
    canvas: &mut Canvas<'_>,
    at: (u16, u16),
    columns: &Columns,
    shared: &Shared,
    row: &Organization,
    is_selected: bool,
) {
    let theme = canvas.theme;
    let (mut x, y) = at;
    let muted = theme.style(Tone::Muted);
    let name = if is_selected { theme.strong(Tone::Text) } else { theme.style(Tone::Text) };
    canvas.put_middle((x, y), &row.name, columns.name, name);
    let Some(deletion) = &row.deletion else { return };
    let now = shared.minute();
    x += columns.name + GAP + AGE;
    canvas.put_right(x, y, &[(&text::age(now, deletion.at), muted)]);
    if columns.by > 0 {
        canvas.put_middle((x + GAP, y), &deletion.by, columns.by, muted);
        x += GAP + columns.by;
    }
    let (left, tone) = time_left(now, deletion.purge_at);
    canvas.put((x + GAP, y), &left, LEFT, theme.style(tone));
}

/// How long it can still be restored; in the last day that is worth a look.
fn time_left(now: Timestamp, purge_at: Timestamp) -> (String, Tone) {
    let left = purge_at.duration_since(now);
    if left < SignedDuration::from_mins(1) {
        return ("due".to_owned(), Tone::Danger);
    }
    let tone = if left < SignedDuration::from_hours(24) { Tone::Warning } else { Tone::Text };
    (format!("{} left", text::age(purge_at, now)), tone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_is_rounded_down_and_warns_on_the_last_day() {
        let now: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        let left = |hours| time_left(now, now + SignedDuration::from_hours(hours));
        assert_eq!(left(7 * 24), ("7 d left".to_owned(), Tone::Text));
        assert_eq!(left(23), ("23 h left".to_owned(), Tone::Warning));
        assert_eq!(left(0), ("due".to_owned(), Tone::Danger));
    }
}
