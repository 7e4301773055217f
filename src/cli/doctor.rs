//! `doctor`: checks whether records and collections agree; with `--repair`, repairs findings.

use super::arguments::{DoctorArgs, PasswordArgs};
use super::context::Context;
use super::exit::{Failure, Unanswered};
use super::finding::repair as repair_of;
use super::output::HowFar;
use crate::domain::text::visible;
use crate::domain::{AccessToken, CheckReport, Finding, Progress, Remedy, RepairOutcome, Severity};
use crate::service::{
    Confirms, Error, OperationId, OrganizationReference, RepairProgress, RepairReport, RepairScope,
    UpdateOrganization,
};
use crate::wire;
use std::fmt::Write as _;
use tokio::sync::watch;

/// Rounds of check and repair at most: a repair may reveal another finding.
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
            // The account of a replaced admin can be removed now.
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
        // Findings that the last repair left or revealed are reported unrepaired.
        if round == ROUNDS {
            report.checked(&check(context, token).await?);
        }
    }
    Ok(())
}

/// Prompts for the email and the password of an organization's new admin; an empty email skips it. Returns whether the
/// account exists now.
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
        // Earlier repairs still have to be printed.
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
        HowFar::new(format!(
            "checking: {} organizations, {} collections, {} findings",
            now.organizations, now.collections, now.findings
        ))
    };
    context.follows(context.service.check(token, &progress), Unanswered::Nothing, heard, say).await
}

/// Repairs the findings in the scope. Returns whether anything changed, by this or by another process, so that another
/// check is due.
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
    let say = |now: &RepairProgress| {
        HowFar::new(format!("repairing: {} of {}", now.done, now.of)).of(now.done as u64, now.of as u64)
    };
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

/// Shows the findings and asks once.
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

/// A finding that was not repaired, and why.
#[derive(Debug)]
struct Unrepaired {
    finding: Finding,
    reason: String,
}

/// The findings and their outcomes.
#[derive(Debug, Default)]
struct Report {
    /// The last check.
    found: Vec<Finding>,
    organizations: u64,
    collections: u64,
    repaired: Vec<Finding>,
    /// Findings whose repair was skipped, with the reason.
    left: Vec<Unrepaired>,
    /// Findings that were no longer present at their turn.
    gone: Vec<Unrepaired>,
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

    /// A second attempt would be skipped like the first.
    fn was_tried(&self, finding: &Finding) -> bool {
        self.left.iter().any(|left| left.finding == *finding)
    }

    /// Records outcomes; `findings` are some of the last check's, in its order.
    fn tried(&mut self, findings: Vec<Finding>, outcomes: Vec<RepairOutcome>) {
        let is_settled = |(_, outcome): &(_, &RepairOutcome)| !matches!(outcome, RepairOutcome::Skipped(_));
        let mut settled =
            findings.iter().zip(&outcomes).filter(is_settled).map(|(finding, _)| finding).peekable();
        self.found.retain(|found| settled.next_if(|settled| *settled == found).is_none());
        for (finding, outcome) in findings.into_iter().zip(outcomes) {
            match outcome {
                RepairOutcome::Repaired => self.repaired.push(finding),
                // The reason to show if the next check finds it again.
                RepairOutcome::NoLongerPresent => {
                    let reason =
                        "It was not repaired: another process was changing it. Check again.".to_owned();
                    self.gone.push(Unrepaired { finding, reason });
                }
                RepairOutcome::Skipped(reason) => self.left.push(Unrepaired { finding, reason }),
            }
        }
    }

    fn reason(&self, finding: &Finding) -> Option<&str> {
        let mut unrepaired = self.left.iter().chain(&self.gone);
        unrepaired.find(|left| left.finding == *finding).map(|left| left.reason.as_str())
    }

    /// Whether a repair of this finding is still due.
    fn is_to_repair(&self, finding: &Finding) -> bool {
        finding.problem.remedy() == Remedy::Safe && self.reason(finding).is_none()
    }

    /// The remaining findings, errors first, each with its repair or the reason why it was skipped.
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

    /// The remaining findings decide the exit code.
    fn judge(&self) -> Result<(), Failure> {
        match self.errors() {
            0 => Ok(()),
            errors => Err(Failure::Differences { errors, safe: self.count(Remedy::Safe) }),
        }
    }

    fn count(&self, remedy: Remedy) -> usize {
        self.found.iter().filter(|finding| finding.problem.remedy() == remedy).count()
    }

    /// For people: a paragraph for each finding, and a summary.
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
            (0, 0) => parts.push("no findings left".to_owned()),
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
    fn counts_use_singular_and_plural() {
        assert_eq!(looked_at(1, 2), "1 organization and 2 collections");
        assert_eq!(looked_at(0, 1), "0 organizations and 1 collection");
    }
}
