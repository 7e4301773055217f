//! Each format against the same data, fields, colour and notes.

use super::*;
use std::collections::HashMap;
use std::fmt::Write as _;

/// Two organizations and two operators, one with a name that needs quotes in CSV.
fn filled() -> Home {
    let home = Home::signed_in();
    home.create("Smith, Jones & Co", "sj@x.example").json();
    home.create("日本商店", "post@x.example").json();
    let add = ["operator", "add", "kim@example.com", "--password-stdin"];
    assert_eq!(home.run_with(&add, PASSWORD).code, 0);
    home.run(&["org", "update", "日本商店", "--name", "Nihon, Inc.", "--json"]).json();
    home
}

/// Replaces ids, times and tokens by numbered placeholders, so that two runs print the same.
fn masked(text: &str, seen: &mut HashMap<String, String>) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_alphanumeric() || "-:._".contains(c) {
            word.push(c);
            continue;
        }
        let kind = if uuid::Uuid::parse_str(&word).is_ok() {
            Some("id")
        } else if word.parse::<jiff::Timestamp>().is_ok() {
            Some("time")
        } else {
            None
        };
        match kind {
            None => out.push_str(&word),
            Some(kind) => {
                let width = word.len();
                let count = seen.values().filter(|name| name.starts_with(kind)).count();
                let name = seen.entry(word.clone()).or_insert_with(|| format!("{kind}{}", count + 1));
                write!(out, "{name:-<width$}").unwrap();
            }
        }
        word.clear();
        out.push(c);
    }
    out.pop();
    out
}

