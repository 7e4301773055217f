//! Checks `MONGO_URI`: which options have an effect here, and which part is invalid.
//!
//! Never shows the URI or the value of an option: they may contain a password. The driver's own messages are not used
//! either, because some quote a value; the invalid part is found by parsing the URI without it.

use super::MongoOptions;
use crate::domain::{Warning, WarningCode};
use crate::port::{Error, Result};
use mongodb::options::{ConnectionString, HostInfo, ServerAddress, Tls};
use secrecy::ExposeSecret;
use std::fs;
use std::path::Path;

/// Options of this and other drivers that have no effect here, in lower case, with the replacement.
const IGNORED: [(&str, &str); 22] = [
    ("autoreconnect", ""),
    ("bufferingtimeoutms", ""),
    ("bufferpoolsize", ""),
    ("fsync", ""),
    ("gssapiservicename", " Write authMechanismProperties=SERVICE_NAME:..."),
    ("keepalive", ""),
    ("maxlifetimems", ""),
    ("poolsize", " Write maxPoolSize."),
    ("reconnectinterval", ""),
    ("reconnecttries", ""),
    ("safe", ""),
    ("slaveok", ""),
    ("timeoutms", " Each command has its own time-out."),
    ("tlsdisablecertificaterevocationcheck", ""),
    ("tlsdisableocspendpointcheck", ""),
    ("useunifiedtopology", ""),
    ("usenewurlparser", ""),
    ("usecreateindex", ""),
    ("usefindandmodify", ""),
    ("uuidrepresentation", ""),
    ("waitqueuemultiple", ""),
    ("wtimeout", " Write wtimeoutMS."),
];

/// Options that this driver knows but does not support, or needs but does not know, with the reason.
const REFUSED: [(&str, &str); 6] = [
    ("sockettimeoutms", "is not supported. Remove it; each command has its own time-out."),
    ("tlsallowinvalidhostnames", "is not supported: host names are always checked. Remove it."),
    ("tlscrlfile", "is not supported."),
    ("tlscertificatekeyfilepassword", "is not supported. Use a key file without a password."),
    ("sslpemkeyfile", "is an old name. Write tlsCertificateKeyFile."),
    ("sslcertificateauthorityfile", "is an old name. Write tlsCAFile."),
];

const YES_NO: &str = "true or false";
const MILLISECONDS: &str = "a whole number of milliseconds";
const NUMBER: &str = "a whole number above 0";

/// The allowed values of the driver's options, in lower case.
const ALLOWED: [(&str, &str); 30] = [
    ("authmechanism", "a mechanism such as SCRAM-SHA-256 or MONGODB-X509, and what that one needs"),
    ("authmechanismproperties", "pairs such as SERVICE_NAME:mongodb"),
    ("authsource", "the name of a database"),
    ("compressors", "empty: none is built in"),
    ("connecttimeoutms", MILLISECONDS),
    ("directconnection", "true or false; true needs exactly one host, and not mongodb+srv"),
    ("heartbeatfrequencyms", "500 or more"),
    ("journal", YES_NO),
    ("loadbalanced", "true or false; true needs exactly one host, no replicaSet and no directConnection"),
    ("localthresholdms", MILLISECONDS),
    ("maxadaptiveretries", NUMBER),
    ("maxconnecting", NUMBER),
    ("maxidletimems", MILLISECONDS),
    ("maxpoolsize", NUMBER),
    ("maxstalenessseconds", "90 or more, with a readPreference other than primary"),
    ("minpoolsize", "a whole number, at most maxPoolSize"),
    ("readpreference", "primary, primaryPreferred, secondary, secondaryPreferred or nearest"),
    ("readpreferencetags", "pairs such as dc:ny, with a readPreference other than primary"),
    ("retryreads", YES_NO),
    ("retrywrites", YES_NO),
    ("servermonitoringmode", "auto, stream or poll"),
    ("serverselectiontimeoutms", MILLISECONDS),
    ("srvmaxhosts", "a whole number, with mongodb+srv and without replicaSet"),
    ("srvservicename", "a name, with mongodb+srv"),
    ("ssl", "true or false, as the other TLS options say"),
    ("tls", "true or false, as the other TLS options say"),
    ("tlsallowinvalidcertificates", "true or false, with TLS and without tlsInsecure"),
    ("tlsinsecure", "true or false, with TLS and without tlsAllowInvalidCertificates"),
    ("w", "majority"),
    ("waitqueuetimeoutms", MILLISECONDS),
];

/// A valid URI, as far as that is known without a connection.
#[derive(Debug)]
pub(super) struct Uri {
    pub(super) connection: ConnectionString,
    /// Warnings about it.
    pub(super) warnings: Vec<Warning>,
}

