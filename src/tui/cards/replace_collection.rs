//! The card before an organization goes on without its own collection: what is given up, and its name to be typed.

use super::card::{self, Question, Row, What, row};
use super::repair::repair_outcome;
use crate::domain::Finding;
use crate::domain::text::visible;
use crate::service::{Error, RepairScope};
use crate::tui::action::Command;
use crate::tui::cards::finding::{self as words, GoesOnWith};
use crate::tui::effect::{Answer, Outcome, Request};
use crate::tui::effect::{CallId, Message};
use crate::tui::keys::{Pasted, Typed};
use crate::tui::model::Shared;
use crate::tui::screens::{Move, Step};
use crate::tui::theme::Role;
use crate::tui::widgets::canvas::Canvas;
use ratatui::layout::Rect;
use std::sync::Arc;
use unicode_normalization::UnicodeNormalization;

/// The card.
#[derive(Debug)]
pub struct Choose {
    /// What confirming repairs.
    finding: Finding,
    question: Question,
}

impl Choose {
    /// For a finding whose remedy has to be chosen.
    pub fn new(finding: Finding) -> Self {
        Self { finding, question: Question::default() }
    }

    /// Its name, or its id where the record has none.
    fn wanted(&self) -> String {
        let name = self.finding.organization_name.clone();
        let id = || self.finding.organization_id.map(|id| id.to_string()).unwrap_or_default();
        name.filter(|name| !name.is_empty()).unwrap_or_else(id)
    }

    /// A name with characters that no key types is typed as it is shown.
    fn is_typed(&self) -> bool {
        let (typed, wanted) = (self.question.typed.value(), self.wanted());
        !typed.is_empty() && (typed.nfc().eq(wanted.nfc()) || *typed == *visible(&wanted))
    }

    fn is_near(&self) -> bool {
        let key = crate::domain::name::key_of;
        let typed = self.question.typed.value().trim();
        !self.is_typed() && !typed.is_empty() && key(typed) == key(&self.wanted())
    }

    fn request(&self) -> Request {
        Request::Mend { findings: Arc::new([self.finding.clone()]), extent: RepairScope::NewCollections }
    }

    /// Goes on with the other collection, or leaves it.
    pub fn command(&mut self, command: Command, shared: &mut Shared) -> Option<Step> {
        let write = self.refusal(command, shared).is_none().then(|| self.request());
        self.question.command(command, write, "It is being done; a moment.", shared)
    }

    /// Types the name.
    pub fn input(&mut self, typed: Typed) {
        self.question.input(typed);
    }

    /// Pastes the name.
    pub fn paste(&mut self, pasted: &Pasted) {
        self.question.paste(pasted);
    }

    /// Whether it waits for this answer.
    pub fn awaits(&self, ticket: CallId) -> bool {
        self.question.running == Some(ticket)
    }

    /// Takes what became of it.
    pub fn done(&mut self, outcome: Outcome, shared: &mut Shared) -> Step {
        self.question.running = None;
        match outcome {
            Ok(Answer::Repaired(outcomes)) => {
                let (step, message) = repair_outcome(&self.finding, outcomes, shared);
                self.question.message = message;
                step
            }
            Ok(_) => Step::default(),
            Err(error) => {
                self.question.message = Some(Message::from(&error));
                if matches!(error, Error::Unavailable { .. } | Error::Refused { .. }) {
                    return Step::go(Move::Reread);
                }
                Step::default()
            }
        }
    }

    /// Why a command cannot work now.
    pub fn refusal(&self, command: Command, shared: &Shared) -> Option<&'static str> {
        match () {
            () if command != Command::Submit => None,
            () if self.question.running.is_some() => Some("it is being done"),
            () if shared.is_cut_off() => Some("no connection"),
            () if !self.is_typed() => Some("names differ"),
            () => None,
        }
    }

    /// Draws it over what is there.
    pub fn draw(&self, area: Rect, canvas: &mut Canvas<'_>) {
        let title = match words::goes_on_with(&self.finding) {
            GoesOnWith::Empty => "Continue with an empty collection",
            GoesOnWith::Found => "Continue with the collection that is there",
        };
        let rows = self.rows(card::columns(area));
        card::draw((title, Role::Danger), rows, Some(&self.question.typed), area, canvas);
    }

    fn rows(&self, columns: usize) -> Vec<Row> {
        let free = || row(8, What::Free);
        let mut rows: Vec<Row> = card::paragraph(5, &self.finding.message(), columns).collect();
        rows.push(free());
        rows.extend(card::paragraph(2, &words::price(&self.finding), columns));
        rows.push(free());
        let rest =
            "There is no undo. To keep them, cancel, restore the collection from a backup, and check again.";
        rows.extend(card::paragraph(6, rest, columns));
        rows.push(row(7, What::Free));
        rows.extend(card::paragraph(1, &format!("Type the name to continue:  {}", self.wanted()), columns));
        rows.push(row(0, What::Field));
        let near = self.is_near().then(|| format!("Case matters: type exactly  {}", self.wanted()));
        rows.extend(card::wrong(self.question.message.as_ref(), near, columns));
        rows
    }
}
