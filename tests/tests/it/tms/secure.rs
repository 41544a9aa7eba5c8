//! The interface over TLS: the certificate of the FSPIOP listener, clients of the same CA, and a token
//! beside it.

use causeway_tests::tls::{operators_ca, scheme_ca};
use causeway_tests::world;
use causeway_toolkit::http::{HttpClient, HttpRequest, HttpResponse, raw};
use causeway_toolkit::tls::Credentials;
use http::Method;
use serde_json::Value;

use super::{ENDING, Payment, TRANSFER};

const TOKEN: &str = "token-of-the-platform";
const PATIENCE_MS: u64 = 10_000;

async fn send(
    credentials: &Credentials,
    token: &str,
    line: (Method, &str),
    body: Option<&Value>,
) -> Result<HttpResponse, String> {
    let client = HttpClient::with_credentials(credentials, PATIENCE_MS).unwrap();
    let mut request = HttpRequest::new(line.0, line.1);
    if !token.is_empty() {
        request = request.header("authorization", &format!("Bearer {token}")).unwrap();
    }
    if let Some(body) = body {
        request = request.header("content-type", "application/json").unwrap();
        request = request.body(body.to_string());
    }
    client.send(request).await.map_err(|error| format!("{error:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_it_takes_a_certificate_of_the_schemes_ca_and_a_token() {
    let Some(payment) = Payment::new("one", "ann", "bob", 0) else { return };
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, TOKEN.as_bytes());
    let digest: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    // Not on loopback alone, which takes TLS and callers.
    let settings = format!(
        "[screening]\nenabled = true\nbudget_ms = 5000\n[screening.tms]\nenabled = true\n\
         listen = \"0.0.0.0:0\"\n\
         callers = [{{ name = \"platform\", tenant = \"default\", token_sha256 = \"{digest}\" }}]\n"
    );
    let directory = tempfile::tempdir().unwrap();
    let gateway = world::gateway(directory.path(), &settings, Default::default()).await;
    let port = gateway.addresses.tms.unwrap().port();
    let url = |path: &str| format!("https://127.0.0.1:{port}{path}");
    let evaluate = |message: &str| url(&format!("/v1/evaluate/iso20022/{message}"));
    let (transfer, ending) = (evaluate(TRANSFER), evaluate(ENDING));
    let report = url("/v1/admin/reports/getreportbymsgid?msgid=one-ending");
    let platform = scheme_ca().participant("platform").unwrap();
    // A certificate alone is nobody's word, nor is a token of somebody else.
    for token in ["", "token-of-somebody-else"] {
        let line = (Method::POST, transfer.as_str());
        let answer = send(&platform, token, line, Some(&payment.transfer)).await.unwrap();
        assert_eq!(answer.status, 401, "{token}: {}", answer.text());
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    }
    // Nor is a token without a certificate, or with one of another CA.
    let operator = operators_ca().participant("operator").unwrap().trusting(scheme_ca().pem());
    let line = (Method::POST, transfer.as_str());
    let refused = send(&operator, TOKEN, line, Some(&payment.transfer)).await;
    assert!(refused.is_err(), "{refused:?}");
    let at = ([127, 0, 0, 1], port).into();
    let plain = format!("GET {TRANSFER} HTTP/1.1\r\nAuthorization: Bearer {TOKEN}\r\n\r\n");
    let heard = raw::exchange(at, plain.as_bytes()).await.unwrap();
    assert!(!heard.starts_with(b"HTTP"), "{heard:?}");
    for (url, body) in [(&transfer, &payment.transfer), (&ending, &payment.ending)] {
        let answer = send(&platform, TOKEN, (Method::POST, url), Some(body)).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.json().unwrap()["message"], "Transaction is valid");
    }
    let answer = send(&platform, TOKEN, (Method::GET, &report), None).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json().unwrap()["data"]["transactionID"], "one-ending");
    gateway.stop().await;
}
