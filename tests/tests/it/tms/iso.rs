//! ISO 20022's own XML at the same paths: the samples of many schemes, and a payment of our own.

use std::collections::BTreeMap;
use std::fs;

use causeway_tests::{shared, skip};
use frms::Event;
use serde_json::json;

use super::{Answer, ENDING, Peer, TRANSFER, rules};

const XML: &str = "Content-Type: application/xml\r\n";

pub(super) async fn send(peer: &Peer, message: &str, xml: &str) -> Answer {
    peer.ask(&format!("POST /v1/evaluate/iso20022/{message}"), XML, xml).await
}

/// What our reader of messages takes is taken, whatever its version; what it refuses is refused with the
/// place, and nothing in between happens.
#[tokio::test(flavor = "multi_thread")]
async fn samples_are_screened_or_refused_as_they_are_read() {
    let Some(samples) = shared("data/iso20022/samples") else { return skip("no samples") };
    let peer = Peer::start("", "").await;
    let (mut taken, mut refused) = (0, BTreeMap::<String, u32>::new());
    for (family, message) in [
        ("pacs.008", TRANSFER),
        ("pacs.002", ENDING),
        ("pain.001", "pain.001.001.11"),
        ("pain.013", "pain.013.001.09"),
    ] {
        for (number, file) in fs::read_dir(samples.join(family)).unwrap().enumerate() {
            let path = file.unwrap().path();
            let Ok(xml) = fs::read_to_string(&path) else { continue };
            let xml = renamed(&xml, &format!("{family}-{number}"));
            let read = iso20022::read(xml.as_bytes());
            let answer = send(&peer, message, &xml).await;
            let said = format!("{}: {} {}", path.display(), answer.status, answer.body);
            match (&read, answer.status) {
                (Ok(inbound), 200) => {
                    assert_eq!(inbound.name.family(), family, "{said}");
                    assert_eq!(answer.json()["message"], "Transaction is valid");
                    taken += 1;
                }
                (Ok(_), 400) => {
                    let reason = answer.json()["message"].as_str().unwrap().to_owned();
                    *refused.entry(reason).or_default() += 1;
                }
                (Err(_), 200) => assert_eq!(family, "pain.013", "{said}"),
                (Err(_), 400) => {
                    assert!(answer.json()["data"]["error"].as_str().unwrap().len() > 5, "{said}");
                }
                _ => panic!("{said}"),
            }
        }
    }
    eprintln!("{taken} samples were screened, refused were {refused:?}");
    // A status of a message that nobody sent, another message in the folder, a fifth decimal.
    let known = ["OrgnlMsgId", "does not belong", "4 decimals"];
    let known = |reason: &String| known.iter().any(|word| reason.contains(word));
    assert!(refused.keys().all(known), "{refused:?}");
    assert!(taken >= 40, "{taken}");
    let screening = peer.gateway.node.screening.as_ref().unwrap();
    let entries = screening.stream().read(0, usize::MAX).unwrap();
    let attempts = entries.iter().filter(|entry| matches!(entry.event, Event::Attempt(_)));
    let attempts = attempts.count();
    assert!(attempts >= 20, "{attempts} attempts on the stream");
}

/// Under a message id of its own: samples are variants of each other.
fn renamed(xml: &str, id: &str) -> String {
    let Some(from) = xml.find("MsgId>").map(|at| at + "MsgId>".len()) else {
        return xml.to_owned();
    };
    let Some(to) = xml[from..].find('<').map(|length| from + length) else { return xml.to_owned() };
    format!("{}{id}{}", &xml[..from], &xml[to..])
}

pub(super) fn transfer(id: &str, iban: &str, at: &str) -> String {
    format!(
        r#"<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"><FIToFICstmrCdtTrf>
<GrpHdr><MsgId>{id}-msg</MsgId><CreDtTm>{at}</CreDtTm><NbOfTxs>1</NbOfTxs><SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf></GrpHdr>
<CdtTrfTxInf><PmtId><InstrId>{id}</InstrId><EndToEndId>{id}</EndToEndId><UETR>7a562c67-ca16-48ba-b074-65581be6f001</UETR></PmtId>
<IntrBkSttlmAmt Ccy="EUR">12.34</IntrBkSttlmAmt><IntrBkSttlmDt>2026-06-01</IntrBkSttlmDt><ChrgBr>SLEV</ChrgBr>
<Dbtr><Nm>Ann</Nm></Dbtr><DbtrAcct><Id><IBAN>{iban}</IBAN></Id></DbtrAcct><DbtrAgt><FinInstnId><BICFI>ALPHDEFF</BICFI></FinInstnId></DbtrAgt>
<CdtrAgt><FinInstnId><BICFI>BETADEFF</BICFI></FinInstnId></CdtrAgt><Cdtr><Nm>Bob</Nm></Cdtr>
<CdtrAcct><Id><IBAN>DE75512108001245126199</IBAN></Id></CdtrAcct></CdtTrfTxInf></FIToFICstmrCdtTrf></Document>"#
    )
}

