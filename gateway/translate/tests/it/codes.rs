//! The code tables, row by row against the shared map, and the refusals of the switch.

use causeway_translate::codes::{
    BankVerdict, Circumstances, PROPRIETARY_EXTENSION, REASON_EXTENSION, bank_verdict,
    error_of_refusal, fspiop_code, fspiop_error, iso_reason, iso_reason_in, iso_reason_of,
    iso_status,
};
use causeway_translate::credit::statuses;
use causeway_translate::status::{Original, PaymentStatus, Reason, StatusReport};
use fspiop::error::{ErrorCode, ErrorInformation};
use fspiop::transfer::TransferState;
use iso20022::{Coded, Message, StatusCode};
use proptest::prelude::*;
use serde_json::Value;
use switch::Refusal;

use crate::support::{read, rows, shared_or_skip};

fn map() -> Option<Value> {
    let path = shared_or_skip("data/iso20022/reason-code-map.json")?;
    Some(serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
}

fn number(text: &Value) -> ErrorCode {
    ErrorCode::from_number(text.as_str().unwrap().parse().unwrap()).unwrap()
}

#[test]
fn every_fspiop_code_has_the_maps_reason() {
    let Some(map) = map() else { return };
    let table = map["fspiop_to_iso"].as_array().unwrap();
    for row in table {
        assert_eq!(iso_reason(number(&row["fspiop"])), row["iso"].as_str().unwrap(), "{row}");
    }
    let in_map = |code: &ErrorCode| table.iter().any(|row| number(&row["fspiop"]) == *code);
    let beyond: Vec<&ErrorCode> = ErrorCode::ALL.iter().filter(|code| !in_map(code)).collect();
    assert!(beyond.iter().all(|code| code.number() >= 7000), "{beyond:?}");
    assert!(beyond.iter().all(|code| iso_reason(**code) == map["default_iso"]));
}

#[test]
fn every_reason_has_the_maps_fspiop_code() {
    let Some(map) = map() else { return };
    for row in map["iso_to_fspiop"].as_array().unwrap() {
        assert_eq!(fspiop_code(row["iso"].as_str().unwrap()), number(&row["fspiop"]), "{row}");
    }
    for unknown in ["", "ZZ99", "AB99", "am04"] {
        assert_eq!(fspiop_code(unknown), number(&map["default_fspiop"]), "{unknown}");
    }
}

#[test]
fn every_reason_that_is_written_is_in_the_external_code_set() {
    let path = "data/iso20022/codesets/external_status_reason_code.json";
    let Some(path) = shared_or_skip(path) else { return };
    let set: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let both = [Circumstances::default(), Circumstances { by_account: true, prepare_left: true }];
    let own = ["AB09", "AG03", "AM01", "AM03", "AM05", "AM09", "AM12", "AC02", "AC03", "BE23"]
        .into_iter()
        .chain(["CH20", "DT01", "DU03", "NARR", "RC04"]);
    let table = ErrorCode::ALL.iter().flat_map(|c| both.map(|case| iso_reason_in(*c, case)));
    for reason in own.chain(table) {
        assert!(set["codes"][reason].is_string(), "{reason}");
    }
}

#[test]
fn circumstances_and_what_was_carried_along_beat_the_table() {
    let account = Circumstances { by_account: true, ..Circumstances::default() };
    let left = Circumstances { prepare_left: true, ..Circumstances::default() };
    for (code, case, expected) in [
        (ErrorCode::PartyNotFound, account, "AC03"),
        (ErrorCode::PartyNotFound, left, "BE23"),
        (ErrorCode::PayeeIdentifierNotValid, account, "AC03"),
        (ErrorCode::ServerTimedOut, left, "AB05"),
        (ErrorCode::ServerTimedOut, account, "AB01"),
        (ErrorCode::TransferExpired, left, "AB05"),
        (ErrorCode::TransferExpired, account, "AB03"),
        (ErrorCode::PayerLimitError, left, "AM14"),
    ] {
        assert_eq!(iso_reason_in(code, case), expected);
    }
    let error = ErrorInformation::of(ErrorCode::PayeeError);
    assert_eq!(iso_reason_of(&error, account), cd("MS03"));
    let carried = error.clone().with_extension(REASON_EXTENSION, "AC04");
    assert_eq!(iso_reason_of(&carried, account), cd("AC04"));
    for nonsense in ["", "ac04", "<x>", "TOOLONG"] {
        let carried = error.clone().with_extension(REASON_EXTENSION, nonsense);
        assert_eq!(iso_reason_of(&carried, account), cd("MS03"));
    }
    for nonsense in ["", "a\nb", &"x".repeat(36)] {
        let carried = error.clone().with_extension(PROPRIETARY_EXTENSION, nonsense);
        assert_eq!(iso_reason_of(&carried, account), cd("MS03"));
    }
}

fn cd(code: &str) -> Coded {
    Coded::Code(code.to_owned())
}

/// A reason through a pacs.002 as it is written and read.
fn through_xml(reason: Reason) -> (Coded, Option<String>) {
    let report = StatusReport {
        message_id: "MSG-1".to_owned(),
        created_ms: 0,
        status: PaymentStatus::Rejected,
        reason: Some(reason),
        original: Original {
            message_name: "pacs.008.001.08".to_owned(),
            answer_name: "pacs.002.001.10".to_owned(),
            message_id: "MSG-8".to_owned(),
            created: "2026-11-20T10:00:00.000Z".to_owned(),
            number_of_transactions: "1".to_owned(),
            payment_information_id: None,
            instruction_id: None,
            end_to_end_id: Some("E2E-8".to_owned()),
            transaction_id: Some("TX-8".to_owned()),
            uetr: None,
            initiating_party: None,
            debtor_agent: None,
            header: None,
        },
        accepted_ms: None,
        clearing_reference: "1".to_owned(),
        from: None,
        to: None,
    };
    let xml = report.xml().unwrap();
    let Message::PaymentStatusReport(report) = read(&xml).message else { panic!("{xml}") };
    let status = statuses(&report).remove(0);
    assert_eq!(status.status, StatusCode::Rejected);
    (status.reason.unwrap(), status.text)
}

/// An error through a PUT .../error as it is written and read.
fn through_json(error: &ErrorInformation) -> ErrorInformation {
    let body = fspiop::json::parse(&error.render()).unwrap();
    ErrorInformation::parse(&body).unwrap()
}

#[test]
fn every_fspiop_code_comes_back_through_iso_20022() {
    let both = [Circumstances::default(), Circumstances { by_account: true, prepare_left: true }];
    for code in ErrorCode::ALL {
        for case in both {
            for error in [
                ErrorInformation::of(*code),
                ErrorInformation::with_detail(*code, "gr\u{fc}n"),
                ErrorInformation::of(*code).with_extension(REASON_EXTENSION, "AC04"),
            ] {
                let wanted = iso_reason_of(&error, case);
                let (reason, text) = through_xml(Reason::of_error(&error, case));
                assert_eq!(reason, wanted);
                let back = through_json(&fspiop_error(&reason, text.as_deref()));
                assert_eq!((back.code, &back.description), (error.code, &error.description));
                // And to ISO 20022 once more, whatever is known by then.
                assert_eq!(iso_reason_of(&back, Circumstances::default()), wanted);
            }
        }
    }
}

#[test]
fn every_iso_reason_comes_back_through_fspiop() {
    let path = "data/iso20022/codesets/external_status_reason_code.json";
    let Some(path) = shared_or_skip(path) else { return };
    let set: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let codes = set["codes"].as_object().unwrap();
    assert!(codes.len() > 300, "{}", codes.len());
    for code in codes.keys() {
        for text in [None, Some("why")] {
            let error = through_json(&fspiop_error(&cd(code), text));
            assert_eq!(error.code, fspiop_code(code));
            let reason = Reason::of_error(&error, Circumstances::default());
            let (reason, carried) = through_xml(reason);
            assert_eq!(reason, cd(code));
            assert!(carried.unwrap().contains(text.unwrap_or_default()));
        }
    }
    let own = through_xml(Reason::of_bank(&Coded::Proprietary("OWN REASON".to_owned()), ""));
    assert_eq!(own, (Coded::Proprietary("OWN REASON".to_owned()), None));
}

proptest! {
    #[test]
    fn any_reason_of_a_bank_comes_back(own in "[A-Za-z0-9 ._/-]{0,33}[A-Za-z0-9]", text in "\\PC{0,120}") {
        let reason = Coded::Proprietary(own);
        let error = through_json(&fspiop_error(&reason, Some(&text).filter(|t| !t.is_empty()).map(String::as_str)));
        prop_assert_eq!(iso_reason_of(&error, Circumstances::default()), reason);
    }

    #[test]
    fn what_only_looks_carried_is_text(text in "FSPIOP ?[0-9x]{0,5}.?") {
        let error = fspiop_error(&cd("AC04"), Some(&text));
        let digits = text.strip_prefix("FSPIOP ").and_then(|rest| rest.get(..4));
        let carried = digits.and_then(|digits| digits.parse().ok()).and_then(ErrorCode::from_number);
        let ends = text.get(11..12).is_none_or(|next| next == " ");
        prop_assert_eq!(error.code, carried.filter(|_| ends).unwrap_or_else(|| fspiop_code("AC04")));
    }
}

#[test]
fn a_banks_status_means_what_the_contract_says() {
    for [code, verdict] in rows::<2>(
        "
        ACCC | Accepted
        ACSC | Accepted
        ACWP | Accepted
        ACCP | Accepted
        RJCT | Rejected
        ACSP | Interim
        ACTC | Interim
        ACWC | Interim
        BLCK | Interim
        CANC | Interim
        PART | Interim
        PDNG | Interim
        RCVD | Interim
        ZZZZ | Interim
    ",
    ) {
        let expected = match verdict {
            "Accepted" => BankVerdict::Accepted,
            "Rejected" => BankVerdict::Rejected,
            _ => BankVerdict::Interim,
        };
        assert_eq!(bank_verdict(&StatusCode::parse(code)), expected, "{code}");
    }
}

#[test]
fn every_state_of_a_transfer_has_its_status() {
    for [state, status] in rows::<2>(
        "
        RECEIVED  | ACTC
        RESERVED  | ACSP
        COMMITTED | ACSC
        ABORTED   | RJCT
    ",
    ) {
        assert_eq!(iso_status(TransferState::parse(state).unwrap()).as_str(), status);
    }
}

#[test]
fn refusals_of_the_switch_have_the_codes_that_they_name() {
    let name = |text: &str| text.parse::<switch::ParticipantName>().unwrap();
    let currency = "EUR".parse::<switch::Currency>().unwrap();
    let account = |refusal: fn(switch::ParticipantName, switch::Currency) -> Refusal| {
        refusal(name("dfsp1"), currency)
    };
    let table = [
        (Refusal::ModifiedRequest, "3106 Modified request - transferId was used before"),
        (Refusal::SourceIsNotPayer, "3100 Generic validation error - FSPIOP-Source header"),
        (Refusal::AmountIsZero, "3100 Generic validation error - amount must be more than 0"),
        (
            Refusal::PayerUnknown { name: name("x") },
            "3100 Generic validation error - Participant x",
        ),
        (Refusal::ExpirationPast, "3100 "),
        (Refusal::NoTimeLeft, "3303 "),
        (account(|name, currency| Refusal::PayerAccountUnknown { name, currency }), "3100 "),
        (Refusal::InsufficientLiquidity, "4001 Payer FSP insufficient liquidity - "),
        (Refusal::NetDebitCap, "4200 Payer limit error - "),
        (Refusal::NotScreened, "2001 "),
        (Refusal::BlockedByScreening, "4000 "),
        (Refusal::AnsweredTransferUnknown, "2001 "),
        (Refusal::SourceIsNotPayee, "3100 "),
        (Refusal::TransferExpired, "3303 Transfer expired"),
        (Refusal::DestinationIsNotPayer, "3100 "),
        (Refusal::ModifiedAnswer, "3106 "),
        (Refusal::InvalidFulfilment, "3100 Generic validation error - invalid fulfilment"),
        (Refusal::NotReserved, "3100 Generic validation error - non-RESERVED transfer state"),
        (Refusal::NeverSent, "3303 "),
        (Refusal::TransferUnknown, "3208 Transfer ID not found"),
        (Refusal::NotAParty, "3000 "),
        (Refusal::ParticipantUnknown { name: name("x") }, "3200 "),
        (Refusal::PartyTaken, "3003 "),
        (Refusal::PartyNotRegistered, "3040 "),
        (Refusal::PartyNotFound, "3204 Party not found"),
        (Refusal::RequesterUnknown { name: name("x") }, "3200 "),
        (Refusal::DestinationUnknown { name: name("x") }, "3201 "),
        (Refusal::QuotePayerUnknown { name: name("x") }, "3202 "),
        (Refusal::LedgerInconsistent, "2001 "),
    ];
    for (refusal, expected) in table {
        let error = error_of_refusal(&refusal);
        let got = format!("{} {}", error.code, error.description);
        assert!(got.starts_with(expected), "{refusal:?}: {got} is not {expected}");
    }
    // Said once, not twice.
    let plain = error_of_refusal(&Refusal::TransferExpired);
    assert_eq!(plain.description, "Transfer expired");
}
