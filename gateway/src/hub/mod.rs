//! The hub's side of the FSPIOP API, in the order of a message's way: route, headers, signature,
//! body, then the resource's own file.

mod participants;
mod parties;
mod quotes;
mod transfers;
mod versions;

use std::sync::Arc;

use causeway_translate::FspiopRequest;
use fspiop::deadline::{
    Answer as TimeAnswer, Budget, Down, Input, TimeRefusal, TimedResource, TimeoutHeaders,
    TimeoutStage,
};
use fspiop::error::{ErrorCode, ErrorInformation, Refusal};
use fspiop::headers::RequestHeaders;
use fspiop::json::Value;
use fspiop::jws;
use fspiop::route::{Match, Method, Operation, Route};
use fspiop::version::{Resource, Rules, Version};
use switch::{Command, ParticipantName, Timestamp};
use switch_store::{CommitError, StoreError, Submission};

use crate::admission::{self, RETRY_AFTER_S, Stage};
use crate::alerts;
use crate::delivery::Item;
use crate::effects::Renderer;
use crate::envelope::{Answer, Envelope};
use crate::limits::DATE_WINDOW_MS;
use crate::node::{HUB, Node};
use crate::outbound::{Forwarded, HopBudget, Outbound, Urgency};
use crate::peers::PeerRecord;
use crate::pending::{Question, Waiting};
use crate::seal;
use crate::shared::Limited;
use crate::tls::Peer;
use crate::upstream::Upstream;

/// A request whose headers and signature are good.
pub struct Incoming<'e> {
    /// As received.
    pub envelope: &'e Envelope,
    /// What it is.
    pub operation: Operation,
    /// Its headers.
    pub headers: RequestHeaders,
    /// Its timeout headers.
    pub timeouts: TimeoutHeaders,
    /// Who sent it.
    pub source: ParticipantName,
    /// Path and query from the resource on: what is passed on to the next hop.
    pub target: &'e str,
}

/// Answers one FSPIOP request.
pub async fn receive(node: &Arc<Node>, envelope: Envelope) -> Answer {
    let (route, answered) = match Match::find(&envelope.method, &envelope.target) {
        Ok(found) => (found.resource().as_str(), handle(node, &envelope, &found).await),
        Err(refusal) => ("unknown", Err(refusal)),
    };
    answered.unwrap_or_else(|refusal| refused(&refusal)).on(route)
}

/// The answer that words a refusal (API Definition §7.6).
pub fn refused(refusal: &Refusal) -> Answer {
    let mut answer = Answer::with_body(refusal.status, "application/json", refusal.render());
    if let Some(allow) = &refusal.allow {
        answer = answer.header("allow", allow.as_str());
    }
    match refusal.status {
        429 | 503 => answer.header("retry-after", RETRY_AFTER_S),
        _ => answer,
    }
}

