//! Request headers in the order of the reference's checks; rows H07, H08, H13, H14.

use fspiop::error::Refusal;
use fspiop::headers::{HeaderList, RequestHeaders, TraceParent};
use fspiop::identifiers::FspId;
use fspiop::outbound::{MediaKind, callback_headers, request_headers};
use fspiop::route::Operation::{self, DeleteParticipant, GetQuote, PostQuote, PutQuote};
use fspiop::version::{Family, Resource, Version};

const DATE: &str = "Sat, 23 May 2026 21:12:31 GMT";
const QUOTES_1_1: &str = "application/vnd.interoperability.quotes+json;version=1.1";

/// A good POST /quotes.
fn good() -> HeaderList {
    HeaderList::new()
        .with("Accept", "application/vnd.interoperability.quotes+json;version=1")
        .with("Content-Type", QUOTES_1_1)
        .with("Date", DATE)
        .with("FSPIOP-Source", "payerfsp")
        .with("FSPIOP-Destination", "payeefsp")
}

/// The good headers with one of them put, or taken out if `value` is "-".
fn changed(changes: &[(&str, &str)]) -> HeaderList {
    let mut list = good();
    for (name, value) in changes {
        match *value {
            "-" => list.remove(name),
            value => list.replace(name, value),
        }
    }
    list
}

fn outcome(result: Result<RequestHeaders, Refusal>) -> String {
    result
        .map_or_else(|refusal| format!("{} {}", refusal.status, refusal.code), |_| "ok".to_owned())
}

/// Changes of the good headers, operation, bytes of the body, outcome.
type Case = (&'static [(&'static str, &'static str)], Operation, usize, &'static str);

const CHECKS: [Case; 39] = [
    (&[], PostQuote, 2, "ok"),
    (&[("accept", "-")], PostQuote, 2, "400 3102"),
    (&[("accept", "x"), ("date", "-")], PostQuote, 2, "400 3101"),
    (&[("accept", "-"), ("date", "x")], PostQuote, 2, "400 3102"),
    (
        &[("accept", "application/vnd.interoperability.quotes+json;version=3")],
        PostQuote,
        2,
        "406 3001",
    ),
    (
        &[("accept", "application/vnd.interoperability.quotes+json;version=3"), ("date", "-")],
        PostQuote,
        2,
        "406 3001",
    ),
    (&[("accept", "-")], PutQuote, 2, "ok"),
    (&[("accept", "nonsense")], PutQuote, 2, "ok"),
    (&[("date", "-")], PostQuote, 2, "400 3102"),
    (&[("date", "-"), ("content-type", "-")], PostQuote, 2, "400 3102"),
    (&[("date", "12345")], PostQuote, 2, "400 3101"),
    (&[("date", "")], PostQuote, 2, "400 3101"),
    (&[], PostQuote, 5_242_880, "ok"),
    (&[], PostQuote, 5_242_881, "400 3104"),
    (&[("content-type", "-")], PostQuote, 5_242_881, "400 3104"),
    (&[("content-encoding", "gzip")], PostQuote, 2, "415 3000"),
    (&[("content-encoding", "identity")], PostQuote, 2, "ok"),
    (&[("content-type", "-")], PostQuote, 2, "400 3101"),
    (&[("content-type", "-")], PostQuote, 0, "400 3102"),
    (&[("content-type", "-")], GetQuote, 0, "400 3102"),
    (&[("content-type", "application/json")], GetQuote, 0, "400 3101"),
    (
        &[("content-type", "application/vnd.interoperability.transfers+json;version=1.1")],
        GetQuote,
        0,
        "400 3101",
    ),
    (
        &[("content-type", "application/vnd.interoperability.quotes+json;version=9.0")],
        PostQuote,
        2,
        "406 3001",
    ),
    (
        &[
            ("content-type", "application/vnd.interoperability.quotes+json;version=9.0"),
            ("fspiop-source", "-"),
        ],
        PostQuote,
        2,
        "406 3001",
    ),
    (&[], GetQuote, 0, "ok"),
    (&[], GetQuote, 1, "400 3101"),
    (&[], DeleteParticipant, 1, "400 3101"),
    (&[("fspiop-source", "-")], PostQuote, 2, "400 3102"),
    (&[("fspiop-source", "")], PostQuote, 2, "400 3102"),
    (&[("fspiop-source", "a b")], PostQuote, 2, "400 3100"),
    (&[("fspiop-source", "-"), ("fspiop-destination", "a b")], PostQuote, 2, "400 3102"),
    (&[("fspiop-destination", "a b")], PostQuote, 2, "400 3100"),
    (&[("fspiop-destination", "-")], PostQuote, 2, "400 3102"),
    (&[("fspiop-destination", "-")], GetQuote, 0, "ok"),
    (&[("fspiop-destination", "")], GetQuote, 0, "ok"),
    (&[("x-http-method-override", "DELETE")], PostQuote, 2, "400 3101"),
    (&[("X-Method-Override", "PUT")], GetQuote, 0, "400 3101"),
    (&[("x-unknown", "\u{e9}")], PostQuote, 2, "ok"),
    (&[("__proto__", "x")], PostQuote, 2, "ok"),
];

