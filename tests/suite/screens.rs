//! Snapshots: screen, state, size. What is drawn is compared as text; styles where they matter.

mod activity;
mod archive;
mod copy;
mod doctor;
mod documents;
mod looks;
mod operators;
mod palette;
mod preview;
mod sizes;
mod states;
mod trash;

use crate::common::samples::{
    entry, every_type, in_state, invoice, operator, organization, row_read, signed_in, suspended,
};
use crate::common::scene::{Look, Scene, at, no_answer};
use insta::assert_snapshot;
use std::sync::Arc;
use tenantry::domain::{Organization, Role, State};
use tenantry::service::{Error, OperationId};
use tenantry::tui::clipboard::Clipboard;
use tenantry::tui::effect::answer;
use tenantry::tui::theme::Palette;
use uuid::Uuid;

fn several() -> Vec<Arc<Organization>> {
    vec![
        organization("Aachen Analytics"),
        organization("Acme Corp"),
        in_state("Acme Europe", State::Renaming),
        organization("Bäckerei Müller"),
        organization("Café Noir"),
        suspended("Delft Robotics"),
        in_state("Old Harbour Logistics & Storage, Rotterdam", State::Deleting),
        organization("Zephyr Air"),
        organization("日本商店"),
    ]
}

/// A name for each size, and what is drawn at it.
fn at_each_size(name: &str, scene: impl Fn(Look) -> Scene) {
    for (columns, rows) in [(120, 40), (80, 24)] {
        let drawn = scene(at(columns, rows)).text();
        assert_snapshot!(format!("{name}_{columns}x{rows}"), drawn);
    }
}

#[test]
fn connecting() {
    assert_snapshot!(Scene::new(at(80, 24)).text());
}

#[test]
fn connecting_without_an_answer() {
    assert_snapshot!(Scene::new(at(80, 24)).answer(no_answer()).text());
}

#[test]
fn connecting_to_a_store_that_cannot_be_used() {
    let unusable =
        "The server refuses the connection: it needs TLS, and MONGO_URI does not ask for it. Add tls=true.";
    let scene = Scene::new(at(80, 24)).answer(Err(Error::StoreUnusable(unusable.into())));
    assert_snapshot!(scene.text());
}

#[test]
fn sign_in() {
    at_each_size("sign_in", |look| {
        Scene::new(look).answer(Ok(answer(true))).keys("ann@acme.example<Tab>correct horse")
    });
}

#[test]
fn sign_in_refused() {
    let scene = Scene::new(at(80, 24))
        .answer(Ok(answer(true)))
        .keys("ann@acme.example<Tab>correct horse<Enter>")
        .answer(Err(Error::InvalidCredentials));
    assert_snapshot!(scene.text());
}

#[test]
fn first_operator() {
    at_each_size("first_operator", |look| {
        Scene::new(look)
            .answer(Ok(answer(false)))
            .keys("root@example.com<Tab>correct horse<Tab>correct hors<Enter>")
    });
}

#[test]
fn organizations() {
    at_each_size("organizations", |look| Scene::listing(look, several()).keys("jj"));
}

#[test]
fn organizations_while_pages_come() {
    assert_snapshot!(Scene::operator(at(80, 24)).page(several(), true).later(3).text());
}

#[test]
fn organizations_loading() {
    assert_snapshot!(Scene::operator(at(80, 24)).later(2).text());
}

#[test]
fn organizations_empty() {
    assert_snapshot!(Scene::listing(at(80, 24), Vec::new()).text());
}

#[test]
fn organizations_failed() {
    let scene = Scene::operator(at(80, 24)).answer(Err(Error::Internal(Uuid::nil())));
    assert_snapshot!(scene.text());
}

#[test]
fn organizations_filtering() {
    at_each_size("organizations_filtering", |look| Scene::listing(look, several()).keys("/acm !europe"));
}

#[test]
fn organizations_filtered_and_sorted() {
    let scene = Scene::listing(at(80, 24), several()).keys("/a<Enter>sjjj<Enter>O");
    assert_snapshot!(scene.text());
}

