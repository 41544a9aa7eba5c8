//! The bank channel (CONTRACTS §1): XML over HTTP, one message a request.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use causeway_translate::codes::iso_reason;
use causeway_translate::credit::{self, BankStatus, statuses};
use causeway_translate::order::{Action, Again, Opened, Opening, Order};
use causeway_translate::record::{self, NotEntitled};
use causeway_translate::status::{Rejected, reject, reject_because};
use causeway_translate::{BankRecord, PaymentId};
use fspiop::deadline::TimeoutHeaders;
use iso20022::{Inbound, Message, Refused, RefusedKind};
use switch_store::{CommitError, DocumentKey, Expected};

use super::documents::{self, ALIAS, EVIDENCE};
use super::{credits, orders};
use crate::admission::{RETRY_AFTER_S, Stage};
use crate::envelope::{Answer, Envelope};
use crate::limits::PREFER_WAIT_MAX_S;
use crate::node::Node;
use crate::tls::Peer;
use crate::waiters::Waiter;

/// POST /iso20022/{message}
pub async fn post(node: &Arc<Node>, family: &str, envelope: &Envelope) -> Answer {
    if !is_xml(envelope.headers.first("content-type").unwrap_or_default()) {
        let mend = "send the message as Content-Type: application/xml, in UTF-8";
        return admi002(node, 415, None, "FF01", mend);
    }
    // A status report ends something; all else begins it.
    if family != "pacs.002" && !node.admission.admits(Stage::Start, 0) {
        node.metrics.overloaded.inc();
        let mend = "more is asked of this gateway than it can do in time: send it again later";
        return admi002(node, 503, None, "AB08", mend).header("retry-after", RETRY_AFTER_S);
    }
    let inbound = match read(node, family, &envelope.body) {
        Ok(inbound) => inbound,
        Err(answer) => return answer,
    };
    let known = node.peers.known();
    let banks = &known.banks;
    let names = envelope.peer.names();
    let sender = match record::sender(banks.iter().map(AsRef::as_ref), &inbound, names) {
        Ok(sender) => sender,
        Err(refusal) => return not_entitled(node, &inbound, refusal),
    };
    if let Some(wrong) = inbound.wrong_sender() {
        let refused = Refused {
            findings: vec![wrong.clone()],
            message_id: message_id(&inbound).map(str::to_owned),
            name: Some(inbound.name),
            header: rejected(&inbound).header.map(str::to_owned),
            kind: RefusedKind::Header,
        };
        return unread(node, 400, &refused);
    }
    match (&inbound.message, sender) {
        (Message::PaymentStatusReport(report), sender) => {
            let bank = sender.map(BankRecord::fsp_id);
            bank_statuses(node, bank, &inbound, statuses(report)).await
        }
        (
            Message::CustomerCreditTransferInitiation(_) | Message::FiToFiCustomerCreditTransfer(_),
            Some(bank),
        ) => order(node, bank, banks, &inbound, envelope).await,
        _ => {
            let mend = "banks send pain.001, pacs.008 and pacs.002 here";
            admi002_to(node, 400, rejected(&inbound), "FF01", mend)
        }
    }
}

/// GET /iso20022/orders/{id}. Another bank's order is none.
pub async fn status(node: &Node, id: &str, peer: &Peer) -> Answer {
    let order = match PaymentId::parse(id) {
        Ok(id) => orders::load(node, id).await,
        Err(_) => Ok(None),
    };
    match order {
        Ok(Some((order, _))) if is_of(node, &order, peer) => report(&order),
        Ok(_) => admi002(node, 404, None, "AG09", "there is no order under this id"),
        Err(error) => failed(node, Rejected::default(), &error),
    }
}

fn is_of(node: &Node, order: &Order, peer: &Peer) -> bool {
    let bank = node.peers.bank(order.bank());
    bank.map_or(peer.names().is_none(), |bank| peer.is(bank.tls_identity()))
}

/// What a bank said in its answer to a message that we posted: pacs.002 to pacs.008.
///
/// # Errors
/// Why it could not be taken; the message is posted again then.
pub async fn inline_answer(node: &Arc<Node>, bank: &str, body: &[u8]) -> Result<(), String> {
    let inbound = iso20022::read(body).map_err(|refused| refused.to_string())?;
    let Message::PaymentStatusReport(status) = &inbound.message else {
        return Err(format!("{} is no answer", inbound.name.as_str()));
    };
    let answer = bank_statuses(node, Some(bank), &inbound, statuses(status)).await;
    match answer.status {
        200..=299 => Ok(()),
        status => Err(format!("the answer was refused with {status}")),
    }
}

