//! The collection of an import while it is aside: its options, its indexes, its documents. Whatever the server refuses
//! rolls the create back.

use super::{Change, Run};
use crate::archive::ArchiveError;
use crate::domain::CollectionMetadata;
use crate::domain::document::json::{Form, value_to_string};
use crate::domain::document::raw::field;
use crate::domain::document::{Builder, Elements, RawDocumentBuf, Value};
use crate::domain::text::quoted;
use crate::port::{DocumentBatches, Error};
use crate::store::mongo::failure::{
    DUPLICATE_KEY, FAILED_TO_PARSE, Failure, MAX_TIME_EXPIRED, UNKNOWN_FIELD, UUID_MISMATCH, code_of, judge,
    name_of,
};
use crate::store::mongo::names::new_collection_of;
use crate::store::mongo::record::get_number;
use mongodb::bson::{Bson, Document, RawDocument, doc};
use mongodb::error::{Error as DriverError, RETRYABLE_WRITE_ERROR};
use uuid::Uuid;

/// Options that `listCollections` shows and `create` does not take.
const NOT_GIVEN: [&[u8]; 4] = [b"uuid", b"autoIndexId", b"temp", b"flags"];

/// What an insert says to a server. Not every one knows these fields.
struct Said {
    /// Keep `Timestamp(0, 0)`, which it would fill with its own time.
    timestamps: bool,
    /// The UUID of the collection.
    uuid: bool,
    /// Whether documents may break the validator. This needs a privilege that readWrite does not have.
    passes_validator: bool,
}

impl Said {
    /// Says less after a refusal; false if nothing is left that the server may not know. One that checks UUIDs knows
    /// them.
    fn less(&mut self, checks_uuids: bool) -> bool {
        if self.timestamps {
            self.timestamps = false;
            return true;
        }
        let may_be_unknown = self.uuid && !checks_uuids;
        self.uuid &= !may_be_unknown;
        may_be_unknown
    }
}

fn put_durable(command: &mut Builder, limit: i64) {
    command.begin_document(b"writeConcern");
    command.put(b"w", &Value::String(b"majority")).put(b"j", &Value::Boolean(true)).end();
    command.put(b"maxTimeMS", &Value::Int64(limit));
}

fn finished(command: Builder) -> Result<RawDocumentBuf, Failure> {
    RawDocumentBuf::from_bytes(command.finish()).map_err(|error| Failure::Rule(Error::internal(&error)))
}

/// A refusal is told in words. Whether it is certain does not matter: a late command only meets the collection aside, or
/// makes an empty one there, which the doctor drops.
fn refused(error: DriverError, what: &str) -> Failure {
    let is_transient = error.contains_label(RETRYABLE_WRITE_ERROR);
    let code = code_of(&error).filter(|code| !is_transient && *code != MAX_TIME_EXPIRED);
    let Some(code) = code else { return judge(error) };
    let reason = format!("The server refuses {what} ({}).", name_of(code));
    Failure::Rule(ArchiveError::Refused(reason).into())
}

