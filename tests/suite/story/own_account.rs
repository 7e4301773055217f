//! The own account, as operator and as admin, and signing out.

use super::*;

#[tokio::test(start_paused = true)]
async fn an_operator_changes_the_own_email_and_password() {
    let place = Place::initialized().await;
    let console = Console::signed_in(&place).await;
    console.press("o").await;
    console.press("e").await;
    console.shows("Your account");
    console.press("<C-s>").await;
    console.shows("Nothing is changed.");
    console.press("<C-u>boss@example.com<Tab>new password<Tab>new password<C-s>").await;
    console.shows("Needed to change email or password.");
    console.press("wrong horse<C-s>").await;
    console.shows("This is not your current password.");
    console.shows("boss@example.com");
    console.press(&format!("{PASSWORD}<C-s>")).await;
    console.shows("Your email or password was changed. Sign in with it.");
    console.shows("boss@example.com");
    console.press(&format!("{PASSWORD}<Enter>")).await;
    console.shows("Email or password is wrong.");
    console.press("new password<Enter>").await;
    console.shows("No organization yet.");
    console.press("o").await;
    console.shows("boss@example.com  (you)");
}

#[tokio::test(start_paused = true)]
async fn the_own_password_wants_the_present_one() {
    let place = with_kim().await;
    let (console, elsewhere) = (Console::signed_in(&place).await, Console::signed_in(&place).await);
    console.press("o").await;
    console.press("Gp").await;
    console.shows("Your password");
    console.press("new password<Tab>new password<Enter><Enter>").await;
    console.shows("Needed to change email or password.");
    console.press(&format!("{PASSWORD}<Enter>")).await;
    console.shows("Your email or password was changed.");
    elsewhere.press("r").await;
    elsewhere.shows("Your session was ended.");
    console.press("new password<Enter>").await;
    console.shows("Organizations  1");
}

#[tokio::test(start_paused = true)]
async fn an_admin_changes_the_own_account_by_its_name() {
    let place = Place::with(&["Acme Corp"]).await;
    let console = signed_in_as(&place, "admin0@x.example").await;
    console.press("<C-p>").await;
    console.shows("your account");
    console.shows_not("operators");
    console.press("account<Enter>").await;
    console.shows("Your account  admin0@x.example");
    console.press(&format!("<C-u>ann@x.example<Tab><Tab><Tab>{PASSWORD}<Enter>")).await;
    console.shows("Your email or password was changed.");
    console.press(&format!("{PASSWORD}<Enter>")).await;
    console.shows("org_acme_corp");
    console.shows("ann@x.example");
}

#[tokio::test(start_paused = true)]
async fn signing_out_ends_this_session_or_every_one() {
    let place = Place::with(&["Acme Corp"]).await;
    let (one, other) = (Console::signed_in(&place).await, Console::signed_in(&place).await);
    one.press(":sign<Enter>").await;
    one.shows("You are signed out.");
    one.shows(ROOT);
    other.press("r").await;
    other.shows("Organizations  1");
    one.press(&format!("{PASSWORD}<Enter>")).await;
    one.shows("Organizations  1");
    one.press(":everywhere<Enter>").await;
    one.shows("You are signed out, here and everywhere else.");
    one.shows(ROOT);
    other.press("r").await;
    other.shows("Your session was ended.");
    one.press(&format!("{PASSWORD}<Enter>")).await;
    one.shows("Organizations  1");
}

#[tokio::test(start_paused = true)]
async fn a_sign_out_without_an_answer_changes_nothing() {
    let place = Place::with(&["Acme Corp"]).await;
    let console = Console::signed_in(&place).await;
    set(&place.gate.is_down, true);
    console.press(":everywhere<Enter>").await;
    console.shows("Not signed out: ");
    console.shows("Organizations  1");
    set(&place.gate.is_down, false);
    console.press("<Enter>").await;
    console.shows("org_acme_corp");
}
