//! Mending what was found: each finding is looked at again, and mended by exact filters or by the protocol.

use super::collection::{Marker, Site, judge_collection, marker_in, names_of};
use super::leftovers::{count_operators, is_abandoned, is_dead, problem_of_unowned};
use super::organizations::problem_of_admin;
use super::{organization_now, patience, server_time};
use crate::domain::{AccountId, Email, Finding, Mended, OrganizationId, Problem, Remedy, Role, State};
use crate::service::store::AuditEntry;
use crate::store::mongo::audit;
use crate::store::mongo::connection::Connection;
use crate::store::mongo::failure::{Failure, judge};
use crate::store::mongo::lifecycle::{self, Moved};
use crate::store::mongo::page::{name_of, uuid_at};
use crate::store::mongo::record::{
    binary, date, email_key, get_number, get_text, get_time, get_uuid, is_ours, names_hold, ours,
};
use crate::store::mongo::reservation::{Holder, Owner};
use futures_util::TryStreamExt;
use jiff::{SignedDuration, Timestamp};
use mongodb::bson::{Bson, Document, doc};

/// Mends a finding if it is still so.
pub(in crate::store::mongo) async fn mend(
    connection: &Connection,
    finding: &Finding,
    entry: &AuditEntry,
) -> Result<Mended, Failure> {
    let mending = Mending { connection, finding, entry };
    let mended = match mending.mend().await {
        // Another one has the organization now.
        Err(Failure::Lost) => Mended::Gone,
        mended => mended?,
    };
    if mended == Mended::Done {
        audit::write(connection, entry).await?;
    }
    Ok(mended)
}

struct Mending<'a> {
    connection: &'a Connection,
    finding: &'a Finding,
    entry: &'a AuditEntry,
}

