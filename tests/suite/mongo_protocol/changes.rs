//! The change stream behind the looks for changes: what it spares, and that nothing is lost when it is opened late,
//! breaks, falls silent or is refused.

use super::{LEASE, Wire, never_twice};
use crate::common::mongo::with_options;
use crate::common::proxy::{Act, Call};
use crate::common::suite::*;
use jiff::SignedDuration;
use mongodb::bson::{Document, doc};
use std::sync::Arc;
use std::time::Duration;
use tenantry::domain::{Organization, OrganizationId};
use tenantry::port::{Changes, ChangesPosition, ChangesQuery, ChangesSince, Feed, Store};
use tenantry::store::mongo::MongoStore;
use tokio::time::sleep;

const MOMENT: Duration = Duration::from_millis(10);

/// Whether it opens a change stream.
fn opens(call: &Call) -> bool {
    call.command == "aggregate" && call.target.is_empty()
}

impl Wire {
    /// Waits until an open stream is asked for what comes.
    async fn until_streaming(&self) {
        while !self.labels().contains(&"getMore".to_owned()) {
            sleep(MOMENT).await;
        }
    }
}

/// A reader that asks for changes repeatedly.
struct Reader<'a> {
    wire: &'a Wire,
    store: Arc<MongoStore>,
    seen: ChangesPosition,
    at_work: Vec<OrganizationId>,
}

impl<'a> Reader<'a> {
    async fn of(wire: &'a Wire, store: Arc<MongoStore>) -> Self {
        let at_work = Vec::new();
        let since = ChangesSince::Ago(SignedDuration::ZERO);
        let begin = ChangesQuery { since, now: at(1), at_work: Vec::new(), limit: 1_000 };
        let seen = store.changes(&begin).await.unwrap().next;
        Self { wire, store, seen, at_work }
    }

    async fn new(wire: &'a Wire) -> Self {
        Self::of(wire, Arc::clone(&wire.store)).await
    }

    async fn look(&mut self) -> Changes {
        let (since, at_work) = (ChangesSince::Position(self.seen), self.at_work.clone());
        let query = ChangesQuery { since, now: at(1), at_work, limit: 1_000 };
        let changes = self.store.changes(&query).await.unwrap();
        self.seen = changes.next;
        changes
    }

    /// Whether a look reads anything.
    async fn reads(&mut self) -> bool {
        let reads = || self.wire.proxy.calls().iter().filter(|call| call.command == "find").count();
        let before = reads();
        self.look().await;
        let proxy = &self.wire.proxy;
        proxy.calls().iter().filter(|call| call.command == "find").count() > before
    }

    /// Looks until a look reads, or until one reads nothing.
    async fn until_reading(&mut self, expected: bool) {
        for _ in 0..1_000 {
            if self.reads().await == expected {
                return;
            }
            sleep(MOMENT).await;
        }
        panic!("a look that reads: {expected}");
    }

    /// Looks until a look reads nothing, and waits until the open stream is asked for what comes.
    async fn until_streaming(&mut self) {
        self.until_reading(false).await;
        self.wire.until_streaming().await;
    }

    /// Looks until this is told.
    async fn until_told(&mut self, made: &Organization, seconds: u64) {
        for _ in 0..seconds * 100 {
            let changes = self.look().await;
            let now = changes.organizations.iter().find(|now| now.id == made.id);
            if now.is_some_and(|now| now.epoch == made.epoch) {
                return;
            }
            sleep(MOMENT).await;
        }
        panic!("{} is not told", made.name);
    }

