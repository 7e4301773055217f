//! Every command that a write sends: the server is killed while the command is on its way. Another server gives the
//! repeat, under the same key, the one outcome, and the doctor finds nothing.

use super::api::ROOT;
use crate::common::home::{Home, On, PASSWORD};
use crate::common::proxy::{Act, Proxy};
use crate::http::client::{Answer, Connection, PATIENCE, Request, encoded};
use crate::http::ground::{Maker, Serve};
use crate::kills::age_leases;
use rstest::rstest;
use rustix::process::Signal;
use serde_json::{Value, json};
use std::io;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Write {
    Create,
    Rename,
    Suspend,
    Delete,
    Restore,
    Purge,
}

impl Write {
    /// Its request, about this organization, which has this tag.
    fn request(self, name: &str, id: &str, tag: &str) -> Request {
        let place = format!("/v1/organizations/{id}");
        let confirm = encoded(name);
        let request = match self {
            Self::Create => {
                let email = format!("{}@x", name.replace(' ', "-"));
                let body = json!({"organization_name": name, "admin_email": email, "password": PASSWORD});
                Request::post("/v1/organizations", &body)
            }
            Self::Rename => {
                Request::new("PATCH", place).json(&json!({"organization_name": format!("{name} 2")}))
            }
            Self::Suspend => Request::post(format!("{place}/suspension"), &json!({"reason": "unpaid"})),
            Self::Delete => Request::new("DELETE", format!("{place}?confirm={confirm}")),
            Self::Restore => Request::post(format!("{place}/restoration"), &json!({})),
            Self::Purge => return Request::new("DELETE", format!("/v1/trash/{id}?confirm={confirm}")),
        };
        // A repeat is answered although what was read has changed by the first time.
        if self == Self::Create { request } else { request.header("If-Match", tag) }
    }

    fn action(self) -> String {
        format!("organization_{self:?}").to_lowercase()
    }

    /// Where the organization is afterwards, with its name and state; none when it is gone.
    fn leaves(self, name: &str) -> Option<(&'static str, String, &'static str)> {
        match self {
            Self::Create | Self::Restore => Some(("organizations", name.to_owned(), "active")),
            Self::Rename => Some(("organizations", format!("{name} 2"), "active")),
            Self::Suspend => Some(("organizations", name.to_owned(), "suspended")),
            Self::Delete => Some(("trash", name.to_owned(), "deleted")),
            Self::Purge => None,
        }
    }
}

struct Ground {
    /// A server that stays; nothing is between it and the store.
    other: Serve,
    maker: Maker,
    operator: String,
    runtime: Runtime,
    home: Home,
}

impl Ground {
    fn new() -> Self {
        let home = Home::on(On::MongoDb);
        let maker = Maker::on(&home);
        let operator = maker.sign_in(ROOT).unwrap();
        Self { other: Serve::start(&home, &[]), maker, operator, runtime: Runtime::new().unwrap(), home }
    }

    fn ask(&self, request: Request) -> Answer {
        self.other.send(&request.bearer(&self.operator))
    }

    /// The request of one case, under a key of its own, after what it needs was made.
    fn prepared(&self, write: Write, name: &str) -> Request {
        let (mut id, mut tag) = (String::new(), String::new());
        if write != Write::Create {
            id = self.maker.create(name, &format!("{}@x", name.replace(' ', "-")), PASSWORD).id.to_string();
            let mut place = "organizations";
            if matches!(write, Write::Restore | Write::Purge) {
                self.ask(Write::Delete.request(name, &id, "*")).expect(200);
                place = "trash";
            }
            tag = self.ask(Request::get(format!("/v1/{place}/{id}"))).tag();
        }
        write.request(name, &id, &tag).header("Idempotency-Key", name).bearer(&self.operator)
    }

    /// Kills a server at the n-th command of a write; if it answers before it sends so many, that is the answer.
    fn killed(&self, number: usize, request: &Request) -> Option<Answer> {
        let proxy = self.runtime.block_on(Proxy::start(&self.home.database.as_ref().unwrap().uri));
        let mut serve = Serve::start(&self.home, &[("MONGO_URI", proxy.uri())]);
        serve.get("nobody");
        proxy.at(number, Act::Hold);
        let mut connection = Connection::open(serve.at).unwrap();
        connection.write(&request.bytes()).unwrap();
        let reading: JoinHandle<io::Result<Answer>> = std::thread::spawn(move || connection.read());
        let began = Instant::now();
        while !proxy.is_holding() && !reading.is_finished() {
            assert!(began.elapsed() < PATIENCE, "{}", serve.log());
            std::thread::sleep(Duration::from_millis(1));
        }
        serve.signal(Signal::KILL);
        serve.ended();
        proxy.close();
        reading.join().unwrap().ok()
    }

    /// The repeat, as another server answers it, and what is there then.
    fn assert_one_outcome(&self, write: Write, name: &str, request: &Request, first: Option<&Answer>) {
        age_leases(&self.home);
        let repeat = self.other.send(request);
        assert!(repeat.status < 300, "{name}: {} {}\n{}", repeat.status, repeat.text(), self.other.log());
        if let Some(first) = first {
            assert_eq!((repeat.status, repeat.json()), (first.status, first.json()), "{name}");
        }
        let id = repeat.field("organization_id");
        let log = format!("/v1/audit?organization={id}&filter=action:{}", write.action());
        let entries = self.ask(Request::get(log)).json_of(200);
        assert_eq!(entries["items"].as_array().map(Vec::len), Some(1), "{name}: {entries}");
        if let Some((place, left, state)) = write.leaves(name) {
            let found = self.ask(Request::get(format!("/v1/{place}/{id}"))).json_of(200);
            let expected: [Value; 2] = [left.into(), state.into()];
            assert_eq!([&found["organization_name"], &found["state"]], expected.each_ref(), "{name}");
        } else {
            assert_eq!(self.ask(Request::get(format!("/v1/trash/{id}"))).status, 404, "{name}");
        }
    }
}

#[rstest]
fn server_killed_at_any_command_of_a_write_leaves_it_to_the_repeat(
    #[values(Write::Create, Write::Rename, Write::Suspend, Write::Delete, Write::Restore, Write::Purge)]
    write: Write,
) {
    let ground = Ground::new();
    let mut number = 1;
    loop {
        let name = format!("{write:?} {number}");
        let request = ground.prepared(write, &name);
        let answer = ground.killed(number, &request);
        ground.assert_one_outcome(write, &name, &request, answer.as_ref());
        if answer.is_some() {
            break;
        }
        number += 1;
    }
    assert!(number > 4, "a write sends more commands than {}", number - 1);
    let doctor = ground.ask(Request::get("/v1/doctor")).json_of(200);
    assert_eq!(doctor["findings"], json!([]), "{doctor}");
}
