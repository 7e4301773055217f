//! The first tab: every field of the record, and the figures of its collection.

use super::OrganizationScreen;
use crate::domain::{CollectionStats, Organization};
use crate::tui::effect::{Load, Message};
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Role;
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
            canvas.put((area.x + 2, y), line.label, 14, theme.style(Role::Muted));
            let at = area.x + 18;
            let end = canvas.put((at, y), &line.value, right.saturating_sub(at), theme.style(line.role));
            if !line.aside.is_empty() {
                let room = right.saturating_sub(end + 3);
                canvas.put((end + 3, y), &line.aside, room, theme.style(Role::Muted));
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
        match &self.figures {
            Load::Ready(figures) => lines.extend(figure_lines(figures)),
            Load::Idle | Load::Loading(_) => {
                lines.push(Line::new("Documents", ellipsis.to_owned()));
                lines.push(Line::new("Data", ellipsis.to_owned()));
            }
            Load::Failed(message) => {
                let role = if organization.state.has_operation() { Role::Muted } else { Role::Danger };
                lines.extend(message_lines(message, role, columns));
            }
        }
        lines
    }
}

struct Line {
    label: &'static str,
    value: String,
    role: Role,
    aside: String,
}

impl Line {
    fn new(label: &'static str, value: String) -> Self {
        Self { label, value, role: Role::Text, aside: String::new() }
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
            role: Role::Text,
            aside: String::new(),
        })
        .collect()
}

/// Why there are no figures, wrapped.
fn message_lines(message: &Message, role: Role, columns: usize) -> Vec<Line> {
    let hint = message.hint.as_deref().map(|hint| text::wrap(hint, columns));
    let hint = hint.unwrap_or_default().into_iter().map(|line| (line, Role::Muted));
    let text = text::wrap(&message.text, columns).into_iter().map(|line| (line, role));
    text.chain(hint)
        .enumerate()
        .map(|(at, (value, role))| Line {
            label: if at == 0 { "Documents" } else { "" },
            value,
            role,
            aside: String::new(),
        })
        .collect()
}

/// What the store does not know has no line.
fn figure_lines(figures: &CollectionStats) -> Vec<Line> {
    let mut data = text::bytes(figures.data_bytes);
    if let Some(each) = figures.data_bytes.checked_div(figures.documents) {
        data = format!("{data}, {} a document", text::bytes(each));
    }
    let mut lines = vec![Line::new("Documents", text::count(figures.documents)), Line::new("Data", data)];
    if let Some(disk) = figures.disk_bytes {
        lines.push(Line::new("On disk", text::bytes(disk)));
    }
    if !figures.indexes.is_empty() {
        let size = figures.index_bytes.map(text::bytes).unwrap_or_default();
        lines.push(Line::new("Indexes", figures.indexes.join(", ")).aside(size));
    }
    lines
}
