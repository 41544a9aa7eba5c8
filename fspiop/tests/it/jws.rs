//! The JWS vectors, what we sign ourselves, and what a key ring takes.

use std::sync::OnceLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use fspiop::error::{ErrorCode, Refusal};
use fspiop::headers::HeaderList;
use fspiop::jws::{
    self, Algorithm, Clock, Draft, Fault, JwsRefusal, KeyError, KeyRing, PublicKey, Request,
    SignError, SigningKey, Verified,
};
use proptest::prelude::*;
use serde_json::Value;

use crate::shared_or_skip;

/// The time of the vectors: 2026-05-23T21:12:31Z.
const NOW_MS: i64 = 1_779_570_751_000;
const CLOCK: Option<Clock> = Some(Clock { now_ms: NOW_MS, date_window_ms: Some(300_000) });

const DRAFT: Draft<'_> = Draft {
    method: "POST",
    target: "/transfers",
    source: "payerfsp",
    destination: Some("payeefsp"),
    date: Some("Sat, 23 May 2026 21:12:31 GMT"),
    also: &[],
    body: br#"{"transferId":"85feac2f-39b2-491b-817e-4a03203d4f14"}"#,
};

#[test]
fn every_valid_vector_verifies() {
    let (Some(keys), Some(vectors)) = (shared_keys(), vectors("valid.json")) else { return };
    assert_eq!(vectors.len(), 41);
    for vector in &vectors {
        let message = Message::of_vector(vector);
        for clock in [None, CLOCK] {
            let verified = message.verify(&keys, clock);
            let verified =
                verified.unwrap_or_else(|refusal| panic!("{}: {:?}", vector["id"], refusal.fault));
            assert_eq!(verified.source, vector["keyRef"].as_str().unwrap(), "{}", vector["id"]);
            assert_eq!(verified.date_age_ms, clock.map(|_| 0), "{}", vector["id"]);
            assert_eq!(protected_json(&verified), vector["protectedHeader"], "{}", vector["id"]);
        }
    }
}

#[test]
fn every_tampered_vector_is_refused_with_its_code() {
    let (Some(keys), Some(vectors)) = (shared_keys(), vectors("tampered.json")) else { return };
    assert_eq!(vectors.len(), 48);
    for vector in &vectors {
        let (id, expected) = (&vector["id"], &vector["expect"]);
        assert_eq!(expected["causeway"], "reject", "{id}");
        let refusal = Message::of_vector(vector).verify(&keys, CLOCK).expect_err(&id.to_string());
        let code = expected["errorCode"].as_str().unwrap();
        assert_eq!(refusal.code().digits(), code, "{id} {:?}", refusal.fault);
        let why = expected["why"].as_str().unwrap();
        assert!(is_for(&refusal.fault, why), "{id}: {why}, but {:?}", refusal.fault);
        assert_eq!(Refusal::from(refusal).status, 400, "{id}");
    }
}

/// The vectors' own words for what is wrong, so that no vector is refused for another reason than its own.
fn is_for(fault: &Fault, why: &str) -> bool {
    match why {
        "signature" => *fault == Fault::Signature,
        // Refused while comparing headers, before any key is looked for.
        "source mismatch" | "unknown key for source" => {
            matches!(fault, Fault::HeaderDiffers(name) if name == "FSPIOP-Source")
                || matches!(fault, Fault::NoKey | Fault::Unprotected("FSPIOP-Source"))
        }
        "no FSPIOP-Source" => *fault == Fault::Missing("FSPIOP-Source"),
        "no FSPIOP-URI/HTTP-Method" => {
            matches!(fault, Fault::Missing("FSPIOP-URI" | "FSPIOP-HTTP-Method"))
        }
        "destination mismatch" => *fault == Fault::HeaderDiffers("FSPIOP-Destination".into()),
        "destination present but unprotected" => *fault == Fault::Unprotected("FSPIOP-Destination"),
        "URI header mismatch" => {
            matches!(fault, Fault::HeaderDiffers(name) if name == "FSPIOP-URI")
                || *fault == Fault::Unprotected("FSPIOP-URI")
        }
        "URI is not the request target" => *fault == Fault::NotTheTarget,
        "method header mismatch" => *fault == Fault::HeaderDiffers("FSPIOP-HTTP-Method".into()),
        "method is not the request method" => *fault == Fault::NotTheMethod,
        "protected Date mismatch" => *fault == Fault::HeaderDiffers("Date".into()),
        "duplicate FSPIOP-Source" => *fault == Fault::Twice("FSPIOP-Source".into()),
        "duplicate FSPIOP-Signature" => *fault == Fault::Twice("FSPIOP-Signature".into()),
        "duplicate Date" => *fault == Fault::Twice("Date".into()),
        "signature header not JSON" | "signature header shape" => *fault == Fault::SignatureShape,
        "not strict base64url" => *fault == Fault::NotBase64Url("signature"),
        "length" => *fault == Fault::Length("signature"),
        "alg" => *fault == Fault::Algorithm,
        "key type/curve" => *fault == Fault::KeyMismatch,
        // An RSA key that is too small is not in the ring at all.
        "key type/size" => matches!(fault, Fault::KeyMismatch | Fault::NoKey),
        "crit/b64/embedded key" => matches!(fault, Fault::Unsupported(_)),
        "protected header dup/shape" => *fault == Fault::ProtectedShape,
        "protected FSPIOP-Encryption mismatch" => {
            *fault == Fault::HeaderDiffers("FSPIOP-Encryption".into())
        }
        other => panic!("a reason that this test does not know: {other}"),
    }
}

