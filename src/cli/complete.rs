//! Shell completion: commands and options by clap; names of organizations, emails of operators and names of fields by
//! reading the store.
//!
//! A key press in a shell must not change or reveal anything. So completion reads no `.env`, writes, recovers and
//! prints nothing, asks only a store with a session in session.json, and gives up after a moment.

use super::output::Stderr;
use super::output::shape::Shape;
use super::run::shape_of_path;
use super::session_file::SessionFile;
use super::{Format, tree};
use crate::domain::filter::verbs;
use crate::domain::{AccessToken, AuditField, Email, Field};
use crate::service::{MAX_LIMIT, TenantService};
use crate::settings::{Environment, Settings};
use clap::Command;
use clap_complete::env::Shells;
use clap_complete::{ArgValueCompleter, CompleteEnv, CompletionCandidate, Shell};
use std::ffi::{OsStr, OsString};
use std::sync::{Arc, mpsc};
use std::time::Duration;
use strum::IntoEnumIterator;

/// The variable that a shell sets to ask for completions.
const VARIABLE: &str = "_TENANTRY_COMPLETE";
/// How long a key press waits.
const PATIENCE: Duration = Duration::from_millis(300);
/// Stack size of the completion thread in bytes.
const STACK: usize = 8 << 20;

/// Opens the store of the settings read-only.
pub type Open = fn(&Settings) -> Option<Arc<TenantService>>;

/// Answers a shell that asks for completions; returns `false` if none asks. Call it before any thread is started.
///
/// # Errors
/// When stdout cannot be written, or the shell is unknown.
pub fn complete(arguments: &[OsString], open: Open) -> Result<bool, clap::Error> {
    let folder = std::env::current_dir().ok();
    CompleteEnv::with_factory(|| completed(tree::command(), "", open))
        .var(VARIABLE)
        .bin("tenantry")
        .completer("tenantry")
        .try_complete(arguments.iter().cloned(), folder.as_deref())
}

/// The completion script of a shell.
pub fn completions(shell: Shell) -> String {
    let shells = Shells::builtins();
    let mut script = Vec::new();
    let written = shells
        .completer(&shell.to_string())
        .map(|shell| shell.write_registration(VARIABLE, "tenantry", "tenantry", "tenantry", &mut script));
    // Writing to a Vec does not fail.
    let _ = written;
    let script = String::from_utf8_lossy(&script).into_owned();
    // Bash only quotes file names, and names of organizations contain spaces.
    if shell == Shell::Bash {
        script.replace("-o bashdefault", "-o bashdefault -o filenames")
    } else {
        script
    }
}

/// Adds to the command tree the completers that read the store.
fn completed(command: Command, path: &str, open: Open) -> Command {
    let below = |name: &str| format!("{path} {name}").trim_start().to_owned();
    let command = command.mut_subcommands(|sub| {
        let path = below(sub.get_name());
        completed(sub, &path, open)
    });
    command.mut_args(|arg| match completer(path, arg.get_id().as_str(), open) {
        Some(completer) => arg.add(completer),
        None => arg,
    })
}

fn completer(path: &str, argument: &str, open: Open) -> Option<ArgValueCompleter> {
    let in_trash = matches!(path, "org restore" | "org purge");
    match (path, argument) {
        (_, "fields") => shape_of_path(path).map(|shape| ArgValueCompleter::new(fields_of(shape))),
        ("org list", "filter") => Some(ArgValueCompleter::new(filters)),
        ("audit list", "filter") => Some(ArgValueCompleter::new(audit_filters)),
        ("org create", _) => None,
        ("audit list", "organization") => Some(ArgValueCompleter::new(organizations(false, open))),
        ("audit list", "actor")
        | ("operator remove", "email" | "confirm")
        | ("operator password", "email") => Some(ArgValueCompleter::new(operators(open))),
        (path, "name") if path.starts_with("doc ") => {
            Some(ArgValueCompleter::new(organizations(false, open)))
        }
        (path, "name" | "confirm") if path.starts_with("org ") => {
            Some(ArgValueCompleter::new(organizations(in_trash, open)))
        }
        _ => None,
    }
}

fn organizations(in_trash: bool, open: Open) -> impl Fn(&OsStr) -> Vec<CompletionCandidate> {
    move |typed| {
        let typed = unquoted(typed);
        let names = look(open, move |service, token| async move {
            service.names_beginning_with(&token, &typed, in_trash).await.unwrap_or_default()
        });
        // Skip names with control characters: the shell would print them to the terminal.
        let shown = names.into_iter().filter(|name| !name.chars().any(char::is_control));
        shown.map(CompletionCandidate::new).collect()
    }
}

