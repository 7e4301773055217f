//! Findings as sentences: what is wrong, and how to repair it.

use super::{Finding, Problem};
use crate::domain::name::TRASH_PREFIX;

impl Finding {
    /// The organization's name, or words in its place where there may be none.
    pub(crate) fn organization(&self) -> &str {
        self.organization_name.as_deref().unwrap_or("An organization")
    }

    fn collection(&self) -> &str {
        self.collection_name.as_deref().unwrap_or("its collection")
    }

    /// Whether it concerns a collection in the trash.
    pub(crate) fn is_in_trash(&self) -> bool {
        self.collection().starts_with(TRASH_PREFIX)
    }

    /// What is wrong, in sentences. They contain names from records, which may be any text.
    #[expect(clippy::too_many_lines, reason = "a sentence for each kind")]
    pub fn message(&self) -> String {
        let (name, collection) = (self.organization(), self.collection());
        match &self.problem {
            Problem::CollectionMissing if self.is_in_trash() => format!(
                "{name} is deleted, and its collection {collection} is missing: somebody dropped it or moved it to \
                 another database. {name} cannot be restored."
            ),
            Problem::CollectionMissing => format!(
                "The collection of {name} is missing: {collection} does not exist. Somebody dropped it or moved it to \
                 another database."
            ),
            Problem::CollectionReplaced => format!(
                "The collection of {name} is missing. {collection} is another collection: somebody dropped the first \
                 one, and a later insert created this one."
            ),
            Problem::CollectionRestored => format!(
                "{collection} has the marker of {name} and a new UUID: it was restored from a backup, or the server \
                 moved it. The record of {name} still has the old UUID."
            ),
            Problem::CollectionElsewhere { at } => {
                format!("The collection of {name} is named {at} instead of {collection}.")
            }
            Problem::CollectionDisplaced { at } => format!(
                "The collection of {name} is named {at} instead of {collection}, and another collection has that name."
            ),
            Problem::CollectionOfAnother { at } => format!(
                "The record of {name} leads to {at}, which belongs to another organization or to tenantry itself. The \
                 collection of {name} is missing."
            ),
            Problem::CollectionBlocked { at } => format!(
                "The collection of {name} is missing, and a view or a time series has its name, {at}."
            ),
            Problem::RecordUnreadable if self.organization_name.is_none() => format!(
                "A record in {collection} has a value that tenantry never writes, such as an id that is no UUID. \
                 Lists leave it out."
            ),
            Problem::RecordUnreadable => format!(
                "The record of {name} has a value that tenantry never writes, such as an id that is no UUID or an \
                 epoch that is no number. Lists leave it out, and every command refuses it."
            ),
            Problem::RecordUnusable => {
                format!("The record of {name} names a collection that tenantry cannot have created.")
            }
            Problem::Orphan => format!("{collection} belongs to no organization."),
            Problem::NotAdopted { records: 1 } => "1 record of an earlier service is not adopted.".to_owned(),
            Problem::NotAdopted { records } => {
                format!("{records} records of an earlier service are not adopted.")
            }
            Problem::LeftAside => {
                format!("{collection} is a leftover of a create that was rolled back. Nobody uses it.")
            }
            Problem::LeftInTrash => format!(
                "{collection} has a name that only deleted organizations use, and belongs to none of them."
            ),
            Problem::AdminMissing => format!(
                "{name} has no admin: the account that its record names does not exist or belongs to another \
                 organization. Nobody can sign in for {name}."
            ),
            Problem::AdminEmailDiffers { account } => {
                format!("The admin of {name} signs in as {account}. The record of {name} has another email.")
            }
            Problem::AdminKeepsEmail { email } => {
                format!("{name} is deleted, and its admin still occupies the email {email}.")
            }
            Problem::AdminAbandoned { email } => format!(
                "The account {email} is the admin of an organization that does not exist or has another admin."
            ),
            Problem::OperatorPending { email } => {
                format!("Adding the operator {email} was interrupted. The account cannot sign in.")
            }
            Problem::CollectionCount { counted, there } => format!(
                "{collection} counts {counted} documents; the actual number is {there}, or their size differs."
            ),
            Problem::OperatorCount { counted, there } => format!(
                "The stored number of operators is {counted}, the actual number {there}. The stored one keeps the last \
                 operator from being removed."
            ),
            Problem::ReservationDead { key } => {
                format!("{} is reserved, but nothing uses it.", words_of(key))
            }
            Problem::ReservationMissing { key } => {
                format!(
                    "{} is not reserved for {}, so another one could take it.",
                    words_of(key),
                    self.holder()
                )
            }
            Problem::ReservationOfAnother { key } => {
                format!("{} of {} is reserved for another.", words_of(key), self.holder())
            }
            Problem::KeysMeet { shown, key } => {
                let (kind, _) = key.split_once(':').unwrap_or_default();
                let (what, other) = if kind == "n" { ("name", "organization") } else { ("email", "account") };
                format!("The {what} {shown:?} equals the {what} of another {other} by the current rules.")
            }
            Problem::Silent { state, refusal: None } => {
                format!("{name} is {state}, and the operation has not ended within its lease and a minute.")
            }
            Problem::Silent { state, refusal: Some(refusal) } => {
                format!("{name} is {state}, and the server refuses to finish the operation: {refusal}")
            }
            Problem::OperationUnreadable { state } => format!(
                "{name} is {state}, and its record lacks data to finish the operation or to roll it back."
            ),
            Problem::StateUnknown => {
                format!("The record of {name} has a state that this version of tenantry does not know.")
            }
            Problem::MarkerOfAnother => {
                format!("The marker in {collection} names an organization other than {name}.")
            }
            Problem::MarkerMissing => format!(
                "{collection} has no marker. After a restore from a backup tenantry could not tell that it belongs to \
                 {name}."
            ),
        }
    }

