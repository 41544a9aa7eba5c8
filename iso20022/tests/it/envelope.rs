//! Headers and documents in the envelopes of the field, and headers that do not fit.

use iso20022::{Level, MessageName, RefusedKind, Verdict, inspect, read};

use crate::support::{document, pacs008};

fn header(version: &str, definition: &str) -> String {
    format!(
        "<AppHdr xmlns=\"urn:iso:std:iso:20022:tech:xsd:head.001.001.{version}\">\
<Fr><FIId><FinInstnId><BICFI>BANKDEFFXXX</BICFI></FinInstnId></FIId></Fr>\
<To><FIId><FinInstnId><ClrSysMmbId><MmbId>021000021</MmbId></ClrSysMmbId></FinInstnId></FIId></To>\
<BizMsgIdr>M1</BizMsgIdr><MsgDefIdr>{definition}</MsgDefIdr>\
<CreDt>2026-11-20T10:00:00Z</CreDt></AppHdr>"
    )
}

#[test]
fn any_wrapper_and_any_prefix_will_do() {
    let document = pacs008("100");
    let header = header("02", "pacs.008.001.08");
    let prefixed =
        pacs008("100").replace("</", "</d:").replace("<D", "<d:D").replace("xmlns=", "xmlns:d=");
    let prefixed = regex_free_prefix(&prefixed);
    for (text, wrapper, with_header) in [
        (document.clone(), None, false),
        (prefixed, None, false),
        (
            format!("<BusinessMessage>{header}{document}</BusinessMessage>"),
            Some("BusinessMessage"),
            true,
        ),
        (
            format!("<s:Envelope xmlns:s=\"urn:s\"><s:Body>{document}</s:Body></s:Envelope>"),
            Some("Envelope"),
            false,
        ),
        (
            format!("<F xmlns=\"urn:fednow:incoming:v001\"><G><H>{header}{document}</H></G></F>"),
            Some("F"),
            true,
        ),
        (format!("<x>{document}{header}</x>"), Some("x"), true),
    ] {
        let inbound = read(text.as_bytes()).unwrap_or_else(|e| panic!("{e} {text}"));
        assert_eq!(inbound.name.as_str(), "pacs.008.001.08");
        assert_eq!(inbound.wrapper.as_deref(), wrapper);
        assert_eq!(inbound.header.is_some(), with_header);
    }
}

/// Puts `d:` before every start tag that has no prefix yet.
fn regex_free_prefix(text: &str) -> String {
    let mut out = String::new();
    for (at, c) in text.char_indices() {
        out.push(c);
        let rest = &text[at + c.len_utf8()..];
        if c == '<' && !rest.starts_with('/') && !rest.starts_with("d:") {
            out.push_str("d:");
        }
    }
    out
}

#[test]
fn headers_of_every_version_are_read() {
    for version in ["01", "02", "03", "04"] {
        let text = format!("<B>{}{}</B>", header(version, "pacs.008.001.08"), pacs008("100"));
        let found = read(text.as_bytes()).unwrap().header.unwrap();
        assert_eq!(found.name.version(), format!("001.{version}"));
        assert_eq!(found.from.bic.as_deref(), Some("BANKDEFFXXX"));
        assert_eq!(found.to.member_id.as_deref(), Some("021000021"));
        assert_eq!(found.business_message_id, "M1");
        assert_eq!(found.message_definition, "pacs.008.001.08");
        assert_eq!(found.created.unwrap().unix_ms(), 1_795_168_800_000);
    }
}

#[test]
fn a_header_must_keep_its_schema_and_name_the_document() {
    let refused = |header: &str| {
        let text = format!("<B>{header}{}</B>", pacs008("100"));
        let refused = read(text.as_bytes()).unwrap_err();
        assert_eq!(refused.kind, RefusedKind::Header);
        assert_eq!(refused.message_id.as_deref(), Some("M1"));
        (refused.findings[0].path.clone(), refused.findings[0].rule)
    };
    let good = header("02", "pacs.008.001.08");
    let other = header("02", "pacs.008.001.10");
    assert_eq!(refused(&other), ("/AppHdr/MsgDefIdr".to_owned(), "messageDefinition"));
    let late = good.replace("2026-11-20T10:00:00Z", "today");
    assert_eq!(refused(&late), ("/AppHdr/CreDt".to_owned(), "dateTime"));
    // head.001.001.01 wants UTC.
    let local = header("01", "pacs.008.001.08").replace("00Z", "00+01:00");
    assert_eq!(refused(&local), ("/AppHdr/CreDt".to_owned(), "pattern"));
    assert_eq!(refused(&format!("{good}{good}")).1, "secondHeader");
    assert_eq!(refused(&header("09", "pacs.008.001.08")).1, "version");
}

