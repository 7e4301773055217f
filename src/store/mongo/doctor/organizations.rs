//! Checks organizations page by page: collection, admin, reservations, marker, and operations that do not end.

use super::collection::{judge_collection, names_of};
use super::{Doctor, GRACE_MS, MARKERS_AT_ONCE, about, organization_now, page, with_ids};
use crate::domain::name::key_of;
use crate::domain::{Finding, OrganizationId, Problem, State};
use crate::port::Error;
use crate::store::mongo::collections::{Marker, marker_in};
use crate::store::mongo::failure::{Failure, describe, judge};
use crate::store::mongo::names::Names;
use crate::store::mongo::operation::{Operation, lease_in};
use crate::store::mongo::protocol::recover_if_over;
use crate::store::mongo::record::{get_number, get_text, get_time, get_uuid, name_key, optional_time, ours};
use futures_util::TryStreamExt;
use futures_util::future::try_join_all;
use mongodb::bson::{Bson, Document, doc};
use std::collections::HashMap;

/// An organization without an operation whose collection is in its place.
struct Sound<'a> {
    record: &'a Document,
    id: OrganizationId,
    collection: String,
    uuid: uuid::Uuid,
}

impl Doctor<'_> {
    pub(super) async fn organizations(&mut self) -> Result<(), Failure> {
        let records = self.connection.organizations();
        let mut after = None;
        loop {
            let found = page(&records, doc! {"schema": ours()}, "binData", after.as_ref()).await?;
            let Some(last) = found.last() else {
                return self.without_uuid().await;
            };
            after = last.get("_id").cloned();
            self.one_page(&found).await?;
            self.looked_at(found.len());
        }
    }

    /// Records with our schema and an `_id` that tenantry never creates: no operation reaches them.
    async fn without_uuid(&mut self) -> Result<(), Failure> {
        let others = doc! {"schema": ours(), "_id": {"$not": {"$type": "binData"}}};
        let mut records = self.connection.organizations().find(others).await.map_err(judge)?;
        while let Some(record) = records.try_next().await.map_err(judge)? {
            self.unreadable(&record);
            self.looked_at(1);
        }
        Ok(())
    }

    fn unreadable(&mut self, record: &Document) {
        if let Ok(name) = record.get_str("collection_name") {
            self.listing.own(name);
        }
        self.found(about(record, Problem::RecordUnreadable));
    }

    async fn one_page(&mut self, records: &[Document]) -> Result<(), Failure> {
        let (mut active, mut sound_ones) = (Vec::new(), Vec::new());
        for record in records {
            let has_epoch =
                matches!(record.get("epoch"), Some(Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_)));
            let Some(id) = get_uuid(record, "_id").map(OrganizationId).filter(|_| has_epoch) else {
                self.unreadable(record);
                continue;
            };
            for name in names_of(record, id, self.connection.database.name()) {
                self.listing.own(&name);
            }
            match get_text(record, "state").parse::<State>().ok() {
                Some(state) if state.has_operation() => self.with_operation(record, id, state).await?,
                Some(_) => {
                    active.push(record);
                    sound_ones.extend(self.collection_of(record, id).await?);
                }
                None => self.found_if_unmoved(record, Problem::StateUnknown).await?,
            }
        }
        self.markers(&sound_ones).await?;
        self.admins_of(&active).await?;
        self.reservations_of(&active).await
    }

    /// I5: recovers an operation whose lease is over, as every request does, and reports it if it does not end.
    async fn with_operation(
        &mut self,
        record: &Document,
        id: OrganizationId,
        state: State,
    ) -> Result<(), Failure> {
        if Operation::read(record, self.connection.database.name()).is_none() {
            return self.found_if_unmoved(record, Problem::OperationUnreadable { state }).await;
        }
        self.goes_on();
        let refusal = match recover_if_over(self.connection, id).await {
            Ok(_) | Err(Failure::Lost | Failure::Unknown(_)) => None,
            Err(Failure::Refused(error)) => Some(describe(self.connection, &error).to_string()),
            Err(Failure::Rule(Error::Refused { reason, .. } | Error::StoreUnusable(reason))) => Some(reason),
            Err(Failure::Rule(error)) => Some(error.to_string()),
            Err(failure @ Failure::Unsent(_)) => return Err(failure),
        };
        let Some(now) = organization_now(self.connection, id).await? else { return Ok(()) };
        let still = get_text(&now, "state").parse::<State>().ok().filter(|state| state.has_operation());
        let Some(state) = still else { return Ok(()) };
        if refusal.is_some() || self.is_too_old(&now) {
            self.found(about(&now, Problem::Silent { state, refusal }));
        }
        Ok(())
    }

    /// Whether an operation began longer ago than its lease and a minute. A time in the future has no end of a lease:
    /// a clock was corrected.
    fn is_too_old(&self, record: &Document) -> bool {
        let began = record.get_document("op").ok().and_then(|op| optional_time(op, "began_at"));
        let began = began.unwrap_or_else(|| get_time(record, "touched_at"));
        let lease = lease_in(record).unwrap_or(self.connection.lease);
        let patience = i64::try_from(lease.as_millis()).unwrap_or(i64::MAX).saturating_add(GRACE_MS);
        let silent = self.now.as_millisecond().saturating_sub(began.as_millisecond());
        silent.saturating_abs() > patience
    }

    /// I1.
    async fn collection_of<'r>(
        &mut self,
        record: &'r Document,
        id: OrganizationId,
    ) -> Result<Option<Sound<'r>>, Failure> {
        let database = self.connection.database.name();
        let uuid = get_uuid(record, "collection_uuid");
        let name = Names::read(record, id, database).collection;
        let name = name.filter(|_| record.get_str("database_name").is_ok_and(|named| named == database));
        if let (Some(name), Some(own)) = (name, uuid)
            && self.listing.named(&name).is_some_and(|listed| listed.uuid == uuid)
        {
            return Ok(Some(Sound { record, id, collection: name, uuid: own }));
        }
        self.goes_on();
        let elsewhere = uuid.and_then(|uuid| self.listing.name_of(uuid)).map(str::to_owned);
        if let Some(elsewhere) = &elsewhere {
            self.listing.own(elsewhere);
        }
        let judged = judge_collection(self.connection, record, id, elsewhere.as_deref()).await?;
        if let Some((problem, _)) = judged
            && self.is_unmoved(record, id).await?
        {
            self.found(about(record, problem));
        }
        Ok(None)
    }

    /// I6. The collection was in its place; the marker does not depend on whether it still is.
    async fn markers(&mut self, sound: &[Sound<'_>]) -> Result<(), Failure> {
        let mut read = Vec::with_capacity(sound.len());
        for some in sound.chunks(MARKERS_AT_ONCE) {
            let reading =
                some.iter().map(|sound| marker_in(self.connection, &sound.collection, sound.uuid, sound.id));
            read.extend(some.iter().zip(try_join_all(reading).await?));
            self.goes_on();
        }
        for (sound, marker) in read {
            let problem = match marker {
                Marker::Ours | Marker::NotThere => continue,
                Marker::Others => Problem::MarkerOfAnother,
                Marker::Missing => Problem::MarkerMissing,
            };
            // It may have been renamed or deleted before its marker was read.
            if self.is_unmoved(sound.record, sound.id).await? {
                self.found(about(sound.record, problem));
            }
        }
        Ok(())
    }

    /// I3: the admin in each record.
    async fn admins_of(&mut self, records: &[&Document]) -> Result<(), Failure> {
        let ids = records.iter().filter_map(|record| record.get("admin_id").cloned()).collect();
        let admins = with_ids(&self.connection.admins(), ids).await?;
        let admins: HashMap<_, _> =
            admins.into_iter().filter_map(|admin| Some((get_uuid(&admin, "_id")?, admin))).collect();
        for record in records {
            let admin = get_uuid(record, "admin_id").and_then(|id| admins.get(&id));
            if let Some(problem) = problem_of_admin(record, admin) {
                self.found_if_unmoved(record, problem).await?;
            }
        }
        Ok(())
    }

    /// I4: the keys in each record.
    async fn reservations_of(&mut self, records: &[&Document]) -> Result<(), Failure> {
        let database = self.connection.database.name();
        let keys_of = |record: &Document| {
            let id = get_uuid(record, "_id").map(OrganizationId);
            id.map(|id| Names::read(record, id, database).keys(database)).unwrap_or_default()
        };
        let keys = records.iter().flat_map(|record| keys_of(record)).map(Bson::String);
        let found = with_ids(&self.connection.reservations(), keys.collect()).await?;
        let holders: HashMap<String, Document> =
            found.into_iter().map(|reservation| (get_text(&reservation, "_id"), reservation)).collect();
        for record in records {
            for key in keys_of(record) {
                if let Some(problem) = problem_of_key(record, key, &holders) {
                    self.found_if_unmoved(record, problem).await?;
                }
            }
            if let Some((shown, key)) = name_that_may_meet(record)
                && self.is_reserved_for_another(&key, get_uuid(record, "_id")).await?
            {
                self.found_if_unmoved(record, Problem::KeysMeet { shown, key }).await?;
            }
        }
        Ok(())
    }

    async fn found_if_unmoved(&mut self, record: &Document, problem: Problem) -> Result<(), Failure> {
        let id = get_uuid(record, "_id").map(OrganizationId);
        let Some(id) = id else { return Ok(()) };
        if self.is_unmoved(record, id).await? {
            let finding: Finding = about(record, problem);
            self.found(finding);
        }
        Ok(())
    }

    /// Whether no operation has begun since the record was read.
    async fn is_unmoved(&self, record: &Document, id: OrganizationId) -> Result<bool, Failure> {
        let now = organization_now(self.connection, id).await?;
        Ok(now.is_some_and(|now| get_number(&now, "epoch") == get_number(record, "epoch")))
    }
}

