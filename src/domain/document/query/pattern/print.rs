//! Printing a pattern that was taken apart.

use super::classes::{ascii, complement, perl};
use regex_syntax::ast::{
    Assertion, AssertionKind, Ast, ClassBracketed, ClassPerl, ClassSet, ClassSetItem, Flag, Flags as Given,
    FlagsItemKind, Group, GroupKind, Literal, LiteralKind, Repetition, RepetitionKind, RepetitionRange, Span,
};
use std::fmt::Write as _;

/// The most repetitions that are counted.
const MAX_COUNT: u32 = 1_000;

/// For whom a pattern is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Here,
    Mongo,
}

/// What is on at a place of the pattern.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flags {
    pub(super) lines: bool,
    pub(super) ignores_case: bool,
    pub(super) ignores_space: bool,
}

/// Why a pattern is refused.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) column: usize,
    pub(super) reason: String,
}

impl Refusal {
    pub(super) fn new(column: usize, reason: String) -> Self {
        Self { column, reason }
    }

    fn at(span: &Span, reason: &str) -> Self {
        Self::new(span.start.column, reason.to_owned())
    }
}

/// Prints a pattern without comments, white space that is ignored, and names of groups.
pub(super) fn print(source: &str, ast: &Ast, flags: Flags, target: Target) -> Result<String, Refusal> {
    let mut printer = Printer { source, flags, target, out: String::with_capacity(source.len() + 8) };
    printer.ast(ast)?;
    Ok(printer.out)
}

struct Printer<'s> {
    source: &'s str,
    flags: Flags,
    target: Target,
    out: String,
}

