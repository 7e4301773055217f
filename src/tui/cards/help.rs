//! The keys that work in a context, from the table of keys, with the syntax of filters.

use crate::tui::action::Command;
use crate::tui::keymap::{self, Binding, Context, Group};
use crate::tui::screens::{Move, Step};
use crate::tui::text;
use crate::tui::theme::Role;
use crate::tui::widgets::canvas::{Canvas, centred};
use ratatui::layout::Rect;

const SYNTAX: [(&str, &str); 5] = [
    ("acm co", "parts of name, email, collection or id"),
    ("email:@acme", "part of it; also name: collection:"),
    ("state:active", "suspended creating renaming deleting restoring purging"),
    ("id:6f0c", "begins with"),
    ("!europe", "not; quotes keep spaces: \"a b\""),
];

const ACTIVITY_SYNTAX: [(&str, &str); 3] = [
    ("actor:a@b", "only of who has this email"),
    ("since:7d", "so long ago: 90m, 24h, 7d, 2w"),
    ("since:DATE", "as 2026-11-24, in UTC"),
];

/// What may be typed in a filter.
fn syntax(context: Context) -> &'static [(&'static str, &'static str)] {
    match context {
        Context::Filter => &SYNTAX,
        Context::ActivityFilter => &ACTIVITY_SYNTAX,
        Context::SignIn
        | Context::FirstOperator
        | Context::Connecting
        | Context::Organizations
        | Context::Organization
        | Context::Activity
        | Context::Operators
        | Context::Doctor
        | Context::Form
        | Context::Delete
        | Context::Remove
        | Context::Choose
        | Context::Ask
        | Context::Told
        | Context::Palette
        | Context::Leave
        | Context::Menu
        | Context::Help
        | Context::Anywhere => &[],
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
    context: Context,
    lines: Vec<Line>,
    first: usize,
}

impl Help {
    /// For a context; `offers` says what there is for whoever is signed in, `refusal` what of it cannot work now.
    pub fn new(
        context: Context,
        ascii: bool,
        offers: impl Fn(Command) -> bool,
        refusal: impl Fn(Command) -> Option<&'static str>,
    ) -> Self {
        let mut lines = Vec::new();
        let syntax = syntax(context);
        if !syntax.is_empty() {
            lines.push(Line::Head("Syntax"));
            lines.extend(syntax.iter().map(|(text, meaning)| Line::Syntax(text, meaning)));
            lines.push(Line::Free);
        }
        let here: Vec<&Binding> = keymap::of(context).filter(|binding| offers(binding.command)).collect();
        let anywhere = keymap::of(Context::Anywhere)
            .filter(|binding| here.iter().all(|own| own.command != binding.command));
        let all: Vec<&Binding> = here.iter().copied().chain(anywhere).collect();
        for group in Group::ALL {
            let of_group: Vec<&&Binding> = all.iter().filter(|binding| binding.group == group).collect();
            if of_group.is_empty() {
                continue;
            }
            lines.push(Line::Head(group.title()));
            lines.extend(of_group.into_iter().map(|binding| {
                let keys: Vec<String> = binding.chords.iter().map(|chord| chord.label(ascii)).collect();
                Line::Entry(Entry {
                    keys: keys.join(" "),
                    label: binding.label,
                    refusal: refusal(binding.command),
                    is_danger: binding.is_danger,
                })
            }));
            lines.push(Line::Free);
        }
        lines.pop();
        Self { context, lines, first: 0 }
    }

    /// Scrolls, or closes.
    pub fn command(&mut self, command: Command) -> Option<Step> {
        if command == Command::Escape {
            return Some(Step::go(Move::Close));
        }
        if command == Command::Up {
            self.first = self.first.saturating_sub(1);
        } else if command == Command::Down {
            self.first = (self.first + 1).min(self.lines.len());
        } else {
            return None;
        }
        Some(Step::default())
    }

    /// Draws the card, in two columns where one is too short.
    pub fn draw(&self, area: Rect, canvas: &mut Canvas<'_>) {
        let count = self.lines.len();
        let room = usize::from(area.height.saturating_sub(2));
        let is_wide = count > room && area.width >= 78;
        let at = if is_wide { self.split() } else { count };
        let rows = at.max(count - at);
        let columns = if is_wide { 78 } else { 54 };
        let height = u16::try_from(rows.min(room) + 2).unwrap_or(u16::MAX);
        let title = format!("Keys: {}", self.context.title());
        let inside = canvas.card(centred(area, columns, height), &title, Role::Text);
        let first = self.first.min(rows.saturating_sub(usize::from(inside.height)));
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

fn draw_lines<'a>(canvas: &mut Canvas<'_>, area: Rect, lines: impl Iterator<Item = &'a Line>) {
    let theme = canvas.theme;
    let muted = theme.style(Role::Muted);
    for (y, line) in (area.y..area.bottom()).zip(lines) {
        match line {
            Line::Free => {}
            Line::Head(head) => {
                canvas.put((area.x, y), head, area.width, theme.strong(Role::Text));
            }
            Line::Syntax(text, meaning) => {
                canvas.put((area.x + 2, y), text, 14, theme.key());
                canvas.put((area.x + 16, y), meaning, area.width.saturating_sub(16), muted);
            }
            Line::Entry(entry) => {
                let role = if entry.is_danger { Role::Danger } else { Role::Accent };
                let key = if entry.refusal.is_some() { muted } else { theme.strong(role) };
                canvas.put((area.x + 2, y), &entry.keys, 13, key);
                let label = match entry.refusal {
                    Some(reason) => format!("{} ({reason})", entry.label),
                    None => entry.label.to_owned(),
                };
                let role = if entry.refusal.is_some() { Role::Muted } else { Role::Text };
                let label = text::fit_end(&label, usize::from(area.width.saturating_sub(16)), "");
                canvas.put((area.x + 16, y), &label, area.width.saturating_sub(16), theme.style(role));
            }
        }
    }
}
