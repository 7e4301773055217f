//! Draws name and tabs, and below them the tab in view.

use super::OrganizationScreen;
use super::tabs::Tab;
use crate::domain::Organization;
use crate::tui::effect::Load;
use crate::tui::shared::Shared;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::{Canvas, EDGE};
use crate::tui::widgets::placeholder;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

/// Below so many rows the tabs stand beside the name.
const LOW: u16 = 12;
/// Beside the name, and on fewer columns than this, only the tab in view has its word.
const NARROW: u16 = 60;

impl OrganizationScreen {
    /// Draws name and tabs, and the tab in view.
    pub(super) fn paint(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let at = (area.x + EDGE, area.y + 2);
        match &self.record {
            Load::Ready(organization) => {
                let head = self.draw_title(organization, area, canvas);
                let below = Rect { y: area.y + head, height: area.height.saturating_sub(head), ..area };
                match self.tab {
                    Tab::Overview => {
                        let mut below = below;
                        if let Some(failure) = &self.failure {
                            let told = self.freshness.told(failure);
                            let columns = below.width.saturating_sub(4);
                            let style = canvas.theme.style(Tone::Danger);
                            canvas.put((below.x + 2, below.y), &told, columns, style);
                            below = Rect { y: below.y + 1, height: below.height.saturating_sub(1), ..below };
                        }
                        self.draw_overview(shared, organization, below, canvas);
                    }
                    Tab::Documents => self.documents.draw(shared, below, canvas),
                    Tab::Activity => self.activity.draw(shared, below, canvas),
                }
            }
            Load::Failed(message) => {
                placeholder::draw_failure(canvas, at, area.width.saturating_sub(2 * EDGE), message);
            }
            Load::Idle | Load::Loading(_) if shared.is_cut_off() => {}
            Load::Idle | Load::Loading(_) => {
                canvas.put(at, "Reading the organization", 40, canvas.theme.style(Tone::Muted));
            }
        }
    }

    /// Answers the rows that it takes, with the free one below.
    fn draw_title(&self, organization: &Organization, area: Rect, canvas: &mut Canvas<'_>) -> u16 {
        let theme = canvas.theme;
        let muted = theme.style(Tone::Muted);
        let right = area.right().saturating_sub(EDGE);
        let is_low = area.height < LOW;
        let is_short = is_low && area.width < NARROW;
        let tabs: Vec<_> = Tab::ALL.iter().flat_map(|tab| self.tab_pieces(*tab, is_short, canvas)).collect();
        let pieces: Vec<(&str, _)> = tabs.iter().map(|(text, style)| (text.as_str(), *style)).collect();
        let mut end = right;
        if is_low {
            end = canvas.put_right(right, area.y, &pieces).saturating_sub(2);
        } else {
            canvas.put_all((area.x + EDGE, area.y + 1), right, &pieces);
        }
        let columns = end.saturating_sub(area.x + EDGE);
        let at = (area.x + EDGE, area.y);
        let x = canvas.put_middle(at, &organization.name, columns, theme.strong(Tone::Text)) + 2;
        if !is_low {
            canvas.put_middle((x, area.y), organization.collection_name(), end.saturating_sub(x), muted);
        }
        if is_low { 1 } else { 3 }
    }

    /// The key of a tab and its word; the one in view is underlined.
    fn tab_pieces(&self, tab: Tab, is_short: bool, canvas: &Canvas<'_>) -> [(String, Style); 3] {
        let theme = canvas.theme;
        let (number, word) = (tab.number(), tab.word());
        let word = if is_short && tab != self.tab { "" } else { word };
        let free = if is_short { " " } else { "   " };
        let free = (free.to_owned(), theme.style(Tone::Muted));
        if tab == self.tab {
            let style = theme.strong(Tone::Accent).add_modifier(Modifier::UNDERLINED);
            [(format!("{number} "), style), (word.to_owned(), style), free]
        } else {
            [(format!("{number} "), theme.key()), (word.to_owned(), theme.style(Tone::Muted)), free]
        }
    }
}
