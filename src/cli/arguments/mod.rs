//! The commands and their arguments; those of `org` and `doc` have files of their own.

mod document;
mod organization;
#[cfg(feature = "http")]
mod serve;

pub use document::{DocCommand, FormArgs, QueryArgs};
pub use organization::{ListArgs, OrgCommand, PurgeTarget, SortArg, Target, TopArg};
#[cfg(feature = "http")]
pub use serve::ServeArgs;

use crate::service::{MAX_LIMIT, OperationId};
use clap::{Args, Subcommand};
use clap_complete::Shell;
use std::path::PathBuf;
use uuid::Uuid;

/// Where a password comes from. Without either option, the command prompts without echo.
#[derive(Debug, Clone, Default, Args)]
pub struct PasswordArgs {
    /// Read the password from stdin
    ///
    /// One line break at its end is dropped.
    #[arg(long)]
    pub password_stdin: bool,
    /// Read the password from a file
    ///
    /// One line break at its end is dropped. Others must not be able to write the file.
    #[arg(long, value_name = "FILE", conflicts_with = "password_stdin")]
    pub password_file: Option<PathBuf>,
}

impl PasswordArgs {
    /// Whether an option provides a password.
    pub fn is_given(&self) -> bool {
        self.password_stdin || self.password_file.is_some()
    }
}

/// Where the current password comes from.
#[derive(Debug, Clone, Default, Args)]
pub struct CurrentPasswordArgs {
    /// File with your current password
    ///
    /// Required to change your own email or password.
    #[arg(long, value_name = "FILE")]
    pub current_password_file: Option<PathBuf>,
}

/// Whether to write.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct DryRunArgs {
    /// Print what would change; write nothing
    ///
    /// Checks everything, does not prompt, and prints each change as from -> to.
    #[arg(short = 'n', long)]
    pub dry_run: bool,
}

/// The id of a write.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct OperationArgs {
    /// Apply a retry with this id only once
    ///
    /// After a lost answer, retry the write with the same id: it is applied once and prints the same answer.
    #[arg(long, value_name = "UUID")]
    pub operation_id: Option<Uuid>,
}

impl OperationArgs {
    /// The given id, else a new one.
    pub fn id(self) -> OperationId {
        self.operation_id.map_or_else(OperationId::random, OperationId)
    }
}

/// How much of a list.
#[derive(Debug, Clone, Args)]
pub struct PageArgs {
    /// Maximum number of rows (1-1000)
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub limit: u16,
    /// Where the page begins.
    #[arg(long, value_name = "CURSOR", help = "Continue after a page: its next_cursor")]
    pub cursor: Option<String>,
    /// All rows
    #[arg(long, conflicts_with_all = ["limit", "cursor"])]
    pub all: bool,
}

impl PageArgs {
    /// Rows per page: the limit, or the maximum when every row is requested.
    pub fn rows(&self) -> usize {
        if self.all { MAX_LIMIT } else { self.limit.into() }
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create the first operator of a new store (once)
    Init {
        /// The first operator.
        #[command(flatten)]
        credentials: Credentials,
        /// The id of the write.
        #[command(flatten)]
        operation: OperationArgs,
    },
    /// Sign in and save the session for later commands
    Login(Credentials),
    /// End the session
    Logout {
        /// End every session of this account
        #[arg(long)]
        everywhere: bool,
    },
    /// Show who is signed in, until when, and on which store
    Whoami,
    /// Your own account
    #[command(subcommand)]
    Account(AccountCommand),
    /// Organizations
    #[command(subcommand)]
    Org(OrgCommand),
    /// Documents in the collection of an organization
    #[command(subcommand)]
    Doc(DocCommand),
    /// Operators: the accounts that manage every organization
    #[command(subcommand)]
    Operator(OperatorCommand),
    /// What was done, by whom, and when
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Check whether records and collections agree (operators)
    Doctor(DoctorArgs),
    /// Take over a database of the earlier service (operators)
    Adopt(AdoptArgs),
    /// Serve the HTTP API, with the routes of the earlier service
    #[cfg(feature = "http")]
    Serve(ServeArgs),
    /// Try the console with 300 sample organizations
    Demo(DemoArgs),
    /// Print the completions of a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Print the man page: every command, setting, exit code and key
    Man,
    /// Print the version
    #[command(hide = true)]
    Version,
}

impl Command {
    /// Whether the command must not write.
    pub fn is_dry_run(&self) -> bool {
        match self {
            Self::Account(AccountCommand::Update { dry, .. })
            | Self::Operator(
                OperatorCommand::Add { dry, .. }
                | OperatorCommand::Remove { dry, .. }
                | OperatorCommand::Password { dry, .. },
            ) => dry.dry_run,
            Self::Org(command) => command.is_dry_run(),
            Self::Doc(command) => command.is_dry_run(),
            Self::Adopt(args) => !args.apply,
            Self::Init { .. }
            | Self::Login(_)
            | Self::Logout { .. }
            | Self::Whoami
            | Self::Operator(OperatorCommand::List(_))
            | Self::Audit(_)
            | Self::Doctor(_)
            | Self::Demo(_)
            | Self::Completions { .. }
            | Self::Man
            | Self::Version => false,
            #[cfg(feature = "http")]
            Self::Serve(_) => false,
        }
    }
}

/// What to do with the findings.
#[derive(Debug, Clone, Copy, Args)]
pub struct DoctorArgs {
    /// Make all repairs that lose no data, and list what is left
    ///
    /// Asks for admin accounts that are missing.
    #[arg(long)]
    pub repair: bool,
    /// Do not prompt
    #[arg(long, requires = "repair")]
    pub yes: bool,
    /// Give organizations without a collection a new one
    ///
    /// The collection that now has the organization's collection name, or an empty one.
    #[arg(long, requires = "repair")]
    pub new_collections: bool,
}

/// What to do with the records of an earlier service.
#[derive(Debug, Clone, Args)]
pub struct AdoptArgs {
    /// Adopt the sound organizations; without it, only print what would be done
    ///
    /// Nobody guesses: of records that share a name, an email, a collection or an admin none is adopted.
    #[arg(long)]
    pub apply: bool,
    /// Also adopt what this file decides
    #[arg(
        long,
        value_name = "FILE",
        long_help = "Also adopt what this file decides\n\nA JSON object per line: {\"_id\": ..., \"organization_name\": \"...\", \"admin_email\": \"...\"}. The record with that _id is adopted under that name, with the admin that has that email. Where its collection may hold the data of another tenant, the line also needs \"collection_name\": \"...\"."
    )]
    pub resolve: Option<PathBuf>,
}

