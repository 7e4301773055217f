//! `org delete`, `restore` and `purge`.

use super::{named, reference};
use crate::cli::arguments::{DryRunArgs, OperationArgs, PasswordArgs, PurgeTarget, Target};
use crate::cli::context::Context;
use crate::cli::exit::{Failure, Unanswered};
use crate::cli::output::Would;
use crate::domain::text::visible;
use crate::domain::{AccessToken, Organization, Warning, WarningCode};
use crate::service::{
    Confirms, DeletedOrganization, Error, OrganizationReference, PurgedOrganization, RestoreOrganization,
};
use crate::wire::{self, DryRun, Time};

/// The options of a delete.
#[derive(Clone, Copy)]
pub(super) struct DeleteAsked<'a> {
    pub(super) confirm: Option<&'a str>,
    pub(super) now: bool,
}

pub(super) async fn delete(
    context: &Context<'_>,
    target: &Target,
    DeleteAsked { confirm, now }: DeleteAsked<'_>,
    operation_args: OperationArgs,
    dry_run: DryRunArgs,
) -> Result<(), Failure> {
    if confirm.is_none() && !dry_run.dry_run && !context.input.can_ask() {
        return Err(Error::ConfirmationRequired(Confirms::Organization).into());
    }
    let token = context.required_session().await?;
    let target = reference(target);
    if dry_run.dry_run {
        let call = context.service.preview_delete(&token, &target, confirm, now);
        let deleted = context.reads(call).await?;
        let (name, collection) = (visible(&deleted.organization_name), visible(&deleted.collection_name));
        let sentence = match deleted.purge_at {
            Some(until) => format!(
                "Would delete {name}, its collection {collection} and its admin; it could be restored until {}.",
                Time(until)
            ),
            None => format!("Would remove {name}, its collection {collection} and its admin for good."),
        };
        return context.say(&DryRun::of(wire::DeletedOrganization::from(&deleted)), &sentence).await;
    }
    let confirm = match confirm {
        Some(name) => name.to_owned(),
        None => ask_before_delete(context, &token, &target, now, operation_args).await?,
    };
    let operation = operation_args.id();
    let call = context.service.delete_organization(&token, &target, &confirm, None, now, operation);
    let deleted = context.writes(operation, call).await?;
    let print = print_deleted(context, &deleted);
    if deleted.ends_session { context.signed_out(print).await } else { print.await }
}

async fn ask_before_delete(
    context: &Context<'_>,
    token: &AccessToken,
    target: &OrganizationReference,
    now: bool,
    operation_args: OperationArgs,
) -> Result<String, Failure> {
    if let Some(found) = context.looks(operation_args, context.service.organization(token, target)).await? {
        let end = match context.service.purge_at(now) {
            Some(until) => format!("This goes to the trash and can be restored until {}", Time(until)),
            None => "This removes for good".to_owned(),
        };
        context.stderr.question(&format!("{end}: {}\n", what_goes(&found)));
    }
    context.input.line("Type the name to delete it", "--confirm").await
}

fn what_goes(organization: &Organization) -> String {
    format!(
        "{}, its collection {} and its admin {}.",
        visible(&organization.name),
        visible(organization.collection_name()),
        visible(&organization.admin_email)
    )
}

async fn print_deleted(context: &Context<'_>, deleted: &DeletedOrganization) -> Result<(), Failure> {
    let name = visible(&deleted.organization_name);
    let sentence = match deleted.purge_at {
        Some(until) if deleted.ends_session => {
            format!("Deleted {name}. An operator can restore it until {}.", Time(until))
        }
        Some(until) => {
            let (until, id) = (Time(until), deleted.organization_id);
            format!("Deleted {name}. Until {until} it can be restored: tenantry org restore --id {id}")
        }
        None => format!("Removed {name} for good."),
    };
    context.say_done(&wire::DeletedOrganization::from(deleted), &sentence).await?;
    if let Some(left) = &deleted.collection_left {
        let message = format!("The collection {left} does not belong to it and was not removed.");
        context.stderr.warning(&Warning::new(WarningCode::CollectionLeft, message));
    }
    Ok(())
}

/// The new values of a restored organization; `None` keeps the old ones.
pub(super) struct RestoreAsked<'a> {
    pub(super) name: Option<String>,
    pub(super) admin_email: Option<String>,
    pub(super) password: &'a PasswordArgs,
}

