//! What it means that an organization is not active, and what happens next.

use crate::domain::State;

/// In one line, for a list; nothing for what is usual.
pub(in crate::tui) fn short(state: State) -> Option<&'static str> {
    match state {
        State::Active => None,
        State::Creating => Some("creating: a create has begun and is not whole yet; it ends by itself"),
        State::Renaming => Some("renaming: an update has begun and is not whole yet; it ends by itself"),
        State::Deleting => Some("deleting: a delete has begun; it goes on to its end by itself"),
        State::Damaged => Some("damaged: its collection is at neither of its names; see the doctor (!)"),
    }
}

/// In sentences, for who may read them; nothing for what is usual.
pub(in crate::tui) fn meaning(state: State, is_operator: bool) -> Option<String> {
    let (what, next) = match state {
        State::Active => return None,
        State::Creating => (
            "A create has begun and is not whole yet.",
            "It is finished or taken back by itself, at the latest when somebody opens it after its lease",
        ),
        State::Renaming => (
            "An update has begun and is not whole yet.",
            "It is finished or taken back by itself, at the latest when somebody opens it after its lease",
        ),
        State::Deleting => (
            "A delete has begun.",
            "It goes on to its end by itself, at the latest when somebody opens it after its lease",
        ),
        State::Damaged => (
            "Its collection is at neither of the names that it could have: its documents cannot be read. \
             tenantry dropped nothing.",
            if is_operator { "See what the doctor finds: !" } else { "An operator can look for it" },
        ),
    };
    // A key at the end of a sentence stands alone, so that the point is not read as part of it.
    Some(match (state.is_in_work(), is_operator) {
        (true, true) => format!("{what} {next}; f ends it now."),
        (false, true) => format!("{what} {next}"),
        (_, false) => format!("{what} {next}."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_usual_needs_no_word_and_admins_hear_of_no_key() {
        for state in State::ALL {
            assert_eq!(short(state).is_none(), state == State::Active);
            let (admin, operator) = (meaning(state, false), meaning(state, true));
            assert_eq!(admin.is_none(), state == State::Active);
            assert_eq!(operator.as_ref().is_some_and(|text| text.contains("; f ")), state.is_in_work());
            assert!(!admin.unwrap_or_default().contains("; f "));
        }
    }
}
