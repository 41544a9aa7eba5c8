//! Participants, accounts, funds and limits, with every refusal of switch-core.md §1.2.

use super::{Hub, Refused, hub};
use causeway::peers::PEER;
use causeway_toolkit::ledger_log::Units;
use serde_json::{Value, json};
use switch_store::DocumentKey;

fn limit(value: Value) -> Value {
    json!({ "currency": "USD", "limit": { "type": "NET_DEBIT_CAP", "value": value } })
}

fn funds(id: &str, amount: Value) -> Value {
    json!({
        "transferId": id, "externalReference": "wire 7", "action": "recordFundsIn",
        "reason": "cover", "amount": { "amount": amount, "currency": "USD" },
    })
}

const FUNDS_ID: &str = "0b1d9a3c-6a52-4f0c-9a5e-0d7d3a1c2b4e";

#[tokio::test]
async fn participants_accounts_and_limits_have_the_peers_shapes() {
    let directory = tempfile::tempdir().unwrap();
    let hub = hub(directory.path()).await;
    let accounts = json!({ "type": "HUB_RECONCILIATION", "currency": "USD" });
    let answer = hub.send("POST", "/participants/Hub/accounts", accounts).await;
    assert_eq!(answer.status, 201);
    let shown = answer.json().unwrap();
    assert_eq!(shown["accounts"][0]["ledgerAccountType"], "HUB_RECONCILIATION");
    let accounts = json!({ "type": "HUB_MULTILATERAL_SETTLEMENT", "currency": "USD" });
    assert_eq!(hub.send("POST", "/participants/Hub/accounts", accounts).await.status, 201);
    let body = json!({ "name": "pinkdfsp", "currency": "USD", "unheard": [1] });
    let answer = hub.send("POST", "/participants", body).await;
    assert_eq!(answer.status, 201);
    let shown = answer.json().unwrap();
    assert_eq!((&shown["name"], &shown["isActive"]), (&json!("pinkdfsp"), &json!(1)));
    assert_eq!((&shown["isProxy"], &shown["links"]["self"]), (&json!(0), &shown["id"]));
    assert_eq!(hub.get("/participants/pinkdfsp").await, shown);
    assert_eq!(hub.get("/participants?isProxy=true").await, json!([]));
    assert_eq!(hub.get("/participants/pinkdfsp/limits").await, json!([]));

    let initial = "/participants/pinkdfsp/initialPositionAndLimits";
    assert_eq!(hub.send("POST", initial, limit(json!(1000.5))).await.status, 201);
    let limits = json!([{
        "currency": "USD",
        "limit": { "type": "NET_DEBIT_CAP", "value": 1000.5, "alarmPercentage": 10 },
    }]);
    assert_eq!(hub.get("/participants/pinkdfsp/limits").await, limits);
    let mut wished = limit(json!("2000"));
    wished["limit"]["alarmPercentage"] = json!(20);
    let answer = hub.send("PUT", "/participants/pinkdfsp/limits", wished).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json().unwrap()["limit"]["value"], 2000);
    let all = hub.get("/participants/limits?currency=USD&type=NET_DEBIT_CAP").await;
    assert_eq!(
        (&all[0]["name"], &all[0]["limit"]["alarmPercentage"]),
        (&json!("pinkdfsp"), &json!(20))
    );
    assert_eq!(hub.get("/participants/limits?currency=EUR").await, json!([]));
    hub.gateway.stop().await;
}

