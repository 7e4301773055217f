//! Files and folders that may be read but not written. Root may write everything, so as root the commands run as a user
//! who owns the files and no more.

use super::{Answer, Home, PASSWORD, assert_unusable};
use assert_cmd::cargo::cargo_bin;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

/// Nobody.
const USER: u32 = 65_534;

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn give(path: &Path) {
    chown(path, Some(USER), None).unwrap();
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give(&entry.unwrap().path());
        }
    }
}

/// A home whose files belong to whom the commands run as.
struct Ground(Home);

impl Ground {
    fn new() -> Self {
        let home = Home::signed_in();
        home.create("Acme", "ann@x").json();
        if rustix::process::geteuid().is_root() {
            // The build folder may be out of that user's reach.
            let binary = home.folder.path().join("tenantry");
            fs::copy(cargo_bin("tenantry"), &binary).unwrap();
            give(home.folder.path());
            set_mode(home.folder.path(), 0o755);
        }
        Self(home)
    }

    fn run(&self, arguments: &[&str]) -> Answer {
        let template = self.0.command(arguments);
        if !rustix::process::geteuid().is_root() {
            return super::home::feed(template, PASSWORD);
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid", &USER.to_string(), "--clear-groups", "--"]);
        command.arg(self.0.folder.path().join("tenantry")).args(arguments).env_clear();
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
fn a_file_that_is_read_only() {
    let ground = Ground::new();
    let file = super::file(&ground.0);
    set_mode(&file, 0o400);
    assert_unusable(&ground.create("New"), &["read-only", "-wal"], "a create");
    let list = ground.run(&["org", "list", "-o", "name"]);
    assert!(list.stdout == "Acme\n" || list.code == 3, "read or refused: {} {}", list.stdout, list.stderr);
    // What SQLite made meanwhile has the file's mode of then; the message names it.
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
fn a_folder_that_is_read_only() {
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
fn a_folder_that_may_not_be_entered() {
    let ground = Ground::new();
    set_mode(&ground.0.data(), 0o000);
    assert_unusable(&ground.run(&["org", "list", "--json"]), &["permission denied"], "a list");
    set_mode(&ground.0.data(), 0o700);
    assert_eq!(ground.run(&["org", "list", "-o", "name"]).stdout, "Acme\n");
}
