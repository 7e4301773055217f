//! Draws the activity: its filter, and a sentence a line under the day of each.

use super::Activity;
use crate::domain::AuditEntry;
use crate::tui::cards::audit_entry::{self, words};
use crate::tui::effect::Load;
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::{Canvas, EDGE};
use crate::tui::widgets::{placeholder, table};
use ratatui::layout::Rect;

/// From here on the selected entry stands in full beside the list; else a key opens it.
const WITH_ENTRY: u16 = 160;
/// The columns that it takes there.
const BESIDE: u16 = 56;
/// `14:39`.
const TIME: u16 = 5;
const GAP: u16 = 2;
/// A longer name is cut: what was done says more.
const WIDEST_ACTOR: u16 = 32;

/// What may be typed, in a line.
const FILTER_HINT: &str = "words, action:renamed, actor:EMAIL, org:NAME, since:7d; a|b, !not";

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Line {
    Free,
    Day(String),
    Entry(usize),
}

/// The entries under their days; with little room only the days of others than the first are left out.
fn lines(entries: &[AuditEntry], shared: &Shared) -> Vec<Line> {
    let mut lines = Vec::with_capacity(entries.len() * 2);
    let mut last = None;
    for (at, entry) in entries.iter().enumerate() {
        let day = text::date(entry.at);
        if last.as_ref() != Some(&day) {
            if last.is_some() {
                lines.push(Line::Free);
            }
            lines.push(Line::Day(text::day(shared.now, entry.at)));
            last = Some(day);
        }
        lines.push(Line::Entry(at));
    }
    lines
}

impl Activity {
    /// What was read of it, newest first.
    pub(in crate::tui::screens) fn recent(&self) -> &[AuditEntry] {
        if self.is_filtered() { &[] } else { &self.entries }
    }

    /// Draws it in what the title of the screen leaves.
    pub(in crate::tui::screens) fn draw(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let columns = area.width.saturating_sub(2 * EDGE);
        let has_filter = self.is_filtering || self.is_filtered();
        // The filter stands in the free row above the list.
        let above = area.y.saturating_sub(1);
        if has_filter {
            self.draw_filter(Rect { y: above, height: 1, ..area }, canvas);
        }
        let said = self.said(columns);
        for (y, (line, tone)) in (area.y..area.bottom()).zip(&said) {
            canvas.put((area.x + EDGE, y), line, columns, canvas.theme.style(*tone));
        }
        let said = u16::try_from(said.len()).unwrap_or(0);
        let below = Rect { y: area.y + said, height: area.height.saturating_sub(said), ..area };
        if self.error.is_some() {
            return;
        }
        if self.entries.is_empty() {
            self.draw_nothing(shared, below, canvas);
            return;
        }
        if area.width >= WITH_ENTRY {
            let list = Rect { width: area.width - BESIDE, ..below };
            self.draw_list(shared, list, canvas);
            canvas.divider(list.right(), below.y..below.bottom(), None);
            let x = list.right() + 3;
            self.draw_selected(
                shared,
                Rect { x, width: area.right().saturating_sub(x + EDGE), ..below },
                canvas,
            );
        } else {
            self.draw_list(shared, below, canvas);
        }
    }

    /// The filter, as it is typed or holds.
    fn draw_filter(&self, area: Rect, canvas: &mut Canvas<'_>) {
        let theme = canvas.theme;
        let at = (area.x + EDGE, area.y);
        if self.is_filtering {
            let x = canvas.put(at, "/ ", 2, theme.key());
            let columns = area.right().saturating_sub(x + EDGE);
            self.typed.draw(canvas, (x, area.y), columns, theme.style(Tone::Text), true);
        } else {
            let columns = area.width.saturating_sub(2 * EDGE);
            canvas.put(at, &format!("/ {}", self.applied), columns, theme.style(Tone::Accent));
        }
    }

    /// What is said below it: what may be typed or what is not understood; else why there are no more entries.
    fn said(&self, columns: u16) -> Vec<(String, Tone)> {
        let (said, tone) = match (&self.reading, &self.error) {
            (_, Some(error)) => (error.clone(), Tone::Danger),
            (_, None) if self.is_filtering => (FILTER_HINT.to_owned(), Tone::Muted),
            (Load::Failed(message), None) if !self.entries.is_empty() => {
                (self.freshness.told(message), Tone::Danger)
            }
            (Load::Idle | Load::Loading(_) | Load::Ready(()) | Load::Failed(_), None) => return Vec::new(),
        };
        text::wrap(&said, usize::from(columns)).into_iter().map(|line| (line, tone)).collect()
    }

