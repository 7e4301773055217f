//! Every combination, when `TENANTRY_TEST_CRASHES=all` asks for it: all acts in operation and recovery, all servers.

use super::late::{Meanwhile, one_late_command};
use super::operation::Operation;
use super::steps::{crash_in_recovery, one_crash};
use super::{CHECKING, IGNORING, RETRYING};
use crate::common::proxy::Act;

/// 11600 makes the driver look for the server for up to half a second.
const ACTS: [Act; 4] = [Act::Cut, Act::DropReply, Act::Refuse(20), Act::Refuse(11_600)];

const PAIRS: [(Act, Act); 4] = [
    (Act::DropReply, Act::DropReply),
    (Act::Cut, Act::Cut),
    (Act::Cut, Act::DropReply),
    (Act::DropReply, Act::Cut),
];

async fn every_combination(operation: Operation) {
    if std::env::var("TENANTRY_TEST_CRASHES").is_ok_and(|which| which == "all") {
        for switches in [CHECKING, IGNORING, RETRYING] {
            one_crash(operation, switches, &ACTS).await;
            crash_in_recovery(operation, switches, &PAIRS, true).await;
        }
        for switches in [CHECKING, IGNORING] {
            for meanwhile in [Meanwhile::NamesAreUsed, Meanwhile::TenantsWrite] {
                // Others may use the name that the collection should return to.
                if operation != Operation::PutBack {
                    one_late_command(operation, meanwhile, switches).await;
                }
            }
        }
    }
}

macro_rules! each_operation {
    ($($name:ident: $operation:ident;)*) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() { Box::pin(every_combination(Operation::$operation)).await; })*

        #[test]
        fn every_operation_has_a_test() {
            let here = [$(Operation::$operation),*];
            assert!(Operation::ALL.iter().all(|operation| here.contains(operation)));
        }
    };
}

each_operation! {
    create: Create;
    import: Import;
    rename: Rename;
    email: Email;
    password: Password;
    everything: Everything;
    case_only: CaseOnly;
    suspend: Suspend;
    resume: Resume;
    delete: Delete;
    restore: Restore;
    restore_anew: RestoreAnew;
    purge_active: PurgeActive;
    purge_deleted: PurgeDeleted;
    put_back: PutBack;
}
