//! A finding in sentences: what it means, and what mends it.

use super::{Finding, Problem, Remedy};

impl Finding {
    fn organization(&self) -> &str {
        self.organization_name.as_deref().unwrap_or("An organization")
    }

    fn collection(&self) -> &str {
        self.collection_name.as_deref().unwrap_or("its collection")
    }

    /// What is wrong and what it means, in sentences. Names in it come from records: they may be anything.
    #[expect(clippy::too_many_lines, reason = "a sentence for each kind")]
    pub fn message(&self) -> String {
        let (name, collection) = (self.organization(), self.collection());
        match &self.problem {
            Problem::CollectionMissing => format!(
                "The collection of {name}, {collection}, is gone: dropped, or in another database. Its documents \
                 cannot be read."
            ),
            Problem::CollectionReplaced => format!(
                "{collection} is not the collection that {name} had: another program dropped and made it anew."
            ),
            Problem::CollectionRestored => format!(
                "{collection} bears the marker of {name} and has another UUID: it was restored from a backup. \
                 Until the record knows that, {name} cannot be renamed."
            ),
            Problem::CollectionElsewhere { at } => {
                format!("The collection of {name} lies under {at} instead of {collection}.")
            }
            Problem::CollectionDisplaced { at } => format!(
                "The collection of {name} lies under {at}, and another collection has its name, {collection}."
            ),
            Problem::CollectionOfAnother { at } => format!(
                "The record of {name} leads to {at}, which is another organization's or tenantry's own. Its own \
                 collection is not there."
            ),
            Problem::DamagedFound { at } => {
                format!("{name} is damaged: a rename stopped in between. Its collection lies under {at}.")
            }
            Problem::DamagedReplaced { at } => format!(
                "{name} is damaged: its collection is gone, and {at} is a collection that another program made."
            ),
            Problem::DamagedMissing => format!(
                "{name} is damaged: its collection is at none of its names. Its documents cannot be read; tenantry \
                 dropped nothing."
            ),
            Problem::CollectionBlocked { at } => format!(
                "The collection of {name} is gone, and {at} is a view or a time series of another program."
            ),
            Problem::RecordUnreadable => {
                format!(
                    "The record of {name} has an _id that is no UUID, or no epoch that is a number: nothing can be done \
                     with it."
                )
            }
            Problem::RecordUnusable => {
                format!("The record of {name} names a collection that tenantry could not have made.")
            }
            Problem::Orphan => format!("{collection} belongs to no organization."),
            Problem::LeftAside => {
                format!("{collection} was made for a create that was taken back; nobody uses it.")
            }
            Problem::LeftInTrash => {
                format!("{collection} lies under a name of a delete that is over; tenantry did not make it.")
            }
            Problem::AdminMissing => {
                format!(
                    "{name} has no admin: the account that its record names is not there, or not its admin."
                )
            }
            Problem::AdminEmailDiffers { account } => {
                format!("The admin of {name} signs in as {account}; the record of {name} says otherwise.")
            }
            Problem::AdminAbandoned { email } => {
                format!(
                    "The account {email} is the admin of an organization that is not there, or not its own."
                )
            }
            Problem::OperatorPending { email } => {
                format!("Adding the operator {email} stopped in between; it cannot sign in.")
            }
            Problem::OperatorCount { counted, there } => format!(
                "{counted} operators are counted and {there} are there. The count is what keeps the last one."
            ),
            Problem::ReservationDead { key } => format!("{} is reserved for nobody.", words_of(key)),
            Problem::ReservationMissing { key } => {
                format!("{} is not reserved for {}: another could take it.", words_of(key), self.holder())
            }
            Problem::ReservationOfAnother { key } => {
                format!("{} of {} is reserved for another.", words_of(key), self.holder())
            }
            Problem::Silent { state } => {
                format!("{name} is {state}, and nobody has worked on it for longer than a lease.")
            }
            Problem::OperationUnreadable { state } => format!(
                "{name} is {state}, and its record does not say enough to finish that or to take it back."
            ),
            Problem::StateUnknown => format!(
                "The record of {name} is in a state that this version of tenantry does not know; it is shown as damaged."
            ),
            Problem::MarkerOfAnother => {
                format!("The marker in {collection}, the collection of {name}, names another organization.")
            }
            Problem::MarkerMissing => format!(
                "{collection} has no marker: after a restore it could not be known as that of {name} again."
            ),
        }
    }

