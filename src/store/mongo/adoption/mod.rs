//! Adopts what an earlier service left in this database. That service kept a record for each organization and each
//! admin, without a schema, and a collection `org_<name>` for each organization; every other read skips such records.
//!
//! A survey is read, judged, and then `protocol::adopt` adopts one organization after the other. Nothing here changes or
//! removes a record that is not adopted, and no document or index of a tenant is touched.

mod decide;
mod groups;
mod judge;
mod old;
mod survey;

use super::connection::Connection;
use super::failure;
use super::failure::Failure;
use super::protocol::{NewAdoption, adopt as adopt_one};
use super::record::{ADOPTED_FROM, not_ours};
use super::{MongoStore, accounts};
use crate::domain::adoption::{AdoptionFinding, AdoptionKind};
use crate::domain::text::quoted;
use crate::domain::{
    AdoptionProgress, AdoptionReport, AuditEntry, Fate, OperationId, RecordId, Resolution, ResolutionError,
};
use crate::port::{Adoption, Error, Result};
use async_trait::async_trait;
use futures_util::TryStreamExt;
use futures_util::future::join_all;
use judge::{Judgement, Plan, dates_without_zone};
use mongodb::Collection;
use mongodb::bson::{Bson, Document, doc};
use old::{OldOrganization, record_id, shown, value_of};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use survey::Survey;
use tokio::sync::watch;

/// Organizations that are adopted at the same time.
const AT_ONCE: usize = 8;
/// Decisions that are looked up with one command.
const LOOKED_UP: usize = 500;

#[async_trait]
impl Adoption for MongoStore {
    async fn adoption(
        &self,
        resolutions: &[Resolution],
        progress: &watch::Sender<AdoptionProgress>,
    ) -> Result<AdoptionReport> {
        let connection = self.connection().await?;
        connection.hello().await?;
        let (_, judgement) = judged_for(connection, resolutions, progress).await?;
        Ok(AdoptionReport {
            adopted: judgement.plans.len() as u64,
            left: judgement.left,
            findings: judgement.findings.into_iter().map(|(_, finding)| finding).collect(),
            is_stopped: false,
        })
    }

    async fn adopt(
        &self,
        resolutions: &[Resolution],
        audit: AuditEntry,
        progress: &watch::Sender<AdoptionProgress>,
    ) -> Result<AdoptionReport> {
        let connection = self.writable_as(&audit).await?;
        // What an earlier run left is finished or rolled back first.
        let recovered = Box::pin(super::protocol::recover_all(connection)).await;
        recovered.map_err(|failure| failure.into_error(connection))?;
        let (found, judgement) = judged_for(connection, resolutions, progress).await?;
        let of = judgement.plans.len() as u64;
        progress.send_modify(|so_far| so_far.of = of);
        let (mut tried, mut done, mut is_stopped) = (HashSet::new(), HashSet::new(), false);
        for some in judgement.plans.chunks(AT_ONCE) {
            if progress.is_closed() {
                is_stopped = true;
                break;
            }
            if let Some((account, token_version)) = audit.actor_id.zip(audit.actor_version) {
                accounts::refuse_ended_session(connection, account, token_version).await?;
            }
            let adopting = some.iter().map(|plan| Box::pin(adopt_plan(connection, &found, plan, &audit)));
            for (plan, adopted) in some.iter().zip(join_all(adopting).await) {
                tried.extend(found.organizations.get(plan.organization).map(OldOrganization::record_id));
                if adopted.map_err(|failure| failure.into_error(connection))? {
                    done.insert(plan.organization);
                    progress.send_modify(|so_far| so_far.adopted += 1);
                }
            }
        }
        // Read again: others may have changed something meanwhile, and some admins may have lost their organization.
        let known = ids_in(&found);
        let open: Vec<_> = resolutions.iter().filter(|it| known.contains(&it.record_id)).cloned().collect();
        let (again, rest) = judged(connection, &open, progress).await?;
        let left = rest.left + rest.plans.len() as u64;
        let why = |number: usize| match again.organizations.get(number) {
            Some(old) if is_stopped && !tried.contains(&old.record_id()) => AdoptionKind::NotReached,
            _ => AdoptionKind::ChangedMeanwhile,
        };
        let adopted = adopted_findings(&found, judgement, &done);
        let findings = adopted.into_iter().chain(left_findings(rest, why)).collect();
        Ok(AdoptionReport { adopted: done.len() as u64, left, findings, is_stopped })
    }
}

/// Reads and judges everything.
async fn judged(
    connection: &Connection,
    resolutions: &[Resolution],
    progress: &watch::Sender<AdoptionProgress>,
) -> Result<(Survey, Judgement)> {
    let survey = Survey::read(connection, resolutions, progress).await;
    let survey = survey.map_err(|failure| failure.into_error(connection))?;
    let judgement = judge::judge(&survey, resolutions, connection.database.name());
    Ok((survey, judgement))
}

