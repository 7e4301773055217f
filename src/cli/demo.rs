//! `demo --keep`: prints how to open the store. `crate::demo` creates it.

use super::Global;
use super::exit::Failure;
use super::output::{Colours, Printer, data, shape};
use crate::domain::text::visible;
use crate::wire;
use std::path::Path;

/// A sample store that is kept.
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

/// Prints where the store is and how to open it.
///
/// # Errors
/// When stdout cannot be written.
pub fn demo_kept(global: &Global, colours: Colours, demo: &KeptDemo<'_>) -> Result<(), Failure> {
    let folder = demo.folder.to_string_lossy();
    let value = wire::Demo {
        folder: folder.to_string(),
        organizations: demo.organizations,
        email: demo.email.to_owned(),
        password: demo.password.to_owned(),
    };
    let sentence = format!(
        "{} organizations in {}; every password is {}. Open the console on them with:\n\
         env -u MONGO_URI -u SECRET_KEY TENANTRY_DATA_DIR={} tenantry --no-env-file --email {}",
        demo.organizations,
        visible(&folder),
        demo.password,
        visible(&shell_words::quote(&folder)),
        demo.email,
    );
    let text = Printer::new(&shape::DEMO, global, colours.stdout)?.said(&value, &sentence)?;
    data(&text).map_err(|error| Failure::File(format!("stdout cannot be written: {error}.")))
}
