//! Text in the form that searches compare: without case and accents. This matches more than the keys that make names
//! and emails unique, and does not change them.

use super::name::COLLECTION_PREFIX;
use super::{Organization, text};
use icu_casemap::CaseMapper;
use icu_properties::props::GeneralCategory;
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

/// Characters of a word from which it is compared with the beginning of ids: shorter ones would match by chance.
const ID_BEGINNING: usize = 4;
/// Characters of a word from which it is compared with any part of ids.
const ID_PART: usize = 8;

/// The folded form of a text: NFKD without marks, case folded, letters with a stroke and ligatures as plain letters,
/// runs of white space as one space.
pub fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return fold_ascii(text);
    }
    let plain: String = unmarked(text);
    let folded = CaseMapper::new().fold_string(&plain);
    let mut letters = String::with_capacity(folded.len());
    for c in unmarked(&folded).chars() {
        match plain_letters(c) {
            Some(plain) => letters.push_str(plain),
            None => letters.push(c),
        }
    }
    Cow::Owned(letters.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn fold_ascii(text: &str) -> Cow<'_, str> {
    let is_odd = |pair: &[u8]| pair == b"  " || pair.iter().any(|c| c.is_ascii_whitespace() && *c != b' ');
    let is_spaced = text != text.trim() || text.as_bytes().windows(2).any(is_odd);
    if is_spaced {
        Cow::Owned(text.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase())
    } else if text.bytes().any(|c| c.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

fn unmarked(text: &str) -> String {
    text.nfkd().filter(|c| !is_mark(*c)).collect()
}

fn is_mark(c: char) -> bool {
    matches!(
        text::category(c),
        GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark | GeneralCategory::EnclosingMark
    )
}

/// Letters without a Unicode decomposition, as people without them on the keyboard type them.
fn plain_letters(c: char) -> Option<&'static str> {
    Some(match c {
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ħ' => "h",
        'ı' | 'ɨ' => "i",
        'ŧ' => "t",
        'ŋ' => "n",
        'ĸ' => "k",
        'ǥ' => "g",
        'ƶ' => "z",
        'ƀ' => "b",
        'ʉ' => "u",
        _ => return None,
    })
}

/// The folded texts of an organization that a search compares.
#[derive(Debug)]
pub struct SearchText<'a> {
    /// The name; in the trash the former one.
    pub name: Cow<'a, str>,
    /// The admin's email.
    pub email: Cow<'a, str>,
    /// The collection.
    pub collection: Cow<'a, str>,
    /// The id.
    pub id: Uuid,
}

impl<'a> SearchText<'a> {
    /// The texts of an organization.
    pub fn of(organization: &'a Organization) -> Self {
        Self {
            name: fold(organization.sort_name()),
            email: fold(&organization.admin_email),
            collection: fold(organization.collection_name()),
            id: organization.id.0,
        }
    }

    /// Whether a folded word is a part of the name, the email, the collection or, if it is long enough, the id.
    pub fn contains(&self, word: &str) -> bool {
        let is_in_id = || {
            let length = word.len();
            length >= ID_BEGINNING && self.id_begins(word) || length >= ID_PART && self.id().contains(word)
        };
        self.name.contains(word) || self.email.contains(word) || self.is_in_collection(word) || is_in_id()
    }

    /// A part of the common prefix matches no collection, unless the word has the whole prefix.
    fn is_in_collection(&self, word: &str) -> bool {
        let own = self.collection.strip_prefix(COLLECTION_PREFIX).unwrap_or(&self.collection);
        own.contains(word) || word.starts_with(COLLECTION_PREFIX) && self.collection.contains(word)
    }

    /// Whether the id begins with a folded word.
    pub fn id_begins(&self, word: &str) -> bool {
        self.id().starts_with(word)
    }

    fn id(&self) -> String {
        self.id.hyphenated().to_string()
    }

