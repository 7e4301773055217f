//! Harm to the embedded store: two processes that write at the same time, a full disk, files that are damaged, cut,
//! missing or not writable. Each time the error says what to do, no acknowledged write is lost silently, and the store
//! works again after the repair. Kills are in `kills.rs`.
#![expect(clippy::print_stdout, reason = "what was met is worth knowing")]

mod at_once;
mod clock;
mod console;
mod damage;
mod full;
mod limits;
mod log_file;
mod manipulated;
mod old_keys;
mod old_version;
mod replaced;
mod restore;
mod rights;
pub(crate) mod small_disk;

use crate::common::home::{self, Answer, Home, PASSWORD};
use crate::common::suite;
use std::path::PathBuf;
use tenantry::domain::DatabaseName;
use tenantry::store::embedded::EmbeddedStore;

/// The file of a home's store.
fn file(home: &Home) -> PathBuf {
    home.data().join("tenantry.db")
}

/// Organizations that are created quickly, without hashing passwords.
fn fill(home: &Home, count: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = EmbeddedStore::new(&home.data(), &DatabaseName::default());
        for number in 0..count {
            let email = format!("admin{number}@example.com");
            suite::create(&store, &format!("Org {number}"), &email).await.unwrap();
        }
    });
}

/// The names that the store has.
fn names(home: &Home) -> Vec<String> {
    let list = home.run(&["org", "list", "--all", "-o", "name"]);
    assert_eq!((list.code, list.stderr.as_str()), (0, ""));
    list.stdout.lines().map(str::to_owned).collect()
}

/// That a command was refused because of the store, in words that name the file and contain others.
fn assert_unusable(answer: &Answer, words: &[&str], when: &str) {
    assert_eq!(answer.code_word(), (3, "store_unusable".to_owned()), "{when}: {}", answer.stderr);
    let error = answer.error();
    let message = error["message"].as_str().unwrap();
    for word in ["tenantry.db"].iter().chain(words) {
        assert!(message.contains(word), "{when}: {word:?} is not in {message:?}");
    }
    assert_eq!(error["retryable"], false, "{when}");
}
