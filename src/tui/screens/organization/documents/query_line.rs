//! The line of the query: which query is applied, and which one the user types. Completes field names and recalls
//! earlier queries.

use super::completion::Partial;
use crate::domain::document::Query;
use crate::tui::keys::Text;
use crate::tui::widgets::text_input::{PasteError, TextInput};

/// The line above the documents.
#[derive(Debug, Default)]
pub(super) struct QueryLine {
    /// The query that holds, as it was typed; empty finds all.
    query: String,
    typed: TextInput,
    is_typing: bool,
    /// Why what is typed is no query.
    error: Option<String>,
    /// Which of the queries that were run before stands there, from the newest on, and what was typed before that.
    recalled: Option<(usize, String)>,
    completing: Option<Completing>,
}

/// Names that one key puts in one after the other.
#[derive(Debug)]
struct Completing {
    partial: Partial,
    candidates: Vec<String>,
    /// Which one stands there.
    at: usize,
    /// The characters that it takes.
    characters: usize,
}

impl QueryLine {
    /// The query that holds.
    pub(super) fn query(&self) -> &str {
        &self.query
    }

    /// Whether one is typed.
    pub(super) fn is_typing(&self) -> bool {
        self.is_typing
    }

    /// What is typed.
    pub(super) fn typed(&self) -> &TextInput {
        &self.typed
    }

    /// Why what is typed is no query.
    pub(super) fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// Begins to type, from the query that holds on.
    pub(super) fn begin(&mut self) {
        self.typed.set(&self.query);
        self.is_typing = true;
        self.is_edited();
    }

    /// Takes what is typed.
    ///
    /// # Errors
    /// [`PasteError`]; nothing is inserted.
    pub(super) fn take(&mut self, text: &Text) -> Result<(), PasteError> {
        if self.typed.take(text)? {
            self.is_edited();
        }
        Ok(())
    }

    fn is_edited(&mut self) {
        self.error = None;
        self.recalled = None;
        self.completing = None;
    }

    /// The typed query holds from now on, if it is understood; answers whether something is to be searched for.
    pub(super) fn run(&mut self) -> bool {
        let typed = self.typed.value().trim().to_owned();
        if let Err(error) = Query::parse(&typed) {
            self.error = Some(error.to_string());
            return false;
        }
        self.is_typing = false;
        // The same query runs again: someone may have changed documents since.
        let is_any = !(typed.is_empty() && self.query.is_empty());
        self.query = typed;
        is_any
    }

    /// No query; answers whether one held.
    pub(super) fn clear(&mut self) -> bool {
        self.is_typing = false;
        self.is_edited();
        self.typed.clear();
        !std::mem::take(&mut self.query).is_empty()
    }

    /// Puts in a query that was run before, of those given, the newest first: the next older one, or the next newer one;
    /// behind the newest comes what was typed.
    pub(super) fn recall(&mut self, is_older: bool, queries: &[&str]) {
        let (at, typed) = match self.recalled.take() {
            Some((at, typed)) if is_older => (Some(at + 1), typed),
            Some((at, typed)) => (at.checked_sub(1), typed),
            None if is_older => {
                let typed = self.typed.value().to_owned();
                // The applied query is already in the field.
                let is_first = queries.first().is_some_and(|first| *first == typed);
                (Some(usize::from(is_first)), typed)
            }
            None => return,
        };
        let last = queries.len().saturating_sub(1);
        let query = at.and_then(|at| queries.get(at.min(last)).copied());
        self.typed.set(query.unwrap_or(&typed));
        self.error = None;
        self.completing = None;
        self.recalled = at.filter(|_| query.is_some()).map(|at| (at.min(last), typed));
    }

    /// Whether the name before the cursor can be completed.
    pub(super) fn can_complete(&self, names: &[String]) -> bool {
        self.completing.is_some() || !self.candidates(names).is_empty()
    }

    fn candidates(&self, names: &[String]) -> Vec<String> {
        let partial = Partial::at_end_of(&self.typed.before_cursor());
        partial.map(|partial| partial.candidates(names)).unwrap_or_default()
    }

    /// Completes the name before the cursor; once more, by the next one that begins so.
    pub(super) fn complete(&mut self, names: &[String]) {
        let mut completing = match self.completing.take() {
            Some(Completing { at, candidates, .. }) if candidates.len() == 1 && at == 0 => {
                // Nothing else begins so.
                return;
            }
            Some(completing) => {
                Completing { at: (completing.at + 1) % completing.candidates.len().max(1), ..completing }
            }
            None => {
                let Some(partial) = Partial::at_end_of(&self.typed.before_cursor()) else { return };
                let candidates = partial.candidates(names);
                Completing { characters: partial.characters, partial, candidates, at: 0 }
            }
        };
        let Some(name) = completing.candidates.get(completing.at) else { return };
        let text = completing.partial.completed(name);
        self.typed.replace_before_cursor(completing.characters, &text);
        completing.characters = text.chars().count();
        self.error = None;
        self.recalled = None;
        self.completing = Some(completing);
    }

    /// Whether there are names that can be put in.
    pub(super) fn offers(&self, names: &[String]) -> bool {
        !self.offered(names).0.is_empty()
    }

    /// The names that can be put in, and which of them stands there; none while nothing of a name is typed.
    pub(super) fn offered(&self, names: &[String]) -> (Vec<String>, Option<usize>) {
        if let Some(completing) = &self.completing {
            return (completing.candidates.clone(), Some(completing.at));
        }
        let partial = Partial::at_end_of(&self.typed.before_cursor());
        let partial = partial.filter(Partial::is_begun);
        (partial.map(|partial| partial.candidates(names)).unwrap_or_default(), None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keys::Pasted;

    fn typed(text: &str) -> QueryLine {
        let mut line = QueryLine::default();
        line.begin();
        line.take(&Text::Pasted(Pasted(text.into()))).unwrap();
        line
    }

    #[test]
    fn queries_are_recalled_both_ways_and_what_was_typed_comes_back() {
        let queries = ["b:2", "a:1"];
        let mut line = typed("c:");
        let mut seen = Vec::new();
        for is_older in [true, true, true, false, false, false] {
            line.recall(is_older, &queries);
            seen.push(line.typed.value().to_owned());
        }
        assert_eq!(seen, ["b:2", "a:1", "a:1", "b:2", "c:", "c:"]);
        line.recall(true, &[]);
        assert_eq!(line.typed.value(), "c:");
    }

    #[test]
    fn the_query_that_holds_is_not_recalled_first() {
        let mut line = typed("b:2");
        assert!(line.run());
        line.begin();
        line.recall(true, &["b:2", "a:1"]);
        assert_eq!(line.typed.value(), "a:1");
    }

    #[test]
    fn names_are_put_in_one_after_the_other() {
        let names = ["total", "totals", "kind"].map(str::to_owned);
        let mut line = typed("x:1 to");
        let mut seen = Vec::new();
        for _ in 0..3 {
            line.complete(&names);
            seen.push(line.typed.value().to_owned());
        }
        assert_eq!(seen, ["x:1 total:", "x:1 totals:", "x:1 total:"]);
        line.take(&Text::Pasted(Pasted("5 ki".into()))).unwrap();
        line.complete(&names);
        line.complete(&names);
        assert_eq!(line.typed.value(), "x:1 total:5 kind:");
        let mut nothing = typed("zz");
        nothing.complete(&names);
        assert_eq!(nothing.typed.value(), "zz");
    }
}
