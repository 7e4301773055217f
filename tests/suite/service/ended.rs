//! A session that is over reaches nothing, however it ended; clocks that jump; input without bounds.

use super::roles::call;
use super::*;
use crate::common::console::Place;
use crate::common::gate::set;
use std::sync::atomic::Ordering;
use strum::IntoEnumIterator;
use tenantry::service::access::UseCase;
use tenantry::service::{ActivityQuery, UpdateOwnAccount};

/// That no use case but a new sign-in works with this token any more.
async fn assert_over(world: &World, token: &AccessToken, ended: Ended, why: &str) {
    for use_case in UseCase::iter() {
        if !matches!(use_case, UseCase::SignIn | UseCase::PublicOrganization) {
            let answer = call(world, use_case, token, "Zephyr").await;
            assert_eq!(answer, Err(Error::SessionExpired(ended)), "{why}: {use_case:?}");
        }
    }
    let same = UpdateOwnAccount { email: Some("x@y".into()), ..UpdateOwnAccount::default() };
    let service = &world.service;
    let over = Err(Error::SessionExpired(ended));
    assert_eq!(service.preview_own_account(token, same, false).await.map(drop), over, "{why}");
    assert_eq!(service.renew(token).await.map(drop), over, "{why}");
    assert_eq!(service.sign_out(token, true).await, over, "{why}");
    assert_eq!(
        service.add_operator(token, "k@x", PASSWORD.into(), OperationId::random()).await.map(drop),
        over,
        "{why}"
    );
    assert_eq!(
        service.remove_operator(token, ROOT, ROOT, OperationId::random()).await.map(drop),
        over,
        "{why}"
    );
}

#[tokio::test]
async fn ended_session_of_an_admin_is_refused_everywhere() {
    for way in ["sign out", "everywhere", "password", "email", "own password", "delete"] {
        let (world, root, ann) = two_organizations().await;
        let service = &world.service;
        let change = |email: Option<&str>, password: Option<&str>| UpdateOrganization {
            admin_email: email.map(str::to_owned),
            admin_password: password.map(SecretString::from),
            ..UpdateOrganization::default()
        };
        match way {
            "sign out" => service.sign_out(&ann, false).await.unwrap(),
            "everywhere" => {
                service.sign_out(&world.sign_in("ann@acme.example").await.token, true).await.unwrap();
            }
            "password" => {
                drop(update(&world, &root, "Acme", change(None, Some("another horse"))).await.unwrap());
            }
            "email" => drop(update(&world, &root, "Acme", change(Some("eva@x"), None)).await.unwrap()),
            "own password" => {
                let change = UpdateOwnAccount {
                    password: Some("another horse".into()),
                    current_password: Some(PASSWORD.into()),
                    ..UpdateOwnAccount::default()
                };
                service.update_own_account(&ann, change, OperationId::random()).await.unwrap();
            }
            _ => delete(&world, &root, "Acme", "Acme").await.unwrap(),
        }
        assert_over(&world, &ann, Ended::Ended, way).await;
    }
}

#[tokio::test]
async fn ended_session_of_an_operator_is_refused_everywhere() {
    for way in ["sign out", "everywhere", "new password", "own email", "recovered", "removed"] {
        let (world, root, _) = two_organizations().await;
        let service = &world.service;
        service.add_operator(&root, "kim@x", PASSWORD.into(), OperationId::random()).await.unwrap();
        let kim = world.sign_in("kim@x").await.token;
        let other: SecretString = "another horse".into();
        match way {
            "sign out" => service.sign_out(&kim, false).await.unwrap(),
            "everywhere" => service.sign_out(&world.sign_in("kim@x").await.token, true).await.unwrap(),
            "new password" => drop(
                service.set_operator_password(&root, "kim@x", other, OperationId::random()).await.unwrap(),
            ),
            "own email" => {
                let change = UpdateOwnAccount {
                    email: Some("kimberly@x".into()),
                    current_password: Some(PASSWORD.into()),
                    ..UpdateOwnAccount::default()
                };
                service.update_own_account(&kim, change, OperationId::random()).await.unwrap();
            }
            "recovered" => {
                drop(service.recover_operator("kim@x", other, OperationId::random()).await.unwrap());
            }
            _ => drop(service.remove_operator(&root, "kim@x", "kim@x", OperationId::random()).await.unwrap()),
        }
        assert_over(&world, &kim, Ended::Ended, way).await;
        assert_eq!(names(&world, &root, &list_all()).await, ["Acme", "Zephyr"], "others go on");
    }
}

