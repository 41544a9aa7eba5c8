//! What makes an order another order: any other term, read or not; and what does not.

use causeway_translate::order::{Again, Opened, Order};

use crate::support::{
    PACS_008, PAIN_001, START_MS, bank, open_read, shared_or_skip, through_store,
};

fn order(xml: &str) -> Order {
    readable(xml).unwrap_or_else(|| panic!("not the schema's: {xml}"))
}

/// `None` where the message is not the schema's any more.
fn readable(xml: &str) -> Option<Order> {
    let inbound = iso20022::read(xml.as_bytes()).ok()?;
    Some(match open_read(&bank(), &inbound, START_MS) {
        Opened::Accepted(order, _) | Opened::Refused(order) => *order,
    })
}

fn is_same(first: &Order, other: &Order) -> bool {
    match first.again(other) {
        Again::Same => true,
        Again::Refused(refused) => {
            assert_eq!(refused.report().reason.unwrap().code, "AM05");
            false
        }
    }
}

/// The samples with every element that their scheme knows, and some that it does not.
fn samples() -> Option<[String; 2]> {
    let strd = "<Strd><RfrdDocInf><Nb>4711</Nb></RfrdDocInf><CdtrRefInf><Ref>RF18</Ref></CdtrRefInf>\
        <AddtlRmtInf>Thanks</AddtlRmtInf></Strd>";
    let more = "<SplmtryData><Envlp><x:More xmlns:x=\"urn:more\" Kind=\"a\">2</x:More></Envlp></SplmtryData>";
    let directory = shared_or_skip("data/iso20022/samples")?;
    let text = |name: &str| std::fs::read_to_string(directory.join(name)).unwrap();
    let pacs = text("pacs.008/cbpr__pacs.008.max.xml")
        .replace(
            "</SttlmTmReq>",
            "</SttlmTmReq><AccptncDtTm>2026-11-20T09:59:59.000Z</AccptncDtTm>",
        )
        .replace(
            "</CdtTrfTxInf>",
            &format!("<RmtInf><Ustrd>U1</Ustrd>{strd}</RmtInf>{more}</CdtTrfTxInf>"),
        );
    let pain = text("pain.001/cbpr__pain.001.max.xml")
        .replace("</RmtInf>", &format!("{strd}</RmtInf>"))
        .replace("</CdtTrfTxInf>", &format!("{more}</CdtTrfTxInf>"));
    Some([pacs, pain])
}

/// An element: where it stands, its name, and its text if it holds no other.
struct Element<'x> {
    span: std::ops::Range<usize>,
    name: &'x str,
    text: Option<std::ops::Range<usize>>,
}

/// Every element of the sample's document.
fn elements(xml: &str) -> Vec<Element<'_>> {
    let (mut open, mut found) = (Vec::new(), Vec::new());
    let mut at = xml.find("<Document").unwrap();
    let mut leaf = false;
    while let Some(start) = xml[at..].find('<').map(|found| at + found) {
        let end = start + xml[start..].find('>').unwrap() + 1;
        let name = xml[start..end].trim_matches(['<', '>', '/']).split(' ').next().unwrap();
        match &xml[start + 1..=start + 1] {
            "/" => {
                let Some((began, inside)) = open.pop() else { break };
                let text = leaf.then_some(inside..start);
                found.push(Element { span: began..end, name, text });
                leaf = false;
            }
            _ => {
                open.push((start, end));
                leaf = true;
            }
        }
        at = end;
    }
    found
}

/// The order with another value there, if the schema has one that can be made up.
fn changed(xml: &str, text: &std::ops::Range<usize>) -> Option<Order> {
    let old = &xml[text.clone()];
    let is_value = |c: char| c.is_ascii_alphanumeric() && !matches!(c, 'Z' | 'T');
    let last = old.rfind(is_value)?;
    let mut bumped =
        ["1", "3", "7", "A", "B"].map(|new| format!("{}{new}{}", &old[..last], &old[last + 1..]));
    // A whole number with decimals.
    bumped[4] = if old.ends_with(".00") { format!("7{old}") } else { bumped[4].clone() };
    let codes = [
        "INDA", "COVE", "CRED", "DEBT", "NORM", "HIGH", "URGT", "DBIT", "CRED", "BOTH", "MISS",
        "MIXD", "BTCH", "RTNS", "POST", "FAXI", "EMAL", "CHQB", "HOLD", "PHOA", "PHOB", "TELB",
        "TELA", "CCHQ", "BCHQ", "MLCD", "AGRD", "SPOT", "SALE", "AUTH", "FDET", "ILEV", "TRA",
        "CHK", "true", "false", "MAIL", "LETT", "PHON", "DOCT", "MADM", "HOME", "BIZZ", "ADDR",
        "WHLD",
    ];
    let codes = codes.map(str::to_owned);
    let mut candidates = bumped.iter().chain(&codes).filter(|new| *new != old);
    candidates.find_map(|new| readable(&format!("{}{new}{}", &xml[..text.start], &xml[text.end..])))
}

