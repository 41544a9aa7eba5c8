//! A message taken in. On stable storage first; then attempts go to the scorer, ends to its stream, and
//! what the scorer says of them becomes the message's report. The peer answers before anything is
//! evaluated: so does this, if the scorer takes longer than the budget. What is still missing then is
//! asked for when the report is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use frms::peer::{Evaluation, network_map, report};
use frms::tms::{TmsMessage, Told};
use frms::{Attempt, Decision, Event, Outcome, OutcomeKind, PaymentId, Point, Semantics, Verdict};
use frms_stream::Unavailable;
use serde_json::{Value, json};
use switch::Timestamp;
use switch_store::{
    CommitError, DocumentKey, DocumentWrite, Expected, NewOutboxRow, StoreError, Submission,
};

use super::Fault;
use super::kept::{self, Evaluated, Message, Place};
use super::received::{Group, Received};
use crate::node::Node;
use crate::screening::Screening;

/// What a document is when it has been written for the first time.
const FIRST_VERSION: u64 = 1;
/// Milliseconds of an hour.
const HOUR_MS: i64 = 60 * 60 * 1_000;

/// Takes a message in: the strictest decision on its payments, if there is one by now.
pub(super) async fn take(
    node: &Arc<Node>,
    screening: &Screening,
    received: &Received,
    arrival: Timestamp,
) -> Result<Option<Decision>, Fault> {
    let intake = Intake { node, screening, arrival };
    let key = kept::key(screening.pseudonyms(), received.message, &received.message_id);
    let mut message = match kept::message(node, &key).await.map_err(unread)? {
        Some(message) => known(message, received)?,
        None => intake.begin(&key, received).await?,
    };
    intake.complete(&key, &mut message).await?;
    intake.end_waiting(&message).await?;
    Ok(message.evaluated.iter().filter_map(|one| one.decision).max())
}

/// The reports of a message, by its id.
pub(super) async fn reports(
    node: &Arc<Node>,
    screening: &Screening,
    id: &str,
) -> Result<Vec<Value>, Fault> {
    let intake = Intake { node, screening, arrival: node.now() };
    for kind in [TmsMessage::Pacs002, TmsMessage::Pacs008, TmsMessage::Pain001] {
        let key = kept::key(screening.pseudonyms(), kind, id);
        let Some(mut message) = kept::message(node, &key).await.map_err(unread)? else { continue };
        // Without a scorer that answers there is what there is.
        let _ = intake.complete(&key, &mut message).await;
        let found: Vec<Value> =
            message.evaluated.into_iter().filter_map(|one| one.report).collect();
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(Vec::new())
}

/// The same message again is no other message.
fn known(message: Message, received: &Received) -> Result<Message, Fault> {
    match message.digest == received.digest {
        true => Ok(message),
        false => {
            let root = received.message.root();
            Err(Fault::Message(format!("/{root}/GrpHdr/MsgId is that of another message")))
        }
    }
}

fn unread(error: StoreError) -> Fault {
    Fault::Ours(error.to_string())
}

fn unwritten(error: &CommitError) -> Fault {
    Fault::Ours(error.to_string())
}

/// One message on its way.
struct Intake<'n> {
    node: &'n Arc<Node>,
    screening: &'n Screening,
    arrival: Timestamp,
}

/// What is written of a message at once.
#[derive(Default)]
struct Batch {
    documents: Vec<DocumentWrite>,
    endings: Vec<Event>,
    evaluated: Vec<Evaluated>,
}

