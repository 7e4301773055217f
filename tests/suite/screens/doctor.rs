//! The doctor: its check, what it found, and the cards that ask before anything is repaired.

use super::*;
use ratatui::style::Color;
use tenantry::domain::{Finding, Problem, RepairOutcome};
use tenantry::service::{RepairProgress, RepairScope};
use tenantry::tui::cards::repair::RepairFindings;
use tenantry::tui::effect::CallProgress;
use tenantry::tui::screens::doctor::CheckStore;
use tenantry::tui::screens::organizations::ReadOrganizations;

const ASCII: Look = Look { size: (80, 24), palette: Palette::Plain, ascii: true };

fn finding(name: Option<&str>, collection: &str, problem: Problem) -> Finding {
    Finding {
        organization_id: name.map(|_| organization("Acme Corp").id),
        organization_name: name.map(Into::into),
        collection_name: Some(collection.into()),
        problem,
    }
}

/// Some of every kind, errors first as a check sorts them.
fn found() -> Vec<Finding> {
    let at = |at: &str| at.to_owned();
    vec![
        finding(Some("Delft Robotics"), "org_delft_robotics", Problem::CollectionMissing),
        finding(Some("Fjord Shipping"), "org_fjord_shipping", Problem::CollectionReplaced),
        finding(
            Some("Acme Corp"),
            "org_acme_corp",
            Problem::CollectionElsewhere { at: at("org_acme_corp_old") },
        ),
        finding(
            Some("Zephyr Air"),
            "org_zephyr_air",
            Problem::ReservationOfAnother { key: at("n:zephyr air") },
        ),
        finding(
            Some("Acme Europe"),
            "org_acme_europe",
            Problem::Silent { state: State::Renaming, refusal: None },
        ),
        finding(None, "org_nobodys_old_export", Problem::Orphan),
        finding(None, "tenantry_aside_0b1c", Problem::LeftAside),
    ]
}

fn opened(look: Look) -> Scene {
    Scene::listing(look, several()).keys("!")
}

pub(super) fn checked(look: Look) -> Scene {
    opened(look).examined(found())
}

#[test]
fn list() {
    at_each_size("doctor_list", checked);
    assert_snapshot!("list_40x10", checked(at(40, 10)).text());
    assert_snapshot!("list_ascii", checked(ASCII).keys("jj").text());
}

#[test]
fn each_finding_is_said_in_words() {
    for row in 1..found().len() {
        let drawn = checked(at(80, 24)).keys(&"j".repeat(row)).text();
        assert_snapshot!(format!("doctor_words_{row}"), drawn);
    }
}

#[test]
fn checking() {
    assert_snapshot!("checking_before_the_first_word", opened(at(80, 24)).text());
    at_each_size("doctor_checking", |look| opened(look).progress(3_000, 4_215, 2).later(2));
}

#[test]
fn checking_again_behind_what_was_found() {
    assert_snapshot!(checked(at(80, 24)).keys("r").progress(3_000, 4_215, 2).text());
}

#[test]
fn nothing_found() {
    at_each_size("doctor_nothing_found", |look| opened(look).examined(Vec::new()));
}

#[test]
fn failed() {
    assert_snapshot!(opened(at(80, 24)).answer(Err(Error::Internal(Uuid::nil()))).text());
}

#[test]
fn failed_behind_what_was_found() {
    let scene = checked(at(80, 24)).keys("r").answer(Err(Error::Internal(Uuid::nil())));
    assert_snapshot!(scene.text());
}

#[test]
fn stopped() {
    let scene = opened(at(80, 24)).progress(3_000, 4_215, 2).keys("<C-c>");
    assert!(scene.waits_for_nothing());
    assert_snapshot!(scene.text());
    assert_snapshot!("stopped_again", checked(at(80, 24)).keys("r<C-c>").text());
}

#[test]
fn leaving_ends_the_check() {
    let scene = opened(at(80, 24)).keys("<Esc>");
    assert!(scene.waits_for_nothing());
    assert!(scene.text().contains("Organizations"), "{}", scene.text());
}

#[test]
fn connection_lost() {
    assert_snapshot!(checked(at(80, 24)).keys("r").later(60).answer(no_answer()).text());
}

