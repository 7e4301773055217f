//! What each role may do: one table that every use case asks first.

use super::{Error, Result};
use crate::domain::{OrganizationId, Principal, Role};

/// What a caller asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::EnumIter)]
pub enum UseCase {
    /// Sign in, or create the first operator of a new store.
    SignIn,
    /// Show the caller's session, or end it.
    OwnSession,
    /// Create an organization.
    CreateOrganization,
    /// List and search organizations.
    ListOrganizations,
    /// Show one organization and the stats of its collection.
    GetOrganization,
    /// Show name, collection and age of an organization to anyone who knows its name.
    PublicOrganization,
    /// Compare the sizes of all organizations.
    TopOrganizations,
    /// Change the name, admin email or admin password of an organization.
    UpdateOrganization,
    /// Move an organization to the trash.
    DeleteOrganization,
    /// Suspend or resume an organization.
    SuspendOrganization,
    /// Restore an organization from the trash.
    RestoreOrganization,
    /// Remove an organization permanently.
    PurgeOrganization,
    /// List, count and show the documents of an organization.
    ReadDocuments,
    /// Insert, replace and delete documents of an organization.
    WriteDocuments,
    /// Write the data of an organization to a file.
    ExportOrganization,
    /// Create an organization from such a file.
    ImportOrganization,
    /// Change the caller's own email or password.
    OwnAccount,
    /// Add, list and remove operators, or set an operator's password.
    ManageOperators,
    /// Read the audit.
    ReadAudit,
    /// Check or repair the whole store, or recover an operation before its lease ends.
    Doctor,
    /// See or adopt what an earlier service left.
    Adopt,
}

/// The organizations that a caller may reach in a use case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Every organization, or the use case concerns none.
    All,
    /// Only this one. Any other looks as if it did not exist.
    Only(OrganizationId),
}

impl Scope {
    /// Whether the scope includes an organization.
    pub fn includes(self, organization: OrganizationId) -> bool {
        match self {
            Self::All => true,
            Self::Only(own) => own == organization,
        }
    }
}

/// The caller, as far as the table distinguishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// A caller without a session.
    Anonymous,
    /// The admin of an organization.
    Admin(OrganizationId),
    /// An operator.
    Operator,
}

impl Caller {
    /// The caller of a checked session. An admin without an organization counts as anonymous: tenantry never creates
    /// one.
    pub fn of(principal: &Principal) -> Self {
        match (principal.role, principal.organization_id) {
            (Role::Operator, _) => Self::Operator,
            (Role::Admin, Some(organization)) => Self::Admin(organization),
            (Role::Admin, None) => Self::Anonymous,
        }
    }
}

/// The table: which organizations a caller may reach in a use case.
///
/// # Errors
/// [`Error::Unauthenticated`] when signing in would help, [`Error::Forbidden`] when it would not.
pub fn decide(use_case: UseCase, caller: Caller, open_registration: bool) -> Result<Scope> {
    use UseCase as U;
    match (caller, use_case) {
        (_, U::SignIn | U::PublicOrganization) | (Caller::Operator, _) => Ok(Scope::All),
        (Caller::Anonymous, U::CreateOrganization) if open_registration => Ok(Scope::All),
        (Caller::Anonymous, _) => Err(Error::Unauthenticated),
        (
            Caller::Admin(_),
            U::CreateOrganization
            | U::TopOrganizations
            | U::SuspendOrganization
            | U::RestoreOrganization
            | U::PurgeOrganization
            | U::ImportOrganization
            | U::ManageOperators
            | U::Doctor
            | U::Adopt,
        ) => Err(Error::Forbidden),
        (
            Caller::Admin(own),
            U::OwnSession
            | U::ListOrganizations
            | U::GetOrganization
            | U::UpdateOrganization
            | U::DeleteOrganization
            | U::ReadDocuments
            | U::WriteDocuments
            | U::ExportOrganization
            | U::OwnAccount
            | U::ReadAudit,
        ) => Ok(Scope::Only(own)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use strum::IntoEnumIterator;
    use uuid::Uuid;

    #[test]
    fn table_allows_each_role_its_use_cases() {
        let own = OrganizationId(Uuid::from_u128(1));
        let (all, only) = (Ok(Scope::All), Ok(Scope::Only(own)));
        let (sign_in_first, no) = (Err(Error::Unauthenticated), Err(Error::Forbidden));
        for use_case in UseCase::iter() {
            let (anonymous, admin) = match use_case {
                UseCase::SignIn | UseCase::PublicOrganization => (&all, &all),
                UseCase::CreateOrganization
                | UseCase::TopOrganizations
                | UseCase::SuspendOrganization
                | UseCase::RestoreOrganization
                | UseCase::PurgeOrganization
                | UseCase::ImportOrganization
                | UseCase::ManageOperators
                | UseCase::Doctor
                | UseCase::Adopt => (&sign_in_first, &no),
                UseCase::OwnSession
                | UseCase::ListOrganizations
                | UseCase::GetOrganization
                | UseCase::UpdateOrganization
                | UseCase::DeleteOrganization
                | UseCase::ReadDocuments
                | UseCase::WriteDocuments
                | UseCase::ExportOrganization
                | UseCase::OwnAccount
                | UseCase::ReadAudit => (&sign_in_first, &only),
            };
            assert_eq!(&decide(use_case, Caller::Anonymous, false), anonymous, "{use_case:?}");
            assert_eq!(&decide(use_case, Caller::Admin(own), false), admin, "{use_case:?}");
            assert_eq!(&decide(use_case, Caller::Admin(own), true), admin, "{use_case:?}");
            assert_eq!(&decide(use_case, Caller::Operator, false), &all, "{use_case:?}");
        }
        assert_eq!(decide(UseCase::CreateOrganization, Caller::Anonymous, true), all);
        for other in UseCase::iter() {
            let needs_none = [UseCase::SignIn, UseCase::PublicOrganization, UseCase::CreateOrganization];
            if !needs_none.contains(&other) {
                assert_eq!(
                    decide(other, Caller::Anonymous, true),
                    sign_in_first,
                    "open registration allows only to create"
                );
            }
        }
    }

    #[test]
    fn admin_reaches_only_its_own_organization() {
        let (own, other) = (OrganizationId(Uuid::from_u128(1)), OrganizationId(Uuid::from_u128(2)));
        assert!(Scope::Only(own).includes(own));
        assert!(!Scope::Only(own).includes(other));
        assert!(Scope::All.includes(other));
    }
}
