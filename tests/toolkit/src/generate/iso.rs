//! The same payments as ISO 20022 messages: a pacs.008 for each attempt, a pacs.002 for each outcome, a line each.

use frms::{Label, OutcomeKind, PaymentId};
use iso20022::{
    Account, AccountId, Agent, Amount, ChargeBearer, ClearingMember, Coded, Currency, DateTime,
    OriginalGroup, OtherId, Party, PartyId, PaymentType, PostalAddress, SettlementMethod,
    StatusCode, StatusReason, TransactionStatus, pacs002, pacs008,
};

use super::GenerateSettings;
use super::place::TOWNS;
use super::population::{CURRENCIES, FSPS, SCHEME, World, account_text, number_text};
use super::stream::{Payment, Rendering, Step, Steps, description, is_organisation};
use crate::ToolkitError;

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The payment's id: also its UETR.
    pub id: PaymentId,
    /// XML without a line break.
    pub xml: String,
    /// What the payment was, with its pacs.008, if anything is to be said of it.
    pub label: Option<Label>,
}

const PACS_008: &str = "pacs.008.001.08";
const PACS_002: &str = "pacs.002.001.10";

/// The messages of these settings, in the order of time.
pub fn messages(settings: GenerateSettings) -> impl Iterator<Item = Result<Message, ToolkitError>> {
    let mut steps = Steps::new(settings);
    let rendering = Rendering::new(&steps.world);
    std::iter::from_fn(move || {
        Some(match steps.next()? {
            Step::Payment(payment) => credit_transfer(&steps.world, &payment).map(|xml| {
                let label = rendering.label(payment.draft.tag);
                Message { id: payment.id, xml, label: Some(label).filter(|it| !it.is_genuine()) }
            }),
            Step::Outcome(outcome) => status_report(outcome.id, outcome.kind, outcome.at_ms)
                .map(|xml| Message { id: outcome.id, xml, label: None }),
        })
    })
}

fn credit_transfer(world: &World, payment: &Payment) -> Result<String, ToolkitError> {
    let draft = &payment.draft;
    let from = &world.accounts[draft.from as usize];
    let to = &world.accounts[draft.to as usize];
    let currency = Currency::parse(CURRENCIES[from.currency]).map_err(refused)?;
    let amount = Amount::from_units(i128::from(draft.cents) * 1_000, currency).map_err(refused)?;
    let text = description(draft);
    let at = DateTime::utc(draft.at_ms);
    let category = Coded::Proprietary(draft.category.as_str().to_owned());
    let transaction = pacs008::CreditTransfer {
        instruction_id: None,
        end_to_end_id: payment.id.to_string(),
        transaction_id: None,
        uetr: Some(uetr(payment.id)),
        clearing_system_reference: None,
        payment_type: Some(PaymentType {
            category_purpose: Some(category),
            ..PaymentType::default()
        }),
        settlement_amount: amount,
        settlement_date: None,
        accepted: Some(at),
        expires: None,
        instructed_amount: None,
        exchange_rate: None,
        charge_bearer: ChargeBearer::ServiceLevel,
        charges: Vec::new(),
        instructing_agent: None,
        instructed_agent: None,
        ultimate_debtor: None,
        initiating_party: None,
        debtor: party(world, draft.from),
        debtor_account: Some(account(account_text(from.number, from.sub))),
        debtor_agent: agent(FSPS[from.fsp]),
        creditor_agent: agent(FSPS[to.fsp]),
        creditor: party(world, draft.to),
        creditor_account: Some(account(account_text(to.number, to.sub))),
        ultimate_creditor: None,
        purpose: None,
        remittance: Some(text).filter(|text| !text.is_empty()).into_iter().collect(),
    };
    let message = pacs008::FiToFiCustomerCreditTransfer {
        message_id: payment.id.to_string(),
        created: at,
        number_of_transactions: "1".to_owned(),
        control_sum: None,
        total_settlement_amount: None,
        settlement_date: Some(at.date()),
        expires: None,
        settlement_method: SettlementMethod::Clearing,
        clearing_system: None,
        payment_type: None,
        instructing_agent: Some(agent(FSPS[from.fsp])),
        instructed_agent: Some(agent(FSPS[to.fsp])),
        transactions: vec![transaction],
    };
    pacs008::write(&message, PACS_008).map(one_line).map_err(refused)
}

