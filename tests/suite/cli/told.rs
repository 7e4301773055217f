//! What stderr says besides errors: warnings, log lines, and nothing that controls a terminal.

use super::*;
use crate::common::home::SECRET_KEY;
use crate::common::proxy::{Act, Proxy};
use mongodb::bson::doc;

fn codes(answer: &Answer) -> Vec<String> {
    answer.warnings().iter().map(|warning| warning["code"].as_str().unwrap().to_owned()).collect()
}

/// A command with this URI; no server listens there unless a test starts one.
fn on_uri(uri: &str, arguments: &[&str]) -> Answer {
    let home = Home::new();
    let mut command = home.command(arguments);
    Answer::of(
        command
            .env("MONGO_URI", uri)
            .env("SECRET_KEY", SECRET_KEY)
            .env("TENANTRY_TOKEN", "x")
            .output()
            .unwrap(),
    )
}

/// The text of a server that was written to harm who reads it.
const HOSTILE: &str =
    "no\u{1b}]52;c;ZXZpbA==\u{7}\u{9b}2J\u{202e}\n2026-01-01T00:00:00Z ERROR forged: call +1 555\r";

/// Runs a command against a server that answers each `find` with the hostile text, as an error of this code.
fn against_hostile_server(code: i32, arguments: &[&str], filter: Option<&str>) -> Answer {
    let home = Home::signed_in_on(On::MongoDb);
    let sign_in = ["--headless", "--no-save", "--email", "root@example.com", "--password-stdin"];
    let token = home.run_with(&sign_in, PASSWORD).stdout.trim().to_owned();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let proxy = Proxy::start(&home.database.as_ref().unwrap().uri).await;
        let answer = doc! {"ok": 0.0, "code": code, "codeName": HOSTILE, "errmsg": HOSTILE};
        proxy.rule(move |call| if call.command == "find" { Act::Answer(answer.clone()) } else { Act::Pass });
        let mut command = home.command(arguments);
        command.env("MONGO_URI", proxy.uri()).env("TENANTRY_TOKEN", token).stdin(Stdio::null());
        filter.map(|filter| command.env("TENANTRY_LOG", filter));
        let run = tokio::task::spawn_blocking(move || Answer::of(command.output().unwrap()));
        run.await.unwrap()
    })
}

#[test]
fn server_text_reaches_the_terminal_only_as_visible_marks() {
    for code in [2, 11_600] {
        let answer = against_hostile_server(code, &["org", "list"], Some("trace,mongodb=off"));
        assert_ne!(answer.code, 0);
        assert!(answer.stderr.contains("forged"), "it is in the log: {}", answer.stderr);
        for line in answer.stderr.lines() {
            assert!(!line.chars().any(tenantry::domain::text::controls_terminal), "{line:?}");
            assert!(!line.starts_with("2026-01-01"), "a line was forged: {line}");
            assert!(!line.contains("RawDocumentBuf") && !line.contains("data:"), "a raw reply: {line}");
        }
    }
}

#[test]
fn json_stderr_has_only_objects_and_ends_with_the_error() {
    let silent = against_hostile_server(2, &["org", "list", "-o", "json"], None);
    assert_eq!(silent.code_word(), (1, "internal".into()));
    assert_eq!(silent.stderr_lines().len(), 1, "{}", silent.stderr);
    let logged = against_hostile_server(2, &["org", "list", "-o", "jsonl"], Some("debug"));
    let lines: Vec<Value> =
        logged.stderr.lines().map(|line| serde_json::from_str(line).expect(&logged.stderr)).collect();
    let (error, log) = lines.split_last().unwrap();
    assert_eq!(error["error"]["code"], "internal");
    assert!(log.iter().any(|line| line["level"] == "ERROR"), "{log:?}");
}

#[test]
fn invalid_arguments_are_shown_with_visible_marks() {
    for argument in ["--\u{9b}2J", "a\u{202e}b\r", "\u{1b}]0;x\u{7}"] {
        let answer = Home::new().run(&["org", "get", "x", argument]);
        assert_eq!(answer.code, 2);
        let text = answer.stderr.replace('\n', "");
        assert!(!text.chars().any(tenantry::domain::text::controls_terminal), "{text:?}");
    }
}

