//! A bank's message becomes an order, or is refused with a reason.

use fspiop::identifiers::{AmountType, PartyIdType};
use fspiop::time::Date;
use iso20022::{
    Account, Agent, Amount, Coded, DateTime, Finding, Inbound, Message, Party, PartyId,
};

use super::fingerprint::Fingerprint;
use super::{NotAnOrder, Opened, Opening, Order, Stage, Terms, UseCase, pacs, pain, step};
use crate::identity::BankReference;
use crate::limits::CREATED_AHEAD_MS;
use crate::party::{NOT_PROVIDED, PartyKey, Unnameable, fspiop_name};
use crate::status::{AgentName, Original, Reason};
use crate::{PaymentId, money, remittance};

/// The index of an order that is refused because its message has several: it names none of them.
const WHOLE_MESSAGE: u32 = u32::MAX;

/// The message versions of an order and of its statuses.
#[derive(Clone, Copy)]
pub(crate) struct Names<'n> {
    pub(crate) order: &'n str,
    pub(crate) answer: &'n str,
}

/// What both families say of an order.
pub(super) struct Draft<'m> {
    /// Transactions in the message.
    pub(super) count: usize,
    pub(super) hash: String,
    pub(super) created: DateTime,
    pub(super) accepted: Option<DateTime>,
    pub(super) expires: Option<DateTime>,
    pub(super) uetr: Option<&'m str>,
    pub(super) original: Original,
    pub(super) from: Option<AgentName>,
    pub(super) to: Option<AgentName>,
    /// `None` unless there is exactly one transaction.
    pub(super) wanted: Option<Wanted<'m>>,
}

/// What the only transaction asks for.
pub(super) struct Wanted<'m> {
    pub(super) amount: &'m Amount,
    /// The creditor is to receive the amount, fees come on top.
    pub(super) receive: bool,
    pub(super) interbank: bool,
    pub(super) debtor: &'m Party,
    pub(super) debtor_account: Option<&'m Account>,
    pub(super) creditor: Option<&'m Party>,
    pub(super) creditor_account: Option<&'m Account>,
    pub(super) creditor_agent: Option<&'m Agent>,
    pub(super) end_to_end_id: &'m str,
    pub(super) purpose: Option<&'m Coded>,
    pub(super) category_purpose: Option<&'m Coded>,
    pub(super) remittance: &'m [String],
    /// What this release does not do.
    pub(super) objection: Option<Reason>,
}

pub(super) fn open(inbound: &Inbound, opening: &Opening<'_>) -> Result<Opened, NotAnOrder> {
    let name = inbound.name.as_str();
    let names = Names { order: name, answer: opening.bank.answer_version(name).ok_or(NotAnOrder)? };
    let mut draft = match &inbound.message {
        Message::CustomerCreditTransferInitiation(message) => {
            pain::draft(message, names, opening.now_ms)
        }
        Message::FiToFiCustomerCreditTransfer(message) => pacs::draft(message, names),
        _ => return Err(NotAnOrder),
    };
    let header = inbound.header.as_ref();
    draft.original.header = header.and_then(|header| header.repeated.clone());
    Ok(begin(draft, inbound, opening))
}

fn begin(draft: Draft<'_>, inbound: &Inbound, opening: &Opening<'_>) -> Opened {
    let terms = terms(&draft, inbound.findings.first(), opening);
    let reference = BankReference {
        bank: opening.bank.fsp_id(),
        message_id: &draft.original.message_id,
        payment_information_id: draft.original.payment_information_id.as_deref().unwrap_or(""),
        end_to_end_id: draft.original.end_to_end_id.as_deref().unwrap_or(""),
        index: if draft.wanted.is_some() { 0 } else { WHOLE_MESSAGE },
    };
    let given = draft.uetr.and_then(|uetr| PaymentId::parse(uetr).ok());
    let id = given.unwrap_or_else(|| PaymentId::of_bank_reference(&reference));
    let mut order = Order {
        id,
        uetr: id.uetr(),
        bank: opening.bank.fsp_id().to_owned(),
        all_terms: Some(Fingerprint::with_all(&draft.hash, &inbound.terms)),
        hash: draft.hash,
        arrival_ms: opening.now_ms,
        accepted_ms: draft.accepted.map(DateTime::unix_ms),
        expires_ms: draft.expires.map(DateTime::unix_ms),
        profile: opening.bank.profile().name.to_owned(),
        wants_interim: opening.bank.interim_statuses(),
        original: draft.original,
        from: draft.from,
        to: draft.to.unwrap_or_else(|| AgentName::from(&opening.bank.agent())),
        terms: None,
        payee_fsp: None,
        payee_name: None,
        quote: None,
        expiration_ms: None,
        setback: None,
        // Replaced at once by the first step.
        stage: Stage::Rejected,
        since_ms: opening.now_ms,
        reason: None,
    };
    let actions = match terms {
        Ok(terms) => step::begin(&mut order, terms, opening.now_ms),
        Err(reason) => step::reject(&mut order, reason, opening.now_ms),
    };
    match order.is_final() {
        true => Opened::Refused(Box::new(order)),
        false => Opened::Accepted(Box::new(order), actions),
    }
}

