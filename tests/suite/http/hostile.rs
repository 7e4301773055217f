//! Clients that break the protocol, send too much, or leave: they are refused, and the next request is answered.

use super::client::{Answer, Connection, Request, encoded, send_bytes};
use super::ground::{Ground, Org, Serve, deletion};
use crate::common::home::{Home, On, PASSWORD};
use rstest::rstest;
use rustix::process::Signal;
use serde_json::json;
use std::collections::BTreeSet;
use std::io::ErrorKind;

/// A server over a store with its first operator, and nothing else.
struct Target {
    serve: Serve,
    _home: Home,
}

impl Target {
    fn new() -> Self {
        let home = Home::signed_in();
        let serve = Serve::start(&home, &[("OPEN_REGISTRATION", "true")]);
        Self { serve, _home: home }
    }

    /// The server answers these bytes with one of these statuses, or closes where 0 is one of them; then it answers
    /// the next request.
    fn refuses(&mut self, name: &str, bytes: &[u8], statuses: &[u16]) -> Option<Answer> {
        let answer = send_bytes(self.serve.at, bytes);
        let status = answer.as_ref().map_or(0, |answer| answer.status);
        let text = answer.as_ref().map_or_else(ToString::to_string, Answer::everything);
        assert!(statuses.contains(&status), "{name}: {text}");
        self.serves(name);
        answer.ok()
    }

    fn serves(&mut self, after: &str) {
        assert!(self.serve.is_running(), "{after}: {}", self.serve.log());
        assert_eq!(self.serve.send(&Request::get("/")).status, 200, "{after}");
    }
}

const GET: &str = "GET /org/get?organization_name=Nobody HTTP/1.1\r\nHost: x\r\n";
const POST: &str = "POST /org/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";

/// A request as text, and the statuses that may answer it; 0 stands for an end of the connection.
type Row = (&'static str, String, &'static [u16]);

fn broken_heads() -> Vec<Row> {
    let head = |more: &str| format!("{GET}{more}\r\n");
    let many: String = (0..1_000).fold(String::new(), |all, number| format!("{all}X-{number}: x\r\n"));
    let (long, longer) = ("x".repeat(100_000), "x".repeat(1_000_000));
    vec![
        ("a request line of 100 KB", format!("GET /{long} HTTP/1.1\r\nHost: x\r\n\r\n"), &[414, 431, 400]),
        ("a request line of 1 MB", format!("GET /{longer} HTTP/1.1\r\nHost: x\r\n\r\n"), &[414, 431, 400, 0]),
        ("a method of 100 KB", format!("{long} / HTTP/1.1\r\nHost: x\r\n\r\n"), &[400, 405, 414, 431, 0]),
        ("1,000 headers", head(&many), &[431, 400]),
        ("a header of 100 KB", head(&format!("X: {long}\r\n")), &[431, 400]),
        ("a header of 1 MB", head(&format!("X: {longer}\r\n")), &[431, 400, 0]),
        ("NUL in the path", "GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n".into(), &[400, 404, 0]),
        ("NUL in a header", head("X: a\0b\r\n"), &[400, 0]),
        ("a header without a colon", head("nothing\r\n"), &[400, 0]),
        ("no request", "\0\0\0\0\r\n\r\n".into(), &[400, 0]),
        ("a TLS handshake", "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\r\n\r\n".into(), &[400, 0]),
        ("HTTP/9.9", "GET / HTTP/9.9\r\nHost: x\r\n\r\n".into(), &[400, 505, 0]),
        ("no host", "GET / HTTP/1.1\r\n\r\n".into(), &[400]),
        ("two hosts", head("Host: y\r\n"), &[400]),
        ("a lowercase method", "get / HTTP/1.1\r\nHost: x\r\n\r\n".into(), &[400, 404, 405, 501]),
        ("CONNECT", "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n".into(), &[400, 404, 405]),
        ("OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n".into(), &[200, 204, 400, 404, 405]),
        ("TRACE", "TRACE / HTTP/1.1\r\nHost: x\r\n\r\n".into(), &[404, 405]),
        ("unicode in the path, as it is", "GET /ä HTTP/1.1\r\nHost: x\r\n\r\n".into(), &[400, 404]),
    ]
}

fn post(more: &str, body: &str) -> String {
    format!("{POST}{more}\r\n\r\n{body}")
}