#[test]
fn one_document_of_a_served_version_is_wanted() {
    let kind = |text: String| {
        let refused = read(text.as_bytes()).unwrap_err();
        (refused.kind, refused.findings[0].rule, refused.findings[0].path.clone())
    };
    let one = pacs008("100");
    let (kind_of, rule, path) = kind(format!("<B>{one}{one}</B>"));
    assert_eq!((kind_of, rule), (RefusedKind::NotSchema, "secondDocument"));
    assert_eq!(path, "/Document");
    assert_eq!(kind("<Document/>".to_owned()).0, RefusedKind::NotSchema);
    assert_eq!(kind(document("pacs.008.001.01", "<X><Y/></X>")).0, RefusedKind::UnsupportedVersion);
    assert_eq!(kind(document("camt.053.001.08", "<X><Y/></X>")).0, RefusedKind::UnsupportedVersion);
    // Another version's body under this version's namespace breaks the schema.
    assert_eq!(kind(document("pacs.002.001.10", "<X><Y/></X>")).0, RefusedKind::NotSchema);
    assert_eq!(kind(header("02", "pacs.008.001.08")).1, "document");
}

#[test]
fn a_body_without_its_document_is_read() {
    let text = "<Message xmlns=\"urn:tch\">\
<R xmlns=\"urn:iso:std:iso:20022:tech:xsd:admi.002.001.01\"><RltdRef/></R></Message>";
    let refused = read(text.as_bytes()).unwrap_err();
    assert_eq!((refused.kind, refused.findings[0].rule), (RefusedKind::NotSchema, "unexpected"));
    let text = text.replace("<R ", "<admi.002.001.01 ").replace("</R>", "</admi.002.001.01>");
    let refused = read(text.as_bytes()).unwrap_err();
    assert_eq!(refused.findings[0].path, "/Document/admi.002.001.01/RltdRef/Ref");
    let text = text.replace(
        "<RltdRef/>",
        "<RltdRef><Ref>1</Ref></RltdRef><Rsn><RjctgPtyRsn>x</RjctgPtyRsn></Rsn>",
    );
    assert_eq!(read(text.as_bytes()).unwrap().name.as_str(), "admi.002.001.01");
}

#[test]
fn message_names() {
    let name = MessageName::parse("pacs.008.001.08").unwrap();
    assert_eq!((name.family(), name.version()), ("pacs.008", "001.08"));
    for text in ["", "pacs.008.001.8", "PACS.008.001.08", "pacs_008_001_08", "pacs.008.001.080"] {
        assert_eq!(MessageName::parse(text), None, "{text}");
    }
}

/// A header beside a pacs.008 whose group names both agents.
fn with_header(header: &str) -> String {
    let agent = |name: &str, bic: &str| {
        format!("<{name}><FinInstnId><BICFI>{bic}</BICFI></FinInstnId></{name}>")
    };
    let agents = agent("InstgAgt", "BANKDEFF") + &agent("InstdAgt", "BANKFRPP");
    let document = pacs008("100").replace("</GrpHdr>", &format!("{agents}</GrpHdr>"));
    format!("<B>{header}{document}</B>")
}

#[test]
fn what_header_and_document_say_differently_is_found() {
    let good = header("02", "pacs.008.001.08");
    let inbound = read(with_header(&good).as_bytes()).unwrap();
    assert_eq!(inbound.findings, []);
    let foreign = with_header(&good.replace("BANKDEFFXXX", "BANKITMM"));
    let inbound = read(foreign.as_bytes()).unwrap();
    let wrong = inbound.wrong_sender().unwrap();
    assert_eq!((wrong.rule, wrong.path.as_str()), ("headerFrom", "/AppHdr/Fr"));
    assert_eq!(inspect(foreign.as_bytes()).findings, inbound.findings);
    let relay = foreign.replace("<CreDt>", "<BizSvc>hub.relay.01</BizSvc><CreDt>");
    assert_eq!(read(relay.as_bytes()).unwrap().findings, []);
    let to = "<To><FIId><FinInstnId><BICFI>BANKITMM</BICFI></FinInstnId></FIId></To>";
    let start = good.find("<To>").unwrap();
    let end = good.find("</To>").unwrap() + "</To>".len();
    for (header, path, rule, code) in [
        (
            good.replace("<BizMsgIdr>M1", "<BizMsgIdr>M2"),
            "/AppHdr/BizMsgIdr",
            "headerMessageId",
            "FF01",
        ),
        (good.replace("00Z", "00"), "/AppHdr/CreDt", "headerCreated", "DT01"),
        (format!("{}{to}{}", &good[..start], &good[end..]), "/AppHdr/To", "headerTo", "RC01"),
    ] {
        let text = with_header(&header);
        let [found] = read(text.as_bytes()).unwrap().findings.try_into().unwrap();
        assert_eq!((found.path.as_str(), found.rule, found.code), (path, rule, code));
        assert_eq!(found.level, Level::Rule);
        assert_eq!(inspect(text.as_bytes()).findings, [found]);
    }
}

