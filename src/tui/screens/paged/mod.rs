//! The rows of a list that is read whole, page by page, behind the rows that are there: which are shown, which one is
//! selected, how old they are, and why they are not newer.

mod filter;
mod view;

pub(super) use filter::FilterKey;
pub(super) use view::Empty;

use crate::domain::Record;
use crate::domain::search::SearchText;
use crate::tui::calls::Freshness;
use crate::tui::effect::{CallError, CallId, Load};
use crate::tui::keys::{Motion, Text};
use crate::tui::text;
use crate::tui::widgets::table::Window;
use crate::tui::widgets::text_input::PasteError;
use filter::Filtering;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashSet;
use std::hash::Hash;

/// How long what changed by itself is marked.
const MARKED_FOR: SignedDuration = SignedDuration::from_secs(1);

/// A row of such a list.
pub(super) trait PagedRow: Clone + PartialEq {
    /// What identifies it.
    type Id: Copy + Eq + Hash;
    /// By what the rows are sorted.
    type Order: Ord;

    fn id(&self) -> Self::Id;
    fn order(&self) -> Self::Order;
    /// Whether it was read before another state of the same thing.
    fn is_older_than(&self, other: &Self) -> bool;
    /// What a filter looks at.
    fn text(&self) -> SearchText<'_>;
    fn record(&self) -> Record;
}

/// The rows, and how far they are read.
#[derive(Debug)]
pub(super) struct Paged<R: PagedRow> {
    rows: Vec<R>,
    /// The places of those that the filter found, the best first.
    shown: Vec<usize>,
    filter: Filtering,
    pub(super) window: Window,
    /// What the user chose: it stays selected, whatever row it comes to stand in.
    chosen: Option<R::Id>,
    /// The reading of all pages; done when the last one came.
    pub(super) reading: Load<Timestamp>,
    /// Those that this pass has read, and those that left while it runs: no page brings them back.
    seen: HashSet<R::Id>,
    gone: HashSet<R::Id>,
    freshness: Freshness,
    /// What changed by itself just now, and how long that is marked.
    marked: Option<(Vec<R::Id>, Timestamp)>,
}

/// What a page brought.
pub(super) struct Taken<R: PagedRow> {
    /// Rows that were known and are newer now.
    pub(super) changed: Vec<R>,
    /// Rows that are not there any more; known with the last page.
    pub(super) gone: Vec<R::Id>,
    /// Where the next page begins.
    pub(super) next: Option<String>,
}

impl<R: PagedRow> Default for Paged<R> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            shown: Vec::new(),
            filter: Filtering::default(),
            window: Window::default(),
            chosen: None,
            reading: Load::Idle,
            seen: HashSet::new(),
            gone: HashSet::new(),
            freshness: Freshness::default(),
            marked: None,
        }
    }
}

impl<R: PagedRow> Paged<R> {
    /// Every row is about to be read again.
    pub(super) fn begin(&mut self) {
        self.seen.clear();
        self.gone.clear();
        self.freshness.begin();
    }

    /// A page is read by this call.
    pub(super) fn asked(&mut self, call: CallId) {
        self.reading = Load::Loading(call);
    }

    /// Takes a page with where the next one begins; nothing if there was none: what came before stays.
    pub(super) fn take(
        &mut self,
        page: Result<(Vec<R>, Option<String>), CallError>,
        now: Timestamp,
    ) -> Option<Taken<R>> {
        let (rows, next) = match page {
            Ok(page) => page,
            Err(CallError::Stopped) => {
                self.reading = Load::Idle;
                return None;
            }
            Err(CallError::Refused(error)) => {
                self.reading = Load::Failed(self.freshness.failed(&error, now));
                return None;
            }
        };
        let mut changed = Vec::new();
        for row in rows.into_iter().filter(|row| !self.gone.contains(&row.id())) {
            self.seen.insert(row.id());
            match self.rows.iter_mut().find(|known| known.id() == row.id()) {
                Some(known) if *known == row || row.is_older_than(known) => {}
                Some(known) => {
                    known.clone_from(&row);
                    changed.push(row);
                }
                None => self.rows.push(row),
            }
        }
        let mut gone = Vec::new();
        if next.is_none() {
            let seen = &self.seen;
            gone = self.rows.extract_if(.., |row| !seen.contains(&row.id())).map(|row| row.id()).collect();
            self.reading = Load::Ready(now);
            self.freshness.came(now);
        }
        self.settle();
        Some(Taken { changed, gone, next })
    }

    /// A row is as given now; answers whether it is new.
    pub(super) fn saved(&mut self, row: &R) -> bool {
        self.gone.remove(&row.id());
        self.seen.insert(row.id());
        let known = self.rows.iter_mut().find(|known| known.id() == row.id());
        let is_new = known.is_none();
        match known {
            Some(known) if row.is_older_than(known) => {}
            Some(known) => known.clone_from(row),
            None => self.rows.push(row.clone()),
        }
        self.settle();
        is_new
    }

