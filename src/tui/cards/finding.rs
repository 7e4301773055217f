//! What the console says of a finding: its keys instead of the flags of commands.

use crate::domain::{Finding, Problem, Remedy};

/// What an organization continues with when its own collection is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoesOnWith {
    /// A new one.
    Empty,
    /// The one that lies at its name.
    Found,
}

/// For a finding whose remedy is to choose.
pub fn goes_on_with(finding: &Finding) -> GoesOnWith {
    if matches!(finding.problem, Problem::CollectionReplaced) { GoesOnWith::Found } else { GoesOnWith::Empty }
}

/// The collection that a finding whose remedy is to choose would take.
pub fn taken(finding: &Finding) -> &str {
    finding.collection_name.as_deref().unwrap_or("the one that is there")
}

/// What an organization is called where there may be no name.
pub fn name(finding: &Finding) -> &str {
    finding.organization_name.as_deref().unwrap_or("the organization")
}

/// What repairs it, or why it is left alone.
pub fn repair(finding: &Finding) -> String {
    match (finding.problem.remedy(), goes_on_with(finding)) {
        (Remedy::Safe, _) => format!("Repair: {}", finding.repair()),
        (Remedy::Leave, _) => finding.repair(),
        (Remedy::Account, _) => {
            format!(
                "Edit {} and give it an admin email and a password: that creates the account.",
                name(finding)
            )
        }
        (Remedy::Choose, GoesOnWith::Empty) => format!(
            "Choose: restore the collection from a backup and check again; or let it continue with an empty one, \
             after a question; or delete {}.",
            name(finding)
        ),
        (Remedy::Choose, GoesOnWith::Found) => format!(
            "Choose: restore the collection from a backup and check again; or let it continue with the \
             collection that now has its name, after a question; or delete {}, which leaves that one alone.",
            name(finding)
        ),
    }
}

/// What is given up when an organization continues with another collection.
pub fn price(finding: &Finding) -> String {
    let name = name(finding);
    match goes_on_with(finding) {
        GoesOnWith::Empty => {
            format!("{name} continues with a new, empty collection. The documents it had are given up.")
        }
        GoesOnWith::Found => format!(
            "{name} continues with {}, the collection that is there, whatever it contains. The documents it had are given up.",
            taken(finding)
        ),
    }
}
