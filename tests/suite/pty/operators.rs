//! A life of an operator by keys, on both stores: added, signed in elsewhere, given a new password, removed; and what
//! was done with an organization.

use super::*;
use rstest::rstest;

const KIM: &str = "kim@example.com";

/// Signs in by hand with another password than the usual one.
fn sign_in_with(console: &mut Session, email: &str, password: &str) {
    console.wait("Password");
    type_into_sign_in(console, email, password);
}

#[rstest]
#[case(Home::embedded(), 80, 24)]
#[case(Home::mongo(), 120, 40)]
fn add_sign_in_elsewhere_new_password_remove(#[case] home: Home, #[case] columns: u16, #[case] rows: u16) {
    let home = home.with_operator().with_organizations(&["Acme"]);
    let mut root = Home::signed_in(home.terminal().size(columns, rows).start());
    root.wait("Acme");
    root.send("o");
    root.wait("(you)");
    root.send("D");
    root.wait("it is the last operator");
    root.send("n");
    root.wait("New operator");
    root.send(&format!("{KIM}{TAB}{PASSWORD}{TAB}{PASSWORD}{ENTER}"));
    root.wait("Operators  2");
    let mut kim = home.terminal().start();
    sign_in_with(&mut kim, KIM, PASSWORD);
    kim.wait("Organizations  1");
    // The one that was just added is selected.
    root.send("p");
    root.wait("New password of");
    root.send(&format!("night shift{TAB}night shift{CTRL_S}"));
    root.wait("has a new password");
    kim.wait("Your session was ended");
    kim.send(&format!("night shift{ENTER}"));
    kim.wait("Signed in again");
    kim.send(":acme");
    kim.wait("organization ");
    kim.send(ENTER);
    kim.wait("org_acme");
    kim.send("3");
    // On one line: the overview has them on two.
    let is_entry = |line: &str| line.contains("created") && line.contains("admin0@example.com");
    kim.wait_until("the entry of the create", |screen| screen.lines().any(is_entry));
    root.send("D");
    root.wait("Type the email to remove it:");
    root.send(&format!("{}{ENTER}", KIM.to_uppercase()));
    root.wait("Case matters");
    root.send(&format!("{CTRL_U}{KIM}{ENTER}"));
    root.wait("Operators  1");
    kim.wait("Your session was ended");
    kim.send(&format!("night shift{ENTER}"));
    kim.wait("Email or password is wrong.");
    root.send("q");
    root.wait("Organizations");
    root.send("qy");
    assert_eq!(root.exit_code(), 0);
    root.assert_restored();
}

#[test]
fn the_own_password_and_signing_out_everywhere() {
    let home = Home::embedded().with_operator();
    let mut console = home.console();
    console.send(":account\r");
    console.wait("Your account");
    console.send(&format!("{TAB}night shift{TAB}night shift{TAB}{PASSWORD}{ENTER}"));
    console.wait("was changed");
    console.send(&format!("night shift{ENTER}"));
    console.wait("No organization yet.");
    let mut elsewhere = home.terminal().start();
    sign_in_with(&mut elsewhere, ROOT, "night shift");
    elsewhere.wait("No organization yet.");
    console.send(":everywhere\r");
    console.wait("You are signed out, here and everywhere else.");
    elsewhere.wait("Your session was ended");
    console.send(CTRL_C);
    assert_eq!(console.exit_code(), 0);
    console.assert_restored();
}
