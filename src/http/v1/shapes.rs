//! Bodies of requests, for the document: a body is read field by field (`input`), so that each wrong one is told.
//!
//! A password has 8 to 72 bytes; a schema counts characters, of which one has up to four bytes: so 2 at least.

use utoipa::ToSchema;

/// A sign-in.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
#[serde(deny_unknown_fields)]
pub(super) struct NewSession {
    /// The email of the account.
    #[schema(example = "root@example.com")]
    email: String,
    /// Its password.
    #[schema(format = "password")]
    password: String,
}

/// A change of the caller's own account; what is left out stays.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
#[serde(deny_unknown_fields)]
pub(super) struct AccountChange {
    /// The new email.
    #[schema(format = "email", max_length = 254)]
    email: Option<String>,
    /// The new password, 8 to 72 bytes.
    #[schema(format = "password", min_length = 2, max_length = 72)]
    password: Option<String>,
    /// The current password, which every change needs.
    #[schema(format = "password")]
    current_password: Option<String>,
}

/// A new organization.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
#[serde(deny_unknown_fields)]
pub(super) struct NewOrganization {
    /// Its name.
    #[schema(min_length = 1, max_length = 64, example = "Acme Books")]
    organization_name: String,
    /// The email of its admin.
    #[schema(format = "email", max_length = 254, example = "ann@acme.example")]
    admin_email: String,
    /// The password of its admin, 8 to 72 bytes.
    #[schema(format = "password", min_length = 2, max_length = 72, example = "purple window 7")]
    password: String,
}

/// A change of an organization; what is left out stays.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
#[serde(deny_unknown_fields)]
pub(super) struct OrganizationChange {
    /// The new name.
    #[schema(min_length = 1, max_length = 64)]
    organization_name: Option<String>,
    /// The admin's new email.
    #[schema(format = "email", max_length = 254)]
    admin_email: Option<String>,
    /// The admin's new password, 8 to 72 bytes.
    #[schema(format = "password", min_length = 2, max_length = 72)]
    password: Option<String>,
    /// The admin's current password; an admin that changes its own email or password needs it.
    #[schema(format = "password")]
    current_password: Option<String>,
}

/// The values with which an organization comes back; what is left out is as it was.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
#[serde(deny_unknown_fields)]
pub(super) struct Restoration {
    /// Another name.
    #[schema(min_length = 1, max_length = 64)]
    organization_name: Option<String>,
    /// Another email of the admin.
    #[schema(format = "email", max_length = 254)]
    admin_email: Option<String>,
    /// A new password of the admin, 8 to 72 bytes.
    #[schema(format = "password", min_length = 2, max_length = 72)]
    password: Option<String>,
}

/// Why an organization is suspended.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
#[serde(deny_unknown_fields)]
pub(super) struct NewSuspension {
    /// One line, which the admin reads when it signs in.
    #[schema(max_length = 500, example = "The invoice of May is not paid.")]
    reason: String,
}

/// A new operator.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
#[serde(deny_unknown_fields)]
pub(super) struct NewOperator {
    /// Its email.
    #[schema(format = "email", max_length = 254)]
    email: String,
    /// Its password, 8 to 72 bytes.
    #[schema(format = "password", min_length = 2, max_length = 72)]
    password: String,
}

/// A new password.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
#[serde(deny_unknown_fields)]
pub(super) struct NewPassword {
    /// 8 to 72 bytes.
    #[schema(format = "password", min_length = 2, max_length = 72)]
    password: String,
}

/// What a repair includes.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
#[serde(deny_unknown_fields)]
pub(super) struct RepairRequest {
    /// Whether organizations without their collection continue with another one.
    new_collections: Option<bool>,
}
