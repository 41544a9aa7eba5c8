//! Messages that are written: what is read back, and what is refused.

use iso20022::{
    Account, Agent, ChargeBearer, Coded, Date, DateOrDateTime, DateTime, Message, OriginalGroup,
    Party, PaymentMethod, PaymentType, SettlementMethod, StatusCode, StatusReason,
    TransactionStatus, WriteError, admi002, pacs002, pacs008, pain001, pain002, read,
};

use iso20022::pain001::InstructedAmount;

use crate::support::{
    UNICODE, account_with_everything, agent_with_everything, eur, party_with_everything,
};

const UETR: &str = "7a562c67-ca16-48ba-b074-65581be6f066";

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn minimal_transfer() -> pacs008::CreditTransfer {
    pacs008::CreditTransfer {
        instruction_id: None,
        end_to_end_id: "E1".to_owned(),
        transaction_id: None,
        uetr: None,
        clearing_system_reference: None,
        payment_type: None,
        settlement_amount: eur("0.01"),
        settlement_date: None,
        accepted: None,
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

fn minimal_pacs008() -> pacs008::FiToFiCustomerCreditTransfer {
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
        transactions: vec![minimal_transfer()],
    }
}

fn typical_transfer() -> pacs008::CreditTransfer {
    pacs008::CreditTransfer {
        instruction_id: text("I1"),
        transaction_id: text("T1"),
        uetr: text(UETR),
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
        ..minimal_transfer()
    }
}

fn full_transfer() -> pacs008::CreditTransfer {
    pacs008::CreditTransfer {
        end_to_end_id: "é".repeat(35),
        clearing_system_reference: text("C1"),
        payment_type: Some(PaymentType {
            instruction_priority: text("HIGH"),
            service_levels: vec![
                Coded::Code("SEPA".to_owned()),
                Coded::Proprietary(UNICODE[..20].to_owned()),
            ],
            local_instrument: Some(Coded::Code("INST".to_owned())),
            category_purpose: Some(Coded::Proprietary("x".to_owned())),
        }),
        settlement_amount: eur("9999999999999999.99"),
        instructed_amount: Some(eur("123456789012345678")),
        exchange_rate: text("1.2345678901"),
        charge_bearer: ChargeBearer::Creditor,
        charges: vec![
            pacs008::Charge { amount: eur("0"), agent: agent_with_everything() },
            pacs008::Charge { amount: eur("1"), agent: Agent::of_bic("BANKDEFF") },
        ],
        ultimate_debtor: Some(party_with_everything(true)),
        initiating_party: Some(party_with_everything(false)),
        debtor: party_with_everything(true),
        debtor_account: Some(account_with_everything()),
        debtor_agent: agent_with_everything(),
        creditor_agent: agent_with_everything(),
        creditor: party_with_everything(false),
        creditor_account: Some(account_with_everything()),
        ultimate_creditor: Some(party_with_everything(false)),
        remittance: vec![UNICODE.to_owned(), "\u{1F4B6}".repeat(140)],
        ..typical_transfer()
    }
}

/// Minimal, typical, with every field and unicode, and of several transactions.
pub fn pacs008_messages() -> Vec<pacs008::FiToFiCustomerCreditTransfer> {
    let typical = pacs008::FiToFiCustomerCreditTransfer {
        settlement_date: Date::parse("2026-11-20").ok(),
        transactions: vec![typical_transfer()],
        ..minimal_pacs008()
    };
    let full = pacs008::FiToFiCustomerCreditTransfer {
        message_id: "\u{1F4B6}".repeat(35),
        created: DateTime::utc(1_795_168_800_123).with_offset(Some(90)),
        control_sum: text("12.50"),
        total_settlement_amount: Some(eur("12.5")),
        clearing_system: Some(Coded::Proprietary("Ærø".to_owned())),
        payment_type: Some(PaymentType::default()),
        instructing_agent: Some(agent_with_everything()),
        instructed_agent: Some(agent_with_everything()),
        transactions: vec![full_transfer()],
        ..typical.clone()
    };
    let several = pacs008::FiToFiCustomerCreditTransfer {
        number_of_transactions: "3".to_owned(),
        transactions: vec![minimal_transfer(), typical_transfer(), full_transfer()],
        ..minimal_pacs008()
    };
    vec![minimal_pacs008(), typical, full, several]
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

pub fn pain001_messages() -> Vec<pain001::CustomerCreditTransferInitiation> {
    let transfer = minimal_instruction();
    let full_transfer = pain001::CreditTransfer {
        instruction_id: text("I1"),
        uetr: text(UETR),
        payment_type: full_transfer().payment_type,
        amount: InstructedAmount::Equivalent {
            amount: eur("1"),
            transfer_currency: iso20022::Currency::parse("USD").unwrap(),
        },
        charge_bearer: Some(ChargeBearer::Debtor),
        ultimate_debtor: Some(party_with_everything(false)),
        creditor_agent: Some(agent_with_everything()),
        creditor: Some(party_with_everything(true)),
        creditor_account: Some(account_with_everything()),
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
        requested_execution: DateOrDateTime::DateTime(DateTime::utc(0)),
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
        debtor: party_with_everything(true),
        debtor_account: account_with_everything(),
        debtor_agent: agent_with_everything(),
        ultimate_debtor: Some(party_with_everything(false)),
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
        initiating_party: party_with_everything(true),
        forwarding_agent: Some(agent_with_everything()),
        payments: vec![full_payment, payment],
        ..minimal.clone()
    };
    vec![minimal, full]
}

fn full_status() -> TransactionStatus {
    TransactionStatus {
        status_id: text("S1"),
        original_group: Some(OriginalGroup {
            created: Some(DateTime::utc(5)),
            ..OriginalGroup::of("M1", "pacs.008.001.08")
        }),
        original_instruction_id: text("I1"),
        original_end_to_end_id: text(&UNICODE.chars().take(35).collect::<String>()),
        original_transaction_id: text("T1"),
        original_uetr: text(UETR),
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
        effective_settlement: Date::parse("2026-11-20").ok().map(DateOrDateTime::Date),
        account_servicer_reference: text("A1"),
        clearing_system_reference: text("C1"),
        instructing_agent: Some(agent_with_everything()),
        instructed_agent: Some(Agent::of_bic("BANKDEFF")),
        original_settlement_amount: Some(eur("12.34")),
    }
}

pub fn pacs002_messages() -> Vec<pacs002::PaymentStatusReport> {
    let minimal = pacs002::PaymentStatusReport {
        message_id: "S1".to_owned(),
        created: DateTime::utc(0),
        instructing_agent: None,
        instructed_agent: None,
        original_groups: Vec::new(),
        transactions: Vec::new(),
    };
    let accepted = TransactionStatus {
        original_group: Some(OriginalGroup::of("M1", "pacs.008.001.08")),
        original_end_to_end_id: text("E1"),
        original_transaction_id: text("T1"),
        original_uetr: text(UETR),
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
            reasons: full_status().reasons,
            ..OriginalGroup::of(UNICODE.chars().take(35).collect::<String>(), "pacs.008.001.08")
        }],
        transactions: vec![full_status(), accepted],
        ..typical.clone()
    };
    vec![minimal, typical, full]
}