#[tokio::test]
async fn funds_in_are_booked_once_and_to_the_last_decimal() {
    let directory = tempfile::tempdir().unwrap();
    let hub = hub(directory.path()).await;
    hub.with_pinkdfsp().await;
    let settlement = hub.account("pinkdfsp", "SETTLEMENT").await["id"].as_u64().unwrap();
    let path = format!("/participants/pinkdfsp/accounts/{settlement}");
    // A number that no float holds.
    let body = funds(FUNDS_ID, json!(0))
        .to_string()
        .replace("\"amount\":0", "\"amount\":12345678901234.5678");
    for _ in 0..2 {
        assert_eq!(hub.raw("POST", &path, "application/json", &body).await.status, 202);
    }
    let answer = hub.send("GET", "/participants/pinkdfsp/accounts", Value::Null).await;
    assert!(
        answer.text().contains("\"value\":-12345678901234.5678,\"reservedValue\":0"),
        "{}",
        answer.text()
    );
    assert_eq!(hub.get("/participants/pinkdfsp/accounts").await.as_array().unwrap().len(), 2);
    let other = body.replace("wire 7", "wire 8");
    let answer = hub.raw("POST", &path, "application/json", &other).await;
    assert_eq!(answer.json().unwrap()["errorInformation"]["errorCode"], "3106");
    let hubs = hub.account("Hub", "HUB_RECONCILIATION").await;
    assert_eq!(hubs["changedDate"].as_str().unwrap().len(), "2026-01-01T00:00:00.000Z".len());
    assert_eq!(hub.admin.position("pinkdfsp", "USD").await.unwrap(), Units::parse("0").unwrap());
    hub.gateway.stop().await;
}

#[tokio::test]
async fn participants_and_position_accounts_are_stopped_and_started() {
    let directory = tempfile::tempdir().unwrap();
    let hub = hub(directory.path()).await;
    hub.with_pinkdfsp().await;
    let stop = json!({ "isActive": false });
    let answer = hub.send("PUT", "/participants/pinkdfsp", stop.clone()).await;
    assert_eq!((answer.status.as_u16(), &answer.json().unwrap()["isActive"]), (200, &json!(0)));
    let settlement = hub.account("pinkdfsp", "SETTLEMENT").await["id"].clone();
    let path = format!("/participants/pinkdfsp/accounts/{settlement}");
    let answer = hub.send("POST", &path, funds(FUNDS_ID, json!("5"))).await;
    assert_eq!(answer.status, 500);
    assert!(answer.text().contains("Participant is currently set inactive"));
    hub.send("PUT", "/participants/pinkdfsp", json!({ "isActive": true })).await;
    assert_eq!(hub.send("POST", &path, funds(FUNDS_ID, json!("5"))).await.status, 202);

    let position = hub.account("pinkdfsp", "POSITION").await["id"].clone();
    let path = format!("/participants/pinkdfsp/accounts/{position}");
    assert_eq!(hub.send("PUT", &path, stop).await.status, 200);
    assert_eq!(hub.account("pinkdfsp", "POSITION").await["isActive"], 0);
    hub.gateway.stop().await;
}

#[tokio::test]
async fn a_new_participant_needs_the_hubs_accounts_and_a_name_of_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let hub = hub(directory.path()).await;
    let create = |name: &str| json!({ "name": name, "currency": "USD" });
    let kind = |kind: &str| json!({ "type": kind, "currency": "USD" });
    let hubs = "/participants/Hub/accounts";
    hub.refused((
        "POST",
        "/participants",
        create("pinkdfsp"),
        400,
        "3003",
        "Hub reconciliation account for the specified currency does not exist",
    ))
    .await;
    hub.send("POST", hubs, kind("HUB_RECONCILIATION")).await;
    hub.refused((
        "POST",
        "/participants",
        create("pinkdfsp"),
        400,
        "3003",
        "Hub multilateral net settlement account",
    ))
    .await;
    hub.send("POST", hubs, kind("HUB_MULTILATERAL_SETTLEMENT")).await;
    // What was refused has left nothing behind, a record neither.
    assert_eq!(hub.document(&DocumentKey::new(PEER, "pinkdfsp")).await, None);
    hub.send("POST", "/participants", create("pinkdfsp")).await;
    let rows: Vec<Refused> = vec![
        ("POST", "/participants", create("pinkdfsp"), 400, "3000", "already been registered"),
        ("POST", "/participants", create("Hub"), 400, "3100", "reserved"),
        ("PUT", "/participants/pinkdfsp/limits", limit(json!(5)), 500, "2001", "not set yet"),
        (
            "POST",
            "/participants/pinkdfsp/initialPositionAndLimits",
            limit(json!(-1)),
            400,
            "3100",
            "negative",
        ),
    ];
    for row in rows {
        hub.refused(row).await;
    }
    hub.gateway.stop().await;
}

