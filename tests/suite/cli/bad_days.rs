//! Hostile environments: no terminal, no home, files of others, other keys, large input.

use super::*;
use crate::common::home::SECRET_KEY;
use std::os::unix::fs::chown;
use std::process::Child;

#[test]
fn without_a_terminal_every_prompt_names_its_flag() {
    let home = Home::signed_in();
    home.create("Acme", "ann@x").json();
    for (arguments, flag) in [
        (&["init"][..], "login"),
        (&["login"], "--email"),
        (&["login", "--email", "root@example.com"], "--password-stdin"),
        (&["org", "create", "New"], "--admin-email"),
        (&["org", "create", "New", "--admin-email", "a@x"], "--password-file"),
        (&["org", "delete", "Acme"], "--confirm"),
        (&["operator", "add", "kim@x"], "--password-stdin"),
        (&["operator", "remove", "root@example.com"], "--confirm"),
        (&["operator", "password"], "--current-password-file"),
        (&["account", "update", "--email", "new@x"], "--current-password-file"),
        (&["--headless", "--email", "root@example.com"], "--password-stdin"),
    ] {
        // Without a controlling terminal, nothing can prompt on it.
        let template = home.command(arguments);
        let mut command = Command::new("setsid");
        command.args(["--wait", cargo_bin("tenantry").to_str().unwrap()]).args(arguments).env_clear();
        for (name, value) in template.get_envs() {
            command.env(name, value.unwrap());
        }
        command.env("PATH", "/usr/bin:/bin").current_dir(home.folder.path()).stdin(Stdio::null());
        let answer = Answer::of(command.output().unwrap());
        assert!(matches!(answer.code, 2 | 6), "{arguments:?}: {} {}", answer.code, answer.stderr);
        assert_eq!(answer.stdout, "", "{arguments:?}");
        assert!(answer.stderr.contains(flag), "{arguments:?}: {}", answer.stderr);
    }
    assert_eq!(home.run(&["org", "list", "-o", "name"]).stdout, "Acme\n");
}

#[test]
fn missing_home_is_reported_with_the_variable() {
    let home = Home::new();
    for (home_variable, data_dir) in [(None, None), (Some("relative"), None), (None, Some("data"))] {
        let mut command = home.command(&["whoami", "--json"]);
        command.env_remove("HOME");
        home_variable.map(|value| command.env("HOME", value));
        data_dir.map(|value| command.env("TENANTRY_DATA_DIR", value));
        let answer = Answer::of(command.output().unwrap());
        assert_eq!(answer.code_word(), (2, "invalid_config".into()), "{}", answer.stderr);
        assert!(answer.stderr.contains("HOME"), "{}", answer.stderr);
    }
    assert_eq!(fs::read_dir(home.folder.path()).unwrap().count(), 0, "nothing is made beside it");
}

#[test]
fn another_secret_key_invalidates_sessions_until_the_old_one_returns() {
    let home = Home::signed_in();
    let with_key =
        |key: &str| Answer::of(home.command(&["whoami", "--json"]).env("SECRET_KEY", key).output().unwrap());
    assert_eq!(with_key(&"k".repeat(32)).code_word(), (4, "unauthenticated".into()));
    assert_eq!(home.run(&["whoami"]).code, 0, "nothing was lost by it");
    fs::remove_file(home.data().join("secret.key")).unwrap();
    assert_eq!(home.run(&["whoami", "--json"]).code_word().0, 4);
    let login = ["login", "--email", "root@example.com", "--password-stdin", "--json"];
    assert_eq!(home.run_with(&login, PASSWORD).code, 0, "a new key is made at the next sign-in");
    assert_eq!(home.run(&["whoami"]).code, 0);
}

#[test]
fn two_secrets_from_stdin_are_refused_under_any_file_name() {
    let home = Home::signed_in();
    for stdin in ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"] {
        let update = ["account", "update", "--password-stdin", "--current-password-file", stdin, "--json"];
        let answer = home.run_with(&update, PASSWORD);
        assert_eq!(answer.code_word(), (2, "usage".into()));
        assert!(answer.stderr.contains("--current-password-file"), "{}", answer.stderr);
    }
    let login = ["login", "--email", "root@example.com", "--password-file", "-", "--json"];
    assert_eq!(home.run_with(&login, PASSWORD).code, 0, "one secret may come from a file that is stdin");
}

