//! Records: the only place that reads and writes the fields of organizations and accounts.
//!
//! Records are not trusted: another program may have written them. An invalid value makes a record invisible and never
//! fails a whole list; the doctor reports it.

use crate::domain::{
    Account, AccountId, CollectionName, Deletion, Email, Epoch, Organization, OrganizationId, PasswordRule,
    Role, State, Suspension,
};
use jiff::Timestamp;
use mongodb::bson::{Binary, Bson, DateTime, Document, doc, spec::BinarySubtype};
use secrecy::SecretString;
use uuid::Uuid;

/// The schema of the records that this program writes; records without it are not ours.
pub(super) const SCHEMA: i32 = 2;

/// The schema of the store as a whole, in `meta`: also what changes values and not shapes counts it up. A program opens
/// no store of a greater one.
pub(super) const STORE_SCHEMA: i32 = 3;

/// The `_id` of the document that identifies a restored copy of a collection.
pub(super) const MARKER: &str = "_tenantry";

/// The field with the `_id` of the record that an organization or an account was adopted from.
pub(super) const ADOPTED_FROM: &str = "adopted_from";

/// Set while a password is the one that an earlier service took; a new password removes it.
pub(super) const OLD_PASSWORD: &str = "old_password";

/// Only matches records with our schema.
pub(super) fn ours() -> Bson {
    Bson::Document(doc! {"$gte": 1})
}

/// Only matches records that every other read skips: those of an earlier service.
pub(super) fn not_ours() -> Bson {
    Bson::Document(doc! {"$not": {"$gte": 1}})
}

/// Whether a record has our schema.
pub(super) fn is_ours(record: &Document) -> bool {
    get_number(record, "schema") >= 1
}

/// A UUID in a record (BSON binary, subtype 4).
pub(super) fn binary(id: Uuid) -> Bson {
    Bson::Binary(Binary { subtype: BinarySubtype::Uuid, bytes: id.as_bytes().to_vec() })
}

/// A time in a record, cut to milliseconds.
pub(super) fn date(time: Timestamp) -> Bson {
    Bson::DateTime(DateTime::from_millis(time.as_millisecond()))
}

/// A UUID from a value.
pub(super) fn uuid_of(value: &Bson) -> Option<Uuid> {
    match value.as_binary_shape() {
        Some((BinarySubtype::Uuid, bytes)) => Uuid::from_slice(bytes).ok(),
        _ => None,
    }
}

trait BinaryShape {
    fn as_binary_shape(&self) -> Option<(BinarySubtype, &[u8])>;
}

impl BinaryShape for Bson {
    fn as_binary_shape(&self) -> Option<(BinarySubtype, &[u8])> {
        if let Self::Binary(binary) = self { Some((binary.subtype, &binary.bytes)) } else { None }
    }
}

/// A UUID in a record.
pub(super) fn get_uuid(record: &Document, field: &str) -> Option<Uuid> {
    record.get(field).and_then(uuid_of)
}

/// A time in a record; 1970 if it is missing or invalid.
pub(super) fn get_time(record: &Document, field: &str) -> Timestamp {
    let time = record.get_datetime(field).ok().map(|time| time.timestamp_millis());
    time.and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// An integer in a record, of any width; 0 if it is missing.
pub(super) fn get_number(record: &Document, field: &str) -> i64 {
    match record.get(field) {
        Some(Bson::Int32(n)) => i64::from(*n),
        Some(Bson::Int64(n)) => *n,
        #[expect(
            clippy::cast_possible_truncation,
            reason = "counts and sizes that a server writes as doubles"
        )]
        Some(Bson::Double(n)) => *n as i64,
        _ => 0,
    }
}

/// A text in a record; empty if it is missing.
pub(super) fn get_text(record: &Document, field: &str) -> String {
    record.get_str(field).unwrap_or_default().to_owned()
}

/// A time in a record, if it exists and is valid.
pub(super) fn optional_time(record: &Document, field: &str) -> Option<Timestamp> {
    let time = record.get_datetime(field).ok()?.timestamp_millis();
    Timestamp::from_millisecond(time).ok()
}

/// The organization of a record; `None` if the id is not ours or the state is unknown.
///
/// Leaves out a collection in another database, or with a name that no organization can have.
pub(super) fn organization(record: &Document, database: &str) -> Option<Organization> {
    let id = get_uuid(record, "_id")?;
    let collection = match record.get_str("database_name") {
        Ok(named) if named == database => {
            CollectionName::from_record(record.get_str("collection_name").unwrap_or_default(), database)
        }
        _ => None,
    };
    Some(Organization {
        id: OrganizationId(id),
        name: get_text(record, "organization_name"),
        name_key: get_text(record, "name_key"),
        collection,
        collection_uuid: get_uuid(record, "collection_uuid"),
        admin_id: AccountId(get_uuid(record, "admin_id").unwrap_or_default()),
        former_email_key: former_email_key(record),
        admin_email: get_text(record, "admin_email"),
        state: record.get_str("state").ok()?.parse::<State>().ok()?,
        suspension: suspension(record),
        deletion: deletion(record),
        epoch: Epoch(get_number(record, "epoch")),
        unchanged_since: Epoch(unchanged_since(record, get_number(record, "epoch"))),
        created_at: get_time(record, "created_at"),
        updated_at: get_time(record, "updated_at"),
    })
}

