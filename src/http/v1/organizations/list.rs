//! Many organizations.

use crate::domain::{SortKey, Status};
use crate::http::face::called;
use crate::http::v1::page::{self, Paging};
use crate::http::v1::problem::Problem;
use crate::http::v1::request::{Request, WithQuery};
use crate::service::{Error, ListQuery, MAX_LIMIT, OrganizationReference, TopBy, TopProgress};
use crate::wire::{Organization, Page, SizedOrganization};
use axum::Json;
use axum::response::Response;
use serde::Serialize;
use strum::IntoEnumIterator;
use tokio::sync::watch;
use utoipa::ToSchema;

/// What a list of organizations is about.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its description is used: a query is read parameter by parameter")]
pub(super) struct Asked {
    /// The one with this name, in any case; without the other parameters.
    #[param(nullable = false)]
    name: Option<String>,
    /// In the filter language of lists: words are parts of a name; `field:value`; `!` negates.
    #[param(nullable = false, example = "acme created:<30d")]
    filter: Option<String>,
    /// Only with this state. Without it all but the deleted ones, which are in the trash.
    #[param(nullable = false)]
    state: Option<Status>,
    /// The order.
    #[param(nullable = false, inline, value_type = Option<SortKey>)]
    sort: Option<SortKey>,
    /// From the greatest to the least.
    #[param(nullable = false)]
    reverse: Option<bool>,
}

/// Lists organizations; an admin sees its own. With `state=deleted` those in the trash. A filter is evaluated part by part
/// of the list: go on while there is a `next_cursor`.
#[utoipa::path(get, path = "/v1/organizations", tag = "organizations", operation_id = "list_organizations",
    params(Asked, Paging),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "A page", body = Page<Organization>,
        headers(("Link" = String, description = "The next page")))))]
pub(super) async fn list(asked: WithQuery) -> Result<Response, Problem> {
    let (wanted, request) = asked.read(|query| {
        if let Some(name) = query.text("name") {
            return Err(name);
        }
        let states: Vec<(&str, Status)> = Status::iter().map(|state| (state.as_str(), state)).collect();
        let sorts: Vec<(&str, SortKey)> = SortKey::iter().map(|sort| (sort.as_str(), sort)).collect();
        Ok(ListQuery {
            filter: query.text("filter").unwrap_or_default(),
            status: query.word("state", &states),
            sort: query.word("sort", &sorts).unwrap_or_default(),
            reverse: query.flag("reverse"),
            limit: query.limit(),
            may_be_short: true,
            cursor: query.text("cursor"),
        })
    })?;
    let wanted = match wanted {
        Ok(wanted) => wanted,
        Err(name) => return named(&request, name).await,
    };
    let found = called(request.service().list_organizations(request.token(), &wanted)).await?;
    let items = found.items.iter().map(|row| Organization::from(&**row)).collect();
    Ok(page::page(&request.uri, items, found.next_cursor))
}

/// The list of the organizations with a name: one or none.
async fn named(request: &Request, name: String) -> Result<Response, Problem> {
    let reference = OrganizationReference::Name(name);
    let items = match called(request.service().organization(request.token(), &reference)).await {
        Ok(found) => vec![Organization::from(&found)],
        Err(Error::NotFound) => Vec::new(),
        Err(other) => return Err(other.into()),
    };
    Ok(page::page(&request.uri, items, None))
}

/// The biggest organizations.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TopOrganizations {
    /// The biggest first.
    items: Vec<SizedOrganization>,
    /// Organizations that were read.
    read: u64,
    /// Organizations without their collection.
    missing: u64,
    /// Organizations whose size could not be read.
    unread: u64,
}

/// What makes an organization big.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) enum By {
    /// The bytes of its documents.
    Data,
    /// Their number.
    Documents,
}

/// Compares the sizes of all organizations. Reads the size of every one.
#[utoipa::path(get, path = "/v1/organizations/top", tag = "organizations", operation_id = "top_organizations",
    params(
        ("by" = inline(Option<By>), Query, description = "What is compared: bytes of data, unless said otherwise"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 1000, description = "Rows at most; 10 unless said otherwise")),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "The biggest", body = TopOrganizations)))]
pub(super) async fn top(asked: WithQuery) -> Result<Json<TopOrganizations>, Problem> {
    let ((by, limit), request) = asked.read(|query| {
        let by = query.word("by", &[("data", TopBy::Data), ("documents", TopBy::Documents)]);
        (by.unwrap_or_default(), query.number("limit", 1, MAX_LIMIT).unwrap_or(10))
    })?;
    let (progress, _heard) = watch::channel(TopProgress::default());
    let top = called(request.service().top(request.token(), by, limit, &progress)).await?;
    let rows = top.rows.iter().map(|row| SizedOrganization::new(&row.organization, Some(row.size)));
    Ok(Json(TopOrganizations {
        items: rows.collect(),
        read: top.read,
        missing: top.missing,
        unread: top.unread,
    }))
}
