//! How to repair a finding, with flags and commands.

use crate::domain::text::shell_quoted;
use crate::domain::{Finding, Problem, Remedy};

/// The repair, or why the finding is left alone.
pub(super) fn repair(finding: &Finding) -> String {
    let name = finding.organization();
    // A deleted organization is purged, an active one deleted.
    let remove = if finding.is_in_trash() { "purge" } else { "delete" };
    match finding.problem.remedy() {
        Remedy::Account => format!(
            "Give it an email and a password: tenantry org update {} --admin-email EMAIL --password-stdin.",
            argument(finding)
        ),
        Remedy::Choose if finding.problem == Problem::CollectionReplaced => format!(
            "Restore the collection from a backup and check again; or continue with the \
             collection that now has its name (--new-collections); or {remove} {name}, which leaves that one alone."
        ),
        Remedy::Choose => format!(
            "Restore the collection from a backup and check again; or continue with an empty one \
             (--new-collections); or {remove} {name}."
        ),
        Remedy::Leave if matches!(finding.problem, Problem::NotAdopted { .. }) => {
            format!("{} See what can be adopted: tenantry adopt.", finding.repair())
        }
        Remedy::Safe | Remedy::Leave => finding.repair(),
    }
}

/// The organization as an argument, quoted for every shell.
fn argument(finding: &Finding) -> String {
    let typed =
        finding.organization_name.as_deref().filter(|name| !name.is_empty() && !name.starts_with('-'));
    let quoted = typed.map(shell_quoted);
    let id = || finding.organization_id.map(|id| format!("--id {id}")).unwrap_or_default();
    quoted.unwrap_or_else(id)
}
