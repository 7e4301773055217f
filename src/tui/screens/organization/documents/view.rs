//! Draws the documents: the query with what it found, and the page as a table with the selected document beside it, or
//! each document as JSON.

use super::Documents;
use super::table::{Column, GAP, Kind, Row, date_within};
use crate::tui::effect::Load;
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::{Canvas, EDGE};
use crate::tui::widgets::{json, placeholder, table};
use ratatui::layout::Rect;
use ratatui::style::Style;

/// From so many columns on the selected document stands beside the table.
const WITH_DOCUMENT: u16 = 110;
/// From so many rows on a free one stands above the table.
const HIGH: u16 = 8;

/// What may be typed, below an empty query.
const SYNTAX: &str =
    "kind:invoice total:>100 \"due date\":2026-11, or JSON such as {\"total\":{\"$gt\":100}}";

impl Documents {
    /// Draws it in what the title of the screen leaves.
    pub(in crate::tui::screens::organization) fn draw(
        &self,
        shared: &Shared,
        area: Rect,
        canvas: &mut Canvas<'_>,
    ) {
        self.draw_query(Rect { height: 1, ..area }, canvas);
        let columns = area.width.saturating_sub(2 * EDGE);
        let said = self.said(columns);
        let free = u16::from(area.height >= HIGH);
        let used = u16::try_from(said.len()).unwrap_or(u16::MAX).max(free).saturating_add(1).min(area.height);
        for (y, (line, tone)) in (area.y + 1..area.bottom()).zip(&said) {
            canvas.put((area.x + EDGE, y), line, columns, canvas.theme.style(*tone));
        }
        if self.line.is_typing() && self.line.error().is_none() {
            self.draw_offered((area.x + EDGE, area.y + 1), area.right().saturating_sub(EDGE), canvas);
        }
        let below = Rect { y: area.y + used, height: area.height - used, ..area };
        if self.table.rows.is_empty() {
            if self.line.error().is_none() {
                self.draw_nothing(shared, below, canvas);
            }
        } else if self.is_json {
            self.draw_json(below, canvas);
        } else if area.width >= WITH_DOCUMENT {
            let list = Rect { width: area.width - area.width * 2 / 5, ..below };
            self.draw_table(list, canvas);
            let bar = self.window.bar(self.table.rows.len(), list.y + 1);
            canvas.divider(list.right(), below.y..below.bottom(), Some(bar));
            let x = list.right() + 3;
            self.draw_selected(Rect { x, width: area.right().saturating_sub(x + EDGE), ..below }, canvas);
        } else {
            self.draw_table(below, canvas);
        }
    }

    /// The query as it is typed or holds, and what it finds.
    fn draw_query(&self, area: Rect, canvas: &mut Canvas<'_>) {
        let theme = canvas.theme;
        let right = area.right().saturating_sub(EDGE);
        let found = self.found(canvas.signs().ellipsis, canvas.signs().dot);
        let end = canvas.put_right(right, area.y, &[(&found, theme.style(Tone::Muted))]);
        let at = (area.x + EDGE, area.y);
        if self.line.is_typing() {
            let x = canvas.put(at, "/ ", 2, theme.key());
            self.line.typed().draw(
                canvas,
                (x, area.y),
                end.saturating_sub(x + 2),
                theme.style(Tone::Text),
                true,
            );
        } else {
            let columns = end.saturating_sub(area.x + EDGE + 2);
            let (query, tone) = if self.line.query().is_empty() {
                ("All documents".to_owned(), Tone::Muted)
            } else {
                (format!("/ {}", self.line.query()), Tone::Accent)
            };
            canvas.put(at, &query, columns, theme.style(tone));
        }
    }

    /// How many documents there are, or match, and how long the search took.
    fn found(&self, ellipsis: &str, dot: &str) -> String {
        let count = match &self.counted {
            Load::Ready(count) => text::count(*count),
            Load::Loading(_) => ellipsis.to_owned(),
            Load::Idle | Load::Failed(_) => return String::new(),
        };
        match (self.line.query().is_empty(), &self.reading) {
            (true, _) if count == "1" => "1 document".to_owned(),
            (true, _) => format!("{count} documents"),
            (false, Load::Ready(())) => format!("{count} match {dot} {} ms", self.took.as_millis()),
            (false, _) => format!("{count} match"),
        }
    }

    /// What is said below it: what may be typed or what is not understood; else why the rows are not newer.
    fn said(&self, columns: u16) -> Vec<(String, Tone)> {
        let said = match (&self.reading, self.line.error()) {
            (_, Some(error)) => vec![(error.to_owned(), Tone::Danger)],
            (_, None) if self.line.is_typing() && !self.line.offers(&self.names) => {
                vec![(SYNTAX.to_owned(), Tone::Muted)]
            }
            (Load::Failed(message), None) if !self.table.rows.is_empty() => {
                let hint = message.hint.clone().map(|hint| (hint, Tone::Muted));
                std::iter::once((self.freshness.told(message), Tone::Danger)).chain(hint).collect()
            }
            (Load::Idle | Load::Loading(_) | Load::Ready(()) | Load::Failed(_), None) => Vec::new(),
        };
        let wrapped = |(line, tone): (String, Tone)| {
            text::wrap(&line, usize::from(columns)).into_iter().map(move |line| (line, tone))
        };
        said.into_iter().flat_map(wrapped).collect()
    }

