//! The filter of a list: what is typed, and what it finds.

use super::PagedRow;
use crate::domain::{Facts, Filter};
use crate::tui::keys::Text;
use crate::tui::widgets::text_input::{PasteError, TextInput};
use jiff::Timestamp;

/// What a key does to the filter of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterKey {
    /// Begins to filter.
    Begin,
    /// Keeps what is typed.
    Keep,
    /// Clears it.
    Clear,
    /// Clears the filter that holds; without one, back.
    Escape,
}

/// The filter.
#[derive(Debug)]
pub(super) struct Filtering {
    pub(super) input: TextInput,
    pub(super) is_typing: bool,
    /// What is typed, or why it is not understood: then nothing is found.
    filter: Result<Filter, String>,
}

impl Default for Filtering {
    fn default() -> Self {
        Self { input: TextInput::default(), is_typing: false, filter: Ok(Filter::default()) }
    }
}

impl Filtering {
    pub(super) fn is_empty(&self) -> bool {
        self.input.is_empty()
    }

    /// Why it is not understood.
    pub(super) fn error(&self) -> Option<&str> {
        self.filter.as_ref().err().map(String::as_str)
    }

    /// Takes what is typed; answers whether it is another filter now.
    pub(super) fn take(&mut self, text: &Text, now: Timestamp) -> Result<bool, PasteError> {
        let is_changed = self.input.take(text)?;
        if is_changed {
            self.filter = Filter::parse(self.input.value(), now).map_err(|error| error.to_string());
        }
        Ok(is_changed)
    }

    /// How well a row fits, 0 best; `None` if it does not.
    pub(super) fn rank(&self, row: &impl PagedRow) -> Option<u32> {
        let terms = self.filter.as_ref().ok()?.terms();
        if terms.is_empty() {
            return Some(0);
        }
        // Nothing is read here beside the records.
        let (text, record, facts) = (row.text(), row.record(), Facts::default());
        terms
            .iter()
            .try_fold(0, |sum, term| term.matches(&text, &record, &facts).then(|| sum + term.rank(&text)))
    }
}
