//! `tenantry demo`: a console with realistic sample organizations, on an embedded store of its own.
//!
//! Owns the folder, its content (`sample_data`), how it is filled (`seed`) and who signs in. It may see stores and the
//! service; `app` opens the faces. It reads no store, key or session of the user.

pub mod sample_data;
pub mod seed;

use crate::cli::exit::Failure;
use crate::service::{SignedIn, TenantService};
use crate::settings::{Environment, Settings};
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The operator.
pub const EMAIL: &str = "demo@example.com";
/// The password of every account.
pub const PASSWORD: &str = "demonstration";
/// The cost of its hashes: the lowest that the settings allow.
pub const COST: u32 = 10;

/// The folder of a demo.
#[derive(Debug)]
pub enum Folder {
    /// Removed with the value.
    ThrownAway(TempDir),
    /// Kept.
    Kept(PathBuf),
}

impl Folder {
    /// A temporary folder, or the given one, which is created if needed and must be empty.
    ///
    /// # Errors
    /// When it cannot be created, or is not empty.
    pub fn make(keep: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = keep else {
            let made = tempfile::Builder::new().prefix("tenantry-demo-").tempdir();
            return made.map(Self::ThrownAway).map_err(|error| unusable(&std::env::temp_dir(), &error));
        };
        // The path is printed in a command line that opens the store.
        if std::path::absolute(path).is_ok_and(|path| path.to_str().is_none()) {
            return Err(Failure::usage(
                format!(
                    "--keep is {}, and that path is not UTF-8.",
                    path.as_os_str().as_encoded_bytes().escape_ascii()
                ),
                "Pass a folder whose path is UTF-8.",
            ));
        }
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|error| unusable(path, &error))?;
        let path = fs::canonicalize(path).map_err(|error| unusable(path, &error))?;
        let mut content = fs::read_dir(&path).map_err(|error| unusable(&path, &error))?;
        if content.next().is_some() {
            return Err(Failure::usage(
                format!("{} is not empty, so the demo does not use it.", path.display()),
                "Pass a new or empty folder with --keep.",
            ));
        }
        Ok(Self::Kept(path))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        match self {
            Self::ThrownAway(folder) => folder.path(),
            Self::Kept(path) => path,
        }
    }
}

fn unusable(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("{} cannot be used: {error}.", path.display()), "Pass another folder with --keep.")
}

/// The settings of a demo in this folder: the user's preferences, but none of the user's stores, keys and sessions.
pub fn environment(mut process: Environment, folder: &Path) -> Environment {
    for name in ["MONGO_URI", "MASTER_DB", "SECRET_KEY", "TENANTRY_TOKEN", "OPEN_REGISTRATION", "TRASH_DAYS"]
    {
        process.environment.remove(name);
    }
    process.env_file_in = None;
    process.environment.insert("TENANTRY_DATA_DIR".into(), folder.into());
    process.environment.insert("BCRYPT_COST".into(), COST.to_string().into());
    process.environment.insert("TENANTRY_ENVIRONMENT".into(), "DEMO".into());
    process
}

/// Creates the store with its operator and this many organizations.
///
/// # Errors
/// The store's.
pub async fn fill(service: &TenantService, settings: &Settings, organizations: usize) -> Result<(), Failure> {
    Ok(seed::store_of(settings, service, organizations).await?)
}

/// The message that the console shows at the start.
pub fn welcome() -> String {
    format!("You are {EMAIL}; the password of every account here is {PASSWORD}.")
}

/// Signs in as the operator.
///
/// # Errors
/// The service's.
pub async fn sign_in(service: &TenantService) -> Result<SignedIn, Failure> {
    Ok(service.sign_in(EMAIL, &PASSWORD.into()).await?)
}
