//! Transfers: prepare, fulfil, abort, and the question how one stands. What is decided here is only
//! what needs the message; everything else the switch decides.

use std::sync::Arc;

use fspiop::deadline::{Answer as TimeAnswer, Budget, Down, TimedResource};
use fspiop::error::{ErrorCode, ErrorInformation, Refusal};
use fspiop::identifiers::CorrelationId;
use fspiop::transfer::{TransferState, TransfersPost, TransfersPut};
use fspiop::version::Version;
use switch::{
    Abort, Command, Condition, Decision, Fulfil, FulfilState, Fulfilment, Hash, Outcome, Prepare,
    ReportedError, Timestamp, Transfer, TransferId, Verdict,
};
use switch_store::{Committed, Submission};

use super::parties::reachable;
use super::{
    BudgetFacts, Incoming, accepted, participant, read_failed, store_failed, time_refused, versions,
};
use crate::admission::Stage;
use crate::effects::{self, Renderer, answer_key};
use crate::envelope::Answer;
use crate::limits::{COMPLETED_AHEAD_MS, COMPLETED_BEHIND_MS};
use crate::node::Node;
use crate::outbound::{Forwarded, HopBudget, read_kept};
use crate::screening::{self, Screened};

/// POST /transfers
pub async fn prepare(node: &Arc<Node>, incoming: &Incoming<'_>) -> Result<Answer, Refusal> {
    let post = TransfersPost::parse(&incoming.json()?, &incoming.rules(node))?;
    if node.config.scheme.verify_ilp_terms {
        crate::ilp_terms::agree(&post)?;
    }
    let id = transfer_id(&post.transfer_id);
    let known = node.transfer(id).await.map_err(read_failed)?;
    if known.is_none()
        && let Some(refused) = versions::refuse_prepare(node, incoming, &post).await?
    {
        return Ok(refused);
    }
    let facts = facts(node, &post, known.as_ref(), incoming.envelope.arrival);
    let budget = match incoming.budget(node, TimedResource::Transfers, &facts) {
        Ok(budget) => Some(budget),
        Err(refusal) if refusal.answer == TimeAnswer::Reject && known.is_none() => {
            return Err(time_refused(&refusal));
        }
        // The switch words it: an error callback, or the stored outcome of a resend.
        Err(_) => None,
    };
    if let (None, Some(Down::Refuse(refusal))) =
        (&known, budget.as_ref().map(|budget| budget.down(incoming.elapsed_ms(node))))
    {
        return Err(time_refused(&refusal));
    }
    if known.is_none() {
        reachable(node, &incoming.envelope.peer, Stage::Prepare, post.payee_fsp.as_str())?;
    }
    let command = command(node, incoming, &post, budget.as_ref())?;
    let screened = screening::pass(node, &post, command, known.is_none()).await?;
    let renderer = Renderer {
        received: Some(incoming.forwarded()),
        budget: budget.as_ref().map(|budget| incoming.hop(budget)),
        kept: kept(node, known.as_ref()).await?,
        known,
        ..Renderer::plain(node)
    };
    commit_screened(node, incoming, &post, screened, renderer).await?;
    Ok(accepted(budget.as_ref()))
}

/// Commits a prepare. What the pre-check took for refused may be admitted a moment later: then it gets
/// its verdict and comes again.
async fn commit_screened(
    node: &Arc<Node>,
    incoming: &Incoming<'_>,
    post: &TransfersPost,
    screened: Screened,
    renderer: Renderer,
) -> Result<(), Refusal> {
    let Screened { prepare, evidence, case } = screened;
    let may_come_again = node.screening.is_some() && prepare.verdict == Verdict::NotScreened;
    let again = may_come_again.then(|| (prepare.clone(), renderer.clone()));
    let renderer = Renderer { evidence, case, ..renderer };
    let committed = commit(node, incoming, Command::Prepare(Box::new(prepare)), renderer).await?;
    let demanded =
        |decision: &Decision| decision.outcome == Outcome::Refused(switch::Refusal::NotScreened);
    match again {
        Some((prepare, renderer)) if committed.decisions.iter().any(demanded) => {
            let screened = screening::demand(node, post, prepare).await?;
            let Screened { prepare, evidence, case } = screened;
            let renderer = Renderer { evidence, case, ..renderer };
            commit(node, incoming, Command::Prepare(Box::new(prepare)), renderer).await.map(drop)
        }
        _ => Ok(()),
    }
}

