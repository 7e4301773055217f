//! Findings of a check: where records and collections disagree, and how to repair it.

mod problem;
mod rule;
mod words;

pub use problem::Problem;
pub use rule::{Invariant, Remedy, Severity};

use super::OrganizationId;

/// A difference between records and collections, or between records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The organization it is about.
    pub organization_id: Option<OrganizationId>,
    /// Its name in the record, which may be any text.
    pub organization_name: Option<String>,
    /// The collection it is about.
    pub collection_name: Option<String>,
    /// What is wrong.
    pub problem: Problem,
}

/// The progress of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Organizations checked so far.
    pub organizations: u64,
    /// Collections seen.
    pub collections: u64,
    /// Findings so far.
    pub findings: u64,
}

/// A check of a whole store.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CheckReport {
    /// What is wrong, errors first.
    pub findings: Vec<Finding>,
    /// Organizations that were looked at.
    pub organizations: u64,
    /// Collections of organizations, and collections aside.
    pub collections: u64,
}

impl CheckReport {
    /// Sorts errors first, then by rule; keeps the order otherwise.
    pub fn sort(&mut self) {
        self.findings.sort_by_key(|finding| {
            (finding.problem.severity() != Severity::Error, finding.problem.invariant())
        });
    }
}

/// The outcome of a repair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RepairOutcome {
    /// It was repaired.
    Repaired,
    /// It was no longer present: something else repaired it, or the organization has an operation now.
    NoLongerPresent,
    /// It was not repaired, for this reason in words.
    Skipped(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_too_many_counted_operators_are_an_error() {
        let count = |counted, there| Problem::OperatorCount { counted, there }.severity();
        assert_eq!((count(3, 2), count(1, 2)), (Severity::Error, Severity::Warning));
    }

    #[test]
    fn errors_come_first_and_then_the_rules_in_their_order() {
        let finding = |problem| Finding {
            organization_id: None,
            organization_name: None,
            collection_name: None,
            problem,
        };
        let mut report = CheckReport {
            findings: vec![
                finding(Problem::Orphan),
                finding(Problem::AdminMissing),
                finding(Problem::CollectionMissing),
                finding(Problem::MarkerMissing),
            ],
            ..CheckReport::default()
        };
        report.sort();
        let order: Vec<_> = report.findings.into_iter().map(|finding| finding.problem).collect();
        let wanted =
            [Problem::CollectionMissing, Problem::AdminMissing, Problem::Orphan, Problem::MarkerMissing];
        assert_eq!(order, wanted);
    }
}
