//! Frames as bytes for the terminal. Owns how a style is written: a colour of the sixteen in the way that every
//! terminal with colours knows, which is not crossterm's; any other in the nearest that the terminal has.

use super::terminal_type::Depth;
use super::window::Window;
use crossterm::cursor::{Hide, MoveRight, MoveTo, Show};
use crossterm::queue;
use crossterm::terminal::{Clear, ClearType as Cleared};
use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};
use std::io::{self, Write};

/// Writes to a terminal.
#[derive(Debug)]
pub(super) struct TerminalBackend<W: Write> {
    pub(super) writer: W,
    pub(super) window: Window,
    pub(super) depth: Depth,
}

/// What is written next is written in this style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pen {
    foreground: Color,
    background: Color,
    modifier: Modifier,
}

impl Pen {
    const PLAIN: Self =
        Self { foreground: Color::Reset, background: Color::Reset, modifier: Modifier::empty() };

    fn of(cell: &Cell, depth: Depth) -> Self {
        let (foreground, background) = (within(cell.fg, depth), within(cell.bg, depth));
        Self { foreground, background, modifier: cell.modifier }
    }

    /// Whether a blank looks the same in both.
    fn is_same_without_a_letter(self, other: Self) -> bool {
        const SEEN: Modifier = Modifier::UNDERLINED.union(Modifier::REVERSED).union(Modifier::CROSSED_OUT);
        self.background == other.background && !(self.modifier | other.modifier).intersects(SEEN)
    }

    /// All of it anew, which is shorter than what has changed.
    fn write(self, to: &mut impl Write) -> io::Result<()> {
        const CODES: [(Modifier, u8); 9] = [
            (Modifier::BOLD, 1),
            (Modifier::DIM, 2),
            (Modifier::ITALIC, 3),
            (Modifier::UNDERLINED, 4),
            (Modifier::SLOW_BLINK, 5),
            (Modifier::RAPID_BLINK, 6),
            (Modifier::REVERSED, 7),
            (Modifier::HIDDEN, 8),
            (Modifier::CROSSED_OUT, 9),
        ];
        to.write_all(b"\x1b[0")?;
        for (_, code) in CODES.iter().filter(|(modifier, _)| self.modifier.contains(*modifier)) {
            write!(to, ";{code}")?;
        }
        write_colour(to, self.foreground, 30)?;
        write_colour(to, self.background, 40)?;
        to.write_all(b"m")
    }
}

/// A colour, from this code of the first of the sixteen on.
fn write_colour(to: &mut impl Write, colour: Color, first: u8) -> io::Result<()> {
    match (colour, sixteen(colour)) {
        (_, Some(number @ ..8)) => write!(to, ";{}", first + number),
        (_, Some(number)) => write!(to, ";{}", first + 60 + (number - 8)),
        (Color::Indexed(number), None) => write!(to, ";{};5;{number}", first + 8),
        (Color::Rgb(red, green, blue), None) => write!(to, ";{};2;{red};{green};{blue}", first + 8),
        // The terminal's own, which the nought before it has set.
        (_, None) => Ok(()),
    }
}

/// The number of a colour of the sixteen.
fn sixteen(colour: Color) -> Option<u8> {
    Some(match colour {
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
        Color::Indexed(number @ ..16) => number,
        _ => return None,
    })
}

/// The nearest colour that a terminal has.
fn within(colour: Color, depth: Depth) -> Color {
    let wanted = match (colour, depth) {
        (Color::Reset, _) | (_, Depth::Full) => return colour,
        (_, Depth::Plain) => return Color::Reset,
        (Color::Rgb(red, green, blue), _) => [red, green, blue],
        (Color::Indexed(number @ 16..), Depth::Sixteen) => indexed(number),
        _ => return colour,
    };
    let all = if depth == Depth::Sixteen { 0..=15 } else { 16..=255 };
    let far = |number: &u8| {
        let parts = indexed(*number).into_iter().zip(wanted);
        parts.map(|(one, other)| u32::from(one.abs_diff(other)).pow(2)).sum::<u32>()
    };
    all.min_by_key(far).map_or(Color::Reset, Color::Indexed)
}

/// Red, green and blue of a colour of the table of 256, as xterm has them.
fn indexed(number: u8) -> [u8; 3] {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let step = |number: u8| STEPS.get(usize::from(number % 6)).copied().unwrap_or_default();
    match number {
        7 => [229; 3],
        8 => [127; 3],
        ..16 => {
            let light = if number < 8 { 205 } else { 255 };
            [1, 2, 4].map(|bit| if number & bit == 0 { 0 } else { light })
        }
        16..232 => {
            let number = number - 16;
            [step(number / 36), step(number / 6), step(number)]
        }
        _ => [8 + 10 * (number - 232); 3],
    }
}

