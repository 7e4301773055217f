//! Which key a sequence is. Owns the table, not where a sequence ends.

use crate::tui::keys::Pointed;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with what is held with it; none where a field would take it for text that nobody typed.
pub(super) fn event(code: KeyCode, modifiers: KeyModifiers) -> Option<KeyEvent> {
    let is_chord = modifiers.contains(KeyModifiers::CONTROL | KeyModifiers::ALT);
    let is_text = matches!(code, KeyCode::Char(_)) && is_chord;
    (!is_text).then(|| KeyEvent::new(code, modifiers))
}

/// The same key with Alt.
pub(super) fn with_alt(key: KeyEvent) -> Option<KeyEvent> {
    event(key.code, key.modifiers | KeyModifiers::ALT)
}

fn held(is_alt: bool) -> KeyModifiers {
    if is_alt { KeyModifiers::ALT } else { KeyModifiers::NONE }
}

/// A byte that is a key by itself.
pub(super) fn of_byte(byte: u8) -> Option<KeyEvent> {
    let ctrl = |first: u8, by: u8| {
        let c = char::from(first + (byte - by));
        event(KeyCode::Char(c), KeyModifiers::CONTROL)
    };
    let plain = |code| event(code, KeyModifiers::NONE);
    match byte {
        0x00 => event(KeyCode::Char(' '), KeyModifiers::CONTROL),
        0x08 | 0x7f => plain(KeyCode::Backspace),
        b'\t' => plain(KeyCode::Tab),
        b'\r' | b'\n' => plain(KeyCode::Enter),
        0x01..=0x1a => ctrl(b'a', 0x01),
        0x1b => plain(KeyCode::Esc),
        0x1c..=0x1f => ctrl(b'4', 0x1c),
        _ => of_char(char::from(byte), false),
    }
}

/// A character. The control characters of eight bits are none.
pub(super) fn of_char(c: char, is_alt: bool) -> Option<KeyEvent> {
    if c.is_control() { None } else { event(KeyCode::Char(c), held(is_alt)) }
}

/// `ESC O` and this byte.
pub(super) fn ss3(byte: u8, is_alt: bool) -> Option<KeyEvent> {
    let code = match byte {
        b'M' => KeyCode::Enter,
        b'P'..=b'S' => KeyCode::F(byte - b'P' + 1),
        // The number pad in its application mode.
        b'j'..=b'y' => KeyCode::Char(char::from(byte - b'j' + b'*')),
        b'X' => KeyCode::Char('='),
        _ => cursor(byte)?,
    };
    event(code, held(is_alt))
}

/// `ESC [ [` and this byte.
pub(super) fn linux(byte: u8) -> Option<KeyEvent> {
    match byte {
        b'A'..=b'E' => event(KeyCode::F(byte - b'A' + 1), KeyModifiers::NONE),
        _ => None,
    }
}

/// The keys that every way of writing calls by the same letter.
fn cursor(byte: u8) -> Option<KeyCode> {
    Some(match byte {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'H' => KeyCode::Home,
        b'F' => KeyCode::End,
        _ => return None,
    })
}

/// The keys that are called by a number.
fn numbered(number: u32) -> Option<KeyCode> {
    let function = |first: u32, number: u32| u8::try_from(number - first + 1).ok().map(KeyCode::F);
    match number {
        1 | 7 => Some(KeyCode::Home),
        2 => Some(KeyCode::Insert),
        3 => Some(KeyCode::Delete),
        4 | 8 => Some(KeyCode::End),
        5 => Some(KeyCode::PageUp),
        6 => Some(KeyCode::PageDown),
        11..=15 => function(11, number),
        17..=21 => function(12, number),
        23 | 24 => function(13, number),
        _ => None,
    }
}

/// Whether it is one number and nothing else.
pub(super) fn is_number(body: &[u8]) -> bool {
    !body.is_empty() && body.iter().all(u8::is_ascii_digit)
}