/// The first epoch with the values that a record had at this one. A rollback leaves the two epochs between which nothing
/// else was written.
pub(super) fn unchanged_since(record: &Document, epoch: i64) -> i64 {
    match record.get_document("rolled_back") {
        Ok(rolled_back) if get_number(rolled_back, "until") == epoch => get_number(rolled_back, "since"),
        _ => epoch,
    }
}

/// The key of the email, if it is one by older rules.
fn former_email_key(record: &Document) -> Option<String> {
    let key = record.get_str("email_key").ok()?;
    (Email::key_of(&get_text(record, "admin_email")) != key).then(|| key.to_owned())
}

/// The suspension in a record.
pub(super) fn suspension(record: &Document) -> Option<Suspension> {
    let suspended = record.get_document("suspended").ok()?;
    Some(Suspension {
        at: get_time(suspended, "at"),
        by: get_text(suspended, "by"),
        reason: get_text(suspended, "reason"),
    })
}

fn deletion(record: &Document) -> Option<Deletion> {
    let deleted = record.get_document("deleted").ok()?;
    Some(Deletion {
        at: get_time(deleted, "at"),
        by: get_text(deleted, "by"),
        purge_at: get_time(deleted, "purge_at"),
        name_key: get_text(deleted, "name_key"),
    })
}

/// The account of a record; `None` if it is incomplete (pending, unknown role, no id).
pub(super) fn account(record: &Document) -> Option<Account> {
    if record.contains_key("pending") {
        return None;
    }
    let role = record.get_str("role").ok()?.parse::<Role>().ok()?;
    let organization_id = get_uuid(record, "organization_id").map(OrganizationId);
    if (role == Role::Admin) != organization_id.is_some() {
        return None;
    }
    Some(Account {
        id: AccountId(get_uuid(record, "_id")?),
        email: get_text(record, "email"),
        role,
        organization_id,
        version: get_number(record, "version"),
        token_version: get_number(record, "token_version"),
        created_at: get_time(record, "created_at"),
        updated_at: get_time(record, "updated_at"),
    })
}

/// The hash in the record of an account; a missing one matches no password.
pub(super) fn password_hash(record: &Document) -> SecretString {
    get_text(record, "password").into()
}

/// The rule that the password of an account follows.
pub(super) fn password_rule(record: &Document) -> PasswordRule {
    if record.get_bool(OLD_PASSWORD).unwrap_or(false) { PasswordRule::Earlier } else { PasswordRule::Own }
}

/// The record of a new account.
pub(super) fn new_account(
    id: AccountId,
    email: &Email,
    hash: &str,
    organization: Option<OrganizationId>,
    at: Timestamp,
) -> Document {
    let mut record = doc! {"_id": binary(id.0)};
    if let Some(organization) = organization {
        record.insert("organization_id", binary(organization.0));
    }
    let role = if organization.is_some() { Role::Admin } else { Role::Operator };
    record.extend(doc! {
        "email": email.as_str(),
        "email_key": email.key(),
        "password": hash,
        "role": role.as_str(),
        "version": 1_i64,
        "token_version": 1_i64,
        "created_at": date(at),
        "updated_at": date(at),
        "schema": SCHEMA,
    });
    record
}

/// The reservation key of a name.
pub(super) fn name_key(key: &str) -> String {
    format!("n:{key}")
}

/// The reservation key of a collection.
pub(super) fn collection_key(database: &str, collection: &str) -> String {
    format!("c:{database}.{collection}")
}

/// The reservation key of an email.
pub(super) fn email_key(key: &str) -> String {
    format!("e:{key}")
}

/// Whether the names in a record, or in one side of its operation, include a reservation.
pub(super) fn names_hold(names: &Document, database: &str, reservation: &str) -> bool {
    let Some((kind, key)) = reservation.split_once(':') else {
        return false;
    };
    let is = |field: &str| names.get_str(field).is_ok_and(|value| value == key);
    match kind {
        "n" => is("name_key"),
        "e" => is("email_key"),
        "c" => names.get_str("collection_name").is_ok_and(|name| format!("{database}.{name}") == key),
        _ => false,
    }
}

/// Whether an organization's record keeps a reservation of this epoch alive: it has the key, or its operation will.
pub(super) fn holds(record: &Document, database: &str, reservation: &str, epoch: i64) -> bool {
    if names_hold(record, database, reservation) {
        return true;
    }
    let Ok(operation) = record.get_document("op") else {
        return false;
    };
    let to = operation.get_document("to");
    to.is_ok_and(|to| names_hold(to, database, reservation)) && get_number(operation, "epoch") == epoch
}

/// Whether an operator's account keeps the reservation of an email alive: it has the email, or announced it.
pub(super) fn account_holds(record: &Document, reservation: &str) -> bool {
    let is = |record: &Document| {
        record.get_str("email_key").is_ok_and(|key| reservation.strip_prefix("e:") == Some(key))
    };
    is(record) || record.get_document("email_change").is_ok_and(is)
}
