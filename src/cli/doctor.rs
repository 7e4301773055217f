//! `doctor`: checks whether records and collections agree, and with `--repair` repairs what does not.

use super::arguments::{DoctorArgs, PasswordArgs};
use super::context::Context;
use super::exit::{Failure, Unanswered};
use super::finding::repair as repair_of;
use crate::domain::text::visible;
use crate::domain::{AccessToken, CheckReport, Finding, Progress, Remedy, RepairOutcome, Severity};
use crate::service::{
    Confirms, Error, OperationId, OrganizationReference, RepairProgress, RepairReport, RepairScope,
    UpdateOrganization,
};
use crate::wire;
use std::fmt::Write as _;
use tokio::sync::watch;

/// Checks and repairs at most, one after the other: a repair may bring something to light.
const ROUNDS: usize = 3;

pub(super) async fn run(context: &Context<'_>, args: &DoctorArgs) -> Result<(), Failure> {
    if args.repair && !args.yes && !context.input.can_ask() {
        return Err(Error::ConfirmationRequired(Confirms::Repair).into());
    }
    let token = context.required_session().await?;
    let warnings = context.reads(context.service.store_warnings()).await?;
    let mut report = Report { warnings, ..Report::default() };
    check_and_repair(context, &token, args, &mut report).await?;
    if args.repair && !args.yes && context.input.can_ask() && !report.is_declined {
        let missing: Vec<Finding> = report.without_admin();
        let mut created = false;
        for finding in missing {
            created |= create_admin(context, &token, finding, &mut report).await?;
        }
        if created {
            // The account of an admin who was replaced can be removed now.
            check_and_repair(context, &token, args, &mut report).await?;
        }
    }
    report.tell(context).await?;
    report.judge()
}

async fn check_and_repair(
    context: &Context<'_>,
    token: &AccessToken,
    args: &DoctorArgs,
    report: &mut Report,
) -> Result<(), Failure> {
    for round in 1..=ROUNDS {
        let found = check(context, token).await?;
        report.checked(&found);
        if !args.repair || !repair(context, token, args, found.findings, report).await? {
            break;
        }
        // What the last repair left or uncovered is reported as it is.
        if round == ROUNDS {
            report.checked(&check(context, token).await?);
        }
    }
    Ok(())
}

/// Asks for the email and the password of an organization's new admin; without an email it is skipped. Answers whether
/// the account is there now.
async fn create_admin(
    context: &Context<'_>,
    token: &AccessToken,
    finding: Finding,
    report: &mut Report,
) -> Result<bool, Failure> {
    let Some(id) = finding.organization_id else {
        return Ok(false);
    };
    context.stderr.question(&format!("{}\n", visible(&finding.message())));
    let email = context.input.line("Admin email (empty skips)", "--yes").await?;
    if email.trim().is_empty() {
        return Ok(false);
    }
    let prompt = "Admin password (8 to 72 bytes)";
    let password = context.input.new_password(&PasswordArgs::default(), prompt).await?;
    let request = UpdateOrganization {
        admin_email: Some(email),
        admin_password: Some(password),
        ..UpdateOrganization::default()
    };
    let operation = OperationId::random();
    let reference = OrganizationReference::Id(id);
    let call = context.service.update_organization(token, &reference, request, operation);
    match Box::pin(context.writes(operation, call)).await {
        Ok(_) => {
            report.tried(vec![finding], vec![RepairOutcome::Repaired]);
            Ok(true)
        }
        // What was repaired before is still to be printed.
        Err(failure) if failure.is_refusal() => {
            let why = format!("{failure} {}", repair_of(&finding));
            report.tried(vec![finding], vec![RepairOutcome::Skipped(why)]);
            Ok(false)
        }
        Err(failure) => {
            report.tell(context).await?;
            Err(failure)
        }
    }
}

async fn check(context: &Context<'_>, token: &AccessToken) -> Result<CheckReport, Failure> {
    let (progress, heard) = watch::channel(Progress::default());
    let say = |now: &Progress| {
        format!(
            "checking: {} organizations, {} collections, {} findings",
            now.organizations, now.collections, now.findings
        )
    };
    context.follows(context.service.check(token, &progress), Unanswered::Nothing, heard, say).await
}

