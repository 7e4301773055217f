//! Pages in the order of an index.

use super::Harness;
use crate::common::suite::*;
use std::collections::HashSet;
use std::sync::Arc;
use tenantry::domain::{Organization, SortKey, State};
use tenantry::service::store::{PageQuery, Store};

fn query(sort: SortKey, reverse: bool, limit: usize) -> PageQuery {
    PageQuery { state: None, sort, reverse, after: None, limit }
}

/// Every row, in pages of `limit`.
async fn read_all(store: &dyn Store, mut query: PageQuery) -> Vec<Arc<Organization>> {
    let mut rows = Vec::new();
    loop {
        let page = store.page(&query).await.unwrap();
        assert!(page.len() <= query.limit);
        let Some(last) = page.last() else { return rows };
        query.after = Some(query.position_of(last));
        rows.extend(page);
    }
}

pub(crate) async fn pages_come_in_every_order<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    // Made and changed in orders that are not that of the names.
    for (second, display) in
        [(9, "Delta"), (3, "alpha"), (7, "Ünder"), (1, "Charlie"), (5, "Bravo 2"), (4, "bravo 10")]
    {
        let new = new_organization(store, display, &format!("a{second}@x"));
        try_create(store, &new, at(second)).await.unwrap();
    }
    let delta = by_name(store, "Delta").await.unwrap();
    update(store, &delta, &to_email("new@x")).await.unwrap();
    let names = async |sort, reverse, limit| -> Vec<String> {
        read_all(store, query(sort, reverse, limit)).await.iter().map(|row| row.name.clone()).collect()
    };
    let by_name = ["alpha", "bravo 10", "Bravo 2", "Charlie", "Delta", "Ünder"];
    let by_created = ["Charlie", "alpha", "bravo 10", "Bravo 2", "Ünder", "Delta"];
    for limit in [1, 2, 3, 6, 100] {
        for (sort, order) in
            [(SortKey::Name, by_name), (SortKey::Created, by_created), (SortKey::Updated, by_created)]
        {
            assert_eq!(names(sort, false, limit).await, order, "{sort:?}");
            let reversed: Vec<&str> = order.into_iter().rev().collect();
            assert_eq!(names(sort, true, limit).await, reversed, "{sort:?} reversed");
        }
    }
}

pub(crate) async fn ties_are_broken_by_id<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    for number in 0..7 {
        create(store, &format!("Same {number}"), &format!("a{number}@x")).await.unwrap();
    }
    for reverse in [false, true] {
        let rows = read_all(store, query(SortKey::Created, reverse, 2)).await;
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let mut sorted = ids.clone();
        sorted.sort();
        if reverse {
            sorted.reverse();
        }
        assert_eq!(ids, sorted);
        assert_eq!(ids.len(), 7);
    }
}

pub(crate) async fn a_page_of_one_state<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    create(store, "Acme", "a@x").await.unwrap();
    for state in State::ALL {
        let query = PageQuery { state: Some(state), ..query(SortKey::Name, false, 9) };
        let rows = store.page(&query).await.unwrap();
        assert_eq!(rows.len(), usize::from(state == State::Active), "{state}");
    }
    assert!(store.page(&query(SortKey::Name, false, 0)).await.unwrap().is_empty());
}

pub(crate) async fn no_row_is_lost_or_doubled_while_others_come_and_go<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    for number in 0..12 {
        create(store, &format!("Stays {number:02}"), &format!("s{number}@x")).await.unwrap();
    }
    let mut query = query(SortKey::Name, false, 3);
    let mut seen = Vec::new();
    for number in 0.. {
        let page = store.page(&query).await.unwrap();
        let Some(last) = page.last() else { break };
        query.after = Some(query.position_of(last));
        seen.extend(page.iter().map(|row| row.name.clone()));
        // One before the place and one behind it.
        for display in [format!("Aaa {number}"), format!("Stays 11 {number}")] {
            if number < 2 {
                let made = create(store, &display, &format!("{number}{}@x", display.len())).await.unwrap();
                delete(store, &made).await.unwrap();
            }
        }
    }
    let stays: Vec<String> = (0..12).map(|number| format!("Stays {number:02}")).collect();
    assert_eq!(seen, stays);
    assert_eq!(seen.iter().collect::<HashSet<_>>().len(), 12);
}
