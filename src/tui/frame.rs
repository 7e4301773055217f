//! The frame: title, banner, layers, what is going on, hints. Reads the model and nothing else.

use super::app::{self, InView, LAST_MINUTES, Model, SMALLEST};
use super::keys::{Chord, Means, RouterKey};
use super::screens::sign_in::SignIn;
use super::shared::Shared;
use super::text;
use super::theme::{Environment, Tone};
use super::widgets::canvas::{Canvas, EDGE};
use crate::service::StoreKind;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Draws everything.
pub fn draw(model: &Model, frame: &mut Frame<'_>) {
    let area = frame.area();
    let mut canvas =
        Canvas { buffer: frame.buffer_mut(), theme: model.shared().config.theme, cursor: None, rows: None };
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        draw_too_small(area, &mut canvas);
        *model.in_view.borrow_mut() = InView::default();
        return;
    }
    let row = |y| Rect { y, height: 1, ..area };
    let base = canvas.theme.base();
    canvas.buffer.set_style(area, base);
    draw_title(model.shared(), row(area.y), &mut canvas);
    let environment = model.shared().config.environment.as_deref().map(Environment::of);
    let rule = canvas.theme.rule(environment);
    canvas.rule(area, area.y + 1, rule);
    let banner = u16::from(model.shared().is_cut_off());
    if banner > 0 {
        draw_banner(model.shared(), row(area.y + 2), &mut canvas);
    }
    let body = Rect { y: area.y + 2 + banner, height: area.height - 4 - banner, ..area };
    // A card leaves in view what lies below it.
    let first = model.layers.iter().rposition(|stacked| !stacked.layer.is_card()).unwrap_or(0);
    for stacked in model.layers.iter().skip(first) {
        (canvas.cursor, canvas.rows) = (None, None);
        if stacked.layer.is_card() {
            canvas.dim(body);
        }
        stacked.layer.draw(model.shared(), body, &mut canvas);
    }
    draw_status(model, row(area.bottom() - 2), &mut canvas);
    let hints = draw_hints(model, row(area.bottom() - 1), &mut canvas);
    *model.in_view.borrow_mut() = InView { rows: canvas.rows, hints };
    if let Some(position) = canvas.cursor {
        frame.set_cursor_position(position);
    }
}

fn draw_too_small(area: Rect, canvas: &mut Canvas<'_>) {
    let words = format!("tenantry needs {} x {}", SMALLEST.0, SMALLEST.1);
    let lines = text::wrap(&words, usize::from(area.width));
    for (y, line) in (area.y..area.bottom()).zip(&lines) {
        canvas.put((area.x, y), line, area.width, canvas.theme.style(Tone::Text));
    }
}

/// Product, environment, store; who and how long. With too little room the email goes first, then the kind of the
/// store, then the store is cut in its middle, never the environment and the time left.
fn draw_title(shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let muted = theme.style(Tone::Muted);
    let is_wide = area.width >= 100;
    let dot = format!(" {} ", canvas.signs().dot);
    let mut who: Vec<(String, Style)> = Vec::new();
    match &shared.session {
        Some(session) => {
            if is_wide {
                let email = text::fit_middle(&session.principal.email, 40, canvas.signs().ellipsis);
                who.push((email, theme.style(Tone::Text)));
                who.push(("  ".to_owned(), muted));
            }
            who.push((session.principal.role.to_string(), muted));
            who.push((dot, muted));
            who.push(match shared.time_left() {
                Some(left) if left <= LAST_MINUTES => (text::time_left(left), theme.strong(Tone::Warning)),
                Some(left) => (text::time_left(left), muted),
                None => ("session over".to_owned(), theme.strong(Tone::Warning)),
            });
        }
        None => who.push(("not signed in".to_owned(), muted)),
    }
    let pieces: Vec<(&str, Style)> = who.iter().map(|(text, style)| (text.as_str(), *style)).collect();
    let end = canvas.put_right(area.right().saturating_sub(EDGE), area.y, &pieces);
    let mut x = canvas.put((area.x + EDGE, area.y), "tenantry", 8, theme.strong(Tone::Text));
    if let Some(environment) = &shared.config.environment {
        x = canvas.badge((x + 2, area.y), environment, end.saturating_sub(x + 4).min(20));
    }
    let place = &shared.config.location;
    let is_embedded = place.kind == StoreKind::Embedded;
    if is_wide || is_embedded {
        x = canvas.put((x + 2, area.y), place.kind.as_str(), end.saturating_sub(x + 4), muted);
    }
    let store = if shared.config.shows_path && is_embedded { &place.full } else { &place.short };
    let from = shared.config.store_from.as_ref().map(|from| format!(" ({from})")).unwrap_or_default();
    canvas.put_middle((x + 2, area.y), &format!("{store}{from}"), end.saturating_sub(x + 4), muted);
}

