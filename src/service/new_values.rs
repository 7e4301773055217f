//! The values that a write sets, checked by the current rules.

use super::Result;
use super::repeat::secret;
use super::writes::Writer;
use crate::domain::{Email, OrganizationName, Password, Principal};
use secrecy::SecretString;

/// What a write sets; `None` keeps a value.
#[derive(Debug, Clone, Default)]
pub(super) struct NewValues {
    pub(super) name: Option<OrganizationName>,
    pub(super) email: Option<Email>,
    pub(super) password: Option<Password>,
    /// A value was given that the caller has, and that a later rule refuses.
    pub(super) has_kept: bool,
    /// For a dry run: the write would ask for a password that is not given yet.
    password_to_come: bool,
}

impl NewValues {
    /// Parses typed values.
    ///
    /// # Errors
    /// The rules of names, emails and passwords.
    pub(super) fn parse(
        name: Option<&str>,
        email: Option<&str>,
        password: Option<SecretString>,
    ) -> Result<Self> {
        Ok(Self {
            name: name.map(OrganizationName::parse).transpose()?,
            email: email.map(Email::parse).transpose()?,
            password: password.map(Password::new).transpose()?,
            ..Self::default()
        })
    }

    /// Parses the values that a caller typed for its own organization, or an operator for any. What an admin has counts as
    /// kept where a later rule refuses it: rules judge new values only.
    ///
    /// # Errors
    /// The rules of names, emails and passwords.
    pub(super) fn of(
        caller: &Principal,
        name: Option<&str>,
        email: Option<&str>,
        password: Option<SecretString>,
    ) -> Result<Self> {
        let kept_name = name.filter(|name| caller.has_name(name) && OrganizationName::parse(name).is_err());
        let kept_email = email.filter(|email| caller.has_email(email) && Email::parse(email).is_err());
        let (name, email) = (name.xor(kept_name), email.xor(kept_email));
        let has_kept = kept_name.is_some() || kept_email.is_some();
        Ok(Self { has_kept, ..Self::parse(name, email, password)? })
    }

    pub(super) fn with_password_to_come(self, password_to_come: bool) -> Self {
        Self { password_to_come, ..self }
    }

    pub(super) fn sets_password(&self) -> bool {
        self.password_to_come || self.password.is_some()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.name.is_none() && self.email.is_none() && !self.sets_password()
    }

    /// These values in the request hash of a write to an organization.
    pub(super) fn fields_for<'a>(&'a self, reference: &'a str) -> [(&'static str, Option<&'a str>); 4] {
        [
            ("organization", Some(reference)),
            ("organization_name", self.name.as_ref().map(OrganizationName::display)),
            ("admin_email", self.email.as_ref().map(Email::as_str)),
            ("password", secret(self.password.as_ref().map(Password::secret))),
        ]
    }

    /// These values in the request hash of a change of one's own account.
    pub(super) fn account_fields(&self) -> [(&'static str, Option<&str>); 2] {
        [
            ("email", self.email.as_ref().map(Email::as_str)),
            ("password", secret(self.password.as_ref().map(Password::secret))),
        ]
    }
}

impl Writer {
    /// The hash of a new password, if there is one.
    pub(super) async fn hash(&self, password: Option<&Password>) -> Result<Option<SecretString>> {
        match password {
            Some(password) => self.passwords.hash(password).await.map(Some),
            None => Ok(None),
        }
    }
}
