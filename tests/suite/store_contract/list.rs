//! Pages in the order of an index. Each says itself whether more follow.

use super::Harness;
use crate::common::suite::*;
use std::collections::HashSet;
use std::sync::Arc;
use strum::IntoEnumIterator;
use tenantry::domain::{AuditAction, Organization, SortKey, Status};
use tenantry::port::{AuditQuery, OrganizationQuery, Page, Position, Store};

fn query(sort: SortKey, reverse: bool, limit: usize) -> OrganizationQuery {
    OrganizationQuery { sort, reverse, ..by_names(limit) }
}

/// Every row, in pages of `limit`.
async fn read_all(store: &dyn Store, mut query: OrganizationQuery) -> Vec<Arc<Organization>> {
    let mut rows = Vec::new();
    loop {
        let page = store.page(&query).await.unwrap();
        assert!(page.rows.len() <= query.limit);
        rows.extend(page.rows);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return rows,
        }
    }
}

async fn names(store: &dyn Store, query: OrganizationQuery) -> Vec<String> {
    read_all(store, query).await.iter().map(|row| row.name.clone()).collect()
}

pub(crate) async fn pages_are_sorted_in_every_order<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    // Made and changed in orders that are not that of the names.
    for (second, display) in
        [(9, "Delta"), (3, "alpha"), (7, "Ünder"), (1, "Charlie"), (5, "Bravo 2"), (4, "bravo 10")]
    {
        let new = new_organization(display, &format!("a{second}@x"));
        try_create(store, &new, at(second)).await.unwrap();
    }
    let delta = by_name(store, "Delta").await.unwrap();
    update(store, &delta, &to_email("new@x")).await.unwrap();
    let by_name = ["alpha", "bravo 10", "Bravo 2", "Charlie", "Delta", "Ünder"];
    let by_created = ["Charlie", "alpha", "bravo 10", "Bravo 2", "Ünder", "Delta"];
    for limit in [1, 2, 3, 6, 100] {
        for (sort, order) in
            [(SortKey::Name, by_name), (SortKey::Created, by_created), (SortKey::Updated, by_created)]
        {
            assert_eq!(names(store, query(sort, false, limit)).await, order, "{sort:?}");
            let reversed: Vec<&str> = order.into_iter().rev().collect();
            assert_eq!(names(store, query(sort, true, limit)).await, reversed, "{sort:?} reversed");
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

pub(crate) async fn page_can_be_limited_to_a_status<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    create(store, "Acme", "a@x").await.unwrap();
    let zephyr = create(store, "Zephyr", "z@x").await.unwrap();
    suspend(store, &zephyr, "unpaid").await.unwrap();
    in_trash(store, "Gone", "g@x").await;
    for status in Status::iter() {
        let query = OrganizationQuery { status: Some(status), ..by_names(9) };
        let wanted: &[&str] = match status {
            Status::Active => &["Acme"],
            Status::Suspended => &["Zephyr"],
            Status::Deleted => &["Gone"],
            Status::Creating | Status::Renaming | Status::Deleting | Status::Restoring | Status::Purging => {
                &[]
            }
        };
        assert_eq!(names(store, query).await, wanted, "{status}");
    }
    assert_eq!(names(store, by_names(9)).await, ["Acme", "Zephyr"], "the trash is left out unless asked for");
}

pub(crate) async fn the_trash_is_listed_in_every_order<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    create(store, "Beta", "stays@x").await.unwrap();
    // Two of one name, which only the trash may have.
    for (second, display) in [(3, "charlie"), (1, "Delta"), (2, "Alpha"), (4, "Alpha")] {
        let new = new_organization(display, "same@x");
        let made = try_create(store, &new, at(second)).await.unwrap();
        delete(store, &made).await.unwrap();
    }
    for limit in [1, 2, 9] {
        let deleted = |sort, reverse| OrganizationQuery {
            status: Some(Status::Deleted),
            ..query(sort, reverse, limit)
        };
        let by_name = ["Alpha", "Alpha", "charlie", "Delta"];
        assert_eq!(names(store, deleted(SortKey::Name, false)).await, by_name);
        let reversed: Vec<&str> = by_name.into_iter().rev().collect();
        assert_eq!(names(store, deleted(SortKey::Name, true)).await, reversed);
        let by_created = ["Delta", "Alpha", "charlie", "Alpha"];
        assert_eq!(names(store, deleted(SortKey::Created, false)).await, by_created);
        let rows = read_all(store, deleted(SortKey::Updated, false)).await;
        let ids: HashSet<_> = rows.iter().map(|row| row.id).collect();
        assert_eq!((rows.len(), ids.len()), (4, 4));
    }
}

