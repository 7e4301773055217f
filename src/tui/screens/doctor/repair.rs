//! All that is safe, repaired page by page: between two pages it can be stopped, and what was done before stays.

use crate::domain::{Finding, Remedy, RepairOutcome};
use crate::tui::text;
use crate::tui::theme::Tone;
use std::sync::Arc;

/// Findings that are asked for in one call.
pub(super) const PAGE: usize = 50;

/// A repair that runs.
#[derive(Debug)]
pub(super) struct Repair {
    /// Whether it ends with the page that runs.
    pub(super) is_stopping: bool,
    /// What is to be repaired, by its place among the findings.
    queue: Vec<usize>,
    /// The first one of the page that runs.
    next: usize,
    /// How many of that page are done.
    within: usize,
    tally: Tally,
    /// What is no finding any more, by its place.
    settled: Vec<usize>,
}

impl Repair {
    /// Of everything that loses nothing.
    pub(super) fn of_all_safe(findings: &[Finding]) -> Self {
        let safe = findings.iter().enumerate().filter(|(_, finding)| is_safe(finding));
        Self {
            is_stopping: false,
            queue: safe.map(|(at, _)| at).collect(),
            next: 0,
            within: 0,
            tally: Tally::default(),
            settled: Vec::new(),
        }
    }

    /// The findings that are to be repaired next; nothing when that was all, or it is to stop.
    pub(super) fn page(&self, findings: &[Finding]) -> Option<Arc<[Finding]>> {
        let page = self.places();
        (!page.is_empty() && !self.is_stopping)
            .then(|| page.iter().filter_map(|at| findings.get(*at)).cloned().collect())
    }

    fn places(&self) -> &[usize] {
        let rest = self.queue.get(self.next..).unwrap_or_default();
        rest.get(..PAGE.min(rest.len())).unwrap_or_default()
    }

    /// How far the page is.
    pub(super) fn reached(&mut self, done: usize) {
        self.within = done;
    }

    /// Takes what became of the page.
    pub(super) fn took(&mut self, outcomes: &[RepairOutcome]) {
        let places = self.places().to_vec();
        for (at, outcome) in places.iter().zip(outcomes) {
            match outcome {
                RepairOutcome::Repaired => self.tally.repaired += 1,
                RepairOutcome::NoLongerPresent => self.tally.gone += 1,
                RepairOutcome::Skipped(_) => {
                    self.tally.left += 1;
                    continue;
                }
            }
            self.settled.push(*at);
        }
        self.next += places.len();
        self.within = 0;
    }

    /// `120 of 300`.
    pub(super) fn how_far(&self) -> String {
        let (done, of) = (self.next + self.within, self.queue.len());
        format!("{} of {}", text::count(done as u64), text::count(of as u64))
    }

    /// Ends it: takes what is no finding any more away, and answers how it came out.
    pub(super) fn end(self, findings: &mut Vec<Finding>, failure: Option<String>) -> Tally {
        let mut settled = self.settled.into_iter().peekable();
        let mut at = 0;
        findings.retain(|_| {
            let goes = settled.next_if_eq(&at).is_some();
            at += 1;
            !goes
        });
        let is_stopped = self.is_stopping && self.next < self.queue.len();
        Tally { is_stopped, failure, ..self.tally }
    }
}

/// Whether repairing it loses nothing.
pub(super) fn is_safe(finding: &Finding) -> bool {
    finding.problem.remedy() == Remedy::Safe
}

/// How a repair came out.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Tally {
    repaired: usize,
    gone: usize,
    left: usize,
    is_stopped: bool,
    /// Why it ended early.
    failure: Option<String>,
}

impl Tally {
    /// Whether it came out well.
    pub(super) fn tone(&self) -> Tone {
        match (&self.failure, self.left > 0 || self.is_stopped) {
            (Some(_), _) => Tone::Danger,
            (None, true) => Tone::Warning,
            (None, false) => Tone::Good,
        }
    }

    /// In words, without what is left: that is known after the next check.
    pub(super) fn words(&self) -> String {
        let count = |number: usize| text::count(number as u64);
        let mut words = format!("{} repaired", count(self.repaired));
        if self.gone > 0 {
            words = format!("{words}, {} not so any more", count(self.gone));
        }
        if self.left > 0 {
            words = format!("{words}, {} could not be", count(self.left));
        }
        if self.is_stopped {
            words.push_str(", then stopped");
        }
        if let Some(failure) = &self.failure {
            words = format!("{words}, then: {}", failure.trim_end_matches('.'));
        }
        words
    }
}
