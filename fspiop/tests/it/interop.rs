//! The reference implementation as the other side: it verifies what we sign, we verify what it signs, and both seal the
//! same terms into the same packets. Prepared by `npm ci` in tests/interop.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use aws_lc_rs::encoding::{AsDer as _, EcPrivateKeyRfc5915Der, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fspiop::headers::HeaderList;
use fspiop::ilp::{SealError, Secret, Terms, Version};
use fspiop::json;
use fspiop::jws::{self, Algorithm, Draft, KeyRing, PublicKey, Request, SigningKey};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::skip;

/// Random terms for each packet version.
const SEALED_TERMS: usize = 40;
const DATE: &str = "Sat, 23 May 2026 21:12:31 GMT";

#[test]
fn the_reference_verifies_what_we_sign() {
    let (mut asked, mut expected) = (Vec::new(), Vec::new());
    for key in keys() {
        let public = key.signing.public_key_pem().unwrap();
        for (method, target, body) in messages() {
            let body = canonical(&body);
            let question = signed_by_us(&key.signing, method, target, &body, &public);
            let mut other_body = question.clone();
            other_body["body"] = json!(body.replace("USD", "EUR"));
            let mut other_source = question.clone();
            other_source["headers"]["fspiop-source"] = json!("payeefsp");
            asked.extend([question, other_body, other_source]);
            expected.extend([true, false, false]);
        }
    }
    let Some(answers) = ask_reference(&asked) else { return };
    let verdicts: Vec<_> = answers.iter().map(|answer| answer["ok"] == true).collect();
    assert_eq!(verdicts, expected, "{answers:#?}");
}

#[test]
fn we_verify_what_the_reference_signs() {
    let keys = keys();
    let mut asked = Vec::new();
    for key in &keys {
        for (method, target, body) in messages() {
            let headers = json!({
                "fspiop-source": "payerfsp",
                "fspiop-destination": "payeefsp",
                "date": DATE,
            });
            asked.push(json!({
                "do": "sign", "key": key.reference_pem, "method": method,
                "uri": format!("http://hub.example/base{target}"), "headers": headers, "body": body,
            }));
        }
    }
    let Some(answers) = ask_reference(&asked) else { return };
    for (index, (question, answer)) in asked.iter().zip(&answers).enumerate() {
        let key = &keys[index / messages().len()];
        assert_eq!(answer["ok"], true, "{question} {answer}");
        let lines = answer["headers"].as_object().unwrap();
        let headers: HeaderList =
            lines.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
        let target = question["uri"].as_str().unwrap().strip_prefix("http://hub.example").unwrap();
        let mut request = Request {
            method: question["method"].as_str().unwrap(),
            target,
            headers: &headers,
            body: answer["body"].as_str().unwrap().as_bytes(),
        };
        let mut ring = KeyRing::new();
        let public = key.signing.public_key_pem().unwrap();
        ring.add("payerfsp", PublicKey::from_pem(&public).unwrap());
        let verified = jws::verify(&request, &ring, None).unwrap();
        assert_eq!(verified.protected.algorithm, key.signing.algorithm());
        assert_eq!(verified.protected.value("FSPIOP-Destination"), Some("payeefsp"));
        request.body = b"{}";
        assert!(jws::verify(&request, &ring, None).is_err());
    }
}

#[test]
fn both_seal_the_same_terms_alike() {
    let mut runner = TestRunner::deterministic();
    let mut asked = Vec::new();
    for version in ["v1", "v4"] {
        for _ in 0..SEALED_TERMS {
            let mut question = any_terms().new_tree(&mut runner).unwrap().current();
            question["do"] = json!("seal");
            question["version"] = json!(version);
            asked.push(question);
        }
    }
    let Some(answers) = ask_reference(&asked) else { return };
    for (question, answer) in asked.iter().zip(&answers) {
        assert_eq!(answer["ok"], true, "{question} {answer}");
        let sealed = seal(question).unwrap();
        assert_eq!(sealed.packet, answer["ilpPacket"].as_str().unwrap(), "{question}");
        assert_eq!(sealed.condition.to_string(), answer["condition"].as_str().unwrap());
        assert_eq!(sealed.fulfilment.to_string(), answer["fulfilment"].as_str().unwrap());
    }
}

