//! The rules that a check holds a store to, how bad it is when one is broken, and what can be done about it.

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
    /// Each active organization has exactly one collection, a deleted one its own in the trash or none; name and UUID
    /// are those of the record.
    I1,
    /// Each collection with a name of ours belongs to one organization.
    I2,
    /// Each organization has its admin, each admin its organization, and operators are counted.
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

    /// What it says, in a sentence.
    pub fn rule(self) -> &'static str {
        match self {
            Self::I1 => {
                "Each active organization has exactly one collection, by name and by UUID; a deleted one has its own in \
                 the trash, or none."
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
    /// The data or the sign-in of somebody is not what the records say, or may become so.
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
    /// The repair loses nothing.
    Safe,
    /// The organization's own collection is gone: an operator decides whether it continues with another one.
    Choose,
    /// An operator gives an email and a password for the account.
    Account,
    /// A repair would have to guess.
    Leave,
}
