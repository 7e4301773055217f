//! The filter language of lists and of the audit, used by both faces.
//!
//! All words must match. A plain word is a part of name, email, collection or id; `field:value` compares one field;
//! `a|b` is either; `!` negates; quotes keep spaces and make a word plain (`"foo:bar"`). Case and accents do not matter
//! ([`super::search::fold`]).
//!
//! Some fields need more than the record: the size of the collection, or the last sign-in of the admin. They are read
//! only when a filter asks for them.

mod audit;
mod lexer;
mod value;

#[cfg(test)]
mod tests;

pub use audit::{AuditField, AuditFilter, Pushed, verbs};
pub use value::{Criterion, Period, Range};

use super::search::{self, SearchText};
use super::since::SinceError;
use super::text::quoted;
use super::{CollectionSize, Organization, State, Status};
use jiff::Timestamp;
use lexer::{Word, words};
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
    /// The whole state, or `missing`.
    State,
    /// The beginning of the id.
    Id,
    /// When it was created.
    Created,
    /// When it was last changed.
    Changed,
    /// When its admin last signed in.
    #[strum(serialize = "signin")]
    SignIn,
    /// How many documents its collection has.
    #[strum(serialize = "docs")]
    Documents,
    /// The bytes of its documents.
    Size,
}

impl Field {
    /// The word before the colon.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What may stand behind the colon.
    fn values(self) -> &'static str {
        match self {
            Self::Name | Self::Email | Self::Collection => "a part of it",
            Self::Id => "the beginning of the id",
            Self::State => "a state, or missing",
            Self::Created | Self::Changed => {
                ">7d (older), <7d (younger), 2026-11-01, >2026-11-01 or 2026-11-01..2026-11-21"
            }
            Self::SignIn => "none, >30d (longer ago), <30d, 2026-11-01 or 2026-11-01..2026-11-21",
            Self::Documents => "0, >1000, <=5 or 10..20",
            Self::Size => ">1g, <500k or 1m..1g",
        }
    }
}

/// Why a text is not a filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// The word before a colon is not a field.
    #[error(
        "Unknown filter field {0:?}. Known fields: name, email, collection, state, id, created, changed, signin, \
         docs, size. Quote it to search for the text."
    )]
    UnknownField(String),
    /// The value of `state:` is not a state.
    #[error(
        "Unknown state {0:?}. Known states: creating, active, suspended, renaming, deleting, deleted, restoring, \
         purging, missing."
    )]
    UnknownState(String),
    /// The same of a filter of the audit.
    #[error(
        "Unknown filter field {0:?}. Known fields: {known}. Quote it to search for the text.",
        known = audit::known_fields()
    )]
    UnknownAuditField(String),
    /// The value of `action:` is not an action.
    #[error("Unknown action {0:?}. Known actions: {known}.", known = audit::known_actions())]
    UnknownAction(String),
    /// The value of `since:` is not a time.
    #[error("since: {0}")]
    Since(SinceError),
    /// A value that its field cannot have.
    #[error("Not a value of {}: {}. Write {}.", .0.as_str(), quoted(.1), .0.values())]
    Value(Field, String),
    /// A field behind a bar.
    #[error(
        "{0:?} stands behind a |. A field stands once, before its values: {0}:a|b. Quote it to search for the text."
    )]
    FieldBehindBar(String),
    /// Longer than [`MAX_FILTER_BYTES`].
    #[error("A filter has at most 1000 bytes.")]
    TooLong,
}

/// The size of a collection, as far as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SizeFact {
    /// Nobody has read it.
    #[default]
    Unread,
    /// It could not be read.
    Unknown,
    /// The collection is missing.
    Missing,
    /// This.
    Is(CollectionSize),
}

/// The last sign-in of an admin, as far as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SignIn {
    /// Nobody has read it.
    #[default]
    Unread,
    /// Never.
    Never,
    /// At this time.
    At(Timestamp),
}

/// What is known of an organization beside its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facts {
    /// The size of its collection.
    pub size: SizeFact,
    /// The last sign-in of its admin.
    pub signed_in: SignIn,
}

impl Facts {
    /// Whether the collection is missing of an organization at rest: an operation may be moving it.
    pub fn is_missing(&self, organization: &Organization) -> bool {
        self.size == SizeFact::Missing && organization.state == State::Active
    }
}

/// What a filter compares of a record beside its texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// Its state.
    pub status: Status,
    /// Whether no operation moves its collection.
    pub is_at_rest: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl From<&Organization> for Record {
    fn from(organization: &Organization) -> Self {
        Self {
            status: organization.status(),
            is_at_rest: organization.state == State::Active,
            created_at: organization.created_at,
            updated_at: organization.updated_at,
        }
    }
}

/// One word of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Whether it began with `!`.
    pub negated: bool,
    /// The field it names; `None` for a plain word.
    pub field: Option<Field>,
    /// What it asks for: one of these, at least one.
    pub any: Vec<Criterion>,
}

impl Term {
    /// Whether it compares the size of the collection.
    pub fn needs_size(&self) -> bool {
        matches!(self.field, Some(Field::Documents | Field::Size)) || self.any.contains(&Criterion::Missing)
    }

