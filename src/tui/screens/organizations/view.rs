//! Draws the list: what there is in numbers, the rows in view, and from [`WITH_PREVIEW`] columns on the selected
//! organization beside them.

use super::Organizations;
use super::columns::{self, BAR, Layout, Needs, Placed};
use super::rows::{Column, Known, Letters};
use crate::domain::{Organization, SignIn, SizeFact, Status};
use crate::tui::effect::Load;
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::{Signs, Tone};
use crate::tui::widgets::canvas::{Canvas, EDGE};
use crate::tui::widgets::state::draw_state;
use crate::tui::widgets::{placeholder, state, table};
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

/// From so many columns on the preview stands beside the list.
pub(super) const WITH_PREVIEW: u16 = 110;
/// What the preview takes, with its rule.
const PREVIEW: u16 = 46;

/// What columns there are in this frame, and what they are drawn with.
struct Look<'a> {
    layout: &'a Layout,
    /// The bytes of the biggest row, whose bar is whole.
    biggest: u64,
    letters: &'a Letters,
    shared: &'a Shared,
}

impl Organizations {
    /// Draws head, rows and preview, or why there are none.
    pub(super) fn paint(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let has_preview = area.width >= WITH_PREVIEW && self.rows.shown() > 0;
        let beside = if has_preview { PREVIEW } else { 0 };
        let list = Rect { width: area.width - beside, ..area };
        self.draw_title(list, canvas);
        self.draw_said(list, has_preview, canvas);
        let below = Rect { y: area.y + 2, height: area.height.saturating_sub(2), ..list };
        if self.rows.shown() == 0 {
            self.draw_nothing(shared, below, canvas);
            return;
        }
        let body = Rect { y: below.y + 1, height: below.height.saturating_sub(1), ..below };
        let visible = self.window.range(self.rows.shown(), usize::from(body.height));
        let (column, is_reverse) = self.rows.sorting();
        let rows = visible.filter_map(|row| Some((&**self.rows.get(row)?, self.rows.known(row))));
        let needs = self.needs(rows, list.width);
        let layout = columns::layout(needs, column, list.width.saturating_sub(2 * EDGE), has_preview);
        draw_heads(below, &layout.columns, (column, is_reverse), canvas);
        let letters = self.rows.letters();
        let look = Look { layout: &layout, biggest: self.rows.tally().biggest, letters: &letters, shared };
        table::draw(canvas, body, &self.window, self.rows.shown(), |canvas, row, y, is_selected| {
            if let Some(organization) = self.rows.get(row) {
                draw_row(canvas, y, &look, (organization, self.rows.known(row)), is_selected);
                if self.is_marked(organization.id) {
                    let style = canvas.theme.strong(Tone::Accent);
                    canvas.buffer.set_style(Rect { y, height: 1, ..body }, style);
                }
            }
        });
        let bar = Some(self.window.bar(self.rows.shown(), body.y));
        if has_preview {
            canvas.divider(list.right(), area.y..area.bottom(), bar);
            let x = list.right() + 3;
            let preview = Rect { x, width: area.right().saturating_sub(x + EDGE), ..area };
            self.draw_preview(shared, preview, canvas);
        } else {
            canvas.scrollbar(area.right() - 1, bar, canvas.signs().thumb);
        }
    }

