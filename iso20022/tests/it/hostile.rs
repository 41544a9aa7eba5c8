//! Rows X01-X08 and X12-X14 of the bad-input table, judged by counts and never by time, and what else
//! quick-xml alone would let pass.

use iso20022::xml::{Counts, Fault, parse};
use iso20022::{Message, RefusedKind, limits, read};

use crate::support::pacs008;

fn fault(text: impl AsRef<[u8]>) -> Fault {
    match parse(text.as_ref()) {
        Err(fault) => fault,
        Ok(tree) => panic!("read: {:?}", tree.counts()),
    }
}

/// The fault's rule, and that nothing was kept of the text.
fn refused_at_once(text: &str, rule: &str) {
    let fault = fault(text);
    assert_eq!((fault.rule, fault.counts), (rule, Counts::default()), "{fault:?}");
    let refused = read(text.as_bytes()).unwrap_err();
    assert_eq!(refused.kind, RefusedKind::NotWellFormed);
    assert_eq!(refused.findings.len(), 1);
}

#[test]
fn x01_billion_laughs_expands_nothing() {
    let mut dtd = String::from("<!DOCTYPE lolz [<!ENTITY lol0 \"lol\">");
    for level in 1..=10 {
        let inner = format!("&lol{};", level - 1).repeat(10);
        dtd.push_str(&format!("<!ENTITY lol{level} \"{inner}\">"));
    }
    let text = format!("{dtd}]>{}", pacs008("&lol10;"));
    refused_at_once(&text, "doctype");
    // Without the document type the entity is not known: one reference seen, none expanded.
    let fault = fault(pacs008("&lol10;"));
    assert_eq!((fault.rule, fault.counts.references, fault.counts.copied_bytes), ("entity", 0, 0));
}

#[test]
fn x02_external_entities_are_refused_unread() {
    refused_at_once(
        "<!DOCTYPE r [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><r>&e;</r>",
        "doctype",
    );
}

#[test]
fn x03_external_subsets_are_refused_unread() {
    refused_at_once("<!DOCTYPE r SYSTEM \"http://127.0.0.1:9/evil.dtd\"><r/>", "doctype");
}

#[test]
fn x04_any_doctype_is_refused() {
    for doctype in
        ["<!DOCTYPE r>", "<!DOCTYPE r []>", "<!doctype r>", "<!DOCTYPE>", "<!DOCTYPE r ["]
    {
        refused_at_once(&format!("<?xml version=\"1.0\"?>{doctype}<r/>"), "doctype");
    }
}

#[test]
fn x05_nesting_stops_at_the_limit() {
    let fault = fault("<a>".repeat(100_000));
    assert_eq!((fault.rule, fault.counts.elements), ("depth", limits::DEPTH));
    let deepest = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    assert!(parse(deepest(limits::DEPTH).as_bytes()).is_ok());
    assert!(parse(deepest(limits::DEPTH + 1).as_bytes()).is_err());
}

#[test]
fn x06_long_text_is_too_large() {
    let refused = read(format!("<r>{}</r>", "x".repeat(10 << 20)).as_bytes()).unwrap_err();
    assert_eq!((refused.kind, refused.findings[0].rule), (RefusedKind::TooLarge, "size"));
    let text = |length: usize| format!("<r><a>{}</a></r>", "x".repeat(length));
    assert!(parse(text(limits::TEXT_BYTES).as_bytes()).is_ok());
    let refused = read(text(limits::TEXT_BYTES + 1).as_bytes()).unwrap_err();
    assert_eq!((refused.kind, refused.findings[0].rule), (RefusedKind::TooLarge, "textLength"));
    assert_eq!(refused.findings[0].path, "/r/a");
    assert!(refused.findings[0].text.len() < 200);
}

#[test]
fn x06_text_in_pieces_adds_up() {
    let fault = fault(format!("<r>{}</r>", "x<!---->&amp;".repeat(limits::TEXT_BYTES)));
    assert_eq!((fault.rule, fault.too_large), ("textLength", true));
    assert!(fault.counts.copied_bytes <= 2 * limits::TEXT_BYTES);
}

#[test]
fn x07_long_names_are_refused() {
    let name = "n".repeat(1 << 20);
    for text in [format!("<{name}/>"), format!("<r {name}=\"1\"/>"), format!("<r><?{name} x?></r>")]
    {
        let fault = fault(&text);
        assert_eq!(fault.rule, "nameLength");
        assert!(fault.text.len() + fault.path.len() < 200);
    }
}

