//! Documents on stdin, one a line, in portions of bounded size.

use crate::domain::document::{DocumentError, RawDocumentBuf, json};
use std::io::{self, BufRead, Read};

/// Bytes of a line at most. The JSON of a document may be some times as long as its BSON.
const MAX_LINE: u64 = 64 << 20;
/// Bytes of text after which a portion ends.
const PORTION: usize = 16 << 20;

/// A line with a document, or with what is wrong.
pub(super) struct Line {
    /// From 1.
    pub(super) number: usize,
    pub(super) document: Result<RawDocumentBuf, String>,
}

/// What was read so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    line: usize,
    /// Whether the lines go on with a document that began in an earlier one: that is said once.
    goes_on: bool,
}

/// The next portion: at most so many documents; `None` at the end.
pub(super) fn read(
    source: &mut impl BufRead,
    place: &mut Place,
    most: usize,
) -> io::Result<Option<Vec<Line>>> {
    let (mut lines, mut bytes, mut has_read) = (Vec::new(), 0, false);
    while lines.len() < most && bytes < PORTION {
        let mut text = Vec::new();
        if source.by_ref().take(MAX_LINE).read_until(b'\n', &mut text)? == 0 {
            break;
        }
        has_read = true;
        place.line += 1;
        bytes += text.len();
        let document = if text.len() as u64 == MAX_LINE && !text.ends_with(b"\n") {
            source.skip_until(b'\n')?;
            Some(Err(format!("The line is longer than {} MiB.", MAX_LINE >> 20)))
        } else {
            parse(&text, place)
        };
        lines.extend(document.map(|document| Line { number: place.line, document }));
    }
    Ok(has_read.then_some(lines))
}

/// The document of a line. `None` for an empty line, and for a line that continues a refused document.
fn parse(bytes: &[u8], place: &mut Place) -> Option<Result<RawDocumentBuf, String>> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Some(Err("The line is not UTF-8.".to_owned()));
    };
    let text = if place.line == 1 { text.trim_start_matches('\u{feff}') } else { text };
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    match json::read(text) {
        Ok(document) => {
            place.goes_on = false;
            Some(Ok(document))
        }
        Err(_) if place.goes_on => None,
        Err(DocumentError::Unfinished { .. }) => {
            place.goes_on = true;
            Some(Err("This document goes on in the next line; each must be on one line: jq -c .".to_owned()))
        }
        Err(DocumentError::NotADocument { .. }) if text.starts_with('[') => {
            Some(Err("One document a line; for the elements of an array: jq -c '.[]'".to_owned()))
        }
        // The text is one line, so only its column says something.
        Err(DocumentError::Text { column, message, .. }) => Some(Err(format!("column {column}: {message}"))),
        Err(error) => Some(Err(error.to_string())),
    }
}

/// All of stdin as one document.
pub(super) fn whole(source: &mut impl Read) -> io::Result<Result<RawDocumentBuf, DocumentError>> {
    let mut text = String::new();
    source.take(MAX_LINE).read_to_string(&mut text)?;
    Ok(json::read(text.trim_start_matches('\u{feff}')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(text: &[u8], most: usize) -> Vec<(usize, Result<String, String>)> {
        let (mut source, mut place, mut all) = (text, Place::default(), Vec::new());
        while let Some(lines) = read(&mut source, &mut place, most).unwrap() {
            assert!(lines.len() <= most);
            let shown = |document: RawDocumentBuf| {
                json::to_string(document.as_bytes(), json::Form::Relaxed, json::Layout::Compact)
            };
            all.extend(lines.into_iter().map(|line| (line.number, line.document.map(shown))));
        }
        all
    }

    #[test]
    fn lines_are_read_as_editors_and_programs_write_them() {
        let text = "\u{feff}{\"a\":1}\r\n\n  {\"a\":2}  \n{\"a\":3}";
        let one = |n: i32| Ok(format!("{{\"a\":{n}}}"));
        for most in [1, 2, 100] {
            assert_eq!(read_all(text.as_bytes(), most), [(1, one(1)), (3, one(2)), (4, one(3))], "{most}");
        }
        assert_eq!(read_all(b"", 9), []);
    }

    #[test]
    fn a_document_over_several_lines_is_refused_once() {
        let text =
            "{\n  \"a\": 1,\n  \"b\": {\n    \"c\": 2\n  }\n}\n{\"a\":9}\n[{\"a\":1}]\n{\"a\":}\n\"x\"\n";
        let read = read_all(text.as_bytes(), 100);
        let numbers: Vec<usize> = read.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [1, 7, 8, 9, 10]);
        assert!(read[0].1.as_ref().unwrap_err().contains("jq -c ."));
        assert_eq!(read[1].1.as_deref(), Ok("{\"a\":9}"));
        assert!(read[2].1.as_ref().unwrap_err().contains("jq -c '.[]'"));
        assert!(read[3].1.as_ref().unwrap_err().starts_with("column 6"), "{:?}", read[3]);
        assert!(read_all(b"{\"a\":\"\xff\"}", 1)[0].1.is_err());
    }
}
