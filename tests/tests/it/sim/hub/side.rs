//! The side of the ISO banks, as gateway/src/bank has it: journeys are documents, each step is one
//! batch with the rows that it sends and the row that it answers.

use bytes::Bytes;
use causeway_translate::credit::{
    self, Credit, QuoteTerms, Quoting, answer_lookup, answer_quote, statuses,
};
use causeway_translate::order::{self, Again, Opened, Opening, Order, Sent};
use causeway_translate::party::PartyKey;
use causeway_translate::{BankRecord, FspiopRequest, PaymentId, StatusReport};
use fspiop::error::{ErrorCode, ErrorInformation};
use fspiop::ilp::{Packet, Secret, Version as IlpVersion};
use fspiop::party::{PartiesPut, PartyIdInfo};
use fspiop::quote::{QuotesPost, QuotesPut};
use fspiop::route::{Match, Method, Route};
use fspiop::transfer::{TransfersPatch, TransfersPost, TransfersPut};
use fspiop::version::{Rules, Version};
use serde::Serialize;
use serde::de::DeserializeOwned;
use switch::{Timestamp, TransferId};
use switch_store::{
    CommitError, DocumentKey, DocumentWrite, Expected, NewOutboxRow, OutboxId, Store, Submission,
};

use super::rows::{HopBudget, Item, Kind, Outbound, Urgency};
use super::switching::{case, lane, message_of, status};
use super::{Node, Wish};
use crate::sim::network::Message;
use crate::sim::world::Sabotage;

/// The kind of orders.
pub const ORDER: &str = "order";
/// The kind of credits.
pub const CREDIT: &str = "credit";
const QUOTE: &str = "quote";
const LOOKUP: &str = "lookup";
const ALIAS: &str = "alias";
const STEP_RETRIES_MAX: u32 = 16;
const REPLY_MS: i64 = 30_000;
const RETENTION_MS: i64 = 90 * 86_400_000;

/// Takes one FSPIOP message for a bank; `row` is the outbox row that brought it.
pub async fn receive(node: &Node, bank: &str, message: &Message, row: Option<OutboxId>) -> u16 {
    let rules = Rules::new(Version::V1_1, &node.scheme.currencies);
    let bank = node.scheme.record(bank).unwrap();
    let json = || fspiop::json::parse(&message.body).unwrap();
    let error = || ErrorInformation::parse(&json()).unwrap();
    let route = Match::find(&message.method, &message.target).unwrap().route(&rules).unwrap();
    let event = match route {
        Route::GetParty(party) => {
            let info = PartyIdInfo {
                id_type: party.id_type,
                identifier: party.identifier,
                sub_id: party.sub_id,
                fsp_id: None,
                extensions: Vec::new(),
            };
            return looked_up(node, bank, message, &PartyKey::of(&info));
        }
        Route::PutParty(_) => {
            let put = PartiesPut::parse(&json(), &rules).unwrap();
            return found(node, bank, message, order::Event::Party(Box::new(put)), row).await;
        }
        Route::PutPartyError(_) => {
            return found(node, bank, message, order::Event::PartyError(error()), row).await;
        }
        Route::PostQuote => {
            let post = QuotesPost::parse(&json(), &rules).unwrap();
            return quote(node, bank, &post, &message.from, row).await;
        }
        Route::PutQuote(id) => {
            let put = QuotesPut::parse(&json(), &rules).unwrap();
            (id, order::Event::Quote(Box::new(put)), None)
        }
        Route::PutQuoteError(id) => (id, order::Event::QuoteError(error()), None),
        Route::PostTransfer => {
            let post = TransfersPost::parse(&json(), &rules).unwrap();
            return transfer(node, bank, message, &post, row).await;
        }
        Route::PutTransfer(id) => {
            let put = Box::new(TransfersPut::parse(&json()).unwrap());
            let as_credit = credit::Event::TransferState(put.clone());
            (id, order::Event::TransferState(put), Some(as_credit))
        }
        Route::PutTransferError(id) => {
            let as_credit = credit::Event::HubError(error());
            (id, order::Event::TransferError(error()), Some(as_credit))
        }
        Route::PatchTransfer(id) => {
            let event = credit::Event::Patch(Box::new(TransfersPatch::parse(&json()).unwrap()));
            return status(step_credit(node, id.id().into(), &event, row).await.map(drop), 200);
        }
        _ => return 400,
    };
    let (id, as_order, as_credit) = event;
    journey_event(node, bank, id.id().into(), &as_order, as_credit, row).await
}

