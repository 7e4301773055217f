//! The table itself, and nothing else.

use super::{Binding, Chord, Context, Group};
use crate::tui::action::Command as C;
use crossterm::event::{KeyCode, KeyModifiers};

const fn key(code: KeyCode) -> Chord {
    Chord { code, modifiers: KeyModifiers::NONE }
}

const fn char(c: char) -> Chord {
    key(KeyCode::Char(c))
}

const fn ctrl(c: char) -> Chord {
    Chord { code: KeyCode::Char(c), modifiers: KeyModifiers::CONTROL }
}

const ENTER: Chord = key(KeyCode::Enter);
const ESC: Chord = key(KeyCode::Esc);
const TAB: Chord = key(KeyCode::Tab);
const BACK_TAB: Chord = key(KeyCode::BackTab);
const UP: Chord = key(KeyCode::Up);
const DOWN: Chord = key(KeyCode::Down);
const PAGE_UP: Chord = key(KeyCode::PageUp);
const PAGE_DOWN: Chord = key(KeyCode::PageDown);
const HOME: Chord = key(KeyCode::Home);
const END: Chord = key(KeyCode::End);
const F1: Chord = key(KeyCode::F(1));
const F5: Chord = key(KeyCode::F(5));

/// A row that is in the hint line.
const fn hint(
    context: Context,
    chords: &'static [Chord],
    command: C,
    label: &'static str,
    group: Group,
    rank: u8,
) -> Binding {
    Binding {
        context,
        chords,
        command,
        label,
        group,
        is_danger: matches!(command, C::Delete),
        rank: Some(rank),
    }
}

/// A row that only the help knows.
const fn quiet(
    context: Context,
    chords: &'static [Chord],
    command: C,
    label: &'static str,
    group: Group,
) -> Binding {
    Binding { context, chords, command, label, group, is_danger: false, rank: None }
}

/// The same row, marked as one that can destroy.
const fn danger(binding: Binding) -> Binding {
    Binding { is_danger: true, ..binding }
}

use Context::{
    Activity, ActivityFilter, Anywhere, Ask, Choose, Connecting, Delete, Doctor, Filter, FirstOperator, Form,
    Help, Leave, Menu, Operators, Organization, Organizations, Palette, Remove, SignIn, Told,
};
use Group::{Do, Find, Move};