async fn handle(
    node: &Arc<Node>,
    envelope: &Envelope,
    found: &Match<'_>,
) -> Result<Answer, Refusal> {
    // Who signed is not known yet. Whoever is named here is only ever refused for it.
    let asker = envelope.headers.first(jws::SOURCE).unwrap_or_default();
    admitted(node, &envelope.peer, Stage::of(found.operation()), asker)?;
    let headers = RequestHeaders::parse(&envelope.headers, found.operation(), envelope.body.len())?;
    let known = node.peers.known();
    let source = participant(headers.source.as_str())?;
    let record = known.records.get(source.as_str());
    if record.is_some_and(|record| !record.speaks_through(source.as_str(), &envelope.peer)) {
        return Err(not_the_peer(node, envelope));
    }
    if let Some(record) = record {
        within_rate(node, found.operation(), source.as_str(), record).await?;
    }
    let protected = verify(node, envelope, &known.ring)?;
    let timeouts = TimeoutHeaders::read(lines(envelope), protected)
        .map_err(|refusal| time_refused(&refusal))?;
    let age_ms = envelope.arrival.0.saturating_sub(headers.date_epoch_ms);
    if timeouts.held_without_deducting(age_ms) {
        // An alarm and no refusal: clocks differ.
        node.metrics.timeouts_held.inc();
        tracing::warn!(source = source.as_str(), age_ms, "a hop held a message: less time is left");
    }
    let Some(record) = record else {
        return Err(Refusal::new(ErrorCode::IdNotFound, "FSPIOP-Source is no participant"));
    };
    versions::of_sender(record, &headers, found.operation())?;
    let rules = Rules::new(headers.version, &node.currencies);
    let route = found.route(&rules)?;
    let target = jws::signed_uri(&envelope.target).unwrap_or(&envelope.target);
    let operation = found.operation();
    let incoming = Incoming { envelope, operation, headers, timeouts, source, target };
    match route {
        Route::GetParty(party) => parties::get(node, &incoming, &party).await,
        Route::PutParty(party) | Route::PutPartyError(party) => {
            parties::put(node, &incoming, &party).await
        }
        Route::GetParticipant(party, currency) => {
            participants::get(node, &incoming, &party, currency).await
        }
        Route::PostParticipant(party) => participants::post(node, &incoming, &party).await,
        Route::DeleteParticipant(party, currency) => {
            participants::delete(node, &incoming, &party, currency).await
        }
        Route::PostParticipants => participants::post_list(node, &incoming).await,
        Route::PostQuote => quotes::post(node, &incoming).await,
        Route::GetQuote(id) => quotes::get(node, &incoming, &id).await,
        Route::PutQuote(id) | Route::PutQuoteError(id) => quotes::put(node, &incoming, &id).await,
        Route::PostTransfer => transfers::prepare(node, &incoming).await,
        Route::GetTransfer(id) => transfers::inquire(node, &incoming, &id).await,
        Route::PutTransfer(id) => transfers::fulfil(node, &incoming, &id).await,
        Route::PutTransferError(id) => transfers::abort(node, &incoming, &id).await,
        // The hub answers these, it does not ask them (fspiop-api.md §1.1).
        Route::PutParticipant(_)
        | Route::PutParticipantError(_)
        | Route::PutParticipants(_)
        | Route::PutParticipantsError(_)
        | Route::PatchTransfer(_) => {
            Err(Refusal::new(ErrorCode::NotImplemented, "the hub takes no answer here"))
        }
    }
}

/// Refuses what would wait too long, for this node or for `participant`. What comes from inside belongs to
/// an order that has been accepted: this node's own wait is no reason any more to end it.
///
/// # Errors
/// 503 with 2005.
pub fn admitted(node: &Node, peer: &Peer, stage: Stage, participant: &str) -> Result<(), Refusal> {
    if stage == Stage::Finish {
        return Ok(());
    }
    let participant_ms = node.delivery().wait_ms(participant);
    let admitted = match peer {
        Peer::Inside => node.admission.continues(stage, participant_ms),
        Peer::Loopback | Peer::Certificate(_) => node.admission.admits(stage, participant_ms),
    };
    if admitted {
        return Ok(());
    }
    node.metrics.overloaded.inc();
    Err(admission::busy())
}

/// Refuses what a participant sends above its rate: of what begins something. What ends it, callbacks and
/// questions how a transfer stands, is always taken (DESIGN §9).
///
/// # Errors
/// 429 with 2005.
async fn within_rate(
    node: &Node,
    operation: Operation,
    source: &str,
    record: &PeerRecord,
) -> Result<(), Refusal> {
    let per_s = record.requests_per_s.unwrap_or(node.config.limits.requests_per_s);
    if operation.is_callback() || operation == Operation::GetTransfer {
        return Ok(());
    }
    node.shared.rates.take(source, per_s, node.now()).await.map_err(|Limited| {
        node.metrics.rate_limited.inc();
        let mend = format!("more than {per_s} requests a second: send them more slowly");
        Refusal::new(ErrorCode::ServerBusy, mend).with_status(429)
    })
}

