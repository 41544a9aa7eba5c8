//! The peer's messages, held against its own schemas.

use frms::limits::{CURRENCY_CHARS_MAX, TMS_TEXT_CHARS_MAX};
use frms::tms::{TmsError, TmsMessage, Told};
use frms::{Decision, Event, OutcomeKind, Place, Point, Semantics, Units};
use serde_json::{Map, Value, json};

use crate::{Screening, pseudonyms, shared};

const STRICT: Semantics = Semantics::Strict;

fn schema(message: TmsMessage) -> Option<Value> {
    let family = message.as_str().get(..8)?;
    let bytes = shared(&format!("data/frms/tms-schema-{family}.json"))?;
    Some(serde_json::from_slice(&bytes).unwrap())
}

/// A message with everything that a schema names.
fn full(schema: &Value) -> Value {
    match schema["type"].as_str().unwrap() {
        "object" => {
            let properties = schema["properties"].as_object().unwrap();
            let members =
                properties.iter().map(|(name, schema)| (name.clone(), named(name, schema)));
            Value::Object(members.collect::<Map<_, _>>())
        }
        "array" => match &schema["items"] {
            Value::Array(items) => items.iter().map(full).collect(),
            item => json!([full(item)]),
        },
        "string" => json!("text"),
        "integer" => json!(1),
        "number" => json!(12.34),
        other => panic!("{other}"),
    }
}

fn named(name: &str, schema: &Value) -> Value {
    match name {
        "CreDtTm" => json!("2026-06-01T12:00:00.000Z"),
        "BirthDt" => json!("1980-06-02"),
        "Lat" => json!("-3.16091"),
        "Long" => json!("38.35680"),
        "Ccy" => json!("USD"),
        "TxSts" => json!("ACCC"),
        _ => full(schema),
    }
}

/// The places of all members that a schema wants.
fn required(schema: &Value, at: &str, found: &mut Vec<String>) {
    if let Some(item) = schema.get("items") {
        let item = item.as_array().and_then(|items| items.first()).unwrap_or(item);
        return required(item, &format!("{at}/0"), found);
    }
    let names = schema["required"].as_array().into_iter().flatten();
    found.extend(names.map(|name| format!("{at}/{}", name.as_str().unwrap())));
    for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
        required(schema, &format!("{at}/{name}"), found);
    }
}

#[test]
fn what_a_schema_wants_must_be_there_and_of_its_type() {
    let mut fields = 0;
    for message in TmsMessage::ALL {
        let Some(schema) = schema(message) else { return };
        let read =
            |value: &Value| message.read(value.to_string().as_bytes(), &pseudonyms(), STRICT);
        let whole = full(&schema);
        read(&whole).unwrap_or_else(|error| panic!("{message:?}: {error}"));
        let mut places = Vec::new();
        required(&schema, "", &mut places);
        fields += places.len();
        for place in places {
            let (parent, name) = place.rsplit_once('/').unwrap();
            let mut without = whole.clone();
            without.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
            assert_eq!(read(&without), Err(TmsError::Missing(place.clone())), "{message:?}");
            let mut other = whole.clone();
            *other.pointer_mut(&place).unwrap() = json!(true);
            let error = read(&other).unwrap_err();
            assert!(
                matches!(&error, TmsError::Type { at, .. } if *at == place),
                "{place}: {error}"
            );
        }
        let mut tenant = whole.clone();
        tenant["TenantId"] = json!("DEFAULT");
        assert_eq!(read(&tenant), Err(TmsError::Tenant), "{message:?}");
    }
    assert!(fields > 300, "{fields} required members in the four schemas");
}

