//! Collections, accounts and reservations without an owner, and the number of operators.

use super::{Doctor, about, about_none, organization_now, page, with_ids};
use crate::domain::{AccountId, Email, Finding, OrganizationId, Problem, Role, State};
use crate::store::mongo::collections::{Seen, seen_at};
use crate::store::mongo::connection::Connection;
use crate::store::mongo::failure::{Failure, judge};
use crate::store::mongo::names::{new_collection_of, owner_of_aside};
use crate::store::mongo::record::{
    account_holds, collection_key, email_key, get_number, get_text, get_time, get_uuid, holds, is_ours,
    names_hold, ours,
};
use crate::store::mongo::reservation::Owner;
use jiff::Timestamp;
use mongodb::Collection;
use mongodb::bson::{Document, doc};
use std::collections::HashMap;
use uuid::Uuid;

impl Doctor<'_> {
    /// I2.
    pub(super) async fn collections(&mut self) -> Result<(), Failure> {
        for name in self.listing.unowned() {
            self.goes_on();
            if let Some(problem) = problem_of_unowned(self.connection, &name).await? {
                self.found(about_none(Some(&name), problem));
            }
        }
        Ok(())
    }

    /// I3: admins of organizations, and operators with their count.
    pub(super) async fn accounts(&mut self) -> Result<(), Failure> {
        let records = self.connection.admins();
        let (mut after, mut operators, mut youngest) = (None, 0_i64, Timestamp::UNIX_EPOCH);
        loop {
            let found = page(&records, doc! {"schema": ours()}, "binData", after.as_ref()).await?;
            let Some(last) = found.last() else { break };
            after = last.get("_id").cloned();
            for operator in found.iter().filter(|account| !account.contains_key("organization_id")) {
                let is_whole = !operator.contains_key("pending");
                operators += i64::from(is_whole && get_text(operator, "role") == Role::Operator.as_str());
                youngest = youngest.max(get_time(operator, "created_at"));
                self.operator(operator).await?;
            }
            self.goes_on();
            self.admins(&found).await?;
            self.emails_that_meet(&found).await?;
        }
        // An operator that is being added is only counted after its account is complete.
        let is_settled = self.now.as_millisecond() - youngest.as_millisecond() > self.patience();
        let meta = self.connection.meta().find_one(doc! {"_id": "store"}).await.map_err(judge)?;
        let meta = meta.unwrap_or_default();
        let counted = get_number(&meta, "operators");
        let is_removing = meta.get_document("removing").is_ok_and(|removing| !removing.is_empty());
        if is_settled && !is_removing && counted != operators && self.are_still(counted, operators).await? {
            self.found(about_none(None, Problem::OperatorCount { counted, there: operators }));
        }
        Ok(())
    }

    /// Whether the number of operators and the number in `meta` are unchanged: an operator may have been added or
    /// removed in between.
    async fn are_still(&self, counted: i64, there: i64) -> Result<bool, Failure> {
        let now = count_operators(self.connection).await?;
        let meta = self.connection.meta().find_one(doc! {"_id": "store"}).await.map_err(judge)?;
        Ok(now == there && get_number(&meta.unwrap_or_default(), "operators") == counted)
    }

    async fn admins(&mut self, accounts: &[Document]) -> Result<(), Failure> {
        let ids = accounts.iter().filter_map(|account| account.get("organization_id").cloned()).collect();
        let organizations = by_id(with_ids(&self.connection.organizations(), ids).await?);
        for account in accounts {
            let Some(id) = get_uuid(account, "organization_id") else { continue };
            // A delete removes the admin before the organization, so this account is a leftover.
            if is_abandoned(account, organizations.get(&id))
                && self.is_there(&self.connection.admins(), account).await?
            {
                let finding = about_none(None, Problem::AdminAbandoned { email: get_text(account, "email") });
                self.found(Finding { organization_id: Some(OrganizationId(id)), ..finding });
            }
        }
        Ok(())
    }

    /// I4: emails that equal another one by the current rules, and have keys by older rules.
    async fn emails_that_meet(&mut self, accounts: &[Document]) -> Result<(), Failure> {
        for account in accounts {
            let (email, Ok(key)) = (get_text(account, "email"), account.get_str("email_key")) else {
                continue;
            };
            let today = Email::key_of(&email);
            let organization = get_uuid(account, "organization_id");
            let owner = organization.or_else(|| get_uuid(account, "_id"));
            let today_key = email_key(&today);
            if today != key
                && self.is_reserved_for_another(&today_key, owner).await?
                && self.is_there(&self.connection.admins(), account).await?
            {
                let problem = Problem::KeysMeet { shown: email, key: today_key };
                let organization_id = organization.map(OrganizationId);
                self.found(Finding { organization_id, ..about_none(None, problem) });
            }
        }
        Ok(())
    }

    /// Whether a key is reserved for another organization or account.
    pub(super) async fn is_reserved_for_another(
        &self,
        key: &str,
        owner: Option<Uuid>,
    ) -> Result<bool, Failure> {
        let found = self.connection.reservations().find_one(doc! {"_id": key}).await.map_err(judge)?;
        Ok(found.as_ref().and_then(Owner::of).is_some_and(|holder| {
            let (Owner::Organization(OrganizationId(id)) | Owner::Account(AccountId(id))) = holder;
            owner != Some(id)
        }))
    }

    async fn operator(&mut self, account: &Document) -> Result<(), Failure> {
        let email = get_text(account, "email");
        if let Ok(pending) = account.get_document("pending") {
            let age = self.now.as_millisecond() - get_time(pending, "at").as_millisecond();
            if age > self.patience() {
                self.found(about_none(None, Problem::OperatorPending { email }));
            }
            return Ok(());
        }
        let key = email_key(&get_text(account, "email_key"));
        let reserved = self.connection.reservations().find_one(doc! {"_id": &key}).await.map_err(judge)?;
        let problem = match reserved {
            None => Problem::ReservationMissing { key },
            Some(found) if get_uuid(&found, "account_id") == get_uuid(account, "_id") => return Ok(()),
            Some(_) => Problem::ReservationOfAnother { key },
        };
        // Since the page was read, its email may have changed, or it may have been removed.
        let same = doc! {"_id": account.get("_id"), "version": account.get("version")};
        if self.connection.admins().find_one(same).await.map_err(judge)?.is_some() {
            self.found(about_none(None, problem));
        }
        Ok(())
    }

    /// I4: reservations without an owner.
    pub(super) async fn reservations(&mut self) -> Result<(), Failure> {
        let records = self.connection.reservations();
        let mut after = None;
        loop {
            let found = page(&records, doc! {}, "string", after.as_ref()).await?;
            let Some(last) = found.last() else { return Ok(()) };
            after = last.get("_id").cloned();
            self.goes_on();
            let ids = |field: &str| found.iter().filter_map(|record| record.get(field).cloned()).collect();
            let organizations =
                by_id(with_ids(&self.connection.organizations(), ids("organization_id")).await?);
            let accounts = by_id(with_ids(&self.connection.admins(), ids("account_id")).await?);
            for reservation in &found {
                let is_dead = self.is_dead(reservation, &organizations, &accounts);
                if !is_dead || !self.is_there(&records, reservation).await? {
                    continue;
                }
                let organization = get_uuid(reservation, "organization_id");
                let key = get_text(reservation, "_id");
                let record = organization.and_then(|id| organizations.get(&id));
                if record.is_some_and(|record| self.is_about_to_go(record, &key)) {
                    continue;
                }
                let problem = Problem::ReservationDead { key };
                self.found(record.map_or_else(
                    || about_none(None, problem.clone()),
                    |record| about(record, problem.clone()),
                ));
            }
        }
    }

    /// Whether a record still exists unchanged.
    async fn is_there(&self, records: &Collection<Document>, record: &Document) -> Result<bool, Failure> {
        let now = records.find_one(doc! {"_id": record.get("_id")}).await.map_err(judge)?;
        Ok(now.as_ref() == Some(record))
    }

    /// Whether an operation that has given up a key has yet to release it.
    fn is_about_to_go(&self, record: &Document, key: &str) -> bool {
        let op = record.get_document("op").ok().and_then(|op| op.get_document("from").ok());
        op.is_some_and(|from| names_hold(from, self.connection.database.name(), key))
    }

    /// The record is read after the reservation, and an owner announces a reservation in its record first: a
    /// reservation that is unowned now stays unowned.
    fn is_dead(
        &self,
        reservation: &Document,
        organizations: &HashMap<Uuid, Document>,
        accounts: &HashMap<Uuid, Document>,
    ) -> bool {
        is_dead(self.connection, reservation, |owner| match owner {
            Owner::Organization(id) => organizations.get(&id.0).cloned(),
            Owner::Account(id) => accounts.get(&id.0).cloned(),
        })
    }
}