/// An answer: to the bank's own order, or to its question about a credit.
async fn journey_event(
    node: &Node,
    bank: &BankRecord,
    id: PaymentId,
    as_order: &order::Event,
    as_credit: Option<credit::Event>,
    row: Option<OutboxId>,
) -> u16 {
    let stored = match load::<Order>(&*node.store, ORDER, id).await {
        Ok(stored) => stored,
        Err(error) => return status(Err(error), 200),
    };
    let ours = stored.is_some_and(|(order, _)| order.bank() == bank.fsp_id());
    let done = match as_credit {
        Some(as_credit) if !ours => step_credit(node, id, &as_credit, row).await,
        _ => step_order(node, id, as_order, row).await,
    };
    status(done.map(drop), 200)
}

/// A document's deadline has come.
pub async fn wake(node: &Node, key: &DocumentKey) -> Result<(), CommitError> {
    let bits = u128::from_be_bytes(key.key.as_ref().try_into().unwrap());
    let id = PaymentId::from(TransferId(bits));
    match key.kind.as_ref() {
        ORDER => step_order(node, id, &order::Event::Deadline, None).await.map(drop),
        _ => step_credit(node, id, &credit::Event::Deadline, None).await.map(drop),
    }
}

/// A message of a journey was given up.
pub async fn undelivered(
    node: &Node,
    item: &Item,
    may_have_left: bool,
    code: ErrorCode,
) -> Result<(), CommitError> {
    let id = item.resource.split('/').nth(1).and_then(|id| PaymentId::parse(id).ok());
    let Some(id) = id else { return Ok(()) };
    let message = &item.outbound.message;
    if item.outbound.kind == Kind::Xml {
        if message.target.ends_with("pacs.008") {
            let event = credit::Event::BankSendFailed { may_have_left };
            step_credit(node, id, &event, item.row).await?;
        }
        return Ok(());
    }
    let resource = message.target.split('/').nth(1).unwrap_or_default();
    let request = match (message.method.as_str(), resource) {
        ("GET", "parties") => Sent::Lookup,
        ("POST", "quotes") => Sent::Quote,
        ("POST", "transfers") => Sent::Transfer,
        ("GET", "transfers") => Sent::Ask,
        _ => return Ok(()),
    };
    match load::<Order>(&*node.store, ORDER, id).await? {
        Some((order, _)) if order.bank() == message.from => {
            let error = ErrorInformation::of(code);
            let event = order::Event::SendFailed { request, may_have_left, error };
            step_order(node, id, &event, item.row).await.map(drop)
        }
        _ => Ok(()),
    }
}

/// POST /iso20022/{message}: an order, or a status of a credit.
pub async fn channel(node: &Node, message: &Message) -> u16 {
    let Ok(inbound) = iso20022::read(&message.body) else { return 400 };
    if let iso20022::Message::PaymentStatusReport(report) = &inbound.message {
        return bank_statuses(node, &message.from, statuses(report)).await;
    }
    let bank = node.scheme.record(&message.from).unwrap();
    let records = &node.scheme.records;
    let resolve = |agent: &iso20022::Agent| {
        let known = records.iter().find(|record| record.is(agent));
        known.map(|record| record.fsp_id().to_owned())
    };
    let opening = Opening {
        bank,
        currencies: &node.scheme.currencies,
        resolve: &resolve,
        retention_ms: RETENTION_MS,
        now_ms: node.now().0,
    };
    let (opened, actions) = match Order::open(&inbound, &opening).unwrap() {
        Opened::Accepted(order, actions) => (order, actions),
        Opened::Refused(order) => {
            let report = Box::new(order.report());
            (order, vec![order::Action::Report { is_final: true, report }])
        }
    };
    for _ in 0..STEP_RETRIES_MAX {
        match load::<Order>(&*node.store, ORDER, opened.id()).await {
            Ok(Some((stored, _))) => return again(node, &stored, &opened).await,
            Ok(None) => {}
            Err(error) => return status(Err(error), 202),
        }
        let submission = order_submission(&opened, &actions, Expected::Absent);
        match node.committer.submit(submission).await {
            Err(CommitError::Conflict { .. }) => {}
            done => return status(done.map(drop), 202),
        }
    }
    503
}

