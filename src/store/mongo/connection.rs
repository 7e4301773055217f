//! The client and the database: overrides of the URI, the store's location, and the server.
//!
//! Never shows or logs the URI: it may contain a password.

use super::MongoOptions;
use super::failure::{InLog, describe};
use super::reach::Reach;
use super::server::{Hello, Probe};
use super::stream::Watch;
use super::uri::{Uri, hosts_of};

use crate::port::{Error, Result, StoreKind, StoreLocation};
use mongodb::bson::Document;
use mongodb::error::ErrorKind;
use mongodb::options::{
    Acknowledgment, ClientOptions, ReadConcern, ReadPreference, SelectionCriteria, Tls, WriteConcern,
};
use mongodb::{Client, Collection, Database};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::OnceCell;

/// How long to look for a server, unless the URI says otherwise: longer than an election takes (10 s).
const PATIENCE: Duration = Duration::from_secs(15);
/// How long a process's first command waits for a server, unless the URI says otherwise: a person is waiting.
const FIRST_PATIENCE: Duration = Duration::from_secs(5);

/// The connected database with its collections.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) client: Client,
    pub(super) database: Database,
    pub(super) place: StoreLocation,
    /// How long an operation belongs to the process that began it.
    pub(super) lease: Duration,
    /// Whether the URI asks for one server only.
    pub(super) is_direct: bool,
    /// Whether the URI says that there is a load balancer.
    pub(super) is_balanced: bool,
    /// The observations of the monitors.
    pub(super) reach: Arc<Reach>,
    /// Whether the URI sets the time to wait for a server; then it is kept even when waiting is hopeless.
    pub(super) waits_in_hope: bool,
    /// How long the first command waits for a server.
    pub(super) first_patience: Duration,
    /// The server's answer to `hello`; asked once.
    pub(super) hello: OnceCell<Hello>,
    /// Whether the server checks collection UUIDs; asked once, before the first rename or drop.
    pub(super) probe: OnceCell<Probe>,
    /// Whether a server that ignores UUIDs refused one in a find: it is not sent there again.
    pub(super) refuses_uuid_in_find: AtomicBool,
    /// How many connections to a server the URI allows.
    pub(super) max_pool_size: Option<u32>,
    /// The change stream, opened by the first look for changes.
    pub(super) watch: OnceLock<Watch>,
}

impl Connection {
    /// Creates the client, which connects at the first call.
    pub(super) async fn make(options: &MongoOptions, place: &StoreLocation) -> Result<Self> {
        let uri = Uri::read(options)?.connection;
        let selection = uri.server_selection_timeout;
        let parsed = ClientOptions::parse(uri).await;
        let mut client = parsed.map_err(|error| {
            tracing::info!(place = %place.host, cause = %InLog(&error), "the options cannot be used");
            if matches!(&*error.kind, ErrorKind::DnsResolve { .. }) {
                unavailable(place, "DNS did not answer for the servers of mongodb+srv")
            } else {
                unusable_options()
            }
        })?;
        client.app_name.get_or_insert_with(|| "tenantry".to_owned());
        client.server_selection_timeout.get_or_insert(PATIENCE);
        client.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
        client.read_concern = Some(ReadConcern::local());
        let mut writes = WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build();
        writes.w_timeout = client.write_concern.as_ref().and_then(|given| given.w_timeout);
        client.write_concern = Some(writes);
        // If the driver retried a rename by itself, another collection might have the name by then.
        client.max_adaptive_retries = Some(0);
        let is_direct = client.direct_connection == Some(true);
        let is_balanced = client.load_balanced == Some(true);
        let max_pool_size = client.max_pool_size;
        let hosts = client.hosts.iter().map(ToString::to_string).collect();
        let has_tls = matches!(client.tls, Some(Tls::Enabled(_)));
        let reach = Reach::new(hosts, client.repl_set_name.clone(), has_tls);
        client.sdam_event_handler = Some(reach.listener());
        let client = Client::with_options(client).map_err(|error| {
            tracing::info!(place = %place.host, cause = %InLog(&error), "the options cannot be used");
            unusable_options()
        })?;
        let database = client.database(options.database.as_str());
        Ok(Self {
            client,
            database,
            place: place.clone(),
            lease: options.lease,
            is_direct,
            is_balanced,
            reach,
            waits_in_hope: selection.is_some(),
            first_patience: selection.unwrap_or(FIRST_PATIENCE),
            hello: OnceCell::new(),
            probe: OnceCell::new(),
            refuses_uuid_in_find: AtomicBool::new(false),
            max_pool_size,
            watch: OnceLock::new(),
        })
    }

    /// The error for a failed read.
    pub(super) fn of_read(&self, error: &mongodb::error::Error) -> Error {
        describe(self, error)
    }

    /// Why no server is found: a fault that someone has to fix, or no answer, with the reason.
    pub(super) fn no_server(&self) -> Error {
        match (self.reach.fault(), self.reach.reason()) {
            (Some(fault), _) => Error::StoreUnusable(fault),
            (None, Some(reason)) => unavailable(&self.place, &reason),
            (None, None) => Error::Unavailable { place: self.place.host.clone(), operation: None },
        }
    }

    pub(super) fn organizations(&self) -> Collection<Document> {
        self.database.collection("organizations")
    }

    pub(super) fn reservations(&self) -> Collection<Document> {
        self.database.collection("reservations")
    }

    pub(super) fn admins(&self) -> Collection<Document> {
        self.database.collection("admins")
    }

    pub(super) fn audit(&self) -> Collection<Document> {
        self.database.collection("audit")
    }

    pub(super) fn revoked(&self) -> Collection<Document> {
        self.database.collection("revoked")
    }

    pub(super) fn throttle(&self) -> Collection<Document> {
        self.database.collection("throttle")
    }

    pub(super) fn meta(&self) -> Collection<Document> {
        self.database.collection("meta")
    }
}

/// The error that this place does not answer, with the reason.
pub(super) fn unavailable(place: &StoreLocation, reason: &str) -> Error {
    Error::Unavailable { place: format!("{} ({reason})", place.host), operation: None }
}

/// The error when each option is valid by itself.
fn unusable_options() -> Error {
    Error::StoreUnusable(
        "MONGO_URI has options that the driver refuses; TENANTRY_LOG=info says more.".to_owned(),
    )
}

/// The collections of the master metadata.
pub(super) const CONTROL: [&str; 7] =
    ["organizations", "reservations", "admins", "audit", "revoked", "throttle", "meta"];

/// Whether a collection is tenantry's or the server's: never renamed, never dropped.
pub(super) fn is_control(name: &str) -> bool {
    CONTROL.contains(&name) || name.starts_with("system.")
}

/// The location in the options, without credentials.
pub(super) fn place_of(options: &MongoOptions) -> Result<StoreLocation> {
    let uri = Uri::read(options)?;
    let hosts = hosts_of(&uri.connection);
    let host = hosts.join(",");
    let first = hosts.first().map_or("", String::as_str);
    let first = first.strip_suffix(":27017").unwrap_or(first);
    let more = if hosts.len() > 1 { format!(" +{}", hosts.len() - 1) } else { String::new() };
    Ok(StoreLocation {
        kind: StoreKind::MongoDb,
        short: format!("{first}{more}/{}", options.database),
        full: format!("{host}/{}", options.database),
        host,
        warnings: uri.warnings,
    })
}
