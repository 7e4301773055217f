//! Go to, by name: what the role may do and the organizations that were read, ranked by how well the typed letters fit.

use crate::domain::Organization;
use crate::domain::search::{self, SearchText};
use crate::tui::action::Command;
use crate::tui::keymap::{self, Context};
use crate::tui::keys::{Pasted, Typed};
use crate::tui::model::Shared;
use crate::tui::screens::{Move, Screen, Step, form::Form, movement};
use crate::tui::text;
use crate::tui::theme::Role;
use crate::tui::widgets::canvas::{Canvas, centred};
use crate::tui::widgets::table::{self, Window};
use crate::tui::widgets::text_input::TextInput;
use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use ratatui::layout::Rect;
use std::cmp::Reverse;
use std::sync::Arc;

/// Organizations in view at most.
const ORGANIZATIONS: usize = 8;
/// Rows of the console that are not the palette's, as far as a page is concerned.
const PAGE_FRAME: u16 = 12;
/// Rows of the card; the same however many there are, so that nothing jumps while typing.
const ROWS: u16 = 12;

/// What can be gone to or done from anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    List,
    New,
    Operators,
    Doctor,
    Account,
    Refresh,
    SignOut,
    SignOutEverywhere,
    Keys,
    Quit,
}

impl Entry {
    const ALL: [Self; 10] = [
        Self::List,
        Self::New,
        Self::Operators,
        Self::Doctor,
        Self::Account,
        Self::Refresh,
        Self::SignOut,
        Self::SignOutEverywhere,
        Self::Keys,
        Self::Quit,
    ];

    fn words(self) -> &'static str {
        match self {
            Self::List => "organizations",
            Self::New => "new organization",
            Self::Operators => "operators",
            Self::Doctor => "doctor",
            Self::Account => "your account",
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
            Self::List => "list home",
            Self::New => "create add",
            Self::Operators => "staff",
            Self::Doctor => "check repair health missing",
            Self::Account => "email password profile",
            Self::Refresh => "reload read",
            Self::SignOut | Self::SignOutEverywhere => "logout",
            Self::Keys => "help",
            Self::Quit => "exit",
        }
    }

    fn is_for_operators(self) -> bool {
        matches!(self, Self::List | Self::New | Self::Operators | Self::Doctor)
    }

    /// The command of its key in a context, where it has one there.
    fn command(self, from: Context) -> Option<Command> {
        let on_the_list = |command| (from == Context::Organizations).then_some(command);
        match self {
            Self::New => on_the_list(Command::New),
            Self::Operators => on_the_list(Command::Operators),
            Self::Doctor => on_the_list(Command::Doctor),
            Self::Quit => on_the_list(Command::Back),
            Self::Refresh => Some(Command::Refresh),
            Self::Keys => Some(Command::Help),
            Self::List | Self::Account | Self::SignOut | Self::SignOutEverywhere => None,
        }
    }

    /// Whether it is what lies below already.
    fn is_there(self, from: Context) -> bool {
        match self {
            Self::List => from == Context::Organizations,
            Self::Operators => from == Context::Operators,
            Self::Doctor => from == Context::Doctor,
            Self::New
            | Self::Account
            | Self::Refresh
            | Self::SignOut
            | Self::SignOutEverywhere
            | Self::Keys
            | Self::Quit => false,
        }
    }

    fn wants_connection(self) -> bool {
        matches!(self, Self::New | Self::Account | Self::SignOut | Self::SignOutEverywhere)
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
        match () {
            () if self.is_there => Some("you are there"),
            () if self.entry.wants_connection() && shared.is_cut_off() => Some("no connection"),
            () => None,
        }
    }
}

#[derive(Debug, Clone)]
enum Found {
    /// By its place among the lines.
    Line(usize),
    Organization(Arc<Organization>),
}

/// The palette.
#[derive(Debug)]
pub struct Palette {
    typed: TextInput,
    lines: Vec<Line>,
    organizations: Vec<Arc<Organization>>,
    found: Vec<Found>,
    window: Window,
    matcher: Matcher,
}

