//! What an adoption found and did, as JSON.

use crate::domain;
use serde::Serialize;

/// The result of an adoption.
#[derive(Debug, Clone, Serialize)]
pub struct AdoptionReport {
    /// Whether nothing was written.
    pub dry_run: bool,
    /// Organizations that were adopted, or would be.
    pub adopted: u64,
    /// Records of organizations, admins without an organization and collections without a record that stay.
    pub left: u64,
    /// In the order of the records; what was adopted comes first.
    pub findings: Vec<AdoptionFinding>,
}

/// A finding.
#[derive(Debug, Clone, Serialize)]
pub struct AdoptionFinding {
    /// What was found.
    pub kind: &'static str,
    /// What becomes of it: `adopt`, `leave` or `note`.
    pub action: &'static str,
    /// The name of the organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_name: Option<String>,
    /// The `_id` of each record, in the form that a line of decisions takes as a string.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub record_ids: Vec<String>,
    /// The collection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collection_name: Option<String>,
    /// The emails of the admins.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<String>,
    /// How many records, where they are not listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// The finding in a sentence.
    pub message: String,
}

impl AdoptionReport {
    /// The report of a dry run or of an adoption.
    pub fn new(report: &domain::AdoptionReport, dry_run: bool) -> Self {
        let findings = report.findings.iter().map(AdoptionFinding::from).collect();
        Self { dry_run, adopted: report.adopted, left: report.left, findings }
    }
}

impl From<&domain::AdoptionFinding> for AdoptionFinding {
    fn from(finding: &domain::AdoptionFinding) -> Self {
        Self {
            kind: finding.kind.as_str(),
            action: finding.fate().as_str(),
            organization_name: finding.organization_name.clone(),
            record_ids: finding.record_ids.clone(),
            collection_name: finding.collection_name.clone(),
            emails: finding.emails.clone(),
            count: finding.count,
            message: finding.message(),
        }
    }
}
