//! What a key does: the layer on top has it first, then the router.

use super::{Model, answers, follow, leaving, live, session};
use crate::tui::cards::go_to::GoTo;
use crate::tui::cards::help::Help;
use crate::tui::effect::{Effect, Leave};
use crate::tui::keys::{Binding, Chord, ESC, EVERYWHERE, Means, Pasted, RouterKey, Text, text_of};
use crate::tui::layer::Availability;
use crate::tui::screens::{self, organizations::Organizations};
use crate::tui::shared::Notice;
use crate::tui::theme::Tone;
use crossterm::event::KeyEvent;
use jiff::SignedDuration;

/// How long after a Ctrl-C a second one quits.
const INTERRUPT_WINDOW: SignedDuration = SignedDuration::from_secs(2);

/// A key that is there for whoever is signed in, and why it does not work now.
#[derive(Debug)]
pub struct Hint {
    /// The key.
    pub binding: Binding<()>,
    /// Why it does not work now, if it does not.
    pub refusal: Option<&'static str>,
}

impl Model {
    /// The keys of the layer on top.
    pub fn hints(&self) -> Vec<Hint> {
        let all = self.top().map(|stacked| stacked.layer.listing(self.shared())).unwrap_or_default();
        let hints = all.into_iter().map(|(binding, own)| (binding, self.availability(binding.means, own)));
        hints
            .filter(|(_, availability)| *availability != Availability::Hidden)
            .map(|(binding, availability)| Hint { binding, refusal: availability.reason() })
            .collect()
    }

    /// Whether a key of the layer on top works, if the layer itself says `own`.
    fn availability(&self, means: Means<()>, own: Availability) -> Availability {
        let own = match means {
            Means::Place(name) => {
                let place = screens::places().find(|place| place.name == name);
                place.map_or(Availability::Hidden, |place| place.availability(self.shared()))
            }
            Means::Own(()) | Means::Router(_) => own,
        };
        let is_card = self.top().is_some_and(|stacked| stacked.layer.is_card());
        let is_harmless = match means {
            Means::Router(RouterKey::Refresh | RouterKey::Help) => true,
            Means::Router(RouterKey::Back) => is_card,
            Means::Own(()) | Means::Router(_) | Means::Place(_) => false,
        };
        match own {
            Availability::Hidden => own,
            _ if !is_harmless && self.leaving.is_some() => Availability::Disabled("leaving"),
            _ if !is_harmless && self.shared().is_signing_out() => Availability::Disabled("signing out"),
            Availability::Enabled | Availability::Disabled(_) => own,
        }
    }
}

/// A key is pressed: it is one of the layer's, one that works everywhere, or text where that is typed; never two of
/// them.
pub(super) fn key(model: &mut Model, key: KeyEvent) {
    let chord = Chord::of(key);
    let Some(stacked) = model.top() else {
        return;
    };
    let found = stacked.layer.find(chord, model.shared());
    forget_notice(model);
    let everywhere = || match EVERYWHERE.find(chord)? {
        Means::Own(key) | Means::Router(key) => Some((Means::Router(key), Availability::Enabled)),
        Means::Place(_) => None,
    };
    match found.or_else(everywhere) {
        Some((means, own)) => {
            model.is_dirty = true;
            act(model, means, own, chord);
            follow::follow(model);
            session::renew_if_due(model);
        }
        None => {
            if let Some(typed) = text_of(key) {
                text(model, &typed);
            }
        }
    }
}

/// What was said is over with the next key, and with it what that key would have meant.
fn forget_notice(model: &mut Model) {
    let said = model.desk.shared.notice.take();
    model.is_dirty |= said.is_some();
    model.quit_noted = said.and_then(|notice| notice.until);
}

/// A paste: over with what was said before, as a key is.
pub(super) fn paste(model: &mut Model, pasted: Pasted) {
    forget_notice(model);
    text(model, &Text::Pasted(pasted));
}

/// Text for the layer on top, where that is typed.
pub(super) fn text(model: &mut Model, text: &Text) {
    let Some(stacked) = model.layers.last_mut() else {
        return;
    };
    if model.leaving.is_some() || !stacked.layer.table().is_text() {
        return;
    }
    model.is_dirty = true;
    stacked.layer.on_text(text, stacked.id, &mut model.desk);
    follow::follow(model);
    session::renew_if_due(model);
}

