//! What the mouse does: what a few keys do, by the last frame. It never presses a key that can destroy something, one
//! of a card, or one that quits.

use super::{Model, press};
use crate::tui::keys::{BACK_TAB, Chord, DOWN, ENTER, Group, Pointed, TAB, UP};
use crate::tui::layer::LayerId;
use crate::tui::widgets::canvas::RowsInView;
use crossterm::event::KeyEvent;
use jiff::{SignedDuration, Timestamp};
use ratatui::layout::{Position, Rect};

/// Two clicks on one place within this time are one double click.
const DOUBLE_CLICK: SignedDuration = SignedDuration::from_millis(400);
/// Rows that a notch of the wheel moves by.
const NOTCH: usize = 3;

/// What of the last frame can be clicked.
#[derive(Debug, Default)]
pub struct InView {
    /// The rows of the layer on top.
    pub rows: Option<RowsInView>,
    /// The hints, and the key that each names.
    pub hints: Vec<(Rect, Chord)>,
}

/// A click that the next one may make a double one.
#[derive(Debug, Clone, Copy)]
pub(super) struct LastClick {
    layer: LayerId,
    position: Position,
    at: Timestamp,
}

/// Does what was done with the mouse.
pub(super) fn point(model: &mut Model, pointed: Pointed) {
    match pointed {
        Pointed::WheelUp => press_rows(model, UP, NOTCH),
        Pointed::WheelDown => press_rows(model, DOWN, NOTCH),
        Pointed::Click(x, y) => click(model, Position { x, y }),
    }
}

fn press_key(model: &mut Model, chord: Chord) {
    press::key(model, KeyEvent::new(chord.code, chord.modifiers));
}

/// Presses an arrow, where it moves by rows or lines: between the fields of a form nothing is scrolled.
fn press_rows(model: &mut Model, arrow: Chord, times: usize) {
    let bindings = model.top().map(|stacked| stacked.layer.table().bindings()).unwrap_or_default();
    let moves = bindings.iter().any(|binding| {
        binding.group == Group::Move
            && binding.chords.contains(&arrow)
            && !binding.chords.iter().any(|chord| [BACK_TAB, TAB].contains(chord))
    });
    for _ in 0..if moves { times } else { 0 } {
        press_key(model, arrow);
    }
}

fn click(model: &mut Model, position: Position) {
    let Some((layer, is_card)) = model.top().map(|stacked| (stacked.id, stacked.layer.is_card())) else {
        return;
    };
    let now = model.shared().now;
    let is_second = model.last_click.take().is_some_and(|last| {
        last.layer == layer && last.position == position && now.duration_since(last.at) <= DOUBLE_CLICK
    });
    let (row, hint) = {
        let in_view = model.in_view.borrow();
        let hint = in_view.hints.iter().find(|(area, _)| area.contains(position));
        (
            in_view.rows.and_then(|rows| Some((rows.selected, rows.at(position)?))),
            hint.map(|(_, chord)| *chord),
        )
    };
    if is_second && row.is_some() {
        if !is_card {
            open(model);
        }
        return;
    }
    // What changed since the frame may stand elsewhere now.
    if model.is_dirty {
        return;
    }
    if let Some(chord) = hint {
        return press_key(model, chord);
    }
    if let Some((selected, row)) = row {
        let arrow = if row < selected { UP } else { DOWN };
        press_rows(model, arrow, row.abs_diff(selected));
        model.last_click = Some(LastClick { layer, position, at: now });
    }
}

/// Enter, where that destroys nothing.
fn open(model: &mut Model) {
    let is_danger =
        model.hints().iter().any(|hint| hint.binding.is_danger && hint.binding.chords.contains(&ENTER));
    if !is_danger {
        press_key(model, ENTER);
    }
}
