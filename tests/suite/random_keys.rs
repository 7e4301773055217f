//! Keys, pastes, sizes, times and answers in any order: the console never fails, never writes anything unconfirmed,
//! and always has a way back.

use crate::common::keys::keys;
use crate::common::samples::{
    every_type, exported, import_preview, in_state, invoice, operator, organization, signed_in,
};
use crate::common::scene::{at, config};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngAlgorithm;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::sync::Arc;
use std::time::Duration;
use tenantry::domain::{
    Account, CheckReport, CollectionSize, CollectionStats, Finding, Organization, Problem, RepairOutcome,
    Role, State,
};
use tenantry::service::{
    ActivityPage, Changes, ChangesPosition, DeletedOrganization, DocumentPage, Error, NewEntry, OperatorPage,
    OrganizationPage, OwnAccount, PurgedOrganization, RemovedOperator,
};
use tenantry::tui::app::{Action, Model, Pressed, begin, update};
use tenantry::tui::cards::delete_document::DeleteDocument;
use tenantry::tui::cards::delete_organization::{DeleteOrganization, ReadDeletion};
use tenantry::tui::cards::document::ReadDocument;
use tenantry::tui::cards::export_organization::ExportOrganization;
use tenantry::tui::cards::purge_organization::PurgeOrganization;
use tenantry::tui::cards::recover_operation::RecoverOperation;
use tenantry::tui::cards::remove_operator::RemoveOperator;
use tenantry::tui::cards::repair::RepairFindings;
use tenantry::tui::cards::suspend_organization::ChangeSuspension;
use tenantry::tui::effect::{Answer, BoxedCall, CallId, Effect, Kind, answer};
use tenantry::tui::frame;
use tenantry::tui::keys::Pasted;
use tenantry::tui::reads::{Preview, ReadChanges, ReadOrganization, ReadPreview, ReadSignIn, ReadStats};
use tenantry::tui::screens::activity::ReadActivity;
use tenantry::tui::screens::doctor::CheckStore;
use tenantry::tui::screens::form::{
    AddOperator, CreateOrganization, RestoreOrganization, SetOperatorPassword, UpdateOrganization,
    UpdateOwnAccount,
};
use tenantry::tui::screens::import::{CheckImport, ImportOrganization};
use tenantry::tui::screens::operators::ReadOperators;
use tenantry::tui::screens::organization::{CountDocuments, FoundDocuments, ReadDocuments};
use tenantry::tui::screens::organizations::{ReadOrganizations, ReadSizes, RowRead};
use tenantry::tui::screens::sign_in::{IsInitialized, SignInCall};
use tenantry::tui::screens::trash::ReadTrash;
use tenantry::tui::shared::ConsoleConfig;

/// Something that happens.
#[derive(Debug, Clone)]
enum Step {
    Keys(&'static str),
    Paste(&'static str),
    Size(u16, u16),
    Later(i64),
    /// The call at this place, counted around, is answered; or refused with the error at that place.
    Answer(usize, Option<usize>),
}

const KEYS: [&str; 58] = [
    "v",
    ">",
    "<lt>",
    "3",
    "2",
    "w",
    "S",
    "X",
    "I",
    "u",
    "d",
    "<C-z>",
    "j",
    "k",
    "g",
    "G",
    "<C-d>",
    "<C-u>",
    "<PgUp>",
    "<PgDn>",
    "<Enter>",
    "<Enter>",
    "<Enter>",
    "<Esc>",
    "<Esc>",
    "q",
    "n",
    "e",
    "D",
    "/",
    "s",
    "O",
    "o",
    "!",
    ":",
    "<C-p>",
    "?",
    "<F1>",
    "r",
    "<F5>",
    "p",
    "R",
    "f",
    "1",
    "2",
    "]",
    "[",
    "y",
    "<Tab>",
    "<S-Tab>",
    "<C-s>",
    "<C-c>",
    "<C-l>",
    "x",
    "<BS>",
    "<Up>",
    "<Down>",
    "Acme Corp",
];

const PASTES: [&str; 14] = [
    "65f0c0ffee65f0c0ffee0002",
    "a.tar.gz\t\t\tcorrect horse\tcorrect horse",
    "kind:invoice",
    "{",
    "Acme Corp",
    "Acme Europe",
    "kim@example.com",
    "root@example.com",
    "correct horse",
    "state:renaming",
    "state:deleted",
    "operators",
    "trash",
    "sign out",
];

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => select(&KEYS[..]).prop_map(Step::Keys),
        2 => select(&PASTES[..]).prop_map(Step::Paste),
        1 => (0_u16..130, 0_u16..45).prop_map(|(columns, rows)| Step::Size(columns, rows)),
        1 => prop_oneof![Just(1_i64), Just(40), Just(1_900)].prop_map(Step::Later),
        8 => (0_usize..4, proptest::option::weighted(0.25, 0..ERRORS)).prop_map(|(at, error)| Step::Answer(at, error)),
    ]
}