impl Intake<'_> {
    /// Writes down what the message says, and tells the scorer's stream how payments ended.
    async fn begin(&self, key: &DocumentKey, received: &Received) -> Result<Message, Fault> {
        let mut batch = Batch::default();
        for told in &received.told {
            match told {
                Told::Attempt(attempt) => self.attempt(&mut batch, attempt).await?,
                Told::Outcome(outcome) => self.ending(&mut batch, key, *outcome)?,
                Told::Nothing => {}
            }
        }
        if let Some(group) = &received.group {
            self.group(&mut batch, key, group).await?;
        }
        let message = Message {
            digest: received.digest.clone(),
            tx_tp: received.message.as_str().to_owned(),
            message_id: received.message_id.clone(),
            created: received.created.clone(),
            evaluated: batch.evaluated,
            version: FIRST_VERSION,
        };
        let mut documents = batch.documents;
        let write = kept::write(key.clone(), Expected::Absent, &message, self.until());
        documents.push(write.map_err(|error| unwritten(&error))?);
        let outbox = self.rows(&batch.endings)?;
        let submission = Submission { documents, outbox, ..Submission::default() };
        match self.node.commit(submission).await {
            Ok(_) => {}
            // The same one came over another connection at the same time.
            Err(CommitError::Conflict { .. }) => {
                let message = kept::message(self.node, key).await.map_err(unread)?;
                let busy = || Fault::Ours("the message is being taken in".to_owned());
                return known(message.ok_or_else(busy)?, received);
            }
            Err(error) => return Err(unwritten(&error)),
        }
        for event in batch.endings {
            self.screening.stream().append(event);
        }
        Ok(message)
    }

    /// A payment that is tried or asked for, with what its quote has said of it.
    async fn attempt(&self, batch: &mut Batch, attempt: &Attempt) -> Result<(), Fault> {
        let mut attempt = attempt.clone();
        let place = match attempt.point {
            Point::BeforeQuote => Place::Quote(attempt.id),
            _ => {
                let quote: Option<Attempt> =
                    Place::Quote(attempt.id).read(self.node).await.map_err(unread)?;
                if let Some(quote) = quote.filter(|quote| quote.hash == attempt.hash) {
                    attempt.category = attempt.category.or(quote.category);
                    attempt.place = attempt.place.or(quote.place);
                    attempt.description = attempt.description.or(quote.description);
                    attempt.debtor_age_years = attempt.debtor_age_years.or(quote.debtor_age_years);
                }
                Place::Attempt(attempt.id)
            }
        };
        // Under one id one payment is under way, whatever else is sent under it.
        let first: Option<Attempt> = place.read(self.node).await.map_err(unread)?;
        if first.is_none() {
            let write = place.write(&attempt, self.until());
            batch.documents.push(write.map_err(|error| unwritten(&error))?);
        }
        batch.evaluated.push(Evaluated {
            payment: attempt.id,
            point: attempt.point,
            attempt: Some(Box::new(attempt)),
            decision: None,
            report: None,
        });
        Ok(())
    }

    fn ending(&self, batch: &mut Batch, key: &DocumentKey, outcome: Outcome) -> Result<(), Fault> {
        let place = Place::Ending(outcome.id);
        let write = place.write(&key.key.to_vec(), self.until());
        batch.documents.push(write.map_err(|error| unwritten(&error))?);
        batch.endings.push(Event::Outcome(outcome));
        // What has come to nothing is looked at in the peer's semantics alone.
        let as_peer = self.screening.live().catalogue.semantics() == Semantics::Peer;
        if as_peer || outcome.kind == OutcomeKind::Committed {
            batch.evaluated.push(Evaluated {
                payment: outcome.id,
                point: Point::AfterCommit,
                attempt: None,
                decision: None,
                report: None,
            });
        }
        Ok(())
    }

    /// A status of all payments of a message that came here.
    async fn group(
        &self,
        batch: &mut Batch,
        key: &DocumentKey,
        group: &Group,
    ) -> Result<(), Fault> {
        let pseudonyms = self.screening.pseudonyms();
        let original = kept::key(pseudonyms, TmsMessage::Pacs008, &group.message_id);
        let original = kept::message(self.node, &original).await.map_err(unread)?;
        let unknown = || Fault::Message("OrgnlMsgId is of no message that came here".to_owned());
        for payment in original.ok_or_else(unknown)?.evaluated {
            let Group { kind, at_ms, .. } = *group;
            self.ending(batch, key, Outcome { id: payment.payment, kind, at_ms })?;
        }
        Ok(())
    }

    /// For scorers elsewhere, and whoever else follows the stream there.
    fn rows(&self, endings: &[Event]) -> Result<Vec<NewOutboxRow>, Fault> {
        let Some(events) = &self.node.events else { return Ok(Vec::new()) };
        let row = |event: &Event| {
            let resource = event.message_id().unwrap_or_default();
            events.screening(event, format!("tms/{resource}"))
        };
        let rows = endings.iter().map(row).collect::<Result<_, _>>();
        rows.map_err(|error| Fault::Ours(error.to_string()))
    }

    fn until(&self) -> Timestamp {
        let hours = i64::from(self.node.config.screening.tms.keep_hours);
        self.node.now().plus_ms(hours.saturating_mul(HOUR_MS))
    }

    /// Asks the scorer about what has no report yet, and keeps what it says.
    async fn complete(&self, key: &DocumentKey, message: &mut Message) -> Result<(), Fault> {
        let mut news = false;
        for place in 0..message.evaluated.len() {
            let Some(one) = message.evaluated.get(place).filter(|one| one.decision.is_none())
            else {
                continue;
            };
            let began = Instant::now();
            let Some(verdict) = self.verdict(one).await? else { continue };
            let report = self.report(message, &verdict, began);
            if let Some(one) = message.evaluated.get_mut(place) {
                (one.decision, one.report) = (Some(verdict.decision), report);
                news = true;
            }
        }
        if !news {
            return Ok(());
        }
        let expected = Expected::Version(message.version);
        let write = kept::write(key.clone(), expected, message, self.until());
        let documents = vec![write.map_err(|error| unwritten(&error))?];
        let submission = Submission { documents, ..Submission::default() };
        match self.node.commit(submission).await {
            Ok(_) => message.version = message.version.saturating_add(1),
            // Somebody else's report of the same is the message's.
            Err(CommitError::Conflict { .. }) => {
                let theirs = kept::message(self.node, key).await.map_err(unread)?;
                *message = theirs.unwrap_or_else(|| message.clone());
            }
            Err(error) => return Err(unwritten(&error)),
        }
        Ok(())
    }

    /// What the scorer says within the budget. Nothing of an end without its attempt, yet.
    async fn verdict(&self, one: &Evaluated) -> Result<Option<Arc<Verdict>>, Fault> {
        let attempt = match &one.attempt {
            Some(attempt) => Some(Attempt::clone(attempt)),
            None => Place::Attempt(one.payment).read(self.node).await.map_err(unread)?,
        };
        let Some(attempt) = attempt else { return Ok(None) };
        let attempt = Arc::new(Attempt { point: one.point, ..attempt });
        let budget = Duration::from_millis(self.node.config.screening.budget_ms);
        match self.screening.client().screen(attempt, budget).await {
            Ok(verdict) => Ok(Some(verdict)),
            Err(Unavailable::Late) => Ok(None),
            // It may not have heard of the payment at all: the sender is to come again.
            Err(why) if one.point != Point::AfterCommit => Err(Fault::Ours(why.to_string())),
            Err(_) => Ok(None),
        }
    }

    /// The peer's document of a report: what is known of the payment's parties stays out of it.
    fn report(&self, message: &Message, verdict: &Verdict, began: Instant) -> Option<Value> {
        let (now, catalogue) = (self.node.now(), self.screening.live().catalogue);
        let tenant = &self.node.config.screening.tenant;
        let timestamp = fspiop::time::DateTime::from_epoch_ms(now.0)?;
        let taken_ms = now.0.saturating_sub(self.arrival.0).max(0);
        let evaluation = Evaluation {
            id: &evaluation_id(now)?,
            timestamp: timestamp.as_str(),
            tenant,
            message: &message.tx_tp,
            elapsed_ns: u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX),
            meta_data: &json!({ "prcgTmDP": taken_ms.saturating_mul(1_000_000) }),
        };
        let report = report(verdict, &catalogue, &evaluation)?;
        let root = TmsMessage::named(&message.tx_tp)?.root();
        let header = json!({ "MsgId": message.message_id, "CreDtTm": message.created });
        Some(json!({
            "transactionID": message.message_id,
            "transaction": { "TxTp": message.tx_tp, "TenantId": tenant, root: { "GrpHdr": header } },
            "networkMap": network_map(&catalogue, &message.tx_tp),
            "report": report,
        }))
    }

    /// The ends of payments that were told of before these: their reports can be had by now.
    async fn end_waiting(&self, message: &Message) -> Result<(), Fault> {
        let tried = message.evaluated.iter().filter(|one| one.point == Point::BeforeReserve);
        let tried: Vec<PaymentId> = tried.map(|one| one.payment).collect();
        for payment in tried {
            let waiting: Option<Vec<u8>> =
                Place::Ending(payment).read(self.node).await.map_err(unread)?;
            let Some(key) = waiting.map(|key| kept::message_key(&key)) else { continue };
            if let Some(mut ending) = kept::message(self.node, &key).await.map_err(unread)? {
                self.complete(&key, &mut ending).await?;
            }
        }
        Ok(())
    }
}

