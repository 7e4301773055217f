//! Styles by tone, and the signs that carry every meaning without colour. Uses the sixteen colours of the user.

use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// What is read.
    Text,
    /// Labels, hints, rules.
    Muted,
    /// The one accent: selection, focus, keys.
    Accent,
    /// Done.
    Good,
    /// In progress, or time running out.
    Warning,
    /// Wrong, or gone for ever.
    Danger,
}

/// How the console looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// Whether colours may be used.
    pub colour: bool,
    /// Whether signs are ASCII only.
    pub ascii: bool,
}

impl Theme {
    /// The style of a tone.
    pub fn style(self, tone: Tone) -> Style {
        if !self.colour {
            return match tone {
                Tone::Text | Tone::Muted | Tone::Good => Style::new(),
                Tone::Accent | Tone::Warning | Tone::Danger => Style::new().add_modifier(Modifier::BOLD),
            };
        }
        match tone {
            Tone::Text => Style::new(),
            Tone::Muted => Style::new().add_modifier(Modifier::DIM),
            Tone::Accent => Style::new().fg(Color::Cyan),
            Tone::Good => Style::new().fg(Color::Green),
            Tone::Warning => Style::new().fg(Color::Yellow),
            Tone::Danger => Style::new().fg(Color::Red),
        }
    }

    /// The style of a tone, bold.
    pub fn strong(self, tone: Tone) -> Style {
        self.style(tone).add_modifier(Modifier::BOLD)
    }

    /// A key in a hint.
    pub fn key(self) -> Style {
        self.strong(Tone::Accent)
    }

    /// The whole selected row: bold beside its bar; without colour also reversed.
    pub fn selected(self) -> Style {
        if self.colour {
            Style::new().add_modifier(Modifier::BOLD)
        } else {
            Style::new().add_modifier(Modifier::REVERSED)
        }
    }

    /// The signs.
    pub fn signs(self) -> &'static Signs {
        if self.ascii { &ASCII } else { &UNICODE }
    }
}

/// Signs, each one column wide (some of ambiguous width: nothing after one is aligned but at a column set anew).
#[derive(Debug)]
pub struct Signs {
    /// Before the selected row.
    pub selected: &'static str,
    /// Before a field.
    pub focus: &'static str,
    /// Something was cut.
    pub ellipsis: &'static str,
    /// Ascending order.
    pub ascending: &'static str,
    /// Descending order.
    pub descending: &'static str,
    /// Done.
    pub good: &'static str,
    /// Refused.
    pub wrong: &'static str,
    /// Being worked on.
    pub working: &'static str,
    /// Held back.
    pub suspended: &'static str,
    /// Look here.
    pub attention: &'static str,
    /// Between two things of equal rank.
    pub dot: &'static str,
    /// A line across.
    pub rule: &'static str,
    /// A hidden character.
    pub hidden: &'static str,
    /// The border of what lies over something else.
    pub border: border::Set<'static>,
}

static UNICODE: Signs = Signs {
    selected: "▌",
    focus: "┃",
    ellipsis: "…",
    ascending: "▲",
    descending: "▼",
    good: "✓",
    wrong: "✗",
    working: "↻",
    suspended: "‖",
    attention: "!",
    dot: "·",
    rule: "─",
    hidden: "•",
    border: border::ROUNDED,
};

static ASCII: Signs = Signs {
    selected: ">",
    focus: "|",
    ellipsis: "...",
    ascending: "^",
    descending: "v",
    good: "+",
    wrong: "x",
    working: "~",
    suspended: "=",
    attention: "!",
    dot: "-",
    rule: "-",
    hidden: "*",
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
};
