//! A command that comes through the proxy, and what happens to it.

use mongodb::bson::Document;
use std::time::Duration;

/// What happens to a command.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// It goes its way.
    Pass,
    /// It is answered with an error of this code and never reaches the server.
    Refuse(i32),
    /// It is answered with this document and never reaches the server.
    Answer(Document),
    /// The connection is closed before the server sees the command.
    Cut,
    /// The server does it; its answer is changed by this before it comes through.
    Alter(fn(&mut Document)),
    /// The server does it; the connection is closed before the answer comes through.
    DropReply,
    /// The server does it; no answer comes back, and the connection stays open.
    Silence,
    /// The server does it; instead of answering, the proxy closes its side of the connection and keeps reading.
    HalfClose,
    /// The server does it twice, like one that lost its record of the first time; the second answer comes through.
    Twice,
    /// It waits until [`Proxy::release`], then goes its way.
    Hold,
    /// It waits this long, then goes its way.
    Delay(Duration),
}

/// A counted command.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// The command: `insert`, `renameCollection`, ...
    pub(crate) command: String,
    /// The collection it is about, if it is about one.
    pub(crate) target: String,
    /// Its number among the counted commands since the last [`Proxy::reset`], from 1.
    pub(crate) number: usize,
    /// Its number among the commands of its name, from 1.
    pub(crate) occurrence: usize,
    /// Its fields.
    pub(crate) body: Document,
}

impl Call {
    /// Whether it only reads: a process that ends before, at or after it leaves the same state.
    pub(crate) fn is_read(&self) -> bool {
        ["find", "listCollections", "listIndexes", "aggregate", "getMore"].contains(&&*self.command)
    }

    /// Command and collection, with the ids of names aside and the names of organizations left out.
    pub(crate) fn label(&self) -> String {
        let target = match &self.target {
            aside if aside.starts_with("tenantry_new_") => "new_",
            aside if aside.starts_with("tenantry_trash_") => "trash_",
            aside if aside.starts_with("tenantry_purge_") => "purge_",
            aside if aside.starts_with("tenantry_probe_") => "probe_",
            organization if organization.starts_with("org_") => "org_",
            other => other,
        };
        format!("{} {target}", self.command).trim().to_owned()
    }
}
