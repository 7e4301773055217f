//! The colours of each theme. Those of the tables are of the 256 that every such terminal draws alike.

use super::{Environment, Tone};
use ratatui::style::Color;

/// Whose colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Palette {
    /// None: bold, underline, reverse and signs carry everything.
    #[strum(disabled)]
    #[default]
    Plain,
    /// The user's own sixteen.
    Terminal,
    /// Light on dark.
    Dark,
    /// Dark on light.
    Light,
}

impl Palette {
    /// The theme of this name, where colours may be used at all.
    pub fn of(theme: Option<&str>, has_colour: bool) -> Self {
        let theme = theme.and_then(|theme| theme.parse().ok()).unwrap_or(Self::Terminal);
        if has_colour { theme } else { Self::Plain }
    }

    /// The table, if it is one that brings its own.
    pub(super) fn colours(self) -> Option<&'static Colours> {
        match self {
            Self::Plain | Self::Terminal => None,
            Self::Dark => Some(&DARK),
            Self::Light => Some(&LIGHT),
        }
    }
}

/// A table.
pub(super) struct Colours {
    pub(super) text: Color,
    pub(super) background: Color,
    pub(super) selection: Color,
    pub(super) behind: Color,
    muted: Color,
    accent: Color,
    good: Color,
    warning: Color,
    danger: Color,
}

impl Colours {
    /// The colour of a tone.
    pub(super) fn of(&self, tone: Tone) -> Color {
        match tone {
            Tone::Text => self.text,
            Tone::Muted => self.muted,
            Tone::Accent => self.accent,
            Tone::Good => self.good,
            Tone::Warning => self.warning,
            Tone::Danger => self.danger,
        }
    }

    /// Text and background of a badge; none: reversed.
    #[expect(clippy::unused_self, reason = "the same in both tables")]
    pub(super) fn badge(&self, environment: Environment) -> Option<(Color, Color)> {
        const WHITE: Color = Color::Indexed(231);
        const BLACK: Color = Color::Indexed(16);
        match environment {
            Environment::Production => Some((WHITE, Color::Indexed(160))),
            Environment::Staging => Some((BLACK, Color::Indexed(220))),
            Environment::Demo => Some((WHITE, Color::Indexed(26))),
            Environment::Other => None,
        }
    }
}

static DARK: Colours = Colours {
    text: Color::Indexed(254),
    background: Color::Indexed(233),
    selection: Color::Indexed(236),
    behind: Color::Indexed(240),
    muted: Color::Indexed(245),
    accent: Color::Indexed(75),
    good: Color::Indexed(114),
    warning: Color::Indexed(179),
    danger: Color::Indexed(210),
};

static LIGHT: Colours = Colours {
    text: Color::Indexed(234),
    background: Color::Indexed(231),
    selection: Color::Indexed(255),
    behind: Color::Indexed(248),
    muted: Color::Indexed(242),
    accent: Color::Indexed(25),
    good: Color::Indexed(22),
    warning: Color::Indexed(94),
    danger: Color::Indexed(124),
};
