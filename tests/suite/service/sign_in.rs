//! Sign-in: one answer for every refusal, and the throttle.

use super::*;
use crate::common::world::service_over;
use std::time::{Duration, Instant};
use tenantry::port::{GivenKey, Turn};
use tenantry::service::clock::Clock as _;
use tenantry::service::{TenantService, UpdateOwnAccount};

#[tokio::test]
async fn refused_sign_ins_look_the_same_and_are_recorded() {
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
async fn waits_double_from_the_fifth_failure() {
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
async fn raised_cost_rehashes_at_next_sign_in_and_keeps_sessions() {
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

#[tokio::test]
async fn a_lower_cost_weakens_no_stored_password() {
    let world = World::initialized().await;
    let mut dearer = options();
    dearer.bcrypt_cost = 6;
    let store: Arc<dyn Store> = Arc::clone(&world.store) as Arc<dyn Store>;
    service_over(store, Arc::clone(&world.clock), dearer).sign_in(ROOT, &PASSWORD.into()).await.unwrap();
    world.root().await;
    let record = world.store.account_by_email(ROOT).await.unwrap().unwrap();
    assert!(record.password_hash.expose_secret().starts_with("$2b$06$"));
}

/// At the cost of the settings, by one service and by one for each, as processes have it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twelve_parallel_sign_ins_with_the_right_password_succeed() {
    let mut options = options();
    options.bcrypt_cost = 10;
    let world = World::with(options.clone());
    world.service.initialize(ROOT, PASSWORD.into(), OperationId::random()).await.unwrap();
    let store = || Arc::clone(&world.store) as Arc<dyn Store>;
    for is_shared in [true, false] {
        let sign_ins: Vec<_> = (0..12)
            .map(|_| {
                let service = if is_shared {
                    Arc::clone(&world.service)
                } else {
                    service_over(store(), Arc::clone(&world.clock), options.clone())
                };
                tokio::spawn(async move { service.sign_in(ROOT, &PASSWORD.into()).await.map(drop) })
            })
            .collect();
        for sign_in in sign_ins {
            assert_eq!(sign_in.await.unwrap(), Ok(()));
        }
    }
}

/// Over 300 failures: the next sign-ins are verified one by one, for every account; then the queue is full.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn password_spraying_slows_sign_ins_but_locks_no_account() {
    let world = World::initialized().await;
    let guesses = (0..301).map(|number| {
        let service = Arc::clone(&world.service);
        tokio::spawn(
            async move { service.sign_in(&format!("{number}@x"), &"wrong horse".into()).await.map(drop) },
        )
    });
    for guess in guesses.collect::<Vec<_>>() {
        let answer = guess.await.unwrap();
        assert!(matches!(answer, Err(Error::InvalidCredentials | Error::Overloaded)), "{answer:?}");
    }
    // Those that found the queue full come again. Each look takes a turn once there are turns.
    let mut number = 0;
    while world.store.turn(world.clock.now()).await == Ok(Turn::Now) {
        let _ = world.service.sign_in(&format!("{number}@y"), &"wrong horse".into()).await;
        number += 1;
    }
    let begun = Instant::now();
    for _ in 0..3 {
        world.root().await;
    }
    assert!(begun.elapsed() >= Duration::from_millis(600), "five a second: {:?}", begun.elapsed());
    let all = (0..60).map(|_| {
        let service = Arc::clone(&world.service);
        tokio::spawn(async move { service.sign_in("zoe@x", &"wrong horse".into()).await.map(drop) })
    });
    let _ = futures_util::future::join_all(all).await;
    while world.store.turn(world.clock.now()).await != Ok(Turn::Never) {}
    let refused = world.service.sign_in(ROOT, &PASSWORD.into()).await.unwrap_err();
    assert_eq!(refused, Error::Throttled { retry_after: SignedDuration::from_secs(5) });
    world.clock.advance(SignedDuration::from_secs(5));
    world.root().await;
    world.clock.advance(SignedDuration::from_mins(10));
    for _ in 0..5 {
        world.root().await;
        assert_eq!(
            world.store.turn(world.clock.now()).await,
            Ok(Turn::Now),
            "it is forgotten after ten minutes"
        );
    }
}

#[tokio::test]
async fn registrations_without_a_session_are_sixty_an_hour() {
    let mut open = options();
    open.open_registration = true;
    let world = World::with(open);
    world.service.initialize(ROOT, PASSWORD.into(), OperationId::random()).await.unwrap();
    let root = world.root().await;
    let register = async |number: usize| {
        let request = CreateOrganization {
            name: format!("Acme {}", number / 2),
            admin_email: format!("{number}@x"),
            admin_password: PASSWORD.into(),
        };
        world.service.create_organization(None, request, OperationId::random()).await.map(drop)
    };
    for number in 0..60 {
        // Every other name is taken, and counts as well.
        assert_eq!(register(number).await.is_ok(), number % 2 == 0, "{number}");
    }
    let hour = SignedDuration::from_hours(1);
    assert_eq!(register(60).await, Err(Error::Throttled { retry_after: hour }));
    world.create(&root, "By an operator", "op@x").await.unwrap();
    world.clock.advance(hour);
    assert_eq!(register(60).await, Ok(()));
}

/// An operator who gives a password by any way lets its owner in at once.
#[tokio::test]
async fn a_password_from_an_operator_clears_the_throttle_of_its_email() {
    let (world, root, _) = two_organizations().await;
    let service = &world.service;
    for way in ["update", "create", "operator add", "operator password", "restore"] {
        let email = match way {
            "update" | "restore" => "ann@acme.example",
            _ => &*format!("{}@x", way.replace(' ', "-")),
        };
        if way == "operator password" {
            service.add_operator(&root, email, "an old horse".into(), OperationId::random()).await.unwrap();
        }
        for _ in 0..5 {
            let wrong = service.sign_in(email, &"wrong horse".into()).await.unwrap_err();
            assert_eq!(wrong, Error::InvalidCredentials, "{way}");
        }
        let wrong = service.sign_in(email, &"wrong horse".into()).await.unwrap_err();
        assert!(matches!(wrong, Error::Throttled { .. }), "{way}");
        match way {
            "update" => {
                let change = UpdateOrganization {
                    admin_password: Some(PASSWORD.into()),
                    ..UpdateOrganization::default()
                };
                drop(update(&world, &root, "Acme", change).await.unwrap());
            }
            "create" => drop(world.create(&root, "Created", email).await.unwrap()),
            "operator add" => drop(
                service.add_operator(&root, email, PASSWORD.into(), OperationId::random()).await.unwrap(),
            ),
            "operator password" => {
                let operation = OperationId::random();
                drop(service.set_operator_password(&root, email, PASSWORD.into(), operation).await.unwrap());
            }
            _ => {
                delete(&world, &root, "Acme", "Acme").await.unwrap();
                let request = tenantry::service::RestoreOrganization {
                    admin_password: Some(PASSWORD.into()),
                    ..Default::default()
                };
                let restored = service
                    .restore_organization(&root, &by_name("Acme"), request, OperationId::random())
                    .await;
                restored.unwrap();
            }
        }
        world.sign_in(email).await;
    }
}

#[tokio::test]
async fn recovery_needs_the_key_that_operators_sign_in_with() {
    let world = World::initialized().await;
    let with_key = |key: &str| {
        let store: Arc<dyn Store> = Arc::clone(&world.store) as Arc<dyn Store>;
        let key = Arc::new(GivenKey(key.into()));
        TenantService::new(store, key, Arc::clone(&world.clock) as Arc<_>, options())
    };
    let (other, third) = (with_key(&"a".repeat(32)), with_key(&"b".repeat(32)));
    world.root().await;
    let refused =
        other.recover_operator(ROOT, "another horse".into(), OperationId::random()).await.unwrap_err();
    assert_eq!((refused.clone(), refused.code()), (Error::WrongKey, "invalid_config"));
    assert_eq!(other.preview_recover_operator(ROOT, None).await, Err(Error::WrongKey));
    world.root().await;
    // A rotation: the next operator signs in under the new key.
    other.sign_in(ROOT, &PASSWORD.into()).await.unwrap();
    assert_eq!(
        world.service.recover_operator(ROOT, "x horse of mine".into(), OperationId::random()).await,
        Err(Error::WrongKey)
    );
    assert_eq!(
        third.recover_operator(ROOT, "x horse of mine".into(), OperationId::random()).await,
        Err(Error::WrongKey)
    );
    other.recover_operator(ROOT, "x horse of mine".into(), OperationId::random()).await.unwrap();
}

/// An admin learns who has a name or an email only by writes, which are recorded and throttled.
#[tokio::test]
async fn admin_who_probes_names_is_recorded_and_throttled() {
    let (world, root, ann) = two_organizations().await;
    let service = &world.service;
    let to_email = |email: &str, current: Option<&str>| UpdateOrganization {
        admin_email: Some(email.into()),
        current_password: current.map(SecretString::from),
        ..UpdateOrganization::default()
    };
    let before = world.store.audit(&AuditQuery::newest(1000)).await.unwrap().rows.len();
    for email in ["zoe@zephyr.example", "free@x", ROOT] {
        let dry = service.preview_update(&ann, &by_name("Acme"), to_email(email, None), false).await.unwrap();
        assert_eq!(dry.admin_email, email);
        let own = UpdateOwnAccount { email: Some(email.into()), ..UpdateOwnAccount::default() };
        assert_eq!(service.preview_own_account(&ann, own, false).await.unwrap().email, email);
        let unproven = update(&world, &ann, "Acme", to_email(email, None)).await;
        assert_eq!(unproven, Err(Error::WrongCurrentPassword), "before anything is told");
    }
    for name in ["Zephyr", "Free"] {
        let dry = service.preview_update(&ann, &by_name("Acme"), rename(name), false).await.unwrap();
        assert_eq!(dry.name, name);
    }
    assert_eq!(world.store.audit(&AuditQuery::newest(1000)).await.unwrap().rows.len(), before);
    for number in 0..5 {
        world.clock.advance(SignedDuration::from_millis(1));
        let refused = if number % 2 == 0 {
            update(&world, &ann, "Acme", rename("Zephyr")).await.unwrap_err()
        } else {
            update(&world, &ann, "Acme", to_email("zoe@zephyr.example", Some(PASSWORD))).await.unwrap_err()
        };
        assert!(matches!(refused.code(), "name_taken" | "email_taken"), "{refused:?}");
        let entry = world.store.audit(&AuditQuery::newest(1)).await.unwrap().rows.remove(0);
        assert_eq!((entry.actor.as_str(), entry.outcome), ("ann@acme.example", AuditOutcome::Failed));
        assert_eq!(entry.changes["refused"], refused.code());
        if number == 3 {
            // What succeeds is no way around it.
            update(&world, &ann, "Acme", rename("ACME")).await.unwrap();
        }
    }
    let throttled = update(&world, &ann, "Acme", rename("Zephyr")).await;
    assert!(matches!(throttled, Err(Error::Throttled { .. })), "{throttled:?}");
    world.sign_in("ann@acme.example").await;
    for _ in 0..8 {
        assert_eq!(
            update(&world, &root, "Acme", rename("Zephyr")).await,
            Err(Error::NameTaken("Zephyr".into()))
        );
    }
}
