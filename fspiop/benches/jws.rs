//! Signatures: a POST /transfers of usual size signed and verified, with RSA and with P-256.

#![allow(missing_docs, clippy::unwrap_used, reason = "a bench may panic")]

use std::hint::black_box;

use aws_lc_rs::rand::SystemRandom;
use criterion::{Criterion, criterion_group, criterion_main};
use fspiop::headers::HeaderList;
use fspiop::jws::{self, Draft, KeyRing, PublicKey, Request, SigningKey};

const DATE: &str = "Fri, 20 Nov 2026 10:00:00 GMT";

fn signatures(criterion: &mut Criterion) {
    let keys = [SigningKey::generate_rsa_2048(), SigningKey::generate_p256()];
    let mut group = criterion.benchmark_group("jws");
    for key in keys.map(Result::unwrap) {
        let (name, body) = (key.algorithm().as_str(), body());
        let draft = Draft {
            method: "POST",
            target: "/transfers",
            source: "payerfsp",
            destination: Some("payeefsp"),
            date: Some(DATE),
            also: &[],
            body: &body,
        };
        let random = SystemRandom::new();
        group.bench_function(format!("sign {name}"), |bencher| {
            bencher.iter(|| jws::sign(black_box(&draft), &key, &random).unwrap());
        });
        let signed = jws::sign(&draft, &key, &random).unwrap();
        let headers = HeaderList::from_iter([
            ("FSPIOP-Source".to_owned(), "payerfsp".to_owned()),
            ("FSPIOP-Destination".to_owned(), "payeefsp".to_owned()),
            ("Date".to_owned(), DATE.to_owned()),
            (jws::SIGNATURE.to_owned(), signed.signature),
            (jws::URI.to_owned(), signed.uri),
            (jws::HTTP_METHOD.to_owned(), signed.method),
        ]);
        let mut ring = KeyRing::default();
        ring.add("payerfsp", PublicKey::from_pem(&key.public_key_pem().unwrap()).unwrap());
        let request =
            Request { method: "POST", target: "/transfers", headers: &headers, body: &body };
        group.bench_function(format!("verify {name}"), |bencher| {
            bencher.iter(|| jws::verify(black_box(&request), &ring, None).unwrap());
        });
    }
    group.finish();
}

/// A transfer with an ILP packet of 1,000 characters.
fn body() -> Vec<u8> {
    format!(
        r#"{{"amount":{{"amount":"100.5","currency":"EUR"}},"condition":"{}","expiration":"2026-11-20T10:00:30.000Z","ilpPacket":"{}","payeeFsp":"payeefsp","payerFsp":"payerfsp","transferId":"85feac2f-39b2-491b-817e-4a03203d4f14"}}"#,
        "A".repeat(43),
        "B".repeat(1_000)
    )
    .into_bytes()
}

criterion_group!(benches, signatures);
criterion_main!(benches);
