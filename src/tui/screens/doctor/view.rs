//! Draws the doctor: what was found, and below it the selected one in words.

use super::{Checked, Doctor};
use crate::domain::{Finding, Progress, Severity};
use crate::tui::cards::finding as words;
use crate::tui::effect::Load;
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::{Canvas, EDGE};
use crate::tui::widgets::placeholder;
use crate::tui::widgets::table;
use ratatui::layout::Rect;
use std::time::Duration;

/// The sign of an error stands before what was found.
const MARGIN: u16 = EDGE + 2;
const GAP: u16 = 2;
/// The longest title with its rule before it.
const WHAT: u16 = 32;
/// The longest repair.
const REPAIR: u16 = 21;
/// Wider, and the repair would stand too far from what it belongs to.
const WIDEST_NAME: u16 = 44;
/// Wider lines are hard to read.
const WIDEST_TEXT: usize = 96;
/// Rows above the findings: title, what is said, heads.
const HEAD: u16 = 3;

/// Rows for the selected finding in words, of a screen so high; the same whichever it is, so that nothing jumps.
pub(super) fn panel(height: u16) -> u16 {
    match height.saturating_sub(HEAD) {
        free @ 0..10 => free / 3,
        10..20 => 7,
        _ => 9,
    }
}

/// Where each column begins, and how wide it is.
struct Columns {
    what: u16,
    name: (u16, u16),
    collection: Option<(u16, u16)>,
    repair: Option<(u16, u16)>,
}

impl Columns {
    fn of(width: u16) -> Self {
        let (has_repair, has_collection) = (width >= 72, width >= 110);
        let what = if has_repair { WHAT } else { WHAT.min(width / 2) };
        let name_at = MARGIN + what + GAP;
        let repair = if has_repair { GAP + REPAIR } else { 0 };
        let free = width.saturating_sub(name_at + repair + EDGE);
        let name = if has_collection { free.saturating_sub(GAP) / 2 } else { free }.min(WIDEST_NAME);
        let mut x = name_at + name;
        let collection = has_collection.then(|| {
            let at = (x + GAP, name);
            x += GAP + name;
            at
        });
        Self { what, name: (name_at, name), collection, repair: has_repair.then_some((x + GAP, REPAIR)) }
    }
}

impl Doctor {
    /// Draws title, findings and words, or why there are none.
    pub(super) fn paint(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        self.draw_title(area, canvas);
        self.draw_said(area, canvas);
        let below = Rect { y: area.y + 2, height: area.height.saturating_sub(2), ..area };
        if self.findings.is_empty() {
            self.draw_nothing(shared, below, canvas);
            return;
        }
        let columns = Columns::of(area.width);
        draw_heads(below, &columns, canvas);
        let words = panel(area.height);
        let height = below.height.saturating_sub(1 + words);
        let body = Rect { y: below.y + 1, height, ..below };
        table::draw(canvas, body, &self.window, self.findings.len(), |canvas, row, y, _| {
            if let Some(finding) = self.findings.get(row) {
                draw_row(canvas, (body.x, y), &columns, finding);
            }
        });
        let gap = u16::from(words > 4);
        let words = Rect { y: body.bottom() + gap, height: words.saturating_sub(gap), ..area };
        if let Some(finding) = self.selected() {
            draw_words(canvas, words, finding);
        }
    }

    fn draw_title(&self, area: Rect, canvas: &mut Canvas<'_>) {
        let theme = canvas.theme;
        let muted = theme.style(Tone::Muted);
        let mut x = canvas.put((area.x + EDGE, area.y), "Doctor", 10, theme.strong(Tone::Text));
        if !self.findings.is_empty() {
            x = canvas.put((x + 2, area.y), &text::count(self.findings.len() as u64), 14, muted);
        }
        let right = area.right().saturating_sub(EDGE);
        let room = usize::from(right.saturating_sub(x + 2));
        let aside = self.aside().into_iter().find(|words| text::width(words) <= room);
        canvas.put_right(right, area.y, &[(&aside.unwrap_or_default(), muted)]);
    }

