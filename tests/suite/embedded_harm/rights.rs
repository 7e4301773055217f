//! Files and folders that can be read but not written. Root can write everything, so as root the commands run as a
//! user who only owns the files.

use super::{Answer, Home, PASSWORD, assert_unusable};
use assert_cmd::cargo::cargo_bin;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

/// The user nobody, and one whose number of processes is limited.
const USER: u32 = 65_534;
const COUNTED_USER: u32 = 65_533;

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn give(path: &Path, user: u32) {
    chown(path, Some(user), None).unwrap();
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give(&entry.unwrap().path(), user);
        }
    }
}

/// A home whose files belong to whom the commands run as.
struct Ground(Home, u32);

impl Ground {
    fn new() -> Self {
        Self::of(USER)
    }

    fn of(user: u32) -> Self {
        let home = Home::signed_in();
        home.create("Acme", "ann@x").json();
        if rustix::process::geteuid().is_root() {
            // The build folder may be out of that user's reach.
            let binary = home.folder.path().join("tenantry");
            fs::copy(cargo_bin("tenantry"), &binary).unwrap();
            give(home.folder.path(), user);
            set_mode(home.folder.path(), 0o755);
        }
        Self(home, user)
    }

    fn run(&self, arguments: &[&str]) -> Answer {
        self.run_behind(&[], arguments)
    }

    /// Behind a program that sets a limit.
    fn run_behind(&self, before: &[&str], arguments: &[&str]) -> Answer {
        let template = self.0.command(arguments);
        let is_root = rustix::process::geteuid().is_root();
        if !is_root && before.is_empty() {
            return super::home::feed(template, PASSWORD);
        }
        let user = self.1.to_string();
        let mut words =
            if is_root { vec!["setpriv", "--reuid", &user, "--clear-groups", "--"] } else { vec![] };
        words.extend(before);
        let mut command = Command::new(words[0]);
        let copy = self.0.folder.path().join("tenantry");
        command.args(&words[1..]).arg(if is_root { copy } else { cargo_bin("tenantry") });
        command.args(arguments).env_clear();
        for (name, value) in template.get_envs() {
            command.env(name, value.unwrap());
        }
        command.env("PATH", "/usr/bin:/bin").current_dir(self.0.folder.path());
        super::home::feed(command, PASSWORD)
    }

    fn create(&self, name: &str) -> Answer {
        let email = format!("{name}@x");
        self.run(&["org", "create", name, "--admin-email", &email, "--password-stdin", "--json"])
    }
}

#[test]
fn read_only_file_is_reported() {
    let ground = Ground::new();
    let file = super::file(&ground.0);
    set_mode(&file, 0o400);
    assert_unusable(&ground.create("New"), &["read-only", "-wal"], "a create");
    let list = ground.run(&["org", "list", "-o", "name"]);
    assert!(list.stdout == "Acme\n" || list.code == 3, "read or refused: {} {}", list.stdout, list.stderr);
    // Files that SQLite created before have the file's former mode; the message names them.
    for name in ["tenantry.db", "tenantry.db-wal", "tenantry.db-shm"] {
        let path = file.with_file_name(name);
        if path.exists() {
            set_mode(&path, 0o600);
        }
    }
    ground.create("New").json();
    assert_eq!(ground.run(&["org", "list", "-o", "name"]).stdout, "Acme\nNew\n");
}

#[test]
fn read_only_folder_is_reported() {
    let ground = Ground::new();
    set_mode(&ground.0.data(), 0o500);
    let words = assert_told(&ground.create("New"));
    assert_eq!(assert_told(&ground.run(&["org", "list", "--json"])), words, "whatever is asked");
    set_mode(&ground.0.data(), 0o700);
    ground.create("New").json();
    assert_eq!(ground.run(&["org", "list", "-o", "name"]).stdout, "Acme\nNew\n");
}

/// The folder or its rights are named.
fn assert_told(answer: &Answer) -> String {
    assert_unusable(answer, &["folder"], "a folder that cannot be written");
    answer.error()["message"].as_str().unwrap().to_owned()
}

#[test]
fn inaccessible_folder_is_reported() {
    let ground = Ground::new();
    set_mode(&ground.0.data(), 0o000);
    assert_unusable(&ground.run(&["org", "list", "--json"]), &["permission denied"], "a list");
    set_mode(&ground.0.data(), 0o700);
    assert_eq!(ground.run(&["org", "list", "-o", "name"]).stdout, "Acme\n");
}

/// Where no thread is to be had, one does everything: no panic, and no wait without end.
#[test]
fn commands_work_where_no_thread_can_be_started() {
    let ground = Ground::of(COUNTED_USER);
    let run = |arguments: &[&str]| ground.run_behind(&["prlimit", "--nproc=1", "--"], arguments);
    let create = ["org", "create", "New", "--admin-email", "n@x", "--password-stdin", "--json"];
    let created = run(&create);
    assert_eq!((created.code, created.stderr.as_str()), (0, ""));
    let list = run(&["org", "list", "-o", "name"]);
    assert_eq!((list.stdout.as_str(), list.stderr.as_str()), ("Acme\nNew\n", ""));
    let server = ["--json", "whoami"];
    let mut words = vec!["prlimit", "--nproc=1", "--", "env", "MONGO_URI=mongodb://127.0.0.1:1/"];
    words.push("SECRET_KEY=0123456789abcdef0123456789abcdef");
    let refused = ground.run_behind(&words, &server);
    assert!(refused.stderr.contains("No thread can be started"), "{}", refused.stderr);
}