pub(crate) async fn a_page_says_whether_more_follow<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    assert_eq!(store.page(&by_names(1)).await, Ok(Page::last(Vec::new())));
    for display in ["Acme", "Beta", "Gamma"] {
        create(store, display, &format!("{display}@x")).await.unwrap();
    }
    let whole = store.page(&by_names(3)).await.unwrap();
    assert_eq!((whole.rows.len(), whole.next), (3, None), "a full page may be the last one");
    let two = store.page(&by_names(2)).await.unwrap();
    assert_eq!(two.rows.len(), 2);
    assert_eq!(two.next, Some(Position::Name("beta".into(), two.rows[1].id)));
    let rest = store.page(&OrganizationQuery { after: two.next, ..by_names(2) }).await.unwrap();
    assert_eq!((rest.rows.len(), rest.next), (1, None));
}

/// An unreadable record only loses its own row: the list continues after it, wherever it is.
pub(crate) async fn unreadable_record_does_not_end_a_list<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let mut made = Vec::new();
    for number in 0..5 {
        made.push(create(store, &format!("Org {number}"), &format!("a{number}@x")).await.unwrap());
    }
    harness.break_organization(made[2].id).await;
    let wanted = ["Org 0", "Org 1", "Org 3", "Org 4"];
    for limit in 1..=6 {
        for sort in [SortKey::Name, SortKey::Created, SortKey::Updated] {
            let mut read = names(store, query(sort, false, limit)).await;
            read.sort();
            assert_eq!(read, wanted, "{sort:?}, {limit} at a time");
        }
    }
    let page = store.page(&by_names(3)).await.unwrap();
    assert_eq!(page.rows.len(), 2, "the page is a row short");
    assert!(page.next.is_some(), "and more follow");
    assert!(by_name(store, "Org 3").await.is_some(), "the others are found");
    assert!(delete(store, &made[3]).await.is_ok(), "and written");
}

pub(crate) async fn unreadable_entry_does_not_end_the_audit<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let mut written = Vec::new();
    for second in 1..=5 {
        let entry = entry(AuditAction::SignIn, at(second));
        store.record(entry.clone()).await.unwrap();
        written.insert(0, entry);
    }
    harness.break_entry(written.remove(2).id).await;
    for limit in 1..=7 {
        let (mut read, mut after) = (Vec::new(), None);
        loop {
            let page = store.audit(&AuditQuery { after, ..AuditQuery::newest(limit) }).await.unwrap();
            read.extend(page.rows);
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        read.pop_if(|first| first.action == AuditAction::Init).unwrap();
        assert_eq!(read, written, "{limit} at a time");
    }
}

pub(crate) async fn pages_lose_and_repeat_no_row_during_writes<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    for number in 0..12 {
        create(store, &format!("Stays {number:02}"), &format!("s{number}@x")).await.unwrap();
    }
    let mut query = query(SortKey::Name, false, 3);
    let mut seen = Vec::new();
    for number in 0.. {
        let page = store.page(&query).await.unwrap();
        seen.extend(page.rows.iter().map(|row| row.name.clone()));
        let Some(next) = page.next else { break };
        query.after = Some(next);
        // One before the position and one after it.
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
