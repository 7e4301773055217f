//! The command lines that show what the console shows, quoted for a POSIX shell.

use crate::domain::text::{controls_terminal, shell_quoted};
use crate::domain::{AuditEntry, Organization, State};
use crate::wire::Time;

/// A value as an argument, unless a shell or the command would take it for something else.
fn argument(value: &str) -> Option<String> {
    let is_plain = !value.is_empty() && !value.starts_with('-') && !value.chars().any(controls_terminal);
    is_plain.then(|| shell_quoted(value))
}

/// Shows an organization, also one in the trash.
pub fn of_organization(organization: &Organization) -> String {
    let id = organization.id;
    match (argument(&organization.name), organization.state) {
        (_, State::Deleted) => format!("tenantry org list --state deleted --filter id:{id}"),
        (Some(name), _) => format!("tenantry org get {name}"),
        (None, _) => format!("tenantry org get --id {id}"),
    }
}

/// Names an organization to a command.
fn target(organization: &Organization) -> String {
    argument(&organization.name).unwrap_or_else(|| format!("--id {}", organization.id))
}

/// Shows a document of an organization by its printed id.
pub fn of_document(organization: &Organization, id: &str) -> String {
    // What begins like an option is none behind this.
    let end = if id.starts_with('-') { "-- " } else { "" };
    format!("tenantry doc get {} {end}{}", target(organization), shell_quoted(id))
}

/// Lists the documents of an organization that a query finds; an empty query finds all.
pub fn of_query(organization: &Organization, query: &str) -> String {
    let filter = if query.is_empty() { String::new() } else { format!(" --filter {}", shell_quoted(query)) };
    format!("tenantry doc list {}{filter}", target(organization))
}

/// Shows the operators.
pub fn of_operators() -> String {
    "tenantry operator list".to_owned()
}

/// Lists the entries of the audit that are like this one, from its time on: it is the last of them.
pub fn of_entry(entry: &AuditEntry) -> String {
    let (since, action) = (Time(entry.at), entry.effective_action().as_str());
    let actor = argument(&entry.actor).map(|actor| format!(" --actor {actor}")).unwrap_or_default();
    let id = entry.organization_id.map(|id| format!(" --id {id}")).unwrap_or_default();
    format!("tenantry audit list --since {since} --filter action:{action}{actor}{id}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli;
    use crate::domain::{AccountId, AuditAction, AuditOutcome, CollectionName, Epoch, OrganizationId};
    use uuid::Uuid;

    fn organization(name: &str) -> Organization {
        Organization {
            id: OrganizationId(Uuid::from_u128(7)),
            name: name.to_owned(),
            name_key: name.to_lowercase(),
            former_email_key: None,
            collection: CollectionName::from_record("org_acme", "master_db"),
            collection_uuid: None,
            admin_id: AccountId(Uuid::nil()),
            admin_email: "ann@acme.example".into(),
            state: State::Active,
            suspension: None,
            deletion: None,
            epoch: Epoch(1),
            unchanged_since: Epoch(1),
            created_at: jiff::Timestamp::UNIX_EPOCH,
            updated_at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    /// The words that a shell passes on; the program takes them.
    fn words(line: &str) -> Vec<String> {
        let words = shell_words::split(line).unwrap();
        let parsed = cli::command().try_get_matches_from(&words);
        assert!(parsed.is_ok(), "{line}: {:?}", parsed.err().map(|error| error.to_string()));
        words
    }

    #[test]
    fn an_organization_is_named_or_has_its_id() {
        for name in ["Acme Corp", "O'Brien & Söhne", "$(reboot)", "\"x\" `y` !z"] {
            assert_eq!(words(&of_organization(&organization(name))), ["tenantry", "org", "get", name]);
        }
        for name in ["-x", "a\u{1b}[31mb", "a\nb", "a\u{202e}b", ""] {
            let line = of_organization(&organization(name));
            assert_eq!(line, "tenantry org get --id 00000000-0000-0000-0000-000000000007");
            words(&line);
        }
        let deleted = Organization { state: State::Deleted, ..organization("Acme") };
        assert_eq!(
            words(&of_organization(&deleted)).last().unwrap(),
            "id:00000000-0000-0000-0000-000000000007"
        );
        words(&of_operators());
    }

    #[test]
    fn a_document_and_a_query_reach_the_command_as_they_are() {
        for name in ["Acme Corp", "-x"] {
            let shown = organization(name);
            for id in
                ["65f0c0ffee65f0c0ffee0007", "-x", "-7", "a b", "{\"$numberLong\":\"7\"}", "--help", "'"]
            {
                assert_eq!(words(&of_document(&shown, id)).last().unwrap(), id);
            }
            for query in ["kind:\"a b\" n:>5", "{\"a\":\"it's\"}", "-x:1", "$a"] {
                assert_eq!(words(&of_query(&shown, query)).last().unwrap(), query);
            }
            words(&of_query(&shown, ""));
        }
    }

    #[test]
    fn an_entry_is_listed_with_those_like_it() {
        let mut entry = AuditEntry {
            id: Uuid::from_u128(1),
            at: "2026-11-24T12:00:00.250Z".parse().unwrap(),
            actor: "ann's@acme.example".into(),
            actor_id: None,
            actor_version: None,
            action: AuditAction::OrganizationRename,
            outcome: AuditOutcome::Done,
            organization_id: Some(OrganizationId(Uuid::from_u128(7))),
            organization_name: Some("Acme".into()),
            changes: serde_json::Map::new(),
            request_hash: None,
        };
        let line = of_entry(&entry);
        assert_eq!(
            line,
            "tenantry audit list --since 2026-11-24T12:00:00.250Z --filter action:organization_rename \
             --actor 'ann'\\''s@acme.example' --id 00000000-0000-0000-0000-000000000007"
        );
        words(&line);
        entry.actor = "\u{1b}]0;x\u{7}".into();
        entry.organization_id = None;
        assert!(!words(&of_entry(&entry)).contains(&"--actor".to_owned()));
    }
}
