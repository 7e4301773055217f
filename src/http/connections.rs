//! Connections end when their client reads nothing: what an answer holds would else be held for as long as it likes.

use axum_server::accept::Accept;
use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// Accepts connections. It stands below TLS: above it, a write only shows that there was room in a buffer.
#[derive(Debug, Clone)]
pub(super) struct Connections {
    /// How long a write may make no progress.
    patience: Duration,
}

impl Connections {
    pub(super) fn new(patience: Duration) -> Self {
        Self { patience }
    }
}

impl<I, S> Accept<I, S> for Connections {
    type Stream = Connection<I>;
    type Service = S;
    type Future = Ready<io::Result<(Self::Stream, S)>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        ready(Ok((Connection { stream, patience: self.patience, stalled: None }, service)))
    }
}

/// A stream whose writes fail when they make no progress for too long.
#[derive(Debug)]
pub(super) struct Connection<T> {
    stream: T,
    patience: Duration,
    /// Runs from a write that was in vain to the next that was not.
    stalled: Option<Pin<Box<Sleep>>>,
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
        (Connection { stream, patience: PATIENCE, stalled: None }, client)
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
