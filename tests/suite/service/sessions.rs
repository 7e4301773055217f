//! How a session lasts, is renewed and ends.

use super::*;
use tenantry::service::clock::Clock as _;

#[tokio::test]
async fn session_length_follows_the_setting_up_to_twelve_hours() {
    let world = World::initialized().await;
    let mut token = world.root().await;
    world.clock.advance(SignedDuration::from_mins(29));
    world.service.who_am_i(&token).await.unwrap();
    // A minute more for clocks that differ.
    world.clock.advance(SignedDuration::from_secs(119));
    world.service.who_am_i(&token).await.unwrap();
    world.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(world.service.who_am_i(&token).await, Err(Error::SessionExpired(Ended::Expired)));
    token = world.root().await;
    for _ in 0..35 {
        world.clock.advance(SignedDuration::from_mins(20));
        token = world.service.renew(&token).await.unwrap().token;
    }
    let principal = world.service.who_am_i(&token).await.unwrap();
    assert_eq!(principal.claims.exp - principal.claims.auth_time, 12 * 3600);
    world.clock.advance(SignedDuration::from_mins(21));
    assert_eq!(world.service.renew(&token).await.unwrap_err(), Error::SessionExpired(Ended::Expired));
}

#[tokio::test]
async fn clock_slightly_behind_keeps_sessions() {
    let world = World::initialized().await;
    let token = world.root().await;
    world.clock.advance(SignedDuration::from_secs(-60));
    world.service.who_am_i(&token).await.unwrap();
    world.clock.advance(SignedDuration::from_secs(-1));
    let refused = world.service.who_am_i(&token).await.unwrap_err();
    assert_eq!(refused, Error::SessionExpired(Ended::NotYet));
    assert!(refused.to_string().contains("not valid yet"), "{refused}");
}

#[tokio::test]
async fn renewal_keeps_the_old_token_and_sign_out_ends_all() {
    let world = World::initialized().await;
    let first = world.sign_in(ROOT).await;
    let other = world.root().await;
    let second = world.service.renew(&first.token).await.unwrap();
    assert_ne!(first.principal.claims.jti, second.principal.claims.jti);
    assert_eq!(first.principal.claims.sid, second.principal.claims.sid);
    let third = world.service.renew(&second.token).await.unwrap();
    for token in [&first.token, &second.token, &third.token] {
        world.service.who_am_i(token).await.unwrap();
    }
    world.service.sign_out(&second.token, false).await.unwrap();
    for token in [&first.token, &second.token, &third.token] {
        let ended = Err(Error::SessionExpired(Ended::Ended));
        assert_eq!(world.service.who_am_i(token).await, ended);
        assert_eq!(world.service.renew(token).await.map(drop), Err(Error::SessionExpired(Ended::Ended)));
    }
    world.service.who_am_i(&other).await.unwrap();
}

/// Also one whose renewal was made, but not yet used, when the session ended, and for as long as any could be good.
#[tokio::test]
async fn an_ended_session_stays_ended_for_its_twelve_hours() {
    let world = World::initialized().await;
    let mut token = world.root().await;
    for _ in 0..34 {
        world.clock.advance(SignedDuration::from_mins(20));
        token = world.service.renew(&token).await.unwrap().token;
    }
    let early = world.root().await;
    let renewed = world.service.renew(&early).await.unwrap().token;
    world.service.sign_out(&token, false).await.unwrap();
    world.service.sign_out(&early, false).await.unwrap();
    for _ in 0..20 {
        world.clock.advance(SignedDuration::from_mins(1));
        assert!(world.service.who_am_i(&token).await.is_err());
        assert_eq!(world.service.who_am_i(&renewed).await, Err(Error::SessionExpired(Ended::Ended)));
    }
}

/// Whatever ends the sessions of an organization ends their renewals, also those that are made at that moment.
#[tokio::test]
async fn a_renewal_does_not_outlive_a_suspension() {
    let (world, root, ann) = two_organizations().await;
    world.clock.advance(SignedDuration::from_mins(5));
    world
        .service
        .suspend_organization(&root, &by_name("Acme"), "", None, OperationId::random())
        .await
        .unwrap();
    world.service.resume_organization(&root, &by_name("Acme"), None, OperationId::random()).await.unwrap();
    world.clock.advance(SignedDuration::from_mins(5));
    let over = Err(Error::SessionExpired(Ended::Ended));
    assert_eq!(world.service.renew(&ann).await.map(drop), over);
    let again = world.sign_in("ann@acme.example").await.token;
    world.clock.advance(SignedDuration::from_mins(5));
    let renewed = world.service.renew(&again).await.unwrap();
    assert!(renewed.principal.claims.iat < world.clock.now().as_second(), "as old as its session");
    world.service.who_am_i(&renewed.token).await.unwrap();
}

#[tokio::test]
async fn signing_out_ends_this_session_or_all() {
    let world = World::initialized().await;
    let (one, two, three) = (world.root().await, world.root().await, world.root().await);
    world.service.sign_out(&one, false).await.unwrap();
    assert_eq!(world.service.who_am_i(&one).await, Err(Error::SessionExpired(Ended::Ended)));
    world.service.who_am_i(&two).await.unwrap();
    world.service.sign_out(&two, true).await.unwrap();
    assert_eq!(world.service.who_am_i(&three).await, Err(Error::SessionExpired(Ended::Ended)));
    world.root().await;
}

#[tokio::test]
async fn token_of_another_store_or_key_is_refused() {
    let (here, there) = (World::initialized().await, World::initialized().await);
    let token = there.root().await;
    assert_eq!(here.service.who_am_i(&token).await, Err(Error::Unauthenticated));
}

