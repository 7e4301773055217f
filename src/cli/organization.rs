//! `org create`, `list`, `get`, `update`, `delete`.

use super::context::{Context, print};
use super::exit::Failure;
use super::input::secret_file;
use super::{Format, ListArgs, OrgCommand, PasswordArgs, SortArg, StateArg, Target, output};
use crate::domain::{AccessToken, Organization, OrganizationId, Role, SortKey, State, text::visible};
use crate::service::{
    Confirms, CreateOrganization, Error, ListQuery, MAX_LIMIT, OperationId, OrganizationPage,
    OrganizationReference, UpdateOrganization,
};
use serde_json::json;
use std::path::PathBuf;
use uuid::Uuid;

pub(super) async fn run(context: &Context<'_>, command: &OrgCommand) -> Result<(), Failure> {
    match command {
        OrgCommand::Create { name, admin_email, password, operation_id } => {
            create(context, name, admin_email.as_ref(), password, operation(*operation_id)).await
        }
        OrgCommand::List(args) => list(context, args).await,
        OrgCommand::Get(target) => {
            let token = context.required_session().await?;
            let found = context.reads(context.service.organization(&token, &reference(target))).await?;
            show(context, &found)
        }
        OrgCommand::Update {
            target,
            new_name,
            admin_email,
            password,
            current_password_file,
            operation_id,
        } => {
            let asked = Asked { new_name, admin_email, password, current_password_file };
            update(context, target, asked, operation(*operation_id)).await
        }
        OrgCommand::Delete { target, confirm, operation_id } => {
            delete(context, target, confirm.as_ref(), operation(*operation_id)).await
        }
    }
}

fn operation(given: Option<Uuid>) -> OperationId {
    given.map_or_else(OperationId::random, OperationId)
}

fn reference(target: &Target) -> OrganizationReference {
    match (&target.id, &target.name) {
        (Some(id), _) => OrganizationReference::Id(OrganizationId(*id)),
        (None, name) => OrganizationReference::Name(name.clone().unwrap_or_default()),
    }
}

fn show(context: &Context<'_>, organization: &Organization) -> Result<(), Failure> {
    print(&output::object(context.format(), &output::organization(organization)))
}

async fn create(
    context: &Context<'_>,
    name: &str,
    admin_email: Option<&String>,
    password: &PasswordArgs,
    operation: OperationId,
) -> Result<(), Failure> {
    let token = match context.session()? {
        Some(token) => Some(token),
        None if context.settings.open_registration => None,
        None => Some(context.required_session().await?),
    };
    let admin_email = match admin_email {
        Some(email) => email.clone(),
        None => context.input.line("Admin email", "--admin-email").await?,
    };
    let admin_password = context.input.new_password(password, "Admin password (8 to 72 bytes)").await?;
    let request = CreateOrganization { name: name.to_owned(), admin_email, admin_password };
    let call = context.service.create_organization(token.as_ref(), request, operation);
    let created = context.writes(operation, call).await?;
    show(context, &created)
}

async fn list(context: &Context<'_>, args: &ListArgs) -> Result<(), Failure> {
    let token = context.required_session().await?;
    let mut query = ListQuery {
        filter: args.filter.clone(),
        state: args.state.map(state),
        sort: sort(args.sort),
        reverse: args.reverse,
        limit: if args.all { MAX_LIMIT } else { args.limit.into() },
        cursor: args.cursor.clone(),
    };
    let mut page = page(context, &token, &query).await?;
    while let Some(next) = page.next_cursor.take_if(|_| args.all) {
        query.cursor = Some(next);
        let more = self::page(context, &token, &query).await?;
        page.items.extend(more.items);
        page.next_cursor = more.next_cursor;
    }
    print(&output::organizations(context.format(), &page))?;
    if let (Format::Table, Some(cursor)) = (context.format(), &page.next_cursor) {
        output::note(&format!(
            "tenantry: {} shown, more follow: --all, or --cursor {cursor}\n",
            page.items.len()
        ));
    }
    Ok(())
}

async fn page(
    context: &Context<'_>,
    token: &AccessToken,
    query: &ListQuery,
) -> Result<OrganizationPage, Failure> {
    context.reads(context.service.list_organizations(token, query)).await
}

fn state(word: StateArg) -> State {
    match word {
        StateArg::Creating => State::Creating,
        StateArg::Active => State::Active,
        StateArg::Renaming => State::Renaming,
        StateArg::Deleting => State::Deleting,
        StateArg::Damaged => State::Damaged,
    }
}

fn sort(word: SortArg) -> SortKey {
    match word {
        SortArg::Name => SortKey::Name,
        SortArg::Created => SortKey::Created,
        SortArg::Updated => SortKey::Updated,
    }
}

/// What an update is asked to change.
struct Asked<'a> {
    new_name: &'a Option<String>,
    admin_email: &'a Option<String>,
    password: &'a PasswordArgs,
    current_password_file: &'a Option<PathBuf>,
}

async fn update(
    context: &Context<'_>,
    target: &Target,
    asked: Asked<'_>,
    operation: OperationId,
) -> Result<(), Failure> {
    let sets_password = asked.password.password_stdin || asked.password.password_file.is_some();
    if asked.new_name.is_none() && asked.admin_email.is_none() && !sets_password {
        return Err(Error::NothingToChange.into());
    }
    let token = context.required_session().await?;
    let mut current_password = asked.current_password_file.as_deref().map(secret_file).transpose()?;
    let changes_account = asked.admin_email.is_some() || sets_password;
    if current_password.is_none() && changes_account && context.input.can_ask() {
        // Only an admin changes an own account here, so only an admin is asked.
        let principal = context.reads(context.service.who_am_i(&token)).await?;
        if principal.role == Role::Admin {
            current_password =
                Some(context.input.secret("Current password", "--current-password-file").await?);
        }
    }
    let admin_password = if sets_password {
        Some(context.input.new_password(asked.password, "New admin password (8 to 72 bytes)").await?)
    } else {
        None
    };
    let request = UpdateOrganization {
        name: asked.new_name.clone(),
        admin_email: asked.admin_email.clone(),
        admin_password,
        current_password,
        expected: None,
    };
    let target = reference(target);
    let call = context.service.update_organization(&token, &target, request, operation);
    let updated = Box::pin(context.writes(operation, call)).await?;
    show(context, &updated)
}

async fn delete(
    context: &Context<'_>,
    target: &Target,
    confirm: Option<&String>,
    operation: OperationId,
) -> Result<(), Failure> {
    if confirm.is_none() && !context.input.can_ask() {
        return Err(Error::ConfirmationRequired(Confirms::Organization).into());
    }
    let token = context.required_session().await?;
    let confirm = if let Some(name) = confirm {
        name.clone()
    } else {
        let found = context.reads(context.service.organization(&token, &reference(target))).await?;
        output::note(&format!(
            "This removes for ever: {}, its collection {} and its admin {}.\n",
            visible(&found.name),
            found.collection_name(),
            visible(&found.admin_email)
        ));
        context.input.line("Type the name to delete it", "--confirm").await?
    };
    let target = reference(target);
    let call = context.service.delete_organization(&token, &target, &confirm, None, operation);
    let deleted = context.writes(operation, call).await?;
    match context.format() {
        Format::Json => print(&output::json_line(&json!({
            "organization_id": deleted.organization_id,
            "organization_name": deleted.organization_name,
            "collection_name": deleted.collection_name,
            "deleted": true,
        }))),
        Format::Table => print(&format!("Deleted {}.\n", visible(&deleted.organization_name))),
    }
}
