//! `org create`, `list`, `get`, `update`, `delete`.

use super::arguments::{
    CurrentPasswordArgs, DryRunArgs, ListArgs, OperationArgs, OrgCommand, PasswordArgs, SortArg, StateArg,
    Target,
};
use super::context::Context;
use super::exit::Failure;
use super::output::records::{self, dry};
use crate::domain::text::visible;
use crate::domain::{AccessToken, Organization, OrganizationId, Principal, Role, SortKey, State};
use crate::service::{
    Confirms, CreateOrganization, Deleted, Error, ListQuery, OperationId, OrganizationReference,
    UpdateOrganization,
};
use secrecy::SecretString;

pub(super) async fn run(context: &Context<'_>, command: &OrgCommand) -> Result<(), Failure> {
    match command {
        OrgCommand::Create { name, admin_email, password, operation, dry } => {
            let asked = NewAsked { name, admin_email: admin_email.as_deref(), password };
            create(context, asked, *operation, *dry).await
        }
        OrgCommand::List(args) => list(context, args).await,
        OrgCommand::Get(target) => {
            let token = context.required_session().await?;
            let found = context.reads(context.service.organization(&token, &reference(target))).await?;
            show(context, &found)
        }
        OrgCommand::Update { target, new_name, admin_email, password, current, operation, dry } => {
            let asked = Asked { new_name, admin_email, password, current };
            update(context, target, asked, *operation, *dry).await
        }
        OrgCommand::Delete { target, confirm, operation, dry } => {
            delete(context, target, confirm.as_deref(), *operation, *dry).await
        }
    }
}

fn operation(given: OperationArgs) -> OperationId {
    given.operation_id.map_or_else(OperationId::random, OperationId)
}

fn reference(target: &Target) -> OrganizationReference {
    match (&target.id, &target.name) {
        (Some(id), _) => OrganizationReference::Id(OrganizationId(*id)),
        (None, name) => OrganizationReference::Name(name.clone().unwrap_or_default()),
    }
}

fn show(context: &Context<'_>, organization: &Organization) -> Result<(), Failure> {
    context.stdout.object(&records::organization(organization))
}

/// What a new organization is asked to be.
struct NewAsked<'a> {
    name: &'a str,
    admin_email: Option<&'a str>,
    password: &'a PasswordArgs,
}

async fn create(
    context: &Context<'_>,
    asked: NewAsked<'_>,
    operation_args: OperationArgs,
    dry_run: DryRunArgs,
) -> Result<(), Failure> {
    let token = match context.session()? {
        Some(token) => Some(token),
        None if context.settings.open_registration => None,
        None => Some(context.required_session().await?),
    };
    let request = |admin_email: String, admin_password: SecretString| CreateOrganization {
        name: asked.name.to_owned(),
        admin_email,
        admin_password,
    };
    if dry_run.dry_run {
        let Some(email) = asked.admin_email else {
            return Err(Failure::usage("A dry run asks for nothing.", "Give --admin-email."));
        };
        let password = context.input.given(asked.password).await?;
        let has_password = password.is_some();
        let request = request(email.to_owned(), password.unwrap_or_default());
        let call = context.service.preview_create(token.as_ref(), request, has_password);
        return context.stdout.object(&records::preview(&context.reads(call).await?));
    }
    let admin_email = match asked.admin_email {
        Some(email) => email.to_owned(),
        None => context.input.line("Admin email", "--admin-email").await?,
    };
    let operation = operation(operation_args);
    if context.input.can_ask() && !asked.password.is_given() {
        // What would be refused is not worth a question.
        let asked = request(admin_email.clone(), SecretString::default());
        context.reads(context.service.preview_create(token.as_ref(), asked, false)).await?;
    }
    let prompt = "Admin password (8 to 72 bytes)";
    let admin_password = context.input.new_password(asked.password, prompt).await?;
    let request = request(admin_email, admin_password);
    let call = context.service.create_organization(token.as_ref(), request, operation);
    let created = context.writes(operation, call).await?;
    context.show_done(&records::organization(&created))
}

async fn list(context: &Context<'_>, args: &ListArgs) -> Result<(), Failure> {
    let token = context.required_session().await?;
    let mut query = ListQuery {
        filter: args.filter.clone(),
        state: args.state.map(state),
        sort: sort(args.sort),
        reverse: args.reverse,
        limit: args.page.rows(),
        cursor: args.page.cursor.clone(),
    };
    let mut items = Vec::new();
    loop {
        let page = context.reads(context.service.list_organizations(&token, &query)).await?;
        items.extend(page.items.iter().map(|row| records::organization(row)));
        match page.next_cursor {
            Some(next) if args.page.all => query.cursor = Some(next),
            next => return context.print_list(&items, next.as_deref()),
        }
    }
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
#[derive(Clone, Copy)]
struct Asked<'a> {
    new_name: &'a Option<String>,
    admin_email: &'a Option<String>,
    password: &'a PasswordArgs,
    current: &'a CurrentPasswordArgs,
}

