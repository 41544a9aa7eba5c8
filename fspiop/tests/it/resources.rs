//! Bodies of the four resources: what each demands (rows J08 to J14), and the shared signed examples.

use crate::{rows, shared_or_skip};
use fspiop::amount::CurrencyList;
use fspiop::error::{ErrorInformation, Refusal};
use fspiop::json::{Value, parse};
use fspiop::participant::{
    ParticipantsIdPut, ParticipantsPost, ParticipantsPut, ParticipantsTypeIdPost,
};
use fspiop::party::PartiesPut;
use fspiop::quote::{QuotesPost, QuotesPut, Transaction};
use fspiop::route::{Match, Operation, from_first_resource};
use fspiop::transfer::{TransfersPatch, TransfersPost, TransfersPut};
use fspiop::version::{Rules, Version};

/// Reads a body of 1.1 by its operation and gives it back as canonical JSON.
fn rewritten(operation: Operation, body: &Value) -> Result<Vec<u8>, Refusal> {
    rewritten_in(Version::V1_1, operation, body)
}

/// The same in another version.
pub fn rewritten_in(
    version: Version,
    operation: Operation,
    body: &Value,
) -> Result<Vec<u8>, Refusal> {
    let currencies = CurrencyList::shipped();
    let rules = &Rules::new(version, &currencies);
    Ok(match operation {
        operation if operation.is_error() => ErrorInformation::parse(body)?.render(),
        Operation::PutParty => PartiesPut::parse(body, rules)?.render(),
        Operation::PostParticipant => ParticipantsTypeIdPost::parse(body, rules)?.render(),
        Operation::PutParticipant => ParticipantsPut::parse(body)?.render(),
        Operation::PostParticipants => ParticipantsPost::parse(body, rules)?.render(),
        Operation::PutParticipants => ParticipantsIdPut::parse(body, rules)?.render(),
        Operation::PostQuote => QuotesPost::parse(body, rules)?.render(),
        Operation::PutQuote => QuotesPut::parse(body, rules)?.render(),
        Operation::PostTransfer => TransfersPost::parse(body, rules)?.render(),
        Operation::PutTransfer => TransfersPut::parse(body)?.render(),
        Operation::PatchTransfer => TransfersPatch::parse(body)?.render(),
        operation => panic!("{operation:?} has no body"),
    })
}

/// `ok`, or code and path.
fn outcome(operation: Operation, body: &str) -> String {
    match rewritten(operation, &parse(body.as_bytes()).unwrap()) {
        Ok(_) => "ok".to_owned(),
        Err(refusal) => {
            assert_eq!(refusal.status, 400, "{body}");
            format!("{} {}", refusal.code, refusal.path.unwrap_or_default())
        }
    }
}

#[test]
fn the_shared_examples_are_read_by_their_resource() {
    let Some(path) = shared_or_skip("data/security/jws/valid.json") else { return };
    let file: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut read = 0;
    for vector in file["vectors"].as_array().unwrap() {
        let request = &vector["request"];
        let headers = request["headers"].to_string();
        let target = request["path"].as_str().unwrap();
        let found = from_first_resource(target)
            .and_then(|target| Match::find(request["method"].as_str().unwrap(), target).ok());
        let Some(found) = found.filter(|_| !headers.contains("iso20022")) else { continue };
        let bytes = request["bodyUtf8"].as_str().unwrap().as_bytes();
        let body = parse(bytes).unwrap();
        let canonical =
            rewritten(found.operation(), &body).unwrap_or_else(|r| panic!("{target}: {r}"));
        assert_eq!(
            parse(&canonical).map(sorted),
            Ok(sorted(body)),
            "{}: nothing lost",
            vector["id"]
        );
        read += 1;
    }
    assert_eq!(read, 26);
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        Value::Object(members) => {
            let mut members: Vec<_> = members.into_iter().map(|(n, v)| (n, sorted(v))).collect();
            members.sort_by(|left, right| left.0.cmp(&right.0));
            Value::Object(members)
        }
        other => other,
    }
}