    /// What is going on or was done, the whole of it first, then shorter.
    fn aside(&self) -> Vec<String> {
        if let Some(repair) = &self.repair {
            let end = if repair.is_stopping { ", stopping" } else { "" };
            return vec![format!("repairing {}{end}", repair.how_far())];
        }
        match &self.check {
            Load::Loading(_) | Load::Idle if self.findings.is_empty() => Vec::new(),
            Load::Loading(_) => {
                // Until the first word of progress nothing is known, which is not nought.
                let count = (self.progress != Progress::default()).then_some(self.progress.organizations);
                let whole =
                    count.map(|count| format!("checking again: {} organizations", text::count(count)));
                whole.into_iter().chain(["checking again".to_owned()]).collect()
            }
            Load::Ready(checked) if self.repaired > 0 => {
                let whole = format!("{}, {} repaired since", checked.words(), self.repaired);
                vec![whole, format!("{} repaired since the check", self.repaired)]
            }
            Load::Ready(checked) => vec![checked.words(), format!("checked {}", checked.took())],
            Load::Idle => vec!["stopped; this is from the check before".to_owned(), "stopped".to_owned()],
            Load::Failed(_) => Vec::new(),
        }
    }

    /// How a repair came out, or why the check behind what is there failed.
    fn draw_said(&self, area: Rect, canvas: &mut Canvas<'_>) {
        let signs = canvas.signs();
        let told;
        let (tone, words) = match (&self.check, &self.said) {
            (Load::Failed(message), _) if !self.findings.is_empty() => {
                told = self.freshness.told(message);
                (Tone::Danger, told.as_str())
            }
            (_, Some((tone, words))) => (*tone, words.as_str()),
            (_, None) => return,
        };
        let style = canvas.theme.style(tone);
        let sign = match tone {
            Tone::Good => signs.good,
            Tone::Warning => signs.attention,
            Tone::Danger | Tone::Text | Tone::Muted | Tone::Accent => signs.wrong,
        };
        canvas.put((area.x + EDGE, area.y + 1), sign, 1, style);
        canvas.put((area.x + EDGE + 2, area.y + 1), words, area.width.saturating_sub(2 * EDGE + 2), style);
    }

    fn draw_nothing(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let at = (area.x + EDGE, area.y + 1);
        let columns = area.width.saturating_sub(2 * EDGE);
        match &self.check {
            Load::Failed(message) => placeholder::draw_failure(canvas, at, columns, message),
            Load::Loading(_) if shared.is_cut_off() => {
                let style = canvas.theme.style(Tone::Muted);
                canvas.put(at, "Checks as soon as the store answers.", columns, style);
            }
            Load::Loading(_) => self.draw_progress(canvas, at, columns),
            Load::Idle => {
                placeholder::draw(
                    canvas,
                    at,
                    columns,
                    "Stopped before it was through.",
                    ("r", "checks again"),
                );
            }
            Load::Ready(_) => {
                placeholder::draw(
                    canvas,
                    at,
                    columns,
                    "Everything is as it should be.",
                    ("r", "checks again"),
                );
            }
        }
    }

    fn draw_progress(&self, canvas: &mut Canvas<'_>, at: (u16, u16), columns: u16) {
        let theme = canvas.theme;
        let (x, y) = at;
        canvas.put(at, "Checking the store", columns, theme.style(Tone::Text));
        let lines = [
            ("Collections", self.progress.collections),
            ("Organizations looked at", self.progress.organizations),
            ("Findings so far", self.progress.findings),
        ];
        for (y, (label, number)) in (y + 2..).zip(lines) {
            canvas.put((x, y), label, columns, theme.style(Tone::Muted));
            let is_known = self.progress != Progress::default();
            let shown = if is_known { text::count(number) } else { canvas.signs().ellipsis.to_owned() };
            canvas.put_right(x + 34, y, &[(&shown, theme.style(Tone::Text))]);
        }
        let pieces = [("Ctrl-C", theme.key()), ("  stops it", theme.style(Tone::Muted))];
        canvas.put_all((x, y + 6), x + columns, &pieces);
    }
}

