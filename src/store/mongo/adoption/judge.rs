//! Decides about each old record, without a guess: of records that share a name, an email, a collection or an admin
//! none is adopted, unless an operator decided about it: `decide` has such decisions.

use super::groups::Groups;
use super::old::{OldOrganization, shown};
use super::survey::Survey;
use crate::domain::adoption::{AdoptionFinding, AdoptionKind, Resolution};
use crate::domain::name::COLLECTION_PREFIX;
use crate::domain::{CollectionName, Email, OrganizationName};
use crate::store::mongo::record::{collection_key, email_key, name_key};
use std::collections::HashSet;
use uuid::Uuid;

/// An organization to adopt: an old record with its admin, by their numbers in the survey.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) organization: usize,
    pub(super) admin: usize,
    pub(super) name: OrganizationName,
    pub(super) email: Email,
    pub(super) collection: CollectionName,
    pub(super) uuid: Uuid,
}

/// What a key of [`Judge::keys_of`] is, if another organization has it.
pub(super) const TAKEN: [AdoptionKind; 3] =
    [AdoptionKind::NameTaken, AdoptionKind::CollectionTaken, AdoptionKind::EmailTaken];

/// What becomes of everything.
#[derive(Debug, Default)]
pub(super) struct Judgement {
    /// Those that an operator decided about come first.
    pub(super) plans: Vec<Plan>,
    /// Each with the number of the first organization that it is about.
    pub(super) findings: Vec<(usize, AdoptionFinding)>,
    /// Records of organizations, admins without one and collections without one that stay.
    pub(super) left: u64,
}

/// Judges a survey.
pub(super) fn judge(survey: &Survey, resolutions: &[Resolution], database: &str) -> Judgement {
    let mut judge = Judge::of(survey, database);
    judge.resolve(resolutions);
    judge.rest();
    let left = judge.leftovers();
    judge.findings.sort_by_key(|(number, finding)| (*number, finding.kind));
    Judgement {
        left: left + (survey.organizations.len() - judge.plans.len()) as u64,
        plans: judge.plans,
        findings: judge.findings,
    }
}

pub(super) struct Judge<'a> {
    pub(super) survey: &'a Survey,
    pub(super) database: &'a str,
    pub(super) findings: Vec<(usize, AdoptionFinding)>,
    pub(super) plans: Vec<Plan>,
    /// Organizations that an operator decided about.
    pub(super) decided: HashSet<usize>,
    /// Organizations and admins that are adopted by such a decision.
    pub(super) planned: HashSet<usize>,
    pub(super) used: HashSet<usize>,
    /// Reservation keys of those.
    pub(super) claimed: HashSet<String>,
    /// Reservation keys of sound organizations that nobody decided about: no decision takes anything from them.
    pub(super) sound: HashSet<String>,
}

/// A finding about one organization.
pub(super) fn about(kind: AdoptionKind, old: &OldOrganization) -> AdoptionFinding {
    AdoptionFinding {
        organization_name: old.name.clone(),
        record_ids: vec![old.record_id().to_string()],
        collection_name: old.collection.clone(),
        ..AdoptionFinding::new(kind)
    }
}

/// How many of these organizations have a time without a zone, if any has.
pub(super) fn dates_without_zone(
    survey: &Survey,
    adopted: impl Iterator<Item = usize>,
) -> Option<AdoptionFinding> {
    let old = adopted.filter_map(|number| survey.organizations.get(number));
    let count = old.filter(|old| old.has_no_zone).count() as u64;
    let finding =
        || AdoptionFinding { count: Some(count), ..AdoptionFinding::new(AdoptionKind::DatesWithoutZone) };
    (count > 0).then(finding)
}

impl<'a> Judge<'a> {
    pub(super) fn of(survey: &'a Survey, database: &'a str) -> Self {
        Self {
            survey,
            database,
            findings: Vec::new(),
            plans: Vec::new(),
            decided: HashSet::new(),
            planned: HashSet::new(),
            used: HashSet::new(),
            claimed: HashSet::new(),
            sound: HashSet::new(),
        }
    }

    fn found(&mut self, number: usize, finding: AdoptionFinding) {
        self.findings.push((number, finding));
    }