/// Verifies the signature over the raw bytes, where one is due. Whether `FSPIOP-Timeout` is in the protected header
/// comes back, because no hop could then rewrite it.
///
/// # Errors
/// 400 with 3102, 3101 or 3105.
pub fn verify(node: &Node, envelope: &Envelope, ring: &jws::KeyRing) -> Result<bool, Refusal> {
    let signed = envelope.headers.first(jws::SIGNATURE).is_some();
    // FSPIOP signs bodies: what has none need not be signed, and is verified if it is.
    if !signed && (envelope.body.is_empty() || !node.config.scheme.require_signatures) {
        return Ok(false);
    }
    let request = jws::Request {
        method: &envelope.method,
        target: &envelope.target,
        headers: &envelope.headers,
        body: &envelope.body,
    };
    let clock = jws::Clock { now_ms: envelope.arrival.0, date_window_ms: None };
    match jws::verify(&request, ring, Some(clock)) {
        Ok(verified) => {
            flag_stale(node, &verified);
            Ok(verified.protected.value(TimeoutHeaders::TIMEOUT).is_some())
        }
        Err(refusal) => {
            node.metrics.signatures_refused.inc();
            tracing::warn!(reason = %refusal.fault, "a signature was refused");
            Err(Refusal::from(refusal))
        }
    }
}

/// A signature does not age, so signed bytes may come again at any time: what they ask for is done once
/// all the same, and that they are old is noted. No refusal: clocks differ, and finals are sent for long.
fn flag_stale(node: &Node, verified: &jws::Verified) {
    let Some(age_ms) = verified.date_age_ms else { return };
    if age_ms.unsigned_abs() > DATE_WINDOW_MS {
        node.metrics.signatures_stale.inc();
        let source = verified.source.as_str();
        tracing::warn!(
            source,
            age_ms,
            "a signed message's Date is far from now: a replay, or a clock"
        );
    }
}

/// 403: who is at the other end may not speak for whom the message is from.
pub fn not_the_peer(node: &Node, envelope: &Envelope) -> Refusal {
    node.metrics.identities_refused.inc();
    let source = envelope.headers.first(jws::SOURCE).unwrap_or_default();
    tracing::warn!(source, peer = ?envelope.peer.names(), "not the certificate of the source");
    let mend = "the client certificate is not that of FSPIOP-Source";
    Refusal::new(ErrorCode::ClientError, mend).with_status(403)
}

