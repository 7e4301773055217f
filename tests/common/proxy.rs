//! A proxy between the driver and a MongoDB server: counts commands, and breaks the requested one.
//!
//! It reads `OP_MSG` frames, whose first key names the command. The driver's own traffic (its `hello`, `ping`, ends of
//! sessions) passes uncounted. Compressed frames are not read: leave compression off.

mod call;
mod frames;
mod through;
mod uuids;

pub(crate) use call::{Act, Call};

use mongodb::bson::{Bson, Document};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::AbortHandle;

type Rule = Box<dyn FnMut(&Call) -> Act + Send>;

struct State {
    rule: Rule,
    calls: Vec<Call>,
    /// The labels of commands that were under way at the same time.
    steps: Vec<Vec<String>>,
    under_way: usize,
    occurrences: HashMap<String, usize>,
    /// How many commands each step has; none: nothing is waited for.
    widths: Vec<usize>,
    checks_uuids: bool,
    refusing: bool,
    connections: Vec<AbortHandle>,
    listening: Option<AbortHandle>,
    /// How often it was reset.
    round: usize,
}

struct Shared {
    state: Mutex<State>,
    server: String,
    /// Held since the last reset.
    held: watch::Sender<usize>,
    /// Held at all.
    waiting: watch::Sender<usize>,
    /// What was held in a round below this one goes its way: a reset takes back no release.
    released: watch::Sender<usize>,
}

/// A running proxy; it ends with its last clone and the runtime it was started in.
#[derive(Clone)]
pub(crate) struct Proxy {
    shared: Arc<Shared>,
    uri: String,
}

