//! What it means that an organization is not active, and the key that ends what runs on it.

use super::*;
use tenantry::tui::cards::recover_operation::RecoverOperation;
use tenantry::tui::screens::doctor::CheckStore;

/// The one organization of the list, opened.
fn opened(look: Look, state: State) -> Scene {
    let scene = Scene::listing(look, vec![in_state("Acme Corp", state)]).keys("<Enter>");
    counted(scene, state)
}

/// With what the service answers to the question for figures.
fn counted(scene: Scene, state: State) -> Scene {
    let scene = match state {
        State::Active | State::Renaming => scene.figures(),
        State::Creating | State::Deleting | State::Restoring | State::Purging => {
            scene.answer(Err(Error::Busy(state)))
        }
        State::Deleted => scene.answer(Err(Error::NotFound)),
    };
    scene.activity(Vec::new(), false)
}

/// An active one whose collection is gone.
fn without_collection(scene: Scene) -> Scene {
    scene.answer(Err(Error::CollectionMissing("org_acme_corp".to_owned())))
}

fn missing(look: Look) -> Scene {
    without_collection(Scene::listing(look, vec![organization("Acme Corp")]).keys("<Enter>"))
        .activity(Vec::new(), false)
}

fn of_an_admin(state: State) -> Scene {
    let scene = Scene::new(at(80, 24))
        .signed_in("ann@acme.example", Role::Admin)
        .answer(Ok(answer(in_state("Acme Corp", state))));
    counted(scene, state)
}

#[test]
fn each_state_says_what_it_means() {
    for state in [State::Creating, State::Renaming, State::Deleting, State::Restoring, State::Purging] {
        assert_snapshot!(format!("state_{state}"), opened(at(80, 24), state).text());
    }
    assert_snapshot!("state_renaming_120x40", opened(at(120, 40), State::Renaming).text());
    assert_snapshot!("state_renaming_of_an_admin", of_an_admin(State::Renaming).text());
    let suspended = Scene::listing(at(80, 24), vec![suspended("Acme Corp")]).keys("<Enter>").figures();
    assert_snapshot!("state_suspended", suspended.text());
}

#[test]
fn a_missing_collection_is_told_where_stats_are_read() {
    assert_snapshot!("missing", missing(at(80, 24)).text());
    let of_an_admin = Scene::new(at(80, 24))
        .signed_in("ann@acme.example", Role::Admin)
        .answer(Ok(answer(organization("Acme Corp"))));
    assert_snapshot!("missing_of_an_admin", without_collection(of_an_admin).text());
    let card = Scene::listing(at(80, 24), vec![organization("Acme Corp")]).keys("D");
    assert_snapshot!("missing_in_the_card_of_a_delete", without_collection(card).text());
}

#[test]
fn a_suspended_one_has_its_sign_and_is_found_by_its_state() {
    let scene = Scene::listing(at(80, 24), several()).keys("/state:suspended<Enter>");
    assert!(scene.text().contains("‖ suspended"), "{}", scene.text());
    assert!(scene.text().contains("1 of 9"), "{}", scene.text());
    let ascii = Look { size: (80, 24), palette: Palette::Plain, ascii: true };
    let text = Scene::listing(ascii, several()).text();
    assert!(text.contains("= suspended"), "{text}");
}

#[test]
fn a_collection_between_two_names_is_not_called_missing() {
    let scene = Scene::listing(at(80, 24), vec![in_state("Acme Corp", State::Renaming)]).keys("<Enter>");
    let text = scene.answer(Err(Error::CollectionMissing("org_acme_corp".to_owned()))).text();
    assert!(text.contains("Not counted while it is renaming."), "{text}");
    assert!(!text.contains("missing"), "{text}");
}

#[test]
fn the_list_says_it_of_the_selected_one() {
    for (keys, says) in [("jj", "an update has begun"), ("jjjjj", "its admin cannot sign in"), ("j", "")] {
        let text = Scene::listing(at(80, 24), several()).keys(keys).text();
        assert!(text.contains(says), "{text}");
        assert_eq!(text.contains("begun"), says.contains("begun"), "{text}");
    }
}

#[test]
fn an_operator_ends_what_runs_after_a_question() {
    for state in [State::Creating, State::Renaming, State::Deleting, State::Restoring, State::Purging] {
        let scene = opened(at(80, 24), state);
        assert!(scene.text().contains("f finish now"), "{}", scene.text());
        let scene = scene.keys("f");
        assert!(scene.waits_for_nothing(), "it asks first");
        assert_snapshot!(format!("finish_{state}"), scene.text());
        let scene = scene.keys("y");
        assert!(scene.asked::<RecoverOperation>().is_some_and(|call| call.shown.state == state));
        let ended = scene.answer(Ok(answer(Some(organization("Acme Corp")))));
        assert!(ended.text().contains("Acme Corp is active."), "{}", ended.text());
        assert!(!ended.text().contains("f finish now"), "{}", ended.text());
    }
}

#[test]
fn one_that_is_gone_after_it_is_shown_no_more() {
    let ended =
        |state| opened(at(80, 24), state).keys("fy").answer(Ok(answer(None::<Arc<Organization>>))).text();
    let text = ended(State::Purging);
    assert!(text.contains("Acme Corp is gone: it is purged."), "{text}");
    assert!(text.contains("No organization yet."), "{text}");
    assert!(ended(State::Creating).contains("its create was rolled back"));
}

#[test]
fn one_that_is_in_the_trash_after_it_is_shown_no_more() {
    let deleted = in_state("Acme Corp", State::Deleted);
    let scene = opened(at(80, 24), State::Deleting).keys("fy").answer(Ok(answer(Some(deleted))));
    assert!(scene.text().contains("Acme Corp is deleted."), "{}", scene.text());
    assert!(scene.text().contains("No organization yet."), "{}", scene.text());
}

#[test]
fn one_that_somebody_else_is_ending_is_busy() {
    let scene = opened(at(80, 24), State::Renaming).keys("fy").answer(Err(Error::Busy(State::Renaming)));
    assert_snapshot!(scene.text());
    assert!(scene.keys("y").asks::<RecoverOperation>(), "it can be tried again");
}

#[test]
fn it_is_there_for_no_admin_and_for_none_that_nobody_works_on() {
    let scenes = [of_an_admin(State::Renaming), opened(at(80, 24), State::Active), missing(at(80, 24))];
    for scene in scenes {
        assert!(!scene.text().contains("finish now"), "{}", scene.text());
        let scene = scene.keys("f");
        assert!(!scene.text().contains("╭"), "{}", scene.text());
        let help = scene.keys("?");
        assert!(!help.text().contains("finish now"), "{}", help.text());
    }
}

#[test]
fn one_without_its_collection_leads_to_the_doctor() {
    let scene = missing(at(80, 24)).keys("!");
    assert!(scene.asks::<CheckStore>());
    assert!(
        scene.examined(Vec::new()).keys("<Esc>").text().contains("1 Overview   2 Documents   3 Activity")
    );
}
