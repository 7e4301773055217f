//! The keys that work in a layer, from its table, with the syntax of filters.

use crate::tui::keys::Group::{Do, Move};
use crate::tui::keys::{
    Binding, DOWN, ESC, EVERYWHERE, F1, Group, Keys, Listed, Means, RouterKey, UP, back, char, hint,
};
use crate::tui::layer::{Cx, Registered, Screen};
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::{Canvas, centred};
use crate::tui::widgets::table::Scroll;
use ratatui::layout::Rect;

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

    /// Draws the card, in two columns where one is too short.
    fn paint(&self, area: Rect, canvas: &mut Canvas<'_>) {
        let count = self.lines.len();
        let room = usize::from(area.height.saturating_sub(2));
        let is_wide = count > room && area.width >= 78;
        let at = if is_wide { self.split() } else { count };
        let rows = at.max(count - at);
        let columns = if is_wide { 78 } else { 54 };
        let height = u16::try_from(rows.min(room) + 2).unwrap_or(u16::MAX);
        let title = format!("Keys: {}", self.title);
        let inside = canvas.card(centred(area, columns, height), &title, Tone::Text);
        let first = self.scroll.first(rows, usize::from(inside.height));
        let half = Rect { width: if is_wide { inside.width / 2 } else { inside.width }, ..inside };
        let (left, right) = self.lines.split_at_checked(at).unwrap_or((&self.lines, &[]));
        draw_lines(canvas, half, left.iter().skip(first));
        let beside = Rect { x: inside.x + half.width + 1, width: half.width.saturating_sub(1), ..inside };
        draw_lines(canvas, beside, right.iter().skip(first));
    }

    /// Where the second column begins: at the free line nearest to the middle.
    fn split(&self) -> usize {
        let middle = self.lines.len() / 2;
        let free = self.lines.iter().enumerate().filter(|(_, line)| matches!(line, Line::Free));
        let best = free.map(|(at, _)| at + 1).min_by_key(|at| at.abs_diff(middle));
        best.unwrap_or(self.lines.len())
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
                canvas.put((area.x, y), head, area.width, theme.strong(Tone::Text));
            }
            Line::Syntax(text, meaning) => {
                canvas.put((area.x + 2, y), text, 14, theme.key());
                canvas.put((area.x + 16, y), meaning, area.width.saturating_sub(16), muted);
            }
            Line::Entry(entry) => {
                let tone = if entry.is_danger { Tone::Danger } else { Tone::Accent };
                let key = if entry.refusal.is_some() { muted } else { theme.strong(tone) };
                canvas.put((area.x + 2, y), &entry.keys, 13, key);
                let label = match entry.refusal {
                    Some(reason) => format!("{} ({reason})", entry.label),
                    None => entry.label.to_owned(),
                };
                let tone = if entry.refusal.is_some() { Tone::Muted } else { Tone::Text };
                let label = text::fit_end(&label, usize::from(area.width.saturating_sub(16)), "");
                canvas.put((area.x + 16, y), &label, area.width.saturating_sub(16), theme.style(tone));
            }
        }
    }
}