impl Checked {
    fn words(self) -> String {
        let (organizations, collections) = (self.organizations, self.collections);
        let plural = |count: u64| if count == 1 { "" } else { "s" };
        format!(
            "checked {} organization{}, {} collection{} {}",
            text::count(organizations),
            plural(organizations),
            text::count(collections),
            plural(collections),
            self.took()
        )
    }

    fn took(self) -> String {
        let tenths = self.took.saturating_add(Duration::from_millis(50)).as_millis() / 100;
        match tenths {
            0 => format!("in {} ms", self.took.as_millis()),
            _ => format!("in {}.{} s", tenths / 10, tenths % 10),
        }
    }
}

fn draw_heads(area: Rect, columns: &Columns, canvas: &mut Canvas<'_>) {
    let style = canvas.theme.style(Tone::Muted);
    let heads = [
        ("WHAT", Some((MARGIN, columns.what))),
        ("ORGANIZATION", Some(columns.name)),
        ("COLLECTION", columns.collection),
        ("REPAIR", columns.repair),
    ];
    for (head, place) in heads {
        if let Some((x, width)) = place {
            canvas.put((area.x + x, area.y), head, width, style);
        }
    }
}

fn draw_row(canvas: &mut Canvas<'_>, at: (u16, u16), columns: &Columns, finding: &Finding) {
    let theme = canvas.theme;
    let (x, y) = at;
    let (plain, muted) = (theme.style(Tone::Text), theme.style(Tone::Muted));
    if finding.problem.severity() == Severity::Error {
        canvas.put((x + MARGIN - 2, y), canvas.signs().attention, 1, theme.strong(Tone::Danger));
    }
    let what = format!("{} {}", finding.problem.invariant(), finding.problem.title());
    canvas.put((x + MARGIN, y), &what, columns.what, plain);
    let mut put = |place: Option<(u16, u16)>, value: Option<&str>| {
        let Some((at, width)) = place else { return };
        match value {
            Some(value) => canvas.put_middle((x + at, y), value, width, plain),
            None => canvas.put((x + at, y), "-", width, muted),
        };
    };
    put(Some(columns.name), finding.organization_name.as_deref());
    put(columns.collection, finding.collection_name.as_deref());
    put(columns.repair, Some(finding.problem.remedy_title()));
}

/// What it means, then what is done about it: where there is little room, something of both.
fn draw_words(canvas: &mut Canvas<'_>, area: Rect, finding: &Finding) {
    let columns = usize::from(area.width.saturating_sub(2 * EDGE)).min(WIDEST_TEXT);
    let room = usize::from(area.height);
    let ellipsis = canvas.signs().ellipsis;
    let mut message = text::wrap(&finding.message(), columns);
    let mut repair = text::wrap(&words::repair(finding), columns);
    let least = repair.len().min(room / 2);
    shorten(&mut message, room.saturating_sub(least), columns, ellipsis);
    shorten(&mut repair, room.saturating_sub(message.len()), columns, ellipsis);
    let message = message.into_iter().map(|line| (line, Tone::Text));
    let lines = message.chain(repair.into_iter().map(|line| (line, Tone::Muted)));
    for (y, (line, tone)) in (area.y..area.bottom()).zip(lines) {
        canvas.put((area.x + EDGE, y), &line, area.width.saturating_sub(2 * EDGE), canvas.theme.style(tone));
    }
}

/// Cuts lines after so many, and says so at the end of the last one.
fn shorten(lines: &mut Vec<String>, room: usize, columns: usize, ellipsis: &str) {
    if lines.len() <= room {
        return;
    }
    lines.truncate(room);
    if let Some(last) = lines.last_mut() {
        *last = text::fit_end(&format!("{last} {ellipsis}"), columns, ellipsis);
    }
}