/// The number of operators, without those that are being added.
pub(super) async fn count_operators(connection: &Connection) -> Result<i64, Failure> {
    let whole = doc! {"role": Role::Operator.as_str(), "schema": ours(), "pending": {"$exists": false}};
    let there = connection.admins().count_documents(whole).await.map_err(judge)?;
    Ok(i64::try_from(there).unwrap_or(i64::MAX))
}

fn by_id(records: Vec<Document>) -> HashMap<Uuid, Document> {
    records.into_iter().filter_map(|record| Some((get_uuid(&record, "_id")?, record))).collect()
}

/// Whether a reservation has no owner. One without an owner field was not created by tenantry and stays.
pub(super) fn is_dead(
    connection: &Connection,
    reservation: &Document,
    record_of: impl Fn(Owner) -> Option<Document>,
) -> bool {
    let Some(owner) = Owner::of(reservation) else {
        return false;
    };
    let (key, epoch) = (get_text(reservation, "_id"), get_number(reservation, "epoch"));
    // Includes records without our schema: they and their reservations are left alone.
    !record_of(owner).is_some_and(|record| match owner {
        Owner::Organization(_) => holds(&record, connection.database.name(), &key, epoch),
        Owner::Account(_) => account_holds(&record, &key),
    })
}

/// Whether an admin's account belongs to no organization. If its organization does not have our schema, the account is
/// left alone too.
pub(super) fn is_abandoned(account: &Document, organization: Option<&Document>) -> bool {
    let is_admin = get_text(account, "role") == Role::Admin.as_str();
    is_admin
        && organization.is_none_or(|organization| {
            is_ours(organization) && get_uuid(organization, "admin_id") != get_uuid(account, "_id")
        })
}

