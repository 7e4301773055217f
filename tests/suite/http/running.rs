//! Running the web face: where it listens, TLS, readiness, metrics, the log of requests, and pages of other origins.

use super::client::{Request, send};
use super::ground::{Ground, Maker, Serve};
use crate::common::home::{Answer, Home, On};
use rstest::rstest;
use serde_json::Value;
use std::io::{Write, copy};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

/// A store with its first operator.
pub(super) fn initialized(store: On) -> Home {
    let home = Home::on(store);
    Maker::on(&home);
    home
}

/// A server with these arguments.
pub(super) fn started(home: &Home, arguments: &[&str]) -> Serve {
    let mut command = home.command(&["serve"]);
    command.args(arguments);
    Serve::of(command)
}

#[test]
fn plain_http_stays_on_loopback_unless_a_proxy_does_tls() {
    let home = initialized(On::Embedded);
    for address in ["0.0.0.0:0", "[::]:0"] {
        let refused = home.run(&["serve", "--listen", address, "-o", "json"]);
        assert_eq!(refused.code_word(), (2, "usage".into()));
        assert!(refused.error()["hint"].as_str().unwrap().contains("--behind-tls-proxy"), "{refused:?}");
    }
    let serve = started(&home, &["--listen", "0.0.0.0:0", "--behind-tls-proxy"]);
    assert!(serve.began.contains("http://0.0.0.0:"), "{}", serve.began);
}

#[test]
fn what_cannot_be_served_is_said_at_the_start() {
    let home = Home::on(On::Embedded);
    let refused = home.run(&["serve", "--listen", "127.0.0.1:0", "-o", "json"]);
    assert_eq!(refused.code_word(), (4, "unauthenticated".into()), "no operator yet");
    let home = initialized(On::Embedded);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refused = home.run(&["serve", "--listen", &address, "-o", "json"]);
    assert_eq!(refused.code_word(), (2, "usage".into()));
    assert!(refused.error()["message"].as_str().unwrap().contains(&address), "{refused:?}");
    let (certificate, key) = certificate(&home);
    let swapped =
        ["serve", "--listen", "127.0.0.1:0", "--tls-cert", &key, "--tls-key", &certificate, "-o", "json"];
    let refused = home.run(&swapped);
    assert_eq!(refused.code_word(), (2, "usage".into()));
    assert!(refused.error()["message"].as_str().unwrap().contains(&key), "{refused:?}");
    assert!(!refused.stderr.contains("Listening"), "nobody is told to come: {refused:?}");
    assert_eq!(home.run(&["serve", "--tls-cert", &certificate]).code, 2, "a certificate without its key");
}

/// A certificate for 127.0.0.1 that signs itself, and its key.
pub(super) fn certificate(home: &Home) -> (String, String) {
    let path = |name: &str| -> PathBuf { home.folder.path().join(name) };
    let (certificate, key) = (path("cert.pem"), path("key.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1", "-out"])
        .arg(&certificate)
        .arg("-keyout")
        .arg(&key)
        .stderr(Stdio::null())
        .status();
    assert!(made.unwrap().success());
    (certificate.to_str().unwrap().to_owned(), key.to_str().unwrap().to_owned())
}

