//! How many connections there are, and how long their clients may read nothing: what an answer holds would else be held
//! for as long as they like.

use super::metrics::{ConnectionCounts, UnderWay};
use axum_server::accept::Accept;
use rustix::process::{Resource, getrlimit};
use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Sleep, sleep};

/// Descriptors that stay free for the store, if the limit has twice as many; else half of them do.
const FOR_THE_STORE: u64 = 128;

/// How many connections the limit of descriptors leaves room for.
pub(super) fn places() -> usize {
    places_of(getrlimit(Resource::Nofile).current)
}

fn places_of(descriptors: Option<u64>) -> usize {
    let descriptors = descriptors.unwrap_or(u64::MAX);
    let places = descriptors - FOR_THE_STORE.min(descriptors.div_ceil(2));
    usize::try_from(places).unwrap_or(usize::MAX).clamp(1, Semaphore::MAX_PERMITS)
}

/// Accepts as many connections as there are places, and closes others at once: waiting for a place would itself take a
/// descriptor, and a caller, or the proxy before it, learns that it has to try elsewhere or later.
///
/// It stands below TLS: above it, a write only shows that there was room in a buffer.
#[derive(Debug, Clone)]
pub(super) struct Connections {
    places: Arc<Semaphore>,
    /// How long a write may make no progress.
    patience: Duration,
    counts: ConnectionCounts,
    /// Whether the last one was refused, so that a row of refusals is logged once.
    is_full: Arc<AtomicBool>,
}

impl Connections {
    pub(super) fn new(places: usize, patience: Duration, counts: ConnectionCounts) -> Self {
        Self { places: Arc::new(Semaphore::new(places)), patience, counts, is_full: Arc::default() }
    }
}

impl<I, S> Accept<I, S> for Connections {
    type Stream = Connection<I>;
    type Service = S;
    type Future = Ready<io::Result<(Self::Stream, S)>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        let place = Arc::clone(&self.places).try_acquire_owned();
        let was_full = self.is_full.swap(place.is_err(), Ordering::Relaxed);
        let Ok(place) = place else {
            self.counts.refuse();
            if !was_full {
                tracing::warn!("too many connections: more are closed at once until some end");
            }
            return ready(Err(io::ErrorKind::ConnectionRefused.into()));
        };
        let place = Some((place, self.counts.open()));
        ready(Ok((Connection { stream, patience: self.patience, stalled: None, _place: place }, service)))
    }
}

/// A stream whose writes fail when they make no progress for too long.
#[derive(Debug)]
pub(super) struct Connection<T> {
    stream: T,
    patience: Duration,
    /// Runs from a write that was in vain to the next that was not.
    stalled: Option<Pin<Box<Sleep>>>,
    /// Given back at the end of the connection.
    _place: Option<(OwnedSemaphorePermit, UnderWay)>,
}

impl<T> Connection<T> {
    fn in_time(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let patience = self.patience;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Connection<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Connection<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.in_time(cx, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.in_time(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
    use tokio::time::advance;

    const PATIENCE: Duration = Duration::from_secs(30);
    /// What fits between the two ends.
    const ROOM: usize = 8;

    fn pair() -> (Connection<DuplexStream>, DuplexStream) {
        let (stream, client) = duplex(ROOM);
        (Connection { stream, patience: PATIENCE, stalled: None, _place: None }, client)
    }

    #[test]
    fn connections_leave_descriptors_to_the_store() {
        for (descriptors, places) in [(1, 1), (2, 1), (100, 50), (256, 128), (1024, 896)] {
            assert_eq!(places_of(Some(descriptors)), places, "{descriptors}");
        }
        assert_eq!(places_of(None), Semaphore::MAX_PERMITS);
    }

    #[tokio::test]
    async fn a_connection_without_a_place_is_refused_until_one_ends() {
        let connections = Connections::new(1, PATIENCE, ConnectionCounts::default());
        let first = connections.accept(duplex(ROOM).0, ()).await.unwrap();
        connections.accept(duplex(ROOM).0, ()).await.unwrap_err();
        drop(first);
        connections.accept(duplex(ROOM).0, ()).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_never_reads_ends_the_write() {
        let (mut connection, _client) = pair();
        let error = connection.write_all(&[7; ROOM + 1]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_slowly_gets_everything() {
        let (mut connection, mut client) = pair();
        let sending = tokio::spawn(async move { connection.write_all(&[7; 10 * ROOM]).await });
        for _ in 0..10 * ROOM {
            advance(PATIENCE / 2).await;
            assert_eq!(client.read_u8().await.unwrap(), 7);
        }
        sending.await.unwrap().unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_to_which_nothing_is_sent_stays() {
        let (mut connection, mut client) = pair();
        for _ in 0..3 {
            connection.write_all(&[7; ROOM]).await.unwrap();
            advance(10 * PATIENCE).await;
            client.read_exact(&mut [0; ROOM]).await.unwrap();
        }
    }
}
