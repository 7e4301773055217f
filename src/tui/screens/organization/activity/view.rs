//! Draws the activity: its filter, the entries, and the selected one in full, beside them where there is room.

use super::filter::SYNTAX;
use super::{Activity, entry};
use crate::domain::{AuditAction, AuditEntry};
use crate::tui::effect::Load;
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::placeholder;
use crate::tui::widgets::table;
use ratatui::layout::Rect;

/// From here on the selected entry stands beside the list.
const WIDE: u16 = 110;
/// The columns that it takes there.
const BESIDE: u16 = 42;
/// The rows that it takes below the list.
const BELOW: u16 = 6;
/// The rows that it leaves to the list, the heads and the free one between.
const LEAST_LIST: u16 = 5;
const MARGIN: u16 = 4;
const GAP: u16 = 2;
const WHEN: u16 = 16;
const WHAT: u16 = 14;
/// What is left beyond it is worth more to what changed.
const WIDEST_WHO: u16 = 28;

/// Where each column begins and how wide it is.
struct Columns {
    who: Option<(u16, u16)>,
    what: u16,
    changes: Option<(u16, u16)>,
}

impl Columns {
    fn of(width: u16) -> Self {
        let after_when = MARGIN + WHEN + GAP;
        if width < 58 {
            return Self { who: None, what: after_when, changes: None };
        }
        let free = width.saturating_sub(after_when + GAP + WHAT + 1);
        let who = if width < 72 { free } else { (free.saturating_sub(GAP) * 56 / 100).min(WIDEST_WHO) };
        let what = after_when + who + GAP;
        let from = what + WHAT + GAP;
        let changes = (width >= 72).then(|| (from, width.saturating_sub(from + 1)));
        Self { who: Some((after_when, who)), what, changes }
    }
}

impl Activity {
    /// Draws it in what the title of the screen leaves.
    pub(in crate::tui::screens::organization) fn draw(
        &self,
        shared: &Shared,
        area: Rect,
        canvas: &mut Canvas<'_>,
    ) {
        self.draw_filter(Rect { height: 1, ..area }, canvas);
        let is_low = area.height < 12;
        let said = self.said(area.width.saturating_sub(MARGIN + 1));
        let columns = area.width.saturating_sub(MARGIN + 1);
        for (y, (line, tone)) in (area.y + 1..area.bottom()).zip(&said) {
            canvas.put((area.x + MARGIN, y), line, columns, canvas.theme.style(*tone));
        }
        let said = u16::try_from(said.len()).unwrap_or(0);
        let has_filter = self.is_filtering || self.is_filtered();
        let head = 1 + said.max(u16::from(has_filter && !is_low));
        let below = Rect { y: area.y + head, height: area.height.saturating_sub(head), ..area };
        if self.entries.is_empty() {
            let y = area.y + 1 + said;
            self.draw_nothing(shared, Rect { y, height: area.bottom().saturating_sub(y), ..area }, canvas);
            return;
        }
        if area.width >= WIDE {
            let list = Rect { width: area.width - BESIDE, ..below };
            self.draw_list(list, !is_low, canvas);
            let rule = canvas.signs().border.vertical_left;
            for y in below.y..below.bottom() {
                canvas.put((list.right(), y), rule, 1, canvas.theme.style(Tone::Muted));
            }
            let x = list.right() + 2;
            let detail = Rect { x, width: area.right().saturating_sub(x + 1), ..below };
            self.draw_selected(shared, detail, canvas);
            return;
        }
        let x = area.x + MARGIN;
        let width = area.width.saturating_sub(MARGIN + 1);
        let wanted = u16::try_from(self.lines_of_selected(shared, width, !is_low).len()).unwrap_or(u16::MAX);
        // More than usual only for very long names; some entries stay in view.
        let most = below.height.saturating_sub(LEAST_LIST).max(BELOW);
        let detail = if is_low { 2 } else { wanted.clamp(BELOW, most) };
        let list = Rect { height: below.height.saturating_sub(detail + u16::from(!is_low)), ..below };
        self.draw_list(list, !is_low, canvas);
        let y = below.bottom().saturating_sub(detail);
        self.draw_selected(shared, Rect { x, y, width, height: detail }, canvas);
    }

    /// The filter, as it is typed or holds.
    fn draw_filter(&self, area: Rect, canvas: &mut Canvas<'_>) {
        let theme = canvas.theme;
        let at = (area.x + 1, area.y);
        if self.is_filtering {
            let x = canvas.put(at, "/ ", 2, theme.key());
            let columns = area.right().saturating_sub(x + 1);
            self.typed.draw(canvas, (x, area.y), columns, theme.style(Tone::Text), true);
        } else if self.is_filtered() {
            let columns = area.width.saturating_sub(2);
            canvas.put(at, &format!("/ {}", self.applied), columns, theme.style(Tone::Accent));
        }
    }

