//! The line that says how far a command is: on a terminal alone, and gone at the end.

use crate::common::home::{Home, On};
use crate::common::pty::{Session, Terminal};
use std::path::Path;

/// A store with an organization of some pages of documents, and a folder for exports.
fn acme() -> (Home, tempfile::TempDir) {
    let home = Home::signed_in_on(On::Embedded);
    home.create("Acme", "ann@x").json();
    home.put_documents("org_acme", 3_500);
    (home, tempfile::tempdir().unwrap())
}

/// Runs a command on a terminal, and answers everything that was written to it.
fn on_a_terminal(home: &Path, arguments: &[&str]) -> (Session, String) {
    let mut session = Terminal::new(home).args(arguments).start();
    assert_eq!(session.exit_code(), 0, "{arguments:?}: {}", session.text());
    let written = String::from_utf8(session.bytes()).unwrap();
    (session, written)
}

#[test]
fn a_bar_is_drawn_on_a_terminal_and_is_gone_at_the_end() {
    let (home, folder) = acme();
    let file = folder.path().join("a.tar.gz");
    let path = file.to_str().unwrap();
    let export = ["org", "export", "Acme", "--to", path];
    let (session, written) = on_a_terminal(home.folder.path(), &export);
    let bar = written.split("exporting: ").nth(1).expect("progress");
    assert!(bar.contains(" of 3,500 documents, ") && bar.contains("[=") && bar.contains(" % "), "{bar:?}");
    assert!(!session.text().contains("exporting"), "{}", session.text());
    assert!(session.text().contains("Exported Acme with 3,500 documents"), "{}", session.text());

    let password = home.folder.path().join("password");
    std::fs::write(&password, "correct horse").unwrap();
    std::fs::set_permissions(&password, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let import = ["org", "import", path, "--name", "Acme Two", "--admin-email", "two@x", "--password-file"];
    let import = [&import[..], &[password.to_str().unwrap()]].concat();
    let (session, written) = on_a_terminal(home.folder.path(), &import);
    assert!(written.contains("importing: ") && written.contains(" of 3,500 documents"), "{written:?}");
    assert!(!session.text().contains("importing"), "{}", session.text());

    // More than a page, so that something is told between two of them.
    home.seed(1_200);
    let (session, written) = on_a_terminal(home.folder.path(), &["org", "top"]);
    assert!(written.contains("reading sizes: "), "{written:?}");
    assert!(!session.text().contains("reading"), "{}", session.text());
}

#[test]
fn no_bar_is_drawn_when_quiet_for_json_or_in_a_pipe() {
    let (home, folder) = acme();
    let file = folder.path().join("a.tar.gz");
    let path = file.to_str().unwrap();
    for more in [&["-q"][..], &["-o", "json"], &["--json"]] {
        let export = [&["org", "export", "Acme", "--force", "--to", path], more].concat();
        let (_, written) = on_a_terminal(home.folder.path(), &export);
        assert!(!written.contains("exporting") && !written.contains("\u{1b}[K"), "{more:?}: {written:?}");
    }
    let piped = home.run(&["org", "export", "Acme", "--force", "--to", path]);
    assert_eq!((piped.code, piped.stderr.as_str()), (0, ""));
}
