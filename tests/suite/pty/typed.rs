//! What a terminal sends that no keyboard types: sequences in pieces, unknown ones, late answers, pastes without an end.

use super::*;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Sends pieces a moment apart; whether they came within the time that an ESC waits.
fn send_in_pieces(console: &mut Session, pieces: &[&str]) -> bool {
    let started = Instant::now();
    for piece in pieces {
        console.send(piece);
        sleep(Duration::from_millis(3));
    }
    started.elapsed() < Duration::from_millis(45)
}

fn filtered() -> (Home, Session) {
    let home = Home::embedded().with_operator().with_organizations(&["Acme", "Acme Labs", "Zephyr"]);
    let mut console = home.console();
    console.wait("Zephyr");
    console.send("/acme\r");
    console.wait_gone("Zephyr");
    (home, console)
}

#[test]
fn an_arrow_in_pieces_and_one_with_option_are_no_esc_and_an_esc_is_one() {
    let (_home, mut console) = filtered();
    // A machine that is too slow for the test begins again.
    let mut is_in_time = false;
    for _ in 0..50 {
        is_in_time = send_in_pieces(&mut console, &[ESC, "[", "B"]);
        if is_in_time {
            break;
        }
        console.send("/acme\r");
    }
    assert!(is_in_time, "no arrow came in time");
    console.send("\u{1b}\u{1b}[A");
    console.send("?");
    console.wait("Anywhere");
    console.send(ESC);
    console.wait_gone("Anywhere");
    assert!(!console.text().contains("Zephyr"), "the filter is gone:\n{}", console.text());
    console.send(ESC);
    console.wait("Zephyr");
}

#[test]
fn what_the_terminal_says_of_itself_is_no_key_however_late() {
    let (_home, mut console) = filtered();
    console.send("\u{1b}[?997;1n\u{1b}[24;80R\u{1b}P>|xterm(390)\u{1b}\\\u{1b}_Gi=31;OK\u{1b}\\");
    console.send("\u{1b}]11;rgb:1e1e/");
    sleep(Duration::from_millis(200));
    console.send("1e1e/2e2e\u{1b}\\");
    // The form shows what would have been typed.
    console.send("n");
    console.wait("New organization");
    console.send("Acme Nine\n");
    console.wait("org_acme_nine");
    assert!(!console.text().contains("rgb") && !console.text().contains("1e1e"), "{}", console.text());
}

#[test]
fn what_never_ends_silences_nothing() {
    let (_home, mut console) = filtered();
    console.send("/\u{15}\u{1b}[200~zeph");
    console.wait("Zephyr");
    console.wait_gone("Acme");
    console.send("\u{1b}]52;c;");
    console.send(CTRL_C);
    console.wait("Ctrl-C again");
    // Once it has lapsed, two at once cannot be too far apart.
    console.wait_gone("Ctrl-C again");
    console.send(&format!("{CTRL_C}\u{1b}[1;{CTRL_C}"));
    assert_eq!(console.exit_code(), 0);
    console.assert_restored();
}

#[test]
fn a_line_feed_is_enter_and_a_byte_that_is_no_utf8_is_shown() {
    let home = Home::embedded().with_operator();
    let mut console = home.terminal().start();
    console.wait("Password");
    console.send(&format!("{ROOT}\n{PASSWORD}\n"));
    console.wait("No organization yet.");
    console.send("n");
    console.wait("New organization");
    console.send_bytes(b"M\xfcller");
    // The tests' screen leaves it out.
    console.wait_until("the sign", |screen| screen.contains("Mller") && console.count("\u{fffd}") > 0);
}
