//! What it means that an organization is not active, and what happens next.

use super::canvas::Canvas;
use crate::domain::{Organization, Status, Suspension};
use crate::tui::text;
use crate::tui::theme::{Signs, Tone};

/// In one line, for a list; nothing for what is usual.
pub fn short(status: Status) -> Option<&'static str> {
    Some(match status {
        Status::Active => return None,
        Status::Suspended => "suspended: its admin cannot sign in; its data stays",
        Status::Creating => "creating: a create has begun and is not complete yet; it ends by itself",
        Status::Renaming => "renaming: an update has begun and is not complete yet; it ends by itself",
        Status::Deleting => "deleting: a delete has begun and is not complete yet; it ends by itself",
        Status::Deleted => "deleted: it is in the trash",
        Status::Restoring => "restoring: a restore has begun and is not complete yet; it ends by itself",
        Status::Purging => "purging: it is being removed for good",
    })
}

/// In sentences, for who may read them; nothing for what is usual.
pub fn meaning(organization: &Organization, is_operator: bool) -> Option<String> {
    let suspended = organization.suspension.as_ref().map(suspension);
    let operation = operation(organization.status(), is_operator);
    match (suspended, operation) {
        (Some(suspended), Some(operation)) => Some(format!("{suspended} {operation}")),
        (suspended, operation) => suspended.or(operation),
    }
}

fn suspension(suspension: &Suspension) -> String {
    let (since, by) = (text::minute(suspension.at), &suspension.by);
    let why = if suspension.reason.is_empty() { String::new() } else { format!(": {}", suspension.reason) };
    let why = if why.ends_with(['.', '!', '?']) { why } else { format!("{why}.") };
    format!("Suspended since {since} UTC by {by}{why} Its admin cannot sign in; its data stays.")
}

fn operation(status: Status, is_operator: bool) -> Option<String> {
    let ends =
        "It is finished or rolled back by itself, at the latest when somebody opens it after its lease";
    let (what, next) = match status {
        Status::Active | Status::Suspended => return None,
        Status::Deleted => return Some("Deleted: it is in the trash.".to_owned()),
        Status::Creating => ("A create has begun and is not complete yet.", ends),
        Status::Renaming => ("An update has begun and is not complete yet.", ends),
        Status::Deleting => ("A delete has begun and is not complete yet.", ends),
        Status::Restoring => ("A restore has begun and is not complete yet.", ends),
        Status::Purging => (
            "It is being removed for good.",
            "That goes on to its end by itself, at the latest when somebody opens it after its lease",
        ),
    };
    // A key at the end of a sentence stands alone, so that the point is not read as part of it.
    Some(if is_operator { format!("{what} {next}; f ends it now.") } else { format!("{what} {next}.") })
}

/// How a state looks.
pub fn tone(status: Status) -> Tone {
    match status {
        Status::Active => Tone::Good,
        Status::Deleted => Tone::Muted,
        Status::Suspended
        | Status::Creating
        | Status::Renaming
        | Status::Deleting
        | Status::Restoring
        | Status::Purging => Tone::Warning,
    }
}

/// The sign of a state; none of what is usual.
pub fn sign(status: Status, signs: &Signs) -> &'static str {
    match status {
        Status::Active | Status::Deleted => " ",
        Status::Suspended => signs.suspended,
        Status::Creating | Status::Renaming | Status::Deleting | Status::Restoring | Status::Purging => {
            signs.working
        }
    }
}

/// A state that is not the usual one, its sign before it.
pub fn draw_state(canvas: &mut Canvas<'_>, at: (u16, u16), columns: u16, status: Status) {
    if status != Status::Active {
        let (x, y) = at;
        let style = canvas.theme.style(tone(status));
        canvas.put((x, y), sign(status, canvas.signs()), 1, style);
        canvas.put((x + 2, y), status.as_str(), columns.saturating_sub(2), style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::samples::organization;
    use strum::IntoEnumIterator;

    #[test]
    fn only_the_usual_status_has_no_words_and_admins_are_told_no_key() {
        for status in Status::iter() {
            assert_eq!(short(status).is_none(), status == Status::Active);
            assert!(short(status).is_none_or(|line| line.starts_with(status.as_str())), "{status}");
            let mut shown = Organization::clone(&organization("Acme Corp"));
            shown.state = status.state();
            shown.suspension = (status == Status::Suspended).then(|| Suspension {
                at: "2026-11-23T08:00:00Z".parse().unwrap(),
                by: "root@example.com".into(),
                reason: "unpaid".into(),
            });
            let (admin, operator) = (meaning(&shown, false), meaning(&shown, true));
            assert_eq!(admin.is_none(), status == Status::Active);
            let has_operation = status.state().has_operation();
            assert_eq!(operator.as_ref().is_some_and(|text| text.contains("; f ")), has_operation);
            assert!(!admin.unwrap_or_default().contains("; f "));
        }
    }
}
