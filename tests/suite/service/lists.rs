//! Pages, filters, cursors and figures.

use super::*;
use std::time::Duration;
use tenantry::demo::sample_data::sample;
use tenantry::demo::seed;
use tenantry::domain::document::json::read;
use tenantry::service::DocumentsQuery;

async fn seeded(count: usize) -> (World, AccessToken) {
    let world = World::initialized().await;
    let hash = "$2b$04$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW".into();
    seed::embedded(&world.store, count, false, &hash, "2026-11-24T12:00:00Z".parse().unwrap()).await.unwrap();
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
    let state = ListQuery { status: Some(Status::Deleting), ..list_all() };
    assert!(names(&world, &root, &state).await.is_empty());
}

#[tokio::test]
async fn stats_count_the_documents() {
    let world = World::initialized().await;
    let hash = "$2b$04$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW".into();
    let now = "2026-11-24T12:00:00Z".parse().unwrap();
    seed::embedded(&world.store, 3, true, &hash, now).await.unwrap();
    let root = world.root().await;
    for number in 0..3 {
        let made = sample(number, now).unwrap();
        let found = world.service.organization(&root, &by_name(made.name.display())).await.unwrap();
        let figures = world.service.organization_stats(&root, found.id).await.unwrap();
        let bytes: Vec<usize> = made.documents().map(|document| document.as_bytes().len()).collect();
        assert_eq!(figures.size.documents, bytes.len() as u64);
        assert_eq!(figures.size.data_bytes, bytes.iter().sum::<usize>() as u64);
    }
    let missing = OrganizationId(uuid::Uuid::nil());
    assert_eq!(world.service.organization_stats(&root, missing).await, Err(Error::NotFound));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sorted_list_of_documents_that_is_too_big_is_refused_with_how_many_fit() {
    let (world, root, _) = two_organizations().await;
    let acme = by_name("Acme");
    for id in 1..=3 {
        let document = read(&format!(r#"{{"_id":{id},"t":"{}"}}"#, "x".repeat(7 << 20))).unwrap();
        world.service.insert_documents(&root, &acme, vec![document]).await.unwrap()[0].clone().unwrap();
    }
    let sorted = |limit| DocumentsQuery {
        sort: Some("t".into()),
        limit,
        time: Duration::from_secs(30),
        ..DocumentsQuery::default()
    };
    assert_eq!(world.service.documents(&root, &acme, &sorted(2)).await.unwrap().items.len(), 2);
    let refused = world.service.documents(&root, &acme, &sorted(3)).await.unwrap_err();
    assert_eq!((refused.code(), refused.field()), ("invalid_filter", Some("limit")));
    assert!(refused.to_string().contains("Ask for 2 at most"), "{refused}");
}
