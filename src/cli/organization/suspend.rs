//! `org suspend` and `resume`.

use super::reference;
use crate::cli::arguments::{DryRunArgs, OperationArgs, Target};
use crate::cli::context::Context;
use crate::cli::exit::Failure;
use crate::cli::output::records;
use crate::domain::{Organization, Status};
use serde_json::{Value, json};

/// Suspends for a reason, or resumes without one.
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
        let current = context.reads(call).await?;
        let by = context.reads(context.service.who_am_i(&token)).await?.email;
        let after = preview(&current, reason.map(str::trim), &by);
        return context.would(&records::organization(&current), &after, &[]).await;
    }
    let operation = operation_args.id();
    let changed = if let Some(reason) = reason {
        let call = context.service.suspend_organization(&token, &target, reason, None, operation);
        context.writes(operation, call).await?
    } else {
        let call = context.service.resume_organization(&token, &target, None, operation);
        context.writes(operation, call).await?
    };
    context.show_done(&records::organization(&changed)).await
}

/// The organization as it would be left; times that the write would make are null.
fn preview(current: &Organization, reason: Option<&str>, by: &str) -> Value {
    let mut value = records::organization(current);
    if current.suspension.as_ref().map(|suspension| suspension.reason.as_str()) == reason {
        return value;
    }
    let (status, suspended) = match reason {
        Some(reason) => (Status::Suspended, json!({ "at": null, "by": by, "reason": reason })),
        None => (Status::Active, Value::Null),
    };
    value["state"] = json!(status);
    value["suspended"] = suspended;
    value["updated_at"] = Value::Null;
    value
}
