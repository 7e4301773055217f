//! The cost of a refused sign-in: for every reason the same commands to the server and one verification of the same
//! cost, so that neither the answer nor its duration reveals whether an account exists.

use crate::captured::Log;
use crate::common::mongo::{LEASE, TestDatabase};
use crate::common::proxy::{self, Proxy};
use crate::common::world::{self, FakeClock, PASSWORD, ROOT, options};
use mongodb::bson::{DateTime, Document, doc};
use std::sync::Arc;
use tenantry::port::Store;
use tenantry::service::{CreateOrganization, Error, OperationId, TenantService};
use tracing_subscriber::filter::EnvFilter;

/// What bcrypt did since this was asked last.
fn passwords(log: &Log) -> Vec<String> {
    let text = log.take();
    let words = text.lines().filter_map(|line| line.split_once("password: "));
    words.map(|(_, what)| what.to_owned()).collect()
}

async fn organization_in(service: &TenantService, database: &TestDatabase, name: &str, state: &str) {
    let root = service.sign_in(ROOT, &PASSWORD.into()).await.unwrap();
    let request = CreateOrganization {
        name: name.to_owned(),
        admin_email: format!("{state}@x"),
        admin_password: PASSWORD.into(),
    };
    service.create_organization(Some(&root.token), request, OperationId::random()).await.unwrap();
    let records = database.direct.collection::<Document>("organizations");
    let values = match state {
        "suspended" => doc! {"suspended": {"at": DateTime::now(), "by": ROOT, "reason": "unpaid"}},
        state => doc! {"state": state},
    };
    let changed = records.update_one(doc! {"organization_name": name}, doc! {"$set": values}).await;
    assert_eq!(changed.unwrap().matched_count, 1);
}

/// A place, the failures of the whole store, the account; then the place is given back as a failure of this email and of
/// the store, and the entry is written. Sorted: some are sent side by side.
const EVERY: [&str; 6] = [
    "aggregate admins",
    "find throttle",
    "findAndModify throttle",
    "insert throttle",
    "update audit",
    "update throttle",
];

fn commands_of(is_failure: bool) -> Vec<&'static str> {
    EVERY.into_iter().filter(|label| is_failure || *label != "insert throttle").collect()
}

#[tokio::test]
async fn every_refusal_costs_the_same() {
    let _alone = crate::LOG.lock().await;
    let log = Log::default();
    let written = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("tenantry::service::password=trace"))
        .with_ansi(false)
        .with_writer(move || written.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let database = TestDatabase::new().await;
    let proxy = Proxy::start(&database.uri).await;
    let store: Arc<dyn Store> = database.store_at(proxy.uri(), LEASE);
    let service = world::service_over(store, FakeClock::new(), options());
    service.initialize(ROOT, PASSWORD.into(), OperationId::random()).await.unwrap();
    organization_in(&service, &database, "Half made", "creating").await;
    organization_in(&service, &database, "Going", "deleting").await;
    organization_in(&service, &database, "Whole", "active").await;
    organization_in(&service, &database, "Unpaid", "suspended").await;
    passwords(&log);

    let (too_long, nul) = ("x".repeat(73), "correct horse\0");
    let (long_email, mut seen) = (format!("{}@x", "e".repeat(3_000_000)), Vec::new());
    for (email, password) in [
        ("nobody@example.com", PASSWORD),
        (ROOT, "a wrong horse"),
        (ROOT, ""),
        (ROOT, "short"),
        (ROOT, too_long.as_str()),
        (ROOT, nul),
        ("active@x", "a wrong horse"),
        ("suspended@x", "a wrong horse"),
        ("suspended@x", PASSWORD),
        ("creating@x", PASSWORD),
        ("deleting@x", PASSWORD),
        ("not an email", PASSWORD),
        ("", ""),
        ("{\"$ne\":null}", PASSWORD),
        (long_email.as_str(), PASSWORD),
    ] {
        // No email comes often enough to be made to wait.
        let throttle = database.direct.collection::<Document>("throttle");
        throttle.delete_many(doc! {}).await.unwrap();
        proxy.reset();
        let refused = service.sign_in(email, &password.into()).await.unwrap_err();
        // Only someone with the right password learns why the sign-in is refused.
        let wanted = if (email, password) == ("suspended@x", PASSWORD) {
            Error::Suspended("unpaid".into())
        } else {
            Error::InvalidCredentials
        };
        assert_eq!(refused, wanted, "{email:.30}");
        let mut commands: Vec<String> = proxy.calls().iter().map(proxy::Call::label).collect();
        commands.sort();
        // The right password of a suspended one is no failure of the store.
        let is_failure = refused == Error::InvalidCredentials;
        assert_eq!(commands, commands_of(is_failure), "{email:.30}");
        seen.push((format!("{email:.30}"), passwords(&log)));
    }
    for (email, passwords) in seen {
        assert_eq!(passwords, ["verifying a password cost=4"], "{email}");
    }
    service.sign_in("active@x", &PASSWORD.into()).await.unwrap();
    assert_eq!(passwords(&log), ["verifying a password cost=4"], "a good one as well");
}
