//! Draws name, tabs and state, and below them the tab in view.

use super::{OrganizationScreen, Tab};
use crate::domain::Organization;
use crate::tui::effect::Load;
use crate::tui::shared::Shared;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::state::draw_state;
use ratatui::layout::Rect;

impl OrganizationScreen {
    /// Draws name, tabs and state, and the tab in view.
    pub(super) fn paint(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let theme = canvas.theme;
        match &self.record {
            Load::Ready(organization) => {
                self.draw_title(organization, area, canvas);
                let below =
                    |rows| Rect { y: area.y + rows, height: area.height.saturating_sub(rows), ..area };
                match self.tab {
                    Tab::Overview => self.draw_lines(shared, organization, below(2), canvas),
                    Tab::Activity => self.activity.draw(shared, below(1), canvas),
                }
            }
            Load::Failed(message) => {
                let danger = theme.style(Tone::Danger);
                let columns = area.width.saturating_sub(4);
                canvas.put((area.x + 3, area.y + 2), canvas.signs().attention, 1, danger);
                canvas.put((area.x + 5, area.y + 2), &message.text, columns, danger);
                if let Some(hint) = &message.hint {
                    canvas.put((area.x + 5, area.y + 3), hint, columns, theme.style(Tone::Muted));
                }
            }
            Load::Idle | Load::Loading(_) if shared.is_cut_off() => {}
            Load::Idle | Load::Loading(_) => {
                let muted = theme.style(Tone::Muted);
                canvas.put((area.x + 3, area.y + 2), "Reading the organization", 40, muted);
            }
        }
    }

    fn draw_title(&self, organization: &Organization, area: Rect, canvas: &mut Canvas<'_>) {
        let theme = canvas.theme;
        let right = area.right().saturating_sub(1);
        let status = organization.status();
        let end = right.saturating_sub(u16::try_from(status.as_str().len()).unwrap_or(0));
        draw_state(canvas, (end, area.y), status);
        let is_narrow = area.width < 64;
        let tabs = Tab::ALL.map(|tab| {
            let label =
                if is_narrow { tab.number().to_owned() } else { format!("{} {}", tab.number(), tab.word()) };
            if tab == self.tab {
                (format!("[{label}]"), theme.strong(Tone::Accent))
            } else {
                (format!(" {label} "), theme.style(Tone::Muted))
            }
        });
        let wide: usize = tabs.iter().map(|(label, _)| label.len() + 1).sum();
        let columns = end.saturating_sub(area.x + 6 + u16::try_from(wide).unwrap_or(0));
        let x =
            canvas.put_middle((area.x + 1, area.y), &organization.name, columns, theme.strong(Tone::Text));
        let mut x = x + 2;
        for (label, style) in tabs {
            x = canvas.put((x + 1, area.y), &label, right.saturating_sub(x), style);
        }
    }
}
