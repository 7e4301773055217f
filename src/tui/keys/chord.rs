//! A key with what is held with it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

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
            const SIGNS: [(KeyCode, &str, &str); 8] = [
                (KeyCode::Enter, "↵", "Enter"),
                (KeyCode::Up, "↑", "Up"),
                (KeyCode::Down, "↓", "Down"),
                (KeyCode::Left, "←", "Left"),
                (KeyCode::Right, "→", "Right"),
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

/// A key alone.
pub const fn key(code: KeyCode) -> Chord {
    Chord { code, modifiers: KeyModifiers::NONE }
}

/// A letter or a sign.
pub const fn char(c: char) -> Chord {
    key(KeyCode::Char(c))
}

/// A letter with Ctrl.
pub const fn ctrl(c: char) -> Chord {
    Chord { code: KeyCode::Char(c), modifiers: KeyModifiers::CONTROL }
}

/// Enter.
pub const ENTER: Chord = key(KeyCode::Enter);
/// Esc.
pub const ESC: Chord = key(KeyCode::Esc);
/// Tab.
pub const TAB: Chord = key(KeyCode::Tab);
/// Shift-Tab.
pub const BACK_TAB: Chord = key(KeyCode::BackTab);
/// The arrow up.
pub const UP: Chord = key(KeyCode::Up);
/// The arrow down.
pub const DOWN: Chord = key(KeyCode::Down);
/// The arrow to the left.
pub const LEFT: Chord = key(KeyCode::Left);
/// The arrow to the right.
pub const RIGHT: Chord = key(KeyCode::Right);
/// Page up.
pub const PAGE_UP: Chord = key(KeyCode::PageUp);
/// Page down.
pub const PAGE_DOWN: Chord = key(KeyCode::PageDown);
/// Home.
pub const HOME: Chord = key(KeyCode::Home);
/// End.
pub const END: Chord = key(KeyCode::End);
/// F1.
pub const F1: Chord = key(KeyCode::F(1));
/// F5.
pub const F5: Chord = key(KeyCode::F(5));
