//! `operator add`, `list`, `remove`, `password`, and `account update`.

use super::arguments::{
    AccountCommand, CurrentPasswordArgs, DryRunArgs, OperatorCommand, PageArgs, PasswordArgs,
};
use super::audit::limit;
use super::context::Context;
use super::exit::Failure;
use super::output::records::{self, dry};
use crate::domain::text::visible;
use crate::domain::{AccessToken, Email, Role};
use crate::service::{Confirms, Error, OperationId, OwnAccount, UpdateOwnAccount};
use serde_json::json;

pub(super) async fn run(context: &Context<'_>, command: &OperatorCommand) -> Result<(), Failure> {
    match command {
        OperatorCommand::Add { email, password, dry } => add(context, email, password, *dry).await,
        OperatorCommand::List(page) => list(context, page).await,
        OperatorCommand::Remove { email, confirm, dry } => {
            remove(context, email, confirm.as_deref(), *dry).await
        }
        OperatorCommand::Password { email: Some(email), password, recover: true, dry, .. } => {
            recover(context, email, password, *dry).await
        }
        OperatorCommand::Password { email, password, current, dry, .. } => {
            set_password(context, email.as_deref(), password, current, *dry).await
        }
    }
}

pub(super) async fn account(context: &Context<'_>, command: &AccountCommand) -> Result<(), Failure> {
    let AccountCommand::Update { email, password, current, dry } = command;
    if email.is_none() && !password.is_given() {
        return Err(Error::NothingToChange.into());
    }
    let token = context.required_session().await?;
    let new = if password.is_given() { Some(password) } else { None };
    update_own(context, &token, email.clone(), new, current, *dry).await
}

async fn add(
    context: &Context<'_>,
    email: &str,
    password: &PasswordArgs,
    dry_run: DryRunArgs,
) -> Result<(), Failure> {
    let token = context.required_session().await?;
    if dry_run.dry_run {
        let password = context.input.given(password).await?;
        let email = context.reads(context.service.preview_add_operator(&token, email, password)).await?;
        let sentence = format!("Would add the operator {}.", visible(&email));
        return context.stdout.said(&dry(account_value(&email, Role::Operator)), &sentence);
    }
    // What would be refused is not worth a question.
    context.reads(context.service.preview_add_operator(&token, email, None)).await?;
    let password = context.input.new_password(password, "Password of the operator (8 to 72 bytes)").await?;
    let added = context.changes(context.service.add_operator(&token, email, password)).await?;
    let sentence = format!("Added the operator {}.", visible(&added.email));
    context.print_done(&account_value(&added.email, added.role), &sentence)
}

async fn list(context: &Context<'_>, page: &PageArgs) -> Result<(), Failure> {
    let token = context.required_session().await?;
    let mut cursor = page.cursor.clone();
    let mut items = Vec::new();
    loop {
        let call = context.service.operators(&token, limit(page), cursor.as_deref());
        let found = context.reads(call).await?;
        items.extend(found.items.iter().map(records::operator));
        match found.next_cursor {
            Some(next) if page.all => cursor = Some(next),
            next => return context.print_list(&items, next.as_deref()),
        }
    }
}

async fn remove(
    context: &Context<'_>,
    email: &str,
    confirm: Option<&str>,
    dry_run: DryRunArgs,
) -> Result<(), Failure> {
    if confirm.is_none() && !dry_run.dry_run && !context.input.can_ask() {
        return Err(Error::ConfirmationRequired(Confirms::Operator).into());
    }
    let token = context.required_session().await?;
    if dry_run.dry_run {
        let call = context.service.preview_remove_operator(&token, email, confirm);
        let account = context.reads(call).await?;
        let value = dry(json!({ "email": account.email, "removed": true }));
        let sentence = format!("Would remove the operator {}.", visible(&account.email));
        return context.stdout.said(&value, &sentence);
    }
    let confirm = if let Some(confirm) = confirm {
        confirm.to_owned()
    } else {
        let call = context.service.preview_remove_operator(&token, email, None);
        let account = context.reads(call).await?;
        context.stderr.question(&format!(
            "This removes the operator {}; its sessions end at once.\n",
            visible(&account.email)
        ));
        context.input.line("Type the email to remove it", "--confirm").await?
    };
    let own = context.reads(context.service.who_am_i(&token)).await?;
    let removed = context.changes(context.service.remove_operator(&token, email, &confirm)).await?;
    let sentence = format!("Removed the operator {}.", visible(&removed.email));
    if own.account_id == removed.id {
        context.session_ended()?;
    }
    context.print_done(&json!({ "email": removed.email, "removed": true }), &sentence)
}

