//! Servers that are stopped or killed under load: acknowledged writes are there, others are whole or absent.

use super::client::{Answer, Connection, PATIENCE, Request};
use super::ground::{Ground, Org, Serve, deletion};
use crate::common::home::{On, PASSWORD};
use crate::kills::{Way, age_leases, standings};
use rstest::rstest;
use rustix::process::Signal;
use serde_json::json;
use std::collections::BTreeSet;
use std::io;
use std::net::TcpStream;
use std::sync::mpsc::{self, Sender};

/// Clients that write at the same time.
const CLIENTS: usize = 8;
/// Writes that all of them together have had acknowledged when the server is stopped.
const WRITES: usize = 40;
/// Organizations that each client has from the beginning.
const OWN: usize = 4;

/// The names that a client knows of.
#[derive(Debug, Default)]
struct Known {
    there: BTreeSet<String>,
    gone: BTreeSet<String>,
    /// The names before and after the write that had no answer.
    open: Option<(Option<String>, Option<String>)>,
}

/// A client on one connection, which writes until that ends.
struct Client<'a> {
    connection: Connection,
    ground: &'a Ground,
    acknowledged: Sender<()>,
    /// It renames the last one of these, and deletes it when it has more.
    own: Vec<Org>,
    known: Known,
}

impl<'a> Client<'a> {
    fn new(number: usize, serve: &Serve, ground: &'a Ground, acknowledged: Sender<()>) -> Self {
        let own: Vec<_> = (0..OWN).map(|at| ground.org_called(&format!("Own {number} {at}"))).collect();
        let there = own.iter().map(|org| org.name.clone()).collect();
        let connection = Connection::open(serve.at).unwrap();
        Self { connection, ground, acknowledged, own, known: Known { there, ..Known::default() } }
    }

    fn send(&mut self, request: &Request) -> io::Result<Answer> {
        self.connection.write(&request.bytes())?;
        self.connection.read()
    }

    /// A write that takes one name away and gives another.
    fn write(&mut self, request: &Request, before: Option<&str>, after: Option<&str>) -> io::Result<()> {
        let (before, after) = (before.map(str::to_owned), after.map(str::to_owned));
        match self.send(request) {
            Ok(answer) => {
                // A server that stops may refuse what it has not begun.
                if answer.status == 503 {
                    return Err(io::ErrorKind::ConnectionAborted.into());
                }
                assert_eq!(answer.status, 200, "{}", answer.text());
                // The receiver is gone once it has counted as many as it needs.
                let _ = self.acknowledged.send(());
                if let Some(before) = before {
                    self.known.there.remove(&before);
                    self.known.gone.insert(before);
                }
                self.known.there.extend(after);
                Ok(())
            }
            Err(error) => {
                if let Some(before) = &before {
                    self.known.there.remove(before);
                }
                self.known.open = Some((before, after));
                Err(error)
            }
        }
    }

    /// Creates by the operator; renames, and deletes after each second rename, by the admin. A sign-in would keep it from
    /// writing: a hash takes longer than a write.
    fn one_round(&mut self, number: usize, round: usize) -> io::Result<()> {
        let (name, email) = (format!("Client {number} {round}"), format!("c{number}-{round}@ref.example"));
        let body = json!({"organization_name": name, "email": email, "password": PASSWORD});
        let create = Request::post("/org/create", &body).bearer(&self.ground.operator);
        self.write(&create, None, Some(&name))?;
        let Org { name: old, token, .. } = self.own.last().unwrap().clone();
        let new = format!("{name} renamed");
        let rename = Request::put("/org/update", &json!({"organization_name": new})).bearer(&token);
        self.write(&rename, Some(&old), Some(&new))?;
        self.own.last_mut().unwrap().name.clone_from(&new);
        if round.is_multiple_of(2) && self.own.len() > 1 {
            self.own.pop();
            self.write(&deletion(&new).bearer(&token), Some(&new), None)?;
        }
        Ok(())
    }

    fn work(mut self, number: usize) -> Known {
        let mut round = 0;
        while self.one_round(number, round).is_ok() {
            round += 1;
        }
        self.known
    }
}