    /// Whether it compares the last sign-in.
    pub fn needs_sign_in(&self) -> bool {
        self.field == Some(Field::SignIn)
    }

    /// Whether a record matches this word. What was not read does not match, whether or not it is negated.
    pub fn matches(&self, text: &SearchText<'_>, record: &Record, facts: &Facts) -> bool {
        let is_unread = self.needs_size() && facts.size == SizeFact::Unread
            || self.needs_sign_in() && facts.signed_in == SignIn::Unread;
        let found = || self.any.iter().any(|criterion| criterion.is_met(self.field, text, record, facts));
        !is_unread && found() != self.negated
    }

    /// The texts that it searches for.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.any.iter().filter_map(|criterion| {
            if let Criterion::Text(text) = criterion { Some(text.as_str()) } else { None }
        })
    }

    /// How well a matching organization fits, 0 best. Only plain words rank.
    pub fn rank(&self, text: &SearchText<'_>) -> u32 {
        if self.field.is_some() || self.negated {
            return 0;
        }
        let found = self.texts().filter(|word| text.contains(word));
        found.map(|word| text.rank(word)).min().unwrap_or(0)
    }

    /// Whether every match of this word is also a match of `before`, the word typed earlier.
    pub fn narrows(&self, before: &Self) -> bool {
        if self == before {
            return true;
        }
        let is_same_kind = self.field == before.field && !self.negated && !before.negated;
        let (Some(Criterion::Text(old)), Some(Criterion::Text(new))) = (before.any.first(), self.any.first())
        else {
            return false;
        };
        let is_one = self.any.len() == 1 && before.any.len() == 1;
        is_same_kind
            && is_one
            && if self.field.is_none() { search::narrows(old, new) } else { new.starts_with(old.as_str()) }
    }
}

/// A parsed filter; the empty one matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    terms: Vec<Term>,
}

impl Filter {
    /// Parses the language; ages count back from `now`. Skips a field without a value (`name:`, `size:>`) and a lone
    /// `!`, so that a filter works while it is typed.
    ///
    /// # Errors
    /// [`FilterError`] says which word is invalid.
    pub fn parse(text: &str, now: Timestamp) -> Result<Self, FilterError> {
        let read = |field, part: &str| value::parse(field, part, now);
        let terms = parse(text, FilterError::UnknownField, read)?;
        let terms = terms.into_iter().map(|Parsed { negated, field, any }| Term { negated, field, any });
        Ok(Self { terms: terms.collect() })
    }

    /// The words, in the order they were written.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// Whether it has no word.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether it compares sizes of collections.
    pub fn needs_sizes(&self) -> bool {
        self.terms.iter().any(Term::needs_size)
    }

    /// Whether it compares last sign-ins.
    pub fn needs_sign_ins(&self) -> bool {
        self.terms.iter().any(Term::needs_sign_in)
    }

    /// Whether it asks for deleted organizations, which lists leave out otherwise.
    pub fn wants_deleted(&self) -> bool {
        self.terms.iter().any(|term| !term.negated && term.any.contains(&Criterion::State(Status::Deleted)))
    }

    /// Whether an organization matches every word.
    pub fn matches(&self, organization: &Organization, facts: &Facts) -> bool {
        self.all(organization, facts, |_| true)
    }

    /// Whether it matches every word that its record answers.
    pub fn matches_record(&self, organization: &Organization) -> bool {
        self.all(organization, &Facts::default(), |term| !term.needs_size() && !term.needs_sign_in())
    }

    fn all(&self, organization: &Organization, facts: &Facts, asks: impl Fn(&Term) -> bool) -> bool {
        if self.is_empty() {
            return true;
        }
        let (text, record) = (SearchText::of(organization), Record::from(organization));
        self.terms.iter().filter(|term| asks(term)).all(|term| term.matches(&text, &record, facts))
    }
}

/// A word of the language, with the criteria of one list.
struct Parsed<F, C> {
    negated: bool,
    field: Option<F>,
    any: Vec<C>,
}

/// Parses the language with the fields `F` of one list. `read` reads one value of a word; words without any are left
/// out.
fn parse<F, C, R>(
    text: &str,
    unknown_field: fn(String) -> FilterError,
    read: impl Fn(Option<F>, &str) -> Result<R, FilterError>,
) -> Result<Vec<Parsed<F, C>>, FilterError>
where
    F: Copy + IntoEnumIterator + Into<&'static str>,
    R: IntoIterator<Item = C>,
{
    if text.len() > MAX_FILTER_BYTES {
        return Err(FilterError::TooLong);
    }
    let mut terms = Vec::new();
    for Word { negated, field, parts, later } in words(text) {
        let is_field = |name: &&String| F::iter().any(|field| lexer::is_called(name, field));
        if let Some(name) = later.iter().find(is_field) {
            return Err(FilterError::FieldBehindBar(name.clone()));
        }
        let known = |name: String| F::iter().find(|field| lexer::is_called(&name, *field)).ok_or(name);
        let field = field.map(known).transpose().map_err(unknown_field)?;
        let mut any = Vec::new();
        for part in &parts {
            any.extend(read(field, part)?);
        }
        if !any.is_empty() {
            terms.push(Parsed { negated, field, any });
        }
    }
    Ok(terms)
}
