//! What a form is for: its fields, what they were loaded with, what is sent, and what is said once it is done.

use crate::domain::{Account, Organization};
use crate::tui::widgets::fields::{Field, Fields, Key};
use crate::tui::widgets::text_input::TextInput;
use std::sync::Arc;

const NEW_PASSWORD: &str = "8 to 72 bytes";
const KEPT_PASSWORD: &str = "8 to 72 bytes; empty keeps the present one";

/// What a form is for.
#[derive(Debug)]
pub(super) enum Purpose {
    /// A new organization.
    Create,
    /// Another name, email or password of an organization.
    Edit {
        /// As it was shown.
        shown: Arc<Organization>,
        /// Whether it is the own one of an admin: then email and password want the present password.
        is_own: bool,
    },
    /// A deleted organization as it is put back, with another name or email where the old one is taken.
    Restore(Arc<Organization>),
    /// A new operator.
    AddOperator,
    /// A new password of another operator.
    OperatorPassword(Account),
    /// A new password of the account that is signed in, with this email.
    OwnPassword(String),
    /// Another email or password of the account that is signed in, with this email.
    OwnAccount(String),
}

impl Purpose {
    /// The empty fields, or those with what is known.
    pub(super) fn fields(&self) -> Fields {
        let plain = |key, label, text: &str| Field::new(key, label, TextInput::new(text));
        let secret = |key, label| Field::new(key, label, TextInput::secret());
        match self {
            Self::Create => Fields::new(vec![
                plain(Key::Name, "Name", ""),
                plain(Key::Email, "Admin email", "").help("signs in with it"),
                secret(Key::Password, "Admin password").help(NEW_PASSWORD),
                secret(Key::Again, "Again"),
            ]),
            Self::Edit { shown, is_own } => {
                let mut fields = vec![
                    plain(Key::Name, "Name", &shown.name),
                    plain(Key::Email, "Admin email", &shown.admin_email),
                    secret(Key::Password, "New password").help(KEPT_PASSWORD),
                    secret(Key::Again, "Again"),
                ];
                if *is_own {
                    let current = secret(Key::Current, "Current password");
                    fields.push(current.help("needed to change email or password"));
                }
                Fields { fields, focus: 0 }
            }
            Self::Restore(shown) => Fields {
                fields: vec![
                    plain(Key::Name, "Name", &shown.name),
                    plain(Key::Email, "Admin email", &shown.admin_email),
                    secret(Key::Password, "New password").help(KEPT_PASSWORD),
                    secret(Key::Again, "Again"),
                ],
                focus: 0,
            },
            Self::AddOperator => Fields::new(vec![
                plain(Key::Email, "Email", "").help("signs in with it, and manages every organization"),
                secret(Key::Password, "Password").help(NEW_PASSWORD),
                secret(Key::Again, "Again"),
            ]),
            Self::OperatorPassword(_) => Fields::new(vec![
                secret(Key::Password, "New password")
                    .help("8 to 72 bytes; every session of the account ends"),
                secret(Key::Again, "Again"),
            ]),
            Self::OwnPassword(_) => Fields::new(vec![
                secret(Key::Password, "New password").help("8 to 72 bytes; you sign in again with it"),
                secret(Key::Again, "Again"),
                secret(Key::Current, "Current password"),
            ]),
            Self::OwnAccount(email) => {
                let fields = vec![
                    plain(Key::Email, "Email", email).help("you sign in with it"),
                    secret(Key::Password, "New password").help(KEPT_PASSWORD),
                    secret(Key::Again, "Again"),
                    secret(Key::Current, "Current password")
                        .help("needed for a change, after which you sign in again"),
                ];
                Fields { fields, focus: 0 }
            }
        }
    }

    /// What stands above the fields: what it is, and of what.
    pub(super) fn title(&self) -> (&'static str, &str) {
        match self {
            Self::Create => ("New organization", ""),
            Self::Edit { shown, .. } => ("Edit", &shown.name),
            Self::Restore(shown) => ("Restore", &shown.name),
            Self::AddOperator => ("New operator", ""),
            Self::OperatorPassword(account) => ("New password of", &account.email),
            Self::OwnPassword(email) => ("Your password", email),
            Self::OwnAccount(email) => ("Your account", email),
        }
    }

    /// The organization that is edited.
    pub(super) fn organization(&self) -> Option<&Arc<Organization>> {
        match self {
            Self::Edit { shown, .. } => Some(shown),
            Self::Create
            | Self::Restore(_)
            | Self::AddOperator
            | Self::OperatorPassword(_)
            | Self::OwnPassword(_)
            | Self::OwnAccount(_) => None,
        }
    }

    /// The other account that is changed.
    pub(super) fn account(&self) -> Option<&Account> {
        match self {
            Self::OperatorPassword(account) => Some(account),
            Self::Create
            | Self::Edit { .. }
            | Self::Restore(_)
            | Self::AddOperator
            | Self::OwnPassword(_)
            | Self::OwnAccount(_) => None,
        }
    }

    /// What a field was loaded with.
    pub(super) fn loaded(&self, key: Key) -> &str {
        match (self, key) {
            (Self::Edit { shown, .. } | Self::Restore(shown), Key::Name) => &shown.name,
            (Self::Edit { shown, .. } | Self::Restore(shown), Key::Email) => &shown.admin_email,
            (Self::OwnAccount(email), Key::Email) => email,
            (_, Key::Name | Key::Email | Key::Password | Key::Again | Key::Current | Key::File) => "",
        }
    }

    /// Whether there is nothing to save without a password.
    pub(super) fn wants_password(&self) -> bool {
        match self {
            Self::Create | Self::AddOperator | Self::OperatorPassword(_) | Self::OwnPassword(_) => true,
            Self::Edit { .. } | Self::Restore(_) | Self::OwnAccount(_) => false,
        }
    }

    /// Whether it does something with every field as it was loaded.
    pub(super) fn is_done_unchanged(&self) -> bool {
        matches!(self, Self::Restore(_))
    }

    /// Whether a field differs from what it was loaded with.
    pub(super) fn differs(&self, fields: &Fields, key: Key) -> bool {
        fields.value(key) != self.loaded(key)
    }

    /// Whether what is typed changes the own account: that needs the present password, and ends its sessions.
    pub(super) fn changes_own_account(&self, fields: &Fields) -> bool {
        let is_own = match self {
            Self::Edit { is_own, .. } => *is_own,
            Self::OwnPassword(_) | Self::OwnAccount(_) => true,
            Self::Create | Self::Restore(_) | Self::AddOperator | Self::OperatorPassword(_) => false,
        };
        is_own && (self.differs(fields, Key::Email) || self.differs(fields, Key::Password))
    }
}