impl Asked<'_> {
    fn changes_account(self) -> bool {
        self.admin_email.is_some() || self.password.is_given()
    }

    fn request(self, current: Option<SecretString>, new: Option<SecretString>) -> UpdateOrganization {
        UpdateOrganization {
            name: self.new_name.clone(),
            admin_email: self.admin_email.clone(),
            admin_password: new,
            current_password: current,
            expected: None,
        }
    }
}

async fn update(
    context: &Context<'_>,
    target: &Target,
    asked: Asked<'_>,
    operation_args: OperationArgs,
    dry_run: DryRunArgs,
) -> Result<(), Failure> {
    let sets_password = asked.password.is_given();
    if asked.new_name.is_none() && !asked.changes_account() {
        return Err(Error::NothingToChange.into());
    }
    let token = context.required_session().await?;
    let given = context.input.given_current(asked.current, asked.password).await?;
    if dry_run.dry_run {
        let request = asked.request(None, context.input.given(asked.password).await?);
        let target = reference(target);
        let call = context.service.preview_update(&token, &target, request, sets_password);
        return context.stdout.object(&records::preview(&context.reads(call).await?));
    }
    // Only an admin changes an own account here, so only an admin is asked.
    let own = if asked.changes_account() { own_admin(context, &token).await? } else { None };
    let current = match given {
        None if own.is_some() => {
            Some(context.input.secret("Current password", "--current-password-file").await?)
        }
        given => given,
    };
    let new = if sets_password {
        Some(context.input.new_password(asked.password, "New admin password (8 to 72 bytes)").await?)
    } else {
        None
    };
    let operation = operation(operation_args);
    let target = reference(target);
    let call = context.service.update_organization(&token, &target, asked.request(current, new), operation);
    let updated = Box::pin(context.writes(operation, call)).await?;
    let print = || context.show_done(&records::organization(&updated));
    match own {
        Some(own) if sets_password || updated.admin_email != own.email => context.signed_out(print),
        Some(_) | None => print(),
    }
}

/// Who is signed in, if it is an admin.
async fn own_admin(context: &Context<'_>, token: &AccessToken) -> Result<Option<Principal>, Failure> {
    let principal = context.reads(context.service.who_am_i(token)).await?;
    Ok(Some(principal).filter(|principal| principal.role == Role::Admin))
}

async fn delete(
    context: &Context<'_>,
    target: &Target,
    confirm: Option<&str>,
    operation_args: OperationArgs,
    dry_run: DryRunArgs,
) -> Result<(), Failure> {
    if confirm.is_none() && !dry_run.dry_run && !context.input.can_ask() {
        return Err(Error::ConfirmationRequired(Confirms::Organization).into());
    }
    let token = context.required_session().await?;
    let target = reference(target);
    if dry_run.dry_run {
        let call = context.service.preview_delete(&token, &target, confirm);
        return print_deleted(context, &context.reads(call).await?, dry_run);
    }
    let confirm = match confirm {
        Some(name) => name.to_owned(),
        None => ask_for_name(context, &token, &target).await?,
    };
    let operation = operation(operation_args);
    let call = context.service.delete_organization(&token, &target, &confirm, None, operation);
    let deleted = context.writes(operation, call).await?;
    let print = || print_deleted(context, &deleted, dry_run);
    if deleted.ends_session { context.signed_out(print) } else { print() }
}

async fn ask_for_name(
    context: &Context<'_>,
    token: &AccessToken,
    target: &OrganizationReference,
) -> Result<String, Failure> {
    let found = context.reads(context.service.organization(token, target)).await?;
    context.stderr.question(&format!(
        "This removes for ever: {}, its collection {} and its admin {}.\n",
        visible(&found.name),
        visible(found.collection_name()),
        visible(&found.admin_email)
    ));
    context.input.line("Type the name to delete it", "--confirm").await
}

fn print_deleted(context: &Context<'_>, deleted: &Deleted, dry_run: DryRunArgs) -> Result<(), Failure> {
    let value = records::deleted(deleted);
    let name = visible(&deleted.organization_name);
    if dry_run.dry_run {
        let sentence = format!(
            "Would delete {name}, its collection {} and its admin.",
            visible(&deleted.collection_name)
        );
        return context.stdout.said(&dry(value), &sentence);
    }
    context.print_done(&value, &format!("Deleted {name}."))
}
