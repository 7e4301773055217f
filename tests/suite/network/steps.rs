//! Every command that the operations on organizations send, broken on its way: the command ends by itself, says
//! whether the write may have been begun, and the repeat that it names gives the one outcome.

use super::{Answer, Network, PASSWORD, ended, error, start};
use crate::common::proxy::{Act, Proxy};
use crate::common::suite::{by_id, by_name, create, delete};
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Bson, Document, doc};
use rstest::rstest;
use serde_json::Value;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tenantry::domain::{Finding, Organization, Problem, State};
use tenantry::port::{Doctor, Store};
use tenantry::store::mongo::MongoStore;
use uuid::Uuid;

/// Cases at the same time: nearly all of them wait. More, and the time-outs come before the acts.
const AT_ONCE: usize = 4;
/// Longer than the commands wait (one second for each call).
const LATE: Act = Act::Delay(Duration::from_millis(1_700));
/// Each command gets a lost answer and one of these.
const OTHERS: [Act; 4] = [Act::Silence, Act::HalfClose, Act::Cut, LATE];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Create,
    Rename,
    Suspend,
    Delete,
    Restore,
    Purge,
}

impl Operation {
    fn arguments(self, names: &Names) -> Vec<String> {
        let Names { name, other, email, operation } = names;
        let words: &[&str] = match self {
            Self::Create => &["create", name, "--admin-email", email, "--password-stdin"],
            Self::Rename => &["update", name, "--name", other],
            Self::Suspend => &["suspend", name, "--reason", "unpaid"],
            Self::Delete => &["delete", name, "--confirm", name],
            Self::Restore => &["restore", name, "--name", other],
            Self::Purge => &["purge", name, "--confirm", name],
        };
        let end = ["--json", "--operation-id", operation];
        ["org"].iter().chain(words).chain(&end).map(|word| (*word).to_owned()).collect()
    }

    fn audited_as(self) -> &'static str {
        match self {
            Self::Create => "organization_create",
            Self::Rename => "organization_rename",
            Self::Suspend => "organization_suspend",
            Self::Delete => "organization_delete",
            Self::Restore => "organization_restore",
            Self::Purge => "organization_purge",
        }
    }

    /// What it leaves: its name, state and suspension; none when it is gone.
    fn leaves(self, names: &Names) -> Option<(&str, State, bool)> {
        match self {
            Self::Create => Some((&names.name, State::Active, false)),
            Self::Rename | Self::Restore => Some((&names.other, State::Active, false)),
            Self::Suspend => Some((&names.name, State::Active, true)),
            Self::Delete => Some((&names.name, State::Deleted, false)),
            Self::Purge => None,
        }
    }
}

/// The id in what a command printed; warnings of the log may stand on stderr.
fn id_of(answer: &Answer) -> String {
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let printed: Value = serde_json::from_str(&answer.stdout).unwrap();
    printed["organization_id"].as_str().unwrap().to_owned()
}

/// What one case is about.
#[derive(Debug)]
struct Names {
    name: String,
    /// After a rename.
    other: String,
    email: String,
    operation: String,
}

impl Names {
    fn new(case: usize) -> Self {
        Self {
            name: format!("Org {case}"),
            other: format!("Other {case}"),
            email: format!("admin{case}@x"),
            operation: Uuid::new_v4().to_string(),
        }
    }

    fn operation_id(&self) -> Bson {
        let bytes = Uuid::parse_str(&self.operation).unwrap().as_bytes().to_vec();
        Bson::Binary(Binary { subtype: BinarySubtype::Uuid, bytes })
    }
}

/// A case: the `number`-th command of an operation meets an act.
struct Case {
    operation: Operation,
    number: usize,
    act: Act,
    names: Names,
}

struct Ground {
    network: Network,
    /// Past every proxy.
    store: Arc<MongoStore>,
    token: String,
    /// How many cases came to their act.
    reached: AtomicUsize,
    /// How many creates may have sent something that came after their time was over.
    late_creates: AtomicUsize,
}