#[tokio::test]
async fn what_hub_accounts_refuse_has_the_peers_codes() {
    let directory = tempfile::tempdir().unwrap();
    let hub = hub(directory.path()).await;
    hub.with_pinkdfsp().await;
    let kind = |kind: &str| json!({ "type": kind, "currency": "USD" });
    let hubs = "/participants/Hub/accounts";
    let rows: Vec<Refused> = vec![
        (
            "POST",
            hubs,
            kind("HUB_RECONCILIATION"),
            400,
            "3003",
            "Hub account has already been registered.",
        ),
        ("POST", hubs, kind("GOLD"), 400, "3003", "Ledger account type was not found."),
        (
            "POST",
            hubs,
            kind("POSITION"),
            400,
            "3003",
            "The requested hub operator account type is not allowed.",
        ),
        (
            "POST",
            "/participants/pinkdfsp/accounts",
            kind("HUB_RECONCILIATION"),
            400,
            "3003",
            "Endpoint is reserved for creation of Hub account types only.",
        ),
        (
            "POST",
            "/participants/nobody/accounts",
            kind("HUB_RECONCILIATION"),
            400,
            "3003",
            "Participant was not found.",
        ),
    ];
    for row in rows {
        hub.refused(row).await;
    }
    hub.gateway.stop().await;
}

#[tokio::test]
async fn unknown_and_reserved_participants_have_the_peers_codes() {
    let directory = tempfile::tempdir().unwrap();
    let hub = hub(directory.path()).await;
    hub.with_pinkdfsp().await;
    let rows: Vec<Refused> = vec![
        ("PUT", "/participants/nobody", json!({ "isActive": true }), 400, "3200", "not found"),
        ("PUT", "/participants/Hub", json!({ "isActive": false }), 400, "3100", "reserved"),
        ("GET", "/participants/nobody", Value::Null, 400, "3200", "Generic ID not found"),
        ("GET", "/participants/nobody/accounts", Value::Null, 400, "3200", "not found"),
        ("GET", "/participants/nobody/limits", Value::Null, 400, "3200", "not found"),
        ("GET", "/participants/nobody/positions", Value::Null, 400, "3200", "not found"),
        ("GET", "/participants/nobody/endpoints", Value::Null, 400, "3200", "not found"),
    ];
    for row in rows {
        hub.refused(row).await;
    }
    hub.gateway.stop().await;
}

/// Two participants. Accounts 1 and 2 are the hub's, 3 to 5 pinkdfsp's, 6 to 8 bluedfsp's.
async fn with_two_dfsps(hub: &Hub) {
    hub.with_pinkdfsp().await;
    hub.admin.create_participant("bluedfsp", "USD").await.unwrap();
    let (position, settlement) =
        (hub.account("pinkdfsp", "POSITION").await, hub.account("pinkdfsp", "SETTLEMENT").await);
    assert_eq!((&position["id"], &settlement["id"]), (&json!(3), &json!(4)));
    assert_eq!(hub.account("bluedfsp", "SETTLEMENT").await["id"], 7);
}

