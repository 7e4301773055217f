//! What lies on the frame, one upon the other: screens and cards alike. [`Screen`] is what one writes, [`Layer`] what the
//! router sees, [`Cx`] what a layer may do. Knows no screen.

mod desk;
mod place;
mod reply;
#[cfg(test)]
mod tests;

pub use desk::{Cx, Desk, Intent, Stacked};
pub use place::{Destination, Place, Registered};
pub use reply::Reply;

use super::effect::CallProgress;
use super::keys::{Binding, Chord, Keys, Listed, Means, RouterKey, Text};
use super::shared::Shared;
use super::widgets::canvas::Canvas;
use crate::domain::{Account, AccountId, Organization, OrganizationId, State};
use crate::service::Changes;
use jiff::Timestamp;
use ratatui::layout::Rect;
use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// Which layer: each one that was ever opened has its own, so that what it says is about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LayerId(u64);

/// Whether a key is there, and works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability {
    /// It works.
    Enabled,
    /// It is named with the reason, and does nothing.
    Disabled(&'static str),
    /// It is not there for whoever is signed in.
    Hidden,
}

impl Availability {
    /// Works unless there is a reason against it.
    pub fn unless(reason: Option<&'static str>) -> Self {
        reason.map_or(Self::Enabled, Self::Disabled)
    }

    /// Why it does not work, if it is there.
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Self::Disabled(reason) => Some(reason),
            Self::Enabled | Self::Hidden => None,
        }
    }
}

/// What every layer may have to hear of.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// An organization is as given now.
    Organization(Arc<Organization>),
    /// An organization is gone: nothing shows it any more.
    OrganizationGone(OrganizationId),
    /// An organization was put into the trash here; said before it is gone.
    OrganizationTrashed(Arc<Organization>),
    /// Someone goes to this organization: a list selects it.
    OrganizationChosen(OrganizationId),
    /// A document of an organization, by its printed id, is another one now than was shown.
    DocumentChanged(OrganizationId, String),
    /// A document of an organization, by its printed id, is gone.
    DocumentGone(OrganizationId, String),
    /// An operator is as given now.
    Operator(Account),
    /// An operator is gone: nothing is about it any more.
    OperatorGone(AccountId),
    /// What is shown may not be what the store has: lists are read anew.
    Stale,
    /// The terminal has another size.
    Resized,
    /// What changed in the store, by whomever.
    Live(Arc<LiveChanges>),
}

/// What changed in the store since the look before.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveChanges {
    /// What changed.
    pub changes: Changes,
    /// When it was asked for: what was learnt since is newer.
    pub asked: Timestamp,
}

impl LiveChanges {
    /// The organizations that lists show.
    pub fn listed(&self) -> impl Iterator<Item = &Arc<Organization>> {
        self.changes.organizations.iter().filter(|organization| organization.state != State::Deleted)
    }

    /// An organization that lists show, if it changed.
    pub fn now(&self, id: OrganizationId) -> Option<&Arc<Organization>> {
        self.listed().find(|organization| organization.id == id)
    }

    /// Whether an organization is in the trash or gone, and is not known to have been written since that.
    pub fn is_gone(&self, shown: &Organization) -> bool {
        let deleted = self
            .changes
            .organizations
            .iter()
            .any(|now| now.id == shown.id && now.state == State::Deleted && !now.is_older_than(shown));
        deleted || self.changes.gone.contains(&shown.id)
    }
}

