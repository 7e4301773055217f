//! Bytes in, keys out, cut anywhere; and the thread that reads them.

use super::parser::{LONE_ESC, SILENCE};
use super::*;
use crossterm::event::{KeyCode, KeyModifiers};
use futures_util::StreamExt;
use proptest::prelude::*;
use std::io::{Read, Write};
use std::time::Duration;

/// What was read, written so that a table of it can be read too.
fn names(inputs: &[Input]) -> String {
    let name = |input: &Input| match input {
        Input::Paste(text) => format!("paste({text})"),
        Input::Point(pointed) => format!("{pointed:?}").replace(' ', ""),
        Input::Key(key) => {
            let held = [
                (KeyModifiers::CONTROL, "ctrl-"),
                (KeyModifiers::ALT, "alt-"),
                (KeyModifiers::SHIFT, "shift-"),
            ];
            let held = held.iter().filter(|(held, _)| key.modifiers.contains(*held));
            let held: String = held.map(|(_, name)| *name).collect();
            match key.code {
                KeyCode::Char(' ') => format!("{held}space"),
                KeyCode::Char(c) => format!("{held}{c}"),
                KeyCode::F(number) => format!("{held}f{number}"),
                code => format!("{held}{code:?}").to_lowercase(),
            }
        }
    };
    inputs.iter().map(name).collect::<Vec<_>>().join(" ")
}

/// Pieces that come one after the other, with pauses between them, and then silence.
fn read_with_pauses(pieces: &[&[u8]], pause: Duration) -> Vec<Input> {
    let (mut parser, mut inputs, mut now) = (Parser::default(), Vec::new(), Instant::now());
    let mut last = now;
    for piece in pieces {
        if parser.due().is_some_and(|due| due <= now) {
            parser.silence(&mut inputs);
        }
        parser.take(piece, now, &mut inputs);
        last = now;
        now += pause;
    }
    if let Some(due) = parser.due() {
        assert!(due <= last + SILENCE);
        parser.silence(&mut inputs);
    }
    assert_eq!(parser.due(), None);
    inputs
}