fn read(node: &Node, family: &str, body: &[u8]) -> Result<Inbound, Answer> {
    let refused = match iso20022::read(body) {
        Ok(inbound) if inbound.name.family() == family => return Ok(inbound),
        Ok(inbound) => {
            let mend =
                format!("post {} to /iso20022/{}", inbound.name.as_str(), inbound.name.family());
            return Err(admi002_to(node, 400, rejected(&inbound), "FF01", &mend));
        }
        Err(refused) => refused,
    };
    let status = if refused.kind == RefusedKind::TooLarge { 413 } else { 400 };
    Err(unread(node, status, &refused))
}

/// An admi.002 with the places of what is wrong.
fn unread(node: &Node, status: u16, refused: &Refused) -> Answer {
    match reject(refused, node.now().0) {
        Ok(xml) => xml_answer(status, xml),
        Err(error) => {
            tracing::error!(%error, "an admi.002 cannot be written");
            Answer::empty(status)
        }
    }
}

/// A pain.001 or pacs.008: stored before it is acknowledged, once under its id.
async fn order(
    node: &Arc<Node>,
    bank: &BankRecord,
    banks: &[Arc<BankRecord>],
    inbound: &Inbound,
    envelope: &Envelope,
) -> Answer {
    let resolve = |agent: &iso20022::Agent| {
        banks.iter().find(|bank| bank.is(agent)).map(|bank| bank.fsp_id().to_owned()).or_else(
            || {
                let other = agent.other.as_ref()?;
                node.peers.record(&other.id).map(|_| other.id.clone())
            },
        )
    };
    let opening = Opening {
        bank,
        currencies: &node.currencies,
        resolve: &resolve,
        retention_ms: i64::from(node.config.scheme.duplicates_days) * 86_400_000,
        now_ms: envelope.arrival.0,
    };
    let (order, actions) = match Order::open(inbound, &opening) {
        Ok(Opened::Accepted(order, actions)) => (order, actions),
        Ok(Opened::Refused(order)) => {
            let actions = vec![last_word(&order)];
            (order, actions)
        }
        Err(error) => {
            return admi002_to(node, 400, rejected(inbound), "FF01", &error.to_string());
        }
    };
    let about = rejected(inbound);
    let request = Request { body: &envelope.body, wait_s: prefer_wait(envelope), about };
    match earlier(node, &order).await {
        Ok(Earlier::None) => store(node, &order, &actions, &request).await,
        Ok(Earlier::Order(known)) => again(node, &known, &order, &request).await,
        Ok(Earlier::Credit) => refuse(node, &order.taken(), &request).await,
        Err(error) => failed(node, request.about, &error),
    }
}

/// What an order needs of its request.
struct Request<'r> {
    body: &'r Bytes,
    wait_s: Option<u64>,
    /// Should it not be taken.
    about: Rejected<'r>,
}

/// What is known already that a new order must not repeat.
enum Earlier {
    None,
    /// An order under the bank's own references, or under the id.
    Order(Box<Order>),
    /// A transfer to this bank has the id.
    Credit,
}

async fn earlier(node: &Node, order: &Order) -> Result<Earlier, CommitError> {
    let claimed = documents::reference_of(node, order.reference()).await?;
    for id in claimed.into_iter().chain([order.id()]) {
        if let Some((known, _)) = orders::load(node, id).await? {
            return Ok(Earlier::Order(Box::new(known)));
        }
    }
    match credits::load(node, order.id()).await? {
        Some((credit, _)) if credit.bank() == order.bank() => Ok(Earlier::Credit),
        _ => Ok(Earlier::None),
    }
}

/// Stores a new order with what it sends, once under its id and once under its references.
async fn store(
    node: &Arc<Node>,
    order: &Order,
    actions: &[Action],
    request: &Request<'_>,
) -> Answer {
    let waiter = request.wait_s.and_then(|_| node.waiters.wait(order.id().bits()));
    let mut submission = match orders::submission(node, order, actions, Expected::Absent) {
        Ok(submission) => submission,
        Err(error) => return failed(node, request.about, &error),
    };
    let evidence = documents::key(EVIDENCE, order.id());
    submission.documents.push(documents::plain(evidence, request.body.clone()));
    submission.documents.extend(documents::reference(order));
    match node.commit(submission).await {
        Ok(_) => {
            orders::committed(node, order, actions);
            accepted(node, order, waiter, request.wait_s).await
        }
        // Another request was faster.
        Err(CommitError::Conflict { .. }) => match earlier(node, order).await {
            Ok(Earlier::Order(known)) => again(node, &known, order, request).await,
            Ok(_) => failed(node, request.about, &CommitError::Busy),
            Err(error) => failed(node, request.about, &error),
        },
        Err(error) => failed(node, request.about, &error),
    }
}

