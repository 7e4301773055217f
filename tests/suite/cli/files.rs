//! Files, folders, settings and stores that cannot be used.

use super::*;
use std::ffi::OsStr;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt;

#[test]
fn stdout_on_a_full_disk_is_an_error() {
    let home = Home::signed_in();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let answer = Answer::of(home.command(&["whoami"]).stdout(full).output().unwrap());
    assert_eq!(answer.code, 1);
    assert!(answer.stderr.contains("stdout"), "{}", answer.stderr);
}

#[test]
fn files_are_private_to_the_user() {
    let home = Home::signed_in();
    let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(home.data()), mode(home.state())), (0o700, 0o700));
    for file in ["tenantry.db", "secret.key"] {
        assert_eq!(mode(home.data().join(file)), 0o600, "{file}");
    }
    assert_eq!(mode(home.state().join("session.json")), 0o600);
}

#[test]
fn a_session_file_that_cannot_be_trusted_is_not_used() {
    let home = Home::signed_in();
    let path = home.state().join("session.json");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let answer = home.run(&["whoami"]);
    assert_eq!(answer.code, 4);
    assert!(answer.stderr.contains("could be read by others"), "{}", answer.stderr);
    assert_eq!(fs::metadata(&path).unwrap().len(), 0, "emptied");
    fs::remove_file(&path).unwrap();
    symlink("/etc/hostname", &path).unwrap();
    let answer = home.run(&["whoami", "--json"]);
    assert_eq!(answer.code_word(), (2, "usage".into()));
    assert!(answer.stderr.contains("is a link"));
}

#[test]
fn invalid_settings_stop_every_command() {
    let home = Home::signed_in();
    let answer = Answer::of(home.command(&["whoami", "--json"]).env("MONGO_URI", "").output().unwrap());
    assert_eq!(answer.code_word(), (2, "invalid_config".into()));
    fs::write(home.folder.path().join(".env"), "TENANTRY_DATADIR=x\n").unwrap();
    let answer = home.run(&["whoami", "--json"]);
    assert_eq!(answer.code_word(), (2, "invalid_config".into()));
    assert!(answer.stderr.contains("TENANTRY_DATADIR"));
    let mut command = home.command(&["whoami", "--json", "--no-env-file"]);
    let answer = Answer::of(command.env("TENANTRY_LOG", "tenantry=loud").output().unwrap());
    assert_eq!(answer.code_word(), (2, "invalid_config".into()));
    assert!(answer.stderr.contains("TENANTRY_LOG (from the environment) is"), "{}", answer.stderr);
    fs::write(home.folder.path().join(".env"), "\nTENANTRY_LOG=tenantry=loud\n").unwrap();
    let answer = home.run(&["whoami", "--json"]);
    assert!(answer.stderr.contains("TENANTRY_LOG (from .env, line 2) is"), "{}", answer.stderr);
    assert_eq!(home.run(&["whoami", "--no-env-file"]).code, 0);
}

#[test]
fn console_without_a_terminal_is_an_error_object_with_json() {
    let home = Home::new();
    for format in [&["-o", "json"][..], &["--json"], &["-o", "jsonl"]] {
        let answer = home.run(format);
        assert_eq!(answer.code_word(), (2, "usage".into()), "{format:?}: {}", answer.stderr);
        assert_eq!(answer.stderr_lines().len(), 1, "{format:?}: {}", answer.stderr);
    }
    let help = home.run(&[]);
    assert_eq!(help.code, 2);
    assert!(help.stderr.contains("Usage:"), "people get the help: {}", help.stderr);
}

#[test]
fn foreign_and_newer_database_files_are_refused() {
    let home = Home::new();
    fs::create_dir_all(home.data()).unwrap();
    let path = home.data().join("tenantry.db");
    let open = |path: &std::path::Path| {
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).mode(0o600).open(path).unwrap()
    };
    open(&path).write_all("this is not a database, it only says so".repeat(100).as_bytes()).unwrap();
    let unusable = |text: &str| {
        let init = ["init", "--email", "a@b", "--password-stdin", "--json"];
        let answer = home.run_with(&init, PASSWORD);
        assert_eq!(answer.code_word(), (3, "store_unusable".into()));
        assert_eq!(answer.error()["retryable"], false);
        assert!(answer.stderr.contains(text), "{}", answer.stderr);
    };
    unusable("is not a database");
    for (pragmas, text) in [
        ("CREATE TABLE t (x)", "another application"),
        ("PRAGMA application_id = 7", "another application"),
        ("PRAGMA application_id = 1953395833; PRAGMA user_version = 99", "newer tenantry"),
    ] {
        fs::remove_file(&path).unwrap();
        drop(open(&path));
        rusqlite::Connection::open(&path).unwrap().execute_batch(pragmas).unwrap();
        unusable(text);
    }
}