#[test]
fn repair_of_one() {
    let asked = |look| checked(look).keys("jj<Enter>");
    at_each_size("doctor_repair", asked);
    assert_snapshot!("repair_40x10", asked(at(40, 10)).text());
    assert!(asked(at(80, 24)).waits_for_nothing(), "it asks first");
    let scene = asked(at(80, 24)).keys("y");
    let Some(RepairFindings { findings, scope: RepairScope::Safe }) = scene.asked() else {
        panic!("no repair is asked for");
    };
    assert_eq!(**findings, found()[2..3]);
    let scene = scene.answer(Ok(answer(vec![RepairOutcome::Repaired])));
    assert!(scene.asks::<ReadOrganizations>(), "the list is read anew");
    assert_snapshot!("repaired_one", scene.text());
}

#[test]
fn repair_of_one_that_is_not_so_any_more() {
    let scene =
        checked(at(80, 24)).keys("jj<Enter>y").answer(Ok(answer(vec![RepairOutcome::NoLongerPresent])));
    assert!(scene.text().contains("It is not so any more"), "{}", scene.text());
    assert!(!scene.text().contains("under another name"), "{}", scene.text());
}

#[test]
fn repair_of_one_refused_stays_to_be_tried_again() {
    let scene = checked(at(80, 24)).keys("jj<Enter>y").answer(no_answer());
    assert_snapshot!(scene.text());
    let scene = checked(at(80, 24))
        .keys("jj<Enter>y")
        .answer(Ok(answer(vec![RepairOutcome::Skipped("Its name is taken by another collection.".into())])));
    assert_snapshot!("repair_of_one_left", scene.text());
}

#[test]
fn what_is_left_alone_is_only_told() {
    let scene = checked(at(80, 24)).keys("jjj<Enter>");
    assert_snapshot!(scene.text());
    let scene = scene.keys("y<Enter>");
    assert!(scene.waits_for_nothing());
    assert!(!scene.text().contains("╭"), "{}", scene.text());
}

#[test]
fn going_on_with_an_empty_collection_wants_the_name() {
    at_each_size("doctor_choose_empty", |look| checked(look).keys("<Enter>delft robotics"));
    assert_snapshot!("choose_empty_40x10", checked(at(40, 10)).keys("<Enter>Delft").text());
    let scene = checked(at(80, 24)).keys("<Enter>delft robotics<Enter>");
    assert!(scene.waits_for_nothing(), "case matters");
    let scene = scene.keys("<C-u>Delft Robotics<Enter>");
    assert!(matches!(scene.asked(), Some(RepairFindings { scope: RepairScope::NewCollections, .. })));
    let scene = scene.answer(Ok(answer(vec![RepairOutcome::Repaired])));
    assert!(scene.text().contains("Repaired: collection missing."), "{}", scene.text());
}

#[test]
fn going_on_with_the_collection_that_is_there_wants_the_name() {
    assert_snapshot!(checked(at(80, 24)).keys("j<Enter>").paste("Fjord Shipping").text());
}

#[test]
fn repair_of_all_that_is_safe() {
    at_each_size("doctor_repair_all", |look| checked(look).keys("R"));
    let scene = checked(at(80, 24)).keys("Ry");
    let Some(RepairFindings { findings, scope: RepairScope::Safe }) = scene.asked() else {
        panic!("no repair is asked for");
    };
    assert_eq!(findings.len(), 3);
    let scene = scene.report(CallProgress::Repairing(RepairProgress { done: 2, of: 3 }));
    assert_snapshot!("repairing", scene.text());
    let outcomes =
        vec![RepairOutcome::Repaired, RepairOutcome::NoLongerPresent, RepairOutcome::Skipped("No.".into())];
    let scene = scene.answer(Ok(answer(outcomes)));
    assert!(scene.asks::<CheckStore>());
    assert_snapshot!("repaired_and_checking", scene.text());
    let left = found().into_iter().filter(|finding| finding.problem != Problem::LeftAside).collect();
    assert_snapshot!("repaired_all", scene.examined(left).text());
    let nothing = checked(at(80, 24)).keys("Ry").answer(Ok(answer(vec![RepairOutcome::Repaired; 3])));
    assert_snapshot!("repaired_and_nothing_left", nothing.examined(Vec::new()).text());
}

