//! FSPIOP as the banks' side receives it: lookups, quotes and transfers for their customers, and
//! the answers to their own orders.

use std::sync::Arc;

use causeway_translate::credit::{
    self, Credit, Opened, QuoteTerms, Quoting, answer_lookup, answer_quote,
};
use causeway_translate::order;
use causeway_translate::party::PartyKey;
use causeway_translate::request::party_target;
use causeway_translate::{BankRecord, FspiopRequest, PaymentId};
use fspiop::deadline::TimeoutHeaders;
use fspiop::error::{ErrorCode, ErrorInformation, Refusal};
use fspiop::headers::RequestHeaders;
use fspiop::ilp::{Packet, Version as IlpVersion};
use fspiop::party::PartiesPut;
use fspiop::quote::{QuotesPost, QuotesPut};
use fspiop::route::{Match, PartyPath, Route};
use fspiop::transfer::{TransfersPatch, TransfersPost, TransfersPut};
use fspiop::version::{Resource, Rules, Version};
use switch::Timestamp;
use switch_store::{CommitError, DocumentKey, Expected, OutboxId, Submission};

use super::documents::{self, LOOKUP};
use super::{Received, answered, credits, orders};
use crate::envelope::{Answer, Envelope};
use crate::hub::{read_failed, refused, store_failed};
use crate::node::{HUB, Node};
use crate::outbound::Urgency;

/// Takes one FSPIOP message for a bank; `row` is the outbox row that brought it.
pub async fn receive(
    node: &Arc<Node>,
    bank: &BankRecord,
    envelope: Envelope,
    row: Option<OutboxId>,
) -> Answer {
    let received = Received { bank, envelope: &envelope, row };
    match handle(node, &received).await {
        Ok(answer) => answer.on("bank"),
        Err(refusal) => refused(&refusal).on("bank"),
    }
}

/// Takes one FSPIOP message from a hub elsewhere (`[hub] url`), by its certificate: verified here,
/// then handed to the bank that it names.
pub async fn receive_remote(node: &Arc<Node>, envelope: Envelope) -> Answer {
    // What is not signed, and what others may sign too, counts because it is the hub who passes it on.
    if !envelope.peer.is(&node.config.hub.tls_identity) {
        return refused(&crate::hub::not_the_peer(node, &envelope)).on("bank");
    }
    let known = node.peers.known();
    if let Err(refusal) = crate::hub::verify(node, &envelope, &known.ring) {
        return refused(&refusal).on("bank");
    }
    let named = envelope.headers.first("fspiop-destination").unwrap_or_default();
    match known.records.get(named).and_then(|record| record.bank.as_ref()) {
        Some(bank) => receive(node, bank, envelope, None).await,
        None => {
            let mend = "FSPIOP-Destination is no bank of this gateway";
            refused(&Refusal::new(ErrorCode::DestinationFspError, mend)).on("bank")
        }
    }
}

