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
const HOMES: [(&str, &[&str]); 32] = [
    ("tar::", &["src/archive/"]),
    ("flate2::", &["src/archive/"]),
    ("ratatui::", &["src/tui/"]),
    ("crossterm::", &["src/tui/"]),
    ("tui_input::", &["src/tui/"]),
    ("ratatui_textarea::", &["src/tui/"]),
    ("nucleo_matcher::", &["src/tui/"]),
    ("clap::", &["src/cli/", "src/app", "src/manual.rs"]),
    ("strsim::", &["src/service/"]),
    ("csv::", &["src/cli/"]),
    ("indicatif::", &["src/cli/output/"]),
    ("clap_complete::", &["src/cli/"]),
    ("roff::", &["src/manual.rs"]),
    ("mongodb::", &["src/store/mongo/"]),
    ("bson::", &["src/domain/document/", "src/store/mongo/"]),
    ("regex::", &["src/domain/document/query/pattern/"]),
    ("regex_syntax::", &["src/domain/document/query/"]),
    ("rusqlite::", &["src/store/embedded/"]),
    ("bcrypt::", &["src/service/password.rs"]),
    ("jsonwebtoken::", &["src/service/token.rs"]),
    ("color_eyre::", &["src/main.rs", "src/app", "src/tui/", "src/cli/"]),
    ("rustls::", &["src/store/mongo/", "src/http/"]),
    ("axum::", &["src/http/"]),
    ("axum_server::", &["src/http/server.rs", "src/http/connections.rs"]),
    ("hyper_util::", &["src/http/server.rs"]),
    ("http_body_util::", &["src/http/"]),
    ("form_urlencoded::", &["src/http/parameters.rs"]),
    ("tower_http::", &["src/http/"]),
    ("utoipa::", &["src/http/", "src/wire/"]),
    ("utoipa_axum::", &["src/http/"]),
    ("utoipa_swagger_ui::", &["src/http/pages.rs"]),
    ("prometheus_client::", &["src/http/metrics.rs"]),
];

