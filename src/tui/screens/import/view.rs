//! Draws the form; below the fields stands what would be created, how far it is, or what is wrong.

use super::{Import, Running, Step};
use crate::service::ImportPreview;
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::{Canvas, EDGE};
use crate::tui::widgets::facts::{self, Fact, Line};
use crate::tui::widgets::fields::Layout;
use crate::tui::widgets::gauge;
use ratatui::layout::Rect;

/// The column in which the fields begin.
const LABELS: u16 = 20;
/// The rows of what would be created: name, collection, admin, documents, and a free one.
const CREATED: u16 = 5;
/// The rows of a gauge with its words, and a free one.
const GAUGE: u16 = 4;

impl Import {
    /// Draws title, fields, and what is below them.
    pub(super) fn paint(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let theme = canvas.theme;
        canvas.put((area.x + EDGE, area.y), "Import organization", 30, theme.style(Tone::Muted));
        let width = area.width.saturating_sub(2 * EDGE);
        let message = self.message_lines(usize::from(width));
        let below = match &self.step {
            Step::Typing => u16::try_from(message.len()).unwrap_or(0),
            Step::Checking(_) | Step::Importing(_) => GAUGE,
            Step::Checked(_) => CREATED,
        };
        let below = below.min(area.height.saturating_sub(2));
        let body =
            Rect { x: area.x + EDGE, y: area.y + 2, width, height: area.height.saturating_sub(2 + below) };
        let label = LABELS.min(area.width / 3);
        let is_roomy = body.height >= self.fields.height(Layout::Beside(label, 1));
        let layout = Layout::Beside(label, u16::from(is_roomy));
        if body.height > 1 {
            self.fields.draw(canvas, body, layout);
        }
        if self.running().is_some() {
            canvas.cursor = None;
        }
        let y = body.y + self.fields.height(layout).min(body.height);
        let below = Rect { y, height: area.bottom().saturating_sub(y), ..body };
        match &self.step {
            Step::Typing => draw_message(canvas, below, &message),
            Step::Checking(running) | Step::Importing(running) => {
                draw_running(canvas, below, shared, running);
            }
            Step::Checked(preview) => facts::draw(canvas, below, &created(preview), 0),
        }
    }

    fn message_lines(&self, columns: usize) -> Vec<(String, Tone)> {
        let Some((tone, message)) = &self.message else {
            return Vec::new();
        };
        let columns = columns.saturating_sub(2);
        let text = text::wrap(&message.text, columns).into_iter().map(|line| (line, *tone));
        let hint = message.hint.as_deref().map(|hint| text::wrap(hint, columns)).unwrap_or_default();
        text.chain(hint.into_iter().map(|line| (line, Tone::Muted))).collect()
    }
}

fn draw_message(canvas: &mut Canvas<'_>, area: Rect, message: &[(String, Tone)]) {
    let theme = canvas.theme;
    for (y, (at, (line, tone))) in (area.y..area.bottom()).zip(message.iter().enumerate()) {
        if at == 0 {
            let signs = canvas.signs();
            let sign = if *tone == Tone::Danger { signs.wrong } else { signs.attention };
            canvas.put((area.x, y), sign, 1, theme.strong(*tone));
        }
        canvas.put((area.x + 2, y), line, area.width.saturating_sub(2), theme.style(*tone));
    }
}

/// What would be created.
fn created(preview: &ImportPreview) -> Vec<Line> {
    let organization = &preview.organization;
    let facts = vec![
        Fact::new("creates", &organization.name),
        Fact::new("collection", &organization.collection_name),
        Fact::new("admin", &organization.admin_email),
        Fact::new("documents", text::count(preview.documents)).aside(text::bytes(preview.data_bytes)),
    ];
    std::iter::once(Line::Free).chain(facts::group("", facts)).collect()
}

fn draw_running(canvas: &mut Canvas<'_>, area: Rect, shared: &Shared, running: &Running) {
    let progress = running.progress;
    let (done, of) = match progress.total {
        0 => (progress.checked_bytes, progress.file_bytes),
        total => (progress.documents, total),
    };
    let seconds = shared.now.duration_since(running.since).as_secs().max(0);
    let words = match progress.total {
        0 => format!("checking the archive: {}, {seconds} s", text::bytes(progress.checked_bytes)),
        total => format!(
            "importing: {} of {} documents, {seconds} s",
            text::count(progress.documents),
            text::count(total)
        ),
    };
    let next = match () {
        () if running.is_stopping => "Stopping.",
        // A check that found no answer waits for the next try; an import is never begun again by itself.
        () if !shared.calls.pending.contains_key(&running.call) => {
            "It begins again as soon as the store answers."
        }
        () => "Stopped before its end, it leaves nothing.",
    };
    let theme = canvas.theme;
    let free = u16::from(area.height >= GAUGE);
    let y = area.y + free;
    gauge::draw(canvas, (area.x, y), area.width, done, of);
    if area.height > 1 {
        canvas.put((area.x, y + 1), &words, area.width, theme.style(Tone::Text));
    }
    if area.height > 2 {
        canvas.put((area.x, y + 2), next, area.width, theme.style(Tone::Muted));
    }
}