/// An order under a known id: never a second payment.
async fn again(node: &Node, stored: &Order, newer: &Order) -> u16 {
    let Again::Refused(refused) = stored.again(newer) else { return 202 };
    let report = refused.report();
    let outbound = xml(newer.bank(), &report);
    let resource = format!("reports/{}", report.message_id);
    let row = outbound.row(&destination(newer.bank()), &resource, Urgency::Final, None);
    let submission = Submission { outbox: vec![row], ..Submission::default() };
    status(node.committer.submit(submission).await.map(drop), 202)
}

/// What a bank says of credits, in a request or in its answer to one.
pub async fn bank_statuses(node: &Node, bank: &str, all: Vec<credit::BankStatus>) -> u16 {
    for one in all {
        let mut ids: Vec<PaymentId> = one.payment.into_iter().collect();
        if let Some(uetr) = &one.uetr {
            let alias = DocumentKey::new(ALIAS, uetr.clone());
            let Ok(stored) = node.store.document(&alias).await else { return 503 };
            let text = stored.map(|stored| String::from_utf8(stored.body.to_vec()).unwrap());
            ids.extend(text.and_then(|text| PaymentId::parse(&text).ok()));
        }
        let mut known = None;
        for id in ids {
            match load::<Credit>(&*node.store, CREDIT, id).await {
                Ok(Some((credit, _))) if credit.bank() == bank => known = Some(id),
                Ok(_) => {}
                Err(_) => return 503,
            }
        }
        let Some(id) = known else { return 400 };
        let event = credit::Event::BankStatus(one);
        if step_credit(node, id, &event, None).await.is_err() {
            return 503;
        }
    }
    202
}

fn looked_up(node: &Node, bank: &BankRecord, message: &Message, party: &PartyKey) -> u16 {
    let reply = answer_lookup(bank, party, &message.from);
    let deadline = node.now().plus_ms(REPLY_MS);
    let message = message_of(bank.fsp_id(), &reply);
    node.wish(Wish::Send(Box::new(Item {
        row: None,
        destination: "hub".to_owned(),
        resource: format!("{} {}", reply.target, reply.destination.as_deref().unwrap_or_default()),
        urgency: Urgency::Request,
        deadline: Some(deadline),
        outbound: Outbound { kind: Kind::Translated, message, budget: None },
        attempts: 0,
        may_have_left: false,
    })));
    202
}

/// PUT /parties: for every order of the bank that waits for this party.
async fn found(
    node: &Node,
    bank: &BankRecord,
    message: &Message,
    event: order::Event,
    row: Option<OutboxId>,
) -> u16 {
    let prefix = lookup_prefix(bank.fsp_id(), message.target.trim_end_matches("/error"));
    let Ok(page) = node.store.documents(LOOKUP, Some(&prefix), 256).await else { return 503 };
    let waiting = page.into_iter().take_while(|(key, _)| key.key.starts_with(&prefix));
    for (key, _) in waiting {
        let bits = u128::from_be_bytes(key.key[prefix.len()..].try_into().unwrap());
        let id = PaymentId::from(TransferId(bits));
        if let Err(error) = step_order(node, id, &event, None).await {
            return status(Err(error), 200);
        }
    }
    node.acknowledge(row);
    200
}

