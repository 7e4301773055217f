//! The binary as a binary: exit codes, stdout and stderr, files it leaves, input from stdin, closed pipes, signals.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "common/mongo.rs"]
mod mongo;

use assert_cmd::cargo::cargo_bin;
use mongo::TestDatabase;
use rstest::rstest;
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const PASSWORD: &str = "correct horse";

/// A home of its own, so that nothing of the machine is read or written.
struct Home {
    folder: TempDir,
    /// The database behind `MONGO_URI`; none on the embedded store.
    database: Option<TestDatabase>,
}

/// Which store a story runs on.
#[derive(Debug, Clone, Copy)]
enum On {
    Embedded,
    MongoDb,
}

struct Answer {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Answer {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn json(&self) -> Value {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""), "{}", self.stdout);
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// The error object, with stdout empty and the exit code as it says.
    fn error(&self) -> Value {
        assert_eq!(self.stdout, "");
        let error = serde_json::from_str::<Value>(&self.stderr).unwrap()["error"].clone();
        assert_eq!(error["exit_code"], self.code);
        error
    }

    fn code_word(&self) -> (i32, String) {
        (self.code, self.error()["code"].as_str().unwrap().to_owned())
    }
}

impl Home {
    fn new() -> Self {
        Self::on(On::Embedded)
    }

    fn on(store: On) -> Self {
        let database = match store {
            On::Embedded => None,
            On::MongoDb => {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                Some(runtime.block_on(TestDatabase::new()))
            }
        };
        Self { folder: tempfile::tempdir().unwrap(), database }
    }

    /// With the first operator, and it signed in.
    fn signed_in() -> Self {
        Self::signed_in_on(On::Embedded)
    }

