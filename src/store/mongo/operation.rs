//! What an organization's record says of the operation that has it: enough for another process to finish it or to
//! take it back.

use super::audit;
use super::record::{Names, binary, get_number, get_uuid};
use crate::service::OperationId;
use crate::service::store::AuditEntry;
use mongodb::bson::{Bson, Document, doc};

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Create,
    Update,
    Delete,
}

impl Kind {
    fn from_word(word: &str) -> Option<Self> {
        [Self::Create, Self::Update, Self::Delete].into_iter().find(|kind| kind.as_str() == word)
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// How far it is; what recovery does follows from it (see the tables of the module head).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing has a new name yet: take back.
    Reserve,
    /// The new collection may be at its place.
    Place,
    /// The collection may be at its new name.
    Moving,
    /// Nothing has to be moved any more: forward.
    Apply,
    /// Being taken back.
    Undo,
    /// The collection may be under its last name.
    Trash,
    /// The collection is gone: forward.
    Release,
}

impl Phase {
    const ALL: [Self; 7] =
        [Self::Reserve, Self::Place, Self::Moving, Self::Apply, Self::Undo, Self::Trash, Self::Release];

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.as_str() == word)
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Reserve => "reserve",
            Self::Place => "place",
            Self::Moving => "moving",
            Self::Apply => "apply",
            Self::Undo => "undo",
            Self::Trash => "trash",
            Self::Release => "release",
        }
    }
}

/// The operation as the record keeps it. `epoch` is that of its first write; its reservations carry it.
#[derive(Debug)]
pub(super) struct Operation<'a> {
    pub(super) id: OperationId,
    pub(super) kind: Kind,
    pub(super) phase: Phase,
    pub(super) epoch: i64,
    pub(super) from: Option<&'a Names>,
    pub(super) to: Option<&'a Names>,
    /// What becomes of the admin's record: fields to set.
    pub(super) admin_changes: Document,
    pub(super) admin_version: Option<i64>,
    pub(super) audit: &'a AuditEntry,
}

impl Operation<'_> {
    pub(super) fn to_document(&self) -> Document {
        let names = |names: Option<&Names>| names.map_or_else(Document::new, Names::fields);
        let attempts: Vec<Bson> = match self.kind {
            Kind::Delete => vec![Bson::Int64(self.epoch)],
            Kind::Create | Kind::Update => Vec::new(),
        };
        doc! {
            "id": binary(self.id.0),
            "kind": self.kind.as_str(),
            "phase": self.phase.as_str(),
            "epoch": self.epoch,
            "from": names(self.from),
            "to": names(self.to),
            "admin_changes": self.admin_changes.clone(),
            "admin_version": self.admin_version,
            "attempts": attempts,
            "unclean": false,
            "actor": &self.audit.actor,
            "audit": audit::to_document(self.audit),
        }
    }

    /// The same as changes of fields, for an organization that waits damaged in an earlier operation: where that
    /// one came from and went to stays, and so do its reservations.
    pub(super) fn over_another(&self) -> Document {
        let kept = ["from", "to", "epoch", "unclean"];
        let changed = self.to_document().into_iter().filter(|(field, _)| !kept.contains(&field.as_str()));
        changed.map(|(field, value)| (format!("op.{field}"), value)).collect()
    }
}

/// An operation as another process finds it in a record.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) id: OperationId,
    pub(super) kind: Kind,
    pub(super) phase: Phase,
    /// That of its first write.
    pub(super) epoch: i64,
    /// The names before and after; none where they lead to nothing that tenantry could have made.
    pub(super) from: Option<Names>,
    pub(super) to: Option<Names>,
    /// Where the collection was found when it was at neither.
    pub(super) elsewhere: Option<String>,
    pub(super) admin_changes: Document,
    pub(super) admin_version: i64,
    /// The epochs whose last names a collection may lie under.
    pub(super) attempts: Vec<i64>,
    /// The entry of the audit, as it is to be written.
    pub(super) audit: Document,
}

impl Found {
    /// Reads it; `None` when there is none, or one that this program did not write.
    pub(super) fn read(record: &Document, database: &str) -> Option<Self> {
        let op = record.get_document("op").ok()?;
        let names = |field: &str| Names::read(op.get_document(field).ok()?, database);
        let attempts = op.get_array("attempts").map(Vec::as_slice).unwrap_or_default();
        Some(Self {
            id: OperationId(get_uuid(op, "id")?),
            kind: Kind::from_word(op.get_str("kind").ok()?)?,
            phase: Phase::from_word(op.get_str("phase").ok()?)?,
            epoch: get_number(op, "epoch"),
            from: names("from"),
            to: names("to"),
            elsewhere: op.get_str("elsewhere").ok().map(str::to_owned),
            admin_changes: op.get_document("admin_changes").cloned().unwrap_or_default(),
            admin_version: get_number(op, "admin_version"),
            attempts: attempts.iter().filter_map(Bson::as_i64).collect(),
            audit: op.get_document("audit").ok()?.clone(),
        })
    }
}