/// Ids of the message and its creation time are no terms; another UETR is another order.
const NO_TERMS: [&str; 4] = ["MsgId", "CreDtTm", "PmtInfId", "UETR"];

#[test]
fn a_change_of_any_element_is_another_order() {
    let Some(samples) = samples() else { return };
    for xml in &samples {
        let first = order(xml);
        assert!(is_same(&first, &order(xml)));
        let (mut other_terms, mut no_terms, mut unchanged) = (0, 0, Vec::new());
        for element in elements(xml) {
            let Some(text) = element.text.filter(|text| !text.is_empty()) else { continue };
            match changed(xml, &text) {
                Some(other) if NO_TERMS.contains(&element.name) => {
                    no_terms += 1;
                    assert!(element.name == "UETR" || is_same(&first, &other), "{}", element.name);
                }
                Some(other) => {
                    other_terms += 1;
                    assert!(!is_same(&first, &other), "another {}", &xml[element.span]);
                }
                None => unchanged.push(xml[element.span].to_owned()),
            }
        }
        // One transaction a message: NbOfTxs can be another number, which is refused as such.
        assert_eq!(unchanged, Vec::<String>::new(), "no other value was found");
        assert!(other_terms >= 500 && (3..=4).contains(&no_terms), "{other_terms} {no_terms}");
    }
}

#[test]
fn an_order_without_one_of_its_elements_is_another_order() {
    let Some(samples) = samples() else { return };
    for xml in &samples {
        let first = order(xml);
        let mut left_out = 0;
        for element in elements(xml).iter().filter(|element| !NO_TERMS.contains(&element.name)) {
            let span = &element.span;
            let other = format!("{}{}", &xml[..span.start], &xml[span.end..]);
            if let Some(other) = readable(&other) {
                left_out += 1;
                assert!(!is_same(&first, &other), "without {}", &xml[span.clone()]);
            }
        }
        assert!(left_out >= 400, "{left_out}");
    }
}

#[test]
fn attributes_and_foreign_elements_are_terms() {
    let Some(samples) = samples() else { return };
    for xml in &samples {
        let first = order(xml);
        for (from, to) in [
            ("Kind=\"a\"", "Kind=\"b\""),
            (" Kind=\"a\"", ""),
            ("urn:more", "urn:less"),
            ("x:More", "x:Less"),
            (">2</x:More>", ">2.0</x:More>"),
        ] {
            assert!(xml.contains(from), "{from}");
            assert!(!is_same(&first, &order(&xml.replace(from, to))), "{to}");
        }
        for (at, _) in xml.match_indices(" Ccy=\"") {
            let mut other = xml.clone();
            other.replace_range(at + 6..at + 9, "SEK");
            assert!(!is_same(&first, &order(&other)), "{}", &xml[at..at + 30]);
        }
    }
}