/// (a folder, what nothing in it may import)
const ARROWS: [(&str, &[&str]); 9] = [
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
    (
        "src/archive/",
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
    ("src/http/", &["crate::tui", "crate::cli", "crate::port", "crate::store", "crate::settings"]),
    ("src/tui/", &["crate::http", "crate::cli", "crate::port", "crate::store", "crate::settings"]),
    ("src/cli/", &["crate::http", "crate::tui", "crate::port", "crate::store"]),
    ("src/wire/", &["crate::tui", "crate::cli", "crate::port", "crate::store", "crate::settings"]),
];

#[test]
fn libraries_are_used_only_in_their_modules() {
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
fn modules_import_only_modules_below() {
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

/// What commands print are structs of `wire`, so that another face shows the same.
#[test]
fn commands_print_no_json_made_by_hand() {
    for (path, text) in sources(&root().join("src/cli")) {
        let code = text.split("#[cfg(test)]").next().unwrap();
        for made_by_hand in ["json!", "\"] = "] {
            assert_eq!(mentions(code, made_by_hand), None, "{}", path.display());
        }
    }
}

/// The user's editor is the only child process, so that no other inherits a secret in its environment.
#[test]
fn nothing_but_the_editor_is_started() {
    for (path, text) in sources(&root().join("src")) {
        if path == Path::new("src/tui/editor/child.rs") {
            assert!(mentions(&text, ".env_clear()").is_some(), "it inherits the environment");
            continue;
        }
        assert_eq!(mentions(&text, "process::Command"), None, "{}", path.display());
    }
}

#[test]
fn files_stay_below_the_length_limit() {
    for (path, text) in sources(&root().join("src")) {
        let lines = text.lines().count();
        assert!(lines <= 400, "{} has {lines} lines", path.display());
    }
}

/// The modules of the console from the ground up: each one may use those before it, and its own.
const FLOORS: [&[&str]; 15] = [
    &["secret", "theme", "text", "samples", "window", "terminal_type", "saving"],
    &["clipboard"],
    &["effect"],
    &["keys"],
    &["widgets"],
    &["reads", "calls"],
    &["shared"],
    &["layer"],
    &["cards"],
    &["screens"],
    &["app"],
    &["frame", "input", "backend", "editor"],
    &["event"],
    &["runtime"],
    &["terminal"],
];

/// The modules of `src/tui` that a file uses, as paths from there: `cards`, `cards::menu`.
fn uses(path: &str, text: &str) -> Vec<Vec<String>> {
    let inside: Vec<&str> = path.trim_start_matches("src/tui/").trim_end_matches(".rs").split('/').collect();
    let own: Vec<&str> = inside.iter().copied().filter(|part| *part != "mod").collect();
    let parent = own.get(..own.len() - 1).unwrap().join("::");
    let parent = if parent.is_empty() { parent } else { format!("{parent}::") };
    let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n").replace("super::super::", "?::").replace("crate::tui::", "tui!");
    let code = code.replace("super::", &format!("tui!{parent}"));
    let mut found = Vec::new();
    for rest in code.split("tui!").skip(1) {
        let end =
            rest.find(|c: char| !(c.is_ascii_lowercase() || c == '_' || c == ':')).unwrap_or(rest.len());
        let (path, rest) = rest.split_at(end);
        let path: Vec<String> = path.split("::").filter(|part| !part.is_empty()).map(Into::into).collect();
        let group = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')).map(|(group, _)| group);
        for name in group.unwrap_or_default().split(',') {
            let first = name.trim().split("::").next().unwrap_or_default();
            found.push(path.iter().cloned().chain([first.to_owned()]).collect());
        }
        found.push(path);
    }
    found
}

#[test]
fn each_module_of_the_console_uses_only_those_below() {
    let floor = |name: &str| FLOORS.iter().position(|floor| floor.contains(&name));
    for (path, text) in sources(&root().join("src/tui")) {
        let path = path.to_str().unwrap();
        let own = path.trim_start_matches("src/tui/").split('/').next().unwrap().trim_end_matches(".rs");
        if own == "mod" {
            continue;
        }
        let own_floor = floor(own).unwrap_or_else(|| panic!("{path} stands on no floor"));
        for used in uses(path, &text).into_iter().filter_map(|used| used.into_iter().next()) {
            if let Some(used_floor) = floor(&used).filter(|_| used != own) {
                assert!(used_floor < own_floor, "{path} uses {used}, which does not lie below");
            }
        }
    }
}

/// What each screen or card uses of its like, by name.
fn neighbours(folder: &str) -> std::collections::BTreeMap<String, Vec<String>> {
    let mut found = std::collections::BTreeMap::<String, Vec<String>>::new();
    for (path, text) in sources(&root().join("src/tui").join(folder)) {
        let path = path.to_str().unwrap();
        let inside = path.trim_start_matches("src/tui/").trim_start_matches(folder).trim_start_matches('/');
        let own = inside.split('/').next().unwrap().trim_end_matches(".rs");
        if matches!(own, "mod" | "tests") {
            continue;
        }
        let used =
            uses(path, &text).into_iter().filter(|used| used.first().is_some_and(|first| first == folder));
        let used = used.filter_map(|used| used.into_iter().nth(1)).filter(|used| used != own);
        found.entry(own.to_owned()).or_default().extend(used);
    }
    found
}

#[test]
fn screens_and_cards_do_not_use_their_users() {
    for folder in ["screens", "cards"] {
        let mut left = neighbours(folder);
        assert!(left.len() > 5, "{left:?}");
        let names: Vec<String> = left.keys().cloned().collect();
        for used in left.values_mut() {
            used.retain(|used| names.contains(used));
        }
        // Removes modules without remaining users; what cannot be removed is a cycle.
        while !left.is_empty() {
            let free = left.iter().find(|(_, used)| used.iter().all(|used| !left.contains_key(used)));
            let free = free.map(|(name, _)| name.clone());
            let Some(free) = free else { panic!("a circle in {folder}: {left:?}") };
            left.remove(&free);
        }
    }
}