impl Ground {
    fn new() -> Self {
        let network = Network::new();
        let sign_in = ["--headless", "--no-save", "--email", "root@example.com", "--password-stdin"];
        let token = network.home.run_with(&sign_in, PASSWORD).stdout.trim().to_owned();
        let store = network.database().store();
        network.runtime.block_on(store.store_id()).unwrap().unwrap();
        Self { network, store, token, reached: AtomicUsize::new(0), late_creates: AtomicUsize::new(0) }
    }

    /// A command through a proxy of its own; the session is no matter of places here.
    fn command(&self, proxy: &Proxy, case: (Operation, &Names), seconds: &str) -> Command {
        let mut arguments = case.0.arguments(case.1);
        arguments.extend(["--timeout".to_owned(), seconds.to_owned()]);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut command = self.network.home.command(&arguments);
        command.env("MONGO_URI", proxy.uri()).env("TENANTRY_TOKEN", &self.token);
        command
    }

    async fn prepare(&self, operation: Operation, names: &Names) -> Option<Organization> {
        if operation == Operation::Create {
            return None;
        }
        let made = create(&*self.store, &names.name, &names.email).await.unwrap();
        if matches!(operation, Operation::Restore | Operation::Purge) {
            return Some(delete(&*self.store, &made).await.unwrap().organization);
        }
        Some(made)
    }

    /// How many commands it sends when nothing happens.
    fn commands(&self, operation: Operation, case: usize) -> usize {
        let (runtime, names) = (&self.network.runtime, Names::new(case));
        runtime.block_on(self.prepare(operation, &names));
        let proxy = runtime.block_on(Proxy::start(&self.network.database().uri));
        ended(start(self.command(&proxy, (operation, &names), "30"))).json();
        proxy.count()
    }

    fn run(&self, case: &Case) {
        let (runtime, names) = (&self.network.runtime, &case.names);
        let when = format!("{:?}: {:?} at {}", case.operation, case.act, case.number);
        let before = runtime.block_on(self.prepare(case.operation, names));
        let proxy = runtime.block_on(Proxy::start(&self.network.database().uri));
        proxy.at(case.number, case.act.clone());
        let first = ended(start(self.command(&proxy, (case.operation, names), "1")));
        // On a busy machine the time-out may come earlier; the outcome must be right all the same.
        let is_reached = proxy.count() >= case.number;
        assert!(is_reached || first.code == 124, "{when}: the act was not reached: {}", first.stderr);
        self.reached.fetch_add(usize::from(is_reached), Ordering::SeqCst);
        let is_late = matches!(case.act, Act::Delay(_)) || first.code == 124;
        self.late_creates
            .fetch_add(usize::from(case.operation == Operation::Create && is_late), Ordering::SeqCst);
        let id = before.as_ref().map(|before| before.id.to_string());
        let first_id = self.judge(&first, case, before.as_ref(), &when);
        proxy.reset();
        let again = self.repeat(&proxy, case, &when);
        let last_id = id_of(&again);
        for known in [id, first_id].into_iter().flatten() {
            assert_eq!(known, last_id, "{when}: the repeat answers as the first time");
        }
        runtime.block_on(async {
            proxy.quiet().await;
            let audit = self.network.database().direct.collection::<Document>("audit");
            let entry = audit.find_one(doc! {"_id": names.operation_id()}).await.unwrap();
            let entry = entry.unwrap_or_else(|| panic!("{when}: no entry of the operation"));
            let about = entry.get("organization_id").unwrap();
            let filter = doc! {"action": case.operation.audited_as(), "organization_id": about};
            assert_eq!(audit.count_documents(filter).await.unwrap(), 1, "{when}: entries");
        });
    }