/// A UUID of version 7 (RFC 9562): the time, and chance.
fn evaluation_id(now: Timestamp) -> Option<String> {
    let mut chance = [0; 16];
    aws_lc_rs::rand::fill(&mut chance).ok()?;
    let time = u128::try_from(now.0).ok()? & 0xffff_ffff_ffff;
    let chance = u128::from_be_bytes(chance);
    let random_a = (chance >> 64) & 0xfff;
    let random_b = chance & 0x3fff_ffff_ffff_ffff;
    let bits = (time << 80) | (0x7 << 76) | (random_a << 64) | (0b10 << 62) | random_b;
    let hex = format!("{bits:032x}");
    let parts =
        [hex.get(..8)?, hex.get(8..12)?, hex.get(12..16)?, hex.get(16..20)?, hex.get(20..)?];
    Some(parts.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_evaluation_is_named_by_its_time_and_chance() {
        let at = Timestamp(0x0190_d5c4_1234);
        let (one, other) = (evaluation_id(at).unwrap(), evaluation_id(at).unwrap());
        assert!(one.starts_with("0190d5c4-1234-7"), "{one}");
        assert!(matches!(one.as_bytes()[19], b'8' | b'9' | b'a' | b'b'), "{one}");
        assert_eq!(one.len(), 36);
        assert_ne!(one, other);
    }
}
