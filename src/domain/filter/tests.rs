//! What filters find, and what they refuse.

use super::*;
use crate::domain::{AccountId, Epoch, OrganizationId, OrganizationName, State};
use jiff::Timestamp;
use proptest::prelude::*;
use rstest::rstest;

fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

fn parsed(text: &str) -> Result<Filter, FilterError> {
    Filter::parse(text, now())
}

fn organization(name: &str, email: &str) -> Organization {
    let name = OrganizationName::parse(name).unwrap();
    Organization {
        id: OrganizationId("6f0c2f8e-3b1d-4f7e-9c58-0b8f2f1f6a11".parse().unwrap()),
        name: name.display().to_owned(),
        name_key: name.key().to_owned(),
        former_email_key: None,
        collection: Some(name.collection("master_db")),
        collection_uuid: None,
        admin_id: AccountId(uuid::Uuid::nil()),
        admin_email: email.to_owned(),
        state: State::Active,
        suspension: None,
        deletion: None,
        epoch: Epoch(1),
        unchanged_since: Epoch(1),
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

#[rstest]
#[case("", true)]
#[case("acme", true)]
#[case("ACME europe", true)]
#[case("acme zephyr", false)]
#[case("!zephyr", true)]
#[case("acme !europe", false)]
#[case("name:cme", true)]
#[case("email:EVA@", true)]
#[case("!email:eva", false)]
#[case("collection:org_acme", true)]
#[case("state:active", true)]
#[case("STATE:ACTIVE", true)]
#[case("state:deleting", false)]
#[case("id:6f0c2f8e", true)]
#[case("id:0c2f", false)]
#[case("\"acme europe\"", true)]
#[case("\"europe acme\"", false)]
#[case("name:\"acme europe\"", true)]
#[case("!\"acme europe\"", false)]
#[case("\"acme eur", true)]
#[case("name:", true)]
#[case("!", true)]
#[case("state:", true)]
fn filters(#[case] text: &str, #[case] expected: bool) {
    let filter = parsed(text).unwrap();
    assert_eq!(filter.matches_record(&organization("Acme Europe", "eva@acme.example")), expected);
}

#[test]
fn quotes_make_a_plain_word() {
    let filter = parsed("\"foo:bar\"").unwrap();
    assert!(filter.matches_record(&organization("Foo:Bar Ltd", "a@b")));
    assert_eq!(parsed("foo:bar"), Err(FilterError::UnknownField("foo".into())));
    assert_eq!(parsed("x !plan:pro"), Err(FilterError::UnknownField("plan".into())));
}

#[test]
fn a_field_stands_once_before_its_values() {
    for text in ["name:acme|name:blue", "acme|NAME:blue", "!name:a|b|email:c"] {
        assert!(matches!(parsed(text), Err(FilterError::FieldBehindBar(_))), "{text}");
    }
    for text in ["name:acme|blue", "name:acme|\"name:blue\"", "acme|10:30", "name:acme|http:x"] {
        assert!(parsed(text).unwrap().matches_record(&organization("Acme", "a@b")), "{text}");
    }
}

#[test]
fn a_state_is_a_whole_known_word() {
    assert_eq!(parsed("state:act"), Err(FilterError::UnknownState("act".into())));
}

#[test]
fn filter_messages_list_known_fields_and_states() {
    for field in Field::iter() {
        assert!(FilterError::UnknownField("x".into()).to_string().contains(field.as_str()));
    }
    for state in Status::iter() {
        assert!(FilterError::UnknownState("x".into()).to_string().contains(state.as_str()));
    }
}

#[test]
fn case_and_accents_do_not_matter_in_any_word() {
    for (text, name, email) in [
        ("STRASSE", "Straße 7", "a@b"),
        ("Cafe\u{301}", "Café", "a@b"),
        ("backerei", "Bäckerei", "a@b"),
        ("name:backerei", "Bäckerei", "a@b"),
        ("Bäckerei", "Backerei", "a@b"),
        ("smorrebrod", "Smørrebrød", "a@b"),
        ("email:muller", "Acme", "Müller@acme.example"),
        ("MULLER@acme", "Acme", "müller@acme.example"),
    ] {
        assert!(parsed(text).unwrap().matches_record(&organization(name, email)), "{text}");
    }
}

#[test]
fn a_plain_word_is_a_part_of_name_email_collection_or_id() {
    let acme = organization("Acme Europe", "eva@mail.example");
    for text in [
        "eva@mail.example",
        "mail.ex",
        "org_acme_europe",
        "ORG_ACME",
        "6f0c2f8e-3b1d-4f7e-9c58-0b8f2f1f6a11",
        "6F0C",
        "9c58-0b8",
    ] {
        assert!(parsed(text).unwrap().matches_record(&acme), "{text}");
        assert!(!parsed(&format!("!\"{text}\"")).unwrap().matches_record(&acme), "{text}");
    }
    assert!(parsed("europe eva 6f0c2f8e").unwrap().matches_record(&acme));
    // Two or three letters would match ids by chance, and four would in the middle of an id.
    for text in ["6f0", "3b1d", "zephyr", "org"] {
        assert!(!parsed(text).unwrap().matches_record(&acme), "{text}");
    }
}

proptest! {
    #[test]
    fn filters_never_panic_and_negation_inverts(text in "\\PC{0,30}") {
        if let Ok(filter) = parsed(&text) {
            let organization = organization("Acme Europe", "eva@acme.example");
            let (text, record) = (SearchText::of(&organization), Record::from(&organization));
            let size = SizeFact::Is(CollectionSize { documents: 3, data_bytes: 2_048 });
            let facts = Facts { size, signed_in: SignIn::Never };
            for term in filter.terms() {
                let opposite = Term { negated: !term.negated, ..term.clone() };
                prop_assert_ne!(term.matches(&text, &record, &facts), opposite.matches(&text, &record, &facts));
            }
        }
    }
}

#[rstest]
#[case("created:>7d", true)]
#[case("created:<7d", false)]
#[case("created:>=20d", false)]
#[case("created:<3w", true)]
#[case("created:2026-11-10", true)]
#[case("created:2026-11", true)]
#[case("created:2026-10", false)]
#[case("created:>2026-11-10", false)]
#[case("created:>=2026-11-10", true)]
#[case("created:<2026-11-10", false)]
#[case("created:<=2026-11-10", true)]
#[case("created:2026-11-01..2026-11-10", true)]
#[case("created:2026-11-11..2026-11-21", false)]
#[case("created:2026-10..2026-11", true)]
#[case("created:>2026-11-10T09:59:59Z", true)]
#[case("changed:<2h", true)]
#[case("!changed:<2h", false)]
#[case("signin:>30d", true)]
#[case("signin:none", false)]
#[case("!signin:none", true)]
#[case("signin:none|>30d", true)]
#[case("docs:>1000", true)]
#[case("docs:1204", true)]
#[case("docs:0", false)]
#[case("docs:1000..1204", true)]
#[case("docs:<1204", false)]
#[case("docs:<=1204", true)]
#[case("size:>1m", true)]
#[case("size:>1.5m", false)]
#[case("size:<1.5MiB", true)]
#[case("size:1k..2m", true)]
#[case("state:missing", false)]
#[case("!state:missing", true)]
#[case("state:suspended|active", true)]
#[case("zephyr|acme", true)]
#[case("zephyr|delft", false)]
#[case("!zephyr|delft", true)]
#[case("name:\"x y\"|\"acme europe\"", true)]
#[case("\"acme|europe\"", false)]
#[case("acme|", true)]
#[case("created:", true)]
#[case("created:>", true)]
#[case("size:>=", true)]
fn compares(#[case] text: &str, #[case] expected: bool) {
    let mut acme = organization("Acme Europe", "eva@acme.example");
    acme.created_at = "2026-11-10T10:00:00Z".parse().unwrap();
    acme.updated_at = "2026-11-24T11:00:00Z".parse().unwrap();
    let size = SizeFact::Is(CollectionSize { documents: 1_204, data_bytes: 1_200_000 });
    let signed_in = SignIn::At("2026-10-01T00:00:00Z".parse().unwrap());
    assert_eq!(parsed(text).unwrap().matches(&acme, &Facts { size, signed_in }), expected, "{text}");
}

#[rstest]
fn refuses_values_naming_the_field_and_what_is_allowed(
    #[values(
        ("created:7d", ">7d (older)"),
        ("changed:yesterday", "2026-11-01..2026-11-21"),
        ("created:2026-02-30", "2026-11-01"),
        ("signin:never", "none"),
        ("docs:many", "10..20"),
        ("docs:-1", "10..20"),
        ("docs:1.5", "10..20"),
        ("size:1g", ">1g"),
        ("size:>1x", "<500k"),
        ("size:>99999999999g", "<500k"),
        ("state:damaged", "missing"),
    )]
    (text, allowed): (&str, &str),
) {
    let refused = parsed(text).unwrap_err().to_string();
    let (field, _) = text.split_once(':').unwrap();
    assert!(refused.contains(allowed) && refused.contains(field), "{refused}");
}

#[test]
fn what_was_not_read_matches_neither_a_word_nor_its_opposite() {
    let acme = organization("Acme", "a@b");
    for text in ["docs:0", "!docs:0", "state:missing", "!state:missing", "signin:none", "!signin:none"] {
        let filter = parsed(text).unwrap();
        assert!(!filter.matches(&acme, &Facts::default()), "{text}");
        assert!(filter.matches_record(&acme), "{text}: the record does not answer it");
    }
    let gone = Facts { size: SizeFact::Missing, signed_in: SignIn::Never };
    assert!(parsed("state:missing !docs:>5 signin:none").unwrap().matches(&acme, &gone));
    let moved = Organization { state: State::Renaming, ..acme };
    assert!(!parsed("state:missing").unwrap().matches(&moved, &gone), "an operation moves it");
}
