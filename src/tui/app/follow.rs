//! What layers ask of the router: other layers, places, and what every layer has to hear of.

use super::{Model, leaving, press, session};
use crate::domain::Organization;
use crate::tui::effect::Leave;
use crate::tui::keys::RouterKey;
use crate::tui::layer::{Event, Intent, LayerId};
use crate::tui::screens::{self, organization::OrganizationScreen};
use std::sync::Arc;

/// Follows what was asked, in order, until nothing is left.
pub(super) fn follow(model: &mut Model) {
    while let Some(intent) = model.desk.next_intent() {
        match intent {
            Intent::Open(stacked) => model.layers.push(stacked),
            Intent::Close(id) => close(model, id),
            Intent::Tell(from, event) => tell(model, Some(from), &event),
            Intent::Reply(to, resume) => {
                if let Some(stacked) = model.layers.iter_mut().find(|stacked| stacked.id == to) {
                    resume.run(stacked, &mut model.desk);
                }
            }
            Intent::Escape => press::escape(model),
            Intent::Go(name) => go(model, name),
            Intent::Visit(organization) => visit(model, organization),
            Intent::Refresh => press::router_key(model, RouterKey::Refresh),
            Intent::Help => press::router_key(model, RouterKey::Help),
            Intent::Quit => leaving::quit(model),
            Intent::Leave => leaving::leave(model, Leave::Quit),
            Intent::SignOut { everywhere } => session::sign_out(model, everywhere),
            Intent::SignedIn(signed_in, origin) => session::signed_in(model, *signed_in, origin),
            Intent::SignedOut { email, reason } => session::signed_out(model, &email, reason),
        }
    }
}

/// A layer goes, and the cards that it opened with it. Without the first one there is nothing: that is the way out.
fn close(model: &mut Model, id: LayerId) {
    let Some(at) = model.layers.iter().position(|stacked| stacked.id == id) else {
        return;
    };
    if at == 0 {
        leaving::quit(model);
        return;
    }
    model.layers.remove(at);
    model.desk.closed(id);
    let own = |stacked: &&crate::tui::layer::Stacked| stacked.opener == Some(id) && stacked.layer.is_card();
    let cards: Vec<LayerId> = model.layers.iter().filter(own).map(|stacked| stacked.id).collect();
    for card in cards {
        close(model, card);
    }
}

/// Back until so many layers are left.
fn back_to(model: &mut Model, count: usize) {
    while model.layers.len() > count.max(1)
        && let Some(stacked) = model.layers.pop()
    {
        model.desk.closed(stacked.id);
    }
}

/// Tells every layer but one.
pub(super) fn tell(model: &mut Model, from: Option<LayerId>, event: &Event) {
    for stacked in model.layers.iter_mut().filter(|stacked| Some(stacked.id) != from) {
        stacked.layer.on_event(event, stacked.id, &mut model.desk);
    }
}

/// To a place: back to where it is open, or over what is in view.
pub(super) fn go(model: &mut Model, name: &str) {
    let Some(place) = screens::places().find(|place| place.name == name) else {
        return;
    };
    if let Some(at) = model.layers.iter().position(|stacked| place.is_open(stacked.layer.as_ref())) {
        return back_to(model, at + 1);
    }
    let top = model.top().map(|stacked| stacked.id);
    let opened = place.open(&mut model.desk, top);
    model.layers.push(opened);
}

/// To an organization, over the first screen.
fn visit(model: &mut Model, organization: Arc<Organization>) {
    back_to(model, 1);
    tell(model, None, &Event::OrganizationChosen(organization.id));
    let opened = model.desk.build(None, |cx| OrganizationScreen::open(organization, cx));
    model.layers.push(opened);
}
