//! `audit list`.

use super::arguments::AuditCommand;
use super::context::Context;
use super::exit::Failure;
use super::organization::missing::{self, Among};
use super::printing::Rows;
use crate::domain::{AuditFilter, OrganizationId, since};
use crate::service::{ActivityQuery, OrganizationReference};
use crate::wire;
use jiff::Timestamp;

pub(super) async fn run(context: &Context<'_>, command: &AuditCommand) -> Result<(), Failure> {
    let AuditCommand::List { filter, organization, id, actor, since, page } = command;
    let organization = match (id, organization) {
        (Some(id), _) => Some(OrganizationReference::Id(OrganizationId(*id))),
        (None, Some(name)) => Some(OrganizationReference::Name(name.clone())),
        (None, None) => None,
    };
    let since = since.as_deref().map(|text| time_of(context, text)).transpose()?;
    let query = ActivityQuery {
        filter: filter.clone(),
        organization,
        actor: actor.clone(),
        since,
        limit: page.rows(),
        // With `--all`, matches are printed as soon as they are found, however few.
        may_be_short: page.all,
        cursor: None,
    };
    let token = context.required_session().await?;
    let read = async |cursor: Option<String>| {
        let query = ActivityQuery { cursor, ..query.clone() };
        let found = context.reads(context.service.activity(&token, &query)).await?;
        Ok(Rows {
            items: found.items.iter().map(wire::AuditEntry::from).collect(),
            next_cursor: found.next_cursor,
        })
    };
    let done = context.print_pages(page, read).await;
    let target = query.organization.or_else(|| {
        let filter = AuditFilter::parse(filter, context.service.now()).ok()?;
        filter.pushed().organization.as_deref().map(OrganizationReference::typed)
    });
    match (done, target) {
        (Err(failure), Some(target)) => {
            Err(missing::explained(context, failure, &target, Among::Recorded).await)
        }
        (done, _) => done,
    }
}

fn time_of(context: &Context<'_>, text: &str) -> Result<Timestamp, Failure> {
    since(text, context.service.now()).map_err(|error| {
        let hint = "Times in a zone look like 2026-11-24T12:00[Europe/Berlin], others like 7d or 2026-11-24.";
        Failure::usage(format!("--since: {error}"), hint)
    })
}
