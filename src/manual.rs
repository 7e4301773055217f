//! The man page, generated from the command tree, the settings, the exit codes and the keys. Like `app`, it sees both
//! faces.

use crate::cli::{self, exit::EXITS};
use crate::settings::SETTINGS;
use crate::tui::screens;
use clap::{Arg, ArgAction, Command};
use roff::{Inline, Roff, bold, italic, roman};

/// The page, in roff with the macros of man(7).
pub fn page() -> String {
    let mut cli = cli::command();
    cli.build();
    let version = format!("tenantry {}", cli.get_version().unwrap_or_default());
    let mut page = Roff::new();
    page.control("TH", ["TENANTRY", "1", "", &version, "User Commands"]);
    // Words are copied from this page, so they are neither hyphenated nor stretched.
    page.control("nh", []);
    page.control("ad", ["l"]);
    intro(&mut page);
    examples(&mut page, &cli);
    section(&mut page, "OPTIONS");
    text(&mut page, "Options of every command:");
    for option in globals(&cli) {
        argument(&mut page, option);
    }
    text(&mut page, "Options without a command:");
    for option in cli.get_arguments().filter(|option| !option.is_global_set() && is_shown(option)) {
        argument(&mut page, option);
    }
    section(&mut page, "COMMANDS");
    for command in cli.get_subcommands() {
        describe(&mut page, "tenantry", command);
    }
    filters(&mut page);
    files(&mut page);
    settings(&mut page);
    exits(&mut page);
    see_also(&mut page);
    keys(&mut page);
    page.to_roff()
}

fn section(page: &mut Roff, title: &str) {
    page.control("SH", [title]);
}

fn text(page: &mut Roff, words: &str) {
    page.control("PP", []);
    page.text([roman(words)]);
}

/// A term with its description.
fn term(page: &mut Roff, head: Vec<Inline>, words: &str) {
    page.control("TP", []);
    page.text(head);
    page.text([roman(words)]);
}

fn intro(page: &mut Roff) {
    section(page, "NAME");
    page.text([roman("tenantry - manage the organizations (tenants) of a SaaS from a terminal")]);
    section(page, "SYNOPSIS");
    let forms: [(&[&str], &str); 5] = [
        (&[], " [--email EMAIL]"),
        (&["--session"], ""),
        (&["--headless"], " --email EMAIL --password-stdin"),
        (&["init|login|logout|whoami|doctor|demo|version"], " [OPTIONS]"),
        (&["account|org|operator|audit"], " COMMAND [OPTIONS]"),
    ];
    for (words, rest) in forms {
        let mut line = vec![bold("tenantry")];
        for word in words {
            line.extend([roman(" "), bold(*word)]);
        }
        line.push(roman(rest));
        page.text(line);
        page.control("br", []);
    }
    section(page, "DESCRIPTION");
    text(
        page,
        "Without a command tenantry opens its console, which needs stdin and stdout on a terminal. Every action of \
         the console is also a command for scripts: data goes to stdout, everything else to stderr, and commands only \
         prompt if stdin and stderr are a terminal. Records and documents are stored in MongoDB or, without \
         MONGO_URI, in an embedded file.",
    );
    text(
        page,
        "Passwords come from a prompt without echo, from stdin or from a file, never from the command line. Write -- \
         before an argument that begins with -, unless it is an option's value.",
    );
}

