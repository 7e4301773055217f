//! What is known of an organization, in groups. The preview beside the list shows a few of them, the overview all.

use crate::domain::{AuditEntry, CollectionStats, IndexStats, Organization, SignIn};
use crate::tui::cards::audit_entry::words;
use crate::tui::effect::{Load, Message};
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::{Signs, Tone};
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::facts::{Fact, Line, group};
use crate::tui::widgets::state;
use jiff::Timestamp;
use ratatui::layout::Rect;

/// What a collection holds, as far as it is read.
pub type Stats = Load<CollectionStats>;

/// What is wrong or unusual, with what can be done: it stands on top.
pub fn state(organization: &Organization, shared: &Shared, columns: usize) -> Vec<Line> {
    let Some(meaning) = state::meaning(organization, shared.is_operator()) else {
        return Vec::new();
    };
    let sign = state::sign(organization.status(), shared.config.theme.signs());
    said(&meaning, Tone::Warning, sign, columns)
}

fn said(text: &str, tone: Tone, sign: &'static str, columns: usize) -> Vec<Line> {
    let lines = text::wrap(text, columns.saturating_sub(2)).into_iter().zip(0..);
    lines.map(|(line, at)| Line::Said(line, tone, if at == 0 { sign } else { "" })).collect()
}

/// Name, id, collection, state and times.
pub fn identity(organization: &Organization, now: Timestamp) -> Vec<Line> {
    let status = organization.status();
    group(
        "Identity",
        vec![
            Fact::new("name", &organization.name),
            Fact::new("id", organization.id.to_string()),
            Fact::new("collection", organization.collection_name()),
            Fact::new("state", status.as_str()).toned(state::tone(status)),
            Fact::new("created", text::minute(organization.created_at))
                .aside(text::ago(now, organization.created_at)),
            Fact::new("changed", text::minute(organization.updated_at))
                .aside(text::ago(now, organization.updated_at)),
        ],
    )
}

/// When the admin signed in last, and how often that failed since.
#[derive(Debug, Clone, Copy)]
pub struct SignIns {
    /// The last one.
    pub last: SignIn,
    /// Tries since then that failed.
    pub failed: usize,
}

/// Who administers it and when it signed in, each in a line of its own, or all in one where lines are scarce.
pub fn admin(
    organization: &Organization,
    sign_ins: SignIns,
    is_in_one_line: bool,
    now: Timestamp,
    signs: &'static Signs,
) -> Vec<Line> {
    let SignIns { last, failed } = sign_ins;
    let email = Fact::new("email", &organization.admin_email);
    if is_in_one_line {
        let tries = if failed > 0 { format!(", {failed} failed since") } else { String::new() };
        let words = match last {
            SignIn::Unread => String::new(),
            SignIn::Never => format!("never signed in{tries}"),
            SignIn::At(at) => format!("signed in {}{tries}", text::ago(now, at)),
        };
        return group("Admin", vec![email.aside(words)]);
    }
    let unread = || Fact::new("signed in", signs.ellipsis).toned(Tone::Muted);
    let mut facts = vec![email, last_sign_in(last, now).unwrap_or_else(unread)];
    if failed > 0 {
        let count = text::count(failed as u64);
        facts.push(Fact::new("failed tries", count).toned(Tone::Warning).aside("since then"));
    }
    group("Admin", facts)
}

/// The last sign-in of its admin, if that was read.
fn last_sign_in(signed_in: SignIn, now: Timestamp) -> Option<Fact> {
    Some(match signed_in {
        SignIn::Unread => return None,
        SignIn::Never => Fact::new("signed in", "never").toned(Tone::Muted),
        SignIn::At(at) => Fact::new("signed in", text::ago(now, at)).aside(text::minute(at)),
    })
}

/// The same in few lines, for the preview.
pub fn brief(organization: &Organization, signed_in: SignIn, now: Timestamp) -> Vec<Line> {
    let mut facts = vec![Fact::new("admin", &organization.admin_email)];
    facts.extend(last_sign_in(signed_in, now));
    facts.extend([
        Fact::new("id", organization.id.to_string()).toned(Tone::Muted),
        Fact::new("collection", organization.collection_name()),
        Fact::new("created", text::date(organization.created_at))
            .aside(text::ago(now, organization.created_at)),
        Fact::new("changed", text::date(organization.updated_at))
            .aside(text::ago(now, organization.updated_at)),
    ]);
    group("", facts)
}

