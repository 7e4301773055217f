//! Every error code, and with it every exit code, reached by the binary; the table of them is compared with the list
//! in the code, the man page and `docs/scripts.md`.

use crate::common::home::{Answer, Home, On, PASSWORD};
use crate::common::proxy::{Act, Proxy};
use crate::common::pty::Terminal;
use assert_cmd::cargo::cargo_bin;
use mongodb::bson::{Document, doc};
use mongodb::{Client, Database};
use portable_pty::CommandBuilder;
use rusqlite::Connection;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::future::Future;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use tenantry::cli::exit::EXITS;

/// A test for each code: runs the binary until it answers the code that the test is named by.
macro_rules! codes {
    ($($code:ident => $reach:expr;)*) => {
        const REACHED: &[&str] = &[$(stringify!($code)),*];
        $(
            #[test]
            fn $code() {
                let reach: fn() -> Answer = $reach;
                let answer = reach();
                let word = stringify!($code);
                let expected = EXITS.iter().find(|exit| exit.codes.contains(&word)).unwrap().exit;
                let last = answer.stderr.lines().last().unwrap_or_default();
                let error = serde_json::from_str::<Value>(last).unwrap_or_else(|_| panic!("{}", answer.stderr));
                let error = &error["error"];
                assert_eq!(error["code"], word, "{}", answer.stderr);
                assert_eq!((answer.code, &error["exit_code"]), (i32::from(expected), &Value::from(expected)));
                // The doctor's findings are data.
                assert_eq!(answer.stdout.is_empty(), word != "differences", "{}", answer.stdout);
                assert!(error["message"].as_str().unwrap().ends_with(['.', '!']), "{error}");
            }
        )*
    };
}

