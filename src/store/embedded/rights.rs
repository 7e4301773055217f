//! Refuses files of the store that others can access, before SQLite opens them.

use super::failure::unreachable_file;
use super::log_file::beside;
use crate::port::{Error, Result};
use rustix::process::geteuid;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Checks the file, its companions and its folder. Returns whether the file exists.
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

/// File names are no secret, so others may read the folder. Someone who can write to it could replace files.
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
        Some("is not a regular file")
    } else if data.uid() != geteuid().as_raw() {
        Some("belongs to another user")
    } else {
        None
    }
}

/// Whether group or others have one of these permissions.
pub(super) fn others_may(data: &Metadata, rights: u32) -> bool {
    data.mode() & rights != 0
}

pub(super) fn unusable(path: &Path, why: &str) -> Error {
    Error::StoreUnusable(format!("{} {why}.", path.display()))
}