#[test]
fn a_transfer_and_its_end_meet_in_the_engine() {
    let transfer = TmsMessage::Pacs008;
    let (Some(schema), Some(ended)) = (schema(transfer), schema(TmsMessage::Pacs002)) else {
        return;
    };
    let mut json = full(&schema);
    json["FIToFICstmrCdtTrf"]["CdtTrfTxInf"]["PmtTpInf"] =
        json!({ "CtgyPurp": { "Prtry": "MP2P" } });
    let text = json.to_string();
    // Not every number has a float: what is written counts.
    let text = text.replace(
        "\"InstdAmt\":{\"Amt\":{\"Amt\":12.34",
        "\"InstdAmt\":{\"Amt\":{\"Amt\":90071992547409930.1234",
    );
    let Ok(Told::Attempt(attempt)) = transfer.read(text.as_bytes(), &pseudonyms(), STRICT) else {
        panic!("an attempt: {text}")
    };
    assert_eq!(attempt.units, Units(900_719_925_474_099_301_234));
    assert_eq!((attempt.currency.as_str(), attempt.point), ("USD", Point::BeforeReserve));
    assert_eq!(attempt.debtor_age_years, Some(45), "46 tomorrow");
    assert_eq!(attempt.place, Some(Place { latitude_e5: -316_091, longitude_e5: 3_835_680 }));
    assert_eq!(attempt.category.as_deref(), Some("MP2P"));
    let expected = pseudonyms().party("text", "text", "text");
    assert_eq!(attempt.debtor, Some(expected));

    let mut ended = full(&ended);
    ended["FIToFIPmtSts"]["TxInfAndSts"]["OrgnlEndToEndId"] =
        json["FIToFICstmrCdtTrf"]["CdtTrfTxInf"]["PmtId"]["EndToEndId"].clone();
    let read = |value: &Value| {
        TmsMessage::Pacs002.read(value.to_string().as_bytes(), &pseudonyms(), STRICT)
    };
    let Ok(Told::Outcome(outcome)) = read(&ended) else { panic!("an outcome") };
    assert_eq!((outcome.id, outcome.kind), (attempt.id, OutcomeKind::Committed));
    let mut screening = Screening::new();
    assert_eq!(screening.attempt(*attempt).decision, Decision::Allow);
    let events = screening.take(Event::Outcome(outcome));
    let _ = events;
    for (status, told) in [("RJCT", Some(OutcomeKind::Aborted)), ("ACTC", None)] {
        ended["FIToFIPmtSts"]["TxInfAndSts"]["TxSts"] = json!(status);
        let kind = match read(&ended).unwrap() {
            Told::Outcome(outcome) => Some(outcome.kind),
            _ => None,
        };
        assert_eq!(kind, told, "{status}");
    }
    // To the peer everything but ACCC has failed.
    for (status, kind) in [
        ("ACCC", OutcomeKind::Committed),
        ("ACSC", OutcomeKind::Aborted),
        ("RJCT", OutcomeKind::Aborted),
        ("PDNG", OutcomeKind::Aborted),
    ] {
        ended["FIToFIPmtSts"]["TxInfAndSts"]["TxSts"] = json!(status);
        let json = ended.to_string();
        let told = TmsMessage::Pacs002.read(json.as_bytes(), &pseudonyms(), Semantics::Peer);
        let Ok(Told::Outcome(outcome)) = told else { panic!("{status}: {told:?}") };
        assert_eq!(outcome.kind, kind, "{status}");
    }
}

#[test]
fn values_without_sense_are_refused_by_place() {
    let Some(schema) = schema(TmsMessage::Pacs008) else { return };
    let whole = full(&schema);
    let tx = "/FIToFICstmrCdtTrf/CdtTrfTxInf";
    let rows = [
        ("/FIToFICstmrCdtTrf/GrpHdr/CreDtTm".to_owned(), json!("yesterday")),
        (format!("{tx}/Dbtr/Id/PrvtId/DtAndPlcOfBirth/BirthDt"), json!("2031-01-01")),
        (format!("{tx}/InstdAmt/Amt/Amt"), json!(-1)),
        (format!("{tx}/InstdAmt/Amt/Amt"), json!(0.00001)),
        ("/FIToFICstmrCdtTrf/SplmtryData/Envlp/Doc/InitgPty/Glctn/Lat".to_owned(), json!("90.1")),
    ];
    for (place, value) in rows {
        let mut json = whole.clone();
        *json.pointer_mut(&place).unwrap() = value.clone();
        let read = TmsMessage::Pacs008.read(json.to_string().as_bytes(), &pseudonyms(), STRICT);
        let at = match read {
            Err(TmsError::Value { at, .. }) => at,
            other => panic!("{place} = {value}: {other:?}"),
        };
        assert_eq!(at, place);
    }
    for (place, most) in [
        (format!("{tx}/InstdAmt/Amt/Ccy"), CURRENCY_CHARS_MAX),
        (format!("{tx}/PmtTpInf/CtgyPurp/Prtry"), TMS_TEXT_CHARS_MAX),
        (format!("{tx}/DbtrAgt/FinInstnId/ClrSysMmbId/MmbId"), TMS_TEXT_CHARS_MAX),
        (format!("{tx}/CdtrAgt/FinInstnId/ClrSysMmbId/MmbId"), TMS_TEXT_CHARS_MAX),
    ] {
        for chars in [most, most + 1] {
            let mut json = whole.clone();
            json["FIToFICstmrCdtTrf"]["CdtTrfTxInf"]["PmtTpInf"] =
                json!({ "CtgyPurp": { "Prtry": "MP2P" } });
            *json.pointer_mut(&place).unwrap() = json!("\u{e9}".repeat(chars));
            let read = TmsMessage::Pacs008.read(json.to_string().as_bytes(), &pseudonyms(), STRICT);
            let refused = Err(TmsError::Long { at: place.clone(), most });
            assert!(if chars > most { read == refused } else { read.is_ok() }, "{place}: {read:?}");
        }
    }
    let mut times =
        [("2026-06-01T14:00:00.000+02:00", 0), ("2026-06-01T12:00:00.500", 500)].into_iter();
    assert!(times.all(|(time, ms)| {
        let mut json = whole.clone();
        json["FIToFICstmrCdtTrf"]["GrpHdr"]["CreDtTm"] = json!(time);
        let read = TmsMessage::Pacs008.read(json.to_string().as_bytes(), &pseudonyms(), STRICT);
        matches!(read, Ok(Told::Attempt(attempt)) if attempt.at_ms == 1_780_315_200_000 + ms)
    }));
    let broken = TmsMessage::Pacs008.read(b"{", &pseudonyms(), STRICT);
    assert!(matches!(broken, Err(TmsError::Json(_))));
}
