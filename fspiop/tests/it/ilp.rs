//! The ILP vectors, byte for byte, and packets that are no packets.

use fspiop::amount::{Amount, Currency, Money};
use fspiop::ilp::{
    Claimed, Condition, Disagreement, Fulfilment, Packet, PacketError, SealError, Secret, Terms,
    Version,
};
use fspiop::json;
use proptest::prelude::*;
use serde_json::Value;

use crate::shared_or_skip;

#[test]
fn every_vector_is_sealed_byte_for_byte() {
    let Some(vectors) = vectors() else { return };
    assert_eq!(vectors.len(), 18);
    for vector in &vectors {
        let (id, version, terms) = (vector["id"].as_str().unwrap(), version(vector), terms(vector));
        let secret = Secret::new(vector["secret"].as_str().unwrap_or("any").as_bytes());
        let sealed = secret.seal(version, &terms);
        if id.ends_with("overprecise") {
            assert_eq!(sealed, Err(SealError::OverPrecise), "{id}");
            continue;
        }
        let sealed = sealed.unwrap();
        let output = &vector["output"];
        assert_eq!(sealed.packet, output["ilpPacket"].as_str().unwrap(), "{id}");
        assert_eq!(sealed.condition.to_string(), output["condition"].as_str().unwrap(), "{id}");
        assert_eq!(sealed.fulfilment.to_string(), output["fulfilment"].as_str().unwrap(), "{id}");
        assert!(sealed.fulfilment.satisfies(&sealed.condition), "{id}");
        assert_eq!(secret.fulfilment_of(&sealed.packet), Ok(sealed.fulfilment), "{id}");
    }
}

#[test]
fn every_vector_is_read_back() {
    let Some(vectors) = vectors() else { return };
    let with_packet = vectors.iter().filter(|vector| vector.get("decoded").is_some());
    let mut read = 0;
    for vector in with_packet {
        let (id, decoded) = (&vector["id"], &vector["decoded"]);
        let packet = Packet::from_text(vector["output"]["ilpPacket"].as_str().unwrap()).unwrap();
        assert_eq!(
            hex(&packet.to_octets().unwrap()),
            vector["packetHex"].as_str().unwrap(),
            "{id}"
        );
        assert_eq!(packet.amount().to_string(), decoded["amount"].as_str().unwrap(), "{id}");
        let (address, data) = match &packet {
            Packet::Payment { account, data, .. } => (account, data),
            Packet::Prepare(prepare) => (&prepare.destination, &prepare.data),
        };
        assert_eq!(address, decoded["destination"].as_str().unwrap().as_bytes(), "{id}");
        assert_eq!(data, decoded["dataUtf8"].as_str().unwrap().as_bytes(), "{id}");
        let condition = packet.condition().map(|condition| condition.to_string());
        assert_eq!(condition.as_deref(), decoded["executionCondition"].as_str(), "{id}");
        let terms: Value =
            serde_json::from_slice(&json::to_canonical(&packet.terms().unwrap())).unwrap();
        assert_eq!(terms, vector["transactionObject"], "{id}");
        read += 1;
    }
    assert_eq!(read, 16);
}

#[test]
fn every_pair_of_fulfilment_and_condition_is_judged() {
    let Some(path) = shared_or_skip("data/security/ilp/condition-fulfilment-pairs.json") else {
        return;
    };
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let pairs = file["pairs"].as_array().unwrap();
    assert_eq!(pairs.len(), 17);
    for pair in pairs {
        let fulfilment = pair["fulfilment"].as_str().unwrap().parse::<Fulfilment>();
        let condition = pair["condition"].as_str().unwrap().parse::<Condition>();
        let opens = match (fulfilment, condition) {
            (Ok(fulfilment), Ok(condition)) => fulfilment.satisfies(&condition),
            _ => false,
        };
        assert_eq!(
            opens,
            pair["expectCauseway"].as_bool().unwrap(),
            "{} {}",
            pair["id"],
            pair["title"]
        );
    }
}

#[test]
fn a_packet_of_another_secret_gives_a_fulfilment_that_fits_nothing() {
    let sealed = Secret::new(b"one").seal(Version::V4, &small_terms("1", "USD")).unwrap();
    let other = Secret::new(b"another").fulfilment_of(&sealed.packet).unwrap();
    assert!(!other.satisfies(&sealed.condition));
}

#[test]
fn a_transfer_is_held_against_its_packet() {
    for version in [Version::V1, Version::V4] {
        let sealed = Secret::new(b"s").seal(version, &small_terms("12.5", "USD")).unwrap();
        let packet = Packet::from_text(&sealed.packet).unwrap();
        let claimed = Claimed {
            payer_fsp: "payerfsp",
            payee_fsp: "payeefsp",
            money: money("12.5", "USD"),
            condition: sealed.condition,
        };
        assert_eq!(packet.agrees_with(&claimed), Ok(()));
        let says = |claimed: Claimed<'_>| packet.agrees_with(&claimed);
        assert_eq!(says(Claimed { payer_fsp: "x", ..claimed }), Err(Disagreement::PayerFsp));
        assert_eq!(says(Claimed { payee_fsp: "x", ..claimed }), Err(Disagreement::PayeeFsp));
        for other in [money("12.51", "USD"), money("12.5", "EUR")] {
            assert_eq!(says(Claimed { money: other, ..claimed }), Err(Disagreement::Amount));
        }
        let other = says(Claimed { condition: Condition([7; 32]), ..claimed });
        let expected = if version == Version::V4 { Err(Disagreement::Condition) } else { Ok(()) };
        assert_eq!(other, expected, "only a v4 packet carries the condition");
    }
}