    /// What the columns need: of these rows, and of those that were in view at this width before.
    fn needs<'a>(&self, rows: impl Iterator<Item = (&'a Organization, Known)>, width: u16) -> Needs {
        let needs = Needs::of(rows);
        let (of_width, seen) = self.needs.get();
        let needs = if of_width == width { seen.and(needs) } else { needs };
        self.needs.set((width, needs));
        needs
    }

    /// What is typed as a filter, or what there is in numbers.
    fn draw_title(&self, area: Rect, canvas: &mut Canvas<'_>) {
        let theme = canvas.theme;
        let (muted, right) = (theme.style(Tone::Muted), area.right().saturating_sub(EDGE));
        let total = self.total(canvas.signs().ellipsis);
        let found = format!("{} of {total}", text::count(self.rows.shown() as u64));
        let at = (area.x + EDGE, area.y);
        if self.is_filtering {
            let x = canvas.put(at, "/ ", 2, theme.key());
            let end = canvas.put_right(right, area.y, &[(&found, muted)]);
            self.filter.draw(canvas, (x, area.y), end.saturating_sub(x + 2), theme.style(Tone::Text), true);
            return;
        }
        let is_filtered = !self.filter.is_empty();
        let mut x = canvas.put(at, "Organizations", 20, theme.strong(Tone::Text));
        x = canvas.put(
            (x + 2, area.y),
            if is_filtered { &found } else { &total },
            24,
            theme.strong(Tone::Text),
        );
        let tally = self.rows.tally();
        if tally.unread == 0 && tally.data_bytes > 0 {
            let (dot, bytes) = (format!(" {} ", canvas.signs().dot), text::bytes(tally.data_bytes));
            x = canvas.put_all((x, area.y), right, &[(&dot, muted), (&bytes, theme.style(Tone::Text))]);
        }
        for (sign, count, word, tone) in self.counts(canvas.signs()) {
            let (dot, counted) = (format!(" {} ", canvas.signs().dot), text::count(count));
            let whole = format!("{sign} {counted} {word}");
            let room = usize::from(right.saturating_sub(x));
            let short = format!("{sign} {counted}");
            let shown = if text::width(&whole) + 3 <= room { &whole } else { &short };
            if text::width(shown) + 3 <= room {
                x = canvas.put_all((x, area.y), right, &[(&dot, muted), (shown, theme.style(tone))]);
            }
        }
        if is_filtered {
            let filter = format!("/ {}", self.filter.value());
            canvas.put((x + 3, area.y), &filter, right.saturating_sub(x + 3), theme.style(Tone::Accent));
        }
    }

    /// What is not usual among the rows that are shown.
    fn counts(&self, signs: &Signs) -> impl Iterator<Item = (&'static str, u64, &'static str, Tone)> + use<> {
        let tally = self.rows.tally();
        let counts = [
            (signs.attention, tally.missing, "missing", Tone::Danger),
            (signs.working, tally.in_work, "in work", Tone::Warning),
            (signs.suspended, tally.suspended, "suspended", Tone::Warning),
        ];
        counts.into_iter().filter(|(_, count, ..)| *count > 0)
    }

    /// What is wrong with the filter; else, without a preview, what the state of the selected one means.
    fn draw_said(&self, area: Rect, has_preview: bool, canvas: &mut Canvas<'_>) {
        let at = (area.x + EDGE, area.y + 1);
        let columns = area.width.saturating_sub(2 * EDGE);
        let sizes = self.said_of_sizes();
        let meaning = self.selected().and_then(|organization| state::short(organization.status()));
        if let Load::Failed(message) = &self.reading
            && self.rows.shown() > 0
        {
            canvas.put(at, &self.freshness.told(message), columns, canvas.theme.style(Tone::Danger));
        } else if let Some(sizes) = sizes {
            canvas.put(at, &sizes, columns, canvas.theme.style(Tone::Muted));
        } else if let Some(meaning) = meaning.filter(|_| !has_preview) {
            canvas.put(at, meaning, columns, canvas.theme.style(Tone::Muted));
        }
    }

    /// Whether what the filter finds is not known yet.
    fn is_reading_for_filter(&self) -> bool {
        self.rows.filters_by_what_is_read() && self.rows.has_unread()
    }

    /// Where the order depends on them: how many sizes are read, or of when they are.
    fn said_of_sizes(&self) -> Option<String> {
        let (column, _) = self.rows.sorting();
        let (unread, shown) = (self.rows.tally().unread, self.rows.shown() as u64);
        if self.must_ask_for_filter() {
            return Some("Press Enter to read what the filter compares.".to_owned());
        }
        if self.is_reading_for_filter() {
            return Some("Reading what the filter compares".to_owned());
        }
        match self.sizes.read_at.filter(|_| column.is_read_by_row())? {
            _ if unread > 0 => {
                Some(format!("Reading sizes: {} of {}", text::count(shown - unread), text::count(shown)))
            }
            at => Some(format!("As of {}.", text::second(at))),
        }
    }

    /// The rows read so far, with a mark until the last page came.
    fn total(&self, ellipsis: &str) -> String {
        let total = text::count(self.rows.len() as u64);
        match self.reading {
            Load::Ready(_) => total,
            Load::Idle | Load::Loading(_) | Load::Failed(_) if self.rows.is_empty() => ellipsis.to_owned(),
            Load::Idle | Load::Loading(_) | Load::Failed(_) => format!("{total}{ellipsis}"),
        }
    }

    fn draw_nothing(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let theme = canvas.theme;
        let muted = theme.style(Tone::Muted);
        let (x, y) = (area.x + EDGE, area.y + 1);
        let columns = area.width.saturating_sub(2 * EDGE);
        if let Some(error) = &self.filter_error {
            for (y, line) in (y..area.bottom()).zip(text::wrap(error, usize::from(columns))) {
                canvas.put((x, y), &line, columns, theme.style(Tone::Danger));
            }
            return;
        }
        match &self.reading {
            _ if self.filters_the_trash() => {
                let said = "Deleted organizations are in the trash.";
                placeholder::draw(canvas, (x, y), columns, said, ("Enter", "goes there"));
            }
            Load::Failed(message) => placeholder::draw_failure(canvas, (x, y), columns, message),
            _ if self.is_reading_for_filter() => {}
            _ if !self.rows.is_empty() => {
                let text = format!("No organization matches  {}", self.filter.value());
                canvas.put((x, y), &text, columns, theme.style(Tone::Text));
                let reading = matches!(self.reading, Load::Loading(_));
                let hint =
                    if reading { "  clears the filter; more are being read" } else { "  clears the filter" };
                canvas.put_all((x, y + 2), area.right(), &[("Esc", theme.key()), (hint, muted)]);
            }
            Load::Loading(_) if shared.is_cut_off() => {}
            Load::Loading(_) => {
                canvas.put((x, y), "Reading organizations", columns, muted);
            }
            Load::Idle => {
                canvas.put((x, y), "Stopped before the first row came.", columns, theme.style(Tone::Text));
                canvas.put_all((x, y + 2), area.right(), &[("r", theme.key()), ("  reads them", muted)]);
            }
            Load::Ready(_) => {
                canvas.put((x, y), "No organization yet.", columns, theme.style(Tone::Text));
                let pieces = [("n", theme.key()), ("  creates the first one", muted)];
                canvas.put_all((x, y + 2), area.right(), &pieces);
            }
        }
    }
}