impl Run<'_> {
    /// Creates the collection aside with its options and indexes, while it is empty: an index that the server refuses is
    /// known before any document is sent, and none takes longer than a lease.
    pub(super) async fn make_aside(&mut self, metadata: &CollectionMetadata) -> Result<(), Failure> {
        let aside = new_collection_of(self.id);
        let database = self.connection.database.clone();
        let mut command = Builder::default();
        command.put(b"create", &Value::String(aside.as_bytes()));
        for option in Elements::of(metadata.options.as_bytes()) {
            let is_given = !NOT_GIVEN.contains(&option.name);
            if let Some(value) = option.value.ok().filter(|_| is_given) {
                command.put(option.name, &value);
            }
        }
        put_durable(&mut command, self.time_limit().await?);
        let sent = database.run_raw_command(finished(command)?).await;
        sent.map_err(|error| refused(error, "the options of the collection"))?;
        for index in &metadata.indexes {
            let name = match field(index.as_bytes(), b"name") {
                Some(Value::String(name)) => String::from_utf8_lossy(name).into_owned(),
                _ => continue,
            };
            if name == "_id_" {
                continue;
            }
            let mut command = Builder::default();
            command.put(b"createIndexes", &Value::String(aside.as_bytes())).begin_array(b"indexes");
            command.put(b"0", &Value::Document(index.as_bytes())).end();
            put_durable(&mut command, self.time_limit().await?);
            let sent = database.run_raw_command(finished(command)?).await;
            sent.map_err(|error| refused(error, &format!("the index {}", quoted(&name))))?;
        }
        Ok(())
    }

    /// The documents of an import. A CAS precedes each batch, so that a process that was overtaken sends no other one;
    /// a late batch is bound to a collection that no longer exists.
    pub(super) async fn import(
        &mut self,
        batches: &mut dyn DocumentBatches,
        aside: &str,
        uuid: Uuid,
        has_validator: bool,
    ) -> Result<(), Failure> {
        let mut said = Said { timestamps: true, uuid: true, passes_validator: has_validator };
        while let Some(batch) = batches.next().await? {
            self.cas(Change::default()).await?;
            if !self.insert_into((aside, uuid), &batch, &mut said).await? {
                return Err(Failure::Rule(Error::internal(&"the collection of an import is gone")));
            }
        }
        Ok(())
    }

    /// Inserts documents into the collection with this UUID. Returns false, without an insert, if it is gone.
    async fn insert_into(
        &mut self,
        (name, uuid): (&str, Uuid),
        documents: &[RawDocumentBuf],
        said: &mut Said,
    ) -> Result<bool, Failure> {
        loop {
            let limit = self.time_limit().await?;
            if !self.is_there(name, uuid).await? {
                return Ok(false);
            }
            let mut command = Builder::default();
            command.put(b"insert", &Value::String(name.as_bytes())).begin_array(b"documents");
            for (place, document) in documents.iter().enumerate() {
                command.put(place.to_string().as_bytes(), &Value::Document(document.as_bytes()));
            }
            command.end();
            if said.uuid {
                command.put(b"collectionUUID", &Value::Binary { subtype: 4, bytes: uuid.as_bytes() });
            }
            if said.passes_validator {
                command.put(b"bypassDocumentValidation", &Value::Boolean(true));
            }
            if said.timestamps {
                command.put(b"bypassEmptyTsReplacement", &Value::Boolean(true));
            }
            put_durable(&mut command, limit);
            let sent = self.connection.database.run_raw_command(finished(command)?).await;
            match sent {
                Err(error) if code_of(&error) == Some(UUID_MISMATCH) => return Ok(false),
                Err(error)
                    if matches!(code_of(&error), Some(UNKNOWN_FIELD | FAILED_TO_PARSE))
                        && said.less(self.connection.checks_uuids()) => {}
                Err(error) => return Err(judge(error)),
                Ok(reply) => return self.inserted(name, documents, &reply).await,
            }
        }
    }

    /// Whether all documents of an insert exist.
    async fn inserted(
        &self,
        name: &str,
        documents: &[RawDocumentBuf],
        reply: &Document,
    ) -> Result<bool, Failure> {
        let errors = reply.get_array("writeErrors").map(Vec::as_slice).unwrap_or_default();
        let Some(error) = errors.first().and_then(|error| error.as_document()) else {
            if reply.contains_key("writeConcernError") {
                return Err(Failure::Unknown(DriverError::custom("the write concern was not satisfied")));
            }
            return Ok(true);
        };
        let code = i32::try_from(get_number(error, "code")).unwrap_or(0);
        if code == UUID_MISMATCH {
            return Ok(false);
        }
        let place = usize::try_from(get_number(error, "index")).ok();
        let document = place.and_then(|place| documents.get(place));
        let id = document.and_then(|document| field(document.as_bytes(), b"_id"));
        let shown = id.map(|id| value_to_string(&id, Form::Canonical)).unwrap_or_default();
        let fields = error.get_document("keyPattern").map(|keys| keys.keys().cloned().collect::<Vec<_>>());
        let of_id = fields.as_ref().map_or(true, |fields| *fields == ["_id"]);
        let refusal = if code == DUPLICATE_KEY && of_id {
            // By the collation of the collection another id may be equal.
            let other = match document {
                Some(document) => self.same_id(name, document).await,
                None => None,
            };
            ArchiveError::SameId(other.unwrap_or_else(|| shown.clone()), shown)
        } else if code == DUPLICATE_KEY {
            let fields = fields.unwrap_or_default();
            let fields: Vec<String> = fields.iter().map(|field| quoted(field)).collect();
            ArchiveError::Refused(format!(
                "A unique index forbids the document with the _id {shown}: another one has the same {}.",
                fields.join(" and ")
            ))
        } else {
            let code = name_of(code);
            ArchiveError::Refused(format!("The server refuses the document with the _id {shown} ({code})."))
        };
        Err(Failure::Rule(refusal.into()))
    }

    /// The id of the document that the server takes for the same as this one's.
    async fn same_id(&self, name: &str, document: &RawDocument) -> Option<String> {
        let id = document.get("_id").ok().flatten()?;
        let id = Bson::try_from(id).ok()?;
        let collection = self.connection.database.collection::<RawDocumentBuf>(name);
        let found = collection.find_one(doc! {"_id": id}).await.ok().flatten()?;
        field(found.as_bytes(), b"_id").map(|id| value_to_string(&id, Form::Canonical))
    }
}
