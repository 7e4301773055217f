//! `GET /org/get` of `tenantry serve` against a bare HTTP loop that makes the same find with the driver; reads beside
//! sign-ins; writes.

use crate::binary::Binary;
use crate::common::mongo::TestDatabase;
use crate::common::service::{PASSWORD, ROOT};
use crate::table::Table;
use axum::extract::{RawQuery, State};
use axum::{Json, Router, routing};
use mongodb::bson::{Document, doc};
use mongodb::{Client, Collection};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tenantry::demo::seed;
use tenantry::service::clock::{Clock, SystemClock};

/// Runs of each pair.
const ROUNDS: usize = 3;
/// How long a run sends requests.
const RUN: Duration = Duration::from_secs(2);
/// Organizations of the large store on the test server.
const MANY_ON_A_SERVER: usize = 50_000;
/// Callers at once.
const MANY_CALLERS: usize = 16;
/// The name that every read asks for; it is made through the API.
const NAME: &str = "Measured Ltd";
/// The key of the server's sessions.
const KEY: &str = "0123456789abcdef0123456789abcdef";

/// `tenantry serve`, ended when dropped.
struct Serving {
    child: Child,
    address: SocketAddr,
}

impl Serving {
    fn start(mut command: Command) -> Self {
        command.env("BCRYPT_COST", "10").env("OPEN_REGISTRATION", "true").env("SECRET_KEY", KEY);
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("Listening on") {
            line.clear();
            assert!(lines.read_line(&mut line).unwrap() > 0, "serve ended");
        }
        let address = line.trim().rsplit('/').next().unwrap().parse().unwrap();
        // The log goes on: one line for each request, as in production.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Self { child, address }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A connection that is kept.
struct Caller(BufReader<TcpStream>);

impl Caller {
    fn new(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(BufReader::new(stream))
    }

    /// Sends a request and reads its answer: the status and the body.
    fn ask(&mut self, request: &str) -> (u16, Vec<u8>) {
        self.0.get_mut().write_all(request.as_bytes()).unwrap();
        let (mut line, mut status, mut length) = (String::new(), 0, 0);
        loop {
            line.clear();
            self.0.read_line(&mut line).unwrap();
            let header = line.trim_end().to_ascii_lowercase();
            if header.is_empty() {
                break;
            } else if let Some(rest) = header.strip_prefix("http/1.1 ") {
                status = rest.split(' ').next().unwrap().parse().unwrap();
            } else if let Some(value) = header.strip_prefix("content-length: ") {
                length = value.parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).unwrap();
        (status, body)
    }
}

fn get() -> String {
    format!("GET /org/get?organization_name={} HTTP/1.1\r\nHost: x\r\n\r\n", NAME.replace(' ', "+"))
}

fn with_body(method: &str, path: &str, token: &str, body: &Value) -> String {
    let body = body.to_string();
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
}

/// Requests a second, and the p99 in milliseconds, of so many callers.
fn load(address: SocketAddr, callers: usize, request: &str) -> (f64, f64) {
    let began = Instant::now();
    let threads: Vec<_> = (0..callers)
        .map(|_| {
            let request = request.to_owned();
            std::thread::spawn(move || {
                let (mut caller, mut times) = (Caller::new(address), Vec::new());
                while began.elapsed() < RUN {
                    let sent = Instant::now();
                    assert_eq!(caller.ask(&request).0, 200);
                    times.push(sent.elapsed().as_secs_f64() * 1e3);
                }
                times
            })
        })
        .collect();
    let times: Vec<f64> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    let rate = f64::from(u32::try_from(times.len()).unwrap()) / began.elapsed().as_secs_f64();
    (rate, Table::p99(times))
}

/// Creates the organization that is read, signs in, and makes its name known.
fn create(address: SocketAddr) {
    let new = json!({"organization_name": NAME, "email": "measured@http.example", "password": PASSWORD});
    let (status, body) = Caller::new(address).ask(&with_body("POST", "/org/create", "", &new));
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
}

/// The bare loop: one find with the driver for each request.
async fn bare(organizations: Collection<Document>) -> SocketAddr {
    async fn answer(
        State(organizations): State<Collection<Document>>,
        RawQuery(query): RawQuery,
    ) -> Json<Value> {
        let query = query.unwrap();
        let name = form_urlencoded::parse(query.as_bytes()).next().unwrap().1;
        let key = name.to_lowercase();
        let found = organizations.find_one(doc! {"name_key": key}).await.unwrap().unwrap();
        let text = |name: &str| found.get_str(name).unwrap_or_default().to_owned();
        Json(json!({
            "organization_name": text("organization_name"),
            "collection_name": text("collection_name"),
            "admin_email": text("admin_email"),
        }))
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = Router::new().route("/org/get", routing::get(answer)).with_state(organizations);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    address
}

/// Reads of the server against those of the bare loop, in turns.
async fn against_bare(table: &mut Table, what: &str, serving: SocketAddr, bare: SocketAddr) {
    for callers in [1, MANY_CALLERS] {
        let (mut ratios, mut rates, mut worst) =
            (Vec::new(), (Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
        for _ in 0..ROUNDS {
            let run = move |address| tokio::task::spawn_blocking(move || load(address, callers, &get()));
            let (ours, theirs) = (run(serving).await.unwrap(), run(bare).await.unwrap());
            ratios.push(theirs.0 / ours.0);
            rates.0.push(ours.0);
            rates.1.push(theirs.0);
            worst.0.push(ours.1);
            worst.1.push(theirs.1);
        }
        let what = format!("{what}, {callers} callers");
        table.put(
            format!("{what}: requests a second of the bare loop / of serve"),
            ratios,
            "x",
            Some(1.0 / 0.7),
        );
        table.put(format!("{what}: serve"), rates.0, "/s", None);
        table.put(format!("{what}: bare loop"), rates.1, "/s", None);
        table.put(format!("{what}: p99 of serve"), worst.0, "ms", None);
        table.put(format!("{what}: p99 of the bare loop"), worst.1, "ms", None);
    }
}

/// Reads alone and beside sign-ins that saturate the cores, and writes one after the other.
fn beside_sign_ins(table: &mut Table, what: &str, address: SocketAddr, bound: Option<f64>) {
    let (_, alone) = load(address, 1, &get());
    let stops = Arc::new(AtomicBool::new(false));
    let login = json!({"email": "measured@http.example", "password": PASSWORD});
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let (stops, request) = (Arc::clone(&stops), with_body("POST", "/admin/login", "", &login));
            std::thread::spawn(move || {
                let (mut caller, mut count) = (Caller::new(address), 0_u32);
                while !stops.load(Ordering::Relaxed) {
                    assert_eq!(caller.ask(&request).0, 200);
                    count += 1;
                }
                count
            })
        })
        .collect();
    let began = Instant::now();
    let (_, beside) = load(address, 1, &get());
    stops.store(true, Ordering::Relaxed);
    let count: u32 = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    table.put(format!("{what}: p99 of reads beside sign-ins / alone"), vec![beside / alone], "x", bound);
    table.put(
        format!("{what}: sign-ins then"),
        vec![f64::from(count) / began.elapsed().as_secs_f64()],
        "/s",
        None,
    );
    writes(table, what, address);
}

/// A create, a rename and a delete, each in milliseconds.
fn writes(table: &mut Table, what: &str, address: SocketAddr) {
    let mut caller = Caller::new(address);
    let (mut creates, mut renames, mut deletes) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..12 {
        let (name, email) = (format!("Written {number}"), format!("written{number}@http.example"));
        let mut ask = |times: &mut Vec<Duration>, request: String| {
            let sent = Instant::now();
            let (status, body) = caller.ask(&request);
            times.push(sent.elapsed());
            assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
            serde_json::from_slice::<Value>(&body).unwrap()
        };
        let new = json!({"organization_name": name, "email": email, "password": PASSWORD});
        ask(&mut creates, with_body("POST", "/org/create", "", &new));
        let login = with_body("POST", "/admin/login", "", &json!({"email": email, "password": PASSWORD}));
        let token = ask(&mut Vec::new(), login)["access_token"].as_str().unwrap().to_owned();
        let change = json!({"organization_name": format!("Renamed {number}")});
        ask(&mut renames, with_body("PUT", "/org/update", &token, &change));
        let path = format!("/org/delete?organization_name=Renamed+{number}");
        ask(&mut deletes, with_body("DELETE", &path, &token, &json!({})));
    }
    table.times(&format!("{what}: create"), &creates, None);
    table.times(&format!("{what}: rename"), &renames, None);
    table.times(&format!("{what}: delete"), &deletes, None);
}

/// On the embedded store, with 1 and with many organizations.
pub(crate) fn embedded(table: &mut Table, many: usize) {
    for count in [1, many] {
        let binary = Binary::with(count);
        let serving = Serving::start(binary.command(&["serve", "--listen", "127.0.0.1:0"]));
        create(serving.address);
        let what = format!("http, embedded, {count} organizations");
        for callers in [1, MANY_CALLERS] {
            let (rate, p99) = load(serving.address, callers, &get());
            table.put(format!("{what}, {callers} callers: serve"), vec![rate], "/s", None);
            table.put(format!("{what}, {callers} callers: p99 of serve"), vec![p99], "ms", None);
        }
        if count == 1 {
            beside_sign_ins(table, &what, serving.address, None);
        }
    }
}

/// On the test server, with 1 and with many organizations.
pub(crate) async fn mongodb(table: &mut Table, hash: &SecretString) {
    for count in [1, MANY_ON_A_SERVER] {
        let database = TestDatabase::new().await;
        let store = database.store();
        let service = crate::common::service::service_over(Arc::clone(&store) as _);
        let operation = tenantry::service::OperationId::random();
        service.initialize(ROOT, PASSWORD.into(), operation).await.unwrap();
        if count > 1 {
            seed::mongo(&store, count, 0, hash, SystemClock.now()).await.unwrap();
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenantry"));
        command.env_clear().env("MONGO_URI", &database.uri).env("MASTER_DB", &database.name);
        command.args(["serve", "--listen", "127.0.0.1:0", "--no-env-file"]).stdin(Stdio::null());
        let serving = Serving::start(command);
        let address = serving.address;
        tokio::task::spawn_blocking(move || create(address)).await.unwrap();
        let client = Client::with_uri_str(&database.uri).await.unwrap();
        let bare = bare(client.database(&database.name).collection("organizations")).await;
        let what = format!("http, mongodb, {count} organizations");
        against_bare(table, &what, address, bare).await;
        if count == 1 {
            tokio::task::block_in_place(|| beside_sign_ins(table, &what, address, Some(2.0)));
        }
    }
}