/// PUT /transfers/{ID}
pub async fn fulfil(
    node: &Arc<Node>,
    incoming: &Incoming<'_>,
    id: &CorrelationId,
) -> Result<Answer, Refusal> {
    let put = TransfersPut::parse(&incoming.json()?)?;
    let known = node.transfer(transfer_id(id)).await.map_err(read_failed)?;
    if awaits_fulfil(node, incoming, known.as_ref()) {
        completed_in_window(&put, node.now())?;
    }
    let state = match put.transfer_state {
        TransferState::Committed => FulfilState::Committed,
        TransferState::Reserved if incoming.headers.version > Version::V1_0 => {
            FulfilState::Reserved
        }
        // Before 1.1 RESERVED, and RECEIVED in all versions, are news on the way and decide nothing.
        TransferState::Reserved | TransferState::Received => return Ok(Answer::empty(200)),
        TransferState::Aborted => {
            let mend = "ABORTED is no answer to a prepare: send PUT /transfers/{ID}/error";
            return Err(Refusal::new(ErrorCode::ValidationError, mend).at("/transferState"));
        }
    };
    let Some(fulfilment) = put.fulfilment else {
        let missing = Refusal::new(ErrorCode::MissingElement, "is required with this state");
        return Err(missing.at("/fulfilment"));
    };
    let command = Command::Fulfil(Box::new(Fulfil {
        id: transfer_id(id),
        spelling: id.as_str().to_owned(),
        source: incoming.source.clone(),
        destination: incoming.destination()?,
        state,
        fulfilment: Fulfilment(fulfilment.0),
        hash: Hash(put.terms_hash()),
        completed_at: put.completed_timestamp.map(|at| Timestamp(at.epoch_ms())),
    }));
    let renderer = Renderer { known, ..Renderer::received(node, incoming.forwarded()) };
    commit(node, incoming, command, renderer).await?;
    Ok(Answer::empty(200))
}

/// PUT /transfers/{ID}/error
pub async fn abort(
    node: &Arc<Node>,
    incoming: &Incoming<'_>,
    id: &CorrelationId,
) -> Result<Answer, Refusal> {
    let error = ErrorInformation::parse(&incoming.json()?)?;
    let command = Command::Abort(Box::new(Abort {
        id: transfer_id(id),
        spelling: id.as_str().to_owned(),
        source: incoming.source.clone(),
        destination: incoming.destination()?,
        hash: Hash(sha256(&error.render())),
        error: ReportedError {
            code: error.code.number(),
            description: error.description,
            extensions: error.extensions.into_iter().map(|e| (e.key, e.value)).collect(),
        },
    }));
    commit(node, incoming, command, Renderer::received(node, incoming.forwarded())).await?;
    Ok(Answer::empty(200))
}

/// GET /transfers/{ID}
pub async fn inquire(
    node: &Arc<Node>,
    incoming: &Incoming<'_>,
    id: &CorrelationId,
) -> Result<Answer, Refusal> {
    let budget = incoming
        .budget(node, TimedResource::Get, &BudgetFacts::default())
        .map_err(|refusal| time_refused(&refusal))?;
    let known = node.transfer(transfer_id(id)).await.map_err(read_failed)?;
    let command = Command::Inquire {
        id: transfer_id(id),
        spelling: id.as_str().to_owned(),
        by: incoming.source.clone(),
    };
    let renderer =
        Renderer { kept: kept(node, known.as_ref()).await?, known, ..Renderer::plain(node) };
    commit(node, incoming, command, renderer).await?;
    Ok(accepted(Some(&budget)))
}

/// One command with its messages; durable when this returns.
async fn commit(
    node: &Arc<Node>,
    incoming: &Incoming<'_>,
    command: Command,
    renderer: Renderer,
) -> Result<Committed, Refusal> {
    // Nobody waits for a prepare after its own deadline.
    let deadline = match &command {
        Command::Prepare(prepare) => Some(prepare.expires_at).filter(|at| *at > node.now()),
        _ => None,
    };
    let asked = Some((incoming.source.as_str().to_owned(), incoming.headers.reply_version()));
    let submission = Submission {
        commands: vec![command],
        render: Some(Arc::new(Renderer { asked, ..renderer })),
        deadline,
        ..Submission::default()
    };
    let committed = node.commit(submission).await.map_err(|error| store_failed(&error))?;
    effects::follow(node, &committed.decisions);
    Ok(committed)
}

