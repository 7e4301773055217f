//! A request of an operator that misses a collection puts it back, if it exists under another name.

use super::Clinic;
use crate::common::service::service_over;
use crate::common::suite::*;
use mongodb::bson::doc;
use secrecy::SecretString;
use std::sync::Arc;
use tenantry::domain::{AccessToken, AuditAction};
use tenantry::port::Store;
use tenantry::service::password::PasswordPool;
use tenantry::service::{Error, TenantService};

impl Clinic {
    /// A service on the store, and a session of this account.
    async fn signed_in(&self, email_key: &str) -> (TenantService, AccessToken) {
        let password = SecretString::from("correct horse");
        let given = tenantry::domain::Password::new(password.clone()).unwrap();
        let hash = PasswordPool::new(4).hash(&given).await.unwrap();
        let set = doc! {"$set": {"password": secrecy::ExposeSecret::expose_secret(&hash)}};
        self.all("admins").update_one(doc! {"email_key": email_key}, set).await.unwrap();
        let service = service_over(Arc::clone(&self.store) as Arc<dyn Store>);
        let token = service.sign_in(email_key, &password).await.unwrap().token;
        (service, token)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operators_request_renames_a_missing_collection_back() {
    let clinic = Clinic::new().await;
    let (service, root) = clinic.signed_in("root@example.com").await;
    let missing = Error::CollectionMissing("org_acme".into());
    clinic.rename("org_acme", "org_elsewhere").await;

    let (of_admin, ann) = clinic.signed_in("ann@x").await;
    let refused = of_admin.organization_stats(&ann, clinic.acme.id).await;
    assert_eq!(refused, Err(missing.clone()), "an admin repairs nothing");

    assert_eq!(service.organization_stats(&root, clinic.acme.id).await.unwrap().size.documents, 1);
    clinic.assert_whole("it is put back").await;
    let entry = newest(&*clinic.store, 1).await.remove(0);
    assert_eq!((entry.action, entry.actor.as_str()), (AuditAction::Repair, "root@example.com"));

    clinic.rename("org_acme", "org_elsewhere").await;
    clinic.all("org_acme").insert_one(doc! {"_id": "of a tenant"}).await.unwrap();
    let refused = service.organization_stats(&root, clinic.acme.id).await;
    assert_eq!(refused, Err(missing.clone()), "its name is taken");
    clinic.all("org_elsewhere").drop().await.unwrap();
    let refused = service.organization_stats(&root, clinic.acme.id).await;
    assert_eq!(refused, Err(missing), "another collection needs a decision");
    assert_eq!(clinic.ids("org_acme").await, ["of a tenant"]);
}
