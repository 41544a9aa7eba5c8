//! What the timeout headers may say, and what they come to.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use causeway_toolkit::clock;
use causeway_toolkit::dfsp::{Conduct, Draft, Received, Seen, Sent, Stage};
use causeway_toolkit::onboard::PublicKey;
use causeway_toolkit::players::{BLUE_NUMBER, CURRENCY};
use http::{HeaderName, HeaderValue, Method};
use serde_json::json;
use switch::TransferState;

use super::{
    PATIENCE_MS, PAYEE, PAYER, Payment, Scene, effective, extension, kind, kinds, nth_told,
    refusal, refused,
};

#[tokio::test(flavor = "multi_thread")]
async fn t7_a_hop_sets_ten_times_the_header() {
    let scene = Scene::honouring().await;
    let before = scene.metric("causeway_timeout_violations_total").await;
    let stretched = Payment::new("1").within(100_000).of_origin(10_000);
    let (response, received) = scene.reserved(&stretched).await;
    assert_eq!(effective(&response), Some(10_000), "the signed origin bounds it");
    assert_eq!(received.header_ms("fspiop-timeout"), Some(7_750));
    assert_eq!(received.header("fspiop-timeout-origin"), Some("10000"), "forwarded unchanged");
    assert_eq!(received.seen, Seen::Verified);
    assert_eq!(scene.metric("causeway_timeout_violations_total").await, before + 1);
    let above_scheme = Payment::new("1").within(300_000).expiring_in(240_000);
    let (response, _) = scene.reserved(&above_scheme).await;
    assert_eq!(effective(&response), Some(120_000), "the scheme's maximum");
    assert_eq!(scene.metric("causeway_timeout_violations_total").await, before + 2);
    scene.advance(8_000);
    scene.until(&stretched, TransferState::ExpiredReserved).await;
    assert_eq!(scene.stored(&above_scheme).await.state, TransferState::Reserved);
}