impl Incoming<'_> {
    /// The body as strict JSON.
    ///
    /// # Errors
    /// 400/3101 with the place.
    pub fn json(&self) -> Result<Value, Refusal> {
        Ok(fspiop::json::parse_message(&self.envelope.body)?)
    }

    /// What the body is read by.
    pub fn rules<'n>(&self, node: &'n Node) -> Rules<'n> {
        Rules::new(self.headers.version, &node.currencies)
    }

    /// The request as it is passed on.
    pub fn forwarded(&self) -> Forwarded {
        Forwarded::of(self.envelope, self.target)
    }

    /// The destination that the sender named.
    ///
    /// # Errors
    /// 400/3102 if it named none.
    pub fn destination(&self) -> Result<ParticipantName, Refusal> {
        match &self.headers.destination {
            Some(destination) => participant(destination.as_str()),
            None => {
                Err(Refusal::new(ErrorCode::MissingElement, "FSPIOP-Destination is required here"))
            }
        }
    }

    /// The budget of this request.
    ///
    /// # Errors
    /// It is over, or too short to ask the next hop.
    pub fn budget(
        &self,
        node: &Node,
        resource: TimedResource,
        facts: &BudgetFacts,
    ) -> Result<Budget, TimeRefusal> {
        let row = node.profile.row(resource).unwrap_or(&FALLBACK_ROW);
        let expiration = facts.expiration_ms.map(|at| at.saturating_sub(self.envelope.arrival.0));
        let input = Input {
            resource,
            headers: self.timeouts,
            expiration_minus_now_ms: expiration,
            first_sight_remaining_ms: facts.first_sight_remaining_ms,
            payee_honours_timeout: facts.payee_honours_timeout,
            to_proxy: false,
        };
        let budget = Budget::compute(row, &input)?;
        for violation in &budget.violations {
            node.metrics.timeout_violations.inc();
            tracing::warn!(
                source = self.source.as_str(),
                violation = violation.as_str(),
                "a timeout header was cut"
            );
        }
        Ok(budget)
    }

    /// The budget of a lookup or quote; `None` when the asker was told by callback that there is no
    /// time, as peers expect who sent no header.
    ///
    /// # Errors
    /// 400 when there is no time and the sender named its own.
    pub fn budget_or_tell(
        &self,
        node: &Node,
        resource: TimedResource,
        question: Option<&Question>,
        path: &str,
        expiration_ms: Option<i64>,
    ) -> Result<Option<Budget>, Refusal> {
        let (source, arrival) = (self.source.as_str(), self.envelope.arrival);
        // Of several nodes another may have passed the answer back.
        let left = question
            .filter(|_| !node.store.is_shared())
            .and_then(|asked| node.pending.first_sight_remaining_ms(source, asked, arrival));
        self.budget_of(node, (resource, expiration_ms), path, left)
    }

    /// The same where `left` milliseconds were left when the id was first seen.
    ///
    /// # Errors
    /// As [`Incoming::budget_or_tell`].
    pub fn budget_of(
        &self,
        node: &Node,
        (resource, expiration_ms): (TimedResource, Option<i64>),
        path: &str,
        left: Option<u64>,
    ) -> Result<Option<Budget>, Refusal> {
        let source = self.source.as_str();
        let facts = BudgetFacts {
            expiration_ms,
            first_sight_remaining_ms: left,
            payee_honours_timeout: false,
        };
        match self.budget(node, resource, &facts) {
            Ok(budget) => match budget.down(self.elapsed_ms(node)) {
                Down::Forward { .. } => Ok(Some(budget)),
                Down::Refuse(refusal) => Err(time_refused(&refusal)),
            },
            Err(refusal) if refusal.answer == TimeAnswer::Reject => Err(time_refused(&refusal)),
            Err(refusal) => {
                let detail = refusal.reason.to_string();
                let information = ErrorInformation::with_detail(refusal.code, &detail);
                let none = Upstream { since: self.envelope.arrival, until: self.envelope.arrival };
                let information = none.explain(information, TimeoutStage::Ingress, node.now());
                self.tell(node, &error_callback(source, path, &information));
                Ok(None)
            }
        }
    }

    /// Tells the asker something in the hub's name, in the version in which it asked.
    pub fn tell(&self, node: &Node, request: &FspiopRequest) {
        let asked = Some(self.headers.reply_version());
        let version = node.peers.known().version_for(request, asked);
        let outbound = seal::originated(request, version, node.now(), &node.keys);
        let until = node.now().plus_ms(ERROR_CALLBACK_MS);
        send_volatile(node, self.source.as_str(), (HUB, &request.target), outbound, until);
    }

    /// Hub time so many milliseconds after arrival.
    pub fn after(&self, ms: u64) -> Timestamp {
        self.envelope.arrival.plus_ms(i64::try_from(ms).unwrap_or(i64::MAX))
    }

    /// The budget in the form in which delivery computes each attempt's header.
    pub fn hop(&self, budget: &Budget) -> HopBudget {
        HopBudget {
            until_ms: self.after(budget.onward_ms()).0,
            link_ms: budget.link_ms(),
            floor_ms: budget.floor_ms(),
            origin_ms: None,
        }
    }

    /// Milliseconds since the request's headers had arrived.
    pub fn elapsed_ms(&self, node: &Node) -> u64 {
        u64::try_from(node.now().0.saturating_sub(self.envelope.arrival.0)).unwrap_or(0)
    }
}

