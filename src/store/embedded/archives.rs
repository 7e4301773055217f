//! What the file knows of a collection besides its documents.

use super::EmbeddedStore;
use crate::domain::document::{Builder, RawDocumentBuf, Value};
use crate::domain::{CollectionMetadata, Organization};
use crate::port::{Archives, Organizations, Result};
use async_trait::async_trait;

#[async_trait]
impl Archives for EmbeddedStore {
    async fn collection_metadata(&self, organization: &Organization) -> Result<CollectionMetadata> {
        // Refuses a missing collection.
        self.size(organization).await?;
        Ok(CollectionMetadata { indexes: vec![index_of_id()], ..CollectionMetadata::default() })
    }
}

/// The index of `_id` as a server lists it; every collection has it.
fn index_of_id() -> RawDocumentBuf {
    let mut index = Builder::default();
    index.put(b"v", &Value::Int32(2)).begin_document(b"key").put(b"_id", &Value::Int32(1)).end();
    index.put(b"name", &Value::String(b"_id_"));
    // The builder writes the length.
    RawDocumentBuf::from_bytes(index.finish()).unwrap_or_default()
}
