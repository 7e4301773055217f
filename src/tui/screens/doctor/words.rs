//! What the console says of a finding: its keys in place of the flags of commands.

use crate::domain::{Finding, Problem, Remedy};

/// What an organization goes on with when its own collection is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum GoesOnWith {
    /// A new one.
    Empty,
    /// The one that lies at its name.
    Found,
}

/// For a finding whose remedy is to choose.
pub(in crate::tui) fn goes_on_with(finding: &Finding) -> GoesOnWith {
    if matches!(finding.problem, Problem::CollectionReplaced | Problem::DamagedReplaced { .. }) {
        GoesOnWith::Found
    } else {
        GoesOnWith::Empty
    }
}

/// The collection that a finding whose remedy is to choose would take.
pub(in crate::tui) fn taken(finding: &Finding) -> &str {
    if let Problem::DamagedReplaced { at } = &finding.problem {
        return at;
    }
    finding.collection_name.as_deref().unwrap_or("the one that is there")
}

/// What an organization is called where there may be no name.
pub(in crate::tui) fn name(finding: &Finding) -> &str {
    finding.organization_name.as_deref().unwrap_or("the organization")
}

/// What mends it, or why nothing is done about it.
pub(in crate::tui) fn repair(finding: &Finding) -> String {
    match (finding.problem.remedy(), goes_on_with(finding)) {
        (Remedy::Safe, _) => format!("Repair: {}", finding.repair()),
        (Remedy::Leave, _) => finding.repair(),
        (Remedy::Choose, GoesOnWith::Empty) => format!(
            "Choose: restore the collection from a backup and check again; or let it go on with an empty one, \
             which is asked for first; or delete {}.",
            name(finding)
        ),
        (Remedy::Choose, GoesOnWith::Found) => format!(
            "Choose: restore the collection from a backup and check again; or let it go on with the one that is \
             there, which is asked for first; or delete {}, which leaves that one.",
            name(finding)
        ),
    }
}

/// What is given up when an organization goes on with another collection.
pub(in crate::tui) fn price(finding: &Finding) -> String {
    let name = name(finding);
    match goes_on_with(finding) {
        GoesOnWith::Empty => {
            format!("{name} goes on with a new, empty collection. The documents it had are given up.")
        }
        GoesOnWith::Found => format!(
            "{name} goes on with {}, the collection that is there, whatever is in it. The documents it had are given up.",
            taken(finding)
        ),
    }
}
