//! The user's editor in the terminal of the console: what it gets, what it sees, and what is left of it.

use super::*;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;

/// A home with a document, and a script as its editor.
struct Edit {
    home: Home,
    runtime: PathBuf,
}

impl Edit {
    fn with(script: &str) -> Self {
        let home = Home::embedded().with_operator().with_organizations(&["Acme"]);
        let mut insert = home.command(&["doc", "insert", "Acme"]);
        let mut insert = insert.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        insert.stdin.take().unwrap().write_all(b"{\"_id\":1,\"n\":10}\n{\"_id\":2,\"n\":20}\n").unwrap();
        assert!(insert.wait().unwrap().success());
        let editor = home.folder.path().join("my editor");
        fs::write(&editor, format!("#!/bin/sh\n{script}")).unwrap();
        fs::set_permissions(&editor, PermissionsExt::from_mode(0o700)).unwrap();
        let runtime = home.folder.path().join("runtime");
        fs::create_dir(&runtime).unwrap();
        fs::set_permissions(&runtime, PermissionsExt::from_mode(0o700)).unwrap();
        Self { home, runtime }
    }

    fn terminal(&self) -> Terminal<'_> {
        let visual = format!("'{}/my editor' -x", self.home.folder.path().display());
        let runtime = self.runtime.to_str().unwrap();
        self.home.terminal().env("VISUAL", &visual).env("XDG_RUNTIME_DIR", runtime).env("A_SECRET", "canary")
    }

    /// On the documents.
    fn console(&self) -> Session {
        on_documents(Home::signed_in(self.terminal().start()))
    }

    /// What the script wrote into a file of the home.
    fn told(&self, name: &str) -> String {
        fs::read_to_string(self.home.folder.path().join(name)).unwrap()
    }

    /// The script waits for this file.
    fn let_go(&self) {
        fs::write(self.home.folder.path().join("go"), "").unwrap();
    }

    fn documents(&self) -> String {
        self.home.run(&["doc", "list", "Acme", "-o", "json"])
    }

    /// The folders of edits that are there.
    fn folders(&self) -> usize {
        fs::read_dir(self.runtime.join("tenantry")).unwrap().count()
    }
}

fn on_documents(mut console: Session) -> Session {
    console.wait("Acme");
    console.send(ENTER);
    console.wait("org_acme");
    console.send("2");
    console.wait("2 documents");
    console.wait("1 of 2");
    console
}

/// Waits for a file that the test makes, so that no key is read before.
const WAIT: &str = "until [ -e \"$HOME/go\" ]; do sleep 0.02; done\n";

#[test]
fn v12_the_editor_gets_the_terminal_every_key_and_nothing_that_is_secret() {
    let script = format!(
        "env | sort > \"$HOME/seen\"\n\
         echo \"$1 $(basename \"$2\") $(pwd)\" > \"$HOME/arguments\"\n\
         ls -ld . \"$2\" | cut -c 1-10 > \"$HOME/modes\"\n\
         test -t 0 && test -t 1 && test -t 2 && stty -a | grep -o ' icanon' > \"$HOME/terminal\"\n\
         touch .document.json.swp document.json~\n\
         echo editor-ready\n\
         {WAIT}\
         read line\n\
         echo \"$line\" > \"$HOME/line\"\n\
         sed 's/10/11/' \"$2\" > new && mv new \"$2\"\n"
    );
    let edit = Edit::with(&script);
    let mut console = edit.console();
    console.send("e");
    console.wait("editor-ready");
    assert!(!console.is_on_alternate_screen() && !console.pastes_are_bracketed());
    console.send("jD1");
    edit.let_go();
    console.send("x\r");
    console.wait("Document 1 is saved.");
    console.wait("1 of 2");
    assert!(!console.text().contains("Type 1"), "no key was the console's");
    assert_eq!(edit.told("line"), "jD1x\n");
    let seen = edit.told("seen");
    let names: Vec<&str> = seen.lines().filter_map(|line| line.split('=').next()).collect();
    // The last three are the shell's own.
    let allowed = ["HOME", "LANG", "PATH", "SHELL", "TERM", "XDG_RUNTIME_DIR", "PWD", "OLDPWD", "_"];
    assert!(names.len() >= 5 && names.iter().all(|name| allowed.contains(name)), "{names:?}");
    assert_eq!(edit.told("modes"), "drwx------\n-rw-------\n");
    assert_eq!(edit.told("terminal"), " icanon\n");
    let arguments = edit.told("arguments");
    let folder = format!("-x document.json {}/tenantry/edit-", edit.runtime.display());
    assert!(arguments.starts_with(&folder), "{arguments}");
    assert_eq!(edit.folders(), 0, "swap and backup files are removed with it");
    assert!(edit.documents().contains("\"n\":11"), "{}", edit.documents());
    console.send("j");
    console.wait("2 of 2");
    console.send("q");
    console.wait("Organizations");
    console.send("qy");
    assert_eq!(console.exit_code(), 0);
    console.assert_restored();
}