    /// What is said below it: what may be typed or what is not understood; else why there are no more entries.
    fn said(&self, columns: u16) -> Vec<(String, Tone)> {
        let (said, tone) = match (&self.reading, &self.error) {
            (_, Some(error)) => (error.clone(), Tone::Danger),
            (_, None) if self.is_filtering => (SYNTAX.to_owned(), Tone::Muted),
            (Load::Failed(message), None) if !self.entries.is_empty() => {
                (format!("{} r reads it again.", message.text), Tone::Danger)
            }
            (Load::Idle | Load::Loading(_) | Load::Ready(()) | Load::Failed(_), None) => return Vec::new(),
        };
        text::wrap(&said, usize::from(columns)).into_iter().map(|line| (line, tone)).collect()
    }

    fn draw_nothing(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let at = (area.x + 3, area.y + 1);
        let columns = area.width.saturating_sub(4);
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

    fn draw_list(&self, area: Rect, has_heads: bool, canvas: &mut Canvas<'_>) {
        let columns = Columns::of(area.width);
        let muted = canvas.theme.style(Tone::Muted);
        if has_heads {
            canvas.put((area.x + MARGIN, area.y), "When (UTC)", WHEN, muted);
            if let Some((x, width)) = columns.who {
                canvas.put((area.x + x, area.y), "Who", width, muted);
            }
            canvas.put((area.x + columns.what, area.y), "What", WHAT, muted);
            if let Some((x, width)) = columns.changes {
                canvas.put((area.x + x, area.y), "Changes", width, muted);
            }
        }
        let head = u16::from(has_heads);
        let body = Rect { y: area.y + head, height: area.height.saturating_sub(head), ..area };
        table::draw(canvas, body, &self.window, self.entries.len(), |canvas, row, y, _| {
            if let Some(entry) = self.entries.get(row) {
                draw_row(canvas, (body.x, y), &columns, entry);
            }
        });
    }

    fn draw_selected(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let lines = self.lines_of_selected(shared, area.width, area.height > 2);
        let count = lines.len();
        for ((y, (line, tone)), at) in (area.y..area.bottom()).zip(lines).zip(1_usize..) {
            let is_cut = y + 1 == area.bottom() && at < count;
            let line = if is_cut { format!("{line} {}", canvas.signs().ellipsis) } else { line };
            canvas.put((area.x, y), &line, area.width, canvas.theme.style(tone));
        }
    }

    /// The selected entry: who and what, when and how long ago, and every change, wrapped; with few rows the changes
    /// alone.
    fn lines_of_selected(&self, shared: &Shared, columns: u16, with_head: bool) -> Vec<(String, Tone)> {
        let Some(selected) = self.selected() else {
            return Vec::new();
        };
        let columns = usize::from(columns);
        let mut lines = Vec::new();
        if with_head {
            let who = format!("{}  {}", selected.actor, entry::action(selected.action));
            lines.extend(text::wrap(&who, columns).into_iter().map(|line| (line, Tone::Text)));
            let ago = text::ago(shared.now, selected.at);
            lines.push((format!("{}   {ago}", text::moment(selected.at)), Tone::Muted));
        }
        for change in entry::changes(selected) {
            lines.extend(text::wrap(&change, columns).into_iter().map(|line| (line, Tone::Text)));
        }
        lines
    }
}

fn draw_row(canvas: &mut Canvas<'_>, at: (u16, u16), columns: &Columns, entry: &AuditEntry) {
    let theme = canvas.theme;
    let (x, y) = at;
    let (plain, muted) = (theme.style(Tone::Text), theme.style(Tone::Muted));
    canvas.put((x + MARGIN, y), &text::minute(entry.at), WHEN, muted);
    if let Some((who, width)) = columns.who {
        canvas.put_middle((x + who, y), &entry.actor, width, plain);
    }
    let tone = match entry.action {
        AuditAction::SignInFailed => Tone::Warning,
        AuditAction::OrganizationDelete | AuditAction::OrganizationPurge | AuditAction::OperatorRemove => {
            Tone::Danger
        }
        AuditAction::SignIn
        | AuditAction::SignOut
        | AuditAction::Init
        | AuditAction::OrganizationCreate
        | AuditAction::OrganizationUpdate
        | AuditAction::OrganizationRename
        | AuditAction::OrganizationSuspend
        | AuditAction::OrganizationResume
        | AuditAction::OrganizationRestore
        | AuditAction::OperatorAdd
        | AuditAction::OperatorPassword
        | AuditAction::OperatorUpdate
        | AuditAction::Recovered
        | AuditAction::Repair => Tone::Text,
    };
    canvas.put((x + columns.what, y), entry::action(entry.action), WHAT, theme.style(tone));
    if let Some((from, width)) = columns.changes {
        canvas.put((x + from, y), &entry::changes(entry).join(", "), width, plain);
    }
}
