//! `org suspend` and `resume`.

use super::reference;
use crate::cli::arguments::{DryRunArgs, OperationArgs, Target};
use crate::cli::context::Context;
use crate::cli::exit::Failure;
use crate::cli::output::Would;
use crate::wire::{self, DryRun};

/// Suspends with a reason, or resumes without one.
pub(super) async fn change(
    context: &Context<'_>,
    target: &Target,
    reason: Option<&str>,
    operation_args: OperationArgs,
    dry_run: DryRunArgs,
) -> Result<(), Failure> {
    let token = context.required_session().await?;
    let target = reference(target);
    if dry_run.dry_run {
        let call = context.service.preview_suspension(&token, &target, reason);
        let after = DryRun::of(wire::Organization::from(&context.reads(call).await?));
        let before = context.reads(context.service.organization(&token, &target)).await?;
        let before = wire::Organization::from(&before);
        return context.would(&Would { before, after, sets_password: false }).await;
    }
    let operation = operation_args.id();
    let changed = if let Some(reason) = reason {
        let call = context.service.suspend_organization(&token, &target, reason, None, operation);
        context.writes(operation, call).await?
    } else {
        let call = context.service.resume_organization(&token, &target, None, operation);
        context.writes(operation, call).await?
    };
    context.show_done(&wire::Organization::from(&changed)).await
}
