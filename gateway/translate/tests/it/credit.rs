//! The journey of a transfer to a bank: a row an event, last column the actions. Between every two rows
//! the credit goes through the store.

use causeway_translate::credit::{
    Action, BankStatus, Credit, Event, Opened, Opening, QuoteTerms, Quoting, answer_lookup,
    answer_quote, statuses,
};
use causeway_translate::party::PartyKey;
use causeway_translate::{BankRecord, FspiopRequest, PaymentId};
use fspiop::amount::CurrencyList;
use fspiop::error::{ErrorCode, ErrorInformation, Extension};
use fspiop::identifiers::PartyIdType;
use fspiop::ilp::{Secret, Version};
use fspiop::json::{self, Value};
use fspiop::quote::{QuotesPost, QuotesPut};
use fspiop::time::DateTime;
use fspiop::transfer::{TransferState, TransfersPatch, TransfersPost, TransfersPut};
use fspiop::version::{Rules, Version as ApiVersion};
use iso20022::{Message, StatusCode};

use crate::support::{self, START_MS, assert_valid, record, rows, through_store};

const ID: &str = "0195f0c0-0000-4000-8000-00000000abcd";

pub fn secret() -> Secret {
    Secret::new(b"the bank side's durable secret")
}

pub fn payee_bank(credits_on: &str) -> BankRecord {
    let more = format!(
        r#""creditsOn":"{credits_on}","profile":"instant-10s",
        "accounts":[{{"ibanPrefix":"GB33BUKB"}},{{"proxyType":"TELE"}},{{"accountPrefix":"77"}}]"#
    );
    record("bank2", "BNKBGB22", &more)
}

fn quote_body(changes: &[(&str, &str)]) -> QuotesPost {
    let mut body = format!(
        r#"{{"quoteId":"{ID}","transactionId":"{ID}",
        "payer":{{"partyIdInfo":{{"partyIdType":"MSISDN","partyIdentifier":"491701234567","fspId":"dfsp1"}},"name":"Ana Payer"}},
        "payee":{{"partyIdInfo":{{"partyIdType":"IBAN","partyIdentifier":"GB33BUKB20201555555555","fspId":"bank2"}},"name":"Bob Payee"}},
        "amountType":"SEND","amount":{{"amount":"12.5","currency":"EUR"}},
        "transactionType":{{"scenario":"TRANSFER","initiator":"PAYER","initiatorType":"CONSUMER"}},
        "note":"Rent","expiration":"2026-11-20T10:00:10.000Z",
        "extensionList":{{"extension":[{{"key":"iso20022.endToEndId","value":"E2E-77"}}]}}}}"#
    );
    for (from, to) in changes {
        assert!(body.contains(from), "{from}");
        body = body.replace(from, to);
    }
    let currencies = CurrencyList::shipped();
    let rules = Rules::new(ApiVersion::V2_0, &currencies);
    QuotesPost::parse(&json::parse(body.as_bytes()).unwrap(), &rules).unwrap()
}

fn answered(
    bank: &BankRecord,
    quote: &QuotesPost,
    known: Option<&QuoteTerms>,
) -> (FspiopRequest, Option<QuoteTerms>) {
    let quoting = Quoting {
        bank,
        asker: "dfsp1",
        known,
        version: Version::V1,
        secret: &secret(),
        now_ms: START_MS,
    };
    let answer = answer_quote(quote, &quoting);
    (answer.reply, answer.terms.map(|terms| *terms))
}

fn quote_put(request: &FspiopRequest) -> QuotesPut {
    let currencies = CurrencyList::shipped();
    let body = json::parse(request.body.as_deref().unwrap()).unwrap();
    QuotesPut::parse(&body, &Rules::new(ApiVersion::V1_1, &currencies)).unwrap()
}

fn error_code(request: &FspiopRequest) -> String {
    assert!(request.target.ends_with("/error"), "{}", request.target);
    let body = json::parse(request.body.as_deref().unwrap()).unwrap();
    ErrorInformation::parse(&body).unwrap().code.to_string()
}

