//! What a secret from stdin or a file must be.

use super::exit::Failure;
use super::output::Stderr;
use crate::domain::{Warning, WarningCode};
use crate::ownership::others_can_write;
use secrecy::SecretString;
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::os::unix::fs::MetadataExt;

/// Bytes of a secret that are read at most. Longer ones are not passwords and are refused.
const MAX_SECRET_BYTES: u64 = 4_096;

/// Why a file must not be read as a secret, if it must not.
pub(super) fn judge_secret(file: &File, shown: &str, stderr: Stderr) -> io::Result<Option<Failure>> {
    let data = file.metadata()?;
    if file.is_terminal() {
        return Ok(Some(Failure::usage(
            format!("{shown} is a terminal, which would echo the password."),
            "Leave the option out to type the password without echo.",
        )));
    }
    if others_can_write(&data) && data.is_file() {
        return Ok(Some(Failure::usage(
            format!("{shown} can be written by others, so it is not trusted."),
            format!("chmod 600 {shown}"),
        )));
    }
    if data.mode() & 0o044 != 0 && data.is_file() {
        stderr.warning(&Warning::new(WarningCode::FileReadable, format!("{shown} can be read by others.")));
    }
    Ok(None)
}

pub(super) fn read_at_most(source: impl Read) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    source.take(MAX_SECRET_BYTES).read_to_end(&mut text)?;
    // Cut in the middle of a character: report it as too long, not as invalid UTF-8.
    if text.len() as u64 == MAX_SECRET_BYTES
        && let Err(error) = std::str::from_utf8(&text)
        && error.error_len().is_none()
    {
        text.truncate(error.valid_up_to());
    }
    Ok(text)
}

/// Refuses characters that editors and terminals add unseen: with them the password would not work elsewhere.
pub(super) fn check_password(text: &str, whence: &str) -> Result<(), Failure> {
    let refuse =
        |why: &str, hint: &str| Err(Failure::usage(format!("The password from {whence} {why}."), hint));
    if text.starts_with('\u{feff}') {
        return refuse("begins with a byte order mark", "Save the file as UTF-8 without a byte order mark.");
    }
    if text.contains(['\n', '\r']) {
        return refuse(
            "has more than one line",
            "Pass only the password; one line break at its end is dropped.",
        );
    }
    match text.chars().find(|c| c.is_control()) {
        Some(c) => refuse(
            &format!("contains a control character (U+{:04X})", u32::from(c)),
            "Keys such as Tab and the arrows type control characters. Type the password without them.",
        ),
        None => Ok(()),
    }
}

/// Drops one line break at the end.
pub(super) fn text_of(bytes: Vec<u8>, whence: &str) -> Result<SecretString, Failure> {
    let mut text = String::from_utf8(bytes).map_err(|_| {
        Failure::usage(format!("The password from {whence} is not UTF-8."), "A password must be UTF-8 text.")
    })?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    check_password(&text, whence)?;
    Ok(text.into())
}
