use super::conduct::{BankAnswer, BankConduct};
use super::inbox::BankMessage;
use super::report::{Judgement, pacs_002};
use super::status::{Reported, reported};
use super::{Core, locked};
use crate::http::{Exchange, Handler, HttpRequest, Reply};
use crate::ledger_log::{Event, Outcome, Terms};
use crate::{ToolkitError, clock, limits};
use ::http::{HeaderMap, HeaderValue, Method, StatusCode};
use bytes::Bytes;
use iso20022::Message;
use iso20022::pacs008::{CreditTransfer, FiToFiCustomerCreditTransfer};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The incoming payments that a bank knows, by the id that its log uses.
#[derive(Debug, Default)]
pub(super) struct Credits(Mutex<HashMap<String, Credit>>);

#[derive(Debug)]
struct Credit {
    terms: Terms,
    names: [Option<String>; 3],
    booked: bool,
}

const STATUS_FAMILIES: [&str; 3] = ["pacs.002", "pain.002", "admi.002"];

impl Handler for Core {
    async fn handle(self: Arc<Self>, exchange: Exchange) -> Reply {
        let name = exchange.header("iso20022-message").unwrap_or_default();
        let is_status = STATUS_FAMILIES.iter().any(|family| name.starts_with(family));
        let conducts = if is_status { &self.status_conducts } else { &self.conducts };
        let conduct = conducts.next();
        match conduct.answer {
            BankAnswer::Status(status) => {
                let status = StatusCode::from_u16(status);
                return Reply::status(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
            }
            BankAnswer::Close => return Reply::Close,
            BankAnswer::Reset => return Reply::Reset,
            _ => {}
        }
        let message = Arc::new(read(exchange));
        // What cannot be logged must not be acknowledged.
        if self.note(&message).is_err() {
            return Reply::status(StatusCode::INTERNAL_SERVER_ERROR);
        }
        self.inbox.add(message.clone());
        let reply = self.reply(message, &conduct).await;
        if conduct.answer == BankAnswer::DropAfter { Reply::Close } else { reply }
    }
}

impl Core {
    async fn reply(self: &Arc<Self>, message: Arc<BankMessage>, conduct: &BankConduct) -> Reply {
        let Some(xml) = self.answer_to(&message, conduct) else {
            return Reply::status(StatusCode::ACCEPTED);
        };
        if conduct.posts_later {
            let (core, conduct) = (self.clone(), conduct.clone());
            // Whether the gateway took it is in the log.
            tokio::spawn(async move { core.post_later(&message, &xml, &conduct).await });
            return Reply::status(StatusCode::ACCEPTED);
        }
        tokio::time::sleep(Duration::from_millis(conduct.delay_ms)).await;
        match self.note_answer(&message, &xml) {
            Ok(()) => with_xml(xml),
            Err(_) => Reply::status(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    /// The pacs.002 that the conduct asks for; only a pacs.008 gets one.
    fn answer_to(&self, message: &BankMessage, conduct: &BankConduct) -> Option<String> {
        let original = pacs_008(message)?;
        let judgement = match &conduct.answer {
            BankAnswer::Accept(code) => Judgement::Accepted(code),
            BankAnswer::Reject(reason) => Judgement::Rejected(reason),
            BankAnswer::DropAfter => Judgement::Accepted("ACSC"),
            BankAnswer::Garbage => return Some("<no xml".to_owned()),
            _ => return None,
        };
        let version = locked(&self.answer_version).clone();
        Some(pacs_002(original, &message.name, &self.bic, judgement, &version))
    }

    async fn post_later(
        &self,
        message: &BankMessage,
        xml: &str,
        conduct: &BankConduct,
    ) -> Result<(), ToolkitError> {
        tokio::time::sleep(Duration::from_millis(conduct.delay_ms)).await;
        self.note_answer(message, xml)?;
        for _ in 0..conduct.answers {
            self.post_answer(message, xml).await?;
        }
        Ok(())
    }

    /// Posts pacs.002 until it is acknowledged or refused.
    async fn post_answer(&self, message: &BankMessage, xml: &str) -> Result<(), ToolkitError> {
        for _ in 0..limits::CALLBACK_ATTEMPTS {
            let url = self.channel_url("/iso20022/pacs.002")?;
            let request = HttpRequest::new(Method::POST, url)
                .header("content-type", "application/xml")?
                .body(xml.to_owned());
            match self.client.send(request).await {
                Ok(response) if response.status.is_success() => {
                    return self.note_each(message, &Event::AnswerAcknowledged);
                }
                Ok(response) if response.status.is_client_error() => return Ok(()),
                Ok(_) | Err(_) => {
                    let pause = Duration::from_millis(limits::CALLBACK_PAUSE_MS);
                    tokio::time::sleep(pause).await;
                }
            }
        }
        Ok(())
    }

    pub(super) fn channel_url(&self, path: &str) -> Result<String, ToolkitError> {
        let channel = locked(&self.channel).clone();
        let channel = channel
            .ok_or_else(|| ToolkitError::Message("the bank channel is not set".to_owned()))?;
        Ok(format!("{}{path}", channel.trim_end_matches('/')))
    }

    /// Logs what a message says, before it is acknowledged.
    fn note(&self, message: &BankMessage) -> Result<(), ToolkitError> {
        let Ok(inbound) = &message.read else { return Ok(()) };
        if let Some(original) = pacs_008(message) {
            for transaction in &original.transactions {
                self.note_credit(message, transaction)?;
            }
        }
        reported(inbound).iter().try_for_each(|status| self.note_status(status))
    }

    fn note_credit(
        &self,
        message: &BankMessage,
        transaction: &CreditTransfer,
    ) -> Result<(), ToolkitError> {
        let (id, terms) = (id(transaction), self.terms(transaction));
        let digest = clock::sha256_hex(&message.body);
        let names = [
            transaction.uetr.clone(),
            transaction.transaction_id.clone(),
            Some(transaction.end_to_end_id.clone()),
        ];
        locked(&self.credits.0).entry(id.clone()).or_insert_with(|| Credit {
            terms: terms.clone(),
            names,
            booked: false,
        });
        self.journal.append(&id, Event::Received { terms, digest })
    }

    fn terms(&self, transaction: &CreditTransfer) -> Terms {
        let agent = &transaction.debtor_agent;
        let member = agent.clearing_member.as_ref().map(|member| member.member_id.clone());
        let other = agent.other.as_ref().map(|other| other.id.clone());
        Terms {
            payer: agent.bicfi.clone().or(member).or(other).unwrap_or_default(),
            payee: Some(self.fsp_id.clone()),
            currency: transaction.settlement_amount.currency().as_str().to_owned(),
            amount: transaction.settlement_amount.decimal(),
        }
    }

    /// A status: of a payment to this bank, or of an order that it gave.
    fn note_status(&self, status: &Reported) -> Result<(), ToolkitError> {
        if !status.is_final() {
            return Ok(());
        }
        let settled = status.is_settled();
        let outcome = if settled { Outcome::Committed } else { Outcome::Aborted };
        let incoming = self.credits.find(status);
        let id = incoming.clone().or_else(|| status.end_to_end_id.clone());
        let Some(id) = id.or_else(|| status.original_message_id.clone()) else { return Ok(()) };
        let answer_id = Some(status.answer_id.clone());
        self.journal.append(&id, Event::Learned { outcome, by: "push".to_owned(), answer_id })?;
        match incoming {
            Some(id) if settled => self.book(&id),
            Some(id) => self.unbook(&id),
            None => Ok(()),
        }
    }

    fn note_answer(&self, message: &BankMessage, xml: &str) -> Result<(), ToolkitError> {
        let positive = !xml.contains("<TxSts>RJCT</TxSts>");
        let outcome = if positive { Outcome::Committed } else { Outcome::Aborted };
        self.note_each(message, &Event::Answered { outcome })?;
        if positive && self.credits_on_own_acceptance {
            let transactions = pacs_008(message).map(|original| original.transactions.as_slice());
            transactions.unwrap_or_default().iter().try_for_each(|each| self.book(&id(each)))?;
        }
        Ok(())
    }

    fn note_each(&self, message: &BankMessage, event: &Event) -> Result<(), ToolkitError> {
        let transactions = pacs_008(message).map(|original| original.transactions.as_slice());
        let mut each = transactions.unwrap_or_default().iter();
        each.try_for_each(|transaction| self.journal.append(&id(transaction), event.clone()))
    }

    /// Credits the creditor, once.
    fn book(&self, id: &str) -> Result<(), ToolkitError> {
        match self.credits.set_booked(id, true) {
            Some(terms) => self.journal.append(id, Event::Credited { terms }),
            None => Ok(()),
        }
    }

    fn unbook(&self, id: &str) -> Result<(), ToolkitError> {
        match self.credits.set_booked(id, false) {
            Some(_) => self.journal.append(id, Event::Reversed),
            None => Ok(()),
        }
    }
}

impl Credits {
    /// The incoming payment that a status is about, by any of its names.
    fn find(&self, status: &Reported) -> Option<String> {
        let given = [&status.uetr, &status.transaction_id, &status.end_to_end_id];
        let credits = locked(&self.0);
        let fits = |credit: &Credit| {
            let both = credit.names.iter().zip(given);
            let mut known =
                both.filter(|(name, given)| name.is_some() && given.is_some()).peekable();
            known.peek().is_some() && known.all(|(name, given)| name == given)
        };
        credits.iter().find(|(_, credit)| fits(credit)).map(|(id, _)| id.clone())
    }

    /// The terms, if this changed anything.
    fn set_booked(&self, id: &str, booked: bool) -> Option<Terms> {
        let mut credits = locked(&self.0);
        let credit = credits.get_mut(id).filter(|credit| credit.booked != booked)?;
        credit.booked = booked;
        Some(credit.terms.clone())
    }
}

fn read(exchange: Exchange) -> BankMessage {
    BankMessage {
        name: exchange.header("iso20022-message").unwrap_or_default().to_owned(),
        read: iso20022::read(&exchange.body).map_err(|refused| refused.to_string()),
        headers: exchange.headers,
        body: exchange.body,
        arrived: exchange.arrived,
        arrived_epoch_ms: exchange.arrived_epoch_ms,
    }
}

fn pacs_008(message: &BankMessage) -> Option<&FiToFiCustomerCreditTransfer> {
    match &message.read.as_ref().ok()?.message {
        Message::FiToFiCustomerCreditTransfer(original) => Some(original),
        _ => None,
    }
}

fn id(transaction: &CreditTransfer) -> String {
    let name = transaction.uetr.as_ref().or(transaction.transaction_id.as_ref());
    name.unwrap_or(&transaction.end_to_end_id).clone()
}

fn with_xml(xml: String) -> Reply {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/xml"));
    Reply::Answer { status: StatusCode::OK, headers, body: Bytes::from(xml) }
}
