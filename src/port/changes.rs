//! What changed since a reader looked last.

use super::Result;
use crate::domain::{Organization, OrganizationId};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use std::fmt::Debug;
use std::sync::Arc;
use uuid::Uuid;

/// How far back a store looks behind what was seen last: a write that began earlier may become visible later.
pub const OVERLAP: SignedDuration = SignedDuration::from_secs(10);

/// How far a reader has seen the changes of a store. Only the store that made it understands it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ChangesPosition {
    /// Differs after every write, where the store can tell that without reading a record; else 0.
    pub stamp: i64,
    /// The last write of an organization that was seen, in milliseconds by the store's clock.
    pub touched_at: i64,
    /// When that was seen first, in milliseconds by the reader's clock.
    pub seen_at: i64,
    /// How far the audit was seen.
    pub audit: i64,
}

/// The point from which a reader asks for changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangesSince {
    /// What was written in the last so long, by the store's own clock.
    Ago(SignedDuration),
    /// What was written since an earlier answer.
    Position(ChangesPosition),
}

/// What a reader asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangesQuery {
    /// From where on.
    pub since: ChangesSince,
    /// The reader's time.
    pub now: Timestamp,
    /// Organizations that the reader saw at work: one that is rolled back leaves nothing that tells so.
    pub at_work: Vec<OrganizationId>,
    /// Organizations, and entries of the audit, that are answered at most.
    pub limit: usize,
}

/// An entry of the audit that was written since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewEntry {
    /// Which one.
    pub id: Uuid,
    /// What it is about, if it is about an organization.
    pub organization: Option<OrganizationId>,
}

/// What changed. Something may be told twice, nothing is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Organizations that were written since, as they are now; those in the trash among them.
    pub organizations: Vec<Arc<Organization>>,
    /// Organizations that are gone for good.
    pub gone: Vec<OrganizationId>,
    /// What was done since.
    pub entries: Vec<NewEntry>,
    /// More than the limit changed, or it is not known what: whoever shows a list reads it anew.
    pub is_too_much: bool,
    /// Where the next look begins.
    pub next: ChangesPosition,
}

impl Changes {
    /// Nothing changed.
    pub fn none(next: ChangesPosition) -> Self {
        Self { organizations: Vec::new(), gone: Vec::new(), entries: Vec::new(), is_too_much: false, next }
    }

    /// Whether it tells nothing.
    pub fn is_empty(&self) -> bool {
        self.organizations.is_empty() && self.gone.is_empty() && self.entries.is_empty() && !self.is_too_much
    }
}

/// What changes in a store.
#[async_trait]
pub trait Feed: Send + Sync + Debug {
    /// What changed since, by the order of an index: never by reading everything. An answer that is not empty contains
    /// every write that was acknowledged before; an empty one may be a moment behind.
    async fn changes(&self, query: &ChangesQuery) -> Result<Changes>;
}
