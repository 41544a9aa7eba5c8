//! A prepare becomes a pacs.008, or an error.

use fspiop::deadline::{Profile, Row, TimedResource};
use fspiop::error::{ErrorCode, ErrorInformation};
use fspiop::transfer::TransfersPost;
use iso20022::pacs008::{self, CreditTransfer, FiToFiCustomerCreditTransfer};
use iso20022::{
    Agent, Amount, ChargeBearer, Coded, DateTime, OtherId, Party, SettlementMethod, WriteError,
};

use super::{Action, BankMessage, Credit, Opened, Opening, QuoteTerms, Stage};
use crate::effect::transfer_error;
use crate::status::{AgentName, Original};
use crate::{PaymentId, money, remittance, versions};

/// The part in the MsgId of the pacs.008; confirmations have those above, statuses of orders those below.
pub(super) const PACS_008: u8 = 10;

pub(super) fn open(prepare: &TransfersPost, opening: &Opening<'_>) -> Opened {
    let opened = checked(prepare, opening).and_then(|quote| credit(prepare, quote, opening)).map(
        |(credit, message)| {
            let wake_at_ms = credit.until_ms;
            let actions = vec![Action::SendBank(Box::new(message)), Action::WakeAt(wake_at_ms)];
            Opened::Accepted(Box::new(credit), actions)
        },
    );
    opened.unwrap_or_else(|error| {
        let (to, spelling) = (prepare.payer_fsp.as_str(), prepare.transfer_id.as_str());
        Opened::Refused(Box::new(transfer_error(to, spelling, &error)))
    })
}

/// The quote that the prepare keeps to the letter.
fn checked<'q>(
    prepare: &TransfersPost,
    opening: &Opening<'q>,
) -> Result<&'q QuoteTerms, ErrorInformation> {
    let Some(quote) = opening.quote else {
        return Err(ErrorInformation::of(ErrorCode::QuoteIdNotFound));
    };
    let differs = |member: &str| {
        let detail = format!("{member} differs from the quote");
        Err(ErrorInformation::with_detail(ErrorCode::PayeeFspRejectedTransaction, &detail))
    };
    if prepare.payee_fsp.as_str() != opening.bank.fsp_id() {
        return differs("payeeFsp");
    }
    if prepare.payer_fsp.as_str() != quote.payer_fsp {
        return differs("payerFsp");
    }
    if prepare.amount != quote.amount {
        return differs("amount");
    }
    if prepare.condition != quote.condition {
        return differs("condition");
    }
    if prepare.ilp_packet.as_str() != quote.ilp_packet {
        return differs("ilpPacket");
    }
    if quote.expiration_ms <= opening.now_ms {
        return Err(ErrorInformation::of(ErrorCode::QuoteExpired));
    }
    Ok(quote)
}

fn credit(
    prepare: &TransfersPost,
    quote: &QuoteTerms,
    opening: &Opening<'_>,
) -> Result<(Credit, BankMessage), ErrorInformation> {
    let expiration_ms = prepare.expiration.epoch_ms();
    let link_ms = transfers_row(opening.bank.profile()).map_or(0, |row| row.link_ms);
    let until_ms = opening.until_ms.min(expiration_ms).saturating_sub_unsigned(link_ms);
    if until_ms <= opening.now_ms {
        let detail = "too little time was left to ask the bank";
        return Err(ErrorInformation::with_detail(ErrorCode::TransferExpired, detail));
    }
    let id = PaymentId::from(prepare.transfer_id.id());
    let message = pacs008(id, quote, opening)?;
    let version = opening.bank.credit_version();
    let xml = pacs008::write(&message, version).map_err(|error| unsayable(&error))?;
    let original = Original {
        message_name: version.to_owned(),
        answer_name: opening.bank.confirmation_version().to_owned(),
        message_id: message.message_id.clone(),
        created: message.created.to_string(),
        number_of_transactions: message.number_of_transactions.clone(),
        payment_information_id: None,
        instruction_id: Some(id.max35()),
        end_to_end_id: message.transactions.first().map(|t| t.end_to_end_id.clone()),
        transaction_id: Some(id.max35()),
        uetr: message.transactions.first().and_then(|t| t.uetr.clone()),
        initiating_party: None,
        debtor_agent: None,
        // Credits leave without one.
        header: None,
    };
    let credit = Credit {
        id,
        spelling: prepare.transfer_id.as_str().to_owned(),
        uetr: id.uetr(),
        bank: opening.bank.fsp_id().to_owned(),
        payer_fsp: prepare.payer_fsp.as_str().to_owned(),
        credits_on: opening.bank.credits_on(),
        profile: opening.bank.profile().name.to_owned(),
        ilp_packet: prepare.ilp_packet.as_str().to_owned(),
        condition: prepare.condition,
        expiration_ms,
        until_ms,
        original,
        to: AgentName::from(&opening.bank.agent()),
        stage: Stage::AwaitingBank,
        since_ms: opening.now_ms,
        accepted_ms: None,
        answer: None,
        rejected_late: false,
        reconciled: false,
        reason: None,
    };
    Ok((credit, BankMessage { name: version.to_owned(), xml, until_ms }))
}

