//! A disk that is full.

use super::small_disk::SmallDisk;
use super::{Answer, Home, PASSWORD, assert_unusable};

struct Ground {
    disk: SmallDisk,
    home: Home,
}

impl Ground {
    fn new() -> Self {
        let home = Home::new();
        let ground = Self { disk: SmallDisk::new(&home.data()), home };
        for command in ["init", "login"] {
            let arguments = [command, "--email", "root@example.com", "--password-stdin"];
            assert_eq!(ground.run(&arguments).code, 0);
        }
        ground
    }

    fn run(&self, arguments: &[&str]) -> Answer {
        super::home::feed(self.disk.inside(&self.home.command(arguments)), PASSWORD)
    }

    fn create(&self, name: &str) -> Answer {
        let email = format!("{name}@x");
        self.run(&["org", "create", name, "--admin-email", &email, "--password-stdin", "--json"])
    }

    fn names(&self) -> Vec<String> {
        let list = self.run(&["org", "list", "--all", "-o", "name"]);
        assert_eq!((list.code, list.stderr.as_str()), (0, ""));
        list.stdout.lines().map(str::to_owned).collect()
    }
}

#[test]
fn full_disk_is_reported_loses_nothing_and_recovers() {
    let ground = Ground::new();
    let mut acknowledged = vec!["before".to_owned()];
    ground.create("before").json();
    // Different room is left each time, so that it runs out at different writes; a page has 4 kB.
    for (round, left) in [0, 8_192, 40_960, 100_000].into_iter().enumerate() {
        ground.disk.fill(left);
        let mut refused = None;
        for number in 0..100 {
            let name = format!("round{round}-{number}");
            let answer = ground.create(&name);
            if answer.code != 0 {
                refused = Some(answer);
                break;
            }
            acknowledged.push(name);
        }
        let refused = refused.unwrap_or_else(|| panic!("{left} bytes were left and never ran out"));
        println!("{left} bytes left: {} acknowledged; {}", acknowledged.len(), refused.stderr.trim());
        assert_unusable(&refused, &["full", "Make room"], "a create");
        // A rename needs less room, and may still succeed.
        let (name, other) = (format!("round{round}"), format!("round{round} renamed"));
        let known = acknowledged.last_mut().unwrap();
        let renamed = ground.run(&["org", "update", known, "--name", &other, "--json"]);
        if renamed.code == 0 {
            *known = other;
        } else {
            assert_unusable(&renamed, &["full", "Make room"], "a rename");
        }
        acknowledged.sort();
        ground.disk.make_room();
        assert_eq!(ground.names(), acknowledged);
        ground.create(&name).json();
        acknowledged.push(name);
    }
}

/// A read needs a little room too, for -shm beside the file: it succeeds, or reports the same.
#[test]
fn reads_work_on_a_full_disk() {
    let ground = Ground::new();
    ground.create("Acme").json();
    ground.disk.fill(0);
    let list = ground.run(&["org", "list", "--json"]);
    println!("reading on a full disk: exit {}; {}", list.code, list.stderr.trim());
    if list.code != 0 {
        assert_unusable(&list, &["full", "Make room"], "a list");
    }
    ground.disk.make_room();
    assert_eq!(ground.names(), ["Acme"]);
}

/// No room for the first file: nothing half-made stays that would be in the way later.
#[test]
fn store_that_did_not_fit_can_be_created_later() {
    for left in [0, 4_096, 65_536, 150_000] {
        let home = Home::new();
        let disk = SmallDisk::new(&home.data());
        disk.fill(left);
        let init = ["init", "--email", "root@example.com", "--password-stdin", "--json"];
        let answer = super::home::feed(disk.inside(&home.command(&init)), PASSWORD);
        println!("{left} bytes left: exit {}; {}", answer.code, answer.stderr.trim());
        disk.make_room();
        let again = super::home::feed(disk.inside(&home.command(&init)), PASSWORD);
        if answer.code == 0 {
            assert_eq!(again.code_word(), (6, "already_initialized".to_owned()), "{left}");
        } else {
            let refused = answer.code_word();
            assert_eq!(refused, (3, "store_unusable".to_owned()), "{left}: {}", answer.stderr);
            let is_told = ["Make room", "a limit on the size of files"]
                .iter()
                .any(|words| answer.stderr.contains(words));
            assert!(is_told, "{left}: {}", answer.stderr);
            assert_eq!(again.code, 0, "{left}: {}", again.stderr);
        }
    }
}
