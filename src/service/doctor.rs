//! The doctor: checks and repairs the whole store, and recovers an operation at an operator's request.

use super::access::UseCase;
use super::writes::Writer;
use super::{Error, Result, TenantService};
use crate::domain::{
    AccessToken, AuditAction, AuditEntry, CheckReport, Finding, Organization, OrganizationId, Principal,
    Progress, Remedy, RepairOutcome,
};
use crate::port::Lookup;
use serde_json::json;
use tokio::sync::watch;

/// The findings that a repair includes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RepairScope {
    /// Findings whose repair loses nothing.
    Safe,
    /// Also organizations whose collection is gone: they continue with another one.
    NewCollections,
}

impl RepairScope {
    /// Whether the scope includes this finding.
    pub fn includes(self, finding: &Finding) -> bool {
        match finding.problem.remedy() {
            Remedy::Safe => true,
            Remedy::Choose => self == Self::NewCollections,
            Remedy::Account | Remedy::Leave => false,
        }
    }
}

/// The progress of a repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RepairProgress {
    /// Findings that were handled.
    pub done: usize,
    /// All findings.
    pub of: usize,
}

/// The result of a repair.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RepairReport {
    /// The outcome of each finding in order, up to the stop.
    pub outcomes: Vec<RepairOutcome>,
    /// Why the repair stopped early; `None` also when the receiver of the progress was dropped.
    pub stopped: Option<Error>,
}

/// Findings that are repaired between two checks of the session, so that the repair of a removed operator stops soon.
const AT_ONCE: usize = 50;

impl TenantService {
    /// Checks the whole store without writing. The findings are sorted, errors first.
    ///
    /// # Errors
    /// [`Error::Forbidden`], those of the session, and the store's.
    pub async fn check(
        &self,
        token: &AccessToken,
        progress: &watch::Sender<Progress>,
    ) -> Result<CheckReport> {
        self.as_doctor(token).await?;
        let mut report = self.store.check(progress).await?;
        report.sort();
        Ok(report)
    }

    /// Repairs findings one after the other, each only if it is still present. Skips findings outside the scope and
    /// refused ones. Stops when the store or the session fails, and when the receiver of the progress is dropped;
    /// earlier repairs stay.
    ///
    /// # Errors
    /// [`Error::Forbidden`], those of the session, and the store's, if no finding was handled before.
    pub async fn repair(
        &self,
        token: &AccessToken,
        findings: &[Finding],
        scope: RepairScope,
        progress: &watch::Sender<RepairProgress>,
    ) -> Result<RepairReport> {
        let (token, findings, progress) = (token.clone(), findings.to_vec(), progress.clone());
        self.write(|writer| async move { writer.repair_all(&token, &findings, scope, &progress).await }).await
    }

    /// Recovers the operation on an organization now instead of when its lease is over: it is completed or rolled back.
    /// The process that started it stops. Returns the organization; `None` when it is gone.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Busy`] when another process recovers it, those of the session, and the store's.
    pub async fn recover_operation(
        &self,
        token: &AccessToken,
        id: OrganizationId,
    ) -> Result<Option<Organization>> {
        let token = token.clone();
        self.write(|writer| async move { writer.recover_operation(&token, id).await }).await
    }

    async fn as_doctor(&self, token: &AccessToken) -> Result<Principal> {
        let principal = self.authenticate(token).await?;
        match self.scope(UseCase::Doctor, &principal)? {
            super::Scope::All => Ok(principal),
            super::Scope::Only(_) => Err(Error::Forbidden),
        }
    }

    fn repair_audit(&self, principal: &Principal, finding: &Finding) -> AuditEntry {
        let mut entry = self.audit_by(principal, AuditAction::Repair);
        entry.organization_id = finding.organization_id;
        entry.organization_name.clone_from(&finding.organization_name);
        entry.changes.insert("finding".into(), json!(finding.problem.title()));
        entry.changes.insert("repair".into(), json!(finding.repaired()));
        entry
    }
}

impl Writer {
    async fn repair_all(
        &self,
        token: &AccessToken,
        findings: &[Finding],
        scope: RepairScope,
        progress: &watch::Sender<RepairProgress>,
    ) -> Result<RepairReport> {
        let mut report = RepairReport::default();
        if findings.is_empty() {
            self.as_doctor(token).await?;
        }
        for some in findings.chunks(AT_ONCE) {
            if progress.is_closed() {
                break;
            }
            let outcome = self.repair_some(token, some, scope, |outcome| {
                report.outcomes.push(outcome);
                progress.send_replace(RepairProgress { done: report.outcomes.len(), of: findings.len() });
                !progress.is_closed()
            });
            match outcome.await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) if report.outcomes.is_empty() => return Err(error),
                Err(error) => {
                    report.stopped = Some(error);
                    break;
                }
            }
        }
        Ok(report)
    }

    /// Calls `repaired` with each outcome; stops and returns false when that returns false.
    async fn repair_some(
        &self,
        token: &AccessToken,
        findings: &[Finding],
        scope: RepairScope,
        mut repaired: impl FnMut(RepairOutcome) -> bool,
    ) -> Result<bool> {
        let principal = self.as_doctor(token).await?;
        for finding in findings {
            let outcome = if scope.includes(finding) {
                match self.store.repair(finding, self.repair_audit(&principal, finding)).await {
                    // The next finding may succeed.
                    Err(refused @ Error::Internal(_)) => {
                        RepairOutcome::Skipped(format!("{refused} The log has the details."))
                    }
                    outcome => outcome?,
                }
            } else {
                RepairOutcome::Skipped(finding.repair())
            };
            if !repaired(outcome) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn recover_operation(
        &self,
        token: &AccessToken,
        id: OrganizationId,
    ) -> Result<Option<Organization>> {
        self.as_doctor(token).await?;
        self.store.recover_now(id).await?;
        self.store.find(&Lookup::Id(id)).await
    }

    /// Renames the missing collection of an organization back if it exists under another name. Returns whether it did.
    pub(super) async fn put_back(&self, principal: &Principal, id: OrganizationId) -> Result<bool> {
        let Some(finding) = self.store.check_collection(id).await? else {
            return Ok(false);
        };
        if finding.problem.remedy() != Remedy::Safe {
            return Ok(false);
        }
        let repaired = self.store.repair(&finding, self.repair_audit(principal, &finding)).await?;
        Ok(repaired == RepairOutcome::Repaired)
    }
}
