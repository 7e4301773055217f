//! The filter of the audit: the words of every list, with the fields that entries have.
//!
//! A plain word is a part of actor, name of the organization or action as it is shown; a field is compared as a whole.

#[cfg(test)]
mod tests;

use super::{FilterError, Parsed};
use crate::domain::audit::REFUSED;
use crate::domain::name::key_of;
use crate::domain::search::fold;
use crate::domain::since::since;
use crate::domain::{AuditAction, AuditEntry, Email, OrganizationId};
use jiff::Timestamp;
use strum::IntoEnumIterator;

/// A field of a filter of the audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::IntoStaticStr, strum::EnumIter)]
#[strum(serialize_all = "snake_case")]
pub enum AuditField {
    /// The action: the verb that is shown, or the word in records and JSON.
    Action,
    /// The whole email of who acted.
    Actor,
    /// The whole name, now or then, or the id of the organization.
    Org,
    /// From this time on.
    Since,
}

impl AuditField {
    /// The word before the colon.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// One value that a word asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Criterion {
    Text(String),
    Action(String),
    Actor { key: String, typed: String },
    Organization(NamedOrganization),
    Since(Timestamp),
}

/// An organization that a filter names.
#[derive(Debug, Clone, PartialEq, Eq)]
struct NamedOrganization {
    typed: String,
    /// The key of the name; none if the id was typed.
    key: Option<String>,
    /// The typed id, or the one that the name has now.
    id: Option<OrganizationId>,
}

impl NamedOrganization {
    fn parse(typed: &str) -> Self {
        match typed.parse() {
            Ok(id) => Self { typed: typed.to_owned(), key: None, id: Some(OrganizationId(id)) },
            Err(_) => Self { typed: typed.to_owned(), key: Some(key_of(typed)), id: None },
        }
    }

    fn is_of(&self, entry: &AuditEntry) -> bool {
        let had_name = || {
            let key = self.key.as_ref();
            key.is_some_and(|key| entry.organization_name.as_deref().is_some_and(|name| key_of(name) == *key))
        };
        self.id.is_some() && entry.organization_id == self.id || had_name()
    }
}

/// One word of the filter.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    negated: bool,
    any: Vec<Criterion>,
}

impl Term {
    /// What it asks for, if that is one value and the entries have it.
    fn single(&self) -> Option<&Criterion> {
        match (self.negated, self.any.as_slice()) {
            (false, [only]) => Some(only),
            _ => None,
        }
    }

    /// The earliest time that it asks for.
    fn since(&self) -> Option<Timestamp> {
        let times = self
            .any
            .iter()
            .filter_map(|criterion| if let Criterion::Since(time) = criterion { Some(*time) } else { None });
        times.min().filter(|_| !self.negated)
    }

    /// Every action that an entry may be recorded under; empty if that may be any.
    fn actions(&self) -> Vec<AuditAction> {
        let mut actions = Vec::new();
        for criterion in &self.any {
            if let Criterion::Action(word) = criterion
                && !self.negated
                && word != REFUSED
            {
                actions.extend(recorded_as(word));
            } else {
                return Vec::new();
            }
        }
        actions
    }
}

/// A parsed filter of the audit; the empty one matches every entry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditFilter {
    terms: Vec<Term>,
}

/// What a store can answer of a filter. The entries that it finds still have to be matched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pushed {
    /// The organization, as typed.
    pub organization: Option<String>,
    /// The email of the actor, as typed.
    pub actor: Option<String>,
    /// From this time on.
    pub since: Option<Timestamp>,
    /// One of these actions; empty: any.
    pub actions: Vec<AuditAction>,
    /// Whether nothing is left to be matched.
    pub is_whole: bool,
}

impl AuditFilter {
    /// Parses the language; times count back from `now`. Skips a field without a value and a lone `!`, so that a filter
    /// works while it is typed.
    ///
    /// # Errors
    /// [`FilterError`] says which word is invalid.
    pub fn parse(text: &str, now: Timestamp) -> Result<Self, FilterError> {
        let read = |field, part: &str| {
            let part = Some(part.trim()).filter(|part| !part.is_empty());
            part.map(|part| criterion(field, part, now)).transpose()
        };
        let terms = super::parse(text, FilterError::UnknownAuditField, read)?;
        Ok(Self {
            terms: terms.into_iter().map(|Parsed { negated, any, .. }| Term { negated, any }).collect(),
        })
    }

