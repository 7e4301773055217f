//! The filter language of lists, used by both faces.
//!
//! All words must match. A plain word is a part of name, email, collection or id; `field:value` searches one field;
//! `!` negates; quotes keep spaces and make a word plain (`"foo:bar"`). Case and accents do not matter ([`fold`]).

use super::search::{self, SearchText, fold};
use super::{Organization, Status};
use strum::IntoEnumIterator;

/// Bytes of a filter at most.
pub const MAX_FILTER_BYTES: usize = 1_000;

/// A field of a filter.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, strum::EnumString, strum::IntoStaticStr, strum::EnumIter,
)]
#[strum(serialize_all = "snake_case")]
pub enum Field {
    /// A part of the name.
    Name,
    /// A part of the admin's email.
    Email,
    /// A part of the collection's name.
    Collection,
    /// The whole state.
    State,
    /// The beginning of the id.
    Id,
}

impl Field {
    /// The word before the colon.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Why a text is not a filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// The word before a colon is not a field.
    #[error(
        "Unknown filter field {0:?}. Known fields: name, email, collection, state, id. Quote it to search for the text."
    )]
    UnknownField(String),
    /// The value of `state:` is not a state.
    #[error(
        "Unknown state {0:?}. Known states: creating, active, suspended, renaming, deleting, deleted, restoring, \
         purging."
    )]
    UnknownState(String),
    /// Longer than [`MAX_FILTER_BYTES`].
    #[error("A filter has at most 1000 bytes.")]
    TooLong,
}

/// One word of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Whether it began with `!`.
    pub negated: bool,
    /// The field it names; `None` for a plain word.
    pub field: Option<Field>,
    /// The folded text to search for.
    pub value: String,
}

impl Term {
    /// Whether an organization with this text and status matches this word.
    pub fn matches(&self, text: &SearchText<'_>, status: Status) -> bool {
        let found = match self.field {
            None => text.contains(&self.value),
            Some(Field::Name) => text.name.contains(&self.value),
            Some(Field::Email) => text.email.contains(&self.value),
            Some(Field::Collection) => text.collection.contains(&self.value),
            Some(Field::State) => status.as_str() == self.value,
            Some(Field::Id) => text.id_begins(&self.value),
        };
        found != self.negated
    }

    /// How well a matching organization fits, 0 best. Only plain words rank.
    pub fn rank(&self, text: &SearchText<'_>) -> u32 {
        if self.field.is_none() && !self.negated { text.rank(&self.value) } else { 0 }
    }

    /// Whether every match of this word is also a match of `before`, the word typed earlier.
    pub fn narrows(&self, before: &Self) -> bool {
        if self == before {
            return true;
        }
        let is_same_kind = self.field == before.field && !self.negated && !before.negated;
        is_same_kind
            && match self.field {
                None => search::narrows(&before.value, &self.value),
                Some(Field::State) => false,
                Some(_) => self.value.starts_with(&before.value),
            }
    }
}

/// A parsed filter; the empty one matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    terms: Vec<Term>,
}

impl Filter {
    /// Parses the language. Skips a field without a value (`name:`) and a lone `!`, so that a filter works while it is
    /// typed.
    ///
    /// # Errors
    /// [`FilterError`] says which word is invalid.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        if text.len() > MAX_FILTER_BYTES {
            return Err(FilterError::TooLong);
        }
        let mut terms = Vec::new();
        for word in words(text) {
            let term = term_of(word)?;
            if !term.value.is_empty() {
                terms.push(term);
            }
        }
        Ok(Self { terms })
    }

    /// The words, in the order they were written.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// Whether it has no word.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether it asks for deleted organizations, which lists leave out otherwise.
    pub fn wants_deleted(&self) -> bool {
        let is_deleted = |term: &Term| {
            term.field == Some(Field::State) && !term.negated && term.value == Status::Deleted.as_str()
        };
        self.terms.iter().any(is_deleted)
    }

    /// Whether an organization matches every word.
    pub fn matches(&self, organization: &Organization) -> bool {
        if self.is_empty() {
            return true;
        }
        let (text, status) = (SearchText::of(organization), organization.status());
        self.terms.iter().all(|term| term.matches(&text, status))
    }
}

/// A word of the text. The part before the first quote may name a field.
#[derive(Debug, Default)]
struct Word {
    negated: bool,
    text: String,
    /// Where the field ends, in bytes of `text`: the first colon outside quotes.
    colon: Option<usize>,
}

fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut current: Option<Word> = None;
    let mut quoted = false;
    for c in text.chars() {
        if c.is_whitespace() && !quoted {
            words.extend(current.take());
            continue;
        }
        let is_first = current.is_none();
        let word = current.get_or_insert_default();
        match c {
            '"' => quoted = !quoted,
            '!' if is_first => word.negated = true,
            ':' if !quoted && word.colon.is_none() => {
                word.colon = Some(word.text.len());
                word.text.push(c);
            }
            other => word.text.push(other),
        }
        // A quote at the beginning makes the whole word plain, including text after the closing quote.
        if c == '"' && word.text.is_empty() {
            word.colon = Some(usize::MAX);
        }
    }
    words.extend(current);
    words
}

