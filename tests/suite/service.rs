//! The use cases under a fake clock, on the embedded store: roles, sessions and their end, the throttle, and
//! validation before the store is asked.

mod activity;
mod changes;
mod dropped;
mod ended;
mod export;
mod lists;
mod operators;
mod plans;
mod previews;
mod repeats;
mod roles;
mod rules;
mod sessions;
mod sign_in;
mod sizes;

use crate::common::world::{PASSWORD, ROOT, World, options};
use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use tenantry::domain::{
    AccessToken, AuditAction, AuditOutcome, Ended, Epoch, Organization, OrganizationId, Role, SortKey, Status,
};
use tenantry::port::{Accounts, Audit, AuditQuery, Store};
use tenantry::service::{
    Confirms, CreateOrganization, Error, ListQuery, OperationId, OrganizationReference, Result,
    UpdateOrganization, throttle_actor,
};

fn by_name(name: &str) -> OrganizationReference {
    OrganizationReference::Name(name.into())
}

fn new(name: &str, email: &str, password: &str) -> CreateOrganization {
    CreateOrganization { name: name.into(), admin_email: email.into(), admin_password: password.into() }
}

fn rename(to: &str) -> UpdateOrganization {
    UpdateOrganization { name: Some(to.into()), ..UpdateOrganization::default() }
}

fn list_all() -> ListQuery {
    ListQuery { limit: 1000, ..ListQuery::default() }
}

async fn update(
    world: &World,
    token: &AccessToken,
    name: &str,
    change: UpdateOrganization,
) -> Result<Organization> {
    world.service.update_organization(token, &by_name(name), change, OperationId::random()).await
}

async fn delete(world: &World, token: &AccessToken, name: &str, confirm: &str) -> Result<()> {
    let target = by_name(name);
    let call = world.service.delete_organization(token, &target, confirm, None, false, OperationId::random());
    call.await.map(drop)
}

async fn names(world: &World, token: &AccessToken, query: &ListQuery) -> Vec<String> {
    let page = world.service.list_organizations(token, query).await.unwrap();
    page.items.iter().map(|row| row.name.clone()).collect()
}

/// Acme with its admin, Zephyr with its, and the operator.
async fn two_organizations() -> (World, AccessToken, AccessToken) {
    let world = World::initialized().await;
    let root = world.root().await;
    world.create(&root, "Acme", "ann@acme.example").await.unwrap();
    world.create(&root, "Zephyr", "zoe@zephyr.example").await.unwrap();
    let ann = world.sign_in("ann@acme.example").await.token;
    (world, root, ann)
}