impl Proxy {
    /// Starts a proxy in front of the first host of a URI.
    pub(crate) async fn start(server_uri: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().to_string();
        let (scheme, rest) = server_uri.split_once("://").unwrap();
        let (authority, options) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, hosts) = authority.rsplit_once('@').map_or(("", authority), |(user, hosts)| (user, hosts));
        let at = if user.is_empty() { "" } else { "@" };
        let uri = format!("{scheme}://{user}{at}{own}/{options}");
        let state = State {
            rule: Box::new(|_| Act::Pass),
            calls: Vec::new(),
            steps: Vec::new(),
            under_way: 0,
            occurrences: HashMap::new(),
            widths: Vec::new(),
            checks_uuids: false,
            refusing: false,
            connections: Vec::new(),
            listening: None,
            round: 0,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            server: hosts.split(',').next().unwrap().to_owned(),
            held: watch::Sender::new(0),
            waiting: watch::Sender::new(0),
            released: watch::Sender::new(0),
        });
        let listening = tokio::spawn(accept(listener, Arc::clone(&shared)));
        shared.lock().listening = Some(listening.abort_handle());
        Self { shared, uri }
    }

    /// The URI that leads through the proxy.
    pub(crate) fn uri(&self) -> &str {
        &self.uri
    }

    /// Decides about every counted command from now on.
    pub(crate) fn rule(&self, rule: impl FnMut(&Call) -> Act + Send + 'static) {
        self.shared.lock().rule = Box::new(rule);
    }

    /// The n-th counted command from now on (from 1) gets this; counting restarts.
    pub(crate) fn at(&self, number: usize, act: Act) {
        self.reset();
        self.rule(move |call| if call.number == number { act.clone() } else { Act::Pass });
    }

    /// Like [`Proxy::at`], but only counts commands that write.
    pub(crate) fn at_write(&self, number: usize, act: Act) {
        self.reset();
        let mut writes = 0;
        self.rule(move |call| {
            writes += usize::from(!call.is_read());
            if !call.is_read() && writes == number { act.clone() } else { Act::Pass }
        });
    }

    /// Like [`Proxy::at`], and from then on nothing comes through: the process is gone.
    pub(crate) fn gone_at(&self, number: usize, act: Act) {
        self.reset();
        self.rule(move |call| match call.number.cmp(&number) {
            Ordering::Less => Act::Pass,
            Ordering::Equal => act.clone(),
            Ordering::Greater => Act::Cut,
        });
    }

    /// The n-th command of a name gets this; counting restarts.
    pub(crate) fn on(&self, command: &'static str, occurrence: usize, act: Act) {
        self.reset();
        self.rule(move |call| {
            if call.command == command && call.occurrence == occurrence { act.clone() } else { Act::Pass }
        });
    }

    /// The first command of a name gets this, and from then on nothing comes through; counting restarts.
    pub(crate) fn from(&self, command: &'static str, act: Act) {
        self.reset();
        let mut is_past = false;
        self.rule(move |call| {
            let meets = if is_past { Act::Cut } else { act.clone() };
            is_past |= call.command == command;
            if is_past { meets } else { Act::Pass }
        });
    }

    /// Resets the counts and lets everything pass.
    pub(crate) fn reset(&self) {
        let mut state = self.shared.lock();
        state.rule = Box::new(|_| Act::Pass);
        state.calls.clear();
        state.steps.clear();
        state.occurrences.clear();
        state.round += 1;
        self.shared.held.send_replace(0);
    }

    /// The counted commands.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.shared.lock().calls.clone()
    }

    /// How much was counted.
    pub(crate) fn count(&self) -> usize {
        self.shared.lock().calls.len()
    }

    /// How many of them write.
    pub(crate) fn writes(&self) -> usize {
        self.shared.lock().calls.iter().filter(|call| !call.is_read()).count()
    }

    /// The counted commands as consecutive steps: commands that ran at the same time are one sorted step. Requires
    /// [`Proxy::await_steps`], or the first of two may end before the second begins.
    pub(crate) fn steps(&self) -> Vec<Vec<String>> {
        let mut steps = self.shared.lock().steps.clone();
        for step in &mut steps {
            step.sort();
        }
        steps
    }

    /// From now on the answers of a step wait until that many commands of it arrived or had enough time to arrive, and
    /// a moment longer for an unexpected one.
    pub(crate) fn await_steps(&self, widths: impl IntoIterator<Item = usize>) {
        self.shared.lock().widths = widths.into_iter().collect();
    }

    /// Refuses a command about another collection than the one whose UUID it carries, as MongoDB does and the test
    /// server does not.
    pub(crate) fn check_uuids(&self, checks: bool) {
        self.shared.lock().checks_uuids = checks;
    }

    /// Waits until a command is held.
    pub(crate) async fn held(&self) {
        self.shared.held.subscribe().wait_for(|held| *held > 0).await.unwrap();
    }

    /// Lets held commands go.
    pub(crate) fn release(&self) {
        let round = self.shared.lock().round;
        self.shared.released.send_replace(round + 1);
    }

    /// Lets held commands go, and waits until they and all that followed have arrived.
    pub(crate) async fn release_and_settle(&self) {
        self.release();
        while self.is_holding() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        self.quiet().await;
    }

    /// Waits until no command is under way but those that are held.
    pub(crate) async fn quiet(&self) {
        while !self.is_quiet() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Waits until this many commands were counted and none is running.
    pub(crate) async fn past(&self, number: usize) {
        while self.count() < number || !self.is_quiet() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Waits until every connection is over: what a killed client sent before its end has arrived.
    pub(crate) async fn alone(&self) {
        while !self.shared.lock().connections.iter().all(AbortHandle::is_finished) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    fn is_quiet(&self) -> bool {
        // Whatever is held is under way as well.
        let held = *self.shared.waiting.borrow();
        let state = self.shared.lock();
        state.refusing || state.under_way <= held
    }

    /// Whether a command is held, also one from before the last [`Proxy::reset`].
    pub(crate) fn is_holding(&self) -> bool {
        *self.shared.waiting.borrow() > 0
    }

    /// Cuts every connection and refuses new ones, like a server that is gone.
    pub(crate) fn down(&self) {
        let mut state = self.shared.lock();
        state.refusing = true;
        state.connections.drain(..).for_each(|connection| connection.abort());
        state.under_way = 0;
        self.shared.waiting.send_replace(0);
    }

    /// Is gone for good.
    pub(crate) fn close(&self) {
        self.down();
        if let Some(listening) = self.shared.lock().listening.take() {
            listening.abort();
        }
    }

    /// Takes connections again.
    pub(crate) fn up(&self) {
        self.shared.lock().refusing = false;
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a command and says what happens to it.
    fn meet(&self, body: Document) -> Act {
        let mut state = self.lock();
        let (command, target) = match body.iter().next() {
            Some((command, Bson::String(target))) => (command.clone(), target.clone()),
            Some((command, _)) => (command.clone(), String::new()),
            None => return Act::Pass,
        };
        let target = if command == "renameCollection" { String::new() } else { target };
        let seen = state.occurrences.entry(command.clone()).or_default();
        *seen += 1;
        let occurrence = *seen;
        let call = Call { command, target, number: state.calls.len() + 1, occurrence, body };
        if state.under_way == 0 || state.steps.is_empty() {
            state.steps.push(Vec::new());
        }
        state.under_way += 1;
        let label = call.label();
        state.steps.last_mut().unwrap().push(label);
        let act = (state.rule)(&call);
        state.calls.push(call);
        act
    }

    /// Waits until the step that is under way has all its commands, as [`Proxy::await_steps`] says.
    async fn step_is_whole(&self) {
        const TIME_ENOUGH: usize = 2_000;
        const MOMENT: Duration = Duration::from_millis(20);
        let is_whole = || {
            let state = self.lock();
            let width = state.steps.len().checked_sub(1).and_then(|step| state.widths.get(step));
            width.is_none_or(|width| state.steps.last().is_some_and(|step| step.len() >= *width))
        };
        if self.lock().widths.is_empty() {
            return;
        }
        for _ in 0..TIME_ENOUGH {
            if is_whole() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(MOMENT).await;
    }

    fn done(&self) {
        let mut state = self.lock();
        state.under_way = state.under_way.saturating_sub(1);
    }

    async fn hold(&self) {
        let round = {
            let state = self.lock();
            self.held.send_modify(|held| *held += 1);
            state.round
        };
        self.waiting.send_modify(|waiting| *waiting += 1);
        let _ = self.released.subscribe().wait_for(|released| *released > round).await;
        self.waiting.send_modify(|waiting| *waiting = waiting.saturating_sub(1));
        let state = self.lock();
        if state.round == round {
            self.held.send_modify(|held| *held = held.saturating_sub(1));
        }
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        let mut state = shared.lock();
        if !state.refusing {
            let task = tokio::spawn(through::serve(client, Arc::clone(&shared)));
            state.connections.push(task.abort_handle());
        }
    }
}
