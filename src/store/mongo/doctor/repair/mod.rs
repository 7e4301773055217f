//! Repairs: each checks its finding again, and writes with exact filters or through the protocol.

mod accounts;

use super::collection::{Site, judge_collection};
use super::leftovers::{is_dead, problem_of_unowned};
use super::organization_now;
use crate::domain::{
    AccountId, AuditEntry, Finding, OrganizationId, Problem, Remedy, RepairOutcome, Role, State,
};
use crate::store::mongo::audit;
use crate::store::mongo::collections::{Marker, marker_in, name_of, uuid_at};
use crate::store::mongo::connection::Connection;
use crate::store::mongo::failure::{Failure, judge};
use crate::store::mongo::names::new_collection_of;
use crate::store::mongo::protocol::{self, PutBack};
use crate::store::mongo::record::{binary, get_number, get_text, get_uuid, is_ours, names_hold};
use crate::store::mongo::reservation::{Holder, Owner};
use mongodb::bson::{Bson, Document, doc};

/// Repairs a finding if it is still present.
pub(in crate::store::mongo) async fn repair(
    connection: &Connection,
    finding: &Finding,
    entry: &AuditEntry,
) -> Result<RepairOutcome, Failure> {
    let repair = Repair { connection, finding, entry };
    let outcome = match repair.repair().await {
        // Another process has the organization now.
        Err(Failure::Lost) => RepairOutcome::NoLongerPresent,
        outcome => outcome?,
    };
    if outcome == RepairOutcome::Repaired {
        audit::write(connection, entry).await?;
    }
    Ok(outcome)
}

struct Repair<'a> {
    connection: &'a Connection,
    finding: &'a Finding,
    entry: &'a AuditEntry,
}

