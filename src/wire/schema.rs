//! Schemas of the values that these structs are made of, for the document of the web face.

use super::Time;
use crate::domain::{AccessToken, AccountId, OrganizationId, Role, SortKey, Status};
use strum::IntoEnumIterator;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

fn text(format: KnownFormat) -> RefOr<Schema> {
    let text = ObjectBuilder::new().schema_type(Type::String);
    text.format(Some(SchemaFormat::KnownFormat(format))).into()
}

fn one_of(words: impl Iterator<Item = &'static str>) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).into()
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        text(KnownFormat::DateTime)
    }
}

impl ToSchema for Time {}

impl PartialSchema for OrganizationId {
    fn schema() -> RefOr<Schema> {
        text(KnownFormat::Uuid)
    }
}

impl ToSchema for OrganizationId {}

impl PartialSchema for AccountId {
    fn schema() -> RefOr<Schema> {
        text(KnownFormat::Uuid)
    }
}

impl ToSchema for AccountId {}

impl PartialSchema for AccessToken {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).into()
    }
}

impl ToSchema for AccessToken {}

impl PartialSchema for Role {
    fn schema() -> RefOr<Schema> {
        one_of(Role::iter().map(Role::as_str))
    }
}

impl ToSchema for Role {}

impl PartialSchema for Status {
    fn schema() -> RefOr<Schema> {
        one_of(Status::iter().map(Status::as_str))
    }
}

impl ToSchema for Status {}

impl PartialSchema for SortKey {
    fn schema() -> RefOr<Schema> {
        one_of(SortKey::iter().map(SortKey::as_str))
    }
}

impl ToSchema for SortKey {}
