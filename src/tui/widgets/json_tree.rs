//! A document as JSON in which a line is selected and documents and arrays are folded.

use super::canvas::{Bar, Canvas, EDGE};
use super::json::{Part, Piece, Pretty, pieces, pretty, wrapped};
use super::table::{self, Window};
use crate::tui::keys::Motion;
use crate::tui::text;
use crate::tui::theme::Tone;
use ratatui::layout::Rect;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// Bytes of JSON that are shown at most.
const MOST_BYTES: usize = 256 << 10;

/// The tree.
#[derive(Debug)]
pub struct JsonTree {
    pretty: Pretty,
    /// For each line that begins a document or an array, the line that ends it.
    ends: Vec<Option<usize>>,
    /// The lines that are folded, by the line that begins them.
    folded: BTreeSet<usize>,
    window: Window,
    rows: RefCell<Rows>,
}

/// The lines as they are drawn: without what is folded, and broken for so many columns.
#[derive(Debug, Default)]
struct Rows {
    columns: usize,
    /// Each with the line it is a part of.
    rows: Vec<(usize, Vec<Part>)>,
}

impl JsonTree {
    /// Of a document.
    pub fn of(document: &[u8]) -> Self {
        let pretty = pretty(document, MOST_BYTES);
        let ends = ends(&pretty.lines);
        let (folded, window, rows) = (BTreeSet::new(), Window::default(), RefCell::default());
        Self { pretty, ends, folded, window, rows }
    }

    /// Shows another one, as far as possible from the same line on.
    pub fn set(&mut self, document: &[u8]) {
        let selected = self.window.selected;
        *self = Self::of(document);
        self.window.selected = selected;
    }

    /// Moves the selected line.
    pub fn move_by(&mut self, motion: Motion) {
        let count = self.rows.get_mut().rows.len() + usize::from(self.is_cut());
        self.window.move_by(motion, count);
    }

    /// Whether there is something to fold.
    pub fn can_fold(&self) -> bool {
        self.ends.iter().skip(1).any(Option::is_some)
    }

    /// Folds what begins in the selected line, else what that line is in; or unfolds it.
    pub fn toggle(&mut self) {
        if !self.unfold() {
            self.fold();
        }
    }

    /// Folds what begins in the selected line, else what that line is in.
    pub fn fold(&mut self) {
        let line = self.selected();
        let begins = (1..=line).rev().find(|begin| {
            let end = self.ends.get(*begin).copied().flatten();
            !self.folded.contains(begin) && end.is_some_and(|end| end >= line)
        });
        if let Some(begin) = begins {
            self.folded.insert(begin);
            self.is_folded_anew(begin);
        }
    }

    /// Unfolds the selected line; answers whether it was folded.
    pub fn unfold(&mut self) -> bool {
        let line = self.selected();
        let was_folded = self.folded.remove(&line);
        if was_folded {
            self.is_folded_anew(line);
        }
        was_folded
    }

    /// Folds every document and array in the document; or unfolds all if one is folded.
    pub fn toggle_all(&mut self) {
        let line = self.selected();
        if self.folded.is_empty() {
            let mut at = 1;
            while at < self.ends.len() {
                let end = self.ends.get(at).copied().flatten();
                if end.is_some() {
                    self.folded.insert(at);
                }
                at = end.unwrap_or(at) + 1;
            }
        } else {
            self.folded.clear();
        }
        let shown = self.folded.range(..=line).next_back().copied();
        let shown = shown.filter(|begin| self.ends.get(*begin).copied().flatten() >= Some(line));
        self.is_folded_anew(shown.unwrap_or(line));
    }

    /// The line of the selected row.
    fn selected(&self) -> usize {
        let rows = &self.rows.borrow().rows;
        rows.get(self.window.selected).or(rows.last()).map_or(0, |(line, _)| *line)
    }

    /// Other lines are shown; this one is selected.
    fn is_folded_anew(&mut self, line: usize) {
        let columns = self.rows.get_mut().columns;
        *self.rows.get_mut() = self.broken(columns);
        let place = self.rows.get_mut().rows.iter().position(|(shown, _)| *shown == line);
        self.window.selected = place.unwrap_or(0);
    }

    fn is_cut(&self) -> bool {
        self.pretty.bytes_left > 0
    }

    /// The rows of a card of so many columns.
    pub fn height(&self, columns: usize) -> usize {
        if self.rows.borrow().columns != columns {
            let broken = self.broken(columns);
            *self.rows.borrow_mut() = broken;
        }
        self.rows.borrow().rows.len() + usize::from(self.is_cut())
    }

    fn broken(&self, columns: usize) -> Rows {
        let columns_of_text = columns.saturating_sub(usize::from(EDGE));
        let mut rows = Vec::new();
        let mut at = 0;
        while let Some(line) = self.pretty.lines.get(at) {
            let end = self.ends.get(at).copied().flatten().filter(|_| self.folded.contains(&at));
            if let Some(end) = end {
                let close = self.pretty.lines.get(end).map_or("", |line| line.trim_start());
                rows.push((at, folded(line, close, end - at - 1)));
            } else {
                rows.extend(wrapped(line, columns_of_text).into_iter().map(|parts| (at, parts)));
            }
            at = end.unwrap_or(at) + 1;
        }
        Rows { columns, rows }
    }

