//! Cases, the outbox, health, metrics.

use super::hub;
use bytes::Bytes;
use causeway::effects::RECONCILIATION;
use causeway::hub::error_callback;
use causeway::outbound::{Originated, Outbound, Unsigned, Urgency};
use causeway::seal;
use causeway_toolkit::http::{Exchange, Handler, HttpServer, Reply};
use fspiop::error::{ErrorCode, ErrorInformation};
use fspiop::version::Version;
use hyper::StatusCode;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use switch_store::{DocumentKey, DocumentWrite, Expected, OutboxRow, Submission};

fn row(resource: &str, urgency: Urgency) -> switch_store::NewOutboxRow {
    let request = Unsigned {
        method: "PUT".to_owned(),
        target: "/transfers/7".to_owned(),
        headers: Vec::new(),
        body: b"{\"secret\":1}".to_vec(),
    };
    let outbound =
        Outbound::Originated(Originated { request, signature: Vec::new(), budget: None });
    outbound.row("nobody", resource, urgency, None).unwrap()
}

#[tokio::test]
async fn operators_see_the_outbox_and_the_cases_page_by_page() {
    let directory = tempfile::tempdir().unwrap();
    let hub = hub(directory.path()).await;
    let case = |key: &'static str| DocumentWrite {
        key: DocumentKey::new(RECONCILIATION, key),
        expected: Expected::Any,
        body: Some(Bytes::from(json!({ "transferId": key }).to_string())),
        deadline: None,
    };
    let final_row = || row("transfers/7", Urgency::Final);
    let submission = Submission {
        outbox: vec![final_row(), row("transfers/8", Urgency::Request), final_row()],
        documents: vec![case("a"), case("b")],
        ..Submission::default()
    };
    let rows: Vec<OutboxRow> = hub.gateway.node.commit(submission).await.unwrap().outbox;
    let answer = hub.send("GET", "/outbox?limit=2", Value::Null).await;
    assert!(!answer.text().contains("secret"));
    let page = answer.json().unwrap();
    assert_eq!(page.as_array().unwrap().len(), 2);
    assert_eq!((&page[0]["id"], &page[0]["kind"]), (&json!(rows[0].id.0), &json!("final")));
    assert_eq!((&page[0]["destination"], &page[1]["kind"]), (&json!("nobody"), &json!("request")));
    let next = answer.header("link").unwrap().split(['<', '>']).nth(1).unwrap().to_owned();
    assert_eq!(hub.get(&next).await[0]["id"], json!(rows[2].id.0));
    assert_eq!(
        hub.get("/reconciliation").await,
        json!([{ "transferId": "a" }, { "transferId": "b" }])
    );
    assert_eq!(hub.get("/reconciliation?limit=1&after=a").await, json!([{ "transferId": "b" }]));

    let retry = |id: u64| format!("/outbox/{id}/retry");
    for unknown in [retry(999_999), retry(0), "/outbox/x/retry".to_owned()] {
        let answer = hub.send("POST", &unknown, Value::Null).await;
        assert_eq!(answer.status, 404, "{unknown}");
        assert_eq!(answer.json().unwrap()["errorInformation"]["errorCode"], "3200");
    }
    hub.gateway.stop().await;
}

/// A participant that takes everything.
struct Taking;

impl Handler for Taking {
    async fn handle(self: Arc<Self>, _: Exchange) -> Reply {
        Reply::status(StatusCode::OK)
    }
}

