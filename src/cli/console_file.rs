//! `console.json`: what the console remembers of each store from one time to the next: the last email, and by what the
//! list was sorted. Never a secret.
//!
//! Nothing depends on it: a file that cannot be read is ignored, and a file that cannot be written stays as it was.

use crate::domain::{Warning, WarningCode};
use crate::service::StoreLocation;
use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Bytes of the file that are read at most.
const MAX_BYTES: u64 = 1_048_576;
/// The most stores that are remembered; the least recently used store is forgotten first.
const MOST: usize = 200;

/// What is remembered of one store.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Remembered {
    /// The email that signed in last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The column by which the list was sorted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
    /// Whether descending.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reverse: bool,
    /// Which of all writes to the file was the last of this store.
    used: u64,
}

impl Remembered {
    /// What is to be remembered.
    pub fn new(email: Option<String>, sort: Option<String>, reverse: bool) -> Self {
        Self { email, sort, reverse, used: 0 }
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Content {
    stores: BTreeMap<String, Remembered>,
}

/// The file, for one store.
#[derive(Debug)]
pub struct ConsoleFile {
    path: PathBuf,
    store: String,
}

impl ConsoleFile {
    /// The file in the state folder.
    pub fn new(state_dir: &Path, place: &StoreLocation) -> Self {
        let store = format!("{}: {}", place.kind.as_str(), place.full);
        Self { path: state_dir.join("console.json"), store }
    }

    /// What is remembered; or a warning that the file is not used, with what is known then: nothing.
    pub fn load(&self) -> (Remembered, Option<Warning>) {
        match self.read() {
            Ok(mut content) => (content.stores.remove(&self.store).unwrap_or_default(), None),
            Err(why) => {
                let message = format!("{} is not used: {why}.", self.path.display());
                (Remembered::default(), Some(Warning::new(WarningCode::ConsoleFileUnused, message)))
            }
        }
    }

    /// Remembers it for this store. What a file says that cannot be read is lost.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self, remembered: Remembered) -> io::Result<()> {
        let mut content = self.read().unwrap_or_default();
        let last = content.stores.values().map(|store| store.used).max().unwrap_or(0);
        content.stores.insert(self.store.clone(), Remembered { used: last.saturating_add(1), ..remembered });
        while content.stores.len() > MOST {
            let oldest = content.stores.iter().min_by_key(|(_, store)| store.used);
            let Some(oldest) = oldest.map(|(store, _)| store.clone()) else { break };
            content.stores.remove(&oldest);
        }
        let folder = self.path.parent().unwrap_or(Path::new("."));
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        // Made with the rights of its owner alone.
        let mut new = tempfile::NamedTempFile::new_in(folder)?;
        new.write_all(&serde_json::to_vec_pretty(&content)?)?;
        new.persist(&self.path).map(drop).map_err(|error| error.error)
    }

    fn read(&self) -> io::Result<Content> {
        let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).unwrap_or(0);
        let file = match OpenOptions::new().read(true).custom_flags(flags).open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Content::default()),
            Err(error) => return Err(error),
        };
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("not a plain file"));
        }
        let mut text = Vec::new();
        file.take(MAX_BYTES).read_to_end(&mut text)?;
        Ok(serde_json::from_slice(&text)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::StoreKind;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn file(folder: &Path, store: &str) -> ConsoleFile {
        let place = StoreLocation {
            kind: StoreKind::Embedded,
            short: store.into(),
            full: store.into(),
            host: store.into(),
            warnings: Vec::new(),
        };
        ConsoleFile::new(&folder.join("state"), &place)
    }

    fn of(email: &str) -> Remembered {
        Remembered { email: Some(email.into()), sort: Some("created".into()), reverse: true, used: 0 }
    }

    #[test]
    fn each_store_is_remembered_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (file(folder.path(), "/a/tenantry.db"), file(folder.path(), "/b/tenantry.db"));
        assert_eq!(one.load(), (Remembered::default(), None), "there is no file yet");
        one.save(of("a@x")).unwrap();
        other.save(of("b@x")).unwrap();
        assert_eq!(one.load().0, Remembered { used: 1, ..of("a@x") });
        assert_eq!(other.load().0, Remembered { used: 2, ..of("b@x") });
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&one.path), mode(one.path.parent().unwrap())), (0o600, 0o700));
        for number in 0..MOST {
            file(folder.path(), &number.to_string()).save(of("c@x")).unwrap();
        }
        assert_eq!(one.load().0, Remembered::default(), "the least recently used store");
        assert_eq!(fs::read_dir(one.path.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn damaged_file_is_told_and_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(folder.path(), "/a/tenantry.db");
        file.save(of("a@x")).unwrap();
        for damage in ["", "{", "[]", "{\"stores\": 5}", "\u{0}\u{1}"] {
            fs::write(&file.path, damage).unwrap();
            let (remembered, warning) = file.load();
            assert_eq!(remembered, Remembered::default());
            assert!(warning.unwrap().message.contains("console.json is not used"), "{damage:?}");
            file.save(of("a@x")).unwrap();
            assert_eq!(file.load().0.email.as_deref(), Some("a@x"));
        }
        fs::remove_file(&file.path).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", &file.path).unwrap();
        assert!(file.load().1.is_some(), "a link is not followed");
        file.save(of("a@x")).unwrap();
        assert!(fs::symlink_metadata(&file.path).unwrap().is_file(), "nor written through");
    }
}
