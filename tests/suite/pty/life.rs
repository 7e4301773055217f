//! A life of one organization by keys, at both sizes and on both stores.

use super::*;
use rstest::rstest;

#[rstest]
#[case(Home::embedded(), 120, 40)]
#[case(Home::embedded(), 80, 24)]
#[case(Home::mongo(), 120, 40)]
fn first_operator_create_filter_rename_delete_quit(
    #[case] home: Home,
    #[case] columns: u16,
    #[case] rows: u16,
) {
    let mut console = home.terminal().size(columns, rows).start();
    console.wait("Welcome to tenantry");
    console.send(&format!("{ROOT}{TAB}{PASSWORD}{TAB}{PASSWORD}{ENTER}"));
    console.wait("No organization yet.");
    for (name, email) in [("Acme Corp", "ann@acme.example"), ("Zephyr Air", "zoe@zephyr.example")] {
        console.send("n");
        console.wait("New organization");
        console.send(&format!("{name}{TAB}"));
        let collection = format!("org_{}", name.to_lowercase().replace(' ', "_"));
        console.wait(&collection);
        console.send(&format!("{email}{TAB}{PASSWORD}{TAB}{PASSWORD}{ENTER}"));
        console.wait_gone("New organization");
        console.wait(name);
    }
    show_list(&mut console);
    console.send("/zep");
    console.wait_gone("Acme Corp");
    console.wait("1 of 2");
    console.send(&format!("{ENTER}{ENTER}"));
    console.wait("zoe@zephyr.example");
    console.wait("documents   0");
    console.send("e");
    console.wait("Edit  Zephyr Air");
    console.send(&format!("{CTRL_U}Zephyr Labs"));
    console.wait("org_zephyr_labs");
    console.send(CTRL_S);
    console.wait_gone("Edit  ");
    console.wait("Zephyr Labs");
    show_list(&mut console);
    console.send(ESC);
    console.wait("Acme Corp");
    delete(&mut console, "Acme Corp");
    console.send("qy");
    assert_eq!(console.exit_code(), 0);
    console.assert_restored();
    home.run(&["login", "--email", ROOT, "--password-stdin"]);
    let listed = home.run(&["org", "list", "--json"]);
    assert!(listed.contains("org_zephyr_labs") && !listed.contains("Acme"), "{listed}");
}

/// Back to the list, wherever a form left.
fn show_list(console: &mut Session) {
    for _ in 0..3 {
        if console.text().contains("Organizations") {
            return;
        }
        console.send(ESC);
        std::thread::sleep(std::time::Duration::from_millis(300));
    }
    console.wait("Organizations");
}

fn delete(console: &mut Session, name: &str) {
    console.send("gD");
    console.wait("to delete it");
    console.wait("documents     0");
    console.send(&format!("{}{ENTER}", name.to_lowercase()));
    console.wait("Case matters");
    console.send(&format!("{CTRL_U}{name}{ENTER}"));
    console.wait_gone("Type the name");
    console.wait("Organizations  1 ");
}

#[test]
fn an_admins_console_opens_on_its_organization() {
    let home = Home::embedded().with_operator().with_organizations(&["Acme"]);
    let mut console = home.terminal().args(&["--email", "admin0@example.com"]).start();
    console.wait("admin0@example.com");
    console.send(&format!("{PASSWORD}{ENTER}"));
    console.wait("org_acme");
    console.wait("admin");
    console.send("qy");
    assert_eq!(console.exit_code(), 0);
}

/// With logging at trace, through a sign-in, a create and a change of password.
#[test]
fn no_secret_is_in_the_consoles_log() {
    let home = Home::embedded().with_operator();
    let mut console = Home::signed_in(home.terminal().env("TENANTRY_LOG", "trace").start());
    console.send("n");
    console.wait("New organization");
    console.send(&format!("Acme{TAB}ann@acme.example{TAB}canary-created{TAB}canary-created{ENTER}"));
    console.wait("Acme is created");
    console.send("e");
    console.wait("Edit  Acme");
    console.send(&format!("{TAB}{TAB}canary-changed{TAB}canary-changed{CTRL_S}"));
    console.wait_gone("Edit  Acme");
    console.send("qy");
    assert_eq!(console.exit_code(), 0);
    let folder = home.log_folder();
    let mut lines = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        lines += text.lines().count();
        // A token begins with the base64 of {"
        for secret in [PASSWORD, "canary-", "eyJ", "$2b$"] {
            assert!(!text.contains(secret), "{secret} is in the log");
        }
    }
    assert!(lines > 20, "the log has {lines} lines at trace");
}

#[test]
fn two_consoles_on_one_organization_keep_what_was_typed() {
    let home = Home::embedded().with_operator().with_organizations(&["Acme"]);
    let mut console = home.console();
    console.wait("Acme");
    console.send("e");
    console.wait("Edit  Acme");
    console.send(&format!("{CTRL_U}Acme One"));
    console.wait("org_acme_one");
    home.run(&["org", "update", "Acme", "--admin-email", "other@example.com"]);
    console.send(CTRL_S);
    console.wait("Someone else changed it");
    assert!(console.text().contains("Acme One"), "what was typed is kept:\n{}", console.text());
    console.send(CTRL_S);
    console.wait_gone("Edit  ");
    let now = home.run(&["org", "get", "Acme One", "--json"]);
    assert!(now.contains("other@example.com"), "{now}");
}

#[test]
fn no_colour_means_none_and_colour_some() {
    let home = Home::embedded().with_operator().with_organizations(&["Acme"]);
    let coloured = |no_color: &str| {
        let mut console = Home::signed_in(home.terminal().env("NO_COLOR", no_color).start());
        console.wait("Acme");
        console.send("qy");
        assert_eq!(console.exit_code(), 0);
        console.is_coloured()
    };
    assert!(!coloured("1"));
    assert!(coloured(""));
}

#[test]
fn a_terminal_too_small_says_so_and_grows() {
    let home = Home::embedded().with_operator();
    let console = home.terminal().size(20, 5).start();
    console.wait("needs 40");
    console.resize(80, 24);
    console.wait("Sign in");
}
