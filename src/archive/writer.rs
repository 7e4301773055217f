//! Writes an archive: members into files without a name, then all of them into one, which gets its name at the end.

use super::{
    ACTIVITY, ArchiveError, FORMAT, MANIFEST, Manifest, Member, ORGANIZATION, Target, TargetError, Watch,
    member_names, metadata,
};
use crate::domain::CollectionMetadata;
use crate::domain::document::RawDocumentBuf;
use crate::domain::name::hexadecimal;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use tar::{Builder, Header};
use tempfile::NamedTempFile;

/// How well is compressed: most of the size at a third of the time of the best.
const LEVEL: u32 = 3;
/// How a part of an archive is called until it has its name.
const PREFIX: &str = ".tenantry-export-";

/// What an export holds besides documents and activity.
#[derive(Debug, Clone)]
pub struct Content {
    /// When.
    pub at: Timestamp,
    /// The id of the organization.
    pub organization_id: String,
    /// Its name.
    pub organization_name: String,
    /// Its collection.
    pub collection_name: String,
    /// The organization as commands print it.
    pub organization: Map<String, Value>,
    /// Options and indexes of its collection.
    pub metadata: CollectionMetadata,
    /// Whether its activity is left out.
    pub documents_only: bool,
}

/// A member that is being compressed.
struct Spool {
    out: GzEncoder<BufWriter<File>>,
    hash: Sha256,
    bytes: u64,
    count: u64,
}

impl Spool {
    fn begin(folder: &Path) -> io::Result<Self> {
        let file = tempfile::tempfile_in(folder)?;
        let out = GzEncoder::new(BufWriter::with_capacity(64 << 10, file), Compression::new(LEVEL));
        Ok(Self { out, hash: Sha256::new(), bytes: 0, count: 0 })
    }

    fn put(&mut self, item: &[u8]) -> io::Result<()> {
        self.out.write_all(item)?;
        self.hash.update(item);
        self.bytes += item.len() as u64;
        self.count += 1;
        Ok(())
    }

    fn end(self, name: String) -> io::Result<Part> {
        let mut file = self.out.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        let member = Member { name, bytes: self.bytes, sha256: hexadecimal(&self.hash.finalize()) };
        Ok(Part { member, count: self.count, file })
    }
}

/// A member that is complete.
struct Part {
    member: Member,
    count: u64,
    file: File,
}

/// An archive before it is a file. Dropping it leaves nothing.
pub struct Draft {
    target: Target,
    content: Content,
    watch: Watch,
    metadata: Vec<u8>,
    documents: Spool,
    activity: Option<Spool>,
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Draft").field("target", &self.target).finish_non_exhaustive()
    }
}

impl Draft {
    /// Begins an archive. Removes what a killed export left in the same folder.
    ///
    /// # Errors
    /// [`TargetError::Failed`]; [`ArchiveError::Refused`] inside of the result where options or indexes cannot be written.
    pub fn begin(
        target: Target,
        content: Content,
        watch: Watch,
    ) -> Result<Result<Self, ArchiveError>, TargetError> {
        let metadata = match metadata::write(&content.collection_name, &content.metadata) {
            Ok(text) => text.into_bytes(),
            Err(error) => return Ok(Err(error)),
        };
        remove_leftovers(&target.folder);
        let failed = |error: io::Error| TargetError::failed(&target.path, &error);
        let documents = Spool::begin(&target.folder).map_err(failed)?;
        let activity =
            if content.documents_only { None } else { Some(Spool::begin(&target.folder).map_err(failed)?) };
        Ok(Ok(Self { target, content, watch, metadata, documents, activity }))
    }

    /// Adds documents.
    ///
    /// # Errors
    /// [`TargetError::Failed`].
    pub fn documents(&mut self, batch: &[RawDocumentBuf]) -> Result<(), TargetError> {
        let mut put = || batch.iter().try_for_each(|document| self.documents.put(document.as_bytes()));
        put().map_err(|error| TargetError::failed(&self.target.path, &error))
    }

    /// Adds entries of the activity, each a line of JSON without its end.
    ///
    /// # Errors
    /// [`TargetError::Failed`].
    pub fn activity(&mut self, lines: &[String]) -> Result<(), TargetError> {
        let Some(spool) = &mut self.activity else { return Ok(()) };
        let mut put = || lines.iter().try_for_each(|line| spool.put(format!("{line}\n").as_bytes()));
        put().map_err(|error| TargetError::failed(&self.target.path, &error))
    }

    /// Documents so far.
    pub fn count(&self) -> u64 {
        self.documents.count
    }

    /// Bytes of the documents so far.
    pub fn bytes(&self) -> u64 {
        self.documents.bytes
    }

    /// Writes the archive under a temporary name, and waits until the disk has it.
    ///
    /// # Errors
    /// [`TargetError::Failed`].
    pub fn finish(self) -> Result<Finished, TargetError> {
        let target = self.target.clone();
        self.write().map_err(|error| TargetError::failed(&target.path, &error))
    }

