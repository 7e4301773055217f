//! Accounts: admins and operators, and their passwords.

use super::OrganizationId;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Bytes of a password at least.
pub const MIN_PASSWORD_BYTES: usize = 8;
/// Bytes of a password at most: bcrypt reads no further.
pub const MAX_PASSWORD_BYTES: usize = 72;

/// Bytes of a password at most that an earlier service's account signs in with.
pub const MAX_TYPED_BYTES: usize = 4_096;

/// What identifies an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(pub Uuid);

/// What an account may do is decided by its role.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::EnumIter,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Role {
    /// Administrator of exactly one organization.
    Admin,
    /// Platform staff; manages every organization, belongs to none.
    Operator,
}

impl Role {
    /// The word in records, tokens and JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// An account as the store keeps it, without its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// What identifies it.
    pub id: AccountId,
    /// As typed.
    pub email: String,
    /// Admin or operator.
    pub role: Role,
    /// The organization of an admin; none for an operator.
    pub organization_id: Option<OrganizationId>,
    /// Raised by each change of email or password.
    pub version: i64,
    /// Raised by those and by signing out everywhere; a token carries the one it was made under.
    pub token_version: i64,
    /// Made when, in milliseconds.
    pub created_at: Timestamp,
    /// Changed when, in milliseconds.
    pub updated_at: Timestamp,
}

impl Account {
    /// Whether another record of the same account was written after this one.
    pub fn is_older_than(&self, other: &Self) -> bool {
        (self.version, self.token_version) < (other.version, other.token_version)
    }
}

/// The rule that a stored password follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordRule {
    /// Tenantry's own: [`Password`].
    Own,
    /// That of an earlier service: any length up to [`MAX_TYPED_BYTES`], verified over the first
    /// [`MAX_PASSWORD_BYTES`], no NUL. It holds until the password is changed.
    Earlier,
}

impl PasswordRule {
    /// The bytes of a typed password to verify; `None` if it cannot be a password by this rule.
    pub fn verified(self, typed: &SecretString) -> Option<&[u8]> {
        match self {
            Self::Own => Password::new(typed.clone()).is_ok().then(|| typed.expose_secret().as_bytes()),
            Self::Earlier => {
                let bytes = typed.expose_secret().as_bytes();
                let is_possible = bytes.len() <= MAX_TYPED_BYTES && !bytes.contains(&0);
                is_possible.then(|| bytes.get(..MAX_PASSWORD_BYTES).unwrap_or(bytes))
            }
        }
    }
}

/// Why a text cannot become a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Fewer than [`MIN_PASSWORD_BYTES`].
    #[error("A password has at least 8 bytes.")]
    TooShort,
    /// More than [`MAX_PASSWORD_BYTES`]; refused, never cut.
    #[error("A password has at most 72 bytes; this one has {0}.")]
    TooLong(usize),
    /// A NUL byte: bcrypt would take what follows for a repetition.
    #[error("A password has no NUL character.")]
    Nul,
}

/// A password that may be hashed: 8 to 72 bytes, taken verbatim, no NUL.
#[derive(Debug, Clone)]
pub struct Password(SecretString);

impl Password {
    /// Checks the shape.
    ///
    /// # Errors
    /// [`PasswordError`] says which rule it breaks, never what was typed.
    pub fn new(typed: SecretString) -> Result<Self, PasswordError> {
        let text = typed.expose_secret();
        match text.len() {
            0..MIN_PASSWORD_BYTES => Err(PasswordError::TooShort),
            _ if text.contains('\0') => Err(PasswordError::Nul),
            MIN_PASSWORD_BYTES..=MAX_PASSWORD_BYTES => Ok(Self(typed)),
            bytes => Err(PasswordError::TooLong(bytes)),
        }
    }

    /// The secret itself, for the pool that hashes it.
    pub fn secret(&self) -> &SecretString {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn password(text: &str) -> Result<(), PasswordError> {
        Password::new(text.into()).map(drop)
    }

    #[test]
    fn an_earlier_password_counts_with_its_first_72_bytes() {
        let verified = |text: &str| PasswordRule::Earlier.verified(&text.into()).map(<[u8]>::to_vec);
        assert_eq!(verified(""), Some(Vec::new()));
        assert_eq!(verified(&"x".repeat(73)), Some(vec![b'x'; 72]));
        // In the middle of a character.
        assert_eq!(verified(&"日".repeat(25)).map(|bytes| bytes.len()), Some(72));
        assert_eq!(verified(&format!("{}é", "x".repeat(71))).map(|bytes| bytes.len()), Some(72));
        assert!(verified(&"x".repeat(4_096)).is_some());
        assert_eq!(verified(&"x".repeat(4_097)), None);
        assert_eq!(verified("x\0y"), None);
        assert_eq!(PasswordRule::Own.verified(&"short".into()), None);
    }

    #[test]
    fn a_password_is_counted_in_bytes() {
        assert_eq!(password("1234567"), Err(PasswordError::TooShort));
        assert_eq!(password("12345678"), Ok(()));
        assert_eq!(password("äöüß"), Ok(()), "four characters, eight bytes");
        assert_eq!(password(&"x".repeat(72)), Ok(()));
        assert_eq!(password(&"x".repeat(73)), Err(PasswordError::TooLong(73)));
        assert_eq!(password(&"日".repeat(24)), Ok(()));
        assert_eq!(password(&"日".repeat(25)), Err(PasswordError::TooLong(75)));
        assert_eq!(password("12345678\0"), Err(PasswordError::Nul));
        assert_eq!(password("  spaces count  "), Ok(()));
    }

    #[test]
    fn a_password_is_not_printed() {
        let password = Password::new("correct horse".into()).unwrap();
        assert!(!format!("{password:?}").contains("horse"));
    }

    proptest! {
        #[test]
        fn only_the_length_of_a_password_matters(text in "[^\\x00]{0,90}") {
            let fits = (8..=72).contains(&text.len());
            prop_assert_eq!(password(&text).is_ok(), fits);
        }
    }
}