    fn signed_in_on(store: On) -> Self {
        let home = Self::on(store);
        assert_eq!(
            home.run_with(&["init", "--email", "root@example.com", "--password-stdin"], PASSWORD).code,
            0
        );
        assert_eq!(
            home.run_with(&["login", "--email", "root@example.com", "--password-stdin"], PASSWORD).code,
            0
        );
        home
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(cargo_bin("tenantry"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.folder.path())
            .env("BCRYPT_COST", "10")
            .env("LANG", "C.UTF-8")
            .current_dir(self.folder.path());
        if let Some(database) = &self.database {
            command
                .env("MONGO_URI", &database.uri)
                .env("MASTER_DB", &database.name)
                .env("SECRET_KEY", "0123456789abcdef0123456789abcdef");
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Answer {
        Answer::of(self.command(arguments).stdin(Stdio::null()).output().unwrap())
    }

    fn run_with(&self, arguments: &[&str], input: &str) -> Answer {
        feed(self.command(arguments), input)
    }

    fn create(&self, name: &str, email: &str) -> Answer {
        self.run_with(
            &["org", "create", "--admin-email", email, "--password-stdin", "--json", "--", name],
            PASSWORD,
        )
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join(".local/share/tenantry")
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join(".local/state/tenantry")
    }
}

fn feed(mut command: Command, input: &str) -> Answer {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A command that fails before it reads has closed its stdin.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    Answer::of(child.wait_with_output().unwrap())
}

#[rstest]
fn the_life_of_an_organization_by_commands(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = Home::signed_in_on(store);
    let created = home.create("Acme", "ann@acme.example").json();
    assert_eq!(created["collection_name"], "org_acme");
    let fields: Vec<&String> = created.as_object().unwrap().keys().collect();
    let expected = [
        "organization_id",
        "organization_name",
        "collection_name",
        "admin_email",
        "state",
        "created_at",
        "updated_at",
    ];
    assert_eq!(fields, expected);
    let got = home.run(&["org", "get", "ACME", "--json"]).json();
    assert_eq!(got, created);
    let id = created["organization_id"].as_str().unwrap();
    assert_eq!(home.run(&["org", "get", "--id", id, "-o", "json"]).json(), created);
    let renamed = home.run(&["org", "update", "acme", "--name", "Acme Labs", "--json"]).json();
    assert_eq!(
        (&renamed["organization_id"], &renamed["collection_name"]),
        (&json!(id), &json!("org_acme_labs"))
    );
    let listed = home.run(&["org", "list", "--json"]).json();
    assert_eq!(listed, json!({"items": [renamed], "next_cursor": null, "truncated": false}));
    let deleted = home.run(&["org", "delete", "acme labs", "--confirm", "Acme Labs", "--json"]).json();
    let expected = json!({"organization_id": id, "organization_name": "Acme Labs",
        "collection_name": "org_acme_labs", "deleted": true});
    assert_eq!(deleted, expected);
    assert_eq!(home.run(&["org", "get", "Acme Labs", "--json"]).code_word(), (5, "not_found".into()));
}

#[test]
fn sessions_are_kept_shown_and_ended() {
    let home = Home::new();
    assert_eq!(home.run(&["whoami", "--json"]).code_word(), (4, "unauthenticated".into()));
    assert!(home.run(&["org", "list"]).stderr.contains("tenantry init"));
    let init =
        home.run_with(&["init", "--email", "root@example.com", "--password-stdin", "--json"], PASSWORD);
    assert_eq!(init.json(), json!({"email": "root@example.com", "role": "operator"}));
    let again = home.run_with(&["init", "--email", "x@y", "--password-stdin", "--json"], PASSWORD);
    assert_eq!(again.code_word(), (6, "already_initialized".into()));
    let wrong =
        home.run_with(&["login", "--email", "root@example.com", "--password-stdin", "--json"], "wrong");
    assert_eq!(wrong.code_word(), (4, "invalid_credentials".into()));
    let login =
        home.run_with(&["login", "--email", "ROOT@example.com", "--password-stdin", "--json"], PASSWORD);
    let login = login.json();
    assert_eq!((&login["token_type"], &login["organization_id"]), (&json!("bearer"), &Value::Null));
    assert_eq!(login["expires_in"], 1800);
    let whoami = home.run(&["whoami", "--json"]).json();
    assert_eq!(whoami["email"], "root@example.com");
    assert_eq!(whoami["store_from"], "default");
    assert_eq!(home.run(&["logout", "--json"]).json(), json!({"ended": true, "everywhere": false}));
    assert_eq!(home.run(&["logout", "--json"]).json(), json!({"ended": false, "everywhere": false}));
    assert_eq!(home.run(&["whoami", "--json"]).code_word(), (4, "unauthenticated".into()));
}

#[test]
fn headless_prints_the_bare_token_and_the_environment_wins() {
    let home = Home::signed_in();
    home.create("Acme", "ann@acme.example").json();
    let arguments = ["--headless", "--email", "ann@acme.example", "--password-stdin", "--no-save"];
    let headless = home.run_with(&arguments, &format!("{PASSWORD}\n"));
    assert_eq!((headless.code, headless.stdout.lines().count()), (0, 1));
    let token = headless.stdout.trim();
    let whoami = |home: &Home| {
        let output = home.command(&["whoami", "--json"]).env("TENANTRY_TOKEN", token).output().unwrap();
        Answer::of(output)
    };
    assert_eq!(whoami(&home).json()["role"], "admin");
    assert_eq!(home.run(&["whoami", "--json"]).json()["role"], "operator", "--no-save kept the file");
    let logout = home.command(&["logout"]).env("TENANTRY_TOKEN", token).output().unwrap();
    assert!(logout.status.success());
    assert_eq!(whoami(&home).code_word(), (4, "session_expired".into()));
    assert_eq!(home.run(&["whoami", "--json"]).json()["role"], "operator");
}

#[test]
fn an_admin_gives_the_current_password_by_file() {
    let home = Home::signed_in();
    home.create("Acme", "ann@acme.example").json();
    let login = ["login", "--email", "ann@acme.example", "--password-stdin"];
    assert_eq!(home.run_with(&login, PASSWORD).code, 0);
    let update = ["org", "update", "Acme", "--password-stdin", "--json"];
    assert_eq!(home.run_with(&update, "another horse").code_word(), (4, "invalid_credentials".into()));
    let file = home.folder.path().join("current");
    fs::write(&file, format!("{PASSWORD}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let with_file = [&update[..], &["--current-password-file", file.to_str().unwrap()]].concat();
    home.run_with(&with_file, "another horse").json();
    assert_eq!(home.run(&["whoami", "--json"]).code_word(), (4, "session_expired".into()));
    assert_eq!(home.run_with(&login, "another horse").code, 0);
    let again = [&update[..], &["--current-password-file", file.to_str().unwrap()]].concat();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    let refused = home.run_with(&again, PASSWORD);
    assert_eq!(refused.code_word(), (2, "usage".into()));
    assert!(refused.stderr.contains("written by others"));
}

#[rstest]
#[case(&["org", "create", "", "--admin-email", "a@b", "--password-stdin"], 2, "invalid_name")]
#[case(&["org", "create", "a/b", "--admin-email", "a@b", "--password-stdin"], 2, "invalid_name")]
#[case(&["org", "create", "New", "--admin-email", "ab", "--password-stdin"], 2, "invalid_email")]
#[case(&["org", "create", "acme", "--admin-email", "a@b", "--password-stdin"], 6, "name_taken")]
#[case(&["org", "create", "New", "--admin-email", "ANN@acme.example", "--password-stdin"], 6, "email_taken")]
#[case(&["org", "create", "New", "--admin-email", "a@b"], 2, "usage")]
#[case(&["org", "create", "New", "--password-stdin"], 2, "usage")]
#[case(&["org", "create"], 2, "usage")]
#[case(&["org", "get", "nobody"], 5, "not_found")]
#[case(&["org", "get"], 2, "usage")]
#[case(&["org", "get", "Acme", "--id", "6f0c2f8e-3b1d-4f7e-9c58-0b8f2f1f6a11"], 2, "usage")]
#[case(&["org", "get", "--id", "6f0c2f8e"], 2, "usage")]
#[case(&["org", "update", "Acme"], 2, "usage")]
#[case(&["org", "update", "Acme", "--name", "-/-"], 2, "invalid_name")]
#[case(&["org", "delete", "Acme"], 2, "confirmation_required")]
#[case(&["org", "delete", "Acme", "--confirm", "acme"], 2, "confirmation_required")]
#[case(&["org", "list", "--limit", "0"], 2, "usage")]
#[case(&["org", "list", "--limit", "1001"], 2, "usage")]
#[case(&["org", "list", "--all", "--limit", "5"], 2, "usage")]
#[case(&["org", "list", "--filter", "plan:pro"], 2, "invalid_filter")]
#[case(&["org", "list", "--cursor", "nonsense"], 2, "invalid_cursor")]
#[case(&["org", "list", "--state", "sleeping"], 2, "usage")]
#[case(&["--email", "a@b", "org", "list"], 2, "usage")]
#[case(&["--headless", "--email", "a@b"], 2, "usage")]
#[case(&["--headless", "--password-stdin"], 2, "usage")]
#[case(&["login"], 2, "usage")]
#[case(&["frobnicate"], 2, "usage")]
#[case(&["org", "list", "--timeout", "0"], 2, "usage")]
fn refusals_have_their_code_and_change_nothing(
    #[case] arguments: &[&str],
    #[case] code: i32,
    #[case] word: &str,
) {
    let home = Home::signed_in();
    home.create("Acme", "ann@acme.example").json();
    let before = home.run(&["org", "list", "--json"]).stdout;
    let mut arguments = arguments.to_vec();
    arguments.push("--json");
    let refused = home.run_with(&arguments, PASSWORD);
    assert_eq!(refused.code_word(), (code, word.to_owned()), "{}", refused.stderr);
    assert!(!refused.error()["message"].as_str().unwrap().is_empty());
    assert_eq!(home.run(&["org", "list", "--json"]).stdout, before);
}

#[test]
fn names_that_begin_with_a_dash_and_hostile_names() {
    let home = Home::signed_in();
    assert_eq!(home.create("-x", "x@y").json()["organization_name"], "-x");
    let updated = home.run(&["org", "update", "--name", "-y", "--json", "--", "-x"]).json();
    assert_eq!(updated["organization_name"], "-y");
    assert_eq!(home.run(&["org", "list", "--filter", "-y", "--json"]).json()["items"][0], updated);
    home.run(&["org", "delete", "--confirm", "-y", "--json", "--", "-y"]).json();
    for hostile in ["a\u{1b}[31mred", "a\u{202e}b", "a\nb", "a\u{9b}2J"] {
        let refused = home.create(hostile, "x@y");
        assert_eq!(refused.code_word(), (2, "invalid_name".into()));
        assert!(!refused.stderr.chars().any(|c| c.is_control() && c != '\n'), "{:?}", refused.stderr);
    }
    let prose = home.run(&["org", "get", "--", "a\u{1b}[31mred"]);
    assert_eq!((prose.code, prose.stderr.contains('\u{1b}')), (5, false));
}

#[rstest]
fn pages_by_cursor_and_a_note_on_stderr(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = Home::signed_in_on(store);
    for number in 0..5 {
        home.create(&format!("Org {number}"), &format!("a{number}@x")).json();
    }
    let first = home.run(&["org", "list", "--limit", "2", "--json"]).json();
    assert_eq!((first["items"].as_array().unwrap().len(), &first["truncated"]), (2, &json!(true)));
    let cursor = first["next_cursor"].as_str().unwrap();
    let next = home.run(&["org", "list", "--limit", "2", "--cursor", cursor, "--json"]).json();
    assert_eq!(next["items"][0]["organization_name"], "Org 2");
    let other = home.run(&["org", "list", "--sort", "created", "--cursor", cursor, "--json"]);
    assert_eq!(other.code_word(), (2, "invalid_cursor".into()));
    let table = home.run(&["org", "list", "--limit", "2"]);
    assert!(table.stdout.starts_with("NAME"), "{}", table.stdout);
    assert_eq!(table.stdout.lines().count(), 3);
    assert!(table.stderr.contains("more follow"), "{}", table.stderr);
    let all = home.run(&["org", "list", "--all", "--reverse", "--json"]).json();
    assert_eq!(all["items"][0]["organization_name"], "Org 4");
    assert_eq!(all["items"].as_array().unwrap().len(), 5);
}

#[test]
fn without_a_terminal_there_is_help_and_no_console() {
    let home = Home::new();
    let answer = home.run(&[]);
    assert_eq!((answer.code, answer.stdout.as_str()), (2, ""));
    assert!(answer.stderr.contains("Usage: tenantry"));
    let version = home.run(&["--version"]);
    assert_eq!(
        (version.code, version.stdout.as_str()),
        (0, concat!("tenantry ", env!("CARGO_PKG_VERSION"), "\n"))
    );
    assert_eq!(fs::read_dir(home.folder.path()).unwrap().count(), 0, "and nothing is made");
}

#[test]
fn a_closed_pipe_is_no_error() {
    let home = Home::signed_in();
    home.create("Acme", "ann@acme.example").json();
    let mut child =
        home.command(&["org", "list"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let answer = Answer::of(child.wait_with_output().unwrap());
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""));
}

#[test]
fn a_full_disk_behind_stdout_is_an_error() {
    let home = Home::signed_in();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let answer = Answer::of(home.command(&["whoami"]).stdout(full).output().unwrap());
    assert_eq!(answer.code, 1);
    assert!(answer.stderr.contains("stdout"), "{}", answer.stderr);
}

#[test]
fn files_are_the_users_alone() {
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
fn settings_that_are_wrong_stop_everything() {
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
    assert_eq!(home.run(&["whoami", "--no-env-file"]).code, 0);
}

#[test]
fn a_file_that_is_no_database_a_newer_one_and_another_applications() {
    let home = Home::new();
    fs::create_dir_all(home.data()).unwrap();
    let path = home.data().join("tenantry.db");
    fs::write(&path, "this is not a database, it only says so".repeat(100)).unwrap();
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
        ("PRAGMA application_id = 1953395833; PRAGMA user_version = 2", "newer tenantry"),
    ] {
        fs::remove_file(&path).unwrap();
        rusqlite::Connection::open(&path).unwrap().execute_batch(pragmas).unwrap();
        unusable(text);
    }
}

#[test]
fn a_damaged_database_is_an_error_and_no_panic() {
    let home = Home::signed_in();
    let path = home.data().join("tenantry.db");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 3]).unwrap();
    let answer = home.run(&["org", "list", "--json"]);
    assert_eq!(answer.code_word(), (3, "store_unusable".into()), "{}", answer.stderr);
}

#[test]
fn a_limit_on_the_size_of_files_is_a_full_disk() {
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
fn without_rights(home: &Home, arguments: &[&str]) -> Command {
    let template = home.command(arguments);
    if !rustix::process::geteuid().is_root() {
        return template;
    }
    // The build folder may be out of that user's reach.
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
fn a_folder_or_file_that_cannot_be_written_is_said_so() {
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

#[rstest]
fn four_processes_at_first_start_make_one_operator(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = Home::on(store);
    let email = |number| format!("root{number}@example.com");
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..4)
            .map(|number| {
                let home = &home;
                scope.spawn(move || {
                    home.run_with(
                        &["init", "--email", &email(number), "--password-stdin", "--json"],
                        PASSWORD,
                    )
                })
            })
            .collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });
    let made = answers.iter().filter(|answer| answer.code == 0).count();
    let refused = answers.iter().filter(|answer| answer.code == 6).count();
    assert_eq!((made, refused), (1, 3), "{:?}", answers.iter().map(|a| &a.stderr).collect::<Vec<_>>());
    let signed_in = (0..4)
        .filter(|number| {
            let login = ["login", "--email", &email(*number), "--password-stdin"];
            home.run_with(&login, PASSWORD).code == 0
        })
        .count();
    assert_eq!(signed_in, 1);
}

#[rstest]
fn one_name_by_eight_processes_is_one_organization(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = Home::signed_in_on(store);
    let codes: Vec<i32> = std::thread::scope(|scope| {
        let creates: Vec<_> = (0..8)
            .map(|number| {
                let home = &home;
                scope.spawn(move || home.create("Acme", &format!("a{number}@x")).code)
            })
            .collect();
        creates.into_iter().map(|create| create.join().unwrap()).collect()
    });
    assert_eq!(codes.iter().filter(|code| **code == 0).count(), 1, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == 6).count(), 7, "{codes:?}");
}

#[test]
fn an_empty_line_is_a_wrong_password_and_no_byte_is_usage() {
    let home = Home::signed_in();
    let login = ["login", "--email", "root@example.com", "--password-stdin", "--json"];
    assert_eq!(home.run_with(&login, "\n").code_word(), (4, "invalid_credentials".into()));
    assert_eq!(home.run_with(&login, "").code_word(), (2, "usage".into()));
    assert_eq!(home.run_with(&login, &format!("{PASSWORD}\n")).code, 0);
    assert_eq!(home.run_with(&login, &format!("{PASSWORD}\n\n")).code_word().0, 4, "one line end is dropped");
}

#[test]
fn too_many_tries_say_how_long_to_wait() {
    let home = Home::signed_in();
    let login = ["login", "--email", "root@example.com", "--password-stdin", "--json"];
    for _ in 0..7 {
        home.run_with(&login, "wrong horse");
    }
    // Waits of up to 2 s are sat out; the seventh failure made one of 4 s.
    let answer = home.run_with(&login, PASSWORD);
    assert_eq!(answer.code_word(), (10, "throttled".into()), "{}", answer.stderr);
    assert!(answer.error()["retry_after"].as_i64().unwrap() > 2);
    assert_eq!(answer.error()["retryable"], true);
}

#[test]
fn a_server_that_is_not_there_is_unavailable() {
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
fn help_lists_every_command() {
    let home = Home::new();
    let help = home.run(&["--help"]).stdout;
    for command in ["init", "login", "logout", "whoami", "org"] {
        assert!(help.contains(&format!("\n  {command}")), "{command}");
    }
    let help = home.run(&["org", "--help"]).stdout;
    for command in ["create", "list", "get", "update", "delete"] {
        assert!(help.contains(&format!("\n  {command}")), "{command}");
    }
}

#[test]
fn a_session_that_cannot_be_kept_is_said_so() {
    let home = Home::signed_in();
    let state = home.state();
    fs::remove_dir_all(&state).unwrap();
    fs::write(&state, "a file where the folder should be").unwrap();
    let login = ["login", "--email", "root@example.com", "--password-stdin", "--json"];
    let answer = home.run_with(&login, PASSWORD);
    assert_eq!(answer.code_word(), (3, "store_unusable".into()), "{}", answer.stderr);
    assert!(answer.stderr.contains("session.json"));
}

/// Nothing secret is in anything that was written: files, output, log at trace.
#[test]
fn no_secret_is_written_anywhere() {
    let home = Home::new();
    let mut said = String::new();
    let mut run = |arguments: &[&str], input: &str| {
        let mut command = home.command(arguments);
        command.env("TENANTRY_LOG", "trace");
        let answer = feed(command, input);
        said.push_str(&answer.stdout);
        said.push_str(&answer.stderr);
    };
    run(&["init", "--email", "root@example.com", "--password-stdin"], "canary-root-password");
    run(&["login", "--email", "root@example.com", "--password-stdin"], "canary-root-password");
    run(&["login", "--email", "root@example.com", "--password-stdin"], "canary-wrong-password");
    run(&["login", "--email", "canary-typed-into-the-email", "--password-stdin"], "canary-wrong-password");
    run(&["org", "create", "Acme", "--admin-email", "ann@x", "--password-stdin"], "canary-ann-password");
    run(&["org", "update", "Acme", "--password-stdin"], "canary-new-password");
    run(&["org", "create", "Bad", "--admin-email", "b@x", "--password-stdin"], &"canary-long".repeat(10));
    run(&["org", "list", "--json"], "");
    run(&["org", "delete", "Acme", "--confirm", "Acme"], "");
    let token: Value = serde_json::from_slice(&fs::read(home.state().join("session.json")).unwrap()).unwrap();
    let token = token["sessions"].as_object().unwrap().values().next().unwrap()["access_token"].clone();
    let signature = token.as_str().unwrap().rsplit_once('.').unwrap().1.to_owned();
    let key = fs::read_to_string(home.data().join("secret.key")).unwrap();
    assert!(said.contains("root@example.com"), "the story was told");
    for secret in ["canary-", signature.as_str(), key.as_str()] {
        assert!(!said.contains(secret), "{secret} was printed or logged");
    }
    for folder in [home.data(), home.state()] {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            assert!(!bytes.windows(7).any(|window| window == b"canary-"), "{}", path.display());
        }
    }
}