fn command(
    node: &Node,
    incoming: &Incoming<'_>,
    post: &TransfersPost,
    budget: Option<&Budget>,
) -> Result<Prepare, Refusal> {
    let expiration = Timestamp(post.expiration.epoch_ms());
    let HopBudget { until_ms, link_ms, floor_ms, .. } =
        budget.map_or(NO_HOP, |budget| incoming.hop(budget));
    let reserve_by = floor_ms.map(|floor_ms| {
        let needed = i64::try_from(link_ms.saturating_add(floor_ms)).unwrap_or(i64::MAX);
        Timestamp(until_ms.saturating_sub(needed))
    });
    let expires_at = budget.map_or(expiration, |budget| incoming.after(budget.own_ms));
    let floor_ms = node.profile.row(TimedResource::Transfers).map_or(0, |row| row.floor_ms);
    Ok(Prepare {
        id: transfer_id(&post.transfer_id),
        spelling: post.transfer_id.as_str().to_owned(),
        source: incoming.source.clone(),
        payer: participant(post.payer_fsp.as_str())?,
        payee: participant(post.payee_fsp.as_str())?,
        money: causeway_translate::money::switch_of_fspiop(&post.amount).map_err(|_| {
            Refusal::new(ErrorCode::ValidationError, "is out of range").at("/amount")
        })?,
        condition: Condition(post.condition.0),
        expiration,
        expires_at,
        reserve_by,
        hold_until: expires_at.plus_ms(i64::try_from(floor_ms).map_or(i64::MIN, |ms| -ms)),
        hash: Hash(post.terms_hash()),
        verdict: Verdict::NotScreened,
        verdict_reference: None,
    })
}

/// For a prepare that is over before it starts.
const NO_HOP: HopBudget = HopBudget { until_ms: 0, link_ms: 0, floor_ms: None, origin_ms: None };

fn facts(
    node: &Node,
    post: &TransfersPost,
    known: Option<&Transfer>,
    arrival: Timestamp,
) -> BudgetFacts {
    let payee = node.peers.record(post.payee_fsp.as_str());
    // A resend keeps the first one's clock; the margin is taken off again when it is computed.
    let margin = node.profile.row(TimedResource::Transfers).map_or(0, |row| row.answer_margin_ms);
    let remaining = known.filter(|known| !known.state.is_final()).map(|known| {
        let left = known.expires_at.0.saturating_sub(arrival.0);
        u64::try_from(left).unwrap_or(0).saturating_add(margin)
    });
    BudgetFacts {
        expiration_ms: Some(post.expiration.epoch_ms()),
        first_sight_remaining_ms: remaining,
        payee_honours_timeout: payee.is_some_and(|payee| payee.honours_timeout),
    }
}

/// The payee's answer of earlier, for a resend.
async fn kept(node: &Node, known: Option<&Transfer>) -> Result<Option<Forwarded>, Refusal> {
    let Some(known) = known.filter(|known| known.state.is_final()) else { return Ok(None) };
    let document = node.document(&answer_key(known.id)).await.map_err(read_failed)?;
    Ok(document.and_then(|document| read_kept(&document.body)))
}

/// Whether a fulfil could still take effect. If not, the switch words what it is answered with: 3303
/// when it is late (CONTRACTS §3), the stored outcome when it is a resend, whose timestamp is as old
/// as the first one's. The banks' side in this process sends its answers again until they are
/// acknowledged, and is trusted with their time.
fn awaits_fulfil(node: &Node, incoming: &Incoming<'_>, known: Option<&Transfer>) -> bool {
    let sender = node.peers.record(incoming.source.as_str());
    if sender.is_some_and(|sender| sender.bank.is_some()) {
        return false;
    }
    let open = known.filter(|known| !known.state.is_final());
    open.is_some_and(|open| node.now() < open.expires_at)
}

/// `completedTimestamp` must be near hub time (switch-core.md §1.6, step 0).
fn completed_in_window(put: &TransfersPut, now: Timestamp) -> Result<(), Refusal> {
    let Some(completed) = &put.completed_timestamp else { return Ok(()) };
    let age_ms = now.0.saturating_sub(completed.epoch_ms());
    if (-COMPLETED_AHEAD_MS..=COMPLETED_BEHIND_MS).contains(&age_ms) {
        return Ok(());
    }
    let mend = "must be within 300 s before and 200 ms after the hub's time";
    Err(Refusal::new(ErrorCode::ValidationError, mend).at("/completedTimestamp"))
}

impl Renderer {
    fn received(node: &Node, received: Forwarded) -> Renderer {
        Renderer { received: Some(received), ..Renderer::plain(node) }
    }
}

fn transfer_id(id: &CorrelationId) -> TransferId {
    TransferId(id.id().0)
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    let mut hash = [0; 32];
    hash.copy_from_slice(digest.as_ref());
    hash
}