impl Uri {
    /// Parses the URI of these options.
    pub(super) fn read(options: &MongoOptions) -> Result<Self> {
        let text = options.uri.expose_secret().trim();
        let (base, query) = text.split_once('?').unwrap_or((text, ""));
        let mut warnings = Vec::new();
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let Some((name, value)) = pair.split_once('=').filter(|(name, _)| is_word(name)) else {
                return Err(unusable("has an option that is not name=value."));
            };
            if let Some((_, why)) = REFUSED.iter().find(|(other, _)| name.eq_ignore_ascii_case(other)) {
                return Err(of_option(name, why));
            }
            if let Some((_, instead)) = IGNORED.iter().find(|(other, _)| name.eq_ignore_ascii_case(other)) {
                let message = format!("The option {name} of MONGO_URI has no effect here.{instead}");
                warnings.push(Warning::new(WarningCode::UriOption, message));
                continue;
            }
            let is_tags = name.eq_ignore_ascii_case("readPreferenceTags");
            if !is_tags && pairs.iter().any(|(other, _)| name.eq_ignore_ascii_case(other)) {
                return Err(of_option(name, "is given twice."));
            }
            pairs.push((name, value));
        }
        let connection = parse(base, &pairs).map_err(|()| complaint(base, &pairs))?;
        check_numbers(&connection)?;
        check_files(&connection)?;
        warnings.extend(insecure(&connection));
        warnings.extend(other_database(&connection, options.database.as_str()));
        Ok(Self { connection, warnings })
    }
}

fn parse(base: &str, pairs: &[(&str, &str)]) -> std::result::Result<ConnectionString, ()> {
    let options: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    // Options follow a slash.
    let slash = if base.split_once("://").is_some_and(|(_, rest)| !rest.contains('/')) { "/" } else { "" };
    ConnectionString::parse(format!("{base}{slash}?{}", options.join("&"))).map_err(|_| ())
}

fn is_word(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric())
}

fn unusable(why: &str) -> Error {
    Error::StoreUnusable(format!("MONGO_URI {why}"))
}

fn of_option(name: &str, why: &str) -> Error {
    Error::StoreUnusable(format!("MONGO_URI: the option {name} {why}"))
}

/// Finds the part that the driver cannot parse.
fn complaint(base: &str, pairs: &[(&str, &str)]) -> Error {
    if parse(base, &[]).is_err() {
        return complaint_of_base(base);
    }
    let without = |at: usize| {
        let mut rest = pairs.to_vec();
        rest.remove(at);
        rest
    };
    // The option without which the URI is valid; of several invalid ones, the first that fails together with those
    // before it.
    let wrong = (0..pairs.len())
        .find(|at| parse(base, &without(*at)).is_ok())
        .or_else(|| (1..=pairs.len()).find(|end| parse(base, &pairs[..*end]).is_err()).map(|end| end - 1));
    match wrong.and_then(|at| pairs.get(at)) {
        Some((name, _)) => match ALLOWED.iter().find(|(known, _)| name.eq_ignore_ascii_case(known)) {
            Some((_, allowed)) => of_option(name, &format!("cannot have this value. Allowed: {allowed}.")),
            None => of_option(name, "is unknown or cannot be used here."),
        },
        None => unusable("has options that cannot be used together."),
    }
}

/// What is wrong before the options.
fn complaint_of_base(base: &str) -> Error {
    const FORM: &str = "The form is mongodb://user:password@host:27017/.";
    const ENCODE: &str = "Write such characters as %40 (@), %3A (:), %2F (/), %3F (?), %23 (#), %25 (%).";
    let Some((scheme @ ("mongodb" | "mongodb+srv"), rest)) = base.split_once("://") else {
        return unusable(&format!("does not begin with mongodb:// or mongodb+srv://. {FORM}"));
    };
    let (user, hosts) = rest.rsplit_once('@').map_or((None, rest), |(user, hosts)| (Some(user), hosts));
    let host = hosts.split_once('/').map_or(hosts, |(host, _)| host);
    if user.is_some() && parse(&format!("{scheme}://{hosts}"), &[]).is_ok() {
        return unusable(&format!(
            "has a character in the user name or the password that needs to be percent-encoded. {ENCODE}"
        ));
    }
    if parse(&format!("{scheme}://{host}"), &[]).is_ok() {
        return unusable("has an invalid database name after the host.");
    }
    if scheme == "mongodb+srv" {
        return unusable("with mongodb+srv:// needs exactly one host name and no port.");
    }
    unusable(&format!(
        "has no valid list of hosts: host:port, separated by commas. {FORM} If the password has special \
         characters: {ENCODE}"
    ))
}

