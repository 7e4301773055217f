//! What the card of a delete says.

use super::Deletion;
use crate::tui::cards::draw::{self, Row, What, row};
use crate::tui::effect::Load;
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;

impl Deletion {
    /// What goes, how much of it, and until when it can be restored.
    pub(super) fn told(&self, shared: &Shared, columns: usize, ellipsis: &str) -> Vec<Row> {
        let said =
            |gives_way, text: &str| row(gives_way, What::Pair("", String::new(), (text.into(), Tone::Muted)));
        let changed = text::ago(shared.now, self.shown.updated_at);
        let mut rows = vec![row(9, What::Free)];
        rows.extend(draw::name_of("name", &self.shown.name, columns));
        let (documents, holds) = self.holds(ellipsis);
        rows.extend([
            row(1, What::Pair("documents", documents, holds)),
            row(6, draw::pair("collection", self.shown.collection_name().to_owned())),
            row(4, draw::pair("admin", self.shown.admin_email.clone())),
            said(7, "its sessions end at once; name and email become free"),
            row(6, draw::pair("changed", changed)),
        ]);
        rows.extend(match shared.purge_at() {
            Some(until) => [
                row(2, draw::pair("restore", format!("until {} UTC", text::minute(until)))),
                said(7, "then the documents are removed for good"),
            ],
            None => [
                row(2, draw::pair("restore", "impossible".to_owned())),
                said(3, "the documents are removed for good now"),
            ],
        });
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