#[tokio::test]
async fn change_of_email_or_password_ends_the_sessions_and_rename_does_not() {
    let (world, root, ann) = two_organizations().await;
    update(&world, &root, "Acme", rename("Acme Labs")).await.unwrap();
    world.service.who_am_i(&ann).await.unwrap();
    let email =
        UpdateOrganization { admin_email: Some("eva@acme.example".into()), ..UpdateOrganization::default() };
    update(&world, &root, "Acme Labs", email).await.unwrap();
    assert_eq!(world.service.who_am_i(&ann).await, Err(Error::SessionExpired(Ended::Ended)));
    let refused = world.service.sign_in("ann@acme.example", &PASSWORD.into()).await;
    assert_eq!(refused.unwrap_err(), Error::InvalidCredentials);
    let eva = world.sign_in("EVA@acme.example").await.token;
    let password =
        UpdateOrganization { admin_password: Some("another horse".into()), ..UpdateOrganization::default() };
    update(&world, &root, "Acme Labs", password).await.unwrap();
    assert_eq!(world.service.who_am_i(&eva).await, Err(Error::SessionExpired(Ended::Ended)));
    world.service.sign_in("eva@acme.example", &"another horse".into()).await.unwrap();
}

#[tokio::test]
async fn old_token_never_reaches_the_next_owner_of_the_name() {
    let (world, root, ann) = two_organizations().await;
    delete(&world, &root, "Acme", "Acme").await.unwrap();
    world.create(&root, "Acme", "new@acme.example").await.unwrap();
    assert_eq!(delete(&world, &ann, "Acme", "Acme").await, Err(Error::SessionExpired(Ended::Ended)));
    assert_eq!(names(&world, &root, &list_all()).await, ["Acme", "Zephyr"]);
}

#[tokio::test]
async fn admin_needs_the_current_password_to_change_the_account() {
    let (world, root, ann) = two_organizations().await;
    let change = |current: Option<&str>| UpdateOrganization {
        admin_password: Some("another horse".into()),
        current_password: current.map(SecretString::from),
        ..UpdateOrganization::default()
    };
    assert_eq!(update(&world, &ann, "Acme", change(None)).await, Err(Error::WrongCurrentPassword));
    assert_eq!(
        update(&world, &ann, "Acme", change(Some("wrong horse"))).await,
        Err(Error::WrongCurrentPassword)
    );
    update(&world, &ann, "Acme", rename("Acme Labs")).await.unwrap();
    update(&world, &ann, "Acme Labs", change(Some(PASSWORD))).await.unwrap();
    let entry = world.store.audit(&AuditQuery::newest(1)).await.unwrap().rows.remove(0);
    assert_eq!(serde_json::Value::Object(entry.changes), serde_json::json!({"password": "changed"}));
    update(&world, &root, "Acme Labs", change(None)).await.unwrap();
}

#[tokio::test]
async fn guessing_the_current_password_does_not_block_sign_in() {
    let (world, _, ann) = two_organizations().await;
    let guess = || UpdateOrganization {
        admin_password: Some("another horse".into()),
        current_password: Some("wrong horse".into()),
        ..UpdateOrganization::default()
    };
    for _ in 0..5 {
        assert_eq!(update(&world, &ann, "Acme", guess()).await, Err(Error::WrongCurrentPassword));
    }
    assert!(matches!(update(&world, &ann, "Acme", guess()).await, Err(Error::Throttled { .. })));
    world.sign_in("ann@acme.example").await;
    let wrong = "a wrong horse".into();
    for _ in 0..5 {
        let refused = world.service.sign_in("ann@acme.example", &wrong).await.unwrap_err();
        assert_eq!(refused, Error::InvalidCredentials, "and is not counted as one");
    }
}

#[tokio::test]
async fn a_wrong_current_password_is_recorded_and_a_right_one_clears_the_throttle() {
    let (world, _, ann) = two_organizations().await;
    let change = |current: &str| UpdateOrganization {
        admin_password: Some("another horse".into()),
        current_password: Some(current.into()),
        ..UpdateOrganization::default()
    };
    for _ in 0..4 {
        assert_eq!(update(&world, &ann, "Acme", change("wrong")).await, Err(Error::WrongCurrentPassword));
    }
    let failed = world.store.audit(&AuditQuery::newest(4)).await.unwrap().rows;
    for entry in &failed {
        assert_eq!((entry.action, entry.outcome), (AuditAction::SignInFailed, AuditOutcome::Failed));
        assert_eq!(
            (entry.actor.as_str(), entry.organization_name.as_deref()),
            ("ann@acme.example", Some("Acme"))
        );
    }
    update(&world, &ann, "Acme", change(PASSWORD)).await.unwrap();
    for _ in 0..4 {
        let wrong = world.service.sign_in("ann@acme.example", &"wrong".into()).await;
        assert_eq!(wrong.unwrap_err(), Error::InvalidCredentials, "the count began anew");
    }
    world.service.sign_in("ann@acme.example", &"another horse".into()).await.unwrap();
}

#[tokio::test]
async fn right_current_password_with_another_refusal_is_not_a_guess() {
    let (world, root, _) = two_organizations().await;
    for _ in 0..8 {
        let taken = tenantry::service::UpdateOwnAccount {
            email: Some("ann@acme.example".into()),
            password: None,
            current_password: Some(PASSWORD.into()),
        };
        let refused = world.service.update_own_account(&root, taken, OperationId::random()).await;
        assert_eq!(refused, Err(Error::EmailTaken("ann@acme.example".into())));
    }
}
