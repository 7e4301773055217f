//! Accounts and sessions: sign-in, session checks, and the end of sessions.

use super::MongoStore;
use super::connection::Connection;
use super::failure::{DUPLICATE_KEY, Failure, both, code_of, judge};
use super::record::{self, binary, date, email_key, get_time, get_uuid, optional_time, ours};
use super::{audit, throttle};
use crate::domain::throttle::Place;
use crate::domain::{Account, AccountId, AuditEntry, Claims, Ended};
use crate::port::{
    AccountRecord, Accounts, Error, OrganizationOfAccount, PlaceAnswer, Result, SessionState, SignInDone,
    Turn,
};
use async_trait::async_trait;
use futures_util::TryStreamExt;
use jiff::Timestamp;
use mongodb::bson::{Bson, Document, doc};
use secrecy::ExposeSecret;
use std::collections::HashMap;
use uuid::Uuid;

const META: &str = "store";

#[async_trait]
impl Accounts for MongoStore {
    async fn session_state(&self, claims: &Claims, now: Timestamp) -> Result<SessionState> {
        session_state(self.connection().await?, claims, now).await
    }

    async fn take_place(&self, place: &Place, now: Timestamp) -> Result<PlaceAnswer> {
        throttle::take_place(self.writable().await?, place, now).await
    }

    async fn try_failed(&self, place: &Place, audit: AuditEntry) -> Result<()> {
        let connection = self.writable().await?;
        throttle::failed(connection, place, &audit).await.map_err(|failure| failure.into_error(connection))
    }

    async fn give_back(&self, place: &Place, clears: bool) -> Result<()> {
        let connection = self.writable().await?;
        let given = throttle::give_back(connection, place, clears).await;
        given.map_err(|failure| failure.into_error(connection))
    }

    async fn turn(&self, now: Timestamp) -> Result<Turn> {
        throttle::turn(self.writable().await?, now).await
    }

    async fn count_registration(&self, now: Timestamp) -> Result<Option<Timestamp>> {
        throttle::count_registration(self.writable().await?, now).await
    }

    async fn account_by_email(&self, email_key: &str) -> Result<Option<AccountRecord>> {
        by_email(self.connection().await?, email_key).await
    }

    async fn account(&self, id: AccountId) -> Result<Option<AccountRecord>> {
        by_id(self.connection().await?, id).await
    }

    async fn last_sign_ins(&self, ids: &[AccountId]) -> Result<HashMap<AccountId, Timestamp>> {
        last_sign_ins(self.connection().await?, ids).await
    }

    async fn signed_in(&self, done: &SignInDone, audit: AuditEntry) -> Result<()> {
        signed_in(self.writable().await?, done, &audit).await
    }

    async fn forget_tries(&self, email_key: &str) -> Result<()> {
        let connection = self.writable().await?;
        throttle::forget(connection, email_key).await.map_err(|failure| failure.into_error(connection))
    }

    async fn key_check(&self) -> Result<Option<String>> {
        key_check(self.connection().await?).await
    }

    async fn revoke(&self, session: Uuid, until: Timestamp, audit: Option<AuditEntry>) -> Result<()> {
        revoke(self.writable().await?, session, until, audit).await
    }

    async fn revoke_all(&self, account: AccountId, audit: AuditEntry) -> Result<()> {
        revoke_all(self.writable_as(&audit).await?, account, &audit).await
    }
}

/// Reads account, organization and revocation in one command.
pub(super) async fn session_state(
    connection: &Connection,
    claims: &Claims,
    now: Timestamp,
) -> Result<SessionState> {
    let session = [
        doc! {"$set": {"session": {"$literal": binary(claims.sid)}}},
        doc! {"$lookup": {"from": "revoked", "localField": "session", "foreignField": "_id", "as": "revoked"}},
    ];
    let found = read(connection, doc! {"_id": binary(claims.sub.0)}, &session).await?;
    let Some(record) = found.first() else {
        return Ok(SessionState { account: None, organization: None, revoked: false });
    };
    let account = record::account(record);
    let organization = account.as_ref().and_then(|account| {
        // From the token: an account that names another organization by now no longer matches the token.
        claims
            .org
            .filter(|org| account.organization_id == Some(*org))
            .and(organization_of(connection, record, account))
    });
    // Expired rows may still exist: the server removes them once a minute.
    let revoked = first_of(record, "revoked").is_some_and(|row| get_time(row, "expire_at") > now);
    Ok(SessionState { account, organization, revoked })
}

