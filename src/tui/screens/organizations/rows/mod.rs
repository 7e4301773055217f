//! The rows of the list: merged by id, sorted by a column, filtered by the language of filters.
//!
//! Organizations are shared, not cloned. What a filter looks at is prepared when a row arrives, so that 100,000 rows
//! are filtered between two keys; a filter that only grew looks at the rows it had found.

#[cfg(test)]
mod tests;

use crate::domain::{Email, Field, Filter, Organization, OrganizationId, Status, Term};
use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Matcher, Utf32Str, Utf32String};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

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
}

impl Column {
    /// Every column.
    pub const ALL: [Self; 6] =
        [Self::Name, Self::Collection, Self::State, Self::Admin, Self::Created, Self::Changed];

    /// Its name in a sentence.
    pub fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Collection => "collection",
            Self::State => "state",
            Self::Admin => "admin",
            Self::Created => "created",
            Self::Changed => "changed",
        }
    }
}

#[derive(Debug)]
struct Row {
    organization: Arc<Organization>,
    /// The folded name as the matcher reads it; an ASCII one is read where it is.
    name: Option<Utf32String>,
    /// The lower-case email, where it is not the email itself.
    email: Option<Box<str>>,
    /// The reading pass that saw it last.
    pass: u32,
}

impl Row {
    fn new(organization: Arc<Organization>, pass: u32) -> Self {
        let name = (!organization.name_key.is_ascii()).then(|| organization.name_key.as_str().into());
        let key = Email::key_of(&organization.admin_email);
        let email = (key != organization.admin_email).then(|| key.into());
        Self { organization, name, email, pass }
    }

