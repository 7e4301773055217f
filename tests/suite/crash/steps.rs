//! Every operation, stopped at every command it sends, and recovered.

use super::{Ground, PLAIN, RETRIED_AND_CHECKED, Switches, settle};
use crate::common::proxy::Act;
use crate::common::suite::*;
use mongodb::bson::{Document, doc};
use std::future::Future;
use std::pin::Pin;
use tenantry::domain::State;
use tenantry::service::Result;
use tenantry::service::store::{AuditAction, Lookup, Store};

/// What happens to a command.
const ACTS: [Act; 4] = [Act::Cut, Act::DropReply, Act::Refuse(20), Act::Refuse(11_600)];
/// Commands of a recovery at most.
const RECOVERY: usize = 14;

pub(crate) type Running<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Create,
    Rename,
    /// A rename that gets another collection: its own is held for a late rename.
    Evaded,
    Email,
    Password,
    Everything,
    Delete,
}

impl Operation {
    pub(crate) const ALL: [Self; 7] = [
        Self::Create,
        Self::Rename,
        Self::Evaded,
        Self::Email,
        Self::Password,
        Self::Everything,
        Self::Delete,
    ];

    /// What is there before it.
    pub(crate) async fn prepare(self, ground: &Ground) {
        ground.clear().await;
        if self != Self::Create {
            ground.acme().await;
        }
        if self == Self::Evaded {
            ground.hold("org_zephyr").await;
        }
    }

    /// Where its collection goes.
    async fn place(self, ground: &Ground) -> String {
        let (acme, database) = (by_name(&*ground.plain, "Acme").await.unwrap(), &ground.database.name);
        let own = name("Zephyr").collection(database);
        let place = if self == Self::Evaded { own.with_id(acme.id.0, database) } else { own };
        place.as_str().to_owned()
    }

    /// How many commands it sends when nothing happens.
    pub(crate) async fn commands(self, ground: &Ground) -> usize {
        self.prepare(ground).await;
        let store = ground.process().await;
        self.run(&*store, ground).await.unwrap();
        ground.proxy.count()
    }

    /// Runs it as a service does.
    pub(crate) fn run<'a>(self, store: &'a dyn Store, by: &'a Ground) -> Running<'a> {
        Box::pin(async move {
            if self == Self::Create {
                return try_create(store, &new_organization(store, "Acme", "ann@x"), at(1)).await.map(drop);
            }
            // Read past the proxy, so that only the commands of the operation are counted.
            let acme = by_name(&*by.plain, "Acme").await.unwrap();
            if self == Self::Delete {
                return delete(store, &acme).await;
            }
            let admin = admin_of(&*by.plain, &acme).await.account;
            let wanted = match self {
                Self::Rename | Self::Evaded => to_name(store, "Zephyr"),
                Self::Email => to_email("zoe@x"),
                Self::Password => to_password("second"),
                Self::Create | Self::Everything | Self::Delete => all_of(store, "Zephyr", "zoe@x", "second"),
            };
            change(store, &acme, &admin, &wanted).await.map(drop)
        })
    }

    /// That it is wholly there or not at all; answers which.
    pub(crate) async fn assert_whole(self, ground: &Ground, when: &str) -> bool {
        ground.database.assert_sound(when).await;
        let store = &ground.plain;
        let (acme, zephyr) = (by_name(&**store, "Acme").await, by_name(&**store, "Zephyr").await);
        let done = match self {
            Self::Create => acme.is_some(),
            Self::Delete => acme.is_none(),
            Self::Rename | Self::Evaded | Self::Everything => zephyr.is_some(),
            Self::Email => acme.as_ref().unwrap().admin_email == "zoe@x",
            Self::Password => by_email(&**store, "ann@x").await.is_some_and(|it| hash_of(&it) == second()),
        };
        if self == Self::Everything {
            let zoe = by_email(&**store, "zoe@x").await;
            assert_eq!(zoe.is_some(), done, "{when}");
            assert!(zoe.is_none_or(|zoe| hash_of(&zoe) == second()), "{when}");
        }
        if let (Self::Evaded, Some(zephyr)) = (self, &zephyr) {
            assert!(
                zephyr.collection_name().starts_with("org_zephyr__"),
                "{when}: {}",
                zephyr.collection_name()
            );
        }
        let action = match self {
            Self::Create => AuditAction::OrganizationCreate,
            Self::Delete => AuditAction::OrganizationDelete,
            Self::Rename | Self::Evaded | Self::Email | Self::Password | Self::Everything => {
                AuditAction::OrganizationUpdate
            }
        };
        assert_eq!(ground.database.audited(action.as_str()).await, usize::from(done), "{when}: the audit");
        if let (true, Some(found)) = (self != Self::Create, acme.or(zephyr)) {
            assert_eq!(found.state, State::Active, "{when}");
            ground.database.assert_kept(found.collection_name(), when).await;
        }
        done
    }

