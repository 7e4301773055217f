//! Realistic organizations, documents and activity. A number gives the same sample in every run.

use crate::domain::audit::KEPT;
use crate::domain::document::RawDocumentBuf;
use crate::domain::document::json::read;
use crate::domain::{
    AuditAction, AuditEntry, AuditOutcome, Email, OperationId, OrganizationId, OrganizationName, Suspension,
};
use crate::port::{Error, Result};
use crate::store::SeedOrganization;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

/// Organizations with many documents and much activity; the later ones have a few.
const RICH: usize = 1_000;

/// The organization whose collection is missing, so that the list and the doctor have something to show.
const WITHOUT_COLLECTION: usize = 17;
/// The suspended organization.
const SUSPENDED: usize = 23;

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

/// One organization of the sample.
#[derive(Debug, Clone)]
pub struct Sample {
    number: usize,
    /// Its name; each number gives another key.
    pub name: OrganizationName,
    /// The email of its admin; each number gives another one.
    pub admin_email: Email,
    /// When it was created: within the two years before `now`.
    pub created_at: Timestamp,
    /// When it was last changed: between then and now.
    pub updated_at: Timestamp,
}

/// The organization of this number.
///
/// # Errors
/// None in practice: every name and email here is valid, which a test shows.
pub fn sample(number: usize, now: Timestamp) -> Result<Sample> {
    // A fixed stride through all pairs, so that neighbours look different.
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
    Ok(Sample { number, name, admin_email, created_at, updated_at })
}

impl Sample {
    /// The organization for a store; without `is_lively`, no documents and no activity.
    pub(super) fn seed(&self, is_lively: bool, now: Timestamp) -> SeedOrganization {
        let id = OrganizationId(Uuid::new_v4());
        let (documents, activity) =
            if is_lively { (self.documents().collect(), self.activity(id, now)) } else { (vec![], vec![]) };
        let signed_in = activity.iter().filter(|entry| entry.action == AuditAction::SignIn);
        let last_sign_in_at = signed_in.map(|entry| entry.at).max();
        let suspension = (is_lively && self.number == SUSPENDED).then(|| Suspension {
            at: self.updated_at,
            by: super::EMAIL.to_owned(),
            reason: "invoice 4711 is unpaid".to_owned(),
        });
        SeedOrganization {
            last_sign_in_at,
            suspension,
            lacks_collection: is_lively && self.number == WITHOUT_COLLECTION,
            id,
            name: self.name.clone(),
            admin_email: self.admin_email.clone(),
            created_at: self.created_at,
            updated_at: self.updated_at,
            documents,
            activity,
        }
    }

