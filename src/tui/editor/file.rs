//! The file as the editor left it.

use rustix::fs::OFlags;
use std::fs::OpenOptions;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Bytes of a text at most: the JSON of the largest document, with room.
const MOST: u64 = 256 << 20;

/// The text; none if there is no file or nothing but white space in it. Read by its name: an editor may have put
/// another file in its place, but no link.
///
/// # Errors
/// It cannot be read, or is no text, as a sentence.
pub(super) fn read(path: &Path) -> Result<Option<String>, String> {
    let refused = |why: &str| Err(format!("{} {why}", path.display()));
    let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).unwrap_or(0);
    let file = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(_) if path.is_symlink() => return refused("is a link now. Nothing was read through it."),
        Err(error) => return refused(&format!("cannot be read: {error}.")),
    };
    let data = file.metadata().map_err(|error| format!("{} cannot be read: {error}.", path.display()))?;
    if !data.is_file() {
        return refused("is not a plain file any more.");
    }
    if data.len() > MOST {
        return refused(&format!("has {} bytes; a document's text has at most {MOST}.", data.len()));
    }
    let mut bytes = Vec::new();
    if let Err(error) = file.take(MOST).read_to_end(&mut bytes) {
        return refused(&format!("cannot be read: {error}."));
    }
    match String::from_utf8(bytes) {
        Ok(text) if text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}').is_empty() => Ok(None),
        Ok(text) => Ok(Some(text)),
        Err(error) => {
            let before = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
            let line = before.split(|byte| *byte == b'\n').count();
            refused(&format!("is not UTF-8: see line {line}."))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn v4_only_a_plain_text_under_the_name_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("document.json");
        assert_eq!(read(&path), Ok(None), "removed");
        for nothing in ["", "\n", "\u{feff}\r\n\t "] {
            fs::write(&path, nothing).unwrap();
            assert_eq!(read(&path), Ok(None), "{nothing:?}");
        }
        fs::write(folder.path().join("new"), "{\"a\": 1}\n").unwrap();
        fs::rename(folder.path().join("new"), &path).unwrap();
        assert_eq!(read(&path).unwrap().unwrap(), "{\"a\": 1}\n", "another inode");
        fs::write(&path, b"{\n\"\xff").unwrap();
        assert!(read(&path).unwrap_err().ends_with("is not UTF-8: see line 2."));
        fs::remove_file(&path).unwrap();
        symlink("/etc/passwd", &path).unwrap();
        assert!(read(&path).unwrap_err().contains("is a link now"));
        fs::remove_file(&path).unwrap();
        symlink("nowhere", &path).unwrap();
        assert!(read(&path).unwrap_err().contains("is a link now"));
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(read(&path).unwrap_err().contains("is not a plain file"));
    }
}