fn operators(open: Open) -> impl Fn(&OsStr) -> Vec<CompletionCandidate> {
    move |typed| {
        let typed = Email::key_of(&unquoted(typed));
        let emails = look(open, |service, token| async move {
            let page = service.operators(&token, MAX_LIMIT, None).await;
            page.map(|page| page.items).unwrap_or_default()
        });
        let emails = emails.into_iter().map(|operator| operator.email);
        emails
            .filter(|email| Email::key_of(email).starts_with(&typed))
            .map(CompletionCandidate::new)
            .collect()
    }
}

/// Completes names of fields, separated by commas.
fn fields_of(shape: &'static Shape) -> impl Fn(&OsStr) -> Vec<CompletionCandidate> {
    move |typed| {
        let typed = typed.to_string_lossy();
        let (before, last) = typed.rsplit_once(',').map_or(("", &*typed), |(before, last)| (before, last));
        let chosen: Vec<&str> = before.split(',').collect();
        let fitting = shape.fields.iter().map(|field| field.name);
        let fitting = fitting.filter(|name| name.starts_with(last) && !chosen.contains(name));
        let comma = if before.is_empty() { "" } else { "," };
        fitting.map(|name| CompletionCandidate::new(format!("{before}{comma}{name}"))).collect()
    }
}

/// The fields of a filter.
fn filters(typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    let fields = Field::iter().map(|field| format!("{}:", field.as_str()));
    fields.filter(|field| field.starts_with(&*typed)).map(CompletionCandidate::new).collect()
}

/// The fields of a filter of the audit, and the actions.
fn audit_filters(typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    let action = AuditField::Action.as_str();
    let actions = verbs().map(|verb| format!("{action}:{verb}")).filter(|_| typed.contains(':'));
    let fields = AuditField::iter().map(|field| format!("{}:", field.as_str()));
    let all = fields.chain(actions).filter(|word| word.starts_with(&*typed) && **word != *typed);
    all.map(CompletionCandidate::new).collect()
}

/// The value of a word as the shell passes it: without its quotes and backslashes.
fn unquoted(typed: &OsStr) -> String {
    let typed = typed.to_string_lossy();
    if !typed.contains(['\\', '"']) && !typed.starts_with('\'') {
        return typed.into_owned();
    }
    let mut plain = String::new();
    let mut is_escaped = false;
    for c in typed.chars() {
        match c {
            '\\' if !is_escaped => is_escaped = true,
            '"' | '\'' if !is_escaped => {}
            c => {
                plain.push(c);
                is_escaped = false;
            }
        }
    }
    plain
}

/// Reads the store in a session of session.json, on a thread that is abandoned if it takes too long.
fn look<T, F>(open: Open, work: impl FnOnce(Arc<TenantService>, AccessToken) -> F + Send + 'static) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = Vec<T>>,
{
    let (tell, told) = mpsc::channel();
    let looking = move || {
        let settings = Settings::read(&Environment::of_process(false)).ok()?;
        let service = open(&settings)?;
        let folder = settings.state_dir.as_ref().ok()?;
        let token = SessionFile::new(folder, service.place(), Stderr::plain(Format::Table)).peek()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
        // The receiver is gone after the time-out.
        let _ = tell.send(runtime.block_on(work(service, token)));
        Some(())
    };
    let thread = std::thread::Builder::new().stack_size(STACK);
    match thread.spawn(looking) {
        Ok(_) => told.recv_timeout(PATIENCE).unwrap_or_default(),
        Err(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::output::shape;
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("Acme", "Acme")]
    #[case("Acme\\ Co", "Acme Co")]
    #[case("\"Acme Co", "Acme Co")]
    #[case("'Acme Co", "Acme Co")]
    #[case("O'Brien", "O'Brien")]
    fn shell_quoting_is_removed_from_words(#[case] typed: &str, #[case] meant: &str) {
        assert_eq!(unquoted(OsStr::new(typed)), meant);
    }

    #[test]
    fn fields_are_completed_after_each_comma() {
        let values = |typed: &str| -> Vec<String> {
            let candidates = fields_of(&shape::ORGANIZATIONS)(OsStr::new(typed));
            candidates.iter().map(|candidate| candidate.get_value().to_string_lossy().into_owned()).collect()
        };
        assert_eq!(values("st"), ["state"]);
        assert_eq!(values("state,organization_n"), ["state,organization_name"]);
        assert!(!values("state,").contains(&"state,state".to_owned()));
    }
}
