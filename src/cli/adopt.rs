//! `adopt`: takes over what an earlier service left in the database.

use super::arguments::AdoptArgs;
use super::context::Context;
use super::exit::{Failure, Unanswered};
use super::output::HowFar;
use crate::domain::text::visible;
use crate::domain::{AdoptionKind, AdoptionProgress, AdoptionReport, Fate, Resolution};
use crate::wire;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use tokio::sync::watch;

/// Bytes of a file of decisions at most: some hundred thousand lines.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

pub(super) async fn run(context: &Context<'_>, args: &AdoptArgs) -> Result<(), Failure> {
    context.service.check_adoptable()?;
    let resolutions = match &args.resolve {
        Some(path) => read(path)?,
        None => Vec::new(),
    };
    let (progress, heard) = watch::channel(AdoptionProgress::default());
    let report = if args.apply {
        let token = context.required_session().await?;
        let call = context.service.adopt(&token, &resolutions, &progress);
        context.follows(call, Unanswered::Change, heard, how_far).await?
    } else {
        // Without a first operator there is no session; the service decides.
        let token = context.session().await?;
        let call = context.service.preview_adoption(token.as_ref(), &resolutions, &progress);
        context.follows(call, Unanswered::Nothing, heard, how_far).await?
    };
    let value = wire::AdoptionReport::new(&report, !args.apply);
    let text = text_of(&report, !args.apply);
    if report.adopted > 0 && args.apply {
        context.say_done(&value, &text).await?;
    } else {
        context.say(&value, &text).await?;
    }
    // As every command that ends early.
    if report.is_stopped {
        return Err(Failure::Interrupted(Unanswered::Nothing));
    }
    if report.left > 0 { Err(left(&report)) } else { Ok(()) }
}

/// Why not everything was adopted: a repeat may be enough.
fn left(report: &AdoptionReport) -> Failure {
    let failure = Failure::NotAdopted { left: report.left };
    if !report.findings.iter().any(|finding| finding.kind == AdoptionKind::ChangedMeanwhile) {
        return failure;
    }
    let message = failure.to_string();
    failure.explained(message, Some("The report says why. Run the same command again first.".to_owned()))
}

fn how_far(now: &AdoptionProgress) -> HowFar {
    if now.of == 0 {
        return HowFar::new(format!("reading: {} records and collections", now.read));
    }
    HowFar::new(format!("adopting: {} of {}", now.adopted, now.of)).of(now.adopted, now.of)
}

/// Reads the decisions; nothing is written before all of them are understood.
fn read(path: &Path) -> Result<Vec<Resolution>, Failure> {
    let shown = path.display();
    let hint = "Pass a file with a JSON object per line: _id, organization_name, admin_email and, where the report asks for it, \
                collection_name.";
    let text = || -> io::Result<String> {
        let mut text = String::new();
        File::open(path)?.take(MAX_FILE_BYTES + 1).read_to_string(&mut text)?;
        Ok(text)
    };
    let text = text().map_err(|error| Failure::usage(format!("{shown} cannot be read: {error}."), hint))?;
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(Failure::usage(format!("{shown} has more than 64 MiB."), hint));
    }
    Resolution::read_all(&text).map_err(|error| Failure::usage(error.to_string(), hint))
}

/// For people: a line for each finding, and a summary.
fn text_of(report: &AdoptionReport, is_dry_run: bool) -> String {
    let mut text = String::new();
    let kinds = report.findings.iter().map(|finding| finding.kind.as_str().len());
    let width = kinds.max().unwrap_or_default();
    for finding in &report.findings {
        let (done, kind) = (finding.done(is_dry_run), finding.kind.as_str());
        // Writing to a String does not fail.
        let _ = write!(text, "{done:<7}  {kind:<width$}  {}", visible(&finding.message()));
        // What a decision names.
        if finding.fate() == Fate::Leave && !finding.record_ids.is_empty() {
            let _ = write!(text, " _id: {}", visible(&finding.record_ids.join(", ")));
        }
        text.push('\n');
    }
    if !text.is_empty() {
        text.push('\n');
    }
    let verb = if is_dry_run { "would be adopted" } else { "adopted" };
    let _ = write!(text, "{} {verb}, {} left.", organizations(report.adopted), report.left);
    text
}

fn organizations(count: u64) -> String {
    if count == 1 { "1 organization".to_owned() } else { format!("{count} organizations") }
}
