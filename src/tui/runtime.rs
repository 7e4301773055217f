//! THE loop: draw, wait, drain, update, perform. Decides nothing.
//!
//! Generic over where events come from and over the backend, so that a test drives it with key strings.

use super::app::{Action, Model, Pressed, Signal, update};
use super::effect::{
    self, BoxedCall, CallId, CallProgress, Chore, EditOutcome, EditRequest, Effect, Leave, Outcome, Token,
};
use super::event::{Event, already_here, ending_of};
use super::frame;
use super::keys::Pasted;
use super::saving;
use crate::service::{Error, TenantService};
use color_eyre::eyre::{Result, eyre};
use futures_util::{Stream, StreamExt};
use ratatui::Terminal;
use ratatui::backend::Backend;
use ratatui::layout::Rect;
use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{AbortHandle, JoinError, JoinSet, unconstrained};

/// The place that is drawn on.
pub trait Host {
    /// What ratatui draws with.
    type Backend: Backend;
    /// The terminal.
    fn terminal(&mut self) -> &mut Terminal<Self::Backend>;
    /// Hands it to the shell for a while.
    ///
    /// # Errors
    /// The terminal cannot be left or taken again.
    fn suspend(&mut self) -> io::Result<()>;
    /// Takes it again after somebody else may have used it.
    ///
    /// # Errors
    /// The terminal cannot be taken.
    fn resume(&mut self) -> io::Result<()>;
    /// Writes bytes past what is drawn.
    ///
    /// # Errors
    /// The terminal cannot be written to.
    fn send(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Columns and rows as they are now.
    fn size(&mut self) -> (u16, u16);
    /// Hands the terminal to the user's editor and takes it again. When `ending` says that the console is to end, the
    /// editor hears that too.
    fn edit(
        &mut self,
        request: &EditRequest,
        ending: impl Future<Output = Signal> + Send,
    ) -> impl Future<Output = EditOutcome> + Send;
    /// Removes a file that an edit left.
    fn discard(&mut self, file: &Path);
}

/// Events that are taken in one go at most, so that a flood cannot keep the screen from being drawn.
const BURST: usize = 4_096;

/// What the store cannot promise, if a chore asked for that.
type Answered = Option<Result<Vec<String>, Error>>;

struct Loop {
    service: Arc<TenantService>,
    patience: Option<Duration>,
    model: Model,
    tasks: JoinSet<(CallId, Outcome)>,
    running: HashMap<CallId, Running>,
    /// Work that no screen waits for.
    chores: JoinSet<Answered>,
    /// Where calls tell how far they are; kept, so that what hears it stays open.
    reporting: UnboundedSender<(CallId, CallProgress)>,
    reports: UnboundedReceiver<(CallId, CallProgress)>,
    leave: Option<Leave>,
    /// What the editor is to be started for, before anything else happens.
    edit: Option<(CallId, EditRequest)>,
    is_gone: bool,
    #[cfg(debug_assertions)]
    panic_switch: Option<super::PanicSwitch>,
}

/// Runs the console until it is left. What changes nothing is waited for as long as `patience` says.
///
/// # Errors
/// A task panicked, or the terminal cannot be drawn on while it is there.
pub async fn run<H: Host>(
    host: &mut H,
    mut events: impl Stream<Item = Event> + Unpin + Send,
    service: Arc<TenantService>,
    (model, effects): (Model, Vec<Effect>),
    patience: Option<Duration>,
    #[cfg(debug_assertions)] panic_switch: Option<super::PanicSwitch>,
) -> Result<Leave> {
    let (reporting, reports) = unbounded_channel();
    let mut this = Loop {
        service,
        patience,
        model,
        tasks: JoinSet::new(),
        running: HashMap::new(),
        chores: JoinSet::new(),
        reporting,
        reports,
        leave: None,
        edit: None,
        is_gone: false,
        #[cfg(debug_assertions)]
        panic_switch,
    };
    this.perform(host, effects);
    loop {
        if let Some(leave) = this.leave {
            return Ok(leave);
        }
        if let Some((id, request)) = this.edit.take() {
            this.edit(host, &mut events, id, &request).await?;
            continue;
        }
        this.draw(host);
        let wake = this.wait();
        let mut happened = Vec::new();
        tokio::select! {
            biased;
            event = events.next() => match event {
                Some(event) => happened.push(Heard::Event(event)),
                None => happened.push(Heard::Event(Event::Signal(Signal::HangUp))),
            },
            Some(done) = this.tasks.join_next() => happened.push(Heard::Done(done)),
            Some(done) = this.chores.join_next() => happened.push(Heard::Chore(done)),
            Some((id, progress)) = this.reports.recv() => happened.push(Heard::Progress(id, progress)),
            () = tokio::time::sleep(wake) => {}
        }
        // Unconstrained: the runtime's budget for one task would cut a burst into several draws.
        while happened.len() < BURST
            && let Some(event) = unconstrained(already_here(&mut events)).await
        {
            happened.push(Heard::Event(event));
        }
        while let Some(done) = this.tasks.try_join_next() {
            happened.push(Heard::Done(done));
        }
        while let Ok((id, progress)) = this.reports.try_recv() {
            happened.push(Heard::Progress(id, progress));
        }
        this.take(host, happened)?;
    }
}

/// Clears the screen and forgets what was on it, so that the next draw writes all of it. Not `Terminal::clear`: that
/// asks the terminal where its cursor is, and the answer would go to the stream of events.
pub(super) fn forget_screen<B: Backend>(terminal: &mut Terminal<B>) -> Result<(), B::Error> {
    let size = terminal.size()?;
    terminal.resize(Rect::new(0, 0, size.width, size.height))
}

/// A call that runs, and how it ends early: in good order, or at once.
struct Running {
    stop: Arc<Notify>,
    task: AbortHandle,
}

enum Heard {
    Event(Event),
    Done(Result<(CallId, Outcome), JoinError>),
    Chore(Result<Answered, JoinError>),
    Progress(CallId, CallProgress),
}

impl Loop {
    fn draw<H: Host>(&mut self, host: &mut H) {
        if !self.model.is_dirty || self.is_gone {
            return;
        }
        self.model.is_dirty = false;
        let model = &self.model;
        if let Err(error) = host.terminal().draw(|frame| frame::draw(model, frame)) {
            tracing::warn!(%error, "the terminal cannot be drawn on");
            self.is_gone = true;
            let effects = update(&mut self.model, Action::Signal(Signal::HangUp));
            self.perform(host, effects);
        }
    }

