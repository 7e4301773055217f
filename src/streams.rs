//! What the process stands on: a terminal or none, and what that can show.

use crate::cli::exit::Failure;
use crate::cli::output::Colours;
use crate::cli::{Cli, Colour};
use crate::settings::Environment;
use crate::tui::terminal_type::{Depth, TerminalType};
use std::io::{self, IsTerminal};

/// Whether the console has a terminal to show itself on and to be typed at.
pub(crate) fn has_terminal() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// <https://no-color.org>: any value of `NO_COLOR` that is not empty. The option --color overrides it.
pub(crate) fn colours(cli: &Cli, process: &Environment) -> Colours {
    let is_plain = process.environment.get("NO_COLOR").is_some_and(|value| !value.is_empty());
    let may = !is_plain && named_terminal(process).is_some_and(|is| is.depth > Depth::Plain);
    let decide = |is_terminal: bool| match cli.global.color {
        Colour::Auto => may && is_terminal,
        Colour::Always => true,
        Colour::Never => false,
    };
    Colours { stdout: decide(io::stdout().is_terminal()), stderr: decide(io::stderr().is_terminal()) }
}

fn named_terminal(process: &Environment) -> Option<TerminalType> {
    let named = TerminalType::of(process.text("TERM"), process.text("COLORTERM"))?;
    // tmux may call itself screen.
    Some(TerminalType { has_mouse: named.has_mouse || process.environment.contains_key("TMUX"), ..named })
}

/// What the terminal can show.
///
/// # Errors
/// It cannot show the console.
pub(crate) fn terminal_type(process: &Environment) -> Result<TerminalType, Failure> {
    named_terminal(process).ok_or_else(|| {
        let message = match process.text("TERM") {
            Some(term) if !term.is_empty() => format!("TERM is {term:?}: a terminal that cannot show the console."),
            _ => "TERM is not set, so what the terminal can show is not known.".to_owned(),
        };
        let hint = "Set TERM to the name of your terminal, for example TERM=xterm-256color, or use the commands: see \
                    tenantry --help.";
        Failure::usage(message, hint)
    })
}
