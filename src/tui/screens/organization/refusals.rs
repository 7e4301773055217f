//! Why an organization cannot be read or written now, in words.

use crate::domain::{Organization, State};
use crate::service::Error;
use crate::tui::effect::Message;
use crate::tui::shared::Shared;

/// The user stopped the reading.
pub(super) fn stopped() -> Message {
    Message { text: "Stopped.".to_owned(), hint: Some("r reads it".to_owned()) }
}

/// The collection is missing, and who can do something about it.
pub(super) fn missing(error: &Error, is_operator: bool) -> Message {
    let next = if is_operator { "See what the doctor finds: !" } else { "An operator can look for it." };
    let text = format!("{error} Its documents cannot be read. tenantry dropped nothing.");
    Message { text, hint: Some(next.to_owned()) }
}

/// Why an organization cannot be written now, if it cannot.
pub fn write_refusal(organization: &Organization, shared: &Shared) -> Option<&'static str> {
    if shared.is_cut_off() {
        return Some("no connection");
    }
    match organization.state {
        State::Active => None,
        State::Creating => Some("it is being created"),
        State::Renaming => Some("it is being renamed"),
        State::Deleting => Some("it is being deleted"),
        State::Deleted => Some("it is deleted"),
        State::Restoring => Some("it is being restored"),
        State::Purging => Some("it is being purged"),
    }
}