#[test]
fn long_values_are_refused() {
    let attribute = |length: usize| format!("<r a=\"{}\"/>", "x".repeat(length));
    assert!(parse(attribute(limits::ATTRIBUTE_VALUE_BYTES).as_bytes()).is_ok());
    assert_eq!(fault(attribute(limits::ATTRIBUTE_VALUE_BYTES + 1)).rule, "attributeLength");
    let namespace = |length: usize| format!("<r xmlns=\"{}\"/>", "x".repeat(length));
    assert!(parse(namespace(limits::NAMESPACE_BYTES).as_bytes()).is_ok());
    assert_eq!(fault(namespace(limits::NAMESPACE_BYTES + 1)).rule, "namespaceLength");
}

#[test]
fn x08_namespace_declarations_stop_at_the_limit() {
    let many: String = (0..50_000).map(|n| format!(" xmlns:p{n}=\"urn:{n}\"")).collect();
    let fault = fault(format!("<r{many}/>"));
    assert_eq!((fault.rule, fault.counts), ("attributes", Counts::default()));
    let attributes: String = (0..100_000).map(|n| format!(" a{n}=\"\"")).collect();
    assert_eq!(self::fault(format!("<r{attributes}/>")).rule, "attributes");
    // Spread over nested elements they stop as well.
    let nested: String = (0..60)
        .map(|depth| {
            let declared: String =
                (0..30).map(|n| format!(" xmlns:p{depth}x{n}=\"urn:{n}\"")).collect();
            format!("<r{declared}>")
        })
        .collect();
    let fault = self::fault(nested);
    assert_eq!((fault.rule, fault.counts.elements), ("namespaces", 4));
}

#[test]
fn elements_stop_at_the_limit() {
    let fault = fault(format!("<r>{}</r>", "<a/>".repeat(limits::ELEMENTS)));
    assert_eq!((fault.rule, fault.too_large), ("elements", true));
    assert_eq!(fault.counts.elements, limits::ELEMENTS);
}

#[test]
fn x12_an_amount_is_its_exact_text() {
    let units = |amount: &str| match read(pacs008(amount).as_bytes()).unwrap().message {
        Message::FiToFiCustomerCreditTransfer(message) => {
            message.transactions[0].settlement_amount.units()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(units("100"), 10_000_000);
    assert_eq!(units("<![CDATA[100]]>"), 10_000_000);
    assert_eq!(units("1<![CDATA[0]]>0"), 10_000_000);
    assert_eq!(units("1&#48;0"), 10_000_000);
    assert_eq!(units("\n 100 \n"), 10_000_000);
    for amount in ["1<!-- -->00", "1<!---->", "<!-- 1 -->100", "1<?pi?>00"] {
        let refused = read(pacs008(amount).as_bytes()).unwrap_err();
        assert_eq!(refused.kind, RefusedKind::NotSchema);
        assert_eq!((refused.findings[0].rule, refused.findings[0].code), ("interrupted", "AM12"));
        let path = "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/IntrBkSttlmAmt";
        assert_eq!(refused.findings[0].path, path);
        assert_eq!(refused.message_id.as_deref(), Some("M1"));
    }
    // A comment beside a name is no fault, and the name is all of its text.
    let text = pacs008("1").replace("Alice", "Al<!-- x -->ice");
    let Message::FiToFiCustomerCreditTransfer(message) = read(text.as_bytes()).unwrap().message
    else {
        panic!("not a pacs.008");
    };
    assert_eq!(message.transactions[0].debtor.name.as_deref(), Some("Alice"));
}

#[test]
fn x13_only_utf_8_is_read() {
    let utf_16 = |big: bool, mark: bool| -> Vec<u8> {
        let text = if mark { "\u{FEFF}<r/>" } else { "<r/>" };
        text.encode_utf16()
            .flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() })
            .collect()
    };
    let declared = |encoding: &str| format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?><r/>");
    let mut marked = vec![0xEF, 0xBB, 0xBF];
    marked.extend(declared("UTF-16").bytes());
    let hostile: Vec<Vec<u8>> = vec![
        utf_16(true, true),
        utf_16(false, true),
        utf_16(true, false),
        utf_16(false, false),
        declared("UTF-7").into_bytes(),
        declared("UTF-16").into_bytes(),
        declared("ISO-8859-1").into_bytes(),
        marked,
        b"<r>\xFF</r>".to_vec(),
        b"<r>\xC0\xAF</r>".to_vec(),
        b"<r>\xED\xA0\x80</r>".to_vec(),
        b"<r>\xC3".to_vec(),
    ];
    for text in hostile {
        assert_eq!(fault(&text).rule, "encoding", "{:?}", String::from_utf8_lossy(&text));
    }
    assert_eq!(fault(b"<r>\n \xFF</r>").finding().line, 2);
    assert_eq!(fault(b"<r>\n \xFF</r>").finding().column, 2);
    // A second mark is text before the root.
    assert!(parse("\u{FEFF}\u{FEFF}<r/>".as_bytes()).is_err());
    for encoding in ["UTF-8", "utf-8"] {
        let mut marked = vec![0xEF, 0xBB, 0xBF];
        marked.extend(declared(encoding).bytes());
        assert!(parse(&marked).is_ok());
        assert!(parse(declared(encoding).as_bytes()).is_ok());
    }
}

