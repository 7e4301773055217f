//! The command line: what can be typed, and which face it opens.
//!
//! Parses and dispatches. Each command is one use case of the service; every word on stdout and stderr goes through
//! `output`, every exit code through `exit`.

mod account;
mod context;
mod demo;
pub mod exit;
mod input;
mod organization;
pub mod output;
mod run;
mod session_file;

pub use demo::{KeptDemo, demo_kept};
pub use run::run;

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use uuid::Uuid;

/// Manage organizations (tenants) from a terminal. Without a command it opens the console.
#[derive(Debug, Parser)]
#[command(name = "tenantry", version, disable_help_subcommand = true, after_help = AFTER_HELP)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// Sign in without a screen: print the token and store the session
    #[arg(long, requires = "email")]
    pub headless: bool,
    /// The email to sign in with; in the console it is filled in
    #[arg(long, value_name = "EMAIL")]
    pub email: Option<String>,
    /// Where the password comes from.
    #[command(flatten)]
    pub password: PasswordArgs,
    /// With --headless: only print the token, store nothing
    #[arg(long, requires = "headless")]
    pub no_save: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

const AFTER_HELP: &str = "\
Without MONGO_URI everything is kept in an embedded file:
  tenantry init        make the first operator
  tenantry             open the console

Exit codes: 0 done, 1 unexpected, 2 usage or validation,
  3 store not reachable or not usable, 4 not signed in, 5 not found, 6 conflict,
  7 not allowed, 10 too many tries, 124 timed out, 129 terminal gone,
  130 interrupted, 143 terminated.";

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// How to print data on stdout
    #[arg(short, long, global = true, value_enum, default_value_t = Format::Table, value_name = "FORMAT")]
    pub output: Format,
    /// The same as -o json
    #[arg(long, global = true)]
    pub json: bool,
    /// Never ask for anything; fail naming the flag instead
    #[arg(long, global = true)]
    pub no_input: bool,
    /// Give up after so many seconds
    #[arg(long, global = true, default_value_t = 30, value_name = "SECONDS",
          value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: u64,
    /// Do not read .env in the working folder
    #[arg(long, global = true)]
    pub no_env_file: bool,
}

impl Global {
    /// How to print.
    pub fn format(&self) -> Format {
        if self.json { Format::Json } else { self.output }
    }
}

/// How data is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Table,
    /// One JSON object.
    Json,
}

/// Where a password comes from; without either it is asked for, without echo.
#[derive(Debug, Clone, Default, Args)]
pub struct PasswordArgs {
    /// Read the password from stdin; one line end at its end is dropped
    #[arg(long)]
    pub password_stdin: bool,
    /// Read the password from a file; one line end at its end is dropped
    #[arg(long, value_name = "FILE", conflicts_with = "password_stdin")]
    pub password_file: Option<PathBuf>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make the first operator of a new store (once)
    Init(Credentials),
    /// Sign in and keep the session for later commands
    Login(Credentials),
    /// End the session
    Logout {
        /// End every session of this account
        #[arg(long)]
        everywhere: bool,
    },
    /// Show who is signed in, until when, and on which store
    Whoami,
    /// Organizations
    #[command(subcommand)]
    Org(OrgCommand),
    /// Look at a console full of organizations, on a store of its own that is thrown away
    Demo(DemoArgs),
}

/// Which demo.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// How many organizations (1-100000)
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub organizations: u32,
    /// Keep the store in this new or empty folder; without a terminal it is only made
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
}

/// An email and a password.
#[derive(Debug, Args)]
pub struct Credentials {
    /// The email
    #[arg(long, value_name = "EMAIL")]
    pub email: Option<String>,
    /// Where the password comes from.
    #[command(flatten)]
    pub password: PasswordArgs,
}

/// Which organization.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Target {
    /// Its name, in any case; one that begins with - follows --
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// Its id
    #[arg(long, value_name = "UUID")]
    pub id: Option<Uuid>,
}

