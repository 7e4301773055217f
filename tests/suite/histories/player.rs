//! A process that does random things, crashes, and is replaced by another one.

use super::history::{History, Look};
use super::model::{Attempt, Found, NEVER, Operation, Outcome, Request, Seen, Tick, Values};
use super::places::{Client, Ground};
use crate::common::proxy::{Act, Proxy};
use crate::common::random::Random;
use secrecy::ExposeSecret;
use std::future::Future;
use std::time::Duration;
use tenantry::domain::name::key_of;
use tenantry::domain::{AccessToken, Email, Epoch, Organization, OrganizationId, SortKey};
use tenantry::service::store::{Lookup, PageQuery};
use tenantry::service::{
    CreateOrganization, Error, OperationId, OrganizationReference, Result, TenantService, UpdateOrganization,
};
use uuid::Uuid;

/// Few, so that everybody meets everybody.
const NAMES: [&str; 11] =
    ["Acme", "ACME", "Borg", "Cyan", "Dune", "Echo", "Fjord", "Gaia", "Halo", "Iris", "Jade"];
const EMAILS: [&str; 12] =
    ["a@x", "A@x", "b@x", "c@x", "d@x", "e@x", "f@x", "g@x", "h@x", "i@x", "j@x", "k@x"];

/// What goes wrong during a request.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Nothing,
    /// The connection breaks before this command, or the answer to it is lost, or it is refused.
    Broken(usize, Kind),
    /// The process dies while this command is on its way: it never arrives, or much later.
    Dies(usize, bool),
    /// It stands still before this command, while others take over what it does.
    Stalls(usize),
    /// The call is dropped after so many microseconds.
    Dropped(u64),
}

#[derive(Debug, Clone, Copy)]
enum Kind {
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

pub(crate) struct Player<'a, G> {
    pub(crate) ground: &'a G,
    pub(crate) history: &'a History,
    /// Of the operator that everybody is.
    pub(crate) token: &'a AccessToken,
    pub(crate) client: Client,
    pub(crate) random: Random,
    /// Whether it may stand still while others take over, and go on then: that leaves things over.
    pub(crate) stalls: bool,
}

