//! `doctor`: what is not true to each other, and with `--repair` what of it is mended.

use super::arguments::DoctorArgs;
use super::context::{Context, done_but_unsaid};
use super::exit::{Failure, Unanswered};
use super::output::records;
use crate::domain::text::visible;
use crate::domain::{AccessToken, Examination, Finding, Mended, Progress, Remedy, Severity};
use crate::service::{Confirms, Error, Extent, Mending, Mendings};
use serde_json::json;
use std::fmt::Write as _;
use tokio::sync::watch;

/// Checks and repairs at most, one after the other: a repair may bring something to light.
const ROUNDS: usize = 3;

pub(super) async fn run(context: &Context<'_>, args: &DoctorArgs) -> Result<(), Failure> {
    if args.repair && !args.yes && !context.input.can_ask() {
        return Err(Error::ConfirmationRequired(Confirms::Repair).into());
    }
    let token = context.required_session().await?;
    let mut report = Report::default();
    for round in 1..=ROUNDS {
        let examination = examine(context, &token).await?;
        report.examined(&examination);
        if !args.repair || !repair(context, &token, args, examination.findings, &mut report).await? {
            break;
        }
        // What the last repair left or brought to light is told as it is.
        if round == ROUNDS {
            report.examined(&examine(context, &token).await?);
        }
    }
    report.tell(context)?;
    report.judge()
}

async fn examine(context: &Context<'_>, token: &AccessToken) -> Result<Examination, Failure> {
    let (progress, heard) = watch::channel(Progress::default());
    let say = |now: &Progress| {
        format!(
            "checking: {} organizations, {} collections, {} findings",
            now.organizations, now.collections, now.findings
        )
    };
    context.follows(context.service.examine(token, &progress), Unanswered::Nothing, heard, say).await
}

/// Mends what may be mended; answers whether anything changed, by this or by something else, so that it is worth another
/// look.
async fn repair(
    context: &Context<'_>,
    token: &AccessToken,
    args: &DoctorArgs,
    findings: Vec<Finding>,
    report: &mut Report,
) -> Result<bool, Failure> {
    let extent = if args.new_collections { Extent::NewCollections } else { Extent::Safe };
    let wanted: Vec<Finding> = findings
        .into_iter()
        .filter(|finding| extent.includes(finding) && !report.was_tried(finding))
        .collect();
    if wanted.is_empty() || (!args.yes && !confirm(context, report, &wanted).await?) {
        return Ok(false);
    }
    let (progress, heard) = watch::channel(Mending::default());
    let say = |now: &Mending| format!("repairing: {} of {}", now.done, now.of);
    let call = context.service.mend(token, &wanted, extent, &progress);
    let Mendings { outcomes, stopped } = context.follows(call, Unanswered::Change, heard, say).await?;
    let any = outcomes.iter().any(|outcome| !matches!(outcome, Mended::Left(_)));
    let stopped = match stopped {
        Some(error) => Some(Failure::Service(error)),
        // Somebody did not want to wait for the rest.
        None => (outcomes.len() < wanted.len()).then_some(Failure::Interrupted(Unanswered::Nothing)),
    };
    report.tried(wanted, outcomes);
    match stopped {
        Some(failure) => {
            report.tell(context)?;
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
    /// What was not so any more when it was to be mended.
    gone: Vec<(Finding, String)>,
    is_confirmed: bool,
}

impl Report {
    fn examined(&mut self, examination: &Examination) {
        self.found.clone_from(&examination.findings);
        self.organizations = examination.organizations;
        self.collections = examination.collections;
    }

    /// A second try would be left as the first was.
    fn was_tried(&self, finding: &Finding) -> bool {
        self.left.iter().any(|(left, _)| left == finding)
    }

    /// The findings are some of those that were found, in their order.
    fn tried(&mut self, findings: Vec<Finding>, outcomes: Vec<Mended>) {
        let is_settled = |(_, outcome): &(_, &Mended)| !matches!(outcome, Mended::Left(_));
        let mut settled =
            findings.iter().zip(&outcomes).filter(is_settled).map(|(finding, _)| finding).peekable();
        self.found.retain(|found| settled.next_if(|settled| *settled == found).is_none());
        for (finding, outcome) in findings.into_iter().zip(outcomes) {
            match outcome {
                Mended::Done => self.repaired.push(finding),
                // Should it be found again, this is why.
                Mended::Gone => {
                    let why = "It was not mended: something else was changing it. Check again.";
                    self.gone.push((finding, why.to_owned()));
                }
                Mended::Left(reason) => self.left.push((finding, reason)),
            }
        }
    }

    fn reason(&self, finding: &Finding) -> Option<&str> {
        let mut told = self.left.iter().chain(&self.gone);
        told.find(|(left, _)| left == finding).map(|(_, reason)| reason.as_str())
    }

    /// Whether what is said of its repair is still to be done.
    fn will_be_mended(&self, finding: &Finding) -> bool {
        finding.problem.remedy() == Remedy::Safe && self.reason(finding).is_none()
    }

    /// What is still so, errors first, each with what mends it or why it was left.
    fn remaining(&self) -> impl Iterator<Item = (&Finding, String)> {
        self.found
            .iter()
            .map(|finding| (finding, self.reason(finding).map_or_else(|| finding.repair(), str::to_owned)))
    }

    fn errors(&self) -> usize {
        self.found.iter().filter(|finding| finding.problem.severity() == Severity::Error).count()
    }

    fn tell(&self, context: &Context<'_>) -> Result<(), Failure> {
        let mended = self.repaired.iter().map(|finding| records::finding(finding, &finding.mended(), true));
        let remaining = self.remaining().map(|(finding, repair)| records::finding(finding, &repair, false));
        let value = json!({
            "findings": mended.chain(remaining).collect::<Vec<_>>(),
            "organizations": self.organizations,
            "collections": self.collections,
            "repaired": self.repaired.len(),
        });
        let print = context.stdout.said(&value, &self.text());
        if self.repaired.is_empty() { print } else { done_but_unsaid(print) }
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
            let _ = writeln!(text, "       Repaired. {}", visible(&finding.mended()));
        }
        for (finding, repair) in self.remaining() {
            let mark = if finding.problem.severity() == Severity::Error { '!' } else { ' ' };
            let _ = writeln!(text, "{mark} {} {}", finding.problem.invariant(), visible(&finding.message()));
            let will = if self.will_be_mended(finding) { "Repair: " } else { "" };
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
