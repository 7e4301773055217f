//! The first operator, sign-in, throttle, sessions, audit.

use super::Harness;
use crate::common::suite::*;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use tenantry::domain::throttle::{FREE_FAILURES, FREE_REGISTRATIONS, Place, ThrottleKey, wait_after};
use tenantry::domain::{AccountId, AuditAction, AuditOutcome, Claims, OrganizationId, Role, State};
use tenantry::port::{Error, OrganizationOfAccount, PlaceAnswer, Rehash, SignInDone, Store, Turn};
use uuid::Uuid;

/// A time to come: a server drops throttles by its own clock once they are past.
fn at(second: i64) -> Timestamp {
    const HUNDRED_YEARS: i64 = 100 * 365 * 24 * 60 * 60;
    crate::common::suite::at(HUNDRED_YEARS + second)
}

pub(crate) async fn location_without_a_store_has_no_id<H: Harness>() {
    let harness = H::empty().await;
    assert_eq!(harness.store().store_id().await, Ok(None));
    assert_eq!(harness.another().store_id().await, Ok(None), "looking makes nothing");
}

pub(crate) async fn the_first_operator_is_made_once<H: Harness>() {
    let harness = H::empty().await;
    let id = initialize(harness.store()).await;
    assert_eq!(harness.store().store_id().await, Ok(Some(id)));
    assert_eq!(harness.another().store_id().await, Ok(Some(id)));
    let again = harness.another();
    let eve = new_account("eve@example.com");
    let refused = again.initialize(Uuid::new_v4(), &eve, entry(AuditAction::Init, at(9)));
    assert_eq!(refused.await, Err(Error::AlreadyInitialized));
    assert!(by_email(harness.store(), "eve@example.com").await.is_none());
    assert_eq!(newest(harness.store(), 9).await.len(), 1);
}

pub(crate) async fn only_one_of_six_first_operators_is_created<H: Harness>() {
    let harness = H::empty().await;
    let tries = (0..6).map(|number| {
        let store = harness.another();
        async move {
            let account = new_account(&format!("root{number}@example.com"));
            let made = store.initialize(Uuid::new_v4(), &account, entry(AuditAction::Init, at(0))).await;
            (number, made)
        }
    });
    let (made, refused): (Vec<_>, Vec<_>) =
        join_all(tries).await.into_iter().partition(|(_, made)| made.is_ok());
    assert_eq!(made.len(), 1, "{refused:?}");
    for (number, refusal) in refused {
        assert_eq!(refusal, Err(Error::AlreadyInitialized));
        assert!(by_email(harness.store(), &format!("root{number}@example.com")).await.is_none());
    }
    let winner = by_email(harness.store(), &format!("root{}@example.com", made[0].0)).await.unwrap();
    assert_eq!(winner.account.role, Role::Operator);
    assert_eq!(newest(harness.store(), 9).await.len(), 1);
}

pub(crate) async fn accounts_are_found_by_email<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "Ann@Acme.example").await.unwrap();

    let root = by_email(store, "ROOT@example.com").await.unwrap();
    assert_eq!((root.account.role, root.account.organization_id), (Role::Operator, None));
    assert_eq!((root.account.version, root.account.token_version), (1, 1));
    assert_eq!(root.organization, None);
    assert_eq!(hash_of(&root), "$2b$04$first");

    let ann = by_email(store, "ann@acme.example").await.unwrap();
    assert_eq!(ann.account.email, "Ann@Acme.example", "as typed");
    assert_eq!((ann.account.role, ann.account.organization_id), (Role::Admin, Some(acme.id)));
    assert_eq!(ann.organization, Some(acme_of_its_admin()));
    assert_eq!(ann.account.created_at, acme.created_at);

    let same = store.account(acme.admin_id).await.unwrap().unwrap();
    assert_eq!((same.account, same.organization), (ann.account, ann.organization));
    assert!(store.account_by_email("nobody@example.com").await.unwrap().is_none());
    assert!(store.account(AccountId(Uuid::new_v4())).await.unwrap().is_none());
}

fn acme_of_its_admin() -> OrganizationOfAccount {
    OrganizationOfAccount {
        name: "Acme".into(),
        state: State::Active,
        suspension: None,
        is_own_admin: true,
        sessions_end_at: None,
    }
}

/// A failed try; the milliseconds to wait when it is not even verified.
async fn wait(store: &dyn Store, second: i64) -> Option<i64> {
    match fail(store, "ann@x", at(second)).await {
        PlaceAnswer::Taken => None,
        PlaceAnswer::Throttled { until } => Some(until.as_millisecond() - at(second).as_millisecond()),
        PlaceAnswer::Full { .. } => panic!("no place"),
    }
}

fn done(account_id: AccountId, place: Place) -> SignInDone {
    SignInDone { account_id, place, rehash: None, key_check: None }
}