/// Which demo.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Number of organizations (1-100000)
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub organizations: u32,
    /// Keep the store in this new or empty folder
    ///
    /// Without a terminal, only create the store.
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
}

/// An email and a password.
#[derive(Debug, Args)]
pub struct Credentials {
    /// The email
    #[arg(long, value_name = "EMAIL", allow_hyphen_values = true)]
    pub email: Option<String>,
    /// Where the password comes from.
    #[command(flatten)]
    pub password: PasswordArgs,
}

/// What to do with your own account.
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// Change your own email or password; ends your sessions
    ///
    /// All or nothing. Every session of your account ends.
    Update {
        /// The new email
        #[arg(long, value_name = "EMAIL", allow_hyphen_values = true)]
        email: Option<String>,
        /// Where the new password comes from.
        #[command(flatten)]
        password: PasswordArgs,
        /// Where the current password comes from.
        #[command(flatten)]
        current: CurrentPasswordArgs,
        /// The id of the write.
        #[command(flatten)]
        operation: OperationArgs,
        /// Whether to write.
        #[command(flatten)]
        dry: DryRunArgs,
    },
}

/// What to do with operators.
#[derive(Debug, Subcommand)]
pub enum OperatorCommand {
    /// Add an operator
    Add {
        /// The email
        email: String,
        /// Where the password comes from.
        #[command(flatten)]
        password: PasswordArgs,
        /// The id of the write.
        #[command(flatten)]
        operation: OperationArgs,
        /// Whether to write.
        #[command(flatten)]
        dry: DryRunArgs,
    },
    /// List operators
    #[command(visible_alias = "ls")]
    List(PageArgs),
    /// Remove an operator; the last one cannot be removed
    #[command(visible_alias = "rm")]
    Remove {
        /// The email
        email: String,
        /// The exact email; case matters
        #[arg(long, value_name = "EMAIL", allow_hyphen_values = true)]
        confirm: Option<String>,
        /// The id of the write.
        #[command(flatten)]
        operation: OperationArgs,
        /// Whether to write.
        #[command(flatten)]
        dry: DryRunArgs,
    },
    /// Set a new password: your own, or another operator's
    ///
    /// Ends the sessions of that account.
    Password {
        /// The operator's email; without it, your own password
        email: Option<String>,
        /// Where the new password comes from.
        #[command(flatten)]
        password: PasswordArgs,
        /// Where the current password comes from.
        #[command(flatten)]
        current: CurrentPasswordArgs,
        /// Without a session
        #[arg(
            long,
            requires = "email",
            conflicts_with = "current_password_file",
            long_help = "Without a session\n\nNeeds the store and its SECRET_KEY. Ends a wait after failed sign-ins."
        )]
        recover: bool,
        /// The id of the write.
        #[command(flatten)]
        operation: OperationArgs,
        /// Whether to write.
        #[command(flatten)]
        dry: DryRunArgs,
    },
}

/// What to do with the audit.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// List what was done in the last 90 days, newest first
    #[command(visible_alias = "ls")]
    List {
        /// Words and field:value that all match; ! negates, | is either
        ///
        /// A word matches a part of the actor, the organization's name or the action; case and accents do not matter.
        /// Quotes keep spaces. Fields: action:renamed (or the word of JSON), actor:EMAIL, org:NAME (or an id),
        /// since:7d.
        #[arg(
            long,
            value_name = "TEXT",
            default_value = "",
            hide_default_value = true,
            allow_hyphen_values = true
        )]
        filter: String,
        /// Only about this organization
        ///
        /// Deleted and renamed organizations are found by their earlier names.
        #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
        organization: Option<String>,
        /// Only about the organization with this id
        #[arg(long, value_name = "UUID", conflicts_with = "organization")]
        id: Option<Uuid>,
        /// Only by the account with this email
        #[arg(long, value_name = "EMAIL", allow_hyphen_values = true)]
        actor: Option<String>,
        /// Only from this time on: a date, or 90m, 24h, 7d
        ///
        /// A time such as 2026-11-24T12:00Z or 2026-11-24T12:00[Europe/Berlin], a date, or how long ago: 90m, 24h, 7d.
        #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
        since: Option<String>,
        /// How much of it.
        #[command(flatten)]
        page: PageArgs,
    },
}
