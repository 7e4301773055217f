//! How a card is drawn. With few rows the free ones go first, then words, never the name, the field or what is wrong.

use crate::tui::effect::Message;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::{Canvas, centred};
use crate::tui::widgets::text_input::TextInput;
use ratatui::layout::Rect;

/// A row of the card, and how soon it gives way: the highest first.
pub(super) struct Row {
    gives_way: u8,
    what: What,
}

/// What stands in a row.
pub(super) enum What {
    /// Nothing.
    Free,
    /// A sentence.
    Text(String),
    /// Label, value, what is said of it.
    Pair(&'static str, String, (String, Tone)),
    /// Where the name is typed.
    Field,
    /// Whether it is the first line of what is wrong.
    Wrong(String, Tone, bool),
}

/// A row that gives way so soon.
pub(super) fn row(gives_way: u8, what: What) -> Row {
    Row { gives_way, what }
}

fn width(area: Rect) -> u16 {
    70.min(area.width.saturating_sub(2))
}

/// The columns inside a card over this area.
pub(super) fn columns(area: Rect) -> usize {
    usize::from(width(area).saturating_sub(4))
}

/// From so many columns inside on, labels stand before values.
const WITH_LABELS: u16 = 56;

/// The columns that a value has with nothing said of it.
pub(super) fn value_columns(columns: usize) -> usize {
    columns.saturating_sub(if columns >= usize::from(WITH_LABELS) { 16 } else { 2 })
}

/// What is wrong: what was refused, or else a near miss; a free row if neither.
pub(super) fn wrong(message: Option<&Message>, near: Option<String>, columns: usize) -> Vec<Row> {
    let columns = columns.saturating_sub(2);
    let text = message.map(|message| message.text.clone()).or(near);
    let text = text.map(|text| text::wrap(&text, columns)).unwrap_or_default();
    if text.is_empty() {
        return vec![row(7, What::Free)];
    }
    let hint = message.and_then(|message| message.hint.as_deref());
    let hint = hint.map(|hint| text::wrap(hint, columns)).unwrap_or_default();
    let text = text.into_iter().map(|line| (line, Tone::Danger));
    let lines = text.chain(hint.into_iter().map(|line| (line, Tone::Muted)));
    lines.enumerate().map(|(at, (line, tone))| row(0, What::Wrong(line, tone, at == 0))).collect()
}

/// A text in as many rows as it needs.
pub(super) fn paragraph(gives_way: u8, text: &str, columns: usize) -> impl Iterator<Item = Row> {
    text::wrap(text, columns).into_iter().map(move |line| row(gives_way, What::Text(line)))
}

/// Draws the card with its rows, and the field where there is one.
pub(super) fn draw(
    (title, tone): (&str, Tone),
    mut rows: Vec<Row>,
    field: Option<&TextInput>,
    area: Rect,
    canvas: &mut Canvas<'_>,
) {
    let room = usize::from(area.height.saturating_sub(2));
    while rows.len() > room {
        let Some(first) = (0..rows.len()).max_by_key(|at| rows.get(*at).map(|row| row.gives_way)) else {
            break;
        };
        rows.remove(first);
    }
    let height = u16::try_from(rows.len() + 2).unwrap_or(u16::MAX);
    let inside = canvas.card(centred(area, width(area), height), title, tone);
    for (y, row) in (inside.y..inside.bottom()).zip(&rows) {
        draw_row(row, field, Rect { y, height: 1, ..inside }, canvas);
    }
}

fn draw_row(row: &Row, field: Option<&TextInput>, area: Rect, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let at = (area.x, area.y);
    match &row.what {
        What::Free => {}
        What::Text(text) => {
            canvas.put(at, text, area.width, theme.style(Tone::Text));
        }
        What::Pair(label, value, aside) => draw_pair(area, label, value, aside, canvas),
        What::Field => {
            canvas.put(at, canvas.signs().focus, 1, theme.style(Tone::Accent));
            let columns = area.width.saturating_sub(2);
            if let Some(field) = field {
                field.draw(canvas, (area.x + 2, area.y), columns, theme.style(Tone::Text), true);
            }
        }
        What::Wrong(text, tone, is_first) => {
            if *is_first {
                canvas.put(at, canvas.signs().wrong, 1, theme.strong(Tone::Danger));
            }
            let columns = area.width.saturating_sub(2);
            canvas.put((area.x + 2, area.y), text, columns, theme.style(*tone));
        }
    }
}

/// On a narrow card the label goes, then the value is cut; what is said of it stays.
fn draw_pair(area: Rect, label: &str, value: &str, aside: &(String, Tone), canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let is_wide = area.width >= WITH_LABELS;
    let x = area.x + if is_wide { 16 } else { 2 };
    if is_wide {
        canvas.put((area.x + 2, area.y), label, 13, theme.style(Tone::Muted));
    }
    // One column for what is said: that of the longest that is usual.
    let usual = 26.min(area.width / 2);
    let wide = u16::try_from(text::width(&aside.0)).unwrap_or(u16::MAX);
    let wide = if aside.0.is_empty() { 0 } else { wide.clamp(usual, area.width / 2) };
    let from = area.right().saturating_sub(wide);
    let is_name = matches!(label, "Organization" | "Operator");
    let tone = if is_name { theme.strong(Tone::Text) } else { theme.style(Tone::Text) };
    let columns = from.saturating_sub(x + 2 * u16::from(wide > 0));
    canvas.put_middle((x, area.y), value, columns, tone);
    canvas.put((from, area.y), &aside.0, wide, theme.style(aside.1));
}
