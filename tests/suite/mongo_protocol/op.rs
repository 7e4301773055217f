//! One operation of each kind, ready to be sent: whatever it needs was read before.

use super::Wire;
use super::calls::{CREATE, DELETE, PURGE, RENAME, RESTORE, Steps};
use crate::common::suite::*;
use tenantry::domain::{Account, AuditAction, AuditEntry, Organization, OrganizationId};
use tenantry::port::{
    DeleteRequest, NewOrganization, PurgeRequest, RestoreRequest, Result, Store, UpdateRequest,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Create,
    Rename,
    Delete,
    Restore,
    Purge,
}

impl Op {
    pub(super) const ALL: [Self; 5] = [Self::Create, Self::Rename, Self::Delete, Self::Restore, Self::Purge];

    /// What it sends.
    pub(super) fn steps(self) -> Steps {
        match self {
            Self::Create => CREATE,
            Self::Rename => RENAME,
            Self::Delete => DELETE,
            Self::Restore => RESTORE,
            Self::Purge => PURGE,
        }
    }

    /// The commands whose refusal takes it back at once, in its answer.
    pub(super) fn taken_back_at(self) -> &'static [usize] {
        match self {
            Self::Create => &[1, 2, 3, 4, 5, 7],
            Self::Rename | Self::Restore => &[1, 2, 4],
            Self::Delete => &[1, 2],
            Self::Purge => &[1],
        }
    }

    /// The command that moves or drops the collection.
    pub(super) fn moves_at(self) -> usize {
        let labels = self.steps().concat();
        labels.iter().position(|label| label.starts_with("rename") || label.starts_with("drop")).unwrap() + 1
    }
}

/// An operation with the store that it is sent to.
pub(super) struct Prepared {
    pub(super) op: Op,
    pub(super) wire: Wire,
    new: NewOrganization,
    current: Option<(Organization, Account)>,
    pub(super) audit: AuditEntry,
}

/// A store in which this is about to be done to Acme.
pub(super) async fn prepare(op: Op) -> Prepared {
    let wire = Wire::new().await;
    let new = new_organization("Acme", "ann@x");
    let plain = &*wire.plain;
    let current = match op {
        Op::Create => None,
        Op::Rename | Op::Delete => Some(create(plain, "Acme", "ann@x").await.unwrap()),
        Op::Restore | Op::Purge => Some(in_trash(plain, "Acme", "ann@x").await),
    };
    let current = match current {
        Some(found) => {
            let admin = admin_of(plain, &found).await.account;
            Some((found, admin))
        }
        None => None,
    };
    let action = match op {
        Op::Create => AuditAction::OrganizationCreate,
        Op::Rename => AuditAction::OrganizationRename,
        Op::Delete => AuditAction::OrganizationDelete,
        Op::Restore => AuditAction::OrganizationRestore,
        Op::Purge => AuditAction::OrganizationPurge,
    };
    let id = current.as_ref().map_or(new.id, |(found, _)| found.id);
    Prepared { op, wire, new, current, audit: entry_of(action, at(300), id, "Acme") }
}

impl Prepared {
    pub(super) fn id(&self) -> OrganizationId {
        self.current.as_ref().map_or(self.new.id, |(found, _)| found.id)
    }

    pub(super) async fn send(&self) -> Result<()> {
        self.send_to(&*self.wire.store).await
    }

    pub(super) async fn send_to(&self, store: &dyn Store) -> Result<()> {
        let audit = self.audit.clone();
        let Some((current, admin)) = self.current.clone() else {
            return store.create(&self.new, audit).await.map(drop);
        };
        match self.op {
            Op::Create | Op::Rename => {
                let change = to_name("Zephyr");
                let request = UpdateRequest { current, admin: Some(admin), change };
                store.update(&request, audit).await.map(drop)
            }
            Op::Delete => {
                let request = DeleteRequest { current, admin: Some(admin), purge_at: at(9_999) };
                store.delete(&request, audit).await.map(drop)
            }
            Op::Restore => {
                let (name, email) = (name("Acme"), email("ann@x"));
                let request =
                    RestoreRequest { current, admin: Some(admin), name, email, password_hash: None };
                store.restore(&request, audit).await.map(drop)
            }
            Op::Purge => store.purge(&PurgeRequest { current }, audit).await.map(drop),
        }
    }

    /// Whether it is done, as the record and the collection say.
    pub(super) async fn is_done(&self) -> bool {
        let record = self.wire.record(self.id()).await;
        let name = |field: &str| {
            record.as_ref().and_then(|record| record.get_str(field).ok()).unwrap_or_default().to_owned()
        };
        let collections = self.wire.collections().await;
        match self.op {
            Op::Create | Op::Restore => name("state") == "active" && collections == ["org_acme"],
            Op::Rename => name("name_key") == "zephyr" && collections == ["org_zephyr"],
            Op::Delete => name("state") == "deleted" && collections == [name("collection_name")],
            Op::Purge => record.is_none() && collections.is_empty(),
        }
    }

    /// All that is there, without what each write to an organization changes.
    pub(super) async fn everything(&self) -> Vec<String> {
        let mut all = Vec::new();
        for mut record in self.wire.database.all("organizations").await {
            for field in ["epoch", "touched_at", "rolled_back", "sessions_end_at"] {
                record.remove(field);
            }
            all.push(record.to_string());
        }
        for name in ["admins", "reservations", "audit"] {
            all.extend(self.wire.database.all(name).await.iter().map(ToString::to_string));
        }
        all.extend(self.wire.collections().await);
        all
    }
}
