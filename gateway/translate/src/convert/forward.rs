//! pain.001 and pacs.008: the journey of the order, answered by a payee who agrees to everything.

use fspiop::ilp::Condition;
use fspiop::party::{PartiesPut, Party};
use fspiop::quote::{QuotesPost, QuotesPut};
use fspiop::time::DateTime;
use fspiop::transfer::IlpPacketText;
use fspiop::version::{Rules, Version};
use iso20022::{AccountId, Agent, Inbound, Message};

use super::{Conversion, NotConverted, SOMEBODY, Setting, fsp_of, sender, shown};
use crate::BankRecord;
use crate::limits::QUOTE_GOOD_FOR_MS;
use crate::order::{Action, Event, Opened, Opening, Order, Sent, Stage};

/// An ILP packet as short as one may be; nobody is shown it.
const MADE_UP_PACKET: &str = "AYIBgQAAAAAAAASw";
/// What only the payee can give of a transfer.
const OF_PAYEE: [&str; 2] = ["ilpPacket", "condition"];

/// The requests that the bank's side sends for an order: GET /parties, POST /quotes, POST /transfers.
///
/// # Errors
/// [`NotConverted`]: no order, or one that would be refused.
pub fn requests(inbound: &Inbound, setting: &Setting<'_>) -> Result<Conversion, NotConverted> {
    let mut journey = Journey::begin(inbound, setting)?;
    let mut requests = Vec::new();
    loop {
        requests.extend(journey.sent.iter().map(|(sent, request)| {
            let made_up: &[&str] = if *sent == Sent::Transfer { &OF_PAYEE } else { &[] };
            shown(request, Some(journey.order.bank()), made_up, journey.now_ms)
        }));
        match journey.order.stage() {
            Stage::LookingUp { .. } | Stage::Quoting { .. } => journey.agree()?,
            _ => return Ok(Conversion { now_ms: journey.now_ms, requests }),
        }
    }
}

/// An order under way, with the payee's side made up.
pub(super) struct Journey<'s> {
    pub(super) order: Order,
    pub(super) now_ms: i64,
    /// What the last step sends.
    sent: Vec<(Sent, crate::FspiopRequest)>,
    payee_fsp: Option<String>,
    rules: Rules<'s>,
}

