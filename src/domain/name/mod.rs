//! Names of organizations and their collections; the only place that maps one to the other.

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
/// Bytes of `<database>.<collection>` at most: MongoDB's old limit for a namespace including an index name.
pub const MAX_NAMESPACE_BYTES: usize = 120;
/// Bytes of `<database>.<collection>` that MongoDB allows.
pub const MAX_SERVER_NAMESPACE_BYTES: usize = 255;
/// The prefix of every organization's collection.
pub const COLLECTION_PREFIX: &str = "org_";
/// The prefix of collections in the trash.
pub const TRASH_PREFIX: &str = "tenantry_trash_";

/// Allowed in a name besides letters, marks, numbers and spaces: common punctuation, and characters that Unicode lets
/// continue a word (`Other_ID_Continue`, such as the middle dots of Catalan and Japanese).
const PUNCTUATION: &str = "-_.,:&@+'’()!#/?–‑·・･™״׳（）";

/// The space of a Japanese keyboard.
const IDEOGRAPHIC_SPACE: char = '\u{3000}';

/// Why a text is not the name of an organization.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Empty, or only white space.
    #[error("An organization needs a name.")]
    Empty,
    /// More than [`MAX_NAME_CHARACTERS`] characters or [`MAX_NAME_BYTES`] bytes.
    #[error(
        "A name has at most 64 characters and 200 bytes; this one has {characters} characters and {bytes} bytes."
    )]
    TooLong {
        /// Characters after trimming and composition (NFC).
        characters: usize,
        /// Bytes after the same.
        bytes: usize,
    },
    /// The first character is a dot.
    #[error("A name does not begin with a dot.")]
    LeadingDot,
    /// A combining mark without a letter or mark before it: it would be drawn onto other text.
    #[error("In a name a combining mark follows a letter or another mark; U+{:04X} does not.", u32::from(*.0))]
    LoneMark(char),
    /// A character that is not allowed.
    #[error(
        "A name has letters, marks, numbers, spaces and - _ . , : & @ + ' ’ ( ) ! # / ? – ‑ · ・ ™ ״ ׳ （ ） only; this \
         one has {}.",
        text::described(*.0)
    )]
    Character(char),
}

/// The name of an organization, in its display form and its comparison form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationName {
    display: String,
    key: String,
    slug: String,
}

impl OrganizationName {
    /// Reads a name as typed: trims, composes (NFC) and checks it.
    ///
    /// # Errors
    /// [`NameError`] says which rule the text breaks.
    pub fn parse(typed: &str) -> Result<Self, NameError> {
        // Before any work that grows with the text: composition turns at most three bytes into one.
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

    /// A stored name. Older rules may have allowed it, so it is not checked again.
    pub fn stored(display: String) -> Self {
        let key = key_of(&display);
        let slug = slug_of(&key);
        Self { display, key, slug }
    }

    /// The name as typed.
    pub fn display(&self) -> &str {
        &self.display
    }

    /// The comparison form: NFKC(casefold(NFKC(display))) with inner white space folded. Names with one key are the
    /// same.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The name in `[a-z0-9_]`, derived only from the key.
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// The collection of an organization with this name.
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

/// Whether a character is allowed in a name, a mark after a letter. Joiners depend on their context.
fn is_allowed(c: char) -> bool {
    if c == ' ' || PUNCTUATION.contains(c) {
        return true;
    }
    if text::is_hidden(c) {
        return false;
    }
    text::is_letter(c) || text::is_mark(c) || GeneralCategoryGroup::Number.contains(text::category(c))
}

/// The folded form in which names and filters are compared.
///
/// Unicode's NFKC-casefold is not stable after one round for a few characters such as U+0345, so it is repeated until
/// nothing changes: a key is its own key.
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
    // Names that differ only in joiners look the same in most fonts.
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

/// The name of an organization's collection: `org_` and a slug, or after it whatever MongoDB allows if an earlier service
/// gave it; or a name in the trash.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CollectionName(String);

impl CollectionName {
    fn of_slug(slug: &str, key: &str, database: &str) -> Self {
        let room = MAX_NAMESPACE_BYTES.saturating_sub(database.len() + 1 + COLLECTION_PREFIX.len());
        if slug.len() <= room {
            return Self(format!("{COLLECTION_PREFIX}{slug}"));
        }
        // A slug is ASCII, so bytes are characters. The hash is that of the key, as in the slug itself.
        let hash = hash_of(key);
        let stem = slug.strip_suffix(&format!("__{hash}")).unwrap_or(slug);
        let kept: String = stem.chars().take(room.saturating_sub(2 + hash.len())).collect();
        Self(format!("{COLLECTION_PREFIX}{}__{hash}", kept.trim_end_matches('_')))
    }

    /// The name of the collection in the trash, unique to one organization and one delete. `epoch` is that of the
    /// delete's first write, so that a late move finds nothing under the name of an earlier delete.
    pub fn in_trash(id: OrganizationId, epoch: Epoch) -> Self {
        Self(format!("{TRASH_PREFIX}{id}_{}", epoch.0))
    }

    /// A collection name from a record; `None` if no organization can have it, so that a forged record never leads to a
    /// control collection. An adopted organization keeps the name that an earlier service gave, such as `org_Beta Co`.
    pub fn from_record(name: &str, database: &str) -> Option<Self> {
        if is_in_trash(name) {
            return Some(Self(name.to_owned()));
        }
        let legal = name.starts_with(COLLECTION_PREFIX)
            && !name.contains(['$', '\0'])
            && database.len() + 1 + name.len() <= MAX_SERVER_NAMESPACE_BYTES;
        legal.then(|| Self(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a delete gives such a name.
fn is_in_trash(name: &str) -> bool {
    let parts = name.strip_prefix(TRASH_PREFIX).and_then(|rest| rest.split_once('_'));
    parts.is_some_and(|(id, epoch)| {
        // Only in the form in which they are written.
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
