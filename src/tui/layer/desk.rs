//! What a layer may do, and what comes of it: calls with whoever waits for them, and what the router is to follow.

use super::reply::Reply;
use super::{AnyLayer, Event, Layer, LayerId, Screen};
use crate::domain::{Organization, OrganizationId};
use crate::service::SignedIn;
use crate::tui::effect::{
    Answer, BoxedCall, Call, CallError, CallId, EditFailure, EditOutcome, EditRequest, Effect, Memory, typed,
};
use crate::tui::shared::{Origin, Shared};
use crate::tui::theme::Tone;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// A layer where it lies.
#[derive(Debug)]
pub struct Stacked {
    /// Which it is.
    pub id: LayerId,
    /// Who opened it: a card closes with it.
    pub opener: Option<LayerId>,
    /// The layer.
    pub layer: Box<dyn Layer>,
}

/// What the router is to follow, in order.
#[derive(Debug)]
pub enum Intent {
    /// A layer on top.
    Open(Stacked),
    /// This layer goes, wherever it lies.
    Close(LayerId),
    /// Every layer but this one hears it.
    Tell(LayerId, Event),
    /// A layer hears what was chosen on a card that it opened.
    Reply(LayerId, Resume),
    /// One step back, as by Esc: never out.
    Escape,
    /// To the place of this name.
    Go(&'static str),
    /// To this organization, over the first screen.
    Visit(Arc<Organization>),
    /// What is in view is read anew.
    Refresh,
    /// The keys that work here.
    Help,
    /// Out, after a question where that costs the session.
    Quit,
    /// Out, as the user confirmed.
    Leave,
    /// The session ends, or every session of the account.
    SignOut {
        /// Every one.
        everywhere: bool,
    },
    /// Someone signed in, or the session that was to be gone on with is good.
    SignedIn(Box<SignedIn>, Origin),
    /// The own session ended with what was done: to the sign-in, with this email and the reason.
    SignedOut {
        /// Filled in.
        email: String,
        /// Why.
        reason: String,
    },
}

type Goes = dyn FnOnce(&mut AnyLayer, LayerId, &mut Desk) + Send;

/// Goes on in a layer.
pub struct Resume(Box<Goes>);

impl Resume {
    /// In this layer.
    pub fn run(self, stacked: &mut Stacked, desk: &mut Desk) {
        (self.0)(stacked.layer.as_mut(), stacked.id, desk);
    }
}

impl fmt::Debug for Resume {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resume")
    }
}

type Answered = Box<dyn FnOnce(&mut AnyLayer, LayerId, &mut Desk, Result<Answer, CallError>) + Send>;

/// Who waits for an answer, and how it is handed over.
struct Waiting {
    layer: LayerId,
    then: Answered,
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Waiting({:?})", self.layer)
    }
}

/// Everything that is not a layer: what layers see, who waits for which call, and what is still to be followed.
#[derive(Debug)]
pub struct Desk {
    /// What layers see.
    pub shared: Shared,
    waiting: BTreeMap<CallId, Waiting>,
    intents: VecDeque<Intent>,
    effects: Vec<Effect>,
    last_layer: u64,
    /// Whether a layer shows something else since what changed was told.
    is_changed: bool,
}

impl Desk {
    /// With nothing to do.
    pub fn new(shared: Shared) -> Self {
        Self {
            shared,
            waiting: BTreeMap::new(),
            intents: VecDeque::new(),
            effects: Vec::new(),
            last_layer: 0,
            is_changed: false,
        }
    }

