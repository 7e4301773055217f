mod bytes;
mod forged;
mod round_trip;

use super::*;
use crate::domain::document::{Builder, RawDocumentBuf, Value};
use crate::domain::name::hexadecimal;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::{Path, PathBuf};
use tar::{EntryType, Header};
use tempfile::TempDir;

/// A document with an `_id` and nothing else.
fn document(id: &Value<'_>) -> Vec<u8> {
    let mut builder = Builder::default();
    builder.put(b"_id", id);
    builder.finish()
}

fn numbered(count: i32) -> Vec<u8> {
    (0..count).flat_map(|number| document(&Value::Int32(number))).collect()
}

/// An entry of a tar before its header is made.
#[derive(Clone)]
struct Entry {
    name: String,
    kind: EntryType,
    contents: Vec<u8>,
    /// Another size than that of the contents, in the header.
    size: Option<u64>,
}

impl Entry {
    fn new(name: &str, contents: impl Into<Vec<u8>>) -> Self {
        Self { name: name.to_owned(), kind: EntryType::Regular, contents: contents.into(), size: None }
    }

    fn of_kind(name: &str, kind: EntryType, contents: impl Into<Vec<u8>>) -> Self {
        Self { kind, ..Self::new(name, contents) }
    }

    fn write(&self, out: &mut Vec<u8>) {
        let mut header = Header::new_gnu();
        header.set_entry_type(self.kind);
        header.set_size(self.size.unwrap_or(self.contents.len() as u64));
        header.set_mode(0o600);
        let name = self.name.as_bytes();
        let field = &mut header.as_old_mut().name;
        let length = name.len().min(field.len());
        field[..length].copy_from_slice(&name[..length]);
        header.set_cksum();
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(&self.contents);
        out.resize(out.len().next_multiple_of(512), 0);
    }
}

/// The members of an archive and what its manifest says, to be changed.
struct Forge {
    manifest: Manifest,
    /// Without the manifest.
    entries: Vec<Entry>,
}

impl Forge {
    fn of(documents: &[u8], count: u64) -> Self {
        let metadata = metadata::write("org_acme", &crate::domain::CollectionMetadata::default()).unwrap();
        let entries = vec![
            Entry::new(ORGANIZATION, r#"{"organization_name":"Acme"}"#),
            Entry::new("org_acme.metadata.json", metadata),
            Entry::new("org_acme.bson", documents),
            Entry::new(ACTIVITY, "{\"action\":\"organization_create\"}\n"),
        ];
        let manifest = Manifest {
            format: FORMAT,
            tenantry_version: "0.1.0".to_owned(),
            created_at: "2026-11-29T00:00:00.000Z".to_owned(),
            organization_id: "0".to_owned(),
            organization_name: "Acme".to_owned(),
            collection_name: "org_acme".to_owned(),
            documents: count,
            data_bytes: documents.len() as u64,
            activity: Some(1),
            members: entries.iter().map(member).collect(),
        };
        Self { manifest, entries }
    }

    fn plain() -> Self {
        Self::of(&numbered(3), 3)
    }

    /// The manifest first, then the entries, then the end.
    fn tar(&self) -> Vec<u8> {
        let mut out = Vec::new();
        Entry::new(MANIFEST, serde_json::to_vec(&self.manifest).unwrap()).write(&mut out);
        self.entries.iter().for_each(|entry| entry.write(&mut out));
        out.extend([0; 1024]);
        out
    }
}

fn member(entry: &Entry) -> Member {
    Member {
        name: entry.name.clone(),
        bytes: entry.contents.len() as u64,
        sha256: hexadecimal(&Sha256::digest(&entry.contents)),
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn file(folder: &TempDir, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join("x.tar.gz");
    std::fs::write(&path, bytes).unwrap();
    path
}

fn open(path: &Path) -> Result<Archive, ArchiveError> {
    Archive::open(path, Watch::default())
}

/// What an archive of these bytes is refused for.
fn refusal(bytes: &[u8]) -> ArchiveError {
    let folder = tempfile::tempdir().unwrap();
    open(&file(&folder, bytes)).map(|archive| archive.manifest).expect_err("it must be refused")
}

fn read(archive: Archive) -> Vec<Vec<RawDocumentBuf>> {
    let mut documents = archive.documents().unwrap();
    std::iter::from_fn(|| documents.next_batch().unwrap()).collect()
}

#[test]
fn members_are_called_as_mongodump_calls_files() {
    assert_eq!(file_name("org_acme"), "org_acme");
    assert_eq!(file_name("org_Beta Co"), "org_Beta%20Co");
    assert_eq!(file_name("org_a%b&é-._~"), "org_a%25b%26%C3%A9-._~");
    let long = file_name(&"é".repeat(60));
    assert_eq!((long.len(), long.contains("%24")), (238, true));
    assert_ne!(long, file_name(&"é".repeat(61)));
}
