//! The rules that a check holds a store to, how bad it is when one is broken, and what can be done about it.

use std::fmt;

/// A rule that records and collections keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Invariant {
    /// Each active organization has exactly one collection; name and UUID are those of the record.
    I1,
    /// Each collection of ours belongs to one organization.
    I2,
    /// Each organization has its admin, each admin its organization, and operators are counted.
    I3,
    /// Reservations are exactly those of organizations, operators, running operations and holds.
    I4,
    /// No operation stands still for longer than its lease and a minute.
    I5,
    /// The marker in a collection names its organization.
    I6,
}

impl Invariant {
    /// Every invariant.
    pub const ALL: [Self; 6] = [Self::I1, Self::I2, Self::I3, Self::I4, Self::I5, Self::I6];

    /// Its short name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::I1 => "I1",
            Self::I2 => "I2",
            Self::I3 => "I3",
            Self::I4 => "I4",
            Self::I5 => "I5",
            Self::I6 => "I6",
        }
    }

    /// What it says, in a sentence.
    pub fn rule(self) -> &'static str {
        match self {
            Self::I1 => "Each active organization has exactly one collection, by name and by UUID.",
            Self::I2 => "Each collection named org_ or tenantry_ belongs to one organization.",
            Self::I3 => {
                "Each organization has its admin, each admin its organization; operators are counted."
            }
            Self::I4 => {
                "Names, collections and emails are reserved for exactly those organizations and operators that \
                 have them."
            }
            Self::I5 => "No operation stands still for longer than its lease and a minute.",
            Self::I6 => "The marker in a collection names the organization it belongs to.",
        }
    }
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Severity {
    /// Somebody's data or sign-in is, or may come to be, not what the records say.
    Error,
    /// Something is left over that nobody needs, or that tenantry does not know.
    Warning,
}

impl Severity {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// What can be done about a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Remedy {
    /// Nothing is lost by it, whatever was meant.
    Safe,
    /// The own collection is gone: going on with another one has to be somebody's decision.
    Choose,
    /// Nothing that tenantry could do without guessing.
    Leave,
}
