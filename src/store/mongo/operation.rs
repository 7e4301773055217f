//! The operation in an organization's record: everything that another process needs to finish it or to roll it back.

use super::audit;
use super::names::Names;
use super::record::{binary, get_number, get_uuid};
use crate::domain::{AuditEntry, OperationId, OrganizationId};
use mongodb::bson::{Bson, Document, doc};
use std::time::Duration;

/// The kind of operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Kind {
    Create,
    Adopt,
    Update,
    Delete,
    Restore,
    Purge,
}

impl Kind {
    pub(super) fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Its progress, which decides what recovery does (the tables of `protocol`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Phase {
    /// Nothing has a new name yet: roll back.
    Reserve,
    /// The collection may be moving: find it.
    Moving,
    /// The record has the new names: go forward.
    Apply,
    /// Being rolled back.
    Undo,
    /// Being purged: go forward.
    Purge,
}

impl Phase {
    pub(super) fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A change of the admin's account.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct AdminChange {
    /// The account's version when the operation began: a late repeat changes nothing.
    pub(super) version: Option<i64>,
    pub(super) set: Document,
    /// Whether it loses its email key: in the trash it cannot sign in.
    pub(super) unset_email: bool,
    /// Whether its sessions end although nothing else changes.
    pub(super) ends_sessions: bool,
    /// The new account, if the old one was gone: inserted, and named by the record.
    pub(super) insert: Option<Document>,
}

impl AdminChange {
    /// Whether the account stays unchanged.
    pub(super) fn is_none(&self) -> bool {
        self.set.is_empty() && !self.unset_email && !self.ends_sessions && self.insert.is_none()
    }

    fn to_document(&self) -> Document {
        doc! {
            "set": self.set.clone(),
            "unset_email": self.unset_email,
            "ends_sessions": self.ends_sessions,
            "insert": self.insert.clone(),
        }
    }

    fn read(changes: &Document, version: Option<i64>) -> Self {
        let flag = |field: &str| changes.get_bool(field).unwrap_or(false);
        Self {
            version,
            set: changes.get_document("set").cloned().unwrap_or_default(),
            unset_email: flag("unset_email"),
            ends_sessions: flag("ends_sessions"),
            insert: changes.get_document("insert").ok().cloned(),
        }
    }
}

/// An operation, new or read from a record.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub(super) id: OperationId,
    pub(super) kind: Kind,
    pub(super) phase: Phase,
    /// The epoch of its first write; its reservations have it.
    pub(super) epoch: i64,
    pub(super) from: Names,
    pub(super) to: Names,
    pub(super) admin: AdminChange,
    /// The `deleted` field that a delete writes at the end.
    pub(super) to_deleted: Option<Document>,
    pub(super) lease: Duration,
    /// The audit entry to write.
    pub(super) audit: Document,
}

impl Operation {
    pub(super) fn new(kind: Kind, phase: Phase, entry: &AuditEntry, lease: Duration) -> Self {
        Self {
            id: OperationId(entry.id),
            kind,
            phase,
            epoch: 0,
            from: Names::default(),
            to: Names::default(),
            admin: AdminChange::default(),
            to_deleted: None,
            lease,
            audit: audit::to_document(entry),
        }
    }

    /// The fields to set, by path; the server adds its own time of the beginning.
    pub(super) fn fields(&self) -> Document {
        let mut fields = doc! {
            "op.id": binary(self.id.0),
            "op.kind": self.kind.as_str(),
            "op.phase": self.phase.as_str(),
            "op.epoch": self.epoch,
            "op.from": self.from.fields(),
            "op.to": self.to.fields(),
            "op.admin_changes": self.admin.to_document(),
            "op.admin_version": self.admin.version,
            "op.lease_seconds": i64::try_from(self.lease.as_secs()).unwrap_or(i64::MAX),
            "op.request_hash": self.audit.get("request_hash").cloned().unwrap_or(Bson::Null),
            "op.actor_id": self.audit.get("actor_id").cloned().unwrap_or(Bson::Null),
            "op.audit": self.audit.clone(),
        };
        if let Some(deleted) = &self.to_deleted {
            fields.insert("op.to_deleted", deleted.clone());
        }
        fields
    }

    /// Reads it from a record; `None` if there is none, or if this program did not write it.
    pub(super) fn read(record: &Document, database: &str) -> Option<Self> {
        let id = OrganizationId(get_uuid(record, "_id")?);
        let op = record.get_document("op").ok()?;
        let names = |field: &str| Some(Names::read(op.get_document(field).ok()?, id, database));
        let version =
            op.get("admin_version").and_then(|_| Some(get_number(op, "admin_version")).filter(|v| *v > 0));
        Some(Self {
            id: OperationId(get_uuid(op, "id")?),
            kind: op.get_str("kind").ok()?.parse::<Kind>().ok()?,
            phase: op.get_str("phase").ok()?.parse::<Phase>().ok()?,
            epoch: get_number(op, "epoch"),
            from: names("from")?,
            to: names("to")?,
            admin: op
                .get_document("admin_changes")
                .map(|it| AdminChange::read(it, version))
                .unwrap_or_default(),
            to_deleted: op.get_document("to_deleted").ok().cloned(),
            lease: lease_of(op)?,
            audit: op.get_document("audit").ok()?.clone(),
        })
    }
}

/// How long the operation belongs to the process that began it.
fn lease_of(op: &Document) -> Option<Duration> {
    u64::try_from(get_number(op, "lease_seconds"))
        .ok()
        .filter(|seconds| *seconds > 0)
        .map(Duration::from_secs)
}

/// The lease of a record's operation, if it has one.
pub(super) fn lease_in(record: &Document) -> Option<Duration> {
    record.get_document("op").ok().and_then(lease_of)
}
