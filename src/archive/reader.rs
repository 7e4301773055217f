//! Checks an archive completely, before anything of it is used.

use super::documents::{Documents, Walk, check_document};
use super::gzip::Parts;
use super::members::{Found, Members};
use super::{
    ACTIVITY, ArchiveError, MANIFEST, MAX_TEXT, Manifest, Member, ORGANIZATION, member_names, metadata,
};
use crate::domain::CollectionMetadata;
use crate::domain::name::hexadecimal;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufReader, Error, ErrorKind, Read, Seek};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How far a pass over an archive is, or its writing, and a way to stop it. A clone is the same one.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    read: Arc<AtomicU64>,
    is_stopped: Arc<AtomicBool>,
}

impl Watch {
    /// Bytes of the file that were read or written.
    pub fn bytes(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// So many bytes more.
    pub(super) fn moved(&self, bytes: usize) {
        self.read.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Ends the pass with [`ArchiveError::Stopped`].
    pub fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }

    /// Whether it was stopped.
    pub fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }
}

/// The file under a watch.
pub(super) struct Watched {
    file: File,
    watch: Watch,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.watch.is_stopped() {
            // Not `Interrupted`, which readers repeat.
            return Err(Error::new(ErrorKind::ConnectionAborted, "stopped"));
        }
        let read = self.file.read(buffer)?;
        self.watch.moved(read);
        Ok(read)
    }
}

/// The decompressed bytes of the file.
pub(super) type Source = Parts<BufReader<Watched>>;

/// A checked archive.
#[derive(Debug)]
pub struct Archive {
    /// What it holds.
    pub manifest: Manifest,
    /// The organization as it was.
    pub organization: Map<String, Value>,
    /// Options and indexes of its collection.
    pub metadata: CollectionMetadata,
    file: File,
    watch: Watch,
}

impl Archive {
    /// Opens an archive and checks all of it.
    ///
    /// # Errors
    /// What is wrong with it first.
    pub fn open(path: &Path, watch: Watch) -> Result<Self, ArchiveError> {
        let shown = path.display().to_string();
        let unreadable =
            |error: Error| ArchiveError::Unreadable { path: shown.clone(), reason: error.to_string() };
        // A FIFO would block at opening.
        if !path.metadata().map_err(unreadable)?.is_file() {
            return Err(ArchiveError::NotPlain(shown));
        }
        let file = File::open(path).map_err(unreadable)?;
        if !file.metadata().map_err(unreadable)?.is_file() {
            return Err(ArchiveError::NotPlain(shown));
        }
        Self::check(file, watch).map_err(|error| {
            if let ArchiveError::Unreadable { reason, .. } = error {
                ArchiveError::Unreadable { path: shown, reason }
            } else {
                error
            }
        })
    }

    fn check(file: File, watch: Watch) -> Result<Self, ArchiveError> {
        let mut members = Members::new(source(&file, &watch)?);
        let manifest = match members.next()? {
            None => return Err(ArchiveError::Empty),
            Some(found) if found.name != MANIFEST => return Err(ArchiveError::ManifestNotFirst(found.name)),
            Some(found) => Manifest::read(&text(&mut members, &found)?)?,
        };
        let mut checked = Checked::default();
        while let Some(found) = members.next()? {
            checked.member(&mut members, &manifest, found)?;
        }
        if let Some(member) = manifest.members.iter().find(|member| !checked.seen.contains(&member.name)) {
            return Err(ArchiveError::Missing(member.name.clone()));
        }
        let Checked { organization, metadata, .. } = checked;
        Ok(Self { manifest, organization, metadata, file, watch })
    }

    /// The second pass.
    ///
    /// # Errors
    /// [`ArchiveError::Changed`], and those of the file.
    pub fn documents(self) -> Result<Documents, ArchiveError> {
        Documents::begin(source(&self.file, &self.watch)?, self.manifest)
    }

    /// Bytes of the file.
    pub fn file_bytes(&self) -> u64 {
        self.file.metadata().map_or(0, |data| data.len())
    }
}

fn source(file: &File, watch: &Watch) -> Result<Source, ArchiveError> {
    let unreadable =
        |error: Error| ArchiveError::Unreadable { path: String::new(), reason: error.to_string() };
    let mut file = file.try_clone().map_err(unreadable)?;
    file.rewind().map_err(unreadable)?;
    watch.read.store(0, Ordering::Relaxed);
    Ok(Parts::new(BufReader::with_capacity(64 << 10, Watched { file, watch: watch.clone() })))
}

