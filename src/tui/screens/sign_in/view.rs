//! Draws the sign-in and the first operator as cards. With few rows the words go before the fields, and a message
//! is never hidden.

use super::{SignIn, Stage};
use crate::service::StoreKind;
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::{Canvas, EDGE, centred, inside_card};
use crate::tui::widgets::fields::Layout;
use ratatui::layout::Rect;

const WELCOME: &str =
    "Nobody can sign in yet. Make the first operator: the account that manages every organization.";

impl SignIn {
    /// Draws the card.
    pub(super) fn paint(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        if area.height > 18 {
            let of_place = shared.config.location.warnings.iter().map(|warning| &warning.message);
            draw_warnings(of_place.chain(&shared.store_warnings), area, canvas);
        }
        match self.stage {
            Stage::Connecting => self.draw_connecting(shared, area, canvas),
            Stage::SignIn => self.draw_sign_in(area, canvas),
            Stage::FirstOperator => self.draw_first_operator(shared, area, canvas),
        }
    }

    fn draw_connecting(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let theme = canvas.theme;
        let (x, y, columns) = (area.x + EDGE, area.y + 1, area.width.saturating_sub(2 * EDGE));
        match &self.message {
            Some(message) => {
                canvas.put((x, y), canvas.signs().attention, 1, theme.strong(Tone::Danger));
                let mut row = y;
                for line in text::wrap(&message.text, usize::from(columns.saturating_sub(2))) {
                    canvas.put((x + 2, row), &line, columns, theme.style(Tone::Danger));
                    row += 1;
                }
                let pieces = [("F5", theme.key()), ("  try again", theme.style(Tone::Muted))];
                canvas.put_all((x + 2, row + 1), area.right(), &pieces);
            }
            None if shared.is_cut_off() => {}
            None => {
                let place = format!("Connecting to {}", shared.config.location.host);
                canvas.put((x, y), &place, columns, theme.style(Tone::Muted));
            }
        }
    }

    fn draw_sign_in(&self, area: Rect, canvas: &mut Canvas<'_>) {
        let columns = 66.min(area.width.saturating_sub(2));
        let room = usize::from(inside_card(columns));
        let reason = self.reason.as_deref().map(|reason| text::wrap(reason, room));
        let reason = reason.unwrap_or_default();
        let message = self.message_lines(room.saturating_sub(2));
        let extra = rows(reason.len()) + u16::from(!reason.is_empty());
        let wanted = 9 + extra + rows(message.len().max(2));
        let inside = canvas.card(centred(area, columns, wanted), "Sign in", Tone::Text, None);
        let is_tight = inside.height < wanted - 2;
        let mut y = inside.y + u16::from(!is_tight);
        if !is_tight {
            for line in &reason {
                canvas.put((inside.x, y), line, inside.width, canvas.theme.style(Tone::Warning));
                y += 1;
            }
            y += u16::from(!reason.is_empty());
        }
        self.draw_fields(Rect { y, ..inside }, inside.bottom(), Layout::Above, &message, canvas);
    }

    fn draw_first_operator(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let theme = canvas.theme;
        let columns = 72.min(area.width.saturating_sub(2));
        let message = self.message_lines(usize::from(inside_card(columns).saturating_sub(2)));
        let place = &shared.config.location;
        let is_embedded = place.kind == StoreKind::Embedded;
        let welcome = text::wrap(WELCOME, usize::from(inside_card(columns)));
        let wanted = 13 + rows(welcome.len() + message.len()) + u16::from(is_embedded);
        let inside = canvas.card(centred(area, columns, wanted), "Welcome to tenantry", Tone::Text, None);
        let is_tight = inside.height < wanted - 2;
        let mut y = inside.y;
        if !is_tight {
            y += 1;
            for line in &welcome {
                canvas.put((inside.x, y), line, inside.width, theme.style(Tone::Text));
                y += 1;
            }
            y += 1;
        }
        let data = format!("{}, {}", place.kind.as_str(), place.full);
        canvas.put((inside.x, y), "Data", 6, theme.style(Tone::Muted));
        let columns = inside.width.saturating_sub(7);
        canvas.put_middle((inside.x + 7, y), &data, columns, theme.style(Tone::Text));
        y += 1;
        if is_embedded && !is_tight {
            let hint = "set MONGO_URI to use MongoDB instead";
            canvas.put((inside.x + 7, y), hint, columns, theme.style(Tone::Muted));
            y += 1;
        }
        y += u16::from(!is_tight);
        let layout = Layout::Beside(20.min(inside.width / 2), 0);
        self.draw_fields(Rect { y, ..inside }, inside.bottom(), layout, &message, canvas);
    }

    /// The fields, and below them what is wrong: its rows are taken from the fields, which scroll.
    fn draw_fields(
        &self,
        from: Rect,
        bottom: u16,
        layout: Layout,
        message: &[(String, Tone)],
        canvas: &mut Canvas<'_>,
    ) {
        let below = rows(message.len());
        let room = bottom.saturating_sub(from.y + below);
        let height = self.fields.height(layout).min(room);
        self.fields.draw(canvas, Rect { height, ..from }, layout);
        if !message.is_empty() {
            let sign = canvas.signs().wrong;
            canvas.put((from.x, from.y + height), sign, 1, canvas.theme.strong(Tone::Danger));
        }
        for (y, (line, tone)) in (from.y + height..bottom).zip(message) {
            let columns = from.width.saturating_sub(2);
            canvas.put((from.x + 2, y), line, columns, canvas.theme.style(*tone));
        }
    }

    fn message_lines(&self, columns: usize) -> Vec<(String, Tone)> {
        let Some(message) = &self.message else {
            return Vec::new();
        };
        let hint = message.hint.as_deref().map(|hint| text::wrap(hint, columns));
        let hint = hint.unwrap_or_default().into_iter().map(|line| (line, Tone::Muted));
        let text = text::wrap(&message.text, columns).into_iter().map(|line| (line, Tone::Danger));
        text.chain(hint).collect()
    }
}

fn rows(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

/// What whoever connects should know, at the foot of the screen.
fn draw_warnings<'a>(warnings: impl Iterator<Item = &'a String>, area: Rect, canvas: &mut Canvas<'_>) {
    let columns = area.width.saturating_sub(6);
    let lines: Vec<(String, bool)> = warnings
        .flat_map(|warning| text::wrap(warning, usize::from(columns)).into_iter().zip(1..))
        .map(|(line, number)| (line, number == 1))
        .collect();
    let first = area.bottom().saturating_sub(rows(lines.len())).max(area.y);
    let style = canvas.theme.style(Tone::Warning);
    for (y, (line, is_first)) in (first..area.bottom()).zip(&lines) {
        if *is_first {
            canvas.put((area.x + 2, y), canvas.signs().attention, 1, canvas.theme.strong(Tone::Warning));
        }
        canvas.put((area.x + 4, y), line, columns, style);
    }
}