/// The organization of an admin's account, as far as sessions depend on it.
fn organization_of(
    connection: &Connection,
    record: &Document,
    account: &Account,
) -> Option<OrganizationOfAccount> {
    account.organization_id?;
    let found = first_of(record, "organization").filter(|found| record::is_ours(found))?;
    let organization = record::organization(found, connection.database.name())?;
    let same_key =
        found.get_str("email_key").is_ok_and(|key| record.get_str("email_key").is_ok_and(|own| own == key));
    Some(OrganizationOfAccount {
        is_own_admin: organization.admin_id == account.id && same_key,
        name: organization.name,
        state: organization.state,
        suspension: organization.suspension,
        sessions_end_at: optional_time(found, "sessions_end_at"),
    })
}

/// The account that signs in with this email key; of several, the one with the email's reservation.
pub(super) async fn by_email(connection: &Connection, key: &str) -> Result<Option<AccountRecord>> {
    // Joined by a field, not by a pipeline: that way every server looks it up by `_id`.
    let reservation = [
        doc! {"$set": {"reserved_as": {"$literal": email_key(key)}}},
        doc! {"$lookup": {
            "from": "reservations",
            "localField": "reserved_as",
            "foreignField": "_id",
            "as": "reservation",
        }},
    ];
    let found = read(connection, doc! {"email_key": key}, &reservation).await?;
    let named = |record: &&Document| {
        let Some(reservation) = first_of(record, "reservation") else {
            return false;
        };
        let same = |theirs: &str, ours: &str| {
            get_uuid(reservation, theirs).is_some_and(|id| get_uuid(record, ours) == Some(id))
        };
        same("account_id", "_id") || same("organization_id", "organization_id")
    };
    let chosen = match found.as_slice() {
        [only] => Some(only),
        several => several.iter().find(named),
    };
    Ok(chosen.and_then(|record| account_record(connection, record)))
}

/// An account by its id.
pub(super) async fn by_id(connection: &Connection, id: AccountId) -> Result<Option<AccountRecord>> {
    let found = read(connection, doc! {"_id": binary(id.0)}, &[]).await?;
    Ok(found.first().and_then(|record| account_record(connection, record)))
}

/// When accounts last signed in; those that never did are left out. One command.
async fn last_sign_ins(connection: &Connection, ids: &[AccountId]) -> Result<HashMap<AccountId, Timestamp>> {
    let ids: Vec<Bson> = ids.iter().map(|id| binary(id.0)).collect();
    let filter = doc! {"_id": {"$in": ids}, "last_sign_in_at": {"$exists": true}};
    let admins = connection.admins();
    let find = admins.find(filter).projection(doc! {"last_sign_in_at": 1});
    let found = async { find.await?.try_collect::<Vec<Document>>().await };
    let found = found.await.map_err(|error| connection.of_read(&error))?;
    let of = |record: &Document| {
        Some((AccountId(get_uuid(record, "_id")?), optional_time(record, "last_sign_in_at")?))
    };
    Ok(found.iter().filter_map(of).collect())
}

async fn read(connection: &Connection, mut filter: Document, more: &[Document]) -> Result<Vec<Document>> {
    filter.insert("schema", ours());
    filter.insert("pending", doc! {"$exists": false});
    let mut stages = vec![
        doc! {"$match": filter},
        doc! {"$lookup": {
            "from": "organizations",
            "localField": "organization_id",
            "foreignField": "_id",
            "as": "organization",
        }},
    ];
    stages.extend_from_slice(more);
    let found = async { connection.admins().aggregate(stages).await?.try_collect::<Vec<Document>>().await };
    found.await.map_err(|error| connection.of_read(&error))
}

fn first_of<'a>(record: &'a Document, field: &str) -> Option<&'a Document> {
    record.get_array(field).ok()?.first()?.as_document()
}

fn account_record(connection: &Connection, record: &Document) -> Option<AccountRecord> {
    let account = record::account(record)?;
    let organization = organization_of(connection, record, &account);
    Some(AccountRecord {
        account,
        password_hash: record::password_hash(record),
        password_rule: record::password_rule(record),
        organization,
        last_sign_in_at: optional_time(record, "last_sign_in_at"),
    })
}

