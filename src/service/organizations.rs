//! Create, list, look at, change and delete organizations.

use super::access::{self, Asker, Reach, UseCase};
use super::error::{Error, OperationId, Result};
use super::store::{AccountRecord, AuditAction, AuditEntry, Lookup, NewAccount, NewOrganization, PageQuery};
use super::{TenantService, cursor};
use crate::domain::name::key_of;
use crate::domain::{
    AccessToken, AccountId, CollectionName, Email, Epoch, Figures, Filter, NameError, Organization,
    OrganizationChange, OrganizationId, OrganizationName, Password, Principal, Role, SortKey, State,
};
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

/// Rows of a list at most.
pub const MAX_LIMIT: usize = 1_000;
/// Rows that a filtered list reads at a time.
const SCAN: usize = 1_000;

/// What a new organization is made of, as typed.
#[derive(Debug, Clone)]
pub struct CreateOrganization {
    /// The display name.
    pub name: String,
    /// The email of its administrator.
    pub admin_email: String,
    /// The password of its administrator.
    pub admin_password: SecretString,
}

/// What is to be changed, as typed; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct UpdateOrganization {
    /// The new display name.
    pub name: Option<String>,
    /// The admin's new email.
    pub admin_email: Option<String>,
    /// The admin's new password.
    pub admin_password: Option<SecretString>,
    /// The present password of an admin who changes the own email or password.
    pub current_password: Option<SecretString>,
    /// What was looked at before: another epoch is [`Error::Changed`].
    pub expected: Option<Epoch>,
}

/// Which organization, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrganizationReference {
    /// By its name, in any case.
    Name(String),
    /// By its id.
    Id(OrganizationId),
}

impl OrganizationReference {
    fn lookup(&self) -> Lookup {
        match self {
            Self::Name(name) => Lookup::NameKey(key_of(name)),
            Self::Id(id) => Lookup::Id(*id),
        }
    }
}

/// A list to read a page of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// In the filter language.
    pub filter: String,
    /// Only this state.
    pub state: Option<State>,
    /// The order.
    pub sort: SortKey,
    /// Descending.
    pub reverse: bool,
    /// Rows at most, 1 to [`MAX_LIMIT`]; more is cut to that.
    pub limit: usize,
    /// Where the page begins.
    pub cursor: Option<String>,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationPage {
    /// The rows.
    pub items: Vec<Arc<Organization>>,
    /// Where the next page begins; `None` on the last one.
    pub next_cursor: Option<String>,
}

/// What was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// Its id.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// Its collection.
    pub collection_name: String,
}

impl TenantService {
    /// The collection that an organization of this name would get.
    ///
    /// # Errors
    /// [`NameError`].
    pub fn preview_collection(&self, name: &str) -> Result<CollectionName, NameError> {
        Ok(OrganizationName::parse(name)?.collection(&self.place().database))
    }

    /// Creates an organization with its admin and its collection. Without a session only under open registration.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`], [`Error::Forbidden`], the rules of name, email and password, and those of
    /// [`super::store::Store::create`].
    pub async fn create_organization(
        &self,
        token: Option<&AccessToken>,
        request: CreateOrganization,
        operation: OperationId,
    ) -> Result<Organization> {
        let principal = match token {
            Some(token) => Some(self.authenticate(token).await?),
            None => None,
        };
        let asker = principal.as_ref().map_or(Asker::Nobody, Asker::of);
        access::decide(UseCase::CreateOrganization, asker, self.options.open_registration)?;
        self.store_id().await?;
        let name = OrganizationName::parse(&request.name)?;
        let email = Email::parse(&request.admin_email)?;
        let password = Password::new(request.admin_password)?;
        // Before a quarter of a second of hashing; what decides is the store.
        let same_name = self.store.find(&Lookup::NameKey(name.key().to_owned())).await?;
        if same_name.is_some_and(|other| other.state != State::Creating) {
            return Err(Error::NameTaken(name.display().to_owned()));
        }
        let password_hash = self.passwords.hash(&password).await?;
        let actor = principal.map_or_else(|| email.as_str().to_owned(), |principal| principal.email);
        let mut audit = self.audit_entry(&actor, AuditAction::OrganizationCreate);
        audit.id = operation.0;
        audit.changes.insert(
            "organization_name".into(),
            json!({"from": null, "to": name.display()}),
        );
        audit
            .changes
            .insert("admin_email".into(), json!({"from": null, "to": email.as_str()}));
        let new = NewOrganization {
            id: OrganizationId(Uuid::new_v4()),
            collection: name.collection(&self.place().database),
            name,
            admin: NewAccount {
                id: AccountId(Uuid::new_v4()),
                email,
                password_hash,
            },
        };
        audit.organization_id = Some(new.id);
        audit.organization_name = Some(new.name.display().to_owned());
        self.store.create(&new, operation, audit).await
    }

