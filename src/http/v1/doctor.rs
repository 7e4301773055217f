//! `/v1/doctor`: the check of the whole store, and repairs.

use super::problem::Problem;
use super::request::Request;
use super::shapes::RepairRequest;
use crate::domain::{CheckReport, Finding, Progress, RepairOutcome};
use crate::http::face::{Face, called};
use crate::service::{Error, RepairProgress, RepairScope};
use crate::wire::{self, DoctorReport};
use axum::Json;
use axum::body::Body;
use std::sync::Arc;
use tokio::sync::watch;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Rounds of check and repair at most: a repair may reveal another finding.
const ROUNDS: usize = 3;

pub(super) fn routes() -> OpenApiRouter<Arc<Face>> {
    OpenApiRouter::new().routes(routes!(check)).routes(routes!(repair))
}

/// Checks whether records and collections agree. Writes nothing.
#[utoipa::path(get, path = "/v1/doctor", tag = "doctor", operation_id = "check",
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "The findings, errors first", body = DoctorReport)))]
async fn check(request: Request) -> Result<Json<DoctorReport>, Problem> {
    let found = checked(&request).await?;
    Ok(Json(report(&request, found, &[], &[]).await?))
}

/// Repairs what can be repaired without loss; with `new_collections` also organizations without their collection, which
/// continue with another one. A repeat repairs what is left.
#[utoipa::path(post, path = "/v1/doctor/repairs", tag = "doctor", operation_id = "repair",
    request_body(content = Option<RepairRequest>),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "The findings: repaired ones, then those that are left", body = DoctorReport)))]
async fn repair(request: Request, body: Body) -> Result<Json<DoctorReport>, Problem> {
    request.refuse_key("A repeat repairs what is left.")?;
    let mut input = request.input_if_any(body).await?;
    let scope = if input.flag("new_collections") { RepairScope::NewCollections } else { RepairScope::Safe };
    input.finish()?;
    let mut found = checked(&request).await?;
    let (mut repaired, mut left): (Vec<Finding>, Vec<(Finding, String)>) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let is_wanted =
            |finding: &&Finding| scope.includes(finding) && !left.iter().any(|(tried, _)| tried == *finding);
        let wanted: Vec<Finding> = found.findings.iter().filter(is_wanted).cloned().collect();
        if wanted.is_empty() {
            break;
        }
        let (progress, _heard) = watch::channel(RepairProgress::default());
        let done = called(request.service().repair(request.token(), &wanted, scope, &progress)).await?;
        for (finding, outcome) in wanted.into_iter().zip(done.outcomes) {
            match outcome {
                RepairOutcome::Repaired => repaired.push(finding),
                RepairOutcome::Skipped(reason) => left.push((finding, reason)),
                RepairOutcome::NoLongerPresent => {}
            }
        }
        if let Some(stopped) = done.stopped.filter(|_| repaired.is_empty()) {
            return Err(stopped.into());
        }
        found = checked(&request).await?;
    }
    Ok(Json(report(&request, found, &repaired, &left).await?))
}

async fn checked(request: &Request) -> Result<CheckReport, Error> {
    let (progress, _heard) = watch::channel(Progress::default());
    called(request.service().check(request.token(), &progress)).await
}

/// The report: repaired findings, then those that are left, each with its repair or the reason why it was left alone.
async fn report(
    request: &Request,
    found: CheckReport,
    repaired: &[Finding],
    left: &[(Finding, String)],
) -> Result<DoctorReport, Error> {
    let reason = |finding: &Finding| {
        let tried = left.iter().find(|(tried, _)| tried == finding);
        tried.map_or_else(|| finding.repair(), |(_, reason)| reason.clone())
    };
    let done = repaired.iter().map(|finding| wire::Finding::new(finding, finding.repaired(), true));
    let remaining = found.findings.iter().map(|finding| wire::Finding::new(finding, reason(finding), false));
    Ok(DoctorReport {
        findings: done.chain(remaining).collect(),
        organizations: found.organizations,
        collections: found.collections,
        repaired: repaired.len(),
        warnings: Some(called(request.service().store_warnings()).await?),
    })
}
