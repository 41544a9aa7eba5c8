use super::conduct::Stage;
use super::inbox::Received;
use super::message::{self, PartyId, QuoteTerms, TransferTerms, text};
use super::receive::{UNKNOWN_TRANSFER, outcome};
use super::send::{Draft, Sent};
use super::{Core, Dfsp};
use crate::http::HttpResponse;
use crate::ledger_log::{Event, Outcome, Standing, Terms};
use crate::story::Hop;
use crate::{ToolkitError, clock, limits};
use ::http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedReceiver;

/// A payment that a DFSP is to make.
#[derive(Debug, Clone)]
pub struct PayRequest {
    /// Who is paid.
    pub payee: PartyId,
    /// The payee's DFSP, if the payer knows it: sent with the lookup.
    pub payee_fsp: Option<String>,
    /// ISO 4217 code.
    pub currency: String,
    /// A decimal number, as `12.34`.
    pub amount: String,
    /// Who pays.
    pub payer: PartyId,
    /// A note for the payee.
    pub note: Option<String>,
    /// What the quote says besides, objects merged member by member; null for nothing.
    pub quote: Value,
    /// The `FSPIOP-Timeout` of each stage; without, the header is not sent.
    pub budgets: StageBudgets,
    /// `FSPIOP-Timeout-Origin` of every stage, signed.
    pub origin_ms: Option<u64>,
    /// For how long the transfer is good: its signed expiration.
    pub expires_in_ms: u64,
    /// The transfer's id; without, a fresh one.
    pub transfer_id: Option<String>,
    /// How often a request that was not answered is sent again, byte for byte.
    pub resends: u32,
    /// How often it asks by GET for a transfer whose time is over.
    pub asks: u32,
}

impl PayRequest {
    /// A payment without timeout headers, in the scheme's plain way.
    pub fn new(payee: PartyId, currency: impl Into<String>, amount: impl Into<String>) -> Self {
        Self {
            payee,
            payee_fsp: None,
            currency: currency.into(),
            amount: amount.into(),
            payer: PartyId::new("MSISDN", "27700000000"),
            note: None,
            quote: Value::Null,
            budgets: StageBudgets::default(),
            origin_ms: None,
            expires_in_ms: limits::TRANSFER_VALIDITY_MS,
            transfer_id: None,
            resends: 3,
            asks: limits::STATUS_ASKS,
        }
    }
}

/// Budgets in milliseconds; `None` where the header is not sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StageBudgets {
    /// GET /parties
    pub party_ms: Option<u64>,
    /// POST /quotes
    pub quote_ms: Option<u64>,
    /// POST /transfers
    pub transfer_ms: Option<u64>,
}

/// What one stage of a payment was like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HopRecord {
    /// Which.
    pub stage: Stage,
    /// `POST /transfers`
    pub what: String,
    /// When it was sent, in milliseconds since the payment began.
    pub began_ms: u64,
    /// The status of the answer at once.
    pub status: u16,
    /// Until that answer, in milliseconds.
    pub acknowledged_ms: u64,
    /// Until the callback, or until it was given up, in milliseconds.
    pub elapsed_ms: u64,
    /// Whether a callback came.
    pub answered: bool,
    /// The `FSPIOP-Timeout` that was sent.
    pub timeout_ms: Option<u64>,
    /// The `FSPIOP-Timeout-Effective` that came back.
    pub effective_ms: Option<u64>,
    /// The `FSPIOP-Timeout` on the callback.
    pub callback_timeout_ms: Option<u64>,
}

/// How a payment ended for its payer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaymentEnd {
    /// The money moved.
    Committed,
    /// An error callback, or ABORTED.
    Failed {
        /// At which stage.
        stage: Stage,
        /// The FSPIOP code; empty for ABORTED without one.
        code: String,
        /// Its description.
        description: String,
    },
    /// Refused at once.
    Refused {
        /// At which stage.
        stage: Stage,
        /// The HTTP status.
        status: u16,
        /// The FSPIOP code, if the answer has one.
        code: String,
    },
    /// No callback in time; for a transfer, and none to any GET after it.
    Silent {
        /// At which stage.
        stage: Stage,
    },
}