#[tokio::test]
async fn what_accounts_refuse_has_the_peers_codes() {
    let directory = tempfile::tempdir().unwrap();
    let hub = hub(directory.path()).await;
    with_two_dfsps(&hub).await;
    let pink = "/participants/pinkdfsp/accounts/4";
    let active = json!({ "isActive": true });
    let rows: Vec<Refused> = vec![
        (
            "POST",
            "/participants/pinkdfsp/initialPositionAndLimits",
            limit(json!(5)),
            500,
            "2001",
            "already set",
        ),
        (
            "PUT",
            "/participants/pinkdfsp/accounts/99",
            active.clone(),
            500,
            "2001",
            "Account not found",
        ),
        (
            "PUT",
            "/participants/pinkdfsp/accounts/x",
            active.clone(),
            500,
            "2001",
            "Account not found",
        ),
        (
            "PUT",
            "/participants/pinkdfsp/accounts/6",
            active.clone(),
            500,
            "2001",
            "does not match participant",
        ),
        ("PUT", pink, active.clone(), 500, "2001", "Only position account update is permitted"),
        ("PUT", "/participants/nobody/accounts/4", active, 400, "3200", "not found"),
    ];
    for row in rows {
        hub.refused(row).await;
    }
    assert_eq!(hub.account("pinkdfsp", "SETTLEMENT").await["value"], 0);
    hub.gateway.stop().await;
}

#[tokio::test]
async fn funds_for_the_wrong_account_have_the_peers_codes() {
    let directory = tempfile::tempdir().unwrap();
    let hub = hub(directory.path()).await;
    with_two_dfsps(&hub).await;
    let funded = funds(FUNDS_ID, json!("5"));
    let rows: Vec<Refused> = vec![
        (
            "POST",
            "/participants/pinkdfsp/accounts/7",
            funded.clone(),
            500,
            "2001",
            "does not match participant or currency",
        ),
        (
            "POST",
            "/participants/bluedfsp/accounts/7",
            funded.clone(),
            500,
            "2001",
            "Account is currently set inactive",
        ),
        (
            "POST",
            "/participants/pinkdfsp/accounts/3",
            funded.clone(),
            500,
            "2001",
            "Account is not SETTLEMENT type",
        ),
        ("POST", "/participants/nobody/accounts/3", funded, 400, "3200", "not found"),
    ];
    for row in rows {
        hub.refused(row).await;
    }
    assert_eq!(hub.account("pinkdfsp", "SETTLEMENT").await["value"], 0);
    hub.gateway.stop().await;
}

#[tokio::test]
async fn unusable_funds_have_the_peers_codes() {
    let directory = tempfile::tempdir().unwrap();
    let hub = hub(directory.path()).await;
    with_two_dfsps(&hub).await;
    let pink = "/participants/pinkdfsp/accounts/4";
    let with = |member: &str, value: Value| {
        let mut body = funds(FUNDS_ID, json!("5"));
        body[member] = value;
        body
    };
    let rows: Vec<Refused> = vec![
        (
            "POST",
            pink,
            with("action", json!("recordFundsOutPrepareReserve")),
            400,
            "3100",
            "not offered yet",
        ),
        ("POST", pink, with("action", json!("give")), 400, "3100", "The action is not supported"),
        ("POST", pink, funds(FUNDS_ID, json!(0)), 400, "3100", "more than 0"),
        ("POST", pink, funds(FUNDS_ID, json!(-5)), 400, "3100", "negative"),
        ("POST", pink, funds(FUNDS_ID, json!("0.00001")), 400, "3100", "4 decimals"),
        ("POST", pink, funds("7", json!("5")), 400, "3100", "UUID"),
        ("POST", pink, with("reason", Value::Null), 400, "3101", "/reason"),
        ("POST", pink, json!({ "action": "recordFundsIn" }), 400, "3102", "/transferId"),
    ];
    for row in rows {
        hub.refused(row).await;
    }
    assert_eq!(hub.account("pinkdfsp", "SETTLEMENT").await["value"], 0);
    hub.gateway.stop().await;
}

