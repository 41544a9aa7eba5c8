//! Whatever comes in, a refusal goes out.

use fspiop::amount::{Amount, Currency, CurrencyList};
use fspiop::error::ErrorInformation;
use fspiop::headers::{HeaderList, RequestHeaders, TraceParent};
use fspiop::identifiers::{
    CorrelationId, FspId, Id128, IdForm, PartyIdentifier, person_name, short_text,
};
use fspiop::json::{Value, parse, to_canonical};
use fspiop::participant::{
    ParticipantsIdPut, ParticipantsPost, ParticipantsPut, ParticipantsTypeIdPost,
};
use fspiop::party::PartiesPut;
use fspiop::quote::{QuotesPost, QuotesPut, Transaction};
use fspiop::route::{Match, Operation, from_first_resource};
use fspiop::time::{Date, DateTime, format_http_date, parse_http_date};
use fspiop::transfer::{IlpPacketText, TransfersPatch, TransfersPost, TransfersPut};
use fspiop::version::{Resource, Rules, Version, negotiate_accept, negotiate_content};
use proptest::prelude::*;

/// Reads `value` as every body there is; how many took it.
fn read_as_every_body(value: &Value) -> usize {
    let currencies = CurrencyList::shipped();
    let rules = Rules::new(Version::V2_0, &currencies);
    [
        ErrorInformation::parse(value).is_ok(),
        PartiesPut::parse(value, &rules).is_ok(),
        ParticipantsPut::parse(value).is_ok(),
        ParticipantsTypeIdPost::parse(value, &rules).is_ok(),
        ParticipantsPost::parse(value, &rules).is_ok(),
        ParticipantsIdPut::parse(value, &rules).is_ok(),
        QuotesPost::parse(value, &rules).is_ok(),
        QuotesPut::parse(value, &rules).is_ok(),
        Transaction::parse(value, &rules).is_ok(),
        TransfersPost::parse(value, &rules).is_ok(),
        TransfersPut::parse(value).is_ok(),
        TransfersPatch::parse(value).is_ok(),
    ]
    .into_iter()
    .filter(|taken| *taken)
    .count()
}

/// Text that is nearly something.
fn near_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[0-9.+-]{0,24}",
        "[0-9a-fA-F-]{34,38}",
        "[0-9A-Z]{26}",
        "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}(Z|[+-][0-9]{2}:[0-9]{2}|é)",
        "application/vnd\\.interoperability\\.quotes\\+json *; *version=[0-9.,]{0,12}",
        "(http://h)?/(transfers|parties|participants|quotes)(/[A-Z%0-9é.;?=&]{0,9}){0,5}",
        "[A-Za-z0-9_=-]{42,44}",
        "[A-Z]{3}",
    ]
}

fn near_body() -> impl Strategy<Value = Value> {
    let names = prop_oneof![
        Just("party"),
        Just("partyIdInfo"),
        Just("partyIdType"),
        Just("partyIdentifier"),
        Just("fspId"),
        Just("errorInformation"),
        Just("errorCode"),
        Just("errorDescription"),
        Just("extensionList"),
        Just("extension"),
        Just("key"),
        Just("value"),
        Just("amount"),
        Just("currency"),
        Just("partyList"),
        Just("requestId"),
        Just("transferId"),
        Just("transferState"),
        Just("fulfilment"),
        Just("condition"),
        Just("ilpPacket"),
        Just("expiration"),
        Just("geoCode"),
        Just("latitude"),
        Just("payee"),
    ];
    let texts = prop_oneof![near_text(), Just("MSISDN".to_owned()), Just("COMMITTED".to_owned())];
    let leaf = prop_oneof![
        4 => texts.prop_map(Value::String),
        1 => Just(Value::Null),
        1 => any::<u64>().prop_map(|number| Value::Number(number.into())),
    ];
    leaf.prop_recursive(5, 48, 8, move |inner| {
        let members = proptest::collection::btree_map(names.clone(), inner.clone(), 0..8);
        prop_oneof![
            1 => proptest::collection::vec(inner, 0..4).prop_map(Value::Array),
            4 => members.prop_map(|members| {
                Value::Object(members.into_iter().map(|(n, v)| (n.to_owned(), v)).collect())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn bytes(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
        if let Ok(value) = parse(&bytes) {
            let canonical = to_canonical(&value);
            prop_assert_eq!(to_canonical(&parse(&canonical).unwrap()), canonical);
        }
    }

    #[test]
    fn nearly_json(text in r#"[\[\]{}:,"\\ua0-9eE.+\- \n]{0,64}"#) {
        if let Ok(value) = parse(text.as_bytes()) {
            read_as_every_body(&value);
        }
    }

    #[test]
    fn nearly_bodies(value in near_body()) {
        read_as_every_body(&value);
    }

    #[test]
    fn texts(text in near_text(), epoch_ms: i64, units: i128) {
        let _ = (Amount::parse(&text), Currency::parse(&text), FspId::parse(&text));
        let _ = (DateTime::parse(&text), Date::parse(&text), parse_http_date(&text));
        let _ = (Id128::from_uuid(&text), Id128::from_ulid(&text), TraceParent::parse(&text));
        let _ = (CorrelationId::parse(&text, IdForm::Uuid1To5), IlpPacketText::parse(&text));
        let _ = (PartyIdentifier::parse_in_path(&text), person_name(&text), short_text(&text));
        let _ = (negotiate_accept(&text, Resource::Quotes), negotiate_content(&text, Resource::Quotes));
        let _ = (DateTime::from_epoch_ms(epoch_ms), format_http_date(epoch_ms), Amount::from_units(units));
    }

    #[test]
    fn targets(method in "(GET|POST|PUT|PATCH|DELETE|TRACE|x)", target in near_text()) {
        let currencies = CurrencyList::shipped();
        if let Ok(found) = Match::find(&method, &target) {
            let _ = found.route(&Rules::new(Version::V1_1, &currencies));
            prop_assert!(from_first_resource(&target).is_some());
        }
    }

    #[test]
    fn header_lists(values in proptest::collection::vec(near_text(), 8), body_bytes: usize) {
        let names = ["accept", "content-type", "date", "fspiop-source", "fspiop-destination",
            "traceparent", "fspiop-timeout", "é"];
        let list: HeaderList = names.into_iter().zip(values).collect();
        let _ = RequestHeaders::parse(&list, Operation::PostQuote, body_bytes);
        let _ = RequestHeaders::parse(&list, Operation::GetParty, body_bytes);
    }
}