#[test]
fn organizations_without_a_match() {
    assert_snapshot!(Scene::listing(at(80, 24), several()).keys("/qqq<Enter>").text());
}

#[test]
fn filter_that_is_not_understood() {
    assert_snapshot!(Scene::listing(at(80, 24), several()).keys("/colour:red").text());
}

#[test]
fn sort_menu() {
    assert_snapshot!(Scene::listing(at(80, 24), several()).keys("sj").text());
}

#[test]
fn overview() {
    at_each_size("overview", |look| Scene::listing(look, several()).keys("j<Enter>").figures());
}

#[test]
fn overview_before_the_figures() {
    assert_snapshot!(Scene::listing(at(80, 24), several()).keys("j<Enter>").text());
}

#[test]
fn overview_without_its_collection() {
    let missing = Error::CollectionMissing("org_delft_robotics".into());
    let scene = Scene::listing(at(80, 24), several()).keys("jjjjj<Enter>").answer(Err(missing));
    assert_snapshot!(scene.text());
}

#[test]
fn overview_of_an_admin() {
    let scene = Scene::new(at(80, 24))
        .signed_in("ann@acme.example", Role::Admin)
        .answer(Ok(answer(organization("Acme Corp"))))
        .figures();
    assert_snapshot!(scene.text());
}

#[test]
fn create() {
    at_each_size("create", |look| {
        Scene::listing(look, several()).keys("nBäckerei Müller<Tab>ann.acme<Tab>short<Tab>")
    });
}

#[test]
fn create_refused_beside_its_field() {
    let scene = Scene::listing(at(80, 24), several())
        .keys("nAcme Corp<Tab>a@b<Tab>correct horse<Tab>correct horse<Enter>")
        .answer(Err(Error::NameTaken("Acme Corp".into())));
    assert_snapshot!(scene.text());
}

#[test]
fn create_of_unknown_outcome() {
    let lost =
        Error::Unavailable { place: "db1.internal:27017".into(), operation: Some(OperationId(Uuid::nil())) };
    let scene = Scene::listing(at(80, 24), several())
        .keys("nAcme Labs<Tab>a@b<Tab>correct horse<Tab>correct horse<Enter>")
        .answer(Err(lost))
        .answer(no_answer());
    assert_snapshot!(scene.text());
}

#[test]
fn edit() {
    at_each_size("edit", |look| Scene::listing(look, several()).keys("je<C-u>Acme Labs<Tab>"));
}

#[test]
fn edit_of_an_admin() {
    let scene = Scene::new(at(80, 24))
        .signed_in("ann@acme.example", Role::Admin)
        .answer(Ok(answer(organization("Acme Corp"))))
        .figures()
        .keys("e<C-u>Acme Labs<Tab><Tab>correct horse<Tab>correct horse<Tab>");
    assert_snapshot!(scene.text());
}

#[test]
fn edit_that_someone_else_changed() {
    let mut now = Organization::clone(&organization("Acme Corp"));
    now.admin_email = "new@acme.example".into();
    let scene = Scene::listing(at(80, 24), several())
        .keys("je<C-u>Acme Labs<C-s>")
        .answer(Err(Error::Changed))
        .answer(Ok(answer(Arc::new(now))));
    assert_snapshot!(scene.text());
}

#[test]
fn leaving_a_changed_form() {
    assert_snapshot!(Scene::listing(at(80, 24), several()).keys("nAcme<Esc>").text());
}

#[test]
fn delete() {
    at_each_size("delete", |look| Scene::listing(look, several()).keys("jD").figures().keys("acme corp"));
}

#[test]
fn delete_before_the_figures() {
    assert_snapshot!(Scene::listing(at(80, 24), several()).keys("jD").text());
}

#[test]
fn delete_ready() {
    let scene = Scene::listing(at(80, 24), several()).keys("jD").figures().paste("Acme Corp");
    assert_snapshot!(scene.text());
}

