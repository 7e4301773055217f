//! `demo`: a store of its own, whatever the user's stores, keys and settings are.

use super::*;

#[test]
fn kept_demo_is_an_ordinary_store() {
    let home = Home::new();
    // The demo must not read the user's files: all of these would be refused.
    fs::write(home.folder.path().join(".env"), "TENANTRY_DATADIR=x\n").unwrap();
    let mut command = home.command(&["demo", "--keep", "kept", "--organizations", "25", "--json"]);
    command
        .env("MONGO_URI", "")
        .env("SECRET_KEY", "short")
        .env("BCRYPT_COST", "99")
        .env("MASTER_DB", "admin");
    let kept = Answer::of(command.stdin(Stdio::null()).output().unwrap()).json();
    fs::remove_file(home.folder.path().join(".env")).unwrap();
    assert_eq!((&kept["organizations"], &kept["email"]), (&json!(25), &json!("demo@example.com")));
    let folder = kept["folder"].as_str().unwrap();
    let mode = fs::metadata(folder).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o700);
    assert!(!home.data().exists() && !home.state().join("session.json").exists());

    let inside = |arguments: &[&str], input: &str| {
        let mut command = home.command(arguments);
        command.env("TENANTRY_DATA_DIR", folder);
        feed(command, input)
    };
    let password = kept["password"].as_str().unwrap();
    let signed_in = inside(&["login", "--email", "demo@example.com", "--password-stdin"], password);
    assert_eq!(signed_in.code, 0, "{}", signed_in.stderr);
    let list = inside(&["org", "list", "--all", "--json"], "").json();
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 25);
    let found = |filter: &str| {
        let list = inside(&["org", "list", "--all", "--filter", filter, "-o", "name"], "");
        list.stdout.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    // There is something to show on every screen.
    assert_eq!((found("state:missing").len(), found("state:suspended").len()), (1, 1));
    assert!(!found("signin:<90d").is_empty() && !found("signin:none").is_empty());
    assert_eq!(found("docs:>800").len(), 1, "one is big");
    let doctor = inside(&["doctor", "--json"], "");
    let report: Value = serde_json::from_str(&doctor.stdout).unwrap();
    assert_eq!((doctor.code, report["findings"].as_array().unwrap().len()), (9, 1), "{report}");
    let admin = items[0]["admin_email"].as_str().unwrap();
    let signed_in = inside(&["login", "--email", admin, "--password-stdin", "--json"], password).json();
    assert_eq!(signed_in["organization_name"], items[0]["organization_name"]);
}

#[test]
fn demo_refuses_a_folder_that_is_not_empty() {
    let home = Home::new();
    let path = home.folder.path().join("mine");
    fs::create_dir(&path).unwrap();
    fs::write(path.join("thesis"), "precious").unwrap();
    let refused = home.run(&["demo", "--keep", "mine", "--json"]);
    assert_eq!(refused.code_word(), (2, "usage".into()));
    assert!(refused.stderr.contains("not empty"), "{}", refused.stderr);
    assert_eq!(fs::read_dir(&path).unwrap().count(), 1);
    let on_a_file = home.run(&["demo", "--keep", "mine/thesis", "--json"]);
    assert_eq!(on_a_file.code_word(), (2, "usage".into()));
    assert_eq!(fs::read_to_string(path.join("thesis")).unwrap(), "precious");
}

#[test]
fn demo_needs_a_terminal_or_keep() {
    let home = Home::new();
    let refused = home.run(&["demo", "--json"]);
    assert_eq!(refused.code_word(), (2, "usage".into()));
    assert!(refused.stderr.contains("--keep"), "{}", refused.stderr);
    assert_eq!(home.run(&["demo", "--organizations", "0"]).code, 2);
    assert_eq!(home.run(&["demo", "--organizations", "100001"]).code, 2);
}
