//! One entry of the audit in full.

pub mod words;

use crate::domain::AuditEntry;
use crate::tui::cards::copy::{self, CopyCard};
use crate::tui::cards::draw::{self, Row, What, row};
use crate::tui::keys::Group::Do;
use crate::tui::keys::{ENTER, ESC, Keys, back, char, hint};
use crate::tui::layer::{Cx, Registered, Screen};
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::Canvas;
use jiff::Timestamp;
use ratatui::layout::Rect;

/// What it is known by.
pub static REGISTERED: Registered = Registered { places: &[], tables: &[&KEYS] };

/// What a key does to an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Copies of it, after a menu.
    Copy,
}

static KEYS: Keys<Key> = Keys::of(
    "entry",
    &[hint(&[char('y')], Key::Copy, "copy", Do, 1), back(&[ESC, char('q'), ENTER], "close", Do, Some(0))],
);

/// The card.
#[derive(Debug)]
pub struct AuditEntryCard {
    entry: AuditEntry,
}

impl AuditEntryCard {
    /// Of this entry.
    pub fn new(entry: AuditEntry) -> Self {
        Self { entry }
    }
}

impl Screen for AuditEntryCard {
    type Key = Key;
    const IS_CARD: bool = true;

    fn keys(&self) -> &'static Keys<Key> {
        &KEYS
    }

    fn on_key(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        match key {
            Key::Copy => {
                let items = copy::of_entry(&self.entry);
                cx.open(|_| CopyCard::new(items));
            }
        }
    }

    fn draw(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let lines = lines(&self.entry, shared.now, draw::columns(area), canvas.signs().arrow);
        let rows: Vec<Row> = lines.into_iter().map(|(line, tone)| row(1, What::Toned(line, tone))).collect();
        draw::draw(("Entry", Tone::Text), rows, None, None, area, canvas);
    }
}

/// The entry in full, wrapped: what was done, each change on a line of its own, who, when, and its id.
pub fn lines(entry: &AuditEntry, now: Timestamp, columns: usize, arrow: &str) -> Vec<(String, Tone)> {
    let sentence = words::sentence(entry, arrow);
    let mut said: Vec<(String, Tone)> = vec![(sentence.text(), Tone::Text), (String::new(), Tone::Text)];
    if let Some(name) = &entry.organization_name {
        said.push((format!("organization  {name}"), Tone::Text));
    }
    said.push((format!("by            {}", entry.actor), Tone::Text));
    let ago = text::ago(now, entry.at);
    said.push((format!("at            {}  {ago}", text::moment(entry.at)), Tone::Text));
    said.push((format!("id            {}", entry.id), Tone::Muted));
    let wrapped = said.into_iter().map(|(line, tone)| (text::wrap(&line, columns), tone));
    wrapped.flat_map(|(lines, tone)| lines.into_iter().map(move |line| (line, tone))).collect()
}
