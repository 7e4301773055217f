//! `.env` of the working folder only, and only if others could not have written it.

use super::env_line::{self, Line};
use super::{SETTINGS, SettingError, TOKEN};
use crate::domain::{Warning, WarningCode};
use crate::ownership::others_can_write;
use rustix::fs::OFlags;
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// Bytes of a file at most.
const MAX_BYTES: u64 = 65_536;

/// The content of `.env`.
#[derive(Debug, Default)]
pub(super) struct EnvFile {
    /// Each setting with its value and its line number.
    pub(super) values: HashMap<String, (String, usize)>,
    /// Why `.env` was not read, for a warning.
    pub(super) skipped: Option<Warning>,
}

/// Reads `.env`, if it exists and others could not have written it, into a map and never into the environment.
pub(super) fn read(path: &Path) -> Result<EnvFile, SettingError> {
    let refuse =
        |why: &str| SettingError(format!("{} {why}. Fix it, or pass --no-env-file.", path.display()));
    // A Python virtual environment is often named `.env`.
    if fs::symlink_metadata(path).is_ok_and(|data| data.is_dir()) {
        let message = format!("{} is a folder, so no settings are read from it.", path.display());
        let skipped = Some(Warning::new(WarningCode::EnvFileSkipped, message));
        return Ok(EnvFile { skipped, ..EnvFile::default() });
    }
    let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).unwrap_or(0);
    let file = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(EnvFile::default()),
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
            return Err(refuse("is a link"));
        }
        Err(error) => return Err(refuse(&format!("cannot be read ({error})"))),
    };
    judge(&file).map_err(|why| refuse(&why))?;
    let mut text = Vec::new();
    file.take(MAX_BYTES + 1)
        .read_to_end(&mut text)
        .map_err(|error| refuse(&format!("cannot be read ({error})")))?;
    if text.len() as u64 > MAX_BYTES {
        return Err(refuse("is larger than 64 KiB"));
    }
    let values = settings_in(&text).map_err(|why| refuse(&why))?;
    Ok(EnvFile { values, skipped: None })
}

fn judge(file: &File) -> Result<(), String> {
    let data = file.metadata().map_err(|error| format!("cannot be read ({error})"))?;
    if !data.is_file() {
        return Err("is not a regular file".into());
    }
    if data.uid() != 0 && data.uid() != rustix::process::geteuid().as_raw() {
        return Err("belongs to another user".into());
    }
    if others_can_write(&data) {
        return Err("can be written by others".into());
    }
    Ok(())
}

/// The settings in the text of a file. The error says which line is wrong and why, never its value, which may be a
/// secret.
fn settings_in(text: &[u8]) -> Result<HashMap<String, (String, usize)>, String> {
    // As UTF-8 it would look like lines of other programs.
    if text.starts_with(&[0xff, 0xfe]) || text.starts_with(&[0xfe, 0xff]) || text.contains(&0) {
        return Err("is not UTF-8 (UTF-16?); save it as UTF-8".into());
    }
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    let mut values = HashMap::new();
    for (number, line) in (1..).zip(lines(text)) {
        let wrong = |why: &str| Err(format!("cannot be used: line {number} {why}"));
        match env_line::read(line) {
            Line::Nothing => {}
            Line::Wrong(why) => return wrong(&why),
            Line::Setting(name, _) if name == TOKEN => {
                return wrong("sets TENANTRY_TOKEN, which is only read from the environment");
            }
            Line::Setting(name, _) if !SETTINGS.iter().any(|setting| setting.name == name) => {
                return wrong(&format!("sets {name}, which is not a setting"));
            }
            Line::Setting(name, value) => {
                values.insert(name, (value, number));
            }
        }
    }
    Ok(values)
}

/// Lines that end with LF, CRLF or CR.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = text.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
            rest = None;
            return Some(text);
        };
        let (line, behind) = text.split_at(end);
        rest = behind.strip_prefix(b"\r\n").or_else(|| behind.get(1..));
        Some(line)
    })
}