    /// Everything that nobody decided about.
    pub(super) fn rest(&mut self) {
        let groups = Groups::of(self.survey, &self.planned, &self.used);
        for (number, finding) in groups.findings(self.survey) {
            self.found(number, finding);
        }
        let mut plans = Vec::new();
        for (number, old) in self.survey.organizations.iter().enumerate() {
            if self.decided.contains(&number) {
                continue;
            }
            match self.judge_one(number, old, &groups) {
                Ok(plan) if !groups.is_shared(number) => plans.push(plan),
                Ok(_) => {}
                Err(findings) => self.findings.extend(findings.into_iter().map(|it| (number, it))),
            }
        }
        for plan in plans {
            let Some(old) = self.survey.organizations.get(plan.organization) else { continue };
            let emails = vec![plan.email.as_str().to_owned()];
            self.found(plan.organization, AdoptionFinding { emails, ..about(AdoptionKind::Sound, old) });
            if old.name.as_deref() != Some(plan.name.display()) {
                let reason = Some(AdoptionFinding::names([plan.name.display()]));
                self.found(
                    plan.organization,
                    AdoptionFinding { reason, ..about(AdoptionKind::NameTrimmed, old) },
                );
            }
            self.used.insert(plan.admin);
            self.planned.insert(plan.organization);
            self.plans.push(plan);
        }
    }

    /// What is wrong with an organization by itself; else how it would be adopted.
    fn judge_one(
        &self,
        number: usize,
        old: &OldOrganization,
        groups: &Groups<'_>,
    ) -> Result<Plan, Vec<AdoptionFinding>> {
        let mut wrong = Vec::new();
        if let Some(flaw) = old.flaw() {
            wrong.push(AdoptionFinding { reason: Some(flaw), ..about(AdoptionKind::RecordUnreadable, old) });
        }
        let name = old.name.as_deref().and_then(|text| match OrganizationName::parse(text) {
            Ok(name) => Some(name),
            Err(error) => {
                let reason = Some(error.to_string());
                wrong.push(AdoptionFinding { reason, ..about(AdoptionKind::InvalidName, old) });
                None
            }
        });
        let collection = match old.collection.as_deref().map(|_| self.collection_of(old)) {
            Some(Ok(collection)) => Some(collection),
            Some(Err(kind)) => {
                wrong.push(about(kind, old));
                None
            }
            None => None,
        };
        if old.collection.as_deref().is_some_and(|name| self.survey.mixed.contains(name)) {
            wrong.push(about(AdoptionKind::CollectionMixed, old));
        }
        let admin = self.only_admin(old, groups, &mut wrong);
        let (Some(name), Some((collection, uuid)), Some((admin, email))) = (name, collection, admin) else {
            wrong.extend(self.interrupted(old).map(|kind| about(kind, old)));
            return Err(wrong);
        };
        let plan = Plan { organization: number, admin, name, email, collection, uuid };
        let emails = || vec![plan.email.as_str().to_owned()];
        let taken = self.taken(&plan);
        wrong.extend(taken.into_iter().map(|kind| AdoptionFinding { emails: emails(), ..about(kind, old) }));
        if wrong.is_empty() { Ok(plan) } else { Err(wrong) }
    }

    /// The admin of an organization with exactly one; several are the group's finding.
    fn only_admin(
        &self,
        old: &OldOrganization,
        groups: &Groups<'_>,
        wrong: &mut Vec<AdoptionFinding>,
    ) -> Option<(usize, Email)> {
        let numbers = groups.admins_of(old.name.as_deref()?);
        let [number] = numbers else {
            if numbers.is_empty() {
                wrong.push(about(AdoptionKind::AdminMissing, old));
            }
            return None;
        };
        let admin = self.survey.admins.get(*number)?;
        let emails: Vec<String> = admin.email.clone().into_iter().collect();
        if let Some(flaw) = admin.flaw() {
            let kind = AdoptionKind::RecordUnreadable;
            wrong.push(AdoptionFinding { emails, reason: Some(flaw), ..about(kind, old) });
            return None;
        }
        match Email::parse(admin.email.as_deref().unwrap_or_default()) {
            Ok(email) => Some((*number, email)),
            Err(error) => {
                let reason = Some(error.to_string());
                wrong.push(AdoptionFinding { emails, reason, ..about(AdoptionKind::InvalidEmail, old) });
                None
            }
        }
    }

