//! Why no server can be used, from the driver's monitors: a message for each cause, and whether it is certain enough
//! to stop waiting.

use super::record::get_number;
use mongodb::bson::Document;
use mongodb::error::{Error as DriverError, ErrorKind};
use mongodb::event::EventHandler;
use mongodb::event::sdam::SdamEvent;
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// Why a host cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Cause {
    /// It may be reachable later; `is_sure` if waiting a few seconds cannot help.
    Away { why: &'static str, is_sure: bool },
    /// It answers, and only a person can change the answer.
    Wrong(String),
}

/// The observation of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Seen {
    Answer { set: Option<String>, wire_version: i64 },
    Nothing(Cause),
}

/// The monitors' observations of each host since the last `forget`.
#[derive(Debug)]
pub(super) struct Reach {
    /// The hosts of the URI, as the driver writes them.
    hosts: Vec<String>,
    /// `replicaSet` of the URI.
    set: Option<String>,
    has_tls: bool,
    /// Whether any host ever answered: then the connection itself works.
    has_answered: AtomicBool,
    seen: Mutex<BTreeMap<String, Seen>>,
    changed: Notify,
}

impl Reach {
    pub(super) fn new(hosts: Vec<String>, set: Option<String>, has_tls: bool) -> Arc<Self> {
        let (has_answered, seen, changed) = (AtomicBool::new(false), Mutex::default(), Notify::new());
        Arc::new(Self { hosts, set, has_tls, has_answered, seen, changed })
    }

    /// The event handler for the monitors.
    pub(super) fn listener(self: &Arc<Self>) -> EventHandler<SdamEvent> {
        let this = Arc::clone(self);
        EventHandler::callback(move |event| {
            #[expect(clippy::wildcard_enum_match_arm, reason = "a foreign enum that may grow")]
            let (host, seen) = match event {
                SdamEvent::ServerHeartbeatSucceeded(event) => {
                    this.has_answered.store(true, Ordering::Relaxed);
                    (event.server_address, answer_of(&event.reply))
                }
                SdamEvent::ServerHeartbeatFailed(event) => {
                    (event.server_address, Seen::Nothing(cause_of(&event.failure, this.closed())))
                }
                _ => return,
            };
            this.lock().insert(host.to_string(), seen);
            this.changed.notify_waiters();
        })
    }

    /// The meaning of a closed connection.
    fn closed(&self) -> Cause {
        match (self.has_answered.load(Ordering::Relaxed), self.has_tls) {
            (true, _) => away("it closed the connection", false),
            (false, true) => {
                away("it closed the connection during the TLS handshake; check tls in MONGO_URI", true)
            }
            (false, false) => {
                away("it closed the connection; if it needs TLS, add tls=true to MONGO_URI", false)
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Earlier observations say nothing about a new attempt.
    pub(super) fn forget(&self) {
        self.lock().clear();
    }

    /// Returns when no host can be used and waiting does not help.
    pub(super) async fn is_hopeless(&self) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // From here on no change is missed.
            changed.as_mut().enable();
            if self.is_sure() {
                return;
            }
            changed.await;
        }
    }

    fn is_sure(&self) -> bool {
        let seen = self.lock();
        !self.hosts.is_empty()
            && self.hosts.iter().all(|host| match seen.get(host) {
                Some(Seen::Nothing(Cause::Away { is_sure, .. })) => *is_sure,
                Some(Seen::Nothing(Cause::Wrong(_))) => true,
                Some(Seen::Answer { set, .. }) => self.set.is_some() && *set != self.set,
                None => false,
            })
    }

    /// What a person has to change, in a sentence: every host answers, and none can be used.
    pub(super) fn fault(&self) -> Option<String> {
        let seen = self.lock();
        let mut faults = Vec::new();
        for host in &self.hosts {
            match (seen.get(host)?, &self.set) {
                (Seen::Nothing(Cause::Wrong(why)), _) => faults.push(format!("{host} {why}")),
                (Seen::Answer { set, .. }, Some(asked)) if set.as_ref() != Some(asked) => {
                    let is = match set {
                        Some(set) => {
                            format!("belongs to the replica set {set:?}. Correct replicaSet in MONGO_URI.")
                        }
                        None => "belongs to no replica set. Remove replicaSet from MONGO_URI.".to_owned(),
                    };
                    faults.push(format!("MONGO_URI asks for the replica set {asked:?}, and {host} {is}"));
                }
                (Seen::Answer { .. } | Seen::Nothing(Cause::Away { .. }), _) => return None,
            }
        }
        faults.into_iter().next()
    }

    /// The oldest release among the hosts that answered.
    pub(super) fn oldest_release(&self) -> Option<&'static str> {
        let version = |seen: &Seen| match seen {
            Seen::Answer { wire_version, .. } => Some(*wire_version),
            Seen::Nothing(_) => None,
        };
        self.lock().values().filter_map(version).min().map(release_of)
    }

