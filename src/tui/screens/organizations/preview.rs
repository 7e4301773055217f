//! The selected organization beside the list. It is read behind the list, one at a time: while the selection moves
//! on, only the one it comes to rest on is read next.

use super::Organizations;
use super::view::WITH_PREVIEW;
use crate::domain::{AuditEntry, Organization, OrganizationId, SizeFact};
use crate::service::Error;
use crate::tui::effect::{CallError, Load, Message};
use crate::tui::layer::Cx;
use crate::tui::reads::{Preview, ReadPreview};
use crate::tui::screens::organization::facts;
use crate::tui::shared::Shared;
use crate::tui::theme::{Signs, Tone};
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::facts::{Line, draw, groups};
use jiff::Timestamp;
use ratatui::layout::Rect;

/// What was read for the preview.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// Of which organization, as it was when it was asked for.
    of: Option<(OrganizationId, Timestamp)>,
    stats: facts::Stats,
    recent: Vec<AuditEntry>,
    /// Whether an answer is waited for.
    is_reading: bool,
    /// Whether it is read anew, behind what is there.
    is_stale: bool,
}

impl Beside {
    /// Nobody waits for an answer any more, and what is there is read anew.
    pub(super) fn forget(&mut self) {
        (self.is_reading, self.is_stale) = (false, true);
    }
}

impl Organizations {
    /// Reads the preview of the selected one, unless it is there or one is being read.
    pub(super) fn read_preview(&mut self, cx: &mut Cx<'_, Self>) {
        let Some(selected) = self.selected() else { return };
        let of = (selected.id, selected.updated_at);
        let is_there = self.beside.of == Some(of) && !self.beside.is_stale;
        if cx.shared().size.0 < WITH_PREVIEW || self.beside.is_reading || is_there {
            return;
        }
        if self.beside.of.is_none_or(|(id, _)| id != of.0) {
            self.beside = Beside::default();
        }
        (self.beside.of, self.beside.is_reading, self.beside.is_stale) = (Some(of), true, false);
        cx.call(ReadPreview(of.0), Self::preview_came);
    }

    fn preview_came(&mut self, preview: Result<Preview, CallError>, cx: &mut Cx<'_, Self>) {
        self.beside.is_reading = false;
        let Some((id, _)) = self.beside.of else { return };
        match preview {
            Ok(Preview { stats, recent }) => {
                let size = match &stats {
                    Ok(stats) => SizeFact::Is(stats.size),
                    Err(Error::CollectionMissing(_)) => SizeFact::Missing,
                    Err(_) => SizeFact::Unknown,
                };
                self.rows.learn_size(id, size);
                self.beside.stats = match stats {
                    Ok(stats) => Load::Ready(stats),
                    Err(error) => Load::Failed(Message::from(&error)),
                };
                self.beside.recent = recent;
            }
            Err(CallError::Stopped) => {}
            Err(CallError::Refused(error)) => self.beside.stats = Load::Failed(Message::from(&error)),
        }
        self.read_preview(cx);
    }

    /// Draws the selected organization, with what of it has been read.
    pub(super) fn draw_preview(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let Some(selected) = self.selected() else { return };
        let theme = canvas.theme;
        canvas.put_middle((area.x, area.y), &selected.name, area.width, theme.strong(Tone::Text));
        let below = Rect { y: area.y + 2, height: area.height.saturating_sub(2), ..area };
        let lines = self.preview_lines(shared, selected, area.width, canvas.signs());
        draw(canvas, below, &lines, 0);
        let used = u16::try_from(lines.len() + 1).unwrap_or(u16::MAX);
        let rest = Rect {
            y: below.y.saturating_add(used).min(area.bottom()),
            height: below.height.saturating_sub(used),
            ..below
        };
        if self.is_beside(selected) && !self.beside.recent.is_empty() && rest.height > 1 {
            canvas.put((rest.x, rest.y), "Activity", rest.width, theme.style(Tone::Accent));
            let recent = Rect { y: rest.y + 1, height: rest.height - 1, ..rest };
            facts::draw_recent(canvas, recent, &self.beside.recent, shared.minute());
        }
    }

    fn is_beside(&self, selected: &Organization) -> bool {
        self.beside.of.is_some_and(|(id, _)| id == selected.id)
    }

    fn preview_lines(
        &self,
        shared: &Shared,
        selected: &Organization,
        width: u16,
        signs: &'static Signs,
    ) -> Vec<Line> {
        let columns = usize::from(width);
        let unread = Load::Idle;
        let stats = if self.is_beside(selected) { &self.beside.stats } else { &unread };
        let signed_in = self.rows.known_of(selected.id).facts.signed_in;
        groups(vec![
            facts::state(selected, shared, columns),
            facts::brief(selected, signed_in, shared.minute()),
            facts::data(stats, selected.state.has_operation(), columns, signs),
        ])
    }
}