#[test]
fn a_check_that_finds_no_answer_waits_for_one() {
    let scene = opened(at(80, 24)).answer(no_answer());
    assert!(scene.text().contains("Checks as soon as the store answers."), "{}", scene.text());
}

#[test]
fn a_repair_of_all_that_finds_no_answer_loses_nothing() {
    let scene = checked(at(80, 24)).keys("Ry").answer(no_answer());
    assert_snapshot!(scene.text());
    let scene = scene.answer(no_answer()).answer(no_answer()).later(1).examined(found());
    assert!(scene.text().contains("0 repaired, then: No answer"), "{}", scene.text());
}

#[test]
fn where_nothing_is_safe_the_key_says_so() {
    let scene = opened(at(120, 40)).examined(vec![found().remove(0)]).keys("R");
    assert!(scene.text().contains("nothing safe to repair"), "{}", scene.text());
}

#[test]
fn help() {
    assert_snapshot!(checked(at(80, 24)).keys("?").text());
}

#[test]
fn names_of_records_never_reach_the_terminal_as_they_are() {
    let odd = "call \u{1b}[31mback\u{202e}\r\nR\u{7f} ".to_owned() + &"very long ".repeat(40);
    let odd = |problem| finding(Some(&odd), "org_\u{1b}]0;x\u{7}", problem);
    let findings = vec![
        odd(Problem::CollectionMissing),
        odd(Problem::CollectionElsewhere { at: "\u{9b}2J\u{2028}".into() }),
        odd(Problem::RecordUnusable),
    ];
    for keys in ["", "j", "jj", "<Enter>", "j<Enter>", "jj<Enter>"] {
        for look in [at(120, 40), at(80, 24), at(40, 10)] {
            let text = opened(look).examined(findings.clone()).keys(keys).text();
            let controls = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202e}' | '\u{2028}');
            assert!(!text.chars().any(controls), "{text}");
        }
    }
    at_each_size("doctor_hostile_names", |look| opened(look).examined(findings.clone()).keys("j"));
    assert_snapshot!("hostile_choose", opened(at(80, 24)).examined(findings.clone()).keys("<Enter>").text());
    assert_snapshot!("hostile_repair", opened(at(80, 24)).examined(findings).keys("j<Enter>").text());
}

#[test]
fn a_name_that_no_key_types_is_typed_as_it_is_shown() {
    let findings = vec![finding(Some("a\u{1b}b"), "org_a", Problem::CollectionMissing)];
    let scene = opened(at(80, 24)).examined(findings).keys("<Enter>").paste("a␛b").keys("<Enter>");
    assert!(scene.asks::<RepairFindings>());
}

#[test]
fn without_colour_there_is_none() {
    let look = Look { size: (120, 40), palette: Palette::Plain, ascii: false };
    let scenes = [checked(look), checked(look).keys("<Enter>x"), checked(look).keys("R"), opened(look)];
    for scene in scenes {
        for cell in scene.buffer().content() {
            assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset), "{}", scene.text());
        }
    }
}

#[test]
fn admins_have_no_doctor() {
    let scene = Scene::new(at(80, 24))
        .signed_in("ann@acme.example", Role::Admin)
        .answer(Ok(answer(in_state("Acme Corp", State::Renaming))))
        .figures()
        .activity(Vec::new(), false);
    for keys in ["!", ":doctor<Enter>"] {
        let scene = Scene::new(at(80, 24))
            .signed_in("ann@acme.example", Role::Admin)
            .answer(Ok(answer(in_state("Acme Corp", State::Renaming))))
            .figures()
            .activity(Vec::new(), false)
            .keys(keys);
        assert!(scene.waits_for_nothing(), "{keys}");
    }
    assert!(!scene.text().contains("doctor"), "{}", scene.text());
}

#[test]
fn very_many_findings_scroll() {
    let many = vec![finding(Some("Acme Corp"), "org_acme_corp", Problem::CollectionMissing); 100_000];
    let mut scene = opened(at(80, 24)).examined(many);
    for keys in ["G", "<C-u>", "<PgUp>", "k", "g", "<C-d>"] {
        scene = scene.keys(keys);
        assert!(scene.text().contains("100,000"));
    }
}
