//! The use cases under a fake clock, on the embedded store: who may do what, sessions and their end, the throttle,
//! and what is validated before the store is asked.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "common/world.rs"]
mod world;

use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use tenantry::domain::{AccessToken, Ended, Epoch, Organization, OrganizationId, Role, SortKey, State};
use tenantry::service::store::{AuditAction, AuditOutcome, Store};
use tenantry::service::{
    CreateOrganization, Error, ListQuery, OperationId, OrganizationReference, Result, UpdateOrganization,
    throttle_actor,
};
use world::{PASSWORD, ROOT, World, options};

fn by_name(name: &str) -> OrganizationReference {
    OrganizationReference::Name(name.into())
}

fn rename(to: &str) -> UpdateOrganization {
    UpdateOrganization { name: Some(to.into()), ..UpdateOrganization::default() }
}

fn list_all() -> ListQuery {
    ListQuery { limit: 1000, ..ListQuery::default() }
}

async fn update(
    world: &World,
    token: &AccessToken,
    name: &str,
    change: UpdateOrganization,
) -> Result<Organization> {
    world.service.update_organization(token, &by_name(name), change, OperationId::random()).await
}

async fn delete(world: &World, token: &AccessToken, name: &str, confirm: &str) -> Result<()> {
    let target = by_name(name);
    let call = world.service.delete_organization(token, &target, confirm, None, OperationId::random());
    call.await.map(drop)
}

async fn names(world: &World, token: &AccessToken, query: &ListQuery) -> Vec<String> {
    let page = world.service.list_organizations(token, query).await.unwrap();
    page.items.iter().map(|row| row.name.clone()).collect()
}

/// Acme with its admin, Zephyr with its, and the operator.
async fn two_organizations() -> (World, AccessToken, AccessToken) {
    let world = World::initialized().await;
    let root = world.root().await;
    world.create(&root, "Acme", "ann@acme.example").await.unwrap();
    world.create(&root, "Zephyr", "zoe@zephyr.example").await.unwrap();
    let ann = world.sign_in("ann@acme.example").await.token;
    (world, root, ann)
}

// --- role x use case ---------------------------------------------------------------------------------------------

#[tokio::test]
async fn an_admin_reaches_the_own_organization_and_no_other() {
    let (world, _, ann) = two_organizations().await;
    let service = &world.service;
    assert_eq!(service.who_am_i(&ann).await.unwrap().role, Role::Admin);
    assert_eq!(names(&world, &ann, &list_all()).await, ["Acme"]);
    assert_eq!(service.organization(&ann, &by_name("acme")).await.unwrap().name, "Acme");
    let other = service.organization(&ann, &by_name("Zephyr")).await.unwrap_err();
    let missing = service.organization(&ann, &by_name("Nobody")).await.unwrap_err();
    assert_eq!((&other, other.to_string()), (&missing, missing.to_string()), "the same answer");
    assert_eq!(other, Error::NotFound);
    assert_eq!(update(&world, &ann, "Zephyr", rename("Mine")).await, Err(Error::NotFound));
    assert_eq!(delete(&world, &ann, "Zephyr", "Zephyr").await, Err(Error::NotFound));
    assert_eq!(world.create(&ann, "New", "new@x").await, Err(Error::Forbidden));
    assert_eq!(update(&world, &ann, "Acme", rename("Acme Labs")).await.unwrap().name, "Acme Labs");
    delete(&world, &ann, "acme labs", "Acme Labs").await.unwrap();
    assert_eq!(service.who_am_i(&ann).await, Err(Error::SessionExpired(Ended::Ended)));
}

#[tokio::test]
async fn an_operator_reaches_all() {
    let (world, root, _) = two_organizations().await;
    assert_eq!(names(&world, &root, &list_all()).await, ["Acme", "Zephyr"]);
    update(&world, &root, "Zephyr", rename("Zephyr Air")).await.unwrap();
    delete(&world, &root, "Acme", "Acme").await.unwrap();
    assert_eq!(names(&world, &root, &list_all()).await, ["Zephyr Air"]);
}

