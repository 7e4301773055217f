//! Where one can go by name: from anywhere by the palette, and by the keys that are bound to it.

use super::{AnyLayer, Availability, Cx, Desk, LayerId, Screen, Stacked};
use crate::tui::keys::Listed;
use crate::tui::shared::Shared;

/// A screen that is opened with nothing but its name.
pub trait Destination: Screen {
    /// Opens it.
    fn open(cx: &mut Cx<'_, Self>) -> Self;
}

/// Where one can go.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// What it is called.
    pub name: &'static str,
    /// What else it is found by.
    pub also: &'static str,
    /// Whether only operators may go there.
    pub is_for_operators: bool,
    /// Whether one cannot go there while the store does not answer.
    pub needs_connection: bool,
    is_open: fn(&AnyLayer) -> bool,
    open: fn(&mut Desk, Option<LayerId>) -> Stacked,
}

impl Place {
    /// A screen that is there once: one that is open is gone back to.
    pub const fn of<S: Destination>(name: &'static str, also: &'static str) -> Self {
        Self {
            name,
            also,
            is_for_operators: false,
            needs_connection: false,
            is_open: |layer| layer.is::<S>(),
            open: |desk, opener| desk.build(opener, S::open),
        }
    }

    /// Something that is opened anew each time.
    pub const fn each_time(
        name: &'static str,
        also: &'static str,
        open: fn(&mut Desk, Option<LayerId>) -> Stacked,
    ) -> Self {
        Self { name, also, is_for_operators: false, needs_connection: true, is_open: |_| false, open }
    }

    /// The same for operators alone.
    #[must_use]
    pub const fn for_operators(mut self) -> Self {
        self.is_for_operators = true;
        self
    }

    /// Whether this layer is it.
    pub fn is_open(&self, layer: &AnyLayer) -> bool {
        (self.is_open)(layer)
    }

    /// Opens it.
    pub fn open(&self, desk: &mut Desk, opener: Option<LayerId>) -> Stacked {
        (self.open)(desk, opener)
    }

    /// Whether one can go there now.
    pub fn availability(&self, shared: &Shared) -> Availability {
        match () {
            () if self.is_for_operators && !shared.is_operator() => Availability::Hidden,
            () if self.needs_connection && shared.is_cut_off() => Availability::Disabled("no connection"),
            () => Availability::Enabled,
        }
    }
}

/// What a screen or card is known by outside of its folder.
#[derive(Clone, Copy)]
pub struct Registered {
    /// Where one can go by name.
    pub places: &'static [&'static Place],
    /// Its tables of keys.
    pub tables: &'static [&'static dyn Listed],
}

impl std::fmt::Debug for Registered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registered").field("places", &self.places).finish_non_exhaustive()
    }
}
