//! Where log lines go: to a file under the console, to stderr under commands. Never to the screen of the console.
//!
//! A log line is one line, and its text cannot control a terminal: it may come from a server or a file.

use crate::cli::output::is_error_told;
use crate::domain::text::visible;
use crate::ownership::others_can_write;
use crate::settings::Source;
use rustix::fs::{Mode, OFlags, fchmod, fstat, open};
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::EnvFilter;

/// Log files that are kept, one per day; also the number of panic reports.
const FILES_KEPT: usize = 7;
/// The prefix of log files.
const LOG: &str = "tenantry.";
/// The prefix of panic reports.
const PANIC: &str = "panic-";

/// The folder of log files and panic reports in the state folder.
pub fn folder(state_dir: &Path) -> PathBuf {
    state_dir.join("log")
}

/// Reads a filter such as `info` or `tenantry=trace`; without one, warnings and errors are logged.
///
/// # Errors
/// What is wrong with the filter and where it is set, in a sentence.
pub fn filter(set: Option<&(String, Source)>) -> Result<EnvFilter, String> {
    let Some((text, source)) = set else {
        return Ok(EnvFilter::new("warn"));
    };
    EnvFilter::try_new(text).map_err(|error| {
        format!(
            "TENANTRY_LOG ({source}) is {text:?}, not a log filter such as info or tenantry=trace ({error})."
        )
    })
}

/// Writes log lines of commands to stderr, as JSON if stderr is JSON. No log line follows the error object.
pub fn to_stderr(filter: EnvFilter, is_json: bool) {
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false);
    // Fails only in a test that has set its own subscriber.
    let _ = if is_json {
        let stderr = || VisibleLines(if is_error_told() { None } else { Some(io::stderr()) });
        tracing::subscriber::set_global_default(lines.json().with_writer(stderr).finish())
    } else {
        tracing::subscriber::set_global_default(
            lines.with_writer(|| VisibleLines(Some(io::stderr()))).finish(),
        )
    };
}

/// Writes the console's log lines as JSON to daily files. Dropping the guard writes buffered lines.
///
/// # Errors
/// When there is no folder, when the folder or the file cannot be created or trusted, or when no writer thread can be
/// started.
pub fn to_files(filter: EnvFilter, folder: Option<&Path>) -> io::Result<WorkerGuard> {
    let folder = folder.ok_or_else(|| io::Error::other("there is no folder for it"))?;
    if crate::blocking::is_in_place() {
        return Err(io::Error::other("no thread can be started for it"));
    }
    own_folder(folder)?;
    keep_newest_reports(folder, FILES_KEPT)?;
    let files = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("tenantry")
        .filename_suffix("log")
        .max_log_files(FILES_KEPT)
        .build(folder)
        .map_err(io::Error::other)?;
    let (writer, guard) = tracing_appender::non_blocking(VisibleLines(Some(files)));
    let subscriber = tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(writer).finish();
    let _ = tracing::subscriber::set_global_default(subscriber);
    Ok(guard)
}

/// A file for a panic report, with its path; removes older reports.
///
/// # Errors
/// The errors of [`to_files`].
pub fn panic_report(folder: &Path, time: &str) -> io::Result<(File, PathBuf)> {
    own_folder(folder)?;
    keep_newest_reports(folder, FILES_KEPT - 1)?;
    let path = folder.join(format!("{PANIC}{time}.txt"));
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = open(&path, flags, Mode::RUSR | Mode::WUSR)?;
    Ok((file.into(), path))
}

/// Creates the folder. Refuses a folder that others can write to: old files in it are removed and opened by name.
/// session.json is in the parent folder.
fn own_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    for folder in [folder.parent(), Some(folder)].into_iter().flatten() {
        let refuse = |why: &str| Err(io::Error::other(format!("{} {why}", folder.display())));
        let flags = OFlags::NOFOLLOW | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let opened = match open(folder, flags, Mode::empty()) {
            Ok(opened) => File::from(opened),
            Err(rustix::io::Errno::LOOP | rustix::io::Errno::NOTDIR) => return refuse("is a link"),
            Err(error) => return Err(error.into()),
        };
        let data = opened.metadata()?;
        if data.uid() != rustix::process::geteuid().as_raw() {
            return refuse("belongs to another user");
        }
        if others_can_write(&data) {
            return refuse("can be written by others");
        }
    }
    let log = File::from(open(folder, OFlags::NOFOLLOW | OFlags::DIRECTORY, Mode::empty())?);
    if fstat(&log)?.st_mode & 0o077 != 0 {
        fchmod(&log, Mode::RWXU)?;
    }
    match names(folder, LOG)?
        .into_iter()
        .find(|path| !path.symlink_metadata().is_ok_and(|data| data.is_file()))
    {
        Some(odd) => Err(io::Error::other(format!("{} is not a regular file", odd.display()))),
        None => Ok(()),
    }
}

