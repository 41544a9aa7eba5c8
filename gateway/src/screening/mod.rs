//! Fraud screening's wiring (DESIGN §7): facts of a prepare in, a verdict for the switch out, within
//! the budget; what became of payments back to the stream. What is decided is frms's.
//!
//! * `facts`: who pays whom and what for, from the quote, the ILP packet, or nowhere
//! * `quotes`: the point before a quote; `answered`: what quotes were about until their transfers come
//! * `told`: what a policy makes of a verdict, and what the payer is told
//! * `conditions`: block lists as they are kept; `order`: in which order they change
//! * `catalogues`: rules and typologies made live
//! * `scorer`: where verdicts come from; as a process of its own

mod answered;
pub mod catalogues;
pub mod conditions;
pub mod facts;
mod order;
mod quotes;
pub mod scorer;
mod told;

pub use quotes::quote_asked;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use causeway_translate::PaymentId;
use frms::{
    Attempt, Catalogue, ConditionBook, Event, Outcome, OutcomeKind, Point, Pseudonyms, Semantics,
};
use frms_stream::{Client, Stream, Unavailable, channel};
use fspiop::error::{ErrorCode, Refusal};
use fspiop::quote::QuotesPut;
use fspiop::transfer::TransfersPost;
use switch::{
    Cause, Command, ParticipantName, Prepare, Row, Screening as Demand, Transfer, TransferState,
    Verdict, VerdictReference,
};
use switch_store::{
    CommitError, Committer, DocumentKey, DocumentWrite, Expected, NotRendered, Notice, Store,
    StoreError, Submission,
};

use crate::cases::unjudged;
use crate::config::{Config, ScreeningMode, ScreeningSettings};
use crate::events::Events;
use crate::limits::{CONDITION_TRIES_MAX, SCREENING_SECRET_BYTES};
use crate::metrics::ScreeningLabels;
use crate::node::{Node, StartError};
use answered::QuotesAnswered;
use catalogues::{Live, Promotion};
use conditions::{Book, CONDITION, Kept};
use facts::{About, Known, QuotesAsked};
use told::{Effect, code, decided, effect, said};

/// The kind of verdicts that stopped a payment; the key is the transfer's id.
pub const VERDICT: &str = "verdict";
/// The kind of the secret that pseudonyms are made with.
const SECRET: &str = "screening-secret";

/// One tenant's screening, as the money path sees it.
pub struct Screening {
    settings: ScreeningSettings,
    stream: Arc<Stream>,
    seen: Arc<Stream>,
    client: RwLock<Client>,
    pseudonyms: Pseudonyms,
    quotes: QuotesAsked,
    answered: QuotesAnswered,
    book: Mutex<Book>,
    /// What the configuration names.
    first: Arc<Catalogue>,
    live: Mutex<Live>,
    /// Held by whoever changes a condition, so that store, book and stream have the same order.
    changing: tokio::sync::Mutex<()>,
}

/// What counts, for those who hear of changes over the stream.
pub struct Announced {
    /// Everything in it was read from the store after this change.
    pub version: u64,
    /// The conditions and the catalogue.
    pub events: Vec<Event>,
    /// That there are no other conditions.
    pub book: Event,
}

/// A prepare that may go to the switch.
pub struct Screened {
    /// The prepare, with its verdict if it was screened.
    pub prepare: Prepare,
    /// The evidence, written with the decision.
    pub evidence: Option<DocumentWrite>,
    /// The case that is opened if the payment is held.
    pub case: Option<DocumentWrite>,
}

impl Screened {
    /// A prepare with nothing to be kept beside it.
    fn plain(prepare: Prepare) -> Screened {
        Screened { prepare, evidence: None, case: None }
    }
}

