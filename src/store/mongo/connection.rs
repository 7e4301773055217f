//! The client and the database: what overrides the URI, where the store is, which server is too old.
//!
//! Never shows or logs the URI: it may hold a password.

use super::MongoOptions;
use super::failure::of_read;
use crate::service::store::{Place, StoreKind};
use crate::service::{Error, Result};
use mongodb::bson::{Document, doc};
use mongodb::options::{
    Acknowledgment, ClientOptions, ConnectionString, HostInfo, ReadPreference, SelectionCriteria, Tls,
    WriteConcern,
};
use mongodb::{Client, Collection, Database};
use secrecy::ExposeSecret;
use std::time::Duration;

/// How long a server is looked for, and how long one connection may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The oldest major version that answers a rename or a drop by the collection's UUID.
const OLDEST_SERVER: i32 = 6;

/// The connected database with its collections.
#[derive(Debug, Clone)]
pub(super) struct Connection {
    pub(super) client: Client,
    pub(super) database: Database,
    pub(super) place: Place,
    /// How long an operation belongs to who began it.
    pub(super) lease: Duration,
}

impl Connection {
    /// Makes the client; connects at the first call.
    pub(super) async fn make(options: &MongoOptions, place: &Place) -> Result<Self> {
        let uri = parse_uri(options)?;
        let mut client = ClientOptions::parse(uri).await.map_err(|error| of_read(place, &error))?;
        client.app_name.get_or_insert_with(|| "tenantry".to_owned());
        client.server_selection_timeout = Some(PATIENCE);
        client.connect_timeout = Some(PATIENCE);
        client.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
        client.write_concern =
            Some(WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build());
        // A rename that the driver sends again by itself could meet another owner of the name.
        client.max_adaptive_retries = Some(0);
        let client = Client::with_options(client).map_err(|_| {
            Error::StoreUnusable("The options in MONGO_URI contradict each other.".to_owned())
        })?;
        let database = client.database(&options.database);
        Ok(Self { client, database, place: place.clone(), lease: options.lease })
    }

    /// Refuses a server that is too old.
    pub(super) async fn check_server(&self) -> Result<()> {
        let info = self
            .database
            .run_command(doc! {"buildInfo": 1})
            .await
            .map_err(|error| of_read(&self.place, &error))?;
        let version = info.get_str("version").unwrap_or_default();
        let major = version.split('.').next().and_then(|major| major.parse::<i32>().ok()).unwrap_or(0);
        if major >= OLDEST_SERVER {
            return Ok(());
        }
        Err(Error::StoreUnusable(format!(
            "The server at {} is MongoDB {version}; tenantry needs 6.0 or later.",
            self.place.host
        )))
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

    /// Whether a collection is tenantry's own or the server's.
    pub(super) fn is_control(&self, name: &str) -> bool {
        let own = [
            self.organizations(),
            self.reservations(),
            self.admins(),
            self.audit(),
            self.revoked(),
            self.throttle(),
            self.meta(),
        ];
        own.iter().any(|own| own.name() == name) || name.starts_with("system.")
    }
}

/// The driver's complaints may quote the URI, so none of them is passed on.
fn parse_uri(options: &MongoOptions) -> Result<ConnectionString> {
    ConnectionString::parse(options.uri.expose_secret())
        .map_err(|_| Error::StoreUnusable("MONGO_URI is not the URI of a MongoDB server.".to_owned()))
}

/// Where the options point to, without credentials.
pub(super) fn place_of(options: &MongoOptions) -> Result<Place> {
    check_database_name(&options.database)?;
    let uri = parse_uri(options)?;
    let is_encrypted = matches!(uri.tls, Some(Tls::Enabled(_)));
    // A name of a DNS record brings TLS with it unless the URI says otherwise.
    let (hosts, is_encrypted): (Vec<String>, bool) = match uri.host_info {
        HostInfo::HostIdentifiers(hosts) => (hosts.iter().map(ToString::to_string).collect(), is_encrypted),
        HostInfo::DnsRecord(name) => (vec![name], uri.tls != Some(Tls::Disabled)),
        _ => (Vec::new(), is_encrypted),
    };
    let exposed = hosts.iter().find(|host| !is_encrypted && !is_local(host));
    let warning =
        exposed.map(|host| format!("The connection to {host} is not encrypted; add tls=true to MONGO_URI."));
    let host = hosts.join(",");
    let first = hosts.first().map_or("", String::as_str);
    let first = first.strip_suffix(":27017").unwrap_or(first);
    let more = if hosts.len() > 1 { format!(" +{}", hosts.len() - 1) } else { String::new() };
    Ok(Place {
        kind: StoreKind::MongoDb,
        short: format!("{first}{more}/{}", options.database),
        full: format!("{host}/{}", options.database),
        host,
        warning,
        database: options.database.clone(),
    })
}

/// Whether a host is this machine: a loopback name or address, or a socket file.
fn is_local(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let address = name.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    name == "localhost" || name.starts_with('/') || address.is_ok_and(|address| address.is_loopback())
}

/// MongoDB's own rules, and the databases that belong to the server.
fn check_database_name(name: &str) -> Result<()> {
    let legal = !name.is_empty()
        && name.len() < 64
        && !name.chars().any(|c| c.is_whitespace() || c.is_control() || "/\\.\"$*<>:|?".contains(c))
        && !["admin", "local", "config"].contains(&name);
    if legal {
        Ok(())
    } else {
        Err(Error::StoreUnusable(format!("{name:?} cannot be the name of the master database.")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn an_unencrypted_way_to_another_host_is_warned_of() {
        for (uri, warned) in [
            ("mongodb://localhost/", false),
            ("mongodb://127.0.0.1:27018/", false),
            ("mongodb://[::1]:27018/", false),
            ("mongodb://%2Ftmp%2Fmongodb-27017.sock/", false),
            ("mongodb://db1.internal/", true),
            ("mongodb://localhost,db1.internal/", true),
            ("mongodb://db1.internal/?tls=true", false),
            ("mongodb+srv://db1.internal.example/", false),
            ("mongodb+srv://db1.internal.example/?tls=false", true),
        ] {
            let options = MongoOptions {
                uri: uri.into(),
                database: "master_db".into(),
                lease: Duration::from_secs(30),
            };
            assert_eq!(place_of(&options).unwrap().warning.is_some(), warned, "{uri}");
        }
    }
}