#[test]
fn failures_are_answered_in_the_order_of_the_checks() {
    for (changes, operation, body_bytes, wanted) in CHECKS {
        let list = match operation {
            DeleteParticipant => changed(&[
                ("accept", "application/vnd.interoperability.participants+json;version=1"),
                ("content-type", "application/vnd.interoperability.participants+json;version=1.1"),
            ]),
            _ => changed(changes),
        };
        let got = outcome(RequestHeaders::parse(&list, operation, body_bytes));
        assert_eq!(got, wanted, "{operation:?} with {changes:?} and {body_bytes} bytes");
    }
}

#[test]
fn a_header_of_the_api_comes_once() {
    let twice = [
        "FSPIOP-Source",
        "fspiop-destination",
        "FSPIOP-Signature",
        "FSPIOP-URI",
        "FSPIOP-HTTP-Method",
        "FSPIOP-Timeout",
        "FSPIOP-Timeout-Origin",
        "FSPIOP-Encryption",
        "Fspiop-Proxy",
        "Date",
        "Content-Type",
    ];
    for name in twice {
        let value = good().first(name).unwrap_or("1").to_owned();
        let list = changed(&[(name, &value)]).with(name.to_ascii_uppercase(), value);
        let got = outcome(RequestHeaders::parse(&list, Operation::PostQuote, 2));
        assert_eq!(got, "400 3101", "{name} twice, even with the same value");
    }
    let list = good().with("accept", "application/vnd.interoperability.quotes+json;version=2");
    assert_eq!(
        outcome(RequestHeaders::parse(&list, Operation::PostQuote, 2)),
        "ok",
        "a list header"
    );
}

#[test]
fn header_blocks_are_bounded() {
    let padded = |total: usize| {
        let used: usize = good().iter().map(|(name, value)| name.len() + value.len() + 4).sum();
        good().with("x", "v".repeat(total - used - 5))
    };
    let parse = |list: &HeaderList| outcome(RequestHeaders::parse(list, Operation::PostQuote, 2));
    assert_eq!(parse(&padded(65_536)), "ok");
    assert_eq!(parse(&padded(65_537)), "431 3104");
    let lines: HeaderList = (0..1_000).map(|line| (format!("x-{line}"), "y")).collect();
    assert_eq!(parse(&lines), "431 3104");
}

