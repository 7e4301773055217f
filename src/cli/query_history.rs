//! `history`: the queries over documents that were run in the console, one JSON object a line.
//!
//! Lines are appended, so that consoles that run at once lose none of each other's. Nothing depends on the file: a line
//! that cannot be read is skipped.

use crate::domain::OrganizationId;
use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// Bytes of the file that are read at most.
const MAX_BYTES: u64 = 16 << 20;
/// A longer query is not kept.
const MAX_QUERY: usize = 4 << 10;
/// Queries that stay when the file has become long.
const KEPT: usize = 1_000;
/// Queries from which on the file is long.
const LONG: usize = 2 * KEPT;

#[derive(Debug, Serialize, Deserialize)]
struct Line {
    organization_id: Uuid,
    query: String,
}

/// The file.
#[derive(Debug)]
pub struct QueryHistory {
    path: PathBuf,
}

impl QueryHistory {
    /// The file in the state folder.
    pub fn new(state_dir: &Path) -> Self {
        Self { path: state_dir.join("history") }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The queries with whose documents they were about, the oldest first. A long file is cut to the newest ones.
    ///
    /// # Errors
    /// The file cannot be read, or is no plain file.
    pub fn load(&self) -> io::Result<Vec<(OrganizationId, String)>> {
        let file = match self.open(OpenOptions::new().read(true)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        file.take(MAX_BYTES).read_to_end(&mut bytes)?;
        let lines = bytes.split(|byte| *byte == b'\n');
        let mut lines: Vec<Line> = lines.filter_map(|line| serde_json::from_slice(line).ok()).collect();
        if lines.len() > LONG {
            lines.drain(..lines.len() - KEPT);
            self.replace(&lines)?;
        }
        Ok(lines.into_iter().map(|line| (OrganizationId(line.organization_id), line.query)).collect())
    }

    /// One more query.
    ///
    /// # Errors
    /// The file cannot be written, or is no plain file.
    pub fn add(&self, organization: OrganizationId, query: &str) -> io::Result<()> {
        if query.len() > MAX_QUERY {
            return Ok(());
        }
        let folder = self.path.parent().unwrap_or(Path::new("."));
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let mut file = self.open(OpenOptions::new().append(true).create(true).mode(0o600))?;
        if file.metadata()?.permissions().mode() & 0o077 != 0 {
            file.set_permissions(Permissions::from_mode(0o600))?;
        }
        // A line feed before it too: the line before may have been cut when its process was killed.
        let line = Line { organization_id: organization.0, query: query.to_owned() };
        file.write_all(format!("\n{}\n", serde_json::to_string(&line)?).as_bytes())
    }

    fn open(&self, options: &mut OpenOptions) -> io::Result<File> {
        let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).unwrap_or(0);
        let file = options.custom_flags(flags).open(&self.path)?;
        if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("not a plain file")) }
    }

    fn replace(&self, lines: &[Line]) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let mut new = tempfile::NamedTempFile::new_in(folder)?;
        for line in lines {
            writeln!(new, "{}", serde_json::to_string(line)?)?;
        }
        new.persist(&self.path).map(drop).map_err(|error| error.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const ACME: OrganizationId = OrganizationId(Uuid::from_u128(1));

    fn texts(history: &QueryHistory) -> Vec<String> {
        history.load().unwrap().into_iter().map(|(_, query)| query).collect()
    }

    #[test]
    fn queries_are_kept_in_order_for_their_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let history = QueryHistory::new(&folder.path().join("state"));
        assert_eq!(history.load().unwrap(), [], "there is no file yet");
        history.add(ACME, "kind:\"two words\"").unwrap();
        fs::set_permissions(&history.path, Permissions::from_mode(0o644)).unwrap();
        history.add(ACME, "{\"a\":1}").unwrap();
        history.add(ACME, &"x".repeat(MAX_QUERY + 1)).unwrap();
        assert_eq!(texts(&history), ["kind:\"two words\"", "{\"a\":1}"]);
        assert_eq!(fs::metadata(&history.path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn line_that_cannot_be_read_costs_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let history = QueryHistory::new(folder.path());
        history.add(ACME, "a:1").unwrap();
        let cut = fs::read_to_string(&history.path).unwrap() + "{\"organization_id\":\"0000";
        fs::write(&history.path, cut).unwrap();
        history.add(ACME, "b:2").unwrap();
        assert_eq!(texts(&history), ["a:1", "b:2"]);
    }

    #[test]
    fn long_file_is_cut_to_the_newest_queries() {
        let folder = tempfile::tempdir().unwrap();
        let history = QueryHistory::new(folder.path());
        for number in 0..=LONG {
            history.add(ACME, &number.to_string()).unwrap();
        }
        assert_eq!(texts(&history).first().unwrap(), &(LONG + 1 - KEPT).to_string());
        assert_eq!(texts(&history).len(), KEPT);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn link_is_neither_read_nor_written_through() {
        let folder = tempfile::tempdir().unwrap();
        let history = QueryHistory::new(folder.path());
        let other = folder.path().join("other");
        fs::write(&other, "mine").unwrap();
        std::os::unix::fs::symlink(&other, &history.path).unwrap();
        assert!(history.load().is_err());
        assert!(history.add(ACME, "a:1").is_err());
        assert_eq!(fs::read_to_string(&other).unwrap(), "mine");
    }
}
