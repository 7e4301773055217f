//! Operators: added, listed, removed, changed; an email belongs to one account of any role.

use super::Harness;
use crate::common::suite::*;
use futures_util::future::join_all;
use tenantry::domain::throttle::{Place, ThrottleKey};
use tenantry::domain::{Account, AuditAction, AuditEntry, Email, Role};
use tenantry::port::{
    AccountChange, AuditPosition, AuditQuery, Error, OperatorQuery, Page, PlaceAnswer, Result, SignInDone,
    Store,
};

async fn add(store: &dyn Store, address: &str) -> Result<Account> {
    store.add_operator(&new_account(address), entry(AuditAction::OperatorAdd, at(5))).await
}

async fn remove(store: &dyn Store, account: &Account) -> Result<()> {
    store.remove_operator(account.id, entry(AuditAction::OperatorRemove, at(6))).await
}

async fn change(store: &dyn Store, account: &Account, change: AccountChange) -> Result<Account> {
    store.update_operator(account, &change, entry(AuditAction::OperatorUpdate, at(7))).await
}

fn to_email(address: &str) -> AccountChange {
    AccountChange { email: Some(email(address)), ..AccountChange::default() }
}

fn to_password(word: &str) -> AccountChange {
    AccountChange { password_hash: Some(hash(word)), ..AccountChange::default() }
}

async fn emails(store: &dyn Store) -> Vec<String> {
    let all = store.operators(&OperatorQuery { after: None, limit: 100 }).await.unwrap();
    assert_eq!(all.next, None);
    all.rows.into_iter().map(|account| account.email).collect()
}

async fn account(store: &dyn Store, address: &str) -> Account {
    by_email(store, address).await.unwrap().account
}

async fn actions(store: &dyn Store) -> Vec<AuditAction> {
    let all = newest(store, 100).await;
    all.into_iter().rev().map(|entry| entry.action).collect()
}

pub(crate) async fn an_added_operator_signs_in_and_is_listed<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let kim = add(store, "Kim@example.com").await.unwrap();
    assert_eq!((kim.role, kim.organization_id, kim.version, kim.token_version), (Role::Operator, None, 1, 1));
    assert_eq!((kim.created_at, kim.updated_at), (at(5), at(5)));
    let found = by_email(&*harness.another(), "kim@EXAMPLE.com").await.unwrap();
    assert_eq!((hash_of(&found).as_str(), found.account), ("$2b$04$first", kim));
    create(store, "Acme", "ann@x").await.unwrap();
    assert_eq!(emails(store).await, ["Kim@example.com", "root@example.com"], "admins are not among them");
    let second = OperatorQuery { after: Some("kim@example.com".into()), limit: 1 };
    let second = store.operators(&second).await.unwrap();
    assert_eq!((second.rows[0].email.as_str(), second.next), ("root@example.com", None));
    let first = store.operators(&OperatorQuery { after: None, limit: 1 }).await.unwrap();
    assert_eq!(
        (first.rows[0].email.as_str(), first.next.as_deref()),
        ("Kim@example.com", Some("kim@example.com"))
    );
    let behind = OperatorQuery { after: Some("root@example.com".into()), limit: 1 };
    assert_eq!(store.operators(&behind).await, Ok(Page::last(Vec::new())));
}

pub(crate) async fn email_belongs_to_one_account<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    create(store, "Acme", "ann@x").await.unwrap();
    let kim = add(store, "kim@x").await.unwrap();
    for taken in ["ann@x", "ANN@x", "root@example.com", "Kim@x"] {
        let refusal = Err(Error::EmailTaken(taken.to_owned()));
        assert_eq!(add(store, taken).await, refusal);
        if !taken.eq_ignore_ascii_case("kim@x") {
            assert_eq!(change(store, &kim, to_email(taken)).await, refusal);
        }
    }
    assert_eq!(create(store, "Zephyr", "kim@x").await, Err(Error::EmailTaken("kim@x".into())));
    assert_eq!(emails(store).await, ["kim@x", "root@example.com"], "nothing is left of the refused");
    assert_eq!(actions(store).await.len(), 3, "refusals are not recorded");
    // A refused one leaves no trace: the account can still be changed and removed.
    change(store, &kim, to_email("kim2@x")).await.unwrap();
}