    fn haystack(&self) -> Utf32Str<'_> {
        match &self.name {
            Some(name) => name.slice(..),
            None => Utf32Str::Ascii(self.organization.name_key.as_bytes()),
        }
    }

    fn email(&self) -> &str {
        self.email.as_deref().unwrap_or(&self.organization.admin_email)
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
    filter: Filter,
    matcher: Matcher,
    pass: u32,
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
            filter: Filter::default(),
            matcher: Matcher::new(Config::DEFAULT),
            pass: 0,
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

    /// A new reading begins: what it does not see is dropped at its end.
    pub(super) fn begin_pass(&mut self) {
        self.pass += 1;
    }

    /// The reading saw every row that there is.
    pub(super) fn end_pass(&mut self) {
        let pass = self.pass;
        if self.list.iter().any(|row| row.pass != pass) {
            self.list.retain(|row| row.pass == pass);
            self.index();
            self.sort();
        }
    }

    /// Takes a page, or a row that was just written; a row that is known is replaced.
    pub(super) fn merge(&mut self, page: impl IntoIterator<Item = Arc<Organization>>) {
        let before = self.list.len();
        let mut is_replaced = false;
        for organization in page {
            let row = Row::new(organization, self.pass);
            let next = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
            if let Some(place) = self.places.get(&row.organization.id) {
                if let Some(known) = self.list.get_mut(*place as usize) {
                    is_replaced |= *known.organization != *row.organization;
                    *known = row;
                }
            } else {
                self.places.insert(row.organization.id, next);
                self.list.push(row);
            }
        }
        let (first, last) = (before, self.list.len());
        self.order.extend((first..last).map(|row| u32::try_from(row).unwrap_or(u32::MAX)));
        if is_replaced || !self.is_sorted_from(first) {
            self.sort();
        } else if first != last {
            // Pages arrive sorted by name: behind what is there nothing has to be moved.
            self.rank.extend(self.order.iter().skip(first));
            if self.filter.is_empty() {
                self.shown.extend(self.order.iter().skip(first));
            } else {
                self.refilter(false);
            }
        }
    }

    /// Drops a row.
    pub(super) fn remove(&mut self, id: OrganizationId) {
        self.list.retain(|row| row.organization.id != id);
        self.index();
        self.sort();
    }

    fn index(&mut self) {
        let rows = 0..u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        self.order = rows.clone().collect();
        self.places = self.list.iter().map(|row| row.organization.id).zip(rows).collect();
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

    /// Another filter.
    pub(super) fn set_filter(&mut self, filter: Filter) {
        let narrows = is_narrower(&self.filter, &filter);
        self.filter = filter;
        self.refilter(narrows);
    }

    /// Looks at every row, or only at those that are shown.
    fn refilter(&mut self, only_shown: bool) {
        if self.filter.is_empty() {
            self.shown.clone_from(&self.order);
            return;
        }
        let atoms: Vec<Option<Atom>> = self.filter.terms().iter().map(atom_of).collect();
        let mut scored = std::mem::take(&mut self.scored);
        scored.clear();
        let looked_at = if only_shown { &self.shown } else { &self.order };
        for index in looked_at {
            let (Some(row), Some(rank)) = (self.list.get(*index as usize), self.rank.get(*index as usize))
            else {
                continue;
            };
            let matcher = &mut self.matcher;
            let score =
                self.filter.terms().iter().zip(&atoms).try_fold(0_u32, |sum, (term, atom)| match atom {
                    Some(atom) => Some(sum + u32::from(atom.score(row.haystack(), matcher)?)),
                    None => matches(term, row).then_some(sum),
                });
            if let Some(score) = score {
                // The best score first; equal ones in the order of the column.
                scored.push(u64::from(u32::MAX - score) << 32 | u64::from(*rank));
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
        Letters {
            atoms: self.filter.terms().iter().filter_map(atom_of).collect(),
            matcher: Matcher::new(Config::DEFAULT),
        }
    }
}

/// What the plain words of a filter find in a name.
pub(super) struct Letters {
    atoms: Vec<Atom>,
    matcher: Matcher,
}

impl Letters {
    /// The characters that were found, by their place.
    pub(super) fn found(&mut self, name: &str) -> Vec<u32> {
        let mut letters = Vec::new();
        if self.atoms.is_empty() {
            return letters;
        }
        let name = Utf32String::from(name);
        for atom in &self.atoms {
            atom.indices(name.slice(..), &mut self.matcher, &mut letters);
        }
        letters
    }
}

fn compare(column: Column, a: &Row, b: &Row) -> Ordering {
    let (a, b) = (&a.organization, &b.organization);
    let by_column = match column {
        Column::Name => Ordering::Equal,
        Column::Collection => a.collection_name().cmp(b.collection_name()),
        Column::State => place_in_life(a.status()).cmp(&place_in_life(b.status())),
        Column::Admin => a.admin_email.cmp(&b.admin_email),
        Column::Created => a.created_at.cmp(&b.created_at),
        Column::Changed => a.updated_at.cmp(&b.updated_at),
    };
    by_column.then_with(|| a.name_key.cmp(&b.name_key)).then_with(|| a.id.cmp(&b.id))
}

fn place_in_life(status: Status) -> usize {
    Status::ALL.iter().position(|other| *other == status).unwrap_or(0)
}

/// What a plain word is looked for with; `None` for the words that are not fuzzy.
fn atom_of(term: &Term) -> Option<Atom> {
    (term.field.is_none() && !term.negated)
        .then(|| Atom::new(&term.value, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy, false))
}

/// As [`Term::matches`], on what was prepared.
fn matches(term: &Term, row: &Row) -> bool {
    let found = match term.field {
        Some(Field::Email) => row.email().contains(&term.value),
        Some(Field::Id) => {
            let mut buffer = uuid::Uuid::encode_buffer();
            let id = row.organization.id.0.hyphenated().encode_lower(&mut buffer);
            id.starts_with(&term.value)
        }
        None | Some(Field::Name | Field::Collection | Field::State) => {
            return term.matches(&row.organization);
        }
    };
    found != term.negated
}

/// Whether everything that `new` finds was found by `old`: every word is the same, or a positive one that grew.
fn is_narrower(old: &Filter, new: &Filter) -> bool {
    let (old, new) = (old.terms(), new.terms());
    !old.is_empty()
        && old.len() <= new.len()
        && old.iter().zip(new).all(|(old, new)| {
            let grew = !old.negated && old.negated == new.negated && new.value.starts_with(&old.value);
            old == new || (grew && old.field == new.field && old.field != Some(Field::State))
        })
}
