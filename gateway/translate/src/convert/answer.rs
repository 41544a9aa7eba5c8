//! pacs.002 of a payee's bank: the PUT that answers the hub.
//!
//! The transfer that it is about is made up from the ids that the status gives. The fulfilment and the
//! payer's FSP are the transfer's, so they are `null`.

use fspiop::amount::{Amount, Currency, Money};
use fspiop::error::Extension;
use fspiop::identifiers::{AmountType, CorrelationId, FspId, PartyIdType};
use fspiop::identifiers::{TransactionInitiator, TransactionInitiatorType, TransactionScenario};
use fspiop::ilp::{Secret, Version as IlpVersion};
use fspiop::party::Party;
use fspiop::quote::{QuotesPost, QuotesPut, TransactionType};
use fspiop::time::DateTime;
use fspiop::transfer::TransfersPost;
use fspiop::version::{Rules, Version};
use iso20022::{Inbound, Message};

use super::{Conversion, NotConverted, SOMEBODY, Setting, fsp_of, sender, shown};
use crate::credit::{
    Action, BankStatus, Credit, Event, Ignored, Opened, Opening, Quoting, answer_quote, statuses,
};
use crate::party::PartyKey;
use crate::remittance::END_TO_END_ID;
use crate::{BankRecord, PaymentId};

/// The secret of a bank's side that is made up; nobody is shown what comes of it.
const MADE_UP_SECRET: [u8; 32] = [1; 32];
/// The payee bank where the status does not name itself.
const THIS_BANK: &str = "payee-bank";
/// What only the transfer tells.
const OF_TRANSFER: [&str; 1] = ["fulfilment"];

/// The answers that the statuses of a report become: PUT /transfers/{ID} or its error.
///
/// # Errors
/// [`NotConverted`]: no pacs.002, only interim statuses, or ids that no payment of ours has.
pub fn answer(inbound: &Inbound, setting: &Setting<'_>) -> Result<Conversion, NotConverted> {
    let Message::PaymentStatusReport(report) = &inbound.message else {
        return Err(NotConverted::unsupported(
            "only pain.001, pacs.008 and pacs.002 are converted",
        ));
    };
    let now_ms = setting.arrival_ms(report.created);
    let named = sender(inbound);
    let source = named.as_ref().and_then(fsp_of);
    let agent = named.unwrap_or_default();
    let bank = BankRecord::assumed(source.as_deref().unwrap_or(THIS_BANK), &agent);
    let internal = || NotConverted::new("refused", "AB02", "the transfer cannot be made up");
    let bank = bank.ok_or_else(internal)?;
    let mut requests = Vec::new();
    for status in statuses(report) {
        let unmatched =
            "OrgnlTxId, OrgnlInstrId, OrgnlMsgId or OrgnlUETR must be as they were sent";
        let unmatched = || NotConverted::new("unmatched", "AG09", unmatched);
        let of_uetr = |uetr: &String| PaymentId::parse(uetr).ok();
        let id = status.payment.or_else(|| status.uetr.as_ref().and_then(of_uetr));
        let id = id.ok_or_else(unmatched)?;
        let secret = Secret::new(&MADE_UP_SECRET);
        let mut credit =
            credit(id, &status, &bank, setting, &secret, now_ms).ok_or_else(internal)?;
        for action in credit.step(&Event::BankStatus(status), now_ms, &secret) {
            match action {
                Action::Answer(request) => {
                    requests.push(shown(&request, source.as_deref(), &OF_TRANSFER, now_ms));
                }
                Action::Ignore(Ignored::Interim) => {
                    let text = "an interim status: the hub is told nothing until the last one";
                    return Err(NotConverted::new("interim", "NARR", text));
                }
                Action::Ignore(_) => return Err(unmatched()),
                _ => {}
            }
        }
    }
    Ok(Conversion { now_ms, requests })
}

/// A transfer of 1 XTS to the bank, under that id, that awaits the bank's answer.
fn credit(
    id: PaymentId,
    status: &BankStatus,
    bank: &BankRecord,
    setting: &Setting<'_>,
    secret: &Secret,
    now_ms: i64,
) -> Option<Credit> {
    let quote = quote(id, status, bank)?;
    let quoting =
        Quoting { bank, asker: SOMEBODY, known: None, version: IlpVersion::V1, secret, now_ms };
    let answered = answer_quote(&quote, &quoting);
    let terms = answered.terms?;
    let put = fspiop::json::parse(answered.reply.body.as_deref()?).ok()?;
    let put = QuotesPut::parse(&put, &Rules::new(Version::V2_0, setting.currencies)).ok()?;
    let until_ms = put.expiration.epoch_ms();
    let prepare = TransfersPost {
        transfer_id: CorrelationId::from(id),
        payee_fsp: FspId::parse(bank.fsp_id()).ok()?,
        payer_fsp: FspId::parse(SOMEBODY).ok()?,
        amount: put.transfer_amount,
        ilp_packet: put.ilp_packet,
        condition: put.condition,
        expiration: DateTime::from_epoch_ms(until_ms)?,
        extensions: Vec::new(),
    };
    let opening = Opening { bank, payer_bank: None, quote: Some(&terms), until_ms, now_ms };
    match Credit::open(&prepare, &opening) {
        Opened::Accepted(credit, _) => Some(*credit),
        Opened::Refused(_) => None,
    }
}

fn quote(id: PaymentId, status: &BankStatus, bank: &BankRecord) -> Option<QuotesPost> {
    let party = |fsp: &str| {
        let key =
            PartyKey { id_type: PartyIdType::AccountId, identifier: "0".to_owned(), sub_id: None };
        key.id_info(Some(fsp)).ok().map(Party::of)
    };
    let end_to_end_id = status.end_to_end_id.iter();
    Some(QuotesPost {
        quote_id: CorrelationId::from(id),
        transaction_id: CorrelationId::from(id),
        transaction_request_id: None,
        payee: party(bank.fsp_id())?,
        payer: party(SOMEBODY)?,
        amount_type: AmountType::Send,
        amount: Money {
            amount: Amount::from_units(10_000)?,
            currency: Currency::parse("XTS").ok()?,
        },
        fees: None,
        transaction_type: TransactionType {
            scenario: TransactionScenario::Transfer,
            sub_scenario: None,
            initiator: TransactionInitiator::Payer,
            initiator_type: TransactionInitiatorType::Consumer,
            refund_info: None,
            balance_of_payments: None,
        },
        geo_code: None,
        note: None,
        converter: None,
        currency_conversion: None,
        expiration: None,
        extensions: end_to_end_id.map(|own| Extension::new(END_TO_END_ID, own)).collect(),
    })
}
