//! Findings of an adoption as sentences.

use super::{AdoptionFinding, AdoptionKind, Fate};
use crate::domain::text::quoted;

impl AdoptionFinding {
    /// What was found, in a sentence. It contains text from records.
    pub fn message(&self) -> String {
        use AdoptionKind as K;
        let name = self
            .organization_name
            .as_deref()
            .map_or_else(|| "an organization without a readable name".to_owned(), quoted);
        let collection = self.collection_name.as_deref().map_or_else(|| "its collection".to_owned(), quoted);
        let (emails, records) = (self.emails_shown(), self.record_ids.len());
        let reason = self.reason.as_deref().unwrap_or_default();
        match self.kind {
            K::Sound => format!("{name}, {emails}, {collection}."),
            K::Resolved => format!("{name}, {emails}, {collection}, as decided."),
            K::NameTrimmed => format!("{name} is adopted as {reason}."),
            K::DatesWithoutZone => {
                let count = self.count.unwrap_or_default();
                format!("{count} records have a time without a zone. It is taken as UTC.")
            }
            K::SameName => format!("{records} records have one name, by tenantry's rules: {reason}."),
            K::SameEmail => format!("The admins of {reason} have one email, by tenantry's rules: {emails}."),
            K::AdminOfAnother => format!("{emails} becomes the admin of {name}. Its record names {reason}."),
            K::DecisionIncomplete => format!(
                "The line about {name} needs collection_name, too: {collection} may hold data of another tenant."
            ),
            K::NotReached => format!("{name} was not reached. Run it again."),
            K::ChangedMeanwhile => {
                format!("{name} changed after it was read, or another process was adopting it. Run it again.")
            }
            K::CollectionShared => {
                let accepted = if self.is_accepted { format!(" {name} gets it.") } else { String::new() };
                format!("{records} records name the collection {collection}.{accepted}")
            }
            K::CollectionMixed => {
                let accepted = if self.is_accepted { " It is adopted with all of it." } else { "" };
                format!(
                    "{collection} of {name} has more than one initial document: it may hold data of another tenant.{accepted}"
                )
            }
            K::CollectionMissing => format!("{collection} of {name} does not exist."),
            K::InvalidCollection => format!(
                "The record of {name} names the collection {collection}. A tenant's collection begins with org_ and has a name \
                 that MongoDB allows."
            ),
            K::AdminMissing => format!("{name} has no admin{}.", with_email(&self.emails)),
            K::SeveralAdmins => format!("{name} has several admins: {emails}."),
            K::InvalidName => format!("{name} cannot be a name. {reason}"),
            K::InvalidEmail => format!("The admin of {name} has the email {emails}. {reason}"),
            K::RecordUnreadable => format!("A record of {name} cannot be read. {reason}"),
            K::NameTaken => format!("{name} is the name of another organization."),
            K::EmailTaken => format!("The email {emails} of {name} signs in to another account."),
            K::CollectionTaken => format!("{collection} of {name} belongs to another organization."),
            K::AlreadyAdopted => {
                format!("{name} was adopted before. Somebody put its old record back.")
            }
            K::InProgress => format!(
                "{name} is being adopted by another process, or one stopped while it did. Run it again in a minute."
            ),
            K::AdminWithoutOrganization => {
                format!("The admin {emails} says that it belongs to {name}, which has no record.")
            }
            K::CollectionWithoutRecord => format!("No record names the collection {collection}."),
        }
    }

    fn emails_shown(&self) -> String {
        if self.emails.is_empty() {
            return "without an email".to_owned();
        }
        self.emails.iter().map(|email| quoted(email)).collect::<Vec<_>>().join(", ")
    }

    /// Names, quoted and in one text.
    pub(crate) fn names<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
        names.into_iter().map(quoted).collect::<Vec<_>>().join(", ")
    }

    /// What is done about it, in a word or two for a table.
    pub fn done(&self, is_dry_run: bool) -> &'static str {
        match (self.fate(), is_dry_run) {
            (Fate::Adopt, true) => "adopt",
            (Fate::Adopt, false) => "adopted",
            (Fate::Leave, _) => "leave",
            (Fate::Note, _) => "note",
        }
    }
}

fn with_email(emails: &[String]) -> String {
    emails.first().map(|email| format!(" with the email {}", quoted(email))).unwrap_or_default()
}
