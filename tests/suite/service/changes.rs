//! What changed, told to whoever may see it.

use super::*;
use tenantry::service::ChangesSince;

#[tokio::test]
async fn admin_is_told_only_of_its_own_organization() {
    let (world, root, ann) = two_organizations().await;
    let ago = ChangesSince::Ago(SignedDuration::from_mins(10));
    let names = |changes: &tenantry::service::Changes| {
        let mut names: Vec<String> = changes.organizations.iter().map(|row| row.name.clone()).collect();
        names.sort();
        names
    };
    let all = world.service.changes(&root, ago, &[]).await.unwrap();
    assert_eq!(names(&all), ["Acme", "Zephyr"]);
    let own = world.service.changes(&ann, ago, &[]).await.unwrap();
    assert_eq!(names(&own), ["Acme"]);
    let acme = own.organizations[0].id;
    assert!(!own.entries.is_empty() && own.entries.iter().all(|entry| entry.organization == Some(acme)));
    assert!(all.entries.len() > own.entries.len());
    // Of another one it does not even learn that it is gone.
    let zephyr = all.organizations.iter().find(|row| row.name == "Zephyr").unwrap().id;
    let own = world.service.changes(&ann, ago, &[zephyr]).await.unwrap();
    assert!(own.gone.is_empty());
}

#[tokio::test]
async fn changes_need_a_session() {
    let (world, ..) = two_organizations().await;
    let nobody = AccessToken("no token".into());
    let ago = ChangesSince::Ago(SignedDuration::ZERO);
    assert!(world.service.changes(&nobody, ago, &[]).await.unwrap_err().ends_session());
}
