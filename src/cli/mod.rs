//! The command line: parsing and dispatch.
//!
//! Each command is one use case of the service. All output on stdout and stderr goes through `output`, every exit code
//! through `exit`.

mod account;
mod adopt;
mod after_prompt;
pub mod arguments;
mod audit;
mod complete;
mod console_file;
mod context;
mod demo;
mod doctor;
mod document;
mod examples;
pub mod exit;
mod finding;
mod habits;
mod hints;
mod input;
mod kept_session;
mod operator;
mod organization;
pub mod output;
mod printing;
mod query_history;
mod run;
mod secret;
mod session;
mod session_file;
mod signals;
mod tree;

#[cfg(feature = "http")]
pub use arguments::ServeArgs;
pub use arguments::{Command, DemoArgs, PasswordArgs};
pub use complete::{Open, complete, completions};
pub use console_file::{ConsoleFile, Remembered};
pub use demo::{KeptDemo, demo_kept};
pub use examples::{EXAMPLES, Example, of as examples_of};
pub use kept_session::{KeptSession, kept_session};
pub use query_history::QueryHistory;
pub use run::{Run, Tidying, check, run, version};
pub use tree::{command, parse};

use clap::{Args, Parser, ValueEnum};
use std::convert::Infallible;
use std::ffi::OsString;
use std::str::FromStr;

/// Manage organizations (tenants) in a terminal. Without a command: the console.
#[derive(Debug, Parser)]
#[command(name = "tenantry", version)]
pub struct Cli {
    /// Sign in without a screen: print the token and store the session
    #[arg(long, requires = "email")]
    pub headless: bool,
    /// The email to sign in with; the console fills it in
    #[arg(long, value_name = "EMAIL", allow_hyphen_values = true)]
    pub email: Option<String>,
    /// Where the password comes from.
    #[command(flatten)]
    pub password: PasswordArgs,
    /// With --headless: only print the token, store nothing
    #[arg(long, requires = "headless")]
    pub no_save: bool,
    /// Open the console with the session of login, or with `TENANTRY_TOKEN`
    #[arg(long, conflicts_with_all = ["headless", "email"])]
    pub session: bool,
    /// Options of every command. Last, because later options would appear under their heading in the help.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

const AFTER_HELP: &str = "\
Without MONGO_URI, tenantry uses an embedded file. To try it first: tenantry demo

Exit codes: 0 done, 1 unexpected, 2 usage or validation,
  3 store unreachable or unusable, 4 not signed in, 5 not found, 6 conflict,
  7 not allowed, 10 too many tries, 124 timed out, 129 terminal gone,
  130 interrupted, 143 terminated. The whole manual: tenantry man | man -l -";

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line, each its own")]
pub struct Global {
    /// How to print data on stdout
    #[arg(short, long, global = true, value_enum, default_value_t = Format::Table, value_name = "FORMAT")]
    pub output: Format,
    /// The same as -o json
    #[arg(long, global = true, conflicts_with = "output")]
    pub json: bool,
    /// Only these fields, in this order: names as in JSON, with commas between them
    #[arg(long, global = true, value_name = "A,B")]
    pub fields: Option<FieldNames>,
    /// No notes on stderr, only warnings and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// When to colour.
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, value_name = "WHEN",
          help = "When to colour; auto: on a terminal that has colours, unless NO_COLOR is set")]
    pub color: Colour,
    /// Never prompt; fail and name the missing flag
    #[arg(long, global = true)]
    pub no_input: bool,
    /// Give up after this many seconds without progress.
    #[arg(long, global = true, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400),
          help = "Give up after this many seconds without progress (30; a reader of stdout may take longer)")]
    pub timeout: Option<u64>,
    /// Print CSV cells unchanged; otherwise a ' precedes cells that look like a formula
    #[arg(long, global = true)]
    pub csv_raw: bool,
    /// Do not read .env in the working folder
    #[arg(long, global = true)]
    pub no_env_file: bool,
}

/// Seconds that a store may take to answer without `--timeout`.
const TIMEOUT: u64 = 30;

