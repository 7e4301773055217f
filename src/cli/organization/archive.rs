//! `org export`.

use super::reference;
use crate::cli::arguments::{DryRunArgs, Target};
use crate::cli::context::Context;
use crate::cli::exit::{Failure, Unanswered};
use crate::domain::text::{bytes, count, visible};
use crate::service::{ExportProgress, ExportRequest};
use crate::wire::{DryRun, ExportedOrganization};
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
            "Would export {} with {} documents ({}) to {}.",
            visible(&exported.organization_name),
            count(exported.documents),
            bytes(exported.data_bytes),
            visible(&exported.file)
        );
        return context.say(&DryRun::of(exported), &sentence).await;
    }
    let (progress, heard) = watch::channel(ExportProgress::default());
    let say = |now: &ExportProgress| {
        format!(
            "exporting: {} of {} documents, {}",
            count(now.documents),
            count(now.total.max(now.documents)),
            bytes(now.bytes)
        )
    };
    let call = context.service.export_organization(&token, &target, request, &progress);
    let exported = context.follows(Box::pin(call), Unanswered::Nothing, heard, say).await?;
    let exported = ExportedOrganization::from(&exported);
    let sentence = format!(
        "Exported {} with {} documents to {} ({}).",
        visible(&exported.organization_name),
        count(exported.documents),
        visible(&exported.file),
        bytes(exported.archive_bytes.unwrap_or(0))
    );
    context.say_done(&exported, &sentence).await
}
