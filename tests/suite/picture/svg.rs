//! A drawn buffer as an SVG picture: the same bytes for the same buffer.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use std::fmt::Write as _;
use unicode_width::UnicodeWidthStr;

const COLUMN: f32 = 8.4;
const ROW: usize = 18;
const PADDING: usize = 14;

/// The picture, on the background of its first cell.
pub(crate) fn svg(buffer: &Buffer) -> String {
    let (columns, rows) = (usize::from(buffer.area.width), usize::from(buffer.area.height));
    let width = x_of(columns) + PADDING as f32;
    let height = rows * ROW + 2 * PADDING;
    let background = hex(buffer.content()[0].bg);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.1}\" height=\"{height}\" \
         viewBox=\"0 0 {width:.1} {height}\" font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, \
         'DejaVu Sans Mono', monospace\" font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{background}\"/>\n"
    );
    for row in 0..rows {
        draw_backgrounds(&mut text, buffer, row, columns);
        draw_row(&mut text, buffer, row, columns);
    }
    text.push_str("</svg>\n");
    text
}

fn x_of(column: usize) -> f32 {
    PADDING as f32 + column as f32 * COLUMN
}

/// Runs of one style become one text each; wide characters begin a new one, so that columns stay aligned.
fn draw_row(text: &mut String, buffer: &Buffer, row: usize, columns: usize) {
    let cells = &buffer.content()[row * columns..(row + 1) * columns];
    let mut column = 0;
    while column < columns {
        let style = style_of(&cells[column]);
        let first = column;
        let mut run = String::new();
        while column < columns && style_of(&cells[column]) == style {
            let symbol = cells[column].symbol();
            // Each column of a table is placed by itself.
            if run.ends_with("  ") && symbol != " " {
                break;
            }
            let wide = symbol.width().max(1);
            run.push_str(symbol);
            column += wide;
            if !symbol.is_ascii() && symbol != "─" {
                break;
            }
        }
        if run.trim().is_empty() {
            continue;
        }
        let shown = run.trim_end();
        let escaped = shown.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let length = shown.width() as f32 * COLUMN;
        let _ = writeln!(
            text,
            "<text x=\"{:.1}\" y=\"{}\" textLength=\"{length:.1}\" lengthAdjust=\"spacingAndGlyphs\" {style} \
             xml:space=\"preserve\">{escaped}</text>",
            x_of(first),
            PADDING + row * ROW + 13,
        );
    }
}

/// What stands on another background than the picture: the selection, a badge.
fn draw_backgrounds(text: &mut String, buffer: &Buffer, row: usize, columns: usize) {
    let cells = &buffer.content()[row * columns..(row + 1) * columns];
    let mut column = 0;
    while column < columns {
        let (background, first) = (cells[column].bg, column);
        while column < columns && cells[column].bg == background {
            column += 1;
        }
        if background != buffer.content()[0].bg {
            let width = (column - first) as f32 * COLUMN;
            let (x, y, fill) = (x_of(first), PADDING + row * ROW, hex(background));
            let _ = writeln!(
                text,
                "<rect x=\"{x:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"{ROW}\" fill=\"{fill}\"/>"
            );
        }
    }
}

/// A colour of the 256: the cube and the greys.
fn hex(colour: Color) -> String {
    let Color::Indexed(index @ 16..) = colour else { panic!("{colour:?} is not of a theme's table") };
    let step = |part: u8| if part == 0 { 0 } else { 55 + 40 * part };
    let [red, green, blue] = if index >= 232 {
        [8 + 10 * (index - 232); 3]
    } else {
        [step((index - 16) / 36), step((index - 16) / 6 % 6), step((index - 16) % 6)]
    };
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn style_of(cell: &Cell) -> String {
    let mut style = format!("fill=\"{}\"", hex(cell.fg));
    if cell.modifier.contains(Modifier::BOLD) {
        style.push_str(" font-weight=\"bold\"");
    }
    if cell.modifier.contains(Modifier::UNDERLINED) {
        style.push_str(" text-decoration=\"underline\"");
    }
    style
}
