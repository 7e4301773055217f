//! The desk with layers of its own: calls, closing, stopping, replies.

use super::*;
use crate::service::{Error, StoreKind, StoreLocation};
use crate::tui::clipboard::Clipboard;
use crate::tui::effect::{Call, CallContext, CallError, CallId, Effect, Kind, answer};
use crate::tui::keys::{ENTER, Group, hint};
use crate::tui::shared::{CollectionOf, ConsoleConfig};
use crate::tui::theme::{Palette, Theme};
use jiff::{SignedDuration, Timestamp};

/// A call that answers a number.
#[derive(Debug, PartialEq)]
struct Count(Kind);

impl Call for Count {
    type Answer = u64;

    fn kind(&self) -> Kind {
        self.0
    }

    fn needs_session(&self) -> bool {
        false
    }

    fn label(&self) -> Option<String> {
        Some("counting".to_owned())
    }

    async fn perform(&self, _context: CallContext<'_>) -> Result<u64, Error> {
        Ok(1)
    }
}

/// A layer that keeps what it hears.
#[derive(Debug, Default)]
struct Ear {
    heard: Vec<Result<u64, CallError>>,
    chosen: Vec<char>,
}

#[derive(Debug, Clone, Copy)]
enum Key {
    Read,
}

static KEYS: Keys<Key> = Keys::of("an ear", &[hint(&[ENTER], Key::Read, "read", Group::Do, 1)]);

impl Ear {
    fn counted(&mut self, number: Result<u64, CallError>, _cx: &mut Cx<'_, Self>) {
        self.heard.push(number);
    }
}

impl Screen for Ear {
    type Key = Key;

    fn keys(&self) -> &'static Keys<Key> {
        &KEYS
    }

    fn on_key(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        match key {
            Key::Read => {
                cx.call(Count(Kind::Read), Self::counted);
            }
        }
    }

    fn draw(&self, _shared: &Shared, _area: Rect, _canvas: &mut Canvas<'_>) {}
}

fn desk() -> Desk {
    let location = StoreLocation {
        kind: StoreKind::Embedded,
        short: String::new(),
        full: String::new(),
        host: String::new(),
        warnings: Vec::new(),
    };
    let config = ConsoleConfig {
        location,
        store_from: None,
        environment: None,
        shows_path: false,
        theme: Theme { palette: Palette::Plain, ascii: true },
        session_length: SignedDuration::from_mins(30),
        clipboard: Clipboard::Terminal,
        has_editor: false,
        trash_length: SignedDuration::ZERO,
        collection_of: CollectionOf(Arc::new(|_| Err(crate::domain::NameError::Empty))),
        email: None,
        resumed: None,
        is_live: false,
        memory: crate::tui::effect::Memory::default(),
        remember: None,
        history: crate::tui::effect::History::default(),
    };
    Desk::new(Shared::new(config, Timestamp::UNIX_EPOCH, (80, 24)))
}

/// A desk with one ear that waits for a call of this kind.
fn waiting(kind: Kind) -> (Desk, Vec<Stacked>, CallId) {
    let mut desk = desk();
    let mut call = None;
    let ear = desk.build(None, |cx| {
        call = Some(cx.call(Count(kind), Ear::counted));
        Ear::default()
    });
    desk.take_effects();
    (desk, vec![ear], call.unwrap())
}

fn heard(layers: &[Stacked]) -> &[Result<u64, CallError>] {
    &layers[0].layer.get::<Ear>().unwrap().heard
}

#[test]
fn an_answer_comes_to_the_function_that_was_named() {
    let (mut desk, mut layers, id) = waiting(Kind::Read);
    assert!(desk.deliver(id, Ok(answer(7_u64)), &mut layers).is_ok());
    assert_eq!(heard(&layers), [Ok(7)]);
    assert!(desk.deliver(id, Ok(answer(8_u64)), &mut layers).is_err(), "it comes once");
}

#[test]
fn closing_a_layer_cancels_what_it_reads_and_lets_its_writes_go_on() {
    let (mut desk, layers, id) = waiting(Kind::Read);
    desk.closed(layers[0].id);
    assert_eq!(desk.take_effects(), [Effect::Cancel(id)]);
    let (mut desk, mut layers, id) = waiting(Kind::Write);
    desk.closed(layers[0].id);
    assert_eq!(desk.take_effects(), []);
    assert!(desk.shared.calls.pending.contains_key(&id));
    assert!(desk.deliver(id, Ok(answer(7_u64)), &mut layers).is_err(), "nobody waits for it");
}

#[test]
fn a_layer_that_lies_nowhere_any_more_gets_no_answer() {
    let (mut desk, mut layers, id) = waiting(Kind::Write);
    layers.clear();
    assert!(desk.deliver(id, Ok(answer(7_u64)), &mut layers).is_err());
}

#[test]
fn a_read_that_is_stopped_is_answered_so() {
    let (mut desk, mut layers, id) = waiting(Kind::Read);
    desk.stop(id, &mut layers);
    assert_eq!(desk.take_effects(), [Effect::Cancel(id)]);
    assert_eq!(heard(&layers), [Err(CallError::Stopped)]);
}

#[test]
fn an_answer_of_another_type_is_none() {
    let (mut desk, mut layers, id) = waiting(Kind::Read);
    assert!(desk.deliver(id, Ok(answer("seven")), &mut layers).is_ok());
    assert_eq!(heard(&layers), [Err(CallError::Stopped)]);
}

#[test]
fn a_reply_comes_to_whoever_it_was_made_for() {
    let (mut desk, mut layers, _) = waiting(Kind::Read);
    let mut reply = None;
    let other = desk.build(None, |cx| {
        reply = Some(cx.reply_to(|ear: &mut Ear, letter: char, _| ear.chosen.push(letter)));
        Ear::default()
    });
    let other = other.id;
    desk.build(Some(other), |cx| {
        cx.reply(&reply.unwrap(), 'x');
        Ear::default()
    });
    let Some(Intent::Reply(to, resume)) = desk.next_intent() else { panic!("no reply") };
    assert_eq!(to, other);
    resume.run(&mut layers[0], &mut desk);
    assert_eq!(layers[0].layer.get::<Ear>().unwrap().chosen, ['x']);
}

#[test]
fn a_key_is_found_in_the_table_of_the_layer() {
    let (mut desk, mut layers, _) = waiting(Kind::Read);
    let Stacked { id, layer, .. } = &mut layers[0];
    assert_eq!(layer.find(ENTER, &desk.shared), Some((Means::Own(()), Availability::Enabled)));
    layer.on_key(ENTER, *id, &mut desk);
    assert_eq!(desk.take_effects().len(), 1);
}