impl Printer<'_> {
    fn ast(&mut self, ast: &Ast) -> Result<(), Refusal> {
        match ast {
            Ast::Empty(_) => Ok(()),
            Ast::Flags(set) => {
                let printed = self.flags(&set.flags)?;
                if !printed.is_empty() {
                    self.write(&format!("(?{printed})"));
                }
                Ok(())
            }
            Ast::Literal(literal) => self.literal(literal),
            Ast::Dot(_) => {
                self.write(".");
                Ok(())
            }
            Ast::Assertion(assertion) => self.assertion(assertion),
            Ast::ClassUnicode(class) => Err(unicode(&class.span)),
            Ast::ClassPerl(class) => {
                self.perl(class);
                Ok(())
            }
            Ast::ClassBracketed(class) => self.class(class),
            Ast::Repetition(repetition) => self.repetition(repetition),
            Ast::Group(group) => self.group(group),
            Ast::Alternation(alternation) => {
                for (place, branch) in alternation.asts.iter().enumerate() {
                    if place > 0 {
                        self.write("|");
                    }
                    self.ast(branch)?;
                }
                Ok(())
            }
            Ast::Concat(concat) => concat.asts.iter().try_for_each(|part| self.ast(part)),
        }
    }

    fn write(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// Switches flags, and returns how that is printed.
    fn flags(&mut self, given: &Given) -> Result<String, Refusal> {
        let mut is_on = true;
        let (mut on, mut off) = (String::new(), String::new());
        for item in &given.items {
            let printed = match &item.kind {
                FlagsItemKind::Negation => {
                    is_on = false;
                    continue;
                }
                FlagsItemKind::Flag(Flag::CaseInsensitive) => {
                    self.flags.ignores_case = is_on;
                    "i"
                }
                FlagsItemKind::Flag(Flag::MultiLine) => {
                    self.flags.lines = is_on;
                    "m"
                }
                FlagsItemKind::Flag(Flag::DotMatchesNewLine) => "s",
                FlagsItemKind::Flag(Flag::IgnoreWhitespace) => {
                    self.flags.ignores_space = is_on;
                    ""
                }
                FlagsItemKind::Flag(Flag::SwapGreed | Flag::Unicode | Flag::CRLF) => {
                    return Err(Refusal::at(&item.span, "the only flags are i, m, s and x"));
                }
            };
            if is_on { &mut on } else { &mut off }.push_str(printed);
        }
        Ok(if off.is_empty() { on } else { format!("{on}-{off}") })
    }

    fn literal(&mut self, literal: &Literal) -> Result<(), Refusal> {
        refuse_nul(literal)?;
        self.character(literal.c, regex_syntax::is_meta_character);
        Ok(())
    }

    fn character(&mut self, c: char, is_special: fn(char) -> bool) {
        if c.is_control() || c == char::MAX {
            // Writing to a String does not fail.
            let _ = write!(self.out, "\\x{{{:x}}}", u32::from(c));
        } else {
            if is_special(c) {
                self.out.push('\\');
            }
            self.out.push(c);
        }
    }

    fn assertion(&mut self, assertion: &Assertion) -> Result<(), Refusal> {
        let printed = match (&assertion.kind, self.target) {
            // PCRE2 has no line after a line feed at the very end.
            (AssertionKind::StartLine, Target::Mongo) if self.flags.lines => "(?<![^\\n])",
            (AssertionKind::StartLine, _) => "^",
            (AssertionKind::EndLine, _) if self.flags.lines => "$",
            (AssertionKind::EndLine | AssertionKind::EndText, _) => "\\z",
            (AssertionKind::StartText, _) => "\\A",
            (AssertionKind::WordBoundary, Target::Mongo) => "\\b",
            (AssertionKind::WordBoundary, Target::Here) => "(?-u:\\b)",
            (AssertionKind::NotWordBoundary, Target::Mongo) => "\\B",
            (AssertionKind::NotWordBoundary, Target::Here) => "(?-u:\\B)",
            _ => return Err(Refusal::at(&assertion.span, "beginnings and ends of words are written \\b")),
        };
        self.write(printed);
        Ok(())
    }

    fn perl(&mut self, class: &ClassPerl) {
        // Case would add characters that are not ASCII.
        let (open, close) = if self.flags.ignores_case { ("(?-i:[", "])") } else { ("[", "]") };
        self.write(open);
        if class.negated {
            self.write("^");
        }
        self.ranges(perl(&class.kind));
        self.write(close);
    }

    fn class(&mut self, class: &ClassBracketed) -> Result<(), Refusal> {
        let source = self.source.get(class.span.start.offset..class.span.end.offset).unwrap_or_default();
        if self.flags.ignores_space && source.contains(|c: char| c.is_whitespace() || c == '#') {
            let reason = "with the option x, white space and # in [ ] are written \\x20 or \\x23";
            return Err(Refusal::at(&class.span, reason));
        }
        self.write(if class.negated { "[^" } else { "[" });
        match &class.kind {
            ClassSet::Item(item) => self.item(item)?,
            ClassSet::BinaryOp(operation) => {
                return Err(Refusal::at(
                    &operation.span,
                    "operations on classes (&&, --, ~~) are not supported",
                ));
            }
        }
        self.write("]");
        Ok(())
    }

    fn item(&mut self, item: &ClassSetItem) -> Result<(), Refusal> {
        match item {
            ClassSetItem::Empty(_) => {}
            ClassSetItem::Literal(literal) => {
                refuse_nul(literal)?;
                self.range(literal.c, literal.c);
            }
            ClassSetItem::Range(range) => {
                refuse_nul(&range.start)?;
                refuse_nul(&range.end)?;
                self.range(range.start.c, range.end.c);
            }
            ClassSetItem::Ascii(class) if class.negated => self.ranges(&complement(ascii(&class.kind))),
            ClassSetItem::Ascii(class) => self.ranges(ascii(&class.kind)),
            ClassSetItem::Perl(class) if class.negated => self.ranges(&complement(perl(&class.kind))),
            ClassSetItem::Perl(class) => self.ranges(perl(&class.kind)),
            ClassSetItem::Unicode(class) => return Err(unicode(&class.span)),
            ClassSetItem::Bracketed(class) => {
                return Err(Refusal::at(&class.span, "[ inside of [ ] is written \\["));
            }
            ClassSetItem::Union(union) => union.items.iter().try_for_each(|item| self.item(item))?,
        }
        Ok(())
    }

    fn ranges(&mut self, ranges: &[(char, char)]) {
        for (first, last) in ranges {
            self.range(*first, *last);
        }
    }

    fn range(&mut self, first: char, last: char) {
        let is_special = |c: char| c.is_ascii_punctuation();
        self.character(first, is_special);
        if first != last {
            self.write("-");
            self.character(last, is_special);
        }
    }

    fn repetition(&mut self, repetition: &Repetition) -> Result<(), Refusal> {
        if matches!(&*repetition.ast, Ast::Repetition(_)) {
            let reason = "two repetitions one after the other, such as a++, need a group between them";
            return Err(Refusal::at(&repetition.op.span, reason));
        }
        if matches!(&*repetition.ast, Ast::Assertion(_) | Ast::Flags(_) | Ast::Empty(_)) {
            return Err(Refusal::at(&repetition.op.span, "there is nothing to repeat"));
        }
        self.ast(&repetition.ast)?;
        let count = |count: u32| {
            let reason = format!("a repetition of more than {MAX_COUNT} times");
            if count > MAX_COUNT { Err(Refusal::at(&repetition.op.span, &reason)) } else { Ok(count) }
        };
        let printed = match &repetition.op.kind {
            RepetitionKind::ZeroOrOne => "?".to_owned(),
            RepetitionKind::ZeroOrMore => "*".to_owned(),
            RepetitionKind::OneOrMore => "+".to_owned(),
            RepetitionKind::Range(RepetitionRange::Exactly(exactly)) => format!("{{{}}}", count(*exactly)?),
            RepetitionKind::Range(RepetitionRange::AtLeast(least)) => format!("{{{},}}", count(*least)?),
            RepetitionKind::Range(RepetitionRange::Bounded(least, most)) => {
                format!("{{{},{}}}", count(*least)?, count(*most)?)
            }
        };
        self.write(&printed);
        if !repetition.greedy {
            self.write("?");
        }
        Ok(())
    }

    fn group(&mut self, group: &Group) -> Result<(), Refusal> {
        let before = self.flags;
        let printed = match &group.kind {
            GroupKind::NonCapturing(flags) => self.flags(flags)?,
            GroupKind::CaptureIndex(_) | GroupKind::CaptureName { .. } => String::new(),
        };
        self.write(&format!("(?{printed}:"));
        self.ast(&group.ast)?;
        self.write(")");
        self.flags = before;
        Ok(())
    }
}

fn unicode(span: &Span) -> Refusal {
    Refusal::at(span, "classes of Unicode properties (\\p) are not supported; list the characters in [ ]")
}

/// A pattern ends at a NUL in MongoDB.
fn refuse_nul(literal: &Literal) -> Result<(), Refusal> {
    if literal.c == '\0' && literal.kind == LiteralKind::Verbatim {
        return Err(Refusal::at(&literal.span, "a NUL is written \\x00"));
    }
    Ok(())
}
