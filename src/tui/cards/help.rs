//! The keys that work in a layer, from its table, with the syntax of filters.

use crate::tui::keys::Group::{Do, Move};
use crate::tui::keys::{
    Binding, DOWN, ESC, EVERYWHERE, F1, Group, Keys, Listed, Means, RouterKey, UP, back, char, hint,
};
use crate::tui::layer::{Availability, Cx, Registered, Screen};
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::{Canvas, centred};
use crate::tui::widgets::table::Scroll;
use ratatui::layout::Rect;
use std::borrow::Cow;

/// What it is known by.
pub static REGISTERED: Registered = Registered { places: &[], tables: &[&KEYS] };

/// What a key does to the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// One line up.
    Up,
    /// One line down.
    Down,
}

static KEYS: Keys<Key> = Keys::of(
    "help",
    &[
        back(&[ESC, char('q'), char('?'), F1], "close", Do, Some(0)),
        hint(&[char('k'), UP], Key::Up, "up", Move, 1),
        hint(&[char('j'), DOWN], Key::Down, "down", Move, 2),
    ],
);

/// What a key of the router means in any table.
fn everywhere(means: Means<RouterKey>) -> Means<()> {
    match means {
        Means::Own(key) | Means::Router(key) => Means::Router(key),
        Means::Place(name) => Means::Place(name),
    }
}

/// A binding that is in view, with why it cannot work now.
#[derive(Debug)]
struct Entry {
    keys: String,
    label: &'static str,
    refusal: Option<&'static str>,
    is_danger: bool,
}

#[derive(Debug)]
enum Line {
    Head(&'static str),
    Entry(Entry),
    Syntax(&'static str, &'static str),
    Free,
}

/// The help.
#[derive(Debug)]
pub struct Help {
    title: &'static str,
    lines: Vec<Line>,
    scroll: Scroll,
}

impl Help {
    /// Of a table; `here` are its keys, each with why it cannot work now.
    pub fn new(table: &dyn Listed, here: Vec<(Binding<()>, Option<&'static str>)>, ascii: bool) -> Self {
        let mut lines = Vec::new();
        if !table.syntax().is_empty() {
            lines.push(Line::Head("Syntax"));
            lines.extend(table.syntax().iter().map(|(text, meaning)| Line::Syntax(text, meaning)));
            lines.push(Line::Free);
        }
        let means = |binding: &Binding<()>| here.iter().any(|(own, _)| own.means == binding.means);
        let mut all = EVERYWHERE.all().map(|binding| binding.with(everywhere(binding.means)));
        let anywhere: Vec<Binding<()>> = all.by_ref().filter(|binding| !means(binding)).collect();
        let all: Vec<_> =
            here.into_iter().chain(anywhere.into_iter().map(|binding| (binding, None))).collect();
        for group in Group::ALL {
            let mut of_group = all.iter().filter(|(binding, _)| binding.group == group).peekable();
            if of_group.peek().is_none() {
                continue;
            }
            lines.push(Line::Head(group.title()));
            lines.extend(of_group.map(|(binding, refusal)| {
                let keys: Vec<String> = binding.chords.iter().map(|chord| chord.label(ascii)).collect();
                Line::Entry(Entry {
                    keys: keys.join(" "),
                    label: binding.label,
                    refusal: *refusal,
                    is_danger: binding.is_danger,
                })
            }));
            lines.push(Line::Free);
        }
        lines.pop();
        Self { title: table.title(), lines, scroll: Scroll::default() }
    }

    /// Draws the card: in as many columns as the screen has room for, each as wide as what stands in it.
    fn paint(&self, area: Rect, canvas: &mut Canvas<'_>) {
        let room = usize::from(area.height.saturating_sub(2));
        let most = match area.width {
            150.. => 3,
            100.. => 2,
            78.. if self.lines.len() > room => 2,
            _ => 1,
        };
        let columns = self.columns(most);
        let widths: Vec<u16> = columns.iter().map(|lines| width(lines)).collect();
        let rows = columns.iter().map(|lines| lines.len()).max().unwrap_or(0);
        let height = u16::try_from(rows.min(room) + 2).unwrap_or(u16::MAX);
        let gaps = GAP * u16::try_from(widths.len().saturating_sub(1)).unwrap_or(0);
        let wanted = widths.iter().sum::<u16>() + gaps + 6;
        let title = format!("Keys: {}", self.title);
        let card = centred(area, wanted.min(area.width.saturating_sub(2)), height);
        let inside = canvas.card(card, &title, Tone::Text, None);
        let first = self.scroll.first(rows, usize::from(inside.height));
        let mut x = inside.x;
        for (lines, width) in columns.into_iter().zip(widths) {
            let column = Rect { x, width: width.min(inside.right().saturating_sub(x)), ..inside };
            draw_lines(canvas, column, lines.iter().skip(first));
            x = x.saturating_add(width + GAP).min(inside.right());
        }
    }

    /// The lines in at most so many columns of about the same length; a group stays whole.
    fn columns(&self, most: usize) -> Vec<&[Line]> {
        let length = self.lines.len().div_ceil(most);
        let mut columns = Vec::new();
        let mut rest = self.lines.as_slice();
        while columns.len() + 1 < most && rest.len() > length {
            let free = rest.iter().enumerate().filter(|(_, line)| matches!(line, Line::Free));
            let Some(at) = free.map(|(at, _)| at).min_by_key(|at| at.abs_diff(length)) else { break };
            let (column, others) = rest.split_at(at);
            columns.push(column);
            rest = others.get(1..).unwrap_or_default();
        }
        columns.push(rest);
        columns
    }
}

/// Between two columns.
const GAP: u16 = 3;
/// The columns of keys, and of what may be typed.
const KEYS_WIDTH: u16 = 14;

fn width(lines: &[Line]) -> u16 {
    let text = lines.iter().map(|line| match line {
        Line::Head(_) | Line::Free => 0,
        Line::Syntax(_, meaning) => text::width(meaning),
        Line::Entry(entry) => text::width(&entry.label()),
    });
    KEYS_WIDTH + u16::try_from(text.max().unwrap_or(0)).unwrap_or(u16::MAX)
}

impl Entry {
    /// What it does, and why it cannot now.
    fn label(&self) -> Cow<'static, str> {
        match self.refusal {
            Some(reason) => format!("{} ({reason})", self.label).into(),
            None => self.label.into(),
        }
    }
}

impl Screen for Help {
    type Key = Key;
    const IS_CARD: bool = true;