    fn write(self) -> io::Result<Finished> {
        let Self { target, content, watch, metadata, documents, activity } = self;
        let (metadata_name, documents_name) = member_names(&content.collection_name);
        let mut organization = Spool::begin(&target.folder)?;
        organization.put(&serde_json::to_vec_pretty(&content.organization)?)?;
        let mut about = Spool::begin(&target.folder)?;
        about.put(&metadata)?;
        let documents = documents.end(documents_name)?;
        let (count, bytes) = (documents.count, documents.member.bytes);
        let activity = activity.map(|spool| spool.end(ACTIVITY.to_owned())).transpose()?;
        let entries = activity.as_ref().map(|part| part.count);
        let mut parts =
            vec![organization.end(ORGANIZATION.to_owned())?, about.end(metadata_name)?, documents];
        parts.extend(activity);
        let manifest = Manifest {
            format: FORMAT,
            tenantry_version: env!("CARGO_PKG_VERSION").to_owned(),
            created_at: format!("{:.3}", content.at),
            organization_id: content.organization_id,
            organization_name: content.organization_name,
            collection_name: content.collection_name,
            documents: count,
            data_bytes: bytes,
            activity: entries,
            members: parts.iter().map(|part| part.member.clone()).collect(),
        };
        let file = tempfile::Builder::new().prefix(PREFIX).suffix(".tar.gz").tempfile_in(&target.folder)?;
        // Held until it has its name, so that no other export takes it for a leftover.
        file.as_file().lock()?;
        let mut out = BufWriter::with_capacity(64 << 10, file.as_file());
        let seconds = u64::try_from(content.at.as_second()).unwrap_or(0);
        assemble(&mut out, &manifest, parts, seconds, &watch)?;
        out.flush()?;
        drop(out);
        file.as_file().sync_all()?;
        let archive_bytes = file.as_file().metadata()?.len();
        Ok(Finished { file, target, manifest, archive_bytes })
    }
}

/// Writes headers and members. What is between two members is a part of gzip of its own.
fn assemble(
    out: &mut impl Write,
    manifest: &Manifest,
    parts: Vec<Part>,
    seconds: u64,
    watch: &Watch,
) -> io::Result<()> {
    let text = serde_json::to_vec_pretty(manifest)?;
    let mut between = member_header(MANIFEST, text.len() as u64, seconds)?;
    between.extend_from_slice(&text);
    pad(&mut between, text.len() as u64);
    for mut part in parts {
        between.extend(member_header(&part.member.name, part.member.bytes, seconds)?);
        compressed(out, &between)?;
        copy(&mut part.file, out, watch)?;
        between.clear();
        pad(&mut between, part.member.bytes);
    }
    between.extend([0; 1024]);
    compressed(out, &between)
}

fn compressed(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    let mut part = GzEncoder::new(out, Compression::new(LEVEL));
    part.write_all(bytes)?;
    part.finish().map(drop)
}

fn copy(from: &mut File, out: &mut impl Write, watch: &Watch) -> io::Result<()> {
    let mut buffer = vec![0; 256 << 10];
    loop {
        if watch.is_stopped() {
            return Err(io::Error::other("stopped"));
        }
        match from.read(&mut buffer)? {
            0 => return Ok(()),
            read => {
                out.write_all(buffer.get(..read).unwrap_or_default())?;
                watch.moved(read);
            }
        }
    }
}

/// The header of a member, with one for a long name before it where it needs one.
fn member_header(name: &str, bytes: u64, seconds: u64) -> io::Result<Vec<u8>> {
    let mut header = Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(0o600);
    header.set_mtime(seconds);
    let mut builder = Builder::new(Vec::new());
    builder.append_data(&mut header, name, io::empty())?;
    Ok(builder.get_ref().clone())
}

fn pad(out: &mut Vec<u8>, bytes: u64) {
    let rest = usize::try_from((512 - bytes % 512) % 512).unwrap_or(0);
    out.resize(out.len() + rest, 0);
}

/// A complete archive that has no name yet. Dropping it leaves nothing.
#[derive(Debug)]
pub struct Finished {
    file: NamedTempFile,
    target: Target,
    /// What it holds.
    pub manifest: Manifest,
    /// Bytes of the file.
    pub archive_bytes: u64,
}

impl Finished {
    /// Gives it its name.
    ///
    /// # Errors
    /// [`TargetError`], also when something came to be there meanwhile.
    pub fn place(self) -> Result<(), TargetError> {
        let path = &self.target.path;
        let placed = if self.target.replaces {
            Target::check(path, true)?;
            self.file.persist(path)
        } else {
            self.file.persist_noclobber(path)
        };
        match placed {
            Ok(_) => {}
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(TargetError::Exists(path.display().to_string()));
            }
            Err(error) => return Err(TargetError::failed(path, &error.error)),
        }
        // The name, too, must survive a power cut.
        let synced = File::open(&self.target.folder).and_then(|folder| folder.sync_all());
        synced.map_err(|error| TargetError::failed(path, &error))
    }
}

/// Removes the temporary files of exports that were killed: those of this user that no running export holds. What cannot
/// be removed stays.
fn remove_leftovers(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().map(std::ffi::OsStr::as_encoded_bytes).unwrap_or_default();
        if !name.starts_with(PREFIX.as_bytes()) || !name.ends_with(b".tar.gz") {
            continue;
        }
        let nofollow =
            i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits() | rustix::fs::OFlags::NONBLOCK.bits());
        let opened = File::options().read(true).custom_flags(nofollow.unwrap_or(0)).open(&path);
        let Ok(file) = opened else { continue };
        let is_ours = file
            .metadata()
            .is_ok_and(|data| data.is_file() && data.uid() == rustix::process::geteuid().as_raw());
        if is_ours && file.try_lock().is_ok() {
            let _ = fs::remove_file(&path);
        }
    }
}
