//! An adoption that is killed at any of its commands, also twice, or that two processes do at once: run again, it ends
//! as if nothing had happened. What is adopted so far serves.

use super::old::Old;
use super::{adopt, try_adopt};
use crate::common::mongo::{LEASE, with_options};
use crate::common::proxy::{Act, Proxy};
use crate::common::suite::by_email;
use futures_util::future::join_all;
use mongodb::bson::doc;
use rstest::rstest;
use std::sync::Arc;
use tenantry::domain::Severity;
use tenantry::port::{Doctor, Store};
use tenantry::store::mongo::MongoStore;
use tokio::sync::watch;

/// A database of the earlier service, and a way to it on which something goes wrong.
struct Ground {
    old: Old,
    proxy: Proxy,
    /// The organizations in it, all sound.
    names: &'static [&'static str],
}

fn email_of(name: &str) -> String {
    format!("{}@x", name.replace(' ', "-").to_lowercase())
}

impl Ground {
    async fn with(names: &'static [&'static str]) -> Self {
        let old = Old::new().await;
        let proxy = Proxy::start(&old.database.uri).await;
        proxy.check_uuids(true);
        old.initialized().await;
        Self { old, proxy, names }
    }

    /// As the earlier service left it.
    async fn prepare(&self) {
        self.proxy.reset();
        self.old.all("organizations").delete_many(doc! {}).await.unwrap();
        self.old.all("admins").delete_many(doc! {"role": "admin"}).await.unwrap();
        let theirs = doc! {"organization_id": {"$exists": true}};
        self.old.all("reservations").delete_many(theirs).await.unwrap();
        for name in self.names {
            self.old.all(&format!("org_{name}")).drop().await.unwrap();
            self.old.sound(name, &email_of(name)).await;
        }
    }

    /// A process whose commands go through the proxy.
    async fn process(&self) -> Arc<MongoStore> {
        let uri = with_options(self.proxy.uri(), "retryWrites=false&retryReads=false");
        let store = self.old.database.store_at(&uri, LEASE);
        store.store_id().await.unwrap().unwrap();
        store.warnings().await.unwrap();
        self.proxy.reset();
        store
    }

    /// How many of its commands write.
    async fn commands(&self) -> usize {
        self.prepare().await;
        adopt(&*self.process().await).await;
        self.proxy.writes()
    }

    /// An adoption that ends at this command.
    async fn killed_at(&self, number: usize, act: &Act) {
        let store = self.process().await;
        let mut writes = 0;
        let (mut is_past, act) = (false, act.clone());
        self.proxy.rule(move |call| {
            if is_past {
                return Act::Cut;
            }
            writes += usize::from(!call.is_read());
            is_past = !call.is_read() && writes == number;
            if is_past { act.clone() } else { Act::Pass }
        });
        let _ = try_adopt(&store, &[]).await;
        self.proxy.quiet().await;
        self.proxy.reset();
    }

    /// Nothing is lost between the two services: each organization is whole in one of them, or can be completed.
    async fn assert_nothing_lost(&self, when: &str) {
        let doctor = self.old.database.doctor().check(&watch::Sender::default()).await.unwrap();
        let errors: Vec<_> =
            doctor.findings.iter().filter(|it| it.problem.severity() == Severity::Error).collect();
        assert!(errors.is_empty(), "{when}: {errors:?}");
    }

    /// The next run, once every lease is over.
    async fn run_again(&self, when: &str) {
        self.old.database.leases_end(doc! {}).await;
        let report = adopt(&*self.process().await).await;
        assert_eq!(report.left, 0, "{when}: {:#?}", report.findings);
        assert_eq!(self.old.records_named(self.names).await, [], "{when}");
        let store = self.old.database.store();
        for name in self.names {
            assert_eq!(self.old.documents(&format!("org_{name}")).await.len(), 1, "{when}");
            let account = by_email(&*store, &email_of(name)).await;
            assert!(
                account.is_some_and(|it| it.organization.is_some_and(|it| it.lets_in())),
                "{when}: {name}"
            );
        }
        self.old.database.assert_sound(when).await;
    }
}

#[rstest]
#[case(Act::Cut)]
#[case(Act::DropReply)]
#[case(Act::Refuse(20))]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_adoption_killed_at_any_command_converges_when_it_runs_again(#[case] act: Act) {
    let ground = Ground::with(&["Acme", "Beta Co"]).await;
    let commands = ground.commands().await;
    assert!(commands > 12, "two organizations: {commands}");
    for number in 1..=commands {
        let when = format!("{act:?} at {number} of {commands}");
        ground.prepare().await;
        ground.killed_at(number, &act).await;
        ground.assert_nothing_lost(&when).await;
        ground.run_again(&when).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_adoption_killed_twice_converges() {
    let ground = Ground::with(&["Beta Co"]).await;
    let commands = ground.commands().await;
    for first in 1..=commands {
        for second in [2, 6] {
            let when = format!("killed at {first}, then at {second}");
            ground.prepare().await;
            ground.killed_at(first, &Act::DropReply).await;
            ground.old.database.leases_end(doc! {}).await;
            ground.killed_at(second, &Act::DropReply).await;
            ground.run_again(&when).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_at_once_adopt_each_organization_once() {
    let old = Old::new().await;
    for number in 0..12 {
        old.sound(&format!("Org {number}"), &format!("admin{number}@x")).await;
    }
    old.initialized().await;
    let stores = [old.database.store(), old.database.store(), old.database.store()];
    let reports = join_all(stores.iter().map(|store| adopt(store))).await;
    let adopted: u64 = reports.iter().map(|report| report.adopted).sum();
    assert_eq!(adopted, 12, "{reports:#?}");
    let last = adopt(&stores[0]).await;
    assert_eq!((last.adopted, last.left), (0, 0));
    old.database.assert_sound("three at once").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_half_adopted_serves_what_is_adopted() {
    let old = Old::new().await;
    old.sound("Acme", "ann@x").await;
    let store = old.initialized().await;
    adopt(&store).await;
    old.sound("Beta Co", "ben@x").await;
    let proxy = Proxy::start(&old.database.uri).await;
    let halfway = old.database.store_at(proxy.uri(), LEASE);
    halfway.store_id().await.unwrap();
    halfway.warnings().await.unwrap();
    // After its commit, before the account.
    proxy.from("findAndModify", Act::DropReply);
    try_adopt(&halfway, &[]).await.unwrap_err();
    let ann = by_email(&*store, "ann@x").await.unwrap();
    assert!(ann.organization.unwrap().lets_in());
    assert!(by_email(&*store, "ben@x").await.is_none(), "not yet");
    old.database.leases_end(doc! {}).await;
    // Whoever needs it next finishes it: no second adoption is needed.
    assert_eq!(store.recover().await.unwrap(), 1);
    assert!(by_email(&*store, "ben@x").await.unwrap().organization.unwrap().lets_in());
    old.database.assert_sound("recovered").await;
}
