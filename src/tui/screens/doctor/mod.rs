//! The doctor: a check of the whole store, begun as it is opened, and what it found, to be repaired one by one or all
//! that is safe together. Nothing is repaired without being asked.

mod repair;
mod view;

use crate::domain::RepairOutcome;
use crate::domain::{CheckReport, Finding, Progress, Remedy};
use crate::service::{Error, RepairScope};
use crate::tui::calls::Freshness;
use crate::tui::cards::repair::{RepairCard, RepairFindings};
use crate::tui::cards::replace_collection::ReplaceCollectionCard;
use crate::tui::effect::{Call, CallContext, CallError, CallProgress, Load, with_progress};
use crate::tui::keys::Group::{Do, Move};
use crate::tui::keys::{ENTER, ESC, Keys, Motion, Row, back, char, go_to, help, hint, refresh};
use crate::tui::layer::{Availability, Cx, Destination, Event, Place, Registered, Screen};
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::table::Window;
use jiff::Timestamp;
use ratatui::layout::Rect;
use repair::{Repair, Tally, is_safe};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// What it is known by.
pub static REGISTERED: Registered = Registered { places: &[&PLACE], tables: &[&KEYS] };
static PLACE: Place = Place::of::<Doctor>("doctor", "check repair health missing").for_operators();

/// What a key does to the doctor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Moves the selection.
    Motion(Motion),
    /// Repairs the selected finding, after a card.
    Repair,
    /// Repairs all that is safe, after a card.
    RepairAll,
}

static KEYS: Keys<Key> = Keys::of(
    "doctor",
    &[
        hint(&[ENTER, char('d')], Key::Repair, "repair it", Do, 2),
        hint(&[char('R')], Key::RepairAll, "repair all safe ones", Do, 3),
        refresh("check again", 4),
        go_to(7),
        back(&[ESC, char('q')], "back", Move, Some(1)),
        Row::Motions(Key::Motion),
        help(),
    ],
);

/// Checks the whole store.
#[derive(Debug, PartialEq)]
pub struct CheckStore;

impl Call for CheckStore {
    /// What it found, and how long it took.
    type Answer = (CheckReport, Duration);

    fn label(&self) -> Option<String> {
        Some("checking the store".to_owned())
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<(CheckReport, Duration), Error> {
        let begun = Instant::now();
        let (sender, receiver) = watch::channel(Progress::default());
        let work = context.service.check(context.session()?, &sender);
        let told = |progress| context.report(CallProgress::Checking(progress));
        let found = with_progress(work, receiver, told).await?;
        Ok((found, begun.elapsed()))
    }
}

/// What a check looked at, and how long it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Checked {
    organizations: u64,
    collections: u64,
    took: Duration,
}

/// The screen.
#[derive(Debug)]
pub struct Doctor {
    /// Errors first.
    findings: Vec<Finding>,
    /// How many of them can be repaired without losing anything.
    safe: usize,
    window: Window,
    check: Load<Checked>,
    /// How far the check is that runs.
    progress: Progress,
    repair: Option<Repair>,
    /// How the repair came out before the check that runs.
    tally: Option<Tally>,
    /// What is to be said of what was done, until something else is.
    said: Option<(Tone, String)>,
    /// Findings that were repaired by themselves since the check.
    repaired: usize,
    freshness: Freshness,
}

impl Destination for Doctor {
    /// Begins to check.
    fn open(cx: &mut Cx<'_, Self>) -> Self {
        let mut screen = Self {
            findings: Vec::new(),
            safe: 0,
            window: Window::default(),
            check: Load::Idle,
            progress: Progress::default(),
            repair: None,
            tally: None,
            said: None,
            repaired: 0,
            freshness: Freshness::default(),
        };
        screen.check(cx);
        screen
    }
}

impl Doctor {
    /// Checks anew, behind what is there.
    fn check(&mut self, cx: &mut Cx<'_, Self>) {
        cx.stop_reading();
        self.check = Load::Loading(cx.call(CheckStore, Self::checked));
        self.progress = Progress::default();
        self.said = None;
        self.freshness.begin();
    }

    fn checked(&mut self, found: Result<(CheckReport, Duration), CallError>, cx: &mut Cx<'_, Self>) {
        let now = cx.shared().now;
        match found {
            Ok((report, took)) => {
                self.freshness.came(now);
                self.found(report, took);
            }
            // What was found before stays.
            Err(CallError::Stopped) => self.check = Load::Idle,
            Err(CallError::Refused(error)) => self.check = Load::Failed(self.freshness.failed(&error, now)),
        }
    }

    fn found(&mut self, report: CheckReport, took: Duration) {
        let CheckReport { findings, organizations, collections } = report;
        // What was selected stays so, or else the row.
        let chosen = self.selected().and_then(|chosen| findings.iter().position(|found| found == chosen));
        self.findings = findings;
        self.window.selected = chosen.unwrap_or(self.window.selected);
        self.repaired = 0;
        self.settle();
        self.check = Load::Ready(Checked { organizations, collections, took });
        self.said = self.tally.take().map(|tally| {
            let left = match self.findings.len() {
                0 => "nothing is left".to_owned(),
                1 => "1 finding is left".to_owned(),
                count => format!("{} findings are left", text::count(count as u64)),
            };
            (tally.tone(), format!("{}; {left}.", tally.words()))
        });
    }

    fn selected(&self) -> Option<&Finding> {
        self.findings.get(self.window.selected)
    }