/// POST /quotes: the terms are stored before the answer leaves.
async fn quote(
    node: &Node,
    bank: &BankRecord,
    post: &QuotesPost,
    asker: &str,
    row: Option<OutboxId>,
) -> u16 {
    let key = document_key(QUOTE, post.quote_id.id().into());
    let Ok(stored) = node.store.document(&key).await else { return 503 };
    let known: Option<QuoteTerms> =
        stored.map(|stored| serde_json::from_slice(&stored.body).unwrap());
    let now_ms = node.now().0;
    let version = IlpVersion::V1;
    let secret = secret(bank.fsp_id());
    let known = known.as_ref();
    let answer =
        answer_quote(post, &Quoting { bank, asker, known, version, secret: &secret, now_ms });
    let mut reply = answer.reply;
    reply.until_ms = reply.until_ms.or(Some(now_ms + REPLY_MS));
    let resource = format!("quotes/{}", post.quote_id.as_str());
    let row_out = to_hub(bank.fsp_id(), &reply, &resource, Urgency::Request);
    let mut submission = Submission { outbox: vec![row_out], ..Submission::default() };
    if let Some(terms) = &answer.terms {
        submission.documents.push(journey(key, terms, Expected::Absent, None));
    }
    submission.acknowledges.extend(row);
    match node.committer.submit(submission).await {
        Err(CommitError::Conflict { .. }) => 202,
        done => status(done.map(drop), 202),
    }
}

/// POST /transfers: the hub has reserved; the bank is sent a pacs.008.
async fn transfer(
    node: &Node,
    bank: &BankRecord,
    message: &Message,
    post: &TransfersPost,
    row: Option<OutboxId>,
) -> u16 {
    let id: PaymentId = post.transfer_id.id().into();
    match step_credit(node, id, &credit::Event::PrepareResent, row).await {
        Ok(true) => return 202,
        Ok(false) => {}
        Err(error) => return status(Err(error), 202),
    }
    let quote_key = document_key(QUOTE, quote_of(post).unwrap_or(id));
    let Ok(stored) = node.store.document(&quote_key).await else { return 503 };
    let quote: Option<QuoteTerms> =
        stored.map(|stored| serde_json::from_slice(&stored.body).unwrap());
    let now_ms = node.now().0;
    let by_header = message.timeout_ms.map(|ms| now_ms.saturating_add_unsigned(ms));
    let opening = credit::Opening {
        bank,
        payer_bank: node.scheme.record(post.payer_fsp.as_str()),
        quote: quote.as_ref(),
        until_ms: by_header.unwrap_or(i64::MAX).min(post.expiration.epoch_ms()),
        now_ms,
    };
    let mut submission = match Credit::open(post, &opening) {
        credit::Opened::Accepted(credit, actions) => {
            credit_submission(node, &credit, &actions, Expected::Absent)
        }
        credit::Opened::Refused(reply) => {
            let row = to_hub(bank.fsp_id(), &reply, &lane(id.into()), Urgency::Final);
            Submission { outbox: vec![row], ..Submission::default() }
        }
    };
    submission.acknowledges.extend(row);
    match node.committer.submit(submission).await {
        Err(CommitError::Conflict { .. }) => 202,
        done => status(done.map(drop), 202),
    }
}

/// The quote whose terms a transfer's packet holds.
fn quote_of(post: &TransfersPost) -> Option<PaymentId> {
    let terms = Packet::from_text(post.ilp_packet.as_str()).ok()?.terms().ok()?;
    PaymentId::parse(terms.member("quoteId")?.as_str()?).ok()
}

