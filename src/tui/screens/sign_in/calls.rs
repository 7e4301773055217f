//! The calls of the sign-in: none of them needs a session.

use crate::domain::AccessToken;
use crate::service::{Error, OperationId, SignedIn};
use crate::tui::effect::{Call, CallContext, Kind};
use crate::tui::secret::Secret;

/// Whether the store has its first operator.
#[derive(Debug, PartialEq)]
pub struct IsInitialized;

impl Call for IsInitialized {
    type Answer = bool;

    fn needs_session(&self) -> bool {
        false
    }

    fn label(&self) -> Option<String> {
        Some("connecting".to_owned())
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<bool, Error> {
        context.service.is_initialized().await
    }
}

/// Makes the store with its first operator.
#[derive(Debug, PartialEq)]
pub struct Initialize {
    /// The email.
    pub email: String,
    /// The password.
    pub password: Secret,
}

impl Call for Initialize {
    type Answer = ();

    fn kind(&self) -> Kind {
        Kind::Write
    }

    fn needs_session(&self) -> bool {
        false
    }

    fn label(&self) -> Option<String> {
        Some("creating the first operator".to_owned())
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<(), Error> {
        let password = self.password.expose();
        context.service.initialize(&self.email, password, OperationId::random()).await?;
        Ok(())
    }
}

/// Signs in.
#[derive(Debug, PartialEq)]
pub struct SignInCall {
    /// The email.
    pub email: String,
    /// The password.
    pub password: Secret,
}

impl Call for SignInCall {
    type Answer = SignedIn;

    fn kind(&self) -> Kind {
        Kind::Session
    }

    fn needs_session(&self) -> bool {
        false
    }

    fn label(&self) -> Option<String> {
        Some("signing in".to_owned())
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<SignedIn, Error> {
        context.service.sign_in(&self.email, &self.password.expose()).await
    }
}

/// Whose a session is that was made before.
#[derive(Debug)]
pub struct Resume {
    /// The token as it was kept.
    pub token: AccessToken,
}

impl PartialEq for Resume {
    /// There is one of a console at most.
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Call for Resume {
    type Answer = SignedIn;

    fn needs_session(&self) -> bool {
        false
    }

    fn label(&self) -> Option<String> {
        Some("connecting".to_owned())
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<SignedIn, Error> {
        let principal = context.service.who_am_i(&self.token).await?;
        Ok(SignedIn { token: self.token.clone(), principal, warnings: Vec::new() })
    }
}
