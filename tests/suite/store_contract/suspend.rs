//! Suspending and resuming: the admin cannot sign in, and nothing else changes.

use super::Harness;
use crate::common::suite::*;
use futures_util::future::join_all;
use tenantry::domain::{State, Status, Suspension};
use tenantry::port::Error;

pub(crate) async fn admin_of_a_suspended_organization_cannot_sign_in<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    harness.put("org_acme", "a").await;
    let claims = claims_of(&admin_of(store, &acme).await);
    assert!(of_session(store, &claims).await.unwrap().lets_in());
    let suspended = suspend(store, &acme, "unpaid").await.unwrap();
    let wanted = Suspension { at: at(60), by: "root@example.com".into(), reason: "unpaid".into() };
    assert_eq!(suspended.suspension, Some(wanted.clone()));
    assert_eq!((suspended.state, suspended.status()), (State::Active, Status::Suspended));
    assert_eq!(suspended.updated_at, at(60));
    assert!(suspended.epoch > acme.epoch);
    assert_eq!(by_id(&*harness.another(), acme.id).await, Some(suspended.clone()));

    let of_session = of_session(store, &claims).await.unwrap();
    assert!(!of_session.lets_in());
    assert_eq!(of_session.suspension, Some(wanted.clone()));
    assert_eq!(of_session.sessions_end_at, Some(at(60)), "sessions from before end, also after a resume");
    let account = by_email(store, "ann@x").await.unwrap();
    assert_eq!(account.organization.as_ref(), Some(&of_session), "sign-in tells the reason");
    assert_eq!(hash_of(&account), "$2b$04$first");
    assert_eq!((account.account.version, account.account.token_version), (1, 1));
    assert_eq!(harness.ids("org_acme").await, ["a"], "the data stays");
    assert_eq!(create(store, "Acme", "new@x").await, Err(name_taken("Acme")), "so does the name");
}

pub(crate) async fn admin_of_a_resumed_organization_can_sign_in<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    let claims = claims_of(&admin_of(store, &acme).await);
    let suspended = suspend(store, &acme, "").await.unwrap();
    assert_eq!(suspended.suspension.as_ref().unwrap().reason, "", "a reason may be empty");
    let resumed = resume(store, &suspended).await.unwrap();
    assert_eq!((resumed.suspension.as_ref(), resumed.status()), (None, Status::Active));
    assert!(resumed.epoch > suspended.epoch);
    let of_session = of_session(store, &claims).await.unwrap();
    assert!(of_session.lets_in());
    assert_eq!(of_session.sessions_end_at, Some(at(60)), "a session from before stays ended");
}

pub(crate) async fn a_second_suspension_replaces_the_first<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    let first = suspend(store, &acme, "unpaid").await.unwrap();
    let second = suspend(store, &first, "abuse").await.unwrap();
    assert_eq!(second.suspension.as_ref().unwrap().reason, "abuse");
    assert!(second.epoch > first.epoch);
    assert_eq!(resume(store, &first).await, Err(Error::Changed), "an old epoch");
    assert_eq!(by_id(store, acme.id).await, Some(second.clone()));
    assert_eq!(resume(store, &second).await.unwrap().suspension, None, "one resume undoes both");
}

pub(crate) async fn a_suspended_organization_can_be_changed_and_stays_suspended<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    harness.put("org_acme", "a").await;
    let suspended = suspend(store, &acme, "unpaid").await.unwrap();
    let renamed = update(store, &suspended, &all_of("Zephyr", "zoe@x", "second")).await.unwrap();
    assert_eq!((renamed.name.as_str(), renamed.collection_name()), ("Zephyr", "org_zephyr"));
    assert_eq!(renamed.suspension, suspended.suspension);
    assert_eq!(renamed.status(), Status::Suspended);
    assert_eq!(harness.ids("org_zephyr").await, ["a"]);
    assert!(!by_email(store, "zoe@x").await.unwrap().organization.unwrap().lets_in());

    let deleted = delete(store, &renamed).await.unwrap().organization;
    assert_eq!(
        (deleted.status(), deleted.suspension.as_ref()),
        (Status::Deleted, suspended.suspension.as_ref())
    );
    let restored = restore(store, &deleted).await.unwrap();
    assert_eq!(restored.suspension, suspended.suspension);
    assert_eq!(restored.status(), Status::Suspended);
    assert_eq!(resume(store, &restored).await.unwrap().status(), Status::Active);
}

pub(crate) async fn only_one_of_many_suspensions_succeeds<H: Harness>() {
    let harness = H::initialized().await;
    let acme = create(harness.store(), "Acme", "ann@x").await.unwrap();
    let tries = (0..8).map(|number| {
        let (store, acme) = (harness.another(), acme.clone());
        async move { suspend(&*store, &acme, &format!("reason {number}")).await }
    });
    let (done, refused): (Vec<_>, Vec<_>) = join_all(tries).await.into_iter().partition(Result::is_ok);
    assert_eq!(done.len(), 1);
    for refusal in refused {
        assert!(matches!(refusal, Err(Error::Changed | Error::Busy(State::Renaming))), "{refusal:?}");
    }
    assert_eq!(by_id(harness.store(), acme.id).await.as_ref(), done[0].as_ref().ok());
}
