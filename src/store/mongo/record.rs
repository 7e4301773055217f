//! Records and what they mean: the only place that reads and writes the shape of organizations and accounts.
//!
//! Records are not trusted: another program may have written them. What does not read as it should makes an
//! organization `damaged` or a record invisible, never an error of a whole list.

use crate::domain::{
    Account, AccountId, CollectionName, Email, Epoch, Organization, OrganizationId, OrganizationName, Role,
    State,
};
use jiff::Timestamp;
use mongodb::bson::{Binary, Bson, DateTime, Document, doc, spec::BinarySubtype};
use secrecy::SecretString;
use uuid::Uuid;

/// The shape of records that this program writes; records without it are not ours.
pub(super) const SCHEMA: i32 = 1;

/// The `_id` of the document by which a restored copy of a collection is known again.
pub(super) const MARKER: &str = "_tenantry";

/// Only records that carry our schema.
pub(super) fn ours() -> Bson {
    Bson::Document(doc! {"$gte": 1})
}

/// Whether a record carries our schema.
pub(super) fn is_ours(record: &Document) -> bool {
    get_number(record, "schema") >= 1
}

/// A UUID as records keep it (BSON binary, subtype 4).
pub(super) fn binary(id: Uuid) -> Bson {
    Bson::Binary(Binary { subtype: BinarySubtype::Uuid, bytes: id.as_bytes().to_vec() })
}

/// A time as records keep it, cut to milliseconds.
pub(super) fn date(time: Timestamp) -> Bson {
    Bson::DateTime(DateTime::from_millis(time.as_millisecond()))
}

/// A UUID read from a value.
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

/// A time in a record; 1970 when it is missing or no time.
pub(super) fn get_time(record: &Document, field: &str) -> Timestamp {
    let time = record.get_datetime(field).ok().map(|time| time.timestamp_millis());
    time.and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A whole number in a record, whatever its width; 0 when it is missing.
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

/// A text in a record; empty when it is missing.
pub(super) fn get_text(record: &Document, field: &str) -> String {
    record.get_str(field).unwrap_or_default().to_owned()
}

/// The organization of a record; `None` when it has no id of ours.
///
/// A collection in another database, or one whose name tenantry could not have made, is not taken over.
pub(super) fn organization(record: &Document, database: &str) -> Option<Organization> {
    let id = get_uuid(record, "_id")?;
    let collection = match record.get_str("database_name") {
        Ok(named) if named == database => {
            CollectionName::from_record(record.get_str("collection_name").unwrap_or_default(), database)
        }
        _ => None,
    };
    let state = State::from_word(record.get_str("state").unwrap_or_default()).unwrap_or(State::Damaged);
    let state = if collection.is_none() && state == State::Active { State::Damaged } else { state };
    Some(Organization {
        id: OrganizationId(id),
        name: get_text(record, "organization_name"),
        name_key: get_text(record, "name_key"),
        collection,
        collection_uuid: get_uuid(record, "collection_uuid"),
        admin_id: AccountId(get_uuid(record, "admin_id").unwrap_or_default()),
        admin_email: get_text(record, "admin_email"),
        state,
        epoch: Epoch(get_number(record, "epoch")),
        created_at: get_time(record, "created_at"),
        updated_at: get_time(record, "updated_at"),
    })
}

/// The account of a record; `None` when it is not whole (pending, unknown role, no id).
pub(super) fn account(record: &Document) -> Option<Account> {
    if record.contains_key("pending") {
        return None;
    }
    let role = Role::from_word(record.get_str("role").ok()?)?;
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

/// The hash in the record of an account; a missing one verifies no password.
pub(super) fn password_hash(record: &Document) -> SecretString {
    get_text(record, "password").into()
}

/// What a new account is made of.
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

/// The names by which an organization is found and kept apart, before or after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Names {
    pub(super) name: String,
    pub(super) name_key: String,
    /// `None` where it is not known; it follows from the key.
    pub(super) slug: Option<String>,
    pub(super) collection: CollectionName,
    pub(super) email: String,
    pub(super) email_key: String,
}

impl Names {
    /// The names that an organization has; `None` when its collection is not to be trusted.
    pub(super) fn of(organization: &Organization) -> Option<Self> {
        Some(Self {
            name: organization.name.clone(),
            name_key: organization.name_key.clone(),
            slug: None,
            collection: organization.collection.clone()?,
            email: organization.admin_email.clone(),
            email_key: Email::key_of(&organization.admin_email),
        })
    }

    /// The names of a new organization.
    pub(super) fn new(name: &OrganizationName, collection: &CollectionName, email: &Email) -> Self {
        Self {
            name: name.display().to_owned(),
            name_key: name.key().to_owned(),
            slug: Some(name.slug().to_owned()),
            collection: collection.clone(),
            email: email.as_str().to_owned(),
            email_key: email.key().to_owned(),
        }
    }

    /// The names in a record, or in one half of its operation; `None` when its collection is not to be trusted.
    pub(super) fn read(fields: &Document, database: &str) -> Option<Self> {
        Some(Self {
            name: fields.get_str("organization_name").ok()?.to_owned(),
            name_key: fields.get_str("name_key").ok()?.to_owned(),
            slug: fields.get_str("slug").ok().map(str::to_owned),
            collection: CollectionName::from_record(fields.get_str("collection_name").ok()?, database)?,
            email: fields.get_str("admin_email").ok()?.to_owned(),
            email_key: fields.get_str("email_key").ok()?.to_owned(),
        })
    }

    /// The fields that a record keeps of them.
    pub(super) fn fields(&self) -> Document {
        let mut fields = doc! {"organization_name": &self.name, "name_key": &self.name_key};
        if let Some(slug) = &self.slug {
            fields.insert("slug", slug);
        }
        fields.extend(doc! {
            "collection_name": self.collection.as_str(),
            "admin_email": &self.email,
            "email_key": &self.email_key,
        });
        fields
    }

    /// What reserves them: name, collection, email, in this order.
    pub(super) fn keys(&self, database: &str) -> [String; 3] {
        [
            name_key(&self.name_key),
            collection_key(database, self.collection.as_str()),
            email_key(&self.email_key),
        ]
    }
}

/// The reservation of a name.
pub(super) fn name_key(key: &str) -> String {
    format!("n:{key}")
}

/// The reservation of a collection.
pub(super) fn collection_key(database: &str, collection: &str) -> String {
    format!("c:{database}.{collection}")
}

/// The reservation of an email.
pub(super) fn email_key(key: &str) -> String {
    format!("e:{key}")
}

/// Whether the names in a record, or in one half of its operation, hold a reservation.
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

/// Whether an organization's record keeps a reservation of this epoch alive.
pub(super) fn holds(record: &Document, database: &str, reservation: &str, epoch: i64) -> bool {
    if names_hold(record, database, reservation) {
        return true;
    }
    let Ok(operation) = record.get_document("op") else {
        return false;
    };
    let half =
        |name: &str| operation.get_document(name).is_ok_and(|names| names_hold(names, database, reservation));
    half("from") || (half("to") && get_number(operation, "epoch") == epoch)
}

/// Whether an operator's account keeps the reservation of an email alive: it has it, or announced that it takes it.
pub(super) fn account_holds(record: &Document, reservation: &str) -> bool {
    let is = |record: &Document| {
        record.get_str("email_key").is_ok_and(|key| reservation.strip_prefix("e:") == Some(key))
    };
    is(record) || record.get_document("email_change").is_ok_and(is)
}