    /// What the repair did, in a sentence.
    pub fn repaired(&self) -> String {
        let (name, collection) = (self.organization(), self.collection());
        match &self.problem {
            Problem::CollectionRestored => "Recorded the new UUID.".to_owned(),
            Problem::CollectionElsewhere { .. } => format!("Renamed it back to {collection}."),
            Problem::CollectionMissing => format!("{name} continues with an empty collection."),
            Problem::CollectionReplaced => format!("{name} continues with the collection that was there."),
            Problem::LeftAside => "Dropped it.".to_owned(),
            Problem::AdminMissing => format!("Created a new admin account for {name}."),
            Problem::AdminEmailDiffers { .. } => {
                "Copied the email of the account into the record.".to_owned()
            }
            Problem::AdminKeepsEmail { .. } => "Freed the email.".to_owned(),
            Problem::AdminAbandoned { .. } | Problem::OperatorPending { .. } => {
                "Removed the account.".to_owned()
            }
            Problem::OperatorCount { .. } => "Counted the operators again.".to_owned(),
            Problem::CollectionCount { .. } => "Counted the documents again.".to_owned(),
            Problem::ReservationDead { .. } => "Released the reservation.".to_owned(),
            Problem::ReservationMissing { .. } => "Reserved it.".to_owned(),
            Problem::Silent { .. } => "Finished it, or rolled it back.".to_owned(),
            Problem::MarkerMissing | Problem::MarkerOfAnother => "Wrote the marker again.".to_owned(),
            Problem::CollectionDisplaced { .. }
            | Problem::CollectionOfAnother { .. }
            | Problem::CollectionBlocked { .. }
            | Problem::RecordUnusable
            | Problem::RecordUnreadable
            | Problem::Orphan
            | Problem::NotAdopted { .. }
            | Problem::LeftInTrash
            | Problem::ReservationOfAnother { .. }
            | Problem::KeysMeet { .. }
            | Problem::OperationUnreadable { .. }
            | Problem::StateUnknown => self.repair(),
        }
    }

    fn holder(&self) -> &str {
        self.organization_name.as_deref().unwrap_or("the operator who has it")
    }

