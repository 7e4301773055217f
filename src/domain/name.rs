//! Names of organizations and of their collections; the only place that maps one to the other.

use super::text;
use icu_casemap::CaseMapper;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};
use sha2::{Digest, Sha256};
use std::fmt::{self, Write as _};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Characters of a display name at most.
pub const MAX_NAME_CHARACTERS: usize = 64;
/// Bytes of a display name at most.
pub const MAX_NAME_BYTES: usize = 200;
/// Bytes that `<database>.<collection>` may take: MongoDB's old limit of a namespace with an index name in it.
pub const MAX_NAMESPACE_BYTES: usize = 120;
/// What every organization collection begins with.
pub const COLLECTION_PREFIX: &str = "org_";

const PUNCTUATION: &str = "-_.,:&@+'’()!#";

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
    /// A character that a name must not have.
    #[error("A name has letters, marks, numbers, spaces and - _ . , : & @ + ' ’ ( ) ! # only; this one has {}.", describe(*.0))]
    Character(char),
}

fn describe(c: char) -> String {
    if text::is_hidden(c) {
        format!("an invisible character, U+{:04X}", u32::from(c))
    } else if c.is_whitespace() {
        format!("a white space other than the plain one, U+{:04X}", u32::from(c))
    } else {
        format!("{c:?}")
    }
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
            return Err(NameError::TooLong {
                characters: typed.chars().count(),
                bytes: typed.len(),
            });
        }
        let display: String = typed.trim().nfc().collect();
        if display.is_empty() {
            return Err(NameError::Empty);
        }
        let characters = display.chars().count();
        if characters > MAX_NAME_CHARACTERS || display.len() > MAX_NAME_BYTES {
            return Err(NameError::TooLong {
                characters,
                bytes: display.len(),
            });
        }
        if let Some(refused) = display.chars().find(|c| !is_allowed(*c)) {
            return Err(NameError::Character(refused));
        }
        if display.starts_with('.') {
            return Err(NameError::LeadingDot);
        }
        let key = key_of(&display);
        let slug = slug_of(&key);
        Ok(Self { display, key, slug })
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

