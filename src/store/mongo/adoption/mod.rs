//! Adopts what an earlier service left in this database. That service kept a record for each organization and each
//! admin, without a schema, and a collection `org_<name>` for each organization; every other read skips such records.
//!
//! `survey` reads (`old` has the records, `groups` what they share), `judge` decides, `protocol::adopt` adopts one organization completely or not at all. Nothing here
//! changes or removes a record that is not adopted, and no document or index of a tenant is touched.

mod groups;
mod judge;
mod old;
mod survey;

use super::connection::Connection;
use super::failure;
use super::failure::Failure;
use super::protocol::{NewAdoption, adopt as adopt_one};
use super::record::{ADOPTED_FROM, get_text, not_ours};
use super::{MongoStore, accounts};
use crate::domain::adoption::{AdoptionFinding, AdoptionKind};
use crate::domain::{
    AdoptionProgress, AdoptionReport, AuditEntry, Fate, OperationId, Resolution, ResolutionError,
};
use crate::port::{Adoption, Error, Result};
use async_trait::async_trait;
use futures_util::TryStreamExt;
use futures_util::future::join_all;
use judge::{Judgement, Plan};
use mongodb::Collection;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, Document, doc};
use old::{has_hash, shown};
use serde_json::json;
use std::collections::HashSet;
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
            findings: judgement.findings,
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
        let (mut done, mut is_stopped) = (HashSet::new(), false);
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
                if adopted.map_err(|failure| failure.into_error(connection))? {
                    done.insert(plan.organization);
                    progress.send_modify(|so_far| so_far.adopted += 1);
                }
            }
        }
        let adopted = adopted_findings(&found, judgement, &done);
        // Read again: others may have changed something meanwhile, and some admins may have lost their organization.
        let known = ids_in(&found);
        let open: Vec<_> = resolutions.iter().filter(|it| known.contains(&it.record_id)).cloned().collect();
        let (_, rest) = judged(connection, &open, progress).await?;
        let left = rest.left + rest.plans.len() as u64;
        let findings = adopted.into_iter().chain(rest.findings).collect();
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

/// Like [`judged`]; refuses a decision about a record that does not exist and was not adopted.
async fn judged_for(
    connection: &Connection,
    resolutions: &[Resolution],
    progress: &watch::Sender<AdoptionProgress>,
) -> Result<(Survey, Judgement)> {
    let (survey, judgement) = judged(connection, resolutions, progress).await?;
    let known = ids_in(&survey);
    let unknown: Vec<_> = resolutions.iter().filter(|it| !known.contains(&it.record_id)).collect();
    let adopted = adopted_before(connection, &unknown).await?;
    if let Some(decision) = unknown.iter().find(|it| !adopted.contains(&it.record_id)) {
        let reason = format!("No organization of the earlier service has the _id {}.", decision.record_id);
        return Err(Error::NotAdoptable(ResolutionError { line: decision.line, reason }.to_string()));
    }
    Ok((survey, judgement))
}

/// The `_id`s of the old records of organizations.
fn ids_in(survey: &Survey) -> HashSet<String> {
    survey.organizations.iter().map(|old| shown(&old.id)).collect()
}

/// The records of decisions that an earlier run carried out.
async fn adopted_before(connection: &Connection, decisions: &[&Resolution]) -> Result<HashSet<String>> {
    let mut adopted = HashSet::new();
    for some in decisions.chunks(LOOKED_UP) {
        let ids = some.iter().flat_map(|decision| {
            let id = ObjectId::parse_str(&decision.record_id).ok().map(Bson::from);
            id.into_iter().chain([Bson::String(decision.record_id.clone())])
        });
        let these = doc! {ADOPTED_FROM: {"$in": ids.collect::<Vec<_>>()}};
        let organizations = connection.organizations();
        let find = organizations.find(these).projection(doc! {ADOPTED_FROM: 1});
        let found = async { find.await?.try_collect::<Vec<Document>>().await };
        let found = found.await.map_err(|error| connection.of_read(&error))?;
        adopted.extend(found.iter().filter_map(|record| record.get(ADOPTED_FROM)).map(shown));
    }
    Ok(adopted)
}

/// The findings about what was adopted.
fn adopted_findings(found: &Survey, judgement: Judgement, done: &HashSet<usize>) -> Vec<AdoptionFinding> {
    let ids: HashSet<String> =
        done.iter().filter_map(|number| Some(shown(&found.organizations.get(*number)?.id))).collect();
    let is_done = |finding: &AdoptionFinding| {
        let of_adopted = finding.kind.fate() == Fate::Adopt || finding.kind == AdoptionKind::NameTrimmed;
        of_adopted && finding.record_ids.iter().all(|id| ids.contains(id))
    };
    judgement.findings.into_iter().filter(is_done).collect()
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
    let (Some(_), Some(admin)) = (record, admin.filter(has_hash)) else {
        return Ok(false);
    };
    if old_admin.email.as_deref() != Some(&get_text(&admin, "email")) {
        return Ok(false);
    }
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