/// What a client that trusts this certificate alone is answered; nothing if it is shown another one.
pub(super) fn over_tls(address: SocketAddr, trusted: &str) -> String {
    let mut client = Command::new("openssl")
        .args(["s_client", "-quiet", "-verify_return_error", "-verify_ip", "127.0.0.1", "-CAfile", trusted])
        .args(["-connect", &address.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let request = "GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    // A client that does not trust the server may be gone already.
    let _ = client.stdin.as_mut().unwrap().write_all(request.as_bytes());
    let answer = client.wait_with_output().unwrap();
    String::from_utf8_lossy(&answer.stdout).into_owned()
}

#[test]
fn tls_of_its_own_answers_tls_alone() {
    let home = initialized(On::Embedded);
    let (certificate, key) = certificate(&home);
    let arguments = ["--listen", "127.0.0.1:0", "--tls-cert", &certificate, "--tls-key", &key];
    let serve = started(&home, &arguments);
    assert!(serve.began.contains("https://"), "{}", serve.began);
    let answer = over_tls(serve.at, &certificate);
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("\"live\""), "{answer}");
    let plain = send(serve.at, &Request::get("/health/live"));
    assert!(plain.is_err(), "plain text was answered: {plain:?}");
}

/// Passes connections on to the store, from a port that nothing answered before.
fn pass_on(from: SocketAddr, to: &str) {
    let (listener, to) = (TcpListener::bind(from).unwrap(), to.to_owned());
    thread::spawn(move || {
        for near in listener.incoming().map_while(Result::ok) {
            let far = TcpStream::connect(&to).unwrap();
            for (mut one, mut other) in [(near.try_clone().unwrap(), far.try_clone().unwrap()), (far, near)] {
                thread::spawn(move || copy(&mut one, &mut other));
            }
        }
    });
}

#[test]
fn readiness_follows_the_store_on_mongodb() {
    let mut home = initialized(On::MongoDb);
    let uri = home.database.as_ref().unwrap().uri.clone();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let host = uri.split("://").nth(1).unwrap().split('/').next().unwrap().to_owned();
    home.way = Some(uri.replacen(&host, &port.to_string(), 1));
    let serve = Serve::start(&home, &[]);
    let status = |path: &str| serve.send(&Request::get(path));
    assert_eq!(status("/health/live").status, 200);
    let ready = status("/health/ready").expect(503).json();
    assert_eq!(ready["status"], "not_ready");
    assert!(["unavailable", "timed_out"].contains(&ready["code"].as_str().unwrap()), "{ready}");
    let refused = serve.get("Acme").expect(503);
    assert_eq!((refused.field("code").as_str(), refused.header("retry-after")), ("unavailable", Some("1")));
    pass_on(port, &host);
    while status("/health/ready").status != 200 {
        thread::yield_now();
    }
    assert_eq!(serve.get("Acme").status, 404);
}

#[rstest]
fn metrics_and_log_have_routes_and_no_names(#[values(On::Embedded, On::MongoDb)] store: On) {
    let ground = Ground::on(store);
    let org = ground.org_called("Kept Secret");
    assert_eq!(ground.open.get(&org.name).status, 200);
    assert_eq!(ground.open.get("Nothing Of It").status, 404);
    ground.open.send(&Request::new("BREW", "/Kept/Secret")).expect(404);
    let metrics = ground.open.send(&Request::get("/metrics")).expect(200).text();
    for (status, count) in [(200, 1), (404, 1)] {
        let line = format!(
            "tenantry_http_requests_total{{method=\"GET\",route=\"/org/get\",status=\"{status}\"}} {count}\n"
        );
        assert!(metrics.contains(&line), "{metrics}");
    }
    assert!(metrics.contains("method=\"other\",route=\"unknown\""), "{metrics}");
    // The line of the request that came last.
    ground.open.says("\"/metrics\"");
    let lines: Vec<Value> =
        ground.open.log().lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let of_get: Vec<&Value> = lines.iter().filter(|line| line["fields"]["route"] == "/org/get").collect();
    assert_eq!(of_get.len(), 2, "{}", ground.open.log());
    assert_eq!(of_get[0]["fields"]["status"], 200);
    for text in [metrics, ground.open.log()] {
        for name in ["Kept", "kept", "Nothing", &org.email] {
            assert!(!text.contains(name), "{name}: {text}");
        }
    }
}

#[test]
fn a_request_keeps_its_id_or_gets_one() {
    let home = initialized(On::Embedded);
    let serve = Serve::start(&home, &[]);
    let id = |request: Request| serve.send(&request).header("x-request-id").unwrap().to_owned();
    assert_eq!(id(Request::get("/health/live").header("X-Request-Id", "proxy-7_a.b")), "proxy-7_a.b");
    serve.says("proxy-7_a.b");
    let made = id(Request::get("/health/live"));
    assert_ne!(made, id(Request::get("/health/live")));
    for wrong in ["", "a b", "ä", &"a".repeat(65)] {
        let answered = id(Request::get("/nope").header("X-Request-Id", wrong));
        assert_eq!(answered.len(), made.len(), "{wrong}: {answered}");
    }
}

#[test]
fn only_pages_of_listed_origins_may_call() {
    let home = initialized(On::Embedded);
    let origin = |serve: &Serve, origin: &str| {
        let request = Request::get("/health/live").header("Origin", origin);
        serve.send(&request).header("access-control-allow-origin").map(str::to_owned)
    };
    let none = Serve::start(&home, &[]);
    assert_eq!(origin(&none, "https://app.example"), None);
    let listed = Serve::start(&home, &[("CORS_ORIGINS", "https://app.example, http://localhost:3000")]);
    assert_eq!(origin(&listed, "https://app.example").as_deref(), Some("https://app.example"));
    assert_eq!(origin(&listed, "http://localhost:3000").as_deref(), Some("http://localhost:3000"));
    assert_eq!(origin(&listed, "https://evil.example"), None);
    let preflight = Request::new("OPTIONS", "/org/update")
        .header("Origin", "https://app.example")
        .header("Access-Control-Request-Method", "PUT")
        .header("Access-Control-Request-Headers", "authorization,content-type");
    let answer = listed.send(&preflight).expect(200);
    assert!(answer.header("access-control-allow-methods").unwrap().contains("PUT"), "{answer:?}");
    for header in ["authorization", "if-match", "idempotency-key", "x-request-id"] {
        assert!(
            answer.header("access-control-allow-headers").unwrap().contains(header),
            "{header}: {answer:?}"
        );
    }
    for wrong in ["*", "app.example", "https://app.example/path", "https://a.example,"] {
        let mut command = home.command(&["serve", "--listen", "127.0.0.1:0", "-o", "json"]);
        let refused = Answer::of(command.env("CORS_ORIGINS", wrong).output().unwrap());
        assert_eq!(refused.code_word(), (2, "invalid_config".into()), "{wrong}");
    }
}

#[test]
fn the_page_of_the_api_loads_its_own_files_alone() {
    let home = initialized(On::Embedded);
    let serve = Serve::start(&home, &[]);
    let page = serve.send(&Request::get("/docs")).expect(200);
    assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'self'"));
    let text = page.text();
    assert!(text.contains("<base href=\"/docs/\">"), "{text}");
    let mut files = 0;
    for quoted in text.split("src=\"").chain(text.split("href=\"")).skip(1) {
        let file = quoted.split('"').next().unwrap();
        if file.starts_with('<') || file == "/docs/" || file.contains('\n') {
            continue;
        }
        assert!(!file.contains("//"), "{file}");
        let file = file.trim_start_matches("./");
        let answer = serve.send(&Request::get(format!("/docs/{file}"))).expect(200);
        assert!(!answer.body.is_empty(), "{file}");
        files += 1;
    }
    assert!(files >= 5, "{text}");
    let document = serve.send(&Request::get("/openapi.json")).expect(200).json();
    assert_eq!(document["openapi"], "3.1.0");
    serve.send(&Request::get("/docs/../openapi.json")).expect(404);
    for none in ["nothing.js", "%ff"] {
        let refused = serve.send(&Request::get(format!("/docs/{none}"))).expect(404);
        assert_eq!(refused.json()["code"], "not_found", "{none}");
    }
}