#[tokio::test]
async fn a_row_that_waits_is_tried_again_when_an_operator_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let hub = hub(directory.path()).await;
    hub.with_pinkdfsp().await;
    let node = &hub.gateway.node;
    let error = ErrorInformation::of(ErrorCode::TransferExpired);
    let outbound = seal::originated(
        &error_callback("pinkdfsp", "/transfers/7", &error),
        Version::V1_1,
        node.now(),
        &node.keys,
    );
    let row = outbound.row("pinkdfsp", "transfers/7", Urgency::Final, None);
    let submission = Submission { outbox: vec![row.unwrap()], ..Submission::default() };
    let id = node.commit(submission).await.unwrap().outbox[0].id.0;
    // After the fifth attempt the next one is more than seven seconds away.
    let failed = || async {
        let metrics = hub.send("GET", "/metrics", Value::Null).await.text();
        let name = "causeway_attempts_total{outcome=\"failed\"} ";
        let count = metrics.lines().find_map(|line| line.strip_prefix(name));
        count.map_or(0, |count| count.parse::<u64>().unwrap())
    };
    let started = Instant::now();
    while failed().await < 5 {
        assert!(started.elapsed() < Duration::from_secs(60), "it is not tried so often");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = HttpServer::start(listen, Arc::new(Taking)).await.unwrap();
    hub.admin.set_endpoint("pinkdfsp", &server.base_url()).await.unwrap();
    assert_eq!(hub.get("/outbox").await[0]["id"], json!(id));
    let started = Instant::now();
    let retry = format!("/outbox/{id}/retry");
    assert_eq!(hub.send("POST", &retry, Value::Null).await.status, 202);
    while hub.get("/outbox").await != json!([]) {
        assert!(started.elapsed() < Duration::from_secs(6), "not tried again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    hub.gateway.stop().await;
}

#[tokio::test]
async fn health_and_metrics_tell_how_it_stands() {
    let directory = tempfile::tempdir().unwrap();
    let hub = hub(directory.path()).await;
    hub.with_pinkdfsp().await;
    let health = hub.get("/health").await;
    assert_eq!(
        (&health["status"], &health["versionNumber"]),
        (&json!("OK"), &json!(env!("CARGO_PKG_VERSION")))
    );
    let services =
        json!([{ "name": "datastore", "status": "OK" }, { "name": "broker", "status": "OK" }]);
    assert_eq!(health["services"], services);
    assert!(health["uptime"].as_u64().unwrap() < 600 && health["startTime"].is_string());
    let metrics = hub.send("GET", "/metrics", Value::Null).await;
    assert!(metrics.header("content-type").unwrap().starts_with("text/plain"));
    let text = metrics.text();
    assert!(text.contains("causeway_pending 0\n"), "{text}");
    assert!(text.contains("route=\"admin-participants\""), "{text}");
    let syncs = text.lines().find_map(|line| line.strip_prefix("causeway_store_syncs "));
    assert!(syncs.unwrap().parse::<u64>().unwrap() > 0);

    hub.gateway.node.committer.stop().await;
    let answer =
        hub.send("POST", "/participants", json!({ "name": "late", "currency": "USD" })).await;
    assert_eq!(answer.json().unwrap()["errorInformation"]["errorCode"], "2003");
    hub.gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_taken_of_a_node_that_runs() {
    let directory = tempfile::tempdir().unwrap();
    let hub = hub(directory.path()).await;
    // What a process that was killed has left.
    let unfinished = directory.path().join("backups/unfinished/ledger");
    std::fs::create_dir_all(&unfinished).unwrap();
    let answer = hub.send("POST", "/backups", Value::Null).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let answer = answer.json().unwrap();
    let backup = std::path::PathBuf::from(answer["directory"].as_str().unwrap());
    let name = answer["at"].as_str().unwrap().replace(':', "-");
    assert_eq!(backup, directory.path().join("backups").join(name));
    assert!(!unfinished.exists());
    assert_eq!(
        std::fs::read(backup.join("keys/Hub.pem")).unwrap(),
        std::fs::read(directory.path().join("keys/Hub.pem")).unwrap()
    );
    assert_eq!(hub.send("GET", "/backups", Value::Null).await.status, 405);

    let alone = hub.gateway.node.backing_up.lock().unwrap();
    let refused = causeway::backup::take(&hub.gateway.node).unwrap_err();
    assert_eq!(refused.to_string(), "a backup is being taken already");
    drop(alone);

    // It cannot be written: said, and nothing is left.
    std::fs::remove_dir_all(directory.path().join("backups")).unwrap();
    std::fs::write(directory.path().join("backups"), "").unwrap();
    let failed = hub.send("POST", "/backups", Value::Null).await;
    assert_eq!(failed.status, 500);
    assert!(failed.text().contains("the log says why"), "{}", failed.text());
}
