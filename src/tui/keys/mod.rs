//! Tables of keys, typed by what their keys mean. Dispatch, hint line, help, `docs/keys.md` and manual page derive from them.
//!
//! A table stands beside the screen that owns it. Must not know what a key does.

mod chord;
mod pointed;
#[cfg(test)]
mod tests;
mod text;

pub use chord::*;
pub use pointed::Pointed;
pub use text::{Pasted, Text, Typed, text_of};

/// What moves a selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motion {
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// Half a page up.
    HalfUp,
    /// Half a page down.
    HalfDown,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
}

/// What the console itself does, whatever is in view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouterKey {
    /// Reads anew; without a connection, tries now.
    Refresh,
    /// Switches on and off that what is shown is read anew by itself.
    Live,
    /// Shows where one can go.
    GoTo,
    /// Shows the keys that work here.
    Help,
    /// Leaves what is in view, in its own way; the first screen is the way out.
    Back,
    /// Stops what is running; twice, quits.
    Interrupt,
    /// Draws everything anew.
    Redraw,
    /// Hands the terminal back to the shell for a while.
    Suspend,
}

/// What a key of a table means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means<K> {
    /// Something that the layer does.
    Own(K),
    /// Something that the console does.
    Router(RouterKey),
    /// It goes to the place of this name.
    Place(&'static str),
}

/// The part of the help that a binding stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// What is done with what is in view.
    Do,
    /// Getting around.
    Move,
    /// Finding something.
    Find,
    /// What works everywhere.
    Anywhere,
}

impl Group {
    /// Every group, in the order of the help.
    pub const ALL: [Self; 4] = [Self::Do, Self::Find, Self::Move, Self::Anywhere];

    /// Its head.
    pub fn title(self) -> &'static str {
        match self {
            Self::Do => "Do",
            Self::Move => "Move",
            Self::Find => "Find",
            Self::Anywhere => "Anywhere",
        }
    }
}

/// One key of a table.
#[derive(Debug, Clone, Copy)]
pub struct Binding<K> {
    /// The keys; the first one stands in the hint line.
    pub chords: &'static [Chord],
    /// What they mean.
    pub means: Means<K>,
    /// That in a word or three.
    pub label: &'static str,
    /// Where it stands in the help.
    pub group: Group,
    /// Whether it can destroy something.
    pub is_danger: bool,
    /// Its place in the hint line: the highest falls away first; `None` keeps it out.
    pub rank: Option<u8>,
}

impl<K> Binding<K> {
    /// The same keys, meaning something else.
    pub fn with<J>(&self, means: Means<J>) -> Binding<J> {
        let Self { chords, label, group, is_danger, rank, .. } = *self;
        Binding { chords, means, label, group, is_danger, rank }
    }
}

/// One row of a table.
#[derive(Debug, Clone, Copy)]
pub enum Row<K: 'static> {
    /// A key.
    Key(Binding<K>),
    /// The eight keys that move a selection.
    Motions(fn(Motion) -> K),
}

/// A key of the layer that is in the hint line.
pub const fn hint<K>(
    chords: &'static [Chord],
    key: K,
    label: &'static str,
    group: Group,
    rank: u8,
) -> Row<K> {
    Row::Key(Binding { chords, means: Means::Own(key), label, group, is_danger: false, rank: Some(rank) })
}

/// A key of the layer that only the help knows.
pub const fn quiet<K>(chords: &'static [Chord], key: K, label: &'static str, group: Group) -> Row<K> {
    Row::Key(Binding { chords, means: Means::Own(key), label, group, is_danger: false, rank: None })
}

/// A key of the layer that can destroy something.
pub const fn danger<K>(
    chords: &'static [Chord],
    key: K,
    label: &'static str,
    group: Group,
    rank: u8,
) -> Row<K> {
    Row::Key(Binding { chords, means: Means::Own(key), label, group, is_danger: true, rank: Some(rank) })
}

/// A key that goes to a place.
pub const fn place<K>(
    chords: &'static [Chord],
    name: &'static str,
    label: &'static str,
    group: Group,
    rank: Option<u8>,
) -> Row<K> {
    Row::Key(Binding { chords, means: Means::Place(name), label, group, is_danger: false, rank })
}

const fn router<K>(
    chords: &'static [Chord],
    key: RouterKey,
    label: &'static str,
    group: Group,
    rank: Option<u8>,
) -> Row<K> {
    Row::Key(Binding { chords, means: Means::Router(key), label, group, is_danger: false, rank })
}

const REFRESH: &[Chord] = &[char('r'), ctrl('r'), F5];
const LIVE: &[Chord] = &[char('w')];
const GO_TO: &[Chord] = &[char(':'), ctrl('p')];
const HELP: &[Chord] = &[char('?'), F1];
const HELP_IN_TEXT: &[Chord] = &[F1];

/// The keys that read anew.
pub const fn refresh<K>(label: &'static str, rank: u8) -> Row<K> {
    router(REFRESH, RouterKey::Refresh, label, Group::Do, Some(rank))
}

/// The key that switches the reading by itself on and off.
pub const fn live<K>() -> Row<K> {
    router(LIVE, RouterKey::Live, "refresh every 5 s, on or off", Group::Anywhere, None)
}

/// The keys that show where one can go.
pub const fn go_to<K>(rank: u8) -> Row<K> {
    router(GO_TO, RouterKey::GoTo, "go to", Group::Find, Some(rank))
}

