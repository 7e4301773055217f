//! Requests that exclude each other, at one server and at two over one store.

use super::changes::told;
use super::client::{Answer, Request};
use super::ground::{Ground, Org, deletion};
use crate::common::home::{On, PASSWORD};
use rstest::rstest;
use serde_json::json;

/// Requests at once, half of them at each server.
fn at_once(ground: &Ground, requests: &[Request]) -> Vec<Answer> {
    std::thread::scope(|scope| {
        let send = |(at, request)| {
            let serve = if at % 2 == 0 { &ground.open } else { &ground.closed };
            scope.spawn(move || serve.send(request))
        };
        let running: Vec<_> = requests.iter().enumerate().map(send).collect();
        running.into_iter().map(|it| it.join().unwrap()).collect()
    })
}

/// One was done; the others were refused for a reason of theirs. Which one it was.
fn only_one(answers: &[Answer], refusals: &[u16]) -> usize {
    let all: Vec<_> = answers.iter().map(told).collect();
    let done: Vec<_> = (0..answers.len()).filter(|at| answers[*at].status == 200).collect();
    assert_eq!(done.len(), 1, "{all:?}");
    let others = answers.iter().filter(|answer| answer.status != 200);
    assert!(others.clone().all(|answer| refusals.contains(&answer.status)), "{all:?}");
    done[0]
}

fn rename(org: &Org, name: &str) -> Request {
    Request::put("/org/update", &json!({"organization_name": name})).bearer(&org.token)
}

#[rstest]
fn two_servers_over_one_store_are_one(#[values(On::Embedded, On::MongoDb)] store: On) {
    let ground = Ground::on(store);
    let (one, other) = (&ground.open, &ground.closed);
    let body = ground.new_body();
    let name = body["organization_name"].as_str().unwrap();
    let email = body["email"].as_str().unwrap();
    one.send(&Request::post("/org/create", &body)).expect(200);
    other.get(name).expect(200);
    let token = other.login(email, PASSWORD).expect(200).field("access_token");
    one.update(&token, &json!({"organization_name": "Renamed"})).expect(200);
    assert_eq!(other.get(name).status, 404);
    other.delete(&token, "Renamed").expect(200);
    assert_eq!(one.get("Renamed").status, 404);
    assert_eq!(one.delete(&token, "Renamed").status, 401);
    for round in 0..3 {
        let bodies: Vec<_> = (0..8).map(|_| ground.new_body()).collect();
        let create = |body: &serde_json::Value| {
            let mut body = body.clone();
            body["organization_name"] = format!("One Name {round}").into();
            Request::post("/org/create", &body).bearer(&ground.operator)
        };
        let answers = at_once(&ground, &bodies.iter().map(create).collect::<Vec<_>>());
        let done = only_one(&answers, &[400, 409, 503]);
        for (at, body) in bodies.iter().enumerate() {
            let session = ground.maker.sign_in(body["email"].as_str().unwrap());
            assert_eq!(session.is_ok(), at == done, "{round}: only its admin has an account: {session:?}");
        }
    }
    ground.assert_sound("after creates at two servers");
}

#[rstest]
fn of_two_that_rename_to_one_name_one_is_done(#[values(On::Embedded, On::MongoDb)] store: On) {
    let ground = Ground::on(store);
    let orgs = [ground.org(), ground.org()];
    for round in 0..4 {
        let target = format!("Target {round}");
        let answers = at_once(&ground, &orgs.each_ref().map(|org| rename(org, &target)));
        let done = only_one(&answers, &[400, 409, 503]);
        assert_eq!(ground.open.get(&target).expect(200).field("admin_email"), orgs[done].email);
        assert_eq!(ground.names().len(), 2, "{round}");
    }
    ground.assert_sound("after renames");
}

#[rstest]
fn delete_beside_an_update_leaves_it_whole_or_gone(#[values(On::Embedded, On::MongoDb)] store: On) {
    let ground = Ground::on(store);
    for round in 0..4 {
        let (org, new) = (ground.org(), format!("New {round}"));
        let answers = at_once(&ground, &[rename(&org, &new), deletion(&org.name).bearer(&org.token)]);
        let told: Vec<_> = answers.iter().map(told).collect();
        let [renamed, deleted] = [0, 1].map(|at| answers[at].status == 200);
        assert!(renamed || deleted, "{round}: one of them comes first: {told:?}");
        // The one that comes second finds another name, a session that has ended, or a change under way.
        assert!(
            answers.iter().all(|it| [200, 401, 403, 404, 409, 503].contains(&it.status)),
            "{round}: {told:?}"
        );
        let is_there = ground.open.get(&new).status == 200 || ground.open.get(&org.name).status == 200;
        assert_eq!(is_there, !deleted, "{round}: {told:?}");
        if is_there {
            let name = if renamed { &new } else { &org.name };
            ground.closed.delete(&org.token, name).expect(200);
        }
        // Name and email are free.
        let body = json!({"organization_name": org.name, "email": org.email, "password": PASSWORD});
        ground.create(&body);
    }
    ground.assert_sound("after deletes");
}

/// A session names the organization by its id, so that it never reaches whoever has the name later.
#[rstest]
fn token_of_a_deleted_organization_reaches_nothing(#[values(On::Embedded, On::MongoDb)] store: On) {
    let ground = Ground::on(store);
    let org = ground.org();
    ground.open.delete(&org.token, &org.name).expect(200);
    let newcomer = json!({"organization_name": org.name, "email": org.email, "password": PASSWORD});
    ground.create(&newcomer);
    for request in [rename(&org, "Stolen"), deletion(&org.name).bearer(&org.token)] {
        for serve in [&ground.open, &ground.closed] {
            let answer = serve.send(&request);
            assert_eq!(answer.status, 401, "{}", told(&answer));
            assert_eq!(answer.field("detail"), "Invalid authentication credentials");
        }
    }
    ground.open.get(&org.name).expect(200);
    ground.open.login(&org.email, PASSWORD).expect(200);
}
