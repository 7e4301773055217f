//! The card before findings are repaired: one, or all that is safe. Of a finding that is left alone it only tells.

use super::finding as words;
use super::question::{self, Key, Question};
use crate::domain::{Finding, Remedy, RepairOutcome};
use crate::service::{Error, RepairProgress, RepairScope};
use crate::tui::effect::{Call, CallContext, CallError, CallProgress, Kind, Message, with_progress};
use crate::tui::keys::Keys;
use crate::tui::layer::{Availability, Cx, Event, Reply, Screen};
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::Canvas;
use ratatui::layout::Rect;
use std::sync::Arc;
use tokio::sync::watch;

/// Repairs what was found, some at a time.
#[derive(Debug, PartialEq)]
pub struct RepairFindings {
    /// What was found.
    pub findings: Arc<[Finding]>,
    /// What of it may be repaired.
    pub scope: RepairScope,
}

impl Call for RepairFindings {
    /// What became of each finding.
    type Answer = Vec<RepairOutcome>;

    fn kind(&self) -> Kind {
        Kind::Write
    }

    fn label(&self) -> Option<String> {
        Some("repairing what was found".to_owned())
    }

    fn outcome(answer: &Vec<RepairOutcome>) -> String {
        let done = answer.iter().filter(|outcome| **outcome == RepairOutcome::Repaired).count();
        format!("{} repaired.", text::count(done as u64))
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<Vec<RepairOutcome>, Error> {
        let (sender, receiver) = watch::channel(RepairProgress::default());
        let work = context.service.repair(context.session()?, &self.findings, self.scope, &sender);
        let told = |progress| context.report(CallProgress::Repairing(progress));
        let repaired = with_progress(work, receiver, told).await?;
        match repaired.stopped {
            Some(error) => Err(error),
            None => Ok(repaired.outcomes),
        }
    }
}

/// What became of one finding: the card goes and tells who asked, or says why the finding was left.
pub(super) fn repaired<S: Screen>(
    finding: &Finding,
    outcomes: Vec<RepairOutcome>,
    reply: &Reply<Finding>,
    cx: &mut Cx<'_, S>,
) -> Option<Message> {
    match outcomes.into_iter().next() {
        Some(RepairOutcome::Skipped(why)) => return Some(Message { text: why, hint: None }),
        Some(RepairOutcome::Repaired) => {
            cx.say(Tone::Good, format!("Repaired: {}.", finding.problem.title()));
        }
        Some(RepairOutcome::NoLongerPresent) | None => {
            let words = "It is not so any more: another process repaired it or is changing it.";
            cx.say(Tone::Warning, words);
        }
    }
    cx.close();
    cx.reply(reply, finding.clone());
    cx.tell(Event::Stale);
    None
}

/// What became of a write that was refused: the lists tell it as soon as the store answers.
pub(super) fn refused<S: Screen>(error: &CallError, cx: &mut Cx<'_, S>) -> Option<Message> {
    let CallError::Refused(error) = error else {
        return None;
    };
    if matches!(error, Error::Unavailable { .. } | Error::Refused { .. }) {
        cx.tell(Event::Stale);
    }
    Some(Message::from(error))
}

/// What is asked, and who hears of it.
#[derive(Debug)]
enum Purpose {
    One(Finding, Reply<Finding>),
    All { safe: usize, of: usize, confirmed: Reply<()> },
}

/// The card.
#[derive(Debug)]
pub struct RepairCard {
    purpose: Purpose,
    question: Question,
}

impl RepairCard {
    /// Whether this finding is to be repaired; or why it is not, if it is left alone.
    pub fn one(finding: Finding, repaired: Reply<Finding>) -> Self {
        Self { purpose: Purpose::One(finding, repaired), question: Question::default() }
    }

    /// Whether so many of the findings are to be repaired: those that lose nothing.
    pub fn all(safe: usize, of: usize, confirmed: Reply<()>) -> Self {
        Self { purpose: Purpose::All { safe, of, confirmed }, question: Question::default() }
    }

    fn only_tells(&self) -> bool {
        matches!(&self.purpose, Purpose::One(finding, _)
            if matches!(finding.problem.remedy(), Remedy::Account | Remedy::Leave))
    }

    fn answered(&mut self, outcomes: Result<Vec<RepairOutcome>, CallError>, cx: &mut Cx<'_, Self>) {
        self.question.is_running = false;
        self.question.message = match (outcomes, &self.purpose) {
            (Ok(outcomes), Purpose::One(finding, reply)) => repaired(finding, outcomes, reply, cx),
            (Ok(_), Purpose::All { .. }) => None,
            (Err(error), _) => refused(&error, cx),
        };
    }

    /// Title, paragraphs and the question.
    fn says(&self) -> (&'static str, Vec<String>, Option<String>) {
        match &self.purpose {
            Purpose::One(finding, _) => {
                let what = vec![finding.message(), words::repair(finding)];
                match finding.problem.remedy() {
                    Remedy::Leave => ("Left alone", what, None),
                    Remedy::Account => ("Needs an account", what, None),
                    Remedy::Safe | Remedy::Choose => ("Repair", what, Some("Repair it?".to_owned())),
                }
            }
            Purpose::All { safe, of, .. } => {
                let (safe, of) = (*safe as u64, *of as u64);
                let what = "Each is checked again first and skipped if it is not so any more. None of these repairs loses \
                            anything.";
                let rest = (of > safe).then(|| {
                    let rest = text::count(of - safe);
                    format!(
                        "Not included: {rest} of {}, which need a decision or are left alone.",
                        text::count(of)
                    )
                });
                let what = std::iter::once(what.to_owned()).chain(rest).collect();
                let things = if safe == 1 { "the one finding that is" } else { "findings that are" };
                let number = if safe == 1 { String::new() } else { format!("{} ", text::count(safe)) };
                ("Repair all that is safe", what, Some(format!("Repair {number}{things} safe to repair?")))
            }
        }
    }
}

impl Screen for RepairCard {
    type Key = Key;
    const IS_CARD: bool = true;

    fn keys(&self) -> &'static Keys<Key> {
        if self.only_tells() { &question::TELLS } else { &question::ASKS }
    }

    fn on_key(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        match (key, &self.purpose) {
            (Key::Yes, Purpose::One(finding, _)) => {
                let findings = Arc::new([finding.clone()]);
                cx.call(RepairFindings { findings, scope: RepairScope::Safe }, Self::answered);
                self.question.begin();
            }
            (Key::Yes, Purpose::All { confirmed, .. }) => {
                cx.close();
                cx.reply(confirmed, ());
            }
        }
    }

    fn availability(&self, key: Key, shared: &Shared) -> Availability {
        match key {
            Key::Yes => self.question.availability(shared),
        }
    }

    fn back(&mut self, cx: &mut Cx<'_, Self>) {
        self.question.back(cx);
    }

    fn draw(&self, _shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let (title, what, question) = self.says();
        self.question.draw(title, &what, question.as_deref(), area, canvas);
    }
}