/// Like [`judged`]; refuses a decision about a record that does not exist and was not adopted, or that names another
/// collection than its record.
async fn judged_for(
    connection: &Connection,
    resolutions: &[Resolution],
    progress: &watch::Sender<AdoptionProgress>,
) -> Result<(Survey, Judgement)> {
    let (survey, judgement) = judged(connection, resolutions, progress).await?;
    let known = ids_in(&survey);
    let unknown: Vec<_> = resolutions.iter().filter(|it| !known.contains(&it.record_id)).collect();
    let adopted = adopted_before(connection, &unknown).await?;
    let refused = |line, reason| Err(Error::NotAdoptable(ResolutionError { line, reason }.to_string()));
    if let Some(decision) = unknown.iter().find(|it| !adopted.contains(&it.record_id)) {
        let reason = format!("No organization of the earlier service has the _id {}.", decision.record_id);
        return refused(decision.line, reason);
    }
    let named: HashMap<_, _> =
        survey.organizations.iter().map(|old| (old.record_id(), old.collection.as_deref())).collect();
    for decision in resolutions {
        let (said, its) = (decision.collection.as_deref(), named.get(&decision.record_id));
        if let Some((said, its)) = said.zip(its).filter(|(said, its)| **its != Some(*said)) {
            let its = its.map_or_else(|| "no collection".to_owned(), quoted);
            return refused(decision.line, format!("The record names {its}, not {}.", quoted(said)));
        }
    }
    Ok((survey, judgement))
}

/// The `_id`s of the old records of organizations.
fn ids_in(survey: &Survey) -> HashSet<RecordId> {
    survey.organizations.iter().map(OldOrganization::record_id).collect()
}

/// The records of decisions that an earlier run carried out.
async fn adopted_before(connection: &Connection, decisions: &[&Resolution]) -> Result<HashSet<RecordId>> {
    let mut adopted = HashSet::new();
    for some in decisions.chunks(LOOKED_UP) {
        let ids: Vec<Bson> = some.iter().filter_map(|decision| value_of(&decision.record_id)).collect();
        let these = doc! {ADOPTED_FROM: {"$in": ids}};
        let organizations = connection.organizations();
        let find = organizations.find(these).projection(doc! {ADOPTED_FROM: 1});
        let found = async { find.await?.try_collect::<Vec<Document>>().await };
        let found = found.await.map_err(|error| connection.of_read(&error))?;
        adopted.extend(found.iter().filter_map(|record| record.get(ADOPTED_FROM)).map(record_id));
    }
    Ok(adopted)
}

/// The findings about what was adopted.
fn adopted_findings(found: &Survey, judgement: Judgement, done: &HashSet<usize>) -> Vec<AdoptionFinding> {
    let of_done = judgement.findings.into_iter().filter(|(number, _)| done.contains(number));
    let of_done = of_done.map(|(_, finding)| finding).filter(|finding| finding.fate() != Fate::Leave);
    of_done.chain(dates_without_zone(found, done.iter().copied())).collect()
}

/// The findings about what stays. What was judged as fit to be adopted, and was not, is told with the reason.
fn left_findings(
    rest: Judgement,
    why: impl Fn(usize) -> AdoptionKind,
) -> impl Iterator<Item = AdoptionFinding> {
    rest.findings.into_iter().filter_map(move |(number, finding)| match finding.kind.fate() {
        Fate::Adopt => Some(AdoptionFinding { kind: why(number), ..finding }),
        // A damage that a decision accepts is still there.
        Fate::Leave => Some(AdoptionFinding { is_accepted: false, ..finding }),
        Fate::Note => None,
    })
}

/// Adopts one organization; returns whether this process did.
async fn adopt_plan(
    connection: &Connection,
    survey: &Survey,
    plan: &Plan,
    pattern: &AuditEntry,
) -> std::result::Result<bool, Failure> {
    let (Some(old), Some(old_admin)) =
        (survey.organizations.get(plan.organization), survey.admins.get(plan.admin))
    else {
        return Ok(false);
    };
    // Another run may have adopted it since the survey. The hash is read here, so that it is not kept for long.
    let record = old_record(&connection.organizations(), &old.id).await?;
    let admin = old_record(&connection.admins(), &old_admin.id).await?;
    // What is adopted is what was judged.
    let record = record.filter(|record| old.is_unchanged(record));
    let (Some(_), Some(admin)) = (record, admin.filter(|admin| old_admin.is_unchanged(admin))) else {
        return Ok(false);
    };
    let id = old.organization_id();
    let new = NewAdoption {
        id,
        admin_id: old_admin.account_id(old),
        name: &plan.name,
        email: &plan.email,
        collection: &plan.collection,
        uuid: plan.uuid,
        record: &old.id,
        admin: &admin,
        created_at: old.created_at.unwrap_or(pattern.at),
    };
    let mut entry = AuditEntry { id: OperationId::random().0, ..pattern.clone() };
    entry.organization_id = Some(id);
    entry.organization_name = Some(plan.name.display().to_owned());
    let said = [
        ("adopted_from", json!(shown(&old.id))),
        ("admin_email", json!(plan.email.as_str())),
        ("collection_name", json!(plan.collection.as_str())),
    ];
    entry.changes.extend(said.map(|(field, value)| (field.to_owned(), value)));
    match Box::pin(adopt_one(connection, &new, &entry)).await {
        Ok(()) => Ok(true),
        // Someone else was faster, here or with one of its keys. The next look says what is in the way.
        Err(Failure::Rule(_) | Failure::Lost) => Ok(false),
        Err(failure) => Err(failure),
    }
}

async fn old_record(
    records: &Collection<Document>,
    id: &Bson,
) -> std::result::Result<Option<Document>, Failure> {
    records.find_one(doc! {"_id": id, "schema": not_ours()}).await.map_err(failure::judge)
}