#[test]
fn invalid_passwords_are_refused_with_their_reason() {
    let home = Home::signed_in();
    let create = ["org", "create", "New", "--admin-email", "a@x", "--password-stdin", "--json"];
    let long = "ä".repeat(1_500_000);
    let answer = home.run_with(&create, &long);
    assert_eq!(answer.code_word(), (2, "invalid_password".into()), "3 MB: {}", answer.stderr);
    assert!(answer.stderr.contains("72 bytes"), "{}", answer.stderr);
    let mut command = home.command(&create);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"latin-1 \xe4\xf6\xfc horse").unwrap();
    let answer = Answer::of(child.wait_with_output().unwrap());
    assert_eq!(answer.code_word(), (2, "usage".into()));
    assert!(answer.stderr.contains("not UTF-8"), "{}", answer.stderr);
    for (name, code) in [("not-there", 2), (".", 2)] {
        let file = ["org", "create", "New", "--admin-email", "a@x", "--password-file", name, "--json"];
        let answer = home.run(&file);
        assert_eq!(answer.code_word(), (code, "usage".into()));
        assert!(answer.stderr.contains("cannot be read"), "{}", answer.stderr);
    }
    assert_eq!(home.run(&["org", "list", "-o", "name"]).stdout, "");
}

#[test]
fn largest_possible_arguments_are_handled() {
    let home = Home::signed_in();
    let large = "n".repeat(125_000);
    assert_eq!(home.create(&large, "a@x").code_word(), (2, "invalid_name".into()));
    assert_eq!(home.create("New", &large).code_word(), (2, "invalid_email".into()));
    assert_eq!(home.run(&["org", "get", "--json", &large]).code_word(), (5, "not_found".into()));
    assert_eq!(
        home.run(&["org", "list", "--json", "--cursor", &large]).code_word(),
        (2, "invalid_cursor".into())
    );
    let filter = home.run(&["org", "list", "--json", "--filter", &large]);
    assert!(matches!(filter.code, 0 | 2), "{}", filter.stderr);
    let mut command = home.command(&["whoami", "--json"]);
    let answer = Answer::of(command.env("TENANTRY_TOKEN", &large).output().unwrap());
    assert_eq!(answer.code_word(), (4, "unauthenticated".into()));
    assert!(answer.stderr.len() < 1_000, "and is not quoted");
    let entry =
        format!("{{\"sessions\":{{\"embedded: x\":{{\"access_token\":\"{}\"}}}}}}", "t".repeat(5_000_000));
    fs::write(home.state().join("session.json"), entry).unwrap();
    let answer = home.run(&["whoami", "--json"]);
    assert_eq!(answer.code_word(), (2, "usage".into()), "a session file of 5 MB");
    assert!(answer.stderr.contains("is damaged"), "{}", answer.stderr);
    let login = ["login", "--email", "root@example.com", "--password-stdin"];
    let again = home.run_with(&login, PASSWORD);
    assert_eq!(again.code, 0, "signing in replaces it: {}", again.stderr);
    assert!(again.stderr.contains("was damaged"), "{}", again.stderr);
    assert_eq!(home.run(&["whoami"]).code, 0);
    fs::set_permissions(home.state().join("session.json"), fs::Permissions::from_mode(0o400)).unwrap();
    assert_eq!(home.run(&["whoami"]).code, 0, "to be read is enough");
}

#[test]
fn session_file_of_another_user_or_with_hard_links_is_refused() {
    let home = Home::signed_in();
    let path = home.state().join("session.json");
    let refused = |why: &str| {
        let answer = home.run(&["whoami", "--json"]);
        assert_eq!(answer.code_word(), (2, "usage".into()), "{}", answer.stderr);
        assert!(answer.stderr.contains(why) && answer.stderr.contains("session.json"), "{}", answer.stderr);
    };
    let second = home.state().join("second");
    fs::hard_link(&path, &second).unwrap();
    refused("several hard links");
    fs::remove_file(second).unwrap();
    fs::write(&path, "{ not json").unwrap();
    refused("damaged");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    refused("session.json");
    fs::remove_dir(&path).unwrap();
    if rustix::process::geteuid().is_root() {
        fs::write(&path, "{}").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        chown(&path, Some(65_534), None).unwrap();
        refused("another user");
    }
}

