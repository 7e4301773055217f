//! The records of the earlier service. They are not trusted: any value may be of any type.

use crate::domain::document::{Builder, OwnedValue, Value, id_of};
use crate::domain::{AccountId, OrganizationId, RecordId};
use crate::store::mongo::record::ADOPTED_FROM;
use jiff::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;
use mongodb::bson::{Bson, Document, doc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The lowest and the highest cost of a hash that a sign-in verifies.
const COSTS: std::ops::RangeInclusive<u32> = 4..=15;

/// Such a record would stay when everything else of its adoption is done.
const NO_ID: &str = "Its _id is null.";

/// A record of an organization.
#[derive(Debug)]
pub(super) struct OldOrganization {
    pub(super) id: Bson,
    /// `None` if it is missing or no text.
    pub(super) name: Option<String>,
    pub(super) collection: Option<String>,
    pub(super) created_at: Option<Timestamp>,
    pub(super) has_no_zone: bool,
}

/// A record of an admin, without its hash.
#[derive(Debug)]
pub(super) struct OldAdmin {
    pub(super) id: Bson,
    pub(super) email: Option<String>,
    /// The name of the organization that it says it belongs to.
    pub(super) organization: Option<String>,
    pub(super) has_hash: bool,
}

impl OldOrganization {
    /// The fields to read.
    pub(super) fn fields() -> Document {
        doc! {"organization_name": 1, "collection_name": 1, "created_at": 1}
    }

    pub(super) fn read(record: &Document) -> Self {
        let (created_at, has_no_zone) = match record.get("created_at") {
            Some(Bson::String(text)) => time_of(text),
            Some(Bson::DateTime(time)) => (Timestamp::from_millisecond(time.timestamp_millis()).ok(), false),
            _ => (None, false),
        };
        Self {
            id: id_in(record),
            name: text(record, "organization_name"),
            collection: text(record, "collection_name"),
            created_at,
            has_no_zone,
        }
    }

    /// What the record lacks, in a sentence for each; `None` if it is whole.
    pub(super) fn flaw(&self) -> Option<String> {
        let name = self.name.is_none().then_some("Its organization_name is no text.");
        sentences(name.into_iter().chain(self.flaws_beside_name()))
    }

    /// What the record lacks beside a name.
    pub(super) fn flaw_beside_name(&self) -> Option<String> {
        sentences(self.flaws_beside_name())
    }

    fn flaws_beside_name(&self) -> impl Iterator<Item = &'static str> + use<> {
        let flaws = [
            (self.collection.is_none(), "Its collection_name is no text."),
            (self.created_at.is_none(), "Its created_at is no time."),
            (self.id == Bson::Null, NO_ID),
        ];
        flaws.into_iter().filter_map(|(is_flawed, flaw)| is_flawed.then_some(flaw))
    }

    /// Its `_id`.
    pub(super) fn record_id(&self) -> RecordId {
        record_id(&self.id)
    }

    /// Whether another read of the record says the same.
    pub(super) fn is_unchanged(&self, again: &Document) -> bool {
        let again = Self::read(again);
        (&self.name, &self.collection, self.created_at) == (&again.name, &again.collection, again.created_at)
    }

    /// The id of the organization that it becomes.
    pub(super) fn organization_id(&self) -> OrganizationId {
        OrganizationId(derived("organization", &[&self.id]))
    }
}

impl OldAdmin {
    /// The fields to read: the hash only to see whether there is one.
    pub(super) fn fields() -> Document {
        doc! {"email": 1, "organization_name": 1, "password": 1}
    }

    pub(super) fn read(record: &Document) -> Self {
        Self {
            id: id_in(record),
            email: text(record, "email"),
            organization: text(record, "organization_name"),
            has_hash: has_hash(record),
        }
    }

    /// What the record lacks, in a sentence for each; `None` if it is whole.
    pub(super) fn flaw(&self) -> Option<String> {
        let email = self.email.is_none().then_some("Its email is no text.");
        let organization = self.organization.is_none().then_some("Its organization_name is no text.");
        sentences(email.into_iter().chain(organization).chain(self.flaws_beside_texts()))
    }

    /// What the record lacks beside an email and an organization.
    pub(super) fn flaw_beside_texts(&self) -> Option<String> {
        sentences(self.flaws_beside_texts())
    }

    fn flaws_beside_texts(&self) -> impl Iterator<Item = &'static str> + use<> {
        let flaws = [
            (!self.has_hash, "Its password is no bcrypt hash that tenantry can verify."),
            (self.id == Bson::Null, NO_ID),
        ];
        flaws.into_iter().filter_map(|(is_flawed, flaw)| is_flawed.then_some(flaw))
    }

    /// Whether another read of the record says the same. The password may be another one.
    pub(super) fn is_unchanged(&self, again: &Document) -> bool {
        let again = Self::read(again);
        (&self.email, &self.organization, self.has_hash)
            == (&again.email, &again.organization, again.has_hash)
    }

    /// The id of the account that it becomes as the admin of an organization.
    pub(super) fn account_id(&self, organization: &OldOrganization) -> AccountId {
        AccountId(derived("account", &[&organization.id, &self.id]))
    }
}