    /// How long nothing is due.
    fn wait(&self) -> Duration {
        let Some(wake) = self.model.next_wake() else {
            // Nothing is due at all; a day is as good as for ever.
            return Duration::from_hours(24);
        };
        let left = wake.duration_since(self.service.now());
        Duration::try_from(left).unwrap_or(Duration::ZERO)
    }

    fn take<H: Host>(&mut self, host: &mut H, happened: Vec<Heard>) -> Result<()> {
        let now = self.service.now();
        let effects = update(&mut self.model, Action::Tick(now));
        self.perform(host, effects);
        for heard in happened {
            let action = match heard {
                // What is typed behind the key that starts the editor is nothing for the console.
                Heard::Event(Event::Key(_) | Event::Paste(_) | Event::Point(_)) if self.edit.is_some() => {
                    None
                }
                Heard::Event(Event::Continued) => {
                    self.resume(host);
                    None
                }
                Heard::Event(event) => self.action_of(event),
                Heard::Done(Ok((id, outcome))) => {
                    self.running.remove(&id);
                    Some(Action::Done(id, outcome))
                }
                Heard::Progress(id, progress) => Some(Action::Progress(id, progress)),
                Heard::Chore(Ok(answered)) => answered.map(Action::StoreWarnings),
                Heard::Done(Err(error)) | Heard::Chore(Err(error)) if error.is_cancelled() => None,
                Heard::Done(Err(_)) | Heard::Chore(Err(_)) => {
                    return Err(eyre!("a task of the console failed"));
                }
            };
            if let Some(action) = action {
                tracing::trace!(?action, "happened");
                let effects = update(&mut self.model, action);
                self.perform(host, effects);
            }
        }
        Ok(())
    }

    /// Starts the user's editor and waits for it, while calls go on.
    async fn edit<H: Host, S: Stream<Item = Event> + Unpin + Send>(
        &mut self,
        host: &mut H,
        events: &mut S,
        id: CallId,
        request: &EditRequest,
    ) -> Result<()> {
        let (told, heard) = tokio::sync::oneshot::channel();
        let ending = async {
            let signal = ending_of(events).await;
            // Nobody hears it once the editor ended.
            let _ = told.send(signal);
            signal
        };
        let outcome = host.edit(request, ending).await;
        let mut heard = heard;
        let signal = heard.try_recv().ok();
        self.is_gone |= signal == Some(Signal::HangUp);
        if !self.is_gone {
            self.measure(host);
        }
        // An editor that was told to end leaves what it could save: the next console removes that, not this one.
        let ended = signal.map_or(Action::Edited(id, outcome), Action::Signal);
        for action in [Action::Tick(self.service.now()), ended] {
            let effects = update(&mut self.model, action);
            self.perform(host, effects);
        }
        // A Ctrl-C for the editor may be told behind its end.
        let mut left = Vec::new();
        while let Some(event) = already_here(events).await {
            if !matches!(event, Event::Signal(Signal::Interrupt) | Event::Continued) {
                left.push(Heard::Event(event));
            }
        }
        self.take(host, left)
    }

