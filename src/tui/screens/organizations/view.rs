//! Draws the list. Only the rows in view are formatted.

use super::Organizations;
use super::rows::Letters;
use crate::domain::Organization;
use crate::tui::effect::Load;
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::state::draw_state;
use crate::tui::widgets::table;
use crate::tui::widgets::{placeholder, state};
use ratatui::layout::Rect;

/// Where each column begins and how wide it is.
struct Columns {
    name: (u16, u16),
    collection: Option<(u16, u16)>,
    state: (u16, u16),
    admin: Option<(u16, u16)>,
    created: Option<(u16, u16)>,
}

const MARGIN: u16 = 4;
const GAP: u16 = 2;
const STATE: u16 = 10;
const DATE: u16 = 10;

impl Columns {
    fn of(width: u16) -> Self {
        let state = GAP + 2 + STATE;
        let created = GAP + DATE;
        let (has_collection, has_rest) = (width >= 100, width >= 64);
        let mut fixed = MARGIN + state + 1;
        if has_rest {
            fixed += created + GAP;
        }
        if has_collection {
            fixed += GAP;
        }
        let free = width.saturating_sub(fixed);
        let name_share = match (has_collection, has_rest) {
            (true, _) => free * 32 / 100,
            (false, true) => free * 46 / 100,
            (false, false) => free,
        };
        let collection_share = if has_collection { free * 36 / 100 } else { 0 };
        let admin_share = free - name_share - collection_share;
        let mut x = MARGIN + name_share;
        let collection = has_collection.then(|| {
            let at = (x + GAP, collection_share);
            x += GAP + collection_share;
            at
        });
        // The sign of a state stands before its word, in columns of its own.
        let state = (x + GAP + 2, STATE);
        x += GAP + 2 + STATE;
        let admin = has_rest.then_some((x + GAP, admin_share));
        Self {
            name: (MARGIN, name_share),
            collection,
            state,
            admin,
            created: has_rest.then_some((x + GAP + admin_share + GAP, DATE)),
        }
    }
}

impl Organizations {
    /// Draws title, heads and rows, or why there are none.
    pub(super) fn paint(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        self.draw_title(area, canvas);
        let below = Rect { y: area.y + 2, height: area.height.saturating_sub(2), ..area };
        if self.rows.shown() == 0 {
            self.draw_nothing(shared, below, canvas);
            return;
        }
        let columns = Columns::of(area.width);
        Self::draw_heads(below, &columns, canvas);
        let body = Rect { y: below.y + 1, height: below.height.saturating_sub(1), ..below };
        let letters = self.rows.letters();
        table::draw(canvas, body, &self.window, self.rows.shown(), |canvas, row, y, _| {
            if let Some(organization) = self.rows.get(row) {
                draw_row(canvas, y, &columns, &letters, organization);
            }
        });
    }

    fn draw_title(&self, area: Rect, canvas: &mut Canvas<'_>) {
        let theme = canvas.theme;
        let (muted, right) = (theme.style(Tone::Muted), area.right().saturating_sub(1));
        let total = self.total(canvas.signs().ellipsis);
        let is_filtered = !self.filter.is_empty();
        let found = format!("{} of {total}", text::count(self.rows.shown() as u64));
        if self.is_filtering {
            let at = canvas.put((area.x + 1, area.y), "/ ", 2, theme.key());
            let x = canvas.put_right(right, area.y, &[(&found, muted)]);
            let columns = x.saturating_sub(at + 2);
            self.filter.draw(canvas, (at, area.y), columns, theme.style(Tone::Text), true);
        } else {
            let mut x = canvas.put((area.x + 1, area.y), "Organizations", 20, theme.strong(Tone::Text));
            let shown = if is_filtered { &found } else { &total };
            x = canvas.put((x + 2, area.y), shown, 24, muted);
            let (column, is_reverse) = self.rows.sorting();
            let signs = canvas.signs();
            let arrow = if is_reverse { signs.descending } else { signs.ascending };
            let sorted = format!("sorted by {} {arrow}", column.word());
            let end = if self.rows.is_empty() {
                right
            } else {
                canvas.put_right(right, area.y, &[(&sorted, muted)])
            };
            if is_filtered {
                let room = end.saturating_sub(x + 3);
                let filter = format!("/ {}", self.filter.value());
                canvas.put((x + 3, area.y), &filter, room, theme.style(Tone::Accent));
            }
        }
        let meaning = self.selected().and_then(|organization| state::short(organization.status()));
        if let Some(error) = self.filter_error.as_ref().filter(|_| self.rows.shown() > 0) {
            let columns = area.width.saturating_sub(4);
            canvas.put((area.x + 3, area.y + 1), error, columns, theme.style(Tone::Danger));
        } else if let Some(meaning) = meaning {
            let columns = area.width.saturating_sub(MARGIN + 1);
            canvas.put((area.x + MARGIN, area.y + 1), meaning, columns, muted);
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

    fn draw_heads(area: Rect, columns: &Columns, canvas: &mut Canvas<'_>) {
        let style = canvas.theme.style(Tone::Muted);
        let heads = [
            ("Name", Some(columns.name)),
            ("Collection", columns.collection),
            ("State", Some(columns.state)),
            ("Admin", columns.admin),
            ("Created", columns.created),
        ];
        for (head, place) in heads {
            if let Some((x, width)) = place {
                canvas.put((area.x + x, area.y), head, width, style);
            }
        }
    }

    fn draw_nothing(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let theme = canvas.theme;
        let muted = theme.style(Tone::Muted);
        let (x, y) = (area.x + 3, area.y + 1);
        let columns = area.width.saturating_sub(4);
        if let Some(error) = &self.filter_error {
            for (y, line) in (y..area.bottom()).zip(text::wrap(error, usize::from(columns))) {
                canvas.put((x, y), &line, columns, theme.style(Tone::Danger));
            }
            return;
        }
        match &self.reading {
            Load::Failed(message) => placeholder::draw_failure(canvas, (x, y), columns, message),
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
                let pieces = [("n", theme.key()), ("  makes the first one", muted)];
                canvas.put_all((x, y + 2), area.right(), &pieces);
            }
        }
    }
}

fn draw_row(
    canvas: &mut Canvas<'_>,
    y: u16,
    columns: &Columns,
    letters: &Letters,
    organization: &Organization,
) {
    let theme = canvas.theme;
    let text = theme.style(Tone::Text);
    draw_name(canvas, y, columns, letters, organization);
    if let Some((x, width)) = columns.collection {
        canvas.put_middle((x, y), organization.collection_name(), width, text);
    }
    draw_state(canvas, (columns.state.0, y), organization.status());
    if let Some((x, width)) = columns.admin {
        canvas.put_middle((x, y), &organization.admin_email, width, text);
    }
    if let Some((x, width)) = columns.created {
        canvas.put((x, y), &text::date(organization.created_at), width, theme.style(Tone::Muted));
    }
}

/// The name, with the letters underlined that the filter found.
fn draw_name(
    canvas: &mut Canvas<'_>,
    y: u16,
    columns: &Columns,
    letters: &Letters,
    organization: &Organization,
) {
    let theme = canvas.theme;
    let (x, width) = columns.name;
    canvas.put_middle((x, y), &organization.name, width, theme.style(Tone::Text));
    if text::width(&organization.name) > usize::from(width) {
        return;
    }
    canvas.underline((x, y), &organization.name, &letters.found(&organization.name));
}
