//! Names of organizations and of their collections; the only place that maps one to the other.

use super::{Epoch, OrganizationId, text};
use icu_casemap::CaseMapper;
use icu_properties::props::GeneralCategoryGroup;
use sha2::{Digest, Sha256};
use std::fmt::{self, Write as _};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use uuid::Uuid;

/// Characters of a display name at most.
pub const MAX_NAME_CHARACTERS: usize = 64;
/// Bytes of a display name at most.
pub const MAX_NAME_BYTES: usize = 200;
/// Bytes that `<database>.<collection>` may take: MongoDB's old limit of a namespace with an index name in it.
pub const MAX_NAMESPACE_BYTES: usize = 120;
/// What every organization collection begins with.
pub const COLLECTION_PREFIX: &str = "org_";
/// The prefix of collections in the trash.
pub const TRASH_PREFIX: &str = "tenantry_trash_";

/// What may stand in a name beside letters, marks, numbers and spaces: punctuation that names of organizations have, and
/// what Unicode lets continue a word (`Other_ID_Continue`: the middle dots of Catalan and Japanese).
const PUNCTUATION: &str = "-_.,:&@+'’()!#/?–‑·・･™״׳（）";

/// What a Japanese keyboard types for a space.
const IDEOGRAPHIC_SPACE: char = '\u{3000}';

/// Why a text is not the name of an organization.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Empty, or nothing but white space.
    #[error("An organization needs a name.")]
    Empty,
    /// More than [`MAX_NAME_CHARACTERS`] characters or [`MAX_NAME_BYTES`] bytes.
    #[error(
        "A name has at most 64 characters and 200 bytes; this one has {characters} characters and {bytes} bytes."
    )]
    TooLong {
        /// Characters after trimming and composing (NFC).
        characters: usize,
        /// Bytes after the same.
        bytes: usize,
    },
    /// The first character is a dot.
    #[error("A name does not begin with a dot.")]
    LeadingDot,
    /// A combining mark that follows neither a letter nor another mark: it would be drawn onto something else.
    #[error("In a name a combining mark follows a letter or another mark; U+{:04X} does not.", u32::from(*.0))]
    LoneMark(char),
    /// A character that a name must not have.
    #[error(
        "A name has letters, marks, numbers, spaces and - _ . , : & @ + ' ’ ( ) ! # / ? – ‑ · ・ ™ ״ ׳ （ ） only; this one \
         has {}.",
        text::described(*.0)
    )]
    Character(char),
}

/// The name of an organization: as it is shown, and as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationName {
    display: String,
    key: String,
    slug: String,
}

impl OrganizationName {
    /// Reads a name as typed: trimmed, composed (NFC), checked.
    ///
    /// # Errors
    /// [`NameError`] says which rule the text breaks.
    pub fn parse(typed: &str) -> Result<Self, NameError> {
        // Before any work that grows with the text: three bytes compose into one at the very best.
        if typed.len() > MAX_NAME_BYTES * 16 {
            return Err(NameError::TooLong { characters: typed.chars().count(), bytes: typed.len() });
        }
        let display: String = typed.trim().replace(IDEOGRAPHIC_SPACE, " ").nfc().collect();
        if display.is_empty() {
            return Err(NameError::Empty);
        }
        let characters = display.chars().count();
        if characters > MAX_NAME_CHARACTERS || display.len() > MAX_NAME_BYTES {
            return Err(NameError::TooLong { characters, bytes: display.len() });
        }
        check_characters(&display)?;
        if display.starts_with('.') {
            return Err(NameError::LeadingDot);
        }
        Ok(Self::stored(display))
    }

    /// A name that is in the store: it may have been made by older rules, and is not judged again.
    pub fn stored(display: String) -> Self {
        let key = key_of(&display);
        let slug = slug_of(&key);
        Self { display, key, slug }
    }

    /// The name as people wrote it.
    pub fn display(&self) -> &str {
        &self.display
    }

    /// What makes two names the same organization: NFKC(casefold(NFKC(display))) with inner white space folded.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The name in `[a-z0-9_]`, a function of the key alone.
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// The collection of an organization of this name in a database.
    pub fn collection(&self, database: &str) -> CollectionName {
        CollectionName::of_slug(&self.slug, &self.key, database)
    }
}

impl fmt::Display for OrganizationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.display)
    }
}