async fn step_order(
    node: &Node,
    id: PaymentId,
    event: &order::Event,
    row: Option<OutboxId>,
) -> Result<bool, CommitError> {
    for _ in 0..STEP_RETRIES_MAX {
        let Some((mut order, version)) = load::<Order>(&*node.store, ORDER, id).await? else {
            return Ok(false);
        };
        let awaited = lookup_of(&order);
        let actions = order.step(event, node.now().0);
        if actions.iter().all(|action| matches!(action, order::Action::Ignore(_))) {
            node.acknowledge(row);
            return Ok(true);
        }
        let mut submission = order_submission(&order, &actions, Expected::Version(version));
        submission.acknowledges.extend(row);
        if let (Some(target), None) = (awaited, lookup_of(&order)) {
            let key = lookup_key(order.bank(), &target, id);
            let (expected, body) = (Expected::Any, None);
            submission.documents.push(DocumentWrite { key, expected, body, deadline: None });
        }
        match node.committer.submit(submission).await {
            Ok(_) => return Ok(true),
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Err(CommitError::Busy)
}

fn order_submission(order: &Order, actions: &[order::Action], expected: Expected) -> Submission {
    let key = document_key(ORDER, order.id());
    let document = journey(key, order, expected, order.wake_at_ms());
    let mut submission = Submission { documents: vec![document], ..Submission::default() };
    for action in actions {
        match action {
            order::Action::Send(sent, request) => {
                submission.outbox.push(sending(order, *sent, request));
                if *sent == Sent::Lookup {
                    let key = lookup_key(order.bank(), &request.target, order.id());
                    submission.documents.push(journey(key, &(), Expected::Any, None));
                }
            }
            order::Action::Report { is_final, report } => {
                submission.outbox.push(reporting(order, *is_final, report));
            }
            order::Action::Reconcile(_) => submission.documents.push(case(order.id().into())),
            order::Action::WakeAt(_) | order::Action::Ignore(_) => {}
        }
    }
    submission
}

fn sending(order: &Order, sent: Sent, request: &FspiopRequest) -> NewOutboxRow {
    let mut message = message_of(order.bank(), request);
    message.about = Some(order.id().bits());
    let until = request.until_ms;
    let budget = until.map(|until_ms| HopBudget { until_ms, link_ms: 0, floor_ms: None });
    let outbound = Outbound { kind: Kind::Translated, message, budget };
    let resource = match sent {
        Sent::Ask => format!("asks/{}", order.id().uuid()),
        Sent::Lookup | Sent::Quote | Sent::Transfer => lane(order.id().into()),
    };
    outbound.row("hub", &resource, Urgency::Request, until.map(Timestamp))
}

fn reporting(order: &Order, is_final: bool, report: &StatusReport) -> NewOutboxRow {
    let (urgency, resource, deadline) = match is_final {
        true => (Urgency::Final, format!("orders/{}", order.id().uuid()), None),
        false => {
            let until = order.wake_at_ms().map(Timestamp);
            (Urgency::Request, format!("interim/{}", report.message_id), until)
        }
    };
    xml(order.bank(), report).row(&destination(order.bank()), &resource, urgency, deadline)
}

async fn step_credit(
    node: &Node,
    id: PaymentId,
    event: &credit::Event,
    row: Option<OutboxId>,
) -> Result<bool, CommitError> {
    for _ in 0..STEP_RETRIES_MAX {
        let Some((mut credit, version)) = load::<Credit>(&*node.store, CREDIT, id).await? else {
            return Ok(false);
        };
        let actions = credit.step(event, node.now().0, &secret(credit.bank()));
        if actions.iter().all(|action| matches!(action, credit::Action::Ignore(_))) {
            node.acknowledge(row);
            return Ok(true);
        }
        let mut submission = credit_submission(node, &credit, &actions, Expected::Version(version));
        submission.acknowledges.extend(row);
        match node.committer.submit(submission).await {
            Ok(_) => return Ok(true),
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Err(CommitError::Busy)
}

fn credit_submission(
    node: &Node,
    credit: &Credit,
    actions: &[credit::Action],
    expected: Expected,
) -> Submission {
    let key = document_key(CREDIT, credit.id());
    let document = journey(key, credit, expected, credit.wake_at_ms());
    let mut submission = Submission { documents: vec![document], ..Submission::default() };
    if expected == Expected::Absent && credit.uetr() != credit.id().uuid() {
        let key = DocumentKey::new(ALIAS, credit.uetr().to_owned());
        let (expected, body) = (Expected::Any, Some(Bytes::from(credit.id().uuid())));
        submission.documents.push(DocumentWrite { key, expected, body, deadline: None });
    }
    for action in actions {
        submission.outbox.extend(credit_row(node, credit, action));
        if let credit::Action::Reconcile(_) = action {
            submission.documents.push(case(credit.id().into()));
        }
    }
    submission
}

fn credit_row(node: &Node, credit: &Credit, action: &credit::Action) -> Option<NewOutboxRow> {
    let (own, side) = (lane(credit.id().into()), credit.bank());
    match action {
        credit::Action::SendBank(sent) => {
            let budget = Some(HopBudget { until_ms: sent.until_ms, link_ms: 0, floor_ms: None });
            let outbound = Outbound { budget, ..xml_of(side, "pacs.008", &sent.xml) };
            let deadline = Some(Timestamp(sent.until_ms));
            Some(outbound.row(&destination(side), &own, Urgency::Request, deadline))
        }
        credit::Action::Answer(request) => {
            if node.scheme.sabotage == Some(Sabotage::ConfirmEarly) {
                let id = credit.id().message_id(11);
                let text = format!("<MsgId>{id}</MsgId><TxSts>ACSC</TxSts>");
                let report = xml_of(side, "early", &text);
                return Some(report.row(&destination(side), &own, Urgency::Final, None));
            }
            Some(to_hub(side, request, &own, Urgency::Final))
        }
        credit::Action::Ask(request) => {
            let resource = format!("asks/{}", credit.id().uuid());
            Some(to_hub(side, request, &resource, Urgency::Request))
        }
        credit::Action::Confirm(report) => {
            Some(xml(side, report).row(&destination(side), &own, Urgency::Final, None))
        }
        credit::Action::WakeAt(_) | credit::Action::Reconcile(_) | credit::Action::Ignore(_) => {
            None
        }
    }
}

/// A request of a bank's side to the hub.
fn to_hub(bank: &str, request: &FspiopRequest, resource: &str, urgency: Urgency) -> NewOutboxRow {
    let asks = matches!(request.method, Method::Get | Method::Post);
    let until = request.until_ms.filter(|_| asks);
    let budget = until.map(|until_ms| HopBudget { until_ms, link_ms: 0, floor_ms: None });
    let message = message_of(bank, request);
    let outbound = Outbound { kind: Kind::Translated, message, budget };
    outbound.row("hub", resource, urgency, request.until_ms.map(Timestamp))
}

fn xml(bank: &str, report: &StatusReport) -> Outbound {
    let name = report.version();
    xml_of(bank, name, &report.xml().unwrap())
}

fn xml_of(bank: &str, name: &str, text: &str) -> Outbound {
    let message = Message {
        from: "hub".to_owned(),
        method: "POST".to_owned(),
        target: format!("/{name}"),
        destination: Some(bank.to_owned()),
        body: text.as_bytes().to_vec(),
        timeout_ms: None,
        about: None,
    };
    Outbound { kind: Kind::Xml, message, budget: None }
}

fn destination(bank: &str) -> String {
    format!("bank:{bank}")
}

/// A bank's ILP secret.
fn secret(bank: &str) -> Secret {
    Secret::new(format!("the secret of {bank}'s side").as_bytes())
}

/// A journey as it is stored.
pub async fn load<T: DeserializeOwned>(
    store: &dyn Store,
    kind: &'static str,
    id: PaymentId,
) -> Result<Option<(T, u64)>, CommitError> {
    let stored = store.document(&document_key(kind, id)).await;
    let stored = stored.map_err(|_| CommitError::Unavailable)?;
    let read = |body: &Bytes| serde_json::from_slice(body).unwrap();
    Ok(stored.map(|stored| (read(&stored.body), stored.version)))
}

/// The document of a payment.
fn document_key(kind: &'static str, id: PaymentId) -> DocumentKey {
    DocumentKey::new(kind, Bytes::copy_from_slice(&id.bits().to_be_bytes()))
}

fn journey<T: Serialize>(
    key: DocumentKey,
    journey: &T,
    expected: Expected,
    wake_at_ms: Option<i64>,
) -> DocumentWrite {
    let body = Some(Bytes::from(serde_json::to_vec(journey).unwrap()));
    DocumentWrite { key, expected, body, deadline: wake_at_ms.map(Timestamp) }
}

fn lookup_of(order: &Order) -> Option<String> {
    let party = order.awaited_party()?;
    Some(causeway_translate::request::party_target(fspiop::version::Resource::Parties, party))
}

fn lookup_prefix(bank: &str, target: &str) -> Vec<u8> {
    format!("{bank} {target} ").into_bytes()
}

fn lookup_key(bank: &str, target: &str, id: PaymentId) -> DocumentKey {
    let key = [lookup_prefix(bank, target).as_slice(), &id.bits().to_be_bytes()].concat();
    DocumentKey::new(LOOKUP, key)
}
