//! Every operation, stopped at every command it sends, and recovered.

use super::operation::{Operation, Running, is_open};
use super::{Ground, Switches};
use crate::common::proxy::Act;
use mongodb::bson::doc;
use std::collections::BTreeSet;
use tenantry::port::{Doctor, Result};
use tenantry::store::mongo::MongoStore;

/// Commands of a recovery at most.
const RECOVERY: usize = 40;

/// What happens to a command: it is lost, its answer is, or it is refused for certain.
const ACTS: [Act; 3] = [Act::Cut, Act::DropReply, Act::Refuse(20)];

impl Ground {
    /// How many commands were sent at which a process may be stopped ([`Ground::stopped_at`]).
    fn stops(&self) -> usize {
        if self.switches.retries { self.proxy.count() } else { self.proxy.writes() }
    }

    /// The inputs of a recovery: the phase of the operation, and the existing collections.
    async fn begun(&self) -> (Option<String>, Vec<String>) {
        let records = self.database.all("organizations").await;
        let op = records.first().and_then(|record| record.get_document("op").ok());
        let phase = op.map(|op| op.get_str("phase").unwrap().to_owned());
        let collections = self.database.collections_with_uuids().await;
        // The id of an organization is another one each time.
        let kinds = collections.keys().map(|name| name.split('_').take(2).collect()).collect();
        (phase, kinds)
    }

