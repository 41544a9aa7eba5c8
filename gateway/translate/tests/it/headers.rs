//! The headers of answers to what came with one.

use causeway_translate::order::{Again, Opened, Order};
use causeway_translate::status::{PaymentStatus, Reason, Rejected, reject, reject_because};
use iso20022::{Inbound, Message};

use crate::support::{
    PACS_008, PAIN_001, START_MS, assert_valid, bank, open_at, read, through_store,
};

const VERSIONS: [&str; 4] =
    ["head.001.001.01", "head.001.001.02", "head.001.001.03", "head.001.001.04"];

/// The message beside a header of this version that has this id, in a wrapper and with prefixes.
fn headed(version: &str, document: &str, id: &str) -> String {
    let name = document.split("xsd:").nth(1).unwrap().split('"').next().unwrap();
    let body = document.split_once("?>").unwrap().1;
    format!(
        "<w:Any xmlns:w=\"urn:any\"><h:AppHdr xmlns:h=\"urn:iso:std:iso:20022:tech:xsd:{version}\">\
         <h:Fr><h:FIId><h:FinInstnId><h:BICFI>BNKADEFF</h:BICFI><h:Nm>Bank &amp; Söhne</h:Nm>\
         </h:FinInstnId></h:FIId></h:Fr>\
         <h:To><h:FIId><h:FinInstnId><h:BICFI>HUBBDEFF</h:BICFI></h:FinInstnId></h:FIId></h:To>\
         <h:BizMsgIdr>{id}</h:BizMsgIdr><h:MsgDefIdr>{name}</h:MsgDefIdr><h:BizSvc>svc</h:BizSvc>\
         <h:CreDt>2026-11-20T09:59:58Z</h:CreDt><h:PssblDplct>false</h:PssblDplct></h:AppHdr>{body}</w:Any>"
    )
}

fn order(xml: &str) -> Order {
    match open_at(&bank(), xml, START_MS) {
        Opened::Accepted(order, _) | Opened::Refused(order) => *order,
    }
}

/// The answer is read with its header, which answers the request's.
fn assert_answers(name: &str, version: &str, id: &str, xml: &str) -> Inbound {
    assert_valid(&format!("headed-{version}-{name}"), xml);
    let answer = read(xml);
    assert_eq!(answer.findings, [], "{xml}");
    let header = answer.header.clone().unwrap_or_else(|| panic!("{name} is bare: {xml}"));
    assert_eq!(header.name.as_str(), version);
    let bics = (header.from.bic.as_deref(), header.to.bic.as_deref());
    assert_eq!(bics, (Some("HUBBDEFF"), Some("BNKADEFF")));
    assert_eq!(header.message_definition, answer.name.as_str());
    let (_, related) = xml.split_once("<Rltd>").unwrap();
    let (related, _) = related.split_once("</Rltd>").unwrap();
    let expected = format!("<BizMsgIdr>{id}</BizMsgIdr><MsgDefIdr>");
    assert!(related.contains(&expected), "{related}");
    let from = "<Fr><FIId><FinInstnId><BICFI>BNKADEFF</BICFI><Nm>Bank &amp; Söhne</Nm>";
    assert!(related.starts_with(from), "{related}");
    assert!(related.contains("<BizSvc>svc</BizSvc><CreDt>2026-11-20T09:59:58Z</CreDt>"));
    answer
}

#[test]
fn every_status_of_an_order_with_a_header_has_one() {
    let mut written = 0;
    for version in VERSIONS {
        for (document, id) in [(PACS_008, "MSG-8"), (PAIN_001, "MSG-1")] {
            let order = through_store(&order(&headed(version, document, id)));
            for status in [
                PaymentStatus::Accepted,
                PaymentStatus::InProcess,
                PaymentStatus::Pending,
                PaymentStatus::Settled,
                PaymentStatus::Rejected,
            ] {
                let mut report = order.report();
                report.status = status;
                report.reason = Some(Reason::new("MS02", "FSPIOP 5104 Ünï <&>"))
                    .filter(|_| status == PaymentStatus::Rejected);
                let xml = report.xml().unwrap();
                assert_eq!(xml, report.xml().unwrap(), "the same bytes again");
                let name = format!("{}-{status:?}", report.version());
                let header = assert_answers(&name, version, id, &xml).header.unwrap();
                assert_eq!(header.business_message_id, report.message_id);
                assert_eq!(header.created.unwrap().unix_ms(), report.created_ms);
                written += 1;
            }
        }
    }
    assert_eq!(written, 4 * 2 * 5);
}

#[test]
fn a_bare_order_is_answered_bare_and_a_header_is_no_term() {
    for (document, id) in [(PACS_008, "MSG-8"), (PAIN_001, "MSG-1")] {
        let (bare, with) = (order(document), order(&headed(VERSIONS[1], document, id)));
        assert!(!bare.report().xml().unwrap().contains("AppHdr"));
        assert!(with.report().xml().unwrap().contains("AppHdr"));
        // The first one's answer stands, whichever came first.
        assert_eq!(bare.again(&with), Again::Same);
        assert_eq!(with.again(&bare), Again::Same);
    }
}