#[test]
fn store_or_key_from_the_env_file_is_reported_before_a_password_or_a_write() {
    let home = Home::new();
    let data = home.folder.path().join("elsewhere");
    let text = format!("TENANTRY_DATA_DIR={}\nSECRET_KEY={SECRET_KEY}\n", data.display());
    fs::write(home.folder.path().join(".env"), text).unwrap();
    let init = ["init", "--email", "root@example.com", "--password-stdin", "-o", "json"];
    let answer = home.run_with(&init, PASSWORD);
    assert_eq!((answer.code, codes(&answer)), (0, vec!["env_file".to_owned()]), "{}", answer.stderr);
    let answer = home.run(&["login", "--email", "root@example.com"]);
    let (warning, error) = answer.stderr.split_once('\n').unwrap();
    assert!(warning.contains("store and its key") && warning.contains("/.env"), "{warning}");
    assert!(error.contains("--password-stdin"), "ahead of the prompt: {error}");
    assert_eq!(
        home.run_with(&["login", "--email", "root@example.com", "--password-stdin"], PASSWORD).code,
        0
    );
    for (arguments, is_told) in [
        (&["org", "create", "New", "--admin-email", "a@x", "-o", "json"][..], true),
        (&["org", "delete", "New", "--confirm", "New", "-o", "jsonl"], true),
        (&["logout", "-o", "json"], true),
        (&["org", "list", "-o", "json"], false),
    ] {
        let answer = home.run(arguments);
        assert_eq!(
            codes(&answer).contains(&"env_file".to_owned()),
            is_told,
            "{arguments:?} {}",
            answer.stderr
        );
    }
    // The environment wins, so nothing comes from the file.
    let mut command = home.command(&["logout", "-o", "json"]);
    let answer =
        Answer::of(command.env("TENANTRY_DATA_DIR", &data).env("SECRET_KEY", SECRET_KEY).output().unwrap());
    assert_eq!(codes(&answer), Vec::<String>::new());
}

#[test]
fn env_folder_is_skipped_with_a_warning() {
    let home = Home::signed_in();
    fs::create_dir(home.folder.path().join(".env")).unwrap();
    let answer = home.run(&["whoami", "-o", "json"]);
    assert_eq!((answer.code, codes(&answer)), (0, vec!["env_file_skipped".to_owned()]), "{}", answer.stderr);
}

#[test]
fn every_command_warns_about_an_insecure_connection() {
    // Nothing listens at these addresses: they are local, or reserved for documentation (RFC 5737).
    for (uri, code) in [
        ("mongodb://192.0.2.1:1/", "not_encrypted"),
        ("mongodb://127.0.0.1:1/?tlsInsecure=true", "tls_insecure"),
        ("mongodb://127.0.0.1:1/?tls=true&tlsAllowInvalidCertificates=true", "tls_insecure"),
        ("mongodb://127.0.0.1:1/shop", "uri_database"),
        ("mongodb://127.0.0.1:1/?useNewUrlParser=true", "uri_option"),
    ] {
        for arguments in [&["org", "list"][..], &["whoami"], &["org", "delete", "A", "--confirm", "A"]] {
            let arguments = [arguments, &["-o", "json", "--timeout", "1"]].concat();
            let answer = on_uri(uri, &arguments);
            assert_eq!(codes(&answer), [code], "{uri} {arguments:?}: {}", answer.stderr);
        }
    }
}

#[rstest]
#[case("socketTimeoutMS=1")]
#[case("maxPoolSize=0")]
#[case("tlsCAFile=/hunter2")]
#[case("retryWrites=hunter2")]
fn unsupported_uri_option_is_invalid_config(#[case] option: &str) {
    let answer = on_uri(&format!("mongodb://ann:hunter2@127.0.0.1:1/?{option}"), &["org", "list", "--json"]);
    assert_eq!(answer.code_word(), (2, "invalid_config".into()), "{}", answer.stderr);
    assert!(answer.stderr.contains(option.split('=').next().unwrap()), "{}", answer.stderr);
    assert!(!answer.stderr.contains("hunter2"), "{}", answer.stderr);
}

/// A server of one answer, whatever it is asked.
fn answering(bytes: &'static [u8]) -> u16 {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(bytes);
        }
    });
    port
}