pub(crate) async fn attempts_are_counted_and_then_wait<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let mut now = 0;
    for count in 1..=16 {
        assert_eq!(wait(store, now).await, None, "try {count}");
        let seconds = wait_after(count).as_secs();
        if seconds > 0 {
            assert_eq!(wait(store, now).await, Some(seconds * 1_000), "after try {count}");
            assert_eq!(wait(&*harness.another(), now + seconds - 1).await, Some(1_000), "in another process");
        }
        now += seconds;
    }
    assert_eq!(store.take_place(&place_of("bob@x"), at(now)).await, Ok(PlaceAnswer::Taken), "another email");
}

pub(crate) async fn attempt_during_a_wait_changes_nothing<H: Harness>() {
    let harness = H::initialized().await;
    for _ in 0..5 {
        assert_eq!(wait(harness.store(), 0).await, None);
    }
    for _ in 0..20 {
        assert_eq!(wait(harness.store(), 0).await, Some(1_000));
    }
    assert_eq!(wait(harness.store(), 1).await, None, "the sixth try, after the wait");
    assert_eq!(wait(harness.store(), 1).await, Some(2_000));
}

pub(crate) async fn count_is_reset_after_an_hour<H: Harness>() {
    let harness = H::initialized().await;
    for _ in 0..5 {
        assert_eq!(wait(harness.store(), 0).await, None);
    }
    assert_eq!(wait(harness.store(), 3_599).await, None, "the sixth, within the hour");
    assert_eq!(wait(harness.store(), 3_599).await, Some(2_000));
    for _ in 0..4 {
        assert_eq!(wait(harness.store(), 3_599 + 3_600).await, None, "counted anew");
    }
    assert_eq!(wait(harness.store(), 3_599 + 3_600).await, None);
    assert_eq!(wait(harness.store(), 3_599 + 3_600).await, Some(1_000));
}

pub(crate) async fn wait_set_by_a_wrong_clock_is_ignored<H: Harness>() {
    let harness = H::initialized().await;
    // The clock ran an hour ahead, and is put right.
    for _ in 0..5 {
        assert_eq!(wait(harness.store(), 3_600).await, None);
    }
    assert_eq!(wait(harness.store(), 3_600).await, Some(1_000));
    assert_eq!(wait(harness.store(), 0).await, None, "nobody waits for an hour");
    assert_eq!(wait(harness.store(), 0).await, Some(2_000), "but the tries are not forgotten");
}

pub(crate) async fn a_success_clears_the_throttle<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    for _ in 0..5 {
        assert_eq!(wait(store, 0).await, None);
    }
    let place = place_of("ann@x");
    assert_eq!(store.take_place(&place, at(2)).await, Ok(PlaceAnswer::Taken));
    let root = by_email(store, "root@example.com").await.unwrap().account;
    store.signed_in(&done(root.id, place), entry(AuditAction::SignIn, at(2))).await.unwrap();
    for _ in 0..5 {
        assert_eq!(wait(store, 2).await, None);
    }
    assert_eq!(wait(store, 2).await, Some(1_000));
}

/// Six attempts take places in parallel; their outcomes decide how many are free.
pub(crate) async fn places_are_five_minus_the_failures<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let take = async |second: i64| {
        let place = place_of("ann@x");
        (store.take_place(&place, at(second)).await.unwrap(), place)
    };
    let is_full = |answer: &PlaceAnswer| matches!(answer, PlaceAnswer::Full { .. });
    let mut places = Vec::new();
    for _ in 0..5 {
        let (answer, place) = take(0).await;
        assert_eq!(answer, PlaceAnswer::Taken);
        places.push(place);
    }
    assert!(is_full(&take(0).await.0));
    let another = place_of("ann@x");
    assert!(is_full(&harness.another().take_place(&another, at(0)).await.unwrap()), "in another process");
    store.give_back(&places.pop().unwrap(), false).await.unwrap();
    let (answer, place) = take(0).await;
    assert_eq!(answer, PlaceAnswer::Taken, "one was given back");
    places.push(place);
    store.try_failed(&places.pop().unwrap(), entry(AuditAction::SignInFailed, at(0))).await.unwrap();
    assert!(is_full(&take(0).await.0), "a failure keeps its place");
    assert!(is_full(&take(29).await.0));
    let mut taken = 0;
    while take(30).await.0 == PlaceAnswer::Taken {
        taken += 1;
    }
    assert_eq!(taken, 4, "four lapsed, and one failed");
    for place in places {
        store.try_failed(&place, entry(AuditAction::SignInFailed, at(61))).await.unwrap();
    }
    assert!(
        matches!(take(61).await.0, PlaceAnswer::Throttled { .. }),
        "one that lapsed may fail all the same"
    );
    assert_eq!(take(62).await.0, PlaceAnswer::Taken);
    assert!(is_full(&take(62).await.0), "after five failures one at a time");
    // A place taken with a wrong clock does not count after the clock is corrected.
    let ahead = Place::of(ThrottleKey::current_password("ann@x"));
    for _ in 0..5 {
        let ahead = Place { id: Uuid::new_v4(), ..ahead.clone() };
        assert_eq!(store.take_place(&ahead, at(7_200)).await, Ok(PlaceAnswer::Taken));
    }
    assert_eq!(store.take_place(&ahead, at(0)).await, Ok(PlaceAnswer::Taken));
}

