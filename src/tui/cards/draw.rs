//! How a card is drawn. With few rows the free ones go first, then words, never the name, the field or what is wrong.

use crate::tui::effect::Message;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::{Canvas, centred, inside_card};
use crate::tui::widgets::gauge;
use crate::tui::widgets::text_input::TextInput;
use ratatui::layout::Rect;

/// A row of the card, and how soon it gives way: the highest first.
#[derive(Debug)]
pub struct Row {
    gives_way: u8,
    what: What,
}

/// What stands in a row.
#[derive(Debug)]
pub(super) enum What {
    /// Nothing.
    Free,
    /// A sentence.
    Text(String),
    /// A line in its tone.
    Toned(String, Tone),
    /// Label, value, what is said of it.
    Pair(&'static str, String, (String, Tone)),
    /// Where the name is typed.
    Field,
    /// Where a path is typed.
    LongField,
    /// How much is done, of how much.
    Gauge(u64, u64),
    /// Whether it is the first line of what is wrong.
    Wrong(String, Tone, bool),
}

/// A row that gives way so soon.
pub(super) fn row(gives_way: u8, what: What) -> Row {
    Row { gives_way, what }
}

/// A label and its value, of which nothing more is said.
pub(super) fn pair(label: &'static str, value: String) -> What {
    What::Pair(label, value, (String::new(), Tone::Muted))
}

/// What a card is about: never left out, in as many rows as it needs.
pub(super) fn name_of(label: &'static str, name: &str, columns: usize) -> impl Iterator<Item = Row> {
    let lines = text::wrap(name, value_columns(columns)).into_iter();
    lines.enumerate().map(move |(at, line)| row(0, pair(if at == 0 { label } else { "" }, line)))
}

/// The widest that a card becomes: longer lines are hard to read.
const WIDEST: u16 = 92;
/// The narrowest that looks like a card.
const NARROWEST: u16 = 44;
/// Room for most paths.
const LONG_FIELD: usize = 64;
/// A gauge that can be told apart from a line.
const GAUGE: usize = 48;
/// Border and free columns on both sides.
const AROUND: u16 = 6;

fn widest(area: Rect) -> u16 {
    WIDEST.min(area.width.saturating_sub(if area.width < 80 { 2 } else { 8 }))
}

/// The columns inside a card over this area, at most.
pub(super) fn columns(area: Rect) -> usize {
    usize::from(inside_card(widest(area)))
}

/// As wide as its content.
fn width(title: &str, rows: &[Row], area: Rect) -> u16 {
    let of_row = |row: &Row| match &row.what {
        What::Free | What::Field => 0,
        What::LongField => LONG_FIELD,
        What::Gauge(..) => GAUGE,
        What::Text(text) | What::Toned(text, _) => text::width(text),
        What::Pair(_, value, (aside, _)) => {
            let aside = text::width(aside);
            usize::from(PAIR) + text::width(value) + if aside > 0 { aside + 2 } else { 0 }
        }
        What::Wrong(text, ..) => text::width(text) + 2,
    };
    let content = rows.iter().map(of_row).chain([text::width(title) + 12]).max().unwrap_or(0);
    let content = u16::try_from(content).unwrap_or(u16::MAX).saturating_add(AROUND);
    content.max(NARROWEST).min(widest(area))
}

/// From so many columns inside on, labels stand before values.
const WITH_LABELS: u16 = 38;
/// The column in which values begin.
const PAIR: u16 = 14;

/// The columns that a value has with nothing said of it.
pub(super) fn value_columns(columns: usize) -> usize {
    columns.saturating_sub(if columns >= usize::from(WITH_LABELS) { usize::from(PAIR) } else { 2 })
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

/// What is wrong, or what came of it, behind the sign of its tone; a free row where there is nothing to say.
pub(super) fn said(said: Option<&(Tone, Message)>, columns: usize) -> Vec<Row> {
    match said {
        Some((Tone::Danger, message)) => wrong(Some(message), None, columns),
        Some((tone, message)) => text::wrap(&message.text, columns)
            .into_iter()
            .map(|line| row(0, What::Toned(line, *tone)))
            .collect(),
        None => vec![row(7, What::Free)],
    }
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
    environment: Option<&str>,
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
    let width = width(title, &rows, area);
    let inside = canvas.card(centred(area, width, height), title, tone, environment);
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
        What::Toned(text, tone) => {
            canvas.put(at, text, area.width, theme.style(*tone));
        }
        What::Gauge(done, of) => gauge::draw(canvas, at, area.width, *done, *of),
        What::Pair(label, value, aside) => draw_pair(area, label, value, aside, canvas),
        What::Field | What::LongField => {
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
    let x = area.x + if is_wide { PAIR } else { 0 };
    if is_wide {
        canvas.put((area.x, area.y), label, PAIR - 1, theme.style(Tone::Muted));
    }
    let room = area.right().saturating_sub(x);
    let said = u16::try_from(text::width(&aside.0)).unwrap_or(u16::MAX).min(room / 2);
    let gap = if said > 0 && !value.is_empty() { 2 } else { 0 };
    let end = canvas.put_middle((x, area.y), value, room.saturating_sub(said + gap), theme.style(Tone::Text));
    canvas.put((end + gap, area.y), &aside.0, area.right().saturating_sub(end + gap), theme.style(aside.1));
}
