//! Operators: added, removed, given another password, and what happens to them meanwhile.

use super::*;
use tenantry::service::{OperationId, UpdateOwnAccount};

/// The emails of all operators.
async fn emails(place: &Place, by: &str) -> Vec<String> {
    let page = place.service.operators(&token(place, by).await, 100, None).await.unwrap();
    page.items.into_iter().map(|account| account.email).collect()
}

#[tokio::test(start_paused = true)]
async fn add_one_give_a_new_password_and_remove() {
    let place = Place::initialized().await;
    let console = Console::signed_in(&place).await;
    console.press("o").await;
    console.shows("Operators  1");
    console.shows("▌ root@example.com  (you)");
    console.press("D").await;
    console.shows("Not now: it is the last operator.");
    console.press("nkim.example<Tab>").await;
    console.shows("An email needs exactly one @ with text before and after it.");
    console.press(&format!("<S-Tab><C-u>{KIM}<Tab>{PASSWORD}<Tab>{PASSWORD}<Enter>")).await;
    console.shows("kim@example.com is an operator now.");
    console.shows("Operators  2");
    console.shows("▌ kim@example.com");
    let kim = signed_in_as(&place, KIM).await;
    kim.shows("Organizations  0");
    console.press("e").await;
    console.shows("Not now: only its owner changes the email.");
    console.press("pnew password<Tab>new password<Enter>").await;
    console.shows("kim@example.com has a new password.");
    kim.press("r").await;
    kim.shows("Your session was ended.");
    kim.press("new password<Enter>").await;
    kim.shows("Signed in again; the work goes on.");
    console.press("DKim@example.com<Enter>").await;
    console.shows("Case matters: type exactly  kim@example.com");
    console.shows("emails differ");
    console.press("<C-u>").await;
    console.send(Event::Paste("kim@example.com\n".into()));
    console.press("<Enter>").await;
    console.shows("kim@example.com is removed.");
    console.shows("Operators  1");
    kim.press("r").await;
    kim.shows("Your session was ended.");
    kim.press("new password<Enter>").await;
    kim.shows("Email or password is wrong.");
    console.press("q").await;
    console.shows("No organization yet.");
}

