//! Draws the trash: name, when and by whom it was deleted, and how long it can still be restored.

use super::Trash;
use crate::domain::Organization;
use crate::tui::effect::Load;
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::{Canvas, EDGE};
use crate::tui::widgets::{placeholder, table};
use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Rect;

const GAP: u16 = 3;
const AGE: u16 = 9;
/// `restorable`, or `5 d left`.
const LEFT: u16 = 12;
/// Wider, and what is said would stand too far from the name that it belongs to.
const WIDEST_NAME: u16 = 48;
const WIDEST_BY: u16 = 32;
/// From here on who deleted it is shown.
const WITH_BY: u16 = 72;

/// How wide name and deleter are.
struct Columns {
    name: u16,
    by: u16,
}

impl Columns {
    fn of(rows: &[std::sync::Arc<Organization>], visible: std::ops::Range<usize>, width: u16) -> Self {
        let visible = rows.get(visible).unwrap_or_default();
        let wide = |text: &str| u16::try_from(text::width(text)).unwrap_or(u16::MAX);
        let by =
            visible.iter().filter_map(|row| row.deletion.as_ref()).map(|deletion| wide(&deletion.by)).max();
        let by = if width >= WITH_BY { by.unwrap_or(0).clamp(10, WIDEST_BY) } else { 0 };
        let rest = 2 * EDGE + AGE + LEFT + 2 * GAP + if by > 0 { by + GAP } else { 0 };
        let name = visible.iter().map(|row| wide(&row.name)).max().unwrap_or(0).max(8);
        Self { name: name.min(WIDEST_NAME).min(width.saturating_sub(rest)), by }
    }
}

impl Trash {
    /// Draws title, heads and rows, or why there are none.
    pub(super) fn paint(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let theme = canvas.theme;
        let strong = theme.strong(Tone::Text);
        let x = canvas.put((area.x + EDGE, area.y), "Trash", 20, strong);
        let count = self.list.total(canvas.signs().ellipsis);
        canvas.put((x + 2, area.y), &count, 24, strong);
        let below = Rect { y: area.y + 2, height: area.height.saturating_sub(2), ..area };
        let rows = self.list.rows();
        if rows.is_empty() {
            self.draw_nothing(shared, below, canvas);
            return;
        }
        if let Some(told) = self.list.told() {
            let columns = area.width.saturating_sub(2 * EDGE);
            canvas.put((area.x + EDGE, area.y + 1), &told, columns, theme.style(Tone::Danger));
        }
        let body = Rect { y: below.y + 1, height: below.height.saturating_sub(1), ..below };
        let visible = self.list.window.range(rows.len(), usize::from(body.height));
        let columns = Columns::of(rows, visible, area.width);
        draw_heads(below, &columns, canvas);
        table::draw(canvas, body, &self.list.window, rows.len(), |canvas, row, y, is_selected| {
            if let Some(organization) = rows.get(row) {
                draw_row(canvas, (body.x + EDGE, y), &columns, shared, organization, is_selected);
            }
        });
        let bar = Some(self.list.window.bar(rows.len(), body.y));
        canvas.scrollbar(area.right() - 1, bar, canvas.signs().thumb);
    }

    fn draw_nothing(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let at = (area.x + EDGE, area.y + 1);
        let columns = area.width.saturating_sub(2 * EDGE);
        match &self.list.reading {
            Load::Failed(message) => placeholder::draw_failure(canvas, at, columns, message),
            Load::Loading(_) if shared.is_cut_off() => {}
            Load::Loading(_) => {
                canvas.put(at, "Reading the trash", columns, canvas.theme.style(Tone::Muted));
            }
            Load::Idle => {
                placeholder::draw(
                    canvas,
                    at,
                    columns,
                    "Stopped before the first row came.",
                    ("r", "reads it"),
                );
            }
            Load::Ready(_) => {
                placeholder::draw(canvas, at, columns, "The trash is empty.", ("Esc", "goes back"));
            }
        }
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
