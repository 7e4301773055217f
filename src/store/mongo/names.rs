//! The names that identify an organization before and after an operation, and the names of tenantry's own collections.

use super::connection::is_control;
use super::record::{collection_key, email_key, name_key};
use crate::domain::{CollectionName, Email, Epoch, Organization, OrganizationId, OrganizationName};
use mongodb::bson::{Document, doc};
use uuid::Uuid;

/// One side of an operation. A deleted organization has no key: only name and email for display remain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Names {
    pub(super) name: String,
    pub(super) name_key: Option<String>,
    /// `None` if the record has none; it follows from the key.
    pub(super) slug: Option<String>,
    pub(super) collection: Option<String>,
    pub(super) email: String,
    pub(super) email_key: Option<String>,
}

/// Where a new collection is filled before it is placed.
pub(super) fn new_collection_of(id: OrganizationId) -> String {
    format!("tenantry_new_{id}")
}

/// Where a collection is dropped on a server that ignores UUIDs; unique to one organization and one take-over.
pub(super) fn purge_collection_of(id: OrganizationId, epoch: i64) -> String {
    format!("{}{epoch}", purge_prefix_of(id))
}

/// The prefix of every purge name of an organization.
pub(super) fn purge_prefix_of(id: OrganizationId) -> String {
    format!("tenantry_purge_{id}_")
}

/// Whether a record of this organization may name this collection; no other one is renamed or dropped for it.
pub(super) fn may_be_of(name: &str, id: OrganizationId, database: &str) -> bool {
    !is_control(name)
        && (name == new_collection_of(id)
            || name.starts_with(&purge_prefix_of(id))
            || is_in_trash_of(name, id)
            || (name.starts_with("org_") && CollectionName::from_record(name, database).is_some()))
}

fn is_in_trash_of(name: &str, id: OrganizationId) -> bool {
    let epoch =
        name.strip_prefix(&format!("tenantry_trash_{id}_")).and_then(|epoch| epoch.parse::<i64>().ok());
    epoch.is_some_and(|epoch| CollectionName::in_trash(id, Epoch(epoch)).as_str() == name)
}

impl Names {
    /// The names of a new or restored organization, or after an update.
    pub(super) fn new(name: &OrganizationName, collection: &CollectionName, email: &Email) -> Self {
        Self {
            name: name.display().to_owned(),
            name_key: Some(name.key().to_owned()),
            slug: Some(name.slug().to_owned()),
            collection: Some(collection.as_str().to_owned()),
            email: email.as_str().to_owned(),
            email_key: Some(email.key().to_owned()),
        }
    }

    /// The current names of an organization.
    pub(super) fn of(organization: &Organization) -> Self {
        let is_deleted = organization.deletion.is_some();
        let key = |key: String| (!is_deleted && !key.is_empty()).then_some(key);
        Self {
            name: organization.name.clone(),
            name_key: key(organization.name_key.clone()),
            slug: None,
            collection: organization.collection.as_ref().map(|name| name.as_str().to_owned()),
            email: organization.admin_email.clone(),
            email_key: key((organization.former_email_key.clone())
                .unwrap_or_else(|| Email::key_of(&organization.admin_email))),
        }
    }

    /// Only a collection: the start of a create.
    pub(super) fn only_collection(collection: String) -> Self {
        Self { collection: Some(collection), ..Self::default() }
    }

    /// The names in a record, or in one side of its operation. A collection that cannot belong to this organization is
    /// left out: no command follows a forged record.
    pub(super) fn read(fields: &Document, id: OrganizationId, database: &str) -> Self {
        let text = |field: &str| fields.get_str(field).ok().map(str::to_owned);
        Self {
            name: text("organization_name").unwrap_or_default(),
            name_key: text("name_key"),
            slug: text("slug"),
            collection: text("collection_name").filter(|name| may_be_of(name, id, database)),
            email: text("admin_email").unwrap_or_default(),
            email_key: text("email_key"),
        }
    }

    /// The fields of a record with these names; `None` fields must be unset ([`Names::absent`]).
    pub(super) fn fields(&self) -> Document {
        let mut fields = doc! {"organization_name": &self.name, "admin_email": &self.email};
        let optional = [
            ("name_key", &self.name_key),
            ("slug", &self.slug),
            ("collection_name", &self.collection),
            ("email_key", &self.email_key),
        ];
        for (field, value) in optional {
            if let Some(value) = value {
                fields.insert(field, value);
            }
        }
        fields
    }

    /// The fields that a record with these names must not have. An unknown slug stays.
    pub(super) fn absent(&self) -> Vec<&'static str> {
        let mut absent = Vec::new();
        if self.name_key.is_none() {
            absent.extend(["name_key", "slug"]);
        }
        if self.email_key.is_none() {
            absent.push("email_key");
        }
        if self.collection.is_none() {
            absent.push("collection_name");
        }
        absent
    }

    /// The reservations of name, collection and email, in this order. Tenantry's own names need none.
    pub(super) fn keys(&self, database: &str) -> Vec<String> {
        let name = self.name_key.as_deref().map(name_key);
        let collection = self.collection.as_deref().filter(|name| name.starts_with("org_"));
        let collection = collection.map(|name| collection_key(database, name));
        let email = self.email_key.as_deref().map(email_key);
        [name, collection, email].into_iter().flatten().collect()
    }

    /// The keys of these names that `others` does not have.
    pub(super) fn keys_beside(&self, others: &Self, database: &str) -> Vec<String> {
        let theirs = others.keys(database);
        self.keys(database).into_iter().filter(|key| !theirs.contains(key)).collect()
    }
}

/// The organization of a collection aside.
pub(super) fn owner_of_aside(name: &str) -> Option<OrganizationId> {
    let rest = ["tenantry_new_", "tenantry_trash_", "tenantry_purge_"]
        .into_iter()
        .find_map(|prefix| name.strip_prefix(prefix))?;
    Uuid::parse_str(rest.split('_').next()?).ok().map(OrganizationId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_may_only_name_its_own_or_a_tenants_collection() {
        let (id, other) = (OrganizationId(Uuid::from_u128(1)), OrganizationId(Uuid::from_u128(2)));
        for name in [
            new_collection_of(id),
            purge_collection_of(id, 7),
            CollectionName::in_trash(id, Epoch(3)).to_string(),
            "org_acme".to_owned(),
            "org_Beta Co".to_owned(),
            "org_".to_owned(),
        ] {
            assert!(may_be_of(&name, id, "master_db"), "{name}");
        }
        for name in [
            "admins".to_owned(),
            "system.users".to_owned(),
            "org_\0".to_owned(),
            "org_$cmd".to_owned(),
            new_collection_of(other),
            CollectionName::in_trash(other, Epoch(3)).to_string(),
            format!("tenantry_trash_{id}_03"),
            format!("org_{}", "x".repeat(242)),
            String::new(),
        ] {
            assert!(!may_be_of(&name, id, "master_db"), "{name}");
        }
    }
}
