//! Terminal and signals as one stream of events. Owns where events come from, not what they mean.

use super::app::Signal;
use crossterm::event::{Event as TerminalEvent, EventStream, KeyEvent};
use futures_util::stream::{self, Stream, StreamExt};
use std::io;
use std::task::Poll;
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

/// What can happen to the console from outside.
#[derive(Clone, PartialEq, Eq)]
pub enum Event {
    /// A key was pressed.
    Key(KeyEvent),
    /// A text was pasted.
    Paste(String),
    /// The terminal has another size: columns, rows.
    Resize(u16, u16),
    /// A signal came, or the terminal vanished.
    Signal(Signal),
}

impl std::fmt::Debug for Event {
    /// Keys and pastes may be parts of a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key(_) => f.write_str("Key"),
            Self::Paste(_) => f.write_str("Paste"),
            Self::Resize(columns, rows) => write!(f, "Resize({columns}, {rows})"),
            Self::Signal(signal) => write!(f, "{signal:?}"),
        }
    }
}

/// Events of the terminal that the console runs on, and of the process.
///
/// # Errors
/// The signals cannot be listened to.
pub fn of_terminal() -> io::Result<impl Stream<Item = Event> + Unpin> {
    // A terminal that cannot be read any more is gone.
    let gone = stream::once(std::future::ready(Event::Signal(Signal::HangUp)));
    let keys = on_its_own_thread("keys", EventStream::new)?.chain(gone);
    let signals = stream::select(
        of_signal(SignalKind::terminate(), Signal::Terminate)?,
        stream::select(
            of_signal(SignalKind::hangup(), Signal::HangUp)?,
            of_signal(SignalKind::interrupt(), Signal::Interrupt)?,
        ),
    );
    Ok(stream::select(stream::select(signals, hang_up()), keys))
}

/// Reads the terminal on a thread of its own. Whoever polls the reader of a terminal that has hung up may spin in it for
/// ever (crossterm issue 793); there it harms nobody, and the loop hears of the hang-up. It ends with whoever listens, so
/// that no key is taken from the shell, or with the process.
fn on_its_own_thread<S: Stream<Item = io::Result<TerminalEvent>> + Unpin>(
    name: &str,
    source: impl FnOnce() -> S + Send + 'static,
) -> io::Result<impl Stream<Item = Event> + Unpin> {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        match Builder::new_current_thread().build() {
            Ok(runtime) => runtime.block_on(forward(source(), &sender)),
            Err(error) => tracing::warn!(%error, "the terminal cannot be read"),
        }
    })?;
    Ok(stream::poll_fn(move |context| receiver.poll_recv(context)))
}

/// Until the terminal cannot be read any more, or nobody listens.
async fn forward(
    mut source: impl Stream<Item = io::Result<TerminalEvent>> + Unpin,
    listener: &mpsc::UnboundedSender<Event>,
) {
    loop {
        let event = tokio::select! {
            biased;
            () = listener.closed() => return,
            event = source.next() => event,
        };
        match event {
            Some(Ok(event)) => of_event(event).into_iter().for_each(|event| drop(listener.send(event))),
            Some(Err(error)) => return tracing::warn!(%error, "the terminal cannot be read"),
            None => return,
        }
    }
}

fn of_event(event: TerminalEvent) -> Option<Event> {
    match event {
        TerminalEvent::Key(key) => key.is_press().then_some(Event::Key(key)),
        TerminalEvent::Paste(text) => Some(Event::Paste(text)),
        TerminalEvent::Resize(columns, rows) => Some(Event::Resize(columns, rows)),
        TerminalEvent::FocusGained | TerminalEvent::FocusLost | TerminalEvent::Mouse(_) => None,
    }
}

fn of_signal(kind: SignalKind, meaning: Signal) -> io::Result<impl Stream<Item = Event> + Unpin> {
    let mut source = signal(kind)?;
    Ok(stream::poll_fn(move |context| {
        source.poll_recv(context).map(|received| received.map(|()| Event::Signal(meaning)))
    }))
}

/// Tells when the terminal hangs up without a signal: its reader does not (crossterm issue 793). A thread blocks in
/// `poll` with no events asked, sleeping through all input; it ends with the process.
fn hang_up() -> impl Stream<Item = Event> + Unpin {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let watcher = std::thread::Builder::new().name("hang-up".to_owned());
    let started = watcher.spawn(move || match watch() {
        Ok(()) => drop(sender.send(Event::Signal(Signal::HangUp))),
        Err(error) => tracing::warn!(%error, "the terminal is not watched for a hang-up"),
    });
    if let Err(error) = started {
        tracing::warn!(%error, "the terminal is not watched for a hang-up");
    }
    stream::poll_fn(move |context| match receiver.poll_recv(context) {
        Poll::Ready(Some(event)) => Poll::Ready(Some(event)),
        // Without a watcher nothing is heard, which is not the end of all events.
        Poll::Ready(None) | Poll::Pending => Poll::Pending,
    })
}

/// Returns when the terminal that keys are read from is gone: standard input, or else the controlling terminal.
fn watch() -> io::Result<()> {
    use rustix::event::{PollFd, PollFlags, poll};
    use std::os::fd::AsFd;
    let stdin = io::stdin();
    let terminal = if rustix::termios::isatty(&stdin) {
        stdin.as_fd().try_clone_to_owned()?
    } else {
        std::fs::File::open("/dev/tty")?.into()
    };
    loop {
        let mut watched = [PollFd::new(&terminal, PollFlags::empty())];
        match poll(&mut watched, None) {
            Ok(0) | Err(rustix::io::Errno::INTR) => {}
            Ok(_) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, channel};
    use std::time::Duration;

    /// A reader that answers with a resize and then never comes back from being polled, until it is let go.
    fn stuck(until: Receiver<()>) -> impl Stream<Item = io::Result<TerminalEvent>> + Unpin {
        let mut is_first = true;
        stream::poll_fn(move |_| {
            if std::mem::take(&mut is_first) {
                return Poll::Ready(Some(Ok(TerminalEvent::Resize(1, 2))));
            }
            let _ = until.recv();
            Poll::Ready(None)
        })
    }

    #[tokio::test]
    async fn a_reader_that_never_comes_back_keeps_nobody() {
        let (let_go, until) = channel();
        let keys = on_its_own_thread("stuck", move || stuck(until)).unwrap();
        let after = Duration::from_millis(50);
        let hang_up = stream::once(Box::pin(async move {
            tokio::time::sleep(after).await;
            Event::Signal(Signal::HangUp)
        }));
        let mut events = stream::select(keys, hang_up);
        assert_eq!(events.next().await, Some(Event::Resize(1, 2)));
        assert_eq!(events.next().await, Some(Event::Signal(Signal::HangUp)));
        drop(let_go);
        assert_eq!(events.next().await, None, "the reader has ended");
    }

    #[tokio::test]
    async fn a_terminal_that_cannot_be_read_is_over_and_a_reader_nobody_hears_ends() {
        let failing = || stream::iter([Err(io::Error::other("gone")), Ok(TerminalEvent::Resize(1, 2))]);
        let mut events = on_its_own_thread("failing", failing).unwrap();
        assert_eq!(events.next().await, None);
        let (alive, ended) = channel::<()>();
        let waiting = move || {
            stream::poll_fn(move |_| {
                let _kept = &alive;
                Poll::Pending
            })
        };
        drop(on_its_own_thread("unheard", waiting).unwrap());
        let outcome = tokio::task::spawn_blocking(move || ended.recv()).await.unwrap();
        assert!(outcome.is_err(), "its source is dropped with it");
    }
}
