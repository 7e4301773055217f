//! The first tab: every field of the record, and the stats of its collection.

use super::OrganizationScreen;
use crate::domain::{CollectionStats, Organization};
use crate::tui::effect::{Load, Message};
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::state;
use ratatui::layout::Rect;

impl OrganizationScreen {
    /// One line a field; where they do not all fit they scroll.
    pub(super) fn draw_lines(
        &self,
        shared: &Shared,
        organization: &Organization,
        area: Rect,
        canvas: &mut Canvas<'_>,
    ) {
        let columns = usize::from(area.width.saturating_sub(19));
        let lines = self.lines(shared, organization, columns, canvas.signs().ellipsis);
        let rows = area.y..area.bottom();
        let first = self.scroll.first(lines.len(), rows.len());
        let (theme, right) = (canvas.theme, area.right().saturating_sub(1));
        for (y, line) in rows.zip(lines.iter().skip(first)) {
            canvas.put((area.x + 2, y), line.label, 14, theme.style(Tone::Muted));
            let at = area.x + 18;
            let end = canvas.put((at, y), &line.value, right.saturating_sub(at), theme.style(line.tone));
            if !line.aside.is_empty() {
                let room = right.saturating_sub(end + 3);
                canvas.put((end + 3, y), &line.aside, room, theme.style(Tone::Muted));
            }
        }
    }

    fn lines(
        &self,
        shared: &Shared,
        organization: &Organization,
        columns: usize,
        ellipsis: &str,
    ) -> Vec<Line> {
        let now = shared.now;
        let mut lines = vec![
            Line::new("Name", organization.name.clone()),
            Line::new("Organization", organization.id.to_string()),
            Line::new("Collection", organization.collection_name().to_owned()),
            Line::new("Admin", organization.admin_email.clone()),
            Line::new("Created", text::moment(organization.created_at))
                .aside(text::ago(now, organization.created_at)),
            Line::new("Changed", text::moment(organization.updated_at))
                .aside(text::ago(now, organization.updated_at)),
        ];
        lines.extend(state_lines(organization, shared.is_operator(), columns));
        lines.push(Line::new("", String::new()));
        match &self.stats {
            Load::Ready(stats) => lines.extend(stat_lines(stats)),
            Load::Idle | Load::Loading(_) => {
                lines.push(Line::new("Documents", ellipsis.to_owned()));
                lines.push(Line::new("Data", ellipsis.to_owned()));
            }
            Load::Failed(message) => {
                let tone = if organization.state.has_operation() { Tone::Muted } else { Tone::Danger };
                lines.extend(message_lines(message, tone, columns));
            }
        }
        lines
    }
}

struct Line {
    label: &'static str,
    value: String,
    tone: Tone,
    aside: String,
}

impl Line {
    fn new(label: &'static str, value: String) -> Self {
        Self { label, value, tone: Tone::Text, aside: String::new() }
    }

    fn aside(mut self, aside: String) -> Self {
        self.aside = aside;
        self
    }
}

/// What it means that it is not active, wrapped.
fn state_lines(organization: &Organization, is_operator: bool, columns: usize) -> Vec<Line> {
    let Some(meaning) = state::meaning(organization, is_operator) else {
        return Vec::new();
    };
    let lines = text::wrap(&meaning, columns).into_iter().enumerate();
    lines
        .map(|(at, value)| Line {
            label: if at == 0 { "State" } else { "" },
            value,
            tone: Tone::Text,
            aside: String::new(),
        })
        .collect()
}

/// Why there are no stats, wrapped.
fn message_lines(message: &Message, tone: Tone, columns: usize) -> Vec<Line> {
    let hint = message.hint.as_deref().map(|hint| text::wrap(hint, columns));
    let hint = hint.unwrap_or_default().into_iter().map(|line| (line, Tone::Muted));
    let text = text::wrap(&message.text, columns).into_iter().map(|line| (line, tone));
    text.chain(hint)
        .enumerate()
        .map(|(at, (value, tone))| Line {
            label: if at == 0 { "Documents" } else { "" },
            value,
            tone,
            aside: String::new(),
        })
        .collect()
}

/// What the store does not know has no line.
fn stat_lines(stats: &CollectionStats) -> Vec<Line> {
    let mut data = text::bytes(stats.data_bytes);
    if let Some(each) = stats.data_bytes.checked_div(stats.documents) {
        data = format!("{data}, average {}", text::bytes(each));
    }
    let mut lines = vec![Line::new("Documents", text::count(stats.documents)), Line::new("Data", data)];
    if let Some(disk) = stats.disk_bytes {
        lines.push(Line::new("On disk", text::bytes(disk)));
    }
    if !stats.indexes.is_empty() {
        let size = stats.index_bytes.map(text::bytes).unwrap_or_default();
        lines.push(Line::new("Indexes", stats.indexes.join(", ")).aside(size));
    }
    lines
}