#[test]
fn the_example_of_the_standard_verifies() {
    let Some(path) = shared_or_skip("data/security/jws/spec-example-recomputed.json") else {
        return;
    };
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let text = |name: &str| file[name].as_str().unwrap().to_owned();
    let part = |name: &str| URL_SAFE_NO_PAD.decode(file["jwk"][name].as_str().unwrap()).unwrap();
    let mut keys = KeyRing::new();
    keys.add("1234", PublicKey::from_der(&rsa_public_key(&part("n"), &part("e"))).unwrap());
    let signature = format!(
        r#"{{"signature":"{}","protectedHeader":"{}"}}"#,
        text("signature"),
        text("protectedHeader")
    );
    let headers = HeaderList::new()
        .with("FSPIOP-Source", "1234")
        .with("FSPIOP-Destination", "5678")
        .with("FSPIOP-URI", "/quotes")
        .with("FSPIOP-HTTP-Method", "POST")
        .with("Date", "Tue, 23 May 2017 21:12:31 GMT")
        .with("FSPIOP-Signature", signature);
    let body = URL_SAFE_NO_PAD.decode(text("payloadB64url")).unwrap();
    let message = Message { method: "POST".into(), target: "/quotes".into(), headers, body };
    assert_eq!(message.verify(&keys, None).unwrap().protected.algorithm, Algorithm::Rs256);
    let stale = message.verify(&keys, CLOCK).unwrap_err();
    assert_eq!(stale.fault, Fault::Date);
}

#[test]
fn what_we_sign_verifies_here_and_in_jsonwebtoken() {
    for (key, algorithm) in fresh_keys() {
        let pem = key.public_key_pem().unwrap();
        let message = Message::signed(&DRAFT, &key);
        let verified = message.verify(&ring("payerfsp", &pem), CLOCK).unwrap();
        assert_eq!(verified.protected.algorithm, algorithm);
        assert!(second_opinion(&message, &pem, algorithm), "{algorithm:?}");
        let mut altered = message;
        altered.body.push(b' ');
        assert_eq!(
            altered.verify(&ring("payerfsp", &pem), CLOCK).unwrap_err().fault,
            Fault::Signature
        );
        assert!(!second_opinion(&altered, &pem, algorithm), "{algorithm:?}");
    }
}

#[test]
fn a_deterministic_key_signs_the_same_bytes_alike() {
    for (key, algorithm) in fresh_keys() {
        let (one, two) = (sign(&DRAFT, &key), sign(&DRAFT, &key));
        assert_eq!(one.signature == two.signature, key.is_deterministic(), "{algorithm:?}");
        assert_eq!(key.is_deterministic(), algorithm != Algorithm::Es256);
    }
}