/// The finding about the admin's account of a record.
pub(super) fn problem_of_admin(record: &Document, admin: Option<&Document>) -> Option<Problem> {
    let id = get_uuid(record, "_id");
    let is_deleted = get_text(record, "state") == State::Deleted.as_str();
    let admin = admin.filter(|admin| get_uuid(admin, "organization_id") == id);
    let Some(admin) = admin else {
        // A restore creates the account again.
        return (!is_deleted).then_some(Problem::AdminMissing);
    };
    if is_deleted && admin.contains_key("email_key") {
        return Some(Problem::AdminKeepsEmail { email: get_text(admin, "email") });
    }
    let same = |field: &str, of_record: &str| get_text(admin, field) == get_text(record, of_record);
    if same("email", "admin_email") && (is_deleted || same("email_key", "email_key")) {
        return None;
    }
    Some(Problem::AdminEmailDiffers { account: get_text(admin, "email") })
}

/// The name, if its key is by older rules and so may equal another one by the current rules.
fn name_that_may_meet(record: &Document) -> Option<(String, String)> {
    let (shown, key) = (get_text(record, "organization_name"), record.get_str("name_key").ok()?);
    let today = key_of(&shown);
    (today != key).then(|| (shown, name_key(&today)))
}

/// The finding about the reservation of a record's key.
fn problem_of_key(record: &Document, key: String, holders: &HashMap<String, Document>) -> Option<Problem> {
    match holders.get(&key) {
        None => Some(Problem::ReservationMissing { key }),
        Some(holder) if get_uuid(holder, "organization_id") == get_uuid(record, "_id") => None,
        Some(_) => Some(Problem::ReservationOfAnother { key }),
    }
}
