//! The frame: title, banner, screen, overlays, hints. Reads the model and nothing else.

use super::keymap::{self, Context};
use super::model::{LAST_MINUTES, Model, SMALLEST, Shared};
use super::text;
use super::theme::Role;
use super::widgets::canvas::Canvas;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Draws everything.
pub fn draw(model: &Model, frame: &mut Frame<'_>) {
    let area = frame.area();
    let mut canvas = Canvas {
        buffer: frame.buffer_mut(),
        theme: model.shared.fixed.theme,
        cursor: None,
    };
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        draw_too_small(area, &mut canvas);
        return;
    }
    let row = |y| Rect { y, height: 1, ..area };
    draw_title(&model.shared, row(area.y), &mut canvas);
    canvas.rule(area, area.y + 1);
    let banner = u16::from(model.shared.is_cut_off());
    if banner > 0 {
        draw_banner(&model.shared, row(area.y + 2), &mut canvas);
    }
    let body = Rect {
        y: area.y + 2 + banner,
        height: area.height - 4 - banner,
        ..area
    };
    if let Some(screen) = model.screens.last() {
        screen.draw(&model.shared, body, &mut canvas);
    }
    for overlay in &model.overlays {
        canvas.cursor = None;
        overlay.draw(&model.shared, body, &mut canvas);
    }
    draw_status(model, row(area.bottom() - 2), &mut canvas);
    draw_hints(model, row(area.bottom() - 1), &mut canvas);
    if let Some(position) = canvas.cursor {
        frame.set_cursor_position(position);
    }
}

fn draw_too_small(area: Rect, canvas: &mut Canvas<'_>) {
    let words = format!("tenantry needs {} x {}", SMALLEST.0, SMALLEST.1);
    let lines = text::wrap(&words, usize::from(area.width));
    for (y, line) in (area.y..area.bottom()).zip(&lines) {
        canvas.put((area.x, y), line, area.width, canvas.theme.style(Role::Text));
    }
}

/// Product, store, environment; who and how long. The email goes first, then the store is cut in its middle, never
/// the time left.
fn draw_title(shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let muted = theme.style(Role::Muted);
    let right = area.right().saturating_sub(1);
    let dot = format!(" {} ", canvas.signs().dot);
    let mut who: Vec<(String, Style)> = Vec::new();
    match &shared.session {
        Some(session) => {
            if area.width >= 100 {
                let email = text::fit_middle(&session.principal.email, 40, canvas.signs().ellipsis);
                who.push((email, theme.style(Role::Text)));
                who.push((dot.clone(), muted));
            }
            who.push((session.principal.role.to_string(), muted));
            who.push((dot, muted));
            who.push(match shared.time_left() {
                Some(left) if left <= LAST_MINUTES => (text::time_left(left), theme.strong(Role::Warning)),
                Some(left) => (text::time_left(left), muted),
                None => ("session over".to_owned(), theme.strong(Role::Warning)),
            });
        }
        None => who.push(("not signed in".to_owned(), muted)),
    }
    let pieces: Vec<(&str, Style)> = who.iter().map(|(text, style)| (text.as_str(), *style)).collect();
    let end = canvas.put_right(right, area.y, &pieces);
    let product = canvas.put((area.x + 1, area.y), "tenantry", 8, theme.strong(Role::Accent));
    let place = &shared.fixed.place;
    let environment = shared.fixed.environment.as_deref().unwrap_or_default();
    let reserved = if environment.is_empty() {
        0
    } else {
        text::width(environment) + 2
    };
    let room = usize::from(end.saturating_sub(product + 4)).saturating_sub(reserved);
    let from = shared.fixed.store_from.as_deref().unwrap_or_default();
    let store = format!("{}: {}", place.kind.as_str(), place.short);
    let store = if from.is_empty() {
        store
    } else {
        format!("{store} ({from})")
    };
    let store = text::fit_middle(&store, room, canvas.signs().ellipsis);
    let columns = u16::try_from(room).unwrap_or(u16::MAX);
    let x = canvas.put((product + 2, area.y), &store, columns, theme.style(Role::Text));
    if !environment.is_empty() {
        let columns = end.saturating_sub(x + 2);
        canvas.put((x + 2, area.y), environment, columns, theme.strong(Role::Warning));
    }
}