#[test]
fn the_same_terms_in_other_words_are_the_same_order() {
    let Some(samples) = samples() else { return };
    for xml in &samples {
        let first = order(xml);
        let document = &xml[xml.find("<Document").unwrap()..];
        let document = &document[..document.find("</Document>").unwrap() + "</Document>".len()];
        let (before, inner) = document.split_once('>').unwrap();
        let namespace = before.split('"').nth(1).unwrap();
        let prefixed = inner
            .replace("</", "</p:")
            .replace('<', "<p:")
            .replace("<p:/p:", "</p:")
            .replace("p:x:", "x:");
        let signed = "<SplmtryData><Envlp><s:Signature xmlns:s=\"http://www.w3.org/2000/09/xmldsig#\">\
            <s:SignatureValue>1</s:SignatureValue></s:Signature></Envlp></SplmtryData>";
        let with_signature = document.replace("</CdtTrfTxInf>", &format!("{signed}</CdtTrfTxInf>"));
        for (how, same) in [
            ("bare", document.to_owned()),
            ("in another envelope", format!("<Other>{document}</Other>")),
            ("with prefixes", format!("<p:Document xmlns:p=\"{namespace}\">{prefixed}")),
            ("with other blanks", document.replace("><", ">\n  <")),
            ("with comments", document.replace("<PmtId>", "<!-- x --><PmtId><?y z?>")),
            ("with CDATA", document.replace(">EXNm<", "><![CDATA[EXNm]]><")),
            ("with references", document.replace("EXNm", "&#69;XN&#x6d;")),
            (
                "with another prefix for a part",
                document.replace("x:More", "y:More").replace("xmlns:x=", "xmlns:y="),
            ),
        ] {
            assert_eq!(first.all_terms(), order(&same).all_terms(), "{how}");
        }
        // A signature is no term, though what carries it is one.
        let other = with_signature.replace(">1</s:SignatureValue>", ">2</s:SignatureValue>");
        assert_eq!(order(&with_signature).all_terms(), order(&other).all_terms());
    }
}

#[test]
fn values_are_compared_and_not_their_spelling() {
    let sum = PAIN_001.replace("<InitgPty>", "<CtrlSum>100.50</CtrlSum><InitgPty>");
    for (xml, from, to, same) in [
        (PACS_008, "100.50", "0100.5", true),
        (PACS_008, "T09:59:59.000Z", "T10:59:59+01:00", true),
        (PACS_008, "CLRG", "INDA", false),
        (&sum, "<CtrlSum>100.50", "<CtrlSum>100.5", true),
        (&sum, "<CtrlSum>100.50", "<CtrlSum>100.05", false),
        (PAIN_001, "<Ustrd>Invoice 4711", "<Ustrd>Invoice  4711", false),
        (PAIN_001, "<InitgPty>", "<CtrlSum>100.50</CtrlSum><InitgPty>", false),
    ] {
        assert!(xml.contains(from), "{from}");
        assert_eq!(is_same(&order(xml), &order(&xml.replace(from, to))), same, "{from} to {to}");
    }
}

/// The same order in the words of another version.
#[test]
fn former_names_are_the_same_terms() {
    let of_2009 =
        PAIN_001.replace("pain.001.001.09", "pain.001.001.03").replace("BICFI>", "BIC>").replace(
            "<ReqdExctnDt><Dt>2026-11-20</Dt></ReqdExctnDt>",
            "<ReqdExctnDt>2026-11-20</ReqdExctnDt>",
        );
    let account = |xml: &str| {
        let (before, rest) = xml.split_once("<Prxy>").unwrap();
        let (_, after) = rest.split_once("</Prxy>").unwrap();
        format!("{before}{after}").replace("NOTPROVIDED", "4711")
    };
    assert!(is_same(&order(&account(PAIN_001)), &order(&account(&of_2009))));
    let of_2024 = PACS_008.replace("pacs.008.001.08", "pacs.008.001.13").replace(
        "<AccptncDtTm>2026-11-20T09:59:59.000Z</AccptncDtTm>",
        "<AddtlDtTm><AccptncDtTm>2026-11-20T09:59:59.000Z</AccptncDtTm></AddtlDtTm>",
    );
    assert!(is_same(&order(PACS_008), &order(&of_2024)));
}

/// What an earlier release stored has no hash of all terms, no header, and no version of its answers.
#[test]
fn orders_stored_before_are_known_again_by_what_was_kept_of_them() {
    let mut stored = serde_json::to_value(order(PACS_008)).unwrap();
    assert!(stored.as_object_mut().unwrap().remove("all_terms").is_some());
    for later in ["header", "answer_name"] {
        assert!(stored["original"].as_object_mut().unwrap().remove(later).is_some());
    }
    let known: Order = serde_json::from_value(stored).unwrap();
    assert!(is_same(&known, &order(PACS_008)));
    assert!(!is_same(&known, &order(&PACS_008.replace("100.50", "100.51"))));
    assert_eq!(known.report().xml().unwrap(), order(PACS_008).report().xml().unwrap());
    through_store(&known);
}
