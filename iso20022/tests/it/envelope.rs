//! Headers and documents in the envelopes of the field, and headers that do not fit.

use iso20022::envelope::disagreements;
use iso20022::{MessageName, RefusedKind, read};

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
        assert_eq!(disagreements(&found, "M1", Some("BANKDEFF")), []);
        assert_eq!(disagreements(&found, "M1", None), []);
        let paths: Vec<&str> =
            disagreements(&found, "M2", Some("BANKFRPP")).iter().map(|found| found.path).collect();
        assert_eq!(paths, ["/AppHdr/Fr", "/AppHdr/BizMsgIdr"]);
        assert_eq!(disagreements(&found, "M1", Some("BANKDEFF123")).len(), 1);
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
