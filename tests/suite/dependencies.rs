//! Licences and crates that may not be in the tree.

use std::process::Command;

/// Licences under which a crate may be linked into a program under MIT.
const ALLOWED: [&str; 14] = [
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "0BSD",
    "ISC",
    "Zlib",
    "Unlicense",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "CC0-1.0",
    "BSL-1.0",
];
/// A licence of its own for one crate each: file-level copyleft, data, and a test's helper.
const EXCEPTIONS: [(&str, &str); 3] =
    [("nucleo-matcher", "MPL-2.0"), ("webpki-roots", "CDLA-Permissive-2.0"), ("terminfo", "WTFPL")];
/// A second library of cryptography, one with an open advisory, the system's OpenSSL, a second library of time.
const BANNED: [&str; 5] = ["ring", "rsa", "openssl-sys", "native-tls", "chrono"];

/// `name version|licence` of every crate that is built for this machine.
fn tree(edges: &str) -> Vec<(String, String)> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--edges", edges, "--prefix", "none", "--format", "{p}|{l}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let rows = text.lines().filter_map(|line| line.split_once('|'));
    rows.map(|(package, licence)| {
        (package.split(' ').next().unwrap().into(), licence.trim_end_matches(" (*)").into())
    })
    .collect()
}

/// An expression of SPDX: every part of an AND has to be allowed, one part of an OR.
fn is_allowed(expression: &str, name: &str) -> bool {
    let expression = expression.replace('/', " OR ");
    let allowed = |licence: &str| {
        let licence = licence.trim().trim_matches(['(', ')']).trim();
        ALLOWED.contains(&licence) || EXCEPTIONS.contains(&(name, licence))
    };
    expression.split(" AND ").all(|part| part.split(" OR ").any(allowed))
}

#[test]
fn every_licence_is_allowed() {
    let tree = tree("normal,build,dev");
    assert!(tree.len() > 200, "only {} crates were read", tree.len());
    for (name, licence) in tree {
        assert!(is_allowed(&licence, &name), "{name} is under {licence:?}");
    }
}

#[test]
fn banned_crates_are_not_linked() {
    for (name, _) in tree("normal") {
        assert!(!BANNED.contains(&name.as_str()), "{name} is in the tree");
    }
}

#[test]
fn libraries_with_shared_types_have_one_version() {
    let lock = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock")).unwrap();
    for name in ["crossterm", "ratatui-core", "bson", "libsqlite3-sys"] {
        assert_eq!(lock.matches(&format!("name = \"{name}\"\n")).count(), 1, "{name} is there twice");
    }
    assert!(!lock.contains("git+"), "a dependency comes from a git repository");
}
