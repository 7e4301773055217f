//! Commands of other tools, and what they are called here.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue};
use std::ffi::OsString;

/// Words, and the tenantry command that they mean.
type Table = &'static [(&'static [&'static str], &'static str)];

/// Words without a group before them.
const ALONE: Table = &[
    (&["signin", "sign-in", "auth", "authenticate", "connect"], "login"),
    (&["signout", "sign-out", "logoff", "exit", "quit"], "logout"),
    (&["who", "me", "status", "session", "id", "info"], "whoami"),
    (&["setup", "bootstrap", "install", "initialize", "register"], "init"),
    (&["orgs", "organization", "organizations", "tenant", "tenants", "customer", "customers"], "org"),
    (&["create", "add", "new"], "org create"),
    (&["list", "ls", "search", "find"], "org list"),
    (&["get", "show", "describe", "view", "cat"], "org get"),
    (&["update", "edit", "set"], "org update"),
    (&["rename", "mv", "move"], "org rename"),
    (&["delete", "rm", "remove", "del", "destroy", "drop"], "org delete"),
    (&["suspend", "disable", "block", "lock"], "org suspend"),
    (&["resume", "unsuspend", "enable", "unlock", "unblock"], "org resume"),
    (&["restore", "undelete", "undo", "recover"], "org restore"),
    (&["purge", "prune", "gc"], "org purge"),
    (&["trash"], "org list --state deleted"),
    (&["user", "users", "operators", "admin", "admins", "staff"], "operator"),
    (&["passwd", "password"], "account update --password-stdin"),
    (&["profile", "settings"], "account"),
    (&["log", "logs", "history", "activity", "events"], "audit list"),
    (&["check", "verify", "fsck", "repair", "fix", "health"], "doctor"),
    (&["migrate", "takeover"], "adopt"),
    (&["completion", "complete"], "completions"),
    (&["manual", "manpage", "docs"], "man"),
    (&["console", "ui", "tui", "open", "start"], ""),
];

/// Words after a group.
const BEHIND: &[(&str, Table)] = &[
    (
        "org",
        &[
            (&["add", "new", "make", "register"], "create"),
            (&["search", "find", "query"], "list"),
            (&["describe", "view", "cat", "info", "inspect"], "get"),
            (&["edit", "modify", "set", "change", "patch", "put", "password"], "update"),
            (&["mv", "move"], "rename"),
            (&["remove", "del", "destroy", "drop"], "delete"),
            (&["disable", "block", "lock", "pause", "freeze", "deactivate"], "suspend"),
            (&["enable", "unblock", "unlock", "unpause", "unsuspend", "activate", "reactivate"], "resume"),
            (&["undelete", "undo", "recover"], "restore"),
            (&["prune", "erase", "wipe", "gc"], "purge"),
            (&["trash", "deleted"], "list --state deleted"),
        ],
    ),
    (
        "operator",
        &[
            (&["create", "new", "invite"], "add"),
            (&["get", "show", "search", "find"], "list"),
            (&["delete", "del", "destroy", "drop", "revoke"], "remove"),
            (&["passwd", "reset", "reset-password", "update", "set-password", "recover"], "password"),
        ],
    ),
    ("account", &[(&["edit", "set", "change", "password", "passwd", "email"], "update")]),
    ("audit", &[(&["show", "get", "log", "tail", "search", "find", "view"], "list")]),
];

fn find(table: Table, word: &str) -> Option<&'static str> {
    table.iter().find(|(words, _)| words.contains(&word)).map(|(_, ours)| *ours)
}

/// The tenantry command for a word.
fn ours(group: Option<&str>, word: &str) -> Option<String> {
    let word = word.to_lowercase();
    let Some(group) = group else {
        return find(ALONE, &word).map(|ours| format!("tenantry {ours}").trim_end().to_owned());
    };
    let (_, table) = BEHIND.iter().find(|(of, _)| *of == group)?;
    find(table, &word).map(|ours| format!("tenantry {group} {ours}"))
}

/// Suggests it instead of the words that clap finds similar.
pub(super) fn suggest(error: &mut clap::Error, arguments: &[OsString]) {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else {
        return;
    };
    let before = arguments.iter().take_while(|argument| *argument != word.as_str());
    let group = before
        .filter_map(|argument| argument.to_str())
        .find(|argument| BEHIND.iter().any(|(group, _)| group == argument));
    if let Some(ours) = ours(group, word) {
        error.remove(ContextKind::SuggestedSubcommand);
        let tip = StyledStr::from(format!("did you mean '{ours}'?"));
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::tree;

    /// Every suggestion is a valid command, and no valid command gets a suggestion.
    #[test]
    fn every_suggestion_is_a_command_and_replaces_none() {
        let tree = tree::command();
        let behind = BEHIND.iter().map(|(group, table)| (Some(*group), *table));
        for (group, table) in behind.chain([(None, ALONE)]) {
            for word in table.iter().flat_map(|(words, _)| *words) {
                let group_command = match group {
                    Some(group) => tree.find_subcommand(group).unwrap(),
                    None => &tree,
                };
                assert!(group_command.find_subcommand(word).is_none(), "{group:?} {word} is a command");
                let line = ours(group, word).unwrap();
                let mut command = &tree;
                for part in line.split(' ').skip(1).take_while(|part| !part.starts_with('-')) {
                    command = command.find_subcommand(part).unwrap_or_else(|| panic!("{line}"));
                }
            }
        }
    }
}