fn broken_bodies() -> Vec<Row> {
    vec![
        ("a blank before the colon", post("Content-Length : 2", "{}"), &[400, 0]),
        ("two lengths", post("Content-Length: 2\r\nContent-Length: 3", "{}x"), &[400, 0]),
        ("a negative length", post("Content-Length: -1", "{}"), &[400, 0]),
        ("a length that is no number", post("Content-Length: two", "{}"), &[400, 0]),
        (
            "a length beyond every number",
            post("Content-Length: 99999999999999999999999", "{}"),
            &[400, 413, 0],
        ),
        ("a length of 1 GB", post("Content-Length: 1000000000", "{}"), &[413]),
        (
            "a chunk size that is no number",
            post("Transfer-Encoding: chunked", "zz\r\n{}\r\n0\r\n\r\n"),
            &[400, 422, 0],
        ),
        (
            "a chunk beyond every number",
            post("Transfer-Encoding: chunked", "ffffffffffffffffff\r\n{}"),
            &[400, 413, 422, 0],
        ),
        ("an unknown coding", post("Transfer-Encoding: rot13", "{}"), &[400, 501, 0]),
        (
            "chunked is not the last coding",
            post("Transfer-Encoding: chunked, gzip", "0\r\n\r\n"),
            &[400, 501, 0],
        ),
        (
            "a compressed body",
            post("Content-Encoding: gzip\r\nContent-Length: 2", "\u{1f}\u{8}"),
            &[400, 415, 422],
        ),
    ]
}

#[test]
fn broken_requests_are_refused_and_the_next_is_answered() {
    let mut target = Target::new();
    for (name, request, statuses) in broken_heads().into_iter().chain(broken_bodies()) {
        target.refuses(name, request.as_bytes(), statuses);
    }
    let chunk = format!("8000\r\n{}\r\n", "x".repeat(0x8000));
    let chunks = post("Transfer-Encoding: chunked", &(chunk.repeat(30) + "0\r\n\r\n"));
    target.refuses("1 MB in chunks", chunks.as_bytes(), &[413]);
    let unicode = "GET /org/get?organization_name=B\u{e4}ckerei HTTP/1.1\r\nHost: x\r\n\r\n";
    target.refuses("unicode in the query, as it is", unicode.as_bytes(), &[400, 404]);
    let latin1 = b"GET /org/get?organization_name=B\xe4ckerei HTTP/1.1\r\nHost: x\r\n\r\n";
    target.refuses("latin-1 in the query, as it is", latin1, &[400, 404]);
}