impl Screening {
    /// Reads what is configured and stored, and starts the scorer; none where nobody screens.
    ///
    /// # Errors
    /// A file that cannot be used, the store, a thread.
    pub async fn start(
        config: &Config,
        store: &dyn Store,
        committer: &Committer,
    ) -> Result<Option<Screening>, StartError> {
        let settings = &config.screening;
        if !settings.enabled {
            return Ok(None);
        }
        let unusable = |reason: String| StartError::Screening { reason };
        let pseudonyms = Pseudonyms::new(&secret(store, committer).await?);
        let catalogue = catalogue(settings).map_err(unusable)?;
        let stream = Stream::new(settings.tenant.clone());
        let first = Arc::new(catalogue.clone());
        let mut live = Live { number: 0, catalogue: Arc::clone(&first) };
        if let Some(latest) = catalogues::stored(store).await?.last() {
            let (number, semantics) = (latest.number, settings.semantics);
            let unread = |error| unusable(format!("catalogue {number}, made live before: {error}"));
            live = latest.live(&first, semantics).map_err(unread)?;
            stream.append(latest.event(semantics));
        }
        let mut book = Book::default();
        let of_file = conditions::read_file(&settings.conditions, &pseudonyms).map_err(unusable)?;
        let version = order::reached(store).await?;
        let stored = conditions::stored(store, &pseudonyms).await?;
        // Under one name the file's counts.
        for (name, kept) in stored.into_iter().chain(of_file) {
            stream.append(Event::Condition(Arc::new(kept.change(version))));
            book.kept.insert(name, kept);
        }
        let (client, requests) = channel(frms_stream::limits::QUEUE_MAX);
        let seen = scorer::start(config, &stream, catalogue, requests).await.map_err(unusable)?;
        Ok(Some(Screening {
            settings: settings.clone(),
            stream,
            seen,
            client: RwLock::new(client),
            pseudonyms,
            quotes: QuotesAsked::default(),
            answered: QuotesAnswered::default(),
            book: Mutex::new(book),
            first,
            live: Mutex::new(live),
            changing: tokio::sync::Mutex::default(),
        }))
    }

    /// This node's events: what it tells, and with a scorer in this process also that one's words.
    pub fn stream(&self) -> &Arc<Stream> {
        &self.stream
    }

    /// The events as an analyst is to see them: the same, or those of all nodes where the scorer is
    /// elsewhere.
    pub fn seen(&self) -> &Arc<Stream> {
        &self.seen
    }

    /// From now on another scorer is asked.
    pub fn ask(&self, client: Client) {
        *self.client.write().unwrap_or_else(PoisonError::into_inner) = client;
    }

    /// All conditions, by name.
    pub fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rules and typologies that count now.
    pub fn live(&self) -> Live {
        self.live.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How rules and typologies are read.
    pub fn semantics(&self) -> Semantics {
        self.settings.semantics
    }

    /// What the configuration names.
    pub fn first(&self) -> &Arc<Catalogue> {
        &self.first
    }

    /// Has other rules and typologies count: on stable storage, then for every attempt after it.
    ///
    /// # Errors
    /// The store does not answer, or another one was made live meanwhile.
    pub async fn promote(&self, node: &Node, promotion: &Promotion) -> Result<(), CommitError> {
        let _alone = self.changing.lock().await;
        let unwritten = |error: &dyn std::fmt::Display| {
            tracing::error!(%error, "a catalogue cannot be written");
            CommitError::Internal
        };
        let document = promotion.document().map_err(|error| unwritten(&error))?;
        let event = promotion.event(self.settings.semantics);
        // One lane: they are told in the order of their numbers.
        let row = |events: &Events| events.screening(&event, "catalogues".to_owned());
        let outbox = node.events.iter().map(row).collect::<Result<_, NotRendered>>();
        let outbox = outbox.map_err(|error| unwritten(&error))?;
        let key = document.key.clone();
        let documents = vec![document];
        node.commit(Submission { documents, outbox, ..Submission::default() }).await?;
        self.promoted(promotion);
        node.store.tell(Notice::Changed(key));
        Ok(())
    }

    /// For the scorer; the store has it already.
    fn promoted(&self, promotion: &Promotion) {
        let semantics = self.settings.semantics;
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        if promotion.number <= live.number {
            return;
        }
        match promotion.live(&self.first, semantics) {
            Ok(newer) => *live = newer,
            Err(error) => {
                let number = promotion.number;
                return tracing::error!(number, %error, "a catalogue made live cannot be read");
            }
        }
        // Under the lock: whoever sees it live finds it on the stream, and the later one behind it.
        self.stream.append(promotion.event(semantics));
        drop(live);
    }

    /// What makes pseudonyms.
    pub fn pseudonyms(&self) -> &Pseudonyms {
        &self.pseudonyms
    }

    /// Sets a condition, or takes one back: on stable storage, then for every attempt after it.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn change(
        &self,
        node: &Node,
        name: &str,
        kept: Option<Kept>,
    ) -> Result<(), CommitError> {
        let _alone = self.changing.lock().await;
        let body = kept.as_ref().map(|kept| Bytes::copy_from_slice(kept.json.get().as_bytes()));
        let key = DocumentKey::new(CONDITION, name.as_bytes().to_vec());
        let document =
            DocumentWrite { key: key.clone(), expected: Expected::Any, body, deadline: None };
        let version = in_order(node, |version| {
            let event = change_event(name, kept.as_ref(), version);
            let row = |events: &Events| events.screening(&event, format!("conditions/{name}"));
            let outbox = node.events.iter().map(row).collect::<Result<_, NotRendered>>()?;
            let documents = vec![document.clone()];
            Ok(Submission { documents, outbox, ..Submission::default() })
        });
        let version = version.await?;
        self.changed(name, kept, version);
        node.store.tell(Notice::Changed(key));
        Ok(())
    }