    /// Its documents: orders, from none to some dozens.
    pub fn documents(&self) -> impl Iterator<Item = RawDocumentBuf> + '_ {
        let count = match self.number {
            // Few are big, most are small, as it is everywhere.
            number if number >= RICH => number % 4,
            number if number % 61 == 9 => 900,
            number if number % 29 == 3 => 240,
            number => [12, 3, 25, 7, 0, 41, 9, 18][number % 8],
        };
        let orders = (0..count).map(|order| self.order(order));
        let settings = (count > 0 && self.number < RICH).then(|| self.settings());
        orders.chain(settings).filter_map(|document| read(&document.to_string()).ok())
    }

    /// A document with a value of every other type.
    fn settings(&self) -> Value {
        let seconds = u32::try_from(self.created_at.as_second()).unwrap_or(0);
        json!({
            "_id": {"$oid": format!("{:024x}", 0x6740_0000_u64 + self.number as u64)},
            "kind": "settings",
            "seats": {"$numberLong": (self.number * 25).to_string()},
            "discount": {"$numberDecimal": "0.15"},
            "score": 4.5,
            "is_trial": self.number.is_multiple_of(3),
            "parent": null,
            "tags": ["b2b", 7, null],
            "logo": {"$binary": {"base64": "iVBORw0KGgo=", "subType": "00"}},
            "device": {"$uuid": Uuid::from_u128(self.number as u128).to_string()},
            "allowed": {"$regularExpression": {"pattern": "^[a-z]+@acme", "options": "i"}},
            "revision": {"$timestamp": {"t": seconds, "i": 1}},
            "since": {"$date": format!("{:.3}", self.created_at)},
            "from": {"$minKey": 1},
            "to": {"$maxKey": 1},
        })
    }

    fn order(&self, order: usize) -> Value {
        let spread = self.number.wrapping_mul(37).wrapping_add(order.wrapping_mul(101));
        let lines: Vec<Value> = (0..=spread % 3)
            .map(|line| {
                let sku = ["BOLT-M8", "CABLE-2M", "LAMP-E27", "PANEL-60", "VALVE-DN15"][(spread + line) % 5];
                json!({"sku": sku, "quantity": 1 + (spread + line) % 9, "cents": 450 + (spread * 7 + line * 113) % 9_000})
            })
            .collect();
        let total: u64 = lines
            .iter()
            .map(|line| line["quantity"].as_u64().unwrap_or(0) * line["cents"].as_u64().unwrap_or(0))
            .sum();
        let hours = i64::try_from(spread % 2_000).unwrap_or(0);
        let at = self.updated_at.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(self.updated_at);
        let status = ["open", "paid", "shipped", "returned"][spread % 4];
        json!({
            "_id": format!("ORD-{:05}", 10_001 + order),
            "status": status,
            "customer": format!("C-{:04}", spread * 13 % 10_000),
            "total_cents": total,
            "currency": "EUR",
            "lines": lines,
            "ordered_at": {"$date": format!("{at:.3}")},
        })
    }

    /// What happened to it during the time that the audit covers, oldest first.
    pub fn activity(&self, id: OrganizationId, now: Timestamp) -> Vec<AuditEntry> {
        let entry = |at: Timestamp, action: AuditAction, changes: Value| AuditEntry {
            id: OperationId::random().0,
            at,
            actor: self.admin_email.as_str().to_owned(),
            actor_id: None,
            actor_version: None,
            request_hash: None,
            action,
            outcome: if action == AuditAction::SignInFailed {
                AuditOutcome::Failed
            } else {
                AuditOutcome::Done
            },
            organization_id: Some(id),
            organization_name: Some(self.name.display().to_owned()),
            changes: changes.as_object().cloned().unwrap_or_default(),
        };
        let created = json!({
            "organization_name": {"from": null, "to": self.name.display()},
            "admin_email": {"from": null, "to": self.admin_email.as_str()},
        });
        let mut entries = vec![
            AuditEntry {
                actor: super::EMAIL.into(),
                ..entry(self.created_at, AuditAction::OrganizationCreate, created)
            },
            entry(self.updated_at, AuditAction::OrganizationUpdate, json!({"password": "changed"})),
        ];
        let sign_ins = if self.number < RICH { 3 + self.number % 9 } else { 0 };
        for visit in 0..sign_ins {
            let minutes = i64::try_from((visit * 6_007 + self.number * 411) % 80_000).unwrap_or(0);
            let at = now.checked_sub(SignedDuration::from_mins(minutes)).unwrap_or(now);
            if at <= self.created_at {
                continue;
            }
            if visit % 4 == 3 {
                let before = at.checked_sub(SignedDuration::from_secs(9)).unwrap_or(at);
                entries.push(entry(before, AuditAction::SignInFailed, json!({})));
            }
            entries.push(entry(at, AuditAction::SignIn, json!({})));
        }
        entries.retain(|entry| now.duration_since(entry.at) < KEPT);
        entries.sort_by_key(|entry| entry.at);
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ten_thousand_names_and_emails_are_valid_and_distinct() {
        let now = "2026-11-24T12:00:00Z".parse().unwrap();
        let (mut keys, mut collections, mut emails) = (HashSet::new(), HashSet::new(), HashSet::new());
        for number in 0..10_000 {
            let made = sample(number, now).unwrap();
            assert!(keys.insert(made.name.key().to_owned()), "{number}: {}", made.name);
            assert!(collections.insert(made.name.collection("master_db")), "{number}");
            assert!(emails.insert(made.admin_email.key().to_owned()), "{number}");
            assert!(made.created_at <= made.updated_at && made.updated_at <= now);
        }
    }

    #[test]
    fn documents_and_activity_are_dated_within_their_period() {
        let now = "2026-11-24T12:00:00Z".parse().unwrap();
        let (mut documents, mut entries) = (0, 0);
        for number in 0..1_200 {
            let made = sample(number, now).unwrap();
            let mut ids = HashSet::new();
            for document in made.documents() {
                let id = document.get("_id").unwrap().unwrap();
                assert!(ids.insert(format!("{id:?}")));
                if let Some(id) = id.as_str() {
                    assert!(!document.get_array("lines").unwrap().is_empty(), "{id}");
                    assert!(document.get_i32("total_cents").unwrap() > 0, "{id}");
                }
                documents += 1;
            }
            for entry in made.activity(OrganizationId(Uuid::new_v4()), now) {
                assert!(entry.at <= now && entry.at >= made.created_at, "{number}: {entry:?}");
                entries += 1;
            }
        }
        assert!(documents > 10_000 && entries > 5_000, "{documents} {entries}");
    }
}
