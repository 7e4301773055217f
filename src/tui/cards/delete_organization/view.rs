//! What the card of a delete says.

use super::DeleteOrganizationCard;
use crate::tui::cards::draw::{self, Row, What, row};
use crate::tui::effect::Load;
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::Canvas;
use ratatui::layout::Rect;

impl DeleteOrganizationCard {
    /// Draws it over what is there.
    pub(super) fn paint(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let rows = self.rows(shared, draw::columns(area), canvas.signs().ellipsis);
        draw::draw(("Delete organization", Tone::Danger), rows, Some(&self.typing.input), area, canvas);
    }

    fn rows(&self, shared: &Shared, columns: usize, ellipsis: &str) -> Vec<Row> {
        let made = format!("made {}", text::ago(shared.now, self.shown.created_at));
        let changed = text::ago(shared.now, self.shown.updated_at);
        let none = || (String::new(), Tone::Muted);
        let (what, undo) = match shared.purge_at() {
            Some(until) => {
                let until = text::minute(until);
                (
                    "This goes to the trash:",
                    format!("It can be restored until {until} UTC, then it is removed."),
                )
            }
            None => ("This is removed for good:", "There is no undo.".to_owned()),
        };
        let mut name = text::wrap(&self.shown.name, columns.saturating_sub(44).max(20)).into_iter();
        let mut rows = vec![
            row(5, What::Text(what.to_owned())),
            row(8, What::Free),
            row(0, What::Pair("Organization", name.next().unwrap_or_default(), (made, Tone::Muted))),
        ];
        rows.extend(name.map(|line| row(0, What::Pair("", line, none()))));
        let collection = self.shown.collection_name().to_owned();
        let sessions = ("its sessions end at once".to_owned(), Tone::Muted);
        rows.extend([
            row(1, What::Pair("Collection", collection, self.holds(ellipsis))),
            row(4, What::Pair("Admin", self.shown.admin_email.clone(), sessions)),
            row(8, What::Free),
            row(6, What::Text(format!("Last change {changed}."))),
        ]);
        rows.extend(draw::paragraph(2, &undo, columns));
        rows.extend([
            row(7, What::Free),
            row(3, What::Text("Type the name to delete it:".to_owned())),
            row(0, What::Field),
        ]);
        let near = self.is_near().then(|| format!("Case matters: type exactly  {}", self.shown.name));
        rows.extend(draw::wrong(self.typing.message.as_ref(), near, columns));
        rows
    }

    /// What the collection holds, as far as it is known.
    fn holds(&self, ellipsis: &str) -> (String, Tone) {
        match &self.stats {
            Load::Ready(stats) => {
                let documents = text::count(stats.documents);
                let size = text::bytes(stats.data_bytes);
                (format!("{documents} documents, {size}"), Tone::Text)
            }
            Load::Idle | Load::Loading(_) => (ellipsis.to_owned(), Tone::Muted),
            Load::Failed(message) => (message.text.clone(), Tone::Danger),
        }
    }
}
