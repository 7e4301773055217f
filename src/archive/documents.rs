//! Walks the documents of an archive. The check uses it first, then the import.

use super::members::Members;
use super::reader::Source;
use super::{ArchiveError, Manifest, member_names};
use crate::domain::document::incoming::check_id;
use crate::domain::document::json::{Form, value_to_string};
use crate::domain::document::order;
use crate::domain::document::raw::{MAX_BYTES, MAX_STORED_LEVELS, check, field, levels};
use crate::domain::document::{Elements, RawDocumentBuf};
use crate::domain::name::hexadecimal;
use sha2::{Digest, Sha256};
use std::io::Read;

/// The most documents of a batch.
const BATCH: usize = 1_000;
/// The most bytes of a batch that has more than one document.
const BATCH_BYTES: usize = MAX_BYTES;
/// What a document takes in a batch besides its own bytes, at most.
const OVERHEAD: usize = 16;

/// Reads the documents of a member one by one, and counts and hashes them.
#[derive(Default)]
pub(super) struct Walk {
    hash: Sha256,
    pub(super) count: u64,
    pub(super) bytes: u64,
}

impl Walk {
    /// The next document, into a buffer; false at the end of the member.
    pub(super) fn next<R: Read>(
        &mut self,
        members: &mut Members<R>,
        document: &mut Vec<u8>,
    ) -> Result<bool, ArchiveError> {
        document.clear();
        if fill(members, document, 4)? == 0 {
            return Ok(false);
        }
        self.count += 1;
        let number = self.count;
        let refuse = |reason: &str| Err(ArchiveError::Document { number, reason: reason.to_owned() });
        let length = <[u8; 4]>::try_from(document.as_slice()).ok().map(i32::from_le_bytes);
        let Some(length) = length else {
            return refuse("the member ends inside of it.");
        };
        let length = usize::try_from(length).unwrap_or(0);
        if !(5..=MAX_BYTES).contains(&length) {
            return refuse("its length is wrong; a document has 5 to 16,777,216 bytes.");
        }
        fill(members, document, length)?;
        if document.len() < length {
            return refuse("the member ends inside of it.");
        }
        self.hash.update(&document);
        self.bytes += document.len() as u64;
        Ok(true)
    }

    /// SHA-256 of all documents so far.
    pub(super) fn digest(self) -> String {
        hexadecimal(&self.hash.finalize())
    }
}

/// Reads until the buffer has this many bytes, or to the end of the member. It is made that large at once: growing it
/// step by step would need half as much again while it moves, and leave holes of every size. What was not read into takes
/// no memory yet.
fn fill<R: Read>(
    members: &mut Members<R>,
    buffer: &mut Vec<u8>,
    length: usize,
) -> Result<usize, ArchiveError> {
    buffer.reserve_exact(length.saturating_sub(buffer.len()));
    let mut part = [0; 16 << 10];
    while buffer.len() < length {
        let missing = (length - buffer.len()).min(part.len());
        let read = members.read(part.get_mut(..missing).unwrap_or_default())?;
        if read == 0 {
            break;
        }
        buffer.extend_from_slice(part.get(..read).unwrap_or_default());
    }
    Ok(buffer.len())
}

/// Checks that a document can be imported: its bytes, its depth, its `_id`, and that the document before it has another
/// one. An export is in the order of the ids, so equal ones are neighbours; whatever else an archive has twice, the store
/// refuses.
pub(super) fn check_document(
    number: u64,
    document: &[u8],
    key_before: &mut Vec<u8>,
) -> Result<(), ArchiveError> {
    let refuse = |reason: String| ArchiveError::Document { number, reason };
    if levels(document, MAX_STORED_LEVELS).is_none() {
        return Err(refuse(format!("it has more than {MAX_STORED_LEVELS} levels.")));
    }
    check(document).map_err(|malformed| refuse(format!("it is malformed: {malformed}.")))?;
    let ids = Elements::of(document).filter(|element| element.name == b"_id").count();
    let Some(id) = field(document, b"_id").filter(|_| ids == 1) else {
        return Err(refuse(if ids > 1 { "it has two fields _id." } else { "it has no _id." }.to_owned()));
    };
    check_id(&id).map_err(|error| refuse(error.to_string()))?;
    let key = order::key(&id).map_err(|malformed| refuse(format!("its _id is malformed: {malformed}.")))?;
    if key == *key_before {
        let id = value_to_string(&id, Form::Canonical);
        return Err(ArchiveError::SameId(id.clone(), id));
    }
    *key_before = key;
    Ok(())
}

/// The documents of a checked archive, in batches.
pub struct Documents {
    members: Members<Source>,
    manifest: Manifest,
    walk: Option<Walk>,
    /// What was read and belongs to the next batch.
    next: Option<RawDocumentBuf>,
}

impl std::fmt::Debug for Documents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Documents").field("manifest", &self.manifest).finish_non_exhaustive()
    }
}

impl Documents {
    /// Goes to the documents.
    pub(super) fn begin(source: Source, manifest: Manifest) -> Result<Self, ArchiveError> {
        let mut members = Members::new(source);
        let (_, documents) = member_names(&manifest.collection_name);
        loop {
            match members.next()? {
                None => return Err(ArchiveError::Changed),
                Some(found) if found.name == documents => {
                    return Ok(Self { members, manifest, walk: Some(Walk::default()), next: None });
                }
                Some(_) => {}
            }
        }
    }

    /// The next batch, at most 1,000 documents and 16 MB, or one document; `None` at the end.
    ///
    /// # Errors
    /// [`ArchiveError::Changed`] when these are not the documents that were checked.
    pub fn next_batch(&mut self) -> Result<Option<Vec<RawDocumentBuf>>, ArchiveError> {
        let Some(walk) = &mut self.walk else { return Ok(None) };
        let mut batch: Vec<RawDocumentBuf> = self.next.take().into_iter().collect();
        let mut bytes: usize = batch.iter().map(|document| document.as_bytes().len() + OVERHEAD).sum();
        while batch.len() < BATCH {
            let mut buffer = Vec::new();
            if !walk.next(&mut self.members, &mut buffer).map_err(|_| ArchiveError::Changed)? {
                break;
            }
            bytes += buffer.len() + OVERHEAD;
            let document = RawDocumentBuf::from_bytes(buffer).map_err(|_| ArchiveError::Changed)?;
            if bytes > BATCH_BYTES && !batch.is_empty() {
                self.next = Some(document);
                return Ok(Some(batch));
            }
            batch.push(document);
        }
        if batch.len() < BATCH {
            self.check_end()?;
        }
        Ok(Some(batch).filter(|batch| !batch.is_empty()))
    }

    /// At the end the documents must be those of the first pass.
    fn check_end(&mut self) -> Result<(), ArchiveError> {
        let Some(walk) = self.walk.take() else { return Ok(()) };
        let (_, name) = member_names(&self.manifest.collection_name);
        let is_same = walk.count == self.manifest.documents
            && self.manifest.member(&name).is_some_and(|member| member.sha256 == walk.digest());
        if is_same { Ok(()) } else { Err(ArchiveError::Changed) }
    }
}
