//! The rows of the list: merged by id, sorted by a column, filtered by the language of filters.
//!
//! Organizations are shared, not cloned. What a filter looks at is prepared when a row arrives, so that 100,000 rows
//! are filtered between two keys; a filter that only grew looks at the rows it had found.

mod known;
mod merge;
#[cfg(test)]
mod tests;

pub(super) use known::Known;

use crate::domain::search::{self, SearchText};
use crate::domain::{Field, Filter, Organization, OrganizationId, Record, Status, Term};
use jiff::Timestamp;
use known::Tally;
use std::borrow::Cow;
use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;
use strum::IntoEnumIterator;
use unicode_segmentation::UnicodeSegmentation;

/// A column of the list that can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Column {
    /// The folded name.
    #[default]
    Name,
    /// The collection's name.
    Collection,
    /// The state, in the order of a life.
    State,
    /// The admin's email.
    Admin,
    /// When it was made.
    Created,
    /// When it was changed last.
    Changed,
    /// How many documents its collection has.
    Documents,
    /// The bytes of its documents.
    Size,
    /// When its admin last signed in.
    SignedIn,
}

impl Column {
    /// Every column.
    pub const ALL: [Self; 9] = [
        Self::Name,
        Self::Size,
        Self::Documents,
        Self::Changed,
        Self::State,
        Self::Admin,
        Self::SignedIn,
        Self::Created,
        Self::Collection,
    ];

    /// Whether it shows what is read of each row by itself, and not what its record says.
    pub fn is_read_by_row(self) -> bool {
        matches!(self, Self::Documents | Self::Size | Self::SignedIn)
    }

    /// Its name in a sentence.
    pub fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Collection => "collection",
            Self::State => "state",
            Self::Admin => "admin",
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Documents => "documents",
            Self::Size => "size",
            Self::SignedIn => "signed in",
        }
    }
}

#[derive(Debug)]
struct Row {
    organization: Arc<Organization>,
    /// Name, email and collection as a search reads them, where that is another text.
    name: Option<Box<str>>,
    email: Option<Box<str>>,
    collection: Option<Box<str>>,
    /// The reading pass that saw it last.
    pass: u32,
    /// What is known of it beside its record.
    known: Known,
}

impl Row {
    fn new(organization: Arc<Organization>, pass: u32) -> Self {
        let text = SearchText::of(&organization);
        let kept = |folded: Cow<'_, str>| match folded {
            Cow::Borrowed(_) => None,
            Cow::Owned(folded) => Some(folded.into_boxed_str()),
        };
        let (name, email, collection) = (kept(text.name), kept(text.email), kept(text.collection));
        Self { organization, name, email, collection, pass, known: Known::default() }
    }

    fn text(&self) -> SearchText<'_> {
        let organization = &self.organization;
        SearchText {
            name: Cow::Borrowed(self.name.as_deref().unwrap_or_else(|| organization.sort_name())),
            email: Cow::Borrowed(self.email.as_deref().unwrap_or(&organization.admin_email)),
            collection: Cow::Borrowed(
                self.collection.as_deref().unwrap_or_else(|| organization.collection_name()),
            ),
            id: organization.id.0,
        }
    }
}

/// The rows.
#[derive(Debug)]
pub(super) struct Rows {
    list: Vec<Row>,
    places: HashMap<OrganizationId, u32>,
    /// Every row, in the order of the column.
    order: Vec<u32>,
    /// The place of each row in that order.
    rank: Vec<u32>,
    /// What the filter found, the best first.
    shown: Vec<u32>,
    /// Scores with ranks, kept so that a key allocates nothing.
    scored: Vec<u64>,
    column: Column,
    is_reverse: bool,
    /// `None` while what is typed is none: then nothing is found.
    filter: Option<Filter>,
    pass: u32,
    tally: Cell<Option<Tally>>,
    /// Up to which row nothing is left to be read.
    read_up_to: usize,
    /// When the present pass began.
    asked: Timestamp,
    /// Since when an organization is gone: a reading that was asked for before does not bring it back.
    gone: HashMap<OrganizationId, Timestamp>,
}

