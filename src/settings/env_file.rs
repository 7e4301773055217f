//! `.env` of the working folder: that folder only, and only a file that others could not have written.

use super::{SETTINGS, SettingError, TOKEN};
use rustix::fs::OFlags;
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// Bytes of a file at most.
const MAX_BYTES: u64 = 65_536;

/// Reads `.env` if there is one, that others could not have written; into a map, never into the environment.
pub(super) fn read(path: &Path) -> Result<HashMap<String, String>, SettingError> {
    let refuse =
        |why: &str| SettingError(format!("{} {why}. Mend it, or pass --no-env-file.", path.display()));
    let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).unwrap_or(0);
    let file = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(HashMap::new()),
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
        return Err(refuse("has more than 64 KiB"));
    }
    let text = String::from_utf8(text).map_err(|_| refuse("is not UTF-8"))?;
    let text = text.trim_start_matches('\u{feff}');
    if let Some((number, name)) =
        text.lines().enumerate().find_map(|(at, line)| Some((at + 1, substitutes(line)?)))
    {
        return Err(refuse(&format!(
            "has a $ in line {number} that would be replaced by a variable; write {name}='...' in single quotes"
        )));
    }
    let mut values = HashMap::new();
    for entry in dotenvy::from_read_iter(text.as_bytes()) {
        // The error of the parser quotes the line, and the line may hold a secret.
        let (name, value) = entry.map_err(|_| refuse("has a line that is not NAME=value"))?;
        let known = SETTINGS.iter().any(|setting| setting.name == name);
        if name == TOKEN {
            return Err(refuse("has TENANTRY_TOKEN, which is only read from the environment"));
        }
        if !known && name.starts_with("TENANTRY_") {
            return Err(refuse(&format!("has {name}, which is not a setting")));
        }
        if known {
            values.insert(name, value);
        }
    }
    Ok(values)
}

/// The name in a line whose value holds a `$` outside of single quotes: the parser would put a variable of the
/// environment there, or nothing, which no password or key is meant to be.
fn substitutes(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let (name, value) = line.split_once('=').filter(|_| !line.starts_with('#'))?;
    let is_literal = value.trim_start().starts_with('\'') || value.replace("\\$", "").find('$').is_none();
    (!is_literal).then(|| name.trim())
}

fn judge(file: &File) -> Result<(), String> {
    let data = file.metadata().map_err(|error| format!("cannot be read ({error})"))?;
    if !data.is_file() {
        return Err("is not a plain file".into());
    }
    if data.uid() != 0 && data.uid() != rustix::process::geteuid().as_raw() {
        return Err("belongs to another user".into());
    }
    if data.mode() & 0o022 != 0 {
        return Err("can be written by others".into());
    }
    Ok(())
}
