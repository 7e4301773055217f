//! Where an export goes.

use crate::domain::text::quoted;
use jiff::civil::Date;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why an export cannot go there. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TargetError {
    /// There is a file, and replacing it was not asked for.
    #[error("{} already exists.", quoted(.0))]
    Exists(String),
    /// There is something that is no plain file; it is never replaced.
    #[error("{} is {kind}. An export is written to a plain file.", quoted(.path))]
    NotPlain {
        /// The path.
        path: String,
        /// What is there, with its article.
        kind: &'static str,
    },
    /// The path is no name of a file.
    #[error("{} does not name a file.", quoted(.0))]
    NoName(String),
    /// The folder is missing.
    #[error("The folder {} does not exist.", quoted(.0))]
    NoFolder(String),
    /// The system refuses.
    #[error("{} cannot be written: {reason}.", quoted(.path))]
    Failed {
        /// The path.
        path: String,
        /// The system's reason.
        reason: String,
    },
}

impl TargetError {
    pub(super) fn failed(path: &Path, error: &std::io::Error) -> Self {
        Self::Failed { path: path.display().to_string(), reason: error.to_string() }
    }

    /// Whether another path would help, as opposed to a system that fails.
    pub fn is_usage(&self) -> bool {
        !matches!(self, Self::Failed { .. })
    }
}

/// The name of an export without a given one: `<slug>-<date>.tar.gz`.
pub fn default_name(slug: &str, today: Date) -> String {
    format!("{slug}-{today}.tar.gz")
}

/// A file that may be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub(super) path: PathBuf,
    pub(super) folder: PathBuf,
    pub(super) replaces: bool,
}

impl Target {
    /// Checks that an export may go there.
    ///
    /// # Errors
    /// [`TargetError`].
    pub fn check(path: &Path, replaces: bool) -> Result<Self, TargetError> {
        let shown = || path.display().to_string();
        let ends_as_folder = path.as_os_str().as_encoded_bytes().ends_with(b"/");
        let Some(_) = path.file_name().filter(|name| !ends_as_folder && *name != "-") else {
            return Err(TargetError::NoName(shown()));
        };
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        match fs::symlink_metadata(path) {
            Ok(data) => {
                let kind = data.file_type();
                let kind = if kind.is_symlink() {
                    Some("a symbolic link")
                } else if kind.is_dir() {
                    Some("a folder")
                } else if kind.is_fifo() {
                    Some("a FIFO")
                } else if kind.is_file() {
                    None
                } else {
                    Some("a device or a socket")
                };
                match kind {
                    Some(kind) => return Err(TargetError::NotPlain { path: shown(), kind }),
                    None if !replaces => return Err(TargetError::Exists(shown())),
                    None => {}
                }
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if !folder.is_dir() {
                    return Err(TargetError::NoFolder(folder.display().to_string()));
                }
            }
            Err(error) => return Err(TargetError::failed(path, &error)),
        }
        Ok(Self { path: path.to_owned(), folder, replaces })
    }

    /// The path.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
