//! Who may import whom: arrows run from the faces to the service to the domain, and each driver stays in its place.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path.strip_prefix(root()).unwrap().to_owned(), text));
        }
    }
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Lines of code that mention a word, comments left out.
fn mentions<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    text.lines().find(|line| !line.trim_start().starts_with("//") && line.contains(word))
}

/// (what is used, where it may be used)
const HOMES: [(&str, &[&str]); 16] = [
    ("ratatui::", &["src/tui/"]),
    ("crossterm::", &["src/tui/"]),
    ("tui_input::", &["src/tui/"]),
    ("nucleo_matcher::", &["src/tui/"]),
    ("clap::", &["src/cli/", "src/app.rs", "src/manual.rs"]),
    ("strsim::", &["src/service/"]),
    ("csv::", &["src/cli/"]),
    ("clap_complete::", &["src/cli/"]),
    ("roff::", &["src/manual.rs"]),
    ("mongodb::", &["src/store/mongo/"]),
    ("bson::", &["src/store/mongo/"]),
    ("rusqlite::", &["src/store/embedded/"]),
    ("bcrypt::", &["src/service/password.rs"]),
    ("jsonwebtoken::", &["src/service/token.rs"]),
    ("color_eyre::", &["src/main.rs", "src/app.rs", "src/tui/", "src/cli/"]),
    ("rustls::", &["src/store/mongo/"]),
];

/// (a folder, what nothing in it may import)
const ARROWS: [(&str, &[&str]); 6] = [
    (
        "src/domain/",
        &[
            "crate::port",
            "crate::service",
            "crate::store",
            "crate::tui",
            "crate::cli",
            "crate::settings",
            "tokio::",
        ],
    ),
    ("src/port/", &["crate::service", "crate::store", "crate::tui", "crate::cli", "crate::settings"]),
    ("src/service/", &["crate::store", "crate::tui", "crate::cli", "crate::settings"]),
    ("src/store/", &["crate::service", "crate::tui", "crate::cli"]),
    ("src/tui/", &["crate::cli", "crate::port", "crate::store", "crate::settings"]),
    ("src/cli/", &["crate::tui", "crate::port", "crate::store"]),
];

#[test]
fn libraries_stay_at_home() {
    for (path, text) in sources(&root().join("src")) {
        let path = path.to_str().unwrap();
        for (library, homes) in HOMES {
            if !homes.iter().any(|home| path.starts_with(home)) {
                assert_eq!(
                    mentions(&text, library),
                    None,
                    "{path} uses {library}, which belongs to {homes:?}"
                );
            }
        }
    }
}

#[test]
fn arrows_run_one_way() {
    for (path, text) in sources(&root().join("src")) {
        let path = path.to_str().unwrap();
        for (folder, refused) in ARROWS {
            if path.starts_with(folder) {
                for target in refused {
                    assert_eq!(mentions(&text, target), None, "{path} imports {target}");
                }
            }
        }
    }
}

/// A call that writes outside of a writer's task could be dropped half-way.
#[test]
fn service_writes_only_in_tasks_of_their_own() {
    for (path, text) in sources(&root().join("src/service")) {
        if !path.ends_with("service/writes.rs") && !path.ends_with("service/mod.rs") {
            assert_eq!(mentions(&text, "dyn Store"), None, "{}", path.display());
        }
    }
}

#[test]
fn the_environment_is_read_in_one_place() {
    for (path, text) in sources(&root().join("src")) {
        if !path.starts_with("src/settings") && path != Path::new("src/main.rs") {
            assert_eq!(mentions(&text, "env::var"), None, "{}", path.display());
        }
    }
}

/// No child process, so none inherits a secret in its environment.
#[test]
fn nothing_starts_another_program() {
    for (path, text) in sources(&root().join("src")) {
        assert_eq!(mentions(&text, "process::Command"), None, "{}", path.display());
    }
}

#[test]
fn files_stay_small_enough_to_be_understood() {
    for (path, text) in sources(&root().join("src")) {
        let lines = text.lines().count();
        assert!(lines <= 400, "{} has {lines} lines", path.display());
    }
}