/// The finding about a collection without an organization; `None` if an organization has it now, or if it is gone.
///
/// An operation removes its collections before its record: one that still exists after the record was read is a
/// leftover.
pub(super) async fn problem_of_unowned(
    connection: &Connection,
    name: &str,
) -> Result<Option<Problem>, Failure> {
    let problem = problem_of_name(connection, name).await?;
    if problem.is_none() {
        return Ok(None);
    }
    Ok(match seen_at(connection, name).await? {
        Seen::Nothing => None,
        Seen::Collection(_) => problem,
        // Tenantry creates no views.
        Seen::Other => Some(Problem::Orphan),
    })
}

async fn problem_of_name(connection: &Connection, name: &str) -> Result<Option<Problem>, Failure> {
    // A name that is only similar is not one of tenantry's.
    if let Some(id) = owner_of_aside(name) {
        let record = organization_now(connection, id).await?;
        let is_new = name == new_collection_of(id);
        return Ok(match record {
            Some(record) if has_operation(&record) || is_named(&record, name) => None,
            // Ids are never reused: a late command of a create that was rolled back left it.
            None | Some(_) if is_new => Some(Problem::LeftAside),
            None | Some(_) => Some(Problem::LeftInTrash),
        });
    }
    // An organization may have taken the name since the records were read.
    let key = collection_key(connection.database.name(), name);
    let reserved = connection.reservations().find_one(doc! {"_id": &key}).await.map_err(judge)?;
    let owner = reserved.as_ref().and_then(|reserved| get_uuid(reserved, "organization_id"));
    if let (Some(id), Some(reserved)) = (owner, &reserved)
        && let Some(record) = organization_now(connection, OrganizationId(id)).await?
        && holds(&record, connection.database.name(), &key, get_number(reserved, "epoch"))
    {
        return Ok(None);
    }
    Ok(Some(Problem::Orphan))
}

fn has_operation(record: &Document) -> bool {
    get_text(record, "state").parse::<State>().ok().is_none_or(State::has_operation)
}

fn is_named(record: &Document, name: &str) -> bool {
    record.get_str("collection_name").is_ok_and(|named| named == name)
}