impl<G: Ground> Player<'_, G> {
    /// So many random things, one after the other.
    pub(crate) async fn play(mut self, steps: usize) -> Self {
        for _ in 0..steps {
            self.history.lock().counts.operations += 1;
            match self.random.below(100) {
                0..24 => self.create().await,
                24..60 => self.update().await,
                60..74 => self.delete().await,
                74..80 => self.look_by_name().await,
                80..86 => self.list().await,
                86..93 => self.look_at_account().await,
                _ => self.sign_in().await,
            }
        }
        self
    }

    fn word(&mut self) -> String {
        format!("correct horse {}", self.random.below(1_000_000))
    }

    async fn create(&mut self) {
        let values = Values {
            name: (*self.random.pick(&NAMES)).to_owned(),
            email: (*self.random.pick(&EMAILS)).to_owned(),
            password: self.word(),
        };
        let looked = self.history.tick();
        self.request(Request::Create(values), looked).await;
    }

    async fn update(&mut self) {
        let Some((seen, looked)) = self.look().await else { return };
        let others = |all: &[&'static str], now: &str| -> Vec<&'static str> {
            all.iter().filter(|other| **other != now).copied().collect()
        };
        let (names, emails) = (others(&NAMES, &seen.name), others(&EMAILS, &seen.email));
        let what = self.random.below(8);
        let name = [0, 1, 2, 3].contains(&what).then(|| (*self.random.pick(&names)).to_owned());
        let email = [2, 3, 4, 5].contains(&what).then(|| (*self.random.pick(&emails)).to_owned());
        let password = [3, 6, 7].contains(&what).then(|| self.word());
        self.request(Request::Update { seen, name, email, password }, looked).await;
    }

    async fn delete(&mut self) {
        if let Some((seen, looked)) = self.look().await {
            self.request(Request::Delete { seen }, looked).await;
        }
    }

    /// Looks at one that everybody knows; nothing if somebody works on it or it is gone.
    async fn look(&mut self) -> Option<(Seen, Tick)> {
        let known = self.history.known();
        if known.is_empty() {
            return None;
        }
        let (id, _) = *self.random.pick(&known.iter().collect::<Vec<_>>());
        let began = self.history.tick();
        let found = self.client.store.find(&Lookup::Id(*id)).await.ok()?;
        let found = Found::of(found.as_ref());
        self.history.saw(began, Look::ById(*id, found.clone()));
        match found {
            Found::Whole(seen) => Some((seen, began)),
            Found::Gone | Found::InWork => None,
        }
    }

    async fn look_by_name(&mut self) {
        let name = *self.random.pick(&NAMES);
        let began = self.history.tick();
        if let Ok(found) = self.client.store.find(&Lookup::NameKey(key_of(name))).await {
            self.history.saw(began, Look::ByName(name.to_owned(), found.map(|found| found.id)));
        }
    }

    async fn list(&mut self) {
        let limit = usize::try_from(1 + self.random.below(4)).unwrap();
        let reverse = self.random.chance(50);
        let mut query = PageQuery { state: None, sort: SortKey::Name, reverse, after: None, limit };
        let began = self.history.tick();
        let mut rows = Vec::new();
        loop {
            let Ok(page) = self.client.store.page(&query).await else { return };
            rows.extend(page.iter().map(|row| (row.id, Found::of(Some(row)))));
            query.after = page.last().map(|row| query.position_of(row));
            if page.len() < limit {
                break;
            }
        }
        self.history.saw(began, Look::List(rows));
    }

    async fn look_at_account(&mut self) {
        let email = *self.random.pick(&EMAILS);
        let began = self.history.tick();
        let Ok(found) = self.client.store.account_by_email(&Email::key_of(email)).await else { return };
        let seen = found.map(|found| {
            let account = found.account;
            let id = account.organization_id.unwrap();
            self.history.saw_hash(id, account.version, found.password_hash.expose_secret());
            (id, account.version, account.email)
        });
        self.history.saw(began, Look::Account(email.to_owned(), seen));
    }

    /// With a password that is probably right.
    async fn sign_in(&mut self) {
        let known = self.history.known();
        if known.is_empty() {
            return;
        }
        let (_, Values { email, password, .. }) = self.random.pick(&known).clone();
        let began = self.history.tick();
        let whose = match self.client.service.sign_in(&email, &password.clone().into()).await {
            Ok(signed_in) => signed_in.principal.organization_id,
            Err(Error::InvalidCredentials) => None,
            // Too many were wrong before.
            Err(_) => return,
        };
        self.history.saw(began, Look::SignIn(email, password, whose));
    }

    /// Makes a request, and sometimes the same again when it was not answered.
    async fn request(&mut self, request: Request, looked: Tick) {
        let id = OperationId::random().0;
        let operation =
            Operation { id, request, looked, attempts: Vec::new(), settled: NEVER, decided: None };
        for _ in 0..3 {
            let fault = self.fault(&operation.request);
            let outcome = self.attempt(&operation, fault).await;
            if !matches!(outcome, Outcome::Unknown) || self.random.chance(60) {
                return;
            }
        }
    }

    /// One try, and what is known of it afterwards.
    pub(crate) async fn attempt_calmly(&mut self, operation: &Operation) -> Outcome {
        self.attempt(operation, Fault::Nothing).await
    }

    async fn attempt(&mut self, operation: &Operation, fault: Fault) -> Outcome {
        let began = self.history.tick();
        let (answer, is_faulty) = self.under(fault, &operation.request, operation.id).await;
        let outcome = match &answer {
            Some(Ok(_)) => Outcome::Done,
            Some(Err(Error::Unavailable { operation: Some(named), .. })) => {
                assert_eq!(named.0, operation.id, "it names the operation");
                Outcome::Unknown
            }
            Some(Err(refusal)) => Outcome::Refused(refusal.clone()),
            None => Outcome::Unknown,
        };
        let ended = self.history.tick();
        let attempt = Attempt { began, ended, outcome: outcome.clone(), is_faulty };
        self.history.attempted(operation, attempt);
        if let Some(Ok(Some(organization))) = answer {
            self.learn(&operation.request, &organization).await;
        }
        outcome
    }

    /// What was made gets a document of its own before anybody else works on it.
    async fn learn(&mut self, request: &Request, organization: &Organization) {
        let id = organization.id;
        let known = self.history.known().into_iter().find(|(known, _)| *known == id);
        if known.is_none() && matches!(request, Request::Create(_)) {
            self.ground.put(organization.collection_name(), &document_of(id)).await;
        }
        if let Some(values) = request.applied(known.as_ref().map(|(_, values)| values)) {
            self.history.learn(id, values);
        }
    }

    /// Mostly at one of the commands that write; the others only read. Counted wrong, less would go wrong.
    fn fault(&mut self, request: &Request) -> Fault {
        let (first, last) = match request {
            Request::Update { name: Some(_), .. } => (6, 15),
            Request::Update { email: Some(_), .. } => (6, 12),
            Request::Update { .. } => (6, 9),
            Request::Create(_) | Request::Delete { .. } => (5, 13),
        };
        let (first, last) = if self.random.chance(15) { (1, 5) } else { (first, last) };
        let at = usize::try_from(first + self.random.below(last + 1 - first)).unwrap();
        if G::HAS_HIDDEN_WORK {
            let calm = self.random.chance(75);
            return if calm { Fault::Nothing } else { Fault::Dropped(self.random.below(4_000)) };
        }
        match self.random.below(100) {
            0..54 => Fault::Nothing,
            54..61 => Fault::Broken(at, Kind::Cut),
            61..72 => Fault::Broken(at, Kind::DropReply),
            72..75 => Fault::Broken(at, Kind::Refuse(20)),
            75..78 => Fault::Broken(at, Kind::Refuse(11_600)),
            78..81 => Fault::Broken(at, Kind::Delay),
            81..86 => Fault::Dies(at, false),
            86..92 => Fault::Dies(at, true),
            92..97 if self.stalls => Fault::Stalls(at),
            _ => Fault::Dropped(self.random.below(12_000)),
        }
    }

    /// Sends a request while something goes wrong. No answer: its process died over it. Answers also whether a
    /// refusal may come of the fault.
    async fn under(&mut self, fault: Fault, request: &Request, id: Uuid) -> (Option<Answer>, bool) {
        let mut sending = Box::pin(send(&self.client.service, self.token, request, OperationId(id)));
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
            // The old one's driver would look for the server for half a second.
            self.client = self.ground.client(&mut self.random).await;
        }
        (answer, is_faulty)
    }
}