impl Default for Rows {
    fn default() -> Self {
        Self {
            list: Vec::new(),
            places: HashMap::new(),
            order: Vec::new(),
            rank: Vec::new(),
            shown: Vec::new(),
            scored: Vec::new(),
            column: Column::default(),
            is_reverse: false,
            filter: Some(Filter::default()),
            pass: 0,
            tally: Cell::default(),
            read_up_to: 0,
            asked: Timestamp::UNIX_EPOCH,
            gone: HashMap::new(),
        }
    }
}

impl Rows {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many the filter found.
    pub(super) fn shown(&self) -> usize {
        self.shown.len()
    }

    /// What is shown at a place.
    pub(super) fn get(&self, place: usize) -> Option<&Arc<Organization>> {
        let row = *self.shown.get(place)?;
        self.list.get(row as usize).map(|row| &row.organization)
    }

    /// Every row, in the order of the column, whatever the filter found.
    pub(super) fn all(&self) -> Vec<Arc<Organization>> {
        let rows = self.order.iter().filter_map(|row| self.list.get(*row as usize));
        rows.map(|row| Arc::clone(&row.organization)).collect()
    }

    /// Where an organization is shown.
    pub(super) fn place_of(&self, id: OrganizationId) -> Option<usize> {
        let row = self.places.get(&id)?;
        self.shown.iter().position(|shown| shown == row)
    }

    /// By what it is sorted, and whether descending.
    pub(super) fn sorting(&self) -> (Column, bool) {
        (self.column, self.is_reverse)
    }

    fn index(&mut self) {
        let rows = 0..u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        self.order = rows.clone().collect();
        self.places = self.list.iter().map(|row| row.organization.id).zip(rows).collect();
        self.read_up_to = 0;
    }

    /// Sorts by a column.
    pub(super) fn sort_by(&mut self, column: Column, is_reverse: bool) {
        (self.column, self.is_reverse) = (column, is_reverse);
        self.sort();
    }

    /// How two rows stand to each other in the order of the list.
    fn compare(&self, a: u32, b: u32) -> Ordering {
        let (Some(a), Some(b)) = (self.list.get(a as usize), self.list.get(b as usize)) else {
            return Ordering::Equal;
        };
        let order = compare(self.column, a, b);
        if self.is_reverse { order.reverse() } else { order }
    }

    /// Whether the rows from a place of the order on are sorted, also against the one before.
    fn is_sorted_from(&self, place: usize) -> bool {
        let from = place.saturating_sub(1);
        let tail = self.order.get(from..).unwrap_or_default();
        tail.is_sorted_by(|a, b| self.compare(*a, *b).is_le())
    }

    fn sort(&mut self) {
        let mut order = std::mem::take(&mut self.order);
        order.sort_by(|a, b| self.compare(*a, *b));
        self.order = order;
        self.rank.clear();
        self.rank.resize(self.list.len(), 0);
        for (rank, row) in (0..).zip(&self.order) {
            if let Some(place) = self.rank.get_mut(*row as usize) {
                *place = rank;
            }
        }
        self.refilter(false);
    }

    /// Another filter; with none nothing is found.
    pub(super) fn set_filter(&mut self, filter: Option<Filter>) {
        let narrows = matches!((&self.filter, &filter), (Some(old), Some(new)) if is_narrower(old, new));
        self.filter = filter;
        self.refilter(narrows);
    }

    /// Whether what the filter finds depends on what is read of each row.
    pub(super) fn filters_by_what_is_read(&self) -> bool {
        self.filter.as_ref().is_some_and(|filter| filter.needs_sizes() || filter.needs_sign_ins())
    }

    /// Whether the filter asks for deleted organizations: they are in the trash alone.
    pub(super) fn filters_the_trash(&self) -> bool {
        self.filter.as_ref().is_some_and(Filter::wants_deleted)
    }

