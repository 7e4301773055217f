//! 2 -> 3: keys of emails become NFKC.
//!
//! The email identifies the affected records, before and after their key has changed, so each run does what is missing
//! and can be interrupted. A CAS changes the record first, because the record keeps its reservation alive. If another
//! account already has the new key, both keep their keys; sign-in looks for both, and the doctor reports them. A
//! record with a running operation waits for a later opening.

use super::META;
use crate::domain::{AccountId, Email, OrganizationId, State};
use crate::store::mongo::connection::Connection;
use crate::store::mongo::failure::{Failure, judge};
use crate::store::mongo::protocol;
use crate::store::mongo::record::{binary, email_key, get_number, get_text, get_uuid, ours};
use crate::store::mongo::reservation::{Holder, Owner};
use futures_util::TryStreamExt;
use mongodb::Collection;
use mongodb::bson::{Bson, Document, doc};

/// The schema that this migration starts from; `meta` keeps it until the migration is complete.
pub(super) const FROM: i32 = 2;

/// The key of an account by older rules, and its new key.
struct Keys {
    former: String,
    today: String,
}

impl Keys {
    /// `None` if both are the same.
    fn of(email: &str) -> Option<Self> {
        let keys = Self { former: Email::former_key_of(email), today: Email::key_of(email) };
        (keys.former != keys.today).then_some(keys)
    }
}

pub(super) async fn from_2_to_3(connection: &Connection) -> Result<(), Failure> {
    let this = doc! {"_id": META, "schema": FROM, "migrating": {"$exists": false}};
    let begun = doc! {"$set": {"schema": FROM + 1, "migrating": FROM}};
    connection.meta().update_one(this, begun).await.map_err(judge)?;
    let mut left = 0;
    let organizations = connection.organizations();
    let mut records = organizations.find(doc! {"email_key": {"$exists": true}}).await.map_err(judge)?;
    while let Some(record) = records.try_next().await.map_err(judge)? {
        let id = get_uuid(&record, "_id").map(OrganizationId);
        if let (Some(id), Some(keys)) = (id, Keys::of(&get_text(&record, "admin_email")))
            && !of_organization(connection, &record, id, &keys).await?
        {
            left += 1;
        }
    }
    let operators = doc! {"schema": ours(), "organization_id": {"$exists": false}};
    let mut records = connection.admins().find(operators).await.map_err(judge)?;
    while let Some(record) = records.try_next().await.map_err(judge)? {
        let id = get_uuid(&record, "_id").map(AccountId);
        if let (Some(id), Some(keys)) = (id, Keys::of(&get_text(&record, "email")))
            && !of_operator(connection, &record, id, &keys).await?
        {
            left += 1;
        }
    }
    actors(connection).await?;
    if left > 0 {
        tracing::info!(left, "keys of emails wait for running operations");
        return Ok(());
    }
    let whole = doc! {"_id": META, "migrating": FROM};
    connection.meta().update_one(whole, doc! {"$unset": {"migrating": ""}}).await.map(drop).map_err(judge)
}

/// Migrates an organization and its admin; returns whether both are done.
async fn of_organization(
    connection: &Connection,
    record: &Document,
    id: OrganizationId,
    keys: &Keys,
) -> Result<bool, Failure> {
    if get_text(record, "state").parse::<State>().ok() != Some(State::Active) {
        return Ok(false);
    }
    let owner = Owner::Organization(id);
    let row = Row { records: connection.organizations(), field: "epoch", owner };
    match row.rekey(connection, record, keys).await? {
        Rekeyed::Done => {}
        Rekeyed::Clash => return Ok(true),
        Rekeyed::Changed => return Ok(false),
    }
    let admin =
        doc! {"_id": record.get("admin_id"), "organization_id": binary(id.0), "email_key": &keys.former};
    let set = doc! {"$set": {"email_key": &keys.today}, "$inc": {"version": 1_i64}};
    connection.admins().update_one(admin, set).await.map_err(judge)?;
    Ok(true)
}

