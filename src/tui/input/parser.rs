//! From the bytes that a terminal sends to keys and pastes. Owns where a sequence begins and where it ends; which key
//! it is says [`keys`].
//!
//! The parsers for what programs write to terminals do not fit: they do not tell whether a lone ESC waits for more, and
//! know neither pastes nor the keys of SS3 and of the Linux console. What no key is known for is skipped whole.

use super::{Input, keys};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use secrecy::zeroize::Zeroizing;
use std::time::{Duration, Instant};

/// How long an ESC waits for the rest of a sequence; then it is the key.
pub(super) const LONE_ESC: Duration = Duration::from_millis(50);
/// After so long a silence whatever else has begun is over.
pub(super) const SILENCE: Duration = Duration::from_secs(1);
/// The bytes of one paste that are kept. Fields take far less.
const MAX_PASTE: usize = 1 << 20;
/// The bytes of one sequence that are kept; no key needs so many.
const MAX_SEQUENCE: usize = 64;
/// What ends a paste.
const PASTE_END: &[u8] = b"\x1b[201~";

/// Ctrl-C ends every sequence but a paste.
const INTERRUPT: u8 = 0x03;
const ESC: u8 = 0x1b;

/// What has begun.
#[derive(Default)]
enum State {
    #[default]
    Ground,
    /// A character of several bytes.
    Character { bytes: Vec<u8>, is_alt: bool },
    /// One ESC or two.
    Escape { is_double: bool },
    /// `ESC [` and what has come since.
    Csi { body: Vec<u8>, is_alt: bool },
    /// `ESC O`.
    Ss3 { is_alt: bool },
    /// `ESC [ [`: a function key of the Linux console.
    LinuxKey,
    /// `ESC [ M`: so many bytes of a report of the mouse in its oldest form are to come.
    OldMouse { left: u8 },
    /// OSC, DCS, APC, PM, SOS: an answer of the terminal, as long as it likes. Whether its last byte was an ESC.
    Text { has_escape: bool },
    /// Between the marks of a paste, and how many bytes of the second mark were seen last.
    Paste { content: Zeroizing<Vec<u8>>, of_end: usize },
}

/// Takes bytes as they come, in pieces of any size.
#[derive(Default)]
pub(super) struct Parser {
    state: State,
    /// When the last byte came.
    last: Option<Instant>,
}

impl Parser {
    /// Takes the bytes that came at this time.
    pub(super) fn take(&mut self, bytes: &[u8], now: Instant, out: &mut Vec<Input>) {
        for &byte in bytes {
            self.state = std::mem::take(&mut self.state).next(byte, out);
        }
        self.last = Some(now);
    }

    /// When what has begun is over, if nothing comes.
    pub(super) fn due(&self) -> Option<Instant> {
        let patience = match self.state {
            State::Ground => return None,
            State::Escape { .. } => LONE_ESC,
            _ => SILENCE,
        };
        Some(self.last? + patience)
    }

    /// Nothing came for long enough: what has begun is a key, a paste, or nothing.
    pub(super) fn silence(&mut self, out: &mut Vec<Input>) {
        match std::mem::take(&mut self.state) {
            State::Escape { is_double } => {
                let esc = keys::event(KeyCode::Esc, KeyModifiers::NONE);
                let count = if is_double { 2 } else { 1 };
                out.extend(std::iter::repeat_n(esc, count).flatten().map(Input::Key));
            }
            State::Character { is_alt, .. } => out.extend(no_character(is_alt)),
            State::Paste { content, .. } => out.push(pasted(content)),
            _ => {}
        }
    }
}

impl State {
    fn next(self, byte: u8, out: &mut Vec<Input>) -> Self {
        match self {
            Self::Ground => Self::begin(byte, out),
            Self::Character { mut bytes, is_alt } => {
                bytes.push(byte);
                Self::character(bytes, is_alt, out)
            }
            Self::Escape { is_double } => Self::escape(is_double, byte, out),
            Self::Csi { body, is_alt } => Self::csi(body, is_alt, byte, out),
            Self::Ss3 { is_alt } => match byte {
                // A modifier before the key, in the manner of old xterms.
                b'0'..=b'9' | b';' => Self::Ss3 { is_alt },
                b'@'..=b'~' => Self::done(keys::ss3(byte, is_alt), out),
                _ => Self::begin(byte, out),
            },
            Self::LinuxKey => match byte {
                b'@'..=b'~' => Self::done(keys::linux(byte), out),
                _ => Self::begin(byte, out),
            },
            Self::OldMouse { left } => match byte {
                ..0x20 => Self::begin(byte, out),
                _ if left > 1 => Self::OldMouse { left: left - 1 },
                _ => Self::Ground,
            },
            Self::Text { has_escape } => Self::text(has_escape, byte, out),
            Self::Paste { content, of_end } => Self::paste(content, of_end, byte, out),
        }
    }