/// No connection: what, when the next try is, and from when what is shown is.
fn draw_banner(shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
    let Some(outage) = &shared.calls.outage else { return };
    let theme = canvas.theme;
    let warning = theme.style(Tone::Warning);
    let host = text::fit_middle(&shared.config.location.host, 40, canvas.signs().ellipsis);
    let next = match outage.next_try {
        Some(_) => format!(" Trying again in {} s.", outage.seconds(shared.now)),
        None => " Trying again now.".to_owned(),
    };
    let what = format!("No answer from {host}.");
    let shown = format!("what is shown is from {}", text::clock(outage.since));
    let mut x = canvas.put((area.x + EDGE, area.y), canvas.signs().attention, 1, theme.strong(Tone::Warning));
    x = canvas.put((x + 1, area.y), &what, area.right().saturating_sub(x + 1), warning);
    let muted = theme.style(Tone::Muted);
    let mut parts: Vec<Vec<(&str, Style)>> =
        vec![vec![(next.as_str(), warning)], vec![("   F5", theme.key()), (" now", muted)]];
    if shared.session.is_some() {
        parts.push(vec![("   ", muted), (shown.as_str(), muted)]);
    }
    for part in parts {
        let columns: usize = part.iter().map(|(text, _)| text::width(text)).sum();
        if usize::from(area.right().saturating_sub(x)) < columns + 1 {
            return;
        }
        x = canvas.put_all((x, area.y), area.right(), &part);
    }
}

/// The lower rule carries what was just done, what is going on, and which row of how many is selected.
fn draw_status(model: &Model, area: Rect, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let muted = theme.style(Tone::Muted);
    canvas.rule(area, area.y, muted);
    let mut right = area.right().saturating_sub(EDGE);
    let screen = model.layers.iter().rev().find(|stacked| !stacked.layer.is_card());
    if let Some((place, count)) = screen.and_then(|stacked| stacked.layer.position()) {
        let words = format!(" {} of {} ", text::count(place as u64), text::count(count as u64));
        right = canvas.put_right(right, area.y, &[(&words, muted)]).saturating_sub(1);
    }
    if let Some(activity) = model.shared().calls.label(model.shared().now) {
        let shown = text::fit_end(&activity, usize::from(area.width / 2), canvas.signs().ellipsis);
        let words = format!(" {} {shown} ", canvas.signs().working);
        right = canvas.put_right(right, area.y, &[(&words, theme.style(Tone::Warning))]);
    }
    if let Some(age) = model.shared().age_told() {
        let shown = text::fit_end(&age, usize::from(area.width / 2), canvas.signs().ellipsis);
        right = canvas.put_right(right, area.y, &[(&format!(" {shown} "), theme.style(Tone::Warning))]);
    }
    if let Some(notice) = &model.shared().notice {
        let sign = match notice.tone {
            Tone::Good => canvas.signs().good,
            Tone::Danger => canvas.signs().wrong,
            Tone::Warning => canvas.signs().attention,
            Tone::Text | Tone::Muted | Tone::Accent => canvas.signs().dot,
        };
        let words = format!(" {sign} {} ", notice.text);
        let columns = right.saturating_sub(area.x + 3);
        canvas.put((area.x + 1, area.y), &words, columns, theme.style(notice.tone));
    }
}

/// From this rank on a hint says less than a reason does.
const SPARE: u8 = 7;

struct Hint {
    key: String,
    label: &'static str,
    refusal: Option<&'static str>,
    /// Whether the refusal is said, where there is room for that.
    says_why: bool,
    is_danger: bool,
    rank: u8,
    /// The key that a click presses.
    clicked: Option<Chord>,
}

/// The reason that is said at a place: of neighbours with the same one, the last says it.
fn reason(hints: &[Hint], at: usize) -> Option<&'static str> {
    let hint = hints.get(at)?;
    let next = hints.get(at + 1).filter(|next| next.says_why).and_then(|next| next.refusal);
    hint.refusal.filter(|reason| hint.says_why && next != Some(reason))
}