pub(crate) async fn only_one_of_many_operators_with_one_email_is_added<H: Harness>() {
    let harness = H::initialized().await;
    let tries = (0..16).map(|_| {
        let store = harness.another();
        async move { add(&*store, "kim@x").await }
    });
    let added = join_all(tries).await;
    assert_eq!(added.iter().filter(|added| added.is_ok()).count(), 1, "{added:?}");
    for refused in added.into_iter().filter_map(Result::err) {
        assert_eq!(refused, Error::EmailTaken("kim@x".into()));
    }
    assert_eq!(emails(harness.store()).await, ["kim@x", "root@example.com"]);
    remove(harness.store(), &account(harness.store(), "kim@x").await).await.unwrap();
    let root = account(harness.store(), "root@example.com").await;
    assert_eq!(remove(harness.store(), &root).await, Err(Error::LastOperator), "counted once");
}

pub(crate) async fn last_operator_cannot_be_removed<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let root = account(store, "root@example.com").await;
    assert_eq!(remove(store, &root).await, Err(Error::LastOperator));
    assert!(by_email(store, "root@example.com").await.is_some());
    let kim = add(store, "kim@x").await.unwrap();
    remove(store, &root).await.unwrap();
    assert_eq!(remove(store, &root).await, Err(Error::OperatorNotFound), "gone");
    assert_eq!(remove(store, &kim).await, Err(Error::LastOperator));
    assert_eq!(emails(store).await, ["kim@x"]);
    // Opening the store now does not create the first operator again.
    let other = harness.another();
    other.store_id().await.unwrap().unwrap();
    assert_eq!(emails(&*other).await, ["kim@x"]);
    assert!(by_email(&*other, "root@example.com").await.is_none());
    add(store, "root@example.com").await.unwrap();
    let again = account(store, "root@example.com").await;
    assert_ne!(again.id, root.id, "another account, and no session of the old one");
    use AuditAction::{Init, OperatorAdd, OperatorRemove};
    let recorded = actions(store).await;
    assert_eq!(recorded.len(), 4, "{recorded:?}");
    assert!([Init, OperatorAdd, OperatorRemove].iter().all(|action| recorded.contains(action)));
}

pub(crate) async fn operators_who_remove_each_other_leave_one<H: Harness>() {
    for round in 0..8 {
        let harness = H::initialized().await;
        let (one, two) = (harness.another(), harness.another());
        let root = account(&*one, "root@example.com").await;
        let kim = add(&*two, "kim@x").await.unwrap();
        let (first, second) = tokio::join!(remove(&*one, &kim), remove(&*two, &root));
        let ends = [first, second];
        assert_eq!(ends.iter().filter(|end| end.is_ok()).count(), 1, "{round}: {ends:?}");
        assert!(ends.contains(&Err(Error::LastOperator)), "{round}: {ends:?}");
        assert_eq!(emails(harness.store()).await.len(), 1, "{round}");
    }
}

pub(crate) async fn a_new_password_raises_both_versions<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let root = account(store, "root@example.com").await;
    let after = change(store, &root, to_password("second")).await.unwrap();
    assert_eq!((after.version, after.token_version, after.updated_at), (2, 2, at(7)));
    assert_eq!((&after.email, after.created_at), (&root.email, root.created_at));
    let record = by_email(store, "root@example.com").await.unwrap();
    assert_eq!((hash_of(&record).as_str(), record.account), ("$2b$04$second", after));
    assert_eq!(
        change(store, &root, to_password("third")).await,
        Err(Error::OperatorChanged),
        "an old version"
    );
    assert_eq!(hash_of(&by_email(store, "root@example.com").await.unwrap()), "$2b$04$second");
}

pub(crate) async fn email_of_an_operator_can_change<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let root = account(store, "root@example.com").await;
    let both = AccountChange { password_hash: Some(hash("second")), ..to_email("Boss@x") };
    let boss = change(store, &root, both).await.unwrap();
    assert_eq!((boss.id, boss.email.as_str(), boss.version), (root.id, "Boss@x", 2));
    assert!(by_email(store, "root@example.com").await.is_none());
    assert_eq!(hash_of(&by_email(store, "boss@x").await.unwrap()), "$2b$04$second");
    let upper = change(store, &boss, to_email("BOSS@x")).await.unwrap();
    assert_eq!(upper.email, "BOSS@x", "case alone changes the record");
    create(store, "Acme", "root@example.com").await.unwrap();
    let taken = Err(Error::EmailTaken("root@example.com".into()));
    assert_eq!(change(store, &upper, to_email("root@example.com")).await, taken, "it is another's now");
    let there = change(store, &upper, to_email("kim@x")).await.unwrap();
    let back = change(store, &there, to_email("boss@x")).await.unwrap();
    assert_eq!(back.email, "boss@x", "there and back again");
    add(store, "kim@x").await.unwrap();
    // Opening the store now completes nothing.
    let other = harness.another();
    other.store_id().await.unwrap().unwrap();
    assert_eq!(emails(&*other).await, ["boss@x", "kim@x"]);
}