    /// The same filter over what is known by now.
    pub(super) fn filter_again(&mut self) {
        self.refilter(false);
    }

    /// Looks at every row, or only at those that are shown.
    fn refilter(&mut self, only_shown: bool) {
        self.tally.set(None);
        let Some(filter) = &self.filter else {
            self.shown.clear();
            return;
        };
        if filter.is_empty() {
            self.shown.clone_from(&self.order);
            return;
        }
        let mut scored = std::mem::take(&mut self.scored);
        scored.clear();
        let looked_at = if only_shown { &self.shown } else { &self.order };
        for index in looked_at {
            let (Some(row), Some(rank)) = (self.list.get(*index as usize), self.rank.get(*index as usize))
            else {
                continue;
            };
            let (text, record) = (row.text(), Record::from(&*row.organization));
            let score = filter.terms().iter().try_fold(0_u32, |sum, term| {
                term.matches(&text, &record, &row.known.facts).then(|| sum + term.rank(&text))
            });
            if let Some(score) = score {
                // What fits best first; equal ones in the order of the column.
                scored.push(u64::from(score) << 32 | u64::from(*rank));
            }
        }
        scored.sort_unstable();
        self.shown.clear();
        for key in &scored {
            let rank = usize::try_from(key & u64::from(u32::MAX)).unwrap_or(usize::MAX);
            self.shown.extend(self.order.get(rank));
        }
        self.scored = scored;
    }

    /// Tells which letters of a name the filter found; made once for a whole draw.
    pub(super) fn letters(&self) -> Letters {
        let terms = self.filter.iter().flat_map(Filter::terms);
        let positive = terms.filter(|term| !term.negated);
        let in_names = positive.filter(|term| matches!(term.field, None | Some(Field::Name)));
        Letters { words: in_names.flat_map(Term::texts).map(str::to_owned).collect() }
    }
}

/// What the words of a filter find in a name.
pub(super) struct Letters {
    words: Vec<String>,
}

impl Letters {
    /// The visible characters that were found, by their place.
    pub(super) fn found(&self, name: &str) -> Vec<u32> {
        let found: Vec<usize> = self.words.iter().flat_map(|word| search::places(name, word)).collect();
        let mut first = 0;
        let mut letters = Vec::new();
        for (place, visible) in (0..).zip(name.graphemes(true)) {
            let next = first + visible.chars().count();
            if found.iter().any(|found| (first..next).contains(found)) {
                letters.push(place);
            }
            first = next;
        }
        letters
    }
}

fn compare(column: Column, a: &Row, b: &Row) -> Ordering {
    let known = (&a.known, &b.known);
    let (a, b) = (&a.organization, &b.organization);
    let by_column = match column {
        Column::Name => Ordering::Equal,
        Column::Collection => a.collection_name().cmp(b.collection_name()),
        Column::State => place_in_life(a.status()).cmp(&place_in_life(b.status())),
        Column::Admin => a.admin_email.cmp(&b.admin_email),
        Column::Created => a.created_at.cmp(&b.created_at),
        Column::Changed => a.updated_at.cmp(&b.updated_at),
        Column::Documents | Column::Size | Column::SignedIn => known.0.key(column).cmp(&known.1.key(column)),
    };
    by_column.then_with(|| a.name_key.cmp(&b.name_key)).then_with(|| a.id.cmp(&b.id))
}

fn place_in_life(status: Status) -> usize {
    Status::iter().position(|other| other == status).unwrap_or(0)
}

/// Whether everything that `new` finds was found by `old`: every word is the same, or a positive one that grew.
fn is_narrower(old: &Filter, new: &Filter) -> bool {
    let (old, new) = (old.terms(), new.terms());
    !old.is_empty() && old.len() <= new.len() && old.iter().zip(new).all(|(old, new)| new.narrows(old))
}
