//! The real binary killed with SIGKILL at random moments of create, rename and delete, on both stores: what was
//! acknowledged is there, what was not is whole or absent, and the next command finds every organization usable.
//!
//! The seed is printed and replays with `TENANTRY_TEST_SEED`; `TENANTRY_TEST_KILLS` says how many (60 without it).
#![expect(clippy::print_stdout, reason = "tests")]

use crate::common::home::{Answer, Home, On, PASSWORD};
use crate::common::random::{Random, number, seed};
use mongodb::Client;
use mongodb::bson::{Document, doc};
use rstest::rstest;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

/// How long a write may be silent, as short as the setting allows.
const LEASE: Duration = Duration::from_secs(2);

/// Waits until the lease of whatever is in work is over; answers how many operations that are. The file leaves none.
fn leases_end(home: &Home) -> u64 {
    let Some(database) = &home.database else { return 0 };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let in_work = runtime.block_on(async {
        let client = Client::with_uri_str(&database.uri).await.unwrap();
        let records = client.database(&database.name).collection::<Document>("organizations");
        let in_work = doc! {"state": {"$in": ["creating", "renaming", "deleting"]}};
        records.count_documents(in_work).await.unwrap()
    });
    if in_work > 0 {
        std::thread::sleep(LEASE + Duration::from_millis(100));
    }
    in_work
}

/// Runs a command and kills it after so long; answers what it printed if it was faster.
fn killed_after(home: &Home, arguments: &[&str], moment: Duration) -> Option<Answer> {
    let mut command = home.command(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(PASSWORD.as_bytes());
    std::thread::sleep(moment);
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    output.status.code().map(|_| Answer::of(output))
}

fn listed(home: &Home) -> BTreeSet<String> {
    let list = home.run(&["org", "list", "--all", "--json"]).json();
    let items = list["items"].as_array().unwrap();
    for item in items {
        assert_eq!(item["state"], "active", "{item}");
    }
    items.iter().map(|item| item["organization_name"].as_str().unwrap().to_owned()).collect()
}

/// What is done to an organization: its name before, none if there is none yet; its name after, none if it goes.
struct Step {
    before: Option<String>,
    after: Option<String>,
}

impl Step {
    fn random(random: &mut Random, names: &BTreeSet<String>, count: u64) -> Self {
        let at = usize::try_from(random.below(1.max(names.len() as u64))).unwrap();
        let (before, new) = (names.iter().nth(at).cloned(), Some(format!("Org {count}")));
        match (random.below(4), before) {
            (1 | 2, Some(name)) => Self { before: Some(name), after: new },
            (3, Some(name)) => Self { before: Some(name), after: None },
            _ => Self { before: None, after: new },
        }
    }

    fn arguments<'a>(&'a self, email: &'a str) -> Vec<&'a str> {
        match (&self.before, &self.after) {
            (None, name) => {
                let name = name.as_deref().unwrap();
                vec!["org", "create", name, "--admin-email", email, "--password-stdin"]
            }
            (Some(name), Some(new)) => vec!["org", "update", name, "--name", new],
            (Some(name), None) => vec!["org", "delete", name, "--confirm", name],
        }
    }

    /// The names after it, done or not.
    fn applied(&self, names: &BTreeSet<String>, is_done: bool) -> BTreeSet<String> {
        let mut names = names.clone();
        if is_done {
            names.retain(|name| self.before.as_ref() != Some(name));
            names.extend(self.after.clone());
        }
        names
    }
}

#[rstest]
fn killed_at_random_moments(#[values(On::Embedded, On::MongoDb)] store: On) {
    let seed = seed();
    let kills = number("TENANTRY_TEST_KILLS").unwrap_or(60);
    println!("TENANTRY_TEST_SEED={seed}, {store:?}");
    let mut random = Random::new(seed);
    let home = Home::signed_in_on(store);
    fs::write(home.folder.path().join(".env"), format!("LEASE_SECONDS={}\n", LEASE.as_secs())).unwrap();
    let mut names = BTreeSet::new();
    let (mut interrupted, mut in_work, mut done_all_the_same, mut count) = (0, 0, 0, 0);
    while interrupted < kills {
        count += 1;
        let step = Step::random(&mut random, &names, count);
        let email = format!("a{count}@x");
        let arguments = step.arguments(&email);
        // Hashing a password takes most of a create, connecting much of everything on a server.
        let hashing = if step.before.is_none() { 85_000 } else { 0 };
        let longest = hashing + if matches!(store, On::Embedded) { 30_000 } else { 90_000 };
        let moment = Duration::from_micros(random.below(longest));
        let answer = killed_after(&home, &arguments, moment);
        in_work += leases_end(&home);
        let listed = listed(&home);
        let (without, with) = (step.applied(&names, false), step.applied(&names, true));
        if let Some(answer) = answer {
            assert_eq!(answer.code, 0, "{arguments:?}: {}", answer.stderr);
            assert_eq!(listed, with, "seed {seed}: {arguments:?} was acknowledged");
        } else {
            interrupted += 1;
            done_all_the_same += u64::from(listed == with);
            assert!(listed == with || listed == without, "seed {seed}: {arguments:?} left {listed:?}");
        }
        names = listed;
    }
    let doctor = home.run(&["doctor"]);
    assert_eq!(doctor.code, 0, "seed {seed}: {}{}", doctor.stdout, doctor.stderr);
    // Every one that is left can be used and goes.
    for name in &names {
        let deleted: Value = home.run(&["org", "delete", name, "--confirm", name, "--json"]).json();
        assert_eq!(deleted["deleted"], true);
    }
    println!(
        "{interrupted} kills in {count} commands: {in_work} left an operation in work, {done_all_the_same} were done \
         all the same"
    );
}