#[test]
fn both_refuse_an_amount_that_its_currency_cannot_say() {
    let mut question = quote("any", "1", "", "1.005", "USD", "note");
    question["do"] = json!("seal");
    question["version"] = json!("v4");
    let Some(answers) = ask_reference(std::slice::from_ref(&question)) else { return };
    assert_eq!(answers[0]["ok"], false);
    assert_eq!(seal(&question), Err(SealError::OverPrecise));
}

struct Key {
    signing: SigningKey,
    /// In the form in which the reference sees from the label what to sign with.
    reference_pem: String,
}

fn keys() -> Vec<Key> {
    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let pkcs8: Pkcs8V1Der<'_> = rsa.as_der().unwrap();
    let p256 = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let sec1: EcPrivateKeyRfc5915Der<'_> = p256.private_key().as_der().unwrap();
    let keys =
        [("PRIVATE KEY", pkcs8.as_ref()), ("EC PRIVATE KEY", sec1.as_ref())].map(|(label, der)| {
            let base64 = STANDARD.encode(der);
            let lines: Vec<_> = base64
                .as_bytes()
                .chunks(64)
                .map(|line| std::str::from_utf8(line).unwrap())
                .collect();
            let pem =
                format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"));
            Key { signing: SigningKey::from_pem(&pem).unwrap(), reference_pem: pem }
        });
    assert_eq!(
        keys.each_ref().map(|key| key.signing.algorithm()),
        [Algorithm::Rs256, Algorithm::Es256]
    );
    keys.into()
}

/// Method, target and body; the targets are those that the reference signs as what they are.
fn messages() -> [(&'static str, &'static str, Value); 4] {
    let money = json!({"currency": "USD", "amount": "12.34"});
    [
        (
            "POST",
            "/quotes",
            json!({"quoteId": "q", "amount": money, "note": "Caf\u{e9} \u{2615} \"x\"\n"}),
        ),
        ("POST", "/transfers", json!({"transferId": "t", "amount": money, "b": [1, true, null]})),
        ("PUT", "/transfers/85feac2f-39b2-491b-817e-4a03203d4f14", json!({"z": money, "a": {}})),
        ("PUT", "/parties/MSISDN/15295558888/error", json!({"errorInformation": money})),
    ]
}

fn signed_by_us(key: &SigningKey, method: &str, target: &str, body: &str, public: &str) -> Value {
    let draft = Draft {
        method,
        target,
        source: "payerfsp",
        destination: Some("payeefsp"),
        date: Some(DATE),
        also: &[("FSPIOP-Timeout-Origin", "30000")],
        body: body.as_bytes(),
    };
    let signed = jws::sign(&draft, key, &SystemRandom::new()).unwrap();
    json!({
        "do": "verify",
        "headers": {
            "fspiop-source": draft.source,
            "fspiop-destination": "payeefsp",
            "date": DATE,
            "fspiop-timeout-origin": "30000",
            "fspiop-uri": signed.uri,
            "fspiop-http-method": signed.method,
            "fspiop-signature": signed.signature,
        },
        "body": body,
        "keys": {"payerfsp": public, "payeefsp": public},
    })
}

fn canonical(body: &Value) -> String {
    let body = json::parse(body.to_string().as_bytes()).unwrap();
    String::from_utf8(json::to_canonical(&body)).unwrap()
}

