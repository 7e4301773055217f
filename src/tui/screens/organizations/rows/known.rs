//! What is known of the rows beside their records: it is read behind the list, and stays while it is read anew.

use super::{Column, Rows};
use crate::domain::{Facts, Organization, OrganizationId, SignIn, SizeFact};
use std::ops::Range;
use std::sync::Arc;

/// How far a row is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Progress {
    #[default]
    Due,
    Asked,
    Read,
}

/// What is known of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::tui::screens::organizations) struct Known {
    /// The size of its collection, and the last sign-in of its admin.
    pub(in crate::tui::screens::organizations) facts: Facts,
    progress: Progress,
}

impl Known {
    /// What was known, to be read anew.
    pub(super) fn stale(self) -> Self {
        Self { progress: Progress::Due, ..self }
    }

    /// The sort key of a column. Unknown values sort before known ones.
    pub(super) fn key(&self, column: Column) -> Option<i128> {
        match (column, self.facts.size, self.facts.signed_in) {
            (Column::Documents, SizeFact::Is(size), _) => Some(size.documents.into()),
            (Column::Size, SizeFact::Is(size), _) => Some(size.data_bytes.into()),
            (Column::SignedIn, _, SignIn::At(at)) => Some(at.as_millisecond().into()),
            _ => None,
        }
    }
}

/// How many of the rows that are shown are not as usual, and what they hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::tui::screens::organizations) struct Tally {
    /// With an operation that has begun and is not complete.
    pub(in crate::tui::screens::organizations) in_work: u64,
    /// Suspended, whatever else they are.
    pub(in crate::tui::screens::organizations) suspended: u64,
    /// Without their collection.
    pub(in crate::tui::screens::organizations) missing: u64,
    /// Whose size nobody knows yet.
    pub(in crate::tui::screens::organizations) unread: u64,
    /// The bytes of all that are known.
    pub(in crate::tui::screens::organizations) data_bytes: u64,
    /// The bytes of the biggest one.
    pub(in crate::tui::screens::organizations) biggest: u64,
}

impl Tally {
    fn and(self, organization: &Organization, known: &Known) -> Self {
        let bytes = if let SizeFact::Is(size) = known.facts.size { size.data_bytes } else { 0 };
        Self {
            in_work: self.in_work + u64::from(organization.state.has_operation()),
            suspended: self.suspended + u64::from(organization.suspension.is_some()),
            missing: self.missing + u64::from(known.facts.is_missing(organization)),
            unread: self.unread + u64::from(known.facts.size == SizeFact::Unread),
            data_bytes: self.data_bytes.saturating_add(bytes),
            biggest: self.biggest.max(bytes),
        }
    }
}

impl Rows {
    /// What is known of the row at a place.
    pub(in crate::tui::screens::organizations) fn known(&self, place: usize) -> Known {
        let row = self.shown.get(place).and_then(|row| self.list.get(*row as usize));
        row.map(|row| row.known).unwrap_or_default()
    }

    /// Whether something is left to be read of a row.
    pub(in crate::tui::screens::organizations) fn has_unread(&self) -> bool {
        self.list.iter().any(|row| row.known.facts.size == SizeFact::Unread)
    }

    /// What is known of an organization.
    pub(in crate::tui::screens::organizations) fn known_of(&self, id: OrganizationId) -> Known {
        let row = self.places.get(&id).and_then(|place| self.list.get(*place as usize));
        row.map(|row| row.known).unwrap_or_default()
    }

    /// What is not usual among those that are shown. Counted when they changed, not each time they are drawn.
    pub(in crate::tui::screens::organizations) fn tally(&self) -> Tally {
        let counted = self.tally.get().unwrap_or_else(|| {
            let shown = self.shown.iter().filter_map(|row| self.list.get(*row as usize));
            shown.fold(Tally::default(), |tally, row| tally.and(&row.organization, &row.known))
        });
        self.tally.set(Some(counted));
        counted
    }

    /// Some of the rows at these places whose size is to be read; from now on they count as asked for.
    pub(in crate::tui::screens::organizations) fn ask_in(
        &mut self,
        places: Range<usize>,
        most: usize,
    ) -> Vec<Arc<Organization>> {
        let shown = self.shown.get(places.start.min(self.shown.len())..places.end.min(self.shown.len()));
        let rows: Vec<u32> = shown.unwrap_or_default().to_vec();
        self.ask(rows, most)
    }

    /// The same of all rows.
    pub(in crate::tui::screens::organizations) fn ask_any(&mut self, most: usize) -> Vec<Arc<Organization>> {
        let due = |row: &super::Row| row.known.progress == Progress::Due;
        let list = self.list.get(self.read_up_to..).unwrap_or_default();
        let Some(next) = list.iter().position(due) else {
            self.read_up_to = self.list.len();
            return Vec::new();
        };
        self.read_up_to += next;
        let rows = (self.read_up_to..self.list.len()).filter_map(|row| u32::try_from(row).ok());
        let due: Vec<u32> =
            rows.filter(|row| self.list.get(*row as usize).is_some_and(due)).take(most).collect();
        self.ask(due, most)
    }

    fn ask(&mut self, rows: Vec<u32>, most: usize) -> Vec<Arc<Organization>> {
        let mut asked = Vec::new();
        for row in rows {
            let Some(row) = self.list.get_mut(row as usize) else { continue };
            if row.known.progress == Progress::Due && asked.len() < most {
                row.known.progress = Progress::Asked;
                asked.push(Arc::clone(&row.organization));
            }
        }
        asked
    }

    /// What was read of an organization.
    pub(in crate::tui::screens::organizations) fn learn(&mut self, id: OrganizationId, facts: Facts) {
        let row = self.places.get(&id).and_then(|place| self.list.get_mut(*place as usize));
        if let Some(row) = row {
            row.known = Known { facts, progress: Progress::Read };
            self.tally.set(None);
        }
    }

    /// What was read of its collection by the way.
    pub(in crate::tui::screens::organizations) fn learn_size(&mut self, id: OrganizationId, size: SizeFact) {
        let row = self.places.get(&id).and_then(|place| self.list.get_mut(*place as usize));
        if let Some(row) = row {
            row.known.facts.size = size;
            self.tally.set(None);
        }
    }

    /// Nobody answers for these any more: they are due again.
    pub(in crate::tui::screens::organizations) fn unask(&mut self, ids: &[OrganizationId]) {
        for id in ids {
            let row = self.places.get(id).and_then(|place| self.list.get_mut(*place as usize));
            if let Some(row) = row.filter(|row| row.known.progress == Progress::Asked) {
                row.known = row.known.stale();
            }
        }
        self.read_up_to = 0;
    }

    /// Everything is read anew, behind what is known.
    pub(in crate::tui::screens::organizations) fn forget_known(&mut self) {
        self.list.iter_mut().for_each(|row| row.known = row.known.stale());
        self.read_up_to = 0;
    }
}