/// Removes all but the newest reports of panics.
fn keep_newest_reports(folder: &Path, count: usize) -> io::Result<()> {
    // Their names sort by time.
    let mut reports = names(folder, PANIC)?;
    reports.sort();
    reports.iter().rev().skip(count).try_for_each(fs::remove_file)
}

/// The files in the folder whose names begin with `beginning`.
fn names(folder: &Path, beginning: &str) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    let begins =
        |entry: &fs::DirEntry| entry.file_name().as_encoded_bytes().starts_with(beginning.as_bytes());
    Ok(entries.into_iter().filter(begins).map(|entry| entry.path()).collect())
}

/// Writes each line so that it cannot control a terminal. A line arrives in one piece; without a writer it is dropped.
struct VisibleLines<W>(Option<W>);

impl<W: Write> Write for VisibleLines<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if let Some(writer) = &mut self.0 {
            let text = String::from_utf8_lossy(line);
            let shown = visible(text.strip_suffix('\n').unwrap_or(&text));
            writer.write_all(format!("{shown}\n").as_bytes())?;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.as_mut().map_or(Ok(()), Write::flush)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn state() -> (tempfile::TempDir, PathBuf) {
        let home = tempfile::tempdir().unwrap();
        let log = folder(&home.path().join("tenantry"));
        (home, log)
    }

    #[test]
    fn log_lines_contain_no_control_characters() {
        let mut written = Vec::new();
        let line = "WARN cause=a\n2026 ERROR forged\u{1b}]52;c;eA==\u{7}\u{9b}2J\u{202e}\r\n";
        VisibleLines(Some(&mut written)).write_all(line.as_bytes()).unwrap();
        let text = String::from_utf8(written).unwrap();
        let (line, behind) = text.split_once('\n').unwrap();
        assert_eq!(behind, "");
        assert!(!line.chars().any(crate::domain::text::controls_terminal), "{line:?}");
    }

    #[test]
    fn log_folder_that_others_can_write_to_is_refused() {
        let (home, log) = state();
        own_folder(&log).unwrap();
        assert_eq!(fs::metadata(&log).unwrap().mode() & 0o777, 0o700);
        fs::set_permissions(&log, fs::Permissions::from_mode(0o755)).unwrap();
        own_folder(&log).unwrap();
        assert_eq!(fs::metadata(&log).unwrap().mode() & 0o777, 0o700, "only the user can read it");
        let refused = |why: &str| {
            let error = own_folder(&log).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        };
        for folder in [log.as_path(), log.parent().unwrap()] {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).unwrap();
            refused("can be written by others");
            fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
        }
        let elsewhere = home.path().join("elsewhere");
        fs::write(&elsewhere, "").unwrap();
        symlink(&elsewhere, log.join("tenantry.2026-01-01.log")).unwrap();
        refused("is not a regular file");
        fs::remove_dir_all(&log).unwrap();
        fs::create_dir(home.path().join("target")).unwrap();
        symlink(home.path().join("target"), &log).unwrap();
        refused("is a link");
        if rustix::process::geteuid().is_root() {
            fs::remove_file(&log).unwrap();
            fs::create_dir(&log).unwrap();
            std::os::unix::fs::chown(&log, Some(65_534), None).unwrap();
            refused("another user");
        }
    }

    #[test]
    fn only_newest_panic_reports_are_kept() {
        let (_home, log) = state();
        for day in 10..25 {
            panic_report(&log, &format!("202601{day}")).unwrap();
        }
        let mut left = names(&log, PANIC).unwrap();
        left.sort();
        assert_eq!(left.len(), FILES_KEPT);
        assert!(left[0].ends_with("panic-20260118.txt"), "{left:?}");
    }
}
