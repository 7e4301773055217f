//! Go to, by name.

use super::*;

const ASCII: Look = Look { size: (80, 24), palette: Palette::Plain, ascii: true };

fn over_the_list(look: Look) -> Scene {
    Scene::listing(look, several()).keys(":")
}

#[test]
fn open() {
    at_each_size("palette_open", over_the_list);
    assert_snapshot!("open_40x10", over_the_list(at(40, 10)).text());
    assert_snapshot!("open_ascii", over_the_list(ASCII).text());
}

#[test]
fn filtered() {
    at_each_size("palette_filtered", |look| over_the_list(look).keys("ac<Down>"));
}

#[test]
fn without_a_match() {
    assert_snapshot!(over_the_list(at(80, 24)).keys("qqq").text());
}

#[test]
fn of_an_admin() {
    let scene = Scene::new(at(80, 24))
        .signed_in("ann@acme.example", Role::Admin)
        .answer(Ok(answer(organization("Acme Corp"))))
        .figures()
        .keys("<C-p>");
    assert_snapshot!(scene.text());
}

#[test]
fn without_a_connection() {
    let scene = Scene::listing(at(80, 24), several()).keys("r").answer(no_answer()).keys(":");
    assert_snapshot!(scene.text());
}

#[test]
fn what_cannot_work_now_says_why_and_stays() {
    let scene = Scene::listing(at(80, 24), several()).keys("r").answer(no_answer()).keys(":sign<Enter>");
    assert!(scene.text().contains("Not now: no connection."), "{}", scene.text());
    assert!(scene.text().contains("Go to"), "{}", scene.text());
}

#[test]
fn what_works_again_is_offered_again() {
    let scene = Scene::listing(at(80, 24), several()).keys("r").answer(no_answer()).keys(":");
    assert!(scene.text().contains("(no connection)"), "{}", scene.text());
    let scene = scene.later(1).page(several(), false);
    assert!(!scene.text().contains("(no connection)"), "{}", scene.text());
}

#[test]
fn what_fits_best_is_selected_wherever_it_stands() {
    let names = ["Northwind Logistics", "Aston Books", "Newton Foods", "Quarry Bay"].map(organization);
    let over = |typed: &str| Scene::listing(at(80, 24), names.to_vec()).keys(":").keys(typed).text();
    for (typed, selected) in [
        ("north", "Northwind Logistics"),
        ("aston", "Aston Books"),
        ("newt", "Newton Foods"),
        ("new", "new organization"),
        ("oper", "operators"),
        ("q", "quit"),
        ("out", "sign out"),
        ("logout", "sign out"),
        ("password", "your account"),
        ("help", "keys"),
    ] {
        let text = over(typed);
        let wanted = format!("▌ {selected} ");
        assert!(text.contains(&wanted), "{typed}:\n{text}");
    }
}

#[test]
fn eight_organizations_at_most() {
    let many = (0..30).map(|number| organization(&format!("Acme {number}"))).collect();
    let text = Scene::listing(at(120, 40), many).keys(":acme").text();
    let organizations = text.lines().filter(|line| line.contains("organization ")).count();
    assert_eq!(organizations, 8, "{text}");
}

#[test]
fn control_characters_in_names_are_visible() {
    let mut odd = Organization::clone(&organization("Acme Corp"));
    odd.name = "acme \u{1b}[31mback\u{202e}".into();
    let text = Scene::listing(at(120, 24), vec![Arc::new(odd)]).keys(":acme").text();
    let shown = text.matches("acme ␛[31mback<U+202E>").count();
    assert_eq!(shown, 3, "in the list, beside it and over it:\n{text}");
}

#[test]
fn it_does_not_open_over_fields() {
    for keys in ["n<C-p>", "/<C-p>", "jD<C-p>", "<Enter>2/<C-p>"] {
        let text = Scene::listing(at(80, 24), several()).keys(keys).text();
        assert!(!text.contains(" Go to "), "{keys}:\n{text}");
    }
}