fn act(model: &mut Model, means: Means<()>, own: Availability, chord: Chord) {
    match means {
        Means::Router(RouterKey::Interrupt) => return interrupt(model),
        Means::Router(RouterKey::Redraw) => return model.desk.effect(Effect::Redraw),
        Means::Router(RouterKey::Suspend) => return model.desk.effect(Effect::Suspend),
        Means::Own(()) | Means::Router(_) | Means::Place(_) => {}
    }
    if model.leaving.is_some() {
        return;
    }
    match model.availability(means, own) {
        Availability::Hidden => return,
        Availability::Disabled(reason) if !is_try(model, means) => {
            return model.desk.shared.say(Tone::Warning, format!("Not now: {reason}."));
        }
        Availability::Enabled | Availability::Disabled(_) => {}
    }
    match means {
        Means::Own(()) => {
            if let Some(stacked) = model.layers.last_mut() {
                stacked.layer.on_key(chord, stacked.id, &mut model.desk);
            }
        }
        Means::Router(RouterKey::Back) if chord == ESC => escape(model),
        Means::Router(key) => router_key(model, key),
        Means::Place(name) => follow::go(model, name),
    }
}

/// Esc undoes the innermost thing; it is not the way out.
pub(super) fn escape(model: &mut Model) {
    if model.layers.len() > 1 {
        router_key(model, RouterKey::Back);
    }
}

/// Whether it tries to reach the store, which is always allowed.
fn is_try(model: &Model, means: Means<()>) -> bool {
    means == Means::Router(RouterKey::Refresh) && model.shared().is_cut_off()
}

/// Does what the console itself does at a key.
pub(super) fn router_key(model: &mut Model, key: RouterKey) {
    match key {
        RouterKey::Refresh if model.shared().is_cut_off() => answers::retry(model),
        RouterKey::Refresh | RouterKey::Back => {
            if let Some(stacked) = model.layers.last_mut() {
                if key == RouterKey::Back {
                    stacked.layer.back(stacked.id, &mut model.desk);
                } else {
                    stacked.layer.refresh(stacked.id, &mut model.desk);
                }
            }
        }
        RouterKey::GoTo => open_go_to(model),
        RouterKey::Help => open_help(model),
        RouterKey::Live => live::switch(model),
        RouterKey::Interrupt => interrupt(model),
        RouterKey::Redraw => model.desk.effect(Effect::Redraw),
        RouterKey::Suspend => model.desk.effect(Effect::Suspend),
    }
}

fn open_help(model: &mut Model) {
    let Some(stacked) = model.top() else {
        return;
    };
    let (table, opener, hints) = (stacked.layer.table(), stacked.id, model.hints());
    let here = hints.into_iter().map(|hint| (hint.binding, hint.refusal));
    let help = Help::new(table, here.collect(), model.shared().config.theme.ascii);
    let help = model.desk.build(Some(opener), |_| help);
    model.layers.push(help);
}

/// Over the screens that bind it; what it offers is what there is now.
fn open_go_to(model: &mut Model) {
    let Some(stacked) = model.top() else {
        return;
    };
    let opener = stacked.id;
    let list = model.layers.iter().find_map(|stacked| stacked.layer.get::<Organizations>());
    let organizations = list.map(Organizations::all).unwrap_or_default();
    let places = screens::places().map(|place| (place, place.is_open(stacked.layer.as_ref())));
    let places = places.collect();
    let bindings = stacked.layer.table().bindings();
    let card = GoTo::new(places, &bindings, organizations, model.shared());
    let card = model.desk.build(Some(opener), |_| card);
    model.layers.push(card);
}

/// Ctrl-C: stops what runs and can be stopped; the next one quits, whatever began to run by itself before it; on the
/// sign-in the first one does.
fn interrupt(model: &mut Model) {
    if model.leaving.is_some() {
        return model.desk.effect(Effect::Exit(Leave::Interrupted));
    }
    let now = model.shared().now;
    let is_promised = model.quit_noted.is_some_and(|until| now < until);
    if model.shared().session.is_none() || is_promised {
        return leaving::leave(model, Leave::Quit);
    }
    let mut is_stopping = false;
    for stacked in &mut model.layers {
        is_stopping |= stacked.layer.stop_batch();
    }
    let mut is_asked = false;
    for id in model.shared().calls.stoppable() {
        is_asked |= model.desk.ask_to_stop(id);
    }
    let reads = model.shared().calls.told_reads();
    let has_reads = !reads.is_empty();
    for id in reads {
        model.desk.stop(id, &mut model.layers);
    }
    let text = match () {
        // Its layer tells that it stops, and then what came of it.
        () if is_asked => return,
        () if is_stopping => {
            let said = "It stops after what is being repaired now.";
            return model.desk.shared.say(Tone::Warning, said);
        }
        () if has_reads => "Stopped reading. Ctrl-C again quits.",
        () => "Ctrl-C again quits.",
    };
    // The note stands as long as it holds.
    let until = Some(now + INTERRUPT_WINDOW);
    model.desk.shared.notice = Some(Notice { tone: Tone::Warning, text: text.to_owned(), until });
}
