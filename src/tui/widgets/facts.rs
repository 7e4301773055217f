//! Facts in groups: a label, a value, and what is said of it. The preview and the overview of an organization are
//! these with more or fewer of them.

use super::canvas::Canvas;
use crate::tui::text;
use crate::tui::theme::Tone;
use ratatui::layout::Rect;

/// Between a label and its value.
const GAP: u16 = 2;
/// Labels are short words; a longer one is cut rather than that every value moves away.
const WIDEST_LABEL: u16 = 24;

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    label: String,
    value: String,
    tone: Tone,
    aside: String,
}

impl Fact {
    /// A value under its label.
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into(), tone: Tone::Text, aside: String::new() }
    }

    /// In another tone.
    #[must_use]
    pub fn toned(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    /// What is said of it, muted behind it.
    #[must_use]
    pub fn aside(mut self, aside: impl Into<String>) -> Self {
        self.aside = aside.into();
        self
    }
}

/// A line of a column of facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// The title of a group.
    Head(&'static str),
    /// A fact.
    Fact(Fact),
    /// A sentence over the whole width, behind its sign where it begins.
    Said(String, Tone, &'static str),
    /// Nothing.
    Free,
}

/// A group: its title, then its facts; nothing at all without facts.
pub fn group(title: &'static str, facts: Vec<Fact>) -> Vec<Line> {
    if facts.is_empty() {
        return Vec::new();
    }
    let head = (!title.is_empty()).then_some(Line::Head(title));
    head.into_iter().chain(facts.into_iter().map(Line::Fact)).collect()
}

/// Groups one below the other, a free line between them.
pub fn groups(groups: Vec<Vec<Line>>) -> Vec<Line> {
    let mut lines = Vec::new();
    for group in groups.into_iter().filter(|group| !group.is_empty()) {
        if !lines.is_empty() {
            lines.push(Line::Free);
        }
        lines.extend(group);
    }
    lines
}

/// Draws the lines from one on. A value that is too long is cut in its middle, what is said of it at its end.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, lines: &[Line], first: usize) {
    let theme = canvas.theme;
    let labels = lines.iter().map(|line| match line {
        Line::Fact(fact) => text::width(&fact.label),
        Line::Head(_) | Line::Said(..) | Line::Free => 0,
    });
    let label = u16::try_from(labels.max().unwrap_or(0)).unwrap_or(u16::MAX);
    let label = label.min(WIDEST_LABEL).min(area.width / 2);
    for (y, line) in (area.y..area.bottom()).zip(lines.iter().skip(first)) {
        match line {
            Line::Free => {}
            Line::Head(title) => {
                canvas.put((area.x, y), title, area.width, theme.style(Tone::Accent));
            }
            Line::Said(said, tone, sign) => {
                canvas.put((area.x, y), sign, 1, theme.strong(*tone));
                canvas.put((area.x + 2, y), said, area.width.saturating_sub(2), theme.style(*tone));
            }
            Line::Fact(fact) => {
                canvas.put((area.x, y), &fact.label, label, theme.style(Tone::Muted));
                let x = area.x + label + GAP;
                let room = area.right().saturating_sub(x);
                let end = canvas.put_middle((x, y), &fact.value, room, theme.style(fact.tone));
                if !fact.aside.is_empty() {
                    let room = area.right().saturating_sub(end + GAP);
                    canvas.put((end + GAP, y), &fact.aside, room, theme.style(Tone::Muted));
                }
            }
        }
    }
}
