//! The rules of a check, the severity of breaking one, and the remedies.

/// A rule that records and collections keep.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    strum::Display,
    strum::IntoStaticStr,
    strum::EnumIter,
)]
pub enum Invariant {
    /// Each active organization has exactly one collection; a deleted one has its own in the trash, or none. Name and
    /// UUID match the record.
    I1,
    /// Each collection with a name of tenantry's belongs to one organization.
    I2,
    /// Each organization has its admin, each admin its organization, and the number of operators is stored.
    I3,
    /// Reservations are exactly those of active organizations, operators and running operations.
    I4,
    /// Each operation ends within its lease and a minute.
    I5,
    /// The marker in a collection names its organization.
    I6,
}

impl Invariant {
    /// Its short name.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The rule as a sentence.
    pub fn rule(self) -> &'static str {
        match self {
            Self::I1 => {
                "Each active organization has exactly one collection, by name and by UUID; a deleted one has its own \
                 in the trash, or none."
            }
            Self::I2 => "Each collection named org_ or tenantry_ belongs to one organization.",
            Self::I3 => {
                "Each organization has its admin with the same email, each admin its organization; operators are \
                 counted."
            }
            Self::I4 => {
                "Names, collections and emails are reserved for exactly those organizations and operators that \
                 have them."
            }
            Self::I5 => "Each operation ends within its lease and a minute.",
            Self::I6 => "The marker in a collection names the organization it belongs to.",
        }
    }
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Severity {
    /// Data or a sign-in differs from the records, or may soon.
    Error,
    /// A leftover, or something unknown to tenantry.
    Warning,
}

impl Severity {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What can be done about a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Remedy {
    /// A repair without data loss.
    Safe,
    /// The organization's own collection is gone: an operator chooses whether it continues with another one.
    Choose,
    /// An operator provides an email and a password for a new account.
    Account,
    /// A repair would have to guess.
    Leave,
}
