//! `org list`; the other commands have files of their own.

mod archive;
mod change;
pub(super) mod missing;
mod sizes;
mod suspend;
mod trash;

use super::arguments::{CurrentPasswordArgs, ListArgs, OrgCommand, PasswordArgs, SortArg, Target};
use super::context::Context;
use super::exit::Failure;
use super::printing::Rows;
use crate::domain::{OrganizationId, SortKey};
use crate::service::{Error, ExportRequest, ImportRequest, ListQuery, OrganizationReference};
use crate::wire;
use change::{Asked, NewAsked};
use missing::Among;
use secrecy::SecretString;
use trash::{DeleteAsked, RestoreAsked};
use uuid::Uuid;

pub(super) async fn run(context: &Context<'_>, command: &OrgCommand) -> Result<(), Failure> {
    let done = dispatch(context, command).await;
    match (done, subject(command)) {
        (Err(failure), Some((target, among))) => {
            let failure = missing::explained(context, failure, &target, among).await;
            Err(if matches!(command, OrgCommand::Restore { .. }) {
                naming_flags(failure, "Restore")
            } else {
                failure
            })
        }
        (Err(failure), None) if matches!(command, OrgCommand::Import { .. }) => {
            Err(naming_flags(failure, "Import"))
        }
        (done, _) => done,
    }
}

/// The organization of a command, and where it is looked for.
fn subject(command: &OrgCommand) -> Option<(OrganizationReference, Among)> {
    match command {
        OrgCommand::Create { .. }
        | OrgCommand::Import { .. }
        | OrgCommand::List(_)
        | OrgCommand::Top { .. } => None,
        OrgCommand::Get(target)
        | OrgCommand::Update { target, .. }
        | OrgCommand::Rename { target, .. }
        | OrgCommand::Suspend { target, .. }
        | OrgCommand::Resume { target, .. }
        | OrgCommand::Export { target, .. }
        | OrgCommand::Delete { target, .. } => Some((reference(target), Among::Present)),
        OrgCommand::Restore { target, .. } => Some((reference(target), Among::Deleted)),
        OrgCommand::Purge { target, .. } => Some((named(target.id, target.name.as_deref()), Among::Deleted)),
    }
}

/// The flags with which a restore or an import replaces a taken name or email.
fn naming_flags(failure: Failure, verb: &str) -> Failure {
    let hint = match failure.refusal() {
        Some(Error::NameTaken(_) | Error::CollectionExists(_) | Error::InvalidName(_)) => {
            format!("{verb} it under another name: --name NEW.")
        }
        Some(Error::EmailTaken(_) | Error::InvalidEmail(_)) => {
            "Give its admin another email: --admin-email EMAIL.".to_owned()
        }
        _ => return failure,
    };
    let message = failure.to_string();
    failure.explained(message, Some(hint))
}

async fn dispatch(context: &Context<'_>, command: &OrgCommand) -> Result<(), Failure> {
    match command {
        OrgCommand::Create { name, admin_email, password, operation, dry } => {
            let asked = NewAsked { name, admin_email: admin_email.as_deref(), password };
            change::create(context, asked, *operation, *dry).await
        }
        OrgCommand::List(args) => list(context, args).await,
        OrgCommand::Get(target) => sizes::get(context, target).await,
        OrgCommand::Top { by, limit } => sizes::top(context, *by, *limit).await,
        OrgCommand::Update { target, new_name, admin_email, password, current, operation, dry } => {
            let asked = Asked { new_name, admin_email, password, current };
            change::update(context, target, asked, *operation, *dry).await
        }
        OrgCommand::Rename { target, new_name, operation, dry } => {
            let name = Some(new_name.clone());
            let (password, current) = (PasswordArgs::default(), CurrentPasswordArgs::default());
            let asked = Asked { new_name: &name, admin_email: &None, password: &password, current: &current };
            change::update(context, target, asked, *operation, *dry).await
        }
        OrgCommand::Suspend { target, reason, operation, dry } => {
            suspend::change(context, target, Some(reason), *operation, *dry).await
        }
        OrgCommand::Resume { target, operation, dry } => {
            suspend::change(context, target, None, *operation, *dry).await
        }
        OrgCommand::Delete { target, confirm, now, operation, dry } => {
            let asked = DeleteAsked { confirm: confirm.as_deref(), now: *now };
            trash::delete(context, target, asked, *operation, *dry).await
        }
        OrgCommand::Restore { target, new_name, admin_email, password, operation, dry } => {
            let (name, admin_email) = (new_name.clone(), admin_email.clone());
            let asked = RestoreAsked { name, admin_email, password };
            trash::restore(context, target, asked, *operation, *dry).await
        }
        OrgCommand::Export { target, to, documents_only, force, dry } => {
            let request = ExportRequest { to: to.clone(), replaces: *force, documents_only: *documents_only };
            archive::export(context, target, &request, *dry).await
        }
        OrgCommand::Import { file, new_name, admin_email, password, operation, dry } => {
            let request = ImportRequest {
                file: file.clone(),
                name: new_name.clone(),
                admin_email: admin_email.clone(),
                admin_password: SecretString::default(),
            };
            archive::import(context, request, password, *operation, *dry).await
        }
        OrgCommand::Purge { target, yes, dry, .. } if target.expired => {
            trash::purge_expired(context, *yes, *dry).await
        }
        OrgCommand::Purge { target, confirm, operation, dry, .. } => {
            trash::purge(context, target, confirm.as_deref(), *operation, *dry).await
        }
    }
}

pub(super) fn reference(target: &Target) -> OrganizationReference {
    named(target.id, target.name.as_deref())
}

/// By id if one is given, else by name.
fn named(id: Option<Uuid>, name: Option<&str>) -> OrganizationReference {
    match id {
        Some(id) => OrganizationReference::Id(OrganizationId(id)),
        None => OrganizationReference::Name(name.unwrap_or_default().to_owned()),
    }
}

async fn list(context: &Context<'_>, args: &ListArgs) -> Result<(), Failure> {
    let token = context.required_session().await?;
    if args.filters_by_size() && !args.yes {
        sizes::agree(context, &token).await?;
    }
    let query = ListQuery {
        filter: args.filter.clone(),
        status: args.state,
        sort: sort(args.sort),
        reverse: args.reverse,
        limit: args.page.rows(),
        // With `--all`, matches are printed as soon as they are found, however few.
        may_be_short: args.page.all,
        cursor: None,
    };
    let read = async |cursor: Option<String>| {
        let query = ListQuery { cursor, ..query.clone() };
        context.reads(context.service.list_organizations(&token, &query)).await
    };
    if args.wants_stats(context.global) {
        let read = async |cursor| {
            let page = read(cursor).await?;
            let items = sizes::sized(context, &token, &page.items).await?;
            Ok(Rows { items, next_cursor: page.next_cursor })
        };
        return context.print_pages(&args.page, read).await;
    }
    let read = async |cursor| {
        let page = read(cursor).await?;
        let items = page.items.iter().map(|row| wire::Organization::from(&**row)).collect();
        Ok(Rows { items, next_cursor: page.next_cursor })
    };
    context.print_pages(&args.page, read).await
}

fn sort(word: SortArg) -> SortKey {
    match word {
        SortArg::Name => SortKey::Name,
        SortArg::Created => SortKey::Created,
        SortArg::Updated => SortKey::Updated,
    }
}