    /// A new layer, which lies nowhere yet.
    pub fn build<S: Screen>(
        &mut self,
        opener: Option<LayerId>,
        make: impl FnOnce(&mut Cx<'_, S>) -> S,
    ) -> Stacked {
        self.last_layer += 1;
        let id = LayerId(self.last_layer);
        let layer = make(&mut Cx::of(id, self));
        Stacked { id, opener, layer: Box::new(layer) }
    }

    /// One more effect.
    pub fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// The effects so far.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Whether a layer said since it was asked last that it shows something else.
    pub fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.is_changed)
    }

    /// What is to be followed next.
    pub fn next_intent(&mut self) -> Option<Intent> {
        self.intents.pop_front()
    }

    /// A call of the router itself: it knows the answer by the id.
    pub fn call(&mut self, call: BoxedCall) -> CallId {
        let id = self.shared.calls.next_id();
        self.call_again([(id, call)]);
        id
    }

    /// Calls under the ids that they had before.
    pub fn call_again(&mut self, calls: impl IntoIterator<Item = (CallId, BoxedCall)>) {
        for (id, call) in calls {
            let effect = self.shared.make(id, call);
            self.effects.extend(effect);
        }
    }

    /// Nobody waits for this read any more.
    pub fn cancel(&mut self, id: CallId) {
        self.waiting.remove(&id);
        let effect = self.shared.calls.cancel(id);
        self.effects.extend(effect);
    }

    /// The layer that waits for a call.
    pub fn asker(&self, id: CallId) -> Option<LayerId> {
        self.waiting.get(&id).map(|waiting| waiting.layer)
    }

    /// Hands an answer, or why there is none, to the layer that waits for it; gives it back when no layer does.
    ///
    /// # Errors
    /// The outcome itself.
    pub fn deliver(
        &mut self,
        id: CallId,
        outcome: Result<Answer, CallError>,
        layers: &mut [Stacked],
    ) -> Result<(), Result<Answer, CallError>> {
        let Some(waiting) = self.waiting.remove(&id) else {
            return Err(outcome);
        };
        let Some(stacked) = layers.iter_mut().find(|stacked| stacked.id == waiting.layer) else {
            return Err(outcome);
        };
        (waiting.then)(stacked.layer.as_mut(), stacked.id, self, outcome);
        Ok(())
    }

    /// The user stops a read: whoever waits for it hears so.
    pub fn stop(&mut self, id: CallId, layers: &mut [Stacked]) {
        let effect = self.shared.calls.cancel(id);
        self.effects.extend(effect);
        // A read of nobody is over all the same.
        let _ = self.deliver(id, Err(CallError::Stopped), layers);
    }

    /// Asks a call to end in good order; answers whether its answer is still to come.
    pub fn ask_to_stop(&mut self, id: CallId) -> bool {
        let effect = self.shared.calls.stop(id);
        let is_asked = effect.is_some();
        self.effects.extend(effect);
        is_asked
    }

    /// Cancels what a layer reads, and forgets what else it waits for: a write goes on.
    pub fn closed(&mut self, layer: LayerId) {
        self.stop_reading(layer);
        self.waiting.retain(|_, waiting| waiting.layer != layer);
    }

    /// No layer waits for anything any more.
    pub fn all_closed(&mut self) {
        self.waiting.clear();
        self.intents.clear();
    }

    fn stop_reading(&mut self, layer: LayerId) {
        let own = self.waiting.iter().filter(|(_, waiting)| waiting.layer == layer);
        let reads: Vec<CallId> = own.map(|(id, _)| *id).filter(|id| self.shared.calls.is_read(*id)).collect();
        for id in reads {
            self.cancel(id);
        }
    }
}

/// What a layer may do while it is asked something. All of it is data until the router follows it.
#[derive(Debug)]
pub struct Cx<'a, S> {
    desk: &'a mut Desk,
    me: LayerId,
    of: PhantomData<fn(S)>,
}

impl<'a, S: Screen> Cx<'a, S> {
    pub(super) fn of(me: LayerId, desk: &'a mut Desk) -> Self {
        Self { desk, me, of: PhantomData }
    }

    /// What layers may read.
    pub fn shared(&self) -> &Shared {
        &self.desk.shared
    }

