//! Who reads what of the audit.

use super::*;
use tenantry::service::ActivityQuery;

async fn actions(
    world: &World,
    token: &AccessToken,
    query: ActivityQuery,
) -> Result<Vec<(&'static str, String)>> {
    let page = world.service.activity(token, &ActivityQuery { limit: 100, ..query }).await?;
    Ok(page.items.into_iter().map(|entry| (entry.action.as_str(), entry.actor)).collect())
}

fn about(name: &str) -> ActivityQuery {
    ActivityQuery { organization: Some(by_name(name)), ..ActivityQuery::default() }
}

#[tokio::test]
async fn operator_reads_the_audit_of_deleted_organizations_too() {
    let (world, root, _) = two_organizations().await;
    delete(&world, &root, "Zephyr", "Zephyr").await.unwrap();
    let all = actions(&world, &root, ActivityQuery::default()).await.unwrap();
    assert_eq!(all.len(), 6, "{all:?}");
    let gone = actions(&world, &root, about("ZEPHYR")).await.unwrap();
    let words: Vec<_> = gone.iter().map(|(action, _)| *action).collect();
    assert_eq!(words.len(), 2, "{words:?}");
    assert!(words.contains(&"organization_create") && words.contains(&"organization_delete"));
    assert_eq!(actions(&world, &root, about("never was")).await, Err(Error::NotFound));
    let nobody = ActivityQuery { actor: Some("nobody@x".into()), ..ActivityQuery::default() };
    assert_eq!(actions(&world, &root, nobody).await, Err(Error::ActorNotFound("nobody@x".into())));
    let ann = ActivityQuery { actor: Some("ANN@acme.example".into()), ..ActivityQuery::default() };
    assert_eq!(actions(&world, &root, ann).await.unwrap(), [("sign_in", "ann@acme.example".to_owned())]);
}

#[tokio::test]
async fn admin_reads_entries_of_its_own_organization() {
    let (world, root, ann) = two_organizations().await;
    let own = actions(&world, &ann, ActivityQuery::default()).await.unwrap();
    assert_eq!(own.len(), 2, "created and signed in: {own:?}");
    assert_eq!(actions(&world, &ann, about("acme")).await.unwrap(), own);
    assert_eq!(actions(&world, &ann, about("Zephyr")).await, Err(Error::NotFound));
    assert_eq!(actions(&world, &ann, about("never was")).await, Err(Error::NotFound));
    // The old name of another one does not lead there either.
    update(&world, &root, "Zephyr", rename("Acme Two")).await.unwrap();
    update(&world, &root, "Acme", rename("Zephyr")).await.unwrap();
    let own = actions(&world, &ann, about("zephyr")).await.unwrap();
    assert_eq!(own.len(), 3, "{own:?}");
    // A failed sign-in is about the organization too.
    let _ = world.service.sign_in("ann@acme.example", &"wrong horse".into()).await;
    let own = actions(&world, &ann, ActivityQuery::default()).await.unwrap();
    assert!(own.iter().any(|(action, _)| *action == "sign_in_failed"), "{own:?}");
}

#[tokio::test]
async fn pages_have_no_gaps_and_cursors_are_bound_to_their_query() {
    let (world, root, _) = two_organizations().await;
    let mut query = ActivityQuery { limit: 2, ..ActivityQuery::default() };
    let mut read = Vec::new();
    loop {
        let page = world.service.activity(&root, &query).await.unwrap();
        read.extend(page.items);
        let Some(next) = page.next_cursor else { break };
        query.cursor = Some(next.clone());
        let other = ActivityQuery { cursor: Some(next), ..about("Acme") };
        assert_eq!(world.service.activity(&root, &other).await, Err(Error::InvalidCursor));
    }
    let whole = ActivityQuery { limit: 100, ..ActivityQuery::default() };
    assert_eq!(read, world.service.activity(&root, &whole).await.unwrap().items);
}

#[tokio::test]
async fn entries_older_than_ninety_days_are_hidden() {
    let (world, _, _) = two_organizations().await;
    world.clock.advance(SignedDuration::from_hours(90 * 24));
    let root = world.root().await;
    let all = actions(&world, &root, ActivityQuery::default()).await.unwrap();
    assert_eq!(all.len(), 6, "to the minute: {all:?}");
    world.clock.advance(SignedDuration::from_millis(1));
    let all = actions(&world, &root, ActivityQuery::default()).await.unwrap();
    assert_eq!(all, [("sign_in", ROOT.to_owned())]);
    let long_ago = Some(jiff::Timestamp::UNIX_EPOCH);
    let since = ActivityQuery { since: long_ago, ..ActivityQuery::default() };
    assert_eq!(actions(&world, &root, since).await.unwrap().len(), 1);
}
