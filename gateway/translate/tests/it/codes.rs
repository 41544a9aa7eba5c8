//! The code tables, row by row against the shared map, and the refusals of the switch.

use causeway_translate::codes::{
    BankVerdict, Circumstances, REASON_EXTENSION, bank_verdict, error_of_refusal, fspiop_code,
    iso_reason, iso_reason_in, iso_reason_of, iso_status,
};
use fspiop::error::{ErrorCode, ErrorInformation};
use fspiop::transfer::TransferState;
use iso20022::StatusCode;
use serde_json::Value;
use switch::Refusal;

use crate::support::{rows, shared_or_skip};

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
    assert_eq!(iso_reason_of(&error, account), "MS03");
    let carried = error.clone().with_extension(REASON_EXTENSION, "AC04");
    assert_eq!(iso_reason_of(&carried, account), "AC04");
    for nonsense in ["", "ac04", "<x>", "TOOLONG"] {
        let carried = error.clone().with_extension(REASON_EXTENSION, nonsense);
        assert_eq!(iso_reason_of(&carried, account), "MS03");
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
