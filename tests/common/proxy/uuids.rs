//! What MongoDB 6.0 and later does with `collectionUUID` and SecantusDB does not: a `drop` or `renameCollection` of
//! another collection than the one that was meant, or of none, is refused.
//!
//! MongoDB looks and acts in one step. Here the look comes first, so that something may come between the two.

use super::frames::{body_of, reply, request};
use mongodb::bson::{Binary, Bson, Document, doc};

/// The code of MongoDB's `CollectionUUIDMismatch`.
const MISMATCH: i32 = 361;

/// The database and the collection that a command names with a UUID.
struct Meant {
    database: String,
    collection: String,
    uuid: Binary,
}

/// What a command means, if it is one that is bound to a UUID.
fn meant(body: &Document) -> Option<Meant> {
    let uuid = binary(body.get("collectionUUID")?)?;
    let (command, name) = body.iter().next()?;
    let name = name.as_str()?;
    let (database, collection) = match command.as_str() {
        "renameCollection" => name.split_once('.')?,
        "drop" => (body.get_str("$db").ok()?, name),
        _ => return None,
    };
    Some(Meant { database: database.to_owned(), collection: collection.to_owned(), uuid })
}

fn binary(value: &Bson) -> Option<Binary> {
    if let Bson::Binary(binary) = value { Some(binary.clone()) } else { None }
}

/// The question to the server where the collection of a command lies; none for a command that is not bound to a UUID.
pub(super) fn question(body: &Document) -> Option<Vec<u8>> {
    let meant = meant(body)?;
    let list = doc! {
        "listCollections": 1, "filter": {"name": &meant.collection}, "cursor": {}, "$db": &meant.database,
    };
    Some(request(&list))
}

/// The refusal of a command, if what lies under its name is not what it means.
pub(super) fn refusal(body: &Document, command: &[u8], answer: &[u8]) -> Option<Vec<u8>> {
    let meant = meant(body)?;
    let listed = body_of(answer)?;
    let batch = listed.get_document("cursor").ok()?.get_array("firstBatch").ok()?;
    let is_it = |collection: &Bson| {
        let collection = collection.as_document()?;
        let uuid = collection.get_document("info").ok()?.get("uuid").and_then(binary)?;
        (collection.get_str("name").ok()? == meant.collection && uuid == meant.uuid).then_some(())
    };
    if batch.iter().any(|collection| is_it(collection).is_some()) {
        return None;
    }
    let refusal = doc! {
        "ok": 0.0,
        "errmsg": "Collection UUID does not match that specified",
        "code": MISMATCH,
        "codeName": "CollectionUUIDMismatch",
        "db": meant.database,
        "collectionUUID": Bson::Binary(meant.uuid),
        "expectedCollection": meant.collection,
        "actualCollection": Bson::Null,
    };
    Some(reply(command, &refusal))
}