fn draw_row(
    canvas: &mut Canvas<'_>,
    y: u16,
    look: &Look<'_>,
    (row, known): (&Organization, Known),
    is_selected: bool,
) {
    let theme = canvas.theme;
    let (text, muted) = (theme.style(Tone::Text), theme.style(Tone::Muted));
    for Placed { column, x, width } in look.layout.columns.iter().copied() {
        let (at, right) = ((x + EDGE, y), x + EDGE + width);
        match column {
            Column::Name => {
                let style = if is_selected { theme.strong(Tone::Text) } else { text };
                draw_name(canvas, at, width, look.letters, row, style);
            }
            Column::Collection => {
                canvas.put_middle(at, row.collection_name(), width, muted);
            }
            Column::Admin => draw_email(canvas, at, width, &row.admin_email),
            Column::Created => {
                canvas.put(at, &text::date(row.created_at), width, muted);
            }
            Column::Changed => {
                canvas.put_right(right, y, &[(&text::age(look.shared.minute(), row.updated_at), muted)]);
            }
            Column::SignedIn => {
                let age = match known.facts.signed_in {
                    SignIn::Unread => canvas.signs().ellipsis.to_owned(),
                    SignIn::Never => "never".to_owned(),
                    SignIn::At(at) => text::age(look.shared.minute(), at),
                };
                canvas.put_right(right, y, &[(&age, muted)]);
            }
            Column::Documents | Column::Size => {
                draw_number(canvas, (right, y), look, column, known.facts.size);
            }
            Column::State if known.facts.is_missing(row) && row.status() == Status::Active => {
                let (sign, danger) = (canvas.signs().attention, theme.style(Tone::Danger));
                canvas.put(at, &format!("{sign} missing"), width, danger);
            }
            Column::State => draw_state(canvas, at, width, row.status()),
        }
    }
}