    /// Draws it, and beside it which part is in view.
    pub fn draw(&self, area: Rect, scrollbar: u16, canvas: &mut Canvas<'_>) {
        let count = self.height(usize::from(area.width));
        let Rows { rows, .. } = &*self.rows.borrow();
        let theme = canvas.theme;
        table::draw(canvas, area, &self.window, count, |canvas, at, y, _| {
            let x = area.x + EDGE;
            if let Some((_, parts)) = rows.get(at) {
                let pieces: Vec<_> =
                    parts.iter().map(|(part, piece)| (part.as_str(), piece.style(theme))).collect();
                canvas.put_all((x, y), area.right(), &pieces);
            } else {
                let Pretty { lines_left, bytes_left, .. } = self.pretty;
                let (lines, bytes) = (text::count(lines_left), text::bytes(bytes_left));
                let ellipsis = canvas.signs().ellipsis;
                let left = format!("{ellipsis} {lines} more lines, {bytes}: not shown");
                canvas.put((x, y), &left, area.right().saturating_sub(x), theme.style(Tone::Warning));
            }
        });
        let bar = Bar { count, ..self.window.bar(count, area.y) };
        let thumb = canvas.signs().thumb;
        canvas.scrollbar(scrollbar, Some(bar), thumb);
    }
}

/// A folded document or array on one line, with how many lines it has.
fn folded(begin: &str, close: &str, lines: usize) -> Vec<Part> {
    let mut parts: Vec<Part> =
        pieces(begin).into_iter().map(|(part, piece)| (part.to_owned(), piece)).collect();
    let count = text::count(u64::try_from(lines).unwrap_or(u64::MAX));
    let lines = if count == "1" { "1 line".to_owned() } else { format!("{count} lines") };
    parts.push((format!(" {lines} {close}"), Piece::Sign));
    parts
}

/// For each line that begins a document or an array, the line that ends it.
fn ends(lines: &[String]) -> Vec<Option<usize>> {
    let mut ends = vec![None; lines.len()];
    let mut open = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if line.trim_start().starts_with(['}', ']'])
            && let Some(end) = open.pop().and_then(|begin: usize| ends.get_mut(begin))
        {
            *end = Some(at);
        }
        if line.ends_with(['{', '[']) {
            open.push(at);
        }
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::document::json::read;

    fn tree(json: &str) -> JsonTree {
        let tree = JsonTree::of(read(json).unwrap().as_bytes());
        tree.height(60);
        tree
    }

    fn shown(tree: &JsonTree) -> Vec<String> {
        let rows = tree.rows.borrow();
        let text = |parts: &[Part]| parts.iter().map(|(part, _)| part.as_str()).collect::<String>();
        rows.rows.iter().map(|(_, parts)| text(parts)).collect()
    }

    const NESTED: &str = r#"{"a":{"b":[1,2],"c":"{"},"d":[],"e":[{"f":1}]}"#;

    #[test]
    fn each_beginning_has_its_end_and_a_text_is_none() {
        let tree = tree(NESTED);
        let pairs: Vec<_> =
            tree.ends.iter().enumerate().filter_map(|(at, end)| end.map(|end| (at, end))).collect();
        for (begin, end) in &pairs {
            let indent =
                |line: usize| tree.pretty.lines[line].len() - tree.pretty.lines[line].trim_start().len();
            assert_eq!(indent(*begin), indent(*end), "{:?}", tree.pretty.lines);
        }
        assert_eq!(pairs.len(), 5, "{:?}", tree.pretty.lines);
    }

    #[test]
    fn what_is_folded_is_one_line_and_comes_back() {
        let mut tree = tree(NESTED);
        let all = shown(&tree);
        // The selected line is inside of the array b, which is inside of a.
        for _ in 0..3 {
            tree.move_by(Motion::Down);
        }
        tree.fold();
        assert_eq!(tree.selected(), 2);
        tree.fold();
        assert_eq!(tree.selected(), 1, "folded again, what it is in is folded");
        assert_eq!(shown(&tree).len(), all.len() - 6);
        tree.toggle();
        assert_eq!(shown(&tree).len(), all.len() - 3, "what was folded in it stays so");
        tree.toggle_all();
        assert_eq!(shown(&tree), all);
        tree.toggle_all();
        assert_eq!(shown(&tree).len(), 5, "{:?}", shown(&tree));
    }

    #[test]
    fn the_document_itself_is_not_folded() {
        let mut tree = tree(r#"{"a":1}"#);
        assert!(!tree.can_fold());
        tree.toggle();
        tree.toggle_all();
        assert_eq!(shown(&tree).len(), 3);
    }
}
