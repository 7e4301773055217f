//! The command tree that clap parses and shows: derived, then completed. Each command shows only its own options,
//! `tenantry --help` shows the common ones, and each `--help` ends with examples.

use super::{Cli, examples, habits};
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, Command, CommandFactory, FromArgMatches};
use std::ffi::OsString;
use std::fmt::Write as _;

const TEMPLATE: &str = "{about-with-newline}\n{usage-heading} {usage}\n\n{all-args}{after-help}";

/// The commands.
pub fn command() -> Command {
    let root = Cli::command();
    let globals: Vec<Arg> = root.get_arguments().filter(|arg| arg.is_global_set()).cloned().collect();
    let short = "Options of every command: tenantry --help. Examples: tenantry org create --help";
    let long = format!("{}\n{}", with_examples(""), super::AFTER_HELP);
    // The short help only has room for the commands.
    let root = root.mut_args(|arg| arg.hide_short_help(true));
    let version = Arg::new("version").short('V').long("version").help("Print version");
    let root = root.disable_version_flag(true).arg(version.action(ArgAction::Version).hide_short_help(true));
    root.mut_subcommands(|below| dressed(below, "", &globals))
        .help_template("{about-with-newline}{usage-heading} {usage}\n{all-args}{after-help}")
        .after_help(short)
        .after_long_help(long)
}

fn dressed(command: Command, above: &str, globals: &[Arg]) -> Command {
    let path = format!("{above} {}", command.get_name()).trim_start().to_owned();
    let hidden = globals.iter().map(|global| global.clone().hide_short_help(true).hide_long_help(true));
    let short = format!("Examples: tenantry {path} --help. Options of every command: tenantry --help");
    let long = format!("{}\nOptions of every command: tenantry --help", with_examples(&path));
    command
        .mut_subcommands(|below| dressed(below, &path, globals))
        .args(hidden)
        .help_template(TEMPLATE)
        .after_help(short)
        .after_long_help(long)
}

fn with_examples(path: &str) -> String {
    let mut text = "Examples:\n".to_owned();
    for (line, what) in examples::of(path) {
        // Writing to a String does not fail.
        let _ = writeln!(text, "  # {what}\n  {line}");
    }
    text
}

/// Reads arguments, the program's name first.
///
/// # Errors
/// clap's errors, including help and version. A command of another tool gets the name of ours.
pub fn parse(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let mut tree = command();
    let mut matches = tree.try_get_matches_from_mut(arguments).map_err(|mut error| {
        if error.kind() == ErrorKind::InvalidSubcommand {
            habits::suggest(&mut error, arguments);
        }
        error
    })?;
    Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut tree))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn each(command: &Command, above: &str, see: &mut impl FnMut(&str, &Command)) {
        for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
            let path = format!("{above} {}", below.get_name()).trim_start().to_owned();
            see(&path, below);
            each(below, &path, see);
        }
    }

    #[test]
    fn every_command_has_three_examples_that_parse() {
        let mut tree = command();
        tree.build();
        let mut paths = vec![String::new()];
        each(&tree, "", &mut |path, _| paths.push(path.to_owned()));
        let known: Vec<&str> = examples::EXAMPLES.iter().map(|(path, _)| *path).collect();
        assert_eq!(known.len(), paths.len(), "{known:?} {paths:?}");
        for path in paths {
            let examples = examples::of(&path);
            assert_eq!(examples.len(), 3, "{path}");
            for (line, what) in examples {
                assert!(line.chars().count() <= 78 && what.chars().count() <= 70, "{line}");
                let words = shell_words::split(line.split(['|', '>']).next().unwrap()).unwrap();
                let words: Vec<OsString> = words.into_iter().map(OsString::from).collect();
                let parsed = parse(&words);
                let is_version =
                    parsed.as_ref().is_err_and(|error| error.kind() == ErrorKind::DisplayVersion);
                assert!(parsed.is_ok() || is_version, "{line}: {:?}", parsed.err().map(|e| e.to_string()));
            }
        }
    }

    /// A short help fits a terminal of 80 by 24.
    #[test]
    fn short_help_fits_a_small_terminal_and_shows_no_option_of_every_command() {
        let mut tree = command().term_width(80);
        tree.build();
        let short = |command: &Command| command.clone().term_width(80).render_help().to_string();
        let mut all = vec![(String::new(), short(&tree))];
        each(&tree, "", &mut |path, command| all.push((path.to_owned(), short(command))));
        for (path, text) in all {
            assert!(text.lines().count() <= 24, "{path}:\n{text}");
            assert!(text.lines().all(|line| line.chars().count() <= 80), "{path}:\n{text}");
            assert!(!text.contains("--no-env-file"), "{path}:\n{text}");
        }
        let long = command().render_long_help().to_string();
        for global in ["--output", "--fields", "--timeout", "--no-env-file", "--csv-raw"] {
            assert!(long.contains(global), "{global}");
        }
    }

    #[test]
    fn command_tree_passes_the_checks_of_clap() {
        command().debug_assert();
    }
}