fn check_characters(display: &str) -> Result<(), NameError> {
    let mut may_carry_mark = false;
    for (at, c) in display.char_indices() {
        if text::is_joiner(c) {
            let (before, after) = (display.get(..at), display.get(at + c.len_utf8()..));
            if !text::joins(before.unwrap_or_default(), c, after.unwrap_or_default()) {
                return Err(NameError::Character(c));
            }
            continue;
        }
        if !is_allowed(c) {
            return Err(NameError::Character(c));
        }
        let is_mark = text::is_mark(c);
        if is_mark && !may_carry_mark {
            return Err(NameError::LoneMark(c));
        }
        may_carry_mark = is_mark || text::is_letter(c);
    }
    Ok(())
}

/// Whether a character may stand in a name, a mark behind a letter. Joiners depend on what is around them.
fn is_allowed(c: char) -> bool {
    if c == ' ' || PUNCTUATION.contains(c) {
        return true;
    }
    if text::is_hidden(c) {
        return false;
    }
    text::is_letter(c) || text::is_mark(c) || GeneralCategoryGroup::Number.contains(text::category(c))
}

/// The folded form by which names and filters are compared.
///
/// Unicode's NFKC-casefold is not stable after one round for a few characters (U+0345 is one), so it is repeated
/// until nothing changes: a key is its own key.
pub fn key_of(display: &str) -> String {
    let mut key = fold_once(display);
    // Three rounds settle every character of Unicode; the bound only keeps the loop finite.
    for _ in 0..8 {
        let again = fold_once(&key);
        if again == key {
            break;
        }
        key = again;
    }
    key
}

fn fold_once(display: &str) -> String {
    // Names that differ in nothing but joiners look the same in most fonts.
    let composed: String = display.chars().filter(|c| !text::is_joiner(*c)).nfkc().collect();
    let folded: String = CaseMapper::new().fold_string(&composed).nfkc().collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn slug_of(key: &str) -> String {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if !key.is_empty() && key.chars().all(|c| plain(c) || c == ' ') {
        return key.replace(' ', "_");
    }
    let mut stem = String::new();
    for c in key.nfkd().filter(|c| !is_combining_mark(*c) && !text::is_mark(*c)) {
        if plain(c) {
            stem.push(c);
        } else if !stem.ends_with('_') {
            stem.push('_');
        }
    }
    let stem = stem.trim_matches('_');
    format!("{}__{}", if stem.is_empty() { "t" } else { stem }, hash_of(key))
}

/// 8 hexadecimal digits of the SHA-256 of a key.
fn hash_of(key: &str) -> String {
    hexadecimal(&Sha256::digest(key.as_bytes())[..4])
}

/// Bytes as lower-case hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The name of an organization collection: `org_` and a slug, legal for MongoDB.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CollectionName(String);

impl CollectionName {
    fn of_slug(slug: &str, key: &str, database: &str) -> Self {
        let room = MAX_NAMESPACE_BYTES.saturating_sub(database.len() + 1 + COLLECTION_PREFIX.len());
        if slug.len() <= room {
            return Self(format!("{COLLECTION_PREFIX}{slug}"));
        }
        // A slug is ASCII, so bytes are characters. The hash is the key's, as in the slug itself.
        let hash = hash_of(key);
        let stem = slug.strip_suffix(&format!("__{hash}")).unwrap_or(slug);
        let kept: String = stem.chars().take(room.saturating_sub(2 + hash.len())).collect();
        Self(format!("{COLLECTION_PREFIX}{}__{hash}", kept.trim_end_matches('_')))
    }

    /// The name of the collection in the trash: of one organization and one delete, for ever. `epoch` is that of the
    /// delete's first write, so that a late move finds nothing under the name of an earlier delete.
    pub fn in_trash(id: OrganizationId, epoch: Epoch) -> Self {
        Self(format!("{TRASH_PREFIX}{id}_{}", epoch.0))
    }

    /// A collection name read from a record; `None` when it is not one that tenantry could have made, so that a
    /// forged record never leads to a control collection.
    pub fn from_record(name: &str, database: &str) -> Option<Self> {
        if is_in_trash(name) {
            return Some(Self(name.to_owned()));
        }
        let slug = name.strip_prefix(COLLECTION_PREFIX)?;
        let legal = !slug.is_empty()
            && slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
            && database.len() + 1 + name.len() <= MAX_NAMESPACE_BYTES;
        legal.then(|| Self(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether this is a name that a delete gives.
fn is_in_trash(name: &str) -> bool {
    let parts = name.strip_prefix(TRASH_PREFIX).and_then(|rest| rest.split_once('_'));
    parts.is_some_and(|(id, epoch)| {
        // As they are printed, and in no other way.
        Uuid::parse_str(id).is_ok_and(|uuid| uuid.to_string() == id)
            && epoch.parse::<i64>().is_ok_and(|number| number > 0 && number.to_string() == epoch)
    })
}

impl fmt::Display for CollectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