/// No connection: what, when the next try is, and from when what is shown is.
fn draw_banner(shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
    let Some(outage) = &shared.outage else { return };
    let theme = canvas.theme;
    let warning = theme.style(Role::Warning);
    let host = text::fit_middle(&shared.fixed.place.host, 40, canvas.signs().ellipsis);
    let next = match outage.next_try {
        Some(_) => format!(" Trying again in {} s.", outage.seconds(shared.now)),
        None => " Trying again now.".to_owned(),
    };
    let what = format!("No answer from {host}.");
    let shown = format!("what is shown is from {}", text::clock(outage.since));
    let mut x = canvas.put(
        (area.x + 1, area.y),
        canvas.signs().attention,
        1,
        theme.strong(Role::Warning),
    );
    x = canvas.put(
        (x + 1, area.y),
        &what,
        area.right().saturating_sub(x + 1),
        warning,
    );
    let muted = theme.style(Role::Muted);
    let mut parts: Vec<Vec<(&str, Style)>> = vec![
        vec![(next.as_str(), warning)],
        vec![("   F5", theme.key()), (" now", muted)],
    ];
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

/// The lower rule carries what was just done, and what is going on.
fn draw_status(model: &Model, area: Rect, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    canvas.rule(area, area.y);
    let mut right = area.right().saturating_sub(2);
    if let Some(activity) = model.shared.activity() {
        let shown = text::fit_end(&activity, usize::from(area.width / 2), canvas.signs().ellipsis);
        let words = format!(" {} {shown} ", canvas.signs().working);
        right = canvas.put_right(right, area.y, &[(&words, theme.style(Role::Warning))]);
    }
    if let Some(notice) = &model.shared.notice {
        let sign = match notice.role {
            Role::Good => canvas.signs().good,
            Role::Danger => canvas.signs().wrong,
            Role::Warning => canvas.signs().attention,
            Role::Text | Role::Muted | Role::Accent => canvas.signs().dot,
        };
        let words = format!(" {sign} {} ", notice.text);
        let columns = right.saturating_sub(area.x + 3);
        canvas.put((area.x + 1, area.y), &words, columns, theme.style(notice.role));
    }
}

struct Hint {
    key: String,
    label: String,
    is_refused: bool,
    is_danger: bool,
    rank: u8,
}

impl Hint {
    fn width(&self) -> usize {
        text::width(&self.key) + 1 + text::width(&self.label)
    }
}

fn hints_of(model: &Model) -> Vec<Hint> {
    let context = model.context();
    let mut hints: Vec<Hint> = keymap::of(context)
        .filter_map(|binding| {
            let refusal = model.refusal(binding.command);
            let label = match (refusal, label_of(model, context, binding.label)) {
                (Some(reason), label) => format!("{label} ({reason})"),
                (None, label) => label.to_owned(),
            };
            Some(Hint {
                key: binding.chords.first()?.label(model.shared.fixed.theme.ascii),
                label,
                is_refused: refusal.is_some(),
                is_danger: binding.is_danger,
                rank: binding.rank?,
            })
        })
        .collect();
    if matches!(
        context,
        Context::SignIn | Context::FirstOperator | Context::Connecting
    ) {
        for (key, label, rank) in [("F1", "help", 3), ("Ctrl-C", "quit", 2)] {
            hints.push(Hint {
                key: key.to_owned(),
                label: label.to_owned(),
                is_refused: false,
                is_danger: false,
                rank,
            });
        }
    }
    hints
}

/// The keys that work here, now; what cannot work now says why. The highest ranks fall away first.
fn draw_hints(model: &Model, area: Rect, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    if let Some(leaving) = finishing(model) {
        canvas.put(
            (area.x + 1, area.y),
            &leaving,
            area.width - 2,
            theme.style(Role::Warning),
        );
        return;
    }
    let mut hints = hints_of(model);
    let room = usize::from(area.width.saturating_sub(2));
    while hints.iter().map(|hint| hint.width() + 2).sum::<usize>() > room + 2 {
        let Some(highest) = (0..hints.len()).max_by_key(|at| hints.get(*at).map(|hint| hint.rank)) else {
            break;
        };
        hints.remove(highest);
    }
    let mut x = area.x + 1;
    for hint in &hints {
        let key = match () {
            () if hint.is_refused => theme.style(Role::Muted),
            () if hint.is_danger => theme.strong(Role::Danger),
            () => theme.key(),
        };
        let pieces = [
            (hint.key.as_str(), key),
            (" ", Style::new()),
            (&hint.label, theme.style(Role::Muted)),
        ];
        x = canvas.put_all((x, area.y), area.right(), &pieces) + 2;
    }
}

/// `q` on the last screen quits, whatever it is called elsewhere.
fn label_of(model: &Model, context: Context, label: &'static str) -> &'static str {
    if context == Context::Organization && label == "back" && model.screens.len() == 1 {
        "quit"
    } else {
        label
    }
}

fn finishing(model: &Model) -> Option<String> {
    model.leaving.as_ref()?;
    let activity = model.shared.writes().next()?.request.activity()?;
    Some(format!(
        "finishing: {activity}; Ctrl-C again leaves it to recovery"
    ))
}
