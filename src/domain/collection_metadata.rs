//! What a collection has besides its documents, as the server that it comes from wrote it.

use super::document::RawDocumentBuf;
use super::document::raw::field;
use uuid::Uuid;

/// The options and indexes of a collection, byte by byte: a struct would lose what a newer server adds.
#[derive(Debug, Clone, PartialEq)]
pub struct CollectionMetadata {
    /// Its options, as `listCollections` has them: validator, collation, capped, …; empty without options.
    pub options: RawDocumentBuf,
    /// Its indexes, as `listIndexes` has them, with that of `_id`. Empty on a store that does not know them.
    pub indexes: Vec<RawDocumentBuf>,
    /// Its UUID on the server.
    pub uuid: Option<Uuid>,
}

impl CollectionMetadata {
    /// Whether a rule judges each document that is written.
    pub fn has_validator(&self) -> bool {
        field(self.options.as_bytes(), b"validator").is_some()
    }
}

impl Default for CollectionMetadata {
    fn default() -> Self {
        Self { options: RawDocumentBuf::new(), indexes: Vec::new(), uuid: None }
    }
}