async fn handle(node: &Arc<Node>, received: &Received<'_>) -> Result<Answer, Refusal> {
    let envelope = received.envelope;
    let found = Match::find(&envelope.method, &envelope.target)?;
    let headers = RequestHeaders::parse(&envelope.headers, found.operation(), envelope.body.len())?;
    let rules = Rules::new(headers.version, &node.currencies);
    let source = headers.source.as_str();
    let json = || -> Result<_, Refusal> { Ok(fspiop::json::parse_message(&envelope.body)?) };
    Ok(match found.route(&rules)? {
        Route::GetParty(party) => lookup(node, received, &party, &headers).await,
        Route::PutParty(party) => {
            let event = order::Event::Party(Box::new(PartiesPut::parse(&json()?, &rules)?));
            found_party(node, received, &party, event).await?
        }
        Route::PutPartyError(party) => {
            let event = order::Event::PartyError(ErrorInformation::parse(&json()?)?);
            found_party(node, received, &party, event).await?
        }
        Route::PostQuote => {
            quote(node, received, &QuotesPost::parse(&json()?, &rules)?, &headers).await?
        }
        Route::PutQuote(id) => {
            let event = order::Event::Quote(Box::new(QuotesPut::parse(&json()?, &rules)?));
            quote_event(node, received, id.id().into(), source, event).await?
        }
        Route::PutQuoteError(id) => {
            let event = order::Event::QuoteError(ErrorInformation::parse(&json()?)?);
            quote_event(node, received, id.id().into(), source, event).await?
        }
        Route::PostTransfer => {
            let post = TransfersPost::parse(&json()?, &rules)?;
            if source != post.payer_fsp.as_str() {
                return Err(no_say());
            }
            transfer(node, received, &post).await?
        }
        Route::PutTransfer(id) => {
            let put = Box::new(TransfersPut::parse(&json()?)?);
            let as_order = order::Event::TransferState(put.clone());
            let as_credit = credit::Event::TransferState(put);
            transfer_event(node, received, id.id().into(), source, (as_order, as_credit)).await?
        }
        Route::PutTransferError(id) => {
            let error = ErrorInformation::parse(&json()?)?;
            let as_order = order::Event::TransferError(error.clone());
            let as_credit = credit::Event::HubError(error);
            transfer_event(node, received, id.id().into(), source, (as_order, as_credit)).await?
        }
        Route::PatchTransfer(id) => {
            has_a_say(source, None)?;
            let event = credit::Event::Patch(Box::new(TransfersPatch::parse(&json()?)?));
            answered(credits::step(node, id.id().into(), &event, received.row).await.map(|_| ()))
        }
        _ => return Err(Refusal::new(ErrorCode::NotImplemented, "banks do not serve this")),
    })
}

/// GET /parties: answered from the bank's record.
async fn lookup(
    node: &Node,
    received: &Received<'_>,
    party: &PartyPath,
    asked: &RequestHeaders,
) -> Answer {
    let reply = answer_lookup(received.bank, &PartyKey::of_path(party), asked.source.as_str());
    reply_volatile(node, received.bank, &reply, asked.reply_version());
    node.acknowledge(received.row);
    Answer::empty(202)
}

/// PUT /parties: for every order of the bank that waits for this party.
async fn found_party(
    node: &Arc<Node>,
    received: &Received<'_>,
    party: &PartyPath,
    event: order::Event,
) -> Result<Answer, Refusal> {
    // However its sender spells the path: the order's own spelling.
    let path = party_target(Resource::Parties, &PartyKey::of_path(party));
    let prefix = documents::lookup_prefix(received.bank.fsp_id(), &path);
    for id in waiting(node, &prefix).await? {
        if let Err(error) = orders::step(node, id, &event, None).await {
            return Ok(answered(Err(error)));
        }
    }
    node.acknowledge(received.row);
    Ok(Answer::empty(200))
}

/// The orders whose lookup has this prefix.
async fn waiting(node: &Node, prefix: &[u8]) -> Result<Vec<PaymentId>, Refusal> {
    const PAGE: usize = 256;
    let mut ids = Vec::new();
    let mut after = prefix.to_vec();
    loop {
        let page = node.store.documents(LOOKUP, Some(&after), PAGE).await.map_err(read_failed)?;
        let ours = page.iter().take_while(|(key, _)| key.key.starts_with(prefix));
        let found: Vec<&DocumentKey> = ours.map(|(key, _)| key).collect();
        let id = |key: &&DocumentKey| {
            let bytes = key.key.get(prefix.len()..)?.try_into().ok()?;
            Some(PaymentId::from(switch::TransferId(u128::from_be_bytes(bytes))))
        };
        ids.extend(found.iter().filter_map(id));
        match found.last() {
            Some(last) if found.len() == PAGE => after = last.key.to_vec(),
            _ => return Ok(ids),
        }
    }
}

