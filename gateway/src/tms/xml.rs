//! ISO 20022's own messages, at the same paths: any version that we read. What they do not say, nobody
//! knows: rules that need it say so. Messages with several payments are several payments.

use frms::tms::{TmsMessage, Told, ending, payment, terms};
use frms::{Attempt, Facts, Outcome, Party, PaymentId, Point, Pseudonyms, Units};
use fspiop::time::Date;
use iso20022::{
    Account, AccountId, Agent, Amount, Inbound, Message, OtherId, PartyId, PaymentType, Refused,
    RefusedKind, pacs002, pacs008, pain001,
};
use serde_json::json;
use switch::Timestamp;

use super::Fault;
use super::received::{Group, Received, hex};
use crate::screening::facts::age_years;

/// What stands where there is no end-to-end id (ISO 20022).
const NOT_PROVIDED: &str = "NOTPROVIDED";

/// Reads one.
pub(super) fn read(
    message: TmsMessage,
    body: &[u8],
    pseudonyms: &Pseudonyms,
) -> Result<Received, Fault> {
    let read = match iso20022::read(body) {
        Ok(inbound) => of_inbound(message, &inbound, pseudonyms)?,
        Err(refused) => quoted(message, &refused)?,
    };
    let Read { message_id, created, told, group } = read;
    let header = json!({ "MsgId": message_id, "CreDtTm": created });
    let data = json!({ message.root(): { "GrpHdr": header }, "TxTp": message.as_str() });
    let (digest, data) = (hex(body), data.to_string());
    Ok(Received { message, message_id, created, digest, told, group, data })
}

struct Read {
    message_id: String,
    created: String,
    told: Vec<Told>,
    group: Option<Group>,
}

/// Of pain.013 nothing is screened; it need only be one.
fn quoted(message: TmsMessage, refused: &Refused) -> Result<Read, Fault> {
    let is_quote = message == TmsMessage::Pain013
        && refused.kind == RefusedKind::UnsupportedVersion
        && refused.name.is_some_and(|name| name.family() == "pain.013");
    match &refused.message_id {
        Some(id) if is_quote => {
            let (message_id, created) = (id.clone(), String::new());
            Ok(Read { message_id, created, told: Vec::new(), group: None })
        }
        _ => Err(Fault::Message(format!("body: {refused}"))),
    }
}

fn of_inbound(
    message: TmsMessage,
    inbound: &Inbound,
    pseudonyms: &Pseudonyms,
) -> Result<Read, Fault> {
    let reader = Reader { pseudonyms };
    match (message, &inbound.message) {
        (TmsMessage::Pacs008, Message::FiToFiCustomerCreditTransfer(transfer)) => {
            reader.transfer(transfer)
        }
        (TmsMessage::Pain001, Message::CustomerCreditTransferInitiation(initiation)) => {
            reader.initiation(initiation)
        }
        (TmsMessage::Pacs002, Message::PaymentStatusReport(report)) => reader.status(report),
        _ => {
            let (path, name) = (message.as_str(), inbound.name.as_str());
            Err(Fault::Message(format!("body: {name} does not belong under {path}")))
        }
    }
}

struct Reader<'p> {
    pseudonyms: &'p Pseudonyms,
}

/// A payment, as far as its message says.
struct Said<'m> {
    point: Point,
    at_ms: i64,
    id: PaymentId,
    amount: &'m Amount,
    debtor: Option<Party>,
    creditor: Option<Party>,
    agents: [Option<&'m Agent>; 2],
    kind: Option<&'m PaymentType>,
    born: Option<&'m str>,
    remittance: &'m [String],
}

