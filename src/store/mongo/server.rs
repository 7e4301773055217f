//! The server: its version and role, its clock, and whether it checks collection UUIDs.

use super::connection::{CONTROL, Connection};
use super::failure::{
    Failure, NAMESPACE_NOT_FOUND, UUID_MISMATCH, code_of, judge, name_in, passes_by_itself, refusal_in_words,
};
use super::reach::release_of;
use super::record::binary;
use crate::port::{Error, Result};
use futures_util::TryStreamExt;
use jiff::Timestamp;
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::{ReadPreference, SelectionCriteria};
use uuid::Uuid;

/// The wire version of MongoDB 6.0, the oldest that checks the UUID of a collection in a rename or a drop.
const OLDEST_WIRE_VERSION: i64 = 17;

/// The server's answer to `hello`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hello {
    /// Whether it is a router of a cluster: its commands may continue after their time limit.
    pub(super) is_router: bool,
    /// Whether it has transactions: a member of a replica set, or a router.
    pub(super) has_transactions: bool,
}

/// Whether a server checks `collectionUUID`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Probe {
    /// As MongoDB 6.0 and later do.
    Checks,
    /// It accepts the field and ignores it, or does not know it.
    Ignores,
}

impl Connection {
    /// Refuses a server that is too old, not writable, or does not report its time. Asked once.
    pub(super) async fn hello(&self) -> Result<Hello> {
        self.hello
            .get_or_try_init(|| async {
                self.reach.forget();
                let answer = tokio::select! {
                    answer = say_hello(self) => answer.map_err(|failure| failure.into_error(self))?,
                    () = self.reach.is_hopeless(), if !self.waits_in_hope => return Err(self.no_server()),
                    () = tokio::time::sleep(self.first_patience) => return Err(self.no_server()),
                };
                judge_hello(self, &answer)
            })
            .await
            .copied()
    }

    /// The server's time.
    pub(super) async fn server_time(&self) -> std::result::Result<Timestamp, Failure> {
        let answer = say_hello(self).await?;
        time_of(&answer).ok_or_else(|| Failure::Rule(no_time(self)))
    }

    /// Whether the server checks UUIDs; asked once, with a drop of a collection that does not exist.
    ///
    /// # Errors
    /// [`Error::StoreUnusable`] when it refuses such a drop.
    pub(super) async fn probe(&self) -> Result<Probe> {
        self.probe
            .get_or_try_init(|| async {
                let name = format!("tenantry_probe_{}", Uuid::new_v4().simple());
                let drop = doc! {"drop": name, "collectionUUID": binary(Uuid::new_v4())};
                match self.database.run_command(drop).await {
                    Ok(_) => Ok(Probe::Ignores),
                    Err(error) => match code_of(&error) {
                        Some(UUID_MISMATCH) => Ok(Probe::Checks),
                        Some(NAMESPACE_NOT_FOUND) => Ok(Probe::Ignores),
                        Some(code) if !passes_by_itself(&error) => Err(refused_probe(self, code, &error)),
                        _ => Err(judge(error).into_error(self)),
                    },
                }
            })
            .await
            .copied()
    }

    /// Whether the probe found that the server checks UUIDs.
    pub(super) fn checks_uuids(&self) -> bool {
        self.probe.get() == Some(&Probe::Checks)
    }

    /// Whether the server is a router, if it was asked.
    pub(super) fn is_router(&self) -> bool {
        self.hello.get().is_some_and(|hello| hello.is_router)
    }

    /// What this server or the layout of its data cannot promise.
    pub(super) async fn warnings(&self) -> Result<Vec<String>> {
        let mut warnings = match self.probe().await? {
            Probe::Checks => Vec::new(),
            Probe::Ignores => vec![format!(
                "{} does not check the UUIDs of collections: a command that arrives late may move another \
                 organization's collection aside until the doctor puts it back. No document is lost by that. MongoDB \
                 6.0 and later checks them.",
                self.place.host
            )],
        };
        if self.hello().await?.is_router {
            let sharded = self.sharded_control().await?;
            if !sharded.is_empty() {
                warnings.push(format!(
                    "The database {} has sharded control collections: {}. Tenantry needs them unsharded, on the \
                     primary shard of the database: a record and the catalogue are read together.",
                    self.database.name(),
                    sharded.join(", ")
                ));
            }
        }
        Ok(warnings)
    }

