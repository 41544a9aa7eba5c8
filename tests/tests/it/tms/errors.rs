//! What is refused, and in which shape.

use causeway_toolkit::http::raw;
use serde_json::{Value, json};

use super::{ENDING, MESSAGES, Payment, Peer, TRANSFER, example};

const TOKEN: &str = "token-of-the-platform";
const OTHER: &str = "token-of-somebody-else";

/// The shape of the swagger, and the members that the peer sends beside it.
fn error(body: &Value, status: u16, phrase: &str) -> String {
    assert_eq!(body["statusCode"], status, "{body}");
    assert_eq!(body["error"], phrase, "{body}");
    assert_eq!(body["data"]["error"], body["message"], "{body}");
    body["message"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_message_is_taken_in_and_what_is_wrong_with_one_is_said_by_place() {
    let peer = Peer::start("", "").await;
    for path in ["/", "/health"] {
        let answer = peer.ask(&format!("GET {path}"), "", "").await;
        assert_eq!((answer.status, answer.json()), (200, json!({ "status": "UP" })));
    }
    for message in MESSAGES {
        let Some(whole) = example(message) else { return };
        let answer = peer.post(message, &whole).await;
        assert_eq!(answer.status, 200, "{message}: {}", answer.body);
        let body = answer.json();
        assert_eq!(body["message"], "Transaction is valid");
        assert_eq!(body["data"], whole, "{message}");
        let root = whole.as_object().unwrap().keys().find(|name| *name != "TxTp").unwrap();
        let mut without = whole.clone();
        without[root]["GrpHdr"].as_object_mut().unwrap().remove("MsgId");
        let answer = peer.post(message, &without).await;
        assert_eq!(answer.status, 400);
        let said = error(&answer.json(), 400, "Bad Request");
        assert_eq!(said, format!("body: /{root}/GrpHdr/MsgId is required"));
        let mut tenant = whole.clone();
        tenant["TenantId"] = json!("DEFAULT");
        let answer = peer.post(message, &tenant).await;
        assert!(error(&answer.json(), 400, "Bad Request").contains("TenantId"), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_none_and_paths_that_lead_nowhere() {
    let peer = Peer::start("", "").await;
    let line = format!("POST /v1/evaluate/iso20022/{TRANSFER}");
    let kind = "Content-Type: application/json\r\n";
    for body in ["", "{", "null", "[]", "\"x\"", "{\"FIToFICstmrCdtTrf\": 7}"] {
        let answer = peer.ask(&line, kind, body).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.body);
        error(&answer.json(), 400, "Bad Request");
    }
    for kind in ["", "Content-Type: text/plain\r\n"] {
        let answer = peer.ask(&line, kind, "{}").await;
        error(&answer.json(), 415, "Unsupported Media Type");
    }
    for line in [
        "GET /v1/evaluate/iso20022/pacs.008.001.10",
        "POST /v1/evaluate/iso20022/pacs.008.001.08",
        "POST /v1/evaluate/iso20022",
        "DELETE /health",
        "GET /v1/admin/reports",
    ] {
        let answer = peer.ask(line, "Content-Type: application/json\r\n", "{}").await;
        assert_eq!(answer.status, 404, "{line}");
        error(&answer.json(), 404, "Not Found");
    }
    let answer = peer.ask("GET /v1/admin/reports/getreportbymsgid", "", "").await;
    error(&answer.json(), 400, "Bad Request");
    let at = peer.gateway.addresses.tms.unwrap();
    let large = format!("{line} HTTP/1.1\r\nHost: {at}\r\nContent-Length: 99999999\r\n\r\n");
    let answer = raw::exchange(at, large.as_bytes()).await.unwrap();
    assert_eq!(raw::statuses(&answer), [413]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_token_or_another_tenants_gets_nothing() {
    let digest = |token: &str| {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.as_bytes());
        digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let callers = format!(
        "callers = [{{ name = \"platform\", tenant = \"north\", token_sha256 = \"{}\" }},\n\
         {{ name = \"other\", tenant = \"south\", token_sha256 = \"{}\" }}]\n",
        digest(TOKEN),
        digest(OTHER)
    );
    let mut peer = Peer::start("tenant = \"north\"\n", &callers).await;
    let Some(Payment { transfer, .. }) = Payment::new("one", "ann", "bob", 0) else { return };
    for token in [None, Some(OTHER), Some("nobody's"), Some("")] {
        peer.token = token;
        for message in [TRANSFER, ENDING] {
            let answer = peer.post(message, &transfer).await;
            assert_eq!(answer.status, 401, "{token:?}: {}", answer.body);
            error(&answer.json(), 401, "Unauthorized");
            assert!(answer.head.contains("www-authenticate: bearer"));
        }
        let line = "GET /v1/admin/reports/getreportbymsgid?msgid=one-transfer";
        assert_eq!(peer.ask(line, "", "").await.status, 401);
        assert_eq!(peer.ask("GET /health", "", "").await.status, 200, "for whoever asks");
    }
    peer.token = Some(TOKEN);
    peer.send(TRANSFER, &transfer).await;
    assert!(peer.report("one-transfer").await.is_some());
}
