//! The client and the database: what overrides the URI, where the store is, what the server is.
//!
//! Never shows or logs the URI: it may hold a password.

use super::MongoOptions;
use super::failure::describe;
use super::server::{Hello, Probe};
use crate::port::{Error, Result, StoreKind, StoreLocation};
use mongodb::bson::Document;
use mongodb::error::ErrorKind;
use mongodb::options::{
    Acknowledgment, ClientOptions, ConnectionString, HostInfo, ReadConcern, ReadPreference,
    SelectionCriteria, Tls, WriteConcern,
};
use mongodb::{Client, Collection, Database};
use secrecy::ExposeSecret;
use std::time::Duration;
use tokio::sync::OnceCell;

/// How long a server is looked for, unless the URI says otherwise: longer than an election takes (10 s).
const PATIENCE: Duration = Duration::from_secs(15);
/// How long the first command of a process waits for a server, unless the URI says otherwise: someone looks at it.
const FIRST_PATIENCE: Duration = Duration::from_secs(5);

/// The connected database with its collections.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) client: Client,
    pub(super) database: Database,
    pub(super) place: StoreLocation,
    /// How long an operation belongs to who began it.
    pub(super) lease: Duration,
    /// Whether the URI asks for one server and no other.
    pub(super) is_direct: bool,
    /// How long the first command waits for a server.
    pub(super) first_patience: Duration,
    /// What the server is; asked once.
    pub(super) hello: OnceCell<Hello>,
    /// Whether it checks the UUIDs of collections; asked once, ahead of the first rename or drop.
    pub(super) probe: OnceCell<Probe>,
}

impl Connection {
    /// Makes the client; connects at the first call.
    pub(super) async fn make(options: &MongoOptions, place: &StoreLocation) -> Result<Self> {
        let uri = parse_uri(options)?;
        let selection = uri.server_selection_timeout;
        let parsed = ClientOptions::parse(uri).await;
        let mut client = parsed.map_err(|error| {
            if matches!(&*error.kind, ErrorKind::DnsResolve { .. }) {
                Error::Unavailable { place: place.host.clone(), operation: None }
            } else {
                unusable_uri(options, &error)
            }
        })?;
        client.app_name.get_or_insert_with(|| "tenantry".to_owned());
        client.server_selection_timeout.get_or_insert(PATIENCE);
        client.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
        client.read_concern = Some(ReadConcern::local());
        let mut writes = WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build();
        writes.w_timeout = client.write_concern.as_ref().and_then(|given| given.w_timeout);
        client.write_concern = Some(writes);
        // A rename that the driver sends again by itself could meet another owner of the name.
        client.max_adaptive_retries = Some(0);
        let is_direct = client.direct_connection == Some(true);
        let client = Client::with_options(client).map_err(|error| unusable_uri(options, &error))?;
        let database = client.database(options.database.as_str());
        Ok(Self {
            client,
            database,
            place: place.clone(),
            lease: options.lease,
            is_direct,
            first_patience: selection.unwrap_or(FIRST_PATIENCE),
            hello: OnceCell::new(),
            probe: OnceCell::new(),
        })
    }

    /// The answer for an error of a read.
    pub(super) fn of_read(&self, error: &mongodb::error::Error) -> Error {
        describe(self, error)
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

/// The collections of the master metadata.
pub(super) const CONTROL: [&str; 7] =
    ["organizations", "reservations", "admins", "audit", "revoked", "throttle", "meta"];

/// Whether a collection is tenantry's own or the server's: never moved, never dropped.
pub(super) fn is_control(name: &str) -> bool {
    CONTROL.contains(&name) || name.starts_with("system.")
}

fn parse_uri(options: &MongoOptions) -> Result<ConnectionString> {
    ConnectionString::parse(options.uri.expose_secret()).map_err(|error| unusable_uri(options, &error))
}

/// Characters of a value by which a complaint is known to be about it.
const SHORTEST_QUOTE: usize = 4;

/// What is wrong with the URI: the name of the option that the driver complains about. Its complaint itself may quote
/// a value, so it is not passed on.
fn unusable_uri(options: &MongoOptions, error: &mongodb::error::Error) -> Error {
    let complaint = error.to_string().to_lowercase();
    let uri = options.uri.expose_secret();
    let query = uri.split_once('?').map_or("", |(_, query)| query);
    let options = query.split('&').filter_map(|option| option.split_once('='));
    // Some complaints name the option, others only its value.
    let is_meant = |name: &str, value: &str| {
        let is_word = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric());
        let quotes_value = value.len() >= SHORTEST_QUOTE && complaint.contains(&value.to_lowercase());
        is_word && (complaint.contains(&name.to_lowercase()) || quotes_value)
    };
    let complained_about = options.into_iter().find(|(name, value)| is_meant(name, value));
    Error::StoreUnusable(match complained_about {
        Some((name, _)) => format!("MONGO_URI: the option {name} cannot be used with this value."),
        None => "MONGO_URI is not the URI of a MongoDB server.".to_owned(),
    })
}

/// Where the options point to, without credentials.
pub(super) fn place_of(options: &MongoOptions) -> Result<StoreLocation> {
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
    Ok(StoreLocation {
        kind: StoreKind::MongoDb,
        short: format!("{first}{more}/{}", options.database),
        full: format!("{host}/{}", options.database),
        host,
        warning,
    })
}

/// Whether a host is this machine: a loopback name or address, or a socket file.
fn is_local(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let address = name.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    name == "localhost" || name.starts_with('/') || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::DatabaseName;

    fn options(uri: &str) -> MongoOptions {
        MongoOptions {
            uri: uri.into(),
            database: DatabaseName::parse("master_db").unwrap(),
            lease: Duration::from_secs(30),
        }
    }

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
            assert_eq!(place_of(&options(uri)).unwrap().warning.is_some(), warned, "{uri}");
        }
    }

    #[test]
    fn a_wrong_option_is_named_and_its_value_is_not() {
        for (uri, option) in [
            ("mongodb://a:secret@h/?w=-3", "w"),
            ("mongodb://a:secret@h/?authMechanism=hunter2", "authMechanism"),
            ("mongodb://a:secret@h/?connectTimeoutMS=soon", "connectTimeoutMS"),
        ] {
            let Err(Error::StoreUnusable(text)) = place_of(&options(uri)) else { panic!("{uri} is refused") };
            assert!(text.contains(&format!("the option {option} ")), "{uri}: {text}");
            assert!(!text.contains("secret") && !text.contains("hunter2"), "{text}");
        }
    }
}
