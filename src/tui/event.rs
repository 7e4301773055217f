//! Terminal and signals as one stream of events. Owns where events come from, not what they mean.

use super::app::Signal;
use super::input::{self, Input, Reader};
use super::keys::Pointed;
use super::window::Window;
use crossterm::event::KeyEvent;
use futures_util::stream::{self, Stream, StreamExt};
use rustix::process::Signal as Number;
use std::io;
use std::task::Poll;
use tokio::signal::unix::{SignalKind, signal};

/// What can happen to the console from outside.
#[derive(Clone, PartialEq, Eq)]
pub enum Event {
    /// A key was pressed.
    Key(KeyEvent),
    /// A text was pasted.
    Paste(String),
    /// Something was done with the mouse.
    Point(Pointed),
    /// The terminal has another size: columns, rows.
    Resize(u16, u16),
    /// The process goes on after it was stopped; whoever had the terminal left it in another state.
    Continued,
    /// A signal came, or the terminal vanished.
    Signal(Signal),
}

impl std::fmt::Debug for Event {
    /// Keys and pastes may be parts of a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key(_) => f.write_str("Key"),
            Self::Paste(_) => f.write_str("Paste"),
            Self::Point(pointed) => write!(f, "{pointed:?}"),
            Self::Resize(columns, rows) => write!(f, "Resize({columns}, {rows})"),
            Self::Continued => f.write_str("Continued"),
            Self::Signal(signal) => write!(f, "{signal:?}"),
        }
    }
}

/// Events of the terminal that the console runs on, and of the process, and who reads the terminal. A terminal that
/// vanishes may be told more than once: by its reader, and by a signal.
///
/// # Errors
/// The signals cannot be listened to, or the terminal not be read.
pub(super) fn of_terminal(window: Window) -> io::Result<(impl Stream<Item = Event> + Unpin, Reader)> {
    // A terminal that cannot be read any more is gone.
    let gone = stream::once(std::future::ready(Event::Signal(Signal::HangUp)));
    let (keys, reader) = input::on_its_own_thread(io::stdin())?;
    let keys = keys.map(of_input).chain(gone);
    Ok((stream::select(of_signals(window)?, keys), reader))
}

fn of_input(input: Input) -> Event {
    match input {
        Input::Key(key) => Event::Key(key),
        Input::Paste(text) => Event::Paste(text),
        Input::Point(pointed) => Event::Point(pointed),
    }
}

fn of_signals(window: Window) -> io::Result<impl Stream<Item = Event> + Unpin> {
    type Meaning = fn(Window) -> Event;
    let meanings: [(SignalKind, Meaning); 6] = [
        (SignalKind::terminate(), |_| Event::Signal(Signal::Terminate)),
        (SignalKind::hangup(), |_| Event::Signal(Signal::HangUp)),
        (SignalKind::interrupt(), |_| Event::Signal(Signal::Interrupt)),
        // Ctrl-\ while an editor has the terminal must not end the console.
        (SignalKind::quit(), |_| Event::Signal(Signal::Interrupt)),
        (SignalKind::from_raw(Number::CONT.as_raw()), |_| Event::Continued),
        (SignalKind::window_change(), |window| {
            let (columns, rows) = window.size();
            Event::Resize(columns, rows)
        }),
    ];
    let mut sources = Vec::new();
    for (kind, meaning) in meanings {
        sources.push((signal(kind)?, meaning));
    }
    Ok(stream::poll_fn(move |context| {
        let mut heard = sources.iter_mut().filter_map(|(source, meaning)| {
            let is_heard = source.poll_recv(context).is_ready();
            is_heard.then_some(*meaning)
        });
        heard.next().map_or(Poll::Pending, |meaning| Poll::Ready(Some(meaning(window))))
    }))
}

/// The next event, if one is ready. Polls with this task's own waker: a stream keeps the waker of the last poll, and a
/// waker that wakes nobody would lose the keys that follow.
pub(super) async fn already_here<S: Stream<Item = Event> + Unpin>(events: &mut S) -> Option<Event> {
    std::future::poll_fn(|context| match events.poll_next_unpin(context) {
        Poll::Ready(event) => Poll::Ready(event),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// Waits until the console is told to end. Whatever else happens while an editor has the terminal is the editor's: keys
/// that were read before that, Ctrl-C, and what follows a stop.
pub(super) async fn ending_of<S: Stream<Item = Event> + Unpin>(events: &mut S) -> Signal {
    loop {
        match events.next().await {
            None => return Signal::HangUp,
            Some(Event::Signal(signal @ (Signal::HangUp | Signal::Terminate))) => return signal,
            Some(_) => {}
        }
    }
}
