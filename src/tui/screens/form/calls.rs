//! The writes that a form makes.

use crate::domain::{Account, Organization};
use crate::service::{self, Error, OperationId, OrganizationReference, OwnAccount};
use crate::tui::effect::{Call, CallContext, Kind};
use crate::tui::secret::Secret;
use std::sync::Arc;

/// Creates an organization.
#[derive(Debug, PartialEq)]
pub struct CreateOrganization {
    /// Its name.
    pub name: String,
    /// Its admin's email.
    pub email: String,
    /// Its admin's password.
    pub password: Secret,
}

impl Call for CreateOrganization {
    type Answer = Arc<Organization>;

    fn kind(&self) -> Kind {
        Kind::Write
    }

    fn label(&self) -> Option<String> {
        Some(format!("creating {}", self.name))
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<Arc<Organization>, Error> {
        let request = service::CreateOrganization {
            name: self.name.clone(),
            admin_email: self.email.clone(),
            admin_password: self.password.expose(),
        };
        let (session, operation) = (context.session()?, OperationId::random());
        context.service.create_organization(Some(session), request, operation).await.map(Arc::new)
    }
}

/// Changes an organization.
#[derive(Debug, PartialEq)]
pub struct UpdateOrganization {
    /// As it was when it was shown.
    pub shown: Arc<Organization>,
    /// The new name, if it differs.
    pub name: Option<String>,
    /// The new email, if it differs.
    pub email: Option<String>,
    /// The new password.
    pub password: Option<Secret>,
    /// The present password of an admin.
    pub current: Option<Secret>,
}

impl Call for UpdateOrganization {
    type Answer = Arc<Organization>;

    fn kind(&self) -> Kind {
        Kind::Write
    }

    fn label(&self) -> Option<String> {
        let what = if self.name.is_some() { "renaming" } else { "changing" };
        Some(format!("{what} {}", self.shown.name))
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<Arc<Organization>, Error> {
        let request = service::UpdateOrganization {
            name: self.name.clone(),
            admin_email: self.email.clone(),
            admin_password: self.password.as_ref().map(Secret::expose),
            current_password: self.current.as_ref().map(Secret::expose),
            is_legacy: false,
            expected: Some(self.shown.epoch),
        };
        let reference = OrganizationReference::Id(self.shown.id);
        let (session, operation) = (context.session()?, OperationId::random());
        context.service.update_organization(session, &reference, request, operation).await.map(Arc::new)
    }
}

/// Puts a deleted organization back.
#[derive(Debug, PartialEq)]
pub struct RestoreOrganization {
    /// As it was shown in the trash.
    pub shown: Arc<Organization>,
    /// The new name, if it differs.
    pub name: Option<String>,
    /// The new email, if it differs.
    pub email: Option<String>,
    /// The new password.
    pub password: Option<Secret>,
}

impl Call for RestoreOrganization {
    type Answer = Arc<Organization>;

    fn kind(&self) -> Kind {
        Kind::Write
    }

    fn label(&self) -> Option<String> {
        Some(format!("restoring {}", self.shown.name))
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<Arc<Organization>, Error> {
        let request = service::RestoreOrganization {
            name: self.name.clone(),
            admin_email: self.email.clone(),
            admin_password: self.password.as_ref().map(Secret::expose),
            expected: None,
        };
        let reference = OrganizationReference::Id(self.shown.id);
        let (session, operation) = (context.session()?, OperationId::random());
        context.service.restore_organization(session, &reference, request, operation).await.map(Arc::new)
    }
}

/// Adds an operator.
#[derive(Debug, PartialEq)]
pub struct AddOperator {
    /// The email.
    pub email: String,
    /// The password.
    pub password: Secret,
}

impl Call for AddOperator {
    type Answer = Account;

    fn kind(&self) -> Kind {
        Kind::Write
    }

    fn label(&self) -> Option<String> {
        Some(format!("adding {}", self.email))
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<Account, Error> {
        let (session, operation) = (context.session()?, OperationId::random());
        context.service.add_operator(session, &self.email, self.password.expose(), operation).await
    }
}

/// Gives another operator a new password.
#[derive(Debug, PartialEq)]
pub struct SetOperatorPassword {
    /// The account as it was when it was shown.
    pub shown: Account,
    /// The new one.
    pub password: Secret,
}

impl Call for SetOperatorPassword {
    type Answer = Account;

    fn kind(&self) -> Kind {
        Kind::Write
    }

    fn label(&self) -> Option<String> {
        Some(format!("setting the password of {}", self.shown.email))
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<Account, Error> {
        let (session, operation) = (context.session()?, OperationId::random());
        let password = self.password.expose();
        context.service.set_operator_password(session, &self.shown, password, operation).await
    }
}

/// Changes the own account.
#[derive(Debug, PartialEq)]
pub struct UpdateOwnAccount {
    /// The new email, if it differs.
    pub email: Option<String>,
    /// The new password.
    pub password: Option<Secret>,
    /// The present password.
    pub current: Option<Secret>,
}

impl Call for UpdateOwnAccount {
    /// The account as it is now; its sessions are over.
    type Answer = OwnAccount;

    fn kind(&self) -> Kind {
        Kind::Write
    }

    fn label(&self) -> Option<String> {
        Some("changing your account".to_owned())
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<OwnAccount, Error> {
        let request = service::UpdateOwnAccount {
            email: self.email.clone(),
            password: self.password.as_ref().map(Secret::expose),
            current_password: self.current.as_ref().map(Secret::expose),
        };
        context.service.update_own_account(context.session()?, request, OperationId::random()).await
    }
}