const QUOTE: &str = r#"{"quoteId":"7c23e80c-d078-4077-8263-2c047876fcf6",
    "transactionId":"85feac2f-39b2-491b-817e-4a03203d4f14",
    "transactionRequestId":"85feac2f-39b2-491b-817e-4a03203d4f15",
    "payee":{"partyIdInfo":{"partyIdType":"MSISDN","partyIdentifier":"1","partySubIdOrType":"x","fspId":"payeefsp"},
        "merchantClassificationCode":"4321","name":"Shop"},
    "payer":{"partyIdInfo":{"partyIdType":"IBAN","partyIdentifier":"2"},
        "personalInfo":{"complexName":{"firstName":"Bill","middleName":"B","lastName":"Lee"},"dateOfBirth":"1966-06-16"}},
    "amountType":"SEND","amount":{"amount":"100","currency":"USD"},"fees":{"amount":"1.25","currency":"USD"},
    "transactionType":{"scenario":"REFUND","subScenario":"HELLO_WORLD","initiator":"PAYER","initiatorType":"CONSUMER",
        "refundInfo":{"originalTransactionId":"85feac2f-39b2-491b-817e-4a03203d4f14","refundReason":"why"},
        "balanceOfPayments":"123"},
    "geoCode":{"latitude":"+45.4215","longitude":"-75.697"},"note":"n","expiration":"2026-05-24T08:40:00.000Z",
    "extensionList":{"extension":[{"key":"k","value":"v"}]}}"#;

const QUOTE_ANSWER: &str = r#"{"transferAmount":{"amount":"100","currency":"USD"},
    "payeeReceiveAmount":{"amount":"99","currency":"USD"},"payeeFspFee":{"amount":"1","currency":"USD"},
    "payeeFspCommission":{"amount":"0.5","currency":"USD"},"expiration":"2026-05-24T08:40:00.000Z",
    "geoCode":{"latitude":"90.000","longitude":"180"},"ilpPacket":"AYIB","condition":
    "NcKdHON82Yr0LyymbLw1JubE6-UU6fDp1Xm5SwQfGkE","extensionList":{"extension":[{"key":"k","value":"v"}]}}"#;

const TRANSFER: &str = r#"{"transferId":"85feac2f-39b2-491b-817e-4a03203d4f14","payeeFsp":"payeefsp",
    "payerFsp":"payerfsp","amount":{"amount":"100","currency":"USD"},"ilpPacket":"AYIB","condition":
    "NcKdHON82Yr0LyymbLw1JubE6-UU6fDp1Xm5SwQfGkE","expiration":"2026-05-24T08:40:00.000Z",
    "extensionList":{"extension":[{"key":"k","value":"v"},{"key":"l","value":"w"}]}}"#;

const FULFIL: &str = r#"{"fulfilment":"2_WuT3ykHnNpCPL7crPTtwn2Yn0eGrNd9M1P_XvWY00","completedTimestamp":
    "2026-05-23T21:12:35.000Z","transferState":"COMMITTED","extensionList":{"extension":[{"key":"k","value":"v"}]}}"#;

const PARTY: &str =
    r#"{"party":{"partyIdInfo":{"partyIdType":"MSISDN","partyIdentifier":"1"},"name":"N"}}"#;

const PARTICIPANTS: &str = r#"{"requestId":"7c23e80c-d078-4077-8263-2c047876fcf6","currency":"USD","partyList":
    [{"partyIdType":"MSISDN","partyIdentifier":"1","fspId":"payeefsp","extensionList":{"extension":[{"key":"k","value":"v"}]}}]}"#;

const RESULTS: &str = r#"{"currency":"USD","partyList":[{"partyId":{"partyIdType":"MSISDN","partyIdentifier":"1"},
    "errorInformation":{"errorCode":"3003","errorDescription":"d"}}]}"#;