/// Migrates an operator; returns whether it is done.
async fn of_operator(
    connection: &Connection,
    record: &Document,
    id: AccountId,
    keys: &Keys,
) -> Result<bool, Failure> {
    if record.contains_key("pending") || record.contains_key("email_change") {
        return Ok(false);
    }
    let row = Row { records: connection.admins(), field: "version", owner: Owner::Account(id) };
    Ok(!matches!(row.rekey(connection, record, keys).await?, Rekeyed::Changed))
}

/// The outcome for a key.
enum Rekeyed {
    Done,
    /// Another account has the new key.
    Clash,
    /// Another write changed the record.
    Changed,
}

/// A record that owns the reservation of an email.
struct Row {
    records: Collection<Document>,
    /// The field that each write raises.
    field: &'static str,
    owner: Owner,
}

impl Row {
    async fn rekey(
        &self,
        connection: &Connection,
        record: &Document,
        keys: &Keys,
    ) -> Result<Rekeyed, Failure> {
        let (former, today) = (email_key(&keys.former), email_key(&keys.today));
        let mut epoch = get_number(record, self.field);
        let has = get_text(record, "email_key");
        if has == keys.former {
            let reserved = connection.reservations().find_one(doc! {"_id": &today}).await.map_err(judge)?;
            if reserved.is_some_and(|reserved| Owner::of(&reserved) != Some(self.owner)) {
                return Ok(Rekeyed::Clash);
            }
            if !self.set(record, &mut epoch, (&keys.former, &keys.today)).await? {
                return Ok(Rekeyed::Changed);
            }
        } else if has != keys.today {
            // No rule gives this email this key: the doctor reports it.
            return Ok(Rekeyed::Clash);
        }
        let holder = Holder { owner: self.owner, epoch, at: connection.server_time().await? };
        if protocol::reserve(connection, holder, &[today]).await?.is_some() {
            // Another account took the key before the record had it. The former key is still reserved, so no new
            // account can get it.
            let is_back = self.set(record, &mut epoch, (&keys.today, &keys.former)).await?;
            return Ok(if is_back { Rekeyed::Clash } else { Rekeyed::Changed });
        }
        let (Owner::Organization(OrganizationId(id)) | Owner::Account(AccountId(id))) = self.owner;
        let field = if matches!(self.owner, Owner::Account(_)) { "account_id" } else { "organization_id" };
        let released = doc! {"_id": former, field: binary(id), "epoch": {"$lte": epoch}};
        connection.reservations().delete_one(released).await.map_err(judge)?;
        Ok(Rekeyed::Done)
    }

    /// Replaces the key if the record is unchanged; returns whether it did.
    async fn set(
        &self,
        record: &Document,
        epoch: &mut i64,
        (from, to): (&str, &str),
    ) -> Result<bool, Failure> {
        let mut this = doc! {"_id": record.get("_id"), "email_key": from, self.field: *epoch};
        this.extend(doc! {"op": {"$exists": false}, "email_change": {"$exists": false}});
        let update = doc! {"$set": {"email_key": to}, "$inc": {self.field: 1_i64}};
        let written = self.records.update_one(this, update).await.map_err(judge)?;
        *epoch += 1;
        Ok(written.matched_count == 1)
    }
}

/// The actor keys of the audit entries.
async fn actors(connection: &Connection) -> Result<(), Failure> {
    let each = [doc! {"$group": {"_id": "$actor_key"}}];
    let mut found = connection.audit().aggregate(each).await.map_err(judge)?;
    while let Some(row) = found.try_next().await.map_err(judge)? {
        let Some(Bson::String(key)) = row.get("_id") else { continue };
        let today = Email::key_of(key);
        if today != *key {
            let these = doc! {"actor_key": key};
            let set = doc! {"$set": {"actor_key": today}};
            connection.audit().update_many(these, set).await.map_err(judge)?;
        }
    }
    Ok(())
}
