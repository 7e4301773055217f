//! The user's editor: `VISUAL`, else `EDITOR`, and what it may see of the environment. Never from `.env`: what is there
//! must not start a program.

use super::Environment;
use std::ffi::OsString;
use std::path::PathBuf;

/// What names an editor, the first before the others.
const VARIABLES: [&str; 2] = ["VISUAL", "EDITOR"];

/// What an editor may see: nothing that could be a secret.
const SEEN: [&str; 11] = [
    "PATH",
    "HOME",
    "USER",
    "SHELL",
    "TERM",
    "COLORTERM",
    "LANG",
    "TZ",
    "TMPDIR",
    "DISPLAY",
    "WAYLAND_DISPLAY",
];
/// The same for names that begin so.
const SEEN_FAMILIES: [&str; 2] = ["LC_", "XDG_"];

/// The editor and its environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditorSettings {
    /// The variable that names it, and its value; none if neither is set or both are blank.
    pub command: Option<(&'static str, OsString)>,
    /// The environment of the editor, sorted by name.
    pub environment: Vec<(String, OsString)>,
    /// `XDG_RUNTIME_DIR`, as it is set.
    pub runtime_dir: Option<PathBuf>,
}

impl EditorSettings {
    /// From the environment.
    pub fn of(environment: &Environment) -> Self {
        let all = &environment.environment;
        let is_blank = |value: &OsString| value.to_str().is_some_and(|value| value.trim().is_empty());
        let command = VARIABLES.into_iter().find_map(|name| {
            let value = all.get(name).filter(|value| !is_blank(value))?;
            Some((name, value.clone()))
        });
        let is_seen =
            |name: &str| SEEN.contains(&name) || SEEN_FAMILIES.iter().any(|family| name.starts_with(family));
        let seen = all.iter().filter(|(name, _)| is_seen(name));
        let mut seen: Vec<_> = seen.map(|(name, value)| (name.clone(), value.clone())).collect();
        seen.sort();
        Self { command, environment: seen, runtime_dir: all.get("XDG_RUNTIME_DIR").map(PathBuf::from) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)]) -> EditorSettings {
        let environment = variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        EditorSettings::of(&Environment { environment, env_file_in: None })
    }

    #[test]
    fn v7_visual_comes_before_editor_and_blank_is_unset() {
        for (variables, expected) in [
            (&[("VISUAL", "a"), ("EDITOR", "b")][..], Some(("VISUAL", "a"))),
            (&[("VISUAL", ""), ("EDITOR", "b")], Some(("EDITOR", "b"))),
            (&[("VISUAL", " \t"), ("EDITOR", "b")], Some(("EDITOR", "b"))),
            (&[("EDITOR", "")], None),
            (&[], None),
        ] {
            assert_eq!(settings(variables).command, expected.map(|(name, value)| (name, value.into())));
        }
    }

    #[test]
    fn an_editor_sees_nothing_that_could_be_a_secret() {
        let seen = settings(&[
            ("PATH", "/bin"),
            ("LC_ALL", "C"),
            ("XDG_RUNTIME_DIR", "/run/user/1"),
            ("MONGO_URI", "mongodb://u:p@h"),
            ("SECRET_KEY", "s"),
            ("TENANTRY_TOKEN", "t"),
            ("AWS_SECRET_ACCESS_KEY", "s"),
            ("LD_PRELOAD", "x"),
            ("PATHS", "x"),
        ]);
        let names: Vec<&str> = seen.environment.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["LC_ALL", "PATH", "XDG_RUNTIME_DIR"]);
    }
}