/// Every body with all its members, its operation, and which members are required.
pub const FULL_BODIES: [(Operation, &str, &[&str]); 10] = [
    (Operation::PostQuote, QUOTE, QUOTE_REQUIRED),
    (Operation::PutQuote, QUOTE_ANSWER, QUOTE_ANSWER_REQUIRED),
    (Operation::PostTransfer, TRANSFER, TRANSFER_REQUIRED),
    (Operation::PutTransfer, FULFIL, FULFIL_REQUIRED),
    (
        Operation::PatchTransfer,
        r#"{"completedTimestamp":"2026-05-23T21:12:35.000Z","transferState":"ABORTED",
        "extensionList":{"extension":[{"key":"cause","value":"v"}]}}"#,
        PATCH_REQUIRED,
    ),
    (Operation::PostParticipants, PARTICIPANTS, PARTICIPANTS_REQUIRED),
    (Operation::PutParticipants, RESULTS, RESULTS_REQUIRED),
    (Operation::PostParticipant, r#"{"fspId":"payeefsp","currency":"USD"}"#, &["/fspId"]),
    (Operation::PutParticipant, r#"{"fspId":"payeefsp"}"#, &[]),
    (
        Operation::PutParty,
        PARTY,
        &[
            "/party",
            "/party/partyIdInfo",
            "/party/partyIdInfo/partyIdType",
            "/party/partyIdInfo/partyIdentifier",
        ],
    ),
];

const QUOTE_REQUIRED: &[&str] = &[
    "/quoteId",
    "/transactionId",
    "/payee",
    "/payee/partyIdInfo",
    "/payee/partyIdInfo/partyIdType",
    "/payee/partyIdInfo/partyIdentifier",
    "/payer",
    "/payer/partyIdInfo",
    "/payer/partyIdInfo/partyIdType",
    "/payer/partyIdInfo/partyIdentifier",
    "/amountType",
    "/amount",
    "/amount/amount",
    "/amount/currency",
    "/fees/amount",
    "/fees/currency",
    "/transactionType",
    "/transactionType/scenario",
    "/transactionType/initiator",
    "/transactionType/initiatorType",
    "/transactionType/refundInfo/originalTransactionId",
    "/geoCode/latitude",
    "/geoCode/longitude",
    "/extensionList/extension",
    "/extensionList/extension/0/key",
    "/extensionList/extension/0/value",
];

const QUOTE_ANSWER_REQUIRED: &[&str] = &[
    "/transferAmount",
    "/transferAmount/amount",
    "/transferAmount/currency",
    "/payeeReceiveAmount/amount",
    "/payeeReceiveAmount/currency",
    "/payeeFspFee/amount",
    "/payeeFspFee/currency",
    "/payeeFspCommission/amount",
    "/payeeFspCommission/currency",
    "/expiration",
    "/geoCode/latitude",
    "/geoCode/longitude",
    "/ilpPacket",
    "/condition",
    "/extensionList/extension",
    "/extensionList/extension/0/key",
    "/extensionList/extension/0/value",
];

const TRANSFER_REQUIRED: &[&str] = &[
    "/transferId",
    "/payeeFsp",
    "/payerFsp",
    "/amount",
    "/amount/amount",
    "/amount/currency",
    "/ilpPacket",
    "/condition",
    "/expiration",
    "/extensionList/extension",
    "/extensionList/extension/0/key",
    "/extensionList/extension/0/value",
    "/extensionList/extension/1/key",
    "/extensionList/extension/1/value",
];

const FULFIL_REQUIRED: &[&str] = &[
    "/transferState",
    "/extensionList/extension",
    "/extensionList/extension/0/key",
    "/extensionList/extension/0/value",
];

const PATCH_REQUIRED: &[&str] = &[
    "/completedTimestamp",
    "/transferState",
    "/extensionList/extension",
    "/extensionList/extension/0/key",
    "/extensionList/extension/0/value",
];

const PARTICIPANTS_REQUIRED: &[&str] = &[
    "/requestId",
    "/partyList",
    "/partyList/0/partyIdType",
    "/partyList/0/partyIdentifier",
    "/partyList/0/extensionList/extension",
    "/partyList/0/extensionList/extension/0/key",
    "/partyList/0/extensionList/extension/0/value",
];

const RESULTS_REQUIRED: &[&str] = &[
    "/partyList",
    "/partyList/0/partyId",
    "/partyList/0/partyId/partyIdType",
    "/partyList/0/partyId/partyIdentifier",
    "/partyList/0/errorInformation/errorCode",
    "/partyList/0/errorInformation/errorDescription",
];

/// Every JSON Pointer into `value`.
pub fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    let mut enter = |step: &str, inner: &Value| {
        let path = format!("{at}/{step}");
        found.push(path.clone());
        pointers(inner, &path, found);
    };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, inner)| enter(name, inner)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, inner)| enter(&index.to_string(), inner));
        }
        _ => {}
    }
}

/// `value` with the place at `path` taken out (`None`) or replaced; array items are only replaced.
pub fn with_change(value: &Value, path: &str, change: Option<&Value>) -> Value {
    let (step, rest) = path[1..].split_once('/').map_or((&path[1..], None), |(s, r)| (s, Some(r)));
    let inner = |inner: &Value| match rest {
        Some(rest) => Some(with_change(inner, &format!("/{rest}"), change)),
        None => change.cloned(),
    };
    match value {
        Value::Object(members) => Value::Object(
            members
                .iter()
                .filter_map(|(name, value)| {
                    let value = if name == step { inner(value) } else { Some(value.clone()) };
                    value.map(|value| (name.clone(), value))
                })
                .collect(),
        ),
        Value::Array(items) => Value::Array(
            items
                .iter()
                .enumerate()
                .filter_map(
                    |(at, v)| if at.to_string() == step { inner(v) } else { Some(v.clone()) },
                )
                .collect(),
        ),
        other => other.clone(),
    }
}

