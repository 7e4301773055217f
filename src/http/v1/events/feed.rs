//! What one client hears.

use super::heard::Heard;
use crate::domain::{AccessToken, Epoch, OrganizationId};
use crate::http::face::{Face, called};
use crate::http::v1::problem::Problem;
use crate::service::{Changes, ChangesPosition, ChangesSince, Error};
use crate::wire::Organization;
use axum::http::StatusCode;
use axum::response::sse::Event;
use jiff::SignedDuration;
use serde::Serialize;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use uuid::Uuid;

/// The pause between two looks.
const PAUSE: Duration = Duration::from_secs(1);

/// An event on its way out.
#[derive(Debug)]
pub(super) struct Message {
    name: &'static str,
    data: String,
    id: Option<String>,
}

impl Message {
    fn new(name: &'static str, data: &impl Serialize) -> Self {
        Self { name, data: serde_json::to_string(data).unwrap_or_default(), id: None }
    }

    fn reload() -> Self {
        Self::new("reload", &Nothing {})
    }
}

impl From<Message> for Event {
    fn from(message: Message) -> Self {
        let event = Self::default().event(message.name).data(message.data);
        match message.id {
            Some(id) => event.id(id),
            None => event,
        }
    }
}

#[derive(Serialize)]
struct Nothing {}

#[derive(Serialize)]
struct Written {
    #[serde(flatten)]
    organization: Organization,
    epoch: Epoch,
}

#[derive(Serialize)]
struct Gone {
    organization_id: OrganizationId,
}

#[derive(Serialize)]
struct Entry {
    id: Uuid,
    organization_id: Option<OrganizationId>,
}

#[derive(Serialize)]
struct End<'a> {
    code: &'a str,
    detail: &'a str,
}

/// What was told: a store may answer it several times, and it is told once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Told {
    Written(OrganizationId, i64),
    Gone(OrganizationId),
    Entry(Uuid),
}

/// What one client hears.
#[derive(Debug)]
pub(super) struct Feed {
    face: Arc<Face>,
    token: AccessToken,
    ending: watch::Receiver<bool>,
    position: ChangesPosition,
    at_work: Vec<OrganizationId>,
    told: HashSet<Told>,
}

impl Feed {
    /// The feed from now on or, with what a client heard, from there on; and its first events.
    pub(super) async fn begin(
        face: Arc<Face>,
        token: AccessToken,
        from: Option<Heard>,
    ) -> Result<(Self, Vec<Message>), Problem> {
        let is_new = from.is_none();
        let (since, at_work, is_cut) = match from {
            Some(heard) => (ChangesSince::Position(heard.position), heard.at_work, heard.is_cut),
            None => (ChangesSince::Ago(SignedDuration::ZERO), Vec::new(), false),
        };
        let changes = called(face.service.changes(&token, since, &at_work)).await?;
        let (ending, told) = (face.ending.clone(), HashSet::new());
        let mut feed = Self { face, token, ending, position: changes.next, at_work, told };
        let mut first = feed.take(&changes);
        if is_new {
            // It is in what the client reads after `ready`.
            first.clear();
        } else if is_cut {
            first.push(Message::reload());
        }
        first.push(Message::new("ready", &Nothing {}));
        feed.mark(&mut first);
        Ok((feed, first))
    }

    /// The next events, once there are some; with the last ones no feed. Ready without any when all is told.
    pub(super) async fn next(mut self) -> Option<(Vec<Message>, Option<Self>)> {
        loop {
            let is_ending = async {
                // An error says that the server is gone.
                let _ = self.ending.wait_for(|is_ending| *is_ending).await;
            };
            tokio::select! {
                () = is_ending => return Some((vec![over()], None)),
                () = tokio::time::sleep(PAUSE) => {}
            }
            let since = ChangesSince::Position(self.position);
            match called(self.face.service.changes(&self.token, since, &self.at_work)).await {
                Ok(changes) => {
                    self.position = changes.next;
                    let mut events = self.take(&changes);
                    self.mark(&mut events);
                    if !events.is_empty() {
                        return Some((events, Some(self)));
                    }
                }
                Err(error) if error.ends_session() || error == Error::Forbidden => {
                    return Some((vec![ended(&Problem::from(error))], None));
                }
                // The store may answer again, and then nothing is lost.
                Err(error) => tracing::info!(code = error.code(), "what changed was not read"),
            }
        }
    }

    /// What was not told yet. The store says it again until no earlier write can become visible.
    fn take(&mut self, changes: &Changes) -> Vec<Message> {
        if changes.is_empty() {
            return Vec::new();
        }
        let (mut events, mut told) = (Vec::new(), HashSet::new());
        let mut is_new = |what: Told| told.insert(what) && !self.told.contains(&what);
        for organization in &changes.organizations {
            if is_new(Told::Written(organization.id, organization.epoch.0)) {
                let (epoch, organization) = (organization.epoch, Organization::from(&**organization));
                events.push(Message::new("organization", &Written { organization, epoch }));
            }
        }
        for id in &changes.gone {
            if is_new(Told::Gone(*id)) {
                events.push(Message::new("gone", &Gone { organization_id: *id }));
            }
        }
        for entry in &changes.entries {
            if is_new(Told::Entry(entry.id)) {
                events.push(Message::new(
                    "entry",
                    &Entry { id: entry.id, organization_id: entry.organization },
                ));
            }
        }
        if changes.is_too_much && (!events.is_empty() || changes.entries.is_empty()) {
            events.push(Message::reload());
        }
        self.told = told;
        self.follow(changes);
        events
    }

    /// Remembers which organizations have an operation.
    fn follow(&mut self, changes: &Changes) {
        for organization in &changes.organizations {
            self.at_work.retain(|id| *id != organization.id);
            if organization.state.has_operation() {
                self.at_work.push(organization.id);
            }
        }
        self.at_work.retain(|id| !changes.gone.contains(id));
    }

    /// Puts the position on the last of some events: a client that heard only the first of them hears all again.
    fn mark(&self, events: &mut [Message]) {
        if let Some(last) = events.last_mut() {
            last.id = Some(Heard::new(self.position, &self.at_work).id());
        }
    }
}

/// The server ends.
fn over() -> Message {
    ended(&Problem::new(StatusCode::SERVICE_UNAVAILABLE, "terminated", "The server is ending."))
}

fn ended(problem: &Problem) -> Message {
    let (code, detail) = problem.told();
    Message::new("end", &End { code, detail })
}
