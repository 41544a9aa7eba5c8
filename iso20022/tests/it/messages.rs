//! Messages to write, a few of each family, as far as a version can say them.

use iso20022::{
    Account, Agent, ChargeBearer, Coded, Date, DateOrDateTime, DateTime, OriginalGroup, Party,
    PaymentMethod, PaymentType, SettlementMethod, StatusCode, StatusReason, TransactionStatus,
    admi002, pacs002, pacs008, pain001, pain002, served_versions,
};

use iso20022::pain001::InstructedAmount;

use crate::support::{
    UNICODE, account_with_everything, agent_with_everything, eur, party_with_everything,
};

pub const UETR: &str = "7a562c67-ca16-48ba-b074-65581be6f066";

/// The versions of a family that are read and written.
pub fn versions_of(family: &str) -> impl Iterator<Item = &'static str> {
    served_versions().filter(move |version| version.starts_with(family))
}

/// The generation before UETR, LEI, proxies and codes for everything.
pub fn is_of_2009(version: &str) -> bool {
    matches!(version, "pacs.002.001.03" | "pacs.008.001.02" | "pain.001.001.03" | "pain.002.001.03")
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn uetr(version: &str) -> Option<String> {
    text(UETR).filter(|_| !is_of_2009(version))
}

pub fn minimal_transfer(version: &str) -> pacs008::CreditTransfer {
    pacs008::CreditTransfer {
        instruction_id: None,
        end_to_end_id: "E1".to_owned(),
        // Optional from 2019 on.
        transaction_id: text("T1").filter(|_| is_of_2009(version)),
        uetr: None,
        clearing_system_reference: None,
        payment_type: None,
        settlement_amount: eur("0.01"),
        settlement_date: None,
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
        debtor: Party::default(),
        debtor_account: None,
        debtor_agent: Agent::default(),
        creditor_agent: Agent::default(),
        creditor: Party::default(),
        creditor_account: None,
        ultimate_creditor: None,
        purpose: None,
        remittance: Vec::new(),
    }
}

pub fn minimal_pacs008(version: &str) -> pacs008::FiToFiCustomerCreditTransfer {
    pacs008::FiToFiCustomerCreditTransfer {
        message_id: "M1".to_owned(),
        created: DateTime::utc(0),
        number_of_transactions: "1".to_owned(),
        control_sum: None,
        total_settlement_amount: None,
        settlement_date: None,
        expires: None,
        settlement_method: SettlementMethod::Clearing,
        clearing_system: None,
        payment_type: None,
        instructing_agent: None,
        instructed_agent: None,
        transactions: vec![minimal_transfer(version)],
    }
}

fn typical_transfer(version: &str) -> pacs008::CreditTransfer {
    pacs008::CreditTransfer {
        instruction_id: text("I1"),
        transaction_id: text("T1"),
        uetr: uetr(version),
        settlement_amount: eur("1234.5"),
        settlement_date: Date::parse("2026-11-20").ok(),
        accepted: Some(DateTime::utc(1_795_168_800_123)),
        instructing_agent: Some(Agent::of_bic("BANKDEFF")),
        instructed_agent: Some(Agent::of_bic("BANKFRPP")),
        debtor: Party::named("Alice"),
        debtor_account: Some(Account::of_iban("DE89370400440532013000")),
        debtor_agent: Agent::of_bic("BANKDEFF"),
        creditor_agent: Agent::of_bic("BANKFRPP"),
        creditor: Party::named("Bob"),
        creditor_account: Some(Account::of_iban("FR1420041010050500013M02606")),
        purpose: Some(Coded::Code("CASH".to_owned())),
        remittance: vec!["Invoice 1".to_owned()],
        ..minimal_transfer(version)
    }
}

fn full_transfer(version: &str) -> pacs008::CreditTransfer {
    let mut service_levels =
        vec![Coded::Code("SEPA".to_owned()), Coded::Proprietary(UNICODE[..20].to_owned())];
    service_levels.truncate(if is_of_2009(version) { 1 } else { 2 });
    let expiry = Some(DateTime::utc(1_795_168_810_000));
    pacs008::CreditTransfer {
        end_to_end_id: "é".repeat(35),
        expires: expiry.filter(|_| version >= "pacs.008.001.13"),
        clearing_system_reference: text("C1"),
        payment_type: Some(PaymentType {
            instruction_priority: text("HIGH"),
            service_levels,
            local_instrument: Some(Coded::Code("INST".to_owned())),
            category_purpose: Some(Coded::Proprietary("x".to_owned())),
        }),
        settlement_amount: eur("9999999999999999.99"),
        instructed_amount: Some(eur("123456789012345678")),
        exchange_rate: text("1.2345678901"),
        charge_bearer: ChargeBearer::Creditor,
        charges: vec![
            pacs008::Charge { amount: eur("0"), agent: agent_with_everything(version) },
            pacs008::Charge { amount: eur("1"), agent: Agent::of_bic("BANKDEFF") },
        ],
        ultimate_debtor: Some(party_with_everything(version, true)),
        initiating_party: Some(party_with_everything(version, false)),
        debtor: party_with_everything(version, true),
        debtor_account: Some(account_with_everything(version)),
        debtor_agent: agent_with_everything(version),
        creditor_agent: agent_with_everything(version),
        creditor: party_with_everything(version, false),
        creditor_account: Some(account_with_everything(version)),
        ultimate_creditor: Some(party_with_everything(version, false)),
        remittance: vec![UNICODE.to_owned(), "\u{1F4B6}".repeat(140)],
        ..typical_transfer(version)
    }
}

/// Minimal, typical, with every field and unicode, and of several transactions.
pub fn pacs008_messages(version: &str) -> Vec<pacs008::FiToFiCustomerCreditTransfer> {
    let typical = pacs008::FiToFiCustomerCreditTransfer {
        settlement_date: Date::parse("2026-11-20").ok(),
        transactions: vec![typical_transfer(version)],
        ..minimal_pacs008(version)
    };
    let full = pacs008::FiToFiCustomerCreditTransfer {
        message_id: "\u{1F4B6}".repeat(35),
        created: DateTime::utc(1_795_168_800_123).with_offset(Some(90)),
        expires: Some(DateTime::utc(1_795_168_812_000)).filter(|_| version >= "pacs.008.001.13"),
        control_sum: text("12.50"),
        total_settlement_amount: Some(eur("12.5")),
        clearing_system: Some(Coded::Proprietary("Ærø".to_owned())),
        payment_type: Some(PaymentType::default()),
        instructing_agent: Some(agent_with_everything(version)),
        instructed_agent: Some(agent_with_everything(version)),
        transactions: vec![full_transfer(version)],
        ..typical.clone()
    };
    let several = pacs008::FiToFiCustomerCreditTransfer {
        number_of_transactions: "3".to_owned(),
        transactions: vec![
            minimal_transfer(version),
            typical_transfer(version),
            full_transfer(version),
        ],
        ..minimal_pacs008(version)
    };
    vec![minimal_pacs008(version), typical, full, several]
}

fn minimal_instruction() -> pain001::CreditTransfer {
    pain001::CreditTransfer {
        instruction_id: None,
        end_to_end_id: "E1".to_owned(),
        uetr: None,
        payment_type: None,
        amount: InstructedAmount::Instructed(eur("12.5")),
        charge_bearer: None,
        ultimate_debtor: None,
        creditor_agent: None,
        creditor: None,
        creditor_account: None,
        ultimate_creditor: None,
        purpose: None,
        remittance: Vec::new(),
    }
}

pub fn pain001_messages(version: &str) -> Vec<pain001::CustomerCreditTransferInitiation> {
    let transfer = minimal_instruction();
    let full_transfer = pain001::CreditTransfer {
        instruction_id: text("I1"),
        uetr: uetr(version),
        payment_type: full_transfer(version).payment_type,
        amount: InstructedAmount::Equivalent {
            amount: eur("1"),
            transfer_currency: iso20022::Currency::parse("USD").unwrap(),
        },
        charge_bearer: Some(ChargeBearer::Debtor),
        ultimate_debtor: Some(party_with_everything(version, false)),
        creditor_agent: Some(agent_with_everything(version)),
        creditor: Some(party_with_everything(version, true)),
        creditor_account: Some(account_with_everything(version)),
        ultimate_creditor: Some(Party::named(UNICODE)),
        purpose: Some(Coded::Proprietary("x".to_owned())),
        remittance: vec![UNICODE.to_owned()],
        ..transfer.clone()
    };
    let payment = pain001::PaymentInformation {
        id: "P1".to_owned(),
        method: PaymentMethod::Transfer,
        number_of_transactions: None,
        control_sum: None,
        payment_type: None,
        requested_execution: match is_of_2009(version) {
            true => DateOrDateTime::Date(DateTime::utc(0).date()),
            false => DateOrDateTime::DateTime(DateTime::utc(0)),
        },
        debtor: Party::default(),
        debtor_account: Account::of_iban("DE89370400440532013000"),
        debtor_agent: Agent::default(),
        ultimate_debtor: None,
        charge_bearer: None,
        transactions: vec![transfer.clone()],
    };
    let full_payment = pain001::PaymentInformation {
        number_of_transactions: text("2"),
        control_sum: text("13.50"),
        payment_type: full_transfer.payment_type.clone(),
        requested_execution: DateOrDateTime::Date(Date::parse("2026-11-20").unwrap()),
        debtor: party_with_everything(version, true),
        debtor_account: account_with_everything(version),
        debtor_agent: agent_with_everything(version),
        ultimate_debtor: Some(party_with_everything(version, false)),
        charge_bearer: Some(ChargeBearer::Shared),
        transactions: vec![full_transfer, transfer],
        ..payment.clone()
    };
    let minimal = pain001::CustomerCreditTransferInitiation {
        message_id: "M1".to_owned(),
        created: DateTime::utc(0),
        number_of_transactions: "1".to_owned(),
        control_sum: None,
        initiating_party: Party::default(),
        forwarding_agent: None,
        payments: vec![payment.clone()],
    };
    let full = pain001::CustomerCreditTransferInitiation {
        number_of_transactions: "3".to_owned(),
        control_sum: text("26"),
        initiating_party: party_with_everything(version, true),
        forwarding_agent: Some(agent_with_everything(version)),
        payments: vec![full_payment, payment],
        ..minimal.clone()
    };
    vec![minimal, full]
}

fn full_status(version: &str) -> TransactionStatus {
    TransactionStatus {
        status_id: text("S1"),
        original_group: (!is_of_2009(version)).then(|| OriginalGroup {
            created: Some(DateTime::utc(5)),
            ..OriginalGroup::of("M1", "pacs.008.001.08")
        }),
        original_instruction_id: text("I1"),
        original_end_to_end_id: text(&UNICODE.chars().take(35).collect::<String>()),
        original_transaction_id: text("T1"),
        original_uetr: uetr(version),
        status: Some(StatusCode::Rejected),
        reasons: vec![
            StatusReason {
                originator_name: text(UNICODE),
                reason: Some(Coded::Code("AC04".to_owned())),
                additional: vec![UNICODE.to_owned(), "x".repeat(105)],
            },
            StatusReason {
                reason: Some(Coded::Proprietary("5104".to_owned())),
                ..Default::default()
            },
        ],
        accepted: Some(DateTime::utc(1_795_168_800_000)),
        effective_settlement: Date::parse("2026-11-20")
            .ok()
            .filter(|_| !is_of_2009(version))
            .map(DateOrDateTime::Date),
        account_servicer_reference: text("A1"),
        clearing_system_reference: text("C1"),
        instructing_agent: Some(agent_with_everything(version)),
        instructed_agent: Some(Agent::of_bic("BANKDEFF")),
        original_settlement_amount: Some(eur("12.34")),
    }
}

pub fn pacs002_messages(version: &str) -> Vec<pacs002::PaymentStatusReport> {
    let minimal = pacs002::PaymentStatusReport {
        message_id: "S1".to_owned(),
        created: DateTime::utc(0),
        instructing_agent: None,
        instructed_agent: None,
        // Optional from 2019 on, when transactions got groups of their own.
        original_groups: match is_of_2009(version) {
            true => vec![OriginalGroup::of("M1", "pacs.008.001.02")],
            false => Vec::new(),
        },
        transactions: Vec::new(),
    };
    let accepted = TransactionStatus {
        original_group: Some(OriginalGroup::of("M1", "pacs.008.001.08"))
            .filter(|_| !is_of_2009(version)),
        original_end_to_end_id: text("E1"),
        original_transaction_id: text("T1"),
        original_uetr: uetr(version),
        status: Some(StatusCode::AcceptedSettlementCompleted),
        accepted: Some(DateTime::utc(1_795_168_800_000)),
        ..TransactionStatus::default()
    };
    let typical = pacs002::PaymentStatusReport {
        instructing_agent: Some(Agent::of_bic("BANKDEFF")),
        instructed_agent: Some(Agent::of_bic("BANKFRPP")),
        transactions: vec![accepted.clone()],
        ..minimal.clone()
    };
    let full = pacs002::PaymentStatusReport {
        original_groups: vec![OriginalGroup {
            created: Some(DateTime::utc(7)),
            number_of_transactions: text("2"),
            status: Some(StatusCode::Partial),
            reasons: full_status(version).reasons,
            ..OriginalGroup::of(UNICODE.chars().take(35).collect::<String>(), "pacs.008.001.08")
        }],
        transactions: vec![full_status(version), accepted],
        ..typical.clone()
    };
    vec![minimal, typical, full]
}

pub fn pain002_messages(version: &str) -> Vec<pain002::CustomerPaymentStatusReport> {
    let minimal = pain002::CustomerPaymentStatusReport {
        message_id: "S1".to_owned(),
        created: DateTime::utc(0),
        initiating_party: None,
        debtor_agent: None,
        original_group: OriginalGroup::of("M1", "pain.001.001.09"),
        payments: Vec::new(),
    };
    let status = TransactionStatus {
        original_group: None,
        original_transaction_id: None,
        effective_settlement: None,
        instructing_agent: None,
        instructed_agent: None,
        ..full_status(version)
    };
    let payment = |status: TransactionStatus| pain002::OriginalPayment {
        payment_information_id: "P1".to_owned(),
        status: status.status.clone(),
        reasons: status.reasons.clone(),
        transactions: vec![status],
    };
    let accepted = TransactionStatus {
        original_end_to_end_id: text("E1"),
        status: Some(match is_of_2009(version) {
            true => StatusCode::AcceptedSettlementCompleted,
            false => StatusCode::AcceptedCreditSettlementCompleted,
        }),
        ..TransactionStatus::default()
    };
    let typical = pain002::CustomerPaymentStatusReport {
        initiating_party: Some(Party::named("Alice")),
        debtor_agent: Some(Agent::of_bic("BANKDEFF")),
        payments: vec![payment(accepted.clone())],
        ..minimal.clone()
    };
    let full = pain002::CustomerPaymentStatusReport {
        initiating_party: Some(party_with_everything(version, true)),
        debtor_agent: Some(agent_with_everything(version)),
        payments: vec![payment(status), payment(accepted)],
        ..minimal.clone()
    };
    vec![minimal, typical, full]
}

pub fn admi002_messages() -> Vec<admi002::MessageReject> {
    let minimal = admi002::MessageReject {
        related_reference: "NOTPROVIDED".to_owned(),
        reason: "FF01".to_owned(),
        rejected: None,
        error_location: None,
        description: None,
        additional_data: None,
    };
    let typical = admi002::MessageReject {
        rejected: Some(DateTime::utc(1_795_168_800_123)),
        error_location: text("/Document/FIToFICstmrCdtTrf/GrpHdr/MsgId"),
        description: text("shorten it to at most 35 characters; it has 36"),
        ..minimal.clone()
    };
    let full = admi002::MessageReject {
        related_reference: UNICODE.chars().take(35).collect(),
        error_location: text(&"é".repeat(350)),
        description: text(&"\u{1F4B6}".repeat(350)),
        additional_data: text(&UNICODE.repeat(400)),
        ..typical.clone()
    };
    vec![minimal, typical, full]
}

/// A rejection as a bank gets it: with every kind of reason code, and text of the characters of the world.
pub fn rejections(version: &str) -> Vec<TransactionStatus> {
    let reason = |code: &str| StatusReason {
        originator_name: Some(UNICODE.to_owned()),
        reason: Some(Coded::Code(code.to_owned())),
        additional: vec!["FSPIOP 5104 ".to_owned() + UNICODE, "é".repeat(105)],
    };
    let rejected = |code: &str| TransactionStatus {
        original_end_to_end_id: Some("NOTPROVIDED".to_owned()),
        original_uetr: uetr(version),
        status: Some(StatusCode::Rejected),
        reasons: vec![reason(code)],
        accepted: Some(DateTime::utc(0).with_offset(Some(-330))),
        ..TransactionStatus::default()
    };
    ["AC01", "AM05", "DT01", "NARR", "FF01", "AB05"].map(rejected).into()
}
