//! The real binary is killed with SIGKILL at random moments of every operation on an organization, on both stores:
//! acknowledged writes are kept, others are complete or absent, and the next command can use every organization.
//!
//! The seed is printed and replays with `TENANTRY_TEST_SEED`; `TENANTRY_TEST_KILLS` says how many (40 without it).
#![expect(clippy::print_stdout, reason = "tests")]

use crate::common::archive::archive;
use crate::common::home::{Answer, Home, On, PASSWORD};
use crate::common::proxy::Proxy;
use crate::common::random::{Random, number, seed};
use crate::common::sound::leases_end;
use mongodb::Client;
use mongodb::bson::{Document, rawdoc};
use rstest::rstest;
use std::collections::BTreeMap;
use std::io::Write;
use std::process::Stdio;
use std::time::Duration;
use tenantry::domain::CollectionMetadata;
use tokio::runtime::{Builder, Runtime};

/// The state of every organization by its name; no name comes twice.
pub(crate) type Standings = BTreeMap<String, String>;

/// The lease of whatever is in work is over; answers how many operations that are: in the file, imports only.
pub(crate) fn age_leases(home: &Home) -> u64 {
    let Some(database) = &home.database else {
        let sql = "UPDATE collections SET importing_until = 1 WHERE importing_until > 0";
        return home.file().execute(sql, []).unwrap() as u64;
    };
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = Client::with_uri_str(&database.uri).await.unwrap();
        leases_end(&client.database(&database.name), Document::new()).await
    })
}

/// The way to a server for what is killed: its last commands have arrived before anybody looks. The file needs none.
pub(crate) struct Way {
    proxy: Proxy,
    /// The proxy lives in it.
    runtime: Runtime,
}

impl Way {
    pub(crate) fn to(home: &Home) -> Option<Self> {
        let database = home.database.as_ref()?;
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let proxy = runtime.block_on(Proxy::start(&database.uri));
        Some(Self { proxy, runtime })
    }

    pub(crate) fn uri(&self) -> &str {
        self.proxy.uri()
    }

    /// Waits for the last commands.
    pub(crate) fn settle(&self) {
        self.runtime.block_on(self.proxy.alone());
    }
}

/// Where commands run: an archive of three documents and an index.
const ARCHIVE: &str = "a.tar.gz";

/// Writes it.
fn put_archive(home: &Home) {
    let documents: Vec<_> = ["a", "b", "c"].iter().map(|id| rawdoc! {"_id": *id, "n": 1}).collect();
    let index = rawdoc! {"v": 2, "key": {"n": 1}, "name": "n_1"};
    let metadata = CollectionMetadata { indexes: vec![index], ..CollectionMetadata::default() };
    archive(&home.folder.path().join(ARCHIVE), &documents, metadata);
}

/// An organization from the archive has all of it.
fn assert_imported(home: &Home, name: &str, when: &str) {
    let shown = home.run(&["org", "get", name, "--json"]).json();
    assert_eq!(shown["documents"], 3, "{when}: {shown}");
    let stored = shown["indexes"].as_array().unwrap();
    assert!(stored.iter().any(|index| index["name"] == "n_1"), "{when}: {shown}");
}

/// Runs a command and kills it after this time; returns its output if it was faster.
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

/// All organizations, in the trash and outside. Every name that a command shows can be used, so that the next command
/// recovers what a killed one left.
pub(crate) fn standings(home: &Home) -> Standings {
    let mut standings = Standings::new();
    let all = || {
        let of_trash = ["org", "list", "--state", "deleted", "--all", "--json"];
        [&["org", "list", "--all", "--json"][..], &of_trash[..]].map(|list| home.run(list).json())
    };
    let items = |list: &serde_json::Value| list["items"].as_array().unwrap().clone();
    let is_in_work = |item: &serde_json::Value| {
        !["active", "suspended", "deleted"].contains(&item["state"].as_str().unwrap())
    };
    for item in all().iter().flat_map(items).filter(|item| is_in_work(item)) {
        let id = item["organization_id"].as_str().unwrap();
        home.run(&["org", "get", "--id", id, "--json"]);
    }
    for item in all().iter().flat_map(items) {
        assert!(!is_in_work(&item), "whoever meets it recovers it: {item}");
        let text = |field: &str| item[field].as_str().unwrap().to_owned();
        assert_eq!(standings.insert(text("organization_name"), text("state")), None, "{item}");
    }
    standings
}

