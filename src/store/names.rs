//! Names, emails and times that look like a real platform's, for stores that are filled to be looked at.

use crate::domain::{Email, OrganizationName};
use crate::service::{Error, Result};
use jiff::{SignedDuration, Timestamp};

const FIRST: [&str; 40] = [
    "Acme",
    "Zephyr",
    "Nordic",
    "Delft",
    "Aachen",
    "Lumen",
    "Harbor",
    "Summit",
    "Cobalt",
    "Willow",
    "Pioneer",
    "Atlas",
    "Juniper",
    "Meridian",
    "Quartz",
    "Sierra",
    "Falcon",
    "Ember",
    "Orchid",
    "Tundra",
    "Bäckerei",
    "Café",
    "Müller",
    "Søren",
    "Łódź",
    "Ñandú",
    "Évora",
    "Kyoto",
    "Osaka",
    "日本",
    "Αθήνα",
    "Київ",
    "Granite",
    "Velvet",
    "Copper",
    "Maple",
    "River",
    "Stone",
    "Cedar",
    "Polar",
];
const SECOND: [&str; 32] = [
    "Analytics",
    "Robotics",
    "Foods",
    "Logistics",
    "Studio",
    "Labs",
    "Energy",
    "Health",
    "Motors",
    "Textiles",
    "Media",
    "Dental",
    "Optics",
    "Books",
    "Travel",
    "Security",
    "Farms",
    "Aviation",
    "Ceramics",
    "Marine",
    "Games",
    "Music",
    "Legal",
    "Mining",
    "Design",
    "Payments",
    "Weather",
    "Brewery",
    "Clinics",
    "Homes",
    "Tools",
    "Cloud",
];
const REGION: [&str; 6] = ["Europe", "West", "& Sons", "(Holding)", "International", "GmbH"];

/// One believable organization.
#[derive(Debug, Clone)]
pub struct Believable {
    /// Its name; no two numbers give the same key.
    pub name: OrganizationName,
    /// The email of its admin; no two numbers give the same.
    pub admin_email: Email,
    /// When it was made: spread over the two years before `now`.
    pub created_at: Timestamp,
    /// When it was changed last: between then and now.
    pub updated_at: Timestamp,
}

/// The `number`-th believable organization; the same number gives the same name in every run.
///
/// # Errors
/// None in practice: every name and email made here is valid, which a test shows.
pub fn believable(number: usize, now: Timestamp) -> Result<Believable> {
    // A fixed stride through all pairs, so that neighbours do not look alike.
    let pair = number.wrapping_mul(523) % (FIRST.len() * SECOND.len());
    let (first, second) = (FIRST[pair % FIRST.len()], SECOND[pair / FIRST.len()]);
    let round = number / (FIRST.len() * SECOND.len());
    let name = match round {
        0 => format!("{first} {second}"),
        1..=6 => format!("{first} {second} {}", REGION[round - 1]),
        more => format!("{first} {second} {more}"),
    };
    let name = OrganizationName::parse(&name).map_err(Error::from)?;
    let person = ["ann", "eva", "post", "ops", "it", "hello", "office", "admin"][number % 8];
    let admin_email = Email::parse(&format!("{person}.{number}@{}.example", name.slug().replace('_', "-")))?;
    let minutes = i64::try_from(number.wrapping_mul(7_919) % 1_051_200).unwrap_or(0);
    let created_at = now.checked_sub(SignedDuration::from_mins(minutes)).unwrap_or(now);
    let updated_at = now.checked_sub(SignedDuration::from_mins(minutes / 3)).unwrap_or(now);
    Ok(Believable { name, admin_email, created_at, updated_at })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_hundred_thousand_names_and_emails_are_valid_and_distinct() {
        let now = "2026-11-24T12:00:00Z".parse().unwrap();
        let (mut keys, mut collections, mut emails) = (HashSet::new(), HashSet::new(), HashSet::new());
        for number in 0..100_000 {
            let made = believable(number, now).unwrap();
            assert!(keys.insert(made.name.key().to_owned()), "{number}: {}", made.name);
            assert!(collections.insert(made.name.collection("master_db")), "{number}");
            assert!(emails.insert(made.admin_email.key().to_owned()), "{number}");
            assert!(made.created_at <= made.updated_at && made.updated_at <= now);
        }
    }
}
