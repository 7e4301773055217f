//! What may happen to a console.

use proptest::prelude::*;
use proptest::sample::select;
use tenantry::domain::State;
use tenantry::service::Error;

/// Something that happens.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Keys(&'static str),
    Paste(&'static str),
    Size(u16, u16),
    Later(i64),
    /// The call at this place, counted around, is answered; or refused with the error at that place.
    Answer(usize, Option<usize>),
}

const KEYS: [&str; 61] = [
    "v",
    ">",
    "<lt>",
    "3",
    "2",
    "w",
    "S",
    "X",
    "I",
    "y",
    " ",
    "z",
    "u",
    "d",
    "<C-z>",
    "j",
    "k",
    "g",
    "G",
    "<C-d>",
    "<C-u>",
    "<PgUp>",
    "<PgDn>",
    "<Enter>",
    "<Enter>",
    "<Enter>",
    "<Esc>",
    "<Esc>",
    "q",
    "n",
    "e",
    "D",
    "/",
    "s",
    "O",
    "o",
    "!",
    ":",
    "<C-p>",
    "?",
    "<F1>",
    "r",
    "<F5>",
    "p",
    "R",
    "f",
    "1",
    "2",
    "]",
    "[",
    "y",
    "<Tab>",
    "<S-Tab>",
    "<C-s>",
    "<C-c>",
    "<C-l>",
    "x",
    "<BS>",
    "<Up>",
    "<Down>",
    "Acme Corp",
];

const PASTES: [&str; 14] = [
    "a.tar.gz\t\t\tcorrect horse\tcorrect horse",
    "65f0c0ffee65f0c0ffee0002",
    "kind:invoice",
    "{",
    "Acme Corp",
    "Acme Europe",
    "kim@example.com",
    "root@example.com",
    "correct horse",
    "state:renaming",
    "state:deleted",
    "operators",
    "trash",
    "sign out",
];

pub(super) fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => select(&KEYS[..]).prop_map(Step::Keys),
        2 => select(&PASTES[..]).prop_map(Step::Paste),
        1 => (0_u16..130, 0_u16..45).prop_map(|(columns, rows)| Step::Size(columns, rows)),
        1 => prop_oneof![Just(1_i64), Just(40), Just(1_900)].prop_map(Step::Later),
        8 => (0_usize..4, proptest::option::weighted(0.25, 0..ERRORS)).prop_map(|(at, error)| Step::Answer(at, error)),
    ]
}

pub(super) const ERRORS: usize = 13;

pub(super) fn error(at: usize) -> Error {
    let errors: [Error; ERRORS] = [
        Error::Unavailable { place: "x".into(), operation: None },
        Error::Unauthenticated,
        Error::Forbidden,
        Error::Changed,
        Error::NotFound,
        Error::OperatorNotFound,
        Error::OperatorChanged,
        Error::Busy(State::Renaming),
        Error::LastOperator,
        Error::InvalidCredentials,
        Error::DocumentNotFound,
        Error::DocumentChanged,
        Error::CollectionMissing("org_acme_corp".into()),
    ];
    errors.into_iter().nth(at).unwrap()
}
