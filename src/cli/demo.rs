//! `demo`: what is said of a store that is kept. Making it is `crate::demo`'s.

use super::context::print;
use super::exit::Failure;
use super::{Format, output};
use crate::domain::text::visible;
use serde_json::json;
use std::path::Path;

/// A store that was made to be looked at.
#[derive(Debug)]
pub struct KeptDemo<'a> {
    /// Where it is.
    pub folder: &'a Path,
    /// Organizations in it.
    pub organizations: usize,
    /// Its operator.
    pub email: &'a str,
    /// The password of every account in it.
    pub password: &'a str,
}

/// Says where it is and how to open it.
///
/// # Errors
/// When stdout cannot be written.
pub fn demo_kept(format: Format, demo: &KeptDemo<'_>) -> Result<(), Failure> {
    let folder = demo.folder.to_string_lossy();
    match format {
        Format::Json => print(&output::json_line(&json!({
            "folder": folder,
            "organizations": demo.organizations,
            "email": demo.email,
            "password": demo.password,
        }))),
        Format::Table => print(&format!(
            "{} organizations in {}; every password is {}. Open the console on them with:\n\
             TENANTRY_DATA_DIR={} tenantry --no-env-file --email {}\n",
            demo.organizations,
            visible(&folder),
            demo.password,
            visible(&shell_words::quote(&folder)),
            demo.email,
        )),
    }
}