/// What to do with organizations.
#[derive(Debug, Subcommand)]
pub enum OrgCommand {
    /// Create an organization with its admin and its collection
    Create {
        /// Its name; one that begins with - follows --
        name: String,
        /// The email of its admin
        #[arg(long, value_name = "EMAIL")]
        admin_email: Option<String>,
        /// Where the admin's password comes from.
        #[command(flatten)]
        password: PasswordArgs,
        /// An id of your own for this write, by which it is recorded
        #[arg(long, value_name = "UUID")]
        operation_id: Option<Uuid>,
    },
    /// List organizations
    List(ListArgs),
    /// Show one organization
    Get(Target),
    /// Change name, admin email or admin password, all or nothing
    Update {
        /// Which organization.
        #[command(flatten)]
        target: Target,
        /// The new name
        #[arg(long = "name", value_name = "NEW", allow_hyphen_values = true, id = "new_name")]
        new_name: Option<String>,
        /// The admin's new email
        #[arg(long, value_name = "EMAIL")]
        admin_email: Option<String>,
        /// Where the admin's new password comes from.
        #[command(flatten)]
        password: PasswordArgs,
        /// Your present password, when you change your own email or password
        #[arg(long, value_name = "FILE")]
        current_password_file: Option<PathBuf>,
        /// An id of your own for this write, by which it is recorded
        #[arg(long, value_name = "UUID")]
        operation_id: Option<Uuid>,
    },
    /// Delete an organization with its admin and all its documents
    Delete {
        /// Which organization.
        #[command(flatten)]
        target: Target,
        /// Its name exactly as it stands, case kept
        #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
        confirm: Option<String>,
        /// An id of your own for this write, by which it is recorded
        #[arg(long, value_name = "UUID")]
        operation_id: Option<Uuid>,
    },
}

/// Which list.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Words that are ANDed: a part of the name, field:value for name, email, collection, state, id; ! negates
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true,
        allow_hyphen_values = true
    )]
    pub filter: String,
    /// Only organizations in this state
    #[arg(long, value_enum)]
    pub state: Option<StateArg>,
    /// The order
    #[arg(long, value_enum, default_value_t = SortArg::Name)]
    pub sort: SortArg,
    /// The other way round
    #[arg(long)]
    pub reverse: bool,
    /// How many rows at most (1-1000)
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub limit: u16,
    /// Where to go on: `next_cursor` of the page before
    #[arg(long, value_name = "CURSOR")]
    pub cursor: Option<String>,
    /// Every row
    #[arg(long, conflicts_with_all = ["limit", "cursor"])]
    pub all: bool,
}

/// A state on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the words of domain::State")]
pub enum StateArg {
    Creating,
    Active,
    Renaming,
    Deleting,
    Damaged,
}

/// An order on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the words of domain::SortKey")]
pub enum SortArg {
    Name,
    Created,
    Updated,
}

impl Cli {
    /// What clap cannot say: options of the sign-in before a subcommand belong behind it.
    ///
    /// # Errors
    /// The sentence to print.
    pub fn check(&self) -> Result<(), &'static str> {
        let of_sign_in = self.headless
            || self.email.is_some()
            || self.password.password_stdin
            || self.password.password_file.is_some();
        if self.command.is_some() && of_sign_in {
            return Err(
                "--headless, --email, --password-stdin and --password-file stand behind the command they are for.",
            );
        }
        let gives_password = self.password.password_stdin || self.password.password_file.is_some();
        if self.command.is_none() && !self.headless && gives_password {
            return Err(
                "--password-stdin and --password-file need --headless or a command; the console asks by itself.",
            );
        }
        if self.headless && !gives_password {
            return Err("--headless never asks: give --password-stdin or --password-file.");
        }
        Ok(())
    }

    /// Whether these arguments open the console.
    pub fn opens_console(&self) -> bool {
        self.command.is_none() && !self.headless
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_tree_is_sound() {
        Cli::command().debug_assert();
    }
}
