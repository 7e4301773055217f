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
        let title = format!("Delete {}", self.shown.name);
        let environment = shared.config.environment.as_deref();
        draw::draw((&title, Tone::Danger), rows, Some(&self.typing.input), environment, area, canvas);
    }

    fn rows(&self, shared: &Shared, columns: usize, ellipsis: &str) -> Vec<Row> {
        let none = || (String::new(), Tone::Muted);
        let said =
            |gives_way, text: &str| row(gives_way, What::Pair("", String::new(), (text.into(), Tone::Muted)));
        let mut name = text::wrap(&self.shown.name, draw::value_columns(columns)).into_iter();
        let changed = text::ago(shared.now, self.shown.updated_at);
        let mut rows =
            vec![row(9, What::Free), row(0, What::Pair("name", name.next().unwrap_or_default(), none()))];
        rows.extend(name.map(|line| row(0, What::Pair("", line, none()))));
        let (documents, holds) = self.holds(ellipsis);
        rows.extend([
            row(1, What::Pair("documents", documents, holds)),
            row(6, What::Pair("collection", self.shown.collection_name().to_owned(), none())),
            row(4, What::Pair("admin", self.shown.admin_email.clone(), none())),
            said(7, "its sessions end at once; name and email become free"),
            row(6, What::Pair("changed", changed, none())),
        ]);
        rows.extend(match shared.purge_at() {
            Some(until) => [
                row(2, What::Pair("restore", format!("until {} UTC", text::minute(until)), none())),
                said(7, "then the documents are removed for good"),
            ],
            None => [
                row(2, What::Pair("restore", "impossible".to_owned(), none())),
                said(3, "the documents are removed for good now"),
            ],
        });
        let ask = format!("Type {} to delete it", self.shown.name);
        rows.push(row(8, What::Free));
        rows.extend(draw::paragraph(3, &ask, columns));
        rows.push(row(0, What::Field));
        let near = self.is_near().then(|| format!("Case matters: type exactly  {}", self.shown.name));
        rows.extend(draw::wrong(self.typing.message.as_ref(), near, columns));
        rows
    }

    /// How many documents, and how large they are, as far as it is known.
    fn holds(&self, ellipsis: &str) -> (String, (String, Tone)) {
        match &self.stats {
            Load::Ready(stats) => {
                (text::count(stats.size.documents), (text::bytes(stats.size.data_bytes), Tone::Muted))
            }
            Load::Idle | Load::Loading(_) => (ellipsis.to_owned(), (String::new(), Tone::Muted)),
            Load::Failed(message) => (String::new(), (message.text.clone(), Tone::Danger)),
        }
    }
}
