//! stdout. It may be a pipe that its reader empties slowly or closes, so every write can be interrupted.

use crate::blocking;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, fstat};
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Bytes per write: few, so that a slow reader counts as making progress.
const PIECE: usize = 1_024;
/// Pauses between two checks of the reader, growing.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// The outcome of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Sent {
    /// It was written.
    Written,
    /// The reader has closed the pipe, which is not an error.
    Closed,
}

/// Writes text on a thread that may block. `moved` counts the bytes that the system has taken.
///
/// # Errors
/// When stdout cannot be written, such as on a full disk.
pub(in crate::cli) async fn send(text: String, moved: Arc<AtomicU64>) -> io::Result<Sent> {
    if !blocking::is_in_place() {
        let written = blocking::run(move || write(text.as_bytes(), &moved)).await;
        return written.map_err(io::Error::other)?;
    }
    // Without a thread: a ready pipe takes a piece without blocking.
    for piece in text.as_bytes().chunks(PIECE) {
        while !is_ready() {
            tokio::time::sleep(FIRST_PAUSE).await;
        }
        if write(piece, &moved)? == Sent::Closed {
            return Ok(Sent::Closed);
        }
    }
    Ok(Sent::Written)
}

/// Writes text on the calling thread, for as long as that takes.
///
/// # Errors
/// When stdout cannot be written, such as on a full disk.
pub fn data(text: &str) -> io::Result<()> {
    write(text.as_bytes(), &AtomicU64::new(0)).map(drop)
}

fn write(bytes: &[u8], moved: &AtomicU64) -> io::Result<Sent> {
    let mut stdout = io::stdout().lock();
    for piece in bytes.chunks(PIECE) {
        match stdout.write_all(piece).and_then(|()| stdout.flush()) {
            Ok(()) => moved.fetch_add(piece.len() as u64, Ordering::Relaxed),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(Sent::Closed),
            Err(error) => return Err(error),
        };
    }
    Ok(Sent::Written)
}

/// Waits until the reader of a pipe has taken everything, so that no page is read before it is needed.
pub(in crate::cli) async fn taken() -> Sent {
    let mut pause = FIRST_PAUSE;
    loop {
        if is_closed() {
            return Sent::Closed;
        }
        if unread() == 0 {
            return Sent::Written;
        }
        tokio::time::sleep(pause).await;
        pause = LONGEST_PAUSE.min(pause * 2);
    }
}

/// Waits until the reader closes the pipe.
pub(in crate::cli) async fn closed() {
    while !is_closed() {
        tokio::time::sleep(LONGEST_PAUSE).await;
    }
}

/// Whether the reader has closed the pipe.
fn is_closed() -> bool {
    events(PollFlags::empty()).intersects(PollFlags::ERR | PollFlags::HUP)
}

/// Whether a write would succeed or fail without blocking.
fn is_ready() -> bool {
    !events(PollFlags::OUT).is_empty()
}

fn events(wanted: PollFlags) -> PollFlags {
    let stdout = io::stdout();
    let mut watched = [PollFd::new(&stdout, wanted)];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    match poll(&mut watched, Some(&now)) {
        Ok(_) => watched[0].revents(),
        // If the descriptor cannot be polled, write to it.
        Err(_) => wanted,
    }
}

/// Bytes in a pipe that its reader has not taken yet. Systems other than Linux do not report it at this end.
fn unread() -> u64 {
    let stdout = io::stdout();
    let is_pipe = fstat(&stdout).is_ok_and(|data| FileType::from_raw_mode(data.st_mode) == FileType::Fifo);
    if cfg!(target_os = "linux") && is_pipe { rustix::io::ioctl_fionread(&stdout).unwrap_or(0) } else { 0 }
}
