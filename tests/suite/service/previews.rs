//! Dry runs by themselves: who may ask for them, and that nothing is written. `plans` compares them with their writes.

use super::*;

/// Everything a store has, but for the throttle's own rows.
async fn content(world: &World) -> (usize, Vec<String>) {
    let entries = world.store.audit(&AuditQuery::newest(1000)).await.unwrap().rows.len();
    let root = world.root().await;
    (entries, names(world, &root, &list_all()).await)
}

#[tokio::test]
async fn dry_run_of_a_create_needs_a_session_and_writes_nothing() {
    let (world, root, ann) = two_organizations().await;
    let before = content(&world).await.1;
    let as_admin = world.service.preview_create(Some(&ann), new("New", "new@x", PASSWORD), true).await;
    assert_eq!(as_admin, Err(Error::Forbidden));
    let as_nobody = world.service.preview_create(None, new("New", "new@x", PASSWORD), true).await;
    assert_eq!(as_nobody, Err(Error::Unauthenticated));
    let expected = world.service.preview_create(Some(&root), new("Café", "new@x", ""), false).await.unwrap();
    assert_eq!((expected.id, expected.created_at, expected.status), (None, None, Status::Active));
    let made = world.create(&root, "Café", "new@x").await.unwrap();
    assert_eq!(expected.collection_name, made.collection_name());
    assert_eq!(before.len() + 1, content(&world).await.1.len());
}

#[tokio::test]
async fn dry_run_of_an_update_hides_taken_names_from_admins() {
    let (world, _, ann) = two_organizations().await;
    let preview = async |token: &AccessToken, name: &str, request: UpdateOrganization| {
        world.service.preview_update(token, &by_name(name), request, false).await
    };
    assert_eq!(preview(&ann, "Zephyr", rename("Mine")).await, Err(Error::NotFound));
    let expected = preview(&ann, "acme", rename("Acme Labs")).await.unwrap();
    assert_eq!((expected.name.as_str(), expected.collection_name.as_str()), ("Acme Labs", "org_acme_labs"));
    assert!(expected.id.is_some() && expected.created_at.is_some() && expected.updated_at.is_none());
    let case = preview(&ann, "acme", rename("ACME")).await.unwrap();
    assert_eq!(case.collection_name, "org_acme", "its own name is free for it");
    let nothing = preview(&ann, "acme", rename("Acme")).await.unwrap();
    assert!(nothing.updated_at.is_some(), "nothing would be changed");
    assert_eq!(content(&world).await.1, ["Acme", "Zephyr"]);
}

#[tokio::test]
async fn dry_run_of_a_delete_checks_the_name_only_if_it_is_given() {
    let (world, root, ann) = two_organizations().await;
    let preview = async |token: &AccessToken, name: &str, confirm: Option<&str>| {
        world.service.preview_delete(token, &by_name(name), confirm, false).await
    };
    let wrong = Err(Error::ConfirmationRequired(Confirms::Organization));
    assert_eq!(preview(&root, "Acme", Some("acme")).await, wrong);
    assert_eq!(preview(&root, "Nobody", None).await, Err(Error::NotFound));
    assert_eq!(preview(&ann, "Zephyr", None).await, Err(Error::NotFound));
    assert_eq!(preview(&ann, "acme", None).await.unwrap().organization_name, "Acme");
    assert_eq!(preview(&root, "acme", Some("Acme")).await.unwrap().collection_name, "org_acme");
    assert_eq!(content(&world).await.1, ["Acme", "Zephyr"]);
}

#[tokio::test]
async fn dry_runs_of_operators_write_nothing() {
    let (world, root, ann) = two_organizations().await;
    let service = &world.service;
    let entries = content(&world).await.0;
    assert_eq!(service.preview_add_operator(&ann, "k@x", None).await, Err(Error::Forbidden));
    let taken = Err(Error::EmailTaken("ANN@acme.example".into()));
    assert_eq!(service.preview_add_operator(&root, "ANN@acme.example", None).await, taken);
    let short = service.preview_add_operator(&root, "k@x", Some("short".into())).await;
    assert_eq!(short.unwrap_err().code(), "invalid_password");
    assert_eq!(service.preview_add_operator(&root, "k@x", None).await.unwrap(), "k@x");
    assert_eq!(service.preview_remove_operator(&root, ROOT, None).await, Err(Error::LastOperator));
    let none = Err(Error::OperatorNotFound);
    assert_eq!(service.preview_remove_operator(&root, "k@x", None).await, none);
    assert_eq!(service.preview_operator_password(&root, "k@x", None).await, none);
    let own = service.preview_operator_password(&root, ROOT, None).await;
    assert_eq!(own, Err(Error::WrongCurrentPassword));
    assert_eq!(service.preview_recover_operator("k@x", None).await, none);
    assert_eq!(service.preview_recover_operator(ROOT, None).await.unwrap().email, ROOT);
    assert_eq!(world.store.audit(&AuditQuery::newest(1000)).await.unwrap().rows.len(), entries + 1);
}
