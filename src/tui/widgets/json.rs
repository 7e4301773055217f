//! Documents as JSON with colours: written up to a limit, taken apart line by line, and broken where a line ends.

use crate::domain::document::Value;
use crate::domain::document::json::{Form, Layout, write, write_value};
use crate::tui::text;
use crate::tui::theme::{Theme, Tone};
use ratatui::style::{Modifier, Style};
use std::fmt;
use unicode_segmentation::UnicodeSegmentation;

/// A document as pretty JSON, up to a limit.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Pretty {
    /// Its lines.
    pub lines: Vec<String>,
    /// The lines that are left out.
    pub lines_left: u64,
    /// The bytes of text that are left out.
    pub bytes_left: u64,
}

/// A document as pretty JSON; of the text at most so many bytes, and a count of what is left.
pub fn pretty(document: &[u8], bytes: usize) -> Pretty {
    let mut text = Cut { stops: false, ..Cut::of(bytes) };
    // It never fails: what is left is counted.
    let _ = write(&mut text, document, Form::Relaxed, Layout::Pretty);
    let lines = text.kept.lines().map(str::to_owned).collect();
    Pretty { lines, lines_left: text.lines_left, bytes_left: text.bytes_left }
}

/// The first lines of a document as pretty JSON. Writes no more than that, however big the document is.
pub fn first_lines(document: &[u8], lines: usize, columns: usize) -> Vec<String> {
    let mut text = Cut::of(lines.saturating_mul(bytes_of(columns)));
    // It fails where it is cut.
    let _ = write(&mut text, document, Form::Relaxed, Layout::Pretty);
    text.kept.lines().take(lines).map(str::to_owned).collect()
}

/// A document on one line, as long as so many columns need.
pub fn one_line(document: &[u8], columns: usize) -> String {
    let mut text = Cut::of(bytes_of(columns));
    // It fails where it is cut.
    let _ = write(&mut text, document, Form::Relaxed, Layout::Compact);
    text.kept
}

/// A value on one line, as long as so many columns need.
pub fn value(value: &Value<'_>, columns: usize) -> String {
    let mut text = Cut::of(bytes_of(columns));
    // It fails where it is cut.
    let _ = write_value(&mut text, value, Form::Relaxed);
    text.kept
}

/// Bytes that fill so many columns in any script.
fn bytes_of(columns: usize) -> usize {
    columns.saturating_add(1).saturating_mul(4)
}

/// A text that takes so many bytes. Then it stops the writer, or counts the rest.
struct Cut {
    kept: String,
    room: usize,
    stops: bool,
    lines_left: u64,
    bytes_left: u64,
}

impl Cut {
    fn of(room: usize) -> Self {
        Self { kept: String::new(), room, stops: true, lines_left: 0, bytes_left: 0 }
    }
}

impl fmt::Write for Cut {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let (kept, left) = if self.bytes_left == 0 {
            text.split_at(text.floor_char_boundary(self.room.saturating_sub(self.kept.len())))
        } else {
            ("", text)
        };
        self.kept.push_str(kept);
        self.bytes_left += left.len() as u64;
        self.lines_left += left.matches('\n').count() as u64;
        if self.stops && !left.is_empty() { Err(fmt::Error) } else { Ok(()) }
    }
}

/// What a piece of a line of JSON is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// The name of a field.
    Name,
    /// The name that says of which type a value is.
    Type,
    /// A text.
    Text,
    /// A number.
    Number,
    /// true, false or null.
    Word,
    /// Signs and spaces.
    Sign,
}

impl Piece {
    /// How it looks. Without colour only names stand out.
    pub fn style(self, theme: Theme) -> Style {
        let tone = match self {
            Self::Name => Tone::Accent,
            Self::Text => Tone::Good,
            Self::Number => return theme.style(Tone::Warning).remove_modifier(Modifier::BOLD),
            Self::Word => Tone::Text,
            Self::Type | Self::Sign => Tone::Muted,
        };
        theme.style(tone)
    }
}

/// The pieces of a line of JSON, which may end within one.
pub fn pieces(line: &str) -> Vec<(&str, Piece)> {
    let mut pieces = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let is_part: fn(char) -> bool = match first {
            '-' | '0'..='9' => |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+'),
            c if c.is_ascii_alphabetic() => |c| c.is_ascii_alphabetic(),
            _ => |c| !c.is_ascii_alphanumeric() && !matches!(c, '"' | '-'),
        };
        let length =
            if first == '"' { end_of_text(rest) } else { rest.find(|c| !is_part(c)).unwrap_or(rest.len()) };
        let (part, behind) = rest.split_at_checked(length.max(1)).unwrap_or((rest, ""));
        let piece = match first {
            '"' if behind.starts_with(':') && part.starts_with("\"$") => Piece::Type,
            '"' if behind.starts_with(':') => Piece::Name,
            '"' => Piece::Text,
            '-' | '0'..='9' => Piece::Number,
            c if c.is_ascii_alphabetic() => Piece::Word,
            _ => Piece::Sign,
        };
        pieces.push((part, piece));
        rest = behind;
    }
    pieces
}

