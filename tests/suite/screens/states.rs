//! What it means that an organization is not active, and the key that ends what runs on it.

use super::*;
use tenantry::tui::effect::Request;

/// The one organization of the list, opened.
fn opened(look: Look, state: State) -> Scene {
    let scene = Scene::listing(look, vec![in_state("Acme Corp", state)]).keys("<Enter>");
    counted(scene, state)
}

/// With what the service answers to the question for figures.
fn counted(scene: Scene, state: State) -> Scene {
    match state {
        State::Active | State::Renaming => scene.figures(),
        State::Creating | State::Deleting => scene.answer(Err(Error::Busy(state))),
        State::Damaged => scene.answer(Err(Error::CollectionMissing("org_acme_corp".to_owned()))),
    }
}

fn of_an_admin(state: State) -> Scene {
    let scene = Scene::new(at(80, 24))
        .signed_in("ann@acme.example", Role::Admin)
        .answer(Ok(Answer::Organization(in_state("Acme Corp", state))));
    counted(scene, state)
}

#[test]
fn each_state_says_what_it_means() {
    for state in [State::Creating, State::Renaming, State::Deleting, State::Damaged] {
        assert_snapshot!(format!("state_{state}"), opened(at(80, 24), state).text());
    }
    assert_snapshot!("state_renaming_120x40", opened(at(120, 40), State::Renaming).text());
    assert_snapshot!("state_renaming_of_an_admin", of_an_admin(State::Renaming).text());
    assert_snapshot!("state_damaged_of_an_admin", of_an_admin(State::Damaged).text());
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
    for (keys, says) in [("jj", "an update has begun"), ("jjjjj", "see the doctor (!)"), ("j", "")] {
        let text = Scene::listing(at(80, 24), several()).keys(keys).text();
        assert!(text.contains(says), "{text}");
        assert_eq!(text.contains("begun"), says.contains("begun"), "{text}");
    }
}

#[test]
fn an_operator_ends_what_runs_after_a_question() {
    for state in [State::Creating, State::Renaming, State::Deleting] {
        let scene = opened(at(80, 24), state);
        assert!(scene.text().contains("f finish now"), "{}", scene.text());
        let scene = scene.keys("f");
        assert!(scene.waits_for_nothing(), "it asks first");
        assert_snapshot!(format!("finish_{state}"), scene.text());
        let scene = scene.keys("y");
        assert!(matches!(scene.asked(), Some(Request::EndOperation(shown)) if shown.state == state));
        let ended = scene.answer(Ok(Answer::Ended(Some(organization("Acme Corp")))));
        assert!(ended.text().contains("Acme Corp is active."), "{}", ended.text());
        assert!(!ended.text().contains("f finish now"), "{}", ended.text());
    }
}

#[test]
fn one_that_is_gone_after_it_is_shown_no_more() {
    let ended = |state| opened(at(80, 24), state).keys("fy").answer(Ok(Answer::Ended(None))).text();
    let text = ended(State::Deleting);
    assert!(text.contains("Acme Corp is gone: it is deleted."), "{text}");
    assert!(text.contains("No organization yet."), "{text}");
    assert!(ended(State::Creating).contains("its create was taken back"));
}

#[test]
fn one_that_somebody_else_is_ending_is_busy() {
    let scene = opened(at(80, 24), State::Renaming).keys("fy").answer(Err(Error::Busy(State::Renaming)));
    assert_snapshot!(scene.text());
    assert!(scene.keys("y").asked().is_some(), "it can be tried again");
}

#[test]
fn it_is_there_for_no_admin_and_for_none_that_nobody_works_on() {
    let scenes =
        [of_an_admin(State::Renaming), opened(at(80, 24), State::Active), opened(at(80, 24), State::Damaged)];
    for scene in scenes {
        assert!(!scene.text().contains("finish now"), "{}", scene.text());
        let scene = scene.keys("f");
        assert!(!scene.text().contains("╭"), "{}", scene.text());
        let help = scene.keys("?");
        assert!(!help.text().contains("finish now"), "{}", help.text());
    }
}

#[test]
fn a_damaged_one_leads_to_the_doctor() {
    let scene = opened(at(80, 24), State::Damaged).keys("!");
    assert!(matches!(scene.asked(), Some(Request::Examine)));
    assert!(scene.examined(Vec::new()).keys("<Esc>").text().contains("Acme Corp   [1 Overview]"));
}
