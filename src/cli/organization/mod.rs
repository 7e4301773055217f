//! `org list` and `get`; the commands that write stand in files of their own.

mod change;
mod suspend;
mod trash;

use super::arguments::{ListArgs, OrgCommand, SortArg, Target};
use super::context::Context;
use super::exit::Failure;
use super::output::records;
use crate::domain::{OrganizationId, SortKey};
use crate::service::{ListQuery, OrganizationReference};
use change::{Asked, NewAsked};
use uuid::Uuid;

pub(super) async fn run(context: &Context<'_>, command: &OrgCommand) -> Result<(), Failure> {
    match command {
        OrgCommand::Create { name, admin_email, password, operation, dry } => {
            let asked = NewAsked { name, admin_email: admin_email.as_deref(), password };
            change::create(context, asked, *operation, *dry).await
        }
        OrgCommand::List(args) => list(context, args).await,
        OrgCommand::Get(target) => {
            let token = context.required_session().await?;
            let found = context.reads(context.service.organization(&token, &reference(target))).await?;
            context.stdout.object(&records::organization(&found))
        }
        OrgCommand::Update { target, new_name, admin_email, password, current, operation, dry } => {
            let asked = Asked { new_name, admin_email, password, current };
            change::update(context, target, asked, *operation, *dry).await
        }
        OrgCommand::Suspend { target, reason, operation, dry } => {
            suspend::change(context, target, Some(reason), *operation, *dry).await
        }
        OrgCommand::Resume { target, operation, dry } => {
            suspend::change(context, target, None, *operation, *dry).await
        }
        OrgCommand::Delete { target, confirm, now, operation, dry } => {
            trash::delete(context, target, (confirm.as_deref(), *now), *operation, *dry).await
        }
        OrgCommand::Restore { target, new_name, admin_email, password, operation, dry } => {
            let names = (new_name.clone(), admin_email.clone());
            trash::restore(context, target, names, password, *operation, *dry).await
        }
        OrgCommand::Purge { target, yes, dry, .. } if target.expired => {
            trash::purge_expired(context, *yes, *dry).await
        }
        OrgCommand::Purge { target, confirm, operation, dry, .. } => {
            trash::purge(context, target, confirm.as_deref(), *operation, *dry).await
        }
    }
}

fn reference(target: &Target) -> OrganizationReference {
    named(target.id, target.name.as_deref())
}

/// By its id if that is given, else by its name.
fn named(id: Option<Uuid>, name: Option<&str>) -> OrganizationReference {
    match id {
        Some(id) => OrganizationReference::Id(OrganizationId(id)),
        None => OrganizationReference::Name(name.unwrap_or_default().to_owned()),
    }
}

async fn list(context: &Context<'_>, args: &ListArgs) -> Result<(), Failure> {
    let token = context.required_session().await?;
    let mut query = ListQuery {
        filter: args.filter.clone(),
        status: args.state,
        sort: sort(args.sort),
        reverse: args.reverse,
        limit: args.page.rows(),
        cursor: args.page.cursor.clone(),
    };
    let mut items = Vec::new();
    loop {
        let page = context.reads(context.service.list_organizations(&token, &query)).await?;
        items.extend(page.items.iter().map(|row| records::organization(row)));
        match page.next_cursor {
            Some(next) if args.page.all => query.cursor = Some(next),
            next => return context.print_list(&items, next.as_deref()),
        }
    }
}

fn sort(word: SortArg) -> SortKey {
    match word {
        SortArg::Name => SortKey::Name,
        SortArg::Created => SortKey::Created,
        SortArg::Updated => SortKey::Updated,
    }
}