impl Mending<'_> {
    async fn mend(&self) -> Result<Mended, Failure> {
        match &self.finding.problem {
            Problem::CollectionMissing
            | Problem::CollectionReplaced
            | Problem::CollectionRestored
            | Problem::DamagedReplaced { .. }
            | Problem::DamagedMissing => self.collection(None).await,
            Problem::CollectionElsewhere { at } | Problem::DamagedFound { at } => {
                self.collection(Some(at)).await
            }
            Problem::MarkerMissing => self.marker().await,
            Problem::LeftAside => self.left_aside().await,
            Problem::Silent { .. } => self.silent().await,
            Problem::AdminEmailDiffers { .. } => self.admin_email().await,
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
            | Problem::LeftInTrash
            | Problem::AdminMissing
            | Problem::ReservationOfAnother { .. }
            | Problem::OperationUnreadable { .. }
            | Problem::StateUnknown
            | Problem::MarkerOfAnother => Ok(Mended::Left(self.finding.repair())),
        }
    }

    async fn record(&self) -> Result<Option<(Document, OrganizationId)>, Failure> {
        let Some(id) = self.finding.organization_id else {
            return Ok(None);
        };
        Ok(organization_now(self.connection, id).await?.map(|record| (record, id)))
    }

    /// The record of an organization, whether it carries our schema or not.
    async fn any_organization(&self, id: OrganizationId) -> Result<Option<Document>, Failure> {
        self.connection.organizations().find_one(doc! {"_id": binary(id.0)}).await.map_err(judge)
    }

    /// I1: the collection that was found, or an empty one.
    async fn collection(&self, elsewhere: Option<&str>) -> Result<Mended, Failure> {
        let Some((record, id)) = self.record().await? else {
            return Ok(Mended::Gone);
        };
        if State::from_word(&get_text(&record, "state")).is_none_or(State::is_in_work) {
            return Ok(Mended::Gone);
        }
        // It is given up: somebody may have moved it since the check, and once another UUID is in the record nothing leads
        // to it any more.
        let moved = match (elsewhere, get_uuid(&record, "collection_uuid")) {
            (None, Some(uuid)) if self.finding.problem.remedy() == Remedy::Choose => {
                name_of(self.connection, uuid).await?
            }
            (Some(_) | None, _) => None,
        };
        let elsewhere = elsewhere.or(moved.as_deref());
        let Some((problem, site)) = judge_collection(self.connection, &record, id, elsewhere).await? else {
            return Ok(Mended::Gone);
        };
        // What is to be done was decided about this finding, not about what became of it.
        if problem != self.finding.problem {
            return Ok(Mended::Left("It is not as it was found; check again.".to_owned()));
        }
        let site = match site {
            Some(site) => site,
            None => match lifecycle::empty_aside(self.connection, id).await? {
                Some((name, uuid)) => Site { name, uuid },
                None => return Ok(Mended::Left("The new collection vanished; check again.".to_owned())),
            },
        };
        let own = names_of(&record, self.connection.database.name());
        let is_elsewhere = !own.contains(&site.name);
        let moved = Moved { uuid: site.uuid, name: &site.name, is_elsewhere };
        lifecycle::mend(self.connection, (&record, id), &moved, self.entry).await?;
        self.is_whole(id, &site).await
    }

    /// Whether the organization has the collection now.
    async fn is_whole(&self, id: OrganizationId, site: &Site) -> Result<Mended, Failure> {
        let Some(record) = organization_now(self.connection, id).await? else {
            return Ok(Mended::Gone);
        };
        let name = get_text(&record, "collection_name");
        let is_whole = get_text(&record, "state") == State::Active.as_str()
            && uuid_at(self.connection, &name).await? == Some(site.uuid);
        Ok(if is_whole {
            Mended::Done
        } else {
            Mended::Left(format!("Something else has taken {name} meanwhile; check again."))
        })
    }

    /// I6.
    async fn marker(&self) -> Result<Mended, Failure> {
        let Some((record, id)) = self.record().await? else {
            return Ok(Mended::Gone);
        };
        let (name, uuid) = (get_text(&record, "collection_name"), get_uuid(&record, "collection_uuid"));
        let Some(uuid) = uuid.filter(|_| get_text(&record, "state") == State::Active.as_str()) else {
            return Ok(Mended::Gone);
        };
        if uuid_at(self.connection, &name).await? != Some(uuid)
            || marker_in(self.connection, &name, id).await? != Marker::Missing
        {
            return Ok(Mended::Gone);
        }
        let moved = Moved { uuid, name: &name, is_elsewhere: false };
        lifecycle::mend(self.connection, (&record, id), &moved, self.entry).await?;
        Ok(if marker_in(self.connection, &name, id).await? == Marker::Missing {
            Mended::Left(format!(
                "{name} refuses the marker: it may have a validator that does not let it in."
            ))
        } else {
            Mended::Done
        })
    }

    /// I2. Only what a create left aside is dropped, by its UUID, under a name that no other organization uses.
    async fn left_aside(&self) -> Result<Mended, Failure> {
        let name = self.finding.collection_name.as_deref().unwrap_or_default();
        let id = name.strip_prefix("tenantry_new_").and_then(|id| id.parse().ok()).map(OrganizationId);
        let Some(id) = id.filter(|id| lifecycle::new_collection_of(*id) == name) else {
            return Ok(Mended::Gone);
        };
        let Some(uuid) = uuid_at(self.connection, name).await? else {
            return Ok(Mended::Gone);
        };
        if problem_of_unowned(self.connection, name).await? != Some(Problem::LeftAside) {
            return Ok(Mended::Gone);
        }
        let has_it = doc! {"_id": binary(id.0), "collection_uuid": binary(uuid)};
        if self.connection.organizations().find_one(has_it).await.map_err(judge)?.is_some() {
            return Ok(Mended::Left("An organization has it.".to_owned()));
        }
        lifecycle::drop_aside(self.connection, id, uuid).await?;
        Ok(Mended::Done)
    }

    /// I5.
    async fn silent(&self) -> Result<Mended, Failure> {
        let Some(id) = self.finding.organization_id else {
            return Ok(Mended::Gone);
        };
        if lifecycle::recover_if_over(self.connection, id).await? {
            return Ok(Mended::Done);
        }
        // One whose time of the last write is not to be read, or is to come, has no lease that would end.
        let patience = SignedDuration::from_millis(patience(self.connection));
        let latest = server_time(self.connection).await?.saturating_add(patience).unwrap_or(Timestamp::MAX);
        let timeless = doc! {"_id": binary(id.0), "$or": [
            {"touched_at": {"$not": {"$type": "date"}}},
            {"touched_at": {"$gt": date(latest)}},
        ]};
        if self.connection.organizations().find_one(timeless).await.map_err(judge)?.is_none() {
            return Ok(Mended::Gone);
        }
        let is_ended = lifecycle::end_now(self.connection, id).await?;
        Ok(if is_ended { Mended::Done } else { Mended::Left(self.finding.repair()) })
    }

    /// I3: the account is what signs in, so the record follows it.
    async fn admin_email(&self) -> Result<Mended, Failure> {
        let Some((record, id)) = self.record().await? else {
            return Ok(Mended::Gone);
        };
        let admin =
            self.connection.admins().find_one(doc! {"_id": record.get("admin_id")}).await.map_err(judge)?;
        let differs = problem_of_admin(&record, admin.as_ref());
        let (Some(Problem::AdminEmailDiffers { .. }), Some(admin)) = (differs, admin) else {
            return Ok(Mended::Gone);
        };
        let key = Email::key_of(&get_text(&admin, "email"));
        let reserved = self.connection.reservations().find_one(doc! {"_id": email_key(&key)}).await;
        let reserved = reserved.map_err(judge)?;
        if reserved.is_some_and(|reserved| Owner::of(&reserved) != Some(Owner::Organization(id))) {
            return Ok(Mended::Left("Another one has this email.".to_owned()));
        }
        let epoch =
            lifecycle::correct_email(self.connection, (&record, id), &get_text(&admin, "email")).await?;
        let holder = Holder { owner: Owner::Organization(id), epoch, at: self.entry.at };
        let reserved = lifecycle::reserve(self.connection, holder, &[email_key(&key)]).await?;
        Ok(if reserved.is_none() {
            Mended::Done
        } else {
            Mended::Left("Another one has this email.".to_owned())
        })
    }

    /// I3.
    async fn abandoned(&self, email: &str) -> Result<Mended, Failure> {
        let of = self.finding.organization_id.map(|id| binary(id.0));
        let these =
            doc! {"organization_id": of, "email": email, "role": Role::Admin.as_str(), "schema": ours()};
        let accounts = self.connection.admins();
        let found: Vec<Document> =
            async { accounts.find(these).await?.try_collect().await }.await.map_err(judge)?;
        // Read after the account: an organization is there before its admin is.
        let organization = match self.finding.organization_id {
            Some(id) => self.any_organization(id).await?,
            None => None,
        };
        if let Some(organization) = &organization
            && !self.has_its_admin(organization).await?
        {
            return Ok(Mended::Left(
                "The organization has no other account that could sign in: restore its admin first, then check again."
                    .to_owned(),
            ));
        }
        let mut mended = Mended::Gone;
        for account in found {
            if !is_abandoned(&account, organization.as_ref()) {
                continue;
            }
            let exactly = doc! {"_id": account.get("_id"), "version": account.get("version")};
            accounts.delete_one(exactly).await.map_err(judge)?;
            mended = Mended::Done;
        }
        Ok(mended)
    }

    /// Whether the account that an organization names as its admin is there.
    async fn has_its_admin(&self, organization: &Document) -> Result<bool, Failure> {
        let this = doc! {"_id": organization.get("admin_id")};
        let admin = self.connection.admins().find_one(this).await.map_err(judge)?;
        Ok(problem_of_admin(organization, admin.as_ref()) != Some(Problem::AdminMissing))
    }

    /// I3.
    async fn pending(&self, email: &str) -> Result<Mended, Failure> {
        let accounts = self.connection.admins();
        let this = doc! {"email": email, "pending": {"$exists": true}, "schema": ours()};
        let Some(account) = accounts.find_one(this).await.map_err(judge)? else {
            return Ok(Mended::Gone);
        };
        // It may be another try to add the same.
        let began = account.get_document("pending").map_or(Timestamp::UNIX_EPOCH, |it| get_time(it, "at"));
        if server_time(self.connection).await?.duration_since(began).as_millis()
            <= i128::from(patience(self.connection))
        {
            return Ok(Mended::Gone);
        }
        let id = account.get("_id");
        let exactly = doc! {"_id": id, "pending": account.get("pending")};
        if accounts.delete_one(exactly).await.map_err(judge)?.deleted_count == 0 {
            return Ok(Mended::Gone);
        }
        let reserved = doc! {"account_id": id};
        self.connection.reservations().delete_many(reserved).await.map_err(judge)?;
        Ok(Mended::Done)
    }

    /// I3: only if nobody counted meanwhile.
    async fn operator_count(&self, counted: i64) -> Result<Mended, Failure> {
        let there = count_operators(self.connection).await?;
        if there == counted {
            return Ok(Mended::Gone);
        }
        let this = doc! {"_id": "store", "operators": counted, "removing": {"$in": [Bson::Null, {}]}};
        let set = doc! {"$set": {"operators": there}};
        let set = self.connection.meta().update_one(this, set).await.map_err(judge)?;
        Ok(if set.matched_count == 1 { Mended::Done } else { Mended::Gone })
    }

    /// I4: exactly the one that was looked at.
    async fn dead(&self, key: &str) -> Result<Mended, Failure> {
        let reservations = self.connection.reservations();
        let Some(found) = reservations.find_one(doc! {"_id": key}).await.map_err(judge)? else {
            return Ok(Mended::Gone);
        };
        let now = server_time(self.connection).await?;
        let record = match Owner::of(&found) {
            Some(Owner::Organization(id)) => self.any_organization(id).await?,
            Some(Owner::Account(id)) => {
                self.connection.admins().find_one(doc! {"_id": binary(id.0)}).await.map_err(judge)?
            }
            None => None,
        };
        if !is_dead(self.connection, now, &found, |_| record.clone()) {
            return Ok(Mended::Gone);
        }
        let fields = ["_id", "organization_id", "account_id", "epoch", "held_until"];
        let exactly: Document = fields
            .iter()
            .map(|field| ((*field).to_owned(), found.get(field).cloned().unwrap_or(Bson::Null)))
            .collect();
        let gone = reservations.delete_one(exactly).await.map_err(judge)?.deleted_count == 1;
        Ok(if gone { Mended::Done } else { Mended::Gone })
    }

    /// I4.
    async fn missing(&self, key: &str) -> Result<Mended, Failure> {
        let (owner, epoch) = match self.record().await? {
            Some((record, id)) => {
                let has_it = names_hold(&record, self.connection.database.name(), key);
                if !has_it || get_text(&record, "state") != State::Active.as_str() {
                    return Ok(Mended::Gone);
                }
                (Owner::Organization(id), get_number(&record, "epoch"))
            }
            None => match self.operator_with(key).await? {
                Some((owner, version)) => (owner, version),
                None => return Ok(Mended::Gone),
            },
        };
        let holder = Holder { owner, epoch, at: self.entry.at };
        let obstacle = lifecycle::reserve(self.connection, holder, &[key.to_owned()]).await?;
        Ok(if obstacle.is_none() {
            Mended::Done
        } else {
            Mended::Left("It is reserved for another now; check again.".to_owned())
        })
    }

    /// The operator whose email a key reserves.
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
