//! Use cases; the only layer that both faces call.
pub mod error;
pub mod store;

pub use error::{Error, OperationId, Result};