    /// What counts, read anew: in the order of changes it is one of its own, so that what was told
    /// before is older.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn announced(&self, node: &Node) -> Result<Announced, CommitError> {
        let version = in_order(node, |_| Ok(Submission::default())).await?;
        let stored = conditions::stored(&*node.store, &self.pseudonyms).await.map_err(unread)?;
        let mut counts: BTreeMap<String, Kept> = stored.into_iter().collect();
        // Under one name the file's counts.
        let of_file = self.book().kept.clone().into_iter().filter(|(_, kept)| kept.of_file);
        counts.extend(of_file);
        let conditions = counts.values().map(|kept| Arc::new(kept.change(version)));
        let mut events: Vec<Event> = conditions.map(Event::Condition).collect();
        let promoted = catalogues::stored(&*node.store).await.map_err(unread)?;
        events.extend(promoted.last().map(|latest| latest.event(self.settings.semantics)));
        let book = Event::ConditionBook(ConditionBook { version });
        Ok(Announced { version, events, book })
    }

    /// Reads what operators have set at other nodes.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn reload(&self, store: &dyn Store) -> Result<(), StoreError> {
        let _alone = self.changing.lock().await;
        let version = order::reached(store).await?;
        let stored = conditions::stored(store, &self.pseudonyms).await?;
        let moved = self.book().moved_to(stored);
        for (name, kept) in moved {
            self.changed(&name, kept, version);
        }
        if let Some(latest) = catalogues::stored(store).await?.last() {
            self.promoted(latest);
        }
        Ok(())
    }

    /// For book and stream; the store has it already.
    fn changed(&self, name: &str, kept: Option<Kept>, version: u64) {
        let event = change_event(name, kept.as_ref(), version);
        match kept {
            Some(kept) => self.book().kept.insert(name.to_owned(), kept),
            None => self.book().kept.remove(name),
        };
        self.stream.append(event);
    }

    /// What became of transfers, for the history: told again, it counts once.
    pub fn follow(&self, node: &Node, rows: &[Row]) {
        for row in rows {
            let Row::Transfer(transfer) = row else { continue };
            let screened = transfer.verdict != Verdict::NotScreened;
            if let Some(kind) = outcome(transfer).filter(|_| screened) {
                let id = frms::PaymentId(transfer.id.0);
                let at_ms = transfer.ended_at.unwrap_or_else(|| node.now()).0;
                self.stream.append(Event::Outcome(Outcome { id, kind, at_ms }));
            }
        }
    }

    async fn judge(
        &self,
        node: &Node,
        post: &TransfersPost,
        mut prepare: Prepare,
    ) -> Result<Screened, Refusal> {
        let known = self.known(node, post, &prepare).await;
        let attempt = Arc::new(Terms::of(&prepare).attempt(known, node.now().0));
        let client = self.client();
        if self.settings.mode == ScreeningMode::Shadow {
            let outcome = client.observe(attempt).map_or_else(reason, |()| "shadow");
            count(node, outcome);
            prepare.verdict = Verdict::Allowed;
            return Ok(Screened::plain(prepare));
        }
        let verdict = client.screen(Arc::clone(&attempt), self.budget(node, &prepare)).await;
        count(node, verdict.as_ref().map_or_else(|why| reason(*why), |verdict| said(verdict)));
        prepare.verdict = self.applied(&verdict, &prepare)?;
        let evidence = match (&verdict, prepare.verdict) {
            (_, Verdict::Allowed | Verdict::NotScreened) => None,
            (Ok(verdict), _) => evidence_of(verdict),
            (Err(why), _) => {
                Some(serde_json::json!({ "unavailable": why.to_string() }).to_string().into_bytes())
            }
        };
        let evidence = evidence.map(|body| DocumentWrite {
            key: verdict_key(prepare.id),
            expected: Expected::Any,
            body: Some(Bytes::from(body)),
            deadline: None,
        });
        prepare.verdict_reference = evidence.is_some().then(|| reference(prepare.id)).flatten();
        let is_held = prepare.verdict == Verdict::Hold;
        let case = is_held.then(|| unjudged_case(node, &attempt, &verdict)).flatten();
        Ok(Screened { prepare, evidence, case })
    }

    fn applied(
        &self,
        verdict: &Result<Arc<frms::Verdict>, Unavailable>,
        prepare: &Prepare,
    ) -> Result<Verdict, Refusal> {
        let policy = &self.settings;
        let decision = decided(verdict).inspect_err(|why| {
            let policy = policy.on_unavailable;
            tracing::warn!(transfer = prepare.spelling, why, ?policy, "a payment has no verdict");
        });
        let decision = decision.ok();
        match effect(decision, policy.on_review, policy.on_unavailable) {
            Effect::Pass => Ok(Verdict::Allowed),
            Effect::Hold => Ok(Verdict::Hold),
            Effect::Block => Ok(Verdict::Blocked),
            effect @ Effect::Later => {
                let code = code(Point::BeforeReserve, effect);
                Err(Refusal::new(code.unwrap_or(ErrorCode::ServiceUnavailable), ""))
            }
        }
    }

    /// Whom to ask.
    pub(crate) fn client(&self) -> Client {
        self.client.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The policy's budget, or what is left of the payment's own time if that is less.
    fn budget(&self, node: &Node, prepare: &Prepare) -> Duration {
        let until = prepare.reserve_by.unwrap_or(prepare.expires_at).min(prepare.expires_at);
        let left_ms = u64::try_from(until.0.saturating_sub(node.now().0)).unwrap_or(0);
        Duration::from_millis(self.settings.budget_ms.min(left_ms))
    }

    async fn known(&self, node: &Node, post: &TransfersPost, prepare: &Prepare) -> Known {
        let (payer, payee) = (prepare.payer.as_str(), prepare.payee.as_str());
        let key = facts::key(payer, payee, prepare.condition.0);
        if let Some(known) = self.answered.find(&key) {
            return known;
        }
        let quoted = node.document(&key).await;
        let quoted = quoted.inspect_err(|error| tracing::warn!(%error, "no quote can be read"));
        let quoted = quoted.ok().flatten().as_ref().and_then(facts::of_quote);
        quoted.unwrap_or_else(|| facts::of_packet(post, node.now(), &self.pseudonyms))
    }
}