/// What is done: the arguments, and the name and state that it takes away and that it gives.
struct Step {
    arguments: Vec<String>,
    before: Option<String>,
    after: Option<(String, &'static str)>,
}

impl Step {
    fn random(random: &mut Random, now: &Standings, count: u64) -> Self {
        let new = format!("Org {count}");
        let at = usize::try_from(random.below(1.max(now.len() as u64))).unwrap();
        let (what, one) = (random.below(8), now.iter().nth(at));
        let (words, before, after): (Vec<&str>, _, _) = if let Some((name, state)) = one.filter(|_| what >= 2)
        {
            let is_suspended = state == "suspended";
            let kept = if is_suspended { "suspended" } else { "active" };
            let (words, after): (Vec<&str>, _) = match (what, state == "deleted") {
                // An organization that was suspended and then deleted: the list does not show the suspension.
                (2 | 3, true) => (vec!["restore", name, "--name", &new], Some((new.clone(), "active"))),
                (_, true) => (vec!["purge", name, "--confirm", name], None),
                (2 | 3, false) => (vec!["update", name, "--name", &new], Some((new.clone(), kept))),
                (4, _) if is_suspended => (vec!["resume", name], Some((name.clone(), "active"))),
                (4, _) => (vec!["suspend", name, "--reason", "unpaid"], Some((name.clone(), "suspended"))),
                (5, _) => (vec!["delete", name, "--confirm", name, "--now"], None),
                (_, _) if is_suspended => (vec!["resume", name], Some((name.clone(), "active"))),
                (_, _) => (vec!["delete", name, "--confirm", name], Some((name.clone(), "deleted"))),
            };
            (words, Some(name.clone()), after)
        } else {
            let words = if random.below(2) == 0 {
                vec!["create", &new, "--admin-email", "EMAIL", "--password-stdin"]
            } else {
                vec!["import", ARCHIVE, "--name", &new, "--admin-email", "EMAIL", "--password-stdin"]
            };
            (words, None, Some((new.clone(), "active")))
        };
        let email = format!("a{count}@x");
        let words = words.into_iter().map(|word| if word == "EMAIL" { &email } else { word }.to_owned());
        Self { arguments: ["org".to_owned()].into_iter().chain(words).collect(), before, after }
    }

    /// What there is once it is done.
    fn done(&self, now: &Standings) -> Standings {
        let mut after = now.clone();
        if let Some(name) = &self.before {
            after.remove(name);
        }
        after.extend(self.after.clone().map(|(name, state)| (name, state.to_owned())));
        after
    }
}

#[rstest]
fn process_killed_at_random_moments_loses_nothing(#[values(On::Embedded, On::MongoDb)] store: On) {
    let seed = seed();
    let kills = number("TENANTRY_TEST_KILLS").unwrap_or(40);
    println!("TENANTRY_TEST_SEED={seed}, {store:?}");
    let mut random = Random::new(seed);
    let mut home = Home::on(store);
    let way = Way::to(&home);
    home.way = way.as_ref().map(|way| way.uri().to_owned());
    home.sign_in_first();
    put_archive(&home);
    let mut now = Standings::new();
    let (mut interrupted, mut in_work, mut done_all_the_same, mut count) = (0, 0, 0, 0);
    while interrupted < kills {
        count += 1;
        let step = Step::random(&mut random, &now, count);
        let arguments: Vec<&str> = step.arguments.iter().map(String::as_str).collect();
        // Hashing a password takes most of a create, connecting much of everything on a server.
        let hashing = if step.before.is_none() { 85_000 } else { 0 };
        let longest = hashing + if matches!(store, On::Embedded) { 30_000 } else { 90_000 };
        let moment = Duration::from_micros(random.below(longest));
        let answer = killed_after(&home, &arguments, moment);
        if let Some(way) = &way {
            way.settle();
        }
        in_work += age_leases(&home);
        let (with, there) = (step.done(&now), standings(&home));
        if let Some(answer) = answer {
            assert_eq!(answer.code, 0, "{arguments:?}: {}", answer.stderr);
            assert_eq!(there, with, "seed {seed}: {arguments:?} was acknowledged");
        } else {
            interrupted += 1;
            done_all_the_same += u64::from(there == with);
            assert!(there == with || there == now, "seed {seed}: {arguments:?} left {there:?} of {now:?}");
        }
        if let (Some((name, _)), true) = (&step.after, arguments.contains(&ARCHIVE) && there == with) {
            assert_imported(&home, name, &format!("seed {seed}"));
        }
        now = there;
    }
    let doctor = home.run(&["doctor"]);
    assert_eq!(doctor.code, 0, "seed {seed}: {}{}", doctor.stdout, doctor.stderr);
    assert!(!doctor.stdout.contains("tenantry_new_"), "seed {seed}: {}", doctor.stdout);
    // Every remaining organization can be used and deleted.
    for (name, state) in &now {
        let end = if state == "deleted" { vec!["org", "purge"] } else { vec!["org", "delete", "--now"] };
        home.run(&[&end[..], &[name, "--confirm", name, "--json"]].concat()).json();
    }
    assert_eq!(standings(&home), Standings::new(), "seed {seed}");
    println!(
        "{interrupted} kills in {count} commands: {in_work} left an operation in work, {done_all_the_same} were done \
         all the same"
    );
}
