//! Decides about each old record, without a guess: of records that share a name, an email, a collection or an admin
//! none is adopted, unless an operator decided about it.

use super::groups::Groups;
use super::old::{OldAdmin, OldOrganization, shown};
use super::survey::Survey;
use crate::domain::adoption::{AdoptionFinding, AdoptionKind, Resolution};
use crate::domain::name::COLLECTION_PREFIX;
use crate::domain::{CollectionName, Email, OrganizationName};
use crate::store::mongo::record::{collection_key, email_key, name_key};
use std::collections::{HashMap, HashSet};
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
const TAKEN: [AdoptionKind; 3] =
    [AdoptionKind::NameTaken, AdoptionKind::CollectionTaken, AdoptionKind::EmailTaken];

/// What becomes of everything.
#[derive(Debug, Default)]
pub(super) struct Judgement {
    /// Those that an operator decided about come first.
    pub(super) plans: Vec<Plan>,
    pub(super) findings: Vec<AdoptionFinding>,
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
        findings: judge.findings.into_iter().map(|(_, finding)| finding).collect(),
    }
}

struct Judge<'a> {
    survey: &'a Survey,
    database: &'a str,
    /// Each with the number of the first record that it is about.
    findings: Vec<(usize, AdoptionFinding)>,
    plans: Vec<Plan>,
    /// Organizations that an operator decided about.
    decided: HashSet<usize>,
    /// Organizations and admins that are adopted by such a decision.
    planned: HashSet<usize>,
    used: HashSet<usize>,
    /// Reservation keys of those.
    claimed: HashSet<String>,
    /// Reservation keys of sound organizations that nobody decided about: no decision takes anything from them.
    sound: HashSet<String>,
}

/// A finding about one organization.
pub(super) fn about(kind: AdoptionKind, old: &OldOrganization) -> AdoptionFinding {
    AdoptionFinding {
        organization_name: old.name.clone(),
        record_ids: vec![shown(&old.id)],
        collection_name: old.collection.clone(),
        ..AdoptionFinding::new(kind)
    }
}

impl<'a> Judge<'a> {
    fn of(survey: &'a Survey, database: &'a str) -> Self {
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

    /// The keys of what would be adopted without any decision, but for the records that are decided about.
    fn keys_of_sound(&self, decisions: &HashMap<&str, &Resolution>) -> HashSet<String> {
        let mut alone = Self::of(self.survey, self.database);
        alone.rest();
        let is_open = |plan: &&Plan| {
            let old = self.survey.organizations.get(plan.organization);
            old.is_some_and(|old| !decisions.contains_key(&*shown(&old.id)))
        };
        alone.plans.iter().filter(is_open).flat_map(|plan| self.keys_of(plan)).collect()
    }

    fn found(&mut self, number: usize, finding: AdoptionFinding) {
        self.findings.push((number, finding));
    }

    /// The organizations that an operator decided about.
    fn resolve(&mut self, resolutions: &[Resolution]) {
        let decisions: HashMap<&str, &Resolution> =
            resolutions.iter().map(|it| (it.record_id.as_str(), it)).collect();
        if decisions.is_empty() {
            return;
        }
        self.sound = self.keys_of_sound(&decisions);
        for (number, old) in self.survey.organizations.iter().enumerate() {
            let Some(decision) = decisions.get(&*shown(&old.id)) else { continue };
            self.decided.insert(number);
            match self.decide(number, old, decision) {
                Ok(plan) => {
                    let finding = AdoptionFinding {
                        organization_name: Some(plan.name.display().to_owned()),
                        emails: vec![plan.email.as_str().to_owned()],
                        ..about(AdoptionKind::Resolved, old)
                    };
                    self.claimed.extend(self.keys_of(&plan));
                    self.planned.insert(number);
                    self.used.insert(plan.admin);
                    self.plans.push(plan);
                    self.found(number, finding);
                }
                Err(finding) => self.found(number, *finding),
            }
        }
    }

    /// A decision still needs a whole record: its collection and an admin with a hash exist, and nothing else has what
    /// it takes.
    fn decide(
        &self,
        number: usize,
        old: &OldOrganization,
        decision: &Resolution,
    ) -> Result<Plan, Box<AdoptionFinding>> {
        let (name, email) = (decision.name.clone(), decision.email.clone());
        let finding = |kind, reason| {
            Box::new(AdoptionFinding {
                organization_name: Some(name.display().to_owned()),
                emails: vec![email.as_str().to_owned()],
                reason,
                ..about(kind, old)
            })
        };
        // The name is the operator's.
        if let Some(flaw) = old.flaw().filter(|_| old.collection.is_none() || old.created_at.is_none()) {
            return Err(finding(AdoptionKind::RecordUnreadable, Some(flaw)));
        }
        let (collection, uuid) = self.collection_of(old).map_err(|kind| finding(kind, None))?;
        let Some((admin, its)) = self.admin_with(&email) else {
            // Once its organization is adopted, the admin has no old record any more.
            let is_taken = self.survey.is_taken(&email_key(email.key()), old.organization_id().0);
            let kind = if is_taken { AdoptionKind::EmailTaken } else { AdoptionKind::AdminMissing };
            return Err(finding(kind, None));
        };
        if !its.has_hash {
            return Err(finding(AdoptionKind::RecordUnreadable, its.flaw()));
        }
        let plan =
            Plan { organization: number, admin, name: name.clone(), email: email.clone(), collection, uuid };
        let of_sound = self.keys_of(&plan).into_iter().zip(TAKEN).find(|(key, _)| self.sound.contains(key));
        match of_sound.map(|(_, kind)| kind).or_else(|| self.taken(&plan).into_iter().next()) {
            Some(kind) => Err(finding(kind, None)),
            None => Ok(plan),
        }
    }

    /// The admin that the earlier service would have signed in with an email: the first record in natural order.
    fn admin_with(&self, email: &Email) -> Option<(usize, &OldAdmin)> {
        let admins =
            || self.survey.admins.iter().enumerate().filter(|(number, _)| !self.used.contains(number));
        let is = |matches: &dyn Fn(&str) -> bool| {
            admins().find(|(_, admin)| admin.email.as_deref().is_some_and(matches))
        };
        is(&|text| text.trim() == email.as_str()).or_else(|| is(&|text| Email::key_of(text) == email.key()))
    }

    /// Everything that nobody decided about.
    fn rest(&mut self) {
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
    fn collection_of(&self, old: &OldOrganization) -> Result<(CollectionName, Uuid), AdoptionKind> {
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
    fn taken(&self, plan: &Plan) -> Vec<AdoptionKind> {
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
    fn keys_of(&self, plan: &Plan) -> [String; 3] {
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
        let without_zone = survey.organizations.iter().filter(|old| old.has_no_zone).count() as u64;
        if without_zone > 0 {
            let kind = AdoptionKind::DatesWithoutZone;
            found.push(AdoptionFinding { count: Some(without_zone), ..AdoptionFinding::new(kind) });
        }
        self.findings.extend(found.into_iter().map(|finding| (end, finding)));
        left
    }
}
