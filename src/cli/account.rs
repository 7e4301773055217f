//! `account update`, and `operator password` for one's own account.

use super::arguments::{AccountCommand, CurrentPasswordArgs, DryRunArgs, OperationArgs, PasswordArgs};
use super::context::Context;
use super::exit::Failure;
use super::output::Would;
use crate::domain::AccessToken;
use crate::domain::text::visible;
use crate::service::{Error, UpdateOwnAccount};
use crate::wire;

pub(super) async fn run(context: &Context<'_>, command: &AccountCommand) -> Result<(), Failure> {
    let AccountCommand::Update { email, password, current, operation, dry } = command;
    if email.is_none() && !password.is_given() {
        return Err(Error::NothingToChange.into());
    }
    let token = context.required_session().await?;
    let new_password = if password.is_given() { Some(password) } else { None };
    let asked = OwnAsked { email: email.clone(), new_password, current };
    update_own(context, &token, asked, *operation, *dry).await
}

/// The requested changes of one's own account.
pub(super) struct OwnAsked<'a> {
    pub(super) email: Option<String>,
    pub(super) new_password: Option<&'a PasswordArgs>,
    pub(super) current: &'a CurrentPasswordArgs,
}

/// Changes one's own email, password, or both.
pub(super) async fn update_own(
    context: &Context<'_>,
    token: &AccessToken,
    asked: OwnAsked<'_>,
    operation: OperationArgs,
    dry_run: DryRunArgs,
) -> Result<(), Failure> {
    let OwnAsked { email, new_password: new, current } = asked;
    let none = PasswordArgs::default();
    let from = new.unwrap_or(&none);
    if dry_run.dry_run {
        context.input.given_current(current, from).await?;
        let request =
            UpdateOwnAccount { email, password: context.input.given(from).await?, current_password: None };
        let sets_password = new.is_some();
        let call = context.service.preview_own_account(token, request, sets_password);
        let own = context.reads(call).await?;
        let before = context.reads(context.service.who_am_i(token)).await?;
        let before = wire::Account::new(before.email, before.role);
        let after = wire::Account::new(own.email, own.role);
        return context.would(&Would { before, after, sets_password }).await;
    }
    // Do not ask for a password if the change would be refused anyway.
    let asked = UpdateOwnAccount { email: email.clone(), ..UpdateOwnAccount::default() };
    context.looks(operation, context.service.preview_own_account(token, asked, new.is_some())).await?;
    let current_password = Some(context.input.current(current, from).await?);
    let password = match new {
        Some(args) => Some(context.input.new_password(args, "New password (8 to 72 bytes)").await?),
        None => None,
    };
    let request = UpdateOwnAccount { email, password, current_password };
    let operation = operation.id();
    let call = context.service.update_own_account(token, request, operation);
    let own = Box::pin(context.writes(operation, call)).await?;
    if !own.is_changed {
        return context.say(&wire::Account::new(own.email, own.role), "Nothing is changed.").await;
    }
    let sentence = format!("The account {} is changed.", visible(&own.email));
    let value = wire::Account::new(own.email, own.role);
    context.signed_out(context.say_done(&value, &sentence)).await
}
