//! Names the organization that was not found, and similar names.

use crate::cli::context::Context;
use crate::cli::exit::Failure;
use crate::domain::text::quoted;
use crate::service::{Error, OrganizationReference};

/// Where an organization was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Among {
    Present,
    Deleted,
    /// In the audit, whether or not it still exists.
    Recorded,
}

/// The failure with the name or the id in its message, if the organization was not found.
pub(in crate::cli) async fn explained(
    context: &Context<'_>,
    failure: Failure,
    target: &OrganizationReference,
    among: Among,
) -> Failure {
    if failure.refusal() != Some(&Error::NotFound) {
        return failure;
    }
    let message = match (target, among) {
        (OrganizationReference::Id(id), Among::Present) => format!("No organization has the id {id}."),
        (OrganizationReference::Id(id), Among::Deleted) => {
            format!("No deleted organization has the id {id}.")
        }
        (OrganizationReference::Id(id), Among::Recorded) => {
            format!("No organization has or had the id {id}.")
        }
        (OrganizationReference::Name(name), among) => {
            let name = quoted(name);
            let what = match among {
                Among::Present => format!("No organization is called {name}."),
                Among::Deleted => format!("No deleted organization was called {name}."),
                Among::Recorded => format!("No organization is or was called {name}."),
            };
            what + &did_you_mean(context, target, among).await
        }
    };
    failure.explained(message, None)
}

async fn did_you_mean(context: &Context<'_>, target: &OrganizationReference, among: Among) -> String {
    let token = context.used.borrow().clone();
    let (Some(token), OrganizationReference::Name(typed)) = (token, target) else {
        return String::new();
    };
    let call = context.service.similar_names(&token, typed, among == Among::Deleted);
    // If the lookup of similar names fails, the refusal itself is still reported.
    let names = context.reads(call).await.unwrap_or_default();
    let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    match names.split_last() {
        None => String::new(),
        Some((only, [])) => format!(" Did you mean {only}?"),
        Some((last, rest)) => format!(" Did you mean {} or {last}?", rest.join(", ")),
    }
}
