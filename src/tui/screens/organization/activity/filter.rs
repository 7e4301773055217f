//! The filter of the activity: `actor:EMAIL` and `since:TIME`, nothing else.

use crate::domain::since::{SinceError, since};
use jiff::Timestamp;

/// What is understood.
pub(super) const SYNTAX: &str = "actor:EMAIL and since:TIME, as since:7d";

/// Which entries are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ActivityFilter {
    /// Only of who has this email.
    pub(super) actor: Option<String>,
    /// Only from this time on.
    pub(super) since: Option<Timestamp>,
}

/// Why a filter is not understood.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ActivityFilterError {
    /// A word of no kind that is known.
    #[error("Understood are {SYNTAX}; not {0:?}.")]
    Unknown(String),
    /// Nothing behind the colon.
    #[error("{0}: needs a value.")]
    Empty(&'static str),
    /// The same kind a second time.
    #[error("{0}: stands there twice.")]
    Twice(&'static str),
    /// Not a time.
    #[error("{0}")]
    Time(SinceError),
}

impl ActivityFilter {
    /// Reads what was typed; times are counted back from `now`.
    ///
    /// # Errors
    /// [`ActivityFilterError`] says what is not understood, and what would be.
    pub(super) fn parse(text: &str, now: Timestamp) -> Result<Self, ActivityFilterError> {
        let mut filter = Self::default();
        for word in words(text) {
            match word.split_once(':') {
                Some(("actor", "")) => return Err(ActivityFilterError::Empty("actor")),
                Some(("since", "")) => return Err(ActivityFilterError::Empty("since")),
                Some(("actor", _)) if filter.actor.is_some() => {
                    return Err(ActivityFilterError::Twice("actor"));
                }
                Some(("since", _)) if filter.since.is_some() => {
                    return Err(ActivityFilterError::Twice("since"));
                }
                Some(("actor", email)) => filter.actor = Some(email.to_owned()),
                Some(("since", time)) => {
                    filter.since = Some(since(time, now).map_err(ActivityFilterError::Time)?);
                }
                Some(_) | None => return Err(ActivityFilterError::Unknown(word)),
            }
        }
        Ok(filter)
    }
}

/// Words between white space; quotes keep spaces, as in `since:"2026-11-24 09:00"`.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for c in text.chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            c if c.is_whitespace() && !is_quoted => words.push(String::new()),
            c => words.last_mut().into_iter().for_each(|word| word.push(c)),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn parse(text: &str) -> Result<(Option<String>, Option<String>), String> {
        let now = "2026-11-24T12:00:00Z".parse().unwrap();
        let filter = ActivityFilter::parse(text, now).map_err(|error| error.to_string())?;
        Ok((filter.actor, filter.since.map(|since| since.to_string())))
    }

    #[rstest]
    #[case("", None, None)]
    #[case("  ", None, None)]
    #[case("actor:ann@acme.example", Some("ann@acme.example"), None)]
    #[case("since:7d", None, Some("2026-11-17T12:00:00Z"))]
    #[case(" since:2026-11-20  actor:a@b ", Some("a@b"), Some("2026-11-20T00:00:00Z"))]
    #[case("since:\"2026-11-20 09:30\"", None, Some("2026-11-20T09:30:00Z"))]
    #[case("since:2026-11-20T09:30:00Z", None, Some("2026-11-20T09:30:00Z"))]
    fn reads(#[case] text: &str, #[case] actor: Option<&str>, #[case] since: Option<&str>) {
        assert_eq!(parse(text), Ok((actor.map(Into::into), since.map(Into::into))));
    }

    #[rstest]
    #[case("ann", "Understood are actor:EMAIL and since:TIME, as since:7d; not \"ann\".")]
    #[case("action:deleted", "not \"action:deleted\".")]
    #[case("ACTOR:a@b", "not \"ACTOR:a@b\".")]
    #[case("actor:", "actor: needs a value.")]
    #[case("actor:a@b actor:c@d", "actor: stands there twice.")]
    #[case("since:7d since:8d", "since: stands there twice.")]
    #[case("since:yesterday", "Not a time: \"yesterday\". Write 7d,")]
    fn refuses(#[case] text: &str, #[case] said: &str) {
        let error = parse(text).unwrap_err();
        assert!(error.contains(said), "{error}");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,40}|(actor|since):\\PC{0,20}") {
            let _ = parse(&text);
        }
    }
}