pub fn pain002_messages() -> Vec<pain002::CustomerPaymentStatusReport> {
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
        ..full_status()
    };
    let payment = |status: TransactionStatus| pain002::OriginalPayment {
        payment_information_id: "P1".to_owned(),
        status: status.status.clone(),
        reasons: status.reasons.clone(),
        transactions: vec![status],
    };
    let accepted = TransactionStatus {
        original_end_to_end_id: text("E1"),
        status: Some(StatusCode::AcceptedCreditSettlementCompleted),
        ..TransactionStatus::default()
    };
    let typical = pain002::CustomerPaymentStatusReport {
        initiating_party: Some(Party::named("Alice")),
        debtor_agent: Some(Agent::of_bic("BANKDEFF")),
        payments: vec![payment(accepted.clone())],
        ..minimal.clone()
    };
    let full = pain002::CustomerPaymentStatusReport {
        initiating_party: Some(party_with_everything(true)),
        debtor_agent: Some(agent_with_everything()),
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

#[test]
fn what_is_written_is_read_back() {
    let read = |text: String| {
        assert!(
            text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Document xmlns=\"urn:iso")
        );
        let inbound = read(text.as_bytes()).unwrap_or_else(|e| panic!("{e}\n{text}"));
        (inbound.message, inbound.name.as_str().to_owned())
    };
    for message in pacs008_messages() {
        let (found, name) = read(pacs008::write(&message).unwrap());
        assert_eq!(found, Message::FiToFiCustomerCreditTransfer(message));
        assert_eq!(name, "pacs.008.001.08");
    }
    for message in pain001_messages() {
        let (found, name) = read(pain001::write(&message).unwrap());
        assert_eq!(found, Message::CustomerCreditTransferInitiation(message));
        assert_eq!(name, "pain.001.001.09");
    }
    for message in pacs002_messages() {
        let (found, name) = read(pacs002::write(&message).unwrap());
        assert_eq!(found, Message::PaymentStatusReport(message));
        assert_eq!(name, "pacs.002.001.10");
    }
    for message in pain002_messages() {
        let (found, name) = read(pain002::write(&message).unwrap());
        assert_eq!(found, Message::CustomerPaymentStatusReport(message));
        assert_eq!(name, "pain.002.001.10");
    }
    for message in admi002_messages() {
        let (found, name) = read(admi002::write(&message).unwrap());
        assert_eq!(found, Message::MessageReject(message));
        assert_eq!(name, "admi.002.001.01");
    }
}

