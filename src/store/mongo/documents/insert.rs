//! Inserting documents. Each is inserted or refused by itself; the entry of the audit follows the insert.

use super::{Bound, Command, Stop, says_elsewhere};
use crate::domain::document::json::{Form, value_to_string};
use crate::domain::document::raw::field;
use crate::domain::document::{RawDocumentBuf, Value};
use crate::domain::text::quoted;
use crate::domain::{AuditEntry, Organization};
use crate::port::{Error, Result};
use crate::store::mongo::audit;
use crate::store::mongo::connection::Connection;
use crate::store::mongo::failure::{
    DUPLICATE_KEY, FAILED_TO_PARSE, UNKNOWN_FIELD, code_of, is_certain, name_of, passes_by_itself, unusable,
};
use mongodb::bson::{Document, RawDocument};
use mongodb::error::Error as DriverError;

/// A rule of the collection refuses a document.
const VALIDATION: i32 = 121;

/// Whether a server is told to keep `Timestamp(0, 0)`, which it would fill with its time. Not every one knows that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Timestamps {
    Keep,
    Unsaid,
}

pub(super) async fn insert(
    connection: &Connection,
    organization: &Organization,
    documents: &[RawDocumentBuf],
    entry: &AuditEntry,
) -> Result<Vec<Result<()>>> {
    let sent = super::send(connection, organization, |bound| async move {
        let reply = match send(connection, bound, documents, Timestamps::Keep).await {
            Err(error) if matches!(code_of(&error), Some(UNKNOWN_FIELD | FAILED_TO_PARSE)) => {
                send(connection, bound, documents, Timestamps::Unsaid).await?
            }
            answer => answer?,
        };
        if says_elsewhere(&reply) { Err(Stop::Elsewhere) } else { Ok(reply) }
    });
    let outcomes = match sent.await {
        Ok(reply) => outcomes(documents, &reply),
        Err(Stop::Driver(error)) if is_about_a_document(connection, &error) => {
            one_by_one(connection, organization, documents, &error, entry).await?
        }
        Err(stop) => return Err(stop.of_write(connection, organization)),
    };
    if outcomes.iter().any(Result::is_ok) {
        audit::write(connection, entry).await.map_err(|failure| failure.into_error(connection))?;
    }
    Ok(outcomes)
}

/// Whether a server refuses a whole command for what one document is.
fn is_about_a_document(connection: &Connection, error: &DriverError) -> bool {
    is_certain(error) && !passes_by_itself(error) && unusable(connection, error).is_none()
}

/// Finds the documents that a server refuses together with all others. The entry has one id, so it is written once.
async fn one_by_one(
    connection: &Connection,
    organization: &Organization,
    documents: &[RawDocumentBuf],
    error: &DriverError,
    entry: &AuditEntry,
) -> Result<Vec<Result<()>>> {
    if documents.len() == 1 {
        let code = code_of(error).unwrap_or_default();
        return Ok(vec![Err(Error::InvalidDocument(refuses(code)))]);
    }
    let mut outcomes = Vec::with_capacity(documents.len());
    for document in documents {
        let alone = Box::pin(insert(connection, organization, std::slice::from_ref(document), entry)).await?;
        outcomes.extend(alone);
    }
    Ok(outcomes)
}

async fn send(
    connection: &Connection,
    bound: Bound<'_>,
    documents: &[RawDocumentBuf],
    timestamps: Timestamps,
) -> Result<Document, DriverError> {
    let mut command = Command::of("insert", bound);
    command.0.begin_array(b"documents");
    for (place, document) in documents.iter().enumerate() {
        command.0.put(place.to_string().as_bytes(), &Value::Document(document.as_bytes()));
    }
    command.0.end();
    command.0.put(b"ordered", &Value::Boolean(false));
    if timestamps == Timestamps::Keep {
        command.0.put(b"bypassEmptyTsReplacement", &Value::Boolean(true));
    }
    command.put_durable();
    connection.database.run_raw_command(command.finish()).await
}

/// What became of each document.
fn outcomes(documents: &[RawDocumentBuf], reply: &Document) -> Vec<Result<()>> {
    let mut outcomes: Vec<Result<()>> = vec![Ok(()); documents.len()];
    let errors = reply.get_array("writeErrors").into_iter().flatten();
    for error in errors.filter_map(|error| error.as_document()) {
        let code = error.get_i32("code").unwrap_or_default();
        let place = error.get_i32("index").ok().and_then(|index| usize::try_from(index).ok());
        let found = place.and_then(|place| Some((outcomes.get_mut(place)?, documents.get(place)?)));
        if let Some((outcome, document)) = found {
            *outcome = Err(refused(code, error, document));
        }
    }
    outcomes
}

/// Why a server refuses a document.
pub(super) fn refused(code: i32, error: &Document, document: &RawDocument) -> Error {
    let id = || field(document.as_bytes(), b"_id").map(|id| value_to_string(&id, Form::Relaxed));
    if code == DUPLICATE_KEY {
        let fields = error.get_document("keyPattern").map(|keys| keys.keys().cloned().collect::<Vec<_>>());
        return match fields {
            Ok(fields) if fields != ["_id"] => Error::InvalidDocument(format!(
                "Another document has the same value of {}, which a unique index forbids.",
                fields.iter().map(|field| quoted(field)).collect::<Vec<_>>().join(" and ")
            )),
            _ => Error::DocumentExists(id().unwrap_or_default()),
        };
    }
    Error::InvalidDocument(if code == VALIDATION {
        "The validator of the collection refuses the document.".to_owned()
    } else {
        refuses(code)
    })
}

fn refuses(code: i32) -> String {
    format!("The server refuses the document ({}).", name_of(code))
}