/// An order under known ids: the same one is answered as it was, anything else is RJCT.
async fn again(node: &Arc<Node>, known: &Order, newer: &Order, request: &Request<'_>) -> Answer {
    match known.again(newer) {
        Again::Same => {
            let waiter = request.wait_s.and_then(|_| node.waiters.wait(known.id().bits()));
            accepted(node, known, waiter, request.wait_s).await
        }
        Again::Refused(refused) => refuse(node, &refused, request).await,
    }
}

/// A refusal is an order of its own: final, kept, and the same when it is asked for again.
async fn refuse(node: &Arc<Node>, refused: &Order, request: &Request<'_>) -> Answer {
    let waiter = request.wait_s.and_then(|_| node.waiters.wait(refused.id().bits()));
    let actions = [last_word(refused)];
    let mut submission = match orders::submission(node, refused, &actions, Expected::Absent) {
        Ok(submission) => submission,
        Err(error) => return failed(node, request.about, &error),
    };
    let evidence = documents::key(EVIDENCE, refused.id());
    submission.documents.push(documents::plain(evidence, request.body.clone()));
    match node.commit(submission).await {
        // A conflict: it was refused before, and says the same.
        Ok(_) | Err(CommitError::Conflict { .. }) => {
            accepted(node, refused, waiter, request.wait_s).await
        }
        Err(error) => failed(node, request.about, &error),
    }
}

fn last_word(order: &Order) -> Action {
    Action::Report { is_final: true, report: Box::new(order.report()) }
}

/// 202, or 200 with the final status where the bank waits for it and it comes in time.
async fn accepted(
    node: &Node,
    order: &Order,
    waiter: Option<Waiter>,
    wait_s: Option<u64>,
) -> Answer {
    let (Some(mut waiter), Some(wait_s)) = (waiter, wait_s) else {
        return located(order, Answer::empty(202));
    };
    let until = tokio::time::Instant::now() + Duration::from_secs(wait_s);
    loop {
        let news = !order.is_final()
            && tokio::time::timeout_at(until, waiter.news()).await.is_ok()
            && !node.standing.is_draining();
        match orders::load(node, order.id()).await {
            Ok(Some((stored, _))) if stored.is_final() => {
                // A status that did not leave here is posted: the waiter sees to it when it is dropped.
                return applied(report(&stored), wait_s).when_sent(|| waiter.answered());
            }
            // It was news of something else: it waits on.
            Ok(Some(_)) if news => {}
            _ => return located(order, Answer::empty(202)),
        }
    }
}

/// What a bank says of credits: all of it is taken before it is acknowledged.
async fn bank_statuses(
    node: &Arc<Node>,
    bank: Option<&str>,
    inbound: &Inbound,
    statuses: Vec<BankStatus>,
) -> Answer {
    let unmatched = "the original ids match no payment that this bank was sent";
    if statuses.is_empty() {
        return admi002_to(node, 400, rejected(inbound), "AG09", unmatched);
    }
    // All of them are known before any of them counts.
    let mut matched = Vec::with_capacity(statuses.len());
    for status in statuses {
        match credit_of(node, bank, &status).await {
            Ok(Some(id)) => matched.push((id, status)),
            Ok(None) => return admi002_to(node, 400, rejected(inbound), "AG09", unmatched),
            Err(error) => return failed(node, rejected(inbound), &error),
        }
    }
    for (id, status) in matched {
        let event = credit::Event::BankStatus(status);
        if let Err(error) = credits::step(node, id, &event, None).await {
            return failed(node, rejected(inbound), &error);
        }
    }
    Answer::empty(202)
}

