//! Options and indexes of a collection in the layout of mongodump: canonical Extended JSON.

use super::ArchiveError;
use crate::domain::CollectionMetadata;
use crate::domain::document::json::{Form, Layout, read, to_string};
use crate::domain::document::raw::field;
use crate::domain::document::{Builder, Elements, RawDocumentBuf, Value};
use uuid::Uuid;

/// The text of metadata.
///
/// # Errors
/// When it would be read back as something else: a value in it looks like Extended JSON and is not.
pub(super) fn write(collection: &str, metadata: &CollectionMetadata) -> Result<String, ArchiveError> {
    let mut builder = Builder::default();
    builder.put(b"options", &Value::Document(metadata.options.as_bytes())).begin_array(b"indexes");
    for (number, index) in metadata.indexes.iter().enumerate() {
        builder.put(number.to_string().as_bytes(), &Value::Document(index.as_bytes()));
    }
    builder.end();
    if let Some(uuid) = metadata.uuid {
        builder.put(b"uuid", &Value::String(uuid.simple().to_string().as_bytes()));
    }
    builder.put(b"collectionName", &Value::String(collection.as_bytes()));
    builder.put(b"type", &Value::String(b"collection"));
    let document = builder.finish();
    let text = to_string(&document, Form::Canonical, Layout::Compact);
    match read(&text) {
        Ok(again) if again.as_bytes() == document => Ok(text),
        _ => Err(ArchiveError::Refused(
            "The options or indexes of the collection cannot be written as Extended JSON without loss."
                .to_owned(),
        )),
    }
}

/// Reads metadata, and checks that it is of this collection.
pub(super) fn parse(name: &str, text: &[u8], collection: &str) -> Result<CollectionMetadata, ArchiveError> {
    let wrong = |reason: String| ArchiveError::Text { name: name.to_owned(), reason };
    let text = std::str::from_utf8(text).map_err(|_| wrong("it is not UTF-8".to_owned()))?;
    let document = read(text).map_err(|error| wrong(error.to_string().trim_end_matches('.').to_owned()))?;
    let document = document.as_bytes();
    if field(document, b"type") != Some(Value::String(b"collection")) {
        return Err(wrong("its type is not \"collection\"".to_owned()));
    }
    if field(document, b"collectionName") != Some(Value::String(collection.as_bytes())) {
        return Err(wrong("its collectionName is not the one in the manifest".to_owned()));
    }
    let raw =
        |bytes: &[u8]| RawDocumentBuf::from_bytes(bytes.to_vec()).map_err(|error| wrong(error.to_string()));
    let options = match field(document, b"options") {
        Some(Value::Document(options)) => raw(options)?,
        None => RawDocumentBuf::new(),
        Some(_) => return Err(wrong("its options are not a document".to_owned())),
    };
    let Some(Value::Array(list)) = field(document, b"indexes") else {
        return Err(wrong("its indexes are not an array".to_owned()));
    };
    let mut indexes = Vec::new();
    for element in Elements::of(list) {
        match element.value {
            Ok(Value::Document(index))
                if matches!(field(index, b"name"), Some(Value::String(_)))
                    && matches!(field(index, b"key"), Some(Value::Document(_))) =>
            {
                indexes.push(raw(index)?);
            }
            _ => return Err(wrong("an index has no name or no key".to_owned())),
        }
    }
    let uuid = match field(document, b"uuid") {
        Some(Value::String(text)) => {
            std::str::from_utf8(text).ok().and_then(|text| Uuid::try_parse(text).ok())
        }
        _ => None,
    };
    Ok(CollectionMetadata { options, indexes, uuid })
}
