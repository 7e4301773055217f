//! A small disk that can be filled: in memory, mounted where only the test sees it. Where nothing can be mounted, a
//! limit on the file size replaces it, and the test says so: SQLite then gets another error of the system, at about
//! the same points.

use std::cell::Cell;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// How large the disk is.
const SIZE: &str = "1m";
/// Where the programs of the system are.
const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";

enum Way {
    /// Plainly, as root.
    Mounted,
    /// In namespaces of users and mounts that this process keeps.
    Namespace(Child),
    /// No disk: no file may become larger than this.
    Limit(Cell<Option<usize>>),
}

pub(crate) struct SmallDisk {
    folder: PathBuf,
    way: Way,
}

impl SmallDisk {
    pub(crate) fn new(folder: &Path) -> Self {
        fs::create_dir_all(folder).unwrap();
        let options = ["-t", "tmpfs", "-o", &format!("size={SIZE},mode=0700"), "tmpfs"];
        let mounted = Command::new("mount").args(options).arg(folder).output();
        let way = if mounted.is_ok_and(|mounted| mounted.status.success()) {
            Way::Mounted
        } else if let Some(keeper) = in_a_namespace(&options.join(" "), folder) {
            Way::Namespace(keeper)
        } else {
            println!("nothing can be mounted here: a limit on the size of files stands in for a full disk");
            Way::Limit(Cell::new(None))
        };
        Self { folder: folder.to_path_buf(), way }
    }

    /// The command where the disk is seen.
    pub(crate) fn inside(&self, command: &Command) -> Command {
        let mut inside = match &self.way {
            Way::Mounted => Command::new(command.get_program()),
            Way::Namespace(keeper) => {
                let mut entered = Command::new("nsenter");
                let target = keeper.id().to_string();
                entered.args(["--preserve-credentials", "--user", "--mount", "--target", &target, "--"]);
                entered.arg(command.get_program());
                entered
            }
            Way::Limit(limit) => {
                let bytes = limit.get().map_or("unlimited".to_owned(), |bytes| bytes.to_string());
                let mut limited = Command::new("sh");
                // Ignored, the signal leaves an error of the write.
                limited.args(["-c", "trap '' XFSZ; exec prlimit --fsize=\"$0\":unlimited -- \"$@\"", &bytes]);
                limited.arg(command.get_program());
                limited
            }
        };
        inside.args(command.get_args()).env_clear();
        for (name, value) in command.get_envs() {
            inside.env(name, value.unwrap());
        }
        if let Some(folder) = command.get_current_dir() {
            inside.current_dir(folder);
        }
        inside.env("PATH", PATH);
        inside
    }

    /// Fills the disk except for this many bytes.
    pub(crate) fn fill(&self, left: usize) {
        if let Way::Limit(limit) = &self.way {
            limit.set(Some(left));
        } else {
            self.shell(&format!("cat /dev/zero > filler 2>/dev/null; truncate -s -{left} filler"));
        }
    }

    pub(crate) fn make_room(&self) {
        if let Way::Limit(limit) = &self.way {
            limit.set(None);
        } else {
            self.shell("rm filler");
        }
    }

    /// Runs a shell's words in the folder of the disk.
    fn shell(&self, words: &str) {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("cd \"$1\" && {words}"), "sh"]).arg(&self.folder);
        let done = self.inside(&command).output().unwrap();
        assert!(done.status.success(), "{words}: {}", String::from_utf8_lossy(&done.stderr));
    }
}

/// What keeps namespaces in which the disk is mounted, if there may be some.
fn in_a_namespace(options: &str, folder: &Path) -> Option<Child> {
    let script = format!("mount {options} \"$1\" && echo mounted && exec cat");
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", &script, "sh"]).arg(folder);
    let mut keeper = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    let mut said = String::new();
    let _ = BufReader::new(keeper.stdout.as_mut().unwrap()).read_line(&mut said);
    if said == "mounted\n" {
        return Some(keeper);
    }
    let _ = keeper.kill();
    let _ = keeper.wait();
    None
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        match &mut self.way {
            Way::Mounted => drop(Command::new("umount").arg("--lazy").arg(&self.folder).output()),
            Way::Namespace(keeper) => {
                let _ = keeper.kill();
                let _ = keeper.wait();
            }
            Way::Limit(_) => {}
        }
    }
}
