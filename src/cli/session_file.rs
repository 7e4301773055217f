//! `session.json`: the sessions that `login` keeps for later commands, one for each store.
//!
//! Opened without following links and judged through the descriptor; replaced as a whole under a lock.

use super::context::Context;
use super::exit::Failure;
use super::output::Stderr;
use crate::domain::{AccessToken, Warning};
use crate::service::Error;
use crate::service::StoreLocation;
use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Bytes of the file that are read at most.
const MAX_BYTES: u64 = 1_048_576;

/// The pause between two tries for the lock.
const PAUSE: Duration = Duration::from_millis(20);

/// The sessions of one user.
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
}

/// What is in the file.
enum Kept {
    Sessions(Content),
    /// Nothing that this program wrote, or not all of it.
    Damaged,
}

impl Default for Kept {
    fn default() -> Self {
        Self::Sessions(Content::default())
    }
}

impl SessionFile {
    /// The file in the state folder, for one store.
    pub(super) fn new(state_dir: &Path, place: &StoreLocation, stderr: Stderr) -> Self {
        let store = format!("{}: {}", place.kind.as_str(), place.full);
        Self { folder: state_dir.to_owned(), store, stderr }
    }

    fn path(&self) -> PathBuf {
        self.folder.join("session.json")
    }

    /// The session of this store for whoever only looks: nothing is said, and a file that is not as it should be is
    /// left as it is.
    pub(super) fn peek(&self) -> Option<AccessToken> {
        let flags = flag(OFlags::NOFOLLOW | OFlags::NONBLOCK);
        let file = OpenOptions::new().read(true).custom_flags(flags).open(self.path()).ok()?;
        let data = file.metadata().ok()?;
        let is_own = data.uid() == rustix::process::geteuid().as_raw();
        if !data.is_file() || data.nlink() != 1 || !is_own || data.mode() & 0o077 != 0 {
            return None;
        }
        let mut text = Vec::new();
        file.take(MAX_BYTES).read_to_end(&mut text).ok()?;
        let mut content: Content = serde_json::from_slice(&text).ok()?;
        content.sessions.remove(&self.store).map(|entry| AccessToken(entry.access_token.into()))
    }

    /// The session of this store, if there is one.
    pub(super) fn load(&self) -> Result<Option<AccessToken>, Failure> {
        let mut content = match self.read()? {
            Kept::Sessions(content) => content,
            Kept::Damaged => return Err(self.refused("is damaged")),
        };
        Ok(content.sessions.remove(&self.store).map(|entry| AccessToken(entry.access_token.into())))
    }

    /// Keeps a session in place of the one before.
    pub(super) async fn save(&self, context: &Context<'_>, token: &AccessToken) -> Result<(), Failure> {
        let entry = Entry { access_token: token.0.expose_secret().to_owned() };
        self.change(context, |content| content.sessions.insert(self.store.clone(), entry).is_some()).await
    }

    /// Forgets the session of this store.
    pub(super) async fn forget(&self, context: &Context<'_>) -> Result<(), Failure> {
        if self.load()?.is_none() {
            return Ok(());
        }
        self.change(context, |content| content.sessions.remove(&self.store).is_some()).await
    }

