//! A certificate that is renewed while the server runs.

use super::ground::Serve;
use super::running::{certificate, initialized, over_tls, started};
use crate::common::home::On;
use rustix::process::Signal;
use std::fs;

#[test]
fn renewed_certificate_is_served_after_a_signal_and_a_broken_one_is_not() {
    let home = initialized(On::Embedded);
    let (path, key) = certificate(&home);
    let old = home.folder.path().join("old.pem");
    fs::copy(&path, &old).unwrap();
    let old = old.to_str().unwrap();
    let arguments = ["--listen", "127.0.0.1:0", "--tls-cert", &path, "--tls-key", &key];
    let mut serve = started(&home, &arguments);
    let address = serve.at;
    assert!(over_tls(address, old).contains("\"live\""));
    // A new certificate before its key is there, and what is none.
    let key_of_old = fs::read(&key).unwrap();
    certificate(&home);
    let key_of_new = fs::read(&key).unwrap();
    fs::write(&key, key_of_old).unwrap();
    serve.signal(Signal::HUP);
    assert!(serve.says("kept the certificate").contains(&path));
    fs::write(&key, "nothing").unwrap();
    serve.signal(Signal::HUP);
    assert!(serve.says("kept the certificate").contains(&key));
    assert!(over_tls(address, old).contains("\"live\""), "the old one is served on");
    assert_eq!(over_tls(address, &path), "", "the new one is not served yet");
    fs::write(&key, key_of_new).unwrap();
    serve.signal(Signal::HUP);
    serve.says("read the certificate again");
    assert!(over_tls(address, &path).contains("\"live\""));
    assert_eq!(over_tls(address, old), "", "the old one is not served any more");
    assert!(serve.is_running());
}

/// As for every program; without TLS there is nothing to read again.
#[test]
fn plain_server_is_ended_by_a_hang_up() {
    let home = initialized(On::Embedded);
    let mut serve = Serve::start(&home, &[]);
    serve.signal(Signal::HUP);
    assert!(!serve.ended().success());
}
