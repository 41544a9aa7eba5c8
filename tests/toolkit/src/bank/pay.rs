use super::inbox::BankMessage;
use super::status::{Reported, reported};
use super::{Core, IsoBank, Order, locked};
use crate::ToolkitError;
use crate::http::{HttpRequest, HttpResponse};
use crate::ledger_log::{Event, Outcome, Standing, Terms};
use ::http::{Method, StatusCode};
use iso20022::{Inbound, Message};
use std::time::Instant;

/// An XML message for the bank channel, exactly as it is posted: to be posted again byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// `pain.001`, `pacs.008`, ...: the last segment of the URL.
    pub family: String,
    /// The exact XML.
    pub xml: String,
    /// `Prefer: wait=N`, in seconds.
    pub wait_s: Option<u32>,
    /// The order that it carries; without, the log does not mention it.
    pub order: Option<Order>,
}

/// How an order ended for the bank that gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderOutcome {
    /// `ACSC`, `RJCT`, ...; `None` if it was refused with admi.002.
    pub status: Option<String>,
    /// The reason code of RJCT, or of admi.002.
    pub reason: Option<String>,
    /// The HTTP status of the answer at once; 0 where the order was posted elsewhere.
    pub http_status: u16,
    /// `Location`: where the order can be asked for.
    pub location: Option<String>,
    /// `FSPIOP-Timeout-Effective`, in milliseconds.
    pub effective_ms: Option<u64>,
    /// How the status came.
    pub told: Told,
    /// The message that said it, exactly.
    pub xml: String,
    /// From sending to knowing, in milliseconds.
    pub elapsed_ms: u64,
}

/// How a status came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// In the answer to the order.
    Answer,
    /// Posted to the bank later.
    Push,
}

impl Submission {
    /// A message that is no order of the log's: whatever a test wants to post.
    pub fn new(family: impl Into<String>, xml: impl Into<String>) -> Self {
        Self { family: family.into(), xml: xml.into(), wait_s: None, order: None }
    }

    /// An order as pain.001 of the bank with this BIC.
    pub fn pain_001(order: &Order, bic: &str) -> Self {
        Self { order: Some(order.clone()), ..Self::new("pain.001", order.pain_001(bic)) }
    }

    /// An order as pacs.008 of the bank with this BIC.
    ///
    /// # Errors
    /// [`ToolkitError::Message`] without a creditor agent.
    pub fn pacs_008(order: &Order, bic: &str) -> Result<Self, ToolkitError> {
        let xml = order.pacs_008(bic)?;
        Ok(Self { order: Some(order.clone()), ..Self::new("pacs.008", xml) })
    }

    /// Asks for the final status in the answer: `Prefer: wait=N`, in seconds.
    #[must_use]
    pub fn waiting(mut self, wait_s: Option<u32>) -> Self {
        self.wait_s = wait_s;
        self
    }
}

impl IsoBank {
    /// Sends an order as pain.001 and waits for its final status, at most `timeout_ms`.
    ///
    /// # Errors
    /// [`ToolkitError::Silence`] if there is no final status in time, or whatever kept the order from being sent.
    pub async fn pay_pain_001(
        &self,
        order: &Order,
        wait_s: Option<u32>,
        timeout_ms: u64,
    ) -> Result<OrderOutcome, ToolkitError> {
        let submission = Submission::pain_001(order, self.bic()).waiting(wait_s);
        self.core.pay(order, &submission, timeout_ms).await
    }

    /// Sends an order as pacs.008 and waits for its final status, at most `timeout_ms`.
    ///
    /// # Errors
    /// As [`IsoBank::pay_pain_001`].
    pub async fn pay_pacs_008(
        &self,
        order: &Order,
        wait_s: Option<u32>,
        timeout_ms: u64,
    ) -> Result<OrderOutcome, ToolkitError> {
        let submission = Submission::pacs_008(order, self.bic())?.waiting(wait_s);
        self.core.pay(order, &submission, timeout_ms).await
    }

    /// Posts a message exactly as it is; what comes back at once. An order is logged, with a final status in the
    /// answer.
    ///
    /// # Errors
    /// [`ToolkitError`] if there is no answer at all; a refusal is an answer.
    pub async fn submit(&self, submission: &Submission) -> Result<HttpResponse, ToolkitError> {
        self.core.submit(submission).await
    }

    /// Waits for the final status of an order that was posted before, among those pushed already too.
    ///
    /// # Errors
    /// [`ToolkitError::Silence`] if none comes within `timeout_ms`.
    pub async fn await_final(
        &self,
        order: &Order,
        timeout_ms: u64,
    ) -> Result<OrderOutcome, ToolkitError> {
        let message = self.core.pushed(order, timeout_ms).await?;
        Ok(outcome_of(order, message.read.as_ref().ok(), message.text(), Told::Push))
    }

    /// GET of an order's `Location`: the current status message, or the refusal.
    ///
    /// # Errors
    /// [`ToolkitError`] if there is no answer at all.
    pub async fn order_status(&self, location: &str) -> Result<HttpResponse, ToolkitError> {
        let url = self.core.channel_url(location)?;
        self.core.client.send(HttpRequest::new(Method::GET, url)).await
    }