#[test]
fn env_file_that_others_can_write_is_refused_unless_ignored() {
    let home = Home::signed_in();
    let path = home.folder.path().join(".env");
    fs::write(&path, "SESSION_MINUTES=7\n").unwrap();
    let refused = |why: &str| {
        let answer = home.run(&["whoami", "--json"]);
        assert_eq!(answer.code_word(), (2, "invalid_config".into()), "{}", answer.stderr);
        assert!(answer.stderr.contains(".env") && answer.stderr.contains(why), "{}", answer.stderr);
        assert_eq!(home.run(&["whoami", "--no-env-file"]).code, 0);
    };
    for mode in [0o666, 0o662] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        refused("written by others");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(home.run(&["whoami"]).code, 0, "to be read by others is no harm");
    if rustix::process::geteuid().is_root() {
        chown(&path, Some(65_534), None).unwrap();
        refused("another user");
    }
    fs::remove_file(&path).unwrap();
    symlink("elsewhere", &path).unwrap();
    refused("link");
    // Only the working folder's own: a folder below it does not see it.
    fs::remove_file(&path).unwrap();
    fs::write(&path, "SESSION_MINUTES=0\n").unwrap();
    let below = home.folder.path().join("below");
    fs::create_dir(&below).unwrap();
    let answer = Answer::of(home.command(&["whoami"]).current_dir(below).output().unwrap());
    assert_eq!(answer.code, 0, "{}", answer.stderr);
}

#[test]
fn source_of_the_store_is_shown() {
    let home = Home::new();
    let data = home.folder.path().join("elsewhere");
    fs::write(home.folder.path().join(".env"), format!("TENANTRY_DATA_DIR={}\n", data.display())).unwrap();
    for command in ["init", "login"] {
        let answer = home.run_with(&[command, "--email", "root@example.com", "--password-stdin"], PASSWORD);
        assert_eq!(answer.code, 0, "{}", answer.stderr);
    }
    let whoami = home.run(&["whoami", "--json"]).json();
    assert_eq!(whoami["store_from"], "env_file");
    assert!(whoami["store"].as_str().unwrap().contains("elsewhere/tenantry.db"), "{whoami}");
    let mut command = home.command(&["whoami", "--json"]);
    let answer = Answer::of(command.env("TENANTRY_DATA_DIR", &data).output().unwrap());
    assert_eq!(answer.json()["store_from"], "environment");
    fs::write(home.folder.path().join(".env"), "BCRYPT_COST=99\n").unwrap();
    let mut command = home.command(&["whoami", "--json"]);
    let answer = Answer::of(command.output().unwrap());
    assert!(answer.stderr.contains("from .env") && answer.stderr.contains("10 to 15"), "{}", answer.stderr);
}

