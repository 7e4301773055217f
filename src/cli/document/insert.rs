//! `doc insert`.

use super::lines::{self, Line, Place};
use crate::cli::Format;
use crate::cli::arguments::{DryRunArgs, PageArgs, Target};
use crate::cli::context::Context;
use crate::cli::exit::Failure;
use crate::cli::organization::reference;
use crate::cli::printing::Rows;
use crate::domain::AccessToken;
use crate::domain::document::id::print_id;
use crate::domain::document::{OwnedValue, RawDocumentBuf};
use crate::domain::text::{count, visible};
use crate::service::{Error, MAX_BATCH, OrganizationReference};
use crate::wire::{Inserted, Outcome};

/// Reads portions of lines, inserts each and prints what became of its lines.
pub(super) async fn insert(context: &Context<'_>, target: &Target, dry: DryRunArgs) -> Result<(), Failure> {
    let (token, target) = (context.required_session().await?, reference(target));
    // Before anything is read: a wrong name must not cost the input of a pipe.
    context.reads(context.service.check_documents(&token, &target, &[])).await?;
    let (mut place, mut done, mut refused) = (Place::default(), 0_u64, 0_u64);
    let is_for_people = context.global.format() == Format::Table;
    let portion = async |_| {
        let (portion, now) = context
            .input
            .lines(move |source| {
                let portion = lines::read(source, &mut place, MAX_BATCH)?;
                Ok((portion, place))
            })
            .await?;
        place = now;
        let Some(portion) = portion else { return Ok(Rows { items: Vec::new(), next_cursor: None }) };
        let mut outcomes = outcomes(context, &token, &target, dry, portion).await?;
        let is_refused = |outcome: &Inserted| outcome.outcome == Outcome::Refused;
        let failed = outcomes.iter().filter(|outcome| is_refused(outcome)).count() as u64;
        refused += failed;
        done += outcomes.len() as u64 - failed;
        if is_for_people {
            for refused in outcomes.drain(..).filter(is_refused) {
                let why = visible(refused.message.as_deref().unwrap_or_default()).into_owned();
                context.show_text(format!("line {}: {why}\n", refused.line)).await?;
            }
        }
        Ok(Rows { items: outcomes, next_cursor: Some(String::new()) })
    };
    let whole = PageArgs { limit: 1, cursor: None, all: true };
    if is_for_people {
        let mut portion = portion;
        while portion(None).await?.next_cursor.is_some() {}
    } else {
        context.print_pages(&whole, portion).await?;
    }
    let verb = if dry.dry_run { "would be inserted" } else { "inserted" };
    context.stderr.note(&format!("{} {verb}", count(done)));
    if refused > 0 { Err(Failure::SomeFailed { failed: refused, of: refused + done }) } else { Ok(()) }
}

async fn outcomes(
    context: &Context<'_>,
    token: &AccessToken,
    target: &OrganizationReference,
    dry: DryRunArgs,
    lines: Vec<Line>,
) -> Result<Vec<Inserted>, Failure> {
    let documents: Vec<RawDocumentBuf> =
        lines.iter().filter_map(|line| line.document.as_ref().ok().cloned()).collect();
    let answers = match (documents.is_empty(), dry.dry_run) {
        (true, _) => Vec::new(),
        (false, true) => context.reads(context.service.check_documents(token, target, &documents)).await?,
        (false, false) => context.changes(context.service.insert_documents(token, target, documents)).await?,
    };
    let mut answers = answers.into_iter();
    let outcome = |line: Line| {
        let answer = match line.document {
            Ok(_) => answers.next().unwrap_or_else(|| Err(Error::internal(&"a document has no outcome"))),
            Err(why) => Err(Error::InvalidDocument(why)),
        };
        inserted(line.number, &answer, dry)
    };
    Ok(lines.into_iter().map(outcome).collect())
}

fn inserted(line: usize, answer: &Result<OwnedValue, Error>, dry: DryRunArgs) -> Inserted {
    let outcome = match (answer, dry.dry_run) {
        (Err(_), _) => Outcome::Refused,
        (Ok(_), true) => Outcome::WouldInsert,
        (Ok(_), false) => Outcome::Inserted,
    };
    let error = answer.as_ref().err();
    Inserted {
        line,
        outcome,
        id: answer.as_ref().ok().map(|id| print_id(&id.get())),
        code: error.map(Error::code),
        message: error.map(ToString::to_string),
    }
}