    fn keys(&self) -> &'static Keys<Key> {
        &KEYS
    }

    fn on_key(&mut self, key: Key, _cx: &mut Cx<'_, Self>) {
        match key {
            Key::Up => self.scroll.up(),
            Key::Down => self.scroll.down(),
        }
    }

    fn availability(&self, key: Key, _shared: &Shared) -> Availability {
        match key {
            Key::Up | Key::Down if !self.scroll.can_scroll() => Availability::Hidden,
            Key::Up | Key::Down => Availability::Enabled,
        }
    }

    fn draw(&self, _shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        self.paint(area, canvas);
    }
}

fn draw_lines<'a>(canvas: &mut Canvas<'_>, area: Rect, lines: impl Iterator<Item = &'a Line>) {
    let theme = canvas.theme;
    let muted = theme.style(Tone::Muted);
    for (y, line) in (area.y..area.bottom()).zip(lines) {
        match line {
            Line::Free => {}
            Line::Head(head) => {
                canvas.put((area.x, y), head, area.width, theme.style(Tone::Accent));
            }
            Line::Syntax(text, meaning) => {
                canvas.put((area.x, y), text, KEYS_WIDTH - 1, theme.key());
                canvas.put((area.x + KEYS_WIDTH, y), meaning, area.width.saturating_sub(KEYS_WIDTH), muted);
            }
            Line::Entry(entry) => {
                let tone = if entry.is_danger { Tone::Danger } else { Tone::Accent };
                let key = if entry.refusal.is_some() { muted } else { theme.strong(tone) };
                canvas.put((area.x, y), &entry.keys, KEYS_WIDTH - 1, key);
                let tone = if entry.refusal.is_some() { Tone::Muted } else { Tone::Text };
                let room = area.width.saturating_sub(KEYS_WIDTH);
                canvas.put((area.x + KEYS_WIDTH, y), &entry.label(), room, theme.style(tone));
            }
        }
    }
}
