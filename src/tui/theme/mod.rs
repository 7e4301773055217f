//! Styles by tone. A theme is a table from tone to style: the user's own sixteen colours, or one of two tables that
//! bring a background along.

mod palette;
mod signs;

pub use palette::Palette;
pub use signs::Signs;

use palette::Colours;
use ratatui::style::{Color, Modifier, Style};

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumIter)]
pub enum Tone {
    /// What is read.
    Text,
    /// Labels, hints, rules, units, zeros.
    Muted,
    /// The one accent: selection, focus, keys, heads of groups.
    Accent,
    /// Done.
    Good,
    /// In progress, suspended, or time running out.
    Warning,
    /// Wrong, or gone for ever.
    Danger,
}

/// How the console looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// Its colours.
    pub palette: Palette,
    /// Whether signs are ASCII only.
    pub ascii: bool,
}

impl Theme {
    /// What every cell begins with: nothing of what was there before, and the background of the theme.
    pub fn base(self) -> Style {
        match self.palette.colours() {
            Some(Colours { text, background, .. }) => Style::reset().fg(*text).bg(*background),
            None => Style::reset(),
        }
    }

    /// The style of a tone.
    pub fn style(self, tone: Tone) -> Style {
        if let Some(colours) = self.palette.colours() {
            return Style::new().fg(colours.of(tone));
        }
        let has_colour = self.palette == Palette::Terminal;
        match tone {
            Tone::Muted if has_colour => Style::new().add_modifier(Modifier::DIM),
            Tone::Accent if has_colour => Style::new().fg(Color::Cyan),
            Tone::Good if has_colour => Style::new().fg(Color::Green),
            Tone::Warning if has_colour => Style::new().fg(Color::Yellow),
            Tone::Danger if has_colour => Style::new().fg(Color::Red),
            Tone::Text | Tone::Muted | Tone::Good => Style::new(),
            Tone::Accent | Tone::Warning | Tone::Danger => Style::new().add_modifier(Modifier::BOLD),
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

    /// What a selected row gets over its whole width. In the sixteen colours of the user and without colour every
    /// part of the row looks the same: what a coloured part looks like on that background is not known.
    pub fn selected(self) -> Style {
        match (self.palette.colours(), self.palette) {
            (Some(colours), _) => Style::new().bg(colours.selection),
            (None, Palette::Terminal) => {
                Style::new().fg(Color::White).bg(Color::DarkGray).remove_modifier(Modifier::DIM)
            }
            (None, _) => Style::new().add_modifier(Modifier::REVERSED).remove_modifier(Modifier::BOLD),
        }
    }

    /// What lies below a card.
    pub fn behind(self) -> Style {
        match (self.palette.colours(), self.palette) {
            (Some(colours), _) => self.base().fg(colours.behind),
            (None, Palette::Terminal) => Style::reset().add_modifier(Modifier::DIM),
            (None, _) => Style::reset(),
        }
    }

    /// The badge of an environment.
    pub fn badge(self, environment: Environment) -> Style {
        let style = match (self.palette.colours(), self.palette) {
            (Some(colours), _) => colours.badge(environment),
            (None, Palette::Terminal) => match environment {
                Environment::Production => Some((Color::White, Color::Red)),
                Environment::Staging => Some((Color::Black, Color::Yellow)),
                Environment::Demo => Some((Color::White, Color::Blue)),
                Environment::Other => None,
            },
            (None, _) => None,
        };
        let style = style.map(|(text, background)| Style::new().fg(text).bg(background));
        style.unwrap_or(Style::new().add_modifier(Modifier::REVERSED)).add_modifier(Modifier::BOLD)
    }

    /// The rule below the title, in the colour of the environment's badge.
    pub fn rule(self, environment: Option<Environment>) -> Style {
        let tone = match environment {
            Some(Environment::Production) => Tone::Danger,
            Some(Environment::Staging) => Tone::Warning,
            Some(Environment::Demo) => Tone::Accent,
            Some(Environment::Other) | None => Tone::Muted,
        };
        self.style(tone).remove_modifier(Modifier::BOLD)
    }

    /// The signs.
    pub fn signs(self) -> &'static Signs {
        if self.ascii { &signs::ASCII } else { &signs::UNICODE }
    }
}

/// What the word for the environment stands for: it decides how loud its badge is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumIter)]
pub enum Environment {
    /// prod, production, live.
    Production,
    /// stag, staging, stage.
    Staging,
    /// demo.
    Demo,
    /// Any other word.
    Other,
}

impl Environment {
    /// Of the word as it is set, in any case.
    pub fn of(word: &str) -> Self {
        match word.trim().to_lowercase().as_str() {
            "prod" | "production" | "live" => Self::Production,
            word if word.starts_with("stag") => Self::Staging,
            "demo" => Self::Demo,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use strum::IntoEnumIterator;

    /// Relative luminance (WCAG 2.2) of a colour of the 256: the cube and the greys, which no terminal redefines.
    fn luminance(colour: Color) -> f64 {
        let Color::Indexed(index @ 16..) = colour else { panic!("{colour:?} is the user's own") };
        let parts = if index >= 232 {
            [8 + 10 * (index - 232); 3]
        } else {
            let step = |part: u8| if part == 0 { 0 } else { 55 + 40 * part };
            [step((index - 16) / 36), step((index - 16) / 6 % 6), step((index - 16) % 6)]
        };
        let linear = parts.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    fn contrast(a: Color, b: Color) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[rstest]
    fn text_of_each_table_can_be_read(#[values(Palette::Dark, Palette::Light)] palette: Palette) {
        let theme = Theme { palette, ascii: false };
        let background = theme.base().bg.unwrap();
        for tone in Tone::iter() {
            let least = if tone == Tone::Muted { 3.0 } else { 4.5 };
            let text = theme.style(tone).fg.unwrap();
            for behind in [background, theme.selected().bg.unwrap()] {
                let found = contrast(text, behind);
                assert!(found >= least, "{palette:?} {tone:?}: {text:?} on {behind:?} is {found:.2}");
            }
        }
        for environment in Environment::iter() {
            let badge = theme.badge(environment);
            let (text, behind) =
                (badge.fg.unwrap_or(background), badge.bg.unwrap_or(theme.base().fg.unwrap()));
            assert!(contrast(text, behind) >= 4.5, "{palette:?} {environment:?}");
        }
        let selected = contrast(background, theme.selected().bg.unwrap());
        assert!(selected > 1.1, "{palette:?}: the selection shows, {selected:.2}");
    }

    #[rstest]
    #[case("PROD", Environment::Production)]
    #[case("Live ", Environment::Production)]
    #[case("production", Environment::Production)]
    #[case("Staging-eu", Environment::Staging)]
    #[case("DEMO", Environment::Demo)]
    #[case("reproduction", Environment::Other)]
    fn environments(#[case] word: &str, #[case] expected: Environment) {
        assert_eq!(Environment::of(word), expected);
    }
}
