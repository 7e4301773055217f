//! A service over an embedded store of its own, under a clock that a test moves.

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use std::sync::{Arc, Mutex, PoisonError};
use tempfile::TempDir;
use tenantry::domain::AccessToken;
use tenantry::domain::DatabaseName;
use tenantry::port::GivenKey;
use tenantry::port::Store;
use tenantry::service::clock::Clock;
use tenantry::service::{CreateOrganization, OperationId, Result, ServiceOptions, SignedIn, TenantService};
use tenantry::store::embedded::EmbeddedStore;

/// The password of every account that a test makes without saying otherwise.
pub(crate) const PASSWORD: &str = "correct horse";
/// The first operator.
pub(crate) const ROOT: &str = "root@example.com";

/// A clock that stands still until a test moves it.
#[derive(Debug)]
pub(crate) struct FakeClock(Mutex<Timestamp>);

impl FakeClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new("2026-11-24T12:00:00Z".parse().unwrap())))
    }

    pub(crate) fn advance(&self, by: SignedDuration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = now.checked_add(by).unwrap();
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Options with the cheapest hashes.
pub(crate) fn options() -> ServiceOptions {
    ServiceOptions {
        session: SignedDuration::from_mins(30),
        bcrypt_cost: 4,
        open_registration: false,
        legacy_update: false,
        trash: SignedDuration::from_hours(7 * 24),
    }
}

/// A service with all it stands on.
pub(crate) struct World {
    pub(crate) service: Arc<TenantService>,
    pub(crate) store: Arc<EmbeddedStore>,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) folder: TempDir,
}

impl World {
    /// An empty store.
    pub(crate) fn empty() -> Self {
        Self::with(options())
    }

    pub(crate) fn with(options: ServiceOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(EmbeddedStore::new(folder.path(), &DatabaseName::default()));
        let clock = FakeClock::new();
        let service = service_over(Arc::clone(&store) as Arc<dyn Store>, Arc::clone(&clock), options);
        Self { service, store, clock, folder }
    }

    /// A store with its first operator.
    pub(crate) async fn initialized() -> Self {
        let world = Self::empty();
        world.service.initialize(ROOT, PASSWORD.into(), OperationId::random()).await.unwrap();
        world
    }

    pub(crate) async fn sign_in(&self, email: &str) -> SignedIn {
        self.service.sign_in(email, &PASSWORD.into()).await.unwrap()
    }

    pub(crate) async fn root(&self) -> AccessToken {
        self.sign_in(ROOT).await.token
    }

    pub(crate) async fn create(
        &self,
        token: &AccessToken,
        name: &str,
        email: &str,
    ) -> Result<tenantry::domain::Organization> {
        let request = CreateOrganization {
            name: name.into(),
            admin_email: email.into(),
            admin_password: SecretString::from(PASSWORD),
        };
        self.service.create_organization(Some(token), request, OperationId::random()).await
    }
}

/// A service over any store, with a key of its own.
pub(crate) fn service_over(
    store: Arc<dyn Store>,
    clock: Arc<FakeClock>,
    options: ServiceOptions,
) -> Arc<TenantService> {
    let key = Arc::new(GivenKey("0123456789abcdef0123456789abcdef".into()));
    Arc::new(TenantService::new(store, key, clock, options))
}
