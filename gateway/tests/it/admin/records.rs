//! Endpoints, keys, profiles, banks.

use super::{Hub, Refused, hub, p256, pair};
use causeway::bank::secret_key;
use causeway::peers::{BASE_URL, PEER};
use causeway_toolkit::onboard::{AccountPattern, BankRecord, Profile, PublicKey};
use serde_json::{Value, json};
use std::sync::Arc;
use switch_store::DocumentKey;

fn bank_record(url: &str, accounts: Value) -> Value {
    json!({ "fspId": "greenbank", "bics": ["GRNBTZTZ"], "url": url, "accounts": accounts })
}

#[tokio::test]
async fn endpoints_are_kept_by_type_and_take_effect_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let hub = hub(directory.path()).await;
    hub.with_pinkdfsp().await;
    let path = "/participants/pinkdfsp/endpoints";
    hub.admin.set_endpoint("pinkdfsp", "http://one.example/").await.unwrap();
    let url =
        |hub: &Hub| hub.gateway.node.peers.record("pinkdfsp").unwrap().url(BASE_URL, "/quotes");
    assert_eq!(url(&hub).as_deref(), Some("http://one.example/quotes"));
    let several = json!([
        { "type": "FSPIOP_CALLBACK_URL", "value": "http://two.example" },
        { "type": "FSPIOP_CALLBACK_URL_TRANSFER_PUT", "value": "http://two.example/{{transferId}}" },
        { "type": "NET_DEBIT_CAP_ADJUSTMENT_EMAIL", "value": "ops@two.example" },
    ]);
    assert_eq!(hub.send("POST", path, several).await.status, 201);
    assert_eq!(url(&hub).as_deref(), Some("http://two.example/quotes"));
    assert_eq!(hub.get(path).await.as_array().unwrap().len(), 3);
    let one = json!({ "type": "NET_DEBIT_CAP_ADJUSTMENT_EMAIL", "value": "ops@two.example" });
    assert_eq!(hub.get(&format!("{path}?type=NET_DEBIT_CAP_ADJUSTMENT_EMAIL")).await, one);
    assert_eq!(hub.get(&format!("{path}?type=FSPIOP_CALLBACK_URL_QUOTES")).await, json!({}));
    // The hub may have addresses, and is nobody's peer for it.
    assert_eq!(hub.send("POST", "/participants/Hub/endpoints", one.clone()).await.status, 201);
    assert_eq!(hub.get("/participants/Hub/endpoints").await, json!([one]));
    assert!(hub.gateway.node.peers.record("Hub").is_none());

    let typed = |kind: &str, value: &str| json!({ "type": kind, "value": value });
    let rows: Vec<Refused> = vec![
        ("POST", path, typed("SOMEWHERE", "http://a"), 400, "3100", "/type"),
        ("POST", path, typed(BASE_URL, "ftp://a"), 400, "3100", "http://"),
        ("POST", path, typed(BASE_URL, "https://a"), 400, "3100", "TLS is not on"),
        ("POST", path, typed(BASE_URL, "http://u:p@a"), 400, "3100", "user"),
        ("POST", path, typed(BASE_URL, "http://a\r\nX: y"), 400, "3100", "/value"),
        (
            "POST",
            path,
            json!([typed(BASE_URL, "http://a"), { "type": BASE_URL }]),
            400,
            "3102",
            "/1/value",
        ),
        ("POST", path, json!([]), 400, "3100", ""),
        (
            "POST",
            "/participants/nobody/endpoints",
            typed(BASE_URL, "http://a"),
            400,
            "3200",
            "not found",
        ),
    ];
    for row in rows {
        hub.refused(row).await;
    }
    assert_eq!(url(&hub).as_deref(), Some("http://two.example/quotes"));
    hub.gateway.stop().await;
}