    /// The output of a broken command; returns the id if it succeeded.
    fn judge(
        &self,
        first: &Answer,
        case: &Case,
        before: Option<&Organization>,
        when: &str,
    ) -> Option<String> {
        if first.code == 0 {
            return Some(id_of(first));
        }
        let error = error(first);
        let is_known = matches!(
            (first.code, error["code"].as_str()),
            (3, Some("unavailable")) | (124, Some("timed_out"))
        );
        assert!(is_known, "{when}: {}", first.stderr);
        assert_eq!(error["retryable"], true, "{when}");
        if error["operation_id"].is_string() {
            assert_eq!(error["operation_id"], case.names.operation.as_str(), "{when}");
            assert!(error["message"].as_str().unwrap().contains("may still be completed"), "{when}: {error}");
            let repeat = format!("--operation-id {}", case.names.operation);
            assert!(error["hint"].as_str().unwrap().contains(&repeat), "{when}: {error}");
            return None;
        }
        // Not named: then nothing was begun.
        let found = self.network.runtime.block_on(async {
            match before {
                Some(before) => by_id(&*self.store, before.id).await,
                None => by_name(&*self.store, &case.names.name).await,
            }
        });
        assert_eq!(found.as_ref(), before, "{when}: {error}");
        None
    }

    /// The same again, as often as the organization is still busy.
    fn repeat(&self, proxy: &Proxy, case: &Case, when: &str) -> Answer {
        // On a busy machine many times: whatever else opens the store may be the first to take it over, and be broken too.
        for _ in 0..100 {
            // Only for this one: others are running, and their leases count.
            let own = doc! {"op.id": case.names.operation_id()};
            self.network.runtime.block_on(self.network.database().leases_end(own));
            let again = ended(start(self.command(proxy, (case.operation, &case.names), "30")));
            if again.code != 6 {
                assert_eq!(again.code, 0, "{when}: the repeat: {}", again.stderr);
                return again;
            }
            assert_eq!(error(&again)["code"], "busy", "{when}: the repeat: {}", again.stderr);
        }
        panic!("{when}: it stays busy");
    }

    /// All cases, some at a time; afterwards each organization is there once, or gone.
    fn run_all(&self, cases: &[Case]) {
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| {
                    while let Some(case) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
                        self.run(case);
                    }
                });
            }
        });
        let reached = self.reached.load(Ordering::SeqCst);
        println!("{} cases, {reached} came to their act", cases.len());
        assert!(reached > 0);
        self.network.runtime.block_on(async {
            self.network.database().leases_end(Document::new()).await;
            self.network.database().store().recover().await.unwrap();
            // A command of a create may arrive after the create was rolled back: its account or its collection is left.
            let late = self.late_creates.load(Ordering::SeqCst);
            let left = self.network.database().findings().await;
            let is_of_create = |finding: &Finding| {
                matches!(finding.problem, Problem::AdminAbandoned { .. } | Problem::LeftAside)
            };
            assert!(left.len() <= late && left.iter().all(is_of_create), "{left:?}");
            self.network.database().repair("after all").await;
            let records = self.network.database().all("organizations").await;
            for case in cases {
                let Names { name, other, .. } = &case.names;
                let found: Vec<_> = records
                    .iter()
                    .map(|record| {
                        let state = record.get_str("state").unwrap().parse::<State>().ok().unwrap();
                        let name = record.get_str("organization_name").unwrap();
                        (name, state, record.contains_key("suspended"))
                    })
                    .filter(|(found, ..)| found == name || found == other)
                    .collect();
                let when = format!("{:?}: {:?} at {}", case.operation, case.act, case.number);
                assert_eq!(found, Vec::from_iter(case.operation.leaves(&case.names)), "{when}");
            }
            self.network.database().assert_sound("after all").await;
        });
    }
}

/// Each command gets a lost answer and another act.
fn cases(ground: &Ground, operation: Operation) -> Vec<Case> {
    let commands = ground.commands(operation, 1_000);
    let mut cases = Vec::new();
    for number in 1..=commands {
        for act in [Act::DropReply, OTHERS[(operation as usize + number) % OTHERS.len()].clone()] {
            let names = Names::new(cases.len());
            cases.push(Case { operation, number, act, names });
        }
    }
    println!("{commands} commands");
    cases
}

#[rstest]
fn every_operation_survives_a_broken_connection_at_each_command(
    #[values(
        Operation::Create,
        Operation::Rename,
        Operation::Suspend,
        Operation::Delete,
        Operation::Restore,
        Operation::Purge
    )]
    operation: Operation,
) {
    let ground = Ground::new();
    ground.run_all(&cases(&ground, operation));
}
