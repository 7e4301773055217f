//! Key strings: `ann@acme.example<Tab>secret<Enter>`. `<C-s>` is Ctrl-S, `<lt>` is `<`.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// The key presses that a string stands for.
pub(crate) fn keys(text: &str) -> Vec<KeyEvent> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c == '<' {
            let (name, after) = rest[1..].split_once('>').expect("an open < in a key string");
            found.push(named(name));
            rest = after;
        } else {
            found.push(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
            rest = &rest[c.len_utf8()..];
        }
    }
    found
}

fn named(name: &str) -> KeyEvent {
    let code = match name {
        "Enter" => KeyCode::Enter,
        "Tab" => KeyCode::Tab,
        "S-Tab" => KeyCode::BackTab,
        "Esc" => KeyCode::Esc,
        "BS" => KeyCode::Backspace,
        "Up" => KeyCode::Up,
        "Down" => KeyCode::Down,
        "Left" => KeyCode::Left,
        "Right" => KeyCode::Right,
        "PgUp" => KeyCode::PageUp,
        "PgDn" => KeyCode::PageDown,
        "Home" => KeyCode::Home,
        "End" => KeyCode::End,
        "F1" => KeyCode::F(1),
        "F5" => KeyCode::F(5),
        "lt" => KeyCode::Char('<'),
        other => {
            let letter = other.strip_prefix("C-").and_then(|rest| rest.chars().next());
            let letter = letter.unwrap_or_else(|| panic!("no key is called {other}"));
            return KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL);
        }
    };
    KeyEvent::new(code, KeyModifiers::NONE)
}