impl Reader<'_> {
    fn transfer(&self, transfer: &pacs008::FiToFiCustomerCreditTransfer) -> Result<Read, Fault> {
        let at_ms = transfer.created.unix_ms();
        let told = transfer.transactions.iter().map(|one| {
            let (payer, payee) = (&one.debtor_agent, &one.creditor_agent);
            let names = [&one.uetr, &one.transaction_id, &one.instruction_id];
            self.told(Said {
                point: Point::BeforeReserve,
                at_ms,
                id: self.payment(Some(&one.end_to_end_id), names)?,
                amount: one.instructed_amount.as_ref().unwrap_or(&one.settlement_amount),
                debtor: self.party(&one.debtor, one.debtor_account.as_ref(), Some(payer)),
                creditor: self.party(&one.creditor, one.creditor_account.as_ref(), Some(payee)),
                agents: [Some(payer), Some(payee)],
                kind: one.payment_type.as_ref().or(transfer.payment_type.as_ref()),
                born: born(&one.debtor),
                remittance: &one.remittance,
            })
        });
        let told = told.collect::<Result<_, _>>()?;
        let (message_id, created) = (transfer.message_id.clone(), transfer.created.to_string());
        Ok(Read { message_id, created, told, group: None })
    }

    fn initiation(
        &self,
        initiation: &pain001::CustomerCreditTransferInitiation,
    ) -> Result<Read, Fault> {
        let at_ms = initiation.created.unix_ms();
        let nobody = iso20022::Party::default();
        let mut told = Vec::new();
        for payment in &initiation.payments {
            for one in &payment.transactions {
                let (payer, payee) = (&payment.debtor_agent, one.creditor_agent.as_ref());
                let creditor = one.creditor.as_ref().unwrap_or(&nobody);
                let names = [&one.uetr, &one.instruction_id, &None];
                told.push(self.told(Said {
                    point: Point::BeforeQuote,
                    at_ms,
                    id: self.payment(Some(&one.end_to_end_id), names)?,
                    amount: amount(&one.amount),
                    debtor: self.party(&payment.debtor, Some(&payment.debtor_account), Some(payer)),
                    creditor: self.party(creditor, one.creditor_account.as_ref(), payee),
                    agents: [Some(payer), payee],
                    kind: one.payment_type.as_ref().or(payment.payment_type.as_ref()),
                    born: born(&payment.debtor),
                    remittance: &one.remittance,
                })?);
            }
        }
        let (message_id, created) = (initiation.message_id.clone(), initiation.created.to_string());
        Ok(Read { message_id, created, told, group: None })
    }

    fn status(&self, report: &pacs002::PaymentStatusReport) -> Result<Read, Fault> {
        let at_ms = report.created.unix_ms();
        let of_group = |group: &iso20022::OriginalGroup| {
            let kind = ending(group.status.as_ref()?.as_str())?;
            let message_id = group.message_id.clone();
            Some(Group { message_id, kind, at_ms })
        };
        let group = report.original_groups.iter().find_map(of_group);
        let mut told = Vec::new();
        for one in &report.transactions {
            let names =
                [&one.original_uetr, &one.original_transaction_id, &one.original_instruction_id];
            let id = self.payment(one.original_end_to_end_id.as_deref(), names)?;
            let kind = match &one.status {
                Some(status) => ending(status.as_str()),
                None => group.as_ref().map(|group| group.kind),
            };
            told.push(match kind {
                Some(kind) => Told::Outcome(Outcome { id, kind, at_ms }),
                None => Told::Nothing,
            });
        }
        let group = group.filter(|_| report.transactions.is_empty());
        let (message_id, created) = (report.message_id.clone(), report.created.to_string());
        Ok(Read { message_id, created, told, group })
    }

    fn told(&self, said: Said<'_>) -> Result<Told, Fault> {
        let Said { point, at_ms, id, amount, debtor, creditor, .. } = said;
        let units = units(amount)?;
        let currency = amount.currency().as_str().to_owned();
        let [payer_fsp, payee_fsp] = said.agents.map(|agent| agent.map(agent_name));
        let purpose = said.kind.and_then(|kind| kind.category_purpose.as_ref());
        let text = said.remittance.join(" ");
        let born = said.born.and_then(|born| Date::parse(born.get(..10)?).ok());
        Ok(Told::Attempt(Box::new(Attempt {
            id,
            hash: terms(id, units, &currency, debtor, creditor),
            point,
            at_ms,
            payer_fsp: payer_fsp.unwrap_or_default().to_owned(),
            payee_fsp: payee_fsp.unwrap_or_default().to_owned(),
            units,
            currency,
            debtor,
            creditor,
            facts: Facts::Quote,
            category: purpose.map(|purpose| purpose.as_str().to_owned()),
            debtor_age_years: born.and_then(|born| age_years(&born, Timestamp(at_ms))),
            place: None,
            description: (!text.is_empty()).then(|| self.pseudonyms.disguise(&text)),
        })))
    }

    /// The end-to-end id, or the first other name that is there.
    fn payment(
        &self,
        end_to_end_id: Option<&str>,
        others: [&Option<String>; 3],
    ) -> Result<PaymentId, Fault> {
        let given = end_to_end_id.filter(|id| *id != NOT_PROVIDED);
        let mut others = others.into_iter().filter_map(Option::as_deref);
        let name = given.or_else(|| others.next());
        let unnamed = || {
            let mend = "body: a payment needs EndToEndId, UETR, TxId or InstrId".to_owned();
            Fault::Message(mend)
        };
        Ok(payment(self.pseudonyms, name.ok_or_else(unnamed)?))
    }

    /// Whose account it is, and who that is: by what it is identified with, or by the account.
    fn party(
        &self,
        party: &iso20022::Party,
        account: Option<&Account>,
        agent: Option<&Agent>,
    ) -> Option<Party> {
        let (scheme, id) = match account?.id.as_ref()? {
            AccountId::Iban(iban) => ("IBAN", iban.as_str()),
            AccountId::Other(other) => (scheme(other), other.id.as_str()),
        };
        let account = self.pseudonyms.account(scheme, id, agent.map_or("", agent_name));
        let (scheme, id) = party.id.as_ref().and_then(entity).unwrap_or((scheme, id));
        Some(Party { account, entity: self.pseudonyms.entity(scheme, id) })
    }
}

