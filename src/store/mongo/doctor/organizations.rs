//! Organizations, a page at a time: their collection, admin, reservations, marker, and operations that stand still.

use super::collection::{Marker, judge_collection, marker_in, names_in_work};
use super::{Doctor, MARKERS_AT_ONCE, about, organization_now, page, with_ids};
use crate::domain::{CollectionName, Finding, OrganizationId, Problem, State};
use crate::store::mongo::failure::{Failure, judge};
use crate::store::mongo::operation::Found;
use crate::store::mongo::record::{Names, get_number, get_text, get_time, get_uuid, ours};
use futures_util::TryStreamExt;
use futures_util::future::try_join_all;
use mongodb::bson::{Bson, Document, doc};
use std::collections::HashMap;

/// An active organization whose collection is where it should be.
struct Sound<'a> {
    record: &'a Document,
    id: OrganizationId,
    collection: String,
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

    /// Records that are ours by their schema and whose `_id` was never given by tenantry: no operation reaches them.
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
        for name in names_in_work(record, self.connection.database.name()) {
            self.listing.own(&name);
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
            for name in names_in_work(record, self.connection.database.name()) {
                self.listing.own(&name);
            }
            match State::from_word(&get_text(record, "state")) {
                Some(state) if state.is_in_work() => self.in_work(record, state),
                Some(State::Active) => {
                    active.push(record);
                    if let Some(sound) = self.collection_of(record, id).await? {
                        sound_ones.push(sound);
                    }
                }
                Some(_) => drop(self.collection_of(record, id).await?),
                None => self.found_if_unmoved(record, Problem::StateUnknown).await?,
            }
        }
        self.markers(&sound_ones).await?;
        self.admins_of(&active).await?;
        self.reservations_of(&active).await
    }

    /// I5.
    fn in_work(&mut self, record: &Document, state: State) {
        let silent = self.now.as_millisecond() - get_time(record, "touched_at").as_millisecond();
        // A time to come has no lease that would end: a clock was put back.
        if silent.abs() <= self.patience() {
            return;
        }
        let is_readable = Found::read(record, self.connection.database.name()).is_some();
        let problem =
            if is_readable { Problem::Silent { state } } else { Problem::OperationUnreadable { state } };
        self.found(about(record, problem));
    }

    /// I1.
    async fn collection_of<'r>(
        &mut self,
        record: &'r Document,
        id: OrganizationId,
    ) -> Result<Option<Sound<'r>>, Failure> {
        let database = self.connection.database.name();
        let uuid = get_uuid(record, "collection_uuid");
        let is_active = get_text(record, "state") == State::Active.as_str();
        let name = CollectionName::from_record(&get_text(record, "collection_name"), database);
        let name = name.filter(|_| record.get_str("database_name").is_ok_and(|named| named == database));
        if let Some(name) = name.filter(|_| is_active)
            && uuid.is_some()
            && self.listing.named(name.as_str()).is_some_and(|listed| listed.uuid == uuid)
        {
            return Ok(Some(Sound { record, id, collection: name.as_str().to_owned() }));
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

    /// I6. Its collection was where it should be; whether it still is does not matter to the marker.
    async fn markers(&mut self, sound: &[Sound<'_>]) -> Result<(), Failure> {
        let mut read = Vec::with_capacity(sound.len());
        for some in sound.chunks(MARKERS_AT_ONCE) {
            let reading = some.iter().map(|sound| marker_in(self.connection, &sound.collection, sound.id));
            read.extend(some.iter().zip(try_join_all(reading).await?));
            self.goes_on();
        }
        for (sound, marker) in read {
            let problem = match marker {
                Marker::Ours => continue,
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

    /// I3: the admin that each record names.
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

    /// I4: the keys that each record has.
    async fn reservations_of(&mut self, records: &[&Document]) -> Result<(), Failure> {
        let database = self.connection.database.name();
        let keys_of = |record: &Document| Names::read(record, database).map(|names| names.keys(database));
        let keys = records.iter().filter_map(|record| keys_of(record)).flatten().map(Bson::String);
        let found = with_ids(&self.connection.reservations(), keys.collect()).await?;
        let holders: HashMap<String, Document> =
            found.into_iter().map(|reservation| (get_text(&reservation, "_id"), reservation)).collect();
        for record in records {
            for key in keys_of(record).into_iter().flatten() {
                if let Some(problem) = problem_of_key(record, key, &holders) {
                    self.found_if_unmoved(record, problem).await?;
                }
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

    /// Whether nothing has begun with an organization since its record was read.
    async fn is_unmoved(&self, record: &Document, id: OrganizationId) -> Result<bool, Failure> {
        let now = organization_now(self.connection, id).await?;
        Ok(now.is_some_and(|now| get_number(&now, "epoch") == get_number(record, "epoch")))
    }
}

/// What is wrong with the account that a record names as its admin.
pub(super) fn problem_of_admin(record: &Document, admin: Option<&Document>) -> Option<Problem> {
    let id = get_uuid(record, "_id");
    let admin = admin.filter(|admin| get_uuid(admin, "organization_id") == id);
    let Some(admin) = admin else {
        return Some(Problem::AdminMissing);
    };
    let same = |field: &str, of_record: &str| get_text(admin, field) == get_text(record, of_record);
    if same("email", "admin_email") && same("email_key", "email_key") {
        return None;
    }
    Some(Problem::AdminEmailDiffers { account: get_text(admin, "email") })
}

/// What is wrong with the reservation of a key that a record has.
fn problem_of_key(record: &Document, key: String, holders: &HashMap<String, Document>) -> Option<Problem> {
    match holders.get(&key) {
        None => Some(Problem::ReservationMissing { key }),
        Some(holder) if get_uuid(holder, "organization_id") == get_uuid(record, "_id") => None,
        Some(_) => Some(Problem::ReservationOfAnother { key }),
    }
}
