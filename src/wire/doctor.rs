//! What the doctor found, as JSON.

use crate::domain::{self, OrganizationId, Remedy};
use serde::Serialize;

/// What a check found and what repairs did.
#[derive(Debug, Clone, Serialize)]
pub struct DoctorReport {
    /// What was repaired, then what is left, errors first.
    pub findings: Vec<Finding>,
    /// Organizations that were checked.
    pub organizations: u64,
    /// Collections that were checked.
    pub collections: u64,
    /// How many findings were repaired.
    pub repaired: usize,
    /// What the store cannot promise, in sentences; absent where they are told otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warnings: Option<Vec<String>>,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// The rule that is broken.
    pub invariant: &'static str,
    /// How bad it is.
    pub severity: &'static str,
    /// The organization that it is about.
    pub organization_id: Option<OrganizationId>,
    /// Its name.
    pub organization_name: Option<String>,
    /// The collection that it is about.
    pub collection_name: Option<String>,
    /// What is wrong and what it means.
    pub message: String,
    /// What repairs it, or why it was left.
    pub repair: String,
    /// Whether the repair loses nothing.
    pub safe: bool,
    /// Whether it was repaired.
    pub repaired: bool,
}

impl Finding {
    /// A finding with what repairs it, or why it was left.
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
