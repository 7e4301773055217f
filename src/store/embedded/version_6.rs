//! The sixth version of the tables: documents as BSON in MongoDB's order of their ids, and collections that know how many
//! they have.

use super::documents;
use crate::domain::document::json;
use crate::domain::document::raw::{Builder, Elements, Value};
use rusqlite::{Transaction, params};

/// What it changes in version 5.
const SQL: &str = "
ALTER TABLE collections ADD COLUMN documents INTEGER NOT NULL DEFAULT 0;
ALTER TABLE collections ADD COLUMN data_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE documents RENAME TO documents_5;
CREATE TABLE documents (
    id INTEGER PRIMARY KEY,
    collection_id INTEGER NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
    id_key BLOB NOT NULL,
    doc BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX documents_by_id ON documents (collection_id, id_key);
";

/// The text of a document was relaxed Extended JSON without its `_id`, which had a column.
pub(super) fn run(tx: &Transaction<'_>) -> Result<(), rusqlite::Error> {
    tx.execute_batch(SQL)?;
    {
        let mut statement = tx.prepare("SELECT collection_id, _id, doc FROM documents_5")?;
        let mut rows = statement.query([])?;
        let mut insert =
            tx.prepare("INSERT INTO documents (collection_id, id_key, doc) VALUES (?1, ?2, ?3)")?;
        while let Some(row) = rows.next()? {
            let (collection, id, text): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let document = document(&id, &text);
            if let Some(key) = documents::key_of(&document) {
                insert.execute(params![collection, key, document])?;
            }
        }
    }
    tx.execute_batch("DROP TABLE documents_5;")?;
    documents::recount_all(tx)
}

/// The document with its id first. A text that is no document is kept as a string, so that nothing is lost.
fn document(id: &str, text: &str) -> Vec<u8> {
    let mut whole = Builder::default();
    whole.put(b"_id", &Value::String(id.as_bytes()));
    match json::read(text) {
        Ok(document) => {
            for element in Elements::of(document.as_bytes()).filter(|element| element.name != b"_id") {
                if let Ok(value) = element.value {
                    whole.put(element.name, &value);
                }
            }
        }
        Err(_) => {
            whole.put(b"text", &Value::String(text.as_bytes()));
        }
    }
    whole.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::document::raw::field;

    #[test]
    fn an_old_document_keeps_its_id_and_every_field() {
        let bytes = document("ORD-1", r#"{"total":7,"at":{"$date":"2026-11-24T12:00:00Z"}}"#);
        assert_eq!(field(&bytes, b"_id"), Some(Value::String(b"ORD-1")));
        let text = json::to_string(&bytes, json::Form::Relaxed, json::Layout::Compact);
        assert_eq!(text, r#"{"_id":"ORD-1","total":7,"at":{"$date":"2026-11-24T12:00:00Z"}}"#);
        let kept = document("x", "no JSON");
        assert_eq!(field(&kept, b"text"), Some(Value::String(b"no JSON")));
    }
}
