//! `--headless`, `init`, `login`, `logout`, `whoami`.

use super::Cli;
use super::arguments::{Credentials, OperationArgs};
use super::context::Context;
use super::exit::Failure;
use crate::domain::{AccessToken, Email, Role, Warning, WarningCode, text::visible};
use crate::service::{Error, SignedIn};
use crate::wire::{self, Time};
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;

/// A sign-in waits this long by itself when it is throttled.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) async fn headless(context: &Context<'_>, cli: &Cli) -> Result<(), Failure> {
    let email = cli.email.clone().unwrap_or_default();
    let password = context.input.password(&cli.password, "Password").await?;
    let signed = sign_in(context, &email, &password).await?;
    if !cli.no_save {
        context.keep(&signed).await?;
    }
    context.say(&with_token(context, &signed), signed.token.0.expose_secret()).await
}

pub(super) async fn init(
    context: &Context<'_>,
    credentials: &Credentials,
    operation: OperationArgs,
) -> Result<(), Failure> {
    let preview = async {
        if context.service.is_initialized().await? { Err(Error::AlreadyInitialized) } else { Ok(()) }
    };
    context.looks(operation, preview).await?;
    let email = email(context, credentials).await?;
    Email::parse(&email).map_err(Error::from)?;
    let password = context.input.new_password(&credentials.password, "Password (8 to 72 bytes)").await?;
    let operation = operation.id();
    let call = context.service.initialize(&email, password, operation);
    let email = context.writes(operation, call).await?;
    let sentence = format!(
        "{} is the first operator of {}. Sign in with: tenantry",
        visible(&email),
        visible(&context.service.place().full)
    );
    context.say(&wire::Account::new(email, Role::Operator), &sentence).await
}

pub(super) async fn login(context: &Context<'_>, credentials: &Credentials) -> Result<(), Failure> {
    if !context.reads(context.service.is_initialized()).await? {
        return Err(Error::NotInitialized.into());
    }
    let email = email(context, credentials).await?;
    let password = context.input.password(&credentials.password, "Password").await?;
    let signed = sign_in(context, &email, &password).await?;
    context.keep(&signed).await?;
    if context.settings.token.is_some() {
        let message = "TENANTRY_TOKEN is set and takes precedence over this session.";
        context.stderr.warning(&Warning::new(WarningCode::TokenWins, message));
    }
    let principal = &signed.principal;
    let sentence = format!(
        "Signed in as {} ({}) until {}.",
        visible(&principal.email),
        principal.role,
        Time(principal.claims.expires_at())
    );
    context.say(&with_token(context, &signed), &sentence).await
}

pub(super) async fn logout(context: &Context<'_>, everywhere: bool) -> Result<(), Failure> {
    let session = match &context.settings.token {
        Some(token) => Some(AccessToken(token.clone())),
        // Too short-lived for a renewal.
        None => context.kept_session().await?,
    };
    let ended = match session {
        None => false,
        Some(token) => {
            context.used.replace(Some(token.clone()));
            let call = context.service.sign_out(&token, everywhere);
            match context.changes(call).await {
                Ok(()) => true,
                // A session that has already ended counts as none.
                // But `--everywhere` reports it: other sessions may still be valid.
                Err(Failure::Service(error)) if everywhere && error.ends_session() => {
                    context.forget_session().await?;
                    return Err(error.into());
                }
                Err(Failure::Service(error)) if error.ends_session() || error == Error::NotInitialized => {
                    false
                }
                Err(other) => return Err(other),
            }
        }
    };
    context.forget_session().await?;
    let sentence = match (ended, everywhere) {
        (true, true) => "Signed out everywhere.",
        (true, false) => "Signed out.",
        (false, _) => "There was no session.",
    };
    context.say(&wire::Logout { ended, everywhere }, sentence).await
}

pub(super) async fn whoami(context: &Context<'_>) -> Result<(), Failure> {
    let token = context.required_session().await?;
    let principal = context.reads(context.service.who_am_i(&token)).await?;
    let place = context.service.place();
    let store = format!("{}: {}", place.kind.as_str(), place.full);
    let from = context.settings.store_from.as_str();
    let mut value = wire::WhoAmI::new(&principal, context.service.now(), store, from);
    let warnings = context.reads(context.service.store_warnings()).await?;
    value.warnings = context.tell_warnings(&warnings);
    context.show(&value).await
}

async fn email(context: &Context<'_>, credentials: &Credentials) -> Result<String, Failure> {
    match &credentials.email {
        Some(email) => Ok(email.clone()),
        None => context.input.line("Email", "--email").await,
    }
}

async fn sign_in(context: &Context<'_>, email: &str, password: &SecretString) -> Result<SignedIn, Failure> {
    let signed = patient_sign_in(context, email, password).await?;
    for warning in &signed.warnings {
        context.stderr.warning(warning);
    }
    Ok(signed)
}

async fn patient_sign_in(
    context: &Context<'_>,
    email: &str,
    password: &SecretString,
) -> Result<SignedIn, Failure> {
    match context.reads(context.service.sign_in(email, password)).await {
        Err(Failure::Service(Error::Throttled { retry_after })) if retry_after.unsigned_abs() <= PATIENCE => {
            let wait = tokio::time::sleep(retry_after.unsigned_abs());
            context
                .reads(async {
                    wait.await;
                    Ok(())
                })
                .await?;
            context.reads(context.service.sign_in(email, password)).await
        }
        other => other,
    }
}

fn with_token(context: &Context<'_>, signed: &SignedIn) -> wire::Login {
    wire::Login::new(signed.token.clone(), &signed.principal, context.service.now())
}
