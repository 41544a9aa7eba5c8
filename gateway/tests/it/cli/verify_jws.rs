//! `verify-jws`: the shared vectors, and what else comes in a file.

use std::fs;
use std::path::{Path, PathBuf};

use aws_lc_rs::rand::SystemRandom;
use fspiop::jws::{Draft, SigningKey, sign};
use serde_json::{Value, json};

use super::{Ran, causeway, shared_or_skip};

const AT: &str = "2026-05-23T21:12:31Z";
const KEY_RING: &str = "data/security/jws/keys/TEST-ONLY-keyring.json";

fn vectors(file: &str) -> Option<Vec<Value>> {
    let path = shared_or_skip("data/security/jws")?.join(file);
    let file: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    Some(file["vectors"].as_array().unwrap().clone())
}

/// A vector as a raw request with these line ends.
fn raw(vector: &Value, end: &str) -> Vec<u8> {
    let request = &vector["request"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut head = format!("{} {} HTTP/1.1{end}", text(&request["method"]), text(&request["path"]));
    for line in request["headers"].as_array().unwrap() {
        head.push_str(&format!("{}: {}{end}", text(&line[0]), text(&line[1])));
    }
    [head.as_bytes(), end.as_bytes(), request["bodyUtf8"].as_str().unwrap().as_bytes()].concat()
}

fn verify(keys: &Path, at: Option<&str>, files: &[PathBuf]) -> Ran {
    let mut arguments = vec!["verify-jws".into(), "--keys".into(), keys.to_path_buf()];
    arguments.extend(at.into_iter().flat_map(|at| ["--at".into(), at.into()]));
    arguments.extend(files.iter().cloned());
    causeway(arguments)
}

/// Writes each request into a file of its own, runs, and gives the line that each got.
fn lines(keys: &Path, at: Option<&str>, requests: &[Vec<u8>]) -> (i32, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<PathBuf> =
        (0..requests.len()).map(|index| folder.path().join(format!("{index}.http"))).collect();
    for (file, request) in files.iter().zip(requests) {
        fs::write(file, request).unwrap();
    }
    let ran = verify(keys, at, &files);
    assert_eq!(ran.complained, "");
    let lines = ran.said.lines().zip(&files);
    let lines: Vec<String> = lines
        .map(|(line, file)| {
            let name = format!("{}: ", file.display());
            line.strip_prefix(&name).unwrap_or_else(|| panic!("{line}")).to_owned()
        })
        .collect();
    assert_eq!(lines.len(), requests.len(), "{}", ran.said);
    (ran.code, lines)
}

#[test]
fn every_vector_gets_its_verdict() {
    let Some(ring) = shared_or_skip(KEY_RING) else { return };
    let (Some(valid), Some(tampered)) = (vectors("valid.json"), vectors("tampered.json")) else {
        return;
    };
    assert_eq!((valid.len(), tampered.len()), (41, 48));
    for end in ["\r\n", "\n"] {
        for at in [None, Some(AT)] {
            let requests: Vec<_> = valid.iter().map(|vector| raw(vector, end)).collect();
            let (code, lines_) = lines(&ring, at, &requests);
            assert_eq!(code, 0, "{lines_:#?}");
            for (vector, line) in valid.iter().zip(&lines_) {
                assert_eq!(vector["expect"]["causeway"], "accept");
                let source = vector["keyRef"].as_str().unwrap();
                let wanted = format!("valid: signed by {source} with ");
                assert!(line.starts_with(&wanted), "{}: {line}", vector["id"]);
            }
            let requests: Vec<_> = tampered.iter().map(|vector| raw(vector, end)).collect();
            let (code, lines_) = lines(&ring, at, &requests);
            assert_eq!(code, 1);
            for (vector, line) in tampered.iter().zip(&lines_) {
                assert_eq!(vector["expect"]["causeway"], "reject");
                let wanted = format!("{} ", vector["expect"]["errorCode"].as_str().unwrap());
                assert!(line.starts_with(&wanted), "{}: {line}", vector["id"]);
            }
        }
    }
}

/// A key, a ring in which it is `payerfsp`'s, and the folder that the ring is in.
fn fresh(validity: Value) -> (SigningKey, PathBuf, tempfile::TempDir) {
    let key = SigningKey::generate_p256().unwrap();
    let mut entry = json!({ "publicKeyPem": key.public_key_pem().unwrap() });
    entry.as_object_mut().unwrap().extend(validity.as_object().unwrap().clone());
    let folder = tempfile::tempdir().unwrap();
    let ring = folder.path().join("ring.json");
    fs::write(&ring, json!({ "keys": { "payerfsp": entry } }).to_string()).unwrap();
    (key, ring, folder)
}

/// A signed POST /quotes: request line, header lines without Content-Length, body.
fn signed(key: &SigningKey) -> (String, Vec<String>, String) {
    let body = "{\"quoteId\":\"1\",\"note\":\"caf\u{e9}\"}\n";
    let draft = Draft {
        method: "POST",
        target: "/quotes",
        source: "payerfsp",
        destination: Some("payeefsp"),
        date: Some("Sat, 23 May 2026 21:12:31 GMT"),
        also: &[],
        body: body.as_bytes(),
    };
    let signature = sign(&draft, key, &SystemRandom::new()).unwrap();
    let lines = [
        ("FSPIOP-Source", "payerfsp"),
        ("FSPIOP-Destination", "payeefsp"),
        ("Date", "Sat, 23 May 2026 21:12:31 GMT"),
        ("FSPIOP-URI", signature.uri.as_str()),
        ("FSPIOP-HTTP-Method", signature.method.as_str()),
        ("FSPIOP-Signature", signature.signature.as_str()),
    ];
    let lines = lines.map(|(name, value)| format!("{name}: {value}"));
    ("POST /quotes HTTP/1.1".to_owned(), lines.to_vec(), body.to_owned())
}

#[test]
fn the_bytes_of_the_file_count_and_nothing_else() {
    let (key, ring, _folder) = fresh(json!({}));
    let (start, headers, body) = signed(&key);
    let file = |start: &str, headers: &[String], body: &str| {
        format!("{start}\r\n{}\r\n\r\n{body}", headers.join("\r\n")).into_bytes()
    };
    let with = |more: &[&str]| {
        let more = more.iter().map(|line| (*line).to_owned());
        file(&start, &headers.iter().cloned().chain(more).collect::<Vec<_>>(), &body)
    };
    let changed = |from: &str, to: &str| {
        String::from_utf8(with(&[])).unwrap().replacen(from, to, 1).into_bytes()
    };
    let length = |bytes: usize| format!("Content-Length: {bytes}");
    let chunk = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let chunked: Vec<_> =
        headers.iter().cloned().chain(["Transfer-Encoding: chunked".to_owned()]).collect();
    let rows: Vec<(&str, Vec<u8>, &str)> = vec![
        ("as signed", with(&[]), "valid"),
        ("with its length", with(&[&length(body.len())]), "valid"),
        ("a base path", changed("POST /quotes", "POST /a/b/quotes"), "valid"),
        ("an absolute target", changed("POST /quotes", "POST http://h:1/quotes"), "valid"),
        ("names in capitals", changed("Date:", "DATE:"), "valid"),
        ("no blank behind the colon", changed("Date: ", "Date:"), "valid"),
        ("more blanks around a value", changed("Date: ", "Date: \t "), "valid"),
        ("unsigned headers", with(&["FSPIOP-Timeout: 9", "Host: h"]), "valid"),
        ("chunks", file(&start, &chunked, &chunk), "valid"),
        (
            "chunks of other bytes",
            file(&start, &chunked, &chunk.replace("caf", "Caf")),
            "3105 FSPIOP-Signature",
        ),
        ("no newline at the end", file(&start, &headers, body.trim_end()), "3105 FSPIOP-Signature"),
        ("a newline more", file(&start, &headers, &format!("{body}\n")), "3105 FSPIOP-Signature"),
        ("composed differently", changed("\u{e9}", "e\u{301}"), "3105 FSPIOP-Signature"),
        ("a longer length", with(&[&length(body.len() + 1)]), "3101 Content-Length"),
        ("a shorter length", with(&[&length(body.len() - 1)]), "3101 Content-Length"),
        ("two lengths", with(&[&length(body.len()), &length(body.len())]), "3101 Content-Length"),
        ("folded", changed("Date: ", "Date:\r\n "), "3101 line 5"),
        ("a blank before the colon", changed("Date:", "Date :"), "3101 line 4"),
        ("twice", with(&["fspiop-source: payerfsp"]), "3101 FSPIOP-Source"),
        ("a protected one twice", with(&["date: x"]), "3101 Date"),
        ("a query", changed("POST /quotes", "POST /quotes?"), "3105 FSPIOP-URI"),
        ("percent-encoded", changed("POST /quotes", "POST /%71uotes"), "3105 FSPIOP-URI"),
        ("a trailing slash", changed("POST /quotes", "POST /quotes/"), "3105 FSPIOP-URI"),
        ("another method", changed("POST /quotes", "PUT /quotes"), "3105 FSPIOP-HTTP-Method"),
        (
            "no destination",
            changed("FSPIOP-Destination: payeefsp\r\n", ""),
            "3105 protected FSPIOP-Destination",
        ),
        ("another date", changed("Date: Sat", "Date: Sun"), "3105 protected Date"),
        ("unsigned", changed("FSPIOP-Signature:", "X:"), "3102 FSPIOP-Signature"),
        ("not HTTP", b"{}".to_vec(), "3101 line 1"),
        ("nothing", Vec::new(), "3101 line 1"),
    ];
    let requests: Vec<_> = rows.iter().map(|(_, request, _)| request.clone()).collect();
    let (code, said) = lines(&ring, None, &requests);
    assert_eq!(code, 1);
    for ((row, _, wanted), line) in rows.iter().zip(&said) {
        assert!(line.starts_with(wanted), "{row}: {line}, wanted {wanted}");
    }
}

#[test]
fn the_time_counts_only_when_it_is_given() {
    let validity =
        json!({ "validFrom": "2026-05-23T21:00:00Z", "validUntil": "2026-05-23T23:00:00.5+01:00" });
    let (key, ring, _folder) = fresh(validity);
    let (start, headers, body) = signed(&key);
    let request = format!("{start}\n{}\n\n{body}", headers.join("\n")).into_bytes();
    for (at, wanted) in [
        (None, "valid: signed by payerfsp with ES256"),
        (Some("2026-05-23T21:12:31Z"), "valid: signed by payerfsp with ES256"),
        (Some("2026-05-23T23:17:31+02:00"), "valid"),
        (Some("2026-05-23T21:07:31Z"), "valid"),
        (Some("2026-05-23T21:17:31.001Z"), "3105 Date: "),
        (Some("2026-05-23T21:07:30Z"), "3105 Date: "),
    ] {
        let (code, said) = lines(&ring, at, std::slice::from_ref(&request));
        assert_eq!(code, i32::from(!said[0].starts_with("valid")));
        assert!(said[0].starts_with(wanted), "{at:?}: {}", said[0]);
    }
    let late = json!({ "validFrom": "2026-05-23T21:12:31.001Z" });
    let (key, ring, _folder) = fresh(late);
    let (start, headers, body) = signed(&key);
    let request = format!("{start}\n{}\n\n{body}", headers.join("\n")).into_bytes();
    let (_, said) = lines(&ring, Some(AT), &[request]);
    assert_eq!(
        said[0],
        "3105 FSPIOP-Source: no key of payerfsp is valid at the time given with --at"
    );
}

#[test]
fn a_missing_key_says_which_and_why() {
    let (Some(ring), Some(tampered)) = (shared_or_skip(KEY_RING), vectors("tampered.json")) else {
        return;
    };
    let said = |id: &str| {
        let vector = tampered.iter().find(|vector| vector["id"] == id).unwrap();
        lines(&ring, None, &[raw(vector, "\n")]).1.remove(0)
    };
    assert!(said("JWS-BAD-042").contains("weakfsp is not taken: an RSA key must have 2048"));
    assert!(said("JWS-BAD-045").contains("has no key of ghostfsp"));
}

#[test]
fn arguments_that_cannot_be_used_are_told_apart() {
    let (key, ring, folder) = fresh(json!({}));
    let (start, headers, body) = signed(&key);
    let good = folder.path().join("good.http");
    fs::write(&good, format!("{start}\n{}\n\n{body}", headers.join("\n"))).unwrap();
    assert_eq!(verify(&ring, None, std::slice::from_ref(&good)).code, 0);
    let no_ring = folder.path().join("no-ring.json");
    fs::write(&no_ring, "{\"keys\":{},\"keys\":{}}").unwrap();
    let absent = folder.path().join("absent");
    for (keys, at, file, wanted) in [
        (&ring, Some("yesterday"), &good, "--at"),
        (&ring, Some("2026-05-23T21:12:31"), &good, "--at"),
        (&no_ring, None, &good, "no-ring.json"),
        (&absent, None, &good, "absent"),
        (&ring, None, &absent, "absent"),
    ] {
        let ran = verify(keys, at, std::slice::from_ref(file));
        assert_eq!((ran.code, ran.said.as_str()), (2, ""), "{ran:?}");
        assert!(ran.complained.contains(wanted), "{ran:?}");
    }
    assert_eq!(causeway(["verify-jws"]).code, 2);
    assert_eq!(causeway(["verify-jws".as_ref(), "--keys".as_ref(), ring.as_os_str()]).code, 2);
}
