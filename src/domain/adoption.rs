//! Adoption: what an earlier service left in the database, and what becomes of it.

mod record_id;
mod resolution;
mod words;

pub use record_id::RecordId;
pub use resolution::{Resolution, ResolutionError};

/// What was found about a record or a collection of the earlier service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, strum::IntoStaticStr, strum::EnumIter)]
#[strum(serialize_all = "snake_case")]
pub enum AdoptionKind {
    /// An organization without any damage: it is adopted.
    Sound,
    /// An organization that an operator decided about: it is adopted under the given name and email.
    Resolved,
    /// The name of an adopted organization had blanks around it, or another form of the same characters.
    NameTrimmed,
    /// Times of adopted organizations were stored without a zone; they are UTC. One finding for all of them.
    DatesWithoutZone,
    /// The admin that an operator decided on said that it belongs to another organization.
    AdminOfAnother,
    /// An operator decided about a record whose collection may hold data of another tenant, without naming that
    /// collection.
    DecisionIncomplete,
    /// The adoption was stopped before it came to the organization.
    NotReached,
    /// The records of the organization came or changed after they were read, or another process was adopting it.
    ChangedMeanwhile,
    /// Several records have one name by tenantry's rules.
    SameName,
    /// The admins of several organizations have one email by tenantry's rules.
    SameEmail,
    /// Several records name one collection.
    CollectionShared,
    /// The collection has more than one initial document: it may hold data of another tenant.
    CollectionMixed,
    /// The collection does not exist, or is no plain collection.
    CollectionMissing,
    /// The record names a collection that does not begin with `org_`, or that MongoDB does not allow.
    InvalidCollection,
    /// No admin says that it belongs to the organization.
    AdminMissing,
    /// Several admins say that they belong to the organization.
    SeveralAdmins,
    /// Tenantry's rules refuse the name.
    InvalidName,
    /// Tenantry's rules refuse the email of the admin.
    InvalidEmail,
    /// A record has a missing value, a value of another type, or no bcrypt hash.
    RecordUnreadable,
    /// An organization of tenantry has the name.
    NameTaken,
    /// An account of tenantry has the email.
    EmailTaken,
    /// An organization of tenantry has the collection.
    CollectionTaken,
    /// The organization was adopted before, and its old record is back.
    AlreadyAdopted,
    /// Another process is adopting the organization, or stopped while it did.
    InProgress,
    /// The organization of an admin does not exist.
    AdminWithoutOrganization,
    /// No record names the collection.
    CollectionWithoutRecord,
}

impl AdoptionKind {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What becomes of the subject of such a finding, unless an operator decided about it.
    pub fn fate(self) -> Fate {
        match self {
            Self::Sound | Self::Resolved => Fate::Adopt,
            Self::NameTrimmed | Self::DatesWithoutZone | Self::AdminOfAnother => Fate::Note,
            Self::DecisionIncomplete
            | Self::NotReached
            | Self::ChangedMeanwhile
            | Self::SameName
            | Self::SameEmail
            | Self::CollectionShared
            | Self::CollectionMixed
            | Self::CollectionMissing
            | Self::InvalidCollection
            | Self::AdminMissing
            | Self::SeveralAdmins
            | Self::InvalidName
            | Self::InvalidEmail
            | Self::RecordUnreadable
            | Self::NameTaken
            | Self::EmailTaken
            | Self::CollectionTaken
            | Self::AlreadyAdopted
            | Self::InProgress
            | Self::AdminWithoutOrganization
            | Self::CollectionWithoutRecord => Fate::Leave,
        }
    }
}

/// What becomes of the subject of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Fate {
    /// It is adopted.
    Adopt,
    /// It stays as it is.
    Leave,
    /// It says something about what is adopted.
    Note,
}

impl Fate {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A finding. It never holds a password hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdoptionFinding {
    /// What was found.
    pub kind: AdoptionKind,
    /// The name in the record, which may be any text; of a resolved organization the name that was decided.
    pub organization_name: Option<String>,
    /// The `_id` of each record, as [`RecordId`] shows it.
    pub record_ids: Vec<String>,
    /// The collection.
    pub collection_name: Option<String>,
    /// The emails in the records, which may be any text.
    pub emails: Vec<String>,
    /// How many records it is about, where they are not listed.
    pub count: Option<u64>,
    /// The rule that refuses a name or an email, or what a record lacks, in a sentence; or the names that are one.
    pub reason: Option<String>,
    /// Whether an operator decided to adopt the organization in spite of it.
    pub is_accepted: bool,
}

impl AdoptionFinding {
    /// A finding of this kind that says nothing else.
    pub fn new(kind: AdoptionKind) -> Self {
        Self {
            kind,
            organization_name: None,
            record_ids: Vec::new(),
            collection_name: None,
            emails: Vec::new(),
            count: None,
            reason: None,
            is_accepted: false,
        }
    }

    /// What becomes of its subject.
    pub fn fate(&self) -> Fate {
        if self.is_accepted { Fate::Note } else { self.kind.fate() }
    }
}

/// What an adoption did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AdoptionReport {
    /// Organizations that were adopted; of a dry run, those that would be.
    pub adopted: u64,
    /// Records of organizations, admins without an organization and collections without a record that stay.
    pub left: u64,
    /// In the order of the records; what was adopted comes first.
    pub findings: Vec<AdoptionFinding>,
    /// Whether it was stopped before its end. Each organization that it would have adopted then has a finding
    /// [`AdoptionKind::NotReached`].
    pub is_stopped: bool,
}

/// How far an adoption is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AdoptionProgress {
    /// Records and collections read.
    pub read: u64,
    /// Organizations adopted.
    pub adopted: u64,
    /// Organizations to adopt; 0 while records are read.
    pub of: u64,
}
