//! What the surroundings say: the title, the signs, and the files of the log.

use super::*;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

#[test]
fn the_title_says_where_the_store_came_from_and_which_environment_it_is() {
    let home = Home::embedded();
    let data = home.folder.path().join("elsewhere");
    let text = format!("TENANTRY_DATA_DIR={}\nTENANTRY_ENVIRONMENT=STAGING\n", data.display());
    fs::write(home.folder.path().join(".env"), text).unwrap();
    let mut console = home.terminal().start();
    console.wait("Welcome to tenantry");
    console.wait("from .env");
    console.wait("STAGING");
    console.wait("elsewhere/tenantry.db");
    console.send(CTRL_C);
    assert_eq!(console.exit_code(), 0);
    let mut console = home.terminal().env("TENANTRY_ENVIRONMENT", "PROD").args(&["--no-env-file"]).start();
    console.wait("PROD");
    console.wait_gone("from .env");
    assert!(!console.text().contains("STAGING") && !console.text().contains("elsewhere"));
    console.send(CTRL_C);
    assert_eq!(console.exit_code(), 0);
}

#[test]
fn without_utf8_every_sign_is_ascii_and_without_colour_none_is_drawn() {
    let home = Home::embedded().with_operator();
    for (variables, ascii) in [
        (&[("LANG", "C"), ("NO_COLOR", "1")][..], true),
        (&[("LANG", "C"), ("TENANTRY_SIGNS", "unicode"), ("TERM", "vt100")], false),
        (&[("LANG", "C.UTF-8"), ("TENANTRY_SIGNS", "ascii"), ("NO_COLOR", "1")], true),
    ] {
        let mut terminal = home.terminal();
        for (name, value) in variables {
            terminal = terminal.env(name, value);
        }
        let mut console = Home::signed_in(terminal.start());
        console.wait("Organizations");
        assert_eq!(console.text().is_ascii(), ascii, "{variables:?}: {}", console.text());
        assert!(!console.is_coloured(), "{variables:?}");
        console.send("qy");
        assert_eq!(console.exit_code(), 0);
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn the_log_is_a_file_a_day_of_which_seven_are_kept() {
    let home = Home::embedded().with_operator();
    let folder = home.folder.path().join(".local/state/tenantry/log");
    fs::create_dir_all(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    for day in 1..=9 {
        fs::write(folder.join(format!("tenantry.2026-01-0{day}.log")), "{}\n").unwrap();
    }
    let mut console = Home::signed_in(home.terminal().env("TENANTRY_LOG", "debug").start());
    console.wait("Organizations");
    console.send("qy");
    assert_eq!(console.exit_code(), 0);
    let kept = names(&folder);
    assert_eq!(kept.len(), 7, "{kept:?}");
    let today = kept.iter().find(|name| !name.contains("2026-01")).unwrap();
    let data = fs::metadata(folder.join(today)).unwrap();
    assert_eq!(data.mode() & 0o777, 0o600);
    let text = fs::read_to_string(folder.join(today)).unwrap();
    assert!(text.lines().count() > 0);
    for line in text.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(line["timestamp"].is_string() && line["level"].is_string(), "{line}");
    }
    assert!(!text.contains(PASSWORD) && !text.contains("eyJ"), "no password and no token");
}

#[test]
fn without_a_place_for_the_log_the_console_opens_all_the_same() {
    let home = Home::embedded().with_operator();
    let state = home.folder.path().join(".local/state/tenantry");
    let _ = fs::remove_dir_all(&state);
    fs::write(&state, "a file where the folder should be").unwrap();
    let mut console = Home::signed_in(home.terminal().start());
    console.wait("Organizations");
    console.send("qy");
    assert_eq!(console.exit_code(), 0);
    console.wait("The log cannot be written");
}
