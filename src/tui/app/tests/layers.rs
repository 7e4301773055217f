//! What becomes of layers: closed under one another, stopped, answered late, told of each other.

use super::*;
use crate::domain::{CollectionSize, CollectionStats};
use crate::service::DeletedOrganization;
use crate::tui::cards::delete_organization::{DeleteOrganization, ReadDeletion};
use crate::tui::reads::ReadOrganization;
use crate::tui::screens::form::UpdateOrganization;
use crate::tui::screens::operators::ReadOperators;

fn stats() -> CollectionStats {
    let size = CollectionSize { documents: 1, data_bytes: 1 };
    CollectionStats { size, ..CollectionStats::default() }
}

/// The list with the card of a delete over it, the name typed.
fn deleting() -> Model {
    let mut model = listing();
    let (read, _) = only::<ReadDeletion>(&press(&mut model, "D"));
    done(&mut model, read, Ok(answer((organization("Acme Corp"), Ok::<_, Error>(stats())))));
    press(&mut model, "Acme Corp");
    model
}

fn deleted() -> Answer {
    answer(DeletedOrganization {
        organization_id: organization("Acme Corp").id,
        organization_name: "Acme Corp".into(),
        collection_name: "org_acme_corp".into(),
        purge_at: None,
        collection_left: None,
        ends_session: false,
    })
}

#[test]
fn a_layer_closes_itself_under_a_card_on_top() {
    let mut model = deleting();
    let (delete, _) = only::<DeleteOrganization>(&press(&mut model, "<Enter>"));
    press(&mut model, "<F1>");
    assert_eq!(title(&model), "help");
    done(&mut model, delete, Ok(deleted()));
    assert_eq!(title(&model), "organizations", "the help was about the card");
    assert_eq!(model.layers.len(), 1);
}

#[test]
fn a_layer_closes_itself_under_the_sign_in() {
    let mut model = deleting();
    let (delete, _) = only::<DeleteOrganization>(&press(&mut model, "<Enter>"));
    update(&mut model, Action::Tick(now() + SignedDuration::from_mins(31)));
    assert_eq!(title(&model), "sign in");
    done(&mut model, delete, Ok(deleted()));
    assert_eq!(title(&model), "sign in");
    assert_eq!(model.layers.len(), 2, "the card is gone, the sign-in is not");
    paste(&mut model, "correct horse");
    let effects = press(&mut model, "<Enter>");
    let [(signing_in, _)] = calls(&effects)[..] else { panic!("{effects:?}") };
    done(&mut model, signing_in, Ok(answer(signed_in(61 * MINUTE))));
    assert_eq!(title(&model), "organizations");
}

#[test]
fn whoever_waits_for_a_read_hears_that_it_was_stopped() {
    let mut model = listing();
    press(&mut model, "eLabs");
    let (id, _) = only::<UpdateOrganization>(&save(&mut model));
    let (reload, _) = only::<ReadOrganization>(&done(&mut model, id, Err(Error::Changed)));
    assert_eq!(press(&mut model, "<C-c>"), [Effect::Cancel(reload)]);
    only::<UpdateOrganization>(&save(&mut model));
}

/// Ctrl-S.
fn save(model: &mut Model) -> Vec<Effect> {
    let key = KeyEvent::new(KeyCode::Char('s'), KeyModifiers::CONTROL);
    update(model, Action::Key(Pressed(key)))
}

#[test]
fn a_card_goes_with_the_form_that_opened_it() {
    let mut model = listing();
    let (reading, _) = only::<ReadOperators>(&press(&mut model, "o"));
    done(&mut model, reading, Ok(operators()));
    let (again, _) = only::<ReadOperators>(&press(&mut model, "r"));
    press(&mut model, "px<Esc>");
    assert_eq!(title(&model), "unsaved changes");
    // Kim, whose password it is about, is not there any more.
    let none = OperatorPage { items: Vec::new(), next_cursor: None };
    done(&mut model, again, Ok(answer(none)));
    assert_eq!(title(&model), "operators");
    assert_eq!(model.layers.len(), 2);
    assert!(model.shared().notice.as_ref().unwrap().text.contains("that operator was removed"));
}

#[test]
fn a_card_and_its_name_are_of_the_same_moment() {
    let mut model = listing();
    let (read, _) = only::<ReadDeletion>(&press(&mut model, "D"));
    let mut now = crate::domain::Organization::clone(&organization("Acme Labs"));
    now.id = organization("Acme Corp").id;
    done(&mut model, read, Ok(answer((Arc::new(now), Ok::<_, Error>(stats())))));
    press(&mut model, "Acme Corp");
    assert_eq!(press(&mut model, "<Enter>"), [], "that is not its name any more");
    press(&mut model, "<Esc>D");
    let read = model.shared().calls.reads()[0];
    done(&mut model, read, Err(Error::NothingToChange));
    press(&mut model, "Acme Labs");
    only::<DeleteOrganization>(&press(&mut model, "<Enter>"));
}

#[test]
fn an_answer_for_a_layer_that_is_closed_goes_to_nobody() {
    let mut model = listing();
    let (reading, _) = calls(&press(&mut model, "<Enter>"))[0];
    press(&mut model, "q");
    model.is_dirty = false;
    assert_eq!(done(&mut model, reading, Ok(answer(stats()))), []);
    assert!(!model.is_dirty);
}

#[test]
fn what_was_chosen_on_a_menu_comes_to_the_layer_that_opened_it() {
    let mut model = listing();
    press(&mut model, "sj<Enter>");
    assert_eq!(title(&model), "organizations");
    assert_eq!(model.layers.len(), 1);
    press(&mut model, "s");
    assert_eq!(press(&mut model, "<Esc>"), []);
    assert_eq!(model.layers.len(), 1);
}
