//! Who else may reach the files of the store: nobody. Judged before SQLite opens them.

use super::failure::unreachable_file;
use super::log_file::beside;
use crate::port::{Error, Result};
use rustix::process::geteuid;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Judges the file, its companions and its folder. Answers whether the file is there.
pub(super) fn judge(database: &Path) -> Result<bool> {
    let is_there = judge_file(database)?;
    if is_there {
        judge_folder(database.parent().unwrap_or(Path::new(".")))?;
        for end in ["-wal", "-shm"] {
            judge_file(&beside(database, end))?;
        }
    }
    Ok(is_there)
}

fn judge_file(path: &Path) -> Result<bool> {
    let data = match fs::symlink_metadata(path) {
        Ok(data) => data,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(unreachable_file(path, &error)),
    };
    let refusal = if data.is_symlink() {
        Some("is a link; put the file itself there")
    } else {
        refusal(&data).or_else(|| others_may(&data, 0o077).then_some("can be read by others; chmod 600 it"))
    };
    refusal.map_or(Ok(true), |why| Err(unusable(path, why)))
}

/// The names in it are no secret, so that others may read it. Who may write it could put other files in place.
fn judge_folder(path: &Path) -> Result<()> {
    let data = fs::metadata(path).map_err(|error| unreachable_file(path, &error))?;
    if data.uid() != 0 && data.uid() != geteuid().as_raw() {
        return Err(unusable(path, "belongs to another user"));
    }
    if others_may(&data, 0o022) {
        return Err(unusable(path, "can be written by others; chmod 700 it"));
    }
    Ok(())
}

/// What is wrong with a file that only its owner may use, apart from its mode.
pub(super) fn refusal(data: &Metadata) -> Option<&'static str> {
    if !data.is_file() {
        Some("is not a plain file")
    } else if data.uid() != geteuid().as_raw() {
        Some("belongs to another user")
    } else {
        None
    }
}

/// Whether group or others have one of these rights.
pub(super) fn others_may(data: &Metadata, rights: u32) -> bool {
    data.mode() & rights != 0
}

pub(super) fn unusable(path: &Path, why: &str) -> Error {
    Error::StoreUnusable(format!("{} {why}.", path.display()))
}
