//! The doctor: a check of the whole store, what mends it, and the end of an operation that stands still.

use super::TenantService;
use super::access::UseCase;
use super::error::{Error, Result};
use super::store::{AuditAction, AuditEntry, Lookup};
use crate::domain::{
    AccessToken, Examination, Finding, Mended, Organization, OrganizationId, Principal, Progress, Remedy,
};
use serde_json::json;
use tokio::sync::watch;

/// Which findings are mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Those that lose nothing, whatever was meant.
    Safe,
    /// Those, and organizations whose collection is gone go on with another one.
    NewCollections,
}

impl Extent {
    /// Whether this finding is among them.
    pub fn includes(self, finding: &Finding) -> bool {
        match finding.problem.remedy() {
            Remedy::Safe => true,
            Remedy::Choose => self == Self::NewCollections,
            Remedy::Leave => false,
        }
    }
}

/// How far mending is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mending {
    /// Findings that were looked at.
    pub done: usize,
    /// Findings in all.
    pub of: usize,
}

/// What became of findings that were to be mended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mendings {
    /// Of each in their order, as far as it came.
    pub outcomes: Vec<Mended>,
    /// Why it came no further; none also when nobody listened any more.
    pub stopped: Option<Error>,
}

/// Findings that are mended between two looks at the session: an operator that is removed stops soon.
const AT_ONCE: usize = 50;

impl TenantService {
    /// Checks the whole store. Writes nothing. Errors come first in what it found.
    ///
    /// # Errors
    /// [`Error::Forbidden`], those of the session, and the store's.
    pub async fn examine(
        &self,
        token: &AccessToken,
        progress: &watch::Sender<Progress>,
    ) -> Result<Examination> {
        self.as_doctor(token).await?;
        let mut examination = self.store.examine(progress).await?;
        examination.sort();
        Ok(examination)
    }

    /// Mends what was found, one after the other, if it is still so; what is not within the extent, or is refused, is
    /// left. It stops when the store or the session fails, and when nobody listens to the progress any more; what was
    /// mended before stays so.
    ///
    /// # Errors
    /// [`Error::Forbidden`], those of the session, and the store's, if nothing was looked at before.
    pub async fn mend(
        &self,
        token: &AccessToken,
        findings: &[Finding],
        extent: Extent,
        progress: &watch::Sender<Mending>,
    ) -> Result<Mendings> {
        let mut mendings = Mendings::default();
        if findings.is_empty() {
            self.as_doctor(token).await?;
        }
        for some in findings.chunks(AT_ONCE) {
            if let Err(error) =
                self.mend_some(token, (some, findings.len()), extent, progress, &mut mendings).await
            {
                if mendings.outcomes.is_empty() {
                    return Err(error);
                }
                mendings.stopped = Some(error);
            }
            if mendings.stopped.is_some() || progress.is_closed() {
                break;
            }
        }
        Ok(mendings)
    }

    async fn mend_some(
        &self,
        token: &AccessToken,
        (some, of): (&[Finding], usize),
        extent: Extent,
        progress: &watch::Sender<Mending>,
        mendings: &mut Mendings,
    ) -> Result<()> {
        let principal = self.as_doctor(token).await?;
        for finding in some {
            if progress.is_closed() {
                break;
            }
            let outcome = if extent.includes(finding) {
                match self.store.mend(finding, self.repair_audit(&principal, finding)).await {
                    // Refused: the next one may go well.
                    Err(refused @ Error::Internal(_)) => {
                        Mended::Left(format!("{refused} The log knows more."))
                    }
                    outcome => outcome?,
                }
            } else {
                Mended::Left(finding.repair())
            };
            mendings.outcomes.push(outcome);
            progress.send_replace(Mending { done: mendings.outcomes.len(), of });
        }
        Ok(())
    }

    /// Ends the operation on an organization now instead of when its lease is over: it is finished or taken back.
    /// Whoever began it stops. Answers the organization; `None` when it is gone.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Busy`] when another one is ending it, those of the session, and the store's.
    pub async fn end_operation(
        &self,
        token: &AccessToken,
        id: OrganizationId,
    ) -> Result<Option<Organization>> {
        self.as_doctor(token).await?;
        self.store.end_operation(id).await?;
        self.store.find(&Lookup::Id(id)).await
    }

    async fn as_doctor(&self, token: &AccessToken) -> Result<Principal> {
        let principal = self.authenticate(token).await?;
        match self.reach(UseCase::Doctor, &principal)? {
            super::Reach::All => Ok(principal),
            super::Reach::Only(_) => Err(Error::Forbidden),
        }
    }

    fn repair_audit(&self, principal: &Principal, finding: &Finding) -> AuditEntry {
        let mut entry = self.audit_entry(&principal.email, AuditAction::Repair);
        entry.organization_id = finding.organization_id;
        entry.organization_name.clone_from(&finding.organization_name);
        entry.changes.insert("finding".into(), json!(finding.problem.title()));
        entry.changes.insert("repair".into(), json!(finding.mended()));
        entry
    }
}
