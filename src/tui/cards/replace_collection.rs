//! The card before an organization goes on without its own collection: what is given up, and its name to be typed.

use super::by_name::{ByName, Card, Key, Words};
use super::draw::{self, Row, What, row};
use super::finding::{self as words, GoesOnWith};
use super::repair::{RepairFindings, refused, repaired};
use crate::domain::{Finding, RepairOutcome};
use crate::service::RepairScope;
use crate::tui::effect::CallError;
use crate::tui::keys::Group::Do;
use crate::tui::keys::{ENTER, ESC, Keys, back, danger};
use crate::tui::layer::{Cx, Registered, Reply};
use crate::tui::shared::Shared;
use std::sync::Arc;

/// What it is known by.
pub static REGISTERED: Registered = Registered { places: &[], tables: &[&KEYS] };

static KEYS: Keys<Key> = Keys::of_text(
    "another collection",
    &[danger(&[ENTER], Key::Confirm, "go on with it", Do, 1), back(&[ESC], "leave it", Do, Some(0))],
);

/// The card.
pub type ReplaceCollectionCard = Card<Replacement>;

/// What confirming repairs.
#[derive(Debug)]
pub struct Replacement {
    finding: Finding,
    /// Its name, or its id where the record has none.
    name: String,
    repaired: Reply<Finding>,
}

impl ReplaceCollectionCard {
    /// For a finding whose remedy has to be chosen.
    pub fn new(finding: Finding, repaired: Reply<Finding>) -> Self {
        let name = finding.organization_name.clone().filter(|name| !name.is_empty());
        let id = || finding.organization_id.map(|id| id.to_string()).unwrap_or_default();
        Self::of(Replacement { name: name.unwrap_or_else(id), finding, repaired })
    }

    fn answered(&mut self, outcomes: Result<Vec<RepairOutcome>, CallError>, cx: &mut Cx<'_, Self>) {
        let message = match outcomes {
            Ok(outcomes) => repaired(&self.of.finding, outcomes, &self.of.repaired, cx),
            Err(error) => refused(&error, cx),
        };
        self.ended(message);
    }
}

impl ByName for Replacement {
    const KEYS: &'static Keys<Key> = &KEYS;
    const WORDS: Words =
        Words { running: "it is being done", busy: "It is being done; a moment.", differs: "names differ" };

    fn name(&self) -> &str {
        &self.name
    }

    fn title(&self) -> String {
        match words::goes_on_with(&self.finding) {
            GoesOnWith::Empty => "Continue with an empty collection".to_owned(),
            GoesOnWith::Found => "Continue with the collection that is there".to_owned(),
        }
    }

    fn ask(&self) -> String {
        format!("Type the name to continue:  {}", self.name)
    }

    fn release(&self, _confirm: String, cx: &mut Cx<'_, Card<Self>>) {
        let findings = Arc::new([self.finding.clone()]);
        cx.call(RepairFindings { findings, scope: RepairScope::NewCollections }, Card::<Self>::answered);
    }

    fn rows(&self, _shared: &Shared, columns: usize, _ellipsis: &str) -> Vec<Row> {
        let free = || row(8, What::Free);
        let mut rows: Vec<Row> = draw::paragraph(5, &self.finding.message(), columns).collect();
        rows.push(free());
        rows.extend(draw::paragraph(2, &words::price(&self.finding), columns));
        rows.push(free());
        let rest =
            "There is no undo. To keep them, cancel, restore the collection from a backup, and check again.";
        rows.extend(draw::paragraph(6, rest, columns));
        rows
    }
}