/// A payment, as its payer saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentOutcome {
    /// The transfer.
    pub transfer_id: String,
    /// The transaction in the quote.
    pub transaction_id: String,
    /// The quote.
    pub quote_id: String,
    /// Its end.
    pub end: PaymentEnd,
    /// Each stage that was reached.
    pub hops: Vec<HopRecord>,
    /// How often it asked for the transfer by GET.
    pub asks: u32,
    /// Whether the fulfilment opens the condition; `None` if none came.
    pub fulfilment_fits: Option<bool>,
}

impl Dfsp {
    /// Pays: lookup, quote, transfer, each with its callback; a transfer whose time is over is asked for by GET.
    ///
    /// # Errors
    /// [`ToolkitError`] only if the payment could not be tried: how it ended is the outcome.
    pub async fn pay(&self, request: &PayRequest) -> Result<PaymentOutcome, ToolkitError> {
        let payment = Payment::new(&self.core, request)?;
        payment.run().await
    }

    /// Asks the hub how a transfer stands, once.
    ///
    /// # Errors
    /// [`ToolkitError::Silence`] if the hub does not call back, or whatever kept the question from being asked.
    pub async fn ask(&self, transfer_id: &str) -> Result<Standing, ToolkitError> {
        let (_, standing) = self.core.ask(transfer_id).await?;
        Ok(standing)
    }

    /// As [`Dfsp::ask`], and again while there is no answer, for `timeout_ms`: a hub that has just been started may
    /// be slow to answer, or have no time for it.
    ///
    /// # Errors
    /// As [`Dfsp::ask`], for the last question.
    pub async fn ask_within(
        &self,
        transfer_id: &str,
        timeout_ms: u64,
    ) -> Result<Standing, ToolkitError> {
        let began = Instant::now();
        loop {
            let answer = self.ask(transfer_id).await;
            if answer.is_ok() || elapsed_ms(began) >= timeout_ms {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(limits::CALLBACK_PAUSE_MS)).await;
        }
    }

    /// Asks the hub for every transfer in this DFSP's log, sent or received: what the audit needs at the end. A
    /// question without answer is asked again, [`limits::STATUS_ASKS`] times.
    ///
    /// # Errors
    /// As [`Dfsp::ask`], for the first transfer that the hub never answers for.
    pub async fn ask_all(&self) -> Result<Vec<(String, Standing)>, ToolkitError> {
        let ids: BTreeSet<String> = self.entries().into_iter().map(|entry| entry.id).collect();
        let mut standings = Vec::new();
        for id in ids {
            let mut answer = self.ask(&id).await;
            for _ in 1..limits::STATUS_ASKS {
                if answer.is_ok() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(limits::CALLBACK_PAUSE_MS)).await;
                answer = self.ask(&id).await;
            }
            standings.push((id, answer?));
        }
        Ok(standings)
    }
}

impl PaymentOutcome {
    /// Its hops for the table: each stage's request, with the budget it was given, and its callback, with what was
    /// left of the budget that the hub named.
    pub fn story(&self, payer: &str, hub: &str) -> Vec<Hop> {
        self.hops.iter().flat_map(|record| record.story(payer, hub)).collect()
    }
}

impl HopRecord {
    fn story(&self, payer: &str, hub: &str) -> [Hop; 2] {
        let budget_ms = self.effective_ms.or(self.timeout_ms);
        let callback = self.what.split(' ').nth(1).unwrap_or_default();
        let request = Hop {
            from: payer.to_owned(),
            to: hub.to_owned(),
            what: self.what.clone(),
            elapsed_ms: self.began_ms,
            remaining_ms: self.timeout_ms,
            note: format!("{} after {} ms", self.status, self.acknowledged_ms),
        };
        let answer = Hop {
            from: hub.to_owned(),
            to: payer.to_owned(),
            what: if self.answered { format!("PUT {callback}") } else { "nothing".to_owned() },
            elapsed_ms: self.began_ms + self.elapsed_ms,
            remaining_ms: budget_ms.map(|budget_ms| budget_ms.saturating_sub(self.elapsed_ms)),
            note: String::new(),
        };
        [request, answer]
    }
}

struct Payment<'a> {
    core: &'a Arc<Core>,
    request: &'a PayRequest,
    began: Instant,
    /// The other side's version, once it has answered.
    version: Option<String>,
    outcome: PaymentOutcome,
}

/// A stage did not give what the next needs.
struct Ended(PaymentEnd);

