//! The first tab: the facts in groups, and what was done last beside them, or below them where there is no room.

use super::{OrganizationScreen, facts};
use crate::domain::Organization;
use crate::tui::shared::Shared;
use crate::tui::theme::{Signs, Tone};
use crate::tui::widgets::canvas::{Canvas, EDGE};
use crate::tui::widgets::facts::{Line, draw, groups};
use ratatui::layout::Rect;

/// From so many columns on the activity stands beside the facts.
const TWO_HALVES: u16 = 110;
/// Below so many rows some facts share a line.
const LOW: u16 = 20;
/// Below the facts it takes at least so many rows, or none.
const LEAST_RECENT: u16 = 4;

impl OrganizationScreen {
    /// Facts that do not fit scroll; the activity has as many lines as there is room for.
    pub(super) fn draw_overview(
        &self,
        shared: &Shared,
        organization: &Organization,
        area: Rect,
        canvas: &mut Canvas<'_>,
    ) {
        let is_wide = area.width >= TWO_HALVES;
        let width = if is_wide { area.width / 2 } else { area.width };
        let x = area.x + EDGE;
        let facts = Rect { x, width: width.saturating_sub(2 * EDGE), ..area };
        let signs = canvas.signs();
        let lines = self.lines(shared, organization, facts, signs);
        let first = self.scroll.first(lines.len(), usize::from(area.height));
        draw(canvas, facts, &lines, first);
        let recent = if is_wide {
            let x = area.x + width;
            canvas.divider(x, area.y..area.bottom(), None);
            Rect { x: x + 3, width: area.right().saturating_sub(x + 3 + EDGE), ..area }
        } else {
            let used = u16::try_from(lines.len() + 1).unwrap_or(u16::MAX).min(area.height);
            Rect { y: area.y + used, height: area.height - used, ..facts }
        };
        if is_wide || recent.height >= LEAST_RECENT {
            self.draw_recent(shared, recent, canvas);
        }
    }

    fn draw_recent(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let theme = canvas.theme;
        let recent = self.activity.recent();
        if recent.is_empty() {
            return;
        }
        canvas.put((area.x, area.y), "Activity", area.width, theme.style(Tone::Accent));
        let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        facts::draw_recent(canvas, body, recent, shared.minute());
    }

    fn lines(
        &self,
        shared: &Shared,
        organization: &Organization,
        area: Rect,
        signs: &'static Signs,
    ) -> Vec<Line> {
        let (columns, is_low) = (usize::from(area.width), area.height < LOW);
        let sign_ins = facts::SignIns { last: self.signed_in, failed: self.failed_tries() };
        groups(vec![
            facts::state(organization, shared, columns),
            facts::identity(organization, shared.minute()),
            facts::admin(organization, sign_ins, is_low, shared.minute(), signs),
            facts::data(&self.stats, organization.state.has_operation(), columns, signs),
            facts::indexes(&self.stats),
        ])
    }
}