/// Whether a record has a bcrypt hash that can be verified.
pub(super) fn has_hash(record: &Document) -> bool {
    record.get_str("password").is_ok_and(is_bcrypt)
}

/// `$2b$12$` and 53 characters of its alphabet.
fn is_bcrypt(hash: &str) -> bool {
    let mut parts = hash.split('$');
    let (before, version, cost, rest) = (parts.next(), parts.next(), parts.next(), parts.next());
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/');
    before == Some("")
        && matches!(version, Some("2a" | "2b" | "2y"))
        && cost.is_some_and(|cost| cost.len() == 2 && cost.parse().is_ok_and(|cost| COSTS.contains(&cost)))
        && rest.is_some_and(|rest| rest.len() == 53 && rest.bytes().all(is_digit))
        && parts.next().is_none()
}

fn text(record: &Document, field: &str) -> Option<String> {
    record.get_str(field).ok().map(str::to_owned)
}

fn id_in(record: &Document) -> Bson {
    record.get("_id").cloned().unwrap_or(Bson::Null)
}

/// A time as text, and whether it is one without a zone: then it is UTC.
fn time_of(text: &str) -> (Option<Timestamp>, bool) {
    if let Ok(time) = text.parse::<Timestamp>() {
        return (Some(time), false);
    }
    let civil = text.parse::<civil::DateTime>().ok();
    let time = civil.and_then(|time| time.to_zoned(TimeZone::UTC).ok()).map(|time| time.timestamp());
    (time, time.is_some())
}

fn sentences(flaws: impl Iterator<Item = &'static str>) -> Option<String> {
    let flaws: Vec<&str> = flaws.collect();
    (!flaws.is_empty()).then(|| flaws.join(" "))
}

/// An `_id` as findings show it.
pub(super) fn shown(id: &Bson) -> String {
    record_id(id).to_string()
}

/// An `_id`, to be compared with that of a decision.
pub(super) fn record_id(id: &Bson) -> RecordId {
    // A value that was read can be written.
    let document = doc! {"_id": id}.to_vec().unwrap_or_default();
    RecordId::new(id_of(&document).unwrap_or_else(|| OwnedValue::new(&Value::Null)))
}

/// The value of an `_id` for a command.
pub(super) fn value_of(id: &RecordId) -> Option<Bson> {
    let mut document = Builder::default();
    document.put(b"_id", &id.value());
    Document::from_reader(&*document.finish()).ok()?.remove("_id")
}

/// The same id for the same old records, in every process and every run: a UUID of version 8 (RFC 9562) from their
/// SHA-256.
fn derived(what: &str, ids: &[&Bson]) -> Uuid {
    let mut hash = Sha256::new();
    hash.update(ADOPTED_FROM.as_bytes());
    hash.update([0]);
    hash.update(what.as_bytes());
    for id in ids {
        // With its type: an `ObjectId` is not the text of its digits. A value that was read can be written.
        hash.update(doc! {"_id": *id}.to_vec().unwrap_or_default());
    }
    let mut bytes = [0; 16];
    for (byte, digest) in bytes.iter_mut().zip(hash.finalize()) {
        *byte = digest;
    }
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;
    use mongodb::bson::oid::ObjectId;

    #[test]
    fn a_time_without_a_zone_is_utc() {
        let read = |text: &str| {
            let (time, has_no_zone) = time_of(text);
            (time.map(|time| time.to_string()), has_no_zone)
        };
        let noon = || Some("2026-11-28T12:00:00Z".to_owned());
        assert_eq!(read("2026-11-28T12:00:00"), (noon(), true));
        assert_eq!(read("2026-11-28T12:00:00.000000"), (noon(), true));
        assert_eq!(read("2026-11-28T14:00:00+02:00"), (noon(), false));
        for no_time in ["yesterday", "", "2026-13-01T00:00:00", "12:00"] {
            assert_eq!(read(no_time), (None, false), "{no_time}: nothing is taken as UTC");
        }
    }

    #[test]
    fn only_hashes_that_a_sign_in_verifies_count() {
        let rest = "R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW";
        for good in ["$2a$04$", "$2b$12$", "$2y$15$"] {
            assert!(is_bcrypt(&format!("{good}{rest}")), "{good}");
        }
        for bad in ["$2b$16$", "$2x$12$", "$2b$3$", "$2b$12", "", "x$2b$12$"] {
            assert!(!is_bcrypt(&format!("{bad}{rest}")), "{bad}");
        }
        assert!(!is_bcrypt("$2b$12$short"));
    }

    #[test]
    fn ids_follow_from_the_old_ones_alone() {
        let old = |bytes| OldOrganization::read(&doc! {"_id": ObjectId::from_bytes([bytes; 12])});
        let admin = OldAdmin::read(&doc! {"_id": ObjectId::from_bytes([1; 12])});
        assert_eq!(old(1).organization_id(), old(1).organization_id());
        assert_ne!(old(1).organization_id(), old(2).organization_id());
        assert_ne!(old(1).organization_id().0, admin.account_id(&old(1)).0);
        assert_ne!(admin.account_id(&old(1)), admin.account_id(&old(2)));
        assert_eq!(old(1).organization_id().0.get_version_num(), 8);
    }
}
