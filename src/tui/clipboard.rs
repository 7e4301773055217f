//! How a text reaches the clipboard of the terminal: OSC 52, wrapped for tmux and GNU screen. Writes nothing.

use super::terminal_type::TerminalType;
use crate::domain::text::controls_terminal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Bytes of a text at most: terminals take 100,000 of the sequence, in which four of base64 stand for three.
pub const MOST_BYTES: usize = 74_994;
/// Bytes that GNU screen passes on of one string.
const SCREEN_PIECE: usize = 700;

/// What stands between the console and the clipboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Clipboard {
    /// The terminal itself.
    #[default]
    Terminal,
    /// tmux, which hands on what is wrapped for it.
    Tmux,
    /// GNU screen, which hands on what is wrapped for it, in pieces.
    Screen,
    /// The terminal has no clipboard.
    Missing,
}

/// Why a text cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyError {
    /// The terminal has no clipboard.
    Missing,
    /// It has more than [`MOST_BYTES`].
    TooLong,
}

impl Clipboard {
    /// That of the terminal called `term`, with what the environment tells of tmux and screen.
    pub fn of(terminal: TerminalType, term: Option<&str>, in_tmux: bool, in_screen: bool) -> Self {
        match () {
            // A console of the kernel and a VT terminal have neither.
            () if !terminal.has_title => Self::Missing,
            () if in_tmux => Self::Tmux,
            () if in_screen || term.is_some_and(|term| term.starts_with("screen")) => Self::Screen,
            () => Self::Terminal,
        }
    }

    /// The bytes to write to the terminal; all of the text or none of it.
    ///
    /// # Errors
    /// [`CopyError`].
    pub fn sequence(self, text: &str) -> Result<Vec<u8>, CopyError> {
        if self == Self::Missing {
            return Err(CopyError::Missing);
        }
        if text.len() > MOST_BYTES {
            return Err(CopyError::TooLong);
        }
        let bare = format!("\u{1b}]52;c;{}\u{7}", STANDARD.encode(text)).into_bytes();
        Ok(match self {
            Self::Terminal | Self::Missing => bare,
            Self::Tmux => {
                let doubled =
                    bare.iter().flat_map(|byte| if *byte == ESC { vec![ESC, ESC] } else { vec![*byte] });
                [b"\x1bPtmux;".to_vec(), doubled.collect(), b"\x1b\\".to_vec()].concat()
            }
            Self::Screen => {
                let pieces: Vec<&[u8]> = bare.chunks(SCREEN_PIECE).collect();
                [b"\x1bP".to_vec(), pieces.join(&b"\x1b\\\x1bP"[..]), b"\x1b\\".to_vec()].concat()
            }
        })
    }
}

const ESC: u8 = 0x1b;

/// The text without what could control a terminal that it is pasted into: control characters, line breaks, and the
/// marks of the reading direction.
pub fn clean(text: &str) -> String {
    text.chars().filter(|c| !controls_terminal(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn sent(clipboard: Clipboard, text: &str) -> String {
        String::from_utf8(clipboard.sequence(text).unwrap()).unwrap()
    }

    #[test]
    fn text_is_one_padded_line_of_base64_that_ends_with_bel() {
        assert_eq!(sent(Clipboard::Terminal, "Acme"), "\u{1b}]52;c;QWNtZQ==\u{7}");
        assert_eq!(sent(Clipboard::Terminal, "Bäcker"), "\u{1b}]52;c;QsOkY2tlcg==\u{7}");
        let long = sent(Clipboard::Terminal, &"x".repeat(5_000));
        assert!(!long.contains(['\n', '\r']) && long.ends_with('\u{7}'));
    }

    #[test]
    fn tmux_gets_it_wrapped_with_doubled_escapes_and_only_so() {
        assert_eq!(sent(Clipboard::Tmux, "Acme"), "\u{1b}Ptmux;\u{1b}\u{1b}]52;c;QWNtZQ==\u{7}\u{1b}\\",);
    }

    #[test]
    fn screen_gets_it_in_pieces() {
        assert_eq!(sent(Clipboard::Screen, "Acme"), "\u{1b}P\u{1b}]52;c;QWNtZQ==\u{7}\u{1b}\\");
        let text = "Acme Corp ".repeat(300);
        let whole = sent(Clipboard::Screen, &text);
        let inside = whole.strip_prefix("\u{1b}P").unwrap().strip_suffix("\u{1b}\\").unwrap();
        let pieces: Vec<&str> = inside.split("\u{1b}\\\u{1b}P").collect();
        assert!(pieces.len() > 5 && pieces.iter().all(|piece| (1..=700).contains(&piece.len())));
        assert_eq!(pieces.concat(), sent(Clipboard::Terminal, &text));
    }

    #[test]
    fn nothing_is_sent_of_what_is_too_long() {
        let most = "x".repeat(MOST_BYTES);
        assert_eq!(sent(Clipboard::Terminal, &most).len(), 100_000);
        assert_eq!(Clipboard::Terminal.sequence(&format!("{most}x")), Err(CopyError::TooLong));
    }

    #[rstest]
    #[case("xterm-256color", false, false, Clipboard::Terminal)]
    #[case("xterm-256color", true, false, Clipboard::Tmux)]
    #[case("screen-256color", true, false, Clipboard::Tmux)]
    #[case("screen-256color", true, true, Clipboard::Tmux)]
    #[case("tmux-256color", true, false, Clipboard::Tmux)]
    #[case("screen.xterm-256color", false, false, Clipboard::Screen)]
    #[case("xterm", false, true, Clipboard::Screen)]
    #[case("linux", false, false, Clipboard::Missing)]
    #[case("vt220", false, false, Clipboard::Missing)]
    fn clipboard_is_that_of_the_terminal(
        #[case] term: &str,
        #[case] in_tmux: bool,
        #[case] in_screen: bool,
        #[case] expected: Clipboard,
    ) {
        let terminal = TerminalType::of(Some(term), None).unwrap();
        assert_eq!(Clipboard::of(terminal, Some(term), in_tmux, in_screen), expected);
    }

    #[test]
    fn a_terminal_without_a_clipboard_gets_nothing() {
        assert_eq!(Clipboard::Missing.sequence("Acme"), Err(CopyError::Missing));
    }

    #[test]
    fn control_characters_leave() {
        let hostile = "a\u{1b}[31m\u{7}b\r\n\u{0}\u{9b}c\u{202e}d\u{2028}é日";
        assert_eq!(clean(hostile), "a[31mbcdé日");
    }

    proptest! {
        #[test]
        fn what_is_sent_holds_the_text(text in "\\PC{0,900}") {
            for clipboard in [Clipboard::Terminal, Clipboard::Tmux, Clipboard::Screen] {
                let bytes = sent(clipboard, &text);
                let plain = bytes.replace("\u{1b}\\\u{1b}P", "");
                let encoded = plain.split("52;c;").nth(1).unwrap().split('\u{7}').next().unwrap();
                prop_assert_eq!(STANDARD.decode(encoded).unwrap(), text.as_bytes());
            }
        }
    }
}
