//! The arguments of `org`.

use super::{CurrentPasswordArgs, DryRunArgs, OperationArgs, PageArgs, PasswordArgs};
use crate::cli::Global;
use crate::domain::{Filter, Status};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use std::path::PathBuf;
use strum::IntoEnumIterator;
use uuid::Uuid;

/// Which organization.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Target {
    /// Its name, in any case
    ///
    /// Write -- before a name that begins with -.
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// Its id
    #[arg(long, value_name = "UUID")]
    pub id: Option<Uuid>,
}

/// What to purge.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct PurgeTarget {
    /// Its former name, in any case
    ///
    /// Write -- before a name that begins with -.
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// Its id
    #[arg(long, value_name = "UUID")]
    pub id: Option<Uuid>,
    /// Every organization whose time in the trash is over
    ///
    #[arg(long, conflicts_with_all = ["confirm", "operation_id"])]
    pub expired: bool,
}

/// What to do with organizations.
#[derive(Debug, Subcommand)]
pub enum OrgCommand {
    /// Create an organization with its admin and its collection
    Create {
        /// Its name
        ///
        /// Write -- before a name that begins with -.
        name: String,
        /// The email of its admin
        #[arg(long, value_name = "EMAIL", allow_hyphen_values = true)]
        admin_email: Option<String>,
        /// Where the admin's password comes from.
        #[command(flatten)]
        password: PasswordArgs,
        /// The id of the write.
        #[command(flatten)]
        operation: OperationArgs,
        /// Whether to write.
        #[command(flatten)]
        dry: DryRunArgs,
    },
    /// List organizations
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// Show one organization, with the size of its collection
    #[command(visible_alias = "show")]
    Get(Target),
    /// Show the biggest organizations (operators)
    ///
    /// Reads the size of every collection.
    Top {
        /// What makes one big
        #[arg(long, value_enum, default_value_t = TopArg::Data)]
        by: TopArg,
        /// How many
        #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=1000))]
        limit: u64,
    },
    /// Rename an organization; its collection follows
    #[command(allow_missing_positional = true)]
    Rename {
        /// Which organization.
        #[command(flatten)]
        target: Target,
        /// The new name
        ///
        /// Write -- before names that begin with -.
        #[arg(value_name = "NEW")]
        new_name: String,
        /// The id of the write.
        #[command(flatten)]
        operation: OperationArgs,
        /// Whether to write.
        #[command(flatten)]
        dry: DryRunArgs,
    },
    /// Change name, admin email or admin password
    ///
    /// All or nothing.
    Update {
        /// Which organization.
        #[command(flatten)]
        target: Target,
        /// The new name
        #[arg(long = "name", value_name = "NEW", allow_hyphen_values = true, id = "new_name")]
        new_name: Option<String>,
        /// The admin's new email
        ///
        /// With a password, this also creates a new admin for an organization without one.
        #[arg(long, value_name = "EMAIL", allow_hyphen_values = true)]
        admin_email: Option<String>,
        /// Where the admin's new password comes from.
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
    /// Suspend an organization: its admin cannot sign in (operators)
    ///
    /// Its data stays.
    Suspend {
        /// Which organization.
        #[command(flatten)]
        target: Target,
        /// Why, in one line; the admin sees it at sign-in
        #[arg(
            long,
            value_name = "TEXT",
            default_value = "",
            hide_default_value = true,
            allow_hyphen_values = true
        )]
        reason: String,
        /// The id of the write.
        #[command(flatten)]
        operation: OperationArgs,
        /// Whether to write.
        #[command(flatten)]
        dry: DryRunArgs,
    },
    /// Resume a suspended organization (operators)
    Resume {
        /// Which organization.
        #[command(flatten)]
        target: Target,
        /// The id of the write.
        #[command(flatten)]
        operation: OperationArgs,
        /// Whether to write.
        #[command(flatten)]
        dry: DryRunArgs,
    },
    /// Delete an organization.
    #[command(
        about = "Delete an organization: into the trash, or for good",
        long_about = "Delete an organization: into the trash for TRASH_DAYS days, with 0 for good",
        visible_alias = "rm"
    )]
    Delete {
        /// Which organization.
        #[command(flatten)]
        target: Target,
        /// Its exact name; case matters
        #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
        confirm: Option<String>,
        /// Remove it for good, without the trash
        ///
        /// Also removes its admin and all its documents (operators).
        #[arg(long)]
        now: bool,
        /// The id of the write.
        #[command(flatten)]
        operation: OperationArgs,
        /// Whether to write.
        #[command(flatten)]
        dry: DryRunArgs,
    },
    /// Take an organization out of the trash (operators)
    Restore {
        /// Which organization, by its former name.
        #[command(flatten)]
        target: Target,
        /// A new name, if the old one is taken
        #[arg(long = "name", value_name = "NEW", allow_hyphen_values = true, id = "new_name")]
        new_name: Option<String>,
        /// A new email for its admin, if the old one is taken
        #[arg(long, value_name = "EMAIL", allow_hyphen_values = true)]
        admin_email: Option<String>,
        /// Where a new password for its admin comes from; without one the old password stays.
        #[command(flatten)]
        password: PasswordArgs,
        /// The id of the write.
        #[command(flatten)]
        operation: OperationArgs,
        /// Whether to write.
        #[command(flatten)]
        dry: DryRunArgs,
    },
    /// Write an organization's documents, indexes and activity to a file
    ///
    /// A .tar.gz with a manifest and the collection as mongodump writes it. Unpacked, mongorestore
    /// reads it.
    Export {
        /// Which organization.
        #[command(flatten)]
        target: Target,
        /// The file; by default one named after the organization and the day
        #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
        to: Option<PathBuf>,
        /// Leave its activity out
        #[arg(long)]
        documents_only: bool,
        /// Replace the file if it exists
        #[arg(long)]
        force: bool,
        /// Whether to write.
        #[command(flatten)]
        dry: DryRunArgs,
    },
    /// Create an organization from such a file (operators)
    ///
    /// Checks the whole file first. The archive has no password, so the admin gets a new one, as with org create. The
    /// organization is active and has a new id; the activity in the file stays there.
    Import {
        /// The file
        #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
        file: PathBuf,
        /// Another name than the one in the file
        #[arg(long = "name", value_name = "NEW", allow_hyphen_values = true, id = "new_name")]
        new_name: Option<String>,
        /// Another email for its admin
        #[arg(long, value_name = "EMAIL", allow_hyphen_values = true)]
        admin_email: Option<String>,
        /// Where the admin's password comes from.
        #[command(flatten)]
        password: PasswordArgs,
        /// The id of the write.
        #[command(flatten)]
        operation: OperationArgs,
        /// Whether to write.
        #[command(flatten)]
        dry: DryRunArgs,
    },
    /// Remove deleted organizations for good (operators)
    ///
    /// One organization, or every one whose time in the trash is over.
    Purge {
        /// What to purge.
        #[command(flatten)]
        target: PurgeTarget,
        /// The exact former name; case matters
        #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
        confirm: Option<String>,
        /// With --expired: do not prompt
        #[arg(long, conflicts_with_all = ["name", "id"])]
        yes: bool,
        /// The id of the write.
        #[command(flatten)]
        operation: OperationArgs,
        /// Whether to write.
        #[command(flatten)]
        dry: DryRunArgs,
    },
}

