//! What each role may do: one table, asked first by every use case.

use super::{Error, Result};
use crate::domain::{OrganizationId, Principal, Role};

/// What someone wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UseCase {
    /// Sign in, or make the first operator of a store that has none.
    SignIn,
    /// Look at the own session, or end it.
    OwnSession,
    /// Create an organization.
    CreateOrganization,
    /// List and search organizations.
    ListOrganizations,
    /// Look at one organization and its figures.
    GetOrganization,
    /// Change name, admin email or admin password of one.
    UpdateOrganization,
    /// Delete one, into the trash.
    DeleteOrganization,
    /// Suspend one, or resume it.
    SuspendOrganization,
    /// Take one out of the trash.
    RestoreOrganization,
    /// Remove one for good.
    PurgeOrganization,
    /// Change the own email or password.
    OwnAccount,
    /// Add, list and remove operators, or give one a new password.
    ManageOperators,
    /// Read the audit.
    ReadAudit,
    /// Check the whole store, repair it, or end an operation before its lease does.
    Doctor,
}

impl UseCase {
    /// Every use case.
    pub const ALL: [Self; 14] = [
        Self::SignIn,
        Self::OwnSession,
        Self::CreateOrganization,
        Self::ListOrganizations,
        Self::GetOrganization,
        Self::UpdateOrganization,
        Self::DeleteOrganization,
        Self::SuspendOrganization,
        Self::RestoreOrganization,
        Self::PurgeOrganization,
        Self::OwnAccount,
        Self::ManageOperators,
        Self::ReadAudit,
        Self::Doctor,
    ];
}

/// Which organizations a use case reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// It is about none, or about any.
    All,
    /// Only this one; any other answers as one that does not exist.
    Only(OrganizationId),
}

impl Scope {
    /// Whether an organization is within reach.
    pub fn includes(self, organization: OrganizationId) -> bool {
        match self {
            Self::All => true,
            Self::Only(own) => own == organization,
        }
    }
}

/// Who asks, as far as the table cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// Nobody signed in.
    Nobody,
    /// The admin of an organization.
    Admin(OrganizationId),
    /// An operator.
    Operator,
}

impl Caller {
    /// Of a checked session. An admin without an organization is nobody: no record makes such an account.
    pub fn of(principal: &Principal) -> Self {
        match (principal.role, principal.organization_id) {
            (Role::Operator, _) => Self::Operator,
            (Role::Admin, Some(organization)) => Self::Admin(organization),
            (Role::Admin, None) => Self::Nobody,
        }
    }
}

/// The table: what of a use case someone may reach.
///
/// # Errors
/// [`Error::Unauthenticated`] when signing in would help, [`Error::Forbidden`] when it would not.
pub fn decide(use_case: UseCase, asker: Caller, open_registration: bool) -> Result<Scope> {
    use UseCase as U;
    match (asker, use_case) {
        (_, U::SignIn) | (Caller::Operator, _) => Ok(Scope::All),
        (Caller::Nobody, U::CreateOrganization) if open_registration => Ok(Scope::All),
        (Caller::Nobody, _) => Err(Error::Unauthenticated),
        (
            Caller::Admin(_),
            U::CreateOrganization
            | U::SuspendOrganization
            | U::RestoreOrganization
            | U::PurgeOrganization
            | U::ManageOperators
            | U::Doctor,
        ) => Err(Error::Forbidden),
        (
            Caller::Admin(own),
            U::OwnSession
            | U::ListOrganizations
            | U::GetOrganization
            | U::UpdateOrganization
            | U::DeleteOrganization
            | U::OwnAccount
            | U::ReadAudit,
        ) => Ok(Scope::Only(own)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn the_whole_table() {
        let own = OrganizationId(Uuid::from_u128(1));
        let (all, only) = (Ok(Scope::All), Ok(Scope::Only(own)));
        let (sign_in_first, no) = (Err(Error::Unauthenticated), Err(Error::Forbidden));
        for use_case in UseCase::ALL {
            let (nobody, admin) = match use_case {
                UseCase::SignIn => (&all, &all),
                UseCase::CreateOrganization
                | UseCase::SuspendOrganization
                | UseCase::RestoreOrganization
                | UseCase::PurgeOrganization
                | UseCase::ManageOperators
                | UseCase::Doctor => (&sign_in_first, &no),
                UseCase::OwnSession
                | UseCase::ListOrganizations
                | UseCase::GetOrganization
                | UseCase::UpdateOrganization
                | UseCase::DeleteOrganization
                | UseCase::OwnAccount
                | UseCase::ReadAudit => (&sign_in_first, &only),
            };
            assert_eq!(&decide(use_case, Caller::Nobody, false), nobody, "{use_case:?}");
            assert_eq!(&decide(use_case, Caller::Admin(own), false), admin, "{use_case:?}");
            assert_eq!(&decide(use_case, Caller::Admin(own), true), admin, "{use_case:?}");
            assert_eq!(&decide(use_case, Caller::Operator, false), &all, "{use_case:?}");
        }
        assert_eq!(decide(UseCase::CreateOrganization, Caller::Nobody, true), all);
        for other in UseCase::ALL {
            if !matches!(other, UseCase::SignIn | UseCase::CreateOrganization) {
                assert_eq!(
                    decide(other, Caller::Nobody, true),
                    sign_in_first,
                    "registration is nothing else"
                );
            }
        }
    }

    #[test]
    fn only_the_own_organization_is_within_an_admins_reach() {
        let (own, other) = (OrganizationId(Uuid::from_u128(1)), OrganizationId(Uuid::from_u128(2)));
        assert!(Scope::Only(own).includes(own));
        assert!(!Scope::Only(own).includes(other));
        assert!(Scope::All.includes(other));
    }
}
