//! The console inside of other programs that are terminals themselves, with one screen or two. Nothing lies under it,
//! and nothing of it stays.

use super::*;
use rstest::rstest;
use std::fs;
use std::path::Path;

/// tmux runs a server, which ends with it.
struct Ending<'a>(&'a Path);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        let mut kill = Command::new("tmux");
        kill.args(["-L", "tenantry", "kill-server"]).env("TMUX_TMPDIR", self.0);
        let _ = kill.stderr(Stdio::null()).status();
    }
}

#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
/// In a folder: the program and its arguments that start a shell in it, and what it reads.
fn started(program: &str, settings: &str, folder: &Path) -> Option<CommandBuilder> {
    if !Path::new("/usr/bin").join(program).exists() {
        eprintln!("skipped: {program} is not installed");
        return None;
    }
    let file = folder.join("settings");
    fs::write(&file, settings).unwrap();
    let mut command = CommandBuilder::new(program);
    let file = file.to_str().unwrap();
    match program {
        "screen" => command.args(["-c", file, "sh"]),
        "tmux" => command.args(["-L", "tenantry", "-f", file, "new-session", "sh"]),
        _ => command.args(["-q", "-c", "sh", "/dev/null"]),
    }
    Some(command)
}

#[rstest]
// screen has one screen unless it is told to have two.
#[case("screen", "startup_message off\n", false)]
#[case("screen", "startup_message off\naltscreen on\n", true)]
#[case("tmux", "set -g status off\nset -s escape-time 0\nset -g alternate-screen off\n", false)]
#[case("tmux", "set -g status off\nset -s escape-time 0\n", true)]
#[case("script", "", true)]
fn nothing_lies_under_the_console_and_nothing_of_it_stays(
    #[case] program: &str,
    #[case] settings: &str,
    #[case] has_two: bool,
) {
    let home = Home::embedded().with_operator().with_organizations(&["Acme", "Zephyr"]);
    let folder = home.folder.path();
    let Some(command) = started(program, settings, folder) else {
        return;
    };
    fs::create_dir(folder.join("screens")).unwrap();
    fs::set_permissions(folder.join("screens"), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let _ending = Ending(folder);
    let terminal = home
        .terminal()
        .size(100, 30)
        .env("PS1", "ready> ")
        .env("SHELL", "/bin/sh")
        .env("SCREENDIR", folder.join("screens").to_str().unwrap())
        .env("TMUX_TMPDIR", folder.to_str().unwrap());
    let mut shell = terminal.start_command(command);
    shell.wait("ready>");
    shell.send("for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do echo old$i-text old-text; done\r");
    shell.wait("old14-text");
    shell.send(&format!("{}; echo ended-$?\r", binary()));
    shell.wait("Sign in");
    assert!(!shell.text().contains("-text"), "the console is drawn over old text:\n{}", shell.text());
    sign_in(&mut shell, ROOT);
    shell.wait("Zephyr");
    // An arrow and an Esc come through the program between.
    shell.send("\u{1b}[B/zep\r");
    shell.wait("1 of 2");
    shell.wait_gone("Acme");
    shell.send(ESC);
    shell.wait("Acme");
    shell.send("qy");
    shell.wait("ended-0");
    let text = shell.text();
    assert!(!text.contains("Zephyr") && !text.contains("Organizations"), "the list stays:\n{text}");
    assert_eq!(text.contains("old14-text"), has_two, "{text}");
    // The shell takes keys as before.
    shell.send("echo a-$((1 + 1))\r");
    shell.wait("a-2");
    shell.send("exit\r");
    shell.exit_code();
}

#[test]
fn the_linux_console_has_one_screen() {
    let home = Home::embedded().with_operator();
    let mut console = home.terminal().size(80, 25).env("TERM", "linux").start();
    console.wait("Sign in");
    console.send("\u{1b}[[A");
    console.wait("Anywhere");
    console.send(ESC);
    console.wait_gone("Anywhere");
    console.send(CTRL_C);
    assert_eq!(console.exit_code(), 0);
    console.assert_restored();
    // At the beginning, and before it goes on at the last line.
    let written = String::from_utf8(console.bytes()).unwrap();
    assert!(written.find("\u{1b}[2J").unwrap() < written.find("Sign in").unwrap());
    let end = "\u{1b}[2J\u{1b}[25;1H\u{1b}[?1049l";
    assert!(written.rfind(end).unwrap() > written.rfind("Sign in").unwrap());
}
