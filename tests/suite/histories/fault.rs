//! Faults during a request: broken connections, processes that die or pause, refusals.

use super::model::Request;
use super::places::Ground;
use super::player::Player;
use super::send::{Answer, send};
use crate::common::proxy::{Act, Proxy};
use crate::common::random::Random;
use std::future::Future;
use std::time::Duration;
use tenantry::service::OperationId;
use uuid::Uuid;

/// A fault during a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    Nothing,
    /// The connection breaks before this command, or the answer to it is lost, or it is refused.
    Broken(usize, Kind),
    /// The process dies while this command is on its way: it never arrives, or much later.
    Dies(usize, bool),
    /// The process pauses before this command, while others take its operation over.
    Stalls(usize),
    /// The call is dropped after this many microseconds.
    Dropped(u64),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Cut,
    DropReply,
    Refuse(i32),
    Delay,
}

impl Kind {
    fn act(self) -> Act {
        match self {
            Self::Cut => Act::Cut,
            Self::DropReply => Act::DropReply,
            Self::Refuse(code) => Act::Refuse(code),
            Self::Delay => Act::Delay(Duration::from_millis(15)),
        }
    }
}

impl Fault {
    /// Mostly at one of the commands that write; the others only read. Counted wrong, less would go wrong.
    pub(crate) fn random<G: Ground>(random: &mut Random, request: &Request, is_late: bool) -> Self {
        let (first, last) = match request {
            Request::Update { name: Some(_), .. } | Request::Restore { .. } => (6, 16),
            Request::Update { email: Some(_), .. } => (6, 12),
            Request::Update { .. } | Request::Suspension { .. } => (5, 9),
            Request::Create(_) | Request::Delete { .. } | Request::Purge { .. } => (5, 13),
        };
        let (first, last) = if random.chance(15) { (1, 5) } else { (first, last) };
        let at = usize::try_from(first + random.below(last + 1 - first)).unwrap();
        if G::HAS_HIDDEN_WORK {
            let calm = random.chance(75);
            return if calm { Self::Nothing } else { Self::Dropped(random.below(4_000)) };
        }
        match random.below(100) {
            0..54 => Self::Nothing,
            54..61 => Self::Broken(at, Kind::Cut),
            61..72 => Self::Broken(at, Kind::DropReply),
            72..75 => Self::Broken(at, Kind::Refuse(20)),
            75..78 => Self::Broken(at, Kind::Refuse(11_600)),
            78..81 => Self::Broken(at, Kind::Delay),
            81..86 => Self::Dies(at, false),
            86..92 => Self::Dies(at, is_late),
            92..97 if is_late => Self::Stalls(at),
            _ => Self::Dropped(random.below(12_000)),
        }
    }
}

impl<G: Ground> Player<'_, G> {
    /// Sends a request while something goes wrong. No answer: its process died over it. Answers also whether a
    /// refusal may come of the fault.
    pub(crate) async fn under(
        &mut self,
        fault: Fault,
        request: &Request,
        id: Uuid,
    ) -> (Option<Answer>, bool) {
        let sending = send(&self.client, self.token, request, OperationId(id));
        let mut sending = Box::pin(self.client.call(sending));
        let proxy = self.client.proxy.clone();
        let (answer, dies, is_faulty) = match (fault, proxy) {
            (Fault::Dropped(time), _) => {
                let answer = tokio::time::timeout(Duration::from_micros(time), &mut sending).await.ok();
                let dies = answer.is_none();
                (answer, dies, false)
            }
            (Fault::Nothing, _) | (_, None) => (Some((&mut sending).await), false, false),
            (Fault::Broken(at, kind), Some(proxy)) => {
                proxy.at(at, kind.act());
                let answer = (&mut sending).await;
                let is_hit = proxy.count() >= at;
                proxy.reset();
                (Some(answer), is_hit && !matches!(kind, Kind::Refuse(20) | Kind::Delay), is_hit)
            }
            (Fault::Dies(at, arrives), Some(proxy)) => {
                proxy.at(at, Act::Hold);
                match held_or(&mut sending, &proxy).await {
                    Some(answer) => {
                        proxy.reset();
                        (Some(answer), false, false)
                    }
                    None if arrives => {
                        self.ground.keep(proxy);
                        (None, true, false)
                    }
                    None => {
                        proxy.down();
                        (None, true, false)
                    }
                }
            }
            (Fault::Stalls(at), Some(proxy)) => {
                proxy.at(at, Act::Hold);
                let mut answer = held_or(&mut sending, &proxy).await;
                if answer.is_none() {
                    self.history.lock().counts.late += 1;
                    let moment = self.random.chance(50).then(|| self.random.below(12));
                    answer = Some(overtaken(self.ground, &mut sending, &proxy, moment).await);
                }
                proxy.reset();
                (answer, false, false)
            }
        };
        drop(sending);
        if dies {
            self.history.lock().counts.crashes += 1;
            self.client.die().await;
            // The old one's driver would look for the server for half a second.
            self.client = self.ground.client(&mut self.random, self.is_late).await;
        }
        (answer, is_faulty)
    }
}

/// Runs until the answer, or until a command is held.
async fn held_or(sending: &mut (impl Future<Output = Answer> + Unpin), proxy: &Proxy) -> Option<Answer> {
    tokio::select! {
        biased;
        answer = sending => Some(answer),
        () = proxy.held() => None,
    }
}

/// Others take its operation over; it continues after that, or this many milliseconds after they began.
async fn overtaken<G: Ground>(
    ground: &G,
    sending: &mut (impl Future<Output = Answer> + Unpin),
    proxy: &Proxy,
    moment: Option<u64>,
) -> Answer {
    let Some(moment) = moment else {
        ground.another_recovers().await;
        proxy.release();
        return sending.await;
    };
    let goes_on = async {
        tokio::time::sleep(Duration::from_millis(moment)).await;
        proxy.release();
        sending.await
    };
    let ((), answer) = tokio::join!(ground.another_recovers(), goes_on);
    answer
}