    /// What was freed can be used, by others too, and nobody inherits anything.
    async fn assert_usable(self, ground: &Ground, done: bool, when: &str) {
        let free: &[(&str, &str)] = match (self, done) {
            (Self::Create, false) | (Self::Delete, true) => &[("Acme", "ann@x"), ("Zephyr", "zoe@x")],
            (Self::Create, true) | (Self::Password | Self::Delete, _) | (Self::Everything, false) => {
                &[("Zephyr", "zoe@x")]
            }
            (Self::Rename | Self::Evaded, true) => &[("Acme", "new@x")],
            (Self::Rename | Self::Evaded, false) => &[("Zephyr", "new@x")],
            (Self::Email, true) => &[("New", "ann@x")],
            (Self::Email, false) => &[("New", "zoe@x")],
            (Self::Everything, true) => &[("Acme", "ann@x")],
        };
        for (name, email) in free {
            let made = create(&*ground.plain, name, email).await;
            let made = made.unwrap_or_else(|error| panic!("{when}: {name} is not free: {error}"));
            let documents = ground.database.all(made.collection_name()).await;
            assert_eq!(documents.len(), 1, "{when}: only the marker in {}", made.collection_name());
        }
        ground.database.assert_sound(&format!("{when}, and used again")).await;
    }
}

fn second() -> String {
    use secrecy::ExposeSecret;
    hash("second").expose_secret().to_owned()
}

impl Ground {
    /// The process meets this at a command; answers what it was told by then. A driver that sends again would get over
    /// it: there the process ends at that command.
    async fn stopped_at(&self, number: usize, act: &Act, running: Running<'_>) -> Option<Result<()>> {
        if !self.switches.retries {
            self.proxy.at(number, act.clone());
            return Some(running.await);
        }
        self.proxy.gone_at(number, act.clone());
        tokio::select! {
            biased;
            answer = running => Some(answer),
            () = self.proxy.past(number) => None,
        }
    }
}

async fn one_crash(operation: Operation, switches: Switches) {
    let ground = Ground::with(switches).await;
    let commands = operation.commands(&ground).await;
    let mut cases = 0;
    for act in ACTS {
        for number in 1..=commands {
            let when = format!("{operation:?}: {act:?} at {number} of {commands}");
            operation.prepare(&ground).await;
            let store = ground.process().await;
            ground.proxy.at(number, act.clone());
            let answer = operation.run(&*store, &ground).await;
            settle().await;
            ground.another_opens().await;
            let done = operation.assert_whole(&ground, &when).await;
            assert!(answer.is_err() || done, "{when}: acknowledged and gone");
            operation.assert_usable(&ground, done, &when).await;
            cases += 1;
        }
    }
    println!("{operation:?}: {cases} cases, {commands} commands, {switches:?}");
}

/// Meets the organization, by whatever name it has.
fn meet(recoverer: &dyn Store) -> Running<'_> {
    Box::pin(async move {
        for key in ["acme", "zephyr"] {
            let _ = recoverer.find(&Lookup::NameKey(key.to_owned())).await;
        }
        Ok(())
    })
}

