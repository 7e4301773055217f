//! What confirms a destructive request.

/// What confirms a destructive request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
pub enum Confirms {
    /// The id of a document.
    #[strum(to_string = "Confirm with the document's exact id. Nothing was deleted.")]
    Document,
    /// The name of an organization.
    #[strum(to_string = "Confirm with the organization's exact name. Nothing was deleted.")]
    Organization,
    /// The email of an operator.
    #[strum(to_string = "Confirm with the operator's exact email. Nothing was removed.")]
    Operator,
    /// Consent to repair.
    #[strum(to_string = "Confirm the repair. Nothing was checked or repaired.")]
    Repair,
    /// Consent to purge all expired organizations.
    #[strum(to_string = "Confirm the purge of all expired organizations. Nothing was purged.")]
    PurgeExpired,
    /// Consent to read the sizes of very many collections.
    #[strum(to_string = "Confirm to read the sizes of more than 5,000 collections. Nothing was read.")]
    ReadSizes,
}
