//! `session.json`: the sessions that `login` saves for later commands, one per store.
//!
//! The file is opened without following links, checked through its descriptor, and replaced as a whole under a lock. A
//! session that others could read is never used again: it stays in the file, marked, until it is ended on its store.

use super::exit::Failure;
use super::output::Stderr;
use crate::domain::{AccessToken, Warning, WarningCode};
use crate::service::Error;
use crate::service::StoreLocation;
use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Bytes of the file that are read at most.
const MAX_BYTES: u64 = 1_048_576;
/// How often to try a lock that another process holds.
const PAUSE: Duration = Duration::from_millis(20);

/// The saved sessions of one user.
#[derive(Debug)]
pub(super) struct SessionFile {
    folder: PathBuf,
    store: String,
    stderr: Stderr,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Content {
    sessions: BTreeMap<String, Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    access_token: String,
    /// Whether others could read it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    exposed: bool,
}

/// The file's content for this store.
#[derive(Debug)]
pub(super) enum Kept {
    /// No session.
    Nothing,
    /// A session that may be used.
    Session(AccessToken),
    /// Others could read the file. This is the session of this store that was in it.
    Exposed(Option<AccessToken>),
}

/// The parsed file.
struct Found {
    content: Content,
    /// Whether others could read the file; then every entry is marked.
    was_open: bool,
}

/// The file under its lock; dropping it releases the lock.
#[derive(Debug)]
pub(super) struct Locked<'a> {
    file: &'a SessionFile,
    _lock: File,
}

impl SessionFile {
    /// The file in the state folder, for one store.
    pub(super) fn new(state_dir: &Path, place: &StoreLocation, stderr: Stderr) -> Self {
        let store = format!("{}: {}", place.kind.as_str(), place.full);
        Self { folder: state_dir.to_owned(), store, stderr }
    }

    /// Where it is.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.join("session.json")
    }

    /// The session of this store for completion: prints nothing and changes nothing, whatever is wrong with the file.
    pub(super) fn peek(&self) -> Option<AccessToken> {
        let flags = flag(OFlags::NOFOLLOW | OFlags::NONBLOCK);
        let file = OpenOptions::new().read(true).custom_flags(flags).open(self.path()).ok()?;
        let data = file.metadata().ok()?;
        let is_own = data.uid() == rustix::process::geteuid().as_raw();
        if !data.is_file() || has_other_names(&data) || !is_own || data.mode() & 0o077 != 0 {
            return None;
        }
        let mut text = Vec::new();
        file.take(MAX_BYTES).read_to_end(&mut text).ok()?;
        let mut content: Content = serde_json::from_slice(&text).ok()?;
        let entry = content.sessions.remove(&self.store).filter(|entry| !entry.exposed);
        entry.map(|entry| AccessToken(entry.access_token.into()))
    }

    /// The session of this store, if there is one. Changes nothing.
    pub(super) fn load(&self) -> Result<Kept, Failure> {
        let Some(found) = self.read()? else {
            return Err(self.refused("is damaged"));
        };
        Ok(self.kept(&found))
    }

    /// Waits for the lock; the caller handles signals and the time-out.
    pub(super) async fn lock(&self) -> Result<Locked<'_>, Error> {
        let lock = self.open_lock()?;
        loop {
            if self.try_lock_on(&lock)? {
                return Ok(Locked { file: self, _lock: lock });
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// The lock, unless another process holds it.
    pub(super) fn try_lock(&self) -> Result<Option<Locked<'_>>, Error> {
        let lock = self.open_lock()?;
        Ok(self.try_lock_on(&lock)?.then_some(Locked { file: self, _lock: lock }))
    }

    fn try_lock_on(&self, lock: &File) -> Result<bool, Error> {
        match flock(lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(true),
            Err(Errno::WOULDBLOCK | Errno::INTR) => Ok(false),
            Err(error) => Err(self.unwritable(io::Error::from(error))),
        }
    }

    fn open_lock(&self) -> Result<File, Error> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&self.folder);
        made.map_err(|error| self.unwritable(error))?;
        // For reading and writing, and without blocking: a FIFO opens and is then refused.
        let lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(flag(OFlags::NOFOLLOW | OFlags::NONBLOCK))
            .open(self.folder.join("session.lock"));
        let lock = lock.map_err(|error| self.unwritable(error))?;
        match lock.metadata() {
            Ok(data) if data.is_file() => Ok(lock),
            Ok(_) => Err(self.unwritable("session.lock beside it is not a regular file")),
            Err(error) => Err(self.unwritable(error)),
        }
    }

    fn unwritable(&self, why: impl Display) -> Error {
        Error::StoreUnusable(format!("{} cannot be written: {why}.", self.path().display()))
    }

    fn kept(&self, found: &Found) -> Kept {
        let entry = found.content.sessions.get(&self.store);
        let is_exposed = found.was_open || entry.is_some_and(|entry| entry.exposed);
        let token = entry.map(|entry| AccessToken(SecretString::from(entry.access_token.as_str())));
        match token {
            token if is_exposed => Kept::Exposed(token),
            Some(token) => Kept::Session(token),
            None => Kept::Nothing,
        }
    }

    /// The file's content; `None` if it is damaged.
    fn read(&self) -> Result<Option<Found>, Failure> {
        let Some(file) = self.open()? else {
            return Ok(Some(Found { content: Content::default(), was_open: false }));
        };
        let was_open = self.is_open(&file)?;
        let mut text = Vec::new();
        let read = file.take(MAX_BYTES).read_to_end(&mut text);
        read.map_err(|error| self.refused(&format!("cannot be read: {error}")))?;
        if text.is_empty() {
            return Ok(Some(Found { content: Content::default(), was_open }));
        }
        let mut content = match serde_json::from_slice::<Content>(&text) {
            Ok(content) => content,
            // The file will be emptied, whatever it contains.
            Err(_) if was_open => Content::default(),
            Err(_) => return Ok(None),
        };
        if was_open {
            content.sessions.values_mut().for_each(|entry| entry.exposed = true);
        }
        Ok(Some(Found { content, was_open }))
    }

    fn open(&self) -> Result<Option<File>, Failure> {
        let opened = OpenOptions::new()
            .read(true)
            .custom_flags(flag(OFlags::NOFOLLOW | OFlags::NONBLOCK))
            .open(self.path());
        match opened {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => {
                Err(self.refused("is a link"))
            }
            Err(error) => Err(self.refused(&format!("cannot be read: {error}"))),
        }
    }

    /// Whether others can read or write it. Refuses anything but a regular file of this user.
    fn is_open(&self, file: &File) -> Result<bool, Failure> {
        let data = file.metadata().map_err(|error| self.refused(&format!("cannot be read: {error}")))?;
        if !data.is_file() || has_other_names(&data) {
            return Err(self.refused("is not a regular file, or has several hard links"));
        }
        if data.uid() != rustix::process::geteuid().as_raw() {
            return Err(self.refused("belongs to another user"));
        }
        Ok(data.mode() & 0o077 != 0)
    }

    fn refused(&self, why: &str) -> Failure {
        Failure::usage(
            format!("{} {why}.", self.path().display()),
            "Sign in again: tenantry login; if that fails too, remove the file first.",
        )
    }
}

