//! The mouse does what a few keys do, and never what could harm.

use super::*;
use tenantry::tui::keys::Pointed;

/// Column and row, from 0, of a text on the screen.
fn place_of(console: &Console, text: &str) -> (u16, u16) {
    let screen = console.text();
    // Each line of the test's screen stands in quotes.
    let lines = screen.lines().map(|line| line.strip_prefix('"').unwrap_or(line));
    let found = lines.enumerate().find_map(|(y, line)| {
        let before = line.split_once(text)?.0;
        Some((before.chars().count(), y))
    });
    let (x, y) = found.unwrap_or_else(|| panic!("{text:?} is not shown:\n{screen}"));
    (u16::try_from(x).unwrap(), u16::try_from(y).unwrap())
}

async fn click(console: &Console, text: &str) {
    let (x, y) = place_of(console, text);
    console.send(Event::Point(Pointed::Click(x, y)));
    console.settle().await;
}

async fn wheel(console: &Console, pointed: Pointed) {
    console.send(Event::Point(pointed));
    console.settle().await;
}

const NAMES: [&str; 6] = ["Aachen Books", "Acme Corp", "Blue Clinic", "Cobalt", "Delta", "Zephyr Air"];

#[tokio::test(start_paused = true)]
async fn a_click_selects_a_row_and_a_double_click_opens_it() {
    let place = Place::with(&NAMES).await;
    let console = Console::signed_in(&place).await;
    click(&console, "Cobalt").await;
    console.shows("▌ Cobalt");
    click(&console, "Acme Corp").await;
    console.shows("▌ Acme Corp");
    // Two clicks with a pause between them, and two on two rows, are no double click.
    pass(1).await;
    click(&console, "Acme Corp").await;
    click(&console, "Delta").await;
    console.shows("▌ Delta");
    click(&console, "Delta").await;
    console.shows("org_delta");
    console.shows_not("Organizations");
    console.press("<Esc>").await;
    console.shows("▌ Delta");
}

#[tokio::test(start_paused = true)]
async fn the_wheel_moves_by_three_rows_of_what_lies_on_top() {
    let place = Place::with(&NAMES).await;
    let console = Console::signed_in(&place).await;
    wheel(&console, Pointed::WheelDown).await;
    console.shows("▌ Cobalt");
    wheel(&console, Pointed::WheelUp).await;
    console.shows("▌ Aachen Books");
    console.press("?").await;
    wheel(&console, Pointed::WheelDown).await;
    console.press("<Esc>").await;
    console.shows("▌ Aachen Books");
    // Between fields there is nothing to scroll.
    console.press("n").await;
    wheel(&console, Pointed::WheelDown).await;
    console.press("Acme Nine").await;
    console.shows("org_acme_nine");
}

#[tokio::test(start_paused = true)]
async fn a_click_on_a_hint_presses_its_key_unless_it_could_harm() {
    let place = Place::with(&NAMES).await;
    let console = Console::signed_in(&place).await;
    let before = console.text();
    click(&console, "D delete").await;
    assert_eq!(console.text(), before);
    assert!(!console.is_over());
    click(&console, "n new").await;
    console.shows("New organization");
    console.press("<Esc>D").await;
    console.shows("Delete Aachen Books");
    let before = console.text();
    // A card has its keys for itself, and what lies under it has none.
    click(&console, "Esc keep it").await;
    click(&console, "Zephyr Air").await;
    click(&console, "Zephyr Air").await;
    assert_eq!(console.text(), before);
    console.press("<Esc>").await;
    console.shows("▌ Aachen Books");
}