#[test]
fn private_keys_are_read_by_what_they_are() {
    let Some(path) = shared_or_skip("data/security/jws/keys") else { return };
    let read = |name: &str| std::fs::read_to_string(path.join(name)).unwrap();
    let rsa = read("TEST-ONLY-rsa2048-a.key");
    let p256 = read("TEST-ONLY-ecp256-c.key");
    let relabelled = p256.replace("EC PRIVATE KEY", "RSA PRIVATE KEY");
    let behind_parameters = format!(
        "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n{p256}"
    );
    for (text, algorithm, public) in [
        (&rsa, Algorithm::Rs256, "TEST-ONLY-rsa2048-a.pub.pem"),
        (&p256, Algorithm::Es256, "TEST-ONLY-ecp256-c.pub.pem"),
        (&relabelled, Algorithm::Es256, "TEST-ONLY-ecp256-c.pub.pem"),
        (&behind_parameters, Algorithm::Es256, "TEST-ONLY-ecp256-c.pub.pem"),
    ] {
        let key = SigningKey::from_pem(text).unwrap();
        assert_eq!(key.algorithm(), algorithm);
        assert_eq!(key.public_key_pem().unwrap().trim(), read(public).trim());
        Message::signed(&DRAFT, &key).verify(&ring("payerfsp", &read(public)), None).unwrap();
    }
    for refused in
        ["TEST-ONLY-rsa1024-weak.key", "TEST-ONLY-ecp384-d.key", "TEST-ONLY-rsa2048-a.pub.pem"]
    {
        assert_eq!(
            SigningKey::from_pem(&read(refused)).unwrap_err(),
            KeyError::Unsupported,
            "{refused}"
        );
    }
    assert_eq!(SigningKey::from_pem("no key").unwrap_err(), KeyError::NotPem);
}

#[test]
fn pkcs8_private_keys_are_read() {
    for (pem, algorithm) in
        [(pkcs8_p256().as_str(), Algorithm::Es256), (pkcs8_rsa(), Algorithm::Rs256)]
    {
        let key = SigningKey::from_pem(pem).unwrap();
        assert_eq!(key.algorithm(), algorithm);
        let public = key.public_key_pem().unwrap();
        Message::signed(&DRAFT, &key).verify(&ring("payerfsp", &public), None).unwrap();
    }
}

#[test]
fn a_key_signs_only_with_what_fits_it() {
    let p256 = SigningKey::generate_p256().unwrap();
    assert!(p256.with(Algorithm::Rs256).is_err());
    let rsa = SigningKey::from_pem(pkcs8_rsa()).unwrap();
    assert_eq!(rsa.with(Algorithm::Rs512).unwrap().algorithm(), Algorithm::Rs512);
    assert!(SigningKey::from_pem(pkcs8_rsa()).unwrap().with(Algorithm::Es256).is_err());
}

#[test]
fn a_scheme_may_allow_fewer_algorithms() {
    let key = SigningKey::from_pem(pkcs8_rsa()).unwrap().with(Algorithm::Rs512).unwrap();
    let public = PublicKey::from_pem(&key.public_key_pem().unwrap()).unwrap();
    let mut keys = KeyRing::new();
    keys.add("payerfsp", public.only(&[Algorithm::Rs256]));
    let refusal = Message::signed(&DRAFT, &key).verify(&keys, None).unwrap_err();
    assert_eq!(refusal.fault, Fault::KeyMismatch);
}

#[test]
fn a_changed_key_overlaps_with_the_old_one() {
    let (old, new) = (SigningKey::generate_p256().unwrap(), SigningKey::generate_p256().unwrap());
    let public = |key: &SigningKey| PublicKey::from_pem(&key.public_key_pem().unwrap()).unwrap();
    let mut keys = KeyRing::new();
    keys.add("payerfsp", public(&old).valid(None, Some(NOW_MS)));
    keys.add("payerfsp", public(&new).valid(Some(NOW_MS - 1_000), None));
    let judge = |key: &SigningKey, now_ms: i64| {
        let clock = Some(Clock { now_ms, date_window_ms: None });
        Message::signed(&DRAFT, key).verify(&keys, clock).map_err(|refusal| refusal.fault)
    };
    assert_eq!(judge(&old, NOW_MS).map(|verified| verified.date_age_ms), Ok(Some(0)));
    assert!(judge(&new, NOW_MS).is_ok());
    assert_eq!(judge(&old, NOW_MS + 1).unwrap_err(), Fault::Signature);
    assert_eq!(judge(&new, NOW_MS - 1_001).unwrap_err(), Fault::Signature);
    keys.remove("payerfsp");
    assert_eq!(Message::signed(&DRAFT, &new).verify(&keys, None).unwrap_err().fault, Fault::NoKey);
}

