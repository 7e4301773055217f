//! `operator add`, `list`, `remove`, `password`.

use super::account::{OwnAsked, update_own};
use super::arguments::{
    CurrentPasswordArgs, DryRunArgs, OperationArgs, OperatorCommand, PageArgs, PasswordArgs,
};
use super::context::Context;
use super::exit::Failure;
use super::printing::Rows;
use crate::domain::text::{quoted, visible};
use crate::domain::{Email, Role};
use crate::service::{Confirms, Error};
use crate::wire::{self, DryRun};

pub(super) async fn run(context: &Context<'_>, command: &OperatorCommand) -> Result<(), Failure> {
    let done = dispatch(context, command).await;
    let email = match command {
        OperatorCommand::Remove { email, .. } | OperatorCommand::Password { email: Some(email), .. } => email,
        OperatorCommand::Add { .. } | OperatorCommand::List(_) | OperatorCommand::Password { .. } => {
            return done;
        }
    };
    match done {
        Err(failure) if failure.refusal() == Some(&Error::OperatorNotFound) => {
            Err(failure.explained(format!("No operator has the email {}.", quoted(email)), None))
        }
        done => done,
    }
}

async fn dispatch(context: &Context<'_>, command: &OperatorCommand) -> Result<(), Failure> {
    match command {
        OperatorCommand::Add { email, password, operation, dry } => {
            add(context, email, password, *operation, *dry).await
        }
        OperatorCommand::List(page) => list(context, page).await,
        OperatorCommand::Remove { email, confirm, operation, dry } => {
            remove(context, email, confirm.as_deref(), *operation, *dry).await
        }
        OperatorCommand::Password { email: Some(email), password, recover: true, operation, dry, .. } => {
            recover(context, email, password, *operation, *dry).await
        }
        OperatorCommand::Password { email, password, current, operation, dry, .. } => {
            let asked = PasswordAsked { email: email.as_deref(), password, current };
            set_password(context, asked, *operation, *dry).await
        }
    }
}

async fn add(
    context: &Context<'_>,
    email: &str,
    password: &PasswordArgs,
    operation: OperationArgs,
    dry_run: DryRunArgs,
) -> Result<(), Failure> {
    let token = context.required_session().await?;
    if dry_run.dry_run {
        let password = context.input.given(password).await?;
        let email = context.reads(context.service.preview_add_operator(&token, email, password)).await?;
        let sentence = format!("Would add the operator {}.", visible(&email));
        return context.say(&DryRun::of(wire::Account::new(email, Role::Operator)), &sentence).await;
    }
    // Do not ask for a password if the operator would be refused anyway.
    context.looks(operation, context.service.preview_add_operator(&token, email, None)).await?;
    let password = context.input.new_password(password, "Password of the operator (8 to 72 bytes)").await?;
    let operation = operation.id();
    let call = context.service.add_operator(&token, email, password, operation);
    let added = Box::pin(context.writes(operation, call)).await?;
    let sentence = format!("Added the operator {}.", visible(&added.email));
    context.say_done(&wire::Account::new(added.email, added.role), &sentence).await
}

async fn list(context: &Context<'_>, page: &PageArgs) -> Result<(), Failure> {
    let token = context.required_session().await?;
    let read = async |cursor: Option<String>| {
        let call = context.service.operators(&token, page.rows(), cursor.as_deref());
        let found = context.reads(call).await?;
        Ok(Rows {
            items: found.items.iter().map(wire::Operator::from).collect(),
            next_cursor: found.next_cursor,
        })
    };
    context.print_pages(page, read).await
}

