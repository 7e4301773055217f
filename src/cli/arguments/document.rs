//! The arguments of `doc`.

use super::{DryRunArgs, PageArgs, Target};
use clap::{Args, Subcommand};

/// How documents are printed.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct FormArgs {
    /// Print every value with its exact type
    #[arg(long)]
    pub canonical: bool,
}

/// Which documents.
#[derive(Debug, Clone, Default, Args)]
pub struct QueryArgs {
    /// field:value terms that all match, or a query as JSON
    ///
    /// Terms: kind:invoice total:>100 "due date":2026-11. JSON begins with { and has the operators $eq $ne $gt $gte $lt
    /// $lte $in $nin $exists $type $size $all $elemMatch $regex $and $or $nor $not.
    #[arg(
        long,
        value_name = "QUERY",
        default_value = "",
        hide_default_value = true,
        allow_hyphen_values = true
    )]
    pub filter: String,
}

/// What to do with the documents of an organization.
#[derive(Debug, Subcommand)]
pub enum DocCommand {
    /// List documents as JSON, in the order of their ids
    #[command(visible_alias = "ls")]
    List {
        /// Which organization.
        #[command(flatten)]
        target: Target,
        /// Which documents.
        #[command(flatten)]
        query: QueryArgs,
        /// Sort by this field; needs --limit
        #[arg(long, value_name = "FIELD", requires = "limit", conflicts_with_all = ["all", "cursor"])]
        sort: Option<String>,
        /// Reverse the order
        #[arg(long)]
        reverse: bool,
        /// How they are printed.
        #[command(flatten)]
        form: FormArgs,
        /// How much of it.
        #[command(flatten)]
        page: PageArgs,
    },
    /// Show one document
    #[command(visible_alias = "show", allow_missing_positional = true)]
    Get {
        /// Which organization.
        #[command(flatten)]
        target: Target,
        /// Its id, as doc list -o name prints it
        ///
        /// 24 hexadecimal digits are an ObjectId, else text; JSON is that value: 7 is a number, '"7"' a text.
        #[arg(value_name = "ID", allow_negative_numbers = true)]
        document: String,
        /// Print {"revision", "document"}
        #[arg(long)]
        revision: bool,
        /// How it is printed.
        #[command(flatten)]
        form: FormArgs,
    },
    /// Count documents
    Count {
        /// Which organization.
        #[command(flatten)]
        target: Target,
        /// Which documents.
        #[command(flatten)]
        query: QueryArgs,
    },
    /// Insert documents from stdin: JSON, one a line
    ///
    /// Prints what became of each line. A line that is refused does not hold up the others.
    Insert {
        /// Which organization.
        #[command(flatten)]
        target: Target,
        /// Whether to write.
        #[command(flatten)]
        dry: DryRunArgs,
    },
    /// Replace one document by the JSON on stdin
    #[command(allow_missing_positional = true)]
    Replace {
        /// Which organization.
        #[command(flatten)]
        target: Target,
        /// Its id, as doc list -o name prints it
        #[arg(value_name = "ID", allow_negative_numbers = true)]
        document: String,
        /// Only if this is its revision
        #[arg(long, value_name = "REVISION")]
        revision: Option<String>,
        /// Whether to write.
        #[command(flatten)]
        dry: DryRunArgs,
    },
    /// Delete one document
    #[command(visible_alias = "rm", allow_missing_positional = true)]
    Delete {
        /// Which organization.
        #[command(flatten)]
        target: Target,
        /// Its id, as doc list -o name prints it
        #[arg(value_name = "ID", allow_negative_numbers = true)]
        document: String,
        /// The id again
        #[arg(long, value_name = "ID", allow_hyphen_values = true)]
        confirm: Option<String>,
        /// Only if this is its revision
        #[arg(long, value_name = "REVISION")]
        revision: Option<String>,
        /// Whether to write.
        #[command(flatten)]
        dry: DryRunArgs,
    },
    /// List the indexes of the collection
    Indexes(Target),
}

impl DocCommand {
    /// Whether the command must not write.
    pub fn is_dry_run(&self) -> bool {
        match self {
            Self::Insert { dry, .. } | Self::Replace { dry, .. } | Self::Delete { dry, .. } => dry.dry_run,
            Self::List { .. } | Self::Get { .. } | Self::Count { .. } | Self::Indexes(_) => false,
        }
    }

    /// Whether the command takes no input and does not write.
    pub fn only_reads(&self) -> bool {
        matches!(self, Self::List { .. } | Self::Get { .. } | Self::Count { .. } | Self::Indexes(_))
    }
}
