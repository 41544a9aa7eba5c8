//! The configurations of releases up to 3, through the door: they score as those of release 4 do.

use serde_json::{Value, json};

use super::flow::public;
use super::{ENDING, Payment, Peer, TRANSFER, rules};

/// The public configuration as releases up to 3 write it: channels between a message and its typologies,
/// processors with a version and a host.
fn earlier(entries: &Value) -> (Value, usize) {
    let mut entries = entries.clone();
    let mut changed = 0;
    rewrite(&mut entries, &mut changed);
    (entries, changed)
}

fn rewrite(value: &mut Value, changed: &mut usize) {
    match value {
        Value::Object(members) => {
            if let Some(typologies) =
                members.get("typologies").filter(|_| members.contains_key("txTp"))
            {
                let mut typologies = typologies.clone();
                for typology in typologies.as_array_mut().unwrap() {
                    typology["id"] = json!("typology-processor@1.0.0");
                    typology["host"] = json!("https://gateway.example/function/typology-processor");
                    for rule in typology["rules"].as_array_mut().unwrap() {
                        rule["host"] = json!("https://gateway.example/function/rule");
                    }
                }
                // The typologies of a message in two channels, the first of them empty.
                let channels = json!([
                    { "id": "001@1.0.0", "cfg": "1.0.0", "host": "NATS", "typologies": [] },
                    { "id": "002@1.0.0", "cfg": "1.0.0", "host": "NATS", "typologies": typologies },
                ]);
                members.remove("typologies");
                members.insert("channels".to_owned(), channels);
                members.insert("host".to_owned(), json!("NATS"));
                *changed += 1;
            }
            members.values_mut().for_each(|member| rewrite(member, changed));
        }
        Value::Array(parts) => parts.iter_mut().for_each(|part| rewrite(part, changed)),
        _ => {}
    }
}

/// What became of the same payments: the rule results of each, its typology's score, and the status.
async fn scored(entries: &Value) -> Vec<Value> {
    let peer = Peer::configured("DEFAULT", entries).await;
    let mut found = Vec::new();
    for (place, (name, status)) in
        [("p1", "ACCC"), ("p2", "ACCC"), ("p3", "RJCT"), ("p4", "ACCC")].into_iter().enumerate()
    {
        let ms = i64::try_from(place).unwrap() * 1_000;
        let payment = Payment::new(name, "ann", "bob", ms).unwrap().ended(status);
        peer.send(TRANSFER, &payment.transfer).await;
        assert_eq!(peer.report(&format!("{name}-transfer")).await, None, "the map runs nothing");
        peer.send(ENDING, &payment.ending).await;
        let data = peer.report(&format!("{name}-ending")).await.expect(name);
        let typology = &data["report"]["tadpResult"]["typologyResult"][0];
        found.push(json!({
            "rules": rules(&data, 0).iter().map(|one| json!([one.0, one.1, one.2, one.3])).collect::<Vec<_>>(),
            "cfg": typology["cfg"], "result": typology["result"], "review": typology["review"],
            "status": data["report"]["status"], "message": data["networkMap"]["messages"][0]["txTp"],
        }));
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_map_with_channels_runs_what_one_without_runs() {
    let Some(entries) = public() else { return };
    let (before, changed) = earlier(&entries);
    assert!(changed > 0, "there are maps to rewrite");
    let text = before.to_string();
    assert!(text.contains("\"channels\"") && text.contains("typology-processor@1.0.0"));
    let found = scored(&before).await;
    assert_eq!(found, scored(&entries).await);
    let outcomes: Vec<_> = found.iter().map(|one| one["rules"][1][1].clone()).collect();
    assert_eq!(outcomes, [json!(".01"), json!(".02"), json!(".x00"), json!(".03")]);
    let results: Vec<_> = found.iter().map(|one| one["result"].clone()).collect();
    assert_eq!(results, [json!(100), json!(200), json!(100), json!(400)]);
}