/// What its collection holds; what the store does not know has no line.
pub fn data(stats: &Stats, is_in_work: bool, columns: usize, signs: &'static Signs) -> Vec<Line> {
    let stats = match stats {
        Load::Ready(stats) => stats,
        Load::Idle | Load::Loading(_) => {
            let unknown = |label| Fact::new(label, signs.ellipsis).toned(Tone::Muted);
            return group("Data", vec![unknown("documents"), unknown("size")]);
        }
        Load::Failed(message) => return failed(message, is_in_work, columns, signs),
    };
    let number = |value: String, count: u64| {
        let tone = if count == 0 { Tone::Muted } else { Tone::Text };
        (value, tone)
    };
    let (documents, tone) = number(text::count(stats.size.documents), stats.size.documents);
    let mut facts = vec![Fact::new("documents", documents).toned(tone)];
    let (size, tone) = number(text::bytes(stats.size.data_bytes), stats.size.data_bytes);
    let size = Fact::new("size", size).toned(tone);
    facts.push(match stats.size.data_bytes.checked_div(stats.size.documents) {
        Some(each) => size.aside(format!("average {}", text::bytes(each))),
        None => size,
    });
    facts.extend(stats.disk_bytes.map(|bytes| Fact::new("on disk", text::bytes(bytes))));
    if !stats.indexes.is_empty() {
        let count = Fact::new("indexes", text::count(stats.indexes.len() as u64));
        facts.push(count.aside(stats.index_bytes().map(text::bytes).unwrap_or_default()));
    }
    group("Data", facts)
}

/// Its indexes by name and size.
pub fn indexes(stats: &Stats) -> Vec<Line> {
    let Load::Ready(stats) = stats else { return Vec::new() };
    let fact = |index: &IndexStats| Fact::new(&index.name, index.bytes.map(text::bytes).unwrap_or_default());
    group("Indexes", stats.indexes.iter().map(fact).collect())
}

/// Why there are no stats.
fn failed(message: &Message, is_in_work: bool, columns: usize, signs: &'static Signs) -> Vec<Line> {
    let (tone, sign) = if is_in_work { (Tone::Muted, "") } else { (Tone::Danger, signs.attention) };
    let mut lines = vec![Line::Head("Data")];
    lines.extend(said(&message.text, tone, sign, columns));
    lines.extend(message.hint.iter().flat_map(|hint| said(hint, Tone::Muted, "", columns)));
    lines
}

/// What was done with it last, a line each: how long ago, who, what.
pub fn draw_recent(canvas: &mut Canvas<'_>, area: Rect, entries: &[AuditEntry], now: Timestamp) {
    const AGE: u16 = 6;
    let theme = canvas.theme;
    let (muted, right) = (theme.style(Tone::Muted), area.right());
    let shown = entries.get(..usize::from(area.height).min(entries.len())).unwrap_or_default();
    let actors = shown.iter().map(|entry| text::width(words::short_actor(entry, entries)));
    let actor = u16::try_from(actors.max().unwrap_or(0)).unwrap_or(u16::MAX).min(area.width / 4);
    for (y, entry) in (area.y..area.bottom()).zip(shown) {
        let sentence = words::sentence(entry, canvas.signs().arrow);
        canvas.put_right(area.x + AGE, y, &[(&text::age(now, entry.at), muted)]);
        let x = area.x + AGE + 2;
        canvas.put_middle((x, y), words::short_actor(entry, entries), actor, muted);
        let x = x + actor + 2;
        let mut pieces = vec![(sentence.verb, theme.style(sentence.tone)), (" ", muted)];
        pieces.extend(sentence.rest.iter().map(|(text, tone)| (text.as_str(), theme.style(*tone))));
        canvas.put_all((x, y), right, &pieces);
    }
}
