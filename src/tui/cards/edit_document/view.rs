//! Draws the card: what is typed, or why the text is not written and where it is kept.

use super::trouble::Trouble;
use super::{Base, Doing, EditDocumentCard, Kind};
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::{Bar, Canvas, centred, inside_card};
use crate::tui::widgets::json::{self, Part};
use ratatui::layout::Rect;

/// The widest that the card becomes.
const WIDEST: u16 = 120;

/// A line of the card.
enum Line {
    Said(String, Tone),
    Json(Vec<Part>),
}

impl EditDocumentCard {
    pub(super) fn paint(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let widest = WIDEST.min(area.width.saturating_sub(if area.width < 80 { 2 } else { 8 }));
        let environment = shared.config.environment.as_deref();
        let title = match &self.base {
            Base::New => "New document".to_owned(),
            Base::Stored { id, .. } => format!("Edit document {id}"),
        };
        if let Doing::Typing(typing) = &self.doing {
            let wanted = u16::try_from(typing.lines()).unwrap_or(u16::MAX).saturating_add(6);
            let height = wanted.max(area.height / 2).min(area.height);
            let inside = canvas.card(centred(area, widest, height), &title, Tone::Text, environment);
            return typing.draw(inside, canvas);
        }
        let lines = self.lines(usize::from(inside_card(widest)));
        let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX);
        let card = centred(area, widest, height);
        let inside = canvas.card(card, &title, Tone::Text, environment);
        let first = self.scroll.first(lines.len(), usize::from(inside.height));
        let theme = canvas.theme;
        for (y, line) in (inside.y..inside.bottom()).zip(lines.iter().skip(first)) {
            match line {
                Line::Said(said, tone) => {
                    canvas.put((inside.x, y), said, inside.width, theme.style(*tone));
                }
                Line::Json(parts) => {
                    let pieces: Vec<_> =
                        parts.iter().map(|(part, piece)| (part.as_str(), piece.style(theme))).collect();
                    canvas.put_all((inside.x, y), inside.right(), &pieces);
                }
            }
        }
        let bar = Bar { first, count: lines.len(), top: inside.y, height: inside.height };
        let thumb = canvas.signs().thumb;
        canvas.scrollbar(card.right().saturating_sub(1), Some(bar), thumb);
    }

    /// What is told, in lines of so many columns.
    fn lines(&self, columns: usize) -> Vec<Line> {
        let said =
            |said: &str, tone| text::wrap(said, columns).into_iter().map(move |line| Line::Said(line, tone));
        match (&self.doing, &self.trouble) {
            (Doing::Waiting | Doing::Typing(_), Some(trouble)) => self.told(trouble, columns),
            (Doing::Left(file), _) => {
                let first = "Nothing was saved. Your text is in this file until a console is started again:";
                let file = file.display().to_string();
                said(first, Tone::Text).chain(said(&file, Tone::Accent)).collect()
            }
            (Doing::Reading(_), _) => {
                said("Someone else changed the document; it is read again.", Tone::Muted).collect()
            }
            (Doing::Editing | Doing::Writing | Doing::Waiting | Doing::Typing(_), _) => {
                said("It is being saved.", Tone::Muted).collect()
            }
        }
    }

    fn told(&self, trouble: &Trouble, columns: usize) -> Vec<Line> {
        let said =
            |said: &str, tone| text::wrap(said, columns).into_iter().map(move |line| Line::Said(line, tone));
        let tone = if trouble.kind == Kind::Quick { Tone::Warning } else { Tone::Danger };
        let mut lines: Vec<Line> = said(&trouble.message.text, tone).collect();
        lines.extend(trouble.message.hint.iter().flat_map(|hint| said(hint, Tone::Muted)));
        if let Some(file) = self.file.as_ref().filter(|_| self.has_text()) {
            lines.extend(said(&format!("Your text: {}", file.display()), Tone::Muted));
        }
        if !trouble.shown.is_empty() {
            lines.push(Line::Said(String::new(), Tone::Muted));
        }
        for line in &trouble.shown {
            match trouble.kind {
                Kind::Changed => lines.extend(json::wrapped(line, columns).into_iter().map(Line::Json)),
                _ => lines.push(Line::Said(line.clone(), Tone::Text)),
            }
        }
        lines
    }
}
