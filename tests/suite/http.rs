//! The web face as a process: the routes of the service that tenantry replaces, row by row, and what hostile clients,
//! signals and races do to it.
#![expect(clippy::print_stdout, reason = "how many rows were right is worth knowing")]

mod changes;
pub(crate) mod client;
mod create;
pub(crate) mod ground;
mod hostile;
mod limits;
mod pages;
mod races;
mod renewal;
mod running;
mod secrets;
mod sessions;
mod stop;
mod table;

use crate::common::home::On;
use ground::Ground;
use rstest::rstest;
use table::Play;

/// A test that plays these tables on a store of its own, after which the doctor finds nothing.
fn play(store: On, name: &str, tables: &[fn(&mut Play<'_>)]) {
    let ground = Ground::on(store);
    let mut play = Play::on(&ground);
    for table in tables {
        table(&mut play);
    }
    play.finish(&format!("{name} on {store:?}"));
    ground.assert_sound(name);
}

#[rstest]
fn create_answers_as_the_old_service_or_better(#[values(On::Embedded, On::MongoDb)] store: On) {
    use create::*;
    let values: [fn(&mut Play<'_>); 5] = [sound_values, others, eight_at_once, wrong_values, wrong_types];
    play(store, "create", &[&values[..], &[too_many_registrations, |play| play.only_created()]].concat());
}

#[rstest]
fn bodies_are_read_as_the_old_service_or_stricter(#[values(On::Embedded, On::MongoDb)] store: On) {
    play(store, "bodies", &[create::sound_bodies, create::wrong_bodies, |play| play.only_created()]);
}

#[rstest]
fn sign_in_and_get_answer_as_the_old_service_or_better(#[values(On::Embedded, On::MongoDb)] store: On) {
    use sessions::*;
    play(store, "sign-in and get", &[sign_in, many_wrong_passwords, get, suspended]);
}

#[rstest]
fn bearers_are_judged_as_the_old_service_or_stricter(#[values(On::Embedded, On::MongoDb)] store: On) {
    play(store, "bearer", &[sessions::bearer]);
}

#[rstest]
fn update_and_delete_answer_as_the_old_service_or_better(#[values(On::Embedded, On::MongoDb)] store: On) {
    use changes::*;
    play(store, "update and delete", &[updates, legacy_update, refused_updates, deletes]);
}

#[rstest]
fn methods_paths_and_pages_are_those_of_the_old_service(#[values(On::Embedded, On::MongoDb)] store: On) {
    use pages::*;
    play(store, "methods and pages", &[methods, paths, closed, document]);
}
