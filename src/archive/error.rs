//! Why an archive is not imported.

use super::{FORMAT, MAX_TEXT};
use crate::domain::text::{bytes, count, quoted};
use thiserror::Error;

/// What is wrong with an archive. Nothing of it was imported.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ArchiveError {
    /// The file cannot be opened or read.
    #[error("The archive {} cannot be read: {reason}.", quoted(.path))]
    Unreadable {
        /// The file.
        path: String,
        /// The system's reason.
        reason: String,
    },
    /// A folder, a FIFO or a device.
    #[error("{} is not a plain file.", quoted(.0))]
    NotPlain(String),
    /// No gzip file.
    #[error("The file is not compressed with gzip, so tenantry did not export it.")]
    NotGzip,
    /// It ends too early.
    #[error("The archive ends too early: it was cut, or not copied to its end.")]
    Cut,
    /// What is compressed does not match its checksum, or cannot be decompressed.
    #[error("The archive is damaged: {0}.")]
    Damaged(String),
    /// Something follows the end.
    #[error("Other bytes follow the end of the archive.")]
    Trailing,
    /// A header of the tar is wrong.
    #[error("The archive is damaged: {0}.")]
    Header(&'static str),
    /// Another member comes first.
    #[error("The first member is {}; manifest.json comes first in an export of tenantry.", quoted(.0))]
    ManifestNotFirst(String),
    /// No member at all.
    #[error("The archive is empty.")]
    Empty,
    /// The manifest is no manifest.
    #[error("manifest.json is not valid: {0}.")]
    Manifest(String),
    /// A later version of tenantry wrote it.
    #[error("The archive has format {0}, from a newer tenantry; this one reads format {FORMAT}.")]
    Newer(u64),
    /// A member that no export has.
    #[error("The archive has a member {}, which an export of tenantry does not have.", quoted(.0))]
    Unknown(String),
    /// A link, a device or the like.
    #[error("The member {} is {kind}; an export of tenantry has plain files only.", quoted(.name))]
    NotAFile {
        /// The member.
        name: String,
        /// What it is, with its article.
        kind: &'static str,
    },
    /// A member is there twice.
    #[error("The member {} is there twice.", quoted(.0))]
    Twice(String),
    /// A member is missing.
    #[error("The member {} is missing.", quoted(.0))]
    Missing(String),
    /// A member has another size than the manifest says.
    #[error(
        "The member {} has {} bytes; the manifest says {}.",
        quoted(.name), count(*.found), count(*.expected)
    )]
    Size {
        /// The member.
        name: String,
        /// Bytes by the manifest.
        expected: u64,
        /// Bytes by its header.
        found: u64,
    },
    /// A member that is read at once is too large.
    #[error("The member {} has {}; the limit is {}.", quoted(.name), bytes(*.found), bytes(MAX_TEXT))]
    TooLarge {
        /// The member.
        name: String,
        /// Its bytes.
        found: u64,
    },
    /// A member has another checksum than the manifest says.
    #[error("The member {} was changed: its SHA-256 is not the one in the manifest.", quoted(.0))]
    Digest(String),
    /// There are more or fewer documents or entries than the manifest says.
    #[error(
        "The member {} has {} {what}; the manifest says {}.",
        quoted(.name), count(*.found), count(*.expected)
    )]
    Count {
        /// The member.
        name: String,
        /// Documents or entries.
        what: &'static str,
        /// How many by the manifest.
        expected: u64,
        /// How many there are.
        found: u64,
    },
    /// A document cannot be imported.
    #[error("Document {number} cannot be imported: {reason}")]
    Document {
        /// Its place in the archive, from 1.
        number: u64,
        /// Why, as a sentence.
        reason: String,
    },
    /// Two documents with one id.
    #[error("Two documents have the same _id: {} and {}.", .0, .1)]
    SameId(String, String),
    /// A member that is a text is not what it must be.
    #[error("The member {} is not valid: {reason}.", quoted(.name))]
    Text {
        /// The member.
        name: String,
        /// Why.
        reason: String,
    },
    /// The server refuses an index or an option of the collection.
    #[error("{0}")]
    Refused(String),
    /// It was written to between the two passes.
    #[error("The archive was changed while it was read.")]
    Changed,
    /// The caller stopped it.
    #[error("Reading the archive was stopped.")]
    Stopped,
}
