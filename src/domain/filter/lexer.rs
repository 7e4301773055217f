//! The words of a filter, whatever their fields are.

/// A word of the text.
#[derive(Debug)]
pub(super) struct Word {
    /// Whether it began with `!`.
    pub(super) negated: bool,
    /// What stands before its first colon outside quotes.
    pub(super) field: Option<String>,
    /// What stands between the bars that are outside quotes.
    pub(super) parts: Vec<String>,
    /// What stands before a colon behind a bar, as if it named a field.
    pub(super) later: Vec<String>,
}

/// Whether a field has this name, in any case.
pub(super) fn is_called(name: &str, field: impl Into<&'static str>) -> bool {
    name.eq_ignore_ascii_case(field.into())
}

/// A word that is being read. The part before the first quote may name a field.
#[derive(Debug, Default)]
struct Draft {
    negated: bool,
    parts: Vec<String>,
    /// Where the field ends, in bytes of the first part.
    colon: Option<usize>,
    later: Vec<String>,
}

impl Draft {
    fn finish(self) -> Word {
        let Self { negated, mut parts, colon, later } = self;
        let mut field = None;
        if let Some(first) = parts.first_mut()
            && let Some((name, value)) = colon.and_then(|at| first.split_at_checked(at))
        {
            field = Some(name.to_owned());
            *first = value.trim_start_matches(':').to_owned();
        }
        Word { negated, field, parts, later }
    }
}

/// The words of a filter.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut current: Option<Draft> = None;
    let mut quoted = false;
    for c in text.chars() {
        if c.is_whitespace() && !quoted {
            words.extend(current.take().map(Draft::finish));
            continue;
        }
        let is_first = current.is_none();
        let word = current.get_or_insert_default();
        let is_one = word.parts.len() <= 1;
        if word.parts.is_empty() {
            word.parts.push(String::new());
        }
        let Some(part) = word.parts.last_mut() else { continue };
        match c {
            '"' => {
                quoted = !quoted;
                // A quote at the beginning makes the whole word plain, including text after the closing quote.
                if is_one && part.is_empty() {
                    word.colon = Some(usize::MAX);
                }
            }
            '!' if is_first => word.negated = true,
            '|' if !quoted => word.parts.push(String::new()),
            ':' if !quoted && is_one && word.colon.is_none() => {
                word.colon = Some(part.len());
                part.push(c);
            }
            ':' if !quoted && !is_one => {
                word.later.push(part.clone());
                part.push(c);
            }
            other => part.push(other),
        }
    }
    words.extend(current.map(Draft::finish));
    words
}