    /// The control collections on more than one shard: each shard answers with its own document.
    async fn sharded_control(&self) -> Result<Vec<&'static str>> {
        let mut sharded = Vec::new();
        for name in CONTROL {
            let shards = async {
                let stats = [doc! {"$collStats": {"count": {}}}];
                let answers = self.database.collection::<Document>(name).aggregate(stats).await?;
                answers.try_collect::<Vec<Document>>().await
            };
            match shards.await {
                Ok(answers) if answers.len() > 1 => sharded.push(name),
                Ok(_) => {}
                Err(error) if code_of(&error) == Some(NAMESPACE_NOT_FOUND) => {}
                Err(error) => return Err(self.of_read(&error)),
            }
        }
        Ok(sharded)
    }
}

async fn say_hello(connection: &Connection) -> std::result::Result<Document, Failure> {
    let primary = SelectionCriteria::ReadPreference(ReadPreference::Primary);
    connection.database.run_command(doc! {"hello": 1}).selection_criteria(primary).await.map_err(judge)
}

fn judge_hello(connection: &Connection, answer: &Document) -> Result<Hello> {
    let host = &connection.place.host;
    let version = super::record::get_number(answer, "maxWireVersion");
    if version < OLDEST_WIRE_VERSION {
        return Err(Error::StoreUnusable(format!(
            "The server at {host} is MongoDB {} (wire version {version}); tenantry needs 6.0 or later.",
            release_of(version)
        )));
    }
    if !answer.get_bool("isWritablePrimary").unwrap_or(false) {
        return Err(not_writable(connection, answer));
    }
    if time_of(answer).is_none() {
        return Err(no_time(connection));
    }
    let is_router = answer.get_str("msg").is_ok_and(|kind| kind == "isdbgrid");
    Ok(Hello { is_router, has_transactions: is_router || answer.contains_key("setName") })
}

/// Not the primary: permanently if the URI asks for this server alone, temporarily during an election.
fn not_writable(connection: &Connection, answer: &Document) -> Error {
    let host = connection.place.host.clone();
    match answer.get_str("setName") {
        Ok(set) if connection.is_direct => Error::StoreUnusable(format!(
            "{host} is not the primary of the replica set {set:?}, and directConnection=true asks for it alone. Remove \
             directConnection from MONGO_URI and add replicaSet={set}."
        )),
        _ => Error::Unavailable { place: host, operation: None },
    }
}

fn no_time(connection: &Connection) -> Error {
    Error::StoreUnusable(format!(
        "The server at {} does not report its time (hello.localTime).",
        connection.place.host
    ))
}

/// A date, or milliseconds since 1970 as any number type.
fn time_of(answer: &Document) -> Option<Timestamp> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "a foreign enum that may grow")]
    let milliseconds = match answer.get("localTime")? {
        Bson::DateTime(time) => time.timestamp_millis(),
        Bson::Int64(number) => *number,
        Bson::Int32(number) => i64::from(*number),
        #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds of this century fit")]
        Bson::Double(number) if number.is_finite() => *number as i64,
        _ => return None,
    };
    Timestamp::from_millisecond(milliseconds).ok()
}

fn refused_probe(connection: &Connection, code: i32, error: &mongodb::error::Error) -> Error {
    let reason = refusal_in_words(connection, code).unwrap_or_else(|| {
        format!("{} refuses to drop a collection by its UUID ({}).", connection.place.host, name_in(error))
    });
    Error::StoreUnusable(reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mongodb::bson::DateTime;

    #[test]
    fn server_time_is_read_from_a_date_or_any_number() {
        let is = |value: Bson| time_of(&doc! {"localTime": value}).map(Timestamp::as_millisecond);
        assert_eq!(is(DateTime::from_millis(1_700_000_000_123).into()), Some(1_700_000_000_123));
        assert_eq!(is(Bson::Int64(1_700_000_000_123)), Some(1_700_000_000_123));
        assert_eq!(is(Bson::Double(1_700_000_000_123.0)), Some(1_700_000_000_123));
        assert_eq!(is(Bson::Int32(5)), Some(5));
        for other in [Bson::Null, Bson::from("now"), Bson::Double(f64::NAN)] {
            assert_eq!(is(other.clone()), None, "{other}");
        }
        assert_eq!(time_of(&doc! {}), None);
    }
}