    fn streams(&self) -> usize {
        self.wire.proxy.calls().iter().filter(|call| opens(call)).count()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quiet_store_is_not_read() {
    let (wire, acme, _) = Wire::with_acme().await;
    let mut reader = Reader::new(&wire).await;
    reader.at_work = vec![acme.id];
    reader.until_streaming().await;
    let before = wire.proxy.count();
    for _ in 0..20 {
        assert!(reader.look().await.is_empty());
    }
    assert_eq!(wire.proxy.count(), before, "{:?}", wire.labels());
    assert_eq!(reader.streams(), 1);
    // Another client writes: a change, and the end of what was shown at work.
    let renamed = update(&*wire.plain, &acme, &to_name("Zephyr")).await.unwrap();
    reader.until_told(&renamed, 5).await;
    reader.until_reading(false).await;
    let records = wire.database.direct.collection::<Document>("organizations");
    records.delete_one(doc! {"_id": super::uuid(acme.id.0)}).await.unwrap();
    let mut gone = Vec::new();
    for _ in 0..500 {
        gone = reader.look().await.gone;
        if !gone.is_empty() {
            break;
        }
        sleep(MOMENT).await;
    }
    assert_eq!(gone, [acme.id]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn write_before_the_stream_is_open_is_told() {
    let wire = Wire::new().await;
    wire.proxy.rule(|call| if opens(call) { Act::Hold } else { Act::Pass });
    let mut reader = Reader::new(&wire).await;
    wire.proxy.held().await;
    assert!(reader.reads().await, "no stream yet");
    let acme = create(&*wire.plain, "Acme", "ann@x").await.unwrap();
    wire.proxy.release();
    // No look before it is open.
    wire.until_streaming().await;
    let told = reader.look().await;
    assert!(told.organizations.iter().any(|now| now.id == acme.id), "{told:?}");
}

/// However a stream ends: the driver resumes it, or it is opened anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_stream_loses_nothing() {
    // 43 and a cut connection are resumed; 237 and 280 are not.
    for act in [Act::Cut, Act::DropReply, Act::Refuse(43), Act::Refuse(237), Act::Refuse(280)] {
        let wire = Wire::new().await;
        let mut reader = Reader::new(&wire).await;
        reader.until_reading(false).await;
        wire.proxy.on("getMore", 1, act.clone());
        // When the pending getMore is answered, the driver sends the next one.
        let acme = create(&*wire.plain, "Acme", "ann@x").await.unwrap();
        reader.until_told(&acme, 5).await;
        let zephyr = create(&*wire.plain, "Zephyr", "zoe@x").await.unwrap();
        reader.until_told(&zephyr, 5).await;
        reader.until_reading(false).await;
        assert!(reader.streams() > 0, "{act:?}: another stream");
        let renamed = update(&*wire.plain, &acme, &to_name("Acme Labs")).await.unwrap();
        reader.until_told(&renamed, 5).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_cursor_loses_nothing() {
    let wire = Wire::new().await;
    let mut reader = Reader::new(&wire).await;
    reader.until_streaming().await;
    let waiting = wire.proxy.calls().into_iter().find(|call| call.command == "getMore").unwrap();
    let (id, target) = (waiting.body.get("getMore").unwrap(), waiting.body.get_str("collection").unwrap());
    wire.database.direct.run_command(doc! {"killCursors": target, "cursors": [id.clone()]}).await.unwrap();
    let acme = create(&*wire.plain, "Acme", "ann@x").await.unwrap();
    reader.until_told(&acme, 15).await;
}

/// A connection that broke without a sign.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silent_stream_is_noticed() {
    let wire = Wire::new().await;
    let mut reader = Reader::new(&wire).await;
    reader.until_reading(false).await;
    wire.proxy.on("getMore", 1, Act::Silence);
    let acme = create(&*wire.plain, "Acme", "ann@x").await.unwrap();
    reader.until_told(&acme, 5).await;
    reader.until_reading(false).await;
    let zephyr = create(&*wire.plain, "Zephyr", "zoe@x").await.unwrap();
    reader.until_told(&zephyr, 20).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_without_change_streams_is_asked_once() {
    // Standalone, DocumentDB, no right.
    for code in [40_573, 115, 13] {
        let wire = Wire::new().await;
        wire.proxy.rule(move |call| if opens(call) { Act::Refuse(code) } else { Act::Pass });
        let mut reader = Reader::new(&wire).await;
        let acme = create(&*wire.plain, "Acme", "ann@x").await.unwrap();
        assert!(reader.look().await.organizations.iter().any(|now| now.id == acme.id), "{code}");
        for _ in 0..5 {
            sleep(Duration::from_millis(300)).await;
            assert!(reader.reads().await, "{code}");
        }
        assert_eq!(reader.streams(), 1, "{code}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stream_that_could_not_be_opened_is_asked_for_again() {
    let wire = Wire::new().await;
    let mut times = 0;
    wire.proxy.rule(move |call| {
        times += usize::from(opens(call));
        if opens(call) && times == 1 { Act::Refuse(11_602) } else { Act::Pass }
    });
    let mut reader = Reader::new(&wire).await;
    reader.until_reading(false).await;
    assert_eq!(reader.streams(), 2);
}

/// With one connection the stream would leave none to read by; a router tells late.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_stream_with_one_connection_or_on_a_router() {
    let wire = Wire::new().await;
    let one = wire.database.store_at(&with_options(&never_twice(&wire.proxy), "maxPoolSize=1"), LEASE);
    one.store_id().await.unwrap();
    let router = wire.database.store_at(&never_twice(&wire.proxy), LEASE);
    wire.proxy.rule(|call| {
        let as_router = |hello: &mut Document| drop(hello.insert("msg", "isdbgrid"));
        if call.command == "hello" { Act::Alter(as_router) } else { Act::Pass }
    });
    router.store_id().await.unwrap();
    for store in [one, router] {
        let mut reader = Reader::of(&wire, store).await;
        for _ in 0..10 {
            assert!(reader.reads().await);
        }
        assert_eq!(reader.streams(), 0);
    }
}

/// The end of the database is the end of the stream, which is not asked on and on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropped_database_ends_the_stream() {
    let wire = Wire::new().await;
    let mut reader = Reader::new(&wire).await;
    reader.until_reading(false).await;
    wire.proxy.reset();
    wire.database.direct.drop().await.unwrap();
    reader.until_reading(true).await;
    sleep(Duration::from_millis(500)).await;
    assert!(wire.proxy.count() < 50, "{:?}", wire.labels());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stream_ends_with_its_store() {
    let wire = Wire::new().await;
    let store = wire.another(LEASE).await;
    let mut reader = Reader::of(&wire, store).await;
    reader.until_reading(false).await;
    drop(reader);
    wire.proxy.reset();
    create(&*wire.plain, "Acme", "ann@x").await.unwrap();
    sleep(Duration::from_millis(300)).await;
    assert_eq!(wire.labels(), [""; 0]);
}
