//! Strings of JSON.

use crate::domain::text::controls_terminal;
use std::fmt::{self, Write};

/// Writes bytes as a JSON string. Escapes characters that could control a terminal, and replaces
/// bytes that are not UTF-8 by U+FFFD.
///
/// # Errors
/// When the writer fails.
pub fn write_string(out: &mut impl Write, text: &[u8]) -> fmt::Result {
    out.write_char('"')?;
    for chunk in text.utf8_chunks() {
        write_valid(out, chunk.valid())?;
        if !chunk.invalid().is_empty() {
            out.write_char('\u{fffd}')?;
        }
    }
    out.write_char('"')
}

fn write_valid(out: &mut impl Write, text: &str) -> fmt::Result {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(needs_a_look) {
        let (plain, from) = rest.split_at(at);
        out.write_str(plain)?;
        let mut chars = from.chars();
        let Some(c) = chars.next() else { break };
        match c {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            '\u{8}' => out.write_str("\\b")?,
            '\u{c}' => out.write_str("\\f")?,
            _ if controls_terminal(c) => write!(out, "\\u{:04x}", u32::from(c))?,
            _ => out.write_char(c)?,
        }
        rest = chars.as_str();
    }
    out.write_str(rest)
}

/// Whether a character that has to be escaped may begin with this byte.
fn needs_a_look(byte: u8) -> bool {
    matches!(byte, 0..=0x1f | b'"' | b'\\' | 0x7f | 0xc2 | 0xd8 | 0xe2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_control_is_passed_over() {
        let mut text = [0; 4];
        for c in ('\0'..=char::MAX).filter(|c| controls_terminal(*c)) {
            let first = c.encode_utf8(&mut text).bytes().next();
            assert!(first.is_some_and(needs_a_look), "{c:?}");
        }
    }
}