fn width(hints: &[Hint], at: usize) -> usize {
    let said = reason(hints, at).map_or(0, |reason| reason.len() + 3);
    hints.get(at).map_or(0, |hint| text::width(&hint.key) + 1 + hint.label.len() + said)
}

/// The hints of the layer on top, each with why it cannot work now.
fn hints_of(model: &Model) -> Vec<Hint> {
    let ascii = model.shared().config.theme.ascii;
    let is_last = model.layers.len() == 1;
    let is_card = model.top().is_some_and(|stacked| stacked.layer.is_card());
    let hint = |hint: app::Hint| {
        let binding = hint.binding;
        // Back from the last screen is out, by the key that says so.
        let is_out = is_last && binding.means == Means::Router(RouterKey::Back);
        let chord = if is_out { binding.chords.last()? } else { binding.chords.first()? };
        Some(Hint {
            key: chord.label(ascii),
            label: if is_out { "quit" } else { binding.label },
            refusal: hint.refusal,
            says_why: true,
            is_danger: binding.is_danger,
            rank: binding.rank?,
            clicked: (!is_card && !is_out && !binding.is_danger).then_some(*chord),
        })
    };
    let mut hints: Vec<Hint> = model.hints().into_iter().filter_map(hint).collect();
    if model.top().is_some_and(|stacked| stacked.layer.is::<SignIn>()) {
        for (key, label, rank) in [("F1", "help", 3), ("Ctrl-C", "quit", 2)] {
            hints.push(Hint {
                key: key.to_owned(),
                label,
                refusal: None,
                says_why: true,
                is_danger: false,
                rank,
                clicked: None,
            });
        }
    }
    hints
}

/// The keys that work here, now; what cannot work now is dimmed and says why, once for neighbours. With too little
/// room the spare hints go first, then the reasons, then the other hints, the highest ranks before the others.
///
/// Answers where the hints stand that can be clicked.
fn draw_hints(model: &Model, area: Rect, canvas: &mut Canvas<'_>) -> Vec<(Rect, Chord)> {
    let theme = canvas.theme;
    if let Some(label) = model.finishing() {
        let leaving = format!("Finishing: {label}. Press Ctrl-C again to leave it to recovery.");
        canvas.put(
            (area.x + EDGE, area.y),
            &leaving,
            area.width.saturating_sub(2 * EDGE),
            theme.style(Tone::Warning),
        );
        return Vec::new();
    }
    let mut hints = hints_of(model);
    let room = usize::from(area.width.saturating_sub(2 * EDGE));
    let gap = 3;
    while (0..hints.len()).map(|at| width(&hints, at) + gap).sum::<usize>() > room + gap {
        let last = highest(&hints, false);
        let is_spare = last.and_then(|at| hints.get(at)).is_some_and(|hint| hint.rank >= SPARE);
        if let Some(at) = last.filter(|_| is_spare) {
            hints.remove(at);
        } else if let Some(at) = highest(&hints, true) {
            // Its neighbours with the same reason do not say it in its place.
            let why = hints.get(at).and_then(|hint| hint.refusal);
            let before = hints.iter_mut().take(at + 1).rev();
            before.take_while(|hint| hint.refusal == why).for_each(|hint| hint.says_why = false);
        } else if let Some(at) = highest(&hints, false) {
            hints.remove(at);
        } else {
            break;
        }
    }
    let mut x = area.x + EDGE;
    let mut clicked = Vec::new();
    for (at, hint) in hints.iter().enumerate() {
        let start = x;
        let key = match () {
            () if hint.refusal.is_some() => theme.style(Tone::Muted),
            () if hint.is_danger => theme.strong(Tone::Danger),
            () => theme.key(),
        };
        let muted = theme.style(Tone::Muted);
        x = canvas.put_all((x, area.y), area.right(), &[(&hint.key, key), (" ", muted), (hint.label, muted)]);
        if let Some(reason) = reason(&hints, at) {
            x = canvas.put_all((x, area.y), area.right(), &[(" (", muted), (reason, muted), (")", muted)]);
        }
        clicked.extend(hint.clicked.map(|chord| (Rect { x: start, width: x - start, ..area }, chord)));
        x += 3;
    }
    clicked
}

/// The hint of the highest rank, among all or among those that say a reason.
fn highest(hints: &[Hint], with_reason: bool) -> Option<usize> {
    let all = hints.iter().enumerate();
    all.filter(|(at, _)| !with_reason || reason(hints, *at).is_some())
        .max_by_key(|(_, hint)| hint.rank)
        .map(|(at, _)| at)
}