/// Whether an opened file is also in another place. One without any name was replaced since it was opened, by a command
/// that renewed its session: what it holds was true a moment ago, and its session goes on.
fn has_other_names(data: &Metadata) -> bool {
    data.nlink() > 1
}

impl Locked<'_> {
    /// The current session of this store. If others could read the file, it is emptied, and every session in it is
    /// marked.
    pub(super) fn load(&self) -> Result<Kept, Failure> {
        let file = self.file;
        let Some(found) = file.read()? else {
            return Err(file.refused("is damaged"));
        };
        if found.was_open {
            self.empty()?;
            self.write(&found.content)?;
        }
        Ok(file.kept(&found))
    }

    /// Saves a session; returns the session that it replaces.
    pub(super) fn save(&self, token: &AccessToken) -> Result<Option<AccessToken>, Failure> {
        let access_token = token.0.expose_secret().to_owned();
        let entry = Entry { access_token, exposed: false };
        let before = self.change(|content| content.sessions.insert(self.file.store.clone(), entry))?;
        Ok(before.map(|entry| AccessToken(entry.access_token.into())))
    }

    /// Forgets the session of this store.
    pub(super) fn forget(&self) -> Result<(), Failure> {
        self.change(|content| content.sessions.remove(&self.file.store)).map(drop)
    }

    fn change(&self, work: impl FnOnce(&mut Content) -> Option<Entry>) -> Result<Option<Entry>, Failure> {
        let file = self.file;
        let mut content = if let Some(found) = file.read()? {
            if found.was_open {
                self.empty()?;
            }
            found.content
        } else {
            let path = file.path();
            let lost = format!("{} was damaged; its other sessions are lost.", path.display());
            file.stderr.warning(&Warning::new(WarningCode::SessionsLost, lost));
            Content::default()
        };
        let before = work(&mut content);
        self.write(&content)?;
        Ok(before)
    }

    /// Empties a file that others could read; they may have it open.
    fn empty(&self) -> Result<(), Failure> {
        let file = self.file;
        let Some(opened) = file.open()? else { return Ok(()) };
        if !file.is_open(&opened)? {
            return Ok(());
        }
        // Through the checked descriptor: the name may belong to another file by now.
        let this = format!("/dev/fd/{}", opened.as_raw_fd());
        let emptied = OpenOptions::new().write(true).truncate(true).open(this);
        emptied.map(drop).map_err(|error| file.refused(&format!("cannot be emptied: {error}")))
    }

    fn write(&self, content: &Content) -> Result<(), Failure> {
        let file = self.file;
        let text =
            if content.sessions.is_empty() { Ok(Vec::new()) } else { serde_json::to_vec_pretty(content) };
        let written = || -> io::Result<()> {
            let mut new = tempfile::NamedTempFile::new_in(&file.folder)?;
            new.write_all(&text?)?;
            new.as_file().sync_all()?;
            new.persist(file.path()).map(drop).map_err(|error| error.error)
        };
        written().map_err(|error| file.unwritable(error).into())
    }
}

fn flag(flags: OFlags) -> i32 {
    i32::try_from(flags.bits()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// Commands that run side by side: one renews while another has just opened the file.
    #[test]
    fn file_that_is_replaced_while_it_is_read_has_no_other_name() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("session.json"), folder.path().join("other"));
        fs::write(&path, "").unwrap();
        let opened = File::open(&path).unwrap();
        let has_others = || has_other_names(&opened.metadata().unwrap());
        assert!(!has_others());
        fs::hard_link(&path, &other).unwrap();
        assert!(has_others());
        fs::remove_file(&other).unwrap();
        fs::write(&other, "").unwrap();
        fs::rename(&other, &path).unwrap();
        assert_eq!(opened.metadata().unwrap().nlink(), 0);
        assert!(!has_others());
    }
}