async fn remove(
    context: &Context<'_>,
    email: &str,
    confirm: Option<&str>,
    operation: OperationArgs,
    dry_run: DryRunArgs,
) -> Result<(), Failure> {
    if confirm.is_none() && !dry_run.dry_run && !context.input.can_ask() {
        return Err(Error::ConfirmationRequired(Confirms::Operator).into());
    }
    let token = context.required_session().await?;
    if dry_run.dry_run {
        let call = context.service.preview_remove_operator(&token, email, confirm);
        let account = context.reads(call).await?;
        let value = DryRun::of(wire::RemovedOperator::new(account.email.as_str()));
        let sentence = format!("Would remove the operator {}.", visible(&account.email));
        return context.say(&value, &sentence).await;
    }
    let confirm = if let Some(confirm) = confirm {
        confirm.to_owned()
    } else {
        let preview = context.service.preview_remove_operator(&token, email, None);
        if let Some(account) = context.looks(operation, preview).await? {
            context.stderr.question(&format!(
                "This removes the operator {}; its sessions end immediately.\n",
                visible(&account.email)
            ));
        }
        context.input.line("Type the email to remove it", "--confirm").await?
    };
    let operation = operation.id();
    let call = context.service.remove_operator(&token, email, &confirm, operation);
    let removed = Box::pin(context.writes(operation, call)).await?;
    let sentence = format!("Removed the operator {}.", visible(&removed.email));
    let value = wire::RemovedOperator::new(removed.email);
    let print = context.say_done(&value, &sentence);
    if removed.ends_session { context.signed_out(print).await } else { print.await }
}

async fn recover(
    context: &Context<'_>,
    email: &str,
    password: &PasswordArgs,
    operation: OperationArgs,
    dry_run: DryRunArgs,
) -> Result<(), Failure> {
    let account = if dry_run.dry_run {
        let password = context.input.given(password).await?;
        context.reads(context.service.preview_recover_operator(email, password)).await?
    } else {
        context.looks(operation, context.service.preview_recover_operator(email, None)).await?;
        let password = context.input.new_password(password, "New password (8 to 72 bytes)").await?;
        let operation = operation.id();
        Box::pin(context.writes(operation, context.service.recover_operator(email, password, operation)))
            .await?
    };
    print_password(context, &account.email, account.role, dry_run).await
}

/// The requested new password; without an email, one's own.
struct PasswordAsked<'a> {
    email: Option<&'a str>,
    password: &'a PasswordArgs,
    current: &'a CurrentPasswordArgs,
}

async fn set_password(
    context: &Context<'_>,
    asked: PasswordAsked<'_>,
    operation: OperationArgs,
    dry_run: DryRunArgs,
) -> Result<(), Failure> {
    let PasswordAsked { email, password, current } = asked;
    let token = context.required_session().await?;
    let own = context.reads(context.service.who_am_i(&token)).await?;
    let other = email.filter(|email| Email::key_of(email) != Email::key_of(&own.email));
    let Some(email) = other else {
        let asked = OwnAsked { email: None, new_password: Some(password), current };
        return update_own(context, &token, asked, operation, dry_run).await;
    };
    if current.current_password_file.is_some() {
        return Err(Failure::usage(
            "--current-password-file is for your own password, and this is another operator's.",
            "Leave it out.",
        ));
    }
    let account = if dry_run.dry_run {
        let given = context.input.given(password).await?;
        context.reads(context.service.preview_operator_password(&token, email, given)).await?
    } else {
        let preview = context.service.preview_operator_password(&token, email, None);
        let found = context.looks(operation, preview).await?;
        let shown = found.as_ref().map_or(email, |account| &account.email);
        let prompt = format!("New password of {} (8 to 72 bytes)", visible(shown));
        let new = context.input.new_password(password, &prompt).await?;
        let operation = operation.id();
        let call = context.service.set_operator_password(&token, email, new, operation);
        Box::pin(context.writes(operation, call)).await?
    };
    print_password(context, &account.email, account.role, dry_run).await
}

async fn print_password(
    context: &Context<'_>,
    email: &str,
    role: Role,
    dry_run: DryRunArgs,
) -> Result<(), Failure> {
    let value = wire::Account::new(email, role);
    if dry_run.dry_run {
        let sentence = format!("Would set a new password for {}.", visible(email));
        return context.say(&DryRun::of(value), &sentence).await;
    }
    let sentence = format!("{} has a new password; its sessions have ended.", visible(email));
    context.say_done(&value, &sentence).await
}
