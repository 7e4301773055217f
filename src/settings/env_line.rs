//! One line of `.env`. Nothing is substituted, whatever the quotes: a value is literal text.
//!
//! The file may belong to another program as well, so an unreadable line is skipped unless it names a setting of
//! tenantry. A value ends with its line.

use super::SETTINGS;

/// The content of a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Nothing for tenantry.
    Nothing,
    /// A setting with its value, or a name that only a setting of tenantry could have.
    Setting(String, String),
    /// It names a setting and cannot be read. The reason follows "line 3" and never contains the value.
    Wrong(String),
}

/// Reads a line, without its line break.
pub(super) fn read(bytes: &[u8]) -> Line {
    let lossy = String::from_utf8_lossy(bytes);
    let line = lossy.trim();
    if line.is_empty() || line.starts_with('#') {
        return Line::Nothing;
    }
    let exported = line.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t']));
    let (name, value) = match exported.unwrap_or(line).split_once('=') {
        Some((name, value)) => (name.trim(), Some(value)),
        None => (line, None),
    };
    let Some(ours) = named(name) else {
        return Line::Nothing;
    };
    if std::str::from_utf8(bytes).is_err() {
        return Line::Wrong(format!("sets {ours} to a value that is not UTF-8"));
    }
    match value {
        Some(value) if name == ours => match value_of(value) {
            Ok(value) => Line::Setting(ours.to_owned(), value),
            Err(why) => Line::Wrong(format!("sets {ours} to a value that {why}")),
        },
        Some(_) | None => Line::Wrong(format!("mentions {ours} but is not NAME=value")),
    }
}

/// The first word that is a setting, or that only a setting of tenantry could be.
fn named(text: &str) -> Option<&str> {
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.find(|word| word.starts_with("TENANTRY_") || SETTINGS.iter().any(|setting| setting.name == *word))
}

/// The value after the `=`. Single quotes keep it literally; in double quotes `\"`, `\\`, `\$` and `` \` `` stand for
/// the second character; otherwise it ends with the line, or at a `#` after white space.
fn value_of(text: &str) -> Result<String, &'static str> {
    const OPEN: &str = "begins with a quote that does not end on its line";
    let trimmed = text.trim();
    let value = if let Some(quoted) = trimmed.strip_prefix('\'') {
        let (value, behind) = quoted.split_once('\'').ok_or(OPEN)?;
        ends(behind)?;
        value.to_owned()
    } else if let Some(quoted) = trimmed.strip_prefix('"') {
        let mut value = String::new();
        let mut characters = quoted.chars();
        loop {
            match characters.next().ok_or(OPEN)? {
                '"' => break,
                '\\' => match characters.next() {
                    Some(c @ ('"' | '\\' | '$' | '`')) => value.push(c),
                    _ => return Err("has a backslash in double quotes; write it in single quotes"),
                },
                c => value.push(c),
            }
        }
        ends(characters.as_str())?;
        value
    } else if trimmed.starts_with('`') {
        return Err("begins with a backtick; write it in single quotes");
    } else {
        without_comment(text).trim().to_owned()
    };
    if value.chars().any(char::is_control) {
        return Err("contains a control character");
    }
    Ok(value)
}

/// Only a comment may follow the closing quote.
fn ends(behind: &str) -> Result<(), &'static str> {
    if without_comment(behind).trim().is_empty() { Ok(()) } else { Err("continues after its closing quote") }
}

/// The text before a `#` after white space.
fn without_comment(text: &str) -> &str {
    let mut before = '=';
    for (at, c) in text.char_indices() {
        if c == '#' && before.is_whitespace() {
            return text.get(..at).unwrap_or(text);
        }
        before = c;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("MASTER_DB=shop", "shop")]
    #[case("  export MASTER_DB = shop  # the old one", "shop")]
    #[case("export\tMASTER_DB='shop'#x", "")]
    #[case("MASTER_DB=''", "")]
    #[case("MASTER_DB= # none", "")]
    #[case("MASTER_DB=#shop#1", "#shop#1")]
    #[case("MASTER_DB='a # \" \\ ${HOME}' # c", "a # \" \\ ${HOME}")]
    #[case(r#"MASTER_DB="a # ' \" \\ \$HOME $HOME ${HOME}""#, "a # ' \" \\ $HOME $HOME ${HOME}")]
    #[case("MASTER_DB=a b=c'd\"e$HOME${HOME}$(id)`id`\\n", "a b=c'd\"e$HOME${HOME}$(id)`id`\\n")]
    fn env_values_are_literal(#[case] line: &str, #[case] value: &str) {
        match read(line.as_bytes()) {
            Line::Setting(name, read) => assert_eq!((name.as_str(), read.as_str()), ("MASTER_DB", value)),
            Line::Wrong(why) => {
                assert!(line.contains("#x") && why.contains("closing quote"), "{line}: {why}");
            }
            Line::Nothing => panic!("{line} is read as nothing"),
        }
    }

    #[rstest]
    #[case(b"MONGO_URI")]
    #[case(b"MONGO_URI: mongodb://h/?a=b")]
    #[case(b"set MONGO_URI=mongodb://h/")]
    #[case(b"\"MONGO_URI\"=mongodb://h/")]
    #[case(b"MONGO_URI='mongodb://h/")]
    #[case(b"MONGO_URI='mongodb://evil/?appName='${AWS_SECRET_ACCESS_KEY}")]
    #[case(b"MONGO_URI=\"mongodb://h/\\n\"")]
    #[case(b"MONGO_URI=`hostname`")]
    #[case(b"MONGO_URI=mongodb://h\xff/")]
    #[case(b"MONGO_URI=mongodb://h/\x1b")]
    fn unreadable_line_with_a_setting_is_an_error(#[case] line: &[u8]) {
        let Line::Wrong(why) = read(line) else { panic!("{:?} is taken", line.escape_ascii().to_string()) };
        assert!(why.contains("MONGO_URI") && !why.contains("mongodb:"), "{why}");
    }

    #[rstest]
    #[case(b"")]
    #[case(b"   # MONGO_URI=x")]
    #[case(b"APP_NAME=My App's \"name")]
    #[case(b"KEY=\"-----BEGIN PRIVATE KEY-----")]
    #[case(b"not a line")]
    #[case(b"DATABASE_URL=$MONGO_URI")]
    #[case(b"mongo_uri=mongodb://h/")]
    #[case(b"MY_MONGO_URI=mongodb://h/")]
    #[case(b"NAME=latin-1 \xe4")]
    fn lines_of_other_programs_are_skipped(#[case] line: &[u8]) {
        assert_eq!(read(line), Line::Nothing, "{:?}", line.escape_ascii().to_string());
    }
}
