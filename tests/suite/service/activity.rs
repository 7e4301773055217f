//! Who reads what of the audit.

use super::*;
use tenantry::domain::AuditEntry;
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

fn filtered(filter: &str) -> ActivityQuery {
    ActivityQuery { filter: filter.to_owned(), ..ActivityQuery::default() }
}

#[tokio::test]
async fn words_and_fields_find_entries_and_combine_with_the_flags() {
    let (world, root, ann) = two_organizations().await;
    update(&world, &root, "Acme", rename("Acme Labs")).await.unwrap();
    let find = async |token: &AccessToken, query: ActivityQuery| -> Vec<&'static str> {
        let found = actions(&world, token, query).await.unwrap();
        found.into_iter().map(|(action, _)| action).collect()
    };
    assert_eq!(find(&root, filtered("action:renamed")).await, ["organization_rename"]);
    assert_eq!(find(&root, filtered("acme renamed")).await, ["organization_rename"]);
    assert_eq!(find(&root, filtered("org:zephyr")).await.len(), find(&root, about("Zephyr")).await.len());
    // By its name now it is found under the one before too, in a field that is matched and in one that is read.
    let of_acme = find(&root, about("Acme Labs")).await;
    assert_eq!(find(&root, filtered("org:\"acme labs\"")).await, of_acme);
    assert_eq!(find(&root, filtered("org:\"acme labs\"|nobody")).await, of_acme);
    let all = find(&root, filtered("")).await;
    let others = find(&root, filtered("!org:\"acme labs\"")).await;
    assert_eq!(of_acme.len() + others.len(), all.len(), "{others:?}");
    let combined = ActivityQuery { actor: Some(ROOT.into()), ..filtered("created") };
    assert_eq!(find(&root, combined).await, ["organization_create"; 2]);
    let combined = ActivityQuery { actor: Some(ROOT.into()), ..filtered("actor:ann@acme.example") };
    assert_eq!(find(&root, combined).await, [""; 0]);
    assert_eq!(find(&root, filtered("since:1h !since:1m")).await, [""; 0], "all of it is of this minute");
    assert_eq!(find(&root, filtered("!since:1h")).await, [""; 0]);
    let own = find(&ann, filtered("")).await;
    assert!(own.len() < all.len() && !own.is_empty());
    assert_eq!(find(&ann, filtered("created")).await, ["organization_create"], "only its own");
    assert_eq!(find(&ann, filtered("!org:zephyr")).await, own, "which tells nothing of another");
}

#[tokio::test]
async fn a_filter_that_names_nothing_known_is_refused() {
    let (world, root, ann) = two_organizations().await;
    let refused = async |token, filter| actions(&world, token, filtered(filter)).await.unwrap_err();
    assert_eq!(refused(&root, "org:nobody").await, Error::NotFound);
    assert_eq!(refused(&root, "org:nobody action:renamed").await, Error::NotFound);
    assert_eq!(refused(&root, "actor:nobody@x").await, Error::ActorNotFound("nobody@x".into()));
    assert_eq!(refused(&ann, "org:zephyr").await, Error::NotFound);
    for (filter, says) in [
        ("plan:pro", "Known fields: action, actor, org, since."),
        ("action:x", "Known actions: "),
        ("since:x", "since: Not a time"),
    ] {
        let error = refused(&root, filter).await;
        assert_eq!((error.code(), error.field()), ("invalid_filter", Some("filter")));
        assert!(error.to_string().contains(says), "{error}");
    }
    assert_eq!(actions(&world, &root, filtered("org:acme action:purged")).await, Ok(Vec::new()));
}

#[tokio::test]
async fn filtered_pages_are_full_and_have_no_gaps() {
    let (world, root, _) = two_organizations().await;
    let rare = |number: usize| number.is_multiple_of(350);
    for number in 0..1_100 {
        let entry = AuditEntry {
            id: OperationId::random().0,
            at: world.service.now(),
            actor: if rare(number) { "rare@x".into() } else { "often@x".into() },
            actor_id: None,
            actor_version: None,
            action: AuditAction::SignIn,
            outcome: AuditOutcome::Done,
            organization_id: None,
            organization_name: None,
            changes: serde_json::Map::new(),
            request_hash: None,
        };
        world.store.record(entry).await.unwrap();
    }
    let expected: Vec<usize> = vec![3, 1];
    for may_be_short in [false, true] {
        let (mut query, mut pages) =
            (ActivityQuery { limit: 3, may_be_short, ..filtered("rare@") }, Vec::new());
        loop {
            let page = world.service.activity(&root, &query).await.unwrap();
            assert!(page.items.iter().all(|entry| entry.actor == "rare@x"));
            pages.push(page.items);
            let Some(next) = page.next_cursor else { break };
            let other = ActivityQuery { cursor: Some(next.clone()), ..filtered("often") };
            assert_eq!(world.service.activity(&root, &other).await, Err(Error::InvalidCursor));
            query.cursor = Some(next);
        }
        let lengths: Vec<usize> = pages.iter().map(Vec::len).collect();
        if !may_be_short {
            assert_eq!(lengths, expected);
        }
        let mut found: Vec<_> = pages.into_iter().flatten().map(|entry| entry.id).collect();
        assert_eq!(found.len(), 4, "{lengths:?}");
        found.dedup();
        assert_eq!(found.len(), 4);
    }
}

#[tokio::test]
async fn a_period_stays_the_same_on_every_page() {
    let (world, root, _) = two_organizations().await;
    let minutes = SignedDuration::from_mins(10);
    world.clock.advance(minutes);
    let (recent, whole) = (filtered("since:10m|15m created"), filtered("created"));
    let first = ActivityQuery { limit: 1, ..recent };
    let page = world.service.activity(&root, &first).await.unwrap();
    assert_eq!(page.items.len(), 1);
    world.clock.advance(minutes);
    let next =
        world.service.activity(&root, &ActivityQuery { cursor: page.next_cursor, ..first }).await.unwrap();
    assert_eq!(next.items.len(), 1, "it was within 15 minutes when the list began");
    assert_eq!(actions(&world, &root, whole).await.unwrap().len(), 2);
}
