//! Draws the operators: email, made, changed; the one who is signed in is marked.

use super::Operators;
use crate::domain::Account;
use crate::tui::screens::paged::Empty;
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::{Canvas, EDGE};
use ratatui::layout::Rect;

const GAP: u16 = 3;
const DATE: u16 = 10;
/// Wider, and the dates would stand too far from the emails that they belong to.
const WIDEST_EMAIL: u16 = 60;
const YOU: &str = "(you)";

const SAYS: Empty = Empty {
    reading: "Reading operators",
    stopped: "Stopped before the first operator came.",
    again: "reads them",
    none: "No operator.",
};

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
        let muted = canvas.theme.style(Tone::Muted);
        self.list.draw_head("Operators", area, canvas);
        let below = Rect { y: area.y + 2, height: area.height.saturating_sub(2), ..area };
        if self.list.draw_nothing(&SAYS, shared, below, canvas) {
            return;
        }
        let columns = Columns::of(area.width);
        canvas.put((below.x + EDGE, below.y), "EMAIL", columns.email, muted);
        if let Some(made) = columns.made {
            canvas.put((below.x + made, below.y), "CREATED", DATE, muted);
        }
        canvas.put((below.x + columns.changed, below.y), "CHANGED", DATE, muted);
        let body = Rect { y: below.y + 1, height: below.height.saturating_sub(1), ..below };
        self.list.draw_rows(body, canvas, |canvas, (_, y), account, _| {
            draw_row(canvas, (body.x, y), &columns, account, shared.is_own(account.id));
        });
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