#[test]
fn what_cannot_be_said_in_minor_units_is_refused() {
    let secret = Secret::new(b"s");
    let seal = |amount, currency| secret.seal(Version::V4, &small_terms(amount, currency)).err();
    assert_eq!(seal("1.5", "JPY"), Some(SealError::OverPrecise));
    assert_eq!(seal("1.2345", "KWD"), Some(SealError::OverPrecise));
    assert_eq!(seal("999999999999999999", "USD"), Some(SealError::TooLarge));
    assert_eq!(seal("1.50", "USD"), Some(SealError::BadAmount));
    assert_eq!(seal("1", "usd"), Some(SealError::BadCurrency));
    assert_eq!(seal("1.2345", "XTS"), None);
}

#[test]
fn damaged_packets_are_refused() {
    let sealed = Secret::new(b"s").seal(Version::V1, &small_terms("1", "USD")).unwrap();
    let whole = Packet::from_text(&sealed.packet).unwrap().to_octets().unwrap();
    for cut in 0..whole.len() {
        assert!(Packet::from_octets(&whole[..cut]).is_err(), "cut at {cut}");
    }
    let with = |at: usize, octet: u8| {
        let mut octets = whole.clone();
        octets[at] = octet;
        Packet::from_octets(&octets)
    };
    assert_eq!(with(0, 2), Err(PacketError::UnknownType));
    assert_eq!(with(1, 0x80), Err(PacketError::LengthNotCanonical));
    assert_eq!(with(1, 0xff), Err(PacketError::Truncated));
    assert_eq!(with(whole.len() - 1, 1), Err(PacketError::TrailingOctets));
    let mut longer = whole.clone();
    longer.push(0);
    assert_eq!(Packet::from_octets(&longer), Err(PacketError::TrailingOctets));
    assert_eq!(Packet::from_text("AY*"), Err(PacketError::NotBase64Url));
    assert_eq!(Packet::from_text(&"A".repeat(32_769)), Err(PacketError::TooLong));
}

#[test]
fn a_v4_packet_without_a_time_is_refused() {
    let sealed = Secret::new(b"s").seal(Version::V4, &small_terms("1", "USD")).unwrap();
    let mut octets = Packet::from_text(&sealed.packet).unwrap().to_octets().unwrap();
    // Type, length in three octets, amount in eight: then the month.
    octets[1 + 3 + 8 + 4] = b'9';
    assert_eq!(Packet::from_octets(&octets), Err(PacketError::BadTime));
    octets[1 + 3 + 8 + 4] = 0xff;
    assert_eq!(Packet::from_octets(&octets), Err(PacketError::BadTime));
}

proptest! {
    /// What reads is one packet and has one text: nothing that is left out, nothing read twice.
    #[test]
    fn what_reads_is_written_back_alike(octets in near_packets()) {
        if let Ok(packet) = Packet::from_octets(&octets) {
            let written = packet.to_octets().unwrap();
            let read_again = Packet::from_octets(&written);
            prop_assert_eq!(read_again.as_ref(), Ok(&packet));
            // A payment may lack the number of its extensions, which we write.
            if packet.condition().is_some() {
                prop_assert_eq!(written, octets);
            }
        }
    }
}

/// Noise, and packets with a few octets changed.
fn near_packets() -> impl Strategy<Value = Vec<u8>> {
    let sealed = [Version::V1, Version::V4].map(|version| {
        let sealed = Secret::new(b"s").seal(version, &small_terms("1", "USD")).unwrap();
        Packet::from_text(&sealed.packet).unwrap().to_octets().unwrap()
    });
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3);
    let changed =
        (prop::sample::select(sealed.to_vec()), changes).prop_map(|(mut octets, changes)| {
            for (at, octet) in changes {
                let at = at.index(octets.len());
                octets[at] = octet;
            }
            octets
        });
    prop_oneof![changed, prop::collection::vec(any::<u8>(), 0..80)]
}

fn vectors() -> Option<Vec<Value>> {
    let path = shared_or_skip("data/security/ilp/ilp-vectors.json")?;
    let mut file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let Value::Array(vectors) = file["vectors"].take() else { panic!("no vectors") };
    Some(vectors)
}

fn version(vector: &Value) -> Version {
    match vector["ilpVersion"].as_str().unwrap() {
        "v1" => Version::V1,
        "v4" => Version::V4,
        other => panic!("{other}"),
    }
}

fn terms(vector: &Value) -> Terms {
    let body = |name: &str| json::parse(vector["input"][name].to_string().as_bytes()).unwrap();
    match vector["input"].get("fxQuoteRequest") {
        None => Terms::of_quote(&body("quoteRequest"), &body("quoteResponse")),
        Some(_) => Terms::of_fx_quote(&body("fxQuoteRequest"), &body("fxQuoteResponse")),
    }
}

fn small_terms(amount: &str, currency: &str) -> Terms {
    let request = r#"{"quoteId":"q","transactionId":"t","transactionType":{},
        "payer":{"partyIdInfo":{"fspId":"payerfsp"}},
        "payee":{"partyIdInfo":{"fspId":"payeefsp","partyIdType":"MSISDN","partyIdentifier":"1"}}}"#;
    let response = format!(
        r#"{{"transferAmount":{{"amount":"{amount}","currency":"{currency}"}},
        "expiration":"2026-05-24T08:40:00.000Z"}}"#
    );
    let body = |text: &str| json::parse(text.as_bytes()).unwrap();
    Terms::of_quote(&body(request), &body(&response))
}

fn money(amount: &str, currency: &str) -> Money {
    Money { amount: Amount::parse(amount).unwrap(), currency: Currency::parse(currency).unwrap() }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