/// Gives a new prepare its verdict, where payments are screened. What the switch would refuse anyway is
/// not screened (DESIGN §2), nor is a resend: its outcome is known.
///
/// # Errors
/// The store does not answer; 2003 where there is no verdict and the policy is closed.
pub async fn pass(
    node: &Node,
    post: &TransfersPost,
    prepare: Prepare,
    is_new: bool,
) -> Result<Screened, Refusal> {
    let Some(screening) = node.screening.as_ref().filter(|_| is_new) else {
        return Ok(Screened::plain(prepare));
    };
    match demanded(node, &prepare).await.map_err(crate::hub::read_failed)? {
        true => screening.judge(node, post, prepare).await,
        false => Ok(Screened::plain(prepare)),
    }
}

/// Gives a prepare its verdict that the switch did not admit without one.
///
/// # Errors
/// See [`pass`].
pub async fn demand(
    node: &Node,
    post: &TransfersPost,
    prepare: Prepare,
) -> Result<Screened, Refusal> {
    match &node.screening {
        Some(screening) => screening.judge(node, post, prepare).await,
        None => Ok(Screened::plain(prepare)),
    }
}

/// Remembers what a quote is about before its answer leaves; over a shared store, for all nodes. A
/// failure costs the facts, not the quote.
pub async fn quoted(
    node: &Node,
    (payer_fsp, payee_fsp): (&ParticipantName, &ParticipantName),
    quote: u128,
    put: &QuotesPut,
) {
    let Some(screening) = &node.screening else { return };
    let (payer_fsp, payee_fsp) = (payer_fsp.as_str(), payee_fsp.as_str());
    let Some(asked) = screening.quotes.answer(payer_fsp, quote, payee_fsp) else { return };
    if !node.store.is_shared() {
        let key = facts::key(payer_fsp, payee_fsp, put.condition.0);
        return screening.answered.keep(key, asked.known());
    }
    let document = asked.kept(payer_fsp, put, node.now());
    let kept = match document.map_err(CommitError::from) {
        Ok(document) => {
            let documents = vec![document];
            node.commit(Submission { documents, ..Submission::default() }).await.map(|_| ())
        }
        Err(error) => Err(error),
    };
    if let Err(error) = kept {
        tracing::warn!(%error, "what a quote is about could not be kept");
    }
}