fn prepare(put: &QuotesPut, quote: &QuotesPost) -> TransfersPost {
    TransfersPost {
        transfer_id: quote.transaction_id.clone(),
        payee_fsp: fspiop::identifiers::FspId::parse("bank2").unwrap(),
        payer_fsp: fspiop::identifiers::FspId::parse("dfsp1").unwrap(),
        amount: put.transfer_amount,
        ilp_packet: put.ilp_packet.clone(),
        condition: put.condition,
        expiration: DateTime::from_epoch_ms(START_MS + 7_500).unwrap(),
        extensions: Vec::new(),
    }
}

fn opening<'o>(bank: &'o BankRecord, quote: Option<&'o QuoteTerms>) -> Opening<'o> {
    let (until_ms, now_ms) = (START_MS + 7_250, START_MS);
    Opening { bank, payer_bank: None, quote, until_ms, now_ms }
}

pub fn open(bank: &BankRecord) -> (Credit, Vec<Action>) {
    let quote = quote_body(&[]);
    let (reply, terms) = answered(bank, &quote, None);
    let prepare = prepare(&quote_put(&reply), &quote);
    match Credit::open(&prepare, &opening(bank, Some(&through_store(&terms.unwrap())))) {
        Opened::Accepted(credit, actions) => (*credit, actions),
        Opened::Refused(error) => panic!("{error:?}"),
    }
}

/// `bank ACSC`, `bank RJCT AC04`, `bank-failed left`, `patch COMMITTED`, `state ABORTED`, `error 3303`, ...
pub fn event(text: &str) -> Event {
    let words: Vec<&str> = text.split_whitespace().collect();
    let at = DateTime::from_epoch_ms(START_MS + 1).unwrap();
    match words.as_slice() {
        ["bank", status, rest @ ..] => Event::BankStatus(BankStatus {
            payment: PaymentId::parse(ID).ok(),
            uetr: Some(ID.to_owned()),
            end_to_end_id: rest.iter().find(|word| **word == "other").map(|o| (*o).to_owned()),
            status: StatusCode::parse(status),
            reason: (rest.first().filter(|word| **word != "other"))
                .map(|code| iso20022::Coded::Code((*code).to_owned())),
            text: None,
        }),
        ["bank-failed", left] => Event::BankSendFailed { may_have_left: *left == "left" },
        ["patch", state, rest @ ..] => Event::Patch(Box::new(TransfersPatch {
            completed_timestamp: at,
            transfer_state: TransferState::parse(state).unwrap(),
            extensions: rest.iter().map(|cause| Extension::new("cause", *cause)).collect(),
        })),
        ["state", state] => Event::TransferState(Box::new(TransfersPut {
            fulfilment: None,
            completed_timestamp: None,
            transfer_state: TransferState::parse(state).unwrap(),
            extensions: Vec::new(),
        })),
        ["error", code] => Event::HubError(crate::order::error(code)),
        ["resent"] => Event::PrepareResent,
        ["deadline"] => Event::Deadline,
        _ => panic!("no event: {text}"),
    }
}