#[test]
fn a_refused_order_is_answered_with_a_header() {
    for version in VERSIONS {
        for (document, id) in [(PACS_008, "MSG-8"), (PAIN_001, "MSG-1")] {
            let known = order(document);
            let other = document.replace("100.50", "100.51");
            let Again::Refused(refused) = known.again(&order(&headed(version, &other, id))) else {
                panic!("other terms are the same")
            };
            let xml = refused.report().xml().unwrap();
            assert!(xml.contains("<Cd>AM05</Cd>"), "{xml}");
            assert_answers(&format!("{id}-AM05"), version, id, &xml);
        }
    }
}

#[test]
fn what_is_not_read_is_refused_with_a_header_if_its_own_can_be_made_out() {
    for version in VERSIONS {
        let whole = headed(version, PACS_008, "MSG-8");
        for (name, xml) in [
            ("schema", whole.replace("<ChrgBr>SLEV", "<ChrgBr>X")),
            ("version", whole.replace("xsd:pacs.008.001.08", "xsd:pacs.008.001.99")),
            ("definition", whole.replace("DefIdr>pacs.008.001.08", "DefIdr>pacs.008.001.02")),
            ("broken", whole.replace("</CdtTrfTxInf>", "")),
        ] {
            assert_ne!(xml, whole);
            let refused = iso20022::read(xml.as_bytes()).unwrap_err();
            let answer = reject(&refused, START_MS).unwrap();
            let read = assert_answers(&format!("admi-{name}"), version, "MSG-8", &answer);
            assert!(matches!(read.message, Message::MessageReject(_)));
            let id = read.header.unwrap().business_message_id;
            assert_eq!(id.len(), 32, "{id}");
            assert_eq!(answer, reject(&refused, START_MS).unwrap());
        }
        for (name, xml) in [
            ("a header against its schema", whole.replace("<h:To>", "<h:To x=\"1\">")),
            ("two headers", whole.replace("<Document", "<h:AppHdr xmlns:h=\"urn:iso:std:iso:20022:tech:xsd:head.001.001.02\"/><Document")),
            ("a header that breaks off", whole.split("<h:PssblDplct>").next().unwrap().to_owned()),
            ("an unknown version", whole.replace(version, "head.001.001.99")),
        ] {
            let refused = iso20022::read(xml.as_bytes()).unwrap_err();
            let answer = reject(&refused, START_MS).unwrap();
            assert!(!answer.contains("<AppHdr"), "{name}: {answer}");
        }
        let inbound = read(&whole);
        let header = inbound.header.as_ref().and_then(|header| header.repeated.as_deref());
        let about = Rejected { message_id: Some("MSG-8"), header };
        let answer = reject_because(about, "DS0H", "put your own BIC into Fr", START_MS).unwrap();
        assert_answers("admi-because", version, "MSG-8", &answer);
    }
}

#[test]
fn a_signature_and_what_the_request_answered_are_not_repeated() {
    let signature = "<h:Sgntr><s:Signature xmlns:s=\"http://www.w3.org/2000/09/xmldsig#\">secret\
        </s:Signature></h:Sgntr>";
    let whole = headed("head.001.001.02", PACS_008, "MSG-8");
    let (before, rest) = whole.split_once("<h:Fr>").unwrap();
    let (own, _) = rest.split_once("</h:AppHdr>").unwrap();
    let with = whole.replace(
        "</h:AppHdr>",
        &format!("{signature}<h:Rltd><h:Fr>{}</h:Rltd></h:AppHdr>", own.replace("MSG-8", "MSG-7")),
    );
    assert!(before.ends_with('>'));
    let xml = order(&with).report().xml().unwrap();
    assert_answers("signed", "head.001.001.02", "MSG-8", &xml);
    assert!(!xml.contains("secret") && !xml.contains("MSG-7"), "{xml}");
}

/// RTP's header has its members in the published namespace, and may lack what that one needs.
#[test]
fn a_networks_own_header_is_answered_as_far_as_the_published_one_goes() {
    let whole = headed("head.001.001.01", PACS_008, "MSG-8");
    let network = whole
        .replace("<h:AppHdr ", "<w:AppHdr xmlns:w=\"urn:tch\" ")
        .replace("</h:AppHdr>", "</w:AppHdr>");
    let xml = order(&network).report().xml().unwrap();
    assert_answers("network", "head.001.001.01", "MSG-8", &xml);
    let lacking = network.replace("<h:CreDt>2026-11-20T09:59:58Z</h:CreDt>", "");
    let bare = order(&lacking).report().xml().unwrap();
    assert!(!bare.contains("AppHdr"));
    assert_valid("headed-network-lacking", &bare);
}

#[test]
fn a_header_too_long_to_repeat_is_answered_bare() {
    let many =
        "<h:Othr><h:Id>1</h:Id></h:Othr>".repeat(iso20022::limits::REPEATED_HEADER_BYTES / 16);
    let organisation = format!("<h:OrgId><h:Id><h:OrgId>{many}</h:OrgId></h:Id></h:OrgId>");
    let whole = headed("head.001.001.02", PACS_008, "MSG-8");
    let (before, rest) = whole.split_once("<h:To>").unwrap();
    let (_, after) = rest.split_once("</h:To>").unwrap();
    let xml = format!("{before}<h:To>{organisation}</h:To>{after}");
    assert_eq!(read(&xml).header.unwrap().repeated, None);
    assert!(!order(&xml).report().xml().unwrap().contains("AppHdr"));
}
