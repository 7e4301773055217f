//! What is typed, pasted and pointed at in the terminal. Owns how bytes are read and what they are, not what a key
//! does.

mod keys;
mod parser;
#[cfg(test)]
mod tests;

use super::keys::Pointed;
use crossterm::event::KeyEvent;
use futures_util::Stream;
use futures_util::stream;
use parser::Parser;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use secrecy::zeroize::Zeroizing;
use std::fmt;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// What came from the terminal.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Input {
    /// A key was pressed.
    Key(KeyEvent),
    /// A text was pasted.
    Paste(String),
    /// Something was done with the mouse.
    Point(Pointed),
}

impl fmt::Debug for Input {
    /// Keys and pastes may be parts of a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key(_) => "Key",
            Self::Paste(_) => "Paste",
            Self::Point(_) => "Point",
        })
    }
}

/// Who reads the terminal, as long as the stream lives.
#[derive(Debug, Clone, Default)]
pub(super) struct Reader(Weak<UnixStream>);

/// What is written to the thread and back.
const PARK: &[u8] = b"p";
const GO_ON: &[u8] = b"g";

/// How long the thread is waited for; it answers at once unless it is gone.
const PATIENCE: Duration = Duration::from_secs(2);

impl Reader {
    /// Takes no key from here on: when it returns, nobody reads the terminal.
    ///
    /// # Errors
    /// Nobody reads it any more.
    pub(super) fn park(&self) -> io::Result<()> {
        let Some(thread) = self.0.upgrade() else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        thread.set_read_timeout(Some(PATIENCE))?;
        (&*thread).write_all(PARK)?;
        (&*thread).read_exact(&mut [0])
    }

    /// Reads on.
    pub(super) fn go_on(&self) {
        if let Some(thread) = self.0.upgrade()
            && let Err(error) = (&*thread).write_all(GO_ON)
        {
            tracing::warn!(%error, "the terminal is not read any more");
        }
    }
}

/// Reads a terminal on a thread of its own. The stream ends when the terminal is gone; the thread ends with the stream,
/// so that no key is taken from the shell.
///
/// # Errors
/// The thread cannot be started.
pub(super) fn on_its_own_thread<T: AsFd + Send + 'static>(
    terminal: T,
) -> io::Result<(impl Stream<Item = Input> + Unpin, Reader)> {
    let (sender, mut receiver) = unbounded_channel();
    let (kept, listener) = UnixStream::pair()?;
    std::thread::Builder::new().name("keys".to_owned()).spawn(move || {
        if let Err(error) = read(&terminal, &listener, &sender) {
            tracing::warn!(%error, "the terminal cannot be read");
        }
    })?;
    let kept = Arc::new(kept);
    let reader = Reader(Arc::downgrade(&kept));
    let stream = stream::poll_fn(move |context| {
        let _open_as_long_as_this = &kept;
        receiver.poll_recv(context)
    });
    Ok((stream, reader))
}

/// Waits while somebody else reads the terminal. Answers whether anybody listens any more.
fn is_told_to_go_on(mut listener: &UnixStream) -> io::Result<bool> {
    if listener.read(&mut [0])? == 0 {
        return Ok(false);
    }
    listener.write_all(PARK)?;
    Ok(listener.read(&mut [0])? > 0)
}

/// Until the terminal is gone, or nobody listens.
fn read(terminal: &impl AsFd, listener: &UnixStream, sender: &UnboundedSender<Input>) -> io::Result<()> {
    const GONE: PollFlags = PollFlags::HUP.union(PollFlags::ERR).union(PollFlags::NVAL);
    let mut parser = Parser::default();
    let mut buffer = Zeroizing::new([0; 4096]);
    loop {
        let patience = parser.due().map(|due| due.saturating_duration_since(Instant::now()));
        let patience = patience.and_then(|patience| Timespec::try_from(patience).ok());
        let mut watched = [PollFd::new(terminal, PollFlags::IN), PollFd::new(listener, PollFlags::IN)];
        match poll(&mut watched, patience.as_ref()) {
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        }
        let [has_bytes, is_over] = watched.map(|watched| watched.revents());
        if !is_over.is_empty() {
            if is_told_to_go_on(listener)? {
                // Half a key that the terminal began is nothing any more.
                parser = Parser::default();
                continue;
            }
            return Ok(());
        }
        let mut inputs = Vec::new();
        if has_bytes.is_empty() {
            if parser.due().is_some_and(|due| due <= Instant::now()) {
                parser.silence(&mut inputs);
            }
        } else {
            match rustix::io::read(terminal, &mut *buffer) {
                // The end of a file, typed while a shell had the terminal, is not its end.
                Ok(0) if !has_bytes.intersects(GONE) => {}
                Ok(0) => return Ok(()),
                Ok(count) => {
                    let bytes = buffer.get(..count).unwrap_or_default();
                    parser.take(bytes, Instant::now(), &mut inputs);
                }
                Err(Errno::INTR | Errno::AGAIN) => {}
                Err(error) => return Err(error.into()),
            }
        }
        for input in inputs {
            if sender.send(input).is_err() {
                return Ok(());
            }
        }
    }
}