pub(super) async fn restore(
    context: &Context<'_>,
    target: &Target,
    RestoreAsked { name, admin_email, password }: RestoreAsked<'_>,
    operation_args: OperationArgs,
    dry_run: DryRunArgs,
) -> Result<(), Failure> {
    let token = context.required_session().await?;
    let target = reference(target);
    if dry_run.dry_run {
        let admin_password = context.input.given(password).await?;
        let request = RestoreOrganization { name, admin_email, admin_password, expected: None };
        let call = context.service.preview_restore(&token, &target, request, password.is_given());
        let found = context.reads(call).await?;
        let after = wire::Organization { updated_at: None, ..wire::Organization::from(&found) };
        // Only a purge finds organizations in the trash.
        let before = context.reads(context.service.preview_purge(&token, &target, None)).await?;
        let before = wire::Organization::from(&before);
        return context.would(&Would { before, after, sets_password: password.is_given() }).await;
    }
    let admin_password = if password.is_given() {
        Some(context.input.new_password(password, "New admin password (8 to 72 bytes)").await?)
    } else {
        None
    };
    let request = RestoreOrganization { name, admin_email, admin_password, expected: None };
    let operation = operation_args.id();
    let call = context.service.restore_organization(&token, &target, request, operation);
    let restored = context.writes(operation, call).await?;
    context.show_done(&wire::Organization::from(&restored)).await
}

pub(super) async fn purge(
    context: &Context<'_>,
    target: &PurgeTarget,
    confirm: Option<&str>,
    operation_args: OperationArgs,
    dry_run: DryRunArgs,
) -> Result<(), Failure> {
    if confirm.is_none() && !dry_run.dry_run && !context.input.can_ask() {
        return Err(Error::ConfirmationRequired(Confirms::Organization).into());
    }
    let token = context.required_session().await?;
    let target = named(target.id, target.name.as_deref());
    if dry_run.dry_run {
        let found = context.reads(context.service.preview_purge(&token, &target, confirm)).await?;
        let sentence = format!("Would remove for good: {}", what_goes(&found));
        let purged = PurgedOrganization { organization_id: found.id, organization_name: found.name };
        return context.say(&DryRun::of(wire::PurgedOrganization::from(&purged)), &sentence).await;
    }
    let (confirm, expected) = if let Some(name) = confirm {
        (name.to_owned(), None)
    } else {
        let preview = context.service.preview_purge(&token, &target, None);
        let found = context.looks(operation_args, preview).await?;
        if let Some(found) = &found {
            context.stderr.question(&format!("This removes for good: {}\n", what_goes(found)));
        }
        let typed = context.input.line("Type the name to remove it", "--confirm").await?;
        (typed, found.map(|found| found.epoch))
    };
    let operation = operation_args.id();
    let call = context.service.purge_organization(&token, &target, &confirm, expected, operation);
    let purged = context.writes(operation, call).await?;
    let sentence = format!("Removed {} for good.", visible(&purged.organization_name));
    context.say_done(&wire::PurgedOrganization::from(&purged), &sentence).await
}

pub(super) async fn purge_expired(
    context: &Context<'_>,
    yes: bool,
    dry_run: DryRunArgs,
) -> Result<(), Failure> {
    if !yes && !dry_run.dry_run && !context.input.can_ask() {
        return Err(Error::ConfirmationRequired(Confirms::PurgeExpired).into());
    }
    let token = context.required_session().await?;
    if dry_run.dry_run || !yes {
        let due = context.reads(context.service.preview_purge_expired(&token)).await?;
        if dry_run.dry_run {
            let sentence = format!("Would remove {} for good.", counted(due));
            return context.say(&DryRun::of(wire::PurgedExpired { purged: due }), &sentence).await;
        }
        let prompt = format!("Remove {} for good? [y/N]", counted(due));
        let answer = context.input.line(&prompt, "--yes").await?;
        if !matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
            return Err(Error::ConfirmationRequired(Confirms::PurgeExpired).into());
        }
    }
    let mut purged = 0;
    let stopped = loop {
        match context.changes(context.service.purge_expired(&token)).await {
            Ok(0) => break None,
            Ok(some) => purged += some,
            Err(failure) => break Some(failure),
        }
        // After the first signal, the running purge is finished and no other one starts.
        if let Some(stop) = context.signals.last() {
            break Some(stop.failure(Unanswered::Nothing));
        }
    };
    match stopped {
        Some(failure) if purged == 0 => Err(failure),
        stopped => {
            let sentence = format!("Removed {} for good.", counted(purged));
            context.say_done(&wire::PurgedExpired { purged }, &sentence).await?;
            stopped.map_or(Ok(()), Err)
        }
    }
}

fn counted(organizations: usize) -> String {
    match organizations {
        1 => "1 deleted organization".to_owned(),
        many => format!("{many} deleted organizations"),
    }
}
