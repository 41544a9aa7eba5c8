//! Rows S01 to S05 and what else a forger tries: signatures made by hand, over good messages.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use causeway_tests::world::World;
use causeway_toolkit::dfsp::{Draft, Sent};
use causeway_toolkit::onboard::PublicKey;
use fspiop::jws::SigningKey;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::{Map, Value, json};

use super::{Findings, draft, positions, settled_books, standing, still_pays, transfer, uuid};

/// How the bytes are signed.
#[derive(Clone, Copy)]
enum By<'k> {
    Rsa(&'k RsaKeyPair, &'static dyn RsaEncoding),
    Hmac(&'k [u8]),
    Bytes(&'k [u8]),
}

/// FSPIOP-Signature over this protected header and body.
fn signature(protected: &Value, body: &[u8], by: By<'_>) -> String {
    let protected = URL_SAFE_NO_PAD.encode(protected.to_string());
    let input = format!("{protected}.{}", URL_SAFE_NO_PAD.encode(body));
    let signature = match by {
        By::Rsa(key, padding) => {
            let mut signature = vec![0; key.public_modulus_len()];
            key.sign(padding, &SystemRandom::new(), input.as_bytes(), &mut signature).unwrap();
            signature
        }
        By::Hmac(secret) => {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
            hmac::sign(&key, input.as_bytes()).as_ref().to_vec()
        }
        By::Bytes(bytes) => bytes.to_vec(),
    };
    let signature = URL_SAFE_NO_PAD.encode(signature);
    json!({ "protectedHeader": protected, "signature": signature }).to_string()
}

/// The protected header of a POST /transfers from `source`, with further members.
fn protected(source: &str, more: Value) -> Value {
    let mut members = Map::new();
    members.insert("FSPIOP-URI".to_owned(), json!("/transfers"));
    members.insert("FSPIOP-HTTP-Method".to_owned(), json!("POST"));
    members.insert("FSPIOP-Source".to_owned(), json!(source));
    members.insert("FSPIOP-Destination".to_owned(), json!("bluewallet"));
    if let Value::Object(more) = more {
        members.extend(more);
    }
    Value::Object(members)
}

/// The bytes of a PEM block.
fn der(pem: &str) -> Vec<u8> {
    let lines: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    STANDARD.decode(lines).unwrap()
}

/// A world in which Green Wallet has a second key, whose private half is the test's.
async fn world_with_key() -> (World, RsaKeyPair) {
    let world = World::plain("").await;
    let key = SigningKey::generate_rsa_2048().unwrap();
    let pair = RsaKeyPair::from_pkcs8(&der(&key.private_key_pem().unwrap())).unwrap();
    let pems = [world.players.green.public_key_pem().to_owned(), key.public_key_pem().unwrap()];
    world.admin.set_keys("greenwallet", &pems.map(PublicKey::always)).await.unwrap();
    (world, pair)
}

async fn outcome(world: &World, sent: &Sent) -> String {
    let answer = world.players.green.resend(sent).await.unwrap();
    let body = answer.json().unwrap_or_default();
    let code = body["errorInformation"]["errorCode"].as_str().unwrap_or_default();
    format!("{} {code}", answer.status.as_u16()).trim_end().to_owned()
}

/// Keeps the headers of a signed message and replaces some.
fn replaced(mut sent: Sent, headers: &[(&'static str, Option<&str>)]) -> Sent {
    for (name, value) in headers {
        sent.headers.remove(*name);
        if let Some(value) = value {
            sent.headers.insert(*name, HeaderValue::from_str(value).unwrap());
        }
    }
    sent
}

/// A row's name, the source, what the protected header has besides, and how it is signed.
type Forgery<'k> = (&'static str, &'static str, Value, By<'k>);

/// Signatures of Green Wallet's own key in every way but the right one, and of other keys.
fn forgeries<'k>(pair: &'k RsaKeyPair, pem: &'k str, der: &'k [u8]) -> Vec<Forgery<'k>> {
    let [plain, pss] = [By::Rsa(pair, &RSA_PKCS1_SHA256), By::Rsa(pair, &RSA_PSS_SHA256)];
    let (pem, der) = (By::Hmac(pem.as_bytes()), By::Hmac(der));
    let (nothing, noise) = (By::Bytes(b""), By::Bytes(&[7; 256]));
    let alg = |alg: &str| json!({ "alg": alg });
    let with = |name: &str, value: Value| json!({ "alg": "RS256", (name): value });
    let crit = |name: &str, value: Value| json!({ "alg": "RS256", "crit": [name], (name): value });
    let green = "greenwallet";
    vec![
        ("S01 none", green, alg("none"), nothing),
        ("S01 none with a signature", green, alg("none"), plain),
        ("S01 None", green, alg("None"), nothing),
        ("S01 no alg", green, json!({}), plain),
        ("S01 empty signature", green, alg("RS256"), nothing),
        ("S02 HS256 with the public key's PEM", green, alg("HS256"), pem),
        ("S02 HS256 with the public key's DER", green, alg("HS256"), der),
        ("S02 RS256 that is an HMAC", green, alg("RS256"), pem),
        ("S03 PS256", green, alg("PS256"), pss),
        ("S03 PS256 called RS256", green, alg("RS256"), pss),
        ("S03 RS256 called PS256", green, alg("PS256"), plain),
        ("S03 RS256 called RS512", green, alg("RS512"), plain),
        ("S04 RS256 by a P-256 source", "bluewallet", alg("RS256"), plain),
        ("S04 ES256 by an RSA source", green, alg("ES256"), By::Bytes(&[7; 64])),
        ("S05 crit", green, crit("exp", json!("x")), plain),
        ("S05 crit alone", green, with("crit", json!(["alg"])), plain),
        ("S05 crit b64", green, crit("b64", json!(false)), plain),
        ("S05 b64", green, with("b64", json!(false)), plain),
        ("key brought along", green, with("jwk", json!({"kty": "RSA"})), plain),
        ("key's address", green, with("jku", json!("http://127.0.0.1:9/")), plain),
        ("noise", green, alg("RS256"), noise),
        ("another source", "harbourbank", alg("RS256"), plain),
        ("no participant", "nobody", alg("RS256"), plain),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn signatures_by_another_algorithm_are_refused() {
    let (world, pair) = world_with_key().await;
    let before = positions(&world).await;
    let public = world.players.green.public_key_pem();
    let public_der = der(public);
    let good = By::Rsa(&pair, &RSA_PKCS1_SHA256);
    let good = ("control", "greenwallet", json!({ "alg": "RS256" }), good);
    let rows = forgeries(&pair, public, &public_der);
    let rows = rows.into_iter().map(|row| (row, "400 3105")).chain([(good, "202")]);
    let (mut findings, mut ids) = (Findings::default(), Vec::new());
    for ((row, source, more, by), wanted) in rows {
        let id = uuid();
        // What is taken moves nothing either: its amount is 0.
        let body = transfer(&id, if wanted == "202" { "0" } else { "1.5" });
        let header = signature(&protected(source, more), body.as_bytes(), by);
        let sent = world.players.green.sign(draft("/transfers", body)).unwrap();
        let sent =
            replaced(sent, &[("fspiop-signature", Some(&header)), ("fspiop-source", Some(source))]);
        findings.expect(row, &outcome(&world, &sent).await, wanted);
        ids.push((row, id, if wanted == "202" { "3100" } else { "3208" }));
    }
    for (row, id, code) in ids {
        findings.expect(row, &standing(&world, &id).await, code);
    }
    findings.settle();
    assert_eq!(positions(&world).await, before);
    assert_eq!(settled_books(&world).await, (0, 0));
    still_pays(&world).await;
}

/// Good messages of which one header was taken, added or changed since they were signed.
fn changed_headers(prepared: &mut impl FnMut() -> Sent) -> Vec<(&'static str, Sent, &'static str)> {
    let mut with = |name, value| replaced(prepared(), &[(name, value)]);
    let mut rows = vec![
        ("unsigned", with("fspiop-signature", None), "400 3102"),
        ("no FSPIOP-URI", with("fspiop-uri", None), "400 3102"),
        ("no FSPIOP-HTTP-Method", with("fspiop-http-method", None), "400 3102"),
        ("no JSON", with("fspiop-signature", Some("x")), "400 3105"),
        ("another destination", with("fspiop-destination", Some("alpinebank")), "400 3105"),
        ("another source", with("fspiop-source", Some("bluewallet")), "400 3105"),
        ("another date", with("date", Some("Fri, 20 Nov 2026 10:00:00 GMT")), "400 3105"),
    ];
    rows.push(("signed twice", twice(prepared()), "400 3101"));
    rows
}

/// Good messages with the signature of another one.
fn borrowed(world: &World, media: &str) -> Vec<(&'static str, Sent, &'static str)> {
    let green = &world.players.green;
    let quoted = green.sign(draft("/quotes", transfer(&uuid(), "1.5"))).unwrap();
    let retyped = [("content-type", Some(media))];
    let quoted = accepting(replaced(at(quoted, "/transfers"), &retyped));
    let renamed = replaced(quoted.clone(), &[("fspiop-uri", Some("/transfers"))]);
    let [one, two] = [uuid(), uuid()].map(|id| format!("/transfers/{id}"));
    let error = json!({"errorInformation": {"errorCode": "5100", "errorDescription": "x"}});
    let put = green.sign(Draft::new(Method::PUT, &one).to("bluewallet").json(&error)).unwrap();
    let moved = at(put.clone(), &two);
    let moved_wholly = replaced(moved.clone(), &[("fspiop-uri", Some(&two))]);
    vec![
        ("a quote's", quoted, "400 3105"),
        ("a quote's, its URI changed", renamed, "400 3105"),
        ("S07 another transfer's", moved, "400 3105"),
        ("S07 another transfer's, its URI changed", moved_wholly, "400 3105"),
        ("another path of the same", at(put, &format!("{one}/error")), "400 3105"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn signatures_of_another_message_are_refused() {
    let (world, pair) = world_with_key().await;
    let (mut findings, mut ids) = (Findings::default(), Vec::new());
    let mut prepared = || {
        let id = uuid();
        let body = transfer(&id, "1.5");
        ids.push(id);
        world.players.green.sign(draft("/transfers", body)).unwrap()
    };
    let with_body = |mut sent: Sent, change: &dyn Fn(&str) -> String| {
        sent.body = change(std::str::from_utf8(&sent.body).unwrap()).into();
        sent
    };
    let tampered = with_body(prepared(), &|body| body.replace("\"1.5\"", "\"9.5\""));
    let blank = with_body(prepared(), &|body| format!("{body} "));
    let unprotected = prepared();
    let partly = json!({"alg": "RS256", "FSPIOP-URI": "/transfers", "FSPIOP-HTTP-Method": "POST"});
    let partly = signature(&partly, &unprotected.body, By::Rsa(&pair, &RSA_PKCS1_SHA256));
    let unprotected = replaced(unprotected, &[("fspiop-signature", Some(&partly))]);
    let media = prepared().headers["content-type"].to_str().unwrap().to_owned();
    let mut rows = changed_headers(&mut prepared);
    rows.extend(borrowed(&world, &media));
    rows.push(("another amount", tampered, "400 3105"));
    rows.push(("one more blank", blank, "400 3105"));
    rows.push(("source not protected", unprotected, "400 3105"));
    for (row, sent, wanted) in rows {
        findings.expect(row, &outcome(&world, &sent).await, wanted);
    }
    for id in &ids {
        findings.expect(id, &standing(&world, id).await, "3208");
    }
    findings.settle();
    // All but the one that has a header twice, which is refused before anybody verifies.
    let metrics = world.admin.send(Method::GET, "/metrics", None).await.unwrap().text();
    assert!(metrics.contains("causeway_signatures_refused_total 15"), "{metrics}");
    assert_eq!(settled_books(&world).await, (0, 0));
    still_pays(&world).await;
}

/// The same at another target.
fn at(mut sent: Sent, target: &str) -> Sent {
    sent.target = target.to_owned();
    sent
}

/// The signature's line a second time.
fn twice(mut sent: Sent) -> Sent {
    let line = sent.headers["fspiop-signature"].clone();
    sent.headers.append("fspiop-signature", line);
    sent
}

/// With the Accept of a prepare.
fn accepting(mut sent: Sent) -> Sent {
    let headers: &mut HeaderMap = &mut sent.headers;
    let accept =
        HeaderValue::from_static("application/vnd.interoperability.transfers+json;version=1");
    headers.insert("accept", accept);
    sent
}