    /// A page of organizations; an admin sees only the own one.
    ///
    /// # Errors
    /// [`Error::InvalidFilter`], [`Error::InvalidCursor`], those of the session, and the store's.
    pub async fn list_organizations(
        &self,
        token: &AccessToken,
        query: &ListQuery,
    ) -> Result<OrganizationPage> {
        let principal = self.authenticate(token).await?;
        let reach = self.reach(UseCase::ListOrganizations, &principal)?;
        let filter = Filter::parse(&query.filter)?;
        let hash = cursor::query_hash(&query.filter, query.state, query.sort, query.reverse);
        let after = query
            .cursor
            .as_deref()
            .map(|text| cursor::decode(text, &hash, query.sort))
            .transpose()?;
        let limit = query.limit.clamp(1, MAX_LIMIT);
        let mut page = PageQuery {
            state: query.state,
            sort: query.sort,
            reverse: query.reverse,
            after,
            limit,
        };
        let mut items = match reach {
            Reach::Only(own) => self.own_row(own, &filter, &page).await?,
            Reach::All => self.scan(&filter, &mut page).await?,
        };
        let next_cursor = if items.len() > limit {
            items.truncate(limit);
            items
                .last()
                .map(|row| cursor::encode(hash, page.position_of(row)))
                .transpose()?
        } else {
            None
        };
        Ok(OrganizationPage { items, next_cursor })
    }

    /// Reads pages until one row more than the limit is found: the one that tells that there are more.
    async fn scan(&self, filter: &Filter, page: &mut PageQuery) -> Result<Vec<Arc<Organization>>> {
        let wanted = page.limit + 1;
        page.limit = if filter.is_empty() { wanted } else { SCAN };
        let mut found: Vec<Arc<Organization>> = Vec::new();
        loop {
            let rows = self.store.page(page).await?;
            let is_last = rows.len() < page.limit;
            page.after = rows.last().map(|row| page.position_of(row));
            found.extend(
                rows.into_iter()
                    .filter(|row| filter.matches(row))
                    .take(wanted - found.len()),
            );
            if is_last || found.len() == wanted {
                return Ok(found);
            }
        }
    }

    async fn own_row(
        &self,
        own: OrganizationId,
        filter: &Filter,
        page: &PageQuery,
    ) -> Result<Vec<Arc<Organization>>> {
        // One row has no second page, so behind any cursor there is nothing.
        let found = if page.after.is_none() {
            self.store.find(&Lookup::Id(own)).await?
        } else {
            None
        };
        let state_fits = |row: &Organization| page.state.is_none_or(|state| state == row.state);
        Ok(found
            .into_iter()
            .filter(|row| state_fits(row) && filter.matches(row))
            .map(Arc::new)
            .collect())
    }

    /// One organization.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for one that this session may not see; [`Error::Busy`] while it is created or
    /// deleted; those of the session, and the store's.
    pub async fn organization(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
    ) -> Result<Organization> {
        let (_, found) = self.visible(token, UseCase::GetOrganization, reference).await?;
        match found.state {
            State::Creating | State::Deleting => Err(Error::Busy(found.state)),
            State::Active | State::Renaming | State::Damaged => Ok(found),
        }
    }

    /// What the collection of an organization holds.
    ///
    /// # Errors
    /// As [`TenantService::organization`], and [`Error::CollectionMissing`].
    pub async fn organization_figures(&self, token: &AccessToken, id: OrganizationId) -> Result<Figures> {
        let organization = self.organization(token, &OrganizationReference::Id(id)).await?;
        self.store.figures(&organization).await
    }