    /// How an order stands, by GET of its `Location`.
    ///
    /// # Errors
    /// [`ToolkitError`] if there is no answer, or one that is neither a status message nor 404.
    pub async fn ask(&self, order: &Order, location: &str) -> Result<Standing, ToolkitError> {
        let response = self.order_status(location).await?;
        if response.status == StatusCode::NOT_FOUND {
            return Ok(Standing::Unknown);
        }
        let response = response.success(&format!("GET {location}"))?;
        let inbound = iso20022::read(&response.body)
            .map_err(|refused| ToolkitError::Message(format!("GET {location}: {refused}")))?;
        Ok(match final_for(order, &inbound) {
            Some(said) if said.is_settled() => Standing::Final(Outcome::Committed),
            Some(_) => Standing::Final(Outcome::Aborted),
            None => Standing::Open,
        })
    }

    /// Asks for every order whose answer named a `Location`: what the audit needs at the end.
    ///
    /// # Errors
    /// As [`IsoBank::ask`], for the first order that is not answered for.
    pub async fn ask_all(&self) -> Result<Vec<(String, Standing)>, ToolkitError> {
        let orders = locked(&self.core.locations).clone();
        let mut standings = Vec::new();
        for (order, location) in orders.into_values() {
            let standing = self.ask(&order, &location).await?;
            standings.push((order.end_to_end_id, standing));
        }
        Ok(standings)
    }
}

impl Core {
    async fn pay(
        &self,
        order: &Order,
        submission: &Submission,
        timeout_ms: u64,
    ) -> Result<OrderOutcome, ToolkitError> {
        let began = Instant::now();
        let response = self.submit(submission).await?;
        let inbound = iso20022::read(&response.body).ok();
        let is_final = !response.status.is_success()
            || inbound.as_ref().and_then(|inbound| final_for(order, inbound)).is_some();
        let outcome = if is_final {
            outcome_of(order, inbound.as_ref(), response.text(), Told::Answer)
        } else {
            let message = self.pushed(order, timeout_ms).await?;
            outcome_of(order, message.read.as_ref().ok(), message.text(), Told::Push)
        };
        Ok(OrderOutcome {
            http_status: response.status.as_u16(),
            location: response.header("location").map(str::to_owned),
            effective_ms: response
                .header("fspiop-timeout-effective")
                .and_then(|ms| ms.parse().ok()),
            elapsed_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            ..outcome
        })
    }

    async fn submit(&self, submission: &Submission) -> Result<HttpResponse, ToolkitError> {
        if let Some(order) = &submission.order {
            let terms = self.order_terms(order);
            self.journal.append(&order.end_to_end_id, Event::Sent { terms })?;
        }
        let url = self.channel_url(&format!("/iso20022/{}", submission.family))?;
        let mut request = HttpRequest::new(Method::POST, url)
            .header("content-type", "application/xml")?
            .body(submission.xml.clone());
        if let Some(wait_s) = submission.wait_s {
            request = request.header("prefer", &format!("wait={wait_s}"))?;
        }
        let response = self.client.send(request).await?;
        if let Some(order) = &submission.order {
            self.note_order_answer(order, &response)?;
        }
        Ok(response)
    }

    fn order_terms(&self, order: &Order) -> Terms {
        Terms {
            payer: self.fsp_id.clone(),
            payee: None,
            currency: order.currency.clone(),
            amount: order.amount.clone(),
        }
    }

    fn note_order_answer(
        &self,
        order: &Order,
        response: &HttpResponse,
    ) -> Result<(), ToolkitError> {
        let (id, status) = (&order.end_to_end_id, response.status.as_u16());
        if response.status.is_client_error() {
            return self.journal.append(id, Event::Refused { status });
        }
        if !response.status.is_success() {
            return Ok(());
        }
        if let Some(location) = response.header("location") {
            let known = (order.clone(), location.to_owned());
            locked(&self.locations).insert(id.clone(), known);
        }
        self.journal.append(id, Event::Acknowledged { status })?;
        let inbound = iso20022::read(&response.body).ok();
        let Some(said) = inbound.and_then(|inbound| final_for(order, &inbound)) else {
            return Ok(());
        };
        let outcome = if said.is_settled() { Outcome::Committed } else { Outcome::Aborted };
        let (by, answer_id) = ("answer".to_owned(), Some(said.answer_id));
        self.journal.append(id, Event::Learned { outcome, by, answer_id })
    }

    async fn pushed(
        &self,
        order: &Order,
        timeout_ms: u64,
    ) -> Result<std::sync::Arc<BankMessage>, ToolkitError> {
        let is_it = |message: &BankMessage| {
            message.read.as_ref().is_ok_and(|inbound| final_for(order, inbound).is_some())
        };
        self.inbox.wait_for(is_it, timeout_ms).await
    }
}

/// The final status of an order in a status message.
fn final_for(order: &Order, inbound: &Inbound) -> Option<Reported> {
    let is_it = |said: &Reported| {
        said.is_final()
            && match &said.end_to_end_id {
                Some(id) => *id == order.end_to_end_id,
                None => said.original_message_id.as_deref() == Some(&order.message_id),
            }
    };
    reported(inbound).into_iter().find(is_it)
}

fn outcome_of(order: &Order, inbound: Option<&Inbound>, xml: String, told: Told) -> OrderOutcome {
    let said = inbound.and_then(|inbound| final_for(order, inbound));
    let refusal = match inbound.map(|inbound| &inbound.message) {
        Some(Message::MessageReject(reject)) => Some(reject.reason.clone()),
        _ => None,
    };
    OrderOutcome {
        status: said.as_ref().map(|said| said.code.clone()),
        reason: said.and_then(|said| said.reason).or(refusal),
        http_status: 0,
        location: None,
        effective_ms: None,
        told,
        xml,
        elapsed_ms: 0,
    }
}
