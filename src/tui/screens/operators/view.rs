//! Draws the operators: email, made, changed; the one who is signed in is marked.

use super::Operators;
use crate::domain::Account;
use crate::tui::effect::Load;
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::{Canvas, EDGE};
use crate::tui::widgets::placeholder;
use crate::tui::widgets::table;
use ratatui::layout::Rect;

const GAP: u16 = 3;
const DATE: u16 = 10;
/// Wider, and the dates would stand too far from the emails that they belong to.
const WIDEST_EMAIL: u16 = 60;
const YOU: &str = "(you)";

/// Where each column begins, and how wide the email is.
struct Columns {
    email: u16,
    made: Option<u16>,
    changed: u16,
}

impl Columns {
    fn of(width: u16) -> Self {
        let has_made = width >= 60;
        let dates = if has_made { 2 * (GAP + DATE) } else { GAP + DATE };
        let email = width.saturating_sub(EDGE + dates + EDGE).min(WIDEST_EMAIL);
        let first = EDGE + email + GAP;
        Self {
            email,
            made: has_made.then_some(first),
            changed: if has_made { first + DATE + GAP } else { first },
        }
    }
}

impl Operators {
    /// Draws title, heads and rows, or why there are none.
    pub(super) fn paint(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let theme = canvas.theme;
        let muted = theme.style(Tone::Muted);
        let x = canvas.put((area.x + EDGE, area.y), "Operators", 20, theme.strong(Tone::Text));
        canvas.put((x + 2, area.y), &self.list.total(canvas.signs().ellipsis), 24, muted);
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
        let columns = Columns::of(area.width);
        canvas.put((below.x + EDGE, below.y), "EMAIL", columns.email, muted);
        if let Some(made) = columns.made {
            canvas.put((below.x + made, below.y), "CREATED", DATE, muted);
        }
        canvas.put((below.x + columns.changed, below.y), "CHANGED", DATE, muted);
        let body = Rect { y: below.y + 1, height: below.height.saturating_sub(1), ..below };
        table::draw(canvas, body, &self.list.window, rows.len(), |canvas, row, y, _| {
            if let Some(account) = rows.get(row) {
                draw_row(canvas, (body.x, y), &columns, account, shared.is_own(account.id));
            }
        });
    }

    fn draw_nothing(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let at = (area.x + EDGE, area.y + 1);
        let columns = area.width.saturating_sub(2 * EDGE);
        match &self.list.reading {
            Load::Failed(message) => placeholder::draw_failure(canvas, at, columns, message),
            Load::Loading(_) if shared.is_cut_off() => {}
            Load::Loading(_) => {
                canvas.put(at, "Reading operators", columns, canvas.theme.style(Tone::Muted));
            }
            Load::Idle | Load::Ready(_) => {
                let said = "Stopped before the first operator came.";
                placeholder::draw(canvas, at, columns, said, ("r", "reads them"));
            }
        }
    }
}

fn draw_row(canvas: &mut Canvas<'_>, at: (u16, u16), columns: &Columns, account: &Account, is_own: bool) {
    let theme = canvas.theme;
    let (x, y) = at;
    let muted = theme.style(Tone::Muted);
    let you = if is_own { u16::try_from(YOU.len() + 2).unwrap_or(0) } else { 0 };
    let room = columns.email.saturating_sub(you);
    let end = canvas.put_middle((x + EDGE, y), &account.email, room, theme.style(Tone::Text));
    if is_own {
        canvas.put((end + 2, y), YOU, you, theme.style(Tone::Accent));
    }
    if let Some(made) = columns.made {
        canvas.put((x + made, y), &text::date(account.created_at), DATE, muted);
    }
    canvas.put((x + columns.changed, y), &text::date(account.updated_at), DATE, muted);
}
