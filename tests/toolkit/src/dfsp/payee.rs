use super::conduct::{Answer, Conduct};
use super::message::{self, PartyId, text};
use super::send::{Draft, Sent};
use super::{Core, Received, Stage, locked};
use crate::ledger_log::{Event, Outcome, Terms};
use crate::{ToolkitError, clock, limits};
use ::http::{Method, StatusCode};
use fspiop::ilp::Version;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a DFSP knows as payee.
#[derive(Debug, Default)]
pub(super) struct PayeeBook {
    parties: Mutex<HashMap<PartyId, String>>,
    transfers: Mutex<HashMap<String, Incoming>>,
}

#[derive(Debug)]
struct Incoming {
    terms: Terms,
    answer: Option<Sent>,
    credited: bool,
    ended: Option<Outcome>,
}

impl PayeeBook {
    pub(super) fn add_party(&self, party: PartyId, display_name: &str) {
        locked(&self.parties).insert(party, display_name.to_owned());
    }

    fn party_name(&self, party: &PartyId) -> Option<String> {
        locked(&self.parties).get(party).cloned()
    }

    /// Whether the transfer came to this DFSP as payee.
    pub(super) fn knows(&self, transfer_id: &str) -> bool {
        locked(&self.transfers).contains_key(transfer_id)
    }

    /// Whether it is here for the first time, and the answer that a former call was given.
    fn admit(&self, transfer_id: &str, terms: Terms) -> (bool, Option<Sent>) {
        let mut transfers = locked(&self.transfers);
        if let Some(known) = transfers.get(transfer_id) {
            return (false, known.answer.clone());
        }
        let incoming = Incoming { terms, answer: None, credited: false, ended: None };
        transfers.insert(transfer_id.to_owned(), incoming);
        (true, None)
    }
}

impl Core {
    /// GET /parties/{Type}/{ID}
    pub(super) async fn answer_party(
        &self,
        asked: &Received,
        conduct: &Conduct,
    ) -> Result<(), ToolkitError> {
        let mut segments = asked.path().split('/').skip(2);
        let kind = segments.next().unwrap_or_default();
        let party = PartyId::new(kind, segments.next().unwrap_or_default());
        let body = match (&conduct.answer, self.payee.party_name(&party)) {
            (Answer::Error(code), _) => Err(*code),
            (_, None) => Err(NO_SUCH_PARTY),
            (_, Some(name)) => Ok(message::party_answer(&party, &self.name, &name)),
        };
        self.call_back(asked, asked.path(), body, conduct, QUOTE_EXPIRED).await.map(drop)
    }

    /// POST /quotes
    pub(super) async fn answer_quote(
        &self,
        asked: &Received,
        conduct: &Conduct,
    ) -> Result<(), ToolkitError> {
        let request = asked.json();
        let target = format!("/quotes/{}", text(&request, "/quoteId"));
        let body = match conduct.answer {
            Answer::Error(code) => Err(code),
            _ => Ok(self.terms_of(&request)?),
        };
        self.call_back(asked, &target, body, conduct, QUOTE_EXPIRED).await.map(drop)
    }

    fn terms_of(&self, request: &Value) -> Result<Value, ToolkitError> {
        let expiration = clock::date_time(clock::now_epoch_ms() + limits::QUOTE_VALIDITY_MS);
        let mut answer = json!({
            "transferAmount": request["amount"],
            "payeeReceiveAmount": request["amount"],
            "expiration": expiration,
        });
        if let Some(note) = request.get("note") {
            answer["note"] = note.clone();
        }
        let terms = fspiop::ilp::Terms::of_quote(&strict(request)?, &strict(&answer)?);
        let sealed = self.secret.0.seal(Version::V1, &terms);
        let sealed = sealed.map_err(|error| ToolkitError::Message(error.to_string()))?;
        if let Some(members) = answer.as_object_mut() {
            members.remove("note");
        }
        answer["ilpPacket"] = Value::from(sealed.packet);
        answer["condition"] = Value::from(sealed.condition.to_string());
        Ok(answer)
    }

    /// Notes POST /transfers in the log: to be done before it is acknowledged.
    pub(super) fn note_transfer(&self, asked: &Received) -> Result<(), ToolkitError> {
        let request = asked.json();
        let digest = clock::sha256_hex(&asked.body);
        let terms = terms(&request);
        self.journal.append(text(&request, "/transferId"), Event::Received { terms, digest })
    }

