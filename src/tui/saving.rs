//! Saves a text that the terminal cannot take to a new file.

use jiff::Timestamp;
use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Names that are tried before it is given up.
const TRIES: usize = 100;

/// [Saves](save) in the folder where tenantry was started.
///
/// # Errors
/// Those of the file system.
pub(super) fn save_here(extension: &str, text: &str, now: Timestamp) -> io::Result<PathBuf> {
    save(&std::env::current_dir()?, extension, text, now)
}

/// Writes the text to a new file in the folder that only its owner may read, and answers its path. Never writes to a
/// file that is there; one that could not be written whole is removed.
///
/// # Errors
/// Those of the file system.
fn save(folder: &Path, extension: &str, text: &str, now: Timestamp) -> io::Result<PathBuf> {
    let time = now.strftime("%Y%m%dT%H%M%SZ");
    for number in 1..=TRIES {
        let count = if number == 1 { String::new() } else { format!("-{number}") };
        let path = folder.join(format!("tenantry-{time}{count}.{extension}"));
        let mut file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(error),
        };
        let written = file.write_all(text.as_bytes()).and_then(|()| file.write_all(b"\n"));
        return match written.and_then(|()| file.sync_all()) {
            Ok(()) => Ok(path),
            Err(error) => {
                // What is left of it says nothing.
                let _ = std::fs::remove_file(&path);
                Err(error)
            }
        };
    }
    Err(ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_new_file_for_its_owner_alone_and_never_over_another() {
        let folder = tempfile::tempdir().unwrap();
        let now = "2026-11-24T12:00:00Z".parse().unwrap();
        std::fs::write(folder.path().join("tenantry-20261124T120000Z.json"), "mine").unwrap();
        std::os::unix::fs::symlink("/dev/null", folder.path().join("tenantry-20261124T120000Z-2.json"))
            .unwrap();
        let path = save(folder.path(), "json", "{}", now).unwrap();
        assert!(path.ends_with("tenantry-20261124T120000Z-3.json"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{}\n");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let other = std::fs::read_to_string(folder.path().join("tenantry-20261124T120000Z.json")).unwrap();
        assert_eq!(other, "mine");
        assert!(save(&folder.path().join("missing"), "json", "{}", now).is_err());
    }
}
