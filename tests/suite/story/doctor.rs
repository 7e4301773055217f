//! The doctor on a file that something else has changed: what it finds, what it repairs, and what goes wrong meanwhile.

use super::*;

/// So many admins of nothing.
fn abandoned(count: u32) -> String {
    format!(
        "INSERT INTO admins (id, organization_id, email, email_key, password, role, version, token_version, created_at,
             updated_at)
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
         SELECT printf('%08x-0000-4000-8000-000000000000', i), NULL, 'gone' || i || '@x.example',
             'gone' || i || '@x.example', 'x', 'admin', 1, 1, 0, 0 FROM n;"
    )
}

const ORPHAN: &str = "INSERT INTO collections (name, uuid, organization_id)
    VALUES ('org_nobodys', '00000000-0000-4000-8000-000000000001', NULL);";

/// The doctor of a store with Acme Corp and Zephyr, harmed by these statements.
async fn opened(harm: &str) -> (Place, Console) {
    let place = Place::with(&["Acme Corp", "Zephyr"]).await;
    place.harm(harm);
    let console = Console::signed_in(&place).await;
    console.press("!").await;
    (place, console)
}

#[tokio::test(start_paused = true)]
async fn a_whole_store_is_as_it_should_be() {
    let (_place, console) = opened("").await;
    console.shows("Everything is as it should be.");
    console.shows("checked 2 organizations, 2 collections in");
    console.press("R").await;
    console.shows("Not now: nothing found.");
    console.press("<Esc>").await;
    console.shows("Organizations  2");
}

#[tokio::test(start_paused = true)]
async fn all_that_is_safe_is_repaired_after_a_question_and_the_rest_is_left() {
    let harm = format!("UPDATE meta SET operators = 7; {ORPHAN} {}", abandoned(120));
    let (place, console) = opened(&harm).await;
    console.shows("Doctor  122");
    console.shows("! I3 operator count wrong");
    console.press("R").await;
    console.shows("Repair 121 findings that are safe to repair?");
    console.press("<Esc>").await;
    console.shows("Doctor  122");
    console.press("Ry").await;
    console.shows("121 repaired; 1 finding is left.");
    console.shows("I2 orphaned collection");
    console.press("<Enter>").await;
    console.shows("Left alone: tenantry drops only its own leftovers.");
    console.press("<Esc>R").await;
    console.shows("Not now: nothing safe to repair.");
    place.harm("DELETE FROM collections WHERE name = 'org_nobodys'");
    console.press("r").await;
    console.shows("Everything is as it should be.");
}

#[tokio::test(start_paused = true)]
async fn going_on_with_an_empty_collection_wants_the_name_and_is_in_the_activity() {
    let (_place, console) = opened("DELETE FROM collections WHERE name = 'org_acme_corp'").await;
    console.shows("! I1 collection missing");
    console.shows("is missing: org_acme_corp does not exist.");
    console.press("<Enter>acme corp<Enter>").await;
    console.shows("Case matters: type exactly  Acme Corp");
    console.press("<C-u>Acme Corp<Enter>").await;
    // With nothing left it is checked again.
    console.shows("Everything is as it should be.");
    console.press("<Esc><Enter>").await;
    console.shows("documents   0");
    console.press("3").await;
    console.shows("repaired");
}

#[tokio::test(start_paused = true)]
async fn one_after_the_other_leaves_the_list_and_what_another_repaired_too() {
    let (place, console) = opened(&abandoned(3)).await;
    console.shows("Doctor  3");
    console.press("<Enter>y").await;
    console.shows("Repaired: admin of no organization.");
    console.shows("Doctor  2");
    console.shows("1 repaired since");
    place.harm("DELETE FROM admins WHERE email LIKE 'gone%'");
    console.press("<Enter>y").await;
    console.shows("It is not so any more");
    console.shows("Doctor  1");
}

#[tokio::test(start_paused = true)]
async fn a_name_that_no_key_types_is_shown_and_typed_by_its_marks() {
    let harm = "DELETE FROM collections WHERE name = 'org_acme_corp';
        UPDATE organizations SET organization_name = 'a' || char(27) || '[31mb' WHERE collection_name = 'org_acme_corp';";
    let (_place, console) = opened(harm).await;
    console.shows("a␛[31mb");
    console.press("<Enter>").await;
    console.send(Event::Paste("a␛[31mb".into()));
    console.press("<Enter>").await;
    console.shows("Everything is as it should be.");
}

#[tokio::test(start_paused = true)]
async fn a_check_tells_how_far_it_is_and_is_stopped_or_left() {
    let place = Place::with(&["Acme Corp"]).await;
    let console = Console::signed_in(&place).await;
    set(&place.gate.holds_pages, true);
    console.press("!").await;
    console.shows("Checking the store");
    pass(1).await;
    console.shows("Organizations looked at      1,000");
    console.press("<C-c>").await;
    console.shows("Stopped before it was through.");
    console.press("r").await;
    console.shows("Checking the store");
    console.press("<Esc>").await;
    console.shows("Organizations  1");
    set(&place.gate.holds_pages, false);
    console.press("!").await;
    console.shows("Everything is as it should be.");
}

#[tokio::test(start_paused = true)]
async fn a_repair_tells_how_far_it_is() {
    let (place, console) = opened(&abandoned(60)).await;
    set(&place.gate.holds_writes, true);
    console.press("Ry").await;
    place.gate.permits.add_permits(7);
    pass(1).await;
    console.shows("repairing 7 of 60");
    console.press("<Esc>").await;
    console.shows("stopping");
    place.gate.permits.add_permits(43);
    pass(1).await;
    console.shows("50 repaired, then stopped; 10 findings are left.");
}

#[tokio::test(start_paused = true)]
async fn without_an_answer_it_says_so_and_goes_on_when_there_is_one() {
    let (place, console) = opened(&abandoned(3)).await;
    console.press("<Enter>").await;
    set(&place.gate.is_down, true);
    console.press("y").await;
    console.shows("No answer from");
    set(&place.gate.is_down, false);
    pass(2).await;
    console.press("y").await;
    console.shows("Repaired: admin of no organization.");
    set(&place.gate.is_down, true);
    console.press("Ry").await;
    console.shows("0 repaired, then: No answer from");
    set(&place.gate.is_down, false);
    pass(2).await;
    console.shows("2 findings are left.");
    console.press("Ry").await;
    console.shows("2 repaired; nothing is left.");
    set(&place.gate.is_down, true);
    console.press("r").await;
    console.shows("Trying again");
    set(&place.gate.is_down, false);
    pass(2).await;
    console.shows("Everything is as it should be.");
}
