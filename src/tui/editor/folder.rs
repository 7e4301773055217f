//! The folder of one edit: the user's alone, locked while its console lives, and removed with all that is in it.

use super::EditorOptions;
use rustix::fs::{FlockOperation, flock};
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The name of every file: editors know what `.json` is.
const FILE: &str = "document.json";
/// How the name of every folder begins.
const PREFIX: &str = "edit-";
/// Folders that are tried: a console that starts may remove one before it is locked.
const TRIES: usize = 5;

/// A folder that exists until this value is dropped or its console ends.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// What tells other consoles that it is in use.
    _lock: File,
}

impl Folder {
    /// Its path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes it with everything in it: an editor leaves swap and backup files beside the file.
    pub(super) fn remove(&self) {
        remove(&self.path);
    }
}

/// A new folder with a new file that holds the text, in the best place where that is possible.
///
/// # Errors
/// There is no such place, as a sentence.
pub(super) fn with_file(options: &EditorOptions, text: &str) -> Result<(Folder, PathBuf), String> {
    let mut why = "There is no folder for it: neither XDG_RUNTIME_DIR nor HOME can be used.".to_owned();
    for place in places(options) {
        match filled(&place, text) {
            Ok(made) => return Ok(made),
            Err(error) => why = format!("No file could be made in {}: {error}.", place.display()),
        }
    }
    Err(why)
}

/// Where folders may lie, the best first: the session's own folder if it is safe, then the console's.
fn places(options: &EditorOptions) -> impl Iterator<Item = PathBuf> {
    let runtime = options.runtime_dir.as_ref().filter(|folder| folder.is_absolute() && is_own(folder));
    let runtime = runtime.map(|folder| folder.join("tenantry"));
    runtime.into_iter().chain(options.state_dir.as_ref().map(|folder| folder.join("edit")))
}

/// Whether it is a folder of this user that nobody else may enter.
fn is_own(folder: &Path) -> bool {
    fs::symlink_metadata(folder).is_ok_and(|data| {
        data.is_dir() && data.uid() == rustix::process::geteuid().as_raw() && data.mode() & 0o777 == 0o700
    })
}

fn filled(place: &Path, text: &str) -> io::Result<(Folder, PathBuf)> {
    DirBuilder::new().recursive(true).mode(0o700).create(place)?;
    if !is_own(place) {
        return Err(io::Error::other("others may use that folder; it must be yours, with mode 0700"));
    }
    for _ in 0..TRIES {
        let mut builder = tempfile::Builder::new();
        let builder = builder.prefix(PREFIX).permissions(Permissions::from_mode(0o700));
        let path = builder.tempdir_in(place)?.keep();
        let Some(lock) = locked(&path)? else { continue };
        let file = path.join(FILE);
        match written(&file, text) {
            Ok(()) => return Ok((Folder { path, _lock: lock }, file)),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                remove(&path);
                return Err(error);
            }
        }
    }
    Err(io::Error::other("each new folder was removed again"))
}

fn written(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(text.as_bytes())
}

/// The lock of a folder; none if another console has it, or it is gone.
fn locked(folder: &Path) -> io::Result<Option<File>> {
    let opened = match File::open(folder) {
        Ok(opened) => opened,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    match flock(&opened, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(opened)),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Removes the folders of consoles that are not there any more.
pub(super) fn sweep(options: &EditorOptions) {
    for place in places(options).filter(|place| is_own(place)) {
        for entry in fs::read_dir(&place).into_iter().flatten().flatten() {
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let is_edit = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
            if is_folder && is_edit && matches!(locked(&entry.path()), Ok(Some(_))) {
                remove(&entry.path());
            }
        }
    }
}

fn remove(folder: &Path) {
    if let Err(error) = fs::remove_dir_all(folder) {
        tracing::warn!(%error, "the folder of an edit is left over");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::Mode;

    fn options(runtime: Option<&Path>, state: &Path) -> EditorOptions {
        EditorOptions {
            runtime_dir: runtime.map(Path::to_owned),
            state_dir: Some(state.to_owned()),
            ..EditorOptions::default()
        }
    }

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn v13_an_unsafe_folder_of_the_session_is_passed_over() {
        let (runtime, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::set_permissions(runtime.path(), Permissions::from_mode(0o700)).unwrap();
        let link = state.path().join("link");
        std::os::unix::fs::symlink(runtime.path(), &link).unwrap();
        let place = |runtime: Option<&Path>| {
            let (folder, file) = with_file(&options(runtime, state.path()), "{}").unwrap();
            assert_eq!((mode(folder.path()), mode(&file)), (0o700, 0o600));
            assert_eq!(fs::read_to_string(&file).unwrap(), "{}");
            folder.remove();
            folder.path().parent().unwrap().to_owned()
        };
        let (good, instead) = (runtime.path().join("tenantry"), state.path().join("edit"));
        assert_eq!(place(Some(runtime.path())), good);
        assert_eq!(place(None), instead);
        assert_eq!(place(Some(Path::new("relative"))), instead);
        assert_eq!(place(Some(Path::new("/nowhere"))), instead);
        assert_eq!(place(Some(&link)), instead, "a link");
        fs::set_permissions(runtime.path(), Permissions::from_mode(0o755)).unwrap();
        assert_eq!(place(Some(runtime.path())), instead, "others may enter it");
        fs::set_permissions(&instead, Permissions::from_mode(0o777)).unwrap();
        let refused = with_file(&options(None, state.path()), "{}").unwrap_err();
        assert!(refused.contains("it must be yours, with mode 0700"), "{refused}");
        let nowhere = with_file(&EditorOptions::default(), "{}").unwrap_err();
        assert!(nowhere.contains("neither XDG_RUNTIME_DIR nor HOME"), "{nowhere}");
    }

    #[test]
    fn file_and_folder_are_the_users_alone_whatever_the_umask() {
        let state = tempfile::tempdir().unwrap();
        fs::create_dir(state.path().join("edit")).unwrap();
        fs::set_permissions(state.path().join("edit"), Permissions::from_mode(0o700)).unwrap();
        // One that takes nothing away.
        let before = rustix::process::umask(Mode::empty());
        let made = with_file(&options(None, state.path()), "{}");
        rustix::process::umask(before);
        let (folder, file) = made.unwrap();
        assert_eq!((mode(folder.path()), mode(&file)), (0o700, 0o600));
    }

    #[test]
    fn leftovers_of_consoles_that_are_gone_are_removed_and_no_others() {
        let state = tempfile::tempdir().unwrap();
        let options = options(None, state.path());
        let (living, _) = with_file(&options, "{}").unwrap();
        let (dead, file) = with_file(&options, "{}").unwrap();
        fs::write(file.with_file_name(".document.json.swp"), "").unwrap();
        let gone = dead.path().to_owned();
        drop(dead);
        let foreign = state.path().join("edit/notes");
        fs::create_dir(&foreign).unwrap();
        sweep(&options);
        assert_eq!((living.path().exists(), gone.exists(), foreign.exists()), (true, false, true));
    }
}