    /// Changes an organization, all or nothing. The same values again succeed and do nothing; a password is always
    /// a change.
    ///
    /// # Errors
    /// [`Error::NothingToChange`], [`Error::WrongCurrentPassword`], [`Error::NotFound`], the rules of name, email
    /// and password, those of the session, and those of [`super::store::Store::update`].
    pub async fn update_organization(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        request: UpdateOrganization,
        operation: OperationId,
    ) -> Result<Organization> {
        let (principal, current) = self
            .visible(token, UseCase::UpdateOrganization, reference)
            .await?;
        let UpdateOrganization {
            name,
            admin_email,
            admin_password,
            current_password,
            expected,
        } = request;
        if name.is_none() && admin_email.is_none() && admin_password.is_none() {
            return Err(Error::NothingToChange);
        }
        let name = name.map(|name| OrganizationName::parse(&name)).transpose()?;
        let email = admin_email.map(|email| Email::parse(&email)).transpose()?;
        let password = admin_password.map(Password::new).transpose()?;
        can_write(&current, expected, State::Active)?;
        let name = name.filter(|name| name.display() != current.name);
        let email = email.filter(|email| email.as_str() != current.admin_email);
        let admin = self
            .store
            .account(current.admin_id)
            .await?
            .ok_or(Error::Changed)?;
        if principal.role == Role::Admin && (email.is_some() || password.is_some()) {
            self.reauthenticate(&admin, current_password).await?;
        }
        let admin_password_hash = match &password {
            Some(password) => Some(self.passwords.hash(password).await?),
            None => None,
        };
        let database = &self.place().database;
        let change = OrganizationChange {
            name: name.map(|name| {
                let collection = name.collection(database);
                (name, collection)
            }),
            admin_email: email,
            admin_password_hash,
        };
        if change.is_empty() {
            return Ok(current);
        }
        let audit = self.change_audit(&principal, &current, &change, operation);
        self.store
            .update(&current, &admin.account, &change, operation, audit)
            .await
    }

    /// Asks for the present password of the own account. A wrong one counts as a try to sign in, so that a stolen
    /// session is no way around the throttle.
    async fn reauthenticate(&self, own: &AccountRecord, typed: Option<SecretString>) -> Result<()> {
        let typed = typed.ok_or(Error::WrongCurrentPassword)?;
        self.count_try(&Email::key_of(&own.account.email)).await?;
        if self.passwords.verify(&typed, Some(&own.password_hash)).await? {
            Ok(())
        } else {
            Err(Error::WrongCurrentPassword)
        }
    }

    fn change_audit(
        &self,
        principal: &Principal,
        current: &Organization,
        change: &OrganizationChange,
        operation: OperationId,
    ) -> AuditEntry {
        let mut changes = Map::new();
        if let Some((name, _)) = &change.name {
            changes.insert(
                "organization_name".into(),
                json!({"from": current.name, "to": name.display()}),
            );
        }
        if let Some(email) = &change.admin_email {
            changes.insert(
                "admin_email".into(),
                json!({"from": current.admin_email, "to": email.as_str()}),
            );
        }
        if change.admin_password_hash.is_some() {
            changes.insert("password".into(), Value::from("changed"));
        }
        AuditEntry {
            id: operation.0,
            organization_id: Some(current.id),
            organization_name: Some(current.name.clone()),
            changes,
            ..self.audit_entry(&principal.email, AuditAction::OrganizationUpdate)
        }
    }

    /// Deletes an organization with its admin and its collection. `confirm` is its name, case kept.
    ///
    /// # Errors
    /// [`Error::ConfirmationRequired`], [`Error::NotFound`], those of the session, and those of
    /// [`super::store::Store::delete`].
    pub async fn delete_organization(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        confirm: &str,
        expected: Option<Epoch>,
        operation: OperationId,
    ) -> Result<Deleted> {
        let (principal, current) = self
            .visible(token, UseCase::DeleteOrganization, reference)
            .await?;
        if confirm.nfc().collect::<String>() != current.name {
            return Err(Error::ConfirmationRequired);
        }
        // A damaged organization cannot be changed, but it can go.
        can_write(&current, expected, State::Damaged)?;
        let audit = AuditEntry {
            id: operation.0,
            organization_id: Some(current.id),
            organization_name: Some(current.name.clone()),
            ..self.audit_entry(&principal.email, AuditAction::OrganizationDelete)
        };
        self.store.delete(&current, operation, audit).await?;
        Ok(Deleted {
            organization_id: current.id,
            collection_name: current.collection_name().to_owned(),
            organization_name: current.name,
        })
    }

    /// The organization that a session names, if it may see it.
    async fn visible(
        &self,
        token: &AccessToken,
        use_case: UseCase,
        reference: &OrganizationReference,
    ) -> Result<(Principal, Organization)> {
        let principal = self.authenticate(token).await?;
        let reach = self.reach(use_case, &principal)?;
        let found = self.store.find(&reference.lookup()).await?;
        let found = found
            .filter(|found| reach.includes(found.id))
            .ok_or(Error::NotFound)?;
        Ok((principal, found))
    }
}

/// Whether an organization may be written now: active, or in the one other state that the write allows, and still
/// as it was looked at.
fn can_write(current: &Organization, expected: Option<Epoch>, or: State) -> Result<()> {
    if current.state != State::Active && current.state != or {
        return Err(Error::Busy(current.state));
    }
    if expected.is_some_and(|expected| expected != current.epoch) {
        return Err(Error::Changed);
    }
    Ok(())
}