pub fn shown(actions: &[Action]) -> String {
    let one = |action: &Action| match action {
        Action::SendBank(message) => format!("{} <{}", message.name, message.until_ms - START_MS),
        Action::Answer(request) if request.target.ends_with("/error") => {
            format!(
                "PUT error {} >{}",
                error_code(request),
                request.destination.as_deref().unwrap()
            )
        }
        Action::Answer(request) => {
            let body = json::parse(request.body.as_deref().unwrap()).unwrap();
            let put = TransfersPut::parse(&body).unwrap();
            let to = request.destination.as_deref().unwrap();
            format!("{} {} >{to}", request.method, put.transfer_state)
        }
        Action::Ask(request) => format!(
            "{} {} <{}",
            request.method,
            request.target.replace(ID, "1"),
            request.until_ms.unwrap() - START_MS
        ),
        Action::Confirm(report) => {
            let reason = report.reason.as_ref().map_or("", |reason| reason.code.as_str());
            format!("confirm {} {reason}", report.status.code().as_str()).trim().to_owned()
        }
        Action::WakeAt(at_ms) => format!("wake {}", at_ms - START_MS),
        Action::Reconcile(item) => format!("item {item:?}"),
        Action::Ignore(why) => format!("- {why:?}"),
    };
    actions.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn play(credits_on: &str, table: &str) {
    let (mut credit, first) = open(&payee_bank(credits_on));
    let mut first = Some(first);
    let mut differs = false;
    let mut went = String::new();
    for [at, text, expected] in rows::<3>(table) {
        let now_ms = START_MS + at.parse::<i64>().unwrap();
        credit = through_store(&credit);
        let actions = match first.take() {
            Some(actions) => actions,
            None => credit.step(&event(text), now_ms, &secret()),
        };
        let got = shown(&actions);
        differs |= got != expected;
        went.push_str(&format!("        {at:>6} | {text:<36} | {got}\n"));
    }
    assert!(!differs, "it went:\n{went}");
}

#[test]
fn an_accepted_credit_is_reserved_and_confirmed() {
    play(
        "confirmation",
        "
             0 | open            | pacs.008.001.08 <7000; wake 7000
           100 | bank ACTC       | - Interim
           900 | bank ACSC       | PUT RESERVED >dfsp1; wake 8500
           950 | bank ACCC       | - Repeated
           960 | resent          | PUT RESERVED >dfsp1
          1000 | patch COMMITTED | confirm ACSC
          1100 | patch COMMITTED | - Repeated
          1200 | state COMMITTED | - Repeated
          1300 | bank ACSC       | - Repeated
          1400 | deadline        | - Final
          1500 | error 3303      | - Final
          1600 | bank RJCT AC04  | item CommittedAfterReject
          1700 | bank RJCT AC04  | - Repeated
    ",
    );
}

#[test]
fn every_accepting_status_reserves() {
    for status in ["ACCC", "ACSC", "ACWP", "ACCP"] {
        let (mut credit, _) = open(&payee_bank("confirmation"));
        let got = shown(&credit.step(&event(&format!("bank {status}")), START_MS + 1, &secret()));
        assert_eq!(got, "PUT RESERVED >dfsp1; wake 8500", "{status}");
    }
    for status in ["ACTC", "ACSP", "PDNG", "RCVD", "CANC", "BLCK", "ACWC", "PART", "XXXX"] {
        let (mut credit, _) = open(&payee_bank("confirmation"));
        let got = shown(&credit.step(&event(&format!("bank {status}")), START_MS + 1, &secret()));
        assert_eq!(got, "- Interim", "{status}");
    }
}

#[test]
fn a_rejected_credit_is_an_error_with_the_banks_own_reason() {
    play(
        "confirmation",
        "
             0 | open           | pacs.008.001.08 <7000; wake 7000
           900 | bank RJCT AC04 | PUT error 5107 >dfsp1
           910 | resent         | PUT error 5107 >dfsp1
           950 | bank ACSC      | confirm RJCT AC04
          1000 | patch ABORTED  | - Repeated
          1100 | error 3303     | - Final
    ",
    );
    let (mut credit, _) = open(&payee_bank("ownAcceptance"));
    let actions = credit.step(&event("bank RJCT XX77"), START_MS + 1, &secret());
    let Some(Action::Answer(request)) = actions.first() else { panic!("{actions:?}") };
    let body = json::parse(request.body.as_deref().unwrap()).unwrap();
    let error = ErrorInformation::parse(&body).unwrap();
    assert_eq!(error.code, ErrorCode::PayeeError);
    assert_eq!(error.extensions, [Extension::new("iso20022.reasonCode", "XX77")]);
}

#[test]
fn an_aborted_credit_is_told_to_the_bank() {
    play(
        "confirmation",
        "
             0 | open               | pacs.008.001.08 <7000; wake 7000
           900 | bank ACSC          | PUT RESERVED >dfsp1; wake 8500
          1000 | patch ABORTED 3100 | confirm RJCT NARR
          1001 | patch ABORTED      | - Repeated
    ",
    );
    play(
        "confirmation",
        "
             0 | open            | pacs.008.001.08 <7000; wake 7000
          6900 | bank ACSC       | PUT RESERVED >dfsp1; wake 8500
          7600 | error 3303      | confirm RJCT AB03
          7700 | patch COMMITTED | item CommittedAfterReject
    ",
    );
    play(
        "ownAcceptance",
        "
             0 | open          | pacs.008.001.08 <7000; wake 7000
           900 | bank ACSC     | PUT RESERVED >dfsp1; wake 8500
          7600 | patch ABORTED | confirm RJCT NARR; item AbortedAfterCredit
          7700 | bank ACSC     | confirm RJCT NARR
    ",
    );
    play(
        "ownAcceptance",
        "
             0 | open           | pacs.008.001.08 <7000; wake 7000
           900 | bank ACSC      | PUT RESERVED >dfsp1; wake 8500
          1000 | bank RJCT AC04 | wake 8500
          1050 | bank RJCT AC04 | - Repeated
          1100 | patch ABORTED  | confirm RJCT NARR
    ",
    );
    play(
        "confirmation",
        "
             0 | open            | pacs.008.001.08 <7000; wake 7000
           900 | bank ACSC       | PUT RESERVED >dfsp1; wake 8500
          1000 | bank RJCT AC04  | wake 8500
          1100 | patch COMMITTED | confirm ACSC; item CommittedAfterReject
    ",
    );
}

#[test]
fn a_silent_bank_is_given_up_before_anything_was_accepted() {
    play(
        "confirmation",
        "
             0 | open          | pacs.008.001.08 <7000; wake 7000
          6999 | deadline      | - TooEarly
          7000 | deadline      | PUT error 2004 >dfsp1; confirm RJCT AB05
          7100 | bank ACSC     | confirm RJCT AB05
          7200 | patch ABORTED | - Repeated
    ",
    );
    play(
        "ownAcceptance",
        "
             0 | open      | pacs.008.001.08 <7000; wake 7000
          7000 | deadline  | PUT error 2004 >dfsp1; confirm RJCT AB05; item AbortedAfterCredit
          7100 | bank ACSC | confirm RJCT AB05
          7200 | bank ACSC | confirm RJCT AB05
    ",
    );
    // The hub was faster.
    play(
        "ownAcceptance",
        "
             0 | open           | pacs.008.001.08 <7000; wake 7000
          6000 | error 3303     | confirm RJCT AB03; item AbortedAfterCredit
          7000 | deadline       | - Final
          7100 | bank RJCT AC04 | - Repeated
    ",
    );
    play(
        "confirmation",
        "
             0 | open               | pacs.008.001.08 <7000; wake 7000
           100 | bank-failed unsent | PUT error 1001 >dfsp1
           200 | bank-failed left   | - Final
    ",
    );
    play("ownAcceptance", "
             0 | open             | pacs.008.001.08 <7000; wake 7000
           100 | bank-failed left | PUT error 1001 >dfsp1; confirm RJCT AB08; item AbortedAfterCredit
    ");
}

#[test]
fn without_a_confirmation_the_hub_is_asked_and_nothing_is_undone() {
    play(
        "confirmation",
        "
             0 | open            | pacs.008.001.08 <7000; wake 7000
           900 | bank ACSC       | PUT RESERVED >dfsp1; wake 8500
          8499 | deadline        | - TooEarly
          8500 | deadline        | GET /transfers/1 <10500; wake 9500
          8600 | state RESERVED  | - NotFinal
          8700 | error 2003      | - NotFinal
          9500 | deadline        | GET /transfers/1 <11500; wake 11500
          9600 | state COMMITTED | confirm ACSC
    ",
    );
    play(
        "confirmation",
        "
             0 | open          | pacs.008.001.08 <7000; wake 7000
           900 | bank ACSC     | PUT RESERVED >dfsp1; wake 8500
           950 | error 3100    | GET /transfers/1 <2950; wake 1950
          1000 | state ABORTED | confirm RJCT NARR
    ",
    );
    play(
        "confirmation",
        "
             0 | open            | pacs.008.001.08 <7000; wake 7000
           900 | bank ACSC       | PUT RESERVED >dfsp1; wake 8500
          8500 | deadline        | GET /transfers/1 <10500; wake 9500
          9500 | deadline        | GET /transfers/1 <11500; wake 11500
         11500 | deadline        | GET /transfers/1 <13500; wake 15500
         15500 | deadline        | GET /transfers/1 <17500; wake 23500
         23500 | deadline        | GET /transfers/1 <25500; wake 39500
         39500 | deadline        | GET /transfers/1 <41500; wake 71500
         71500 | deadline        | GET /transfers/1 <73500; wake 131500
        131500 | deadline        | GET /transfers/1 <133500; wake 191500; item NoFinalAnswer
        191500 | deadline        | GET /transfers/1 <193500; wake 251500
        191600 | patch COMMITTED | confirm ACSC
    ",
    );
}

#[test]
fn what_is_out_of_order_is_named_and_ignored() {
    play(
        "confirmation",
        "
             0 | open             | pacs.008.001.08 <7000; wake 7000
             1 | patch COMMITTED  | - NotAnswered
             2 | state RECEIVED   | - NotFinal
             3 | error 3100       | - NotAnswered
             4 | resent           | - NotAnswered
             5 | bank ACSC other  | - OtherPayment
             6 | bank RJCT other  | - OtherPayment
           900 | bank ACWP        | PUT RESERVED >dfsp1; wake 8500
           901 | bank-failed left | - Repeated
           902 | bank ACSP        | - Interim
    ",
    );
}

#[test]
fn a_prepare_that_differs_from_its_quote_is_refused() {
    let bank = payee_bank("confirmation");
    let quote = quote_body(&[]);
    let (reply, terms) = answered(&bank, &quote, None);
    let good = prepare(&quote_put(&reply), &quote);
    let refused =
        |prepare: &TransfersPost, opening: &Opening<'_>| match Credit::open(prepare, opening) {
            Opened::Refused(error) => error_code(&error),
            Opened::Accepted(..) => "accepted".to_owned(),
        };
    let known = opening(&bank, terms.as_ref());
    assert_eq!(refused(&good, &known), "accepted");
    assert_eq!(refused(&good, &opening(&bank, None)), "3205");
    let mut other = good.clone();
    other.amount = quote_body(&[("12.5", "12.6")]).amount;
    assert_eq!(refused(&other, &known), "5105");
    let mut other = good.clone();
    other.condition = fspiop::ilp::Fulfilment([1; 32]).condition();
    assert_eq!(refused(&other, &known), "5105");
    let mut other = good.clone();
    other.payer_fsp = fspiop::identifiers::FspId::parse("dfsp2").unwrap();
    assert_eq!(refused(&other, &known), "5105");
    assert_eq!(refused(&good, &Opening { now_ms: START_MS + 60_000, ..known }), "3302");
    assert_eq!(refused(&good, &Opening { until_ms: START_MS + 250, ..known }), "3303");
}

#[test]
fn lookups_and_quotes_are_answered_from_the_record() {
    let bank = payee_bank("confirmation");
    let key = |id_type, identifier: &str| PartyKey {
        id_type,
        identifier: identifier.to_owned(),
        sub_id: None,
    };
    let found = answer_lookup(&bank, &key(PartyIdType::Msisdn, "4917"), "dfsp1");
    assert_eq!(found.target, "/parties/MSISDN/4917");
    assert_eq!(
        String::from_utf8(found.body.unwrap()).unwrap(),
        r#"{"party":{"partyIdInfo":{"fspId":"bank2","partyIdType":"MSISDN","partyIdentifier":"4917"}}}"#
    );
    let unknown = answer_lookup(&bank, &key(PartyIdType::Iban, "DE89370400440532013000"), "dfsp1");
    assert_eq!(unknown.target, "/parties/IBAN/DE89370400440532013000/error");
    assert_eq!(error_code(&unknown), "3204");

    let quote = quote_body(&[]);
    let (first, terms) = answered(&bank, &quote, None);
    let put = quote_put(&first);
    assert_eq!((put.transfer_amount, put.payee_receive_amount), (quote.amount, Some(quote.amount)));
    assert_eq!(put.expiration.epoch_ms(), START_MS + 60_000);
    let fulfilment = secret().fulfilment_of(put.ilp_packet.as_str()).unwrap();
    assert!(fulfilment.satisfies(&put.condition));
    let (again, stored) = answered(&bank, &quote, terms.as_ref());
    assert_eq!((again, stored), (first, None));
    let (other, stored) = answered(&bank, &quote_body(&[("12.5", "13")]), terms.as_ref());
    assert_eq!((error_code(&other), stored), ("3106".to_owned(), None));
}

#[test]
fn a_quote_that_the_bank_cannot_be_paid_by_is_refused() {
    let bank = payee_bank("confirmation");
    for (change, expected) in [
        (("GB33BUKB", "DE89BUKB"), "3204"),
        ((r#""fspId":"bank2""#, r#""fspId":"bank3""#), "3204"),
        (("\"12.5\"", "\"12.505\""), "5106"),
        (("\"12.5\"", "\"0\""), "3100"),
        (("TRANSFER", "REFUND"), "5102"),
        (("10:00:10.000Z", "10:00:00.000Z"), "3302"),
    ] {
        let (reply, terms) = answered(&bank, &quote_body(&[change]), None);
        assert_eq!(error_code(&reply), expected, "{change:?}");
        assert!(terms.is_none());
    }
    // What FSPIOP may leave out is put in: the packet needs the payee's FSP.
    let (reply, _) = answered(&bank, &quote_body(&[(r#","fspId":"bank2""#, "")]), None);
    quote_put(&reply);
}

#[test]
fn the_banks_message_says_what_the_quote_said() {
    let (credit, actions) = open(&payee_bank("confirmation"));
    let Some(Action::SendBank(message)) = actions.first() else { panic!("{actions:?}") };
    assert_valid("credit-pacs.008", &message.xml);
    let Message::FiToFiCustomerCreditTransfer(sent) = support::read(&message.xml).message else {
        panic!("{}", message.xml)
    };
    let transfer = &sent.transactions[0];
    let hexadecimal = ID.replace('-', "");
    assert_eq!(transfer.uetr.as_deref(), Some(ID));
    assert_eq!(transfer.transaction_id.as_deref(), Some(hexadecimal.as_str()));
    assert_eq!(transfer.end_to_end_id, "E2E-77");
    assert_eq!(transfer.settlement_amount.to_string(), "EUR 12.5");
    assert_eq!(transfer.debtor.name.as_deref(), Some("Ana Payer"));
    assert_eq!(transfer.creditor.name.as_deref(), Some("Bob Payee"));
    assert_eq!(transfer.remittance, ["Rent"]);
    assert_eq!(transfer.debtor_agent.other.as_ref().unwrap().id, "dfsp1");
    assert_eq!(transfer.creditor_agent.bicfi.as_deref(), Some("BNKBGB22"));
    assert_eq!(credit.id().uuid(), ID);
}

#[test]
fn a_banks_pacs_002_is_found_by_any_of_its_ids() {
    let id = PaymentId::parse(ID).unwrap();
    let report = |ids: &str| {
        format!(
            r#"<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.002.001.10"><FIToFIPmtStsRpt>
            <GrpHdr><MsgId>S-1</MsgId><CreDtTm>2026-11-20T10:00:01Z</CreDtTm></GrpHdr>{ids}</FIToFIPmtStsRpt></Document>"#
        )
    };
    let transaction =
        |ids: &str| report(&format!("<TxInfAndSts>{ids}<TxSts>ACSC</TxSts></TxInfAndSts>"));
    let group = format!(
        "<OrgnlGrpInfAndSts><OrgnlMsgId>{}</OrgnlMsgId><OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId><GrpSts>ACSC</GrpSts></OrgnlGrpInfAndSts>",
        id.message_id(10)
    );
    for xml in [
        transaction(&format!("<OrgnlTxId>{}</OrgnlTxId>", id.max35())),
        transaction(&format!("<OrgnlInstrId>{}</OrgnlInstrId>", id.max35())),
        transaction(&format!(
            "<OrgnlEndToEndId>E2E-77</OrgnlEndToEndId><OrgnlUETR>{ID}</OrgnlUETR>"
        )),
        report(&group),
        report(&format!(
            "{group}<TxInfAndSts><OrgnlEndToEndId>E2E-77</OrgnlEndToEndId></TxInfAndSts>"
        )),
    ] {
        let Message::PaymentStatusReport(report) = support::read(&xml).message else { panic!() };
        let found = statuses(&report);
        assert_eq!(found.len(), 1, "{xml}");
        assert_eq!((found[0].payment, found[0].status.as_str()), (Some(id), "ACSC"), "{xml}");
        let (mut credit, _) = open(&payee_bank("confirmation"));
        let event = Event::BankStatus(found[0].clone());
        assert_eq!(
            shown(&credit.step(&event, START_MS + 1, &secret())),
            "PUT RESERVED >dfsp1; wake 8500"
        );
    }
    let nothing = transaction("<OrgnlEndToEndId>E2E-77</OrgnlEndToEndId>");
    let Message::PaymentStatusReport(report) = support::read(&nothing).message else { panic!() };
    let (mut credit, _) = open(&payee_bank("confirmation"));
    let event = Event::BankStatus(statuses(&report)[0].clone());
    assert_eq!(shown(&credit.step(&event, START_MS + 1, &secret())), "- OtherPayment");
}

#[test]
fn a_secret_that_was_lost_reserves_nothing() {
    let (mut credit, _) = open(&payee_bank("ownAcceptance"));
    let other = Secret::new(b"another secret");
    let got = shown(&credit.step(&event("bank ACSC"), START_MS + 1, &other));
    assert_eq!(got, "PUT error 2001 >dfsp1; confirm RJCT AB02; item AbortedAfterCredit");
}

#[test]
fn an_id_that_is_no_uuid_v4_has_an_alias_that_the_bank_may_answer_by() {
    let bank = payee_bank("confirmation");
    let ulid = "01JDY9ZQ5V8R7C1N2M3K4P5Q6R";
    let quote = quote_body(&[(ID, ulid)]);
    let (reply, terms) = answered(&bank, &quote, None);
    assert_eq!(reply.target, format!("/quotes/{ulid}"));
    let prepare = prepare(&quote_put(&reply), &quote);
    let Opened::Accepted(mut credit, actions) =
        Credit::open(&prepare, &opening(&bank, terms.as_ref()))
    else {
        panic!("refused")
    };
    let Some(Action::SendBank(message)) = actions.first() else { panic!("{actions:?}") };
    assert!(message.xml.contains(&format!("<UETR>{}</UETR>", credit.uetr())), "{}", message.xml);
    assert_ne!(credit.uetr(), credit.id().uuid());
    assert_valid("credit-alias", &message.xml);
    let status = BankStatus {
        payment: PaymentId::parse(credit.uetr()).ok(),
        uetr: Some(credit.uetr().to_owned()),
        end_to_end_id: None,
        status: StatusCode::AcceptedSettlementCompleted,
        reason: None,
        text: None,
    };
    let actions = credit.step(&Event::BankStatus(status), START_MS + 1, &secret());
    let Some(Action::Answer(answer)) = actions.first() else { panic!("{actions:?}") };
    assert_eq!(answer.target, format!("/transfers/{ulid}"));
    let body = json::parse(answer.body.as_deref().unwrap()).unwrap();
    assert_eq!(body.member("transferState").and_then(Value::as_str), Some("RESERVED"));
}
