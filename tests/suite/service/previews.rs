//! Dry runs: the same refusals as the write, and nothing written, hashed or counted.

use super::*;

fn request(name: &str, email: &str, password: &str) -> CreateOrganization {
    CreateOrganization { name: name.into(), admin_email: email.into(), admin_password: password.into() }
}

/// Everything a store has, but for the throttle's own rows.
async fn content(world: &World) -> (usize, Vec<String>) {
    let entries = world.store.audit(&AuditQuery::newest(1000)).await.unwrap().rows.len();
    let root = world.root().await;
    (entries, names(world, &root, &list_all()).await)
}

#[tokio::test]
async fn a_create_would_be_refused_as_the_create_is() {
    let (world, root, ann) = two_organizations().await;
    let before = content(&world).await.1;
    for (name, email, password) in [
        ("a<b", "new@x", PASSWORD),
        ("New", "no email", PASSWORD),
        ("New", "new@x", "short"),
        ("ACME", "new@x", PASSWORD),
        ("New", "zoe@zephyr.example", PASSWORD),
        ("New", ROOT, PASSWORD),
    ] {
        let dry = world.service.preview_create(Some(&root), request(name, email, password), true).await;
        let real = world
            .service
            .create_organization(Some(&root), request(name, email, password), OperationId::random())
            .await;
        assert_eq!(dry.unwrap_err(), real.unwrap_err());
    }
    let as_admin = world.service.preview_create(Some(&ann), request("New", "new@x", PASSWORD), true).await;
    assert_eq!(as_admin, Err(Error::Forbidden));
    let as_nobody = world.service.preview_create(None, request("New", "new@x", PASSWORD), true).await;
    assert_eq!(as_nobody, Err(Error::Unauthenticated));
    let expected =
        world.service.preview_create(Some(&root), request("Café", "new@x", ""), false).await.unwrap();
    assert_eq!((expected.id, expected.created_at, expected.status), (None, None, Status::Active));
    let made = world.create(&root, "Café", "new@x").await.unwrap();
    assert_eq!(expected.collection_name, made.collection_name());
    assert_eq!(before.len() + 1, content(&world).await.1.len());
}

#[tokio::test]
async fn an_update_would_be_refused_as_the_update_is() {
    let (world, root, ann) = two_organizations().await;
    let preview = async |token: &AccessToken, name: &str, request: UpdateOrganization| {
        world.service.preview_update(token, &by_name(name), request, false).await
    };
    for request in [
        UpdateOrganization::default(),
        rename("a<b"),
        rename("zephyr"),
        UpdateOrganization { admin_email: Some("ZOE@zephyr.example".into()), ..Default::default() },
        UpdateOrganization { admin_password: Some("short".into()), ..Default::default() },
        UpdateOrganization { expected: Some(Epoch(99)), ..rename("New") },
    ] {
        let dry = preview(&root, "Acme", request.clone()).await;
        assert_eq!(dry.unwrap_err(), update(&world, &root, "Acme", request).await.unwrap_err());
    }
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
async fn a_delete_would_be_refused_as_the_delete_is() {
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
async fn operators_would_be_refused_as_they_are() {
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
