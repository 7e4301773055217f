//! A certificate that is renewed while the server runs.

use super::running::{certificate, over_tls};
use crate::common::home::{Home, On};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStderr, Stdio};

/// A server with TLS; it is killed with the test.
struct Serving {
    child: Child,
    lines: Lines<BufReader<ChildStderr>>,
}

impl Serving {
    /// The next line that it writes with this text in it.
    fn says(&mut self, text: &str) -> String {
        let line = self.lines.find_map(|line| line.ok().filter(|line| line.contains(text)));
        line.unwrap_or_else(|| panic!("it ended without {text:?}"))
    }

    fn hang_up(&self) {
        kill_process(Pid::from_child(&self.child), Signal::HUP).unwrap();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn renewed_certificate_is_served_after_a_signal_and_a_broken_one_is_not() {
    let home = Home::signed_in_on(On::Embedded);
    let (path, key) = certificate(&home);
    let old = home.folder.path().join("old.pem");
    fs::copy(&path, &old).unwrap();
    let old = old.to_str().unwrap();
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--tls-cert", &path, "--tls-key", &key];
    let mut command = home.command(&arguments);
    let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut serving = Serving { child, lines };
    let address = serving.says("Listening on https://").rsplit("https://").next().unwrap().to_owned();
    assert!(over_tls(&address, old).contains("\"live\""));
    // A new certificate before its key is there, and what is none.
    let key_of_old = fs::read(&key).unwrap();
    certificate(&home);
    let key_of_new = fs::read(&key).unwrap();
    fs::write(&key, key_of_old).unwrap();
    serving.hang_up();
    assert!(serving.says("kept the certificate").contains(&path));
    fs::write(&key, "nothing").unwrap();
    serving.hang_up();
    assert!(serving.says("kept the certificate").contains(&key));
    assert!(over_tls(&address, old).contains("\"live\""), "the old one is served on");
    assert_eq!(over_tls(&address, &path), "", "the new one is not served yet");
    fs::write(&key, key_of_new).unwrap();
    serving.hang_up();
    serving.says("read the certificate again");
    assert!(over_tls(&address, &path).contains("\"live\""));
    assert_eq!(over_tls(&address, old), "", "the old one is not served any more");
    assert!(serving.child.try_wait().unwrap().is_none());
}

/// As for every program; without TLS there is nothing to read again.
#[test]
fn plain_server_is_ended_by_a_hang_up() {
    let home = Home::signed_in_on(On::Embedded);
    let mut command = home.command(&["serve", "--listen", "127.0.0.1:0"]);
    let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut serving = Serving { child, lines };
    serving.says("Listening on http://");
    serving.hang_up();
    assert!(!serving.child.wait().unwrap().success());
}
