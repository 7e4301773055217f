//! Who may do what: the walk through roles and use cases.

use super::*;

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
    let entry = open.store.audit(&AuditQuery::newest(1)).await.unwrap().remove(0);
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