    /// Whether it has no word.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// What a store can answer of it: the first word of each kind that asks for one organization, one actor, a time or
    /// actions.
    pub fn pushed(&self) -> Pushed {
        let mut pushed = Pushed { is_whole: true, ..Pushed::default() };
        for term in &self.terms {
            match term.single() {
                Some(Criterion::Organization(named)) if pushed.organization.is_none() => {
                    pushed.organization = Some(named.typed.clone());
                    continue;
                }
                Some(Criterion::Actor { typed, .. }) if pushed.actor.is_none() => {
                    pushed.actor = Some(typed.clone());
                    continue;
                }
                _ => {}
            }
            if let Some(since) = term.since() {
                pushed.since = pushed.since.max(Some(since));
                continue;
            }
            // An action is recorded under more words than are asked for.
            pushed.is_whole = false;
            if pushed.actions.is_empty() {
                pushed.actions = term.actions();
            }
        }
        pushed
    }

    /// The names of organizations in it, each with the id that it has now, which the caller fills in: entries of that
    /// organization are found by its earlier names too.
    pub fn organizations(&mut self) -> impl Iterator<Item = (&str, &mut Option<OrganizationId>)> {
        let all = self.terms.iter_mut().flat_map(|term| &mut term.any);
        all.filter_map(|criterion| {
            if let Criterion::Organization(NamedOrganization { typed, key: Some(_), id }) = criterion {
                Some((typed.as_str(), id))
            } else {
                None
            }
        })
    }

    /// Whether an entry matches every word.
    pub fn matches(&self, entry: &AuditEntry) -> bool {
        if self.is_empty() {
            return true;
        }
        let text = Folded::of(entry);
        self.terms.iter().all(|term| {
            let found = term.any.iter().any(|criterion| criterion.is_met(entry, &text));
            found != term.negated
        })
    }
}

/// The folded texts in which plain words are searched.
struct Folded {
    actor: String,
    organization: String,
    action: String,
}

impl Folded {
    fn of(entry: &AuditEntry) -> Self {
        let (verb, object) = entry.words();
        Self {
            actor: fold(&entry.actor).into_owned(),
            organization: fold(entry.organization_name.as_deref().unwrap_or_default()).into_owned(),
            action: fold(&format!("{verb} {object}")).into_owned(),
        }
    }
}

impl Criterion {
    fn is_met(&self, entry: &AuditEntry, text: &Folded) -> bool {
        match self {
            Self::Text(word) => {
                [&text.actor, &text.organization, &text.action].iter().any(|part| part.contains(word))
            }
            Self::Action(word) => {
                let stored = [entry.action, entry.effective_action()].map(AuditAction::as_str);
                entry.words().0 == word || stored.contains(&word.replace(' ', "_").as_str())
            }
            Self::Actor { key, .. } => Email::key_of(&entry.actor) == *key,
            Self::Organization(named) => named.is_of(entry),
            Self::Since(time) => entry.at >= *time,
        }
    }
}

/// The actions that a word means, as they are recorded: an older version recorded a rename as an update.
fn recorded_as(word: &str) -> impl Iterator<Item = AuditAction> {
    let stored = word.replace(' ', "_");
    let is_meant = move |action: &AuditAction| action.verb() == word || action.as_str() == stored;
    let meant: Vec<AuditAction> = AuditAction::iter().filter(is_meant).collect();
    let is_rename = meant.contains(&AuditAction::OrganizationRename);
    let older = is_rename.then_some(AuditAction::OrganizationUpdate).filter(|older| !meant.contains(older));
    meant.into_iter().chain(older)
}

fn criterion(field: Option<AuditField>, text: &str, now: Timestamp) -> Result<Criterion, FilterError> {
    Ok(match field {
        None => Criterion::Text(fold(text).into_owned()),
        Some(AuditField::Action) => Criterion::Action(action(text)?),
        Some(AuditField::Actor) => Criterion::Actor { key: Email::key_of(text), typed: text.to_owned() },
        Some(AuditField::Org) => Criterion::Organization(NamedOrganization::parse(text)),
        Some(AuditField::Since) => Criterion::Since(since(text, now).map_err(FilterError::Since)?),
    })
}

/// The verb that is shown, with `_` or `-` for its space if it has one, or the word in records.
fn action(text: &str) -> Result<String, FilterError> {
    let word = text.to_lowercase().replace(['_', '-'], " ");
    let is_known = word == REFUSED || recorded_as(&word).next().is_some();
    if is_known { Ok(word) } else { Err(FilterError::UnknownAction(text.to_owned())) }
}

/// Every field, for a message.
pub(super) fn known_fields() -> String {
    AuditField::iter().map(AuditField::as_str).collect::<Vec<_>>().join(", ")
}

/// Every verb that is shown, for a message; each can be typed as it stands there.
pub(super) fn known_actions() -> String {
    verbs().collect::<Vec<_>>().join(", ")
}

/// Every verb that is shown, each once, as one word.
pub fn verbs() -> impl Iterator<Item = String> {
    let mut verbs: Vec<&str> = Vec::new();
    for verb in AuditAction::iter().map(AuditAction::verb).chain([REFUSED]) {
        if !verbs.contains(&verb) {
            verbs.push(verb);
        }
    }
    verbs.into_iter().map(|verb| verb.replace(' ', "_"))
}
