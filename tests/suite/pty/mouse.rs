//! The modes of the mouse: on while the console has the terminal, off on every way out, never with `TENANTRY_MOUSE=off`.

use super::*;
use rstest::rstest;

fn modes(session: &Session) -> [usize; 4] {
    ["\u{1b}[?1000h", "\u{1b}[?1006h", "\u{1b}[?1000l", "\u{1b}[?1006l"].map(|mode| session.count(mode))
}

/// No other mode of the mouse, and none that reports the focus.
fn assert_no_others(session: &Session) {
    for mode in ["1001", "1002", "1003", "1004", "1005", "1015", "1016"] {
        assert_eq!(session.count(&format!("\u{1b}[?{mode}")), 0, "{mode}");
    }
}

#[test]
fn it_selects_opens_and_is_off_at_the_end() {
    let home = Home::embedded().with_operator().with_organizations(&["Acme", "Zephyr"]);
    let mut console = home.console();
    console.wait("Zephyr");
    assert_eq!(modes(&console), [1, 1, 0, 0]);
    let row = 1 + console.text().lines().position(|line| line.contains("Zephyr")).unwrap();
    let click = format!("\u{1b}[<0;8;{row}M\u{1b}[<0;8;{row}m");
    console.send(&click);
    console.wait_until("the bar", |screen| {
        screen.lines().any(|line| line.contains('▌') && line.contains("Zephyr"))
    });
    console.send(&format!("{click}{click}"));
    console.wait("org_zephyr");
    console.wait_gone("Acme");
    console.send("q");
    console.wait("Acme");
    console.send("qy");
    assert_eq!(console.exit_code(), 0);
    assert_eq!(modes(&console), [1; 4]);
    assert_no_others(&console);
    console.assert_restored();
}

#[rstest]
#[case("TERM")]
#[case("HUP")]
#[case("INT")]
fn a_signal_switches_it_off(#[case] signal: &str) {
    let home = Home::embedded().with_operator();
    let mut console = home.terminal().start();
    console.wait("Sign in");
    console.signal(signal);
    console.exit_code();
    assert_eq!(modes(&console), [1; 4]);
}

#[cfg(debug_assertions)]
#[test]
fn a_panic_switches_it_off() {
    let home = Home::embedded().with_operator();
    let mut console = home.terminal().env("TENANTRY_TEST_PANIC", "loop").start();
    console.wait("Sign in");
    console.send("x");
    assert_eq!(console.exit_code(), 1);
    assert_eq!(modes(&console), [1; 4]);
}

#[test]
fn the_shell_has_it_while_the_console_is_stopped() {
    let home = Home::embedded().with_operator();
    let mut shell = home.shell();
    shell.send(&format!("{}\r", binary()));
    shell.wait("Sign in");
    shell.send("\u{1a}");
    shell.wait("Stopped");
    assert_eq!(modes(&shell), [1; 4]);
    Home::foreground(&mut shell);
    shell.send(CTRL_C);
    Home::at_the_prompt(&shell);
    let all = modes(&shell);
    assert!(all[0] >= 2 && all.iter().all(|count| *count == all[0]), "{all:?}");
    shell.send("exit\r");
    shell.exit_code();
}

#[rstest]
#[case(&[("TENANTRY_MOUSE", "off")], 0)]
#[case(&[("TERM", "screen")], 0)]
#[case(&[("TERM", "screen"), ("TENANTRY_MOUSE", "on")], 1)]
#[case(&[("TERM", "screen"), ("TMUX", "/tmp/tmux-0/default,1,0")], 1)]
fn it_is_heard_as_the_setting_says_and_not_in_gnu_screen(
    #[case] variables: &[(&str, &str)],
    #[case] times: usize,
) {
    let home = Home::embedded().with_operator();
    let terminal =
        variables.iter().fold(home.terminal(), |terminal, (name, value)| terminal.env(name, value));
    let mut console = terminal.start();
    console.wait("Sign in");
    console.send(CTRL_C);
    assert_eq!(console.exit_code(), 0);
    assert_eq!(modes(&console), [times; 4]);
}
