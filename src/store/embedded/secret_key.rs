//! The key that signs tokens when `SECRET_KEY` is not set: `secret.key` beside the database.

use super::failure::unreachable_file;
use super::rights;
use crate::port::{Error, MIN_KEY_BYTES, Result, SecretKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustix::fs::OFlags;
use secrecy::SecretString;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The name of the file in the data folder.
pub const FILE_NAME: &str = "secret.key";
/// Bytes to read at most; the file has 43.
const MAX_KEY_BYTES: u64 = 1_024;

/// A key in a file of the data folder: 43 characters, base64url of 32 random bytes, no line end, mode 0600.
#[derive(Debug)]
pub struct KeyFile {
    path: PathBuf,
    known: OnceLock<SecretString>,
}

impl KeyFile {
    /// The key of a data folder; reads and creates nothing yet.
    pub fn new(data_dir: &Path) -> Self {
        Self { path: data_dir.join(FILE_NAME), known: OnceLock::new() }
    }

    fn read(&self) -> Result<Option<SecretString>> {
        // Opening a pipe would block until there is a writer.
        let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).unwrap_or(0);
        let file = match OpenOptions::new().read(true).custom_flags(flags).open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
                return Err(self.unusable("is a link; put the file itself there"));
            }
            Err(error) => return Err(unreachable_file(&self.path, &error)),
        };
        self.judge(&file)?;
        let mut text = String::new();
        file.take(MAX_KEY_BYTES)
            .read_to_string(&mut text)
            .map_err(|error| unreachable_file(&self.path, &error))?;
        if text.len() < MIN_KEY_BYTES {
            return Err(self.unusable(
                "is shorter than 32 bytes; move it away, and tenantry creates a new one (all sessions end)",
            ));
        }
        Ok(Some(SecretString::from(text)))
    }

    /// Checks the open file, not its name, so that nobody can replace it in between.
    fn judge(&self, file: &File) -> Result<()> {
        let data = file.metadata().map_err(|error| unreachable_file(&self.path, &error))?;
        if let Some(why) = rights::refusal(&data) {
            return Err(self.unusable(why));
        }
        if rights::others_may(&data, 0o077) {
            return Err(self.unusable(
                "can be read by others; chmod 600 it, and replace the key if others may have read it",
            ));
        }
        Ok(())
    }

    fn unusable(&self, why: &str) -> Error {
        rights::unusable(&self.path, why)
    }

    /// Writes the complete file under another name and links it into place: the loser of a race reads the winner's
    /// key.
    fn make(&self) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(URL_SAFE_NO_PAD.encode(bytes).as_bytes())?;
        file.as_file().sync_all()?;
        match file.persist_noclobber(&self.path) {
            Ok(_) => File::open(folder)?.sync_all(),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error.error),
        }
    }
}

impl SecretKey for KeyFile {
    fn load(&self) -> Result<Option<SecretString>> {
        if let Some(known) = self.known.get() {
            return Ok(Some(known.clone()));
        }
        let read = self.read()?;
        Ok(read.map(|key| self.known.get_or_init(|| key).clone()))
    }

    fn load_or_make(&self) -> Result<SecretString> {
        if let Some(key) = self.load()? {
            return Ok(key);
        }
        self.make().map_err(|error| unreachable_file(&self.path, &error))?;
        self.load()?.ok_or_else(|| self.unusable("was created but is missing now"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn key_is_created_once_and_read_by_all() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        assert!(KeyFile::new(&data).load().unwrap().is_none());
        let keys: Vec<String> = std::thread::scope(|scope| {
            let makers: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| KeyFile::new(&data).load_or_make().unwrap().expose_secret().to_owned())
                })
                .collect();
            makers.into_iter().map(|maker| maker.join().unwrap()).collect()
        });
        assert_eq!(keys[0].len(), 43);
        assert!(keys.iter().all(|key| key == &keys[0]), "one key for all");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&data), mode(&data.join(FILE_NAME))), (0o700, 0o600));
        assert_eq!(fs::read_dir(&data).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn links_short_keys_and_readable_keys_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        let refusal = || match KeyFile::new(folder.path()).load() {
            Err(Error::StoreUnusable(text)) => text,
            other => panic!("{other:?}"),
        };
        fs::write(&path, "x".repeat(43)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(refusal().contains("can be read by others"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(KeyFile::new(folder.path()).load().unwrap().is_some());
        fs::write(&path, "short").unwrap();
        assert!(refusal().contains("shorter than 32"));
        fs::remove_file(&path).unwrap();
        symlink("/etc/hostname", &path).unwrap();
        assert!(refusal().contains("is a link"));
    }
}