/// Checks that the driver only makes when it connects.
fn check_numbers(uri: &ConnectionString) -> Result<()> {
    let hosts = if let HostInfo::HostIdentifiers(hosts) = &uri.host_info { hosts.len() } else { 1 };
    let (direct, balanced) = (uri.direct_connection == Some(true), uri.load_balanced == Some(true));
    let too_often = uri.heartbeat_frequency.is_some_and(|every| every.as_millis() < 500);
    let too_many = matches!((uri.min_pool_size, uri.max_pool_size), (Some(min), Some(max)) if min > max);
    let wrong = [
        ("maxPoolSize", uri.max_pool_size == Some(0)),
        ("maxConnecting", uri.max_connecting == Some(0)),
        ("minPoolSize", too_many),
        ("heartbeatFrequencyMS", too_often),
        ("directConnection", direct && hosts > 1),
        ("loadBalanced", balanced && (hosts > 1 || direct || uri.replica_set.is_some())),
    ];
    let Some((name, _)) = wrong.into_iter().find(|(_, is_wrong)| *is_wrong) else {
        return Ok(());
    };
    let allowed =
        ALLOWED.iter().find(|(known, _)| name.eq_ignore_ascii_case(known)).map_or("", |known| known.1);
    Err(of_option(name, &format!("cannot have this value. Allowed: {allowed}.")))
}

/// TLS files that do not exist or have other content.
fn check_files(uri: &ConnectionString) -> Result<()> {
    let Some(Tls::Enabled(tls)) = &uri.tls else {
        return Ok(());
    };
    for (name, path, holds) in [
        ("tlsCAFile", &tls.ca_file_path, "certificate"),
        ("tlsCertificateKeyFile", &tls.cert_key_file_path, "private key"),
    ] {
        if let Some(path) = path {
            check_pem(path, holds).map_err(|why| of_option(name, &why))?;
        }
    }
    Ok(())
}

fn check_pem(path: &Path, holds: &str) -> std::result::Result<(), String> {
    let unreadable = |error: std::io::Error| format!("names a file that cannot be read: {error}.");
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err("names a path that is not a file.".to_owned());
    }
    let text = fs::read(path).map_err(unreadable)?;
    // "-----BEGIN RSA PRIVATE KEY-----" and others.
    if String::from_utf8_lossy(&text).contains(&format!("{}-----", holds.to_uppercase())) {
        return Ok(());
    }
    Err(format!("names a file that has no {holds} in PEM form."))
}

/// Connections on which others can read, or impersonate the server.
fn insecure(uri: &ConnectionString) -> Vec<Warning> {
    let mut warnings = Vec::new();
    match &uri.tls {
        Some(Tls::Enabled(tls)) if tls.allow_invalid_certificates == Some(true) => {
            let option =
                if uri.tls_insecure() == Some(true) { "tlsInsecure" } else { "tlsAllowInvalidCertificates" };
            warnings.push(Warning::new(
                WarningCode::TlsInsecure,
                format!(
                    "MONGO_URI has {option}=true: anyone on the network can impersonate the server. Set tlsCAFile \
                     instead."
                ),
            ));
        }
        Some(Tls::Enabled(_)) => {}
        Some(_) | None => {
            let exposed = hosts_of(uri).into_iter().find(|host| !is_local(host));
            warnings.extend(exposed.map(|host| {
                let message =
                    format!("The connection to {host} is not encrypted; add tls=true to MONGO_URI.");
                Warning::new(WarningCode::NotEncrypted, message)
            }));
        }
    }
    warnings
}

/// The database in the path only decides where the user is looked up.
fn other_database(uri: &ConnectionString, ours: &str) -> Option<Warning> {
    let named = uri.default_database.as_deref()?;
    // The usual way to name the user's database; no store can be there.
    if named == ours || named == "admin" {
        return None;
    }
    Some(Warning::new(
        WarningCode::UriDatabase,
        format!(
            "MONGO_URI names the database {named:?}, which is not used: MASTER_DB is {ours:?}. Set MASTER_DB."
        ),
    ))
}

/// Hosts and ports, or the one name of a DNS record.
pub(super) fn hosts_of(uri: &ConnectionString) -> Vec<String> {
    match &uri.host_info {
        HostInfo::HostIdentifiers(hosts) => hosts.iter().map(ServerAddress::to_string).collect(),
        HostInfo::DnsRecord(name) => vec![name.clone()],
        _ => Vec::new(),
    }
}

/// Whether a host is this machine: a loopback name or address, or a socket file.
fn is_local(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let address = name.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    name == "localhost" || name.starts_with('/') || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests;
