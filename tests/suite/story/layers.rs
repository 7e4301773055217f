//! What happens under what lies on top: a layer closes itself, wherever it lies.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_layer_closes_itself_under_a_card_on_top() {
    let place = Place::with(&["Acme Corp"]).await;
    let console = Console::signed_in(&place).await;
    set(&place.gate.holds_writes, true);
    console.press("DAcme Corp").await;
    console.press("<Enter><F1>").await;
    console.shows("Keys: delete");
    place.gate.permits.add_permits(1);
    console.settle().await;
    console.shows("Acme Corp is deleted; it can be restored until");
    console.shows("No organization yet.");
    console.shows_not("Delete organization");
    console.press("n").await;
    console.shows("New organization");
}

#[tokio::test(start_paused = true)]
async fn a_layer_closes_itself_under_the_sign_in() {
    let place = Place::with(&["Acme Corp"]).await;
    let console = Console::signed_in(&place).await;
    set(&place.gate.holds_writes, true);
    console.press("DAcme Corp").await;
    console.press("<Enter>").await;
    pass(31 * 60).await;
    console.shows("Your session has ended.");
    set(&place.gate.holds_writes, false);
    place.gate.permits.add_permits(1);
    console.settle().await;
    console.press(&format!("{PASSWORD}<Enter>")).await;
    console.shows("Organizations  0");
    console.shows_not("Delete organization");
}

#[tokio::test(start_paused = true)]
async fn a_delete_shows_the_name_that_holds_now() {
    let place = Place::with(&["Acme Corp"]).await;
    let (one, other) = (Console::signed_in(&place).await, Console::signed_in(&place).await);
    other.press("e<C-u>Acme Labs<C-s>").await;
    other.shows("Acme Corp is now Acme Labs.");
    one.press("D").await;
    one.shows("It is now called Acme Labs.");
    one.press("Acme Labs").await;
    one.press("<Enter>").await;
    one.shows("Acme Labs is deleted; it can be restored until");
}