impl<'s> Journey<'s> {
    /// Opens the order as the bank channel does.
    pub(super) fn begin(
        inbound: &Inbound,
        setting: &Setting<'s>,
    ) -> Result<Journey<'s>, NotConverted> {
        let facts = facts(inbound)?;
        let bank = sender(inbound).and_then(|agent| BankRecord::assumed(&fsp_of(&agent)?, &agent));
        let Some(bank) = bank else {
            let mend =
                "name the sender in InstgAgt or DbtrAgt by BIC, clearing member id or Othr/Id";
            return Err(NotConverted::new("refused", "RC01", mend));
        };
        let now_ms = setting.arrival_ms(facts.created);
        // An account that is no IBAN takes an agent that is known: here each is, by its name.
        let named = |agent: &Agent| fsp_of(agent).filter(|_| !facts.to_iban);
        let resolve = |agent: &Agent| {
            agent.other.as_ref().map(|other| other.id.clone()).or_else(|| named(agent))
        };
        let opening = Opening {
            bank: &bank,
            currencies: setting.currencies,
            resolve: &resolve,
            retention_ms: i64::from(i32::MAX),
            now_ms,
        };
        let opened = Order::open(inbound, &opening);
        let opened = opened.map_err(|error| NotConverted::unsupported(error.to_string()))?;
        let (order, actions) = match opened {
            Opened::Accepted(order, actions) => (order, actions),
            Opened::Refused(order) => return Err(refused(&order)),
        };
        let rules = Rules::new(Version::V2_0, setting.currencies);
        let payee_fsp = facts.creditor_agent.and_then(fsp_of);
        Ok(Journey { order: *order, now_ms, sent: sent(actions), payee_fsp, rules })
    }

    /// The payee's side answers the request that is out: it is found, it takes the amount.
    pub(super) fn agree(&mut self) -> Result<(), NotConverted> {
        let event = match self.order.stage() {
            Stage::LookingUp { .. } => self.party(),
            _ => self.quote(),
        };
        let internal = || NotConverted::new("refused", "AB02", "the answer cannot be made up");
        let before = self.order.stage();
        let actions = self.order.step(&event.ok_or_else(internal)?, self.now_ms);
        self.sent = sent(actions);
        match self.order.stage() {
            Stage::Rejected => Err(refused(&self.order)),
            after if after == before => Err(internal()),
            _ => Ok(()),
        }
    }

    fn party(&self) -> Option<Event> {
        let fsp = self.payee_fsp.as_deref().unwrap_or(SOMEBODY);
        let id_info = self.order.awaited_party()?.id_info(Some(fsp)).ok()?;
        Some(Event::Party(Box::new(PartiesPut { party: Party::of(id_info) })))
    }

    fn quote(&self) -> Option<Event> {
        let (_, request) = self.sent.iter().find(|(sent, _)| *sent == Sent::Quote)?;
        let body = fspiop::json::parse(request.body.as_deref()?).ok()?;
        let asked = QuotesPost::parse(&body, &self.rules).ok()?;
        let good_until_ms = self.now_ms.saturating_add_unsigned(QUOTE_GOOD_FOR_MS);
        Some(Event::Quote(Box::new(QuotesPut {
            transfer_amount: asked.amount,
            payee_receive_amount: Some(asked.amount),
            payee_fsp_fee: None,
            payee_fsp_commission: None,
            expiration: DateTime::from_epoch_ms(good_until_ms)?,
            geo_code: None,
            ilp_packet: IlpPacketText::parse(MADE_UP_PACKET).ok()?,
            condition: Condition([0; 32]),
            extensions: Vec::new(),
        })))
    }
}

/// What is taken from an order beside the journey.
struct Facts<'m> {
    created: iso20022::DateTime,
    creditor_agent: Option<&'m Agent>,
    /// Whether the creditor's account is an IBAN.
    to_iban: bool,
}

fn facts(inbound: &Inbound) -> Result<Facts<'_>, NotConverted> {
    let (created, creditor_agent, account) = match &inbound.message {
        Message::CustomerCreditTransferInitiation(order) => {
            let first = order.payments.first().and_then(|payment| payment.transactions.first());
            let agent = first.and_then(|transfer| transfer.creditor_agent.as_ref());
            (order.created, agent, first.and_then(|transfer| transfer.creditor_account.as_ref()))
        }
        Message::FiToFiCustomerCreditTransfer(order) => {
            let first = order.transactions.first();
            let agent = first.map(|transfer| &transfer.creditor_agent);
            (order.created, agent, first.and_then(|transfer| transfer.creditor_account.as_ref()))
        }
        _ => {
            let mend = "only pain.001, pacs.008 and pacs.002 are converted";
            return Err(NotConverted::unsupported(mend));
        }
    };
    let id = account.and_then(|account| account.id.as_ref());
    let to_iban = matches!(id, Some(AccountId::Iban(_)));
    Ok(Facts { created, creditor_agent, to_iban })
}

fn sent(actions: Vec<Action>) -> Vec<(Sent, crate::FspiopRequest)> {
    let send = |action| match action {
        Action::Send(sent, request) => Some((sent, *request)),
        _ => None,
    };
    actions.into_iter().filter_map(send).collect()
}

/// The refusal as the bank is told it.
pub(super) fn refused(order: &Order) -> NotConverted {
    let reason = order.report().reason;
    let (code, text) = reason.map(|reason| (reason.code, reason.text)).unwrap_or_default();
    NotConverted::new("refused", code, text)
}
