//! Whether anything was written since somebody looked, told by a change stream, so that a quiet store is not read.
//!
//! The stream only counts. What changed is read by the index, which also answers while there is no stream, and once
//! after each opening: nothing depends on the stream's history, so it is opened anew instead of resumed.

use super::connection::Connection;
use super::failure::{InLog, passes_by_itself};
use mongodb::Database;
use mongodb::bson::{RawDocumentBuf, doc};
use mongodb::change_stream::ChangeStream;
use mongodb::error::Error;
use mongodb::options::ReadConcern;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

/// The server answers after this time that there was no write. Short: until then a connection that broke without a
/// sign looks like a quiet store.
const AWAIT: Duration = Duration::from_secs(10);
/// An answer that is later than this never comes.
const LATE: Duration = Duration::from_secs(5);
/// The pauses before a stream is opened anew, doubled each time.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// A change stream on the records of organizations and the audit, read in the background until this is dropped.
#[derive(Debug)]
pub(super) struct Watch {
    stamp: Arc<AtomicI64>,
    reading: AbortHandle,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

impl Watch {
    fn open(database: Database) -> Self {
        let stamp = Arc::new(AtomicI64::new(0));
        let reading = tokio::spawn(keep_open(database, Arc::clone(&stamp))).abort_handle();
        Self { stamp, reading }
    }
}

impl Connection {
    /// Differs after every write that the server has told; 0 while it tells nothing. The first call opens the stream.
    ///
    /// Without one: where the URI allows one connection only, which the stream would occupy, and on a router, which
    /// tells of a write only when every shard has passed its time, up to 10 s later.
    pub(super) fn stamp(&self) -> i64 {
        if self.max_pool_size == Some(1) || self.is_router() {
            return 0;
        }
        self.watch.get_or_init(|| Watch::open(self.database.clone())).stamp.load(Ordering::SeqCst)
    }
}

/// Ends only on a server that has no change streams or refuses them.
async fn keep_open(database: Database, stamp: Arc<AtomicI64>) {
    // Not the count of another process that the same reader asked before.
    let mut count = i64::from(Uuid::new_v4().as_fields().0) << 24;
    let mut pause = FIRST_PAUSE;
    loop {
        match open(&database).await {
            Ok(mut stream) => {
                let opened = Instant::now();
                let error = follow(&mut stream, || {
                    count += 1;
                    stamp.store(count, Ordering::SeqCst);
                });
                let cause = error.await.map(|error| InLog(&error).to_string());
                stamp.store(0, Ordering::SeqCst);
                tracing::info!(cause, "the change stream ended");
                if opened.elapsed() > AWAIT {
                    pause = FIRST_PAUSE;
                }
            }
            Err(error) if !passes_by_itself(&error) => {
                tracing::info!(cause = %InLog(&error), "the server has no change stream");
                return;
            }
            Err(error) => tracing::info!(cause = %InLog(&error), "no change stream was opened"),
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn open(database: &Database) -> Result<ChangeStream<RawDocumentBuf>, Error> {
    let read = doc! {"$in": ["organizations", "audit"]};
    let pipeline = [
        doc! {"$match": {"$or": [{"ns.coll": &read}, {"to.coll": &read}]}},
        // The driver needs the token in it.
        doc! {"$project": {"_id": 1}},
    ];
    let stream = database.watch().pipeline(pipeline).max_await_time(AWAIT);
    // A stream tells only what a majority has, and refuses the client's own read concern.
    Ok(stream.read_concern(ReadConcern::majority()).await?.with_type())
}

/// Counts its opening and each event, until it ends: with an error, in silence, or because the database was dropped.
async fn follow(stream: &mut ChangeStream<RawDocumentBuf>, mut count: impl FnMut()) -> Option<Error> {
    count();
    while stream.is_alive() {
        match timeout(AWAIT + LATE, stream.next_if_any()).await {
            Ok(Ok(Some(_))) => count(),
            Ok(Ok(None)) => {}
            Ok(Err(error)) => return Some(error),
            Err(_late) => return None,
        }
    }
    None
}