pub(super) fn transfers_row(profile: &'static Profile) -> Option<&'static Row> {
    profile.row(TimedResource::Transfers)
}

fn pacs008(
    id: PaymentId,
    quote: &QuoteTerms,
    opening: &Opening<'_>,
) -> Result<FiToFiCustomerCreditTransfer, ErrorInformation> {
    let amount = money::iso_of_fspiop(&quote.amount).map_err(|error| {
        ErrorInformation::with_detail(ErrorCode::PayeeUnsupportedCurrency, &error.to_string())
    })?;
    let now = DateTime::utc(opening.now_ms);
    let payer_agent = opening.payer_bank.map_or_else(
        || Agent { other: Some(plain_id(&quote.payer_fsp)), ..Agent::default() },
        |record| record.agent(),
    );
    let transaction = transaction(id, quote, amount, payer_agent.clone(), opening)?;
    Ok(FiToFiCustomerCreditTransfer {
        message_id: id.message_id(PACS_008),
        created: now,
        number_of_transactions: "1".to_owned(),
        control_sum: None,
        total_settlement_amount: None,
        settlement_date: None,
        expires: None,
        settlement_method: SettlementMethod::Clearing,
        clearing_system: None,
        payment_type: None,
        instructing_agent: Some(payer_agent),
        instructed_agent: Some(opening.bank.agent()),
        transactions: vec![transaction],
    })
}

fn transaction(
    id: PaymentId,
    quote: &QuoteTerms,
    amount: Amount,
    payer_agent: Agent,
    opening: &Opening<'_>,
) -> Result<CreditTransfer, ErrorInformation> {
    let version = opening.bank.credit_version();
    let carried = remittance::inward(quote.note.as_deref(), &quote.extensions);
    let named = |name: &Option<String>| Party { name: name.clone(), ..Party::default() };
    let creditor_account = quote.payee.account().map_err(|error| {
        ErrorInformation::with_detail(ErrorCode::PayeeIdentifierNotValid, &error.to_string())
    })?;
    Ok(CreditTransfer {
        instruction_id: Some(id.max35()),
        end_to_end_id: carried.end_to_end_id.unwrap_or_else(|| quote.transaction.max35()),
        transaction_id: Some(id.max35()),
        // A version without the element loses nothing: TxId holds the same id.
        uetr: Some(id.uetr()).filter(|_| versions::has_uetr(version)),
        clearing_system_reference: None,
        payment_type: None,
        settlement_amount: amount,
        settlement_date: Some(DateTime::utc(opening.now_ms).date()),
        accepted: None,
        expires: None,
        instructed_amount: None,
        exchange_rate: None,
        charge_bearer: ChargeBearer::ServiceLevel,
        charges: Vec::new(),
        instructing_agent: None,
        instructed_agent: None,
        ultimate_debtor: None,
        initiating_party: None,
        debtor: named(&quote.payer_name),
        // A payer that the message cannot name by account is named by its agent alone.
        debtor_account: quote
            .payer
            .account()
            .ok()
            .filter(|account| account.proxy.is_none() || versions::has_proxies(version)),
        debtor_agent: payer_agent,
        creditor_agent: opening.bank.agent(),
        creditor: named(&quote.payee_name),
        creditor_account: Some(creditor_account),
        ultimate_creditor: None,
        purpose: carried.purpose.map(Coded::Code),
        remittance: carried.remittance,
    })
}

fn plain_id(id: &str) -> OtherId {
    OtherId { id: id.to_owned(), scheme: None, issuer: None }
}

fn unsayable(error: &WriteError) -> ErrorInformation {
    let detail = format!("the payee's bank cannot be told: {}", error.rule);
    ErrorInformation::with_detail(ErrorCode::PayeeFspRejectedTransaction, &detail)
}
