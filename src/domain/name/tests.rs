//! Tables and properties of names.

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
#[case("Acme\u{3000}Corp", "acme corp", "acme_corp")]
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

#[rstest]
#[case("ソニー・ミュージック")]
#[case("Col·lectiu")]
#[case("Acme – Europe")]
#[case("Acme‑Europe")]
#[case("Who? What?")]
#[case("AC/DC")]
#[case("Acme™")]
#[case("צה״ל ר׳")]
#[case("アクメ（株）")]
#[case("می\u{200c}خواهم")]
#[case("क्\u{200c}ष")]
#[case("ක්\u{200d}රම")]
#[case("ที่นี่")]
#[case("e\u{328}\u{301}")]
fn real_names_of_organizations_are_accepted(#[case] typed: &str) {
    let name = name(typed);
    assert_eq!(name, OrganizationName::parse(name.display()).unwrap());
    assert_eq!(text::visible(name.display()), name.display());
}

#[test]
fn joiners_and_spaces_do_not_make_a_name_different() {
    assert_eq!(name("می\u{200c}خواهم").key(), name("میخواهم").key());
    assert_eq!(name("Acme\u{3000}Corp").display(), "Acme Corp");
}

#[test]
fn name_stored_under_older_rules_keeps_its_key() {
    let old = OrganizationName::stored("\u{301}Acme".to_owned());
    assert_eq!((old.display(), old.key()), ("\u{301}Acme", "\u{301}acme"));
}

#[test]
fn hash_is_the_beginning_of_sha_256() {
    // SHA-256("abc"), FIPS 180-2 appendix B.1.
    assert_eq!(hash_of("abc"), "ba7816bf");
}

#[test]
fn length_is_counted_after_composition() {
    assert_eq!(name("Cafe\u{301}").display(), "Café");
    assert_eq!(name("Cafe\u{301}").key(), name("CAFÉ").key());
}

#[rstest]
#[case("", NameError::Empty)]
#[case(" \t\n ", NameError::Empty)]
#[case(".hidden", NameError::LeadingDot)]
#[case("a$b", NameError::Character('$'))]
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
#[case("\u{301}Acme", NameError::LoneMark('\u{301}'))]
#[case("A \u{301}cme", NameError::LoneMark('\u{301}'))]
#[case("1\u{301}", NameError::LoneMark('\u{301}'))]
#[case("(\u{e31})", NameError::LoneMark('\u{e31}'))]
#[case("a\u{200c}b", NameError::Character('\u{200c}'))]
#[case("\u{645}\u{200c}", NameError::Character('\u{200c}'))]
#[case("\u{200c}\u{645}", NameError::Character('\u{200c}'))]
#[case("क\u{200d}ष", NameError::Character('\u{200d}'))]
#[case("क्\u{200d}ि", NameError::Character('\u{200d}'))]
#[case("Acme…", NameError::Character('…'))]
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
    assert!(matches!(OrganizationName::parse(&"a".repeat(65)), Err(NameError::TooLong { .. })));
    assert!(OrganizationName::parse(&"𐐀".repeat(50)).is_ok());
    assert!(matches!(OrganizationName::parse(&"𐐀".repeat(51)), Err(NameError::TooLong { bytes: 204, .. })));
    assert!(matches!(OrganizationName::parse(&"x".repeat(3_000_000)), Err(NameError::TooLong { .. })));
}

#[test]
fn messages_name_invisible_characters() {
    assert!(NameError::Character('\u{200b}').to_string().contains("U+200B"));
    assert!(NameError::Character('\u{a0}').to_string().contains("U+00A0"));
    assert!(NameError::Character('$').to_string().contains("'$'"));
}

#[test]
fn a_long_slug_is_cut_and_keeps_its_hash() {
    let database = "d".repeat(63);
    let long = name(&"a".repeat(64));
    let collection = long.collection(&database);
    assert_eq!(database.len() + 1 + collection.as_str().len(), MAX_NAMESPACE_BYTES);
    assert!(collection.as_str().ends_with(&format!("__{}", hash_of(long.key()))));
    let other = name(&format!("{}b", "a".repeat(63)));
    assert_ne!(other.collection(&database), collection);
    assert_eq!(name("Acme Corp").collection("master_db").as_str(), "org_acme_corp");
}

#[rstest]
#[case("org_acme", true)]
#[case("org_", true)]
#[case("admins", false)]
#[case("org_Beta Co", true)]
#[case("org_a.b", true)]
#[case("org_$x", false)]
#[case("org_a\0", false)]
#[case("org", false)]
#[case("system.users", false)]
#[case("org_Ä", true)]
fn records_are_not_trusted(#[case] collection: &str, #[case] trusted: bool) {
    assert_eq!(CollectionName::from_record(collection, "master_db").is_some(), trusted);
}

fn check_collection(name: &OrganizationName, database: &str) -> Result<(), TestCaseError> {
    let collection = name.collection(database);
    let text = collection.as_str();
    prop_assert!(database.len() + 1 + text.len() <= MAX_NAMESPACE_BYTES);
    prop_assert_eq!(CollectionName::from_record(text, database), Some(collection.clone()));
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
    fn letters_of_every_script_are_accepted(text in "[\\p{L}\\p{M}\\p{N} ()'.-]{1,64}", database in "[a-z]{1,63}") {
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
    for c in ('\0'..=char::MAX).filter(|c| is_allowed(*c) || text::is_joiner(*c)) {
        let key = key_of(&c.to_string());
        assert_eq!(key_of(&key), key, "U+{:04X}", u32::from(c));
        assert!(!key.chars().any(char::is_control), "U+{:04X}", u32::from(c));
    }
}