    /// POST /transfers
    pub(super) async fn answer_transfer(
        &self,
        asked: &Received,
        conduct: &Conduct,
    ) -> Result<(), ToolkitError> {
        let request = asked.json();
        let id = text(&request, "/transferId");
        match self.payee.admit(id, terms(&request)) {
            (true, _) => self.answer_new_transfer(asked, conduct, &request, id).await,
            (false, Some(answer)) => self.give_answer(id, &answer).await.map(drop),
            (false, None) => Ok(()),
        }
    }

    async fn answer_new_transfer(
        &self,
        asked: &Received,
        conduct: &Conduct,
        request: &Value,
        id: &str,
    ) -> Result<(), ToolkitError> {
        let fulfil = |state, fulfilment: &str| {
            let behind_ms = self.clock_behind_ms.load(Ordering::Relaxed);
            let completed = clock::date_time(clock::now_epoch_ms() - behind_ms);
            message::fulfil(state, fulfilment, &completed)
        };
        let body = match (&conduct.answer, self.fulfilment(request)) {
            (Answer::Error(code), _) => Err(*code),
            (Answer::WrongFulfilment, _) => Ok(fulfil("COMMITTED", WRONG_FULFILMENT)),
            (Answer::ReservedWrongFulfilment, _) => Ok(fulfil("RESERVED", WRONG_FULFILMENT)),
            (_, None) => Err(PAYEE_REFUSES),
            (Answer::Reserved, Some(fulfilment)) => Ok(fulfil("RESERVED", &fulfilment)),
            (_, Some(fulfilment)) => Ok(fulfil("COMMITTED", &fulfilment)),
        };
        let target = format!("/transfers/{id}");
        let promised = self.call_back(asked, &target, body, conduct, TRANSFER_EXPIRED).await?;
        if promised && conduct.answer == Answer::Proper {
            self.credit(id)?;
        }
        Ok(())
    }

    /// The fulfilment, if the packet is one of ours and its lock is the transfer's.
    fn fulfilment(&self, request: &Value) -> Option<String> {
        let fulfilment = self.secret.0.fulfilment_of(text(request, "/ilpPacket")).ok()?;
        let fits = fulfilment.condition().to_string() == text(request, "/condition");
        fits.then(|| fulfilment.to_string())
    }

    /// Waits as the conduct says and sends the answer, as often as it says; whether a true positive one was taken.
    async fn call_back(
        &self,
        asked: &Received,
        target: &str,
        body: Result<Value, u16>,
        conduct: &Conduct,
        expired: u16,
    ) -> Result<bool, ToolkitError> {
        tokio::time::sleep(Duration::from_millis(conduct.delay_ms)).await;
        if conduct.answer == Answer::Silent {
            return Ok(false);
        }
        let over = !conduct.ignores_deadlines && self.is_over(asked);
        let body = if over { Err(expired) } else { body };
        let is_false =
            matches!(conduct.answer, Answer::WrongFulfilment | Answer::ReservedWrongFulfilment);
        let promises = body.is_ok() && !is_false;
        let draft = callback(asked, target, body, conduct, &self.hub_name);
        let (request, answer) = (asked.json(), self.sign(draft)?);
        let id = text(&request, "/transferId");
        self.keep_answer(id, &answer, promises)?;
        let mut taken = false;
        for _ in 0..conduct.answers {
            let status = self.give_answer(id, &answer).await?;
            taken = status.is_some_and(|status| status.is_success());
        }
        Ok(promises && taken)
    }

    /// Logs the answer to a transfer, and keeps its bytes for a request that comes again.
    fn keep_answer(&self, id: &str, answer: &Sent, promises: bool) -> Result<(), ToolkitError> {
        if id.is_empty() {
            return Ok(());
        }
        let outcome = if promises { Outcome::Committed } else { Outcome::Aborted };
        self.journal.append(id, Event::Answered { outcome })?;
        if let Some(incoming) = locked(&self.payee.transfers).get_mut(id) {
            incoming.answer = Some(answer.clone());
        }
        Ok(())
    }

    /// Sends a callback until it is acknowledged or refused.
    async fn give_answer(
        &self,
        transfer_id: &str,
        answer: &Sent,
    ) -> Result<Option<StatusCode>, ToolkitError> {
        for _ in 0..limits::CALLBACK_ATTEMPTS {
            match self.deliver(answer).await {
                Ok(response) if response.status.is_success() => {
                    if !transfer_id.is_empty() {
                        self.journal.append(transfer_id, Event::AnswerAcknowledged)?;
                    }
                    return Ok(Some(response.status));
                }
                Ok(response) if response.status.is_client_error() => {
                    return Ok(Some(response.status));
                }
                Ok(_) | Err(_) => {
                    let pause = Duration::from_millis(limits::CALLBACK_PAUSE_MS);
                    tokio::time::sleep(pause).await;
                }
            }
        }
        Ok(None)
    }