    /// What was done when it was mended, in a sentence.
    pub fn mended(&self) -> String {
        let name = self.organization();
        match (self.problem.remedy(), &self.problem) {
            (Remedy::Safe | Remedy::Leave, _) => self.repair(),
            (Remedy::Choose, Problem::CollectionMissing | Problem::DamagedMissing) => {
                format!("{name} goes on with an empty collection.")
            }
            (Remedy::Choose, _) => format!("{name} goes on with the collection that was there."),
        }
    }

    fn holder(&self) -> &str {
        self.organization_name.as_deref().unwrap_or("the operator who has it")
    }

    /// What mends it, or why nothing is done about it, in a sentence.
    pub fn repair(&self) -> String {
        let (name, collection) = (self.organization(), self.collection());
        match &self.problem {
            Problem::CollectionRestored => "The new UUID is recorded.".to_owned(),
            Problem::CollectionElsewhere { .. } => format!("It is renamed back to {collection}."),
            Problem::DamagedFound { .. } => "It is taken from there, and the rename is finished.".to_owned(),
            Problem::LeftAside => "It is dropped.".to_owned(),
            Problem::AdminEmailDiffers { .. } => "The record takes the email of the account.".to_owned(),
            Problem::AdminAbandoned { .. } | Problem::OperatorPending { .. } => {
                "The account is removed.".to_owned()
            }
            Problem::OperatorCount { .. } => "They are counted anew.".to_owned(),
            Problem::ReservationDead { .. } => "It is released.".to_owned(),
            Problem::ReservationMissing { .. } => "It is reserved.".to_owned(),
            Problem::Silent { .. } => "It is finished, or taken back.".to_owned(),
            Problem::MarkerMissing => "The marker is put back.".to_owned(),
            Problem::CollectionMissing | Problem::DamagedMissing => format!(
                "Restore the collection from a backup and check again; or go on with an empty one \
                 (--new-collections); or delete {name}."
            ),
            Problem::CollectionReplaced | Problem::DamagedReplaced { .. } => format!(
                "Restore the collection from a backup and check again; or go on with the one that is there \
                 (--new-collections); or delete {name}, which leaves that one."
            ),
            Problem::CollectionDisplaced { .. } => {
                format!("Left alone. Move the other collection away from {collection}, then check again.")
            }
            Problem::CollectionOfAnother { .. } => {
                format!("Left alone. Restore the record and the collection of {name} from a backup.")
            }
            Problem::CollectionBlocked { at } => {
                format!("Left alone. Move {at} away, or restore the collection from a backup; then check again.")
            }
            Problem::RecordUnreadable => {
                "Left alone: restore the record from a backup, or remove it if it is a copy.".to_owned()
            }
            Problem::RecordUnusable => format!("Left alone. Delete {name}, which drops nothing."),
            Problem::Orphan => {
                "Left alone: tenantry drops nothing that it did not make. Look into it, then drop it with a client \
                 of the database."
                    .to_owned()
            }
            Problem::LeftInTrash => {
                "Left alone. Look into it, then drop or rename it with a client of the database.".to_owned()
            }
            Problem::AdminMissing => {
                format!("Left alone. Restore the account from a backup, or delete {name}.")
            }
            Problem::ReservationOfAnother { .. } => {
                "Left alone: two have the same. Give one of them another, then check again.".to_owned()
            }
            Problem::OperationUnreadable { .. } => {
                "Left alone: restore the record from a backup.".to_owned()
            }
            Problem::StateUnknown => {
                "Left alone: a newer version may have written it. Else restore the record from a backup.".to_owned()
            }
            Problem::MarkerOfAnother => format!(
                "Left alone: look whether {collection} holds the documents of {name} or those of another."
            ),
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
    fn a_key_reads_as_what_it_reserves() {
        assert_eq!(words_of("n:acme \"x\""), "The name \"acme \\\"x\\\"\"");
        assert_eq!(words_of("c:master_db.org_acme"), "The collection org_acme");
        assert_eq!(words_of("e:ann@x"), "The email ann@x");
        assert_eq!(words_of("?"), "The reservation \"?\"");
    }
}