/// Waits until a command that reads its stdin listens to signals. It registers SIGCONT last.
fn until_it_reads(child: &mut Child) {
    let bit = 1_u64 << (rustix::process::Signal::CONT.as_raw() - 1);
    loop {
        assert_eq!(child.try_wait().unwrap(), None, "it ended");
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
        if u64::from_str_radix(caught.trim(), 16).unwrap() & bit != 0 {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

#[test]
fn missing_secret_can_be_interrupted() {
    let home = Home::signed_in();
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let mut command =
            home.command(&["login", "--email", "root@example.com", "--password-stdin", "--json"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdin = child.stdin.take();
        until_it_reads(&mut child);
        let pid = child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{signal}"), &pid]).status().unwrap().success());
        let answer = Answer::of(child.wait_with_output().unwrap());
        drop(stdin);
        assert_eq!(answer.code, code, "{}", answer.stderr);
    }
}

#[test]
fn unprintable_result_of_a_write_says_that_it_was_made() {
    let home = Home::signed_in();
    let file = home.folder.path().join("secret");
    fs::write(&file, PASSWORD).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let file = file.to_str().unwrap();
    let into_full = |arguments: &[&str]| {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        Answer::of(home.command(arguments).stdin(Stdio::null()).stdout(full).output().unwrap())
    };
    let added = into_full(&["operator", "add", "kim@x", "--password-file", file]);
    assert_eq!(added.code, 1);
    assert!(added.stderr.contains("The change was made"), "{}", added.stderr);
    assert_eq!(home.run(&["operator", "list", "-o", "name"]).stdout, "kim@x\nroot@example.com\n");
    let own = into_full(&["account", "update", "--email", "boss@x", "--current-password-file", file]);
    assert_eq!(own.code, 1);
    assert_eq!(
        home.run(&["whoami", "--json"]).code_word(),
        (4, "unauthenticated".into()),
        "and is forgotten"
    );
    assert_eq!(into_full(&["--help"]).code, 1);
}

#[test]
fn dollar_in_an_env_file_is_literal() {
    let home = Home::signed_in();
    let path = home.folder.path().join(".env");
    let key = "abc$HOME-and-so-on-for-32-bytes-of-it";
    fs::write(&path, format!("# a comment with $HOME\nSECRET_KEY=\"{key}\"\n")).unwrap();
    assert_eq!(home.run(&["whoami", "--json"]).code_word(), (4, "unauthenticated".into()));
    let login = ["login", "--email", "root@example.com", "--password-stdin"];
    assert_eq!(home.run_with(&login, PASSWORD).code, 0);
    let mut whoami = home.command(&["whoami", "--no-env-file"]);
    assert_eq!(whoami.env("SECRET_KEY", key).output().unwrap().status.code(), Some(0), "the key is the text");
    let data = home.folder.path().join("with $HOME in it");
    fs::write(&path, format!("\u{feff}TENANTRY_DATA_DIR='{}'\n", data.display())).unwrap();
    assert_eq!(home.run_with(&["init", "--email", "a@b", "--password-stdin"], PASSWORD).code, 0);
    assert!(data.join("tenantry.db").exists(), "a value is what stands there");
}

#[test]
fn two_relative_data_folders_are_two_stores() {
    let home = Home::new();
    for name in ["one", "two"] {
        let folder = home.folder.path().join(name);
        fs::create_dir(&folder).unwrap();
        for command in ["init", "login"] {
            let mut command = home.command(&[command, "--email", &format!("{name}@x"), "--password-stdin"]);
            command.current_dir(&folder).env("TENANTRY_DATA_DIR", "data");
            assert_eq!(feed(command, PASSWORD).code, 0);
        }
    }
    let mut whoami = home.command(&["whoami", "--json"]);
    whoami.current_dir(home.folder.path().join("one")).env("TENANTRY_DATA_DIR", "data");
    assert_eq!(Answer::of(whoami.output().unwrap()).json()["email"], "one@x");
}

#[test]
fn logout_everywhere_with_an_ended_session_fails() {
    let home = Home::signed_in();
    let sign_in = ["--headless", "--no-save", "--email", "root@example.com", "--password-stdin"];
    let token = home.run_with(&sign_in, PASSWORD).stdout.trim().to_owned();
    assert_eq!(Answer::of(home.command(&["logout"]).env("TENANTRY_TOKEN", &token).output().unwrap()).code, 0);
    let mut everywhere = home.command(&["logout", "--everywhere", "--json"]);
    let answer = Answer::of(everywhere.env("TENANTRY_TOKEN", &token).output().unwrap());
    assert_eq!(answer.code_word(), (4, "session_expired".into()));
    assert_eq!(home.run(&["whoami"]).code, 0, "the other session goes on");
}

#[test]
fn invalid_uri_is_invalid_config() {
    let home = Home::new();
    let mut command = home.command(&["whoami", "--json"]);
    command.env("MONGO_URI", "mongodb://ann:pa@ss@db1/").env("SECRET_KEY", SECRET_KEY);
    let answer = Answer::of(command.output().unwrap());
    assert_eq!(answer.code_word(), (2, "invalid_config".into()));
    assert!(
        answer.stderr.contains("from the environment") && !answer.stderr.contains("pa@ss"),
        "{}",
        answer.stderr
    );
}

#[test]
fn control_characters_of_a_path_do_not_reach_the_terminal() {
    let home = Home::signed_in();
    let path = home.folder.path().join("\u{1b}[31mred");
    fs::write(&path, PASSWORD).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let login = ["login", "--email", "root@example.com", "--password-file", path.to_str().unwrap()];
    let answer = home.run(&login);
    assert!(answer.stderr.contains("can be read by others"), "{}", answer.stderr);
    assert!(!answer.stderr.contains('\u{1b}'), "{:?}", answer.stderr);
}
