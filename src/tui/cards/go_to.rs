//! Go to, by name: the places of the console, what can be done from anywhere, and the organizations that were read, ranked
//! by how well the typed letters fit.

use crate::domain::Organization;
use crate::domain::search::{self, SearchText};
use crate::tui::keys::Group::{Do, Move};
use crate::tui::keys::{
    Binding, DOWN, ENTER, ESC, Keys, Means, Motion, PAGE_DOWN, PAGE_UP, RouterKey, Text, UP, back, hint,
    quiet,
};
use crate::tui::layer::{Availability, Cx, Intent, Place, Registered, Screen};
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::{Canvas, centred};
use crate::tui::widgets::table::{self, Window};
use crate::tui::widgets::text_input::TextInput;
use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use ratatui::layout::Rect;
use std::cmp::Reverse;
use std::sync::Arc;

/// What it is known by.
pub static REGISTERED: Registered = Registered { places: &[], tables: &[&KEYS] };

/// What a key does to the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Moves the selection.
    Motion(Motion),
    /// Goes to what is selected.
    Go,
}

static KEYS: Keys<Key> = Keys::of_text(
    "go to",
    &[
        hint(&[ENTER], Key::Go, "go", Do, 1),
        back(&[ESC], "close", Do, Some(0)),
        hint(&[UP], Key::Motion(Motion::Up), "up", Move, 2),
        hint(&[DOWN], Key::Motion(Motion::Down), "down", Move, 3),
        quiet(&[PAGE_UP], Key::Motion(Motion::PageUp), "a page up", Move),
        quiet(&[PAGE_DOWN], Key::Motion(Motion::PageDown), "a page down", Move),
    ],
);

/// Organizations in view at most.
const ORGANIZATIONS: usize = 8;
/// Rows of the card; the same however many there are, so that nothing jumps while typing.
const ROWS: u16 = 12;

/// What can be done from anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Errand {
    Refresh,
    SignOut,
    SignOutEverywhere,
    Keys,
    Quit,
}

impl Errand {
    const ALL: [Self; 5] = [Self::Refresh, Self::SignOut, Self::SignOutEverywhere, Self::Keys, Self::Quit];

    fn words(self) -> &'static str {
        match self {
            Self::Refresh => "refresh",
            Self::SignOut => "sign out",
            Self::SignOutEverywhere => "sign out everywhere",
            Self::Keys => "keys",
            Self::Quit => "quit",
        }
    }

    /// What else it is found by.
    fn also(self) -> &'static str {
        match self {
            Self::Refresh => "reload read",
            Self::SignOut | Self::SignOutEverywhere => "logout",
            Self::Keys => "help",
            Self::Quit => "exit",
        }
    }

    /// Whether this key of the layer below does the same.
    fn is_done_by(self, binding: &Binding<()>) -> bool {
        match self {
            Self::Refresh => binding.means == Means::Router(RouterKey::Refresh),
            Self::Keys => binding.means == Means::Router(RouterKey::Help),
            Self::Quit => binding.means == Means::Router(RouterKey::Back) && binding.label == "quit",
            Self::SignOut | Self::SignOutEverywhere => false,
        }
    }

    fn intent(self) -> Intent {
        match self {
            Self::Refresh => Intent::Refresh,
            Self::SignOut => Intent::SignOut { everywhere: false },
            Self::SignOutEverywhere => Intent::SignOut { everywhere: true },
            Self::Keys => Intent::Help,
            Self::Quit => Intent::Quit,
        }
    }
}

/// What is offered by a name of its own.
#[derive(Debug, Clone, Copy)]
enum Entry {
    Place(&'static Place),
    Errand(Errand),
}

impl Entry {
    fn words(self) -> &'static str {
        match self {
            Self::Place(place) => place.name,
            Self::Errand(errand) => errand.words(),
        }
    }

    fn also(self) -> &'static str {
        match self {
            Self::Place(place) => place.also,
            Self::Errand(errand) => errand.also(),
        }
    }

    fn availability(self, shared: &Shared) -> Availability {
        match self {
            Self::Place(place) => place.availability(shared),
            Self::Errand(Errand::SignOut | Errand::SignOutEverywhere) if shared.is_cut_off() => {
                Availability::Disabled("no connection")
            }
            Self::Errand(_) => Availability::Enabled,
        }
    }

    fn is_done_by(self, binding: &Binding<()>) -> bool {
        match self {
            Self::Place(place) => binding.means == Means::Place(place.name),
            Self::Errand(errand) => errand.is_done_by(binding),
        }
    }
}