#[test]
fn every_format_of_the_same_data() {
    let home = filled();
    let mut seen = HashMap::new();
    let mut shown = String::new();
    for arguments in [
        &["org", "list"][..],
        &["org", "list", "-o", "json"],
        &["org", "list", "-o", "jsonl"],
        &["org", "list", "-o", "csv"],
        &["org", "list", "-o", "name"],
        &["org", "list", "--fields", "state,organization_name"],
        &["org", "list", "-o", "csv", "--fields", "state,organization_name"],
        &["org", "list", "-o", "json", "--fields", "organization_name"],
        &["org", "list", "--filter", "nobody"],
        &["org", "list", "--filter", "nobody", "-o", "csv"],
        &["org", "get", "Nihon, Inc."],
        &["org", "get", "Nihon, Inc.", "-o", "jsonl", "--fields", "state,admin_email"],
        &["operator", "list"],
        &["operator", "list", "-o", "jsonl"],
        &["operator", "list", "-o", "name"],
        &["audit", "list", "--limit", "3"],
        &["audit", "list", "--limit", "2", "-o", "csv"],
        &["audit", "list", "--limit", "1", "-o", "json"],
        &["whoami", "--fields", "email,role"],
    ] {
        let answer = home.run(arguments);
        assert_eq!(answer.code, 0, "{arguments:?}: {}", answer.stderr);
        let stdout = masked(&answer.stdout, &mut seen).replace('\r', "␍");
        // A cursor is another one each time.
        let cut = answer.stderr.split(" --cursor ").next().unwrap();
        let stdout = match stdout.split_once("\"next_cursor\":\"") {
            Some((before, after)) => {
                format!("{before}\"next_cursor\":\"...\"{}", after.split_once('"').unwrap().1)
            }
            None => stdout,
        };
        write!(shown, "$ tenantry {}\n{stdout}", arguments.join(" ")).unwrap();
        if !cut.is_empty() {
            writeln!(shown, "(stderr) {}", cut.trim_end()).unwrap();
        }
        shown.push('\n');
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn terminal_pipe_and_file_get_the_same_bytes_except_for_colour() {
    let home = filled();
    let piped = home.run(&["org", "list"]);
    let coloured = home.run(&["org", "list", "--color", "always"]);
    assert!(coloured.stdout.contains("\u{1b}[1m"), "{:?}", coloured.stdout);
    assert!(!piped.stdout.contains('\u{1b}'));
    let plain = strip(&coloured.stdout);
    assert_eq!(plain, piped.stdout);
    // In a terminal, by the terminal's own line ends.
    let mut on_terminal = Command::new("script");
    let line = format!("{} org list", cargo_bin("tenantry").display());
    on_terminal.args(["-qec", &line, "/dev/null"]).env_clear().current_dir(home.folder.path());
    let template = home.command(&[]);
    for (name, value) in template.get_envs() {
        on_terminal.env(name, value.unwrap());
    }
    on_terminal.env("PATH", "/usr/bin:/bin").env("TERM", "xterm").stdin(Stdio::null());
    let seen = Answer::of(on_terminal.output().unwrap());
    assert!(seen.stdout.contains("\u{1b}[1m"), "colour by itself on a terminal: {:?}", seen.stdout);
    assert_eq!(strip(&seen.stdout.replace("\r\n", "\n")), piped.stdout);
    let never = on_terminal.env("NO_COLOR", "1").stdin(Stdio::null()).output().unwrap();
    assert_eq!(Answer::of(never).stdout.replace("\r\n", "\n"), piped.stdout, "NO_COLOR");
}

fn strip(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c == '\u{1b}' {
            rest.by_ref().find(|c| *c == 'm');
        } else {
            plain.push(c);
        }
    }
    plain
}

#[test]
fn quiet_drops_notes_and_keeps_warnings_and_errors() {
    let home = filled();
    let loud = home.run(&["org", "list", "--limit", "1"]);
    assert!(loud.stderr.contains("more follow"), "{}", loud.stderr);
    let quiet = home.run(&["-q", "org", "list", "--limit", "1"]);
    assert_eq!((quiet.stdout, quiet.stderr.as_str()), (loud.stdout, ""));
    assert!(
        home.run(&["-q", "org", "get", "nobody"]).stderr.contains("No organization is called \"nobody\".")
    );
    let mut warned = home.command(&["-q", "login", "--email", "root@example.com", "--password-stdin"]);
    warned.env("TENANTRY_TOKEN", "x");
    assert!(feed(warned, PASSWORD).stderr.contains("TENANTRY_TOKEN is set"));
}

#[rstest]
#[case(&["org", "list", "--fields", "name"], "organization_name")]
#[case(&["org", "list", "--fields", "state,state"], "twice")]
#[case(&["org", "list", "--fields", ""], "Known fields:")]
#[case(&["org", "list", "--fields", "state,"], "Known fields:")]
#[case(&["org", "get", "x", "-o", "csv"], "lists")]
#[case(&["whoami", "-o", "name"], "lists")]
#[case(&["audit", "list", "-o", "name"], "no name")]
#[case(&["org", "list", "-o", "yaml"], "yaml")]
#[case(&["org", "list", "-o", "csv", "--json"], "--json")]
#[case(&["org", "list", "--limit", "5", "--limit", "6"], "--limit")]
#[case(&["org", "list", "--json", "--json"], "--json")]
#[case(&["org", "list", "--fields", "state", "--fields", "state"], "--fields")]
#[case(&["org", "create", "New", "--admin-email", "a@b", "--admin-email", "c@d"], "--admin-email")]
#[case(&["login", "--fields", "access_token", "--email", "a@b", "--password-stdin"], "JSON")]
#[case(&["operator", "list", "--all", "--cursor", "x"], "--all")]
#[case(&["audit", "list", "--since", "yesterday"], "7d")]
#[case(&["audit", "list", "--since", "-7d"], "7d")]
#[case(&["--timeout", "abc", "org", "list"], "--timeout")]
#[case(&["--color", "sometimes", "org", "list"], "sometimes")]
fn unprintable_format_is_refused_before_the_command_runs(#[case] arguments: &[&str], #[case] says: &str) {
    let home = Home::signed_in();
    let refused = home.run_with(arguments, PASSWORD);
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{}", refused.stderr);
    assert!(refused.stderr.contains(says), "{}", refused.stderr);
    assert_eq!(home.run(&["org", "list", "-o", "name"]).stdout, "");
}

#[test]
fn unknown_field_is_refused_before_the_write() {
    let home = Home::signed_in();
    let create =
        ["org", "create", "Acme", "--admin-email", "a@b", "--password-stdin", "--fields", "plan", "--json"];
    assert_eq!(home.run_with(&create, PASSWORD).code_word(), (2, "usage".into()));
    assert_eq!(home.run(&["org", "get", "Acme", "--json"]).code_word(), (5, "not_found".into()));
}

#[test]
fn usage_errors_are_json_if_any_argument_asks_for_it() {
    let home = Home::new();
    for arguments in [
        &["-o", "json", "frobnicate"][..],
        &["frobnicate", "-ojson"],
        &["org", "--output=json", "list", "--nonsense"],
        &["--json", "org", "get"],
        &["org", "list", "--limit", "x", "-o", "jsonl"],
        &["-qojson", "--email", "a@b", "org", "list"],
    ] {
        let refused = home.run(arguments);
        assert_eq!(refused.code_word(), (2, "usage".into()), "{arguments:?}: {}", refused.stderr);
    }
    assert!(home.run(&["frobnicate"]).stderr.starts_with("error: unrecognized"));
}

/// Records that something else wrote, as hostile as can be, in every format.
#[test]
fn hostile_records_never_control_the_terminal() {
    let home = filled();
    let name = "Evil\u{1b}]0;pwned\u{7}\u{9b}2J\u{202e}\n\"x\",y";
    let file = rusqlite::Connection::open(home.data().join("tenantry.db")).unwrap();
    let changed = file
        .execute(
            "UPDATE organizations SET organization_name = ?1 WHERE organization_name LIKE 'Nihon%'",
            [name],
        )
        .unwrap();
    assert_eq!(changed, 1);
    assert_eq!(file.execute("UPDATE admins SET email = ?1 WHERE email LIKE 'post@%'", [name]).unwrap(), 1);
    for format in ["table", "json", "jsonl", "csv", "name"] {
        let list = home.run(&["org", "list", "-o", format]);
        assert_eq!(list.code, 0);
        let controls = |c: char| (c.is_control() && c != '\n' && c != '\r') || c == '\u{202e}';
        assert!(!list.stdout.contains(controls), "{format}: {:?}", list.stdout);
        let marked = if matches!(format, "json" | "jsonl") { "\\u001b" } else { "␛]0;pwned␇" };
        assert!(list.stdout.contains(marked), "{format}: {:?}", list.stdout);
    }
    let items = home.run(&["org", "list", "--json"]).json()["items"].clone();
    assert!(items.as_array().unwrap().iter().any(|item| item["organization_name"] == name));
    let lines = home.run(&["org", "list", "-o", "name"]).stdout;
    assert_eq!(lines.lines().count(), 2, "a line end in a name ends no line: {lines:?}");
}