    /// Why no host answers, for the parentheses after the hosts.
    pub(super) fn reason(&self) -> Option<String> {
        let seen = self.lock();
        let why = |seen: &Seen| match seen {
            Seen::Answer { .. } => "no primary".to_owned(),
            Seen::Nothing(Cause::Away { why, .. }) => (*why).to_owned(),
            Seen::Nothing(Cause::Wrong(why)) => why.clone(),
        };
        let all: Vec<(&String, String)> = seen.iter().map(|(host, seen)| (host, why(seen))).collect();
        let (_, first) = all.first()?;
        if all.iter().all(|(_, why)| why == first) {
            return Some(first.clone());
        }
        Some(all.iter().map(|(host, why)| format!("{host}: {why}")).collect::<Vec<_>>().join("; "))
    }
}

fn answer_of(reply: &Document) -> Seen {
    let set = reply.get_str("setName").ok().map(str::to_owned);
    Seen::Answer { set, wire_version: get_number(reply, "maxWireVersion") }
}

fn away(why: &'static str, is_sure: bool) -> Cause {
    Cause::Away { why, is_sure }
}

fn cause_of(error: &DriverError, closed: Cause) -> Cause {
    #[expect(clippy::wildcard_enum_match_arm, reason = "a foreign enum that may grow")]
    match &*error.kind {
        ErrorKind::Io(error) => cause_of_io(error, closed),
        ErrorKind::DnsResolve { .. } => away("unknown host name", true),
        ErrorKind::InvalidTlsConfig { .. } => {
            Cause::Wrong("cannot be reached with the TLS options of MONGO_URI. Check tlsCAFile.".to_owned())
        }
        ErrorKind::InvalidResponse { .. } | ErrorKind::Bson(_) | ErrorKind::BsonDeserialization(_) => {
            Cause::Wrong("is not a MongoDB server: it speaks another protocol.".to_owned())
        }
        _ => away("no usable answer", false),
    }
}

fn cause_of_io(error: &io::Error, closed: Cause) -> Cause {
    use io::ErrorKind as Kind;
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return cause_of_tls(error);
    }
    #[expect(clippy::wildcard_enum_match_arm, reason = "a foreign enum that may grow")]
    match error.kind() {
        Kind::ConnectionRefused => away("connection refused", true),
        Kind::HostUnreachable => away("host unreachable", true),
        Kind::NetworkUnreachable => away("network unreachable", true),
        Kind::NotFound => away("no such socket", true),
        Kind::PermissionDenied => away("permission denied", true),
        Kind::TimedOut => away("no answer in time", false),
        Kind::UnexpectedEof | Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe => closed,
        Kind::InvalidData | Kind::InvalidInput => away("no usable answer", false),
        // A failed name lookup has no error number and no kind of its own.
        _ if error.raw_os_error().is_none() => away("unknown host name", true),
        _ => away("no connection", false),
    }
}