/// What a request is answered with: the organization, unless it was deleted.
type Answer = Result<Option<Organization>>;

/// Runs until the answer, or until a command is held.
async fn held_or(sending: &mut (impl Future<Output = Answer> + Unpin), proxy: &Proxy) -> Option<Answer> {
    tokio::select! {
        biased;
        answer = sending => Some(answer),
        () = proxy.held() => None,
    }
}

/// Others take over what it does; it goes on after that, or so many milliseconds after they began.
async fn overtaken<G: Ground>(
    ground: &G,
    sending: &mut (impl Future<Output = Answer> + Unpin),
    proxy: &Proxy,
    moment: Option<u64>,
) -> Answer {
    let Some(moment) = moment else {
        ground.another_opens().await;
        proxy.release();
        return sending.await;
    };
    let goes_on = async {
        tokio::time::sleep(Duration::from_millis(moment)).await;
        proxy.release();
        sending.await
    };
    let ((), answer) = tokio::join!(ground.another_opens(), goes_on);
    answer
}

pub(crate) fn document_of(id: OrganizationId) -> String {
    format!("of {id}")
}

async fn send(service: &TenantService, token: &AccessToken, request: &Request, id: OperationId) -> Answer {
    match request.clone() {
        Request::Create(Values { name, email, password }) => {
            let request = CreateOrganization { name, admin_email: email, admin_password: password.into() };
            service.create_organization(Some(token), request, id).await.map(Some)
        }
        Request::Update { seen, name, email, password } => {
            let request = UpdateOrganization {
                name,
                admin_email: email,
                admin_password: password.map(Into::into),
                current_password: None,
                expected: Some(Epoch(seen.epoch)),
            };
            let reference = OrganizationReference::Id(seen.id);
            service.update_organization(token, &reference, request, id).await.map(Some)
        }
        Request::Delete { seen } => {
            let reference = OrganizationReference::Id(seen.id);
            let expected = Some(Epoch(seen.epoch));
            let deleted = service.delete_organization(token, &reference, &seen.name, expected, id);
            deleted.await.map(|_| None)
        }
    }
}