fn status_report(id: PaymentId, kind: OutcomeKind, at_ms: i64) -> Result<String, ToolkitError> {
    let (status, reason) = match kind {
        OutcomeKind::Committed => (StatusCode::AcceptedCreditSettlementCompleted, None),
        // AB03: aborted by time-out; AC04: the account is closed.
        OutcomeKind::Expired => (StatusCode::Rejected, Some("AB03")),
        _ => (StatusCode::Rejected, Some("AC04")),
    };
    let reason = reason.map(|code| StatusReason {
        reason: Some(Coded::Code(code.to_owned())),
        ..StatusReason::default()
    });
    let transaction = TransactionStatus {
        original_group: Some(OriginalGroup::of(id.to_string(), PACS_008)),
        original_end_to_end_id: Some(id.to_string()),
        original_uetr: Some(uetr(id)),
        status: Some(status),
        reasons: reason.into_iter().collect(),
        accepted: Some(DateTime::utc(at_ms)),
        ..TransactionStatus::default()
    };
    let message = pacs002::PaymentStatusReport {
        message_id: format!("S{}", id.to_string().get(..32).unwrap_or_default()),
        created: DateTime::utc(at_ms),
        instructing_agent: None,
        instructed_agent: None,
        original_groups: Vec::new(),
        transactions: vec![transaction],
    };
    pacs002::write(&message, PACS_002).map(one_line).map_err(refused)
}

fn party(world: &World, account: u32) -> Party {
    let entity = world.accounts[account as usize].entity;
    let holder = &world.people[world.holder(account) as usize];
    let id = OtherId {
        id: number_text(entity),
        scheme: Some(Coded::Proprietary(SCHEME.to_owned())),
        issuer: None,
    };
    let other = vec![id];
    let id = match is_organisation(world, account) {
        true => PartyId::Organisation { any_bic: None, lei: None, other },
        false => PartyId::Private { birth: None, other },
    };
    let (town, ..) = TOWNS[holder.country][holder.town];
    let address = PostalAddress { town: Some(town.to_owned()), ..PostalAddress::default() };
    Party {
        name: Some(name(entity, is_organisation(world, account))),
        address: Some(address),
        id: Some(id),
        country_of_residence: None,
    }
}

/// A made-up name, always the same for the same number.
fn name(entity: u32, is_organisation: bool) -> String {
    let nth = entity as usize;
    let family = FAMILY_NAMES[nth / GIVEN_NAMES.len() % FAMILY_NAMES.len()];
    match is_organisation {
        true => format!("{family} and Partners {entity}"),
        false => format!("{} {family}", GIVEN_NAMES[nth % GIVEN_NAMES.len()]),
    }
}

const GIVEN_NAMES: [&str; 12] = [
    "Amina", "Bruno", "Chidi", "Dana", "Esther", "Farid", "Grace", "Hugo", "Imani", "Jonas",
    "Kofi", "Lea",
];
const FAMILY_NAMES: [&str; 11] = [
    "Abara", "Becker", "Cole", "Diallo", "Egger", "Faye", "Gruber", "Hassan", "Ivers", "Juma",
    "Keller",
];

fn account(id: String) -> Account {
    let scheme = Some(Coded::Proprietary(SCHEME.to_owned()));
    let id = AccountId::Other(OtherId { id, scheme, issuer: None });
    Account { id: Some(id), ..Account::default() }
}

fn agent(fsp: &str) -> Agent {
    let member = ClearingMember { system: None, member_id: fsp.to_owned() };
    Agent { clearing_member: Some(member), ..Agent::default() }
}

/// 8-4-4-4-12 hexadecimal digits.
fn uetr(id: PaymentId) -> String {
    let hex = id.to_string();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    let parts = [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)];
    parts.join("-")
}

/// The XML declaration ends with a line break; nothing else has one.
fn one_line(xml: String) -> String {
    xml.replace('\n', "")
}

fn refused(error: impl std::fmt::Display) -> ToolkitError {
    ToolkitError::Message(error.to_string())
}