fn amount(amount: &pain001::InstructedAmount) -> &Amount {
    match amount {
        pain001::InstructedAmount::Instructed(amount)
        | pain001::InstructedAmount::Equivalent { amount, .. } => amount,
    }
}

fn scheme(other: &OtherId) -> &str {
    other.scheme.as_ref().map_or("", |scheme| scheme.as_str())
}

fn entity(id: &PartyId) -> Option<(&str, &str)> {
    match id {
        PartyId::Private { other, .. } => {
            other.first().map(|other| (scheme(other), other.id.as_str()))
        }
        PartyId::Organisation { any_bic, lei, other } => {
            let other = other.first().map(|other| (scheme(other), other.id.as_str()));
            let lei = lei.as_deref().map(|lei| ("LEI", lei));
            other.or(lei).or(any_bic.as_deref().map(|bic| ("BIC", bic)))
        }
    }
}

fn agent_name(agent: &Agent) -> &str {
    let member = agent.clearing_member.as_ref().map(|member| member.member_id.as_str());
    let other = agent.other.as_ref().map(|other| other.id.as_str());
    let named = member.or(agent.bicfi.as_deref()).or(agent.lei.as_deref()).or(other);
    named.or(agent.name.as_deref()).unwrap_or_default()
}

fn born(party: &iso20022::Party) -> Option<&str> {
    match party.id.as_ref()? {
        PartyId::Private { birth, .. } => birth.as_ref().map(|birth| birth.date.as_str()),
        PartyId::Organisation { .. } => None,
    }
}

/// Ten-thousandths: ISO 20022 has a fifth decimal, which no currency needs.
fn units(amount: &Amount) -> Result<Units, Fault> {
    let units = amount.units();
    match units % 10 {
        0 => Ok(Units(units / 10)),
        _ => Err(Fault::Message("body: an amount has at most 4 decimals".to_owned())),
    }
}