impl Palette {
    /// Over a screen whose keys are those of `from`.
    pub fn new(from: Context, organizations: Vec<Arc<Organization>>, shared: &Shared) -> Self {
        let ascii = shared.fixed.theme.ascii;
        let key = |command| {
            let binding = keymap::of(from).find(|binding| binding.command == command)?;
            binding.chords.first().map(|chord| chord.label(ascii))
        };
        let entries = Entry::ALL.into_iter();
        let allowed = entries.filter(|entry| shared.is_operator() || !entry.is_for_operators());
        let lines = allowed.map(|entry| Line {
            entry,
            key: entry.command(from).and_then(key).unwrap_or_default(),
            is_there: entry.is_there(from),
        });
        let mut palette = Self {
            typed: TextInput::new(""),
            lines: lines.collect(),
            organizations,
            found: Vec::new(),
            window: Window::default(),
            matcher: Matcher::new(Config::DEFAULT),
        };
        palette.find();
        palette
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

    /// Moves, goes or closes.
    pub fn command(&mut self, command: Command, shared: &mut Shared) -> Option<Step> {
        if command == Command::Submit {
            return Some(self.go(shared));
        }
        if command == Command::Escape {
            return Some(Step::go(Move::Close));
        }
        let rows = movement(command, PAGE_FRAME, shared)?;
        self.window.move_by(rows, self.found.len());
        Some(Step::default())
    }

    fn go(&self, shared: &mut Shared) -> Step {
        let close = Step::go(Move::Close);
        let line = match self.found.get(self.window.selected) {
            None => return Step::default(),
            Some(Found::Organization(organization)) => {
                return close.and(Move::Visit(Arc::clone(organization)));
            }
            Some(Found::Line(at)) => self.lines.get(*at),
        };
        let Some(line) = line else {
            return Step::default();
        };
        if let Some(reason) = line.refusal(shared) {
            shared.say(Role::Warning, format!("Not now: {reason}."));
            return Step::default();
        }
        let form = |form| Move::Push(Screen::Form(Box::new(form)));
        close.and(match line.entry {
            Entry::List => Move::First,
            Entry::New => form(Form::create(shared)),
            Entry::Operators => Move::Operators,
            Entry::Doctor => Move::Doctor,
            Entry::Account => form(Form::own_account(shared)),
            Entry::Refresh => Move::Run(Command::Refresh),
            Entry::SignOut => Move::SignOut { everywhere: false },
            Entry::SignOutEverywhere => Move::SignOut { everywhere: true },
            Entry::Keys => Move::Run(Command::Help),
            Entry::Quit => Move::Quit,
        })
    }

    /// Types.
    pub fn input(&mut self, typed: Typed) {
        if self.typed.edit(typed) {
            self.find();
        }
    }

    /// Pastes.
    pub fn paste(&mut self, pasted: &Pasted) {
        if self.typed.paste(pasted).is_ok() {
            self.find();
        }
    }

    /// Draws the card.
    pub fn draw(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let theme = canvas.theme;
        let inside = canvas.card(centred(area, 60, ROWS + 4), "Go to", Role::Text);
        let x = canvas.put((inside.x, inside.y), ": ", 2, theme.key());
        let columns = inside.right().saturating_sub(x);
        self.typed.draw(canvas, (x, inside.y), columns, theme.style(Role::Text), true);
        let free = u16::from(inside.height > 8);
        let top = inside.y + 1 + free;
        let list = Rect { y: top, height: inside.bottom().saturating_sub(top), ..inside };
        if self.found.is_empty() {
            canvas.put((list.x + 2, list.y), "Nothing is called so.", list.width, theme.style(Role::Muted));
            return;
        }
        let pattern = self.pattern();
        let mut matcher = Matcher::new(Config::DEFAULT);
        let body = Rect { x: list.x.saturating_sub(1), width: list.width + 1, ..list };
        table::draw(canvas, body, &self.window, self.found.len(), |canvas, row, y, _| {
            let Some(found) = self.found.get(row) else { return };
            let (words, aside, is_refused) = self.said_of(found, shared);
            let role = if is_refused { Role::Muted } else { Role::Text };
            let end = canvas.put_right(list.right(), y, &[(&aside, theme.style(Role::Muted))]);
            let at = (list.x + 2, y);
            let columns = end.saturating_sub(at.0 + 2);
            canvas.put_middle(at, words, columns, theme.style(role));
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