    /// The collection of a record, if it exists and can be an organization's.
    pub(super) fn collection_of(
        &self,
        old: &OldOrganization,
    ) -> Result<(CollectionName, Uuid), AdoptionKind> {
        let name = old.collection.as_deref().unwrap_or_default();
        if !name.starts_with(COLLECTION_PREFIX) {
            return Err(AdoptionKind::InvalidCollection);
        }
        let Some(Some(uuid)) = self.survey.collections.get(name) else {
            return Err(AdoptionKind::CollectionMissing);
        };
        let collection = CollectionName::from_record(name, self.database);
        collection.map(|collection| (collection, *uuid)).ok_or(AdoptionKind::InvalidCollection)
    }

    /// What another organization has of a plan.
    pub(super) fn taken(&self, plan: &Plan) -> Vec<AdoptionKind> {
        let Some(old) = self.survey.organizations.get(plan.organization) else {
            return Vec::new();
        };
        if let Some(kind) = self.interrupted(old) {
            return vec![kind];
        }
        let own = old.organization_id().0;
        let keys = self.keys_of(plan).into_iter().zip(TAKEN);
        let is_taken = |key: &str| self.claimed.contains(key) || self.survey.is_taken(key, own);
        let mut taken: Vec<_> = keys.filter(|(key, _)| is_taken(key)).map(|(_, kind)| kind).collect();
        let is_own = self.survey.own.contains(&plan.uuid);
        if is_own && !taken.contains(&AdoptionKind::CollectionTaken) {
            taken.push(AdoptionKind::CollectionTaken);
        }
        taken
    }

    /// Whether an organization of tenantry came from this record already.
    fn interrupted(&self, old: &OldOrganization) -> Option<AdoptionKind> {
        let has_operation = self.survey.adopted.get(&old.organization_id().0)?;
        Some(if *has_operation { AdoptionKind::InProgress } else { AdoptionKind::AlreadyAdopted })
    }

    /// Its reservations: name, collection, email.
    pub(super) fn keys_of(&self, plan: &Plan) -> [String; 3] {
        [
            name_key(plan.name.key()),
            collection_key(self.database, plan.collection.as_str()),
            email_key(plan.email.key()),
        ]
    }

    /// Admins without an organization, collections without a record, and times without a zone; how many of the first
    /// two there are.
    fn leftovers(&mut self) -> u64 {
        let (survey, end) = (self.survey, self.survey.organizations.len());
        let staying = survey.organizations.iter().enumerate().filter(|(at, _)| !self.planned.contains(at));
        let staying: HashSet<&str> = staying.filter_map(|(_, old)| old.name.as_deref()).collect();
        let mut found = Vec::new();
        for (number, admin) in survey.admins.iter().enumerate() {
            let has_one = admin.organization.as_deref().is_some_and(|name| staying.contains(name));
            if !has_one && !self.used.contains(&number) {
                found.push(AdoptionFinding {
                    organization_name: admin.organization.clone(),
                    record_ids: vec![shown(&admin.id)],
                    emails: admin.email.clone().into_iter().collect(),
                    ..AdoptionFinding::new(AdoptionKind::AdminWithoutOrganization)
                });
            }
        }
        let named: HashSet<&str> =
            survey.organizations.iter().filter_map(|old| old.collection.as_deref()).collect();
        for (name, uuid) in &survey.collections {
            let key = collection_key(self.database, name);
            if !named.contains(name.as_str()) && !survey.is_own(&key, *uuid) {
                let kind = AdoptionKind::CollectionWithoutRecord;
                let collection_name = Some(name.clone());
                found.push(AdoptionFinding { collection_name, ..AdoptionFinding::new(kind) });
            }
        }
        let left = found.len() as u64;
        let adopted = self.plans.iter().map(|plan| plan.organization);
        found.extend(dates_without_zone(survey, adopted));
        self.findings.extend(found.into_iter().map(|finding| (end, finding)));
        left
    }
}
