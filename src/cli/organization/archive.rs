//! `org export` and `import`.

use super::reference;
use crate::archive::ArchiveError;
use crate::cli::arguments::{DryRunArgs, OperationArgs, PasswordArgs, Target};
use crate::cli::context::{Context, may_be_a_repeat};
use crate::cli::exit::{Failure, Unanswered};
use crate::cli::output::HowFar;
use crate::domain::text::{bytes, count, documents, visible};
use crate::service::{Error, ExportProgress, ExportRequest, ImportProgress, ImportRequest};
use crate::wire::{self, DryRun, ExportedOrganization};
use tokio::sync::watch;

pub(super) async fn export(
    context: &Context<'_>,
    target: &Target,
    request: &ExportRequest,
    dry_run: DryRunArgs,
) -> Result<(), Failure> {
    let token = context.required_session().await?;
    let target = reference(target);
    if dry_run.dry_run {
        let call = context.service.preview_export(&token, &target, request);
        let exported = ExportedOrganization::from(&context.reads(call).await?);
        let sentence = format!(
            "Would export {} with {} ({}) to {}.",
            visible(&exported.organization_name),
            documents(exported.documents),
            bytes(exported.data_bytes),
            visible(&exported.file)
        );
        return context.say(&DryRun::of(exported), &sentence).await;
    }
    let (progress, heard) = watch::channel(ExportProgress::default());
    let say = |now: &ExportProgress| {
        let total = now.total.max(now.documents);
        let (documents, read) = (count(now.documents), bytes(now.bytes));
        let words = match now.written {
            0 => format!("exporting: {documents} of {} documents, {read}", count(total)),
            written => format!("exporting: writing the file, {}", bytes(written)),
        };
        HowFar::new(words).of(now.documents, total)
    };
    let call = context.service.export_organization(&token, &target, request, &progress);
    let exported = context.follows(Box::pin(call), Unanswered::Nothing, heard, say).await?;
    let exported = ExportedOrganization::from(&exported);
    let sentence = format!(
        "Exported {} with {} to {} ({}).",
        visible(&exported.organization_name),
        documents(exported.documents),
        visible(&exported.file),
        bytes(exported.archive_bytes.unwrap_or(0))
    );
    context.say_done(&exported, &sentence).await
}

/// The password of a request comes from the arguments, or from a prompt.
pub(super) async fn import(
    context: &Context<'_>,
    mut request: ImportRequest,
    password: &PasswordArgs,
    operation_args: OperationArgs,
    dry_run: DryRunArgs,
) -> Result<(), Failure> {
    let token = context.required_session().await?;
    let say = |now: &ImportProgress| match now.total {
        0 => HowFar::new(format!("checking the archive: {}", bytes(now.checked_bytes)))
            .of(now.checked_bytes, now.file_bytes),
        total => HowFar::new(format!("importing: {} of {} documents", count(now.documents), count(total)))
            .of(now.documents, total),
    };
    if dry_run.dry_run {
        let given = context.input.given(password).await?;
        let has_password = given.is_some();
        request.admin_password = given.unwrap_or_default();
        let (progress, heard) = watch::channel(ImportProgress::default());
        let call = context.service.preview_import(&token, &request, has_password, &progress);
        let preview = context.follows(Box::pin(call), Unanswered::Nothing, heard, say).await?;
        return context.show(&DryRun::of(wire::Organization::from(&preview.organization))).await;
    }
    if context.input.can_ask() && !password.is_given() {
        // Do not ask for a password if the archive would be refused anyway.
        let (progress, heard) = watch::channel(ImportProgress::default());
        let preview = context.service.preview_import(&token, &request, false, &progress);
        let looked = context.follows(Box::pin(preview), Unanswered::Nothing, heard, say).await;
        may_be_a_repeat(operation_args, looked)?;
    }
    request.admin_password = context.input.new_password(password, "Admin password (8 to 72 bytes)").await?;
    let operation = operation_args.id();
    let (progress, heard) = watch::channel(ImportProgress::default());
    let call = context.service.import_organization(&token, request, operation, &progress);
    let imported = context.follows(Box::pin(call), Unanswered::Operation(operation), heard, say).await;
    let imported = imported.map_err(|failure| match failure.refusal() {
        // A signal stopped it, and nothing is left.
        Some(Error::InvalidArchive(ArchiveError::Stopped)) => {
            context.signals.last().unwrap_or_default().failure(Unanswered::Nothing)
        }
        _ => failure,
    })?;
    context.show_done(&wire::Organization::from(&imported)).await
}