/// An entry as it is offered.
#[derive(Debug)]
struct Line {
    entry: Entry,
    key: String,
    is_there: bool,
}

impl Line {
    /// Why it cannot work now, if it cannot.
    fn refusal(&self, shared: &Shared) -> Option<&'static str> {
        if self.is_there { Some("you are there") } else { self.entry.availability(shared).reason() }
    }
}

#[derive(Debug, Clone)]
enum Found {
    /// By its place among the lines.
    Line(usize),
    Organization(Arc<Organization>),
}

/// The card.
#[derive(Debug)]
pub struct GoTo {
    typed: TextInput,
    lines: Vec<Line>,
    organizations: Vec<Arc<Organization>>,
    found: Vec<Found>,
    window: Window,
    matcher: Matcher,
}

impl GoTo {
    /// Over a layer with these keys; of each place is said whether that layer is it.
    pub fn new(
        places: Vec<(&'static Place, bool)>,
        bindings: &[Binding<()>],
        organizations: Vec<Arc<Organization>>,
        shared: &Shared,
    ) -> Self {
        let places = places.into_iter().map(|(place, is_there)| (Entry::Place(place), is_there));
        let errands = Errand::ALL.into_iter().map(|errand| (Entry::Errand(errand), false));
        let allowed =
            places.chain(errands).filter(|(entry, _)| entry.availability(shared) != Availability::Hidden);
        let key = |entry: Entry| {
            let binding = bindings.iter().find(|binding| entry.is_done_by(binding))?;
            binding.chords.first().map(|chord| chord.label(shared.config.theme.ascii))
        };
        let lines = allowed.map(|(entry, is_there)| {
            let key = key(entry).unwrap_or_default();
            Line { entry, key, is_there }
        });
        let mut card = Self {
            typed: TextInput::new(""),
            lines: lines.collect(),
            organizations,
            found: Vec::new(),
            window: Window::default(),
            matcher: Matcher::new(Config::DEFAULT),
        };
        card.find();
        card
    }

    fn pattern(&self) -> Pattern {
        let typed = search::fold(self.typed.value());
        Pattern::new(&typed, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy)
    }

    /// What fits the typed letters: entries, then organizations, each the best first. What fits best and
    /// leads elsewhere is selected, wherever it stands.
    fn find(&mut self) {
        let (pattern, typed) = (self.pattern(), search::fold(self.typed.value()).into_owned());
        let matcher = &mut self.matcher;
        let mut buffer = Vec::new();
        let mut score = |text: &str| pattern.score(Utf32Str::new(text, &mut buffer), matcher);
        let lines = self.lines.iter().enumerate().filter_map(|(at, line)| {
            let best = score(line.entry.words()).max(score(line.entry.also()))?;
            Some((Reverse(best), at))
        });
        let mut lines: Vec<(Reverse<u32>, usize)> = lines.collect();
        lines.sort_unstable();
        let mut rows = Vec::new();
        if !typed.is_empty() {
            let all = self.organizations.iter().enumerate();
            rows.extend(all.filter_map(|(at, row)| {
                let text = SearchText::of(row);
                // Letters in the name, or as a filter finds it: a pasted email or collection.
                let found = score(&text.name).or_else(|| text.contains(&typed).then_some(0));
                Some((Reverse(found?), at))
            }));
            rows.sort_unstable();
            rows.truncate(ORGANIZATIONS);
        }
        let leads_on = |at: usize| self.lines.get(at).is_some_and(|line| !line.is_there);
        let of_lines = lines.iter().map(|(score, at)| (*score, leads_on(*at)));
        let scores = of_lines.chain(rows.iter().map(|(score, _)| (*score, true)));
        let leading = scores.enumerate().filter(|(_, (_, leads_on))| *leads_on);
        let best = leading.min_by_key(|(_, (score, _))| *score).map(|(place, _)| place);
        self.window.selected = best.unwrap_or(0);
        let rows = rows.into_iter().filter_map(|(_, at)| self.organizations.get(at).map(Arc::clone));
        let lines = lines.into_iter().map(|(_, at)| Found::Line(at));
        self.found = lines.chain(rows.map(Found::Organization)).collect();
    }

    /// Goes to what is selected, if one can go there now.
    fn go(&self, cx: &mut Cx<'_, Self>) {
        let line = match self.found.get(self.window.selected) {
            None => return,
            Some(Found::Organization(organization)) => {
                cx.close();
                return cx.follow(Intent::Visit(Arc::clone(organization)));
            }
            Some(Found::Line(at)) => self.lines.get(*at),
        };
        let Some(line) = line else {
            return;
        };
        if let Some(reason) = line.refusal(cx.shared()) {
            return cx.say(Tone::Warning, format!("Not now: {reason}."));
        }
        cx.close();
        match line.entry {
            Entry::Place(place) => cx.go(place.name),
            Entry::Errand(errand) => cx.follow(errand.intent()),
        }
    }

    /// Draws the card.
    fn paint(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let theme = canvas.theme;
        let inside = canvas.card(centred(area, 60, ROWS + 4), "Go to", Tone::Text, None);
        let x = canvas.put((inside.x, inside.y), ": ", 2, theme.key());
        let columns = inside.right().saturating_sub(x);
        self.typed.draw(canvas, (x, inside.y), columns, theme.style(Tone::Text), true);
        let free = u16::from(inside.height > 8);
        let top = inside.y + 1 + free;
        let list = Rect { y: top, height: inside.bottom().saturating_sub(top), ..inside };
        if self.found.is_empty() {
            canvas.put((list.x + 1, list.y), "No match.", list.width, theme.style(Tone::Muted));
            return;
        }
        let pattern = self.pattern();
        let mut matcher = Matcher::new(Config::DEFAULT);
        let body = Rect { x: list.x.saturating_sub(1), width: list.width + 1, ..list };
        table::draw(canvas, body, &self.window, self.found.len(), |canvas, row, y, _| {
            let Some(found) = self.found.get(row) else { return };
            let (words, aside, is_refused) = self.said_of(found, shared);
            let tone = if is_refused { Tone::Muted } else { Tone::Text };
            let end = canvas.put_right(list.right(), y, &[(&aside, theme.style(Tone::Muted))]);
            let at = (list.x + 1, y);
            let columns = end.saturating_sub(at.0 + 2);
            canvas.put_middle(at, words, columns, theme.style(tone));
            let (mut buffer, mut letters) = (Vec::new(), Vec::new());
            let found = pattern.indices(Utf32Str::new(words, &mut buffer), &mut matcher, &mut letters);
            if found.is_some() && text::width(words) <= usize::from(columns) {
                canvas.underline(at, words, &letters);
            }
        });
    }

    /// Its words, what stands at the right, and whether it cannot work now.
    fn said_of<'a>(&'a self, found: &'a Found, shared: &Shared) -> (&'a str, String, bool) {
        let line = match found {
            Found::Organization(organization) => {
                return (&organization.name, "organization".to_owned(), false);
            }
            Found::Line(at) => self.lines.get(*at),
        };
        let Some(line) = line else {
            return ("", String::new(), false);
        };
        match line.refusal(shared) {
            Some(reason) => (line.entry.words(), format!("({reason})"), true),
            None => (line.entry.words(), line.key.clone(), false),
        }
    }
}

impl Screen for GoTo {
    type Key = Key;
    const IS_CARD: bool = true;

    fn keys(&self) -> &'static Keys<Key> {
        &KEYS
    }

    fn on_key(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        match key {
            Key::Motion(motion) => self.window.move_by(motion, self.found.len()),
            Key::Go => self.go(cx),
        }
    }

    fn availability(&self, key: Key, _shared: &Shared) -> Availability {
        Availability::unless((key == Key::Go && self.found.is_empty()).then_some("no match"))
    }

    fn on_text(&mut self, text: &Text, cx: &mut Cx<'_, Self>) {
        match self.typed.take(text) {
            Ok(true) => self.find(),
            Ok(false) => {}
            Err(refused) => cx.say(Tone::Warning, refused.to_string()),
        }
    }

    fn draw(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        self.paint(shared, area, canvas);
    }
}
