//! A column to sort by, chosen from a list.

use crate::tui::action::Command;
use crate::tui::screens::organizations::Column;
use crate::tui::screens::{Move, Step};
use crate::tui::theme::Role;
use crate::tui::widgets::canvas::{Canvas, centred};
use crate::tui::widgets::table::{self, Window};
use ratatui::layout::Rect;

/// The menu.
#[derive(Debug)]
pub struct Menu {
    window: Window,
    current: Column,
}

impl Menu {
    /// With the present column selected.
    pub fn new(current: Column) -> Self {
        let mut window = Window::default();
        window.selected = Column::ALL.iter().position(|column| *column == current).unwrap_or(0);
        Self { window, current }
    }

    /// Moves, chooses or closes.
    pub fn command(&mut self, command: Command) -> Option<Step> {
        if command == Command::Submit {
            let column = Column::ALL.get(self.window.selected).copied().unwrap_or_default();
            return Some(Step::go(Move::Close).and(Move::SortBy(column)));
        }
        if command == Command::Escape {
            return Some(Step::go(Move::Close));
        }
        let rows = if command == Command::Down { 1 } else { -1 };
        if !matches!(command, Command::Up | Command::Down) {
            return None;
        }
        self.window.move_by(rows, Column::ALL.len());
        Some(Step::default())
    }

    /// Draws the card.
    pub fn draw(&self, area: Rect, canvas: &mut Canvas<'_>) {
        let rows = u16::try_from(Column::ALL.len()).unwrap_or(0);
        let inside = canvas.card(centred(area, 26, rows + 2), "Sort by", Role::Text);
        let theme = canvas.theme;
        table::draw(canvas, inside, &self.window, Column::ALL.len(), |canvas, row, y, _| {
            let Some(column) = Column::ALL.get(row) else {
                return;
            };
            let end = canvas.put((inside.x + 4, y), column.word(), 14, theme.style(Role::Text));
            if *column == self.current {
                canvas.put((end + 2, y), canvas.signs().good, 1, theme.style(Role::Accent));
            }
        });
    }
}
