//! Replacing and deleting one document, if it is still what was read.
//!
//! In a transaction, where the server has them: it reads the document, compares its bytes, writes it and its entry of
//! the audit. Else the write itself compares the document with what was read; such a comparison takes 1 and 1.0 for
//! equal, and the entry follows.

use super::insert::refused;
use super::{Bound, Command, Stop, filter, read, says_elsewhere, send};
use crate::domain::document::raw::{MAX_BYTES, field};
use crate::domain::document::{Builder, OwnedValue, RawDocumentBuf, Value};
use crate::domain::{AuditEntry, Organization};
use crate::port::{DocumentWrite, Error, Result};
use crate::store::mongo::audit;
use crate::store::mongo::connection::Connection;
use crate::store::mongo::failure::judge;
use mongodb::ClientSession;
use mongodb::bson::{Document, doc};
use mongodb::error::{TRANSIENT_TRANSACTION_ERROR, UNKNOWN_TRANSACTION_COMMIT_RESULT};
use mongodb::options::{Acknowledgment, ReadConcern, WriteConcern};

/// How often a transaction starts again that met another one.
const ROUNDS: usize = 5;

/// What one write works on.
#[derive(Clone, Copy)]
struct Work<'a> {
    connection: &'a Connection,
    organization: &'a Organization,
    bound: Bound<'a>,
    write: &'a DocumentWrite,
    id: Value<'a>,
}

pub(super) async fn write(
    connection: &Connection,
    organization: &Organization,
    write: &DocumentWrite,
    entry: &AuditEntry,
) -> Result<()> {
    let id = field(write.seen.as_bytes(), b"_id").ok_or(Error::DocumentNotFound)?;
    let is_in_transaction = connection.hello().await?.has_transactions;
    let sent = send(connection, organization, |bound| {
        let work = Work { connection, organization, bound, write, id };
        async move { if is_in_transaction { in_transaction(work, entry).await } else { alone(work).await } }
    });
    sent.await.map_err(|stop| stop.of_write(connection, organization))?;
    if is_in_transaction {
        return Ok(());
    }
    audit::write(connection, entry).await.map_err(|failure| failure.into_error(connection))
}

async fn in_transaction(work: Work<'_>, entry: &AuditEntry) -> Result<(), Stop> {
    for round in 0.. {
        let mut session = work.connection.client.start_session().await?;
        match try_in(work, &mut session, entry).await {
            Ok(()) => {}
            Err(Stop::Driver(error))
                if error.contains_label(TRANSIENT_TRANSACTION_ERROR) && round < ROUNDS =>
            {
                continue;
            }
            Err(stop) => {
                // The server forgets it by itself, too.
                let _ = session.abort_transaction().await;
                return Err(stop);
            }
        }
        let committed = match session.commit_transaction().await {
            // A commit may be repeated.
            Err(error) if error.contains_label(UNKNOWN_TRANSACTION_COMMIT_RESULT) => {
                session.commit_transaction().await
            }
            committed => committed,
        };
        match committed {
            Err(error) if error.contains_label(TRANSIENT_TRANSACTION_ERROR) && round < ROUNDS => {}
            // Whatever it says: the commands before it were done, so they are not sent again.
            Err(error) => return Err(Stop::Rule(judge(error).into_error(work.connection))),
            Ok(()) => return Ok(()),
        }
    }
    Ok(())
}

async fn try_in(work: Work<'_>, session: &mut ClientSession, entry: &AuditEntry) -> Result<(), Stop> {
    let durable = WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build();
    session.start_transaction().write_concern(durable).read_concern(ReadConcern::snapshot()).await?;
    let database = &work.connection.database;
    let find = read::by_id(work.bound, &work.id);
    let mut found =
        database.run_raw_cursor_command(find).session(&mut *session).await?.with_type::<RawDocumentBuf>();
    let now = found.next(&mut *session).await.transpose()?;
    match now {
        None => return Err(Stop::Rule(Error::DocumentNotFound)),
        Some(now) if now.as_bytes() != work.write.seen.as_bytes() => {
            return Err(Stop::Rule(Error::DocumentChanged));
        }
        Some(_) => {}
    }
    let mut filter = Builder::default();
    filter::put_equal_id(&mut filter, &work.id);
    let reply =
        database.run_raw_command(command(work, &filter.finish(), false)).session(&mut *session).await?;
    judged(work, &reply)?;
    let mut record = audit::to_document(entry);
    let id = record.remove("_id");
    let audit = work.connection.audit();
    let upsert = audit.update_one(doc! {"_id": id}, doc! {"$setOnInsert": record}).upsert(true);
    upsert.session(session).await?;
    Ok(())
}

/// Without a transaction: the filter has the whole document that was read.
async fn alone(work: Work<'_>) -> Result<(), Stop> {
    let seen = work.write.seen.as_bytes();
    let new = work.write.new.as_ref().map_or(0, |new| new.as_bytes().len());
    if seen.len() + new > MAX_BYTES {
        return Err(Stop::Rule(Error::InvalidDocument(format!(
            "This server has no transactions, so the old and the new document are sent together: they have {} bytes, \
             and the limit is {MAX_BYTES}.",
            seen.len() + new
        ))));
    }
    let mut filter = Builder::default();
    filter::put_equal_id(&mut filter, &work.id);
    filter.begin_document(b"$expr");
    filter.begin_array(b"$eq");
    filter.put(b"0", &Value::String(b"$$ROOT"));
    filter.begin_document(b"1");
    filter.put(b"$literal", &Value::Document(seen));
    filter.end();
    filter.end();
    filter.end();
    let reply = work.connection.database.run_raw_command(command(work, &filter.finish(), true)).await?;
    if judged(work, &reply)? {
        return Ok(());
    }
    let id = OwnedValue::new(&work.id);
    let there = read::one(work.connection, work.organization, &id).await?;
    Err(Stop::Rule(if there.is_some() { Error::DocumentChanged } else { Error::DocumentNotFound }))
}

fn command(work: Work<'_>, filter: &[u8], is_alone: bool) -> RawDocumentBuf {
    let verb = if work.write.new.is_some() { "update" } else { "delete" };
    let mut command = Command::of(verb, work.bound);
    command.0.begin_array(if work.write.new.is_some() { b"updates" } else { b"deletes" });
    command.0.begin_document(b"0");
    command.0.put(b"q", &Value::Document(filter));
    if let Some(new) = &work.write.new {
        // A pipeline: names that begin with $ are names, and Timestamp(0, 0) stays.
        command.0.begin_array(b"u");
        command.0.begin_document(b"0");
        command.0.begin_document(b"$replaceWith");
        command.0.put(b"$literal", &Value::Document(new.as_bytes()));
        command.0.end();
        command.0.end();
        command.0.end();
    } else {
        command.0.put(b"limit", &Value::Int32(1));
    }
    command.put_collation();
    command.0.end();
    command.0.end();
    if is_alone {
        command.put_durable();
    }
    command.finish()
}

/// Whether a document was found; refuses what the server refuses.
fn judged(work: Work<'_>, reply: &Document) -> Result<bool, Stop> {
    if says_elsewhere(reply) {
        return Err(Stop::Elsewhere);
    }
    let mut errors = reply.get_array("writeErrors").into_iter().flatten();
    if let Some(error) = errors.find_map(|error| error.as_document()) {
        let code = error.get_i32("code").unwrap_or_default();
        let document = work.write.new.as_ref().unwrap_or(&work.write.seen);
        return Err(Stop::Rule(refused(code, error, document)));
    }
    Ok(crate::store::mongo::record::get_number(reply, "n") > 0)
}
