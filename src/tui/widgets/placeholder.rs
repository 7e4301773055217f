//! What stands in place of rows: what is going on or went wrong, and the key that helps.

use crate::tui::effect::Message;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::Canvas;

/// A sentence, and below it a key with what it does.
pub fn draw(canvas: &mut Canvas<'_>, at: (u16, u16), columns: u16, said: &str, key: (&str, &str)) {
    let theme = canvas.theme;
    let (x, mut y) = at;
    for line in text::wrap(said, usize::from(columns)) {
        canvas.put((x, y), &line, columns, theme.style(Tone::Text));
        y += 1;
    }
    let does = format!("  {}", key.1);
    canvas.put_all((x, y + 1), x + columns, &[(key.0, theme.key()), (&does, theme.style(Tone::Muted))]);
}

/// What was refused, what to do about it, and the key that tries again.
pub fn draw_failure(canvas: &mut Canvas<'_>, at: (u16, u16), columns: u16, message: &Message) {
    let theme = canvas.theme;
    let (x, mut y) = at;
    canvas.put((x, y), canvas.signs().attention, 1, theme.strong(Tone::Danger));
    for line in text::wrap(&message.text, usize::from(columns.saturating_sub(2))) {
        canvas.put((x + 2, y), &line, columns, theme.style(Tone::Danger));
        y += 1;
    }
    if let Some(hint) = &message.hint {
        canvas.put((x + 2, y), hint, columns.saturating_sub(2), theme.style(Tone::Muted));
        y += 1;
    }
    let pieces = [("r", theme.key()), ("  tries again", theme.style(Tone::Muted))];
    canvas.put_all((x + 2, y + 1), x + columns, &pieces);
}