#[test]
fn x14_control_characters_are_refused_wherever_they_stand() {
    for text in
        ["<r>&#x0;</r>", "<r>&#0;</r>", "<r>&#xFFFF;</r>", "<r>&#xFFFE;</r>", "<r>&#x1F;</r>"]
    {
        assert_eq!(fault(text).rule, "character", "{text}");
    }
    for c in ["\0", "\u{1}", "\u{8}", "\u{B}", "\u{C}", "\u{1F}", "\u{FFFE}", "\u{FFFF}"] {
        for text in [
            format!("<r>{c}</r>"),
            format!("<r a=\"{c}\"/>"),
            format!("<r><!--{c}--></r>"),
            format!("<r><?p {c}?></r>"),
            format!("<r><![CDATA[{c}]]></r>"),
            format!("<r/>{c}"),
            format!("<r>{c}"),
        ] {
            assert_eq!(fault(&text).rule, "character", "{text:?}");
        }
    }
    for text in ["<r>&#xD800;</r>", "<r>&#x110000;</r>", "<r>&#99999999999999999999;</r>"] {
        assert_eq!(fault(text).rule, "character", "{text}");
    }
    assert!(parse("<r a=\"&#9;\">&#10;&#xD;\u{7F}\u{85}&#x10FFFF;</r>".as_bytes()).is_ok());
}

/// text, rule
const NOT_WELL_FORMED: &[(&str, &str)] = &[
    ("", "empty"),
    ("  <!-- --> ", "empty"),
    ("<r/><s/>", "secondRoot"),
    ("<r></r><r></r>", "secondRoot"),
    ("<r/>text", "outsideRoot"),
    ("text<r/>", "outsideRoot"),
    ("<r/>&#32;", "outsideRoot"),
    ("<r/><![CDATA[ ]]>", "outsideRoot"),
    ("<r>]]></r>", "cdataEnd"),
    ("<p:r/>", "prefix"),
    ("<r p:a=\"1\"/>", "prefix"),
    ("<r><s xmlns:p=\"urn:x\"/><p:s/></r>", "prefix"),
    ("<r xmlns:p=\"\"/>", "namespace"),
    ("<r xmlns:xml=\"urn:x\"/>", "namespace"),
    ("<r xmlns:xmlns=\"urn:x\"/>", "namespace"),
    ("<r xmlns=\"http://www.w3.org/2000/xmlns/\"/>", "namespace"),
    ("<r xmlns:p=\"http://www.w3.org/XML/1998/namespace\"/>", "namespace"),
    ("<r a=\"1\" a=\"2\"/>", "duplicateAttribute"),
    ("<r xmlns:p=\"urn:x\" xmlns:q=\"urn:x\" p:a=\"1\" q:a=\"2\"/>", "duplicateAttribute"),
    ("<r xmlns:p=\"urn:x\" xmlns:p=\"urn:y\"/>", "duplicateAttribute"),
    ("<r a=1/>", "attribute"),
    ("<r a/>", "attribute"),
    ("<r a=\"1\"b=\"2\"/>", "attribute"),
    ("<r a=\"<\"/>", "attribute"),
    ("<r a=\"&\"/>", "reference"),
    ("<r a=\"&x;\"/>", "entity"),
    ("<r>&</r>", "reference"),
    ("<r>& x;</r>", "reference"),
    ("<r>&amp</r>", "reference"),
    ("<r>&nbsp;</r>", "entity"),
    ("<r>&#;</r>", "reference"),
    ("<r>&#xZ;</r>", "reference"),
    ("<r></s>", "tags"),
    ("<r><s></r></s>", "tags"),
    ("<r>", "tags"),
    ("</r>", "tags"),
    ("<r></r></r>", "tags"),
    ("<r", "markup"),
    ("<r><!-- </r>", "markup"),
    ("<r><![CDATA[</r>", "markup"),
    ("<r><!-- -- --></r>", "comment"),
    ("<1/>", "name"),
    ("<a:b:c/>", "name"),
    ("<:a/>", "name"),
    ("< r/>", "name"),
    ("<r><?xml version=\"1.0\"?></r>", "declaration"),
    (" <?xml version=\"1.0\"?><r/>", "declaration"),
    ("<?xml version=\"1.1\"?><r/>", "declaration"),
    ("<?xml encoding=\"UTF-8\"?><r/>", "declaration"),
    ("<?xml version=\"1.0\" standalone=\"no\" encoding=\"UTF-8\"?><r/>", "declaration"),
    ("<r><?XML x?></r>", "declaration"),
    ("<r><?a:b x?></r>", "name"),
];