#[test]
fn v5_a_killed_editor_leaves_its_text_and_a_terminal_that_is_mended() {
    let edit = Edit::with(
        "sed -i 's/10/11/' \"$2\"\nstty raw -echo\nprintf '\\033[?1049h\\033[?1002h\\033[?2004h'\nkill -9 $$\n",
    );
    let mut console = edit.console();
    console.send("e");
    console.wait("The editor ended with signal 9, but the text was changed.");
    assert!(edit.documents().contains("\"n\":10"));
    console.send("y");
    console.wait("Document 1 is saved.");
    assert!(edit.documents().contains("\"n\":11"));
    console.send("q");
    console.wait("Organizations");
    console.send("qy");
    assert_eq!(console.exit_code(), 0);
    console.assert_restored();
}

#[test]
fn v11_a_stop_in_the_editor_stops_both_and_fg_brings_the_editor_back() {
    let script =
        format!("echo editor-ready\n{WAIT}echo editor-again\nread line\nsed -i \"s/10/$line/\" \"$2\"\n");
    let edit = Edit::with(&script);
    let mut command = CommandBuilder::new("bash");
    command.args(["--norc", "-i"]);
    let mut shell = edit.terminal().start_command(command);
    shell.send("PS1='ready> '\r");
    shell.wait("\nready> ");
    shell.send(&format!("{}\r", binary()));
    let mut shell = on_documents(Home::signed_in(shell));
    shell.send("e");
    shell.wait("editor-ready");
    shell.send("\u{1a}");
    shell.wait("Stopped");
    shell.send("echo a-$((1 + 1))\r");
    shell.wait("a-2");
    shell.send("fg\r");
    edit.let_go();
    shell.wait("editor-again");
    shell.send("12\r");
    shell.wait("Document 1 is saved.");
    assert!(edit.documents().contains("\"n\":12"));
    shell.send("q");
    shell.wait("Organizations");
    shell.send("qy");
    Home::at_the_prompt(&shell);
    shell.assert_left();
}

#[test]
fn v11_a_signal_ends_console_and_editor() {
    // A trap runs at once in a wait; and what is waited for does not keep the terminal open.
    let edit = Edit::with(
        "sleep 100 </dev/null >/dev/null 2>&1 &\n\
         trap 'echo interrupted' INT\n\
         trap 'echo told > \"$HOME/told\"; kill $!; exit 1' TERM\n\
         echo editor-ready\n\
         while :; do wait $!; done\n",
    );
    let mut console = edit.console();
    console.send("e");
    console.wait("editor-ready");
    console.send(CTRL_C);
    console.wait("interrupted");
    console.resize(100, 30);
    console.signal("TERM");
    assert_eq!(console.exit_code(), 143);
    assert_eq!(edit.told("told"), "told\n");
    assert_eq!(edit.folders(), 1, "what an editor saves in time is not thrown away");
    console.assert_restored();
}

#[test]
fn v11_what_a_killed_console_left_is_removed_at_the_next_start_and_no_sooner() {
    let edit = Edit::with(&format!("echo editor-ready\n{WAIT}sed -i 's/10/11/' \"$2\"\n"));
    let (mut one, mut other) = (edit.console(), edit.console());
    one.send("e");
    one.wait("editor-ready");
    other.send("e");
    other.wait("editor-ready");
    one.signal("KILL");
    one.exit_code();
    assert_eq!(edit.folders(), 2);
    let next = edit.terminal().start();
    next.wait("Sign in");
    assert_eq!(edit.folders(), 1, "the other one is in use");
    edit.let_go();
    other.wait("Document 1 is saved.");
    assert_eq!(edit.folders(), 0);
}