/// Lets clients write, and sends a signal to their server in the middle of that.
fn under_load(ground: &Ground, serve: &Serve, signal: Signal) -> Vec<Known> {
    let (told, acknowledged) = mpsc::channel();
    std::thread::scope(|scope| {
        let client = |number| Client::new(number, serve, ground, told.clone());
        let clients: Vec<_> = (0..CLIENTS).map(client).collect();
        drop(told);
        let clients = clients.into_iter().enumerate();
        let running: Vec<_> =
            clients.map(|(number, client)| scope.spawn(move || client.work(number))).collect();
        for _ in 0..WRITES {
            let heard = acknowledged.recv_timeout(PATIENCE);
            heard.unwrap_or_else(|error| panic!("{error}: {}", serve.log()));
        }
        serve.signal(signal);
        running.into_iter().map(|it| it.join().unwrap()).collect()
    })
}

/// Names that there are, against what the clients know.
fn assert_known(names: &BTreeSet<String>, known: &[Known]) {
    let mut others = names.clone();
    for each in known {
        for name in &each.there {
            assert!(others.remove(name), "{name} was acknowledged: {names:?}");
        }
        for name in &each.gone {
            assert!(!names.contains(name), "{name} was renamed or deleted");
        }
        if let Some((before, after)) = &each.open {
            let is_before = before.as_ref().is_some_and(|name| others.remove(name));
            let is_after = after.as_ref().is_some_and(|name| others.remove(name));
            let is_undone = is_before == before.is_some() && !is_after;
            let is_done = is_after == after.is_some() && !is_before;
            assert!(is_undone || is_done, "{before:?} to {after:?} is half done: {names:?}");
        }
    }
    assert_eq!(others, BTreeSet::new(), "no client knows of these");
}

#[rstest]
fn server_stopped_under_load_loses_and_halves_nothing(#[values(On::Embedded, On::MongoDb)] store: On) {
    let mut ground = Ground::on(store);
    let mut serve = Serve::start(&ground.home, &[]);
    let known = under_load(&ground, &serve, Signal::TERM);
    assert!(serve.ended().success(), "{}", serve.log());
    assert!(TcpStream::connect(serve.at).is_err(), "no new connection");
    ground.assert_sound("after SIGTERM");
    let names = ground.names().into_iter().collect();
    assert_known(&names, &known);
    assert!(ground.closed.is_running(), "its neighbour serves on");
}

#[rstest]
fn server_killed_under_load_loses_and_halves_nothing(#[values(On::Embedded, On::MongoDb)] store: On) {
    let mut ground = Ground::on(store);
    let login = ["login", "--email", "root@example.com", "--password-stdin"];
    assert_eq!(ground.home.run_with(&login, PASSWORD).code, 0);
    let way = Way::to(&ground.home);
    let settings: Vec<_> = way.iter().map(|way| ("MONGO_URI", way.uri())).collect();
    let mut serve = Serve::start(&ground.home, &settings);
    let known = under_load(&ground, &serve, Signal::KILL);
    assert!(!serve.ended().success());
    if let Some(way) = &way {
        way.settle();
    }
    let in_work = age_leases(&ground.home);
    let standings = standings(&ground.home);
    let names = standings.into_iter().filter(|(_, state)| state != "deleted").map(|(name, _)| name).collect();
    assert_known(&names, &known);
    ground.assert_sound("after SIGKILL");
    let open = known.iter().filter(|known| known.open.is_some()).count();
    println!("{store:?}: {open} writes without an answer, {in_work} of them in work");
    for name in names.iter().take(3) {
        assert_eq!(ground.closed.get(name).status, 200, "{name}");
    }
    assert!(ground.closed.is_running());
}

/// The server has asked for the body, so that the request is under way when the signal comes.
#[rstest]
fn request_under_way_is_answered_while_the_server_stops(
    #[values(On::Embedded, On::MongoDb)] store: On,
    #[values(Signal::TERM, Signal::INT)] signal: Signal,
) {
    let mut ground = Ground::on(store);
    let mut connection = Connection::open(ground.open.at).unwrap();
    let request = Request::post("/org/create", &ground.new_body()).header("Expect", "100-continue");
    let bytes = request.bytes();
    let (head, body) = bytes.split_at(bytes.len() - request.body.as_ref().unwrap().len());
    connection.write(head).unwrap();
    connection.read_continue().unwrap();
    ground.open.signal(signal);
    while TcpStream::connect(ground.open.at).is_ok() {
        std::thread::yield_now();
    }
    connection.write(body).unwrap();
    let name = connection.read().unwrap().expect(200).field("organization_name");
    assert!(ground.open.ended().success(), "{}", ground.open.log());
    assert_eq!(ground.closed.get(&name).status, 200);
    ground.assert_sound("after a stop");
}
