//! The words of messages. Only the command line names flags and commands: the console shows messages of the service and
//! the stores too.

use clap::Command;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use tenantry::archive::{ArchiveError, TargetError};
use tenantry::cli::exit::Failure;
use tenantry::domain::document::QueryError;
use tenantry::domain::{
    Email, Ended, FilterError, NameError, OperationId, OrganizationId, PasswordError, State,
};
use tenantry::service::{Confirms, Error};
use uuid::Uuid;

/// One or more of each kind.
fn errors() -> Vec<Error> {
    let operation = OperationId(Uuid::from_u128(7));
    let text = || "x".to_owned();
    vec![
        Error::InvalidName(NameError::Empty),
        Email::parse("no-at-sign").unwrap_err().into(),
        Error::InvalidPassword(PasswordError::TooShort),
        Error::InvalidFilter(FilterError::TooLong),
        Error::InvalidQuery(QueryError::TooLong { bytes: 9 }),
        Error::InvalidDocument("It is no document.".into()),
        Error::DocumentNotFound,
        Error::DocumentExists("7".into()),
        Error::DocumentChanged,
        Error::QueryTimedOut(std::time::Duration::from_secs(3)),
        Error::InvalidArchive(ArchiveError::Cut),
        Error::ExportTarget(TargetError::Exists(text())),
        Error::ExportFailed(TargetError::Failed { path: text(), reason: text() }),
        Error::NotExportable("The collection is a view.".into()),
        Error::NotAdoptable("The embedded store has nothing to adopt.".into()),
        Error::InvalidCursor,
        Error::ConfirmationRequired(Confirms::Organization),
        Error::ConfirmationRequired(Confirms::Operator),
        Error::ConfirmationRequired(Confirms::Repair),
        Error::ConfirmationRequired(Confirms::PurgeExpired),
        Error::OperationMismatch,
        Error::NothingToChange,
        Error::Unavailable { place: text(), operation: None },
        Error::Unavailable { place: text(), operation: Some(operation) },
        Error::Refused { reason: text(), operation },
        Error::CollectionBusy(text()),
        Error::StoreUnusable(text()),
        Error::Unauthenticated,
        Error::NotInitialized,
        Error::SessionExpired(Ended::Expired),
        Error::SessionExpired(Ended::NotYet),
        Error::SessionExpired(Ended::Ended),
        Error::InvalidCredentials,
        Error::WrongCurrentPassword,
        Error::NotFound,
        Error::OperatorNotFound,
        Error::ActorNotFound(text()),
        Error::NameTaken(text()),
        Error::EmailTaken(text()),
        Error::CollectionExists(text()),
        Error::Busy(State::Renaming),
        Error::Changed,
        Error::OperatorChanged,
        Error::LastOperator,
        Error::CollectionMissing(text()),
        Error::AlreadyInitialized,
        Error::Suspended(text()),
        Error::Ambiguous { name: text(), ids: vec![OrganizationId(Uuid::from_u128(8))] },
        Error::AdminMissing(text()),
        Error::InvalidReason,
        Error::Forbidden,
        Error::Throttled { retry_after: jiff::SignedDuration::from_secs(3) },
        Error::Overloaded,
        Error::WrongKey,
        Error::Internal(Uuid::from_u128(9)),
    ]
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The list above has every variant: a new one must be added there.
#[test]
fn every_error_is_in_the_list() {
    let source = fs::read_to_string(root().join("src/port/error.rs")).unwrap();
    let body = source.split_once("pub enum Error {").unwrap().1.split_once("\n}").unwrap().0;
    let name = |text: &str| text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned();
    let variants = body.lines().filter_map(|line| line.strip_prefix("    "));
    let variants = variants.filter(|line| line.starts_with(|c: char| c.is_uppercase())).map(name);
    let listed = errors().iter().map(|error| name(&format!("{error:?}"))).collect::<BTreeSet<_>>();
    assert_eq!(variants.collect::<BTreeSet<_>>(), listed);
}

/// Flags and commands that a text names.
fn named(text: &str) -> (Vec<String>, Vec<String>) {
    let words: Vec<&str> = text.split([' ', '"', '(', ')', '\'', '`']).collect();
    let end = |word: &str| word.trim_end_matches(['.', ',', ';', ':', '\\']).to_owned();
    let flags = words.iter().filter(|word| word.starts_with("--") && word.len() > 2).map(|word| end(word));
    let after = words.windows(2).filter(|pair| pair[0] == "tenantry").map(|pair| end(pair[1]));
    (flags.collect(), after.collect())
}

fn walk(command: &Command, flags: &mut BTreeSet<String>) {
    flags.extend(command.get_arguments().filter_map(|arg| Some(format!("--{}", arg.get_long()?))));
    command.get_subcommands().for_each(|below| walk(below, flags));
}

fn commands() -> BTreeSet<String> {
    tenantry::cli::command().get_subcommands().map(|below| below.get_name().to_owned()).collect()
}

#[test]
fn no_error_of_the_service_names_a_flag_or_a_command() {
    let commands = commands();
    for error in errors() {
        for text in [error.to_string(), error.hint().unwrap_or_default()] {
            let (flags, after) = named(&text);
            assert!(flags.is_empty(), "{text}");
            assert!(!after.iter().any(|word| commands.contains(word)), "{text}");
        }
    }
}

#[test]
fn hints_of_commands_name_flags_and_commands_that_exist() {
    let (mut known, commands) = (BTreeSet::new(), commands());
    walk(&tenantry::cli::command(), &mut known);
    let mut seen = 0;
    for error in errors() {
        let Some(hint) = Failure::Service(error).object().hint else { continue };
        let (flags, after) = named(&hint);
        seen += flags.len() + after.len();
        assert!(flags.iter().all(|flag| known.contains(flag)), "{hint}");
        assert!(after.iter().all(|word| commands.contains(word)), "{hint}");
    }
    assert!(seen > 10, "{seen}");
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

/// Also text besides errors: findings, warnings, and a store's statements about a server.
#[test]
fn nothing_below_the_command_line_names_a_flag_or_a_command() {
    let commands = commands();
    for folder in ["domain", "port", "service", "store", "tui"] {
        for path in sources(&root().join("src").join(folder)) {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            let is_code = |line: &&str| !line.trim_start().starts_with("//");
            // An option of the user's editor.
            let is_own = |line: &&str| !line.contains("does your editor need --wait?");
            for line in code.lines().filter(is_code).filter(is_own) {
                let (flags, after) = named(line);
                let is_flag = |flag: &String| {
                    flag.trim_start_matches('-').starts_with(|c: char| c.is_ascii_lowercase())
                };
                assert!(!flags.iter().any(is_flag), "{}: {line}", path.display());
                assert!(!after.iter().any(|word| commands.contains(word)), "{}: {line}", path.display());
            }
        }
    }
}

/// Phrases that readers have to read twice, with plain ones in their place: needs, repair, retry, check, again.
const UNCLEAR: [&str; 18] = [
    "want",
    "wants",
    "mend",
    "mends",
    "mended",
    "whoever",
    "meanwhile",
    "anew",
    "called so",
    "is heard",
    "of nobody",
    "nobody has",
    "what is due",
    "the own",
    "once more",
    "taken back",
    "lies under",
    "lies beside",
];

fn unclear(text: &str) -> Vec<&'static str> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let text = format!(" {} ", words.collect::<Vec<_>>().join(" ").to_lowercase());
    UNCLEAR.into_iter().filter(|phrase| text.contains(&format!(" {phrase} "))).collect()
}

/// Strings of the source, the man page with every help text, and the documents.
#[test]
fn messages_help_and_documents_avoid_unclear_phrases() {
    assert_eq!(unclear("Nothing is called so; it wants mending."), ["wants", "called so"]);
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    for path in sources(&root().join("src")) {
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        let code = code.lines().filter(is_code).collect::<Vec<_>>().join(" ");
        assert_eq!(unclear(&code), [""; 0], "{}", path.display());
    }
    assert_eq!(unclear(&tenantry::manual::page()), [""; 0]);
    let documents = ["README.md", ".env.example"].map(|name| root().join(name)).into_iter();
    for path in documents.chain(sources(&root().join("docs"))) {
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(unclear(&text), [""; 0], "{}", path.display());
    }
}
