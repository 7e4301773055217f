//! The question before a changed form is left.

use crate::tui::action::Command;
use crate::tui::screens::{Move, Step};
use crate::tui::theme::Role;
use crate::tui::widgets::canvas::{Canvas, centred};
use ratatui::layout::Rect;

/// The question; it knows nothing but how it is answered.
#[derive(Debug, Clone, Copy)]
pub struct LeaveForm;

impl LeaveForm {
    /// Leaves, or stays.
    pub fn command(self, command: Command) -> Option<Step> {
        if command == Command::Accept {
            return Some(Step::go(Move::Close).and(Move::Pop));
        }
        (command == Command::Escape).then(|| Step::go(Move::Close))
    }

    /// Draws the card.
    pub fn draw(self, area: Rect, canvas: &mut Canvas<'_>) {
        let inside = canvas.card(centred(area, 50, 6), "Leave without saving?", Role::Text);
        let theme = canvas.theme;
        let (x, y) = (inside.x, inside.y + 1);
        canvas.put((x, y), "What was typed here will be lost.", inside.width, theme.style(Role::Text));
        let pieces = [
            ("y", theme.strong(Role::Danger)),
            ("  leave", theme.style(Role::Muted)),
            ("     Esc", theme.key()),
            ("  stay", theme.style(Role::Muted)),
        ];
        canvas.put_all((x, y + 2), inside.right(), &pieces);
    }
}
