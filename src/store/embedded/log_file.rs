//! A look at the log beside the file (`-wal`) before SQLite opens both. SQLite takes a log that is missing or damaged for
//! the end of what was written: what was committed behind that goes without a word. Here it is an error.
//!
//! Judged harmful is only what no crash leaves behind. A process that is killed leaves a log with an end that was not
//! committed; a machine that stops may leave, behind a damaged frame, the rest of the one transaction that was being
//! written. Two commits behind it were acknowledged at least once.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Bytes of the head of a log, and of each frame's.
const HEAD: usize = 32;
const FRAME_HEAD: usize = 24;
/// How a log begins: the last bit says in which order its numbers are summed.
const MAGIC: u32 = 0x377f_0682;
/// How often it is looked again, and how long after: what another process is just writing is otherwise the next time.
const LOOKS: usize = 3;
const PAUSE: Duration = Duration::from_millis(10);

/// What is wrong with a log.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Harm {
    /// It is not there, but the file that belongs to it is: it is the first of the two to be made and the last to go.
    Missing,
    /// Its head is not one.
    Head,
    /// This frame and those behind it do not count any more.
    Frame(usize),
}

/// Whether something is missing that was committed, as far as that can be told.
pub(super) fn is_harmed(database: &Path) -> io::Result<bool> {
    let mut before = None;
    for look in 0..LOOKS {
        let harm = look_once(database)?;
        if harm.is_none() || (look > 0 && harm != before) {
            return Ok(false);
        }
        before = harm;
        std::thread::sleep(PAUSE);
    }
    Ok(true)
}

fn look_once(database: &Path) -> io::Result<Option<Harm>> {
    match fs::read(beside(database, "-wal")) {
        Ok(log) => Ok(harm_of(&log)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Ok(beside(database, "-shm").exists().then_some(Harm::Missing))
        }
        Err(error) => Err(error),
    }
}

fn beside(database: &Path, end: &str) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(end);
    path.into()
}

fn number(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map_or(0, u32::from_be_bytes)
}

/// The running sum that each frame carries.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Sum(u32, u32);

impl Sum {
    fn over(self, bytes: &[u8], is_big: bool) -> Self {
        let word = |four: &[u8]| {
            let four = four.try_into().unwrap_or_default();
            if is_big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) }
        };
        bytes.chunks_exact(8).fold(self, |Self(first, second), eight| {
            let first = first.wrapping_add(word(&eight[..4])).wrapping_add(second);
            Self(first, second.wrapping_add(word(&eight[4..])).wrapping_add(first))
        })
    }

    fn at(bytes: &[u8], at: usize) -> Self {
        Self(number(bytes, at), number(bytes, at + 4))
    }
}

/// What no crash could have left.
fn harm_of(log: &[u8]) -> Option<Harm> {
    if log.len() < HEAD || log[..HEAD].iter().all(|byte| *byte == 0) {
        // Nothing is in it yet.
        return None;
    }
    let (magic, page) = (number(log, 0), number(log, 8) as usize);
    let is_big = magic & 1 == 1;
    let mut sum = Sum(0, 0).over(&log[..24], is_big);
    if magic & !1 != MAGIC || sum != Sum::at(log, 24) || !page.is_power_of_two() || page < 512 {
        return Some(Harm::Head);
    }
    let salts = &log[16..24];
    let (mut broken, mut commits_behind) = (None, 0);
    for (at, frame) in log[HEAD..].chunks_exact(FRAME_HEAD + page).enumerate() {
        let is_ours = &frame[8..16] == salts;
        if broken.is_none() {
            let next = sum.over(&frame[..8], is_big).over(&frame[FRAME_HEAD..], is_big);
            if !is_ours || next != Sum::at(frame, 16) {
                broken = Some(Harm::Frame(at));
            }
            sum = next;
        }
        // A frame that ends a transaction says how large the database is then.
        if broken.is_some() && is_ours && number(frame, 4) != 0 {
            commits_behind += 1;
        }
    }
    broken.filter(|_| commits_behind > 1)
}
