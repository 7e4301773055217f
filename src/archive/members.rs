//! The walk over the members of a tar, without trust: what a header says is limited before memory is taken for it.

use super::ArchiveError;
use super::gzip::TRAILING;
use std::io::{ErrorKind, Read};
use tar::{EntryType, Header, PaxExtensions};

/// Bytes of a block, the unit of a tar.
const BLOCK: usize = 512;
/// The most bytes of a PAX header or a long name.
const MAX_EXTENSION: u64 = 64 << 10;
/// The most PAX headers for all members.
const MAX_GLOBAL: usize = 16;

/// A member, whose contents come next.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) name: String,
    pub(super) size: u64,
}

/// What extension headers say of the next member.
#[derive(Default)]
struct Extensions {
    has_pax: bool,
    pax_name: Option<Vec<u8>>,
    long_name: Option<Vec<u8>>,
    size: Option<u64>,
    is_sparse: bool,
}

pub(super) struct Members<R> {
    input: R,
    /// Bytes of the current member that are not read yet.
    left: u64,
    /// Bytes between its end and the next header.
    padding: usize,
    globals: usize,
}

/// What an error of the decompressed stream means.
pub(super) fn told(error: &std::io::Error) -> ArchiveError {
    let (kind, text) = (error.kind(), error.to_string());
    if kind == ErrorKind::UnexpectedEof {
        ArchiveError::Cut
    } else if kind == ErrorKind::ConnectionAborted {
        ArchiveError::Stopped
    } else if text == TRAILING {
        ArchiveError::Trailing
    } else if text.contains("invalid gzip header") {
        ArchiveError::NotGzip
    } else if kind == ErrorKind::InvalidInput || kind == ErrorKind::InvalidData {
        ArchiveError::Damaged(text)
    } else {
        ArchiveError::Unreadable { path: String::new(), reason: text }
    }
}