/// Where a text ends that begins with a quote, the closing one included.
fn end_of_text(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// A piece of a line that is drawn.
pub type Part = (String, Piece);

/// A line of JSON in lines of at most so many columns; those behind the first stand below its content.
pub fn wrapped(line: &str, columns: usize) -> Vec<Vec<Part>> {
    let columns = columns.max(1);
    if text::width(line) <= columns {
        return vec![pieces(line).into_iter().map(|(part, piece)| (part.to_owned(), piece)).collect()];
    }
    let indent = line.len() - line.trim_start_matches(' ').len() + 2;
    let indent = if indent * 2 < columns { indent } else { 0 };
    let mut lines: Vec<Vec<Part>> = vec![Vec::new()];
    let mut used = 0;
    for (part, piece) in pieces(line) {
        let mut taken = String::new();
        for grapheme in part.graphemes(true) {
            let wide = text::width(grapheme);
            if used + wide > columns && used > 0 {
                let full = std::mem::take(&mut taken);
                if let Some(last) = lines.last_mut().filter(|_| !full.is_empty()) {
                    last.push((full, piece));
                }
                lines.push(vec![(" ".repeat(indent), Piece::Sign)]);
                used = indent;
            }
            taken.push_str(grapheme);
            used += wide;
        }
        if let Some(last) = lines.last_mut() {
            last.push((taken, piece));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::document::json::read;

    fn document(text: &str) -> Vec<u8> {
        read(text).unwrap().as_bytes().to_vec()
    }

    fn joined(line: &[Part]) -> String {
        line.iter().map(|(part, _)| part.as_str()).collect()
    }

    #[test]
    fn pieces_are_named_and_lose_nothing() {
        let line = r#"  "a\":": {"$oid": "5"}, "b":[-1.5e-7,true,null,"é"],"#;
        let pieces = pieces(line);
        assert_eq!(pieces.iter().map(|(part, _)| *part).collect::<String>(), line);
        let of = |kind| pieces.iter().filter(move |(_, piece)| *piece == kind).map(|(part, _)| *part);
        assert_eq!(of(Piece::Name).collect::<Vec<_>>(), [r#""a\":""#, "\"b\""]);
        assert_eq!(of(Piece::Type).collect::<Vec<_>>(), ["\"$oid\""]);
        assert_eq!(of(Piece::Text).collect::<Vec<_>>(), ["\"5\"", "\"é\""]);
        assert_eq!(of(Piece::Number).collect::<Vec<_>>(), ["-1.5e-7"]);
        assert_eq!(of(Piece::Word).collect::<Vec<_>>(), ["true", "null"]);
    }

    #[test]
    fn a_line_that_is_cut_within_a_piece_is_taken_apart_too() {
        for cut in ["\"a\": \"unfin", "\"a\\", "\"", "-", "\"a\": tr", "日本"] {
            assert_eq!(pieces(cut).iter().map(|(part, _)| *part).collect::<String>(), cut);
        }
    }

    #[test]
    fn a_text_is_cut_at_its_limit_and_the_rest_is_counted() {
        let whole = pretty(&document(r#"{"a":1,"b":[1,2],"c":"日本語"}"#), 1_000);
        assert_eq!(whole.lines.len(), 8, "{whole:?}");
        assert_eq!((whole.lines_left, whole.bytes_left), (0, 0));
        let bytes = whole.lines.join("\n").len();
        let cut = pretty(&document(r#"{"a":1,"b":[1,2],"c":"日本語"}"#), 10);
        let kept = cut.lines.join("\n").len();
        assert_eq!(kept as u64 + cut.bytes_left, bytes as u64, "{cut:?}");
        assert_eq!(cut.lines.len() as u64 + cut.lines_left, 8, "{cut:?}");
    }

    #[test]
    fn a_big_document_costs_no_more_than_what_is_seen_of_it() {
        let big = document(&format!(r#"{{"a":"{}"}}"#, "x".repeat(1 << 20)));
        assert!(one_line(&big, 80).len() <= 4 * 81);
        assert!(first_lines(&big, 10, 40).iter().map(String::len).sum::<usize>() <= 10 * 4 * 41);
    }

    #[test]
    fn long_lines_are_broken_and_lose_nothing() {
        let line = format!(r#"  "text": "{}""#, "日本語 and more ".repeat(9));
        for columns in [1, 5, 17, 40] {
            let lines = wrapped(&line, columns);
            let indent = if columns > 8 { 4 } else { 0 };
            let text: String = lines
                .iter()
                .enumerate()
                .map(|(at, line)| {
                    joined(line).chars().skip(if at == 0 { 0 } else { indent }).collect::<String>()
                })
                .collect();
            assert_eq!(text, line, "{columns}");
            assert!(
                columns < 2 || lines.iter().all(|line| text::width(&joined(line)) <= columns),
                "{columns}"
            );
        }
    }
}