fn is_allowed(c: char) -> bool {
    if c == ' ' || PUNCTUATION.contains(c) {
        return true;
    }
    if text::is_hidden(c) {
        return false;
    }
    let category = text::category(c);
    GeneralCategoryGroup::Letter.contains(category)
        || GeneralCategoryGroup::Mark.contains(category)
        || GeneralCategoryGroup::Number.contains(category)
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

fn fold_once(text: &str) -> String {
    let composed: String = text.nfkc().collect();
    let folded: String = CaseMapper::new().fold_string(&composed).nfkc().collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn slug_of(key: &str) -> String {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if !key.is_empty() && key.chars().all(|c| plain(c) || c == ' ') {
        return key.replace(' ', "_");
    }
    let mut stem = String::new();
    for c in key.nfkd().filter(|c| !is_combining_mark(*c) && !is_mark(*c)) {
        if plain(c) {
            stem.push(c);
        } else if !stem.ends_with('_') {
            stem.push('_');
        }
    }
    let stem = stem.trim_matches('_');
    format!("{}__{}", if stem.is_empty() { "t" } else { stem }, hash_of(key))
}

fn is_mark(c: char) -> bool {
    matches!(
        text::category(c),
        GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark | GeneralCategory::EnclosingMark
    )
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
        Self(format!(
            "{COLLECTION_PREFIX}{}__{hash}",
            kept.trim_end_matches('_')
        ))
    }

    /// A collection name read from a record; `None` when it is not one that tenantry could have made, so that a
    /// forged record never leads to a control collection.
    pub fn from_record(name: &str, database: &str) -> Option<Self> {
        let slug = name.strip_prefix(COLLECTION_PREFIX)?;
        let legal = !slug.is_empty()
            && slug
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
            && database.len() + 1 + name.len() <= MAX_NAMESPACE_BYTES;
        legal.then(|| Self(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CollectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn name(text: &str) -> OrganizationName {
        OrganizationName::parse(text).unwrap()
    }

    #[rstest]
    #[case("Acme", "acme", "acme")]
    #[case("  ACME ", "acme", "acme")]
    #[case("Acme  Corp", "acme corp", "acme_corp")]
    #[case("7 Seas", "7 seas", "7_seas")]
    #[case("Straße", "strasse", "strasse")]
    #[case("STRASSE", "strasse", "strasse")]
    #[case("Ａｃｍｅ", "acme", "acme")]
    #[case("ﬁne", "fine", "fine")]
    #[case("②", "2", "2")]
    fn folds_to_key_and_slug(#[case] typed: &str, #[case] key: &str, #[case] slug: &str) {
        let name = name(typed);
        assert_eq!((name.key(), name.slug()), (key, slug));
    }

    #[rstest]
    #[case("Café", "cafe__")]
    #[case("acme-corp", "acme_corp__")]
    #[case("acme_corp", "acme_corp__")]
    #[case("日本", "t__")]
    #[case("Bäckerei Müller", "backerei_muller__")]
    #[case("(--)", "t__")]
    #[case("Ὀδυσσεύς", "t__")]
    fn slugs_of_other_keys_carry_their_hash(#[case] typed: &str, #[case] stem: &str) {
        let name = name(typed);
        assert!(name.slug().starts_with(stem), "{}", name.slug());
        assert_eq!(name.slug().len(), stem.len() + 8);
        assert_eq!(name.slug(), format!("{stem}{}", hash_of(name.key())));
    }

    #[test]
    fn hash_is_the_beginning_of_sha_256() {
        // SHA-256("abc"), FIPS 180-2 appendix B.1.
        assert_eq!(hash_of("abc"), "ba7816bf");
    }

    #[test]
    fn composes_before_it_counts() {
        assert_eq!(name("Cafe\u{301}").display(), "Café");
        assert_eq!(name("Cafe\u{301}").key(), name("CAFÉ").key());
    }

    #[rstest]
    #[case("", NameError::Empty)]
    #[case(" \t\n ", NameError::Empty)]
    #[case(".hidden", NameError::LeadingDot)]
    #[case("a$b", NameError::Character('$'))]
    #[case("a/b", NameError::Character('/'))]
    #[case("a\\b", NameError::Character('\\'))]
    #[case("a\"b", NameError::Character('"'))]
    #[case("<b>", NameError::Character('<'))]
    #[case("a>b", NameError::Character('>'))]
    #[case("a\0b", NameError::Character('\0'))]
    #[case("a\nb", NameError::Character('\n'))]
    #[case("\u{1b}[31mred", NameError::Character('\u{1b}'))]
    #[case("a\u{200b}b", NameError::Character('\u{200b}'))]
    #[case("a\u{202e}b", NameError::Character('\u{202e}'))]
    #[case("a\u{3164}b", NameError::Character('\u{3164}'))]
    #[case("a\u{00a0}b", NameError::Character('\u{a0}'))]
    #[case("a\u{fe0f}b", NameError::Character('\u{fe0f}'))]
    #[case("a\u{e0041}b", NameError::Character('\u{e0041}'))]
    #[case("acme 😀", NameError::Character('😀'))]
    #[case("100%", NameError::Character('%'))]
    #[case("a\u{e000}", NameError::Character('\u{e000}'))]
    fn refuses(#[case] typed: &str, #[case] expected: NameError) {
        assert_eq!(OrganizationName::parse(typed), Err(expected));
    }

    #[test]
    fn length_is_counted_in_characters_and_bytes() {
        assert!(OrganizationName::parse(&"a".repeat(64)).is_ok());
        assert!(matches!(
            OrganizationName::parse(&"a".repeat(65)),
            Err(NameError::TooLong { .. })
        ));
        assert!(OrganizationName::parse(&"𐐀".repeat(50)).is_ok());
        assert!(matches!(
            OrganizationName::parse(&"𐐀".repeat(51)),
            Err(NameError::TooLong { bytes: 204, .. })
        ));
        assert!(matches!(
            OrganizationName::parse(&"x".repeat(3_000_000)),
            Err(NameError::TooLong { .. })
        ));
    }

    #[test]
    fn messages_name_what_cannot_be_seen() {
        assert!(NameError::Character('\u{200b}').to_string().contains("U+200B"));
        assert!(NameError::Character('\u{a0}').to_string().contains("U+00A0"));
        assert!(NameError::Character('$').to_string().contains("'$'"));
    }

    #[test]
    fn a_long_slug_is_cut_and_keeps_its_hash() {
        let database = "d".repeat(63);
        let long = name(&"a".repeat(64));
        let collection = long.collection(&database);
        assert_eq!(
            database.len() + 1 + collection.as_str().len(),
            MAX_NAMESPACE_BYTES
        );
        assert!(
            collection
                .as_str()
                .ends_with(&format!("__{}", hash_of(long.key())))
        );
        let other = name(&format!("{}b", "a".repeat(63)));
        assert_ne!(other.collection(&database), collection);
        assert_eq!(
            name("Acme Corp").collection("master_db").as_str(),
            "org_acme_corp"
        );
    }

    #[rstest]
    #[case("org_acme", true)]
    #[case("org_", false)]
    #[case("admins", false)]
    #[case("org_a.b", false)]
    #[case("org_$x", false)]
    #[case("system.users", false)]
    #[case("org_Ä", false)]
    fn records_are_not_trusted(#[case] collection: &str, #[case] trusted: bool) {
        assert_eq!(
            CollectionName::from_record(collection, "master_db").is_some(),
            trusted
        );
    }

    fn check_collection(name: &OrganizationName, database: &str) -> Result<(), TestCaseError> {
        let collection = name.collection(database);
        let text = collection.as_str();
        prop_assert!(database.len() + 1 + text.len() <= MAX_NAMESPACE_BYTES);
        prop_assert_eq!(
            CollectionName::from_record(text, database),
            Some(collection.clone())
        );
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn any_text_is_a_name_or_refused(text in ".{0,80}", database in "[a-z]{1,63}") {
            if let Ok(name) = OrganizationName::parse(&text) {
                check_collection(&name, &database)?;
                prop_assert_eq!(&OrganizationName::parse(name.display()).unwrap(), &name, "parsing again");
                prop_assert_eq!(&key_of(name.key()), name.key(), "the key of a key");
                prop_assert_eq!(slug_of(name.key()), name.slug(), "a function of the key");
                prop_assert!(!name.display().chars().any(text::controls_terminal));
            }
        }

        #[test]
        fn letters_of_every_script(text in "[\\p{L}\\p{M}\\p{N} ()'.-]{1,64}", database in "[a-z]{1,63}") {
            if let Ok(name) = OrganizationName::parse(&text) {
                check_collection(&name, &database)?;
                prop_assert_eq!(&key_of(name.key()), name.key());
                let upper = name.display().to_uppercase();
                if let Ok(upper) = OrganizationName::parse(&format!("  {upper}  ")) {
                    // Case and outer space never make a second organization, but for the few letters whose
                    // upper case folds to something else (as U+0131, the dotless i).
                    if key_of(&name.display().to_uppercase().to_lowercase()) == name.key() {
                        prop_assert_eq!(upper.key(), name.key());
                        prop_assert_eq!(upper.slug(), name.slug());
                    }
                }
            }
        }

        #[test]
        fn one_slug_is_one_key(a in "[a-zé_ -]{1,6}", b in "[a-zé_ -]{1,6}") {
            if let (Ok(a), Ok(b)) = (OrganizationName::parse(&a), OrganizationName::parse(&b)) {
                prop_assert_eq!(a.key() == b.key(), a.slug() == b.slug(), "{:?} {:?}", a, b);
            }
        }
    }

    #[test]
    fn every_character_of_unicode_folds_to_its_own_key() {
        for c in ('\0'..=char::MAX).filter(|c| is_allowed(*c)) {
            let key = key_of(&c.to_string());
            assert_eq!(key_of(&key), key, "U+{:04X}", u32::from(c));
            assert!(!key.chars().any(char::is_control), "U+{:04X}", u32::from(c));
        }
    }
}