#[test]
fn the_date_is_enforced_only_with_a_window() {
    let (message, keys) = signed_with_fresh_key(&DRAFT);
    let at = |offset_ms: i64, date_window_ms| {
        message.verify(&keys, Some(Clock { now_ms: NOW_MS + offset_ms, date_window_ms }))
    };
    assert_eq!(at(86_400_000, None).unwrap().date_age_ms, Some(86_400_000));
    assert!(at(300_000, Some(300_000)).is_ok() && at(-300_000, Some(300_000)).is_ok());
    for offset_ms in [300_001, -300_001] {
        assert_eq!(at(offset_ms, Some(300_000)).unwrap_err().fault, Fault::Date);
    }
    let (dateless, keys) = signed_with_fresh_key(&Draft { date: None, ..DRAFT });
    assert_eq!(dateless.verify(&keys, CLOCK).unwrap_err().fault, Fault::Date);
}

#[test]
fn a_hop_may_fill_in_the_destination_of_a_lookup_only() {
    let lookup =
        Draft { method: "GET", target: "/parties/MSISDN/1", destination: None, body: b"", ..DRAFT };
    let (mut message, keys) = signed_with_fresh_key(&lookup);
    message.headers.push("FSPIOP-Destination", "payeefsp");
    assert!(message.verify(&keys, None).is_ok());
    for draft in [
        Draft { target: "/transfers/1", ..lookup },
        Draft { method: "PUT", ..lookup },
        Draft { method: "POST", target: "/participants", ..lookup },
    ] {
        let (mut message, keys) = signed_with_fresh_key(&draft);
        message.headers.push("FSPIOP-Destination", "payeefsp");
        let fault = message.verify(&keys, None).unwrap_err().fault;
        assert_eq!(
            fault,
            Fault::Unprotected("FSPIOP-Destination"),
            "{} {}",
            draft.method,
            draft.target
        );
    }
}

