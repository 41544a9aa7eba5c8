//! Messages, their order, and their reports.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{ENDING, Payment, Peer, TRANSFER, example, rules, shared};

/// The peer's public configuration: rule 901, its typology, its network map.
pub(super) fn public() -> Option<Value> {
    let files = shared("data/frms/fullstack-config-all.json")?;
    Some(json!([files["00-public-base.sql"], files["01-public-github.sql"]]))
}

/// The peer's rule counts what has ended; its typology weighs it; above 200 somebody is told.
#[tokio::test(flavor = "multi_thread")]
async fn a_flow_is_reported_as_the_peers_own_processors_would() {
    let Some(entries) = public() else { return };
    let peer = Peer::configured("DEFAULT", &entries).await;
    let rows = [
        ("p1", "ACCC", ".01", 1, 100, "NALT"),
        ("p2", "ACCC", ".02", 2, 200, "ALRT"),
        ("p3", "RJCT", ".x00", 0, 100, "NALT"),
        ("p4", "ACCC", ".03", 4, 400, "ALRT"),
        ("p5", "PDNG", ".x00", 0, 100, "NALT"),
    ];
    for (place, (name, status, outcome, value, weight, alert)) in rows.into_iter().enumerate() {
        let ms = i64::try_from(place).unwrap() * 1_000;
        let payment = Payment::new(name, "ann", "bob", ms).unwrap().ended(status);
        peer.send(TRANSFER, &payment.transfer).await;
        assert_eq!(peer.report(&format!("{name}-transfer")).await, None, "the map runs nothing");
        peer.send(ENDING, &payment.ending).await;
        let data = peer.report(&format!("{name}-ending")).await.expect(name);
        assert_eq!(data["report"]["status"], alert, "{name}");
        assert_eq!(
            rules(&data, 0),
            [
                ("EFRuP@4.0.0".to_owned(), "none".to_owned(), json!(0), json!(0)),
                ("901@4.0.0".to_owned(), outcome.to_owned(), json!(value), json!(weight)),
            ],
            "{name}"
        );
        whole(&data, name, weight);
    }
}

/// Everything that the peer's document has, and nothing of the parties.
fn whole(data: &Value, name: &str, score: i64) {
    assert_eq!(data["transactionID"], format!("{name}-ending"));
    assert_eq!(data["transaction"]["TxTp"], ENDING);
    assert_eq!(data["transaction"]["TenantId"], "DEFAULT");
    let map = &data["networkMap"];
    assert_eq!((&map["active"], &map["cfg"]), (&json!(true), &json!("4.0.0")));
    assert_eq!(map["messages"][0]["txTp"], ENDING);
    let report = &data["report"];
    let id = report["evaluationID"].as_str().unwrap();
    assert_eq!((id.len(), &id[14..15]), (36, "7"));
    assert!(report["timestamp"].as_str().unwrap().ends_with('Z'));
    assert!(report["metaData"]["prcgTmDP"].is_u64());
    let result = &report["tadpResult"];
    assert_eq!((&result["id"], &result["cfg"]), (&json!("004@4.0.0"), &json!("4.0.0")));
    assert!(result["prcgTm"].is_u64());
    let typology = &result["typologyResult"][0];
    assert_eq!(typology["id"], "typology-processor");
    assert_eq!(typology["cfg"], "999-901@4.0.0");
    assert_eq!(typology["tenantId"], "DEFAULT");
    assert_eq!(typology["result"], score);
    assert_eq!(typology["review"], score >= 200);
    assert_eq!(
        typology["workflow"],
        json!({ "alertThreshold": 200, "interdictionThreshold": 400, "flowProcessor": "EFRuP@4.0.0" })
    );
    let text = data.to_string();
    assert!(!text.contains("ann") && !text.contains("bob"), "{text}");
}

