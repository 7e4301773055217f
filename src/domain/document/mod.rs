//! Documents of tenants: BSON as bytes from the store to the writer, its order, its JSON, and queries over it.
//!
//! Nothing here decodes a stored document into a tree: every reader walks the bytes, takes what is malformed as a value
//! like any other, and keeps a stack of its own instead of calling itself.

pub mod decimal;
pub mod id;
pub mod incoming;
pub mod json;
pub mod order;
pub mod query;
pub mod raw;

pub use bson::RawDocumentBuf;
pub use decimal::{Decimal, DecimalError};
pub use incoming::{DocumentError, id_of};
pub use query::{Query, QueryError, Sort};
pub use raw::{Builder, Element, Elements, Malformed, OwnedValue, Value};