/// Repairs what may be repaired; answers whether anything changed, by this or by another process, so that another check
/// is due.
async fn repair(
    context: &Context<'_>,
    token: &AccessToken,
    args: &DoctorArgs,
    findings: Vec<Finding>,
    report: &mut Report,
) -> Result<bool, Failure> {
    let extent = if args.new_collections { RepairScope::NewCollections } else { RepairScope::Safe };
    let wanted: Vec<Finding> = findings
        .into_iter()
        .filter(|finding| extent.includes(finding) && !report.was_tried(finding))
        .collect();
    if wanted.is_empty() {
        return Ok(false);
    }
    if !args.yes && !confirm(context, report, &wanted).await? {
        report.is_declined = true;
        return Ok(false);
    }
    let (progress, heard) = watch::channel(RepairProgress::default());
    let say = |now: &RepairProgress| format!("repairing: {} of {}", now.done, now.of);
    let call = context.service.repair(token, &wanted, extent, &progress);
    let RepairReport { outcomes, stopped } = context.follows(call, Unanswered::Change, heard, say).await?;
    let any = outcomes.iter().any(|outcome| !matches!(outcome, RepairOutcome::Skipped(_)));
    let stopped = match stopped {
        Some(error) => Some(Failure::Service(error)),
        // Ctrl-C.
        None => (outcomes.len() < wanted.len()).then_some(Failure::Interrupted(Unanswered::Nothing)),
    };
    report.tried(wanted, outcomes);
    match stopped {
        Some(failure) => {
            report.tell(context).await?;
            Err(failure)
        }
        None => Ok(any),
    }
}

/// Shows what was found and asks, once.
async fn confirm(context: &Context<'_>, report: &mut Report, wanted: &[Finding]) -> Result<bool, Failure> {
    if report.is_confirmed {
        return Ok(true);
    }
    context.stderr.question(&format!("{}\n", report.text()));
    let prompt = format!("Repair {} of {}? [y/N]", wanted.len(), report.found.len());
    let answer = context.input.line(&prompt, "--yes").await?;
    report.is_confirmed = matches!(answer.trim().to_lowercase().as_str(), "y" | "yes");
    Ok(report.is_confirmed)
}

/// What was found and what became of it.
#[derive(Debug, Default)]
struct Report {
    /// What the last check found.
    found: Vec<Finding>,
    organizations: u64,
    collections: u64,
    repaired: Vec<Finding>,
    /// What was tried and left, with the reason.
    left: Vec<(Finding, String)>,
    /// What was not so any more when its turn came.
    gone: Vec<(Finding, String)>,
    is_confirmed: bool,
    is_declined: bool,
    /// What the store cannot promise, in sentences.
    warnings: Vec<String>,
}

impl Report {
    fn checked(&mut self, check: &CheckReport) {
        self.found.clone_from(&check.findings);
        self.organizations = check.organizations;
        self.collections = check.collections;
    }

    fn without_admin(&self) -> Vec<Finding> {
        self.found.iter().filter(|finding| finding.problem.remedy() == Remedy::Account).cloned().collect()
    }

    /// A second try would be left as the first was.
    fn was_tried(&self, finding: &Finding) -> bool {
        self.left.iter().any(|(left, _)| left == finding)
    }

    /// The findings are some of those that were found, in their order.
    fn tried(&mut self, findings: Vec<Finding>, outcomes: Vec<RepairOutcome>) {
        let is_settled = |(_, outcome): &(_, &RepairOutcome)| !matches!(outcome, RepairOutcome::Skipped(_));
        let mut settled =
            findings.iter().zip(&outcomes).filter(is_settled).map(|(finding, _)| finding).peekable();
        self.found.retain(|found| settled.next_if(|settled| *settled == found).is_none());
        for (finding, outcome) in findings.into_iter().zip(outcomes) {
            match outcome {
                RepairOutcome::Repaired => self.repaired.push(finding),
                // Should it be found again, this is why.
                RepairOutcome::NoLongerPresent => {
                    let why = "It was not repaired: another process was changing it. Check again.";
                    self.gone.push((finding, why.to_owned()));
                }
                RepairOutcome::Skipped(reason) => self.left.push((finding, reason)),
            }
        }
    }

