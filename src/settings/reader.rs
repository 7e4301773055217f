//! Looks a setting up in the environment, else in `.env`; an error names the setting and its source.

use super::{SettingError, Source};
use std::collections::HashMap;
use std::ffi::OsString;
use std::path::PathBuf;

/// The environment and the file.
pub(super) struct Reader<'a> {
    pub(super) environment: &'a HashMap<String, OsString>,
    /// Each value with its line number.
    pub(super) file: HashMap<String, (String, usize)>,
}

impl Reader<'_> {
    pub(super) fn get(&self, name: &str) -> Result<Option<(String, Source)>, SettingError> {
        let Some(value) = self.environment.get(name) else {
            let in_file = self.file.get(name);
            return Ok(in_file.map(|(value, line)| (value.clone(), Source::EnvFile { line: *line })));
        };
        let text = value.to_str().ok_or_else(|| {
            SettingError(format!("{name} ({}) is not UTF-8. Set it to a UTF-8 value.", Source::Environment))
        })?;
        Ok(Some((text.to_owned(), Source::Environment)))
    }

    /// A value that may be unset but not empty: an empty variable in a deployment must not change the store.
    pub(super) fn not_empty(&self, name: &str) -> Result<Option<(String, Source)>, SettingError> {
        match self.get(name)? {
            Some((value, source)) if value.is_empty() => {
                Err(SettingError(format!("{name} ({source}) is empty. Set it to a value, or unset it.")))
            }
            other => Ok(other),
        }
    }

    pub(super) fn filled(&self, name: &str) -> Result<Option<(String, Source)>, SettingError> {
        Ok(self.get(name)?.filter(|(value, _)| !value.is_empty()))
    }

    pub(super) fn number(
        &self,
        name: &str,
        default: u32,
        allowed: std::ops::RangeInclusive<u32>,
    ) -> Result<u32, SettingError> {
        let Some((value, source)) = self.get(name)? else {
            return Ok(default);
        };
        value.parse().ok().filter(|number| allowed.contains(number)).ok_or_else(|| {
            let (low, high) = (allowed.start(), allowed.end());
            SettingError(format!("{name} ({source}) is {value:?}. Allowed: {low} to {high}."))
        })
    }

    pub(super) fn one_of<'a>(
        &self,
        name: &str,
        allowed: &[&'a str],
    ) -> Result<Option<&'a str>, SettingError> {
        let Some((value, source)) = self.get(name)? else {
            return Ok(None);
        };
        let found = allowed.iter().find(|word| **word == value);
        found.map(|word| Some(*word)).ok_or_else(|| {
            SettingError(format!("{name} ({source}) is {value:?}. Allowed: {}.", allowed.join(", ")))
        })
    }

    pub(super) fn folder(&self, xdg: &str, below_home: &str) -> Result<PathBuf, SettingError> {
        let absolute =
            |name: &str| self.environment.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
        absolute(xdg)
            .or_else(|| absolute("HOME").map(|home| home.join(below_home)))
            .map(|base| base.join("tenantry"))
            .ok_or_else(|| {
                SettingError(format!("There is no HOME and no {xdg}. Set one of them to an absolute path."))
            })
    }

    /// The folder of the embedded store. Its path must be UTF-8: it is shown, printed in command lines, and identifies
    /// sessions.
    pub(super) fn data_dir(&self) -> Result<(PathBuf, Source), SettingError> {
        let (folder, source) = match self.filled("TENANTRY_DATA_DIR")? {
            Some((folder, source)) => (self.path("TENANTRY_DATA_DIR", &folder, source)?, source),
            None => (self.folder("XDG_DATA_HOME", ".local/share")?, Source::Default),
        };
        if folder.to_str().is_none() {
            let shown = folder.as_os_str().as_encoded_bytes().escape_ascii();
            return Err(SettingError(format!(
                "The folder of the embedded store is {shown} ({source}), which is not UTF-8. Set TENANTRY_DATA_DIR to \
                 a UTF-8 path."
            )));
        }
        Ok((folder, source))
    }

    /// An absolute path, because it identifies sessions in every working folder. `~/` is the home folder: no shell
    /// expands it in a file or in quotes.
    fn path(&self, name: &str, typed: &str, source: Source) -> Result<PathBuf, SettingError> {
        let wrong = |why: &str| Err(SettingError(format!("{name} ({source}) is {typed:?}{why}")));
        if let Some(below) = typed.strip_prefix('~') {
            let home = self.environment.get("HOME").map(PathBuf::from).filter(|home| home.is_absolute());
            return match (below.strip_prefix('/'), home) {
                (Some(below), Some(home)) => Ok(home.join(below.trim_start_matches('/'))),
                (None, Some(home)) if below.is_empty() => Ok(home),
                (Some(_), None) => wrong(", and HOME is not set. Write the full path."),
                (None, _) => wrong(". Only ~/ is expanded, to your home folder. Write the full path."),
            };
        }
        let has_variable = typed.split('/').any(|part| part.starts_with('$')) || typed.contains("${");
        if has_variable && matches!(source, Source::EnvFile { .. }) {
            return wrong(
                ". Variables are not expanded in .env. Write the full path; ~/ is your home folder.",
            );
        }
        std::path::absolute(typed).or_else(|error| wrong(&format!(", which is not a usable path: {error}.")))
    }
}