/// A number with its unit muted, a zero muted as a whole; beside a size its bar.
fn draw_number(
    canvas: &mut Canvas<'_>,
    (right, y): (u16, u16),
    look: &Look<'_>,
    column: Column,
    size: SizeFact,
) {
    let theme = canvas.theme;
    let (text, muted) = (theme.style(Tone::Text), theme.style(Tone::Muted));
    let size = match size {
        SizeFact::Is(size) => size,
        SizeFact::Unread => {
            canvas.put_right(right, y, &[(canvas.signs().ellipsis, muted)]);
            return;
        }
        SizeFact::Missing | SizeFact::Unknown => return,
    };
    if column == Column::Documents {
        let style = if size.documents == 0 { muted } else { text };
        canvas.put_right(right, y, &[(&text::count(size.documents), style)]);
        return;
    }
    let bytes = text::bytes(size.data_bytes);
    let (number, unit) = bytes.split_at(bytes.find(' ').unwrap_or(bytes.len()));
    let style = if size.data_bytes == 0 { muted } else { text };
    canvas.put_right(right, y, &[(number, style), (unit, muted)]);
    if look.layout.has_bars {
        let bar = bar(size.data_bytes, look.biggest, canvas.signs().bar);
        canvas.put((right + 1, y), &bar, BAR - 1, theme.style(Tone::Accent));
    }
}

/// A bar of six cells for the biggest, linear, in the steps of the last cell; nothing below half a step.
fn bar(value: u64, biggest: u64, steps: &[&str]) -> String {
    const CELLS: u128 = 6;
    let parts = steps.len() as u128;
    let whole = u128::from(biggest.max(1));
    let filled = (2 * u128::from(value) * CELLS * parts + whole) / (2 * whole);
    let (full, rest) =
        (usize::try_from(filled / parts).unwrap_or(0), usize::try_from(filled % parts).unwrap_or(0));
    let mut bar = steps.last().copied().unwrap_or_default().repeat(full);
    bar.push_str(rest.checked_sub(1).and_then(|rest| steps.get(rest)).copied().unwrap_or_default());
    bar
}

/// The heads; that of the column that is sorted by has the arrow.
fn draw_heads(area: Rect, placed: &[Placed], sorting: (Column, bool), canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let (sorted, is_reverse) = sorting;
    let arrow = if is_reverse { canvas.signs().descending } else { canvas.signs().ascending };
    for Placed { column, x, width } in placed.iter().copied() {
        let (mut head, mut style) = (columns::head(column).to_owned(), theme.style(Tone::Muted));
        if column == sorted {
            let word = if column == Column::State { "STATE" } else { &head };
            head = format!("{word} {arrow}");
            style = theme.style(Tone::Accent);
        }
        let at = x + area.x + EDGE;
        if column == Column::Changed || column.is_read_by_row() {
            canvas.put_right(at + width, area.y, &[(&head, style)]);
        } else {
            canvas.put((at, area.y), &head, width, style);
        }
    }
}

/// The name, with the letters underlined that the filter found.
fn draw_name(
    canvas: &mut Canvas<'_>,
    at: (u16, u16),
    width: u16,
    letters: &Letters,
    row: &Organization,
    style: Style,
) {
    canvas.put_middle(at, &row.name, width, style);
    if text::width(&row.name) <= usize::from(width) {
        canvas.underline(at, &row.name, &letters.found(&row.name));
    }
}

/// An email: its domain, which many rows share, steps back.
fn draw_email(canvas: &mut Canvas<'_>, at: (u16, u16), width: u16, email: &str) {
    let theme = canvas.theme;
    let (text, muted) = (theme.style(Tone::Text), theme.style(Tone::Muted).remove_modifier(Modifier::BOLD));
    match email.split_once('@') {
        Some((local, domain)) if text::width(email) <= usize::from(width) => {
            let domain = format!("@{domain}");
            canvas.put_all(at, at.0 + width, &[(local, text), (&domain, muted)]);
        }
        _ => {
            canvas.put_middle(at, email, width, text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::bar;

    const EIGHTHS: [&str; 8] = ["1", "2", "3", "4", "5", "6", "7", "8"];

    #[test]
    fn bar_is_linear_in_eighths_and_tells_who_is_big() {
        assert_eq!(bar(735, 735, &EIGHTHS), "888888");
        assert_eq!(bar(205, 735, &EIGHTHS), "85");
        assert_eq!(bar(7, 735, &EIGHTHS), "");
        assert_eq!(bar(8, 735, &EIGHTHS), "1");
        assert_eq!(bar(0, 0, &EIGHTHS), "");
        assert_eq!(bar(u64::MAX, u64::MAX, &EIGHTHS), "888888");
        assert_eq!(bar(1, 2, &["#"]), "###");
    }
}
