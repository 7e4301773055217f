//! Repairs of accounts (I3).

use super::Repair;
use crate::domain::{Email, Problem, RepairOutcome, Role, State};
use crate::store::mongo::doctor::leftovers::{count_operators, is_abandoned};
use crate::store::mongo::doctor::organizations::problem_of_admin;
use crate::store::mongo::doctor::patience;
use crate::store::mongo::failure::{Failure, judge};
use crate::store::mongo::protocol;
use crate::store::mongo::record::{binary, email_key, get_text, get_time, ours};
use crate::store::mongo::reservation::{Holder, Owner};
use futures_util::TryStreamExt;
use jiff::Timestamp;
use mongodb::bson::{Bson, Document, doc};

impl Repair<'_> {
    /// I3: the record follows the account, because the account signs in.
    pub(super) async fn admin_email(&self) -> Result<RepairOutcome, Failure> {
        let Some((record, id)) = self.record().await? else {
            return Ok(RepairOutcome::NoLongerPresent);
        };
        let admin =
            self.connection.admins().find_one(doc! {"_id": record.get("admin_id")}).await.map_err(judge)?;
        let differs = problem_of_admin(&record, admin.as_ref());
        let (Some(Problem::AdminEmailDiffers { .. }), Some(admin)) = (differs, admin) else {
            return Ok(RepairOutcome::NoLongerPresent);
        };
        let key = match admin.get_str("email_key") {
            Ok(key) => key.to_owned(),
            Err(_) => Email::key_of(&get_text(&admin, "email")),
        };
        let is_deleted = get_text(&record, "state") == State::Deleted.as_str();
        if is_deleted {
            let email = get_text(&admin, "email");
            protocol::correct_email(self.connection, &record, id, &email, None, self.entry).await?;
            return Ok(RepairOutcome::Repaired);
        }
        let reserved = self.connection.reservations().find_one(doc! {"_id": email_key(&key)}).await;
        let reserved = reserved.map_err(judge)?;
        if reserved.is_some_and(|reserved| Owner::of(&reserved) != Some(Owner::Organization(id))) {
            return Ok(RepairOutcome::Skipped("The email is reserved for another account.".to_owned()));
        }
        let email = get_text(&admin, "email");
        let epoch =
            protocol::correct_email(self.connection, &record, id, &email, Some(&key), self.entry).await?;
        if !admin.contains_key("email_key") {
            let this = doc! {"_id": admin.get("_id"), "version": admin.get("version")};
            let set = doc! {"$set": {"email_key": &key}, "$inc": {"version": 1_i64}};
            self.connection.admins().update_one(this, set).await.map_err(judge)?;
        }
        let holder = Holder { owner: Owner::Organization(id), epoch, at: self.entry.at };
        let reserved = protocol::reserve(self.connection, holder, &[email_key(&key)]).await?;
        Ok(if reserved.is_none() {
            RepairOutcome::Repaired
        } else {
            RepairOutcome::Skipped("The email is reserved for another account.".to_owned())
        })
    }

    /// I3: releases the email of a deleted organization's admin; its reservation has no owner then.
    pub(super) async fn free_email(&self) -> Result<RepairOutcome, Failure> {
        let Some((record, _)) = self.record().await? else {
            return Ok(RepairOutcome::NoLongerPresent);
        };
        let admins = self.connection.admins();
        let admin = admins.find_one(doc! {"_id": record.get("admin_id")}).await.map_err(judge)?;
        let problem = problem_of_admin(&record, admin.as_ref());
        let (Some(Problem::AdminKeepsEmail { .. }), Some(admin)) = (problem, admin) else {
            return Ok(RepairOutcome::NoLongerPresent);
        };
        // A restore that begins now sets the email with this version, and finds it either changed or not.
        let this = doc! {"_id": admin.get("_id"), "version": admin.get("version")};
        let unset = doc! {"$unset": {"email_key": ""}, "$inc": {"version": 1_i64}};
        let freed = admins.update_one(this, unset).await.map_err(judge)?.modified_count == 1;
        Ok(if freed { RepairOutcome::Repaired } else { RepairOutcome::NoLongerPresent })
    }

    /// I3: an admin without an organization.
    pub(super) async fn abandoned(&self, email: &str) -> Result<RepairOutcome, Failure> {
        let of = self.finding.organization_id.map(|id| binary(id.0));
        let these =
            doc! {"organization_id": of, "email": email, "role": Role::Admin.as_str(), "schema": ours()};
        let accounts = self.connection.admins();
        let found: Vec<Document> =
            async { accounts.find(these).await?.try_collect().await }.await.map_err(judge)?;
        // Read after the account: an organization exists before its admin does.
        let organization = match self.finding.organization_id {
            Some(id) => self.any_organization(id).await?,
            None => None,
        };
        if let Some(organization) = &organization
            && !self.has_its_admin(organization).await?
        {
            return Ok(RepairOutcome::Skipped(
                "The organization has no other account. Give it a new admin first, then check again."
                    .to_owned(),
            ));
        }
        let mut outcome = RepairOutcome::NoLongerPresent;
        for account in found {
            if !is_abandoned(&account, organization.as_ref()) {
                continue;
            }
            let exactly = doc! {"_id": account.get("_id"), "version": account.get("version")};
            accounts.delete_one(exactly).await.map_err(judge)?;
            outcome = RepairOutcome::Repaired;
        }
        Ok(outcome)
    }

    /// Whether the account that an organization names as its admin exists.
    async fn has_its_admin(&self, organization: &Document) -> Result<bool, Failure> {
        let this = doc! {"_id": organization.get("admin_id")};
        let admin = self.connection.admins().find_one(this).await.map_err(judge)?;
        Ok(problem_of_admin(organization, admin.as_ref()) != Some(Problem::AdminMissing))
    }

    /// I3: an operator whose creation was interrupted.
    pub(super) async fn pending(&self, email: &str) -> Result<RepairOutcome, Failure> {
        let accounts = self.connection.admins();
        let this = doc! {"email": email, "pending": {"$exists": true}, "schema": ours()};
        let Some(account) = accounts.find_one(this).await.map_err(judge)? else {
            return Ok(RepairOutcome::NoLongerPresent);
        };
        // It may be another attempt to add the same operator.
        let began = account.get_document("pending").map_or(Timestamp::UNIX_EPOCH, |it| get_time(it, "at"));
        if self.connection.server_time().await?.duration_since(began).as_millis()
            <= i128::from(patience(self.connection))
        {
            return Ok(RepairOutcome::NoLongerPresent);
        }
        let id = account.get("_id");
        let exactly = doc! {"_id": id, "pending": account.get("pending")};
        if accounts.delete_one(exactly).await.map_err(judge)?.deleted_count == 0 {
            return Ok(RepairOutcome::NoLongerPresent);
        }
        let reserved = doc! {"account_id": id};
        self.connection.reservations().delete_many(reserved).await.map_err(judge)?;
        Ok(RepairOutcome::Repaired)
    }

    /// I3: writes the number only if it has not changed since it was read.
    pub(super) async fn operator_count(&self, counted: i64) -> Result<RepairOutcome, Failure> {
        let there = count_operators(self.connection).await?;
        if there == counted {
            return Ok(RepairOutcome::NoLongerPresent);
        }
        let this = doc! {"_id": "store", "operators": counted, "removing": {"$in": [Bson::Null, {}]}};
        let set = doc! {"$set": {"operators": there}};
        let set = self.connection.meta().update_one(this, set).await.map_err(judge)?;
        Ok(if set.matched_count == 1 { RepairOutcome::Repaired } else { RepairOutcome::NoLongerPresent })
    }
}