const ERRORS: usize = 13;

fn error(at: usize) -> Error {
    let errors: [Error; ERRORS] = [
        Error::Unavailable { place: "x".into(), operation: None },
        Error::Unauthenticated,
        Error::Forbidden,
        Error::Changed,
        Error::NotFound,
        Error::OperatorNotFound,
        Error::OperatorChanged,
        Error::Busy(State::Renaming),
        Error::LastOperator,
        Error::InvalidCredentials,
        Error::DocumentNotFound,
        Error::DocumentChanged,
        Error::CollectionMissing("org_acme_corp".into()),
    ];
    errors.into_iter().nth(at).unwrap()
}

fn finding(problem: Problem) -> Finding {
    let acme = organization("Acme Corp");
    Finding {
        organization_id: Some(acme.id),
        organization_name: Some(acme.name.clone()),
        collection_name: Some("org_acme_corp".into()),
        problem,
    }
}

fn row_read(row: &Arc<Organization>) -> RowRead {
    RowRead { id: row.id, size: Ok(CollectionSize { documents: 7, data_bytes: 9 }), signed_in: None }
}

fn report() -> CheckReport {
    let findings = [Problem::CollectionMissing, Problem::LeftAside, Problem::Orphan].map(finding).to_vec();
    CheckReport { findings, organizations: 2, collections: 2 }
}

fn an_operator(email: &str) -> Account {
    operator(email, "2026-01-01", "2026-01-02")
}

fn operators() -> OperatorPage {
    let items = ["kim@example.com", "root@example.com"].map(an_operator).to_vec();
    OperatorPage { items, next_cursor: None }
}

fn stats() -> CollectionStats {
    CollectionStats { size: CollectionSize { documents: 7, data_bytes: 9 }, ..CollectionStats::default() }
}

/// One is gone for good, another one is another one now.
fn changes() -> Changes {
    let next = ChangesPosition { stamp: 1, touched_at: 1, seen_at: 1, audit: 1 };
    Changes {
        organizations: vec![in_state("Acme Europe", State::Deleted), organization("Acme Asia")],
        gone: vec![organization("Acme Corp").id],
        entries: vec![NewEntry { id: uuid::Uuid::from_u128(5), organization: None }],
        is_too_much: false,
        next,
    }
}