codes! {
    internal => || {
        let home = Home::signed_in();
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        Answer::of(home.command(&["whoami", "--json"]).stdout(full).output().unwrap())
    };
    usage => || Home::new().run(&["org", "get", "--json"]);
    invalid_name => || Home::signed_in().create("a<b", "a@b");
    invalid_email => || Home::signed_in().create("New", "nobody");
    invalid_password => || {
        let arguments = ["org", "create", "New", "--admin-email", "a@b", "--password-stdin", "--json"];
        Home::signed_in().run_with(&arguments, "short")
    };
    invalid_archive => || {
        let home = Home::signed_in();
        let file = home.data().join("no-archive");
        fs::write(&file, "text").unwrap();
        let import = ["org", "import", file.to_str().unwrap(), "--password-stdin", "--json"];
        home.run_with(&import, PASSWORD)
    };
    invalid_filter => || Home::signed_in().run(&["org", "list", "--filter", "plan:pro", "--json"]);
    invalid_document => || {
        let home = with_acme();
        home.run_with(&["doc", "insert", "Acme", "-q"], "{\"_id\":7}");
        home.run_with(&["doc", "replace", "Acme", "7", "--json"], "{\"_id\":8}")
    };
    invalid_cursor => || Home::signed_in().run(&["operator", "list", "--cursor", "x", "--json"]);
    confirmation_required => || with_acme().run(&["org", "delete", "Acme", "--confirm", "acme", "--json"]);
    invalid_config => || {
        let home = Home::new();
        Answer::of(home.command(&["whoami", "--json"]).env("MASTER_DB", "").output().unwrap())
    };
    unavailable => || {
        let home = Home::new();
        let mut command = home.command(&["whoami", "--json"]);
        command.env("SECRET_KEY", "0123456789abcdef0123456789abcdef");
        command.env("MONGO_URI", "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=300");
        Answer::of(command.output().unwrap())
    };
    store_unusable => || {
        let home = Home::signed_in();
        fs::write(home.data().join("tenantry.db"), "garbage".repeat(1_000)).unwrap();
        home.run(&["org", "list", "--json"])
    };
    unauthenticated => || {
        let home = Home::signed_in();
        home.run(&["logout"]);
        home.run(&["org", "list", "--json"])
    };
    session_expired => || {
        let home = Home::signed_in();
        let sign_in = ["--headless", "--no-save", "--email", "root@example.com", "--password-stdin"];
        let token = home.run_with(&sign_in, PASSWORD).stdout.trim().to_owned();
        home.run(&["logout", "--everywhere"]);
        Answer::of(home.command(&["whoami", "--json"]).env("TENANTRY_TOKEN", token).output().unwrap())
    };
    invalid_credentials => || {
        let login = ["login", "--email", "root@example.com", "--password-stdin", "--json"];
        Home::signed_in().run_with(&login, "a wrong horse")
    };
    operation_mismatch => || {
        let home = with_acme();
        let id = "6f0c2f8e-3b1d-4f7e-9c58-0b8f2f1f6a11";
        home.run(&["org", "update", "Acme", "--name", "Acme Labs", "--operation-id", id, "--json"]).json();
        home.run(&["org", "update", "Acme Labs", "--name", "Other", "--operation-id", id, "--json"])
    };
    not_found => || Home::signed_in().run(&["org", "get", "nobody", "--json"]);
    name_taken => || with_acme().create("ACME", "other@x");
    email_taken => || with_acme().create("Other", "ANN@x");
    collection_exists => || {
        let home = Home::signed_in_on(On::MongoDb);
        wait_for(async {
            directly(&home).await.collection::<Document>("org_acme").insert_one(doc! {"x": 1}).await.unwrap();
        });
        home.create("Acme", "ann@x")
    };
    busy => || {
        let home = with_acme();
        let file = Connection::open(home.data().join("tenantry.db")).unwrap();
        assert_eq!(file.execute("UPDATE organizations SET state = 'deleting'", []).unwrap(), 1);
        home.run(&["org", "get", "Acme", "--json"])
    };
    changed => || held("findAndModify", true);
    collection_missing => || {
        let home = Home::signed_in_on(On::MongoDb);
        home.create("Acme", "ann@x").json();
        wait_for(async {
            directly(&home).await.collection::<Document>("org_acme").drop().await.unwrap();
        });
        home.run(&["org", "update", "Acme", "--name", "Acme Labs", "--json"])
    };
    already_initialized => || {
        let init = ["init", "--email", "a@b", "--password-stdin", "--json"];
        Home::signed_in().run_with(&init, PASSWORD)
    };
    last_operator => || {
        let email = "root@example.com";
        Home::signed_in().run(&["operator", "remove", email, "--confirm", email, "--json"])
    };
    some_failed => || {
        let answer = with_acme().run_with(&["doc", "insert", "Acme", "--json"], "{}\n[]");
        // The outcomes are data.
        assert!(answer.stdout.contains("jq -c"), "{}", answer.stdout);
        Answer { stdout: String::new(), ..answer }
    };
    differences => || {
        let home = with_acme();
        let file = Connection::open(home.data().join("tenantry.db")).unwrap();
        file.execute_batch("UPDATE meta SET operators = 2").unwrap();
        home.run(&["doctor", "--json"])
    };
    ambiguous => || {
        let home = with_acme();
        for _ in 0..2 {
            home.run(&["org", "delete", "Acme", "--confirm", "Acme", "--json"]).json();
            home.create("Acme", "ann@x").json();
        }
        home.run(&["org", "restore", "Acme", "--json"])
    };
    suspended => || {
        let home = with_acme();
        home.run(&["org", "suspend", "Acme", "--json"]).json();
        home.run_with(&["login", "--email", "ann@x", "--password-stdin", "--json"], PASSWORD)
    };
    forbidden => || {
        let home = with_acme();
        assert_eq!(home.run_with(&["login", "--email", "ann@x", "--password-stdin"], PASSWORD).code, 0);
        home.run(&["operator", "list", "--json"])
    };
    throttled => || {
        let home = Home::signed_in();
        let login = ["login", "--email", "root@example.com", "--password-stdin", "--json"];
        for _ in 0..7 {
            home.run_with(&login, "a wrong horse");
        }
        home.run_with(&login, PASSWORD)
    };
    timed_out => || held("renameCollection", false);
    terminal_gone => || {
        let home = Home::signed_in();
        let (code, errors) = (home.folder.path().join("code"), home.folder.path().join("errors"));
        let script = format!(
            "trap '' HUP; setsid --wait {} --json 2>{}; echo $? >{}",
            cargo_bin("tenantry").display(), errors.display(), code.display()
        );
        let mut command = CommandBuilder::new("sh");
        command.args(["-c", &script]);
        let mut shell = Terminal::new(home.folder.path()).start_command(command);
        shell.wait("Sign in");
        shell.hang_up("x");
        let ended = wait_for_line(&code);
        let (code, stderr) = (ended.trim().parse().unwrap(), fs::read_to_string(errors).unwrap());
        Answer { code, stdout: String::new(), stderr }
    };
    interrupted => || asked_and_then("\u{3}");
    terminated => || asked_and_then("");
}