/// The terms in FSPIOP's vocabulary, or the first thing against them.
fn terms(
    draft: &Draft<'_>,
    broken: Option<&Finding>,
    opening: &Opening<'_>,
) -> Result<Terms, Reason> {
    let Some(wanted) = &draft.wanted else {
        let mend = format!("send one transaction a message; this one has {}", draft.count);
        return Err(Reason::new("NARR", &mend));
    };
    if let Some(finding) = broken {
        let text = format!("{}: {}", finding.path, finding.text);
        return Err(Reason::new(finding.code, last_of_path(&text)));
    }
    if draft.created.unix_ms() < opening.now_ms.saturating_sub(opening.retention_ms) {
        let mend = "CreDtTm is older than duplicates are known here: send a new order";
        return Err(Reason::new("DT01", mend));
    }
    if draft.created.unix_ms() > opening.now_ms.saturating_add(CREATED_AHEAD_MS) {
        return Err(Reason::new("DT01", "CreDtTm is more than a day ahead: correct it"));
    }
    match &wanted.objection {
        Some(reason) => Err(reason.clone()),
        None => in_fspiop(wanted, opening),
    }
}

fn in_fspiop(wanted: &Wanted<'_>, opening: &Opening<'_>) -> Result<Terms, Reason> {
    let amount = money::fspiop_of_iso(wanted.amount, opening.currencies)
        .map_err(|error| Reason::new(error.iso_reason(), &error.to_string()))?;
    let payer = wanted.debtor_account.ok_or(Unnameable::NoAccount);
    let payer = payer
        .and_then(PartyKey::of_account)
        .map_err(|error| Reason::new("AC02", &format!("DbtrAcct: {error}")))?;
    let payee = wanted.creditor_account.ok_or(Unnameable::NoAccount);
    let payee = payee
        .and_then(PartyKey::of_account)
        .map_err(|error| Reason::new(error.iso_reason(), &format!("CdtrAcct: {error}")))?;
    let name = |party: &Party| party.name.as_deref().and_then(fspiop_name);
    let outward = remittance::outward(wanted.remittance, wanted.end_to_end_id, wanted.purpose)?;
    let creditor_agent = creditor_agent(wanted, &payee, opening)?;
    Ok(Terms {
        amount,
        amount_type: if wanted.receive { AmountType::Receive } else { AmountType::Send },
        interbank: wanted.interbank,
        payer,
        payer_name: name(wanted.debtor),
        by_business: matches!(wanted.debtor.id, Some(PartyId::Organisation { .. })),
        payer_born: wanted.debtor.id.as_ref().and_then(born),
        use_case: wanted.category_purpose.map_or(UseCase::default(), use_case),
        payee,
        payee_name: wanted.creditor.and_then(name),
        creditor_agent,
        note: outward.note,
        extensions: outward.extensions,
    })
}

/// A person's day of birth in FSPIOP's form, without its time zone; none where that has no such form.
fn born(id: &PartyId) -> Option<String> {
    let PartyId::Private { birth: Some(birth), .. } = id else { return None };
    let day = birth.date.trim().get(..10)?;
    Date::parse(day).ok().map(|day| day.as_str().to_owned())
}

fn use_case(category_purpose: &Coded) -> UseCase {
    match category_purpose {
        Coded::Code(code) | Coded::Proprietary(code) if code == "MP2B" => UseCase::Payment,
        Coded::Proprietary(code) if code == "CASH" => UseCase::Withdrawal,
        Coded::Proprietary(code) if code == "DEPOSIT" => UseCase::Deposit,
        _ => UseCase::Transfer,
    }
}

/// The creditor agent's fspId. An IBAN names one account in the world, so that the lookup finds its FSP
/// though nobody here knows the agent. Anything else is meant as that agent's: whoever else answers to
/// the number or alias must not be paid (RC04, as for 3201 and 3203).
fn creditor_agent(
    wanted: &Wanted<'_>,
    payee: &PartyKey,
    opening: &Opening<'_>,
) -> Result<Option<String>, Reason> {
    let known = wanted.creditor_agent.and_then(|agent| (opening.resolve)(agent));
    let is_unknown = known.is_none() && wanted.creditor_agent.is_some_and(is_identified);
    if is_unknown && payee.id_type != PartyIdType::Iban {
        let mend = "CdtrAgt is not known here: correct it, or give an IBAN as CdtrAcct";
        return Err(Reason::new("RC04", mend));
    }
    Ok(known)
}

fn is_identified(agent: &Agent) -> bool {
    let other = agent.other.as_ref().filter(|other| other.id != NOT_PROVIDED);
    let member = agent.clearing_member.as_ref();
    agent.bicfi.is_some() || agent.lei.is_some() || member.is_some() || other.is_some()
}

/// A path may be longer than the text may be: its end says more than its beginning.
fn last_of_path(text: &str) -> &str {
    let most = crate::limits::ADDITIONAL_INFORMATION_CHARS;
    let excess = text.chars().count().saturating_sub(most);
    let at = text.char_indices().nth(excess).map_or(0, |(at, _)| at);
    text[at..].find('/').filter(|_| excess > 0).map_or(&text[at..], |slash| &text[at + slash..])
}
