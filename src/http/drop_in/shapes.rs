//! Bodies of requests and answers, under the names that callers' clients were generated with.

use crate::domain::{OrganizationId, Status};
use crate::wire::Time;
use serde::Serialize;
use utoipa::ToSchema;

/// A new organization.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "only its schema is used: a body is read field by field, so that each wrong one is told"
)]
pub(super) struct OrgCreate {
    /// At most 64 characters.
    organization_name: String,
    /// The admin's email.
    #[schema(format = "email")]
    email: String,
    /// 8 to 72 bytes.
    password: String,
}

/// What an update changes; what is left out or null stays.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "only its schema is used: a body is read field by field, so that each wrong one is told"
)]
pub(super) struct OrgUpdate {
    /// The new name.
    organization_name: Option<String>,
    /// The admin's new email.
    #[schema(format = "email")]
    email: Option<String>,
    /// The admin's new password; of no characters, it stays.
    password: Option<String>,
    /// Needed for a new email or password.
    current_password: Option<String>,
}

/// A sign-in.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "only its schema is used: a body is read field by field, so that each wrong one is told"
)]
pub(super) struct AdminLogin {
    /// The email.
    #[schema(format = "email")]
    email: String,
    /// The password.
    password: String,
}

/// An organization.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OrgResponse {
    /// Its name.
    pub(super) organization_name: String,
    /// Its collection.
    pub(super) collection_name: String,
    /// The email of its admin; only where registration is open, or to who created it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) admin_email: Option<String>,
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub(super) organization_id: Option<OrganizationId>,
    /// When it was created.
    #[schema(value_type = String, format = "date-time")]
    pub(super) created_at: Time,
    /// Its state.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(super) state: Option<Status>,
}

/// A session.
#[derive(Serialize, ToSchema)]
#[schema(as = Token)]
pub(super) struct Session {
    /// The token, for the header `Authorization: Bearer`.
    pub(super) access_token: String,
    /// Always bearer.
    pub(super) token_type: &'static str,
    /// The name of the admin's organization; null for an operator.
    pub(super) org_name: Option<String>,
    /// The id of that organization.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub(super) organization_id: Option<OrganizationId>,
    /// Seconds until the session ends.
    pub(super) expires_in: i64,
    /// What the account should change, in sentences: an adopted password that is longer than what is verified.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) warnings: Vec<String>,
}

/// A change that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Updated {
    /// Always updated.
    pub(super) status: &'static str,
    /// The name that holds now.
    pub(super) new_name: String,
    /// The same.
    pub(super) organization_name: String,
    /// Its collection.
    pub(super) collection_name: String,
    /// The email of its admin.
    pub(super) admin_email: String,
}

/// A delete that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Deleted {
    /// A sentence.
    pub(super) status: &'static str,
}

/// A refusal.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Refusal)]
pub(super) struct Told {
    /// What is wrong.
    pub(super) detail: String,
    /// The stable code.
    pub(super) code: &'static str,
    /// What to do next.
    pub(super) hint: Option<String>,
}

/// A refusal of single fields.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HTTPValidationError {
    /// Each wrong field.
    pub(super) detail: Vec<ValidationError>,
    /// The stable code.
    pub(super) code: &'static str,
    /// What to do next.
    pub(super) hint: Option<String>,
}

/// A wrong field.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ValidationError {
    /// Where: `body`, `query` or `header`, and the field.
    #[schema(value_type = Vec<Place>)]
    pub(super) loc: Vec<Place>,
    /// What is wrong.
    pub(super) msg: String,
    /// Which kind of mistake.
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
}

/// A part of a place: a name, or a position in bytes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum Place {
    /// A name.
    Name(&'static str),
    /// A position.
    Position(usize),
}
