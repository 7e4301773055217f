//! Findings of the doctor as JSON.

use crate::domain::{self, OrganizationId, Remedy};
use serde::Serialize;

/// The result of a check and its repairs.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
pub struct DoctorReport {
    /// Repaired findings, then remaining ones, errors first.
    pub findings: Vec<Finding>,
    /// Organizations that were checked.
    pub organizations: u64,
    /// Collections that were checked.
    pub collections: u64,
    /// How many findings were repaired.
    pub repaired: usize,
    /// What the store cannot promise, in sentences; absent where another output says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warnings: Option<Vec<String>>,
}

/// A finding.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
pub struct Finding {
    /// The rule that is broken.
    pub invariant: &'static str,
    /// Its severity.
    pub severity: &'static str,
    /// The organization that it is about.
    pub organization_id: Option<OrganizationId>,
    /// Its name.
    pub organization_name: Option<String>,
    /// The collection that it is about.
    pub collection_name: Option<String>,
    /// What is wrong and what it means.
    pub message: String,
    /// How to repair it, or why it was left alone.
    pub repair: String,
    /// Whether the repair loses no data.
    pub safe: bool,
    /// Whether it was repaired.
    pub repaired: bool,
}

impl Finding {
    /// A finding with its repair, or the reason why it was left alone.
    pub fn new(finding: &domain::Finding, repair: String, repaired: bool) -> Self {
        Self {
            invariant: finding.problem.invariant().as_str(),
            severity: finding.problem.severity().as_str(),
            organization_id: finding.organization_id,
            organization_name: finding.organization_name.clone(),
            collection_name: finding.collection_name.clone(),
            message: finding.message(),
            repair,
            safe: finding.problem.remedy() == Remedy::Safe,
            repaired,
        }
    }
}