#[tokio::test]
async fn keys_and_profiles_are_replaced_as_a_whole() {
    let directory = tempfile::tempdir().unwrap();
    let hub = hub(directory.path()).await;
    hub.with_pinkdfsp().await;
    let (keys, profile) = ("/participants/pinkdfsp/keys", "/participants/pinkdfsp/profile");
    let record = |hub: &Hub| hub.gateway.node.peers.record("pinkdfsp").unwrap();
    let pem = p256().public_key_pem().unwrap();
    let until = PublicKey {
        valid_until: Some("2027-01-31T00:00:00Z".to_owned()),
        ..PublicKey::always(&pem)
    };
    hub.admin.set_keys("pinkdfsp", &[PublicKey::always(&pem), until]).await.unwrap();
    assert_eq!(record(&hub).keys.len(), 2);
    hub.admin.set_keys("pinkdfsp", &[]).await.unwrap();
    assert!(record(&hub).keys.is_empty());
    let full = json!({ "honoursTimeout": true, "acceptsTranslated": true, "versions": ["transfers=1.1", "1.0"] });
    assert_eq!(hub.send("PUT", profile, full).await.status, 200);
    assert!(record(&hub).honours_timeout && record(&hub).accepts_translated);
    hub.admin.set_endpoint("pinkdfsp", "http://one.example").await.unwrap();
    let stored = hub.document(&DocumentKey::new(PEER, "pinkdfsp")).await.unwrap();
    let stored: Value = serde_json::from_slice(&stored.body).unwrap();
    assert_eq!(stored["versions"], json!(["1.0", "transfers=1.1"]));
    hub.admin.set_profile("pinkdfsp", &Profile::default()).await.unwrap();
    assert!(!record(&hub).honours_timeout && !record(&hub).accepts_translated);

    let private = p256().private_key_pem().unwrap();
    let one = |pem: &str, from: &str, until: &str| {
        let key = json!({ "publicKeyPem": pem, "validFrom": from, "validUntil": until });
        json!({ "keys": [key] })
    };
    let (early, late) = ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
    let rows: Vec<Refused> = vec![
        ("PUT", keys, one("no key", early, late), 400, "3100", "/keys/0/publicKeyPem"),
        ("PUT", keys, one(&private, early, late), 400, "3100", "/keys/0/publicKeyPem"),
        ("PUT", keys, one(&pem, "yesterday", late), 400, "3100", "/keys/0/validFrom"),
        ("PUT", keys, one(&pem, late, early), 400, "3100", "validUntil must be after"),
        ("PUT", keys, json!({ "keys": pem }), 400, "3101", "/keys"),
        ("PUT", keys, json!({ "keys": [{}] }), 400, "3102", "/keys/0/publicKeyPem"),
        (
            "PUT",
            keys,
            json!({ "keys": vec![json!({ "publicKeyPem": pem }); 17] }),
            400,
            "3103",
            "/keys",
        ),
        ("PUT", "/participants/Hub/keys", json!({ "keys": [] }), 400, "3100", "reserved"),
        ("PUT", "/participants/nobody/keys", json!({ "keys": [] }), 400, "3200", "not found"),
        ("PUT", profile, json!({ "honoursTimeout": "yes" }), 400, "3101", "/honoursTimeout"),
        ("PUT", profile, json!({ "versions": "all" }), 400, "3101", "/versions"),
        ("PUT", profile, json!({ "versions": ["1.1", "3.0"] }), 400, "3100", "/versions/1"),
        ("PUT", profile, json!({ "versions": ["people=1.1"] }), 400, "3100", "/versions/0"),
        ("PUT", "/participants/nobody/profile", json!({}), 400, "3200", "not found"),
    ];
    for row in rows {
        hub.refused(row).await;
    }
    hub.gateway.stop().await;
}

