//! Rows J01 to J07 and J15: bodies that are properly signed and wrongly written.

use causeway_tests::world::World;
use causeway_toolkit::dfsp::{Conduct, Draft, PartyId, PayRequest, PaymentEnd, Stage};
use causeway_toolkit::players::{BLUE_NUMBER, CURRENCY};
use http::Method;

use super::{
    Findings, PATIENCE_MS, draft, positions, settled_books, standing, still_pays, transfer, uuid,
};

/// What is done to a good body.
enum Change {
    /// This, the first time that it is there, becomes that.
    Text(&'static str, String),
    /// The whole of it.
    Whole(fn(&str) -> Vec<u8>),
}

fn text(from: &'static str, to: &str) -> Change {
    Change::Text(from, to.to_owned())
}

/// Puts this for the amount's value, quotation marks included.
fn amount(value: &str) -> Change {
    text(r#""amount":"1.5""#, &format!(r#""amount":{value}"#))
}

/// Puts this at the body's beginning.
fn begun(with: &str) -> Change {
    text("{", with)
}

/// What is no JSON, or JSON that two readers take differently: 3101, all of it.
fn malformed() -> Vec<(&'static str, Change)> {
    use Change::Whole;
    let arrays = format!(r#"{{"x":{}{},"#, "[".repeat(100_000), "]".repeat(100_000));
    vec![
        ("J01 duplicate amount", amount(r#""1.5","amount":"1500""#)),
        ("J01 duplicate transferId", begun(r#"{"transferId":"x","#)),
        ("J01 in an unknown member", begun(r#"{"x":{"a":1,"a":1},"#)),
        ("J02 duplicate through escapes", amount(r#""1.5","am\u006funt":"1500""#)),
        ("J03 100,000 arrays", Whole(|_| vec![b'['; 100_000])),
        ("J03 100,000 objects", Whole(|_| r#"{"a":"#.repeat(100_000).into_bytes())),
        ("J03 in a member", begun(&arrays)),
        ("J04 lone surrogate", begun(r#"{"name":"\ud800","#)),
        ("J04 reversed surrogates", begun(r#"{"name":"\udc00\ud800","#)),
        ("J05 NUL escaped", begun(r#"{"partyIdentifier":"1\u00002","#)),
        ("J05 NUL raw", begun("{\"partyIdentifier\":\"1\u{0}2\",")),
        ("J05 line feed raw", begun("{\"partyIdentifier\":\"1\n2\",")),
        ("J06 number", amount("1.5")),
        ("J06 null", amount("null")),
        ("J06 array", amount(r#"["1.5"]"#)),
        ("J15 trailing garbage", Whole(|good| format!("{good} x").into_bytes())),
        ("J15 two documents", Whole(|good| good.repeat(2).into_bytes())),
        ("J15 byte order mark", Whole(|good| format!("\u{feff}{good}").into_bytes())),
        ("J15 UTF-16", Whole(|good| good.encode_utf16().flat_map(u16::to_le_bytes).collect())),
        ("J15 not UTF-8", Whole(|good| [b"{\"x\":\"\xff\",", &good.as_bytes()[1..]].concat())),
        ("J15 NaN", amount("NaN")),
        ("J15 Infinity", begun(r#"{"x":-Infinity,"#)),
        ("J15 comment", begun("{/* x */")),
        ("J15 trailing comma", Whole(|good| good.replace('}', ",}").into_bytes())),
        ("J15 single quotes", Whole(|good| good.replace('"', "'").into_bytes())),
        ("J15 cut off", Whole(|good| good.as_bytes()[..good.len() - 1].to_vec())),
        ("J15 text", Whole(|_| b"\"transfer\"".to_vec())),
        ("J15 null", Whole(|_| b"null".to_vec())),
        ("J15 blanks", Whole(|_| b"   ".to_vec())),
    ]
}

/// Amounts that are no amounts: 3100, all of them.
fn amounts() -> Vec<(&'static str, Change)> {
    let digits = format!("\"{}\"", "9".repeat(1 << 20));
    vec![
        ("J06 thousands", amount(r#""1,000.00""#)),
        ("J06 ends with a point", amount(r#""1.""#)),
        ("J06 begins with a point", amount(r#"".5""#)),
        ("J06 blank", amount(r#"" 1""#)),
        ("J06 negative", amount(r#""-1""#)),
        ("J06 plus", amount(r#""+1""#)),
        ("J06 exponent", amount(r#""1e3""#)),
        ("J06 trailing zero", amount(r#""1.50""#)),
        ("J06 empty", amount(r#""""#)),
        ("J07 five decimals", amount(r#""1.00001""#)),
        ("J07 nineteen digits", amount(r#""1234567890123456789""#)),
        ("J07 a megabyte of digits", amount(&digits)),
    ]
}

/// Every row with its answer.
fn rows() -> impl Iterator<Item = (&'static str, Change, &'static str)> {
    let malformed = malformed().into_iter().map(|(row, change)| (row, change, "400 3101"));
    let amounts = amounts().into_iter().map(|(row, change)| (row, change, "400 3100"));
    malformed.chain(amounts).chain([("J06 0", amount(r#""0""#), "202")])
}

impl Change {
    fn applied(&self, good: &str) -> Vec<u8> {
        let changed = match self {
            Change::Text(from, to) => good.replacen(from, to, 1).into_bytes(),
            Change::Whole(change) => change(good),
        };
        assert_ne!(changed, good.as_bytes());
        changed
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signed_bodies_that_are_no_strict_json_leave_no_trace() {
    let world = World::start().await;
    let before = positions(&world).await;
    let (mut findings, mut ids) = (Findings::default(), Vec::new());
    for (row, change, wanted) in rows() {
        let id = uuid();
        let body = change.applied(&transfer(&id, "1.5"));
        let answer = world.players.green.send(draft("/transfers", body)).await.unwrap().response;
        let code = answer.json().unwrap_or_default();
        let code = code["errorInformation"]["errorCode"].as_str().unwrap_or_default();
        let outcome = format!("{} {code}", answer.status.as_u16());
        findings.expect(row, outcome.trim_end(), wanted);
        ids.push((row, id, wanted));
    }
    for (row, id, wanted) in ids {
        // Refused at once it never was; a good message with the amount 0 is refused by callback.
        let code = if wanted == "202" { "3100" } else { "3208" };
        findings.expect(row, &standing(&world, &id).await, code);
    }
    let forwarded: Vec<String> =
        world.players.blue.received().iter().map(|message| message.target.clone()).collect();
    let registration = |target: &String| target.starts_with("/participants/");
    findings.expect("forwarded", &format!("{}", forwarded.iter().all(registration)), "true");
    findings.settle();
    assert_eq!(positions(&world).await, before);
    assert_eq!(settled_books(&world).await, (0, 0));
    still_pays(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lookups_quotes_and_registrations_are_as_strict() {
    let world = World::start().await;
    let party = |id: &str| format!(r#"{{"fspId":"greenwallet","currency":{id}}}"#);
    let quote = |amount: &str, payee: &str| {
        let party = |id: &str| {
            format!(r#"{{"partyIdInfo":{{"partyIdType":"MSISDN","partyIdentifier":{id}}}}}"#)
        };
        let of_what = r#"{"scenario":"TRANSFER","initiator":"PAYER","initiatorType":"CONSUMER"}"#;
        let members = [
            format!(r#""quoteId":"{}","transactionId":"{}""#, uuid(), uuid()),
            format!(r#""payer":{},"payee":{}"#, party("\"27700000000\""), party(payee)),
            format!(r#""amount":{{"currency":"{CURRENCY}","amount":{amount}}}"#),
            format!(r#""amountType":"SEND","transactionType":{of_what}"#),
        ];
        format!("{{{}}}", members.join(","))
    };
    let number = "\"255600000002\"";
    let rows = [
        ("control", "/quotes", quote("\"1.5\"", number), "202"),
        ("J01 quote", "/quotes", quote("\"1.5\",\"amount\":\"2\"", number), "400 3101"),
        ("J04 quote", "/quotes", quote("\"1.5\"", "\"\\ud800\""), "400 3101"),
        ("J05 quote", "/quotes", quote("\"1.5\"", "\"1\\u00002\""), "400 3101"),
        ("J06 quote", "/quotes", quote("1.5", number), "400 3101"),
        ("J07 quote", "/quotes", quote("\"1.00001\"", number), "400 3100"),
        (
            "J01 party",
            "/participants/MSISDN/27700000000",
            party("\"EUR\",\"currency\":\"USD\""),
            "400 3101",
        ),
        ("J15 party", "/participants/MSISDN/27700000000", party("\"EUR\"") + "{}", "400 3101"),
    ];
    let mut findings = Findings::default();
    for (row, target, body, wanted) in rows {
        let answer = world.players.green.send(draft(target, body)).await.unwrap().response;
        let code = answer.json().unwrap_or_default();
        let code = code["errorInformation"]["errorCode"].as_str().unwrap_or_default();
        let outcome = format!("{} {code}", answer.status.as_u16());
        findings.expect(row, outcome.trim_end(), wanted);
    }
    let quotes = super::forwarded_quotes(&world, 1).await;
    findings.expect("forwarded quotes", &quotes.to_string(), "1");
    findings.settle();
    still_pays(&world).await;
}

/// What a payee might say of a transfer, and cannot.
fn unfit_answers() -> Vec<(&'static str, &'static str, String, &'static str)> {
    let fulfilment = "GRzLaTP7DJ9t4P-a_BA0WA9wzzlsugf00-Tn6kESAfM";
    let fulfil = |fulfilment: &str, state: &str| {
        format!(r#"{{"fulfilment":{fulfilment},"transferState":{state}}}"#)
    };
    let text = |fulfilment: &str| fulfil(&format!("\"{fulfilment}\""), "\"COMMITTED\"");
    let error = |code: &str| {
        format!(r#"{{"errorInformation":{{"errorCode":{code},"errorDescription":"x"}}}}"#)
    };
    let cut = text(fulfilment).trim_end_matches('}').to_owned();
    let state = text(fulfilment).replace("\"COMMITTED\"", "\"DONE\"");
    let twice = text(fulfilment).replace('{', r#"{"transferState":"ABORTED","#);
    vec![
        ("cut off", "", cut, "400 3101"),
        ("J01 two states", "", twice, "400 3101"),
        ("J03", "", "[".repeat(100_000), "400 3101"),
        ("J06 fulfilment a number", "", fulfil("7", "\"COMMITTED\""), "400 3101"),
        ("state a list", "", fulfil(&format!("\"{fulfilment}\""), "[]"), "400 3101"),
        ("42 characters", "", text(&fulfilment[1..]), "400 3100"),
        ("44 characters", "", text(&format!("{fulfilment}A")), "400 3100"),
        ("padded", "", text(&format!("{fulfilment}=")), "400 3100"),
        ("no state", "", format!(r#"{{"fulfilment":"{fulfilment}"}}"#), "400 3102"),
        ("no fulfilment", "", r#"{"transferState":"COMMITTED"}"#.to_owned(), "400 3102"),
        ("another state", "", state, "400 3100"),
        ("J15 error twice", "/error", error("\"5100\"").repeat(2), "400 3101"),
        ("error a number", "/error", error("5100"), "400 3101"),
        ("no error", "/error", "{}".to_owned(), "400 3102"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_answers_leave_a_transfer_open() {
    let world = World::start().await;
    let (green, blue) = (&world.players.green, &world.players.blue);
    // After all that is tried meanwhile, and well within the transfer's 30 s.
    blue.enqueue(Stage::Transfer, Conduct::late(10_000));
    let id = uuid();
    let request = PayRequest::new(PartyId::new("MSISDN", BLUE_NUMBER), CURRENCY, "1.5");
    let request = PayRequest { transfer_id: Some(id.clone()), ..request };
    let attacked = async {
        let arrived = blue.await_callback(|message| message.target == "/transfers", PATIENCE_MS);
        arrived.await.unwrap();
        let mut findings = Findings::default();
        for (row, place, body, wanted) in unfit_answers() {
            let put = Draft::new(Method::PUT, format!("/transfers/{id}{place}")).to("greenwallet");
            let put = Draft { body: body.into(), ..put };
            let answer = blue.send(put).await.unwrap().response;
            let code = answer.json().unwrap_or_default();
            let code = code["errorInformation"]["errorCode"].as_str().unwrap_or_default();
            findings.expect(row, &format!("{} {code}", answer.status.as_u16()), wanted);
        }
        // Still reserved, and nothing else.
        findings.expect("books", &format!("{:?}", world.books().await), "(0, 15000)");
        findings.settle();
    };
    let (outcome, ()) = tokio::join!(green.pay(&request), attacked);
    let outcome = outcome.unwrap();
    assert_eq!(outcome.end, PaymentEnd::Committed, "{outcome:?}");
    still_pays(&world).await;
}