/// `ESC [`, this body, and this last byte.
pub(super) fn csi(body: &[u8], last: u8, is_alt: bool) -> Option<KeyEvent> {
    let numbers = numbers(body)?;
    let (code, more) = match (last, numbers.as_slice()) {
        (b'Z', _) => (KeyCode::BackTab, KeyModifiers::NONE),
        (b'P' | b'Q' | b'S', [[1, _], modifiers]) => (KeyCode::F(last - b'P' + 1), modifiers_of(*modifiers)?),
        (b'~', [[27, _], modifiers, [code, _]]) => of_code([*code, *code], modifiers_of(*modifiers)?)?,
        (b'~', [[number, _]]) => (numbered(*number)?, KeyModifiers::NONE),
        (b'~', [[number, _], modifiers]) => (numbered(*number)?, modifiers_of(*modifiers)?),
        // As rxvt says what is held.
        (b'$', [[number, _]]) => (numbered(*number)?, KeyModifiers::SHIFT),
        (b'^', [[number, _]]) => (numbered(*number)?, KeyModifiers::CONTROL),
        (b'@', [[number, _]]) => (numbered(*number)?, KeyModifiers::CONTROL | KeyModifiers::SHIFT),
        (b'a'..=b'd', []) => (cursor(last.to_ascii_uppercase())?, KeyModifiers::SHIFT),
        (b'u', [code]) => of_code(*code, KeyModifiers::NONE)?,
        (b'u', [code, modifiers, ..]) => of_code(*code, modifiers_of(*modifiers)?)?,
        (_, [] | [[1, _]]) => (cursor(last)?, KeyModifiers::NONE),
        (_, [[1, _], modifiers]) => (cursor(last)?, modifiers_of(*modifiers)?),
        _ => return None,
    };
    event(code, more | held(is_alt))
}

/// A report of the mouse: `<`, what it did, column and row from 1; a last `m` lets a button go. With a key held it is
/// the terminal's, and means nothing here.
pub(super) fn pointed(body: &[u8], last: u8) -> Option<Pointed> {
    let numbers = numbers(body.strip_prefix(b"<")?)?;
    let place = |number: u32| u16::try_from(number.checked_sub(1)?).ok();
    match (last, numbers.as_slice()) {
        (b'M', [[0, _], [column, _], [row, _]]) => Some(Pointed::Click(place(*column)?, place(*row)?)),
        (b'M', [[64, _], _, _]) => Some(Pointed::WheelUp),
        (b'M', [[65, _], _, _]) => Some(Pointed::WheelDown),
        _ => None,
    }
}

/// The numbers between semicolons, each with what stands behind its colon; what is left out is 1. Another character
/// means that it is no key.
fn numbers(body: &[u8]) -> Option<Vec<[u32; 2]>> {
    if body.is_empty() {
        return Some(Vec::new());
    }
    let text = std::str::from_utf8(body).ok()?;
    let number = |part: &str| match part {
        "" => Some(1),
        _ if part.bytes().all(|byte| byte.is_ascii_digit()) => part.parse().ok(),
        _ => None,
    };
    let pair = |part: &str| {
        let mut parts = part.split(':');
        let first = number(parts.next()?)?;
        Some([first, parts.next().map_or(Some(1), number)?])
    };
    text.split(';').map(pair).collect()
}

/// What is held, from its number and that of the event; none for a key that is let go, and with keys held that mean
/// nothing here.
fn modifiers_of([held, event]: [u32; 2]) -> Option<KeyModifiers> {
    const NAMES: [(u32, KeyModifiers); 3] =
        [(1, KeyModifiers::SHIFT), (2, KeyModifiers::ALT), (4, KeyModifiers::CONTROL)];
    /// Super, hyper, meta.
    const OTHERS: u32 = 8 | 16 | 32;
    const LET_GO: u32 = 3;
    let bits = held.checked_sub(1)?;
    if event == LET_GO || bits & OTHERS != 0 {
        return None;
    }
    let names = NAMES.iter().filter(|(bit, _)| bits & bit != 0);
    Some(names.fold(KeyModifiers::NONE, |all, (_, name)| all | *name))
}

/// A key by its code point, and by its code point with Shift.
fn of_code([code, with_shift]: [u32; 2], held: KeyModifiers) -> Option<(KeyCode, KeyModifiers)> {
    let is_shifted = held.contains(KeyModifiers::SHIFT);
    let code = match code {
        9 if is_shifted => return Some((KeyCode::BackTab, held - KeyModifiers::SHIFT)),
        9 => KeyCode::Tab,
        13 | 57_414 => KeyCode::Enter,
        27 => KeyCode::Esc,
        8 | 127 => KeyCode::Backspace,
        // The private area names keys that mean nothing here.
        57_344..=63_743 => return None,
        _ => {
            let c = char::from_u32(code).filter(|c| !c.is_control())?;
            let upper = char::from_u32(with_shift).filter(|c| is_shifted && !c.is_control());
            KeyCode::Char(upper.unwrap_or(if is_shifted { c.to_ascii_uppercase() } else { c }))
        }
    };
    Some((code, held))
}