pub(super) fn ending(id: &str, status: &str, at: &str) -> String {
    format!(
        r#"<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.002.001.10"><FIToFIPmtStsRpt>
<GrpHdr><MsgId>{id}-end</MsgId><CreDtTm>{at}</CreDtTm></GrpHdr>
<TxInfAndSts><OrgnlEndToEndId>{id}</OrgnlEndToEndId><TxSts>{status}</TxSts></TxInfAndSts></FIToFIPmtStsRpt></Document>"#
    )
}

/// A standard's status of a settled payment is `ACSC`: it is paid. `ACTC` is none yet.
#[tokio::test(flavor = "multi_thread")]
async fn a_payment_in_xml_counts_as_one_in_json_does() {
    let typology = json!({
        "cfg": "901@1.0.0", "workflow": { "alertThreshold": 200 },
        "rules": [{ "id": "901@1.0.0", "cfg": "1.0.0", "termId": "v901", "wghts": [
            { "ref": ".err", "wght": 0 }, { "ref": ".x00", "wght": 0 }, { "ref": ".01", "wght": 100 },
            { "ref": ".02", "wght": 200 }, { "ref": ".03", "wght": 300 } ] }],
        "expression": ["Add", "v901"],
    });
    let peer = Peer::configured("default", &typology).await;
    for (number, outcome) in [(1, ".01"), (2, ".02")] {
        let (id, at) = (format!("x{number}"), format!("2026-06-01T12:0{number}:00Z"));
        let answer = send(&peer, TRANSFER, &transfer(&id, "DE89370400440532013000", &at)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(
            answer.json()["data"]["FIToFICstmrCdtTrf"]["GrpHdr"]["MsgId"],
            format!("{id}-msg")
        );
        let under_way = ending(&id, "ACTC", &at).replace("-end", "-way");
        assert_eq!(send(&peer, ENDING, &under_way).await.status, 200);
        assert_eq!(peer.report(&format!("{id}-way")).await, None);
        let answer = send(&peer, ENDING, &ending(&id, "ACSC", &at)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let data = peer.report(&format!("{id}-end")).await.unwrap();
        assert_eq!(rules(&data, 0)[0].1, outcome);
        assert!(!data.to_string().contains("DE89"), "no account in a report");
    }
    let wrong =
        send(&peer, ENDING, &transfer("x3", "DE89370400440532013000", "2026-06-01T12:09:00Z"))
            .await;
    assert_eq!(wrong.status, 400);
    assert!(wrong.json()["message"].as_str().unwrap().contains("does not belong"));
    let doctype = format!("<!DOCTYPE x>{}", ending("x1", "ACSC", "2026-06-01T12:00:00Z"));
    assert_eq!(send(&peer, ENDING, &doctype).await.status, 400);
}

/// One message with two payments, and one status for both.
#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_several_payments() {
    let peer = Peer::start("", "").await;
    let one = transfer("g1", "DE89370400440532013000", "2026-06-01T12:00:00Z");
    let from = one.find("<CdtTrfTxInf>").unwrap();
    let to = one.find("</CdtTrfTxInf>").unwrap() + "</CdtTrfTxInf>".len();
    let second = one[from..to].replace("g1", "g2").replace("6f001", "6f002");
    let both = format!("{}{second}{}", &one[..to], &one[to..]).replace("<NbOfTxs>1", "<NbOfTxs>2");
    let answer = send(&peer, TRANSFER, &both).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(peer.report("g1-msg").await.unwrap().as_array().unwrap().len(), 2);
    let ended = r#"<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.002.001.10"><FIToFIPmtStsRpt>
<GrpHdr><MsgId>group-end</MsgId><CreDtTm>2026-06-01T12:00:05Z</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>g1-msg</OrgnlMsgId><OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId><GrpSts>ACSC</GrpSts></OrgnlGrpInfAndSts></FIToFIPmtStsRpt></Document>"#;
    let answer = send(&peer, ENDING, ended).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(peer.report("group-end").await.unwrap().as_array().unwrap().len(), 2);
    let unknown = ended.replace("g1-msg", "nobodys").replace("group-end", "group-end-2");
    assert_eq!(send(&peer, ENDING, &unknown).await.status, 400);
}
