//! Named classes of characters as ranges.

use regex_syntax::ast::{ClassAsciiKind, ClassPerlKind};

type Ranges = &'static [(char, char)];

/// `\d`, `\s` and `\w`, of ASCII only.
pub(super) fn perl(kind: &ClassPerlKind) -> Ranges {
    match kind {
        ClassPerlKind::Digit => &[('0', '9')],
        ClassPerlKind::Space => &[('\t', '\r'), (' ', ' ')],
        ClassPerlKind::Word => &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
    }
}

/// `[:alpha:]` and so on.
pub(super) fn ascii(kind: &ClassAsciiKind) -> Ranges {
    match kind {
        ClassAsciiKind::Alnum => &[('0', '9'), ('A', 'Z'), ('a', 'z')],
        ClassAsciiKind::Alpha => &[('A', 'Z'), ('a', 'z')],
        ClassAsciiKind::Ascii => &[('\0', '\x7f')],
        ClassAsciiKind::Blank => &[('\t', '\t'), (' ', ' ')],
        ClassAsciiKind::Cntrl => &[('\0', '\x1f'), ('\x7f', '\x7f')],
        ClassAsciiKind::Digit => &[('0', '9')],
        ClassAsciiKind::Graph => &[('!', '~')],
        ClassAsciiKind::Lower => &[('a', 'z')],
        ClassAsciiKind::Print => &[(' ', '~')],
        ClassAsciiKind::Punct => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        ClassAsciiKind::Space => &[('\t', '\r'), (' ', ' ')],
        ClassAsciiKind::Upper => &[('A', 'Z')],
        ClassAsciiKind::Word => &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
        ClassAsciiKind::Xdigit => &[('0', '9'), ('A', 'F'), ('a', 'f')],
    }
}

/// All characters but those of sorted ASCII ranges.
pub(super) fn complement(ranges: Ranges) -> Vec<(char, char)> {
    let mut rest = Vec::new();
    let mut next = '\0';
    for (first, last) in ranges {
        if next < *first {
            rest.push((next, char::from((*first as u8).saturating_sub(1))));
        }
        next = char::from(*last as u8 + 1);
    }
    rest.push((next, char::MAX));
    rest
}