/// An answer of the call's type; nothing for a type that is unknown here.
fn good_answer(call: &BoxedCall) -> Answer {
    let acme = organization("Acme Corp");
    if let Some(read) = call.get::<ReadDeletion>() {
        return answer((Arc::clone(&read.shown), Ok::<_, Error>(stats())));
    }
    if let Some(ReadSizes(rows)) = call.get() {
        return answer(rows.iter().map(row_read).collect::<Vec<_>>());
    }
    if let Some(RepairFindings { findings, .. }) = call.get() {
        return answer(vec![RepairOutcome::Repaired; findings.len()]);
    }
    match () {
        () if call.is::<IsInitialized>() => answer(true),
        () if call.is::<SignInCall>() => answer(signed_in("root@example.com", Role::Operator)),
        () if call.is::<ReadOrganizations>() => {
            let items = vec![acme, in_state("Acme Europe", State::Renaming)];
            answer(OrganizationPage { items, next_cursor: None })
        }
        () if call.is::<ReadTrash>() => {
            let items = vec![in_state("Acme Corp", State::Deleted), in_state("Acme Asia", State::Deleted)];
            answer(OrganizationPage { items, next_cursor: None })
        }
        () if call.is::<ReadOrganization>()
            || call.is::<CreateOrganization>()
            || call.is::<UpdateOrganization>()
            || call.is::<RestoreOrganization>()
            || call.is::<ChangeSuspension>() =>
        {
            answer(acme)
        }
        () if call.is::<ReadChanges>() => answer(changes()),
        () if call.is::<ReadStats>() => answer(stats()),
        () if call.is::<ReadSignIn>() => answer(None::<Timestamp>),
        () if call.is::<ReadActivity>() => answer(ActivityPage { items: Vec::new(), next_cursor: None }),
        () if call.is::<ReadOperators>() => answer(operators()),
        () if call.is::<AddOperator>() || call.is::<SetOperatorPassword>() => {
            answer(an_operator("kim@example.com"))
        }
        () if call.is::<UpdateOwnAccount>() => {
            answer(OwnAccount { email: "root@example.com".into(), role: Role::Operator, is_changed: true })
        }
        () if call.is::<RemoveOperator>() => {
            answer(RemovedOperator { email: "kim@example.com".into(), ends_session: false })
        }
        () if call.is::<DeleteOrganization>() => answer(DeletedOrganization {
            organization_id: acme.id,
            organization_name: acme.name.clone(),
            collection_name: "org_acme_corp".into(),
            purge_at: None,
            collection_left: None,
            ends_session: false,
        }),
        () if call.is::<PurgeOrganization>() => {
            answer(PurgedOrganization { organization_id: acme.id, organization_name: acme.name.clone() })
        }
        () if call.is::<ReadPreview>() => answer(Preview { stats: Ok(stats()), recent: Vec::new() }),
        () if call.is::<RecoverOperation>() => answer(Some(acme)),
        () if call.is::<CheckStore>() => answer((report(), Duration::ZERO)),
        () => answer_about_documents(call),
    }
}

/// The same for the calls about documents.
fn answer_about_documents(call: &BoxedCall) -> Answer {
    match () {
        () if call.is::<ReadDocuments>() => {
            let items = vec![invoice(1), invoice(2), every_type()];
            let organization = Organization::clone(&organization("Acme Corp"));
            let page = DocumentPage { organization, items, next_cursor: Some("next".to_owned()) };
            answer(FoundDocuments { page, took: Duration::ZERO })
        }
        () if call.is::<CountDocuments>() => answer(1_234_u64),
        () if call.is::<ReadDocument>() || call.is::<DeleteDocument>() => answer(invoice(2)),
        () => answer_about_archives(call),
    }
}

/// The same for the calls about archives.
fn answer_about_archives(call: &BoxedCall) -> Answer {
    match () {
        () if call.is::<ExportOrganization>() => answer(Some(exported("./acme_corp-2026-11-24.tar.gz"))),
        () if call.is::<CheckImport>() => answer(Some(import_preview())),
        () if call.is::<ImportOrganization>() => answer(Some(organization("Acme Corp"))),
        () => answer(()),
    }
}

/// A console that is driven at random.
struct Driver {
    model: Model,
    calls: Vec<(CallId, BoxedCall)>,
    terminal: Terminal<TestBackend>,
    is_over: bool,
}

impl Driver {
    fn new() -> Self {
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
                | Effect::Redraw
                | Effect::Send(_)
                | Effect::Save { .. }
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

    fn step(&mut self, step: &Step) {
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

    fn draw(&mut self) {
        self.terminal.draw(|frame| frame::draw(&self.model, frame)).unwrap();
    }

    fn title(&self) -> &'static str {
        self.model.top().map_or("nothing", |stacked| stacked.layer.table().title())
    }

    /// Answers what waits, and goes back until nothing lies over the first layer.
    fn goes_back(&mut self) {
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

/// A million steps: five thousand times two hundred in the middle.
fn config_of_a_million() -> ProptestConfig {
    ProptestConfig { cases: 5_000, rng_algorithm: RngAlgorithm::XorShift, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config_of_a_million())]
    #[test]
    fn console_survives_random_keys(steps in prop::collection::vec(step(), 1..400)) {
        let mut driver = Driver::new();
        for (at, step) in steps.iter().enumerate() {
            driver.step(step);
            if at % 32 == 0 {
                driver.draw();
            }
            if driver.is_over {
                driver = Driver::new();
            }
            prop_assert!(!driver.model.layers.is_empty());
        }
        driver.draw();
        driver.goes_back();
    }
}