/// The credit that a status is about, if it is this bank's.
async fn credit_of(
    node: &Node,
    bank: Option<&str>,
    status: &BankStatus,
) -> Result<Option<PaymentId>, CommitError> {
    let mut ids: Vec<PaymentId> = status.payment.into_iter().collect();
    if let Some(uetr) = &status.uetr {
        let alias = DocumentKey::new(ALIAS, uetr.clone());
        let stored = node.document(&alias).await.map_err(|_| CommitError::Unavailable)?;
        let text = stored.and_then(|stored| String::from_utf8(stored.body.to_vec()).ok());
        ids.extend(text.and_then(|text| PaymentId::parse(&text).ok()));
    }
    for id in ids {
        if let Some((credit, _)) = credits::load(node, id).await?
            && bank.is_none_or(|bank| bank == credit.bank())
            && credit.is_about(status)
        {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

fn not_entitled(node: &Node, inbound: &Inbound, refusal: NotEntitled) -> Answer {
    node.metrics.identities_refused.inc();
    tracing::warn!(reason = %refusal, "a message on the bank channel is not its sender's");
    admi002_to(node, 403, rejected(inbound), "DS0H", &refusal.to_string())
}

fn report(order: &Order) -> Answer {
    match order.report().xml() {
        Ok(xml) => xml_answer(200, xml),
        Err(error) => unwritable(&error),
    }
}

fn located(order: &Order, answer: Answer) -> Answer {
    let located = answer.header("location", format!("/iso20022/orders/{}", order.id().uuid()));
    match order.effective() {
        Some(effective) => located.header("fspiop-timeout-effective", effective.ms().to_string()),
        None => located,
    }
}

fn applied(answer: Answer, wait_s: u64) -> Answer {
    answer.header("preference-applied", format!("wait={wait_s}"))
}

fn xml_answer(status: u16, xml: String) -> Answer {
    Answer::with_body(status, "application/xml", Bytes::from(xml))
}

/// An admi.002 of ours about a message that was not taken.
pub fn admi002(
    node: &Node,
    status: u16,
    message_id: Option<&str>,
    code: &str,
    mend: &str,
) -> Answer {
    admi002_to(node, status, Rejected { message_id, header: None }, code, mend)
}

fn admi002_to(node: &Node, status: u16, rejected: Rejected<'_>, code: &str, mend: &str) -> Answer {
    match reject_because(rejected, code, mend, node.now().0) {
        Ok(xml) => xml_answer(status, xml),
        Err(error) => {
            tracing::error!(%error, "an admi.002 cannot be written");
            Answer::empty(status)
        }
    }
}

fn failed(node: &Node, about: Rejected<'_>, error: &CommitError) -> Answer {
    let refusal = crate::hub::store_failed(error);
    admi002_to(node, status_of(error), about, iso_reason(refusal.code), &refusal.description())
}

/// 503 says that sending again may help.
fn status_of(error: &CommitError) -> u16 {
    match error {
        CommitError::Internal | CommitError::TooLarge { .. } => 500,
        CommitError::Busy
        | CommitError::Conflict { .. }
        | CommitError::Unavailable
        | CommitError::Halted => 503,
    }
}

fn unwritable(error: &iso20022::WriteError) -> Answer {
    tracing::error!(%error, "a status message cannot be written");
    Answer::empty(500)
}

/// The message as an admi.002 is about it: with a header if it came with one.
fn rejected(inbound: &Inbound) -> Rejected<'_> {
    let header = inbound.header.as_ref();
    Rejected {
        message_id: message_id(inbound),
        header: header.and_then(|header| header.repeated.as_deref()),
    }
}

fn message_id(inbound: &Inbound) -> Option<&str> {
    match &inbound.message {
        Message::CustomerCreditTransferInitiation(message) => Some(&message.message_id),
        Message::FiToFiCustomerCreditTransfer(message) => Some(&message.message_id),
        Message::PaymentStatusReport(message) => Some(&message.message_id),
        Message::CustomerPaymentStatusReport(message) => Some(&message.message_id),
        Message::MessageReject(_) => None,
    }
}

/// `application/xml`, with any charset parameter: the document itself says how it is encoded.
fn is_xml(content_type: &str) -> bool {
    let media = content_type.split(';').next().unwrap_or_default().trim();
    media.eq_ignore_ascii_case("application/xml")
}

/// `Prefer: wait=N`, 1 to 120 seconds (RFC 7240); anything else is no preference.
fn prefer_wait(envelope: &Envelope) -> Option<u64> {
    let preferences = envelope.headers.all("prefer").flat_map(|value| value.split([',', ';']));
    let mut waits = preferences.filter_map(|preference| preference.trim().strip_prefix("wait="));
    let seconds: u64 = waits.next()?.trim_matches('"').parse().ok()?;
    (1..=PREFER_WAIT_MAX_S).contains(&seconds).then_some(seconds)
}

/// The headers of a message to a bank.
pub fn headers(message: &str, timeout_ms: Option<u64>) -> Vec<(String, String)> {
    let mut headers = vec![
        ("Content-Type".to_owned(), "application/xml".to_owned()),
        ("ISO20022-Message".to_owned(), message.to_owned()),
    ];
    if let Some(timeout_ms) = timeout_ms {
        headers.push((TimeoutHeaders::TIMEOUT.to_owned(), timeout_ms.to_string()));
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_fail_again_is_not_to_be_sent_again() {
        let answer = |error: CommitError| {
            (status_of(&error), iso_reason(crate::hub::store_failed(&error).code))
        };
        assert_eq!(answer(CommitError::Internal), (500, "AB02"));
        assert_eq!(answer(CommitError::TooLarge { limit: "X" }), (500, "AB02"));
        assert_eq!(answer(CommitError::Busy), (503, "ED06"));
        assert_eq!(answer(CommitError::Unavailable), (503, "ED06"));
        assert_eq!(answer(CommitError::Halted), (503, "ED06"));
    }
}
