//! README, `docs`, `.env.example` and help agree with the code.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use tenantry::settings::{Environment, SETTINGS, Settings};

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// Lines of `.env.example` that set something once their comment sign is gone.
fn assignments() -> Vec<(String, String)> {
    let text = read(".env.example");
    let lines = text.lines().filter_map(|line| line.strip_prefix("# ").unwrap_or(line).split_once('='));
    let is_name = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    lines.filter(|(name, _)| is_name(name)).map(|(name, value)| (name.into(), value.into())).collect()
}

#[test]
fn the_example_has_every_setting_and_no_other() {
    let named: BTreeSet<String> = assignments().into_iter().map(|(name, _)| name).collect();
    let known = SETTINGS.iter().map(|setting| setting.name.to_owned());
    let expected: BTreeSet<String> = known.filter(|name| name != "TENANTRY_TOKEN").collect();
    assert_eq!(named, expected);
}

#[test]
fn example_sets_nothing_and_shows_the_defaults() {
    let text = read(".env.example");
    assert!(text.lines().all(|line| line.is_empty() || line.starts_with('#')));
    for (name, value) in assignments() {
        let default = SETTINGS.iter().find(|setting| setting.name == name).unwrap().default;
        let is_literal = [
            "MASTER_DB",
            "SESSION_MINUTES",
            "BCRYPT_COST",
            "OPEN_REGISTRATION",
            "TRASH_DAYS",
            "LEASE_SECONDS",
            "TENANTRY_LOG",
        ];
        if is_literal.contains(&name.as_str()) {
            assert_eq!(value, default, "{name}");
        }
    }
}

#[test]
fn the_values_shown_are_allowed() {
    let environment = assignments()
        .into_iter()
        .map(|(name, value)| if name == "SECRET_KEY" { (name, "k".repeat(43)) } else { (name, value) })
        .chain([("HOME".to_owned(), "/home/ann".to_owned())])
        .map(|(name, value)| (name, value.into()))
        .collect();
    Settings::read(&Environment { environment, env_file_in: None }).unwrap();
}

#[test]
fn every_setting_is_listed_with_its_default() {
    let listed = read("docs/settings.md");
    for setting in SETTINGS {
        let row = format!("| `{}` | {} | {} |", setting.name, setting.default, setting.help)
            .replace("<>:|?", "<>:\\|?");
        assert!(listed.contains(&row), "docs/settings.md lacks the row\n{row}");
    }
}

/// README and the pages that it leads to.
fn pages() -> Vec<(String, String)> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let names = fs::read_dir(docs).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names = names.filter_map(|name| name.strip_suffix(".md").map(|name| format!("docs/{name}.md")));
    [String::from("README.md")].into_iter().chain(names).map(|name| (name.clone(), read(&name))).collect()
}

/// The parser accepts every command in a code block or a table cell.
#[test]
fn commands_in_documents_parse() {
    let mut commands = 0;
    for (page, text) in pages() {
        let in_blocks = text
            .lines()
            .filter(|line| line.starts_with("$ "))
            .filter_map(|line| line.split_once("tenantry "));
        let in_blocks = in_blocks.map(|(_, arguments)| arguments);
        let in_cells = text
            .lines()
            .filter(|line| line.starts_with('|'))
            .flat_map(|line| line.split('`').skip(1).step_by(2));
        let in_cells = in_cells.filter_map(|code| code.strip_prefix("tenantry "));
        for arguments in in_blocks.chain(in_cells) {
            let arguments = arguments.split(" #").next().unwrap();
            let arguments = arguments.split(" | ").next().unwrap().split(" > ").next().unwrap();
            let words: Vec<String> = dequote(&format!("tenantry {arguments}"));
            let parsed = tenantry::cli::command().try_get_matches_from(&words);
            let is_help = parsed.as_ref().err().is_some_and(|error| !error.use_stderr());
            assert!(parsed.is_ok() || is_help, "{page}: {arguments}: {}", parsed.unwrap_err());
            commands += 1;
        }
    }
    assert!(commands > 25, "only {commands} commands were found");
}

#[test]
fn links_between_documents_are_valid() {
    for (page, text) in pages() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(&page);
        let links = text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap());
        for link in links.filter(|link| !link.starts_with("http")) {
            assert!(folder.parent().unwrap().join(link).exists(), "{page}: {link}");
        }
    }
    let readme = read("README.md");
    for (page, _) in pages().iter().skip(1) {
        assert!(readme.contains(&format!("]({page})")), "README.md does not lead to {page}");
    }
}

/// Words as a shell splits them, for double quotes and nothing more.
fn dequote(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in text.trim().chars() {
        match c {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            other => words.last_mut().unwrap().push(other),
        }
    }
    words
}

/// Every public command and option has a sentence in the help.
#[test]
fn everything_in_the_help_is_explained() {
    fn walk(command: &clap::Command) {
        for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
            let id = argument.get_id();
            assert!(argument.get_help().is_some(), "{} {id} has no help", command.get_name());
        }
        for sub in command.get_subcommands() {
            assert!(sub.get_about().is_some(), "{} has no help", sub.get_name());
            walk(sub);
        }
    }
    let mut command = tenantry::cli::command();
    command.build();
    walk(&command);
}

/// With `TENANTRY_UPDATE_ASSETS=1` it writes them instead.
#[test]
fn documented_keys_match_the_key_tables() {
    let listed = read("docs/keys.md");
    let (before, rest) = listed.split_once("<!-- keys -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- /keys -->").unwrap();
    let expected =
        format!("{before}<!-- keys -->\n{}<!-- /keys -->{after}", tenantry::tui::screens::markdown());
    if std::env::var_os("TENANTRY_UPDATE_ASSETS").is_some() {
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/keys.md"), expected).unwrap();
    } else {
        assert!(listed == expected, "run: TENANTRY_UPDATE_ASSETS=1 cargo test --test suite documents::");
    }
}