#[test]
fn amounts_are_written_with_the_digits_of_their_currency() {
    for (amount, currency, written) in [
        ("100", "EUR", "<IntrBkSttlmAmt Ccy=\"EUR\">100.00<"),
        ("1.5", "EUR", "<IntrBkSttlmAmt Ccy=\"EUR\">1.50<"),
        ("100", "JPY", "<IntrBkSttlmAmt Ccy=\"JPY\">100<"),
        ("100", "KWD", "<IntrBkSttlmAmt Ccy=\"KWD\">100.000<"),
        ("1.00001", "XTS", "<IntrBkSttlmAmt Ccy=\"XTS\">1.00001<"),
        ("0", "EUR", "<IntrBkSttlmAmt Ccy=\"EUR\">0.00<"),
        ("999999999999999999", "EUR", "<IntrBkSttlmAmt Ccy=\"EUR\">999999999999999999.00<"),
    ] {
        let mut message = minimal_pacs008();
        let currency = iso20022::Currency::parse(currency).unwrap();
        message.transactions[0].settlement_amount =
            iso20022::Amount::parse(amount, currency).unwrap();
        let text = pacs008::write(&message).unwrap();
        assert!(text.contains(written), "{text}");
    }
}

fn refusal<T>(result: Result<T, WriteError>) -> (String, &'static str) {
    match result {
        Ok(_) => panic!("written"),
        Err(WriteError { path, rule, text }) => {
            assert!(!text.is_empty() && text.len() < 200);
            (path, rule)
        }
    }
}

