//! A bar that fills as something goes on, with its percentage.

use super::canvas::Canvas;
use crate::tui::theme::Tone;

/// The columns of the percentage with the space before it.
const PERCENT: u16 = 6;
/// The widest bar: longer ones say no more.
const WIDEST: u16 = 60;

/// Draws how much of a whole is done, from a cell on; of a whole that nobody knows yet an empty bar.
pub fn draw(canvas: &mut Canvas<'_>, (x, y): (u16, u16), columns: u16, done: u64, of: u64) {
    let signs = canvas.signs();
    let width = columns.saturating_sub(PERCENT).min(WIDEST);
    let filled = bar(done, of, width, signs.bar);
    let (accent, muted) = (canvas.theme.style(Tone::Accent), canvas.theme.style(Tone::Muted));
    // The whole line first: what stands after a sign of ambiguous width has a column of its own.
    canvas.put((x, y), &signs.rule.repeat(usize::from(width)), width, muted);
    canvas.put((x, y), &filled, width, accent);
    if let Some(percent) = percent(done, of) {
        let right = x + width + PERCENT;
        canvas.put_right(right, y, &[(&format!("{percent} %"), canvas.theme.style(Tone::Text))]);
    }
}

/// How much is done in whole percent; 100 only when all of it is.
pub fn percent(done: u64, of: u64) -> Option<u128> {
    (u128::from(done.min(of)) * 100).checked_div(of.into())
}

/// The filled part, in the steps of its last cell.
fn bar(done: u64, of: u64, columns: u16, steps: &[&str]) -> String {
    let whole = usize::from(columns) * steps.len();
    let filled = (u128::from(done.min(of)) * whole as u128).checked_div(of.into()).unwrap_or(0);
    let filled = usize::try_from(filled).unwrap_or(whole);
    let mut bar = steps.last().copied().unwrap_or_default().repeat(filled / steps.len().max(1));
    let rest = filled % steps.len().max(1);
    bar.push_str(rest.checked_sub(1).and_then(|rest| steps.get(rest)).copied().unwrap_or_default());
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gauge_is_full_only_when_all_is_done() {
        let eighths = ["1", "2", "3", "4", "5", "6", "7", "8"];
        assert_eq!(bar(0, 10, 4, &eighths), "");
        assert_eq!(bar(5, 10, 4, &eighths), "88");
        assert_eq!(bar(999, 1_000, 4, &eighths), "8887");
        assert_eq!(bar(12, 10, 4, &eighths), "8888");
        assert_eq!(bar(1, 0, 4, &eighths), "");
        assert_eq!(bar(1, 2, 4, &["#"]), "##");
        assert_eq!((percent(999, 1_000), percent(7, 7), percent(0, 0)), (Some(99), Some(100), None));
        assert_eq!(percent(u64::MAX, u64::MAX), Some(100));
    }
}
