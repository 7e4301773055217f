//! A clock that is wrong: nothing falls due by it alone.

use super::suite::{at, entry, initialize, place_of};
use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use tenantry::domain::AuditAction;
use tenantry::domain::DatabaseName;
use tenantry::port::{Accounts, Audit};
use tenantry::store::embedded::EmbeddedStore;
use uuid::Uuid;

const DAY: i64 = 86_400;
/// What one write forgets at most.
const AT_ONCE: i64 = 20;

struct Ground {
    folder: tempfile::TempDir,
    store: EmbeddedStore,
}

impl Ground {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = EmbeddedStore::new(folder.path(), &DatabaseName::default());
        initialize(&store).await;
        Self { folder, store }
    }

    async fn fail_sign_in(&self, when: Timestamp) {
        self.store.record(entry(AuditAction::SignInFailed, when)).await.unwrap();
    }

    fn count(&self, table: &str) -> i64 {
        let file = Connection::open(self.folder.path().join("tenantry.db")).unwrap();
        file.query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    }

    async fn end_session(&self, when: Timestamp) {
        let end = when.checked_add(SignedDuration::from_mins(30)).unwrap();
        self.store.revoke(Uuid::new_v4(), end, Some(entry(AuditAction::SignOut, when))).await.unwrap();
    }
}

#[tokio::test]
async fn one_write_with_a_clock_ahead_deletes_nothing() {
    let ground = Ground::new().await;
    for day in 0..30 {
        ground.fail_sign_in(at(day * DAY)).await;
    }
    ground.store.take_place(&place_of("ann@x"), at(29 * DAY)).await.unwrap();
    ground.end_session(at(29 * DAY)).await;
    let (audit, throttle, revoked) =
        (ground.count("audit"), ground.count("throttle"), ground.count("revoked"));
    ground.fail_sign_in(at((29 + 91) * DAY)).await;
    assert_eq!(ground.count("audit"), audit + 1);
    assert_eq!((ground.count("throttle"), ground.count("revoked")), (throttle, revoked));
    // It is corrected; then ahead again, further than before.
    ground.fail_sign_in(at(30 * DAY)).await;
    ground.fail_sign_in(at((30 + 95) * DAY)).await;
    ground.fail_sign_in(at(31 * DAY)).await;
    assert_eq!((ground.count("audit"), ground.count("revoked")), (audit + 4, revoked));
}

#[tokio::test]
async fn expired_rows_are_deleted_a_few_at_a_time() {
    let ground = Ground::new().await;
    for second in 0..50 {
        ground.fail_sign_in(at(second)).await;
        ground.end_session(at(second)).await;
        ground.store.take_place(&place_of(&format!("{second}@x")), at(second)).await.unwrap();
    }
    let all = ground.count("audit");
    assert_eq!((all, ground.count("revoked"), ground.count("throttle")), (101, 50, 50));
    // Over, but nothing shows yet that the clock is right.
    ground.fail_sign_in(at(91 * DAY)).await;
    ground.fail_sign_in(at(91 * DAY + DAY / 2)).await;
    assert_eq!((ground.count("audit"), ground.count("revoked")), (all + 2, 50));
    let places = ground.count("throttle");
    ground.fail_sign_in(at(92 * DAY + 1)).await;
    assert_eq!(ground.count("audit"), all + 3 - AT_ONCE);
    assert_eq!((ground.count("revoked"), ground.count("throttle")), (50 - AT_ONCE, places - AT_ONCE));
    for second in 2..9 {
        ground.fail_sign_in(at(92 * DAY + second)).await;
    }
    assert_eq!((ground.count("audit"), ground.count("revoked"), ground.count("throttle")), (10, 0, 0));
}

#[tokio::test]
async fn one_write_with_a_clock_behind_delays_expiry_briefly() {
    let ground = Ground::new().await;
    ground.fail_sign_in(at(91 * DAY)).await;
    ground.fail_sign_in("1970-01-02T00:00:00Z".parse().unwrap()).await;
    ground.fail_sign_in(at(92 * DAY)).await;
    ground.fail_sign_in(at(93 * DAY)).await;
    // The first operator's entry and that of 1970.
    assert_eq!(ground.count("audit"), 3);
}
