//! The one table of keys: dispatch, hint line, help and the list in the README derive from it.
//!
//! Owns which key is which command where. Must not know what a command does.

mod bindings;
#[cfg(test)]
mod tests;

pub use bindings::BINDINGS;

use super::action::{Action, Command};
use super::keys::Typed;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use std::fmt::Write as _;

/// Where keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Context {
    /// The sign-in, also when it lies over a screen.
    SignIn,
    /// The form for the first operator.
    FirstOperator,
    /// Before it is known which of the two.
    Connecting,
    /// The list.
    Organizations,
    /// The filter of the list, while it is typed.
    Filter,
    /// One organization.
    Organization,
    /// What was done with it.
    Activity,
    /// The filter of that, while it is typed.
    ActivityFilter,
    /// The operators.
    Operators,
    /// The doctor.
    Doctor,
    /// Create and edit.
    Form,
    /// The delete card.
    Delete,
    /// The card before an operator is removed.
    Remove,
    /// The card before an organization goes on without its own collection.
    Choose,
    /// A question with yes or no.
    Ask,
    /// A card that only tells.
    Told,
    /// Go to, by name.
    Palette,
    /// The question before a changed form is left.
    Leave,
    /// A list to choose from.
    Menu,
    /// The help.
    Help,
    /// Everywhere.
    Anywhere,
}

impl Context {
    /// Every context, in the order of the README's list.
    pub const ALL: [Self; 21] = [
        Self::Organizations,
        Self::Filter,
        Self::Organization,
        Self::Activity,
        Self::ActivityFilter,
        Self::Operators,
        Self::Doctor,
        Self::Palette,
        Self::Form,
        Self::Delete,
        Self::Remove,
        Self::Choose,
        Self::Ask,
        Self::Told,
        Self::Leave,
        Self::Menu,
        Self::Help,
        Self::SignIn,
        Self::FirstOperator,
        Self::Connecting,
        Self::Anywhere,
    ];

    /// Whether unbound keys are text there.
    pub fn is_text(self) -> bool {
        match self {
            Self::SignIn
            | Self::FirstOperator
            | Self::Filter
            | Self::ActivityFilter
            | Self::Form
            | Self::Delete
            | Self::Remove
            | Self::Choose
            | Self::Palette => true,
            Self::Connecting
            | Self::Organizations
            | Self::Organization
            | Self::Activity
            | Self::Operators
            | Self::Doctor
            | Self::Ask
            | Self::Told
            | Self::Leave
            | Self::Menu
            | Self::Help
            | Self::Anywhere => false,
        }
    }

    /// Its name in the help and in the README.
    pub fn title(self) -> &'static str {
        match self {
            Self::SignIn => "sign in",
            Self::FirstOperator => "first operator",
            Self::Connecting => "connecting",
            Self::Organizations => "organizations",
            Self::Filter => "filter",
            Self::Organization => "organization",
            Self::Activity => "activity",
            Self::ActivityFilter => "filter of the activity",
            Self::Operators => "operators",
            Self::Doctor => "doctor",
            Self::Palette => "go to",
            Self::Form => "form",
            Self::Delete => "delete",
            Self::Remove => "remove",
            Self::Choose => "another collection",
            Self::Ask => "a question",
            Self::Told => "a note",
            Self::Leave => "unsaved changes",
            Self::Menu => "menu",
            Self::Help => "help",
            Self::Anywhere => "anywhere",
        }
    }
}

/// A key with its modifiers. SHIFT counts for named keys only: a letter says it by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Chord {
    /// The key.
    pub code: KeyCode,
    /// What is held with it.
    pub modifiers: KeyModifiers,
}

impl Chord {
    /// The chord of a key press.
    pub fn of(key: KeyEvent) -> Self {
        let mut modifiers = key.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        let mut code = key.code;
        if matches!(code, KeyCode::Char(_) | KeyCode::BackTab) {
            modifiers.remove(KeyModifiers::SHIFT);
        }
        // Some terminals report Shift-Tab as Tab with SHIFT.
        if code == KeyCode::Tab && modifiers.contains(KeyModifiers::SHIFT) {
            code = KeyCode::BackTab;
            modifiers.remove(KeyModifiers::SHIFT);
        }
        Self { code, modifiers }
    }

