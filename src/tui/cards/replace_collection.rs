//! The card before an organization goes on without its own collection: what is given up, and its name to be typed.

use super::draw::{self, Row, What, row};
use super::finding::{self as words, GoesOnWith};
use super::repair::{RepairFindings, refused, repaired};
use super::typing::Typing;
use crate::domain::{Finding, RepairOutcome};
use crate::service::RepairScope;
use crate::tui::effect::CallError;
use crate::tui::keys::Group::Do;
use crate::tui::keys::{ENTER, ESC, Keys, Text, back, danger};
use crate::tui::layer::{Availability, Cx, Registered, Reply, Screen};
use crate::tui::shared::Shared;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::Canvas;
use ratatui::layout::Rect;
use std::sync::Arc;

/// What it is known by.
pub static REGISTERED: Registered = Registered { places: &[], tables: &[&KEYS] };

/// What a key does to the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Goes on with the other collection.
    Replace,
}

static KEYS: Keys<Key> = Keys::of_text(
    "another collection",
    &[danger(&[ENTER], Key::Replace, "go on with it", Do, 1), back(&[ESC], "leave it", Do, Some(0))],
);

/// The card.
#[derive(Debug)]
pub struct ReplaceCollectionCard {
    /// What confirming repairs.
    finding: Finding,
    typing: Typing,
    repaired: Reply<Finding>,
}

impl ReplaceCollectionCard {
    /// For a finding whose remedy has to be chosen.
    pub fn new(finding: Finding, repaired: Reply<Finding>) -> Self {
        Self { finding, typing: Typing::default(), repaired }
    }

    /// Its name, or its id where the record has none.
    fn wanted(&self) -> String {
        let name = self.finding.organization_name.clone();
        let id = || self.finding.organization_id.map(|id| id.to_string()).unwrap_or_default();
        name.filter(|name| !name.is_empty()).unwrap_or_else(id)
    }

    /// A name with characters that no key types is typed as it is shown.
    fn is_typed(&self) -> bool {
        self.typing.is(&self.wanted())
    }

    fn is_near(&self) -> bool {
        let key = crate::domain::name::key_of;
        let typed = self.typing.input.value().trim();
        !self.is_typed() && !typed.is_empty() && key(typed) == key(&self.wanted())
    }

    fn answered(&mut self, outcomes: Result<Vec<RepairOutcome>, CallError>, cx: &mut Cx<'_, Self>) {
        self.typing.is_running = false;
        self.typing.message = match outcomes {
            Ok(outcomes) => repaired(&self.finding, outcomes, &self.repaired, cx),
            Err(error) => refused(&error, cx),
        };
    }

    fn rows(&self, columns: usize) -> Vec<Row> {
        let free = || row(8, What::Free);
        let mut rows: Vec<Row> = draw::paragraph(5, &self.finding.message(), columns).collect();
        rows.push(free());
        rows.extend(draw::paragraph(2, &words::price(&self.finding), columns));
        rows.push(free());
        let rest =
            "There is no undo. To keep them, cancel, restore the collection from a backup, and check again.";
        rows.extend(draw::paragraph(6, rest, columns));
        rows.push(row(7, What::Free));
        rows.extend(draw::paragraph(1, &format!("Type the name to continue:  {}", self.wanted()), columns));
        rows.push(row(0, What::Field));
        let near = self.is_near().then(|| format!("Case matters: type exactly  {}", self.wanted()));
        rows.extend(draw::wrong(self.typing.message.as_ref(), near, columns));
        rows
    }
}

impl Screen for ReplaceCollectionCard {
    type Key = Key;
    const IS_CARD: bool = true;

    fn keys(&self) -> &'static Keys<Key> {
        &KEYS
    }

    fn on_key(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        match key {
            Key::Replace => {
                let findings = Arc::new([self.finding.clone()]);
                cx.call(RepairFindings { findings, scope: RepairScope::NewCollections }, Self::answered);
                self.typing.begin();
            }
        }
    }

    fn availability(&self, key: Key, shared: &Shared) -> Availability {
        Availability::unless(match key {
            Key::Replace if self.typing.is_running => Some("it is being done"),
            Key::Replace if shared.is_cut_off() => Some("no connection"),
            Key::Replace if !self.is_typed() => Some("names differ"),
            Key::Replace => None,
        })
    }

    fn on_text(&mut self, text: &Text, _cx: &mut Cx<'_, Self>) {
        self.typing.on_text(text);
    }

    fn back(&mut self, cx: &mut Cx<'_, Self>) {
        self.typing.back("It is being done; a moment.", cx);
    }

    fn draw(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let title = match words::goes_on_with(&self.finding) {
            GoesOnWith::Empty => "Continue with an empty collection",
            GoesOnWith::Found => "Continue with the collection that is there",
        };
        let rows = self.rows(draw::columns(area));
        let environment = shared.config.environment.as_deref();
        draw::draw((title, Tone::Danger), rows, Some(&self.typing.input), environment, area, canvas);
    }
}
