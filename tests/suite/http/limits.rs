//! A server at the limits of its system: it refuses what is too much, serves the others, and all of them afterwards.

use super::client::{Connection, PATIENCE, Request};
use super::ground::{Maker, Serve};
use crate::common::home::{Home, On, PASSWORD};
use crate::common::proxy::{Act, Proxy};
use rstest::rstest;
use serde_json::json;
use std::net::SocketAddr;
use std::process::Command;
use std::time::Instant;
use tokio::runtime::Runtime;

/// Starts a server behind words such as `prlimit --nofile=128`, which replace themselves by it.
fn limited(home: &Home, behind: &[&str], settings: &[(&str, &str)]) -> Serve {
    let serve = home.command(&["serve", "--listen", "127.0.0.1:0"]);
    let mut command = Command::new(behind[0]);
    command.args(&behind[1..]).arg(serve.get_program()).args(serve.get_args()).env_clear();
    command.envs(serve.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.envs(settings.iter().copied()).env("TENANTRY_LOG", "error").env("PATH", "/usr/bin:/bin");
    command.current_dir(home.folder.path());
    Serve::of(command)
}

/// A connection on which a request was answered.
fn connected(at: SocketAddr) -> Option<Connection> {
    let mut connection = Connection::open(at).ok()?;
    connection.write(&Request::get("/").bytes()).ok()?;
    connection.read().ok().map(|answer| answer.expect(200))?;
    Some(connection)
}

#[rstest]
fn connections_beyond_the_limit_are_closed_and_the_store_stays_in_reach(
    #[values(On::Embedded, On::MongoDb)] store: On,
) {
    let home = Home::signed_in_on(store);
    let server = limited(&home, &["prlimit", "--nofile=128"], &[("OPEN_REGISTRATION", "true")]);
    let mut held: Vec<Connection> = std::iter::from_fn(|| connected(server.at)).take(128).collect();
    assert!((64..128).contains(&held.len()), "{} connections", held.len());
    let last = held.last_mut().unwrap();
    let body = json!({"organization_name": "Acme", "email": "ann@ref.example", "password": PASSWORD});
    last.write(&Request::post("/org/create", &body).bytes()).unwrap();
    last.read().unwrap().expect(200);
    last.write(&Request::get("/metrics").bytes()).unwrap();
    let metrics = last.read().unwrap().expect(200).text();
    assert!(metrics.contains("\ntenantry_http_connections_refused_total 1\n"), "{metrics}");
    drop(held);
    let begun = Instant::now();
    while connected(server.at).is_none() {
        assert!(begun.elapsed() < PATIENCE, "no place became free");
    }
}

/// A processor that this test may run on.
fn processor() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap();
    list.trim().split([',', '-']).next().unwrap().to_owned()
}

/// On one processor 33 passwords are hashed or wait; each takes long enough that all requests are there before some end.
#[test]
fn passwords_beyond_the_queue_are_refused_and_the_next_are_taken() {
    let home = Home::signed_in();
    let server = limited(&home, &["taskset", "--cpu-list", &processor()], &[("BCRYPT_COST", "11")]);
    let sign_in =
        |path: &str, email: &str| Request::post(path, &json!({"email": email, "password": PASSWORD})).bytes();
    let asked = (0..33 + 30).map(|number: usize| {
        let path = ["/admin/login", "/v1/sessions"][number % 2];
        let mut connection = Connection::open(server.at).unwrap();
        connection.write(&sign_in(path, &format!("nobody{number}@ref.example"))).unwrap();
        (path, connection)
    });
    let asked: Vec<_> = asked.collect();
    server.send(&Request::get("/health/ready")).expect(200);
    let (mut old, mut new) = (0, 0);
    for (path, mut connection) in asked {
        let answer = connection.read().unwrap();
        if answer.status == 401 {
            continue;
        }
        let body = answer.clone().expect(503).json();
        assert_eq!(
            (&body["code"], answer.header("retry-after")),
            (&json!("overloaded"), Some("1")),
            "{body}"
        );
        if path == "/v1/sessions" {
            assert_eq!(answer.header("content-type"), Some("application/problem+json"));
            assert_eq!((&body["status"], &body["retryable"]), (&json!(503), &json!(true)), "{body}");
            new += 1;
        } else {
            assert!(body["detail"].is_string() && body["hint"].is_string(), "{body}");
            old += 1;
        }
    }
    assert!(old > 0 && new > 0 && old + new <= 30, "{old} and {new} were refused");
    let mut connection = Connection::open(server.at).unwrap();
    connection.write(&sign_in("/admin/login", "root@example.com")).unwrap();
    connection.read().unwrap().expect(200);
}

/// Nobody gets the answer, but the log and the counters have the request.
#[test]
fn request_whose_client_leaves_is_logged_and_counted() {
    let home = Home::on(On::MongoDb);
    Maker::on(&home);
    let runtime = Runtime::new().unwrap();
    let proxy = runtime.block_on(Proxy::start(&home.database.as_ref().unwrap().uri));
    let serve = Serve::start(&home, &[("MONGO_URI", proxy.uri())]);
    proxy.rule(|call| if call.body.to_string().contains("slowpoke") { Act::Hold } else { Act::Pass });
    let mut connection = Connection::open(serve.at).unwrap();
    let get = Request::get("/org/get?organization_name=Slowpoke").header("X-Request-Id", "of-one-who-left");
    connection.write(&get.bytes()).unwrap();
    runtime.block_on(proxy.held());
    drop(connection);
    let line = serve.says("the client left");
    assert!(line.contains("of-one-who-left") && line.contains("499"), "{line}");
    proxy.release();
    let metrics = serve.send(&Request::get("/metrics")).expect(200).text();
    let is_counted =
        |line: &str| line.starts_with("tenantry_http_requests_total{") && line.contains("\"499\"");
    assert!(metrics.lines().any(is_counted), "{metrics}");
}