#[test]
fn help() {
    at_each_size("help", |look| Scene::listing(look, several()).keys("?"));
}

#[test]
fn help_in_the_filter() {
    assert_snapshot!(Scene::listing(at(80, 24), several()).keys("/<F1>").text());
}

#[test]
fn connection_lost() {
    at_each_size("connection_lost", |look| {
        Scene::listing(look, several()).keys("r").later(60).answer(no_answer())
    });
}

#[test]
fn session_near_its_end() {
    assert_snapshot!(Scene::listing(at(120, 12), several()).later(1_529).text());
}

#[test]
fn session_over() {
    assert_snapshot!(Scene::listing(at(80, 24), several()).keys("nAcme").later(1_800).text());
}

#[test]
fn notice() {
    let scene = Scene::listing(at(80, 24), several())
        .keys("nAcme Labs<Tab>a@b<Tab>correct horse<Tab>correct horse<Enter>")
        .answer(Ok(answer(organization("Acme Labs"))));
    assert_snapshot!(scene.text());
}

#[test]
fn smallest() {
    assert_snapshot!("smallest_list", Scene::listing(at(40, 10), several()).text());
    assert_snapshot!("smallest_form", Scene::listing(at(40, 10), several()).keys("nAcme<Tab>").text());
    let card = Scene::listing(at(40, 10), several()).keys("jD").figures().keys("acme corp");
    assert_snapshot!("smallest_delete", card.text());
    let help = Scene::listing(at(40, 10), several()).keys("?jjj");
    assert_snapshot!("smallest_help", help.text());
    let sign_in = Scene::new(at(40, 10)).answer(Ok(answer(true)));
    assert_snapshot!("smallest_sign_in", sign_in.text());
    let refused = Scene::new(at(40, 10))
        .answer(Ok(answer(true)))
        .keys("ann@acme.example<Tab>wrong horse<Enter>")
        .answer(Err(Error::InvalidCredentials));
    assert_snapshot!("smallest_sign_in_refused", refused.text());
    let first = Scene::new(at(40, 10)).answer(Ok(answer(false)));
    assert_snapshot!("smallest_first_operator", first.text());
    let overview = Scene::listing(at(40, 10), several()).keys("j<Enter>").figures().keys("jj");
    assert_snapshot!("smallest_overview", overview.text());
    assert_snapshot!("too_small", Scene::listing(at(20, 5), several()).text());
}

#[test]
fn ascii_without_colour() {
    let look = Look { size: (80, 24), palette: Palette::Plain, ascii: true };
    assert_snapshot!("ascii_list", Scene::listing(look, several()).keys("jj").text());
    let card = Scene::listing(look, several()).keys("jD").figures().keys("acme corp");
    assert_snapshot!("ascii_delete", card.text());
    let form = Scene::listing(look, several()).keys("nAcme<Tab>x<Tab>correct<Tab>");
    assert_snapshot!("ascii_form", form.text());
    for scene in [card, form] {
        let odd = scene.text().chars().find(|c| !c.is_ascii() && !c.is_alphabetic());
        assert_eq!(odd, None);
    }
}

#[test]
fn control_characters_in_data_are_visible() {
    let mut odd = Organization::clone(&organization("Acme Corp"));
    odd.name = "call \u{1b}[31mback\u{202e}".into();
    let scene = Scene::listing(at(120, 24), vec![Arc::new(odd)]);
    assert!(scene.text().contains("call ␛[31mback<U+202E>"), "{}", scene.text());
    let raw = scene.text().chars().any(|c| c.is_control() && c != '\n');
    assert!(!raw);
}

#[test]
fn a_new_account_over_the_screen_is_another_first_screen() {
    let scene = Scene::listing(at(80, 24), several())
        .keys("nAcme")
        .later(1_800)
        .keys("<S-Tab><C-u>ann@acme.example<Tab>correct horse<Enter>")
        .answer(Ok(answer(signed_in("ann@acme.example", Role::Admin))));
    assert!(scene.text().contains("Another account"), "{}", scene.text());
}