fn any_terms() -> impl Strategy<Value = Value> {
    let money = prop_oneof![
        (
            1..10_000_000_000_000_u64,
            prop::sample::select(vec!["USD", "XOF", "KWD", "TZS", "JPY", "CLF"])
        ),
        (1..1_000_u64, Just("USD")),
    ];
    let text = |pattern| proptest::string::string_regex(pattern).unwrap();
    let party = (text("[A-Za-z0-9\u{e9}_.~-]{1,24}"), text("([A-Z][A-Za-z0-9]{0,12})?"));
    // Whatever a note may hold; NUL is not for JSON texts of ours.
    let note = text("[^\u{0}]{0,40}");
    let fx = (text("[A-Za-z0-9]{1,16}"), any::<bool>());
    (text("[ -~]{1,40}"), party, money, note, fx).prop_map(
        |(secret, (id, sub_id), (minor, currency), note, (fxp, is_fx))| {
            let amount = amount(minor, currency);
            match is_fx {
                true => fx_quote(&secret, &fxp, &amount, currency),
                false => quote(&secret, &id, &sub_id, &amount, currency, &note),
            }
        },
    )
}

/// So many minor units, as FSPIOP spells an amount.
fn amount(minor: u64, currency: &str) -> String {
    let digits = match currency {
        "XOF" | "JPY" => 0,
        "KWD" => 3,
        "CLF" => 4,
        _ => 2,
    };
    let (whole, fraction) = (minor / 10_u64.pow(digits), minor % 10_u64.pow(digits));
    let spelled = format!("{whole}.{fraction:0width$}", width = digits as usize);
    spelled.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn quote(secret: &str, id: &str, sub_id: &str, amount: &str, currency: &str, note: &str) -> Value {
    let mut payee = json!({"partyIdType": "ALIAS", "partyIdentifier": id, "fspId": "PayeeFsp"});
    if !sub_id.is_empty() {
        payee["partySubIdOrType"] = json!(sub_id);
    }
    json!({
        "secret": secret,
        "quoteRequest": {
            "quoteId": "q", "transactionId": "t", "transactionType": {"scenario": "TRANSFER"},
            "payee": {"partyIdInfo": payee}, "payer": {"partyIdInfo": {"fspId": "payerfsp"}},
        },
        "quoteResponse": {
            "transferAmount": {"amount": amount, "currency": currency},
            "expiration": "2026-05-24T08:40:00.123Z", "note": note,
        },
    })
}

fn fx_quote(secret: &str, fxp: &str, amount: &str, currency: &str) -> Value {
    let terms = json!({
        "conversionId": "c", "counterPartyFsp": fxp, "expiration": "2026-05-24T08:40:00.001Z",
        "sourceAmount": {"amount": amount, "currency": currency},
        "targetAmount": {"currency": "ZMW", "amount": "1"}, "charges": [],
    });
    json!({
        "secret": secret,
        "fxQuoteRequest": {"conversionRequestId": "r", "conversionTerms": {}},
        "fxQuoteResponse": {"conversionTerms": terms},
    })
}

fn seal(question: &Value) -> Result<fspiop::ilp::Sealed, SealError> {
    let body = |name: &str| json::parse(question[name].to_string().as_bytes()).unwrap();
    let terms = match question.get("fxQuoteRequest") {
        None => Terms::of_quote(&body("quoteRequest"), &body("quoteResponse")),
        Some(_) => Terms::of_fx_quote(&body("fxQuoteRequest"), &body("fxQuoteResponse")),
    };
    let version = if question["version"] == "v1" { Version::V1 } else { Version::V4 };
    Secret::new(question["secret"].as_str().unwrap().as_bytes()).seal(version, &terms)
}

/// Puts the questions to one process of the reference implementation.
fn ask_reference(questions: &[Value]) -> Option<Vec<Value>> {
    let home = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/interop");
    if !home.join("node_modules").is_dir() {
        return skip("no node_modules in tests/interop; `npm ci` there");
    }
    let spawned = Command::new("node")
        .arg("interop.mjs")
        .current_dir(&home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut node) = spawned else { return skip("no program node") };
    let lines: String = questions.iter().map(|question| format!("{question}\n")).collect();
    let mut stdin = node.stdin.take().unwrap();
    // In a thread of its own: the answers might fill their pipe before the questions are all written.
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()).unwrap());
    let output = node.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "{}", output.status);
    let answers = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<Value> =
        answers.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), questions.len());
    Some(answers)
}
