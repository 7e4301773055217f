//! Operators manage each other and everyone their own account; and the sessions that each change ends.

use super::*;
use tenantry::service::UpdateOwnAccount;

const KIM: &str = "kim@example.com";
const SECOND: &str = "second password";

async fn with_kim() -> (World, AccessToken, AccessToken) {
    let world = World::initialized().await;
    let root = world.root().await;
    world.service.add_operator(&root, KIM, PASSWORD.into(), OperationId::random()).await.unwrap();
    let kim = world.sign_in(KIM).await.token;
    (world, root, kim)
}

fn is_ended<T: std::fmt::Debug + PartialEq>(answer: &Result<T>) -> bool {
    matches!(answer, Err(Error::SessionExpired(Ended::Ended)))
}

async fn newest(world: &World) -> (AuditAction, String, serde_json::Value) {
    let entry = world.store.audit(&AuditQuery::newest(1)).await.unwrap().rows.remove(0);
    (entry.action, entry.actor, entry.changes.into())
}

#[tokio::test]
async fn added_operator_can_add_operators() {
    let (world, _, kim) = with_kim().await;
    world.clock.advance(SignedDuration::from_millis(1));
    let lee = world
        .service
        .add_operator(&kim, "Lee@example.com", PASSWORD.into(), OperationId::random())
        .await
        .unwrap();
    assert_eq!((lee.email.as_str(), lee.role), ("Lee@example.com", Role::Operator));
    let said = newest(&world).await;
    assert_eq!((said.0, said.1.as_str()), (AuditAction::OperatorAdd, KIM));
    assert_eq!(said.2, serde_json::json!({"email": {"from": null, "to": "Lee@example.com"}}));
    let first = world.service.operators(&kim, 2, None).await.unwrap();
    let rest = world.service.operators(&kim, 2, first.next_cursor.as_deref()).await.unwrap();
    let all: Vec<String> = first.items.into_iter().chain(rest.items).map(|account| account.email).collect();
    assert_eq!((all, rest.next_cursor), (vec![KIM.into(), "Lee@example.com".into(), ROOT.into()], None));
    assert_eq!(world.service.operators(&kim, 2, Some("x")).await, Err(Error::InvalidCursor));
}

#[tokio::test]
async fn invalid_values_are_refused_before_the_store_is_asked() {
    let (world, root, _) = with_kim().await;
    let add = async |email: &str, password: &str| {
        world
            .service
            .add_operator(&root, email, password.into(), OperationId::random())
            .await
            .map(drop)
            .unwrap_err()
            .code()
    };
    assert_eq!(add("no email", PASSWORD).await, "invalid_email");
    assert_eq!(add("lee@example.com", "short").await, "invalid_password");
    assert_eq!(add("KIM@example.com", PASSWORD).await, "email_taken");
    let megabytes = "x".repeat(3_000_000);
    assert_eq!(add(&megabytes, PASSWORD).await, "invalid_email");
    let set = world.service.set_operator_password(&root, KIM, "short".into(), OperationId::random()).await;
    assert_eq!(set.unwrap_err().code(), "invalid_password");
    let unknown =
        world.service.set_operator_password(&root, "no@x", SECOND.into(), OperationId::random()).await;
    assert_eq!(unknown, Err(Error::OperatorNotFound));
}

#[tokio::test]
async fn removed_operator_loses_the_session_and_the_last_one_stays() {
    let (world, root, kim) = with_kim().await;
    let remove = async |email: &str, confirm: &str| {
        world.service.remove_operator(&root, email, confirm, OperationId::random()).await
    };
    let refused = Err(Error::ConfirmationRequired(Confirms::Operator));
    assert_eq!(remove(KIM, "Kim@example.com").await, refused, "as it is stored, case kept");
    assert_eq!(remove(KIM, "").await, refused);
    assert_eq!(remove("nobody@x", "nobody@x").await, Err(Error::OperatorNotFound));
    world.service.who_am_i(&kim).await.unwrap();
    assert_eq!(remove("KIM@example.com", KIM).await.unwrap().email, KIM);
    assert!(is_ended(&world.service.who_am_i(&kim).await));
    assert_eq!(remove(ROOT, ROOT).await, Err(Error::LastOperator));
    world.service.who_am_i(&root).await.unwrap();
    let again = world.service.add_operator(&root, KIM, PASSWORD.into(), OperationId::random()).await.unwrap();
    assert!(is_ended(&world.service.who_am_i(&kim).await), "an old token is not good for a new account");
    let kim = world.sign_in(KIM).await;
    assert_eq!(kim.principal.account_id, again.id);
    world.service.remove_operator(&kim.token, KIM, KIM, OperationId::random()).await.unwrap();
    assert!(is_ended(&world.service.who_am_i(&kim.token).await), "oneself, while another is left");
}

#[tokio::test]
async fn setting_another_operators_password_ends_its_sessions() {
    let (world, root, kim) = with_kim().await;
    world.clock.advance(SignedDuration::from_millis(1));
    world.service.set_operator_password(&root, KIM, SECOND.into(), OperationId::random()).await.unwrap();
    let said = newest(&world).await;
    assert_eq!((said.0, said.1.as_str()), (AuditAction::OperatorPassword, ROOT));
    assert_eq!(said.2, serde_json::json!({"account": KIM, "password": "changed"}));
    assert!(is_ended(&world.service.who_am_i(&kim).await));
    assert_eq!(world.service.sign_in(KIM, &PASSWORD.into()).await.unwrap_err(), Error::InvalidCredentials);
    world.service.sign_in(KIM, &SECOND.into()).await.unwrap();
    let own = world.service.set_operator_password(&root, ROOT, SECOND.into(), OperationId::random()).await;
    assert_eq!(own, Err(Error::WrongCurrentPassword), "the own one wants the current one");
    world.service.who_am_i(&root).await.unwrap();
}