async fn recover(
    context: &Context<'_>,
    email: &str,
    password: &PasswordArgs,
    dry_run: DryRunArgs,
) -> Result<(), Failure> {
    let password = if dry_run.dry_run {
        context.input.given(password).await?
    } else {
        context.reads(context.service.preview_recover_operator(email, None)).await?;
        Some(context.input.new_password(password, "New password (8 to 72 bytes)").await?)
    };
    let account = match password {
        Some(password) if !dry_run.dry_run => {
            context.changes(context.service.recover_operator(email, password)).await?
        }
        password => context.reads(context.service.preview_recover_operator(email, password)).await?,
    };
    print_password(context, &account.email, account.role, dry_run)
}

async fn set_password(
    context: &Context<'_>,
    email: Option<&str>,
    password: &PasswordArgs,
    current: &CurrentPasswordArgs,
    dry_run: DryRunArgs,
) -> Result<(), Failure> {
    let token = context.required_session().await?;
    let own = context.reads(context.service.who_am_i(&token)).await?;
    let other = email.filter(|email| Email::key_of(email) != Email::key_of(&own.email));
    let Some(email) = other else {
        return update_own(context, &token, None, Some(password), current, dry_run).await;
    };
    if current.current_password_file.is_some() {
        return Err(Failure::usage(
            "--current-password-file is for your own password, and this is another operator's.",
            "Leave it out.",
        ));
    }
    let given = if dry_run.dry_run { context.input.given(password).await? } else { None };
    // Who it is about comes before the question for a password.
    let account = context.reads(context.service.preview_operator_password(&token, email, given)).await?;
    if !dry_run.dry_run {
        let prompt = format!("New password of {} (8 to 72 bytes)", visible(&account.email));
        let new = context.input.new_password(password, &prompt).await?;
        context.changes(context.service.set_operator_password(&token, email, new)).await?;
    }
    print_password(context, &account.email, account.role, dry_run)
}

fn print_password(
    context: &Context<'_>,
    email: &str,
    role: Role,
    dry_run: DryRunArgs,
) -> Result<(), Failure> {
    let value = account_value(email, role);
    if dry_run.dry_run {
        let sentence = format!("Would set a new password for {}.", visible(email));
        return context.stdout.said(&dry(value), &sentence);
    }
    let sentence = format!("{} has a new password; its sessions have ended.", visible(email));
    context.print_done(&value, &sentence)
}

/// The own email, the own password, or both; `new` says where a new password comes from.
async fn update_own(
    context: &Context<'_>,
    token: &AccessToken,
    email: Option<String>,
    new: Option<&PasswordArgs>,
    current: &CurrentPasswordArgs,
    dry_run: DryRunArgs,
) -> Result<(), Failure> {
    let none = PasswordArgs::default();
    let from = new.unwrap_or(&none);
    if dry_run.dry_run {
        context.input.given_current(current, from).await?;
        let request =
            UpdateOwnAccount { email, password: context.input.given(from).await?, current_password: None };
        let has_password = new.is_some();
        let call = context.service.preview_own_account(token, request, has_password);
        let own = context.reads(call).await?;
        let sentence = if own.is_changed {
            format!("Would change the account {}.", visible(&own.email))
        } else {
            "Nothing would be changed.".to_owned()
        };
        return context.stdout.said(&dry(own_value(&own)), &sentence);
    }
    // What would be refused is not worth a question.
    let asked = UpdateOwnAccount { email: email.clone(), ..UpdateOwnAccount::default() };
    context.reads(context.service.preview_own_account(token, asked, new.is_some())).await?;
    let current_password = Some(context.input.current(current, from).await?);
    let password = match new {
        Some(args) => Some(context.input.new_password(args, "New password (8 to 72 bytes)").await?),
        None => None,
    };
    let request = UpdateOwnAccount { email, password, current_password };
    let operation = OperationId::random();
    let call = context.service.update_own_account(token, request, operation);
    let own = Box::pin(context.changes(call)).await?;
    if !own.is_changed {
        return context.stdout.said(&own_value(&own), "Nothing is changed.");
    }
    let sentence = format!("The account {} is changed.", visible(&own.email));
    context.session_ended()?;
    context.print_done(&own_value(&own), &sentence)
}

fn account_value(email: &str, role: Role) -> serde_json::Value {
    json!({ "email": email, "role": role })
}

fn own_value(own: &OwnAccount) -> serde_json::Value {
    account_value(&own.email, own.role)
}