/// Gives the place back, records the sign-in on its account and in the audit, and writes a new hash and the check
/// value of the key, all in parallel.
pub(super) async fn signed_in(connection: &Connection, done: &SignInDone, entry: &AuditEntry) -> Result<()> {
    let signed_in = async {
        let this = doc! {"_id": binary(done.account_id.0), "schema": ours()};
        let at = doc! {"$set": {"last_sign_in_at": date(entry.at)}};
        connection.admins().update_one(this, at).await.map(drop).map_err(judge)
    };
    let rehash = async {
        let Some(rehash) = &done.rehash else { return Ok(()) };
        // Both versions stay: the password is the same.
        let this = doc! {"_id": binary(rehash.account_id.0), "version": rehash.version};
        let hash = doc! {"$set": {"password": rehash.password_hash.expose_secret()}};
        connection.admins().update_one(this, hash).await.map(drop).map_err(judge)
    };
    let checked = async {
        let Some(check) = &done.key_check else { return Ok(()) };
        let this = doc! {"_id": META, "key_check": {"$ne": check}};
        connection.meta().update_one(this, doc! {"$set": {"key_check": check}}).await.map(drop).map_err(judge)
    };
    let given = throttle::give_back(connection, &done.place, true);
    let audited = audit::write(connection, entry);
    let (given, audited, signed_in, rehash, checked) =
        tokio::join!(given, audited, signed_in, rehash, checked);
    let all = [given, audited, signed_in, rehash, checked];
    all.into_iter().collect::<Result<(), Failure>>().map_err(|failure| failure.into_error(connection))
}

/// The session may have ended since it was checked: hashing takes a while.
pub(super) async fn refuse_ended_session(
    connection: &Connection,
    account: AccountId,
    token_version: i64,
) -> Result<()> {
    let this = doc! {"_id": binary(account.0), "token_version": token_version};
    let found = connection.admins().find_one(this).await.map_err(|error| connection.of_read(&error))?;
    if found.is_some() { Ok(()) } else { Err(Error::SessionExpired(Ended::Ended)) }
}

/// The check value of the key that signed the last operator's session.
pub(super) async fn key_check(connection: &Connection) -> Result<Option<String>> {
    let meta = connection.meta().find_one(doc! {"_id": META}).await;
    let meta = meta.map_err(|error| connection.of_read(&error))?;
    Ok(meta.and_then(|meta| meta.get_str("key_check").ok().map(str::to_owned)))
}

/// Writes one entry.
pub(super) async fn record(connection: &Connection, entry: &AuditEntry) -> Result<()> {
    audit::write(connection, entry).await.map_err(|failure| failure.into_error(connection))
}

/// Ends a session; kept until none of its tokens could be valid.
pub(super) async fn revoke(
    connection: &Connection,
    session: Uuid,
    until: Timestamp,
    entry: Option<AuditEntry>,
) -> Result<()> {
    let revoked = async {
        let until = doc! {"$setOnInsert": {"expire_at": date(until)}};
        match connection.revoked().update_one(doc! {"_id": binary(session)}, until).upsert(true).await {
            Err(error) if code_of(&error) == Some(DUPLICATE_KEY) => Ok(()),
            written => written.map(drop).map_err(judge),
        }
    };
    let audited = async {
        match &entry {
            Some(entry) => audit::write(connection, entry).await,
            None => Ok(()),
        }
    };
    let (revoked, audited) = tokio::join!(revoked, audited);
    both(revoked, audited).map(drop).map_err(|failure| failure.into_error(connection))
}

/// Ends every token of an account.
pub(super) async fn revoke_all(connection: &Connection, id: AccountId, entry: &AuditEntry) -> Result<()> {
    let raised = async {
        let this = doc! {"_id": binary(id.0), "schema": ours()};
        let raise = doc! {"$inc": {"token_version": 1_i64}, "$set": {"updated_at": date(entry.at)}};
        connection.admins().update_one(this, raise).await.map(drop).map_err(judge)
    };
    let audited = audit::write(connection, entry);
    let (raised, audited) = tokio::join!(raised, audited);
    both(raised, audited).map(drop).map_err(|failure| failure.into_error(connection))
}