/// POST /quotes: answered from the bank's record; the terms are stored before the answer leaves.
async fn quote(
    node: &Arc<Node>,
    received: &Received<'_>,
    post: &QuotesPost,
    asked: &RequestHeaders,
) -> Result<Answer, Refusal> {
    let (bank, asker) = (received.bank, asked.source.as_str());
    let key = documents::quote_key(bank.fsp_id(), post.quote_id.id().into());
    let known = terms(node, &key).await?;
    let secret = match credits::secret(node, bank.fsp_id()).await {
        Ok(secret) => secret,
        Err(error) => return Ok(answered(Err(error))),
    };
    let now_ms = node.now().0;
    let quoting = Quoting {
        bank,
        asker,
        known: known.as_ref(),
        version: IlpVersion::V1,
        secret: &secret,
        now_ms,
    };
    let answer = answer_quote(post, &quoting);
    let resource = format!("quotes/{}", post.quote_id.as_str());
    let mut reply = answer.reply;
    reply.until_ms = reply.until_ms.or(Some(now_ms.saturating_add(REPLY_MS)));
    let worded = (&reply, Some(asked.reply_version()));
    let row = credits::to_hub(node, bank.fsp_id(), worded, &resource, Urgency::Request);
    let kept = |terms| documents::journey(key, terms, Expected::Absent, None);
    let mut submission = match (row, answer.terms.as_ref().map(kept).transpose()) {
        (Ok(row), Ok(terms)) => Submission {
            outbox: vec![row],
            documents: terms.into_iter().collect(),
            ..Submission::default()
        },
        (Err(error), _) => return Ok(answered(Err(error.into()))),
        (_, Err(error)) => return Ok(answered(Err(error))),
    };
    submission.acknowledges.extend(received.row);
    match node.commit(submission).await {
        // Two of the same quote at once: the other one is being answered.
        Ok(_) | Err(CommitError::Conflict { .. }) => Ok(Answer::empty(202)),
        Err(error) => Ok(answered(Err(error))),
    }
}

/// The terms that a quote was answered with.
async fn terms(node: &Node, key: &DocumentKey) -> Result<Option<QuoteTerms>, Refusal> {
    let stored = node.document(key).await.map_err(read_failed)?;
    let read = stored.map(|stored| documents::read(key, &stored)).transpose();
    read.map_err(|error| store_failed(&error))
}

/// POST /transfers: the hub has reserved; the bank is sent a pacs.008.
async fn transfer(
    node: &Arc<Node>,
    received: &Received<'_>,
    post: &TransfersPost,
) -> Result<Answer, Refusal> {
    let id: PaymentId = post.transfer_id.id().into();
    let resent = credit::Event::PrepareResent;
    match credits::step(node, id, &resent, received.row).await {
        Ok(true) => return Ok(Answer::empty(202)),
        Ok(false) => {}
        Err(error) => return Ok(answered(Err(error))),
    }
    let bank = received.bank.fsp_id();
    let quote_key = documents::quote_key(bank, quote_of(post).unwrap_or(id));
    let quote = terms(node, &quote_key).await?;
    let payer_bank = node.peers.bank(post.payer_fsp.as_str());
    let opening = credit::Opening {
        bank: received.bank,
        payer_bank: payer_bank.as_deref(),
        quote: quote.as_ref(),
        until_ms: until_ms(received.envelope, post)?,
        now_ms: node.now().0,
    };
    let (submission, credit, actions) = match Credit::open(post, &opening) {
        Opened::Accepted(credit, actions) => {
            let submission = credits::submission(node, &credit, &actions, Expected::Absent);
            (submission, Some(credit), actions)
        }
        Opened::Refused(reply) => {
            let lane = super::lane(id);
            let row = credits::to_hub(node, bank, (&reply, None), &lane, Urgency::Final);
            let alone = |row| Submission { outbox: vec![row], ..Submission::default() };
            (row.map(alone).map_err(CommitError::from), None, Vec::new())
        }
    };
    let mut submission = match submission {
        Ok(submission) => submission,
        Err(error) => return Ok(answered(Err(error))),
    };
    submission.acknowledges.extend(received.row);
    match node.commit(submission).await {
        Ok(_) => {
            if let Some(credit) = credit {
                credits::committed(node, &credit, &actions);
            }
            Ok(Answer::empty(202))
        }
        Err(CommitError::Conflict { .. }) => Ok(Answer::empty(202)),
        Err(error) => Ok(answered(Err(error))),
    }
}