    /// What changed by itself: these rows are as given, and those not there any more. Answers whether that is new.
    pub(super) fn changed<'a>(
        &mut self,
        rows: impl IntoIterator<Item = &'a R>,
        gone: impl IntoIterator<Item = R::Id>,
        now: Timestamp,
    ) -> bool
    where
        R: 'a,
    {
        let before = self.rows.clone();
        let mut marked = Vec::new();
        for row in rows {
            self.saved(row);
            if before.iter().all(|known| known != row) {
                marked.push(row.id());
            }
        }
        for id in gone {
            self.left(id);
        }
        if !marked.is_empty() && matches!(self.reading, Load::Ready(_)) {
            self.marked = Some((marked, now + MARKED_FOR));
        }
        self.rows != before
    }

    fn is_marked(&self, id: R::Id) -> bool {
        self.marked.as_ref().is_some_and(|(marked, _)| marked.contains(&id))
    }

    /// A row is not there any more; the selection stays where it was.
    pub(super) fn left(&mut self, id: R::Id) {
        self.gone.insert(id);
        self.rows.retain(|row| row.id() != id);
        self.settle();
    }

    /// In order, those that the filter finds, and the selection where it belongs.
    fn settle(&mut self) {
        self.rows.sort_by_cached_key(PagedRow::order);
        let found = |(at, row): (usize, &R)| self.filter.rank(row).map(|rank| (rank, at));
        let mut found: Vec<(u32, usize)> = self.rows.iter().enumerate().filter_map(found).collect();
        found.sort_unstable();
        self.shown = found.into_iter().map(|(_, at)| at).collect();
        let place = self.chosen.and_then(|id| self.rows().position(|row| row.id() == id));
        self.window.follow(place, self.shown.len());
    }

    /// Whether a filter is typed now.
    pub(super) fn is_filtering(&self) -> bool {
        self.filter.is_typing
    }

    /// Does what a key means for the filter; answers whether the list is left.
    pub(super) fn filter_by(&mut self, key: FilterKey) -> bool {
        match key {
            FilterKey::Begin => self.filter.is_typing = true,
            FilterKey::Keep => {
                self.filter.is_typing = false;
                self.choose_selected();
            }
            FilterKey::Escape if self.filter.is_empty() => return true,
            FilterKey::Clear | FilterKey::Escape => {
                self.filter = Filtering::default();
                self.refilter();
            }
        }
        false
    }

    /// Why a key of the filter does nothing now.
    pub(super) fn filter_refusal(&self, key: FilterKey) -> Option<&'static str> {
        match key {
            FilterKey::Begin if self.rows.is_empty() => Some("the list is empty"),
            FilterKey::Keep if self.filter.error().is_some() => Some("the filter is not understood"),
            _ => None,
        }
    }

    /// Takes what is typed into the filter.
    ///
    /// # Errors
    /// The paste is refused.
    pub(super) fn on_text(&mut self, text: &Text, now: Timestamp) -> Result<(), PasteError> {
        if self.filter.is_typing && self.filter.take(text, now)? {
            self.refilter();
        }
        Ok(())
    }

    /// The best match is selected, unless what was chosen is among them.
    fn refilter(&mut self) {
        self.window.selected = 0;
        self.settle();
    }

    /// Selects this row, wherever it comes to stand.
    pub(super) fn choose(&mut self, id: R::Id) {
        self.chosen = Some(id);
        self.settle();
    }

    /// Moves the selection.
    pub(super) fn move_by(&mut self, motion: Motion) {
        self.window.move_by(motion, self.shown.len());
        self.choose_selected();
    }

    /// What is selected stays selected.
    pub(super) fn choose_selected(&mut self) -> Option<&R> {
        self.chosen = self.selected().map(PagedRow::id);
        self.selected()
    }

    pub(super) fn selected(&self) -> Option<&R> {
        self.get(self.window.selected)
    }

    /// What is shown at a place.
    pub(super) fn get(&self, place: usize) -> Option<&R> {
        self.rows.get(*self.shown.get(place)?)
    }

    /// The rows that are shown.
    fn rows(&self) -> impl Iterator<Item = &R> {
        self.shown.iter().filter_map(|at| self.rows.get(*at))
    }

    /// How many are shown.
    pub(super) fn count(&self) -> usize {
        self.shown.len()
    }

    /// Every row, whatever the filter found.
    pub(super) fn all(&self) -> &[R] {
        &self.rows
    }

    /// Which row is selected, from one, and of how many.
    pub(super) fn position(&self) -> Option<(usize, usize)> {
        (!self.shown.is_empty()).then(|| (self.window.selected + 1, self.shown.len()))
    }

    /// When something is due: it is read again after a failure, or a mark ends.
    pub(super) fn due(&self) -> Option<Timestamp> {
        let unmarked = self.marked.as_ref().map(|(_, until)| *until);
        self.freshness.next_try().into_iter().chain(unmarked).min()
    }

    /// Ends a mark; answers whether it is time to read again.
    pub(super) fn on_due(&mut self, now: Timestamp) -> bool {
        self.marked.take_if(|(_, until)| *until <= now);
        self.freshness.next_try().is_some_and(|next| next <= now)
    }

    /// What is said above the rows: from when they are, and why they are not newer.
    fn told(&self) -> Option<String> {
        match &self.reading {
            Load::Failed(message) => Some(self.freshness.told(message)),
            Load::Idle | Load::Loading(_) | Load::Ready(_) => None,
        }
    }

    /// Those read so far, with a mark until the last page came.
    fn total(&self, ellipsis: &str) -> String {
        let total = text::count(self.rows.len() as u64);
        match self.reading {
            Load::Ready(_) => total,
            Load::Idle | Load::Loading(_) | Load::Failed(_) if self.rows.is_empty() => ellipsis.to_owned(),
            Load::Idle | Load::Loading(_) | Load::Failed(_) => format!("{total}{ellipsis}"),
        }
    }
}
