//! How big the terminal is.

use std::io;

/// Columns and rows that are drawn at most: a terminal that says more gets its upper left part drawn.
const LARGEST: (u16, u16) = (1_000, 500);
/// Columns and rows of a terminal that does not say.
const USUAL: (u16, u16) = (80, 24);

/// The terminal's window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its size while the terminal says none, as on a serial line.
    unsaid: (u16, u16),
}

impl Default for Window {
    fn default() -> Self {
        Self { unsaid: USUAL }
    }
}

impl Window {
    /// The window; `COLUMNS` and `LINES` are what the environment says of them.
    pub fn new(columns: Option<&str>, lines: Option<&str>) -> Self {
        let number = |text: Option<&str>, usual| {
            let number = text.and_then(|text| text.trim().parse().ok());
            number.filter(|number| *number > 0).unwrap_or(usual)
        };
        Self { unsaid: (number(columns, USUAL.0), number(lines, USUAL.1)) }
    }

    /// Columns and rows as they are now; never nought.
    pub fn size(self) -> (u16, u16) {
        let said = rustix::termios::tcgetwinsize(io::stdout()).map(|size| (size.ws_col, size.ws_row));
        self.drawn(said.unwrap_or_default())
    }

    /// What of a size is drawn.
    fn drawn(self, said: (u16, u16)) -> (u16, u16) {
        let one = |said: u16, unsaid: u16, largest| if said == 0 { unsaid } else { said }.min(largest);
        (one(said.0, self.unsaid.0, LARGEST.0), one(said.1, self.unsaid.1, LARGEST.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_that_is_not_said_is_the_environments_or_the_usual_one() {
        assert_eq!(Window::default().drawn((0, 0)), (80, 24));
        assert_eq!(Window::new(Some("132"), Some("43")).drawn((0, 0)), (132, 43));
        assert_eq!(Window::new(Some("0"), Some("many")).drawn((0, 0)), (80, 24));
        assert_eq!(Window::new(Some("132"), None).drawn((0, 50)), (132, 50));
        assert_eq!(Window::new(Some("132"), Some("43")).drawn((100, 30)), (100, 30));
    }

    #[test]
    fn no_more_is_drawn_than_fits_in_memory() {
        assert_eq!(Window::default().drawn((u16::MAX, u16::MAX)), LARGEST);
        assert_eq!(Window::new(Some("65535"), Some("65535")).drawn((0, 0)), LARGEST);
        assert_eq!(Window::default().drawn((3_000, 40)), (1_000, 40));
    }
}