    /// Nothing has begun.
    fn begin(byte: u8, out: &mut Vec<Input>) -> Self {
        match byte {
            ESC => Self::Escape { is_double: false },
            ..0x80 => Self::done(keys::of_byte(byte), out),
            _ => Self::character(vec![byte], false, out),
        }
    }

    fn done(key: Option<KeyEvent>, out: &mut Vec<Input>) -> Self {
        out.extend(key.map(Input::Key));
        Self::Ground
    }

    /// A character that is whole, broken, or not yet whole. What breaks it is not lost.
    fn character(bytes: Vec<u8>, is_alt: bool, out: &mut Vec<Input>) -> Self {
        match std::str::from_utf8(&bytes) {
            Ok(text) => {
                out.extend(text.chars().filter_map(|c| keys::of_char(c, is_alt)).map(Input::Key));
                Self::Ground
            }
            Err(error) => {
                let Some(broken) = error.error_len() else {
                    return Self::Character { bytes, is_alt };
                };
                out.extend(no_character(is_alt));
                let rest = bytes.get(error.valid_up_to() + broken..).unwrap_or_default();
                rest.iter().fold(Self::Ground, |state, &byte| state.next(byte, out))
            }
        }
    }

    fn escape(is_double: bool, byte: u8, out: &mut Vec<Input>) -> Self {
        // Two and an arrow are Option and the arrow; of all else the first is a key of its own.
        if is_double && !matches!(byte, b'[' | b'O') {
            out.extend(keys::event(KeyCode::Esc, KeyModifiers::NONE).map(Input::Key));
        }
        match byte {
            ESC => Self::Escape { is_double: true },
            INTERRUPT => Self::begin(byte, out),
            b'[' => Self::Csi { body: Vec::new(), is_alt: is_double },
            b'O' => Self::Ss3 { is_alt: is_double },
            b']' | b'P' | b'_' | b'^' | b'X' => Self::Text { has_escape: false },
            // The end of an answer that was over already.
            b'\\' => Self::Ground,
            ..0x80 => Self::done(keys::of_byte(byte).and_then(keys::with_alt), out),
            _ => Self::character(vec![byte], true, out),
        }
    }

    fn csi(mut body: Vec<u8>, is_alt: bool, byte: u8, out: &mut Vec<Input>) -> Self {
        match byte {
            b'$' if keys::is_number(&body) => Self::done(keys::csi(&body, byte, is_alt), out),
            b' '..=b'?' => {
                if body.len() < MAX_SEQUENCE {
                    body.push(byte);
                }
                Self::Csi { body, is_alt }
            }
            b'[' if body.is_empty() => Self::LinuxKey,
            b'M' if body.is_empty() => Self::OldMouse { left: 3 },
            b'~' if body == b"200" => Self::Paste { content: Zeroizing::default(), of_end: 0 },
            b'M' | b'm' if body.first() == Some(&b'<') => {
                out.extend(keys::pointed(&body, byte).map(Input::Point));
                Self::Ground
            }
            b'@'..=b'~' => Self::done(keys::csi(&body, byte, is_alt), out),
            // Nothing that a sequence is made of: it is broken off, and this begins anew.
            _ => Self::begin(byte, out),
        }
    }

    fn text(has_escape: bool, byte: u8, out: &mut Vec<Input>) -> Self {
        match byte {
            b'\\' | 0x07 if has_escape => Self::Ground,
            _ if has_escape => Self::escape(false, byte, out),
            0x07 => Self::Ground,
            // Ctrl-C, and those that cancel a sequence.
            INTERRUPT | 0x18 | 0x1a => Self::begin(byte, out),
            ESC => Self::Text { has_escape: true },
            _ => Self::Text { has_escape: false },
        }
    }

    fn paste(mut content: Zeroizing<Vec<u8>>, of_end: usize, byte: u8, out: &mut Vec<Input>) -> Self {
        let expected = PASTE_END.get(of_end).copied();
        if expected == Some(byte) {
            if of_end + 1 < PASTE_END.len() {
                return Self::Paste { content, of_end: of_end + 1 };
            }
            out.push(pasted(content));
            return Self::Ground;
        }
        let mut keep = |bytes: &[u8]| {
            let room = MAX_PASTE.saturating_sub(content.len());
            content.extend(bytes.iter().take(room));
        };
        keep(PASTE_END.get(..of_end).unwrap_or_default());
        if byte == ESC {
            return Self::Paste { content, of_end: 1 };
        }
        keep(&[byte]);
        Self::Paste { content, of_end: 0 }
    }
}

/// Bytes that are no character.
fn no_character(is_alt: bool) -> Option<Input> {
    keys::of_char(char::REPLACEMENT_CHARACTER, is_alt).map(Input::Key)
}

fn pasted(mut content: Zeroizing<Vec<u8>>) -> Input {
    let text = match String::from_utf8(std::mem::take(&mut content)) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(&Zeroizing::new(error.into_bytes())).into_owned(),
    };
    Input::Paste(text)
}