/// What a budget depends on besides the request's headers.
#[derive(Debug, Clone, Copy, Default)]
pub struct BudgetFacts {
    /// The signed expiration, Unix milliseconds.
    pub expiration_ms: Option<i64>,
    /// What was left when this id was first seen, less the time since.
    pub first_sight_remaining_ms: Option<u64>,
    /// As the payee is registered.
    pub payee_honours_timeout: bool,
}

/// For resources that a profile does not offer: the peers' habits.
const FALLBACK_ROW: fspiop::deadline::Row = fspiop::deadline::Row {
    default_ms: 30_000,
    max_ms: 60_000,
    answer_margin_ms: 1_000,
    link_ms: 150,
    floor_ms: 500,
};

/// 202 with the effective budget.
pub fn accepted(budget: Option<&Budget>) -> Answer {
    let answer = Answer::empty(202);
    match budget.and_then(Budget::effective) {
        Some(effective) => answer.header("fspiop-timeout-effective", effective.ms().to_string()),
        None => answer,
    }
}

/// Sends something that lives in memory only (DESIGN §2): lookups, quotes and their errors. Its lane is
/// whose message it is and about what, so that nobody's waits for another's.
pub fn send_volatile(
    node: &Node,
    destination: &str,
    (source, path): (&str, &str),
    outbound: Outbound,
    deadline: Timestamp,
) {
    node.send(Item {
        row: None,
        destination: destination.into(),
        resource: format!("{source} {path}").into(),
        urgency: Urgency::Request,
        deadline: Some(deadline),
        outbound: Arc::new(outbound),
        attempts: 0,
        may_have_left: false,
    });
}

/// How long an error callback that lives in memory only is tried.
const ERROR_CALLBACK_MS: i64 = 30_000;

/// Tells somebody whose lookup or quote was accepted of an error, with what is left of its time.
fn tell_waiting(node: &Node, waiting: &Waiting, error: &ErrorInformation) {
    let request = error_callback(&waiting.source, &waiting.path, error);
    let left = Some(waiting.asked.budget());
    let version = node.peers.known().version_for(&request, Some(waiting.version));
    let outbound = seal::originated(&request, version, node.now(), &node.keys).within(left);
    let until = node.now().plus_ms(ERROR_CALLBACK_MS);
    send_volatile(node, &waiting.source, (HUB, &request.target), outbound, until);
}

/// Tells askers that nobody answered in time; where another node may have passed an answer back, once
/// that is known.
pub fn give_up(node: &Arc<Node>, overdue: Vec<Waiting>) {
    if node.shared.questions.is_none() {
        return overdue.iter().for_each(|waiting| too_late(node, waiting));
    }
    if !overdue.is_empty() {
        let node = Arc::clone(node);
        tokio::spawn(async move {
            for waiting in unanswered(&node, overdue, true).await {
                too_late(&node, &waiting);
            }
        });
    }
}

/// Those of whom no node has passed an answer back.
async fn unanswered(node: &Node, overdue: Vec<Waiting>, was_asked: bool) -> Vec<Waiting> {
    match &node.shared.questions {
        Some(questions) => questions.unanswered(overdue, was_asked).await,
        None => overdue,
    }
}

fn too_late(node: &Node, waiting: &Waiting) {
    let quote = waiting.path.starts_with("/quotes/");
    let code = if quote { ErrorCode::QuoteExpired } else { ErrorCode::ServerTimedOut };
    let error = ErrorInformation::with_detail(code, "the other party did not answer in time");
    let error = waiting.asked.explain(error, TimeoutStage::AwaitingCallback, node.now());
    tell_waiting(node, waiting, &error);
}

/// Tells an asker that its lookup or quote could not be passed on; `stage` if for want of time. An attempt
/// that `may_have_left` may have been answered all the same, through another node.
pub async fn unanswerable(
    node: &Node,
    forwarded: &Forwarded,
    target: &str,
    error: ErrorInformation,
    (stage, may_have_left): (Option<TimeoutStage>, bool),
) {
    let (_, _, headers, body) = forwarded.parts();
    if let Some(source) = headers.first(jws::SOURCE)
        && let Some(question) = question(node, target, body)
        && let Some(waiting) = node.pending.remove(source, &question)
        && let Some(waiting) = unanswered(node, vec![waiting], may_have_left).await.pop()
    {
        let error = match stage {
            Some(stage) => waiting.asked.explain(error, stage, node.now()),
            None => error,
        };
        tell_waiting(node, &waiting, &error);
    }
}

