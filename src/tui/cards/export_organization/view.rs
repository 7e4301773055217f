//! Draws the card of an export.

use super::{ExportOrganizationCard, Running, Step};
use crate::service::{ExportProgress, Exported};
use crate::tui::cards::draw::{self, Row, What, name_of, pair, row};
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::Canvas;
use ratatui::layout::Rect;

impl ExportOrganizationCard {
    /// Draws what is asked, how far it is, or what came of it.
    pub(super) fn paint(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let columns = draw::columns(area);
        let name = &self.shown.name;
        let (title, rows) = match &self.step {
            Step::Asking => (format!("Export {name}"), self.asking(columns)),
            Step::Replacing => (format!("Export {name}"), self.replacing(columns)),
            Step::Running(running) => (format!("Exporting {name}"), self.running(shared, running, columns)),
            Step::Done(exported) => (format!("Exported {name}"), done(exported, columns)),
        };
        let field = matches!(self.step, Step::Asking).then_some(&self.input);
        draw::draw((&title, Tone::Text), rows, field, None, area, canvas);
    }

    fn asking(&self, columns: usize) -> Vec<Row> {
        let contents = if self.documents_only {
            "documents and indexes, without its activity"
        } else {
            "documents, indexes and activity"
        };
        let mut rows = vec![
            row(9, What::Free),
            row(3, pair("contents", contents.to_owned())),
            row(8, What::Free),
            row(1, What::Text("File".to_owned())),
            row(0, What::LongField),
        ];
        rows.extend(draw::said(self.message.as_ref(), columns));
        rows
    }

    fn replacing(&self, columns: usize) -> Vec<Row> {
        let mut rows = vec![row(9, What::Free)];
        rows.extend(name_of("file", self.input.value(), columns));
        rows.push(row(8, What::Free));
        rows.extend(draw::paragraph(1, "This file is there already.", columns));
        rows.extend(draw::paragraph(0, "Replace it?", columns));
        rows
    }

    fn running(&self, shared: &Shared, running: &Running, columns: usize) -> Vec<Row> {
        let Running { call, since, progress, is_stopping } = *running;
        let ExportProgress { documents, total, bytes, written } = progress;
        let total = total.max(documents);
        let mut rows = vec![row(9, What::Free)];
        rows.extend(name_of("file", self.input.value(), columns));
        rows.push(row(8, What::Free));
        rows.push(row(0, What::Gauge(documents, total)));
        let seconds = shared.now.duration_since(since).as_secs().max(0);
        let how_far = match (written, total) {
            (0, 0) => format!("beginning, {seconds} s"),
            (0, _) => {
                let (documents, total) = (text::count(documents), text::count(total));
                format!("{documents} of {total} documents, {}, {seconds} s", text::bytes(bytes))
            }
            (written, _) => format!("writing the file: {}, {seconds} s", text::bytes(written)),
        };
        rows.extend(draw::paragraph(0, &how_far, columns));
        let next = match () {
            () if is_stopping => "Stopping.",
            // It found no answer, and waits for the next try.
            () if !shared.calls.pending.contains_key(&call) => {
                "It begins again as soon as the store answers."
            }
            () => "Stopped before its end, it leaves no file.",
        };
        rows.push(row(7, What::Free));
        rows.push(row(2, What::Toned(next.to_owned(), Tone::Muted)));
        rows
    }
}

fn done(exported: &Exported, columns: usize) -> Vec<Row> {
    let mut rows = vec![row(9, What::Free)];
    rows.extend(name_of("file", &exported.file.display().to_string(), columns));
    rows.push(row(2, pair("documents", text::count(exported.documents))));
    rows.push(row(2, pair("size", text::bytes(exported.archive_bytes.unwrap_or(0)))));
    rows.push(row(8, What::Free));
    rows
}