/// RTP's message, as its network writes it: AppHdr in `urn:tch`, no Document.
fn rtp(definition: &str, created: &str) -> String {
    let document = pacs008("100");
    let start = document.find("<FIToFICstmrCdtTrf>").unwrap();
    let end = document.find("</Document>").unwrap();
    let body = document[start..end].replace(
        "<FIToFICstmrCdtTrf>",
        "<FIToFICstmrCdtTrf xmlns=\"urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08\">",
    );
    let member = "<h:FIId><h:FinInstnId><h:ClrSysMmbId><h:MmbId>990000001T1</h:MmbId></h:ClrSysMmbId>\
</h:FinInstnId></h:FIId>";
    format!(
        "<Message xmlns=\"urn:tch\" xmlns:h=\"urn:iso:std:iso:20022:tech:xsd:head.001.001.01\"><AppHdr>\
<h:Fr>{member}</h:Fr><h:To>{member}</h:To><h:BizMsgIdr>B1</h:BizMsgIdr>\
<h:MsgDefIdr>{definition}</h:MsgDefIdr><h:CreDt>{created}</h:CreDt></AppHdr>\
<CreditTransfer>{body}</CreditTransfer></Message>"
    )
}

#[test]
fn a_networks_own_header_is_read_as_its_network_writes_it() {
    // No offset, and another BizMsgIdr than the MsgId: that is RTP's way.
    let inbound = read(rtp("pacs.008.001.08", "2026-11-20T10:00:00").as_bytes()).unwrap();
    assert_eq!((inbound.wrapper.as_deref(), inbound.findings.len()), (Some("Message"), 0));
    let found = inbound.header.unwrap();
    assert_eq!(found.from.member_id.as_deref(), Some("990000001T1"));
    assert_eq!((found.business_message_id.as_str(), found.name.version()), ("B1", "001.01"));
    assert!(found.created.is_some());
    let other = rtp("pacs.008.001.10", "");
    let refused = read(other.as_bytes()).unwrap_err();
    assert_eq!(
        (refused.kind, refused.findings[0].rule),
        (RefusedKind::Header, "messageDefinition")
    );
    let inspection = inspect(other.as_bytes());
    assert_eq!((inspection.verdict, &inspection.findings), (Verdict::Valid, &refused.findings));
    // It is no part of its own: its schema is not the published one.
    assert_eq!(inspection.messages.len(), 1);
}

#[test]
fn several_parts_in_a_file_are_held_against_each_other_in_pairs() {
    let (good, other) = (header("02", "pacs.008.001.08"), header("02", "pacs.002.001.10"));
    let document = pacs008("100");
    let text = format!("<F>{good}{document}\n{other}{document}</F>");
    let inspection = inspect(text.as_bytes());
    assert_eq!((inspection.verdict, inspection.messages.len()), (Verdict::Valid, 4));
    let [found] = inspection.findings.try_into().unwrap();
    assert_eq!((found.rule, found.line), ("messageDefinition", 4));
}

#[test]
fn other_encodings_are_judged_and_named() {
    let text = pacs008("100").replace("Alice", "Zoë");
    let declared = |name: &str| format!("<?xml version=\"1.0\" encoding=\"{name}\"?>{text}");
    let latin: Vec<u8> = declared("ISO-8859-1").chars().map(|c| c as u8).collect();
    let wide: Vec<u8> = declared("UTF-16").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [&latin, &wide] {
        let inspection = inspect(bytes);
        assert_eq!(inspection.verdict, Verdict::Valid);
        let [found] = inspection.findings.try_into().unwrap();
        assert_eq!((found.rule, found.level), ("encoding", Level::Rule));
        assert_eq!(read(bytes).unwrap_err().kind, RefusedKind::NotWellFormed);
    }
    // Not what it says it is.
    let lie: Vec<u8> = declared("UTF-8").chars().map(|c| c as u8).collect();
    assert_eq!(inspect(&lie).verdict, Verdict::Invalid);
}