/// What a request that was passed on asks; POST /quotes names its quote in the body only.
fn question(node: &Node, target: &str, body: &[u8]) -> Option<Question> {
    // What was passed on was taken by its own version's rules: these take all ids.
    let rules = Rules::new(Version::V2_0, &node.currencies);
    if target == "/quotes" {
        let body = fspiop::json::parse_message(body).ok()?;
        let id = rules.correlation_id(body.member("quoteId")?.as_str()?).ok()?;
        return Some(Question::quote(&id));
    }
    match Match::find("GET", target).ok()?.route(&rules).ok()? {
        Route::GetParty(party) => Some(Question::party(&party)),
        Route::GetQuote(id) => Some(Question::quote(&id)),
        _ => None,
    }
}

/// PUT {path}/error
pub fn error_callback(to: &str, path: &str, error: &ErrorInformation) -> FspiopRequest {
    let resource = match path.split('/').nth(1) {
        Some("parties") => Resource::Parties,
        Some("participants") => Resource::Participants,
        Some("quotes") => Resource::Quotes,
        _ => Resource::Transfers,
    };
    FspiopRequest {
        method: Method::Put,
        target: format!("{path}/error"),
        resource,
        body: Some(error.render()),
        destination: Some(to.to_owned()),
        until_ms: None,
    }
}

/// Ends a transfer without anybody's message: its deadline, or no time left to send it.
///
/// # Errors
/// The store does not answer.
pub async fn end(node: &Arc<Node>, command: Command) -> Result<(), CommitError> {
    let renderer = Renderer::plain(node);
    let submission = Submission {
        commands: vec![command],
        render: Some(Arc::new(renderer)),
        ..Submission::default()
    };
    let committed = node.commit(submission).await?;
    crate::effects::follow(node, &committed.decisions);
    match committed.decisions.iter().any(alerts::is_our_fault) {
        true => Err(CommitError::Internal),
        false => Ok(()),
    }
}

/// The refusal of a request for want of time.
pub fn time_refused(refusal: &TimeRefusal) -> Refusal {
    Refusal::new(refusal.code, refusal.reason.to_string()).with_status(400)
}

/// A refusal of the rules, as an error callback words it.
pub fn rule_refused(refusal: &switch::Refusal) -> ErrorInformation {
    causeway_translate::codes::error_of_refusal(refusal)
}

/// The store's failure as the sender learns it: 2003, 2005 or 2001.
pub fn store_failed(error: &CommitError) -> Refusal {
    let code = match error {
        CommitError::Busy => ErrorCode::ServerBusy,
        CommitError::Internal | CommitError::TooLarge { .. } => ErrorCode::InternalServerError,
        CommitError::Conflict { .. } | CommitError::Unavailable | CommitError::Halted => {
            ErrorCode::ServiceUnavailable
        }
    };
    tracing::error!(%error, "a request could not be committed");
    Refusal::new(code, "")
}

/// A read that the store did not answer.
pub fn read_failed(error: StoreError) -> Refusal {
    tracing::error!(%error, "the store does not answer");
    Refusal::new(ErrorCode::ServiceUnavailable, "")
}

/// A participant's name.
///
/// # Errors
/// 400/3100 for what cannot be one.
pub fn participant(name: &str) -> Result<ParticipantName, Refusal> {
    let unfit = |_| Refusal::new(ErrorCode::ValidationError, "not a participant's name");
    name.parse().map_err(unfit)
}

fn lines(envelope: &Envelope) -> impl Iterator<Item = (&str, &[u8])> {
    envelope.headers.iter().map(|(name, value)| (name, value.as_bytes()))
}
