//! `org create` and `update`.

use super::reference;
use crate::cli::arguments::{CurrentPasswordArgs, DryRunArgs, OperationArgs, PasswordArgs, Target};
use crate::cli::context::Context;
use crate::cli::exit::Failure;
use crate::cli::output::Would;
use crate::domain::{AccessToken, Principal, Role};
use crate::service::{CreateOrganization, Error, UpdateOrganization};
use crate::wire::{self, DryRun};
use secrecy::SecretString;

/// The requested values of a new organization.
pub(super) struct NewAsked<'a> {
    pub(super) name: &'a str,
    pub(super) admin_email: Option<&'a str>,
    pub(super) password: &'a PasswordArgs,
}

pub(super) async fn create(
    context: &Context<'_>,
    asked: NewAsked<'_>,
    operation_args: OperationArgs,
    dry_run: DryRunArgs,
) -> Result<(), Failure> {
    let token = match context.session().await? {
        Some(token) => Some(token),
        None if context.settings.open_registration => None,
        None => Some(context.required_session().await?),
    };
    let request = |admin_email: String, admin_password: SecretString| CreateOrganization {
        name: asked.name.to_owned(),
        admin_email,
        admin_password,
    };
    if dry_run.dry_run {
        let Some(email) = asked.admin_email else {
            return Err(Failure::usage("A dry run does not prompt.", "Pass --admin-email."));
        };
        let password = context.input.given(asked.password).await?;
        let has_password = password.is_some();
        let request = request(email.to_owned(), password.unwrap_or_default());
        let call = context.service.preview_create(token.as_ref(), request, has_password);
        return context.show(&DryRun::of(wire::Organization::from(&context.reads(call).await?))).await;
    }
    let admin_email = match asked.admin_email {
        Some(email) => email.to_owned(),
        None => context.input.line("Admin email", "--admin-email").await?,
    };
    let operation = operation_args.id();
    if context.input.can_ask() && !asked.password.is_given() {
        // Do not ask for a password if the organization would be refused anyway.
        let asked = request(admin_email.clone(), SecretString::default());
        let preview = context.service.preview_create(token.as_ref(), asked, false);
        context.looks(operation_args, preview).await?;
    }
    let prompt = "Admin password (8 to 72 bytes)";
    let admin_password = context.input.new_password(asked.password, prompt).await?;
    let request = request(admin_email, admin_password);
    let call = context.service.create_organization(token.as_ref(), request, operation);
    let created = context.writes(operation, call).await?;
    context.show_done(&wire::Organization::from(&created)).await
}

/// The requested changes.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) new_name: &'a Option<String>,
    pub(super) admin_email: &'a Option<String>,
    pub(super) password: &'a PasswordArgs,
    pub(super) current: &'a CurrentPasswordArgs,
}

impl Asked<'_> {
    fn changes_account(self) -> bool {
        self.admin_email.is_some() || self.password.is_given()
    }

    fn request(self, current: Option<SecretString>, new: Option<SecretString>) -> UpdateOrganization {
        UpdateOrganization {
            name: self.new_name.clone(),
            admin_email: self.admin_email.clone(),
            admin_password: new,
            current_password: current,
            is_legacy: false,
            expected: None,
        }
    }
}

pub(super) async fn update(
    context: &Context<'_>,
    target: &Target,
    asked: Asked<'_>,
    operation_args: OperationArgs,
    dry_run: DryRunArgs,
) -> Result<(), Failure> {
    let sets_password = asked.password.is_given();
    if asked.new_name.is_none() && !asked.changes_account() {
        return Err(Error::NothingToChange.into());
    }
    let token = context.required_session().await?;
    let given = context.input.given_current(asked.current, asked.password).await?;
    if dry_run.dry_run {
        let request = asked.request(None, context.input.given(asked.password).await?);
        let target = reference(target);
        let call = context.service.preview_update(&token, &target, request, sets_password);
        let after = DryRun::of(wire::Organization::from(&context.reads(call).await?));
        let before = context.reads(context.service.organization(&token, &target)).await?;
        let before = wire::Organization::from(&before);
        return context.would(&Would { before, after, sets_password }).await;
    }
    // Only an admin changes its own account here, so only an admin is asked.
    let own = if asked.changes_account() { own_admin(context, &token).await? } else { None };
    let current = match given {
        None if own.is_some() => {
            Some(context.input.secret("Current password", "--current-password-file").await?)
        }
        given => given,
    };
    let new = if sets_password {
        Some(context.input.new_password(asked.password, "New admin password (8 to 72 bytes)").await?)
    } else {
        None
    };
    let operation = operation_args.id();
    let target = reference(target);
    let call = context.service.update_organization(&token, &target, asked.request(current, new), operation);
    let updated = Box::pin(context.writes(operation, call)).await?;
    let shown = wire::Organization::from(&updated);
    let print = context.show_done(&shown);
    match own {
        Some(own) if sets_password || updated.admin_email != own.email => context.signed_out(print).await,
        Some(_) | None => print.await,
    }
}

/// The signed-in admin, if it is one.
async fn own_admin(context: &Context<'_>, token: &AccessToken) -> Result<Option<Principal>, Failure> {
    let principal = context.reads(context.service.who_am_i(token)).await?;
    Ok(Some(principal).filter(|principal| principal.role == Role::Admin))
}