    /// How it is written: `Ctrl-S`, `↵`, and in words where signs must be ASCII.
    pub fn label(self, ascii: bool) -> String {
        let key = if let KeyCode::Char(c) = self.code {
            if c == ' ' {
                "Space".to_owned()
            } else if self.modifiers.is_empty() {
                c.to_string()
            } else {
                c.to_uppercase().to_string()
            }
        } else {
            const SIGNS: [(KeyCode, &str, &str); 6] = [
                (KeyCode::Enter, "↵", "Enter"),
                (KeyCode::Up, "↑", "Up"),
                (KeyCode::Down, "↓", "Down"),
                (KeyCode::PageUp, "PgUp", "PgUp"),
                (KeyCode::PageDown, "PgDn", "PgDn"),
                (KeyCode::BackTab, "Shift-Tab", "Shift-Tab"),
            ];
            let sign = SIGNS.iter().find(|(code, ..)| *code == self.code);
            sign.map_or_else(
                || self.code.to_string(),
                |(_, sign, word)| {
                    if ascii { (*word).to_owned() } else { (*sign).to_owned() }
                },
            )
        };
        if self.modifiers.contains(KeyModifiers::CONTROL) { format!("Ctrl-{key}") } else { key }
    }
}

/// The part of the help that a binding stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// What is done with what is in view.
    Do,
    /// Getting around.
    Move,
    /// Finding something.
    Find,
    /// What works everywhere.
    Anywhere,
}

impl Group {
    /// Every group, in the order of the help.
    pub const ALL: [Self; 4] = [Self::Do, Self::Find, Self::Move, Self::Anywhere];

    /// Its head.
    pub fn title(self) -> &'static str {
        match self {
            Self::Do => "Do",
            Self::Move => "Move",
            Self::Find => "Find",
            Self::Anywhere => "Anywhere",
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// Where it works.
    pub context: Context,
    /// The keys; the first one stands in the hint line.
    pub chords: &'static [Chord],
    /// What it does.
    pub command: Command,
    /// That in a word or three.
    pub label: &'static str,
    /// Where it stands in the help.
    pub group: Group,
    /// Whether it can destroy something.
    pub is_danger: bool,
    /// Its place in the hint line: the highest falls away first; `None` keeps it out.
    pub rank: Option<u8>,
}

/// The command of a chord in a context; what works anywhere comes last.
pub fn lookup(context: Context, chord: Chord) -> Option<Command> {
    [context, Context::Anywhere].into_iter().find_map(|context| {
        let mut bindings = of(context);
        bindings.find(|binding| binding.chords.contains(&chord)).map(|binding| binding.command)
    })
}

/// The bindings of a context alone.
pub fn of(context: Context) -> impl Iterator<Item = &'static Binding> {
    BINDINGS.iter().filter(move |binding| binding.context == context)
}

/// What a key press means in a context: a command, or text in a text field, never both.
pub fn action(context: Context, key: KeyEvent) -> Option<Action> {
    if let Some(command) = lookup(context, Chord::of(key)) {
        return Some(Action::Command(command));
    }
    let typed = tui_input::backend::crossterm::to_input_request(&Event::Key(key))?;
    context.is_text().then_some(Action::Input(Typed(typed)))
}

/// The list of keys for the README.
pub fn markdown() -> String {
    let mut text = String::new();
    for context in Context::ALL {
        let mut rows = of(context).peekable();
        if rows.peek().is_none() {
            continue;
        }
        let _ = writeln!(text, "**{}**\n\n| key | does |\n|---|---|", context.title());
        for binding in rows {
            let keys: Vec<String> = binding
                .chords
                .iter()
                .map(|chord| format!("`{}`", chord.label(true).replace('|', "\\|")))
                .collect();
            let _ = writeln!(text, "| {} | {} |", keys.join(" "), binding.label);
        }
        text.push('\n');
    }
    text
}