impl<R: Read> Members<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, left: 0, padding: 0, globals: 0 }
    }

    /// The next member; `None` at the end, after which nothing but zeros follows.
    pub(super) fn next(&mut self) -> Result<Option<Found>, ArchiveError> {
        self.skip()?;
        let mut extensions = Extensions::default();
        loop {
            let mut header = Header::new_old();
            self.exactly(header.as_mut_bytes())?;
            if header.as_bytes().iter().all(|byte| *byte == 0) {
                self.only_zeros()?;
                return Ok(None);
            }
            check_sum(&header)?;
            let size = header.entry_size().map_err(|_| ArchiveError::Header("a size is not a number"))?;
            let kind = header.entry_type();
            if kind.is_pax_local_extensions() {
                self.pax(size, &mut extensions)?;
            } else if kind.is_pax_global_extensions() {
                self.global(size)?;
            } else if kind.is_gnu_longname() {
                let mut name = self.extension(size)?;
                while name.last() == Some(&0) {
                    name.pop();
                }
                if extensions.long_name.replace(name).is_some() {
                    return Err(ArchiveError::Header("a member has two long names"));
                }
            } else {
                return self.found(&header, kind, size, extensions).map(Some);
            }
        }
    }

    fn found(
        &mut self,
        header: &Header,
        kind: EntryType,
        size: u64,
        extensions: Extensions,
    ) -> Result<Found, ArchiveError> {
        let name = match (extensions.pax_name, extensions.long_name) {
            (Some(pax), Some(long)) if pax != long => {
                return Err(ArchiveError::Header("a member has two different names"));
            }
            (Some(name), _) | (None, Some(name)) => name,
            (None, None) => header.path_bytes().into_owned(),
        };
        let name = shown(&name);
        if let Some(kind) = wrong_kind(kind, extensions.is_sparse) {
            return Err(ArchiveError::NotAFile { name, kind });
        }
        let size = extensions.size.unwrap_or(size);
        self.left = size;
        self.padding = padding(size);
        Ok(Found { name, size })
    }

    /// The contents of the current member; a cut is an error.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ArchiveError> {
        let limit = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let Some(buffer) = buffer.get_mut(..limit).filter(|buffer| !buffer.is_empty()) else {
            return Ok(0);
        };
        match self.input.read(buffer) {
            Ok(0) => Err(ArchiveError::Cut),
            Ok(read) => {
                self.left -= read as u64;
                Ok(read)
            }
            Err(error) => Err(told(&error)),
        }
    }

    /// Passes over what is left of the current member.
    fn skip(&mut self) -> Result<(), ArchiveError> {
        let mut buffer = [0; 8 << 10];
        while self.left > 0 {
            self.read(&mut buffer)?;
        }
        let mut rest = [0; BLOCK];
        let padding = std::mem::take(&mut self.padding);
        self.exactly(rest.get_mut(..padding).unwrap_or_default())
    }

    fn exactly(&mut self, buffer: &mut [u8]) -> Result<(), ArchiveError> {
        self.input.read_exact(buffer).map_err(|error| told(&error))
    }

    /// The contents of an extension header.
    fn extension(&mut self, size: u64) -> Result<Vec<u8>, ArchiveError> {
        let length = usize::try_from(size).ok().filter(|_| size <= MAX_EXTENSION);
        let length = length.ok_or(ArchiveError::Header("an extension header is too large"))?;
        let mut contents = vec![0; length];
        self.exactly(&mut contents)?;
        let mut rest = [0; BLOCK];
        self.exactly(rest.get_mut(..padding(size)).unwrap_or_default())?;
        Ok(contents)
    }

    fn pax(&mut self, size: u64, extensions: &mut Extensions) -> Result<(), ArchiveError> {
        if std::mem::replace(&mut extensions.has_pax, true) {
            return Err(ArchiveError::Header("a member has two PAX headers"));
        }
        let contents = self.extension(size)?;
        for record in PaxExtensions::new(&contents) {
            let record = record.map_err(|_| MALFORMED_PAX)?;
            let value = record.value_bytes();
            match record.key_bytes() {
                b"path" => extensions.pax_name = Some(value.to_vec()),
                b"size" => {
                    let number = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
                    extensions.size = Some(number.ok_or(MALFORMED_PAX)?);
                }
                key if key.starts_with(b"GNU.sparse") => extensions.is_sparse = true,
                _ => {}
            }
        }
        Ok(())
    }

    /// A PAX header for all members: only a comment, as `git archive` writes one.
    fn global(&mut self, size: u64) -> Result<(), ArchiveError> {
        self.globals += 1;
        if self.globals > MAX_GLOBAL {
            return Err(ArchiveError::Header("it has too many PAX headers"));
        }
        let contents = self.extension(size)?;
        for record in PaxExtensions::new(&contents) {
            let record = record.map_err(|_| MALFORMED_PAX)?;
            let key = record.key_bytes();
            if key == b"path" || key == b"size" || key.starts_with(b"GNU.sparse") {
                return Err(ArchiveError::Header("a PAX header for all members gives them a name or a size"));
            }
        }
        Ok(())
    }

    fn only_zeros(&mut self) -> Result<(), ArchiveError> {
        let mut buffer = [0; 8 << 10];
        loop {
            match self.input.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(read) if buffer.iter().take(read).any(|byte| *byte != 0) => {
                    return Err(ArchiveError::Trailing);
                }
                Ok(_) => {}
                Err(error) => return Err(told(&error)),
            }
        }
    }
}

const MALFORMED_PAX: ArchiveError = ArchiveError::Header("a PAX header is malformed");

/// Bytes between the end of contents and the next block.
fn padding(size: u64) -> usize {
    let block = BLOCK as u64;
    usize::try_from((block - size % block) % block).unwrap_or(0)
}

fn check_sum(header: &Header) -> Result<(), ArchiveError> {
    let mut again = header.clone();
    again.set_cksum();
    match (header.cksum(), again.cksum()) {
        (Ok(written), Ok(counted)) if written == counted => Ok(()),
        _ => Err(ArchiveError::Header("the checksum of a tar header is wrong")),
    }
}

/// What a member is instead of a plain file.
fn wrong_kind(kind: EntryType, is_sparse: bool) -> Option<&'static str> {
    if is_sparse || kind.is_gnu_sparse() {
        Some("a sparse file")
    } else if kind.is_file() {
        None
    } else if kind.is_hard_link() {
        Some("a hard link")
    } else if kind.is_symlink() || kind.is_gnu_longlink() {
        Some("a symbolic link")
    } else if kind.is_character_special() || kind.is_block_special() {
        Some("a device")
    } else if kind.is_dir() {
        Some("a folder")
    } else if kind.is_fifo() {
        Some("a FIFO")
    } else {
        Some("of an unknown kind")
    }
}

/// A name as text, cut where it is longer than any that an export has.
fn shown(name: &[u8]) -> String {
    let longest = 512;
    let text = String::from_utf8_lossy(name.get(..longest).unwrap_or(name)).into_owned();
    if name.len() > longest { text + "…" } else { text }
}