impl Global {
    /// Seconds that a store may take to answer.
    pub fn timeout(&self) -> u64 {
        self.timeout.unwrap_or(TIMEOUT)
    }

    /// How to print.
    pub fn format(&self) -> Format {
        if self.json { Format::Json } else { self.output }
    }
}

/// How to print data: a table, one JSON object, a JSON object per line, RFC 4180, or names for the next command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, strum::IntoStaticStr)]
#[expect(missing_docs, reason = "said above: help of their own would stretch every --help")]
#[strum(serialize_all = "lowercase")]
pub enum Format {
    Table,
    Json,
    Jsonl,
    Csv,
    Name,
}

impl Format {
    /// The name on the command line.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether errors are JSON too.
    pub fn is_json(self) -> bool {
        matches!(self, Self::Json | Self::Jsonl)
    }
}

/// When to colour: on a terminal that supports colours, always, or never.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "said above: help of their own would stretch every --help")]
pub enum Colour {
    Auto,
    Always,
    Never,
}

/// Names of fields, separated by commas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldNames(Vec<String>);

impl FromStr for FieldNames {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.split(',').map(str::to_owned).collect()))
    }
}

impl std::ops::Deref for FieldNames {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.0
    }
}

impl Cli {
    /// Checks that clap cannot do: options of the sign-in before a subcommand belong after it.
    ///
    /// # Errors
    /// The message to print.
    fn check_combination(&self) -> Result<(), &'static str> {
        let gives_password = self.password.is_given();
        if self.command.is_some() && (self.headless || self.email.is_some() || gives_password) {
            return Err(
                "--headless, --email, --password-stdin and --password-file belong after their command.",
            );
        }
        if self.command.is_some() && self.session {
            return Err("--session opens the console; commands use the session of login by themselves.");
        }
        if self.command.is_none() && !self.headless && gives_password {
            return Err(
                "--password-stdin and --password-file need --headless or a command; the console prompts for the \
                 password.",
            );
        }
        if self.headless && !gives_password {
            return Err("--headless does not prompt: pass --password-stdin or --password-file.");
        }
        Ok(())
    }

    /// The input field of an error by its name in this command: only an organization's email is its admin's.
    pub fn name_of_field(&self, field: String) -> String {
        let is_organization = matches!(self.command, Some(Command::Org(_)));
        if field == "admin_email" && !is_organization { "email".to_owned() } else { field }
    }

    /// Whether these arguments open the console.
    pub fn opens_console(&self) -> bool {
        self.command.is_none() && !self.headless
    }
}

/// Whether errors should be JSON, judged from arguments that cannot be parsed.
pub fn wants_json(arguments: &[OsString]) -> bool {
    let words: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
    let is_json = |value: &str| matches!(value, "json" | "jsonl");
    words.iter().enumerate().any(|(at, word)| {
        let next = words.get(at + 1).is_some_and(|next| is_json(next));
        if let Some(value) = word.strip_prefix("--output=") {
            return is_json(value);
        }
        // `-o` as the last of several short options, with its value attached or in the next argument: -qojson, -qo
        // json.
        let short = word.strip_prefix('-').map(|rest| rest.trim_start_matches(['q', 'n']));
        match short.and_then(|rest| rest.strip_prefix('o')) {
            Some("") => next,
            Some(value) => is_json(value.strip_prefix('=').unwrap_or(value)),
            None => word == "--json" || (word == "--output" && next),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_option_is_recognized_at_every_position() {
        let wants = |text: &str| wants_json(&text.split(' ').map(OsString::from).collect::<Vec<_>>());
        for text in [
            "-o json",
            "x --json y",
            "-ojson",
            "-o=json",
            "--output json",
            "--output=jsonl",
            "-qojson",
            "-qno json",
        ] {
            assert!(wants(text), "{text}");
        }
        for text in ["-o csv", "json", "--jsonx", "-o", "--output table json", "-onjson", "--output=csv"] {
            assert!(!wants(text), "{text}");
        }
    }
}
