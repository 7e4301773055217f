//! How a card answers the layer that opened it.

use super::{AnyLayer, Desk, LayerId};
use std::fmt;
use std::sync::Arc;

type Chosen<V> = dyn Fn(&mut AnyLayer, V, LayerId, &mut Desk) + Send + Sync;

/// How a card answers the layer that opened it.
pub struct Reply<V> {
    pub(super) to: LayerId,
    pub(super) then: Arc<Chosen<V>>,
}

impl<V> fmt::Debug for Reply<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply({:?})", self.to)
    }
}