#[test]
fn unusual_requests_are_answered() {
    let mut target = Target::new();
    let body =
        json!({"organization_name": "In Chunks", "email": "a@ref.example", "password": PASSWORD}).to_string();
    let (first, second) = body.split_at(20);
    let chunks = format!(
        "{POST}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{first}\r\n{:x};x=y\r\n{second}\r\n0\r\nX: y\r\n\r\n",
        first.len(),
        second.len()
    );
    target.refuses("a chunked body", chunks.as_bytes(), &[200]);
    let get = "GET /org/get?organization_name=In+Chunks";
    target.refuses("HTTP/1.0", format!("{get} HTTP/1.0\r\n\r\n").as_bytes(), &[200]);
    target.refuses(
        "a whole URL",
        b"GET http://x/org/get?organization_name=In+Chunks HTTP/1.1\r\nHost: x\r\n\r\n",
        &[200],
    );
    let both = format!("{get} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{{}}");
    target.refuses("GET with a body", both.as_bytes(), &[200]);
    // Each answer on its turn.
    let mut connection = Connection::open(target.serve.at).unwrap();
    let second = Request::get("/org/get?organization_name=Nobody").bytes();
    let first = Request::get("/org/get?organization_name=In+Chunks").bytes();
    connection.write(&[first.clone(), second, first].concat()).unwrap();
    let statuses: Vec<u16> = (0..3).map(|_| connection.read().unwrap().status).collect();
    assert_eq!(statuses, [200, 404, 200], "three requests at once");
    target.serves("pipelining");
    // The length says that a request more follows; the chunks say that the body has ended.
    let smuggled = format!("{POST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    let answer = target.refuses("a length and chunks", smuggled.as_bytes(), &[400, 422]);
    assert!(
        answer.is_some_and(|it| it.status == 400 || it.json()["detail"].is_array()),
        "by the chunks, if at all"
    );
    // A body is not asked for in vain.
    let mut connection = Connection::open(target.serve.at).unwrap();
    let expects = format!("{POST}Content-Length: 200000\r\nExpect: 100-continue\r\n\r\n");
    connection.write(expects.as_bytes()).unwrap();
    assert_eq!(connection.read().unwrap().status, 413);
    target.serves("a body announced");
}

/// It has limits and times of its own, which nobody has set.
#[test]
fn http_2_is_not_spoken() {
    let mut target = Target::new();
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let kind = send_bytes(target.serve.at, preface).unwrap_err().kind();
    assert!([ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset].contains(&kind), "{kind}");
    target.serves("HTTP/2");
}

#[test]
fn clients_that_send_nothing_do_not_keep_others_out() {
    let mut target = Target::new();
    let mut idle = Vec::new();
    for begun in ["", "G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: x\r\nX: ", POST] {
        for _ in 0..20 {
            let mut connection = Connection::open(target.serve.at).unwrap();
            connection.write(begun.as_bytes()).unwrap();
            idle.push(connection);
        }
        let mut connection = Connection::open(target.serve.at).unwrap();
        connection.write(format!("{POST}Content-Length: 100\r\n\r\n{{\"org").as_bytes()).unwrap();
        idle.push(connection);
        target.serves("beside clients that send nothing");
    }
    // Each one is told that it was too slow, or its connection is closed.
    for mut connection in idle {
        let answer = connection.read();
        assert!(answer.as_ref().map_or(true, |it| it.status == 408), "{answer:?}");
    }
    target.serves("after them");
}

/// The writes whose clients leave, and the state that each may leave behind.
struct Left {
    /// The state before and after, by the names that there are.
    before: Option<String>,
    after: Option<String>,
    email: String,
}

/// A write goes on when its client leaves: it is done whole, or it never began.
#[rstest]
fn writes_whose_clients_leave_are_whole_or_absent(#[values(On::Embedded, On::MongoDb)] store: On) {
    let mut ground = Ground::on(store);
    let mut left = Vec::new();
    for round in 0..4 {
        let mut create = ground.new_body();
        let name = format!("Left {round}");
        create["organization_name"] = name.clone().into();
        let email = create["email"].as_str().unwrap().to_owned();
        let create = Request::post("/org/create", &create);
        let (renamed, deleted) = (ground.org(), ground.org());
        let new = format!("Renamed {round}");
        let rename = Request::put("/org/update", &json!({"organization_name": new})).bearer(&renamed.token);
        let writes = [
            (create, Left { before: None, after: Some(name), email }),
            (rename, Left { before: Some(renamed.name), after: Some(new), email: renamed.email }),
            (
                deletion(&deleted.name).bearer(&deleted.token),
                Left { before: Some(deleted.name), after: None, email: deleted.email },
            ),
        ];
        for (request, may_leave) in writes {
            let bytes = request.bytes();
            // The last one leaves in the middle of its request.
            let sent = if round == 3 { &bytes[..bytes.len() - 3] } else { &bytes[..] };
            Connection::open(ground.open.at).unwrap().write(sent).unwrap();
            left.push((may_leave, round == 3));
        }
    }
    ground.open.signal(Signal::TERM);
    assert!(ground.open.ended().success(), "{}", ground.open.log());
    ground.assert_sound("after clients that left");
    let names: BTreeSet<String> = ground.names().into_iter().collect();
    for (write, is_half) in left {
        let is = |name: &Option<String>| name.as_ref().is_some_and(|name| names.contains(name));
        let (before, after) = (is(&write.before), is(&write.after));
        let what = format!("{:?} to {:?}", write.before, write.after);
        let is_undone = before == write.before.is_some() && !after;
        let is_done = after == write.after.is_some() && !before;
        assert!(is_undone || (is_done && !is_half), "{what}");
        let signs_in = ground.closed.login(&write.email, PASSWORD).status == 200;
        assert_eq!(signs_in, before || after, "{what}: its admin");
    }
}

#[test]
fn names_of_every_script_are_found_by_query() {
    let mut ground = Ground::on(On::Embedded);
    for name in ["Żółć gęślą", "日本 株式会社", "Ελλάδα & Co", "مرحبا", "नमस्ते", "Tiếng Việt", "ß Straße"]
    {
        let org: Org = ground.org_called(name);
        assert_eq!(ground.open.get(name).expect(200).field("organization_name"), name);
        let lower = encoded(name).to_lowercase();
        let answer = ground.open.send(&Request::get(format!("/org/get?organization_name={lower}")));
        assert_eq!(
            answer.expect(200).field("admin_email"),
            org.email,
            "escapes in lowercase, and the name too"
        );
    }
    assert!(ground.open.is_running());
}