pub(crate) async fn returned_place_clears_the_count_only_on_request<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    for (clears, throttled) in [(false, true), (true, false)] {
        for _ in 0..4 {
            fail(store, "ann@x", at(0)).await;
        }
        let place = place_of("ann@x");
        assert_eq!(store.take_place(&place, at(0)).await, Ok(PlaceAnswer::Taken));
        store.give_back(&place, clears).await.unwrap();
        fail(store, "ann@x", at(0)).await;
        let answer = store.take_place(&place_of("ann@x"), at(0)).await.unwrap();
        assert_eq!(matches!(answer, PlaceAnswer::Throttled { .. }), throttled);
        store.forget_tries("ann@x").await.unwrap();
    }
}

pub(crate) async fn parallel_attempts_all_count<H: Harness>() {
    let harness = H::initialized().await;
    // One before the others: SecantusDB loses updates when several upserts at once make the row.
    assert_eq!(wait(harness.store(), 0).await, None);
    let tries = (0..24).map(|_| {
        let store = harness.another();
        async move { store.take_place(&place_of("ann@x"), at(0)).await.unwrap() }
    });
    let taken = join_all(tries).await.into_iter().filter(|answer| *answer == PlaceAnswer::Taken).count();
    assert_eq!(taken, 4, "guesses at once get as far as guesses one by one");
}

/// A time to come: a server removes rows whose time is over, by its own clock, and these tests last longer than that
/// takes.
fn later(second: i64) -> Timestamp {
    at(100 * 365 * 24 * 60 * 60 + second)
}

pub(crate) async fn store_with_many_failures_verifies_five_a_second<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let ms = |after: i64| later(0).checked_add(SignedDuration::from_millis(after)).unwrap();
    for number in 0..=FREE_FAILURES {
        assert_eq!(store.turn(later(0)).await, Ok(Turn::Now), "{number}");
        fail(store, &format!("{number}@x"), later(0)).await;
    }
    for number in 0..=25 {
        let expected = 200 * number;
        assert_eq!(harness.another().turn(later(0)).await, Ok(Turn::At(ms(expected))), "{number}");
    }
    assert_eq!(store.turn(later(0)).await, Ok(Turn::Never));
    assert_eq!(store.turn(ms(200)).await, Ok(Turn::At(ms(5_200))), "the line moves on");
    assert_eq!(store.turn(ms(200)).await, Ok(Turn::Never));
    assert_eq!(store.turn(later(60)).await, Ok(Turn::At(later(60))), "an empty line");
    assert_eq!(store.turn(later(600)).await, Ok(Turn::Now), "after ten minutes they are forgotten");
}

pub(crate) async fn sixty_registrations_an_hour_are_counted<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    for number in 0..FREE_REGISTRATIONS {
        assert_eq!(store.count_registration(later(number)).await, Ok(None), "{number}");
    }
    assert_eq!(store.count_registration(later(100)).await, Ok(Some(later(3_600))));
    assert_eq!(harness.another().count_registration(later(3_599)).await, Ok(Some(later(3_600))));
    assert_eq!(store.count_registration(later(3_600)).await, Ok(None), "the first one is an hour old");
    assert_eq!(store.count_registration(later(3_600)).await, Ok(Some(later(3_601))));
}

pub(crate) async fn sign_in_is_recorded_with_the_check_value_of_its_key<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    let before = admin_of(store, &acme).await;
    assert_eq!((before.last_sign_in_at, store.key_check().await), (None, Ok(None)));
    let admin = done(acme.admin_id, place_of("ann@x"));
    store.signed_in(&admin, entry(AuditAction::SignIn, at(70))).await.unwrap();
    let after = admin_of(store, &acme).await;
    assert_eq!(after.last_sign_in_at, Some(at(70)));
    assert_eq!(after.account, before.account, "nothing else of it changes");
    assert_eq!(by_id(store, acme.id).await.unwrap(), acme, "and nothing of the organization");
    assert_eq!(store.key_check().await, Ok(None));
    let root = by_email(store, "root@example.com").await.unwrap().account;
    for (second, check) in [(71, "one"), (72, "one"), (73, "two")] {
        let key_check = Some(check.to_owned());
        let operator = SignInDone { key_check, ..done(root.id, place_of("root@example.com")) };
        store.signed_in(&operator, entry(AuditAction::SignIn, at(second))).await.unwrap();
        assert_eq!(harness.another().key_check().await, Ok(Some(check.to_owned())));
    }
    assert_eq!(by_email(store, "root@example.com").await.unwrap().last_sign_in_at, Some(at(73)));
    update(store, &acme, &to_password("second")).await.unwrap();
    assert_eq!(admin_of(store, &acme).await.last_sign_in_at, Some(at(70)), "it outlives a change");
}