/// The members that 2.0 brought, put into a body of 1.1.
pub fn in_v2(body: &str) -> String {
    let party = r#""partyIdInfo":"#;
    let party_v2 = r#""supportedCurrencies":["USD","EUR"],"partyIdInfo":"#;
    let kyc = r#""personalInfo":{"kycInformation":"known since 1999","#;
    let conversion = r#"{"converter":"PAYEE","currencyConversion":{"sourceAmount":
        {"amount":"1","currency":"USD"},"targetAmount":{"amount":"0.9","currency":"EUR"}},"quoteId""#;
    let body = body.replace(party, party_v2).replace(r#""personalInfo":{"#, kyc);
    body.replace(r#"{"quoteId""#, conversion)
}

#[test]
fn the_members_of_v2_are_kept_there_and_unknown_before() {
    for (operation, text) in [(Operation::PostQuote, QUOTE), (Operation::PutParty, PARTY)] {
        let body = parse(in_v2(text).as_bytes()).unwrap();
        let kept = rewritten_in(Version::V2_0, operation, &body).unwrap();
        assert_eq!(parse(&kept).map(sorted), Ok(sorted(body.clone())), "{operation:?}");
        let before = parse(text.as_bytes()).unwrap();
        for version in [Version::V1_0, Version::V1_1] {
            let kept = rewritten_in(version, operation, &body).unwrap();
            assert_eq!(parse(&kept).map(sorted), Ok(sorted(before.clone())), "{operation:?}");
        }
    }
    let terms = parse(
        in_v2(QUOTE)
            .replacen('{', r#"{"payeeReceiveAmount":{"amount":"9","currency":"EUR"},"#, 1)
            .as_bytes(),
    );
    let (terms, currencies) = (terms.unwrap(), CurrencyList::shipped());
    let transaction = Transaction::parse(&terms, &Rules::new(Version::V2_0, &currencies)).unwrap();
    assert!(transaction.payee_receive_amount.is_some() && transaction.converter.is_some());
    let again = parse(&transaction.render()).unwrap();
    let again = Transaction::parse(&again, &Rules::new(Version::V2_0, &currencies)).unwrap();
    assert_eq!(again, transaction);
    let before = Transaction::parse(&terms, &Rules::new(Version::V1_1, &currencies)).unwrap();
    assert!(before.payee_receive_amount.is_none() && before.currency_conversion.is_none());
}

/// path | what stands there | outcome in 2.0; in 1.1 all of them are unknown members
const V2_MEMBERS: &str = r#"
    /converter                                          | "BANK"           | 3100
    /converter                                          | 7                | 3101
    /currencyConversion                                 | {}               | 3102 /currencyConversion/sourceAmount
    /currencyConversion/targetAmount/currency           | "BTC"            | 3100
    /currencyConversion/sourceAmount/amount             | "1.00001"        | 3100
    /payee/supportedCurrencies                          | []               | ok
    /payee/supportedCurrencies                          | "USD"            | 3101
    /payee/supportedCurrencies                          | ["USD","usd"]    | 3100 /payee/supportedCurrencies/1
    /payer/personalInfo/kycInformation                  | ""               | 3100
    /payer/personalInfo/kycInformation                  | {}               | 3101
"#;

#[test]
fn the_members_of_v2_have_their_patterns() {
    let body = parse(in_v2(QUOTE).as_bytes()).unwrap();
    let outcome = |version, body: &Value| match rewritten_in(version, Operation::PostQuote, body) {
        Ok(_) => "ok".to_owned(),
        Err(refusal) => format!("{} {}", refusal.code, refusal.path.unwrap_or_default()),
    };
    for [path, text, wanted] in rows::<3>(V2_MEMBERS) {
        let changed = with_change(&body, path, Some(&parse(text.as_bytes()).unwrap()));
        assert_ne!(changed, body, "{path}");
        let wanted = match wanted {
            "ok" | "3102 /currencyConversion/sourceAmount" => wanted.to_owned(),
            named if named.contains('/') => named.to_owned(),
            code => format!("{code} {path}"),
        };
        assert_eq!(outcome(Version::V2_0, &changed), wanted, "{path} {text}");
        assert_eq!(outcome(Version::V1_1, &changed), "ok", "{path} {text}");
    }
    let currencies = |count: usize| Value::Array(vec![Value::from("USD"); count]);
    let with = |count| with_change(&body, "/payee/supportedCurrencies", Some(&currencies(count)));
    assert_eq!(outcome(Version::V2_0, &with(16)), "ok");
    assert_eq!(outcome(Version::V2_0, &with(17)), "3103 /payee/supportedCurrencies");
    let kyc = |count: usize| Value::from("k".repeat(count).as_str());
    let with = |count| with_change(&body, "/payer/personalInfo/kycInformation", Some(&kyc(count)));
    assert_eq!(outcome(Version::V2_0, &with(2_048)), "ok");
    assert_eq!(outcome(Version::V2_0, &with(2_049)), "3100 /payer/personalInfo/kycInformation");
}

#[test]
fn ids_have_the_forms_of_their_version() {
    // POST /transfers: id | 1.1 | 2.0
    let table = "
        85feac2f-39b2-491b-817e-4a03203d4f14   | ok   | ok
        85feac2f-39b2-191b-817e-4a03203d4f14   | ok   | ok
        85feac2f-39b2-691b-817e-4a03203d4f14   | 3100 | ok
        01890a5d-ac96-774b-bcce-b302099a8057   | 3100 | ok
        85feac2f-39b2-891b-817e-4a03203d4f14   | 3100 | 3100
        85feac2f-39b2-491b-c17e-4a03203d4f14   | 3100 | 3100
        01890A5D-AC96-774B-BCCE-B302099A8057   | 3100 | 3100
        01ARZ3NDEKTSV4RRFFQ69G5FAV             | 3100 | ok
        7ZZZZZZZZZZZZZZZZZZZZZZZZZ             | 3100 | ok
        8ZZZZZZZZZZZZZZZZZZZZZZZZZ             | 3100 | 3100
        01ARZ3NDEKTSV4RRFFQ69G5FAU             | 3100 | 3100
        01arz3ndektsv4rrffq69g5fav             | 3100 | 3100
    ";
    let body = parse(TRANSFER.as_bytes()).unwrap();
    for [id, before, now] in rows::<3>(table) {
        let changed = with_change(&body, "/transferId", Some(&Value::from(id)));
        for (version, wanted) in [(Version::V1_1, before), (Version::V2_0, now)] {
            let read = rewritten_in(version, Operation::PostTransfer, &changed);
            let outcome = read.map_or_else(|refusal| refusal.code.digits(), |_| "ok".to_owned());
            assert_eq!(outcome, wanted, "{id} in {version}");
        }
    }
    let hash = |id: &str| {
        let currencies = CurrencyList::shipped();
        let rules = Rules::new(Version::V2_0, &currencies);
        let body = with_change(&body, "/transferId", Some(&Value::from(id)));
        TransfersPost::parse(&body, &rules).unwrap().terms_hash()
    };
    let uuid = "85feac2f-39b2-491b-817e-4a03203d4f14";
    let ulid = fspiop::identifiers::Id128::from_uuid(uuid).unwrap().to_ulid();
    assert_eq!(hash(uuid), hash(&ulid), "one id, however it is spelt");
}

#[test]
fn every_member_is_kept_and_unknown_ones_are_ignored() {
    for (operation, text, _) in FULL_BODIES {
        let body = parse(text.as_bytes()).unwrap();
        let canonical =
            rewritten(operation, &body).unwrap_or_else(|r| panic!("{operation:?}: {r}"));
        assert_eq!(parse(&canonical).map(sorted), Ok(sorted(body.clone())), "{operation:?}");
        let more = r#"{"__proto__":{"x":1},"constructor":null,"unknown":[1,{}],"#;
        let odd = parse(text.replacen('{', more, 1).as_bytes()).unwrap();
        assert_eq!(rewritten(operation, &odd).unwrap(), canonical, "{operation:?}: J14");
    }
}

#[test]
fn every_member_is_required_or_not_as_the_api_says() {
    let mut count = 0;
    for (operation, text, required) in FULL_BODIES {
        let body = parse(text.as_bytes()).unwrap();
        let mut all = Vec::new();
        pointers(&body, "", &mut all);
        for path in required {
            assert!(all.iter().any(|known| known == path), "{operation:?} {path}: in the example");
        }
        let is_item = |path: &str| path.rsplit('/').next().unwrap().parse::<usize>().is_ok();
        for path in all.iter().filter(|path| !is_item(path)) {
            let wanted = match required.contains(&path.as_str()) {
                true => format!("3102 {path}"),
                false => "ok".to_owned(),
            };
            let got = match rewritten(operation, &with_change(&body, path, None)) {
                Ok(_) => "ok".to_owned(),
                Err(refusal) => format!("{} {}", refusal.code, refusal.path.unwrap_or_default()),
            };
            assert_eq!(got, wanted, "{operation:?} without {path}");
            count += 1;
        }
    }
    assert!(count > 120, "{count}");
}

#[test]
fn every_member_has_its_type() {
    for (operation, text, _) in FULL_BODIES {
        let body = parse(text.as_bytes()).unwrap();
        let mut all = Vec::new();
        pointers(&body, "", &mut all);
        for path in all {
            for wrong in [Value::Null, Value::Bool(true), Value::Number(7.into())] {
                let refusal =
                    rewritten(operation, &with_change(&body, &path, Some(&wrong))).unwrap_err();
                let got = (refusal.code.number(), refusal.path.as_deref());
                assert_eq!(got, (3101, Some(path.as_str())), "{operation:?} with {wrong:?}");
            }
        }
    }
}

/// operation | path | text | outcome (ok or the code; a refusal names the path)
const PATTERNS: &str = "
    PostQuote    | /quoteId | 7C23E80C-D078-4077-8263-2C047876FCF6 | 3100
    PostQuote    | /quoteId | {7c23e80c-d078-4077-8263-2c047876fcf6} | 3100
    PostQuote    | /quoteId | 01ARZ3NDEKTSV4RRFFQ69G5FAV | 3100
    PostQuote    | /quoteId |  | 3100
    PostQuote    | /transactionId | x | 3100
    PostQuote    | /amountType |  | 3100
    PostQuote    | /amountType | RECEIVE | ok
    PostQuote    | /amountType | send | 3100
    PostQuote    | /amount/currency | usd | 3100
    PostQuote    | /amount/currency | BTC | 3100
    PostQuote    | /amount/currency | XXX | ok
    PostQuote    | /amount/amount | 1.23456 | 3100
    PostQuote    | /amount/amount | 0 | ok
    PostQuote    | /fees/amount | -1 | 3100
    PostQuote    | /payee/merchantClassificationCode | 12345 | 3100
    PostQuote    | /payee/merchantClassificationCode | 12a | 3100
    PostQuote    | /payee/merchantClassificationCode | 1 | ok
    PostQuote    | /payee/name |  | 3100
    PostQuote    | /payee/partyIdInfo/partyIdType | PHONE | 3100
    PostQuote    | /payee/partyIdInfo/partyIdentifier |  | 3100
    PostQuote    | /payee/partyIdInfo/fspId | a b | 3100
    PostQuote    | /payee/partyIdInfo/fspId | a\u{200d}b | 3100
    PostQuote    | /payer/personalInfo/complexName/firstName | Jose\u{301} | ok
    PostQuote    | /payer/personalInfo/complexName/firstName | <script> | 3100
    PostQuote    | /payer/personalInfo/dateOfBirth | 1966-02-30 | 3100
    PostQuote    | /payer/personalInfo/dateOfBirth | 16.06.1966 | 3100
    PostQuote    | /transactionType/scenario | GIFT | 3100
    PostQuote    | /transactionType/subScenario | hello | 3100
    PostQuote    | /transactionType/initiator | PAYEE | ok
    PostQuote    | /transactionType/initiator | BANK | 3100
    PostQuote    | /transactionType/initiatorType | DEVICE | ok
    PostQuote    | /transactionType/initiatorType | ROBOT | 3100
    PostQuote    | /transactionType/balanceOfPayments | 012 | 3100
    PostQuote    | /transactionType/refundInfo/originalTransactionId | 1 | 3100
    PostQuote    | /geoCode/latitude | 90.000001 | 3100
    PostQuote    | /geoCode/latitude | 90.000000 | ok
    PostQuote    | /geoCode/latitude | 91 | 3100
    PostQuote    | /geoCode/latitude | -0.5 | ok
    PostQuote    | /geoCode/latitude | 00.5 | 3100
    PostQuote    | /geoCode/latitude | 1.1234567 | 3100
    PostQuote    | /geoCode/latitude | 1. | 3100
    PostQuote    | /geoCode/latitude | +-1 | 3100
    PostQuote    | /geoCode/longitude | 180.0 | ok
    PostQuote    | /geoCode/longitude | 180.1 | 3100
    PostQuote    | /geoCode/longitude | 99.9 | ok
    PostQuote    | /expiration | 2026-05-24T08:40:00 | 3100
    PostQuote    | /expiration | 2026-02-30T08:40:00.000Z | 3100
    PostQuote    | /expiration | 2016-12-31T23:59:60.000Z | 3100
    PostQuote    | /expiration | 9999-12-31T23:59:59.999Z | ok
    PutQuote     | /ilpPacket |  | 3100
    PutQuote     | /ilpPacket | AY+B | 3100
    PutQuote     | /ilpPacket | AYIB== | ok
    PutQuote     | /ilpPacket | AYIB=== | 3100
    PutQuote     | /ilpPacket | = | 3100
    PutQuote     | /condition | 9Mm5R0KAYxlf8VhcK7SGRivVHdjPjdqui0Nn8pOi5Yr | ok
    PutQuote     | /condition | 9Mm5R0KAYxlf8VhcK7SGRivVHdjPjdqui0Nn8pOi5Y | 3100
    PostTransfer | /condition | NcKdHON82Yr0LyymbLw1JubE6-UU6fDp1Xm5SwQfGkE= | 3100
    PostTransfer | /condition | NcKdHON82Yr0LyymbLw1JubE6-UU6fDp1Xm5SwQfGk | 3100
    PostTransfer | /condition | NcKdHON82Yr0LyymbLw1JubE6-UU6fDp1Xm5SwQfGkEE | 3100
    PostTransfer | /condition | NcKdHON82Yr0LyymbLw1JubE6-UU6fDp1Xm5SwQfGkF | 3100
    PostTransfer | /condition | NcKdHON82Yr0LyymbLw1JubE6+UU6fDp1Xm5SwQfGkE | 3100
    PostTransfer | /payerFsp | payer,fsp | 3100
    PostTransfer | /amount/amount | 1,000.00 | 3100
    PostTransfer | /amount/amount | 0 | ok
    PostTransfer | /extensionList/extension/0/key |  | 3100
    PutTransfer  | /fulfilment | 2_WuT3ykHnNpCPL7crPTtwn2Yn0eGrNd9M1P_XvWY0 | 3100
    PutTransfer  | /fulfilment | 2_WuT3ykHnNpCPL7crPTtwn2Yn0eGrNd9M1P_XvWY00= | 3100
    PutTransfer  | /transferState | RESERVED | ok
    PutTransfer  | /transferState | SETTLED | 3100
    PutTransfer  | /completedTimestamp | 2026-05-23T21:12:35Z | 3100
    PatchTransfer | /transferState | committed | 3100
    PostParticipants | /currency | EURO | 3100
    PutParticipants | /partyList/0/errorInformation/errorCode | abcd | 3100
";

#[test]
fn members_have_their_patterns() {
    for [operation, path, text, wanted] in rows::<4>(PATTERNS) {
        let found = FULL_BODIES.iter().find(|(known, _, _)| format!("{known:?}") == operation);
        let (operation, body, _) = found.expect(operation);
        let text = text.replace("\\u{200d}", "\u{200d}").replace("\\u{301}", "\u{301}");
        let body = parse(body.as_bytes()).unwrap();
        let changed = with_change(&body, path, Some(&Value::string(text.clone())));
        assert_ne!(changed, body, "{path}: in the example, and another");
        let got = match rewritten(*operation, &changed) {
            Ok(_) => "ok".to_owned(),
            Err(refusal) => {
                assert_eq!(refusal.path.as_deref(), Some(path), "{text}");
                refusal.code.digits()
            }
        };
        assert_eq!(got, wanted, "{operation:?} {path} {text:?}");
    }
}

#[test]
fn lists_and_texts_are_bounded() {
    let extensions = |count: usize| vec![r#"{"key":"k","value":"v"}"#; count].join(",");
    let transfer = |count| {
        let list = format!(r#"{{"extension":[{}]}}"#, extensions(count));
        TRANSFER
            .replace(r#"{"extension":[{"key":"k","value":"v"},{"key":"l","value":"w"}]}"#, &list)
    };
    let party = r#"{"partyIdType":"MSISDN","partyIdentifier":"1"}"#;
    let participants = |count: usize| {
        let list = vec![party; count].join(",");
        format!(r#"{{"requestId":"7c23e80c-d078-4077-8263-2c047876fcf6","partyList":[{list}]}}"#)
    };
    let packet = |count: usize| TRANSFER.replace("AYIB", &"A".repeat(count));
    let key = |count: usize| {
        TRANSFER.replace(r#""key":"k""#, &format!(r#""key":"{}""#, "k".repeat(count)))
    };
    let rows = [
        (Operation::PostTransfer, transfer(16), "ok"),
        (Operation::PostTransfer, transfer(17), "3103 /extensionList/extension"),
        (Operation::PostTransfer, transfer(0), "3100 /extensionList/extension"),
        (Operation::PostTransfer, key(32), "ok"),
        (Operation::PostTransfer, key(33), "3100 /extensionList/extension/0/key"),
        (Operation::PostTransfer, packet(32_768), "ok"),
        (Operation::PostTransfer, packet(32_769), "3100 /ilpPacket"),
        (Operation::PostParticipants, participants(10_000), "ok"),
        (Operation::PostParticipants, participants(10_001), "3103 /partyList"),
        (Operation::PostParticipants, participants(0), "3100 /partyList"),
    ];
    for (operation, body, wanted) in rows {
        assert_eq!(outcome(operation, &body), wanted, "{operation:?} of {} bytes", body.len());
    }
}

#[test]
fn a_resend_is_known_however_it_is_written() {
    let currencies = CurrencyList::shipped();
    let rules = Rules::new(Version::V1_1, &currencies);
    let hash = |text: &str| {
        TransfersPost::parse(&parse(text.as_bytes()).unwrap(), &rules).unwrap().terms_hash()
    };
    let first = hash(TRANSFER);
    let canonical =
        rewritten(Operation::PostTransfer, &parse(TRANSFER.as_bytes()).unwrap()).unwrap();
    assert_eq!(hash(std::str::from_utf8(&canonical).unwrap()), first, "another order of members");
    let same_instant =
        TRANSFER.replace("2026-05-24T08:40:00.000Z", "2026-05-24T10:40:00.000+02:00");
    assert_eq!(hash(&same_instant), first);
    assert_eq!(hash(&TRANSFER.replacen('{', r#"{"unknown":1,"#, 1)), first);
    let changes = [
        ("4f14", "4f15"),
        (r#""payeeFsp":"payeefsp""#, r#""payeeFsp":"payeefsq""#),
        (r#""payerFsp":"payerfsp""#, r#""payerFsp":"payerfsq""#),
        (r#""amount":"100""#, r#""amount":"100.0001""#),
        ("USD", "EUR"),
        ("AYIB", "AYIC"),
        ("QfGkE", "QfGkI"),
        ("08:40:00.000", "08:40:00.001"),
        (r#""key":"k""#, r#""key":"kk""#),
        (r#""value":"w""#, r#""value":"ww""#),
        (r#"{"key":"k","value":"v"},"#, ""),
        (
            r#"{"key":"k","value":"v"},{"key":"l","value":"w"}"#,
            r#"{"key":"l","value":"w"},{"key":"k","value":"v"}"#,
        ),
        (r#""key":"k","value":"v""#, r#""key":"kv","value":"v""#),
    ];
    let mut seen = vec![first];
    for (from, to) in changes {
        let changed = TRANSFER.replace(from, to);
        assert_ne!(changed, TRANSFER, "{from}");
        let other = hash(&changed);
        assert!(!seen.contains(&other), "{from} -> {to}");
        seen.push(other);
    }
}

#[test]
fn a_fulfil_is_known_by_fulfilment_and_state() {
    let hash =
        |text: &str| TransfersPut::parse(&parse(text.as_bytes()).unwrap()).unwrap().terms_hash();
    let first = hash(FULFIL);
    assert_eq!(hash(&FULFIL.replace("21:12:35.000", "21:12:36.000")), first);
    assert_eq!(hash(&FULFIL.replace(r#""value":"v""#, r#""value":"w""#)), first);
    assert_ne!(hash(&FULFIL.replace("COMMITTED", "RESERVED")), first);
    assert_ne!(hash(&FULFIL.replace("2_WuT", "3_WuT")), first);
    assert_ne!(hash(r#"{"transferState":"COMMITTED"}"#), first);
}

#[test]
fn the_transaction_object_is_read_and_written() {
    let currencies = CurrencyList::shipped();
    let rules = Rules::new(Version::V1_1, &currencies);
    let quote = parse(QUOTE.as_bytes()).unwrap();
    let transaction = Transaction::parse(&quote, &rules).unwrap();
    let again = Transaction::parse(&parse(&transaction.render()).unwrap(), &rules).unwrap();
    assert_eq!(again, transaction);
    for member in ["transactionId", "quoteId", "payee", "payer", "amount", "transactionType"] {
        let lacking = with_change(&quote, &format!("/{member}"), None);
        assert_eq!(
            Transaction::parse(&lacking, &rules).unwrap_err().code.number(),
            3102,
            "{member}"
        );
    }
}
