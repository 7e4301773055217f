//! Reads the sizes of the rows and the last sign-ins of their admins behind the list: first of the rows in view, then,
//! unless there are very many, of all. Each look opens the files of a collection on the server.

use super::Organizations;
use super::calls::{ReadSizes, RowRead};
use super::columns::WITH_SIZES;
use super::rows::Column;
use crate::domain::{Facts, Organization, OrganizationId, SignIn, SizeFact};
use crate::service::Error;
use crate::tui::cards::read_sizes::ReadSizesCard;
use crate::tui::effect::{CallError, CallId, Load};
use crate::tui::layer::Cx;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// Organizations whose sizes are read without a question.
const UNASKED: usize = 5_000;
/// Rows in view that one call reads: few, so that the first sizes appear soon.
const ROWS_IN_VIEW: usize = 16;
/// Other rows that one call reads: many, since the list is summed up after each call.
const OTHER_ROWS: usize = 256;
/// How long nothing is read after a refusal.
const PAUSE: SignedDuration = SignedDuration::from_secs(5);

/// A call that runs, and the rows that it reads.
#[derive(Debug)]
struct Asked {
    call: CallId,
    rows: Vec<OrganizationId>,
}

/// For the rows in view, and for all others: a slow row of one does not hold up the other.
const IN_VIEW: usize = 0;
const OTHERS: usize = 1;

/// The reading of sizes.
#[derive(Debug, Default)]
pub(super) struct Sizes {
    asked: [Option<Asked>; 2],
    /// Whether all are read, however many there are.
    is_wanted: bool,
    /// After a refusal: when it may be tried again.
    next_try: Timestamp,
    /// When the last one was read.
    pub(super) read_at: Option<Timestamp>,
}

impl Organizations {
    /// Reads what is missing of the rows in view, then of others.
    pub(super) fn read_sizes(&mut self, cx: &mut Cx<'_, Self>) {
        let (column, _) = self.rows.sorting();
        let is_needed = column.is_read_by_row() || self.rows.filters_by_what_is_read();
        let is_shown = cx.shared().size.0 >= WITH_SIZES;
        if !is_shown && !is_needed || self.sizes.next_try > cx.shared().now {
            return;
        }
        let in_view = self.window.in_view(self.rows.shown(), usize::from(cx.shared().size.1));
        self.stop_what_was_passed(in_view.clone(), cx);
        if self.sizes.asked[IN_VIEW].is_none() {
            let rows = self.rows.ask_in(in_view, ROWS_IN_VIEW);
            self.ask::<IN_VIEW>(rows, cx);
        }
        if self.sizes.asked[OTHERS].is_none() && self.reads_all() {
            let rows = self.rows.ask_any(OTHER_ROWS);
            self.ask::<OTHERS>(rows, cx);
        }
    }

    /// Whether the sizes of all rows are read, and not only of those in view.
    fn reads_all(&self) -> bool {
        self.sizes.is_wanted || matches!(self.reading, Load::Ready(_)) && self.rows.len() <= UNASKED
    }

    /// A call whose rows were all scrolled past.
    fn stop_what_was_passed(&mut self, in_view: std::ops::Range<usize>, cx: &mut Cx<'_, Self>) {
        let is_in_view = |id: &OrganizationId| {
            in_view.clone().any(|place| self.rows.get(place).is_some_and(|row| row.id == *id))
        };
        let passed = self.sizes.asked[IN_VIEW].take_if(|asked| !asked.rows.iter().any(is_in_view));
        if let Some(passed) = passed {
            cx.cancel(passed.call);
            self.rows.unask(&passed.rows);
        }
    }

    fn ask<const SLOT: usize>(&mut self, rows: Vec<Arc<Organization>>, cx: &mut Cx<'_, Self>) {
        if rows.is_empty() {
            return;
        }
        let ids = rows.iter().map(|row| row.id).collect();
        let call = cx.call(ReadSizes(rows), Self::sizes_came::<SLOT>);
        self.sizes.asked[SLOT] = Some(Asked { call, rows: ids });
    }

    fn sizes_came<const SLOT: usize>(
        &mut self,
        answer: Result<Vec<RowRead>, CallError>,
        cx: &mut Cx<'_, Self>,
    ) {
        let asked = self.sizes.asked[SLOT].take();
        let now = cx.shared().now;
        match answer {
            Ok(read) => {
                for RowRead { id, size, signed_in } in read {
                    let size = match size {
                        Ok(size) => SizeFact::Is(size),
                        Err(Error::CollectionMissing(_)) => SizeFact::Missing,
                        Err(_) => SizeFact::Unknown,
                    };
                    self.rows
                        .learn(id, Facts { size, signed_in: signed_in.map_or(SignIn::Never, SignIn::At) });
                }
                self.sizes.read_at = Some(now);
                if self.rows.filters_by_what_is_read() {
                    self.rows.filter_again();
                    self.follow_chosen();
                }
                self.read_sizes(cx);
                self.sort_what_was_read();
            }
            Err(error) => {
                self.rows.unask(&asked.map(|asked| asked.rows).unwrap_or_default());
                self.sizes.next_try = now + PAUSE;
                // A user who stops the reading no longer wants all sizes.
                self.sizes.is_wanted &= error != CallError::Stopped;
            }
        }
    }

    /// Sorts by sizes only after the last one has arrived, so that rows do not jump during the reading.
    fn sort_what_was_read(&mut self) {
        let (column, is_reverse) = self.rows.sorting();
        if column.is_read_by_row() && self.sizes.asked.iter().all(Option::is_none) {
            self.rows.sort_by(column, is_reverse);
            self.follow_chosen();
        }
    }

    /// Everything is read anew, behind what is known.
    pub(super) fn forget_sizes(&mut self) {
        self.sizes =
            Sizes { is_wanted: self.sizes.is_wanted, read_at: self.sizes.read_at, ..Sizes::default() };
        self.rows.forget_known();
    }

    /// Whether the filter compares what was not read of all rows, and nobody agreed to read it of so many.
    pub(super) fn must_ask_for_filter(&self) -> bool {
        self.rows.filters_by_what_is_read()
            && self.rows.len() > UNASKED
            && !self.sizes.is_wanted
            && self.rows.has_unread()
    }

    /// Asks before the sizes are read that the filter compares.
    pub(super) fn ask_for_filter(&mut self, cx: &mut Cx<'_, Self>) {
        let reply = cx.reply_to(|screen: &mut Self, (), cx| {
            screen.sizes.is_wanted = true;
            screen.read_sizes(cx);
        });
        let count = self.rows.len();
        cx.open(|_| ReadSizesCard::new(count, (), reply));
    }

    /// Sorts by what has to be read of every row; asks first where that is much work for the server.
    pub(super) fn sort_by_what_is_read(&mut self, column: Column, cx: &mut Cx<'_, Self>) {
        if !self.rows.has_unread() || self.rows.len() <= UNASKED || self.sizes.is_wanted {
            self.sort_by(column, true, cx);
            return self.read_sizes(cx);
        }
        let reply = cx.reply_to(|screen: &mut Self, column, cx| {
            screen.sizes.is_wanted = true;
            screen.sort_by(column, true, cx);
            screen.read_sizes(cx);
        });
        let count = self.rows.len();
        cx.open(|_| ReadSizesCard::new(count, column, reply));
    }
}
