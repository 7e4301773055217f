//! `audit list`.

use super::arguments::AuditCommand;
use super::context::Context;
use super::exit::Failure;
use super::output::records;
use crate::domain::{OrganizationId, since};
use crate::service::{ActivityQuery, OrganizationReference};
use jiff::Timestamp;

pub(super) async fn run(context: &Context<'_>, command: &AuditCommand) -> Result<(), Failure> {
    let AuditCommand::List { organization, id, actor, since, page } = command;
    let organization = match (id, organization) {
        (Some(id), _) => Some(OrganizationReference::Id(OrganizationId(*id))),
        (None, Some(name)) => Some(OrganizationReference::Name(name.clone())),
        (None, None) => None,
    };
    let since = since.as_deref().map(|text| time_of(context, text)).transpose()?;
    let query = ActivityQuery {
        organization,
        actor: actor.clone(),
        since,
        limit: page.rows(),
        cursor: page.cursor.clone(),
    };
    list(context, query, page.all).await
}

async fn list(context: &Context<'_>, mut query: ActivityQuery, all: bool) -> Result<(), Failure> {
    let token = context.required_session().await?;
    let mut items = Vec::new();
    loop {
        let page = context.reads(context.service.activity(&token, &query)).await?;
        items.extend(page.items.iter().map(records::audit));
        match page.next_cursor {
            Some(next) if all => query.cursor = Some(next),
            next => return context.print_list(&items, next.as_deref()),
        }
    }
}

fn time_of(context: &Context<'_>, text: &str) -> Result<Timestamp, Failure> {
    since(text, context.service.now())
        .map_err(|error| Failure::usage(format!("--since {text:?}: {error}"), "Give one of these."))
}