/// The quote whose terms a transfer's packet holds: payers choose an id each for quote and transfer.
fn quote_of(post: &TransfersPost) -> Option<PaymentId> {
    let terms = Packet::from_text(post.ilp_packet.as_str()).ok()?.terms().ok()?;
    PaymentId::parse(terms.member("quoteId")?.as_str()?).ok()
}

/// Until when an answer to the hub is in time: the header's budget, at most the expiration.
fn until_ms(envelope: &Envelope, post: &TransfersPost) -> Result<i64, Refusal> {
    let lines = envelope.headers.iter().map(|(name, value)| (name, value.as_bytes()));
    let headers =
        TimeoutHeaders::read(lines, false).map_err(|refusal| crate::hub::time_refused(&refusal))?;
    let Timestamp(arrival_ms) = envelope.arrival;
    let budget = headers.timeout.and_then(|timeout| i64::try_from(timeout.ms()).ok());
    let by_header = budget.map_or(i64::MAX, |budget| arrival_ms.saturating_add(budget));
    Ok(by_header.min(post.expiration.epoch_ms()))
}

/// An answer to a bank's quote: from the payee's FSP, or the hub's error.
async fn quote_event(
    node: &Arc<Node>,
    received: &Received<'_>,
    id: PaymentId,
    source: &str,
    event: order::Event,
) -> Result<Answer, Refusal> {
    let Some((order, _)) = orders::load(node, id).await.map_err(|e| store_failed(&e))? else {
        node.acknowledge(received.row);
        return Ok(Answer::empty(200));
    };
    if order.bank() != received.bank.fsp_id() {
        return Err(no_say());
    }
    has_a_say(source, order.payee_fsp())?;
    Ok(answered(orders::step(node, id, &event, received.row).await.map(drop)))
}

/// An answer about a transfer: to the bank's own order, or to its question about a credit. Both
/// exist under one id when both banks are here.
async fn transfer_event(
    node: &Arc<Node>,
    received: &Received<'_>,
    id: PaymentId,
    source: &str,
    (as_order, as_credit): (order::Event, credit::Event),
) -> Result<Answer, Refusal> {
    let bank = received.bank.fsp_id();
    let done = match orders::load(node, id).await.map_err(|error| store_failed(&error))? {
        Some((order, _)) if order.bank() == bank => {
            has_a_say(source, order.payee_fsp())?;
            orders::step(node, id, &as_order, received.row).await
        }
        _ => {
            has_a_say(source, None)?;
            credits::step(node, id, &as_credit, received.row).await
        }
    };
    Ok(answered(done.map(drop)))
}

/// Who may say how a payment stands: the hub, and the FSP at its other end if there is one to ask.
fn has_a_say(source: &str, other_end: Option<&str>) -> Result<(), Refusal> {
    match source == HUB || other_end == Some(source) {
        true => Ok(()),
        false => Err(no_say()),
    }
}

fn no_say() -> Refusal {
    Refusal::new(ErrorCode::ValidationError, "FSPIOP-Source has no say in this payment")
}

/// How long an answer that lives in memory only is tried.
const REPLY_MS: i64 = 30_000;

fn reply_volatile(node: &Node, bank: &BankRecord, reply: &FspiopRequest, asked: Version) {
    let now = node.now();
    let worded = (reply, node.peers.known().version_for(reply, Some(asked)));
    let outbound = crate::seal::translated(bank.fsp_id(), worded, None, now, &node.keys);
    let until = now.plus_ms(REPLY_MS);
    let asker = reply.destination.as_deref().unwrap_or_default();
    let about = format!("{asker} {}", reply.target);
    crate::hub::send_volatile(node, HUB, (bank.fsp_id(), &about), outbound, until);
}
