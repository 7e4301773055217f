//! Draws the form; one that does not fit scrolls to the focused field.

use super::Form;
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::{Canvas, EDGE};
use crate::tui::widgets::fields::Layout;
use ratatui::layout::Rect;

/// The column in which the fields begin.
const LABELS: u16 = 20;

impl Form {
    /// Draws title, fields, and what was refused below them.
    pub(super) fn paint(&self, _shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let theme = canvas.theme;
        let right = area.right().saturating_sub(EDGE);
        let status = match () {
            () if self.is_saving => ("saving", Tone::Warning),
            () if self.is_changed() => ("changed, not saved", Tone::Warning),
            () => ("", Tone::Muted),
        };
        let end = canvas.put_right(right, area.y, &[(status.0, theme.style(status.1))]);
        let (title, name) = self.purpose.title();
        let x = canvas.put((area.x + EDGE, area.y), title, 20, theme.style(Tone::Muted));
        let columns = end.saturating_sub(x + 4);
        canvas.put_middle((x + 2, area.y), name, columns, theme.strong(Tone::Text));

        let message = self.message_lines(area.width);
        let below = u16::try_from(message.len()).unwrap_or(0);
        let free = u16::from(area.height >= 2 + below + self.fields.height(Layout::Beside(LABELS, 1)));
        let layout = Layout::Beside(LABELS.min(area.width / 3), free.max(u16::from(area.height > 12)));
        let fields = Rect {
            x: area.x + EDGE,
            y: area.y + 2,
            width: area.width.saturating_sub(2 * EDGE),
            height: area.height.saturating_sub(2 + below),
        };
        self.fields.draw(canvas, fields, layout);
        let used = self.fields.height(layout).min(fields.height);
        let sign = match &self.message {
            Some((Tone::Danger, _)) => canvas.signs().wrong,
            _ => canvas.signs().attention,
        };
        for (line, (text, tone)) in (0..).zip(&message) {
            let y = (fields.y + used + line).min(area.bottom().saturating_sub(below - line));
            if line == 0 && !text.is_empty() {
                canvas.put((area.x + 2, y), sign, 1, theme.strong(*tone));
            }
            canvas.put((area.x + 4, y), text, area.width.saturating_sub(5), theme.style(*tone));
        }
    }

    fn message_lines(&self, width: u16) -> Vec<(String, Tone)> {
        let Some((tone, message)) = &self.message else {
            return Vec::new();
        };
        let columns = usize::from(width.saturating_sub(5));
        let text = text::wrap(&message.text, columns).into_iter().map(|line| (line, *tone));
        let hint = message.hint.as_deref().map(|hint| text::wrap(hint, columns));
        let hint = hint.unwrap_or_default().into_iter().map(|line| (line, Tone::Muted));
        text.chain(hint).collect()
    }
}