#[test]
fn damaged_database_is_an_error_without_a_panic() {
    let home = Home::signed_in();
    let path = home.data().join("tenantry.db");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 3]).unwrap();
    let answer = home.run(&["org", "list", "--json"]);
    assert_eq!(answer.code_word(), (3, "store_unusable".into()), "{}", answer.stderr);
}

#[test]
fn file_size_limit_is_reported_as_a_full_disk() {
    let home = Home::signed_in();
    let binary = cargo_bin("tenantry");
    let script = format!(
        "trap '' XFSZ; ulimit -f 160; for i in $(seq 1 400); do printf '%s' '{PASSWORD}' | {} org create \"Org $i\" \
         --admin-email a$i@x --password-stdin --json >/dev/null 2>err || {{ code=$?; cat err; exit $code; }}; done",
        binary.display()
    );
    let mut command = home.command(&[]);
    let template = std::mem::replace(&mut command, Command::new("bash"));
    command.args(["-c", &script]).env_clear().current_dir(home.folder.path());
    for (name, value) in template.get_envs() {
        command.env(name, value.unwrap());
    }
    command.env("PATH", "/usr/bin:/bin");
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.contains("\"store_unusable\"") && text.contains("full"), "{text}");
    let before = home.run(&["org", "list", "--all", "--json"]).json();
    assert!(!before["items"].as_array().unwrap().is_empty(), "what was acknowledged is there");
    home.create("Afterwards", "after@x").json();
}

/// The same command as a user who owns nothing: as root, by `setpriv`; else the tests' own user is one already.
pub(super) fn without_rights(home: &Home, arguments: &[&str]) -> Command {
    let template = home.command(arguments);
    if !rustix::process::geteuid().is_root() {
        return template;
    }
    // That user may not have access to the build folder.
    let binary = home.folder.path().join("tenantry");
    if !binary.exists() {
        fs::copy(cargo_bin("tenantry"), &binary).unwrap();
        fs::set_permissions(&binary, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "65534", "--clear-groups", "--"]).arg(binary).args(arguments).env_clear();
    for (name, value) in template.get_envs() {
        command.env(name, value.unwrap());
    }
    command.env("PATH", "/usr/bin:/bin").env("TENANTRY_DATA_DIR", home.data()).current_dir("/");
    command
}

#[test]
fn unwritable_folder_or_file_is_reported() {
    let home = Home::signed_in();
    let open = fs::Permissions::from_mode(0o755);
    for folder in
        [home.folder.path(), &home.folder.path().join(".local"), &home.folder.path().join(".local/share")]
    {
        fs::set_permissions(folder, open.clone()).unwrap();
    }
    let unusable = |text: &str| {
        let answer =
            feed(without_rights(&home, &["init", "--email", "a@b", "--password-stdin", "--json"]), PASSWORD);
        assert_eq!(answer.code_word(), (3, "store_unusable".into()), "{}", answer.stderr);
        assert!(answer.stderr.contains(text), "{}", answer.stderr);
    };
    if rustix::process::geteuid().is_root() {
        unusable("denied");
    }
    fs::set_permissions(home.data(), fs::Permissions::from_mode(0o555)).unwrap();
    fs::set_permissions(home.data().join("tenantry.db"), fs::Permissions::from_mode(0o444)).unwrap();
    unusable("tenantry.db");
    fs::remove_file(home.data().join("tenantry.db")).unwrap();
    unusable("denied");
}

#[test]
fn missing_server_is_unavailable() {
    let home = Home::new();
    let mut command = home.command(&["whoami", "--json"]);
    command
        .env("MONGO_URI", "mongodb://ann:hunter2secret@127.0.0.1:1/?serverSelectionTimeoutMS=300")
        .env("SECRET_KEY", "0123456789abcdef0123456789abcdef");
    let answer = Answer::of(command.output().unwrap());
    assert_eq!(answer.code_word(), (3, "unavailable".into()));
    assert!(answer.stderr.contains("127.0.0.1:1"), "{}", answer.stderr);
    assert!(!answer.stderr.contains("hunter2"), "the password of the URI is not shown");
}

