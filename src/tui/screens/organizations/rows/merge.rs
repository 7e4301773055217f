//! Rows come by pages, by what changed, and by what was written here, in any order: what is newer stays.

use super::{Row, Rows};
use crate::domain::{Filter, Organization, OrganizationId, State};
use crate::tui::layer::LiveChanges;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::Arc;

/// How long it is remembered what is gone.
const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_mins(10);

impl Rows {
    /// A new reading begins: what it does not see is dropped at its end.
    pub(in crate::tui::screens::organizations) fn begin_pass(&mut self, now: Timestamp) {
        self.pass += 1;
        self.asked = now;
        // Whatever was asked for so long ago was answered since.
        self.gone.retain(|_, gone| now.duration_since(*gone) < FORGOTTEN_AFTER);
    }

    /// The reading saw every row that there is.
    pub(in crate::tui::screens::organizations) fn end_pass(&mut self) {
        let pass = self.pass;
        if self.list.iter().any(|row| row.pass != pass) {
            self.list.retain(|row| row.pass == pass);
            self.index();
            self.sort();
        }
    }

    /// Takes a page of the present pass.
    pub(in crate::tui::screens::organizations) fn merge(
        &mut self,
        page: impl IntoIterator<Item = Arc<Organization>>,
    ) {
        let asked = self.asked;
        self.merge_asked(page, asked);
    }

    /// Takes what was asked for at this time; what is gone since stays so. Answers which rows are new or other ones now.
    pub(in crate::tui::screens::organizations) fn merge_asked(
        &mut self,
        read: impl IntoIterator<Item = Arc<Organization>>,
        asked: Timestamp,
    ) -> Vec<OrganizationId> {
        let gone = std::mem::take(&mut self.gone);
        let is_there = |read: &Arc<Organization>| gone.get(&read.id).is_none_or(|gone| *gone < asked);
        let changed = self.take(read.into_iter().filter(is_there));
        self.gone = gone;
        changed
    }

    /// Takes a row that was just written or read by itself.
    pub(in crate::tui::screens::organizations) fn put(&mut self, organization: Arc<Organization>) {
        self.gone.remove(&organization.id);
        self.take([organization]);
    }

    /// Rows that are known are replaced, unless they are newer.
    fn take(&mut self, read: impl IntoIterator<Item = Arc<Organization>>) -> Vec<OrganizationId> {
        self.tally.set(None);
        let before = self.list.len();
        let (mut is_replaced, mut changed) = (false, Vec::new());
        for organization in read {
            let row = Row::new(organization, self.pass);
            let next = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
            if let Some(place) = self.places.get(&row.organization.id) {
                let Some(known) = self.list.get_mut(*place as usize) else { continue };
                if row.organization.is_older_than(&known.organization) {
                    known.pass = row.pass;
                    continue;
                }
                if *known.organization == *row.organization {
                    known.pass = row.pass;
                    continue;
                }
                is_replaced = true;
                changed.push(row.organization.id);
                *known = Row { known: known.known.stale(), ..row };
                self.read_up_to = 0;
            } else {
                changed.push(row.organization.id);
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
            if self.filter.as_ref().is_some_and(Filter::is_empty) {
                self.shown.extend(self.order.iter().skip(first));
            } else {
                self.refilter(false);
            }
        }
        changed
    }

    /// Drops rows that are gone by now.
    pub(in crate::tui::screens::organizations) fn remove(
        &mut self,
        ids: impl IntoIterator<Item = OrganizationId>,
        now: Timestamp,
    ) {
        let gone: HashMap<OrganizationId, Timestamp> = ids.into_iter().map(|id| (id, now)).collect();
        let is_shown = gone.keys().any(|id| self.places.contains_key(id));
        if is_shown {
            self.list.retain(|row| !gone.contains_key(&row.organization.id));
            self.index();
            self.sort();
        }
        self.gone.extend(gone);
    }

    /// Those with an operation.
    pub(in crate::tui::screens::organizations) fn at_work(&self) -> Vec<OrganizationId> {
        let at_work = self.list.iter().filter(|row| row.organization.state.has_operation());
        at_work.map(|row| row.organization.id).collect()
    }

    /// Those of what changed that no list shows any more. One that is not known yet may be on a page in flight.
    pub(in crate::tui::screens::organizations) fn gone_by(&self, live: &LiveChanges) -> Vec<OrganizationId> {
        let deleted = live.changes.organizations.iter().filter(|now| now.state == State::Deleted);
        let all = deleted.map(|now| now.id).chain(live.changes.gone.iter().copied());
        all.filter(|id| {
            let known = self.places.get(id).and_then(|place| self.list.get(*place as usize));
            known.is_none_or(|known| live.is_gone(&known.organization))
        })
        .collect()
    }
}