pub(crate) async fn a_new_hash_is_written_for_the_same_version_only<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let root = by_email(store, "root@example.com").await.unwrap().account;
    let rehash = |version, word| Rehash { account_id: root.id, version, password_hash: hash(word) };
    let sign_in = async |rehash| {
        let done = SignInDone { rehash: Some(rehash), ..done(root.id, place_of("root@example.com")) };
        store.signed_in(&done, entry(AuditAction::SignIn, at(3))).await
    };
    sign_in(rehash(1, "second")).await.unwrap();
    let after = by_email(store, "root@example.com").await.unwrap();
    assert_eq!(hash_of(&after), "$2b$04$second");
    assert_eq!((after.account.version, after.account.token_version), (1, 1), "it is the same password");
    sign_in(rehash(7, "third")).await.unwrap();
    assert_eq!(hash_of(&by_email(store, "root@example.com").await.unwrap()), "$2b$04$second");
}

pub(crate) async fn a_revoked_session_stays_revoked_until_its_end<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let claims = claims_of(&by_email(store, "root@example.com").await.unwrap());
    let revoked = async |now: Timestamp| store.session_state(&claims, now).await.unwrap().revoked;
    assert!(!revoked(at(0)).await);
    let signed_out = entry(AuditAction::SignOut, at(1));
    for _ in 0..2 {
        store.revoke(claims.sid, at(50), Some(signed_out.clone())).await.unwrap_or_else(|error| {
            // A repeat with the same entry may be refused for its id, never change anything.
            assert!(matches!(error, Error::Internal(_)), "{error:?}");
        });
    }
    store.revoke(claims.sid, at(99), None).await.unwrap();
    assert!(revoked(at(2)).await);
    assert!(revoked(at(49)).await);
    assert!(!revoked(at(50)).await, "a repeat does not lengthen it");
    let renewed = Claims { jti: Uuid::new_v4(), ..claims.clone() };
    assert!(store.session_state(&renewed, at(2)).await.unwrap().revoked, "with every token");
    let other = Claims { sid: Uuid::new_v4(), ..claims.clone() };
    assert!(!store.session_state(&other, at(2)).await.unwrap().revoked);
    // A clock that runs a day ahead for a while clears nothing away that counts when it is put right.
    let ahead = 24 * 60 * 60;
    store.revoke(Uuid::new_v4(), at(ahead + 50), Some(entry(AuditAction::SignOut, at(ahead)))).await.unwrap();
    assert!(revoked(at(2)).await);
}

pub(crate) async fn signing_out_everywhere_raises_the_token_version<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let root = by_email(store, "root@example.com").await.unwrap().account;
    store.revoke_all(root.id, entry(AuditAction::SignOut, at(1))).await.unwrap();
    let after = by_email(store, "root@example.com").await.unwrap().account;
    assert_eq!((after.version, after.token_version), (1, 2));
}

pub(crate) async fn a_session_is_checked_against_account_and_organization<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@acme.example").await.unwrap();
    let claims = claims_of(&admin_of(store, &acme).await);
    let state = store.session_state(&claims, at(2)).await.unwrap();
    assert_eq!(state.account.unwrap().organization_id, Some(acme.id));
    assert_eq!(state.organization, Some(acme_of_its_admin()));
    let unknown =
        Claims { sub: AccountId(Uuid::new_v4()), org: Some(OrganizationId(Uuid::new_v4())), ..claims };
    let state = store.session_state(&unknown, at(2)).await.unwrap();
    assert!(state.account.is_none() && state.organization.is_none() && !state.revoked);
}

pub(crate) async fn audit_entries_come_back_newest_first<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let mut written = Vec::new();
    for second in 1..=5 {
        let mut entry =
            entry_of(AuditAction::SignInFailed, at(second), OrganizationId(Uuid::new_v4()), "Ünï \u{202e}$x");
        entry.outcome = AuditOutcome::Failed;
        entry.changes.insert("a.b$c".into(), serde_json::json!({"$gt": [1, true, null, "x"]}));
        store.record(entry.clone()).await.unwrap();
        written.insert(0, entry);
    }
    let read = newest(store, 3).await;
    assert_eq!(read, written[..3]);
    assert_eq!(newest(store, 100).await.len(), 6, "with that of the first operator");
}