fn with_acme() -> Home {
    let home = Home::signed_in();
    home.create("Acme", "ann@x").json();
    home
}

fn wait_for<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// The driver itself, in the runtime that asks: that of the home is gone.
async fn directly(home: &Home) -> Database {
    let database = home.database.as_ref().unwrap();
    Client::with_uri_str(&database.uri).await.unwrap().database(&database.name)
}

/// A rename whose first command of this name is held at the proxy: for good, or while someone else takes over.
fn held(command: &'static str, overtaken: bool) -> Answer {
    let home = Home::signed_in_on(On::MongoDb);
    home.create("Acme", "ann@x").json();
    // The session that is kept is for the server's own address.
    let sign_in = ["--headless", "--no-save", "--email", "root@example.com", "--password-stdin"];
    let token = home.run_with(&sign_in, PASSWORD).stdout.trim().to_owned();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let database = home.database.as_ref().unwrap();
        let proxy = Proxy::start(&database.uri).await;
        proxy.on(command, 1, Act::Hold);
        let mut rename = vec!["org", "update", "Acme", "--name", "Acme Labs", "--json"];
        if !overtaken {
            rename.extend(["--timeout", "5"]);
        }
        let mut rename = home.command(&rename);
        rename.env("MONGO_URI", proxy.uri()).env("TENANTRY_TOKEN", token).stdin(Stdio::null());
        let child: Child = rename.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut ended = tokio::task::spawn_blocking(|| Answer::of(child.wait_with_output().unwrap()));
        tokio::select! {
            () = proxy.held() => {}
            // Before it was held: its error says why.
            answer = &mut ended => return answer.unwrap(),
        }
        if overtaken {
            let records = directly(&home).await.collection::<Document>("organizations");
            records.update_one(doc! {}, doc! {"$inc": {"epoch": 1_i64}}).await.unwrap();
            proxy.release();
        }
        ended.await.unwrap()
    })
}

/// A command that asks for a password on a terminal, and gets a key or, without one, SIGTERM.
fn asked_and_then(key: &str) -> Answer {
    let home = Home::new();
    let login = ["init", "--email", "a@b", "--json"];
    let mut session = Terminal::new(home.folder.path()).args(&login).start();
    session.wait("Password (8 to 72 bytes): ");
    if key.is_empty() {
        session.signal("TERM");
    } else {
        session.send(key);
    }
    let code = i32::try_from(session.exit_code()).unwrap();
    session.wait("}}");
    session.assert_restored();
    // The terminal wraps lines that are too long.
    let screen = session.text();
    let error = screen.get(screen.find('{').unwrap()..).unwrap().replace('\n', "");
    Answer { code, stdout: String::new(), stderr: error }
}

fn wait_for_line(path: &Path) -> String {
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        match fs::read_to_string(path) {
            Ok(text) if text.ends_with('\n') => return text,
            _ => assert!(Instant::now() < until, "{} does not come", path.display()),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn every_code_is_reached_and_documented() {
    let known: BTreeSet<&str> = EXITS.iter().flat_map(|exit| exit.codes).copied().collect();
    // One command hashes one password; the queue is filled by a process that serves many (`service::password`).
    let by_many = ["overloaded"];
    assert_eq!(REACHED.iter().chain(&by_many).copied().collect::<BTreeSet<_>>(), known);
    let page = tenantry::manual::page();
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scripts.md");
    let document = fs::read_to_string(document).unwrap();
    for exit in EXITS {
        let (codes, number) = (exit.codes.join(", "), exit.exit);
        let row = exit.codes.iter().map(|code| format!("`{code}`")).collect::<Vec<_>>().join(", ");
        let row = format!("| {number} | {} | {row} |", exit.meaning).replace("|  |", "| |");
        assert!(document.contains(&row), "docs/scripts.md lacks the row\n{row}");
        let said = if codes.is_empty() {
            format!("{}.", exit.meaning)
        } else {
            format!("{}: {codes}.", exit.meaning)
        };
        let entry = format!("\\fB{number}\\fR\n{said}");
        assert!(page.contains(&entry), "the man page lacks\n{entry}");
    }
}