    async fn change(
        &self,
        context: &Context<'_>,
        work: impl FnOnce(&mut Content) -> bool,
    ) -> Result<(), Failure> {
        let unwritable = |error: io::Error| -> Failure {
            let path = self.path();
            Error::StoreUnusable(format!("{} cannot be written: {error}.", path.display())).into()
        };
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder).map_err(unwritable)?;
        let _lock = self.lock(context).await?;
        let mut kept = match self.read()? {
            Kept::Sessions(sessions) => sessions,
            Kept::Damaged => {
                let lost = format!("{} was damaged; its other sessions are gone.", self.path().display());
                self.stderr.warning(&Warning::new("sessions_lost", lost));
                Content::default()
            }
        };
        work(&mut kept);
        let text = serde_json::to_vec_pretty(&kept).map_err(|error| unwritable(error.into()))?;
        let mut file = tempfile::NamedTempFile::new_in(&self.folder).map_err(unwritable)?;
        file.write_all(&text).and_then(|()| file.as_file().sync_all()).map_err(unwritable)?;
        file.persist(self.path()).map_err(|error| unwritable(error.error))?;
        Ok(())
    }

    /// The lock of the file, as soon as no other process holds it; `--timeout` and signals end the wait.
    async fn lock(&self, context: &Context<'_>) -> Result<File, Failure> {
        let path = self.folder.join("session.lock");
        let unusable = |why: String| Error::StoreUnusable(format!("{} {why}.", path.display()));
        // Read as well: a pipe in its place is opened at once, and refused.
        let lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(flag(OFlags::NOFOLLOW | OFlags::NONBLOCK))
            .open(&path)
            .map_err(|error| unusable(format!("cannot be opened: {error}")))?;
        if !lock.metadata().is_ok_and(|data| data.is_file()) {
            return Err(unusable("is not a plain file".to_owned()).into());
        }
        let held = async {
            loop {
                match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
                    Ok(()) => return Ok(()),
                    Err(Errno::WOULDBLOCK) => tokio::time::sleep(PAUSE).await,
                    Err(error) => return Err(unusable(format!("cannot be locked: {error}"))),
                }
            }
        };
        match context.reads(held).await {
            Ok(()) => Ok(lock),
            Err(failure @ Failure::TimedOut { seconds, .. }) => {
                let message = format!("Another process has held {} for {seconds} s.", path.display());
                Err(failure.explained(message, Some("See who: fuser, or lsof.".to_owned())))
            }
            Err(failure) => Err(failure),
        }
    }

    fn read(&self) -> Result<Kept, Failure> {
        let opened = OpenOptions::new()
            .read(true)
            .custom_flags(flag(OFlags::NOFOLLOW | OFlags::NONBLOCK))
            .open(self.path());
        let file = match opened {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Kept::default()),
            Err(error) if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => {
                return Err(self.refused("is a link"));
            }
            Err(error) => return Err(self.refused(&format!("cannot be read: {error}"))),
        };
        if !self.is_private(&file)? {
            return Ok(Kept::default());
        }
        let mut text = Vec::new();
        file.take(MAX_BYTES)
            .read_to_end(&mut text)
            .map_err(|error| self.refused(&format!("cannot be read: {error}")))?;
        if text.is_empty() {
            return Ok(Kept::default());
        }
        Ok(serde_json::from_slice(&text).map_or(Kept::Damaged, Kept::Sessions))
    }

    /// Whether its sessions may be used; one that others could read is emptied, since they may have.
    fn is_private(&self, file: &File) -> Result<bool, Failure> {
        let data = file.metadata().map_err(|error| self.refused(&format!("cannot be read: {error}")))?;
        if !data.is_file() || data.nlink() != 1 {
            return Err(self.refused("is not a plain file with one name"));
        }
        if data.uid() != rustix::process::geteuid().as_raw() {
            return Err(self.refused("belongs to another user"));
        }
        if data.mode() & 0o077 == 0 {
            return Ok(true);
        }
        // Through the descriptor that was judged: another file may have the name by now.
        let this = format!("/dev/fd/{}", file.as_raw_fd());
        let emptied = OpenOptions::new().write(true).truncate(true).open(this);
        emptied.map_err(|error| self.refused(&format!("cannot be emptied: {error}")))?;
        let message = format!(
            "{} could be read by others, so its sessions were removed; sign in again.",
            self.path().display()
        );
        self.stderr.warning(&Warning::new("sessions_removed", message));
        Ok(false)
    }

    fn refused(&self, why: &str) -> Failure {
        Failure::usage(
            format!("{} {why}.", self.path().display()),
            "Sign in again: tenantry login; if that is refused too, remove it first.",
        )
    }
}

fn flag(flags: OFlags) -> i32 {
    i32::try_from(flags.bits()).unwrap_or(0)
}