    /// Whether the asker's time is over: the expiration it signed, and the header where this DFSP honours it.
    fn is_over(&self, asked: &Received) -> bool {
        let elapsed_ms = u64::try_from(asked.arrived.elapsed().as_millis()).unwrap_or(u64::MAX);
        let budget_ms = asked.header_ms("fspiop-timeout").filter(|_| self.honours_timeout);
        let request = asked.json();
        let expiration = fspiop::time::DateTime::parse(text(&request, "/expiration"));
        budget_ms.is_some_and(|budget_ms| elapsed_ms >= budget_ms)
            || expiration.is_ok_and(|expiration| clock::now_epoch_ms() >= expiration.epoch_ms())
    }

    /// PATCH /transfers/{ID}, and PUT to the payee: how the transfer ended. To be called before it is acknowledged.
    pub(super) fn learn_as_payee(
        &self,
        id: &str,
        outcome: Outcome,
        by: &str,
    ) -> Result<(), ToolkitError> {
        let mut transfers = locked(&self.payee.transfers);
        let Some(incoming) = transfers.get_mut(id) else { return Ok(()) };
        incoming.ended = Some(outcome);
        let took_back = incoming.credited && outcome == Outcome::Aborted;
        if took_back {
            incoming.credited = false;
        }
        drop(transfers);
        let (by, answer_id) = (by.to_owned(), None);
        self.journal.append(id, Event::Learned { outcome, by, answer_id })?;
        match outcome {
            Outcome::Committed => self.credit(id),
            Outcome::Aborted if took_back => self.journal.append(id, Event::Reversed),
            Outcome::Aborted => Ok(()),
        }
    }

    /// Gives the payee the money: once, and not if the transfer is known to have ended otherwise.
    fn credit(&self, id: &str) -> Result<(), ToolkitError> {
        let mut transfers = locked(&self.payee.transfers);
        let Some(incoming) = transfers.get_mut(id) else { return Ok(()) };
        if incoming.credited || incoming.ended == Some(Outcome::Aborted) {
            return Ok(());
        }
        incoming.credited = true;
        let terms = incoming.terms.clone();
        drop(transfers);
        self.journal.append(id, Event::Credited { terms })
    }

    /// Does what the stage asks for.
    pub(super) async fn answer_stage(
        self: Arc<Self>,
        stage: Stage,
        asked: Arc<Received>,
        conduct: Conduct,
    ) -> Result<(), ToolkitError> {
        match stage {
            Stage::Party => self.answer_party(&asked, &conduct).await,
            Stage::Quote => self.answer_quote(&asked, &conduct).await,
            Stage::Transfer => self.answer_transfer(&asked, &conduct).await,
            Stage::Patch | Stage::Callback => Ok(()),
        }
    }
}

const NO_SUCH_PARTY: u16 = 3204;
const PAYEE_REFUSES: u16 = 5104;
const QUOTE_EXPIRED: u16 = 3302;
const TRANSFER_EXPIRED: u16 = 3303;

/// 32 bytes that open nothing: 43 characters, canonical.
const WRONG_FULFILMENT: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The PUT that answers, or the error callback with its code.
fn callback(
    asked: &Received,
    target: &str,
    body: Result<Value, u16>,
    conduct: &Conduct,
    hub_name: &str,
) -> Draft {
    let (target, body) = match body {
        Ok(body) => (target.to_owned(), body),
        Err(code) => (format!("{target}/error"), message::error(code, "as it was told to")),
    };
    let payer = asked.header("fspiop-source").unwrap_or(hub_name);
    let draft = Draft::new(Method::PUT, target).to(payer).json(&body);
    let version = conduct.version.or(asked.version()).map(str::to_owned);
    Draft { version, slow_body_ms: conduct.slow_body_ms, ..draft }
}

fn terms(request: &Value) -> Terms {
    Terms {
        payer: text(request, "/payerFsp").to_owned(),
        payee: Some(text(request, "/payeeFsp").to_owned()),
        currency: text(request, "/amount/currency").to_owned(),
        amount: text(request, "/amount/amount").to_owned(),
    }
}

fn strict(body: &Value) -> Result<fspiop::json::Value, ToolkitError> {
    fspiop::json::parse(body.to_string().as_bytes())
        .map_err(|malformed| ToolkitError::Message(format!("JSON: {}", malformed.reason)))
}