#[test]
fn what_is_not_well_formed_is_refused() {
    for (text, rule) in NOT_WELL_FORMED {
        assert_eq!(fault(text).rule, *rule, "{text}");
    }
}

#[test]
fn what_is_well_formed_is_read() {
    for text in [
        "<r/>",
        " <r/> ",
        "<?xml version='1.0' standalone='yes'?><r/>",
        "<!-- a --><?p x?><r/><!-- b -->",
        "<p:r xmlns:p=\"urn:x\" p:a=\"1\" a=\"2\"/>",
        "<r xml:lang=\"en\"/>",
        "<r><s xmlns=\"\"/></r>",
        "<r a='>' b = \"'\">></r >",
        "<é/>",
    ] {
        assert!(parse(text.as_bytes()).is_ok(), "{text}: {:?}", parse(text.as_bytes()));
    }
}

#[test]
fn text_is_kept_exactly() {
    let text = "<r a=\"1&#10;2\n3\">a\r\nb\rc&#13;<![CDATA[<&]]>&lt;<!-- x -->\u{1F4B6}</r>";
    let tree = parse(text.as_bytes()).unwrap();
    assert_eq!(tree.root().text(), "a\nb\nc\r<&<\u{1F4B6}");
    assert_eq!(tree.root().attribute("a"), Some("1\n2 3"));
    assert_eq!(tree.counts().references, 3);
    assert!(tree.counts().copied_bytes <= text.len());
}

#[test]
fn a_plain_message_is_borrowed_whole() {
    let tree_text = pacs008("100");
    let tree = parse(tree_text.as_bytes()).unwrap();
    assert_eq!(
        tree.counts(),
        Counts { elements: 23, attributes: 1, references: 0, copied_bytes: 0 }
    );
}

/// The canonical form of all terms spells a namespace once, however often the text changes between two.
#[test]
fn terms_are_not_much_longer_than_their_message() {
    let long = |end: char| format!("urn:{}{end}", "x".repeat(limits::NAMESPACE_BYTES - 5));
    let turns = 5_000;
    let data = format!(
        "<SplmtryData><Envlp xmlns:a=\"{}\" xmlns:b=\"{}\"><a:r>{}</a:r></Envlp></SplmtryData>",
        long('1'),
        long('2'),
        "<b:s><a:t/></b:s>".repeat(turns)
    );
    let text = pacs008("1").replace("</CdtTrfTxInf>", &format!("{data}</CdtTrfTxInf>"));
    let terms = read(text.as_bytes()).unwrap().terms;
    // Two changes a turn: in full they would take 500 bytes.
    let most = text.len() * 6;
    assert!(turns * 2 * 20 < terms.len() && terms.len() < most, "{} of {most}", terms.len());
    // The names count all the same.
    let other = text.replace(&long('2'), &long('3'));
    assert_ne!(read(other.as_bytes()).unwrap().terms, terms);
    let swapped = text.replace("<b:s><a:t/></b:s></a:r>", "<a:s><b:t/></a:s></a:r>");
    assert_ne!(read(swapped.as_bytes()).unwrap().terms, terms);
}
