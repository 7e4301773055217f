//! What an operator decided about records. A decision says the name and the email of an organization. It hands over a
//! collection that may hold data of another tenant only if it names that collection.

use super::judge::{Judge, Plan, TAKEN, about};
use super::old::{OldAdmin, OldOrganization};
use crate::domain::Email;
use crate::domain::adoption::{AdoptionFinding, AdoptionKind, RecordId, Resolution};
use crate::store::mongo::record::email_key;
use std::collections::{HashMap, HashSet};

/// Why a decision is not carried out.
type Refusal = Vec<AdoptionFinding>;

impl Judge<'_> {
    /// The organizations that an operator decided about.
    pub(super) fn resolve(&mut self, resolutions: &[Resolution]) {
        let by_id: HashMap<&RecordId, &Resolution> =
            resolutions.iter().map(|it| (&it.record_id, it)).collect();
        let survey = self.survey;
        let organizations = survey.organizations.iter().enumerate();
        let decisions: Vec<_> = organizations
            .filter_map(|(number, old)| Some((number, old, *by_id.get(&old.record_id())?)))
            .collect();
        if decisions.is_empty() {
            return;
        }
        self.decided = decisions.iter().map(|(number, ..)| *number).collect();
        self.sound = self.keys_of_sound();
        for (number, old, decision) in decisions {
            match self.decide(number, old, decision) {
                Ok((plan, notes)) => {
                    let finding = AdoptionFinding {
                        organization_name: Some(plan.name.display().to_owned()),
                        emails: vec![plan.email.as_str().to_owned()],
                        ..about(AdoptionKind::Resolved, old)
                    };
                    self.claimed.extend(self.keys_of(&plan));
                    self.planned.insert(number);
                    self.used.insert(plan.admin);
                    self.plans.push(plan);
                    self.findings.extend([finding].into_iter().chain(notes).map(|it| (number, it)));
                }
                Err(refusal) => self.findings.extend(refusal.into_iter().map(|it| (number, it))),
            }
        }
    }

    /// The keys of what would be adopted without any decision, but for the records that are decided about.
    fn keys_of_sound(&self) -> HashSet<String> {
        let mut alone = Self::of(self.survey, self.database);
        alone.rest();
        let is_open = |plan: &&Plan| !self.decided.contains(&plan.organization);
        alone.plans.iter().filter(is_open).flat_map(|plan| self.keys_of(plan)).collect()
    }

    /// A decision still needs a whole record: its collection and an admin with a hash exist, and nothing else has what
    /// it takes. Returns the plan, and findings about what it takes beside what the line says.
    fn decide(
        &self,
        number: usize,
        old: &OldOrganization,
        decision: &Resolution,
    ) -> Result<(Plan, Vec<AdoptionFinding>), Refusal> {
        let (name, email) = (decision.name.clone(), decision.email.clone());
        let finding = |kind, reason| AdoptionFinding {
            organization_name: Some(name.display().to_owned()),
            emails: vec![email.as_str().to_owned()],
            reason,
            ..about(kind, old)
        };
        let risks = self.risks_of(old, name.display());
        let refuse = |kind, reason| {
            let mixed = risks.iter().filter(|risk| risk.kind == AdoptionKind::CollectionMixed);
            Err([finding(kind, reason)].into_iter().chain(mixed.cloned()).collect::<Refusal>())
        };
        // The name is the operator's.
        if let Some(flaw) = old.flaw_beside_name() {
            return refuse(AdoptionKind::RecordUnreadable, Some(flaw));
        }
        let (collection, uuid) = match self.collection_of(old) {
            Ok(collection) => collection,
            Err(kind) => return refuse(kind, None),
        };
        let Some((admin, its)) = self.admin_with(&email) else {
            // Once its organization is adopted, the admin has no old record any more.
            let is_taken = self.survey.is_taken(&email_key(email.key()), old.organization_id().0);
            let kind = if is_taken { AdoptionKind::EmailTaken } else { AdoptionKind::AdminMissing };
            return refuse(kind, None);
        };
        if let Some(flaw) = its.flaw_beside_texts() {
            return refuse(AdoptionKind::RecordUnreadable, Some(flaw));
        }
        let plan =
            Plan { organization: number, admin, name: name.clone(), email: email.clone(), collection, uuid };
        let of_sound = self.keys_of(&plan).into_iter().zip(TAKEN).find(|(key, _)| self.sound.contains(key));
        if let Some(kind) = of_sound.map(|(_, kind)| kind).or_else(|| self.taken(&plan).into_iter().next()) {
            return refuse(kind, None);
        }
        // Last: a line that could not be carried out anyway is not to be completed.
        if !risks.is_empty() && decision.collection.is_none() {
            return refuse(AdoptionKind::DecisionIncomplete, None);
        }
        let accepted = risks.into_iter().map(|risk| AdoptionFinding { is_accepted: true, ..risk });
        let of_another = its.organization.as_ref().filter(|its| old.name.as_ref() != Some(its));
        let of_another = of_another
            .map(|its| finding(AdoptionKind::AdminOfAnother, Some(AdoptionFinding::names([&**its]))));
        let notes = accepted.chain(of_another).collect();
        Ok((plan, notes))
    }

    /// Why the collection of a record may hold data of another tenant.
    fn risks_of(&self, old: &OldOrganization, name: &str) -> Vec<AdoptionFinding> {
        let Some(collection) = old.collection.as_deref() else {
            return Vec::new();
        };
        let finding = |kind| AdoptionFinding { organization_name: Some(name.to_owned()), ..about(kind, old) };
        let its = self.survey.organizations.iter().filter(|it| it.collection.as_deref() == Some(collection));
        let record_ids: Vec<String> = its.map(|it| it.record_id().to_string()).collect();
        let shared = (record_ids.len() > 1)
            .then(|| AdoptionFinding { record_ids, ..finding(AdoptionKind::CollectionShared) });
        let is_mixed = self.survey.mixed.contains(collection);
        let mixed = is_mixed.then(|| finding(AdoptionKind::CollectionMixed));
        shared.into_iter().chain(mixed).collect()
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
}