/// A whole member that is a text.
fn text<R: Read>(members: &mut Members<R>, found: &Found) -> Result<Vec<u8>, ArchiveError> {
    if found.size > MAX_TEXT {
        return Err(ArchiveError::TooLarge { name: found.name.clone(), found: found.size });
    }
    let mut text = Vec::new();
    let mut part = [0; 16 << 10];
    loop {
        match members.read(&mut part)? {
            0 => return Ok(text),
            read => text.extend_from_slice(part.get(..read).unwrap_or_default()),
        }
    }
}

/// What the members were so far.
#[derive(Default)]
struct Checked {
    seen: Vec<String>,
    organization: Map<String, Value>,
    metadata: CollectionMetadata,
}

impl Checked {
    fn member<R: Read>(
        &mut self,
        members: &mut Members<R>,
        manifest: &Manifest,
        found: Found,
    ) -> Result<(), ArchiveError> {
        if found.name == MANIFEST || self.seen.contains(&found.name) {
            return Err(ArchiveError::Twice(found.name));
        }
        let Some(member) = manifest.member(&found.name) else {
            return Err(ArchiveError::Unknown(found.name));
        };
        if found.size != member.bytes {
            return Err(ArchiveError::Size { name: found.name, expected: member.bytes, found: found.size });
        }
        let (metadata, documents) = member_names(&manifest.collection_name);
        let name = found.name.as_str();
        if name == documents {
            check_documents(members, manifest, member)?;
        } else if name == ACTIVITY {
            check_activity(members, manifest, member)?;
        } else {
            let text = text(members, &found)?;
            check_digest(member, &hexadecimal(&Sha256::digest(&text)))?;
            let wrong = |reason: String| ArchiveError::Text { name: name.to_owned(), reason };
            if name == ORGANIZATION {
                self.organization =
                    serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
            } else if name == metadata {
                self.metadata = metadata::parse(name, &text, &manifest.collection_name)?;
            }
        }
        self.seen.push(found.name);
        Ok(())
    }
}

fn check_digest(member: &Member, found: &str) -> Result<(), ArchiveError> {
    if member.sha256 == found { Ok(()) } else { Err(ArchiveError::Digest(member.name.clone())) }
}

fn check_count(member: &Member, what: &'static str, expected: u64, found: u64) -> Result<(), ArchiveError> {
    if expected == found {
        return Ok(());
    }
    Err(ArchiveError::Count { name: member.name.clone(), what, expected, found })
}

fn check_documents<R: Read>(
    members: &mut Members<R>,
    manifest: &Manifest,
    member: &Member,
) -> Result<(), ArchiveError> {
    let mut walk = Walk::default();
    let (mut document, mut key) = (Vec::new(), Vec::new());
    while walk.next(members, &mut document)? {
        check_document(walk.count, &document, &mut key)?;
    }
    check_count(member, "documents", manifest.documents, walk.count)?;
    check_count(member, "bytes of documents", manifest.data_bytes, walk.bytes)?;
    check_digest(member, &walk.digest())
}

/// Each line must be a JSON object.
fn check_activity<R: Read>(
    members: &mut Members<R>,
    manifest: &Manifest,
    member: &Member,
) -> Result<(), ArchiveError> {
    let wrong = |reason: String| ArchiveError::Text { name: member.name.clone(), reason };
    let (mut hash, mut entries, mut line) = (Sha256::new(), 0, Vec::new());
    let mut part = [0; 16 << 10];
    loop {
        let read = members.read(&mut part)?;
        let part = part.get(..read).unwrap_or_default();
        hash.update(part);
        for piece in part.split_inclusive(|byte| *byte == b'\n') {
            line.extend_from_slice(piece);
            if line.len() as u64 > MAX_TEXT {
                return Err(wrong(format!("line {} is too long", entries + 1)));
            }
            if piece.ends_with(b"\n") {
                entries += 1;
                serde_json::from_slice::<Map<String, Value>>(&line)
                    .map_err(|error| wrong(format!("line {entries}: {error}")))?;
                line.clear();
            }
        }
        if read == 0 {
            break;
        }
    }
    if !line.is_empty() {
        return Err(wrong("its last line has no end".to_owned()));
    }
    check_count(member, "entries", manifest.activity.unwrap_or(0), entries)?;
    check_digest(member, &hexadecimal(&hash.finalize()))
}
