//! A disk that is full: a small one in memory, mounted where only this test sees it.

use super::{Answer, Home, PASSWORD, assert_unusable};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How large the disk is.
const SIZE: &str = "1m";

/// A small disk. As root it is mounted plainly, else in a namespace of the user's own.
struct SmallDisk {
    folder: PathBuf,
    /// What keeps the namespace; none when it is mounted plainly.
    keeper: Option<std::process::Child>,
}

impl SmallDisk {
    /// Without any way to have one the test fails: it never passes by doing nothing.
    fn new(folder: &Path) -> Self {
        fs::create_dir_all(folder).unwrap();
        let options = ["-t", "tmpfs", "-o", &format!("size={SIZE},mode=0700"), "tmpfs"];
        let mounted = Command::new("mount").args(options).arg(folder).output().unwrap();
        if mounted.status.success() {
            return Self { folder: folder.to_path_buf(), keeper: None };
        }
        let script = format!("mount {} \"$1\" && echo mounted && exec cat", options.join(" "));
        let mut keeper = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", &script, "sh"])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let stdout = keeper.stdout.as_mut().unwrap();
        let _ = std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut said);
        assert_eq!(
            said,
            "mounted\n",
            "a full disk wants `mount` as root, or namespaces of users (`unshare --user --mount`); mount said: {}",
            String::from_utf8_lossy(&mounted.stderr)
        );
        Self { folder: folder.to_path_buf(), keeper: Some(keeper) }
    }

    /// The command where the disk is seen.
    fn inside(&self, command: &Command) -> Command {
        let mut inside = match &self.keeper {
            None => Command::new(command.get_program()),
            Some(keeper) => {
                let mut entered = Command::new("nsenter");
                let target = keeper.id().to_string();
                entered.args(["--preserve-credentials", "--user", "--mount", "--target", &target, "--"]);
                entered.arg(command.get_program());
                entered
            }
        };
        inside.args(command.get_args()).env_clear();
        for (name, value) in command.get_envs() {
            inside.env(name, value.unwrap());
        }
        if let Some(folder) = command.get_current_dir() {
            inside.current_dir(folder);
        }
        inside.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        inside
    }

    /// Runs a shell's words in the folder of the disk.
    fn shell(&self, words: &str) {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("cd \"$1\" && {words}"), "sh"]).arg(&self.folder);
        let done = self.inside(&command).output().unwrap();
        assert!(done.status.success(), "{words}: {}", String::from_utf8_lossy(&done.stderr));
    }

    /// Takes all the room that is left, but for so many bytes.
    fn fill(&self, left: usize) {
        let words = format!("cat /dev/zero > filler 2>/dev/null; truncate -s -{left} filler; sync filler");
        self.shell(&words);
    }

    fn make_room(&self) {
        self.shell("rm filler");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        match &mut self.keeper {
            None => drop(Command::new("umount").arg("--lazy").arg(&self.folder).output()),
            Some(keeper) => {
                let _ = keeper.kill();
                let _ = keeper.wait();
            }
        }
    }
}

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
fn a_full_disk_is_said_loses_nothing_and_is_over_when_there_is_room() {
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
        // A rename wants less room, and may still be done.
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

/// While the disk is full what is there can be read, and organizations can be deleted once there is a little room.
#[test]
fn a_full_disk_can_be_read() {
    let ground = Ground::new();
    ground.create("Acme").json();
    ground.disk.fill(0);
    let list = ground.run(&["org", "list", "--json"]);
    assert!(
        list.code == 0 || list.code_word() == (3, "store_unusable".to_owned()),
        "{}: {}",
        list.code,
        list.stderr
    );
    println!("reading on a full disk: exit {}; {}", list.code, list.stderr.trim());
    if list.code != 0 {
        assert_unusable(&list, &["full", "Make room"], "a list");
    }
    ground.disk.make_room();
    assert_eq!(ground.names(), ["Acme"]);
}

/// No room for the first file: nothing half-made stays that would be in the way later.
#[test]
fn a_store_that_cannot_be_made_for_want_of_room_can_be_made_later() {
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
            assert!(answer.stderr.contains("Make room"), "{left}: {}", answer.stderr);
            assert_eq!(again.code, 0, "{left}: {}", again.stderr);
        }
    }
}
