//! Organizations as JSON.

use super::Time;
use crate::domain::{self, CollectionSize, CollectionStats, OrganizationId, Status};
use crate::service;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

/// An organization. Values that only the write would create are null in a dry run.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
pub struct Organization {
    /// Its id.
    pub organization_id: Option<OrganizationId>,
    /// Its name.
    pub organization_name: String,
    /// Its collection.
    pub collection_name: String,
    /// The email of its admin.
    pub admin_email: String,
    /// Its state, or at rest whether it is suspended.
    pub state: Status,
    /// When it was created.
    pub created_at: Option<Time>,
    /// When it was last changed.
    pub updated_at: Option<Time>,
    /// Its suspension; possible in any state.
    pub suspended: Option<Suspension>,
    /// In the trash: since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Time>,
    /// In the trash: until when it can be restored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purge_at: Option<Time>,
}

/// An organization with its size; null where its collection is missing or cannot be read.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
pub struct SizedOrganization {
    /// The organization.
    #[serde(flatten)]
    pub organization: Organization,
    /// Its documents.
    pub documents: Option<u64>,
    /// The bytes of its documents.
    pub data_bytes: Option<u64>,
}

impl SizedOrganization {
    /// The organization with its size, if it is known.
    pub fn new(organization: &domain::Organization, size: Option<CollectionSize>) -> Self {
        Self {
            organization: organization.into(),
            documents: size.map(|size| size.documents),
            data_bytes: size.map(|size| size.data_bytes),
        }
    }
}

/// An organization with everything that is known of its collection.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
pub struct OrganizationDetails {
    /// The organization with its size.
    #[serde(flatten)]
    pub organization: SizedOrganization,
    /// The indexes of its collection; null where it is missing or cannot be read.
    pub indexes: Option<Vec<Index>>,
    /// Whether its collection is missing.
    pub collection_missing: bool,
    /// When its admin last signed in.
    pub last_sign_in_at: Option<Time>,
}

impl OrganizationDetails {
    /// The organization with what was read of its collection; `None` while an operation moves it.
    pub fn new(
        organization: &domain::Organization,
        stats: Option<&CollectionStats>,
        collection_missing: bool,
        last_sign_in_at: Option<Timestamp>,
    ) -> Self {
        Self {
            organization: SizedOrganization::new(organization, stats.map(|stats| stats.size)),
            indexes: stats.map(|stats| stats.indexes.iter().map(Index::from).collect()),
            collection_missing,
            last_sign_in_at: last_sign_in_at.map(Time),
        }
    }
}

/// An index of a collection.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Its fields in order, each with its direction or its kind.
    pub keys: Map<String, Value>,
    /// Whether it refuses a second document with the same values.
    pub unique: bool,
    /// Bytes; null where the store does not know.
    pub bytes: Option<u64>,
}

impl From<&domain::IndexStats> for Index {
    fn from(index: &domain::IndexStats) -> Self {
        Self { name: index.name.clone(), keys: index.keys.clone(), unique: index.unique, bytes: index.bytes }
    }
}

/// A suspension.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
pub struct Suspension {
    /// Since when.
    pub at: Option<Time>,
    /// Who suspended it.
    pub by: String,
    /// Why; may be empty.
    pub reason: String,
}

impl From<&domain::Suspension> for Suspension {
    fn from(suspension: &domain::Suspension) -> Self {
        Self { at: Some(Time(suspension.at)), by: suspension.by.clone(), reason: suspension.reason.clone() }
    }
}

impl From<&domain::Organization> for Organization {
    fn from(organization: &domain::Organization) -> Self {
        let deletion = organization.deletion.as_ref();
        Self {
            organization_id: Some(organization.id),
            organization_name: organization.name.clone(),
            collection_name: organization.collection_name().to_owned(),
            admin_email: organization.admin_email.clone(),
            state: organization.status(),
            created_at: Some(Time(organization.created_at)),
            updated_at: Some(Time(organization.updated_at)),
            suspended: organization.suspension.as_ref().map(Suspension::from),
            deleted_at: deletion.map(|deletion| Time(deletion.at)),
            purge_at: deletion.map(|deletion| Time(deletion.purge_at)),
        }
    }
}

impl From<&service::OrganizationPreview> for Organization {
    fn from(preview: &service::OrganizationPreview) -> Self {
        Self {
            organization_id: preview.id,
            organization_name: preview.name.clone(),
            collection_name: preview.collection_name.clone(),
            admin_email: preview.admin_email.clone(),
            state: preview.status,
            created_at: preview.created_at.map(Time),
            updated_at: preview.updated_at.map(Time),
            suspended: preview.suspension.as_ref().map(|suspension| Suspension {
                at: suspension.at.map(Time),
                by: suspension.by.clone(),
                reason: suspension.reason.clone(),
            }),
            deleted_at: None,
            purge_at: None,
        }
    }
}

/// An organization that was deleted.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
pub struct DeletedOrganization {
    /// Its id.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// Its former collection.
    pub collection_name: String,
    /// Always true.
    pub deleted: bool,
    /// Until when it can be restored; null after a permanent removal.
    pub purge_at: Option<Time>,
    /// A collection that has its name but belongs to something else; it was left alone.
    pub collection_left: Option<String>,
}

impl From<&service::DeletedOrganization> for DeletedOrganization {
    fn from(deleted: &service::DeletedOrganization) -> Self {
        Self {
            organization_id: deleted.organization_id,
            organization_name: deleted.organization_name.clone(),
            collection_name: deleted.collection_name.clone(),
            deleted: true,
            purge_at: deleted.purge_at.map(Time),
            collection_left: deleted.collection_left.clone(),
        }
    }
}

/// A permanently removed organization.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
pub struct PurgedOrganization {
    /// Its id.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// Always true.
    pub purged: bool,
}

impl From<&service::PurgedOrganization> for PurgedOrganization {
    fn from(purged: &service::PurgedOrganization) -> Self {
        Self {
            organization_id: purged.organization_id,
            organization_name: purged.organization_name.clone(),
            purged: true,
        }
    }
}

/// The number of expired organizations that were removed.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
pub struct PurgedExpired {
    /// The number.
    pub purged: usize,
}

/// An export. What only the write would know is null in a dry run.
#[derive(Debug, Clone, Serialize)]
pub struct ExportedOrganization {
    /// Its id.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// The file.
    pub file: String,
    /// The bytes of the file.
    pub archive_bytes: Option<u64>,
    /// Documents in it.
    pub documents: u64,
    /// The bytes of the documents.
    pub data_bytes: u64,
    /// Entries of its activity; null without them.
    pub activity: Option<u64>,
}

impl From<&service::Exported> for ExportedOrganization {
    fn from(exported: &service::Exported) -> Self {
        Self {
            organization_id: exported.organization_id,
            organization_name: exported.organization_name.clone(),
            file: exported.file.display().to_string(),
            archive_bytes: exported.archive_bytes,
            documents: exported.documents,
            data_bytes: exported.data_bytes,
            activity: exported.activity,
        }
    }
}