/// A screen or a card. Everything with a body may be left out.
pub trait Screen: fmt::Debug + Send + Sized + 'static {
    /// Its own keys.
    type Key: Copy + Sync + 'static;

    /// Whether what lies below stays in view.
    const IS_CARD: bool = false;

    /// The table that holds now.
    fn keys(&self) -> &'static Keys<Self::Key>;

    /// Does what one of its keys means; it is asked only for what is available.
    fn on_key(&mut self, key: Self::Key, cx: &mut Cx<'_, Self>);

    /// Draws it.
    fn draw(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>);

    /// Whether one of its keys is there, and works.
    fn availability(&self, _key: Self::Key, _shared: &Shared) -> Availability {
        Availability::Enabled
    }

    /// Why it cannot be read anew, if it cannot.
    fn refresh_refusal(&self) -> Option<&'static str> {
        None
    }

    /// Takes what is typed or pasted.
    fn on_text(&mut self, _text: &Text, _cx: &mut Cx<'_, Self>) {}

    /// Reads anew.
    fn refresh(&mut self, _cx: &mut Cx<'_, Self>) {}

    /// Leaves it.
    fn back(&mut self, cx: &mut Cx<'_, Self>) {
        cx.close();
    }

    /// Hears what another layer told.
    fn on_event(&mut self, _event: &Event, _cx: &mut Cx<'_, Self>) {}

    /// Hears how far one of its calls is.
    fn on_progress(&mut self, _progress: CallProgress) {}

    /// What a key is called where that differs from its table: the same key suspends, or resumes what is suspended.
    fn label(&self, _key: Self::Key) -> Option<&'static str> {
        None
    }

    /// Which row is selected, from one, and of how many.
    fn position(&self) -> Option<(usize, usize)> {
        None
    }

    /// When it has something to do by itself, if ever.
    fn due(&self) -> Option<Timestamp> {
        None
    }

    /// Does what is due by now, so that [`Screen::due`] lies behind it no more.
    fn on_due(&mut self, _cx: &mut Cx<'_, Self>) {}

    /// Begins nothing more of a work of many writes; answers whether one runs that was not stopped before.
    fn stop_batch(&mut self) -> bool {
        false
    }
}

/// A layer, whichever it is.
pub trait Layer: Any + fmt::Debug + Send {
    /// Whether what lies below stays in view.
    fn is_card(&self) -> bool;
    /// The table that holds now.
    fn table(&self) -> &'static dyn Listed;
    /// The keys that hold now, each with whether the layer lets it work.
    fn listing(&self, shared: &Shared) -> Vec<(Binding<()>, Availability)>;
    /// What a chord means, and whether the layer lets it work.
    fn find(&self, chord: Chord, shared: &Shared) -> Option<(Means<()>, Availability)>;
    /// Does what one of its own keys means.
    fn on_key(&mut self, chord: Chord, me: LayerId, desk: &mut Desk);
    /// Takes what is typed or pasted.
    fn on_text(&mut self, text: &Text, me: LayerId, desk: &mut Desk);
    /// Reads anew.
    fn refresh(&mut self, me: LayerId, desk: &mut Desk);
    /// Leaves it.
    fn back(&mut self, me: LayerId, desk: &mut Desk);
    /// Hears what another layer told.
    fn on_event(&mut self, event: &Event, me: LayerId, desk: &mut Desk);
    /// Hears how far one of its calls is.
    fn on_progress(&mut self, progress: CallProgress);
    /// Which row is selected, from one, and of how many.
    fn position(&self) -> Option<(usize, usize)>;
    /// When it has something to do by itself, if ever.
    fn due(&self) -> Option<Timestamp>;
    /// Does what is due by now.
    fn on_due(&mut self, me: LayerId, desk: &mut Desk);
    /// Begins nothing more of a work of many writes.
    fn stop_batch(&mut self) -> bool;
    /// Draws it.
    fn draw(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>);
}

/// Any layer: screens and cards borrow nothing.
pub type AnyLayer = dyn Layer + 'static;

impl AnyLayer {
    /// The screen or card, if it is one of this type.
    pub fn get<S: Screen>(&self) -> Option<&S> {
        let layer: &dyn Any = self;
        layer.downcast_ref()
    }

    /// The same, to be changed.
    fn get_mut<S: Screen>(&mut self) -> Option<&mut S> {
        let layer: &mut dyn Any = self;
        layer.downcast_mut()
    }

    /// Whether it is a screen or card of this type.
    pub fn is<S: Screen>(&self) -> bool {
        self.get::<S>().is_some()
    }
}

/// Whether a screen lets one of the keys of its table work.
fn availability<S: Screen>(screen: &S, means: Means<S::Key>, shared: &Shared) -> Availability {
    match means {
        Means::Own(key) => screen.availability(key, shared),
        Means::Router(RouterKey::Refresh) => Availability::unless(screen.refresh_refusal()),
        Means::Router(_) | Means::Place(_) => Availability::Enabled,
    }
}

fn forget<K>(means: &Means<K>) -> Means<()> {
    match means {
        Means::Own(_) => Means::Own(()),
        Means::Router(key) => Means::Router(*key),
        Means::Place(name) => Means::Place(name),
    }
}

impl<S: Screen> Layer for S {
    fn is_card(&self) -> bool {
        S::IS_CARD
    }

    fn table(&self) -> &'static dyn Listed {
        Screen::keys(self)
    }

    fn listing(&self, shared: &Shared) -> Vec<(Binding<()>, Availability)> {
        let all = Screen::keys(self).all();
        let here = |binding: Binding<S::Key>| {
            let label = match binding.means {
                Means::Own(key) => self.label(key),
                Means::Router(_) | Means::Place(_) => None,
            };
            let label = label.unwrap_or(binding.label);
            let shown = Binding { label, ..binding.with(forget(&binding.means)) };
            (shown, availability(self, binding.means, shared))
        };
        all.map(here).collect()
    }

    fn find(&self, chord: Chord, shared: &Shared) -> Option<(Means<()>, Availability)> {
        let means = Screen::keys(self).find(chord)?;
        Some((forget(&means), availability(self, means, shared)))
    }

    fn on_key(&mut self, chord: Chord, me: LayerId, desk: &mut Desk) {
        if let Some(Means::Own(key)) = Screen::keys(self).find(chord) {
            Screen::on_key(self, key, &mut Cx::of(me, desk));
        }
    }

    fn on_text(&mut self, text: &Text, me: LayerId, desk: &mut Desk) {
        Screen::on_text(self, text, &mut Cx::of(me, desk));
    }

    fn refresh(&mut self, me: LayerId, desk: &mut Desk) {
        Screen::refresh(self, &mut Cx::of(me, desk));
    }

    fn back(&mut self, me: LayerId, desk: &mut Desk) {
        Screen::back(self, &mut Cx::of(me, desk));
    }

    fn on_event(&mut self, event: &Event, me: LayerId, desk: &mut Desk) {
        Screen::on_event(self, event, &mut Cx::of(me, desk));
    }

    fn on_progress(&mut self, progress: CallProgress) {
        Screen::on_progress(self, progress);
    }

    fn position(&self) -> Option<(usize, usize)> {
        Screen::position(self)
    }

    fn due(&self) -> Option<Timestamp> {
        Screen::due(self)
    }

    fn on_due(&mut self, me: LayerId, desk: &mut Desk) {
        Screen::on_due(self, &mut Cx::of(me, desk));
    }

    fn stop_batch(&mut self) -> bool {
        Screen::stop_batch(self)
    }

    fn draw(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        Screen::draw(self, shared, area, canvas);
    }
}
