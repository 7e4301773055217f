//! `doc replace` and `doc delete`.

use super::lines;
use crate::cli::arguments::{DryRunArgs, Target};
use crate::cli::context::Context;
use crate::cli::exit::Failure;
use crate::cli::organization::reference;
use crate::domain::document::id::print_id;
use crate::domain::document::raw::revision;
use crate::domain::document::{RawDocumentBuf, id_of};
use crate::service::{Confirms, DocumentChange, Error};
use crate::wire::{self, DryRun};

pub(super) async fn replace(
    context: &Context<'_>,
    target: &Target,
    id: &str,
    revision: Option<&str>,
    dry: DryRunArgs,
) -> Result<(), Failure> {
    let (token, target) = (context.required_session().await?, reference(target));
    // Before stdin is read: a wrong name or id is said at once.
    context.reads(context.service.document(&token, &target, id)).await?;
    let new = context.input.lines(|source| lines::whole(source)).await?;
    let new = new.map_err(|error| Error::InvalidDocument(error.to_string()))?;
    let change = DocumentChange {
        id: id.to_owned(),
        revision: revision.map(str::to_owned),
        new: Some(new),
        confirm: None,
    };
    if dry.dry_run {
        let after = context.reads(context.service.preview_document_change(&token, &target, &change)).await?;
        let written = written(&after);
        let sentence = format!("Would replace the document {}.", written.id);
        return context.say(&DryRun::of(written), &sentence).await;
    }
    let after = context.changes(context.service.change_document(&token, &target, &change)).await?;
    let written = written(&after);
    let sentence = format!("Replaced the document {}.", written.id);
    context.say_done(&written, &sentence).await
}

/// The new state of a document.
fn written(document: &RawDocumentBuf) -> wire::WrittenDocument {
    let bytes = document.as_bytes();
    wire::WrittenDocument { id: shown(document), revision: revision(bytes) }
}

fn shown(document: &RawDocumentBuf) -> String {
    id_of(document.as_bytes()).map(|id| print_id(&id.get())).unwrap_or_default()
}

pub(super) async fn delete(
    context: &Context<'_>,
    target: &Target,
    id: &str,
    confirm: Option<&str>,
    revision: Option<&str>,
    dry: DryRunArgs,
) -> Result<(), Failure> {
    if confirm.is_none() && !dry.dry_run && !context.input.can_ask() {
        return Err(Error::ConfirmationRequired(Confirms::Document).into());
    }
    let (token, target) = (context.required_session().await?, reference(target));
    let mut change = DocumentChange {
        id: id.to_owned(),
        revision: revision.map(str::to_owned),
        new: None,
        confirm: confirm.map(str::to_owned),
    };
    if dry.dry_run {
        let gone = context.reads(context.service.preview_document_change(&token, &target, &change)).await?;
        let deleted = wire::DeletedDocument { id: shown(&gone), deleted: true };
        let sentence = format!("Would delete the document {}.", deleted.id);
        return context.say(&DryRun::of(deleted), &sentence).await;
    }
    if change.confirm.is_none() {
        context.reads(context.service.document(&token, &target, id)).await?;
        change.confirm = Some(context.input.line("Type the id to delete the document", "--confirm").await?);
    }
    let gone = context.changes(context.service.change_document(&token, &target, &change)).await?;
    let deleted = wire::DeletedDocument { id: shown(&gone), deleted: true };
    let sentence = format!("Deleted the document {}.", deleted.id);
    context.say_done(&deleted, &sentence).await
}