    /// The names that complete what is typed, from the one that stands there on where they do not all fit.
    fn draw_offered(&self, at: (u16, u16), right: u16, canvas: &mut Canvas<'_>) {
        const BETWEEN: usize = 2;
        let (names, chosen) = self.line.offered(&self.names);
        let before = names.iter().take(chosen.map_or(0, |chosen| chosen + 1));
        let used: usize = before.map(|name| text::width(name) + BETWEEN).sum();
        let fits = used <= usize::from(right.saturating_sub(at.0)) + BETWEEN;
        let first = if fits { 0 } else { chosen.unwrap_or(0) };
        let (mut x, y) = at;
        for (place, name) in names.iter().enumerate().skip(first) {
            if x >= right {
                break;
            }
            let tone = if chosen == Some(place) { Tone::Accent } else { Tone::Muted };
            x = canvas.put((x, y), name, right - x, canvas.theme.style(tone)).saturating_add(2);
        }
    }

    fn draw_nothing(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let at = (area.x + EDGE, area.y);
        let columns = area.width.saturating_sub(2 * EDGE);
        match &self.reading {
            Load::Failed(message) => placeholder::draw_failure(canvas, at, columns, message),
            Load::Idle | Load::Loading(_) if shared.is_cut_off() => {}
            Load::Idle | Load::Loading(_) => {
                let said = if self.line.query().is_empty() { "Reading the documents" } else { "Searching" };
                canvas.put(at, said, columns, canvas.theme.style(Tone::Muted));
            }
            Load::Ready(()) if self.places.before() > 0 => {
                let said = "There are no more documents from here on.";
                placeholder::draw(canvas, at, columns, said, ("<", "goes back a page"));
            }
            Load::Ready(()) if !self.line.query().is_empty() => {
                let said = format!("Nothing matches  {}", self.line.query());
                placeholder::draw(canvas, at, columns, &said, ("Esc", "clears the query"));
            }
            Load::Ready(()) => {
                placeholder::draw(canvas, at, columns, "No documents yet.", ("n", "inserts one"));
            }
        }
    }

    fn draw_table(&self, area: Rect, canvas: &mut Canvas<'_>) {
        let theme = canvas.theme;
        let widths = self.table.widths(area.width.saturating_sub(2 * EDGE));
        let columns: Vec<(&Column, u16)> = self.table.columns.iter().zip(widths).collect();
        let muted = theme.style(Tone::Muted);
        let heads = columns.iter().map(|(column, width)| (column.head.as_str(), *column, *width));
        draw_cells((area.x + EDGE, area.y), heads, muted, canvas);
        let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        table::draw(canvas, body, &self.window, self.table.rows.len(), |canvas, at, y, is_selected| {
            let Some(row) = self.table.rows.get(at) else { return };
            let style = if is_selected { theme.strong(Tone::Text) } else { theme.style(Tone::Text) };
            let cells = row.cells.iter().zip(&columns);
            let cells = cells.map(|(cell, (column, width))| (cell.as_str(), *column, *width));
            draw_cells((area.x + EDGE, y), cells, style, canvas);
        });
    }

    /// The selected document as far as it fits.
    fn draw_selected(&self, area: Rect, canvas: &mut Canvas<'_>) {
        let Some(row) = self.selected() else { return };
        let lines =
            json::first_lines(row.document.as_bytes(), usize::from(area.height), usize::from(area.width));
        for (y, line) in (area.y..area.bottom()).zip(lines) {
            draw_line((area.x, y), area.right(), &line, canvas);
        }
    }

    fn draw_json(&self, area: Rect, canvas: &mut Canvas<'_>) {
        let right = area.right().saturating_sub(EDGE);
        table::draw(canvas, area, &self.window, self.table.rows.len(), |canvas, at, y, _| {
            if let Some(Row { document, .. }) = self.table.rows.get(at) {
                let line = json::one_line(document.as_bytes(), usize::from(area.width));
                draw_line((area.x + EDGE, y), right, &line, canvas);
            }
        });
        let bar = self.window.bar(self.table.rows.len(), area.y);
        let thumb = canvas.signs().thumb;
        canvas.scrollbar(area.right().saturating_sub(1), Some(bar), thumb);
    }
}

/// The cells of a row or the heads above them: numbers to the right, ids cut in their middle.
fn draw_cells<'a>(
    at: (u16, u16),
    cells: impl Iterator<Item = (&'a str, &'a Column, u16)>,
    style: Style,
    canvas: &mut Canvas<'_>,
) {
    let (mut x, y) = at;
    for (cell, column, width) in cells.filter(|(.., width)| *width > 0) {
        if column.holds == Some(Kind::Date) && cell != column.head {
            canvas.put((x, y), date_within(cell, width), width, style);
        } else if column.is_id {
            canvas.put_middle((x, y), cell, width, style);
        } else if column.holds == Some(Kind::Number) {
            let wide = u16::try_from(text::width(cell)).unwrap_or(u16::MAX).min(width);
            canvas.put((x + width - wide, y), cell, width, style);
        } else {
            canvas.put((x, y), cell, width, style);
        }
        x += width + GAP;
    }
}

/// A line of JSON in its colours, cut at the right.
fn draw_line(at: (u16, u16), right: u16, line: &str, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let (mut x, y) = at;
    for (part, piece) in json::pieces(line) {
        if x >= right {
            break;
        }
        x = canvas.put((x, y), part, right - x, piece.style(theme));
    }
}