#[tokio::test]
async fn nobody_signed_in_can_do_nothing_but_register_where_that_is_open() {
    let request = || CreateOrganization {
        name: "Acme".into(),
        admin_email: "ann@acme.example".into(),
        admin_password: PASSWORD.into(),
    };
    let closed = World::initialized().await;
    let create = closed.service.create_organization(None, request(), OperationId::random());
    assert_eq!(create.await, Err(Error::Unauthenticated));
    let mut open = options();
    open.open_registration = true;
    let open = World::with(open);
    let create = open.service.create_organization(None, request(), OperationId::random());
    assert_eq!(create.await, Err(Error::NotInitialized));
    open.service.initialize(ROOT, PASSWORD.into()).await.unwrap();
    open.service.create_organization(None, request(), OperationId::random()).await.unwrap();
    let entry = open.store.audit(1).await.unwrap().remove(0);
    assert_eq!((entry.action, entry.actor.as_str()), (AuditAction::OrganizationCreate, "ann@acme.example"));
    let ann = open.sign_in("ann@acme.example").await.token;
    assert_eq!(open.create(&ann, "Second", "b@x").await, Err(Error::Forbidden));
    let nonsense = AccessToken("a.b.c".into());
    assert_eq!(open.service.list_organizations(&nonsense, &list_all()).await, Err(Error::Unauthenticated));
}

#[tokio::test]
async fn a_store_without_operator_lets_nobody_do_anything() {
    let world = World::empty();
    assert!(!world.service.is_initialized().await.unwrap());
    assert_eq!(world.service.sign_in(ROOT, &PASSWORD.into()).await.unwrap_err(), Error::NotInitialized);
    let token = AccessToken("x".into());
    assert_eq!(world.service.list_organizations(&token, &list_all()).await, Err(Error::NotInitialized));
    assert_eq!(std::fs::read_dir(world.folder.path()).unwrap().count(), 0, "reading makes no file");
    world.service.initialize(ROOT, PASSWORD.into()).await.unwrap();
    assert_eq!(world.service.initialize(ROOT, PASSWORD.into()).await, Err(Error::AlreadyInitialized));
    assert!(world.service.is_initialized().await.unwrap());
}

// --- sessions ----------------------------------------------------------------------------------------------------

#[tokio::test]
async fn a_session_lasts_as_long_as_set_and_renewal_never_beyond_twelve_hours() {
    let world = World::initialized().await;
    let mut token = world.root().await;
    world.clock.advance(SignedDuration::from_mins(29));
    world.service.who_am_i(&token).await.unwrap();
    world.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(world.service.who_am_i(&token).await, Err(Error::SessionExpired(Ended::Expired)));
    token = world.root().await;
    for _ in 0..35 {
        world.clock.advance(SignedDuration::from_mins(20));
        token = world.service.renew(&token).await.unwrap().token;
    }
    let principal = world.service.who_am_i(&token).await.unwrap();
    assert_eq!(principal.claims.exp - principal.claims.auth_time, 12 * 3600);
    world.clock.advance(SignedDuration::from_mins(20));
    assert_eq!(world.service.renew(&token).await.unwrap_err(), Error::SessionExpired(Ended::Expired));
}