    /// How well a [contained](Self::contains) word fits, 0 best: at the beginning of the name, at the beginning of a
    /// word in the name, inside the name, elsewhere.
    pub fn rank(&self, word: &str) -> u32 {
        match self.name.find(word) {
            Some(0) => 0,
            Some(_) if self.name.contains(&format!(" {word}")) => 1,
            Some(_) => 2,
            None => 3,
        }
    }
}

/// Whether every match of the longer word also matches its beginning, the shorter word. That fails if only the longer
/// one is compared with ids or whole collection names.
pub fn narrows(shorter: &str, longer: &str) -> bool {
    let crosses = |length: usize| shorter.len() < length && longer.len() >= length;
    let begins_collections = !shorter.starts_with(COLLECTION_PREFIX) && longer.starts_with(COLLECTION_PREFIX);
    longer.starts_with(shorter) && !crosses(ID_BEGINNING) && !crosses(ID_PART) && !begins_collections
}

/// The positions of the characters where a folded word was found.
pub fn places(text: &str, word: &str) -> Vec<usize> {
    let (mut folded, mut from) = (String::new(), Vec::new());
    for (place, c) in text.chars().enumerate() {
        let mut buffer = [0; 4];
        let one: &str = c.encode_utf8(&mut buffer);
        // A lone space folds to nothing, one between words to itself.
        let one = if c.is_whitespace() { Cow::Borrowed(" ") } else { fold(one) };
        from.extend(std::iter::repeat_n(place, one.len()));
        folded.push_str(&one);
    }
    let Some(begin) = folded.find(word).filter(|_| !word.is_empty()) else {
        return Vec::new();
    };
    let mut places = from.get(begin..begin + word.len()).unwrap_or_default().to_vec();
    places.dedup();
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("Bäckerei", "backerei")]
    #[case("BÄCKEREI  Müller ", "backerei muller")]
    #[case("Straße", "strasse")]
    #[case("STRASSE", "strasse")]
    #[case("GROẞ", "gross")]
    #[case("Øresund Łódź Đà Nẵng", "oresund lodz da nang")]
    #[case("Ærø Œuvre Þór", "aero oeuvre thor")]
    #[case("İstanbul ıŞık", "istanbul isik")]
    #[case("Cafe\u{301} Café Ｃａｆé", "cafe cafe cafe")]
    #[case("ﬁne Ⅳ", "fine iv")]
    #[case("ΆΛΦΑ άλφα", "αλφα αλφα")]
    #[case("Йод ёлка", "иод елка")]
    #[case("日本 ソニー", "日本 ソニー")]
    #[case("a\t\n b\u{3000}c", "a b c")]
    #[case("", "")]
    #[case("  ", "")]
    fn folds(#[case] text: &str, #[case] folded: &str) {
        assert_eq!(fold(text), folded);
    }

    #[test]
    fn places_are_those_of_the_matched_letters() {
        assert_eq!(places("Bäckerei Süß", "ackerei"), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(places("Bäckerei Süß", "suss"), [9, 10, 11]);
        assert_eq!(places("Cafe\u{301} Noir", "e noir"), [3, 5, 6, 7, 8, 9]);
        assert_eq!(places("Acme", "x"), [0; 0]);
        assert_eq!(places("Acme", ""), [0; 0]);
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,20}") {
            let once = fold(&text).into_owned();
            prop_assert_eq!(fold(&once).into_owned(), once);
        }

        #[test]
        fn case_does_not_matter(text in "[a-zA-ZäÖüéÑøłß ]{0,20}") {
            let (upper, lower) = (text.to_uppercase(), text.to_lowercase());
            prop_assert_eq!(fold(&upper), fold(&lower));
        }

        #[test]
        fn places_never_panic(text in "\\PC{0,20}", word in "\\PC{0,4}") {
            let count = text.chars().count();
            prop_assert!(places(&text, &fold(&word)).iter().all(|place| *place < count));
        }
    }
}
