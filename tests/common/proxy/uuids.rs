//! The check of `collectionUUID` by MongoDB 6.0 and later, which SecantusDB lacks: refuses a command on another
//! collection than the intended one, or on none.
//!
//! MongoDB looks and acts in one step. Here the look comes first, so that something may come between the two.

use super::frames::{body_of, reply, request, rewritten};
use mongodb::bson::{Binary, Bson, Document, doc};

/// The code of MongoDB's `CollectionUUIDMismatch`.
const MISMATCH: i32 = 361;

/// The database and the collection that a command names with a UUID.
struct Meant {
    database: String,
    collection: String,
    uuid: Binary,
}

/// The collection that a command intends, if it is bound to a UUID.
fn meant(body: &Document) -> Option<Meant> {
    let uuid = binary(body.get("collectionUUID")?)?;
    let (command, name) = body.iter().next()?;
    let name = name.as_str()?;
    let (database, collection) = match command.as_str() {
        "renameCollection" => name.split_once('.')?,
        "drop" | "insert" | "update" | "delete" | "find" | "aggregate" => (body.get_str("$db").ok()?, name),
        _ => return None,
    };
    Some(Meant { database: database.to_owned(), collection: collection.to_owned(), uuid })
}

fn binary(value: &Bson) -> Option<Binary> {
    if let Bson::Binary(binary) = value { Some(binary.clone()) } else { None }
}

/// The query for the current collection; `None` for a command without a UUID.
pub(super) fn question(body: &Document) -> Option<Vec<u8>> {
    let meant = meant(body)?;
    Some(request(&doc! {"listCollections": 1, "cursor": {"batchSize": 1000}, "$db": &meant.database}))
}

/// The refusal of a command whose target is another collection.
pub(super) fn refusal(body: &Document, command: &[u8], answer: &[u8]) -> Option<Vec<u8>> {
    let meant = meant(body)?;
    let listed = body_of(answer)?;
    let batch = listed.get_document("cursor").ok()?.get_array("firstBatch").ok()?;
    let name_of = |collection: &Bson| {
        let collection = collection.as_document()?;
        let uuid = collection.get_document("info").ok()?.get("uuid").and_then(binary)?;
        (uuid == meant.uuid).then(|| collection.get_str("name").ok().map(str::to_owned))?
    };
    let actual = batch.iter().find_map(name_of);
    if actual.as_deref() == Some(meant.collection.as_str()) {
        return None;
    }
    let mismatch = doc! {
        "errmsg": "Collection UUID does not match that specified",
        "code": MISMATCH,
        "codeName": "CollectionUUIDMismatch",
        "db": meant.database,
        "collectionUUID": Bson::Binary(meant.uuid),
        "expectedCollection": meant.collection,
        "actualCollection": actual,
    };
    let mut refusal = doc! {"ok": 0.0};
    let is_write = ["insert", "update", "delete"].iter().any(|verb| body.contains_key(verb));
    if is_write {
        let mut error = doc! {"index": 0};
        error.extend(mismatch);
        refusal = doc! {"ok": 1.0, "n": 0, "writeErrors": [error]};
    } else {
        refusal.extend(mismatch);
    }
    Some(reply(command, &refusal))
}

/// The command as the server takes it: it refuses a `find` with a UUID.
pub(super) fn without_unknown(body: &Document, command: &[u8]) -> Vec<u8> {
    if !body.contains_key("find") {
        return command.to_vec();
    }
    let mut bare = body.clone();
    bare.remove("collectionUUID");
    rewritten(command, &bare)
}