/// The recovery stops as well, at each of its commands, and another one goes on.
async fn crash_in_recovery(operation: Operation, switches: Switches) {
    let ground = Ground::with(switches).await;
    let commands = operation.commands(&ground).await;
    let mut cases = 0;
    for (first, second) in pairs() {
        for number in 1..=commands {
            for again in 1..=RECOVERY {
                let when = format!(
                    "{operation:?}: {first:?} at {number}, then {second:?} at {again} of the recovery"
                );
                operation.prepare(&ground).await;
                let store = ground.process().await;
                let running = operation.run(&*store, &ground);
                let answer = ground.stopped_at(number, &first, running).await;
                settle().await;
                ground.proxy.reset();
                let recoverer = ground.process().await;
                ground.leases_end().await;
                ground.stopped_at(again, &second, meet(&*recoverer)).await;
                let reached = ground.proxy.count() >= again;
                settle().await;
                ground.another_opens().await;
                let done = operation.assert_whole(&ground, &when).await;
                let is_acknowledged = answer.is_some_and(|answer| answer.is_ok());
                assert!(!is_acknowledged || done, "{when}: acknowledged and gone");
                cases += 1;
                if !reached {
                    break;
                }
            }
        }
    }
    println!("{operation:?}: {cases} cases of a crash in recovery, {switches:?}");
}

/// A change whose new collection's place is taken, wherever it stops meanwhile; by the time that another process looks
/// the place may be free again.
async fn one_whose_place_is_taken(operation: Operation, is_free_again: bool) {
    let ground = Ground::new().await;
    let mut undo = usize::MAX;
    for act in [Act::Pass].into_iter().chain(ACTS) {
        for number in 1.. {
            let when = format!("{operation:?}: {act:?} at {number}, free again: {is_free_again}");
            operation.prepare(&ground).await;
            let place = operation.place(&ground).await;
            let foreign = ground.database.direct.collection::<Document>(&place);
            foreign.insert_one(doc! {"_id": "of another program"}).await.unwrap();
            let store = ground.process().await;
            ground.proxy.at(number, act.clone());
            let answer = operation.run(&*store, &ground).await;
            assert!(answer.is_err(), "{when}");
            let calls = ground.proxy.calls();
            settle().await;
            if is_free_again {
                foreign.drop().await.unwrap();
            }
            ground.another_opens().await;
            if !is_free_again {
                assert_eq!(ground.database.all(&place).await.len(), 1, "{when}");
                foreign.drop().await.unwrap();
            }
            let done = operation.assert_whole(&ground, &when).await;
            // Only what is not yet being taken back goes on.
            assert!(!done || is_free_again && number <= undo, "{when}: its undo began at {undo}");
            if matches!(act, Act::Pass) {
                let mut writes = calls.iter().rev().filter(|call| call.command == "findAndModify");
                undo = writes.nth(1).unwrap().number;
            }
            if matches!(act, Act::Pass) || calls.len() < number {
                break;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_taken_back() {
    for operation in [Operation::Everything, Operation::Evaded] {
        one_whose_place_is_taken(operation, false).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_being_taken_back_does_not_go_on_when_its_place_is_free_again() {
    for operation in [Operation::Everything, Operation::Evaded] {
        one_whose_place_is_taken(operation, true).await;
    }
}

/// What happens to the operation, and to its recovery. With `TENANTRY_TEST_CRASHES=all` every pair.
fn pairs() -> Vec<(Act, Act)> {
    let mut pairs = vec![(Act::DropReply, Act::DropReply)];
    if std::env::var("TENANTRY_TEST_CRASHES").is_ok_and(|which| which == "all") {
        pairs.extend([(Act::Cut, Act::Cut), (Act::Cut, Act::DropReply), (Act::DropReply, Act::Cut)]);
    }
    pairs
}

macro_rules! each_operation {
    ($($name:ident: $operation:ident;)*) => {
        mod one {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { Box::pin(super::one_crash(super::Operation::$operation, super::PLAIN)).await; })*
        }
        mod one_retried_and_checked {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                Box::pin(super::one_crash(super::Operation::$operation, super::RETRIED_AND_CHECKED)).await;
            })*
        }
        mod two {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { Box::pin(super::crash_in_recovery(super::Operation::$operation, super::PLAIN)).await; })*
        }
        mod two_retried_and_checked {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                Box::pin(super::crash_in_recovery(super::Operation::$operation, super::RETRIED_AND_CHECKED)).await;
            })*
        }
        #[test]
        fn every_operation_is_here() {
            let here = [$(Operation::$operation),*];
            assert!(Operation::ALL.iter().all(|operation| here.contains(operation)));
        }
    };
}

each_operation! {
    create: Create;
    rename: Rename;
    evaded: Evaded;
    email: Email;
    password: Password;
    everything: Everything;
    delete: Delete;
}