impl<'a> Payment<'a> {
    fn new(core: &'a Arc<Core>, request: &'a PayRequest) -> Result<Self, ToolkitError> {
        let transfer_id = match &request.transfer_id {
            Some(id) => id.clone(),
            None => clock::fresh_uuid()?,
        };
        let outcome = PaymentOutcome {
            transfer_id,
            transaction_id: clock::fresh_uuid()?,
            quote_id: clock::fresh_uuid()?,
            end: PaymentEnd::Silent { stage: Stage::Party },
            hops: Vec::new(),
            asks: 0,
            fulfilment_fits: None,
        };
        Ok(Self { core, request, began: Instant::now(), version: None, outcome })
    }

    async fn run(mut self) -> Result<PaymentOutcome, ToolkitError> {
        self.outcome.end = match self.stages().await? {
            Ok(()) => PaymentEnd::Committed,
            Err(Ended(end)) => end,
        };
        Ok(self.outcome)
    }

    async fn stages(&mut self) -> Result<Result<(), Ended>, ToolkitError> {
        let party = match self.look_up().await? {
            Ok(party) => party,
            Err(ended) => return Ok(Err(ended)),
        };
        let quote = match self.agree(&party).await? {
            Ok(quote) => quote,
            Err(ended) => return Ok(Err(ended)),
        };
        self.transfer(&party, &quote).await
    }

    async fn look_up(&mut self) -> Result<Result<Value, Ended>, ToolkitError> {
        let target = self.request.payee.target();
        let mut draft = Draft::new(Method::GET, &target);
        draft.destination = self.request.payee_fsp.clone();
        let answer =
            self.stage(Stage::Party, draft, &target, self.request.budgets.party_ms).await?;
        if let Ok(answer) = &answer {
            self.version = answer.version().map(str::to_owned);
        }
        Ok(answer.map(|answer| answer.json()))
    }

    async fn agree(&mut self, party: &Value) -> Result<Result<Value, Ended>, ToolkitError> {
        let payee_fsp = text(party, "/party/partyIdInfo/fspId");
        let expiration = clock::now_epoch_ms() + limits::QUOTE_VALIDITY_MS;
        let mut body = message::quote(QuoteTerms {
            quote_id: &self.outcome.quote_id,
            transaction_id: &self.outcome.transaction_id,
            payer: self.request.payer.party(&self.core.name, None),
            payee: self.request.payee.party(payee_fsp, None),
            currency: &self.request.currency,
            amount: &self.request.amount,
            note: self.request.note.as_deref(),
            expiration: &clock::date_time(expiration),
        });
        message::merge(&mut body, &self.request.quote);
        let draft = Draft::new(Method::POST, "/quotes").to(payee_fsp).json(&body);
        let object = format!("/quotes/{}", self.outcome.quote_id);
        let budget_ms = self.request.budgets.quote_ms;
        let answer = self.stage(Stage::Quote, draft, &object, budget_ms).await?;
        Ok(answer.map(|answer| answer.json()))
    }

    async fn transfer(
        &mut self,
        party: &Value,
        quote: &Value,
    ) -> Result<Result<(), Ended>, ToolkitError> {
        let payee_fsp = text(party, "/party/partyIdInfo/fspId");
        let validity_ms = i64::try_from(self.request.expires_in_ms).unwrap_or(i64::MAX);
        let body = message::transfer(&TransferTerms {
            transfer_id: &self.outcome.transfer_id,
            payer_fsp: &self.core.name,
            payee_fsp,
            amount: &quote["transferAmount"],
            ilp_packet: text(quote, "/ilpPacket"),
            condition: text(quote, "/condition"),
            expiration: &clock::date_time(clock::now_epoch_ms().saturating_add(validity_ms)),
        });
        let draft = Draft::new(Method::POST, "/transfers").to(payee_fsp).json(&body);
        let object = format!("/transfers/{}", self.outcome.transfer_id);
        let budget_ms = self.request.budgets.transfer_ms;
        let ended = match self.stage(Stage::Transfer, draft, &object, budget_ms).await? {
            Ok(answer) => self.judge_transfer(&answer, text(quote, "/condition")),
            Err(Ended(PaymentEnd::Silent { .. })) => self.ask_until_final(quote).await,
            Err(ended) => Err(ended),
        };
        Ok(ended)
    }