#[tokio::test(flavor = "multi_thread")]
async fn t7_a_hop_holds_a_message_and_deducts_nothing() {
    let scene = Scene::honouring().await;
    for (left_ms, alarms) in [(14_000, 0), (20_000, 1)] {
        let payment = Payment::new("1").within(left_ms).of_origin(20_000);
        let mut sent = scene.green().sign(payment.draft(scene.now_ms())).unwrap();
        scene.advance(6_000);
        sent.headers.insert("fspiop-timeout", HeaderValue::from(left_ms));
        let response = scene.green().resend(&sent).await.unwrap();
        // An alarm, as clocks may differ: the payment goes on.
        assert_eq!((response.status.as_u16(), effective(&response)), (202, Some(left_ms)));
        assert_eq!(scene.metric("causeway_timeouts_held_total").await, alarms, "{left_ms}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t8_a_hop_deletes_the_header() {
    let scene = Scene::honouring().await;
    let payment = Payment::new("1").of_origin(20_000).expiring_in(25_000);
    let (response, received) = scene.reserved(&payment).await;
    assert_eq!(effective(&response), Some(25_000), "as for a peer that knows nothing of it");
    assert_eq!(received.header_ms("fspiop-timeout"), Some(24_750));
    assert_eq!(received.header("fspiop-timeout-origin"), Some("20000"));
    assert_eq!(received.seen, Seen::Verified);
    scene.advance(24_999);
    scene.tick().await;
    assert_eq!(scene.stored(&payment).await.state, TransferState::Reserved);
    scene.advance(1);
    scene.until(&payment, TransferState::ExpiredReserved).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t9_a_hop_adds_the_header_to_a_signed_message() {
    let scene = Scene::honouring().await;
    let payment = Payment::new("1");
    let mut sent = scene.green().sign(payment.draft(scene.now_ms())).unwrap();
    for (name, value) in [("fspiop-timeout", "20000"), ("tracestate", "hop=1"), ("via", "1.1 hop")]
    {
        sent.headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    let response = scene.green().resend(&sent).await.unwrap();
    assert_eq!((response.status.as_u16(), effective(&response)), (202, Some(20_000)));
    let is_it = |m: &Received| m.json()["transferId"] == payment.id;
    let received = scene.blue().await_callback(is_it, PATIENCE_MS).await.unwrap();
    assert_eq!(received.seen, Seen::Verified);
    assert_eq!(received.header_ms("fspiop-timeout"), Some(17_750), "rewritten, and only once");
    assert_eq!(received.headers.get_all("fspiop-timeout").iter().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn t10_the_header_inside_the_signature() {
    let scene = Scene::honouring().await;
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let der = AsDer::<PublicKeyX509Der<'_>>::as_der(key.public_key()).unwrap();
    let lines = format!("-----BEGIN PUBLIC KEY-----\n{}\n", STANDARD.encode(der.as_ref()));
    let second = PublicKey::always(lines + "-----END PUBLIC KEY-----\n");
    let keys = [PublicKey::always(scene.green().public_key_pem()), second];
    scene.world.admin.set_keys(PAYER, &keys).await.unwrap();
    for (protected, expected) in [(true, refused(400, "3101")), (false, refused(202, ""))] {
        let sent = scene.green().sign(Payment::new("1").within(20_000).draft(scene.now_ms()));
        let sent = signed_anew(sent.unwrap(), &key, protected);
        let response = scene.green().resend(&sent).await.unwrap();
        assert_eq!(refusal(&response), expected, "{}", response.text());
    }
    assert_eq!(scene.world.books().await, (0, 10_000), "only the well-signed one is reserved");
}

/// The same message, signed by hand: our own signer refuses to protect `FSPIOP-Timeout`.
fn signed_anew(mut sent: Sent, key: &EcdsaKeyPair, protect_timeout: bool) -> Sent {
    let header = |name: &str| sent.headers[name].to_str().unwrap().to_owned();
    let mut protected = json!({
        "alg": "ES256",
        "FSPIOP-URI": header("fspiop-uri"),
        "FSPIOP-HTTP-Method": header("fspiop-http-method"),
        "FSPIOP-Source": header("fspiop-source"),
        "FSPIOP-Destination": header("fspiop-destination"),
        "Date": header("date"),
    });
    if protect_timeout {
        protected["FSPIOP-Timeout"] = json!(header("fspiop-timeout"));
    }
    let protected = URL_SAFE_NO_PAD.encode(protected.to_string());
    let input = format!("{protected}.{}", URL_SAFE_NO_PAD.encode(&sent.body));
    let signature = key.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
    let signature = URL_SAFE_NO_PAD.encode(signature.as_ref());
    let envelope = json!({ "signature": signature, "protectedHeader": protected }).to_string();
    sent.headers.insert("fspiop-signature", HeaderValue::from_str(&envelope).unwrap());
    sent
}

#[tokio::test(flavor = "multi_thread")]
async fn t11_payer_resends_5_times_with_a_larger_header() {
    let scene = Scene::honouring().await;
    let payment = Payment::new("1").within(10_000);
    let now_ms = scene.now_ms();
    let (response, _) = scene.reserved(&payment).await;
    assert_eq!(effective(&response), Some(10_000));
    for resend in 1..=5_u64 {
        scene.advance(1_000);
        let larger = payment.clone().within(10_000 + resend * 10_000);
        let again = scene.green().send(larger.draft(now_ms)).await.unwrap().response;
        assert_eq!(again.status, 202, "{}", again.text());
        assert_eq!(effective(&again), Some(10_000 - resend * 1_000), "no new clock");
    }
    assert_eq!(kinds(scene.green(), &payment), Vec::<String>::new(), "still under way");
    scene.advance(2_999);
    scene.tick().await;
    assert_eq!(scene.stored(&payment).await.state, TransferState::Reserved);
    scene.advance(1);
    scene.until(&payment, TransferState::ExpiredReserved).await;
    let posts = scene.blue().received();
    let posts = posts.iter().filter(|m| m.json()["transferId"] == payment.id).count();
    assert_eq!(posts, 1, "the payee was asked once");
}

#[tokio::test(flavor = "multi_thread")]
async fn t11_lookups_and_quotes_sent_again_keep_their_first_clock() {
    let scene = Scene::plain().await;
    scene.blue().set_conduct(Stage::Party, Conduct::silent());
    let lookup = |ms: u64| {
        let target = format!("/parties/MSISDN/{BLUE_NUMBER}");
        Draft::new(Method::GET, target).header("FSPIOP-Timeout", ms.to_string())
    };
    let first = scene.green().send(lookup(5_000)).await.unwrap().response;
    assert_eq!(effective(&first), Some(5_000));
    scene.advance(1_500);
    let again = scene.green().send(lookup(20_000)).await.unwrap().response;
    assert_eq!(effective(&again), Some(3_500));
}

#[tokio::test(flavor = "multi_thread")]
async fn t21_the_floor_to_the_millisecond() {
    let scene = Scene::honouring().await;
    // margin 2000, link 250, floor 1000.
    let below = Payment::new("1").within(3_249);
    let response = scene.prepare(&below).await;
    assert_eq!(refusal(&response), refused(400, "3303"), "{}", response.text());
    assert_eq!(effective(&response), None);
    scene.nothing_moved().await;
    let found = scene.world.gateway.node.transfer(below.transfer_id()).await.unwrap();
    assert!(found.is_none(), "nothing is kept either");
    let at = Payment::new("1").within(3_250);
    let (response, received) = scene.reserved(&at).await;
    assert_eq!(effective(&response), Some(3_250));
    assert_eq!(received.header_ms("fspiop-timeout"), Some(1_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn t24_two_header_lines_and_malformed_ones() {
    let scene = Scene::honouring().await;
    for name in ["FSPIOP-Timeout", "FSPIOP-Timeout-Origin"] {
        let mut sent = scene.green().sign(Payment::new("1").draft(scene.now_ms())).unwrap();
        for value in ["20000", "20000"] {
            let lower = HeaderName::from_bytes(name.to_ascii_lowercase().as_bytes()).unwrap();
            sent.headers.append(lower, HeaderValue::from_static(value));
        }
        let response = scene.green().resend(&sent).await.unwrap();
        assert_eq!(refusal(&response), refused(400, "3101"), "{name} twice: {}", response.text());
        for value in MALFORMED {
            let draft = Payment::new("1").draft(scene.now_ms()).header(name, *value);
            let response = scene.green().send(draft).await.unwrap().response;
            assert_eq!(refusal(&response), refused(400, "3101"), "{name}: {value:?}");
        }
        let draft = Payment::new("1").draft(scene.now_ms()).header(name, "999999999");
        assert_eq!(scene.green().send(draft).await.unwrap().response.status, 202, "{name}");
    }
    let books = scene.world.books().await;
    assert_eq!(books, (0, 20_000), "only the two well-formed ones are reserved");
}

/// Not `^[1-9][0-9]{0,8}$`.
const MALFORMED: &[&str] = &[
    "",
    "0",
    "-1",
    "+20000",
    "020000",
    "1000000000",
    "2e4",
    "20000.0",
    "20_000",
    "20 000",
    "20000,20000",
    "20s",
    "0x4e20",
    "NaN",
    "٢٠",
];

#[tokio::test(flavor = "multi_thread")]
async fn past_expiration_with_and_without_a_header() {
    let scene = Scene::honouring().await;
    let silent = Payment::new("1").expiring_in(-1);
    assert_eq!(scene.prepare(&silent).await.status, 202);
    let callback = nth_told(scene.green(), &silent, 1).await;
    assert_eq!(kind(&callback), "PUT 3100");
    assert_eq!(extension(&callback.json(), "timeoutStage"), "ingress");
    let headed = Payment::new("1").expiring_in(-1).within(20_000);
    assert_eq!(refusal(&scene.prepare(&headed).await), refused(400, "3303"));
    let quote = |expires_in_ms: i64| quote(&scene, expires_in_ms);
    let (id, draft) = quote(-1);
    assert_eq!(scene.green().send(draft).await.unwrap().response.status, 202);
    let object = format!("/quotes/{id}");
    let is_it = |m: &Received| m.object() == object;
    let callback = scene.green().await_callback(is_it, PATIENCE_MS).await.unwrap();
    assert_eq!(kind(&callback), "PUT 3302");
    assert_eq!(extension(&callback.json(), "timeoutStage"), "ingress");
    let (_, draft) = quote(-1);
    let draft = draft.header("FSPIOP-Timeout", "5000");
    let response = scene.green().send(draft).await.unwrap().response;
    assert_eq!(refusal(&response), refused(400, "3302"));
    scene.nothing_moved().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_answers_2004_for_lookups_and_3302_for_quotes() {
    let scene = Scene::plain().await;
    scene.blue().set_conduct(Stage::Party, Conduct::silent());
    scene.blue().set_conduct(Stage::Quote, Conduct::silent());
    let lookup = format!("/parties/MSISDN/{BLUE_NUMBER}");
    let draft = Draft::new(Method::GET, &lookup).header("FSPIOP-Timeout", "5000");
    let response = scene.green().send(draft).await.unwrap().response;
    assert_eq!(effective(&response), Some(5_000));
    let (id, draft) = quote(&scene, 60_000);
    let draft = draft.header("FSPIOP-Timeout", "5000");
    let response = scene.green().send(draft).await.unwrap().response;
    assert_eq!(effective(&response), Some(5_000));
    // Both are with the payee: what has not left would be told of at once.
    for target in [lookup.as_str(), "/quotes"] {
        let is_it = |m: &Received| m.target == target;
        scene.blue().await_callback(is_it, PATIENCE_MS).await.unwrap();
    }
    scene.advance(3_999);
    scene.tick().await;
    let objects = [(lookup, "2004"), (format!("/quotes/{id}"), "3302")];
    for (object, _) in &objects {
        assert!(!scene.green().received().iter().any(|m| m.object() == object), "{object}");
    }
    scene.advance(1);
    for (object, expected) in &objects {
        let is_it = |m: &Received| m.object() == object;
        let callback = scene.green().await_callback(is_it, PATIENCE_MS).await.unwrap();
        assert_eq!(kind(&callback), format!("PUT {expected}"));
        assert_eq!(callback.seen, Seen::Verified);
        let body = callback.json();
        assert_eq!(extension(&body, "timeoutStage"), "awaiting-callback");
        assert_eq!(extension(&body, "timeoutEffectiveMs"), "5000");
        assert_eq!(extension(&body, "timeoutElapsedMs"), "4000");
        assert_eq!(extension(&body, "timeoutHop"), "Hub");
        assert_eq!(callback.header_ms("fspiop-timeout"), Some(1_000), "left upstream");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfers_error_says_where_its_time_went() {
    let scene = Scene::honouring().await;
    let payment = Payment::new("1").within(20_000);
    scene.reserved(&payment).await;
    scene.advance(18_000);
    for dfsp in [scene.green(), scene.blue()] {
        let body = nth_told(dfsp, &payment, 1).await.json();
        assert_eq!(extension(&body, "timeoutStage"), "awaiting-callback", "{body}");
        assert_eq!(extension(&body, "timeoutEffectiveMs"), "20000");
        assert_eq!(extension(&body, "timeoutElapsedMs"), "18000");
        assert_eq!(extension(&body, "timeoutHop"), "Hub");
    }
}

/// A quote request for the payee's customer: its id and the draft.
fn quote(scene: &Scene, expires_in_ms: i64) -> (String, Draft) {
    let id = clock::fresh_uuid().unwrap();
    let party = |number: &str, fsp: &str| {
        json!({ "partyIdInfo": {
            "partyIdType": "MSISDN", "partyIdentifier": number, "fspId": fsp,
        } })
    };
    let body = json!({
        "quoteId": id,
        "transactionId": clock::fresh_uuid().unwrap(),
        "payer": party("27700000000", PAYER),
        "payee": party(BLUE_NUMBER, PAYEE),
        "amountType": "SEND",
        "amount": { "currency": CURRENCY, "amount": "1" },
        "transactionType": {
            "scenario": "TRANSFER", "initiator": "PAYER", "initiatorType": "CONSUMER",
        },
        "expiration": clock::date_time(scene.now_ms() + expires_in_ms),
    });
    (id, Draft::new(Method::POST, "/quotes").to(PAYEE).json(&body))
}