#[test]
fn session_that_cannot_be_saved_is_reported() {
    let home = Home::signed_in();
    let state = home.state();
    fs::remove_dir_all(&state).unwrap();
    fs::write(&state, "a file where the folder should be").unwrap();
    let login = ["login", "--email", "root@example.com", "--password-stdin", "--json"];
    let answer = home.run_with(&login, PASSWORD);
    assert_eq!(answer.code_word(), (3, "store_unusable".into()), "{}", answer.stderr);
    assert!(answer.stderr.contains("session.json"));
}

/// The driver's message only goes to the log, under the request's id.
#[test]
fn internal_error_shows_a_request_id_and_logs_the_cause() {
    let home = Home::signed_in();
    home.create("Acme", "ann@x").json();
    let file = rusqlite::Connection::open(home.data().join("tenantry.db")).unwrap();
    // The next one is no whole number any more.
    file.execute_batch("UPDATE organizations SET epoch = 9223372036854775807").unwrap();
    let logged = |filter: &str| {
        let mut command = home.command(&["org", "update", "Acme", "--name", "Acme Labs", "--json"]);
        Answer::of(command.env("TENANTRY_LOG", filter).stdin(Stdio::null()).output().unwrap())
    };
    let silent = logged("off");
    assert_eq!(silent.code_word(), (1, "internal".into()), "{}", silent.stderr);
    let message = silent.error()["message"].as_str().unwrap().to_owned();
    let request = message.split("request ").nth(1).unwrap().trim_end_matches([')', '.']).to_owned();
    assert!(uuid::Uuid::parse_str(&request).is_ok(), "{message}");
    assert!(!message.contains("column") && !message.to_lowercase().contains("sql"), "{message}");
    let loud = logged("error");
    let (log, error) = loud.stderr.trim_end().rsplit_once('\n').unwrap();
    let request = error.split("request ").nth(1).unwrap().split(')').next().unwrap();
    assert!(log.contains("ERROR") && log.contains(request), "{log}");
}

#[test]
fn an_env_file_over_64_kib_is_refused_not_cut() {
    let home = Home::new();
    let text = format!("#{}\nMONGO_URI=mongodb://elsewhere/\n", "x".repeat(65_536));
    fs::write(home.folder.path().join(".env"), text).unwrap();
    let refused = home.run(&["whoami", "--json"]);
    assert_eq!(refused.code_word(), (2, "invalid_config".into()));
    assert!(refused.stderr.contains(".env is larger than 64 KiB"), "{}", refused.stderr);
}

#[test]
fn folders_with_a_path_that_is_not_utf_8_are_refused() {
    let home = Home::new();
    // 0xFF is never UTF-8.
    let odd = OsStr::from_bytes(b"odd\xff");
    let mut command = home.command(&["init", "--email", "a@b", "--password-stdin", "--json"]);
    command.env("TENANTRY_DATA_DIR", home.folder.path().join(odd));
    let refused = feed(command, PASSWORD);
    assert_eq!(refused.code_word(), (2, "invalid_config".into()));
    assert!(refused.stderr.contains("TENANTRY_DATA_DIR"), "{}", refused.stderr);
    let mut command = home.command(&["demo", "--json", "--keep"]);
    let refused = Answer::of(command.arg(odd).stdin(Stdio::null()).output().unwrap());
    assert_eq!(refused.code_word(), (2, "usage".into()));
    assert!(refused.stderr.contains("--keep"), "{}", refused.stderr);
    assert_eq!(fs::read_dir(home.folder.path()).unwrap().count(), 0);
}

/// A unit of systemd, a cron job: no folder is asked for that no file is put in.
#[rstest]
fn commands_without_a_folder_need_no_home(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = Home::signed_in_on(store);
    let login = ["--headless", "--no-save", "--email", "root@example.com", "--password-stdin", "--json"];
    let signed_in = home.run_with(&login, PASSWORD).json();
    let token = signed_in["access_token"].as_str().unwrap().to_owned();
    let without_home = |arguments: &[&str]| {
        let mut command = home.command(arguments);
        command.env_remove("HOME").env("TENANTRY_DATA_DIR", home.data());
        command
    };
    let mut list = without_home(&["org", "list", "--json"]);
    let answer = Answer::of(list.env("TENANTRY_TOKEN", &token).stdin(Stdio::null()).output().unwrap());
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert_eq!(feed(without_home(&login), PASSWORD).code, 0, "it keeps nothing");
    let kept = Answer::of(without_home(&["org", "list", "--json"]).stdin(Stdio::null()).output().unwrap());
    assert_eq!(kept.code_word(), (2, "invalid_config".into()));
    assert!(kept.stderr.contains("XDG_STATE_HOME"), "{}", kept.stderr);
}