#[test]
fn the_origin_of_the_budget_may_be_protected_and_the_timeout_not() {
    let (message, keys) =
        signed_with_fresh_key(&Draft { also: &[("FSPIOP-Timeout-Origin", "30000")], ..DRAFT });
    let verified = message.verify(&keys, None).unwrap();
    assert_eq!(verified.protected.value("FSPIOP-Timeout-Origin"), Some("30000"));
    let also = &[("fspiop-timeout", "30000")];
    let refused = jws::sign(&Draft { also, ..DRAFT }, &p256(), &SystemRandom::new());
    assert_eq!(refused.unwrap_err(), SignError::TimeoutProtected);
    for name in ["FSPIOP-Timeout", "fspiop-timeout"] {
        let refusal = with_protected(&format!(r#"{{"alg":"ES256","{name}":"30000"}}"#));
        assert_eq!(
            (refusal.code(), refusal.fault),
            (ErrorCode::MalformedSyntax, Fault::TimeoutProtected)
        );
    }
}

#[test]
fn a_protected_name_is_an_http_header_that_is_there_once() {
    let draft = Draft { also: &[("Content-Type", "application/json")], ..DRAFT };
    let (mut message, keys) = signed_with_fresh_key(&draft);
    message.headers.push("content-type", "application/json");
    assert_eq!(message.verify(&keys, None).unwrap_err().fault, Fault::Twice("Content-Type".into()));
    message.headers.remove("Content-Type");
    let fault = message.verify(&keys, None).unwrap_err().fault;
    assert_eq!(fault, Fault::HeaderDiffers("Content-Type".into()));
}

#[test]
fn a_private_key_survives_its_own_file() {
    for (key, algorithm) in fresh_keys() {
        let again = SigningKey::from_pem(&key.private_key_pem().unwrap()).unwrap();
        assert_eq!(again.public_key_pem(), key.public_key_pem(), "{algorithm:?}");
    }
}

#[test]
fn keys_are_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<SigningKey>();
    shared::<KeyRing>();
}

proptest! {
    /// A header of any text is refused or verified, and never more than that.
    #[test]
    fn any_signature_header_is_judged(
        noise in ".{0,60}",
        protected in prop_oneof![
            ".{0,60}",
            r#"\{"alg":"(ES256|RS256|none)","[A-Za-z-]{1,12}":("x"|7|\{\}|null)\}"#,
        ],
        wrapped in any::<bool>(),
    ) {
        let protected = URL_SAFE_NO_PAD.encode(protected);
        let header = match wrapped {
            true => format!(r#"{{"signature":"{protected}","protectedHeader":"{protected}"}}"#),
            false => noise,
        };
        let headers = HeaderList::new()
            .with("FSPIOP-Source", "payerfsp")
            .with("FSPIOP-URI", "/transfers")
            .with("FSPIOP-HTTP-Method", "POST")
            .with("FSPIOP-Signature", header);
        let message =
            Message { method: "POST".into(), target: "/transfers".into(), headers, body: vec![] };
        prop_assert!(message.verify(&KeyRing::new(), CLOCK).is_err());
    }
}

#[test]
fn encrypted_fields_must_be_protected() {
    let (mut message, keys) = signed_with_fresh_key(&DRAFT);
    message.headers.push("FSPIOP-Encryption", "{}");
    assert_eq!(
        message.verify(&keys, None).unwrap_err().fault,
        Fault::Unprotected("FSPIOP-Encryption")
    );
}

#[test]
fn protected_headers_that_two_readers_could_read_differently_are_refused() {
    for text in [
        r#"{"alg":"ES256","Date":"a","date":"a"}"#,
        r#"{"alg":"ES256","\u0061lg":"RS256"}"#,
        r#"{"alg":"ES256","FSPIOP-URI":7}"#,
        r#"["ES256"]"#,
        r#"{"alg":"ES256"} {}"#,
        // Its name would be a line of the operator's log.
        r#"{"alg":"ES256","X\nnot a header":"x"}"#,
        r#"{"alg":"ES256","":"x"}"#,
    ] {
        assert_eq!(with_protected(text).fault, Fault::ProtectedShape, "{text}");
    }
    for member in ["jwk", "jku", "x5c", "x5u", "kid", "crit", "b64", "typ"] {
        let refusal = with_protected(&format!(r#"{{"alg":"ES256","{member}":"x"}}"#));
        assert_eq!(refusal.fault, Fault::Unsupported(member.to_owned()));
    }
}

#[test]
fn the_sender_learns_nothing_of_our_keys() {
    let (message, _) = signed_with_fresh_key(&DRAFT);
    let unknown = message.verify(&KeyRing::new(), None).unwrap_err();
    let wrong =
        message.verify(&ring("payerfsp", &p256().public_key_pem().unwrap()), None).unwrap_err();
    assert_eq!((&unknown.fault, &wrong.fault), (&Fault::NoKey, &Fault::Signature));
    assert_eq!(unknown.to_string(), wrong.to_string());
    let unprotected = with_protected(r#"{"alg":"ES256","X-Secret":"hunter2"}"#);
    assert!(!unprotected.to_string().contains("Secret"));
}

#[test]
fn the_shared_key_ring_leaves_out_what_it_may_not_use() {
    let Some(keys) = shared_keys() else { return };
    let mut unusable: Vec<_> =
        keys.unusable().iter().map(|key| (key.fsp_id.as_str(), key.error)).collect();
    unusable.sort_unstable_by_key(|(fsp_id, _)| *fsp_id);
    assert_eq!(unusable, [("ec384fsp", KeyError::Unsupported), ("weakfsp", KeyError::RsaSize)]);
    assert_eq!(keys.of("payerfsp").len(), 1);
    assert_eq!(keys.of("PayerFSP").len(), 0);
}

#[test]
fn a_key_ring_has_several_keys_and_their_validity() {
    let pem = p256().public_key_pem().unwrap().replace('\n', "\\n");
    let ring =
        |entry: &str| KeyRing::from_json(format!(r#"{{"keys":{{"a":{entry}}}}}"#).as_bytes());
    let keys = ring(&format!(
        r#"[{{"publicKeyPem":"{pem}","validUntil":"2026-05-24T00:00:00.000Z"}},{{"publicKeyPem":"{pem}"}}]"#
    ));
    let keys = keys.unwrap();
    assert_eq!(keys.of("a").len(), 2);
    assert!(
        keys.of("a")[0].is_valid_at(NOW_MS) && !keys.of("a")[0].is_valid_at(NOW_MS + 86_400_000)
    );
    for wrong in ["{}", "7", r#"{"publicKeyPem":7}"#] {
        assert!(ring(wrong).is_err(), "{wrong}");
    }
    let from = |text: &str| ring(&format!(r#"{{"publicKeyPem":"{pem}","validFrom":"{text}"}}"#));
    for text in ["2026-05-23T21:12:31Z", "2026-05-23T23:12:31.0+02:00", "2026-05-23T21:12:31.0009Z"]
    {
        let key = &from(text).unwrap().of("a")[0].is_valid_at(NOW_MS);
        assert!(key, "{text}");
    }
    for text in ["2026-05-23T21:12:31.001Z", "2026-05-23T21:12:31.1Z", "2026-05-23T21:12:32Z"] {
        assert!(!from(text).unwrap().of("a")[0].is_valid_at(NOW_MS), "{text}");
    }
    for text in ["soon", "2026-05-23", "2026-05-23T21:12:31", "2026-05-23T21:12:31.Z"] {
        assert!(from(text).is_err(), "{text}");
    }
    assert!(KeyRing::from_json(b"{}").is_err() && KeyRing::from_json(b"[").is_err());
}

#[test]
fn the_signed_uri_begins_at_the_resource() {
    for (target, uri) in [
        ("/transfers", Some("/transfers")),
        ("/payerfsp/inbound/transfers?x=/quotes", Some("/transfers?x=/quotes")),
        ("/parties/ALIAS/transfers", Some("/parties/ALIAS/transfers")),
        ("/transfers/", Some("/transfers/")),
        ("//transfers", Some("/transfers")),
        ("http://hub/transfers", None),
        ("/Transfers", None),
        ("/x?y=/transfers", None),
        ("", None),
    ] {
        assert_eq!(jws::signed_uri(target), uri, "{target}");
    }
}

/// A request that owns its parts.
struct Message {
    method: String,
    target: String,
    headers: HeaderList,
    body: Vec<u8>,
}

impl Message {
    fn of_vector(vector: &Value) -> Message {
        let request = &vector["request"];
        let lines = request["headers"].as_array().unwrap();
        let line = |line: &Value| {
            (line[0].as_str().unwrap().to_owned(), line[1].as_str().unwrap().to_owned())
        };
        Message {
            method: request["method"].as_str().unwrap().to_owned(),
            target: request["path"].as_str().unwrap().to_owned(),
            headers: lines.iter().map(line).collect(),
            body: STANDARD.decode(request["bodyB64"].as_str().unwrap()).unwrap(),
        }
    }

    fn signed(draft: &Draft<'_>, key: &SigningKey) -> Message {
        let signed = sign(draft, key);
        let mut headers = HeaderList::new()
            .with("fspiop-source", draft.source)
            .with("FSPIOP-URI", signed.uri)
            .with("FSPIOP-HTTP-Method", signed.method)
            .with("FSPIOP-Signature", signed.signature);
        let optional = [("FSPIOP-Destination", draft.destination), ("Date", draft.date)];
        for (name, value) in
            optional.into_iter().chain(draft.also.iter().map(|(n, v)| (*n, Some(*v))))
        {
            if let Some(value) = value {
                headers.push(name, value);
            }
        }
        let (method, target) = (draft.method.to_owned(), draft.target.to_owned());
        Message { method, target, headers, body: draft.body.to_vec() }
    }

    fn verify(&self, keys: &KeyRing, clock: Option<Clock>) -> Result<Verified, JwsRefusal> {
        let Message { method, target, headers, body } = self;
        jws::verify(&Request { method, target, headers, body }, keys, clock)
    }
}

fn sign(draft: &Draft<'_>, key: &SigningKey) -> jws::SignatureHeaders {
    jws::sign(draft, key, &SystemRandom::new()).unwrap()
}

fn p256() -> SigningKey {
    SigningKey::generate_p256().unwrap()
}

fn fresh_keys() -> Vec<(SigningKey, Algorithm)> {
    let rsa = |algorithm| SigningKey::from_pem(pkcs8_rsa()).unwrap().with(algorithm).unwrap();
    let mut keys: Vec<_> =
        [Algorithm::Rs256, Algorithm::Rs384, Algorithm::Rs512].map(|alg| (rsa(alg), alg)).into();
    keys.push((p256(), Algorithm::Es256));
    keys.push((SigningKey::generate_rsa_2048().unwrap(), Algorithm::Rs256));
    keys
}

fn signed_with_fresh_key(draft: &Draft<'_>) -> (Message, KeyRing) {
    let key = p256();
    let keys = ring(draft.source, &key.public_key_pem().unwrap());
    (Message::signed(draft, &key), keys)
}

/// What a message is refused for whose protected header has this text.
fn with_protected(text: &str) -> JwsRefusal {
    let (mut message, keys) = signed_with_fresh_key(&DRAFT);
    let protected = URL_SAFE_NO_PAD.encode(text);
    let header = format!(r#"{{"protectedHeader":"{protected}","signature":"AAAA"}}"#);
    message.headers.replace("FSPIOP-Signature", header);
    message.verify(&keys, None).unwrap_err()
}

fn ring(fsp_id: &str, pem: &str) -> KeyRing {
    let mut keys = KeyRing::new();
    keys.add(fsp_id, PublicKey::from_pem(pem).unwrap());
    keys
}

fn second_opinion(message: &Message, pem: &str, algorithm: Algorithm) -> bool {
    use jsonwebtoken::{Algorithm as Alg, DecodingKey, crypto};
    let header: Value =
        serde_json::from_str(message.headers.first("FSPIOP-Signature").unwrap()).unwrap();
    let (alg, key) = match algorithm {
        Algorithm::Rs256 => (Alg::RS256, DecodingKey::from_rsa_pem(pem.as_bytes())),
        Algorithm::Rs384 => (Alg::RS384, DecodingKey::from_rsa_pem(pem.as_bytes())),
        Algorithm::Rs512 => (Alg::RS512, DecodingKey::from_rsa_pem(pem.as_bytes())),
        Algorithm::Es256 => (Alg::ES256, DecodingKey::from_ec_pem(pem.as_bytes())),
    };
    let protected = header["protectedHeader"].as_str().unwrap();
    let input = format!("{protected}.{}", URL_SAFE_NO_PAD.encode(&message.body));
    crypto::verify(header["signature"].as_str().unwrap(), input.as_bytes(), &key.unwrap(), alg)
        .unwrap()
}

fn protected_json(verified: &Verified) -> Value {
    let alg = ("alg", verified.protected.algorithm.as_str());
    let members = std::iter::once(alg).chain(verified.protected.iter());
    Value::Object(members.map(|(name, value)| (name.to_owned(), Value::from(value))).collect())
}

fn shared_keys() -> Option<KeyRing> {
    let path = shared_or_skip("data/security/jws/keys/TEST-ONLY-keyring.json")?;
    Some(KeyRing::from_json(&std::fs::read(path).unwrap()).unwrap())
}

fn vectors(file: &str) -> Option<Vec<Value>> {
    let path = shared_or_skip(&format!("data/security/jws/{file}"))?;
    let mut file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let Value::Array(vectors) = file["vectors"].take() else { panic!("no vectors") };
    Some(vectors)
}

/// PKCS#1 RSAPublicKey in DER.
fn rsa_public_key(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let tagged = |tag: u8, content: Vec<u8>| {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        let mut der = vec![tag, 0x82, length[0], length[1]];
        if content.len() < 128 {
            der = vec![tag, length[1]];
        }
        der.extend(content);
        der
    };
    let unsigned = |number: &[u8]| {
        let sign: &[u8] = if number[0] >= 0x80 { &[0] } else { &[] };
        tagged(2, [sign, number].concat())
    };
    tagged(0x30, [unsigned(modulus), unsigned(exponent)].concat())
}

/// One RSA key for the tests that need no other, in PKCS#8.
fn pkcs8_rsa() -> &'static str {
    static PEM: OnceLock<String> = OnceLock::new();
    PEM.get_or_init(|| {
        let der: Pkcs8V1Der<'_> = RsaKeyPair::generate(KeySize::Rsa2048).unwrap().as_der().unwrap();
        pem("PRIVATE KEY", der.as_ref())
    })
}

fn pkcs8_p256() -> String {
    let random = SystemRandom::new();
    let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    pem("PRIVATE KEY", der.as_ref())
}

fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}
