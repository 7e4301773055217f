//! The file that an export writes and an import reads: a tar, compressed with gzip, of one organization.
//!
//! | member | what it is |
//! |---|---|
//! | `manifest.json` | first: versions, counts, and size and SHA-256 of each other member |
//! | `organization.json` | the organization as commands print it; no secret |
//! | `<collection>.metadata.json` | options and indexes of the collection, in the layout of mongodump |
//! | `<collection>.bson` | its documents, one after the other, in the order of their ids, as mongodump writes them |
//! | `activity.jsonl` | what was done to the organization, an entry a line; not in an export of documents only |
//!
//! The writer compresses each member on its own, into a file without a name beside the target: a gzip file may have
//! several parts, so what is compressed once is copied into the archive as it is.
//!
//! The reader goes over the file twice. The first pass checks everything and keeps no document; the second one reads the
//! documents. Nothing is unpacked to the disk, and memory does not grow with the file. An archive may come from anyone:
//! names, sizes and types of members are taken from it only to be compared with what must be there.

mod documents;
mod error;
mod gzip;
mod manifest;
mod members;
mod metadata;
mod reader;
mod target;
mod writer;

pub use documents::Documents;
pub use error::ArchiveError;
pub use manifest::{FORMAT, Manifest, Member};
pub use reader::{Archive, Watch};
pub use target::{Target, TargetError, default_name};
pub use writer::{Content, Draft, Finished};

use std::fmt::Write as _;

/// The first member.
const MANIFEST: &str = "manifest.json";
/// The organization.
const ORGANIZATION: &str = "organization.json";
/// What was done to it.
const ACTIVITY: &str = "activity.jsonl";

/// The most bytes of a member that is read into memory at once.
const MAX_TEXT: u64 = 16 << 20;

/// The longest name that mongodump gives a file of a collection, without its ending.
const MAX_FILE_NAME: usize = 238;
/// How much of a longer one it keeps.
const KEPT_OF_NAME: usize = 208;

/// The name of a collection as a file name, as mongodump writes it: percent-encoded except for letters and digits of
/// ASCII and `-_.~`. A name that would be too long is cut and ends with a hash; its metadata has the whole one.
fn file_name(collection: &str) -> String {
    let mut name = String::with_capacity(collection.len());
    for byte in collection.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            name.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(name, "%{byte:02X}");
        }
    }
    if name.len() > MAX_FILE_NAME {
        use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
        use sha2::{Digest, Sha256};
        let hash = Sha256::digest(collection.as_bytes());
        name.truncate(KEPT_OF_NAME);
        name.push_str("%24");
        name.push_str(&BASE64_URL_SAFE_NO_PAD.encode(hash.iter().take(20).copied().collect::<Vec<_>>()));
    }
    name
}

/// The names of the members of a collection's metadata and documents.
fn member_names(collection: &str) -> (String, String) {
    let name = file_name(collection);
    (format!("{name}.metadata.json"), format!("{name}.bson"))
}

#[cfg(test)]
mod tests;