/// The end came first, over another connection: its report comes with the transfer.
#[tokio::test(flavor = "multi_thread")]
async fn an_end_before_its_transfer_is_reported_once_both_are_there() {
    let Some(entries) = public() else { return };
    let peer = Peer::configured("DEFAULT", &entries).await;
    let payment = Payment::new("late", "ann", "bob", 0).unwrap();
    peer.send(ENDING, &payment.ending).await;
    assert_eq!(peer.report("late-ending").await, None);
    peer.send(TRANSFER, &payment.transfer).await;
    let data = peer.report("late-ending").await.unwrap();
    assert_eq!(rules(&data, 0)[1].1, ".01");
    // The next one counts it.
    let next = Payment::new("next", "ann", "bob", 1_000).unwrap();
    peer.send(TRANSFER, &next.transfer).await;
    peer.send(ENDING, &next.ending).await;
    assert_eq!(rules(&peer.report("next-ending").await.unwrap(), 0)[1].1, ".02");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_message_again_counts_once_and_another_one_under_its_id_is_refused() {
    let Some(entries) = public() else { return };
    let peer = Peer::configured("DEFAULT", &entries).await;
    let payment = Payment::new("one", "ann", "bob", 0).unwrap();
    for _ in 0..3 {
        peer.send(TRANSFER, &payment.transfer).await;
    }
    let at_once = join_all((0..5).map(|_| peer.post(ENDING, &payment.ending))).await;
    assert!(at_once.iter().all(|answer| answer.status == 200));
    let first = peer.report("one-ending").await.unwrap();
    assert_eq!(rules(&first, 0)[1].2, json!(1));
    peer.send(ENDING, &payment.ending).await;
    assert_eq!(peer.report("one-ending").await.unwrap(), first, "told once, told the same");
    let other = Payment::new("one", "eve", "bob", 0).unwrap();
    let answer = peer.post(TRANSFER, &other.transfer).await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert!(answer.json()["message"].as_str().unwrap().contains("MsgId"));
    let next = Payment::new("two", "ann", "bob", 1_000).unwrap();
    peer.send(TRANSFER, &next.transfer).await;
    peer.send(ENDING, &next.ending).await;
    assert_eq!(rules(&peer.report("two-ending").await.unwrap(), 0)[1].2, json!(2));
}

/// Everything at once: in the peer's semantics only what has ended counts, so that the last of the ends
/// sees all; before money moves ours sees what is under way.
#[tokio::test(flavor = "multi_thread")]
async fn a_burst_is_counted_before_and_after() {
    let Some(entries) = public() else { return };
    let peer = Peer::configured("DEFAULT", &entries).await;
    let names: Vec<String> = (0..40).map(|number| format!("b{number:02}")).collect();
    let payments: Vec<Payment> =
        names.iter().map(|name| Payment::new(name, "ann", "bob", 0).unwrap()).collect();
    let sent = join_all(payments.iter().map(|one| peer.post(TRANSFER, &one.transfer))).await;
    let decisions = sent.iter().filter(|it| it.head.contains("causeway-decision: block")).count();
    assert!(sent.iter().all(|answer| answer.status == 200));
    assert_eq!(decisions, 38, "from the third on, whichever that is");
    let ended = join_all(payments.iter().map(|one| peer.post(ENDING, &one.ending))).await;
    assert!(ended.iter().all(|answer| answer.status == 200));
    let mut counts = Vec::new();
    for name in &names {
        let data = peer.report(&format!("{name}-ending")).await.unwrap();
        counts.push(rules(&data, 0)[1].2.as_u64().unwrap());
    }
    counts.sort_unstable();
    assert_eq!(counts, (1..=40).collect::<Vec<u64>>());
}

/// A quote tells what the transfer does not; reports are on stable storage.
#[tokio::test(flavor = "multi_thread")]
async fn quotes_are_judged_and_reports_stay() {
    let typology = json!({
        "id": "typology-processor", "cfg": "078@1.0.0", "workflow": { "alertThreshold": 50 },
        "rules": [{ "id": "078@1.0.0", "cfg": "1.0.0", "termId": "v078", "wghts": [
            { "ref": ".err", "wght": 1 }, { "ref": ".00", "wght": 2 }, { "ref": ".01", "wght": 3 },
            { "ref": ".02", "wght": 60 }, { "ref": ".03", "wght": 5 } ] }],
        "expression": ["Add", "v078"],
    });
    let peer = Peer::configured("default", &typology).await;
    let (Some(mut quote), Some(mut answer)) =
        (example("pain.001.001.11"), example("pain.013.001.09"))
    else {
        return;
    };
    let payment = Payment::new("quoted", "ann", "bob", 0).unwrap();
    quote["CstmrCdtTrfInitn"]["GrpHdr"]["MsgId"] = json!("quoted-quote");
    let told = &mut quote["CstmrCdtTrfInitn"]["PmtInf"];
    told["CdtTrfTxInf"]["PmtId"]["EndToEndId"] = json!("quoted");
    told["CdtTrfTxInf"]["PmtTpInf"]["CtgyPurp"]["Prtry"] = json!("MP2P");
    let transfer = &payment.transfer["FIToFICstmrCdtTrf"]["CdtTrfTxInf"];
    for name in ["Dbtr", "DbtrAcct", "DbtrAgt"] {
        told[name] = transfer[name].clone();
    }
    for name in ["Cdtr", "CdtrAcct", "CdtrAgt"] {
        told["CdtTrfTxInf"][name] = transfer[name].clone();
    }
    answer["CdtrPmtActvtnReq"]["PmtInf"]["CdtTrfTxInf"]["PmtId"]["EndToEndId"] = json!("quoted");
    peer.send("pain.001.001.11", &quote).await;
    peer.send("pain.013.001.09", &answer).await;
    peer.send(TRANSFER, &payment.transfer).await;
    peer.send(ENDING, &payment.ending).await;
    for name in ["quoted-quote", "quoted-transfer", "quoted-ending"] {
        let data = peer.report(name).await.expect(name);
        assert_eq!(rules(&data, 0)[0].1, ".02", "{name}: the quote says that it is MP2P");
        assert_eq!(data["report"]["status"], "ALRT", "{name}");
    }
    let before = peer.report("quoted-ending").await;
    let peer = peer.again("").await;
    assert_eq!(peer.report("quoted-ending").await, before);
    assert_eq!(peer.report("of-nobody").await, None);
}
