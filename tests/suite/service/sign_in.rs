//! Sign-in: one answer for every refusal, and the throttle.

use super::*;
use crate::common::world::service_over;

#[tokio::test]
async fn every_refused_sign_in_is_the_same_answer_and_is_recorded() {
    let (world, _, _) = two_organizations().await;
    let long = format!("{}@x", "a".repeat(300));
    for (email, password, actor) in [
        ("nobody@example.com", PASSWORD, throttle_actor("nobody@example.com")),
        (ROOT, "wrong horse", ROOT.to_owned()),
        ("Root@Example.com", "", ROOT.to_owned()),
        (ROOT, "short", ROOT.to_owned()),
        ("not an email", PASSWORD, throttle_actor("not an email")),
        (long.as_str(), PASSWORD, throttle_actor("")),
    ] {
        world.clock.advance(SignedDuration::from_millis(1));
        let refusal = world.service.sign_in(email, &password.into()).await.unwrap_err();
        assert_eq!(refusal, Error::InvalidCredentials, "{email}");
        let entry = world.store.audit(&AuditQuery::newest(1)).await.unwrap().rows.remove(0);
        assert_eq!((entry.action, entry.outcome), (AuditAction::SignInFailed, AuditOutcome::Failed));
        assert_eq!(entry.actor, actor);
    }
}

#[tokio::test]
async fn the_fifth_failure_makes_wait_and_waits_double() {
    let world = World::initialized().await;
    let wrong: SecretString = "wrong horse".into();
    for _ in 0..5 {
        assert_eq!(world.service.sign_in(ROOT, &wrong).await.unwrap_err(), Error::InvalidCredentials);
    }
    let throttled = |seconds| Error::Throttled { retry_after: SignedDuration::from_secs(seconds) };
    assert_eq!(
        world.service.sign_in(ROOT, &PASSWORD.into()).await.unwrap_err(),
        throttled(1),
        "even the right one"
    );
    assert_eq!(world.service.sign_in("ROOT@example.com", &wrong).await.unwrap_err(), throttled(1), "by key");
    world.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(world.service.sign_in(ROOT, &wrong).await.unwrap_err(), Error::InvalidCredentials);
    assert_eq!(
        world.service.sign_in(ROOT, &wrong).await.unwrap_err(),
        throttled(2),
        "tries did not lengthen it"
    );
    let failed = world.store.audit(&AuditQuery::newest(100)).await.unwrap().rows;
    let failed = failed.iter().filter(|entry| entry.action == AuditAction::SignInFailed).count();
    assert_eq!(failed, 6, "throttled tries are neither verified nor recorded");
    world.clock.advance(SignedDuration::from_secs(2));
    world.service.sign_in(ROOT, &PASSWORD.into()).await.unwrap();
    assert_eq!(world.service.sign_in(ROOT, &wrong).await.unwrap_err(), Error::InvalidCredentials, "cleared");
    for _ in 0..4 {
        assert_eq!(world.service.sign_in(ROOT, &wrong).await.unwrap_err(), Error::InvalidCredentials);
    }
    assert!(matches!(world.service.sign_in(ROOT, &wrong).await.unwrap_err(), Error::Throttled { .. }));
}

#[tokio::test]
async fn an_unknown_email_is_throttled_too_and_forgotten_after_an_hour() {
    let world = World::initialized().await;
    let wrong: SecretString = "wrong horse".into();
    let guess = || world.service.sign_in("nobody@example.com", &wrong);
    for _ in 0..5 {
        assert_eq!(guess().await.unwrap_err(), Error::InvalidCredentials);
    }
    assert!(matches!(guess().await.unwrap_err(), Error::Throttled { .. }));
    world.clock.advance(SignedDuration::from_hours(1));
    for _ in 0..5 {
        assert_eq!(guess().await.unwrap_err(), Error::InvalidCredentials, "the count starts anew");
    }
}

#[tokio::test]
async fn parallel_guesses_are_counted_before_they_are_verified() {
    let world = World::initialized().await;
    let guesses = (0..20).map(|_| {
        let service = Arc::clone(&world.service);
        tokio::spawn(async move { service.sign_in(ROOT, &"wrong horse".into()).await.unwrap_err() })
    });
    let mut verified = 0;
    for guess in guesses.collect::<Vec<_>>() {
        verified += usize::from(guess.await.unwrap() == Error::InvalidCredentials);
    }
    assert_eq!(verified, 5);
}

#[tokio::test]
async fn a_changed_cost_hashes_anew_at_the_next_sign_in_and_ends_no_session() {
    let world = World::initialized().await;
    let before = world.root().await;
    let mut dearer = options();
    dearer.bcrypt_cost = 5;
    let store: Arc<dyn Store> = Arc::clone(&world.store) as Arc<dyn Store>;
    let service = service_over(store, Arc::clone(&world.clock), dearer);
    service.sign_in(ROOT, &PASSWORD.into()).await.unwrap();
    let record = world.store.account_by_email(ROOT).await.unwrap().unwrap();
    assert!(record.password_hash.expose_secret().starts_with("$2b$05$"));
    world.service.who_am_i(&before).await.unwrap();
    service.sign_in(ROOT, &PASSWORD.into()).await.unwrap();
}