#[tokio::test]
async fn a_banks_record_sets_its_ranges_and_all_or_none_of_them() {
    let directory = tempfile::tempdir().unwrap();
    let hub = hub(directory.path()).await;
    hub.with_pinkdfsp().await;
    for name in ["greenbank", "redbank"] {
        hub.admin.create_participant(name, "USD").await.unwrap();
    }
    let path = "/participants/greenbank/bank";
    let ibans = [json!({ "ibanPrefix": "DE89" }), json!({ "ibanPrefix": "DE90" })];
    let others = [json!({ "accountPrefix": "77" }), json!({ "proxyType": "TELE" })];
    let accounts = json!([&ibans[..], &others[..]].concat());
    let mut record = bank_record("http://green.example", accounts);
    record["honoursTimeout"] = json!(true);
    assert_eq!(hub.send("PUT", path, record.clone()).await.status, 200);
    assert_eq!(hub.ranges("IBAN").await, [pair("DE89", "greenbank"), pair("DE90", "greenbank")]);
    assert_eq!(hub.ranges("ACCOUNT_ID").await, [pair("77", "greenbank")]);
    let peer = |hub: &Hub| hub.gateway.node.peers.record("greenbank").unwrap();
    assert!(peer(&hub).honours_timeout);
    let secret = hub.document(&secret_key("greenbank")).await.unwrap().body;

    // A later record replaces the ranges and leaves the secret; own acceptance is for good.
    record["accounts"] = json!([{ "ibanPrefix": "DE91" }]);
    record["creditsOn"] = json!("ownAcceptance");
    assert_eq!(hub.send("PUT", path, record.clone()).await.status, 200);
    assert_eq!(hub.ranges("IBAN").await, [pair("DE91", "greenbank")]);
    assert!(hub.ranges("ACCOUNT_ID").await.is_empty() && !peer(&hub).honours_timeout);
    assert_eq!(hub.document(&secret_key("greenbank")).await.unwrap().body, secret);
    let honours = Profile { honours_timeout: true, accepts_translated: true, ..Profile::default() };
    hub.admin.set_profile("greenbank", &honours).await.unwrap();
    assert!(!peer(&hub).honours_timeout && peer(&hub).accepts_translated);

    // Another bank's prefix: nothing of the record takes effect.
    let mut red = BankRecord::new("redbank", "REDBDEFF", "http://red.example");
    red.accounts =
        vec![AccountPattern::IbanPrefix("FR1".into()), AccountPattern::AccountPrefix("8".into())];
    hub.admin.set_bank("redbank", &red).await.unwrap();
    record["accounts"] = json!([{ "ibanPrefix": "DE92" }, { "accountPrefix": "8" }]);
    hub.refused(("PUT", path, record.clone(), 400, "3003", "leads to another participant")).await;
    assert_eq!(hub.ranges("IBAN").await, [pair("DE91", "greenbank"), pair("FR1", "redbank")]);
    assert_eq!(peer(&hub).bank.as_ref().unwrap().accounts().len(), 1);

    let with = |member: &str, value: Value| {
        let mut record = bank_record("http://green.example", json!([]));
        record[member] = value;
        record
    };
    let rows: Vec<Refused> = vec![
        ("PUT", path, with("fspId", json!("redbank")), 400, "3100", "/fspId"),
        ("PUT", path, with("url", json!("http://u:p@green.example")), 400, "3100", "/url"),
        ("PUT", path, with("bics", json!([])), 400, "3100", "bics"),
        ("PUT", path, with("url", json!(7)), 400, "3101", "invalid type"),
        ("PUT", path, with("bic", json!("x")), 400, "3100", "unknown field"),
        ("PUT", path, json!({ "fspId": "greenbank", "bics": ["GRNBTZTZ"] }), 400, "3102", "url"),
        ("PUT", "/participants/Hub/bank", with("fspId", json!("Hub")), 400, "3100", "reserved"),
        (
            "PUT",
            "/participants/nobody/bank",
            with("fspId", json!("nobody")),
            400,
            "3200",
            "not found",
        ),
    ];
    for row in rows {
        hub.refused(row).await;
    }
    hub.gateway.stop().await;
}

#[tokio::test]
async fn changes_of_one_record_at_once_are_all_kept() {
    let directory = tempfile::tempdir().unwrap();
    let hub = Arc::new(hub(directory.path()).await);
    hub.with_pinkdfsp().await;
    let types =
        ["QUOTES", "TRANSFER_POST", "TRANSFER_PUT", "TRANSFER_ERROR", "PARTIES_GET", "PARTIES_PUT"];
    let tasks: Vec<_> = types
        .into_iter()
        .map(|kind| {
            let hub = Arc::clone(&hub);
            tokio::spawn(async move {
                let body =
                    json!({ "type": format!("FSPIOP_CALLBACK_URL_{kind}"), "value": "http://a" });
                hub.send("POST", "/participants/pinkdfsp/endpoints", body).await.status
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), 201);
    }
    assert_eq!(
        hub.get("/participants/pinkdfsp/endpoints").await.as_array().unwrap().len(),
        types.len()
    );
}