    fn judge_transfer(&mut self, answer: &Received, condition: &str) -> Result<(), Ended> {
        let body = answer.json();
        let fulfilment = text(&body, "/fulfilment");
        if !fulfilment.is_empty() {
            self.outcome.fulfilment_fits = Some(fits(fulfilment, condition));
        }
        match outcome(answer) {
            Some(Outcome::Committed) => Ok(()),
            Some(Outcome::Aborted) => Err(failed(Stage::Transfer, answer)),
            None => Err(Ended(PaymentEnd::Silent { stage: Stage::Transfer })),
        }
    }

    async fn ask_until_final(&mut self, quote: &Value) -> Result<(), Ended> {
        for _ in 0..self.request.asks {
            self.outcome.asks += 1;
            match self.core.ask(&self.outcome.transfer_id).await {
                Ok((answer, Standing::Final(_))) => {
                    return self.judge_transfer(&answer, text(quote, "/condition"));
                }
                Ok((answer, Standing::Unknown)) => return Err(failed(Stage::Transfer, &answer)),
                Ok((_, Standing::Open)) | Err(_) => {
                    tokio::time::sleep(Duration::from_millis(limits::CALLBACK_PAUSE_MS)).await;
                }
            }
        }
        Err(Ended(PaymentEnd::Silent { stage: Stage::Transfer }))
    }

    /// Sends a stage's request and waits for its callback.
    async fn stage(
        &mut self,
        stage: Stage,
        mut draft: Draft,
        object: &str,
        budget_ms: Option<u64>,
    ) -> Result<Result<Arc<Received>, Ended>, ToolkitError> {
        let origin = self.request.origin_ms.map(|ms| ("FSPIOP-Timeout-Origin", ms));
        if let (Some((name, ms)), false) = (origin, draft.body.is_empty()) {
            draft.signed.push((name.to_owned(), ms.to_string()));
        } else if let Some((name, ms)) = origin {
            draft = draft.header(name, ms.to_string());
        }
        draft.version = self.version.clone();
        if let Some(ms) = budget_ms {
            draft = draft.header("FSPIOP-Timeout", ms.to_string());
        }
        let what = format!("{} {}", draft.method, draft.target);
        let mut callbacks = self.core.inbox.subscribe(object);
        let (began, began_ms) = (Instant::now(), elapsed_ms(self.began));
        let sent = self.core.sign(draft)?;
        let response = self.first_answer(stage, &sent).await?;
        let acknowledged_ms = elapsed_ms(began);
        let effective_ms = header_ms(&response, "fspiop-timeout-effective");
        let wait_ms = effective_ms.or(budget_ms).unwrap_or(limits::CALLBACK_MS) + limits::GRACE_MS;
        let callback = match response.status.is_success() {
            true => next_callback(&mut callbacks, stage, began, wait_ms).await,
            false => None,
        };
        self.outcome.hops.push(HopRecord {
            stage,
            what,
            began_ms,
            status: response.status.as_u16(),
            acknowledged_ms,
            elapsed_ms: elapsed_ms(began),
            answered: callback.is_some(),
            timeout_ms: budget_ms,
            effective_ms,
            callback_timeout_ms: callback.as_ref().and_then(|c| c.header_ms("fspiop-timeout")),
        });
        Ok(match callback {
            _ if !response.status.is_success() => Err(refused(stage, &response)),
            None => Err(Ended(PaymentEnd::Silent { stage })),
            Some(callback) if callback.is_error() => Err(failed(stage, &callback)),
            Some(callback) => Ok(callback),
        })
    }

    /// The answer at once, the request sent again where there was none (a lost 202) or the hub was not available.
    async fn first_answer(&self, stage: Stage, sent: &Sent) -> Result<HttpResponse, ToolkitError> {
        let mut left = self.request.resends;
        loop {
            if stage == Stage::Transfer {
                self.core.note_sent(&self.outcome.transfer_id, sent)?;
            }
            let answer = self.core.deliver(sent).await;
            let again = match &answer {
                Ok(response) => response.status.is_server_error(),
                Err(_) => true,
            };
            if !again || left == 0 {
                let response = answer?;
                if stage == Stage::Transfer {
                    self.core.note_answer(&self.outcome.transfer_id, &response)?;
                }
                return Ok(response);
            }
            left -= 1;
            tokio::time::sleep(Duration::from_millis(limits::CALLBACK_PAUSE_MS)).await;
        }
    }
}

