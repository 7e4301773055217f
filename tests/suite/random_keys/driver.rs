//! A console that is driven at random.

use super::answers::good_answer;
use super::steps::{Step, error};
use crate::common::keys::keys;
use crate::common::scene::{at, config};
use jiff::SignedDuration;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tenantry::tui::app::{Action, Model, Pressed, begin, update};
use tenantry::tui::cards::delete_document::DeleteDocument;
use tenantry::tui::cards::delete_organization::DeleteOrganization;
use tenantry::tui::cards::purge_organization::PurgeOrganization;
use tenantry::tui::cards::remove_operator::RemoveOperator;
use tenantry::tui::cards::repair::RepairFindings;
use tenantry::tui::effect::{BoxedCall, CallId, Effect, Kind};
use tenantry::tui::frame;
use tenantry::tui::keys::Pasted;
use tenantry::tui::screens::sign_in::SignInCall;
use tenantry::tui::shared::ConsoleConfig;

/// A console that is driven at random.
pub(super) struct Driver {
    pub(super) model: Model,
    calls: Vec<(CallId, BoxedCall)>,
    terminal: Terminal<TestBackend>,
    pub(super) is_over: bool,
}

impl Driver {
    pub(super) fn new() -> Self {
        let size = (80_u16, 24_u16);
        let config = ConsoleConfig { is_live: true, ..config(at(size.0, size.1)) };
        let (model, effects) = begin(config, "2026-11-24T12:00:00Z".parse().unwrap(), size);
        let terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
        let mut driver = Self { model, calls: Vec::new(), terminal, is_over: false };
        driver.take(effects, true);
        driver.answer(0, None);
        driver.press("root@example.com<Enter>");
        driver.press("<C-u>correct horse");
        driver.press("<Enter>");
        driver.answer(0, None);
        driver
    }

    /// Whether the effects may hold a write is known from what happened.
    fn take(&mut self, effects: Vec<Effect>, may_write: bool) {
        for effect in effects {
            match effect {
                Effect::Call(id, _, call) => {
                    if call.kind() == Kind::Write {
                        assert!(may_write, "nobody asked for {call:?}");
                        confirmed(&call);
                    }
                    self.calls.push((id, call));
                }
                Effect::Cancel(id) => self.calls.retain(|(waiting, _)| *waiting != id),
                Effect::Exit(_) => self.is_over = true,
                Effect::Stop(_)
                | Effect::Behind(_)
                | Effect::Remember(..)
                | Effect::KeepQuery(..)
                | Effect::Redraw
                | Effect::Send(_)
                | Effect::Save { .. }
                | Effect::Edit(..)
                | Effect::Discard(_)
                | Effect::Suspend => {}
            }
        }
    }

    fn act(&mut self, action: Action, may_write: bool) {
        let effects = update(&mut self.model, action);
        self.take(effects, may_write);
    }

    fn press(&mut self, text: &str) {
        for key in keys(text) {
            self.act(Action::Key(Pressed(key)), matches!(text, "<Enter>" | "y" | "<C-s>"));
        }
    }

    fn answer(&mut self, at: usize, error_at: Option<usize>) {
        if self.calls.is_empty() {
            return;
        }
        let (id, call) = self.calls.remove(at % self.calls.len());
        let outcome = error_at.map_or_else(|| Ok(good_answer(&call)), |at| Err(error(at)));
        // A page of a repair is followed by the next one, a sign-in by what was refused before it.
        let goes_on = call.is::<RepairFindings>() || call.is::<SignInCall>() || error_at == Some(1);
        self.act(Action::Done(id, outcome), goes_on);
    }

    pub(super) fn step(&mut self, step: &Step) {
        match step {
            Step::Keys(text) => self.press(text),
            Step::Paste(text) => self.act(Action::Paste(Pasted((*text).to_owned())), false),
            Step::Size(columns, rows) => {
                self.terminal.backend_mut().resize((*columns).max(1), (*rows).max(1));
                self.act(Action::Resize(*columns, *rows), false);
            }
            Step::Later(seconds) => {
                let now = self.model.shared().now + SignedDuration::from_secs(*seconds);
                self.act(Action::Tick(now), false);
            }
            Step::Answer(at, error) => self.answer(*at, *error),
        }
    }

    pub(super) fn draw(&mut self) {
        self.terminal.draw(|frame| frame::draw(&self.model, frame)).unwrap();
    }

    fn title(&self) -> &'static str {
        self.model.top().map_or("nothing", |stacked| stacked.layer.table().title())
    }

    /// Answers what waits, and goes back until nothing lies over the first layer.
    pub(super) fn goes_back(&mut self) {
        for _ in 0..40 {
            while !self.calls.is_empty() && !self.is_over {
                self.answer(0, Some(2));
            }
            if self.model.layers.len() <= 1 || self.is_over || self.title() == "sign in" {
                return;
            }
            self.press(if self.title() == "unsaved changes" { "y" } else { "<Esc>" });
        }
        let layers: Vec<_> = self.model.layers.iter().map(|stacked| stacked.layer.table().title()).collect();
        panic!("no way back from {layers:?}");
    }
}

/// Every removal carries the typed name of its target.
#[track_caller]
fn confirmed(call: &BoxedCall) {
    if let Some(DeleteOrganization { shown, confirm }) = call.get() {
        assert_eq!(*confirm, shown.name);
    }
    if let Some(PurgeOrganization { shown, confirm }) = call.get() {
        assert_eq!(*confirm, shown.name);
    }
    if let Some(DeleteDocument { id, confirm, .. }) = call.get() {
        assert_eq!(confirm, id);
    }
    if let Some(RemoveOperator { shown, confirm }) = call.get() {
        assert_eq!(*confirm, shown.email);
    }
}