fn term_of(word: Word) -> Result<Term, FilterError> {
    let Word { negated, text, colon } = word;
    let Some((name, value)) = colon.filter(|at| *at != usize::MAX).and_then(|at| text.split_at_checked(at))
    else {
        return Ok(Term { negated, field: None, value: fold(&text).into_owned() });
    };
    let value = value.trim_start_matches(':');
    let field = Field::iter()
        .into_iter()
        .find(|field| field.as_str().eq_ignore_ascii_case(name))
        .ok_or_else(|| FilterError::UnknownField(name.to_owned()))?;
    let value = fold(value).into_owned();
    if field == Field::State && !value.is_empty() && value.parse::<Status>().ok().is_none() {
        return Err(FilterError::UnknownState(value));
    }
    Ok(Term { negated, field: Some(field), value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AccountId, Epoch, OrganizationId, OrganizationName, State};
    use jiff::Timestamp;
    use proptest::prelude::*;
    use rstest::rstest;

    fn organization(name: &str, email: &str) -> Organization {
        let name = OrganizationName::parse(name).unwrap();
        Organization {
            id: OrganizationId("6f0c2f8e-3b1d-4f7e-9c58-0b8f2f1f6a11".parse().unwrap()),
            name: name.display().to_owned(),
            name_key: name.key().to_owned(),
            former_email_key: None,
            collection: Some(name.collection("master_db")),
            collection_uuid: None,
            admin_id: AccountId(uuid::Uuid::nil()),
            admin_email: email.to_owned(),
            state: State::Active,
            suspension: None,
            deletion: None,
            epoch: Epoch(1),
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[rstest]
    #[case("", true)]
    #[case("acme", true)]
    #[case("ACME europe", true)]
    #[case("acme zephyr", false)]
    #[case("!zephyr", true)]
    #[case("acme !europe", false)]
    #[case("name:cme", true)]
    #[case("email:EVA@", true)]
    #[case("!email:eva", false)]
    #[case("collection:org_acme", true)]
    #[case("state:active", true)]
    #[case("STATE:ACTIVE", true)]
    #[case("state:deleting", false)]
    #[case("id:6f0c2f8e", true)]
    #[case("id:0c2f", false)]
    #[case("\"acme europe\"", true)]
    #[case("\"europe acme\"", false)]
    #[case("name:\"acme europe\"", true)]
    #[case("!\"acme europe\"", false)]
    #[case("\"acme eur", true)]
    #[case("name:", true)]
    #[case("!", true)]
    #[case("state:", true)]
    fn filters(#[case] text: &str, #[case] expected: bool) {
        let filter = Filter::parse(text).unwrap();
        assert_eq!(filter.matches(&organization("Acme Europe", "eva@acme.example")), expected);
    }

    #[test]
    fn quotes_make_a_plain_word() {
        let filter = Filter::parse("\"foo:bar\"").unwrap();
        assert!(filter.matches(&organization("Foo:Bar Ltd", "a@b")));
        assert_eq!(Filter::parse("foo:bar"), Err(FilterError::UnknownField("foo".into())));
        assert_eq!(Filter::parse("x !plan:pro"), Err(FilterError::UnknownField("plan".into())));
    }

    #[test]
    fn a_state_is_a_whole_known_word() {
        assert_eq!(Filter::parse("state:act"), Err(FilterError::UnknownState("act".into())));
    }

    #[test]
    fn filter_messages_list_known_fields_and_states() {
        for field in Field::iter() {
            assert!(FilterError::UnknownField("x".into()).to_string().contains(field.as_str()));
        }
        for state in Status::iter() {
            assert!(FilterError::UnknownState("x".into()).to_string().contains(state.as_str()));
        }
    }

    #[test]
    fn case_and_accents_do_not_matter_in_any_word() {
        for (text, name, email) in [
            ("STRASSE", "Straße 7", "a@b"),
            ("Cafe\u{301}", "Café", "a@b"),
            ("backerei", "Bäckerei", "a@b"),
            ("name:backerei", "Bäckerei", "a@b"),
            ("Bäckerei", "Backerei", "a@b"),
            ("smorrebrod", "Smørrebrød", "a@b"),
            ("email:muller", "Acme", "Müller@acme.example"),
            ("MULLER@acme", "Acme", "müller@acme.example"),
        ] {
            assert!(Filter::parse(text).unwrap().matches(&organization(name, email)), "{text}");
        }
    }

    #[test]
    fn a_plain_word_is_a_part_of_name_email_collection_or_id() {
        let acme = organization("Acme Europe", "eva@mail.example");
        for text in [
            "eva@mail.example",
            "mail.ex",
            "org_acme_europe",
            "ORG_ACME",
            "6f0c2f8e-3b1d-4f7e-9c58-0b8f2f1f6a11",
            "6F0C",
            "9c58-0b8",
        ] {
            assert!(Filter::parse(text).unwrap().matches(&acme), "{text}");
            assert!(!Filter::parse(&format!("!\"{text}\"")).unwrap().matches(&acme), "{text}");
        }
        assert!(Filter::parse("europe eva 6f0c2f8e").unwrap().matches(&acme));
        // Two or three letters would match ids by chance, and four would in the middle of an id.
        for text in ["6f0", "3b1d", "zephyr", "org"] {
            assert!(!Filter::parse(text).unwrap().matches(&acme), "{text}");
        }
    }

    proptest! {
        #[test]
        fn filters_never_panic_and_negation_inverts(text in "\\PC{0,30}") {
            if let Ok(filter) = Filter::parse(&text) {
                let organization = organization("Acme Europe", "eva@acme.example");
                let (text, status) = (SearchText::of(&organization), organization.status());
                for term in filter.terms() {
                    let opposite = Term { negated: !term.negated, ..term.clone() };
                    prop_assert_ne!(term.matches(&text, status), opposite.matches(&text, status));
                }
            }
        }
    }
}