/// The keys of the help, where letters are keys.
pub const fn help<K>() -> Row<K> {
    router(HELP, RouterKey::Help, "help", Group::Anywhere, Some(0))
}

/// The key of the help, where letters are text.
pub const fn help_in_text<K>(label: &'static str) -> Row<K> {
    router(HELP_IN_TEXT, RouterKey::Help, label, Group::Anywhere, Some(3))
}

/// The keys that leave what is in view.
pub const fn back<K>(
    chords: &'static [Chord],
    label: &'static str,
    group: Group,
    rank: Option<u8>,
) -> Row<K> {
    router(chords, RouterKey::Back, label, group, rank)
}

/// The keys that move a selection, written once.
static MOTIONS: [Binding<Motion>; 8] = [
    motion(&[char('k'), UP], Motion::Up, "one up"),
    motion(&[char('j'), DOWN], Motion::Down, "one down"),
    motion(&[char('g'), HOME], Motion::First, "first"),
    motion(&[char('G'), END], Motion::Last, "last"),
    motion(&[ctrl('u')], Motion::HalfUp, "half a page up"),
    motion(&[ctrl('d')], Motion::HalfDown, "half a page down"),
    motion(&[PAGE_UP], Motion::PageUp, "a page up"),
    motion(&[PAGE_DOWN], Motion::PageDown, "a page down"),
];

const fn motion(chords: &'static [Chord], motion: Motion, label: &'static str) -> Binding<Motion> {
    Binding { chords, means: Means::Own(motion), label, group: Group::Move, is_danger: false, rank: None }
}

/// What works in every layer that does not use the key itself.
pub static EVERYWHERE: Keys<RouterKey> = Keys::of(
    "anywhere",
    &[
        router(&[F1], RouterKey::Help, "help", Group::Anywhere, None),
        router(&[F5], RouterKey::Refresh, "try the store now", Group::Anywhere, None),
        router(&[ctrl('c')], RouterKey::Interrupt, "stop; twice quits", Group::Anywhere, None),
        router(&[ctrl('l')], RouterKey::Redraw, "redraw", Group::Anywhere, None),
        router(&[ctrl('z')], RouterKey::Suspend, "suspend", Group::Anywhere, None),
    ],
);

/// The keys of a layer, in one of its modes.
#[derive(Debug)]
pub struct Keys<K: 'static> {
    /// Its name in the help and in `docs/keys.md`.
    pub title: &'static str,
    /// Whether unbound keys are text.
    pub is_text: bool,
    /// What may be typed, for the help.
    pub syntax: &'static [(&'static str, &'static str)],
    /// The keys, in the order of the hint line and of every list.
    pub rows: &'static [Row<K>],
}

impl<K> Keys<K> {
    /// Where letters are keys.
    pub const fn of(title: &'static str, rows: &'static [Row<K>]) -> Self {
        Self { title, is_text: false, syntax: &[], rows }
    }

    /// Where letters are text.
    pub const fn of_text(title: &'static str, rows: &'static [Row<K>]) -> Self {
        Self { title, is_text: true, syntax: &[], rows }
    }

    /// The same with what may be typed.
    #[must_use]
    pub const fn syntax(mut self, syntax: &'static [(&'static str, &'static str)]) -> Self {
        self.syntax = syntax;
        self
    }
}

impl<K: Copy> Keys<K> {
    /// Every key, those that move a selection among them.
    pub fn all(&self) -> impl Iterator<Item = Binding<K>> {
        self.rows.iter().flat_map(|row| {
            let (one, motions) = match row {
                Row::Key(binding) => (Some(*binding), None),
                Row::Motions(wrap) => (None, Some(wrap)),
            };
            let motions = motions.into_iter().flat_map(|wrap| {
                MOTIONS.iter().filter_map(move |binding| match binding.means {
                    Means::Own(motion) => Some(binding.with(Means::Own(wrap(motion)))),
                    Means::Router(_) | Means::Place(_) => None,
                })
            });
            one.into_iter().chain(motions)
        })
    }

    /// What a chord means.
    pub fn find(&self, chord: Chord) -> Option<Means<K>> {
        self.all().find(|binding| binding.chords.contains(&chord)).map(|binding| binding.means)
    }
}

/// What help, `docs/keys.md`, manual page and tests read of any table.
pub trait Listed: Sync {
    /// Its name.
    fn title(&self) -> &'static str;
    /// Whether unbound keys are text.
    fn is_text(&self) -> bool;
    /// What may be typed.
    fn syntax(&self) -> &'static [(&'static str, &'static str)];
    /// Every key.
    fn bindings(&self) -> Vec<Binding<()>>;
}

impl<K: Copy + Sync> Listed for Keys<K> {
    fn title(&self) -> &'static str {
        self.title
    }

    fn is_text(&self) -> bool {
        self.is_text
    }

    fn syntax(&self) -> &'static [(&'static str, &'static str)] {
        self.syntax
    }

    fn bindings(&self) -> Vec<Binding<()>> {
        let forget = |binding: Binding<K>| {
            binding.with(match binding.means {
                Means::Own(_) => Means::Own(()),
                Means::Router(key) => Means::Router(key),
                Means::Place(name) => Means::Place(name),
            })
        };
        self.all().map(forget).collect()
    }
}