#[tokio::test]
async fn unusable_bodies_are_refused_with_the_place() {
    let directory = tempfile::tempdir().unwrap();
    let hub = hub(directory.path()).await;
    hub.with_pinkdfsp().await;
    let rows: Vec<Refused> = vec![
        ("POST", "/participants", json!([]), 400, "3101", "must be an object"),
        ("POST", "/participants", json!({ "currency": "USD" }), 400, "3102", "/name is required"),
        ("POST", "/participants", json!({ "name": 7, "currency": "USD" }), 400, "3101", "/name"),
        (
            "POST",
            "/participants",
            json!({ "name": "two words", "currency": "USD" }),
            400,
            "3100",
            "/name",
        ),
        (
            "POST",
            "/participants",
            json!({ "name": "x".repeat(33), "currency": "USD" }),
            400,
            "3100",
            "/name",
        ),
        (
            "POST",
            "/participants",
            json!({ "name": "bluedfsp", "currency": "ZZZ" }),
            400,
            "3100",
            "/currency",
        ),
        (
            "POST",
            "/participants",
            json!({ "name": "bluedfsp", "currency": "USD", "isProxy": 1 }),
            400,
            "3101",
            "/isProxy",
        ),
        ("PUT", "/participants/pinkdfsp", json!({ "isActive": "no" }), 400, "3101", "/isActive"),
        ("PUT", "/participants/pinkdfsp", json!({}), 400, "3102", "/isActive"),
        (
            "PUT",
            "/participants/pinkdfsp/limits",
            json!({ "currency": "USD" }),
            400,
            "3102",
            "/limit",
        ),
        ("PUT", "/participants/pinkdfsp/limits", limit(json!("1e3")), 400, "3100", "/limit/value"),
        ("PUT", "/participants/pinkdfsp/limits", limit(json!([])), 400, "3101", "/limit/value"),
    ];
    for row in rows {
        hub.refused(row).await;
    }
    hub.gateway.stop().await;
}

#[tokio::test]
async fn unusable_paths_and_queries_are_refused_with_the_place() {
    let directory = tempfile::tempdir().unwrap();
    let hub = hub(directory.path()).await;
    hub.with_pinkdfsp().await;
    let rows: Vec<Refused> = vec![
        ("GET", "/participant", Value::Null, 404, "3002", "no such path"),
        ("GET", "/participants/pinkdfsp/transfers", Value::Null, 404, "3002", ""),
        (
            "GET",
            "/participants/pinkdfsp/limits?type=GOLD",
            Value::Null,
            400,
            "3100",
            "NET_DEBIT_CAP",
        ),
        ("GET", "/participants/pinkdfsp/positions?currency=US", Value::Null, 400, "3100", ""),
        ("GET", "/participants?isProxy=perhaps", Value::Null, 400, "3100", "isProxy"),
        ("GET", "/outbox?after=x", Value::Null, 400, "3100", "after"),
    ];
    for row in rows {
        hub.refused(row).await;
    }
    hub.gateway.stop().await;
}

#[tokio::test]
async fn other_methods_are_refused_with_those_that_are_allowed() {
    let directory = tempfile::tempdir().unwrap();
    let hub = hub(directory.path()).await;
    hub.with_pinkdfsp().await;
    for (method, path, allow) in [
        ("DELETE", "/participants/pinkdfsp", "GET, PUT"),
        ("PATCH", "/participants", "GET, POST"),
        ("GET", "/participants/pinkdfsp/bank", "PUT"),
        ("GET", "/outbox/1/retry", "POST"),
        ("POST", "/health", "GET"),
    ] {
        let answer = hub.send(method, path, Value::Null).await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, Some(allow)), "{path}");
        assert_eq!(answer.json().unwrap()["errorInformation"]["errorCode"], "3000");
    }
    hub.gateway.stop().await;
}

#[tokio::test]
async fn what_is_not_json_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let hub = hub(directory.path()).await;
    hub.with_pinkdfsp().await;
    let good = r#"{"isActive":true}"#;
    for (kind, body) in [
        ("application/json", r#"{"isActive":true"#),
        ("application/json", r#"{"isActive":true,"isActive":false}"#),
        ("application/json", ""),
        ("text/plain", good),
        ("application/x-www-form-urlencoded", good),
        ("", good),
    ] {
        let answer = hub.raw("PUT", "/participants/pinkdfsp", kind, body).await;
        assert_eq!(answer.status, 400, "{kind} {body}");
        assert_eq!(
            answer.json().unwrap()["errorInformation"]["errorCode"],
            "3101",
            "{kind} {body}"
        );
    }
    hub.gateway.stop().await;
}