fn cause_of_tls(error: &rustls::Error) -> Cause {
    use rustls::CertificateError as Bad;
    #[expect(clippy::wildcard_enum_match_arm, reason = "a foreign enum that may grow")]
    let why = match error {
        rustls::Error::InvalidCertificate(certificate) => match certificate {
            Bad::Expired | Bad::ExpiredContext { .. } => "has a certificate that has expired.",
            Bad::NotValidYet | Bad::NotValidYetContext { .. } => {
                "has a certificate that is not valid yet. Check this machine's clock."
            }
            Bad::Revoked => "has a certificate that was revoked.",
            Bad::UnknownIssuer => {
                "has a certificate of an unknown authority. Set tlsCAFile to that authority's certificate."
            }
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => {
                "has a certificate for another name. Use the name in it in MONGO_URI."
            }
            _ => {
                "has a certificate that was refused. It must be the server's own, signed by the authority in tlsCAFile."
            }
        },
        rustls::Error::InvalidMessage(_) | rustls::Error::InappropriateMessage { .. } => {
            "does not speak TLS. Remove tls from MONGO_URI, or connect to the port that does."
        }
        rustls::Error::AlertReceived(_) => {
            "refuses the TLS handshake. If it asks for a client certificate, set tlsCertificateKeyFile."
        }
        _ => "and tenantry support no common TLS version or cipher.",
    };
    Cause::Wrong(why.to_owned())
}

/// The release that a wire version belongs to.
pub(super) fn release_of(wire_version: i64) -> &'static str {
    match wire_version {
        ..6 => "3.4 or older",
        6 => "3.6",
        7 => "4.0",
        8 => "4.2",
        9..13 => "4.4",
        13..17 => "5.0",
        17..21 => "6.0",
        21..25 => "7.0",
        25.. => "8.0 or later",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(set: Option<&str>, seen: &[(&str, Seen)]) -> Arc<Reach> {
        let hosts = ["a:1", "b:2"].map(str::to_owned).to_vec();
        let reach = Reach::new(hosts, set.map(str::to_owned), false);
        reach.lock().extend(seen.iter().map(|(host, seen)| ((*host).to_owned(), seen.clone())));
        reach
    }

    fn io(kind: io::ErrorKind) -> Seen {
        Seen::Nothing(cause_of_io(&kind.into(), away("closed", false)))
    }

    #[test]
    fn waiting_is_hopeless_only_if_no_host_is_usable() {
        use io::ErrorKind::{ConnectionRefused, TimedOut};
        let answer = |set: Option<&str>| Seen::Answer { set: set.map(str::to_owned), wire_version: 21 };
        for (set, a, b, is_sure) in [
            (None, io(ConnectionRefused), io(ConnectionRefused), true),
            (None, io(ConnectionRefused), io(TimedOut), false),
            (None, io(ConnectionRefused), answer(None), false),
            (Some("rs0"), io(ConnectionRefused), answer(Some("rs0")), false),
            (Some("rs0"), io(ConnectionRefused), answer(Some("rs1")), true),
            (Some("rs0"), answer(None), answer(None), true),
        ] {
            let reach = reach(set, &[("a:1", a.clone()), ("b:2", b.clone())]);
            assert_eq!(reach.is_sure(), is_sure, "{set:?} {a:?} {b:?}");
        }
        assert!(!reach(None, &[("a:1", io(ConnectionRefused))]).is_sure(), "nothing is known of b");
    }

    #[test]
    fn common_cause_is_reported_once_and_others_per_host() {
        use io::ErrorKind::{ConnectionRefused, TimedOut};
        let same = reach(None, &[("a:1", io(ConnectionRefused)), ("b:2", io(ConnectionRefused))]);
        assert_eq!(same.reason().unwrap(), "connection refused");
        let other = reach(None, &[("a:1", io(ConnectionRefused)), ("b:2", io(TimedOut))]);
        assert_eq!(other.reason().unwrap(), "a:1: connection refused; b:2: no answer in time");
        assert_eq!(other.fault(), None);
    }

    #[test]
    fn wrong_replica_set_is_reported_with_the_right_one() {
        let answer = Seen::Answer { set: Some("rs1".to_owned()), wire_version: 21 };
        let fault = reach(Some("rs0"), &[("a:1", answer.clone()), ("b:2", answer)]).fault().unwrap();
        assert!(fault.contains("rs0") && fault.contains("rs1"), "{fault}");
    }
}
