//! The rows of a list that is read whole, page by page, behind the rows that are there: which are shown, which one is
//! selected, how old they are, and why they are not newer.

use crate::tui::calls::Freshness;
use crate::tui::effect::{CallError, CallId, Load};
use crate::tui::keys::Motion;
use crate::tui::text;
use crate::tui::widgets::table::Window;
use jiff::Timestamp;
use std::collections::HashSet;
use std::hash::Hash;

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
}

/// The rows, and how far they are read.
#[derive(Debug)]
pub(super) struct Paged<R: PagedRow> {
    rows: Vec<R>,
    pub(super) window: Window,
    /// What the user chose: it stays selected, whatever row it comes to stand in.
    chosen: Option<R::Id>,
    /// The reading of all pages; done when the last one came.
    pub(super) reading: Load<Timestamp>,
    /// Those that this pass has read, and those that left while it runs: no page brings them back.
    seen: HashSet<R::Id>,
    gone: HashSet<R::Id>,
    freshness: Freshness,
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
            window: Window::default(),
            chosen: None,
            reading: Load::Idle,
            seen: HashSet::new(),
            gone: HashSet::new(),
            freshness: Freshness::default(),
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

    /// A row is not there any more; the selection stays where it was.
    pub(super) fn left(&mut self, id: R::Id) {
        self.gone.insert(id);
        self.rows.retain(|row| row.id() != id);
        self.settle();
    }

    /// In order, and the selection where it belongs.
    fn settle(&mut self) {
        self.rows.sort_by_cached_key(PagedRow::order);
        let place = self.rows.iter().position(|row| Some(row.id()) == self.chosen);
        self.window.follow(place, self.rows.len());
    }

    /// Selects this row, wherever it comes to stand.
    pub(super) fn choose(&mut self, id: R::Id) {
        self.chosen = Some(id);
        self.settle();
    }

    /// Moves the selection.
    pub(super) fn move_by(&mut self, motion: Motion) {
        self.window.move_by(motion, self.rows.len());
        self.choose_selected();
    }

    /// What is selected stays selected.
    pub(super) fn choose_selected(&mut self) -> Option<&R> {
        self.chosen = self.selected().map(PagedRow::id);
        self.selected()
    }

    pub(super) fn selected(&self) -> Option<&R> {
        self.rows.get(self.window.selected)
    }

    pub(super) fn rows(&self) -> &[R] {
        &self.rows
    }

    /// Which row is selected, from one, and of how many.
    pub(super) fn position(&self) -> Option<(usize, usize)> {
        (!self.rows.is_empty()).then(|| (self.window.selected + 1, self.rows.len()))
    }

    /// When it is read again by itself, after a failure.
    pub(super) fn due(&self) -> Option<Timestamp> {
        self.freshness.next_try()
    }

    /// What is said above the rows: from when they are, and why they are not newer.
    pub(super) fn told(&self) -> Option<String> {
        match &self.reading {
            Load::Failed(message) => Some(self.freshness.told(message)),
            Load::Idle | Load::Loading(_) | Load::Ready(_) => None,
        }
    }

    /// Those read so far, with a mark until the last page came.
    pub(super) fn total(&self, ellipsis: &str) -> String {
        let total = text::count(self.rows.len() as u64);
        match self.reading {
            Load::Ready(_) => total,
            Load::Idle | Load::Loading(_) | Load::Failed(_) if self.rows.is_empty() => ellipsis.to_owned(),
            Load::Idle | Load::Loading(_) | Load::Failed(_) => format!("{total}{ellipsis}"),
        }
    }
}
