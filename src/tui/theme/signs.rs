//! The signs that carry every meaning without colour.

use ratatui::symbols::border;

/// Signs, each one column wide (some of ambiguous width: nothing after one is aligned but at a column set anew).
#[derive(Debug)]
pub struct Signs {
    /// Before the selected row.
    pub selected: &'static str,
    /// Before a field.
    pub focus: &'static str,
    /// Something was cut.
    pub ellipsis: &'static str,
    /// Ascending order.
    pub ascending: &'static str,
    /// Descending order.
    pub descending: &'static str,
    /// Done.
    pub good: &'static str,
    /// Refused.
    pub wrong: &'static str,
    /// Being worked on.
    pub working: &'static str,
    /// Suspended.
    pub suspended: &'static str,
    /// Look here.
    pub attention: &'static str,
    /// Between two things of equal rank.
    pub dot: &'static str,
    /// From an old value to a new one.
    pub arrow: &'static str,
    /// The part of a list that is in view, on its right edge.
    pub thumb: &'static str,
    /// A line across.
    pub rule: &'static str,
    /// The steps of a bar's last cell, the last one whole.
    pub bar: &'static [&'static str],
    /// A hidden character.
    pub hidden: &'static str,
    /// The border of what lies over something else.
    pub border: border::Set<'static>,
}

pub(super) static UNICODE: Signs = Signs {
    selected: "▌",
    focus: "┃",
    ellipsis: "…",
    ascending: "▲",
    descending: "▼",
    good: "✓",
    wrong: "✗",
    working: "↻",
    suspended: "‖",
    attention: "!",
    dot: "·",
    arrow: "→",
    thumb: "┃",
    rule: "─",
    bar: &["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
    hidden: "•",
    border: border::ROUNDED,
};

pub(super) static ASCII: Signs = Signs {
    selected: ">",
    focus: "|",
    ellipsis: "...",
    ascending: "^",
    descending: "v",
    good: "+",
    wrong: "x",
    working: "~",
    suspended: "=",
    attention: "!",
    dot: "-",
    arrow: "->",
    thumb: "#",
    rule: "-",
    bar: &["#"],
    hidden: "*",
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
};
