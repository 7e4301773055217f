//! Draws the card. With few rows the free ones go first, then words, never the name, the field or what is wrong.

use super::Confirm;
use crate::tui::model::{Load, Shared};
use crate::tui::text;
use crate::tui::theme::Role;
use crate::tui::widgets::canvas::{Canvas, centred};
use ratatui::layout::Rect;

/// A row of the card, and how soon it gives way: the highest first.
struct Row {
    gives_way: u8,
    what: What,
}

enum What {
    Free,
    Text(String),
    /// Label, value, what is said of it.
    Pair(&'static str, String, (String, Role)),
    Field,
    /// Whether it is the first line of what is wrong.
    Wrong(String, Role, bool),
}

fn row(gives_way: u8, what: What) -> Row {
    Row { gives_way, what }
}

impl Confirm {
    /// Draws it over what is there.
    pub fn draw(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let columns = 70.min(area.width.saturating_sub(2));
        let mut rows = self.rows(shared, usize::from(columns.saturating_sub(4)), canvas.signs().ellipsis);
        let room = usize::from(area.height.saturating_sub(2));
        while rows.len() > room {
            let Some(first) = (0..rows.len()).max_by_key(|at| rows.get(*at).map(|row| row.gives_way)) else {
                break;
            };
            rows.remove(first);
        }
        let height = u16::try_from(rows.len() + 2).unwrap_or(u16::MAX);
        let inside = canvas.card(centred(area, columns, height), "Delete organization", Role::Danger);
        for (y, row) in (inside.y..inside.bottom()).zip(&rows) {
            self.draw_row(row, Rect { y, height: 1, ..inside }, canvas);
        }
    }

    fn rows(&self, shared: &Shared, columns: usize, ellipsis: &str) -> Vec<Row> {
        let made = format!("made {}", text::ago(shared.now, self.shown.created_at));
        let changed = text::ago(shared.now, self.shown.updated_at);
        let none = || (String::new(), Role::Muted);
        let mut name = text::wrap(&self.shown.name, columns.saturating_sub(44).max(20)).into_iter();
        let mut rows = vec![
            row(5, What::Text("This removes for ever:".to_owned())),
            row(8, What::Free),
            row(0, What::Pair("Organization", name.next().unwrap_or_default(), (made, Role::Muted))),
        ];
        rows.extend(name.map(|line| row(0, What::Pair("", line, none()))));
        let collection = self.shown.collection_name().to_owned();
        let sessions = ("its sessions end at once".to_owned(), Role::Muted);
        rows.extend([
            row(1, What::Pair("Collection", collection, self.holds(ellipsis))),
            row(4, What::Pair("Admin", self.shown.admin_email.clone(), sessions)),
            row(8, What::Free),
            row(6, What::Text(format!("Last change {changed}. There is no undo."))),
            row(7, What::Free),
            row(3, What::Text("Type the name to delete it:".to_owned())),
            row(0, What::Field),
        ]);
        let wrong = self.wrong(columns.saturating_sub(2));
        if wrong.is_empty() {
            rows.push(row(7, What::Free));
        }
        for (at, (line, role)) in wrong.into_iter().enumerate() {
            rows.push(row(0, What::Wrong(line, role, at == 0)));
        }
        rows
    }

    /// What the collection holds, as far as it is known.
    fn holds(&self, ellipsis: &str) -> (String, Role) {
        match &self.figures {
            Load::Ready(figures) => {
                let documents = text::count(figures.documents);
                let size = text::bytes(figures.data_bytes);
                (format!("{documents} documents, {size}"), Role::Text)
            }
            Load::Idle | Load::Loading(_) => (ellipsis.to_owned(), Role::Muted),
            Load::Failed(message) => (message.text.clone(), Role::Danger),
        }
    }

    fn wrong(&self, columns: usize) -> Vec<(String, Role)> {
        if let Some(message) = &self.message {
            let hint = message.hint.as_deref().map(|hint| text::wrap(hint, columns));
            let hint = hint.unwrap_or_default().into_iter().map(|line| (line, Role::Muted));
            let text = text::wrap(&message.text, columns).into_iter().map(|line| (line, Role::Danger));
            return text.chain(hint).collect();
        }
        if self.is_near() {
            let text = format!("Case matters: type exactly  {}", self.shown.name);
            let lines = text::wrap(&text, columns).into_iter();
            return lines.map(|line| (line, Role::Danger)).collect();
        }
        Vec::new()
    }

    fn draw_row(&self, row: &Row, area: Rect, canvas: &mut Canvas<'_>) {
        let theme = canvas.theme;
        let at = (area.x, area.y);
        match &row.what {
            What::Free => {}
            What::Text(text) => {
                canvas.put(at, text, area.width, theme.style(Role::Text));
            }
            What::Pair(label, value, aside) => draw_pair(area, label, value, aside, canvas),
            What::Field => {
                canvas.put(at, canvas.signs().focus, 1, theme.style(Role::Accent));
                let columns = area.width.saturating_sub(2);
                let style = theme.style(Role::Text);
                self.typed.draw(canvas, (area.x + 2, area.y), columns, style, true);
            }
            What::Wrong(text, role, is_first) => {
                if *is_first {
                    canvas.put(at, canvas.signs().wrong, 1, theme.strong(Role::Danger));
                }
                let columns = area.width.saturating_sub(2);
                canvas.put((area.x + 2, area.y), text, columns, theme.style(*role));
            }
        }
    }
}

/// On a narrow card the label goes, then the value is cut; what is said of it stays.
fn draw_pair(area: Rect, label: &str, value: &str, aside: &(String, Role), canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let is_wide = area.width >= 56;
    let x = area.x + if is_wide { 16 } else { 2 };
    if is_wide {
        canvas.put((area.x + 2, area.y), label, 13, theme.style(Role::Muted));
    }
    // One column for what is said: that of the longest that is usual.
    let usual = 26.min(area.width / 2);
    let wide = u16::try_from(text::width(&aside.0)).unwrap_or(u16::MAX);
    let wide = if aside.0.is_empty() { 0 } else { wide.clamp(usual, area.width / 2) };
    let from = area.right().saturating_sub(wide);
    let role = if label == "Organization" { theme.strong(Role::Text) } else { theme.style(Role::Text) };
    let columns = from.saturating_sub(x + 2 * u16::from(wide > 0));
    canvas.put_middle((x, area.y), value, columns, role);
    canvas.put((from, area.y), &aside.0, wide, theme.style(aside.1));
}