    /// After the process was stopped.
    fn resume<H: Host>(&mut self, host: &mut H) {
        if self.is_gone {
            return;
        }
        if let Err(error) = host.resume() {
            tracing::warn!(%error, "the terminal was not taken again");
        }
        self.measure(host);
    }

    /// The size may be another one.
    fn measure<H: Host>(&mut self, host: &mut H) {
        let (columns, rows) = host.size();
        let _ = update(&mut self.model, Action::Resize(columns, rows));
    }

    fn action_of(&mut self, event: Event) -> Option<Action> {
        Some(match event {
            Event::Key(key) => {
                #[cfg(debug_assertions)]
                self.panic_if_wanted();
                Action::Key(Pressed(key))
            }
            Event::Paste(text) => Action::Paste(Pasted(text)),
            Event::Point(pointed) => Action::Point(pointed),
            Event::Resize(columns, rows) => Action::Resize(columns, rows),
            Event::Signal(signal) => {
                self.is_gone |= signal == Signal::HangUp;
                Action::Signal(signal)
            }
            Event::Continued => return None,
        })
    }

    fn perform<H: Host>(&mut self, host: &mut H, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Call(id, token, call) => self.call(id, token, call),
                Effect::Cancel(id) => {
                    if let Some(running) = self.running.remove(&id) {
                        running.task.abort();
                    }
                }
                Effect::Stop(id) => {
                    if let Some(running) = self.running.get(&id) {
                        running.stop.notify_one();
                    }
                }
                Effect::Behind(chore) => self.begin_chore(chore),
                Effect::Remember(keep, memory) => keep.0(&memory),
                Effect::KeepQuery(keep, query) => keep.0(&query),
                Effect::Redraw => {
                    if let Err(error) = forget_screen(host.terminal()) {
                        tracing::warn!(%error, "the terminal cannot be cleared");
                    }
                }
                Effect::Send(bytes) => {
                    if let Err(error) = host.send(&bytes) {
                        tracing::warn!(%error, "the terminal cannot be written to");
                    }
                }
                Effect::Save { extension, text } => {
                    let saved = saving::save_here(extension, &text, self.service.now());
                    let saved = saved.map_err(|error| error.to_string());
                    let _ = update(&mut self.model, Action::Saved(saved));
                }
                Effect::Suspend => {
                    if let Err(error) = host.suspend() {
                        tracing::warn!(%error, "the terminal was not given back");
                    }
                    self.measure(host);
                }
                Effect::Edit(id, request) => self.edit = Some((id, request)),
                Effect::Discard(file) => host.discard(&file),
                Effect::Exit(leave) => self.leave = Some(leave),
            }
        }
    }

    fn call(&mut self, id: CallId, token: Option<Token>, call: BoxedCall) {
        let (service, patience) = (Arc::clone(&self.service), self.patience);
        let reporting = self.reporting.clone();
        let stop = Arc::new(Notify::new());
        let asked = Arc::clone(&stop);
        let task = self.tasks.spawn(async move {
            // Nobody hears it once the loop is over.
            let report = |progress| {
                let _ = reporting.send((id, progress));
            };
            (id, effect::perform(&service, token, call, patience, report, &asked).await)
        });
        self.running.insert(id, Running { stop, task });
    }

    fn begin_chore(&mut self, chore: Chore) {
        let service = Arc::clone(&self.service);
        self.chores.spawn(async move { effect::behind(&service, chore).await });
    }

    /// For tests of what a panic leaves behind.
    #[cfg(debug_assertions)]
    #[expect(clippy::panic, reason = "that is what the switch is for")]
    fn panic_if_wanted(&mut self) {
        match self.panic_switch.take() {
            Some(super::PanicSwitch::Loop) => panic!("asked for, in the loop"),
            Some(super::PanicSwitch::Task) => {
                self.tasks.spawn(async { panic!("asked for, in a task") });
            }
            None => {}
        }
    }
}