impl<W: Write> Backend for TerminalBackend<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut pen = Pen::PLAIN;
        let mut cursor = None;
        // Terminals differ in how wide some letters are.
        let mut is_certain = false;
        for (x, y, cell) in content {
            match cursor {
                Some(at) if at == (x, y) => {}
                Some((at, row)) if is_certain && row == y && at < x => {
                    queue!(self.writer, MoveRight(x - at))?;
                }
                _ => {
                    queue!(self.writer, MoveTo(x, y))?;
                    is_certain = true;
                }
            }
            cursor = Some((x.saturating_add(1), y));
            is_certain &= cell.symbol().is_ascii();
            let wanted = Pen::of(cell, self.depth);
            if wanted != pen && !(cell.symbol() == " " && wanted.is_same_without_a_letter(pen)) {
                pen = wanted;
                pen.write(&mut self.writer)?;
            }
            self.writer.write_all(cell.symbol().as_bytes())?;
        }
        if pen == Pen::PLAIN { Ok(()) } else { self.writer.write_all(b"\x1b[m") }
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        queue!(self.writer, Hide)
    }

    /// Never fails: the terminal may be gone, and ratatui would tell that to a stderr that is gone too.
    fn show_cursor(&mut self) -> io::Result<()> {
        if let Err(error) = queue!(self.writer, Show) {
            tracing::warn!(%error, "the cursor could not be shown");
        }
        Ok(())
    }

    /// Refused: the answer would come among the keys.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let Position { x, y } = position.into();
        queue!(self.writer, MoveTo(x, y))
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        let cleared = match region {
            ClearType::All => Cleared::All,
            ClearType::AfterCursor => Cleared::FromCursorDown,
            ClearType::BeforeCursor => Cleared::FromCursorUp,
            ClearType::CurrentLine => Cleared::CurrentLine,
            ClearType::UntilNewLine => Cleared::UntilNewLine,
        };
        queue!(self.writer, Clear(cleared))
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.window.size().into())
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.window.size().into(), pixels: Size::default() })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Style;

    fn drawn(style: Style, depth: Depth) -> String {
        let mut backend = TerminalBackend { writer: Vec::new(), window: Window::default(), depth };
        let mut cell = Cell::new("x");
        cell.set_style(style);
        let (plain, far) = (Cell::new("y"), Cell::new("z"));
        backend.draw([(2, 1, &cell), (3, 1, &plain), (9, 1, &far)].into_iter()).unwrap();
        String::from_utf8(backend.writer).unwrap()
    }

    #[test]
    fn a_colour_of_the_sixteen_is_written_as_every_terminal_knows_it() {
        let style = Style::new().fg(Color::Cyan).bg(Color::DarkGray).add_modifier(Modifier::BOLD);
        let expected = "\u{1b}[2;3H\u{1b}[0;1;36;100mx\u{1b}[0my\u{1b}[5Cz";
        for depth in [Depth::Sixteen, Depth::Indexed, Depth::Full] {
            assert_eq!(drawn(style, depth), expected);
        }
        assert!(drawn(style, Depth::Plain).contains("\u{1b}[0;1mx"));
    }

    #[test]
    fn rest_of_a_line_is_reached_by_the_shorter_way() {
        let written = |cells: &[(u16, u16, &str, Style)]| {
            let mut backend =
                TerminalBackend { writer: Vec::new(), window: Window::default(), depth: Depth::Sixteen };
            let cells: Vec<(u16, u16, Cell)> = cells
                .iter()
                .map(|(x, y, symbol, style)| {
                    let mut cell = Cell::default();
                    cell.set_symbol(symbol).set_style(*style);
                    (*x, *y, cell)
                })
                .collect();
            backend.draw(cells.iter().map(|(x, y, cell)| (*x, *y, cell))).unwrap();
            String::from_utf8(backend.writer).unwrap().replace('\u{1b}', "^")
        };
        let (plain, muted) = (Style::new(), Style::new().add_modifier(Modifier::DIM));
        assert_eq!(written(&[(0, 0, "a", plain), (9, 0, "b", plain)]), "^[1;1Ha^[8Cb");
        assert_eq!(written(&[(9, 0, "a", plain), (0, 1, "b", plain)]), "^[1;10Ha^[2;1Hb");
        // Nobody knows how far that was.
        assert_eq!(written(&[(0, 0, "日", plain), (9, 0, "b", plain)]), "^[1;1H日^[1;10Hb");
        let letters = [(0, 0, "a", muted), (1, 0, " ", plain), (2, 0, "b", muted)];
        assert_eq!(written(&letters), "^[1;1H^[0;2ma b^[m");
        let reversed = Style::new().add_modifier(Modifier::REVERSED);
        assert_eq!(written(&[(0, 0, "a", reversed), (1, 0, " ", plain)]), "^[1;1H^[0;7ma^[0m ");
    }

    #[test]
    fn another_colour_is_the_nearest_that_the_terminal_has() {
        let foreground = |colour, depth| {
            let drawn = drawn(Style::new().fg(colour), depth);
            drawn.split("\u{1b}[0").nth(1).unwrap().split('m').next().unwrap().to_owned()
        };
        assert_eq!(foreground(Color::Rgb(1, 2, 3), Depth::Full), ";38;2;1;2;3");
        assert_eq!(foreground(Color::Rgb(255, 135, 0), Depth::Indexed), ";38;5;208");
        assert_eq!(foreground(Color::Indexed(208), Depth::Indexed), ";38;5;208");
        assert_eq!(foreground(Color::Indexed(196), Depth::Sixteen), ";91");
        assert_eq!(foreground(Color::Rgb(250, 250, 250), Depth::Sixteen), ";97");
        assert_eq!(foreground(Color::Indexed(232), Depth::Sixteen), ";30");
    }
}