#[test]
fn a_writer_refuses_what_the_schema_cannot_carry() {
    let pacs008_with = |change: &dyn Fn(&mut pacs008::FiToFiCustomerCreditTransfer)| {
        let mut message = minimal_pacs008();
        change(&mut message);
        let (path, rule) = refusal(pacs008::write(&message));
        (path.replace("/Document/FIToFICstmrCdtTrf", ""), rule)
    };
    let expect = |path: &str, rule: &'static str| (path.to_owned(), rule);
    let tx = |path: &str, rule: &'static str| (format!("/CdtTrfTxInf[1]{path}"), rule);
    assert_eq!(
        pacs008_with(&|m| m.message_id = "x".repeat(36)),
        expect("/GrpHdr/MsgId", "maxLength")
    );
    assert_eq!(pacs008_with(&|m| m.message_id.clear()), expect("/GrpHdr/MsgId", "minLength"));
    // Where a text has a forbidden character, elements that may repeat are not counted.
    let control = pacs008_with(&|m| m.transactions[0].debtor.name = text("a\u{1}b"));
    assert_eq!(control, expect("/CdtTrfTxInf/Dbtr/Nm", "character"));
    assert_eq!(
        pacs008_with(&|m| m.transactions[0].uetr = text(&UETR.to_uppercase())),
        tx("/PmtId/UETR", "pattern")
    );
    assert_eq!(
        pacs008_with(&|m| m.transactions[0].remittance = vec![String::new(), "x".repeat(141)]),
        tx("/RmtInf/Ustrd[1]", "minLength")
    );
    assert_eq!(
        pacs008_with(&|m| m.transactions[0].debtor_account = Some(Account::default())),
        tx("/DbtrAcct/Id", "missing")
    );
    assert_eq!(
        pacs008_with(&|m| m.transactions[0].creditor_agent = Agent::of_bic("nobic")),
        tx("/CdtrAgt/FinInstnId/BICFI", "pattern")
    );
    assert_eq!(pacs008_with(&|m| m.transactions.clear()), expect("/CdtTrfTxInf", "missing"));
    assert_eq!(
        pacs008_with(&|m| m.expires = Some(DateTime::utc(0))),
        expect("/GrpHdr/XpryDtTm", "version")
    );
    assert_eq!(
        pacs008_with(&|m| m.number_of_transactions = "1.0".to_owned()),
        expect("/GrpHdr/NbOfTxs", "pattern")
    );
}

#[test]
fn status_writers_refuse_what_their_version_lacks() {
    let mut report = pacs002_messages().remove(2);
    report.transactions[0].reasons[0].additional = vec!["x".repeat(106)];
    let path = "/Document/FIToFIPmtStsRpt/TxInfAndSts[1]/StsRsnInf[1]/AddtlInf[1]".to_owned();
    assert_eq!(refusal(pacs002::write(&report)), (path, "maxLength"));
    let mut report = pacs002_messages().remove(2);
    report.transactions[0].original_group.as_mut().unwrap().status = Some(StatusCode::Pending);
    let path = "/Document/FIToFIPmtStsRpt/TxInfAndSts[1]/OrgnlGrpInf/GrpSts".to_owned();
    assert_eq!(refusal(pacs002::write(&report)), (path, "version"));
    let mut report = pain002_messages().remove(2);
    report.payments[0].transactions[0].original_transaction_id = text("T1");
    assert_eq!(refusal(pain002::write(&report)).1, "version");
    let mut reject = admi002_messages().remove(0);
    reject.related_reference = "x".repeat(36);
    let path = "/Document/admi.002.001.01/RltdRef/Ref".to_owned();
    assert_eq!(refusal(admi002::write(&reject)), (path, "maxLength"));
}

#[test]
fn a_refusal_becomes_a_reject() {
    let bad = crate::support::pacs008("-1").replace("SLEV", "X");
    for (text, reference, location) in [
        (bad.as_str(), "M1", "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/IntrBkSttlmAmt"),
        ("<r", "NOTPROVIDED", "/"),
        ("", "NOTPROVIDED", "/"),
    ] {
        let refused = read(text.as_bytes()).unwrap_err();
        let reject = admi002::MessageReject::of_refused(&refused, DateTime::utc(0));
        assert_eq!(reject.related_reference, reference);
        assert_eq!(reject.error_location.as_deref(), Some(location));
        assert_eq!(reject.additional_data.is_some(), refused.findings.len() > 1);
        let written = admi002::write(&reject).unwrap();
        assert_eq!(read(written.as_bytes()).unwrap().message, Message::MessageReject(reject));
    }
}