    /// Asks about one finding, or tells why it is left.
    fn ask(&self, cx: &mut Cx<'_, Self>) {
        let Some(finding) = self.selected().cloned() else {
            return;
        };
        let reply = cx.reply_to(|screen: &mut Self, finding, cx| screen.repaired(&finding, cx));
        match finding.problem.remedy() {
            Remedy::Choose => cx.open(|_| ReplaceCollectionCard::new(finding, reply)),
            Remedy::Safe | Remedy::Account | Remedy::Leave => {
                cx.open(|_| RepairCard::one(finding, reply));
            }
        }
    }

    fn ask_all(&self, cx: &mut Cx<'_, Self>) {
        let (safe, of) = (self.safe, self.findings.len());
        let reply = cx.reply_to(|screen: &mut Self, (), cx| screen.repair_all(cx));
        cx.open(|_| RepairCard::all(safe, of, reply));
    }

    /// Repairs all that is safe, page by page.
    fn repair_all(&mut self, cx: &mut Cx<'_, Self>) {
        self.said = None;
        self.repair = Some(Repair::of_all_safe(&self.findings));
        self.next_page(cx);
    }

    /// The next page; after the last one a check, which tells what is left.
    fn next_page(&mut self, cx: &mut Cx<'_, Self>) {
        let Some(repair) = &mut self.repair else {
            return;
        };
        match repair.page(&self.findings) {
            Some(findings) => {
                cx.call(RepairFindings { findings, scope: RepairScope::Safe }, Self::page_repaired);
            }
            None => self.end_repair(None, cx),
        }
    }

    fn page_repaired(&mut self, page: Result<Vec<RepairOutcome>, CallError>, cx: &mut Cx<'_, Self>) {
        match page {
            Ok(outcomes) => {
                if let Some(repair) = &mut self.repair {
                    repair.took(&outcomes);
                }
                self.next_page(cx);
            }
            Err(CallError::Stopped) => self.end_repair(None, cx),
            Err(CallError::Refused(error)) => self.end_repair(Some(&error), cx),
        }
    }

    fn end_repair(&mut self, failure: Option<&Error>, cx: &mut Cx<'_, Self>) {
        if let Some(repair) = self.repair.take() {
            self.tally = Some(repair.end(&mut self.findings, failure.map(ToString::to_string)));
        }
        self.settle();
        self.check(cx);
        // The check may wait long for its answer, or be stopped.
        self.said = self.tally.as_ref().map(|tally| (tally.tone(), format!("{}.", tally.words())));
        cx.tell(Event::Stale);
    }

    /// A finding was repaired by itself, or was not so any more.
    fn repaired(&mut self, finding: &Finding, cx: &mut Cx<'_, Self>) {
        if let Some(at) = self.findings.iter().position(|known| known == finding) {
            self.findings.remove(at);
            self.repaired += 1;
        }
        self.settle();
        self.said = None;
        // That nothing is left is said by a check alone.
        if self.findings.is_empty() {
            self.check(cx);
        }
    }

    /// The selection within the rows, and what is counted of them.
    fn settle(&mut self) {
        self.safe = self.findings.iter().filter(|finding| is_safe(finding)).count();
        self.window.follow(None, self.findings.len());
    }
}

impl Screen for Doctor {
    type Key = Key;

    fn keys(&self) -> &'static Keys<Key> {
        &KEYS
    }

    fn on_key(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        match key {
            Key::Motion(motion) => self.window.move_by(motion, self.findings.len()),
            Key::Repair => self.ask(cx),
            Key::RepairAll => self.ask_all(cx),
        }
    }

    fn availability(&self, key: Key, shared: &Shared) -> Availability {
        Availability::unless(match key {
            Key::Motion(_) => None,
            _ if self.repair.is_some() => Some("repairing"),
            _ if self.check.running().is_some() => Some("checking"),
            _ if self.findings.is_empty() => Some("nothing found"),
            Key::RepairAll if self.safe == 0 => Some("nothing safe to repair"),
            Key::RepairAll if shared.is_cut_off() => Some("no connection"),
            Key::Repair | Key::RepairAll => None,
        })
    }

    fn refresh_refusal(&self) -> Option<&'static str> {
        self.repair.is_some().then_some("repairing")
    }

    fn refresh(&mut self, cx: &mut Cx<'_, Self>) {
        if self.repair.is_none() {
            self.check(cx);
        }
    }

    /// What runs is not left half: it ends first, unless it is left a second time.
    fn back(&mut self, cx: &mut Cx<'_, Self>) {
        if self.stop_batch() {
            cx.say(Tone::Warning, "It stops after what is being repaired now.");
        } else {
            cx.close();
        }
    }

    fn on_progress(&mut self, progress: CallProgress) {
        match (progress, &mut self.repair) {
            (CallProgress::Checking(progress), _) => self.progress = progress,
            (CallProgress::Repairing(progress), Some(repair)) => repair.reached(progress.done),
            (CallProgress::Repairing(_) | CallProgress::Exporting(_) | CallProgress::Importing(_), _) => {}
        }
    }

    fn due(&self) -> Option<Timestamp> {
        self.freshness.next_try().filter(|_| self.repair.is_none())
    }

    fn on_due(&mut self, cx: &mut Cx<'_, Self>) {
        self.check(cx);
    }

    /// Lets a repair of many end with the page that runs; answers whether there was one to stop.
    fn stop_batch(&mut self) -> bool {
        self.repair.as_mut().is_some_and(|repair| !std::mem::replace(&mut repair.is_stopping, true))
    }

    fn draw(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        self.paint(shared, area, canvas);
    }
}
