//! Operations that do not end (I5): the doctor recovers them as everybody does, and reports what still does not end.

use super::{Clinic, ago, binary, problems, repair_all};
use crate::common::mongo::LEASE;
use crate::common::proxy::Act;
use crate::common::suite::*;
use mongodb::bson::{DateTime, doc};
use std::time::Duration;
use tenantry::domain::{Problem, State};
use tenantry::port::{Doctor, Error};

/// A minute more than the lease is not over for the one, and over for the other.
const SHORTLY: Duration = Duration::from_secs(45);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_recovers_an_operation_whose_lease_is_over() {
    let clinic = Clinic::new().await;
    clinic.interrupt("moving").await;
    assert_eq!(problems(&*clinic.store).await, []);
    let borealis = by_name(&*clinic.store, "Borealis").await.unwrap();
    assert_eq!((borealis.id, borealis.state), (clinic.acme.id, State::Active));
    assert_eq!(clinic.ids("org_borealis").await, ["_tenantry", "kept"]);
}

/// Its lease is renewed again and again, or its time is in the future because a clock was corrected.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operation_is_reported_a_minute_after_its_lease_since_it_began() {
    let clinic = Clinic::new().await;
    let tomorrow = DateTime::from_millis(DateTime::now().timestamp_millis() + 86_400_000);
    for touched_at in [DateTime::now(), tomorrow] {
        clinic.interrupt("reserve").await;
        clinic.set(doc! {"$set": {"touched_at": touched_at, "op.began_at": ago(LEASE + SHORTLY)}}).await;
        assert_eq!(problems(&*clinic.store).await, []);
        clinic.set(doc! {"$set": {"op.began_at": ago(LEASE + SHORTLY * 2)}}).await;
        let silent = Problem::Silent { state: State::Renaming, refusal: None };
        assert_eq!(problems(&*clinic.store).await, [silent]);
        assert_eq!(repair_all(&*clinic.store).await, []);
        clinic.assert_whole("rolled back").await;
    }
}

/// The finding has the server's reason, and the check continues with the others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operation_that_the_server_refuses_to_end_is_reported_with_the_reason() {
    const ILLEGAL_OPERATION: i32 = 20;
    let clinic = Clinic::new().await;
    let (proxy, store) = clinic.watched().await;
    proxy.rule(|call| {
        let drops = call.command == "drop" && !call.target.starts_with("tenantry_probe_");
        if drops { Act::Refuse(ILLEGAL_OPERATION) } else { Act::Pass }
    });
    let refused = purge(&*store, &clinic.acme).await;
    assert!(matches!(refused, Err(Error::Refused { .. })), "{refused:?}");
    clinic.set(doc! {"$set": {"touched_at": ago(LEASE * 2), "op.began_at": ago(LEASE * 5)}}).await;
    clinic.all("org_zephyr").drop().await.unwrap();
    // In the order of the records' ids, which are random.
    let mut found = problems(&*store).await;
    found.sort_by_key(|problem| *problem != Problem::CollectionMissing);
    let [Problem::CollectionMissing, Problem::Silent { state: State::Purging, refusal: Some(refusal) }] =
        &found[..]
    else {
        panic!("{found:?}")
    };
    assert!(refusal.contains("IllegalOperation"), "{refusal}");
    proxy.reset();
    clinic.store.recover_now(clinic.acme.id).await.unwrap();
    assert_eq!(by_id(&*clinic.store, clinic.acme.id).await, None, "as soon as the server lets it");
}

/// A requested recovery: it ends an operation before its lease is over, or reports that the record lacks data.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requested_recovery_ends_an_operation_with_a_complete_record() {
    let clinic = Clinic::new().await;
    clinic.interrupt("moving").await;
    clinic.set(doc! {"$set": {"touched_at": DateTime::now()}}).await;
    clinic.store.recover_now(clinic.acme.id).await.unwrap();
    let borealis = by_name(&*clinic.store, "Borealis").await.unwrap();
    assert_eq!(borealis.state, State::Active);
    clinic.store.recover_now(clinic.acme.id).await.unwrap();
    let op = doc! {"id": binary(uuid::Uuid::new_v4()), "kind": "?"};
    clinic.set(doc! {"$set": {"state": "deleting", "op": op, "touched_at": ago(LEASE * 9)}}).await;
    let left = repair_all(&*clinic.store).await;
    assert_eq!(left[0].problem, Problem::OperationUnreadable { state: State::Deleting });
    match clinic.store.recover_now(clinic.acme.id).await {
        Err(Error::StoreUnusable(why)) => assert!(why.contains("backup"), "{why}"),
        other => panic!("{other:?}"),
    }
}