#[tokio::test]
async fn access_to_store_and_key_recovers_an_operator() {
    let (world, root, _) = with_kim().await;
    let wrong: SecretString = "wrong horse".into();
    for _ in 0..6 {
        let _ = world.service.sign_in(ROOT, &wrong).await;
    }
    assert!(matches!(world.service.sign_in(ROOT, &wrong).await.unwrap_err(), Error::Throttled { .. }));
    world.clock.advance(SignedDuration::from_millis(1));
    world.service.recover_operator(ROOT, SECOND.into(), OperationId::random()).await.unwrap();
    let said = newest(&world).await;
    assert_eq!((said.0, said.1.as_str()), (AuditAction::Recovered, ROOT));
    assert!(is_ended(&world.service.who_am_i(&root).await));
    world.service.sign_in(ROOT, &SECOND.into()).await.unwrap();
    world.create(&world.sign_in(KIM).await.token, "Acme", "ann@x").await.unwrap();
    let admin = world.service.recover_operator("ann@x", SECOND.into(), OperationId::random()).await;
    assert_eq!(admin, Err(Error::OperatorNotFound), "for operators alone");
    let none = World::empty();
    assert_eq!(
        none.service.recover_operator(ROOT, SECOND.into(), OperationId::random()).await,
        Err(Error::NotInitialized)
    );
}

fn own(email: Option<&str>, password: Option<&str>, current: Option<&str>) -> UpdateOwnAccount {
    UpdateOwnAccount {
        email: email.map(str::to_owned),
        password: password.map(SecretString::from),
        current_password: current.map(SecretString::from),
    }
}

#[tokio::test]
async fn changing_own_account_needs_current_password_and_ends_every_session() {
    let (world, root, _) = with_kim().await;
    world.create(&root, "Acme", "ann@x").await.unwrap();
    for (email, role) in [(KIM, Role::Operator), ("ann@x", Role::Admin)] {
        let session = world.sign_in(email).await.token;
        let other = world.sign_in(email).await.token;
        let change = async |request: UpdateOwnAccount| {
            world.service.update_own_account(&session, request, OperationId::random()).await
        };
        assert_eq!(change(own(None, None, None)).await, Err(Error::NothingToChange));
        let new = format!("new-{email}");
        for current in [None, Some("wrong horse"), Some("")] {
            let refused = change(own(Some(&new), Some(SECOND), current)).await;
            assert_eq!(refused, Err(Error::WrongCurrentPassword), "{email}");
        }
        assert_eq!(change(own(Some("x"), None, Some(PASSWORD))).await.unwrap_err().code(), "invalid_email");
        assert_eq!(
            change(own(None, Some("x"), Some(PASSWORD))).await.unwrap_err().code(),
            "invalid_password"
        );
        let taken = change(own(Some(ROOT), None, Some(PASSWORD))).await;
        assert_eq!(taken, Err(Error::EmailTaken(ROOT.into())));
        let same = change(own(Some(email), None, None)).await.unwrap();
        assert_eq!((same.email.as_str(), same.role), (email, role), "the same again is done already");
        world.service.who_am_i(&session).await.unwrap();
        world.clock.advance(SignedDuration::from_mins(6));
        let changed = change(own(Some(&new), Some(SECOND), Some(PASSWORD))).await.unwrap();
        assert_eq!((changed.email.as_str(), changed.role), (new.as_str(), role));
        for token in [&session, &other] {
            assert!(is_ended(&world.service.who_am_i(token).await), "{email}");
        }
        assert_eq!(
            world.service.sign_in(email, &SECOND.into()).await.unwrap_err(),
            Error::InvalidCredentials
        );
        world.service.sign_in(&new, &SECOND.into()).await.unwrap();
    }
}

#[tokio::test]
async fn a_stolen_session_cannot_guess_the_current_password() {
    let (world, _, kim) = with_kim().await;
    let guess = async |password: &str| {
        let request = own(Some("eve@x"), None, Some(password));
        world.service.update_own_account(&kim, request, OperationId::random()).await.unwrap_err()
    };
    for _ in 0..5 {
        assert_eq!(guess("wrong horse").await, Error::WrongCurrentPassword);
    }
    assert!(matches!(guess(PASSWORD).await, Error::Throttled { .. }));
    world.service.who_am_i(&kim).await.unwrap();
}

#[tokio::test]
async fn signing_out_everywhere_ends_only_sessions_of_the_account() {
    let (world, root, kim) = with_kim().await;
    let again = world.sign_in(KIM).await.token;
    world.service.sign_out(&kim, true).await.unwrap();
    assert!(is_ended(&world.service.who_am_i(&again).await));
    assert!(is_ended(&world.service.who_am_i(&kim).await));
    world.service.who_am_i(&root).await.unwrap();
    world.sign_in(KIM).await;
}
