//! `VISUAL` and `EDITOR` as a shell splits them, and how an editor is told where to begin.

use std::ffi::{OsStr, OsString};
use std::path::Path;

/// Editors that take `+LINE` before the file.
const WITH_PLUS: [&str; 13] = [
    "vi",
    "vim",
    "nvim",
    "view",
    "vim.basic",
    "vim.tiny",
    "nano",
    "pico",
    "emacs",
    "emacsclient",
    "micro",
    "kak",
    "joe",
];
/// Editors that take `FILE:LINE`.
const WITH_COLON: [&str; 2] = ["hx", "helix"];

/// The words of the editor's command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    /// Which variable it is from, for messages.
    pub(super) variable: &'static str,
    /// The program.
    pub(super) program: String,
    /// What stands before the file.
    pub(super) options: Vec<String>,
}

impl Words {
    /// Splits the value of a variable. No shell runs: nothing in it is expanded.
    ///
    /// # Errors
    /// It is not UTF-8, a quote is not closed, or it names no program.
    pub(super) fn of(variable: &'static str, value: &OsStr) -> Result<Self, String> {
        let Some(text) = value.to_str() else {
            return Err(format!("{variable} is not UTF-8."));
        };
        let words = shell_words::split(text)
            .map_err(|_| format!("{variable} is {text:?}: a quote in it is not closed."))?;
        let mut words = words.into_iter();
        match words.next().filter(|program| !program.is_empty()) {
            Some(program) => Ok(Self { variable, program, options: words.collect() }),
            None => Err(format!("{variable} is {text:?}: it names no program.")),
        }
    }

    /// The arguments: the options, then the file, with the line where the editor is known to take one.
    pub(super) fn arguments(&self, file: &Path, line: Option<usize>) -> Vec<OsString> {
        let name = Path::new(&self.program).file_name().and_then(OsStr::to_str).unwrap_or_default();
        let mut arguments: Vec<OsString> = self.options.iter().map(Into::into).collect();
        match line {
            Some(line) if WITH_PLUS.contains(&name) => {
                arguments.extend([format!("+{line}").into(), file.as_os_str().to_owned()]);
            }
            Some(line) if WITH_COLON.contains(&name) => {
                let mut place = file.as_os_str().to_owned();
                place.push(format!(":{line}"));
                arguments.push(place);
            }
            _ => arguments.push(file.as_os_str().to_owned()),
        }
        arguments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(value: &str) -> Result<(String, Vec<String>), String> {
        Words::of("VISUAL", OsStr::new(value)).map(|words| (words.program, words.options))
    }

    #[test]
    fn v7_a_command_is_split_as_a_shell_does_and_nothing_in_it_is_expanded() {
        for (value, program, options) in [
            ("vim", "vim", &[][..]),
            ("code --wait", "code", &["--wait"]),
            ("'/opt/my editor/bin/e' -f", "/opt/my editor/bin/e", &["-f"]),
            ("vim -c \"set ft=json\"", "vim", &["-c", "set ft=json"]),
            ("  e  $HOME `id` ; rm ", "e", &["$HOME", "`id`", ";", "rm"]),
        ] {
            let options = options.iter().map(|option| (*option).to_owned()).collect();
            assert_eq!(words(value), Ok((program.to_owned(), options)), "{value}");
        }
        for (value, said) in [("vim \"a", "a quote in it is not closed"), ("''", "names no program")] {
            let refused = words(value).unwrap_err();
            assert!(refused.starts_with("VISUAL is ") && refused.contains(said), "{refused}");
        }
        let bytes = std::os::unix::ffi::OsStrExt::from_bytes(b"v\xff");
        assert_eq!(Words::of("EDITOR", bytes).unwrap_err(), "EDITOR is not UTF-8.");
    }

    #[test]
    fn only_known_editors_are_told_the_line() {
        let arguments = |value: &str, line| {
            let words = Words::of("EDITOR", OsStr::new(value)).unwrap();
            let arguments = words.arguments(Path::new("/d/f.json"), line);
            arguments
                .into_iter()
                .map(|argument| argument.into_string().unwrap())
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(arguments("vim -n", Some(3)), "-n +3 /d/f.json");
        assert_eq!(arguments("/usr/bin/nano", Some(3)), "+3 /d/f.json");
        assert_eq!(arguments("hx", Some(3)), "/d/f.json:3");
        assert_eq!(arguments("code --wait", Some(3)), "--wait /d/f.json");
        assert_eq!(arguments("vim", None), "/d/f.json");
    }
}
