//! How commands print. All of stdout goes through here, and a slow reader never delays a command beyond a signal or
//! `--timeout`.

use super::arguments::PageArgs;
use super::context::Context;
use super::exit::{Failure, Unanswered};
use super::output::stdout::{self, Sent};
use super::output::{Printed, Would};
use serde::Serialize;
use std::future::{Future, pending};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How often to check whether the reader makes progress.
const LOOK: Duration = Duration::from_millis(100);

/// A page of a list to print.
pub(super) struct Rows<T> {
    pub(super) items: Vec<T>,
    pub(super) next_cursor: Option<String>,
}

impl Context<'_> {
    /// Prints an object.
    pub(super) async fn show(&self, data: &impl Serialize) -> Result<(), Failure> {
        self.print(self.stdout.object(data)?).await.map(drop)
    }

    /// Prints an object that people see as a sentence.
    pub(super) async fn say(&self, data: &impl Serialize, sentence: &str) -> Result<(), Failure> {
        self.print(self.stdout.said(data, sentence)?).await.map(drop)
    }

    /// Like [`Context::say`], for a write: a failure of stdout does not undo it.
    pub(super) async fn say_done(&self, data: &impl Serialize, sentence: &str) -> Result<(), Failure> {
        self.say(data, sentence).await.map_err(done_but_unsaid)
    }

    /// Like [`Context::show`], for a write.
    pub(super) async fn show_done(&self, data: &impl Serialize) -> Result<(), Failure> {
        self.show(data).await.map_err(done_but_unsaid)
    }

    /// Prints the changes of a dry run.
    pub(super) async fn would(&self, dry_run: &Would<impl Serialize, impl Serialize>) -> Result<(), Failure> {
        self.print(self.stdout.would(dry_run)?).await.map(drop)
    }

    /// Prints a list page by page. Reads the next page when the reader has taken the previous one. An interrupted list
    /// is reported on stderr and is not a complete JSON document on stdout.
    pub(super) async fn print_pages<T: Printed>(
        &self,
        args: &PageArgs,
        mut read: impl AsyncFnMut(Option<String>) -> Result<Rows<T>, Failure>,
    ) -> Result<(), Failure> {
        let mut list = self.stdout.list();
        let (mut cursor, mut printed, mut has_begun) = (args.cursor.clone(), 0, false);
        loop {
            let page = tokio::select! {
                biased;
                page = read(cursor) => page,
                // The reader has closed the pipe.
                () = stdout::closed(), if has_begun => return Ok(()),
            };
            let page = page.map_err(|failure| incomplete(failure, has_begun))?;
            let mut text = list.rows(&page.items)?;
            let is_last = !args.all || page.next_cursor.is_none();
            if is_last {
                text.push_str(&list.end(page.next_cursor.as_deref())?);
            }
            has_begun |= !text.is_empty();
            let sent = async {
                let sent = self.print(text).await?;
                if sent == Sent::Closed || is_last {
                    return Ok(sent);
                }
                self.unless_stopped(stdout::taken(), None).await
            };
            let sent = sent.await.map_err(|failure| incomplete(failure, has_begun))?;
            printed += page.items.len();
            cursor = page.next_cursor;
            if is_last {
                if let (true, Some(cursor)) = (self.stdout.hides_cursor(), &cursor) {
                    self.stderr.note(&format!("{printed} shown, more follow: --all, or --cursor {cursor}"));
                }
                return Ok(());
            }
            if sent == Sent::Closed {
                return Ok(());
            }
        }
    }

    /// Prints a list that is whole.
    pub(super) async fn print_whole(&self, rows: Vec<impl Printed>) -> Result<(), Failure> {
        let mut rows = Some(rows);
        let page = async |_| Ok(Rows { items: rows.take().unwrap_or_default(), next_cursor: None });
        self.print_pages(&PageArgs { limit: 1, cursor: None, all: true }, page).await
    }

    /// Prints a text as it is.
    pub(super) async fn show_text(&self, text: String) -> Result<(), Failure> {
        self.print(text).await.map(drop)
    }

    async fn print(&self, text: String) -> Result<Sent, Failure> {
        let moved = Arc::new(AtomicU64::new(0));
        let sent = self.unless_stopped(stdout::send(text, Arc::clone(&moved)), Some(&moved)).await?;
        sent.map_err(|error| Failure::File(format!("stdout cannot be written: {error}.")))
    }

    /// Waits for the reader of stdout until a signal arrives or no progress is made for `--timeout` seconds.
    async fn unless_stopped<T>(
        &self,
        wait: impl Future<Output = T>,
        moved: Option<&AtomicU64>,
    ) -> Result<T, Failure> {
        tokio::select! {
            biased;
            done = wait => Ok(done),
            stop = self.signals.next() => Err(stop.failure(Unanswered::Nothing)),
            seconds = self.standstill(moved) => {
                let failure = Failure::TimedOut { seconds, unanswered: Unanswered::Nothing };
                Err(failure.explained(format!("The output was not read for {seconds} s."), None))
            }
        }
    }

    /// Returns after `--timeout` seconds without progress. Without the option a reader may take its time, for example
    /// a person in a pager.
    async fn standstill(&self, moved: Option<&AtomicU64>) -> u64 {
        let Some(seconds) = self.global.timeout else {
            return pending().await;
        };
        let count = || moved.map_or(0, |moved| moved.load(Ordering::Relaxed));
        let (mut seen, mut since) = (count(), Instant::now());
        while since.elapsed() < Duration::from_secs(seconds) {
            tokio::time::sleep(LOOK).await;
            if count() != seen {
                (seen, since) = (count(), Instant::now());
            }
        }
        seconds
    }
}

/// Reports that a list is incomplete, if it began.
fn incomplete(failure: Failure, has_begun: bool) -> Failure {
    if !has_begun {
        return failure;
    }
    let message = format!("{failure} The list on stdout is incomplete.");
    failure.explained(message, None)
}

/// The failure of a completed write whose result cannot be printed.
fn done_but_unsaid(failure: Failure) -> Failure {
    let message = format!("The change was made, but the result cannot be printed: {failure}");
    failure.explained(message, None)
}
