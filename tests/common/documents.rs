//! Documents of the embedded store, written and read past tenantry.

use rusqlite::Connection;
use tenantry::domain::document::{Value, json, order};

/// Puts `{"_id": ID, "number": 1}` into a collection.
pub(crate) fn put(file: &Connection, collection: &str, id: &str) {
    let document = json::read(&serde_json::json!({"_id": id, "number": 1}).to_string()).unwrap();
    let key = order::key(&Value::String(id.as_bytes())).unwrap();
    let sql = "INSERT INTO documents (collection_id, id_key, doc) SELECT id, ?2, ?3 FROM collections WHERE name = ?1";
    let added = file.execute(sql, (collection, key, document.as_bytes())).unwrap();
    assert_eq!(added, 1, "{collection} is there");
    let sql =
        "UPDATE collections SET documents = documents + 1, data_bytes = data_bytes + ?2 WHERE name = ?1";
    file.execute(sql, (collection, i64::try_from(document.as_bytes().len()).unwrap())).unwrap();
}

/// The ids of a collection's documents, sorted.
pub(crate) fn ids(file: &Connection, collection: &str) -> Vec<String> {
    let sql = "SELECT d.doc FROM documents d JOIN collections c ON c.id = d.collection_id WHERE c.name = ?1
        ORDER BY d.id_key";
    let mut statement = file.prepare(sql).unwrap();
    let documents = statement.query_map([collection], |row| row.get::<_, Vec<u8>>(0)).unwrap();
    let id =
        |bytes: Vec<u8>| bson::RawDocumentBuf::from_bytes(bytes).unwrap().get_str("_id").unwrap().to_owned();
    documents.map(|document| id(document.unwrap())).collect()
}
