//! Terminal and signals as one stream of events. Owns where events come from, not what they mean.

use super::action::Signal;
use crossterm::event::{Event as TerminalEvent, EventStream, KeyEvent};
use futures_util::stream::{self, Stream, StreamExt};
use std::io;
use std::task::Poll;
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
    let keys = EventStream::new().filter_map(|event| std::future::ready(of_event(event)));
    // A terminal that cannot be read any more is gone.
    let keys = keys.chain(stream::once(std::future::ready(Event::Signal(Signal::HangUp))));
    let signals = stream::select(
        of_signal(SignalKind::terminate(), Signal::Terminate)?,
        stream::select(
            of_signal(SignalKind::hangup(), Signal::HangUp)?,
            of_signal(SignalKind::interrupt(), Signal::Interrupt)?,
        ),
    );
    Ok(stream::select(stream::select(signals, hang_up()), keys))
}

fn of_event(event: io::Result<TerminalEvent>) -> Option<Event> {
    match event {
        Ok(TerminalEvent::Key(key)) => key.is_press().then_some(Event::Key(key)),
        Ok(TerminalEvent::Paste(text)) => Some(Event::Paste(text)),
        Ok(TerminalEvent::Resize(columns, rows)) => Some(Event::Resize(columns, rows)),
        Ok(TerminalEvent::FocusGained | TerminalEvent::FocusLost | TerminalEvent::Mouse(_)) => None,
        Err(error) => {
            tracing::warn!(%error, "the terminal cannot be read");
            Some(Event::Signal(Signal::HangUp))
        }
    }
}

fn of_signal(kind: SignalKind, meaning: Signal) -> io::Result<impl Stream<Item = Event> + Unpin> {
    let mut source = signal(kind)?;
    Ok(stream::poll_fn(move |context| {
        source.poll_recv(context).map(|received| received.map(|()| Event::Signal(meaning)))
    }))
}

/// Tells when the terminal hangs up without a signal: its reader would spin for ever (crossterm issue 793). A thread
/// blocks in `poll` with no events asked, sleeping through all input; it ends with the process.
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