pub(crate) async fn only_one_of_many_changes_of_an_operator_succeeds<H: Harness>() {
    let harness = H::initialized().await;
    let root = account(harness.store(), "root@example.com").await;
    let tries = (0..12).map(|number| {
        let (store, root) = (harness.another(), root.clone());
        let wanted = if number % 2 == 0 {
            to_email(&format!("root{number}@x"))
        } else {
            to_password(&format!("p{number}"))
        };
        async move { change(&*store, &root, wanted).await }
    });
    let ends = join_all(tries).await;
    assert_eq!(ends.iter().filter(|end| end.is_ok()).count(), 1, "{ends:?}");
    let ok = ends.iter().flatten().next().unwrap();
    assert_eq!(account(harness.store(), &ok.email).await, *ok);
    for refused in ends.iter().filter_map(|end| end.as_ref().err()) {
        assert_eq!(*refused, Error::OperatorChanged);
    }
    // The emails of those that lost are free.
    for number in [0, 2, 4, 6, 8, 10].into_iter().filter(|number| ok.email != format!("root{number}@x")) {
        add(harness.store(), &format!("root{number}@x")).await.unwrap();
    }
}

pub(crate) async fn recovery_clears_the_throttle<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let root = account(store, "root@example.com").await;
    let own = Place::of(ThrottleKey::current_password("root@example.com"));
    for _ in 0..5 {
        fail(store, "root@example.com", at(8)).await;
        store.try_failed(&own, entry(AuditAction::SignInFailed, at(8))).await.unwrap();
    }
    let throttled = async || {
        let [sign_in, own] = [place_of("root@example.com"), own.clone()].map(|place| async move {
            let answer = store.take_place(&place, at(8)).await.unwrap();
            matches!(answer, PlaceAnswer::Throttled { .. })
        });
        (sign_in.await, own.await)
    };
    assert_eq!(throttled().await, (true, true));
    let kept = change(store, &root, to_password("second")).await.unwrap();
    assert_eq!(throttled().await, (true, true));
    let recovered = AccountChange { clears_throttle: true, ..to_password("third") };
    change(store, &kept, recovered).await.unwrap();
    assert_eq!(throttled().await, (false, false));
}

pub(crate) async fn admin_does_not_count_as_an_operator<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    let ann = admin_of(store, &acme).await.account;
    assert_eq!(remove(store, &ann).await, Err(Error::OperatorNotFound));
    assert_eq!(change(store, &ann, to_password("second")).await, Err(Error::OperatorNotFound));
    assert_eq!(change(store, &ann, to_email("eve@x")).await, Err(Error::OperatorNotFound));
    assert_eq!(account(store, "ann@x").await, ann);
}

pub(crate) async fn the_audit_is_read_by_organization_actor_and_time<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    let zephyr = create(store, "Zephyr", "zoe@x").await.unwrap();
    delete(store, &zephyr).await.unwrap();
    add(store, "kim@x").await.unwrap();
    let mut by_kim = entry_of(AuditAction::SignIn, at(9), acme.id, "Acme");
    by_kim.actor = "Kim@X".into();
    store.record(by_kim.clone()).await.unwrap();
    let read = async |query: AuditQuery| -> Vec<AuditAction> {
        let all = store.audit(&AuditQuery { limit: 100, ..query }).await.unwrap();
        all.rows.into_iter().map(|entry| entry.action).collect()
    };
    let all = read(AuditQuery::default()).await;
    assert_eq!(all.len(), 6, "{all:?}");
    let of_acme = AuditQuery { organization: Some(acme.id), ..AuditQuery::default() };
    assert_eq!(read(of_acme).await, [AuditAction::SignIn, AuditAction::OrganizationCreate]);
    // The deleted one by the name in its entries, whatever the case.
    let named = AuditQuery { name_key: Some("zephyr".into()), ..AuditQuery::default() };
    assert_eq!(read(named).await, [AuditAction::OrganizationDelete, AuditAction::OrganizationCreate]);
    let either =
        AuditQuery { organization: Some(acme.id), name_key: Some("zephyr".into()), ..AuditQuery::default() };
    assert_eq!(read(either).await.len(), 4);
    let kims = AuditQuery { actor_key: Some("kim@x".into()), ..AuditQuery::default() };
    assert_eq!(read(kims).await, [AuditAction::SignIn]);
    let later = AuditQuery { since: Some(at(9)), ..AuditQuery::default() };
    assert_eq!(read(later).await, [AuditAction::OrganizationDelete, AuditAction::SignIn]);
    let none = AuditQuery { actor_key: Some("kim@x".into()), since: Some(at(10)), ..AuditQuery::default() };
    assert!(read(none).await.is_empty());
    let ends = vec![AuditAction::OrganizationDelete, AuditAction::SignIn];
    let either = AuditQuery { actions: ends.clone(), ..AuditQuery::default() };
    assert_eq!(read(either).await, ends);
    let of_zephyr = AuditQuery { name_key: Some("zephyr".into()), actions: ends, ..AuditQuery::default() };
    assert_eq!(read(of_zephyr).await, [AuditAction::OrganizationDelete]);
}

