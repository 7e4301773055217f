//! Looks a setting up: in the environment, else in `.env`; an error names it and where it came from.

use super::{SettingError, Source};
use std::collections::HashMap;
use std::ffi::OsString;
use std::path::PathBuf;

/// The environment and the file.
pub(super) struct Reader<'a> {
    pub(super) environment: &'a HashMap<String, OsString>,
    /// Each value with the number of its line.
    pub(super) file: HashMap<String, (String, usize)>,
}

impl Reader<'_> {
    pub(super) fn get(&self, name: &str) -> Result<Option<(String, Source)>, SettingError> {
        let Some(value) = self.environment.get(name) else {
            let in_file = self.file.get(name);
            return Ok(in_file.map(|(value, line)| (value.clone(), Source::EnvFile { line: *line })));
        };
        let text = value.to_str().ok_or_else(|| {
            SettingError(format!("{name} ({}) is not UTF-8. Give it a value that is.", Source::Environment))
        })?;
        Ok(Some((text.to_owned(), Source::Environment)))
    }

    /// A value that may be unset but not empty: an unset variable in a deployment must not change the store.
    pub(super) fn not_empty(&self, name: &str) -> Result<Option<(String, Source)>, SettingError> {
        match self.get(name)? {
            Some((value, source)) if value.is_empty() => {
                Err(SettingError(format!("{name} ({source}) is empty. Give it a value, or unset it.")))
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

    /// The folder of the embedded store. Its path is text: it is shown, printed in commands, and known again by
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
                 one that is."
            )));
        }
        Ok((folder, source))
    }

    /// An absolute path: by it sessions are known again, from whatever folder. `~/` is the home, for no shell reads a
    /// file or a quoted value.
    fn path(&self, name: &str, typed: &str, source: Source) -> Result<PathBuf, SettingError> {
        let wrong = |why: &str| Err(SettingError(format!("{name} ({source}) is {typed:?}{why}")));
        if let Some(below) = typed.strip_prefix('~') {
            let home = self.environment.get("HOME").map(PathBuf::from).filter(|home| home.is_absolute());
            return match (below.strip_prefix('/'), home) {
                (Some(below), Some(home)) => Ok(home.join(below.trim_start_matches('/'))),
                (None, Some(home)) if below.is_empty() => Ok(home),
                (Some(_), None) => wrong(", and there is no HOME. Write the whole path."),
                (None, _) => wrong(". Only ~/ is replaced, by the home. Write the whole path."),
            };
        }
        let has_variable = typed.split('/').any(|part| part.starts_with('$')) || typed.contains("${");
        if has_variable && matches!(source, Source::EnvFile { .. }) {
            return wrong(". No variable is replaced in .env. Write the whole path; ~/ is the home.");
        }
        std::path::absolute(typed).or_else(|error| wrong(&format!(", which leads nowhere: {error}.")))
    }
}
