//! What terminals are: their sizes, colours and titles.

use super::*;
use rstest::rstest;

#[test]
fn a_terminal_without_a_size_has_that_of_the_environment_or_the_usual_one() {
    let home = Home::embedded().with_operator();
    let console = home.terminal().size(80, 24).saying(0, 0).start();
    console.wait("Sign in");
    console.wait_until("24 lines", |screen| screen.lines().count() == 24);
    let terminal = home.terminal().size(100, 30).saying(0, 0).env("COLUMNS", "100").env("LINES", "30");
    let console = terminal.start();
    console.wait("Sign in");
    console.wait_until("30 lines", |screen| screen.lines().count() == 30);
    // Once it says one, that holds.
    console.resize(90, 20);
    console.wait_until("20 lines", |screen| screen.lines().count() == 20);
}

#[test]
fn a_terminal_that_says_it_is_huge_is_drawn_in_part() {
    let home = Home::embedded().with_operator();
    let mut console = home.console();
    console.wait("No organization yet.");
    console.say_size(u16::MAX, u16::MAX);
    // The last row of what is drawn of it.
    console.wait_until("a frame of that size", |_| console.count("\u{1b}[500;") > 0);
    let memory = std::fs::read_to_string(format!("/proc/{}/status", console.pid())).unwrap();
    let peak = memory.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(peak < 400_000, "{peak} KiB");
    console.resize(80, 24);
    console.send("?");
    console.wait("Anywhere");
    console.send("qqy");
    assert_eq!(console.exit_code(), 0);
    console.assert_restored();
}

#[rstest]
#[case("dumb", "TERM is \"dumb\"")]
#[case("", "TERM is not set")]
fn a_terminal_that_cannot_show_the_console_gets_a_word(#[case] term: &str, #[case] word: &str) {
    let home = Home::embedded();
    for arguments in [&[][..], &["demo"]] {
        let mut console = home.terminal().env("TERM", term).args(arguments).start();
        assert_eq!(console.exit_code(), 2);
        console.wait(word);
        console.wait("TERM=xterm-256color");
        assert!(!console.bytes().contains(&0x1b));
    }
}

#[rstest]
#[case("vt100", false)]
#[case("xterm-mono", false)]
#[case("linux", true)]
#[case("xterm", true)]
#[case("screen-256color", true)]
fn colours_are_those_that_the_terminal_has(#[case] term: &str, #[case] is_coloured: bool) {
    let home = Home::embedded().with_operator();
    let mut console = home.terminal().env("TERM", term).start();
    console.wait("Sign in");
    console.send(CTRL_C);
    assert_eq!(console.exit_code(), 0);
    assert_eq!(console.is_coloured(), is_coloured);
    // On a terminal of sixteen the 5 would mean blinking.
    assert_eq!((console.count("38;5;"), console.count("48;5;")), (0, 0));
    console.assert_restored();
}

#[rstest]
#[case("xterm-256color", true)]
#[case("screen", true)]
#[case("linux", false)]
#[case("vt220", false)]
fn the_window_has_a_title_where_there_is_one(#[case] term: &str, #[case] has_title: bool) {
    let home = Home::embedded().with_operator();
    let folder = home.folder.path().join(".local/share/tenantry");
    let title = format!("\u{1b}]2;tenantry PROD {}\u{1b}\\", folder.display());
    let terminal = home.terminal().env("TERM", term).env("TENANTRY_ENVIRONMENT", "PROD");
    let mut console = terminal.env("TENANTRY_DATA_DIR", folder.to_str().unwrap()).start();
    console.wait("Sign in");
    let times = usize::from(has_title);
    assert_eq!((console.count(&title), console.count("\u{1b}[22;2t")), (times, times));
    console.send(CTRL_C);
    assert_eq!(console.exit_code(), 0);
    assert_eq!(console.count("\u{1b}[23;2t"), times);
    console.assert_restored();
}

#[test]
fn a_title_holds_no_control_characters_and_not_the_usual_folder() {
    let home = Home::embedded().with_operator();
    let mut console = home.terminal().env("TENANTRY_ENVIRONMENT", "A\u{7}B\u{9c}").start();
    console.wait("Sign in");
    assert_eq!(console.count("\u{1b}]2;tenantry A\u{2407}B<U+009C>\u{1b}\\"), 1);
    console.send(CTRL_C);
    assert_eq!(console.exit_code(), 0);
}

#[test]
fn the_host_of_a_server_is_in_the_title() {
    let home = Home::mongo().with_operator();
    let mut console = home.terminal().start();
    console.wait("Sign in");
    assert_eq!(console.count("\u{1b}]2;tenantry 127.0.0.1:"), 1);
    assert_eq!(console.count("/tenantry_test"), 0);
    console.send(CTRL_C);
    assert_eq!(console.exit_code(), 0);
}