pub(crate) async fn audit_pages_have_no_gaps_and_no_duplicates<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    // Many at the same time: ties are broken by id.
    for number in 0..40 {
        let mut entry = entry(AuditAction::SignIn, at(10 + number / 10));
        entry.actor = format!("a{number}@x");
        store.record(entry).await.unwrap();
    }
    let whole = newest(store, 100).await;
    assert_eq!(whole.len(), 41);
    let (mut read, mut after) = (Vec::new(), None);
    loop {
        let page = store.audit(&AuditQuery { after, limit: 7, ..AuditQuery::default() }).await.unwrap();
        let last = page.rows.last().map(|last| AuditPosition { at: last.at.as_millisecond(), id: last.id });
        read.extend(page.rows);
        if page.next.is_none() {
            break;
        }
        assert_eq!(page.next, last);
        after = page.next;
    }
    assert_eq!(read, whole);
}

/// Text is never taken for an operator, a field path or a statement of the store's language.
pub(crate) async fn text_that_looks_like_a_query_is_text<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let hostile = [
        "$ne@x",
        "{\"$gt\":\"\"}@x",
        "$$ROOT.password@x",
        "a.$[].b.c@x",
        "'or'1'='1';drop/**/table/**/admins;--@x",
        "%@x",
        "_@x",
        "\\u0000@x",
    ];
    for address in hostile {
        let place = place_of(address);
        assert_eq!(store.take_place(&place, at(0)).await, Ok(PlaceAnswer::Taken), "{address}");
        assert!(by_email(store, address).await.is_none(), "{address} finds nobody else");
        let added = add(store, address).await.unwrap();
        assert_eq!(account(store, address).await, added, "{address}");
        assert_eq!(add(store, address).await.unwrap_err(), Error::EmailTaken(address.to_owned()));
        let wanted = AuditQuery { actor_key: Some(Email::key_of(address)), ..AuditQuery::newest(9) };
        assert_eq!(store.audit(&wanted).await.unwrap().rows, [], "{address} acted in nothing");
        let signed_in = AuditEntry {
            actor: address.to_owned(),
            organization_name: Some(address.to_owned()),
            ..entry(AuditAction::SignIn, at(1))
        };
        let done = SignInDone { account_id: added.id, place, rehash: None, key_check: Some(address.into()) };
        store.signed_in(&done, signed_in).await.unwrap();
        let found = store.audit(&wanted).await.unwrap().rows;
        assert_eq!((found.len(), found[0].actor.as_str()), (1, address));
    }
    let mut expected: Vec<String> = hostile.iter().map(|address| (*address).to_owned()).collect();
    expected.push("root@example.com".to_owned());
    expected.sort_by_key(|address| Email::key_of(address));
    assert_eq!(emails(store).await, expected);
    let after = OperatorQuery { after: Some("$ne@x".to_owned()), limit: 1 };
    assert_eq!(store.operators(&after).await.unwrap().rows.len(), 1);
    for address in hostile {
        let current = account(store, address).await;
        let moved = format!("moved{address}");
        let changed = change(store, &current, to_email(&moved)).await.unwrap();
        assert_eq!(changed.email, moved);
        remove(store, &changed).await.unwrap();
        assert!(by_email(store, address).await.is_none() && by_email(store, &moved).await.is_none());
    }
    assert_eq!(emails(store).await, ["root@example.com"]);
    let named = create(store, "Smith. (#1) & 'Co'!", "$admin@x").await.unwrap();
    assert_eq!(by_name(store, "smith. (#1) & 'co'!").await.unwrap().id, named.id);
}