#[test]
fn each_cause_of_a_failed_connection_has_its_own_message() {
    const HTTP: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let http = answering(HTTP);
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mute = silent.local_addr().unwrap().port();
    let closing = answering(b"");
    let test = std::env::var("TENANTRY_TEST_MONGO_URI").unwrap();
    for (uri, code, words) in [
        ("mongodb://127.0.0.1:1/".to_owned(), "unavailable", "connection refused"),
        ("mongodb://127.0.0.1:1,127.0.0.1:2/".to_owned(), "unavailable", "connection refused"),
        ("mongodb://%2Fno%2Fsuch.sock/".to_owned(), "unavailable", "no such socket"),
        ("mongodb://no-such-host.invalid/".to_owned(), "unavailable", "unknown host name"),
        (format!("mongodb://127.0.0.1:{mute}/"), "unavailable", "127.0.0.1"),
        (format!("mongodb://127.0.0.1:{http}/"), "store_unusable", "is not a MongoDB server"),
        (format!("mongodb://127.0.0.1:{http}/?tls=true"), "store_unusable", "does not speak TLS"),
        (format!("mongodb://127.0.0.1:{closing}/?tls=true"), "unavailable", "TLS handshake"),
        (format!("{test}&replicaSet=rs7"), "store_unusable", "rs7"),
        (test.replace("directConnection=true", "loadBalanced=true"), "store_unusable", "loadBalanced"),
    ] {
        // Who waits for the timeout where the cause is sure does not end within the time of a test.
        let is_sure = !uri.contains(&mute.to_string());
        let timeout = if is_sure { "3600" } else { "3" };
        let answer = on_uri(&uri, &["org", "list", "--json", "--timeout", timeout]);
        assert_eq!(answer.code_word(), (3, code.into()), "{uri}: {}", answer.stderr);
        assert!(answer.stderr.contains(words), "{uri}: {}", answer.stderr);
    }
}

#[test]
fn password_with_characters_from_an_editor_is_refused() {
    let home = Home::signed_in();
    let file = home.folder.path().join("password");
    for (text, says) in [
        (format!("\u{feff}{PASSWORD}\n"), "byte order mark"),
        (format!("{PASSWORD}\nsecond\n"), "more than one line"),
        (format!("{PASSWORD}\n\n"), "more than one line"),
        (format!("{PASSWORD}\u{1b}[A"), "control character"),
        (format!("{PASSWORD}\t"), "control character"),
    ] {
        fs::write(&file, &text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let login = ["login", "--email", "root@example.com", "--json"];
        let of_file = home.run(&[&login[..], &["--password-file", file.to_str().unwrap()]].concat());
        let of_stdin = home.run_with(&[&login[..], &["--password-stdin"]].concat(), &text);
        for answer in [of_file, of_stdin] {
            assert_eq!(answer.code_word(), (2, "usage".into()), "{text:?}: {}", answer.stderr);
            assert!(answer.stderr.contains(says) && !answer.stderr.contains("horse"), "{}", answer.stderr);
        }
    }
    let crlf =
        home.run_with(&["login", "--email", "root@example.com", "--password-stdin"], "correct horse\r\n");
    assert_eq!(crlf.code, 0, "one line end is dropped: {}", crlf.stderr);
}

#[rstest]
fn white_space_around_an_email_is_dropped(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = Home::signed_in_on(store);
    let login = ["login", "--email", " root@example.com \n", "--password-stdin"];
    assert_eq!(home.run_with(&login, PASSWORD).code, 0);
    assert_eq!(home.create("Acme", "\tann@x ").json()["admin_email"], "ann@x");
}

#[test]
fn refused_token_of_the_environment_says_that_it_takes_precedence() {
    let home = Home::signed_in();
    let sign_in = ["--headless", "--no-save", "--email", "root@example.com", "--password-stdin"];
    let token = home.run_with(&sign_in, PASSWORD).stdout.trim().to_owned();
    for (value, flaw) in [
        (format!("Bearer {token}"), "begins with \\\"Bearer \\\""),
        (format!("bearer {token}"), "Bearer"),
        (format!("{token}\n"), "line break"),
        (format!("\"{token}\""), "quotes"),
        ("x".to_owned(), ""),
    ] {
        for arguments in [&["whoami", "--json"][..], &["org", "list", "--json"]] {
            let mut command = home.command(arguments);
            let answer = Answer::of(command.env("TENANTRY_TOKEN", &value).output().unwrap());
            assert_eq!(answer.code_word(), (4, "unauthenticated".into()), "{}", answer.stderr);
            assert!(answer.stderr.contains(flaw), "{value:?}: {}", answer.stderr);
            let hint = answer.error()["hint"].as_str().unwrap().to_owned();
            assert!(hint.contains("TENANTRY_TOKEN is set and takes precedence"), "{hint}");
        }
    }
}

/// The strings that a core file would contain.
#[test]
fn no_core_is_written() {
    let home = Home::signed_in();
    let mut command = home.command(&["login", "--email", "root@example.com", "--password-stdin"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        let limits = fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
        if core.split_whitespace().skip(4).take(2).eq(["0", "0"]) {
            break;
        }
        assert!(std::time::Instant::now() < until, "{core}");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}