    fn draw_nothing(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let at = (area.x + EDGE, area.y);
        let columns = area.width.saturating_sub(2 * EDGE);
        match &self.reading {
            Load::Failed(message) => placeholder::draw_failure(canvas, at, columns, message),
            Load::Idle | Load::Loading(_) if shared.is_cut_off() => {}
            Load::Idle | Load::Loading(_) => {
                canvas.put(at, "Reading the activity", columns, canvas.theme.style(Tone::Muted));
            }
            Load::Ready(()) if self.is_filtered() => {
                let said = format!("Nothing matches  {}", self.applied);
                placeholder::draw(canvas, at, columns, &said, ("Esc", "clears the filter"));
            }
            Load::Ready(()) => {
                let said = "Nothing was done here in the last 90 days.";
                placeholder::draw(canvas, at, columns, said, ("r", "reads it again"));
            }
        }
    }

    fn draw_list(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let mut lines = lines(&self.entries, shared);
        if self.next.is_none() && matches!(self.reading, Load::Ready(())) && !self.is_filtered() {
            lines.extend([Line::Free, Line::Day("That is all of it.".to_owned())]);
        }
        let line_of = |entry| lines.iter().position(|line| *line == Line::Entry(entry)).unwrap_or(0);
        let selected = line_of(self.window.selected);
        let top = selected
            .saturating_sub(usize::from(matches!(lines.get(selected.wrapping_sub(1)), Some(Line::Day(_)))));
        let height = usize::from(area.height);
        // The head of its day comes into view with the first entry of a day.
        self.window.range_at(top, lines.len(), height);
        let range = self.window.range_at(selected, lines.len(), height);
        let actors = self.entries.iter().map(|entry| text::width(words::short_actor(entry, &self.entries)));
        let actor = u16::try_from(actors.max().unwrap_or(0))
            .unwrap_or(u16::MAX)
            .min(WIDEST_ACTOR)
            .min(area.width / 4);
        let is_end = |line: usize| line + 1 == lines.len();
        for (y, at) in (area.y..area.bottom()).zip(range) {
            match lines.get(at) {
                Some(Line::Day(day)) => {
                    let tone = if is_end(at) { Tone::Muted } else { Tone::Accent };
                    canvas.put((area.x + EDGE, y), day, area.width, canvas.theme.style(tone));
                }
                Some(Line::Entry(entry)) => {
                    let row = Rect { y, height: 1, ..area };
                    if let Some(entry) = self.entries.get(*entry) {
                        let who = words::short_actor(entry, &self.entries);
                        draw_row(canvas, row, (actor, who), entry, self.organization.is_none());
                    }
                    if at == selected {
                        table::draw_selection(canvas, row);
                    }
                }
                Some(Line::Free) | None => {}
            }
        }
    }

    fn draw_selected(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let Some(selected) = self.selected() else { return };
        let lines = audit_entry::lines(selected, shared.now, usize::from(area.width), canvas.signs().arrow);
        for (y, (line, tone)) in (area.y..area.bottom()).zip(lines) {
            canvas.put((area.x, y), &line, area.width, canvas.theme.style(tone));
        }
    }
}

/// `names` it also says which organization the entry is about.
fn draw_row(canvas: &mut Canvas<'_>, area: Rect, (actor, who): (u16, &str), entry: &AuditEntry, names: bool) {
    let theme = canvas.theme;
    let (muted, text) = (theme.style(Tone::Muted), theme.style(Tone::Text));
    let (y, right) = (area.y, area.right().saturating_sub(EDGE));
    let mut x = area.x + EDGE;
    canvas.put((x, y), &text::time(entry.at), TIME, muted);
    x += TIME + GAP;
    canvas.put_middle((x, y), who, actor, text);
    x += actor + GAP;
    let mut sentence = words::sentence(entry, canvas.signs().arrow);
    if names {
        sentence.name_organization(entry);
    }
    canvas.put((x, y), sentence.verb, right.saturating_sub(x), theme.style(sentence.tone));
    x += words::WIDEST_VERB + GAP;
    let pieces: Vec<_> =
        sentence.rest.iter().map(|(text, tone)| (text.as_str(), theme.style(*tone))).collect();
    if x < right {
        canvas.put_all((x, y), right, &pieces);
    }
}