/// Every sequence that is known, and some that are not.
const TABLE: &[(&[u8], &str)] = &[
    (b"a", "a"),
    (b"A", "A"),
    (b" ", "space"),
    (b"\r", "enter"),
    (b"\n", "enter"),
    (b"\t", "tab"),
    (b"\x7f", "backspace"),
    (b"\x08", "backspace"),
    (b"\0", "ctrl-space"),
    (b"\x03", "ctrl-c"),
    (b"\x13", "ctrl-s"),
    (b"\x1f", "ctrl-7"),
    ("ü".as_bytes(), "ü"),
    ("語a".as_bytes(), "語 a"),
    ("🦀".as_bytes(), "🦀"),
    // Latin-1, and every way in which a character can be broken.
    (b"\xfca", "\u{fffd} a"),
    (b"M\xfcller\r", "M \u{fffd} l l e r enter"),
    (b"\xe2\x82a", "\u{fffd} a"),
    (b"\xe2\x82", "\u{fffd}"),
    (b"\xff\x80", "\u{fffd} \u{fffd}"),
    (b"\xe2\x03", "\u{fffd} ctrl-c"),
    (b"\xe2\x1b[A", "\u{fffd} up"),
    ("\u{9b}A".as_bytes(), "A"),
    // One ESC, two, and what they begin.
    (b"\x1b", "esc"),
    (b"\x1b\x1b", "esc esc"),
    (b"\x1bx", "alt-x"),
    (b"\x1b/", "alt-/"),
    (b"\x1b\r", "alt-enter"),
    (b"\x1b\x7f", "alt-backspace"),
    ("\u{1b}ü".as_bytes(), "alt-ü"),
    (b"\x1b\x01", ""),
    (b"\x1b\x1bx", "esc alt-x"),
    (b"\x1b\x03", "ctrl-c"),
    (b"\x1b\x1b[A", "alt-up"),
    (b"\x1b\x1bOA", "alt-up"),
    (b"\x1b\x1b[3~", "alt-delete"),
    (b"\x1b[A\x1b[B\x1b[C\x1b[D\x1b[H\x1b[F", "up down right left home end"),
    (b"\x1bOA\x1bOB\x1bOC\x1bOD\x1bOH\x1bOF\x1bOM", "up down right left home end enter"),
    (b"\x1bOP\x1bOQ\x1bOR\x1bOS", "f1 f2 f3 f4"),
    (b"\x1bOj\x1bOp\x1bOy\x1bOX", "* 0 9 ="),
    (b"\x1b[[A\x1b[[E", "f1 f5"),
    (b"\x1b[1~\x1b[2~\x1b[3~\x1b[4~\x1b[5~\x1b[6~", "home insert delete end pageup pagedown"),
    (b"\x1b[7~\x1b[8~", "home end"),
    (b"\x1b[11~\x1b[15~\x1b[17~\x1b[21~\x1b[23~\x1b[24~", "f1 f5 f6 f10 f11 f12"),
    (b"\x1b[1;5C\x1b[1;2A\x1b[1;3B\x1b[1;8D", "ctrl-right shift-up alt-down ctrl-alt-shift-left"),
    (b"\x1b[3;5~\x1b[1;2P\x1b[1;5S", "ctrl-delete shift-f1 ctrl-f4"),
    (b"\x1b[Z", "backtab"),
    (b"\x1b[3$\x1b[3^\x1b[3@\x1b[a", "shift-delete ctrl-delete ctrl-shift-delete shift-up"),
    // The keys as newer terminals can write them.
    (b"\x1b[99;5u\x1b[27;5;99~", "ctrl-c ctrl-c"),
    (b"\x1b[97u\x1b[97;2u\x1b[97:65;2u\x1b[13u\x1b[27u\x1b[9;2u", "a shift-A shift-A enter esc backtab"),
    (b"\x1b[97;5:3u\x1b[1;1:3A", ""),
    (b"\x1b[113;9u\x1b[97;7u", ""),
    // The mouse: pressed, let go, the right button, with Shift, moved, the wheel.
    (b"\x1b[<0;5;7M\x1b[<0;5;7m\x1b[<2;5;7M\x1b[<4;5;7M\x1b[<32;5;7M", "Click(4,6)"),
    (b"\x1b[<64;5;7M\x1b[<65;5;7M\x1b[<65;5;7m", "WheelUp WheelDown"),
    (b"\x1b[<0;0;7M\x1b[<0;99999;7M\x1b[<0;5M\x1b[<M\x1b[<;;Ma", "a"),
    // What the terminal says of itself is no key.
    (b"\x1b[?997;1na", "a"),
    (b"\x1b[?62;22c\x1b[>0;276;0c\x1b[0n\x1b[24;80R\x1b[1;2R\x1b[8;24;80t\x1b[?2026;2$ya", "a"),
    (b"\x1b[4;1$ya", "a"),
    (b"\x1b[I\x1b[Oa", "a"),
    (b"\x1b[M !!a", "a"),
    (b"\x1b[32;1;1Ma", "a"),
    (b"\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\a", "a"),
    (b"\x1b]11;rgb:1e1e/1e1e/2e2e\x07a", "a"),
    (b"\x1bP1+r524742=38\x1b\\\x1bP>|xterm(390)\x1b\\a", "a"),
    (b"\x1b_Gi=31;OK\x1b\\\x1b^private\x1b\\\x1bXstart\x1b\\a", "a"),
    ("\u{1b}]l a title: ü 語\u{1b}\\a".as_bytes(), "a"),
    (b"\x1b\\a", "a"),
    // What never ends.
    (b"\x1b[", ""),
    (b"\x1b[1;", ""),
    (b"\x1bO", ""),
    (b"\x1b]11;rgb:", ""),
    (b"\x1bPx\x1b", ""),
    // What is broken off.
    (b"\x1b[1;5\x03a", "ctrl-c a"),
    (b"\x1b]11;rgb\x03a", "ctrl-c a"),
    (b"\x1bP\x1aa", "ctrl-z a"),
    (b"\x1bO\x03\x1b[[\x03\x1b[M\x03", "ctrl-c ctrl-c ctrl-c"),
    (b"\x1b]0;x\x1b[Aa", "up a"),
    (b"\x1b[12\x1b[A", "up"),
    (b"\x1b[1\r", "enter"),
    ("\u{1b}[1é".as_bytes(), "é"),
    // Pastes.
    (b"\x1b[200~a b\r\nc\x1b[201~d", "paste(a b\r\nc) d"),
    (b"\x1b[200~\x1b[201~d", "paste() d"),
    (b"\x1b[200~a\x03b\x1b[A\x1b\x1b[20\x1b[201~d", "paste(a\x03b\x1b[A\x1b\x1b[20) d"),
    (b"\x1b[200~abc", "paste(abc)"),
    (b"\x1b[200~abc\x1b[20", "paste(abc)"),
    (b"\x1b[200~a\xfcb\x1b[201~", "paste(a\u{fffd}b)"),
    (b"\x1b[201~a", "a"),
];

#[test]
fn the_table_holds_wherever_it_is_cut() {
    for (bytes, expected) in TABLE {
        assert_eq!(names(&read_with_pauses(&[bytes], Duration::ZERO)), *expected, "{}", bytes.escape_ascii());
        let each: Vec<&[u8]> = bytes.chunks(1).collect();
        let (soon, almost) = (Duration::from_millis(49), Duration::from_millis(999));
        assert_eq!(
            names(&read_with_pauses(&each, soon)),
            *expected,
            "byte by byte: {}",
            bytes.escape_ascii()
        );
        for at in 0..bytes.len() {
            let (first, second) = bytes.split_at(at);
            // Only an ESC alone is over sooner than after a second.
            let is_esc = first.last() == Some(&0x1b);
            let pause = if is_esc { soon } else { almost };
            let read = names(&read_with_pauses(&[first, second], pause));
            assert_eq!(read, *expected, "cut at {at}: {}", bytes.escape_ascii());
        }
    }
}