#[test]
fn the_refusals_say_what_the_collections_look_for() {
    let detail = |changes: &[(&str, &str)], operation, bytes| {
        RequestHeaders::parse(&changed(changes), operation, bytes).unwrap_err().description()
    };
    let post = Operation::PostQuote;
    let rows = [
        (
            detail(&[("accept", "-")], post, 2),
            vec!["Missing mandatory element", "Accept is required"],
        ),
        (detail(&[("accept", "-")], post, 2), vec!["/header must have required property 'accept'"]),
        (detail(&[("accept", "x")], post, 2), vec!["Malformed syntax", "accept"]),
        (detail(&[("date", "-")], post, 2), vec!["Missing mandatory element", "date"]),
        (detail(&[("date", "x")], post, 2), vec!["Malformed syntax", "date"]),
        (detail(&[("content-type", "-")], post, 2), vec!["Malformed syntax", "content-type"]),
        (
            detail(&[("content-type", "-")], Operation::GetQuote, 0),
            vec!["Missing mandatory element ", "Content"],
        ),
        (detail(&[("content-type", "x")], post, 2), vec!["Malformed syntax", "content"]),
        (
            detail(&[("fspiop-source", "-")], post, 2),
            vec!["Missing mandatory element", "fspiop-source"],
        ),
        (detail(&[("fspiop-destination", "-")], post, 2), vec!["fspiop-destination"]),
    ];
    for (description, parts) in rows {
        for part in parts {
            assert!(description.contains(part), "{description:?} should have {part:?}");
        }
    }
}

#[test]
fn what_is_parsed() {
    let list = changed(&[
        ("FSPIOP-Timeout", "5000"),
        ("fspiop-timeout-origin", "9000"),
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    ]);
    let headers = RequestHeaders::parse(&list, Operation::PostQuote, 2).unwrap();
    assert_eq!(headers.source, FspId::parse("payerfsp").unwrap());
    assert_eq!(headers.destination, FspId::parse("payeefsp").ok());
    assert_eq!(headers.date_epoch_ms, 1_779_570_751_000);
    assert_eq!((headers.family, headers.version), (Family::Fspiop, Version::V1_1));
    let accepted = [(Family::Fspiop, Version::V1_0), (Family::Fspiop, Version::V1_1)];
    assert_eq!(headers.accept, accepted);
    assert_eq!(headers.timeout.as_deref(), Some("5000"));
    assert_eq!(headers.timeout_origin.as_deref(), Some("9000"));
    assert_eq!(headers.trace_parent.unwrap().flags, 1);
    let put = RequestHeaders::parse(&good(), Operation::PutQuote, 2).unwrap();
    assert_eq!((put.accept, put.timeout, put.trace_parent), (Vec::new(), None, None));
}

#[test]
fn an_invalid_traceparent_is_none() {
    let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    assert_eq!(TraceParent::parse(good).unwrap().to_string(), good);
    let bad = [
        "",
        "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
        "00-+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333-001",
    ];
    for text in bad {
        assert_eq!(TraceParent::parse(text), None, "{text}");
    }
}

#[test]
fn what_the_hub_sends_is_what_it_would_take() {
    let (hub, payee) = (FspId::parse("Hub").unwrap(), FspId::parse("payeefsp").unwrap());
    let media = MediaKind::fspiop(Resource::Quotes, Version::V1_1);
    let callback = callback_headers(&hub, &payee, media, DATE);
    assert_eq!(callback.first("accept"), None);
    assert_eq!(callback.first("content-type"), Some(QUOTES_1_1));
    assert_eq!(outcome(RequestHeaders::parse(&callback, Operation::PutQuote, 2)), "ok");
    let request = request_headers(&hub, Some(&payee), media, DATE);
    assert_eq!(outcome(RequestHeaders::parse(&request, Operation::PostQuote, 2)), "ok");
    let lookup =
        request_headers(&hub, None, MediaKind::fspiop(Resource::Parties, Version::V1_0), DATE);
    let lookup = RequestHeaders::parse(&lookup, Operation::GetParty, 0).unwrap();
    assert_eq!((lookup.destination, lookup.version), (None, Version::V1_0));
}

#[test]
fn lists_find_names_in_any_case_and_keep_duplicates_in_order() {
    let mut list = HeaderList::new().with("A", "1").with("b", "2").with("a", "3");
    assert_eq!(list.all("a").collect::<Vec<_>>(), ["1", "3"]);
    assert_eq!((list.first("B"), list.first("c")), (Some("2"), None));
    assert!(list.single("A").is_err() && list.single("c") == Ok(None));
    list.replace("a", "4");
    assert_eq!(list.single("A"), Ok(Some("4")));
    assert_eq!((list.len(), list.is_empty()), (2, false));
}