    /// How to repair it, or why it is left alone, in a sentence for every face: without flags, commands and keys.
    pub fn repair(&self) -> String {
        let (name, collection) = (self.organization(), self.collection());
        // A deleted organization is purged, an active one deleted.
        let remove = if self.is_in_trash() { "purge" } else { "delete" };
        match &self.problem {
            Problem::CollectionRestored => "Record the new UUID.".to_owned(),
            Problem::CollectionElsewhere { .. } => format!("Rename it back to {collection}."),
            Problem::LeftAside => "Drop it.".to_owned(),
            Problem::AdminEmailDiffers { .. } => "Copy the email of the account into the record.".to_owned(),
            Problem::AdminKeepsEmail { .. } => "Free the email.".to_owned(),
            Problem::AdminAbandoned { .. } | Problem::OperatorPending { .. } => {
                "Remove the account.".to_owned()
            }
            Problem::OperatorCount { .. } => "Count the operators again.".to_owned(),
            Problem::CollectionCount { .. } => "Count the documents again.".to_owned(),
            Problem::ReservationDead { .. } => "Release the reservation.".to_owned(),
            Problem::ReservationMissing { .. } => "Reserve it.".to_owned(),
            Problem::Silent { .. } => "Finish it, or roll it back.".to_owned(),
            Problem::MarkerMissing | Problem::MarkerOfAnother => "Write the marker again.".to_owned(),
            Problem::CollectionMissing => format!(
                "Restore the collection from a backup and check again; or continue with an empty one; or {remove} \
                 {name}."
            ),
            Problem::CollectionReplaced => format!(
                "Restore the collection from a backup and check again; or continue with the \
                 collection that now has its name; or {remove} {name}, which leaves that one alone."
            ),
            Problem::AdminMissing => {
                format!("Give {name} an admin email and a password: that creates the account.")
            }
            Problem::CollectionDisplaced { .. } => {
                format!("Left alone. Rename the other collection, {collection}, then check again.")
            }
            Problem::CollectionOfAnother { .. } => {
                format!("Left alone. Restore the record and the collection of {name} from a backup.")
            }
            Problem::CollectionBlocked { at } => {
                format!("Left alone. Rename or drop {at}, or restore the collection from a backup; then check again.")
            }
            Problem::RecordUnreadable => {
                "Left alone. Restore the record from a backup, or remove it if it is a copy.".to_owned()
            }
            Problem::RecordUnusable => format!("Left alone. Restore the record of {name} from a backup."),
            Problem::NotAdopted { .. } => "Left alone until they are adopted.".to_owned(),
            Problem::Orphan | Problem::LeftInTrash => {
                "Left alone: tenantry drops only its own leftovers. Check what it contains, then drop or rename it \
                 with a database client."
                    .to_owned()
            }
            Problem::ReservationOfAnother { .. } => {
                "Left alone: two have the same. Change one of them, then check again.".to_owned()
            }
            Problem::KeysMeet { .. } => {
                "Left alone: both keep working. Change one of them to end the ambiguity.".to_owned()
            }
            Problem::OperationUnreadable { .. } => {
                "Left alone. Restore the record from a backup.".to_owned()
            }
            Problem::StateUnknown => {
                "Left alone: a newer version may have written it. Otherwise restore the record from a backup.".to_owned()
            }
        }
    }
}

/// A reservation's key in words.
fn words_of(key: &str) -> String {
    match key.split_once(':') {
        Some(("n", name)) => format!("The name {name:?}"),
        Some(("c", collection)) => {
            format!("The collection {}", collection.split_once('.').map_or(collection, |(_, name)| name))
        }
        Some(("e", email)) => format!("The email {email}"),
        _ => format!("The reservation {key:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reservation_keys_are_described_in_words() {
        assert_eq!(words_of("n:acme \"x\""), "The name \"acme \\\"x\\\"\"");
        assert_eq!(words_of("c:master_db.org_acme"), "The collection org_acme");
        assert_eq!(words_of("e:ann@x"), "The email ann@x");
        assert_eq!(words_of("?"), "The reservation \"?\"");
    }
}