/// The other names of a command.
fn aliases(command: &Command) -> Option<String> {
    let names: Vec<&str> = command.get_visible_aliases().collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn globals(cli: &Command) -> impl Iterator<Item = &Arg> {
    cli.get_arguments().filter(|option| option.is_global_set() && is_shown(option))
}

fn is_shown(option: &Arg) -> bool {
    !option.is_hide_set() && !matches!(option.get_action(), ArgAction::Help | ArgAction::HelpShort)
}

/// A command with its own options, then its subcommands.
fn describe(page: &mut Roff, path: &str, command: &Command) {
    let path = format!("{path} {}", command.get_name());
    let own: Vec<&Arg> =
        command.get_arguments().filter(|option| !option.is_global_set() && is_shown(option)).collect();
    if command.get_subcommands().next().is_none() {
        page.control("SS", [path.as_str()]);
        let usage: Vec<String> = own.iter().map(|option| in_usage(option)).collect();
        page.text([bold(path.as_str()), roman(" "), roman(usage.join(" "))]);
        text(page, &format!("{}.", in_one(command.get_long_about().or(command.get_about()))));
        if let Some(aliases) = aliases(command) {
            text(page, &format!("Also: {aliases}."));
        }
        for option in own {
            argument(page, option);
        }
    }
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        describe(page, &path, below);
    }
}

fn value_of(option: &Arg) -> String {
    let takes_value = option.get_action().takes_values();
    let names = option.get_value_names().unwrap_or_default();
    if takes_value { names.first().map(ToString::to_string).unwrap_or_default() } else { String::new() }
}

fn in_usage(option: &Arg) -> String {
    let name = match option.get_long() {
        Some(long) => format!("--{long} {}", value_of(option)).trim_end().to_owned(),
        None => value_of(option),
    };
    if option.is_required_set() { name } else { format!("[{name}]") }
}

fn argument(page: &mut Roff, option: &Arg) {
    let mut head = Vec::new();
    if let Some(short) = option.get_short() {
        head.extend([bold(format!("-{short}")), roman(", ")]);
    }
    if let Some(long) = option.get_long() {
        head.extend([bold(format!("--{long}")), roman(" ")]);
    }
    head.push(italic(value_of(option)));
    let mut words = in_one(option.get_long_help().or(option.get_help()));
    let values = option.get_possible_values();
    if option.get_action().takes_values() && !values.is_empty() {
        let names: Vec<&str> = values.iter().map(clap::builder::PossibleValue::get_name).collect();
        words = format!("{words}. One of {}", names.join(", "));
    }
    if let [default] = option.get_default_values()
        && !option.is_hide_default_value_set()
        && option.get_action().takes_values()
    {
        words = format!("{words} (default {})", default.to_string_lossy());
    }
    term(page, head, &format!("{words}."));
}

/// The paragraphs of a help text as sentences in one line, without the last full stop.
fn in_one(help: Option<&clap::builder::StyledStr>) -> String {
    let help = help.map(ToString::to_string).unwrap_or_default();
    let paragraphs: Vec<&str> = help.split("\n\n").map(|text| text.trim_end_matches('.')).collect();
    paragraphs.join(". ").replace('\n', " ")
}

fn settings(page: &mut Roff) {
    section(page, "ENVIRONMENT");
    text(
        page,
        "Each setting comes from the environment, then from .env in the working folder, then from its default. .env \
         must be a regular file of at most 64 KiB that belongs to the user or root, and only the user and the user's \
         private group may write to it. A wrong value is an error that names the setting. A value in .env is literal \
         text: variables are not expanded, whatever the quotes. Lines of other programs are skipped. A leading ~/ in \
         a path is the home folder.",
    );
    for setting in SETTINGS {
        term(page, vec![bold(setting.name)], &format!("{}. Default: {}.", setting.help, setting.default));
    }
    term(
        page,
        vec![bold("VISUAL"), roman(", "), bold("EDITOR")],
        "the command that edits documents in the console, the first that is set; never read from .env. It is split at \
         spaces as a shell does, and nothing in it is expanded. The editor sees PATH, HOME, USER, SHELL, TERM, \
         COLORTERM, LANG, LC_*, TZ, TMPDIR, DISPLAY, WAYLAND_DISPLAY and XDG_*, nothing else of the environment. An \
         editor can start a shell: unset both where tenantry is a forced command of SSH. Default: the console's own \
         editor.",
    );
}

fn exits(page: &mut Roff) {
    section(page, "EXIT STATUS");
    text(page, "The words are the error codes that -o json prints.");
    for exit in EXITS {
        let codes =
            if exit.codes.is_empty() { String::new() } else { format!(": {}", exit.codes.join(", ")) };
        term(page, vec![bold(exit.exit.to_string())], &format!("{}{codes}.", exit.meaning));
    }
}