#[tokio::test(start_paused = true)]
async fn what_someone_else_changed_meanwhile_is_not_overwritten_unseen() {
    let place = with_kim().await;
    let console = Console::signed_in(&place).await;
    console.press("o").await;
    console.press("pnew password<Tab>new password").await;
    let root = token(&place, ROOT).await;
    place
        .service
        .set_operator_password(&root, KIM, "set meanwhile".into(), OperationId::random())
        .await
        .unwrap();
    console.press("<Enter>").await;
    console.shows("Someone else changed this account first.");
    assert!(place.service.sign_in(KIM, &"set meanwhile".into()).await.is_ok());
    console.press("<C-s>").await;
    console.shows("kim@example.com has a new password.");
    assert!(place.service.sign_in(KIM, &"new password".into()).await.is_ok());
    // One that was removed and added again is another one.
    console.press("D").await;
    place.service.remove_operator(&root, KIM, KIM, OperationId::random()).await.unwrap();
    place.service.add_operator(&root, KIM, PASSWORD.into(), OperationId::random()).await.unwrap();
    console.press(&format!("{KIM}<Enter>")).await;
    console.shows("It is gone: someone else removed it.");
    assert_eq!(emails(&place, ROOT).await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn why_a_key_did_nothing_is_not_said_any_more_once_another_does_something() {
    let place = with_kim().await;
    let console = Console::signed_in(&place).await;
    console.press("o").await;
    console.press("e").await;
    console.shows("Not now: only its owner");
    console.press("p").await;
    console.shows("New password of");
    console.shows_not("Not now");
}

#[tokio::test(start_paused = true)]
async fn who_removes_oneself_is_signed_out() {
    let place = with_kim().await;
    let console = Console::signed_in(&place).await;
    console.press("o").await;
    console.press("G").await;
    console.shows("▌ root@example.com  (you)");
    console.press("D").await;
    console.shows("end at once: you are signed out");
    console.press(&format!("{ROOT}<Enter>")).await;
    console.shows("Sign in");
    console.shows("root@example.com is removed, and can sign in no more.");
    console.press(&format!("{KIM}<Tab>{PASSWORD}<Enter>")).await;
    console.shows("Organizations  1");
    assert_eq!(emails(&place, KIM).await, [KIM]);
}

#[tokio::test(start_paused = true)]
async fn the_store_decides_who_is_the_last_one() {
    let place = with_kim().await;
    let console = Console::signed_in(&place).await;
    console.press("o").await;
    console.press(&format!("GD{ROOT}")).await;
    let root = token(&place, ROOT).await;
    place.service.remove_operator(&root, KIM, KIM, OperationId::random()).await.unwrap();
    console.press("<Enter>").await;
    console.shows("This is the last operator");
    console.shows("Add another one first.");
    console.shows("Operators  1");
    console.press("<Esc>D").await;
    console.shows("Not now: it is the last operator.");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_lost_while_operators_are_read() {
    let place = with_kim().await;
    let console = Console::signed_in(&place).await;
    set(&place.gate.is_down, true);
    console.press("o").await;
    console.shows("No answer from");
    console.press("n").await;
    console.shows("Not now: no connection.");
    console.shows_not("New operator");
    set(&place.gate.is_down, false);
    pass(1).await;
    console.shows_not("No answer from");
    console.shows("Operators  2");
    // A read that is left does not keep the banner.
    set(&place.gate.is_down, true);
    console.press("r").await;
    console.shows("No answer from");
    console.press("q").await;
    console.shows_not("No answer from");
}

#[tokio::test(start_paused = true)]
async fn a_save_that_is_refused_or_not_answered_keeps_what_was_typed() {
    let place = with_kim().await;
    let console = Console::signed_in(&place).await;
    console.press("o").await;
    console.press(&format!("nKIM@example.com<Tab>{PASSWORD}<Tab>{PASSWORD}<Enter>")).await;
    console.shows("already signs in to another");
    console.shows("KIM@example.com");
    console.press("<C-u>lee@example.com").await;
    set(&place.gate.is_down, true);
    console.press("<C-s>").await;
    console.shows("No answer from");
    console.shows("lee@example.com");
    console.shows("•••••••••••••");
    set(&place.gate.is_down, false);
    console.press("<F5>").await;
    console.press("<C-s>").await;
    console.shows("lee@example.com is an operator now.");
    console.shows("Operators  3");
}

#[tokio::test(start_paused = true)]
async fn a_refused_addition_is_made_after_signing_in_again() {
    let place = Place::initialized().await;
    let console = Console::signed_in(&place).await;
    console.press("o").await;
    console.press(&format!("n{KIM}<Tab>{PASSWORD}<Tab>{PASSWORD}")).await;
    place.service.sign_out(&token(&place, ROOT).await, true).await.unwrap();
    console.press("<C-s>").await;
    console.shows("Your session was ended. Sign in to go on where you were.");
    console.press(&format!("{PASSWORD}<Enter>")).await;
    console.shows("kim@example.com is an operator now.");
    assert_eq!(emails(&place, ROOT).await, [KIM, ROOT]);
}

#[tokio::test(start_paused = true)]
async fn another_account_drops_the_operators_and_the_draft() {
    let place = with_kim().await;
    let console = Console::signed_in(&place).await;
    console.press("o").await;
    console.press("nlee@example.com").await;
    pass(31 * 60).await;
    console.press(&format!("<S-Tab><C-u>admin0@x.example<Tab>{PASSWORD}<Enter>")).await;
    console.shows("what was open is dropped");
    console.shows("org_acme_corp");
    console.shows_not("lee@example.com");
    console.press("q<Enter>").await;
    assert_eq!(console.left().await, Leave::Quit, "no list lies above it");
}

#[tokio::test(start_paused = true)]
async fn who_was_removed_meanwhile_is_gone_from_card_and_form() {
    for keys in ["Dkim@example.com", "pnew password<Tab>new password"] {
        let place = with_kim().await;
        let console = Console::signed_in(&place).await;
        console.press("o").await;
        console.press(keys).await;
        let root = token(&place, ROOT).await;
        place.service.remove_operator(&root, KIM, KIM, OperationId::random()).await.unwrap();
        console.press("<Enter>").await;
        console.shows("It is gone: someone else removed it.");
        console.shows("Operators  1");
        console.shows_not(KIM);
    }
}

#[tokio::test(start_paused = true)]
async fn a_removal_of_unknown_outcome_is_cleared_up_as_soon_as_the_store_answers() {
    let place = with_kim().await;
    let console = Console::signed_in(&place).await;
    console.press("o").await;
    console.press(&format!("D{KIM}")).await;
    set(&place.gate.holds_writes, true);
    console.press("<Enter>").await;
    console.shows("removing kim@example.com");
    set(&place.gate.is_down, true);
    place.gate.permits.add_permits(1);
    console.settle().await;
    console.shows("No answer from");
    console.shows("┃ kim@example.com");
    // What nobody saw: it went through after all.
    set(&place.gate.is_down, false);
    set(&place.gate.holds_writes, false);
    let root = token(&place, ROOT).await;
    place.service.remove_operator(&root, KIM, KIM, OperationId::random()).await.unwrap();
    pass(2).await;
    console.shows_not("No answer from");
    console.shows("Operators  1");
    console.shows_not("Remove operator");
    console.shows("It is gone: that operator was removed.");
}

#[tokio::test(start_paused = true)]
async fn an_email_that_its_owner_changed_meanwhile_is_shown_and_what_was_typed_stays() {
    let place = with_kim().await;
    let console = Console::signed_in(&place).await;
    console.press("o").await;
    console.press(&format!("D{KIM}")).await;
    let change = UpdateOwnAccount {
        email: Some("Kim@example.com".into()),
        current_password: Some(PASSWORD.into()),
        ..UpdateOwnAccount::default()
    };
    let kim = token(&place, KIM).await;
    let operation = tenantry::service::OperationId::random();
    place.service.update_own_account(&kim, change, operation).await.unwrap();
    console.press("<Enter>").await;
    console.shows("Someone else changed it. Check it again.");
    console.shows("Operator      Kim@example.com");
    console.shows("┃ kim@example.com");
    console.shows("emails differ");
    console.press("<C-u>Kim@example.com<Enter>").await;
    console.shows("Kim@example.com is removed.");
}

#[tokio::test(start_paused = true)]
async fn quit_waits_for_an_operator_that_is_being_added() {
    let place = Place::initialized().await;
    let console = Console::signed_in(&place).await;
    set(&place.gate.holds_writes, true);
    console.press("o").await;
    console.press(&format!("n{KIM}<Tab>{PASSWORD}<Tab>{PASSWORD}<C-s>")).await;
    console.shows("adding kim@example.com");
    console.press("<C-c>").await;
    console.press("<C-c>").await;
    console.shows("Finishing: adding kim@example.com");
    assert!(!console.is_over());
    place.gate.permits.add_permits(1);
    assert_eq!(console.left().await, Leave::Quit);
    assert_eq!(emails(&place, ROOT).await, [KIM, ROOT]);
}

#[tokio::test(start_paused = true)]
async fn the_selection_stays_on_its_operator() {
    let place = with_kim().await;
    let console = Console::signed_in(&place).await;
    console.press("o").await;
    console.press("G").await;
    console.shows("▌ root@example.com");
    let root = token(&place, ROOT).await;
    place
        .service
        .add_operator(&root, "zoe@example.com", PASSWORD.into(), OperationId::random())
        .await
        .unwrap();
    place
        .service
        .add_operator(&root, "ann@example.com", PASSWORD.into(), OperationId::random())
        .await
        .unwrap();
    console.press("r").await;
    console.shows("Operators  4");
    console.shows("▌ root@example.com");
}

#[tokio::test(start_paused = true)]
async fn a_changed_form_asks_before_it_is_left() {
    let place = Place::initialized().await;
    let console = Console::signed_in(&place).await;
    console.press("o").await;
    console.press("n<Esc>").await;
    console.shows("Operators  1");
    console.press("nkim<Esc>").await;
    console.shows("Leave without saving?");
    console.press("<Esc><Esc>y").await;
    console.shows("Operators  1");
    console.press("e<Esc>").await;
    console.shows("Operators  1");
}