    /// The process gets this at a writing command; returns its answer. A driver that retries would survive it: there
    /// the process ends at a command of any kind.
    async fn stopped_at(&self, number: usize, act: &Act, running: Running<'_>) -> Option<Result<()>> {
        if !self.switches.retries {
            self.proxy.at_write(number, act.clone());
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

pub(crate) async fn one_crash(operation: Operation, switches: Switches, acts: &[Act]) {
    let ground = Ground::with(switches).await;
    let commands = operation.commands(&ground).await;
    let mut cases = 0;
    for act in acts {
        for number in 1..=commands {
            let when = format!("{operation:?}: {act:?} at {number} of {commands}");
            operation.prepare(&ground).await;
            let store = ground.process().await;
            ground.proxy.at(number, act.clone());
            let answer = operation.run(&*store, &ground).await;
            ground.proxy.quiet().await;
            ground.recover().await;
            let done = operation.assert_whole(&ground, &when).await;
            assert!(answer.is_err() || done, "{when}: acknowledged and gone");
            let is_told = answer.is_ok() || is_open(&answer) || operation == Operation::PutBack;
            assert!(is_told || !done, "{when}: {answer:?}, and done");
            // After any act, a state that was found sound is as usable as any other.
            if matches!(act, Act::DropReply) {
                operation.assert_usable(&ground, &when).await;
            }
            cases += 1;
        }
    }
    println!("{operation:?}: {cases} cases, {commands} commands, {switches:?}");
}

fn recovery(recoverer: &MongoStore) -> Running<'_> {
    Box::pin(async move { recoverer.recover().await.map(drop) })
}

/// The recovery is stopped as well, at each of its commands, and another one continues. Where two commands leave it
/// the same work, the second is skipped unless `all` is set.
pub(crate) async fn crash_in_recovery(
    operation: Operation,
    switches: Switches,
    pairs: &[(Act, Act)],
    all: bool,
) {
    let ground = Ground::with(switches).await;
    operation.commands(&ground).await;
    let commands = ground.stops();
    let mut cases = 0;
    for (first, second) in pairs {
        let mut begun = BTreeSet::new();
        for number in 1..=commands {
            for again in 1..=RECOVERY {
                let when = format!(
                    "{operation:?}: {first:?} at {number}, then {second:?} at {again} of the recovery"
                );
                operation.prepare(&ground).await;
                let store = ground.process().await;
                let running = operation.run(&*store, &ground);
                let answer = ground.stopped_at(number, first, running).await;
                ground.proxy.quiet().await;
                if again == 1 && !begun.insert(ground.begun().await) && !all {
                    break;
                }
                let recoverer = ground.process().await;
                ground.leases_end().await;
                let _ = ground.stopped_at(again, second, recovery(&recoverer)).await;
                let reached = ground.stops() >= again;
                ground.proxy.quiet().await;
                ground.recover().await;
                let done = operation.assert_whole(&ground, &when).await;
                let is_acknowledged = answer.is_some_and(|answer| answer.is_ok());
                assert!(!is_acknowledged || done, "{when}: acknowledged and gone");
                cases += 1;
                if !reached {
                    break;
                }
                assert!(again < RECOVERY, "{when}: does not end");
            }
        }
    }
    println!("{operation:?}: {cases} cases of a crash in recovery, {switches:?}");
}

/// An operation whose target is taken, wherever it is stopped; the target may be free again when another process
/// looks.
async fn one_whose_place_is_taken(operation: Operation, is_free_again: bool) {
    let ground = Ground::new().await;
    let place = if operation == Operation::Create { "org_acme" } else { "org_zephyr" };
    let foreign = ground.all(place);
    let mut undo = usize::MAX;
    for act in [Act::Pass, Act::DropReply] {
        for number in 1.. {
            let when = format!("{operation:?}: {act:?} at {number}, free again: {is_free_again}");
            operation.prepare(&ground).await;
            foreign.insert_one(doc! {"_id": "of another program"}).await.unwrap();
            let store = ground.process().await;
            ground.proxy.at_write(number, act.clone());
            let answer = operation.run(&*store, &ground).await;
            assert!(answer.is_err(), "{when}");
            let writes: Vec<_> = ground.proxy.calls().into_iter().filter(|call| !call.is_read()).collect();
            ground.proxy.quiet().await;
            if is_free_again {
                foreign.drop().await.unwrap();
            }
            ground.recover().await;
            if !is_free_again {
                assert_eq!(ground.ids(place).await, ["of another program"], "{when}");
                foreign.drop().await.unwrap();
            }
            let done = operation.assert_whole(&ground, &when).await;
            // Only an operation that is not being rolled back yet goes forward.
            assert!(!done || is_free_again && number <= undo, "{when}: its undo began at {undo}");
            if matches!(act, Act::Pass) {
                // A create's undo begins with its drop, another one with the write before the last.
                let is_create = operation == Operation::Create;
                let mut begins = writes
                    .iter()
                    .enumerate()
                    .rev()
                    .filter(|(_, call)| call.command == if is_create { "drop" } else { "findAndModify" });
                undo = begins.nth(usize::from(!is_create)).unwrap().0 + 1;
                break;
            }
            if writes.len() < number {
                break;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operation_with_a_taken_target_is_rolled_back() {
    for operation in [Operation::Create, Operation::Everything, Operation::RestoreAnew] {
        one_whose_place_is_taken(operation, false).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rollback_continues_when_the_target_is_free_again() {
    for operation in [Operation::Create, Operation::Everything, Operation::RestoreAnew] {
        one_whose_place_is_taken(operation, true).await;
    }
}

macro_rules! stopped {
    ($module:ident, $switches:ident, $acts:expr; $($name:ident: $operation:ident;)*) => {
        mod $module {
            use super::{Operation, one_crash};
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                Box::pin(one_crash(Operation::$operation, super::super::$switches, &$acts)).await;
            })*
        }
    };
}

macro_rules! stopped_twice {
    ($module:ident, $switches:ident; $($name:ident: $operation:ident;)*) => {
        mod $module {
            use super::{Act, Operation, crash_in_recovery};
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let both = [(Act::DropReply, Act::DropReply)];
                let switches = super::super::$switches;
                Box::pin(crash_in_recovery(Operation::$operation, switches, &both, false)).await;
            })*
        }
    };
}

stopped! { one_crash, CHECKING, super::ACTS;
    create: Create;
    import: Import;
    everything: Everything;
    case_only: CaseOnly;
    suspend: Suspend;
    delete: Delete;
    restore_anew: RestoreAnew;
    purge_active: PurgeActive;
    purge_deleted: PurgeDeleted;
}

// The same commands as those above, or fewer of them.
stopped! { one_lost_answer, CHECKING, [super::Act::DropReply];
    rename: Rename;
    email: Email;
    password: Password;
    resume: Resume;
    restore: Restore;
    put_back: PutBack;
}

stopped! { one_unclear_refusal, CHECKING, [super::Act::Refuse(1)];
    create: Create;
    everything: Everything;
    purge_deleted: PurgeDeleted;
}

stopped! { one_lost_answer_without_uuids, IGNORING, [super::Act::DropReply];
    create: Create;
    import: Import;
    everything: Everything;
    delete: Delete;
    purge_active: PurgeActive;
    purge_deleted: PurgeDeleted;
}

stopped_twice! { two_crashes, CHECKING;
    create: Create;
    import: Import;
    everything: Everything;
    suspend: Suspend;
    delete: Delete;
    purge_active: PurgeActive;
    put_back: PutBack;
}

// Without UUIDs a purge goes another way, and nothing else does.
stopped_twice! { two_crashes_without_uuids, IGNORING;
    purge_deleted: PurgeDeleted;
}