fn keys(page: &mut Roff) {
    section(page, "KEYS");
    text(page, "While a text field has the focus, letters are text.");
    for table in screens::tables() {
        page.control("SS", [table.title()]);
        for binding in table.bindings() {
            let chords: Vec<String> = binding.chords.iter().map(|chord| chord.label(true)).collect();
            term(page, vec![bold(chords.join(", "))], binding.label);
        }
    }
}

fn files(page: &mut Roff) {
    section(page, "FILES");
    for (path, words) in [
        (
            "$XDG_DATA_HOME/tenantry/tenantry.db, secret.key",
            "the embedded store, and the key that signs its sessions.",
        ),
        ("$XDG_STATE_HOME/tenantry/session.json", "the sessions that login saves for later commands."),
        (
            "$XDG_STATE_HOME/tenantry/console.json",
            "what the console remembers of each store: the last email, and how the list was sorted.",
        ),
        (
            "$XDG_STATE_HOME/tenantry/history",
            "the queries over documents that were run in the console; none about a field such as password.",
        ),
        ("$XDG_STATE_HOME/tenantry/log/", "logs and panic reports of the console, the newest seven of each."),
        (
            "$XDG_RUNTIME_DIR/tenantry/, $XDG_STATE_HOME/tenantry/edit/",
            "a document in your editor, in a folder of its own until it is saved; what a console left is removed when the \
             next one starts.",
        ),
        (".env", "settings, in the working folder."),
    ] {
        term(page, vec![italic(path)], words);
    }
}

fn examples(page: &mut Roff, cli: &Command) {
    section(page, "EXAMPLES");
    page.control("nf", []);
    for (line, what) in cli::examples_of("") {
        page.text([roman(format!("# {what}"))]);
        page.text([bold(*line)]);
    }
    // One command of each group.
    for group in cli.get_subcommands().filter(|command| command.get_name() != "help") {
        for below in group.get_subcommands().filter(|command| command.get_name() != "help") {
            let path = format!("{} {}", group.get_name(), below.get_name());
            if let Some((line, what)) = cli::examples_of(&path).first() {
                page.text([roman(format!("# {what}"))]);
                page.text([bold(*line)]);
            }
        }
    }
    page.control("fi", []);
    text(page, "Three examples of each command: tenantry org create --help.");
}

fn filters(page: &mut Roff) {
    section(page, "FILTERS");
    text(
        page,
        "tenantry org list --filter and / in the console understand the same language and find the same \
         organizations. All words must match. Case and accents do not matter: strasse finds Straße.",
    );
    for (head, words) in [
        (
            "word",
            "a part of the name, the admin's email or the collection; with four or more characters also the beginning \
             of the id, with eight or more any part of it.",
        ),
        ("\"two words\"", "the same, for text with a space or a colon."),
        ("name:word, email:word, collection:word", "a part of this field."),
        ("id:word", "the beginning of the id."),
        (
            "state:word",
            "the whole word of the state; state:deleted lists the trash, state:missing those without their collection.",
        ),
        (
            "created:>7d, changed:<90d",
            "older or younger than that; also 2026-11, 2026-11-24, >2026-11-01 and 2026-11-01..2026-11-21, in UTC.",
        ),
        ("signin:none, signin:>30d", "the admin never signed in, or not for so long."),
        (
            "docs:>1000, size:>1g",
            "what the collection holds: 0, <=5, 10..20; <500k, 1m..1g by steps of 1,024.",
        ),
        ("a|b, field:a|b", "one of them."),
        ("!word, !field:word", "everything that does not match."),
    ] {
        term(page, vec![bold(head)], words);
    }
}

fn see_also(page: &mut Roff) {
    section(page, "SEE ALSO");
    text(page, "mongosh(1), mongodump(1), sqlite3(1), jq(1), tenantry help COMMAND");
}