    /// Calls the service; `then` gets the answer, or that the user stopped the call. Once this layer is closed, a read
    /// is cancelled, and a notice tells the outcome of a write.
    pub fn call<C: Call>(
        &mut self,
        call: C,
        then: fn(&mut S, Result<C::Answer, CallError>, &mut Cx<'_, S>),
    ) -> CallId {
        let id = self.desk.call(BoxedCall::of(call));
        let then: Answered = Box::new(move |layer, me, desk, outcome| {
            // An answer of another type belongs to another call: to this one there is none.
            let outcome = outcome.and_then(|answer| typed::<C>(answer).ok_or(CallError::Stopped));
            if let Some(screen) = layer.get_mut::<S>() {
                then(screen, outcome, &mut Cx::of(me, desk));
            }
        });
        self.desk.waiting.insert(id, Waiting { layer: self.me, then });
        id
    }

    /// Opens a text in the user's editor; `then` gets the outcome. Until then the console reads no key.
    pub fn edit(&mut self, request: EditRequest, then: fn(&mut S, EditOutcome, &mut Cx<'_, S>)) {
        let id = self.desk.shared.calls.next_id();
        let then: Answered = Box::new(move |layer, me, desk, outcome| {
            let outcome = outcome.ok().and_then(|answer| answer.downcast::<EditOutcome>().ok());
            let outcome = outcome.map_or_else(
                || Err(EditFailure { path: None, why: "The editor was stopped.".to_owned() }),
                |outcome| *outcome,
            );
            if let Some(screen) = layer.get_mut::<S>() {
                then(screen, outcome, &mut Cx::of(me, desk));
            }
        });
        self.desk.waiting.insert(id, Waiting { layer: self.me, then });
        self.desk.effects.push(Effect::Edit(id, request));
    }

    /// Nobody waits for this read any more.
    pub fn cancel(&mut self, id: CallId) {
        self.desk.cancel(id);
    }

    /// Asks a call of this layer to end in good order; answers whether its answer is still to come. A read that does not
    /// run, for it waits for the store or for a sign-in, is cancelled.
    pub fn stop(&mut self, id: CallId) -> bool {
        let is_asked = self.desk.ask_to_stop(id);
        if !is_asked && self.desk.shared.calls.is_read(id) {
            self.desk.cancel(id);
        }
        is_asked
    }

    /// Nobody waits for what this layer reads any more; its writes go on.
    pub fn stop_reading(&mut self) {
        self.desk.stop_reading(self.me);
    }

    /// Another layer on top.
    pub fn open<T: Screen>(&mut self, make: impl FnOnce(&mut Cx<'_, T>) -> T) {
        let stacked = self.desk.build(Some(self.me), make);
        self.follow(Intent::Open(stacked));
    }

    /// This layer goes, wherever it lies.
    pub fn close(&mut self) {
        self.follow(Intent::Close(self.me));
    }

    /// To the place of this name.
    pub fn go(&mut self, place: &'static str) {
        self.follow(Intent::Go(place));
    }

    /// Tells every other layer.
    pub fn tell(&mut self, event: Event) {
        self.follow(Intent::Tell(self.me, event));
    }

    /// How a card that this layer opens answers it.
    pub fn reply_to<V: 'static>(&self, then: fn(&mut S, V, &mut Cx<'_, S>)) -> Reply<V> {
        let then = move |layer: &mut AnyLayer, value, me, desk: &mut Desk| {
            if let Some(screen) = layer.get_mut::<S>() {
                then(screen, value, &mut Cx::of(me, desk));
            }
        };
        Reply { to: self.me, then: Arc::new(then) }
    }

    /// Answers the layer that opened this card.
    pub fn reply<V: Send + 'static>(&mut self, reply: &Reply<V>, value: V) {
        let then = Arc::clone(&reply.then);
        let resume = Resume(Box::new(move |layer, me, desk| then(layer, value, me, desk)));
        self.follow(Intent::Reply(reply.to, resume));
    }

    /// Says that this layer shows something else, of its own accord.
    pub fn redraw(&mut self) {
        self.desk.is_changed = true;
    }

    /// What is shown was read anew just now.
    pub fn is_fresh(&mut self) {
        self.desk.shared.live.read_at = self.desk.shared.now;
    }

    /// Remembers something of this store.
    pub fn remember(&mut self, change: impl FnOnce(&mut Memory)) {
        let effect = self.desk.shared.remember(change);
        self.desk.effects.extend(effect);
    }

    /// A query over the documents of an organization was run.
    pub fn keep_query(&mut self, organization: OrganizationId, query: &str) {
        let effect = self.desk.shared.history.add(organization, query);
        self.desk.effects.extend(effect);
    }

    /// Has the loop do something.
    pub fn perform(&mut self, effect: Effect) {
        self.desk.effects.push(effect);
    }

    /// Says what was done; it stands until the next key.
    pub fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.desk.shared.say(tone, text);
    }

    /// Has the router do something.
    pub fn follow(&mut self, intent: Intent) {
        self.desk.intents.push_back(intent);
    }
}