impl Core {
    fn note_sent(&self, id: &str, sent: &Sent) -> Result<(), ToolkitError> {
        let body: Value = serde_json::from_slice(&sent.body).unwrap_or_default();
        let terms = Terms {
            payer: text(&body, "/payerFsp").to_owned(),
            payee: Some(text(&body, "/payeeFsp").to_owned()),
            currency: text(&body, "/amount/currency").to_owned(),
            amount: text(&body, "/amount/amount").to_owned(),
        };
        self.journal.append(id, Event::Sent { terms })
    }

    fn note_answer(&self, id: &str, response: &HttpResponse) -> Result<(), ToolkitError> {
        let status = response.status.as_u16();
        match response.status {
            code if code.is_success() => self.journal.append(id, Event::Acknowledged { status }),
            code if code.is_client_error() => self.journal.append(id, Event::Refused { status }),
            _ => Ok(()),
        }
    }

    /// A callback tells the payer how its transfer ended: to be called before it is acknowledged.
    pub(super) fn learn_as_payer(
        &self,
        id: &str,
        outcome: Outcome,
        by: &str,
    ) -> Result<(), ToolkitError> {
        let (by, answer_id) = (by.to_owned(), None);
        self.journal.append(id, Event::Learned { outcome, by, answer_id })
    }

    async fn ask(&self, transfer_id: &str) -> Result<(Arc<Received>, Standing), ToolkitError> {
        let object = format!("/transfers/{transfer_id}");
        let mut callbacks = self.inbox.subscribe(&object);
        let sent = self.sign(Draft::new(Method::GET, &object).to(&self.hub_name))?;
        self.deliver(&sent).await?.success("GET /transfers")?;
        let (began, limit_ms) = (Instant::now(), limits::STATUS_ASK_MS);
        let answer = next_callback(&mut callbacks, Stage::Callback, began, limit_ms).await;
        let silence = || ToolkitError::Silence {
            what: format!("answer to GET {object}"),
            waited_ms: limit_ms,
        };
        let answer = answer.ok_or_else(silence)?;
        let is_unknown = answer.is_error()
            && text(&answer.json(), "/errorInformation/errorCode") == UNKNOWN_TRANSFER;
        let standing = match outcome(&answer) {
            Some(outcome) => Standing::Final(outcome),
            None if is_unknown => Standing::Unknown,
            None => Standing::Open,
        };
        Ok((answer, standing))
    }
}

/// The next PUT for the object. A transfer's PUT that says that it is under way is not its end.
async fn next_callback(
    callbacks: &mut UnboundedReceiver<Arc<Received>>,
    stage: Stage,
    began: Instant,
    limit_ms: u64,
) -> Option<Arc<Received>> {
    let end = tokio::time::Instant::from_std(began + Duration::from_millis(limit_ms));
    loop {
        let message = tokio::time::timeout_at(end, callbacks.recv()).await.ok()??;
        let is_interim =
            stage == Stage::Transfer && !message.is_error() && outcome(&message).is_none();
        if message.method == Method::PUT && !is_interim {
            return Some(message);
        }
    }
}

fn fits(fulfilment: &str, condition: &str) -> bool {
    let fulfilment: Option<fspiop::ilp::Fulfilment> = fulfilment.parse().ok();
    fulfilment.is_some_and(|fulfilment| fulfilment.condition().to_string() == condition)
}

fn failed(stage: Stage, callback: &Received) -> Ended {
    let body = callback.json();
    let part = |path| text(&body, path).to_owned();
    let code = part("/errorInformation/errorCode");
    let description = part("/errorInformation/errorDescription");
    Ended(PaymentEnd::Failed { stage, code, description })
}

fn refused(stage: Stage, response: &HttpResponse) -> Ended {
    let body = response.json().unwrap_or(json!(null));
    let code = text(&body, "/errorInformation/errorCode").to_owned();
    Ended(PaymentEnd::Refused { stage, status: response.status.as_u16(), code })
}

fn header_ms(response: &HttpResponse, name: &str) -> Option<u64> {
    response.header(name)?.parse().ok()
}

fn elapsed_ms(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}