/// The time of a quote's facts is over.
///
/// # Errors
/// The store does not answer.
pub async fn forget(node: &Node, key: &DocumentKey) -> Result<(), CommitError> {
    let (expected, deadline) = (Expected::Any, None);
    let removal = DocumentWrite { key: key.clone(), expected, body: None, deadline };
    node.commit(Submission { documents: vec![removal], ..Submission::default() }).await?;
    Ok(())
}

/// The evidence of what stopped a payment.
pub fn verdict_key(id: switch::TransferId) -> DocumentKey {
    DocumentKey::new(VERDICT, Bytes::copy_from_slice(&id.0.to_be_bytes()))
}

/// Whether the switch would admit the prepare but for the verdict.
async fn demanded(node: &Node, prepare: &Prepare) -> Result<bool, StoreError> {
    let command = Command::Prepare(Box::new(prepare.clone()));
    let view = node.view(&command.keys()).await?;
    let decision = switch::decide(&view, &command, &crate::node::rules(&node.config), node.now());
    Ok(decision.outcome == switch::Outcome::Refused(switch::Refusal::NotScreened))
}

/// What the stream is told of a condition that was set or taken back.
fn change_event(name: &str, kept: Option<&Kept>, version: u64) -> Event {
    let condition = kept.map(|kept| Arc::clone(&kept.condition));
    Event::Condition(Arc::new(frms::ConditionChange { name: name.to_owned(), condition, version }))
}

/// Commits a change of conditions under the next number of their order, which it gives back.
async fn in_order(
    node: &Node,
    submission: impl Fn(u64) -> Result<Submission, NotRendered>,
) -> Result<u64, CommitError> {
    let mut tries = 1;
    loop {
        let (version, step) = order::next(&*node.store).await.map_err(unread)?;
        let mut submission = submission(version).map_err(|error| {
            tracing::error!(%error, "a condition cannot be told");
            CommitError::Internal
        })?;
        submission.documents.push(step);
        match node.commit(submission).await {
            Ok(_) => return Ok(version),
            Err(error) if order::was_overtaken(&error) && tries < CONDITION_TRIES_MAX => tries += 1,
            Err(error) => return Err(error),
        }
    }
}

fn unread(error: StoreError) -> CommitError {
    tracing::error!(%error, "conditions cannot be read");
    CommitError::Unavailable
}

/// Whether payments are screened, as the switch is told.
pub fn demand_of(settings: &ScreeningSettings) -> Demand {
    if settings.enabled { Demand::Required } else { Demand::Off }
}

/// The path under which the evidence is read.
fn reference(id: switch::TransferId) -> Option<VerdictReference> {
    let path = format!("screening/verdicts/{}", PaymentId::from(id).uuid());
    VerdictReference::try_from(path.into_bytes()).ok()
}

/// What is to be screened, as far as its message says.
struct Terms<'t> {
    id: u128,
    hash: [u8; 32],
    point: Point,
    /// Who pays and who is paid.
    fsps: (&'t str, &'t str),
    units: i128,
    currency: String,
}