#[tokio::test]
async fn clock_jumps_do_not_revive_ended_sessions() {
    let (world, root, ann) = two_organizations().await;
    world.clock.advance(SignedDuration::from_hours(-1));
    assert_over(&world, &ann, Ended::NotYet, "signed in at a time that has not come").await;
    let root_again = world.root().await;
    world.create(&root_again, "Before", "before@x").await.unwrap();
    let oldest = ListQuery { sort: SortKey::Created, ..list_all() };
    assert_eq!(names(&world, &root_again, &oldest).await[0], "Before");
    update(&world, &root_again, "Acme", rename("Acme Labs")).await.unwrap();
    // A wait that was set at the later time blocks nobody for longer than the longest wait.
    for _ in 0..6 {
        let _ = world.service.sign_in("ann@acme.example", &"wrong horse".into()).await;
    }
    world.clock.advance(SignedDuration::from_hours(-1));
    world.sign_in("ann@acme.example").await;

    world.clock.advance(SignedDuration::from_hours(25));
    assert_over(&world, &root_again, Ended::Expired, "a day later").await;
    assert_over(&world, &root, Ended::Expired, "a day later").await;
    let root = world.root().await;
    delete(&world, &root, "Acme Labs", "Acme Labs").await.unwrap();
    assert_eq!(names(&world, &root, &list_all()).await, ["Before", "Zephyr"]);
    let activity = ActivityQuery { limit: 100, ..ActivityQuery::default() };
    let entries = world.service.activity(&root, &activity).await.unwrap().items;
    assert!(entries.iter().any(|entry| entry.action == AuditAction::OrganizationDelete));
    assert!(entries.windows(2).all(|pair| pair[0].at >= pair[1].at), "newest first by the clock");
}

#[tokio::test]
async fn huge_input_is_refused_before_it_reaches_the_store() {
    let (world, root, ann) = two_organizations().await;
    let huge = "n".repeat(3 * 1024 * 1024);
    let service = &world.service;
    let refused = world.create(&root, &huge, "a@x").await.unwrap_err();
    assert!(matches!(refused, Error::InvalidName(_)), "{refused:?}");
    assert!(refused.to_string().len() < 300, "and is not quoted");
    assert!(matches!(world.create(&root, "New", &huge).await, Err(Error::InvalidEmail(_))));
    assert!(matches!(update(&world, &root, "Acme", rename(&huge)).await, Err(Error::InvalidName(_))));
    assert!(matches!(
        service.add_operator(&root, &huge, PASSWORD.into(), OperationId::random()).await,
        Err(Error::InvalidEmail(_))
    ));
    let password =
        service.add_operator(&root, "k@x", huge.clone().into(), OperationId::random()).await.unwrap_err();
    assert!(matches!(password, Error::InvalidPassword(_)), "{password:?}");
    assert_eq!(service.sign_in(&huge, &huge.clone().into()).await.unwrap_err(), Error::InvalidCredentials);
    assert_eq!(service.organization(&ann, &by_name(&huge)).await, Err(Error::NotFound));
    let token = AccessToken("t".repeat(5 * 1024 * 1024).into());
    assert_eq!(service.who_am_i(&token).await, Err(Error::Unauthenticated));
    let dots = AccessToken(format!("{0}.{0}.{0}", "e".repeat(2 * 1024 * 1024)).into());
    assert_eq!(service.who_am_i(&dots).await, Err(Error::Unauthenticated));
    let filter = ListQuery { filter: huge.clone(), ..list_all() };
    assert!(matches!(service.list_organizations(&root, &filter).await, Err(Error::InvalidFilter(_))));
    let cursor = ListQuery { cursor: Some(huge.clone()), ..list_all() };
    assert_eq!(service.list_organizations(&root, &cursor).await, Err(Error::InvalidCursor));
    let actor = ActivityQuery { actor: Some(huge), limit: 9, ..ActivityQuery::default() };
    let unknown = service.activity(&root, &actor).await.unwrap_err();
    assert!(matches!(unknown, Error::ActorNotFound(_)) && unknown.to_string().len() < 500, "{unknown}");
}

/// Hashing takes a while: an operator who was removed by then writes nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operator_removed_during_a_write_writes_nothing() {
    let place = Place::initialized().await;
    let root = place.service.sign_in(ROOT, &PASSWORD.into()).await.unwrap().token;
    place.service.add_operator(&root, "kim@x", PASSWORD.into(), OperationId::random()).await.unwrap();
    let kim = place.service.sign_in("kim@x", &PASSWORD.into()).await.unwrap().token;
    set(&place.gate.holds_writes, true);
    let service = Arc::clone(&place.service);
    let request = CreateOrganization {
        name: "Acme".into(),
        admin_email: "ann@x".into(),
        admin_password: PASSWORD.into(),
    };
    let write = tokio::spawn(async move {
        service.create_organization(Some(&kim), request, OperationId::random()).await.map(drop)
    });
    while place.gate.waiting.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    set(&place.gate.holds_writes, false);
    place.service.remove_operator(&root, "kim@x", "kim@x", OperationId::random()).await.unwrap();
    place.gate.permits.add_permits(1);
    assert_eq!(write.await.unwrap(), Err(Error::SessionExpired(Ended::Ended)));
    let about = by_name("Acme");
    assert_eq!(place.service.organization(&root, &about).await.map(drop), Err(Error::NotFound));
}