impl Repair<'_> {
    async fn repair(&self) -> Result<RepairOutcome, Failure> {
        match &self.finding.problem {
            Problem::CollectionMissing | Problem::CollectionReplaced | Problem::CollectionRestored => {
                self.collection(None).await
            }
            Problem::CollectionElsewhere { at } => self.collection(Some(at)).await,
            Problem::MarkerMissing | Problem::MarkerOfAnother => self.marker().await,
            Problem::LeftAside => self.left_aside().await,
            Problem::Silent { .. } => self.silent().await,
            Problem::AdminEmailDiffers { .. } => self.admin_email().await,
            Problem::AdminKeepsEmail { .. } => self.free_email().await,
            Problem::AdminAbandoned { email } => self.abandoned(email).await,
            Problem::OperatorPending { email } => self.pending(email).await,
            Problem::OperatorCount { counted, .. } => self.operator_count(*counted).await,
            Problem::ReservationDead { key } => self.dead(key).await,
            Problem::ReservationMissing { key } => self.missing(key).await,
            Problem::CollectionDisplaced { .. }
            | Problem::CollectionOfAnother { .. }
            | Problem::CollectionBlocked { .. }
            | Problem::RecordUnusable
            | Problem::RecordUnreadable
            | Problem::Orphan
            | Problem::NotAdopted { .. }
            | Problem::LeftInTrash
            | Problem::AdminMissing
            | Problem::ReservationOfAnother { .. }
            | Problem::OperationUnreadable { .. }
            | Problem::KeysMeet { .. }
            | Problem::StateUnknown
            | Problem::CollectionCount { .. } => Ok(RepairOutcome::Skipped(self.finding.repair())),
        }
    }

    async fn record(&self) -> Result<Option<(Document, OrganizationId)>, Failure> {
        let Some(id) = self.finding.organization_id else {
            return Ok(None);
        };
        Ok(organization_now(self.connection, id).await?.map(|record| (record, id)))
    }

    /// The record of an organization, with or without our schema.
    async fn any_organization(&self, id: OrganizationId) -> Result<Option<Document>, Failure> {
        self.connection.organizations().find_one(doc! {"_id": binary(id.0)}).await.map_err(judge)
    }

    /// I1: assigns the found collection, or an empty one.
    async fn collection(&self, elsewhere: Option<&str>) -> Result<RepairOutcome, Failure> {
        let Some((record, id)) = self.record().await? else {
            return Ok(RepairOutcome::NoLongerPresent);
        };
        if get_text(&record, "state").parse::<State>().ok().is_none_or(State::has_operation) {
            return Ok(RepairOutcome::NoLongerPresent);
        }
        // The organization's own collection is given up here. Someone may have moved it since the check, and once the
        // record has another UUID, nothing leads to it any more.
        let moved = match (elsewhere, get_uuid(&record, "collection_uuid")) {
            (None, Some(uuid)) if self.finding.problem.remedy() == Remedy::Choose => {
                name_of(self.connection, uuid).await?
            }
            (Some(_) | None, _) => None,
        };
        let elsewhere = elsewhere.or(moved.as_deref());
        let Some((problem, site)) = judge_collection(self.connection, &record, id, elsewhere).await? else {
            return Ok(RepairOutcome::NoLongerPresent);
        };
        // The decision was about this finding, not about another one.
        if problem != self.finding.problem {
            return Ok(RepairOutcome::Skipped("It has changed since it was found. Check again.".to_owned()));
        }
        let is_new = site.is_none();
        let site = match site {
            Some(site) => site,
            None => match protocol::make_empty_aside(self.connection, id).await? {
                Some((name, uuid)) => Site { name, uuid },
                None => {
                    return Ok(RepairOutcome::Skipped(
                        "The new collection disappeared. Check again.".to_owned(),
                    ));
                }
            },
        };
        let which = PutBack::Chosen(&site.name, site.uuid);
        protocol::put_back(self.connection, &record, id, which, self.entry).await?;
        let outcome = self.is_whole(id, &site).await?;
        if is_new && outcome != RepairOutcome::Repaired {
            // Otherwise the record would name the empty one, and nobody could choose the collection that took its
            // name.
            protocol::drop_aside(self.connection, id, site.uuid, self.entry).await?;
        }
        Ok(outcome)
    }

    /// Whether the organization has the collection now.
    async fn is_whole(&self, id: OrganizationId, site: &Site) -> Result<RepairOutcome, Failure> {
        let Some(record) = organization_now(self.connection, id).await? else {
            return Ok(RepairOutcome::NoLongerPresent);
        };
        let name = get_text(&record, "collection_name");
        let is_whole =
            get_text(&record, "state").parse::<State>().ok().is_some_and(|state| !state.has_operation())
                && uuid_at(self.connection, &name).await? == Some(site.uuid);
        Ok(if is_whole {
            RepairOutcome::Repaired
        } else {
            RepairOutcome::Skipped(format!("Another collection has taken {name}. Check again."))
        })
    }

    /// I6: writes the marker.
    async fn marker(&self) -> Result<RepairOutcome, Failure> {
        let Some((record, id)) = self.record().await? else {
            return Ok(RepairOutcome::NoLongerPresent);
        };
        let (name, uuid) = (get_text(&record, "collection_name"), get_uuid(&record, "collection_uuid"));
        let Some(uuid) = uuid else {
            return Ok(RepairOutcome::NoLongerPresent);
        };
        if matches!(marker_in(self.connection, &name, uuid, id).await?, Marker::Ours | Marker::NotThere) {
            return Ok(RepairOutcome::NoLongerPresent);
        }
        protocol::put_back(self.connection, &record, id, PutBack::Own, self.entry).await?;
        Ok(if marker_in(self.connection, &name, uuid, id).await? == Marker::Ours {
            RepairOutcome::Repaired
        } else {
            RepairOutcome::Skipped(format!(
                "{name} refuses the marker. A validator may require other fields."
            ))
        })
    }

    /// I2: only drops a leftover of a create, by its UUID and under a name that no other organization uses.
    async fn left_aside(&self) -> Result<RepairOutcome, Failure> {
        let name = self.finding.collection_name.as_deref().unwrap_or_default();
        let id = name.strip_prefix("tenantry_new_").and_then(|id| id.parse().ok()).map(OrganizationId);
        let Some(id) = id.filter(|id| new_collection_of(*id) == name) else {
            return Ok(RepairOutcome::NoLongerPresent);
        };
        let Some(uuid) = uuid_at(self.connection, name).await? else {
            return Ok(RepairOutcome::NoLongerPresent);
        };
        if problem_of_unowned(self.connection, name).await? != Some(Problem::LeftAside) {
            return Ok(RepairOutcome::NoLongerPresent);
        }
        let has_it = doc! {"_id": binary(id.0), "collection_uuid": binary(uuid)};
        if self.connection.organizations().find_one(has_it).await.map_err(judge)?.is_some() {
            return Ok(RepairOutcome::Skipped("An organization uses it.".to_owned()));
        }
        let is_gone = protocol::drop_aside(self.connection, id, uuid, self.entry).await?;
        Ok(if is_gone { RepairOutcome::Repaired } else { RepairOutcome::NoLongerPresent })
    }

    /// I5: recovers the operation.
    async fn silent(&self) -> Result<RepairOutcome, Failure> {
        let Some(id) = self.finding.organization_id else {
            return Ok(RepairOutcome::NoLongerPresent);
        };
        // A person requested it: the epoch decides, not the lease.
        let is_ended = protocol::recover_now(self.connection, id).await?;
        Ok(if is_ended { RepairOutcome::Repaired } else { RepairOutcome::Skipped(self.finding.repair()) })
    }

    /// I4: deletes exactly this reservation.
    async fn dead(&self, key: &str) -> Result<RepairOutcome, Failure> {
        let reservations = self.connection.reservations();
        let Some(found) = reservations.find_one(doc! {"_id": key}).await.map_err(judge)? else {
            return Ok(RepairOutcome::NoLongerPresent);
        };
        let record = match Owner::of(&found) {
            Some(Owner::Organization(id)) => self.any_organization(id).await?,
            Some(Owner::Account(id)) => {
                self.connection.admins().find_one(doc! {"_id": binary(id.0)}).await.map_err(judge)?
            }
            None => None,
        };
        if !is_dead(self.connection, &found, |_| record.clone()) {
            return Ok(RepairOutcome::NoLongerPresent);
        }
        let fields = ["_id", "organization_id", "account_id", "epoch"];
        let exactly: Document = fields
            .iter()
            .map(|field| ((*field).to_owned(), found.get(field).cloned().unwrap_or(Bson::Null)))
            .collect();
        let gone = reservations.delete_one(exactly).await.map_err(judge)?.deleted_count == 1;
        Ok(if gone { RepairOutcome::Repaired } else { RepairOutcome::NoLongerPresent })
    }

    /// I4: reserves the key again.
    async fn missing(&self, key: &str) -> Result<RepairOutcome, Failure> {
        let (owner, epoch) = match self.record().await? {
            Some((record, id)) => {
                let has_it = names_hold(&record, self.connection.database.name(), key);
                if !has_it || get_text(&record, "state") != State::Active.as_str() {
                    return Ok(RepairOutcome::NoLongerPresent);
                }
                (Owner::Organization(id), get_number(&record, "epoch"))
            }
            None => match self.operator_with(key).await? {
                Some((owner, version)) => (owner, version),
                None => return Ok(RepairOutcome::NoLongerPresent),
            },
        };
        let holder = Holder { owner, epoch, at: self.entry.at };
        let obstacle = protocol::reserve(self.connection, holder, &[key.to_owned()]).await?;
        Ok(if obstacle.is_none() {
            RepairOutcome::Repaired
        } else {
            RepairOutcome::Skipped("It is reserved for another now. Check again.".to_owned())
        })
    }

    /// The operator whose email has this key.
    async fn operator_with(&self, key: &str) -> Result<Option<(Owner, i64)>, Failure> {
        let Some(email) = key.strip_prefix("e:") else {
            return Ok(None);
        };
        let this = doc! {"email_key": email, "role": Role::Operator.as_str(), "pending": {"$exists": false}};
        let account = self.connection.admins().find_one(this).await.map_err(judge)?;
        let account = account.filter(is_ours);
        Ok(account.and_then(|account| {
            let id = get_uuid(&account, "_id")?;
            Some((Owner::Account(AccountId(id)), get_number(&account, "version")))
        }))
    }
}