impl<'t> Terms<'t> {
    fn of(prepare: &'t Prepare) -> Terms<'t> {
        Terms {
            id: prepare.id.0,
            hash: prepare.hash.0,
            point: Point::BeforeReserve,
            fsps: (prepare.payer.as_str(), prepare.payee.as_str()),
            units: prepare.money.units(),
            currency: prepare.money.currency().to_string(),
        }
    }

    fn attempt(self, known: Known, at_ms: i64) -> Attempt {
        let Known { debtor, creditor, facts, about } = known;
        let About { category, debtor_age_years, place, description } = about;
        Attempt {
            id: frms::PaymentId(self.id),
            hash: frms::TermsHash(self.hash),
            point: self.point,
            at_ms,
            payer_fsp: self.fsps.0.to_owned(),
            payee_fsp: self.fsps.1.to_owned(),
            units: frms::Units(self.units),
            currency: self.currency,
            debtor,
            creditor,
            facts,
            category: category.map(str::to_owned),
            debtor_age_years,
            place,
            description,
        }
    }
}

/// A verdict as it is kept.
fn evidence_of(verdict: &frms::Verdict) -> Option<Vec<u8>> {
    serde_json::to_vec(verdict).ok()
}

/// What a transfer has come to, if anything.
fn outcome(transfer: &Transfer) -> Option<OutcomeKind> {
    match transfer.state {
        TransferState::Held => Some(OutcomeKind::Held),
        TransferState::Reserved | TransferState::ReservedForwarded => {
            (transfer.verdict == Verdict::Hold).then_some(OutcomeKind::Released)
        }
        TransferState::Committed => Some(OutcomeKind::Committed),
        TransferState::Invalid | TransferState::AbortedRejected => match transfer.cause {
            Some(Cause::Hub(switch::Refusal::BlockedByScreening)) => Some(OutcomeKind::Blocked),
            _ => Some(OutcomeKind::Aborted),
        },
        TransferState::AbortedError => Some(OutcomeKind::Aborted),
        TransferState::ExpiredReserved | TransferState::ExpiredPrepared => {
            Some(OutcomeKind::Expired)
        }
    }
}

/// The case of a payment that is held although nobody has judged it: the stream opens none. A hold without
/// one is still an operator's to end.
fn unjudged_case(
    node: &Node,
    attempt: &Attempt,
    verdict: &Result<Arc<frms::Verdict>, Unavailable>,
) -> Option<DocumentWrite> {
    let why = decided(verdict).err().filter(|_| node.workbench.is_some())?;
    let found = verdict.as_ref().ok().map(|verdict| &**verdict);
    let case = unjudged::case(attempt, found, &why);
    case.inspect_err(|error| tracing::error!(%error, "a case cannot be written")).ok().flatten()
}

fn reason(why: Unavailable) -> &'static str {
    match why {
        Unavailable::Busy => "busy",
        Unavailable::Late => "late",
        Unavailable::Failed => "failed",
    }
}

fn count(node: &Node, outcome: &'static str) {
    node.metrics.screening.get_or_create(&ScreeningLabels { outcome }).inc();
}

pub(crate) fn catalogue(settings: &ScreeningSettings) -> Result<Catalogue, String> {
    let path = &settings.catalogue;
    if path.as_os_str().is_empty() {
        return Catalogue::standard().map_err(|error| error.to_string());
    }
    let at = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let bytes = std::fs::read(path).map_err(|error| at(&error))?;
    let read = Catalogue::read_for(&settings.tenant, &bytes, settings.semantics);
    read.map_err(|error| at(&error))
}

/// The secret that this store's pseudonyms are made with: made once, since another one would make
/// every account a stranger.
async fn secret(store: &dyn Store, committer: &Committer) -> Result<Bytes, StartError> {
    let key = DocumentKey::new(SECRET, Bytes::from_static(b"pseudonyms"));
    let stored = || async { Ok::<_, StoreError>(store.document(&key).await?.map(|d| d.body)) };
    if let Some(body) = stored().await? {
        return Ok(body);
    }
    let unusable = |reason: String| StartError::Screening { reason };
    let mut bytes = [0; SCREENING_SECRET_BYTES];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| unusable("no entropy".to_owned()))?;
    let body = Bytes::copy_from_slice(&bytes);
    let (expected, deadline) = (Expected::Absent, None);
    let document = DocumentWrite { key: key.clone(), expected, body: Some(body.clone()), deadline };
    let submission = Submission { documents: vec![document], ..Submission::default() };
    match committer.submit(submission).await {
        Ok(_) => Ok(body),
        // Another node was faster: its secret is everybody's.
        Err(error) => stored().await?.ok_or_else(|| unusable(error.to_string())),
    }
}