#[test]
fn an_esc_is_a_key_after_50_ms_and_the_rest_of_a_sequence_has_a_second() {
    assert_eq!(names(&read_with_pauses(&[b"\x1b", b"[B"], LONE_ESC)), "esc [ B");
    assert_eq!(names(&read_with_pauses(&[b"\x1b[", b"B"], SILENCE)), "B");
    assert_eq!(names(&read_with_pauses(&[b"\x1b[200~abc", b"d"], SILENCE)), "paste(abc) d");
    assert_eq!(names(&read_with_pauses(&[b"\x1b]11;", b"a\x03"], SILENCE)), "a ctrl-c");
}

#[test]
fn a_key_held_down_is_as_many_keys() {
    let repeated = Duration::from_millis(33);
    assert_eq!(names(&read_with_pauses(&[b"\x1b".as_slice(); 5], repeated)), "esc esc esc esc esc");
    assert_eq!(names(&read_with_pauses(&[b"\x1b[B".as_slice(); 3], repeated)), "down down down");
}

#[test]
fn an_endless_paste_and_an_endless_sequence_stay_small() {
    let paste = [b"\x1b[200~".as_slice(), &vec![b'x'; 3 << 20], b"\x1b[201~a"].concat();
    let read = read_with_pauses(&[&paste], Duration::ZERO);
    assert!(matches!(&read[0], Input::Paste(text) if text.len() == 1 << 20));
    assert_eq!(names(&read[1..]), "a");
    let sequence = [b"\x1b[".as_slice(), &vec![b'1'; 1 << 20], b"Aa"].concat();
    assert_eq!(names(&read_with_pauses(&[&sequence], Duration::ZERO)), "a");
}

/// Bytes of which sequences are made, more often than others.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let sequence = prop::sample::select(TABLE).prop_map(|(bytes, _)| bytes.to_vec());
    let marks = prop::sample::select(b"\x1b\x1b\x1b[]OPX^_\\~M$?<;:0129u\x07\x03\r\n".as_slice());
    let piece = prop_oneof![
        sequence,
        marks.prop_map(|byte| vec![byte]),
        any::<u8>().prop_map(|byte| vec![byte]),
        Just(b"\x1b[200~".to_vec()),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_any_bytes_and_silence_keys_act(
        bytes in bytes(),
        cuts in prop::collection::vec((1usize..9, 0u64..1_200), 0..24),
    ) {
        let (mut parser, mut inputs, mut now) = (Parser::default(), Vec::new(), Instant::now());
        let mut rest = bytes.as_slice();
        for (length, pause) in cuts {
            let (piece, left) = rest.split_at(length.min(rest.len()));
            rest = left;
            parser.take(piece, now, &mut inputs);
            now += Duration::from_millis(pause);
            if parser.due().is_some_and(|due| due <= now) {
                parser.silence(&mut inputs);
            }
        }
        parser.take(rest, now, &mut inputs);
        now += SILENCE;
        if let Some(due) = parser.due() {
            prop_assert!(due <= now);
            parser.silence(&mut inputs);
        }
        inputs.clear();
        for key in [b"\x03", b"a"] {
            parser.take(key, now, &mut inputs);
            prop_assert_eq!(parser.due(), None);
        }
        prop_assert_eq!(names(&inputs), "ctrl-c a");
    }

    /// Where nothing is pasted, Ctrl-C needs no silence.
    #[test]
    fn ctrl_c_acts_in_any_sequence(bytes in bytes()) {
        let (mut parser, mut inputs) = (Parser::default(), Vec::new());
        let no_paste: Vec<u8> = bytes.into_iter().filter(|byte| *byte != b'~').collect();
        let now = Instant::now();
        parser.take(&no_paste, now, &mut inputs);
        inputs.clear();
        parser.take(b"\x03a", now, &mut inputs);
        let read = names(&inputs);
        prop_assert!(read.ends_with("ctrl-c a"), "{}", read);
    }
}

#[tokio::test]
async fn the_thread_reads_until_the_terminal_is_gone() {
    let (terminal, mut keyboard) = UnixStream::pair().unwrap();
    let (mut inputs, _) = on_its_own_thread(terminal).unwrap();
    keyboard.write_all(b"a\x1b").unwrap();
    assert_eq!(names(&[inputs.next().await.unwrap(), inputs.next().await.unwrap()]), "a esc");
    keyboard.write_all(b"\x1b[200~abc").unwrap();
    assert_eq!(names(&[inputs.next().await.unwrap()]), "paste(abc)");
    drop(keyboard);
    assert_eq!(inputs.next().await, None);
}

#[tokio::test]
async fn a_reader_that_nobody_hears_ends() {
    let (terminal, mut keyboard) = UnixStream::pair().unwrap();
    keyboard.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    drop(on_its_own_thread(terminal).unwrap());
    // Its end is closed with it.
    assert_eq!(keyboard.read(&mut [0]).unwrap(), 0);
}
