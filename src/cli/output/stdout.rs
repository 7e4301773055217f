//! stdout, which may be a pipe that its reader empties slowly, or leaves: whoever writes can be stopped at any time.

use crate::blocking;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, fstat};
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Bytes that are written at a time: few, so that a slow reader counts as one that moves.
const PIECE: usize = 1_024;
/// Pauses between two looks at the reader, growing.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// What became of something written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Sent {
    /// It is on its way.
    Written,
    /// Nobody reads any more, which is no error.
    Closed,
}

/// Writes text, on a thread that may wait. `moved` counts the bytes that the system has taken.
///
/// # Errors
/// When stdout cannot be written, such as on a full disk.
pub(in crate::cli) async fn send(text: String, moved: Arc<AtomicU64>) -> io::Result<Sent> {
    if !blocking::is_in_place() {
        let written = blocking::run(move || write(text.as_bytes(), &moved)).await;
        return written.map_err(io::Error::other)?;
    }
    // Without a thread: a pipe that is ready takes a piece at once.
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

/// Writes text where it is asked for, for as long as that takes.
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

/// Waits until the reader of a pipe has taken what was written: nothing is read from the store that nobody reads.
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

/// Waits until nobody reads any more.
pub(in crate::cli) async fn closed() {
    while !is_closed() {
        tokio::time::sleep(LONGEST_PAUSE).await;
    }
}

/// Whether nobody reads any more.
fn is_closed() -> bool {
    events(PollFlags::empty()).intersects(PollFlags::ERR | PollFlags::HUP)
}

/// Whether a write would be taken, or fail, at once.
fn is_ready() -> bool {
    !events(PollFlags::OUT).is_empty()
}

fn events(wanted: PollFlags) -> PollFlags {
    let stdout = io::stdout();
    let mut watched = [PollFd::new(&stdout, wanted)];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    match poll(&mut watched, Some(&now)) {
        Ok(_) => watched[0].revents(),
        // What cannot be watched is written to.
        Err(_) => wanted,
    }
}

/// Bytes in a pipe that its reader has not taken yet. Other systems than Linux do not say it at this end.
fn unread() -> u64 {
    let stdout = io::stdout();
    let is_pipe = fstat(&stdout).is_ok_and(|data| FileType::from_raw_mode(data.st_mode) == FileType::Fifo);
    if cfg!(target_os = "linux") && is_pipe { rustix::io::ioctl_fionread(&stdout).unwrap_or(0) } else { 0 }
}