    fn reason(&self, finding: &Finding) -> Option<&str> {
        let mut told = self.left.iter().chain(&self.gone);
        told.find(|(left, _)| left == finding).map(|(_, reason)| reason.as_str())
    }

    /// Whether its repair is still to be done.
    fn is_to_repair(&self, finding: &Finding) -> bool {
        finding.problem.remedy() == Remedy::Safe && self.reason(finding).is_none()
    }

    /// What is still so, errors first, each with what repairs it or why it was left.
    fn remaining(&self) -> impl Iterator<Item = (&Finding, String)> {
        self.found
            .iter()
            .map(|finding| (finding, self.reason(finding).map_or_else(|| repair_of(finding), str::to_owned)))
    }

    fn errors(&self) -> usize {
        self.found.iter().filter(|finding| finding.problem.severity() == Severity::Error).count()
    }

    async fn tell(&self, context: &Context<'_>) -> Result<(), Failure> {
        let repaired =
            self.repaired.iter().map(|finding| wire::Finding::new(finding, finding.repaired(), true));
        let remaining = self.remaining().map(|(finding, repair)| wire::Finding::new(finding, repair, false));
        let value = wire::DoctorReport {
            findings: repaired.chain(remaining).collect(),
            organizations: self.organizations,
            collections: self.collections,
            repaired: self.repaired.len(),
            warnings: context.tell_warnings(&self.warnings),
        };
        let text = self.text();
        if self.repaired.is_empty() {
            context.say(&value, &text).await
        } else {
            context.say_done(&value, &text).await
        }
    }

    /// What is left decides about the exit code.
    fn judge(&self) -> Result<(), Failure> {
        match self.errors() {
            0 => Ok(()),
            errors => Err(Failure::Differences { errors, safe: self.count(Remedy::Safe) }),
        }
    }

    fn count(&self, remedy: Remedy) -> usize {
        self.found.iter().filter(|finding| finding.problem.remedy() == remedy).count()
    }

    /// For people: a paragraph for each finding, and the sum.
    fn text(&self) -> String {
        let mut text = String::new();
        for finding in &self.repaired {
            // Writing to a String does not fail.
            let _ = writeln!(text, "  {} {}", finding.problem.invariant(), visible(&finding.message()));
            let _ = writeln!(text, "       Repaired: {}", visible(&finding.repaired()));
        }
        for (finding, repair) in self.remaining() {
            let mark = if finding.problem.severity() == Severity::Error { '!' } else { ' ' };
            let _ = writeln!(text, "{mark} {} {}", finding.problem.invariant(), visible(&finding.message()));
            let will = if self.is_to_repair(finding) { "Repair: " } else { "" };
            let _ = writeln!(text, "       {will}{}", visible(&repair));
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&looked_at(self.organizations, self.collections));
        let _ = write!(text, " checked: {}.", self.sum());
        text
    }

    fn sum(&self) -> String {
        let (errors, all) = (self.errors() as u64, self.found.len() as u64);
        let mut parts = Vec::new();
        if !self.repaired.is_empty() {
            parts.push(format!("{} repaired", self.repaired.len()));
        }
        match (errors, all - errors) {
            (0, 0) if parts.is_empty() => parts.push("everything is as it should be".to_owned()),
            (0, 0) => parts.push("nothing left".to_owned()),
            (errors, warnings) => {
                parts.push(format!("{errors} {}", plural(errors, "error", "errors")));
                parts.push(format!("{warnings} {}", plural(warnings, "warning", "warnings")));
            }
        }
        parts.join(", ")
    }
}

fn looked_at(organizations: u64, collections: u64) -> String {
    format!(
        "{organizations} {} and {collections} {}",
        plural(organizations, "organization", "organizations"),
        plural(collections, "collection", "collections")
    )
}

fn plural(count: u64, one: &'static str, many: &'static str) -> &'static str {
    if count == 1 { one } else { many }
}

#[cfg(test)]
mod tests {
    use super::looked_at;

    #[test]
    fn one_is_not_many() {
        assert_eq!(looked_at(1, 2), "1 organization and 2 collections");
        assert_eq!(looked_at(0, 1), "0 organizations and 1 collection");
    }
}
