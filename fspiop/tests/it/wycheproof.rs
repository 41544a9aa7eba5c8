//! Project Wycheproof's vectors through the keys that verify our messages: RS256, RS384, RS512, ES256.

use crate::shared_or_skip;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fspiop::json;
use fspiop::jws::{Algorithm, PublicKey};
use serde_json::Value;

/// Signatures that Wycheproof leaves to the verifier, and that we refuse: PKCS #1 wants a NULL there.
const REFUSED_THOUGH_ACCEPTABLE: [&str; 1] = ["Missing NULL in the ASN encoding"];

#[test]
fn pkcs1_signatures_with_sha_256() {
    let counts = judge("rsa_signature_2048_sha256_test.json", Algorithm::Rs256);
    assert!(counts.is_none_or(|counts| counts == [9, 249, 1]), "{counts:?}");
}

#[test]
fn ecdsa_signatures_on_p_256_in_the_form_of_jose() {
    let counts = judge("ecdsa_secp256r1_sha256_p1363_test.json", Algorithm::Es256);
    assert!(counts.is_none_or(|counts| counts == [173, 89, 0]), "{counts:?}");
}

/// How many are valid, invalid and acceptable, each with the verdict that it must have.
fn judge(file: &str, algorithm: Algorithm) -> Option<[usize; 3]> {
    let file = read(file)?;
    let mut counts = [0; 3];
    for group in file["testGroups"].as_array().unwrap() {
        // An RSA key is given in both forms that we read.
        for form in ["publicKeyDer", "publicKeyAsn"] {
            let Some(der) = group[form].as_str() else { continue };
            let key = PublicKey::from_der(&bytes(der)).unwrap();
            for test in group["tests"].as_array().unwrap() {
                let (message, signature) = (&test["msg"], &test["sig"]);
                let (message, signature) = (message.as_str().unwrap(), signature.as_str().unwrap());
                let verdict = key.verifies(algorithm, &bytes(message), &bytes(signature));
                let place = expect(verdict, test);
                counts[place] += usize::from(form == "publicKeyDer");
            }
        }
    }
    Some(counts)
}

fn expect(verdict: Option<bool>, test: &Value) -> usize {
    let (id, comment) = (&test["tcId"], test["comment"].as_str().unwrap());
    let (place, wanted) = match test["result"].as_str().unwrap() {
        "valid" => (0, true),
        "invalid" => (1, false),
        _ => (2, !REFUSED_THOUGH_ACCEPTABLE.contains(&comment)),
    };
    assert_eq!(verdict, Some(wanted), "{id} {comment}");
    place
}

/// Compact JWS, less what our profile refuses of it (`kid`): header, algorithm by key, signature.
#[test]
fn json_web_signatures_of_our_algorithms() {
    let Some(file) = read("json_web_signature_test.json") else { return };
    let mut counts = [0; 2];
    for group in file["testGroups"].as_array().unwrap() {
        let Some(key) = key(&group["public"]) else { continue };
        for test in group["tests"].as_array().unwrap() {
            let wanted = test["result"] == "valid";
            let text = test["jws"].as_str().unwrap_or_default();
            let verdict = verified(&key, text).unwrap_or(false);
            assert_eq!(verdict, wanted, "{} {}", test["tcId"], test["comment"]);
            counts[usize::from(wanted)] += 1;
        }
    }
    assert_eq!(counts, [262, 18]);
}

/// A JWK of an algorithm that we verify.
fn key(jwk: &Value) -> Option<PublicKey> {
    let part = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str()?).ok();
    let algorithm = Algorithm::named(jwk["alg"].as_str()?)?;
    let der = match part("n") {
        Some(modulus) => sequence(&[integer(&modulus), integer(&part("e")?)].concat()),
        None => [bytes(P256_HEAD), part("x")?, part("y")?].concat(),
    };
    Some(PublicKey::from_der(&der).unwrap().only(&[algorithm]))
}

/// SubjectPublicKeyInfo of P-256 up to the point's coordinates.
const P256_HEAD: &str = "3059301306072a8648ce3d020106082a8648ce3d03010703420004";

fn sequence(content: &[u8]) -> Vec<u8> {
    der(0x30, content)
}

/// A positive number: a zero byte keeps one whose first bit is set from being negative.
fn integer(magnitude: &[u8]) -> Vec<u8> {
    let zero: &[u8] = if magnitude[0] < 0x80 { &[] } else { &[0] };
    der(0x02, &[zero, magnitude].concat())
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    let head = match content.len() {
        0..0x80 => vec![tag, length[1]],
        0x80..0x100 => vec![tag, 0x81, length[1]],
        _ => vec![tag, 0x82, length[0], length[1]],
    };
    [&head, content].concat()
}

fn verified(key: &PublicKey, text: &str) -> Option<bool> {
    let [header, payload, signature] = text.split('.').collect::<Vec<_>>().try_into().ok()?;
    let protected = json::parse(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    let algorithm = Algorithm::named(protected.member("alg")?.as_str()?)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    key.verifies(algorithm, format!("{header}.{payload}").as_bytes(), &signature)
}

fn read(file: &str) -> Option<Value> {
    let path = shared_or_skip(&format!("data/security/wycheproof/{file}"))?;
    Some(serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let pairs = hexadecimal.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}
