//! Refusals before anything is done, and requests that change nothing.

use super::*;

#[tokio::test]
async fn refused_request_changes_nothing() {
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
async fn same_values_succeed_and_change_nothing() {
    let (world, root, _) = two_organizations().await;
    let before = world.service.organization(&root, &by_name("Acme")).await.unwrap();
    let audited = world.store.audit(&AuditQuery::newest(1000)).await.unwrap().rows.len();
    world.clock.advance(SignedDuration::from_secs(5));
    let same = UpdateOrganization {
        name: Some(" Acme ".into()),
        admin_email: Some("ann@acme.example".into()),
        ..UpdateOrganization::default()
    };
    assert_eq!(update(&world, &root, "Acme", same).await.unwrap(), before);
    assert_eq!(world.store.audit(&AuditQuery::newest(1000)).await.unwrap().rows.len(), audited);
    let case_only = update(&world, &root, "Acme", rename("ACME")).await.unwrap();
    assert_eq!((case_only.name.as_str(), case_only.collection_name()), ("ACME", "org_acme"));
    assert!(case_only.epoch > before.epoch);
}

#[tokio::test]
async fn stale_epoch_is_refused() {
    let (world, root, _) = two_organizations().await;
    let seen = world.service.organization(&root, &by_name("Acme")).await.unwrap();
    update(&world, &root, "Acme", rename("Acme Labs")).await.unwrap();
    let stale = UpdateOrganization { expected: Some(seen.epoch), ..rename("Acme Two") };
    let id = OrganizationReference::Id(seen.id);
    let refused = world.service.update_organization(&root, &id, stale, OperationId::random()).await;
    assert_eq!(refused, Err(Error::Changed));
    let refused = world.service.delete_organization(
        &root,
        &id,
        "Acme Labs",
        Some(seen.epoch),
        false,
        OperationId::random(),
    );
    assert_eq!(refused.await, Err(Error::Changed));
    assert!(seen.epoch > Epoch(0));
}

#[tokio::test]
async fn delete_needs_exact_name_in_composed_form() {
    let (world, root, _) = two_organizations().await;
    world.create(&root, "Café", "c@x").await.unwrap();
    for wrong in ["", "acme", "ACME", "Acme ", "Zephyr"] {
        assert_eq!(
            delete(&world, &root, "Acme", wrong).await,
            Err(Error::ConfirmationRequired(Confirms::Organization)),
            "{wrong:?}"
        );
    }
    delete(&world, &root, "CAFÉ", "Cafe\u{301}").await.unwrap();
    assert_eq!(names(&world, &root, &list_all()).await, ["Acme", "Zephyr"]);
}