/// Every key of the console.
pub static BINDINGS: &[Binding] = &[
    hint(SignIn, &[ENTER], C::Submit, "sign in", Do, 1),
    hint(SignIn, &[TAB, DOWN], C::NextField, "next field", Move, 4),
    quiet(SignIn, &[BACK_TAB, UP], C::PreviousField, "previous field", Move),
    hint(FirstOperator, &[ENTER], C::Submit, "create", Do, 1),
    hint(FirstOperator, &[TAB, DOWN], C::NextField, "next field", Move, 4),
    quiet(FirstOperator, &[BACK_TAB, UP], C::PreviousField, "previous field", Move),
    quiet(Connecting, &[char('q')], C::Back, "quit", Do),
    hint(Organizations, &[ENTER, char('d')], C::Open, "open", Do, 2),
    hint(Organizations, &[char('n')], C::New, "new", Do, 3),
    hint(Organizations, &[char('e')], C::Edit, "edit", Do, 4),
    hint(Organizations, &[char('D')], C::Delete, "delete", Do, 6),
    hint(Organizations, &[char('/')], C::Filter, "filter", Find, 5),
    hint(Organizations, &[char('s')], C::Sort, "sort", Find, 8),
    quiet(Organizations, &[char('O')], C::Reverse, "reverse the order", Find),
    hint(Organizations, &[char('r'), ctrl('r'), F5], C::Refresh, "refresh", Do, 9),
    quiet(Organizations, &[char('k'), UP], C::Up, "one up", Move),
    quiet(Organizations, &[char('j'), DOWN], C::Down, "one down", Move),
    quiet(Organizations, &[char('g'), HOME], C::First, "first", Move),
    quiet(Organizations, &[char('G'), END], C::Last, "last", Move),
    quiet(Organizations, &[ctrl('u')], C::HalfUp, "half a page up", Move),
    quiet(Organizations, &[ctrl('d')], C::HalfDown, "half a page down", Move),
    quiet(Organizations, &[PAGE_UP], C::PageUp, "a page up", Move),
    quiet(Organizations, &[PAGE_DOWN], C::PageDown, "a page down", Move),
    quiet(Organizations, &[ESC], C::Escape, "clear the filter", Find),
    hint(Organizations, &[char('o')], C::Operators, "operators", Find, 11),
    hint(Organizations, &[char('!')], C::Doctor, "doctor", Find, 12),
    hint(Organizations, &[char(':'), ctrl('p')], C::Palette, "go to", Find, 7),
    hint(Organizations, &[char('?'), F1], C::Help, "help", Group::Anywhere, 0),
    hint(Organizations, &[char('q')], C::Back, "quit", Group::Anywhere, 10),
    hint(Filter, &[ENTER], C::Submit, "keep", Do, 2),
    hint(Filter, &[ESC], C::Escape, "clear", Do, 1),
    hint(Filter, &[UP], C::Up, "up", Move, 5),
    hint(Filter, &[DOWN], C::Down, "down", Move, 6),
    quiet(Filter, &[PAGE_UP], C::PageUp, "a page up", Move),
    quiet(Filter, &[PAGE_DOWN], C::PageDown, "a page down", Move),
    hint(Filter, &[F1], C::Help, "syntax", Group::Anywhere, 3),
    hint(Organization, &[char('e')], C::Edit, "edit", Do, 2),
    hint(Organization, &[char('D')], C::Delete, "delete", Do, 3),
    hint(Organization, &[char('f')], C::Finish, "finish now", Do, 5),
    quiet(Organization, &[char('!')], C::Doctor, "doctor", Find),
    hint(Organization, &[char('2')], C::Activity, "activity", Move, 4),
    quiet(Organization, &[char(']')], C::NextTab, "next tab", Move),
    quiet(Organization, &[char('[')], C::PreviousTab, "previous tab", Move),
    hint(Organization, &[char('r'), ctrl('r'), F5], C::Refresh, "refresh", Do, 6),
    hint(Organization, &[char(':'), ctrl('p')], C::Palette, "go to", Find, 7),
    hint(Organization, &[ESC, char('q')], C::Back, "back", Move, 1),
    quiet(Organization, &[char('k'), UP], C::Up, "one up", Move),
    quiet(Organization, &[char('j'), DOWN], C::Down, "one down", Move),
    hint(Organization, &[char('?'), F1], C::Help, "help", Group::Anywhere, 0),
    hint(Activity, &[char('/')], C::Filter, "filter", Find, 2),
    hint(Activity, &[char('1')], C::Overview, "overview", Move, 3),
    quiet(Activity, &[char(']')], C::NextTab, "next tab", Move),
    quiet(Activity, &[char('[')], C::PreviousTab, "previous tab", Move),
    hint(Activity, &[char('r'), ctrl('r'), F5], C::Refresh, "refresh", Do, 5),
    hint(Activity, &[char(':'), ctrl('p')], C::Palette, "go to", Find, 7),
    hint(Activity, &[char('q')], C::Back, "back", Move, 1),
    quiet(Activity, &[ESC], C::Escape, "clear filter; back", Find),
    quiet(Activity, &[char('k'), UP], C::Up, "one up", Move),
    quiet(Activity, &[char('j'), DOWN], C::Down, "one down", Move),
    quiet(Activity, &[char('g'), HOME], C::First, "first", Move),
    quiet(Activity, &[char('G'), END], C::Last, "last", Move),
    quiet(Activity, &[ctrl('u')], C::HalfUp, "half a page up", Move),
    quiet(Activity, &[ctrl('d')], C::HalfDown, "half a page down", Move),
    quiet(Activity, &[PAGE_UP], C::PageUp, "a page up", Move),
    quiet(Activity, &[PAGE_DOWN], C::PageDown, "a page down", Move),
    hint(Activity, &[char('?'), F1], C::Help, "help", Group::Anywhere, 0),
    hint(ActivityFilter, &[ENTER], C::Submit, "filter", Do, 2),
    hint(ActivityFilter, &[ESC], C::Escape, "clear", Do, 1),
    hint(ActivityFilter, &[F1], C::Help, "syntax", Group::Anywhere, 3),
    hint(Operators, &[char('n')], C::New, "new", Do, 2),
    hint(Operators, &[char('p')], C::Password, "new password", Do, 3),
    hint(Operators, &[char('e')], C::Edit, "edit yours", Do, 7),
    hint(Operators, &[char('D')], C::Delete, "remove", Do, 4),
    hint(Operators, &[char('r'), ctrl('r'), F5], C::Refresh, "refresh", Do, 9),
    hint(Operators, &[char(':'), ctrl('p')], C::Palette, "go to", Find, 8),
    hint(Operators, &[ESC, char('q')], C::Back, "back", Move, 1),
    quiet(Operators, &[char('k'), UP], C::Up, "one up", Move),
    quiet(Operators, &[char('j'), DOWN], C::Down, "one down", Move),
    quiet(Operators, &[char('g'), HOME], C::First, "first", Move),
    quiet(Operators, &[char('G'), END], C::Last, "last", Move),
    quiet(Operators, &[ctrl('u')], C::HalfUp, "half a page up", Move),
    quiet(Operators, &[ctrl('d')], C::HalfDown, "half a page down", Move),
    quiet(Operators, &[PAGE_UP], C::PageUp, "a page up", Move),
    quiet(Operators, &[PAGE_DOWN], C::PageDown, "a page down", Move),
    hint(Operators, &[char('?'), F1], C::Help, "help", Group::Anywhere, 0),
    hint(Doctor, &[ENTER, char('d')], C::Open, "repair it", Do, 2),
    hint(Doctor, &[char('R')], C::Repair, "repair all safe ones", Do, 3),
    hint(Doctor, &[char('r'), ctrl('r'), F5], C::Refresh, "check again", Do, 4),
    hint(Doctor, &[char(':'), ctrl('p')], C::Palette, "go to", Find, 7),
    hint(Doctor, &[ESC, char('q')], C::Back, "back", Move, 1),
    quiet(Doctor, &[char('k'), UP], C::Up, "one up", Move),
    quiet(Doctor, &[char('j'), DOWN], C::Down, "one down", Move),
    quiet(Doctor, &[char('g'), HOME], C::First, "first", Move),
    quiet(Doctor, &[char('G'), END], C::Last, "last", Move),
    quiet(Doctor, &[ctrl('u')], C::HalfUp, "half a page up", Move),
    quiet(Doctor, &[ctrl('d')], C::HalfDown, "half a page down", Move),
    quiet(Doctor, &[PAGE_UP], C::PageUp, "a page up", Move),
    quiet(Doctor, &[PAGE_DOWN], C::PageDown, "a page down", Move),
    hint(Doctor, &[char('?'), F1], C::Help, "help", Group::Anywhere, 0),
    hint(Palette, &[ENTER], C::Submit, "go", Do, 1),
    hint(Palette, &[ESC], C::Escape, "close", Do, 0),
    hint(Palette, &[UP], C::Up, "up", Move, 2),
    hint(Palette, &[DOWN], C::Down, "down", Move, 3),
    quiet(Palette, &[PAGE_UP], C::PageUp, "a page up", Move),
    quiet(Palette, &[PAGE_DOWN], C::PageDown, "a page down", Move),
    danger(hint(Remove, &[ENTER], C::Submit, "remove", Do, 1)),
    hint(Remove, &[ESC], C::Escape, "keep it", Do, 0),
    danger(hint(Choose, &[ENTER], C::Submit, "go on with it", Do, 1)),
    hint(Choose, &[ESC], C::Escape, "leave it", Do, 0),
    hint(Ask, &[char('y')], C::Accept, "yes", Do, 1),
    hint(Ask, &[ESC, char('n'), char('q')], C::Escape, "no", Do, 0),
    hint(Told, &[ESC, ENTER, char('q')], C::Escape, "close", Do, 0),
    hint(Form, &[ctrl('s')], C::Save, "save", Do, 1),
    hint(Form, &[TAB, DOWN], C::NextField, "next field", Move, 4),
    quiet(Form, &[BACK_TAB, UP], C::PreviousField, "previous field", Move),
    quiet(Form, &[ENTER], C::Submit, "next field; on the last one save", Move),
    hint(Form, &[ESC], C::Escape, "leave", Do, 2),
    hint(Form, &[F1], C::Help, "help", Group::Anywhere, 3),
    danger(hint(Delete, &[ENTER], C::Submit, "delete", Do, 1)),
    hint(Delete, &[ESC], C::Escape, "keep it", Do, 0),
    danger(hint(Leave, &[char('y')], C::Accept, "leave, and lose what was typed", Do, 1)),
    hint(Leave, &[ESC, char('n')], C::Escape, "stay", Do, 0),
    hint(Menu, &[ENTER], C::Submit, "choose", Do, 1),
    hint(Menu, &[char('k'), UP], C::Up, "up", Move, 3),
    hint(Menu, &[char('j'), DOWN], C::Down, "down", Move, 4),
    hint(Menu, &[ESC, char('q')], C::Escape, "close", Do, 0),
    hint(Help, &[ESC, char('q'), char('?'), F1], C::Escape, "close", Do, 0),
    hint(Help, &[char('k'), UP], C::Up, "up", Move, 1),
    hint(Help, &[char('j'), DOWN], C::Down, "down", Move, 2),
    quiet(Anywhere, &[F1], C::Help, "help", Group::Anywhere),
    quiet(Anywhere, &[F5], C::Refresh, "try the store now", Group::Anywhere),
    quiet(Anywhere, &[ctrl('c')], C::Interrupt, "stop; twice quits", Group::Anywhere),
    quiet(Anywhere, &[ctrl('l')], C::Redraw, "redraw", Group::Anywhere),
    quiet(Anywhere, &[ctrl('z')], C::Suspend, "suspend", Group::Anywhere),
];
