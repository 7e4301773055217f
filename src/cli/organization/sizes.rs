//! `org get`, `org list --stats` and `org top`: organizations with the size of their collection.

use super::reference;
use crate::cli::arguments::{Target, TopArg};
use crate::cli::context::Context;
use crate::cli::exit::{Failure, Unanswered};
use crate::cli::output::HowFar;
use crate::domain::text::count;
use crate::domain::{AccessToken, Organization, State};
use crate::service::{Confirms, Error, ListQuery, MAX_LIMIT, TopBy, TopProgress};
use crate::wire::{OrganizationDetails, SizedOrganization};
use std::sync::Arc;
use tokio::sync::watch;

/// Sizes that one call reads.
const PORTION: usize = 64;

/// One organization; what cannot be read of a missing collection is null.
pub(super) async fn get(context: &Context<'_>, target: &Target) -> Result<(), Failure> {
    let token = context.required_session().await?;
    let found = context.reads(context.service.organization(&token, &reference(target))).await?;
    let id = found.id;
    let found = Arc::new(found);
    let reads = async {
        let (stats, sign_ins) = tokio::join!(
            context.service.organization_stats(&token, id),
            context.service.last_sign_ins(&token, std::slice::from_ref(&found)),
        );
        Ok((stats, sign_ins?.get(&id).copied()))
    };
    let (read, last_sign_in_at) = context.reads(reads).await?;
    let (stats, is_missing) = match read {
        Ok(stats) => (Some(stats), false),
        // While an operation moves the collection, it is not missing.
        Err(Error::CollectionMissing(_)) => (None, found.state == State::Active),
        Err(Error::Busy(_)) => (None, false),
        Err(error) => return Err(error.into()),
    };
    context.show(&OrganizationDetails::new(&found, stats.as_ref(), is_missing, last_sign_in_at)).await
}

/// Organizations whose sizes a filter reads without a question.
const UNASKED: usize = 5_000;

/// Asks before the sizes of very many collections are read, each of which opens files on the server.
pub(super) async fn agree(context: &Context<'_>, token: &AccessToken) -> Result<(), Failure> {
    let mut query = ListQuery { limit: MAX_LIMIT, ..ListQuery::default() };
    let mut counted = 0;
    while counted <= UNASKED {
        let page = context.reads(context.service.list_organizations(token, &query)).await?;
        counted += page.items.len();
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            break;
        }
    }
    if counted <= UNASKED {
        return Ok(());
    }
    if context.input.can_ask() {
        let prompt = "Read the sizes of more than 5,000 collections? [y/N]";
        let answer = context.input.line(prompt, "--yes").await?;
        if matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
            return Ok(());
        }
    }
    Err(Error::ConfirmationRequired(Confirms::ReadSizes).into())
}

/// The rows of a list with their sizes.
pub(super) async fn sized(
    context: &Context<'_>,
    token: &AccessToken,
    rows: &[Arc<Organization>],
) -> Result<Vec<SizedOrganization>, Failure> {
    let mut sized = Vec::with_capacity(rows.len());
    // In portions, so that the time-out limits a standstill and not the length of the list.
    for rows in rows.chunks(PORTION) {
        let read = context.reads(context.service.sizes(token, rows)).await?;
        let rows = rows.iter().zip(read);
        sized.extend(rows.map(|(row, size)| SizedOrganization::new(row, size.ok())));
    }
    Ok(sized)
}

/// The biggest organizations.
pub(super) async fn top(context: &Context<'_>, by: TopArg, limit: u64) -> Result<(), Failure> {
    let token = context.required_session().await?;
    let (progress, heard) = watch::channel(TopProgress::default());
    let by = match by {
        TopArg::Data => TopBy::Data,
        TopArg::Documents => TopBy::Documents,
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let say = |now: &TopProgress| {
        let words = format!("reading sizes: {} of {}", count(now.read), count(now.listed));
        HowFar::new(words).of(now.read, if now.is_all_listed { now.listed } else { 0 })
    };
    let call = context.service.top(&token, by, limit, &progress);
    let top = context.follows(call, Unanswered::Nothing, heard, say).await?;
    let rows = top.rows.iter().map(|row| SizedOrganization::new(&row.organization, Some(row.size)));
    context.print_whole(rows.collect()).await?;
    if top.missing > 0 {
        context.stderr.note(&format!("{} without their collection: tenantry doctor", count(top.missing)));
    }
    if top.unread > 0 {
        context.stderr.note(&format!("{} could not be read and are left out", count(top.unread)));
    }
    Ok(())
}