#[tokio::test]
async fn a_renewed_token_is_another_and_the_old_one_is_good_until_discarded() {
    let world = World::initialized().await;
    let old = world.sign_in(ROOT).await;
    let new = world.service.renew(&old.token).await.unwrap();
    assert_ne!(old.principal.claims.jti, new.principal.claims.jti);
    world.service.who_am_i(&old.token).await.unwrap();
    world.service.discard(&old.token).await.unwrap();
    assert_eq!(world.service.who_am_i(&old.token).await, Err(Error::SessionExpired(Ended::Ended)));
    world.service.who_am_i(&new.token).await.unwrap();
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
async fn a_token_of_another_store_or_key_is_nobodys() {
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
async fn a_stale_token_never_reaches_the_next_owner_of_the_name() {
    let (world, root, ann) = two_organizations().await;
    delete(&world, &root, "Acme", "Acme").await.unwrap();
    world.create(&root, "Acme", "new@acme.example").await.unwrap();
    assert_eq!(delete(&world, &ann, "Acme", "Acme").await, Err(Error::SessionExpired(Ended::Ended)));
    assert_eq!(names(&world, &root, &list_all()).await, ["Acme", "Zephyr"]);
}

#[tokio::test]
async fn an_admin_gives_the_current_password_to_change_the_own_account() {
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
    let entry = world.store.audit(1).await.unwrap().remove(0);
    assert_eq!(serde_json::Value::Object(entry.changes), serde_json::json!({"password": "changed"}));
    update(&world, &root, "Acme Labs", change(None)).await.unwrap();
}

#[tokio::test]
async fn guessing_the_current_password_is_throttled_like_a_sign_in() {
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
}

// --- sign-in -----------------------------------------------------------------------------------------------------

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
        let refusal = world.service.sign_in(email, &password.into()).await.unwrap_err();
        assert_eq!(refusal, Error::InvalidCredentials, "{email}");
        let entry = world.store.audit(1).await.unwrap().remove(0);
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
    let failed = world.store.audit(100).await.unwrap();
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
    let service = world::service_over(store, Arc::clone(&world.clock), dearer);
    service.sign_in(ROOT, &PASSWORD.into()).await.unwrap();
    let record = world.store.account_by_email(ROOT).await.unwrap().unwrap();
    assert!(record.password_hash.expose_secret().starts_with("$2b$05$"));
    world.service.who_am_i(&before).await.unwrap();
    service.sign_in(ROOT, &PASSWORD.into()).await.unwrap();
}

// --- what is validated, and what is the same ---------------------------------------------------------------------

#[tokio::test]
async fn refusals_come_before_anything_is_done() {
    let (world, root, _) = two_organizations().await;
    let create = |name: &str, email: &str, password: &str| {
        let request = CreateOrganization {
            name: name.into(),
            admin_email: email.into(),
            admin_password: password.into(),
        };
        world.service.create_organization(Some(&root), request, OperationId::random())
    };
    assert_eq!(create("", "a@b", PASSWORD).await.unwrap_err().code(), "invalid_name");
    assert_eq!(create(&"x".repeat(3_000_000), "a@b", PASSWORD).await.unwrap_err().code(), "invalid_name");
    assert_eq!(create("New", "a", PASSWORD).await.unwrap_err().code(), "invalid_email");
    assert_eq!(create("New", "a@b", "short").await.unwrap_err().code(), "invalid_password");
    assert_eq!(create("New", "a@b", &"x".repeat(73)).await.unwrap_err().code(), "invalid_password");
    assert_eq!(create(" ACME ", "a@b", PASSWORD).await, Err(Error::NameTaken("ACME".into())));
    assert_eq!(
        create("New", "ANN@acme.example", PASSWORD).await,
        Err(Error::EmailTaken("ANN@acme.example".into()))
    );
    assert_eq!(create("New", ROOT, PASSWORD).await, Err(Error::EmailTaken(ROOT.into())));
    assert_eq!(
        update(&world, &root, "Acme", UpdateOrganization::default()).await,
        Err(Error::NothingToChange)
    );
    assert_eq!(update(&world, &root, "Acme", rename("zephyr")).await, Err(Error::NameTaken("zephyr".into())));
    assert_eq!(names(&world, &root, &list_all()).await, ["Acme", "Zephyr"]);
}

#[tokio::test]
async fn the_same_values_again_succeed_and_do_nothing() {
    let (world, root, _) = two_organizations().await;
    let before = world.service.organization(&root, &by_name("Acme")).await.unwrap();
    let audited = world.store.audit(1000).await.unwrap().len();
    world.clock.advance(SignedDuration::from_secs(5));
    let same = UpdateOrganization {
        name: Some(" Acme ".into()),
        admin_email: Some("ann@acme.example".into()),
        ..UpdateOrganization::default()
    };
    assert_eq!(update(&world, &root, "Acme", same).await.unwrap(), before);
    assert_eq!(world.store.audit(1000).await.unwrap().len(), audited);
    let case_only = update(&world, &root, "Acme", rename("ACME")).await.unwrap();
    assert_eq!((case_only.name.as_str(), case_only.collection_name()), ("ACME", "org_acme"));
    assert!(case_only.epoch > before.epoch);
}

#[tokio::test]
async fn an_epoch_that_was_not_looked_at_is_changed() {
    let (world, root, _) = two_organizations().await;
    let seen = world.service.organization(&root, &by_name("Acme")).await.unwrap();
    update(&world, &root, "Acme", rename("Acme Labs")).await.unwrap();
    let stale = UpdateOrganization { expected: Some(seen.epoch), ..rename("Acme Two") };
    let id = OrganizationReference::Id(seen.id);
    let refused = world.service.update_organization(&root, &id, stale, OperationId::random()).await;
    assert_eq!(refused, Err(Error::Changed));
    let refused =
        world.service.delete_organization(&root, &id, "Acme Labs", Some(seen.epoch), OperationId::random());
    assert_eq!(refused.await, Err(Error::Changed));
    assert!(seen.epoch > Epoch(0));
}

#[tokio::test]
async fn delete_wants_the_exact_name_and_composes_it_first() {
    let (world, root, _) = two_organizations().await;
    world.create(&root, "Café", "c@x").await.unwrap();
    for wrong in ["", "acme", "ACME", "Acme ", "Zephyr"] {
        assert_eq!(delete(&world, &root, "Acme", wrong).await, Err(Error::ConfirmationRequired), "{wrong:?}");
    }
    delete(&world, &root, "CAFÉ", "Cafe\u{301}").await.unwrap();
    assert_eq!(names(&world, &root, &list_all()).await, ["Acme", "Zephyr"]);
}

// --- lists -------------------------------------------------------------------------------------------------------

async fn seeded(count: usize) -> (World, AccessToken) {
    let world = World::initialized().await;
    let hash = "$2b$04$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW".into();
    world.store.seed(count, 0, &hash, "2026-11-24T12:00:00Z".parse().unwrap()).await.unwrap();
    let root = world.root().await;
    (world, root)
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repeat_in_every_order() {
    let (world, root) = seeded(257).await;
    for (sort, reverse) in [SortKey::Name, SortKey::Created, SortKey::Updated]
        .into_iter()
        .flat_map(|sort| [(sort, false), (sort, true)])
    {
        let whole = names(&world, &root, &ListQuery { sort, reverse, ..list_all() }).await;
        assert_eq!(whole.len(), 257);
        let mut query = ListQuery { sort, reverse, limit: 20, ..ListQuery::default() };
        let mut paged = Vec::new();
        loop {
            let page = world.service.list_organizations(&root, &query).await.unwrap();
            paged.extend(page.items.iter().map(|row| row.name.clone()));
            query.cursor = page.next_cursor;
            if query.cursor.is_none() {
                break;
            }
            assert_eq!(page.items.len(), 20);
        }
        assert_eq!(paged, whole, "{sort:?} {reverse}");
    }
}

#[tokio::test]
async fn filters_read_page_by_page_and_cursors_belong_to_their_query() {
    let (world, root) = seeded(3_000).await;
    let query = ListQuery { filter: "acme !labs".into(), limit: 5, ..ListQuery::default() };
    let whole = names(&world, &root, &ListQuery { limit: 1000, ..query.clone() }).await;
    assert!(whole.len() > 10 && whole.iter().all(|name| name.contains("Acme") && !name.contains("Labs")));
    let first = world.service.list_organizations(&root, &query).await.unwrap();
    let next = ListQuery { cursor: first.next_cursor.clone(), ..query.clone() };
    assert_eq!(names(&world, &root, &next).await, whole[5..10]);
    let other = ListQuery { filter: "zephyr".into(), ..next.clone() };
    assert_eq!(world.service.list_organizations(&root, &other).await, Err(Error::InvalidCursor));
    let unknown = ListQuery { filter: "plan:pro".into(), ..query };
    assert_eq!(world.service.list_organizations(&root, &unknown).await.unwrap_err().code(), "invalid_filter");
    let state = ListQuery { state: Some(State::Deleting), ..list_all() };
    assert!(names(&world, &root, &state).await.is_empty());
}

#[tokio::test]
async fn figures_count_the_documents() {
    let world = World::initialized().await;
    let hash = "$2b$04$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW".into();
    world.store.seed(2, 7, &hash, "2026-11-24T12:00:00Z".parse().unwrap()).await.unwrap();
    let root = world.root().await;
    let page = world.service.list_organizations(&root, &list_all()).await.unwrap();
    let figures = world.service.organization_figures(&root, page.items[0].id).await.unwrap();
    assert_eq!((figures.documents, figures.data_bytes), (7, 7 * 28));
    let missing = OrganizationId(uuid::Uuid::nil());
    assert_eq!(world.service.organization_figures(&root, missing).await, Err(Error::NotFound));
}
