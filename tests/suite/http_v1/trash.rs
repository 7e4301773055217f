//! The trash: a purge removes what was read alone, and a server purges what is due by itself.

use super::api::{Api, ROOT};
use crate::common::home::On;
use jiff::{SignedDuration, Timestamp};
use rstest::rstest;

/// A deleted organization: its id.
fn deleted(api: &Api, root: &str, name: &str) -> String {
    let id = api.create(name, &format!("{}@example.com", name.to_lowercase()));
    api.ask("DELETE", &format!("/v1/organizations/{id}?confirm={name}")).by(root).send().json_of(200);
    id
}

#[rstest]
fn purge_spares_what_was_restored_and_deleted_again(#[values(On::Embedded, On::MongoDb)] store: On) {
    let api = Api::on(store);
    let root = api.sign_in(ROOT);
    let id = deleted(&api, &root, "Acme");
    let trash = format!("/v1/trash/{id}");
    let read = api.get(&root, &trash).tag();
    api.ask("POST", &format!("/v1/organizations/{id}/restoration")).by(&root).send().json_of(200);
    api.ask("DELETE", &format!("/v1/organizations/{id}?confirm=Acme")).by(&root).send().json_of(200);
    let purge = |tag: &str| {
        let ask = api.ask("DELETE", &format!("{trash}?confirm=Acme")).by(&root).with("If-Match", tag);
        ask.with("Idempotency-Key", tag).send()
    };
    assert_eq!(purge(&read).code(), (412, "changed".into()));
    assert_eq!(purge("7").code(), (400, "invalid_request".into()));
    let now = api.get(&root, &trash).tag();
    // A repeat gets the same answer, although nothing is left to match.
    assert_eq!(purge(&now).json_of(200), purge(&now).json_of(200));
    assert_eq!(api.get(&root, &trash).status, 404);
}

/// Where only applications work, nobody's command would purge: the server does it, in as many turns as it takes.
#[test]
fn server_purges_all_that_is_due() {
    let mut api = Api::on(On::Embedded);
    let root = api.sign_in(ROOT);
    let ids: Vec<_> = (0..12).map(|number| deleted(&api, &root, &format!("Due{number}"))).collect();
    let kept = deleted(&api, &root, "Kept");
    let file = api.home.file();
    let ago = |hours| (Timestamp::now() - SignedDuration::from_hours(hours)).as_millisecond();
    let due = "UPDATE organizations SET purge_at = ?1 WHERE state = 'deleted' AND id <> ?2";
    assert_eq!(file.execute(due, rusqlite::params![ago(48), kept]).unwrap(), 12);
    file.execute("UPDATE audit SET at = ?1 WHERE action = 'init'", [ago(30)]).unwrap();
    api.restart();
    for id in ids {
        while api.get(&root, &format!("/v1/trash/{id}")).status != 404 {
            std::thread::yield_now();
        }
    }
    assert_eq!(api.get(&root, &format!("/v1/trash/{kept}")).status, 200);
    let audit = api.get(&root, "/v1/audit?filter=action:organization_purge").json_of(200);
    let actors = audit["items"].as_array().unwrap().iter().map(|entry| entry["actor"].as_str().unwrap());
    assert_eq!(actors.collect::<Vec<_>>(), ["expired"; 12]);
}

/// A client that sends a key relies on it.
#[test]
fn writes_that_keep_no_key_refuse_one() {
    let api = Api::on(On::Embedded);
    let root = api.sign_in(ROOT);
    let id = api.create("Acme", "ann@acme.example");
    let place = format!("/v1/organizations/{id}");
    for (method, path) in [
        ("POST", "/v1/trash/purge".to_owned()),
        ("POST", "/v1/doctor/repairs".to_owned()),
        ("POST", format!("{place}/recovery")),
        ("POST", format!("{place}/documents")),
        ("PUT", format!("{place}/documents/7")),
        ("DELETE", format!("{place}/documents/7?confirm=7")),
    ] {
        let refused = api.ask(method, &path).by(&root).with("Idempotency-Key", "k").send();
        assert_eq!(refused.code(), (400, "invalid_request".into()), "{method} {path}");
        assert!(refused.text().contains("keeps no key"), "{refused:?}");
    }
}