impl OrgCommand {
    /// Whether the command must not write.
    pub fn is_dry_run(&self) -> bool {
        match self {
            Self::Create { dry, .. }
            | Self::Update { dry, .. }
            | Self::Rename { dry, .. }
            | Self::Suspend { dry, .. }
            | Self::Resume { dry, .. }
            | Self::Delete { dry, .. }
            | Self::Restore { dry, .. }
            | Self::Export { dry, .. }
            | Self::Import { dry, .. }
            | Self::Purge { dry, .. } => dry.dry_run,
            Self::List(_) | Self::Get(_) | Self::Top { .. } => false,
        }
    }
}

/// Which list.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Words and field:value that all match; ! negates, | is either
    ///
    /// A word matches a part of the name, email, collection or id; case and accents do not matter. Quotes keep spaces:
    /// name:"acme co". Fields: name, email, collection, id; state:suspended|missing; created:>7d (older),
    /// changed:2026-11-01..2026-11-21, signin:none, signin:>90d; docs:>1000, size:>1g (these read every collection).
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true,
        allow_hyphen_values = true
    )]
    pub filter: String,
    /// In this state; deleted is the trash
    ///
    /// One of creating, active, suspended, renaming, deleting, deleted, restoring, purging. Other lists leave deleted
    /// organizations out.
    #[arg(long, value_parser = status(), hide_possible_values = true)]
    pub state: Option<Status>,
    /// The order
    #[arg(long, value_enum, default_value_t = SortArg::Name)]
    pub sort: SortArg,
    /// Reverse the order
    #[arg(long)]
    pub reverse: bool,
    /// Whether each row has its size.
    #[arg(long, help = "Add the size of each collection: documents, data_bytes")]
    pub stats: bool,
    /// With docs: or size: over many organizations: do not prompt
    #[arg(long)]
    pub yes: bool,
    /// How much of it.
    #[command(flatten)]
    pub page: PageArgs,
}

impl ListArgs {
    /// Whether rows have their size: with `--stats`, and when a field of it is asked for.
    pub fn wants_stats(&self, global: &Global) -> bool {
        let is_asked = |name: &String| name == "documents" || name == "data_bytes";
        self.stats || global.fields.as_deref().is_some_and(|fields| fields.iter().any(is_asked))
    }

    /// The filter, if it is one. What is asked of it here does not depend on the time.
    fn parsed_filter(&self) -> Option<Filter> {
        Filter::parse(&self.filter, Timestamp::UNIX_EPOCH).ok()
    }

    /// Whether the filter compares sizes, which have to be read of every collection.
    pub fn filters_by_size(&self) -> bool {
        self.parsed_filter().is_some_and(|filter| filter.needs_sizes())
    }

    /// Whether this lists deleted organizations, by `--state` or by the filter.
    pub fn is_of_trash(&self) -> bool {
        let is_filtered = || self.parsed_filter().is_some_and(|filter| filter.wants_deleted());
        self.state.map_or_else(is_filtered, |state| state == Status::Deleted)
    }
}

/// Reads the word of a state.
fn status() -> impl TypedValueParser<Value = Status> {
    let words = PossibleValuesParser::new(Status::iter().map(Status::as_str));
    words.try_map(|word| word.parse::<Status>().ok().ok_or("no such state"))
}

/// An order on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the words of domain::SortKey")]
pub enum SortArg {
    Name,
    Created,
    Updated,
}

/// What `org top` sorts by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the words of service::TopBy")]
pub enum TopArg {
    Data,
    Documents,
}
