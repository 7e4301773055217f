//! What a terminal can show, by its name.

/// How many colours a terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Depth {
    /// None.
    Plain,
    /// Sixteen, which are the user's own.
    #[default]
    Sixteen,
    /// Those and a table of 240.
    Indexed,
    /// Any.
    Full,
}

/// A terminal that can show the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TerminalType {
    /// Its colours.
    pub depth: Depth,
    /// Whether its window has a title that can be set and put back.
    pub has_title: bool,
    /// Whether it gives the mouse without harm: while that is asked for, GNU screen holds a lone ESC back until the next
    /// key.
    pub has_mouse: bool,
}

impl TerminalType {
    /// The terminal that the environment's `TERM` and `COLORTERM` name; none if it cannot place text on its screen, or
    /// has no name.
    pub fn of(term: Option<&str>, colorterm: Option<&str>) -> Option<Self> {
        let term = term.filter(|term| !matches!(*term, "" | "dumb" | "unknown"))?;
        // As VT100, VT220; not vte.
        let is_vt =
            term.strip_prefix("vt").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        let is_plain = is_vt || ["-m", "-mono"].iter().any(|end| term.ends_with(end));
        let is_full = matches!(colorterm, Some("truecolor" | "24bit")) || term.ends_with("-direct");
        let depth = match () {
            () if is_plain => Depth::Plain,
            () if is_full => Depth::Full,
            () if term.contains("256color") => Depth::Indexed,
            () => Depth::Sixteen,
        };
        let is_linux = term == "linux" || term.starts_with("linux-");
        Some(Self { depth, has_title: !is_vt && !is_linux, has_mouse: !is_vt && !term.starts_with("screen") })
    }

    /// The same with colours where they are asked for, and with none where they are not.
    #[must_use]
    pub fn coloured(self, are_asked_for: bool) -> Self {
        let depth = if are_asked_for { self.depth.max(Depth::Sixteen) } else { Depth::Plain };
        Self { depth, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_has_the_colours_of_its_name_and_one_without_a_name_or_a_cursor_is_none() {
        let depth = |term, colorterm| TerminalType::of(Some(term), colorterm).map(|is| is.depth);
        for term in ["vt100", "vt220-w", "xterm-mono", "linux-m"] {
            assert_eq!(depth(term, None), Some(Depth::Plain), "{term}");
        }
        for term in ["xterm", "linux", "screen", "ansi", "vte", "rxvt"] {
            assert_eq!(depth(term, None), Some(Depth::Sixteen), "{term}");
        }
        assert_eq!(depth("tmux-256color", None), Some(Depth::Indexed));
        assert_eq!(depth("xterm-256color", Some("truecolor")), Some(Depth::Full));
        assert_eq!(depth("xterm-direct", None), Some(Depth::Full));
        assert_eq!(depth("vt100", Some("truecolor")), Some(Depth::Plain));
        assert_eq!((depth("dumb", Some("truecolor")), depth("", None)), (None, None));
        assert_eq!(TerminalType::of(None, None), None);
    }

    #[test]
    fn gnu_screen_is_not_asked_for_the_mouse() {
        let has_mouse = |term| TerminalType::of(Some(term), None).map(|is| is.has_mouse);
        for (term, has) in [("xterm", true), ("tmux-256color", true), ("screen.xterm-256color", false)] {
            assert_eq!(has_mouse(term), Some(has), "{term}");
        }
    }

    #[test]
    fn only_a_window_has_a_title() {
        let has_title = |term| TerminalType::of(Some(term), None).map(|is| is.has_title);
        for (term, has) in
            [("xterm", true), ("screen", true), ("vte", true), ("linux", false), ("vt102", false)]
        {
            assert_eq!(has_title(term), Some(has), "{term}");
        }
    }
}
