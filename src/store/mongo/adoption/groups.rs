//! Old records that share a name, an email or a collection, and the admins of each organization.

use super::survey::Survey;
use crate::domain::Email;
use crate::domain::adoption::{AdoptionFinding, AdoptionKind};
use crate::domain::name::key_of;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Organizations and admins by what they may share, by their numbers in the survey.
pub(super) struct Groups<'a> {
    /// Organizations by exact name, as the earlier service compared them.
    by_name: HashMap<&'a str, Vec<usize>>,
    by_name_key: BTreeMap<String, Vec<usize>>,
    by_collection: BTreeMap<&'a str, Vec<usize>>,
    /// Admins by the exact name of their organization.
    admins: HashMap<&'a str, Vec<usize>>,
    by_email: BTreeMap<String, Vec<usize>>,
    shared: HashSet<usize>,
}

impl<'a> Groups<'a> {
    /// The groups of everything but these organizations and admins.
    pub(super) fn of(survey: &'a Survey, planned: &HashSet<usize>, used: &HashSet<usize>) -> Self {
        let mut groups = Self {
            by_name: HashMap::new(),
            by_name_key: BTreeMap::new(),
            by_collection: BTreeMap::new(),
            admins: HashMap::new(),
            by_email: BTreeMap::new(),
            shared: HashSet::new(),
        };
        for (number, old) in survey.organizations.iter().enumerate().filter(|(at, _)| !planned.contains(at)) {
            if let Some(name) = &old.name {
                groups.by_name.entry(name).or_default().push(number);
                groups.by_name_key.entry(key_of(name)).or_default().push(number);
            }
            if let Some(collection) = &old.collection {
                groups.by_collection.entry(collection).or_default().push(number);
            }
        }
        for (number, admin) in survey.admins.iter().enumerate().filter(|(at, _)| !used.contains(at)) {
            if let Some(name) = &admin.organization {
                groups.admins.entry(name).or_default().push(number);
            }
            if let Some(email) = &admin.email {
                groups.by_email.entry(Email::key_of(email)).or_default().push(number);
            }
        }
        groups.shared = groups.all(survey).flat_map(|(_, members)| members).collect();
        groups
    }

    /// The admins that say they belong to an organization of this name.
    pub(super) fn admins_of(&self, name: &str) -> &[usize] {
        self.admins.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether an organization shares anything with another one, or has several admins.
    pub(super) fn is_shared(&self, organization: usize) -> bool {
        self.shared.contains(&organization)
    }

    /// A finding for each group, with the number of its first organization.
    pub(super) fn findings(&self, survey: &Survey) -> Vec<(usize, AdoptionFinding)> {
        let all = self.all(survey).filter_map(|(mut finding, members)| {
            let first = *members.first()?;
            let old = survey.organizations.get(first)?;
            let ids = members.iter().filter_map(|number| survey.organizations.get(*number));
            finding.record_ids = ids.map(|old| old.record_id().to_string()).collect();
            if let AdoptionKind::SameName | AdoptionKind::SameEmail = finding.kind {
                let names =
                    members.iter().filter_map(|number| survey.organizations.get(*number)?.name.as_deref());
                finding.reason = Some(AdoptionFinding::names(names));
            }
            if let AdoptionKind::SameName | AdoptionKind::SeveralAdmins = finding.kind {
                finding.organization_name.clone_from(&old.name);
            }
            Some((first, finding))
        });
        all.collect()
    }

    /// Each group with its organizations, in the order of the records.
    fn all<'s>(
        &'s self,
        survey: &'s Survey,
    ) -> impl Iterator<Item = (AdoptionFinding, Vec<usize>)> + use<'s, 'a> {
        let same_name = self.by_name_key.values().filter(|members| members.len() > 1);
        let same_name =
            same_name.map(|members| (AdoptionFinding::new(AdoptionKind::SameName), members.clone()));
        let shared = self.by_collection.iter().filter(|(_, members)| members.len() > 1);
        let shared = shared.map(|(name, members)| {
            let kind = AdoptionKind::CollectionShared;
            let collection_name = Some((*name).to_owned());
            (AdoptionFinding { collection_name, ..AdoptionFinding::new(kind) }, members.clone())
        });
        let several = self.admins.iter().filter(|(_, admins)| admins.len() > 1);
        let several = several.map(|(name, admins)| {
            let emails = emails_of(survey, admins);
            let members = self.by_name.get(name).cloned().unwrap_or_default();
            (AdoptionFinding { emails, ..AdoptionFinding::new(AdoptionKind::SeveralAdmins) }, members)
        });
        let same_email = self.by_email.values().filter_map(move |admins| {
            let names = admins
                .iter()
                .filter_map(|number| survey.admins.get(*number).map(|it| it.organization.as_deref()));
            let names: BTreeSet<Option<&str>> = names.collect();
            if names.len() < 2 {
                return None;
            }
            let members = names.iter().flatten().filter_map(|name| self.by_name.get(name)).flatten().copied();
            let members: BTreeSet<usize> = members.collect();
            let emails = emails_of(survey, admins);
            let finding = AdoptionFinding { emails, ..AdoptionFinding::new(AdoptionKind::SameEmail) };
            Some((finding, members.into_iter().collect()))
        });
        same_name.chain(shared).chain(several).chain(same_email)
    }
}

/// The emails of admins, each once.
fn emails_of(survey: &Survey, admins: &[usize]) -> Vec<String> {
    let emails = admins.iter().filter_map(|number| survey.admins.get(*number)?.email.clone());
    emails.collect::<BTreeSet<String>>().into_iter().collect()
}
