//! The first member: what the others must be.

use super::{ACTIVITY, ArchiveError, ORGANIZATION, member_names};
use serde::{Deserialize, Serialize};

/// The version of the format that is written, and the newest that is read.
pub const FORMAT: u64 = 1;

/// A member by the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its bytes, not compressed.
    pub bytes: u64,
    /// SHA-256 of them, in lower-case hexadecimal digits.
    pub sha256: String,
}

/// What an archive holds. Unknown fields are skipped, so that later versions of the same format may add some.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of the format.
    pub format: u64,
    /// The version of tenantry that wrote it.
    pub tenantry_version: String,
    /// When, as RFC 3339.
    pub created_at: String,
    /// The id that the organization had.
    pub organization_id: String,
    /// The name that it had.
    pub organization_name: String,
    /// The name that its collection had.
    pub collection_name: String,
    /// Its documents.
    pub documents: u64,
    /// Their bytes.
    pub data_bytes: u64,
    /// Entries of its activity; `None` in an export of documents only.
    pub activity: Option<u64>,
    /// Every other member.
    pub members: Vec<Member>,
}

impl Manifest {
    /// Reads it, and checks that it lists every member that there must be and no other.
    ///
    /// # Errors
    /// [`ArchiveError::Manifest`], [`ArchiveError::Newer`], [`ArchiveError::Unknown`], [`ArchiveError::Twice`],
    /// [`ArchiveError::Missing`].
    pub(super) fn read(text: &[u8]) -> Result<Self, ArchiveError> {
        #[derive(Deserialize)]
        struct Version {
            format: u64,
        }
        let wrong = |error: serde_json::Error| ArchiveError::Manifest(error.to_string());
        // A newer format may have other fields.
        let version: Version = serde_json::from_slice(text).map_err(wrong)?;
        match version.format {
            0 => return Err(ArchiveError::Manifest("its format is 0".to_owned())),
            newer if newer > FORMAT => return Err(ArchiveError::Newer(newer)),
            _ => {}
        }
        let manifest: Self = serde_json::from_slice(text).map_err(wrong)?;
        manifest.check_members()?;
        Ok(manifest)
    }

    fn check_members(&self) -> Result<(), ArchiveError> {
        let (metadata, documents) = member_names(&self.collection_name);
        let mut expected = vec![ORGANIZATION, metadata.as_str(), documents.as_str()];
        if self.activity.is_some() {
            expected.push(ACTIVITY);
        }
        let mut seen: Vec<&str> = Vec::new();
        for member in &self.members {
            let name = member.name.as_str();
            if seen.contains(&name) {
                return Err(ArchiveError::Twice(name.to_owned()));
            }
            if !expected.contains(&name) {
                return Err(ArchiveError::Unknown(name.to_owned()));
            }
            seen.push(name);
        }
        match expected.iter().find(|name| !seen.contains(*name)) {
            Some(name) => Err(ArchiveError::Missing((*name).to_owned())),
            None => Ok(()),
        }
    }

    /// A member by its name.
    pub(super) fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }
}
